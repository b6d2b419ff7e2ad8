// SIGQUIT prints what all goroutines do.
// exit: 2
// stderr: SIGQUIT: quit
// stderr: goroutine 2 [chan receive]:
// stderr: main.wait(...)
// stderr: created by main.main in goroutine 1
package main

import (
	"bytes"
	"os"
	"runtime"
	"syscall"
	"time"
)

func wait(c chan int) { <-c }

func main() {
	c := make(chan int)
	go wait(c)
	stacks := make([]byte, 1<<16)
	for !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("[chan receive]")) {
		runtime.Gosched()
	}
	syscall.Kill(os.Getpid(), syscall.SIGQUIT)
	// Any thread may get the signal: until it has, this is no deadlock.
	time.Sleep(time.Minute)
}
