//! Statements: declarations, assignments, control flow.
//!
//! In: checked statements. Out: blocks of the function. Guarantees: code after a terminating statement is dropped unless a
//! label makes it reachable.

use escargo_ir::{IntCC, Rt, Type as Ir};
use escargo_syntax::ast::*;
use escargo_types::info::Mode;
use escargo_types::world::*;

use crate::func::{FuncLowerer, Target};
use crate::parallel::{Item, Left};
use crate::place::Place;
use crate::types::Kind;
use crate::value::Val;
use crate::walk;

impl FuncLowerer<'_, '_> {
    pub fn stmts(&mut self, list: &[Stmt]) {
        for s in list {
            if !self.b.reachable() && !self.unit.facts.has_goto {
                return;
            }
            self.stmt(s);
        }
    }

    pub fn stmt(&mut self, s: &Stmt) {
        self.at(s.pos);
        match &s.kind {
            StmtKind::Bad | StmtKind::Empty => {}
            StmtKind::Decl(decls) => {
                for d in decls {
                    if let Decl::Var(v) = d {
                        self.var_decl(v);
                    }
                }
            }
            StmtKind::Labeled { label, stmt } => {
                let block = self.label_block(label.name);
                self.jump(block);
                self.b.switch_to(block);
                self.pending_label = Some(label.name);
                self.stmt(stmt);
                self.pending_label = None;
            }
            StmtKind::Expr(e) => self.expr_stmt(e),
            StmtKind::Send { chan, value } => {
                let t = self.value_ty(chan);
                let Kind::Chan { elem, .. } = self.kind(t) else { unreachable!("lower: send to a channel") };
                self.send_operands_first(chan, value, elem);
                let c = self.expr(chan).scalar();
                let v = self.expr_as(value, elem);
                self.at(s.pos);
                let a = self.spill(elem, &v);
                self.rt(Rt::chan_send, &[c, a]);
            }
            StmtKind::IncDec { x, inc } => {
                let p = self.place(x);
                let t = self.value_ty(x);
                let p = self.fixed(p);
                let v = self.load_place(&p);
                let one = escargo_types::constant::Const::int(1);
                let one = self.l.const_val(&mut self.b, &one, t);
                self.at(s.pos);
                let op = if *inc { BinaryOp::Add } else { BinaryOp::Sub };
                let r = self.arith(op, t, &v, &one, true);
                self.store_place(&p, &r);
            }
            StmtKind::Assign { lhs, op: Some(op), rhs, .. } => self.op_assign(s, *op, &lhs[0], &rhs[0]),
            StmtKind::Assign { lhs, define: true, rhs, .. } => self.define(s, lhs, rhs),
            StmtKind::Assign { lhs, rhs, .. } => self.assign(s, lhs, rhs),
            StmtKind::Go(e) => self.go_stmt(e),
            StmtKind::Defer(e) => self.defer_stmt(s, e),
            StmtKind::Return(es) => self.return_stmt(s, es),
            StmtKind::Branch { kind, label } => self.branch_stmt(*kind, label.map(|l| l.name)),
            StmtKind::Block(b) => self.stmts(&b.stmts),
            StmtKind::If { init, cond, then, els } => {
                if let Some(i) = init {
                    self.stmt(i);
                }
                self.if_stmt(cond, then, els.as_deref());
            }
            StmtKind::Switch { init, tag, cases, .. } => {
                let label = self.pending_label.take();
                if let Some(i) = init {
                    self.stmt(i);
                }
                self.switch_stmt(label, tag.as_ref(), cases);
            }
            StmtKind::TypeSwitch { init, x, cases, .. } => {
                let label = self.pending_label.take();
                if let Some(i) = init {
                    self.stmt(i);
                }
                self.at(s.pos);
                self.type_switch(label, x, cases);
            }
            StmtKind::Select { cases, .. } => {
                let label = self.pending_label.take();
                self.select_stmt(s, label, cases);
            }
            StmtKind::For { init, cond, post, body } => {
                let label = self.pending_label.take();
                self.for_stmt(label, init.as_deref(), cond.as_ref(), post.as_deref(), body);
            }
            StmtKind::Range { key, value, define, x, body } => {
                let label = self.pending_label.take();
                self.range_stmt(s, label, key.as_deref(), value.as_deref(), *define, x, body);
            }
        }
    }

