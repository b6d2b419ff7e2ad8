//! Stopping all workers: for collections, for a change of their number, for traces of all goroutines.
//!
//! In: `stop_the_world`, from any thread. Out: until `start_the_world`, no other thread runs compiled code or has a lock of the
//! runtime, and every goroutine's stack pointer and registers are where the collector looks for them.
//! Running threads notice at a poll: their stack limit is set to `POISON`, which prologues compare with the stack
//! pointer and some loops with 0. Other loops are interrupted by a signal. They stop there with their worker, which is then `STOPPED`; idle workers are not given out meanwhile.

use crate::arch;
use crate::lock::{Turns, sleep_on, wake};
use crate::sched::with_saved_registers;
use crate::worker::{Worker, status, worker, worker_pointer, world};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};

/// A stack limit above every stack pointer, and negative, which loops look at; a frame's size added to it does not overflow.
const POISON: usize = 7 << 61;

/// The state of stopping.
#[derive(Default)]
pub struct Stop {
    /// Held by who stops the world.
    owner: Turns,
    requested: AtomicU32,
    /// Grows when a thread has stopped.
    stopped: AtomicU32,
}

/// Whether the world is stopped, or about to be.
#[inline(always)]
pub fn requested() -> bool {
    world().stop.requested.load(Ordering::Acquire) != 0
}

/// The stack limit that a worker's compiled code compares with.
#[inline(always)]
pub fn limit(w: &Worker) -> &AtomicUsize {
    // SAFETY: an aligned word of the context, which lives as long as the process; everybody who may run at the same time as
    // others uses it by this reference, or is compiled code that reads it.
    unsafe { AtomicUsize::from_ptr(&raw mut (*w.context).stack_limit) }
}

/// Lets the worker's thread come to `sched::poll` soon, if it calls functions.
pub fn interrupt(w: &Worker) {
    limit(w).store(POISON, Ordering::Relaxed);
}

/// Whether that was done since the thread last was there.
pub fn interrupted(w: &Worker) -> bool {
    limit(w).load(Ordering::Relaxed) == POISON
}

/// Lets the worker's thread come to `sched::poll`, if it is in a loop that does not look at the limit and where it can be stopped. To be
/// called again and again.
pub fn interrupt_loop(w: &Worker) {
    interrupt(w);
    if arch::INTERRUPTS {
        // SAFETY: an aligned word, which the worker's thread writes; threads are never freed.
        let thread = unsafe { std::ptr::read_volatile(&raw const w.thread).as_ref() };
        if let Some(thread) = thread {
            thread.send_interrupt();
        }
    }
}

/// Has a running worker end the collection that markers have finished, though it may not allocate any more: until then stores are slow.
pub fn cycle_done() {
    // Tests of the heap alone have no world.
    let Some(world) = crate::worker::world_if_any() else { return };
    // SAFETY: workers are never freed; these fields are atomic.
    let running = world.workers().map(|w| unsafe { &*w });
    if let Some(w) = running.into_iter().find(|w| w.status.load(Ordering::SeqCst) == status::RUNNING) {
        w.cycle_done.store(true, Ordering::Relaxed);
        interrupt_loop(w);
    }
}

/// Returns when every other worker has stopped or is idle. The reason is for those who read the code.
pub fn stop_the_world(_reason: &'static str) {
    let me = worker_pointer();
    let stop = &world().stop;
    stop.owner.lock(|| {
        if !me.is_null() && requested() {
            stop_here();
        }
    });
    stop.requested.store(1, Ordering::SeqCst);
    // Whoever takes an idle worker does so under this lock, and looks at the request first.
    drop(world().sched.lock());
    wait_for_all(me, i64::MAX);
}

/// Waits until all workers but `me` have stopped, at most so long; whether they have.
fn wait_for_all(me: *mut Worker, nanoseconds: i64) -> bool {
    let stop = &world().stop;
    let begin = crate::time::monotonic();
    let mut turn = 0;
    loop {
        let seen = stop.stopped.load(Ordering::SeqCst);
        let mut running = false;
        for w in world().workers().filter(|&w| w != me) {
            // SAFETY: workers are never freed; these fields are atomic.
            let w = unsafe { &*w };
            if w.status.load(Ordering::SeqCst) == status::RUNNING {
                running = true;
                // Again and again: a switch of goroutines sets it back.
                interrupt(w);
            }
        }
        if !running {
            fence(Ordering::SeqCst);
            return true;
        }
        turn += 1;
        if turn < 200 {
            std::hint::spin_loop();
        } else {
            for w in world().workers().filter(|&w| w != me) {
                // SAFETY: as above.
                let w = unsafe { &*w };
                if w.status.load(Ordering::SeqCst) == status::RUNNING {
                    interrupt_loop(w);
                }
            }
            sleep_on(&stop.stopped, seen, 50_000);
            if crate::time::monotonic().saturating_sub(begin) > nanoseconds {
                return false;
            }
        }
    }
}

/// Lets everything go on. To be called by who stopped the world.
pub fn start_the_world() {
    let world = world();
    let me = worker_pointer();
    world.stop.requested.store(0, Ordering::SeqCst);
    for w in world.workers().filter(|&w| w != me) {
        // SAFETY: workers are never freed; these fields are atomic.
        let w = unsafe { &*w };
        if w.status.load(Ordering::SeqCst) == status::STOPPED {
            w.status.store(status::RUNNING, Ordering::SeqCst);
            wake(&w.status, 1);
        }
    }
    world.stop.owner.unlock();
    crate::threads::wake_if_work();
}

/// Stops the others as far as possible, for a report before the program ends.
pub fn freeze() {
    let stop = &world().stop;
    if stop.owner.try_lock() {
        stop.requested.store(1, Ordering::SeqCst);
        drop(world().sched.lock());
        wait_for_all(worker_pointer(), 20_000_000);
    }
}

/// On a thread's own stack: waits if the world is to stop.
pub fn stop_point() {
    while requested() {
        let w = worker();
        w.status.store(status::STOPPED, Ordering::SeqCst);
        let stop = &world().stop;
        stop.stopped.fetch_add(1, Ordering::SeqCst);
        wake(&stop.stopped, 1);
        while w.status.load(Ordering::SeqCst) == status::STOPPED {
            sleep_on(&w.status, status::STOPPED, -1);
        }
    }
}

/// On a goroutine's stack: waits if the world is to stop.
pub fn stop_here() {
    with_saved_registers(&mut stop_point);
}
