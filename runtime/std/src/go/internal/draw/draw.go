// Package draw has the distributions that both packages of random numbers share.
package draw

import (
	"math"
	"sync"
)

// The ziggurat method (Marsaglia and Tsang, 2000): a density is covered by layers of equal area. A number from a layer's
// rectangle is under the curve in most cases; the rest is decided by the density itself, or by the tail.
type ziggurat struct {
	// The widest number that is surely inside, the width, and the density at the right end, for each layer.
	inside []uint32
	width  []float32
	height []float32
}

const (
	normalEnd = 3.442619855899
	expEnd    = 7.69711747013104972
)

var (
	once        sync.Once
	normal, exp ziggurat
)

// build makes the layers from the outermost inwards: scale is the range of the numbers, end where the tail begins, area that of
// each layer.
func build(layers int, scale, end, area float64, density, inverse func(float64) float64) ziggurat {
	z := ziggurat{make([]uint32, layers), make([]float32, layers), make([]float32, layers)}
	outer := end
	x := end
	q := area / density(x)
	z.inside[0] = uint32(x / q * scale)
	z.inside[1] = 0
	z.width[0], z.width[layers-1] = float32(q/scale), float32(x/scale)
	z.height[0], z.height[layers-1] = 1, float32(density(x))
	for i := layers - 2; i >= 1; i-- {
		x = inverse(area/x + density(x))
		z.inside[i+1] = uint32(x / outer * scale)
		outer = x
		z.height[i] = float32(density(x))
		z.width[i] = float32(x / scale)
	}
	return z
}

func prepare() {
	normal = build(128, 1<<31, normalEnd, 9.91256303526217e-3,
		func(x float64) float64 { return math.Exp(-0.5 * x * x) },
		func(y float64) float64 { return math.Sqrt(-2 * math.Log(y)) })
	exp = build(256, 1<<32, expEnd, 3.949659822581572e-3,
		func(x float64) float64 { return math.Exp(-x) },
		func(y float64) float64 { return -math.Log(y) })
}

// Uniform gives numbers in [0, 1).
type Uniform interface {
	Float64() float64
}

// Normal makes a number of the standard normal distribution of 32 random bits and a layer below 128; ok is false if it is rejected.
func Normal(j int32, layer uint32, r Uniform) (x float64, ok bool) {
	once.Do(prepare)
	x = float64(j) * float64(normal.width[layer])
	a := uint32(j)
	if j < 0 {
		a = -a
	}
	if a < normal.inside[layer] {
		return x, true
	}
	if layer == 0 {
		for {
			x = -math.Log(r.Float64()) * (1.0 / normalEnd)
			y := -math.Log(r.Float64())
			if y+y >= x*x {
				break
			}
		}
		if j > 0 {
			return normalEnd + x, true
		}
		return -normalEnd - x, true
	}
	low, high := normal.height[layer], normal.height[layer-1]
	return x, low+float32(r.Float64())*(high-low) < float32(math.Exp(-.5*x*x))
}

// Exp makes a number of the exponential distribution of 32 random bits and a layer below 256; ok is false if it is rejected.
func Exp(j uint32, layer uint32, r Uniform) (x float64, ok bool) {
	once.Do(prepare)
	x = float64(j) * float64(exp.width[layer])
	if j < exp.inside[layer] {
		return x, true
	}
	if layer == 0 {
		return expEnd - math.Log(r.Float64()), true
	}
	low, high := exp.height[layer], exp.height[layer-1]
	return x, low+float32(r.Float64())*(high-low) < float32(math.Exp(-x))
}

// A Zipf makes numbers of a Zipf distribution.
type Zipf struct {
	r            Uniform
	imax         float64
	v            float64
	q            float64
	s            float64
	oneMinusQ    float64
	oneMinusQInv float64
	hxm          float64
	hx0MinusHxm  float64
}

func (z *Zipf) h(x float64) float64 {
	return math.Exp(z.oneMinusQ*math.Log(z.v+x)) * z.oneMinusQInv
}

func (z *Zipf) hInverse(x float64) float64 {
	return math.Exp(z.oneMinusQInv*math.Log(z.oneMinusQ*x)) - z.v
}

// NewZipf makes numbers k in [0, imax] with a probability proportional to (v+k)**-s; nil unless s > 1 and v >= 1. The method is
// rejection-inversion (Hörmann and Derflinger, 1996).
func NewZipf(r Uniform, s float64, v float64, imax uint64) *Zipf {
	if s <= 1 || v < 1 {
		return nil
	}
	z := &Zipf{r: r, imax: float64(imax), v: v, q: s, oneMinusQ: 1 - s, oneMinusQInv: 1 / (1 - s)}
	z.hxm = z.h(z.imax + 0.5)
	z.hx0MinusHxm = z.h(0.5) - math.Exp(math.Log(z.v)*(-z.q)) - z.hxm
	z.s = 1 - z.hInverse(z.h(1.5)-math.Exp(-z.q*math.Log(z.v+1)))
	return z
}

func (z *Zipf) Uint64() uint64 {
	if z == nil {
		panic("rand: nil Zipf")
	}
	for {
		u := z.hxm + z.r.Float64()*z.hx0MinusHxm
		x := z.hInverse(u)
		k := math.Floor(x + 0.5)
		if k-x <= z.s || u >= z.h(k+0.5)-math.Exp(-math.Log(k+z.v)*z.q) {
			return uint64(k)
		}
	}
}
