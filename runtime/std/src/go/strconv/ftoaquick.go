package strconv

// Numbers of moderate size, below 2**53 and with their last bit not far below 2**-58, are exact in 64-bit fixed-point arithmetic: the
// integer part and the fraction each in a word. Digits come from multiplying the fraction by ten.

// quickBuffer is as long as the digits that quick makes.
const quickBuffer = 40

// integerPart writes the digits of an integer that may be 0, which has none.
func (s *digitString) integerPart(v uint64) {
	s.n = 0
	if v > 0 {
		s.n = len(appendDecimal(s.d[:0], v))
	}
	s.point = s.n
}

// digit appends a digit; zeroes in front only move the point.
func (s *digitString) digit(d byte) {
	if d == 0 && s.n == 0 {
		s.point--
		return
	}
	s.d[s.n] = '0' + d
	s.n++
}

// up adds one at the last place.
func (s *digitString) up() {
	for s.n > 0 && s.d[s.n-1] == '9' {
		s.n--
	}
	if s.n == 0 {
		s.d[0] = '1'
		s.n = 1
		s.point++
		return
	}
	s.d[s.n-1]++
}

// odd reports whether the last digit is.
func (s *digitString) odd() bool { return s.n > 0 && s.d[s.n-1]&1 != 0 }

func (s *digitString) trim() {
	for s.n > 0 && s.d[s.n-1] == '0' {
		s.n--
	}
	if s.n == 0 {
		s.point = 0
	}
}

// quickShortest finds the shortest digits of mant * 2**e; nearBelow says that the neighbour below is at half the distance. False
// if the number is not of moderate size.
func quickShortest(s *digitString, mant uint64, e int, nearBelow bool) bool {
	if e > 0 || e < -58 {
		return false
	}
	s.integerPart(mant >> uint(-e))
	// In quarters of the last bit.
	k := uint(2 - e)
	one := uint64(1) << k
	f := mant << 2 & (one - 1)
	above, below := uint64(2), uint64(2)
	if nearBelow {
		below = 1
	}
	inclusive := mant&1 == 0
	for {
		down := f < below || inclusive && f == below
		up := one-f < above || inclusive && one-f == above
		if down || up {
			if up && (!down || 2*f > one || 2*f == one && s.odd()) {
				s.up()
			}
			s.trim()
			return true
		}
		f *= 10
		above *= 10
		below *= 10
		s.digit(byte(f >> k))
		f &= one - 1
	}
}

// quickFixed rounds mant * 2**e to n digits, or with afterPoint to n digits after the decimal point.
func quickFixed(s *digitString, mant uint64, e, n int, afterPoint bool) bool {
	if e > 0 || e < -58 || n < 0 || n > 20 {
		return false
	}
	k := uint(-e)
	one := uint64(1) << k
	f := mant & (one - 1)
	s.integerPart(mant >> k)
	if afterPoint {
		for range n {
			f *= 10
			s.digit(byte(f >> k))
			f &= one - 1
		}
	} else {
		if s.n > n {
			return false
		}
		for s.n < n {
			f *= 10
			s.digit(byte(f >> k))
			f &= one - 1
		}
	}
	if 2*f > one || 2*f == one && s.odd() {
		s.up()
	}
	s.trim()
	return true
}
