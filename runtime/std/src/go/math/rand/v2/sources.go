package rand

import (
	"errors"
	"math/bits"
)

func put64(b []byte, v uint64, shift func(i int) int) {
	for i := range 8 {
		b[i] = byte(v >> shift(i))
	}
}

func get64(b []byte, shift func(i int) int) (v uint64) {
	for i := range 8 {
		v |= uint64(b[i]) << shift(i)
	}
	return v
}

func lowFirst(i int) int  { return 8 * i }
func highFirst(i int) int { return 56 - 8*i }

// A PCG is O'Neill's generator with 128 bits of state (PCG-DXSM).
type PCG struct {
	hi, lo uint64
}

func NewPCG(seed1, seed2 uint64) *PCG { return &PCG{seed1, seed2} }

// Seed starts the generator anew.
func (p *PCG) Seed(seed1, seed2 uint64) { p.hi, p.lo = seed1, seed2 }

func (p *PCG) Uint64() uint64 {
	// state = state * multiplier + increment, in 128 bits.
	const (
		multiplierHi, multiplierLo = 0x2360ed051fc65da4, 0x4385df649fccf645
		incrementHi, incrementLo   = 0x5851f42d4c957f2d, 0x14057b7ef767814f
		outputMultiplier           = 0xda942042e4dd58b5
	)
	hi, lo := bits.Mul64(p.lo, multiplierLo)
	hi += p.hi*multiplierLo + p.lo*multiplierHi
	lo, carry := bits.Add64(lo, incrementLo, 0)
	hi, _ = bits.Add64(hi, incrementHi, carry)
	p.hi, p.lo = hi, lo
	// The output: double xorshift multiply.
	hi ^= hi >> 32
	hi *= outputMultiplier
	hi ^= hi >> 48
	return hi * (lo | 1)
}

func (p *PCG) AppendBinary(b []byte) ([]byte, error) {
	var state [16]byte
	put64(state[:8], p.hi, highFirst)
	put64(state[8:], p.lo, highFirst)
	return append(append(b, "pcg:"...), state[:]...), nil
}

func (p *PCG) MarshalBinary() ([]byte, error) { return p.AppendBinary(nil) }

func (p *PCG) UnmarshalBinary(data []byte) error {
	if len(data) != 20 || string(data[:4]) != "pcg:" {
		return errors.New("invalid PCG encoding")
	}
	p.hi, p.lo = get64(data[4:12], highFirst), get64(data[12:], highFirst)
	return nil
}

// A ChaCha8 is a cryptographically strong generator: ChaCha with eight rounds. Four blocks, their words side by side, make 32
// numbers; after four such batches the last numbers become the next key.
type ChaCha8 struct {
	key     [4]uint64
	numbers [perBatch]uint64
	// Of numbers: the next one, and how many are given out.
	next, end int
	// The batch, in steps of four blocks.
	counter uint32
	// Bytes of a number that Read has begun; the last restLen are left.
	rest    [8]byte
	restLen int
}

const (
	perBatch   = 32
	lastBatch  = 12
	keyNumbers = 4
)

func NewChaCha8(seed [32]byte) *ChaCha8 {
	c := new(ChaCha8)
	c.Seed(seed)
	return c
}

// Seed starts the generator anew.
func (c *ChaCha8) Seed(seed [32]byte) {
	for i := range c.key {
		c.key[i] = get64(seed[8*i:], lowFirst)
	}
	c.restLen = 0
	c.begin(0)
}

// begin makes a batch.
func (c *ChaCha8) begin(counter uint32) {
	c.counter, c.next, c.end = counter, 0, perBatch
	if counter == lastBatch {
		c.end -= keyNumbers
	}
	c.fill()
}

func (c *ChaCha8) Uint64() uint64 {
	if c.next == c.end {
		counter := c.counter + 4
		if c.counter == lastBatch {
			copy(c.key[:], c.numbers[perBatch-keyNumbers:])
			counter = 0
		}
		c.begin(counter)
	}
	x := c.numbers[c.next]
	c.next++
	return x
}

// fill computes four blocks; word w of block i is the half i&1 of number 2*w + i/2.
func (c *ChaCha8) fill() {
	for i := range 4 {
		x := [16]uint32{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}
		for k, v := range c.key {
			x[4+2*k], x[5+2*k] = uint32(v), uint32(v>>32)
		}
		key := [8]uint32(x[4:12])
		x[12] = c.counter + uint32(i)
		for range 4 {
			for k := range 4 {
				quarter(&x[k], &x[4+k], &x[8+k], &x[12+k])
			}
			for k := range 4 {
				quarter(&x[k], &x[4+(k+1)&3], &x[8+(k+2)&3], &x[12+(k+3)&3])
			}
		}
		// Only the key is added again: the rest is known to everybody.
		for k, v := range key {
			x[4+k] += v
		}
		for w, v := range x {
			n := &c.numbers[2*w+i/2]
			if i&1 == 0 {
				*n = uint64(v)
			} else {
				*n |= uint64(v) << 32
			}
		}
	}
}

func quarter(a, b, c, d *uint32) {
	*a += *b
	*d = bits.RotateLeft32(*d^*a, 16)
	*c += *d
	*b = bits.RotateLeft32(*b^*c, 12)
	*a += *b
	*d = bits.RotateLeft32(*d^*a, 8)
	*c += *d
	*b = bits.RotateLeft32(*b^*c, 7)
}

// Read fills p; it never fails.
func (c *ChaCha8) Read(p []byte) (n int, err error) {
	size := len(p)
	for {
		k := copy(p, c.rest[8-c.restLen:])
		c.restLen -= k
		if p = p[k:]; len(p) == 0 {
			return size, nil
		}
		put64(c.rest[:], c.Uint64(), lowFirst)
		c.restLen = 8
	}
}

func (c *ChaCha8) AppendBinary(b []byte) ([]byte, error) {
	if c.restLen > 0 {
		b = append(append(b, "readbuf:"...), byte(c.restLen))
		b = append(b, c.rest[8-c.restLen:]...)
	}
	b = append(b, "chacha8:"...)
	var word [8]byte
	put64(word[:], uint64(c.counter/4*perBatch)+uint64(c.next), highFirst)
	b = append(b, word[:]...)
	for _, v := range c.key {
		put64(word[:], v, lowFirst)
		b = append(b, word[:]...)
	}
	return b, nil
}

func (c *ChaCha8) MarshalBinary() ([]byte, error) { return c.AppendBinary(nil) }

func (c *ChaCha8) UnmarshalBinary(data []byte) error {
	if len(data) >= 8 && string(data[:8]) == "readbuf:" {
		data = data[8:]
		if len(data) == 0 || len(data) < 1+int(data[0]) || data[0] > 8 {
			return errors.New("invalid ChaCha8 Read buffer encoding")
		}
		c.restLen = int(data[0])
		copy(c.rest[8-c.restLen:], data[1:])
		data = data[1+c.restLen:]
	}
	bad := errors.New("invalid ChaCha8 encoding")
	if len(data) != 48 || string(data[:8]) != "chacha8:" {
		return bad
	}
	used := get64(data[8:16], highFirst)
	if used > 4*perBatch-keyNumbers {
		return bad
	}
	for i := range c.key {
		c.key[i] = get64(data[16+8*i:], lowFirst)
	}
	// A batch that is used up begins the next one only when a number is asked for.
	batch := used / perBatch
	if batch == 4 {
		batch = 3
	}
	c.begin(uint32(batch * 4))
	c.next = int(used - batch*perBatch)
	return nil
}
