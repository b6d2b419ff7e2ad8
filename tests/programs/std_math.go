// The packages math and math/rand.
package main

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand"
)

func main() {
	for _, x := range []float64{0, 0.5, 1, 2, 10, 100.25, -3.75, 1e-10, 1e10} {
		fmt.Println(x, math.Sqrt(math.Abs(x)), math.Sin(x), math.Cos(x), math.Tan(x), math.Exp(x/10), math.Log(math.Abs(x)+1), math.Atan(x))
		fmt.Println(math.Floor(x), math.Ceil(x), math.Trunc(x), math.Round(x), math.RoundToEven(x), math.Cbrt(x), math.Log1p(math.Abs(x)), math.Expm1(x/10))
		fmt.Println(math.Sinh(x/10), math.Cosh(x/10), math.Tanh(x), math.Asinh(x), math.Gamma(x/20), math.Erf(x), math.J0(x), math.Y1(math.Abs(x)))
	}
	fmt.Println(math.Pow(2, 0.5), math.Pow(-8, 1.0/3), math.Mod(7.5, 2), math.Hypot(3, 4), math.Atan2(-1, -1), math.Inf(1), math.NaN(), math.Log2(8), math.Log10(0.001))
	frac, exp := math.Frexp(12.5)
	fmt.Println(frac, exp, math.Ldexp(0.5, 5), math.MaxInt64, math.MaxUint32, math.Pi, math.MaxFloat64, math.SmallestNonzeroFloat64, math.FMA(2, 3, 4))
	fmt.Println(math.Float64bits(1.5), math.Float32bits(1.5), math.Float64frombits(0x4000000000000000), math.Signbit(math.Copysign(0, -1)), math.IsInf(math.Inf(-1), -1))
	fmt.Println(bits.LeadingZeros64(1), bits.TrailingZeros32(8), bits.OnesCount(255), bits.Reverse8(1), bits.Len(1023), bits.RotateLeft32(1, 31))
	hi, lo := bits.Mul64(1<<63, 6)
	q, rem := bits.Div64(1, 0, 3)
	fmt.Println(hi, lo, q, rem)
	r := rand.New(rand.NewSource(42))
	fmt.Println(r.Intn(100), r.Intn(100), r.Float64(), r.Perm(5), r.NormFloat64(), r.ExpFloat64(), r.Int63(), r.Uint32())
	n := rand.Intn(10)
	fmt.Println(0 <= n && n < 10)
}
