//! The monitor: a thread without a worker. It runs timers when nobody else does, interrupts goroutines that run for too long, and wakes
//! threads that were not woken. A program has it from its second goroutine or its first timer on.
//!
//! In: the state of all workers. Out: no goroutine that is ready waits for long, no timer is late for long.

use crate::lock::{sleep_on, wake};
use crate::worker::{MAX_WORKERS, status, world};
use crate::{stop, threads, time};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

/// How long a goroutine may run while others wait, nanoseconds.
const SLICE: i64 = 10_000_000;
/// How often the monitor looks while something runs.
const PERIOD: i64 = 5_000_000;

/// Bytes of its stack.
const STACK: usize = 256 << 10;

/// What the monitor sleeps on.
static WORD: AtomicU32 = AtomicU32::new(0);
/// It sleeps without a limit, or for longer than a period.
static DEEP: AtomicU32 = AtomicU32::new(0);

/// Until when it sleeps.
static UNTIL: AtomicI64 = AtomicI64::new(0);

/// Starts the monitor.
pub fn begin() {
    if std::thread::Builder::new().name("monitor".into()).stack_size(STACK).spawn(watch).is_err() {
        crate::os::die("runtime: failed to create new OS thread");
    }
}

/// Lets the monitor look at once.
fn poke() {
    WORD.fetch_add(1, Ordering::SeqCst);
    wake(&WORD, 1);
}

/// To be called when a timer was set that is due before all others.
pub fn timer_set(at: i64) {
    if at < UNTIL.load(Ordering::SeqCst) {
        poke();
    }
}

/// To be called when a worker begins to run.
pub fn awaken() {
    if DEEP.load(Ordering::SeqCst) != 0 && DEEP.swap(0, Ordering::SeqCst) != 0 {
        poke();
    }
}

/// The monitor's life.
fn watch() {
    let world = world();
    // By worker: its tick when last looked at, and since when it has that.
    let mut ticks = [(0u32, 0i64); MAX_WORKERS];
    loop {
        let seen = WORD.load(Ordering::SeqCst);
        let now = time::monotonic();
        if world.next_timer.load(Ordering::SeqCst) <= now {
            threads::from_outside(time::run_due);
        }
        let waiting = threads::work_waits();
        let mut running = false;
        for (w, (tick, since)) in world.workers().zip(&mut ticks) {
            // SAFETY: workers are never freed; these fields are atomic.
            let w = unsafe { &*w };
            if w.status.load(Ordering::SeqCst) == status::IDLE {
                continue;
            }
            running = true;
            let now_at = w.tick.load(Ordering::Relaxed);
            if now_at != *tick {
                (*tick, *since) = (now_at, now);
            } else if waiting && now - *since >= SLICE {
                w.preempt.store(true, Ordering::Relaxed);
                stop::interrupt_loop(w);
            }
        }
        if waiting && world.load.idle.load(Ordering::SeqCst) > 0 {
            for w in world.workers() {
                // SAFETY: as above.
                unsafe { (*w).handoffs.store(0, Ordering::Relaxed) };
            }
            threads::wake_one();
        }
        // Set before the last look at the timers: whoever sets one after it sees this.
        UNTIL.store(i64::MAX, Ordering::SeqCst);
        let timer = match world.next_timer.load(Ordering::SeqCst) {
            i64::MAX => i64::MAX,
            at => (at - time::monotonic()).max(1),
        };
        if running || waiting {
            let long = timer.min(PERIOD);
            UNTIL.store(now + long, Ordering::SeqCst);
            sleep_on(&WORD, seen, long);
            continue;
        }
        DEEP.store(1, Ordering::SeqCst);
        // A worker that began to run before that was set did not call.
        let still = world.load.idle.load(Ordering::SeqCst) >= world.procs.load(Ordering::SeqCst);
        if still {
            sleep_on(&WORD, seen, if timer == i64::MAX { -1 } else { timer });
        }
        DEEP.store(0, Ordering::SeqCst);
    }
}
