//! Which loops look, each time around, whether their goroutine is to stop.
//!
//! In: loops. Out: yes for all but innermost walks over memory: the header's parameter that indexes an object, on every way around,
//! changes by the same amount each time. Such a loop ends, or panics, after as many rounds as the object has elements.

use escargo_ir::cfg::Cfg;
use escargo_ir::dom::DomTree;
use escargo_ir::{BinOp, Block, Op, Value};
use rustc_hash::FxHashSet;

use super::Lowering;

impl Lowering<'_> {
    /// Whether a loop that begins with a block needs a look; true for cycles that are no natural loops.
    pub(super) fn needs_poll(&self, cfg: &Cfg, dom: &DomTree, header: Block) -> bool {
        let loops = &self.loops.loops;
        let Some(l) = loops.iter().position(|l| l.header == header) else { return true };
        if loops.iter().any(|inner| inner.parent == Some(l)) || !cfg.reachable(header) {
            return true;
        }
        let this = &loops[l];
        let mut inside: FxHashSet<Value> = FxHashSet::default();
        for &b in &this.blocks {
            inside.extend(self.ir.block(b).params.iter().copied());
            for &inst in &self.ir.block(b).insts {
                inside.extend(self.ir.inst(inst).results.iter().copied());
            }
        }
        let steps = |from: Value, to: Value| match self.def(to) {
            Some(&Op::Binary(BinOp::Add | BinOp::Sub, a, b)) if a == from => !inside.contains(&b),
            Some(&Op::Binary(BinOp::Add, a, b)) if b == from => !inside.contains(&a),
            _ => false,
        };
        let params = &self.ir.block(header).params;
        let walks = |i: usize| {
            this.latches.iter().all(|&latch| match self.ir.terminator(latch).map(|t| &t.op) {
                Some(Op::Jump { args, .. }) => steps(params[i], args[i]),
                Some(Op::Branch { then, then_args, els, els_args, .. }) => {
                    (*then != header || steps(params[i], then_args[i]))
                        && (*els != header || steps(params[i], els_args[i]))
                }
                _ => false,
            })
        };
        let counters: Vec<Value> = (0..params.len()).filter(|&i| walks(i)).map(|i| params[i]).collect();
        let indexes = |op: &Op| match op {
            Op::Elem { base, layout, index } => {
                !inside.contains(base)
                    && self.input.module.layout(*layout).size > 0
                    && counters.iter().any(|&c| *index == c || steps(c, *index))
            }
            _ => false,
        };
        !this.blocks.iter().any(|&b| {
            this.latches.iter().all(|&latch| dom.dominates(b, latch))
                && self.ir.block(b).insts.iter().any(|&inst| indexes(&self.ir.inst(inst).op))
        })
    }
}
