// Range over functions with every way out of the body; generic containers; errors; selects.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

func seq(n int) func(func(int) bool) {
	return func(y func(int) bool) {
		for i := 0; i < n; i++ {
			if !y(i) {
				return
			}
		}
	}
}
func seq2(n int) func(func(int, string) bool) {
	return func(y func(int, string) bool) {
		for i := 0; i < n; i++ {
			if !y(i, fmt.Sprint("s", i)) {
				return
			}
		}
	}
}
func seq0(n int) func(func() bool) {
	return func(y func() bool) {
		for i := 0; i < n; i++ {
			if !y() {
				return
			}
		}
	}
}
func bad(y func(int) bool)      { y(1); y(2); y(3) }
func try(name string, f func()) { defer func() { fmt.Println(name, recover()) }(); f() }

var saved func(int) bool

func saver(y func(int) bool)   { saved = y; y(1) }
func swallow(y func(int) bool) { defer func() { recover() }(); y(1) }

func named(n int) (res int, err error) {
	defer func() {
		if err != nil {
			res = -1
		}
	}()
	for x := range seq(10) {
		if x == n {
			return x * 10, nil
		}
		if x == 7 {
			err = errors.New("seven")
			return
		}
	}
	return 5, nil
}
func big() (r [30]int, s string) {
	for x := range seq(30) {
		r[x] = x
		if x == 20 {
			return r, "early"
		}
	}
	return r, "late"
}
func gotos() (out string) {
	for i := range seq(4) {
		for j := range seq(4) {
			if j == 2 {
				goto next
			}
			out += fmt.Sprint(i, j, " ")
		}
	next:
		out += "n"
		if i == 2 {
			goto done
		}
	}
done:
	return out + "done"
}
func deferIn() (s string) {
	defer func() { s += "|outer" }()
	for i := range seq(3) {
		defer func() { s += fmt.Sprint("d", i) }()
	}
	return "ret:"
}
func recIn() (s string) {
	defer func() {
		for range seq(1) {
			if r := recover(); r != nil {
				s = fmt.Sprint("got ", r)
			}
		}
	}()
	panic("X")
}
func closures() []func() int {
	var fs []func() int
	for i, s := range seq2(3) {
		fs = append(fs, func() int { i++; return i + len(s) })
	}
	return fs
}

type Tree[T any] struct {
	l, r *Tree[T]
	v    T
}

func (t *Tree[T]) All() func(func(T) bool)  { return func(y func(T) bool) { t.push(y) } }
func (t *Tree[T]) push(y func(T) bool) bool { return t == nil || t.l.push(y) && y(t.v) && t.r.push(y) }
func ins[T any](t *Tree[T], v T, less func(a, b T) bool) *Tree[T] {
	if t == nil {
		return &Tree[T]{v: v}
	}
	if less(v, t.v) {
		t.l = ins(t.l, v, less)
	} else {
		t.r = ins(t.r, v, less)
	}
	return t
}

type Stack[T any] []T

