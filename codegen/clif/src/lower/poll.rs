//! Where goroutines that run in loops can be stopped.
//!
//! In: loops. Out: the blocks that begin with a look at the stack limit (a poll), and the instructions between which a signal may
//! stop a goroutine instead. A poll costs a load, a comparison and a branch each time around, which is felt in short loops. So where
//! the runtime can stop loops by signals (x86-64), a loop has no poll on its way around if a block that every way around passes
//! is *quiet*: no call, no allocation, no store of a pointer. Ways that pass a *loud* block, with calls or allocations, poll
//! there. Without signals all loops poll but innermost walks over memory: the header's parameter that indexes an object, on
//! every way around, changes by the same amount each time. Such a loop ends, or panics, after as many rounds as the object has
//! elements. Guarantees: every loop but those walks polls, or is in a quiet block again and again.

use escargo_ir::cfg::Cfg;
use escargo_ir::dom::DomTree;
use escargo_ir::{BinOp, Block, Op, Type, Value};
use rustc_hash::FxHashSet;

use super::memory::{INLINE_COPY, INLINE_ZERO};
use super::{Lowering, is_loop_header};
use crate::plan::constant;

/// How a block's operations agree with stopping.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sound {
    /// A signal may stop a goroutine anywhere.
    Quiet,
    /// Not within stores and their barriers.
    Stores,
    /// It may take long, or goes to other code.
    Loud,
}

impl Lowering<'_> {
    pub(super) fn plan_polls(&mut self, cfg: &Cfg, dom: &DomTree) {
        for &b in &cfg.rpo {
            if is_loop_header(cfg, b) {
                self.plan_loop(cfg, dom, b);
            }
        }
    }

    fn plan_loop(&mut self, cfg: &Cfg, dom: &DomTree, header: Block) {
        let Some(l) = self.loops.loops.iter().position(|l| l.header == header) else {
            self.polls.insert(header);
            return;
        };
        if !self.input.target.is_x86_64() {
            if !self.walks(cfg, dom, l) {
                self.polls.insert(header);
            }
            return;
        }
        let this = &self.loops.loops[l];
        let own: Vec<(Block, Sound)> = this
            .blocks
            .iter()
            .filter(|&&b| self.loops.innermost(b) == Some(l))
            .map(|&b| (b, self.sound_of(b)))
            .collect();
        let always = |b: Block| this.latches.iter().all(|&latch| dom.dominates(b, latch));
        let loud = own.iter().any(|&(b, s)| s == Sound::Loud && always(b));
        let quiet = own.iter().any(|&(b, s)| s == Sound::Quiet && always(b) && self.leaves_code(b));
        if loud || !quiet {
            if loud || !self.walks(cfg, dom, l) {
                self.polls.insert(header);
            }
            return;
        }
        self.polls.extend(own.iter().filter(|(_, s)| *s == Sound::Loud).map(|(b, _)| b));
    }

    /// Whether something of the block is sure to become an instruction there.
    fn leaves_code(&self, b: Block) -> bool {
        self.ir.block(b).insts.iter().any(|&inst| match &self.ir.inst(inst).op {
            Op::Store { .. } | Op::AtomicStore { .. } | Op::AtomicRmw { .. } | Op::AtomicCas { .. } => true,
            Op::Branch { cond, .. } => constant(self.ir, *cond).is_none(),
            _ => false,
        })
    }

    fn sound_of(&self, b: Block) -> Sound {
        let sound = |&inst: &escargo_ir::Inst| self.sound(&self.ir.inst(inst).op);
        self.ir.block(b).insts.iter().map(sound).max().unwrap_or(Sound::Quiet)
    }

    fn sound(&self, op: &Op) -> Sound {
        let small = |layout, most| self.input.module.layout(layout).size <= most;
        let plain = |layout| !self.input.plan.has_pointers(layout);
        match op {
            Op::Store { ty: Type::Ptr, .. }
            | Op::AtomicStore { ty: Type::Ptr, .. }
            | Op::AtomicRmw { ty: Type::Ptr, .. }
            | Op::AtomicCas { ty: Type::Ptr, .. } => Sound::Stores,
            Op::Copy { layout, .. } if small(*layout, INLINE_COPY) && plain(*layout) => Sound::Quiet,
            Op::Zero { layout, .. } if small(*layout, INLINE_ZERO) && plain(*layout) => Sound::Quiet,
            Op::Copy { layout, .. } if small(*layout, INLINE_COPY) => Sound::Stores,
            Op::Zero { layout, .. } if small(*layout, INLINE_ZERO) => Sound::Stores,
            Op::Copy { .. }
            | Op::Zero { .. }
            | Op::Alloc { .. }
            | Op::Call { .. }
            | Op::CallClosure { .. }
            | Op::CallMethod { .. }
            | Op::CallRt { .. }
            | Op::Return(_)
            | Op::TailCall { .. }
            | Op::TailCallClosure { .. }
            | Op::TailCallMethod { .. }
            | Op::Unreachable => Sound::Loud,
            _ => Sound::Quiet,
        }
    }

    /// Whether no signal may stop a goroutine at an operation of the block being lowered.
    pub(super) fn is_critical(&self, op: &Op) -> bool {
        self.loops.innermost(self.here.0).is_none() || self.sound(op) != Sound::Quiet
    }

    /// Whether a loop is an innermost walk over memory.
    fn walks(&self, cfg: &Cfg, dom: &DomTree, l: usize) -> bool {
        let loops = &self.loops.loops;
        let this = &loops[l];
        let header = this.header;
        if loops.iter().any(|inner| inner.parent == Some(l)) || !cfg.reachable(header) {
            return false;
        }
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
        this.blocks.iter().any(|&b| {
            this.latches.iter().all(|&latch| dom.dominates(b, latch))
                && self.ir.block(b).insts.iter().any(|&inst| indexes(&self.ir.inst(inst).op))
        })
    }
}
