package testing

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// InternalBenchmark is a benchmark as the generated main function lists it.
type InternalBenchmark struct {
	Name string
	F    func(b *B)
}

// B is a running benchmark.
type B struct {
	common
	// How often the measured code is to run.
	N int

	f     func(b *B)
	state *benchState
	goal  amount

	timing      bool
	showAllocs  bool
	missing     bool
	bytes       int64
	parallelism int
	previousN   int
	lastTime    time.Duration
	result      BenchmarkResult

	// Counters when the timer was started, and what they have grown while it ran.
	startMallocs, startBytes uint64
	mallocs, allocBytes      uint64
	extra                    map[string]float64

	// Loop's counter and its goal.
	loopI, loopN uint64
	loopDone     bool
}

// benchState is shared by the benchmarks of a run.
type benchState struct {
	match *matcher
	// The width of the column of names.
	width  int
	suffix int
	header sync.Once
}

// Only one benchmark is measured at a time.
var benchLock sync.Mutex

var memory runtime.MemStats

// StartTimer starts measuring; it runs when a benchmark begins.
func (b *B) StartTimer() {
	if !b.timing {
		runtime.ReadMemStats(&memory)
		b.startMallocs, b.startBytes = memory.Mallocs, memory.TotalAlloc
		b.start = time.Now()
		b.timing = true
		b.loopI &^= loopStopped
	}
}

// StopTimer stops measuring.
func (b *B) StopTimer() {
	if b.timing {
		b.duration += time.Since(b.start)
		runtime.ReadMemStats(&memory)
		b.mallocs += memory.Mallocs - b.startMallocs
		b.allocBytes += memory.TotalAlloc - b.startBytes
		b.timing = false
		b.loopI |= loopStopped
	}
}

// ResetTimer forgets what was measured; the timer runs on if it ran.
func (b *B) ResetTimer() {
	if b.extra == nil {
		b.extra = make(map[string]float64, 16)
	} else {
		clear(b.extra)
	}
	if b.timing {
		runtime.ReadMemStats(&memory)
		b.startMallocs, b.startBytes = memory.Mallocs, memory.TotalAlloc
		b.start = time.Now()
	}
	b.duration, b.mallocs, b.allocBytes = 0, 0, 0
}

// SetBytes tells how many bytes an iteration processes.
func (b *B) SetBytes(n int64) { b.bytes = n }

// ReportAllocs has allocations shown as -benchmem does.
func (b *B) ReportAllocs() { b.showAllocs = true }

// Elapsed is the measured time.
func (b *B) Elapsed() time.Duration {
	d := b.duration
	if b.timing {
		d += time.Since(b.start)
	}
	return d
}

// ReportMetric adds a value to the result, or replaces one that the framework measures.
func (b *B) ReportMetric(n float64, unit string) {
	if unit == "" {
		panic("metric unit must not be empty")
	}
	if strings.ContainsAny(unit, " \t\n\v\f\r\u0085\u00a0") {
		panic("metric unit must not contain whitespace")
	}
	if b.extra == nil {
		b.extra = make(map[string]float64, 16)
	}
	b.extra[unit] = n
}

// runN measures n iterations.
func (b *B) runN(n int) {
	benchLock.Lock()
	defer benchLock.Unlock()
	defer func() {
		b.runCleanups(false)
	}()
	runtime.GC()
	b.N = n
	b.loopI, b.loopN, b.loopDone = 0, 0, false
	b.parallelism = 1
	b.ctx, b.cancel = nil, nil
	b.ResetTimer()
	b.StartTimer()
	b.f(b)
	b.StopTimer()
	b.previousN, b.lastTime = n, b.duration
	if b.loopN > 0 && !b.loopDone && !b.failed {
		b.Error("benchmark function returned without B.Loop() == false (break or return in loop?)")
	}
}

// tryOnce runs one iteration; false if there is nothing more to do: it failed, was skipped, or only has sub-benchmarks.
func (b *B) tryOnce() bool {
	if s := b.state; s != nil {
		if n := len(b.name) + s.suffix + 1; n > s.width {
			s.width = n + 8
		}
	}
	go func() {
		defer func() { b.signal <- true }()
		b.runN(1)
	}()
	<-b.signal
	if b.failed {
		fmt.Fprintf(b.w, "%s--- FAIL: %s\n%s", b.verbose.frame(), b.name, b.output)
		return false
	}
	b.mu.RLock()
	finished := b.finished
	b.mu.RUnlock()
	if b.hasSub.Load() || finished {
		word := "BENCH"
		if b.skipped {
			word = "SKIP"
		}
		if b.verbose != nil && (len(b.output) > 0 || finished) {
			b.trim()
			fmt.Fprintf(b.w, "%s--- %s: %s\n%s", b.verbose.frame(), word, b.name, b.output)
		}
		return false
	}
	return true
}

