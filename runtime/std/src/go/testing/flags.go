package testing

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// What the command line says. The flags exist from Init on.
var set struct {
	ready        bool
	short        bool
	failFast     bool
	fullPath     bool
	list         string
	run          string
	skip         string
	bench        string
	benchMem     bool
	benchTime    amount
	count        uint
	cpu          string
	timeout      time.Duration
	parallel     int
	shuffle      string
	verbose      verbosity
	outputDir    string
	profiles     profileFlags
	artifacts    bool
	paniconExit0 bool
	fuzz         string
	fuzzTime     amount
	coverProfile string
	coverDir     string
	procs        []int
}

// Init registers the flags. The test's main function has called it before flags are parsed; programs that call Benchmark without
// `escargo test` may call it themselves.
func Init() {
	if set.ready {
		return
	}
	set.ready = true
	set.benchTime = amount{d: time.Second}
	flag.BoolVar(&set.short, "test.short", false, "run smaller test suite to save time")
	flag.BoolVar(&set.failFast, "test.failfast", false, "do not start new tests after the first test failure")
	flag.BoolVar(&set.fullPath, "test.fullpath", false, "show full file names in error messages")
	flag.StringVar(&set.list, "test.list", "", "list tests, examples, and benchmarks matching `regexp` then exit")
	flag.StringVar(&set.run, "test.run", "", "run only tests and examples matching `regexp`")
	flag.StringVar(&set.skip, "test.skip", "", "do not list or run tests matching `regexp`")
	flag.StringVar(&set.bench, "test.bench", "", "run only benchmarks matching `regexp`")
	flag.BoolVar(&set.benchMem, "test.benchmem", false, "print memory allocations for benchmarks")
	flag.Var(&set.benchTime, "test.benchtime", "run each benchmark for duration `d` or N times if `d` is of the form Nx")
	flag.UintVar(&set.count, "test.count", 1, "run tests and benchmarks `n` times")
	flag.StringVar(&set.cpu, "test.cpu", "", "comma-separated `list` of cpu counts to run each test with")
	flag.DurationVar(&set.timeout, "test.timeout", 0, "panic test binary after duration `d` (default 0, timeout disabled)")
	flag.IntVar(&set.parallel, "test.parallel", runtime.GOMAXPROCS(0), "run at most `n` tests in parallel")
	flag.StringVar(&set.shuffle, "test.shuffle", "off", "randomize the execution order of tests and benchmarks")
	flag.Var(&set.verbose, "test.v", "verbose: print additional output")
	flag.StringVar(&set.outputDir, "test.outputdir", "", "write profiles to `dir`")
	flag.StringVar(&set.coverProfile, "test.coverprofile", "", "write a coverage profile to `file`")
	flag.StringVar(&set.coverDir, "test.gocoverdir", "", "write coverage intermediate files to this directory")
	set.profiles.register()
	flag.BoolVar(&set.artifacts, "test.artifacts", false, "store test artifacts in test.,outputdir")
	flag.BoolVar(&set.paniconExit0, "test.paniconexit0", false, "panic on call to os.Exit(0)")
	flag.StringVar(&set.fuzz, "test.fuzz", "", "run the fuzz test matching `regexp`")
	flag.Var(&set.fuzzTime, "test.fuzztime", "time to spend fuzzing; default is to run indefinitely")
}

// verbosity is -v: off, on, or on with marks that a converter to JSON looks for.
type verbosity struct {
	on, json bool
}

func (*verbosity) IsBoolFlag() bool { return true }

func (v *verbosity) Set(text string) error {
	switch text {
	case "true", "test2json":
		*v = verbosity{true, text == "test2json"}
	case "false":
		*v = verbosity{}
	default:
		return fmt.Errorf("invalid flag -test.v=%s", text)
	}
	return nil
}

func (v *verbosity) Get() any {
	if v.json {
		return "test2json"
	}
	return v.on
}

func (v *verbosity) String() string { return fmt.Sprint(v.Get()) }

// amount is a duration or a number of iterations.
type amount struct {
	d time.Duration
	n int
}

func (a *amount) String() string {
	if a.n > 0 {
		return strconv.Itoa(a.n) + "x"
	}
	return a.d.String()
}

func (a *amount) Set(text string) error {
	if digits, ok := strings.CutSuffix(text, "x"); ok {
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 || n == 0 && a.d > 0 {
			return errors.New("invalid count")
		}
		*a = amount{n: n}
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d == 0 && a.d > 0 {
		return errors.New("invalid duration")
	}
	*a = amount{d: d}
	return nil
}

// parseProcs reads -cpu; without it there is one entry, the current setting.
func parseProcs() {
	for _, part := range strings.Split(set.cpu, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil || n <= 0 {
			fmt.Fprintf(os.Stderr, "testing: invalid value %q for -test.cpu\n", part)
			os.Exit(1)
		}
		set.procs = append(set.procs, n)
	}
	if set.procs == nil {
		set.procs = []int{runtime.GOMAXPROCS(0)}
	}
}

// Short reports whether -short was given.
func Short() bool {
	if !set.ready {
		panic("testing: Short called before Init")
	}
	if !flag.Parsed() {
		panic("testing: Short called before Parse")
	}
	return set.short
}

// Verbose reports whether -v was given.
func Verbose() bool {
	if !set.ready {
		panic("testing: Verbose called before Init")
	}
	if !flag.Parsed() {
		panic("testing: Verbose called before Parse")
	}
	return set.verbose.on
}

// inTest is set by the main function of a test.
var inTest bool

// Testing reports whether the program is a test.
func Testing() bool { return inTest }
