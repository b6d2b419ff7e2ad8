// A counter closure keeps its variable alive.
package main

//go:noinline
func counter() func() int {
	n := 0              // place: n heap
	return func() int { // place: func literal heap
		n++
		return n
	}
}

func main() {
	a, b := counter(), counter()
	println(a(), a(), b(), a())
}
