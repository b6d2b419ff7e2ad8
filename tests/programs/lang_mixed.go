// Composite literals with elided pointers, type and value switches, deferred calls in loops, goroutines.
package main

import (
	"fmt"
	"sort"
	"strings"
	"sync"
)

type S []T
type T struct{ x int }

var lits = map[string]*S{"a": {{1}}}
var mlits = []*map[string]int{{"q": 1}}

type Matrix [3][3]float64

func (m Matrix) Mul(o Matrix) (r Matrix) {
	for i := range m {
		for j := range o {
			for k := range r {
				r[i][j] += m[i][k] * o[k][j]
			}
		}
	}
	return
}
func (m *Matrix) T() *Matrix {
	for i := range m {
		for j := 0; j < i; j++ {
			m[i][j], m[j][i] = m[j][i], m[i][j]
		}
	}
	return m
}

type Visitor interface{ Visit(n Node) Visitor }
type Node interface{ Children() []Node }
type leaf struct{ v int }
type branch struct {
	kids []Node
	name string
	pad  [10]int
}

func (leaf) Children() []Node     { return nil }
func (b branch) Children() []Node { return b.kids }

type counter struct{ n, depth, max int }

func (c *counter) Visit(n Node) Visitor {
	c.n++
	c.depth++
	if c.depth > c.max {
		c.max = c.depth
	}
	return c
}
func walk(v Visitor, n Node) {
	w := v.Visit(n)
	for _, k := range n.Children() {
		walk(w, k)
	}
	v.(*counter).depth--
}

type bigT struct {
	a [40]int
	f func(bigT) int
}

func byVal(b bigT) bigT { b.a[0]++; return b }
func manyRes() (a, b int, c string, d bigT, e error, f []int, g map[string]int) {
	d.a[39] = 9
	return 1, 2, "3", d, nil, []int{6}, map[string]int{"g": 7}
}

type Op func(float64, float64) float64
type Cache struct {
	mu sync.Mutex
	m  map[string]int
	sync.Once
}

func (c *Cache) get(k string, f func() int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.m[k]; ok {
		return v
	}
	if c.m == nil {
		c.m = make(map[string]int)
	}
	v := f()
	c.m[k] = v
	return v
}

type byLen []string

func (b byLen) Len() int           { return len(b) }
func (b byLen) Less(i, j int) bool { return len(b[i]) < len(b[j]) }
func (b byLen) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type Weekday int

const (
	Sun Weekday = iota
	Mon
	Tue
)

func (d Weekday) String() string { return [...]string{"Sun", "Mon", "Tue"}[d] }

type Celsius float64
type Temp interface{ ~float64 }

func avg[T Temp](ts ...T) T {
	var s T
	for _, t := range ts {
		s += t
	}
	return s / T(len(ts))
}

type rec struct {
	next *rec
	self **rec
	data [3]interface{}
}

func panicky(n int) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprintf("%s<%v>", s, r)
		}
	}()
	defer func() { s += "A" }()
	for i := 0; i < n; i++ {
		defer func(i int) {
			s += fmt.Sprint(i)
			if i == 1 {
				panic("one")
			}
		}(i)
	}
	s = "start:"
	return s
}

type E struct{ msg string }

func (e E) Error() string { return e.msg }
func typed() (err error)  { var e *E; _ = e; return nil }
func sw(x any) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case int, int8:
		return fmt.Sprintf("int-ish %v", v)
	case error:
		return "err " + v.Error()
	case fmt.Stringer:
		return "str " + v.String()
	case func() int:
		return fmt.Sprint("func ", v())
	case []int:
		return fmt.Sprint("slice ", len(v))
	case [2]string:
		return v[0] + v[1]
	case map[string]int:
		return fmt.Sprint(v["a"])
	case chan int:
		return fmt.Sprint(cap(v))
	case *int:
		*v++
		return fmt.Sprint(*v)
	case struct{ X int }:
		return fmt.Sprint("anon ", v.X)
	case bool:
		if v {
			return "T"
		}
		return "F"
	default:
		return fmt.Sprintf("other %T", v)
	}
}
func strsw(s string) int {
	switch s {
	case "a", "b":
		return 1
	case "hello":
		return 2
	case "":
		return 3
	case "zzz" + "y":
		return 4
	}
	return 0
}
func intsw(n int) (r string) {
	switch {
	case n < 0:
		r = "neg"
	case n == 0:
		r = "zero"
		fallthrough
	case n == 100:
		r += "!"
	default:
		switch n {
		case 1:
			return "one"
		case 2, 3, 5, 7, 11:
			return "prime"
		case 1 << 40:
			return "big"
		case -5:
		}
		r = "pos"
	}
	return
}

var global = func() int { initOrder = append(initOrder, "global"); return dep + 1 }()
var dep = func() int { initOrder = append(initOrder, "dep"); return 41 }()
var initOrder []string
var ga, gb = func() (int, string) { return 5, "gb" }()

func init() { initOrder = append(initOrder, "init1") }
func init() { initOrder = append(initOrder, "init2") }