    pub fn label_block(&mut self, name: escargo_syntax::Symbol) -> escargo_ir::Block {
        if let Some(&b) = self.labels.get(&name) {
            return b;
        }
        let b = self.block();
        self.labels.insert(name, b);
        b
    }

    fn expr_stmt(&mut self, e: &Expr) {
        let inner = e.unparen();
        match &inner.kind {
            ExprKind::Call { .. } => {
                self.call_expr(inner, None);
            }
            _ => self.discard(e),
        }
    }

    // ---- declarations and assignments

    fn var_decl(&mut self, v: &VarDecl) {
        let objs: Vec<Option<ObjId>> = v.names.iter().map(|n| self.l.info.defs.get(&n.id).copied()).collect();
        let blank = |i: usize| v.names[i].name.is_blank();
        if v.values.is_empty() {
            for (i, o) in objs.iter().enumerate() {
                if let Some(o) = o
                    && !blank(i)
                {
                    self.declare(*o);
                }
            }
            return;
        }
        if v.values.len() == v.names.len() {
            if let ([Some(o)], false) = (&objs[..], blank(0)) {
                return self.declare_expr(*o, &v.values[0]);
            }
            let items: Vec<Item> = (0..objs.len())
                .map(|i| Item { left: Left::New(objs[i].filter(|_| !blank(i))), right: &v.values[i] })
                .collect();
            return self.parallel(v.names[0].pos, &items);
        }
        let vals = self.tuple_values(&v.values[0], v.names.len());
        for (i, (x, from)) in vals.into_iter().enumerate() {
            if let Some(o) = objs[i]
                && !blank(i)
            {
                let to = self.obj_ty(o);
                let x = self.assign_conv(x, from, to, || "value".into());
                self.declare_init(o, &x);
            }
        }
    }

    /// `x := e` or `var x T = e`: values in memory are built in the variable itself.
    fn declare_expr(&mut self, o: ObjId, e: &Expr) {
        let t = self.obj_ty(o);
        if self.ti(t).in_mem {
            // The initialiser does not see the variable, so it may be made first.
            let old = self.vars.get(&o).copied();
            let a = self.declare(o);
            match old {
                Some(old) => {
                    self.vars.insert(o, old);
                }
                None => {
                    self.vars.remove(&o);
                }
            }
            self.expr_into(e, t, a);
            self.vars.insert(o, a);
            return;
        }
        let v = self.expr_as(e, t);
        self.declare_init(o, &v);
    }

    /// The values of a single expression that stands for `n`: a call or a comma-ok form.
    pub fn tuple_values(&mut self, e: &Expr, n: usize) -> Vec<(Val, TypeId)> {
        let inner = e.unparen();
        if n == 2 {
            match &inner.kind {
                ExprKind::TypeAssert { x, .. } | ExprKind::Unary { op: UnaryOp::Recv, x } => {
                    self.calls_first([&**x]);
                }
                ExprKind::Index { x, indices } => self.calls_first([&**x, &indices[0]]),
                _ => {}
            }
        }
        if n == 2
            && let Some((v, t, ok)) = self.comma_ok(inner)
        {
            let bool_ty = self.l.canon(World::basic(Basic::Bool));
            let whole = self.ty(inner);
            let ok_ty = match self.l.world.ty(whole) {
                Type::Tuple(_) => self.l.tuple_types(whole).get(1).copied().unwrap_or(bool_ty),
                _ => bool_ty,
            };
            let ok_ty = if self.l.world.is_untyped(ok_ty) { bool_ty } else { ok_ty };
            return vec![(v, t), (Val::one(ok), ok_ty)];
        }
        self.multi(e)
    }

