package testing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"time"
)

// InternalFuzzTarget is a fuzz test as the generated main function lists it.
type InternalFuzzTarget struct {
	Name string
	Fn   func(f *F)
}

// F is a running fuzz test. Fuzz runs the target over the seeds: those of Add and those of testdata/fuzz.
type F struct {
	common
	inTarget bool
	called   bool
	seeds    []seed
	state    *gate
}

// seed is one set of arguments; path names the file it came from.
type seed struct {
	path   string
	values []any
}

// fuzzable are the types that a target may take.
var fuzzable = map[reflect.Type]bool{
	reflect.TypeFor[[]byte]():  true,
	reflect.TypeFor[string]():  true,
	reflect.TypeFor[bool]():    true,
	reflect.TypeFor[byte]():    true,
	reflect.TypeFor[rune]():    true,
	reflect.TypeFor[float32](): true,
	reflect.TypeFor[float64](): true,
	reflect.TypeFor[int]():     true,
	reflect.TypeFor[int8]():    true,
	reflect.TypeFor[int16]():   true,
	reflect.TypeFor[int64]():   true,
	reflect.TypeFor[uint]():    true,
	reflect.TypeFor[uint16]():  true,
	reflect.TypeFor[uint32]():  true,
	reflect.TypeFor[uint64]():  true,
}

func (f *F) outside(method string) {
	if f.inTarget {
		panic("testing: f." + method + " was called inside the fuzz target, use t." + method + " instead")
	}
}

func (f *F) Helper() {
	f.outside("Helper")
	name := functionAt(2)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.helpers == nil {
		f.helpers = make(map[string]bool)
	}
	f.helpers[name] = true
}

func (f *F) Fail() {
	f.outside("Fail")
	f.common.Fail()
}

func (f *F) Skipped() bool {
	f.outside("Skipped")
	return f.common.Skipped()
}

// Add adds a seed.
func (f *F) Add(args ...any) {
	values := make([]any, 0, len(args))
	for i, arg := range args {
		t := reflect.TypeOf(arg)
		if !fuzzable[t] {
			panic(fmt.Sprintf("testing: unsupported type to Add %v", t))
		}
		values = append(values, args[i])
	}
	f.seeds = append(f.seeds, seed{fmt.Sprintf("seed#%d", len(f.seeds)), values})
}

// Fuzz runs the target, a function of a *T and fuzzable values, over the seeds.
func (f *F) Fuzz(target any) {
	if f.called {
		panic("testing: F.Fuzz called more than once")
	}
	f.called = true
	if f.failed {
		return
	}
	f.Helper()
	function := reflect.ValueOf(target)
	t := function.Type()
	if t.Kind() != reflect.Func {
		panic("testing: F.Fuzz must receive a function")
	}
	if t.NumIn() < 2 || t.In(0) != reflect.TypeFor[*T]() {
		panic("testing: fuzz target must receive at least two arguments, where the first argument is a *T")
	}
	if t.NumOut() != 0 {
		panic("testing: fuzz target must not return a value")
	}
	var types []reflect.Type
	for i := 1; i < t.NumIn(); i++ {
		in := t.In(i)
		if !fuzzable[in] {
			panic(fmt.Sprintf("testing: unsupported type for fuzzing %v", in))
		}
		types = append(types, in)
	}
	for _, s := range f.seeds {
		if err := checkSeed(s.values, types); err != nil {
			f.Fatal(err)
		}
	}
	files, err := readSeeds(filepath.Join("testdata", "fuzz", f.name), types)
	if err != nil {
		f.Fatal(err)
	}
	f.seeds = append(f.seeds, files...)
	var pcs [maxDepth]uintptr
	n := runtime.Callers(2, pcs[:])
	for _, s := range f.seeds {
		name := f.name
		if s.path != "" {
			name += "/" + filepath.Base(s.path)
		}
		if _, ok, _ := f.state.match.fullName(nil, name); !ok {
			continue
		}
		f.one(function, s, name, pcs[:n])
	}
}

