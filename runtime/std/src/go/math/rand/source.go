package rand

// A Source gives random numbers below 1<<63.
type Source interface {
	Int63() int64
	Seed(seed int64)
}

// A Source64 also gives random numbers of 64 bits.
type Source64 interface {
	Source
	Uint64() uint64
}

// The generator is an additive lagged Fibonacci one (Mitchell and Moore; Knuth, volume 2, 3.2.2).
const (
	stateLen = 607
	lag      = 273
)

type fibonacci struct {
	tap, feed int
	state     [stateLen]uint64
}

// NewSource is a source whose numbers follow from the seed.
func NewSource(seed int64) Source {
	f := new(fibonacci)
	f.Seed(seed)
	return f
}

func (f *fibonacci) Seed(seed int64) {
	const modulus = 1<<31 - 1
	f.tap, f.feed = 0, stateLen-lag
	seed %= modulus
	if seed < 0 {
		seed += modulus
	}
	if seed == 0 {
		seed = 89482311
	}
	x := uint64(seed)
	// Lehmer's generator fills in the seed.
	next := func() uint64 {
		x = 48271 * x % modulus
		return x
	}
	for range 20 {
		next()
	}
	for i := range f.state {
		u := next() << 40
		u ^= next() << 20
		u ^= next()
		f.state[i] = u ^ initial[i]
	}
}

func (f *fibonacci) Uint64() uint64 {
	if f.tap--; f.tap < 0 {
		f.tap += stateLen
	}
	if f.feed--; f.feed < 0 {
		f.feed += stateLen
	}
	x := f.state[f.feed] + f.state[f.tap]
	f.state[f.feed] = x
	return x
}

func (f *fibonacci) Int63() int64 { return int64(f.Uint64() & (1<<63 - 1)) }
