package reflect

import (
	"internal/abi"
	"strconv"
	"sync"
	"unsafe"
)

// Types that the program does not have are made here. What it does have is found first, so that identical types stay equal.

//go:linkname typeOffsets escargo.type_offsets
func typeOffsets() (offsets *uint32, n int)

var (
	madeMu sync.Mutex
	// All types that were made; nothing is ever dropped.
	made []*abi.Type
)

// find is the type of the program, or one that was made, that fits.
func find(kind abi.Kind, fits func(t *abi.Type) bool) *abi.Type {
	p, n := typeOffsets()
	for _, off := range unsafe.Slice(p, n) {
		if t := abi.ResolveType(int32(off)); t.Kind() == kind && !t.HasName() && fits(t) {
			return t
		}
	}
	for _, t := range made {
		if t.Kind() == kind && fits(t) {
			return t
		}
	}
	return nil
}

// orMake finds a type or makes it.
func orMake(kind abi.Kind, fits func(t *abi.Type) bool, build func() *abi.Type) *abi.Type {
	madeMu.Lock()
	defer madeMu.Unlock()
	if t := find(kind, fits); t != nil {
		return t
	}
	t := build()
	made = append(made, t)
	return t
}

// shape tells apart the unnamed types that other types and a number make up.
type shape struct {
	kind      abi.Kind
	elem, key *abi.Type
	n         int
}

func shapeOf(t *abi.Type) shape {
	s := shape{kind: t.Kind(), elem: t.Elem()}
	switch s.kind {
	case abi.Array:
		s.n = arrayLen(t)
	case abi.Chan:
		s.n = (*abi.ChanType)(unsafe.Pointer(t)).Dir
	case abi.Map:
		s.key = (*abi.MapType)(unsafe.Pointer(t)).Key
	}
	return s
}

// shapes are the types that were asked for by their shape.
var shapes = struct {
	sync.RWMutex
	types map[shape]*abi.Type
}{types: map[shape]*abi.Type{}}

// shaped is the type of a shape: the program's, or one made by build.
func shaped(s shape, build func() *abi.Type) *abi.Type {
	shapes.RLock()
	t := shapes.types[s]
	shapes.RUnlock()
	if t == nil {
		t = orMake(s.kind, func(t *abi.Type) bool { return shapeOf(t) == s }, build)
		shapes.Lock()
		shapes.types[s] = t
		shapes.Unlock()
	}
	return t
}

// header fills in what types of all kinds have.
func header(t *abi.Type, kind abi.Kind, name string, size, align uintptr) {
	t.Size_ = size
	t.KindBits = uint8(kind)
	t.Align, t.FieldAlig = uint8(align), uint8(align)
	t.SetName(name)
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	t.Hash = h
}

// comparable marks that values can be compared; how, the runtime knows by the kind.
var comparableMark byte

// bitmap has a bit for each word that may be a pointer.
type bitmap []byte

func (b bitmap) add(t *abi.Type, offset uintptr) {
	source := unsafe.Slice(t.GCData, (t.PtrBytes/8+7)/8)
	for i := range t.PtrBytes / 8 {
		if source[i/8]>>(i%8)&1 != 0 {
			at := offset/8 + i
			b[at/8] |= 1 << (at % 8)
		}
	}
}

func newBitmap(bytes uintptr) bitmap { return make(bitmap, (bytes/8+7)/8+1) }

func onePointer(t *abi.Type) {
	t.PtrBytes = 8
	b := newBitmap(8)
	b[0] = 1
	t.GCData = &b[0]
}

// PointerTo is the type of pointers to t.
func PointerTo(t Type) Type { return toType(pointerTo(t.descriptor())) }

// PtrTo is the older name of PointerTo.
func PtrTo(t Type) Type { return PointerTo(t) }

func pointerTo(elem *abi.Type) *abi.Type {
	if elem.PtrToThis != 0 {
		return abi.ResolveType(elem.PtrToThis)
	}
	return shaped(shape{kind: abi.Pointer, elem: elem}, func() *abi.Type {
		p := new(abi.MadePointer)
		header(&p.Type, abi.Pointer|abi.DirectIface, "*"+elem.String(), 8, 8)
		onePointer(&p.Type)
		p.Equal = unsafe.Pointer(&comparableMark)
		p.Elem = elem
		// A method that takes the address of a value takes a pointer as well.
		if methods := elem.Methods(); len(methods) <= len(p.Methods) && !elem.IsDirectIface() {
			p.Promote(methods)
		}
		return &p.Type
	})
}

