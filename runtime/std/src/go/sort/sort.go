// Package sort sorts slices and collections.
package sort

import (
	"math/bits"
	"slices"
)

// An Interface can be sorted: it knows its length, compares and swaps elements by index.
type Interface interface {
	Len() int
	Less(i, j int) bool
	Swap(i, j int)
}

const shortPart = 12

// Sort sorts data; the order of equal elements is not kept.
func Sort(data Interface) {
	n := data.Len()
	if n > 1 {
		quick(data, 0, n, 2*bits.Len(uint(n)))
	}
}

func insertion[T Interface](data T, a, b int) {
	for i := a + 1; i < b; i++ {
		for j := i; j > a && data.Less(j, j-1); j-- {
			data.Swap(j, j-1)
		}
	}
}

// sift restores the heap data[first:first+n] from element i down.
func sift[T Interface](data T, first, i, n int) {
	for {
		child := 2*i + 1
		if child >= n {
			return
		}
		if child+1 < n && data.Less(first+child, first+child+1) {
			child++
		}
		if !data.Less(first+i, first+child) {
			return
		}
		data.Swap(first+i, first+child)
		i = child
	}
}

func heap[T Interface](data T, a, b int) {
	n := b - a
	for i := n/2 - 1; i >= 0; i-- {
		sift(data, a, i, n)
	}
	for n--; n > 0; n-- {
		data.Swap(a, a+n)
		sift(data, a, 0, n)
	}
}

func median3[T Interface](data T, a, b, c int) int {
	if data.Less(b, a) {
		a, b = b, a
	}
	if data.Less(c, b) {
		b = c
		if data.Less(b, a) {
			b = a
		}
	}
	return b
}

func sorted[T Interface](data T, a, b int) bool {
	for i := a + 1; i < b; i++ {
		if data.Less(i, i-1) {
			return false
		}
	}
	return true
}

// quick is quicksort on the median of three or nine, with insertion sort for short parts, and heapsort where partitions
// keep being uneven.
func quick[T Interface](data T, a, b, depth int) {
	for b-a > shortPart {
		if depth == 0 {
			heap(data, a, b)
			return
		}
		depth--
		n := b - a
		low, mid, high := a+n/4, a+n/2, a+n/4*3
		if n >= 50 {
			low = median3(data, low-1, low, low+1)
			mid = median3(data, mid-1, mid, mid+1)
			high = median3(data, high-1, high, high+1)
		}
		data.Swap(a, median3(data, low, mid, high))
		i, j, moved := a+1, b-1, false
		for {
			for i <= j && data.Less(i, a) {
				i++
			}
			for i <= j && data.Less(a, j) {
				j--
			}
			if i >= j {
				break
			}
			data.Swap(i, j)
			moved = true
			i++
			j--
		}
		data.Swap(a, j)
		if !moved && sorted(data, a, j) && sorted(data, j+1, b) {
			return
		}
		// The longer part is left to the loop.
		if j-a < b-1-j {
			quick(data, a, j, depth)
			a = j + 1
		} else {
			quick(data, j+1, b, depth)
			b = j
		}
	}
	insertion(data, a, b)
}

// Stable sorts data and keeps the order of equal elements.
func Stable(data Interface) {
	const run = 20
	n := data.Len()
	for a := 0; a < n; a += run {
		insertion(data, a, min(a+run, n))
	}
	for width := run; width < n; width *= 2 {
		for a := 0; a+width < n; a += 2 * width {
			merge(data, a, a+width, min(a+2*width, n))
		}
	}
}

