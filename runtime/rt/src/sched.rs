//! Goroutines: their structures, parking, waking, switching. Switches go straight from goroutine to goroutine; one without a
//! successor on its worker goes to the thread's own stack, where `threads` looks for work elsewhere.
//!
//! In: closures to run, wake-ups. Out: every goroutine that is ready runs at some time, on some worker. A goroutine may be woken
//! as soon as others can find it, before it has left its stack: `Goroutine::busy` says how long the stack is in use.

use crate::arch;
use crate::events;
use crate::heap::collect::{PREFETCH_STACKS, Wanted};
use crate::heap::{Heap, RootSet};
use crate::panic::PanicRecord;
use crate::stack::Stack;
use crate::stop;
use crate::threads::{self, Thread};
use crate::worker::{Worker, caller_frame, set_caller_frame, worker, worker_pointer, world};
use escargo_abi::context::{DeferRecord, Guard};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering, fence};

/// Why a goroutine is parked, in Go's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    None,
    Preempted,
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
    Syscall,
    Finalizer,
}

impl Wait {
    pub fn text(self) -> &'static str {
        match self {
            Wait::None | Wait::Preempted => "runnable",
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
            Wait::Syscall => "syscall",
            Wait::Finalizer => "finalizer wait",
        }
    }
}

/// A goroutine.
#[repr(C)]
pub struct Goroutine {
    /// Innermost function with deferred calls. First, because `guard_enter` and compiled code address it.
    pub guards: *mut Guard,
    /// Saved stack pointer while it does not run, or while its thread has stopped or is in a system call.
    pub sp: usize,
    /// Not 0 while a thread is on its stack. Behind `sp`, because `arch::switch` clears it.
    pub busy: AtomicUsize,
    pub stack: Stack,
    pub id: u64,
    pub wait: Wait,
    /// Finished, or not yet started.
    pub dead: bool,
    /// Newest panic.
    pub panics: *mut PanicRecord,
    /// What it runs; 0: finalizers.
    pub closure: usize,
    /// Compiled frame it was parked in.
    pub fp: usize,
    pub pc: usize,
    pub parent: u64,
    /// Where the go statement returns to.
    pub created_at: usize,
    /// What the waker has to say: the case that a select chose, a sudog.
    pub wake: usize,
    pub wake_ok: bool,
    /// A waker has chosen a case of the select that it is parked in.
    pub select_done: AtomicU32,
    /// See `signal`.
    pub panic_on_fault: bool,
    /// The thread that it is locked to, and how many times.
    pub thread: *mut Thread,
    pub locks: u32,
    /// The cycle that its stack was last scanned in, times 2; plus 1 while somebody is doing that.
    pub scanned: AtomicU32,
    /// Its ticket in a condition variable's queue.
    pub ticket: u32,
    /// When it began to wait, if a profile is made of that; or 0.
    pub since: i64,
    /// Its large stack, if a recursion has left the small one.
    pub deep: Option<Box<crate::deep::Deep>>,
}

/// The part of the scheduler's state that has a lock; the rest is in the workers, and in `threads::Load`.
#[derive(Default)]
pub struct Sched {
    /// Goroutines that are ready and belong to no worker.
    pub global: VecDeque<*mut Goroutine>,
    pub idle_workers: Vec<*mut Worker>,
    pub idle_threads: Vec<*mut Thread>,
}

/// Takes a goroutine structure from those that are not in use, or makes one.
fn structure(w: *mut Worker, main: bool) -> *mut Goroutine {
    let world = world();
    if !main {
        // Roomy stacks first.
        // SAFETY: the worker of this thread.
        if let Some(g) = unsafe { w.as_mut() }.and_then(|w| w.free.iter_mut().find_map(Vec::pop)) {
            return g;
        }
        if let Some(g) = world.free.lock().iter_mut().find_map(Vec::pop) {
            return g;
        }
    }
    let mut stacks = world.stacks.lock();
    let stack = if main { stacks.main() } else { stacks.take() };
    drop(stacks);
    let g = Box::into_raw(Box::new(Goroutine {
        guards: std::ptr::null_mut(),
        sp: 0,
        busy: AtomicUsize::new(0),
        stack,
        id: 0,
        wait: Wait::None,
        dead: true,
        panics: std::ptr::null_mut(),
        closure: 0,
        fp: 0,
        pc: 0,
        parent: 0,
        created_at: 0,
        wake: 0,
        wake_ok: false,
        select_done: AtomicU32::new(0),
        panic_on_fault: false,
        thread: std::ptr::null_mut(),
        locks: 0,
        scanned: AtomicU32::new(0),
        ticket: 0,
        since: 0,
        deep: None,
    }));
    world.all.lock().push(g);
    g
}

