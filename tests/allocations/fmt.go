// What package fmt allocates: each function allocates at most as often as under Go. The program prints `name: count`, the objects allocated
// in 100 calls.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
)

type point struct{ x, y int }

var (
	buf        bytes.Buffer
	pointer    *int
	sink       any
	table      = map[string]int{"a": 1, "b": 2}
	channel    = make(chan int)
	onePointer = struct{ p *int }{new(int)}
	pointers   = []any{new(int), table, channel}
	reflected  = reflect.ValueOf(pointer)
	failed     = errors.New("failed")
	nested     = struct {
		A point
		S []string
		M map[int]string
		E any
	}{point{1, 2}, []string{"a", "b"}, map[int]string{1: "x"}, 5}
)

//go:noinline
func result[T any](t T) T { return t }

var cases = []struct {
	name string
	f    func()
}{
	{"Sprintf nothing", func() { _ = fmt.Sprintf("") }},
	{"Sprintf of no operands", func() { _ = fmt.Sprintf("xxx") }},
	{"Sprintf %x small", func() { _ = fmt.Sprintf("%x", 7) }},
	{"Sprintf %x", func() { _ = fmt.Sprintf("%x", 1<<16) }},
	{"Sprintf %80000s", func() { _ = fmt.Sprintf("%80000s", "hello") }},
	{"Sprintf %s", func() { _ = fmt.Sprintf("%s", "hello") }},
	{"Sprintf %x %x", func() { _ = fmt.Sprintf("%x %x", 7, 112) }},
	{"Sprintf %g", func() { _ = fmt.Sprintf("%g", float32(3.14159)) }},
	{"Fprintf %s", func() { buf.Reset(); fmt.Fprintf(&buf, "%s", "hello") }},
	{"Fprintf %s of a variable", func() { buf.Reset(); s := "hello"; fmt.Fprintf(&buf, "%s", s) }},
	{"Fprintf %s of a result", func() { buf.Reset(); s := "hello"; fmt.Fprintf(&buf, "%s", result(s)) }},
	{"Fprintf %x small", func() { buf.Reset(); fmt.Fprintf(&buf, "%x", 7) }},
	{"Fprintf %x", func() { buf.Reset(); fmt.Fprintf(&buf, "%x", 1<<16) }},
	{"Fprintf %x of a variable", func() { buf.Reset(); i := 1 << 16; fmt.Fprintf(&buf, "%x", i) }},
	{"Fprintf %x of a result", func() { buf.Reset(); i := 1 << 16; fmt.Fprintf(&buf, "%x", result(i)) }},
	{"Fprintf %v of a slice", func() { buf.Reset(); s := []int{1, 2}; fmt.Fprintf(&buf, "%v", s) }},
	{"Fprintf %v of a struct", func() { buf.Reset(); fmt.Fprintf(&buf, "%v", point{1, 2}) }},
	{"Fprintf %v of a struct that is a result", func() { buf.Reset(); fmt.Fprintf(&buf, "%v", result(point{1, 2})) }},
	{"Fprintf %80000s", func() { buf.Reset(); fmt.Fprintf(&buf, "%80000s", "hello") }},
	{"Fprintf %x of pointers", func() {
		buf.Reset()
		fmt.Fprintf(&buf, "%x %x %x", pointer, pointer, pointer)
	}},
	{"Errorf of no operands", func() { _ = fmt.Errorf("hello") }},
	{"Errorf %x of a pointer", func() { _ = fmt.Errorf("hello: %x", pointer) }},
	{"Errorf of no operands, kept", func() { sink = fmt.Errorf("hello") }},
	{"Errorf %x of a pointer, kept", func() { sink = fmt.Errorf("hello: %x", pointer) }},
	{"Fprintf %x of bytes", func() { buf.Reset(); fmt.Fprintf(&buf, "%x", []byte("hello")) }},
	{"Fprintf %x of a string", func() { buf.Reset(); fmt.Fprintf(&buf, "%x", "hello") }},
	{"Fprintf %q", func() { buf.Reset(); fmt.Fprintf(&buf, "%q", "hello") }},
	{"Fprintf %g", func() { buf.Reset(); fmt.Fprintf(&buf, "%g", 1.5) }},
	{"Fprintf %t", func() { buf.Reset(); fmt.Fprintf(&buf, "%t", true) }},
	{"Fprintf %c", func() { buf.Reset(); fmt.Fprintf(&buf, "%c", 'x') }},
	{"Fprintf with widths", func() { buf.Reset(); fmt.Fprintf(&buf, "%5d|%-8s|%08.3f", 12345, "ab", 3.25) }},
	{"Fprintln", func() { buf.Reset(); fmt.Fprintln(&buf, "a", 12345, 2.5) }},
	{"Fprint", func() { buf.Reset(); fmt.Fprint(&buf, "a", 12345, 2.5) }},
	{"Appendf", func() { fmt.Appendf(buf.AvailableBuffer(), "%d", 12345) }},
	{"Fprintf %v of a map", func() { buf.Reset(); fmt.Fprintf(&buf, "%v", table) }},
	{"Fprintf %v of an error", func() { buf.Reset(); fmt.Fprintf(&buf, "%v", failed) }},
	{"Fprintf %T", func() { buf.Reset(); fmt.Fprintf(&buf, "%T", table) }},
	{"Fprintf %p", func() { buf.Reset(); fmt.Fprintf(&buf, "%p", table) }},
	{"Fprintf %v of a nested value", func() { buf.Reset(); fmt.Fprintf(&buf, "%v", nested) }},
	{"Fprintf %+v of a nested value", func() { buf.Reset(); fmt.Fprintf(&buf, "%+v", &nested) }},
	{"Fprintf %#v of a nested value", func() { buf.Reset(); fmt.Fprintf(&buf, "%#v", nested) }},
	{"Sscanf", func() { var a int; var s string; fmt.Sscanf("12 ab", "%d %s", &a, &s) }},
	{"Sscan", func() { var a int; var s string; fmt.Sscan("12 ab", &a, &s) }},
	{"Sprint", func() { _ = fmt.Sprint("a", 1, 2.5) }},
	{"Sprintln", func() { _ = fmt.Sprintln("a", 1, 2.5) }},
	{"Fprintf %v of pointers", func() { buf.Reset(); fmt.Fprintf(&buf, "%v %v %v", table, channel, onePointer) }},
	{"Fprintf %v of pointers in interfaces", func() { buf.Reset(); fmt.Fprintf(&buf, "%v", pointers) }},
	{"Fprintf %v of a reflect.Value", func() { buf.Reset(); fmt.Fprintf(&buf, "%v", reflected) }},
	{"Fprintf %w", func() { buf.Reset(); fmt.Fprintf(&buf, "%-20v|%20v|%q", failed, failed, failed) }},
	{"Fprintf %x with spaces", func() { buf.Reset(); fmt.Fprintf(&buf, "% x|%#x|%X", "hello", "hello", "hello") }},
	{"Fprintf %U", func() { buf.Reset(); fmt.Fprintf(&buf, "%U %#U %c", 'x', 'y', 'z') }},
	{"Fprintf of a bad verb", func() { buf.Reset(); fmt.Fprintf(&buf, "%d %!", "hello") }},
}

func main() {
	var before, after runtime.MemStats
	for _, c := range cases {
		c.f()
		runtime.ReadMemStats(&before)
		for range 100 {
			c.f()
		}
		runtime.ReadMemStats(&after)
		println("fmt: "+c.name+":", int(after.Mallocs-before.Mallocs))
	}
}
