//! Addresses that are made numbers.
//!
//! In: a function. Out: for each conversion of a pointer to a number, whether the number, and what is computed from it, is only compared:
//! then nobody can get at the object by it, and the object need not escape. Code asks so whether two slices overlap.

use escargo_ir::{Block, ConvOp, Func, Inst, Op, Value};
use rustc_hash::{FxHashMap, FxHashSet};

/// The instructions that use each value.
pub struct Uses(FxHashMap<Value, Vec<Inst>>);

impl Uses {
    pub fn new(f: &Func) -> Uses {
        let mut uses: FxHashMap<Value, Vec<Inst>> = FxHashMap::default();
        for &i in f.order.iter().flat_map(|&b| &f.block(b).insts) {
            f.inst(i).op.for_each_operand(|v| uses.entry(v).or_default().push(i));
        }
        Uses(uses)
    }

    pub fn only_compared(&self, f: &Func, number: Value) -> bool {
        let mut seen = FxHashSet::from_iter([number]);
        let mut work = vec![number];
        while let Some(v) = work.pop() {
            for &i in self.0.get(&v).into_iter().flatten() {
                let data = f.inst(i);
                let mut to = |v: Value| {
                    if seen.insert(v) {
                        work.push(v);
                    }
                };
                match &data.op {
                    Op::Icmp(..) | Op::Check { .. } | Op::Switch { .. } => {}
                    Op::Convert { op: ConvOp::IntToPtr, .. } => return false,
                    Op::Binary(..) | Op::Select(..) | Op::Convert { .. } => {
                        data.results.iter().for_each(|&r| to(r));
                    }
                    Op::Jump { to: b, args } => passed(f, *b, args, v, &mut to),
                    Op::Branch { then, then_args, els, els_args, .. } => {
                        passed(f, *then, then_args, v, &mut to);
                        passed(f, *els, els_args, v, &mut to);
                    }
                    op if op.is_debug() => {}
                    _ => return false,
                }
            }
        }
        true
    }
}

/// The parameters of a block that an edge gives a value.
fn passed(f: &Func, to: Block, args: &[Value], v: Value, each: &mut impl FnMut(Value)) {
    let params = &f.block(to).params;
    args.iter().zip(params).filter(|(a, _)| **a == v).for_each(|(_, p)| each(*p));
}
