// The packages sort, slices, maps, cmp, iter, container.
package main

import (
	"cmp"
	"container/heap"
	"container/list"
	"container/ring"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sort"
)

type person struct {
	name string
	age  int
}

type byAge []person

func (b byAge) Len() int           { return len(b) }
func (b byAge) Less(i, j int) bool { return b[i].age < b[j].age }
func (b byAge) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func main() {
	people := []person{{"Bob", 31}, {"John", 42}, {"Michael", 17}, {"Jenny", 26}}
	sort.Sort(byAge(people))
	fmt.Println(people)
	sort.Slice(people, func(i, j int) bool { return people[i].name > people[j].name })
	fmt.Println(people)
	sort.Sort(sort.Reverse(sort.StringSlice([]string{"a"})))
	x := []int{}
	seed := uint32(1)
	for range 1000 {
		seed = seed*1664525 + 1013904223
		x = append(x, int(seed>>8)%500)
	}
	y := slices.Clone(x)
	sort.Ints(x)
	slices.Sort(y)
	fmt.Println(slices.Equal(x, y), sort.IntsAreSorted(x), x[:10], sort.SearchInts(x, 250) > 0)
	z := make([]person, 300)
	for i := range z {
		z[i] = person{fmt.Sprint(i), int(seed>>uint(i%20)) % 5}
	}
	w := slices.Clone(z)
	sort.SliceStable(z, func(i, j int) bool { return z[i].age < z[j].age })
	slices.SortStableFunc(w, func(a, b person) int { return cmp.Compare(a.age, b.age) })
	fmt.Println(slices.Equal(z, w))

	m := map[string]int{"one": 1, "two": 2, "three": 3}
	fmt.Println(slices.Sorted(maps.Keys(m)), slices.Sorted(maps.Values(m)), maps.Equal(m, maps.Clone(m)))
	i, found := slices.BinarySearch([]string{"a", "c", "e"}, "c")
	fmt.Println(i, found, slices.Max([]float64{1, 3, 2}), slices.Index([]int{4, 5, 6}, 6), slices.Contains([]string{"x"}, "y"))
	fmt.Println(slices.Insert([]int{1, 2, 3}, 1, 9, 8), slices.Delete([]int{1, 2, 3, 4}, 1, 3), slices.Compact([]int{1, 1, 2, 2, 1}), slices.Collect(count(4)))
	for c := range slices.Chunk([]int{1, 2, 3, 4, 5}, 2) {
		fmt.Print(c)
	}
	fmt.Println()
	next, stop := iter.Pull(count(3))
	a, ok1 := next()
	b, ok2 := next()
	stop()
	_, ok3 := next()
	fmt.Println(a, b, ok1, ok2, ok3)

	h := &intHeap{5, 2, 8}
	heap.Init(h)
	heap.Push(h, 3)
	for h.Len() > 0 {
		fmt.Print(heap.Pop(h), " ")
	}
	l := list.New()
	l.PushBack(1)
	l.PushFront(0)
	l.InsertAfter(7, l.Front())
	for e := l.Front(); e != nil; e = e.Next() {
		fmt.Print(e.Value, " ")
	}
	r := ring.New(3)
	for i := range 3 {
		r.Value = i
		r = r.Next()
	}
	r.Do(func(v any) { fmt.Print(v, " ") })
	fmt.Println(cmp.Compare("a", "b"), cmp.Or(0, 3, 4))
}
