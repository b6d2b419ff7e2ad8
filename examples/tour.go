// A tour: who lives where? Run it with `escargo run --stats examples/tour.go`, and ask for reasons with
// `escargo run -gcflags=-m examples/tour.go`.
package main

import (
	"fmt"
	"sort"
	"strings"
)

// point never leaves its function: its fields live in registers.
type point struct{ x, y float64 }

func (p point) norm2() float64 { return p.x*p.x + p.y*p.y }

// A word counter: the map and its keys live on the heap.
type counter map[string]int

func (c counter) add(text string) {
	for _, w := range strings.Fields(text) {
		c[strings.ToLower(strings.Trim(w, ".,"))]++
	}
}

type node struct {
	value       int
	left, right *node
}

func (n *node) insert(v int) *node {
	if n == nil {
		return &node{value: v}
	}
	if v < n.value {
		n.left = n.left.insert(v)
	} else {
		n.right = n.right.insert(v)
	}
	return n
}

func (n *node) walk(visit func(int)) {
	if n != nil {
		n.left.walk(visit)
		visit(n.value)
		n.right.walk(visit)
	}
}

func main() {
	sum := 0.0
	for i := range 1_000_000 {
		p := &point{float64(i), 1}
		sum += p.norm2()
	}
	fmt.Printf("a million points, none on the heap: %.0f\n", sum)

	words := counter{}
	words.add("The snail carries its house; the house carries the snail.")
	names := make([]string, 0, len(words))
	for w := range words {
		names = append(names, w)
	}
	sort.Strings(names)
	for _, w := range names {
		fmt.Printf("%8s %s\n", w, strings.Repeat("@", words[w]))
	}

	var root *node
	seed := uint32(1)
	for range 15 {
		seed = seed*1664525 + 1013904223
		root = root.insert(int(seed >> 24))
	}
	// The closure and what it captures stay on the stack: walk does not keep it.
	var sorted []int
	root.walk(func(v int) { sorted = append(sorted, v) })
	fmt.Println("a tree on the heap, walked in order:", sorted)
}
