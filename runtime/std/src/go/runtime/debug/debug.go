// Package debug lets programs look at the runtime and set it.
package debug

import (
	"os"
	"runtime"
	"time"
	_ "unsafe"
)

//go:linkname setGCPercent escargo.set_gc_percent
func setGCPercent(percent int64) int64

//go:linkname setMemoryLimit escargo.set_memory_limit
func setMemoryLimit(limit int64) int64

// SetGCPercent sets how much the heap may grow between collections, and returns the previous setting; negative turns collection
// off.
func SetGCPercent(percent int) int { return int(setGCPercent(int64(percent))) }

// SetMemoryLimit sets a soft limit of memory, and returns the previous one; a negative limit only asks.
func SetMemoryLimit(limit int64) int64 { return setMemoryLimit(limit) }

// FreeOSMemory collects.
func FreeOSMemory() { runtime.GC() }

//go:linkname setMaxStack escargo.set_max_stack
func setMaxStack(bytes int64) int64

// SetMaxStack sets how many bytes a goroutine's stack may have, and returns the previous setting.
func SetMaxStack(bytes int) int { return int(setMaxStack(int64(bytes))) }

var maxThreads = 10000

// SetMaxThreads keeps its setting, which has no effect, and returns the previous one.
func SetMaxThreads(threads int) int {
	old := maxThreads
	maxThreads = threads
	return old
}

// SetTraceback sets how much is printed when the program fails, at least what GOTRACEBACK says.
//
//go:linkname SetTraceback escargo.set_traceback
func SetTraceback(level string)

//go:linkname setPanicOnFault escargo.set_panic_on_fault
func setPanicOnFault(on int) int

// SetPanicOnFault makes the calling goroutine panic, instead of ending the program, at a fault at an address that is not near nil.
func SetPanicOnFault(enabled bool) bool {
	on := 0
	if enabled {
		on = 1
	}
	return setPanicOnFault(on) != 0
}

// PrintStack writes Stack's result to the standard error.
func PrintStack() { os.Stderr.Write(Stack()) }

// Stack is a trace of the calling goroutine.
func Stack() []byte {
	for size := 1024; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, false); n < size {
			return buf[:n]
		}
	}
}

// GCStats are statistics of collections.
type GCStats struct {
	LastGC         time.Time
	NumGC          int64
	PauseTotal     time.Duration
	Pause          []time.Duration
	PauseEnd       []time.Time
	PauseQuantiles []time.Duration
}

// ReadGCStats fills stats; the latest pause comes first. PauseQuantiles is filled if it has elements.
func ReadGCStats(stats *GCStats) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	stats.NumGC = int64(m.NumGC)
	stats.PauseTotal = time.Duration(m.PauseTotalNs)
	stats.LastGC = time.Unix(0, int64(m.LastGC))
	stats.Pause, stats.PauseEnd = stats.Pause[:0], stats.PauseEnd[:0]
	if m.NumGC > 0 {
		last := (m.NumGC + 255) % 256
		stats.Pause = append(stats.Pause, time.Duration(m.PauseNs[last]))
		stats.PauseEnd = append(stats.PauseEnd, time.Unix(0, int64(m.PauseEnd[last])))
		for i := range stats.PauseQuantiles {
			stats.PauseQuantiles[i] = stats.Pause[0]
		}
	}
}

// A BuildInfo tells how the program was built.
type BuildInfo struct {
	GoVersion string
	Path      string
	Main      Module
	Deps      []*Module
	Settings  []BuildSetting
}

type Module struct {
	Path    string
	Version string
	Sum     string
	Replace *Module
}

type BuildSetting struct {
	Key, Value string
}

// ReadBuildInfo has nothing to tell.
func ReadBuildInfo() (info *BuildInfo, ok bool) { return nil, false }

func (b *BuildInfo) String() string {
	s := ""
	line := func(parts ...string) {
		for i, p := range parts {
			if i > 0 {
				s += "\t"
			}
			s += p
		}
		s += "\n"
	}
	if b.GoVersion != "" {
		line("go", b.GoVersion)
	}
	if b.Path != "" {
		line("path", b.Path)
	}
	module := func(word string, m Module) {
		parts := []string{word, m.Path, m.Version}
		if m.Replace == nil {
			parts = append(parts, m.Sum)
		}
		line(parts...)
		if r := m.Replace; r != nil {
			line("=>", r.Path, r.Version, r.Sum)
		}
	}
	if b.Main != (Module{}) {
		module("mod", b.Main)
	}
	for _, d := range b.Deps {
		module("dep", *d)
	}
	for _, p := range b.Settings {
		line("build", p.Key+"="+p.Value)
	}
	return s
}
