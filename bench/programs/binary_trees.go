package main

import "fmt"

type tree struct{ left, right *tree }

func build(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{build(depth - 1), build(depth - 1)}
}

func (t *tree) check() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.check() + t.right.check()
}

func main() {
	const n = 18
	fmt.Printf("stretch tree of depth %d\t check: %d\n", n+1, build(n+1).check())
	long := build(n)
	for depth := 4; depth <= n; depth += 4 {
		iterations := 1 << (n - depth + 4)
		check := 0
		for range iterations {
			check += build(depth).check()
		}
		fmt.Printf("%d\t trees of depth %d\t check: %d\n", iterations, depth, check)
	}
	fmt.Printf("long lived tree of depth %d\t check: %d\n", n, long.check())
}
