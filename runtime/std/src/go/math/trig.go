package math

import "math/bits"

// fourOverPi has the binary digits of 4/π.
var fourOverPi = [...]uint64{
	0x0000000000000001, 0x45f306dc9c882a53, 0xf84eafa3ea69bb81, 0xb6c52b3278872083, 0xfca2c757bd778ac3,
	0x6e48dc74849ba5c0, 0x0c925dd413a32439, 0xfc3bd63962534e7d, 0xd1046bea5d768909, 0xd338e04d68befc82,
	0x7323ac7306a673e9, 0x3908bf177bf25076, 0x3ff12fffbc0b301f, 0xde5e2316b414da3e, 0xda6cfd9e4f96136e,
	0x9e8c7ecd3cbfd45a, 0xea4f758fd7cbe2f6, 0x7a0e73ef14a525d4, 0xd7f6bf623f1aba10, 0xac06608df8f6d757,
}

// octant reduces x >= 0 to z in [-π/4, π/4] with the number of octants, even, modulo 8.
func octant(x float64) (j uint64, z float64) {
	if x < 1<<29 {
		// π/4 in three parts (Cody and Waite).
		j = uint64(x * (4 / Pi))
		j += j & 1
		y := float64(j)
		z = ((x - y*7.85398125648498535156e-1) - y*3.77489470793079817668e-8) - y*2.69515142907905952645e-15
		return j & 7, z
	}
	// Multiplied by as many digits of 4/π as matter (Payne and Hanek).
	m := Float64bits(x)&mantissaMask | 1<<mantissaBits
	at := uint(exponent(x) - mantissaBits + 61)
	word, shift := at/64, at%64
	digits := func(i uint) uint64 {
		return fourOverPi[word+i]<<shift | fourOverPi[word+i+1]>>(64-shift)
	}
	h2, _ := bits.Mul64(digits(2), m)
	h1, l1 := bits.Mul64(digits(1), m)
	lo, carry := bits.Add64(l1, h2, 0)
	hi, _ := bits.Add64(digits(0)*m, h1, carry)
	j = hi >> 61
	// The fraction as a number.
	hi = hi<<3 | lo>>61
	lead := uint(bits.LeadingZeros64(hi)) + 1
	hi = hi<<lead | lo>>(64-lead)
	z = Float64frombits(hi>>12 | uint64(exponentBias-lead)<<mantissaBits)
	if j&1 == 1 {
		j = (j + 1) & 7
		z--
	}
	return j, z * (Pi / 4)
}

// sinCore and cosCore are for [-π/4, π/4].
func sinCore(z float64) float64 {
	zz := z * z
	p := ((((1.58962301576546568060e-10*zz+-2.50507477628578072866e-8)*zz+2.75573136213857245213e-6)*zz+
		-1.98412698295895385996e-4)*zz+8.33333333332211858878e-3)*zz + -1.66666666666666307295e-1
	return z + z*zz*p
}

func cosCore(z float64) float64 {
	zz := z * z
	p := ((((-1.13585365213876817300e-11*zz+2.08757008419747316778e-9)*zz+-2.75573141792967388112e-7)*zz+
		2.48015872888517045348e-5)*zz+-1.38888888888730564116e-3)*zz + 4.16666666666665929218e-2
	return 1 - 0.5*zz + zz*zz*p
}

// Cos is the cosine of x radians.
func Cos(x float64) float64 {
	if IsNaN(x) || IsInf(x, 0) {
		return NaN()
	}
	j, z := octant(Abs(x))
	switch j {
	case 0:
		return cosCore(z)
	case 2:
		return -sinCore(z)
	case 4:
		return -cosCore(z)
	}
	return sinCore(z)
}

// Sin is the sine of x radians.
func Sin(x float64) float64 {
	switch {
	case x == 0 || IsNaN(x):
		return x
	case IsInf(x, 0):
		return NaN()
	}
	j, z := octant(Abs(x))
	var y float64
	if j&2 == 0 {
		y = sinCore(z)
	} else {
		y = cosCore(z)
	}
	if (j > 3) != (x < 0) {
		return -y
	}
	return y
}

// Sincos is Sin(x), Cos(x).
func Sincos(x float64) (sin, cos float64) { return Sin(x), Cos(x) }

// Tan is the tangent of x radians.
func Tan(x float64) float64 {
	switch {
	case x == 0 || IsNaN(x):
		return x
	case IsInf(x, 0):
		return NaN()
	}
	j, z := octant(Abs(x))
	y := z
	if zz := z * z; zz > 1e-14 {
		p := (-1.30936939181383777646e4*zz+1.15351664838587416140e6)*zz + -1.79565251976484877988e7
		q := (((zz+1.36812963470692954678e4)*zz+-1.32089234440210967447e6)*zz+2.50083801823357915839e7)*zz +
			-5.38695755929454629881e7
		y = z + z*(zz*p/q)
	}
	if j&2 != 0 {
		y = -1 / y
	}
	if x < 0 {
		return -y
	}
	return y
}

// atanCore is for [0, 0.66].
func atanCore(x float64) float64 {
	z := x * x
	p := (((-8.750608600031904122785e-01*z+-1.615753718733365076637e+01)*z+-7.500855792314704667340e+01)*z+
		-1.228866684490136173410e+02)*z + -6.485021904942025371773e+01
	q := ((((z+2.485846490142306297962e+01)*z+1.650270098316988542046e+02)*z+4.328810604912902668951e+02)*z+
		4.853903996359136964868e+02)*z + 1.945506571482613964425e+02
	return x*(z*p/q) + x
}

// atanPositive reduces to [0, 0.66].
func atanPositive(x float64) float64 {
	const more = 6.123233995736765886130e-17
	switch {
	case x <= 0.66:
		return atanCore(x)
	case x > 2.41421356237309504880:
		return Pi/2 - atanCore(1/x) + more
	}
	return Pi/4 + atanCore((x-1)/(x+1)) + 0.5*more
}

// Atan is the arctangent of x.
func Atan(x float64) float64 {
	switch {
	case x == 0:
		return x
	case x > 0:
		return atanPositive(x)
	}
	return -atanPositive(-x)
}

// Asin is the arcsine of x.
func Asin(x float64) float64 {
	if x == 0 {
		return x
	}
	a := magnitude(x)
	if a > 1 {
		return NaN()
	}
	c := Sqrt(1 - a*a)
	if a > 0.7 {
		c = Pi/2 - atanPositive(c/a)
	} else {
		c = atanPositive(a / c)
	}
	if x < 0 {
		return -c
	}
	return c
}

// Acos is the arccosine of x.
func Acos(x float64) float64 { return Pi/2 - Asin(x) }

// Atan2 is the angle of the point (x, y).
func Atan2(y, x float64) float64 {
	switch {
	case IsNaN(y) || IsNaN(x):
		return NaN()
	case y == 0:
		if !Signbit(x) {
			return Copysign(0, y)
		}
		return Copysign(Pi, y)
	case x == 0:
		return Copysign(Pi/2, y)
	case IsInf(x, 1):
		if IsInf(y, 0) {
			return Copysign(Pi/4, y)
		}
		return Copysign(0, y)
	case IsInf(x, -1):
		if IsInf(y, 0) {
			return Copysign(3*Pi/4, y)
		}
		return Copysign(Pi, y)
	case IsInf(y, 0):
		return Copysign(Pi/2, y)
	}
	q := Atan(y / x)
	switch {
	case x >= 0:
		return q
	case q <= 0:
		return q + Pi
	}
	return q - Pi
}
