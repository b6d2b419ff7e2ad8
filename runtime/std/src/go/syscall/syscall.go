// Package syscall is the low-level interface to Linux.
package syscall

import (
	"errors"
	"internal/oserror"
	"unsafe"
)

const (
	O_RDONLY   = 0x0
	O_WRONLY   = 0x1
	O_RDWR     = 0x2
	O_ACCMODE  = 0x3
	O_CREAT    = 0x40
	O_EXCL     = 0x80
	O_NOCTTY   = 0x100
	O_TRUNC    = 0x200
	O_APPEND   = 0x400
	O_NONBLOCK = 0x800
	O_SYNC     = 0x101000
	O_CLOEXEC  = 0x80000

	S_IFMT   = 0xf000
	S_IFSOCK = 0xc000
	S_IFLNK  = 0xa000
	S_IFREG  = 0x8000
	S_IFBLK  = 0x6000
	S_IFDIR  = 0x4000
	S_IFCHR  = 0x2000
	S_IFIFO  = 0x1000
	S_ISUID  = 0x800
	S_ISGID  = 0x400
	S_ISVTX  = 0x200

	atCurrentFolder = -0x64
	atNoFollow      = 0x100
	atRemoveFolder  = 0x200

	// Younger than the list of numbers that programs see; the same on all architectures.
	sysFaccessat2 = 439
)

const (
	PROT_NONE  = 0x0
	PROT_READ  = 0x1
	PROT_WRITE = 0x2
	PROT_EXEC  = 0x4

	MAP_SHARED    = 0x1
	MAP_PRIVATE   = 0x2
	MAP_FIXED     = 0x10
	MAP_ANON      = 0x20
	MAP_ANONYMOUS = 0x20
	MAP_NORESERVE = 0x4000
)

var (
	Stdin  = 0
	Stdout = 1
	Stderr = 2
)

// An Errno is an error number.
type Errno uintptr

func (e Errno) Error() string {
	if int(e) < len(errorTexts) && errorTexts[e] != "" {
		return errorTexts[e]
	}
	return "errno " + decimal(int(e))
}

// Is relates error numbers to the errors of package io/fs.
func (e Errno) Is(target error) bool {
	switch target {
	case oserror.ErrPermission:
		return e == EACCES || e == EPERM
	case oserror.ErrExist:
		return e == EEXIST || e == ENOTEMPTY
	case oserror.ErrNotExist:
		return e == ENOENT
	case errors.ErrUnsupported:
		return e == ENOSYS || e == ENOTSUP
	}
	return false
}

func (e Errno) Temporary() bool {
	return e == EINTR || e == EMFILE || e == ENFILE || e.Timeout()
}

func (e Errno) Timeout() bool { return e == EAGAIN || e == ETIMEDOUT }

// A Signal is a signal number.
type Signal int

func (s Signal) Signal() {}

func (s Signal) String() string {
	if 0 <= s && int(s) < len(signalTexts) && signalTexts[s] != "" {
		return signalTexts[s]
	}
	return "signal " + decimal(int(s))
}

func decimal(n int) string {
	if n < 0 {
		return "-" + decimal(-n)
	}
	var buf [20]byte
	i := len(buf)
	for {
		i--
		buf[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(buf[i:])
		}
	}
}

//go:linkname call escargo.os_syscall
func call(number int, a, b, c, d unsafe.Pointer, rest *[2]unsafe.Pointer) int

func osSyscall6(number int, a, b, c, d, e, f unsafe.Pointer) int {
	return call(number, a, b, c, d, &[2]unsafe.Pointer{e, f})
}

func osSyscall(number int, a, b, c, d, e unsafe.Pointer) int {
	return osSyscall6(number, a, b, c, d, e, nil)
}

//go:linkname osOpen escargo.os_open
func osOpen(path *byte, n int, flags, mode int) int

//go:linkname osClose escargo.os_close
func osClose(fd int) int

//go:linkname osRead escargo.os_read
func osRead(fd int, p *byte, n int) int

//go:linkname osWrite escargo.os_write
func osWrite(fd int, p *byte, n int) int

//go:linkname osSeek escargo.os_seek
func osSeek(fd int, offset int64, whence int) int64

//go:linkname exit escargo.exit
func exit(code int)

// word passes a number where a system call takes anything.
func word(n int) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&n)) }

func text(s *byte) unsafe.Pointer { return unsafe.Pointer(s) }

func result(n int) (int, error) {
	if n < 0 {
		return -1, Errno(-n)
	}
	return n, nil
}

func failure(n int) error {
	if n < 0 {
		return Errno(-n)
	}
	return nil
}

// Exit ends the program.
func Exit(code int) { exit(code) }

// BytePtrFromString is s with a zero byte behind it.
func BytePtrFromString(s string) (*byte, error) {
	b := make([]byte, len(s)+1)
	for i := range len(s) {
		if s[i] == 0 {
			return nil, EINVAL
		}
		b[i] = s[i]
	}
	return &b[0], nil
}

// Syscall makes a system call of up to three arguments.
func Syscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err Errno) {
	return Syscall6(trap, a1, a2, a3, 0, 0, 0)
}

