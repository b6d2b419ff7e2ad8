// p++ on a pointer is refused.
// exit: 1
// stderr: ./pointer_arithmetic.go:12:2: invalid operation: p++ (non-numeric type *int)
package main

import "fmt"

func main() {
	a := [2]int{1, 2}
	p := &a[0]
	fmt.Println(*p)
	p++
	fmt.Println(*p)
}
