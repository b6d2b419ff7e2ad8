// Calls come before the nil dereference beside them, in the two-valued forms too.

package main

import "fmt"

func f() string { panic("f") }
func g() any { panic("g") }
func h() chan int { panic("h") }

func try(s string, f func()) {
	defer func() { fmt.Println(s, recover()) }()
	f()
}

func main() {
	var p *map[string]int
	var pp *[]int
	try("map", func() { v, ok := (*p)[f()]; _, _ = v, ok })
	try("map1", func() { v := (*p)[f()]; _ = v })
	try("map2", func() { _ = (*p)[f()] })
	try("assign", func() { var v int; var ok bool; v, ok = (*p)[f()]; _, _ = v, ok })
	try("var", func() { var v, ok = (*p)[f()]; _, _ = v, ok })
	try("assign to", func() { (*pp)[2], _ = g().(int) })
	try("assign to", func() { (*pp)[2], _ = <-h() })
	try("assign to", func() { (*pp)[2] = <-h() })
	try("set", func() { (*p)[f()] = 3 })
	try("inc", func() { (*p)[f()]++ })
	try("op", func() { (*p)[f()] += 3 })
	try("op", func() { (*p)["a"] += len(f()) })
	try("delete", func() { delete(*p, f()) })
	try("index", func() { _ = (*pp)[len(f())] })
	try("range", func() {
		for range (*p)[f()] {
		}
	})
	try("switch", func() {
		switch (*p)[f()] {
		}
	})
	try("if", func() {
		if (*p)[f()] > 2 {
		}
	})
	try("return", func() { _ = func() (int) { return (*p)[f()] }() })
	try("addr", func() { _ = &(*pp)[len(f())] })
	try("slice", func() { _ = (*pp)[len(f()):] })
	try("if ok", func() {
		if _, ok := (*p)[f()]; ok {
		}
	})
}
