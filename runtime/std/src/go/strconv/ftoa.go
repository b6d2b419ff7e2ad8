package strconv

// The binary formats.
type floatFormat struct {
	mantissa uint
	exponent uint
	bias     int
}

var (
	format32 = floatFormat{23, 8, -127}
	format64 = floatFormat{52, 11, -1023}
)

// FormatFloat is f in format fmt ('b', 'e', 'E', 'f', 'g', 'G', 'x', 'X') with precision prec; -1 is the smallest that identifies f
// as a float of bitSize bits.
func FormatFloat(f float64, fmt byte, prec, bitSize int) string {
	return string(AppendFloat(make([]byte, 0, max(prec+4, 24)), f, fmt, prec, bitSize))
}

// AppendFloat appends what FormatFloat returns.
func AppendFloat(dst []byte, f float64, fmt byte, prec, bitSize int) []byte {
	var u uint64
	var format *floatFormat
	switch bitSize {
	case 32:
		u = uint64(float32bits(float32(f)))
		format = &format32
	case 64:
		u = float64bits(f)
		format = &format64
	default:
		panic("strconv: illegal AppendFloat/FormatFloat bitSize")
	}
	negative := u>>(format.exponent+format.mantissa) != 0
	exp := int(u>>format.mantissa) & (1<<format.exponent - 1)
	mant := u & (1<<format.mantissa - 1)
	switch exp {
	case 1<<format.exponent - 1:
		switch {
		case mant != 0:
			return append(dst, "NaN"...)
		case negative:
			return append(dst, "-Inf"...)
		}
		return append(dst, "+Inf"...)
	case 0:
		exp++
	default:
		mant |= 1 << format.mantissa
	}
	exp += format.bias

	switch fmt {
	case 'b':
		return binaryExponent(dst, negative, mant, exp, format)
	case 'x', 'X':
		return hexadecimal(dst, prec, fmt, negative, mant, exp, format)
	}
	var text [quickBuffer]byte
	digs := digitString{d: text[:]}
	quick := true
	count, afterPoint := fixedCount(fmt, prec)
	e := exp - int(format.mantissa)
	switch {
	case mant == 0:
	case prec < 0:
		quick = quickShortest(&digs, mant, e, mant == 1<<format.mantissa && exp != format.bias+1)
	default:
		quick = quickFixed(&digs, mant, e, count, afterPoint)
	}
	if !quick {
		return exactly(dst, negative, mant, exp, format, prec, fmt)
	}
	return layout(dst, negative, &digs, prec, fmt)
}

// fixedCount is how many digits a precision asks for: in all, or after the decimal point.
func fixedCount(fmt byte, prec int) (count int, afterPoint bool) {
	switch fmt {
	case 'e', 'E':
		return prec + 1, false
	case 'g', 'G':
		return max(prec, 1), false
	}
	return prec, true
}

// exactly formats any number with decimal arithmetic of as many digits as there are.
func exactly(dst []byte, negative bool, mant uint64, exp int, format *floatFormat, prec int, fmt byte) []byte {
	var text [800]byte
	digs := digitString{d: text[:]}
	if prec < 0 {
		shortestDigits(&digs, mant, exp, format)
	} else {
		count, afterPoint := fixedCount(fmt, prec)
		fixedDigits(&digs, mant, exp, format, count, afterPoint)
	}
	return layout(dst, negative, &digs, prec, fmt)
}

// digitString is 0.d1d2... * 10**point; digits as characters.
type digitString struct {
	d     []byte
	n     int
	point int
}

func (s *digitString) take(a *decimal) {
	s.n = a.n
	s.point = a.point
	for i := range a.n {
		s.d[i] = a.d[i] + '0'
	}
}

// setInteger takes the digits of an integer, which are exact.
func (s *digitString) setInteger(v uint64) {
	var buf [24]byte
	i := len(buf)
	for ; v > 0; v /= 10 {
		i--
		buf[i] = byte('0' + v%10)
	}
	s.n = copy(s.d, buf[i:])
	s.point = s.n
	for s.n > 0 && s.d[s.n-1] == '0' {
		s.n--
	}
	if s.n == 0 {
		s.point = 0
	}
}

