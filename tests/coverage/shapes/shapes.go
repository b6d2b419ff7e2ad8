// Package shapes has statements of every kind, for their blocks.
package shapes

import (
	"errors"

	"example.com/coverage/plain"
)

var atStart = func(x int) int { return x + 1 }

var table = map[string]func(int) int{
	"a": func(x int) int {
		return x
	},
	"b": plain.Double,
}

func _() { panic("never") }

func empty() {}

func comments() {
	// Nothing but this.
}

func oneLine(x int) int { if x > 0 { return 1 }; return 2 }

func gaps(x int) int {
	a := x

	// A comment between statements.

	b := a * 2
	/* another
	one */
	c := b + a
	const (
		one = 1

		two = 2
	)

	return c + one + two
}

func chain(x int) string {
	if x < 0 {
		return "negative"
	} else if y := x % 10; y == 0 {
		return "round"
	} else if x > 1000 {
		return "large"
	} /* between */ else /* and */ {

		// Something else.

		return "other"
	}
}

func emptyElse(x int) {
	if x > 0 {
	} else {
	}
	if x > 1 {
		x--
	} else if x < 5 {
	}
}

func loops(n int) (sum int) {
	for i := 0; i < n; i++ {
		if i == 3 {
			continue
		}
		sum += i
	}
	for range n {
		sum++
	}
	for i, c := range "abc" {
		sum += i * int(c)
	}
	for {
		break
	}
	return
}

func labels(n int) int {
outer:
	for i := range n {
		for {
			if i > 1 {
				break outer
			}
			continue outer
		}
	}
	i := 0
again:
	i++
	if i < 3 {
		goto again
	}
	goto end
end:
	if n > 100 {
		return -1
	}
	{
		i += 2
	}
	switch {
	case n > 50:
		goto last
	}
last:
	return i
}

func switches(x any) (out string) {
	switch x := x.(type) {
	case nil:
	case int, string:
		out = "basic"
	case func():
		x()
		out = "func"
	default:
		// Nothing to do.
	}
	switch f := func() int { return 1 }; f() {
	case 1:
		out += "!"
		fallthrough
	case 2:
		out += "?"
	}
	switch {
	}
	switch x {
	case "a", func() string { return "b" }():
		return "early"
	}
	return out
}

func selects(c chan int) int {
	select {
	case c <- 1:
	default:
		return 0
	}
	select {
	case v, ok := <-c:
		if !ok {
			return -1
		}
		return v
	}
}

func literals() (n int) {
	f := func(x int) int {
		return x + n
	}
	n += f(1) + func() int { return 2 }()
	func() {
		defer func() {
			recover()
		}()
		panic("once")
	}()
	done := make(chan bool)
	go func() { done <- true }()
	<-done
	defer func() { n++ }()
	if g := func() bool { return true }; g() {
		n++
	}
	for h := func() bool { return n < 10 }; h(); n++ {
	}
	for range func() []int { return nil }() {
		n++
	}
	return n
}

type stack[T any] struct{ list []T }

func (s *stack[T]) push(x T) {
	s.list = append(s.list, x)
}

func (s *stack[T]) pop() (x T, err error) {
	if len(s.list) == 0 {
		return x, errors.New("empty")
	}
	x = s.list[len(s.list)-1]
	(*s).list[len(s.list)-1], s.list = x, s.list[:len(s.list)-1]
	return
}

func text() string {
	return `several

lines` + "one"
}
