package strings

import (
	"internal/casing"
	"internal/ucd"
	"unicode/utf8"
	"unsafe"
)

// Map replaces each rune by what mapping says, or drops it if that is negative.
func Map(mapping func(rune) rune, s string) string {
	// Nothing is copied before the first change.
	for i, r := range s {
		to := mapping(r)
		if to == r && (r != utf8.RuneError || !invalidAt(s, i)) {
			continue
		}
		b := append(make([]byte, 0, len(s)+utf8.UTFMax), s[:i]...)
		if to >= 0 {
			b = utf8.AppendRune(b, to)
		}
		size := 1
		if r != utf8.RuneError || !invalidAt(s, i) {
			size = utf8.RuneLen(r)
		}
		for _, r := range s[i+size:] {
			if to := mapping(r); to >= 0 {
				b = utf8.AppendRune(b, to)
			}
		}
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	return s
}

// invalidAt reports whether the replacement character at s[i:] stands for an invalid byte.
func invalidAt(s string, i int) bool {
	_, size := utf8.DecodeRuneInString(s[i:])
	return size == 1
}

// isASCII reports whether s is ASCII, and whether it has letters between two bounds.
func isASCII(s string, low, high byte) (ascii, has bool) {
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return false, false
		}
		has = has || low <= c && c <= high
	}
	return true, has
}

// flip changes the case of ASCII letters between two bounds.
func flip(s string, low, high byte) string {
	b := make([]byte, len(s))
	for i := range len(s) {
		c := s[i]
		if low <= c && c <= high {
			c ^= 0x20
		}
		b[i] = c
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func ToUpper(s string) string {
	if ascii, has := isASCII(s, 'a', 'z'); ascii {
		if !has {
			return s
		}
		return flip(s, 'a', 'z')
	}
	return Map(casing.ToUpper, s)
}

func ToLower(s string) string {
	if ascii, has := isASCII(s, 'A', 'Z'); ascii {
		if !has {
			return s
		}
		return flip(s, 'A', 'Z')
	}
	return Map(casing.ToLower, s)
}

func ToTitle(s string) string { return Map(casing.ToTitle, s) }

func ToUpperSpecial(c casing.SpecialCase, s string) string { return Map(c.ToUpper, s) }
func ToLowerSpecial(c casing.SpecialCase, s string) string { return Map(c.ToLower, s) }
func ToTitleSpecial(c casing.SpecialCase, s string) string { return Map(c.ToTitle, s) }

// ToValidUTF8 replaces runs of invalid bytes.
func ToValidUTF8(s, replacement string) string {
	if utf8.ValidString(s) {
		return s
	}
	b := make([]byte, 0, len(s)+len(replacement))
	invalid := false
	for i := 0; i < len(s); {
		size := 1
		if s[i] >= utf8.RuneSelf {
			if _, size = utf8.DecodeRuneInString(s[i:]); size == 1 {
				if !invalid {
					b = append(b, replacement...)
				}
				invalid = true
				i++
				continue
			}
		}
		invalid = false
		b = append(b, s[i:i+size]...)
		i += size
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// separates reports whether a word ends before r, for Title.
func separates(r rune) bool {
	if r < utf8.RuneSelf {
		return !('0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z' || r == '_')
	}
	return !ucd.In(r, ucd.Letters|1<<ucd.Nd) && ucd.IsSpace(r)
}

// Title maps the first letter of each word to title case. Words are separated by the rules of ASCII and by spaces.
func Title(s string) string {
	previous := ' '
	return Map(func(r rune) rune {
		first := separates(previous)
		previous = r
		if first {
			return casing.ToTitle(r)
		}
		return r
	}, s)
}
