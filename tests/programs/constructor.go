// A constructor returns the address of a local.
package main

type point struct{ x, y int }

//go:noinline
func newPoint(x, y int) *point {
	p := point{x, y} // place: p heap
	return &p
}

func main() {
	p := newPoint(3, 4)
	println(p.x*p.x + p.y*p.y)
}
