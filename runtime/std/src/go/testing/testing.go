package testing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// T is a running test.
type T struct {
	common
	denyParallel bool
	state        *gate
}

// InternalTest is a test as the generated main function lists it.
type InternalTest struct {
	Name string
	F    func(*T)
}

var errUnfinished = errors.New("test executed panic(nil) or runtime.Goexit")

// failures counts failed tests, for -failfast.
var failures atomic.Uint32

func stopsEarly() bool { return set.failFast && failures.Load() > 0 }

// running are the tests that run now, with their starts, for the message of a timeout.
var running sync.Map

// gate admits so many parallel tests at once.
type gate struct {
	match    *matcher
	deadline time.Time
	fuzzing  bool
	mu       sync.Mutex
	next     chan bool
	running  int
	waiting  int
	limit    int
}

func newGate(limit int, m *matcher) *gate {
	return &gate{match: m, next: make(chan bool), running: 1, limit: limit}
}

func (g *gate) enter() {
	g.mu.Lock()
	if g.running < g.limit {
		g.running++
		g.mu.Unlock()
		return
	}
	g.waiting++
	g.mu.Unlock()
	<-g.next
}

func (g *gate) leave() {
	g.mu.Lock()
	if g.waiting == 0 {
		g.running--
		g.mu.Unlock()
		return
	}
	g.waiting--
	g.mu.Unlock()
	g.next <- true
}

const parallelConflict = "testing: test using t.Setenv, t.Chdir, or cryptotest.SetGlobalRandom can not use t.Parallel"

// Parallel has the test wait until its parent's function has returned, and then run beside other parallel tests.
func (t *T) Parallel() {
	if t.parallel {
		panic("testing: t.Parallel called multiple times")
	}
	if t.denyParallel {
		panic(parallelConflict)
	}
	t.parallel = true
	if t.parent.barrier == nil {
		// A fuzz target's parent has no tests to wait for.
		return
	}
	// Waiting does not count.
	t.duration += time.Since(t.start)
	t.parent.mu.Lock()
	t.parent.sub = append(t.parent.sub, t)
	t.parent.mu.Unlock()
	if t.verbose != nil {
		t.verbose.update(t.name, fmt.Sprintf("=== PAUSE %s\n", t.name))
	}
	running.Delete(t.name)
	t.signal <- true
	<-t.parent.barrier
	t.state.enter()
	if t.verbose != nil {
		t.verbose.update(t.name, fmt.Sprintf("=== CONT  %s\n", t.name))
	}
	running.Store(t.name, time.Now())
	t.start = time.Now()
}

// exclusive panics if the test, or one around it, runs beside others.
func (t *T) exclusive() {
	for c := &t.common; c != nil; c = c.parent {
		if c.parallel {
			panic(parallelConflict)
		}
	}
	t.denyParallel = true
}

// Setenv sets an environment variable until the test is done; not for parallel tests.
func (t *T) Setenv(key, value string) {
	t.exclusive()
	t.common.Setenv(key, value)
}

// Chdir changes the working folder until the test is done; not for parallel tests.
func (t *T) Chdir(dir string) {
	t.exclusive()
	t.common.Chdir(dir)
}

// Deadline is when -timeout ends the test.
func (t *T) Deadline() (deadline time.Time, ok bool) {
	deadline = t.state.deadline
	return deadline, !deadline.IsZero()
}

// Run runs f as a subtest and returns when it is done or has called Parallel.
//
//go:noinline
func (t *T) Run(name string, f func(t *T)) bool {
	if t.cleaning != "" {
		panic("testing: t.Run called during t.Cleanup")
	}
	t.hasSub.Store(true)
	full, ok, _ := t.state.match.fullName(&t.common, name)
	if !ok || stopsEarly() {
		return true
	}
	var pcs [maxDepth]uintptr
	n := runtime.Callers(2, pcs[:])
	ctx, cancel := context.WithCancel(context.Background())
	sub := &T{
		common: common{
			barrier: make(chan bool),
			signal:  make(chan bool, 1),
			name:    full,
			parent:  &t.common,
			level:   t.level + 1,
			creator: pcs[:n],
			verbose: t.verbose,
			ctx:     ctx,
			cancel:  cancel,
		},
		state: t.state,
	}
	sub.init()
	sub.w = kept{&sub.common}
	if t.verbose != nil {
		t.verbose.update(sub.name, fmt.Sprintf("=== RUN   %s\n", sub.name))
	}
	running.Store(sub.name, time.Now())
	go tRunner(sub, f)
	if !<-sub.signal {
		// The subtest ended this test: its goroutine ends too.
		runtime.Goexit()
	}
	if v := t.verbose; v != nil && v.json {
		v.update(t.name, fmt.Sprintf("=== NAME  %s\n", t.name))
	}
	return !sub.failed
}

