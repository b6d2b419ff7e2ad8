//! Goroutines: their structures, the run queue, parking, switching, deadlock. One worker; switches go from goroutine to
//! goroutine, and a goroutine without successor waits for timers and files on its own stack.
//!
//! In: closures to run, wake-ups. Out: nothing is preempted, so between two points that may switch a goroutine has the worker
//! for itself.

use crate::arch;
use crate::heap::RootSet;
use crate::panic::PanicRecord;
use crate::stack::{HEADROOM, Stack, Stacks, TIERS};
use crate::worker::{caller_frame, set_caller_frame, worker};
use escargo_abi::context::{DeferRecord, Guard};
use std::collections::VecDeque;

/// Why a goroutine is parked, in Go's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    None,
    ChanReceiveNil,
    ChanSendNil,
    ChanReceive,
    ChanSend,
    Select,
    SelectNoCases,
    Sleep,
    Semaphore,
    Cond,
    Io,
}

impl Wait {
    pub fn text(self) -> &'static str {
        match self {
            Wait::None => "runnable",
            Wait::ChanReceiveNil => "chan receive (nil chan)",
            Wait::ChanSendNil => "chan send (nil chan)",
            Wait::ChanReceive => "chan receive",
            Wait::ChanSend => "chan send",
            Wait::Select => "select",
            Wait::SelectNoCases => "select (no cases)",
            Wait::Sleep => "sleep",
            Wait::Semaphore => "semacquire",
            Wait::Cond => "sync.Cond.Wait",
            Wait::Io => "IO wait",
        }
    }
}

/// A goroutine.
#[repr(C)]
pub struct Goroutine {
    /// Innermost function with deferred calls. First, because `guard_enter` and compiled code address it.
    pub guards: *mut Guard,
    /// Saved stack pointer while it does not run.
    pub sp: usize,
    pub stack: Stack,
    pub id: u64,
    pub wait: Wait,
    /// Newest panic.
    pub panics: *mut PanicRecord,
    /// What it runs.
    pub closure: usize,
    /// Compiled frame it was parked in.
    pub fp: usize,
    pub pc: usize,
    pub parent: u64,
    /// Where the go statement returns to.
    pub created_at: usize,
    /// Index in `Sched::all`.
    index: usize,
    /// What the waker has to say: the case that a select chose, a sudog.
    pub wake: usize,
    pub wake_ok: bool,
    pub select: *mut crate::select::Parked,
    /// See `signal`.
    pub panic_on_fault: bool,
}

/// A file a goroutine waits for.
pub struct IoWaiter {
    pub fd: i32,
    pub events: i16,
    pub g: *mut Goroutine,
}

/// The scheduler's state.
#[derive(Default)]
pub struct Sched {
    queue: VecDeque<*mut Goroutine>,
    /// Runs before the queue, if not too often in a row.
    next: Option<*mut Goroutine>,
    streak: u32,
    tick: u32,
    pub all: Vec<*mut Goroutine>,
    /// Finished ones, by the tier of their stacks.
    free: [Vec<*mut Goroutine>; TIERS],
    /// Finished, but its stack is in use until the switch is done.
    dying: Option<*mut Goroutine>,
    pub stacks: Stacks,
    last_id: u64,
    /// Stack pointer of `start` on the system's stack.
    system_sp: usize,
    exit_code: i32,
    pub main_exited: bool,
    pub io: Vec<IoWaiter>,
    pub switches: u64,
}

/// Takes a goroutine structure; ready to run `closure` when switched to.
fn create(closure: usize, parent: u64, created_at: usize, main: bool) -> *mut Goroutine {
    let s = &mut worker().sched;
    s.last_id += 1;
    // Roomy stacks first.
    let reused = if main { None } else { s.free.iter_mut().find_map(Vec::pop) };
    let g = match reused {
        Some(g) => g,
        None => {
            let stack = if main { s.stacks.main() } else { s.stacks.take() };
            Box::into_raw(Box::new(Goroutine {
                sp: 0,
                stack,
                id: 0,
                wait: Wait::None,
                guards: std::ptr::null_mut(),
                panics: std::ptr::null_mut(),
                closure: 0,
                fp: 0,
                pc: 0,
                parent: 0,
                created_at: 0,
                index: 0,
                wake: 0,
                wake_ok: false,
                select: std::ptr::null_mut(),
                panic_on_fault: false,
            }))
        }
    };
    // SAFETY: a goroutine structure nobody else has; its stack is unused.
    unsafe {
        (*g).sp = arch::prepare((*g).stack.high);
        (*g).id = s.last_id;
        (*g).wait = Wait::None;
        (*g).guards = std::ptr::null_mut();
        (*g).panics = std::ptr::null_mut();
        (*g).closure = closure;
        ((*g).fp, (*g).pc) = (0, 0);
        (*g).parent = parent;
        (*g).created_at = created_at;
        (*g).panic_on_fault = false;
        (*g).index = s.all.len();
    }
    s.all.push(g);
    g
}

