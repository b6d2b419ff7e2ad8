// Package ring has circular lists.
package ring

// A Ring is an element of a circular list, and so the list; its zero value is a ring of one.
type Ring struct {
	next, prev *Ring

	Value any
}

func (r *Ring) ready() *Ring {
	if r.next == nil {
		r.next, r.prev = r, r
	}
	return r
}

func (r *Ring) Next() *Ring { return r.ready().next }
func (r *Ring) Prev() *Ring { return r.ready().prev }

// Move goes n elements forward, or back.
func (r *Ring) Move(n int) *Ring {
	r.ready()
	for ; n < 0; n++ {
		r = r.prev
	}
	for ; n > 0; n-- {
		r = r.next
	}
	return r
}

// New is a ring of n elements.
func New(n int) *Ring {
	if n <= 0 {
		return nil
	}
	first := new(Ring).ready()
	for range n - 1 {
		e := &Ring{prev: first.prev, next: first}
		first.prev.next = e
		first.prev = e
	}
	return first
}

// Link makes s follow r, and returns what did. Within one ring that removes the elements between.
func (r *Ring) Link(s *Ring) *Ring {
	n := r.Next()
	if s != nil {
		last := s.Prev()
		r.next, s.prev = s, r
		n.prev, last.next = last, n
	}
	return n
}

// Unlink removes the n elements behind r.
func (r *Ring) Unlink(n int) *Ring {
	if n <= 0 {
		return nil
	}
	return r.Link(r.Move(n + 1))
}

func (r *Ring) Len() int {
	if r == nil {
		return 0
	}
	n := 1
	for p := r.Next(); p != r; p = p.next {
		n++
	}
	return n
}

// Do calls f for each element.
func (r *Ring) Do(f func(any)) {
	if r == nil {
		return
	}
	f(r.Value)
	for p := r.Next(); p != r; p = p.next {
		f(p.Value)
	}
}
