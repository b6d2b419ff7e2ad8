package os

import (
	"errors"
	"syscall"
	"time"
	_ "unsafe"
)

var (
	errNegative = errors.New("negative offset")
	errAppend   = errors.New("os: invalid use of WriteAt on file opened with O_APPEND")
	errPattern  = errors.New("pattern contains path separator")
)

func IsPathSeparator(c uint8) bool { return c == '/' }

// Mkdir makes a folder.
func Mkdir(name string, perm FileMode) error {
	if err := syscall.Mkdir(name, modeBits(perm)); err != nil {
		return pathError("mkdir", name, err)
	}
	return nil
}

// MkdirAll makes a folder and those above it.
func MkdirAll(path string, perm FileMode) error {
	if info, err := Stat(path); err == nil {
		if info.IsDir() {
			return nil
		}
		return &PathError{Op: "mkdir", Path: path, Err: syscall.ENOTDIR}
	}
	i := len(path)
	for i > 0 && path[i-1] == '/' {
		i--
	}
	for i > 0 && path[i-1] != '/' {
		i--
	}
	if i > 1 {
		if err := MkdirAll(path[:i-1], perm); err != nil {
			return err
		}
	}
	err := Mkdir(path, perm)
	if err != nil {
		// "foo/." exists once foo does.
		if info, statErr := Lstat(path); statErr == nil && info.IsDir() {
			return nil
		}
	}
	return err
}

// Remove removes a file or an empty folder.
func Remove(name string) error {
	err := syscall.Unlink(name)
	if err == nil {
		return nil
	}
	dirErr := syscall.Rmdir(name)
	if dirErr == nil {
		return nil
	}
	// The error of the call that fits what it is.
	if dirErr != syscall.ENOTDIR {
		err = dirErr
	}
	return pathError("remove", name, err)
}

// RemoveAll removes a path with all below it; one that is not there is no error.
func RemoveAll(path string) error {
	if path == "" {
		return nil
	}
	if len(path) >= 1 && path[len(path)-1] == '.' && (len(path) == 1 || path[len(path)-2] == '/') {
		return &PathError{Op: "RemoveAll", Path: path, Err: syscall.EINVAL}
	}
	err := Remove(path)
	if err == nil || IsNotExist(err) {
		return nil
	}
	info, statErr := Lstat(path)
	if statErr != nil {
		if IsNotExist(statErr) {
			return nil
		}
		return statErr
	}
	if !info.IsDir() {
		return err
	}
	list, readErr := ReadDir(path)
	var first error
	for _, entry := range list {
		if err := RemoveAll(path + "/" + entry.Name()); err != nil && first == nil {
			first = err
		}
	}
	if err := Remove(path); err == nil || IsNotExist(err) {
		return nil
	} else if first == nil {
		first = err
	}
	if readErr != nil && !IsNotExist(readErr) {
		return readErr
	}
	return first
}

func linkError(op, from, to string, err error) error {
	if err == nil {
		return nil
	}
	return &LinkError{op, from, to, err}
}

func Rename(oldpath, newpath string) error {
	// Naming the folder in the error, as a rename onto one fails.
	if info, err := Lstat(newpath); err == nil && info.IsDir() {
		if old, err := Lstat(oldpath); err != nil {
			return linkError("rename", oldpath, newpath, cause(err))
		} else if newpath == oldpath || !old.IsDir() {
			return linkError("rename", oldpath, newpath, syscall.EEXIST)
		}
	}
	return linkError("rename", oldpath, newpath, syscall.Rename(oldpath, newpath))
}

func Link(oldname, newname string) error {
	return linkError("link", oldname, newname, syscall.Link(oldname, newname))
}

func Symlink(oldname, newname string) error {
	return linkError("symlink", oldname, newname, syscall.Symlink(oldname, newname))
}

