// Append past and within capacity.
package main

//go:noinline
func within(n int) int {
	buf := make([]int, 0, 8) // place: make([]int, 0, 8) stack
	for i := range n {
		buf = append(buf, i*i)
	}
	total := 0
	for _, v := range buf {
		total += v
	}
	return total*100 + cap(buf)
}

//go:noinline
func past(n int) []int {
	var s []int
	for i := range n {
		s = append(s, i)
	}
	return s
}

func main() {
	println(within(8))
	s := past(100)
	println(len(s), s[99], cap(s) >= 100)
	t := append(s[:2:2], 7)
	println(s[2], t[2])
	u := append(s[:2], 9)
	println(s[2], u[2])
}
