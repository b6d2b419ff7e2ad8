// Goroutines with small stacks recurse deeply: results, panics, recovery, Goexit, deferred calls and traces pass where the stacks meet.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
)

type node struct{ next *node; v int }

//go:noinline
func rec(n int, a, b, c, d, e, f, g, h, i, j int, s string) (int, string) {
	var arr [16]int
	p := &arr[n&15]
	*p = n
	if n == 0 {
		runtime.GC()
		return a + j, s
	}
	x := &node{v: n}
	r, t := rec(n-1, a, b, c, d, e, f, g, h, i, j, s)
	if arr[n&15] != n || x.v != n || *p != n {
		panic("broken")
	}
	return r + x.v - n + arr[n&15] - n, t
}

//go:noinline
func big(n int) int {
	var buf [5000]byte
	buf[n%5000] = byte(n)
	if n == 0 {
		return 0
	}
	return big(n-1) + int(buf[n%5000]) - int(byte(n))
}

//go:noinline
func deferrec(n int) (out int) {
	if n == 0 {
		panic("bottom")
	}
	if n == 500 {
		defer func() {
			if r := recover(); r != nil {
				out = -1
			}
		}()
	}
	return deferrec(n-1) + 1
}

//go:noinline
func deferall(n int) (out int) {
	defer func() { out++ }()
	if n == 0 {
		return 0
	}
	return deferall(n - 1)
}

//go:noinline
func frames(n int) string {
	if n == 0 {
		var pcs [50000]uintptr
		k := runtime.Callers(0, pcs[:])
		f, _ := runtime.CallersFrames(pcs[k-1:k]).Next()
		return fmt.Sprint(k > 20000, f.Function)
	}
	return frames(n - 1)
}

//go:noinline
func exit(n int) {
	if n == 0 {
		runtime.Goexit()
	}
	exit(n - 1)
	fmt.Print("")
}

// repanics: recovers at the bottom and below.
//go:noinline
func again(n int) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprint(r, "!")
			if n == 3 {
				panic(s)
			}
		}
	}()
	if n == 0 {
		return deferTo(20000)
	}
	return again(n - 1)
}

//go:noinline
func deferTo(n int) string {
	if n == 0 {
		panic("deep")
	}
	return deferTo(n-1) + ""
}

func main() {
	park := make(chan bool)
	var ready sync.WaitGroup
	const N = 4200
	for i := 0; i < N; i++ {
		ready.Add(1)
		go func() { ready.Done(); <-park }()
	}
	ready.Wait()
	var wg sync.WaitGroup
	do := func(name string, f func() any) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			fmt.Println(name, f())
		}()
		wg.Wait()
	}
	do("rec", func() any { a, b := rec(20000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "x"); return fmt.Sprint(a, b) })
	do("big", func() any { return big(2000) })
	do("deferrec", func() any { return deferrec(20000) })
	do("deferall", func() any { return deferall(20000) })
	do("frames", func() any { return frames(21000) })
	do("again", func() any { return again(10) })
	do("exit", func() any { defer func() { fmt.Println("deferred", rec2()) }(); exit(20000); return 1 })
	do("hot", func() any {
		s := 0
		for d := 4000; d < 9000; d += 370 {
			for k := 0; k < 10; k++ {
				s += hot(d, 50)
			}
		}
		return s
	})
	for i := 0; i < 10; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			a, b := rec(20000+i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, strings.Repeat("x", 3))
			if a != 11 || b != "xxx" {
				panic("wrong")
			}
		}()
	}
	wg.Wait()
	close(park)
}

func rec2() int { return deferall(10000) }

//go:noinline
func hot(d, k int) int {
	if d == 0 {
		s := 0
		for i := 0; i < k; i++ {
			s += leaf(i, 20)
		}
		return s
	}
	return hot(d-1, k) + 1
}

//go:noinline
func leaf(i, d int) int {
	if d == 0 {
		return i
	}
	return leaf(i, d-1)
}
