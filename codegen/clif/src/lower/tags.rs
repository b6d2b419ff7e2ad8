//! Stack objects with memory tags (`Options::tag_stack`): those whose address goes anywhere but into loads and stores get a tag where
//! they are made, and lose it where the function returns.
//!
//! In: the function. Out: calls of `Rt::tag_stack` and `Rt::untag_stack`, which do nothing much unless the program runs with tags.
//! Guarantees: a tagged object has its granules for itself.

use cranelift_codegen::ir::{self as clif, InstBuilder, StackSlot, types};
use escargo_ir::{Def, Func, Op, Rt, Value};
use rustc_hash::FxHashSet;

use super::Lowering;
use crate::plan::AllocKind;

/// Bytes that have one tag.
const GRANULE: u32 = 16;

/// A stack object with a tag.
pub(super) struct Tagged {
    object: Value,
    slot: StackSlot,
    bytes: u32,
}

/// The value that an address is derived from by fields and elements.
fn root(f: &Func, mut v: Value) -> Value {
    loop {
        let Def::Result(i, _) = f.values[v.index()].def else { return v };
        match &f.inst(i).op {
            Op::Field { base, .. } | Op::Elem { base, .. } => v = *base,
            _ => return v,
        }
    }
}

/// Values that something else is done with than to load, store, copy or zero there.
fn taken(f: &Func) -> FxHashSet<Value> {
    let mut out = FxHashSet::default();
    for &b in &f.order {
        for &i in &f.block(b).insts {
            match &f.inst(i).op {
                Op::Load { .. } | Op::Zero { .. } | Op::Copy { .. } | Op::Field { .. } => {}
                Op::Elem { index, .. } => {
                    out.insert(root(f, *index));
                }
                Op::Store { value, .. } => {
                    out.insert(root(f, *value));
                }
                op => op.for_each_operand(|v| {
                    out.insert(root(f, v));
                }),
            }
        }
    }
    out
}

impl Lowering<'_> {
    /// Makes the slots of all objects that get a tag: a return may come before they are made.
    pub(super) fn find_tagged(&mut self) {
        if !self.input.tag_stack {
            return;
        }
        let taken = taken(self.ir);
        for &b in &self.ir.order {
            for &i in &self.ir.block(b).insts {
                let data = self.ir.inst(i);
                let Op::Alloc { site, layout, count } = data.op else { continue };
                let input = self.input;
                let kind = input.plan.alloc_kind(input.module, input.escape, self.ir, site, layout, count);
                if let AllocKind::Stack { bytes, .. } = kind
                    && taken.contains(&data.results[0])
                {
                    let bytes = bytes.next_multiple_of(GRANULE);
                    let slot = self.slot(bytes, GRANULE);
                    self.tagged.push(Tagged { object: data.results[0], slot, bytes });
                }
            }
        }
    }

    /// Slot of and pointer to an object that gets a tag.
    pub(super) fn tagged_object(&mut self, object: Value) -> Option<(StackSlot, clif::Value)> {
        let t = self.tagged.iter().find(|t| t.object == object)?;
        let (slot, bytes) = (t.slot, t.bytes);
        let address = self.slot_address(slot);
        let bytes = self.ins().iconst(types::I64, i64::from(bytes));
        Some((slot, self.call_rt_value(Rt::tag_stack, &[address, bytes])[0]))
    }

    /// Before the frame ends.
    pub(super) fn untag_all(&mut self) {
        for i in 0..self.tagged.len() {
            let (slot, bytes) = (self.tagged[i].slot, self.tagged[i].bytes);
            let address = self.slot_address(slot);
            let bytes = self.ins().iconst(types::I64, i64::from(bytes));
            self.call_rt_value(Rt::untag_stack, &[address, bytes]);
        }
    }
}
