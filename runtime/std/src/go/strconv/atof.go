package strconv

// ParseFloat parses a decimal or hexadecimal number, "inf", "infinity" or "nan" (any case), rounded to bitSize bits.
func ParseFloat(s string, bitSize int) (float64, error) {
	if f, ok := plainFloat(s); ok && bitSize != 32 {
		return f, nil
	}
	f, n, err := parsePrefix(s, bitSize)
	if n != len(s) && (err == nil || err.(*NumError).Err != ErrSyntax) {
		return 0, syntaxError("ParseFloat", s)
	}
	return f, err
}

// ParseComplex parses N, Ni or N±Ni, perhaps in parentheses.
func ParseComplex(s string, bitSize int) (complex128, error) {
	const fn = "ParseComplex"
	size := 64
	if bitSize == 64 {
		size = 32
	}
	text := s
	if len(s) >= 2 && s[0] == '(' && s[len(s)-1] == ')' {
		s = s[1 : len(s)-1]
	}
	var pending error
	part := func() (float64, bool) {
		f, n, err := parsePrefix(s, size)
		if err != nil {
			e := err.(*NumError)
			if e.Err != ErrRange {
				return 0, false
			}
			pending = rangeError(fn, text)
		}
		s = s[n:]
		return f, n > 0
	}
	re, ok := part()
	if !ok {
		return 0, syntaxError(fn, text)
	}
	if s == "" {
		return complex(re, 0), pending
	}
	if s == "i" {
		return complex(0, re), pending
	}
	if s[0] == '+' {
		if len(s) > 1 && s[1] != '+' {
			s = s[1:]
		}
	} else if s[0] != '-' {
		return 0, syntaxError(fn, text)
	}
	im, ok := part()
	if !ok || s != "i" {
		return 0, syntaxError(fn, text)
	}
	return complex(re, im), pending
}

// special recognises infinities and NaN at the start of s.
func special(s string) (f float64, n int, ok bool) {
	sign, start := 1, 0
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		start = 1
	}
	has := func(word string) bool {
		if len(s)-start < len(word) {
			return false
		}
		for i := range len(word) {
			if lower(s[start+i]) != word[i] {
				return false
			}
		}
		return true
	}
	switch {
	case has("infinity"):
		return inf(sign), start + 8, true
	case has("inf"):
		return inf(sign), start + 3, true
	case start == 0 && has("nan"):
		return nan(), 3, true
	}
	return 0, 0, false
}

// number is a scanned literal: mantissa * 10**exp, or * 2**exp for a hexadecimal one.
type number struct {
	mantissa  uint64
	exp       int
	negative  bool
	truncated bool
	hex       bool
	// Where the literal ends, and where its digits begin and end.
	end, digits, digitsEnd int
}

// scan reads a number at the start of s.
func scan(s string) (num number, ok bool) {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		num.negative = s[i] == '-'
		i++
	}
	base := uint64(10)
	maxDigits := 19
	expChar := byte('e')
	if i+2 < len(s) && s[i] == '0' && lower(s[i+1]) == 'x' {
		base, maxDigits, expChar = 16, 16, 'p'
		i += 2
		num.hex = true
	}
	underscores, sawDot, sawDigits := false, false, false
	n, kept := 0, 0
	num.digits = i
