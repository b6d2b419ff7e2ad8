package fmt

import (
	"strconv"
	"unicode/utf8"
)

const (
	lowerDigits = "0123456789abcdefx"
	upperDigits = "0123456789ABCDEFX"
)

// flags are what stands between the % and the verb.
type flags struct {
	// Any of the others is set, or may be.
	some                            bool
	widPresent, precPresent         bool
	minus, plus, sharp, space, zero bool
	plusV, sharpV                   bool
	wid, prec                       int
}

// formatter writes padded values into a buffer.
type formatter struct {
	flags
	buf *[]byte
}

func (f *formatter) clear() {
	f.flags = flags{}
}

func (f *formatter) writePadding(n int) {
	if n <= 0 {
		return
	}
	c := byte(' ')
	// Zero padding is only to the left.
	if f.zero && !f.minus {
		c = '0'
	}
	b := *f.buf
	end := len(b)
	if n > cap(b)-end {
		b = append(b, make([]byte, n)...)
	}
	b = b[:end+n]
	for i := range n {
		b[end+i] = c
	}
	*f.buf = b
}

func (f *formatter) pad(b []byte) {
	if !f.widPresent || f.wid == 0 {
		*f.buf = append(*f.buf, b...)
		return
	}
	n := f.wid - utf8.RuneCount(b)
	if !f.minus {
		f.writePadding(n)
	}
	*f.buf = append(*f.buf, b...)
	if f.minus {
		f.writePadding(n)
	}
}

func (f *formatter) padString(s string) {
	if !f.widPresent || f.wid == 0 {
		*f.buf = append(*f.buf, s...)
		return
	}
	n := f.wid - utf8.RuneCountInString(s)
	if !f.minus {
		f.writePadding(n)
	}
	*f.buf = append(*f.buf, s...)
	if f.minus {
		f.writePadding(n)
	}
}

func (f *formatter) boolean(v bool) {
	if v {
		f.padString("true")
	} else {
		f.padString("false")
	}
}

// unicode formats "U+0078", with sharp "U+0078 'x'".
func (f *formatter) unicode(u uint64) {
	prec := 4
	if f.precPresent && f.prec > 4 {
		prec = f.prec
	}
	digits := strconv.FormatUint(u, 16)
	b := []byte("U+")
	for range prec - len(digits) {
		b = append(b, '0')
	}
	for i := range len(digits) {
		c := digits[i]
		if c >= 'a' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
	}
	if f.sharp && u <= utf8.MaxRune && strconv.IsPrint(rune(u)) {
		b = append(b, " '"...)
		b = utf8.AppendRune(b, rune(u))
		b = append(b, '\'')
	}
	zero := f.zero
	f.zero = false
	f.pad(b)
	f.zero = zero
}

func (f *formatter) integer(u uint64, base int, signed bool, verb rune) {
	digits := lowerDigits
	if verb == 'X' {
		digits = upperDigits
	}
	negative := signed && int64(u) < 0
	if negative {
		u = -u
	}
	var small [68]byte
	buf := small[:]
	if f.widPresent || f.precPresent {
		if width := 3 + f.wid + f.prec; width > len(buf) {
			buf = make([]byte, width)
		}
	}
	// Two ways to ask for leading zeroes: %.3d or %03d.
	prec := 0
	if f.precPresent {
		prec = f.prec
		if prec == 0 && u == 0 {
			zero := f.zero
			f.zero = false
			f.writePadding(f.wid)
			f.zero = zero
			return
		}
	} else if f.zero && !f.minus && f.widPresent {
		prec = f.wid
		if negative || f.plus || f.space {
			prec--
		}
	}
	i := len(buf)
	switch base {
	case 10:
		for u >= 100 {
			i -= 2
			next := u / 100
			pair := u - next*100
			tens := pair / 10
			buf[i] = byte('0' + tens)
			buf[i+1] = byte('0' + pair - tens*10)
			u = next
		}
		if u >= 10 {
			i--
			tens := u / 10
			buf[i] = byte('0' + u - tens*10)
			u = tens
		}
	case 16:
		for u >= 16 {
			i--
			buf[i] = digits[u&15]
			u >>= 4
		}
	case 8:
		for u >= 8 {
			i--
			buf[i] = byte('0' + u&7)
			u >>= 3
		}
	case 2:
		for u >= 2 {
			i--
			buf[i] = byte('0' + u&1)
			u >>= 1
		}
	default:
		panic("fmt: unknown base; can't happen")
	}
	i--
	buf[i] = digits[u]
	for i > 0 && prec > len(buf)-i {
		i--
		buf[i] = '0'
	}
	if f.sharp {
		switch base {
		case 2:
			i--
			buf[i] = 'b'
			i--
			buf[i] = '0'
		case 8:
			if buf[i] != '0' {
				i--
				buf[i] = '0'
			}
		case 16:
			i--
			buf[i] = digits[16]
			i--
			buf[i] = '0'
		}
	}
	if verb == 'O' {
		i--
		buf[i] = 'o'
		i--
		buf[i] = '0'
	}
	switch {
	case negative:
		i--
		buf[i] = '-'
	case f.plus:
		i--
		buf[i] = '+'
	case f.space:
		i--
		buf[i] = ' '
	}
	// Zeroes have been made as digits.
	zero := f.zero
	f.zero = false
	f.pad(buf[i:])
	f.zero = zero
}

