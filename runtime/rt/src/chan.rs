//! Channels: a queue of values in the heap, queues of waiting goroutines outside of it, values handed over directly.
//!
//! In: `chan_*` calls. Out: Go's semantics. Each channel has a lock, which is held while its fields are used; a select holds those of
//! all its channels while it looks at them. A waiting goroutine's stack refers to the channel, so a channel with waiters lives.

use crate::error;
use crate::heap::Shape;
use crate::lock::Lock;
use crate::memory::overwrites_values;
use crate::mte;
use crate::sched::{Goroutine, Wait, about_to_wait, park, park_for_ever, ready};
use crate::worker::heap;
use escargo_abi::types::Type;
use std::sync::atomic::Ordering;

/// A goroutine that waits on a channel, or on several.
pub struct Waiter {
    pub g: *mut Goroutine,
    /// Where the value is, or is to go; may be null for a receiver.
    pub element: *mut u8,
    /// Index of the select case; `usize::MAX` for a plain operation.
    pub case: usize,
    next: *mut Waiter,
    prev: *mut Waiter,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Queue {
    first: *mut Waiter,
    last: *mut Waiter,
}

/// A channel, as compiled code knows its first two words. Word 2 is the pointer that the collector follows.
#[repr(C)]
pub struct Chan {
    pub length: usize,
    pub capacity: usize,
    buffer: *mut u8,
    element: *const Type,
    send_at: usize,
    receive_at: usize,
    pub closed: bool,
    pub lock: Lock,
    pub receivers: Queue,
    pub senders: Queue,
}

const CHAN_MASK: u64 = 1 << 2;
/// Bytes of a buffer that is part of the channel's object.
const MAX_INSIDE: usize = 256;

impl Waiter {
    pub fn new(g: *mut Goroutine, element: *mut u8, case: usize) -> Waiter {
        Waiter { g, element, case, next: std::ptr::null_mut(), prev: std::ptr::null_mut() }
    }
}

impl Queue {
    /// # Safety
    /// The waiter must stay in place until it is taken out.
    pub unsafe fn push(&mut self, w: *mut Waiter) {
        // SAFETY: waiters in the queue are valid.
        unsafe {
            (*w).prev = self.last;
            (*w).next = std::ptr::null_mut();
            match self.last.is_null() {
                true => self.first = w,
                false => (*self.last).next = w,
            }
        }
        self.last = w;
    }

    /// Takes the first waiter out that nobody else has woken: a select waits in several queues.
    pub fn pop(&mut self) -> Option<*mut Waiter> {
        loop {
            let w = self.first;
            if w.is_null() {
                return None;
            }
            // SAFETY: waiters in the queue are valid, and so are their goroutines.
            unsafe {
                self.remove(w);
                let mine = (*w).case == usize::MAX
                    || (*(*w).g)
                        .select_done
                        .compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed)
                        .is_ok();
                if mine {
                    return Some(w);
                }
            }
        }
    }

    /// Takes a waiter out; nothing happens if it is not in the queue.
    ///
    /// # Safety
    /// The waiter must be valid and in this queue or in none.
    pub unsafe fn remove(&mut self, w: *mut Waiter) {
        // SAFETY: the caller's promise.
        unsafe {
            let (prev, next) = ((*w).prev, (*w).next);
            match prev.is_null() {
                false => (*prev).next = next,
                true if self.first == w => self.first = next,
                true => return,
            }
            match next.is_null() {
                false => (*next).prev = prev,
                true => self.last = prev,
            }
            (*w).prev = std::ptr::null_mut();
            (*w).next = std::ptr::null_mut();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.first.is_null()
    }
}

impl Chan {
    fn element_size(&self) -> usize {
        // SAFETY: the descriptor lives as long as the program.
        unsafe { (*self.element).size }
    }

    /// Copies a value of the channel's type.
    ///
    /// # Safety
    /// Both must be valid; a null destination drops, a null source zeroes.
    unsafe fn transfer(&self, from: *const u8, to: *mut u8) {
        let size = self.element_size();
        if to.is_null() || size == 0 {
            return;
        }
        // SAFETY: the caller's promise.
        unsafe {
            overwrites_values(self.element, to, 1);
            match from.is_null() {
                true => mte::clear(to, size),
                false => std::ptr::copy(from, to, size),
            }
        }
    }

    fn slot(&self, index: usize) -> *mut u8 {
        // SAFETY: the index is below the capacity.
        unsafe { self.buffer.add(index * self.element_size()) }
    }

    /// Sends without waiting, if that is possible: whom to wake, null if nobody. The channel must be open and locked.
    ///
    /// # Safety
    /// `element` must be readable.
    pub unsafe fn try_send(&mut self, element: *const u8) -> Option<*mut Waiter> {
        // SAFETY: waiters' addresses are valid while they wait; slots lie in the buffer.
        unsafe {
            if let Some(w) = self.receivers.pop() {
                self.transfer(element, (*w).element);
                return Some(w);
            }
            if self.length < self.capacity {
                self.transfer(element, self.slot(self.send_at));
                self.send_at = if self.send_at + 1 == self.capacity { 0 } else { self.send_at + 1 };
                self.length += 1;
                return Some(std::ptr::null_mut());
            }
        }
        None
    }

