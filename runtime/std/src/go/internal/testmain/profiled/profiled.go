// Package profiled is package testmain for a test program that is profiled.
package profiled

import (
	"internal/testmain"
	"io"
	"runtime/pprof"
	"runtime/trace"
)

// Deps are the dependencies of one test program.
type Deps struct {
	testmain.Deps
}

// New has the dependencies of the test program of a package.
func New(path string) Deps { return Deps{testmain.New(path)} }

func (Deps) StartCPUProfile(w io.Writer) error { return pprof.StartCPUProfile(w) }
func (Deps) StopCPUProfile()                   { pprof.StopCPUProfile() }
func (Deps) StartTrace(w io.Writer) error      { return trace.Start(w) }
func (Deps) StopTrace()                        { trace.Stop() }

// WriteProfileTo writes the profile of a name.
func (Deps) WriteProfileTo(name string, w io.Writer, debug int) error {
	return pprof.Lookup(name).WriteTo(w, debug)
}