/// A goroutine that is ready to run `closure` when switched to.
fn create(closure: usize, parent: u64, created_at: usize, main: bool) -> *mut Goroutine {
    if !main {
        threads::settle();
    }
    let w = worker_pointer();
    let g = structure(w, main);
    // SAFETY: a goroutine structure nobody else has; its stack is unused.
    unsafe {
        // What it will hold is reachable otherwise, or new.
        (*g).scanned.store(CYCLE.load(Ordering::Relaxed) << 1, Ordering::Release);
        (*g).sp = arch::prepare((*g).stack.high);
        (*g).id = world().last_id.fetch_add(1, Ordering::Relaxed) + 1;
        (*g).wait = Wait::None;
        (*g).guards = std::ptr::null_mut();
        (*g).panics = std::ptr::null_mut();
        (*g).closure = closure;
        ((*g).fp, (*g).pc) = (0, 0);
        (*g).parent = parent;
        (*g).created_at = created_at;
        (*g).panic_on_fault = false;
        fence(Ordering::Release);
        (*g).dead = false;
        count_live(w, 1);
    }
    g
}

/// Counts goroutines, without a word that all workers write to.
unsafe fn count_live(w: *mut Worker, change: i64) {
    // SAFETY: null or the worker of this thread, which alone writes the counter.
    match unsafe { w.as_ref() } {
        Some(w) => w.live.store(w.live.load(Ordering::Relaxed) + change, Ordering::Relaxed),
        None => {
            world().load.live.fetch_add(change, Ordering::Relaxed);
        }
    }
}

/// Number of goroutines.
pub fn live() -> i64 {
    let world = world();
    let count = |n: &AtomicI64| n.load(Ordering::Relaxed);
    // SAFETY: workers are never freed.
    world.workers().map(|w| unsafe { count(&(*w).live) }).sum::<i64>() + count(&world.load.live)
}

/// Makes the main goroutine, on a large stack of its own.
pub fn create_main(closure: usize) {
    let g = create(closure, 0, 0, true);
    threads::push_global(&[g]);
}

/// Ends the program, and with it the process.
pub fn exit(code: i32) -> ! {
    crate::print::flush();
    let world = world();
    if !world.ending.swap(true, Ordering::SeqCst) {
        if world.print_stats {
            crate::os::write_error(crate::stats::report().as_bytes());
        }
        let finish = world.finish.lock().take();
        if let Some(finish) = finish {
            finish(code);
        }
        // SAFETY: ends the process. What C code left in buffers is written, but nothing else is called, as at the end of Go's
        // programs: with `exit`, the command's allocator would return its memory page by page first.
        unsafe {
            libc::fflush(std::ptr::null_mut());
            libc::_exit(code)
        };
    }
    loop {
        // Another thread is ending the process.
        // SAFETY: no memory is involved.
        unsafe { libc::pause() };
    }
}

