//! What the pinned register (r15, x21) points to, and the frames of functions with deferred calls.
//! Compiled code addresses these fields by the offsets below; the runtime owns the memory.

/// The worker's context. Followed in memory by the allocation cursors, one a `program::AllocClass`.
#[repr(C)]
pub struct Context {
    /// Compiled prologues compare the stack pointer with it; below it they call `poll`. The runtime sets it to more
    /// than any stack pointer to stop the thread there; it is negative then, which loops look at.
    pub stack_limit: usize,
    /// Not zero while the collector marks: stores of pointers that may hit the heap take the slow path.
    pub barrier: u32,
    pub reserved: u32,
    /// The running goroutine (the runtime's structure).
    pub goroutine: usize,
    /// The caller's frame pointer and return address, stored by entry stubs; then three words for compiled code (`SPARE`).
    pub scratch: [usize; 5],
}

/// A bump allocation cursor: `[cursor, limit)` is zeroed and free. An allocation of `size` bytes takes
/// `cursor` if `cursor + size <= limit`, else calls `Rt::alloc_slow(class)`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Cursor {
    pub cursor: usize,
    pub limit: usize,
}

/// Bytes below `Context::stack_limit` that every stack keeps usable: for functions without a stack check, for frames of up
/// to half of it (they are checked after they are made), and for the runtime functions that they call.
pub const STACK_SLACK: usize = 16 << 10;

/// Compiled frames with more bytes of stack objects compare the limit before the frame is made.
pub const UNCHECKED_FRAME: usize = 2 << 10;

pub const STACK_LIMIT: i32 = 0;
pub const BARRIER: i32 = 8;
pub const GOROUTINE: i32 = 16;
/// Offset of three words that compiled code uses between two instructions.
pub const SPARE: i32 = 40;
/// Offset of the first `Cursor`; class `i` is at `CURSORS + 16 * i`.
pub const CURSORS: i32 = 64;

/// Head of the frame object of a function that defers: the runtime links it while the body runs.
/// Lowering places it at offset 0 of the frame's layout; parameters and results follow.
#[repr(C)]
pub struct Guard {
    /// The enclosing guard of the goroutine.
    pub prev: usize,
    /// Most recent `DeferRecord`.
    pub defers: usize,
    /// Stack pointer to restore when a panic is recovered here.
    pub sp: usize,
    /// Runtime's use: the frame pointer and the address to restore with it, flags.
    pub state: [usize; 3],
    /// The callee-saved registers to restore.
    pub saved: [usize; GUARD_SAVED],
}

/// As many as AArch64 has; x86-64 uses the first four.
pub const GUARD_SAVED: usize = 17;
pub const GUARD_SIZE: u32 = 48 + 8 * GUARD_SAVED as u32;
/// Offsets of fields of `Guard` that compiled code uses.
pub const GUARD_PREV: i32 = 0;
pub const GUARD_DEFERS: i32 = 8;

/// One deferred call, linked from `Guard::defers`. Stack or heap, as the site's placement says.
#[repr(C)]
pub struct DeferRecord {
    pub next: usize,
    /// A closure without parameters and results.
    pub closure: usize,
}

pub const DEFER_RECORD_SIZE: u32 = 16;
