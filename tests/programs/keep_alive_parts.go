// KeepAlive keeps what its argument points to, also if the object of the argument itself lives in registers or on the stack.
package main

import (
	"runtime"
	"time"
)

type file struct{ descriptor int }

type wrapper struct{ file *file }

type nested struct {
	number int
	inner  *wrapper
	pair   [2]wrapper
}

var closed = make(chan int, 20)

//go:noinline
func open(descriptor int) *file {
	f := &file{descriptor}
	runtime.SetFinalizer(f, func(f *file) { closed <- f.descriptor })
	return f
}

// none tells which of the files from d on, of which there are less than ten, are closed by now.
func none(d int) {
	for range 3 {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	for {
		select {
		case c := <-closed:
			if c/10 == d/10 {
				println("closed too early:", c)
			}
			continue
		default:
		}
		return
	}
}

func registers(d int) int {
	w := &wrapper{open(d)}
	n := w.file.descriptor
	none(d)
	runtime.KeepAlive(w)
	return n
}

func deep(d int) int {
	n := &nested{inner: &wrapper{open(d)}, pair: [2]wrapper{{open(d + 1)}, {open(d + 2)}}}
	sum := n.inner.file.descriptor + n.pair[0].file.descriptor + n.pair[1].file.descriptor
	none(d)
	runtime.KeepAlive(n)
	return sum
}

func value(d int) int {
	w := wrapper{open(d)}
	n := w.file.descriptor
	none(d)
	runtime.KeepAlive(w)
	return n
}

func boxed(d int) int {
	w := [2]wrapper{{open(d)}, {open(d + 1)}}
	n := w[0].file.descriptor + w[1].file.descriptor
	none(d)
	runtime.KeepAlive(w)
	return n
}

func slice(d int) int {
	s := []*file{open(d), open(d + 1)}
	n := s[0].descriptor + s[1].descriptor
	none(d)
	runtime.KeepAlive(s)
	return n
}

//go:noinline
func written(w *wrapper, d int) { w.file = open(d) }

func stack(d int) int {
	var w wrapper
	written(&w, d)
	n := w.file.descriptor
	none(d)
	runtime.KeepAlive(&w)
	return n
}

func main() {
	println(registers(1), deep(10), value(20), boxed(30), slice(40), stack(50))
}
