// Package casing maps characters to other cases; packages unicode, strings and bytes rest on it. It is apart from package ucd because its
// tables are large and few programs need them.
package casing

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
	if uint32(r) < 0x80 {
		switch {
		case r == 'k':
			return 0x212A // the sign for Kelvin
		case r == 's':
			return 0x17F // long s
		case 'a' <= r && r <= 'z':
			return r - ('a' - 'A')
		case 'A' <= r && r <= 'Z':
			return r + ('a' - 'A')
		}
		return r
	}
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
