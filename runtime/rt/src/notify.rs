//! Signals that the program asks for (package os/signal), and those that end it with a report.
//!
//! In: what is to be done with each signal; signals. Out: a byte in a pipe for each signal wanted, which a goroutine of package os/signal
//! reads. Without that, SIGQUIT and its like (`FATAL`) print the traces of all goroutines and end the program with code 2. Faults that
//! somebody sent do so too, but come from `signal::handle`, on the thread's stack for handlers.

use crate::arch::machine;
use crate::trace::Level;
use crate::worker::{worker, worker_pointer};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

/// Bit by signal: wanted by the program.
static WANTED: AtomicU64 = AtomicU64::new(0);
/// Bit by signal: ignored when the program first changed it.
static IGNORED: AtomicU64 = AtomicU64::new(0);
/// Bit by signal: the program has changed it.
static CHANGED: AtomicU64 = AtomicU64::new(0);
/// The end of the pipe that the handler writes to; negative: there is none yet.
static PIPE: AtomicI32 = AtomicI32::new(-1);

const ACT_DEFAULT: i64 = 0;
const ACT_NOTIFY: i64 = 1;

/// How long a report may take, seconds.
const PATIENCE: u32 = 5;

const fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// Whether the program wants a signal.
pub fn wanted(signal: i32) -> bool {
    WANTED.load(Ordering::Relaxed) & bit(signal) != 0
}

/// Hands a signal to the program if it wants it; whether it does. May be called by handlers.
pub fn deliver(signal: i32) -> bool {
    if !wanted(signal) {
        return false;
    }
    let byte = signal as u8;
    // SAFETY: one byte to a pipe that does not block; the thread's error number is kept.
    unsafe {
        let error = *libc::__errno_location();
        libc::write(PIPE.load(Ordering::Relaxed), (&raw const byte).cast(), 1);
        *libc::__errno_location() = error;
    }
    true
}

unsafe extern "C" fn on_signal(signal: i32, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    deliver(signal);
}

fn set_handler(signal: i32, handler: usize) {
    // SAFETY: plain calls with a valid structure; what the system refuses stays as it is.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        // A report is made on the interrupted stack: it needs more room than a thread's stack for handlers may have.
        if !FATAL.iter().any(|f| f.0 == signal) {
            action.sa_flags |= libc::SA_ONSTACK;
        }
        action.sa_mask = crate::signal::others();
        libc::sigaction(signal, &raw const action, std::ptr::null_mut());
    }
}

fn is_ignored(signal: i32) -> bool {
    // SAFETY: a query into a valid structure.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut old) == 0 && old.sa_sigaction == libc::SIG_IGN
    }
}

/// Signals that end the program with a report.
const FATAL: [(i32, &str); 5] = [
    (libc::SIGQUIT, "SIGQUIT: quit"),
    (libc::SIGTRAP, "SIGTRAP: trace trap"),
    (libc::SIGABRT, "SIGABRT: abort"),
    (libc::SIGSTKFLT, "SIGSTKFLT: stack fault"),
    (libc::SIGSYS, "SIGSYS: bad system call"),
];

/// Installs the handlers of fatal signals, which, as under Go, also tell of programs that were started to ignore them (as a shell starts
/// those in the background).
pub fn install() {
    for (signal, _) in FATAL {
        set_handler(signal, quit as *const () as usize);
    }
}

/// The end of the pipe that signals come from.
pub unsafe extern "C" fn signal_pipe() -> i64 {
    let mut ends = [-1; 2];
    // SAFETY: room for two descriptors.
    let failed = unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0;
    if failed {
        crate::os::die("runtime: pipe failed");
    }
    // SAFETY: a plain call: the handler must not wait, the reader may.
    unsafe { libc::fcntl(ends[1], libc::F_SETFL, libc::O_NONBLOCK) };
    PIPE.store(ends[1], Ordering::SeqCst);
    i64::from(ends[0])
}

pub unsafe extern "C" fn signal_ignored(signal: i64) -> i64 {
    i64::from(is_ignored(signal as i32))
}

/// Sets what is done with a signal.
pub unsafe extern "C" fn signal_action(signal: i64, action: i64) {
    let signal = signal as i32;
    // 32 and 33 are the C library's, SIGPROF is the profile's.
    if matches!(signal, 32 | 33 | libc::SIGPROF | libc::SIGKILL | libc::SIGSTOP) {
        return;
    }
    if CHANGED.fetch_or(bit(signal), Ordering::SeqCst) & bit(signal) == 0 && is_ignored(signal) {
        IGNORED.fetch_or(bit(signal), Ordering::SeqCst);
    }
    let ignored = IGNORED.load(Ordering::SeqCst) & bit(signal) != 0;
    if action != ACT_NOTIFY {
        WANTED.fetch_and(!bit(signal), Ordering::SeqCst);
    } else {
        WANTED.fetch_or(bit(signal), Ordering::SeqCst);
    }
    let own = match signal {
        // The runtime's handlers look for themselves whether the program wants the signal.
        libc::SIGSEGV | libc::SIGBUS | libc::SIGFPE | libc::SIGILL | libc::SIGURG => return,
        libc::SIGPIPE => Some(crate::signal::handler()),
        _ if FATAL.iter().any(|f| f.0 == signal) && (action == ACT_NOTIFY || !ignored) => {
            Some(quit as *const () as usize)
        }
        _ => None,
    };
    set_handler(
        signal,
        match (action, own) {
            (ACT_NOTIFY, None) => on_signal as *const () as usize,
            (ACT_DEFAULT, None) if !ignored => libc::SIG_DFL,
            (ACT_NOTIFY | ACT_DEFAULT, Some(own)) => own,
            _ => libc::SIG_IGN,
        },
    );
}

/// A fatal signal: unless the program wants it, the traces of all goroutines, and the end.
pub unsafe extern "C" fn quit(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    static STARTED: AtomicBool = AtomicBool::new(false);
    unsafe extern "C" fn give_up(_: i32) {
        // SAFETY: ends the process.
        unsafe { libc::_exit(2) }
    }
    if deliver(signal) || STARTED.swap(true, Ordering::SeqCst) {
        return;
    }
    // SAFETY: what the system hands to a signal handler. The report allocates and takes locks that the interrupted code may hold: if it
    // hangs, the process ends all the same.
    unsafe {
        libc::signal(libc::SIGALRM, give_up as *const () as usize);
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGALRM);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
        libc::alarm(PATIENCE);
        let u = &mut *(context as *mut libc::ucontext_t);
        let pc = machine::pc(u);
        crate::stop::freeze();
        let name = match FATAL.iter().find(|f| f.0 == signal) {
            Some((_, name)) => name,
            None => crate::signal::name(signal),
        };
        let mut out = format!("{name}\nPC={pc:#x} m=0 sigcode={}", (*info).si_code);
        if matches!(signal, libc::SIGSEGV | libc::SIGBUS) {
            out.push_str(&format!(" addr={:#x}", (*info).si_addr() as usize));
        }
        out.push('\n');
        if crate::trace::level() > Level::None {
            let w = worker_pointer();
            if w.is_null() || worker().g.is_null() {
                crate::trace::all_goroutines(&mut out);
            } else {
                let compiled = crate::trace::is_compiled(pc);
                let (fp, pc) =
                    if compiled { (machine::fp(u), pc + 1) } else { crate::worker::caller_frame() };
                crate::trace::running_and_others(&mut out, fp, pc, true);
            }
        }
        crate::os::write_last(out.as_bytes());
        crate::trace::abort_if_wanted();
        libc::_exit(2)
    }
}
