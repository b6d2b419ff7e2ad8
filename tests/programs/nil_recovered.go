// A nil dereference, recovered.
package main

import (
	"fmt"
	"runtime"
)

type node struct {
	pad  [3]int
	next *node
}

//go:noinline
func next(n *node) (m *node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(runtime.Error)
		}
	}()
	return n.next, nil
}

func main() {
	fmt.Println(next(&node{})) // place: &node{} stack
	_, err := next(nil)
	fmt.Println(err)
}
