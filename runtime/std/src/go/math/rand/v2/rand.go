// Package rand has pseudo-random numbers.
package rand

import (
	"math/bits"
	_ "unsafe"
)

// A Source gives uniform 64-bit numbers.
type Source interface {
	Uint64() uint64
}

// A Rand makes numbers of many kinds from a source.
type Rand struct {
	src Source
}

func New(src Source) *Rand { return &Rand{src} }

func (r *Rand) Uint64() uint64 { return r.src.Uint64() }
func (r *Rand) Int64() int64   { return int64(r.src.Uint64() &^ (1 << 63)) }
func (r *Rand) Uint32() uint32 { return uint32(r.src.Uint64() >> 32) }
func (r *Rand) Int32() int32   { return int32(r.src.Uint64() >> 33) }
func (r *Rand) Int() int       { return int(uint(r.src.Uint64()) << 1 >> 1) }
func (r *Rand) Uint() uint     { return uint(r.src.Uint64()) }

// below is a number in [0, n) without a division in most cases (Lemire).
func (r *Rand) below(n uint64) uint64 {
	if n&(n-1) == 0 {
		return r.Uint64() & (n - 1)
	}
	hi, lo := bits.Mul64(r.Uint64(), n)
	if lo < n {
		threshold := -n % n
		for lo < threshold {
			hi, lo = bits.Mul64(r.Uint64(), n)
		}
	}
	return hi
}

// positive is n, which must be above 0, for the function of that name.
func positive[T intType](n T, name string) uint64 {
	if n <= 0 {
		panic("invalid argument to " + name)
	}
	return uint64(n)
}

// The numbers of these are in [0, n).

func (r *Rand) Int64N(n int64) int64     { return int64(r.below(positive(n, "Int64N"))) }
func (r *Rand) Uint64N(n uint64) uint64  { return r.below(positive(n, "Uint64N")) }
func (r *Rand) Int32N(n int32) int32     { return int32(r.below(positive(n, "Int32N"))) }
func (r *Rand) Uint32N(n uint32) uint32  { return uint32(r.below(positive(n, "Uint32N"))) }
func (r *Rand) IntN(n int) int           { return int(r.below(positive(n, "IntN"))) }
func (r *Rand) UintN(n uint) uint        { return uint(r.below(positive(n, "UintN"))) }
func (r *Rand) N[Int intType](n Int) Int { return Int(r.below(positive(n, "N"))) }

// Float64 is a number in [0, 1).
func (r *Rand) Float64() float64 { return float64(r.Uint64()<<11>>11) / (1 << 53) }

// Float32 is a number in [0, 1).
func (r *Rand) Float32() float32 { return float32(r.Uint32()<<8>>8) / (1 << 24) }

// Perm is a permutation of the numbers in [0, n).
func (r *Rand) Perm(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	r.Shuffle(n, func(i, j int) { p[i], p[j] = p[j], p[i] })
	return p
}

// Shuffle puts n elements in a random order (Fisher and Yates).
func (r *Rand) Shuffle(n int, swap func(i, j int)) {
	if n < 0 {
		panic("invalid argument to Shuffle")
	}
	for i := n - 1; i > 0; i-- {
		swap(i, int(r.below(uint64(i+1))))
	}
}

//go:linkname fastrand escargo.fastrand
func fastrand() uint64

// shared is the source of the functions of this package: the runtime's generator.
type shared struct{}

func (shared) Uint64() uint64 { return fastrand() }

var globalRand = &Rand{shared{}}

type intType interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

func Int64() int64                       { return globalRand.Int64() }
func Uint32() uint32                     { return globalRand.Uint32() }
func Uint64() uint64                     { return globalRand.Uint64() }
func Int32() int32                       { return globalRand.Int32() }
func Int() int                           { return globalRand.Int() }
func Uint() uint                         { return globalRand.Uint() }
func Int64N(n int64) int64               { return globalRand.Int64N(n) }
func Uint64N(n uint64) uint64            { return globalRand.Uint64N(n) }
func Int32N(n int32) int32               { return globalRand.Int32N(n) }
func Uint32N(n uint32) uint32            { return globalRand.Uint32N(n) }
func IntN(n int) int                     { return globalRand.IntN(n) }
func UintN(n uint) uint                  { return globalRand.UintN(n) }
func N[Int intType](n Int) Int           { return Int(globalRand.below(positive(n, "N"))) }
func Float64() float64                   { return globalRand.Float64() }
func Float32() float32                   { return globalRand.Float32() }
func Perm(n int) []int                   { return globalRand.Perm(n) }
func Shuffle(n int, swap func(i, j int)) { globalRand.Shuffle(n, swap) }
func NormFloat64() float64               { return globalRand.NormFloat64() }
func ExpFloat64() float64                { return globalRand.ExpFloat64() }
