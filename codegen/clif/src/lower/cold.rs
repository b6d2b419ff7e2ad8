//! Calls out of line: a branch in the function's code, the call in a cold block behind it.
//!
//! In: a condition, a callee, arguments. Out: a block that calls it and goes on, or does not return. Guarantees: the function's own code
//! is one branch; arguments of calls that do not return bind no registers in it.

use cranelift_codegen::ir::{self as clif, BlockArg, InstBuilder, MemFlagsData, SourceLoc, types};
use escargo_abi::context;
use smallvec::SmallVec;

use super::{Lowering, UNREACHABLE, heap_flags, trusted_flags};
use crate::symbol::Symbol;

/// An argument of a call in a cold block.
#[derive(Clone, Copy)]
pub(super) enum ColdArg {
    Value(clif::Value),
    Const(i64),
    Descriptor(u32),
}

/// A call out of line.
pub(super) struct Cold {
    pub block: clif::Block,
    pub loc: SourceLoc,
    pub callee: Symbol,
    pub args: SmallVec<[ColdArg; 4]>,
    /// Read first, so that a nil pointer faults in compiled code.
    pub probe: Option<clif::Value>,
    /// Where to go on, and whether with the call's result; none: the call does not return.
    pub cont: Option<(clif::Block, bool)>,
}

impl Lowering<'_> {
    /// If `cond`, calls out of line. Without `probe` and continuation the callee does not return. The cold block is the
    /// first target: Cranelift's code motion stops at the first exit of a loop that it meets after the loop's body.
    pub(super) fn branch_cold(
        &mut self,
        cond: clif::Value,
        callee: Symbol,
        args: &[ColdArg],
        back: Option<Option<clif::Value>>,
    ) {
        let cont = self.new_block();
        let block = self.cold_block();
        self.ins().brif(cond, block, &[], cont, &[]);
        self.cold.push(Cold {
            block,
            loc: self.loc,
            callee,
            args: args.iter().copied().collect(),
            probe: back.flatten(),
            cont: back.map(|_| (cont, false)),
        });
        self.block = cont;
    }

    /// A copy of an argument of a call that does not return. The allocator of registers would keep the value in the argument's
    /// register wherever it lives, for all such calls at once, and shuffle registers in loops; a copy by itself it would
    /// see through, and a load of the same type be replaced by what was stored.
    fn through_memory(&mut self, v: clif::Value, n: usize) -> clif::Value {
        let flags = trusted_flags();
        let at = context::SPARE + 8 * n as i32;
        let pinned = self.ins().get_pinned_reg(types::I64);
        self.ins().store(flags, v, pinned, at);
        let copy = self.ins().load(types::F64, flags, pinned, at);
        self.ins().bitcast(types::I64, MemFlagsData::new(), copy)
    }

    pub(super) fn emit_cold(&mut self) {
        self.critical = true;
        for cold in std::mem::take(&mut self.cold) {
            self.block = cold.block;
            self.loc = cold.loc;
            if let Some(address) = cold.probe {
                self.ins().load(types::I8, heap_flags(), address, 0);
            }
            let args: SmallVec<[clif::Value; 4]> = cold
                .args
                .iter()
                .enumerate()
                .map(|(i, &a)| match a {
                    ColdArg::Value(v) if cold.cont.is_none() && !self.input.counting => {
                        self.through_memory(v, i)
                    }
                    ColdArg::Value(v) => v,
                    ColdArg::Const(c) => self.ins().iconst(types::I64, c),
                    ColdArg::Descriptor(d) => self.symbol_address(Symbol::Descriptor(d)),
                })
                .collect();
            let callee = self.func_ref(cold.callee);
            let call = self.ins().call(callee, &args);
            match cold.cont {
                None => {
                    self.ins().trap(UNREACHABLE);
                }
                Some((cont, with_result)) => {
                    let results: SmallVec<[BlockArg; 1]> = match with_result {
                        true => self.func.dfg.inst_results(call).iter().map(|&v| v.into()).collect(),
                        false => SmallVec::new(),
                    };
                    self.ins().jump(cont, &results);
                }
            }
        }
    }
}