    fn define(&mut self, s: &Stmt, lhs: &[Expr], rhs: &[Expr]) {
        if lhs.len() == rhs.len() {
            // `x := f()` needs no care.
            if rhs.len() == 1 && !self.is_call(&rhs[0]) {
                self.calls_first(rhs);
            }
            if let [l] = lhs
                && let Some(o) = self.def_of(l)
            {
                return self.declare_expr(o, &rhs[0]);
            }
            let items: Vec<Item> = lhs.iter().zip(rhs).map(|(l, r)| self.defined(l, r)).collect();
            return self.parallel(s.pos, &items);
        }
        let vals = self.tuple_values(&rhs[0], lhs.len());
        self.at(s.pos);
        for (l, (v, from)) in lhs.iter().zip(vals) {
            if self.is_blank(l) {
                continue;
            }
            let to = match self.def_of(l) {
                Some(o) => self.obj_ty(o),
                None => self.value_ty(l),
            };
            let v = self.assign_conv(v, from, to, || "value".into());
            self.define_one(l, &v);
        }
    }

    /// Whether the expression is a call and no conversion.
    fn is_call(&self, e: &Expr) -> bool {
        matches!(&e.unparen().kind, ExprKind::Call { fun, .. } if self.mode(fun) != Mode::Type)
    }

    /// Declares or assigns the left side of `:=`.
    pub fn define_one(&mut self, l: &Expr, v: &Val) {
        match self.def_of(l) {
            Some(o) => self.declare_init(o, v),
            None => {
                let p = self.place(l);
                self.store_place(&p, v);
            }
        }
    }

    pub fn is_blank(&self, e: &Expr) -> bool {
        matches!(&e.unparen().kind, ExprKind::Name(n) if n.is_blank())
    }

    /// `_ = x`
    fn discard_typed(&mut self, e: &Expr) {
        self.discard(e);
    }

    fn assign(&mut self, s: &Stmt, lhs: &[Expr], rhs: &[Expr]) {
        let simple =
            matches!((lhs, rhs), ([l], [r]) if matches!(l.kind, ExprKind::Name(_)) && self.is_call(r));
        if let ([l], [r]) = (lhs, rhs) {
            if !simple {
                self.assign_operands_first(l, r);
            }
            if self.is_blank(l) {
                return self.discard_typed(r);
            }
            // As in gc, the left side is looked at last.
            let t = self.value_ty(l);
            let v = self.expr_as(r, t);
            let p = self.place(l);
            self.at(s.pos);
            // Arrays behind two pointers into one slice may overlap in part.
            let overlap = matches!((&v, &p), (Val::Mem(_), Place::Deref(..)))
                && matches!(self.kind(t), Kind::Array { .. })
                && matches!(r.unparen().kind, ExprKind::Star(_));
            let v = if overlap { self.stable(t, v) } else { v };
            self.store_place(&p, &v);
            return;
        }
        if lhs.len() == rhs.len() {
            let items: Vec<Item> =
                lhs.iter().zip(rhs).map(|(l, r)| Item { left: Left::Place(l), right: r }).collect();
            return self.parallel(s.pos, &items);
        }
        // As in gc, the left side is looked at when the values are there, but for its calls.
        self.calls_first(lhs);
        let mut vals = self.tuple_values(&rhs[0], lhs.len());
        if matches!(rhs[0].unparen().kind, ExprKind::Index { .. }) {
            // What the map holds may change.
            let (v, t) = &mut vals[0];
            *v = self.stable(*t, v.clone());
        }
        let places: Vec<Place> = lhs.iter().map(|l| self.place(l)).collect();
        self.at(s.pos);
        for (p, (v, from)) in places.iter().zip(vals) {
            if let Place::Blank = p {
                continue;
            }
            let to = self.place_ty(p);
            let v = self.assign_conv(v, from, to, || "value".into());
            self.store_place(p, &v);
        }
    }

    /// A place whose address is computed once; maps stay as they are.
    fn fixed(&mut self, p: Place) -> Place {
        match p {
            Place::Index { .. } | Place::Slice { .. } | Place::Field(..) => {
                let t = self.place_ty(&p);
                let a = self.place_addr(&p);
                Place::Addr(a, t)
            }
            p => p,
        }
    }

