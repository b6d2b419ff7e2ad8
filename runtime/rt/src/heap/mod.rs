//! The collected heap: blocks, allocation, marking, collection, checks. Knows nothing of goroutines: roots are handed in.

pub mod alloc;
pub mod blocks;
pub mod collect;
pub mod cycle;
pub mod layout;
pub mod mark;
pub mod verify;

pub use alloc::{HALF_THE_PROCESSORS, Heap, HeapOptions};
pub use blocks::Addr;
pub use collect::{Mutator, RootSet};
pub use layout::Shape;
