// Store buffering: of two goroutines that store to one variable each and then load the other's, at least one sees the other's store,
// since atomic operations are sequentially consistent. Two goroutines meet before each round, so that it is a close race. With
// LITMUS_SECONDS in the environment it goes on for that long.
// native: qemu 7.2 on x86-64 lets a load that acquires overtake a store that releases, of C programs for AArch64 too
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
)

const rounds = 2000

type round struct {
	x, y    atomic.Int32
	a, b    int32
	arrived atomic.Int32
}

// meet returns when both goroutines have called it for the round.
func (r *round) meet() {
	r.arrived.Add(1)
	for spins := 0; r.arrived.Load() < 2; spins++ {
		if spins > 1000 {
			runtime.Gosched()
		}
	}
}

func main() {
	if runtime.GOMAXPROCS(0) < 2 {
		runtime.GOMAXPROCS(2)
	}
	seconds, _ := strconv.Atoi(os.Getenv("LITMUS_SECONDS"))
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	for {
		all := make([]round, rounds)
		done := make(chan bool)
		go func() {
			for i := range all {
				r := &all[i]
				r.meet()
				r.x.Store(1)
				r.a = r.y.Load()
			}
			done <- true
		}()
		for i := range all {
			r := &all[i]
			r.meet()
			r.y.Store(1)
			r.b = r.x.Load()
		}
		<-done
		for i := range all {
			if all[i].a == 0 && all[i].b == 0 {
				panic("store buffering")
			}
		}
		if !time.Now().Before(end) {
			break
		}
	}
	fmt.Println("ok")
}
