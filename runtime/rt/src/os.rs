//! The operating system: files, arguments, environment, the machine, and the runtime's own last words. The only file that reads
//! the environment.
//!
//! In: Go's calls. Out: results, negative ones -errno.

use std::sync::atomic::{AtomicI32, Ordering};

use crate::worker::{Pair, world};

/// Switches from the environment.
pub struct Settings {
    /// GOGC; negative: off.
    pub gc_percent: i64,
    pub memory_limit: i64,
    /// `ESCARGO_GC_EVERY`: collect every so many allocations.
    pub gc_every: u64,
    /// `ESCARGO_VERIFY=1`: verify the heap after each collection, poison freed memory.
    pub verify: bool,
    /// GODEBUG=gctrace=1.
    pub gctrace: bool,
    /// GODEBUG=gcstoptheworld=1: collections are one stop.
    pub stop_the_world: bool,
    /// GODEBUG=mte=sync or mte=async.
    pub tagging: Option<crate::mte::Mode>,
    /// `ESCARGO_GC_DISTURB`: the seed of random delays in marking.
    pub disturb: u64,
    /// GOTRACEBACK.
    pub traceback: String,
    /// GOMAXPROCS; 0: not set.
    pub procs: usize,
    /// `ESCARGO_ADDRESS_SPACE=small`: reserve little, for emulators.
    pub frugal: bool,
}

/// Reads the environment.
pub fn settings() -> Settings {
    let get = |name: &str| std::env::var(name).unwrap_or_default();
    let gogc = get("GOGC");
    let debug = |setting: &str| get("GODEBUG").split(',').any(|s| s == setting);
    Settings {
        gc_percent: if gogc == "off" { -1 } else { gogc.parse().unwrap_or(100) },
        memory_limit: parse_bytes(&get("GOMEMLIMIT")).unwrap_or(i64::MAX),
        gc_every: get("ESCARGO_GC_EVERY").parse().unwrap_or(0),
        verify: get("ESCARGO_VERIFY") == "1",
        procs: get("GOMAXPROCS").parse().unwrap_or(0),
        frugal: get("ESCARGO_ADDRESS_SPACE") == "small",
        traceback: get("GOTRACEBACK"),
        gctrace: debug("gctrace=1"),
        tagging: match get("GODEBUG").split(',').find_map(|s| s.strip_prefix("mte=")) {
            None | Some("off") => None,
            Some("sync") => Some(crate::mte::Mode::Sync),
            Some("async") => Some(crate::mte::Mode::Async),
            Some(_) => die("escargo: GODEBUG=mte is sync, async or off"),
        },
        stop_the_world: debug("gcstoptheworld=1") || debug("gcstoptheworld=2"),
        disturb: get("ESCARGO_GC_DISTURB").parse().unwrap_or(0),
    }
}

/// "123", "4MiB" and so on.
fn parse_bytes(text: &str) -> Option<i64> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("B", 0), ("", 0)];
    let (unit, shift) = units.into_iter().find(|(u, _)| text.ends_with(u))?;
    text.strip_suffix(unit)?.parse::<i64>().ok()?.checked_mul(1 << shift)
}

pub fn environment() -> Vec<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt;
    std::env::vars_os().map(|(k, v)| [k.as_bytes(), b"=", v.as_bytes()].concat()).collect()
}

pub fn physical_memory() -> usize {
    // SAFETY: queries.
    let (pages, size) = unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    pages.max(0) as usize * size.max(0) as usize
}

/// Writes all of it to the standard error.
pub fn write_error(bytes: &[u8]) {
    write_to(2, bytes);
}

/// The file that gets a failing program's last words too; negative: none.
static CRASH_OUTPUT: AtomicI32 = AtomicI32::new(-1);

/// Sets where else the last words go; the previous file.
pub extern "C" fn set_crash_output(file: i64) -> i64 {
    CRASH_OUTPUT.swap(file as i32, Ordering::Relaxed).into()
}

/// Writes why the program ends.
pub fn write_last(bytes: &[u8]) {
    write_error(bytes);
    let file = CRASH_OUTPUT.load(Ordering::Relaxed);
    if file >= 0 {
        write_to(file, bytes);
    }
}

fn write_to(file: i32, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: a readable buffer.
        let n = unsafe { libc::write(file, bytes.as_ptr() as *const _, bytes.len()) };
        if n <= 0 && errno() != libc::EINTR as i64 {
            return;
        }
        bytes = &bytes[n.max(0) as usize..];
    }
}

/// The arguments of this process, for programs that were not given them.
pub fn process_arguments() -> Vec<Vec<u8>> {
    let bytes = std::fs::read("/proc/self/cmdline").unwrap_or_default();
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    bytes.split(|&b| b == 0).map(<[u8]>::to_vec).collect()
}

/// Ends the process because the runtime cannot go on.
pub fn die(text: &str) -> ! {
    write_last(text.as_bytes());
    write_last(b"\n");
    // SAFETY: ends the process.
    unsafe { libc::_exit(2) }
}

pub fn out_of_memory(bytes: usize) -> ! {
    write_last(format!("runtime: out of memory: cannot allocate {bytes}-byte block\n").as_bytes());
    die("fatal error: out of memory")
}

/// Where violations of memory tags are written.
pub fn violations_file() -> String {
    std::env::var("ESCARGO_VIOLATIONS").unwrap_or_else(|_| "escargo-violations.jsonl".into())
}

/// Appends to a file, as one write; the standard error tells of a failure.
pub fn append(path: &str, bytes: &[u8]) {
    use std::io::Write;
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    if let Err(e) = file.and_then(|mut f| f.write_all(bytes)) {
        write_error(format!("runtime: {path}: {e}\n").as_bytes());
    }
}

