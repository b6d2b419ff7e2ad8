//! Starting other programs and waiting for them.
//!
//! In: what package syscall says about the new process. Out: its number, or -errno; its exit status. Between fork and exec the
//! child calls the system only: other threads may have held locks when it was made.

use libc::{c_char, c_int};

/// What a new process is to be like; package syscall has the same structure.
#[repr(C)]
pub struct Spawn {
    path: *const c_char,
    argv: *const *const c_char,
    envp: *const *const c_char,
    /// Null: the working folder stays.
    dir: *const c_char,
    /// Null: the root stays.
    root: *const c_char,
    /// The child's descriptors from 0 on; -1: closed.
    files: *const i64,
    files_len: i64,
    /// `SETSID` and so on.
    flags: i64,
    pgid: i64,
    tty: i64,
    death_signal: i64,
    uid: i64,
    gid: i64,
    groups: *const u32,
    groups_len: i64,
}

const SETSID: i64 = 1;
const SETPGID: i64 = 2;
const SETCTTY: i64 = 4;
const NOCTTY: i64 = 8;
const FOREGROUND: i64 = 16;
const CREDENTIAL: i64 = 32;
const KEEP_GROUPS: i64 = 64;

fn errno() -> c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

/// Starts a process; its number or -errno. Errors up to exec are the child's, which it reports through a pipe.
///
/// # Safety
/// The pointers are valid.
pub unsafe extern "C" fn os_spawn(s: *const Spawn) -> i64 {
    // SAFETY: the caller's promise; the pipe is this function's own.
    unsafe {
        let mut pipe = [0; 2];
        if libc::pipe2(pipe.as_mut_ptr(), libc::O_CLOEXEC) < 0 {
            return -(errno() as i64);
        }
        // No signal handler of the runtime's may run in the child.
        let (mut all, mut before) = std::mem::zeroed::<(libc::sigset_t, libc::sigset_t)>();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        let pid = libc::fork();
        if pid == 0 {
            let error = child(&*s, &mut pipe[1], &before);
            libc::write(pipe[1], (&raw const error).cast(), size_of::<c_int>());
            libc::_exit(253);
        }
        let failed = errno();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        libc::close(pipe[1]);
        if pid < 0 {
            libc::close(pipe[0]);
            return -(failed as i64);
        }
        let mut error: c_int = 0;
        let n = loop {
            let n = libc::read(pipe[0], (&raw mut error).cast(), size_of::<c_int>());
            if n >= 0 || errno() != libc::EINTR {
                break n;
            }
        };
        libc::close(pipe[0]);
        if n == size_of::<c_int>() as isize {
            while libc::waitpid(pid, std::ptr::null_mut(), 0) < 0 && errno() == libc::EINTR {}
            return -(error as i64);
        }
        pid as i64
    }
}

/// The child's part; returns only with an error, which is to go to the pipe, wherever that is by then.
unsafe fn child(s: &Spawn, pipe: &mut c_int, mask: &libc::sigset_t) -> c_int {
    macro_rules! check {
        ($call:expr) => {
            if $call < 0 {
                return errno();
            }
        };
    }
    // SAFETY: system calls on valid pointers.
    unsafe {
        for signal in 1..65 {
            let mut action: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, std::ptr::null(), &raw mut action) == 0
                && action.sa_sigaction != libc::SIG_IGN
                && action.sa_sigaction != libc::SIG_DFL
            {
                action.sa_sigaction = libc::SIG_DFL;
                action.sa_flags = 0;
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
        }
        libc::sigprocmask(libc::SIG_SETMASK, mask, std::ptr::null_mut());
        let has = |flag| s.flags & flag != 0;
        if has(SETSID) {
            check!(libc::setsid());
        }
        if has(SETPGID) || has(FOREGROUND) {
            check!(libc::setpgid(0, s.pgid as i32));
        }
        if has(FOREGROUND) {
            let group = if s.pgid == 0 { libc::getpid() } else { s.pgid as i32 };
            check!(libc::ioctl(s.tty as c_int, libc::TIOCSPGRP, &raw const group));
        }
        if !s.root.is_null() {
            check!(libc::chroot(s.root));
        }
        if has(CREDENTIAL) {
            if !has(KEEP_GROUPS) {
                check!(libc::setgroups(s.groups_len as usize, s.groups.cast()));
            }
            check!(libc::setgid(s.gid as libc::gid_t));
            check!(libc::setuid(s.uid as libc::uid_t));
        }
        if !s.dir.is_null() {
            check!(libc::chdir(s.dir));
        }
        if s.death_signal != 0 {
            check!(libc::prctl(libc::PR_SET_PDEATHSIG, s.death_signal));
        }
        // Descriptors move in two steps, so that none is overwritten before it has been copied: first all out of the way.
        let n = s.files_len as c_int;
        let files = if n > 0 { std::slice::from_raw_parts(s.files, n as usize) } else { &[] };
        let high = files.iter().copied().max().unwrap_or(0).max(n as i64) as c_int + 1;
        if *pipe < high {
            let moved = libc::fcntl(*pipe, libc::F_DUPFD_CLOEXEC, high);
            check!(moved);
            *pipe = moved;
        }
        const LIMIT: usize = 1024;
        let mut moved = [-1; LIMIT];
        if files.len() > LIMIT {
            return libc::EMFILE;
        }
        for (i, &fd) in files.iter().enumerate() {
            moved[i] = fd as c_int;
            if fd >= 0 && (fd as usize) < i {
                moved[i] = libc::fcntl(fd as c_int, libc::F_DUPFD_CLOEXEC, high);
                check!(moved[i]);
            }
        }
        for (i, &fd) in moved[..files.len()].iter().enumerate() {
            let i = i as c_int;
            if fd < 0 {
                libc::close(i);
            } else if fd == i {
                check!(libc::fcntl(i, libc::F_SETFD, 0));
            } else {
                check!(libc::dup2(fd, i));
            }
        }
        // Those beyond that the parent had open without the flag to close them are its own concern, but for the standard ones.
        for i in n..3 {
            libc::close(i);
        }
        if has(NOCTTY) {
            check!(libc::ioctl(0, libc::TIOCNOTTY));
        }
        if has(SETCTTY) {
            check!(libc::ioctl(s.tty as c_int, libc::TIOCSCTTY, 1));
        }
        libc::execve(s.path, s.argv, s.envp);
        errno()
    }
}

/// Waits for a child: its number or -errno. Other goroutines run meanwhile.
///
/// # Safety
/// Places for the status and for a `rusage`.
pub unsafe extern "C" fn os_wait(pid: i64, status: *mut c_int, usage: *mut libc::rusage, flags: i64) -> i64 {
    // SAFETY: the caller's promise.
    unsafe {
        if flags & libc::WNOHANG as i64 == 0 && pid > 0 {
            let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0) as c_int;
            if fd >= 0 {
                crate::poll::wait_for_file(fd, libc::POLLIN);
                libc::close(fd);
            }
        }
        let call = || match libc::wait4(pid as libc::pid_t, status, flags as c_int, usage) {
            n if n < 0 => -(errno() as i64),
            n => n as i64,
        };
        if flags & libc::WNOHANG as i64 == 0 { crate::threads::blocking(call) } else { call() }
    }
}
