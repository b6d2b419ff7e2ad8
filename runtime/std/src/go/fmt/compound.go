package fmt

import (
	"internal/abi"
	"unicode/utf8"
	"unsafe"
)

// catchPanic prints a panic of a method as %!v(PANIC=String method: text).
func (p *printer) catchPanic(arg any, verb rune, method string) {
	err := recover()
	if err == nil {
		return
	}
	// A nil receiver prints as <nil>.
	if v := valueOf(arg); v.t != nil && v.kind() == abi.Pointer && v.pointer() == 0 {
		p.text("<nil>")
		return
	}
	if p.panicking {
		panic(err)
	}
	saved := p.fmt.flags
	p.fmt.clear()
	p.text("%!")
	p.buf = utf8.AppendRune(p.buf, verb)
	p.text("(PANIC=")
	p.text(method)
	p.text(" method: ")
	p.panicking = true
	p.printArg(err, 'v')
	p.panicking = false
	p.byte(')')
	p.fmt.flags = saved
	// As in Go, these are gone.
	p.fmt.wid, p.fmt.prec = 0, 0
}

// callMethods formats the operand by a method of its own, if it has one for the verb.
func (p *printer) callMethods(verb rune) (handled bool) {
	if p.erroring {
		return false
	}
	// The result stands even if the method panics.
	handled = true
	if verb == 'w' {
		// Only Errorf knows it, and only for errors.
		if _, ok := p.arg.(error); !ok || !p.wrapErrs {
			p.badVerb(verb, value{})
			return
		}
		verb = 'v'
	}
	if f, ok := p.arg.(Formatter); ok {
		defer p.catchPanic(p.arg, verb, "Format")
		f.Format(p, verb)
		return
	}
	if p.fmt.sharpV {
		if s, ok := p.arg.(GoStringer); ok {
			defer p.catchPanic(p.arg, verb, "GoString")
			p.fmt.str(s.GoString())
			return
		}
		return false
	}
	switch verb {
	case 'v', 's', 'x', 'X', 'q':
		switch v := p.arg.(type) {
		case error:
			defer p.catchPanic(p.arg, verb, "Error")
			p.str(v.Error(), verb)
			return
		case Stringer:
			defer p.catchPanic(p.arg, verb, "String")
			p.str(v.String(), verb)
			return
		}
	}
	return false
}

func (p *printer) printArg(arg any, verb rune) {
	if arg == nil {
		switch verb {
		case 'T', 'v':
			p.fmt.padString("<nil>")
		default:
			p.arg = nil
			p.badVerb(verb, value{})
		}
		return
	}
	switch verb {
	case 'T':
		p.str(abi.TypeOf(arg).String(), 's')
		return
	case 'p':
		p.arg = arg
		p.pointer(valueOf(arg), 'p')
		return
	}
	known := true
	switch a := arg.(type) {
	case int:
		known = p.integer(uint64(a), true, verb)
	case string:
		known = p.str(a, verb)
	case bool:
		known = p.boolean(a, verb)
	case float32:
		known = p.float(float64(a), 32, verb)
	case float64:
		known = p.float(a, 64, verb)
	case complex64:
		known = p.complex(complex128(a), 64, verb)
	case complex128:
		known = p.complex(a, 128, verb)
	case int8:
		known = p.integer(uint64(a), true, verb)
	case int16:
		known = p.integer(uint64(a), true, verb)
	case int32:
		known = p.integer(uint64(a), true, verb)
	case int64:
		known = p.integer(uint64(a), true, verb)
	case uint:
		known = p.integer(uint64(a), false, verb)
	case uint8:
		known = p.integer(uint64(a), false, verb)
	case uint16:
		known = p.integer(uint64(a), false, verb)
	case uint32:
		known = p.integer(uint64(a), false, verb)
	case uint64:
		known = p.integer(a, false, verb)
	case uintptr:
		known = p.integer(uint64(a), false, verb)
	case []byte:
		p.arg = arg
		p.bytes(a, verb, "[]byte")
	default:
		p.arg = arg
		if abi.ReflectValue != nil {
			if r, is := abi.ReflectValue(arg); is {
				p.reflected(value{r.Type, r.Data, r.Direct, r.ReadOnly, r.Embedded}, verb)
				return
			}
		}
		if !p.callMethods(verb) {
			p.printValue(valueOf(arg), verb, 0)
		}
	}
	if !known {
		p.arg = arg
		p.badVerb(verb, value{})
	}
}

// reflected prints what a reflect.Value holds.
func (p *printer) reflected(v value, verb rune) {
	// A verb that does not fit is reported with the type of what the Value holds.
	p.arg = nil
	if v.t != nil && !v.hidden {
		p.arg = v.any()
		if p.arg != nil && p.callMethods(verb) {
			return
		}
	}
	p.printValue(v, verb, 0)
}

