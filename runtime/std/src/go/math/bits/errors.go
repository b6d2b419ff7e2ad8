package bits

import _ "unsafe"

// The run-time errors of integer division are package runtime's.

//go:linkname panicOverflow runtime.panicOverflow
func panicOverflow()

//go:linkname panicDivide runtime.panicDivide
func panicDivide()
