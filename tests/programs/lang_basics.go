// Methods, embedding, defer, recover, generics, ranges, maps, channels, conversions in one program.
package main

import "fmt"

type S struct {
	a, b int
	s    string
}
type Big struct {
	x [20]int
	p *int
	s string
}

func (s S) Val() int  { return s.a }
func (s *S) Ptr() int { return s.b }
func (b Big) Sum() (t int) {
	for _, v := range b.x {
		t += v
	}
	return
}
func (b *Big) Set(i, v int) { b.x[i] = v }

type I interface{ Val() int }
type J interface {
	I
	Ptr() int
}
type E struct {
	*S
	Big
}

func mkbig(n int) (b Big) {
	for i := range b.x {
		b.x[i] = n
	}
	b.s = "big"
	return
}
func two() (int, string)      { return 7, "seven" }
func bigs() (Big, error, Big) { return mkbig(1), nil, mkbig(2) }

func variadic(pre string, xs ...any) { fmt.Println(pre, len(xs), xs) }

func deferOrder() (r int) {
	defer func() { r *= 2 }()
	for i := 0; i < 3; i++ {
		defer func(n int) { r += n; fmt.Println("d", n, i) }(i)
	}
	return 10
}
func rec(f func()) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("recovered: %v", x)
		}
	}()
	f()
	return nil
}
func multi() (a int, b string, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("%v", e)
		}
	}()
	a, b = 1, "x"
	var m map[string]int
	m["a"] = 1
	return 5, "y", nil
}

type T[K comparable, V any] struct {
	m     map[K]V
	order []K
}

func (t *T[K, V]) Put(k K, v V) {
	if t.m == nil {
		t.m = map[K]V{}
	}
	if _, ok := t.m[k]; !ok {
		t.order = append(t.order, k)
	}
	t.m[k] = v
}
func (t *T[K, V]) All() func(yield func(K, V) bool) {
	return func(yield func(K, V) bool) {
		for _, k := range t.order {
			if !yield(k, t.m[k]) {
				return
			}
		}
	}
}
func Map[A, B any](xs []A, f func(A) B) []B {
	r := make([]B, 0, len(xs))
	for _, x := range xs {
		r = append(r, f(x))
	}
	return r
}

type Num interface{ ~int | ~float64 | ~uint8 }

func Sum[N Num](xs ...N) (t N) {
	for _, x := range xs {
		t += x
	}
	return t / 1
}

func find(t *T[string, int], want int) (string, bool) {
	for k, v := range t.All() {
		if v == want {
			return k, true
		}
	}
	return "", false
}
func seq(n int) func(func(int) bool) {
	return func(y func(int) bool) {
		for i := 0; i < n; i++ {
			if !y(i) {
				return
			}
		}
	}
}
func nested() string {
	out := ""
outer:
	for i := range seq(5) {
		for j := range seq(5) {
			if j == 3 {
				continue outer
			}
			if i == 3 {
				break outer
			}
			if i == 1 && j == 1 {
				continue
			}
			defer func() { fmt.Println("deferred", i, j) }()
			out += fmt.Sprint(i, j, ";")
			if i == 2 && j == 2 {
				return out + "ret"
			}
		}
	}
	return out
}

