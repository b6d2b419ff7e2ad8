package math

// The natural logarithm of 2 in two parts.
const (
	ln2Hi = 6.93147180369123816490e-01
	ln2Lo = 1.90821492927058770002e-10
)

// Exp is e**x. x = k*ln 2 + r; e**(r/16) by its series, then squared four times as (1+y)**2 - 1 = y*(2+y).
func Exp(x float64) float64 {
	const (
		high = 0.69314718055966295651160180568695068359375
		low  = 0.28235290563031577122588448175013436025525412068e-12
	)
	switch {
	case IsNaN(x) || IsInf(x, 1):
		return x
	case x > 7.09782712893384e+02:
		return Inf(1)
	case x < -800:
		return 0
	}
	k := RoundToEven(x * Log2E)
	r := FMA(-k, low, FMA(-k, high, x)) * 0.0625
	p := FMA(2.4801587301587301587e-5, r, 1.9841269841269841270e-4)
	p = FMA(p, r, 1.3888888888888888889e-3)
	p = FMA(p, r, 8.3333333333333333333e-3)
	p = FMA(p, r, 4.1666666666666666667e-2)
	p = FMA(p, r, 1.6666666666666666667e-1)
	p = FMA(p, r, 0.5)
	p = FMA(p, r, 1)
	y := r * p
	y *= 2 + y
	y *= 2 + y
	y *= 2 + y
	y = FMA(y, 2+y, 1)
	switch e := int(k) + exponentBias; {
	case e >= exponentMask:
		return Inf(1)
	case e > 0:
		return y * Float64frombits(uint64(e)<<mantissaBits)
	case e < -52:
		return 0
	default:
		// Subnormal: in two steps.
		return y * Float64frombits(uint64(e+exponentBias-1)<<mantissaBits) * 0x1p-1022
	}
}

var expCoefficients = [...]float64{
	1.66666666666666657415e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
	-1.65339022054652515390e-06, 4.13813679705723846039e-08,
}

// Exp2 is 2**x.
func Exp2(x float64) float64 {
	switch {
	case IsNaN(x):
		return x
	case x > 1.0239999999999999e+03:
		return Inf(1)
	case x < -1074:
		return 0
	}
	k := int(x + Copysign(0.5, x))
	t := x - float64(k)
	hi, lo := t*ln2Hi, -t*ln2Lo
	// e**r for r = hi - lo by a rational function of r*r.
	r := hi - lo
	t = r * r
	c := r - t*poly(t, expCoefficients[:])
	return Ldexp(1-((lo-(r*c)/(2-c))-hi), k)
}

var expm1Coefficients = [...]float64{
	1, -3.33333333333331316428e-02, 1.58730158725481460165e-03, -7.93650757867487942473e-05,
	4.00821782732936239552e-06, -2.01099218183624371326e-07,
}

// Expm1 is e**x - 1, exact for small x.
func Expm1(x float64) float64 {
	switch {
	case IsInf(x, 1) || IsNaN(x):
		return x
	case IsInf(x, -1):
		return -1
	}
	a := Abs(x)
	if a >= 3.88162421113569373274e+01 {
		if x < 0 {
			return -1
		}
		if a >= 7.09782712893383973096e+02 {
			return Inf(1)
		}
	}
	k := 0
	c := 0.0
	switch {
	case a > 3.46573590279972654709e-01:
		var hi, lo float64
		if a < 1.03972077083991796413e+00 {
			k = int(Copysign(1, x))
			hi, lo = x-Copysign(ln2Hi, x), Copysign(ln2Lo, x)
		} else {
			k = int(1.44269504088896338700e+00*x + Copysign(0.5, x))
			hi, lo = x-float64(k)*ln2Hi, float64(k)*ln2Lo
		}
		x = hi - lo
		c = (hi - x) - lo
	case a < 0x1p-54:
		return x
	}
	half := 0.5 * x
	square := x * half
	r := poly(square, expm1Coefficients[:])
	t := 3 - r*half
	e := square * ((r - t) / (6 - x*t))
	if k == 0 {
		return x - (x*e - square)
	}
	e = x*(e-c) - c
	e -= square
	scaled := func(y float64) float64 { return Float64frombits(Float64bits(y) + uint64(k)<<mantissaBits) }
	switch {
	case k == -1:
		return 0.5*(x-e) - 0.5
	case k == 1:
		if x < -0.25 {
			return -2 * (e - (x + 0.5))
		}
		return 1 + 2*(x-e)
	case k <= -2 || k > 56:
		return scaled(1-(e-x)) - 1
	case k < 20:
		return scaled(1 - Float64frombits(uint64(exponentBias-k)<<mantissaBits) - (e - x))
	}
	return scaled(x - (e + Float64frombits(uint64(exponentBias-k)<<mantissaBits)) + 1)
}

// Pow10 is 10**n.
func Pow10(n int) float64 {
	switch {
	case n > 308:
		return Inf(1)
	case n < -323:
		return 0
	case n < 0:
		return tensDown[-n/32] / tens[-n%32]
	}
	return tensUp[n/32] * tens[n%32]
}

var tens = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
	1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31,
}

var tensUp = [...]float64{1e0, 1e32, 1e64, 1e96, 1e128, 1e160, 1e192, 1e224, 1e256, 1e288}

var tensDown = [...]float64{1e0, 1e-32, 1e-64, 1e-96, 1e-128, 1e-160, 1e-192, 1e-224, 1e-256, 1e-288, 1e-320}

// isOddInt reports whether x is an odd integer.
func isOddInt(x float64) bool {
	if Abs(x) >= 1<<53 {
		return false
	}
	i, f := Modf(x)
	return f == 0 && int64(i)&1 == 1
}

// Pow is x**y: the fraction of y by Exp and Log, its integer by repeated squaring with a separate exponent.
func Pow(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case y == 1:
		return x
	case IsNaN(x) || IsNaN(y):
		return NaN()
	case x == 0:
		r := 0.0
		if y < 0 {
			r = Inf(1)
		}
		if isOddInt(y) {
			r = Copysign(r, x)
		}
		return r
	case IsInf(y, 0):
		switch {
		case x == -1:
			return 1
		case (Abs(x) < 1) == IsInf(y, 1):
			return 0
		}
		return Inf(1)
	case IsInf(x, -1):
		return Pow(1/x, -y)
	case IsInf(x, 1):
		if y < 0 {
			return 0
		}
		return Inf(1)
	case y == 0.5:
		return Sqrt(x)
	case y == -0.5:
		return 1 / Sqrt(x)
	}
	i, f := Modf(Abs(y))
	if f != 0 && x < 0 {
		return NaN()
	}
	if i >= 1<<63 {
		switch {
		case x == -1:
			return 1
		case (Abs(x) < 1) == (y > 0):
			return 0
		}
		return Inf(1)
	}
	// The result is r * 2**re.
	r, re := 1.0, 0
	if f != 0 {
		if f > 0.5 {
			f--
			i++
		}
		r = Exp(f * Log(x))
	}
	b, be := Frexp(x)
	for n := int64(i); n != 0; n >>= 1 {
		if be < -1<<12 || 1<<12 < be {
			// Out of range whatever follows.
			re += be
			break
		}
		if n&1 == 1 {
			r *= b
			re += be
		}
		b *= b
		be <<= 1
		if b < 0.5 {
			b += b
			be--
		}
	}
	if y < 0 {
		r, re = 1/r, -re
	}
	return Ldexp(r, re)
}
