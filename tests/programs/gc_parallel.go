// Goroutines that move pointers while the collector marks, each for itself and among them.
package main

import (
	"fmt"
	"sync"
)

type node struct {
	next, other *node
	value       int
	text        string
}

type rng uint64

func (s *rng) n(n int) int {
	x := uint64(*s)
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	*s = rng(x)
	return int(x % uint64(n))
}

func fresh(v int) *node { return &node{value: v, text: fmt.Sprint("n", v)} }

func work(seed int) int {
	s := rng(seed*7919 + 1)
	table := make([]*node, 300)
	for i := range table {
		table[i] = fresh(i)
	}
	m := map[int]*node{}
	t := map[string]*node{}
	var fs []func() int
	for i := 0; i < 5000; i++ {
		x, y := s.n(300), s.n(300)
		p := table[x]
		table[x] = nil
		q := fresh(p.value)
		q.next, q.other = p, table[y]
		p.next, p.other = nil, nil
		if table[y] != nil {
			table[y].next, table[y].other = nil, nil
		}
		table[x] = q
		table[x], table[y] = table[y], table[x]
		if table[x] == nil {
			table[x] = fresh(x)
		}
		delete(m, x)
		m[y] = p
		t[fmt.Sprint(y%70)] = q
		old := p
		fs = append(fs, func() int { o := old; old = fresh(o.value + 1); return o.value + len(o.text) })
		if len(fs) > 60 {
			copy(fs, fs[30:])
			fs = fs[:30]
		}
	}
	sum := 0
	for _, p := range table {
		sum += p.value + len(p.text)
		if p.next != nil {
			sum += p.next.value + len(p.next.text)
		}
	}
	for _, p := range m {
		sum += p.value*3 + len(p.text)
	}
	for _, p := range t {
		sum += p.value*5 + len(p.text)
	}
	for _, f := range fs {
		sum += f() + f()
	}
	return sum
}

func main() {
	want := make([]int, 4)
	for i := range want {
		want[i] = work(i)
	}
	c := make(chan *node)
	var wg sync.WaitGroup
	var mu sync.Mutex
	shared := map[int]*node{}
	for i := range want {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for r := 0; r < 2; r++ {
				if got := work(i); got != want[i] {
					fmt.Println("wrong", i, got, want[i])
				}
			}
		}()
		go func() {
			defer wg.Done()
			for k := 0; k < 1500; k++ {
				c <- fresh(k)
				p := <-c
				if p.text != fmt.Sprint("n", p.value) {
					fmt.Println("wrong text", p.text, p.value)
				}
				mu.Lock()
				shared[k%97] = p
				q := shared[(k*7)%97]
				if q != nil && q.text != fmt.Sprint("n", q.value) {
					fmt.Println("wrong shared", q.text)
				}
				mu.Unlock()
			}
		}()
	}
	go func() {
		for p := range c {
			c <- &node{next: p, value: p.value, text: p.text}
		}
	}()
	wg.Wait()
	fmt.Println("ok")
}
