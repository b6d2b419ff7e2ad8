package reflect

import (
	"internal/abi"
	"iter"
	"unsafe"
)

type sliceHeader struct {
	data     unsafe.Pointer
	len, cap int
}

// A SliceHeader is how a slice is represented.
type SliceHeader struct {
	Data uintptr
	Len  int
	Cap  int
}

// A StringHeader is how a string is represented.
type StringHeader struct {
	Data uintptr
	Len  int
}

func (v Value) header() *sliceHeader { return (*sliceHeader)(v.p) }

func arrayLen(t *abi.Type) int { return int((*abi.ArrayType)(unsafe.Pointer(t)).Len) }

func (v Value) Len() int {
	switch v.kind() {
	case Slice, String:
		return v.header().len
	case Array:
		return arrayLen(v.t)
	case Map, Chan:
		if h := (*int)(v.word()); h != nil {
			return *h
		}
		return 0
	case Pointer:
		if v.t.Elem().Kind() == abi.Array {
			return arrayLen(v.t.Elem())
		}
		panic("reflect: call of reflect.Value.Len on ptr to non-array Value")
	}
	panic(&ValueError{"reflect.Value.Len", v.kind()})
}

func (v Value) Cap() int {
	switch v.kind() {
	case Slice:
		return v.header().cap
	case Array:
		return arrayLen(v.t)
	case Chan:
		if h := (*[2]int)(v.word()); h != nil {
			return h[1]
		}
		return 0
	case Pointer:
		if v.t.Elem().Kind() == abi.Array {
			return arrayLen(v.t.Elem())
		}
		panic("reflect: call of reflect.Value.Cap on ptr to non-array Value")
	}
	panic(&ValueError{"reflect.Value.Cap", v.kind()})
}

func (v Value) Index(i int) Value {
	switch v.kind() {
	case Array:
		if uint(i) >= uint(arrayLen(v.t)) {
			panic("reflect: array index out of range")
		}
		e := v.t.Elem()
		return Value{e, unsafe.Add(v.p, uintptr(i)*e.Size_), v.flag&(flagAddr|flagDirect) | v.flag.ro()}
	case Slice:
		h := v.header()
		if uint(i) >= uint(h.len) {
			panic("reflect: slice index out of range")
		}
		e := v.t.Elem()
		return Value{e, unsafe.Add(h.data, uintptr(i)*e.Size_), v.flag.ro() | flagAddr}
	case String:
		s := *(*string)(v.p)
		if uint(i) >= uint(len(s)) {
			panic("reflect: string index out of range")
		}
		b := new(uint8)
		*b = s[i]
		return Value{abi.TypeOf(uint8(0)), unsafe.Pointer(b), v.flag.ro()}
	}
	panic(&ValueError{"reflect.Value.Index", v.kind()})
}

func (v Value) Bytes() []byte {
	switch v.kind() {
	case Slice:
		if v.t.Elem().Kind() != abi.Uint8 {
			panic("reflect.Value.Bytes of non-byte slice")
		}
		return *(*[]byte)(v.p)
	case Array:
		if v.t.Elem().Kind() != abi.Uint8 {
			panic("reflect.Value.Bytes of non-byte array")
		}
		if !v.CanAddr() {
			panic("reflect.Value.Bytes of unaddressable byte array")
		}
		return unsafe.Slice((*byte)(v.p), arrayLen(v.t))
	}
	panic(&ValueError{"reflect.Value.Bytes", v.kind()})
}

// newSlice is a slice of type t in a variable of its own.
func newSlice(t *abi.Type, data unsafe.Pointer, length, capacity int) Value {
	h := &sliceHeader{data, length, capacity}
	escape(h)
	return Value{t, unsafe.Pointer(h), 0}
}

func MakeSlice(typ Type, len, cap int) Value {
	if typ.Kind() != Slice {
		panic("reflect.MakeSlice of non-slice type")
	}
	switch {
	case len < 0:
		panic("reflect.MakeSlice: negative len")
	case cap < 0:
		panic("reflect.MakeSlice: negative cap")
	case len > cap:
		panic("reflect.MakeSlice: len > cap")
	}
	t := typ.descriptor()
	return newSlice(t, unsafeNewArray(unsafe.Pointer(t.Elem()), cap), len, cap)
}

