package strconv

import "math/bits"

const IntSize = 64

const digits = "0123456789abcdefghijklmnopqrstuvwxyz"

// The numbers below 100, two digits each.
const pairs = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849" +
	"5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"

// FormatUint is i in a base from 2 to 36.
func FormatUint(i uint64, base int) string {
	if i < 10 && (base == 10 || i < uint64(base) && 2 <= base && base <= len(digits)) {
		return digits[i : i+1]
	}
	var buf [64]byte
	return string(buf[format(&buf, i, base):])
}

// FormatInt is i in a base from 2 to 36.
func FormatInt(i int64, base int) string {
	if 0 <= i && i < 10 && (base == 10 || i < int64(base) && 2 <= base && base <= len(digits)) {
		return digits[i : i+1]
	}
	var buf [65]byte
	return string(signed(&buf, i, base))
}

// Itoa is FormatInt in base 10.
func Itoa(i int) string { return FormatInt(int64(i), 10) }

// AppendInt appends what FormatInt returns.
func AppendInt(dst []byte, i int64, base int) []byte {
	if base == 10 {
		u := uint64(i)
		if i < 0 {
			dst = append(dst, '-')
			u = -u
		}
		return appendDecimal(dst, u)
	}
	var buf [65]byte
	return append(dst, signed(&buf, i, base)...)
}

// AppendUint appends what FormatUint returns.
func AppendUint(dst []byte, i uint64, base int) []byte {
	if base == 10 {
		return appendDecimal(dst, i)
	}
	var buf [64]byte
	return append(dst, buf[format(&buf, i, base):]...)
}

