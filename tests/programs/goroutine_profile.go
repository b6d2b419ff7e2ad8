package main

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
)

//go:noinline
func park(ready chan<- bool, done <-chan int) {
	ready <- true
	<-done
}

func main() {
	ready, done := make(chan bool), make(chan int)
	for range 3 {
		go park(ready, done)
	}
	for range 3 {
		<-ready
	}
	runtime.Gosched()
	var text bytes.Buffer
	p := pprof.Lookup("goroutine")
	fmt.Println(p.WriteTo(&text, 1), p.Count(), p.Name())
	parked := false
	for _, stack := range strings.Split(text.String(), "\n\n") {
		parked = parked || strings.Contains(stack, "3 @ ") && strings.Contains(stack, "main.park")
	}
	fmt.Println(parked, strings.HasPrefix(text.String(), "goroutine profile: total 4\n"))

	own := pprof.NewProfile("own")
	own.Add("a", 0)
	own.Add("b", 0)
	own.Remove("a")
	fmt.Println(own.Count(), pprof.Lookup("own") == own, pprof.Lookup("none") == nil)
	for _, p := range pprof.Profiles() {
		fmt.Print(p.Name(), " ")
	}
	fmt.Println()
	pprof.Do(context.Background(), pprof.Labels("k", "v"), func(ctx context.Context) {
		fmt.Println(pprof.Label(ctx, "k"))
	})
	close(done)
}
