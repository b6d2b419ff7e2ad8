//! Goroutine stacks: slots of reserved address space that never move. A slot belongs to its goroutine structure for good, and
//! is reused with it.
//!
//! In: a request for a slot. Out: its range. Untouched pages cost nothing; what a deep recursion touched is given back.

use crate::heap::blocks::reserve;

/// Room below `Context::stack_limit` for the runtime's own frames.
pub const HEADROOM: usize = 256 << 10;
/// After so many goroutines at a time, slots get smaller to save address space.
const MANY: usize = 32768;

/// How much address space stacks take.
#[derive(Clone, Copy)]
pub struct Sizes {
    main: usize,
    goroutine: usize,
    /// Of goroutines beyond `MANY`.
    small: usize,
    /// Reserved at a time.
    chunk: usize,
}

impl Sizes {
    pub const USUAL: Sizes = Sizes { main: 1 << 30, goroutine: 256 << 20, small: 8 << 20, chunk: 4 << 30 };
    /// For emulators, which pay for reserved pages.
    pub const FRUGAL: Sizes = Sizes { main: 64 << 20, goroutine: 1 << 20, small: 1 << 20, chunk: 16 << 20 };
}

impl Default for Sizes {
    fn default() -> Sizes {
        Sizes::USUAL
    }
}

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
    pub sizes: Sizes,
}

fn reserve_stacks(size: usize) -> usize {
    let low = reserve(size) as usize;
    // SAFETY: advice on a fresh mapping.
    unsafe { libc::madvise(low as *mut _, size, libc::MADV_NOHUGEPAGE) };
    low
}

impl Stacks {
    pub fn take(&mut self) -> Stack {
        let size = if self.slots < MANY { self.sizes.goroutine } else { self.sizes.small };
        if self.end - self.next < size {
            self.next = reserve_stacks(self.sizes.chunk);
            self.end = self.next + self.sizes.chunk;
        }
        let low = self.next;
        self.next += size;
        self.slots += 1;
        Stack { low, high: low + size }
    }

    /// The main goroutine's stack.
    pub fn main(&self) -> Stack {
        let low = reserve_stacks(self.sizes.main);
        Stack { low, high: low + self.sizes.main }
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
