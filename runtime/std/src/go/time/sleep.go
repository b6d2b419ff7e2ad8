package time

import (
	"sync"
	_ "unsafe"
)

// Sleep pauses the calling goroutine.
func Sleep(d Duration) {
	if d > 0 {
		sleep(int64(d))
	}
}

//go:linkname sleep escargo.sleep
func sleep(ns int64)

// timerStart has f run in a goroutine of its own at a time of the monotonic clock.
//
//go:linkname timerStart escargo.timer_start
func timerStart(at int64, f func()) (id int64)

//go:linkname timerStop escargo.timer_stop
func timerStop(id int64) (active int)

// event is what timers and tickers have in common.
type event struct {
	mu sync.Mutex
	id int64
	// Tells an expiry apart from those of earlier settings; 0 before the first.
	setting int
	active  bool
	at      int64
	period  Duration
	// One of them is there.
	c chan Time
	f func()
}

// after is d from now on the monotonic clock.
func after(d Duration) int64 {
	now := nanotime()
	if d <= 0 {
		return now
	}
	at := now + int64(d)
	if at < 0 {
		return 1<<63 - 1
	}
	return at
}

// set starts the event; the lock is held.
func (e *event) set(at int64) {
	e.setting++
	setting := e.setting
	e.active = true
	e.at = at
	e.id = timerStart(at, func() { e.expire(setting) })
}

func (e *event) expire(setting int) {
	e.mu.Lock()
	if setting != e.setting {
		e.mu.Unlock()
		return
	}
	e.active = false
	if e.period > 0 {
		// Expiries that were missed are left out.
		next := e.at + int64(e.period)
		if now := nanotime(); next <= now {
			next += (now - next) / int64(e.period) * int64(e.period)
		}
		e.set(next)
	}
	if e.c != nil {
		select {
		case e.c <- Now():
		default:
		}
	}
	e.mu.Unlock()
	if e.f != nil {
		e.f()
	}
}

// cancel stops the event, and reports whether it was still to come. What has been sent and not received never happened.
func (e *event) cancel() bool {
	was := e.active
	if e.active {
		timerStop(e.id)
		e.active = false
	}
	e.setting++
	if e.c != nil {
		select {
		case <-e.c:
			was = true
		default:
		}
	}
	return was
}

// A Timer sends the time on C once, or calls a function.
type Timer struct {
	C <-chan Time
	e event
}

// NewTimer sends the time on C after d.
func NewTimer(d Duration) *Timer {
	c := make(chan Time, 1)
	t := &Timer{c, event{c: c}}
	t.e.mu.Lock()
	t.e.set(after(d))
	t.e.mu.Unlock()
	return t
}

// AfterFunc calls f in a goroutine of its own after d.
func AfterFunc(d Duration, f func()) *Timer {
	t := &Timer{e: event{f: f}}
	t.e.mu.Lock()
	t.e.set(after(d))
	t.e.mu.Unlock()
	return t
}

// After is NewTimer(d).C.
func After(d Duration) <-chan Time { return NewTimer(d).C }

// Stop prevents the timer from firing; false if it has fired or been stopped.
func (t *Timer) Stop() bool {
	if t.e.setting == 0 {
		panic("time: Stop called on uninitialized Timer")
	}
	t.e.mu.Lock()
	defer t.e.mu.Unlock()
	return t.e.cancel()
}

// Reset sets the timer to fire after d; true if it was active.
func (t *Timer) Reset(d Duration) bool {
	if t.e.setting == 0 {
		panic("time: Reset called on uninitialized Timer")
	}
	t.e.mu.Lock()
	defer t.e.mu.Unlock()
	was := t.e.cancel()
	t.e.set(after(d))
	return was
}

// A Ticker sends the time on C again and again.
type Ticker struct {
	C <-chan Time
	e event
}

// NewTicker sends the time on C every d.
func NewTicker(d Duration) *Ticker {
	if d <= 0 {
		panic("non-positive interval for NewTicker")
	}
	c := make(chan Time, 1)
	t := &Ticker{c, event{c: c, period: d}}
	t.e.mu.Lock()
	t.e.set(after(d))
	t.e.mu.Unlock()
	return t
}

// Stop ends the ticks; it does not close C.
func (t *Ticker) Stop() {
	if t.e.setting == 0 {
		return
	}
	t.e.mu.Lock()
	t.e.cancel()
	t.e.period = 0
	t.e.mu.Unlock()
}

// Reset makes the next tick come after d, and then every d.
func (t *Ticker) Reset(d Duration) {
	if d <= 0 {
		panic("non-positive interval for Ticker.Reset")
	}
	if t.e.setting == 0 {
		panic("time: Reset called on uninitialized Ticker")
	}
	t.e.mu.Lock()
	t.e.cancel()
	t.e.period = d
	t.e.set(after(d))
	t.e.mu.Unlock()
}

// Tick is NewTicker(d).C; nil if d is not positive.
func Tick(d Duration) <-chan Time {
	if d <= 0 {
		return nil
	}
	return NewTicker(d).C
}