/// Ends the process at once.
pub fn end(code: i32) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) }
}

fn errno() -> i64 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO) as i64
}

fn result(n: isize) -> i64 {
    if n < 0 { -errno() } else { n as i64 }
}

pub unsafe extern "C" fn exit(code: i64) {
    crate::sched::exit(code as i32)
}

/// # Safety
/// A readable buffer.
pub unsafe extern "C" fn os_write(fd: i64, data: *const u8, length: i64) -> i64 {
    if fd > 2 {
        crate::poll::wait_for_file(fd as i32, libc::POLLOUT);
    }
    // SAFETY: the caller's promise.
    let n = result(unsafe { libc::write(fd as i32, data as *const _, length as usize) });
    if n == -(libc::EPIPE as i64) && (fd == 1 || fd == 2) && !crate::notify::wanted(libc::SIGPIPE) {
        // As in Go, a broken standard stream ends the program; other files report the error.
        // SAFETY: ends the process.
        unsafe {
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::raise(libc::SIGPIPE);
        }
    }
    n
}

/// # Safety
/// A writable buffer.
pub unsafe extern "C" fn os_read(fd: i64, data: *mut u8, length: i64) -> i64 {
    crate::poll::wait_for_file(fd as i32, libc::POLLIN);
    // SAFETY: the caller's promise.
    result(unsafe { libc::read(fd as i32, data as *mut _, length as usize) })
}

/// # Safety
/// A string.
pub unsafe extern "C" fn os_open(path: *const u8, length: i64, flags: i64, mode: i64) -> i64 {
    // SAFETY: the caller's promise; the copy ends with a zero byte.
    unsafe {
        let mut name = crate::string::bytes(path, length).to_vec();
        if name.contains(&0) {
            return -(libc::EINVAL as i64);
        }
        name.push(0);
        result(libc::open(name.as_ptr() as *const _, flags as i32 | libc::O_CLOEXEC, mode as libc::c_uint)
            as isize)
    }
}

pub unsafe extern "C" fn os_close(fd: i64) -> i64 {
    // SAFETY: the program's business.
    result(unsafe { libc::close(fd as i32) } as isize)
}

pub unsafe extern "C" fn os_seek(fd: i64, offset: i64, whence: i64) -> i64 {
    // SAFETY: no memory is involved.
    result(unsafe { libc::lseek(fd as i32, offset, whence as i32) } as isize)
}

/// # Safety
/// The program's business.
pub unsafe extern "C" fn os_syscall(
    number: i64,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    rest: *const [usize; 2],
) -> i64 {
    // SAFETY: the caller's promise.
    let call = || unsafe {
        let [e, f] = *rest;
        let n = libc::syscall(number as libc::c_long, a, b, c, d, e, f);
        // Before the thread does anything else.
        result(n as isize)
    };
    if may_block(number as libc::c_long) { crate::threads::blocking(call) } else { call() }
}

/// Changes user ids (`which` 0: real, effective, saved), group ids (1, likewise) or further groups (2: number, list). The kernel
/// keeps ids for each thread; C's library changes them in all.
///
/// # Safety
/// A list of groups is as long as its number says.
pub unsafe extern "C" fn os_set_ids(which: i64, a: usize, b: usize, c: usize) -> i64 {
    // SAFETY: the caller's promise; ids are 32 bits wide.
    let done = unsafe {
        match which {
            0 => libc::setresuid(a as u32, b as u32, c as u32),
            1 => libc::setresgid(a as u32, b as u32, c as u32),
            _ => libc::setgroups(a, b as *const libc::gid_t),
        }
    };
    result(done as isize)
}

/// System calls that may wait for somebody else: meanwhile other goroutines run.
fn may_block(number: libc::c_long) -> bool {
    #[cfg(target_arch = "x86_64")]
    if matches!(number, libc::SYS_poll | libc::SYS_select | libc::SYS_epoll_wait | libc::SYS_pause) {
        return true;
    }
    matches!(
        number,
        libc::SYS_read
            | libc::SYS_write
            | libc::SYS_readv
            | libc::SYS_writev
            | libc::SYS_wait4
            | libc::SYS_waitid
            | libc::SYS_flock
            | libc::SYS_fcntl
            | libc::SYS_fsync
            | libc::SYS_fdatasync
            | libc::SYS_nanosleep
            | libc::SYS_clock_nanosleep
            | libc::SYS_futex
            | libc::SYS_ppoll
            | libc::SYS_pselect6
            | libc::SYS_epoll_pwait
            | libc::SYS_accept
            | libc::SYS_accept4
            | libc::SYS_connect
            | libc::SYS_recvfrom
            | libc::SYS_recvmsg
            | libc::SYS_sendto
            | libc::SYS_sendmsg
            | libc::SYS_rt_sigtimedwait
    )
}

pub unsafe extern "C" fn os_argc() -> i64 {
    world().arguments.len() as i64
}

pub unsafe extern "C" fn os_argv(i: i64) -> Pair {
    entry(&world().arguments, i)
}

pub unsafe extern "C" fn os_envc() -> i64 {
    world().environment.len() as i64
}

pub unsafe extern "C" fn os_envv(i: i64) -> Pair {
    entry(&world().environment, i)
}

fn entry(list: &[Vec<u8>], i: i64) -> Pair {
    let s = list.get(i as usize).map_or(&[][..], |s| s);
    Pair { a: s.as_ptr() as usize, b: s.len() }
}