// SliceAt is the memory at p as a slice.
func SliceAt(typ Type, p unsafe.Pointer, n int) Value {
	return newSlice(sliceOf(typ.descriptor()), p, n, n)
}

func (v Value) Slice(i, j int) Value {
	switch v.kind() {
	case String:
		s := *(*string)(v.p)
		if i < 0 || j < i || j > len(s) {
			panic("reflect.Value.Slice: string slice index out of bounds")
		}
		part := new(string)
		*part = s[i:j]
		return Value{v.t, unsafe.Pointer(part), v.flag}
	case Array, Slice:
		t, data, capacity := v.elements("Slice")
		if i < 0 || j < i || j > capacity {
			panic("reflect.Value.Slice: slice index out of bounds")
		}
		return v.part(t, data, i, j, capacity)
	}
	panic(&ValueError{"reflect.Value.Slice", v.kind()})
}

func (v Value) Slice3(i, j, k int) Value {
	switch v.kind() {
	case Array, Slice:
		t, data, capacity := v.elements("Slice3")
		if i < 0 || j < i || k < j || k > capacity {
			panic("reflect.Value.Slice3: slice index out of bounds")
		}
		return v.part(t, data, i, j, k)
	}
	panic(&ValueError{"reflect.Value.Slice3", v.kind()})
}

// elements is the slice type, memory and capacity of an array or slice.
func (v Value) elements(method string) (t *abi.Type, data unsafe.Pointer, capacity int) {
	if v.kind() == Slice {
		h := v.header()
		return v.t, h.data, h.cap
	}
	if v.flag&flagAddr == 0 {
		panic("reflect.Value." + method + ": slice of unaddressable array")
	}
	return sliceOf(v.t.Elem()), v.p, arrayLen(v.t)
}

func (v Value) part(t *abi.Type, data unsafe.Pointer, i, j, k int) Value {
	if i < k {
		data = unsafe.Add(data, uintptr(i)*t.Elem().Size_)
	}
	s := newSlice(t, data, j-i, k-i)
	s.flag = v.flag.ro()
	return s
}

func (v Value) SetLen(n int) {
	v.mustAssignable("SetLen")
	v.must(Slice, "SetLen")
	if h := v.header(); uint(n) > uint(h.cap) {
		panic("reflect: slice length out of range in SetLen")
	} else {
		h.len = n
	}
}

func (v Value) SetCap(n int) {
	v.mustAssignable("SetCap")
	v.must(Slice, "SetCap")
	if h := v.header(); n < h.len || n > h.cap {
		panic("reflect: slice capacity out of range in SetCap")
	} else {
		h.cap = n
	}
}

// Grow makes room for n more elements.
func (v Value) Grow(n int) {
	v.mustAssignable("Grow")
	v.must(Slice, "Grow")
	if n < 0 {
		panic("reflect.Value.Grow: negative len")
	}
	h := v.header()
	if h.len+n < 0 {
		panic("reflect.Value.Grow: slice overflow")
	}
	if h.len+n > h.cap {
		grow(v.t, h, n)
	}
}

func grow(t *abi.Type, h *sliceHeader, n int) {
	capacity := max(h.len+n, 2*h.cap)
	if h.cap >= 256 {
		capacity = max(h.len+n, h.cap+(h.cap+3*256)/4)
	}
	e := t.Elem()
	data := unsafeNewArray(unsafe.Pointer(e), capacity)
	typedMove(unsafe.Pointer(e), data, h.data, h.len)
	h.data, h.cap = data, capacity
}

// Append is append(s, x...).
func Append(s Value, x ...Value) Value {
	s.must(Slice, noMethod)
	s.mustExported(noMethod)
	h := *s.header()
	if h.len+len(x) > h.cap {
		grow(s.t, &h, len(x))
	}
	out := newSlice(s.t, h.data, h.len+len(x), h.cap)
	for i, v := range x {
		out.Index(h.len + i).Set(v)
	}
	return out
}

