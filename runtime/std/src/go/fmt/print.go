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
		p.fmt.buf = &p.buf
	}
	return p
}

// release leaves a printer for the next call as a new one is, but for its buffers. After a panic it is not called.
func (p *printer) release() {
	// Very large buffers are left to the collector.
	if cap(p.buf) > 64*1024 {
		p.buf = nil
	} else {
		p.buf = p.buf[:0]
	}
	if p.arg != nil {
		p.arg = nil
	}
	p.wrapped = p.wrapped[:0]
	if p.fmt.some {
		p.fmt.clear()
	}
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
