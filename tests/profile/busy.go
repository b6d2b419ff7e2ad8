package main

import (
	"os"
	"runtime/pprof"
	"strings"
)

//go:noinline
func busy(n int) int {
	s := 0
	for i := 0; i < n; i++ {
		s += i * i % 7
	}
	return s
}

//go:noinline
func copies(n int) int { return len(strings.Repeat("abc", n)) }

func main() {
	f, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	if pprof.StartCPUProfile(f) != nil || pprof.StartCPUProfile(f) == nil {
		panic("it must start once")
	}
	s := 0
	for range 10 {
		s += busy(20_000_000) + copies(5_000_000)
	}
	pprof.StopCPUProfile()
	if f.Close() != nil || s == 0 {
		panic("writing failed")
	}
}
