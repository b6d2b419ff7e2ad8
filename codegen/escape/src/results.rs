//! Escape results: a side table, never written into the IR.

use escargo_ir::{FuncId, Inst, Pos, SiteId};
use rustc_hash::FxHashSet;

/// Where the object of a site lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Placement {
    /// No memory at all: replaced by SSA values (no alloc instruction of the site is left).
    Scalar,
    /// One stack slot, zeroed each time the alloc is executed.
    Stack,
    /// A small buffer on the stack if it is found large enough when the program runs, else the heap. What the object holds is on
    /// the heap in any case.
    Buffer,
    /// The same, but the buffer is used at most once in an activation: older objects of the site may still be used.
    BufferOnce,
    #[default]
    Heap,
}

/// One step of the chain that explains a placement: what flows where, and at which source position.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    pub pos: Pos,
    pub what: String,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Verdict {
    pub placement: Placement,
    pub reason: Vec<Step>,
    /// The object does not leave the function that makes it, wherever it is placed (maps and channels are on the heap for now).
    pub stays: bool,
}

/// How a parameter leaks; minimal dereferences, as Go prints them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ParamLeak {
    /// To the heap: 0 the parameter itself, 1 or more what it points to.
    pub heap: Option<u32>,
    /// To result i with so many dereferences.
    pub results: Vec<(u32, u32)>,
}

#[derive(Clone, Debug, Default)]
pub struct EscapeResults {
    /// By site.
    pub sites: Vec<Verdict>,
    /// By function, by SSA parameter.
    pub params: Vec<Vec<ParamLeak>>,
    /// Stores, copies and zeroings that need no write barrier: the memory is on a stack, or the object is fresh (no safepoint since
    /// its allocation).
    pub no_barrier: FxHashSet<(FuncId, Inst)>,
}

impl EscapeResults {
    pub fn placement(&self, site: SiteId) -> Placement {
        self.sites.get(site.index()).map_or(Placement::Heap, |v| v.placement)
    }
}