/// Makes a goroutine the running one of this thread's worker.
#[inline(always)]
pub fn enter(w: &mut Worker, g: *mut Goroutine) {
    // SAFETY: contexts live as long as the process.
    if unsafe { (*w.context).barrier } != 0 {
        scan_first(w, g);
    }
    w.g = g;
    w.tick.store(w.tick.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    // SAFETY: contexts and goroutines live as long as the process.
    unsafe {
        (*g).busy.store(1, Ordering::Relaxed);
        (*w.context).goroutine = g as usize;
        stop::limit(w).store((*g).stack.limit, Ordering::Relaxed);
    }
}

fn switch_to(from: *mut Goroutine, to: *mut Goroutine) {
    enter(worker(), to);
    // SAFETY: both are goroutines; nobody is on the stack of `to`.
    unsafe { arch::switch(&raw mut (*from).sp, (*to).sp) };
    after_switch();
}

/// To be called where a switch arrives.
pub fn after_switch() {
    let w = worker();
    if let Some(g) = w.dying.take() {
        /// Structures a worker keeps of each tier.
        const KEEP: usize = 128;
        // SAFETY: goroutine structures stay valid; nothing runs on its stack.
        let tier = unsafe {
            (*g).free_deep();
            (*g).stack.trim();
            (*g).stack.tier
        };
        w.free[tier].push(g);
        if w.free[tier].len() > KEEP {
            world().free.lock()[tier].extend(w.free[tier].drain(KEEP / 2..));
        }
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
    let w = worker();
    let g = w.g;
    // SAFETY: the running goroutine.
    unsafe {
        if (*g).id == 1 {
            world().main_exited.store(true, Ordering::Relaxed);
        }
        (*g).untag((&raw const g).cast::<u8>() as usize, None);
        (*g).closure = 0;
        (*g).dead = true;
        if !(*g).thread.is_null() {
            threads::unlock_thread(g);
        }
        count_live(w, -1);
    }
    w.dying = Some(g);
    schedule(g);
    std::process::abort()
}

/// The worker's next goroutine, if it has one.
pub fn pick(w: &mut Worker) -> Option<*mut Goroutine> {
    let world = world();
    let tick = w.tick.load(Ordering::Relaxed).wrapping_add(1);
    w.tick.store(tick, Ordering::Relaxed);
    if tick.is_multiple_of(61)
        && world.load.global.load(Ordering::Relaxed) > 0
        && let Some(g) = threads::take_global(w, 1)
    {
        return Some(g);
    }
    if tick.is_multiple_of(16) {
        crate::time::run_due();
    }
    // Two goroutines that wake each other must not starve the queue.
    if w.streak >= 64
        && let Some(g) = w.queue.pop()
    {
        w.streak = 0;
        return Some(g);
    }
    if !w.next.load(Ordering::Relaxed).is_null() {
        let g = w.next.swap(std::ptr::null_mut(), Ordering::AcqRel);
        if !g.is_null() {
            w.streak += 1;
            let handoffs = w.handoffs.load(Ordering::Relaxed);
            w.handoffs.store((handoffs + 1).min(threads::HANDOFFS), Ordering::Relaxed);
            return Some(g);
        }
    }
    w.streak = 0;
    w.queue.pop()
}

/// Runs others until `g`, which has arranged to be woken, is to go on.
fn schedule(g: *mut Goroutine) {
    let w = worker();
    let mut first = std::ptr::null_mut();
    // SAFETY: goroutines stay valid; the running one and the thread are this worker's.
    unsafe {
        if (*g).thread.is_null() && !stop::requested() && w.index < world().procs.load(Ordering::Relaxed) {
            match pick(w) {
                Some(next) if next == g => return,
                Some(next) if (*next).busy.load(Ordering::Acquire) == 0 && (*next).thread.is_null() => {
                    return switch_to(g, next);
                }
                Some(next) => first = next,
                None => {}
            }
        }
        let t = w.thread;
        (*t).first = first;
        w.g = std::ptr::null_mut();
        arch::switch(&raw mut (*g).sp, (*t).sp);
    }
    after_switch();
}

/// Notes why the running goroutine is about to wait. To be called before anybody can find it.
pub fn about_to_wait(wait: Wait) -> *mut Goroutine {
    let g = worker().g;
    // SAFETY: the running goroutine.
    unsafe {
        (*g).wait = wait;
        (*g).since = events::wait_begins(wait);
        ((*g).fp, (*g).pc) = caller_frame();
    }
    g
}

/// Parks the running goroutine, which `about_to_wait` has prepared, until `ready`, which may already have come.
pub fn park() {
    let frame = caller_frame();
    schedule(worker().g);
    set_caller_frame(frame.0, frame.1);
    // SAFETY: the running goroutine.
    let since = unsafe { (*worker().g).since };
    if since != 0 {
        events::waited(since);
    }
}

/// Parks the running goroutine for ever.
pub fn park_for_ever(wait: Wait) -> ! {
    loop {
        about_to_wait(wait);
        park();
    }
}

/// Makes a parked goroutine runnable, next in turn.
pub fn ready(g: *mut Goroutine) {
    // SAFETY: goroutine structures stay valid.
    unsafe { (*g).wait = Wait::None };
    // SAFETY: the worker of this thread.
    let Some(w) = (unsafe { worker_pointer().as_mut() }) else { return threads::inject(g) };
    // Others only ever take out.
    let old = match w.next.load(Ordering::Relaxed).is_null() {
        true => {
            w.next.store(g, Ordering::Release);
            std::ptr::null_mut()
        }
        false => w.next.swap(g, Ordering::AcqRel),
    };
    if !old.is_null() {
        push(w, old);
        threads::wake_one();
    } else if w.handoffs.load(Ordering::Relaxed) < threads::HANDOFFS {
        threads::wake_one();
    }
}

/// Appends to the worker's queue.
fn push(w: &mut Worker, g: *mut Goroutine) {
    w.queue.push(g, &mut |batch| threads::push_global(batch));
}

/// Lets the others run first.
pub fn yield_now() {
    let w = worker();
    let (fp, pc) = caller_frame();
    // SAFETY: the running goroutine.
    unsafe { ((*w.g).fp, (*w.g).pc) = (fp, pc) };
    let next = w.next.swap(std::ptr::null_mut(), Ordering::AcqRel);
    if !next.is_null() {
        push(w, next);
    }
    push(w, w.g);
    schedule(w.g);
    set_caller_frame(fp, pc);
}

/// Gives the worker to whoever waits longest, anywhere.
pub fn preempted() {
    let g = about_to_wait(Wait::Preempted);
    threads::push_global(&[g]);
    park();
}

/// What compiled code calls from prologues and loops when the stack pointer is below `Context::stack_limit`: the stack is used up,
/// the world is to stop, or somebody else is to run. `frame`: bytes that the caller is about to take. `saved`: where its callee-saved
/// registers lie, if the frame can be moved from there on. Returns how far it was moved.
pub unsafe extern "C" fn poll(frame: i64, saved: usize) -> usize {
    let w = worker();
    let (fp, pc) = caller_frame();
    // SAFETY: the running goroutine.
    let limit = unsafe { (*w.g).stack.limit };
    stop::limit(w).store(limit, Ordering::Relaxed);
    if stop::requested() {
        stop::stop_here();
    }
    if worker().cycle_done.swap(false, Ordering::Relaxed) {
        worker().cache.end_cycle();
    }
    if worker().preempt.swap(false, Ordering::Relaxed) {
        preempted();
    }
    if arch::stack_pointer() >= limit + frame.max(0) as usize {
        return 0;
    }
    set_caller_frame(fp, pc);
    if saved == 0 {
        crate::error::stack_overflow();
    }
    // SAFETY: the running goroutine, of which nothing holds a reference.
    match unsafe { crate::deep::enter(&mut *worker().g, saved, fp, pc) } {
        Some(delta) => delta,
        None => crate::error::stack_overflow(),
    }
}

/// A signal has stopped the goroutine in a loop, at `pc`.
#[cfg(target_arch = "x86_64")]
pub unsafe extern "C" fn interrupted(fp: usize, pc: usize) {
    set_caller_frame(fp, pc + 1);
    // SAFETY: called from compiled code, as it were.
    unsafe { poll(0, 0) };
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
    // SAFETY: the worker of this thread.
    match unsafe { worker_pointer().as_mut() } {
        Some(w) => {
            push(w, g);
            threads::wake_one();
        }
        None => threads::inject(g),
    }
}

/// Counts the cycles that begin without the stacks of goroutines that do not run.
static CYCLE: AtomicU32 = AtomicU32::new(0);

/// Calls `visit` with the parts of a goroutine's stack and the runtime's words for it, unless it has run since the cycle began, or has
/// been scanned: whoever comes first does it, others wait. To be called while markers are at work; the goroutine does not run.
pub fn scan(g: usize, visit: &mut dyn FnMut(usize, usize)) {
    let g = g as *mut Goroutine;
    let done = CYCLE.load(Ordering::Relaxed) << 1;
    // SAFETY: goroutine structures stay valid; one that is taken into use was marked as scanned before.
    unsafe {
        if (&raw const (*g).dead).read_volatile() {
            return;
        }
        fence(Ordering::Acquire);
        let scanned = &(*g).scanned;
        let seen = scanned.load(Ordering::Acquire);
        if seen != done
            && seen != done + 1
            && scanned.compare_exchange(seen, done + 1, Ordering::AcqRel, Ordering::Acquire).is_ok()
        {
            parts(&*g, visit);
            scanned.store(done, Ordering::Release);
            return;
        }
        let mut turn = 0;
        while scanned.load(Ordering::Acquire) == done + 1 {
            crate::lock::relax(turn);
            turn += 1;
        }
    }
}

/// Asks for the memory of goroutines that `scan` will soon look at.
pub fn prefetch(list: &[usize], i: usize) {
    if let Some(&g) = list.get(i + 2 * PREFETCH_STACKS) {
        arch::prefetch(g as *const u8);
        arch::prefetch((g + 64) as *const u8);
    }
    if let Some(&g) = list.get(i + PREFETCH_STACKS) {
        let g = g as *const Goroutine;
        // SAFETY: goroutine structures stay valid; what is read may be old.
        let (sp, high) =
            unsafe { ((&raw const (*g).sp).read_volatile(), (&raw const (*g).stack.high).read_volatile()) };
        arch::prefetch_lines(sp, high);
    }
}

/// A goroutine whose stack may not have been scanned is about to run.
#[cold]
fn scan_first(w: &mut Worker, g: *mut Goroutine) {
    let _unchecked = crate::mte::Unchecked::new();
    // SAFETY: the worker's own; the heap's lock is not needed for its range and marks.
    unsafe { (*world().heap.pointer()).log_stack(&mut *w.mutator, g as usize) };
}

/// Calls `visit` with the parts of the stack of a goroutine that has saved its stack pointer, and with words of the runtime's as ranges.
///
/// # Safety
/// The goroutine does not run.
unsafe fn parts(g: &Goroutine, visit: &mut dyn FnMut(usize, usize)) {
    let mut word = |p: *const usize| visit(p as usize, p as usize + 8);
    word(&raw const g.closure);
    // SAFETY: guards and their records are valid while they are linked.
    unsafe {
        let mut guard = g.guards;
        while !guard.is_null() {
            // Deferred calls are linked and taken off without a barrier.
            let mut record = (*guard).defers as *const DeferRecord;
            while !record.is_null() {
                let this = record as usize;
                word(&raw const this);
                word(&raw const (*record).closure);
                record = (*record).next as *const DeferRecord;
            }
            guard = (*guard).prev as *mut Guard;
        }
        let mut guard = g.guards;
        while !guard.is_null() {
            if !g.on_stack(crate::mte::strip(guard as usize)) {
                // It holds registers, too.
                visit(guard as usize, guard as usize + size_of::<Guard>());
            }
            guard = (*guard).prev as *mut Guard;
        }
    }
    g.each_part(visit);
}

/// The roots of the program, while the world is stopped and the calling goroutine has saved its stack pointer.
pub fn roots(wanted: Wanted) -> RootSet {
    let world = world();
    let mut roots = RootSet::default();
    if wanted == Wanted::Nothing {
        return roots;
    }
    let p = world.program;
    if p.roots_len != 0 {
        // SAFETY: the program describes its roots.
        roots.statics.extend_from_slice(unsafe { std::slice::from_raw_parts(p.roots, p.roots_len) });
    }
    // Before the goroutines: the monitor is not stopped. A closure that is no longer here has its goroutine, from before the cycle.
    world.timers.lock().each_closure(&mut |c| roots.words.push(c));
    let all = world.all.lock();
    let part = wanted == Wanted::Running;
    let done = if part { CYCLE.fetch_add(1, Ordering::Relaxed).wrapping_add(1) << 1 } else { 0 };
    for (i, &g) in all.iter().enumerate() {
        if let Some(&ahead) = all.get(i + 2 * PREFETCH_STACKS) {
            arch::prefetch(ahead as *const u8);
        }
        // SAFETY: goroutine structures stay valid; one that does not run has saved its stack pointer. Words of the runtime's are read
        // at once: they need not stay where they are.
        unsafe {
            // A goroutine that is on its way out of a system call may have left its stack: then it does not run.
            if part && (*g).busy.load(Ordering::Acquire) == 0 || (*g).dead {
                continue;
            }
            parts(&*g, &mut |low, high| match high - low {
                8 => roots.words.push(*(low as *const usize)),
                _ => roots.ranges.push((low, high)),
            });
            if part {
                (*g).scanned.store(done, Ordering::Relaxed);
            }
        }
    }
    if part {
        roots.parked.extend(all.iter().map(|&g| g as usize));
    }
    roots
}

/// Calls `f` with the registers of the running goroutine on its stack and its stack pointer saved: what the collector needs.
pub fn with_saved_registers(f: &mut dyn FnMut()) {
    unsafe extern "C" fn spilled(sp: usize, data: *mut u8) {
        // SAFETY: `data` is the reference below; null, or the running goroutine.
        unsafe {
            if let Some(g) = worker().g.as_mut() {
                g.sp = sp;
                (g.fp, g.pc) = caller_frame();
            }
            (*(data as *mut &mut dyn FnMut()))();
        }
    }
    let mut f = f;
    // SAFETY: `spilled` takes this reference.
    unsafe { arch::spill(spilled, (&raw mut f) as *mut u8) };
}

/// The collector's `gather`: stops the world, and calls `collect`, with the registers on the stack and the roots if it wants them.
pub fn gather(heap: &mut Heap, wanted: Wanted, collect: &mut dyn FnMut(&mut Heap, &RootSet)) {
    with_saved_registers(&mut || {
        stop::stop_the_world("garbage collection");
        worker().collecting = true;
        collect(heap, &roots(wanted));
        worker().collecting = false;
        stop::start_the_world();
    });
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
    live()
}

pub unsafe extern "C" fn goroutine_id() -> i64 {
    // SAFETY: the running goroutine.
    unsafe { (*worker().g).id as i64 }
}

pub unsafe extern "C" fn gomaxprocs(n: i64) -> i64 {
    threads::set_procs(n)
}

/// Sets how many bytes a stack may have; the previous number.
pub unsafe extern "C" fn set_max_stack(bytes: i64) -> i64 {
    /// The runtime does not care, but the program could not even say why it ends.
    const LEAST: i64 = 16 << 10;
    let max = bytes.max(LEAST) as usize;
    let mut old = 0;
    with_saved_registers(&mut || {
        stop::stop_the_world("SetMaxStack");
        let world = world();
        old = std::mem::replace(&mut world.stacks.lock().max, max);
        for &g in &*world.all.lock() {
            // SAFETY: goroutine structures stay valid, and the world is stopped.
            unsafe { (*g).set_max_stack(max) };
        }
        stop::start_the_world();
    });
    let w = worker();
    // SAFETY: the running goroutine.
    stop::limit(w).store(unsafe { (*w.g).stack.limit }, Ordering::Relaxed);
    old as i64
}

pub unsafe extern "C" fn num_cpu() -> i64 {
    threads::processors() as i64
}

pub unsafe extern "C" fn lock_os_thread() {
    threads::lock_thread();
}

pub unsafe extern "C" fn unlock_os_thread() {
    let g = worker().g;
    // SAFETY: the running goroutine.
    unsafe {
        if (*g).locks > 0 {
            (*g).locks -= 1;
            if (*g).locks == 0 {
                threads::unlock_thread(g);
            }
        }
    }
}

/// "fatal error: text", the running goroutine's trace, exit 2.
pub fn fatal_text(text: &str) -> ! {
    crate::print::flush();
    stop::freeze();
    let mut out = format!("fatal error: {text}\n");
    let (fp, pc) = caller_frame();
    crate::trace::running_and_others(&mut out, fp, pc, true);
    crate::os::write_last(out.as_bytes());
    crate::trace::abort_if_wanted();
    exit(2)
}

/// # Safety
/// A string.
pub unsafe extern "C" fn fatal(text: *const u8, length: i64) {
    // SAFETY: the caller's promise.
    let bytes = unsafe { crate::string::bytes(text, length) };
    fatal_text(&String::from_utf8_lossy(bytes))
}
