//! Semaphores and condition variables of package sync: goroutines that wait for an address.
//!
//! In: addresses of words in Go memory. Out: parked and woken goroutines, first come, first served. A waiting goroutine's stack
//! refers to the address, so what it lies in lives.

use crate::lock::Locked;
use crate::sched::{Goroutine, Wait, about_to_wait, park, ready};
use crate::worker::{AddressMap, world};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

const SHARDS: usize = 64;

type Waiters = AddressMap<usize, VecDeque<*mut Goroutine>>;

/// Waiters by address.
pub struct Table([Locked<Waiters>; SHARDS]);

impl Default for Table {
    fn default() -> Table {
        Table(std::array::from_fn(|_| Locked::default()))
    }
}

fn shard(address: usize) -> &'static Locked<Waiters> {
    &world().semaphores.0[(address >> 3) % SHARDS]
}

/// Takes the waiter that `choose` finds in the queue of an address.
fn take(
    waiters: &mut Waiters,
    address: usize,
    choose: impl Fn(&VecDeque<*mut Goroutine>) -> Option<usize>,
) -> Option<*mut Goroutine> {
    let queue = waiters.get_mut(&address)?;
    let g = choose(queue).and_then(|i| queue.remove(i));
    if queue.is_empty() {
        waiters.remove(&address);
    }
    g
}

/// Takes a unit, if there is one.
fn take_unit(count: &AtomicU32) -> bool {
    let mut n = count.load(Ordering::Relaxed);
    while n > 0 {
        match count.compare_exchange_weak(n, n - 1, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(now) => n = now,
        }
    }
    false
}

/// # Safety
/// The address of a `uint32`.
pub unsafe extern "C" fn sem_acquire(address: *mut u32) {
    // SAFETY: the caller's promise.
    let count = unsafe { AtomicU32::from_ptr(address) };
    if take_unit(count) {
        return;
    }
    let mut waiters = shard(address as usize).lock();
    // A release adds a unit under the lock too.
    if take_unit(count) {
        return;
    }
    let g = about_to_wait(Wait::Semaphore);
    waiters.entry(address as usize).or_default().push_back(g);
    drop(waiters);
    // A release hands its unit directly to a waiter.
    park();
    std::hint::black_box(address);
}

/// With `lock`, what is released is a lock that others had to wait for.
///
/// # Safety
/// The address of a `uint32`.
pub unsafe extern "C" fn sem_release(address: *mut u32, lock: i64) {
    let mut waiters = shard(address as usize).lock();
    match take(&mut waiters, address as usize, |_| Some(0)) {
        Some(g) => {
            drop(waiters);
            // SAFETY: goroutine structures stay valid; it waits.
            let since = unsafe { (*g).since };
            ready(g);
            if lock != 0 && since != 0 {
                crate::events::contended(since);
            }
        }
        None => {
            // SAFETY: the caller's promise.
            unsafe { AtomicU32::from_ptr(address).fetch_add(1, Ordering::Release) };
        }
    }
}

/// A condition variable: tickets given out, and tickets called.
#[repr(C)]
pub struct Tickets {
    next: AtomicU32,
    called: AtomicU32,
}

/// A ticket, to be taken before the lock is given up: what is called after that is not missed.
///
/// # Safety
/// The address of a condition variable's two words.
pub unsafe extern "C" fn notify_add(list: *const Tickets) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { (*list).next.fetch_add(1, Ordering::AcqRel) as i64 }
}

/// Waits until a ticket is called.
///
/// # Safety
/// As for `notify_add`.
pub unsafe extern "C" fn notify_wait(list: *const Tickets, ticket: i64) {
    let mut waiters = shard(list as usize).lock();
    // SAFETY: the caller's promise; the running goroutine.
    unsafe {
        if ((*list).called.load(Ordering::Acquire).wrapping_sub(ticket as u32) as i32) > 0 {
            return;
        }
        let g = about_to_wait(Wait::Cond);
        (*g).ticket = ticket as u32;
        waiters.entry(list as usize).or_default().push_back(g);
    }
    drop(waiters);
    park();
    std::hint::black_box(list);
}

/// # Safety
/// As for `notify_add`.
pub unsafe extern "C" fn notify_one(list: *const Tickets) {
    // SAFETY: the caller's promise; waiting goroutines are valid.
    unsafe {
        if (*list).next.load(Ordering::Acquire) == (*list).called.load(Ordering::Acquire) {
            return;
        }
        let mut waiters = shard(list as usize).lock();
        let ticket = (*list).called.load(Ordering::Relaxed);
        if ticket == (*list).next.load(Ordering::Acquire) {
            return;
        }
        (*list).called.store(ticket.wrapping_add(1), Ordering::Release);
        // Whoever has the ticket and is not in the queue yet will see that it was called.
        let g = take(&mut waiters, list as usize, |q| q.iter().position(|&g| (*g).ticket == ticket));
        drop(waiters);
        if let Some(g) = g {
            ready(g);
        }
    }
}

/// # Safety
/// As for `notify_add`.
pub unsafe extern "C" fn notify_all(list: *const Tickets) {
    // SAFETY: the caller's promise.
    unsafe {
        if (*list).next.load(Ordering::Acquire) == (*list).called.load(Ordering::Acquire) {
            return;
        }
        let mut waiters = shard(list as usize).lock();
        (*list).called.store((*list).next.load(Ordering::Acquire), Ordering::Release);
        let queue = waiters.remove(&(list as usize)).unwrap_or_default();
        drop(waiters);
        queue.into_iter().for_each(ready);
    }
}