// SliceOf is the type of slices of t.
func SliceOf(t Type) Type { return toType(sliceOf(t.descriptor())) }

func sliceOf(elem *abi.Type) *abi.Type {
	return shaped(shape{kind: abi.Slice, elem: elem}, func() *abi.Type {
		s := new(abi.MadeSlice)
		header(&s.Type, abi.Slice, "[]"+elem.String(), 24, 8)
		onePointer(&s.Type)
		s.Elem = elem
		return &s.Type
	})
}

// ArrayOf is the type of arrays of t.
func ArrayOf(length int, elem Type) Type {
	if length < 0 {
		panic("reflect: negative length passed to ArrayOf")
	}
	return toType(arrayOf(length, elem.descriptor()))
}

func arrayOf(length int, elem *abi.Type) *abi.Type {
	if elem.Size_ > 0 && uintptr(length) > (1<<47)/elem.Size_ {
		panic("reflect.ArrayOf: array size would exceed virtual address space")
	}
	slice := sliceOf(elem)
	return shaped(shape{kind: abi.Array, elem: elem, n: length}, func() *abi.Type {
		a := new(abi.MadeArray)
		header(&a.Type, abi.Array, "["+strconv.Itoa(length)+"]"+elem.String(), elem.Size_*uintptr(length), uintptr(elem.Align))
		a.Elem, a.Slice, a.Len = elem, slice, uintptr(length)
		a.Equal = elem.Equal
		if length > 0 && elem.PtrBytes > 0 {
			a.PtrBytes = elem.Size_*uintptr(length-1) + elem.PtrBytes
			b := newBitmap(a.PtrBytes)
			for i := range uintptr(length) {
				b.add(elem, i*elem.Size_)
			}
			a.GCData = &b[0]
		}
		if length == 1 && elem.IsDirectIface() {
			a.KindBits |= uint8(abi.DirectIface)
		}
		return &a.Type
	})
}

// ChanOf is the type of channels of t.
func ChanOf(dir ChanDir, t Type) Type {
	elem := t.descriptor()
	if elem.Size_ >= 1<<16 {
		panic("reflect.ChanOf: element size too large")
	}
	return toType(shaped(shape{kind: abi.Chan, elem: elem, n: int(dir)}, func() *abi.Type {
		c := new(abi.MadeChan)
		name := elem.String()
		switch {
		case dir == SendDir:
			name = "chan<- " + name
		case dir == RecvDir:
			name = "<-chan " + name
		case dir != BothDir:
			panic("reflect.ChanOf: invalid dir")
		case name != "" && name[0] == '<':
			name = "chan (" + name + ")"
		default:
			name = "chan " + name
		}
		header(&c.Type, abi.Chan|abi.DirectIface, name, 8, 8)
		onePointer(&c.Type)
		c.Equal = unsafe.Pointer(&comparableMark)
		c.Elem, c.Dir = elem, int(dir)
		return &c.Type
	}))
}

// MapOf is the type of maps from key to elem.
func MapOf(key, elem Type) Type {
	k, e := key.descriptor(), elem.descriptor()
	if k.Equal == nil {
		panic("reflect.MapOf: invalid key type " + k.String())
	}
	return toType(shaped(shape{kind: abi.Map, elem: e, key: k}, func() *abi.Type {
		m := new(abi.MadeMap)
		header(&m.Type, abi.Map|abi.DirectIface, "map["+k.String()+"]"+e.String(), 8, 8)
		onePointer(&m.Type)
		m.Key, m.Elem = k, e
		return &m.Type
	}))
}

// FuncOf is the type of functions with these parameters and results.
func FuncOf(in, out []Type, variadic bool) Type {
	if variadic && (len(in) == 0 || in[len(in)-1].Kind() != Slice) {
		panic("reflect.FuncOf: last arg of variadic func must be slice")
	}
	descriptors := func(list []Type) []*abi.Type {
		all := make([]*abi.Type, len(list))
		for i, t := range list {
			all[i] = t.descriptor()
		}
		return all
	}
	return toType(funcOf(descriptors(in), descriptors(out), variadic))
}

