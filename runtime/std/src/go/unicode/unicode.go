// Package unicode has the character database: categories, scripts, properties and case mappings.
package unicode

import (
	"internal/casing"
	"internal/ucd"
)

const (
	MaxRune         = '\U0010FFFF'
	ReplacementChar = '\uFFFD'
	MaxASCII        = '\u007F'
	MaxLatin1       = '\u00FF'
)

const (
	UpperCase = casing.UpperCase
	LowerCase = casing.LowerCase
	TitleCase = casing.TitleCase
	MaxCase   = casing.MaxCase
)

// UpperLower as a delta says that upper and lower case alternate in a range.
const UpperLower = casing.UpperLower

// A RangeTable is a set of characters as sorted ranges: those below 1<<16, then the others.
type RangeTable struct {
	R16         []Range16
	R32         []Range32
	LatinOffset int // number of entries of R16 with Hi <= MaxLatin1
}

// A Range16 is a range of characters below 1<<16, Lo and Hi included.
type Range16 struct {
	Lo     uint16
	Hi     uint16
	Stride uint16
}

// A Range32 is a range of characters of which some are not below 1<<16.
type Range32 struct {
	Lo     uint32
	Hi     uint32
	Stride uint32
}

// A CaseRange is a range of characters with the same case mappings.
type CaseRange = casing.CaseRange

// A SpecialCase has the case mappings of a language that differ from the usual ones.
type SpecialCase = casing.SpecialCase

// CaseRanges are the case mappings of all characters that have one.
var CaseRanges = casing.CaseRanges

var turkish = SpecialCase{
	{Lo: 'I', Hi: 'I', Delta: [MaxCase]rune{0, 'ı' - 'I', 0}},
	{Lo: 'i', Hi: 'i', Delta: [MaxCase]rune{'İ' - 'i', 0, 'İ' - 'i'}},
	{Lo: 'İ', Hi: 'İ', Delta: [MaxCase]rune{0, 'i' - 'İ', 0}},
	{Lo: 'ı', Hi: 'ı', Delta: [MaxCase]rune{'I' - 'ı', 0, 'I' - 'ı'}},
}

var (
	TurkishCase SpecialCase = turkish
	AzeriCase   SpecialCase = turkish
)

// GraphicRanges are the sets whose union IsGraphic tests.
var GraphicRanges = []*RangeTable{L, M, N, P, S, Zs}

// PrintRanges are the sets whose union, with the ASCII space, IsPrint tests.
var PrintRanges = []*RangeTable{L, M, N, P, S}

// Is reports whether r is in a table.
func Is(rangeTab *RangeTable, r rune) bool {
	c := uint32(r)
	if r16 := rangeTab.R16; len(r16) > 0 && c <= uint32(r16[len(r16)-1].Hi) {
		lo, hi := 0, len(r16)
		for lo < hi {
			mid := int(uint(lo+hi) / 2)
			e := &r16[mid]
			switch {
			case c < uint32(e.Lo):
				hi = mid
			case c > uint32(e.Hi):
				lo = mid + 1
			default:
				return e.Stride == 1 || (c-uint32(e.Lo))%uint32(e.Stride) == 0
			}
		}
		return false
	}
	r32 := rangeTab.R32
	lo, hi := 0, len(r32)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		e := &r32[mid]
		switch {
		case c < e.Lo:
			hi = mid
		case c > e.Hi:
			lo = mid + 1
		default:
			return e.Stride == 1 || (c-e.Lo)%e.Stride == 0
		}
	}
	return false
}

// In reports whether r is in one of the tables.
func In(r rune, ranges ...*RangeTable) bool {
	for _, t := range ranges {
		if Is(t, r) {
			return true
		}
	}
	return false
}

// IsOneOf is In with the tables first.
func IsOneOf(ranges []*RangeTable, r rune) bool { return In(r, ranges...) }

// IsControl reports whether r is in category Cc.
func IsControl(r rune) bool { return uint32(r) <= MaxLatin1 && ucd.In(r, 1<<ucd.Cc) }

// IsDigit reports whether r is a decimal digit.
func IsDigit(r rune) bool {
	if uint32(r) < 0x80 {
		return '0' <= r && r <= '9'
	}
	return ucd.In(r, 1<<ucd.Nd)
}

// IsGraphic reports whether r is a letter, mark, number, punctuation, symbol or space.
func IsGraphic(r rune) bool { return ucd.IsGraphic(r) }

// IsLetter reports whether r is in category L.
func IsLetter(r rune) bool { return ucd.In(r, ucd.Letters) }

// IsLower reports whether r is a lower case letter.
func IsLower(r rune) bool { return ucd.In(r, 1<<ucd.Ll) }

// IsMark reports whether r is in category M.
func IsMark(r rune) bool { return ucd.In(r, ucd.Marks) }

// IsNumber reports whether r is in category N.
func IsNumber(r rune) bool { return ucd.In(r, ucd.Numbers) }

// IsPrint reports whether r is graphic and, if a space, the ASCII one.
func IsPrint(r rune) bool { return ucd.IsPrint(r) }

// IsPunct reports whether r is in category P.
func IsPunct(r rune) bool { return ucd.In(r, ucd.Puncts) }

// IsSpace reports whether r has the property White_Space.
func IsSpace(r rune) bool { return ucd.IsSpace(r) }

// IsSymbol reports whether r is in category S.
func IsSymbol(r rune) bool { return ucd.In(r, ucd.Symbols) }

// IsTitle reports whether r is a title case letter.
func IsTitle(r rune) bool { return ucd.In(r, 1<<ucd.Lt) }

// IsUpper reports whether r is an upper case letter.
func IsUpper(r rune) bool { return ucd.In(r, 1<<ucd.Lu) }

// To maps r to UpperCase, LowerCase or TitleCase.
func To(_case int, r rune) rune { return casing.To(_case, r) }

// ToLower maps r to lower case.
func ToLower(r rune) rune { return casing.ToLower(r) }

// ToTitle maps r to title case.
func ToTitle(r rune) rune { return casing.ToTitle(r) }

// ToUpper maps r to upper case.
func ToUpper(r rune) rune { return casing.ToUpper(r) }

// SimpleFold is the next character after r, in order and round again, among those that fold to the same one.
func SimpleFold(r rune) rune { return casing.SimpleFold(r) }
