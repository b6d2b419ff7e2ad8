package abi

import "unsafe"

// DirectIface marks kinds whose values an interface holds itself.
const DirectIface Kind = kindDirectIface

// Descriptors that package reflect makes, with their names in front.
type (
	MadePointer struct {
		name string
		PtrType
		UncommonType
		Methods [32]Method
	}

	MadeSlice struct {
		name string
		SliceType
	}

	MadeArray struct {
		name string
		ArrayType
	}

	MadeChan struct {
		name string
		ChanType
	}

	MadeMap struct {
		name string
		MapType
		_ [5]uintptr
	}

	MadeFunc struct {
		name string
		FuncType
		Types [64]*Type
	}

	MadeStruct struct {
		name string
		StructType
	}
)

// SetName names a descriptor that is part of one of the types above.
func (t *Type) SetName(name string) {
	t.TFlag |= tflagMade
	*(*string)(unsafe.Add(unsafe.Pointer(t), -int(unsafe.Sizeof("")))) = name
}

// Promote gives a pointer type methods.
func (p *MadePointer) Promote(methods []Method) {
	if len(methods) == 0 {
		return
	}
	p.TFlag |= tflagUncommon
	p.Mcount = uint16(copy(p.Methods[:], methods))
	p.Moff = uint32(unsafe.Sizeof(UncommonType{}))
}

// Methods are the methods of a type that is not an interface, sorted by name.
func (t *Type) Methods() []Method {
	u := t.Uncommon()
	if u == nil || u.Mcount == 0 {
		return nil
	}
	return unsafe.Slice((*Method)(unsafe.Add(unsafe.Pointer(u), u.Moff)), u.Mcount)
}

// tag is where a name's tag begins and its length.
func (n Name) tag() (at, length int) {
	size, width := n.varint(1)
	at = 1 + width + size
	if n.at(0)&2 == 0 {
		return at, 0
	}
	length, width = n.varint(at)
	return at + width, length
}

// Tag is a field's tag.
func (n Name) Tag() string {
	at, length := n.tag()
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(n.Bytes), at)), length)
}

// PkgPath is the package of an unexported name, empty if the name does not say.
func (n Name) PkgPath() string {
	if n.Bytes == nil || n.at(0)&4 == 0 {
		return ""
	}
	at, length := n.tag()
	var off int32
	for i := range 4 {
		off |= int32(n.at(at+length+i)) << (8 * i)
	}
	return ResolveName(off).String()
}

// NewName encodes a name.
func NewName(name, tag string, exported, embedded bool) Name {
	var flags byte
	if exported {
		flags |= 1
	}
	if tag != "" {
		flags |= 2
	}
	if embedded {
		flags |= 8
	}
	b := appendText([]byte{flags}, name)
	if tag != "" {
		b = appendText(b, tag)
	}
	return Name{&b[0]}
}

func appendText(b []byte, s string) []byte {
	n := len(s)
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(append(b, byte(n)), s...)
}

// Reflected is what a reflect.Value holds; its type is nil if that is nothing.
type Reflected struct {
	Type *Type
	// Where it is or, if direct, the value itself, which is one pointer.
	Data   unsafe.Pointer
	Direct bool
	// An embedded one is read-only, its exported fields are not.
	ReadOnly, Embedded bool
}

// ReflectValue tells what v holds if it is a reflect.Value. Package reflect sets it; package fmt uses it.
var ReflectValue func(v any) (r Reflected, is bool)

// ResolveText is the code of a method.
func ResolveText(off int32) unsafe.Pointer { return resolveTextOff(int64(off)) }

//go:linkname resolveTextOff escargo.resolve_text_off
func resolveTextOff(off int64) unsafe.Pointer
