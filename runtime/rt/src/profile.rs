//! Where the program spends its time: SIGPROF comes at a fixed rate of processor time, and its handler writes down the stack of the
//! goroutine that it finds running. And the stacks of all goroutines.
//!
//! In: a rate. Out: samples, each its length and the program counters of its logical frames, innermost first, as `callers` gives them.
//! Guarantees: the handler takes no lock and no memory; samples that find no room are dropped.

use crate::arch::machine;
use crate::sched::Goroutine;
use crate::trace;
use crate::worker::{caller_frame, worker, worker_pointer, world};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Words for samples: a few minutes of two busy cores.
const ROOM: usize = 4 << 20;
/// Deeper stacks are cut.
const DEPTH: usize = 128;
/// A frame that the runtime's own code was called from is looked for in so many words of the stack.
const SEARCH: usize = 512;

/// Samples: length, addresses. A length of 0 is one that is not there yet.
static SAMPLES: AtomicPtr<AtomicUsize> = AtomicPtr::new(std::ptr::null_mut());
/// Words taken.
static TAKEN: AtomicUsize = AtomicUsize::new(0);
/// The handler that C code had.
static PREVIOUS: OnceLock<libc::sigaction> = OnceLock::new();
/// Words that have been read.
static READ: AtomicUsize = AtomicUsize::new(0);

fn word(i: usize) -> &'static AtomicUsize {
    // SAFETY: callers stay below ROOM, and the memory is never given back.
    unsafe { &*SAMPLES.load(Ordering::Acquire).add(i) }
}

fn set_timer(hz: i64) {
    let interval = libc::timeval { tv_sec: 0, tv_usec: if hz > 0 { 1_000_000 / hz } else { 0 } };
    let timer = libc::itimerval { it_interval: interval, it_value: interval };
    // SAFETY: a plain call with a valid structure.
    unsafe { libc::setitimer(libc::ITIMER_PROF, &raw const timer, std::ptr::null_mut()) };
}

/// Starts sampling, `hz` times a second of processor time.
pub extern "C" fn profile_start(hz: i64) {
    if SAMPLES.load(Ordering::Acquire).is_null() {
        let memory = crate::heap::blocks::reserve(ROOM * 8) as *mut AtomicUsize;
        SAMPLES.store(memory, Ordering::Release);
    } else {
        let used = TAKEN.load(Ordering::Acquire).min(ROOM);
        (0..used).for_each(|i| word(i).store(0, Ordering::Relaxed));
    }
    READ.store(0, Ordering::Release);
    TAKEN.store(0, Ordering::Release);
    // SAFETY: plain calls with valid structures.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handle as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
        libc::sigemptyset(&raw mut action.sa_mask);
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGPROF, &raw const action, &raw mut old);
        if !matches!(old.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN)
            && old.sa_sigaction != action.sa_sigaction
        {
            // Nobody was quicker, or it is the same.
            let _ = PREVIOUS.set(old);
        }
    }
    set_timer(hz.clamp(1, 1_000_000));
}

/// Stops sampling; what was sampled can still be read.
pub extern "C" fn profile_stop() {
    set_timer(0);
    // A signal that is still on its way would end the process if nobody handled it: only another handler takes its place.
    if let Some(previous) = PREVIOUS.get() {
        // SAFETY: what the system told.
        unsafe { libc::sigaction(libc::SIGPROF, previous, std::ptr::null_mut()) };
    }
}

unsafe extern "C" fn handle(_: i32, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the thread's own word.
    let errno = unsafe { *libc::__errno_location() };
    // SAFETY: what the system hands to a signal handler.
    let u = unsafe { &*(context as *const libc::ucontext_t) };
    let mut pcs = [0; DEPTH];
    // SAFETY: the worker of this thread, if it has one.
    let n = match unsafe { worker_pointer().as_ref() }.map(|w| w.g) {
        // SAFETY: the running goroutine.
        Some(g) if !g.is_null() => unsafe { stack(&*g, u, &mut pcs) },
        _ => 0,
    };
    let at = TAKEN.fetch_add(n + 1, Ordering::Relaxed);
    if at + n < ROOM {
        for (i, &pc) in pcs[..n].iter().enumerate() {
            word(at + 1 + i).store(pc, Ordering::Relaxed);
        }
        word(at).store(n + 1, Ordering::Release);
    }
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
}

