package strings

import (
	"unicode/utf8"
	"unsafe"
)

// A Builder builds a string; its zero value is empty. It must not be copied once used.
type Builder struct {
	// The builder's own address, once it is used.
	self uintptr
	buf  []byte
}

// check panics if b is a copy.
func (b *Builder) check() {
	// The address as a number, taken from the variable's memory: so it does not make b escape.
	p := unsafe.Pointer(b)
	if at := *(*uintptr)(unsafe.Pointer(&p)); b.self != at {
		if b.self != 0 {
			panic("strings: illegal use of non-zero Builder copied by value")
		}
		b.self = at
	}
}

func (b *Builder) String() string { return unsafe.String(unsafe.SliceData(b.buf), len(b.buf)) }
func (b *Builder) Len() int       { return len(b.buf) }
func (b *Builder) Cap() int       { return cap(b.buf) }

func (b *Builder) Reset() {
	b.self = 0
	b.buf = nil
}

// Grow makes room for n more bytes.
func (b *Builder) Grow(n int) {
	b.check()
	if n < 0 {
		panic("strings.Builder.Grow: negative count")
	}
	if cap(b.buf)-len(b.buf) < n {
		grown := append([]byte(nil), make([]byte, 2*cap(b.buf)+n)...)
		b.buf = grown[:copy(grown, b.buf)]
	}
}

func (b *Builder) Write(p []byte) (int, error) {
	b.check()
	b.buf = append(b.buf, p...)
	return len(p), nil
}

func (b *Builder) WriteByte(c byte) error {
	b.check()
	b.buf = append(b.buf, c)
	return nil
}

func (b *Builder) WriteRune(r rune) (int, error) {
	b.check()
	n := len(b.buf)
	b.buf = utf8.AppendRune(b.buf, r)
	return len(b.buf) - n, nil
}

func (b *Builder) WriteString(s string) (int, error) {
	b.check()
	b.buf = append(b.buf, s...)
	return len(s), nil
}
