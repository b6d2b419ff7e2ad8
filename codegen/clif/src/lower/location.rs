//! Where Cranelift's instructions come from, and how they are inserted.
//!
//! In: instructions with a position, an inline scope and a purpose. Out: Cranelift instructions with source locations that number
//! those. Guarantees: what may fault or returns from a call has the location of its own instruction; others have none.

use cranelift_codegen::ir::{self as clif, DataFlowGraph, InstInserterBase, SourceLoc};
use escargo_ir::{Inst, Pos};

/// What a machine instruction is there for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Purpose {
    Code,
    StackCheck,
    Poll,
    Allocation,
    Zeroing,
    Barrier,
    BoundsCheck,
    DivisionCheck,
    NilCheck,
    Copy,
}

impl Purpose {
    pub fn text(self) -> &'static str {
        match self {
            Purpose::Code => "",
            Purpose::StackCheck => "stack check",
            Purpose::Poll => "poll",
            Purpose::Allocation => "allocation",
            Purpose::Zeroing => "zeroing",
            Purpose::Barrier => "write barrier",
            Purpose::BoundsCheck => "bounds check",
            Purpose::DivisionCheck => "division or shift check",
            Purpose::NilCheck => "nil check",
            Purpose::Copy => "copy",
        }
    }
}

/// What a Cranelift source location stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Loc {
    pub pos: Pos,
    /// Function-local inline scope.
    pub scope: u32,
    pub purpose: Purpose,
    /// The IR instruction, for dumps.
    pub inst: Option<Inst>,
}

/// Inserts at the end of a block.
pub(super) struct Inserter<'f> {
    pub func: &'f mut clif::Function,
    pub block: clif::Block,
    pub loc: SourceLoc,
    pub critical: bool,
}

/// The location with a number: an instruction that is critical has the lowest bit set.
pub(super) fn srcloc(number: u32, critical: bool) -> SourceLoc {
    SourceLoc::new(number << 1 | u32::from(critical))
}

/// The number of a location, and whether its instruction is critical.
pub(crate) fn from_srcloc(loc: SourceLoc) -> (usize, bool) {
    ((loc.bits() >> 1) as usize, loc.bits() & 1 != 0)
}

impl<'f> InstInserterBase<'f> for Inserter<'f> {
    fn data_flow_graph(&self) -> &DataFlowGraph {
        &self.func.dfg
    }

    fn data_flow_graph_mut(&mut self) -> &mut DataFlowGraph {
        &mut self.func.dfg
    }

    fn insert_built_inst(mut self, inst: clif::Inst) -> &'f mut DataFlowGraph {
        self.insert_aux_inst(inst);
        &mut self.func.dfg
    }

    fn insert_aux_inst(&mut self, inst: clif::Inst) {
        self.func.layout.append_inst(inst, self.block);
        if !self.loc.is_default() {
            let op = self.func.dfg.insts[inst].opcode();
            // Others may end up anywhere.
            let stays = op.can_load()
                || op.can_store()
                || op.can_trap()
                || op.is_call()
                || op.is_branch()
                || op.is_terminator()
                || op.other_side_effects();
            let loc = if self.critical && stays { SourceLoc::new(self.loc.bits() | 1) } else { self.loc };
            self.func.set_srcloc(inst, loc);
        }
    }
}
