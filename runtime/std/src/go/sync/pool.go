package sync

import "unsafe"

// A Pool is a set of temporary objects. A collection empties it by way of a second generation: what is not used
// between two collections is dropped.
type Pool struct {
	_          noCopy
	items      []any
	registered bool

	New func() any
}

//go:linkname registerPool escargo.register_pool
func registerPool(items unsafe.Pointer)

// Put adds x to the pool.
func (p *Pool) Put(x any) {
	if x == nil {
		return
	}
	if !p.registered {
		p.registered = true
		registerPool(unsafe.Pointer(&p.items))
	}
	p.items = append(p.items, x)
}

// Get takes an object out of the pool, or makes one with New; nil if there is neither.
func (p *Pool) Get() any {
	if n := len(p.items); n > 0 {
		x := p.items[n-1]
		p.items[n-1] = nil
		p.items = p.items[:n-1]
		return x
	}
	if p.New != nil {
		return p.New()
	}
	return nil
}
