package poll

// Waiting for files without a thread each: one goroutine waits in epoll_wait for all of them and wakes who waits for a file.
//
// Each file has two sides, reading and writing. A side is *ready* from an event on until somebody begins to wait for the next
// one (pollReset); events come at edges, so that a side that stays ready makes none.

import (
	"os"
	"sync"
	"syscall"
	"time"
	_ "unsafe" // for go:linkname
)

// os.ErrDeadlineExceeded is this package's error, which package os cannot import.
func init() { os.ErrDeadlineExceeded = ErrDeadlineExceeded }

// watched is a file that is waited for. Its number, one more than its index in the table, is the context of a pollDesc.
type watched struct {
	mu      sync.Mutex
	fd      int
	number  uint32
	age     uint32 // How many files had this number before: events of those are late.
	closing bool
	sides   [2]watchedSide
}

const (
	sideRead = iota
	sideWrite
)

type watchedSide struct {
	ready   bool
	waiting bool
	wake    uint32 // A semaphore: one more for each waiter that may go on.
	expired bool
	timer   *time.Timer
	timers  int // How many deadlines there were: the timers of all but the last are late.
}

var watchedFiles struct {
	mu    sync.RWMutex
	epoll int
	table []*watched
	free  []*watched
}

//go:linkname acquire escargo.sem_acquire
func acquire(sema *uint32)

//go:linkname semRelease escargo.sem_release
func semRelease(sema *uint32, lock int)

func release(sema *uint32) { semRelease(sema, 0) }

//go:linkname semacquire internal/poll.runtime_Semacquire
func semacquire(sema *uint32) { acquire(sema) }

//go:linkname semrelease internal/poll.runtime_Semrelease
func semrelease(sema *uint32) { release(sema) }

//go:linkname pollServerInit internal/poll.runtime_pollServerInit
func pollServerInit() {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		panic("runtime: epollcreate failed with " + err.Error())
	}
	watchedFiles.epoll = epoll
	go watchFiles(epoll)
}

// watchFiles tells the files' sides about events.
func watchFiles(epoll int) {
	const (
		readable = syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLHUP | syscall.EPOLLERR
		writable = syscall.EPOLLOUT | syscall.EPOLLHUP | syscall.EPOLLERR
	)
	events := make([]syscall.EpollEvent, 128)
	for {
		n, _ := syscall.EpollWait(epoll, events, -1)
		for _, e := range events[:max(n, 0)] {
			watchedFiles.mu.RLock()
			w := watchedFiles.table[uint32(e.Fd)-1]
			watchedFiles.mu.RUnlock()
			w.mu.Lock()
			if w.age == uint32(e.Pad) {
				if e.Events&readable != 0 {
					w.sides[sideRead].becomeReady()
				}
				if e.Events&writable != 0 {
					w.sides[sideWrite].becomeReady()
				}
			}
			w.mu.Unlock()
		}
	}
}

func (s *watchedSide) becomeReady() {
	s.ready = true
	s.stopWaiting()
}

func (s *watchedSide) stopWaiting() {
	if s.waiting {
		s.waiting = false
		release(&s.wake)
	}
}

//go:linkname pollOpen internal/poll.runtime_pollOpen
func pollOpen(fd uintptr) (ctx uintptr, errno int) {
	f := &watchedFiles
	f.mu.Lock()
	var w *watched
	if last := len(f.free) - 1; last >= 0 {
		w, f.free = f.free[last], f.free[:last]
	} else {
		w = &watched{number: uint32(len(f.table)) + 1}
		f.table = append(f.table, w)
	}
	f.mu.Unlock()
	w.mu.Lock()
	w.fd = int(fd)
	w.age++
	w.closing = false
	w.sides = [2]watchedSide{}
	event := syscall.EpollEvent{Fd: int32(w.number), Pad: int32(w.age)}
	w.mu.Unlock()
	edges := uint32(1) << 31
	event.Events = syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | edges
	if err := syscall.EpollCtl(f.epoll, syscall.EPOLL_CTL_ADD, int(fd), &event); err != nil {
		w.recycle()
		return 0, int(err.(syscall.Errno))
	}
	return uintptr(w.number), 0
}

