// Goroutines that wait while collections run: what only their stacks hold stays, whether they wake during a collection or not, who is
// handed it, how deep their stacks are and what they have deferred.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
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
func check(what string, l *node, n, seed int) {
	for l0 := l; l != nil; l = l.next {
		n--
		if l.v != [3]int{seed, n, seed ^ n} {
			panic(fmt.Sprint(what, ": ", l0.v, l.v, " is not of ", seed))
		}
	}
	if n != 0 {
		panic(fmt.Sprint(what, ": ", n, " are missing"))
	}
}

var sink [32]*node

// churn makes garbage until it is told to stop.
func churn(stop chan bool, wg *sync.WaitGroup) {
	defer wg.Done()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
			sink[i%len(sink)] = list(20, i)
			if i%16 == 0 {
				runtime.Gosched()
			}
		}
	}
}

//go:noinline
func descend(depth, seed int, wait func()) {
	var pad [20]*node
	pad[depth%20] = list(2, seed+depth)
	defer func() {
		check("deferred", pad[depth%20], 2, seed+depth)
	}()
	if depth == 0 {
		wait()
	} else {
		descend(depth-1, seed, wait)
	}
	check("descended", pad[depth%20], 2, seed+depth)
}

// woken: goroutines sleep, are woken in between, and find what they had.
func woken(n, rounds int) {
	var wg sync.WaitGroup
	wakes := make([]chan int, n)
	answers := make(chan int, n)
	for i := range n {
		wakes[i] = make(chan int)
		wg.Add(1)
		go func() {
			defer wg.Done()
			own := list(4, i)
			for round := range wakes[i] {
				check("woken", own, 4, i+round)
				own = list(4, i+round+1)
				answers <- i
			}
		}()
	}
	for round := range rounds {
		for i := range n {
			wakes[i] <- round
		}
		for range n {
			<-answers
		}
	}
	for i := range n {
		close(wakes[i])
	}
	wg.Wait()
	fmt.Println("woken", n, rounds)
}

// handed: what a waiting sender holds goes straight to a receiver, and back.
func handed(n, rounds int) {
	var wg sync.WaitGroup
	there, back := make(chan *node), make(chan *node)
	for i := range n {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for range rounds {
				select {
				case there <- list(3, i):
				case <-time.After(time.Minute):
					panic("nobody receives")
				}
				l := <-back
				check("back", l, 3, l.v[0])
			}
		}()
		go func() {
			defer wg.Done()
			for range rounds {
				l := <-there
				runtime.Gosched()
				check("there", l, 3, l.v[0])
				back <- l
			}
		}()
	}
	wg.Wait()
	fmt.Println("handed", n, rounds)
}

// deep: stacks of some size, and some that have outgrown a small slot.
func deep(n, depth int) {
	var wg sync.WaitGroup
	var ready sync.WaitGroup
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	open := false
	for i := range n {
		wg.Add(1)
		ready.Add(1)
		go func() {
			defer wg.Done()
			descend(depth, i, func() {
				ready.Done()
				mu.Lock()
				for !open {
					cond.Wait()
				}
				mu.Unlock()
			})
		}()
	}
	ready.Wait()
	runtime.GC()
	mu.Lock()
	open = true
	mu.Unlock()
	cond.Broadcast()
	wg.Wait()
	fmt.Println("deep", n, depth)
}

// born: goroutines make others, which hold what they were given.
func born(n int, l *node, wg *sync.WaitGroup) {
	defer wg.Done()
	check("born", l, 3, n)
	if n == 0 {
		return
	}
	for range 2 {
		wg.Add(1)
		l := list(3, n-1)
		go born(n-1, l, wg)
	}
	runtime.Gosched()
	check("born", l, 3, n)
}

func main() {
	stop := make(chan bool)
	var churning sync.WaitGroup
	churning.Add(1)
	go churn(stop, &churning)
	woken(300, 3)
	handed(20, 20)
	deep(50, 12)
	deep(1, 2000)
	var wg sync.WaitGroup
	wg.Add(1)
	born(7, list(3, 7), &wg)
	wg.Wait()
	fmt.Println("born")
	close(stop)
	churning.Wait()
}
