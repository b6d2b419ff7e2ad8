//! The type checker: syntax trees to typed packages (the Go specification as of 1.22 and later).
//!
//! In: `ast::File`s of packages in dependency order. Out: a `World` of types and objects, an `Info`
//! of facts per node, diagnostics in gc's words. Guarantees: total on any syntax tree.
#![forbid(unsafe_code)]

mod ahead;
pub mod assignments;
mod bigfloat;
pub mod builtins;
pub mod call;
pub mod checker;
pub mod compare;
pub mod constant;
pub mod constcheck;
pub mod conversions;
pub mod decl;
pub mod expr;
pub mod exprstring;
pub mod frames;
pub mod gcsizes;
pub mod index;
pub mod infer;
pub mod info;
pub mod initorder;
pub mod instantiate;
pub mod interface;
mod literal;
pub mod literals;
pub mod lookup;
pub mod mono;
pub mod operand;
pub mod postponed;
pub mod predicates;
pub mod range;
pub mod resolver;
pub mod returns;
pub mod scope;
pub mod selector;
pub mod signature;
pub mod stmt;
pub mod structs;
pub mod subst;
pub mod typeset;
pub mod typestring;
pub mod typexpr;
pub mod under;
pub mod unify;
pub mod union;
pub mod universe;
pub mod validtype;
pub mod version;
pub mod world;

mod package;

pub use info::Info;
pub use package::{Helper, Options, Source, check_program, has_syntax_errors, imports_of, may_postpone};
pub use world::World;
