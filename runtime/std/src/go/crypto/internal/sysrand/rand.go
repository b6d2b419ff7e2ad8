// Package sysrand reads the kernel's random numbers for Go's cryptography.
package sysrand

import (
	"syscall"
	"unsafe"
)

// Read fills b; it ends the program if the kernel cannot.
func Read(b []byte) {
	for len(b) > 0 {
		n, _, err := syscall.Syscall(syscall.SYS_GETRANDOM, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0)
		if err == syscall.EINTR {
			continue
		}
		if err != 0 {
			panic("fatal error: crypto/rand: failed to read random data: " + err.Error())
		}
		b = b[n:]
	}
}
