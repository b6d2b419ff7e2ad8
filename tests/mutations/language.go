// A seed for mutations: much of the language in one file.
package main

type number interface {
	~int | ~int64 | ~float64
}

type list[T any] struct {
	head *item[T]
	size int
}

type item[T any] struct {
	value T
	next  *item[T]
}

func (l *list[T]) push(v T) { l.head = &item[T]{v, l.head}; l.size++ }

func (l *list[T]) all() func(yield func(int, T) bool) {
	return func(yield func(int, T) bool) {
		i := 0
		for n := l.head; n != nil; n = n.next {
			if !yield(i, n.value) {
				return
			}
			i++
		}
	}
}

func sum[T number](xs ...T) (total T) {
	for _, x := range xs {
		total += x
	}
	return
}

type shape interface {
	area() float64
	named
}

type named interface{ name() string }

type base struct{ label string }

func (b base) name() string { return b.label }

type square struct {
	base
	side float64 `unit:"m"`
}

func (s *square) area() float64 { return s.side * s.side }

const (
	a = iota + 1<<3
	b
	c, d = iota, "text" + "more"
)

var (
	table       = map[string][]int{"x": {1, 2}, "y": nil}
	grid        = [...][2]int{1: {1, 2}, {3: 0}[1:2][0]: {}}
	first, _    = pair()
	ch          = make(chan struct{}, 1)
	fn          = func(x int, ys ...string) (int, error) { return x, nil }
	_     shape = (*square)(nil)
)

func pair() (int, bool) { return a &^ b, true }

func classify(v any) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = "panic"
		}
	}()
	switch t := v.(type) {
	case nil:
		return "nil"
	case int, int64:
		s = "integer"
	case []byte:
		s = string(t)
	case func() int:
		s = string(rune('0' + t()))
	case shape:
		s = t.name()
		fallthroughTest(t.area())
	default:
		panic(t)
	}
	return
}

func fallthroughTest(f float64) int {
outer:
	for i := 0; ; i++ {
		switch {
		case f > 10:
			f -= 0x1p3
			continue outer
		case f < 1i*1i+2:
			fallthrough
		case i > 3:
			break outer
		default:
			goto end
		}
	}
end:
	select {
	case ch <- struct{}{}:
	case v, ok := <-ch:
		_, _ = v, ok
	default:
	}
	return int(f)
}

func main() {
	var l list[string]
	l.push("a")
	for i, v := range l.all() {
		println(i, v, len(table["x"]), grid[1][0], d)
	}
	go func() { ch <- struct{}{} }()
	x := []int{1, 2, 3}[:2:3]
	x, y := append(x, x...), copy(x, x[1:])
	x[0], x[1] = x[1], x[0]
	x[y&1] <<= 2
	println(sum(1, 2), sum(1.5), classify(&square{base{"s"}, 2}), complex(1, 2) == 1+2i, 'x', `raw`, c)
	_, err := fn(1, "a")
	if n, ok := err.(interface{ Timeout() bool }); ok && !n.Timeout() || first == 0 {
		return
	}
}
