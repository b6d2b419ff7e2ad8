// Package debug lets programs look at the runtime and set it.
package debug

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"syscall"
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

// CrashOptions are for later.
type CrashOptions struct{}

//go:linkname setCrashOutput escargo.set_crash_output
func setCrashOutput(fd int) int

// SetCrashOutput has the last words of a program that fails written to a file, too; nil: no longer. The file may be closed then.
func SetCrashOutput(f *os.File, opts CrashOptions) error {
	fd := -1
	if f != nil {
		number, _, err := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), syscall.F_DUPFD_CLOEXEC, 0)
		if err != 0 {
			return err
		}
		runtime.KeepAlive(f)
		fd = int(number)
	}
	if old := setCrashOutput(fd); old >= 0 {
		syscall.Close(old)
	}
	return nil
}

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

// modinfo is set by the compiler: lines as BuildInfo.String writes them.
var modinfo string

// ReadBuildInfo tells how this program was built.
func ReadBuildInfo() (info *BuildInfo, ok bool) {
	if modinfo == "" {
		return nil, false
	}
	info, err := ParseBuildInfo(modinfo)
	if err != nil {
		return nil, false
	}
	info.GoVersion = runtime.Version()
	return info, true
}

// ParseBuildInfo reads what BuildInfo.String writes.
func ParseBuildInfo(data string) (*BuildInfo, error) {
	info := new(BuildInfo)
	var last *Module
	for number := 1; data != ""; number++ {
		var line string
		line, data = cut(data, '\n')
		word, rest := cut(line, '\t')
		wrong := func(what string) error {
			return errors.New("could not parse Go build info: line " + strconv.Itoa(number) + ": " + what)
		}
		module := func() (m Module, ok bool) {
			var parts []string
			for text := rest; ; {
				var part string
				more := false
				for i := range len(text) {
					if text[i] == '\t' {
						part, text, more = text[:i], text[i+1:], true
						break
					}
				}
				if !more {
					parts = append(parts, text)
					break
				}
				parts = append(parts, part)
			}
			if len(parts) != 2 && len(parts) != 3 {
				return m, false
			}
			m.Path, m.Version = parts[0], parts[1]
			if len(parts) == 3 {
				m.Sum = parts[2]
			}
			return m, true
		}
		switch word {
		case "go":
			info.GoVersion = rest
		case "path":
			info.Path = rest
		case "mod":
			m, ok := module()
			if !ok {
				return nil, wrong("expected 2 or 3 columns")
			}
			info.Main = m
			last = &info.Main
		case "dep":
			m, ok := module()
			if !ok {
				return nil, wrong("expected 2 or 3 columns")
			}
			last = &m
			info.Deps = append(info.Deps, last)
		case "=>":
			m, ok := module()
			if !ok {
				return nil, wrong("expected 3 columns for replacement")
			}
			if last == nil {
				return nil, wrong("replacement with no module on previous line")
			}
			last.Replace = &m
			last = nil
		case "build":
			key, value := cut(rest, '=')
			if len(key) == len(rest) || key == "" {
				return nil, wrong("build line with missing '='")
			}
			info.Settings = append(info.Settings, BuildSetting{unquote(key), unquote(value)})
		}
	}
	return info, nil
}

// cut splits text at the first sep.
func cut(text string, sep byte) (before, after string) {
	for i := range len(text) {
		if text[i] == sep {
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

func unquote(text string) string {
	if plain, err := strconv.Unquote(text); err == nil {
		return plain
	}
	return text
}

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
