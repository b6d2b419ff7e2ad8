//! Which values are kept in memory over calls.
//!
//! Cranelift keeps values that live over calls in callee-saved registers, which the prologue saves on every path. A function
//! that often returns without a call (the end of a recursion) is better off if such values are stored on the way to the
//! calls alone. This is decided for functions without loops that have such a path.
//!
//! In: function, control flow, dominators. Out: the values to store, and for each use whether a call may lie between it and
//! the definition.

use cranelift_codegen::ir::{self as clif, InstBuilder, types};
use escargo_ir::cfg::{Cfg, successors};
use escargo_ir::dom::DomTree;
use escargo_ir::loops::Loops;
use escargo_ir::{Block, Def, Func, Op, Rt, Value};
use rustc_hash::FxHashMap;

use super::{Lowering, clif_type, trusted_flags};

use crate::plan::constant;

pub(crate) struct Spills {
    /// Calls of each block: positions among its instructions.
    calls: Vec<Vec<u32>>,
    /// Blocks with calls that lie strictly between two blocks are those in `after[a] & before[b] & with_calls`.
    after: Vec<u64>,
    before: Vec<u64>,
    with_calls: u64,
    /// Where each value is defined: block, position (0 before all instructions).
    defs: FxHashMap<Value, (Block, u32)>,
    /// Values with a use beyond a call, in order of definition.
    pub values: Vec<Value>,
}

/// Whether control comes back from elsewhere.
pub(super) fn is_call(op: &Op) -> bool {
    matches!(op, Op::Call { .. } | Op::CallClosure { .. } | Op::CallMethod { .. } | Op::CallRt { .. })
}

/// Calls of compiled code, before which the stack must have been checked.
pub(super) fn is_compiled_call(op: &Op) -> bool {
    matches!(op, Op::Call { .. } | Op::CallClosure { .. } | Op::CallMethod { .. })
        || matches!(op, Op::CallRt { rt: Rt::guard_enter | Rt::guard_run, .. })
}

impl Spills {
    pub fn new(func: &Func, cfg: &Cfg, loops: &Loops) -> Option<Spills> {
        let n = func.blocks.len();
        if n > 64 || cfg.rpo.iter().any(|&b| loops.depth(b) > 0) || !returns_without_call(func, cfg) {
            return None;
        }
        let mut calls = vec![Vec::new(); n];
        let mut defs = FxHashMap::default();
        let mut with_calls = 0;
        for &b in &cfg.rpo {
            defs.extend(func.block(b).params.iter().map(|&p| (p, (b, 0))));
            for (i, &inst) in func.block(b).insts.iter().enumerate() {
                let data = func.inst(inst);
                if is_call(&data.op) {
                    calls[b.index()].push(i as u32);
                    with_calls |= 1 << b.0;
                }
                // Results exist after the instruction: a call does not lie over its own results.
                defs.extend(data.results.iter().map(|&r| (r, (b, i as u32 + 1))));
            }
        }
        if with_calls == 0 {
            return None;
        }
        let (mut after, mut before) = (vec![0u64; n], vec![0u64; n]);
        for &b in cfg.rpo.iter().rev() {
            for s in successors(func, b) {
                after[b.index()] |= after[s.index()] | 1 << s.0;
            }
        }
        for &b in &cfg.rpo {
            for &p in cfg.preds(b) {
                before[b.index()] |= before[p.index()] | 1 << p.0;
            }
        }
        let mut spills = Spills { calls, after, before, with_calls, defs, values: Vec::new() };
        let mut values = Vec::new();
        for &b in &cfg.rpo {
            for (i, &inst) in func.block(b).insts.iter().enumerate() {
                func.inst(inst).op.for_each_operand(|v| {
                    // The pointer behind a field's address counts.
                    let v = root(func, v);
                    if spills.crosses(v, b, i as u32) {
                        values.push(v);
                    }
                });
            }
        }
        values.sort_unstable();
        values.dedup();
        spills.values = values;
        Some(spills)
    }