// fixedDigits rounds to n digits, or with afterPoint to n digits after the decimal point.
func fixedDigits(s *digitString, mant uint64, exp int, format *floatFormat, n int, afterPoint bool) {
	if mant == 0 {
		s.n, s.point = 0, 0
		return
	}
	var a decimal
	a.assign(mant)
	a.shift(exp - int(format.mantissa))
	if afterPoint {
		n += a.point
	}
	if n < 0 {
		a.n, a.point = 0, 0
	}
	a.round(n)
	s.take(&a)
}

// shortestDigits finds the shortest digits that round to the value and to no other.
func shortestDigits(s *digitString, mant uint64, exp int, format *floatFormat) {
	if mant == 0 {
		s.n, s.point = 0, 0
		return
	}
	e := exp - int(format.mantissa)
	// Integers that the format holds exactly, whose neighbours are at most 1 apart, print as they are.
	if e <= 0 && e > -int(format.mantissa)-1 && mant&(1<<uint(-e)-1) == 0 {
		s.setInteger(mant >> uint(-e))
		return
	}
	var a, lower, upper decimal
	a.assign(mant)
	a.shift(e)
	// The neighbours' midpoints; below a power of two the lower neighbour is nearer.
	upper.assign(mant*2 + 1)
	upper.shift(e - 1)
	if mant > 1<<format.mantissa || exp == format.bias+1 {
		lower.assign(mant*2 - 1)
		lower.shift(e - 1)
	} else {
		lower.assign(mant*4 - 1)
		lower.shift(e - 2)
	}
	// The bounds themselves round to the value if its mantissa is even.
	inclusive := mant%2 == 0
	upperDelta := 0
	for ui := 0; ; ui++ {
		mi := ui - upper.point + a.point
		if mi >= a.n {
			break
		}
		li := ui - upper.point + lower.point
		l, m, u := digitAt(&lower, li), digitAt(&a, mi), digitAt(&upper, ui)
		// Rounding down stays above the lower bound once the digits differ, or at its end if that is included.
		okDown := l != m || inclusive && li+1 == lower.n
		switch {
		case upperDelta == 0 && m+1 < u:
			upperDelta = 2
		case upperDelta == 0 && m != u:
			upperDelta = 1
		case upperDelta == 1 && (m != 9 || u != 0):
			upperDelta = 2
		}
		// Rounding up stays below the upper bound if the digits differ by more than one, or further digits follow.
		okUp := upperDelta > 0 && (inclusive || upperDelta > 1 || ui+1 < upper.n)
		switch {
		case okDown && okUp:
			a.round(mi + 1)
		case okDown:
			a.roundDown(mi + 1)
		case okUp:
			a.roundUp(mi + 1)
		default:
			continue
		}
		break
	}
	s.take(&a)
}

func digitAt(a *decimal, i int) byte {
	if 0 <= i && i < a.n {
		return a.d[i]
	}
	return 0
}

// layout writes digits in format 'e', 'f' or 'g'; a negative precision means all of them.
func layout(dst []byte, negative bool, s *digitString, prec int, fmt byte) []byte {
	shortest := prec < 0
	switch fmt {
	case 'e', 'E':
		if shortest {
			prec = s.n - 1
		}
	case 'f':
		if shortest {
			prec = max(s.n-s.point, 0)
		}
	case 'g', 'G':
		if shortest {
			prec = s.n
		} else if prec == 0 {
			prec = 1
		}
	}
	switch fmt {
	case 'e', 'E':
		return exponential(dst, negative, s, prec, fmt)
	case 'f':
		return positional(dst, negative, s, prec)
	case 'g', 'G':
		eprec := prec
		if eprec > s.n && s.n >= s.point {
			eprec = s.n
		}
		if shortest {
			eprec = 6
		}
		exp := s.point - 1
		if exp < -4 || exp >= eprec {
			if prec > s.n {
				prec = s.n
			}
			return exponential(dst, negative, s, prec-1, fmt+'e'-'g')
		}
		return positional(dst, negative, s, max(min(prec, s.n)-s.point, 0))
	}
	return append(dst, '%', fmt)
}

