// Package abi mirrors the type descriptors that the compiler emits (runtime/abi/src/types.rs) for the bundled packages
// that look at dynamic types: errors, fmt, sort, runtime.
package abi

import "unsafe"

type Kind uint8

const (
	Invalid Kind = iota
	Bool
	Int
	Int8
	Int16
	Int32
	Int64
	Uint
	Uint8
	Uint16
	Uint32
	Uint64
	Uintptr
	Float32
	Float64
	Complex64
	Complex128
	Array
	Chan
	Func
	Interface
	Map
	Pointer
	Slice
	String
	Struct
	UnsafePointer
)

const (
	kindMask        = 31
	kindDirectIface = 32

	tflagUncommon  = 1
	tflagExtraStar = 2
	tflagNamed     = 4
	// The descriptor was made at run time; its name stands before it.
	tflagMade = 64
)

// TFlag are flags of a type.
type TFlag uint8

// Flags by the names that Go's linker has for them.
const (
	TFlagUncommon       TFlag = tflagUncommon
	TFlagExtraStar      TFlag = tflagExtraStar
	TFlagNamed          TFlag = tflagNamed
	TFlagRegularMemory  TFlag = 8
	TFlagGCMaskOnDemand TFlag = 16
)

type Type struct {
	Size_     uintptr
	PtrBytes  uintptr
	Hash      uint32
	TFlag     uint8
	Align     uint8
	FieldAlig uint8
	KindBits  uint8
	Equal     unsafe.Pointer
	GCData    *byte
	Str       int32
	PtrToThis int32
}

type ArrayType struct {
	Type
	Elem  *Type
	Slice *Type
	Len   uintptr
}

type ChanType struct {
	Type
	Elem *Type
	Dir  int
}

type FuncType struct {
	Type
	InCount  uint16
	OutCount uint16
}

type InterfaceType struct {
	Type
	PkgPath Name
	Methods []Imethod
}

type Imethod struct {
	Name int32
	Typ  int32
}

type MapType struct {
	Type
	Key  *Type
	Elem *Type
}

type PtrType struct {
	Type
	Elem *Type
}

type SliceType struct {
	Type
	Elem *Type
}

type StructType struct {
	Type
	PkgPath Name
	Fields  []StructField
}

type StructField struct {
	Name   Name
	Typ    *Type
	Offset uintptr
}

type UncommonType struct {
	PkgPath int32
	Mcount  uint16
	Xcount  uint16
	Moff    uint32
	_       uint32
}

type Method struct {
	Name int32
	Mtyp int32
	Ifn  int32
	Tfn  int32
}

// A Name is an encoded name: a flag byte, a varint length, the bytes, then perhaps a tag and a package path.
type Name struct {
	Bytes *byte
}

func (n Name) at(i int) byte {
	return *(*byte)(unsafe.Add(unsafe.Pointer(n.Bytes), i))
}

// varint reads the length at offset i: its value, and the number of bytes it takes.
func (n Name) varint(i int) (value, size int) {
	for shift := 0; ; shift += 7 {
		b := n.at(i + size)
		size++
		value |= int(b&0x7f) << shift
		if b < 0x80 {
			return value, size
		}
	}
}

func (n Name) String() string {
	if n.Bytes == nil {
		return ""
	}
	length, size := n.varint(1)
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(n.Bytes), 1+size)), length)
}

func (n Name) IsExported() bool { return n.at(0)&1 != 0 }
func (n Name) IsEmbedded() bool { return n.at(0)&8 != 0 }

func (t *Type) Kind() Kind          { return Kind(t.KindBits & kindMask) }
func (t *Type) IsDirectIface() bool { return t.KindBits&kindDirectIface != 0 }
func (t *Type) HasName() bool       { return t.TFlag&tflagNamed != 0 }

// String is the type as %T prints it.
func (t *Type) String() string {
	if t.TFlag&tflagMade != 0 {
		return *(*string)(unsafe.Add(unsafe.Pointer(t), -int(unsafe.Sizeof(""))))
	}
	s := Name{(*byte)(resolveNameOff(int64(t.Str)))}.String()
	if t.TFlag&tflagExtraStar != 0 {
		return s[1:]
	}
	return s
}