func main() {
	fmt.Println((*lits["a"])[0].x, (*mlits[0])["q"], global, dep, ga, gb, initOrder)
	m := Matrix{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}
	fmt.Println(m.Mul(Matrix{0: {1}, 1: {1: 1}, 2: {2: 1}}) == m, *m.T(), (&m).Mul(m)[0][0])
	c := &counter{}
	walk(c, branch{kids: []Node{leaf{1}, branch{kids: []Node{leaf{2}, &branch{}}}}})
	fmt.Println(c.n, c.max)
	b := bigT{}
	b2 := byVal(byVal(b))
	b.f = func(x bigT) int { return x.a[0] + b2.a[0] }
	fmt.Println(b.a[0], b2.a[0], b.f(b2), b.f(byVal(b2)))
	_, y, z, d, err, f, g := manyRes()
	fmt.Println(y, z, d.a[39], err, f, g)
	ops := map[string]Op{"+": func(a, b float64) float64 { return a + b }, "/": func(a, b float64) float64 { return a / b }}
	fmt.Println(ops["+"](1, 2), ops["/"](1, 4), ops["?"] == nil)
	var ca Cache
	n := 0
	for range 3 {
		ca.get("k", func() int { n++; return n })
	}
	ca.Do(func() { n += 100 })
	ca.Do(func() { n += 100 })
	fmt.Println(n, ca.m)
	ws := strings.Fields("ccc a bb dddd")
	sort.Sort(byLen(ws))
	fmt.Println(ws)
	sort.Slice(ws, func(i, j int) bool { return ws[i] > ws[j] })
	fmt.Println(ws)
	fmt.Println(Mon, []Weekday{Sun, Tue}, map[Weekday]int{Tue: 2}, avg(Celsius(1), 2, 4.5))
	fmt.Printf("%v %d %s %+v %T\n", Tue, Tue, Mon, struct{ D Weekday }{Mon}, Celsius(2))
	r := &rec{}
	r.self = &r
	r.next = *r.self
	r.data[1] = r
	(*r.self).data[2] = 5
	fmt.Println(r.next == r, r.data[1].(*rec).data[2], r.data[0] == nil)
	fmt.Println(panicky(0), panicky(1), panicky(3))
	one := 1
	for _, x := range []any{nil, 1, int8(2), E{"e"}, &E{"p"}, Mon, func() int { return 7 }, []int{1}, [2]string{"x", "y"}, map[string]int{"a": 3}, make(chan int, 4), &one, struct{ X int }{3}, true, 2.5, "s"} {
		fmt.Print(sw(x), "; ")
	}
	fmt.Println()
	fmt.Println(strsw("a"), strsw("hello"), strsw(""), strsw("zzzy"), strsw("q"), intsw(-1), intsw(0), intsw(1), intsw(7), intsw(8), intsw(100), intsw(1<<40))
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := range 50 {
		wg.Add(1)
		go func() { defer wg.Done(); mu.Lock(); total += i; mu.Unlock() }()
	}
	wg.Wait()
	fmt.Println(total)
	pipe := func(in <-chan int, f func(int) int) <-chan int {
		out := make(chan int)
		go func() {
			defer close(out)
			for v := range in {
				out <- f(v)
			}
		}()
		return out
	}
	src := make(chan int)
	go func() {
		for i := range 5 {
			src <- i
		}
		close(src)
	}()
	for v := range pipe(pipe(src, func(x int) int { return x * x }), func(x int) int { return x + 1 }) {
		fmt.Print(v, " ")
	}
	fmt.Println()
	type pt struct{ x, y int }
	seen := map[pt]struct{}{}
	dirs := [...]pt{{0, 1}, {1, 0}, {0, -1}, {-1, 0}}
	var dfs func(p pt, d int)
	dfs = func(p pt, d int) {
		if _, ok := seen[p]; ok || d == 0 {
			return
		}
		seen[p] = struct{}{}
		for _, dd := range dirs {
			dfs(pt{p.x + dd.x, p.y + dd.y}, d-1)
		}
	}
	dfs(pt{}, 4)
	fmt.Println(len(seen))
	grid := make([][]rune, 3)
	for i := range grid {
		grid[i] = []rune(strings.Repeat(".", 4))
	}
	grid[1][2] = '#'
	for _, row := range grid {
		fmt.Println(string(row))
	}
	x, yy := 10, 20
	px, py := &x, &yy
	*px, *py = *py, *px
	px, py = py, px
	fmt.Println(x, yy, *px, *py)
	var u uint = 3
	fmt.Println(1<<u, -8>>u, uint8(255)+uint8(u), int32(-7)/2, -7%int64(3), 0x7fffffff+int32(u-3))
	s := []int{1, 2, 3, 4, 5}
	copy(s[1:], s)
	fmt.Println(s, s[len(s)-1:], s[:0], append(s[:1:1], 9), s)
	func(a ...string) { a[0] = "changed" }(ws...)
	fmt.Println(ws[0])
	fmt.Println(func() (a, b int) { defer func() { a, b = b, a }(); return 1, 2 }())
	var iface fmt.Stringer = Tue
	w, ok := iface.(Weekday)
	_, ok2 := iface.(error)
	fmt.Println(w, ok, ok2)
lab:
	for {
		for i := 0; ; i++ {
			if i == 3 {
				break lab
			}
			if i%2 == 0 {
				continue
			}
			fmt.Print("i", i, " ")
		}
	}
	fmt.Println(len("日本"), []byte("日")[0], "日本"[3:], strings.Map(func(r rune) rune { return r + 1 }, "abc"))
	a := [...]struct {
		n string
		v *int
	}{{"a", px}, {n: "b"}}
	for i := range a {
		if a[i].v != nil {
			*a[i].v++
		}
	}
	fmt.Println(*px, len(a))
	const h = 1e3
	var f32 float32 = 1 / 3.0
	fmt.Println(h, f32, float64(f32) == 1/3.0, 5/2.0, 7/2, uint64(1<<63), complex64(1+2i))
}
