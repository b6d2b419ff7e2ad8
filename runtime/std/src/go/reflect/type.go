// Package reflect looks at values and types of any kind, and makes them.
//
// A Type is a descriptor as the compiler emits it, or one made here in the same layout. A Value is the address of a value and its
// type.
package reflect

import (
	"internal/abi"
	"iter"
	"strconv"
	"unsafe"
)

// A Kind is a kind of type.
type Kind uint

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

// Ptr is the older name of Pointer.
const Ptr = Pointer

func (k Kind) String() string {
	if k <= UnsafePointer {
		return abi.Kind(k).String()
	}
	return "kind" + strconv.Itoa(int(k))
}

// A ChanDir is a direction of a channel type.
type ChanDir int

const (
	RecvDir ChanDir = 1 << iota
	SendDir
	BothDir = RecvDir | SendDir
)

func (d ChanDir) String() string {
	switch d {
	case SendDir:
		return "chan<-"
	case RecvDir:
		return "<-chan"
	case BothDir:
		return "chan"
	}
	return "ChanDir" + strconv.Itoa(int(d))
}

// Type describes a Go type. Types are equal (==) if they are identical.
type Type interface {
	Align() int
	FieldAlign() int
	Method(int) Method
	Methods() iter.Seq[Method]
	MethodByName(string) (Method, bool)
	NumMethod() int
	Name() string
	PkgPath() string
	Size() uintptr
	String() string
	Kind() Kind
	Implements(u Type) bool
	AssignableTo(u Type) bool
	ConvertibleTo(u Type) bool
	Comparable() bool
	Bits() int
	ChanDir() ChanDir
	IsVariadic() bool
	Elem() Type
	Field(i int) StructField
	Fields() iter.Seq[StructField]
	FieldByIndex(index []int) StructField
	FieldByName(name string) (StructField, bool)
	FieldByNameFunc(match func(string) bool) (StructField, bool)
	In(i int) Type
	Ins() iter.Seq[Type]
	Key() Type
	Len() int
	NumField() int
	NumIn() int
	NumOut() int
	Out(i int) Type
	Outs() iter.Seq[Type]
	OverflowComplex(x complex128) bool
	OverflowFloat(x float64) bool
	OverflowInt(x int64) bool
	OverflowUint(x uint64) bool
	CanSeq() bool
	CanSeq2() bool

	descriptor() *abi.Type
}

type rtype struct {
	t abi.Type
}

// A Method is a method of a type; Func takes the receiver as its first argument.
type Method struct {
	Name    string
	PkgPath string
	Type    Type
	Func    Value
	Index   int
}

func (m Method) IsExported() bool { return m.PkgPath == "" }

// A StructField is a field of a struct type.
type StructField struct {
	Name      string
	PkgPath   string
	Type      Type
	Tag       StructTag
	Offset    uintptr
	Index     []int
	Anonymous bool
}

func (f StructField) IsExported() bool { return f.PkgPath == "" }

// A StructTag is a field's tag: by convention a list of key:"value" pairs.
type StructTag string

func (tag StructTag) Get(key string) string {
	v, _ := tag.Lookup(key)
	return v
}

func (tag StructTag) Lookup(key string) (value string, ok bool) {
	for tag != "" {
		i := 0
		for i < len(tag) && tag[i] == ' ' {
			i++
		}
		tag = tag[i:]
		i = 0
		for i < len(tag) && tag[i] > ' ' && tag[i] != ':' && tag[i] != '"' && tag[i] != 0x7f {
			i++
		}
		if i == 0 || i+1 >= len(tag) || tag[i] != ':' || tag[i+1] != '"' {
			break
		}
		name := string(tag[:i])
		tag = tag[i+1:]
		i = 1
		for i < len(tag) && tag[i] != '"' {
			if tag[i] == '\\' {
				i++
			}
			i++
		}
		if i >= len(tag) {
			break
		}
		quoted := string(tag[:i+1])
		tag = tag[i+1:]
		if name == key {
			value, err := strconv.Unquote(quoted)
			if err != nil {
				break
			}
			return value, true
		}
	}
	return "", false
}

// TypeOf is the dynamic type of i, nil for a nil interface.
func TypeOf(i any) Type { return toType(abi.TypeOf(i)) }

// TypeFor is the type T.
func TypeFor[T any]() Type { return TypeOf((*T)(nil)).Elem() }

func toType(t *abi.Type) Type {
	if t == nil {
		return nil
	}
	return (*rtype)(unsafe.Pointer(t))
}

