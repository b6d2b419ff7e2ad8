package runtime

import "unsafe"

// There are no profiles: what belongs to them has no effect and nothing to tell.

// A StackRecord is a stack of calls.
type StackRecord struct {
	Stack0 [32]uintptr
}

func (r *StackRecord) Stack() []uintptr { return untilZero(r.Stack0[:]) }

func untilZero(stack []uintptr) []uintptr {
	for i, pc := range stack {
		if pc == 0 {
			return stack[:i]
		}
	}
	return stack
}

// A MemProfileRecord is what a stack of calls allocated.
type MemProfileRecord struct {
	AllocBytes, FreeBytes     int64
	AllocObjects, FreeObjects int64
	Stack0                    [32]uintptr
}

func (r *MemProfileRecord) InUseBytes() int64   { return r.AllocBytes - r.FreeBytes }
func (r *MemProfileRecord) InUseObjects() int64 { return r.AllocObjects - r.FreeObjects }
func (r *MemProfileRecord) Stack() []uintptr    { return untilZero(r.Stack0[:]) }

// A BlockProfileRecord is how long a stack of calls was blocked.
type BlockProfileRecord struct {
	Count  int64
	Cycles int64
	StackRecord
}

func MemProfile(p []MemProfileRecord, inuseZero bool) (n int, ok bool) { return 0, true }
func BlockProfile(p []BlockProfileRecord) (n int, ok bool)             { return 0, true }
func MutexProfile(p []BlockProfileRecord) (n int, ok bool)             { return 0, true }
func ThreadCreateProfile(p []StackRecord) (n int, ok bool)             { return 0, true }
func GoroutineProfile(p []StackRecord) (n int, ok bool) {
	return NumGoroutine(), len(p) >= NumGoroutine()
}
func SetBlockProfileRate(rate int)         {}
func SetMutexProfileFraction(rate int) int { return 0 }
func SetCPUProfileRate(hz int)             {}
func CPUProfile() []byte                   { panic("CPUProfile no longer available") }

// SetDefaultGOMAXPROCS sets GOMAXPROCS to its default.
func SetDefaultGOMAXPROCS() { GOMAXPROCS(NumCPU()) }

//go:linkname fatalText escargo.fatal
func fatalText(p *byte, n int)

// Breakpoint ends the program, as there is no debugger to stop in.
func Breakpoint() {
	const text = "SIGTRAP: trace trap"
	fatalText(unsafe.StringData(text), len(text))
}

// A Pinner keeps objects where they are, as the collector always does, and alive.
type Pinner struct {
	refs []any
}

func (p *Pinner) Pin(pointer any) { p.refs = append(p.refs, pointer) }
func (p *Pinner) Unpin()          { p.refs = nil }

// A Cleanup is a call that AddCleanup arranged.
type Cleanup struct {
	stopped *bool
}

// Stop cancels the call.
func (c Cleanup) Stop() {
	if c.stopped != nil {
		*c.stopped = true
	}
}

// AddCleanup has cleanup(arg) called some time after ptr became unreachable. An object has one finalizer or cleanup here.
func AddCleanup[T, S any](ptr *T, cleanup func(S), arg S) Cleanup {
	if ptr == nil {
		panic(plainError("runtime.AddCleanup: ptr is nil"))
	}
	if p, ok := any(arg).(*T); ok && unsafe.Pointer(p) == unsafe.Pointer(ptr) {
		panic(plainError("runtime.AddCleanup: ptr is equal to arg, cleanup will never run"))
	}
	stopped := new(bool)
	SetFinalizer(ptr, func(*T) {
		if !*stopped {
			cleanup(arg)
		}
	})
	return Cleanup{stopped}
}