    fn op_assign(&mut self, s: &Stmt, op: BinaryOp, l: &Expr, r: &Expr) {
        self.op_operands_first(op, l, r);
        let p = self.place(l);
        let t = self.place_ty(&p);
        if matches!(op, BinaryOp::Shl | BinaryOp::Shr) {
            let p = self.fixed(p);
            let x = self.load_place(&p).scalar();
            let (count, check) = self.shift_count(r);
            self.at(s.pos);
            let v = self.shift(op, t, x, count, check);
            return self.store_place(&p, &v);
        }
        // Calls that may change the left operand have been made.
        let p = self.fixed(p);
        let x = self.load_place(&p);
        let y = self.expr_as(r, t);
        self.at(s.pos);
        let nonzero = self.is_nonzero_const(r);
        let v = self.arith(op, t, &x, &y, nonzero);
        self.store_place(&p, &v);
    }

    /// Assigns a package variable's initialiser.
    pub fn init_globals(&mut self, lhs: &[ObjId], e: &Expr) {
        let blank = |s: &Self, o: ObjId| s.l.world.obj(o).name.is_blank();
        if let [o] = lhs {
            let t = self.obj_ty(*o);
            let v = self.expr_as(e, t);
            if !blank(self, *o) {
                let a = self.var_addr(*o);
                self.store(t, a, &v);
            }
            return;
        }
        let vals = self.tuple_values(e, lhs.len());
        for (&o, (v, from)) in lhs.iter().zip(vals) {
            if blank(self, o) {
                continue;
            }
            let to = self.obj_ty(o);
            let v = self.assign_conv(v, from, to, || "value".into());
            let a = self.var_addr(o);
            self.store(to, a, &v);
        }
    }

    // ---- control flow

    fn return_stmt(&mut self, s: &Stmt, es: &[Expr]) {
        if es.is_empty() {
            return self.emit_return(None);
        }
        let types: Vec<TypeId> = self.result_types();
        let vals = if es.len() == types.len() {
            self.returned(es, &types)
        } else {
            let vals = self.multi(&es[0]);
            let mut out = Vec::new();
            for ((v, from), &to) in vals.into_iter().zip(&types) {
                out.push(self.assign_conv(v, from, to, || "value".into()));
            }
            out
        };
        self.at(s.pos);
        self.emit_return(Some(vals));
    }

    fn result_types(&self) -> Vec<TypeId> {
        match &self.yield_ctx {
            Some(y) => y.results.iter().map(|r| r.ty).collect(),
            None => self.results.iter().map(|r| r.ty).collect(),
        }
    }

    pub fn branch_stmt(&mut self, kind: BranchKind, label: Option<escargo_syntax::Symbol>) {
        match kind {
            BranchKind::Fallthrough => {
                if let Some(b) = self.next_case {
                    self.jump(b);
                }
            }
            BranchKind::Goto => {
                let Some(name) = label else { return };
                if self.yield_ctx.as_ref().is_some_and(|y| !y.inner_labels.contains(&name)) {
                    return self.yield_exit(kind, label);
                }
                let b = self.label_block(name);
                self.jump(b);
            }
            BranchKind::Break | BranchKind::Continue => {
                let found = self.targets.iter().rev().find(|t| match label {
                    Some(l) => t.label == Some(l),
                    None => kind == BranchKind::Break || t.cont.is_some(),
                });
                let to = found.and_then(|t| if kind == BranchKind::Break { Some(t.brk) } else { t.cont });
                match to {
                    Some(b) => self.jump(b),
                    None => self.yield_exit(kind, label),
                }
            }
        }
    }

    fn if_stmt(&mut self, cond: &Expr, then: &Block, els: Option<&Stmt>) {
        let mut cond = cond;
        let mut then = then;
        let mut els = els;
        let join = self.block();
        // `else if` chains may be long.
        loop {
            let yes = self.block();
            let no = if els.is_some() { self.block() } else { join };
            self.cond(cond, yes, no);
            self.b.switch_to(yes);
            self.stmts(&then.stmts);
            if self.b.reachable() {
                self.jump(join);
            }
            let Some(e) = els else { break };
            self.b.switch_to(no);
            match &e.kind {
                StmtKind::If { init, cond: c, then: t, els: x } => {
                    if let Some(i) = init {
                        self.stmt(i);
                    }
                    (cond, then, els) = (c, t, x.as_deref());
                }
                _ => {
                    self.stmt(e);
                    if self.b.reachable() {
                        self.jump(join);
                    }
                    break;
                }
            }
        }
        self.b.switch_to(join);
    }