// one runs the target as a subtest.
func (f *F) one(function reflect.Value, s seed, name string, creator []uintptr) {
	ctx, cancel := context.WithCancel(f.Context())
	t := &T{
		common: common{
			barrier: make(chan bool),
			signal:  make(chan bool, 1),
			name:    name,
			parent:  &f.common,
			level:   f.level + 1,
			creator: creator,
			verbose: f.verbose,
			ctx:     ctx,
			cancel:  cancel,
		},
		state: f.state,
	}
	t.init()
	t.w = kept{&t.common}
	if t.verbose != nil {
		t.verbose.update(t.name, fmt.Sprintf("=== RUN   %s\n", t.name))
	}
	f.common.hasSub.Store(true)
	f.inTarget = true
	go tRunner(t, func(t *T) {
		args := []reflect.Value{reflect.ValueOf(t)}
		for _, v := range s.values {
			args = append(args, reflect.ValueOf(v))
		}
		function.Call(args)
	})
	<-t.signal
	f.inTarget = false
}

func checkSeed(values []any, types []reflect.Type) error {
	if len(values) != len(types) {
		return fmt.Errorf("wrong number of values in corpus entry: %d, want %d", len(values), len(types))
	}
	got := make([]reflect.Type, len(values))
	for i, v := range values {
		got[i] = reflect.TypeOf(v)
	}
	for i, t := range types {
		if got[i] != t {
			return fmt.Errorf("mismatched types in corpus entry: %v, want %v", got, types)
		}
	}
	return nil
}

// readSeeds reads the seeds that are files.
func readSeeds(dir string, types []reflect.Type) ([]seed, error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading seed corpus from testdata: %v", err)
	}
	var seeds []seed
	var problems []error
	for _, file := range files {
		if file.IsDir() {
			continue
		}
		path := filepath.Join(dir, file.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("failed to read corpus file: %v", err)
		}
		values, err := parseSeed(string(text))
		if err == nil {
			err = checkSeed(values, types)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%q: %v", path, err))
			continue
		}
		seeds = append(seeds, seed{path, values})
	}
	return seeds, errors.Join(problems...)
}

// runFuzzTests runs the fuzz tests over their seeds.
func runFuzzTests(matchString func(pat, str string) (bool, error), targets []InternalFuzzTarget, deadline time.Time) (ran, ok bool) {
	ok = true
	if len(targets) == 0 {
		return false, true
	}
	m := newMatcher(matchString, set.run, "-test.run", set.skip)
	for _, procs := range set.procs {
		runtime.GOMAXPROCS(procs)
		for i := uint(0); i < set.count; i++ {
			if stopsEarly() {
				break
			}
			state := newGate(set.parallel, m)
			state.deadline = deadline
			root := newRoot(state, os.Stdout)
			for _, target := range targets {
				if stopsEarly() {
					break
				}
				name, matched, _ := m.fullName(nil, target.Name)
				if !matched {
					continue
				}
				f := &F{
					common: common{
						signal:  make(chan bool),
						barrier: make(chan bool),
						name:    name,
						parent:  &root.common,
						level:   1,
						verbose: root.verbose,
						isFuzz:  true,
					},
					state: state,
				}
				f.init()
				f.w = kept{&f.common}
				if f.verbose != nil {
					f.verbose.update(f.name, fmt.Sprintf("=== RUN   %s\n", f.name))
				}
				go runFuzzTest(f, target.Fn)
				<-f.signal
				ok = ok && !f.Failed()
				ran = ran || f.ran
			}
			if !ran {
				break
			}
		}
	}
	return ran, ok
}

// runFuzzTest is the body of a fuzz test's goroutine.
func runFuzzTest(f *F, fn func(f *F)) {
	f.runner = functionAt(1)
	defer func() {
		err := recover()
		if err == nil && !f.finished {
			err = errUnfinished
		}
		if err == nil && !f.called && !f.skipped && !f.failed {
			f.Error("returned without calling F.Fuzz, F.Fail, or F.Skip")
		}
		f.duration += time.Since(f.start)
		if err != nil {
			f.common.Fail()
			f.runCleanups(true)
			f.out.finish()
			f.report(fmt.Sprintf("--- FAIL: %s (%s)\n", f.name, seconds(f.duration)))
			panic(err)
		}
		if len(f.sub) > 0 {
			f.state.leave()
			close(f.barrier)
			for _, sub := range f.sub {
				<-sub.signal
			}
			f.state.enter()
		}
		f.runCleanups(false)
		f.out.finish()
		word := "PASS"
		switch {
		case f.Failed():
			word = "FAIL"
			failures.Add(1)
		case f.common.Skipped():
			word = "SKIP"
		}
		if word == "FAIL" || f.verbose != nil {
			f.report(fmt.Sprintf("--- %s: %s (%s)\n", word, f.name, seconds(f.duration)))
		}
		f.done = true
		f.setRan()
		f.signal <- true
	}()
	f.start = time.Now()
	fn(f)
	f.finished = true
}
