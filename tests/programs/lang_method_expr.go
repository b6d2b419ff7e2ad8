// Method expressions and values whose results live in memory, called, stored, deferred and started.
package main

import "fmt"

type Big [12]int
type P struct{ a, b int }

func (p P) Make(n int) Big              { return Big{p.a, p.b, n} }
func (p *P) Pair(n int) (Big, int, Big) { return Big{p.a, n}, n, Big{p.b, n} }
func (b Big) Double() Big {
	for i := range b {
		b[i] *= 2
	}
	return b
}

type I interface{ Make(int) Big }
type E struct {
	*P
	x int
}

var g = P.Make
var h = I.Make

func apply(f func(P, int) Big, p P) Big { return f(p, 9) }
func main() {
	p := P{1, 2}
	fmt.Println(P.Make(p, 3), (*P).Make(&p, 4), g(p, 5), h(p, 6), I.Make(&p, 7))
	a, n, b := (*P).Pair(&p, 8)
	fmt.Println(a, n, b, apply(P.Make, p), Big.Double(a))
	f := E.Make
	k := (*E).Pair
	e := E{&p, 1}
	fmt.Println(f(e, 1))
	fmt.Println(k(&e, 2))
	mv := e.Make
	p.a = 100
	fmt.Println(mv(3), e.Make(3))
	defer func(f func(I, int) Big) { fmt.Println(f(p, 1)) }(I.Make)
	defer fmt.Println(Big.Double(Big{1}))
	c := make(chan Big, 1)
	go func(f func(*P, int) Big) { c <- f(&p, 2) }((*P).Make)
	fmt.Println(<-c)
}
