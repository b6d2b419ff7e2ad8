package syscall

import "unsafe"

func EpollCreate1(flag int) (fd int, err error) {
	return result(osSyscall(SYS_EPOLL_CREATE1, word(flag), nil, nil, nil, nil))
}

// EpollCreate makes an epoll file; the size means nothing, but must be positive.
func EpollCreate(size int) (fd int, err error) {
	if size <= 0 {
		return -1, EINVAL
	}
	return EpollCreate1(0)
}

func EpollCtl(epfd int, op int, fd int, event *EpollEvent) error {
	return failure(osSyscall(SYS_EPOLL_CTL, word(epfd), word(op), word(fd), unsafe.Pointer(event), nil))
}

// EpollWait waits up to msec milliseconds, or for ever if that is negative.
func EpollWait(epfd int, events []EpollEvent, msec int) (n int, err error) {
	first := unsafe.Pointer(unsafe.SliceData(events))
	return result(osSyscall6(SYS_EPOLL_PWAIT, word(epfd), first, word(len(events)), word(msec), nil, nil))
}

func InotifyInit1(flags int) (fd int, err error) {
	return result(osSyscall(SYS_INOTIFY_INIT1, word(flags), nil, nil, nil, nil))
}

func InotifyInit() (fd int, err error) { return InotifyInit1(0) }

func InotifyAddWatch(fd int, pathname string, mask uint32) (watchdesc int, err error) {
	p, err := BytePtrFromString(pathname)
	if err != nil {
		return -1, err
	}
	return result(osSyscall(SYS_INOTIFY_ADD_WATCH, word(fd), text(p), word(int(mask)), nil, nil))
}

func InotifyRmWatch(fd int, watchdesc uint32) (success int, err error) {
	return result(osSyscall(SYS_INOTIFY_RM_WATCH, word(fd), word(int(watchdesc)), nil, nil, nil))
}

// An FdSet is a set of descriptors.
type FdSet struct {
	Bits [16]int64
}

// Select waits for files, at most as long as timeout says, which then holds what was left.
func Select(nfd int, r *FdSet, w *FdSet, e *FdSet, timeout *Timeval) (n int, err error) {
	var left *Timespec
	if timeout != nil {
		left = &Timespec{timeout.Sec, timeout.Usec * 1000}
	}
	n, err = result(osSyscall6(SYS_PSELECT6, word(nfd), unsafe.Pointer(r), unsafe.Pointer(w), unsafe.Pointer(e), unsafe.Pointer(left), nil))
	if timeout != nil {
		timeout.Sec, timeout.Usec = left.Sec, left.Nsec/1000
	}
	return n, err
}

func Nanosleep(time *Timespec, leftover *Timespec) error {
	return failure(osSyscall(SYS_NANOSLEEP, unsafe.Pointer(time), unsafe.Pointer(leftover), nil, nil, nil))
}

// Pause waits for a signal.
func Pause() error {
	return failure(osSyscall(SYS_PPOLL, nil, nil, nil, nil, nil))
}