// recycle lets the number serve another file.
func (w *watched) recycle() {
	watchedFiles.mu.Lock()
	watchedFiles.free = append(watchedFiles.free, w)
	watchedFiles.mu.Unlock()
}

func watchedOf(ctx uintptr) *watched {
	watchedFiles.mu.RLock()
	defer watchedFiles.mu.RUnlock()
	return watchedFiles.table[ctx-1]
}

//go:linkname pollClose internal/poll.runtime_pollClose
func pollClose(ctx uintptr) {
	w := watchedOf(ctx)
	syscall.EpollCtl(watchedFiles.epoll, syscall.EPOLL_CTL_DEL, w.fd, &syscall.EpollEvent{})
	w.recycle()
}

// state is why nobody may wait for a side; the file is locked.
func (w *watched) state(s *watchedSide) int {
	switch {
	case w.closing:
		return pollErrClosing
	case s.expired:
		return pollErrTimeout
	}
	return pollNoError
}

func (w *watched) side(mode int) *watchedSide {
	if mode == 'r' {
		return &w.sides[sideRead]
	}
	return &w.sides[sideWrite]
}

//go:linkname pollReset internal/poll.runtime_pollReset
func pollReset(ctx uintptr, mode int) int {
	w := watchedOf(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.side(mode)
	state := w.state(s)
	if state == pollNoError {
		s.ready = false
	}
	return state
}

//go:linkname pollWait internal/poll.runtime_pollWait
func pollWait(ctx uintptr, mode int) int {
	w := watchedOf(ctx)
	w.mu.Lock()
	s := w.side(mode)
	for !s.ready {
		if state := w.state(s); state != pollNoError {
			w.mu.Unlock()
			return state
		}
		s.waiting = true
		w.mu.Unlock()
		acquire(&s.wake)
		w.mu.Lock()
	}
	s.ready = false
	state := w.state(s)
	w.mu.Unlock()
	return state
}

//go:linkname pollWaitCanceled internal/poll.runtime_pollWaitCanceled
func pollWaitCanceled(ctx uintptr, mode int) {
	w := watchedOf(ctx)
	s := w.side(mode)
	w.mu.Lock()
	for !s.ready {
		s.waiting = true
		w.mu.Unlock()
		acquire(&s.wake)
		w.mu.Lock()
	}
	w.mu.Unlock()
}

// pollSetDeadline ends waits after so many nanoseconds: never if that is zero, at once if it is negative.
//
//go:linkname pollSetDeadline internal/poll.runtime_pollSetDeadline
func pollSetDeadline(ctx uintptr, after int64, mode int) {
	w := watchedOf(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closing {
		return
	}
	if mode != 'w' {
		w.setDeadline(&w.sides[sideRead], after)
	}
	if mode != 'r' {
		w.setDeadline(&w.sides[sideWrite], after)
	}
}

func (w *watched) setDeadline(s *watchedSide, after int64) {
	s.stopTimer()
	s.expired = after < 0
	if s.expired {
		s.stopWaiting()
	}
	if after > 0 {
		number, age := s.timers, w.age
		s.timer = time.AfterFunc(time.Duration(after), func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.age == age && s.timers == number {
				s.expired = true
				s.stopWaiting()
			}
		})
	}
}

func (s *watchedSide) stopTimer() {
	s.timers++
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

//go:linkname pollUnblock internal/poll.runtime_pollUnblock
func pollUnblock(ctx uintptr) {
	w := watchedOf(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closing = true
	for i := range w.sides {
		w.sides[i].stopTimer()
		w.sides[i].stopWaiting()
	}
}

//go:linkname isPollServerDescriptor internal/poll.runtime_isPollServerDescriptor
func isPollServerDescriptor(fd uintptr) bool { return int(fd) == watchedFiles.epoll }
