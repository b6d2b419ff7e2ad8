package strings

import (
	"internal/ucd"
	"iter"
	"unicode/utf8"
)

// explode splits into up to n runes; the last piece has the rest.
func explode(s string, n int) []string {
	if count := utf8.RuneCountInString(s); n < 0 || n > count {
		n = count
	}
	parts := make([]string, n)
	for i := range max(n-1, 0) {
		_, size := utf8.DecodeRuneInString(s)
		parts[i], s = s[:size], s[size:]
	}
	if n > 0 {
		parts[n-1] = s
	}
	return parts
}

// split keeps `keep` bytes of each separator.
func split(s, sep string, keep, n int) []string {
	if n == 0 {
		return nil
	}
	if sep == "" {
		return explode(s, n)
	}
	if n < 0 || n > len(s)+1 {
		if count := Count(s, sep) + 1; n < 0 || n > count {
			n = count
		}
	}
	parts := make([]string, 0, n)
	for len(parts) < n-1 {
		i := Index(s, sep)
		if i < 0 {
			break
		}
		parts = append(parts, s[:i+keep])
		s = s[i+len(sep):]
	}
	return append(parts, s)
}

func Split(s, sep string) []string              { return split(s, sep, 0, -1) }
func SplitN(s, sep string, n int) []string      { return split(s, sep, 0, n) }
func SplitAfter(s, sep string) []string         { return split(s, sep, len(sep), -1) }
func SplitAfterN(s, sep string, n int) []string { return split(s, sep, len(sep), n) }

var asciiSpace = [256]uint8{'\t': 1, '\n': 1, '\v': 1, '\f': 1, '\r': 1, ' ': 1}

// Fields splits around white space.
func Fields(s string) []string {
	// In ASCII, and that is what most texts are, a table tells spaces, and a field begins where one ends.
	count, space, all := 0, uint8(1), uint8(0)
	for i := range len(s) {
		c := s[i]
		all |= c
		is := asciiSpace[c]
		count += int(space &^ is)
		space = is
	}
	if all < utf8.RuneSelf {
		fields := make([]string, 0, count)
		for i := 0; len(fields) < count; {
			for asciiSpace[s[i]] != 0 {
				i++
			}
			start := i
			for i < len(s) && asciiSpace[s[i]] == 0 {
				i++
			}
			fields = append(fields, s[start:i])
		}
		return fields
	}
	count = 0
	for range FieldsSeq(s) {
		count++
	}
	fields := make([]string, 0, count)
	for f := range FieldsSeq(s) {
		fields = append(fields, f)
	}
	return fields
}

// FieldsFunc splits around runs of what f accepts.
func FieldsFunc(s string, f func(rune) bool) []string {
	fields := []string{}
	for field := range FieldsFuncSeq(s, f) {
		fields = append(fields, field)
	}
	return fields
}

func FieldsSeq(s string) iter.Seq[string] { return FieldsFuncSeq(s, ucd.IsSpace) }

func FieldsFuncSeq(s string, f func(rune) bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := -1
		for i, r := range s {
			if f(r) {
				if start >= 0 {
					if !yield(s[start:i]) {
						return
					}
					start = -1
				}
			} else if start < 0 {
				start = i
			}
		}
		if start >= 0 {
			yield(s[start:])
		}
	}
}

func splitSeq(s, sep string, keep int) iter.Seq[string] {
	return func(yield func(string) bool) {
		if sep == "" {
			for rest := s; rest != ""; {
				_, size := utf8.DecodeRuneInString(rest)
				if !yield(rest[:size]) {
					return
				}
				rest = rest[size:]
			}
			return
		}
		rest := s
		for {
			i := Index(rest, sep)
			if i < 0 {
				break
			}
			if !yield(rest[:i+keep]) {
				return
			}
			rest = rest[i+len(sep):]
		}
		yield(rest)
	}
}

func SplitSeq(s, sep string) iter.Seq[string]      { return splitSeq(s, sep, 0) }
func SplitAfterSeq(s, sep string) iter.Seq[string] { return splitSeq(s, sep, len(sep)) }

// Lines iterates over lines with their ends.
func Lines(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest := s; rest != ""; {
			end := IndexByte(rest, '\n') + 1
			if end == 0 {
				end = len(rest)
			}
			if !yield(rest[:end]) {
				return
			}
			rest = rest[end:]
		}
	}
}
