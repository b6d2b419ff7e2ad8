// What callees put into variables that they are given: nothing that is stored behind it may be in the frame.
package main

type node struct {
	deps     []*node
	triggers []*node
	name     string
	run      func(*node) *node
	any      any
}

//go:noinline
func clobber(n int) int {
	var x [64]int
	for i := range x {
		x[i] = n + i
	}
	if n > 0 {
		return clobber(n-1) + x[n&63]
	}
	return x[3]
}

// A closure appends to a captured variable.
//
//go:noinline
func inverse(root *node) {
	all := []*node{}
	var walk func(*node)
	walk = func(a *node) {
		for _, d := range a.deps {
			walk(d)
		}
		all = append(all, a)
	}
	walk(root)
	for _, a := range all {
		for _, d := range a.deps {
			d.triggers = append(d.triggers, a)
		}
	}
}

var kept = &node{name: "kept"}

//go:noinline
func find(p **node, n int) {
	if n > 0 {
		find(p, n-1)
	}
	*p = kept
}

// A pointer to a global object comes through a parameter.
//
//go:noinline
func through() {
	p := &node{name: "own"}
	find(&p, 2)
	p.deps = append(p.deps, &node{name: "new"})
}

type box struct{ inner struct{ to **node } }

//go:noinline
func (b *box) fill(n int) {
	if n > 0 {
		b.fill(n - 1)
		return
	}
	*b.inner.to = kept.deps[0]
}

// Two levels down.
//
//go:noinline
func deeper() {
	p := &node{}
	b := box{}
	b.inner.to = &p
	b.fill(3)
	x := node{name: "deep"}
	p.any = &x
}

var saved *node

func keep(n *node) *node { saved = n; return n }

//go:noinline
func choose(f *func(*node) *node, n int) {
	if n > 0 {
		choose(f, n-1)
	}
	*f = keep
}

// A function that a callee puts in place keeps its argument.
//
//go:noinline
func called() {
	f := func(n *node) *node { return n }
	choose(&f, 1)
	f(&node{name: "called"})
}

type setter interface{ set(**node) }

type first struct{}
type second struct{}

func (first) set(p **node)  { *p = kept }
func (second) set(p **node) { *p = kept.deps[0] }

// A method that is not known.
//
//go:noinline
func dynamic(s setter) {
	p := &node{}
	s.set(&p)
	p.run = func(n *node) *node { n.name += p.name; return n }
}

func main() {
	leaf, leaf2 := &node{}, &node{}
	mid := &node{deps: []*node{leaf, leaf2}}
	inverse(mid)
	println(clobber(100), leaf.triggers[0] == mid, leaf2.triggers[0] == mid)
	through()
	println(clobber(100), kept.deps[0].name)
	deeper()
	println(clobber(100), kept.deps[0].any.(*node).name)
	called()
	println(clobber(100), saved.name)
	dynamic(first{})
	dynamic(second{})
	println(clobber(100), kept.run(&node{name: "a "}).name, kept.deps[0].run(&node{name: "b "}).name)
}