/// Runs the main goroutine, on a stack of its own, until the program exits; its exit code.
///
/// # Safety
/// The worker must be installed, `closure` a closure object or, for the main function, a word that holds its code address.
pub unsafe fn run_main(closure: usize) -> i32 {
    let g = create(closure, 0, 0, true);
    let save = &raw mut worker().sched.system_sp;
    enter_goroutine(g);
    // SAFETY: g's stack is prepared.
    unsafe { arch::switch(save, (*g).sp) };
    worker().sched.exit_code
}

/// Ends the program: `run_main` returns `code`.
pub fn exit(code: i32) -> ! {
    crate::print::flush();
    let w = worker();
    if w.g.is_null() {
        std::process::exit(code);
    }
    w.sched.exit_code = code;
    w.g = std::ptr::null_mut();
    let mut unused = 0;
    // SAFETY: `run_main` waits on the system's stack; nothing on this stack runs again.
    unsafe { arch::switch(&raw mut unused, w.sched.system_sp) };
    std::process::abort()
}

fn enter_goroutine(g: *mut Goroutine) {
    let w = worker();
    w.g = g;
    // SAFETY: contexts and goroutines live as long as the worker.
    unsafe {
        (*w.context).goroutine = g as usize;
        (*w.context).stack_limit = (*g).stack.low + HEADROOM;
    }
}

fn switch_to(from: *mut Goroutine, to: *mut Goroutine) {
    worker().sched.switches += 1;
    enter_goroutine(to);
    // SAFETY: both are goroutines of this worker; `to` is not running.
    unsafe { arch::switch(&raw mut (*from).sp, (*to).sp) };
    after_switch();
}

fn after_switch() {
    let s = &mut worker().sched;
    if let Some(g) = s.dying.take() {
        // SAFETY: goroutine structures stay valid.
        s.free[unsafe { (*g).stack.tier }].push(g);
    }
}

/// The first Rust function on a goroutine's stack.
pub unsafe extern "C" fn goroutine_main() -> ! {
    after_switch();
    let w = worker();
    // SAFETY: the closure is a closure object whose first word is its code; nothing is above this frame.
    unsafe {
        let closure = (*w.g).closure;
        if closure == 0 {
            crate::finalizer::run();
            finish();
        }
        let code = *(closure as *const usize);
        let main = (*w.g).id == 1;
        arch::call_chained(code, closure, w.context as usize, 0, 0, std::ptr::null_mut());
        if main {
            exit(0);
        }
    }
    finish()
}

/// Ends the running goroutine, whose deferred calls have run.
pub fn finish() -> ! {
    let g = worker().g;
    let s = &mut worker().sched;
    // SAFETY: the running goroutine; it is removed from the list of all.
    unsafe {
        if (*g).id == 1 {
            s.main_exited = true;
        }
        let i = (*g).index;
        s.all.swap_remove(i);
        if let Some(&moved) = s.all.get(i) {
            (*moved).index = i;
        }
        crate::mte::untag_range((&raw const g).cast::<u8>() as usize, (*g).stack.high);
        (*g).stack.trim();
        (*g).closure = 0;
    }
    s.dying = Some(g);
    schedule(g);
    std::process::abort()
}

/// The next goroutine to run, if there is one.
fn pick() -> Option<*mut Goroutine> {
    let w = worker();
    let s = &mut w.sched;
    s.tick = s.tick.wrapping_add(1);
    if !w.timers.is_empty() && (s.tick.is_multiple_of(16) || s.queue.is_empty() && s.next.is_none()) {
        crate::time::run_due();
    }
    let s = &mut worker().sched;
    if !s.io.is_empty() && s.tick.is_multiple_of(64) {
        poll_files(0);
    }
    let s = &mut worker().sched;
    // Two goroutines that wake each other must not starve the queue.
    if s.streak >= 64 && !s.queue.is_empty() {
        s.streak = 0;
        return s.queue.pop_front();
    }
    if let Some(g) = s.next.take() {
        s.streak += 1;
        return Some(g);
    }
    s.streak = 0;
    s.queue.pop_front()
}

