package main

func run(n, rounds int) {
	keys := make([]int, n)
	others := make([]int, n)
	for i := range keys {
		keys[i] = i * 7919
		others[i] = i*7919 + 1
	}
	var m map[int]int
	for range rounds {
		m = make(map[int]int)
		for i, k := range keys {
			m[k] = i
		}
	}
	sum, misses := 0, 0
	for range 4 * rounds {
		for _, k := range keys {
			sum += m[k]
		}
		for _, k := range others {
			if _, ok := m[k]; !ok {
				misses++
			}
		}
	}
	println(n, len(m), sum, misses)
}

func main() {
	run(1000, 3000)
	run(1_000_000, 3)
}
