package main

import "runtime"

// A fault is reported at the line of the load, not of what uses the value later.

type pair struct{ a, b int32 }

var sink int64
var fsink float64

func where() {
	recover()
	pcs := make([]uintptr, 20)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		f, more := frames.Next()
		if len(f.Function) > 9 && f.Function[:9] == "main.load" {
			println(f.Function, f.Line)
			return
		}
		if !more {
			println("not found")
			return
		}
	}
}

//go:noinline
func loadWiden(p *int32) {
	defer where()
	v := *p
	sink = int64(v)
}

//go:noinline
func loadAdd(p *int64, n int64) {
	defer where()
	v := *p
	sink = n + v
}

//go:noinline
func loadCompare(p *int64, n int64) bool {
	defer where()
	v := *p
	if n < v {
		return true
	}
	return false
}

//go:noinline
func loadFloat(p *float64, n float64) {
	defer where()
	v := *p
	fsink = n *
		v
}

//go:noinline
func loadField(p *pair, n int32) {
	defer where()
	v := p.b
	n += 3
	sink = int64(n ^ v)
}

//go:noinline
func loadUpdate(p *int64) {
	defer where()
	v := *p
	v += 2
	*p = v
}

func main() {
	loadWiden(nil)
	loadAdd(nil, 1)
	loadCompare(nil, 1)
	loadFloat(nil, 2)
	loadField(nil, 3)
	loadUpdate(nil)
}
