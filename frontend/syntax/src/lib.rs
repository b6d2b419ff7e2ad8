//! Go source text to syntax trees: positions, scanner, parser, directives, diagnostics.
//!
//! In: source text. Out: `ast::File` and diagnostics in gc's words. Guarantees: any input, however broken or
//! deeply nested, gives a tree and diagnostics, never a panic, a hang or a stack overflow.
#![forbid(unsafe_code)]

pub mod ast;
pub mod diag;
pub mod source;
pub mod symbol;

pub use diag::{Diagnostic, Severity};
pub use source::{Location, Pos, SourceMap};
pub use symbol::Symbol;
