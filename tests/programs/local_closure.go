// A local captured by a closure that does not leave.
package main

//go:noinline
func apply(f func(int), n int) {
	for i := range n {
		f(i)
	}
}

//go:noinline
func sum(n int) int {
	total := 0          // place: total stack
	apply(func(i int) { // place: func literal stack
		total += i
	}, n)
	return total
}

func main() {
	println(sum(101))
}
