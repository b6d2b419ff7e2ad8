// Package runtime is the Go side of the runtime: errors, statistics, callers.
package runtime

import (
	"internal/abi"
	"unsafe"
)

const (
	GOOS     string = "linux"
	Compiler        = "gc"
)

// MemProfileRate is how many bytes lie between two allocations of the profile, on average; 0: none are profiled. Profiling begins when
// package runtime/pprof is initialised, or at the first call of MemProfile.
var MemProfileRate int = 512 * 1024

//go:linkname collect escargo.gc
func collect()

// GC runs a collection and returns when it is done.
func GC() { collect() }

//go:linkname gosched escargo.gosched
func gosched()

// Gosched lets other goroutines run.
func Gosched() { gosched() }

//go:linkname goexit escargo.goexit
func goexit()

// Goexit ends the calling goroutine after running its deferred calls.
func Goexit() { goexit() }

//go:linkname numGoroutine escargo.num_goroutine
func numGoroutine() int

// NumGoroutine is the number of goroutines that exist.
func NumGoroutine() int { return numGoroutine() }

//go:linkname numCPU escargo.num_cpu
func numCPU() int

// NumCPU is the number of processors that this process may use.
func NumCPU() int { return numCPU() }

// NumCgoCall is always 0.
func NumCgoCall() int64 { return 0 }

//go:linkname gomaxprocs escargo.gomaxprocs
func gomaxprocs(n int) int

// GOMAXPROCS sets the number of workers if n is positive, and returns the previous setting.
func GOMAXPROCS(n int) int { return gomaxprocs(n) }

//go:linkname lockOSThread escargo.lock_os_thread
func lockOSThread()

// LockOSThread keeps the goroutine on its thread.
func LockOSThread() { lockOSThread() }

//go:linkname unlockOSThread escargo.unlock_os_thread
func unlockOSThread()

// UnlockOSThread undoes a call of LockOSThread.
func UnlockOSThread() { unlockOSThread() }

// KeepAlive keeps x reachable up to this call. The compiler replaces it.
//
//go:noinline
func KeepAlive(x any) {}

// GOROOT is the root of a Go installation, from the environment, or empty.
func GOROOT() string { return environment("GOROOT") }

//go:linkname envc escargo.os_envc
func envc() int

//go:linkname envv escargo.os_envv
func envv(i int) string

// Version is the language version.
func Version() string { return buildVersion }

// The linker can set it (-X).
var buildVersion = "go1.27"

//go:linkname setFinalizer escargo.set_finalizer
func setFinalizer(objType, obj, fnType, fn unsafe.Pointer)

// SetFinalizer has finalizer(obj) called some time after obj became unreachable; a nil finalizer removes it.
func SetFinalizer(obj any, finalizer any) {
	o, f := abi.EfaceOf(&obj), abi.EfaceOf(&finalizer)
	if o.Type == nil {
		panic(plainError("runtime.SetFinalizer: first argument is nil"))
	}
	if o.Type.Kind() != abi.Pointer {
		panic(plainError("runtime.SetFinalizer: first argument is " + o.Type.String() + ", not pointer"))
	}
	if o.Data == nil {
		panic(plainError("nil elem type!"))
	}
	if f.Type != nil && f.Type.Kind() != abi.Func {
		panic(plainError("runtime.SetFinalizer: second argument is " + f.Type.String() + ", not a function"))
	}
	setFinalizer(unsafe.Pointer(o.Type), o.Data, unsafe.Pointer(f.Type), f.Data)
}

// MemStats are statistics of the allocator and the collector.
type MemStats struct {
	Alloc         uint64
	TotalAlloc    uint64
	Sys           uint64
	Lookups       uint64
	Mallocs       uint64
	Frees         uint64
	HeapAlloc     uint64
	HeapSys       uint64
	HeapIdle      uint64
	HeapInuse     uint64
	HeapReleased  uint64
	HeapObjects   uint64
	StackInuse    uint64
	StackSys      uint64
	MSpanInuse    uint64
	MSpanSys      uint64
	MCacheInuse   uint64
	MCacheSys     uint64
	BuckHashSys   uint64
	GCSys         uint64
	OtherSys      uint64
	NextGC        uint64
	LastGC        uint64
	PauseTotalNs  uint64
	PauseNs       [256]uint64
	PauseEnd      [256]uint64
	NumGC         uint32
	NumForcedGC   uint32
	GCCPUFraction float64
	EnableGC      bool
	DebugGC       bool
	BySize        [61]struct {
		Size    uint32
		Mallocs uint64
		Frees   uint64
	}
}

