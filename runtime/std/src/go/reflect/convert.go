package reflect

import (
	"internal/abi"
	"unsafe"
)

func (v Value) CanConvert(t Type) bool {
	to := t.descriptor()
	if converter(to, v.Type().descriptor()) == nil {
		return false
	}
	if v.kind() == Slice {
		switch {
		case to.Kind() == abi.Array:
			return arrayLen(to) <= v.Len()
		case to.Kind() == abi.Pointer && to.Elem().Kind() == abi.Array:
			return arrayLen(to.Elem()) <= v.Len()
		}
	}
	return true
}

// Convert is the conversion of v to type t.
func (v Value) Convert(t Type) Value {
	if v.flag&flagMethod != 0 {
		v = v.bound()
	}
	convert := converter(t.descriptor(), v.t)
	if convert == nil {
		panic("reflect.Value.Convert: value of type " + v.t.String() + " cannot be converted to type " + t.String())
	}
	return convert(v, t.descriptor())
}

func isInt(k abi.Kind) bool     { return abi.Int <= k && k <= abi.Int64 }
func isUint(k abi.Kind) bool    { return abi.Uint <= k && k <= abi.Uintptr }
func isFloat(k abi.Kind) bool   { return k == abi.Float32 || k == abi.Float64 }
func isComplex(k abi.Kind) bool { return k == abi.Complex64 || k == abi.Complex128 }

// fresh is a new variable of type t that set fills.
func fresh(v Value, t *abi.Type, set func(x Value)) Value {
	x := Value{t, alloc(t), flagAddr}
	set(x)
	return Value{t, x.p, v.flag.ro()}
}

// converter is how values of type from become values of type to; nil if they do not.
func converter(to, from *abi.Type) func(v Value, t *abi.Type) Value {
	k, j := from.Kind(), to.Kind()
	number := func(k abi.Kind) bool { return isInt(k) || isUint(k) || isFloat(k) }
	switch {
	case number(k) && number(j):
		return convertNumber
	case isComplex(k) && isComplex(j):
		return func(v Value, t *abi.Type) Value { return fresh(v, t, func(x Value) { x.SetComplex(v.Complex()) }) }
	case (isInt(k) || isUint(k)) && j == abi.String:
		return func(v Value, t *abi.Type) Value {
			r := rune(0xFFFD)
			if v.CanInt() {
				if n := v.Int(); int64(rune(n)) == n {
					r = rune(n)
				}
			} else if n := v.Uint(); n == uint64(rune(n)) {
				r = rune(n)
			}
			return fresh(v, t, func(x Value) { x.SetString(string(r)) })
		}
	case k == abi.String && j == abi.Slice && packageless(to.Elem()):
		switch to.Elem().Kind() {
		case abi.Uint8:
			return func(v Value, t *abi.Type) Value {
				return fresh(v, t, func(x Value) { *(*[]byte)(x.p) = []byte(v.String()) })
			}
		case abi.Int32:
			return func(v Value, t *abi.Type) Value {
				return fresh(v, t, func(x Value) { *(*[]rune)(x.p) = []rune(v.String()) })
			}
		}
	case k == abi.Slice && j == abi.String && packageless(from.Elem()):
		switch from.Elem().Kind() {
		case abi.Uint8:
			return func(v Value, t *abi.Type) Value {
				return fresh(v, t, func(x Value) { x.SetString(string(*(*[]byte)(v.p))) })
			}
		case abi.Int32:
			return func(v Value, t *abi.Type) Value {
				return fresh(v, t, func(x Value) { x.SetString(string(*(*[]rune)(v.p))) })
			}
		}
	case k == abi.Slice && j == abi.Pointer && to.Elem().Kind() == abi.Array && from.Elem() == to.Elem().Elem():
		return func(v Value, t *abi.Type) Value {
			checkLength(v, arrayLen(t.Elem()), "pointer to array")
			return Value{t, v.header().data, v.flag.ro() | flagDirect}
		}
	case k == abi.Slice && j == abi.Array && from.Elem() == to.Elem():
		return func(v Value, t *abi.Type) Value {
			checkLength(v, arrayLen(t), "array")
			return copied(t, v.header().data, v.flag.ro())
		}
	case k == abi.Chan && j == abi.Chan && directlyAssignable(to, from):
		return same
	}
	if sameUnderlying(to, from, false) {
		return same
	}
	if k == abi.Pointer && !from.HasName() && j == abi.Pointer && !to.HasName() && sameUnderlying(to.Elem(), from.Elem(), false) {
		return same
	}
	if j == abi.Interface && implements(to, from) {
		return func(v Value, t *abi.Type) Value {
			if v.kind() == Interface && v.IsNil() {
				x := zeroOf(t)
				x.flag |= v.flag.ro()
				return x
			}
			x := toInterface(v, t)
			x.flag = v.flag.ro()
			return x
		}
	}
	return nil
}

// packageless reports whether a type is predeclared or has no name.
func packageless(t *abi.Type) bool { return (*rtype)(unsafe.Pointer(t)).PkgPath() == "" }

func checkLength(v Value, n int, what string) {
	if n > v.Len() {
		panic("reflect: cannot convert slice with length " + itoa(v.Len()) + " to " + what + " with length " + itoa(n))
	}
}

// same gives the memory another type.
func same(v Value, t *abi.Type) Value {
	if v.flag&flagAddr != 0 {
		return copied(t, v.p, v.flag.ro())
	}
	return Value{t, v.p, v.flag&flagDirect | v.flag.ro()}
}

func convertNumber(v Value, t *abi.Type) Value {
	return fresh(v, t, func(x Value) {
		switch k := t.Kind(); {
		case isInt(k):
			switch {
			case v.CanInt():
				x.SetInt(v.Int())
			case v.CanUint():
				x.SetInt(int64(v.Uint()))
			default:
				x.SetInt(int64(v.Float()))
			}
		case isUint(k):
			switch {
			case v.CanInt():
				x.SetUint(uint64(v.Int()))
			case v.CanUint():
				x.SetUint(v.Uint())
			default:
				x.SetUint(uint64(v.Float()))
			}
		default:
			switch {
			case v.CanInt():
				x.SetFloat(float64(v.Int()))
			case v.CanUint():
				x.SetFloat(float64(v.Uint()))
			default:
				x.SetFloat(v.Float())
			}
		}
	})
}
