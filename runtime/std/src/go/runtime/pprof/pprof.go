// Package pprof writes profiles in the format of the pprof tool.
package pprof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"
)

//go:linkname profileStart escargo.profile_start
func profileStart(hz int)

//go:linkname profileStop escargo.profile_stop
func profileStop()

//go:linkname profileRead escargo.profile_read
func profileRead(p *uintptr, n int) int

const rate = 100

var cpu struct {
	sync.Mutex
	on    bool
	out   io.Writer
	start time.Time
}

// StartCPUProfile samples stacks until StopCPUProfile, which writes the profile to w.
func StartCPUProfile(w io.Writer) error {
	cpu.Lock()
	defer cpu.Unlock()
	if cpu.on {
		return errors.New("cpu profiling already in use")
	}
	cpu.on, cpu.out, cpu.start = true, w, time.Now()
	profileStart(rate)
	return nil
}

// StopCPUProfile ends the current profile, if there is one, and writes it.
func StopCPUProfile() {
	cpu.Lock()
	defer cpu.Unlock()
	if !cpu.on {
		return
	}
	cpu.on = false
	profileStop()
	var found counter
	words := make([]uintptr, 1<<12)
	for {
		n := profileRead(unsafe.SliceData(words), len(words))
		if n == 0 {
			break
		}
		found.add(words[1:n])
	}
	const period = int64(time.Second) / rate
	e := newEncoder()
	e.kind(1, "samples", "count")
	e.kind(1, "cpu", "nanoseconds")
	e.kind(11, "cpu", "nanoseconds")
	for i, stack := range found.stacks {
		e.sample(stack, found.counts[i], found.counts[i]*period)
	}
	// As in Go, a profile that cannot be written is lost.
	_ = e.finish(cpu.out, cpu.start, time.Since(cpu.start), period)
	cpu.out = nil
}

// A Profile is a collection of stacks: those of a kind of event that the runtime knows, or those that Add was called with.
type Profile struct {
	name   string
	mu     sync.Mutex
	stacks map[any][]uintptr
	// Of the runtime's own profiles: the current stacks, or how many there are and how they are written.
	current func() [][]uintptr
	count   func() int
	write   func(w io.Writer, debug int) error
}

var profiles struct {
	sync.Mutex
	all map[string]*Profile
}

func goroutines() [][]uintptr {
	records := make([]runtime.StackRecord, runtime.NumGoroutine()+16)
	for {
		n, ok := runtime.GoroutineProfile(records)
		if !ok {
			records = make([]runtime.StackRecord, n+16)
			continue
		}
		var out [][]uintptr
		for i := range records[:n] {
			out = append(out, records[i].Stack())
		}
		return out
	}
}

// threads has an empty stack for each thread.
func threads() [][]uintptr {
	n, _ := runtime.ThreadCreateProfile(nil)
	return make([][]uintptr, n)
}

// known is the table of profiles; it must be locked.
func known() map[string]*Profile {
	if profiles.all == nil {
		profiles.all = map[string]*Profile{}
		none := func() [][]uintptr { return nil }
		stacks := func(name string, current func() [][]uintptr) {
			profiles.all[name] = &Profile{name: name, current: current}
		}
		events := func(name string, kind int, write func(io.Writer, int) error) {
			profiles.all[name] = &Profile{name: name, count: func() int { return countEvents(kind) }, write: write}
		}
		stacks("goroutine", goroutines)
		stacks("goroutineleak", none)
		stacks("threadcreate", threads)
		events("heap", memoryEvents, func(w io.Writer, debug int) error { return writeMemory(w, debug, "") })
		events("allocs", memoryEvents, func(w io.Writer, debug int) error { return writeMemory(w, debug, "alloc_space") })
		events("block", blockEvents, func(w io.Writer, debug int) error { return writeWaits(w, debug, blockEvents, "contention") })
		events("mutex", mutexEvents, func(w io.Writer, debug int) error { return writeWaits(w, debug, mutexEvents, "mutex") })
	}
	return profiles.all
}

// NewProfile makes a profile of the program's own; it panics if there is one of the name.
func NewProfile(name string) *Profile {
	profiles.Lock()
	defer profiles.Unlock()
	if name == "" {
		panic("pprof: NewProfile with empty name")
	}
	if known()[name] != nil {
		panic("pprof: NewProfile name already in use: " + name)
	}
	p := &Profile{name: name, stacks: map[any][]uintptr{}}
	known()[name] = p
	return p
}

// Lookup is the profile of a name, nil if there is none.
func Lookup(name string) *Profile {
	profiles.Lock()
	defer profiles.Unlock()
	return known()[name]
}

// Profiles are all profiles, by name.
func Profiles() []*Profile {
	profiles.Lock()
	defer profiles.Unlock()
	var out []*Profile
	for _, p := range known() {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *Profile) int { return strings.Compare(a.name, b.name) })
	return out
}