// tRunner is the body of a test's goroutine. Traces show it, and programs look for it: its name and file's name are Go's.
//
//go:noinline
func tRunner(t *T, f func(t *T)) {
	t.runner = functionAt(1)
	defer endTest(t)
	defer func() {
		if len(t.sub) == 0 {
			t.runCleanups(false)
		}
	}()
	t.start = time.Now()
	f(t)
	t.mu.Lock()
	t.finished = true
	t.mu.Unlock()
}

// endTest waits for parallel subtests, cleans up, reports, and tells the parent. It is deferred by tRunner: what is recovered here
// is the test's panic, which goes on after the reports.
func endTest(t *T) {
	err := recover()
	goOn := true
	t.mu.RLock()
	finished := t.finished
	t.mu.RUnlock()
	if !finished && err == nil {
		err = errUnfinished
		for p := t.parent; p != nil; p = p.parent {
			p.mu.RLock()
			over := p.finished
			p.mu.RUnlock()
			if over {
				if !t.parallel {
					t.Errorf("%v: subtest may have called FailNow on a parent test", err)
					err = nil
				}
				goOn = false
				break
			}
		}
	}
	if err != nil && t.state.fuzzing {
		t.Errorf("panic: %v\n", err)
		t.mu.Lock()
		t.finished = true
		t.mu.Unlock()
		err = nil
	}
	if err != nil {
		t.die(err)
	}
	t.duration += time.Since(t.start)
	if len(t.sub) > 0 {
		// The parallel subtests start now, and this test's place is theirs.
		t.state.leave()
		running.Delete(t.name)
		close(t.barrier)
		for _, sub := range t.sub {
			<-sub.signal
		}
		start := time.Now()
		running.Store(t.name, start)
		err := t.runCleanups(true)
		t.duration += time.Since(start)
		if err != nil {
			t.die(err)
		}
		if !t.parallel {
			t.state.enter()
		}
	} else if t.parallel {
		t.state.leave()
	}
	for c := &t.common; c.parent != nil; c = c.parent {
		c.out.finish()
	}
	if t.Failed() {
		failures.Add(1)
	}
	t.finalReport()
	t.mu.Lock()
	t.done = true
	t.mu.Unlock()
	if t.parent != nil && !t.hasSub.Load() {
		t.setRan()
	}
	running.Delete(t.name)
	t.signal <- goOn
}

// die reports the test and those around it as failed, and panics.
func (t *T) die(err any) {
	t.Fail()
	if again := t.runCleanups(true); again != nil {
		t.Logf("cleanup panicked with %v", again)
	}
	for c := &t.common; c.parent != nil; c = c.parent {
		c.mu.Lock()
		c.duration += time.Since(c.start)
		d := c.duration
		c.mu.Unlock()
		c.out.finish()
		c.report(fmt.Sprintf("--- FAIL: %s (%s)\n", c.name, seconds(d)))
		if again := c.parent.runCleanups(true); again != nil {
			fmt.Fprintf(c.parent.w, "cleanup panicked with %v", again)
		}
	}
	panic(err)
}

// finalReport writes the `--- PASS` line and what belongs to it.
func (t *T) finalReport() {
	if t.parent == nil {
		return
	}
	word := "PASS"
	switch {
	case t.Failed():
		word = "FAIL"
	case t.verbose == nil:
		return
	case t.Skipped():
		word = "SKIP"
	}
	t.report(fmt.Sprintf("--- %s: %s (%s)\n", word, t.name, seconds(t.duration)))
}

// runTests runs the top-level tests as subtests of one without a name.
func runTests(matchString func(pat, str string) (bool, error), tests []InternalTest, deadline time.Time) (ran, ok bool) {
	ok = true
	for _, procs := range set.procs {
		runtime.GOMAXPROCS(procs)
		for i := uint(0); i < set.count; i++ {
			if stopsEarly() || i > 0 && !ran {
				break
			}
			state := newGate(set.parallel, newMatcher(matchString, set.run, "-test.run", set.skip))
			state.deadline = deadline
			root := newRoot(state, os.Stdout)
			tRunner(root, func(t *T) {
				for _, test := range tests {
					t.Run(test.Name, test.F)
				}
			})
			<-root.signal
			ok = ok && !root.Failed()
			ran = ran || root.ran
		}
	}
	return ran, ok
}

// newRoot is the test that top-level tests are subtests of.
func newRoot(state *gate, w io.Writer) *T {
	root := &T{common: common{signal: make(chan bool, 1), barrier: make(chan bool), w: w}, state: state}
	root.init()
	if set.verbose.on {
		root.verbose = newVerboseOutput(w)
	}
	return root
}

// RunTests runs tests as the generated main function does.
func RunTests(matchString func(pat, str string) (bool, error), tests []InternalTest) (ok bool) {
	var deadline time.Time
	if set.timeout > 0 {
		deadline = time.Now().Add(set.timeout)
	}
	if set.procs == nil {
		parseProcs()
	}
	ran, ok := runTests(matchString, tests, deadline)
	if !ran && len(tests) == 0 {
		fmt.Fprintln(os.Stderr, "testing: warning: no tests to run")
	}
	return ok
}
