package testing

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
)

// profileFlags say which profiles are written, to files in -outputdir.
type profileFlags struct {
	cpu, memory, block, mutex, trace     string
	memoryRate, blockRate, mutexFraction int
}

func (p *profileFlags) register() {
	flag.StringVar(&p.cpu, "test.cpuprofile", "", "write a cpu profile to `file`")
	flag.StringVar(&p.memory, "test.memprofile", "", "write an allocation profile to `file`")
	flag.IntVar(&p.memoryRate, "test.memprofilerate", 0, "set memory allocation profiling `rate` (see runtime.MemProfileRate)")
	flag.StringVar(&p.block, "test.blockprofile", "", "write a goroutine blocking profile to `file`")
	flag.IntVar(&p.blockRate, "test.blockprofilerate", 1, "set blocking profile `rate` (see runtime.SetBlockProfileRate)")
	flag.StringVar(&p.mutex, "test.mutexprofile", "", "write a mutex contention profile to the named file after execution")
	flag.IntVar(&p.mutexFraction, "test.mutexprofilefraction", 1, "if >= 0, calls runtime.SetMutexProfileFraction()")
	flag.StringVar(&p.trace, "test.trace", "", "write an execution trace to `file`")
}

// A profiler is what the main function of a test program provides if a profile is wanted: so other test programs do not contain
// what profiles need.
type profiler interface {
	StartCPUProfile(w io.Writer) error
	StopCPUProfile()
	WriteProfileTo(name string, w io.Writer, debug int) error
	StartTrace(w io.Writer) error
	StopTrace()
}

// startProfiles starts what the flags ask for; the result writes the profiles.
func (m *M) startProfiles() func() {
	wanted := &set.profiles
	// The tests may profile themselves.
	if wanted.memoryRate > 0 {
		runtime.MemProfileRate = wanted.memoryRate
	}
	deps, ok := m.deps.(profiler)
	if !ok {
		return func() {}
	}
	var stops []func()
	if file, err := create(wanted.cpu); err != nil {
		fmt.Fprintf(os.Stderr, "testing: %s\n", err)
	} else if file != nil {
		if err := deps.StartCPUProfile(file); err != nil {
			fmt.Fprintf(os.Stderr, "testing: can't start cpu profile: %s\n", err)
			file.Close()
		} else {
			stops = append(stops, func() {
				deps.StopCPUProfile()
				file.Close()
			})
		}
	}
	if file, err := create(wanted.trace); err != nil {
		fmt.Fprintf(os.Stderr, "testing: %s\n", err)
	} else if file != nil {
		if err := deps.StartTrace(file); err != nil {
			fmt.Fprintf(os.Stderr, "testing: can't start tracing: %s\n", err)
			file.Close()
		} else {
			stops = append(stops, func() {
				deps.StopTrace()
				file.Close()
			})
		}
	}
	if wanted.block != "" && wanted.blockRate >= 0 {
		runtime.SetBlockProfileRate(wanted.blockRate)
	}
	if wanted.mutex != "" && wanted.mutexFraction >= 0 {
		runtime.SetMutexProfileFraction(wanted.mutexFraction)
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
		if wanted.memory != "" {
			// What is dead shall be known to be.
			runtime.GC()
		}
		for _, p := range []struct{ file, name string }{{wanted.memory, "allocs"}, {wanted.block, "block"}, {wanted.mutex, "mutex"}} {
			file, err := create(p.file)
			if err != nil {
				fmt.Fprintf(os.Stderr, "testing: %s\n", err)
				os.Exit(2)
			}
			if file == nil {
				continue
			}
			if err := deps.WriteProfileTo(p.name, file, 0); err != nil {
				fmt.Fprintf(os.Stderr, "testing: can't write %s: %s\n", p.file, err)
				os.Exit(2)
			}
			file.Close()
		}
	}
}

// create makes a file in the folder for profiles; nothing if it has no name.
func create(name string) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	return os.Create(toOutputDir(name))
}
