// Run-time errors, wrapped errors, panics with values of the library.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

type myErr struct{ code int }

func (e *myErr) Error() string { return fmt.Sprintf("code %d", e.code) }

func try(name string, f func()) {
	defer func() {
		r := recover()
		err, ok := r.(runtime.Error)
		fmt.Printf("%s: %v (%T, %v)\n", name, r, r, ok)
		if ok {
			_ = err.Error()
		}
	}()
	f()
}

type iface interface{ M() }
type impl struct{}

func (impl) M() {}

func main() {
	s := []int{1, 2, 3}
	n := len(s)
	i, neg := 5, -1
	var m map[string]int
	var p *myErr
	var e any = "text"
	var none any
	zero := 0
	try("index", func() { _ = s[i] })
	try("negative", func() { _ = s[neg] })
	try("slice", func() { _ = s[i:] })
	try("slice2", func() { _ = s[2:n][neg+1 : i] })
	try("order", func() { j := 1; _ = s[n:j] })
	try("string", func() { _ = "abc"[i] })
	try("three", func() { _ = s[:n:i] })
	try("nil map", func() { m["a"] = 1 })
	try("nil pointer", func() { _ = p.code })
	try("divide", func() { _ = n / zero })
	try("shift", func() { _ = n << neg })
	try("assert", func() { _ = e.(int) })
	try("assert iface", func() { _ = e.(iface) })
	try("assert nil", func() { _ = none.(int) })
	try("convert", func() { _ = [4]int(s) })
	try("make", func() { _ = make([]int, neg) })
	try("chan", func() { var c chan int; close(c) })
	try("closed", func() { c := make(chan int); close(c); close(c) })
	try("send", func() { c := make(chan int); close(c); c <- 1 })
	try("hash", func() { _ = map[any]int{[]int{1}: 2} })
	try("compare", func() { var x, y any = s, s; _ = x == y })
	try("nil panic", func() { panic(nil) })
	try("value", func() { panic(fmt.Sprintf("x%d", 1)) })
	try("error", func() { panic(&myErr{7}) })
	err := fmt.Errorf("outer: %w", &myErr{3})
	var target *myErr
	fmt.Println(err, errors.As(err, &target), target.code, errors.Unwrap(err) == error(target))
	joined := errors.Join(err, os.ErrNotExist)
	fmt.Printf("%v|%v|%T\n", errors.Is(joined, os.ErrNotExist), joined, errors.New("x"))
	_, file, line, ok := runtime.Caller(0)
	fmt.Println(file != "", line, ok)
}
