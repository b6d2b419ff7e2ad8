package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// anonymous tells how much anonymous memory and how many page tables the process has, in bytes.
func anonymous() int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	sum := 0
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "RssAnon:") || strings.HasPrefix(line, "VmPTE:") {
			n := 0
			fmt.Sscan(strings.Fields(line)[1], &n)
			sum += n << 10
		}
	}
	return sum
}

func main() {
	const n = 100_000
	runtime.GC()
	before := anonymous()
	var started, done sync.WaitGroup
	stop := make(chan int)
	started.Add(n)
	done.Add(n)
	begin := time.Now()
	for range n {
		go func() {
			started.Done()
			<-stop
			done.Done()
		}()
	}
	started.Wait()
	fmt.Printf("@park %.0f ns\n", float64(time.Since(begin))/n)
	// The page that the stack touches does not count.
	fmt.Printf("@parked_memory %.0f B-page\n", float64(anonymous()-before)/n-4096)
	begin = time.Now()
	runtime.GC()
	fmt.Printf("@parked_collection %.1f ms\n", time.Since(begin).Seconds()*1e3)
	close(stop)
	done.Wait()
	println("done")
}
