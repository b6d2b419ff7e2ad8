// A struct put into an interface.
package main

type shape interface{ area() int }

type rect struct{ w, h int }

func (r rect) area() int { return r.w * r.h }

var kept shape

//go:noinline
func keep(w, h int) {
	r := rect{w, h} // place: r scalar
	kept = r        // place: r heap
}

//go:noinline
func measure(s shape) int { return s.area() }

//go:noinline
func local(w, h int) int {
	r := rect{w, h}
	return measure(r) // place: r stack
}

func main() {
	keep(2, 3)
	println(kept.area(), local(4, 5))
}