// Syscall6 makes a system call of up to six arguments.
func Syscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	n := osSyscall6(int(trap), word(int(a1)), word(int(a2)), word(int(a3)), word(int(a4)), word(int(a5)), word(int(a6)))
	if n < 0 && n > -4096 {
		return ^uintptr(0), 0, Errno(-n)
	}
	return uintptr(n), 0, 0
}

func RawSyscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err Errno) {
	return Syscall(trap, a1, a2, a3)
}

func RawSyscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	return Syscall6(trap, a1, a2, a3, a4, a5, a6)
}

func Open(path string, mode int, perm uint32) (fd int, err error) {
	return result(osOpen(unsafe.StringData(path), len(path), mode, int(perm)))
}

func Close(fd int) error { return failure(osClose(fd)) }

func Read(fd int, p []byte) (n int, err error) {
	return result(osSyscall(SYS_READ, word(fd), unsafe.Pointer(unsafe.SliceData(p)), word(len(p)), nil, nil))
}

func Write(fd int, p []byte) (n int, err error) {
	return result(osSyscall(SYS_WRITE, word(fd), unsafe.Pointer(unsafe.SliceData(p)), word(len(p)), nil, nil))
}

// waitingRead and waitingWrite are Read and Write for package os: the runtime waits for many files with one thread.
func waitingRead(fd int, p []byte) (n int, err error) {
	return result(osRead(fd, unsafe.SliceData(p), len(p)))
}

func waitingWrite(fd int, p []byte) (n int, err error) {
	return result(osWrite(fd, unsafe.SliceData(p), len(p)))
}

func Pread(fd int, p []byte, offset int64) (n int, err error) {
	return result(osSyscall(SYS_PREAD64, word(fd), text(unsafe.SliceData(p)), word(len(p)), word(int(offset)), nil))
}

func Pwrite(fd int, p []byte, offset int64) (n int, err error) {
	return result(osSyscall(SYS_PWRITE64, word(fd), text(unsafe.SliceData(p)), word(len(p)), word(int(offset)), nil))
}

func Seek(fd int, offset int64, whence int) (off int64, err error) {
	n, err := result(int(osSeek(fd, offset, whence)))
	return int64(n), err
}

// onPath makes a system call whose first arguments are a folder's descriptor and a path.
func onPath(number int, path string, c, d unsafe.Pointer) error {
	p, err := BytePtrFromString(path)
	if err != nil {
		return err
	}
	return failure(osSyscall(number, word(atCurrentFolder), text(p), c, d, nil))
}

func Mkdir(path string, mode uint32) error { return onPath(SYS_MKDIRAT, path, word(int(mode)), nil) }
func Unlink(path string) error             { return onPath(SYS_UNLINKAT, path, nil, nil) }
func Rmdir(path string) error              { return onPath(SYS_UNLINKAT, path, word(atRemoveFolder), nil) }
func Chmod(path string, mode uint32) error { return onPath(SYS_FCHMODAT, path, word(int(mode)), nil) }

func Stat(path string, st *Stat_t) error { return onPath(sysFstatat, path, unsafe.Pointer(st), nil) }

func Lstat(path string, st *Stat_t) error {
	return onPath(sysFstatat, path, unsafe.Pointer(st), word(atNoFollow))
}

func Fstat(fd int, st *Stat_t) error {
	return failure(osSyscall(SYS_FSTAT, word(fd), unsafe.Pointer(st), nil, nil, nil))
}

func chown(path string, uid, gid, flags int) error {
	p, err := BytePtrFromString(path)
	if err != nil {
		return err
	}
	return failure(osSyscall(SYS_FCHOWNAT, word(atCurrentFolder), text(p), word(uid), word(gid), word(flags)))
}

func Chown(path string, uid, gid int) error  { return chown(path, uid, gid, 0) }
func Lchown(path string, uid, gid int) error { return chown(path, uid, gid, atNoFollow) }

func onPaths(number int, from, to string) error {
	p, err := BytePtrFromString(from)
	if err != nil {
		return err
	}
	q, err := BytePtrFromString(to)
	if err != nil {
		return err
	}
	if number == SYS_SYMLINKAT {
		return failure(osSyscall(number, text(p), word(atCurrentFolder), text(q), nil, nil))
	}
	return failure(osSyscall(number, word(atCurrentFolder), text(p), word(atCurrentFolder), text(q), nil))
}

func Rename(from, to string) error  { return onPaths(sysRenameat2, from, to) }
func Link(from, to string) error    { return onPaths(SYS_LINKAT, from, to) }
func Symlink(from, to string) error { return onPaths(SYS_SYMLINKAT, from, to) }

func Readlink(path string, buf []byte) (n int, err error) {
	p, err := BytePtrFromString(path)
	if err != nil {
		return -1, err
	}
	return result(osSyscall(SYS_READLINKAT, word(atCurrentFolder), text(p), text(unsafe.SliceData(buf)), word(len(buf)), nil))
}

