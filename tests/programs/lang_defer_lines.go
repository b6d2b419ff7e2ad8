// Where deferred calls seem to be made: at the return statement, or at the end of the function.

package main

import (
	"fmt"
	"runtime"
)

func where() {
	_, _, l, _ := runtime.Caller(1)
	fmt.Println(l)
}
func a() {
	defer where()
	fmt.Println("a")
}
func b(x int) int {
	defer where()
	if x > 3 {
		return 4
	}
	return 5
}
func c(n int) {
	for i := 0; i < n; i++ {
		defer where()
	}
	if n == 1 {
		return
	}
	fmt.Println("c")
}
func d() (x int) {
	defer func() { where(); x++ }()
	defer func() {
		_, _, l, _ := runtime.Caller(1)
		fmt.Println(l)
	}()
	if x == 0 {
		return
	}
	fmt.Println("c")
	return 4
}
func main() {
	a()
	b(4)
	b(2)
	c(1)
	c(2)
	d()
}
