//! The IR: the contract between frontends and the backend. docs/ir.md is its specification.
//!
//! In: built by lowering or parsed from text. Out: read by escape analysis, changed by the optimiser, translated by clif.
//! Guarantees: `parse(print(m)) == m`; `verify` knows every rule.
#![forbid(unsafe_code)]

pub mod builder;
pub mod cfg;
pub mod components;
pub mod debug;
pub mod dom;
pub mod entity;
pub mod func;
pub mod loops;
pub mod module;
pub mod names;
mod op;
pub mod parse;
pub mod print;
pub mod store;
pub mod tasks;
pub mod verify;

pub use builder::Builder;
pub use cfg::Cfg;
pub use components::components;
pub use debug::{Debug, DebugField, DebugGlobal, DebugKind, DebugType, DebugVar, VarKind};
pub use dom::{DomTree, Step};
pub use entity::{Block, DebugTypeId, FuncId, GlobalId, Inst, LayoutId, Pos, SiteId, Value, VarId};
pub use escargo_abi::Rt;
/// Where a guard keeps the list of its deferred calls.
pub use escargo_abi::context::GUARD_DEFERS;
/// Offset of the first method's code address in an interface table.
pub use escargo_abi::types::{ITAB_FUN, MAP_SIZE, TEMP_BUFFER};
pub use func::*;
pub use loops::Loops;
pub use module::*;
pub use parse::{ParseError, parse};
pub use print::{print_func, print_inst, print_module, print_pos};
pub use tasks::Tasks;
pub use verify::{VerifyError, verify, verify_func};
