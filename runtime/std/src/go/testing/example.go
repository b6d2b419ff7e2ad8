package testing

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// InternalExample is an example with output as the generated main function lists it.
type InternalExample struct {
	Name      string
	F         func()
	Output    string
	Unordered bool
}

var hasExamples bool

// RunExamples runs the examples that -run matches.
func RunExamples(matchString func(pat, str string) (bool, error), examples []InternalExample) (ok bool) {
	_, ok = runExamples(matchString, examples)
	return ok
}

func runExamples(matchString func(pat, str string) (bool, error), examples []InternalExample) (ran, ok bool) {
	ok = true
	m := newMatcher(matchString, set.run, "-test.run", set.skip)
	for _, e := range examples {
		_, matched, _ := m.fullName(nil, e.Name)
		if !matched {
			continue
		}
		ran = true
		if !runExample(e) {
			ok = false
		}
	}
	return ran, ok
}

// runExample runs one with the standard output going to a file, and compares.
func runExample(e InternalExample) (ok bool) {
	if set.verbose.on {
		fmt.Printf("%s=== RUN   %s\n", frame(), e.Name)
	}
	stdout := os.Stdout
	file, err := os.CreateTemp("", "example")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Remove(file.Name())
	os.Stdout = file
	start := time.Now()
	returned := false
	defer func() {
		taken := time.Since(start)
		os.Stdout = stdout
		file.Seek(0, io.SeekStart)
		text, err := io.ReadAll(file)
		file.Close()
		if err != nil {
			fmt.Fprintf(os.Stderr, "testing: copying pipe: %v\n", err)
			os.Exit(1)
		}
		panicked := recover()
		ok = judge(e, string(text), taken, returned, panicked)
	}()
	e.F()
	returned = true
	return
}

// judge compares what an example printed with what it should have.
func judge(e InternalExample, printed string, taken time.Duration, returned bool, panicked any) (ok bool) {
	got, want := strings.TrimSpace(printed), strings.TrimSpace(e.Output)
	problem := ""
	switch {
	case e.Unordered:
		if sorted(got) != sorted(want) && panicked == nil {
			problem = fmt.Sprintf("got:\n%s\nwant (unordered):\n%s\n", printed, e.Output)
		}
	case got != want && panicked == nil:
		problem = fmt.Sprintf("got:\n%s\nwant:\n%s\n", got, want)
	}
	if problem != "" || !returned || panicked != nil {
		fmt.Printf("%s--- FAIL: %s (%s)\n%s", frame(), e.Name, seconds(taken), problem)
	} else if set.verbose.on {
		fmt.Printf("%s--- PASS: %s (%s)\n", frame(), e.Name, seconds(taken))
	}
	if v := set.verbose; v.on && v.json {
		fmt.Printf("%s=== NAME   \n", frame())
	}
	if panicked != nil {
		panic(panicked)
	}
	if !returned {
		panic(errUnfinished)
	}
	return problem == ""
}

func sorted(text string) string {
	all := strings.Split(text, "\n")
	slices.Sort(all)
	return strings.Join(all, "\n")
}