loop:
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '_':
			underscores = true
			continue
		case c == '.':
			if sawDot {
				break loop
			}
			sawDot = true
			continue
		}
		var d byte
		switch {
		case '0' <= c && c <= '9':
			d = c - '0'
		case num.hex && 'a' <= lower(c) && lower(c) <= 'f':
			d = lower(c) - 'a' + 10
		default:
			break loop
		}
		sawDigits = true
		if d == 0 && n == 0 {
			continue
		}
		n++
		if kept < maxDigits {
			num.mantissa = num.mantissa*base + uint64(d)
			kept++
		} else if d != 0 {
			num.truncated = true
		}
	}
	if !sawDigits {
		return num, false
	}
	num.digitsEnd = i
	point := decimalPoint(s[num.digits:i])
	if num.hex {
		point *= 4
		kept *= 4
	}
	if i < len(s) && lower(s[i]) == expChar {
		j := i + 1
		if j >= len(s) {
			return num, false
		}
		sign := 1
		if s[j] == '+' || s[j] == '-' {
			if s[j] == '-' {
				sign = -1
			}
			j++
		}
		if j >= len(s) || s[j] < '0' || s[j] > '9' {
			return num, false
		}
		e := 0
		for ; j < len(s) && ('0' <= s[j] && s[j] <= '9' || s[j] == '_'); j++ {
			if s[j] == '_' {
				underscores = true
			} else if e < 10000 {
				e = e*10 + int(s[j]-'0')
			}
		}
		point += e * sign
		i = j
	} else if num.hex {
		return num, false
	}
	if num.mantissa != 0 {
		num.exp = point - kept
	}
	num.end = i
	return num, !underscores || underscoresFit(s[:i])
}

// decimalPoint is the position of the point relative to the first digit that is not zero.
func decimalPoint(s string) int {
	point, n, dot := 0, 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '_':
		case c == '.':
			dot = true
		case c == '0' && n == 0:
			if dot {
				point--
			}
		default:
			n++
			if !dot {
				point++
			}
		}
	}
	return point
}

var exactPowers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// plainFloat parses digits with a point among them, if there are few enough that both the digits, as an integer, and the power of
// ten are exact: then the one rounding is right (Clinger, 1990).
func plainFloat(s string) (f float64, ok bool) {
	i := 0
	if len(s) > 0 && s[0] == '-' {
		i = 1
	}
	if len(s)-i > 16 || i == len(s) {
		return 0, false
	}
	n, digits, point := uint64(0), 0, -1
	for ; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			if s[i] != '.' || point >= 0 {
				return 0, false
			}
			point = digits
			continue
		}
		n = n*10 + uint64(d)
		digits++
	}
	if digits == 0 || n>>53 != 0 {
		return 0, false
	}
	f = float64(n)
	if point >= 0 {
		f /= exactPowers[digits-point]
	}
	if s[0] == '-' {
		f = -f
	}
	return f, true
}

// parsePrefix parses the longest number at the start of s and returns its length.
func parsePrefix(s string, bitSize int) (f float64, n int, err error) {
	const fn = "ParseFloat"
	if f, n, ok := special(s); ok {
		if bitSize == 32 {
			f = float64(float32(f))
		}
		return f, n, nil
	}
	num, ok := scan(s)
	if !ok {
		return 0, 0, syntaxError(fn, s)
	}
	format := &format64
	if bitSize == 32 {
		format = &format32
	}
	var bits uint64
	overflow := false
	switch {
	case num.hex:
		bits, overflow = hexBits(&num, format)
	case num.mantissa == 0:
	case !num.truncated && num.mantissa>>(format.mantissa+1) == 0 && bitSize != 32 && -22 <= num.exp && num.exp <= 22:
		// Both factors are exact, so the one rounding is right (Clinger, 1990).
		f := float64(num.mantissa)
		if num.exp >= 0 {
			f *= exactPowers[num.exp]
		} else {
			f /= exactPowers[-num.exp]
		}
		bits = float64bits(f)
	default:
		var d decimal
		d.set(s[num.digits:num.digitsEnd])
		d.point = decimalPoint(s[num.digits:num.digitsEnd]) + exponentOf(s[num.digitsEnd:num.end])
		bits, overflow = d.bits(format)
	}
	if num.negative {
		bits |= 1 << (format.exponent + format.mantissa)
	}
	if bitSize == 32 {
		f = float64(float32frombits(uint32(bits)))
	} else {
		f = float64frombits(bits)
	}
	if overflow {
		err = rangeError(fn, s)
	}
	return f, num.end, err
}