// printValue prints any value; its methods are called if it is part of another.
func (p *printer) printValue(v value, verb rune, depth int) {
	if depth > 0 && v.t != nil && !v.hidden {
		p.arg = v.any()
		if p.arg != nil && p.callMethods(verb) {
			return
		}
	}
	if depth > 0 {
		p.arg = nil
	}
	if v.t == nil {
		if depth == 0 {
			p.text("<invalid reflect.Value>")
		} else if verb == 'v' {
			p.text("<nil>")
		} else {
			p.badVerb(verb, v)
		}
		return
	}
	known := true
	switch v.kind() {
	case abi.Bool:
		known = p.boolean(v.bool(), verb)
	case abi.Int, abi.Int8, abi.Int16, abi.Int32, abi.Int64:
		known = p.integer(uint64(v.int()), true, verb)
	case abi.Uint, abi.Uint8, abi.Uint16, abi.Uint32, abi.Uint64, abi.Uintptr:
		known = p.integer(v.uint(), false, verb)
	case abi.Float32:
		known = p.float(v.float(), 32, verb)
	case abi.Float64:
		known = p.float(v.float(), 64, verb)
	case abi.Complex64:
		known = p.complex(v.complex(), 64, verb)
	case abi.Complex128:
		known = p.complex(v.complex(), 128, verb)
	case abi.String:
		known = p.str(v.string(), verb)
	case abi.Map:
		p.mapValue(v, verb, depth)
	case abi.Struct:
		p.structValue(v, verb, depth)
	case abi.Interface:
		in := v.inner()
		if in.t == nil {
			if p.fmt.sharpV {
				p.text(v.t.String())
				p.text("(nil)")
			} else {
				p.text("<nil>")
			}
			return
		}
		p.printValue(in, verb, depth+1)
	case abi.Array, abi.Slice:
		p.listValue(v, verb, depth)
	case abi.Pointer:
		// At the top, pointers to composites print as &composite.
		if depth == 0 && v.pointer() != 0 {
			switch v.t.Elem().Kind() {
			case abi.Array, abi.Slice, abi.Struct, abi.Map:
				p.byte('&')
				p.printValue(v.elem(), verb, depth+1)
				return
			}
		}
		p.pointer(v, verb)
	case abi.Chan, abi.Func, abi.UnsafePointer:
		p.pointer(v, verb)
	}
	if !known {
		p.badVerb(verb, v)
	}
}

func (p *printer) mapValue(v value, verb rune, depth int) {
	if p.fmt.sharpV {
		p.text(v.t.String())
		if v.pointer() == 0 {
			p.text("(nil)")
			return
		}
		p.byte('{')
	} else {
		p.text("map[")
	}
	for i, e := range v.entries() {
		if i > 0 {
			if p.fmt.sharpV {
				p.text(", ")
			} else {
				p.byte(' ')
			}
		}
		p.printValue(e.key, verb, depth+1)
		p.byte(':')
		p.printValue(e.elem, verb, depth+1)
	}
	if p.fmt.sharpV {
		p.byte('}')
	} else {
		p.byte(']')
	}
}

func (p *printer) structValue(v value, verb rune, depth int) {
	if p.fmt.sharpV {
		p.text(v.t.String())
	}
	p.byte('{')
	for i, f := range v.fields() {
		if i > 0 {
			if p.fmt.sharpV {
				p.text(", ")
			} else {
				p.byte(' ')
			}
		}
		if p.fmt.plusV || p.fmt.sharpV {
			p.text(f.Name.String())
			p.byte(':')
		}
		field := v.field(i)
		if field.kind() == abi.Interface {
			if in := field.inner(); in.t != nil {
				field = in
			}
		}
		p.printValue(field, verb, depth+1)
	}
	p.byte('}')
}

func (p *printer) listValue(v value, verb rune, depth int) {
	switch verb {
	case 's', 'q', 'x', 'X':
		// Byte lists are strings for these verbs.
		if v.t.Elem().Kind() == abi.Uint8 {
			var b []byte
			if v.kind() == abi.Slice {
				b = v.bytes()
			} else {
				b = unsafe.Slice((*byte)(v.p), v.len())
			}
			p.bytes(b, verb, v.t.String())
			return
		}
	}
	if p.fmt.sharpV {
		p.text(v.t.String())
		if v.kind() == abi.Slice && v.pointer() == 0 {
			p.text("(nil)")
			return
		}
		p.byte('{')
	} else {
		p.byte('[')
	}
	for i := range v.len() {
		if i > 0 {
			if p.fmt.sharpV {
				p.text(", ")
			} else {
				p.byte(' ')
			}
		}
		p.printValue(v.index(i), verb, depth+1)
	}
	if p.fmt.sharpV {
		p.byte('}')
	} else {
		p.byte(']')
	}
}
