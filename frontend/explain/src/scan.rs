//! Variables whose address is taken or that function literals use.
//!
//! In: statements, a list of variables. Out: those of them that are kept.

use escargo_syntax::ast::{Decl, Expr, ExprKind, Stmt, StmtKind, UnaryOp};
use escargo_types::info::SelectionKind;
use escargo_types::world::*;
use rustc_hash::FxHashSet;

use crate::expr::Builder;

/// Looks for variables whose address is taken or that closures use.
pub struct Scan<'s, 'a, 'b> {
    pub b: &'s mut Builder<'a>,
    pub vars: &'b [ObjId],
    pub kept: &'b mut FxHashSet<ObjId>,
    /// Function literals around.
    pub inside: u32,
}

impl Scan<'_, '_, '_> {
    pub fn stmts(&mut self, list: &[Stmt]) {
        for s in list {
            self.stmt(s);
        }
    }

    fn stmt(&mut self, s: &Stmt) {
        let mut exprs: Vec<&Expr> = Vec::new();
        match &s.kind {
            StmtKind::Decl(decls) => {
                for d in decls {
                    if let Decl::Var(v) = d {
                        exprs.extend(&v.values);
                    }
                }
            }
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Expr(e) | StmtKind::Go(e) | StmtKind::Defer(e) => exprs.push(e),
            StmtKind::Send { chan, value } => exprs.extend([chan, value]),
            StmtKind::IncDec { x, .. } => exprs.push(x),
            StmtKind::Assign { lhs, rhs, .. } => exprs.extend(lhs.iter().chain(rhs)),
            StmtKind::Return(l) => exprs.extend(l),
            StmtKind::Block(b) => self.stmts(&b.stmts),
            StmtKind::If { init, cond, then, els } => {
                init.iter().for_each(|s| self.stmt(s));
                exprs.push(cond);
                self.stmts(&then.stmts);
                els.iter().for_each(|s| self.stmt(s));
            }
            StmtKind::Switch { init, tag, cases, .. } => {
                init.iter().for_each(|s| self.stmt(s));
                exprs.extend(tag);
                for c in cases {
                    exprs.extend(c.exprs.iter().flatten());
                    self.stmts(&c.body);
                }
            }
            StmtKind::TypeSwitch { init, x, cases, .. } => {
                init.iter().for_each(|s| self.stmt(s));
                exprs.push(x);
                cases.iter().for_each(|c| self.stmts(&c.body));
            }
            StmtKind::Select { cases, .. } => {
                for c in cases {
                    c.comm.iter().for_each(|s| self.stmt(s));
                    self.stmts(&c.body);
                }
            }
            StmtKind::For { init, cond, post, body } => {
                init.iter().for_each(|s| self.stmt(s));
                exprs.extend(cond);
                post.iter().for_each(|s| self.stmt(s));
                self.stmts(&body.stmts);
            }
            StmtKind::Range { key, value, x, body, define } => {
                if !*define {
                    exprs.extend(key.iter().chain(value).map(|e| &**e));
                }
                exprs.push(x);
                let ty = self.b.ty_of(x);
                let core = self.b.w.core_type(ty).unwrap_or(ty);
                let func = matches!(self.b.w.ty(core), Type::Signature(_));
                self.inside += u32::from(func);
                self.stmts(&body.stmts);
                self.inside -= u32::from(func);
            }
            _ => {}
        }
        for e in exprs {
            self.expr(e);
        }
    }

    /// The variable whose memory an expression is part of.
    fn base(&mut self, e: &Expr) {
        let mut e = e.unparen();
        loop {
            match &e.kind {
                ExprKind::Selector { x, .. } => {
                    let ty = self.b.ty_of(x);
                    if self.b.w.deref(ty).1 {
                        return;
                    }
                    e = x.unparen();
                }
                ExprKind::Index { x, .. } => {
                    let under = self.b.w.under(self.b.ty_of(x));
                    if !matches!(self.b.w.ty(under), Type::Array { .. }) {
                        return;
                    }
                    e = x.unparen();
                }
                ExprKind::Name(_) => {
                    if let Some(o) = self.b.info.uses.get(&e.id)
                        && self.vars.contains(o)
                    {
                        self.kept.insert(*o);
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    pub fn expr(&mut self, e: &Expr) {
        let e = e.unparen();
        match &e.kind {
            ExprKind::Name(_) if self.inside > 0 => self.base(e),
            ExprKind::FuncLit { body, .. } => {
                self.inside += 1;
                self.stmts(&body.stmts);
                self.inside -= 1;
            }
            ExprKind::Unary { op, x } => {
                if *op == UnaryOp::Addr {
                    self.base(x);
                }
                self.expr(x);
            }
            ExprKind::Selector { x, .. } => {
                if let Some(s) = self.b.info.selections.get(&e.id)
                    && s.kind == SelectionKind::MethodVal
                    && matches!(self.b.w.obj(s.obj).kind, ObjKind::Func { ptr_recv: true, .. })
                    && s.path.len() == 1
                    && !self.b.w.deref(s.recv).1
                {
                    self.base(x);
                }
                self.expr(x);
            }
            ExprKind::Slice { x, lo, hi, max, .. } => {
                let ty = self.b.ty_of(x);
                let under = self.b.w.under(ty);
                if matches!(self.b.w.ty(under), Type::Array { .. }) {
                    self.base(x);
                }
                self.expr(x);
                [lo, hi, max].into_iter().flatten().for_each(|e| self.expr(e));
            }
            ExprKind::CompositeLit { elems, .. } => elems.iter().for_each(|e| self.expr(e)),
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.expr(value);
            }
            ExprKind::Index { x, indices } => {
                self.expr(x);
                indices.iter().for_each(|e| self.expr(e));
            }
            ExprKind::TypeAssert { x, .. } | ExprKind::Star(x) => self.expr(x),
            ExprKind::Call { fun, args, .. } => {
                self.expr(fun);
                args.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Binary { x, y, .. } => {
                self.expr(x);
                self.expr(y);
            }
            _ => {}
        }
    }
}