func (p *Profile) Name() string { return p.name }

// Count is the number of stacks now in the profile.
func (p *Profile) Count() int {
	if p.count != nil {
		return p.count()
	}
	return len(p.list())
}

func (p *Profile) list() [][]uintptr {
	if p.current != nil {
		return p.current()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var out [][]uintptr
	for _, s := range p.stacks {
		out = append(out, s)
	}
	return out
}

// Add puts the calling goroutine's stack into the profile under a value, skip frames up.
func (p *Profile) Add(value any, skip int) {
	if p.stacks == nil {
		panic("pprof: use of uninitialized Profile")
	}
	stack := make([]uintptr, 32)
	stack = stack[:runtime.Callers(skip+2, stack)]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stacks[value] != nil {
		panic("pprof: Profile.Add of duplicate value")
	}
	p.stacks[value] = stack
}

// Remove takes the stack of a value out again.
func (p *Profile) Remove(value any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.stacks, value)
}

// WriteTo writes the profile: for the pprof tool, or with debug = 1 as text. The goroutine profile has a form debug = 2 that is the
// traces of a panic.
func (p *Profile) WriteTo(w io.Writer, debug int) error {
	if p.write != nil {
		return p.write(w, debug)
	}
	if p.name == "goroutine" && debug >= 2 {
		for size := 1 << 16; ; size *= 2 {
			buf := make([]byte, size)
			if n := runtime.Stack(buf, true); n < size || size >= 64<<20 {
				_, err := w.Write(buf[:n])
				return err
			}
		}
	}
	var found counter
	list := p.list()
	for _, s := range list {
		found.add(s)
	}
	order := make([]int, len(found.stacks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(found.counts[b] - found.counts[a]) })
	if debug > 0 {
		return writeText(w, p.name, len(list), &found, order)
	}
	e := newEncoder()
	e.kind(1, p.name, "count")
	e.kind(11, p.name, "count")
	for _, i := range order {
		e.sample(found.stacks[i], found.counts[i])
	}
	return e.finish(w, time.Time{}, 0, 1)
}

func writeText(w io.Writer, name string, total int, found *counter, order []int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s profile: total %d\n", name, total)
	for _, i := range order {
		fmt.Fprintf(&b, "%d @", found.counts[i])
		for _, pc := range found.stacks[i] {
			fmt.Fprintf(&b, " %#x", uint64(pc)&(1<<48-1))
		}
		b.WriteString("\n")
		writeFrames(&b, found.stacks[i])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFrames appends the frames of a stack, a line each, and an empty line.
func writeFrames(b *strings.Builder, stack []uintptr) {
	frames := runtime.CallersFrames(stack)
	for {
		f, more := frames.Next()
		if f.Function != "" {
			fmt.Fprintf(b, "#\t%#x\t%s\t%s:%d\n", uint64(f.PC)&(1<<48-1), f.Function, f.File, f.Line)
		}
		if !more {
			break
		}
	}
	b.WriteString("\n")
}

// WriteHeapProfile writes the profile "heap".
func WriteHeapProfile(w io.Writer) error { return Lookup("heap").WriteTo(w, 0) }

// A LabelSet is a set of labels.
type LabelSet struct {
	list []string
}

type labelsKey struct{}

// Labels makes a set from keys and values in turn.
func Labels(args ...string) LabelSet {
	if len(args)%2 != 0 {
		panic("uneven number of arguments to pprof.Labels")
	}
	return LabelSet{args}
}

func labelsOf(ctx context.Context) map[string]string {
	labels, _ := ctx.Value(labelsKey{}).(map[string]string)
	return labels
}

// WithLabels is the context with more labels.
func WithLabels(ctx context.Context, labels LabelSet) context.Context {
	all := map[string]string{}
	for k, v := range labelsOf(ctx) {
		all[k] = v
	}
	for i := 0; i < len(labels.list); i += 2 {
		all[labels.list[i]] = labels.list[i+1]
	}
	return context.WithValue(ctx, labelsKey{}, all)
}

// Label is the value of a label of the context.
func Label(ctx context.Context, key string) (string, bool) {
	v, ok := labelsOf(ctx)[key]
	return v, ok
}

// ForLabels calls f with the labels of the context until it returns false.
func ForLabels(ctx context.Context, f func(key, value string) bool) {
	for k, v := range labelsOf(ctx) {
		if !f(k, v) {
			return
		}
	}
}

// SetGoroutineLabels has no effect: samples carry no labels.
func SetGoroutineLabels(ctx context.Context) {}

// Do calls f with the labels in its context.
func Do(ctx context.Context, labels LabelSet, f func(context.Context)) { f(WithLabels(ctx, labels)) }
