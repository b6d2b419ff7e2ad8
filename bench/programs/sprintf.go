package main

import "fmt"

func main() {
	n := 0
	for i := range 4_000_000 {
		n += len(fmt.Sprintf("%d %s %x", i, "hello", i))
	}
	println(n)
}
