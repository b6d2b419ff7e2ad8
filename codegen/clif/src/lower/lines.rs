//! What debuggers and tracebacks hold machine code to: faults on their own line, and where variables are.
//!
//! In: positions and marks (`debug::marks`) of the function being lowered. Out: sequence points, value labels, `Lowering::known`.
//! Guarantees: without marks nothing but faulting loads costs anything.

use cranelift_codegen::ir::{self as clif, InstBuilder};
use escargo_ir::{Def, Inst, Op, Pos, Value};

use super::spill::is_call;
use super::{Lowering, trusted_flags};
use crate::debug::marks::What;
use crate::debug::places::Known;

impl<'a> Lowering<'a> {
    /// Cranelift makes a load part of the instruction that uses it, which may stand on a later line: a fault would then be
    /// reported there. A mark that nothing with an effect may cross keeps them apart, where the lines differ.
    pub(super) fn keep_loads_apart(&mut self, inst: Inst) {
        let data = self.ir.inst(inst);
        if !self.faulting.is_empty() && !data.op.is_terminator() {
            let mut apart = false;
            data.op.for_each_operand(|v| {
                if let Some((_, load)) = self.faulting.iter().find(|f| f.0 == v) {
                    apart |= *load != data.pos && self.line(*load) != self.line(data.pos);
                }
            });
            if apart {
                self.ins().sequence_point();
                self.faulting.clear();
            }
        }
        if let Op::Load { addr, .. } = data.op
            && !self.is_object(self.chain(addr).0)
        {
            self.faulting.push((data.results[0], data.pos));
        } else if is_call(&data.op) || matches!(data.op, Op::Store { .. }) {
            self.faulting.clear();
        }
    }

    fn line(&self, pos: Pos) -> Option<(&'a str, u32)> {
        self.input.module.locate(pos).map(|(file, line, _)| (file, line))
    }

    /// Notes what is known of the marks at this place.
    pub(super) fn meet_marks(&mut self) {
        let Some(&from) = self.marks_at.get(&self.here) else { return };
        for n in from as usize..self.marks.len() {
            let mark = self.marks[n];
            if (mark.block, mark.at) != self.here {
                break;
            }
            self.known[n] = self.meet_mark(mark.what);
        }
    }

    fn meet_mark(&mut self, what: What) -> Known {
        let (v, is_address) = match what {
            What::Address(v) => (v, true),
            What::Scalar(_, v) => (v, false),
        };
        if self.ir.values[v.index()].def == Def::None {
            return Known::Nothing;
        }
        let (root, offset) = self.chain(v);
        if let (true, Some(&slot)) = (is_address, self.object_slots.get(&root)) {
            return Known::Slot(slot, offset);
        }
        match self.def(root) {
            Some(Op::Iconst { value, .. }) if !is_address => return Known::Constant(*value as u64),
            Some(Op::F64const(bits)) => return Known::Constant(*bits),
            Some(Op::F32const(bits)) => return Known::Constant(u64::from(*bits)),
            Some(Op::Null) if !is_address => return Known::Constant(0),
            _ => {}
        }
        if self.values[root.index()].is_none() {
            return Known::Nothing;
        }
        if self.input.debug_homes && is_address {
            let pointer = self.val(root);
            let slot = self.slot(8, 8);
            let address = self.slot_address(slot);
            self.ins().store(trusted_flags(), pointer, address, 0);
            return Known::Home(slot, offset);
        }
        if is_address { Known::Behind(root, offset) } else { Known::Is(root, offset) }
    }

    /// Has Cranelift say where the values are that marks speak of.
    pub(super) fn label_values(&mut self) {
        let mut wanted: Vec<Value> = self
            .known
            .iter()
            .filter_map(|k| match *k {
                Known::Behind(v, _) | Known::Is(v, _) => Some(v),
                _ => None,
            })
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let Some(labels) = self.func.dfg.values_labels.as_mut() else { return };
        for v in wanted {
            let Some(value) = self.values[v.index()].expand() else { continue };
            let start =
                clif::ValueLabelStart { from: Default::default(), label: clif::ValueLabel::from_u32(v.0) };
            match labels.entry(value).or_insert_with(|| clif::ValueLabelAssignments::Starts(Vec::new())) {
                clif::ValueLabelAssignments::Starts(list) => list.push(start),
                clif::ValueLabelAssignments::Alias { .. } => {}
            }
        }
    }
}
