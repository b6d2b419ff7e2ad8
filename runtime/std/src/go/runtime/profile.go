package runtime

import "unsafe"

// Stacks are profiled, allocations and waits are not: what belongs to those has no effect and nothing to tell.

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

//go:linkname profileStacks escargo.profile_stacks
func profileStacks(p *uintptr, n int) int

//go:linkname profileStart escargo.profile_start
func profileStart(hz int)

//go:linkname profileStop escargo.profile_stop
func profileStop()

// goroutineStacks are the stacks of all goroutines: for each, the number of words and program counters.
func goroutineStacks() []uintptr {
	for size := 1 << 12; ; size *= 4 {
		words := make([]uintptr, size)
		if n := profileStacks(unsafe.SliceData(words), size); n > 0 {
			return words[:n]
		}
	}
}

// GoroutineProfile writes the stacks of all goroutines into p, if they fit.
func GoroutineProfile(p []StackRecord) (n int, ok bool) {
	words := goroutineStacks()
	for at := 0; at < len(words); at += int(words[at]) {
		n++
	}
	if n > len(p) {
		return n, false
	}
	for i, at := 0, 0; at < len(words); i++ {
		length := int(words[at])
		p[i] = StackRecord{}
		copy(p[i].Stack0[:], words[at+1:at+length])
		at += length
	}
	return n, true
}
func SetBlockProfileRate(rate int)         {}
func SetMutexProfileFraction(rate int) int { return 0 }

// SetCPUProfileRate samples stacks hz times a second of processor time; 0 stops that.
func SetCPUProfileRate(hz int) {
	if hz > 0 {
		profileStart(hz)
	} else {
		profileStop()
	}
}

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
