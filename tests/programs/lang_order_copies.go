// What an interface is to hold is copied when its turn comes, and the left side of an assignment is looked at last.
package main

import "fmt"

type T struct {
	a int
	b bool
	i any
}

type S []any

func try(s string, f func()) {
	defer func() { fmt.Println(s, recover()) }()
	f()
}

//go:noinline
func nc(x int) int { return x }

var sink any

func main() {
	var a []T
	var n []int
	var p *[]int
	var m map[T]any
	try("conversion", func() { sink = any(T{a[1].a, true, any(T{i: a[0].i})}) })
	try("defined", func() { x := any(T{a[1].a, true, any(T{i: a[0].i})}); _ = x })
	try("argument", func() { fmt.Println(n[1], any(a[0])) })
	try("small argument", func() { fmt.Println(n[1], any(n[0])) })
	try("string argument", func() { fmt.Println(a[1].a, any(fmt.Sprint(n[0]))) })
	try("array", func() { sink = [2]any{n[1], any([2]int{n[0]})} })
	try("assignment", func() { (*p)[1] = n[0] })
	try("field", func() { a[1].a = n[0] })
	try("map", func() { m[a[1]] = n[0] })
	try("call", func() { (*p)[nc(1)] = n[0] })
	try("slices", func() { sink = S{n[1], any(S{a[0]})} })
	try("nil", func() { *p = n[2:] })
	_ = m
}
