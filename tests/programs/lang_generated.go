package main

import "fmt"

// What generated programs have found.

type empty struct{}

func (e empty) value(s string) int { return len(s) }

func (e *empty) pointer() int { return 1 }

type outer struct {
	empty
	n int
}

type valuer interface{ value(string) int }

type pointered interface{ pointer() int }

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

// A promoted method of a nil pointer: the embedded field has no size, and stands first.
func nilEmbedded(v valuer, p pointered) {
	m := v.value
	try("value", func() { m("x") })
	try("pointer", func() { p.pointer() })
}

//go:noinline
func mul(a, b complex64) complex64 { return a * b }

func main() {
	nilEmbedded((*outer)(nil), (*outer)(nil))
	// Products of complex64 numbers are computed in float64.
	c := complex64(complex(0.1, -1))
	q := complex64(complex(7, 3.25))
	fmt.Println(mul(c, mul(q, q)), -c*q/c)
	// What a call in the index does to the slice is seen.
	var nodes []int
	add := func() int { nodes = append(nodes, 0); return len(nodes) - 1 }
	nodes[add()] = 7
	nodes[add()] += 8
	fmt.Println(nodes)
}
