// Package maphash hashes bytes and comparable values with seeds that differ from run to run.
package maphash

import (
	"hash"
	"internal/abi"
	"unsafe"
)

// Seed selects a hash function.
type Seed struct {
	s uint64
}

//go:linkname fastrand escargo.fastrand
func fastrand() uint64

//go:linkname memhash runtime.memhash
func memhash(p unsafe.Pointer, seed, size uintptr) uintptr

//go:linkname valueHash escargo.value_hash
func valueHash(t, p unsafe.Pointer, seed uint64) uint64

// MakeSeed gives a new seed.
func MakeSeed() Seed { return Seed{fastrand() | 1} }

func (s Seed) check() uint64 {
	if s.s == 0 {
		panic("maphash: use of uninitialized Seed")
	}
	return s.s
}

// Bytes is the hash of b.
func Bytes(seed Seed, b []byte) uint64 {
	return uint64(memhash(unsafe.Pointer(unsafe.SliceData(b)), uintptr(seed.check()), uintptr(len(b))))
}

// String is the hash of s.
func String(seed Seed, s string) uint64 {
	return uint64(memhash(unsafe.Pointer(unsafe.StringData(s)), uintptr(seed.check()), uintptr(len(s))))
}

// Comparable is the hash of v: equal values have equal hashes.
func Comparable[T comparable](seed Seed, v T) uint64 {
	s := seed.check()
	// Only here is v's memory looked at: it need not outlive the call.
	return valueHash(unsafe.Pointer(abi.TypeFor[T]()), unsafe.Pointer(&v), s)
}

// WriteComparable adds v to what h hashes.
func WriteComparable[T comparable](h *Hash, v T) {
	n := Comparable(h.Seed(), v)
	var b [8]byte
	for i := range b {
		b[i] = byte(n >> (8 * i))
	}
	h.Write(b[:])
}

const bufferSize = 128

// Hash hashes what is written to it. The zero Hash chooses a seed when it is used.
type Hash struct {
	_     [0]func()
	seed  Seed
	state uint64
	buf   [bufferSize]byte
	n     int
}

func (h *Hash) init() {
	if h.seed.s == 0 {
		h.SetSeed(MakeSeed())
	}
}

// Seed is the hash's seed.
func (h *Hash) Seed() Seed {
	h.init()
	return h.seed
}

// SetSeed sets the seed, and forgets what was written.
func (h *Hash) SetSeed(seed Seed) {
	h.seed = seed
	h.state = seed.check()
	h.n = 0
}

// Reset forgets what was written.
func (h *Hash) Reset() {
	h.init()
	h.state = h.seed.s
	h.n = 0
}

// block hashes a full buffer into the state.
func (h *Hash) block(b *byte) {
	h.state = uint64(memhash(unsafe.Pointer(b), uintptr(h.state), bufferSize))
}

func (h *Hash) Write(b []byte) (int, error) {
	return h.WriteString(unsafe.String(unsafe.SliceData(b), len(b)))
}

func (h *Hash) WriteString(s string) (int, error) {
	h.init()
	size := len(s)
	for h.n+len(s) > bufferSize {
		k := copy(h.buf[h.n:], s)
		s = s[k:]
		h.block(&h.buf[0])
		h.n = 0
	}
	h.n += copy(h.buf[h.n:], s)
	return size, nil
}

func (h *Hash) WriteByte(b byte) error {
	h.init()
	if h.n == bufferSize {
		h.block(&h.buf[0])
		h.n = 0
	}
	h.buf[h.n] = b
	h.n++
	return nil
}

// Sum64 is the hash of what was written.
func (h *Hash) Sum64() uint64 {
	h.init()
	return uint64(memhash(unsafe.Pointer(&h.buf[0]), uintptr(h.state), uintptr(h.n)))
}

// Sum appends the hash to b, high byte first.
func (h *Hash) Sum(b []byte) []byte {
	x := h.Sum64()
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(x>>shift))
	}
	return b
}

func (h *Hash) Size() int      { return 8 }
func (h *Hash) BlockSize() int { return bufferSize }

// Clone copies the state.
func (h *Hash) Clone() (hash.Cloner, error) {
	h.init()
	c := *h
	return &c, nil
}

// Hasher is what a hash table needs: a hash, and an equality that it agrees with.
type Hasher[T any] interface {
	Hash(*Hash, T)
	Equal(x, y T) bool
}

// ComparableHasher is the Hasher of ==.
type ComparableHasher[T comparable] struct {
	_ [0]func(T)
}

func (ComparableHasher[T]) Hash(h *Hash, v T) { WriteComparable(h, v) }
func (ComparableHasher[T]) Equal(x, y T) bool { return x == y }
