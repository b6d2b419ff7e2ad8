package os

import (
	"errors"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	Interrupt Signal = syscall.SIGINT
	Kill      Signal = syscall.SIGKILL
)

var errReleased = errors.New("os: process already released")

// A Process is a process by its number.
type Process struct {
	Pid int
	// What became of it: running, waited for, released.
	state atomic.Int32
}

const (
	processRuns = iota
	processDone
	processReleased
)

// ProcAttr says what a new process is to be like. Env nil: this process's. Files[i] is its descriptor i.
type ProcAttr struct {
	Dir   string
	Env   []string
	Files []*File
	Sys   *syscall.SysProcAttr
}

// StartProcess starts a program; argv[0] is its name.
func StartProcess(name string, argv []string, attr *ProcAttr) (*Process, error) {
	if attr == nil {
		attr = &ProcAttr{}
	}
	if attr.Dir != "" && (attr.Sys == nil || attr.Sys.Chroot == "") {
		// A missing folder is a clearer message than a missing program.
		if _, err := Stat(attr.Dir); err != nil {
			var e *PathError
			if errors.As(err, &e) {
				e.Op = "chdir"
			}
			return nil, err
		}
	}
	sys := &syscall.ProcAttr{Dir: attr.Dir, Env: attr.Env, Sys: attr.Sys}
	if sys.Env == nil {
		sys.Env = Environ()
	}
	for _, f := range attr.Files {
		sys.Files = append(sys.Files, f.Fd())
	}
	pid, _, err := syscall.StartProcess(name, argv, sys)
	if err != nil {
		return nil, &PathError{Op: "fork/exec", Path: name, Err: err}
	}
	return &Process{Pid: pid}, nil
}

// FindProcess makes a Process of a number; one that does not run is found, and done.
func FindProcess(pid int) (*Process, error) {
	p := &Process{Pid: pid}
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		p.state.Store(processDone)
	}
	return p, nil
}

// Kill ends the process at once.
func (p *Process) Kill() error { return p.Signal(Kill) }

// Release gives the process up.
func (p *Process) Release() error {
	p.Pid = -1
	p.state.Store(processReleased)
	return nil
}

// Signal sends a signal.
func (p *Process) Signal(sig Signal) error {
	switch p.state.Load() {
	case processDone:
		return ErrProcessDone
	case processReleased:
		return errReleased
	}
	if p.Pid == 0 {
		return errors.New("os: process not initialized")
	}
	s, ok := sig.(syscall.Signal)
	if !ok {
		return errors.New("os: unsupported signal type")
	}
	err := syscall.Kill(p.Pid, s)
	if err == syscall.ESRCH {
		return ErrProcessDone
	}
	return err
}

// Wait waits until the process ends.
func (p *Process) Wait() (*ProcessState, error) {
	switch p.state.Load() {
	case processDone:
		return nil, NewSyscallError("wait", syscall.ECHILD)
	case processReleased:
		return nil, syscall.EINVAL
	}
	s := &ProcessState{}
	for {
		pid, err := syscall.Wait4(p.Pid, &s.status, 0, &s.usage)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return nil, NewSyscallError("wait", err)
		}
		s.pid = pid
		p.state.Store(processDone)
		return s, nil
	}
}

// WithHandle is for systems whose processes have handles.
func (p *Process) WithHandle(f func(handle uintptr)) error { return ErrNoHandle }

// A ProcessState is how a process ended.
type ProcessState struct {
	pid    int
	status syscall.WaitStatus
	usage  syscall.Rusage
}

func (p *ProcessState) Pid() int      { return p.pid }
func (p *ProcessState) Exited() bool  { return p.status.Exited() }
func (p *ProcessState) Success() bool { return p.status.ExitStatus() == 0 }
func (p *ProcessState) Sys() any      { return p.status }
func (p *ProcessState) SysUsage() any { return &p.usage }

// UserTime and SystemTime are the processor time that the process and its children have used.
func (p *ProcessState) UserTime() time.Duration   { return time.Duration(p.usage.Utime.Nano()) }
func (p *ProcessState) SystemTime() time.Duration { return time.Duration(p.usage.Stime.Nano()) }

// ExitCode is -1 if a signal ended the process.
func (p *ProcessState) ExitCode() int {
	if p == nil {
		return -1
	}
	return p.status.ExitStatus()
}

func (p *ProcessState) String() string {
	if p == nil {
		return "<nil>"
	}
	text := ""
	switch w := p.status; {
	case w.Exited():
		text = "exit status " + strconv.Itoa(w.ExitStatus())
	case w.Signaled():
		text = "signal: " + w.Signal().String()
	case w.Stopped():
		text = "stop signal: " + w.StopSignal().String()
	case w.Continued():
		text = "continued"
	}
	if p.status.CoreDump() {
		text += " (core dumped)"
	}
	return text
}
