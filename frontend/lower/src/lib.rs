//! Typed Go packages -> IR module.
//!
//! In: a checked `World` and `Info`, the source map. Out: an `ir::Module` with every function that the program may
//! reach, or diagnostics. Requires: the checker found no hard error. Guarantees: generics are instantiated in full;
//! positions are those of the source map; only reachable functions are lowered (with `Options::all` those of the main package too).
#![forbid(unsafe_code)]

pub mod arith;
pub mod builtin;
pub mod call;
mod canon;
pub mod closure;
pub mod compare;
pub mod consts;
pub mod convert;
pub mod debug;
pub mod defer;
pub mod export;
pub mod expr;
pub mod func;
pub mod init;
pub mod intrinsics;
pub mod itab;
pub mod links;
pub mod literal;
pub mod names;
mod order;
mod panics;
mod parallel;
pub mod place;
pub mod program;
pub mod range;
pub mod range_func;
pub mod rtti;
pub mod select;
pub mod static_init;
pub mod stmt;
pub mod switch;
pub mod types;
pub mod value;
pub mod walk;
pub mod wrappers;

use escargo_syntax::diag::Diagnostic;
use escargo_syntax::source::SourceMap;
use escargo_types::info::Info;
use escargo_types::world::World;

pub use export::{Export, c_code, c_header, exports};
pub use program::Options;

/// Sees the module, in which all layouts are complete, when a function has got its body; may take the body.
pub type OnFunc<'a> = &'a mut dyn FnMut(&mut escargo_ir::Module, escargo_ir::FuncId);

/// Lowers the whole program; `world.pkg_order` ends with the main package. `on_func` is shown most functions, not all.
pub fn lower(
    world: World,
    info: Info,
    sources: &SourceMap,
    options: &Options,
    on_func: OnFunc,
) -> Result<escargo_ir::Module, Vec<Diagnostic>> {
    let mut l = program::Lowerer::new(world, info, sources, options.clone());
    l.build_entry();
    if options.all {
        l.request_all();
    }
    l.lower_reachable(on_func);
    l.finish()
}