func (s *Stack[T]) Push(v T) { *s = append(*s, v) }
func (s *Stack[T]) Pop() (v T, ok bool) {
	if len(*s) == 0 {
		return
	}
	v = (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return v, true
}

type Pair[A, B any] struct {
	a A
	b B
}

func mkPair[A, B any](a A, b B) Pair[A, B] { return Pair[A, B]{a, b} }
func (p Pair[A, B]) Swap() Pair[B, A]      { return Pair[B, A]{p.b, p.a} }

type Ord interface{ ~int | ~string | ~float64 }

func Max[T Ord](a T, rest ...T) T {
	for _, r := range rest {
		if r > a {
			a = r
		}
	}
	return a
}
func Keys[M ~map[K]V, K comparable, V any](m M) int {
	n := 0
	for range m {
		n++
	}
	return n
}
func Reduce[T, A any](xs []T, a A, f func(A, T) A) A {
	for _, x := range xs {
		a = f(a, x)
	}
	return a
}

type Stringer interface{ String() string }
type MyInt int

func (m MyInt) String() string { return fmt.Sprintf("MyInt(%d)", int(m)) }
func Join[T Stringer](xs []T) string {
	var sb strings.Builder
	for _, x := range xs {
		sb.WriteString(x.String())
	}
	return sb.String()
}

type PtrTo[T any] interface {
	*T
	Set(string)
}
type Conf struct{ s string }

func (c *Conf) Set(s string)             { c.s = s }
func Make[T any, P PtrTo[T]](s string) T { var t T; P(&t).Set(s); return t }
func chanOf[T any](xs ...T) <-chan T {
	c := make(chan T, len(xs))
	for _, x := range xs {
		c <- x
	}
	close(c)
	return c
}

type List[T any] struct {
	next *List[T]
	val  T
}

func (l *List[T]) Len() int {
	if l == nil {
		return 0
	}
	return 1 + l.next.Len()
}

type F func(int) F
type Shape interface {
	Area() float64
	Perimeter() float64
}
type Sq struct{ s float64 }
type Circ struct{ r float64 }

func (s Sq) Area() float64         { return s.s * s.s }
func (s Sq) Perimeter() float64    { return 4 * s.s }
func (c *Circ) Area() float64      { return 3 * c.r * c.r }
func (c *Circ) Perimeter() float64 { return 6 * c.r }

type myErr struct{ code int }

func (e *myErr) Error() string { return fmt.Sprint("myErr ", e.code) }
func mayFail(n int) error {
	if n > 0 {
		return &myErr{n}
	}
	return nil
}
func wrap(n int) (err error) {
	if e := mayFail(n); e != nil {
		return fmt.Errorf("wrap: %w", e)
	}
	return
}

func main() {
	for i := range seq(3) {
		fmt.Print(i, " ")
	}
	for i, s := range seq2(3) {
		fmt.Print(i, s, " ")
	}
	for range seq0(3) {
		fmt.Print(".")
	}
	var x int
	var arr [5]int
	for x = range seq(3) {
	}
	for arr[x] = range seq(4) {
		x++
		if x > 4 {
			break
		}
	}
	fmt.Println(x, arr)
	try("bad", func() {
		for x := range bad {
			fmt.Println("x", x)
			if x == 2 {
				break
			}
		}
	})
	try("late", func() {
		for range saver {
		}
		saved(2)
	})
	try("swallow", func() {
		for range swallow {
			panic("inside")
		}
	})
	try("inner", func() {
		for range seq(2) {
			panic("P")
		}
	})
	fmt.Println(named(3))
	fmt.Println(named(8))
	fmt.Println(named(50))
	r, s := big()
	fmt.Println(r[20], r[21], s)
	fmt.Println(gotos())
	fmt.Println(deferIn())
	for _, f := range closures() {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()
	var t *Tree[string]
	for _, w := range strings.Fields("the quick brown fox jumps over the lazy dog") {
		t = ins(t, w, func(a, b string) bool { return a < b })
	}
	for w := range t.All() {
		if w == "quick" {
			break
		}
		fmt.Print(w, " ")
	}
	fmt.Println()
	var st Stack[Pair[int, string]]
	st.Push(mkPair(1, "a"))
	st.Push(Pair[int, string]{2, "b"})
	v, ok := st.Pop()
	fmt.Println(v, ok, v.Swap())
	st.Pop()
	fmt.Println(st.Pop())
	fmt.Println(Max(1, 5, 3), Max("a", "c", "b"), Max(2.5), Keys(map[string]bool{"x": true}))
	fmt.Println(Reduce([]int{1, 2, 3}, "", func(a string, x int) string { return a + fmt.Sprint(x) }))
	fmt.Println(Join([]MyInt{1, 2}), Make[Conf]("hello").s)
	for v := range chanOf(1.5, 2.5) {
		fmt.Print(v, " ")
	}
	fmt.Println((&List[int]{&List[int]{nil, 2}, 1}).Len())
	f := Max[int]
	fmt.Println(f(4, 9))
	g := (*Stack[int]).Push
	var si Stack[int]
	g(&si, 4)
	fmt.Println(si)
	h := Pair[int, int].Swap
	fmt.Println(h(Pair[int, int]{1, 2}))
	shapes := []Shape{Sq{2}, &Circ{1}, &Sq{3}}
	for _, sh := range shapes {
		switch v := sh.(type) {
		case Sq:
			fmt.Print("Sq ", v.s)
		case *Circ:
			fmt.Print("Circ ", v.r)
		case interface{ Area() float64 }:
			fmt.Print("iface ", v.Area())
		}
		fmt.Println("", sh.Area(), sh.Perimeter())
	}
	err := wrap(3)
	var me *myErr
	fmt.Println(err, errors.As(err, &me), me.code, wrap(0) == nil, errors.Unwrap(err) == error(me))
	m := map[string][]int{}
	for i := range 5 {
		k := fmt.Sprint(i % 2)
		m[k] = append(m[k], i)
	}
	fmt.Println(m, len(m["0"]))
	type key struct {
		a int
		b string
	}
	mk := map[key]*[3]int{}
	mk[key{1, "a"}] = &[3]int{1, 2, 3}
	mk[key{1, "a"}][1]++
	fmt.Println(*mk[key{1, "a"}], mk[key{2, ""}] == nil)
	mf := map[float64]string{1.5: "x"}
	mi := map[any]int{1: 1, "a": 2, key{}: 3, [2]int{1, 2}: 4}
	fmt.Println(mf[1.5], mi["a"], mi[key{}], mi[[2]int{1, 2}], mi[2.0])
	ma := map[[2]string]bool{{"a", "b"}: true}
	fmt.Println(ma[[2]string{"a", "b"}], ma[[2]string{}])
	sel := make(chan int)
	quit := make(chan bool)
	outc := make(chan string, 10)
	go func() {
		for {
			select {
			case v := <-sel:
				outc <- fmt.Sprint("got", v)
			case <-quit:
				close(outc)
				return
			}
		}
	}()
	for i := range 3 {
		sel <- i
	}
	quit <- true
	for s := range outc {
		fmt.Print(s, " ")
	}
	fmt.Println()
	cs := []chan int{make(chan int, 1), make(chan int, 1)}
	i := 0
	fidx := func() int { i++; return i - 1 }
	select {
	case cs[fidx()] <- 10 + fidx():
		fmt.Println("sent", i)
	case v, ok := <-cs[1]:
		fmt.Println(v, ok)
	}
	var a5 [5]int
	sl := a5[1:3]
	pa := (*[2]int)(sl)
	pa[1] = 7
	av := [2]int(sl)
	av[0] = 100
	fmt.Println(a5, av, len(sl), cap(sl))
	func() {
		defer fmt.Println("last")
		defer func() { fmt.Println("rec:", recover()) }()
		var arr []int
		_ = arr[len(os.Args)+5]
	}()
	var fib F
	_ = fib
	var ff func(n int) int
	ff = func(n int) int {
		if n < 2 {
			return n
		}
		return ff(n-1) + ff(n-2)
	}
	fmt.Println(ff(20))
	b := []byte("abc")
	for i := range b {
		b[i] -= 32
	}
	fmt.Printf("%s %q %v %x\n", b, "q\n", []string{"a"}, 255)
lbl:
	for i := 0; i < 3; i++ {
		switch {
		case i == 1:
			continue lbl
		case i == 2:
			break lbl
		}
		fmt.Println("i", i)
	}
	var iface any = 3
	if n, ok := iface.(int); ok && n > 2 {
		fmt.Println("n", n)
	} else if s, ok := iface.(string); ok {
		fmt.Println(s)
	}
	fmt.Println(func(xs ...int) int { return len(xs) }(1, 2, 3), struct{ x, y int }{1, 2}.y, [...]int{1, 2, 3}[1], "abc"[1], map[string]int{"a": 1}["a"])
	var np *struct{ a, b int }
	try("nilfield", func() { fmt.Println(np.b) })
	try("nilmap", func() { var m map[string]int; m["a"]++ })
	try("conv", func() { var i any = "x"; fmt.Println(i.(fmt.Stringer)) })
	try("custom", func() { panic(&myErr{5}) })
	try("slice3", func() { s := make([]int, 2, 4); k := 5; _ = s[0:1:k] })
	try("str", func() { s := "abc"; k := 4; _ = s[k:] })
	try("arr", func() { var a [3]int; k := 3; a[k] = 1 })
	try("div", func() { var z int8; fmt.Println(5 % z) })
	try("chan", func() { var c chan int; close(c) })
	try("nested", func() { defer func() { panic(fmt.Sprint("re-", recover())) }(); panic("orig") })
	try("goexit-like", func() { defer func() { recover() }(); panic(1) })
}
