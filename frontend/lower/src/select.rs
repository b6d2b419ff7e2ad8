//! `select`.
//!
//! In: communication clauses. Out: a runtime operation over a table of cases, then a jump to the chosen clause.
//! Guarantees: channels and sent values are evaluated once, in source order; assignments happen after the choice.

use escargo_abi::types::SELECT_CASE_SIZE;
use escargo_ir::{IntCC, Op, Rt, SiteKind, Type as Ir, Value};
use escargo_syntax::Symbol;
use escargo_syntax::ast::{CommClause, Expr, ExprKind, Stmt, StmtKind, UnaryOp};
use escargo_types::world::*;

use crate::func::{FuncLowerer, Target};
use crate::types::Kind;
use crate::value::Val;

/// An evaluated communication.
struct Case<'a> {
    clause: usize,
    chan: Value,
    /// Memory of the element; None: the received value is not wanted.
    elem: Option<Value>,
    elem_ty: TypeId,
    /// The receiving statement.
    recv: Option<&'a Stmt>,
}

fn received(e: &Expr) -> Option<&Expr> {
    match &e.unparen().kind {
        ExprKind::Unary { op: UnaryOp::Recv, x } => Some(x),
        _ => None,
    }
}

impl FuncLowerer<'_, '_> {
    pub fn select_stmt(&mut self, s: &Stmt, label: Option<Symbol>, clauses: &[CommClause]) {
        let default = clauses.iter().position(|c| c.comm.is_none());
        let (mut sends, mut recvs) = (Vec::new(), Vec::new());
        for (clause, c) in clauses.iter().enumerate() {
            let Some(comm) = c.comm.as_deref() else { continue };
            self.at(comm.pos);
            match &comm.kind {
                StmtKind::Send { chan, value } => {
                    let t = self.value_ty(chan);
                    let Kind::Chan { elem, .. } = self.kind(t) else {
                        unreachable!("lower: send to a channel")
                    };
                    let chan = self.expr(chan).scalar();
                    let v = self.expr_as(value, elem);
                    let a = self.spill(elem, &v);
                    sends.push(Case { clause, chan, elem: Some(a), elem_ty: elem, recv: None });
                }
                StmtKind::Expr(e) => recvs.push(self.recv_case(clause, comm, e, false)),
                StmtKind::Assign { rhs, .. } => recvs.push(self.recv_case(clause, comm, &rhs[0], true)),
                _ => unreachable!("lower: a communication is a send or a receive"),
            }
        }
        self.at(s.pos);
        let (ns, nr) = (sends.len(), recvs.len());
        let cases: Vec<Case> = sends.into_iter().chain(recvs).collect();
        let table = if cases.is_empty() {
            self.b.null()
        } else {
            let ptr = self.l.canon(World::basic(Basic::UnsafePointer));
            let words = (SELECT_CASE_SIZE / 8) as i64;
            let array = self.l.array_of(ptr, words * cases.len() as i64);
            let table = self.alloc(SiteKind::Temp, array, ".select");
            for (i, c) in cases.iter().enumerate() {
                let at = self.int(words * i as i64);
                let a = self.elem_addr(table, ptr, at);
                self.b.store(a, c.chan);
                if let Some(m) = c.elem {
                    let at = self.int(words * i as i64 + 1);
                    let a = self.elem_addr(table, ptr, at);
                    self.b.store(a, m);
                }
            }
            table
        };
        let args = [table, self.int(ns as i64), self.int(nr as i64), self.int(default.is_none() as i64)];
        let r = self.rt(Rt::select, &args);
        let (index, ok) = (r[0], r[1]);
        let exit = self.block();
        let bodies: Vec<_> = clauses.iter().map(|_| self.block()).collect();
        let other = match default {
            Some(d) => bodies[d],
            None => self.cold_block(),
        };
        for (i, c) in cases.iter().enumerate() {
            // The last case needs no test if there is no default.
            if i + 1 == cases.len() && default.is_none() {
                self.jump(bodies[c.clause]);
                break;
            }
            let n = self.int(i as i64);
            let eq = self.b.icmp(IntCC::Eq, index, n);
            let next = self.block();
            self.b.branch(eq, bodies[c.clause], next);
            self.b.switch_to(next);
        }
        if default.is_some() || cases.is_empty() {
            self.jump(other);
        }
        if default.is_none() {
            self.b.switch_to(other);
            self.b.push(Op::Unreachable, &[]);
        }
        self.targets.push(Target { label, brk: exit, cont: None, is_loop: false });
        for (i, c) in clauses.iter().enumerate() {
            self.b.switch_to(bodies[i]);
            if let Some(case) = cases.iter().find(|c| c.clause == i)
                && let Some(comm) = case.recv
                && let StmtKind::Assign { lhs, define, .. } = &comm.kind
            {
                self.at(comm.pos);
                self.assign_received(case, lhs, *define, ok);
            }
            self.stmts(&c.body);
            if self.b.reachable() {
                self.jump(exit);
            }
        }
        self.targets.pop();
        self.b.switch_to(exit);
    }

    fn recv_case<'a>(&mut self, clause: usize, comm: &'a Stmt, e: &Expr, wanted: bool) -> Case<'a> {
        let x = received(e).expect("a receive");
        let t = self.value_ty(x);
        let Kind::Chan { elem, .. } = self.kind(t) else { unreachable!("lower: receive from a channel") };
        let chan = self.expr(x).scalar();
        let mem = wanted.then(|| self.temp(elem));
        Case { clause, chan, elem: mem, elem_ty: elem, recv: Some(comm) }
    }

    fn assign_received(&mut self, case: &Case, lhs: &[Expr], define: bool, ok: Value) {
        let t = case.elem_ty;
        let v = match case.elem {
            Some(a) => self.load(t, a),
            None => self.zero(t),
        };
        let flag = self.b.func.ty(ok);
        let ok = if flag == Ir::I8 { ok } else { self.rt_bool(ok) };
        let bool_ty = self.l.canon(World::basic(Basic::Bool));
        let vals = [(v, t), (Val::one(ok), bool_ty)];
        for (l, (v, from)) in lhs.iter().zip(vals) {
            if self.is_blank(l) {
                continue;
            }
            match self.def_of(l) {
                Some(o) if define => {
                    let to = self.obj_ty(o);
                    let v = self.assign_conv(v, from, to, || "value".into());
                    self.declare_init(o, &v);
                }
                _ => {
                    let p = self.place(l);
                    let to = self.place_ty(&p);
                    let v = self.assign_conv(v, from, to, || "value".into());
                    self.store_place(&p, &v);
                }
            }
        }
    }
}
