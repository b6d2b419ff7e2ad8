package rand

import "internal/draw"

// NormFloat64 is a number of the standard normal distribution.
func (r *Rand) NormFloat64() float64 {
	for {
		u := r.Uint64()
		if x, ok := draw.Normal(int32(u), uint32(u>>32)&0x7F, r); ok {
			return x
		}
	}
}

// ExpFloat64 is a number of the exponential distribution with rate 1.
func (r *Rand) ExpFloat64() float64 {
	for {
		u := r.Uint64()
		if x, ok := draw.Exp(uint32(u), uint32(u>>32)&0xFF, r); ok {
			return x
		}
	}
}

// A Zipf makes numbers of a Zipf distribution.
type Zipf struct {
	z *draw.Zipf
}

// NewZipf makes numbers k in [0, imax] with a probability proportional to (v+k)**-s; nil unless s > 1 and v >= 1.
func NewZipf(r *Rand, s float64, v float64, imax uint64) *Zipf {
	if z := draw.NewZipf(r, s, v, imax); z != nil {
		return &Zipf{z}
	}
	return nil
}

// Uint64 is the next number.
func (z *Zipf) Uint64() uint64 {
	if z == nil {
		panic("rand: nil Zipf")
	}
	return z.z.Uint64()
}
