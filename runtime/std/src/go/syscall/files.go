package syscall

import "unsafe"

// at makes a system call whose first arguments are a folder's descriptor and a path.
func at(number, dirfd int, path string, c, d unsafe.Pointer) error {
	p, err := BytePtrFromString(path)
	if err != nil {
		return err
	}
	return failure(osSyscall(number, word(dirfd), text(p), c, d, nil))
}

// named makes a system call whose first argument is a path.
func named(number int, path string, b, c, d, e unsafe.Pointer) (int, error) {
	p, err := BytePtrFromString(path)
	if err != nil {
		return -1, err
	}
	return result(osSyscall(number, text(p), b, c, d, e))
}

func bytesOf(p []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(p)) }

// ByteSliceFromString is s with a zero byte behind it.
func ByteSliceFromString(s string) ([]byte, error) {
	p, err := BytePtrFromString(s)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice(p, len(s)+1), nil
}

// StringByteSlice is ByteSliceFromString for strings that are known to hold no zero byte.
func StringByteSlice(s string) []byte {
	b, err := ByteSliceFromString(s)
	if err != nil {
		panic("syscall: string with NUL passed to StringByteSlice")
	}
	return b
}

func StringBytePtr(s string) *byte { return &StringByteSlice(s)[0] }

// StringSlicePtr is SlicePtrFromStrings for strings that are known to hold no zero byte.
func StringSlicePtr(ss []string) []*byte {
	list := make([]*byte, 0, len(ss)+1)
	for _, s := range ss {
		list = append(list, StringBytePtr(s))
	}
	return append(list, nil)
}

func Creat(path string, mode uint32) (fd int, err error) {
	return Open(path, O_CREAT|O_WRONLY|O_TRUNC, mode)
}

func Openat(dirfd int, path string, flags int, mode uint32) (fd int, err error) {
	p, err := BytePtrFromString(path)
	if err != nil {
		return -1, err
	}
	return result(osSyscall(SYS_OPENAT, word(dirfd), text(p), word(flags|O_LARGEFILE), word(int(mode)), nil))
}

func Access(path string, mode uint32) error { return Faccessat(atCurrentFolder, path, mode, 0) }

// Faccessat reports whether this process may use a file in the given way.
func Faccessat(dirfd int, path string, mode uint32, flags int) error {
	if flags == 0 {
		return at(SYS_FACCESSAT, dirfd, path, word(int(mode)), nil)
	}
	return at(sysFaccessat2, dirfd, path, word(int(mode)), word(flags))
}

// Fchmodat takes no flags but the one that the kernel does not know.
func Fchmodat(dirfd int, path string, mode uint32, flags int) error {
	switch {
	case flags == 0:
		return at(SYS_FCHMODAT, dirfd, path, word(int(mode)), nil)
	case flags == atNoFollow:
		return EOPNOTSUPP
	}
	return EINVAL
}

func Fchownat(dirfd int, path string, uid int, gid int, flags int) error {
	p, err := BytePtrFromString(path)
	if err != nil {
		return err
	}
	return failure(osSyscall(SYS_FCHOWNAT, word(dirfd), text(p), word(uid), word(gid), word(flags)))
}

func Mkdirat(dirfd int, path string, mode uint32) error {
	return at(SYS_MKDIRAT, dirfd, path, word(int(mode)), nil)
}

func Mknodat(dirfd int, path string, mode uint32, dev int) error {
	return at(SYS_MKNODAT, dirfd, path, word(int(mode)), word(dev))
}

func Mknod(path string, mode uint32, dev int) error { return Mknodat(atCurrentFolder, path, mode, dev) }
func Mkfifo(path string, mode uint32) error         { return Mknod(path, mode|S_IFIFO, 0) }
func Unlinkat(dirfd int, path string) error         { return at(SYS_UNLINKAT, dirfd, path, nil, nil) }

func Renameat(olddirfd int, oldpath string, newdirfd int, newpath string) error {
	p, err := BytePtrFromString(oldpath)
	if err != nil {
		return err
	}
	q, err := BytePtrFromString(newpath)
	if err != nil {
		return err
	}
	return failure(osSyscall(sysRenameat2, word(olddirfd), text(p), word(newdirfd), text(q), nil))
}

// Getcwd puts the working folder into buf, with a zero byte behind it.
func Getcwd(buf []byte) (n int, err error) {
	return result(osSyscall(SYS_GETCWD, bytesOf(buf), word(len(buf)), nil, nil, nil))
}

func Getdents(fd int, buf []byte) (n int, err error) { return ReadDirent(fd, buf) }

// A Dirent is an entry of a folder as the kernel lays it out.
type Dirent struct {
	Ino       uint64
	Off       int64
	Reclen    uint16
	Type      uint8
	Name      [256]int8
	Pad_cgo_0 [5]byte
}

