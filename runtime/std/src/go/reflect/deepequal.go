package reflect

import (
	"internal/abi"
	"unsafe"
)

// visit is a comparison that is under way: of two references of one type.
type visit struct {
	p, q unsafe.Pointer
	t    *abi.Type
}

// DeepEqual compares values with all that they refer to.
func DeepEqual(x, y any) bool {
	if x == nil || y == nil {
		return x == y
	}
	v, w := ValueOf(x), ValueOf(y)
	if v.t != w.t {
		return false
	}
	return deepEqual(v, w, map[visit]bool{})
}

func deepEqual(v, w Value, visited map[visit]bool) bool {
	if !v.IsValid() || !w.IsValid() {
		return v.IsValid() == w.IsValid()
	}
	if v.t != w.t {
		return false
	}
	switch v.kind() {
	case Pointer, Map, Slice, Interface:
		if v.IsNil() || w.IsNil() {
			return v.IsNil() == w.IsNil()
		}
	}
	switch v.kind() {
	case Pointer, Map, Slice:
		p, q := v.word(), w.word()
		if uintptr(p) > uintptr(q) {
			p, q = q, p
		}
		at := visit{p, q, v.t}
		if v.kind() == Slice && v.Len() == 0 {
			break
		}
		if visited[at] {
			return true
		}
		visited[at] = true
	}
	switch v.kind() {
	case Array:
		for i := range v.Len() {
			if !deepEqual(v.Index(i), w.Index(i), visited) {
				return false
			}
		}
		return true
	case Slice:
		if v.Len() != w.Len() {
			return false
		}
		if v.header().data == w.header().data {
			return true
		}
		for i := range v.Len() {
			if !deepEqual(v.Index(i), w.Index(i), visited) {
				return false
			}
		}
		return true
	case Interface, Pointer:
		if v.kind() == Pointer && v.word() == w.word() {
			return true
		}
		return deepEqual(v.Elem(), w.Elem(), visited)
	case Struct:
		for i := range v.NumField() {
			if !deepEqual(v.Field(i), w.Field(i), visited) {
				return false
			}
		}
		return true
	case Map:
		if v.Len() != w.Len() {
			return false
		}
		if v.word() == w.word() {
			return true
		}
		for it := v.MapRange(); it.Next(); {
			other := w.MapIndex(it.Key())
			if !other.IsValid() || !deepEqual(it.Value(), other, visited) {
				return false
			}
		}
		return true
	case Func:
		return v.IsNil() && w.IsNil()
	}
	return valueEqual(unsafe.Pointer(v.t), v.addr(), w.addr()) != 0
}
