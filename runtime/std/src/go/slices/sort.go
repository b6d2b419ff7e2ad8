package slices

import (
	"cmp"
	"math/bits"
	"unsafe"
)

// Sorting is quicksort on the median of three or nine, insertion sort for short parts, and heapsort where partitions
// keep being uneven. Each exists for ordered elements without NaNs and for a comparison function.

const shortPart = 12

// Sort sorts in ascending order, NaNs first.
func Sort[S ~[]E, E cmp.Ordered](x S) {
	// Without NaNs the operator < is an order.
	n := 0
	for i := range x {
		if x[i] != x[i] {
			x[i], x[n] = x[n], x[i]
			n++
		}
	}
	x = x[n:]
	if descending(x) {
		Reverse(x)
		return
	}
	sortOrdered(x, 2*bits.Len(uint(len(x))))
}

// descending reports whether each element is less than the one before.
func descending[E cmp.Ordered](x []E) bool {
	for i := 1; i < len(x); i++ {
		if x[i] >= x[i-1] {
			return false
		}
	}
	return len(x) > 1
}

// SortFunc sorts by a comparison; the order of equal elements is not kept.
func SortFunc[S ~[]E, E any](x S, cmp func(a, b E) int) {
	sortFunc(x, 2*bits.Len(uint(len(x))), cmp)
}

// SortStableFunc is SortFunc that keeps the order of equal elements.
func SortStableFunc[S ~[]E, E any](x S, cmp func(a, b E) int) {
	const run = 16
	for i := 0; i < len(x); i += run {
		insertionFunc(x[i:min(i+run, len(x))], cmp)
	}
	if len(x) <= run {
		return
	}
	buf := make([]E, len(x))
	for width := run; width < len(x); width *= 2 {
		for i := 0; i+width < len(x); i += 2 * width {
			mergeFunc(x[i:min(i+2*width, len(x))], width, buf, cmp)
		}
	}
}

// mergeFunc merges the sorted x[:m] and x[m:].
func mergeFunc[E any](x []E, m int, buf []E, cmp func(a, b E) int) {
	if cmp(x[m-1], x[m]) <= 0 {
		return
	}
	left := buf[:copy(buf, x[:m])]
	k := 0
	for len(left) > 0 && m < len(x) {
		if cmp(x[m], left[0]) < 0 {
			x[k] = x[m]
			m++
		} else {
			x[k] = left[0]
			left = left[1:]
		}
		k++
	}
	copy(x[k:], left)
}

func insertionOrdered[E cmp.Ordered](x []E) {
	for i := 1; i < len(x); i++ {
		v := x[i]
		j := i
		for ; j > 0 && v < x[j-1]; j-- {
			x[j] = x[j-1]
		}
		x[j] = v
	}
}

func insertionFunc[E any](x []E, cmp func(a, b E) int) {
	for i := 1; i < len(x); i++ {
		for j := i; j > 0 && cmp(x[j], x[j-1]) < 0; j-- {
			x[j], x[j-1] = x[j-1], x[j]
		}
	}
}

func heapOrdered[E cmp.Ordered](x []E) {
	for i := len(x)/2 - 1; i >= 0; i-- {
		siftOrdered(x, i)
	}
	for n := len(x) - 1; n > 0; n-- {
		x[0], x[n] = x[n], x[0]
		siftOrdered(x[:n], 0)
	}
}

func siftOrdered[E cmp.Ordered](x []E, i int) {
	for {
		child := 2*i + 1
		if child >= len(x) {
			return
		}
		if child+1 < len(x) && x[child] < x[child+1] {
			child++
		}
		if x[i] >= x[child] {
			return
		}
		x[i], x[child] = x[child], x[i]
		i = child
	}
}

func heapFunc[E any](x []E, cmp func(a, b E) int) {
	for i := len(x)/2 - 1; i >= 0; i-- {
		siftFunc(x, i, cmp)
	}
	for n := len(x) - 1; n > 0; n-- {
		x[0], x[n] = x[n], x[0]
		siftFunc(x[:n], 0, cmp)
	}
}

