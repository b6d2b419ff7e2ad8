//! Run-time checks, branches, switches and returns.

use cranelift_codegen::ir::condcodes::{CondCode, IntCC as Icc};
use cranelift_codegen::ir::{self as clif, BlockCall, InstBuilder, JumpTableData, types};
use escargo_ir::{Check, IntCC, Op, Rt, Value};
use smallvec::SmallVec;

use super::{ColdArg, Lowering, Purpose, arith, clif_type, trusted_flags};
use crate::plan::constant;
use crate::symbol::Symbol;

/// Clusters of cases from this size on, at least 40 % full, become a jump table. For fewer, three comparisons that are foreseen take less
/// time than a jump whose target is loaded.
const TABLE_MIN: usize = 8;

impl Lowering<'_> {
    pub(super) fn check(&mut self, check: Check, x: Value, y: Option<Value>) {
        let purpose = match check {
            Check::Div | Check::Shift => Purpose::DivisionCheck,
            _ => Purpose::BoundsCheck,
        };
        if let (Check::Div, Some(c)) = (check, constant(self.ir, x))
            && c != 0
        {
            return;
        }
        self.set_purpose(purpose);
        let a = self.val(x);
        let b = y.map(|y| self.val(y));
        let both = |b: Option<clif::Value>| {
            let b = b.expect("the verifier: this check has two operands");
            [ColdArg::Value(a), ColdArg::Value(b)]
        };
        match check {
            Check::Index | Check::IndexU => {
                let args = both(b);
                let fails = self.compare(Icc::UnsignedGreaterThanOrEqual, a, b);
                let rt = if check == Check::Index { Rt::panic_index } else { Rt::panic_index_u };
                self.branch_cold(fails, Symbol::Rt(rt), &args, None);
            }
            Check::SliceConvert => {
                let args = both(b);
                let fails = self.compare(Icc::UnsignedLessThan, a, b);
                self.branch_cold(fails, Symbol::Rt(Rt::panic_slice_convert), &args, None);
            }
            Check::Div => {
                let fails = self.ins().icmp_imm_s(Icc::Equal, a, 0);
                self.branch_cold(fails, Symbol::Rt(Rt::panic_divide), &[], None);
            }
            Check::Shift => {
                let fails = self.ins().icmp_imm_s(Icc::SignedLessThan, a, 0);
                self.branch_cold(fails, Symbol::Rt(Rt::panic_shift), &[], None);
            }
            Check::SliceAlen
            | Check::SliceAcap
            | Check::SliceB
            | Check::Slice3Alen
            | Check::Slice3Acap
            | Check::Slice3B
            | Check::Slice3C => {
                let kind = check as i64 - Check::SliceAlen as i64;
                let [a_arg, b_arg] = both(b);
                let fails = self.compare(Icc::UnsignedGreaterThan, a, b);
                let args = [ColdArg::Const(kind), a_arg, b_arg];
                self.branch_cold(fails, Symbol::Rt(Rt::panic_slice), &args, None);
            }
        }
    }

    fn compare(&mut self, cc: Icc, a: clif::Value, b: Option<clif::Value>) -> clif::Value {
        let b = b.expect("the verifier: this check has two operands");
        self.ins().icmp(cc, a, b)
    }

    pub(super) fn branch(
        &mut self,
        cond: Value,
        then: (escargo_ir::Block, &[Value]),
        els: (escargo_ir::Block, &[Value]),
    ) {
        let mut condition = self.val(cond);
        let (mut first, mut second) = (then, els);
        // Cranelift hoists code out of a loop only up to the first block it meets that leaves the loop, and it meets the
        // last target first: leave the loop by the first target.
        if self.loops.depth(first.0) > self.loops.depth(second.0) {
            condition = match self.def(cond) {
                Some(Op::Icmp(cc, a, b)) => {
                    let (x, y) = (self.val(*a), self.val(*b));
                    self.ins().icmp(arith::int_cc(*cc).complement(), x, y)
                }
                _ => self.ins().icmp_imm_s(arith::int_cc(IntCC::Eq), condition, 0),
            };
            std::mem::swap(&mut first, &mut second);
        }
        let (to, not_to) = (self.target_block(first.0), self.target_block(second.0));
        let (args, not_args) = (self.block_args(first.1), self.block_args(second.1));
        self.ins().brif(condition, to, &args, not_to, &not_args);
    }

    pub(super) fn switch(
        &mut self,
        value: Value,
        cases: &[(i64, escargo_ir::Block)],
        default: escargo_ir::Block,
    ) {
        let v = self.val(value);
        let bits = clif_type(self.ir.ty(value)).bits();
        let mask = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
        let mut sorted: Vec<(u64, clif::Block)> =
            cases.iter().map(|&(c, b)| (c as u64 & mask, self.target_block(b))).collect();
        sorted.sort_unstable_by_key(|c| c.0);
        let default = self.target_block(default);
        // Dense runs, greedily.
        let mut clusters: Vec<&[(u64, clif::Block)]> = Vec::new();
        let mut rest = &sorted[..];
        while !rest.is_empty() {
            let mut len = 1;
            for n in TABLE_MIN..=rest.len() {
                let span = rest[n - 1].0 - rest[0].0;
                if span / 5 * 2 <= n as u64 {
                    len = n;
                } else if n > len + 64 {
                    break;
                }
            }
            let (cluster, tail) = rest.split_at(len);
            clusters.push(cluster);
            rest = tail;
        }
        self.switch_tree(v, &clusters, default);
    }

    fn switch_tree(&mut self, v: clif::Value, clusters: &[&[(u64, clif::Block)]], default: clif::Block) {
        match clusters {
            [] => {
                self.ins().jump(default, &[]);
            }
            [[(case, to)]] => {
                let hit = self.ins().icmp_imm_u(Icc::Equal, v, *case as i64);
                self.ins().brif(hit, *to, &[], default, &[]);
            }
            [cluster] => self.switch_table(v, cluster, default),
            _ => {
                let (low, high) = clusters.split_at(clusters.len() / 2);
                let split = high[0][0].0;
                let below = self.ins().icmp_imm_u(Icc::UnsignedLessThan, v, split as i64);
                let low_block = self.new_block();
                let high_block = self.new_block();
                self.ins().brif(below, low_block, &[], high_block, &[]);
                self.block = low_block;
                self.switch_tree(v, low, default);
                self.block = high_block;
                self.switch_tree(v, high, default);
            }
        }
    }

    fn switch_table(&mut self, v: clif::Value, cluster: &[(u64, clif::Block)], default: clif::Block) {
        let base = cluster[0].0;
        let span = cluster[cluster.len() - 1].0 - base;
        let ty = self.func.dfg.value_type(v);
        let index = if base == 0 { v } else { self.ins().iadd_imm_s(v, (base as i64).wrapping_neg()) };
        let index = match ty.bits() {
            32 => index,
            64 => {
                let over = self.ins().icmp_imm_u(Icc::UnsignedGreaterThan, index, span as i64);
                let inside = self.new_block();
                self.ins().brif(over, default, &[], inside, &[]);
                self.block = inside;
                self.ins().ireduce(types::I32, index)
            }
            _ => self.ins().uextend(types::I32, index),
        };
        let pool = &mut self.func.dfg.value_lists;
        let fallback = BlockCall::new(default, [], pool);
        let mut targets: Vec<BlockCall> = Vec::with_capacity(span as usize + 1);
        for &(case, to) in cluster {
            while (targets.len() as u64) < case - base {
                targets.push(BlockCall::new(default, [], pool));
            }
            targets.push(BlockCall::new(to, [], pool));
        }
        let table = self.func.create_jump_table(JumpTableData::new(fallback, &targets));
        self.ins().br_table(index, table);
    }

    pub(super) fn ret(&mut self, values: &[Value]) {
        let values: SmallVec<[clif::Value; 8]> = self.vals(values);
        self.untag_all();
        match self.result_ptr {
            Some(_) => {
                let ptr = self.result_pointer();
                for (i, &v) in values.iter().enumerate() {
                    self.ins().store(trusted_flags(), v, ptr, i as i32 * 8);
                }
                self.ins().return_(&[]);
            }
            None => {
                self.ins().return_(&values);
            }
        }
    }
}
