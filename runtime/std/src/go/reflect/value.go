package reflect

import (
	"internal/abi"
	"strconv"
	"unsafe"
)

// A Value is a value of any type.
type Value struct {
	t *abi.Type
	// The address of the value or, with flagDirect, the value itself, which is one pointer; for a method value, its
	// receiver's.
	p    unsafe.Pointer
	flag flag
}

type flag uint32

const (
	// The value can be set, its address taken.
	flagAddr flag = 1 << iota
	// Read-only: reached through an unexported field. Of one that is embedded, and of what its pointer points to, exported
	// fields are as free as the struct around it; anything else that is reached from it is not.
	flagStickyRO
	flagEmbedRO
	// A method value: its index stands in the upper bits.
	flagMethod
	// The value is one pointer, held without memory of its own; never with flagAddr. Only types that an interface holds
	// directly, and not always they: a field or an element stays where it is.
	flagDirect

	flagRO      = flagStickyRO | flagEmbedRO
	methodShift = 8
)

// ro is what a value that is part of one with these flags, or made of it, has of them: read-only for good.
func (f flag) ro() flag {
	if f&flagRO == 0 {
		return 0
	}
	return flagStickyRO
}

// A ValueError is a call of a method on a Value of the wrong kind.
type ValueError struct {
	Method string
	Kind   Kind
}

func (e *ValueError) Error() string {
	if e.Kind == Invalid {
		return "reflect: call of " + e.Method + " on zero Value"
	}
	return "reflect: call of " + e.Method + " on " + e.Kind.String() + " Value"
}

//go:linkname typedMove escargo.typed_move
func typedMove(t, dst, src unsafe.Pointer, n int)

//go:linkname typedClear escargo.typed_clear
func typedClear(t, p unsafe.Pointer, n int)

//go:linkname unsafeNew escargo.unsafe_new
func unsafeNew(t unsafe.Pointer) unsafe.Pointer

//go:linkname unsafeNewArray escargo.unsafe_new_array
func unsafeNewArray(t unsafe.Pointer, n int) unsafe.Pointer

//go:linkname valueEqual escargo.value_equal
func valueEqual(t, p, q unsafe.Pointer) int

func alloc(t *abi.Type) unsafe.Pointer          { return unsafeNew(unsafe.Pointer(t)) }
func move(t *abi.Type, dst, src unsafe.Pointer) { typedMove(unsafe.Pointer(t), dst, src, 1) }

// zeros is what values that are zero and can not be set share.
var zeros [1024]byte

// zeroOf is the zero value of a type.
func zeroOf(t *abi.Type) Value {
	switch {
	case t.IsDirectIface():
		return Value{t, nil, flagDirect}
	case t.Size_ <= uintptr(len(zeros)):
		return Value{t, unsafe.Pointer(&zeros), 0}
	}
	return Value{t, alloc(t), 0}
}

// word is the first word of a value that begins with a pointer.
func (v Value) word() unsafe.Pointer {
	if v.flag&flagDirect != 0 {
		return v.p
	}
	return *(*unsafe.Pointer)(v.p)
}

// addr is where a value is in memory; one that is held directly is put there.
func (v Value) addr() unsafe.Pointer {
	if v.flag&flagDirect == 0 {
		return v.p
	}
	word := new(unsafe.Pointer)
	*word = v.p
	return unsafe.Pointer(word)
}

// storeTo copies a value to memory of its type.
func (v Value) storeTo(dst unsafe.Pointer) {
	if v.flag&flagDirect != 0 {
		*(*unsafe.Pointer)(dst) = v.p
	} else {
		move(v.t, dst, v.p)
	}
}

// sink takes what must not be on a stack, since reflection hides where it goes.
var sink struct {
	never bool
	v     any
}

func escape(v any) {
	if sink.never {
		sink.v = v
	}
}

func init() {
	abi.ReflectValue = func(v any) (_ abi.Reflected, is bool) {
		r, ok := v.(Value)
		if !ok {
			return
		}
		if r.flag&flagMethod != 0 {
			r = r.bound()
		}
		return abi.Reflected{r.t, r.p, r.flag&flagDirect != 0, r.flag&flagRO != 0, r.flag&flagRO == flagEmbedRO}, true
	}
}

// ValueOf is what an interface holds; the zero Value for nil.
func ValueOf(i any) Value {
	if i == nil {
		return Value{}
	}
	escape(i)
	return unpack(i)
}

func unpack(i any) Value {
	e := abi.EfaceOf(&i)
	if e.Type == nil {
		return Value{}
	}
	if e.Type.IsDirectIface() {
		return Value{e.Type, e.Data, flagDirect}
	}
	return Value{e.Type, e.Data, 0}
}

