package shapes

import "testing"

func TestShapes(t *testing.T) {
	atStart(table["b"](1))
	empty()
	comments()
	oneLine(1)
	gaps(1)
	for i := range 30 {
		chain(i)
	}
	emptyElse(1)
	loops(5)
	labels(4)
	switches(1)
	switches(func() {})
	selects(make(chan int, 1))
	literals()
	var s stack[string]
	s.push("a")
	s.pop()
	s.pop()
	var ints stack[int]
	ints.push(1)
	text()
}
