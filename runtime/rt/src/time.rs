//! Clocks, timers, sleeping, and the offset of local time.
//!
//! In: points in time, closures. Out: wake-ups; a timer's closure runs in a goroutine of its own.

use crate::sched::{Goroutine, Wait, park, ready, start_system_goroutine};
use crate::worker::{Pair, worker};
use std::collections::{BTreeMap, HashMap};

enum Action {
    Wake(*mut Goroutine),
    Run(usize),
}

/// Timers by time, then by id.
#[derive(Default)]
pub struct Timers {
    due: BTreeMap<(i64, u64), Action>,
    started: HashMap<u64, i64>,
    last: u64,
}

impl Timers {
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// The time of the first one.
    pub fn next(&self) -> Option<i64> {
        self.due.first_key_value().map(|(k, _)| k.0)
    }

    pub fn each_closure(&self, visit: &mut dyn FnMut(usize)) {
        for action in self.due.values() {
            if let Action::Run(c) = action {
                visit(*c);
            }
        }
    }

    fn insert(&mut self, at: i64, action: Action) -> u64 {
        self.last += 1;
        self.due.insert((at, self.last), action);
        self.last
    }
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
    let now = monotonic();
    loop {
        let timers = &mut worker().timers;
        let Some(entry) = timers.due.first_entry() else { return };
        if entry.key().0 > now {
            return;
        }
        let ((_, id), action) = entry.remove_entry();
        match action {
            Action::Wake(g) => ready(g),
            Action::Run(closure) => {
                timers.started.remove(&id);
                start_system_goroutine(closure);
            }
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
    let g = worker().g;
    worker().timers.insert(monotonic().saturating_add(nanoseconds), Action::Wake(g));
    park(Wait::Sleep);
}

pub unsafe extern "C" fn timer_start(at: i64, closure: usize) -> i64 {
    let timers = &mut worker().timers;
    let id = timers.insert(at, Action::Run(closure));
    timers.started.insert(id, at);
    id as i64
}

pub unsafe extern "C" fn timer_stop(id: i64) -> i64 {
    let timers = &mut worker().timers;
    match timers.started.remove(&(id as u64)) {
        Some(at) => timers.due.remove(&(at, id as u64)).is_some() as i64,
        None => 0,
    }
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
