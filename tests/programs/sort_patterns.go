package main

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Slices of all patterns are sorted, and keep their elements.

func sorted[E int | uint8 | float64 | string](x []E, hash func(E) uint64) bool {
	y := append([]E(nil), x...)
	slices.Sort(y)
	before, after := uint64(0), uint64(0)
	for i := range x {
		before += hash(x[i])
		after += hash(y[i])
	}
	return slices.IsSorted(y) && before == after
}

func main() {
	x := uint32(1)
	random := func() int { x = x*1664525 + 1013904223; return int(x >> 8) }
	patterns := []func(i, n int) int{
		func(i, n int) int { return random() },
		func(i, n int) int { return i },
		func(i, n int) int { return -i },
		func(i, n int) int { return 7 },
		func(i, n int) int { return random() % 2 },
		func(i, n int) int { return random() % 10 },
		func(i, n int) int { return i % 100 },
		func(i, n int) int { return min(i, n-i) },
		func(i, n int) int { return max(i, n-i) },
		func(i, n int) int { return i + random()%10 },
		func(i, n int) int { return random()%10 - i },
	}
	for k, p := range patterns {
		right := 0
		lengths := 0
		for n := 0; n < 1500; n += 1 + n/2 {
			a, b, f, s := make([]int, n), make([]uint8, n), make([]float64, n), make([]string, n)
			for i := range a {
				a[i] = p(i, n)
				b[i] = uint8(a[i])
				f[i] = float64(a[i]) / 2
				if i%50 == 49 {
					f[i] = math.NaN()
				}
				s[i] = fmt.Sprint(a[i])
			}
			lengths++
			if sorted(a, func(v int) uint64 { return uint64(v) * 0x9e3779b97f4a7c15 >> 7 }) &&
				sorted(b, func(v uint8) uint64 { return uint64(v) * uint64(v) }) &&
				sorted(f, func(v float64) uint64 { return math.Float64bits(v) >> 3 }) &&
				sorted(s, func(v string) uint64 { return uint64(len(v)) }) {
				sort.Ints(a)
				if sort.IntsAreSorted(a) {
					right++
				}
			}
		}
		fmt.Println(k, right, lengths)
	}
}