// merge merges the sorted data[a:m] and data[m:b] in place: the later half of the first and the earlier half of the second that
// belong to the other side change places, then each side is merged.
func merge(data Interface, a, m, b int) {
	if a >= m || m >= b || !data.Less(m, m-1) {
		return
	}
	if m-a == 1 {
		// One element goes behind all that are less.
		i := m + Search(b-m, func(i int) bool { return !data.Less(m+i, a) })
		for k := a; k < i-1; k++ {
			data.Swap(k, k+1)
		}
		return
	}
	if b-m == 1 {
		// One element goes before all that are greater.
		i := a + Search(m-a, func(i int) bool { return data.Less(m, a+i) })
		for k := m; k > i; k-- {
			data.Swap(k, k-1)
		}
		return
	}
	var i, j int
	if m-a >= b-m {
		i = a + (m-a)/2
		j = m + Search(b-m, func(k int) bool { return !data.Less(m+k, i) })
	} else {
		j = m + (b-m)/2
		i = a + Search(m-a, func(k int) bool { return data.Less(j, a+k) })
	}
	rotate(data, i, m, j)
	middle := i + j - m
	if m-a >= b-m {
		// The pivot is in its place.
		merge(data, a, i, middle)
		merge(data, middle+1, j, b)
	} else {
		merge(data, a, i, middle)
		merge(data, middle, j, b)
	}
}

// rotate exchanges data[a:m] and data[m:b].
func rotate(data Interface, a, m, b int) {
	i, j := m-a, b-m
	for i > 0 && j > 0 {
		n := min(i, j)
		if i > j {
			for k := range n {
				data.Swap(m-i+k, m+k)
			}
			i -= j
		} else {
			for k := range n {
				data.Swap(m-i+k, m+j-i+k)
			}
			j -= i
		}
	}
}

type reverse struct {
	Interface
}

func (r reverse) Less(i, j int) bool { return r.Interface.Less(j, i) }

// Reverse is data in the opposite order.
func Reverse(data Interface) Interface { return &reverse{data} }

func IsSorted(data Interface) bool { return sorted(data, 0, data.Len()) }

type IntSlice []int

func (x IntSlice) Len() int           { return len(x) }
func (x IntSlice) Less(i, j int) bool { return x[i] < x[j] }
func (x IntSlice) Swap(i, j int)      { x[i], x[j] = x[j], x[i] }
func (x IntSlice) Sort()              { Sort(x) }
func (p IntSlice) Search(x int) int   { return SearchInts(p, x) }

// Float64Slice sorts NaNs first.
type Float64Slice []float64

func (x Float64Slice) Len() int             { return len(x) }
func (x Float64Slice) Less(i, j int) bool   { return x[i] < x[j] || x[i] != x[i] && x[j] == x[j] }
func (x Float64Slice) Swap(i, j int)        { x[i], x[j] = x[j], x[i] }
func (x Float64Slice) Sort()                { Sort(x) }
func (p Float64Slice) Search(x float64) int { return SearchFloat64s(p, x) }

type StringSlice []string

func (x StringSlice) Len() int            { return len(x) }
func (x StringSlice) Less(i, j int) bool  { return x[i] < x[j] }
func (x StringSlice) Swap(i, j int)       { x[i], x[j] = x[j], x[i] }
func (x StringSlice) Sort()               { Sort(x) }
func (p StringSlice) Search(x string) int { return SearchStrings(p, x) }

func Ints(x []int)         { slices.Sort(x) }
func Float64s(x []float64) { slices.Sort(x) }
func Strings(x []string)   { slices.Sort(x) }

func IntsAreSorted(x []int) bool         { return slices.IsSorted(x) }
func Float64sAreSorted(x []float64) bool { return slices.IsSorted(x) }
func StringsAreSorted(x []string) bool   { return slices.IsSorted(x) }

// Search is the least i in [0, n) with f(i), n if there is none; f must stay true once it is.
func Search(n int, f func(int) bool) int {
	lo, hi := 0, n
	for lo < hi {
		if mid := int(uint(lo+hi) / 2); !f(mid) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Find is the least i in [0, n) with cmp(i) <= 0, and whether cmp is 0 there.
func Find(n int, cmp func(int) int) (i int, found bool) {
	i = Search(n, func(i int) bool { return cmp(i) <= 0 })
	return i, i < n && cmp(i) == 0
}

func SearchInts(a []int, x int) int {
	return Search(len(a), func(i int) bool { return a[i] >= x })
}

func SearchFloat64s(a []float64, x float64) int {
	return Search(len(a), func(i int) bool { return a[i] >= x })
}

func SearchStrings(a []string, x string) int {
	return Search(len(a), func(i int) bool { return a[i] >= x })
}