func exponential(dst []byte, negative bool, s *digitString, prec int, fmt byte) []byte {
	if negative {
		dst = append(dst, '-')
	}
	first := byte('0')
	if s.n > 0 {
		first = s.d[0]
	}
	dst = append(dst, first)
	if prec > 0 {
		dst = append(dst, '.')
		m := min(s.n, prec+1)
		if m > 1 {
			dst = append(dst, s.d[1:m]...)
		}
		for i := max(m, 1); i <= prec; i++ {
			dst = append(dst, '0')
		}
	}
	exp := s.point - 1
	if s.n == 0 {
		exp = 0
	}
	dst = append(dst, fmt)
	if exp < 0 {
		dst = append(dst, '-')
		exp = -exp
	} else {
		dst = append(dst, '+')
	}
	if exp < 10 {
		dst = append(dst, '0')
	}
	return AppendInt(dst, int64(exp), 10)
}

func positional(dst []byte, negative bool, s *digitString, prec int) []byte {
	if negative {
		dst = append(dst, '-')
	}
	if s.point > 0 {
		m := min(s.n, s.point)
		dst = append(dst, s.d[:m]...)
		for ; m < s.point; m++ {
			dst = append(dst, '0')
		}
	} else {
		dst = append(dst, '0')
	}
	if prec > 0 {
		dst = append(dst, '.')
		for i := range prec {
			c := byte('0')
			if j := s.point + i; 0 <= j && j < s.n {
				c = s.d[j]
			}
			dst = append(dst, c)
		}
	}
	return dst
}

// binaryExponent writes mantissa p exponent, both decimal.
func binaryExponent(dst []byte, negative bool, mant uint64, exp int, format *floatFormat) []byte {
	if negative {
		dst = append(dst, '-')
	}
	dst = AppendUint(dst, mant, 10)
	dst = append(dst, 'p')
	exp -= int(format.mantissa)
	if exp >= 0 {
		dst = append(dst, '+')
	}
	return AppendInt(dst, int64(exp), 10)
}

// hexadecimal writes 0x1.xxxp±dd.
func hexadecimal(dst []byte, prec int, fmt byte, negative bool, mant uint64, exp int, format *floatFormat) []byte {
	if mant == 0 {
		exp = 0
	}
	// The leading 1 goes to bit 60.
	mant <<= 60 - format.mantissa
	for mant != 0 && mant&(1<<60) == 0 {
		mant <<= 1
		exp--
	}
	if prec >= 0 && prec < 15 {
		shift := uint(prec * 4)
		extra := mant << shift & (1<<60 - 1)
		mant >>= 60 - shift
		if extra|mant&1 > 1<<59 {
			mant++
		}
		mant <<= 60 - shift
		if mant&(1<<61) != 0 {
			mant >>= 1
			exp++
		}
	}
	hex := "0123456789abcdef"
	if fmt == 'X' {
		hex = "0123456789ABCDEF"
	}
	if negative {
		dst = append(dst, '-')
	}
	dst = append(dst, '0', fmt, '0'+byte(mant>>60&1))
	mant <<= 4
	if prec < 0 && mant != 0 {
		dst = append(dst, '.')
		for ; mant != 0; mant <<= 4 {
			dst = append(dst, hex[mant>>60&15])
		}
	} else if prec > 0 {
		dst = append(dst, '.')
		for range prec {
			dst = append(dst, hex[mant>>60&15])
			mant <<= 4
		}
	}
	p := byte('p')
	if fmt == 'X' {
		p = 'P'
	}
	dst = append(dst, p)
	if exp < 0 {
		dst = append(dst, '-')
		exp = -exp
	} else {
		dst = append(dst, '+')
	}
	if exp < 10 {
		dst = append(dst, '0')
	}
	return AppendInt(dst, int64(exp), 10)
}

// FormatComplex is c as (a+bi), each part as FormatFloat has it, for a complex number of bitSize bits.
func FormatComplex(c complex128, fmt byte, prec, bitSize int) string {
	if bitSize != 64 && bitSize != 128 {
		panic("invalid bitSize")
	}
	bitSize /= 2
	im := FormatFloat(imag(c), fmt, prec, bitSize)
	if im[0] != '+' && im[0] != '-' {
		im = "+" + im
	}
	return "(" + FormatFloat(real(c), fmt, prec, bitSize) + im + "i)"
}