// The powers of ten from the first on.
var powers = [20]uint64{0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// appendDecimal knows how many digits there will be, and so writes them where they belong.
func appendDecimal(dst []byte, u uint64) []byte {
	// log10(2) times the number of bits is the number of digits, or one less.
	n := bits.Len64(u) * 1233 >> 12
	if u >= powers[n] {
		n++
	}
	at := len(dst)
	if cap(dst)-at < n {
		dst = append(dst, "00000000000000000000"[:n]...)
	}
	dst = dst[:at+n]
	to := dst[at:]
	for u >= 100 {
		q := u / 100
		two := (u - q*100) * 2
		to[n-2], to[n-1] = pairs[two], pairs[two+1]
		n -= 2
		u = q
	}
	if u >= 10 {
		to[0], to[1] = pairs[u*2], pairs[u*2+1]
	} else {
		to[0] = byte('0' + u)
	}
	return dst
}

func signed(buf *[65]byte, i int64, base int) []byte {
	u := uint64(i)
	if i < 0 {
		u = -u
	}
	at := 1 + format((*[64]byte)(buf[1:]), u, base)
	if i < 0 {
		at--
		buf[at] = '-'
	}
	return buf[at:]
}

// format writes u at the end of buf and returns where it starts.
func format(buf *[64]byte, u uint64, base int) int {
	if base < 2 || base > len(digits) {
		panic("strconv: illegal AppendInt/FormatInt base")
	}
	i := len(buf)
	if base == 10 {
		for u >= 100 {
			i -= 2
			q := u / 100
			two := (u - q*100) * 2
			buf[i&63], buf[(i+1)&63] = pairs[two], pairs[two+1]
			u = q
		}
		if u >= 10 {
			i--
			buf[i&63] = pairs[u*2+1]
			u = uint64(pairs[u*2] - '0')
		}
		i--
		buf[i&63] = byte('0' + u)
		return i
	}
	b := uint64(base)
	for {
		i--
		buf[i] = digits[u%b]
		if u /= b; u == 0 {
			return i
		}
	}
}

// ParseUint parses an unsigned number. Base 0 takes the base from a prefix and allows underscores; bitSize 0 is the size of int.
func ParseUint(s string, base int, bitSize int) (uint64, error) {
	const fn = "ParseUint"
	if s == "" {
		return 0, syntaxError(fn, s)
	}
	text := s
	prefixed := base == 0
	switch {
	case 2 <= base && base <= 36:
	case base == 0:
		base = 10
		if text[0] == '0' {
			switch {
			case len(text) >= 3 && lower(text[1]) == 'b':
				base, text = 2, text[2:]
			case len(text) >= 3 && lower(text[1]) == 'o':
				base, text = 8, text[2:]
			case len(text) >= 3 && lower(text[1]) == 'x':
				base, text = 16, text[2:]
			default:
				base, text = 8, text[1:]
			}
		}
	default:
		return 0, baseError(fn, s, base)
	}
	if bitSize == 0 {
		bitSize = IntSize
	} else if bitSize < 0 || bitSize > 64 {
		return 0, bitSizeError(fn, s, bitSize)
	}
	const maxUint64 = 1<<64 - 1
	cutoff := maxUint64/uint64(base) + 1
	max := uint64(1)<<uint(bitSize) - 1
	underscores := false
	var n uint64
	for i := 0; i < len(text); i++ {
		c := text[i]
		var d byte
		switch {
		case c == '_' && prefixed:
			underscores = true
			continue
		case '0' <= c && c <= '9':
			d = c - '0'
		case 'a' <= lower(c) && lower(c) <= 'z':
			d = lower(c) - 'a' + 10
		default:
			return 0, syntaxError(fn, s)
		}
		if int(d) >= base {
			return 0, syntaxError(fn, s)
		}
		if n >= cutoff {
			return max, rangeError(fn, s)
		}
		n *= uint64(base)
		sum := n + uint64(d)
		if sum < n || sum > max {
			return max, rangeError(fn, s)
		}
		n = sum
	}
	if underscores && !underscoresFit(s) {
		return 0, syntaxError(fn, s)
	}
	return n, nil
}

// ParseInt is ParseUint for signed numbers.
func ParseInt(s string, base int, bitSize int) (int64, error) {
	const fn = "ParseInt"
	if s == "" {
		return 0, syntaxError(fn, s)
	}
	text, negative := s, false
	if s[0] == '+' || s[0] == '-' {
		negative = s[0] == '-'
		text = s[1:]
	}
	u, err := ParseUint(text, base, bitSize)
	if err != nil && err.(*NumError).Err != ErrRange {
		e := err.(*NumError)
		e.Func, e.Num = fn, clone(s)
		return 0, e
	}
	if bitSize == 0 {
		bitSize = IntSize
	}
	limit := uint64(1) << uint(bitSize-1)
	if !negative && u >= limit {
		return int64(limit - 1), rangeError(fn, s)
	}
	if negative && u > limit {
		return -int64(limit), rangeError(fn, s)
	}
	if negative {
		return -int64(u), nil
	}
	return int64(u), nil
}

// Atoi is ParseInt(s, 10, 0) as an int.
func Atoi(s string) (int, error) {
	// Up to 18 digits cannot overflow.
	if 0 < len(s) && len(s) <= 18 {
		i := 0
		if s[0] == '-' || s[0] == '+' {
			i = 1
		}
		n := 0
		for ; i < len(s); i++ {
			d := s[i] - '0'
			if d > 9 {
				break
			}
			n = n*10 + int(d)
		}
		if i == len(s) && s[i-1] >= '0' {
			if s[0] == '-' {
				n = -n
			}
			return n, nil
		}
	}
	n, err := ParseInt(s, 10, 0)
	if e, ok := err.(*NumError); ok {
		e.Func = "Atoi"
	}
	return int(n), err
}

func lower(c byte) byte { return c | ('x' - 'X') }

// underscoresFit reports whether underscores stand only between digits or between a base prefix and a digit.
func underscoresFit(s string) bool {
	// The kind of the previous character: '0' a digit (or prefix), '_' an underscore, '!' something else.
	last := '^'
	if len(s) >= 1 && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	hex := false
	if len(s) >= 2 && s[0] == '0' && (lower(s[1]) == 'b' || lower(s[1]) == 'o' || lower(s[1]) == 'x') {
		last = '0'
		hex = lower(s[1]) == 'x'
		s = s[2:]
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9' || hex && 'a' <= lower(c) && lower(c) <= 'f':
			last = '0'
		case c == '_':
			if last != '0' {
				return false
			}
			last = '_'
		default:
			if last == '_' {
				return false
			}
			last = '!'
		}
	}
	return last != '_'
}
