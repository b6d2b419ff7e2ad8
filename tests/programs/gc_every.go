// ESCARGO_GC_EVERY=N collects at every Nth allocation, not more often, though a collection's end takes back what was set aside for
// allocations to come.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
)

type node struct {
	next *node
}

var list *node

func main() {
	every, err := strconv.Atoi(os.Getenv("ESCARGO_GC_EVERY"))
	if err != nil {
		return
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < 20_000; i++ {
		list = &node{list}
		if i%1000 == 0 {
			list = nil
		}
	}
	runtime.ReadMemStats(&after)
	expected := int(after.Mallocs-before.Mallocs) / every
	if n := int(after.NumGC - before.NumGC); n < expected/2 || n > expected+expected/10 {
		fmt.Println(n, "collections, not", expected)
	}
}