// truncate cuts a string to the precision, counted in runes.
func (f *formatter) truncate(s string) string {
	if f.precPresent {
		n := f.prec
		for i := range s {
			n--
			if n < 0 {
				return s[:i]
			}
		}
	}
	return s
}

func (f *formatter) str(s string) {
	if f.some {
		f.padString(f.truncate(s))
		return
	}
	*f.buf = append(*f.buf, s...)
}

// hexString formats each byte as two hexadecimal digits.
func (f *formatter) hexString(s string, digits string) {
	length := len(s)
	if f.precPresent && f.prec < length {
		length = f.prec
	}
	width := 2 * length
	if width <= 0 {
		if f.widPresent {
			f.writePadding(f.wid)
		}
		return
	}
	if f.space {
		// Each element gets its own 0x.
		if f.sharp {
			width *= 2
		}
		width += length - 1
	} else if f.sharp {
		width += 2
	}
	if f.widPresent && f.wid > width && !f.minus {
		f.writePadding(f.wid - width)
	}
	buf := *f.buf
	if f.sharp {
		buf = append(buf, '0', digits[16])
	}
	for i := range length {
		if f.space && i > 0 {
			buf = append(buf, ' ')
			if f.sharp {
				buf = append(buf, '0', digits[16])
			}
		}
		buf = append(buf, digits[s[i]>>4], digits[s[i]&15])
	}
	*f.buf = buf
	if f.widPresent && f.wid > width && f.minus {
		f.writePadding(f.wid - width)
	}
}

func (f *formatter) quoted(s string) {
	if !f.some {
		*f.buf = strconv.AppendQuote(*f.buf, s)
		return
	}
	s = f.truncate(s)
	if f.sharp && strconv.CanBackquote(s) {
		f.padString("`" + s + "`")
		return
	}
	if f.plus {
		f.padString(strconv.QuoteToASCII(s))
	} else {
		f.padString(strconv.Quote(s))
	}
}

func toRune(u uint64) rune {
	if u > utf8.MaxRune {
		return utf8.RuneError
	}
	return rune(u)
}

func (f *formatter) char(u uint64) {
	if !f.some {
		*f.buf = utf8.AppendRune(*f.buf, toRune(u))
		return
	}
	var buf [utf8.UTFMax]byte
	f.pad(utf8.AppendRune(buf[:0], toRune(u)))
}

func (f *formatter) quotedChar(u uint64) {
	if f.plus {
		f.padString(strconv.QuoteRuneToASCII(toRune(u)))
	} else {
		f.padString(strconv.QuoteRune(toRune(u)))
	}
}

func (f *formatter) float(v float64, size int, verb rune, prec int) {
	if !f.some {
		*f.buf = strconv.AppendFloat(*f.buf, v, byte(verb), prec, size)
		return
	}
	var small [32]byte
	// The sign is always there, so that it can be moved before padding.
	num := strconv.AppendFloat(small[:1], v, byte(verb), prec, size)
	if num[1] == '-' || num[1] == '+' {
		num = num[1:]
	} else {
		num[0] = '+'
	}
	if f.space && num[0] == '+' && !f.plus {
		num[0] = ' '
	}
	if num[1] == 'I' || num[1] == 'N' {
		zero := f.zero
		f.zero = false
		if num[1] == 'N' && !f.space && !f.plus {
			num = num[1:]
		}
		f.pad(num)
		f.zero = zero
		return
	}
	// %#g keeps the point and trailing zeroes.
	if f.sharp && verb != 'b' {
		digits := 0
		switch verb {
		case 'v', 'g', 'G', 'x':
			digits = prec
			if digits < 0 {
				digits = 6
			}
		}
		var tail []byte
		sawPoint, sawNonzero := false, false
		for i := 1; i < len(num); i++ {
			switch num[i] {
			case '.':
				sawPoint = true
			case 'p', 'P':
				tail = append(tail, num[i:]...)
				num = num[:i]
			case 'e', 'E':
				if verb != 'x' && verb != 'X' {
					tail = append(tail, num[i:]...)
					num = num[:i]
					break
				}
				fallthrough
			default:
				if num[i] != '0' {
					sawNonzero = true
				}
				// Leading zeroes are not significant.
				if sawNonzero {
					digits--
				}
			}
		}
		if !sawPoint {
			if len(num) == 2 && num[1] == '0' {
				digits--
			}
			num = append(num, '.')
		}
		for ; digits > 0; digits-- {
			num = append(num, '0')
		}
		num = append(num, tail...)
	}
	if f.plus || num[0] != '+' {
		// The sign goes before padding zeroes.
		if f.zero && !f.minus && f.widPresent && f.wid > len(num) {
			*f.buf = append(*f.buf, num[0])
			f.writePadding(f.wid - len(num))
			*f.buf = append(*f.buf, num[1:]...)
			return
		}
		f.pad(num)
		return
	}
	f.pad(num[1:])
}
