package os

import (
	"io"
	"io/fs"
	"syscall"
	"time"
	_ "unsafe" // for go:linkname
)

//go:linkname read syscall.waitingRead
func read(fd int, p []byte) (n int, err error)

//go:linkname write syscall.waitingWrite
func write(fd int, p []byte) (n int, err error)

const (
	O_RDONLY int = syscall.O_RDONLY
	O_WRONLY int = syscall.O_WRONLY
	O_RDWR   int = syscall.O_RDWR
	O_APPEND int = syscall.O_APPEND
	O_CREATE int = syscall.O_CREAT
	O_EXCL   int = syscall.O_EXCL
	O_SYNC   int = syscall.O_SYNC
	O_TRUNC  int = syscall.O_TRUNC
)

const (
	SEEK_SET int = 0
	SEEK_CUR int = 1
	SEEK_END int = 2
)

const (
	PathSeparator     = '/'
	PathListSeparator = ':'
	DevNull           = "/dev/null"
)

type (
	FileInfo = fs.FileInfo
	FileMode = fs.FileMode
	DirEntry = fs.DirEntry
)

const (
	ModeDir        = fs.ModeDir
	ModeAppend     = fs.ModeAppend
	ModeExclusive  = fs.ModeExclusive
	ModeTemporary  = fs.ModeTemporary
	ModeSymlink    = fs.ModeSymlink
	ModeDevice     = fs.ModeDevice
	ModeNamedPipe  = fs.ModeNamedPipe
	ModeSocket     = fs.ModeSocket
	ModeSetuid     = fs.ModeSetuid
	ModeSetgid     = fs.ModeSetgid
	ModeCharDevice = fs.ModeCharDevice
	ModeSticky     = fs.ModeSticky
	ModeIrregular  = fs.ModeIrregular
	ModeType       = fs.ModeType
	ModePerm       = fs.ModePerm
)

// A File is an open file.
type File struct {
	fd     int
	name   string
	closed bool
	append bool
	// Directory entries that have been read and not returned.
	dir *dirBuffer
}

var (
	Stdin  = &File{fd: 0, name: "/dev/stdin"}
	Stdout = &File{fd: 1, name: "/dev/stdout"}
	Stderr = &File{fd: 2, name: "/dev/stderr"}
)

// NewFile is a descriptor as a File.
func NewFile(fd uintptr, name string) *File {
	if int(fd) < 0 {
		return nil
	}
	return &File{fd: int(fd), name: name}
}

func Open(name string) (*File, error)   { return OpenFile(name, O_RDONLY, 0) }
func Create(name string) (*File, error) { return OpenFile(name, O_RDWR|O_CREATE|O_TRUNC, 0666) }

// modeBits is a FileMode as the system has it.
func modeBits(m FileMode) uint32 {
	bits := uint32(m.Perm())
	if m&ModeSetuid != 0 {
		bits |= syscall.S_ISUID
	}
	if m&ModeSetgid != 0 {
		bits |= syscall.S_ISGID
	}
	if m&ModeSticky != 0 {
		bits |= syscall.S_ISVTX
	}
	return bits
}

// retry repeats a call that a signal interrupted.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// OpenFile opens a file with flags O_... and the permissions of a new one.
func OpenFile(name string, flag int, perm FileMode) (*File, error) {
	fd, err := retry(func() (int, error) { return syscall.Open(name, flag|syscall.O_CLOEXEC, modeBits(perm)) })
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return &File{fd: fd, name: name, append: flag&O_APPEND != 0}, nil
}

// check is the error of using f at all.
func (f *File) check(op string) error {
	if f == nil {
		return ErrInvalid
	}
	if f.closed {
		return &PathError{Op: op, Path: f.name, Err: ErrClosed}
	}
	return nil
}

func (f *File) Name() string { return f.name }

func (f *File) Fd() uintptr {
	if f == nil {
		return ^uintptr(0)
	}
	return uintptr(f.fd)
}

func (f *File) Close() error {
	if err := f.check("close"); err != nil {
		return err
	}
	f.closed = true
	f.dir = nil
	return pathError("close", f.name, syscall.Close(f.fd))
}

