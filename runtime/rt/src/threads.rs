//! Threads and the workers they have: looking for goroutines to run, idling, waking, blocking system calls, threads that belong to a
//! goroutine, and the end of a program in which nobody can go on.
//!
//! In: goroutines without a worker. Out: as many threads run goroutines as there are workers and work; the others sleep. One thread
//! at most looks for work of others at a time (it *spins*); who finds some wakes the next.

use crate::arch;
use crate::lock::{self, Guard, relax};
use crate::sched::{self, Goroutine, Sched, Wait, after_switch};
use crate::stop;
use crate::worker::{
    MAX_WORKERS, Worker, caller_frame, set_caller_frame, status, worker, worker_pointer, world,
};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicPtr, AtomicU32, AtomicUsize, Ordering, fence};

/// A thread that runs goroutines.
#[repr(C)]
pub struct Thread {
    /// Where its own stack was left; then the word that `arch::switch` clears.
    pub sp: usize,
    busy: usize,
    /// What to run first.
    pub first: *mut Goroutine,
    /// A goroutine that came back from a system call and found no worker.
    returned: *mut Goroutine,
    /// The goroutine that alone may run here.
    locked: *mut Goroutine,
    spinning: bool,
    /// It sleeps, or is about to, until it is given a worker.
    waiting: AtomicU32,
    /// A worker that somebody gave it.
    given: AtomicPtr<Worker>,
    /// Changes with each worker given.
    word: AtomicU32,
    /// The system's name of it; 0 before it runs.
    id: AtomicUsize,
}

impl Thread {
    /// Sends the signal that stops loops, see `signal`.
    pub fn send_interrupt(&self) {
        let id = self.id.load(Ordering::Relaxed);
        if id != 0 {
            // SAFETY: threads never end.
            unsafe { libc::pthread_kill(id as libc::pthread_t, libc::SIGURG) };
        }
    }
}

/// Counters that say whether somebody should be woken.
#[derive(Default)]
pub struct Load {
    pub idle: AtomicUsize,
    pub spinning: AtomicUsize,
    /// Length of the global queue.
    pub global: AtomicUsize,
    /// Threads outside of the scheduler that will come back, or may wake goroutines.
    pub outside: AtomicUsize,
    /// How often `from_outside` has begun.
    pub visits: AtomicUsize,
    /// Goroutines started by threads without a worker.
    pub live: AtomicI64,
}

/// After so many hand-overs on one worker, nobody is woken for the goroutine that is next there.
pub const HANDOFFS: u32 = 4;

/// Bytes of a thread's own stack.
const STACK: usize = 256 << 10;

/// Number of processors that this process may use, as it was when first asked for.
pub fn processors() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

/// How many threads have been started that run goroutines.
static STARTED: AtomicUsize = AtomicUsize::new(1);

pub fn count() -> usize {
    STARTED.load(Ordering::Relaxed)
}

/// Makes as many workers as GOMAXPROCS says, and starts the monitor, if that has not been done: a program with one goroutine needs
/// neither.
pub fn settle() {
    let world = world();
    world.settled.call_once(|| {
        let procs = if world.wanted != 0 { world.wanted } else { processors() }.min(MAX_WORKERS);
        // First, so that there are never as many idle workers as there may be while one runs.
        world.procs.store(procs, Ordering::SeqCst);
        crate::worker::make_workers(procs);
        crate::monitor::begin();
    });
}

/// The structure of a thread that gets a worker, which is no longer idle.
fn make(w: *mut Worker, spinning: bool) -> *mut Thread {
    Box::into_raw(Box::new(Thread {
        sp: 0,
        busy: 0,
        first: std::ptr::null_mut(),
        returned: std::ptr::null_mut(),
        locked: std::ptr::null_mut(),
        spinning,
        waiting: AtomicU32::new(0),
        given: AtomicPtr::new(w),
        word: AtomicU32::new(0),
        id: AtomicUsize::new(0),
    }))
}

/// Starts a thread that runs goroutines.
fn spawn(w: *mut Worker, spinning: bool) {
    STARTED.fetch_add(1, Ordering::Relaxed);
    let t = make(w, spinning) as usize;
    let body = move || {
        crate::signal::install_stack();
        run(t as *mut Thread)
    };
    if std::thread::Builder::new().stack_size(STACK).spawn(body).is_err() {
        crate::os::die("runtime: failed to create new OS thread");
    }
}

