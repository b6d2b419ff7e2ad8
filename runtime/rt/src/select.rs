//! The select statement: one pass in random order for a case that can go on, else a waiter on every channel. The locks of all
//! channels are held from the first look until the waiters are queued, so that nothing happens in between.
//!
//! In: an array of cases, the sends first. Out: the chosen case.

use crate::chan::{Chan, Waiter, wake};
use crate::error;
use crate::sched::{Wait, about_to_wait, park, park_for_ever};
use crate::worker::{Pair, random};
use std::sync::atomic::Ordering;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Case {
    channel: *mut Chan,
    element: *mut u8,
}

/// Cases up to this number need no memory from the allocator before they wait.
const FEW: usize = 64;

/// What a pass over the cases found.
enum Found {
    Case(usize, bool, *mut Waiter),
    /// A send on a closed channel.
    Closed,
    Nothing,
}

/// Locks or unlocks the channels of the cases, each once; `order` holds the cases by the addresses of their channels.
unsafe fn each_channel(cases: *const Case, order: &[u16], f: impl Fn(&Chan)) {
    let mut last = std::ptr::null_mut();
    for &i in order {
        // SAFETY: the caller's cases; channels are valid or null.
        unsafe {
            let c = (*cases.add(i as usize)).channel;
            if c != last {
                f(&*c);
            }
            last = c;
        }
    }
}

/// # Safety
/// `cases` must be an array of `sends + receives` cases.
pub unsafe extern "C" fn select(cases: *mut Case, sends: i64, receives: i64, block: i64) -> Pair {
    let (sends, count) = (sends as usize, (sends + receives) as usize);
    // SAFETY: the caller's promise.
    let case = |i: u16| unsafe { *cases.add(i as usize) };
    if block == 0 && count == 1 {
        // A look without the lock: if nothing can go on now, that was so at some time of the statement.
        // SAFETY: a channel or null.
        unsafe {
            let c = case(0).channel;
            let idle = c.is_null()
                || sends == 0 && idle(&raw const (*c).length, &raw const (*c).closed, &(*c).senders);
            if idle {
                return Pair { a: usize::MAX, b: 0 };
            }
        }
    }
    let mut few = [0u16; 2 * FEW];
    let mut many = Vec::new();
    let (turn, order): (&mut [u16], &mut [u16]) = if count <= FEW {
        few.split_at_mut(FEW)
    } else {
        many.resize(2 * count, 0);
        many.split_at_mut(count)
    };
    // Without nil channels: in random order, and by address.
    let mut n = 0;
    for i in 0..count as u16 {
        if !case(i).channel.is_null() {
            let j = (random() >> 32) as usize % (n + 1);
            turn[n] = turn[j];
            turn[j] = i;
            n += 1;
        }
    }
    let (turn, order) = (&turn[..n], &mut order[..n]);
    order.copy_from_slice(turn);
    if n > 1 {
        order.sort_unstable_by_key(|&i| case(i).channel as usize);
    }
    // SAFETY: the caller's promise; the locks are held.
    let found = unsafe {
        each_channel(cases, order, |c| c.lock.lock());
        look(cases, turn, sends)
    };
    if n == 0 && block != 0 {
        drop(many);
        park_for_ever(if count == 0 { Wait::SelectNoCases } else { Wait::Select });
    }
    if let (Found::Nothing, true) = (&found, block != 0) {
        // SAFETY: the locks are held.
        let (i, ok) = unsafe { wait(cases, order, sends) };
        drop(many);
        if i < sends && !ok {
            error::plain("send on closed channel");
        }
        return Pair { a: i, b: (i >= sends && ok) as usize };
    }
    // SAFETY: the locks are held.
    unsafe { each_channel(cases, order, |c| c.lock.unlock()) };
    drop(many);
    match found {
        Found::Case(i, ok, woken) => {
            // SAFETY: a waiter that was taken out.
            unsafe { wake(woken, true) };
            Pair { a: i, b: ok as usize }
        }
        Found::Closed => error::plain("send on closed channel"),
        Found::Nothing => Pair { a: usize::MAX, b: 0 },
    }
}

/// Whether nothing can be received, as far as one can see without the lock.
unsafe fn idle(length: *const usize, closed: *const bool, senders: &crate::chan::Queue) -> bool {
    // SAFETY: words of a channel; what they hold by now does not matter.
    unsafe { length.read_volatile() == 0 && senders.is_empty() && !closed.read_volatile() }
}

/// The first case that can go on.
unsafe fn look(cases: *const Case, turn: &[u16], sends: usize) -> Found {
    // SAFETY: valid cases with locked channels.
    unsafe {
        for &i in turn {
            let i = i as usize;
            let Case { channel, element } = *cases.add(i);
            if i < sends {
                if (*channel).closed {
                    return Found::Closed;
                }
                if let Some(woken) = (*channel).try_send(element) {
                    return Found::Case(i, false, woken);
                }
            } else if let Some((ok, woken)) = (*channel).try_receive(element) {
                return Found::Case(i, ok, woken);
            }
        }
    }
    Found::Nothing
}

/// Waits on all channels, whose locks are held and then given up; the case that somebody chose.
unsafe fn wait(cases: *const Case, order: &[u16], sends: usize) -> (usize, bool) {
    let g = about_to_wait(Wait::Select);
    let mut waiters: Vec<Waiter> = Vec::with_capacity(order.len());
    // SAFETY: the waiters stay in place in their vector until they are taken out; the cases lie on the stack.
    unsafe {
        (*g).select_done.store(0, Ordering::Relaxed);
        for &i in order {
            let Case { channel, element } = *cases.add(i as usize);
            waiters.push(Waiter::new(g, element, i as usize));
            let w = waiters.last_mut().expect("just pushed");
            match (i as usize) < sends {
                true => (*channel).senders.push(w),
                false => (*channel).receivers.push(w),
            }
        }
        each_channel(cases, order, |c| c.lock.unlock());
        park();
        std::hint::black_box(cases);
        let chosen = (*g).wake as *const Waiter;
        let result = ((*chosen).case, (*g).wake_ok);
        each_channel(cases, order, |c| c.lock.lock());
        for w in &mut waiters {
            let channel = (*cases.add(w.case)).channel;
            match w.case < sends {
                true => (*channel).senders.remove(w),
                false => (*channel).receivers.remove(w),
            }
        }
        each_channel(cases, order, |c| c.lock.unlock());
        result
    }
}
