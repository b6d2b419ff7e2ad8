//! Goroutine stacks: slots of reserved address space that never move. A slot belongs to its goroutine structure for good, and
//! is reused with it.
//!
//! In: a request for a slot. Out: its range. Untouched pages cost nothing; what a deep recursion touched is given back. Slots of the last
//! tier are small; a goroutine that needs more goes on in a slot from `deep` (module `deep`).

use crate::heap::blocks::reserve;

/// Room below `Context::stack_limit` for the runtime's own frames.
pub const HEADROOM: usize = 128 << 10;
/// Number of slot sizes.
pub const TIERS: usize = 2;
/// The tier of slots for deep recursion.
const DEEP: usize = TIERS;
/// Most bytes of a stack, unless the program says otherwise.
pub const MAX_STACK: usize = 1_000_000_000;

/// How much address space stacks take. The more goroutines exist at a time, the less likely is that all recurse deeply, and the
/// more the page tables of sparse stacks cost.
#[derive(Clone, Copy)]
pub struct Sizes {
    main: usize,
    /// Bytes of a slot, and how many there are at most, by tier.
    tiers: [(usize, usize); TIERS],
    /// Reserved at a time.
    chunk: usize,
}

impl Sizes {
    pub const USUAL: Sizes =
        Sizes { main: 1 << 30, tiers: [(1 << 30, 4096), (512 << 10, usize::MAX)], chunk: 16 << 30 };
    /// For emulators, which pay for reserved pages.
    pub const FRUGAL: Sizes =
        Sizes { main: 256 << 20, tiers: [(8 << 20, 16), (512 << 10, usize::MAX)], chunk: 16 << 20 };
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
    /// Compiled code may use it down to here.
    pub limit: usize,
    pub tier: usize,
}

/// The allocator of slots.
pub struct Stacks {
    /// What is left of the last chunk of each tier.
    rest: [(usize, usize); TIERS + 1],
    slots: [usize; TIERS],
    /// Slots for deep recursion that nobody uses.
    unused: Vec<Stack>,
    pub sizes: Sizes,
    /// Most bytes of a stack.
    pub max: usize,
}

impl Default for Stacks {
    fn default() -> Stacks {
        Stacks {
            rest: Default::default(),
            slots: Default::default(),
            unused: Vec::new(),
            sizes: Sizes::default(),
            max: MAX_STACK,
        }
    }
}

fn reserve_stacks(size: usize) -> usize {
    let low = reserve(size) as usize;
    // SAFETY: advice on a fresh mapping.
    unsafe { libc::madvise(low as *mut _, size, libc::MADV_NOHUGEPAGE) };
    crate::mte::protect(low, size);
    low
}

impl Stacks {
    pub fn take(&mut self) -> Stack {
        let tier = (0..TIERS).find(|&t| self.slots[t] < self.sizes.tiers[t].1).unwrap_or(TIERS - 1);
        self.slots[tier] += 1;
        self.cut(tier, self.sizes.tiers[tier].0)
    }

    /// Cuts a slot off the tier's reserved memory.
    fn cut(&mut self, tier: usize, size: usize) -> Stack {
        let (next, end) = &mut self.rest[tier];
        if *end - *next < size {
            let chunk = self.sizes.chunk.max(size);
            *next = reserve_stacks(chunk);
            *end = *next + chunk;
        }
        let low = *next;
        *next += size;
        Stack::new(low, size, tier, self.max)
    }

    /// A slot for a deep recursion, as large as the main goroutine's.
    pub fn deep(&mut self) -> Stack {
        match self.unused.pop() {
            Some(stack) => stack,
            None => self.cut(DEEP, self.sizes.main),
        }
    }

    /// Takes a slot back that `deep` gave.
    pub fn give_deep(&mut self, stack: Stack) {
        self.unused.push(stack);
    }

    /// The main goroutine's stack.
    pub fn main(&self) -> Stack {
        let low = reserve_stacks(self.sizes.main);
        Stack::new(low, self.sizes.main, 0, self.max)
    }
}

impl Stack {
    fn new(low: usize, size: usize, tier: usize, max: usize) -> Stack {
        let mut stack = Stack { low, high: low + size, limit: 0, tier };
        stack.set_max(max);
        stack
    }

    pub fn size(&self) -> usize {
        self.high - self.low
    }

    /// Whether it is of the small kind that a deep recursion leaves.
    pub fn is_small(&self) -> bool {
        self.tier == TIERS - 1
    }

    /// Sets how many bytes compiled code may use.
    pub fn set_max(&mut self, max: usize) {
        self.limit = (self.low + HEADROOM).max(self.high.saturating_sub(max));
    }

    /// Gives memory of a deep recursion back when nothing runs on the stack any more. The top is kept warm.
    pub fn trim(&self) {
        const KEEP: usize = 64 << 10;
        const PROBE: usize = 64;
        let keep = self.high - KEEP;
        // A recursion that came this far left something in one of these words.
        // SAFETY: the words lie in the slot.
        let touched = (0..PROBE).any(|i| unsafe { *((keep - 8 * i - 8) as *const usize) } != 0);
        if touched {
            // SAFETY: nothing runs there.
            unsafe { libc::madvise(self.low as *mut _, keep - self.low, libc::MADV_DONTNEED) };
        }
    }
}
