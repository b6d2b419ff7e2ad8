package syscall

import (
	"sync"
	"unsafe"
)

// ForkLock keeps descriptors that are not yet closed on exec from new processes: who makes one holds it for reading.
var ForkLock sync.RWMutex

// What escargo.os_set_ids changes.
const (
	idsUser = iota
	idsGroup
	idsGroups
)

// osSetIDs changes the ids of all threads of the process.
//
//go:linkname osSetIDs escargo.os_set_ids
func osSetIDs(which int, a, b, c unsafe.Pointer) int

func setIDs(which, real, effective, saved int) error {
	return failure(osSetIDs(which, word(real), word(effective), word(saved)))
}

func Setresuid(ruid int, euid int, suid int) error { return setIDs(idsUser, ruid, euid, suid) }
func Setresgid(rgid int, egid int, sgid int) error { return setIDs(idsGroup, rgid, egid, sgid) }
func Seteuid(euid int) error                       { return Setresuid(-1, euid, -1) }
func Setegid(egid int) error                       { return Setresgid(-1, egid, -1) }

// Setreuid sets the saved id, too, if the real one is set or the effective one becomes another than the real one.
func Setreuid(ruid, euid int) error {
	saved := -1
	if ruid != -1 || euid != -1 && euid != Getuid() {
		saved = euid
		if euid == -1 {
			saved = Geteuid()
		}
	}
	return Setresuid(ruid, euid, saved)
}

func Setregid(rgid, egid int) error {
	saved := -1
	if rgid != -1 || egid != -1 && egid != Getgid() {
		saved = egid
		if egid == -1 {
			saved = Getegid()
		}
	}
	return Setresgid(rgid, egid, saved)
}

// Setuid sets all three ids if the process may, else the effective one.
func Setuid(uid int) error {
	if Geteuid() == 0 {
		return Setresuid(uid, uid, uid)
	}
	return Seteuid(uid)
}

func Setgid(gid int) error {
	if Geteuid() == 0 {
		return Setresgid(gid, gid, gid)
	}
	return Setegid(gid)
}

func Setgroups(gids []int) error {
	list := make([]uint32, len(gids))
	for i, g := range gids {
		if g < 0 || g > 1<<16-1 {
			return EINVAL
		}
		list[i] = uint32(g)
	}
	return failure(osSetIDs(idsGroups, word(len(list)), unsafe.Pointer(unsafe.SliceData(list)), nil))
}

func Setfsuid(uid int) error { return onFile(SYS_SETFSUID, uid, 0, 0) }
func Setfsgid(gid int) error { return onFile(SYS_SETFSGID, gid, 0, 0) }

// AllThreadsSyscall is not supported, as in Go's programs with C code: the threads are not all this runtime's.
func AllThreadsSyscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err Errno) {
	return ^uintptr(0), ^uintptr(0), ENOTSUP
}

func AllThreadsSyscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	return ^uintptr(0), ^uintptr(0), ENOTSUP
}

func Getpgrp() int { pgid, _ := Getpgid(0); return pgid }
func Gettid() int  { return simple(SYS_GETTID) }

func Getpgid(pid int) (pgid int, err error) {
	return result(osSyscall(SYS_GETPGID, word(pid), nil, nil, nil, nil))
}

func Setpgid(pid int, pgid int) error { return onFile(SYS_SETPGID, pid, pgid, 0) }
func Setsid() (pid int, err error)    { return result(simple(SYS_SETSID)) }

// Getpriority is 20 less the nice value, as the kernel has it.
func Getpriority(which int, who int) (prio int, err error) {
	return result(osSyscall(SYS_GETPRIORITY, word(which), word(who), nil, nil, nil))
}

func Setpriority(which int, who int, prio int) error {
	return onFile(SYS_SETPRIORITY, which, who, prio)
}

func Tgkill(tgid int, tid int, sig Signal) error { return onFile(SYS_TGKILL, tgid, tid, int(sig)) }
func Unshare(flags int) error                    { return onFile(SYS_UNSHARE, flags, 0, 0) }

