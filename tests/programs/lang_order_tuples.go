// The left side of an assignment of several results is looked at after the call.

package main

import "fmt"

type T struct{ x, y int }

var p = &T{}
var q = &T{}
var s = []int{1, 2, 3}
var i int

func f() (int, int)       { p = q; i = 2; s = []int{7, 8, 9}; return 5, 6 }
func g() (any, chan int)  { p, q = q, p; i = 0; return 4, nil }
func idx(n int) int       { fmt.Println("idx", n); return n }
func two() (int, int)     { fmt.Println("two"); return 1, 2 }
func m() map[string][2]int { fmt.Println("m"); return mm }

var mm = map[string][2]int{"a": {1, 2}}

func main() {
	old := p
	p.x, i = f()
	fmt.Println(*old, *q, i)
	i = 0
	s[i], p.y = f()
	fmt.Println(s, *p)
	s[idx(0)], s[idx(1)] = two()
	fmt.Println(s)
	var ok bool
	p.x, ok = func() any { p, q = &T{}, p; return 9 }().(int)
	fmt.Println(*p, *q, ok)
	i = 1
	i, s[i] = two()
	fmt.Println(i, s)
	var a [2]int
	a, mm["a"] = m()["a"], [2]int{5, 6}
	fmt.Println(a, mm)
	mm["b"], ok = m()["a"]
	fmt.Println(mm, ok)
	var w any
	w, ok = mm["zz"]
	fmt.Println(w, ok)
	c := make(chan [3]int, 1)
	c <- [3]int{1, 2, 3}
	var r [1][3]int
	r[idx(0)], ok = <-c
	fmt.Println(r, ok)
	func() {
		defer func() { fmt.Println(recover(), i) }()
		var z []int
		i, z[idx(3)] = two()
	}()
	func() {
		defer func() { fmt.Println(recover(), i) }()
		var z []int
		z[idx(3)], i = f()
	}()
}
