package os

import (
	"io"
	"io/fs"
	"slices"
	"syscall"
	"time"
)

// fileStat is the FileInfo of this package.
type fileStat struct {
	name string
	mode FileMode
	sys  syscall.Stat_t
}

func (s *fileStat) Name() string       { return s.name }
func (s *fileStat) Size() int64        { return s.sys.Size }
func (s *fileStat) Mode() FileMode     { return s.mode }
func (s *fileStat) ModTime() time.Time { return time.Unix(s.sys.Mtim.Sec, s.sys.Mtim.Nsec) }
func (s *fileStat) IsDir() bool        { return s.mode.IsDir() }
func (s *fileStat) Sys() any           { return &s.sys }

func baseName(path string) string {
	for len(path) > 1 && path[len(path)-1] == '/' {
		path = path[:len(path)-1]
	}
	for i := len(path) - 1; i >= 0 && len(path) > 1; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}

// fileType is the type in a mode as the system has it.
func fileType(bits uint32) FileMode {
	switch bits & syscall.S_IFMT {
	case syscall.S_IFBLK:
		return ModeDevice
	case syscall.S_IFCHR:
		return ModeDevice | ModeCharDevice
	case syscall.S_IFDIR:
		return ModeDir
	case syscall.S_IFIFO:
		return ModeNamedPipe
	case syscall.S_IFLNK:
		return ModeSymlink
	case syscall.S_IFSOCK:
		return ModeSocket
	}
	return 0
}

// finish fills in what follows from the system's answer.
func (s *fileStat) finish(path string) {
	s.name = baseName(path)
	bits := uint32(s.sys.Mode)
	s.mode = FileMode(bits&0777) | fileType(bits)
	if bits&syscall.S_ISUID != 0 {
		s.mode |= ModeSetuid
	}
	if bits&syscall.S_ISGID != 0 {
		s.mode |= ModeSetgid
	}
	if bits&syscall.S_ISVTX != 0 {
		s.mode |= ModeSticky
	}
}

// Stat describes a file; it follows symbolic links.
func Stat(name string) (FileInfo, error) {
	s := new(fileStat)
	if err := syscall.Stat(name, &s.sys); err != nil {
		return nil, pathError("stat", name, err)
	}
	s.finish(name)
	return s, nil
}

// Lstat is Stat that does not follow a symbolic link.
func Lstat(name string) (FileInfo, error) {
	s := new(fileStat)
	if err := syscall.Lstat(name, &s.sys); err != nil {
		return nil, pathError("lstat", name, err)
	}
	s.finish(name)
	return s, nil
}

func (f *File) Stat() (FileInfo, error) {
	if err := f.check("stat"); err != nil {
		return nil, err
	}
	s := new(fileStat)
	if err := syscall.Fstat(f.fd, &s.sys); err != nil {
		return nil, pathError("stat", f.name, err)
	}
	s.finish(f.name)
	return s, nil
}

// SameFile reports whether two descriptions are of one file.
func SameFile(fi1, fi2 FileInfo) bool {
	a, ok1 := fi1.(*fileStat)
	b, ok2 := fi2.(*fileStat)
	return ok1 && ok2 && a.sys.Dev == b.sys.Dev && a.sys.Ino == b.sys.Ino
}

// dirBuffer has directory entries as the system gives them.
type dirBuffer struct {
	buf  [8192]byte
	n    int
	next int
}

// dirEntry is the DirEntry of this package.
type dirEntry struct {
	parent string
	name   string
	typ    FileMode
}

func (d *dirEntry) Name() string            { return d.name }
func (d *dirEntry) IsDir() bool             { return d.typ.IsDir() }
func (d *dirEntry) Type() FileMode          { return d.typ }
func (d *dirEntry) Info() (FileInfo, error) { return Lstat(d.parent + "/" + d.name) }
func (d *dirEntry) String() string          { return fs.FormatDirEntry(d) }

// readEntry is the next entry of a folder, nil at its end.
func (f *File) readEntry() (*dirEntry, error) {
	if f.dir == nil {
		f.dir = new(dirBuffer)
	}
	d := f.dir
	for {
		if d.next >= d.n {
			n, err := syscall.ReadDirent(f.fd, d.buf[:])
			if err != nil {
				return nil, &PathError{Op: "readdirent", Path: f.name, Err: err}
			}
			if n == 0 {
				return nil, nil
			}
			d.n, d.next = n, 0
		}
		// Number (8 bytes), offset (8), length (2), type (1), name.
		record := d.buf[d.next:d.n]
		size := int(record[16]) | int(record[17])<<8
		d.next += size
		name := record[19:size]
		for i, c := range name {
			if c == 0 {
				name = name[:i]
				break
			}
		}
		if s := string(name); s != "." && s != ".." {
			entry := &dirEntry{f.name, s, fileType(uint32(record[18]) << 12)}
			if record[18] == 0 {
				info, err := entry.Info()
				if err != nil {
					if IsNotExist(err) {
						continue
					}
					return nil, err
				}
				entry.typ = info.Mode().Type()
			}
			return entry, nil
		}
	}
}

