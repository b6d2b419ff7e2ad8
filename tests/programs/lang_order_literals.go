// The entries of a map literal are evaluated one after the other, constants first.

package main

import "fmt"

func f(x int, b bool) int { return x }

type T struct {
	a int
	b bool
}

func try(s string, f func()) {
	defer func() { fmt.Println(s, recover()) }()
	f()
}

//go:noinline
func nc(x bool) bool { return x }

func main() {
	var a []T
	z := []int{1, 2}
	var m map[bool]int
	try("map literal", func() { m = map[bool]int{a[0].b: 1, nc(true): 2, nc(false): a[1].a} })
	try("map literal2", func() { m = map[bool]int{nc(true): 2, a[0].b: f(1, a[2].b), nc(false): a[1].a} })
	try("map literal3", func() { m = map[bool]int{nc(true): 2, a[0].b: 3, nc(false): f(1, a[1].b)} })
	try("slice literal", func() { z = []int{a[0].a, f(1, a[1].b)} })
	try("binary", func() { z[0] = a[0].a + f(1, a[1].b) })
	try("cmp", func() { m[f(1, a[1].b) == a[0].a] = 1 })
	try("assign", func() { z[0], z[1] = a[0].a, f(1, a[1].b) })
	try("call", func() { fmt.Println(a[0].a, f(1, a[1].b)) })
	_ = m
	// Struct values in maps.
	var mm map[T]any
	try("map literal4", func() {
		mm = map[T]any{a[0]: any(T{1, nc(true)}), T{2, nc(false)}: any(3), T{3, nc(false)}: any(&T{1, a[1].b})}
	})
	try("map literal5", func() {
		mm = map[T]any{a[0]: any(&T{1, nc(true)}), T{2, nc(false)}: any(3), T{3, nc(false)}: any(a[1])}
	})
	try("map literal6", func() {
		mm = map[T]any{{1, a[0].b}: any(&T{1, nc(true)}), {2, nc(false)}: any(3), {3, nc(false)}: any(a[1])}
	})
	_ = mm
}

func init() {
	z := uintptr(0)
	z += uintptr(len(fmt.Sprint()))
	fmt.Println(map[[2]uintptr]int{{z, z}: 1, {}: 2}, map[any]int{int(z): 1, 0: 2}, map[string]int{"a" + fmt.Sprint(): 1, "a": 2})
}