// pack makes an interface of v with memory of its own.
func (v Value) pack() any {
	if v.flag&flagMethod != 0 {
		v = v.bound()
	}
	switch {
	case v.flag&flagDirect != 0:
		e := abi.Eface{Type: v.t, Data: v.p}
		return *(*any)(unsafe.Pointer(&e))
	case v.t.Kind() != abi.Interface && !v.t.IsDirectIface() && v.flag&flagAddr != 0:
		c := alloc(v.t)
		move(v.t, c, v.p)
		return abi.Load(v.t, c)
	}
	return abi.Load(v.t, v.p)
}

func (v Value) kind() Kind {
	if v.t == nil {
		return Invalid
	}
	if v.flag&flagMethod != 0 {
		return Func
	}
	return Kind(v.t.Kind())
}

// noMethod stands for the name of a method in checks of functions.
const noMethod = ""

// methodName is what panics call a method of Value.
func methodName(method string) string {
	if method == noMethod {
		return "unknown method"
	}
	return "reflect.Value." + method
}

func (v Value) must(k Kind, method string) {
	if v.kind() != k {
		panic(&ValueError{methodName(method), v.kind()})
	}
}

func (v Value) mustExported(method string) {
	if v.t == nil {
		panic(&ValueError{methodName(method), Invalid})
	}
	if v.flag&flagRO != 0 {
		panic("reflect: " + methodName(method) + " using value obtained using unexported field")
	}
}

func (v Value) mustAssignable(method string) {
	v.mustExported(method)
	if v.flag&flagAddr == 0 {
		panic("reflect: " + methodName(method) + " using unaddressable value")
	}
}

func (v Value) IsValid() bool { return v.t != nil }
func (v Value) Kind() Kind    { return v.kind() }
func (v Value) CanAddr() bool { return v.flag&flagAddr != 0 }
func (v Value) CanSet() bool  { return v.flag&(flagAddr|flagRO) == flagAddr }

func (v Value) CanInterface() bool {
	if v.t == nil {
		panic(&ValueError{"reflect.Value.CanInterface", Invalid})
	}
	return v.flag&flagRO == 0
}

func (v Value) Type() Type {
	if v.t == nil {
		panic(&ValueError{"reflect.Value.Type", Invalid})
	}
	if v.flag&flagMethod != 0 {
		return toType(v.methodType())
	}
	return toType(v.t)
}

func (v Value) Interface() (i any) {
	if v.t == nil {
		panic(&ValueError{"reflect.Value.Interface", Invalid})
	}
	if v.flag&flagRO != 0 {
		panic("reflect.Value.Interface: cannot return value obtained from unexported field or method")
	}
	return v.pack()
}

// TypeAssert is v.Interface().(T).
func TypeAssert[T any](v Value) (T, bool) {
	if v.t == nil {
		panic(&ValueError{"reflect.TypeAssert", Invalid})
	}
	if v.flag&flagRO != 0 {
		panic("reflect.TypeAssert: cannot return value obtained from unexported field or method")
	}
	t, ok := v.pack().(T)
	return t, ok
}

func (v Value) InterfaceData() [2]uintptr {
	v.must(Interface, "InterfaceData")
	return *(*[2]uintptr)(v.p)
}

func (v Value) Addr() Value {
	if v.flag&flagAddr == 0 {
		panic("reflect.Value.Addr of unaddressable value")
	}
	return Value{pointerTo(v.t), v.p, v.flag&flagRO | flagDirect}
}

func (v Value) UnsafeAddr() uintptr {
	if v.t == nil {
		panic(&ValueError{"reflect.Value.UnsafeAddr", Invalid})
	}
	if v.flag&flagAddr == 0 {
		panic("reflect.Value.UnsafeAddr of unaddressable value")
	}
	return uintptr(v.p)
}

func (v Value) Bool() bool {
	v.must(Bool, "Bool")
	return *(*bool)(v.p)
}

func (v Value) Int() int64 {
	switch v.kind() {
	case Int, Int64:
		return *(*int64)(v.p)
	case Int8:
		return int64(*(*int8)(v.p))
	case Int16:
		return int64(*(*int16)(v.p))
	case Int32:
		return int64(*(*int32)(v.p))
	}
	panic(&ValueError{"reflect.Value.Int", v.kind()})
}

