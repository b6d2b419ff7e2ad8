// Package testing runs tests, benchmarks, examples, and fuzz tests over their seeds.
package testing

import (
	"flag"
	"fmt"
	"math/rand"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// M runs a package's tests; TestMain gets one.
type M struct {
	deps       testDeps
	tests      []InternalTest
	benchmarks []InternalBenchmark
	fuzz       []InternalFuzzTarget
	examples   []InternalExample
	alarm      *time.Timer
	// Writes the profiles, once.
	stopProfiles func()
	code         int
}

// testDeps is what the generated main function provides.
type testDeps interface {
	ImportPath() string
	MatchString(pat, str string) (bool, error)
}

// importPath is the path of the tested package.
var importPath string

// MainStart is called by the generated main function.
func MainStart(deps testDeps, tests []InternalTest, benchmarks []InternalBenchmark, fuzzTargets []InternalFuzzTarget, examples []InternalExample) *M {
	inTest = true
	importPath = deps.ImportPath()
	Init()
	return &M{deps: deps, tests: tests, benchmarks: benchmarks, fuzz: fuzzTargets, examples: examples}
}

// exitCode is what the generated main function exits with after TestMain.
func exitCode(m *M) int { return m.code }

type onlyMatch func(pat, str string) (bool, error)

func (f onlyMatch) MatchString(pat, str string) (bool, error) { return f(pat, str) }
func (f onlyMatch) ImportPath() string                        { return "" }

// Main runs tests and exits.
func Main(matchString func(pat, str string) (bool, error), tests []InternalTest, benchmarks []InternalBenchmark, examples []InternalExample) {
	os.Exit(MainStart(onlyMatch(matchString), tests, benchmarks, nil, examples).Run())
}

// Run runs everything that the flags ask for and returns the exit code.
func (m *M) Run() int {
	m.code = m.run()
	return m.code
}

func (m *M) run() int {
	if !flag.Parsed() {
		flag.Parse()
	}
	if set.verbose.json {
		os.Stderr = os.Stdout
	}
	if set.parallel < 1 {
		fmt.Fprintln(os.Stderr, "testing: -parallel can only be given a positive integer")
		flag.Usage()
		return 2
	}
	if set.list != "" {
		m.list()
		return 0
	}
	if set.shuffle != "off" {
		seed := time.Now().UnixNano()
		if set.shuffle != "on" {
			n, err := strconv.ParseInt(set.shuffle, 10, 64)
			if err != nil {
				fmt.Fprintln(os.Stderr, `testing: -shuffle should be "off", "on", or a valid integer:`, err)
				return 2
			}
			seed = n
		}
		fmt.Println("-test.shuffle", seed)
		r := rand.New(rand.NewSource(seed))
		r.Shuffle(len(m.tests), func(i, j int) { m.tests[i], m.tests[j] = m.tests[j], m.tests[i] })
		r.Shuffle(len(m.benchmarks), func(i, j int) {
			m.benchmarks[i], m.benchmarks[j] = m.benchmarks[j], m.benchmarks[i]
		})
	}
	parseProcs()
	m.stopProfiles = sync.OnceFunc(m.startProfiles())
	defer m.stopProfiles()
	checkCover()
	if covered.mode != "" {
		defer reportCover()
	}
	match := m.deps.MatchString
	deadline := m.startAlarm()
	hasExamples = len(m.examples) > 0
	testsRan, testsOK := runTests(match, m.tests, deadline)
	fuzzRan, fuzzOK := runFuzzTests(match, m.fuzz, deadline)
	examplesRan, examplesOK := runExamples(match, m.examples)
	if m.alarm != nil {
		m.alarm.Stop()
	}
	if !testsRan && !examplesRan && !fuzzRan && set.bench == "" && set.fuzz == "" {
		fmt.Fprintln(os.Stderr, "testing: warning: no tests to run")
	}
	if !testsOK || !examplesOK || !fuzzOK || !runBenchmarks(match, m.benchmarks) {
		fmt.Print(frame(), "FAIL\n")
		return 1
	}
	fmt.Print(frame(), "PASS\n")
	return 0
}

// list prints the names that -list matches.
func (m *M) list() {
	show := func(name string) {
		ok, err := m.deps.MatchString(set.list, name)
		if err != nil {
			fmt.Fprintf(os.Stderr, "testing: invalid regexp in -test.list (%q): %s\n", set.list, err)
			os.Exit(1)
		}
		if ok {
			fmt.Println(name)
		}
	}
	for _, t := range m.tests {
		show(t.Name)
	}
	for _, b := range m.benchmarks {
		show(b.Name)
	}
	for _, f := range m.fuzz {
		show(f.Name)
	}
	for _, e := range m.examples {
		show(e.Name)
	}
}

// startAlarm has the program panic when -timeout is over.
func (m *M) startAlarm() time.Time {
	if set.timeout <= 0 {
		return time.Time{}
	}
	deadline := time.Now().Add(set.timeout)
	m.alarm = time.AfterFunc(set.timeout, func() {
		m.stopProfiles()
		debug.SetTraceback("all")
		extra := ""
		if names := runningTests(); len(names) > 0 {
			extra = "\nrunning tests:\n\t" + strings.Join(names, "\n\t")
		}
		panic(fmt.Sprintf("test timed out after %v%s", set.timeout, extra))
	})
	return deadline
}

// runningTests are the names of running tests with how long they have run.
func runningTests() []string {
	var names []string
	running.Range(func(k, v any) bool {
		names = append(names, fmt.Sprintf("%s (%v)", k, time.Since(v.(time.Time)).Round(time.Second)))
		return true
	})
	slices.Sort(names)
	return names
}
