// A timer's closure lives until its goroutine has begun, though nothing but the runtime holds it and a collection begins meanwhile.
// Timers fire while the program is busy, so that they are not run by the threads that a collection stops; with many goroutines it
// takes a collection a while to look at all of them.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

type result struct {
	number int
	sum    *atomic.Int64
	done   *atomic.Int64
}

var sink *[3]int

func main() {
	quit := make(chan bool)
	var parked sync.WaitGroup
	for range 300 {
		parked.Add(1)
		go func() {
			parked.Done()
			<-quit
		}()
	}
	parked.Wait()
	runtime.GC()
	var sum, done atomic.Int64
	const rounds, timers = 10, 100
	// Both workers are busy.
	runtime.GOMAXPROCS(2)
	go func() {
		for done.Load() < rounds*timers {
		}
	}()
	for round := range rounds {
		for i := range timers {
			r := &result{round*timers + i, &sum, &done}
			time.AfterFunc(time.Duration(i)*10*time.Microsecond, func() {
				r.sum.Add(int64(r.number))
				r.done.Add(1)
			})
		}
		for done.Load() < int64(timers*(round+1)) {
			sink = new([3]int)
			if sink[0] != 0 {
				panic("memory that is not zero")
			}
		}
	}
	const n = rounds * timers
	fmt.Println(sum.Load() == n*(n-1)/2, done.Load())
	close(quit)
}
