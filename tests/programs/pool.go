// A sync.Pool hands out the address of a local slice header; that must stay memory-safe.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

var pool = sync.Pool{New: func() any {
	b := make([]byte, 0, 16)
	return &b
}}

//go:noinline
func put(n int) {
	b := make([]byte, n) // place: b heap
	for i := range b {
		b[i] = byte(n)
	}
	pool.Put(&b)
}

//go:noinline
func clobber(n int) int {
	var frame [256]int
	for i := range frame {
		frame[i] = n * i
	}
	return frame[n&255]
}

func main() {
	good := 0
	for n := 1; n <= 200; n++ {
		put(n)
		clobber(n)
		if n%50 == 0 {
			runtime.GC()
			clobber(n + 1)
		}
		b := pool.Get().(*[]byte)
		ok := true
		for _, c := range *b {
			ok = ok && int(c) == len(*b)
		}
		if ok {
			good++
		}
	}
	fmt.Println(good)
}
