package math

// Log is the natural logarithm. x = 2**k * (1+f); log(1+f) by a polynomial of f/(2+f), even and odd terms apart.
func Log(x float64) float64 {
	const (
		l1 = 6.666666666666735130e-01
		l2 = 3.999999999940941908e-01
		l3 = 2.857142874366239149e-01
		l4 = 2.222219843214978396e-01
		l5 = 1.818357216161805012e-01
		l6 = 1.531383769920937332e-01
		l7 = 1.479819860511658591e-01
	)
	switch {
	case IsNaN(x) || IsInf(x, 1):
		return x
	case x < 0:
		return NaN()
	case x == 0:
		return Inf(-1)
	}
	f, ki := Frexp(x)
	if f < Sqrt2/2 {
		f *= 2
		ki--
	}
	f--
	k := float64(ki)
	s := f / (2 + f)
	s2 := s * s
	s4 := s2 * s2
	odd := s2 * (l1 + s4*(l3+s4*(l5+s4*l7)))
	even := s4 * (l2 + s4*(l4+s4*l6))
	half := 0.5 * f * f
	return k*ln2Hi - ((half - (s*(half+(odd+even)) + k*ln2Lo)) - f)
}

// Log10 is the decimal logarithm.
func Log10(x float64) float64 { return Log(x) * (1 / Ln10) }

// Log2 is the binary logarithm, exact for powers of two.
func Log2(x float64) float64 {
	frac, exp := Frexp(x)
	if frac == 0.5 {
		return float64(exp - 1)
	}
	return Log(frac)*(1/Ln2) + float64(exp)
}

var log1pCoefficients = [...]float64{
	6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
	1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
}

// Log1p is log(1+x), exact for small x.
func Log1p(x float64) float64 {
	switch {
	case x < -1 || IsNaN(x):
		return NaN()
	case x == -1:
		return Inf(-1)
	case IsInf(x, 1):
		return x
	}
	a := Abs(x)
	// 1+x = 2**k * (1+f), and c corrects the rounding of the sum; m has the bits of f.
	f, c, k, m := x, 0.0, 0.0, uint64(1)
	if a < 4.142135623730950488017e-01 && a < 0x1p-29 {
		if a < 0x1p-54 {
			return x
		}
		return x - x*x*0.5
	}
	if a >= 4.142135623730950488017e-01 || x <= -2.928932188134524755992e-01 {
		u := x
		if a < 1<<53 {
			u = 1 + x
			if exponent(u) > 0 {
				c = 1 - (u - x)
			} else {
				c = x - (u - 1)
			}
			c /= u
		}
		e := exponent(u)
		m = Float64bits(u) & mantissaMask
		if m < 0x6A09E667F3BCD {
			u = Float64frombits(m | exponentBias<<mantissaBits)
		} else {
			e++
			u = Float64frombits(m | (exponentBias-1)<<mantissaBits)
			m = (1<<mantissaBits - m) >> 2
		}
		f = u - 1
		k = float64(e)
	}
	half := 0.5 * f * f
	if m == 0 {
		// f is tiny.
		if f == 0 {
			if k == 0 {
				return 0
			}
			return k*ln2Hi + (c + k*ln2Lo)
		}
		r := half * (1 - 0.66666666666666666*f)
		if k == 0 {
			return f - r
		}
		return k*ln2Hi - ((r - (k*ln2Lo + c)) - f)
	}
	s := f / (2 + f)
	z := s * s
	r := z * poly(z, log1pCoefficients[:])
	if k == 0 {
		return f - (half - s*(half+r))
	}
	return k*ln2Hi - ((half - (s*(half+r) + (k*ln2Lo + c))) - f)
}
