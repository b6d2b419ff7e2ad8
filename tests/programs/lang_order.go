// Order of evaluation, assignment phases, receivers, boxing, and the messages of run-time panics.
package main

import "fmt"

var trace []string

func tr(s string, v int) int    { trace = append(trace, s); return v }
func trp(s string, p *int) *int { trace = append(trace, s); return p }
func show()                     { fmt.Println(trace); trace = nil }

type P struct{ x, y int }

func (p P) m(a, b int) int    { return p.x*100 + a*10 + b }
func get(s string) P          { trace = append(trace, s); return P{1, 2} }
func mk(s string) []int       { trace = append(trace, s); return []int{1, 2, 3} }
func mp(s string) map[int]int { trace = append(trace, s); return map[int]int{} }
func two(s string) (int, int) { trace = append(trace, s); return 1, 2 }
func fn(s string) func(int, int) int {
	trace = append(trace, s)
	return func(a, b int) int { trace = append(trace, s+"!"); return a + b }
}

type A [10]int

func bigarr() A { return A{1, 2, 3} }

type Node struct {
	left, right *Node
	val         int
}
type L struct {
	a [12]int
	n *L
}

func named() (x, y int)             { x, y = 1, 2; return y, x }
func named2() (x int, err error)    { defer func() { x++ }(); x = 5; return x * 2, nil }
func clos() (func() int, func(int)) { x := 0; return func() int { return x }, func(v int) { x = v } }
func loopvars() {
	var ps []*int
	for i := 0; i < 3; i++ {
		ps = append(ps, &i)
		i := i
		_ = i
	}
	for _, p := range ps {
		fmt.Print(*p, " ")
	}
	fmt.Println()
}
func lbl() {
	i := 0
loop:
	if i < 3 {
		x := i
		defer func() { fmt.Print("x", x, " ") }()
		i++
		goto loop
	}
	for j := 0; ; j++ {
		switch {
		case j == 2:
			continue
		case j == 4:
			break
		default:
			if j > 5 {
				goto out
			}
		}
	}
out:
	fmt.Println("out")
}

type St struct {
	f func() St
	n int
}
type Iface interface{ M(int) string }
type impl int

func (i impl) M(x int) string { return fmt.Sprint("impl", int(i), x) }

type pimpl struct{ a, b, c, d, e, f, g, h, i, j int }

func (p pimpl) M(x int) string { return fmt.Sprint("pimpl", p.j, x) }

type emb struct {
	Iface
	k int
}

func recoverNested() (r string) {
	defer func() { r = fmt.Sprint(recover(), "|", r) }()
	defer func() { defer func() { r += fmt.Sprint("inner:", recover()) }(); panic("second") }()
	panic("first")
}
func shadow() {
	defer fmt.Println("deferred println", tr("arg", 3))
	defer func() { recover() }()
	panic(1)
}

type G[T any] struct{ v T }

func (g G[T]) Get() T   { return g.v }
func (g *G[T]) Set(v T) { g.v = v }

type GI[T any] interface{ Get() T }

