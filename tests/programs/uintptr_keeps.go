package main

// Functions that are given the addresses of objects as uintptr(p) have the objects kept alive until they return, also in goroutines and
// when they are deferred.

import (
	"fmt"
	"runtime"
	"unsafe"
)

type object struct {
	name string
	pad  [20]int
}

func setup(name string) unsafe.Pointer {
	o := &object{name: name}
	runtime.SetFinalizer(o, func(o *object) { o.name = "FAIL" })
	return unsafe.Pointer(o)
}

func name(p uintptr) string { return (*object)(unsafe.Pointer(p)).name }

var done = make(chan int, 1)

func clobber(n int) int {
	var a [50]int
	if n > 0 {
		a[n] = clobber(n - 1)
	}
	return a[n/2] + n
}

func collect() {
	clobber(30)
	for range 3 {
		runtime.GC()
		runtime.Gosched()
	}
}

//go:noinline
//go:uintptrescapes
func use(p uintptr, rest ...uintptr) (int, [3]string) {
	collect()
	s := name(p)
	for _, r := range rest {
		s += " " + name(r)
	}
	fmt.Println(s)
	done <- 1
	return len(s), [3]string{s}
}

type T struct{ x int }

//go:noinline
//go:uintptrescapes
func (t *T) use(p uintptr, q uintptr) {
	collect()
	fmt.Println(t.x, name(p), name(q))
	done <- 1
}

//go:noinline
//go:uintptrescapes
func set(p uintptr) {
	*(*int)(unsafe.Pointer(p)) = 5
}

func local() int {
	x := 1
	set(uintptr(unsafe.Pointer(&x)))
	return x
}

//go:noinline
func call() {
	n, s := use(uintptr(setup("a")), uintptr(setup("b")), (uintptr)((setup("c"))))
	<-done
	fmt.Println(n, s[0])
}

func wait() { <-done }

//go:noinline
func deferred(t *T) {
	for i := range 2 {
		defer wait()
		defer use(uintptr(setup(fmt.Sprint("d", i))), uintptr(setup("e")))
	}
	defer wait()
	defer t.use(uintptr(setup("f")), uintptr(setup("g")))
	defer wait()
	defer use(uintptr(setup("h")))
}

//go:uintptrescapes
//go:noinline
func kind(a any) string { return fmt.Sprintf("%T", a) }

func main() {
	n := 1
	fmt.Println(kind(uintptr(unsafe.Pointer(&n))))
	call()
	go use(uintptr(setup("a")), uintptr(setup("b")), uintptr(setup("c")))
	<-done
	go (&T{6}).use(uintptr(setup("m")), uintptr(setup("n")))
	<-done
	deferred(&T{7})
	fmt.Println(local())
}
