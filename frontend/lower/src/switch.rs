//! `switch`, by value and by type.
//!
//! In: the tag and the clauses. Out: tests in source order, or one jump table for constant integers; the clauses' bodies.

use std::collections::BTreeMap;

use escargo_ir::{Block, IntCC, Op, Type as Ir, Value};
use escargo_syntax::Symbol;
use escargo_syntax::ast::{BinaryOp, CaseClause, Expr};
use escargo_types::info::Mode;
use escargo_types::world::*;

use crate::arith::MAX_INLINE_TEXT;
use crate::func::{FuncLowerer, Target};
use crate::types::Kind;
use crate::value::Val;

/// Fewer integer cases than this are compared one by one.
const MIN_TABLE: usize = 4;

impl FuncLowerer<'_, '_> {
    pub fn switch_stmt(&mut self, label: Option<Symbol>, tag: Option<&Expr>, cases: &[CaseClause]) {
        let exit = self.block();
        let bodies: Vec<Block> = cases.iter().map(|_| self.block()).collect();
        let default = cases.iter().position(|c| c.exprs.is_none()).map_or(exit, |i| bodies[i]);
        match tag {
            None => {
                for (c, &body) in cases.iter().zip(&bodies) {
                    for e in c.exprs.iter().flatten() {
                        let next = self.block();
                        let et = self.value_ty(e);
                        if self.is_iface(et) {
                            // The absent tag is the constant true.
                            let bool_ty = self.l.canon(World::basic(Basic::Bool));
                            let x = self.expr(e);
                            self.at(e.pos);
                            let yes = Val::one(self.bool(true));
                            let eq = self.mixed_equal(et, &x, bool_ty, &yes);
                            self.b.branch(eq, body, next);
                        } else {
                            self.cond(e, body, next);
                        }
                        self.b.switch_to(next);
                    }
                }
                self.jump(default);
            }
            Some(tag) => {
                let t = self.value_ty(tag);
                let constant =
                    cases.iter().all(|c| c.exprs.iter().flatten().all(|e| self.mode(e) == Mode::Const));
                let v = if constant && self.kind(t) == Kind::String {
                    self.text_view(tag, t)
                } else {
                    self.expr_as(tag, t)
                };
                let v = self.stable(t, v);
                self.at(tag.pos);
                if !self.table(t, &v, cases, &bodies, default)
                    && !self.text_table(t, &v, cases, &bodies, default)
                {
                    for (c, &body) in cases.iter().zip(&bodies) {
                        for e in c.exprs.iter().flatten() {
                            let eq = self.case_equal(t, &v, e);
                            let next = self.block();
                            self.b.branch(eq, body, next);
                            self.b.switch_to(next);
                        }
                    }
                    self.jump(default);
                }
            }
        }
        self.clause_bodies(label, cases, &bodies, exit);
    }

    fn clause_bodies(&mut self, label: Option<Symbol>, cases: &[CaseClause], bodies: &[Block], exit: Block) {
        self.targets.push(Target { label, brk: exit, cont: None, is_loop: false });
        let outer = self.next_case;
        for (i, c) in cases.iter().enumerate() {
            self.b.switch_to(bodies[i]);
            self.next_case = bodies.get(i + 1).copied();
            self.stmts(&c.body);
            if self.b.reachable() {
                self.jump(exit);
            }
        }
        self.next_case = outer;
        self.targets.pop();
        self.b.switch_to(exit);
    }

    /// A jump table, if all cases are integer constants and there are enough of them.
    fn table(&mut self, t: TypeId, v: &Val, cases: &[CaseClause], bodies: &[Block], default: Block) -> bool {
        let Kind::Int { bits, .. } = self.kind(t) else { return false };
        let mut table = BTreeMap::new();
        for (c, &body) in cases.iter().zip(bodies) {
            for e in c.exprs.iter().flatten() {
                let tv = self.tv(e);
                let (Mode::Const, Some(c)) = (tv.mode, tv.value) else { return false };
                let n = crate::consts::truncate(crate::consts::const_bits(&c), bits);
                // The checker refuses duplicates; of those in generic code the first counts.
                table.entry(n).or_insert(body);
            }
        }
        if table.len() < MIN_TABLE {
            return false;
        }
        let cases = table.into_iter().collect();
        self.b.push(Op::Switch { value: v.scalar(), cases, default }, &[]);
        true
    }

