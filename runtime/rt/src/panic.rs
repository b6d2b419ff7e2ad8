//! Panics, recovery, deferred calls, Goexit.
//!
//! A function with deferred calls links a guard at the start of its frame object (`guard_enter`, in `arch`), which remembers how to return
//! there, and runs its deferred calls itself when it returns. A panic runs deferred calls on top of the panicking stack, innermost guard
//! first; when one of them recovered, the stack is cut back to its guard's function: `guard_enter` returns there once more, and
//! the function calls `guard_run`, for the rest of its deferred calls, and returns.
//!
//! In: `panic`, `recover`, `goexit`, guards. Out: Go's semantics. `Guard::state` holds the function's frame pointer, the address it
//! continues at, and flags.

use crate::arch;
use crate::worker::{Pair, caller_frame, worker, world};
use crate::{iface, print, sched};
use escargo_abi::context::{DeferRecord, Guard};
use escargo_abi::types::{Type, kind};
use std::sync::atomic::Ordering;

/// A panic, or a Goexit, under way. Lies on the panicking stack.
pub struct PanicRecord {
    prev: *mut PanicRecord,
    typ: *const Type,
    data: usize,
    recovered: bool,
    goexit: bool,
    /// Frame record of the deferred call that it runs.
    call_fp: usize,
}

/// Flag in `Guard::state[2]`: the stack was cut back to this guard to go on with a Goexit.
const GOEXIT: usize = 1;

/// Runs the deferred calls of a function that are left, or goes on with a Goexit that was cut off here; unlinks the guard.
///
/// # Safety
/// `guard` is the innermost one; called by its function.
pub unsafe extern "C" fn guard_run(guard: *mut Guard) {
    let (fp, pc) = caller_frame();
    // SAFETY: the running goroutine; the caller's promise.
    unsafe {
        if (*guard).state[2] & GOEXIT != 0 {
            (*guard).state[2] = 0;
            exit_goroutine(fp, pc);
        }
        // Each run takes its call off the list.
        loop {
            if (*guard).defers == 0 {
                break;
            }
            run_deferred(guard, fp, pc, std::ptr::null_mut());
        }
        guard_leave(guard);
    }
}

/// # Safety
/// `guard` is the innermost one.
pub unsafe extern "C" fn guard_leave(guard: *mut Guard) {
    // SAFETY: the running goroutine; the caller's promise.
    unsafe { (*worker().g).guards = (*guard).prev as *mut Guard };
}

/// Takes the most recent deferred call off a guard and runs it.
unsafe fn run_deferred(guard: *mut Guard, fp: usize, pc: usize, out: *mut usize) {
    // SAFETY: deferred calls are closures; records are valid until they are taken off.
    unsafe {
        let record = (*guard).defers as *mut DeferRecord;
        let closure = (*record).closure;
        (*guard).defers = (*record).next;
        // A record on the heap must not keep pointers to the stack.
        *record = DeferRecord { next: 0, closure: 0 };
        crate::worker::set_caller_frame(fp, pc);
        if closure == 0 {
            crate::error::nil_dereference();
        }
        let code = *(closure as *const usize);
        arch::call_chained(code, closure, worker().context as usize, fp, pc, out);
    }
}

