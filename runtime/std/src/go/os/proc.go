// Package os gives access to the operating system: files, the environment, the process.
package os

import (
	"errors"
	"internal/stdio"
	"io"
	"syscall"
	_ "unsafe"
)

//go:linkname argc escargo.os_argc
func argc() int

//go:linkname argv escargo.os_argv
func argv(i int) string

// Args is the command line, the program's name first.
var Args = arguments()

func arguments() []string {
	list := make([]string, argc())
	for i := range list {
		list[i] = argv(i)
	}
	return list
}

func init() {
	stdio.Current = func(s stdio.Stream) io.ReadWriter {
		if s == stdio.In {
			return Stdin
		}
		return Stdout
	}
}

// Exit ends the program at once; deferred functions are not run.
func Exit(code int) { syscall.Exit(code) }

func Getpid() int      { return syscall.Getpid() }
func Getppid() int     { return syscall.Getppid() }
func Getuid() int      { return syscall.Getuid() }
func Geteuid() int     { return syscall.Geteuid() }
func Getgid() int      { return syscall.Getgid() }
func Getegid() int     { return syscall.Getegid() }
func Getpagesize() int { return syscall.Getpagesize() }

func Getgroups() ([]int, error) {
	gids, err := syscall.Getgroups()
	return gids, NewSyscallError("getgroups", err)
}

// Hostname is the name that the kernel has for this machine.
func Hostname() (name string, err error) {
	var u syscall.Utsname
	if err := syscall.Uname(&u); err != nil {
		return "", NewSyscallError("uname", err)
	}
	var b []byte
	for _, c := range u.Nodename {
		if c == 0 {
			break
		}
		b = append(b, byte(c))
	}
	return string(b), nil
}

// Executable is the path of the running program.
func Executable() (string, error) {
	path, err := Readlink("/proc/self/exe")
	if err != nil {
		return "", errors.New("readlink /proc/self/exe: " + cause(err).Error())
	}
	return path, nil
}

// A Signal is a signal of the operating system.
type Signal interface {
	String() string
	Signal()
}

func Environ() []string { return syscall.Environ() }

// Getenv is the value of a variable, empty if it is not set.
func Getenv(key string) string {
	value, _ := syscall.Getenv(key)
	return value
}

func LookupEnv(key string) (string, bool) { return syscall.Getenv(key) }
func Setenv(key, value string) error      { return NewSyscallError("setenv", syscall.Setenv(key, value)) }
func Unsetenv(key string) error           { return NewSyscallError("unsetenv", syscall.Unsetenv(key)) }
func Clearenv()                           { syscall.Clearenv() }

// ExpandEnv is Expand by the environment.
func ExpandEnv(s string) string { return Expand(s, Getenv) }

// Expand replaces $name and ${name} by what mapping says.
func Expand(s string, mapping func(string) string) string {
	var b []byte
	done := 0
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '$' {
			continue
		}
		b = append(b, s[done:i]...)
		name, size := variable(s[i+1:])
		switch {
		case name != "":
			b = append(b, mapping(name)...)
		case size == 0:
			b = append(b, '$')
		}
		i += size
		done = i + 1
	}
	if b == nil {
		return s
	}
	return string(append(b, s[done:]...))
}

func isSpecial(c byte) bool {
	switch c {
	case '*', '#', '$', '@', '!', '?', '-':
		return true
	}
	return '0' <= c && c <= '9'
}

func isName(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// variable reads a name behind a $. An empty name of some size is bad syntax and disappears.
func variable(s string) (name string, size int) {
	switch {
	case s[0] == '{':
		if len(s) > 2 && isSpecial(s[1]) && s[2] == '}' {
			return s[1:2], 3
		}
		for i := 1; i < len(s); i++ {
			if s[i] == '}' {
				if i == 1 {
					return "", 2
				}
				return s[1:i], i + 1
			}
		}
		return "", 1
	case isSpecial(s[0]):
		return s[:1], 1
	}
	n := 0
	for n < len(s) && isName(s[n]) {
		n++
	}
	return s[:n], n
}

// TempDir is where temporary files go.
func TempDir() string {
	if dir := Getenv("TMPDIR"); dir != "" {
		return dir
	}
	return "/tmp"
}

func home(key string) (string, error) {
	if dir := Getenv("HOME"); dir != "" {
		return dir, nil
	}
	return "", errors.New(key)
}

func UserHomeDir() (string, error) { return home("$HOME is not defined") }

func below(key, folder string) (string, error) {
	if dir := Getenv(key); dir != "" {
		if dir[0] != '/' {
			return "", errors.New("path in $" + key + " is relative")
		}
		return dir, nil
	}
	dir, err := home("neither $" + key + " nor $HOME are defined")
	if err != nil {
		return "", err
	}
	return dir + folder, nil
}

func UserCacheDir() (string, error)  { return below("XDG_CACHE_HOME", "/.cache") }
func UserConfigDir() (string, error) { return below("XDG_CONFIG_HOME", "/.config") }
