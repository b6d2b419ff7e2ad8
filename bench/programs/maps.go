package main

import (
	"fmt"
	"strconv"
	"time"
)

func figure(name string, n int, f func()) {
	start := time.Now()
	f()
	fmt.Printf("@%s %.2f ns\n", name, float64(time.Since(start))/float64(n))
}

func measure[K comparable](kind string, n, rounds int, key func(int) K) {
	keys, others := make([]K, n), make([]K, n)
	for i := range n {
		keys[i] = key(i * 7919)
		others[i] = key(i*7919 + 1)
	}
	var m map[K]int
	figure(kind+"_insert", n*rounds, func() {
		for range rounds {
			m = make(map[K]int)
			for i, k := range keys {
				m[k] = i
			}
		}
	})
	sum, misses := 0, 0
	figure(kind+"_hit", 2*n*rounds, func() {
		for range 2 * rounds {
			for _, k := range keys {
				sum += m[k]
			}
		}
	})
	figure(kind+"_miss", 2*n*rounds, func() {
		for range 2 * rounds {
			for _, k := range others {
				if _, ok := m[k]; !ok {
					misses++
				}
			}
		}
	})
	println(kind, len(m), sum, misses)
}

func main() {
	integer := func(i int) int { return i }
	text := func(i int) string { return "key " + strconv.Itoa(i) }
	measure("int_1k", 1000, 500, integer)
	measure("int_1m", 1_000_000, 1, integer)
	measure("string_1k", 1000, 500, text)
	measure("string_1m", 1_000_000, 1, text)
}