// measure runs the benchmark with growing numbers of iterations until it takes long enough.
func (b *B) measure() BenchmarkResult {
	go func() {
		defer func() { b.signal <- true }()
		if b.loopN == 0 {
			if b.goal.n > 0 {
				if b.goal.n > 1 {
					b.runN(b.goal.n)
				}
			} else {
				for n := int64(1); !b.failed && b.duration < b.goal.d && n < 1e9; {
					n = int64(iterations(b.goal.d, int64(b.N), b.duration, n))
					b.runN(int(n))
				}
			}
		}
		b.result = BenchmarkResult{b.N, b.duration, b.bytes, b.mallocs, b.allocBytes, b.extra}
	}()
	<-b.signal
	return b.result
}

// iterations predicts how many iterations reach the goal: a fifth more than the last measurement says, at most a hundred times as
// many as last time, at least one more.
func iterations(goal time.Duration, before int64, took time.Duration, last int64) int {
	n := goal.Nanoseconds() * before / max(took.Nanoseconds(), 1)
	n += n / 5
	return int(min(max(min(n, 100*last), last+1), 1e9))
}

const loopStopped = 1 << 63

// Loop is the condition of a benchmark's loop: the timer covers exactly the loop, and the number of iterations grows inside it.
func (b *B) Loop() bool {
	if b.loopI < b.loopN {
		b.loopI++
		return true
	}
	return b.loopMore()
}

func (b *B) loopMore() bool {
	if !b.timing {
		b.Fatal("B.Loop called with timer stopped")
	}
	if b.loopN == 0 {
		b.loopN = uint64(max(b.goal.n, 1))
		// Within the loop, N is not for use.
		b.N = 0
		b.ResetTimer()
		b.loopI++
		return true
	}
	more := false
	if b.goal.n == 0 {
		if took := b.Elapsed(); took < b.goal.d {
			before := int64(b.loopN)
			b.loopN = uint64(iterations(b.goal.d, before, took, before))
			more = uint64(before) < b.loopN
		}
	}
	if more {
		b.loopI++
		return true
	}
	b.StopTimer()
	b.loopI = b.loopN
	b.N = int(b.loopN)
	b.loopDone = true
	return false
}

// Run runs f as a sub-benchmark.
//
//go:noinline
func (b *B) Run(name string, f func(b *B)) bool {
	b.hasSub.Store(true)
	// The lock is the running benchmark's; the sub-benchmark needs it.
	benchLock.Unlock()
	defer benchLock.Lock()
	full, ok, partial := name, true, false
	if b.state != nil {
		full, ok, partial = b.state.match.fullName(&b.common, name)
	}
	if !ok {
		return true
	}
	var pcs [maxDepth]uintptr
	n := runtime.Callers(2, pcs[:])
	sub := &B{
		common: common{
			signal:  make(chan bool),
			name:    full,
			parent:  &b.common,
			level:   b.level + 1,
			creator: pcs[:n],
			w:       b.w,
			verbose: b.verbose,
			isBench: true,
		},
		f: f, goal: b.goal, state: b.state,
	}
	sub.init()
	if partial {
		// Only sub-benchmarks of it match: it is not measured itself.
		sub.hasSub.Store(true)
	}
	if b.state != nil {
		b.state.header.Do(func() {
			fmt.Printf("goos: %s\ngoarch: %s\n", runtime.GOOS, runtime.GOARCH)
			if importPath != "" {
				fmt.Printf("pkg: %s\n", importPath)
			}
			if cpu := processor(); cpu != "" {
				fmt.Printf("cpu: %s\n", cpu)
			}
		})
		if b.verbose != nil {
			sub.framed("=== RUN   " + full + "\n")
			fmt.Println(full)
		}
	}
	if sub.tryOnce() {
		sub.runAll()
	}
	b.add(sub.result)
	return !sub.failed
}

// add sums the results of sub-benchmarks for Benchmark's result.
func (b *B) add(other BenchmarkResult) {
	r := &b.result
	// Their iterations are not comparable: one of the whole counts as one.
	r.N = 1
	r.T += time.Duration(other.NsPerOp())
	if other.Bytes == 0 {
		// A rate needs all of them to have one.
		b.missing = true
		r.Bytes = 0
	}
	if !b.missing {
		r.Bytes += other.Bytes
	}
	r.MemAllocs += uint64(other.AllocsPerOp())
	r.MemBytes += uint64(other.AllocedBytesPerOp())
}

// trim keeps the log of a benchmark, which runs often, short.
func (b *B) trim() {
	const limit = 10
	newlines := 0
	for i, c := range b.output {
		if c == '\n' {
			newlines++
			if newlines >= limit {
				b.output = append(b.output[:i], "\n\t... [output truncated]\n"...)
				return
			}
		}
	}
}