// AppendSlice is append(s, t...).
func AppendSlice(s, t Value) Value {
	s.must(Slice, noMethod)
	t.must(Slice, noMethod)
	if s, t := s.t.Elem(), t.t.Elem(); s != t {
		panic("reflect.AppendSlice: " + s.String() + " != " + t.String())
	}
	s.mustExported(noMethod)
	n := t.Len()
	h := *s.header()
	if h.len+n > h.cap {
		grow(s.t, &h, n)
	}
	out := newSlice(s.t, h.data, h.len+n, h.cap)
	Copy(out.Slice(h.len, h.len+n), t)
	return out
}

// Copy is copy(dst, src).
func Copy(dst, src Value) int {
	dk := dst.kind()
	if dk != Array && dk != Slice {
		panic(&ValueError{"reflect.Copy", dk})
	}
	if dk == Array {
		dst.mustAssignable(noMethod)
	}
	dst.mustExported(noMethod)
	data := func(v Value) unsafe.Pointer {
		if v.kind() == Array {
			return v.p
		}
		return *(*unsafe.Pointer)(v.p)
	}
	sk := src.kind()
	isString := sk == String && dst.t.Elem().Kind() == abi.Uint8
	if sk != Array && sk != Slice && !isString {
		panic(&ValueError{"reflect.Copy", sk})
	}
	src.mustExported(noMethod)
	if !isString && dst.t.Elem() != src.t.Elem() {
		panic("reflect.Copy: " + dst.t.Elem().String() + " != " + src.t.Elem().String())
	}
	n := min(dst.Len(), src.Len())
	typedMove(unsafe.Pointer(dst.t.Elem()), data(dst), data(src), n)
	return n
}

// Swapper is a function that swaps elements of a slice.
func Swapper(slice any) func(i, j int) {
	v := ValueOf(slice)
	if v.kind() != Slice {
		panic(&ValueError{"Swapper", v.kind()})
	}
	spare := alloc(v.t.Elem())
	return func(i, j int) {
		a, b := v.Index(i), v.Index(j)
		move(a.t, spare, a.p)
		move(a.t, a.p, b.p)
		move(a.t, b.p, spare)
	}
}

// ---- maps

//go:linkname mapMake escargo.map_make
func mapMake(t unsafe.Pointer, hint int) unsafe.Pointer

//go:linkname mapGetOK escargo.map_get_ok
func mapGetOK(t, m, key unsafe.Pointer) (elem unsafe.Pointer, ok int)

//go:linkname mapAssign escargo.map_assign
func mapAssign(t, m, key unsafe.Pointer) unsafe.Pointer

//go:linkname mapDelete escargo.map_delete
func mapDelete(t, m, key unsafe.Pointer)

//go:linkname mapClear escargo.map_clear
func mapClear(t, m unsafe.Pointer)

type mapIterator struct {
	key, elem unsafe.Pointer
	m         unsafe.Pointer
	private   [9]uintptr
}

//go:noescape
//go:linkname mapIterInit escargo.map_iter_init
func mapIterInit(t, m unsafe.Pointer, it *mapIterator)

//go:noescape
//go:linkname mapIterNext escargo.map_iter_next
func mapIterNext(it *mapIterator)

func MakeMap(typ Type) Value { return MakeMapWithSize(typ, 0) }

func MakeMapWithSize(typ Type, n int) Value {
	if typ.Kind() != Map {
		panic("reflect.MakeMapWithSize of non-map type")
	}
	return Value{typ.descriptor(), mapMake(unsafe.Pointer(typ.descriptor()), n), flagDirect}
}

func mapTypes(t *abi.Type) (key, elem *abi.Type) {
	m := (*abi.MapType)(unsafe.Pointer(t))
	return m.Key, m.Elem
}

// copied is a copy of memory as a Value.
func copied(t *abi.Type, p unsafe.Pointer, fl flag) Value {
	if t.IsDirectIface() {
		return Value{t, *(*unsafe.Pointer)(p), fl | flagDirect}
	}
	c := alloc(t)
	move(t, c, p)
	return Value{t, c, fl}
}

func (v Value) MapIndex(key Value) Value {
	v.must(Map, "MapIndex")
	kt, et := mapTypes(v.t)
	key = key.assigned("reflect.Value.MapIndex", kt)
	if v.IsNil() {
		return Value{}
	}
	p, ok := mapGetOK(unsafe.Pointer(v.t), v.word(), key.addr())
	if ok == 0 {
		return Value{}
	}
	return copied(et, p, (v.flag | key.flag).ro())
}

