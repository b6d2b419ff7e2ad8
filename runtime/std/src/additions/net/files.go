package net

import (
	"os"
	_ "unsafe" // for go:linkname
)

// A connection's file, as package os makes it.
//
//go:linkname fileOf net.newUnixFile
func fileOf(fd int, name string) *os.File { return os.NewFile(uintptr(fd), name) }
