//! The contract between compiled code and the runtime: layouts, type descriptors, the register context, the
//! program description, and the one list of runtime entry points. No dependencies, no code.
#![no_std]
#![forbid(unsafe_code)]

pub mod context;
pub mod entry;
pub mod errors;
pub mod program;
pub mod sizes;
pub mod types;

pub use entry::{Rt, RtInfo, RtType};
