package math

// Sinh is the hyperbolic sine of x.
func Sinh(x float64) float64 {
	a := magnitude(x)
	var y float64
	switch {
	case a > 21:
		y = Exp(a) * 0.5
	case a > 0.5:
		e := Exp(a)
		y = (e - 1/e) * 0.5
	default:
		// A rational function (Hart and Cheney, 2029).
		z := a * a
		p := ((-0.2630563213397497062819489e+2*z+-0.2894211355989563807284660366e+4)*z+
			-0.8991272022039509355398013511e+5)*z + -0.6307673640497716991184787251e+6
		q := ((z+-0.173678953558233699533450911e+3)*z+0.1521517378790019070696485176e+5)*z +
			-0.6307673640497716991212077277e+6
		y = p * a / q
	}
	if x < 0 {
		return -y
	}
	return y
}

// Cosh is the hyperbolic cosine of x.
func Cosh(x float64) float64 {
	x = Abs(x)
	e := Exp(x)
	if x > 21 {
		return e * 0.5
	}
	return (e + 1/e) * 0.5
}

// Tanh is the hyperbolic tangent of x.
func Tanh(x float64) float64 {
	switch a := Abs(x); {
	case a > 0.5*8.8029691931113054295988e+01:
		return Copysign(1, x)
	case a >= 0.625:
		return Copysign(1-2/(Exp(2*a)+1), x)
	case x == 0:
		return x
	}
	s := x * x
	p := (-9.64399179425052238628e-1*s+-9.92877231001918586564e1)*s + -1.61468768441708447952e3
	q := ((s+1.12811678491632931402e2)*s+2.23548839060100448583e3)*s + 4.84406305325125486048e3
	return x + x*s*p/q
}

// Asinh is the inverse hyperbolic sine of x.
func Asinh(x float64) float64 {
	if IsNaN(x) || IsInf(x, 0) {
		return x
	}
	a := magnitude(x)
	var y float64
	switch {
	case a > 1<<28:
		y = Log(a) + Ln2
	case a > 2:
		y = Log(2*a + 1/(Sqrt(a*a+1)+a))
	case a < 0x1p-28:
		y = a
	default:
		y = Log1p(a + a*a/(1+Sqrt(1+a*a)))
	}
	if x < 0 {
		return -y
	}
	return y
}

// Acosh is the inverse hyperbolic cosine of x.
func Acosh(x float64) float64 {
	switch {
	case x < 1 || IsNaN(x):
		return NaN()
	case x == 1:
		return 0
	case x >= 1<<28:
		return Log(x) + Ln2
	case x > 2:
		return Log(2*x - 1/(x+Sqrt(x*x-1)))
	}
	t := x - 1
	return Log1p(t + Sqrt(2*t+t*t))
}

// Atanh is the inverse hyperbolic tangent of x.
func Atanh(x float64) float64 {
	switch {
	case x < -1 || x > 1 || IsNaN(x):
		return NaN()
	case x == 1 || x == -1:
		return Copysign(Inf(1), x)
	}
	a := magnitude(x)
	y := a
	switch {
	case a < 0x1p-28:
	case a < 0.5:
		y = a + a
		y = 0.5 * Log1p(y+y*a/(1-a))
	default:
		y = 0.5 * Log1p((a+a)/(1-a))
	}
	if x < 0 {
		return -y
	}
	return y
}
