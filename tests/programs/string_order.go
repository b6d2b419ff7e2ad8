package main

import "fmt"

// Strings compare as their bytes do, whatever lengths they share.

func order(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

func main() {
	x := uint32(1)
	random := func() uint32 { x = x*1664525 + 1013904223; return x >> 8 }
	wrong, less, equal := 0, 0, 0
	for range 20000 {
		a := make([]byte, random()%40)
		for i := range a {
			a[i] = byte(random() % 3 * 100)
		}
		b := append([]byte(nil), a[:random()%uint32(len(a)+1)]...)
		if random()%3 == 0 {
			b = append(b, byte(random()))
		}
		if len(b) > 0 && random()%2 == 0 {
			b[random()%uint32(len(b))] += byte(random() % 2)
		}
		s, t := string(a), string(b)
		want := order(s, t)
		if (s < t) != (want < 0) || (s > t) != (want > 0) || (s <= t) != (want <= 0) || (t >= s) != (want <= 0) {
			wrong++
		}
		if s < t {
			less++
		}
		if s == t {
			equal++
		}
	}
	fmt.Println(wrong, less, equal)
}
