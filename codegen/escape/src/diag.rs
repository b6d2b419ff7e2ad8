//! Go's `-m` messages from escape results.
//!
//! In: the optimised module and its results. Out: lines in Go's words, sorted by position.

use escargo_ir::Module;

use crate::results::EscapeResults;

#[derive(Clone, Copy, Debug, Default)]
pub struct Mode {
    pub level: u32,
}

pub fn report(_m: &Module, _r: &EscapeResults, _mode: Mode) -> String {
    String::new()
}
