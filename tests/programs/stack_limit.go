// A goroutine that is not the first may recurse deeply; debug.SetMaxStack says how deeply.
//
// native: emulators have too little address space for large stacks
package main

import "runtime/debug"

//go:noinline
func depth(n int, a [16]int) int {
	if n == 0 {
		return a[0]
	}
	a[n&15]++
	return depth(n-1, a) + 1
}

func main() {
	println(debug.SetMaxStack(900 << 20))
	println(debug.SetMaxStack(1_000_000_000))
	c := make(chan int)
	for range 3 {
		go func() { c <- depth(200_000, [16]int{}) }()
	}
	println(<-c > 0, <-c > 0, <-c > 0)
}
