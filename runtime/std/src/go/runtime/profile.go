package runtime

import "unsafe"

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

// Kinds of events that are profiled.
const (
	memoryEvents = iota
	blockEvents
	mutexEvents
	threadEvents
)

//go:linkname profileMemory escargo.profile_memory
func profileMemory(rate *int)

//go:linkname profileRate escargo.profile_rate
func profileRate(kind, rate int) int

//go:linkname profileEvents escargo.profile_events
func profileEvents(kind int, p *uintptr, n int) int

// startMemProfile begins sampling allocations. Package pprof calls it.
func startMemProfile() { profileMemory(&MemProfileRate) }

// events are the records of a kind of event: the number of words, a count, a sum, the size of objects, program counters.
func events(kind int) []uintptr {
	for size := 1 << 10; ; {
		words := make([]uintptr, size)
		n := profileEvents(kind, unsafe.SliceData(words), size)
		if n <= size {
			return words[:n]
		}
		size = n + n/4
	}
}

// MemProfile writes what each stack allocated into p, if it fits; what is freed as far as the last collection found out. With inuseZero,
// stacks of which nothing is left are told of too.
func MemProfile(p []MemProfileRecord, inuseZero bool) (n int, ok bool) {
	startMemProfile()
	words := events(memoryEvents)
	each := func(visit func(record []uintptr)) {
		for at := 0; at < len(words); at += int(words[at]) {
			if inuseZero || words[at+1] != words[at+2] {
				visit(words[at : at+int(words[at])])
			}
		}
	}
	each(func([]uintptr) { n++ })
	if n > len(p) {
		return n, false
	}
	i := 0
	each(func(record []uintptr) {
		allocs, frees, size := int64(record[1]), int64(record[2]), int64(record[3])
		p[i] = MemProfileRecord{AllocBytes: allocs * size, FreeBytes: frees * size, AllocObjects: allocs, FreeObjects: frees}
		copy(p[i].Stack0[:], record[4:])
		i++
	})
	return n, true
}

func waits(kind int, p []BlockProfileRecord) (n int, ok bool) {
	words := events(kind)
	for at := 0; at < len(words); at += int(words[at]) {
		n++
	}
	if n > len(p) {
		return n, false
	}
	for i, at := 0, 0; at < len(words); i++ {
		record := words[at : at+int(words[at])]
		p[i] = BlockProfileRecord{Count: int64(record[1]), Cycles: int64(record[2])}
		copy(p[i].Stack0[:], record[4:])
		at += len(record)
	}
	return n, true
}

// BlockProfile writes how long each stack waited into p, if it fits. A cycle is a nanosecond.
func BlockProfile(p []BlockProfileRecord) (n int, ok bool) { return waits(blockEvents, p) }

// MutexProfile writes how long each stack had others wait for a lock into p, if it fits.
func MutexProfile(p []BlockProfileRecord) (n int, ok bool) { return waits(mutexEvents, p) }

// ThreadCreateProfile has an empty stack for each thread: what a thread was made for is not remembered.
func ThreadCreateProfile(p []StackRecord) (n int, ok bool) {
	n = int(events(threadEvents)[1])
	if n > len(p) {
		return n, false
	}
	clear(p[:n])
	return n, true
}

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

// SetBlockProfileRate has waits profiled: one for every rate nanoseconds that goroutines wait; 1: all; 0: none.
func SetBlockProfileRate(rate int) { profileRate(blockEvents, max(rate, 0)) }

// SetMutexProfileFraction has one of rate events of contention profiled, 0: none, and returns the previous setting; negative: only
// that.
func SetMutexProfileFraction(rate int) int { return profileRate(mutexEvents, rate) }

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
