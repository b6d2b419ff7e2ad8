// Allocations, waits and contention are profiled with the stacks that they come from.
package main

import (
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"
)

type block struct {
	next *block
	data [112]byte
}

var kept, dropped *block

//go:noinline
func keep() {
	for range 1000 {
		kept = &block{next: kept}
	}
}

//go:noinline
func drop() {
	for range 3000 {
		dropped = &block{}
	}
	dropped = nil
}

//go:noinline
func large() []byte {
	return make([]byte, 1<<20)
}

// memory is what was allocated with the function on the stack, and what of that is left.
func memory(function string) (allocated, left int64) {
	records := make([]runtime.MemProfileRecord, 4096)
	n, ok := runtime.MemProfile(records, true)
	if !ok {
		return -1, -1
	}
	for _, r := range records[:n] {
		if on(r.Stack(), function) {
			allocated += r.AllocObjects
			left += r.InUseObjects()
		}
	}
	return allocated, left
}

// on reports whether a function is on the stack.
func on(stack []uintptr, function string) bool {
	frames := runtime.CallersFrames(stack)
	for {
		f, more := frames.Next()
		if f.Function == function || !more {
			return f.Function == function
		}
	}
}

// waits are the events of a profile on whose stacks a function is, and whether they took any time.
func waits(profile func([]runtime.BlockProfileRecord) (int, bool), function string) (count int64, long bool) {
	records := make([]runtime.BlockProfileRecord, 4096)
	n, ok := profile(records)
	if !ok {
		return -1, false
	}
	var cycles int64
	for _, r := range records[:n] {
		if on(r.Stack(), function) {
			count += r.Count
			cycles += r.Cycles
		}
	}
	return count, cycles > 0
}

//go:noinline
func receive(c chan int) { <-c }

//go:noinline
func lock(mu *sync.Mutex) {
	mu.Lock()
	mu.Unlock()
}

//go:noinline
func unlock(mu *sync.Mutex) { mu.Unlock() }

func init() { runtime.MemProfileRate = 1 }

func main() {
	keep()
	drop()
	big := large()
	runtime.GC()
	runtime.GC()
	allocated, left := memory("main.keep")
	fmt.Println("keep", allocated, left)
	allocated, left = memory("main.drop")
	fmt.Println("drop", allocated, left < 100)
	allocated, _ = memory("main.large")
	fmt.Println("large", allocated)
	runtime.KeepAlive(big)
	runtime.MemProfileRate = 0

	c := make(chan int)
	send := func() { time.Sleep(200 * time.Millisecond); c <- 1 }
	go send()
	receive(c)
	fmt.Println(waits(runtime.BlockProfile, "main.receive"))
	runtime.SetBlockProfileRate(1)
	go send()
	receive(c)
	fmt.Println(waits(runtime.BlockProfile, "main.receive"))
	runtime.SetBlockProfileRate(0)

	fmt.Println(runtime.SetMutexProfileFraction(1), runtime.SetMutexProfileFraction(-1))
	var mu sync.Mutex
	mu.Lock()
	go func() { lock(&mu); c <- 1 }()
	time.Sleep(20 * time.Millisecond)
	unlock(&mu)
	<-c
	count, long := waits(runtime.MutexProfile, "main.unlock")
	fmt.Println(count >= 1, long)

	for _, name := range []string{"heap", "allocs", "block", "mutex", "goroutine", "threadcreate"} {
		var text, data strings.Builder
		p := pprof.Lookup(name)
		err1, err2 := p.WriteTo(&text, 1), p.WriteTo(&data, 0)
		head, _, _ := strings.Cut(text.String(), "\n")
		if i := strings.IndexAny(head, "0123456789"); i > 0 {
			head = head[:i]
		}
		fmt.Println(name, head, p.Count() > 0, data.Len() > 50, err1, err2)
	}
}
