//! A worker's run queue: a ring that its owner fills and empties, and that others steal from.
//!
//! In: goroutines that are ready. Out: each of them once. One thread at a time is the owner.

use crate::sched::Goroutine;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

const SIZE: usize = 256;

pub struct Queue {
    head: AtomicU32,
    tail: AtomicU32,
    ring: [AtomicPtr<Goroutine>; SIZE],
}

impl Default for Queue {
    fn default() -> Queue {
        Queue {
            head: AtomicU32::new(0),
            tail: AtomicU32::new(0),
            ring: [const { AtomicPtr::new(std::ptr::null_mut()) }; SIZE],
        }
    }
}

impl Queue {
    fn slot(&self, at: u32) -> &AtomicPtr<Goroutine> {
        &self.ring[at as usize % SIZE]
    }

    /// Number of goroutines in the queue, at some point in time.
    pub fn len(&self) -> usize {
        let head = self.head.load(Ordering::Acquire);
        (self.tail.load(Ordering::Acquire).wrapping_sub(head) as usize).min(SIZE)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// By the owner: appends, or, if the ring is full, hands half of it and `g` over to `overflow`.
    #[inline]
    pub fn push(&self, g: *mut Goroutine, overflow: &mut dyn FnMut(&[*mut Goroutine])) {
        loop {
            let head = self.head.load(Ordering::Acquire);
            let tail = self.tail.load(Ordering::Relaxed);
            if (tail.wrapping_sub(head) as usize) < SIZE {
                self.slot(tail).store(g, Ordering::Relaxed);
                self.tail.store(tail.wrapping_add(1), Ordering::Release);
                return;
            }
            const HALF: usize = SIZE / 2;
            let mut batch = [std::ptr::null_mut(); HALF + 1];
            for (i, to) in batch.iter_mut().take(HALF).enumerate() {
                *to = self.slot(head.wrapping_add(i as u32)).load(Ordering::Relaxed);
            }
            let next = head.wrapping_add(HALF as u32);
            if self.head.compare_exchange(head, next, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                batch[HALF] = g;
                overflow(&batch);
                return;
            }
        }
    }

    /// By the owner: the oldest one.
    #[inline]
    pub fn pop(&self) -> Option<*mut Goroutine> {
        loop {
            let head = self.head.load(Ordering::Acquire);
            if head == self.tail.load(Ordering::Relaxed) {
                return None;
            }
            let g = self.slot(head).load(Ordering::Relaxed);
            if self
                .head
                .compare_exchange(head, head.wrapping_add(1), Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
            {
                return Some(g);
            }
        }
    }

    /// By the owner of `to`, which is empty: half of this queue goes there, one of them is returned instead.
    pub fn steal(&self, to: &Queue) -> Option<*mut Goroutine> {
        loop {
            let head = self.head.load(Ordering::Acquire);
            let tail = self.tail.load(Ordering::Acquire);
            let have = tail.wrapping_sub(head);
            if have as usize > SIZE {
                // The two were read at different times.
                continue;
            }
            let n = have - have / 2;
            if n == 0 {
                return None;
            }
            let end = to.tail.load(Ordering::Relaxed);
            for i in 0..n {
                let g = self.slot(head.wrapping_add(i)).load(Ordering::Relaxed);
                to.slot(end.wrapping_add(i)).store(g, Ordering::Relaxed);
            }
            if self
                .head
                .compare_exchange(head, head.wrapping_add(n), Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
            {
                to.tail.store(end.wrapping_add(n - 1), Ordering::Release);
                return Some(to.slot(end.wrapping_add(n - 1)).load(Ordering::Relaxed));
            }
        }
    }
}
