// A pointer reassigned between two locals.
package main

//go:noinline
func pick(second bool) int {
	a, b := 1, 2 // place: a stack
	p := &a
	if second {
		p = &b
	}
	*p += 10
	return a*100 + b
}

func main() {
	println(pick(false), pick(true))
}