/// Runs the goroutine's deferred calls until one recovers or none is left; returns only in the latter case.
unsafe fn unwind(p: *mut PanicRecord, fp: usize, pc: usize) {
    // SAFETY: guards and panics of the running goroutine are linked while they are valid.
    unsafe {
        let g = worker().g;
        // A frame record by which deferred calls seem to be called by `gopanic`, and that by the panicking function.
        let record = [fp, pc];
        let (fp, pc) = match (*p).goexit {
            true => (fp, pc),
            false => (&raw const record as usize, crate::trace::panic_pc()),
        };
        loop {
            let guard = (*g).guards;
            if guard.is_null() {
                return;
            }
            if (*guard).defers == 0 {
                (*g).guards = (*guard).prev as *mut Guard;
                continue;
            }
            run_deferred(guard, fp, pc, &raw mut (*p).call_fp);
            (*p).call_fp = 0;
            if (*p).recovered {
                crate::signal::take_description();
                (*g).panics = (*p).prev;
                // Panics that were raised above the guard's frame end with it.
                let mut goexit = false;
                while !(*g).panics.is_null() && (*g).is_newer((*g).panics as usize, (*guard).sp) {
                    goexit |= (*(*g).panics).goexit;
                    (*g).panics = (*(*g).panics).prev;
                }
                if goexit {
                    (*guard).state[2] |= GOEXIT;
                }
                (*g).untag((&raw const p).cast::<u8>() as usize, Some((*guard).sp));
                (*g).cut_to((*guard).sp);
                arch::guard_resume(guard as *mut u8, worker().context as usize);
            }
        }
    }
}

/// # Safety
/// An interface value.
pub unsafe extern "C" fn panic(typ: *const Type, data: usize) {
    if typ.is_null() {
        crate::error::nil_panic();
    }
    let (fp, pc) = caller_frame();
    // SAFETY: the running goroutine; the record stays on this stack until it is unlinked.
    unsafe {
        let g = worker().g;
        let mut p = PanicRecord { prev: (*g).panics, typ, data, recovered: false, goexit: false, call_fp: 0 };
        (*g).panics = &raw mut p;
        unwind(&raw mut p, fp, pc);
        uncaught(&raw mut p, fp, pc)
    }
}

/// Runs the goroutine's deferred calls and ends it.
unsafe fn exit_goroutine(fp: usize, pc: usize) -> ! {
    // SAFETY: as for `panic`.
    unsafe {
        let g = worker().g;
        let mut p = PanicRecord {
            prev: (*g).panics,
            typ: std::ptr::null(),
            data: 0,
            recovered: false,
            goexit: true,
            call_fp: 0,
        };
        (*g).panics = &raw mut p;
        unwind(&raw mut p, fp, pc);
        (*g).panics = std::ptr::null_mut();
    }
    sched::finish()
}

pub unsafe extern "C" fn goexit() {
    let (fp, pc) = caller_frame();
    // SAFETY: called by compiled code on a goroutine.
    unsafe { exit_goroutine(fp, pc) }
}

/// The value of the newest panic, if the frame `fp` is that of a function that the panic called itself: its caller's frame is that
/// of `Program::enter`, whose caller's is the record that `call_chained` made.
///
/// # Safety
/// `fp` must be a frame pointer of compiled code.
pub unsafe extern "C" fn recover(fp: usize) -> Pair {
    // SAFETY: the running goroutine; frames are linked by their first words.
    unsafe {
        let p = (*worker().g).panics;
        if p.is_null() || (*p).goexit || (*p).recovered || fp == 0 {
            return Pair { a: 0, b: 0 };
        }
        let enter = *(fp as *const usize);
        if (enter == 0 || *(enter as *const usize) != (*p).call_fp) && !called_through(fp, (*p).call_fp) {
            return Pair { a: 0, b: 0 };
        }
        (*p).recovered = true;
        Pair { a: (*p).typ as usize, b: (*p).data }
    }
}

/// Whether only wrappers and package reflect lie between the frame `fp` and the deferred call whose record is `call_fp`.
unsafe fn called_through(mut fp: usize, call_fp: usize) -> bool {
    // SAFETY: frames are linked by their first words, up to the record.
    unsafe {
        let g = &*worker().g;
        while fp != 0 && call_fp != 0 && g.is_newer(fp, call_fp) {
            let [next, ret] = *(fp as *const [usize; 2]);
            if !crate::trace::is_transparent(g.return_address(ret)) {
                return false;
            }
            fp = next;
        }
        fp == call_fp && fp != 0
    }
}

/// # Safety
/// A linked guard, a record, a closure.
pub unsafe extern "C" fn defer_push(
    guard: *mut Guard,
    head: usize,
    record: *mut DeferRecord,
    closure: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        *record = DeferRecord { next: head, closure };
        (*guard).defers = record as usize;
    }
}

