//! The type checker: syntax trees to typed packages (the Go specification as of 1.22 and later).
//!
//! In: `ast::File`s of packages and a source of imported ones. Out: a `World` of types and objects, an `Info`
//! of facts per node, diagnostics in gc's words. Guarantees: total on any syntax tree.
#![forbid(unsafe_code)]

pub mod checker;
pub mod constant;
pub mod info;
pub mod operand;
pub mod scope;
pub mod world;