func main() {
	s := S{1, 2, "x"}
	var i I = s
	var j J = &s
	s.a = 9
	fmt.Println(i.Val(), j.Val(), j.Ptr())
	e := E{&s, mkbig(3)}
	fmt.Println(e.Val(), e.Ptr(), e.Sum(), e.a, e.p == nil)
	e.Set(2, 100)
	f := e.Sum
	e.Set(3, 1000)
	fmt.Println(f(), e.Sum(), (*S).Ptr(&s), S.Val(s), Big.Sum(e.Big))
	g := (&e).Ptr
	s.b = 77
	fmt.Println(g())
	a, b := two()
	fmt.Println(a, b)
	b1, err, b2 := bigs()
	fmt.Println(b1.Sum(), err, b2.Sum())
	variadic("none")
	variadic("some", 1, "a", nil, 2.5, S{})
	variadic("dots", []any{1, 2}...)
	fmt.Println(deferOrder())
	fmt.Println(rec(func() { var p *S; _ = p.a }))
	fmt.Println(rec(func() { var a []int; k := 5; _ = a[k] }))
	fmt.Println(rec(func() { x := 0; fmt.Println(1 / x) }))
	fmt.Println(rec(func() { var i any = "s"; _ = i.(int) }))
	fmt.Println(rec(func() { var i any; _ = i.(I) }))
	fmt.Println(rec(func() { var i any = 3; _ = i.(I) }))
	fmt.Println(rec(func() { a := make([]int, 3); k := 7; _ = a[1:k] }))
	fmt.Println(rec(func() { a := make([]int, 3); k := 2; _ = a[k:1] }))
	fmt.Println(rec(func() { k := -1; _ = make([]int, k) }))
	fmt.Println(rec(func() { k := -1; _ = 1 << k }))
	fmt.Println(rec(func() { a := []int{1, 2}; _ = [3]int(a) }))
	fmt.Println(multi())
	t := &T[string, int]{}
	t.Put("a", 1)
	t.Put("b", 2)
	t.Put("a", 3)
	fmt.Println(find(t, 2))
	fmt.Println(find(t, 9))
	fmt.Println(Map([]int{1, 2, 3}, func(i int) string { return fmt.Sprint(i * i) }))
	fmt.Println(Sum(1, 2, 3), Sum(1.5, 2), Sum[uint8](200, 100))
	fmt.Println(nested())
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i += 10; return i })
	}
	for _, f := range fs {
		fmt.Print(f(), " ", f(), " ")
	}
	fmt.Println()
	x := [3]int{1, 2, 3}
	for i, v := range x {
		x[2] = 10
		fmt.Print(i, v, " ")
	}
	fmt.Println()
	p := &x
	for i, v := range p {
		p[2] = 20
		fmt.Print(i, v, " ")
	}
	fmt.Println()
	for i, r := range "aé世\xff!" {
		fmt.Print(i, ":", r, " ")
	}
	fmt.Println()
	for i := range 3 {
		fmt.Print(i)
	}
	for range 2 {
		fmt.Print("!")
	}
	fmt.Println()
	c := complex(3, 4)
	c2 := c / complex(1, -2)
	fmt.Println(c*c, c2, real(c2), c == c2, -c)
	var z complex128
	fmt.Println(c/z, z/z)
	switch y := any(s).(type) {
	case int, string:
		fmt.Println("no", y)
	case S:
		fmt.Println("S", y.a)
	}
	switch {
	case s.a > 100:
		fmt.Println("big")
	case s.a == 9:
		fmt.Println("nine")
		fallthrough
	case false:
		fmt.Println("ft")
	default:
		fmt.Println("def")
	}
	switch s.a {
	case 1, 2, 3:
		fmt.Println("123")
	case 9:
		fmt.Println("9!")
	case 10, 11:
	}
	m := map[S][]int{{1, 2, "a"}: {1}, {3, 4, "b"}: {2, 3}}
	m[S{1, 2, "a"}] = append(m[S{1, 2, "a"}], 5)
	fmt.Println(len(m), m[S{1, 2, "a"}], m[S{}] == nil)
	delete(m, S{3, 4, "b"})
	v, ok := m[S{3, 4, "b"}]
	fmt.Println(v, ok)
	mm := map[string]map[string]int{"a": {"b": 1}}
	mm["a"]["c"]++
	mm["a"]["b"] += 5
	fmt.Println(mm)
	pp := []*S{{1, 2, "p"}, nil, {a: 5}}
	fmt.Println(pp[0].s, pp[1] == nil, pp[2].a)
	arr := [...]string{2: "two", 0: "zero", "one"}
	fmt.Println(len(arr), arr)
	fmt.Println(min(3, 1, 2), max(2.5, 1), min("b", "a"))
	bs := []byte("hello")
	copy(bs[1:], "EY")
	fmt.Println(string(bs), string(rune(0x4e16)), []rune("aé"), string([]rune{65, 0x4e16}))
	bs = append(bs, " world"...)
	bs = append([]byte(nil), bs...)
	fmt.Println(string(bs), len(bs))
	clear(m)
	fmt.Println(len(m))
	ch := make(chan int, 3)
	go func() {
		defer close(ch)
		for i := range 5 {
			ch <- i
		}
	}()
	for v := range ch {
		fmt.Print(v, " ")
	}
	v2, ok2 := <-ch
	fmt.Println(v2, ok2)
	done := make(chan struct{})
	res := make(chan Big)
	go func() { res <- mkbig(4); close(done) }()
	bb := <-res
	<-done
	fmt.Println(bb.Sum())
	select {
	case <-done:
		fmt.Println("done")
	default:
		fmt.Println("default")
	}
	var nilc chan int
	select {
	case x := <-nilc:
		fmt.Println(x)
	case nilc <- 1:
	default:
		fmt.Println("nil default")
	}
	goto end
end:
	fmt.Printf("%T %T %v\n", t, i, struct {
		A int
		B string
	}{1, "q"})
}
