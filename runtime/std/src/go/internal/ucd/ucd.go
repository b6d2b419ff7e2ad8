// Package ucd tells the categories of characters, from compact tables; packages unicode, strconv, strings and bytes rest on it.
package ucd

// MaxRune is the last character.
const MaxRune = '\U0010FFFF'

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