func siftFunc[E any](x []E, i int, cmp func(a, b E) int) {
	for {
		child := 2*i + 1
		if child >= len(x) {
			return
		}
		if child+1 < len(x) && cmp(x[child], x[child+1]) < 0 {
			child++
		}
		if cmp(x[i], x[child]) >= 0 {
			return
		}
		x[i], x[child] = x[child], x[i]
		i = child
	}
}

func median3Ordered[E cmp.Ordered](x []E, a, b, c int) int {
	if x[b] < x[a] {
		a, b = b, a
	}
	if x[c] < x[b] {
		b = c
		if x[b] < x[a] {
			b = a
		}
	}
	return b
}

func median3Func[E any](x []E, a, b, c int, cmp func(a, b E) int) int {
	if cmp(x[b], x[a]) < 0 {
		a, b = b, a
	}
	if cmp(x[c], x[b]) < 0 {
		b = c
		if cmp(x[b], x[a]) < 0 {
			b = a
		}
	}
	return b
}

func sortOrdered[E cmp.Ordered](x []E, depth int) {
	for len(x) > shortPart {
		if depth == 0 {
			heapOrdered(x)
			return
		}
		depth--
		n := len(x)
		pivot := n / 2
		if n >= 50 {
			a := median3Ordered(x, n/4-1, n/4, n/4+1)
			b := median3Ordered(x, n/2-1, n/2, n/2+1)
			c := median3Ordered(x, n/4*3-1, n/4*3, n/4*3+1)
			pivot = median3Ordered(x, a, b, c)
		} else {
			pivot = median3Ordered(x, n/4, n/2, n/4*3)
		}
		x[0], x[pivot] = x[pivot], x[0]
		v := x[0]
		i, j := 1, n-1
		for i <= j && x[i] < v {
			i++
		}
		for i <= j && v < x[j] {
			j--
		}
		moved := i < j
		if unsafe.Sizeof(v) <= 8 {
			j = i - 1 + lower(x[i:j+1], v)
		} else {
			j = exchange(x, i, j)
		}
		x[0], x[j] = x[j], x[0]
		if !moved && sortedOrdered(x[:j]) && sortedOrdered(x[j+1:]) {
			return
		}
		rest := x[j+1:]
		if j < n/8 {
			// There may be many like the pivot, which are in their places together.
			rest = rest[equal(rest, v):]
		}
		// The longer part is left to the loop.
		if j < len(rest) {
			sortOrdered(x[:j], depth)
			x = rest
		} else {
			sortOrdered(rest, depth)
			x = x[:j]
		}
	}
	insertionOrdered(x)
}

// lower puts the elements less than v in front, and says how many there are. Where each comparison goes is as good as random, so
// no jump depends on it: every element is moved, and the number grows by one or by nothing.
func lower[E cmp.Ordered](x []E, v E) int {
	n := 0
	for i := range x {
		w := x[i]
		x[i] = x[n]
		x[n] = w
		n += one(w < v)
	}
	return n
}

// exchange does the same for x[i:j+1] where moving an element costs more: those that are on the wrong side change places. The result
// is the last position of those in front.
func exchange[E cmp.Ordered](x []E, i, j int) int {
	v := x[0]
	for {
		for i <= j && x[i] < v {
			i++
		}
		for i <= j && v < x[j] {
			j--
		}
		if i >= j {
			return j
		}
		x[i], x[j] = x[j], x[i]
		i++
		j--
	}
}

// equal puts the elements that are not greater than v, which is not greater than any, in front, and says how many there are.
func equal[E cmp.Ordered](x []E, v E) int {
	n := 0
	for i := range x {
		if x[i] <= v {
			x[i], x[n] = x[n], x[i]
			n++
		}
	}
	return n
}

func one(b bool) int { return int(*(*uint8)(unsafe.Pointer(&b))) }

