//! From the IR and the escape results to machine code: through Cranelift into bytes with relocations (`code`), and from
//! there into memory (`jit`) or an object file (`object`), with the static data, tables and descriptors that
//! `abi::program::Program` names.
//!
//! In: a verified `ir::Module` and its `EscapeResults`. Out: a `JitProgram`, an object file's bytes, or text (`dump_clif`, `dump_asm`).
//! Requires: what `ir::verify` checks. Guarantees: the same machine code for the same input, whatever the number of threads.
//! All unsafe code of the crate is in `jit`.
#![deny(unsafe_code)]

mod align;
mod code;
mod compact;
mod data;
mod debug;
mod dump;
mod dwarf;
#[allow(unsafe_code)]
mod jit;
pub mod listing;
mod lower;
mod object;
mod plan;
mod stubs;
mod symbol;
mod target;

pub use align::prepare;
pub use code::{Code, CodeReloc, compile_all, compile_function};
pub use dump::{dump_asm, dump_clif};
pub use jit::{JitProgram, compile};
pub use listing::listing;
pub use object::{Format, ObjectOptions, compile_object};
pub use plan::Plan;
pub use symbol::{Stub, Symbol};
pub use target::Target;

/// When functions become machine code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// All before the program starts, on all cores.
    Eager,
    /// The functions of package main before the program starts, every other one when it is first called: then without
    /// optimisation, and again with it when it has been called often.
    #[default]
    Lazy,
}

/// Called with (functions compiled, functions to compile), from any thread.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Called with name, address and bytes of code that was put into memory.
pub type OnCode = &'static (dyn Fn(&str, usize, &[u8]) + Sync);

/// Works on a copy of a function before it is compiled.
pub type Finish = fn(&escargo_ir::Module, &mut escargo_ir::Func);

#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub mode: Mode,
    /// Run Cranelift's optimiser.
    pub optimise: bool,
    /// Run Cranelift's verifier.
    pub verify: bool,
    /// Find out for debuggers where variables are, and how to unwind.
    pub debug: bool,
    /// Count stack objects at run time (`Rt::count_stack_object`).
    pub count_stack_objects: bool,
    /// Give stack objects whose address is taken memory tags (AArch64).
    pub tag_stack: bool,
    /// Number of threads that compile; 0: one a core.
    pub threads: usize,
    pub progress: Option<Progress<'a>>,
    /// Hears of all code that the JIT makes, for profilers.
    pub on_code: Option<OnCode>,
    /// The JIT's functions get this done to them when they are compiled: passes behind escape analysis (`escargo_opt::finish_func`).
    /// Most functions of a program are never called.
    pub finish: Option<Finish>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            mode: Mode::default(),
            optimise: true,
            verify: cfg!(debug_assertions),
            debug: false,
            count_stack_objects: false,
            tag_stack: false,
            threads: 0,
            progress: None,
            on_code: None,
            finish: None,
        }
    }
}

/// What can fail: the machine (no memory, unsupported processor), or a bug of ours with the function that shows it.
#[derive(Debug, Clone)]
pub struct Error {
    pub message: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Error {
        Error { message: message.into() }
    }
}

pub type Result<T> = std::result::Result<T, Error>;
