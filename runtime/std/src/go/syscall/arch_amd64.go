package syscall

import "unsafe"

const (
	sysFstatat   = SYS_NEWFSTATAT
	sysRenameat2 = 316
)

// A Stat_t is what the kernel tells about a file.
type Stat_t struct {
	Dev       uint64
	Ino       uint64
	Nlink     uint64
	Mode      uint32
	Uid       uint32
	Gid       uint32
	X__pad0   int32
	Rdev      uint64
	Size      int64
	Blksize   int64
	Blocks    int64
	Atim      Timespec
	Mtim      Timespec
	Ctim      Timespec
	X__unused [3]int64
}

// An EpollEvent is what happened to a file.
type EpollEvent struct {
	Events uint32
	Fd     int32
	Pad    int32
}

// An InotifyEvent stands before its name in what reads of an inotify file return.
type InotifyEvent struct {
	Wd     int32
	Mask   uint32
	Cookie uint32
	Len    uint32
	Name   [0]uint8
}

// PtraceRegs are the registers of a traced process.
type PtraceRegs struct {
	R15      uint64
	R14      uint64
	R13      uint64
	R12      uint64
	Rbp      uint64
	Rbx      uint64
	R11      uint64
	R10      uint64
	R9       uint64
	R8       uint64
	Rax      uint64
	Rcx      uint64
	Rdx      uint64
	Rsi      uint64
	Rdi      uint64
	Orig_rax uint64
	Rip      uint64
	Cs       uint64
	Eflags   uint64
	Rsp      uint64
	Ss       uint64
	Fs_base  uint64
	Gs_base  uint64
	Ds       uint64
	Es       uint64
	Fs       uint64
	Gs       uint64
}

func (r *PtraceRegs) PC() uint64      { return r.Rip }
func (r *PtraceRegs) SetPC(pc uint64) { r.Rip = pc }

// A Sysinfo_t is what Sysinfo tells.
type Sysinfo_t struct {
	Uptime    int64
	Loads     [3]uint64
	Totalram  uint64
	Freeram   uint64
	Sharedram uint64
	Bufferram uint64
	Totalswap uint64
	Freeswap  uint64
	Procs     uint16
	Pad       uint16
	Pad_cgo_0 [4]byte
	Totalhigh uint64
	Freehigh  uint64
	Unit      uint32
	X_f       [0]byte
	Pad_cgo_1 [4]byte
}

// A Ustat_t is what Ustat tells.
type Ustat_t struct {
	Tfree     int32
	Pad_cgo_0 [4]byte
	Tinode    uint64
	Fname     [6]int8
	Fpack     [6]int8
	Pad_cgo_1 [4]byte
}

func Dup2(oldfd int, newfd int) error { return onFile(SYS_DUP2, oldfd, newfd, 0) }
func Iopl(level int) error            { return onFile(SYS_IOPL, level, 0, 0) }

func Ioperm(from int, num int, on int) error { return onFile(SYS_IOPERM, from, num, on) }

// Ustat tells about a file system.
func Ustat(dev int, ubuf *Ustat_t) error {
	return failure(osSyscall(SYS_USTAT, word(dev), unsafe.Pointer(ubuf), nil, nil, nil))
}
