package fmt

import (
	"internal/abi"
	"io"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

const (
	decimalDigits = "0123456789"
	hexDigits     = "0123456789aAbBcCdDeEfF"
)

// operand scans one value.
func (s *scanState) operand(verb rune, arg any) {
	s.buf = s.buf[:0]
	if v, ok := arg.(Scanner); ok {
		if err := v.Scan(s, verb); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			s.fail(err)
		}
		return
	}
	v := valueOf(arg)
	if v.t == nil {
		s.failText("can't scan type: <nil>")
	}
	if v.kind() != abi.Pointer {
		s.failText("type not a pointer: " + v.t.String())
	}
	p := v.word()
	t := v.t.Elem()
	switch kind := t.Kind(); kind {
	case abi.Bool:
		*(*bool)(p) = s.bool(verb)
	case abi.Int, abi.Int8, abi.Int16, abi.Int32, abi.Int64:
		store(p, t.Size_, uint64(s.int(verb, 8*uint(t.Size_))))
	case abi.Uint, abi.Uint8, abi.Uint16, abi.Uint32, abi.Uint64, abi.Uintptr:
		store(p, t.Size_, s.uint(verb, 8*uint(t.Size_)))
	case abi.Float32, abi.Float64:
		s.allow(verb, "beEfFgGv", kind.String())
		s.SkipSpace()
		s.notEOF()
		f := s.float(s.floatToken(), 8*int(t.Size_))
		if kind == abi.Float32 {
			*(*float32)(p) = float32(f)
		} else {
			*(*float64)(p) = f
		}
	case abi.Complex64:
		*(*complex64)(p) = complex64(s.complex(verb, 64))
	case abi.Complex128:
		*(*complex128)(p) = s.complex(verb, 128)
	case abi.String:
		*(*string)(p) = s.string(verb)
	case abi.Slice:
		if t.Elem().Kind() != abi.Uint8 {
			s.failText("can't scan type: " + v.t.String())
		}
		*(*[]byte)(p) = []byte(s.string(verb))
	default:
		s.failText("can't scan type: " + v.t.String())
	}
}

func store(p unsafe.Pointer, size uintptr, u uint64) {
	switch size {
	case 1:
		*(*uint8)(p) = uint8(u)
	case 2:
		*(*uint16)(p) = uint16(u)
	case 4:
		*(*uint32)(p) = uint32(u)
	default:
		*(*uint64)(p) = u
	}
}

// allow checks that a verb fits a type.
func (s *scanState) allow(verb rune, verbs, typ string) {
	if !has(verbs, verb) {
		s.failText("bad verb '%" + string(verb) + "' for " + typ)
	}
}

func (s *scanState) bool(verb rune) bool {
	s.SkipSpace()
	s.notEOF()
	s.allow(verb, "tv", "boolean")
	rest := func(first string, others ...string) {
		if !s.accept(first) {
			return
		}
		for _, set := range others {
			if !s.accept(set) {
				s.failText("syntax error scanning boolean")
			}
		}
	}
	switch s.next() {
	case '1':
		return true
	case 't', 'T':
		rest("rR", "uU", "eE")
		return true
	case 'f', 'F':
		rest("aA", "lL", "sS", "eE")
	}
	return false
}

// base is what a verb says about an integer's base.
func (s *scanState) base(verb rune) (base int, digits string) {
	s.allow(verb, "bdoUxXv", "integer")
	switch verb {
	case 'b':
		return 2, "01"
	case 'o':
		return 8, "01234567"
	case 'x', 'X', 'U':
		return 16, hexDigits
	}
	return 10, decimalDigits
}

// prefix reads 0, 0b, 0o or 0x, which give the base for %v.
func (s *scanState) prefix() (digits string, found bool) {
	if !s.accept("0") {
		return decimalDigits + "_", false
	}
	switch {
	case s.accept("bB"):
		return "01_", true
	case s.accept("oO"):
		return "01234567_", true
	case s.accept("xX"):
		return hexDigits + "_", true
	}
	return "01234567_", true
}

func (s *scanState) digits(digits string, found bool) string {
	if !found {
		s.notEOF()
		if !s.accept(digits) {
			s.failText("expected integer")
		}
	}
	s.acceptAll(digits)
	return string(s.buf)
}

func (s *scanState) rune(bits uint) int64 {
	s.notEOF()
	r := int64(s.next())
	if x := r << (64 - bits) >> (64 - bits); x != r {
		s.failText("overflow on character value " + string(rune(r)))
	}
	return r
}

// integer reads an integer's text, and tells its base.
func (s *scanState) integer(verb rune, signs string) (token string, base int) {
	s.SkipSpace()
	s.notEOF()
	base, digits := s.base(verb)
	found := false
	if verb == 'U' {
		if s.next() != 'U' || s.next() != '+' {
			s.failText("bad unicode format ")
		}
	} else {
		if signs != "" {
			s.accept(signs)
		}
		if verb == 'v' {
			base = 0
			digits, found = s.prefix()
		}
	}
	return s.digits(digits, found), base
}

