//! Deep recursion on small stacks. A goroutine whose small stack is used up goes on at the top of a large one: the frame of the function
//! that finds no more room is moved there, and returns to `arch::deep_return`, which leads back to the small stack.
//!
//! In: polls that find too little room, returns from moved functions. Out: the same calls, on other memory. Requires that nothing but
//! the frame itself, what the poll saved below it and callee-saved registers point into the frame: it is the innermost one, whatever it
//! keeps the addresses of its own objects in dies before it, and functions look at the limit before they call or link
//! anything. So each word that looks like an address of the moved frame is one.

use crate::sched::Goroutine;
use crate::stack::Stack;
use crate::worker::{Pair, worker, world};
use crate::{arch, stop, trace};
use escargo_abi::program::FUNC_STUB;
use std::sync::atomic::Ordering;

/// Most bytes of arguments on the stack that a moved function may have; what lies above them is copied too, and not used.
const ARGUMENTS: usize = 8 << 10;

/// A goroutine's large stack, kept until it ends.
pub struct Deep {
    large: Stack,
    below: Option<Below>,
}

/// The small stack, while the large one is in use.
#[derive(Clone, Copy)]
struct Below {
    stack: Stack,
    /// The caller's frames begin here.
    sp: usize,
    /// From the moved frame's old place to the new one.
    delta: usize,
    /// Where the moved function is to return to.
    ret: usize,
}

impl Goroutine {
    fn below(&self) -> Option<&Below> {
        self.deep.as_ref()?.below.as_ref()
    }

    /// Whether an address, without a tag, lies on the goroutine's stack.
    pub fn on_stack(&self, at: usize) -> bool {
        let inside = |s: &Stack| (s.low..s.high).contains(&at);
        inside(&self.stack) || self.below().is_some_and(|b| inside(&b.stack))
    }

    /// Whether `inner` was pushed after `outer`, both on its stack.
    pub fn is_newer(&self, inner: usize, outer: usize) -> bool {
        match (self.is_deep(inner), self.is_deep(outer)) {
            (true, false) => true,
            (false, true) => false,
            _ => inner < outer,
        }
    }

    /// Whether an address lies on the large stack that a recursion goes on on.
    fn is_deep(&self, at: usize) -> bool {
        self.below().is_some() && (self.stack.low..self.stack.high).contains(&at)
    }

    /// Ends the tagged objects of the frames from `inner` to `outer`, both on its stack, or of all from `inner` on.
    pub fn untag(&self, inner: usize, outer: Option<usize>) {
        let last = |s: &Stack| outer.unwrap_or(s.high);
        match self.below() {
            Some(b) if self.is_deep(inner) && !outer.is_some_and(|o| self.is_deep(o)) => {
                crate::mte::untag_range(inner, self.stack.high);
                crate::mte::untag_range(b.sp, last(&b.stack));
            }
            _ => crate::mte::untag_range(inner, last(&self.stack)),
        }
    }

    /// A return address found on the stack, or what stands for it where the stacks meet.
    pub fn return_address(&self, found: usize) -> usize {
        match self.below() {
            Some(b) if found == arch::deep_return as *const () as usize => b.ret,
            _ => found,
        }
    }

    /// Calls `visit` with the parts of the stack in use, of a goroutine that has saved its stack pointer.
    pub fn each_part(&self, visit: &mut dyn FnMut(usize, usize)) {
        visit(self.sp, self.stack.high);
        if let Some(b) = self.below() {
            visit(b.sp, b.stack.high);
        }
    }

    /// Sets how many bytes of stack it may use.
    pub fn set_max_stack(&mut self, max: usize) {
        if let Some(deep) = &mut self.deep {
            let above = deep.below.map_or(0, |b| b.stack.size());
            deep.large.set_max(max.saturating_sub(above));
            if let Some(b) = &mut deep.below {
                b.stack.set_max(max);
                self.stack = deep.large;
                return;
            }
        }
        self.stack.set_max(max);
    }

