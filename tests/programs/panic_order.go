// Which of several panics in one statement comes first.
package main

import "fmt"

type T struct {
	x, y int
	s    string
	i    any
	fn   func(int) int
	next *T
	arr  []int
}
type S struct{ a, b int }
type I interface{ M(int) int }
type St interface{ String() string }

func (t T) M(int) int      { return 1 }
func (t *T) P(int) int     { return 1 }
func (s S) String() string { return "" }

var a, b []int
var sa, sb []string
var ia, ib []any
var ja, jb []I
var ta, tb []T
var pt []*T
var nilT *T
var nilI I
var nilF func(int) int
var m map[string]int
var mi map[any]int
var ma []map[string]int
var fa []float64
var ca []complex128
var bs [][]byte
var neg = -1
var zero = 0
var i8 = 0
var e any = "x"
var big [5]int
var bigs [][5]int

func f(int, int) int      { return 0 }
func fi(int, any) int     { return 0 }
func fv(int, ...int) int  { return 0 }
func fva(int, ...any) int { return 0 }
func call() int           { return 0 }
func sink(...any)         {}

//go:noinline
func g(x, y int) (int, int) { return x, y }

func try(name string, h func()) {
	defer func() { fmt.Println(name, recover()) }()
	h()
}

func ret2() (int, *S)                { return a[5], &S{b[6], 0} }
func ret3() (int, S)                 { return a[5], S{b[6], 0} }
func ret4() (int, int)               { defer func() {}(); return a[5], b[6] }
func ret5() (x int, y int)           { defer func() {}(); return a[5], b[6] }
func ret6() (x int, y any)           { return a[5], b[6] }
func ret7() (x int, y any, z string) { return a[5], b[6], sa[7] + "x" }
func ret8() (any, int)               { return a[5], b[6] }
func ret9() (I, St)                  { return ja[5], ja[6].(St) }

