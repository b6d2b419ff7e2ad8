// The number of elements that a slice is made with stays known where two ways through a function are made of one. The jumps are written
// in both functions: what follows a common one that is inlined is not made twice.
package main

import (
	"fmt"
	"runtime"
)

type T struct {
	a int8
	b int64
	c int16
	d [3]int32
}

var sink []T

//go:noinline
func shared(a bool, b int) int {
	ok := false
	if a {
		ok = true
		b *= 3
	}
	b += 8
	if ok {
		b ^= 5
	} else {
		b -= 5
	}
	sink = make([]T, 8)
	return b
}

var busy = make(chan bool)

//go:noinline
func local(a bool, b int) (sum int) {
	ok := false
	if a {
		ok = true
		b *= 3
	}
	b += 8
	if ok {
		b ^= 5
	} else {
		b -= 5
	}
	s := make([]*int, 8)
	for i := range s {
		s[i] = new(int)
		*s[i] = i + b
		runtime.Gosched()
	}
	for _, p := range s {
		sum += *p
	}
	return sum
}

func main() {
	fmt.Println(shared(true, 1), shared(false, 1), len(sink))
	go func() {
		for {
			select {
			case <-busy:
				return
			default:
				_ = fmt.Sprint(make([]byte, 100))
				runtime.Gosched()
			}
		}
	}()
	total := 0
	for i := range 300 {
		total += local(i%2 == 0, i)
	}
	busy <- true
	fmt.Println(total)
}