func sortedOrdered[E cmp.Ordered](x []E) bool {
	for i := 1; i < len(x); i++ {
		if x[i] < x[i-1] {
			return false
		}
	}
	return true
}

func sortFunc[E any](x []E, depth int, cmp func(a, b E) int) {
	for len(x) > shortPart {
		if depth == 0 {
			heapFunc(x, cmp)
			return
		}
		depth--
		n := len(x)
		pivot := n / 2
		if n >= 50 {
			a := median3Func(x, n/4-1, n/4, n/4+1, cmp)
			b := median3Func(x, n/2-1, n/2, n/2+1, cmp)
			c := median3Func(x, n/4*3-1, n/4*3, n/4*3+1, cmp)
			pivot = median3Func(x, a, b, c, cmp)
		} else {
			pivot = median3Func(x, n/4, n/2, n/4*3, cmp)
		}
		x[0], x[pivot] = x[pivot], x[0]
		i, j, moved := 1, n-1, false
		for {
			for i <= j && cmp(x[i], x[0]) < 0 {
				i++
			}
			for i <= j && cmp(x[0], x[j]) < 0 {
				j--
			}
			if i >= j {
				break
			}
			x[i], x[j] = x[j], x[i]
			moved = true
			i++
			j--
		}
		x[0], x[j] = x[j], x[0]
		if !moved && IsSortedFunc(x[:j], cmp) && IsSortedFunc(x[j+1:], cmp) {
			return
		}
		if j < n-1-j {
			sortFunc(x[:j], depth, cmp)
			x = x[j+1:]
		} else {
			sortFunc(x[j+1:], depth, cmp)
			x = x[:j]
		}
	}
	insertionFunc(x, cmp)
}

func IsSorted[S ~[]E, E cmp.Ordered](x S) bool { return sortedOrdered(x) }

func IsSortedFunc[S ~[]E, E any](x S, cmp func(a, b E) int) bool {
	for i := 1; i < len(x); i++ {
		if cmp(x[i], x[i-1]) < 0 {
			return false
		}
	}
	return true
}

// Min is the least element, NaN if there is one.
func Min[S ~[]E, E cmp.Ordered](x S) E {
	if len(x) < 1 {
		panic("slices.Min: empty list")
	}
	m := x[0]
	for _, v := range x[1:] {
		m = min(m, v)
	}
	return m
}

func MinFunc[S ~[]E, E any](x S, cmp func(a, b E) int) E {
	if len(x) < 1 {
		panic("slices.MinFunc: empty list")
	}
	m := x[0]
	for _, v := range x[1:] {
		if cmp(v, m) < 0 {
			m = v
		}
	}
	return m
}

// Max is the greatest element, NaN if there is one.
func Max[S ~[]E, E cmp.Ordered](x S) E {
	if len(x) < 1 {
		panic("slices.Max: empty list")
	}
	m := x[0]
	for _, v := range x[1:] {
		m = max(m, v)
	}
	return m
}

func MaxFunc[S ~[]E, E any](x S, cmp func(a, b E) int) E {
	if len(x) < 1 {
		panic("slices.MaxFunc: empty list")
	}
	m := x[0]
	for _, v := range x[1:] {
		if cmp(v, m) > 0 {
			m = v
		}
	}
	return m
}

// BinarySearch finds target in a sorted slice, or where it would be.
func BinarySearch[S ~[]E, E cmp.Ordered](x S, target E) (int, bool) {
	lo, hi := 0, len(x)
	for lo < hi {
		if mid := int(uint(lo+hi) / 2); cmp.Less(x[mid], target) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(x) && cmp.Compare(x[lo], target) == 0
}

func BinarySearchFunc[S ~[]E, E, T any](x S, target T, cmp func(E, T) int) (int, bool) {
	lo, hi := 0, len(x)
	for lo < hi {
		if mid := int(uint(lo+hi) / 2); cmp(x[mid], target) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(x) && cmp(x[lo], target) == 0
}
