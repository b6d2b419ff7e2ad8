package runtime

import (
	"internal/abi"
	"unsafe"
)

// The kinds of errors that the runtime raises: first the bounds errors, then the others.
const (
	boundsIndex = iota
	boundsSliceLen
	boundsSliceCap
	boundsSliceLow
	boundsSlice3Len
	boundsSlice3Cap
	boundsSlice3High
	boundsSlice3Low
	boundsConvert

	boundsUnsigned = 0x100
)

const (
	kindDivide = iota + 16
	kindShift
	kindNil
	kindAddress
	kindAssert
	kindPlain
	kindText
	kindNilPanic
	kindDescribe
)

// What the runtime says about an error: s and the pointers have a meaning for some kinds only.
type errorArgs struct {
	kind       int
	x, y       int64
	s          string
	p1, p2, p3 unsafe.Pointer
}

var (
	divideError = error(errorString("integer divide by zero"))
	shiftError  = error(errorString("negative shift amount"))
	memoryError = error(errorString("invalid memory address or nil pointer dereference"))
)

// runtimeError panics with the error that the runtime describes.
func runtimeError(a *errorArgs) {
	switch a.kind {
	case kindDivide:
		panic(divideError)
	case kindShift:
		panic(shiftError)
	case kindNil:
		panic(memoryError)
	case kindAddress:
		panic(error(errorAddressString{"invalid memory address or nil pointer dereference", uintptr(a.x)}))
	case kindAssert:
		panic(error(&TypeAssertionError{(*abi.Type)(a.p1), (*abi.Type)(a.p2), (*abi.Type)(a.p3), a.s}))
	case kindPlain:
		panic(error(plainError(a.s)))
	case kindText:
		panic(error(errorString(a.s)))
	case kindNilPanic:
		panic(error(new(PanicNilError)))
	case kindDescribe:
		a.s, a.x = describe(*(*any)(unsafe.Pointer(&a.p1)))
		return
	}
	panic(error(boundsError{a.x, int(a.y), a.kind&boundsUnsigned == 0, uint8(a.kind)}))
}

// An errorAddressString is an invalid memory access at a known address.
type errorAddressString struct {
	text string
	addr uintptr
}

func (errorAddressString) RuntimeError() {}

func (e errorAddressString) Error() string { return "runtime error: " + e.text }

// Addr is the address that was accessed.
func (e errorAddressString) Addr() uintptr { return e.addr }

type stringer interface{ String() string }

// describe is the text by which an uncaught panic prints a value, and 1, if the value has a method for that.
func describe(v any) (string, int64) {
	switch v := v.(type) {
	case error:
		return v.Error(), 1
	case stringer:
		return v.String(), 1
	}
	return "", 0
}

func (e boundsError) Error() string {
	x := itoa(e.x, !e.signed)
	y := itoa(int64(e.y), false)
	negative := e.signed && e.x < 0
	text := "runtime error: slice bounds out of range ["
	switch e.code {
	case boundsIndex:
		text = "runtime error: index out of range [" + x + "]"
		if negative {
			return text
		}
		return text + " with length " + y
	case boundsConvert:
		return "runtime error: cannot convert slice with length " + y + " to array or pointer to array with length " + x
	case boundsSliceLow, boundsSlice3High, boundsSlice3Low:
		before, between, after := "", ":", ""
		switch e.code {
		case boundsSlice3High:
			before = ":"
		case boundsSlice3Low:
			after = ":"
		}
		if negative {
			y = ""
		}
		return text + before + x + between + y + after + "]"
	}
	if e.code == boundsSlice3Len || e.code == boundsSlice3Cap {
		text += ":"
	}
	text += ":" + x + "]"
	switch {
	case negative:
		return text
	case e.code == boundsSliceCap || e.code == boundsSlice3Cap:
		return text + " with capacity " + y
	}
	return text + " with length " + y
}
