// Package utf8 encodes and decodes UTF-8.
package utf8

const (
	RuneError = '\uFFFD'
	RuneSelf  = 0x80
	MaxRune   = '\U0010FFFF'
	UTFMax    = 4

	surrogateMin = 0xD800
	surrogateMax = 0xDFFF
)

// need is the length of the sequence that a leading byte announces, and the range of its second byte; 0 for a
// byte that cannot lead.
func need(b byte) (n int, lo, hi byte) {
	switch {
	case b < 0xC2:
		return 0, 0, 0
	case b < 0xE0:
		return 2, 0x80, 0xBF
	case b == 0xE0:
		return 3, 0xA0, 0xBF
	case b == 0xED:
		return 3, 0x80, 0x9F
	case b < 0xF0:
		return 3, 0x80, 0xBF
	case b == 0xF0:
		return 4, 0x90, 0xBF
	case b < 0xF4:
		return 4, 0x80, 0xBF
	case b == 0xF4:
		return 4, 0x80, 0x8F
	}
	return 0, 0, 0
}

func continues(b byte) bool { return b&0xC0 == 0x80 }

// FullRune reports whether p begins with a full encoding of a rune; an invalid encoding counts as one.
func FullRune(p []byte) bool {
	if len(p) == 0 {
		return false
	}
	n, lo, hi := need(p[0])
	if len(p) >= n {
		return true
	}
	if len(p) > 1 && (p[1] < lo || hi < p[1]) {
		return true
	}
	return len(p) > 2 && !continues(p[2])
}

// FullRuneInString is FullRune for a string.
func FullRuneInString(s string) bool {
	if len(s) > UTFMax {
		s = s[:UTFMax]
	}
	return FullRune([]byte(s))
}

// DecodeRune unpacks the first rune of p and its width: (RuneError, 0) if p is empty, (RuneError, 1) if it is invalid.
func DecodeRune(p []byte) (rune, int) {
	// ASCII is decoded where it is asked for.
	if len(p) > 0 && p[0] < RuneSelf {
		return rune(p[0]), 1
	}
	return decode(p)
}

//go:noinline
func decode(p []byte) (rune, int) {
	if len(p) == 0 {
		return RuneError, 0
	}
	b := p[0]
	n, lo, hi := need(b)
	if n == 0 || len(p) < n || p[1] < lo || hi < p[1] {
		return RuneError, 1
	}
	if n == 2 {
		return rune(b&0x1F)<<6 | rune(p[1]&0x3F), 2
	}
	if !continues(p[2]) {
		return RuneError, 1
	}
	if n == 3 {
		return rune(b&0x0F)<<12 | rune(p[1]&0x3F)<<6 | rune(p[2]&0x3F), 3
	}
	if !continues(p[3]) {
		return RuneError, 1
	}
	return rune(b&0x07)<<18 | rune(p[1]&0x3F)<<12 | rune(p[2]&0x3F)<<6 | rune(p[3]&0x3F), 4
}

// DecodeRuneInString is DecodeRune for a string.
func DecodeRuneInString(s string) (rune, int) {
	if len(s) > 0 && s[0] < RuneSelf {
		return rune(s[0]), 1
	}
	return decodeInString(s)
}

//go:noinline
func decodeInString(s string) (rune, int) {
	for i, r := range s {
		if i > 0 {
			return RuneError, i
		}
		if r != RuneError {
			return r, RuneLen(r)
		}
		// A genuine U+FFFD is three bytes long, an invalid byte one.
		if len(s) >= 3 && s[0] == 0xEF && s[1] == 0xBF && s[2] == 0xBD {
			return RuneError, 3
		}
		return RuneError, 1
	}
	return RuneError, 0
}

// DecodeLastRune unpacks the last rune of p and its width.
func DecodeLastRune(p []byte) (rune, int) {
	end := len(p)
	if end == 0 {
		return RuneError, 0
	}
	for start := end - 1; start >= 0 && start >= end-UTFMax; start-- {
		if RuneStart(p[start]) {
			r, size := DecodeRune(p[start:end])
			if start+size != end {
				break
			}
			return r, size
		}
	}
	return RuneError, 1
}

