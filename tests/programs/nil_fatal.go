// A nil dereference that nobody recovers.
// exit: 2
// stderr: panic: runtime error: invalid memory address or nil pointer dereference
// stderr: [signal SIGSEGV: segmentation violation code=
// stderr: goroutine 1 [running]:
// stderr: main.main()
package main

func main() {
	var p *int // place: p scalar
	println("before")
	*p = 1
	println("after")
}
