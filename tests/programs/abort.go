// SIGABRT, like SIGQUIT, prints what all goroutines do.
// exit: 2
// stderr: SIGABRT: abort
// stderr: goroutine 2 [chan receive]:
// stderr: main.wait(...)
package main

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

func wait(c chan int) { <-c }

func main() {
	c := make(chan int)
	go wait(c)
	runtime.Gosched()
	syscall.Kill(os.Getpid(), syscall.SIGABRT)
	// Any thread may get the signal: until it has, this is no deadlock.
	time.Sleep(time.Minute)
}
