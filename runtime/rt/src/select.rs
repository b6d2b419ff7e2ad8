//! The select statement: one pass in random order for a case that can go on, else a waiter on every channel.
//!
//! In: an array of cases, the sends first. Out: the chosen case.

use crate::chan::{Chan, Waiter};
use crate::error;
use crate::sched::{Goroutine, Wait, park};
use crate::worker::{Pair, random, worker};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Case {
    channel: *mut Chan,
    element: *mut u8,
}

/// The waiters of a parked select; `Goroutine::select` points to it while it is parked.
pub struct Parked {
    cases: *const Case,
    sends: usize,
    waiters: Vec<Waiter>,
}

/// Takes the waiters of a goroutine's select out of all queues. The structure stays until the goroutine runs again.
///
/// # Safety
/// The goroutine must be parked in a select.
pub unsafe fn withdraw(g: *mut Goroutine) {
    // SAFETY: a parked select's structure is on its stack; its channels are alive, its waiters in their queues or in none.
    unsafe {
        let parked = &mut *(*g).select;
        for w in &mut parked.waiters {
            let channel = (*parked.cases.add(w.case)).channel;
            match w.case < parked.sends {
                true => (*channel).senders.remove(w),
                false => (*channel).receivers.remove(w),
            }
        }
    }
}

/// # Safety
/// `cases` must be an array of `sends + receives` cases.
pub unsafe extern "C" fn select(cases: *mut Case, sends: i64, receives: i64, block: i64) -> Pair {
    let (sends, count) = (sends as usize, (sends + receives) as usize);
    let mut order = [0u16; 64];
    let mut long = Vec::new();
    let order: &mut [u16] = if count <= 64 {
        &mut order[..count]
    } else {
        long.resize(count, 0);
        &mut long
    };
    for i in 0..count {
        let j = (random() >> 32) as usize % (i + 1);
        order[i] = order[j];
        order[j] = i as u16;
    }
    let mut closed_send = false;
    let mut chosen = None;
    // SAFETY: the caller's promise.
    unsafe {
        for &i in order.iter() {
            let case = *cases.add(i as usize);
            if case.channel.is_null() {
                continue;
            }
            if (i as usize) < sends {
                if (*case.channel).closed {
                    closed_send = true;
                    break;
                }
                if (*case.channel).try_send(case.element) {
                    chosen = Some((i as usize, false));
                    break;
                }
            } else if let Some(ok) = (*case.channel).try_receive(case.element) {
                chosen = Some((i as usize, ok));
                break;
            }
        }
    }
    drop(long);
    if closed_send {
        error::plain("send on closed channel");
    }
    if let Some((i, ok)) = chosen {
        return Pair { a: i, b: ok as usize };
    }
    if block == 0 {
        return Pair { a: usize::MAX, b: 0 };
    }
    let g = worker().g;
    if count == 0 {
        park(Wait::SelectNoCases);
    }
    let mut parked = Parked { cases, sends, waiters: Vec::with_capacity(count) };
    // SAFETY: the waiters stay in place in their vector; the cases on the stack.
    let (case, ok) = unsafe {
        for i in 0..count {
            let case = *cases.add(i);
            if case.channel.is_null() {
                continue;
            }
            parked.waiters.push(Waiter::new(g, case.element, i));
            let w = parked.waiters.last_mut().expect("just pushed");
            match i < sends {
                true => (*case.channel).senders.push(w),
                false => (*case.channel).receivers.push(w),
            }
        }
        (*g).select = &raw mut parked;
        park(Wait::Select);
        std::hint::black_box(cases);
        let w = (*g).wake as *const Waiter;
        let result = ((*w).case, (*g).wake_ok);
        (*g).select = std::ptr::null_mut();
        result
    };
    drop(parked);
    if case < sends && !ok {
        error::plain("send on closed channel");
    }
    Pair { a: case, b: (case >= sends && ok) as usize }
}
