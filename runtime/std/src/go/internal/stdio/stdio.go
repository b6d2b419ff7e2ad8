// Package stdio connects package fmt to the standard streams. Programs that do not import os write straight to the descriptors.
package stdio

import (
	"errors"
	"io"
	"unsafe"
)

// A Stream is one of the standard streams.
type Stream int

const (
	In  Stream = 0
	Out Stream = 1
)

// Current returns what the variables of package os hold; os sets it.
var Current func(s Stream) io.ReadWriter

//go:linkname osWrite escargo.os_write
func osWrite(fd int, p *byte, n int) int

//go:linkname osRead escargo.os_read
func osRead(fd int, p *byte, n int) int

var errIO = errors.New("input/output error")

func (s Stream) Write(p []byte) (n int, err error) {
	if Current != nil {
		return Current(s).Write(p)
	}
	for n < len(p) {
		m := osWrite(int(s), unsafe.SliceData(p[n:]), len(p)-n)
		if m <= 0 {
			return n, errIO
		}
		n += m
	}
	return n, nil
}

func (s Stream) Read(p []byte) (n int, err error) {
	if Current != nil {
		return Current(s).Read(p)
	}
	if len(p) == 0 {
		return 0, nil
	}
	n = osRead(int(s), unsafe.SliceData(p), len(p))
	if n < 0 {
		return 0, errIO
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
