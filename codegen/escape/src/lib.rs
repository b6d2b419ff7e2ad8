//! Escape analysis: `&Module -> EscapeResults`.
#![forbid(unsafe_code)]

pub mod results;

pub use results::{EscapeResults, ParamLeak, Placement, Step, Verdict};