func (t *rtype) descriptor() *abi.Type { return &t.t }

func (t *rtype) Align() int      { return int(t.t.Align) }
func (t *rtype) FieldAlign() int { return int(t.t.FieldAlig) }
func (t *rtype) Size() uintptr   { return t.t.Size_ }
func (t *rtype) String() string  { return t.t.String() }
func (t *rtype) Kind() Kind      { return Kind(t.t.Kind()) }

func (t *rtype) Comparable() bool { return t.t.Equal != nil }

func (t *rtype) Bits() int {
	k := t.Kind()
	if k < Int || k > Complex128 {
		panic("reflect: Bits of non-arithmetic Type " + t.String())
	}
	return int(t.t.Size_) * 8
}

// Name is the type's name without its package, empty for types without one.
func (t *rtype) Name() string {
	if !t.t.HasName() {
		return ""
	}
	s := t.String()
	depth := 0
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case ']':
			depth++
		case '[':
			depth--
		case '.':
			if depth == 0 {
				return s[i+1:]
			}
		}
	}
	return s
}

func (t *rtype) PkgPath() string {
	if t.Kind() == UnsafePointer && t.String() == "unsafe.Pointer" {
		return "unsafe"
	}
	u := t.t.Uncommon()
	if !t.t.HasName() || u == nil || u.PkgPath == 0 {
		return ""
	}
	return abi.ResolveName(u.PkgPath).String()
}

func (t *rtype) must(k Kind, method string) {
	if t.Kind() != k {
		panic("reflect: " + method + " of non-" + k.String() + " type " + t.String())
	}
}

func (t *rtype) ChanDir() ChanDir {
	t.must(Chan, "ChanDir")
	return ChanDir((*abi.ChanType)(unsafe.Pointer(t)).Dir)
}

func (t *rtype) Elem() Type {
	e := t.t.Elem()
	if e == nil {
		panic("reflect: Elem of invalid type " + t.String())
	}
	return toType(e)
}

func (t *rtype) Key() Type {
	t.must(Map, "Key")
	return toType((*abi.MapType)(unsafe.Pointer(t)).Key)
}

func (t *rtype) Len() int {
	t.must(Array, "Len")
	return int((*abi.ArrayType)(unsafe.Pointer(t)).Len)
}

// funcTypes are the parameters and results of a function type.
func funcTypes(t *abi.Type) (in, out []*abi.Type, variadic bool) {
	f := (*abi.FuncType)(unsafe.Pointer(t))
	at := unsafe.Sizeof(*f)
	if t.Uncommon() != nil {
		at += unsafe.Sizeof(abi.UncommonType{})
	}
	n, m := int(f.InCount), int(f.OutCount&0x7FFF)
	all := unsafe.Slice((**abi.Type)(unsafe.Add(unsafe.Pointer(t), at)), n+m)
	return all[:n], all[n:], f.OutCount&0x8000 != 0
}

func (t *rtype) In(i int) Type {
	t.must(Func, "In")
	in, _, _ := funcTypes(&t.t)
	return toType(in[i])
}

func (t *rtype) Out(i int) Type {
	t.must(Func, "Out")
	_, out, _ := funcTypes(&t.t)
	return toType(out[i])
}

func (t *rtype) NumIn() int {
	t.must(Func, "NumIn")
	in, _, _ := funcTypes(&t.t)
	return len(in)
}

func (t *rtype) NumOut() int {
	t.must(Func, "NumOut")
	_, out, _ := funcTypes(&t.t)
	return len(out)
}

func (t *rtype) IsVariadic() bool {
	t.must(Func, "IsVariadic")
	_, _, variadic := funcTypes(&t.t)
	return variadic
}

func typeSeq(list []*abi.Type) iter.Seq[Type] {
	return func(yield func(Type) bool) {
		for _, t := range list {
			if !yield(toType(t)) {
				return
			}
		}
	}
}

func (t *rtype) Ins() iter.Seq[Type] {
	t.must(Func, "Ins")
	in, _, _ := funcTypes(&t.t)
	return typeSeq(in)
}

func (t *rtype) Outs() iter.Seq[Type] {
	t.must(Func, "Outs")
	_, out, _ := funcTypes(&t.t)
	return typeSeq(out)
}

func structFields(t *abi.Type) []abi.StructField {
	return (*abi.StructType)(unsafe.Pointer(t)).Fields
}

func (t *rtype) NumField() int {
	t.must(Struct, "NumField")
	return len(structFields(&t.t))
}

