// Package fmt formats and scans text.
package fmt

import (
	"internal/abi"
	"internal/stdio"
	"io"
	"strconv"
	"sync/atomic"
	"unicode/utf8"
	"unsafe"
)

// State is what a Formatter gets: the writer, and the flags of the directive.
type State interface {
	Write(b []byte) (n int, err error)
	Width() (wid int, ok bool)
	Precision() (prec int, ok bool)
	Flag(c int) bool
}

// A Formatter formats itself.
type Formatter interface {
	Format(f State, verb rune)
}

// A Stringer has a text for %s and %v.
type Stringer interface {
	String() string
}

// A GoStringer has a text for %#v.
type GoStringer interface {
	GoString() string
}

// printer is the state of one call.
type printer struct {
	buf []byte
	// The operand, as an interface; nil if only `value` is known.
	arg any
	fmt formatter
	// %[n] has been used, and is right.
	reordered, goodArgNum bool
	// Guards against a panic in a method called while printing a panic.
	panicking bool
	// The %v of a bad verb is being printed: methods are not called.
	erroring bool
	// %w is allowed, and the operands it named.
	wrapErrs bool
	wrapped  []int
}

// spare keeps printers between calls; nil where there is none.
var spare [2]unsafe.Pointer

func newPrinter() *printer {
	p := (*printer)(atomic.SwapPointer(&spare[0], nil))
	if p == nil {
		p = (*printer)(atomic.SwapPointer(&spare[1], nil))
	}
	if p == nil {
		p = new(printer)
	}
	p.panicking, p.erroring, p.wrapErrs = false, false, false
	p.fmt.buf = &p.buf
	p.fmt.clear()
	return p
}

func (p *printer) release() {
	// Very large buffers are left to the collector.
	if cap(p.buf) > 64*1024 {
		p.buf = nil
	} else {
		p.buf = p.buf[:0]
	}
	p.arg = nil
	p.wrapped = p.wrapped[:0]
	for i := range spare {
		if atomic.CompareAndSwapPointer(&spare[i], nil, unsafe.Pointer(p)) {
			return
		}
	}
}

func (p *printer) Width() (wid int, ok bool)      { return p.fmt.wid, p.fmt.widPresent }
func (p *printer) Precision() (prec int, ok bool) { return p.fmt.prec, p.fmt.precPresent }

func (p *printer) Flag(c int) bool {
	switch c {
	case '-':
		return p.fmt.minus
	case '+':
		return p.fmt.plus || p.fmt.plusV
	case '#':
		return p.fmt.sharp || p.fmt.sharpV
	case ' ':
		return p.fmt.space
	case '0':
		return p.fmt.zero
	}
	return false
}

func (p *printer) Write(b []byte) (n int, err error) {
	p.buf = append(p.buf, b...)
	return len(b), nil
}

func (p *printer) WriteString(s string) (n int, err error) {
	p.buf = append(p.buf, s...)
	return len(s), nil
}

func (p *printer) text(s string) { p.buf = append(p.buf, s...) }
func (p *printer) byte(c byte)   { p.buf = append(p.buf, c) }

// FormatString is the directive that a Formatter was called with.
func FormatString(state State, verb rune) string {
	b := []byte{'%'}
	for _, c := range " +-#0" {
		if state.Flag(int(c)) {
			b = append(b, byte(c))
		}
	}
	if w, ok := state.Width(); ok {
		b = strconv.AppendInt(b, int64(w), 10)
	}
	if pr, ok := state.Precision(); ok {
		b = append(b, '.')
		b = strconv.AppendInt(b, int64(pr), 10)
	}
	return string(utf8.AppendRune(b, verb))
}

func Fprintf(w io.Writer, format string, a ...any) (n int, err error) {
	p := newPrinter()
	p.format(format, a)
	n, err = w.Write(p.buf)
	p.release()
	return
}

func Printf(format string, a ...any) (n int, err error) { return Fprintf(stdio.Out, format, a...) }

func Sprintf(format string, a ...any) string {
	p := newPrinter()
	p.format(format, a)
	s := string(p.buf)
	p.release()
	return s
}