// The runtime's own counters, in the order of its `mem_stats`.
type counters struct {
	mallocs, frees, totalAlloc, alloc    uint64
	sys, heapSys, heapInuse, released    uint64
	nextGC, lastGC, pauseTotal, lastStop uint64
	numGC, numForced, stackInuse         uint64
}

//go:linkname memStats escargo.mem_stats
func memStats(c *counters)

// ReadMemStats fills m with current statistics.
func ReadMemStats(m *MemStats) {
	var c counters
	memStats(&c)
	*m = MemStats{
		Alloc: c.alloc, TotalAlloc: c.totalAlloc, Sys: c.sys,
		Mallocs: c.mallocs, Frees: c.frees,
		HeapAlloc: c.alloc, HeapSys: c.heapSys, HeapInuse: c.heapInuse, HeapIdle: c.heapSys - c.heapInuse,
		HeapReleased: c.released, HeapObjects: c.mallocs - c.frees,
		StackInuse: c.stackInuse, StackSys: c.stackInuse,
		NextGC: c.nextGC, LastGC: c.lastGC, PauseTotalNs: c.pauseTotal,
		NumGC: uint32(c.numGC), NumForcedGC: uint32(c.numForced),
		EnableGC: true,
	}
	if c.numGC > 0 {
		m.PauseNs[(c.numGC+255)%256] = c.lastStop
		m.PauseEnd[(c.numGC+255)%256] = c.lastGC
	}
}

// What the runtime tells about a program counter.
type location struct {
	pc   uintptr
	file string
	line int
	fn   string
}

//go:linkname caller escargo.caller
func caller(skip int, l *location) int

//go:linkname callers escargo.callers
func callers(skip int, pcs *uintptr, n int) int

//go:linkname funcForPC escargo.func_for_pc
func funcForPC(pc uintptr, l *location) int

// Caller tells where the calling goroutine is, skip frames up; 0 is the caller of Caller.
//
//go:noinline
func Caller(skip int) (pc uintptr, file string, line int, ok bool) {
	var l location
	if caller(skip, &l) == 0 {
		return 0, "", 0, false
	}
	return l.pc, l.file, l.line, true
}

// Callers fills pcs with the return addresses of the calling goroutine; 0 is Callers itself, 1 its caller.
//
//go:noinline
func Callers(skip int, pcs []uintptr) int {
	if len(pcs) == 0 {
		return 0
	}
	return callers(skip, unsafe.SliceData(pcs), len(pcs))
}

// A Func describes a function of the program.
type Func struct {
	name  string
	entry uintptr
}

// FuncForPC is the function that contains pc, or nil.
func FuncForPC(pc uintptr) *Func {
	var l location
	if funcForPC(pc, &l) == 0 {
		return nil
	}
	return &Func{l.fn, pc}
}

func (f *Func) Name() string {
	if f == nil {
		return ""
	}
	return f.name
}

func (f *Func) Entry() uintptr { return f.entry }

func (f *Func) FileLine(pc uintptr) (file string, line int) {
	var l location
	funcForPC(pc, &l)
	return l.file, l.line
}

// A Frame is what Frames gives for one call.
type Frame struct {
	PC       uintptr
	Func     *Func
	Function string
	File     string
	Line     int
	Entry    uintptr
}

// Frames turns program counters of Callers into frames.
type Frames struct {
	pcs []uintptr
}

func CallersFrames(pcs []uintptr) *Frames { return &Frames{pcs} }

// Next is the next frame, and whether more follow.
func (f *Frames) Next() (frame Frame, more bool) {
	if len(f.pcs) == 0 {
		return Frame{}, false
	}
	pc := f.pcs[0]
	f.pcs = f.pcs[1:]
	var l location
	if funcForPC(pc-1, &l) != 0 {
		frame = Frame{PC: pc, Func: &Func{l.fn, pc}, Function: l.fn, File: l.file, Line: l.line, Entry: pc}
	}
	return frame, len(f.pcs) > 0
}

//go:linkname stackTrace escargo.stack_trace
func stackTrace(p *byte, n, all int) int

// Stack writes a trace of the calling goroutine, or of all, into buf and returns its length.
func Stack(buf []byte, all bool) int {
	if len(buf) == 0 {
		return 0
	}
	flag := 0
	if all {
		flag = 1
	}
	return stackTrace(unsafe.SliceData(buf), len(buf), flag)
}

// packagePath is the import path of a named type's package, "" for others.
func packagePath(t *abi.Type) string {
	u := t.Uncommon()
	if u == nil || u.PkgPath == 0 {
		return ""
	}
	return abi.ResolveName(u.PkgPath).String()
}