func use[T any, X GI[T]](x X) T            { return x.Get() }
func zero[T any]() (z T)                   { return }
func isT[T any](x any) bool                { _, ok := x.(T); return ok }
func conv[T ~string | ~[]byte](x T) string { return string(x) }
func tsw[T any](x T) string {
	switch any(x).(type) {
	case int:
		return "int"
	case string:
		return "string"
	case []T:
		return "slice"
	}
	return fmt.Sprintf("%T", x)
}
func local[T any](x T) any { type loc struct{ v T }; return loc{x} }
func main() {
	arr := []int{1, 2, 3}
	m := map[string]int{}
	arr[tr("i", 1)], m["k"], *trp("p", &arr[0]) = tr("a", 10), tr("b", 20), tr("c", 30)
	show()
	fmt.Println(arr, m)
	fmt.Println(get("recv").m(tr("x", 3), tr("y", 4)))
	show()
	mk("s")[tr("idx", 1)] = tr("v", 2)
	show()
	mp("m")[tr("k", 1)] += tr("v", 2)
	show()
	fmt.Println(fn("f")(two("two")))
	show()
	a, b := 1, 2
	a, b = b, a
	arr[0], arr[2] = arr[2], arr[0]
	fmt.Println(a, b, arr)
	i := 0
	i, arr[i] = 2, 99
	fmt.Println(i, arr)
	x := bigarr()
	y := x
	y[0] = 100
	x, y = y, x
	fmt.Println(x[0], y[0], x == y, x != A{})
	pa := &x
	pa[5]++
	pa[4] |= 6
	z := *pa
	fmt.Println(z, len(pa), cap(pa[2:5]))
	fmt.Println(named())
	fmt.Println(named2())
	g, s := clos()
	s(42)
	fmt.Println(g())
	loopvars()
	lbl()
	var n *Node
	n = &Node{val: 1, left: &Node{val: 2}}
	n.right, n = n.left, n.left
	fmt.Println(n.val, n.right == nil)
	l := L{n: &L{}}
	l.n.a[3] = 4
	l.a = l.n.a
	l.n.a[3] = 5
	fmt.Println(l.a[3], l.n.a[3])
	var ifs []Iface
	ifs = append(ifs, impl(3), pimpl{j: 9}, &pimpl{j: 8}, emb{impl(5), 1}, &emb{pimpl{j: 1}, 2})
	for i, f := range ifs {
		fmt.Print(f.M(i), " ")
	}
	fmt.Println()
	h := ifs[3].M
	ifs[3] = nil
	fmt.Println(h(7), Iface.M(ifs[0], 8), emb.M(emb{impl(1), 2}, 3))
	fmt.Println(recoverNested())
	shadow()
	show()
	gg := &G[string]{"g"}
	gg.Set("h")
	fmt.Println(gg.Get(), use[string](gg), use[int](G[int]{4}), zero[*int]() == nil, zero[[3]int](), isT[string]("a"), isT[error](1))
	fmt.Println(conv("x"), conv([]byte("yz")), tsw(1), tsw("a"), tsw(2.5), tsw([]int{1}))
	fmt.Printf("%v %T %T\n", local(3), local(3), local("s"))
	var e1, e2 any = 1, 1.0
	fmt.Println(e1 == e2, e1 == any(1), e1 != nil, ifs[0] == impl(3), any(ifs[0]) == any(impl(3)))
	st := struct {
		a int
		b string
		c any
	}{1, "b", 2}
	st2 := st
	fmt.Println(st == st2)
	st2.c = "x"
	fmt.Println(st == st2)
	var u8 uint8 = 200
	u8 += 100
	var i8 int8 = -128
	i8 = -i8
	i8 /= -1
	fmt.Println(u8, i8, u8>>3, i8>>1, u8<<9, ^u8, int8(u8), uint32(1<<31)>>31, -7/2, -7%3, 7&^5)
	f := 3.99
	nf := -3.99
	fmt.Println(int(f), int(nf), uint8(f), float32(0.1), float64(float32(0.1)), int64(1e18))
	var u64 uint64 = 1<<63 + 5
	fmt.Println(float64(u64), uint64(float64(u64)), u64%10, int64(u64))
	const big = 1 << 100
	fmt.Println(big>>98, 'a'+1, "s"+"t", len("héllo"))
	str := "hello"
	str += " " + str + "!"
	fmt.Println(str, str[1:3], str[4], str > "hello", str[len(str):] == "")
	func() { defer func() { fmt.Println(recover()) }(); var fnil func(); fnil() }()
	func() { defer func() { fmt.Println(recover()) }(); var im Iface; im.M(1) }()
	func() { defer func() { fmt.Println(recover()) }(); var e *emb; e.M(1) }()
	func() { defer func() { fmt.Println(recover()) }(); panic(fmt.Errorf("err %d", 1)) }()
	func() { defer func() { fmt.Println(recover()) }(); mmm := map[any]int{}; mmm[[]int{1}] = 2 }()
	func() {
		defer func() { fmt.Println(recover()) }()
		var a, b any = []int{1}, []int{1}
		fmt.Println(a == b)
	}()
	func() { defer func() { fmt.Println(recover()) }(); c := make(chan int); close(c); close(c) }()
	var sl []int
	for i := range 20 {
		sl = append(sl, i*i)
	}
	sl2 := sl[3:6:8]
	sl2 = append(sl2, 1, 2, 3)
	fmt.Println(len(sl2), sl[6], sl2[5], cap(sl[3:6:8]))
	sl = append(sl[:2], sl[5:]...)
	fmt.Println(sl)
	fmt.Println(append([]string(nil), "a", "b"), append([]any{1}, nil, "x"))
	ar2 := [2][3]int{{1, 2, 3}, {4, 5, 6}}
	ar2[1][2] += 10
	for _, r := range ar2 {
		for _, v := range r {
			fmt.Print(v, " ")
		}
	}
	fmt.Println()
	type Mat [2]struct {
		v [2]string
		m map[int]*P
	}
	var mt Mat
	mt[1].v[0] = "q"
	mt[0].m = map[int]*P{1: {3, 4}}
	mt[0].m[1].y++
	fmt.Println(mt[1].v[0], *mt[0].m[1], mt[1].m == nil)
}
