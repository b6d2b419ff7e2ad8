package fmt

import (
	"internal/abi"
	"unsafe"
)

// value is a typed value. What has many callers here, and looks at descriptors, is not inlined: programs that print
// hold all of this, and few print much by it.
type value struct {
	t *abi.Type
	// Where it is or, if direct, the value itself, which is one pointer.
	p      unsafe.Pointer
	direct bool
	// Reached through an unexported field: methods are not called.
	hidden bool
	// Hidden because it is an embedded one: its exported fields are promoted, and not hidden.
	embedded bool
}

// valueOf gives access to what an interface holds.
func valueOf(v any) value {
	e := abi.EfaceOf(&v)
	if e.Type == nil {
		return value{}
	}
	return value{e.Type, e.Data, e.Type.IsDirectIface(), false, false}
}

// word is the first word of a value that begins with a pointer.
func (v value) word() unsafe.Pointer {
	if v.direct {
		return v.p
	}
	return *(*unsafe.Pointer)(v.p)
}

func (v value) any() any {
	if v.direct {
		e := abi.Eface{Type: v.t, Data: v.p}
		return *(*any)(unsafe.Pointer(&e))
	}
	return abi.Load(v.t, v.p)
}

func (v value) kind() abi.Kind   { return v.t.Kind() }
func (v value) bool() bool       { return *(*bool)(v.p) }
func (v value) string() string   { return *(*string)(v.p) }
func (v value) pointer() uintptr { return uintptr(v.word()) }
func (v value) bytes() []byte    { return *(*[]byte)(v.p) }

// elem is what a pointer points to.
func (v value) elem() value {
	return value{v.t.Elem(), v.word(), false, v.hidden, v.embedded}
}

//go:noinline
func (v value) int() int64 {
	switch v.kind() {
	case abi.Int8:
		return int64(*(*int8)(v.p))
	case abi.Int16:
		return int64(*(*int16)(v.p))
	case abi.Int32:
		return int64(*(*int32)(v.p))
	}
	return *(*int64)(v.p)
}

//go:noinline
func (v value) uint() uint64 {
	switch v.kind() {
	case abi.Uint8:
		return uint64(*(*uint8)(v.p))
	case abi.Uint16:
		return uint64(*(*uint16)(v.p))
	case abi.Uint32:
		return uint64(*(*uint32)(v.p))
	}
	return *(*uint64)(v.p)
}

//go:noinline
func (v value) float() float64 {
	if v.kind() == abi.Float32 {
		return float64(*(*float32)(v.p))
	}
	return *(*float64)(v.p)
}

//go:noinline
func (v value) complex() complex128 {
	if v.kind() == abi.Complex64 {
		return complex128(*(*complex64)(v.p))
	}
	return *(*complex128)(v.p)
}

// len is the length of an array, slice, string, map or channel.
//
//go:noinline
func (v value) len() int {
	switch v.kind() {
	case abi.Array:
		return int((*abi.ArrayType)(unsafe.Pointer(v.t)).Len)
	case abi.Map, abi.Chan:
		if h := (*int)(v.word()); h != nil {
			return *h
		}
		return 0
	}
	return (*[2]int)(v.p)[1]
}

// index is an element of an array or slice.
//
//go:noinline
func (v value) index(i int) value {
	t := v.t.Elem()
	base := v.p
	if v.kind() == abi.Slice {
		base = v.word()
	}
	return value{t, unsafe.Add(base, uintptr(i)*t.Size_), v.direct, v.hidden, false}
}

func (v value) fields() []abi.StructField {
	return (*abi.StructType)(unsafe.Pointer(v.t)).Fields
}

// nothing is where fields without size are that are beside a pointer.
var nothing struct{}

//go:noinline
func (v value) field(i int) value {
	f := &v.fields()[i]
	hidden := v.hidden && !v.embedded
	own := !f.Name.IsExported()
	x := value{f.Typ, v.p, v.direct, hidden || own, own && !hidden && f.Name.IsEmbedded()}
	switch {
	case !v.direct:
		x.p = unsafe.Add(v.p, f.Offset)
	case f.Typ.Size_ == 0:
		x.p, x.direct = unsafe.Pointer(&nothing), false
	}
	return x
}

