// Package trace writes execution traces for `go tool trace`: the tasks, regions and messages of the program, by goroutines. What the
// scheduler and the collector do is not traced.
package trace

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	_ "unsafe"
)

//go:linkname goroutineID escargo.goroutine_id
func goroutineID() uint64

//go:linkname nanotime escargo.nanotime
func nanotime() int64

// A record is an event that happened.
type record struct {
	kind      byte
	time      int64
	goroutine uint64
	task      uint64
	parent    uint64
	texts     [2]string
	stack     []uintptr
}

// most is how many records a flight recorder keeps.
const most = 1 << 16

// A log collects records.
type log struct {
	sync.Mutex
	began     int64
	goroutine uint64
	records   []record
	// Older records are dropped.
	bounded bool
}

var (
	// Whether anybody wants records.
	enabled atomic.Bool
	active  struct {
		sync.Mutex
		trace  *log
		w      io.Writer
		flight *log
	}
	lastTask atomic.Uint64
)

func newLog() *log { return &log{began: nanotime(), goroutine: goroutineID()} }

func (l *log) add(r record) {
	if l == nil {
		return
	}
	l.Lock()
	defer l.Unlock()
	if l.bounded && len(l.records) >= most {
		l.records = append(l.records[:0], l.records[most/2:]...)
	}
	l.records = append(l.records, r)
}

// emit adds a record of the calling goroutine, skip frames up.
func emit(r record, skip int) {
	r.time = nanotime()
	r.goroutine = goroutineID()
	stack := make([]uintptr, 64)
	r.stack = stack[:runtime.Callers(skip+2, stack)]
	active.Lock()
	trace, flight := active.trace, active.flight
	active.Unlock()
	trace.add(r)
	flight.add(r)
}

// Start begins a trace, which Stop writes to w.
func Start(w io.Writer) error {
	active.Lock()
	defer active.Unlock()
	if active.trace != nil {
		return fmt.Errorf("execution tracer already enabled")
	}
	active.trace, active.w = newLog(), w
	enabled.Store(true)
	return nil
}

// Stop ends the trace, if there is one.
func Stop() {
	active.Lock()
	l, w := active.trace, active.w
	active.trace, active.w = nil, nil
	enabled.Store(active.flight != nil)
	active.Unlock()
	if l != nil {
		// As in Go, a trace that cannot be written is lost.
		_, _ = w.Write(l.encode())
	}
}

// IsEnabled reports whether a trace is made.
func IsEnabled() bool { return enabled.Load() }

// A Task is an operation that may be the work of several goroutines.
type Task struct {
	id, parent uint64
	name       string
}

type taskKey struct{}

func taskOf(ctx context.Context) *Task {
	if t, ok := ctx.Value(taskKey{}).(*Task); ok {
		return t
	}
	return &Task{}
}

// NewTask begins a task, which belongs to the context's one.
func NewTask(ctx context.Context, taskType string) (context.Context, *Task) {
	t := &Task{lastTask.Add(1), taskOf(ctx).id, taskType}
	if enabled.Load() {
		emit(record{kind: taskBegin, task: t.id, parent: t.parent, texts: [2]string{taskType}}, 1)
	}
	return context.WithValue(ctx, taskKey{}, t), t
}

// End ends the task.
func (t *Task) End() {
	if enabled.Load() {
		emit(record{kind: taskEnd, task: t.id}, 1)
	}
}

// Log adds a message of a category.
func Log(ctx context.Context, category, message string) {
	if enabled.Load() {
		emit(record{kind: userLog, task: taskOf(ctx).id, texts: [2]string{category, message}}, 1)
	}
}

// Logf adds a formatted message.
func Logf(ctx context.Context, category, format string, args ...any) {
	if enabled.Load() {
		emit(record{kind: userLog, task: taskOf(ctx).id, texts: [2]string{category, fmt.Sprintf(format, args...)}}, 1)
	}
}

// WithRegion calls fn in a region of the calling goroutine's time.
func WithRegion(ctx context.Context, regionType string, fn func()) {
	r := &Region{taskOf(ctx).id, regionType, enabled.Load()}
	if r.on {
		emit(record{kind: regionBegin, task: r.task, texts: [2]string{r.name}}, 1)
	}
	defer func() {
		if r.on {
			emit(record{kind: regionEnd, task: r.task, texts: [2]string{r.name}}, 1)
		}
	}()
	fn()
}

// A Region is a part of a goroutine's time.
type Region struct {
	task uint64
	name string
	on   bool
}

// StartRegion begins a region, which the same goroutine must end.
func StartRegion(ctx context.Context, regionType string) *Region {
	r := &Region{taskOf(ctx).id, regionType, enabled.Load()}
	if r.on {
		emit(record{kind: regionBegin, task: r.task, texts: [2]string{r.name}}, 1)
	}
	return r
}

// End ends the region.
func (r *Region) End() {
	if r.on && enabled.Load() {
		emit(record{kind: regionEnd, task: r.task, texts: [2]string{r.name}}, 1)
	}
}

// FlightRecorderConfig says how much a flight recorder keeps; it is a hint.
type FlightRecorderConfig struct {
	MinAge   time.Duration
	MaxBytes uint64
}

// A FlightRecorder keeps what has happened last.
type FlightRecorder struct {
	mu      sync.Mutex
	log     *log
	writing sync.Mutex
}

// NewFlightRecorder makes a recorder that is off.
func NewFlightRecorder(cfg FlightRecorderConfig) *FlightRecorder { return &FlightRecorder{} }

// Start turns the recorder on. There can be one at a time.
func (f *FlightRecorder) Start() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.log != nil {
		return fmt.Errorf("cannot enable a enabled flight recorder")
	}
	active.Lock()
	defer active.Unlock()
	if active.flight != nil {
		return fmt.Errorf("flight recorder already enabled")
	}
	f.log = newLog()
	f.log.bounded = true
	active.flight = f.log
	enabled.Store(true)
	return nil
}

// Stop turns the recorder off.
func (f *FlightRecorder) Stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.log == nil {
		return
	}
	f.log = nil
	active.Lock()
	defer active.Unlock()
	active.flight = nil
	enabled.Store(active.trace != nil)
}

// Enabled reports whether the recorder is on.
func (f *FlightRecorder) Enabled() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log != nil
}

// WriteTo writes what the recorder has kept, as a trace.
func (f *FlightRecorder) WriteTo(w io.Writer) (n int64, err error) {
	f.mu.Lock()
	l := f.log
	f.mu.Unlock()
	if l == nil {
		return 0, fmt.Errorf("cannot snapshot a disabled flight recorder")
	}
	// The writer may use the recorder, except for this.
	if !f.writing.TryLock() {
		return 0, fmt.Errorf("call to WriteTo for trace.FlightRecorder already in progress")
	}
	defer f.writing.Unlock()
	written, err := w.Write(l.encode())
	return int64(written), err
}