func (v Value) Uint() uint64 {
	switch v.kind() {
	case Uint, Uint64, Uintptr:
		return *(*uint64)(v.p)
	case Uint8:
		return uint64(*(*uint8)(v.p))
	case Uint16:
		return uint64(*(*uint16)(v.p))
	case Uint32:
		return uint64(*(*uint32)(v.p))
	}
	panic(&ValueError{"reflect.Value.Uint", v.kind()})
}

func (v Value) Float() float64 {
	switch v.kind() {
	case Float32:
		return float64(*(*float32)(v.p))
	case Float64:
		return *(*float64)(v.p)
	}
	panic(&ValueError{"reflect.Value.Float", v.kind()})
}

func (v Value) Complex() complex128 {
	switch v.kind() {
	case Complex64:
		return complex128(*(*complex64)(v.p))
	case Complex128:
		return *(*complex128)(v.p)
	}
	panic(&ValueError{"reflect.Value.Complex", v.kind()})
}

// String is a string's text; of other kinds, the type in angle brackets.
func (v Value) String() string {
	switch v.kind() {
	case String:
		return *(*string)(v.p)
	case Invalid:
		return "<invalid Value>"
	}
	return "<" + v.Type().String() + " Value>"
}

func (v Value) CanInt() bool     { k := v.kind(); return Int <= k && k <= Int64 }
func (v Value) CanUint() bool    { k := v.kind(); return Uint <= k && k <= Uintptr }
func (v Value) CanFloat() bool   { k := v.kind(); return k == Float32 || k == Float64 }
func (v Value) CanComplex() bool { k := v.kind(); return k == Complex64 || k == Complex128 }

func (v Value) OverflowInt(x int64) bool {
	if !v.CanInt() {
		panic(&ValueError{"reflect.Value.OverflowInt", v.kind()})
	}
	shift := 64 - 8*uint(v.t.Size_)
	return x<<shift>>shift != x
}

func (v Value) OverflowUint(x uint64) bool {
	if !v.CanUint() {
		panic(&ValueError{"reflect.Value.OverflowUint", v.kind()})
	}
	shift := 64 - 8*uint(v.t.Size_)
	return x<<shift>>shift != x
}

func overflowFloat32(x float64) bool {
	if x < 0 {
		x = -x
	}
	const max32 = 0x1p127 * (1 + (1 - 0x1p-23))
	const max64 = 0x1p1023 * (1 + (1 - 0x1p-52))
	return max32 < x && x <= max64
}

func (v Value) OverflowFloat(x float64) bool {
	switch v.kind() {
	case Float32:
		return overflowFloat32(x)
	case Float64:
		return false
	}
	panic(&ValueError{"reflect.Value.OverflowFloat", v.kind()})
}

func (v Value) OverflowComplex(x complex128) bool {
	switch v.kind() {
	case Complex64:
		return overflowFloat32(real(x)) || overflowFloat32(imag(x))
	case Complex128:
		return false
	}
	panic(&ValueError{"reflect.Value.OverflowComplex", v.kind()})
}

func (v Value) IsNil() bool {
	switch v.kind() {
	case Chan, Func, Map, Pointer, UnsafePointer, Slice:
		return v.flag&flagMethod == 0 && v.word() == nil
	case Interface:
		return *(*unsafe.Pointer)(v.p) == nil
	}
	panic(&ValueError{"reflect.Value.IsNil", v.kind()})
}

func (v Value) IsZero() bool {
	switch v.kind() {
	case Invalid:
		panic(&ValueError{"reflect.Value.IsZero", Invalid})
	case Float32, Float64, Complex64, Complex128:
		// Negative zero is not zero.
		for i := range v.t.Size_ {
			if *(*byte)(unsafe.Add(v.p, i)) != 0 {
				return false
			}
		}
		return true
	case Array:
		for i := range v.Len() {
			if !v.Index(i).IsZero() {
				return false
			}
		}
		return true
	case Struct:
		for i := range v.NumField() {
			if !v.Field(i).IsZero() && structFields(v.t)[i].Name.String() != "_" {
				return false
			}
		}
		return true
	case String:
		return v.Len() == 0
	case Chan, Func, Interface, Map, Pointer, Slice, UnsafePointer:
		return v.IsNil()
	}
	for i := range v.t.Size_ {
		if *(*byte)(unsafe.Add(v.p, i)) != 0 {
			return false
		}
	}
	return true
}

// Pointer is the address that v holds, as a number.
func (v Value) Pointer() uintptr { return uintptr(v.address("Pointer")) }

func (v Value) UnsafePointer() unsafe.Pointer { return v.address("UnsafePointer") }

