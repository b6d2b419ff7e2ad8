package math

var (
	gammaP = [...]float64{
		9.99999999999999996796e-01, 4.94214826801497100753e-01, 2.07448227648435975150e-01, 4.76367800457137231464e-02,
		1.04213797561761569935e-02, 1.19135147006586384913e-03, 1.60119522476751861407e-04,
	}
	gammaQ = [...]float64{
		1.00000000000000000320e+00, 7.14304917030273074085e-02, -2.34591795718243348568e-01, 3.58236398605498653373e-02,
		1.18139785222060435552e-02, -4.45641913851797240494e-03, 5.39605580493303397842e-04, -2.31581873324120129819e-05,
	}
	gammaStirling = [...]float64{
		8.33333333333482257126e-02, 3.47222221605458667310e-03, -2.68132617805781232825e-03, -2.29549961613378126380e-04,
		7.87311395793093628397e-04,
	}
)

// stirling is Γ(x) for large x, as two factors so that they do not overflow.
func stirling(x float64) (float64, float64) {
	if x > 200 {
		return Inf(1), 1
	}
	w := 1 / x
	w = 1 + w*poly(w, gammaStirling[:])
	y1, y2 := Exp(x), 1.0
	if x > 143.01608 {
		v := Pow(x, 0.5*x-0.25)
		y1, y2 = v, v/y1
	} else {
		y1 = Pow(x, x-0.5) / y1
	}
	return y1, 2.506628274631000502417 * w * y2
}

// Gamma is the gamma function of x.
func Gamma(x float64) float64 {
	switch {
	case IsInf(x, -1) || IsNaN(x) || x < 0 && x == Trunc(x):
		return NaN()
	case IsInf(x, 1):
		return x
	case x == 0:
		return Copysign(Inf(1), x)
	}
	if a := Abs(x); a > 33 {
		return gammaLarge(x, a)
	}
	// Brought to [2, 3).
	z := 1.0
	for x >= 3 {
		x--
		z *= x
	}
	near := func() float64 {
		// Near zero.
		const euler = 0.57721566490153286060651209008240243104215933593992
		if x == 0 {
			return Inf(1)
		}
		return z / ((1 + euler*x) * x)
	}
	for x < 0 {
		if x > -1e-9 {
			return near()
		}
		z /= x
		x++
	}
	for x < 2 {
		if x < 1e-9 {
			return near()
		}
		z /= x
		x++
	}
	if x == 2 {
		return z
	}
	x -= 2
	return z * poly(x, gammaP[:]) / poly(x, gammaQ[:])
}

// gammaLarge is for a = |x| > 33: Stirling's formula, and reflection for negative x.
func gammaLarge(x, a float64) float64 {
	if x >= 0 {
		y1, y2 := stirling(x)
		return y1 * y2
	}
	p := Floor(a)
	sign := 1.0
	if int64(p)&1 == 0 {
		sign = -1
	}
	z := a - p
	if z > 0.5 {
		z = a - (p + 1)
	}
	z = a * Sin(Pi*z)
	if z == 0 {
		return Copysign(Inf(1), sign)
	}
	y1, y2 := stirling(a)
	z = Abs(z)
	d := z * y1 * y2
	if IsInf(d, 0) {
		return sign * (Pi / z / y1 / y2)
	}
	return sign * (Pi / d)
}

// Coefficients for Lgamma, by interval; A by even and odd terms, T by terms modulo 3.
var (
	lgammaA0 = [...]float64{
		7.72156649015328655494e-02, 6.73523010531292681824e-02, 7.38555086081402883957e-03, 1.19270763183362067845e-03,
		2.20862790713908385557e-04, 2.52144565451257326939e-05,
	}
	lgammaA1 = [...]float64{
		3.22467033424113591611e-01, 2.05808084325167332806e-02, 2.89051383673415629091e-03, 5.10069792153511336608e-04,
		1.08011567247583939954e-04, 4.48640949618915160150e-05,
	}
	lgammaT0 = [...]float64{
		4.83836122723810047042e-01, -3.27885410759859649565e-02, 6.10053870246291332635e-03, -1.40346469989232843813e-03,
		3.15632070903625950361e-04,
	}
	lgammaT1 = [...]float64{
		-1.47587722994593911752e-01, 1.79706750811820387126e-02, -3.68452016781138256760e-03, 8.81081882437654011382e-04,
		-3.12754168375120860518e-04,
	}
	lgammaT2 = [...]float64{
		6.46249402391333854778e-02, -1.03142241298341437450e-02, 2.25964780900612472250e-03, -5.38595305356740546715e-04,
		3.35529192635519073543e-04,
	}
	lgammaR = [...]float64{
		1.0, 1.39200533467621045958e+00, 7.21935547567138069525e-01, 1.71933865632803078993e-01,
		1.86459191715652901344e-02, 7.77942496381893596434e-04, 7.32668430744625636189e-06,
	}
	lgammaS = [...]float64{
		-7.72156649015328655494e-02, 2.14982415960608852501e-01, 3.25778796408930981787e-01, 1.46350472652464452805e-01,
		2.66422703033638609560e-02, 1.84028451407337715652e-03, 3.19475326584100867617e-05,
	}
	lgammaU = [...]float64{
		-7.72156649015328655494e-02, 6.32827064025093366517e-01, 1.45492250137234768737e+00, 9.77717527963372745603e-01,
		2.28963728064692451092e-01, 1.33810918536787660377e-02,
	}
	lgammaV = [...]float64{
		1.0, 2.45597793713041134822e+00, 2.12848976379893395361e+00, 7.69285150456672783825e-01,
		1.04222645593369134254e-01, 3.21709242282423911810e-03,
	}
	lgammaW = [...]float64{
		4.18938533204672725052e-01, 8.33333333333329678849e-02, -2.77777777728775536470e-03, 7.93650558643019558500e-04,
		-5.95187557450339963135e-04, 8.36339918996282139126e-04, -1.63092934096575273989e-03,
	}
)