// exponentOf reads the exponent part "e-12" that scan has checked.
func exponentOf(s string) int {
	if s == "" {
		return 0
	}
	e, sign := 0, 1
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '-':
			sign = -1
		case '0' <= s[i] && s[i] <= '9' && e < 10000:
			e = e*10 + int(s[i]-'0')
		}
	}
	return e * sign
}

// set takes digits, with a point perhaps, without leading zeroes; the caller places the point.
func (a *decimal) set(digits string) {
	for i := range len(digits) {
		c := digits[i]
		if c < '0' || c > '9' || c == '0' && a.n == 0 {
			continue
		}
		if a.n < len(a.d) {
			a.d[a.n] = c - '0'
			a.n++
		} else if c != '0' {
			a.truncated = true
		}
	}
}

// bits is the float nearest to a, as bits without sign, and whether it is too large.
func (a *decimal) bits(format *floatFormat) (bits uint64, overflow bool) {
	infinity := uint64(1<<format.exponent-1) << format.mantissa
	a.trimKeepingPoint()
	if a.n == 0 || a.point < -330 {
		return 0, false
	}
	if a.point > 310 {
		return infinity, true
	}
	// Scale into [0.5, 1).
	exp := 0
	for a.point > 0 {
		k := powerShift(a.point)
		a.shift(-k)
		exp += k
	}
	for a.point < 0 || a.point == 0 && a.d[0] < 5 {
		k := powerShift(-a.point)
		a.shift(k)
		exp -= k
	}
	// The floats' range is [1, 2).
	exp--
	if exp < format.bias+1 {
		k := format.bias + 1 - exp
		a.shift(-k)
		exp += k
	}
	if exp-format.bias >= 1<<format.exponent-1 {
		return infinity, true
	}
	a.shift(1 + int(format.mantissa))
	mant := a.integer()
	if mant == 2<<format.mantissa {
		mant >>= 1
		exp++
		if exp-format.bias >= 1<<format.exponent-1 {
			return infinity, true
		}
	}
	if mant&(1<<format.mantissa) == 0 {
		exp = format.bias
	}
	return mant&(1<<format.mantissa-1) | uint64(exp-format.bias)<<format.mantissa, false
}

func (a *decimal) trimKeepingPoint() {
	for a.n > 0 && a.d[a.n-1] == 0 {
		a.n--
	}
}

// powerShift is a number of bits by which 10**n can be scaled down without passing 1.
func powerShift(n int) int {
	powers := [...]int{1, 3, 6, 9, 13, 16, 19, 23, 26}
	if n < len(powers) {
		return powers[n]
	}
	return 27
}

// hexBits rounds mantissa * 2**exp to the format.
func hexBits(num *number, format *floatFormat) (bits uint64, overflow bool) {
	mant, exp := num.mantissa, num.exp
	if mant == 0 {
		return 0, false
	}
	maxExp := 1<<format.exponent + format.bias - 2
	minExp := format.bias + 1
	exp += int(format.mantissa)
	// Two extra bits: half, and sticky.
	for mant>>(format.mantissa+2) == 0 {
		mant <<= 1
		exp--
	}
	if num.truncated {
		mant |= 1
	}
	for mant>>(format.mantissa+3) != 0 {
		mant = mant>>1 | mant&1
		exp++
	}
	exp += 2
	for mant > 1 && exp < minExp {
		mant = mant>>1 | mant&1
		exp++
	}
	round := mant & 3
	mant >>= 2
	round |= mant & 1
	if round == 3 {
		mant++
		if mant == 1<<(format.mantissa+1) {
			mant >>= 1
			exp++
		}
	}
	if mant>>format.mantissa == 0 {
		exp = format.bias
	}
	if exp > maxExp {
		return uint64(1<<format.exponent-1) << format.mantissa, true
	}
	return mant&(1<<format.mantissa-1) | uint64(exp-format.bias)<<format.mantissa, false
}
