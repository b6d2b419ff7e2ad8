package main

type object struct {
	next *object
	pad  [7]int
}

var sink *object

func main() {
	sum := 0
	for i := range 100_000_000 {
		o := &object{}
		o.pad[0] = i
		sink = o
		sum += sink.pad[0] & 1
	}
	println(sum)
}
