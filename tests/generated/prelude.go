// What the generated programs share: output into a buffer by typed functions, so that printing a value does not make it escape,
// bounds on steps and on lines, and helpers that hide constants from the compiler.
package main

import (
	"fmt"
	"math"
	"math/bits"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

var (
	_ = math.Pi
	_ = bits.Len
	_ = sort.Ints
	_ = strings.Repeat
	_ sync.Mutex
	_ atomic.Int64
)

var (
	buf   []byte
	lines int
	fuel  int
)

type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

type ordered interface {
	integer | ~float32 | ~float64 | ~string
}

func nc[T any](x T) T { return x }

//go:noinline
func nv[T any](x T) T { return x }

func ifelse[T any](c bool, a, b T) T {
	if c {
		return a
	}
	return b
}

func cut[S ~string](s S) S {
	if len(s) > 40 {
		return s[:40]
	}
	return s
}

func toInt(f float64) int64 {
	if f > -1e9 && f < 1e9 {
		return int64(f)
	}
	return 77
}

func tick() {
	fuel--
	if fuel < 0 {
		panic("out of fuel")
	}
}

func room(tag string) bool {
	lines++
	if lines > 120 {
		return false
	}
	put(tag)
	return true
}

func put(s string) { buf = append(buf, s...) }
func nl() { buf = append(buf, '\n') }
func flush() {
	os.Stdout.Write(buf)
	buf = buf[:0]
}
func outInt(x int64) { buf = append(strconv.AppendInt(buf, x, 10), ' ') }
func outUint(x uint64) { buf = append(strconv.AppendUint(buf, x, 10), ' ') }
func outFloat(x float64) { buf = append(strconv.AppendFloat(buf, x, 'g', -1, 64), ' ') }
func outFloat32(x float32) { buf = append(strconv.AppendFloat(buf, float64(x), 'g', -1, 32), ' ') }
func outStr(x string) { buf = append(strconv.AppendQuote(buf, x), ' ') }
func outBool(x bool) { buf = append(strconv.AppendBool(buf, x), ' ') }
func outAny(x any) { buf = append(fmt.Appendf(buf, "%T:%v", x, x), ' ') }

func run(name string, f func()) {
	fuel, lines = 3000, 0
	put(name)
	nl()
	defer flush()
	defer func() {
		if r := recover(); r != nil {
			put("panic: ")
			put(fmt.Sprint(r))
			nl()
		}
	}()
	f()
}

func tr[T any](id int, v T) T {
	outInt(int64(id))
	return v
}

func upTo(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func pairs[T any](s []T) func(func(int, T) bool) {
	return func(yield func(int, T) bool) {
		defer put("<end>")
		for i := len(s) - 1; i >= 0; i-- {
			if !yield(i, s[i]) {
				put("<stop>")
				return
			}
		}
	}
}

func thrice(yield func() bool) {
	_ = yield() && yield() && yield()
}

func sum[T integer](xs ...T) (t T) {
	for _, x := range xs {
		t += x
	}
	return
}

func largest[T ordered](first T, rest ...T) T {
	for _, x := range rest {
		first = max(first, x)
	}
	return first
}

func mapped[T, U any](s []T, f func(T) U) []U {
	r := make([]U, 0, len(s))
	for _, x := range s {
		r = append(r, f(x))
	}
	return r
}

func keys[K comparable, V any](m map[K]V, less func(a, b K) bool) []K {
	var r []K
	for k := range m {
		r = append(r, k)
	}
	sort.Slice(r, func(i, j int) bool { return less(r[i], r[j]) })
	return r
}

type stack[T any] struct{ items []T }

func (s *stack[T]) push(x T) { s.items = append(s.items, x) }
func (s *stack[T]) pop() (x T, ok bool) {
	if len(s.items) == 0 {
		return
	}
	x = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return x, true
}

type duo[A, B any] struct {
	a A
	b B
}

func (d duo[A, B]) swap() duo[B, A] { return duo[B, A]{d.b, d.a} }

type node[T ordered] struct {
	left, right *node[T]
	value       T
	count       int
}

func (n *node[T]) insert(x T) *node[T] {
	if n == nil {
		return &node[T]{value: x, count: 1}
	}
	switch {
	case x < n.value:
		n.left = n.left.insert(x)
	case x > n.value:
		n.right = n.right.insert(x)
	default:
		n.count++
	}
	return n
}

func (n *node[T]) all(yield func(T, int) bool) bool {
	return n == nil || n.left.all(yield) && yield(n.value, n.count) && n.right.all(yield)
}
