// Package rand has pseudo-random numbers.
package rand

import _ "unsafe"

// A Rand makes numbers of many kinds from a source.
type Rand struct {
	src Source
	s64 Source64
	// What Read has left of a number, and how many bytes.
	rest  int64
	bytes int8
}

func New(src Source) *Rand {
	s64, _ := src.(Source64)
	return &Rand{src: src, s64: s64}
}

func (r *Rand) Seed(seed int64) {
	r.src.Seed(seed)
	r.bytes = 0
}

func (r *Rand) Int63() int64   { return r.src.Int63() }
func (r *Rand) Uint32() uint32 { return uint32(r.Int63() >> 31) }
func (r *Rand) Int31() int32   { return int32(r.Int63() >> 32) }
func (r *Rand) Int() int       { return int(uint(r.Int63())) }

func (r *Rand) Uint64() uint64 {
	if r.s64 != nil {
		return r.s64.Uint64()
	}
	return uint64(r.Int63())>>31 | uint64(r.Int63())<<32
}

// Int63n is a number in [0, n).
func (r *Rand) Int63n(n int64) int64 {
	if n <= 0 {
		panic("invalid argument to Int63n")
	}
	if n&(n-1) == 0 {
		return r.Int63() & (n - 1)
	}
	limit := int64(1<<63 - 1 - (1<<63)%uint64(n))
	v := r.Int63()
	for v > limit {
		v = r.Int63()
	}
	return v % n
}

// Int31n is a number in [0, n).
func (r *Rand) Int31n(n int32) int32 {
	if n <= 0 {
		panic("invalid argument to Int31n")
	}
	if n&(n-1) == 0 {
		return r.Int31() & (n - 1)
	}
	limit := int32(1<<31 - 1 - (1<<31)%uint32(n))
	v := r.Int31()
	for v > limit {
		v = r.Int31()
	}
	return v % n
}

// below is a number in [0, n) without a division in most cases (Lemire).
func (r *Rand) below(n int32) int32 {
	product := uint64(r.Uint32()) * uint64(n)
	if low := uint32(product); low < uint32(n) {
		threshold := uint32(-n) % uint32(n)
		for low < threshold {
			product = uint64(r.Uint32()) * uint64(n)
			low = uint32(product)
		}
	}
	return int32(product >> 32)
}

// Intn is a number in [0, n).
func (r *Rand) Intn(n int) int {
	if n <= 0 {
		panic("invalid argument to Intn")
	}
	if n <= 1<<31-1 {
		return int(r.Int31n(int32(n)))
	}
	return int(r.Int63n(int64(n)))
}

// Float64 is a number in [0, 1).
func (r *Rand) Float64() float64 {
	for {
		if f := float64(r.Int63()) / (1 << 63); f != 1 {
			return f
		}
	}
}

// Float32 is a number in [0, 1).
func (r *Rand) Float32() float32 {
	for {
		if f := float32(r.Float64()); f != 1 {
			return f
		}
	}
}

// Perm is a permutation of the numbers in [0, n).
func (r *Rand) Perm(n int) []int {
	m := make([]int, n)
	for i := range m {
		j := r.Intn(i + 1)
		m[i] = m[j]
		m[j] = i
	}
	return m
}

// Shuffle puts n elements in a random order (Fisher and Yates).
func (r *Rand) Shuffle(n int, swap func(i, j int)) {
	if n < 0 {
		panic("invalid argument to Shuffle")
	}
	for i := n - 1; i > 0; i-- {
		if i >= 1<<31-1 {
			swap(i, int(r.Int63n(int64(i+1))))
		} else {
			swap(i, int(r.below(int32(i+1))))
		}
	}
}

// Read fills p; it never fails.
func (r *Rand) Read(p []byte) (n int, err error) {
	for i := range p {
		if r.bytes == 0 {
			r.rest = r.Int63()
			r.bytes = 7
		}
		p[i] = byte(r.rest)
		r.rest >>= 8
		r.bytes--
	}
	return len(p), nil
}

//go:linkname fastrand escargo.fastrand
func fastrand() uint64

// shared is the source of the functions of this package: the runtime's generator.
type shared struct{}

func (shared) Uint64() uint64  { return fastrand() }
func (shared) Int63() int64    { return int64(fastrand() & (1<<63 - 1)) }
func (shared) Seed(seed int64) {}

var globalRand = Rand{src: shared{}, s64: shared{}}

// Seed has no effect: the functions of this package are seeded at random.
func Seed(seed int64) {}

func Int63() int64         { return globalRand.Int63() }
func Uint32() uint32       { return globalRand.Uint32() }
func Uint64() uint64       { return globalRand.Uint64() }
func Int31() int32         { return globalRand.Int31() }
func Int() int             { return globalRand.Int() }
func Int63n(n int64) int64 { return globalRand.Int63n(n) }
func Int31n(n int32) int32 { return globalRand.Int31n(n) }
func Intn(n int) int       { return globalRand.Intn(n) }
func Float64() float64     { return globalRand.Float64() }
func Float32() float32     { return globalRand.Float32() }
func Perm(n int) []int     { return globalRand.Perm(n) }
func NormFloat64() float64 { return globalRand.NormFloat64() }
func ExpFloat64() float64  { return globalRand.ExpFloat64() }

func Shuffle(n int, swap func(i, j int)) { globalRand.Shuffle(n, swap) }
func Read(p []byte) (n int, err error)   { return globalRand.Read(p) }
