//! Locks of the runtime's own: short critical sections that spin, long ones that are entered in turn, and words that threads sleep on.
//!
//! In: data that several workers use. Out: one at a time has it. Requires that nobody allocates from the collected heap, switches
//! goroutines or waits for anything else while holding one: threads stop for a collection only where they hold none. That is
//! not so for turns.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};

/// A lock without data; zeroed memory is an open one.
#[repr(transparent)]
#[derive(Default)]
pub struct Lock(AtomicU32);

/// Turns of waiting before the processor is given to others.
const SPINS: u32 = 100;

impl Lock {
    pub const fn new() -> Lock {
        Lock(AtomicU32::new(0))
    }

    #[inline(always)]
    pub fn lock(&self) {
        if self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.wait();
        }
    }

    #[inline(always)]
    pub fn unlock(&self) {
        self.0.store(0, Ordering::Release);
    }

    fn try_lock(&self) -> bool {
        self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        let mut turns = 0;
        loop {
            if self.0.load(Ordering::Relaxed) == 0 && self.try_lock() {
                return;
            }
            relax(turns);
            turns += 1;
        }
    }
}

/// One turn of waiting: on the processor at first, then leaving it to others.
pub fn relax(turn: u32) {
    if turn < SPINS {
        std::hint::spin_loop();
    } else {
        std::thread::yield_now();
    }
}

/// A lock that is held long, again and again: whoever has waited longest is next.
#[derive(Default)]
pub struct Turns {
    /// Numbers that were given out.
    given: AtomicU32,
    /// The number whose turn it is.
    now: AtomicU32,
}

impl Turns {
    /// Waits for a turn of one's own, calling `meanwhile` again and again.
    pub fn lock(&self, mut meanwhile: impl FnMut()) {
        let mine = self.given.fetch_add(1, Ordering::Relaxed);
        let mut turns = 0;
        while self.now.load(Ordering::Acquire) != mine {
            meanwhile();
            relax(turns);
            turns += 1;
        }
    }

    /// Fails if somebody has it, or waits.
    pub fn try_lock(&self) -> bool {
        let now = self.now.load(Ordering::Acquire);
        self.given.compare_exchange(now, now.wrapping_add(1), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    pub fn unlock(&self) {
        let now = self.now.load(Ordering::Relaxed);
        self.now.store(now.wrapping_add(1), Ordering::Release);
    }
}

/// Data behind a lock.
#[derive(Default)]
pub struct Locked<T> {
    lock: Lock,
    value: UnsafeCell<T>,
}

// SAFETY: the lock lets one thread at a time at the value. Values hold addresses, which any thread may have.
unsafe impl<T> Sync for Locked<T> {}
// SAFETY: as above.
unsafe impl<T> Send for Locked<T> {}

impl<T> Locked<T> {
    pub const fn new(value: T) -> Locked<T> {
        Locked { lock: Lock::new(), value: UnsafeCell::new(value) }
    }

    #[inline(always)]
    pub fn lock(&self) -> Guard<'_, T> {
        self.lock.lock();
        Guard { owner: self }
    }

    /// The value without the lock.
    pub fn pointer(&self) -> *mut T {
        self.value.get()
    }
}

/// The lock is held as long as this lives.
pub struct Guard<'a, T> {
    owner: &'a Locked<T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the lock is held.
        unsafe { &*self.owner.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock is held.
        unsafe { &mut *self.owner.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.owner.lock.unlock();
    }
}

/// Sleeps while the word has a value, at most so many nanoseconds (negative: for ever). May end early.
pub fn sleep_on(word: &AtomicU32, value: u32, nanoseconds: i64) {
    let t = libc::timespec { tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000 };
    let limit = if nanoseconds < 0 { std::ptr::null() } else { &raw const t };
    // SAFETY: a valid word and time.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            value,
            limit,
            0,
            0,
        )
    };
}

/// Wakes threads that sleep on a word.
pub fn wake(word: &AtomicU32, count: i32) {
    // SAFETY: a valid word.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            count,
            0,
            0,
            0,
        )
    };
}