// runAll measures for each setting of -cpu and -count, and prints the results.
func (b *B) runAll() {
	if b.state == nil {
		b.measure()
		return
	}
	s := b.state
	for i, procs := range set.procs {
		for j := uint(0); j < set.count; j++ {
			runtime.GOMAXPROCS(procs)
			name := benchName(b.name, procs)
			// The name comes first, so that one sees what runs; with -v it has been printed.
			if b.verbose == nil {
				fmt.Fprintf(b.w, "%-*s\t", s.width, name)
			}
			one := b
			if i > 0 || j > 0 {
				one = &B{
					common: common{signal: make(chan bool), name: b.name, w: b.w, verbose: b.verbose, isBench: true},
					f:      b.f, goal: b.goal,
				}
				one.init()
				one.tryOnce()
			}
			r := one.measure()
			if one.failed {
				fmt.Fprintf(b.w, "%s--- FAIL: %s\n%s", b.verbose.frame(), name, one.output)
				continue
			}
			if b.verbose != nil {
				fmt.Fprintf(b.w, "%-*s\t", s.width, name)
			}
			line := r.String()
			if set.benchMem || one.showAllocs {
				line += "\t" + r.MemString()
			}
			fmt.Fprintln(b.w, line)
			if len(one.output) > 0 {
				one.trim()
				fmt.Fprintf(b.w, "%s--- BENCH: %s\n%s", b.verbose.frame(), name, one.output)
			}
			if p := runtime.GOMAXPROCS(-1); p != procs {
				fmt.Fprintf(os.Stderr, "testing: %s left GOMAXPROCS set to %d\n", name, p)
			}
			if b.verbose != nil && b.verbose.json {
				b.verbose.update("", "=== NAME  \n")
			}
		}
	}
}

// benchName is the name in results: with the number of processors if that is not 1.
func benchName(name string, procs int) string {
	if procs != 1 {
		return fmt.Sprintf("%s-%d", name, procs)
	}
	return name
}

// RunBenchmarks runs the benchmarks that -bench matches.
func RunBenchmarks(matchString func(pat, str string) (bool, error), benchmarks []InternalBenchmark) {
	runBenchmarks(matchString, benchmarks)
}

func runBenchmarks(matchString func(pat, str string) (bool, error), benchmarks []InternalBenchmark) bool {
	if set.bench == "" {
		return true
	}
	procs := 1
	for _, p := range set.procs {
		procs = max(procs, p)
	}
	s := &benchState{
		match:  newMatcher(matchString, set.bench, "-test.bench", set.skip),
		suffix: len(benchName("", procs)),
	}
	var selected []InternalBenchmark
	for _, bench := range benchmarks {
		if _, ok, _ := s.match.fullName(nil, bench.Name); ok {
			selected = append(selected, bench)
			s.width = max(s.width, len(benchName(bench.Name, procs))+s.suffix+1)
		}
	}
	root := &B{
		common: common{name: "Main", w: os.Stdout, isBench: true},
		goal:   set.benchTime,
		state:  s,
	}
	root.init()
	root.f = func(b *B) {
		for _, bench := range selected {
			b.Run(bench.Name, bench.F)
		}
	}
	if set.verbose.on {
		root.verbose = newVerboseOutput(root.w)
	}
	root.runN(1)
	return !root.failed
}

// Benchmark measures one function, outside of `escargo test` too.
func Benchmark(f func(b *B)) BenchmarkResult {
	b := &B{
		common: common{signal: make(chan bool), w: discard{}, isBench: true},
		f:      f,
		goal:   amount{d: time.Second},
	}
	if set.ready {
		b.goal = set.benchTime
	}
	b.init()
	if b.tryOnce() {
		b.runAll()
	}
	return b.result
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// PB is the loop of one goroutine of RunParallel.
type PB struct {
	shared *atomic.Uint64
	grain  uint64
	cache  uint64
	n      uint64
}

// Next reports whether there are iterations left.
func (pb *PB) Next() bool {
	if pb.cache == 0 {
		n := pb.shared.Add(pb.grain)
		switch {
		case n <= pb.n:
			pb.cache = pb.grain
		case n < pb.n+pb.grain:
			pb.cache = pb.n + pb.grain - n
		default:
			return false
		}
	}
	pb.cache--
	return true
}

// RunParallel runs body on several goroutines, which share b.N iterations.
func (b *B) RunParallel(body func(*PB)) {
	if b.N == 0 {
		return
	}
	// So many iterations are taken at once that they take about 100 microseconds.
	grain := uint64(0)
	if b.previousN > 0 && b.lastTime > 0 {
		grain = 1e5 * uint64(b.previousN) / uint64(b.lastTime)
	}
	grain = min(max(grain, 1), 1e4)
	var n atomic.Uint64
	goroutines := b.parallelism * runtime.GOMAXPROCS(0)
	var wait sync.WaitGroup
	wait.Add(goroutines)
	for range goroutines {
		go func() {
			defer wait.Done()
			body(&PB{shared: &n, grain: grain, n: uint64(b.N)})
		}()
	}
	wait.Wait()
	if n.Load() <= uint64(b.N) && !b.Failed() {
		b.Fatal("RunParallel: body exited without pb.Next() == false")
	}
}

// SetParallelism has RunParallel use p goroutines for each processor.
func (b *B) SetParallelism(p int) {
	if p >= 1 {
		b.parallelism = p
	}
}

// processor is the processor's name as the kernel gives it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
