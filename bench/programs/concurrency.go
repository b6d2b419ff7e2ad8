package main

import (
	"fmt"
	"sync"
	"time"
)

func figure(name string, n int, f func()) {
	start := time.Now()
	f()
	fmt.Printf("@%s %.2f ns\n", name, float64(time.Since(start))/float64(n))
}

func main() {
	sum := 0
	const rounds = 200_000
	a, b := make(chan int), make(chan int)
	go func() {
		for x := range a {
			b <- x + 1
		}
		close(b)
	}()
	figure("pingpong", rounds, func() {
		for i := range rounds {
			a <- i
			sum += <-b
		}
	})
	close(a)

	var wg sync.WaitGroup
	figure("go_join", rounds, func() {
		for range rounds {
			wg.Add(1)
			go func() { wg.Done() }()
			wg.Wait()
		}
	})

	const items = 2_000_000
	figure("producer_consumer", items, func() {
		c := make(chan int, 100)
		go func() {
			for i := range items {
				c <- i
			}
			close(c)
		}()
		for x := range c {
			sum += x
		}
	})

	const locks = 20_000_000
	var mu sync.Mutex
	figure("mutex", locks, func() {
		for range locks {
			mu.Lock()
			sum++
			mu.Unlock()
		}
	})

	const many = 1_000_000
	done := 0
	figure("million", many, func() {
		wg.Add(many)
		for range many {
			go func() {
				mu.Lock()
				done++
				mu.Unlock()
				wg.Done()
			}()
		}
		wg.Wait()
	})
	println(sum, done)
}
