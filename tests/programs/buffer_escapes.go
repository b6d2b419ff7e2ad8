// The address of a stack buffer reaches a heap object, so the buffer is on the heap.
package main

type holder struct{ data []byte }

var all []*holder

//go:noinline
func hold(b byte) *holder {
	var buf [64]byte // place: buf heap
	buf[0] = b
	h := &holder{} // place: &holder{} heap
	h.data = buf[:]
	return h
}

//go:noinline
func local(b byte) byte {
	var buf [64]byte // place: buf stack
	h := holder{buf[:]}
	for i := range h.data {
		h.data[i] = b + byte(i)
	}
	return h.data[b&63]
}

func main() {
	for i := range 1000 {
		all = append(all, hold(byte(i)))
	}
	sum := 0
	for _, h := range all {
		sum += int(h.data[0])
	}
	println(sum, local(7))
}