func (v Value) MapKeys() []Value {
	v.must(Map, "MapKeys")
	keys := make([]Value, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		keys = append(keys, it.Key())
	}
	return keys
}

func (v Value) SetMapIndex(key, elem Value) {
	v.must(Map, "SetMapIndex")
	v.mustExported("SetMapIndex")
	key.mustExported("SetMapIndex")
	kt, et := mapTypes(v.t)
	key = key.assigned("reflect.Value.SetMapIndex", kt)
	if elem.t == nil {
		mapDelete(unsafe.Pointer(v.t), v.word(), key.addr())
		return
	}
	elem.mustExported("SetMapIndex")
	elem = elem.assigned("reflect.Value.SetMapIndex", et)
	elem.storeTo(mapAssign(unsafe.Pointer(v.t), v.word(), key.addr()))
}

// Clear is clear(v).
func (v Value) Clear() {
	switch v.kind() {
	case Slice:
		h := v.header()
		typedClear(unsafe.Pointer(v.t.Elem()), h.data, h.len)
	case Map:
		mapClear(unsafe.Pointer(v.t), v.word())
	default:
		panic(&ValueError{"reflect.Value.Clear", v.kind()})
	}
}

// A MapIter walks over a map.
type MapIter struct {
	m       Value
	it      mapIterator
	started bool
}

func (v Value) MapRange() *MapIter {
	if v.kind() != Map {
		v.must(Map, "MapRange")
	}
	return &MapIter{m: v}
}

func (iter *MapIter) Next() bool {
	if !iter.m.IsValid() {
		panic("MapIter.Next called on an iterator that does not have an associated map Value")
	}
	if !iter.started {
		iter.started = true
		mapIterInit(unsafe.Pointer(iter.m.t), iter.m.word(), &iter.it)
	} else {
		if iter.it.key == nil {
			panic("MapIter.Next called on exhausted iterator")
		}
		mapIterNext(&iter.it)
	}
	return iter.it.key != nil
}

func (iter *MapIter) at(method string) {
	if !iter.started {
		panic("MapIter." + method + " called before Next")
	}
	if iter.it.key == nil {
		panic("MapIter." + method + " called on exhausted iterator")
	}
}

func (iter *MapIter) Key() Value {
	iter.at("Key")
	kt, _ := mapTypes(iter.m.t)
	return copied(kt, iter.it.key, iter.m.flag.ro())
}

func (iter *MapIter) Value() Value {
	iter.at("Value")
	_, et := mapTypes(iter.m.t)
	return copied(et, iter.it.elem, iter.m.flag.ro())
}

func (iter *MapIter) Reset(v Value) {
	if v.IsValid() {
		v.must(Map, "MapRange")
	}
	*iter = MapIter{m: v}
}

// setIter is v.Set of a part of the entry that iter is at.
func (v Value) setIter(iter *MapIter, method, context string, part func(*MapIter) (*abi.Type, unsafe.Pointer)) {
	if !iter.started {
		panic("reflect: Value." + method + " called before Next")
	}
	if iter.it.key == nil {
		panic("reflect: Value." + method + " called on exhausted iterator")
	}
	v.mustAssignable(method)
	iter.m.mustExported(method)
	t, p := part(iter)
	Value{t, p, flagAddr}.assigned(context, v.t).storeTo(v.p)
}

func (v Value) SetIterKey(iter *MapIter) {
	v.setIter(iter, "SetIterKey", "reflect.MapIter.SetKey", func(iter *MapIter) (*abi.Type, unsafe.Pointer) {
		t, _ := mapTypes(iter.m.t)
		return t, iter.it.key
	})
}

func (v Value) SetIterValue(iter *MapIter) {
	v.setIter(iter, "SetIterValue", "reflect.MapIter.SetValue", func(iter *MapIter) (*abi.Type, unsafe.Pointer) {
		_, t := mapTypes(iter.m.t)
		return t, iter.it.elem
	})
}

// ---- channels

//go:linkname chanMake escargo.chan_make
func chanMake(t unsafe.Pointer, n int) unsafe.Pointer

//go:linkname chanClose escargo.chan_close
func chanClose(c unsafe.Pointer)