func (v Value) address(method string) unsafe.Pointer {
	switch v.kind() {
	case Pointer, Chan, Map, UnsafePointer, Slice, String:
		return v.word()
	case Func:
		if v.flag&flagMethod != 0 {
			v = v.bound()
		}
		f := v.word()
		if f != nil {
			f = *(*unsafe.Pointer)(f)
		}
		return f
	}
	panic(&ValueError{"reflect.Value." + method, v.kind()})
}

func (v Value) Elem() Value {
	switch v.kind() {
	case Interface:
		x := unpack(abi.Load(v.t, v.p))
		if x.t != nil {
			x.flag |= v.flag.ro()
		}
		return x
	case Pointer:
		p := v.word()
		if p == nil {
			return Value{}
		}
		return Value{v.t.Elem(), p, v.flag&flagRO | flagAddr}
	}
	panic(&ValueError{"reflect.Value.Elem", v.kind()})
}

// Indirect is what v points to, v itself if it is no pointer.
func Indirect(v Value) Value {
	if v.kind() != Pointer {
		return v
	}
	return v.Elem()
}

func (v Value) NumField() int {
	v.must(Struct, "NumField")
	return len(structFields(v.t))
}

func (v Value) Field(i int) Value {
	v.must(Struct, "Field")
	fields := structFields(v.t)
	if uint(i) >= uint(len(fields)) {
		panic("reflect: Field index out of range")
	}
	f := &fields[i]
	fl := v.flag & (flagAddr | flagStickyRO)
	if !f.Name.IsExported() {
		if f.Name.IsEmbedded() {
			fl |= flagEmbedRO
		} else {
			fl |= flagStickyRO
		}
	}
	if v.flag&flagDirect != 0 {
		if f.Typ.Size_ == 0 {
			return Value{f.Typ, unsafe.Pointer(&zeros), fl}
		}
		return Value{f.Typ, v.p, fl | flagDirect}
	}
	return Value{f.Typ, unsafe.Add(v.p, f.Offset), fl}
}

func (v Value) FieldByIndex(index []int) Value {
	v, err := v.fieldByIndex(index)
	if err != nil {
		panic("reflect: indirection through nil pointer to embedded struct")
	}
	return v
}

type nilEmbedded struct{ typ string }

func (e *nilEmbedded) Error() string {
	return "reflect: indirection through nil pointer to embedded struct field " + e.typ
}

func (v Value) FieldByIndexErr(index []int) (Value, error) { return v.fieldByIndex(index) }