/// A thread's life. It never ends: the process does.
fn run(t: *mut Thread) -> ! {
    crate::signal::unblock();
    // SAFETY: this thread's structure.
    unsafe { (*t).id.store(libc::pthread_self() as usize, Ordering::Relaxed) };
    wait_for_worker(t);
    loop {
        // SAFETY: this thread's structure, of which others use the atomic parts only; goroutines stay valid.
        unsafe {
            let g = std::mem::replace(&mut (*t).first, std::ptr::null_mut());
            let g = match (*t).locked {
                locked if !locked.is_null() && g != locked => {
                    if !g.is_null() {
                        push_global(&[g]);
                    }
                    hand_over(worker());
                    wait_for_worker(t);
                    continue;
                }
                _ if g.is_null() => find(t),
                _ => g,
            };
            let owner = (*g).thread;
            if !owner.is_null() && owner != t {
                let w = worker();
                arch::set_worker_word(std::ptr::null_mut());
                // It may still be on its way to sleep.
                let mut turn = 0;
                while (*owner).waiting.swap(0, Ordering::AcqRel) == 0 {
                    relax(turn);
                    turn += 1;
                }
                (*owner).first = g;
                give(owner, w);
                idle_thread(t);
                wait_for_worker(t);
                continue;
            }
            let mut turn = 0;
            while (*g).busy.load(Ordering::Acquire) != 0 {
                relax(turn);
                turn += 1;
            }
            sched::enter(worker(), g);
            arch::switch(&raw mut (*t).sp, (*g).sp);
            if worker_pointer().is_null() {
                // Back from a system call.
                let g = std::mem::replace(&mut (*t).returned, std::ptr::null_mut());
                push_global(&[g]);
                world().load.outside.fetch_sub(1, Ordering::SeqCst);
                wake_one();
                idle_thread(t);
                wait_for_worker(t);
                continue;
            }
            after_switch();
        }
    }
}

/// Sleeps until somebody gives the thread a worker.
fn wait_for_worker(t: *mut Thread) {
    // SAFETY: this thread's structure.
    let thread = unsafe { &*t };
    thread.waiting.store(1, Ordering::Release);
    loop {
        let seen = thread.word.load(Ordering::Acquire);
        let w = thread.given.swap(std::ptr::null_mut(), Ordering::AcqRel);
        if !w.is_null() {
            thread.waiting.store(0, Ordering::Relaxed);
            // SAFETY: the worker is this thread's now.
            unsafe { (*w).thread = t };
            arch::set_worker_word(w);
            return;
        }
        lock::sleep_on(&thread.word, seen, -1);
    }
}

fn give(t: *mut Thread, w: *mut Worker) {
    // SAFETY: threads are never freed; these fields are atomic.
    let thread = unsafe { &*t };
    thread.given.store(w, Ordering::Release);
    thread.word.fetch_add(1, Ordering::Release);
    lock::wake(&thread.word, 1);
}

/// Lets others find the thread, unless it is a goroutine's own.
fn idle_thread(t: *mut Thread) {
    // SAFETY: this thread's structure.
    if unsafe { (*t).locked.is_null() } {
        world().sched.lock().idle_threads.push(t);
    }
}

/// Gives a worker to a sleeping thread, or to a new one.
fn employ(mut s: Guard<'_, Sched>, w: *mut Worker, spinning: bool) {
    let thread = s.idle_threads.pop();
    drop(s);
    match thread {
        Some(t) => {
            // SAFETY: a sleeping thread's structure is its waker's until it has a worker.
            unsafe { (*t).spinning = spinning };
            give(t, w);
        }
        None => spawn(w, spinning),
    }
}

/// Takes an idle worker, unless the world is stopped.
fn take_idle(s: &mut Sched) -> Option<*mut Worker> {
    if stop::requested() {
        return None;
    }
    let w = s.idle_workers.pop()?;
    world().load.idle.fetch_sub(1, Ordering::SeqCst);
    // SAFETY: workers are never freed.
    unsafe { (*w).status.store(status::RUNNING, Ordering::SeqCst) };
    crate::monitor::awaken();
    Some(w)
}