    /// Constant strings: a jump by length, then comparisons among those of one length.
    fn text_table(
        &mut self,
        t: TypeId,
        v: &Val,
        cases: &[CaseClause],
        bodies: &[Block],
        default: Block,
    ) -> bool {
        if self.kind(t) != Kind::String {
            return false;
        }
        let mut by_len: BTreeMap<usize, Vec<(Vec<u8>, Block)>> = BTreeMap::new();
        let mut count = 0;
        for (c, &body) in cases.iter().zip(bodies) {
            for e in c.exprs.iter().flatten() {
                let Some(text) = self.const_text(e).filter(|t| t.len() <= MAX_INLINE_TEXT) else {
                    return false;
                };
                by_len.entry(text.len()).or_default().push((text, body));
                count += 1;
            }
        }
        if count < MIN_TABLE {
            return false;
        }
        let (data, len) = (v.scalars()[0], v.scalars()[1]);
        let groups: Vec<_> = by_len.into_iter().map(|(n, texts)| (n, self.block(), texts)).collect();
        let cases = groups.iter().map(|&(n, block, _)| (n as i64, block)).collect();
        self.b.push(Op::Switch { value: len, cases, default }, &[]);
        for (_, block, texts) in groups {
            self.b.switch_to(block);
            for (text, body) in texts {
                let eq = self.bytes_equal(data, &text);
                let next = self.block();
                self.b.branch(eq, body, next);
                self.b.switch_to(next);
            }
            self.jump(default);
        }
        true
    }

    /// Whether the tag equals a case expression.
    fn case_equal(&mut self, t: TypeId, v: &Val, e: &Expr) -> Value {
        if self.is_nil(e) {
            return self.is_null(v.scalars()[0]);
        }
        let et = self.value_ty(e);
        let (ti, ei) = (self.is_iface(t), self.is_iface(et));
        match (ti, ei) {
            (true, false) => {
                let x = self.expr_as(e, et);
                self.at(e.pos);
                self.mixed_equal(t, v, et, &x)
            }
            (false, true) => {
                let x = self.expr(e);
                self.at(e.pos);
                self.mixed_equal(et, &x, t, v)
            }
            (true, true) if t != et => {
                let any = self.l.canon(World::ANY);
                let x = self.expr_as(e, any);
                let y = self.assign_conv(v.clone(), t, any, String::new);
                self.at(e.pos);
                self.compare(BinaryOp::Eql, any, &y, &x)
            }
            _ => {
                let x = self.expr_as(e, t);
                self.at(e.pos);
                self.compare(BinaryOp::Eql, t, v, &x)
            }
        }
    }

    pub fn type_switch(&mut self, label: Option<Symbol>, x: &Expr, cases: &[CaseClause]) {
        let from = self.value_ty(x);
        let v = self.expr(x);
        self.at(x.pos);
        let (word, data) = (v.scalars()[0], v.scalars()[1]);
        let dynamic = self.iface_type_word(from, word);
        let exit = self.block();
        let bodies: Vec<Block> = cases.iter().map(|_| self.block()).collect();
        let default = cases.iter().position(|c| c.exprs.is_none()).map_or(exit, |i| bodies[i]);
        // Of single interface cases, the converted first word arrives as the body's parameter.
        for (c, &body) in cases.iter().zip(&bodies) {
            let Some(exprs) = &c.exprs else { continue };
            let single = exprs.len() == 1;
            for e in exprs {
                let next = self.block();
                if self.is_nil(e) {
                    let null = self.b.null();
                    let eq = self.b.icmp(IntCC::Eq, dynamic, null);
                    self.b.branch(eq, body, next);
                } else {
                    let to = self.ty(e);
                    let (ok, itab) = self.type_test(dynamic, to);
                    match itab {
                        Some(w) if single && !self.is_empty_iface(to) => {
                            if self.b.func.blocks[body.index()].params.is_empty() {
                                self.b.block_param(body, Ir::Ptr);
                            }
                            let then_args = [w].into_iter().collect();
                            let els_args = Default::default();
                            self.b.push(
                                Op::Branch { cond: ok, then: body, then_args, els: next, els_args },
                                &[],
                            );
                        }
                        _ => self.b.branch(ok, body, next),
                    }
                }
                self.b.switch_to(next);
            }
        }
        self.jump(default);
        self.targets.push(Target { label, brk: exit, cont: None, is_loop: false });
        for (i, c) in cases.iter().enumerate() {
            self.b.switch_to(bodies[i]);
            if let Some(&o) = self.l.info.implicits.get(&c.id) {
                let t = self.obj_ty(o);
                let single = c.exprs.as_ref().filter(|e| e.len() == 1).map(|e| &e[0]);
                let val = match single {
                    Some(e) if !self.is_nil(e) => {
                        let itab = self.b.func.blocks[bodies[i].index()].params.first().copied();
                        match itab {
                            Some(w) => Val::of(&[w, data]),
                            None if self.is_iface(t) => Val::of(&[dynamic, data]),
                            None => self.unbox(t, data),
                        }
                    }
                    _ => v.clone(),
                };
                self.at(c.pos);
                self.declare_init(o, &val);
            }
            self.stmts(&c.body);
            if self.b.reachable() {
                self.jump(exit);
            }
        }
        self.targets.pop();
        self.b.switch_to(exit);
    }
}