// Elem is the element type of an array, channel, map, pointer or slice type, else nil.
func (t *Type) Elem() *Type {
	switch t.Kind() {
	case Array:
		return (*ArrayType)(unsafe.Pointer(t)).Elem
	case Chan:
		return (*ChanType)(unsafe.Pointer(t)).Elem
	case Map:
		return (*MapType)(unsafe.Pointer(t)).Elem
	case Pointer:
		return (*PtrType)(unsafe.Pointer(t)).Elem
	case Slice:
		return (*SliceType)(unsafe.Pointer(t)).Elem
	}
	return nil
}

// Implements reports whether values of type t implement the interface type inter.
func Implements(inter, t *Type) bool {
	return assertIfaceOK(unsafe.Pointer(inter), unsafe.Pointer(t)) != nil
}

// Itab is the table for t as inter, nil if t does not implement it.
func Itab(inter, t *Type) unsafe.Pointer {
	return assertIfaceOK(unsafe.Pointer(inter), unsafe.Pointer(t))
}

// Eface is the representation of an empty interface.
type Eface struct {
	Type *Type
	Data unsafe.Pointer
}

// EfaceOf gives access to the two words of an interface.
func EfaceOf(v *any) *Eface {
	return (*Eface)(unsafe.Pointer(v))
}

// TypeOf is the dynamic type of v, nil for a nil interface.
func TypeOf(v any) *Type {
	return EfaceOf(&v).Type
}

// Load makes an interface of the value of type t at p. Values of concrete types that are not one pointer share the
// memory; an interface type gives what the interface holds.
func Load(t *Type, p unsafe.Pointer) any {
	if t.Kind() == Interface {
		if len((*InterfaceType)(unsafe.Pointer(t)).Methods) == 0 {
			return *(*any)(p)
		}
		words := (*[2]unsafe.Pointer)(p)
		if words[0] == nil {
			return nil
		}
		e := Eface{*(**Type)(unsafe.Add(words[0], 8)), words[1]}
		return *(*any)(unsafe.Pointer(&e))
	}
	e := Eface{t, p}
	if t.IsDirectIface() {
		e.Data = *(*unsafe.Pointer)(p)
	}
	return *(*any)(unsafe.Pointer(&e))
}

// ResolveType is the descriptor at an offset in the type section.
func ResolveType(off int32) *Type {
	return (*Type)(resolveTypeOff(int64(off)))
}

//go:linkname resolveNameOff escargo.resolve_name_off
func resolveNameOff(off int64) unsafe.Pointer

//go:linkname resolveTypeOff escargo.resolve_type_off
func resolveTypeOff(off int64) unsafe.Pointer

//go:linkname assertIfaceOK escargo.assert_iface_ok
func assertIfaceOK(inter, typ unsafe.Pointer) unsafe.Pointer

// ResolveName is the name at an offset in the type section.
func ResolveName(off int32) Name {
	return Name{(*byte)(resolveNameOff(int64(off)))}
}

// Uncommon is the part of a descriptor that named types and types with methods have, else nil.
func (t *Type) Uncommon() *UncommonType {
	if t.TFlag&tflagUncommon == 0 {
		return nil
	}
	size := unsafe.Sizeof(Type{})
	switch t.Kind() {
	case Array:
		size = unsafe.Sizeof(ArrayType{})
	case Chan:
		size = unsafe.Sizeof(ChanType{})
	case Func:
		size = unsafe.Sizeof(FuncType{})
	case Interface:
		size = unsafe.Sizeof(InterfaceType{})
	case Map:
		size = mapTypeSize
	case Pointer:
		size = unsafe.Sizeof(PtrType{})
	case Slice:
		size = unsafe.Sizeof(SliceType{})
	case Struct:
		size = unsafe.Sizeof(StructType{})
	}
	return (*UncommonType)(unsafe.Add(unsafe.Pointer(t), size))
}

// mapTypeSize is the size of a map type's descriptor, the runtime's own words included.
const mapTypeSize = 104

var kindNames = [...]string{"invalid", "bool", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32",
	"uint64", "uintptr", "float32", "float64", "complex64", "complex128", "array", "chan", "func", "interface", "map", "ptr",
	"slice", "string", "struct", "unsafe.Pointer"}

func (k Kind) String() string { return kindNames[k] }
