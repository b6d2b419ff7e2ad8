// runtime.GC returns, however busy the others are with collections that their allocations begin, and not before a whole collection
// that began after the call. What stops the world for something else gets its turn, too.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

type node struct {
	next *node
	v    [3]int
}

//go:noinline
func list(n, seed int) *node {
	var l *node
	for i := range n {
		l = &node{l, [3]int{seed, i, seed ^ i}}
	}
	return l
}

//go:noinline
func check(l *node, n, seed int) {
	for ; l != nil; l = l.next {
		n--
		if l.v != [3]int{seed, n, seed ^ n} {
			panic(fmt.Sprint(l.v, " is not of ", seed))
		}
	}
	if n != 0 {
		panic(fmt.Sprint(n, " are missing"))
	}
}

var sink [8][32]*node

// busy runs f while n goroutines make garbage.
func busy(n int, f func()) {
	var stop atomic.Bool
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; !stop.Load(); j++ {
				sink[i][j%len(sink[i])] = list(20, j)
			}
		}()
	}
	f()
	stop.Store(true)
	wg.Wait()
}

func collections() (all, forced uint32) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC, m.NumForcedGC
}

// collect asks for a collection and holds that there was one.
func collect(seed int) {
	own := list(10, seed)
	before, _ := collections()
	runtime.GC()
	if after, _ := collections(); after == before {
		panic("no collection")
	}
	check(own, 10, seed)
}

// together: n goroutines ask at once, some of them with threads of their own.
func together(n, rounds int) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if i%2 == 1 {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			for round := range rounds {
				collect(i + round)
			}
		}()
	}
	wg.Wait()
}

func main() {
	_, before := collections()
	collect(1)
	if _, after := collections(); after != before+1 {
		panic(fmt.Sprint(after-before, " collections for one call"))
	}
	fmt.Println("alone")
	for _, procs := range []int{4, 1, 2} {
		runtime.GOMAXPROCS(procs)
		busy(3, func() {
			for i := range 5 {
				collect(i)
			}
		})
		busy(2, func() { together(4, 2) })
		together(4, 2)
		fmt.Println("busy", procs)
	}
	busy(3, func() {
		for i := range 12 {
			runtime.GOMAXPROCS(1 + i%3)
		}
	})
	fmt.Println("changed")
}