// Lgamma is the logarithm of |Γ(x)|, and the sign of Γ(x).
func Lgamma(x float64) (lgamma float64, sign int) {
	sign = 1
	negative := x < 0
	switch {
	case IsNaN(x):
		return x, sign
	case IsInf(x, 0):
		return x, sign
	case x == 0:
		return Inf(1), sign
	}
	x = Abs(x)
	if x < 0x1p-70 {
		if negative {
			sign = -1
		}
		return -Log(x), sign
	}
	adjust := 0.0
	if negative {
		if x >= 1<<52 {
			return Inf(1), sign
		}
		t := sinPi(x)
		if t == 0 {
			return Inf(1), sign
		}
		adjust = Log(Pi / Abs(t*x))
		if t < 0 {
			sign = -1
		}
	}
	switch {
	case x == 1 || x == 2:
		lgamma = 0
	case x < 2:
		lgamma = lgammaBelow2(x)
	case x < 8:
		i := int(x)
		y := x - float64(i)
		lgamma = 0.5*y + y*poly(y, lgammaS[:])/poly(y, lgammaR[:])
		if i >= 3 {
			z := 1.0
			for k := i - 1; k >= 2; k-- {
				z *= y + float64(k)
			}
			lgamma += Log(z)
		}
	case x < 1<<58:
		t := Log(x)
		z := 1 / x
		w := lgammaW[0] + z*poly(z*z, lgammaW[1:])
		lgamma = (x-0.5)*(t-1) + w
	default:
		lgamma = x * (Log(x) - 1)
	}
	if negative {
		lgamma = adjust - lgamma
	}
	return lgamma, sign
}

// lgammaBelow2 is for (0, 2), by the distance to 2, to the minimum, or to 1 (from below 0.9 by the recurrence).
func lgammaBelow2(x float64) float64 {
	const (
		least   = 1.461632144968362245
		center  = 1.46163214496836224576e+00
		value   = -1.21486290535849611461e-01
		valueLo = -3.63867699703950536541e-18
	)
	base := 0.0
	// The same three intervals, one lower.
	offset := 0.0
	if x <= 0.9 {
		base = -Log(x)
		offset = 1
	}
	switch {
	case offset == 0 && x >= least+0.27, offset == 1 && x >= least-1+0.27:
		y := 2 - offset - x
		z := y * y
		p := y*poly(z, lgammaA0[:]) + z*poly(z, lgammaA1[:])
		return base + (p - 0.5*y)
	case offset == 0 && x >= least-0.27, offset == 1 && x >= least-1-0.27:
		y := x - center
		if offset == 1 {
			y = x - (center - 1)
		}
		z := y * y
		w := z * y
		p := z*poly(w, lgammaT0[:]) - (valueLo - w*(poly(w, lgammaT1[:])+y*poly(w, lgammaT2[:])))
		return base + (value + p)
	}
	y := x - (1 - offset)
	return base + (-0.5*y + y*poly(y, lgammaU[:])/poly(y, lgammaV[:]))
}

// sinPi is sin(πx) for x < 0, given -x.
func sinPi(x float64) float64 {
	if x < 0.25 {
		return -Sin(Pi * x)
	}
	n := 0
	switch {
	case Floor(x) != x:
		x = Mod(x, 2)
		n = int(x * 4)
	case x < 1<<53 && Mod(x, 2) == 1:
		x, n = 1, 4
	default:
		x = 0
	}
	switch n {
	case 0:
		x = Sin(Pi * x)
	case 1, 2:
		x = Cos(Pi * (0.5 - x))
	case 3, 4:
		x = Sin(Pi * (1 - x))
	case 5, 6:
		x = -Cos(Pi * (x - 1.5))
	default:
		x = Sin(Pi * (x - 2))
	}
	return -x
}
