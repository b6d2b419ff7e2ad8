// Neighbouring bytes read and written at once: byte orders, widths, overlaps, aliases and panics half-way.
package main

import "fmt"

// The byte orders, written as encoding/binary writes them.
type littleEndian struct{}
type bigEndian struct{}

var binary struct {
	LittleEndian littleEndian
	BigEndian    bigEndian
}

func (littleEndian) Uint16(b []byte) uint16 {
	_ = b[1]
	return uint16(b[0]) | uint16(b[1])<<8
}

func (littleEndian) Uint32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func (littleEndian) Uint64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

func (littleEndian) PutUint64(b []byte, v uint64) {
	_ = b[7]
	for i := range 8 {
		b[i] = byte(v >> (8 * i))
	}
}

func (bigEndian) Uint16(b []byte) uint16 {
	_ = b[1]
	return uint16(b[1]) | uint16(b[0])<<8
}

func (bigEndian) Uint32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[3]) | uint32(b[2])<<8 | uint32(b[1])<<16 | uint32(b[0])<<24
}

func (bigEndian) Uint64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[7]) | uint64(b[6])<<8 | uint64(b[5])<<16 | uint64(b[4])<<24 |
		uint64(b[3])<<32 | uint64(b[2])<<40 | uint64(b[1])<<48 | uint64(b[0])<<56
}

func (bigEndian) PutUint32(b []byte, v uint32) {
	_ = b[3]
	b[0] = byte(v >> 24)
	b[1] = byte(v >> 16)
	b[2] = byte(v >> 8)
	b[3] = byte(v)
}

//go:noinline
func little(b []byte, i int) (uint16, uint32, uint64) {
	return binary.LittleEndian.Uint16(b[i:]), binary.LittleEndian.Uint32(b[i:]), binary.LittleEndian.Uint64(b[i:])
}

//go:noinline
func big(b []byte, i int) (uint16, uint32, uint64) {
	return binary.BigEndian.Uint16(b[i:]), binary.BigEndian.Uint32(b[i:]), binary.BigEndian.Uint64(b[i:])
}

//go:noinline
func indexed(b []byte, i int) uint32 {
	return uint32(b[i+3])<<24 | uint32(b[i+1])<<8 | uint32(b[i]) | uint32(b[i+2])<<16
}

//go:noinline
func wider(b []byte) uint64 {
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24
}

//go:noinline
func widerBig(b []byte) uint64 { return uint64(b[1]) | uint64(b[0])<<8 }

//go:noinline
func signed(b []byte) int32 { return int32(b[0])<<24 | int32(b[1])<<16 | int32(b[2])<<8 | int32(b[3]) }

//go:noinline
func gap(b []byte) uint32 { return uint32(b[0]) | uint32(b[2])<<8 | uint32(b[4])<<16 | uint32(b[6])<<24 }

//go:noinline
func twice(b []byte) uint32 { return uint32(b[0]) | uint32(b[0])<<8 | uint32(b[1])<<16 | uint32(b[1])<<24 }

//go:noinline
func between(b, c []byte) uint16 {
	x := uint16(b[0])
	c[1] = 0xee
	return x | uint16(b[1])<<8
}

//go:noinline
func alias(b, c []byte) (uint32, uint32, byte) {
	x := binary.LittleEndian.Uint32(b)
	c[2] = 0x77
	y := binary.LittleEndian.Uint32(b)
	binary.BigEndian.PutUint32(c[1:], 0xa1a2a3a4)
	return x, y, b[3]
}

//go:noinline
func loop(b, c []byte) (sum uint64) {
	for i := 0; i+8 <= len(b); i++ {
		sum += binary.LittleEndian.Uint64(b)
		c[i&7]++
	}
	return sum
}

//go:noinline
func halves(b []byte, x uint32) {
	b[0] = byte(x)
	b[1] = byte(x >> 8)
	b[2] = byte(x >> 16)
	b[3] = byte(x >> 24)
}

//go:noinline
func backwards(b []byte, x uint64) {
	_ = b[7]
	b[7] = byte(x)
	b[6] = byte(x >> 8)
	b[5] = byte(x >> 16)
	b[4] = byte(x >> 24)
	b[3] = byte(x >> 32)
	b[2] = byte(x >> 40)
	b[1] = byte(x >> 48)
	b[0] = byte(x >> 56)
}

//go:noinline
func mixed(b []byte, x, y uint16) {
	_ = b[3]
	b[0] = byte(x)
	b[2] = byte(y >> 8)
	b[1] = byte(x >> 8)
	b[3] = byte(y)
}

//go:noinline
func overlap(b []byte, x uint32) byte {
	_ = b[4]
	b[0] = byte(x)
	b[1] = byte(x >> 8)
	t := b[1]
	b[2] = byte(x >> 16)
	b[3] = byte(x >> 24)
	return t + b[3]
}

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, r)
		}
	}()
	f()
}

type header struct {
	magic [4]byte
	n     uint32
}

func main() {
	b := make([]byte, 32)
	for i := range b {
		b[i] = byte(i*37 + 11)
	}
	fmt.Println(little(b, 3))
	fmt.Println(big(b, 5))
	fmt.Println(indexed(b, 9), wider(b), widerBig(b), signed(b[6:]), gap(b), twice(b))
	fmt.Println(between(b, b))
	fmt.Println(alias(b, b))
	fmt.Println(loop(b, b))
	halves(b[1:], 0xdeadbeef)
	backwards(b[6:], 0x0123456789abcdef)
	mixed(b[20:], 0x1122, 0x3344)
	fmt.Println(overlap(b[25:], 0xcafebabe))
	fmt.Println(b)
	short := make([]byte, 3, 8)
	try("load", func() { fmt.Println(signed(short)) })
	try("store", func() { halves(short, 0x04030201) })
	fmt.Println(short[:4])
	try("put", func() { binary.BigEndian.PutUint32(short, 1) })
	try("get", func() { fmt.Println(binary.LittleEndian.Uint64(short)) })
	try("slice", func() { little(short, 4) })
	try("nil", func() { indexed(nil, 0) })
	var local [8]byte
	binary.LittleEndian.PutUint64(local[:], 0x8877665544332211)
	fmt.Println(local, local[3], binary.BigEndian.Uint16(local[2:]))
	local[4]++
	fmt.Println(binary.LittleEndian.Uint64(local[:]))
	h := header{magic: [4]byte{'a', 'b', 'c', 'd'}, n: 7}
	fmt.Println(binary.BigEndian.Uint32(h.magic[:]), h.n)
	binary.BigEndian.PutUint32(h.magic[:], 0x65666768)
	fmt.Println(string(h.magic[:]), h.n)
}
