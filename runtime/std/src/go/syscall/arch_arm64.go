package syscall

// Numbers of system calls.
const (
	sysPread      = 67
	sysPwrite     = 68
	sysMkdirat    = 34
	sysUnlinkat   = 35
	sysFchmodat   = 53
	sysFchownat   = 54
	sysFstatat    = 79
	sysFstat      = 80
	sysRenameat2  = 276
	sysLinkat     = 37
	sysSymlinkat  = 36
	sysReadlinkat = 78
	sysTruncate   = 45
	sysFtruncate  = 46
	sysChdir      = 49
	sysFchdir     = 50
	sysUtimensat  = 88
	sysFsync      = 82
	sysFchmod     = 52
	sysFchown     = 55
	sysKill       = 129
	sysGetdents64 = 61
	sysPipe2      = 59
	sysGetpid     = 172
	sysGetppid    = 173
	sysGetuid     = 174
	sysGeteuid    = 175
	sysGetgid     = 176
	sysGetegid    = 177
	sysGetgroups  = 158
	sysGetcwd     = 17
	sysUname      = 160
	sysMmap       = 222
	sysMunmap     = 215
	sysMprotect   = 226
	sysExecve     = 221
	sysGetrusage  = 165
	sysFaccessat2 = 439
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

// Numbers for programs that make system calls themselves.
const (
	SYS_READ      = 63
	SYS_WRITE     = 64
	SYS_IOCTL     = 29
	SYS_GETPID    = 172
	SYS_FCNTL     = 25
	SYS_GETTID    = 178
	SYS_FUTEX     = 98
	SYS_GETRANDOM = 278
)