func equalTypes(a, b []*abi.Type) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func funcOf(in, out []*abi.Type, variadic bool) *abi.Type {
	fits := func(t *abi.Type) bool {
		in2, out2, variadic2 := funcTypes(t)
		return variadic == variadic2 && equalTypes(in, in2) && equalTypes(out, out2)
	}
	return orMake(abi.Func, fits, func() *abi.Type {
		if len(in)+len(out) > len(abi.MadeFunc{}.Types) {
			panic("reflect.FuncOf: too many arguments")
		}
		name := "func("
		for i, t := range in {
			if i > 0 {
				name += ", "
			}
			if variadic && i == len(in)-1 {
				name += "..." + t.Elem().String()
			} else {
				name += t.String()
			}
		}
		name += ")"
		switch len(out) {
		case 0:
		case 1:
			name += " " + out[0].String()
		default:
			name += " ("
			for i, t := range out {
				if i > 0 {
					name += ", "
				}
				name += t.String()
			}
			name += ")"
		}
		f := new(abi.MadeFunc)
		header(&f.Type, abi.Func|abi.DirectIface, name, 8, 8)
		onePointer(&f.Type)
		f.InCount, f.OutCount = uint16(len(in)), uint16(len(out))
		if variadic {
			f.OutCount |= 0x8000
		}
		copy(f.Types[copy(f.Types[:], in):], out)
		return &f.Type
	})
}

// StructOf is the type of structs with these fields; embedded fields have no promoted methods.
func StructOf(fields []StructField) Type {
	var size, ptrBytes uintptr
	align := uintptr(1)
	name := "struct {"
	list := make([]abi.StructField, len(fields))
	names := map[string]bool{}
	canCompare := true
	pkg := ""
	for i, f := range fields {
		if f.Name == "" {
			panic("reflect.StructOf: field " + strconv.Itoa(i) + " has no name")
		}
		if f.Type == nil {
			panic("reflect.StructOf: field " + strconv.Itoa(i) + " has no type")
		}
		if names[f.Name] && f.Name != "_" {
			panic("reflect.StructOf: duplicate field " + f.Name)
		}
		names[f.Name] = true
		exported := f.Name[0] >= 'A' && f.Name[0] <= 'Z' || f.Name[0] >= 0x80
		if !exported && f.PkgPath == "" {
			panic("reflect.StructOf: field \"" + f.Name + "\" is unexported but missing PkgPath")
		}
		if !exported {
			pkg = f.PkgPath
		}
		t := f.Type.descriptor()
		a := uintptr(t.FieldAlig)
		size = (size + a - 1) &^ (a - 1)
		align = max(align, a)
		list[i] = abi.StructField{Name: abi.NewName(f.Name, string(f.Tag), exported, f.Anonymous), Typ: t, Offset: size}
		if t.PtrBytes > 0 {
			ptrBytes = size + t.PtrBytes
		}
		size += t.Size_
		canCompare = canCompare && t.Equal != nil
		if i > 0 {
			name += ";"
		}
		name += " "
		if !f.Anonymous {
			name += f.Name + " "
		}
		name += t.String()
		if f.Tag != "" {
			name += " " + strconv.Quote(string(f.Tag))
		}
	}
	if len(fields) > 0 {
		name += " "
		// A pointer behind the last field must not lead to the next object.
		if size > 0 && list[len(list)-1].Typ.Size_ == 0 {
			size++
		}
	}
	name += "}"
	size = (size + align - 1) &^ (align - 1)
	fits := func(t *abi.Type) bool {
		have := structFields(t)
		if len(have) != len(list) {
			return false
		}
		for i := range have {
			h, w := &have[i], &list[i]
			if h.Typ != w.Typ || h.Offset != w.Offset || h.Name.String() != w.Name.String() || h.Name.Tag() != w.Name.Tag() ||
				h.Name.IsEmbedded() != w.Name.IsEmbedded() {
				return false
			}
		}
		return pkg == "" || (*abi.StructType)(unsafe.Pointer(t)).PkgPath.String() == pkg
	}
	return toType(orMake(abi.Struct, fits, func() *abi.Type {
		s := new(abi.MadeStruct)
		header(&s.Type, abi.Struct, name, size, align)
		s.Fields = list
		if pkg != "" {
			s.PkgPath = abi.NewName(pkg, "", false, false)
		}
		if canCompare {
			s.Equal = unsafe.Pointer(&comparableMark)
		}
		if ptrBytes > 0 {
			s.PtrBytes = ptrBytes
			b := newBitmap(ptrBytes)
			for _, f := range list {
				b.add(f.Typ, f.Offset)
			}
			s.GCData = &b[0]
		}
		if len(list) == 1 && list[0].Typ.IsDirectIface() {
			s.KindBits |= uint8(abi.DirectIface)
		}
		return &s.Type
	}))
}