func (f *File) Read(b []byte) (n int, err error) {
	if err := f.check("read"); err != nil {
		return 0, err
	}
	if len(b) == 0 {
		return 0, nil
	}
	n, err = retry(func() (int, error) { return read(f.fd, b) })
	if err != nil {
		return 0, pathError("read", f.name, err)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (f *File) ReadAt(b []byte, off int64) (n int, err error) {
	if err := f.check("read"); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, &PathError{Op: "readat", Path: f.name, Err: errNegative}
	}
	for len(b) > 0 {
		m, err := retry(func() (int, error) { return syscall.Pread(f.fd, b, off) })
		if err != nil {
			return n, pathError("read", f.name, err)
		}
		if m == 0 {
			return n, io.EOF
		}
		n += m
		b = b[m:]
		off += int64(m)
	}
	return n, nil
}

func (f *File) Write(b []byte) (n int, err error) {
	if err := f.check("write"); err != nil {
		return 0, err
	}
	for {
		m, err := retry(func() (int, error) { return write(f.fd, b[n:]) })
		if err != nil {
			return n, pathError("write", f.name, err)
		}
		if n += m; n >= len(b) {
			return n, nil
		}
		if m == 0 {
			return n, pathError("write", f.name, io.ErrUnexpectedEOF)
		}
	}
}

func (f *File) WriteAt(b []byte, off int64) (n int, err error) {
	if err := f.check("write"); err != nil {
		return 0, err
	}
	if f.append {
		return 0, errAppend
	}
	if off < 0 {
		return 0, &PathError{Op: "writeat", Path: f.name, Err: errNegative}
	}
	for len(b) > 0 {
		m, err := retry(func() (int, error) { return syscall.Pwrite(f.fd, b, off) })
		if err != nil {
			return n, pathError("write", f.name, err)
		}
		n += m
		b = b[m:]
		off += int64(m)
	}
	return n, nil
}

func (f *File) WriteString(s string) (n int, err error) { return f.Write([]byte(s)) }

// writerOnly hides the other methods of a File from io.Copy.
type writerOnly struct{ io.Writer }

type readerOnly struct{ io.Reader }

func (f *File) ReadFrom(r io.Reader) (n int64, err error) {
	if err := f.check("write"); err != nil {
		return 0, err
	}
	return io.Copy(writerOnly{f}, r)
}

func (f *File) WriteTo(w io.Writer) (n int64, err error) {
	if err := f.check("read"); err != nil {
		return 0, err
	}
	return io.Copy(w, readerOnly{f})
}

func (f *File) Seek(offset int64, whence int) (ret int64, err error) {
	if err := f.check("seek"); err != nil {
		return 0, err
	}
	ret, err = syscall.Seek(f.fd, offset, whence)
	if err != nil {
		return 0, pathError("seek", f.name, err)
	}
	f.dir = nil
	return ret, nil
}

// do makes a call on the descriptor that only gives an error.
func (f *File) do(op string, call func() error) error {
	if err := f.check(op); err != nil {
		return err
	}
	_, err := retry(func() (int, error) { return 0, call() })
	return pathError(op, f.name, err)
}

func (f *File) Sync() error { return f.do("sync", func() error { return syscall.Fsync(f.fd) }) }

func (f *File) Truncate(size int64) error {
	return f.do("truncate", func() error { return syscall.Ftruncate(f.fd, size) })
}

func (f *File) Chmod(mode FileMode) error {
	return f.do("chmod", func() error { return syscall.Fchmod(f.fd, modeBits(mode)) })
}

func (f *File) Chown(uid, gid int) error {
	return f.do("chown", func() error { return syscall.Fchown(f.fd, uid, gid) })
}

func (f *File) Chdir() error { return f.do("chdir", func() error { return syscall.Fchdir(f.fd) }) }

// Files have no deadlines here.
func (f *File) SetDeadline(t time.Time) error      { return f.noDeadline() }
func (f *File) SetReadDeadline(t time.Time) error  { return f.noDeadline() }
func (f *File) SetWriteDeadline(t time.Time) error { return f.noDeadline() }

func (f *File) noDeadline() error {
	if err := f.check("set deadline"); err != nil {
		return err
	}
	return pathError("set deadline", f.name, ErrNoDeadline)
}

// ReadFile is the content of a file.
func ReadFile(name string) ([]byte, error) {
	f, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size := 0
	if info, err := f.Stat(); err == nil && info.Size() < 1<<40 {
		size = int(info.Size())
	}
	data := make([]byte, 0, max(size+1, 512))
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return data, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// WriteFile replaces the content of a file.
func WriteFile(name string, data []byte, perm FileMode) error {
	f, err := OpenFile(name, O_WRONLY|O_CREATE|O_TRUNC, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Pipe makes a pipe: r reads what is written to w.
func Pipe() (r *File, w *File, err error) {
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		return nil, nil, NewSyscallError("pipe2", err)
	}
	return &File{fd: p[0], name: "|0"}, &File{fd: p[1], name: "|1"}, nil
}
