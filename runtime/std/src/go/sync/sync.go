// Package sync has mutexes, condition variables, wait groups, pools and concurrent maps.
package sync

import (
	"sync/atomic"
	"unsafe"
)

type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

//go:linkname semAcquire escargo.sem_acquire
func semAcquire(addr *uint32)

//go:linkname semRelease escargo.sem_release
func semRelease(addr *uint32, lock int)

//go:linkname notifyAdd escargo.notify_add
func notifyAdd(list *uint64) int

//go:linkname notifyWait escargo.notify_wait
func notifyWait(list *uint64, ticket int)

//go:linkname notifyOne escargo.notify_one
func notifyOne(list *uint64)

//go:linkname notifyAll escargo.notify_all
func notifyAll(list *uint64)

//go:linkname fatalText escargo.fatal
func fatalText(p *byte, n int)

func fatal(text string) { fatalText(unsafe.StringData(text), len(text)) }

// A Locker can be locked and unlocked.
type Locker interface {
	Lock()
	Unlock()
}

// A Mutex is a mutual exclusion lock; its zero value is unlocked.
type Mutex struct {
	// Bit 0: locked. Bit 1: never set, but by an Unlock too many. The rest: number of waiters, in steps of waiter.
	state int32
	sema  uint32
}

const (
	locked = 1
	broken = 2
	waiter = 4
)

func (m *Mutex) Lock() {
	if atomic.CompareAndSwapInt32(&m.state, 0, locked) {
		return
	}
	m.lockSlow()
}

//go:noinline
func (m *Mutex) lockSlow() {
	for {
		old := atomic.LoadInt32(&m.state)
		if old&locked == 0 {
			if atomic.CompareAndSwapInt32(&m.state, old, old|locked) {
				return
			}
		} else if atomic.CompareAndSwapInt32(&m.state, old, old+waiter) {
			semAcquire(&m.sema)
		}
	}
}

func (m *Mutex) TryLock() bool {
	old := atomic.LoadInt32(&m.state)
	return old&locked == 0 && atomic.CompareAndSwapInt32(&m.state, old, old|locked)
}

func (m *Mutex) Unlock() {
	// An atomic addition whose result is not used takes less than one that returns it. Unlocking what is not locked borrows from
	// bit 1, and nobody clears that again.
	atomic.AddInt32(&m.state, -locked)
	if state := atomic.LoadInt32(&m.state); state != 0 {
		m.unlockSlow(state)
	}
}

// unlockSlow wakes a waiter. state is what Unlock found when it had unlocked.
//
//go:noinline
func (m *Mutex) unlockSlow(state int32) {
	if state&broken != 0 {
		fatal("sync: unlock of unlocked mutex")
	}
	// Whoever has locked it again meanwhile wakes the waiter.
	for state >= waiter && state&locked == 0 {
		if atomic.CompareAndSwapInt32(&m.state, state, state-waiter) {
			// It competes for the lock again.
			semRelease(&m.sema, 1)
			return
		}
		state = atomic.LoadInt32(&m.state)
	}
}

// A RWMutex is held by any number of readers or by one writer; a waiting writer keeps new readers out.
type RWMutex struct {
	w           Mutex
	writerSem   uint32
	readerSem   uint32
	readerCount atomic.Int32
	readerWait  atomic.Int32
}

const maxReaders = 1 << 30

func (rw *RWMutex) RLock() {
	if rw.readerCount.Add(1) < 0 {
		semAcquire(&rw.readerSem)
	}
}