    /// Whether a call may lie between the definition of `v` and position `at` of a block.
    pub fn crosses(&self, v: Value, block: Block, at: u32) -> bool {
        let Some(&(home, start)) = self.defs.get(&v) else { return false };
        let between = |calls: &[u32], from: u32, to: u32| calls.iter().any(|&c| c >= from && c < to);
        if home == block {
            return between(&self.calls[block.index()], start, at);
        }
        between(&self.calls[home.index()], start, u32::MAX)
            || between(&self.calls[block.index()], 0, at)
            || self.after[home.index()] & self.before[block.index()] & self.with_calls != 0
    }

    /// Whether a store at `calls_from` comes before every use that may lie beyond a call: paths that go around the calls
    /// must not meet such a use.
    pub fn stored_before_uses(&self, cfg: &Cfg, dom: &DomTree, calls_from: Block) -> bool {
        cfg.rpo.iter().all(|&b| self.before[b.index()] & self.with_calls == 0 || dom.dominates(calls_from, b))
    }

    pub fn home(&self, v: Value) -> Option<(Block, u32)> {
        self.defs.get(&v).copied()
    }
}

/// The pointer that a chain of addresses of fields and of elements at constant indices starts from: such addresses are made
/// where they are used.
fn root(func: &Func, v: Value) -> Value {
    let mut v = v;
    while let Def::Result(inst, 0) = func.values[v.index()].def {
        match func.inst(inst).op {
            Op::Field { base, .. } => v = base,
            Op::Elem { base, index, .. } if constant(func, index).is_some() => v = base,
            _ => break,
        }
    }
    v
}

/// Whether a path leads from the entry to a return and meets no compiled call.
fn returns_without_call(func: &Func, cfg: &Cfg) -> bool {
    let mut reached = vec![false; func.blocks.len()];
    let Some(&entry) = cfg.rpo.first() else { return false };
    reached[entry.index()] = true;
    for &b in &cfg.rpo {
        let insts = &func.block(b).insts;
        if !reached[b.index()] || insts.iter().any(|&i| is_compiled_call(&func.inst(i).op)) {
            continue;
        }
        if matches!(func.terminator(b).map(|t| &t.op), Some(Op::Return(_))) {
            return true;
        }
        for s in successors(func, b) {
            reached[s.index()] = true;
        }
    }
    false
}

impl Lowering<'_> {
    /// Gives the values that live over calls their places; returns those to be stored where the calls begin, because they
    /// are defined before.
    pub(super) fn plan_stores(&mut self, dom: &DomTree, calls_from: escargo_ir::Block) -> Vec<Value> {
        let Some(spills) = self.spills.take() else { return Vec::new() };
        let mut early = Vec::new();
        for &v in &spills.values {
            if self.is_remade(v) || matches!(self.def(v), Some(Op::Field { .. })) {
                continue;
            }
            let slot = self.slot(8, 8);
            self.homes.insert(v, slot);
            let (home, _) = spills.home(v).expect("operands are defined");
            if home != calls_from && dom.dominates(home, calls_from) {
                early.push(v);
            }
        }
        self.spills = Some(spills);
        early
    }

    /// Constants and addresses, which are made anew rather than stored.
    pub(super) fn is_remade(&self, v: Value) -> bool {
        self.def(v).is_some_and(Op::is_constant)
    }

    pub(super) fn store_home(&mut self, v: Value) {
        if let Some(&slot) = self.homes.get(&v)
            && let Some(value) = self.values[v.index()].expand()
        {
            let address = self.slot_address(slot);
            self.ins().store(trusted_flags(), value, address, 0);
        }
    }

    /// A value beyond a call.
    pub(super) fn reload(&mut self, v: Value) -> Option<clif::Value> {
        let &slot = self.homes.get(&v)?;
        let (block, at) = self.here;
        if !self.spills.as_ref()?.crosses(v, block, at) {
            return None;
        }
        if let Some(&value) = self.reloaded.get(&v) {
            return Some(value);
        }
        let value = self.load_slot(clif_type(self.ir.ty(v)), slot);
        self.reloaded.insert(v, value);
        Some(value)
    }

    /// Each load has an address expression of its own: a shared one would itself be kept in a register over calls.
    pub(super) fn load_slot(&mut self, ty: clif::Type, slot: clif::StackSlot) -> clif::Value {
        self.reloads = self.reloads % 1024 + 8;
        let skew = self.reloads;
        let address = self.ins().stack_addr(types::I64, slot, skew);
        self.ins().load(ty, trusted_flags(), address, -skew)
    }
}