// DecodeLastRuneInString is DecodeLastRune for a string.
func DecodeLastRuneInString(s string) (rune, int) {
	end := len(s)
	if end == 0 {
		return RuneError, 0
	}
	for start := end - 1; start >= 0 && start >= end-UTFMax; start-- {
		if RuneStart(s[start]) {
			r, size := DecodeRuneInString(s[start:end])
			if start+size != end {
				break
			}
			return r, size
		}
	}
	return RuneError, 1
}

// RuneLen is the number of bytes of r's encoding, -1 if r is not valid.
func RuneLen(r rune) int {
	switch {
	case r < 0:
		return -1
	case r < 0x80:
		return 1
	case r < 0x800:
		return 2
	case surrogateMin <= r && r <= surrogateMax:
		return -1
	case r < 0x10000:
		return 3
	case r <= MaxRune:
		return 4
	}
	return -1
}

// EncodeRune writes r's encoding into p, which must be large enough, and returns its length.
func EncodeRune(p []byte, r rune) int {
	switch n := RuneLen(r); n {
	case 1:
		p[0] = byte(r)
		return 1
	case 2:
		_ = p[1]
		p[0] = 0xC0 | byte(r>>6)
		p[1] = 0x80 | byte(r)&0x3F
		return 2
	case 4:
		_ = p[3]
		p[0] = 0xF0 | byte(r>>18)
		p[1] = 0x80 | byte(r>>12)&0x3F
		p[2] = 0x80 | byte(r>>6)&0x3F
		p[3] = 0x80 | byte(r)&0x3F
		return 4
	case -1:
		r = RuneError
	}
	_ = p[2]
	p[0] = 0xE0 | byte(r>>12)
	p[1] = 0x80 | byte(r>>6)&0x3F
	p[2] = 0x80 | byte(r)&0x3F
	return 3
}

// AppendRune appends r's encoding to p.
func AppendRune(p []byte, r rune) []byte {
	if uint32(r) < RuneSelf {
		return append(p, byte(r))
	}
	var buf [UTFMax]byte
	n := EncodeRune(buf[:], r)
	return append(p, buf[:n]...)
}

// ascii is the length of the start of p, in steps of eight, that is ASCII.
func ascii(p []byte) int {
	n := 0
	for len(p) >= 8 {
		low := uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16 | uint32(p[3])<<24
		high := uint32(p[4]) | uint32(p[5])<<8 | uint32(p[6])<<16 | uint32(p[7])<<24
		if (low|high)&0x80808080 != 0 {
			break
		}
		p = p[8:]
		n += 8
	}
	return n
}

// asciiInString is ascii for a string.
func asciiInString(s string) int {
	n := 0
	for len(s) >= 8 {
		low := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		high := uint32(s[4]) | uint32(s[5])<<8 | uint32(s[6])<<16 | uint32(s[7])<<24
		if (low|high)&0x80808080 != 0 {
			break
		}
		s = s[8:]
		n += 8
	}
	return n
}

// RuneCount counts the runes of p; invalid bytes count as one each.
func RuneCount(p []byte) int {
	n := ascii(p)
	for i := n; i < len(p); n++ {
		if p[i] < RuneSelf {
			i++
		} else {
			_, size := DecodeRune(p[i:])
			i += size
		}
	}
	return n
}

// RuneCountInString is RuneCount for a string.
func RuneCountInString(s string) int {
	n := 0
	for range s {
		n++
	}
	return n
}

// RuneStart reports whether b could be the first byte of an encoded, possibly invalid rune.
func RuneStart(b byte) bool { return !continues(b) }

// Valid reports whether p consists entirely of valid encodings.
func Valid(p []byte) bool {
	for i := ascii(p); i < len(p); {
		if p[i] < RuneSelf {
			i++
			continue
		}
		_, size := DecodeRune(p[i:])
		if size == 1 {
			return false
		}
		i += size
	}
	return true
}

// ValidString is Valid for a string.
func ValidString(s string) bool {
	for i := asciiInString(s); i < len(s); {
		if s[i] < RuneSelf {
			i++
			continue
		}
		_, size := DecodeRuneInString(s[i:])
		if size == 1 {
			return false
		}
		i += size
	}
	return true
}

// ValidRune reports whether r can be encoded.
func ValidRune(r rune) bool {
	return 0 <= r && r < surrogateMin || surrogateMax < r && r <= MaxRune
}