/// Makes this thread's worker idle, and the thread one without.
fn release(s: &mut Sched) {
    let w = worker();
    arch::set_worker_word(std::ptr::null_mut());
    w.thread = std::ptr::null_mut();
    w.status.store(status::IDLE, Ordering::SeqCst);
    if w.index < world().procs.load(Ordering::SeqCst) {
        s.idle_workers.push(w);
        world().load.idle.fetch_add(1, Ordering::SeqCst);
    }
}

/// Gives this thread's worker up because the thread can not run others: to another thread if there is work.
fn hand_over(w: &mut Worker) {
    let mut s = world().sched.lock();
    let work = !s.global.is_empty() || !w.queue.is_empty() || !w.next.load(Ordering::Relaxed).is_null();
    if work && !stop::requested() {
        arch::set_worker_word(std::ptr::null_mut());
        return employ(s, w, false);
    }
    release(&mut s);
    check_deadlock(s);
}

/// Wakes a thread to look for work, if there is an idle worker and nobody looks already.
#[inline]
pub fn wake_one() {
    let load = &world().load;
    if load.idle.load(Ordering::Relaxed) != 0 && load.spinning.load(Ordering::Relaxed) == 0 {
        wake_now();
    }
}

#[cold]
fn wake_now() {
    let load = &world().load;
    if load.spinning.compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        return;
    }
    let mut s = world().sched.lock();
    match take_idle(&mut s) {
        Some(w) => employ(s, w, true),
        None => {
            load.spinning.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Whether any worker's queue has something.
pub fn work_waits() -> bool {
    let world = world();
    world.load.global.load(Ordering::SeqCst) > 0
        // SAFETY: workers are never freed; these fields are atomic.
        || world.workers().any(|w| unsafe {
            !(*w).queue.is_empty() || !(*w).next.load(Ordering::Relaxed).is_null()
        })
}

pub fn wake_if_work() {
    if work_waits() {
        wake_one();
    }
}

/// Appends to the global queue.
pub fn push_global(list: &[*mut Goroutine]) {
    let mut s = world().sched.lock();
    s.global.extend(list);
    world().load.global.store(s.global.len(), Ordering::SeqCst);
}

/// Queues a goroutine that no worker knows, and sees to it that one will.
pub fn inject(g: *mut Goroutine) {
    push_global(&[g]);
    fence(Ordering::SeqCst);
    wake_one();
}

/// Takes one goroutine from the global queue, and up to `most` in all, the rest to the worker's own.
pub fn take_global(w: &mut Worker, most: usize) -> Option<*mut Goroutine> {
    let world = world();
    if world.load.global.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let mut s = world.sched.lock();
    let share = s.global.len() / world.procs.load(Ordering::Relaxed).max(1) + 1;
    let first = s.global.pop_front();
    let mut spilled = Vec::new();
    for _ in 1..share.min(most) {
        let Some(g) = s.global.pop_front() else { break };
        w.queue.push(g, &mut |batch| spilled.extend_from_slice(batch));
    }
    s.global.extend(spilled);
    world.load.global.store(s.global.len(), Ordering::SeqCst);
    first
}

/// The next goroutine for this thread to run; sleeps while there is none.
fn find(t: *mut Thread) -> *mut Goroutine {
    let world = world();
    let load = &world.load;
    // SAFETY: this thread's structure.
    let mut spinning = unsafe { std::mem::replace(&mut (*t).spinning, false) };
    let found = |spinning: bool, g: *mut Goroutine| {
        if spinning && load.spinning.fetch_sub(1, Ordering::SeqCst) == 1 {
            // There may be more where this came from.
            wake_if_work();
        }
        g
    };
    loop {
        stop::stop_point();
        let w = worker();
        let left_out = w.index >= world.procs.load(Ordering::SeqCst);
        if left_out {
            retire(w);
        } else {
            crate::time::run_due();
            if let Some(g) = sched::pick(w) {
                return found(spinning, g);
            }
            if let Some(g) = take_global(w, 64) {
                return found(spinning, g);
            }
            let running =
                world.procs.load(Ordering::Relaxed).saturating_sub(load.idle.load(Ordering::Relaxed));
            if !spinning && 2 * load.spinning.load(Ordering::Relaxed) < running {
                spinning = true;
                load.spinning.fetch_add(1, Ordering::SeqCst);
            }
            if spinning && let Some(g) = steal(w) {
                return found(true, g);
            }
        }
        let mut s = world.sched.lock();
        // With a worker that is left out there is nothing that this thread may take.
        if stop::requested() || !left_out && !s.global.is_empty() {
            continue;
        }
        release(&mut s);
        if std::mem::replace(&mut spinning, false) {
            load.spinning.fetch_sub(1, Ordering::SeqCst);
        }
        drop(s);
        fence(Ordering::SeqCst);
        let mut s = world.sched.lock();
        // Somebody may have queued work after the last look, and seen no idle worker.
        if work_waits()
            && let Some(w) = take_idle(&mut s)
        {
            drop(s);
            // SAFETY: the worker is this thread's now.
            unsafe { (*w).thread = t };
            arch::set_worker_word(w);
            spinning = true;
            load.spinning.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        s.idle_threads.push(t);
        check_deadlock(s);
        wait_for_worker(t);
        // SAFETY: this thread's structure.
        unsafe {
            spinning = std::mem::replace(&mut (*t).spinning, false);
            let first = std::mem::replace(&mut (*t).first, std::ptr::null_mut());
            if !first.is_null() {
                return found(spinning, first);
            }
        }
    }
}

/// Work of other workers.
fn steal(w: &mut Worker) -> Option<*mut Goroutine> {
    const ROUNDS: usize = 4;
    let world = world();
    let n = world.worker_count();
    for round in 0..ROUNDS {
        let start = (crate::worker::random() >> 33) as usize;
        for i in 0..n {
            let victim = world.worker_at((start + i) % n);
            if std::ptr::eq(victim, w) {
                continue;
            }
            // SAFETY: workers are never freed; these fields are atomic.
            let victim = unsafe { &*victim };
            if let Some(g) = victim.queue.steal(&w.queue) {
                return Some(g);
            }
            if round + 1 == ROUNDS
                && let Some(g) = steal_next(victim)
            {
                return Some(g);
            }
        }
        for _ in 0..20 {
            std::hint::spin_loop();
        }
    }
    None
}

/// What is next on another worker, if that has not come to it for a while.
fn steal_next(victim: &Worker) -> Option<*mut Goroutine> {
    let g = victim.next.load(Ordering::Acquire);
    if g.is_null() {
        return None;
    }
    let tick = victim.tick.load(Ordering::Relaxed);
    if victim.status.load(Ordering::Relaxed) == status::RUNNING {
        let begin = crate::time::monotonic();
        while crate::time::monotonic() - begin < 3_000 {
            std::hint::spin_loop();
            if victim.tick.load(Ordering::Relaxed) != tick {
                return None;
            }
        }
    }
    victim.handoffs.store(0, Ordering::Relaxed);
    let taken = victim.next.compare_exchange(g, std::ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed);
    taken.is_ok().then_some(g)
}

/// Empties the queue of a worker that is not to run any more.
fn retire(w: &mut Worker) {
    let mut list = Vec::new();
    let next = w.next.swap(std::ptr::null_mut(), Ordering::AcqRel);
    if !next.is_null() {
        list.push(next);
    }
    while let Some(g) = w.queue.pop() {
        list.push(g);
    }
    push_global(&list);
    wake_one();
}

/// Ends the program if no goroutine can ever run again.
pub fn check_deadlock(s: Guard<'_, Sched>) {
    let world = world();
    let load = &world.load;
    let visits = load.visits.load(Ordering::SeqCst);
    if load.idle.load(Ordering::SeqCst) < world.procs.load(Ordering::SeqCst)
        || load.outside.load(Ordering::SeqCst) > 0
        || world.files.waiting() > 0
        || world.next_timer.load(Ordering::SeqCst) != i64::MAX
        || work_waits()
        || stop::requested()
        || world.ending.load(Ordering::SeqCst)
        // One beyond GOMAXPROCS, which has not noticed yet.
        // SAFETY: workers are never freed; the field is atomic.
        || world.workers().any(|w| unsafe { (*w).status.load(Ordering::SeqCst) } != status::IDLE)
        // Who comes from outside takes goroutines from one of these places to another, perhaps past this look at them, and looks
        // itself at the end.
        || load.visits.load(Ordering::SeqCst) != visits
    {
        return;
    }
    drop(s);
    let text = if world.main_exited.load(Ordering::Relaxed) {
        "no goroutines (main called runtime.Goexit) - deadlock!"
    } else {
        "all goroutines are asleep - deadlock!"
    };
    crate::os::write_last(format!("fatal error: {text}\n").as_bytes());
    let mut out = String::new();
    if crate::trace::level() > crate::trace::Level::None {
        crate::trace::all_goroutines(&mut out);
    }
    crate::os::write_last(out.as_bytes());
    crate::trace::abort_if_wanted();
    sched::exit(2)
}

/// Marks this thread as one that may still wake goroutines, for as long as `f` runs.
pub fn from_outside(f: impl FnOnce()) {
    let load = &world().load;
    load.outside.fetch_add(1, Ordering::SeqCst);
    load.visits.fetch_add(1, Ordering::SeqCst);
    f();
    load.outside.fetch_sub(1, Ordering::SeqCst);
    check_deadlock(world().sched.lock());
}

/// Calls `f`, which may block, without a worker: others run meanwhile. `f` must not use the runtime.
pub fn blocking<R>(f: impl FnOnce() -> R) -> R {
    let (frame, mut f, mut result) = (caller_frame(), Some(f), None);
    sched::with_saved_registers(&mut || {
        let w = worker();
        let (g, t) = (w.g, w.thread);
        // SAFETY: the running goroutine and its thread.
        unsafe {
            (*g).wait = Wait::Syscall;
            world().load.outside.fetch_add(1, Ordering::SeqCst);
            w.g = std::ptr::null_mut();
            hand_over(w);
            result = f.take().map(|f| f());
            let mut s = world().sched.lock();
            if let Some(w) = take_idle(&mut s) {
                drop(s);
                (*w).thread = t;
                arch::set_worker_word(w);
                world().load.outside.fetch_sub(1, Ordering::SeqCst);
                sched::enter(worker(), g);
            } else {
                drop(s);
                (*t).returned = g;
                arch::switch(&raw mut (*g).sp, (*t).sp);
                after_switch();
            }
            (*g).wait = Wait::None;
        }
    });
    set_caller_frame(frame.0, frame.1);
    result.expect("the closure was called")
}

/// Ties the running goroutine to its thread.
pub fn lock_thread() {
    let w = worker();
    // SAFETY: the running goroutine and its thread.
    unsafe {
        (*w.g).locks += 1;
        (*w.g).thread = w.thread;
        (*w.thread).locked = w.g;
    }
}

/// # Safety
/// The running goroutine.
pub unsafe fn unlock_thread(g: *mut Goroutine) {
    // SAFETY: a goroutine that is locked to a thread runs there.
    unsafe {
        if !(*g).thread.is_null() {
            (*(*g).thread).locked = std::ptr::null_mut();
        }
        (*g).thread = std::ptr::null_mut();
        (*g).locks = 0;
    }
}

/// Sets the number of workers if `n` is positive; the previous number.
pub fn set_procs(n: i64) -> i64 {
    settle();
    let world = world();
    let old = world.procs.load(Ordering::SeqCst);
    let n = n.clamp(0, MAX_WORKERS as i64) as usize;
    if n == 0 || n == old {
        return old as i64;
    }
    sched::with_saved_registers(&mut || {
        stop::stop_the_world("GOMAXPROCS");
        world.procs.store(n, Ordering::SeqCst);
        crate::worker::make_workers(n);
        let mut s = world.sched.lock();
        let me = worker_pointer();
        s.idle_workers = world
            .workers()
            .filter(|&w| {
                // SAFETY: workers are never freed.
                w != me && unsafe { (*w).index < n && (*w).status.load(Ordering::SeqCst) == status::IDLE }
            })
            .collect();
        world.load.idle.store(s.idle_workers.len(), Ordering::SeqCst);
        drop(s);
        // What lies in the queues of idle workers that are left out.
        for w in world.workers() {
            // SAFETY: the world is stopped.
            unsafe {
                if (*w).index >= n && (*w).status.load(Ordering::SeqCst) == status::IDLE {
                    retire(&mut *w);
                }
            }
        }
        stop::start_the_world();
    });
    if worker().index >= n {
        sched::preempted();
    }
    old as i64
}

/// Makes the calling thread the first that runs goroutines.
pub fn begin() -> ! {
    let w = take_idle(&mut world().sched.lock()).expect("the first worker is idle");
    crate::signal::install_stack();
    run(make(w, false))
}
