// Numbers that become lengths later are not lengths before.
package main

import (
	"fmt"
	"unsafe"
)

//go:noinline
func sliced(s string, i int) (r byte) {
	defer func() {
		if e := recover(); e != nil {
			fmt.Println(e)
		}
	}()
	if i <= len(s) {
		t := s[:i]
		return t[0]
	}
	return 'x'
}

//go:noinline
func made(n int) int {
	if n < 0 {
		return -1
	}
	b := make([]byte, n)
	return int(b[0]) + n
}

//go:noinline
func part(s []int, i, j int) int {
	if j-i < 0 {
		return -1
	}
	t := s[i:j]
	return t[0]
}

//go:noinline
func loop(s string, f func(string) int) (n int) {
	for {
		i := f(s)
		if i < 0 {
			return n
		}
		t := s[:i]
		if len(t) > 0 && t[0] == 'a' {
			n++
		}
		s = s[i+1:]
	}
}

//go:noinline
func within(n, k int) int {
	if n == -1 {
		return 7
	}
	s := make([]int, n, 100)
	return s[k]
}

//go:noinline
func bytesAt(p *byte, n int) byte {
	if n == -1 {
		return 9
	}
	return unsafe.Slice(p, n)[0]
}

//go:noinline
func textAt(p *byte, n int) byte {
	if n != -1 {
		return unsafe.String(p, n)[0]
	}
	return 9
}

func main() {
	b := byte(5)
	fmt.Println(within(-1, 0), within(3, 2), bytesAt(&b, -1), bytesAt(&b, 1), textAt(&b, -1), textAt(&b, 1))
	fmt.Println(sliced("abc", 1), sliced("abc", -1), sliced("abc", 5))
	fmt.Println(made(-3), made(4))
	fmt.Println(part([]int{1, 2, 3}, 2, 1), part([]int{1, 2, 3}, 1, 2))
	fmt.Println(loop("ab.ac.d.e", func(s string) int {
		for i := range s {
			if s[i] == '.' {
				return i
			}
		}
		return -1
	}))
}
