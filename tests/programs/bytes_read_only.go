// Bytes of strings that are only read share the string's memory; all others are copies.
package main

import "fmt"

var kept []byte

//go:noinline
func length(b []byte) int { return len(b) }

//go:noinline
func sum(b []byte) (n int) {
	for _, c := range b {
		n += int(c)
	}
	return n
}

//go:noinline
func write(b []byte) string {
	if len(b) > 1 {
		b[1] = '!'
	}
	return string(b)
}

//go:noinline
func writeDeep(b []byte, n int) string {
	if n > 0 {
		return writeDeep(b[1:], n-1)
	}
	return write(b)
}

//go:noinline
func readDeep(b []byte, n int) int {
	if n > 0 {
		return readDeep(b[1:], n-1) + int(b[0])
	}
	return len(b)
}

//go:noinline
func keep(b []byte) int { kept = b; return len(b) }

//go:noinline
func back(b []byte) []byte { return b[:1] }

//go:noinline
func isNil(b []byte) bool { return b == nil }

//go:noinline
func grown(b []byte) int { b = append(b, 'x'); return len(b) + sum(b) }

//go:noinline
func pick(s string, other []byte, which bool) int {
	b := other
	if which {
		b = []byte(s)
	}
	return sum(b)
}

//go:noinline
func pickAndWrite(s string, other []byte, which bool) string {
	b := other
	if which {
		b = []byte(s)
	}
	b[0] = '*'
	return string(b)
}

//go:noinline
func copyOut(b []byte) (out [4]byte) { copy(out[:], b); return out }

//go:noinline
func copyIn(b []byte) string { copy(b, "zz"); return string(b) }

//go:noinline
func swap(b []byte) { b[0], b[1] = b[1], b[0] }

type reader interface{ read(b []byte) int }
type writer struct{}

func (writer) read(b []byte) int { b[0] = 'W'; return int(b[0]) }

//go:noinline
func clear8(b []byte) { clear(b) }

func main() {
	s := fmt.Sprint("hello", 42)
	t := "constant"
	fmt.Println(length([]byte(s)), sum([]byte(s)), sum([]byte(t)), sum([]byte("")))
	fmt.Println(write([]byte(s)), write([]byte(t)), s, t)
	fmt.Println(writeDeep([]byte(s), 2), readDeep([]byte(s), 3), s)
	fmt.Println(keep([]byte(s)))
	kept[0] = 'K'
	fmt.Println(string(kept), s)
	b := back([]byte(s))
	b[0] = 'B'
	fmt.Println(string(b), s)
	var empty string
	fmt.Println(isNil([]byte(empty)), isNil([]byte(s)), []byte(empty) == nil)
	fmt.Println(grown([]byte(s)), s)
	fmt.Println(pick(s, nil, true), pick(s, []byte("ab"), false), pickAndWrite(s, []byte("ab"), true), pickAndWrite(s, []byte("ab"), false), s)
	fmt.Println(copyOut([]byte(s)), copyIn([]byte(s)), s)
	x := []byte(s)
	swap(x)
	fmt.Println(string(x), s)
	var r reader = writer{}
	fmt.Println(r.read([]byte(s)), s)
	y := []byte(t)
	clear8(y)
	fmt.Println(y, t)
	done := make(chan int)
	go func(b []byte) { b[0] = 'G'; done <- sum(b) }([]byte(s))
	fmt.Println(<-done, s)
	z := []byte(s)
	f := func() { z[0]++ }
	f()
	fmt.Println(string(z), s)
	for i, c := range []byte(s) {
		fmt.Print(i, c, " ")
	}
	fmt.Println()
	defer func() { fmt.Println(recover(), s) }()
	fmt.Println([]byte(s)[length([]byte(t))])
}
