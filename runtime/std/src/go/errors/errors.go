// Package errors makes, wraps and inspects errors.
package errors

import (
	"internal/abi"
	"unsafe"
)

type errorString struct {
	s string
}

func (e *errorString) Error() string { return e.s }

// New returns an error with the given text. Each call's error is distinct.
func New(text string) error {
	return &errorString{text}
}

// ErrUnsupported says that an operation cannot be performed because it is unsupported.
var ErrUnsupported = New("unsupported operation")

// Unwrap calls err's method Unwrap() error if it has one, else returns nil.
func Unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

// Is reports whether any error in err's tree matches target.
func Is(err, target error) bool {
	if err == nil || target == nil {
		return err == target
	}
	return is(err, target, abi.TypeOf(target).Equal != nil)
}

func is(err, target error, comparable bool) bool {
	for {
		if comparable && err == target {
			return true
		}
		if x, ok := err.(interface{ Is(error) bool }); ok && x.Is(target) {
			return true
		}
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			if err = x.Unwrap(); err == nil {
				return false
			}
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				if is(e, target, comparable) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
}

var errorType = abi.TypeOf((*error)(nil)).Elem()

// As finds the first error in err's tree that can be assigned to what target points to, and assigns it.
func As(err error, target any) bool {
	if err == nil {
		return false
	}
	if target == nil {
		panic("errors: target cannot be nil")
	}
	e := abi.EfaceOf(&target)
	if e.Type.Kind() != abi.Pointer || e.Data == nil {
		panic("errors: target must be a non-nil pointer")
	}
	want := e.Type.Elem()
	if want.Kind() != abi.Interface && !abi.Implements(errorType, want) {
		panic("errors: *target must be interface or implement error")
	}
	return as(err, target, want, e.Data)
}

func as(err error, target any, want *abi.Type, p unsafe.Pointer) bool {
	for {
		if assign(err, want, p) {
			return true
		}
		if x, ok := err.(interface{ As(any) bool }); ok && x.As(target) {
			return true
		}
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			if err = x.Unwrap(); err == nil {
				return false
			}
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				if e != nil && as(e, target, want, p) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
}

// assign stores err at p, a variable of type want, if its dynamic type allows it.
func assign(err error, want *abi.Type, p unsafe.Pointer) bool {
	var v any = err
	e := abi.EfaceOf(&v)
	if want.Kind() == abi.Interface {
		if len((*abi.InterfaceType)(unsafe.Pointer(want)).Methods) == 0 {
			*(*any)(p) = v
			return true
		}
		tab := abi.Itab(want, e.Type)
		if tab == nil {
			return false
		}
		*(*[2]unsafe.Pointer)(p) = [2]unsafe.Pointer{tab, e.Data}
		return true
	}
	if e.Type != want {
		return false
	}
	if want.IsDirectIface() {
		*(*unsafe.Pointer)(p) = e.Data
	} else {
		typedMove(unsafe.Pointer(want), p, e.Data, 1)
	}
	return true
}

//go:linkname typedMove escargo.typed_move
func typedMove(t, dst, src unsafe.Pointer, n int)

// AsType finds the first error in err's tree of type E.
func AsType[E error](err error) (E, bool) {
	var target E
	ok := As(err, &target)
	return target, ok
}

type joinError struct {
	errs []error
}

// Join wraps the errors that are not nil; it returns nil if there is none.
func Join(errs ...error) error {
	var kept []error
	for _, err := range errs {
		if err != nil {
			kept = append(kept, err)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return &joinError{kept}
}

func (e *joinError) Error() string {
	text := e.errs[0].Error()
	for _, err := range e.errs[1:] {
		text += "\n" + err.Error()
	}
	return text
}

func (e *joinError) Unwrap() []error { return e.errs }
