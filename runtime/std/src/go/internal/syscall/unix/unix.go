// Package unix has the system calls that Go's own library makes around package syscall.
package unix

import (
	"syscall"
	"unsafe"
)

const getFlags = 3

const (
	R_OK = 4
	W_OK = 2
	X_OK = 1
)

const currentFolder, effectiveUser = -0x64, 0x200

// Eaccess reports whether this process may use a file so, as its effective user.
func Eaccess(path string, mode uint32) error {
	return syscall.Faccessat(currentFolder, path, mode, effectiveUser)
}

// KernelVersion is the kernel's version.
func KernelVersion() (major, minor int) {
	var u syscall.Utsname
	if syscall.Uname(&u) != nil {
		return 0, 0
	}
	var values [2]int
	part := 0
	for _, c := range u.Release {
		if c < '0' || c > '9' {
			if part++; part == len(values) {
				break
			}
			continue
		}
		values[part] = values[part]*10 + int(c-'0')
	}
	return values[0], values[1]
}

// KernelVersionGE reports whether the kernel is at least so new.
func KernelVersionGE(x, y int) bool {
	major, minor := KernelVersion()
	return major > x || major == x && minor >= y
}

// Fcntl makes the call of that name.
func Fcntl(fd int, cmd int, arg int) (int, error) {
	n, _, err := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), uintptr(cmd), uintptr(arg))
	if err != 0 {
		return int(n), err
	}
	return int(n), nil
}

// IsNonblock reports whether reads of a file fail instead of waiting.
func IsNonblock(fd int) (nonblocking bool, err error) {
	flags, err := Fcntl(fd, getFlags, 0)
	return flags&syscall.O_NONBLOCK != 0, err
}

// GetRandomFlag is an option of GetRandom.
type GetRandomFlag uintptr

const (
	GRND_NONBLOCK GetRandomFlag = 1
	GRND_RANDOM   GetRandomFlag = 2
)

// GetRandom fills p with random bytes.
func GetRandom(p []byte, flags GetRandomFlag) (n int, err error) {
	r, _, errno := syscall.Syscall(getrandom, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), uintptr(flags))
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}

// Fstatat tells about a file below a folder.
func Fstatat(dirfd int, path string, stat *syscall.Stat_t, flags int) error {
	p, err := syscall.BytePtrFromString(path)
	if err != nil {
		return err
	}
	_, _, failure := syscall.Syscall6(fstatat, uintptr(dirfd), uintptr(unsafe.Pointer(p)), uintptr(unsafe.Pointer(stat)), uintptr(flags), 0, 0)
	if failure != 0 {
		return failure
	}
	return nil
}
