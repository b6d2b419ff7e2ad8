// How long a collection takes that follows one chain of pointers, where nothing can be looked up ahead of its use, and one that
// follows a tree.
package main

import (
	"fmt"
	"runtime"
	"time"
)

type cell struct {
	next  *cell
	value [2]int
}

type node struct {
	left, right *node
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{tree(depth - 1), tree(depth - 1)}
}

func collect(name string, objects int) {
	const n = 10
	runtime.GC()
	begin := time.Now()
	for range n {
		runtime.GC()
	}
	fmt.Printf("@%s %.2f ns\n", name, float64(time.Since(begin))/n/float64(objects))
}

func main() {
	const cells = 1_000_000
	var list *cell
	for i := range cells {
		list = &cell{list, [2]int{i}}
	}
	collect("trace_list", cells)
	runtime.KeepAlive(list)
	list = nil
	const depth = 19
	t := tree(depth)
	collect("trace_tree", 2<<depth)
	runtime.KeepAlive(t)
	println("done")
}