    fn for_stmt(
        &mut self,
        label: Option<escargo_syntax::Symbol>,
        init: Option<&Stmt>,
        cond: Option<&Expr>,
        post: Option<&Stmt>,
        body: &Block,
    ) {
        // Variables that closures or pointers may keep are new in each iteration.
        let mut per_iteration: Vec<ObjId> = Vec::new();
        if let Some(i) = init {
            self.stmt(i);
            if let StmtKind::Assign { lhs, define: true, .. } = &i.kind
                && self.per_iteration()
            {
                for l in lhs {
                    if let Some(o) = self.def_of(l) {
                        let f = &self.unit.facts;
                        if f.shared.contains(&o) && f.kept.contains(&o) {
                            per_iteration.push(o);
                        }
                    }
                }
            }
        }
        // The value that lives on between iterations is a variable that nobody else knows.
        let mut outer = Vec::new();
        for &o in &per_iteration {
            let t = self.obj_ty(o);
            let first = self.vars[&o];
            let v = self.load(t, first);
            let a = self.temp(t);
            self.store(t, a, &v);
            self.bind(o, a);
            outer.push((o, t, a));
        }
        // An iteration's variables are made before its post statement runs (in all but the first) and its condition. Where those
        // two can keep none of them, they work on the hidden variables, which stay in registers.
        let early = !outer.is_empty() && walk::may_keep(&self.l.info, cond, post);
        let (head, start, next, exit) = (self.block(), self.block(), self.block(), self.block());
        let later = early.then(|| {
            let int = self.l.canon(World::basic(Basic::Int));
            self.temp(int)
        });
        self.jump(head);
        self.targets.push(Target { label, brk: exit, cont: Some(next), is_loop: true });
        self.b.switch_to(head);
        if let Some(later) = later {
            self.new_iteration(&outer);
            let again = self.b.load(Ir::I64, later);
            let (run, test) = (self.block(), self.block());
            let zero = self.int(0);
            let again = self.b.icmp(IntCC::Ne, again, zero);
            self.b.branch(again, run, test);
            self.b.switch_to(run);
            if let Some(p) = post {
                self.stmt(p);
            }
            self.jump(test);
            self.b.switch_to(test);
        }
        match cond {
            Some(c) => self.cond(c, start, exit),
            None => self.jump(start),
        }
        self.b.switch_to(start);
        if !early {
            self.new_iteration(&outer);
        }
        let inner: Vec<_> = outer.iter().map(|&(o, ..)| self.vars[&o]).collect();
        self.stmts(&body.stmts);
        if self.b.reachable() {
            self.at(body.rbrace);
            self.jump(next);
        }
        self.b.switch_to(next);
        for (&(o, t, a), &mine) in outer.iter().zip(&inner) {
            let v = self.load(t, mine);
            self.store(t, a, &v);
            self.bind(o, a);
        }
        match (later, post) {
            (Some(later), _) => {
                let one = self.int(1);
                self.b.store(later, one);
            }
            (None, Some(p)) => self.stmt(p),
            (None, None) => {}
        }
        self.jump(head);
        self.targets.pop();
        self.b.switch_to(exit);
    }

    /// New variables with the values of the hidden ones.
    fn new_iteration(&mut self, outer: &[(ObjId, TypeId, escargo_ir::Value)]) {
        for &(o, t, a) in outer {
            let v = self.load(t, a);
            self.declare_init(o, &v);
        }
    }

    /// Whether loop variables are new in each iteration (Go 1.22).
    pub fn per_iteration(&self) -> bool {
        walk::per_iteration(&self.l.world, self.unit.pkg, escargo_syntax::Pos(self.b.pos.0))
    }
}
