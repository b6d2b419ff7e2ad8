// Package strconv converts between basic values and their text.
package strconv

import "errors"

// ErrRange says that a value is out of range for the target type.
var ErrRange = errors.New("value out of range")

// ErrSyntax says that a text does not have the right syntax.
var ErrSyntax = errors.New("invalid syntax")

// A NumError is a failed conversion.
type NumError struct {
	Func string
	Num  string
	Err  error
}

func (e *NumError) Error() string {
	return "strconv." + e.Func + ": parsing " + Quote(e.Num) + ": " + e.Err.Error()
}

func (e *NumError) Unwrap() error { return e.Err }

// clone copies text into an error, so that what is parsed need not outlive the call.
func clone(s string) string { return string(append([]byte(nil), s...)) }

func syntaxError(fn, s string) *NumError { return &NumError{fn, clone(s), ErrSyntax} }
func rangeError(fn, s string) *NumError  { return &NumError{fn, clone(s), ErrRange} }

func baseError(fn, s string, base int) *NumError {
	return &NumError{fn, clone(s), errors.New("invalid base " + Itoa(base))}
}

func bitSizeError(fn, s string, size int) *NumError {
	return &NumError{fn, clone(s), errors.New("invalid bit size " + Itoa(size))}
}

// ParseBool understands 1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False.
func ParseBool(s string) (bool, error) {
	switch s {
	case "1", "t", "T", "true", "TRUE", "True":
		return true, nil
	case "0", "f", "F", "false", "FALSE", "False":
		return false, nil
	}
	return false, syntaxError("ParseBool", s)
}

// FormatBool is "true" or "false".
func FormatBool(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// AppendBool appends "true" or "false".
func AppendBool(dst []byte, b bool) []byte { return append(dst, FormatBool(b)...) }
