// Package sysrand reads the kernel's random numbers for Go's cryptography.
package sysrand

import (
	"internal/syscall/unix"
	"syscall"
)

// Read fills b; it ends the program if the kernel cannot.
func Read(b []byte) {
	for len(b) > 0 {
		n, err := unix.GetRandom(b, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			panic("fatal error: crypto/rand: failed to read random data: " + err.Error())
		}
		b = b[n:]
	}
}