func Appendf(b []byte, format string, a ...any) []byte {
	p := newPrinter()
	p.format(format, a)
	b = append(b, p.buf...)
	p.release()
	return b
}

func Fprint(w io.Writer, a ...any) (n int, err error) {
	p := newPrinter()
	p.print(a)
	n, err = w.Write(p.buf)
	p.release()
	return
}

func Print(a ...any) (n int, err error) { return Fprint(stdio.Out, a...) }

func Sprint(a ...any) string {
	p := newPrinter()
	p.print(a)
	s := string(p.buf)
	p.release()
	return s
}

func Append(b []byte, a ...any) []byte {
	p := newPrinter()
	p.print(a)
	b = append(b, p.buf...)
	p.release()
	return b
}

func Fprintln(w io.Writer, a ...any) (n int, err error) {
	p := newPrinter()
	p.println(a)
	n, err = w.Write(p.buf)
	p.release()
	return
}

func Println(a ...any) (n int, err error) { return Fprintln(stdio.Out, a...) }

func Sprintln(a ...any) string {
	p := newPrinter()
	p.println(a)
	s := string(p.buf)
	p.release()
	return s
}

func Appendln(b []byte, a ...any) []byte {
	p := newPrinter()
	p.println(a)
	b = append(b, p.buf...)
	p.release()
	return b
}

// print separates operands by spaces when neither is a string.
func (p *printer) print(a []any) {
	prevString := false
	for i, arg := range a {
		isString := arg != nil && abi.TypeOf(arg).Kind() == abi.String
		if i > 0 && !isString && !prevString {
			p.byte(' ')
		}
		p.printArg(arg, 'v')
		prevString = isString
	}
}

func (p *printer) println(a []any) {
	for i, arg := range a {
		if i > 0 {
			p.byte(' ')
		}
		p.printArg(arg, 'v')
	}
	p.byte('\n')
}

const limit = 1000000

// number reads digits at s[i:end].
func number(s string, i, end int) (n int, ok bool, next int) {
	for ; i < end && '0' <= s[i] && s[i] <= '9'; i++ {
		if n > limit || n < -limit {
			return 0, false, end
		}
		n = n*10 + int(s[i]-'0')
		ok = true
	}
	return n, ok, i
}

// argNumber reads "[n]" at format[i:].
func (p *printer) argNumber(argNum int, format string, i, count int) (newArg, next int, found bool) {
	if i >= len(format) || format[i] != '[' {
		return argNum, i, false
	}
	p.reordered = true
	if len(format)-i < len("[1]") {
		p.goodArgNum = false
		return argNum, i + 1, false
	}
	for j := i + 1; j < len(format); j++ {
		if format[j] != ']' {
			continue
		}
		n, ok, after := number(format, i+1, j)
		if !ok || after != j {
			break
		}
		if n < 1 || n > count {
			p.goodArgNum = false
			return argNum, j + 1, ok
		}
		return n - 1, j + 1, true
	}
	p.goodArgNum = false
	for j := i + 1; j < len(format); j++ {
		if format[j] == ']' {
			return argNum, j + 1, false
		}
	}
	return argNum, i + 1, false
}

// intArg takes an operand for * as a width or precision.
func intArg(a []any, argNum int) (n int, ok bool, next int) {
	if argNum >= len(a) {
		return 0, false, argNum
	}
	n, ok = a[argNum].(int)
	if !ok && a[argNum] != nil {
		v := valueOf(a[argNum])
		switch v.kind() {
		case abi.Int, abi.Int8, abi.Int16, abi.Int32, abi.Int64:
			n, ok = int(v.int()), true
		case abi.Uint, abi.Uint8, abi.Uint16, abi.Uint32, abi.Uint64, abi.Uintptr:
			n, ok = int(v.uint()), int64(v.uint()) >= 0
		}
	}
	if n > limit || n < -limit {
		n, ok = 0, false
	}
	return n, ok, argNum + 1
}

