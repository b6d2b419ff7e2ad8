// Violations of memory tags, by name. A line that says "access NAME" is where violation NAME happens, one with "site NAME" where the object
// was made that it concerns.
package main

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"
)

type T struct{ a, b, c, d int64 }

var (
	object *T
	bytes  []byte
	ints   []int64
	total  int64
	hidden uintptr
)

//go:noinline
func hide(p *unsafe.Pointer) { hidden = ^*(*uintptr)(unsafe.Pointer(p)) }

func found(n int) unsafe.Pointer { return unsafe.Pointer(^hidden + uintptr(n)) }

//go:noinline
func deep(n int) int {
	var x [60]int
	for i := range x {
		x[i] = n * i
	}
	if n > 0 {
		return deep(n-1) + x[n%60]
	}
	return x[n]
}

// Nothing on the stack remembers what was there.
func collect() {
	deep(40)
	runtime.GC()
	runtime.GC()
}

//go:noinline
func fill(a *[4]int64) { a[1] = 2 }

func at(p *T, n int) *int64 { return (*int64)(unsafe.Add(unsafe.Pointer(p), n)) }

func heapReadOver() {
	object = new(T)          // site heapReadOver
	total += *at(object, 32) // access heapReadOver
}

func heapWriteOver() {
	object = new(T)     // site heapWriteOver
	*at(object, 40) = 1 // access heapWriteOver
}

func heapReadUnder() {
	object = new(T)          // site heapReadUnder
	total += *at(object, -8) // access heapReadUnder
}

func heapWriteUnder() {
	object = new(T)      // site heapWriteUnder
	*at(object, -16) = 1 // access heapWriteUnder
}

func bytesReadUnder() {
	bytes = make([]byte, 100)                                           // site bytesReadUnder
	total += int64(*(*byte)(unsafe.Add(unsafe.Pointer(&bytes[0]), -1))) // access bytesReadUnder
}

func bytesWriteOver() {
	bytes = make([]byte, 100)                                // site bytesWriteOver
	*(*byte)(unsafe.Add(unsafe.Pointer(&bytes[0]), 112)) = 1 // access bytesWriteOver
}

func largeReadOver() {
	ints = make([]int64, 10000)                                     // site largeReadOver
	total += *(*int64)(unsafe.Add(unsafe.Pointer(&ints[0]), 80000)) // access largeReadOver
}

func largeWriteUnder() {
	ints = make([]int64, 10000)                             // site largeWriteUnder
	*(*int64)(unsafe.Add(unsafe.Pointer(&ints[0]), -8)) = 1 // access largeWriteUnder
}

func copyOver() {
	bytes = make([]byte, 64)                       // site copyOver
	copy(bytes, unsafe.Slice(&bytes[0], 128)[64:]) // access copyOver
}

func mapOver() {
	m := map[int]*T{1: new(T)} // site mapOver
	total += *at(m[1], 32)     // access mapOver
}

//go:noinline
func drop(name string) {
	switch name {
	case "freeRead":
		object = new(T) // site freeRead
	case "freeWrite":
		object = new(T) // site freeWrite
	case "freeBytes":
		bytes = make([]byte, 500) // site freeBytes
	case "freeLarge":
		ints = make([]int64, 9000) // site freeLarge
	}
	p := unsafe.Pointer(object)
	if bytes != nil {
		p = unsafe.Pointer(&bytes[7])
	}
	if ints != nil {
		p = unsafe.Pointer(&ints[800])
	}
	hide(&p)
	object, bytes, ints = nil, nil, nil
}

func freeRead() {
	drop("freeRead")
	collect()
	total += *(*int64)(found(8)) // access freeRead
}

func freeWrite() {
	drop("freeWrite")
	collect()
	*(*int64)(found(16)) = 1 // access freeWrite
}

func freeBytes() {
	drop("freeBytes")
	collect()
	total += int64(*(*byte)(found(0))) // access freeBytes
}

func freeLarge() {
	drop("freeLarge")
	collect()
	*(*int64)(found(0)) = 1 // access freeLarge
}

//go:noinline
func peek(a *[4]int64, n int) int64 {
	return *(*int64)(unsafe.Add(unsafe.Pointer(a), n)) // access stackReadOver stackReadUnder
}

//go:noinline
func poke(a *[4]int64, n int) {
	*(*int64)(unsafe.Add(unsafe.Pointer(a), n)) = 1 // access stackWriteOver stackWriteUnder
}

func stackReadOver() {
	var a [4]int64 // site stackReadOver
	fill(&a)
	total += peek(&a, 32)
}

func stackReadUnder() {
	var a [4]int64 // site stackReadUnder
	fill(&a)
	total += peek(&a, -8)
}

func stackWriteOver() {
	var a [4]int64 // site stackWriteOver
	fill(&a)
	poke(&a, 40)
}

func stackWriteUnder() {
	var a [4]int64 // site stackWriteUnder
	fill(&a)
	poke(&a, -16)
}

//go:noinline
func local(fail bool) {
	var a [4]int64 // site returnRead returnWrite
	fill(&a)
	p := unsafe.Pointer(&a)
	hide(&p)
}

func returnRead() {
	local(false)
	total += *(*int64)(found(8)) // access returnRead
}

func returnWrite() {
	local(false)
	*(*int64)(found(0)) = 1 // access returnWrite
}

//go:noinline
func failing() {
	var a [4]int64 // site returnPanic
	fill(&a)
	p := unsafe.Pointer(&a)
	hide(&p)
	panic(a[1])
}

//go:noinline
func recovering() {
	defer func() { recover() }()
	failing()
}

func returnPanic() {
	recovering()
	total += *(*int64)(found(8)) // access returnPanic
}

func main() {
	all := map[string]func(){
		"heapReadOver": heapReadOver, "heapWriteOver": heapWriteOver,
		"heapReadUnder": heapReadUnder, "heapWriteUnder": heapWriteUnder,
		"bytesReadUnder": bytesReadUnder, "bytesWriteOver": bytesWriteOver,
		"largeReadOver": largeReadOver, "largeWriteUnder": largeWriteUnder,
		"copyOver": copyOver, "mapOver": mapOver,
		"freeRead": freeRead, "freeWrite": freeWrite, "freeBytes": freeBytes, "freeLarge": freeLarge,
		"stackReadOver": stackReadOver, "stackReadUnder": stackReadUnder,
		"stackWriteOver": stackWriteOver, "stackWriteUnder": stackWriteUnder,
		"returnRead": returnRead, "returnWrite": returnWrite, "returnPanic": returnPanic,
	}
	all[os.Args[1]]()
	fmt.Println("not found", total)
}
