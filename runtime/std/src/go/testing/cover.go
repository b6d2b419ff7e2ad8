package testing

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// CoverBlock, Cover and RegisterCover are of an older way to measure coverage; registering does nothing.
type CoverBlock struct {
	Line0 uint32
	Col0  uint16
	Line1 uint32
	Col1  uint16
	Stmts uint16
}

type Cover struct {
	Mode            string
	Counters        map[string][]uint32
	Blocks          map[string][]CoverBlock
	CoveredPackages string
}

func RegisterCover(c Cover) {}

// covered is what the generated main function says about counters.
var covered struct {
	mode string
	// What is written behind the percentage.
	where    string
	packages []coveredPackage
}

type coveredPackage struct {
	// A line for each block: the index of its counter, and what a profile says of it: place and number of statements.
	blocks string
	// Nil: the package is not part of the program.
	counters []uint32
}

// coverPackage and coverMode are called by the generated main function.
func coverPackage(blocks string, counters []uint32) {
	covered.packages = append(covered.packages, coveredPackage{blocks, counters})
}

func coverMode(mode, where string) { covered.mode, covered.where = mode, where }

// CoverMode is set, count or atomic, or empty if coverage is not measured.
func CoverMode() string { return covered.mode }

// Coverage is the part of statements that have run so far.
func Coverage() float64 {
	ran, all := coverage(nil)
	if all == 0 {
		return 0
	}
	return float64(ran) / float64(all)
}

// coverage counts statements; write gets the lines of a profile.
func coverage(write func(place string, count uint32)) (ran, all int) {
	for _, p := range covered.packages {
		for line := range strings.Lines(p.blocks) {
			index, place, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			i, _ := strconv.Atoi(index)
			statements, _ := strconv.Atoi(place[strings.LastIndexByte(place, ' ')+1:])
			var count uint32
			if p.counters != nil {
				count = atomic.LoadUint32(&p.counters[i])
			}
			all += statements
			if count > 0 {
				ran += statements
			}
			if write != nil {
				write(place, count)
			}
		}
	}
	return ran, all
}

// checkCover complains of a profile that cannot be written.
func checkCover() {
	for _, f := range []struct{ name, value string }{{"coverprofile", set.coverProfile}, {"gocoverdir", set.coverDir}} {
		if f.value != "" && covered.mode == "" {
			fmt.Fprintf(os.Stderr, "testing: cannot use -test.%s because test binary was not built with coverage enabled\n", f.name)
			os.Exit(2)
		}
	}
}

// reportCover writes the profile, and the percentage to standard output.
func reportCover() {
	var profile strings.Builder
	profile.WriteString("mode: " + covered.mode + "\n")
	ran, all := coverage(func(place string, count uint32) {
		fmt.Fprintf(&profile, "%s %d\n", place, count)
	})
	if set.coverProfile != "" {
		if err := os.WriteFile(toOutputDir(set.coverProfile), []byte(profile.String()), 0o666); err != nil {
			fmt.Fprintf(os.Stderr, "error generating coverage report: %v\n", err)
			os.Exit(2)
		}
	}
	if all == 0 {
		fmt.Println("coverage: [no statements]")
		return
	}
	fmt.Printf("coverage: %.1f%% of statements%s\n", 100*float64(ran)/float64(all), covered.where)
}

// toOutputDir is where a file goes that a flag names.
func toOutputDir(name string) string {
	if set.outputDir == "" || name == "" || name[0] == '/' {
		return name
	}
	return set.outputDir + "/" + name
}
