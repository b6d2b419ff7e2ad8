// Method values of nil pointers: &*p panics at once, p.M of a pointer method does not.

package main

import "fmt"

type T struct{ a, b int }

func (t *T) P() int { return 1 }
func (t T) V() int  { return t.a }

type E struct {
	x int
	T
}
type EP struct {
	x int
	*T
}
type I interface{ P() int }
type EI struct {
	x int
	I
}

func try(s string, f func()) {
	defer func() { fmt.Println(s, recover()) }()
	f()
}

var sink any

func main() {
	var p *T
	var e *E
	var ep *EP
	var ep2 EP
	var ei EI
	var eip *EI
	try("p.P", func() { f := p.P; f() })
	try("(*p).P", func() { f := (*p).P; f() })
	try("(*p).P()", func() { (*p).P() })
	try("p.V", func() { f := p.V; f() })
	try("(*p).V()", func() { (*p).V() })
	try("e.P", func() { f := e.P; f() })
	try("e.P()", func() { e.P() })
	try("(*e).P()", func() { (*e).P() })
	try("(*e).T.P()", func() { (*e).T.P() })
	try("e.T.P", func() { f := e.T.P; _ = f })
	try("ep.P", func() { f := ep.P; _ = f })
	try("ep2.P", func() { f := ep2.P; f() })
	try("ep2.P()", func() { ep2.P() })
	try("ei.P", func() { f := ei.P; f() })
	try("eip.P", func() { f := eip.P; f() })
	try("&*p", func() { q := &*p; sink = q })
	try("&(*e).T", func() { q := &(*e).T; sink = q })
	try("&e.x", func() { q := &e.x; sink = q })
	try("_ = *p", func() { _ = *p })
	try("_ = e.T", func() { _ = e.T })
	try("_ = (*p).P", func() { _ = (*p).P })
	try("defer (*p).P()", func() { defer (*p).P() })
	try("go (*p).P()", func() { go (*p).P() })
}
