package main

import "fmt"

type T struct{ v, w int }

var (
	x  int
	s  []int
	p  *T
	m  map[int]int
	st T
	a  [3]int
	i  int
)

func reset() {
	x, s, p, m, st, a, i = 1, []int{1, 2, 3}, &T{1, 2}, map[int]int{1: 1}, T{1, 2}, [3]int{1, 2, 3}, 0
}

func f() int {
	x = 10
	s = []int{10, 20, 30}
	p = &T{10, 20}
	m = map[int]int{1: 10}
	st = T{10, 20}
	a = [3]int{10, 20, 30}
	i = 1
	return 100
}

func g(args ...any) string { return fmt.Sprint(args...) }
func two() (int, int)       { return f(), x }

type arr []int

func (q *arr) add() int { *q = append(*q, 7); return len(*q) - 1 }

func grow() int { s = append(s, 5); return 9 }

func main() {
	r := func(name string, v ...any) { fmt.Println(name, v, x, s, *p, m, st, a, i); reset() }
	reset()
	r("add", x+f())
	r("addr", f()+x)
	r("args", g(x, f()))
	r("arg elem", g(s[0], f()))
	r("arg field", g(p.v, f()))
	r("arg map", g(m[1], f()))
	r("arg struct", g(st, f()))
	r("lit", []int{x, f(), x})
	r("lits", T{x, f()})
	r("arrlit", [...]int{s[0], f(), p.v})
	r("maplit", map[int]int{x: f(), f(): x})
	y, z := x, f()
	r("assign", y, z)
	y, z = s[0], f()
	r("assign2", y, z)
	y, z = p.v, f()
	r("assign3", y, z)
	y, z = st.v, f()
	r("assign4", y, z)
	x += f()
	r("opassign")
	s[0] += f()
	r("opassign elem")
	p.v += f()
	r("opassign field")
	m[1] += f()
	r("opassign map")
	st.v += f()
	r("opassign struct")
	a[i] += f()
	r("opassign array")
	s[0] = f()
	r("store elem")
	s[i] = f()
	r("store elem i")
	p.v = f()
	r("store field")
	m[i] = f()
	r("store map")
	*(&p.w) = f()
	r("store deref")
	a[i] = f()
	r("store arr")
	s = append(s, f())
	r("append")
	s = append(s, grow(), grow())
	r("append grow")
	s = append(s, x, f(), x)
	r("append mix")
	var q arr
	q = append(q, q.add(), q.add())
	r("append method", q)
	r("index", s[f()-99])
	r("slice", s[f()-100:2])
	u, v := func() (int, int) { return x, f() }()
	r("ret2", u, v)
	u, v = func() (int, int) { return s[0], f() }()
	r("ret3", u, v)
	r("cmp", x == f()-99, f() > x)
	r("bool", x == 1 && f() == 100 && x == 10)
	r("str", fmt.Sprint(x)+fmt.Sprint(f())+fmt.Sprint(x))
	r("call chain", func(a, b, c int) int { return a*10000 + b*10 + c }(x, f(), x))
	x, s[i] = f(), 77
	r("tuple")
	s[i], x = x, f()
	r("tuple2")
	s[0], s[1] = s[1], f()
	r("tuple3")
	x, y = two()
	r("two", y)
	m[x], m[f()] = x, 3
	r("map keys")
	r("conv", float64(x)+float64(f()))
	r("neg", -x*f()-x)
	r("mixed", x*x+f()*x)
	r("field of call", T{x, 2}.v+f())
	loc := 1
	h := func() int { loc = 5; return 2 }
	r("local", loc+h(), loc)
	loc = 1
	r("local args", g(loc, h()))
	loc = 1
	r("iface", any(loc) == any(h()+3))
	c := make(chan int, 2)
	c <- x + f()
	r("send", <-c)
	switch x {
	case f() - 90:
		r("switch ten")
	default:
		r("switch default")
	}
	for k, e := range append(s, f()) {
		fmt.Print(k, e, " ")
	}
	r("range")
	defer func(v ...int) { fmt.Println("deferred", v) }(x, f(), x)
	reset()
	ptr := &x
	r("pointer", *ptr+f())
	r("closure", func() int { return x }()+f()+x)
	arr2 := [2]int{x, f()}
	r("arr", arr2)
	if w := x; w+f() > x {
		r("if")
	}
	r("len", len(s)+grow()+len(s))
	r("nested", g(g(x, f()), x))
	st, x = T{x, f()}, st.v
	r("struct swap")
	*p, x = T{f(), 3}, p.v
	r("deref swap")
}
