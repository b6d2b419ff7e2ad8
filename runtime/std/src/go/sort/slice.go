package sort

import (
	"internal/abi"
	"math/bits"
	"unsafe"
)

//go:linkname typedMove escargo.typed_move
func typedMove(t, dst, src unsafe.Pointer, n int)

//go:linkname unsafeNew escargo.unsafe_new
func unsafeNew(t unsafe.Pointer) unsafe.Pointer

// byFunc is a slice of any type with a comparison.
type byFunc struct {
	n    int
	less func(i, j int) bool
	swap func(i, j int)
}

func (s *byFunc) Len() int           { return s.n }
func (s *byFunc) Less(i, j int) bool { return s.less(i, j) }
func (s *byFunc) Swap(i, j int)      { s.swap(i, j) }

type header struct {
	data     unsafe.Pointer
	len, cap int
}

// of makes a byFunc of an interface that holds a slice.
func of(x any, less func(i, j int) bool) *byFunc {
	e := abi.EfaceOf(&x)
	if e.Type == nil || e.Type.Kind() != abi.Slice {
		panic("reflect: call of Swapper on " + kindName(e.Type) + " Value")
	}
	h := (*header)(e.Data)
	s := &byFunc{n: h.len, less: less}
	elem := e.Type.Elem()
	switch size := elem.Size_; {
	case elem.PtrBytes == 0 && size == 8:
		v := unsafe.Slice((*uint64)(h.data), h.len)
		s.swap = func(i, j int) { v[i], v[j] = v[j], v[i] }
	case elem.PtrBytes == 0 && size == 4:
		v := unsafe.Slice((*uint32)(h.data), h.len)
		s.swap = func(i, j int) { v[i], v[j] = v[j], v[i] }
	case elem.PtrBytes == 0 && size == 1:
		v := unsafe.Slice((*uint8)(h.data), h.len)
		s.swap = func(i, j int) { v[i], v[j] = v[j], v[i] }
	case elem.PtrBytes == 8 && size == 8:
		v := unsafe.Slice((*unsafe.Pointer)(h.data), h.len)
		s.swap = func(i, j int) { v[i], v[j] = v[j], v[i] }
	case elem.Kind() == abi.String:
		v := unsafe.Slice((*string)(h.data), h.len)
		s.swap = func(i, j int) { v[i], v[j] = v[j], v[i] }
	default:
		t := unsafe.Pointer(elem)
		spare := unsafeNew(t)
		n := h.len
		s.swap = func(i, j int) {
			if uint(i) >= uint(n) || uint(j) >= uint(n) {
				panic("reflect: slice index out of range")
			}
			p, q := unsafe.Add(h.data, uintptr(i)*size), unsafe.Add(h.data, uintptr(j)*size)
			typedMove(t, spare, p, 1)
			typedMove(t, p, q, 1)
			typedMove(t, q, spare, 1)
		}
	}
	return s
}

func kindName(t *abi.Type) string {
	if t == nil {
		return "zero"
	}
	return t.Kind().String()
}

// Slice sorts a slice by a comparison of indices; the order of equal elements is not kept.
func Slice(x any, less func(i, j int) bool) {
	s := of(x, less)
	quick(s, 0, s.n, 2*bits.Len(uint(s.n)))
}

// SliceStable is Slice that keeps the order of equal elements.
func SliceStable(x any, less func(i, j int) bool) { Stable(of(x, less)) }

// SliceIsSorted reports whether a slice is sorted by a comparison of indices.
func SliceIsSorted(x any, less func(i, j int) bool) bool {
	e := abi.EfaceOf(&x)
	if e.Type == nil || e.Type.Kind() != abi.Slice {
		panic("reflect: call of reflect.Value.Len on " + kindName(e.Type) + " Value")
	}
	for i := (*header)(e.Data).len - 1; i > 0; i-- {
		if less(i, i-1) {
			return false
		}
	}
	return true
}
