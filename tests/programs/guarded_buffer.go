// A byte buffer guarded by a sync.RWMutex, with deferred unlock.
package main

import (
	"fmt"
	"sync"
)

type buffer struct {
	mu   sync.RWMutex
	data []byte
}

func (b *buffer) write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data = append(b.data, p...)
	return len(p), nil
}

func (b *buffer) text() string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return string(b.data)
}

func main() {
	var b buffer // place: b heap
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 10 {
				b.write([]byte{byte('0' + i)}) // place: []byte{...} stack
			}
		}()
	}
	wg.Wait()
	counts := map[rune]int{}
	for _, c := range b.text() {
		counts[c]++
	}
	fmt.Println(len(b.text()), counts)
}
