// Package bytes has functions on slices of bytes, like those of package strings, on which it rests.
package bytes

import (
	"internal/casing"
	"internal/ucd"
	"iter"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// view is b as a string that shares its memory.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func Equal(a, b []byte) bool  { return string(a) == string(b) }
func Compare(a, b []byte) int { return strings.Compare(view(a), view(b)) }

// Clone is a copy of b; nil for nil.
func Clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}

func Contains(b, subslice []byte) bool              { return Index(b, subslice) >= 0 }
func ContainsAny(b []byte, chars string) bool       { return IndexAny(b, chars) >= 0 }
func ContainsRune(b []byte, r rune) bool            { return IndexRune(b, r) >= 0 }
func ContainsFunc(b []byte, f func(rune) bool) bool { return IndexFunc(b, f) >= 0 }

func Count(s, sep []byte) int                         { return strings.Count(view(s), view(sep)) }
func Index(s, sep []byte) int                         { return strings.Index(view(s), view(sep)) }
func IndexAny(s []byte, chars string) int             { return strings.IndexAny(view(s), chars) }
func IndexByte(b []byte, c byte) int                  { return strings.IndexByte(view(b), c) }
func IndexFunc(s []byte, f func(r rune) bool) int     { return strings.IndexFunc(view(s), f) }
func IndexRune(s []byte, r rune) int                  { return strings.IndexRune(view(s), r) }
func LastIndex(s, sep []byte) int                     { return strings.LastIndex(view(s), view(sep)) }
func LastIndexAny(s []byte, chars string) int         { return strings.LastIndexAny(view(s), chars) }
func LastIndexByte(s []byte, c byte) int              { return strings.LastIndexByte(view(s), c) }
func LastIndexFunc(s []byte, f func(r rune) bool) int { return strings.LastIndexFunc(view(s), f) }
func HasPrefix(s, prefix []byte) bool                 { return strings.HasPrefix(view(s), view(prefix)) }
func HasSuffix(s, suffix []byte) bool                 { return strings.HasSuffix(view(s), view(suffix)) }
func EqualFold(s, t []byte) bool                      { return strings.EqualFold(view(s), view(t)) }

