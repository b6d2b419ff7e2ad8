//! Semaphores and condition variables of package sync: goroutines that wait for an address.
//!
//! In: addresses of words in Go memory. Out: parked and woken goroutines, first come, first served.

use crate::sched::{Goroutine, Wait, park, ready};
use crate::worker::{AddressMap, worker};
use std::collections::VecDeque;

/// Waiters by address.
pub type Table = AddressMap<usize, VecDeque<*mut Goroutine>>;

fn wait(address: usize, reason: Wait) {
    let g = worker().g;
    worker().semaphores.entry(address).or_default().push_back(g);
    park(reason);
    std::hint::black_box(address);
}

fn wake_one(address: usize) -> bool {
    let table = &mut worker().semaphores;
    let Some(queue) = table.get_mut(&address) else { return false };
    let g = queue.pop_front();
    if queue.is_empty() {
        table.remove(&address);
    }
    match g {
        Some(g) => {
            ready(g);
            true
        }
        None => false,
    }
}

/// # Safety
/// The address of a `uint32`.
pub unsafe extern "C" fn sem_acquire(address: *mut u32) {
    // SAFETY: the caller's promise.
    unsafe {
        if *address > 0 {
            *address -= 1;
            return;
        }
    }
    // A release hands its unit directly to a waiter.
    wait(address as usize, Wait::Semaphore);
}

/// # Safety
/// The address of a `uint32`.
pub unsafe extern "C" fn sem_release(address: *mut u32) {
    if !wake_one(address as usize) {
        // SAFETY: the caller's promise.
        unsafe { *address += 1 };
    }
}

pub unsafe extern "C" fn notify_wait(address: usize) {
    wait(address, Wait::Cond);
}

pub unsafe extern "C" fn notify_one(address: usize) {
    wake_one(address);
}

pub unsafe extern "C" fn notify_all(address: usize) {
    while wake_one(address) {}
}