// entries reads up to n entries, all if n is not positive.
func (f *File) entries(n int) ([]*dirEntry, error) {
	if err := f.check("readdir"); err != nil {
		return nil, err
	}
	var list []*dirEntry
	for n <= 0 || len(list) < n {
		entry, err := f.readEntry()
		if err != nil {
			return list, err
		}
		if entry == nil {
			if n > 0 && len(list) == 0 {
				return nil, io.EOF
			}
			break
		}
		list = append(list, entry)
	}
	return list, nil
}

func (f *File) ReadDir(n int) ([]DirEntry, error) {
	list, err := f.entries(n)
	result := make([]DirEntry, len(list))
	for i, e := range list {
		result[i] = e
	}
	return result, err
}

func (f *File) Readdirnames(n int) (names []string, err error) {
	list, err := f.entries(n)
	names = make([]string, len(list))
	for i, e := range list {
		names[i] = e.name
	}
	return names, err
}

func (f *File) Readdir(n int) ([]FileInfo, error) {
	list, err := f.entries(n)
	infos := make([]FileInfo, 0, len(list))
	for _, e := range list {
		info, infoErr := e.Info()
		if IsNotExist(infoErr) {
			continue
		}
		if infoErr != nil {
			return infos, infoErr
		}
		infos = append(infos, info)
	}
	return infos, err
}

// ReadDir lists a folder by name.
func ReadDir(name string) ([]DirEntry, error) {
	f, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := f.ReadDir(-1)
	slices.SortFunc(list, func(a, b DirEntry) int {
		switch {
		case a.Name() < b.Name():
			return -1
		case a.Name() > b.Name():
			return 1
		}
		return 0
	})
	return list, err
}

type dirFS string

// DirFS is the tree of files below a folder.
func DirFS(dir string) fs.FS { return dirFS(dir) }

func (dir dirFS) path(op, name string) (string, error) {
	if dir == "" || !fs.ValidPath(name) {
		return "", &PathError{Op: op, Path: name, Err: ErrInvalid}
	}
	if name == "." {
		return string(dir), nil
	}
	return string(dir) + "/" + name, nil
}

// named replaces the path in an error.
func named(err error, name string) error {
	if e, ok := err.(*PathError); ok {
		e.Path = name
	}
	return err
}

func (dir dirFS) Open(name string) (fs.File, error) {
	path, err := dir.path("open", name)
	if err != nil {
		return nil, err
	}
	f, err := Open(path)
	if err != nil {
		return nil, named(err, name)
	}
	return f, nil
}

func (dir dirFS) ReadFile(name string) ([]byte, error) {
	path, err := dir.path("readfile", name)
	if err != nil {
		return nil, err
	}
	data, err := ReadFile(path)
	return data, named(err, name)
}

func (dir dirFS) ReadDir(name string) ([]DirEntry, error) {
	path, err := dir.path("readdir", name)
	if err != nil {
		return nil, err
	}
	list, err := ReadDir(path)
	return list, named(err, name)
}

func (dir dirFS) Stat(name string) (FileInfo, error) {
	path, err := dir.path("stat", name)
	if err != nil {
		return nil, err
	}
	info, err := Stat(path)
	return info, named(err, name)
}

func (dir dirFS) Lstat(name string) (FileInfo, error) {
	path, err := dir.path("lstat", name)
	if err != nil {
		return nil, err
	}
	info, err := Lstat(path)
	return info, named(err, name)
}

func (dir dirFS) ReadLink(name string) (string, error) {
	path, err := dir.path("readlink", name)
	if err != nil {
		return "", err
	}
	link, err := Readlink(path)
	return link, named(err, name)
}

// CopyFS copies a tree of files into a folder; no file there is overwritten.
func CopyFS(dir string, fsys fs.FS) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := dir + "/" + name
		switch d.Type() {
		case ModeDir:
			return MkdirAll(to, 0777)
		case ModeSymlink:
			link, err := fs.ReadLink(fsys, name)
			if err != nil {
				return err
			}
			return Symlink(link, to)
		case 0:
			return copyFile(to, fsys, name)
		}
		return &PathError{Op: "CopyFS", Path: name, Err: ErrInvalid}
	})
}

func copyFile(to string, fsys fs.FS, name string) error {
	from, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	f, err := OpenFile(to, O_CREATE|O_EXCL|O_WRONLY, 0666|info.Mode()&0777)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, from); err != nil {
		f.Close()
		return &PathError{Op: "Copy", Path: to, Err: err}
	}
	return f.Close()
}