func Truncate(path string, length int64) error {
	p, err := BytePtrFromString(path)
	if err != nil {
		return err
	}
	return failure(osSyscall(SYS_TRUNCATE, text(p), word(int(length)), nil, nil, nil))
}

func Chdir(path string) error {
	p, err := BytePtrFromString(path)
	if err != nil {
		return err
	}
	return failure(osSyscall(SYS_CHDIR, text(p), nil, nil, nil, nil))
}

// A Timespec is a time in seconds and nanoseconds.
type Timespec struct {
	Sec  int64
	Nsec int64
}

// UtimesNano sets the times of access and modification.
func UtimesNano(path string, ts []Timespec) error {
	if len(ts) != 2 {
		return EINVAL
	}
	return onPath(SYS_UTIMENSAT, path, unsafe.Pointer(&ts[0]), nil)
}

func onFile(number, fd, a, b int) error {
	return failure(osSyscall(number, word(fd), word(a), word(b), nil, nil))
}

func Ftruncate(fd int, length int64) error  { return onFile(SYS_FTRUNCATE, fd, int(length), 0) }
func Fsync(fd int) error                    { return onFile(SYS_FSYNC, fd, 0, 0) }
func Fchmod(fd int, mode uint32) error      { return onFile(SYS_FCHMOD, fd, int(mode), 0) }
func Fchown(fd int, uid int, gid int) error { return onFile(SYS_FCHOWN, fd, uid, gid) }
func Fchdir(fd int) error                   { return onFile(SYS_FCHDIR, fd, 0, 0) }
func Kill(pid int, sig Signal) error        { return onFile(SYS_KILL, pid, int(sig), 0) }

// ReadDirent reads directory entries as the kernel lays them out.
func ReadDirent(fd int, buf []byte) (n int, err error) {
	return result(osSyscall(SYS_GETDENTS64, word(fd), text(unsafe.SliceData(buf)), word(len(buf)), nil, nil))
}

// Pipe2 makes a pipe: p[0] reads what p[1] writes.
func Pipe2(p []int, flags int) error {
	if len(p) != 2 {
		return EINVAL
	}
	var fds [2]int32
	err := failure(osSyscall(SYS_PIPE2, unsafe.Pointer(&fds), word(flags), nil, nil, nil))
	if err == nil {
		p[0], p[1] = int(fds[0]), int(fds[1])
	}
	return err
}

func Pipe(p []int) error { return Pipe2(p, 0) }

func simple(number int) int { return osSyscall(number, nil, nil, nil, nil, nil) }

func Getpid() int      { return simple(SYS_GETPID) }
func Getppid() int     { return simple(SYS_GETPPID) }
func Getuid() int      { return simple(SYS_GETUID) }
func Geteuid() int     { return simple(SYS_GETEUID) }
func Getgid() int      { return simple(SYS_GETGID) }
func Getegid() int     { return simple(SYS_GETEGID) }
func Getpagesize() int { return 4096 }

func Getgroups() (gids []int, err error) {
	n, err := result(osSyscall(SYS_GETGROUPS, nil, nil, nil, nil, nil))
	if err != nil || n == 0 {
		return nil, err
	}
	list := make([]uint32, n)
	n, err = result(osSyscall(SYS_GETGROUPS, word(n), unsafe.Pointer(&list[0]), nil, nil, nil))
	if err != nil {
		return nil, err
	}
	for _, g := range list[:n] {
		gids = append(gids, int(g))
	}
	return gids, nil
}

func Getwd() (wd string, err error) {
	var buf [4096]byte
	n, err := result(osSyscall(SYS_GETCWD, unsafe.Pointer(&buf), word(len(buf)), nil, nil, nil))
	if err != nil {
		return "", err
	}
	return string(buf[:n-1]), nil
}

// Mmap maps a part of a file, or memory.
func Mmap(fd int, offset int64, length int, prot int, flags int) (data []byte, err error) {
	if length <= 0 {
		return nil, EINVAL
	}
	n := osSyscall6(SYS_MMAP, nil, word(length), word(prot), word(flags), word(fd), word(int(offset)))
	if n < 0 && n > -4096 {
		return nil, Errno(-n)
	}
	return unsafe.Slice((*byte)(word(n)), length), nil
}

// Munmap undoes Mmap; b is what that returned.
func Munmap(b []byte) error {
	if len(b) == 0 || len(b) != cap(b) {
		return EINVAL
	}
	return failure(osSyscall(SYS_MUNMAP, text(unsafe.SliceData(b)), word(len(b)), nil, nil, nil))
}

func Mprotect(b []byte, prot int) error {
	return failure(osSyscall(SYS_MPROTECT, text(unsafe.SliceData(b)), word(len(b)), word(prot), nil, nil))
}

// A Utsname names the system.
type Utsname struct {
	Sysname    [65]int8
	Nodename   [65]int8
	Release    [65]int8
	Version    [65]int8
	Machine    [65]int8
	Domainname [65]int8
}

// Uname fills buf.
func Uname(buf *Utsname) error {
	return failure(osSyscall(SYS_UNAME, unsafe.Pointer(buf), nil, nil, nil, nil))
}
