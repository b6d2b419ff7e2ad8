package syscall

import "unsafe"

// ProcAttr says what a new process is to be like.
type ProcAttr struct {
	Dir   string
	Env   []string
	Files []uintptr
	Sys   *SysProcAttr
}

// SysProcAttr says what is particular to Linux. Namespaces are not set up: Cloneflags and what belongs to it must be zero.
type SysProcAttr struct {
	Chroot                     string
	Credential                 *Credential
	Ptrace                     bool
	Setsid                     bool
	Setpgid                    bool
	Setctty                    bool
	Noctty                     bool
	Ctty                       int
	Foreground                 bool
	Pgid                       int
	Pdeathsig                  Signal
	Cloneflags                 uintptr
	Unshareflags               uintptr
	UidMappings                []SysProcIDMap
	GidMappings                []SysProcIDMap
	GidMappingsEnableSetgroups bool
	AmbientCaps                []uintptr
	UseCgroupFD                bool
	CgroupFD                   int
	PidFD                      *int
}

// Credential is who a new process runs as.
type Credential struct {
	Uid         uint32
	Gid         uint32
	Groups      []uint32
	NoSetGroups bool
}

type SysProcIDMap struct {
	ContainerID int
	HostID      int
	Size        int
}

// spawn is the structure that the runtime reads.
type spawn struct {
	path        *byte
	argv, envp  **byte
	dir, root   *byte
	files       *int64
	fileCount   int
	flags       int
	pgid        int
	tty         int
	deathSignal int
	uid, gid    int
	groups      *uint32
	groupCount  int
}

const (
	flagSetsid = 1 << iota
	flagSetpgid
	flagSetctty
	flagNoctty
	flagForeground
	flagCredential
	flagKeepGroups
)

//go:linkname osSpawn escargo.os_spawn
func osSpawn(s *spawn) int

//go:linkname osWait escargo.os_wait
func osWait(pid int, status *int32, usage *Rusage, flags int) int

// SlicePtrFromStrings is the strings with zero bytes behind them, and a nil at the end.
func SlicePtrFromStrings(list []string) ([]*byte, error) {
	out := make([]*byte, 0, len(list)+1)
	for _, s := range list {
		p, err := BytePtrFromString(s)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return append(out, nil), nil
}

// optional is nil for an empty string.
func optional(s string) (*byte, error) {
	if s == "" {
		return nil, nil
	}
	return BytePtrFromString(s)
}

// ForkExec starts a process.
func ForkExec(argv0 string, argv []string, attr *ProcAttr) (pid int, err error) {
	if attr == nil {
		attr = &ProcAttr{}
	}
	sys := attr.Sys
	if sys == nil {
		sys = &SysProcAttr{}
	}
	if sys.Ptrace || sys.Cloneflags != 0 || sys.Unshareflags != 0 || sys.AmbientCaps != nil || sys.UseCgroupFD {
		return 0, ENOSYS
	}
	if sys.Setctty && sys.Foreground {
		return 0, EINVAL
	}
	if sys.Setctty && sys.Ctty >= len(attr.Files) {
		return 0, EINVAL
	}
	var s spawn
	if s.path, err = BytePtrFromString(argv0); err != nil {
		return 0, err
	}
	args, err := SlicePtrFromStrings(argv)
	if err != nil {
		return 0, err
	}
	env, err := SlicePtrFromStrings(attr.Env)
	if err != nil {
		return 0, err
	}
	if s.dir, err = optional(attr.Dir); err != nil {
		return 0, err
	}
	if s.root, err = optional(sys.Chroot); err != nil {
		return 0, err
	}
	s.argv, s.envp = &args[0], &env[0]
	files := make([]int64, len(attr.Files))
	for i, fd := range attr.Files {
		files[i] = int64(int32(fd))
	}
	s.files, s.fileCount = unsafe.SliceData(files), len(files)
	for i, on := range [...]bool{sys.Setsid, sys.Setpgid, sys.Setctty, sys.Noctty, sys.Foreground} {
		if on {
			s.flags |= 1 << i
		}
	}
	s.pgid, s.tty, s.deathSignal = sys.Pgid, sys.Ctty, int(sys.Pdeathsig)
	if c := sys.Credential; c != nil {
		s.flags |= flagCredential
		if c.NoSetGroups {
			s.flags |= flagKeepGroups
		}
		s.uid, s.gid = int(c.Uid), int(c.Gid)
		s.groups, s.groupCount = unsafe.SliceData(c.Groups), len(c.Groups)
	}
	return result(osSpawn(&s))
}

// StartProcess is ForkExec for package os.
func StartProcess(argv0 string, argv []string, attr *ProcAttr) (pid int, handle uintptr, err error) {
	pid, err = ForkExec(argv0, argv, attr)
	return pid, 0, err
}

// Exec replaces this program.
func Exec(argv0 string, argv []string, envv []string) (err error) {
	path, err := BytePtrFromString(argv0)
	if err != nil {
		return err
	}
	args, err := SlicePtrFromStrings(argv)
	if err != nil {
		return err
	}
	env, err := SlicePtrFromStrings(envv)
	if err != nil {
		return err
	}
	return failure(osSyscall(SYS_EXECVE, text(path), unsafe.Pointer(&args[0]), unsafe.Pointer(&env[0]), nil, nil))
}

// Rusage is what a process has used.
type Rusage struct {
	Utime    Timeval
	Stime    Timeval
	Maxrss   int64
	Ixrss    int64
	Idrss    int64
	Isrss    int64
	Minflt   int64
	Majflt   int64
	Nswap    int64
	Inblock  int64
	Oublock  int64
	Msgsnd   int64
	Msgrcv   int64
	Nsignals int64
	Nvcsw    int64
	Nivcsw   int64
}

const (
	RUSAGE_CHILDREN = -1
	RUSAGE_SELF     = 0
	RUSAGE_THREAD   = 1
)

// Getrusage tells what this process or its children have used.
func Getrusage(who int, usage *Rusage) error {
	return failure(osSyscall(SYS_GETRUSAGE, word(who), unsafe.Pointer(usage), nil, nil, nil))
}

const (
	WNOHANG   = 1
	WUNTRACED = 2
)

// Wait4 waits for a child.
func Wait4(pid int, wstatus *WaitStatus, options int, rusage *Rusage) (wpid int, err error) {
	var status int32
	wpid, err = result(osWait(pid, &status, rusage, options))
	if wstatus != nil {
		*wstatus = WaitStatus(status)
	}
	return wpid, err
}

// WaitStatus is how a process ended, or why it stopped.
type WaitStatus uint32

func (w WaitStatus) Exited() bool    { return w&0x7f == 0 }
func (w WaitStatus) Signaled() bool  { return w&0x7f != 0x7f && w&0x7f != 0 }
func (w WaitStatus) Stopped() bool   { return w&0xff == 0x7f }
func (w WaitStatus) Continued() bool { return w == 0xffff }
func (w WaitStatus) CoreDump() bool  { return w.Signaled() && w&0x80 != 0 }

func (w WaitStatus) ExitStatus() int {
	if !w.Exited() {
		return -1
	}
	return int(w>>8) & 0xff
}

func (w WaitStatus) Signal() Signal {
	if !w.Signaled() {
		return -1
	}
	return Signal(w & 0x7f)
}

func (w WaitStatus) StopSignal() Signal {
	if !w.Stopped() {
		return -1
	}
	return Signal(w>>8) & 0xff
}

func (w WaitStatus) TrapCause() int {
	if w.StopSignal() != SIGTRAP {
		return -1
	}
	return int(w>>8) >> 8
}