func (p *printer) format(format string, a []any) {
	argNum := 0
	afterIndex := false
	p.reordered = false
	for i := 0; i < len(format); {
		p.goodArgNum = true
		start := i
		for i < len(format) && format[i] != '%' {
			i++
		}
		if i > start {
			p.text(format[start:i])
		}
		if i >= len(format) {
			break
		}
		i++
		p.fmt.clear()
	flags:
		for ; i < len(format); i++ {
			switch c := format[i]; c {
			case '#':
				p.fmt.sharp = true
			case '0':
				p.fmt.zero = true
			case '+':
				p.fmt.plus = true
			case '-':
				p.fmt.minus = true
			case ' ':
				p.fmt.space = true
			default:
				break flags
			}
		}
		argNum, i, afterIndex = p.argNumber(argNum, format, i, len(a))
		if i < len(format) && format[i] == '*' {
			i++
			p.fmt.wid, p.fmt.widPresent, argNum = intArg(a, argNum)
			if !p.fmt.widPresent {
				p.text("%!(BADWIDTH)")
			}
			if p.fmt.wid < 0 {
				p.fmt.wid = -p.fmt.wid
				p.fmt.minus = true
				p.fmt.zero = false
			}
			afterIndex = false
		} else {
			p.fmt.wid, p.fmt.widPresent, i = number(format, i, len(format))
			if afterIndex && p.fmt.widPresent {
				p.goodArgNum = false
			}
		}
		if i+1 < len(format) && format[i] == '.' {
			i++
			if afterIndex {
				p.goodArgNum = false
			}
			argNum, i, afterIndex = p.argNumber(argNum, format, i, len(a))
			if i < len(format) && format[i] == '*' {
				i++
				p.fmt.prec, p.fmt.precPresent, argNum = intArg(a, argNum)
				if p.fmt.prec < 0 {
					p.fmt.prec = 0
					p.fmt.precPresent = false
				}
				if !p.fmt.precPresent {
					p.text("%!(BADPREC)")
				}
				afterIndex = false
			} else {
				p.fmt.prec, p.fmt.precPresent, i = number(format, i, len(format))
				if !p.fmt.precPresent {
					p.fmt.prec = 0
					p.fmt.precPresent = true
				}
			}
		}
		if !afterIndex {
			argNum, i, afterIndex = p.argNumber(argNum, format, i, len(a))
		}
		if i >= len(format) {
			p.text("%!(NOVERB)")
			break
		}
		verb, size := utf8.DecodeRuneInString(format[i:])
		i += size
		switch {
		case verb == '%':
			p.byte('%')
		case !p.goodArgNum:
			p.badArgument(verb, "(BADINDEX)")
		case argNum >= len(a):
			p.badArgument(verb, "(MISSING)")
		default:
			if verb == 'w' {
				p.wrapped = append(p.wrapped, argNum)
			}
			if verb == 'v' || verb == 'w' {
				p.fmt.sharpV, p.fmt.sharp = p.fmt.sharp, false
				p.fmt.plusV, p.fmt.plus = p.fmt.plus, false
			}
			p.printArg(a[argNum], verb)
			argNum++
		}
	}
	if !p.reordered && argNum < len(a) {
		p.fmt.clear()
		p.text("%!(EXTRA ")
		for i, arg := range a[argNum:] {
			if i > 0 {
				p.text(", ")
			}
			if arg == nil {
				p.text("<nil>")
			} else {
				p.text(abi.TypeOf(arg).String())
				p.byte('=')
				p.printArg(arg, 'v')
			}
		}
		p.byte(')')
	}
}

func (p *printer) badArgument(verb rune, what string) {
	p.text("%!")
	p.buf = utf8.AppendRune(p.buf, verb)
	p.text(what)
}

// badVerb prints %!verb(type=value).
func (p *printer) badVerb(verb rune, v value) {
	p.erroring = true
	p.text("%!")
	p.buf = utf8.AppendRune(p.buf, verb)
	p.byte('(')
	switch {
	case p.arg != nil:
		p.text(abi.TypeOf(p.arg).String())
		p.byte('=')
		p.printArg(p.arg, 'v')
	case v.t != nil:
		p.text(v.t.String())
		p.byte('=')
		p.printValue(v, 'v', 0)
	default:
		p.text("<nil>")
	}
	p.byte(')')
	p.erroring = false
}

