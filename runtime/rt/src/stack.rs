//! Goroutine stacks: slots of reserved address space that never move. A slot belongs to its goroutine structure for good, and
//! is reused with it.
//!
//! In: a request for a slot. Out: its range. Untouched pages cost nothing; what a deep recursion touched is given back.

use crate::heap::blocks::reserve;

/// Room below `Context::stack_limit` for the runtime's own frames.
pub const HEADROOM: usize = 256 << 10;
pub const MAIN: usize = 1 << 30;
const GOROUTINE: usize = 256 << 20;
/// After so many goroutines at a time, slots get smaller to save address space.
const MANY: usize = 32768;
const SMALL: usize = 8 << 20;
/// Address space is reserved in pieces of this size.
const CHUNK: usize = 4 << 30;

#[derive(Clone, Copy)]
pub struct Stack {
    pub low: usize,
    pub high: usize,
}

/// The allocator of slots.
#[derive(Default)]
pub struct Stacks {
    next: usize,
    end: usize,
    slots: usize,
}

impl Stacks {
    pub fn take(&mut self) -> Stack {
        let size = if self.slots < MANY { GOROUTINE } else { SMALL };
        if self.end - self.next < size {
            self.next = reserve(CHUNK) as usize;
            self.end = self.next + CHUNK;
            // SAFETY: advice on a fresh mapping.
            unsafe { libc::madvise(self.next as *mut _, CHUNK, libc::MADV_NOHUGEPAGE) };
        }
        let low = self.next;
        self.next += size;
        self.slots += 1;
        Stack { low, high: low + size }
    }

    /// The main goroutine's stack.
    pub fn main() -> Stack {
        let low = reserve(MAIN) as usize;
        // SAFETY: advice on a fresh mapping.
        unsafe { libc::madvise(low as *mut _, MAIN, libc::MADV_NOHUGEPAGE) };
        Stack { low, high: low + MAIN }
    }
}

impl Stack {
    /// Gives memory of a finished goroutine's deep recursion back. The top is kept warm, and may be in use.
    pub fn trim(&self) {
        const KEEP: usize = 64 << 10;
        const PROBE: usize = 64;
        let keep = self.high - KEEP;
        // A recursion that came this far left something in one of these words.
        // SAFETY: the words lie in the slot.
        let touched = (0..PROBE).any(|i| unsafe { *((keep - 8 * i - 8) as *const usize) } != 0);
        if touched {
            // SAFETY: nothing runs this far down.
            unsafe { libc::madvise(self.low as *mut _, keep - self.low, libc::MADV_DONTNEED) };
        }
    }
}
