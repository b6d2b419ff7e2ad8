package main

import (
	"fmt"
	"sync"
)

// Maps that grow beside each other, while they are walked over and lose entries, keep all that they should.

type node struct {
	next *node
	v    int
}

func work(g, n int) int {
	sum := 0
	a := map[int]*node{}
	b := map[string][]int{}
	c := map[int]struct{}{}
	d := map[[3]int]string{}
	for i := range n {
		a[i*7] = &node{a[(i-1)*7], i}
		b[fmt.Sprint(i)] = []int{i}
		c[i] = struct{}{}
		d[[3]int{i, g, 1}] = fmt.Sprint(i)
		if i%3 == 0 {
			delete(a, (i/2)*7)
		}
		if i == n/2 {
			k := 0
			for x, y := range a {
				a[-x-1] = y
				if k++; k > n {
					break
				}
			}
		}
	}
	for i := range n {
		for q, k := a[i*7], 0; q != nil && k < 5; q, k = q.next, k+1 {
			sum += q.v
		}
		if b[fmt.Sprint(i)][0] != i || d[[3]int{i, g, 1}] != fmt.Sprint(i) {
			panic("changed")
		}
		if _, ok := c[i]; !ok {
			panic("gone")
		}
	}
	return sum + len(b) + len(c) + len(d)
}

func main() {
	var sums [2]int
	var wg sync.WaitGroup
	for g := range sums {
		wg.Add(1)
		go func() {
			sums[g] = work(g, 1300+g)
			wg.Done()
		}()
	}
	wg.Wait()
	fmt.Println(sums)
}