// selectCase is a case as the runtime has it.
type selectCase struct {
	c, elem unsafe.Pointer
}

//go:linkname selectCases escargo.select
func selectCases(cases *selectCase, sends, receives, block int) (chosen int, ok int)

func MakeChan(typ Type, buffer int) Value {
	if typ.Kind() != Chan {
		panic("reflect.MakeChan of non-chan type")
	}
	if buffer < 0 {
		panic("reflect.MakeChan: negative buffer size")
	}
	if typ.ChanDir() != BothDir {
		panic("reflect.MakeChan: unidirectional channel type")
	}
	return Value{typ.descriptor(), chanMake(unsafe.Pointer(typ.descriptor()), buffer), flagDirect}
}

func (v Value) allow(dir ChanDir, method, message string) {
	v.must(Chan, method)
	v.mustExported(method)
	if ChanDir((*abi.ChanType)(unsafe.Pointer(v.t)).Dir)&dir == 0 {
		panic(message)
	}
}

func (v Value) Close() {
	v.allow(SendDir, "Close", "reflect: close of receive-only channel")
	chanClose(v.word())
}

func (v Value) send(x Value, method string, block int) bool {
	v.allow(SendDir, method, "reflect: send on recv-only channel")
	x.mustExported(method)
	x = x.assigned("reflect.Value.Send", v.t.Elem())
	c := &selectCase{v.word(), x.addr()}
	chosen, _ := selectCases(c, 1, 0, block)
	return chosen == 0
}

func (v Value) recv(method string, block int) (x Value, ok bool) {
	v.allow(RecvDir, method, "reflect: recv on send-only channel")
	e := v.t.Elem()
	p := alloc(e)
	c := &selectCase{v.word(), p}
	chosen, received := selectCases(c, 0, 1, block)
	if chosen < 0 {
		return Value{}, false
	}
	return Value{e, p, 0}, received != 0
}

func (v Value) Send(x Value)                { v.send(x, "Send", 1) }
func (v Value) TrySend(x Value) bool        { return v.send(x, "TrySend", 0) }
func (v Value) Recv() (x Value, ok bool)    { return v.recv("Recv", 1) }
func (v Value) TryRecv() (x Value, ok bool) { return v.recv("TryRecv", 0) }

// A SelectDir is the direction of a SelectCase.
type SelectDir int

const (
	_ SelectDir = iota
	SelectSend
	SelectRecv
	SelectDefault
)

// A SelectCase is a case of a select.
type SelectCase struct {
	Dir  SelectDir
	Chan Value
	Send Value
}

// Select is a select statement with these cases.
func Select(cases []SelectCase) (chosen int, recv Value, recvOK bool) {
	if len(cases) > 65536 {
		panic("reflect.Select: too many cases (max 65536)")
	}
	list := make([]selectCase, 0, len(cases))
	index := make([]int, 0, len(cases))
	block, fallback, sends := 1, -1, 0
	for i, c := range cases {
		switch c.Dir {
		case SelectDefault:
			if fallback >= 0 {
				panic("reflect.Select: multiple default cases")
			}
			if c.Chan.IsValid() {
				panic("reflect.Select: default case has Chan value")
			}
			if c.Send.IsValid() {
				panic("reflect.Select: default case has Send value")
			}
			block, fallback = 0, i
		case SelectSend:
			if !c.Chan.IsValid() {
				break
			}
			c.Chan.allow(SendDir, noMethod, "reflect.Select: SendDir case using recv-only channel")
			if !c.Send.IsValid() {
				panic("reflect.Select: SendDir case missing Send value")
			}
			c.Send.mustExported(noMethod)
			x := c.Send.assigned("reflect.Select", c.Chan.t.Elem())
			list = append(list, selectCase{c.Chan.word(), x.addr()})
			index = append(index, i)
			sends++
		case SelectRecv:
		default:
			panic("reflect.Select: invalid Dir")
		}
	}
	for i, c := range cases {
		if c.Dir != SelectRecv {
			continue
		}
		if c.Send.IsValid() {
			panic("reflect.Select: RecvDir case has Send value")
		}
		if !c.Chan.IsValid() {
			continue
		}
		c.Chan.allow(RecvDir, noMethod, "reflect.Select: RecvDir case using send-only channel")
		list = append(list, selectCase{c.Chan.word(), alloc(c.Chan.t.Elem())})
		index = append(index, i)
	}
	k, ok := selectCases(unsafe.SliceData(list), sends, len(list)-sends, block)
	if k < 0 {
		return fallback, Value{}, false
	}
	chosen = index[k]
	if k >= sends {
		recv = Value{cases[chosen].Chan.t.Elem(), list[k].elem, 0}
		recvOK = ok != 0
	}
	return chosen, recv, recvOK
}