// indexes holds the numbers of fields, for the indexes of length one.
var indexes = [...]int{
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
	32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
	48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
}

func indexOf(i int) []int {
	if i < len(indexes) {
		return indexes[i : i+1 : i+1]
	}
	return []int{i}
}

func (t *rtype) Field(i int) StructField {
	t.must(Struct, "Field")
	fields := structFields(&t.t)
	if i < 0 || i >= len(fields) {
		panic("reflect: Field index out of bounds")
	}
	f := &fields[i]
	field := StructField{
		Name:      f.Name.String(),
		Type:      toType(f.Typ),
		Tag:       StructTag(f.Name.Tag()),
		Offset:    f.Offset,
		Index:     indexOf(i),
		Anonymous: f.Name.IsEmbedded(),
	}
	if !f.Name.IsExported() {
		field.PkgPath = (*abi.StructType)(unsafe.Pointer(t)).PkgPath.String()
	}
	return field
}

func (t *rtype) Fields() iter.Seq[StructField] {
	t.must(Struct, "Fields")
	return func(yield func(StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

func (t *rtype) FieldByIndex(index []int) StructField {
	t.must(Struct, "FieldByIndex")
	var f StructField
	var at Type = t
	for i, x := range index {
		if i > 0 {
			if at.Kind() == Pointer && at.Elem().Kind() == Struct {
				at = at.Elem()
			}
		}
		f = at.Field(x)
		at = f.Type
	}
	if len(index) > 0 {
		f.Index = index
	}
	return f
}

func (t *rtype) FieldByName(name string) (StructField, bool) {
	t.must(Struct, "FieldByName")
	embeds := false
	for i := range structFields(&t.t) {
		f := &structFields(&t.t)[i]
		if f.Name.String() == name {
			return t.Field(i), true
		}
		embeds = embeds || f.Name.IsEmbedded()
	}
	if !embeds {
		return StructField{}, false
	}
	return t.FieldByNameFunc(func(s string) bool { return s == name })
}

// FieldByNameFunc looks level by level, as the language does for promoted fields: more than one match on a level is none.
func (t *rtype) FieldByNameFunc(match func(string) bool) (result StructField, ok bool) {
	t.must(Struct, "FieldByNameFunc")
	type level struct {
		t     *rtype
		index []int
	}
	current := []level{{t, nil}}
	seen := map[*rtype]bool{}
	counts := map[*rtype]int{}
	for len(current) > 0 {
		var next []level
		nextCounts := map[*rtype]int{}
		for _, l := range current {
			if seen[l.t] {
				continue
			}
			seen[l.t] = true
			for i := range l.t.NumField() {
				f := &structFields(&l.t.t)[i]
				if match(f.Name.String()) {
					if counts[l.t] > 1 || ok {
						return StructField{}, false
					}
					result = l.t.Field(i)
					result.Index = append(l.index[:len(l.index):len(l.index)], i)
					ok = true
					continue
				}
				if ok || !f.Name.IsEmbedded() {
					continue
				}
				e := f.Typ
				if e.Kind() == abi.Pointer {
					e = e.Elem()
				}
				if e.Kind() != abi.Struct {
					continue
				}
				s := (*rtype)(unsafe.Pointer(e))
				if nextCounts[s] > 0 {
					nextCounts[s] = 2
					continue
				}
				nextCounts[s] = 1
				if counts[l.t] > 1 {
					nextCounts[s] = 2
				}
				next = append(next, level{s, append(l.index[:len(l.index):len(l.index)], i)})
			}
		}
		if ok {
			return result, true
		}
		current, counts = next, nextCounts
	}
	return StructField{}, false
}

// VisibleFields are all fields of a struct, those promoted from embedded structs included.
func VisibleFields(t Type) []StructField {
	if t == nil {
		panic("reflect: VisibleFields(nil)")
	}
	if t.Kind() != Struct {
		panic("reflect.VisibleFields of non-struct type")
	}
	var fields []StructField
	visiting := map[Type]bool{}
	var walk func(t Type, index []int)
	walk = func(t Type, index []int) {
		if visiting[t] {
			return
		}
		visiting[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			f.Index = append(append([]int(nil), index...), i)
			fields = append(fields, f)
			if f.Anonymous {
				e := f.Type
				if e.Kind() == Pointer {
					e = e.Elem()
				}
				if e.Kind() == Struct {
					walk(e, f.Index)
				}
			}
		}
		delete(visiting, t)
	}
	walk(t, nil)
	visible := fields[:0]
	for _, f := range fields {
		if g, ok := t.FieldByName(f.Name); ok && DeepEqual(f.Index, g.Index) {
			visible = append(visible, f)
		}
	}
	return visible
}

func (t *rtype) Implements(u Type) bool {
	if u == nil {
		panic("reflect: nil type passed to Type.Implements")
	}
	if u.Kind() != Interface {
		panic("reflect: non-interface type passed to Type.Implements")
	}
	return implements(u.descriptor(), &t.t)
}

func interfaceMethods(t *abi.Type) []abi.Imethod {
	return (*abi.InterfaceType)(unsafe.Pointer(t)).Methods
}

// implements reports whether t, which may be an interface type, has the methods of inter.
func implements(inter, t *abi.Type) bool {
	want := interfaceMethods(inter)
	if len(want) == 0 {
		return true
	}
	if t.Kind() != abi.Interface {
		return abi.Implements(inter, t)
	}
	have := interfaceMethods(t)
	path := func(t *abi.Type) string { return (*abi.InterfaceType)(unsafe.Pointer(t)).PkgPath.String() }
	samePackage := path(inter) == path(t)
next:
	for _, w := range want {
		name := abi.ResolveName(w.Name).String()
		if !abi.ResolveName(w.Name).IsExported() && !samePackage {
			return false
		}
		for _, h := range have {
			if h.Typ == w.Typ && abi.ResolveName(h.Name).String() == name {
				continue next
			}
		}
		return false
	}
	return true
}

func (t *rtype) AssignableTo(u Type) bool {
	if u == nil {
		panic("reflect: nil type passed to Type.AssignableTo")
	}
	to := u.descriptor()
	return directlyAssignable(to, &t.t) || to.Kind() == abi.Interface && implements(to, &t.t)
}

func (t *rtype) ConvertibleTo(u Type) bool {
	if u == nil {
		panic("reflect: nil type passed to Type.ConvertibleTo")
	}
	return converter(u.descriptor(), &t.t) != nil
}

// directlyAssignable reports whether a value of type v can be assigned to type t without a conversion to an interface.
func directlyAssignable(t, v *abi.Type) bool {
	if t == v {
		return true
	}
	if t.HasName() && v.HasName() || t.Kind() != v.Kind() {
		return false
	}
	if t.Kind() == abi.Chan && (*abi.ChanType)(unsafe.Pointer(v)).Dir == int(BothDir) &&
		(*abi.ChanType)(unsafe.Pointer(t)).Elem == (*abi.ChanType)(unsafe.Pointer(v)).Elem {
		return true
	}
	return sameUnderlying(t, v, true)
}

// sameUnderlying compares underlying types.
func sameUnderlying(t, v *abi.Type, tags bool) bool {
	if t == v {
		return true
	}
	kind := t.Kind()
	if kind != v.Kind() {
		return false
	}
	if abi.Bool <= kind && kind <= abi.Complex128 || kind == abi.String || kind == abi.UnsafePointer {
		return true
	}
	same := func(a, b *abi.Type) bool {
		return a == b || !tags && a.HasName() == b.HasName() && (!a.HasName() && sameUnderlying(a, b, tags))
	}
	switch kind {
	case abi.Array:
		return (*abi.ArrayType)(unsafe.Pointer(t)).Len == (*abi.ArrayType)(unsafe.Pointer(v)).Len && same(t.Elem(), v.Elem())
	case abi.Chan:
		return (*abi.ChanType)(unsafe.Pointer(t)).Dir == (*abi.ChanType)(unsafe.Pointer(v)).Dir && same(t.Elem(), v.Elem())
	case abi.Pointer, abi.Slice:
		return same(t.Elem(), v.Elem())
	case abi.Map:
		return same((*abi.MapType)(unsafe.Pointer(t)).Key, (*abi.MapType)(unsafe.Pointer(v)).Key) && same(t.Elem(), v.Elem())
	case abi.Func:
		in1, out1, variadic1 := funcTypes(t)
		in2, out2, variadic2 := funcTypes(v)
		if len(in1) != len(in2) || len(out1) != len(out2) || variadic1 != variadic2 {
			return false
		}
		for i := range in1 {
			if !same(in1[i], in2[i]) {
				return false
			}
		}
		for i := range out1 {
			if !same(out1[i], out2[i]) {
				return false
			}
		}
		return true
	case abi.Interface:
		return len(interfaceMethods(t)) == len(interfaceMethods(v)) && implements(t, v) && implements(v, t)
	case abi.Struct:
		f, g := structFields(t), structFields(v)
		if len(f) != len(g) {
			return false
		}
		for i := range f {
			if f[i].Name.String() != g[i].Name.String() || f[i].Name.IsEmbedded() != g[i].Name.IsEmbedded() ||
				f[i].Offset != g[i].Offset || !same(f[i].Typ, g[i].Typ) || tags && f[i].Name.Tag() != g[i].Name.Tag() {
				return false
			}
		}
		return true
	}
	return false
}

func (t *rtype) OverflowComplex(x complex128) bool { return Zero(t).OverflowComplex(x) }
func (t *rtype) OverflowFloat(x float64) bool      { return Zero(t).OverflowFloat(x) }
func (t *rtype) OverflowInt(x int64) bool          { return Zero(t).OverflowInt(x) }
func (t *rtype) OverflowUint(x uint64) bool        { return Zero(t).OverflowUint(x) }

// yields reports whether t is a function type that ranges over n values.
func (t *rtype) yields(n int) bool {
	if t.Kind() != Func || t.NumIn() != 1 || t.NumOut() != 0 {
		return false
	}
	y := t.In(0)
	return y.Kind() == Func && y.NumIn() == n && y.NumOut() == 1 && y.Out(0).Kind() == Bool
}

func (t *rtype) CanSeq() bool {
	switch k := t.Kind(); k {
	case Int8, Int16, Int32, Int64, Int, Uint8, Uint16, Uint32, Uint64, Uint, Uintptr, Array, Slice, Chan, String, Map:
		return true
	case Func:
		return t.yields(1)
	case Pointer:
		return t.Elem().Kind() == Array
	}
	return false
}

func (t *rtype) CanSeq2() bool {
	switch k := t.Kind(); k {
	case Array, Slice, String, Map:
		return true
	case Func:
		return t.yields(2)
	case Pointer:
		return t.Elem().Kind() == Array
	}
	return false
}

// exportedMethods are a type's methods that others can call, in the order of their names.
func exportedMethods(t *abi.Type) []abi.Method {
	var list []abi.Method
	for _, m := range t.Methods() {
		if abi.ResolveName(m.Name).IsExported() {
			list = append(list, m)
		}
	}
	return list
}

func (t *rtype) NumMethod() int {
	if t.Kind() == Interface {
		return len(interfaceMethods(&t.t))
	}
	return len(exportedMethods(&t.t))
}

func (t *rtype) Method(i int) Method {
	if t.Kind() == Interface {
		list := interfaceMethods(&t.t)
		if i < 0 || i >= len(list) {
			panic("reflect: Method index out of range")
		}
		name := abi.ResolveName(list[i].Name)
		m := Method{Name: name.String(), Type: toType(abi.ResolveType(list[i].Typ)), Index: i}
		if !name.IsExported() {
			m.PkgPath = name.PkgPath()
			if m.PkgPath == "" {
				m.PkgPath = (*abi.InterfaceType)(unsafe.Pointer(t)).PkgPath.String()
			}
		}
		return m
	}
	list := exportedMethods(&t.t)
	if i < 0 || i >= len(list) {
		panic("reflect: Method index out of range")
	}
	// As a function, it takes the receiver first.
	in, out, variadic := funcTypes(abi.ResolveType(list[i].Mtyp))
	typ := funcOf(append([]*abi.Type{&t.t}, in...), out, variadic)
	fn := MakeFunc(toType(typ), func(args []Value) []Value {
		method := args[0].Method(i)
		if variadic {
			return method.CallSlice(args[1:])
		}
		return method.Call(args[1:])
	})
	return Method{Name: abi.ResolveName(list[i].Name).String(), Type: toType(typ), Func: fn, Index: i}
}

func (t *rtype) MethodByName(name string) (Method, bool) {
	for i := range t.NumMethod() {
		if t.methodName(i) == name {
			return t.Method(i), true
		}
	}
	return Method{}, false
}

func (t *rtype) methodName(i int) string {
	if t.Kind() == Interface {
		return abi.ResolveName(interfaceMethods(&t.t)[i].Name).String()
	}
	return abi.ResolveName(exportedMethods(&t.t)[i].Name).String()
}

func (t *rtype) Methods() iter.Seq[Method] {
	return func(yield func(Method) bool) {
		for i := range t.NumMethod() {
			if !yield(t.Method(i)) {
				return
			}
		}
	}
}
