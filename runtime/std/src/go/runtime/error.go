package runtime

import "internal/abi"

// An Error is a run-time error.
type Error interface {
	error
	RuntimeError()
}

// A TypeAssertionError explains a failed type assertion.
type TypeAssertionError struct {
	iface         *abi.Type
	concrete      *abi.Type
	asserted      *abi.Type
	missingMethod string
}

func (*TypeAssertionError) RuntimeError() {}

func (e *TypeAssertionError) Error() string {
	iface := "interface"
	if e.iface != nil {
		iface = e.iface.String()
	}
	want := e.asserted.String()
	if e.concrete == nil {
		return "interface conversion: " + iface + " is nil, not " + want
	}
	have := e.concrete.String()
	if e.missingMethod != "" {
		return "interface conversion: " + have + " is not " + want + ": missing method " + e.missingMethod
	}
	text := "interface conversion: " + iface + " is " + have + ", not " + want
	if have == want {
		if packagePath(e.concrete) != packagePath(e.asserted) {
			return text + " (types from different packages)"
		}
		return text + " (types from different scopes)"
	}
	return text
}

// An errorString is a run-time error described by one text.
type errorString string

func (errorString) RuntimeError() {}

func (e errorString) Error() string { return "runtime error: " + string(e) }

// A plainError is a run-time error whose text has no "runtime error: " in front.
type plainError string

func (plainError) RuntimeError() {}

func (e plainError) Error() string { return string(e) }

// A boundsError is an index or slice bound out of range.
type boundsError struct {
	x      int64
	y      int
	signed bool
	code   uint8
}

func (boundsError) RuntimeError() {}

// A PanicNilError is what a call of panic(nil) raises.
type PanicNilError struct {
	_ [0]func()
}

func (*PanicNilError) RuntimeError() {}

func (*PanicNilError) Error() string {
	return "runtime error: panic called with nil argument"
}

var overflowError = error(errorString("integer overflow"))

func panicDivide() { panic(divideError) }

func panicOverflow() { panic(overflowError) }

func itoa(x int64, unsigned bool) string {
	var buf [20]byte
	i := len(buf)
	u := uint64(x)
	negative := x < 0 && !unsigned
	if negative {
		u = -u
	}
	for {
		i--
		buf[i] = byte('0' + u%10)
		if u /= 10; u == 0 {
			break
		}
	}
	if negative {
		i--
		buf[i] = '-'
	}
	return string(buf[i:])
}
