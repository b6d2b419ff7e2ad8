//! What machine code refers to, and how Cranelift's external names stand for it.

use cranelift_codegen::ir::{ExternalName, LibCall, UserExternalName};
use escargo_ir::{FuncId, GlobalId, Rt};

/// Pieces of code and data that the compiler adds itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stub {
    /// The trampoline `Program::enter`.
    Enter,
    /// Write barrier slow path, preserving all registers.
    Barrier,
    /// Stack check slow path, preserving all registers.
    Poll,
    /// Address of objects without size.
    ZeroBase,
    /// Body of a function with a large frame, called by its checking head; never outlives `compile_function`.
    Body,
    /// An executable's `main`.
    Main,
    /// The runtime's `escargo_start`.
    Start,
    /// The program's `abi::program::Program`.
    Program,
}

const STUBS: [Stub; 8] = [
    Stub::Enter,
    Stub::Barrier,
    Stub::Poll,
    Stub::ZeroBase,
    Stub::Body,
    Stub::Main,
    Stub::Start,
    Stub::Program,
];

/// Offsets of a tier record: the slot that the function's stub jumps through; how often the function may still be
/// entered, or go round a loop, before it is worth optimising; what the slot is set to then.
pub(crate) mod tier {
    pub const SLOT: i32 = 0;
    pub const COUNT: i32 = 8;
    pub const RESOLVE: i32 = 16;
    pub const SIZE: usize = 32;
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Symbol {
    Func(FuncId),
    Rt(Rt),
    Global(GlobalId),
    /// A layout descriptor, index into `Plan::descriptors`.
    Descriptor(u32),
    Stub(Stub),
    /// The `Tier` record of a function that counts its calls.
    Tier(FuncId),
    /// A helper that Cranelift calls when the processor lacks an instruction.
    LibCall(LibCall),
}

impl Symbol {
    pub(crate) fn to_user(self) -> UserExternalName {
        let (namespace, index) = match self {
            Symbol::Func(f) => (0, f.0),
            Symbol::Rt(rt) => (1, rt as u32),
            Symbol::Global(g) => (2, g.0),
            Symbol::Descriptor(d) => (3, d),
            Symbol::Stub(s) => (4, s as u32),
            Symbol::Tier(f) => (5, f.0),
            Symbol::LibCall(_) => unreachable!("library calls are named by Cranelift"),
        };
        UserExternalName { namespace, index }
    }

    pub(crate) fn from_user(name: &UserExternalName) -> Symbol {
        match name.namespace {
            0 => Symbol::Func(FuncId(name.index)),
            1 => Symbol::Rt(Rt::ALL[name.index as usize]),
            2 => Symbol::Global(GlobalId(name.index)),
            3 => Symbol::Descriptor(name.index),
            4 => Symbol::Stub(STUBS[name.index as usize]),
            _ => Symbol::Tier(FuncId(name.index)),
        }
    }

    pub(crate) fn from_external(
        name: &ExternalName,
        user: impl Fn(cranelift_codegen::ir::UserExternalNameRef) -> UserExternalName,
    ) -> Option<Symbol> {
        match name {
            ExternalName::User(r) => Some(Symbol::from_user(&user(*r))),
            ExternalName::LibCall(call) => Some(Symbol::LibCall(*call)),
            _ => None,
        }
    }

    /// A name for disassembly.
    pub fn name(self, module: &escargo_ir::Module) -> String {
        match self {
            Symbol::Func(f) => module.func(f).name.clone(),
            Symbol::Rt(rt) => format!("escargo_{}", rt.info().name),
            Symbol::Global(g) => module.globals[g.index()].name.clone(),
            Symbol::Descriptor(d) => format!("layout#{d}"),
            Symbol::Stub(Stub::Enter) => "escargo.enter".to_string(),
            Symbol::Stub(Stub::Barrier) => "escargo.barrier".to_string(),
            Symbol::Stub(Stub::Poll) => "escargo.poll".to_string(),
            Symbol::Stub(Stub::ZeroBase) => "escargo.zerobase".to_string(),
            Symbol::Stub(Stub::Body) => "body".to_string(),
            Symbol::Stub(Stub::Main) => "main".to_string(),
            Symbol::Stub(Stub::Start) => "escargo_start".to_string(),
            Symbol::Stub(Stub::Program) => "escargo.program".to_string(),
            Symbol::Tier(f) => format!("{}.tier", module.func(f).name),
            Symbol::LibCall(c) => c.to_string(),
        }
    }
}
