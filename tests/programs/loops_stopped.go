// Loops without calls are stopped: for collections, and so that others run. Their registers survive that.
package main

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

type node struct {
	next *node
	data [4]int
}

// integers uses all registers that it can get.
func integers(stop *atomic.Bool) (rounds, bad int) {
	a, b, c, d, e, f, g, h := 1, 2, 3, 4, 5, 6, 7, 8
	i, j, k, l, m, n, o, p := 11, 12, 13, 14, 15, 16, 17, 18
	for !stop.Load() {
		a, b, c, d, e, f, g, h = b, c, d, e, f, g, h, a
		i, j, k, l, m, n, o, p = j, k, l, m, n, o, p, i
		rounds++
		if a+b+c+d+e+f+g+h != 36 || i+j+k+l+m+n+o+p != 116 {
			bad++
		}
	}
	return
}

func floats(stop *atomic.Bool) (bad int) {
	a, b, c, d, e, f, g, h := 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0
	i, j, k, l, m, n, o, p := 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0
	for !stop.Load() {
		a, b, c, d, e, f, g, h = b, c, d, e, f, g, h, a
		i, j, k, l, m, n, o, p = j, k, l, m, n, o, p, i
		if a+b+c+d+e+f+g+h != 36 || math.Abs(i+j+k+l+m+n+o+p) != 116 {
			bad++
		}
	}
	return
}

// list walks a ring that nothing else refers to.
func list(stop *atomic.Bool) (bad int) {
	first := &node{data: [4]int{7, 7, 7, 7}}
	last := first
	for range 100 {
		last.next = &node{data: [4]int{7, 7, 7, 7}}
		last = last.next
	}
	last.next = first
	p := first
	first, last = nil, nil
	for i := 0; !stop.Load(); i++ {
		p = p.next
		if p.data[i&3] != 7 {
			bad++
		}
	}
	return
}

func count(stop *atomic.Bool) (sum uint64) {
	for x := uint64(1); ; x = x*6364136223846793005 + 1 {
		sum += x >> 63
		if x&255 == 0 && stop.Load() {
			return sum &^ math.MaxUint64
		}
	}
}

var garbage *node

func main() {
	for _, procs := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(procs)
		var stop atomic.Bool
		var wg sync.WaitGroup
		var bad atomic.Int64
		run := func(f func() int) {
			wg.Add(1)
			go func() {
				bad.Add(int64(f()))
				wg.Done()
			}()
		}
		for range 2 {
			run(func() int { _, bad := integers(&stop); return bad })
			run(func() int { return floats(&stop) })
			run(func() int { return list(&stop) })
			run(func() int { return int(count(&stop)) })
		}
		for range 5 {
			runtime.Gosched()
			for range 1000 {
				garbage = &node{next: garbage}
			}
			garbage = nil
			runtime.GC()
		}
		stop.Store(true)
		wg.Wait()
		println(procs, bad.Load())
	}
}