func (s *scanState) int(verb rune, bits uint) int64 {
	if verb == 'c' {
		return s.rune(bits)
	}
	token, base := s.integer(verb, "+-")
	i, err := strconv.ParseInt(token, base, 64)
	if err != nil {
		s.fail(err)
	}
	if x := i << (64 - bits) >> (64 - bits); x != i {
		s.failText("integer overflow on token " + token)
	}
	return i
}

func (s *scanState) uint(verb rune, bits uint) uint64 {
	if verb == 'c' {
		return uint64(s.rune(bits))
	}
	token, base := s.integer(verb, "")
	u, err := strconv.ParseUint(token, base, 64)
	if err != nil {
		s.fail(err)
	}
	if x := u << (64 - bits) >> (64 - bits); x != u {
		s.failText("unsigned integer overflow on token " + token)
	}
	return u
}

func (s *scanState) floatToken() string {
	s.buf = s.buf[:0]
	if s.accept("nN") && s.accept("aA") && s.accept("nN") {
		return string(s.buf)
	}
	s.accept("+-")
	if s.accept("iI") && s.accept("nN") && s.accept("fF") {
		return string(s.buf)
	}
	digits, exponent := decimalDigits+"_", "eEpP"
	if s.accept("0") && s.accept("xX") {
		digits, exponent = hexDigits+"_", "pP"
	}
	s.acceptAll(digits)
	if s.accept(".") {
		s.acceptAll(digits)
	}
	if s.accept(exponent) {
		s.accept("+-")
		s.acceptAll(decimalDigits + "_")
	}
	return string(s.buf)
}

// float converts a token; a decimal number may have a binary exponent.
func (s *scanState) float(token string, bits int) float64 {
	for i := range len(token) {
		if token[i] != 'p' || len(token) > 1 && (token[1] == 'x' || token[1] == 'X' || len(token) > 2 && token[2]|0x20 == 'x') {
			continue
		}
		f, err := strconv.ParseFloat(token[:i], bits)
		if err != nil {
			if e, ok := err.(*strconv.NumError); ok {
				e.Num = token
			}
			s.fail(err)
		}
		n, err := strconv.Atoi(token[i+1:])
		if err != nil {
			if e, ok := err.(*strconv.NumError); ok {
				e.Num = token
			}
			s.fail(err)
		}
		for ; n > 0 && f-f == 0 && f != 0; n-- {
			f *= 2
		}
		for ; n < 0 && f != 0; n++ {
			f /= 2
		}
		return f
	}
	f, err := strconv.ParseFloat(token, bits)
	if err != nil {
		s.fail(err)
	}
	return f
}

func (s *scanState) complex(verb rune, bits int) complex128 {
	s.allow(verb, "beEfFgGv", "complex")
	s.SkipSpace()
	s.notEOF()
	bad := func() { s.failText("syntax error scanning complex number") }
	parens := s.accept("(")
	re := s.floatToken()
	s.buf = s.buf[:0]
	if !s.accept("+-") {
		bad()
	}
	sign := string(s.buf)
	im := s.floatToken()
	if !s.accept("i") {
		bad()
	}
	if parens && !s.accept(")") {
		bad()
	}
	return complex(s.float(re, bits/2), s.float(sign+im, bits/2))
}

func (s *scanState) string(verb rune) string {
	s.allow(verb, "svqxX", "string")
	s.SkipSpace()
	s.notEOF()
	switch verb {
	case 'q':
		return s.quoted()
	case 'x', 'X':
		return s.hex()
	}
	return string(s.token(true, notSpace))
}

func (s *scanState) quoted() string {
	s.notEOF()
	switch quote := s.next(); quote {
	case '`':
		for {
			r := s.mustNext()
			if r == quote {
				return string(s.buf)
			}
			s.buf = utf8.AppendRune(s.buf, r)
		}
	case '"':
		s.buf = append(s.buf, '"')
		for {
			r := s.mustNext()
			s.buf = utf8.AppendRune(s.buf, r)
			if r == '\\' {
				s.buf = utf8.AppendRune(s.buf, s.mustNext())
			} else if r == '"' {
				break
			}
		}
		text, err := strconv.Unquote(string(s.buf))
		if err != nil {
			s.fail(err)
		}
		return text
	}
	s.failText("expected quoted string")
	return ""
}

func unhex(r rune) (n byte, ok bool) {
	switch {
	case '0' <= r && r <= '9':
		return byte(r - '0'), true
	case 'a' <= r|0x20 && r|0x20 <= 'f':
		return byte(r|0x20-'a') + 10, true
	}
	return 0, false
}

func (s *scanState) hex() string {
	s.notEOF()
	for {
		r := s.next()
		if r == eof {
			break
		}
		high, ok := unhex(r)
		if !ok {
			s.UnreadRune()
			break
		}
		low, ok := unhex(s.mustNext())
		if !ok {
			s.failText("illegal hex digit")
		}
		s.buf = append(s.buf, high<<4|low)
	}
	if len(s.buf) == 0 {
		s.failText("no hex data for %x string")
	}
	return string(s.buf)
}
