// Functions that defer: results after a recovered panic, order, loops, Goexit; their frames and what they defer stay on the stack.
package main

import (
	"fmt"
	"runtime"
)

type T struct{ a, b, c int }

func big() (x [20]int, err error) {
	defer func() {
		if r := recover(); r != nil {
			x[3] = 7
			err = fmt.Errorf("rec %v", r)
		}
	}()
	x[1] = 5
	panic("boom")
}

func many() (a, b, c, d, e, f, g, h, i, j, k int) {
	defer func() { recover(); k = 99 }()
	a, b = 1, 2
	var p *T
	c = p.b
	return
}

func order() {
	for i := 0; i < 3; i++ {
		defer fmt.Println("loop", i)
	}
	defer fmt.Println("static 1")
	if len(fmt.Sprint(1)) == 1 {
		defer func() { fmt.Println("static 2", recover()) }()
	}
	defer func() { panic("second") }()
	panic("first")
}

func goexits() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("rec in goexit", recover()) }()
		func() {
			defer func() { fmt.Println(recover()) }()
			defer panic("x")
			runtime.Goexit()
		}()
		fmt.Println("not reached")
	}()
	<-done
}

//go:noinline
func rec() (r int) {
	defer func() {
		if e := recover(); e != nil {
			r = 5
		}
	}()
	panic(1)
}
func loopdefer(n int) (s int) {
	for i := 0; i < n; i++ {
		defer func(i int) { s += i }(i)
	}
	return 1
}

func main() {
	fmt.Println(big())
	fmt.Println(many())
	func() {
		defer func() { fmt.Println("outer", recover()) }()
		order()
	}()
	goexits()
	fmt.Println(rec(), loopdefer(4))
	for i, f := 0, func() int { return 1 }; i < 3; i++ {
		fmt.Println(i, f())
	}
	var fs []func() int
	for i := 0; func() bool { fs = append(fs, func() int { i += 10; return i }); return i < 3 }(); i++ {
		fs = append(fs, func() int { i += 100; return i })
	}
	for _, f := range fs {
		fmt.Print(f(), " ")
	}
	fmt.Println()
	fs = nil
	for i := 0; i < 3; func() { i++; fs = append(fs, func() int { i += 10; return i }) }() {
		fs = append(fs, func() int { i += 100; return i })
		if i == 1 {
			continue
		}
	}
	for _, f := range fs {
		fmt.Print(f(), " ")
	}
	fmt.Println()
	n := 1 // place: n stack
	fmt.Println(kept(&n), n)
	fmt.Println(several(0), several(1), several(2), mixed(3))
}

// A loop's deferred calls between those of straight code.
func mixed(n int) (s string) {
	defer func() { s += " first" }()
	for i := range n {
		defer func() { s += fmt.Sprint(" ", i) }()
	}
	defer func() { s += " last" }()
	return "mixed"
}

// A pointer parameter that a deferred closure changes does not leak.
func kept(p *int) (q int) {
	buf := []int{1, 2, *p} // place: []int{...} stack
	defer func() {
		recover()
		buf[1]++
		*p += buf[1] + buf[2]
		q = *p
	}()
	var none *int
	return *none
}

// Each return runs what was deferred before it.
func several(n int) (s string) {
	defer func() { s += "a" }()
	if n == 0 {
		return "0"
	}
	if n == 1 {
		defer func() { s += "b" }()
	}
	defer func() { s += "c" }()
	return "x"
}
