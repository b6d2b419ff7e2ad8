// Each function allocates at most as often as under Go. The program prints `name count`, the objects allocated in 100 calls.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unsafe"
)

type point struct{ x, y int }

type node struct {
	next *node
	val  int
}

type shape interface{ area() int }

type square struct{ side int }
type rect struct{ w, h int }

func (s square) area() int { return s.side * s.side }
func (r *rect) area() int  { return r.w * r.h }

type digest struct{ state uint64 }

// sum is small, so that its result can be in the caller's frame; what it calls is not.
func (d *digest) sum() []byte {
	var out [32]byte
	return d.fill(&out)
}

func (d *digest) fill(out *[32]byte) []byte {
	x := d.state
	for i := 0; i < 32; i += 8 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i], out[i+1], out[i+2], out[i+3] = byte(x), byte(x>>8), byte(x>>16), byte(x>>24)
		out[i+4], out[i+5], out[i+6], out[i+7] = byte(x>>32), byte(x>>40), byte(x>>48), byte(x>>56)
	}
	return out[:]
}

type stack struct{ items []int }

func (s *stack) push(v int) { s.items = append(s.items, v) }
func (s *stack) pop() int {
	v := s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return v
}

type tree struct {
	left, right *tree
	key         int
}

func (t *tree) insert(k int) *tree {
	if t == nil {
		return &tree{key: k}
	}
	if k < t.key {
		t.left = t.left.insert(k)
	} else {
		t.right = t.right.insert(k)
	}
	return t
}

func (t *tree) sum() int {
	if t == nil {
		return 0
	}
	return t.key + t.left.sum() + t.right.sum()
}

type option func(*config)
type config struct{ a, b int }

func withA(a int) option { return func(c *config) { c.a = a } }

func build(opts ...option) config {
	var c config
	for _, o := range opts {
		o(&c)
	}
	return c
}

var (
	sink    any
	sinkInt int
	sinkStr string
	text    = []byte("the quick brown fox jumps over the lazy dog")
	short   = []byte("short")
	name    = "gopher"
	seven   = 7
	table   = map[string]int{"short": 1, "gopher": 2}
	mu      sync.Mutex
	global  *point
)

//go:noinline
func use(p *point) int { return p.x + p.y }

//go:noinline
func newPoint(x, y int) *point { return &point{x, y} }

func small(x, y int) *point { return &point{x, y} }

//go:noinline
func sumSlice(s []int) (n int) {
	for _, v := range s {
		n += v
	}
	return
}

//go:noinline
func variadic(xs ...int) int { return sumSlice(xs) }

//go:noinline
func anys(xs ...any) int { return len(xs) }

//go:noinline
func apply(f func(int) int, n int) int { return f(n) }

//go:noinline
func areaOf(s shape) int { return s.area() }

//go:noinline
func length(s string) int { return len(s) }

//go:noinline
func firstByte(b []byte) byte { return b[0] }

//go:noinline
func identity(p *point) *point { return p }

//go:noinline
func swap(p, q **point) { *p, *q = *q, *p }

//go:noinline
func fill(p *point, n *int) { p.x = *n }

//go:noinline
func errOf(fail bool) error {
	if fail {
		return fmt.Errorf("failed")
	}
	return nil
}

//go:noinline
func counter() func() int {
	n := 0
	return func() int { n++; return n }
}

//go:noinline
func deferred(n *int) {
	defer func() { *n++ }()
	*n++
}

//go:noinline
func locked() {
	mu.Lock()
	defer mu.Unlock()
	sinkInt++
}

//go:noinline
func recovered() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	var p *point
	p.x = 1
	return nil
}

//go:noinline
func deferLoop(n int) (s int) {
	for i := 0; i < n; i++ {
		defer func() { s += i }()
	}
	return
}

func generic[T any](xs []T, f func(T) bool) (n int) {
	for _, x := range xs {
		if f(x) {
			n++
		}
	}
	return
}

type pair[K comparable, V any] struct {
	key K
	val V
}

