package main

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

func figure(name string, n int, f func()) {
	start := time.Now()
	f()
	fmt.Printf("@%s %.2f ns\n", name, float64(time.Since(start))/float64(n))
}

type point struct{ X, Y int }

func main() {
	length := 0
	const rounds = 400_000
	figure("sprintf_d_s", rounds, func() {
		for i := range rounds {
			length += len(fmt.Sprintf("%d:%s", i, "hello"))
		}
	})
	figure("sprintf_v_float_x", rounds, func() {
		for i := range rounds {
			length += len(fmt.Sprintf("%v %8.3f %x", i, float64(i)/3, i))
		}
	})
	figure("sprintf_q_t_c", rounds, func() {
		for i := range rounds {
			length += len(fmt.Sprintf("%q %t %c %05d", "text", i&1 == 0, 'a'+i%26, i))
		}
	})
	figure("sprintf_struct", rounds, func() {
		for i := range rounds {
			length += len(fmt.Sprintf("%+v %v", point{i, -i}, []int{i, 2}))
		}
	})
	figure("sprint", rounds, func() {
		for i := range rounds {
			length += len(fmt.Sprint("n", i, "of", rounds))
		}
	})

	const n = 200_000
	base := make([]int, n)
	x := uint32(1)
	for i := range base {
		x = x*1664525 + 1013904223
		base[i] = int(x >> 3)
	}
	a := make([]int, n)
	check := 0
	figure("sort_ints", 5*n, func() {
		for range 5 {
			copy(a, base)
			sort.Ints(a)
		}
	})
	check += a[n/2]
	figure("slices_sort", 5*n, func() {
		for range 5 {
			copy(a, base)
			slices.Sort(a)
		}
	})
	check += a[n/2]
	figure("sort_slice", 2*n, func() {
		for range 2 {
			copy(a, base)
			sort.Slice(a, func(i, j int) bool { return a[i] < a[j] })
		}
	})
	check += a[n/2]

	recovered := 0
	try := func() {
		defer func() {
			if recover() != nil {
				recovered++
			}
		}()
		panic("no")
	}
	figure("panic_recover", rounds, func() {
		for range rounds {
			try()
		}
	})
	println(length, check, recovered)
}
