// Package utf16 encodes and decodes UTF-16.
package utf16

const (
	replacement = '\uFFFD'
	high        = 0xD800
	low         = 0xDC00
	end         = 0xE000
	supplement  = 0x10000
	maxRune     = '\U0010FFFF'
)

// IsSurrogate reports whether r is half of a pair.
func IsSurrogate(r rune) bool { return high <= r && r < end }

// DecodeRune joins a pair; U+FFFD if it is none.
func DecodeRune(r1, r2 rune) rune {
	if high <= r1 && r1 < low && low <= r2 && r2 < end {
		return ((r1-high)<<10 | (r2 - low)) + supplement
	}
	return replacement
}

// EncodeRune splits r into a pair; U+FFFD twice if it has none.
func EncodeRune(r rune) (r1, r2 rune) {
	if r < supplement || r > maxRune {
		return replacement, replacement
	}
	r -= supplement
	return high + r>>10, low + r&0x3FF
}

// RuneLen is the number of words of r's encoding, -1 if it has none.
func RuneLen(r rune) int {
	switch {
	case 0 <= r && r < high, end <= r && r < supplement:
		return 1
	case supplement <= r && r <= maxRune:
		return 2
	}
	return -1
}

func AppendRune(a []uint16, r rune) []uint16 {
	switch RuneLen(r) {
	case 1:
		return append(a, uint16(r))
	case 2:
		r1, r2 := EncodeRune(r)
		return append(a, uint16(r1), uint16(r2))
	}
	return append(a, replacement)
}

func Encode(s []rune) []uint16 {
	a := make([]uint16, 0, len(s))
	for _, r := range s {
		a = AppendRune(a, r)
	}
	return a
}

// Decode is the runes that s encodes. It is small, so that a short text's may be in the caller's frame.
func Decode(s []uint16) []rune { return decode(s, make([]rune, 0, 64)) }

// decode appends to runes what s encodes.
func decode(s []uint16, runes []rune) []rune {
	for i := 0; i < len(s); i++ {
		r := rune(s[i])
		if IsSurrogate(r) {
			if i+1 < len(s) {
				r = DecodeRune(r, rune(s[i+1]))
			} else {
				r = replacement
			}
			if r != replacement {
				i++
			}
		}
		runes = append(runes, r)
	}
	return runes
}
