package syscall

// Numbers of system calls.
const (
	sysPread      = 17
	sysPwrite     = 18
	sysMkdirat    = 258
	sysUnlinkat   = 263
	sysFchmodat   = 268
	sysFchownat   = 260
	sysFstatat    = 262
	sysFstat      = 5
	sysRenameat2  = 316
	sysLinkat     = 265
	sysSymlinkat  = 266
	sysReadlinkat = 267
	sysTruncate   = 76
	sysFtruncate  = 77
	sysChdir      = 80
	sysFchdir     = 81
	sysUtimensat  = 280
	sysFsync      = 74
	sysFchmod     = 91
	sysFchown     = 93
	sysKill       = 62
	sysGetdents64 = 217
	sysPipe2      = 293
	sysGetpid     = 39
	sysGetppid    = 110
	sysGetuid     = 102
	sysGeteuid    = 107
	sysGetgid     = 104
	sysGetegid    = 108
	sysGetgroups  = 115
	sysGetcwd     = 79
	sysUname      = 63
	sysMmap       = 9
	sysMunmap     = 11
	sysMprotect   = 10
	sysExecve     = 59
	sysGetrusage  = 98
	sysFaccessat2 = 439
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

// Numbers for programs that make system calls themselves.
const (
	SYS_READ      = 0
	SYS_WRITE     = 1
	SYS_IOCTL     = 16
	SYS_GETPID    = 39
	SYS_FCNTL     = 72
	SYS_GETTID    = 186
	SYS_FUTEX     = 202
	SYS_GETRANDOM = 318
)