// inner is what an interface value holds; a nil type if it holds nothing.
//
//go:noinline
func (v value) inner() value {
	in := valueOf(v.any())
	in.hidden = v.hidden
	return in
}

// Maps are walked with the runtime's iterator.
type mapIter struct {
	key, elem unsafe.Pointer
	private   [10]unsafe.Pointer
}

//go:linkname mapIterInit escargo.map_iter_init
func mapIterInit(t, m unsafe.Pointer, it *mapIter)

//go:linkname mapIterNext escargo.map_iter_next
func mapIterNext(it *mapIter)

type entry struct {
	key, elem value
}

// entries are a map's entries sorted by key, as Go prints them.
func (v value) entries() []entry {
	t := (*abi.MapType)(unsafe.Pointer(v.t))
	m := v.word()
	out := make([]entry, 0, v.len())
	if m == nil {
		return out
	}
	it := new(mapIter)
	for mapIterInit(unsafe.Pointer(t), m, it); it.key != nil; mapIterNext(it) {
		out = append(out, entry{value{t.Key, it.key, false, v.hidden, false}, value{t.Elem, it.elem, false, v.hidden, false}})
	}
	// Merge sort: stable, so that unordered keys keep the order of the walk.
	sortEntries(out, make([]entry, len(out)))
	return out
}

func sortEntries(a, tmp []entry) {
	if len(a) < 2 {
		return
	}
	m := len(a) / 2
	sortEntries(a[:m], tmp[:m])
	sortEntries(a[m:], tmp[m:])
	copy(tmp, a)
	i, j := 0, m
	for k := range a {
		if j >= len(a) || i < m && compare(tmp[i].key, tmp[j].key) <= 0 {
			a[k] = tmp[i]
			i++
		} else {
			a[k] = tmp[j]
			j++
		}
	}
}

func order[T int64 | uint64 | uintptr | string](a, b T) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

func orderFloat(a, b float64) int {
	switch {
	case a != a:
		return -1
	case b != b:
		return 1
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// compare orders map keys: false before true, NaN before numbers, by machine address for pointers and channels, nil
// interfaces first, then by type.
func compare(a, b value) int {
	switch a.kind() {
	case abi.Int, abi.Int8, abi.Int16, abi.Int32, abi.Int64:
		return order(a.int(), b.int())
	case abi.Uint, abi.Uint8, abi.Uint16, abi.Uint32, abi.Uint64, abi.Uintptr:
		return order(a.uint(), b.uint())
	case abi.String:
		return order(a.string(), b.string())
	case abi.Float32, abi.Float64:
		return orderFloat(a.float(), b.float())
	case abi.Complex64, abi.Complex128:
		x, y := a.complex(), b.complex()
		if c := orderFloat(real(x), real(y)); c != 0 {
			return c
		}
		return orderFloat(imag(x), imag(y))
	case abi.Bool:
		switch {
		case a.bool() == b.bool():
			return 0
		case a.bool():
			return 1
		}
		return -1
	case abi.Pointer, abi.UnsafePointer, abi.Chan:
		return order(a.pointer(), b.pointer())
	case abi.Struct:
		for i := range a.fields() {
			if c := compare(a.field(i), b.field(i)); c != 0 {
				return c
			}
		}
	case abi.Array:
		for i := range a.len() {
			if c := compare(a.index(i), b.index(i)); c != 0 {
				return c
			}
		}
	case abi.Interface:
		x, y := a.inner(), b.inner()
		switch {
		case x.t == nil && y.t == nil:
			return 0
		case x.t == nil:
			return -1
		case y.t == nil:
			return 1
		case x.t != y.t:
			return order(uintptr(unsafe.Pointer(x.t)), uintptr(unsafe.Pointer(y.t)))
		}
		return compare(x, y)
	}
	return 0
}