func (p *printer) boolean(b bool, verb rune, v value) {
	switch verb {
	case 't', 'v':
		p.fmt.boolean(b)
	default:
		p.badVerb(verb, v)
	}
}

// hex0x prints 0x and the number, whatever the sharp flag says.
func (p *printer) hex0x(u uint64, leading0x bool) {
	sharp := p.fmt.sharp
	p.fmt.sharp = leading0x
	p.fmt.integer(u, 16, false, 'v', lowerDigits)
	p.fmt.sharp = sharp
}

func (p *printer) integer(u uint64, signed bool, verb rune, v value) {
	switch verb {
	case 'v':
		if p.fmt.sharpV && !signed {
			p.hex0x(u, true)
		} else {
			p.fmt.integer(u, 10, signed, verb, lowerDigits)
		}
	case 'd':
		p.fmt.integer(u, 10, signed, verb, lowerDigits)
	case 'b':
		p.fmt.integer(u, 2, signed, verb, lowerDigits)
	case 'o', 'O':
		p.fmt.integer(u, 8, signed, verb, lowerDigits)
	case 'x':
		p.fmt.integer(u, 16, signed, verb, lowerDigits)
	case 'X':
		p.fmt.integer(u, 16, signed, verb, upperDigits)
	case 'c':
		p.fmt.char(u)
	case 'q':
		p.fmt.quotedChar(u)
	case 'U':
		p.fmt.unicode(u)
	default:
		p.badVerb(verb, v)
	}
}

func (p *printer) float(f float64, size int, verb rune, v value) {
	prec := -1
	if verb != 'v' && verb != 'b' && verb != 'g' && verb != 'G' && verb != 'x' && verb != 'X' {
		prec = 6
	}
	if p.fmt.precPresent {
		prec = p.fmt.prec
	}
	switch verb {
	case 'v':
		p.fmt.float(f, size, 'g', prec)
	case 'b', 'g', 'G', 'x', 'X', 'e', 'E', 'f':
		p.fmt.float(f, size, verb, prec)
	case 'F':
		p.fmt.float(f, size, 'f', prec)
	default:
		p.badVerb(verb, v)
	}
}

func (p *printer) complex(c complex128, size int, verb rune, v value) {
	switch verb {
	case 'v', 'b', 'g', 'G', 'x', 'X', 'f', 'F', 'e', 'E':
		plus := p.fmt.plus
		p.byte('(')
		p.float(real(c), size/2, verb, v)
		// The imaginary part always has a sign.
		p.fmt.plus = true
		p.float(imag(c), size/2, verb, v)
		p.text("i)")
		p.fmt.plus = plus
	default:
		p.badVerb(verb, v)
	}
}

func (p *printer) str(s string, verb rune, v value) {
	switch verb {
	case 'v':
		if p.fmt.sharpV {
			p.fmt.quoted(s)
		} else {
			p.fmt.str(s)
		}
	case 's':
		p.fmt.str(s)
	case 'x':
		p.fmt.hexString(s, lowerDigits)
	case 'X':
		p.fmt.hexString(s, upperDigits)
	case 'q':
		p.fmt.quoted(s)
	default:
		p.badVerb(verb, v)
	}
}

func (p *printer) bytes(b []byte, verb rune, typeName string) {
	switch verb {
	case 'v', 'd':
		if p.fmt.sharpV {
			p.text(typeName)
			if b == nil {
				p.text("(nil)")
				return
			}
			p.byte('{')
			for i, c := range b {
				if i > 0 {
					p.text(", ")
				}
				p.hex0x(uint64(c), true)
			}
			p.byte('}')
			return
		}
		p.byte('[')
		for i, c := range b {
			if i > 0 {
				p.byte(' ')
			}
			p.fmt.integer(uint64(c), 10, false, verb, lowerDigits)
		}
		p.byte(']')
	case 's':
		p.fmt.str(string(b))
	case 'x':
		p.fmt.hexString(string(b), lowerDigits)
	case 'X':
		p.fmt.hexString(string(b), upperDigits)
	case 'q':
		p.fmt.quoted(string(b))
	default:
		p.printValue(valueOf(b), verb, 0)
	}
}

