// Package signal hands signals of the operating system to channels.
package signal

import (
	"context"
	"os"
	"sync"
	"syscall"
	_ "unsafe"
)

// What is done with a signal; the runtime knows these numbers.
const (
	actDefault = iota
	actNotify
	actIgnore
)

//go:linkname read syscall.waitingRead
func read(fd int, p []byte) (n int, err error)

//go:linkname setAction escargo.signal_action
func setAction(signal, action int)

//go:linkname isIgnored escargo.signal_ignored
func isIgnored(signal int) int

// pipe is the descriptor that a byte for each signal can be read from.
//
//go:linkname pipe escargo.signal_pipe
func pipe() int

const count = 65

// listeners are the channels and the sets of signals that they want.
var listeners struct {
	sync.Mutex
	wants   map[chan<- os.Signal]*[count]bool
	uses    [count]int
	started bool
}

// each calls f with the numbers of signals, of all if none is given.
func each(sigs []os.Signal, f func(n int)) {
	if len(sigs) == 0 {
		for n := 1; n < count; n++ {
			f(n)
		}
	}
	for _, s := range sigs {
		if s, ok := s.(syscall.Signal); ok && s > 0 && s < count {
			f(int(s))
		}
	}
}

// Notify sends the signals, or all that come, to c from now on. It does not wait for room in c.
func Notify(c chan<- os.Signal, sig ...os.Signal) {
	if c == nil {
		panic("os/signal: Notify using nil channel")
	}
	l := &listeners
	l.Lock()
	defer l.Unlock()
	if !l.started {
		l.started = true
		go watch(pipe())
	}
	want := l.wants[c]
	if want == nil {
		if l.wants == nil {
			l.wants = map[chan<- os.Signal]*[count]bool{}
		}
		want = new([count]bool)
		l.wants[c] = want
	}
	each(sig, func(n int) {
		if want[n] {
			return
		}
		want[n] = true
		if l.uses[n]++; l.uses[n] == 1 {
			setAction(n, actNotify)
		}
	})
}

// watch hands out what comes.
func watch(fd int) {
	var buf [64]byte
	for {
		n, err := read(fd, buf[:])
		if err != nil && err != syscall.EINTR {
			return
		}
		for _, b := range buf[:max(n, 0)] {
			listeners.Lock()
			for c, want := range listeners.wants {
				if want[b] {
					select {
					case c <- syscall.Signal(b):
					default:
					}
				}
			}
			listeners.Unlock()
		}
	}
}

// drop takes signals from a channel's set; the lock is held.
func drop(want *[count]bool, n int) {
	if want[n] {
		want[n] = false
		if listeners.uses[n]--; listeners.uses[n] == 0 {
			setAction(n, actDefault)
		}
	}
}

// Stop ends what Notify began for c: after it nothing is sent to c.
func Stop(c chan<- os.Signal) {
	listeners.Lock()
	defer listeners.Unlock()
	if want := listeners.wants[c]; want != nil {
		each(nil, func(n int) { drop(want, n) })
		delete(listeners.wants, c)
	}
}

// forget takes signals from all channels and sets what is done with them.
func forget(sigs []os.Signal, action int) {
	listeners.Lock()
	defer listeners.Unlock()
	each(sigs, func(n int) {
		for _, want := range listeners.wants {
			drop(want, n)
		}
		setAction(n, action)
	})
}

// Ignore makes the program ignore the signals, or all.
func Ignore(sig ...os.Signal) { forget(sig, actIgnore) }

// Reset undoes Notify and Ignore for the signals, or for all.
func Reset(sig ...os.Signal) { forget(sig, actDefault) }

// Ignored reports whether a signal is ignored.
func Ignored(sig os.Signal) bool {
	s, ok := sig.(syscall.Signal)
	return ok && s > 0 && s < count && isIgnored(int(s)) != 0
}

// NotifyContext is a context that is cancelled when one of the signals comes, when stop is called or when the parent is done.
func NotifyContext(parent context.Context, signals ...os.Signal) (ctx context.Context, stop context.CancelFunc) {
	inner, cancel := context.WithCancelCause(parent)
	c := make(chan os.Signal, 1)
	Notify(c, signals...)
	if inner.Err() == nil {
		go func() {
			select {
			case s := <-c:
				cancel(received(s.String() + " signal received"))
			case <-inner.Done():
			}
		}()
	}
	return &notified{inner, signals}, func() {
		cancel(nil)
		Stop(c)
	}
}

type notified struct {
	context.Context
	signals []os.Signal
}

func (n *notified) String() string {
	const suffix = ".WithCancel"
	name := n.Context.(interface{ String() string }).String()
	text := "signal.NotifyContext(" + name[:len(name)-len(suffix)]
	for i, s := range n.signals {
		if i == 0 {
			text += ", ["
		} else {
			text += " "
		}
		text += s.String()
	}
	if len(n.signals) > 0 {
		text += "]"
	}
	return text + ")"
}

// received is the cause of a cancellation by a signal.
type received string

func (r received) Error() string        { return string(r) }
func (r received) Is(target error) bool { return target == context.Canceled }
