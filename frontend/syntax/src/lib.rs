//! Go source text to syntax trees: positions, scanner, parser, directives, diagnostics.
//!
//! In: source text. Out: `ast::File` and diagnostics in gc's words. Guarantees: any input, however broken or
//! deeply nested, gives a tree and diagnostics, never a panic, a hang or a stack overflow.
#![forbid(unsafe_code)]

pub mod ast;
mod branches;
pub mod build_constraint;
pub mod chars;
pub mod cover;
pub mod diag;
pub mod directives;
pub mod literal;
mod parser;
pub mod print;
pub mod scanner;
pub mod source;
pub mod symbol;
pub mod token;

pub use diag::{Diagnostic, Severity};
pub use directives::embed_patterns;
pub use parser::{LATER_STEP, parse_body, parse_declarations, parse_file, parse_imports};
pub use source::{Location, Pos, SourceMap};
pub use symbol::Symbol;
