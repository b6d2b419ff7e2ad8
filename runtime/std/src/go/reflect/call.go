package reflect

import (
	"internal/abi"
	"unsafe"
)

// How compiled code passes values: those of few scalars as these, others by address; results that are not scalars through addresses
// that come before the parameters.

// scalar is a part of a value that travels in a register.
type scalar struct {
	offset uintptr
	size   uintptr
	float  bool
}

const (
	// More scalars than this and a value travels by address; so do arrays that are longer.
	maxScalars = 8
	maxArray   = 4
)

// scalars appends the parts of a type; false if it travels by address.
func scalars(t *abi.Type, base uintptr, list []scalar) ([]scalar, bool) {
	if t.Size_ == 0 {
		return list, true
	}
	words := func(n uintptr) {
		for i := range n {
			list = append(list, scalar{base + 8*i, 8, false})
		}
	}
	switch t.Kind() {
	case abi.Float32, abi.Float64:
		list = append(list, scalar{base, t.Size_, true})
	case abi.Complex64, abi.Complex128:
		half := t.Size_ / 2
		list = append(list, scalar{base, half, true}, scalar{base + half, half, true})
	case abi.String, abi.Interface:
		words(2)
	case abi.Slice:
		words(3)
	case abi.Array:
		n := arrayLen(t)
		if n > maxArray {
			return list, false
		}
		e := t.Elem()
		for i := range n {
			var ok bool
			if list, ok = scalars(e, base+uintptr(i)*e.Size_, list); !ok {
				return list, false
			}
		}
	case abi.Struct:
		for _, f := range structFields(t) {
			var ok bool
			if list, ok = scalars(f.Typ, base+f.Offset, list); !ok {
				return list, false
			}
		}
	default:
		list = append(list, scalar{base, t.Size_, false})
	}
	return list, len(list) <= maxScalars
}

// cursor counts the registers in use.
type cursor struct {
	words, floats int
}

func (c *cursor) word(r *registers) *uintptr {
	if c.words >= maxWords {
		panic("reflect: call with too many words")
	}
	c.words++
	return &r.words[c.words-1]
}

func (c *cursor) float(r *registers) *float64 {
	if c.floats >= maxFloats {
		panic("reflect: call with too many floating-point values")
	}
	c.floats++
	return &r.floats[c.floats-1]
}

// store puts the scalars of the value at p into registers.
func (c *cursor) store(r *registers, parts []scalar, p unsafe.Pointer) {
	for _, s := range parts {
		q := unsafe.Add(p, s.offset)
		if s.float {
			place := (*uint64)(unsafe.Pointer(c.float(r)))
			if s.size == 4 {
				*place = uint64(*(*uint32)(q))
			} else {
				*place = *(*uint64)(q)
			}
			continue
		}
		place := c.word(r)
		switch s.size {
		case 1:
			*place = uintptr(*(*uint8)(q))
		case 2:
			*place = uintptr(*(*uint16)(q))
		case 4:
			*place = uintptr(*(*uint32)(q))
		default:
			*place = *(*uintptr)(q)
		}
	}
}

// storeValue puts a value into registers.
func (c *cursor) storeValue(r *registers, parts []scalar, v Value) {
	if v.flag&flagDirect != 0 {
		*c.word(r) = uintptr(v.p)
	} else {
		c.store(r, parts, v.p)
	}
}

// load takes a value of type t out of registers.
func (c *cursor) load(r *registers, t *abi.Type, parts []scalar) Value {
	if t.IsDirectIface() {
		return Value{t, *(*unsafe.Pointer)(unsafe.Pointer(c.word(r))), flagDirect}
	}
	p := alloc(t)
	for _, s := range parts {
		q := unsafe.Add(p, s.offset)
		if s.float {
			bits := *(*uint64)(unsafe.Pointer(c.float(r)))
			if s.size == 4 {
				*(*uint32)(q) = uint32(bits)
			} else {
				*(*uint64)(q) = bits
			}
			continue
		}
		word := *c.word(r)
		switch s.size {
		case 1:
			*(*uint8)(q) = uint8(word)
		case 2:
			*(*uint16)(q) = uint16(word)
		case 4:
			*(*uint32)(q) = uint32(word)
		default:
			*(*unsafe.Pointer)(q) = *(*unsafe.Pointer)(unsafe.Pointer(&word))
		}
	}
	return Value{t, p, 0}
}