// ParseDirent appends up to max names of the entries in buf to names, and tells how many bytes and names that were.
func ParseDirent(buf []byte, max int, names []string) (consumed int, count int, newnames []string) {
	start := len(buf)
	for max != 0 && len(buf) >= int(unsafe.Offsetof(Dirent{}.Name)) {
		size := int(buf[16]) | int(buf[17])<<8
		if size < int(unsafe.Offsetof(Dirent{}.Name)) || size > len(buf) {
			return start, count, names
		}
		entry := buf[:size]
		buf = buf[size:]
		name := entry[unsafe.Offsetof(Dirent{}.Name):]
		for i, b := range name {
			if b == 0 {
				name = name[:i]
				break
			}
		}
		deleted := *(*uint64)(unsafe.Pointer(&entry[0])) == 0
		if deleted || string(name) == "." || string(name) == ".." {
			continue
		}
		max--
		count++
		names = append(names, string(name))
	}
	return start - len(buf), count, names
}

func Dup(oldfd int) (fd int, err error) {
	return result(osSyscall(SYS_DUP, word(oldfd), nil, nil, nil, nil))
}

func Dup3(oldfd int, newfd int, flags int) error { return onFile(SYS_DUP3, oldfd, newfd, flags) }

func fcntl(fd, cmd, arg int) (int, error) {
	return result(osSyscall(SYS_FCNTL, word(fd), word(cmd), word(arg), nil, nil))
}

func CloseOnExec(fd int) { fcntl(fd, F_SETFD, FD_CLOEXEC) }

// SetNonblock says whether reads and writes fail instead of waiting.
func SetNonblock(fd int, nonblocking bool) (err error) {
	flags, err := fcntl(fd, F_GETFL, 0)
	if err != nil || (flags&O_NONBLOCK != 0) == nonblocking {
		return err
	}
	_, err = fcntl(fd, F_SETFL, flags^O_NONBLOCK)
	return err
}

// A Flock_t is a lock of a part of a file.
type Flock_t struct {
	Type      int16
	Whence    int16
	Pad_cgo_0 [4]byte
	Start     int64
	Len       int64
	Pid       int32
	Pad_cgo_1 [4]byte
}

// FcntlFlock is fcntl for locks.
func FcntlFlock(fd uintptr, cmd int, lk *Flock_t) error {
	return failure(osSyscall(SYS_FCNTL, word(int(fd)), word(cmd), unsafe.Pointer(lk), nil, nil))
}

func Flock(fd int, how int) error { return onFile(SYS_FLOCK, fd, how, 0) }
func Fdatasync(fd int) error      { return onFile(SYS_FDATASYNC, fd, 0, 0) }

func Fallocate(fd int, mode uint32, off int64, len int64) error {
	return failure(osSyscall(SYS_FALLOCATE, word(fd), word(int(mode)), word(int(off)), word(int(len)), nil))
}

func SyncFileRange(fd int, off int64, n int64, flags int) error {
	return failure(osSyscall(SYS_SYNC_FILE_RANGE, word(fd), word(int(off)), word(int(n)), word(flags), nil))
}

func Sync() { simple(SYS_SYNC) }

// Sendfile copies between files in the kernel.
func Sendfile(outfd int, infd int, offset *int64, count int) (written int, err error) {
	return result(osSyscall(SYS_SENDFILE, word(outfd), word(infd), unsafe.Pointer(offset), word(count), nil))
}

func Splice(rfd int, roff *int64, wfd int, woff *int64, len int, flags int) (n int64, err error) {
	moved, err := result(osSyscall6(SYS_SPLICE, word(rfd), unsafe.Pointer(roff), word(wfd), unsafe.Pointer(woff), word(len), word(flags)))
	return int64(moved), err
}

func Tee(rfd int, wfd int, len int, flags int) (n int64, err error) {
	copied, err := result(osSyscall(SYS_TEE, word(rfd), word(wfd), word(len), word(flags), nil))
	return int64(copied), err
}

// Futimes sets the times of access and modification of an open file.
func Futimes(fd int, tv []Timeval) error {
	ts, err := timespecs(tv)
	if err != nil {
		return err
	}
	return failure(osSyscall(SYS_UTIMENSAT, word(fd), nil, unsafe.Pointer(&ts), nil, nil))
}

func Futimesat(dirfd int, path string, tv []Timeval) error {
	ts, err := timespecs(tv)
	if err != nil {
		return err
	}
	return at(SYS_UTIMENSAT, dirfd, path, unsafe.Pointer(&ts), nil)
}

func Utimes(path string, tv []Timeval) error { return Futimesat(atCurrentFolder, path, tv) }