/// Runs others until `g`, which has arranged to be woken, is to go on.
fn schedule(g: *mut Goroutine) {
    loop {
        if let Some(next) = pick() {
            if next != g {
                switch_to(g, next);
            }
            return;
        }
        idle();
    }
}

/// Waits for a timer or a file.
fn idle() {
    let w = worker();
    let wait = w.timers.next().map(|at| at - crate::time::monotonic());
    match wait {
        Some(n) if n <= 0 => crate::time::run_due(),
        Some(n) if w.sched.io.is_empty() => crate::os::nap(n),
        Some(n) => poll_files((n / 1_000_000).min(60_000) as i32 + 1),
        None if !w.sched.io.is_empty() => poll_files(-1),
        None => deadlock(),
    }
}

fn deadlock() -> ! {
    let text = if worker().sched.main_exited {
        "no goroutines (main called runtime.Goexit) - deadlock!"
    } else {
        "all goroutines are asleep - deadlock!"
    };
    crate::print::flush();
    crate::os::write_error(format!("fatal error: {text}\n").as_bytes());
    let mut out = String::new();
    crate::trace::all_goroutines(&mut out);
    crate::os::write_error(out.as_bytes());
    exit(2)
}

/// Parks the running goroutine until `ready`.
pub fn park(wait: Wait) {
    let g = worker().g;
    let (fp, pc) = caller_frame();
    // SAFETY: the running goroutine.
    unsafe {
        (*g).wait = wait;
        ((*g).fp, (*g).pc) = (fp, pc);
    }
    schedule(g);
    set_caller_frame(fp, pc);
}

/// Makes a parked goroutine runnable, next in turn.
pub fn ready(g: *mut Goroutine) {
    // SAFETY: goroutine structures stay valid.
    unsafe { (*g).wait = Wait::None };
    let s = &mut worker().sched;
    if let Some(old) = s.next.replace(g) {
        s.queue.push_back(old);
    }
}

/// Lets the others run first.
pub fn yield_now() {
    let g = worker().g;
    let (fp, pc) = caller_frame();
    // SAFETY: the running goroutine.
    unsafe { ((*g).fp, (*g).pc) = (fp, pc) };
    let s = &mut worker().sched;
    if let Some(next) = s.next.take() {
        s.queue.push_back(next);
    }
    s.queue.push_back(g);
    schedule(g);
    set_caller_frame(fp, pc);
}

/// Whether any other goroutine could use the time that a system call takes.
pub fn others() -> bool {
    let w = worker();
    w.sched.all.len() > 1 || !w.timers.is_empty()
}

/// Starts a goroutine.
pub fn start_goroutine(closure: usize) {
    let parent = worker().g;
    let (_, pc) = caller_frame();
    // SAFETY: goroutine structures stay valid.
    let id = if parent.is_null() { 0 } else { unsafe { (*parent).id } };
    let g = create(closure, id, pc, false);
    ready(g);
}

/// Starts a goroutine on behalf of the runtime, behind all others; without a closure: the one that runs finalizers.
pub fn start_system_goroutine(closure: usize) {
    let g = create(closure, 0, 0, false);
    worker().sched.queue.push_back(g);
}

/// Waits until a file can be read or written without blocking.
pub fn wait_for_file(fd: i32, events: i16) {
    let mut p = libc::pollfd { fd, events, revents: 0 };
    // SAFETY: one pollfd.
    if unsafe { libc::poll(&raw mut p, 1, 0) } != 0 {
        return;
    }
    let g = worker().g;
    worker().sched.io.push(IoWaiter { fd, events, g });
    park(Wait::Io);
}

fn poll_files(timeout: i32) {
    let s = &mut worker().sched;
    let mut list: Vec<libc::pollfd> =
        s.io.iter().map(|w| libc::pollfd { fd: w.fd, events: w.events, revents: 0 }).collect();
    // SAFETY: the list is as long as said.
    let n = unsafe { libc::poll(list.as_mut_ptr(), list.len() as libc::nfds_t, timeout) };
    if n <= 0 {
        return;
    }
    let waiters = std::mem::take(&mut s.io);
    for (waiter, p) in waiters.into_iter().zip(&list) {
        if p.revents != 0 {
            ready(waiter.g);
        } else {
            worker().sched.io.push(waiter);
        }
    }
}

