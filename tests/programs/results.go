// Four integers and a pointer to a float as results: the array travels in registers, the float lives on the heap.
package main

//go:noinline
func four(n int) ([4]int, *float64) {
	a := [4]int{n, n + 1, n + 2, n + 3} // place: a scalar
	f := float64(n) / 2                 // place: f heap
	return a, &f
}

func main() {
	a, f := four(5)
	println(a[0], a[1], a[2], a[3], int(*f*10))
}