// ---- ranging

// Seq iterates as `for x := range v` does.
func (v Value) Seq() iter.Seq[Value] {
	t := v.Type()
	if t.Kind() == Func && t.CanSeq() {
		return func(yield func(Value) bool) {
			v.Call([]Value{MakeFunc(t.In(0), func(in []Value) []Value { return []Value{ValueOf(yield(in[0]))} })})
		}
	}
	switch v.kind() {
	case Int, Int8, Int16, Int32, Int64:
		return func(yield func(Value) bool) {
			for i := range v.Int() {
				x := New(t).Elem()
				x.SetInt(i)
				if !yield(Value{x.t, x.p, 0}) {
					return
				}
			}
		}
	case Uint, Uint8, Uint16, Uint32, Uint64, Uintptr:
		return func(yield func(Value) bool) {
			for i := range v.Uint() {
				x := New(t).Elem()
				x.SetUint(i)
				if !yield(Value{x.t, x.p, 0}) {
					return
				}
			}
		}
	case Chan:
		return func(yield func(Value) bool) {
			for x, ok := v.Recv(); ok; x, ok = v.Recv() {
				if !yield(x) {
					return
				}
			}
		}
	case Pointer:
		if v.t.Elem().Kind() != abi.Array {
			break
		}
		// The array itself is not looked at: the pointer may be nil.
		return func(yield func(Value) bool) {
			for i := range t.Elem().Len() {
				if !yield(ValueOf(i)) {
					return
				}
			}
		}
	case Array, Slice, String, Map:
		return func(yield func(Value) bool) {
			for i := range v.Seq2() {
				if !yield(i) {
					return
				}
			}
		}
	}
	panic("reflect: " + t.String() + " cannot produce iter.Seq[Value]")
}

// Seq2 iterates as `for x, y := range v` does.
func (v Value) Seq2() iter.Seq2[Value, Value] {
	t := v.Type()
	if t.Kind() == Func && t.CanSeq2() {
		return func(yield func(Value, Value) bool) {
			v.Call([]Value{MakeFunc(t.In(0), func(in []Value) []Value { return []Value{ValueOf(yield(in[0], in[1]))} })})
		}
	}
	switch v.kind() {
	case Pointer:
		if v.t.Elem().Kind() != abi.Array {
			break
		}
		return v.Elem().Seq2()
	case Array, Slice:
		return func(yield func(Value, Value) bool) {
			for i := range v.Len() {
				if !yield(ValueOf(i), v.Index(i)) {
					return
				}
			}
		}
	case String:
		return func(yield func(Value, Value) bool) {
			for i, r := range v.String() {
				if !yield(ValueOf(i), ValueOf(r)) {
					return
				}
			}
		}
	case Map:
		return func(yield func(Value, Value) bool) {
			for it := v.MapRange(); it.Next(); {
				if !yield(it.Key(), it.Value()) {
					return
				}
			}
		}
	}
	panic("reflect: " + t.String() + " cannot produce iter.Seq2[Value, Value]")
}

// Fields iterates over a struct's fields.
func (v Value) Fields() iter.Seq2[StructField, Value] {
	t := v.Type()
	if t.Kind() != Struct {
		panic("reflect: Fields of non-struct type " + t.String())
	}
	return func(yield func(StructField, Value) bool) {
		for i := range v.NumField() {
			if !yield(t.Field(i), v.Field(i)) {
				return
			}
		}
	}
}

// Methods iterates over a value's methods.
func (v Value) Methods() iter.Seq2[Method, Value] {
	return func(yield func(Method, Value) bool) {
		t := v.Type()
		for i := range v.NumMethod() {
			if !yield(t.Method(i), v.Method(i)) {
				return
			}
		}
	}
}