// Readlink is the target of a symbolic link.
func Readlink(name string) (string, error) {
	for size := 128; ; size *= 2 {
		buf := make([]byte, size)
		n, err := syscall.Readlink(name, buf)
		if err != nil {
			return "", pathError("readlink", name, err)
		}
		if n < size {
			return string(buf[:n]), nil
		}
	}
}

func Chdir(dir string) error { return pathError("chdir", dir, syscall.Chdir(dir)) }

func Chmod(name string, mode FileMode) error {
	return pathError("chmod", name, syscall.Chmod(name, modeBits(mode)))
}

func Chown(name string, uid, gid int) error {
	return pathError("chown", name, syscall.Chown(name, uid, gid))
}

func Lchown(name string, uid, gid int) error {
	return pathError("lchown", name, syscall.Lchown(name, uid, gid))
}

func Truncate(name string, size int64) error {
	return pathError("truncate", name, syscall.Truncate(name, size))
}

// Chtimes sets the times of access and modification; a zero time leaves what is there.
func Chtimes(name string, atime time.Time, mtime time.Time) error {
	const omit = 1<<30 - 2
	var ts [2]syscall.Timespec
	for i, t := range [...]time.Time{atime, mtime} {
		if t.IsZero() {
			ts[i].Nsec = omit
		} else {
			ts[i] = syscall.Timespec{Sec: t.Unix(), Nsec: int64(t.Nanosecond())}
		}
	}
	return pathError("chtimes", name, syscall.UtimesNano(name, ts[:]))
}

// Getwd is the current folder, by $PWD if that is it.
func Getwd() (dir string, err error) {
	if dir := Getenv("PWD"); dir != "" && dir[0] == '/' {
		if here, err := Stat("."); err == nil {
			if there, err := Stat(dir); err == nil && SameFile(here, there) {
				return dir, nil
			}
		}
	}
	dir, err = syscall.Getwd()
	return dir, NewSyscallError("getwd", err)
}

//go:linkname fastrand escargo.fastrand
func fastrand() int64

// temporary tries names made from a pattern until make says that one is new.
func temporary(op, dir, pattern string, make func(name string) error) (string, error) {
	if dir == "" {
		dir = TempDir()
	}
	star := len(pattern)
	for i := range len(pattern) {
		if pattern[i] == '/' {
			return "", &PathError{Op: op, Path: pattern, Err: errPattern}
		}
		if pattern[i] == '*' {
			star = i
		}
	}
	prefix, suffix := pattern[:star], ""
	if star < len(pattern) {
		suffix = pattern[star+1:]
	}
	if dir[len(dir)-1] != '/' {
		dir += "/"
	}
	for try := 0; ; try++ {
		n := uint32(fastrand())
		var digits [10]byte
		i := len(digits)
		for {
			i--
			digits[i] = byte('0' + n%10)
			if n /= 10; n == 0 {
				break
			}
		}
		name := dir + prefix + string(digits[i:]) + suffix
		err := make(name)
		if err == nil {
			return name, nil
		}
		if !IsExist(err) {
			return "", err
		}
		if try == 10000 {
			return "", &PathError{Op: op, Path: dir + prefix + "*" + suffix, Err: ErrExist}
		}
	}
}

// CreateTemp makes a new file in a folder; a random text replaces the last * of the pattern.
func CreateTemp(dir, pattern string) (*File, error) {
	var f *File
	_, err := temporary("createtemp", dir, pattern, func(name string) (err error) {
		f, err = OpenFile(name, O_RDWR|O_CREATE|O_EXCL, 0600)
		return err
	})
	return f, err
}

// MkdirTemp makes a new folder in a folder.
func MkdirTemp(dir, pattern string) (string, error) {
	return temporary("mkdirtemp", dir, pattern, func(name string) error {
		err := Mkdir(name, 0700)
		if IsNotExist(err) && dir != "" {
			// It is the folder that is missing.
			if _, missing := Stat(dir); IsNotExist(missing) {
				return missing
			}
		}
		return err
	})
}