func main() {
	try("lit in binary", func() { _ = a[5] + [2]int{b[6], 1}[zero] })
	try("struct lit in binary", func() { _ = a[5] + S{b[6], 1}.a })
	try("f(a, lit)", func() { f(a[5], S{b[6], 0}.a) })
	try("concat in arg", func() { _ = a[5] + len(sa[6]+"x") })
	try("binary div", func() { _ = a[5] + 1/zero })
	try("div then idx", func() { _ = 1/zero + a[5] })
	try("string cmp", func() { _ = (a[5] == 1) == (sa[6] < sb[7]) })
	try("string eq", func() { _ = (a[5] == 1) == (sa[6] == sb[7]) })
	try("string eq const", func() { _ = (a[5] == 1) == (sa[6] == "abc") })
	try("string eq const+", func() { _ = (a[5] == 1) == (sa[6]+"x" == "abc") })
	try("iface eq", func() { _ = ia[5] == ib[6] })
	try("iface eq 2", func() { _ = (a[7] == 1) == (ia[5] == ib[6]) })
	try("mixed eq", func() { _ = (a[7] == 1) == (ia[5] == b[6]) })
	try("mixed eq2", func() { _ = (a[7] == 1) == (b[6] == ia[5]) })
	try("struct eq", func() { _ = (a[7] == 1) == (ta[5].next == tb[6].next) })
	try("arr eq", func() { _ = (a[7] == 1) == (bigs[5] == bigs[6]) })
	try("arr eq lit", func() { _ = (a[7] == 1) == (bigs[5] == [5]int{b[6]}) })
	try("map idx", func() { _ = a[5] + m[sa[6]] })
	try("map idx2", func() { _ = a[5] + ma[6]["x"] })
	try("map idx3", func() { _ = a[5] + ma[6][sa[7]] })
	try("map hash", func() { _ = a[5] + mi[ia] })
	try("map hash2", func() { _ = mi[[]int{}] + a[5] })
	try("conv iface", func() { _ = (a[5] == 1) == (any(b[6]) == e) })
	try("complex div", func() { _ = complex(fa[5], 1) + ca[6]/ca[7] })
	try("complex mul", func() { _ = complex(fa[5], 1) + ca[6]*ca[7] })
	try("bytes str", func() { _ = (a[5] == 1) == (string(bs[6]) == sa[7]) })
	try("method val", func() { h := [2]func(int) int{0: func(int) int { return 0 }, 1: nilI.M}; _ = h })
	try("method val2", func() { _ = a[5] + func(q func(int) int) int { return 0 }(nilI.M) })
	try("method val3", func() { _ = (a[5] == 1) == (nilT.M == nil) })
	try("type assert ptr", func() { _ = (a[5] == 1) == (e.(*T) == nil) })
	try("type assert int", func() { _ = a[5] + e.(int) })
	try("slice", func() { _ = a[5] + len(a[7:]) })
	try("slice2", func() { _ = (a[5] == 1) == (a[7:] == nil) })
	try("iface call neg shift", func() { nilI.M(1 << neg) })
	try("iface call idx", func() { nilI.M(a[5]) })
	try("iface call slice recv", func() { ja[5].M(a[6]) })
	try("val recv", func() { nilT.M(a[5]) })
	try("val recv 2", func() { pt[7].M(a[5]) })
	try("val recv 3 shift", func() { nilT.M(1 << neg) })
	try("ptr recv 3", func() { pt[7].P(a[5]) })
	try("ptr recv 4", func() { nilT.next.P(a[5]) })
	try("fn field", func() { nilT.fn(a[5]) })
	try("fn field shift", func() { nilT.fn(1 << neg) })
	try("fn field slice", func() { ta[7].fn(a[5]) })
	try("fn nil", func() { nilF(a[5]) })
	try("fn nil shift", func() { nilF(1 << neg) })
	try("args shift idx", func() { g(1<<neg, a[5]) })
	try("args idx any", func() { fi(a[5], b[6]) })
	try("args shift any", func() { fi(1<<neg, b[6]) })
	try("args shift lit", func() { f(1<<neg, S{b[6], 0}.a) })
	try("args variadic", func() { fv(1<<neg, b[6]) })
	try("args variadic2", func() { fv(a[5], b[6]) })
	try("args variadic any", func() { fva(a[5], b[6]) })
	try("asgn", func() { a[5] = b[6] })
	try("asgn idx", func() { a[1/zero] = b[6] })
	try("asgn idx idx", func() { a[a[5]] = b[6] })
	try("asgn deref", func() { nilT.x = b[6] })
	try("asgn map", func() { m[sa[5]] = b[6] })
	try("asgn map2", func() { ma[4][sa[5]] = b[6] })
	try("asgn map3", func() { m[sa[5]+"x"] = b[6] })
	try("asgn map nil", func() { m["x"] = b[6] })
	try("asgn map nil div", func() { m["x"] = 1 / zero })
	try("asgn map any", func() { mi[a[5]] = b[6] })
	try("op map", func() { m[sa[5]] += b[6] })
	try("op map2", func() { m[sa[5]] /= b[6] })
	try("op map3", func() { ma[4][sa[5]] += b[6] })
	try("op idx", func() { a[5] += b[6] })
	try("op lit", func() { a[5] += [2]int{b[6], 1}[zero] })
	try("op div", func() { a[5] /= zero })
	try("op shift", func() { a[5] <<= neg })
	try("op idx div", func() { a[1/zero] += b[6] })
	try("op deref", func() { nilT.x += b[6] })
	try("op str", func() { sa[5] += sb[6] })
	try("op str2", func() { sa[5] += sb[6] + sb[7] })
	try("asgn2", func() { a[5], b[6] = b[7], a[8] })
	try("asgn2b", func() { nilT.x, b[6] = b[7], a[8] })
	try("asgn2c", func() { a[5], nilT.x = nilT.x, a[8] })
	try("asgn2d", func() { x, y := a[5], S{b[6], 1}; _, _ = x, y })
	try("asgn2e", func() { var x, y = a[5], b[6]; _, _ = x, y })
	try("asgn2f", func() { var x, y any = a[5], b[6]; _, _ = x, y })
	try("asgn2g", func() { m["x"], a[4] = a[5], b[6] })
	try("asgn2h", func() { a[4], m["x"] = a[5], b[6] })
	try("asgn2i", func() { a[a[3]], b[b[4]] = a[5], b[6] })
	try("asgn2j", func() { x := 0; a[x], x = a[5], b[6]; _ = x })
	try("asgn2k", func() { x := 0; x, a[x] = a[5], b[6]; _ = x })
	try("asgn2l", func() { _, x := a[5], 1/zero; _ = x })
	try("asgn2m", func() { _, x := 1/zero, a[5]; _ = x })
	try("asgn2n", func() { var p, q *T; p.x, q.x = a[5], b[6] })
	try("asgn2o", func() { var p *T; c := []int{1}; c[0], p.x = 5, 6; _ = c })
	try("asgn2p", func() { var p *T; c := []int{1}; defer func() { fmt.Println(c) }(); c[0], p.x = 5, 6 })
	try("asgn2q", func() { c := []int{1}; defer func() { fmt.Println(c) }(); c[0], a[6] = 5, 6 })
	try("asgn2r", func() { c := 0; defer func() { fmt.Println(c) }(); c, a[6] = 5, 6 })
	try("asgn2s", func() { c := 0; defer func() { fmt.Println(c) }(); c, _ = 5, a[6] })
	try("asgn2t", func() { c := 0; d := &c; defer func() { fmt.Println(c) }(); *d, c = 5, 1/zero })
	try("call lhs", func() { a[5], b[6] = g(1, 2) })
	try("call lhs2", func() { nilT.x, b[6] = g(1, 2) })
	try("call lhs3", func() { c := 0; defer func() { fmt.Println(c) }(); c, b[6] = g(1, 2) })
	try("ret2", func() { ret2() })
	try("ret3", func() { ret3() })
	try("ret4", func() { ret4() })
	try("ret5", func() { ret5() })
	try("ret6", func() { ret6() })
	try("ret7", func() { ret7() })
	try("ret8", func() { ret8() })
	try("ret9", func() { ret9() })
	try("slicelit", func() { _ = []int{a[5], b[6]} })
	try("slicelit2", func() { _ = []any{a[5], S{b[6], 1}} })
	try("structlit", func() { _ = T{x: a[5], y: b[6]} })
	try("structlit nested", func() { _ = T{x: a[5], next: &T{x: b[6]}} })
	try("structlit rev", func() { _ = T{y: a[5], x: b[6]} })
	try("maplit", func() { _ = map[int]int{a[5]: b[6]} })
	try("maplit2", func() { _ = map[int]*S{a[5]: &S{b[6], 1}} })
	try("index index", func() { _ = a[b[6]] })
	try("index lit", func() { _ = ta[5].arr[S{b[6], 0}.a] })
	try("nil index lit", func() { _ = nilT.arr[S{b[6], 0}.a] })
	try("array ptr idx", func() { var p *[4]int; _ = p[a[5]] })
	try("array ptr idx div", func() { var p *[4]int; _ = p[1/zero] })
	try("append", func() { _ = append(a, a[5], b[6]) })
	try("append2", func() { a = append(ta[4].arr, a[5], b[6]) })
	try("append3", func() { ta[4].arr = append(a, b[6]) })
	try("append4", func() { x := a[3] + len(append(a, b[6])); _ = x })
	try("copy", func() { copy(ta[5].arr, tb[6].arr) })
	try("min", func() { _ = a[5] + min(a[6], a[7]) })
	try("shift", func() { _ = a[5] << a[6] })
	try("shift2", func() { _ = (1 << neg) + a[5] })
	try("shift3", func() { _ = a[5] + (1 << neg) })
	try("andand", func() { _ = (a[5] == 1) == (a[6] == 1 && a[7] == 1) })
	try("if cond", func() {
		if a[5] == 1 && (ia[6] == ib[7]) == (a[8] == 1) {
		}
	})
	try("if cond2", func() {
		if (a[8] == 1) == (ia[6] == ib[7]) {
		}
	})
	try("send", func() { var c chan int; nilTc().c <- a[5]; _ = c })
	try("send2", func() { nilc.c <- a[5] })
	try("send3", func() { nilc.c <- a[5] / zero })
	try("sendany", func() { nilc.d <- a[5] })
	try("make", func() { _ = a[5] + len(make([]int, neg)) })
	try("slice2arr", func() { _ = a[5] + [4]int(a)[0] })
	try("slice2arrp", func() { _ = a[5] + (*[4]int)(a)[0] })
	try("real", func() { _ = fa[5] + real(ca[6]) })
	try("complex", func() { _ = ca[5] + complex(fa[6], fa[7]) })
	try("func lit arg", func() { f(a[5], func() int { return b[6] }()) })
	try("go", func() { defer f(a[5], S{b[6], 0}.a) })
	try("defer", func() { defer nilI.M(a[5]) })
	try("defer2", func() { defer nilT.M(a[5]) })
	try("defer3", func() { defer nilT.fn(a[5]) })
	try("defer4", func() { defer nilI.M(1 << neg) })
	try("delete", func() { delete(ma[5], sa[6]) })
	try("switch", func() {
		switch a[5] {
		case b[6]:
		}
	})
	try("switch2", func() {
		switch ia[5] {
		case b[6]:
		}
	})
	try("switch3", func() {
		switch sa[5] {
		case sb[6], sb[7]:
		}
	})
	try("switch4", func() {
		switch e {
		case ib[6]:
		}
	})
	try("range", func() {
		for range ta[5].arr {
		}
	})
	try("rangeptr", func() {
		var p *[3]int
		for i := range p {
			a[i+5]++
		}
	})
	try("panic", func() { panic(a[5]) })
	try("incdec", func() { a[1/zero]++ })
	try("incdec map", func() { m[sa[5]]++ })
	try("comma ok map", func() { a[5], okb[6] = m[sa[7]] })
	try("comma ok ta", func() { a[5], okb[6] = ia[7].(int) })
	try("comma ok ta2", func() { a[1/zero], okb[6] = ia[7].(int) })
	try("unary", func() { _ = a[5] + -b[6] })
	try("not", func() { _ = a[5] == 1 == !okb[6] })
	try("paren str concat", func() { _ = sa[5] + (sb[6] + sb[7]) })
	try("str concat idx", func() { _ = sa[5] + string(rune(a[6])) + sb[7] })
	try("str concat bytes", func() { _ = sa[5] + string(bs[6]) + sb[7] })
	try("str idx", func() { _ = sa[5][a[6]] })
	try("str idx2", func() { _ = sa[5][a[6]/zero] })
	try("nil dot idx", func() { _ = nilT.arr[a[6]] })
	try("nil dot idx2", func() { _ = nilT.next.arr[1/zero] })
	try("blank map", func() { _ = mi[ia] })
	try("blank iface", func() { _ = e == e })
	try("iface conv", func() { var x any = ja[5]; var y St = ja[6].(St); _, _ = x, y })
	try("iface conv2", func() { fi(a[5], ja[6]) })
	try("iface conv3", func() { x := [2]any{a[5], ja[6]}; _ = x })
	try("rec chan", func() { _ = a[5] + <-nilc.c })
	try("len ptr", func() { _ = a[5] + len(nilT.arr) })
	try("len field", func() { _ = a[5] + len(ta[6].arr) })
	try("addr", func() { _ = [2]*int{&a[5], &nilT.x} })
	try("addr2", func() { _ = (&a[5] == nil) == (&nilT.x == nil) })
	try("star", func() { _ = *(&nilT.x) + a[5] })
	try("conv float", func() { _ = float64(a[5]) + fa[6] })
	try("closure args", func() { func(x, y int) {}(a[5], 1/zero) })
	try("method expr", func() { T.M(*nilT, a[5]) })
	try("method expr2", func() { _ = (*T).P(nilT.next, a[5]) })
	try("ret any", func() { func() (any, int) { return 1 << neg, a[5] }() })
	try("ret any2", func() { func() (int, any) { return 1 << neg, a[5] }() })
	try("ret any3", func() { func() (int, string) { return 1 << neg, sa[5] + sa[6] }() })
	try("ret any4", func() { func() (int, int) { return 1 << neg, a[5] }() })
	try("mixed shifts", func() {
		nilI2.Beta(nc(int64(4))>>(nc(i8a)|int8(-4)), duo[bool, int]{true, 9}.swap().a>>(nv(int8(64))<<3))
	})
}

type C struct {
	c chan int
	d chan any
}

var nilc *C
var okb []bool

func nilTc() *C { return nilc }

type I2 interface{ Beta(int64, int) bool }

var nilI2 I2
var i8a int8 = 5

func nc[T any](x T) T { return x }

//go:noinline
func nv[T any](x T) T { return x }

type duo[A, B any] struct {
	a A
	b B
}

func (d duo[A, B]) swap() duo[B, A] { return duo[B, A]{d.b, d.a} }
