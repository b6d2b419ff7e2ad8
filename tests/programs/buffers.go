// Small arrays, first arrays of append and small maps that stay on the stack, and those that must not.
package main

import "fmt"

func grow(n int) (s int) {
	var a []int
	for i := 0; i < n; i++ {
		a = append(a, i) // place: append(a, i) buffer
	}
	for _, v := range a {
		s += v
	}
	return s + len(a)
}

func twice() string {
	var keep [][]byte
	for i := 0; i < 3; i++ {
		var b []byte
		b = append(b, byte('a'+i), 'x') // place: append(b, byte('a' + i), 'x') heap
		keep = append(keep, b)
	}
	return string(keep[0]) + string(keep[1]) + string(keep[2])
}

func alias() (r int) {
	var prev []int
	for i := 0; i < 5; i++ {
		var cur []int
		cur = append(cur, i*10) // place: append(cur, i * 10) buffer
		if prev != nil {
			r = r*100 + prev[0]
		}
		prev = cur
	}
	return
}

func mk(n int) int {
	b := make([]int32, n) // place: make([]int32, n) buffer
	for i := range b {
		b[i] = int32(i)
	}
	t := 0
	for _, v := range b {
		t += int(v)
	}
	return t + cap(b)
}

func mkloop(n int) (t int) {
	var last []byte
	for i := 0; i < 4; i++ {
		b := make([]byte, n) // place: make([]byte, n) heap
		for j := range b {
			if b[j] != 0 {
				panic("dirty")
			}
			b[j] = byte(i)
		}
		if last != nil {
			t += int(last[0])
		}
		last = b
	}
	return
}

func maps(n int) int {
	m := map[string]int{} // place: map[string]int{} buffer
	for i := 0; i < n; i++ {
		m[fmt.Sprint("k", i)] = i
	}
	delete(m, "k1")
	t := 0
	for _, v := range m {
		t += v
	}
	return t + len(m)
}

func mapptr(n int) int {
	m := map[int]*int{}
	for i := 0; i < n; i++ {
		m[i] = new(int)
		*m[i] = i
	}
	t := 0
	for i := 0; i < n; i++ {
		t += *m[i]
	}
	return t
}

func maploop() (t int) {
	var prev map[int]int
	for i := 0; i < 4; i++ {
		m := map[int]int{i: i} // place: map[int]int{...} heap
		if prev != nil {
			t += prev[i-1]
		}
		prev = m
	}
	return
}

func maploop2() (t int) {
	for i := 0; i < 4; i++ {
		m := map[int]int{i: i}
		t += m[i] + m[i-1]
	}
	return
}

type rec struct {
	kids []*rec
	m    map[string]*rec
}

func (r *rec) add(k string) *rec {
	c := &rec{}
	if r.m == nil {
		r.m = map[string]*rec{}
	}
	r.m[k] = c
	r.kids = append(r.kids, c)
	return c
}
func (r *rec) count() int {
	n := 1
	for _, k := range r.kids {
		n += k.count()
	}
	return n + len(r.m)
}

func main() {
	for _, n := range []int{0, 1, 3, 4, 5, 8, 9, 33, 100} {
		fmt.Println(n, grow(n), mk(n), maps(n), mapptr(n))
	}
	fmt.Println(twice(), alias(), mkloop(3), mkloop(100), maploop(), maploop2())
	var r rec
	r.add("a").add("b")
	r.add("c")
	fmt.Println(r.count())
}
