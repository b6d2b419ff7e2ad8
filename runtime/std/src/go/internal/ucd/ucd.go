// Package ucd answers questions about characters from compact tables; packages unicode, strconv, strings and bytes rest on it.
package ucd

const (
	// MaxRune is the last character.
	MaxRune = '\U0010FFFF'
	// UpperLower as a delta says that upper and lower case alternate in a range.
	UpperLower = MaxRune + 1
	// ReplacementChar stands for what cannot be represented.
	ReplacementChar = '\uFFFD'
)

// The cases, as indices of deltas.
const (
	UpperCase = iota
	LowerCase
	TitleCase
	MaxCase
)

// d has the distance to a character's upper, lower and title case.
type d [MaxCase]rune

// A CaseRange is a range of characters with the same mappings.
type CaseRange struct {
	Lo    uint32
	Hi    uint32
	Delta d
}

// A SpecialCase has the mappings of a language that differ from the usual ones.
type SpecialCase []CaseRange

// ToUpper maps r to upper case, the language's own mappings first.
func (special SpecialCase) ToUpper(r rune) rune { return special.to(UpperCase, r) }

// ToTitle maps r to title case.
func (special SpecialCase) ToTitle(r rune) rune { return special.to(TitleCase, r) }

// ToLower maps r to lower case.
func (special SpecialCase) ToLower(r rune) rune { return special.to(LowerCase, r) }

func (special SpecialCase) to(to int, r rune) rune {
	mapped, found := convert(to, r, special)
	if mapped == r && !found {
		return To(to, r)
	}
	return mapped
}

// Sets of categories, a bit each.
const (
	Letters = 1<<Lu | 1<<Ll | 1<<Lt | 1<<Lm | 1<<Lo
	Marks   = 1<<Mn | 1<<Mc | 1<<Me
	Numbers = 1<<Nd | 1<<Nl | 1<<No
	Puncts  = 1<<Pc | 1<<Pd | 1<<Pe | 1<<Pf | 1<<Pi | 1<<Po | 1<<Ps
	Symbols = 1<<Sc | 1<<Sk | 1<<Sm | 1<<So

	Printable = Letters | Marks | Numbers | Puncts | Symbols
	Graphic   = Printable | 1<<Zs
)

func start(i int) uint32 {
	e := runs[5*i:]
	return uint32(e[0]-' ')<<18 | uint32(e[1]-' ')<<12 | uint32(e[2]-' ')<<6 | uint32(e[3]-' ')
}

// Category is the number of r's general category.
func Category(r rune) uint {
	c := uint32(r)
	if c < uint32(len(latin1)) {
		return uint(latin1[c] - ' ')
	}
	if c > MaxRune {
		return Cn
	}
	// The last run that starts at or before r.
	lo, hi := 0, len(runs)/5
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) / 2); start(mid) <= c {
			lo = mid
		} else {
			hi = mid
		}
	}
	switch category := uint(runs[5*lo+4] - ' '); category {
	case evenUpper:
		return Lu - (Lu-Ll)*uint(c&1)
	case oddUpper:
		return Ll + (Lu-Ll)*uint(c&1)
	default:
		return category
	}
}

// In reports whether r's category is in a set.
func In(r rune, set uint) bool { return set>>Category(r)&1 != 0 }

// IsPrint reports whether r is a letter, mark, number, punctuation, symbol or the ASCII space.
func IsPrint(r rune) bool {
	if uint32(r) < 0x7f {
		return r >= ' '
	}
	return In(r, Printable)
}

// IsGraphic is IsPrint with all space characters.
func IsGraphic(r rune) bool { return In(r, Graphic) }

// IsSpace reports whether r has the property White_Space.
func IsSpace(r rune) bool {
	switch {
	case uint32(r) < 0x100:
		return r == ' ' || '\t' <= r && r <= '\r' || r == 0x85 || r == 0xA0
	case r < 0x2000:
		return r == 0x1680
	}
	return r <= 0x200A || r == 0x2028 || r == 0x2029 || r == 0x202F || r == 0x205F || r == 0x3000
}

// convert maps r by a table; found tells whether the table covers r.
func convert(to int, r rune, table []CaseRange) (mapped rune, found bool) {
	if to < 0 || MaxCase <= to {
		return ReplacementChar, false
	}
	lo, hi := 0, len(table)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		c := &table[mid]
		if c.Lo <= uint32(r) && uint32(r) <= c.Hi {
			delta := c.Delta[to]
			if delta > MaxRune {
				// Upper case is at even distances from the start, lower (and so not title) case at odd ones.
				return rune(c.Lo) + ((r-rune(c.Lo))&^1 | rune(to&1)), true
			}
			return r + delta, true
		}
		if uint32(r) < c.Lo {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return r, false
}

// To maps r to a case.
func To(to int, r rune) rune {
	r, _ = convert(to, r, CaseRanges)
	return r
}

// ToUpper maps r to upper case.
func ToUpper(r rune) rune {
	if uint32(r) < 0x80 {
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	return To(UpperCase, r)
}

// ToLower maps r to lower case.
func ToLower(r rune) rune {
	if uint32(r) < 0x80 {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	return To(LowerCase, r)
}

// ToTitle maps r to title case.
func ToTitle(r rune) rune {
	if uint32(r) < 0x80 {
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	return To(TitleCase, r)
}

// SimpleFold is the next character after r, in order and round again, among those that fold to the same one.
func SimpleFold(r rune) rune {
	if r < 0 || r > MaxRune {
		return r
	}
	lo, hi := 0, len(folds)
	for lo < hi {
		if mid := int(uint(lo+hi) / 2); folds[mid][0] < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(folds) && folds[lo][0] == r {
		return folds[lo][1]
	}
	if l := ToLower(r); l != r {
		return l
	}
	return ToUpper(r)
}
