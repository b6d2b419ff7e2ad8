// Pointers that move while the collector marks: every kind of store that can hide an object from it.
package main

import "fmt"

type node struct {
	next  *node
	other *node
	value int
	text  string
	any   interface{}
	list  []*node
}

type pair struct{ a, b *node }

type big struct {
	nodes [40]*node
	pad   [20]int
}

var (
	global  *node
	globals [100]*node
	record  pair
)

var state uint64 = 12345

func random(n int) int {
	state ^= state << 13
	state ^= state >> 7
	state ^= state << 17
	return int(state % uint64(n))
}

func fresh(v int) *node { return &node{value: v, text: fmt.Sprint("n", v)} }

// Moves the tail of a list to its head, over and over.
func rotate(length, rounds int) int {
	var head *node
	for i := 0; i < length; i++ {
		head = &node{next: head, value: i}
	}
	for i := 0; i < rounds; i++ {
		p := head
		for p.next.next != nil {
			p = p.next
		}
		last := p.next
		p.next = nil
		last.next = head
		head = last
		_ = fresh(i)
	}
	sum := 0
	for p := head; p != nil; p = p.next {
		sum = sum*3%1000003 + p.value
	}
	return sum
}

// Swaps subtrees through variables that live on the stack only.
func swaps(rounds int) int {
	table := make([]*node, 1000)
	for i := range table {
		table[i] = fresh(i)
	}
	for i := 0; i < rounds; i++ {
		x, y := random(1000), random(1000)
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
	}
	sum := 0
	for _, p := range table {
		sum += p.value + len(p.text)
		if p.next != nil {
			sum += p.next.value + len(p.next.text)
		}
	}
	return sum
}

func maps(rounds int) int {
	byInt := map[int]*node{}
	byText := map[string]*node{}
	byAny := map[interface{}][]*node{}
	for i := 0; i < rounds; i++ {
		k := random(500)
		p := byInt[k]
		if p == nil {
			p = fresh(k)
		}
		delete(byInt, k)
		byInt[random(500)] = p
		byText[fmt.Sprint("key", k%50)] = p
		if i%3 == 0 {
			byAny[pair{}] = append(byAny[pair{}], p)
			if len(byAny[pair{}]) > 30 {
				byAny[pair{}] = nil
			}
			byAny[k%7] = []*node{p}
		}
		if i%5000 == 4999 {
			for k := range byText {
				if len(k)%2 == 0 {
					delete(byText, k)
				}
			}
			clear := byAny
			for k := range clear {
				delete(clear, k)
			}
		}
	}
	sum := 0
	for _, p := range byInt {
		sum += len(p.text)*1000 + p.value
	}
	for k, p := range byText {
		sum += len(k) + p.value
	}
	return sum
}

func channels(rounds int) int {
	c := make(chan *node, 16)
	back := make(chan pair)
	go func() {
		var kept *node
		for p := range c {
			back <- pair{p, kept}
			kept = p
		}
		close(back)
	}()
	go func() {
		for i := 0; i < rounds; i++ {
			c <- fresh(i)
		}
		close(c)
	}()
	sum := 0
	for p := range back {
		sum += p.a.value + len(p.a.text)
		if p.b != nil {
			sum -= p.b.value / 2
		}
	}
	return sum
}

func copies(rounds int) int {
	var a, b big
	heap := &big{}
	rows := make([][]*node, 20)
	for i := 0; i < rounds; i++ {
		k := random(40)
		a.nodes[k] = fresh(i)
		b = a
		*heap = b
		a.nodes[random(40)] = nil
		if i%7 == 0 {
			b = big{}
			*heap = big{nodes: a.nodes}
		}
		r := random(20)
		rows[r] = append(rows[r], heap.nodes[k])
		if len(rows[r]) > 60 {
			copy(rows[r], rows[r][30:])
			rows[r] = rows[r][:30]
		}
		globals[random(100)], globals[random(100)] = heap.nodes[k], globals[random(100)]
		record = pair{record.b, heap.nodes[k]}
		var x interface{} = record
		global = x.(pair).b
	}
	sum := 0
	for _, row := range rows {
		for _, p := range row {
			if p != nil {
				sum += p.value + len(p.text)
			}
		}
	}
	for _, p := range heap.nodes {
		if p != nil {
			sum += len(p.text)
		}
	}
	return sum
}

func deferred(n int, p *node) (sum int) {
	for i := 0; i < n; i++ {
		q := &node{value: i, next: p}
		defer func() {
			sum += q.value + q.next.value
			q.next = nil
			_ = fresh(i)
		}()
		p = q
	}
	return len(fresh(n).text)
}

func closures(rounds int) int {
	var fs []func() int
	var current *node = fresh(0)
	for i := 0; i < rounds; i++ {
		p := current
		fs = append(fs, func() int { old := p; p = fresh(old.value + 1); return old.value })
		current = fresh(i)
		if len(fs) > 100 {
			fs = append(fs[:0], fs[50:]...)
		}
	}
	sum := 0
	for _, f := range fs {
		sum += f() + f()
	}
	return sum
}

func main() {
	for round := 0; round < 2; round++ {
		fmt.Println(rotate(300, 1000), swaps(10000), maps(8000), channels(3000), copies(8000))
		fmt.Println(deferred(300, fresh(1)), closures(8000), global != nil)
	}
}
