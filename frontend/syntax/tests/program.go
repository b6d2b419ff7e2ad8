//go:build linux && (amd64 || !arm64)

// A bit of everything that the grammar has.
package program

import (
	"fmt"
	. "math"
	_ "unsafe"
	str "strings"
)

import "os"

const (
	A, B = iota, 1 << iota
	C, D
	E float64 = 0x1.8p-3
	_         = 1_000 + 0b1010 + 0o17 + 017 + 0xBad_Face + 'x' + '\'' + '\u00e9' + '\xff' + '\377'
)

const im = 1.5e+3i + .25 + 1. + 0i

var (
	x, y  int = 1, 2
	raw       = `a
b\n` + "c\n\t\"\U0001F600"
	table = map[string][]struct{ a, b int }{
		"one": {{1, 2}, {a: 3, b: 4}},
		"two": {},
	}
	arr   = [...]string{2: "c", "d"}
	fn    func(int, ...string) (n int, err error)
	ch    chan<- <-chan (chan int)
	ptr   **[10]*int
	größe = 1
)

type (
	Alias             = fmt.Stringer
	GenericAlias[P any] = map[string]P
	Number            interface {
		~int | ~int64 | float64
		comparable
		fmt.Stringer
		Do(x, y int) (z int)
	}
	List[T any] struct {
		head, tail *node[T]
		*embedded
		pkg.Other `tag:"x"`
		Pair[int, T]
		n int "another"
	}
	Arr  [N]int
	Arr2 [N * M]int
	P1[P *C,]     struct{}
	P2[P interface{ *C }, Q []P] struct{}
	P3[P *int | ~string] struct{}
	F    func(yield func(int, string) bool)
)

//go:noinline
func (l *List[T]) Push(v T, rest ...T) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			ok = false
		}
	}()
	l.tail.next, l.n = &node[T]{v: v}, l.n+1
	return len(rest) == 0 || l.Push(rest[0], rest[1:]...)
}

func Map[K comparable, V, W any](m map[K]V, f func(V) W) map[K]W {
	out := make(map[K]W, len(m))
	for k, v := range m {
		out[k] = f(v)
	}
	return out
}

func external(a, b uintptr) uintptr

func statements(in <-chan int, out chan int, v any) (res int, err error) {
	var a, b = 1, "s"
	type local struct{ x int }
	const k = 3
outer:
	for i := 0; i < 10; i++ {
		for range 3 {
			if i%2 == 0 {
				continue outer
			} else if i > 5 && !(i == 7) {
				break outer
			} else {
				goto done
			}
		}
	}
done:
	for i := range 10 {
		res += i &^ 1 << 2 >> 1
	}
	for a < 3 {
		a++
	}
	for {
		break
	}
	for _, c := range b {
		fmt.Println(string(c), c|1^2&3)
	}
	switch y := v.(type) {
	case nil:
	case int, *int:
		_ = y
	case []string, map[string]int, func(int) bool:
		return
	default:
		panic("no")
	}
	switch x := a; {
	case x > 1, x < -1:
		fallthrough
	case x == 0:
	}
	select {
	case n, ok := <-in:
		_, _ = n, ok
	case out <- 1 + 2:
	case <-in:
	default:
	}
	s := []int{1, 2, 3}
	s = append(s[:1:2], s[1:]...)
	if p := &(local{x: 1}); p.x != s[0] {
		p.x *= +s[1] - -s[2]
	}
	f := func(xs ...int) (func(), error) { return nil, nil }
	go f(s...)
	res, err = Sqrt[float64](2), os.ErrExist
	_ = (*local)(nil)
	_ = Map[string, int, bool](nil, func(int) bool { return true })
	_ = struct{}{}
	_ = [2][2]int{{1}, {1: 2}}
	_ = interface{ M() }(nil).(interface{ N() })
	{
		;
	}
	return res, err
}
