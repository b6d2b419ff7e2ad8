// Package iter has the types of functions to range over.
package iter

import "runtime"

// Seq is an iterator over values.
type Seq[V any] func(yield func(V) bool)

// Seq2 is an iterator over pairs.
type Seq2[K, V any] func(yield func(K, V) bool)

// A step is what the iterating goroutine hands over.
type step[V any] struct {
	value V
	ok    bool
	// The iterator panicked with this.
	panicked bool
	failure  any
}

// puller runs an iterator in a goroutine of its own that only moves while it is asked.
type puller[V any] struct {
	ask     chan bool
	answer  chan step[V]
	started bool
	done    bool
	// The iterator runs: it is asked, and has not answered.
	running bool
}

func (p *puller[V]) run(seq Seq[V]) {
	end := step[V]{}
	defer func() {
		if end.panicked {
			// Nothing to recover: the iterator has ended its goroutine.
			end.failure = recover()
		}
		p.answer <- end
	}()
	if !<-p.ask {
		return
	}
	end.panicked = true
	seq(func(v V) bool {
		if p.done {
			return false
		}
		if !p.running {
			panic("iter.Pull: yield called again before next")
		}
		p.answer <- step[V]{value: v, ok: true}
		return <-p.ask
	})
	end.panicked = false
}

// move asks for the next value, or for the end.
func (p *puller[V]) move(more bool) (v V, ok bool) {
	if p.running {
		panic("iter.Pull: next called again before yield")
	}
	p.running = true
	p.ask <- more
	s := <-p.answer
	p.running = false
	if !s.ok {
		p.done = true
	}
	switch {
	case s.failure != nil:
		panic(s.failure)
	case s.panicked:
		runtime.Goexit()
	}
	return s.value, s.ok
}

// Pull turns an iterator around: next returns its values one at a time, stop ends it.
func Pull[V any](seq Seq[V]) (next func() (V, bool), stop func()) {
	p := &puller[V]{ask: make(chan bool), answer: make(chan step[V])}
	next = func() (v V, ok bool) {
		if p.done {
			return v, false
		}
		if !p.started {
			p.started = true
			go p.run(seq)
		}
		return p.move(true)
	}
	stop = func() {
		if p.done {
			return
		}
		if !p.started {
			p.done = true
			return
		}
		p.move(false)
	}
	return next, stop
}

type pair[K, V any] struct {
	k K
	v V
}

// Pull2 is Pull for pairs.
func Pull2[K, V any](seq Seq2[K, V]) (next func() (K, V, bool), stop func()) {
	one, stop := Pull(func(yield func(pair[K, V]) bool) {
		seq(func(k K, v V) bool { return yield(pair[K, V]{k, v}) })
	})
	next = func() (K, V, bool) {
		p, ok := one()
		return p.k, p.v, ok
	}
	return next, stop
}
