//! Where source variables are in machine code.
//!
//! In: a function's debug operations (`marks`), which never reach Cranelift; what lowering knows of stack slots and values; what
//! Cranelift says of registers. Out: for each variable, ranges of code and its parts' places there (`places`). Guarantees: the machine
//! code of optimised functions is the same as without, up to padding behind it.

pub(crate) mod marks;
pub(crate) mod places;

use cranelift_codegen::isa::unwind::UnwindInfo;
use escargo_ir::VarId;

/// What debuggers want to know about a function's code, apart from its lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct CodeDebug {
    pub vars: Vec<VarPlaces>,
    /// Start, length, and how to unwind.
    pub unwind: Vec<(u32, u32, UnwindInfo)>,
}

/// A variable of a function or of an inline scope.
#[derive(Clone, Debug)]
pub(crate) struct VarPlaces {
    pub scope: u32,
    pub var: VarId,
    pub ranges: Vec<PlaceRange>,
}

/// The parts that are somewhere, ascending by offset; one of size 0 is the whole variable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlaceRange {
    pub start: u32,
    pub end: u32,
    pub parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Part {
    pub offset: u32,
    pub size: u32,
    pub place: Place,
}

/// Frame offsets are relative to the frame pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    /// In the frame.
    Frame(i64),
    /// Behind a pointer in the frame, so many bytes on.
    BehindFrame(i64, i64),
    /// Behind a pointer in a register.
    BehindRegister(u16, i64),
    /// In a register.
    Register(u16),
    /// A register's value and so much more.
    Sum(u16, i64),
    Constant(u64),
}

impl CodeDebug {
    /// Moves everything by `by` bytes.
    pub fn shift(&mut self, by: u32) {
        for range in self.vars.iter_mut().flat_map(|v| &mut v.ranges) {
            range.start += by;
            range.end += by;
        }
        for (start, ..) in &mut self.unwind {
            *start += by;
        }
    }
}