func (v Value) fieldByIndex(index []int) (Value, error) {
	if len(index) == 1 {
		return v.Field(index[0]), nil
	}
	v.must(Struct, "FieldByIndex")
	for i, x := range index {
		if i > 0 && v.kind() == Pointer && v.t.Elem().Kind() == abi.Struct {
			if v.IsNil() {
				return Value{}, &nilEmbedded{toType(v.t.Elem()).Name()}
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v, nil
}

func (v Value) FieldByName(name string) Value {
	v.must(Struct, "FieldByName")
	if f, ok := toType(v.t).FieldByName(name); ok {
		return v.FieldByIndex(f.Index)
	}
	return Value{}
}

func (v Value) FieldByNameFunc(match func(string) bool) Value {
	if f, ok := toType(v.t).FieldByNameFunc(match); ok {
		return v.FieldByIndex(f.Index)
	}
	return Value{}
}

// assigned is v as a value that can be stored in a variable of type t.
func (v Value) assigned(context string, t *abi.Type) Value {
	if v.t == nil {
		panic(context + ": value of type nil is not assignable to type " + t.String())
	}
	if v.flag&flagMethod != 0 {
		v = v.bound()
	}
	switch {
	case directlyAssignable(t, v.t):
		return Value{t, v.p, v.flag&(flagAddr|flagDirect) | v.flag.ro()}
	case t.Kind() == abi.Interface && implements(t, v.t):
		if v.kind() == Interface && v.IsNil() {
			return zeroOf(t)
		}
		return toInterface(v, t)
	}
	panic(context + ": value of type " + v.t.String() + " is not assignable to type " + t.String())
}

// toInterface converts to an interface type that v's type implements.
func toInterface(v Value, t *abi.Type) Value {
	x := v.pack()
	p := alloc(t)
	if len(interfaceMethods(t)) == 0 {
		*(*any)(p) = x
	} else {
		e := abi.EfaceOf(&x)
		*(*[2]unsafe.Pointer)(p) = [2]unsafe.Pointer{abi.Itab(t, e.Type), e.Data}
	}
	return Value{t, p, 0}
}

func (v Value) Set(x Value) {
	v.mustAssignable("Set")
	x.mustExported("Set")
	x.assigned("reflect.Set", v.t).storeTo(v.p)
}

func (v Value) SetZero() {
	v.mustAssignable("SetZero")
	typedClear(unsafe.Pointer(v.t), v.p, 1)
}

func (v Value) SetBool(x bool) {
	v.mustAssignable("SetBool")
	v.must(Bool, "SetBool")
	*(*bool)(v.p) = x
}

func (v Value) SetInt(x int64) {
	v.mustAssignable("SetInt")
	switch v.kind() {
	case Int, Int64:
		*(*int64)(v.p) = x
	case Int8:
		*(*int8)(v.p) = int8(x)
	case Int16:
		*(*int16)(v.p) = int16(x)
	case Int32:
		*(*int32)(v.p) = int32(x)
	default:
		panic(&ValueError{"reflect.Value.SetInt", v.kind()})
	}
}

func (v Value) SetUint(x uint64) {
	v.mustAssignable("SetUint")
	switch v.kind() {
	case Uint, Uint64, Uintptr:
		*(*uint64)(v.p) = x
	case Uint8:
		*(*uint8)(v.p) = uint8(x)
	case Uint16:
		*(*uint16)(v.p) = uint16(x)
	case Uint32:
		*(*uint32)(v.p) = uint32(x)
	default:
		panic(&ValueError{"reflect.Value.SetUint", v.kind()})
	}
}

func (v Value) SetFloat(x float64) {
	v.mustAssignable("SetFloat")
	switch v.kind() {
	case Float32:
		*(*float32)(v.p) = float32(x)
	case Float64:
		*(*float64)(v.p) = x
	default:
		panic(&ValueError{"reflect.Value.SetFloat", v.kind()})
	}
}

func (v Value) SetComplex(x complex128) {
	v.mustAssignable("SetComplex")
	switch v.kind() {
	case Complex64:
		*(*complex64)(v.p) = complex64(x)
	case Complex128:
		*(*complex128)(v.p) = x
	default:
		panic(&ValueError{"reflect.Value.SetComplex", v.kind()})
	}
}

func (v Value) SetString(x string) {
	v.mustAssignable("SetString")
	v.must(String, "SetString")
	*(*string)(v.p) = x
}

func (v Value) SetBytes(x []byte) {
	v.mustAssignable("SetBytes")
	v.must(Slice, "SetBytes")
	if v.t.Elem().Kind() != abi.Uint8 {
		panic("reflect.Value.SetBytes of non-byte slice")
	}
	*(*[]byte)(v.p) = x
}

func (v Value) SetPointer(x unsafe.Pointer) {
	v.mustAssignable("SetPointer")
	v.must(UnsafePointer, "SetPointer")
	*(*unsafe.Pointer)(v.p) = x
}

// Zero is the zero value of a type; it can not be set.
func Zero(typ Type) Value {
	if typ == nil {
		panic("reflect: Zero(nil)")
	}
	return zeroOf(typ.descriptor())
}

// New is a pointer to a new zero value of a type.
func New(typ Type) Value {
	if typ == nil {
		panic("reflect: New(nil)")
	}
	return NewAt(typ, alloc(typ.descriptor()))
}

// NewAt is p as a pointer to a type.
func NewAt(typ Type, p unsafe.Pointer) Value {
	return Value{pointerTo(typ.descriptor()), p, flagDirect}
}

func (v Value) Comparable() bool {
	switch v.kind() {
	case Invalid:
		return true
	case Interface:
		return v.IsNil() || v.Elem().Comparable()
	case Array:
		for i := range v.Len() {
			if !v.Index(i).Comparable() {
				return false
			}
		}
		return true
	case Struct:
		for i := range v.NumField() {
			if !v.Field(i).Comparable() {
				return false
			}
		}
		return true
	}
	return v.flag&flagMethod == 0 && v.t.Equal != nil
}

// Equal is v == u.
func (v Value) Equal(u Value) bool {
	if v.kind() == Interface {
		v = v.Elem()
	}
	if u.kind() == Interface {
		u = u.Elem()
	}
	if !v.IsValid() || !u.IsValid() {
		return v.IsValid() == u.IsValid()
	}
	if v.kind() != u.kind() || v.t != u.t {
		return false
	}
	if v.t.Equal == nil || v.flag&flagMethod != 0 {
		panic("reflect.Value.Equal: values of type " + v.Type().String() + " are not comparable")
	}
	return valueEqual(unsafe.Pointer(v.t), v.addr(), u.addr()) != 0
}

func itoa(n int) string { return strconv.Itoa(n) }
