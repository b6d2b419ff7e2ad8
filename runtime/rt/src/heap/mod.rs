//! The collected heap: blocks, allocation, marking, collection, checks. Roots are handed in; of goroutines it knows only that `sched::scan`
//! leads to the stacks that markers scan.

pub mod alloc;
pub mod blocks;
pub mod collect;
pub mod cycle;
pub mod layout;
pub mod mark;
pub mod verify;

pub use alloc::{HALF_THE_PROCESSORS, Heap, HeapOptions};
pub use blocks::Addr;
pub use collect::{Mutator, RootSet, Wanted};
pub use layout::Shape;
