package syscall

import "unsafe"

const (
	sysFstatat   = SYS_FSTATAT
	sysRenameat2 = 276
)

// A Stat_t is what the kernel tells about a file.
type Stat_t struct {
	Dev               uint64
	Ino               uint64
	Mode              uint32
	Nlink             uint32
	Uid               uint32
	Gid               uint32
	Rdev              uint64
	X__pad1           uint64
	Size              int64
	Blksize           int32
	X__pad2           int32
	Blocks            int64
	Atim              Timespec
	Mtim              Timespec
	Ctim              Timespec
	X__glibc_reserved [2]int32
}

// An EpollEvent is what happened to a file.
type EpollEvent struct {
	Events uint32
	_      int32
	Fd     int32
	Pad    int32
}

// An InotifyEvent stands before its name in what reads of an inotify file return.
type InotifyEvent struct {
	Wd     int32
	Mask   uint32
	Cookie uint32
	Len    uint32
	Name   [0]int8
}

// PtraceRegs are the registers of a traced process.
type PtraceRegs struct {
	Regs   [31]uint64
	Sp     uint64
	Pc     uint64
	Pstate uint64
}

func (r *PtraceRegs) PC() uint64      { return r.Pc }
func (r *PtraceRegs) SetPC(pc uint64) { r.Pc = pc }

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
	X_f       [0]int8
	Pad_cgo_1 [4]byte
}

// Fstatat tells about a file in a folder.
func Fstatat(fd int, path string, stat *Stat_t, flags int) error {
	return at(SYS_FSTATAT, fd, path, unsafe.Pointer(stat), word(flags))
}