func Umask(mask int) (oldmask int) {
	return osSyscall(SYS_UMASK, word(mask), nil, nil, nil, nil)
}

// An Rlimit is what a process may use now, and what it may raise that to.
type Rlimit struct {
	Cur uint64
	Max uint64
}

func Getrlimit(resource int, rlim *Rlimit) error {
	return failure(osSyscall(SYS_PRLIMIT64, nil, word(resource), nil, unsafe.Pointer(rlim), nil))
}

func Setrlimit(resource int, rlim *Rlimit) error {
	return failure(osSyscall(SYS_PRLIMIT64, nil, word(resource), unsafe.Pointer(rlim), nil, nil))
}

// A Time_t is a time in seconds.
type Time_t int64

func Time(t *Time_t) (tt Time_t, err error) {
	var tv Timeval
	if err := Gettimeofday(&tv); err != nil {
		return 0, err
	}
	if t != nil {
		*t = Time_t(tv.Sec)
	}
	return Time_t(tv.Sec), nil
}

func Gettimeofday(tv *Timeval) error {
	return failure(osSyscall(SYS_GETTIMEOFDAY, unsafe.Pointer(tv), nil, nil, nil, nil))
}

func Settimeofday(tv *Timeval) error {
	return failure(osSyscall(SYS_SETTIMEOFDAY, unsafe.Pointer(tv), nil, nil, nil, nil))
}

// A Timex is the state of the clock's adjustment.
type Timex struct {
	Modes     uint32
	Pad_cgo_0 [4]byte
	Offset    int64
	Freq      int64
	Maxerror  int64
	Esterror  int64
	Status    int32
	Pad_cgo_1 [4]byte
	Constant  int64
	Precision int64
	Tolerance int64
	Time      Timeval
	Tick      int64
	Ppsfreq   int64
	Jitter    int64
	Shift     int32
	Pad_cgo_2 [4]byte
	Stabil    int64
	Jitcnt    int64
	Calcnt    int64
	Errcnt    int64
	Stbcnt    int64
	Tai       int32
	Pad_cgo_3 [44]byte
}

func Adjtimex(buf *Timex) (state int, err error) {
	return result(osSyscall(SYS_ADJTIMEX, unsafe.Pointer(buf), nil, nil, nil, nil))
}

// Tms are processor times in ticks of the clock.
type Tms struct {
	Utime  int64
	Stime  int64
	Cutime int64
	Cstime int64
}

func Times(tms *Tms) (ticks uintptr, err error) {
	n, err := result(osSyscall(SYS_TIMES, unsafe.Pointer(tms), nil, nil, nil, nil))
	return uintptr(n), err
}

func Sysinfo(info *Sysinfo_t) error {
	return failure(osSyscall(SYS_SYSINFO, unsafe.Pointer(info), nil, nil, nil, nil))
}

// Klogctl reads the kernel's messages, or says what becomes of them.
func Klogctl(typ int, buf []byte) (n int, err error) {
	return result(osSyscall(SYS_SYSLOG, word(typ), bytesOf(buf), word(len(buf)), nil, nil))
}

func Sethostname(p []byte) error {
	return failure(osSyscall(SYS_SETHOSTNAME, bytesOf(p), word(len(p)), nil, nil, nil))
}

func Setdomainname(p []byte) error {
	return failure(osSyscall(SYS_SETDOMAINNAME, bytesOf(p), word(len(p)), nil, nil, nil))
}

// Reboot restarts or stops the machine, or says what Ctrl-Alt-Delete does.
func Reboot(cmd int) error {
	return onFile(SYS_REBOOT, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd)
}

// A Termios is how a terminal behaves.
type Termios struct {
	Iflag     uint32
	Oflag     uint32
	Cflag     uint32
	Lflag     uint32
	Line      uint8
	Cc        [32]uint8
	Pad_cgo_0 [3]byte
	Ispeed    uint32
	Ospeed    uint32
}

func ptrace(request, pid int, address uintptr, data unsafe.Pointer) error {
	return failure(osSyscall(SYS_PTRACE, word(request), word(pid), word(int(address)), data, nil))
}