// Call calls v with arguments; v is a function or a method value.
func (v Value) Call(in []Value) []Value {
	v.must(Func, "Call")
	v.mustExported("Call")
	return v.call("Call", in)
}

// CallSlice is Call with the last argument being the slice of a variadic parameter.
func (v Value) CallSlice(in []Value) []Value {
	v.must(Func, "CallSlice")
	v.mustExported("CallSlice")
	return v.call("CallSlice", in)
}

func (v Value) funcType() *abi.Type {
	if v.flag&flagMethod != 0 {
		return v.methodType()
	}
	return v.t
}

// arguments checks the arguments of a call, and gathers those of a variadic parameter.
func arguments(op string, params []*abi.Type, variadic bool, in []Value) []Value {
	n := len(params)
	if op == "CallSlice" {
		if !variadic {
			panic("reflect: CallSlice of non-variadic function")
		}
		if len(in) < n {
			panic("reflect: CallSlice with too few input arguments")
		}
		if len(in) > n {
			panic("reflect: CallSlice with too many input arguments")
		}
	} else {
		if variadic {
			n--
		}
		if len(in) < n {
			panic("reflect: Call with too few input arguments")
		}
		if !variadic && len(in) > n {
			panic("reflect: Call with too many input arguments")
		}
	}
	for _, x := range in {
		if x.kind() == Invalid {
			panic("reflect: " + op + " using zero Value argument")
		}
	}
	for i := range n {
		if xt, t := in[i].Type(), toType(params[i]); !xt.AssignableTo(t) {
			panic("reflect: " + op + " using " + xt.String() + " as type " + t.String())
		}
	}
	if op == "CallSlice" || !variadic {
		return in
	}
	rest := in[n:]
	slice := MakeSlice(toType(params[n]), len(rest), len(rest))
	elem := toType(params[n].Elem())
	for i, x := range rest {
		if xt := x.Type(); !xt.AssignableTo(elem) {
			panic("reflect: cannot use " + xt.String() + " as type " + elem.String() + " in " + op)
		}
		slice.Index(i).Set(x)
	}
	return append(append([]Value(nil), in[:n]...), slice)
}

func (v Value) call(op string, in []Value) []Value {
	params, results, variadic := funcTypes(v.funcType())
	if v.flag&flagMethod == 0 && v.IsNil() {
		panic("reflect.Value.Call: call of nil function")
	}
	in = arguments(op, params, variadic, in)
	var r registers
	var c cursor
	out := make([]Value, len(results))
	parts := make([][]scalar, len(results))
	var words, floats int
	for i, t := range results {
		var ok bool
		if parts[i], ok = scalars(t, 0, nil); !ok {
			parts[i] = nil
			out[i] = Value{t, alloc(t), 0}
			*c.word(&r) = uintptr(out[i].p)
		}
		for _, s := range parts[i] {
			if s.float {
				floats++
			} else {
				words++
			}
		}
	}
	if words > maxWordResults || floats > maxFloats {
		panic("reflect: call with too many results")
	}
	for i, t := range params {
		x := in[i]
		x.mustExported(op)
		x = x.assigned("reflect.Value.Call", t)
		if list, ok := scalars(t, 0, nil); ok {
			c.storeValue(&r, list, x)
		} else {
			// The callee may change it.
			*c.word(&r) = uintptr(copied(t, x.p, 0).p)
		}
	}
	if v.flag&flagMethod != 0 {
		callMethod(v.methodWords(), c.words, &r)
	} else {
		callFunc(v.word(), c.words, &r)
	}
	c = cursor{}
	for i, t := range results {
		if out[i].t == nil {
			out[i] = c.load(&r, t, parts[i])
		}
	}
	return out
}