    /// To be called before frames above `sp` go on: if they are on the small stack, the large one is not in use any more. Nothing may
    /// stop the goroutine before the frames below have been left.
    pub fn cut_to(&mut self, sp: usize) {
        if self.below().is_some_and(|b| (b.stack.low..=b.stack.high).contains(&sp)) {
            self.leave();
        }
    }

    fn leave(&mut self) -> Option<Below> {
        let below = self.deep.as_mut()?.below.take()?;
        let limit = self.stack.limit;
        self.stack = below.stack;
        // Somebody may want the thread to stop.
        let shared = stop::limit(worker());
        let _ = shared.compare_exchange(limit, below.stack.limit, Ordering::Relaxed, Ordering::Relaxed);
        Some(below)
    }

    /// Gives the large stack back, when nothing runs on it any more.
    pub fn free_deep(&mut self) {
        if let Some(deep) = self.deep.take() {
            if let Some(below) = deep.below {
                self.stack = below.stack;
            }
            deep.large.trim();
            world().stacks.lock().give_deep(deep.large);
        }
    }
}

/// Moves the frame of the function that polls, and what the poll has put below it from `saved` on, to the goroutine's large stack. `fp`
/// and `pc` are the caller's of the poll. Returns the distance; nothing if the goroutine may have no more.
///
/// # Safety
/// Called by `poll` for the running goroutine.
pub unsafe fn enter(g: &mut Goroutine, saved: usize, fp: usize, pc: usize) -> Option<usize> {
    let small = g.stack;
    let max = world().stacks.lock().max;
    if !small.is_small() || small.size() >= max {
        return None;
    }
    // The frame has no tagged objects yet, but its caller's, of which a part may be copied as arguments, may have.
    let _unchecked = crate::mte::Unchecked::new();
    // SAFETY: frame records of the goroutine's stack.
    unsafe {
        // The stub that saves all registers for the poll has a frame of its own.
        let stub = trace::find_function(pc - 1).is_some_and(|f| f.flags & FUNC_STUB != 0);
        let frame = if stub { *(fp as *const usize) } else { fp };
        let [caller, ret] = *(frame as *const [usize; 2]);
        let end = frame + 16;
        let arguments = if caller > end && caller < small.high { (caller - end).min(ARGUMENTS) } else { 0 };
        let high = end + arguments;
        if g.deep.is_none() {
            let large = world().stacks.lock().deep();
            g.deep = Some(Box::new(Deep { large, below: None }));
        }
        let deep = g.deep.as_mut()?;
        deep.large.set_max(max - small.size());
        // A whole number of pages, so that all stay aligned as they are.
        let delta = (deep.large.high - 8192 + (high & 4095)).wrapping_sub(high);
        let to = saved.wrapping_add(delta);
        std::ptr::copy_nonoverlapping(saved as *const u8, to as *mut u8, high - saved);
        for word in (to..end.wrapping_add(delta)).step_by(8) {
            let word = word as *mut usize;
            if (saved..end).contains(&*word) {
                *word = (*word).wrapping_add(delta);
            }
        }
        *((frame.wrapping_add(delta) + 8) as *mut usize) = arch::deep_return as *const () as usize;
        deep.below = Some(Below { stack: small, sp: end, delta, ret });
        g.stack = deep.large;
        let shared = stop::limit(worker());
        let _ = shared.compare_exchange(small.limit, g.stack.limit, Ordering::Relaxed, Ordering::Relaxed);
        Some(delta)
    }
}

/// What a moved function's return calls, with the stack pointer behind it: the stack pointer on the small stack, and where to go on.
///
/// # Safety
/// Called by `arch::deep_return` only.
pub unsafe extern "C" fn leave(sp: usize) -> Pair {
    // SAFETY: the running goroutine.
    let g = unsafe { &mut *worker().g };
    let below = g.leave().expect("a moved function returns once");
    Pair { a: sp.wrapping_sub(below.delta), b: below.ret }
}
