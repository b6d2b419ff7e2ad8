// Package hash has the interfaces of hash functions.
package hash

import "io"

// Hash is a hash function that is written to. Write never fails.
type Hash interface {
	io.Writer
	// Sum appends the hash of what was written to b; the state stays.
	Sum(b []byte) []byte
	// Reset starts over.
	Reset()
	// Size is the length of the hash.
	Size() int
	// BlockSize is the length of the blocks that are best written.
	BlockSize() int
}

type Hash32 interface {
	Hash
	Sum32() uint32
}

type Hash64 interface {
	Hash
	Sum64() uint64
}

// Cloner is a hash whose state can be copied.
type Cloner interface {
	Hash
	Clone() (Cloner, error)
}

// XOF is a hash of any length.
type XOF interface {
	io.Writer
	io.Reader
	Reset()
	BlockSize() int
}