/// Prints the chain of panics and the goroutine's trace, and ends the program.
unsafe fn uncaught(p: *mut PanicRecord, fp: usize, pc: usize) -> ! {
    print::flush();
    let g = worker().g;
    // One panic ends the program; others wait for that.
    match world().dying.compare_exchange(std::ptr::null_mut(), g, Ordering::SeqCst, Ordering::SeqCst) {
        Ok(_) => {}
        Err(other) if other == g => crate::os::die("panic while printing panic value"),
        Err(_) => sched::park_for_ever(sched::Wait::Semaphore),
    }
    // SAFETY: the linked panics are valid.
    unsafe {
        // Values that describe themselves do so first: that is Go code, and may print.
        let mut chain = Vec::new();
        let mut q = p;
        while !q.is_null() {
            chain.push(q);
            q = (*q).prev;
        }
        chain.reverse();
        let mut out = String::new();
        for (i, &q) in chain.iter().enumerate() {
            if (*q).goexit {
                continue;
            }
            // A panic with the value of the one before is that one, raised again.
            if i > 0 && same(chain[i - 1], q) {
                continue;
            }
            let again = chain.get(i + 1).is_some_and(|&n| same(q, n));
            if i > 0 && !(*chain[i - 1]).goexit {
                out.push('\t');
            }
            out.push_str("panic: ");
            describe((*q).typ, (*q).data, &mut out);
            out.push_str(match ((*q).recovered, again) {
                (true, true) => " [recovered, repanicked]",
                (true, false) => " [recovered]",
                _ => "",
            });
            out.push('\n');
        }
        print::flush();
        if let Some(signal) = crate::signal::take_description() {
            out.push_str(&signal);
        }
        crate::stop::freeze();
        crate::trace::running_and_others(&mut out, fp, pc, false);
        crate::os::write_last(out.as_bytes());
    }
    crate::trace::abort_if_wanted();
    sched::exit(2)
}

unsafe fn same(p: *const PanicRecord, q: *const PanicRecord) -> bool {
    // SAFETY: linked panics are valid.
    unsafe { !(*p).goexit && !(*q).goexit && (*p).typ == (*q).typ && (*p).data == (*q).data }
}

/// Appends a panic's value as Go prints it.
unsafe fn describe(typ: *const Type, data: usize, out: &mut String) {
    // SAFETY: an interface value.
    unsafe {
        if let Some(text) = crate::error::describe(typ, data) {
            return indented(&String::from_utf8_lossy(text), out);
        }
        let name = iface::type_string(typ);
        let k = (*typ).kind & kind::MASK;
        // Values of one pointer are the data word itself.
        let word = data;
        let p = if (*typ).kind & kind::DIRECT_IFACE != 0 {
            &raw const word as *const u8
        } else {
            data as *const u8
        };
        let mut value = String::new();
        match k {
            kind::STRING => {
                let [s, n] = *(p as *const [usize; 2]);
                indented(
                    &String::from_utf8_lossy(crate::string::bytes(s as *const u8, n as i64)),
                    &mut value,
                );
            }
            _ if !print::scalar(k, p, &mut value) => {
                out.push_str(&format!("({name}) {data:#x}"));
                return;
            }
            _ => {}
        }
        let plain = (*typ).tflag & escargo_abi::types::tflag::NAMED == 0 || is_predeclared(&name);
        match k {
            _ if plain => out.push_str(&value),
            kind::STRING => out.push_str(&format!("{name}(\"{value}\")")),
            kind::COMPLEX64 | kind::COMPLEX128 => out.push_str(&format!("{name}{value}")),
            _ => out.push_str(&format!("{name}({value})")),
        }
    }
}

fn is_predeclared(name: &str) -> bool {
    !name.contains('.')
}

fn indented(text: &str, out: &mut String) {
    out.push_str(&text.replace('\n', "\n\t"));
}