//go:noinline
func mapOf[K comparable, V any](ps ...pair[K, V]) int {
	m := make(map[K]V)
	for _, p := range ps {
		m[p.key] = p.val
	}
	return len(m)
}

func seq(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

var cases = []struct {
	name string
	f    func()
}{
	{"local pointer", func() { p := &point{1, 2}; sinkInt += use(p) }},
	{"new", func() { p := new(point); p.x = seven; sinkInt += use(p) }},
	{"constructor", func() { sinkInt += newPoint(1, 2).x }},
	{"inlined constructor", func() { p := small(1, 2); sinkInt += use(p) }},
	{"through a function", func() { sinkInt += identity(&point{3, 4}).y }},
	{"swapped", func() { p, q := &point{1, 2}, &point{3, 4}; swap(&p, &q); sinkInt += p.x }},
	{"out parameter", func() { var p point; n := 5; fill(&p, &n); sinkInt += p.x }},
	{"pointer to pointer", func() { p := &point{1, 2}; pp := &p; sinkInt += (*pp).x }},
	{"global", func() { global = &point{1, 2} }},
	{"linked list", func() {
		var head *node
		for i := range 5 {
			head = &node{head, i}
		}
		for n := head; n != nil; n = n.next {
			sinkInt += n.val
		}
	}},
	{"two nodes", func() { a := &node{nil, 1}; b := &node{a, 2}; sinkInt += b.next.val }},
	{"tree", func() {
		var t *tree
		for _, k := range [...]int{5, 3, 8} {
			t = t.insert(k)
		}
		sinkInt += t.sum()
	}},
	{"in a loop", func() {
		for i := range 10 {
			p := &point{i, i}
			sinkInt += use(p)
		}
	}},
	{"large array", func() { var a [1000]int; a[seven] = 1; sinkInt += sumSlice(a[:]) }},
	{"huge array", func() { var a [20000]int; a[seven] = 1; sinkInt += sumSlice(a[:]) }},
	{"make constant", func() { s := make([]int, 10); s[3] = 1; sinkInt += sumSlice(s) }},
	{"make large constant", func() { s := make([]int, 9000); s[3] = 1; sinkInt += sumSlice(s) }},
	{"make variable small", func() { s := make([]byte, seven-4); s[1] = 1; sinkInt += int(firstByte(s)) }},
	{"make variable ints", func() { s := make([]int, seven-4); s[1] = 1; sinkInt += sumSlice(s) }},
	{"make variable large", func() { s := make([]int, seven*10); s[1] = 1; sinkInt += sumSlice(s) }},
	{"make zero cap append", func() {
		s := make([]int, 0, seven-4)
		s = append(s, 1, 2)
		sinkInt += sumSlice(s)
	}},
	{"slice literal", func() { sinkInt += sumSlice([]int{1, 2, seven}) }},
	{"slice of pointers", func() { s := []*point{{1, 2}, {3, 4}}; sinkInt += s[seven&1].x }},
	{"append from nil one", func() { var s []int; s = append(s, seven); sinkInt += sumSlice(s) }},
	{"append from nil four", func() {
		var s []int
		for i := range 4 {
			s = append(s, i)
		}
		sinkInt += sumSlice(s)
	}},
	{"append from nil ten", func() {
		var s []int
		for i := range 10 {
			s = append(s, i)
		}
		sinkInt += sumSlice(s)
	}},
	{"append bytes", func() { var b []byte; b = append(b, "hello"...); b = append(b, name...); sinkInt += int(firstByte(b)) }},
	{"append pointers", func() { var s []*point; s = append(s, &point{1, 2}); sinkInt += s[0].x }},
	{"append strings", func() { var s []string; s = append(s, name, "b"); sinkInt += len(s[1]) }},
	{"append to a buffer", func() { var buf [64]byte; b := append(buf[:0], name...); sinkInt += int(firstByte(b)) }},
	{"append within capacity", func() { s := make([]int, 0, 8); s = append(s, 1, 2, 3); sinkInt += sumSlice(s) }},
	{"stack type", func() {
		var s stack
		s.push(1)
		s.push(2)
		sinkInt += s.pop()
	}},
	{"variadic", func() { sinkInt += variadic(1, 2, seven) }},
	{"variadic none", func() { sinkInt += variadic() }},
	{"variadic any", func() { sinkInt += anys(seven, name, 1.5, nil) }},
	{"box small int", func() { sink = seven }},
	{"box byte", func() { sink = text[0] }},
	{"box constant", func() { sink = 12345 }},
	{"box constant string", func() { sink = "constant" }},
	{"box string", func() { sink = name }},
	{"box bool", func() { sink = seven > 3 }},
	{"box pointer", func() { sink = global }},
	{"box large int", func() { sink = seven * 1000 }},
	{"box zero struct", func() { sink = struct{}{} }},
	{"box local", func() { var x any = seven * 1000; sinkInt += x.(int) }},
	{"box compared", func() {
		var x, y any = seven * 1000, seven * 1001
		if x == y {
			sinkInt++
		}
	}},
	{"box struct local", func() { var x any = point{seven, 2}; sinkInt += x.(point).x }},
	{"interface value call", func() { sinkInt += areaOf(square{seven}) }},
	{"interface pointer call", func() { sinkInt += areaOf(&rect{seven, 2}) }},
	{"interface direct call", func() { var s shape = &rect{2, 3}; sinkInt += s.area() }},
	{"interfaces in a slice", func() {
		for _, s := range []shape{square{2}, &rect{2, 3}} {
			sinkInt += s.area()
		}
	}},
	{"type switch", func() {
		var x any = seven * 1000
		switch v := x.(type) {
		case int:
			sinkInt += v
		case string:
			sinkInt += len(v)
		}
	}},
	{"closure", func() { n := seven; sinkInt += apply(func(x int) int { return x + n }, 1) }},
	{"closure by reference", func() {
		n := 0
		f := func() { n++ }
		f()
		f()
		sinkInt += n
	}},
	{"closure returned", func() { c := counter(); sinkInt += c() + c() }},
	{"closures in a slice", func() {
		n := 0
		for _, f := range []func(){func() { n++ }, func() { n += 2 }} {
			f()
		}
		sinkInt += n
	}},
	{"closure in a struct", func() {
		n := 0
		h := struct{ f func() }{func() { n++ }}
		h.f()
		sinkInt += n
	}},
	{"closures in a map", func() {
		m := map[string]func(int) int{"double": func(x int) int { return 2 * x }}
		sinkInt += m["double"](seven)
	}},
	{"recursive closure", func() {
		var fib func(int) int
		fib = func(n int) int {
			if n < 2 {
				return n
			}
			return fib(n-1) + fib(n-2)
		}
		sinkInt += fib(5)
	}},
	{"method value", func() { r := &rect{2, 3}; f := r.area; sinkInt += f() }},
	{"method value passed", func() { s := square{2}; f := s.area; sinkInt += apply(func(int) int { return f() }, 1) }},
	{"method expression", func() { f := (*rect).area; sinkInt += f(&rect{2, 3}) }},
	{"functional options", func() { c := build(withA(1), withA(seven)); sinkInt += c.a }},
	{"generic function", func() { sinkInt += generic([]int{1, 2, 3}, func(x int) bool { return x > seven }) }},
	{"generic map", func() { sinkInt += mapOf(pair[string, int]{"a", 1}, pair[string, int]{"b", 2}) }},
	{"range over function", func() {
		for i := range seq(5) {
			sinkInt += i
		}
	}},
	{"defer", func() { n := 0; deferred(&n); sinkInt += n }},
	{"defer unlock", func() { locked() }},
	{"defer in a loop", func() { sinkInt += deferLoop(3) }},
	{"recover", func() { sink = recovered() }},
	{"error not made", func() {
		if err := errOf(false); err != nil {
			sinkInt++
		}
	}},
	{"error path", func() { sink = errOf(true) }},
	{"concatenation local", func() { s := name + "!"; sinkInt += length(s) }},
	{"concatenation of three", func() { s := name + "-" + name; sinkInt += length(s) }},
	{"concatenation long", func() { s := name + name + name + name + name + name; sinkInt += length(s) }},
	{"concatenation kept", func() { sinkStr = name + "!" }},
	{"concatenation with empty", func() { sinkStr = name + sinkStr[:0] }},
	{"concatenation compared", func() {
		if name+"!" == "gopher!" {
			sinkInt++
		}
	}},
	{"concatenation in a loop", func() {
		s := ""
		for range 3 {
			s += "x"
		}
		sinkInt += length(s)
	}},
	{"bytes to string local", func() { s := string(short); sinkInt += length(s) }},
	{"bytes to string long", func() { s := string(text); sinkInt += length(s) }},
	{"bytes to string compared", func() {
		if string(text) == "the quick brown fox jumps over the lazy dog" {
			sinkInt++
		}
	}},
	{"bytes to string switched", func() {
		switch string(text) {
		case "a":
			sinkInt++
		case "the quick brown fox jumps over the lazy dog":
			sinkInt += 2
		}
	}},
	{"bytes as a map key", func() { sinkInt += table[string(short)] }},
	{"long bytes as a map key", func() { sinkInt += table[string(text)] }},
	{"bytes ranged over", func() {
		for _, r := range string(text) {
			sinkInt += int(r)
		}
	}},
	{"string to bytes ranged over", func() {
		for _, b := range []byte("a longer string than fits any small buffer of the stack") {
			sinkInt += int(b)
		}
	}},
	{"variable string ranged as bytes", func() {
		for _, b := range []byte(sinkLong) {
			sinkInt += int(b)
		}
	}},
	{"string to bytes local", func() { b := []byte(name); b[0] = 'x'; sinkInt += int(firstByte(b)) }},
	{"string to bytes long", func() { b := []byte(sinkLong); b[0] = 'x'; sinkInt += int(firstByte(b)) }},
	{"string to bytes read only", func() { sinkInt += int(firstByte([]byte(sinkLong))) }},
	{"bytes concatenated", func() { s := "<" + string(text) + ">"; sinkInt += length(s) }},
	{"string of a rune", func() { s := string(rune('a' + seven)); sinkInt += length(s) }},
	{"string of a byte", func() { s := string(text[:1]); sinkStr = s }},
	{"runes local", func() { r := []rune(name); sinkInt += len(r) }},
	{"runes to string", func() { r := []rune{'a', 'b'}; s := string(r); sinkInt += length(s) }},
	{"local map literal", func() { m := map[int]int{1: 2, 3: 4}; sinkInt += m[seven] }},
	{"local map made", func() { m := make(map[string]int); m["a"] = 1; sinkInt += m["a"] }},
	{"local map of strings", func() { m := map[string]string{}; m[name] = "b"; sinkInt += len(m) }},
	{"local set", func() {
		m := map[int]struct{}{}
		for i := range 5 {
			m[i%3] = struct{}{}
		}
		sinkInt += len(m)
	}},
	{"map with a size hint", func() { m := make(map[int]int, 100); m[1] = 2; sinkInt += m[1] }},
	{"map of twenty", func() {
		m := map[int]int{}
		for i := range 20 {
			m[i] = i
		}
		sinkInt += len(m)
	}},
	{"map iterated", func() {
		for k, v := range table {
			sinkInt += len(k) + v
		}
	}},
	{"nil map read", func() { var m map[string]int; sinkInt += m[name] }},
	{"map of pointers", func() { m := map[string]*point{}; m["a"] = &point{1, 2}; sinkInt += m["a"].x }},
	{"map of slices", func() { m := map[string][]int{}; m["a"] = append(m["a"], 1); sinkInt += len(m["a"]) }},
	{"map cleared", func() { m := map[int]int{1: 1}; clear(m); sinkInt += len(m) }},
	{"channel", func() { c := make(chan int, 1); c <- 1; sinkInt += <-c }},
	{"channel of pointers", func() { c := make(chan *point, 1); c <- &point{1, 2}; sinkInt += (<-c).x }},
	{"select", func() {
		c := make(chan int, 1)
		select {
		case c <- 1:
		default:
		}
		sinkInt += len(c)
	}},
	{"goroutine", func() {
		done := make(chan int)
		go func() { done <- seven }()
		sinkInt += <-done
	}},
	{"mutex", func() { var m sync.Mutex; m.Lock(); sinkInt++; m.Unlock() }},
	{"wait group", func() { var wg sync.WaitGroup; wg.Add(1); wg.Done(); wg.Wait() }},
	{"once", func() { var o sync.Once; o.Do(func() { sinkInt++ }) }},
	{"builder", func() { var b strings.Builder; b.WriteString(name); b.WriteByte('!'); sinkInt += length(b.String()) }},
	{"builder grown", func() { var b strings.Builder; b.Grow(20); b.WriteString(name); sinkInt += length(b.String()) }},
	{"strings.Split", func() { sinkInt += len(strings.Split("a,b,c", ",")) }},
	{"strings.Fields", func() { sinkInt += len(strings.Fields("a b c")) }},
	{"strings.Join", func() { sinkInt += length(strings.Join([]string{"a", name}, "-")) }},
	{"strings.ToUpper", func() { sinkInt += length(strings.ToUpper(name)) }},
	{"strings.Replace", func() { sinkInt += length(strings.ReplaceAll(name, "g", "G")) }},
	{"strings.Contains", func() {
		if strings.Contains(name, "ph") && strings.HasPrefix(name, "go") {
			sinkInt++
		}
	}},
	{"strings.TrimSpace", func() { sinkInt += length(strings.TrimSpace("  a ")) }},
	{"strings.Map", func() { sinkInt += length(strings.Map(func(r rune) rune { return r + 1 }, name)) }},
	{"strings.NewReader", func() { r := strings.NewReader(name); b, _ := r.ReadByte(); sinkInt += int(b) }},
	{"strconv.Itoa small", func() { sinkInt += length(strconv.Itoa(seven)) }},
	{"strconv.Itoa", func() { sinkInt += length(strconv.Itoa(seven * 12345)) }},
	{"strconv.AppendInt", func() { var b [20]byte; sinkInt += len(strconv.AppendInt(b[:0], int64(seven), 10)) }},
	{"strconv.Atoi", func() { n, _ := strconv.Atoi("1234"); sinkInt += n }},
	{"strconv.Atoi error", func() { _, err := strconv.Atoi("x"); sink = err }},
	{"strconv.ParseFloat", func() { f, _ := strconv.ParseFloat("1.25", 64); sinkInt += int(f) }},
	{"strconv.Quote", func() { sinkInt += length(strconv.Quote(name)) }},
	{"strconv.FormatFloat", func() { sinkInt += length(strconv.FormatFloat(1.25, 'g', -1, 64)) }},
	{"fmt.Sprint", func() { sinkStr = fmt.Sprint(seven) }},
	{"fmt.Sprintf int", func() { sinkStr = fmt.Sprintf("%d", seven*1000) }},
	{"fmt.Sprintf string", func() { sinkStr = fmt.Sprintf("%s-%s", name, name) }},
	{"fmt.Sprintf struct", func() { sinkStr = fmt.Sprintf("%v", point{1, 2}) }},
	{"fmt.Sprintf pointer", func() { sinkStr = fmt.Sprintf("%+v", &point{1, 2}) }},
	{"fmt.Errorf", func() { sink = fmt.Errorf("wrapped: %w", os.ErrNotExist) }},
	{"fmt.Fprintf", func() { var b strings.Builder; fmt.Fprintf(&b, "%d", seven); sinkInt += b.Len() }},
	{"fmt.Sscanf", func() { var n int; fmt.Sscanf("12", "%d", &n); sinkInt += n }},
	{"context.WithCancel", func() { c, cancel := context.WithCancel(context.Background()); cancel(); <-c.Done() }},
	{"context in a context", func() {
		c, cancel := context.WithCancel(context.Background())
		d, cancelInner := context.WithCancel(c)
		cancelInner()
		cancel()
		<-d.Done()
	}},
	{"io.Pipe", func() { r, w := io.Pipe(); sink, sink = r, w }},
	{"utf16.Decode", func() { sinkInt += len(utf16.Decode(words)) }},
	{"sort.Ints", func() { s := []int{3, 1, 2}; sort.Ints(s); sinkInt += s[0] }},
	{"sort.Slice", func() { s := []int{3, 1, 2}; sort.Slice(s, func(i, j int) bool { return s[i] < s[j] }); sinkInt += s[0] }},
	{"sort.Sort", func() { s := []int{3, 1, 2}; sort.Sort(sort.IntSlice(s)); sinkInt += s[0] }},
	{"sort.Strings", func() { s := []string{"b", "a"}; sort.Strings(s); sinkInt += len(s[0]) }},
	{"slices.Sort", func() { s := []int{3, 1, 2}; slices.Sort(s); sinkInt += s[0] }},
	{"slices.SortFunc", func() { s := []int{3, 1, 2}; slices.SortFunc(s, func(a, b int) int { return b - a }); sinkInt += s[0] }},
	{"slices.Contains", func() {
		if slices.Contains([]int{1, 2, seven}, 7) {
			sinkInt++
		}
	}},
	{"slices.Clone", func() { s := slices.Clone([]int{1, 2, 3}); sinkInt += s[0] }},
	{"struct by value", func() { a := [4]point{{1, 2}}; b := a; b[seven&3].x = 3; sinkInt += b[1].x + a[0].x }},
	{"struct compared", func() {
		a, b := point{1, seven}, point{1, 7}
		if a == b {
			sinkInt++
		}
	}},
	{"matrix", func() {
		m := make([][]int, 3)
		for i := range m {
			m[i] = make([]int, 3)
		}
		m[1][1] = seven
		sinkInt += m[1][1]
	}},
	{"array of slices", func() { var a [3][]int; a[1] = []int{1, 2}; sinkInt += len(a[seven&1]) }},
	{"slice copied", func() { a := make([]int, 4); copy(a, []int{1, 2, 3}); sinkInt += a[1] }},
	{"pointer in a struct", func() { n := seven; s := struct{ p *int }{&n}; *s.p++; sinkInt += n }},
	{"pointer in an array", func() { n := seven; a := [2]*int{&n}; *a[0]++; sinkInt += n }},
	{"pointer in a local interface", func() { n := seven; var x any = &n; *x.(*int)++; sinkInt += n }},
	{"linked locals", func() { a, b := node{}, node{}; a.next, b.next = &b, &a; sinkInt += a.next.next.val }},
	{"conditional", func() {
		var p *point
		if seven > 3 {
			p = &point{1, 2}
		} else {
			p = &point{3, 4}
		}
		sinkInt += p.x
	}},
	{"cold leak", func() {
		p := &point{seven, 2}
		if p.x == 0 {
			global = p
		}
		sinkInt += p.y
	}},
	{"made for the caller", func() {
		var d digest
		d.state = uint64(seven)
		sinkInt += int(d.sum()[3]) + int(d.sum()[5])
	}},
	{"insert", func() {
		s := sinkSlice[:0]
		for i := range seven {
			s = slices.Insert(s, len(s)/2, i, i+1)
		}
		sinkInt += s[3]
	}},
	{"addresses compared", func() {
		var a, b [4]int
		if uintptr(unsafe.Pointer(&a[seven-5])) < uintptr(unsafe.Pointer(&b[0])) {
			sinkInt++
		}
	}},
	{"panic not taken", func() {
		if seven == 0 {
			panic(fmt.Sprintf("bad %d", seven))
		}
	}},
}

var words = []uint16{'a', 0xd83d, 0xde00}

var sinkSlice = make([]int, 0, 100)

var sinkLong = strings.Repeat("long string ", 10)

func main() {
	var before, after runtime.MemStats
	for _, c := range cases {
		c.f()
		runtime.ReadMemStats(&before)
		for range 100 {
			c.f()
		}
		runtime.ReadMemStats(&after)
		println(c.name+":", int(after.Mallocs-before.Mallocs))
	}
}
