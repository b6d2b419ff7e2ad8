//! Clocks, timers, sleeping, and the offset of local time.
//!
//! In: points in time, closures. Out: wake-ups; a timer's closure runs in a goroutine of its own.

use crate::sched::{Goroutine, Wait, about_to_wait, park, ready, start_system_goroutine};
use crate::worker::{Pair, world};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::Ordering;

enum Action {
    Wake(*mut Goroutine),
    Run(usize),
}

/// Timers by time, then by id.
#[derive(Default)]
pub struct Timers {
    due: BTreeMap<(i64, u64), Action>,
    /// Closures whose goroutines are being made: the monitor is not stopped by collections.
    starting: Vec<usize>,
    started: HashMap<u64, i64>,
    last: u64,
}

// SAFETY: the addresses are of goroutine structures and closures, which any thread may have.
unsafe impl Send for Timers {}

impl Timers {
    /// The time of the first one.
    fn next(&self) -> i64 {
        self.due.first_key_value().map_or(i64::MAX, |(k, _)| k.0)
    }

    pub fn each_closure(&self, visit: &mut dyn FnMut(usize)) {
        for action in self.due.values() {
            if let Action::Run(c) = action {
                visit(*c);
            }
        }
        self.starting.iter().for_each(|&c| visit(c));
    }
}

/// Adds a timer; its number.
fn insert(at: i64, action: Action) -> u64 {
    // The monitor runs timers.
    crate::threads::settle();
    let world = world();
    let mut timers = world.timers.lock();
    timers.last += 1;
    let id = timers.last;
    if matches!(action, Action::Run(_)) {
        timers.started.insert(id, at);
    }
    timers.due.insert((at, id), action);
    let first = at < world.next_timer.load(Ordering::SeqCst);
    if first {
        world.next_timer.store(at, Ordering::SeqCst);
    }
    drop(timers);
    if first {
        crate::monitor::timer_set(at);
    }
    id
}

fn clock(id: libc::clockid_t) -> libc::timespec {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the structure.
    unsafe { libc::clock_gettime(id, &raw mut t) };
    t
}

/// Nanoseconds of a clock that only goes forward.
pub fn monotonic() -> i64 {
    let t = clock(libc::CLOCK_MONOTONIC);
    t.tv_sec * 1_000_000_000 + t.tv_nsec
}

/// Nanoseconds since 1970.
pub fn wall_nanos() -> u64 {
    let t = clock(libc::CLOCK_REALTIME);
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

/// Wakes or starts whatever is due.
pub fn run_due() {
    let world = world();
    let next = world.next_timer.load(Ordering::Relaxed);
    if next == i64::MAX {
        return;
    }
    let now = monotonic();
    if next > now {
        return;
    }
    loop {
        let mut timers = world.timers.lock();
        let action = match timers.due.first_entry() {
            Some(entry) if entry.key().0 <= now => {
                let ((_, id), action) = entry.remove_entry();
                timers.started.remove(&id);
                if let Action::Run(closure) = action {
                    timers.starting.push(closure);
                }
                Some(action)
            }
            _ => None,
        };
        world.next_timer.store(timers.next(), Ordering::SeqCst);
        drop(timers);
        match action {
            Some(Action::Wake(g)) => ready(g),
            Some(Action::Run(closure)) => {
                start_system_goroutine(closure);
                let starting = &mut world.timers.lock().starting;
                let started = starting.iter().position(|&c| c == closure);
                starting.swap_remove(started.expect("it was put there"));
            }
            None => return,
        }
    }
}

pub unsafe extern "C" fn nanotime() -> i64 {
    monotonic()
}

pub unsafe extern "C" fn walltime() -> Pair {
    let t = clock(libc::CLOCK_REALTIME);
    Pair { a: t.tv_sec as usize, b: t.tv_nsec as usize }
}

pub unsafe extern "C" fn sleep(nanoseconds: i64) {
    if nanoseconds <= 0 {
        crate::sched::yield_now();
        return;
    }
    let g = about_to_wait(Wait::Sleep);
    insert(monotonic().saturating_add(nanoseconds), Action::Wake(g));
    park();
}

pub unsafe extern "C" fn timer_start(at: i64, closure: usize) -> i64 {
    insert(at, Action::Run(closure)) as i64
}

pub unsafe extern "C" fn timer_stop(id: i64) -> i64 {
    let world = world();
    let mut timers = world.timers.lock();
    let Some(at) = timers.started.remove(&(id as u64)) else { return 0 };
    let stopped = timers.due.remove(&(at, id as u64)).is_some();
    world.next_timer.store(timers.next(), Ordering::SeqCst);
    stopped as i64
}

/// # Safety
/// `name` must be the address of 8 bytes.
pub unsafe extern "C" fn local_offset(unix: i64, name: *mut u8) -> i64 {
    // SAFETY: `localtime_r` fills the structure; its zone name is a C string; 8 bytes are ours to write.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        let time = unix as libc::time_t;
        name.write_bytes(0, 8);
        if libc::localtime_r(&raw const time, &raw mut tm).is_null() {
            std::ptr::copy_nonoverlapping(b"UTC".as_ptr(), name, 3);
            return 0;
        }
        let mut i = 0;
        while i < 7 && !tm.tm_zone.is_null() && *tm.tm_zone.add(i) != 0 {
            *name.add(i) = *tm.tm_zone.add(i) as u8;
            i += 1;
        }
        tm.tm_gmtoff
    }
}