/// The roots of the program as seen from a stack pointer of the running goroutine, below which nothing matters.
pub fn roots(sp: usize) -> RootSet {
    let w = worker();
    let mut roots = RootSet::default();
    let p = w.program;
    if p.roots_len != 0 {
        // SAFETY: the program describes its roots.
        roots.statics.extend_from_slice(unsafe { std::slice::from_raw_parts(p.roots, p.roots_len) });
    }
    for &g in &w.sched.all {
        // SAFETY: goroutine structures stay valid; a goroutine that does not run has saved its stack pointer.
        unsafe {
            let low = if g == w.g { sp } else { (*g).sp };
            roots.ranges.push((low, (*g).stack.high));
            roots.words.push((*g).closure);
            // Deferred calls are linked and taken off without a barrier.
            let mut guard = (*g).guards;
            while !guard.is_null() {
                if !((*g).stack.low..(*g).stack.high).contains(&crate::mte::strip(guard as usize)) {
                    // It holds registers, too.
                    roots.ranges.push((guard as usize, guard as usize + size_of::<Guard>()));
                }
                let mut record = (*guard).defers as *const DeferRecord;
                while !record.is_null() {
                    roots.words.extend([record as usize, (*record).closure]);
                    record = (*record).next as *const DeferRecord;
                }
                guard = (*guard).prev as *mut Guard;
            }
        }
    }
    w.timers.each_closure(&mut |c| roots.words.push(c));
    roots
}

/// The collector's `gather`: saves the registers on the stack, then calls `collect` from there, if it wants roots.
pub fn gather(
    heap: &mut crate::heap::Heap,
    with_roots: bool,
    collect: &mut dyn FnMut(&mut crate::heap::Heap, &RootSet),
) {
    if !with_roots {
        collect(heap, &RootSet::default());
        crate::stats::after_collection();
        return;
    }
    struct Data<'a> {
        heap: &'a mut crate::heap::Heap,
        collect: &'a mut dyn FnMut(&mut crate::heap::Heap, &RootSet),
    }
    unsafe extern "C" fn spilled(sp: usize, data: *mut u8) {
        // SAFETY: `data` is the structure below.
        let data = unsafe { &mut *(data as *mut Data) };
        let roots = roots(sp);
        worker().collecting = true;
        (data.collect)(data.heap, &roots);
        worker().collecting = false;
    }
    let mut data = Data { heap, collect };
    // SAFETY: `spilled` takes this structure.
    unsafe { arch::spill(spilled, (&raw mut data) as *mut u8) };
    crate::stats::after_collection();
}

pub unsafe extern "C" fn go_start(closure: usize) {
    if closure == 0 {
        fatal_text("go of nil func value");
    }
    start_goroutine(closure);
}

pub unsafe extern "C" fn gosched() {
    yield_now();
}

pub unsafe extern "C" fn num_goroutine() -> i64 {
    worker().sched.all.len() as i64
}

pub unsafe extern "C" fn goroutine_id() -> i64 {
    // SAFETY: the running goroutine.
    unsafe { (*worker().g).id as i64 }
}

pub unsafe extern "C" fn gomaxprocs(_n: i64) -> i64 {
    1
}

pub unsafe extern "C" fn num_cpu() -> i64 {
    std::thread::available_parallelism().map_or(1, |n| n.get() as i64)
}

pub unsafe extern "C" fn lock_os_thread() {}

pub unsafe extern "C" fn unlock_os_thread() {}

/// "fatal error: text", the running goroutine's trace, exit 2.
pub fn fatal_text(text: &str) -> ! {
    crate::print::flush();
    let mut out = format!("fatal error: {text}\n");
    let (fp, pc) = caller_frame();
    crate::trace::running_and_others(&mut out, fp, pc);
    crate::os::write_error(out.as_bytes());
    exit(2)
}

/// # Safety
/// A string.
pub unsafe extern "C" fn fatal(text: *const u8, length: i64) {
    // SAFETY: the caller's promise.
    let bytes = unsafe { crate::string::bytes(text, length) };
    fatal_text(&String::from_utf8_lossy(bytes))
}
