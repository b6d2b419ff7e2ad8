package pprof

import (
	"io"
	"runtime"
	"time"
)

// An encoder writes the format of the pprof tool: protocol buffers of its profile.proto.
type encoder struct {
	out       []byte
	strings   []string
	stringOf  map[string]int
	functions map[function]int
	locations map[uintptr]int
	tables    []byte
	// Of the next sample.
	label []byte
}

type function struct {
	name, file string
}

func newEncoder() *encoder {
	e := &encoder{stringOf: map[string]int{}, functions: map[function]int{}, locations: map[uintptr]int{}}
	e.text("")
	return e
}

func varint(out []byte, n uint64) []byte {
	for n >= 0x80 {
		out = append(out, byte(n)|0x80)
		n >>= 7
	}
	return append(out, byte(n))
}

// number appends a field that is an integer, unless it is 0.
func number(out []byte, field int, n int64) []byte {
	if n == 0 {
		return out
	}
	return varint(varint(out, uint64(field)<<3), uint64(n))
}

// message appends a field that is a message, a text or packed integers.
func message(out []byte, field int, body []byte) []byte {
	out = varint(out, uint64(field)<<3|2)
	return append(varint(out, uint64(len(body))), body...)
}

func (e *encoder) text(s string) int64 {
	if i, ok := e.stringOf[s]; ok {
		return int64(i)
	}
	i := len(e.strings)
	e.strings = append(e.strings, s)
	e.stringOf[s] = i
	return int64(i)
}

// kind appends a field of two texts: type and unit.
func (e *encoder) kind(field int, name, unit string) {
	e.out = message(e.out, field, number(number(nil, 1, e.text(name)), 2, e.text(unit)))
}

func (e *encoder) function(name, file string) int64 {
	key := function{name, file}
	if id, ok := e.functions[key]; ok {
		return int64(id)
	}
	id := len(e.functions) + 1
	e.functions[key] = id
	body := number(nil, 1, int64(id))
	body = number(body, 2, e.text(name))
	body = number(body, 3, e.text(name))
	body = number(body, 4, e.text(file))
	e.tables = message(e.tables, 5, body)
	return int64(id)
}

// location is the number of a program counter that Callers gave.
func (e *encoder) location(pc uintptr) uint64 {
	if id, ok := e.locations[pc]; ok {
		return uint64(id)
	}
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	if pc == 0 || frame.Function == "" {
		frame.Function = "runtime._System"
	}
	id := len(e.locations) + 1
	e.locations[pc] = id
	line := number(nil, 1, e.function(frame.Function, frame.File))
	line = number(line, 2, int64(frame.Line))
	body := number(nil, 1, int64(id))
	body = number(body, 2, 1)
	body = number(body, 3, int64(uint64(pc)&(1<<48-1)))
	e.tables = message(e.tables, 4, message(body, 4, line))
	return uint64(id)
}

// sample appends a stack, innermost first, with its values.
func (e *encoder) sample(stack []uintptr, values ...int64) {
	if len(stack) == 0 {
		stack = []uintptr{0}
	}
	var places, numbers []byte
	for _, pc := range stack {
		places = varint(places, e.location(pc))
	}
	for _, v := range values {
		numbers = varint(numbers, uint64(v))
	}
	body := message(message(nil, 1, places), 2, numbers)
	if e.label != nil {
		body = message(body, 3, e.label)
	}
	e.out = message(e.out, 2, body)
}

// finish writes everything.
func (e *encoder) finish(w io.Writer, start time.Time, duration time.Duration, period int64) error {
	// One mapping, so that the tool takes the names from here.
	mapping := number(nil, 1, 1)
	mapping = number(mapping, 3, -1)
	for field := 7; field <= 10; field++ {
		mapping = number(mapping, field, 1)
	}
	e.tables = append(message(nil, 3, mapping), e.tables...)
	e.out = append(e.out, e.tables...)
	for _, s := range e.strings {
		e.out = message(e.out, 6, []byte(s))
	}
	if !start.IsZero() {
		e.out = number(e.out, 9, start.UnixNano())
	}
	e.out = number(e.out, 10, int64(duration))
	e.out = number(e.out, 12, period)
	_, err := w.Write(e.out)
	return err
}

// A counter counts equal stacks.
type counter struct {
	index  map[string]int
	stacks [][]uintptr
	counts []int64
}

func (c *counter) add(stack []uintptr) {
	key := make([]byte, 0, 8*len(stack))
	for _, pc := range stack {
		for shift := 0; shift < 64; shift += 8 {
			key = append(key, byte(uint64(pc)>>shift))
		}
	}
	if c.index == nil {
		c.index = map[string]int{}
	}
	i, ok := c.index[string(key)]
	if !ok {
		i = len(c.stacks)
		c.index[string(key)] = i
		c.stacks = append(c.stacks, append([]uintptr(nil), stack...))
		c.counts = append(c.counts, 0)
	}
	c.counts[i]++
}
