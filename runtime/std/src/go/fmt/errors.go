package fmt

import "errors"

type wrapError struct {
	msg string
	err error
}

func (e *wrapError) Error() string { return e.msg }
func (e *wrapError) Unwrap() error { return e.err }

type wrapErrors struct {
	msg  string
	errs []error
}

func (e *wrapErrors) Error() string   { return e.msg }
func (e *wrapErrors) Unwrap() []error { return e.errs }

func hasVerb(format string) bool {
	for i := range len(format) {
		if format[i] == '%' {
			return true
		}
	}
	return false
}

// Errorf is Sprintf as an error; the operands of %w are what it wraps. It is small, so that an error without operands may be in
// the caller's frame.
func Errorf(format string, a ...any) error {
	if len(a) == 0 && !hasVerb(format) {
		return errors.New(format)
	}
	return formatted(format, a)
}

// formatted is an error with a text that is made.
//
//go:noinline
func formatted(format string, a []any) error {
	p := newPrinter()
	p.wrapErrs = true
	p.format(format, a)
	msg := string(p.buf)
	var err error
	switch len(p.wrapped) {
	case 0:
		err = errors.New(msg)
	case 1:
		w := &wrapError{msg: msg}
		w.err, _ = a[p.wrapped[0]].(error)
		err = w
	default:
		w := &wrapErrors{msg: msg}
		// In the order of the operands, each once.
		seen := make([]bool, len(a))
		for _, i := range p.wrapped {
			seen[i] = true
		}
		for i, yes := range seen {
			if e, ok := a[i].(error); ok && yes {
				w.errs = append(w.errs, e)
			}
		}
		err = w
	}
	p.wrapErrs = false
	p.release()
	return err
}
