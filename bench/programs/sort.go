package main

import (
	"slices"
	"sort"
)

func main() {
	const n = 300_000
	base := make([]int, n)
	x := uint32(1)
	for i := range base {
		x = x*1664525 + 1013904223
		base[i] = int(x >> 3)
	}
	a, b := make([]int, n), make([]int, n)
	for range 20 {
		copy(a, base)
		sort.Ints(a)
		copy(b, base)
		slices.Sort(b)
	}
	println(a[0], a[n/2], a[n-1], slices.Equal(a, b))
}
