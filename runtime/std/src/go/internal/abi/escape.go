package abi

import "unsafe"

// Escape is x; in Go's runtime it forces x to the heap. Here the analysis decides, and sees through it.
func Escape[T any](x T) T { return x }

// NoEscape is p.
func NoEscape(p unsafe.Pointer) unsafe.Pointer { return p }

// TypeFor is T's descriptor.
func TypeFor[T any]() *Type {
	var p *T
	return TypeOf(p).Elem()
}

// FuncPCABIInternal is the address of a function's code.
func FuncPCABIInternal(f any) uintptr {
	return **(**uintptr)(EfaceOf(&f).Data)
}
