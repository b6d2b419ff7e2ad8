// Package C stands for C's types in files with exported functions, and for the helpers that cgo adds to it.
package C

import "unsafe"

type (
	char      int8
	schar     int8
	uchar     uint8
	short     int16
	ushort    uint16
	int       int32
	uint      uint32
	long      int64
	ulong     uint64
	longlong  int64
	ulonglong uint64
	float     float32
	double    float64
	size_t    = ulong
	int8_t    = schar
	uint8_t   = uchar
	int16_t   = short
	uint16_t  = ushort
	int32_t   = int
	uint32_t  = uint
	int64_t   = long
	uint64_t  = ulong
	uintptr_t = ulong
	intptr_t  = long
)

//go:linkname alloc escargo.c_alloc
func alloc(n uintptr) unsafe.Pointer

//go:linkname release escargo.c_free
func release(p unsafe.Pointer)

func malloc(n size_t) unsafe.Pointer { return alloc(uintptr(n)) }

func free(p unsafe.Pointer) { release(p) }

// CString makes a C string in C's memory; whoever gets it frees it.
func CString(s string) *char {
	p := alloc(uintptr(len(s)) + 1)
	b := unsafe.Slice((*byte)(p), len(s)+1)
	copy(b, s)
	b[len(s)] = 0
	return (*char)(p)
}

// CBytes makes a copy in C's memory; whoever gets it frees it.
func CBytes(b []byte) unsafe.Pointer {
	p := alloc(uintptr(len(b)))
	copy(unsafe.Slice((*byte)(p), len(b)), b)
	return p
}

// GoString copies a C string.
func GoString(p *char) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(p)), n))
}

// GoStringN copies n bytes.
func GoStringN(p *char, n int) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(p)), n))
}

// GoBytes copies n bytes.
func GoBytes(p unsafe.Pointer, n int) []byte {
	return append([]byte(nil), unsafe.Slice((*byte)(p), n)...)
}