func PtraceAttach(pid int) error               { return ptrace(PTRACE_ATTACH, pid, 0, nil) }
func PtraceDetach(pid int) error               { return ptrace(PTRACE_DETACH, pid, 0, nil) }
func PtraceCont(pid int, signal int) error     { return ptrace(PTRACE_CONT, pid, 0, word(signal)) }
func PtraceSyscall(pid int, signal int) error  { return ptrace(PTRACE_SYSCALL, pid, 0, word(signal)) }
func PtraceSingleStep(pid int) error           { return ptrace(PTRACE_SINGLESTEP, pid, 0, nil) }
func PtraceSetOptions(pid int, opts int) error { return ptrace(PTRACE_SETOPTIONS, pid, 0, word(opts)) }

func PtraceGetEventMsg(pid int) (msg uint, err error) {
	err = ptrace(PTRACE_GETEVENTMSG, pid, 0, unsafe.Pointer(&msg))
	return msg, err
}

// generalRegisters names the set of registers that Iovecs of PTRACE_GETREGSET are about.
const generalRegisters = 1

func PtraceGetRegs(pid int, regsout *PtraceRegs) error {
	to := Iovec{(*byte)(unsafe.Pointer(regsout)), uint64(unsafe.Sizeof(*regsout))}
	return ptrace(PTRACE_GETREGSET, pid, generalRegisters, unsafe.Pointer(&to))
}

func PtraceSetRegs(pid int, regs *PtraceRegs) error {
	from := Iovec{(*byte)(unsafe.Pointer(regs)), uint64(unsafe.Sizeof(*regs))}
	return ptrace(PTRACE_SETREGSET, pid, generalRegisters, unsafe.Pointer(&from))
}

// peek reads the words that hold out's bytes.
func peek(request, pid int, addr uintptr, out []byte) (count int, err error) {
	const size = unsafe.Sizeof(uintptr(0))
	for count < len(out) {
		var bytes [size]byte
		skip := (addr + uintptr(count)) % size
		if err := ptrace(request, pid, addr+uintptr(count)-skip, unsafe.Pointer(&bytes)); err != nil {
			return count, err
		}
		count += copy(out[count:], bytes[skip:])
	}
	return count, nil
}

// poke writes words; where data does not fill one, the other bytes stay.
func poke(read, write, pid int, addr uintptr, data []byte) (count int, err error) {
	const size = unsafe.Sizeof(uintptr(0))
	for count < len(data) {
		var bytes [size]byte
		at := addr + uintptr(count)
		skip := at % size
		if skip != 0 || len(data)-count < int(size) {
			if err := ptrace(read, pid, at-skip, unsafe.Pointer(&bytes)); err != nil {
				return count, err
			}
		}
		n := copy(bytes[skip:], data[count:])
		if err := ptrace(write, pid, at-skip, *(*unsafe.Pointer)(unsafe.Pointer(&bytes))); err != nil {
			return count, err
		}
		count += n
	}
	return count, nil
}

func PtracePeekText(pid int, addr uintptr, out []byte) (count int, err error) {
	return peek(PTRACE_PEEKTEXT, pid, addr, out)
}

func PtracePeekData(pid int, addr uintptr, out []byte) (count int, err error) {
	return peek(PTRACE_PEEKDATA, pid, addr, out)
}

func PtracePokeText(pid int, addr uintptr, data []byte) (count int, err error) {
	return poke(PTRACE_PEEKTEXT, PTRACE_POKETEXT, pid, addr, data)
}

func PtracePokeData(pid int, addr uintptr, data []byte) (count int, err error) {
	return poke(PTRACE_PEEKDATA, PTRACE_POKEDATA, pid, addr, data)
}

// prlimit is linked to by golang.org/x/sys/unix.
func prlimit(pid int, resource int, limit, old *Rlimit) error {
	return failure(osSyscall(SYS_PRLIMIT64, word(pid), word(resource), unsafe.Pointer(limit), unsafe.Pointer(old), nil))
}
