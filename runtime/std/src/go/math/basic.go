package math

import _ "unsafe"

// sqrt is an instruction.
func sqrt(x float64) float64

// Sqrt is the square root of x.
func Sqrt(x float64) float64 { return sqrt(x) }

//go:linkname fma escargo.fma
func fma(x, y, z float64) float64

// FMA is x*y + z with one rounding.
func FMA(x, y, z float64) float64 { return fma(x, y, z) }

// Trunc cuts the fraction off.
func Trunc(x float64) float64 {
	e := exponent(x)
	switch {
	case e < 0:
		return Copysign(0, x)
	case e < mantissaBits:
		return Float64frombits(Float64bits(x) &^ (mantissaMask >> uint(e)))
	}
	return x
}

// Floor is the greatest integer <= x.
func Floor(x float64) float64 {
	t := Trunc(x)
	if t > x {
		t--
	}
	return t
}

// Ceil is the least integer >= x.
func Ceil(x float64) float64 { return -Floor(-x) }

// Round is the nearest integer, half away from zero.
func Round(x float64) float64 {
	t := Trunc(x)
	if Abs(x-t) >= 0.5 {
		return t + Copysign(1, x)
	}
	return t
}

// RoundToEven is the nearest integer, half to even.
func RoundToEven(x float64) float64 {
	if !(Abs(x) < 1<<52) {
		return x
	}
	// The sum has no room for a fraction.
	shift := Copysign(1<<52, x)
	return Copysign(x+shift-shift, x)
}

// Modf splits f into an integer and a fraction, both of f's sign.
func Modf(f float64) (integer float64, fractional float64) {
	integer = Trunc(f)
	return integer, Copysign(f-integer, f)
}

// Dim is x-y, 0 if that is negative.
func Dim(x, y float64) float64 {
	if d := x - y; !(d <= 0) {
		return d
	}
	return 0
}

// Max is the greater of x and y; infinity wins over NaN.
func Max(x, y float64) float64 {
	if IsInf(x, 1) || IsInf(y, 1) {
		return Inf(1)
	}
	if IsNaN(x) || IsNaN(y) {
		return NaN()
	}
	return max(x, y)
}

// Min is the lesser of x and y; infinity wins over NaN.
func Min(x, y float64) float64 {
	if IsInf(x, -1) || IsInf(y, -1) {
		return Inf(-1)
	}
	if IsNaN(x) || IsNaN(y) {
		return NaN()
	}
	return min(x, y)
}

// magnitude is Abs(x), but negative zero stays.
func magnitude(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// Mod is the remainder of x/y with the sign of x.
func Mod(x, y float64) float64 {
	if y == 0 || IsInf(x, 0) || IsNaN(x) || IsNaN(y) {
		return NaN()
	}
	y = Abs(y)
	r := magnitude(x)
	fy, ey := Frexp(y)
	for r >= y {
		fr, er := Frexp(r)
		if fr < fy {
			er--
		}
		r -= Ldexp(y, er-ey)
	}
	if x < 0 {
		return -r
	}
	return r
}

// Remainder is x - n*y for the integer n nearest x/y, half to even.
func Remainder(x, y float64) float64 {
	switch {
	case IsNaN(x) || IsNaN(y) || IsInf(x, 0) || y == 0:
		return NaN()
	case IsInf(y, 0):
		return x
	}
	negative := x < 0
	x, y = magnitude(x), Abs(y)
	switch {
	case x == y:
		x = 0
	default:
		if y <= MaxFloat64/2 {
			x = Mod(x, y+y)
		}
		// Twice x is compared for small y, half of y for others: both are exact.
		if y < 0x1p-1021 {
			if x+x > y {
				x -= y
				if x+x >= y {
					x -= y
				}
			}
		} else if half := 0.5 * y; x > half {
			x -= y
			if x >= half {
				x -= y
			}
		}
	}
	if negative {
		return -x
	}
	return x
}

// Hypot is the square root of p*p + q*q, without needless overflow.
func Hypot(p, q float64) float64 {
	p, q = Abs(p), Abs(q)
	switch {
	case IsInf(p, 1) || IsInf(q, 1):
		return Inf(1)
	case IsNaN(p) || IsNaN(q):
		return NaN()
	}
	if p < q {
		p, q = q, p
	}
	if p == 0 {
		return 0
	}
	q /= p
	return p * Sqrt(1+q*q)
}

// Cbrt is the cube root of x: an estimate by the exponent, improved once with a rational function, once with Newton's method.
func Cbrt(x float64) float64 {
	if x == 0 || IsNaN(x) || IsInf(x, 0) {
		return x
	}
	a := Abs(x)
	t := Float64frombits(Float64bits(a)/3 + 715094163<<32)
	if a < 0x1p-1022 {
		t = a * (1 << 54)
		t = Float64frombits(Float64bits(t)/3 + 696219795<<32)
	}
	r := t * t / a
	s := 5.42857142857142815906e-01 + r*t
	t *= 3.57142857142857150787e-01 + 1.60714285714285720630e+00/(s+1.41428571428571436819e+00+-7.05306122448979611050e-01/s)
	// 22 bits, rounded up.
	t = Float64frombits(Float64bits(t)&(0xFFFFFFFFC<<28) + 1<<30)
	r = a / (t * t)
	r = (r - t) / (t + t + r)
	return Copysign(t+t*r, x)
}

// poly is c[0] + c[1]*x + c[2]*x*x + ..., by Horner's rule.
func poly(x float64, c []float64) float64 {
	r := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		r = c[i] + x*r
	}
	return r
}