func (rw *RWMutex) TryRLock() bool {
	for {
		n := rw.readerCount.Load()
		if n < 0 {
			return false
		}
		if rw.readerCount.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (rw *RWMutex) RUnlock() {
	if n := rw.readerCount.Add(-1); n < 0 {
		if n+1 == 0 || n+1 == -maxReaders {
			fatal("sync: RUnlock of unlocked RWMutex")
		}
		if rw.readerWait.Add(-1) == 0 {
			semRelease(&rw.writerSem, 1)
		}
	}
}

func (rw *RWMutex) Lock() {
	rw.w.Lock()
	readers := rw.readerCount.Add(-maxReaders) + maxReaders
	if readers != 0 && rw.readerWait.Add(readers) != 0 {
		semAcquire(&rw.writerSem)
	}
}

func (rw *RWMutex) TryLock() bool {
	if !rw.w.TryLock() {
		return false
	}
	if !rw.readerCount.CompareAndSwap(0, -maxReaders) {
		rw.w.Unlock()
		return false
	}
	return true
}

func (rw *RWMutex) Unlock() {
	readers := rw.readerCount.Add(maxReaders)
	if readers >= maxReaders {
		fatal("sync: Unlock of unlocked RWMutex")
	}
	for range readers {
		semRelease(&rw.readerSem, 1)
	}
	rw.w.Unlock()
}

type rlocker RWMutex

func (r *rlocker) Lock()   { (*RWMutex)(r).RLock() }
func (r *rlocker) Unlock() { (*RWMutex)(r).RUnlock() }

// RLocker is rw as a Locker that locks for reading.
func (rw *RWMutex) RLocker() Locker { return (*rlocker)(rw) }

// A WaitGroup waits for a collection of goroutines.
type WaitGroup struct {
	_       noCopy
	count   int32
	waiters uint32
	sema    uint32
}

func (wg *WaitGroup) Add(delta int) {
	n := atomic.AddInt32(&wg.count, int32(delta))
	if n < 0 {
		panic("sync: negative WaitGroup counter")
	}
	if n == 0 {
		for w := atomic.SwapUint32(&wg.waiters, 0); w > 0; w-- {
			semRelease(&wg.sema, 0)
		}
	}
}

func (wg *WaitGroup) Done() { wg.Add(-1) }

func (wg *WaitGroup) Wait() {
	if atomic.LoadInt32(&wg.count) == 0 {
		return
	}
	atomic.AddUint32(&wg.waiters, 1)
	// The counter may have dropped to zero before the waiter was counted; then it takes itself back.
	if atomic.LoadInt32(&wg.count) == 0 {
		for {
			w := atomic.LoadUint32(&wg.waiters)
			if w == 0 {
				break
			}
			if atomic.CompareAndSwapUint32(&wg.waiters, w, w-1) {
				return
			}
		}
	}
	semAcquire(&wg.sema)
}

// Go calls f in a new goroutine and counts it.
func (wg *WaitGroup) Go(f func()) {
	wg.Add(1)
	go func() {
		defer wg.Done()
		f()
	}()
}

// A Once performs one action once.
type Once struct {
	_    noCopy
	done atomic.Uint32
	m    Mutex
}

func (o *Once) Do(f func()) {
	if o.done.Load() == 0 {
		o.doSlow(f)
	}
}

func (o *Once) doSlow(f func()) {
	o.m.Lock()
	defer o.m.Unlock()
	if o.done.Load() == 0 {
		defer o.done.Store(1)
		f()
	}
}

// OnceFunc returns a function that calls f once; if f panics, every call panics with the same value.
func OnceFunc(f func()) func() {
	once := OnceValue(func() struct{} { f(); return struct{}{} })
	return func() { once() }
}

// OnceValue returns a function that calls f once and returns its value.
func OnceValue[T any](f func() T) func() T {
	var once Once
	var valid bool
	var failure any
	var result T
	return func() T {
		once.Do(func() {
			defer func() {
				failure = recover()
				if !valid {
					panic(failure)
				}
			}()
			result = f()
			f = nil
			valid = true
		})
		if !valid {
			panic(failure)
		}
		return result
	}
}

// OnceValues is OnceValue for two results.
func OnceValues[T1, T2 any](f func() (T1, T2)) func() (T1, T2) {
	type pair struct {
		a T1
		b T2
	}
	once := OnceValue(func() pair { a, b := f(); return pair{a, b} })
	return func() (T1, T2) {
		p := once()
		return p.a, p.b
	}
}

// A Cond is a condition variable.
type Cond struct {
	_    noCopy
	L    Locker
	// Tickets given out, tickets called.
	list uint64
}

func NewCond(l Locker) *Cond { return &Cond{L: l} }

// Wait unlocks c.L, waits for Signal or Broadcast, and locks c.L again.
func (c *Cond) Wait() {
	ticket := notifyAdd(&c.list)
	c.L.Unlock()
	notifyWait(&c.list, ticket)
	c.L.Lock()
}

func (c *Cond) Signal()    { notifyOne(&c.list) }
func (c *Cond) Broadcast() { notifyAll(&c.list) }
