// In x op= y the calls of y come first, then x, then the rest of y.

package main

import "fmt"

func try(s string, f func()) {
	defer func() { fmt.Println(s, recover()) }()
	f()
}

//go:noinline
func nc(x int) int { return x }

var m map[string]int
var g int

func setg(x int) int { g = x; return x }

func main() {
	var r []int
	var s []string
	var p *int
	var nm map[string]int
	try("/=", func() { r[1] /= (r[0] << 2) & nc(3) })
	try("+=", func() { r[1] += r[0] })
	try("+= nc", func() { r[1] += r[0] + nc(3) })
	try("<<=", func() { r[1] <<= r[0] + nc(3) })
	try("s+=", func() { s[1] += s[0] })
	try("s+= nc", func() { s[1] += s[0] + fmt.Sprint(nc(3)) })
	try("*p", func() { *p += r[0] })
	try("*p nc", func() { *p += r[0] + nc(3) })
	try("m", func() { nm["a"] += r[0] + nc(3) })
	try("/0", func() { z := 0; r[1] /= z })
	g = 1
	g += setg(10)
	fmt.Println(g)
	x := []int{1, 2, 3}
	x[g%3] *= setg(7) + x[0]
	fmt.Println(x, g)
	x[0] += func() int { x = []int{100, 200}; return 5 }()
	fmt.Println(x)
	local := 3
	local += func() int { local = 9; return 1 }()
	fmt.Println(local)
	m = map[string]int{"a": 1}
	m["a"] += func() int { m = map[string]int{"a": 50}; return 5 }()
	fmt.Println(m)
	str := "a"
	str += func() string { str = "zz"; return "b" }()
	fmt.Println(str)
	var b struct{ q [3]int }
	pb := &b
	pb.q[g%3] += func() int { pb = &struct{ q [3]int }{}; g = 2; return 4 }()
	fmt.Println(b, *pb)
}
