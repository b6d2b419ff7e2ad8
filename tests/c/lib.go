// Functions that main.c calls, as an archive and as a shared library.
package main

import "C"

import (
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

var (
	mu    sync.Mutex
	total int
	start = len(strings.Fields("initialised before the first call"))
)

//export Add
func Add(a, b int) int { return a + b }

//export Start
func Start() int { return start }

//export Mixed
func Mixed(a int8, b uint16, c float32, d float64, e bool, f C.int, g C.long) float64 {
	sum := float64(a) + float64(b) + float64(c) + d + float64(f) + float64(g)
	if e {
		sum = -sum
	}
	return sum
}

// Many parameters and several results.
//
//export Spread
func Spread(a, b, c, d, e, f, g, h, i, j int64, s string) (sum int64, upper *C.char, n int) {
	return a + b + c + d + e + f + g + h + i + j, C.CString(strings.ToUpper(s)), len(s)
}

// Sum reads memory of C's.
//
//export Sum
//cgo:memsafe="read:values,count"
func Sum(values *int32, count int) int64 {
	var sum int64
	for _, v := range unsafe.Slice(values, count) {
		sum += int64(v)
	}
	return sum
}

// Fill writes memory of C's.
//
//export Fill
//cgo:memsafe="write:buf,n"
func Fill(buf unsafe.Pointer, n C.size_t, value byte) {
	b := unsafe.Slice((*byte)(buf), n)
	for i := range b {
		b[i] = value
	}
}

// Count adds to a total that C's threads share; the work is done by other goroutines.
//
//export Count
func Count(n int) int {
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			total++
			mu.Unlock()
		}()
	}
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	return total
}

var queue = make(chan int)

// Put and Take meet: each waits for the other, called by another thread.
//
//export Put
func Put(v int) { queue <- v }

//export Take
func Take() int { return <-queue }

// Garbage makes work for the collector.
//
//export Garbage
func Garbage(n int) int {
	var kept [][]int
	for i := 0; i < n; i++ {
		s := make([]int, 100)
		s[i%100] = i
		if i%100 == 0 {
			kept = append(kept, s)
		}
	}
	sum := 0
	for i, s := range kept {
		sum += s[i*100%100]
	}
	return sum
}

//export Recovered
func Recovered(i int) (text *C.char) {
	defer func() {
		if e := recover(); e != nil {
			text = C.CString(e.(error).Error())
		}
	}()
	if i < 0 {
		panic(errors.New("negative"))
	}
	a := []int{1, 2, 3}
	return C.CString(strings.Repeat("x", a[i]))
}

type pair struct{ a, b int }

var none *pair

// Nil reads through nil and recovers.
//
//export Nil
func Nil() (text *C.char) {
	defer func() { text = C.CString(recover().(error).Error()) }()
	none.b++
	return nil
}

// Broken writes to a pipe that nobody reads.
//
//export Broken
func Broken(fd int) bool {
	_, err := os.NewFile(uintptr(fd), "pipe").Write([]byte("x"))
	return errors.Is(err, syscall.EPIPE)
}

func main() {}
