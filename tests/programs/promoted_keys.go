// Struct literals whose keys are promoted fields (Go 1.27).
package main

import "fmt"

type inner struct {
	X, Y int
	S    []string
}

type middle struct {
	inner
	Name string
}

type outer struct {
	Z int
	middle
	*tail
}

type tail struct{ T int }

type small struct {
	one
	b bool
}

type one struct{ a int32 }

type pair[K, V any] struct {
	key   K
	value V
}

type entry[K comparable, V any] struct {
	pair[K, V]
	next *entry[K, V]
}

func order(n int) int {
	fmt.Print(n, " ")
	return n
}

var static = outer{X: 7, Name: "static", Z: 9}

func main() {
	fmt.Println(static.X, static.Y, static.Name, static.Z)
	o := outer{Y: order(1), Z: order(2), X: order(3), Name: "n", S: []string{"s"}}
	fmt.Println(o.inner, o.middle.Name, o.Z, o.tail == nil)
	fmt.Println(small{a: 5, b: true}, small{b: true}, small{a: 6})
	p := &outer{X: order(4), tail: &tail{5}}
	fmt.Println(p.X, p.Y, p.T)
	e := entry[string, int]{key: "k", next: &entry[string, int]{value: 3}}
	fmt.Println(e.key, e.value, e.next.key, e.next.value)
	list := []outer{{X: 1}, {Y: 2, Z: 3}}
	m := map[small]int{{a: 1}: 1, {a: 2, b: true}: 2}
	fmt.Println(list[0].X, list[1].Y, list[1].Z, m[small{a: 2, b: true}], m[small{one: one{1}}])
}