func timespecs(tv []Timeval) (ts [2]Timespec, err error) {
	if len(tv) != 2 {
		return ts, EINVAL
	}
	return [2]Timespec{{tv[0].Sec, tv[0].Usec * 1000}, {tv[1].Sec, tv[1].Usec * 1000}}, nil
}

// A Utimbuf is two times in seconds.
type Utimbuf struct {
	Actime  int64
	Modtime int64
}

func Utime(path string, buf *Utimbuf) error {
	return Utimes(path, []Timeval{{Sec: buf.Actime}, {Sec: buf.Modtime}})
}

// An Fsid names a file system.
type Fsid struct {
	X__val [2]int32
}

// A Statfs_t is what the kernel tells about a file system.
type Statfs_t struct {
	Type    int64
	Bsize   int64
	Blocks  uint64
	Bfree   uint64
	Bavail  uint64
	Files   uint64
	Ffree   uint64
	Fsid    Fsid
	Namelen int64
	Frsize  int64
	Flags   int64
	Spare   [4]int64
}

func Statfs(path string, buf *Statfs_t) error {
	_, err := named(SYS_STATFS, path, unsafe.Pointer(buf), nil, nil, nil)
	return err
}

func Fstatfs(fd int, buf *Statfs_t) error {
	return failure(osSyscall(SYS_FSTATFS, word(fd), unsafe.Pointer(buf), nil, nil, nil))
}

func Getxattr(path string, attr string, dest []byte) (sz int, err error) {
	p, err := BytePtrFromString(attr)
	if err != nil {
		return -1, err
	}
	return named(SYS_GETXATTR, path, text(p), bytesOf(dest), word(len(dest)), nil)
}

func Setxattr(path string, attr string, data []byte, flags int) error {
	p, err := BytePtrFromString(attr)
	if err != nil {
		return err
	}
	_, err = named(SYS_SETXATTR, path, text(p), bytesOf(data), word(len(data)), word(flags))
	return err
}

func Listxattr(path string, dest []byte) (sz int, err error) {
	return named(SYS_LISTXATTR, path, bytesOf(dest), word(len(dest)), nil, nil)
}

func Removexattr(path string, attr string) error {
	p, err := BytePtrFromString(attr)
	if err != nil {
		return err
	}
	_, err = named(SYS_REMOVEXATTR, path, text(p), nil, nil, nil)
	return err
}

// Mount mounts a file system.
func Mount(source string, target string, fstype string, flags uintptr, data string) error {
	from, err := BytePtrFromString(source)
	if err != nil {
		return err
	}
	to, err := BytePtrFromString(target)
	if err != nil {
		return err
	}
	kind, err := BytePtrFromString(fstype)
	if err != nil {
		return err
	}
	options, err := optional(data)
	if err != nil {
		return err
	}
	return failure(osSyscall(SYS_MOUNT, text(from), text(to), text(kind), word(int(flags)), text(options)))
}

func Unmount(target string, flags int) error {
	_, err := named(SYS_UMOUNT2, target, word(flags), nil, nil, nil)
	return err
}

func PivotRoot(newroot string, putold string) error {
	p, err := BytePtrFromString(putold)
	if err != nil {
		return err
	}
	_, err = named(SYS_PIVOT_ROOT, newroot, text(p), nil, nil, nil)
	return err
}

func Chroot(path string) error {
	_, err := named(SYS_CHROOT, path, nil, nil, nil, nil)
	return err
}

// Acct switches accounting on, into a file, or off if there is none.
func Acct(path string) error {
	p, err := optional(path)
	if err != nil {
		return err
	}
	return failure(osSyscall(SYS_ACCT, text(p), nil, nil, nil, nil))
}

func Madvise(b []byte, advice int) error {
	return failure(osSyscall(SYS_MADVISE, bytesOf(b), word(len(b)), word(advice), nil, nil))
}

func Mlock(b []byte) error {
	return failure(osSyscall(SYS_MLOCK, bytesOf(b), word(len(b)), nil, nil, nil))
}

func Munlock(b []byte) error {
	return failure(osSyscall(SYS_MUNLOCK, bytesOf(b), word(len(b)), nil, nil, nil))
}

func Mlockall(flags int) error { return onFile(SYS_MLOCKALL, flags, 0, 0) }
func Munlockall() error        { return onFile(SYS_MUNLOCKALL, 0, 0, 0) }

// A RawConn reaches the descriptor of a file or connection.
type RawConn interface {
	// Control calls f with the descriptor, which stays open meanwhile.
	Control(f func(fd uintptr)) error
	// Read calls f until it returns true, waiting in between until there is something to read.
	Read(f func(fd uintptr) (done bool)) error
	// Write is Read for writing.
	Write(f func(fd uintptr) (done bool)) error
}

// A Conn has a RawConn.
type Conn interface {
	SyscallConn() (RawConn, error)
}