// MakeFunc is a function of a type that calls fn.
func MakeFunc(typ Type, fn func(args []Value) (results []Value)) Value {
	if typ.Kind() != Func {
		panic("reflect: call of MakeFunc with non-Func type")
	}
	t := typ.descriptor()
	params, results, _ := funcTypes(t)
	paramParts, resultParts := make([][]scalar, len(params)), make([][]scalar, len(results))
	byAddress := func(list []*abi.Type, parts [][]scalar) (address []bool, words int) {
		address = make([]bool, len(list))
		for i, t := range list {
			p, ok := scalars(t, 0, nil)
			if !ok {
				address[i] = true
				words++
				continue
			}
			parts[i] = p
			for _, s := range p {
				if !s.float {
					words++
				}
			}
		}
		return address, words
	}
	paramAddress, words := byAddress(params, paramParts)
	resultAddress, _ := byAddress(results, resultParts)
	for _, a := range resultAddress {
		if a {
			words++
		}
	}
	if words > maxWords {
		panic("reflect.MakeFunc: too many words")
	}
	f := makeFunc(words, func(r *registers) {
		var c cursor
		places := make([]unsafe.Pointer, len(results))
		for i, a := range resultAddress {
			if a {
				places[i] = *(*unsafe.Pointer)(unsafe.Pointer(c.word(r)))
			}
		}
		args := make([]Value, len(params))
		for i, t := range params {
			if paramAddress[i] {
				args[i] = copied(t, *(*unsafe.Pointer)(unsafe.Pointer(c.word(r))), 0)
			} else {
				args[i] = c.load(r, t, paramParts[i])
			}
		}
		out := fn(args)
		if len(out) != len(results) {
			panic("reflect: wrong return count from function created by MakeFunc")
		}
		c = cursor{}
		for i, t := range results {
			x := out[i]
			if x.t == nil {
				panic("reflect: function created by MakeFunc using closure returned zero Value")
			}
			if x.flag&flagRO != 0 {
				panic("reflect: function created by MakeFunc using closure returned value obtained from unexported field")
			}
			x = x.assigned("reflect.MakeFunc", t)
			if resultAddress[i] {
				x.storeTo(places[i])
			} else {
				c.storeValue(r, resultParts[i], x)
			}
		}
	})
	return Value{t, f, flagDirect}
}

// ---- methods

func (v Value) NumMethod() int {
	if v.t == nil {
		panic(&ValueError{"reflect.Value.NumMethod", Invalid})
	}
	if v.flag&flagMethod != 0 {
		return 0
	}
	return toType(v.t).NumMethod()
}

// Method is method i as a function of its own, bound to v.
func (v Value) Method(i int) Value {
	if v.t == nil {
		panic(&ValueError{"reflect.Value.Method", Invalid})
	}
	if v.flag&flagMethod != 0 || uint(i) >= uint(toType(v.t).NumMethod()) {
		panic("reflect: Method index out of range")
	}
	if v.kind() == Interface && v.IsNil() {
		panic("reflect: Method on nil interface value")
	}
	return Value{v.t, v.p, v.flag.ro() | v.flag&flagDirect | flagMethod | flag(i)<<methodShift}
}

func (v Value) MethodByName(name string) Value {
	if v.t == nil {
		panic(&ValueError{"reflect.Value.MethodByName", Invalid})
	}
	if v.flag&flagMethod != 0 {
		return Value{}
	}
	t := (*rtype)(unsafe.Pointer(v.t))
	for i := range t.NumMethod() {
		if t.methodName(i) == name {
			return v.Method(i)
		}
	}
	return Value{}
}

func (v Value) methodType() *abi.Type {
	i := int(v.flag >> methodShift)
	if v.t.Kind() == abi.Interface {
		return abi.ResolveType(interfaceMethods(v.t)[i].Typ)
	}
	return abi.ResolveType(exportedMethods(v.t)[i].Mtyp)
}

// methodTable is an interface table with one method.
type methodTable struct {
	inter, typ unsafe.Pointer
	hash       uint64
	code       unsafe.Pointer
}

// methodWords is an interface value whose first method is the one that v names.
func (v Value) methodWords() [2]unsafe.Pointer {
	i := int(v.flag >> methodShift)
	table := &methodTable{typ: unsafe.Pointer(v.t)}
	var data unsafe.Pointer
	if v.t.Kind() == abi.Interface {
		words := *(*[2]unsafe.Pointer)(v.p)
		table.code = *(*unsafe.Pointer)(unsafe.Add(words[0], 24+8*i))
		data = words[1]
	} else {
		table.code = abi.ResolveText(exportedMethods(v.t)[i].Ifn)
		if v.t.IsDirectIface() {
			data = v.word()
		} else {
			data = copied(v.t, v.p, 0).p
		}
	}
	escape(table)
	return [2]unsafe.Pointer{unsafe.Pointer(table), data}
}

// bound is a method value as a plain function.
func (v Value) bound() Value {
	t := v.methodType()
	_, _, variadic := funcTypes(t)
	f := MakeFunc(toType(t), func(args []Value) []Value {
		if variadic {
			return v.call("CallSlice", args)
		}
		return v.call("Call", args)
	})
	f.flag |= v.flag.ro()
	return f
}