    /// Receives without waiting, if that is possible: whether the value was sent (or is the zero of a closed channel), and whom to
    /// wake. The channel must be locked.
    ///
    /// # Safety
    /// `element` must be writable or null.
    pub unsafe fn try_receive(&mut self, element: *mut u8) -> Option<(bool, *mut Waiter)> {
        // SAFETY: as for `try_send`.
        unsafe {
            if self.length > 0 {
                let slot = self.slot(self.receive_at);
                self.transfer(slot, element);
                overwrites_values(self.element, slot, 1);
                mte::clear(slot, self.element_size());
                self.receive_at = if self.receive_at + 1 == self.capacity { 0 } else { self.receive_at + 1 };
                self.length -= 1;
                let sender = self.senders.pop();
                if let Some(w) = sender {
                    self.transfer((*w).element, self.slot(self.send_at));
                    self.send_at = if self.send_at + 1 == self.capacity { 0 } else { self.send_at + 1 };
                    self.length += 1;
                }
                return Some((true, sender.unwrap_or_default()));
            }
            if let Some(w) = self.senders.pop() {
                self.transfer((*w).element, element);
                return Some((true, w));
            }
            if self.closed {
                self.transfer(std::ptr::null(), element);
                return Some((false, std::ptr::null_mut()));
            }
        }
        None
    }
}

/// Wakes a waiter that was taken out of its queue; nobody if it is null. To be called without the lock.
///
/// # Safety
/// The waiter's goroutine must be parked, or about to be.
#[inline]
pub unsafe fn wake(w: *mut Waiter, ok: bool) {
    if w.is_null() {
        return;
    }
    // SAFETY: the stack with the waiter is valid until the goroutine is woken.
    unsafe {
        let g = (*w).g;
        (*g).wake = w as usize;
        (*g).wake_ok = ok;
        ready(g);
    }
}

/// # Safety
/// `typ` must be a channel type descriptor.
pub unsafe extern "C" fn chan_make(typ: *const Type, capacity: i64) -> *mut Chan {
    // SAFETY: a channel type's element follows the common part.
    unsafe {
        let element = *(typ.add(1) as *const *const Type);
        let size = (*element).size;
        let bytes = (capacity as usize).checked_mul(size);
        if capacity < 0 || bytes.is_none_or(|b| b > 1 << 46) {
            error::plain("makechan: size out of range");
        }
        // Small buffers without pointers follow the channel.
        let bytes = capacity as usize * size;
        let inside = (*element).ptr_bytes == 0 && (1..=MAX_INSIDE).contains(&bytes);
        let whole = size_of::<Chan>() + if inside { bytes } else { 0 };
        let c = heap().alloc(whole, Shape::Mask(CHAN_MASK)).pointer() as *mut Chan;
        (*c).capacity = capacity as usize;
        (*c).element = element;
        if inside {
            (*c).buffer = c.add(1) as *mut u8;
        } else if capacity > 0 {
            let buffer = heap().alloc_array(element, capacity as usize).expect("size was checked");
            (*c).buffer = buffer.pointer();
        }
        c
    }
}

/// # Safety
/// A channel or null; `element` readable.
pub unsafe extern "C" fn chan_send(c: *mut Chan, element: *mut u8) {
    if c.is_null() {
        park_for_ever(Wait::ChanSendNil);
    }
    // SAFETY: the caller's promise; the waiter stays on this stack while it is queued.
    unsafe {
        (*c).lock.lock();
        if (*c).closed {
            (*c).lock.unlock();
            error::plain("send on closed channel");
        }
        if let Some(woken) = (*c).try_send(element) {
            (*c).lock.unlock();
            return wake(woken, true);
        }
        let g = about_to_wait(Wait::ChanSend);
        let mut w = Waiter::new(g, element, usize::MAX);
        (*c).senders.push(&raw mut w);
        (*c).lock.unlock();
        park();
        std::hint::black_box((&w, c));
        if !(*g).wake_ok {
            error::plain("send on closed channel");
        }
    }
}

/// # Safety
/// A channel or null; `element` writable or null.
pub unsafe extern "C" fn chan_recv(c: *mut Chan, element: *mut u8) -> i64 {
    if c.is_null() {
        park_for_ever(Wait::ChanReceiveNil);
    }
    // SAFETY: as for `chan_send`.
    unsafe {
        (*c).lock.lock();
        if let Some((ok, woken)) = (*c).try_receive(element) {
            (*c).lock.unlock();
            wake(woken, true);
            return ok as i64;
        }
        let g = about_to_wait(Wait::ChanReceive);
        let mut w = Waiter::new(g, element, usize::MAX);
        (*c).receivers.push(&raw mut w);
        (*c).lock.unlock();
        park();
        std::hint::black_box((&w, c));
        (*g).wake_ok as i64
    }
}

/// # Safety
/// A channel or null.
pub unsafe extern "C" fn chan_close(c: *mut Chan) {
    if c.is_null() {
        error::plain("close of nil channel");
    }
    let mut woken = Vec::new();
    // SAFETY: the caller's promise; waiters are valid while queued.
    unsafe {
        (*c).lock.lock();
        if (*c).closed {
            (*c).lock.unlock();
            drop(woken);
            error::plain("close of closed channel");
        }
        (*c).closed = true;
        while let Some(w) = (*c).receivers.pop() {
            (*c).transfer(std::ptr::null(), (*w).element);
            woken.push(w);
        }
        while let Some(w) = (*c).senders.pop() {
            woken.push(w);
        }
        (*c).lock.unlock();
        for w in woken {
            wake(w, false);
        }
    }
}