func Cut(s, sep []byte) (before, after []byte, found bool) {
	if i := Index(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, nil, false
}

// CutLast is Cut at the last separator.
func CutLast(s, sep []byte) (before, after []byte, found bool) {
	if i := LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, nil, false
}

func CutPrefix(s, prefix []byte) (after []byte, found bool) {
	if !HasPrefix(s, prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func CutSuffix(s, suffix []byte) (before []byte, found bool) {
	if !HasSuffix(s, suffix) {
		return s, false
	}
	return s[:len(s)-len(suffix)], true
}

func TrimPrefix(s, prefix []byte) []byte {
	after, _ := CutPrefix(s, prefix)
	return after
}

func TrimSuffix(s, suffix []byte) []byte {
	before, _ := CutSuffix(s, suffix)
	return before
}

// front is what is left of s when only the end `kept` of it is; nil for nothing.
func front(s []byte, kept string) []byte {
	if kept == "" {
		return nil
	}
	return s[len(s)-len(kept):]
}

func TrimLeftFunc(s []byte, f func(r rune) bool) []byte {
	return front(s, strings.TrimLeftFunc(view(s), f))
}

func TrimRightFunc(s []byte, f func(r rune) bool) []byte {
	return s[:len(strings.TrimRightFunc(view(s), f))]
}

func TrimFunc(s []byte, f func(r rune) bool) []byte {
	return TrimRightFunc(TrimLeftFunc(s, f), f)
}

func TrimLeft(s []byte, cutset string) []byte {
	if len(s) > 0 && cutset == "" {
		return s
	}
	return front(s, strings.TrimLeft(view(s), cutset))
}

func TrimRight(s []byte, cutset string) []byte {
	return s[:len(strings.TrimRight(view(s), cutset))]
}

func Trim(s []byte, cutset string) []byte {
	if len(s) == 0 {
		return nil
	}
	if cutset == "" {
		return s
	}
	s = TrimLeft(s, cutset)
	return TrimRight(s, cutset)
}

func TrimSpace(s []byte) []byte {
	kept := strings.TrimSpace(view(s))
	if kept == "" {
		return nil
	}
	from := uintptr(unsafe.Pointer(unsafe.StringData(kept))) - uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	return s[from : int(from)+len(kept)]
}

// Join concatenates with a separator in between, always in new memory.
func Join(s [][]byte, sep []byte) []byte {
	if len(s) == 0 {
		return []byte{}
	}
	if len(s) == 1 {
		return append([]byte(nil), s[0]...)
	}
	const maxInt = int(^uint(0) >> 1)
	n := 0
	if len(sep) > 0 {
		if len(sep) >= maxInt/(len(s)-1) {
			panic("bytes: Join output length overflow")
		}
		n = len(sep) * (len(s) - 1)
	}
	for _, part := range s {
		if len(part) > maxInt-n {
			panic("bytes: Join output length overflow")
		}
		n += len(part)
	}
	b := append(make([]byte, 0, n), s[0]...)
	for _, part := range s[1:] {
		b = append(b, sep...)
		b = append(b, part...)
	}
	return b
}

// Repeat is count copies of b.
func Repeat(b []byte, count int) []byte {
	if count < 0 {
		panic("bytes: negative Repeat count")
	}
	const maxInt = int(^uint(0) >> 1)
	if len(b) > 0 && count > maxInt/len(b) {
		panic("bytes: Repeat output length overflow")
	}
	if count == 0 {
		return []byte{}
	}
	all := make([]byte, len(b)*count)
	for n := copy(all, b); n > 0 && n < len(all); {
		n += copy(all[n:], all[:n])
	}
	return all
}

// Replace replaces the first n places that do not overlap, all if n is negative; the result is a copy.
func Replace(s, old, new []byte, n int) []byte {
	count := 0
	if n != 0 {
		count = Count(s, old)
	}
	if count == 0 {
		return append([]byte(nil), s...)
	}
	if n < 0 || count < n {
		n = count
	}
	b := make([]byte, 0, len(s)+n*(len(new)-len(old)))
	for i := range n {
		j := 0
		if len(old) == 0 {
			if i > 0 {
				_, j = utf8.DecodeRune(s)
			}
		} else {
			j = Index(s, old)
		}
		b = append(b, s[:j]...)
		b = append(b, new...)
		s = s[j+len(old):]
	}
	return append(b, s...)
}

func ReplaceAll(s, old, new []byte) []byte { return Replace(s, old, new, -1) }

// Runes decodes all of s.
func Runes(s []byte) []rune {
	runes := make([]rune, 0, utf8.RuneCount(s))
	for _, r := range view(s) {
		runes = append(runes, r)
	}
	return runes
}

// Map is a copy with each rune replaced by what mapping says, or dropped if that is negative.
func Map(mapping func(r rune) rune, s []byte) []byte {
	b := make([]byte, 0, len(s))
	for _, r := range view(s) {
		if r = mapping(r); r >= 0 {
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

func ToUpper(s []byte) []byte { return []byte(strings.ToUpper(view(s))) }
func ToLower(s []byte) []byte { return []byte(strings.ToLower(view(s))) }
func ToTitle(s []byte) []byte { return Map(casing.ToTitle, s) }
func Title(s []byte) []byte   { return []byte(strings.Title(view(s))) }

func ToUpperSpecial(c casing.SpecialCase, s []byte) []byte { return Map(c.ToUpper, s) }
func ToLowerSpecial(c casing.SpecialCase, s []byte) []byte { return Map(c.ToLower, s) }
func ToTitleSpecial(c casing.SpecialCase, s []byte) []byte { return Map(c.ToTitle, s) }

func ToValidUTF8(s, replacement []byte) []byte {
	return []byte(strings.ToValidUTF8(view(s), view(replacement)))
}

// split keeps `keep` bytes of each separator.
func split(s, sep []byte, keep, n int) [][]byte {
	if n == 0 {
		return nil
	}
	if len(sep) == 0 {
		if count := utf8.RuneCount(s); n < 0 || n > count {
			n = count
		}
		parts := make([][]byte, n)
		for i := range max(n-1, 0) {
			_, size := utf8.DecodeRune(s)
			parts[i], s = s[:size:size], s[size:]
		}
		if n > 0 {
			parts[n-1] = s[:len(s):len(s)]
		}
		return parts
	}
	if n < 0 || n > len(s)+1 {
		if count := Count(s, sep) + 1; n < 0 || n > count {
			n = count
		}
	}
	parts := make([][]byte, 0, n)
	for len(parts) < n-1 {
		i := Index(s, sep)
		if i < 0 {
			break
		}
		parts = append(parts, s[:i+keep:i+keep])
		s = s[i+len(sep):]
	}
	return append(parts, s)
}

func Split(s, sep []byte) [][]byte              { return split(s, sep, 0, -1) }
func SplitN(s, sep []byte, n int) [][]byte      { return split(s, sep, 0, n) }
func SplitAfter(s, sep []byte) [][]byte         { return split(s, sep, len(sep), -1) }
func SplitAfterN(s, sep []byte, n int) [][]byte { return split(s, sep, len(sep), n) }

// Fields splits around white space.
func Fields(s []byte) [][]byte { return FieldsFunc(s, ucd.IsSpace) }

func FieldsFunc(s []byte, f func(rune) bool) [][]byte {
	fields := [][]byte{}
	for field := range FieldsFuncSeq(s, f) {
		fields = append(fields, field)
	}
	return fields
}

func FieldsSeq(s []byte) iter.Seq[[]byte] { return FieldsFuncSeq(s, ucd.IsSpace) }

func FieldsFuncSeq(s []byte, f func(rune) bool) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		start := -1
		for i, r := range view(s) {
			if f(r) {
				if start >= 0 {
					if !yield(s[start:i:i]) {
						return
					}
					start = -1
				}
			} else if start < 0 {
				start = i
			}
		}
		if start >= 0 {
			yield(s[start:len(s):len(s)])
		}
	}
}

func splitSeq(s, sep []byte, keep int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		rest := s
		if len(sep) == 0 {
			for len(rest) > 0 {
				_, size := utf8.DecodeRune(rest)
				if !yield(rest[:size:size]) {
					return
				}
				rest = rest[size:]
			}
			return
		}
		for {
			i := Index(rest, sep)
			if i < 0 {
				break
			}
			if !yield(rest[: i+keep : i+keep]) {
				return
			}
			rest = rest[i+len(sep):]
		}
		yield(rest[:len(rest):len(rest)])
	}
}

func SplitSeq(s, sep []byte) iter.Seq[[]byte]      { return splitSeq(s, sep, 0) }
func SplitAfterSeq(s, sep []byte) iter.Seq[[]byte] { return splitSeq(s, sep, len(sep)) }

// Lines iterates over lines with their ends.
func Lines(s []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := s; len(rest) > 0; {
			end := IndexByte(rest, '\n') + 1
			if end == 0 {
				end = len(rest)
			}
			if !yield(rest[:end:end]) {
				return
			}
			rest = rest[end:]
		}
	}
}