func (p *printer) pointer(v value, verb rune) {
	var u uintptr
	switch v.kind() {
	case abi.Chan, abi.Func, abi.Map, abi.Pointer, abi.Slice, abi.UnsafePointer:
		u = v.pointer()
		if v.kind() == abi.Func && u != 0 {
			u = *(*uintptr)(*(*unsafe.Pointer)(v.p))
		}
	default:
		p.badVerb(verb, v)
		return
	}
	switch verb {
	case 'v':
		if p.fmt.sharpV {
			p.byte('(')
			p.text(v.t.String())
			p.text(")(")
			if u == 0 {
				p.text("nil")
			} else {
				p.hex0x(uint64(u), true)
			}
			p.byte(')')
		} else if u == 0 {
			p.fmt.padString("<nil>")
		} else {
			p.hex0x(uint64(u), !p.fmt.sharp)
		}
	case 'p':
		p.hex0x(uint64(u), !p.fmt.sharp)
	case 'b', 'o', 'd', 'x', 'X':
		p.integer(uint64(u), false, verb, v)
	default:
		p.badVerb(verb, v)
	}
}

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
			p.str(v.Error(), verb, value{})
			return
		case Stringer:
			defer p.catchPanic(p.arg, verb, "String")
			p.str(v.String(), verb, value{})
			return
		}
	}
	return false
}

func (p *printer) printArg(arg any, verb rune) {
	p.arg = arg
	if arg == nil {
		switch verb {
		case 'T', 'v':
			p.fmt.padString("<nil>")
		default:
			p.badVerb(verb, value{})
		}
		return
	}
	switch verb {
	case 'T':
		p.str(abi.TypeOf(arg).String(), 's', value{})
		return
	case 'p':
		p.pointer(valueOf(arg), 'p')
		return
	}
	switch a := arg.(type) {
	case bool:
		p.boolean(a, verb, value{})
	case float32:
		p.float(float64(a), 32, verb, value{})
	case float64:
		p.float(a, 64, verb, value{})
	case complex64:
		p.complex(complex128(a), 64, verb, value{})
	case complex128:
		p.complex(a, 128, verb, value{})
	case int:
		p.integer(uint64(a), true, verb, value{})
	case int8:
		p.integer(uint64(a), true, verb, value{})
	case int16:
		p.integer(uint64(a), true, verb, value{})
	case int32:
		p.integer(uint64(a), true, verb, value{})
	case int64:
		p.integer(uint64(a), true, verb, value{})
	case uint:
		p.integer(uint64(a), false, verb, value{})
	case uint8:
		p.integer(uint64(a), false, verb, value{})
	case uint16:
		p.integer(uint64(a), false, verb, value{})
	case uint32:
		p.integer(uint64(a), false, verb, value{})
	case uint64:
		p.integer(a, false, verb, value{})
	case uintptr:
		p.integer(uint64(a), false, verb, value{})
	case string:
		p.str(a, verb, value{})
	case []byte:
		p.bytes(a, verb, "[]byte")
	default:
		if abi.ReflectValue != nil {
			if t, at, readOnly, is := abi.ReflectValue(arg); is {
				p.reflected(value{t, at, readOnly}, verb)
				return
			}
		}
		if !p.callMethods(verb) {
			p.printValue(valueOf(arg), verb, 0)
		}
	}
}

// reflected prints what a reflect.Value holds.
func (p *printer) reflected(v value, verb rune) {
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
	switch v.kind() {
	case abi.Bool:
		p.boolean(v.bool(), verb, v)
	case abi.Int, abi.Int8, abi.Int16, abi.Int32, abi.Int64:
		p.integer(uint64(v.int()), true, verb, v)
	case abi.Uint, abi.Uint8, abi.Uint16, abi.Uint32, abi.Uint64, abi.Uintptr:
		p.integer(v.uint(), false, verb, v)
	case abi.Float32:
		p.float(v.float(), 32, verb, v)
	case abi.Float64:
		p.float(v.float(), 64, verb, v)
	case abi.Complex64:
		p.complex(v.complex(), 64, verb, v)
	case abi.Complex128:
		p.complex(v.complex(), 128, verb, v)
	case abi.String:
		p.str(v.string(), verb, v)
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
