// An address that no memory can have is no nil pointer.
// native: an emulator may report such a fault as one at address 0
// exit: 2
// stderr: unexpected fault address 0x
// stderr: fatal error: fault
// stderr: [signal SIGSEGV: segmentation violation code=0x
package main

import "unsafe"

type far struct{ next *far }

func main() {
	defer func() { println("recovered", recover() != nil) }()
	n := uintptr(0xdead000000000000)
	f := *(**far)(unsafe.Pointer(&n))
	println(f.next)
}
