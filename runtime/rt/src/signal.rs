//! Faults: of compiled code they become Go panics, in the runtime they end the process with a description, and those of C code in a
//! process that has Go as a library go to whoever would have had them without Go. And the signal that stops goroutines in loops.
//!
//! In: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGPIPE, SIGURG. Out: the thread continues in `fault`, as if the faulting instruction had called it,
//! or in `sched::interrupted`, if it is to stop and can be stopped where it is.

use crate::arch::machine;
use crate::worker::{set_caller_frame, worker, worker_pointer};
use crate::{error, os, sched};
use std::cell::Cell;
use std::sync::{Mutex, OnceLock};

/// What is handled. Of a broken pipe, Go code hears by the write's error, see `os`; SIGURG stops loops.
const SIGNALS: [i32; 6] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGPIPE, libc::SIGURG];

/// What the process did with each before.
static PREVIOUS: [OnceLock<libc::sigaction>; SIGNALS.len()] = [const { OnceLock::new() }; SIGNALS.len()];

static DESCRIPTION: Mutex<Option<String>> = Mutex::new(None);

/// Codes of faults of the tag check: noticed late, and at once.
const TAG_CHECK_LATE: i32 = 8;
const TAG_CHECK: i32 = 9;

thread_local! {
    /// Whether the thread is one that goroutines run on, with a worker or, in a system call, without.
    static RUNS_GO: Cell<bool> = const { Cell::new(false) };
}

/// Addresses below are taken for a nil pointer plus an offset.
const NIL_PAGE: usize = 4096;

/// Gives the calling thread, on which goroutines will run, a stack for the handlers.
pub fn install_stack() {
    RUNS_GO.set(true);
    const SIZE: usize = 64 << 10;
    // SAFETY: a plain call with a valid structure; the stack lives for ever.
    unsafe {
        let stack =
            libc::stack_t { ss_sp: crate::heap::blocks::reserve(SIZE) as *mut _, ss_flags: 0, ss_size: SIZE };
        libc::sigaltstack(&raw const stack, std::ptr::null_mut());
    }
}

/// What waits while a handler runs: all signals but faults, because the stack for handlers of a thread has room for one or two.
pub fn others() -> libc::sigset_t {
    // SAFETY: plain calls with a valid structure.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut set);
        for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL] {
            libc::sigdelset(&raw mut set, fault);
        }
        set
    }
}

/// The handler, as it is installed.
pub fn handler() -> usize {
    handle as *const () as usize
}

/// Installs the handlers.
pub fn install() {
    if !crate::export::is_library() {
        crate::notify::install();
    }
    for (signal, previous) in SIGNALS.into_iter().zip(&PREVIOUS) {
        let urgent = signal == libc::SIGURG;
        if urgent && !crate::arch::INTERRUPTS {
            continue;
        }
        // SAFETY: plain calls with valid structures.
        unsafe {
            let mut old: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &raw mut old);
            // Known before the handler may want it. A process has one program: nobody was quicker.
            let _ = previous.set(old);
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction =
                if urgent { interrupt as *const () as usize } else { handle as *const () as usize };
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
            action.sa_mask = others();
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

/// Number of AArch64's link register; memory has tags only there.
const LINK: usize = 30;

/// Does with a signal what the process would do without Go: calls the handler that was there, or lets the system act.
///
/// # Safety
/// What a handler was given.
unsafe fn pass_on(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let previous = SIGNALS.iter().position(|&s| s == signal).and_then(|i| PREVIOUS[i].get());
    // SAFETY: the caller's promise; the handler is one that the system would call in the same way.
    unsafe {
        // The system does not ignore what an instruction did.
        let sent = (*info).si_code <= 0 || signal == libc::SIGPIPE;
        match previous.map(|p| (p, p.sa_sigaction)) {
            Some((_, libc::SIG_IGN)) if sent => {}
            // The system ignores it.
            Some((_, libc::SIG_DFL)) if signal == libc::SIGURG => {}
            None | Some((_, libc::SIG_DFL | libc::SIG_IGN)) => {
                libc::signal(signal, libc::SIG_DFL);
                // Comes when this handler returns.
                libc::raise(signal);
            }
            Some((action, handler)) => {
                // What was blocked, what the handler wants to be, and the signal itself.
                let mut mask = (*(context as *const libc::ucontext_t)).uc_sigmask;
                let wanted = |s: i32| {
                    libc::sigismember(&raw const action.sa_mask, s) == 1
                        || s == signal && action.sa_flags & libc::SA_NODEFER == 0
                };
                for s in (1..=64).filter(|&s| wanted(s)) {
                    libc::sigaddset(&raw mut mask, s);
                }
                let mut before = std::mem::zeroed();
                libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, &raw mut before);
                if action.sa_flags & libc::SA_SIGINFO != 0 {
                    let handler: unsafe extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) =
                        std::mem::transmute(handler);
                    handler(signal, info, context);
                } else {
                    let handler: unsafe extern "C" fn(i32) = std::mem::transmute(handler);
                    handler(signal);
                }
                libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
            }
        }
    }
}

/// What the handled signal was, for the message of the panic that it became.
pub fn take_description() -> Option<String> {
    DESCRIPTION.lock().ok().and_then(|mut d| d.take())
}

/// Lets the calling thread be interrupted.
pub fn unblock() {
    // SAFETY: plain calls with a valid structure.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGURG);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
    }
}

