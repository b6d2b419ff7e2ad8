package sync

import (
	"sync/atomic"
	"unsafe"
)

// A Pool is a set of temporary objects. A collection empties it by way of a second generation: what is not used
// between two collections is dropped.
type Pool struct {
	_          noCopy
	busy       uint32
	items      []any
	registered bool

	New func() any
}

//go:linkname registerPool escargo.register_pool
func registerPool(items unsafe.Pointer)

// enter takes the pool for this goroutine, if no other uses it at the moment.
func (p *Pool) enter() bool { return atomic.CompareAndSwapUint32(&p.busy, 0, 1) }

func (p *Pool) leave() { atomic.StoreUint32(&p.busy, 0) }

// Put adds x to the pool. It is dropped if another goroutine uses the pool at the moment.
func (p *Pool) Put(x any) {
	if x == nil || !p.enter() {
		return
	}
	if !p.registered {
		p.registered = true
		registerPool(unsafe.Pointer(&p.items))
	}
	p.items = append(p.items, x)
	p.leave()
}

// Get takes an object out of the pool, or makes one with New; nil if there is neither.
func (p *Pool) Get() any {
	if p.enter() {
		if n := len(p.items); n > 0 {
			x := p.items[n-1]
			p.items[n-1] = nil
			p.items = p.items[:n-1]
			p.leave()
			return x
		}
		p.leave()
	}
	if p.New != nil {
		return p.New()
	}
	return nil
}
