// SIGQUIT prints what all goroutines do.
// exit: 2
// stderr: SIGQUIT: quit
// stderr: goroutine 2 [chan receive]:
// stderr: main.wait(...)
// stderr: created by main.main in goroutine 1
package main

import (
	"os"
	"runtime"
	"syscall"
)

func wait(c chan int) { <-c }

func main() {
	c := make(chan int)
	go wait(c)
	runtime.Gosched()
	syscall.Kill(os.Getpid(), syscall.SIGQUIT)
	<-c
}
