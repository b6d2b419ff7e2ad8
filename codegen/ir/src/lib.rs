//! The IR: the contract between frontends and the backend. docs/ir.md is its specification.
//!
//! In: built by lowering or parsed from text. Out: read by escape analysis, changed by the optimiser, translated by clif.
//! Guarantees: `parse(print(m)) == m`; `verify` knows every rule.
#![forbid(unsafe_code)]

pub mod builder;
pub mod entity;
pub mod func;
pub mod module;

pub use builder::Builder;
pub use entity::{Block, FuncId, GlobalId, Inst, LayoutId, Pos, SiteId, Value};
pub use escargo_abi::Rt;
pub use func::*;
pub use module::*;
