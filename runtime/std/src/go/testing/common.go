package testing

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// TB is what T, B and F have in common.
type TB interface {
	ArtifactDir() string
	Attr(key, value string)
	Cleanup(func())
	Error(args ...any)
	Errorf(format string, args ...any)
	Fail()
	FailNow()
	Failed() bool
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Helper()
	Log(args ...any)
	Logf(format string, args ...any)
	Name() string
	Setenv(key, value string)
	Chdir(dir string)
	Skip(args ...any)
	SkipNow()
	Skipf(format string, args ...any)
	Skipped() bool
	TempDir() string
	Context() context.Context
	Output() io.Writer

	// Other types cannot implement TB, so that methods can be added.
	private()
}

var _, _, _ TB = (*T)(nil), (*B)(nil), (*F)(nil)

// common is the state of a test, a benchmark or a fuzz test.
type common struct {
	mu      sync.RWMutex
	name    string
	parent  *common
	level   int
	isBench bool
	isFuzz  bool

	// What the report will show; empty under -v, but for reports of subtests.
	output  []byte
	w       io.Writer
	out     lines
	verbose *verboseOutput

	ran, failed, skipped bool
	// The function has returned, or has ended itself.
	finished bool
	// The report is written: nothing can be logged.
	done   bool
	hasSub atomic.Bool

	start    time.Time
	duration time.Duration

	// Parallel subtests wait for barrier; signal says that this one is done, and whether its parent goes on.
	barrier  chan bool
	signal   chan bool
	sub      []*T
	parallel bool

	// The name of the function that started this test, and the stack of the call of Run.
	runner  string
	creator []uintptr

	helpers     map[string]bool
	cleanups    []cleanup
	cleaning    string
	cleaningPCs []uintptr

	dirs   directories
	ctx    context.Context
	cancel context.CancelFunc
}

type cleanup struct {
	f   func()
	pcs []uintptr
	// The function that registered it.
	name string
}

// init makes the parts that refer to the rest.
func (c *common) init() { c.out.c = c }

func (c *common) private() {}

// Name is the test's full name, unique in the program.
func (c *common) Name() string { return c.name }

func (c *common) setRan() {
	for ; c != nil; c = c.parent {
		c.mu.Lock()
		c.ran = true
		c.mu.Unlock()
	}
}

// Fail marks the test and those around it as failed; the test goes on.
func (c *common) Fail() {
	if c.parent != nil {
		c.parent.Fail()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		panic("Fail in goroutine after " + c.name + " has completed")
	}
	c.failed = true
}

func (c *common) Failed() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.failed
}

// FailNow fails and ends the test's goroutine.
func (c *common) FailNow() {
	c.Fail()
	c.mu.Lock()
	c.finished = true
	c.mu.Unlock()
	runtime.Goexit()
}

// SkipNow marks the test as skipped and ends its goroutine.
func (c *common) SkipNow() {
	c.mu.Lock()
	c.skipped = true
	c.finished = true
	c.mu.Unlock()
	runtime.Goexit()
}

func (c *common) Skipped() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.skipped
}

// receiver is the innermost test, from c outwards, that still takes output; nil when the program ends.
func (c *common) receiver() *common {
	for ; c != nil; c = c.parent {
		c.mu.RLock()
		done := c.done
		c.mu.RUnlock()
		if !done {
			return c
		}
	}
	return nil
}

// log writes text under the position of the caller's caller.
//
//go:noinline
func (c *common) log(text string, isError bool) {
	text = strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+indentation)
	to := c.receiver()
	if to == nil {
		panic("Log in goroutine after " + c.name + " has completed: " + text + "\n")
	}
	place := to.place(3)
	to.out.finish()
	to.mu.Lock()
	defer to.mu.Unlock()
	to.out.add(place+text+"\n", isError)
}

// Output is a writer whose lines go to the test's log without positions.
func (c *common) Output() io.Writer { return &c.out }

//go:noinline
func (c *common) Log(args ...any) { c.log(fmt.Sprintln(args...), false) }

//go:noinline
func (c *common) Logf(format string, args ...any) { c.log(fmt.Sprintf(format, args...), false) }

//go:noinline
func (c *common) Error(args ...any) {
	c.log(fmt.Sprintln(args...), true)
	c.Fail()
}

//go:noinline
func (c *common) Errorf(format string, args ...any) {
	c.log(fmt.Sprintf(format, args...), true)
	c.Fail()
}

//go:noinline
func (c *common) Fatal(args ...any) {
	c.log(fmt.Sprintln(args...), true)
	c.FailNow()
}

//go:noinline
func (c *common) Fatalf(format string, args ...any) {
	c.log(fmt.Sprintf(format, args...), true)
	c.FailNow()
}

//go:noinline
func (c *common) Skip(args ...any) {
	c.log(fmt.Sprintln(args...), false)
	c.SkipNow()
}

//go:noinline
func (c *common) Skipf(format string, args ...any) {
	c.log(fmt.Sprintf(format, args...), false)
	c.SkipNow()
}

// Cleanup has f called when the test and its subtests are done, last in, first out.
//
//go:noinline
func (c *common) Cleanup(f func()) {
	var pcs [maxDepth]uintptr
	n := runtime.Callers(2, pcs[:])
	name := ""
	if n > 0 {
		frame, _ := runtime.CallersFrames(pcs[:n]).Next()
		name = frame.Function
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cleanups = append(c.cleanups, cleanup{f, pcs[:n], name})
}

// runCleanups calls what Cleanup registered. If one panics or ends the goroutine, the others still run; with recovering, the
// panic's value is returned instead of raised.
func (c *common) runCleanups(recovering bool) (panicked any) {
	if recovering {
		defer func() { panicked = recover() }()
	}
	// A cleanup may register more; and what follows one that ends the goroutine runs on the way out.
	defer func() {
		c.mu.Lock()
		more := len(c.cleanups) > 0
		c.mu.Unlock()
		if more {
			c.runCleanups(false)
		}
	}()
	if c.cancel != nil {
		c.cancel()
	}
	defer func() {
		c.mu.Lock()
		c.cleaning, c.cleaningPCs = "", nil
		c.mu.Unlock()
	}()
	for {
		c.mu.Lock()
		last := len(c.cleanups) - 1
		if last < 0 {
			c.mu.Unlock()
			return nil
		}
		next := c.cleanups[last]
		c.cleanups = c.cleanups[:last]
		c.cleaning, c.cleaningPCs = next.name, next.pcs
		c.mu.Unlock()
		next.f()
	}
}

// report hands text and the collected output to the parent's.
func (c *common) report(text string) {
	p := c.parent
	p.mu.Lock()
	defer p.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	text += string(c.output)
	c.output = c.output[:0]
	if v := c.verbose; v != nil && (p.w == v.w || v.json) {
		v.update(c.name, text)
	} else {
		io.WriteString(p.w, c.verbose.frame()+text)
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2fs", d.Seconds()) }