#[cfg(target_arch = "x86_64")]
unsafe extern "C" fn interrupt(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    if crate::export::is_library() && !RUNS_GO.get() {
        // SAFETY: what the system hands to a signal handler.
        return unsafe { pass_on(signal, info, context) };
    }
    // SAFETY: what the system hands to a signal handler; the worker of this thread, if it has one, and its goroutine.
    unsafe {
        let u = &mut *(context as *mut libc::ucontext_t);
        let Some(w) = worker_pointer().as_ref() else { return };
        if w.g.is_null() || !crate::stop::interrupted(w) || !crate::trace::may_stop(machine::pc(u)) {
            return;
        }
        // Code of a loop runs on its goroutine's stack, above the limit.
        let (sp, stack) = (machine::sp(u), (*w.g).stack);
        if sp > stack.low + crate::stack::HEADROOM / 2 && sp <= stack.high {
            machine::interrupt(u);
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
unsafe extern "C" fn interrupt(_: i32, _: *mut libc::siginfo_t, _: *mut libc::c_void) {}

unsafe extern "C" fn handle(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: what the system hands to a signal handler.
    let (u, address) = unsafe { (&mut *(context as *mut libc::ucontext_t), (*info).si_addr() as usize) };
    let pc = machine::pc(u);
    if crate::export::is_library() && !RUNS_GO.get() {
        // SAFETY: as above.
        return unsafe { pass_on(signal, info, context) };
    }
    // SAFETY: as above.
    let code = unsafe { (*info).si_code };
    let sent = code <= 0 || signal == libc::SIGPIPE;
    if sent && crate::notify::deliver(signal) {
        return;
    }
    if signal == libc::SIGPIPE {
        return;
    }
    if sent && !crate::export::is_library() {
        // Somebody sent it: no instruction is to blame.
        // SAFETY: as above.
        return unsafe { crate::notify::quit(signal, info, context) };
    }
    if signal == libc::SIGSEGV && matches!(code, TAG_CHECK_LATE | TAG_CHECK) && crate::mte::on() {
        let (_, base) = crate::violation::decode(pc);
        let base = machine::register(u, base);
        // The base register has the pointer's tag; the address is often without.
        let near = crate::mte::strip(base).abs_diff(crate::mte::strip(address)) < 1 << 20;
        crate::violation::report(&crate::violation::Fault {
            address: (code == TAG_CHECK).then_some(address),
            pc,
            fp: machine::fp(u),
            link: machine::register(u, LINK),
            pointer: if near { base } else { address },
        });
    }
    // SAFETY: the worker of this thread, if it has one.
    let w = unsafe { worker_pointer().as_ref() }.filter(|w| !w.g.is_null());
    let compiled = w.is_some() && crate::trace::is_compiled(pc);
    // The runtime's own copying of what a nil pointer points to counts as the program's.
    let on_behalf = w.is_some_and(|w| {
        // SAFETY: the running goroutine.
        let anywhere = unsafe { (*w.g).panic_on_fault };
        let memory = matches!(signal, libc::SIGSEGV | libc::SIGBUS);
        !compiled && !w.collecting && memory && (address < NIL_PAGE || anywhere)
    });
    if compiled || on_behalf {
        let (fp, pc) = if compiled { (machine::fp(u), pc + 1) } else { crate::worker::caller_frame() };
        let sp = (machine::sp(u) - 512) & !15;
        machine::redirect(u, sp, [fp, pc, signal as usize | (code as u32 as usize) << 32, address]);
        return;
    }
    let name = match signal {
        libc::SIGSEGV => "segmentation violation",
        libc::SIGBUS => "bus error",
        libc::SIGFPE => "arithmetic exception",
        _ => "illegal instruction",
    };
    os::die(&format!(
        "fatal error: {name} in the runtime (signal {signal}, address {address:#x}, pc {pc:#x}, start of the code {:#x})",
        handle as *const () as usize
    ))
}

/// A fault's name, as Go prints it.
pub fn name(signal: i32) -> &'static str {
    match signal {
        libc::SIGSEGV => "SIGSEGV: segmentation violation",
        libc::SIGBUS => "SIGBUS: bus error",
        libc::SIGFPE => "SIGFPE: floating-point exception",
        _ => "SIGILL: illegal instruction",
    }
}

/// Continues a faulting thread. `kind` is the signal, and its code in the upper half.
///
/// # Safety
/// Reached through `fault_entry` only.
pub unsafe extern "C" fn fault(fp: usize, pc: usize, kind: usize, address: usize) -> ! {
    set_caller_frame(fp, pc);
    let (name, code) = (name(kind as i32), kind >> 32);
    let description =
        format!("[signal {name} code={code:#x} addr={address:#x} pc={:#x}]\n", pc.wrapping_sub(1));
    if let Ok(mut d) = DESCRIPTION.lock() {
        *d = Some(description);
    }
    match kind as i32 {
        libc::SIGFPE => error::divide(),
        libc::SIGILL => sched::fatal_text("unreachable code was reached"),
        // The system does not tell an address that is not canonical (SI_KERNEL).
        _ if address < NIL_PAGE && code != 0x80 => error::nil_dereference(),
        // SAFETY: the running goroutine.
        _ if unsafe { (*worker().g).panic_on_fault } => error::bad_address(address),
        _ => {
            crate::print::flush();
            os::write_last(format!("unexpected fault address {address:#x}\n").as_bytes());
            let text = take_description().unwrap_or_default();
            os::write_last(b"fatal error: fault\n");
            let mut out = text;
            crate::trace::running_and_others(&mut out, fp, pc, true);
            os::write_last(out.as_bytes());
            crate::trace::abort_if_wanted();
            sched::exit(2)
        }
    }
}

pub unsafe extern "C" fn set_panic_on_fault(on: i64) -> i64 {
    // SAFETY: the running goroutine.
    let flag = unsafe { &mut (*worker().g).panic_on_fault };
    std::mem::replace(flag, on != 0) as i64
}