/// Return addresses of a stack, the first one behind the instruction that was interrupted.
///
/// # Safety
/// `g` runs on this thread.
unsafe fn stack(g: &Goroutine, u: &libc::ucontext_t, pcs: &mut [usize]) -> usize {
    let inside = |at: usize| g.on_stack(at) && g.on_stack(at + 8) && at.is_multiple_of(8);
    // SAFETY: the caller sees to it that the address lies in the goroutine's stack.
    let read = |at: usize| unsafe { std::ptr::read_volatile(at as *const usize) };
    let (mut fp, mut pc) = (machine::fp(u), machine::pc(u) + 1);
    if !trace::is_compiled(pc - 1) {
        // The runtime's code keeps no frame pointers: the first address of compiled code on the stack is where it was called, and
        // the first frame record above belongs to the caller.
        let mut at = machine::sp(u) & !7;
        let end = at + SEARCH * 8;
        let code = |pc: usize| pc != 0 && trace::is_compiled(pc - 1);
        while inside(at) && at < end && !code(read(at)) {
            at += 8;
        }
        if !inside(at) || at >= end {
            return 0;
        }
        pc = read(at);
        at += 8;
        let record = |at: usize| {
            let next = read(at);
            code(g.return_address(read(at + 8))) && (next == 0 || (inside(next) && g.is_newer(at, next)))
        };
        while inside(at) && !record(at) {
            at += 8;
        }
        fp = at;
    }
    // SAFETY: the caller's promise.
    unsafe { follow(g, fp, pc, pcs) }
}

/// Return addresses of a stack from a frame on: `pc` lies in the function whose frame pointer is `fp`.
///
/// # Safety
/// `g` runs on this thread.
pub unsafe fn follow(g: &Goroutine, mut fp: usize, mut pc: usize, pcs: &mut [usize]) -> usize {
    let mut n = 0;
    loop {
        pcs[n] = pc;
        n += 1;
        if n == pcs.len() || !fp.is_multiple_of(8) || !g.on_stack(fp) || !g.on_stack(fp + 8) {
            return n;
        }
        // SAFETY: the words lie in the goroutine's stack.
        let [next, ret] = unsafe { std::ptr::read_volatile(fp as *const [usize; 2]) };
        pc = g.return_address(ret);
        if pc == 0 || (next != 0 && !g.is_newer(fp, next)) {
            return n;
        }
        fp = next;
    }
}

/// Appends the logical frames at return addresses, as `callers` numbers them, and before them the length.
fn logical(pcs: impl Iterator<Item = usize>, out: &mut Vec<usize>) {
    let start = out.len();
    out.push(0);
    expand(pcs, out);
    out[start] = out.len() - start;
}

/// Appends the logical frames at return addresses.
pub fn expand(pcs: impl Iterator<Item = usize>, out: &mut Vec<usize>) {
    for pc in pcs {
        let mut depth = 0;
        trace::frames_at(pc - 1, &mut |_| {
            out.push(pc | depth << trace::DEPTH_SHIFT);
            depth += 1;
            true
        });
    }
}

/// # Safety
/// `out` must have room for `count` words.
unsafe fn hand_out(words: &[usize], out: *mut usize, count: i64) -> i64 {
    if words.len() as i64 > count {
        return 0;
    }
    // SAFETY: the caller's promise.
    unsafe { std::ptr::copy_nonoverlapping(words.as_ptr(), out, words.len()) };
    words.len() as i64
}

/// The next sample: its length in words, program counters. Returns the length, 0 if there are no more.
///
/// # Safety
/// `out` must have room for `count` words.
pub unsafe extern "C" fn profile_read(out: *mut usize, count: i64) -> i64 {
    if SAMPLES.load(Ordering::Acquire).is_null() {
        return 0;
    }
    let at = READ.load(Ordering::Relaxed);
    if at >= TAKEN.load(Ordering::Acquire).min(ROOM) {
        return 0;
    }
    let length = word(at).load(Ordering::Acquire);
    if length == 0 {
        return 0;
    }
    READ.store(at + length, Ordering::Relaxed);
    let mut words = Vec::new();
    logical((1..length).map(|i| word(at + i).load(Ordering::Relaxed)), &mut words);
    words.truncate(count.max(1) as usize);
    words[0] = words.len();
    // SAFETY: as above.
    unsafe { hand_out(&words, out, count) }
}

/// The stacks of all goroutines, the calling one's first, each as a sample. Returns the number of words, 0 if they do not fit.
///
/// # Safety
/// `out` must have room for `count` words.
pub unsafe extern "C" fn profile_stacks(out: *mut usize, count: i64) -> i64 {
    let (fp, pc) = caller_frame();
    let mut words = Vec::new();
    let mut add = |g: &Goroutine, fp: usize, pc: usize| {
        let (start, mut last, mut depth) = (words.len(), 0, 0);
        words.push(0);
        trace::walk(g, fp, pc, &mut |f| {
            depth = if f.pc == last { depth + 1 } else { 0 };
            last = f.pc;
            words.push(f.pc | depth << trace::DEPTH_SHIFT);
            true
        });
        words[start] = words.len() - start;
    };
    let me = worker().g;
    // SAFETY: the running goroutine.
    add(unsafe { &*me }, fp, pc);
    crate::sched::with_saved_registers(&mut || {
        crate::stop::stop_the_world("goroutine profile");
        for g in world().all.lock().clone() {
            // SAFETY: goroutine structures stay valid.
            let other = unsafe { &*g };
            if g != me && !other.dead {
                add(other, other.fp, other.pc);
            }
        }
        crate::stop::start_the_world();
    });
    // SAFETY: the caller's promise.
    unsafe { hand_out(&words, out, count) }
}
