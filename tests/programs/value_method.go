// A value method called without an interface copies nothing to the heap.
package main

type vec struct{ x, y, z float64 }

func (v vec) dot(w vec) float64 { return v.x*w.x + v.y*w.y + v.z*w.z }

//go:noinline
func length2(x, y, z float64) float64 {
	v := vec{x, y, z} // place: v scalar
	return v.dot(v)
}

func main() {
	println(int(length2(1, 2, 3)))
}
