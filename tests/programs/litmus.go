// Litmus loops: what Go's memory model allows of channels, mutexes, atomics and select, tried over and over by goroutines that run
// at the same time. Each loop runs a few rounds; with LITMUS_SECONDS=600 in the environment all of them run again and again for
// that long.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func check(ok bool, what string) {
	if !ok {
		panic("litmus: " + what)
	}
}

// Store buffering: at least one of two goroutines sees the other's write. Here an addition writes; store_buffering.go stores.
func storeBuffering() {
	var x, y atomic.Int32
	for range 200 {
		x.Store(0)
		y.Store(0)
		var a, b int32
		var wg sync.WaitGroup
		wg.Add(2)
		go func() { defer wg.Done(); x.Add(1); a = y.Load() }()
		go func() { defer wg.Done(); y.Add(1); b = x.Load() }()
		wg.Wait()
		check(a == 1 || b == 1, "store buffering")
	}
}

// Message passing: who sees the flag sees the data.
func messagePassing() {
	type box struct{ a, b int }
	var p atomic.Pointer[box]
	var stop atomic.Bool
	done := make(chan int)
	go func() {
		seen := 0
		for !stop.Load() {
			if q := p.Load(); q != nil {
				check(q.b == q.a+1, "message passing")
				seen++
			}
		}
		done <- seen
	}()
	for i := range 3000 {
		p.Store(&box{i, i + 1})
	}
	stop.Store(true)
	<-done
}

// A release by a plain store to a channel, an acquire by receiving.
func handOver() {
	c := make(chan []int)
	d := make(chan []int, 1)
	go func() {
		for s := range c {
			for i := range s {
				s[i]++
			}
			d <- s
		}
		close(d)
	}()
	s := make([]int, 64)
	for i := range 500 {
		c <- s
		s = <-d
		check(s[0] == i+1 && s[63] == i+1, "hand-over")
	}
	close(c)
	_, ok := <-d
	check(!ok, "close")
}

// Every value sent is received once, in order for each sender, through channels and selects of all kinds.
func selects() {
	const senders, receivers, n = 4, 3, 300
	type message struct{ from, number int }
	cs := [3]chan message{make(chan message), make(chan message, 1), make(chan message, 16)}
	var sent, got sync.WaitGroup
	var mu sync.Mutex
	counts := [senders]int{}
	sums := [senders]int{}
	quit := make(chan bool)
	for r := range receivers {
		got.Add(1)
		go func() {
			defer got.Done()
			last := [senders][3]int{}
			take := func(m message, c int) {
				check(m.number >= last[m.from][c], "order of a sender")
				last[m.from][c] = m.number
				mu.Lock()
				counts[m.from]++
				sums[m.from] += m.number
				mu.Unlock()
			}
			for {
				select {
				case m := <-cs[0]:
					take(m, 0)
				case m := <-cs[1]:
					take(m, 1)
				case m := <-cs[2]:
					take(m, 2)
				case <-quit:
					return
				}
				if r == 0 {
					runtime.Gosched()
				}
			}
		}()
	}
	for s := range senders {
		sent.Add(1)
		go func() {
			defer sent.Done()
			for i := range n {
				m := message{s, i}
				select {
				case cs[0] <- m:
				case cs[1] <- m:
				case cs[2] <- m:
				}
			}
		}()
	}
	sent.Wait()
	for len(cs[1])+len(cs[2]) > 0 {
		runtime.Gosched()
	}
	close(quit)
	got.Wait()
	for s := range senders {
		check(counts[s] == n && sums[s] == n*(n-1)/2, "every value once")
	}
}

func mutexes() {
	var mu sync.Mutex
	var rw sync.RWMutex
	var wg sync.WaitGroup
	var a, b, c int
	for range 4 {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for range 500 {
				mu.Lock()
				a++
				mu.Unlock()
				rw.Lock()
				b++
				c++
				rw.Unlock()
			}
		}()
		go func() {
			defer wg.Done()
			for range 500 {
				rw.RLock()
				check(b == c, "readers and writers")
				rw.RUnlock()
			}
		}()
	}
	wg.Wait()
	check(a == 2000 && b == 2000, "mutual exclusion")
}

// A queue with a condition variable loses no wake-up.
func conditions() {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	var queue []int
	var wg sync.WaitGroup
	sum := 0
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 200 {
				mu.Lock()
				for len(queue) == 0 {
					cond.Wait()
				}
				sum += queue[0]
				queue = queue[1:]
				mu.Unlock()
			}
		}()
	}
	for i := range 600 {
		mu.Lock()
		queue = append(queue, i)
		mu.Unlock()
		if i%7 == 0 {
			cond.Broadcast()
		} else {
			cond.Signal()
		}
	}
	wg.Wait()
	check(sum == 600*599/2, "condition variable")
}

func counters() {
	var wg sync.WaitGroup
	var n, m atomic.Int64
	var once sync.Once
	var pool = sync.Pool{New: func() any { return new([8]int) }}
	firsts := 0
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 1000 {
				n.Add(1)
				for {
					old := m.Load()
					if m.CompareAndSwap(old, old+int64(i)) {
						break
					}
				}
				p := pool.Get().(*[8]int)
				p[i%8]++
				check(p[i%8] > 0, "pool")
				p[i%8]--
				pool.Put(p)
				once.Do(func() { firsts++ })
			}
		}()
	}
	wg.Wait()
	check(n.Load() == 4000 && m.Load() == 4*1000*999/2 && firsts == 1, "counters")
}

// Goroutines that never call anything are interrupted, by others and by collections.
func loops() {
	var stop atomic.Bool
	done := make(chan int)
	for range 2 {
		go func() {
			n := 0
			for !stop.Load() {
				n++
			}
			done <- n
		}()
	}
	time.Sleep(time.Millisecond)
	runtime.GC()
	stop.Store(true)
	<-done
	<-done
}

func timers() {
	fired := make(chan int, 20)
	for i := range 20 {
		time.AfterFunc(time.Duration(i%5)*100*time.Microsecond, func() { fired <- i })
	}
	seen := 0
	for range 20 {
		seen |= 1 << <-fired
	}
	check(seen == 1<<20-1, "timers")
	select {
	case <-fired:
		check(false, "a timer fired twice")
	case <-time.After(time.Millisecond):
	}
}

func main() {
	if runtime.GOMAXPROCS(0) < 2 {
		runtime.GOMAXPROCS(2)
	}
	seconds, _ := strconv.Atoi(os.Getenv("LITMUS_SECONDS"))
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	for {
		storeBuffering()
		messagePassing()
		handOver()
		selects()
		mutexes()
		conditions()
		counters()
		loops()
		timers()
		if !time.Now().Before(end) {
			break
		}
	}
	fmt.Println("ok")
}
