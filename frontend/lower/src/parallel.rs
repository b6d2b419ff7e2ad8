//! Assignments: the order of what they read, may panic in, and write.
//!
//! In: the sides of an assignment, declaration or return statement. Out: the values stored, or evaluated ahead for who stores them.
//! An assignment of several values is done one by one, as in gc: before the first only what an earlier one may change is
//! evaluated. So `x, p.f = 1, 2` has changed x when p is nil. Guarantees: what is read later is not changed by what was
//! written before.

use escargo_syntax::Pos;
use escargo_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use escargo_types::info::Mode;
use escargo_types::world::*;
use rustc_hash::FxHashSet;

use crate::func::FuncLowerer;
use crate::order::{Met, Operand, Plan};
use crate::panics::Early;
use crate::types::Kind;
use crate::value::Val;
use crate::walk::{Node, walk_expr};

/// What a value is assigned to.
#[derive(Clone, Copy)]
pub enum Left<'e> {
    /// A new variable, or nothing.
    New(Option<ObjId>),
    Place(&'e Expr),
}

/// One of the assignments of a statement.
#[derive(Clone, Copy)]
pub struct Item<'e> {
    pub left: Left<'e>,
    pub right: &'e Expr,
}

/// What has been written by the assignments before.
#[derive(Default)]
struct Written {
    vars: FxHashSet<ObjId>,
    /// Something that pointers may lead to.
    memory: bool,
    /// A result of a function that defers: its callers see the value if what follows panics.
    result: bool,
}

impl FuncLowerer<'_, '_> {
    /// One side of `:=`.
    pub fn defined<'e>(&mut self, l: &'e Expr, r: &'e Expr) -> Item<'e> {
        let left = match self.def_of(l) {
            Some(o) => Left::New(Some(o)),
            None if self.is_blank(l) => Left::New(None),
            None => Left::Place(l),
        };
        Item { left, right: r }
    }

    /// Assigns several values at a time.
    pub fn parallel(&mut self, pos: Pos, items: &[Item]) {
        self.all_calls_first(items.iter().flat_map(|i| {
            let left = match i.left {
                Left::Place(l) => Some(l),
                Left::New(_) => None,
            };
            left.into_iter().map(|l| (l, true)).chain([(i.right, false)])
        }));
        let mut written = Written::default();
        let mut early: Vec<Option<Val>> = Vec::new();
        let types: Vec<Option<TypeId>> = items.iter().map(|i| self.item_ty(i)).collect();
        for (item, &t) in items.iter().zip(&types) {
            if let Left::Place(l) = item.left {
                self.save_left(l, &written);
            }
            early.push(if self.affected(item.right, &written) { self.item_value(item, t) } else { None });
            self.note_written(item, &mut written);
        }
        // Variables come into being when all values are there.
        let mut new = Vec::new();
        for ((item, &t), early) in items.iter().zip(&types).zip(early) {
            let v = |s: &mut Self| match early {
                Some(v) => Some(v),
                None => s.item_value(item, t),
            };
            match item.left {
                Left::New(o) => {
                    let v = v(self);
                    new.extend(o.zip(v));
                }
                Left::Place(l) if self.is_blank(l) => {
                    v(self);
                }
                Left::Place(l) => {
                    let mut plan = Plan::default();
                    self.second_left(l, &mut plan.second);
                    self.dangers(item.right, &mut plan.natural);
                    self.dangers(l, &mut plan.natural);
                    self.follow(plan);
                    let v = v(self);
                    self.at(pos);
                    let p = self.place(l);
                    if let Some(v) = v {
                        self.store_place(&p, &v);
                    }
                }
            }
        }
        self.at(pos);
        for (o, v) in new {
            self.declare_init(o, &v);
        }
    }

    /// The calls in all sides of a statement, which come before anything else.
    pub fn all_calls_first<'e>(&mut self, sides: impl Iterator<Item = (&'e Expr, bool)>) {
        let (mut left, mut right) = (Met::default(), Met::default());
        for (e, is_left) in sides {
            self.meet(e, if is_left { &mut left } else { &mut right });
        }
        for e in left.calls.into_iter().chain(right.calls) {
            self.evaluate_ahead(e);
        }
    }

    fn item_ty(&mut self, item: &Item) -> Option<TypeId> {
        match item.left {
            Left::New(o) => o.map(|o| self.obj_ty(o)),
            Left::Place(l) if self.is_blank(l) => None,
            Left::Place(l) => Some(self.value_ty(l)),
        }
    }

    /// The right side of an assignment, on its own.
    fn item_value(&mut self, item: &Item, t: Option<TypeId>) -> Option<Val> {
        self.operands_first(&[Operand { e: item.right, to: t }]);
        match t {
            Some(t) => {
                let v = self.expr_as(item.right, t);
                Some(self.stable(t, v))
            }
            None => {
                self.discard(item.right);
                Some(Val::empty())
            }
        }
    }

    /// Whether others than this body can reach the variable.
    fn is_shared_var(&self, o: ObjId) -> bool {
        !self.vars.contains_key(&o) || self.unit.facts.kept.contains(&o) || self.yield_ctx.is_some()
    }

    fn is_result(&self, o: ObjId) -> bool {
        self.vars.get(&o).is_some_and(|&a| self.results.iter().any(|r| r.addr == Some(a)))
    }

    fn note_written(&mut self, item: &Item, written: &mut Written) {
        match item.left {
            Left::New(Some(o)) => {
                written.memory |= self.unit.facts.kept.contains(&o) && self.unit.facts.shared.contains(&o)
            }
            Left::New(None) => {}
            Left::Place(l) if self.is_blank(l) => {}
            Left::Place(l) => match self.root_var(l) {
                Some(o) if !self.is_shared_var(o) => {
                    written.result |= self.frame.is_some() && self.is_result(o);
                    written.vars.insert(o);
                    // A part of it: gc takes that for memory.
                    written.memory |= !matches!(l.unparen().kind, ExprKind::Name(_));
                }
                Some(o) => {
                    written.result |= self.frame.is_some() && self.is_result(o);
                    written.vars.insert(o);
                    written.memory = true;
                }
                None => written.memory = true,
            },
        }
    }

    /// The variable that a place is or is a part of.
    fn root_var(&mut self, e: &Expr) -> Option<ObjId> {
        let e = e.unparen();
        match &e.kind {
            ExprKind::Name(_) => self.l.info.uses.get(&e.id).or_else(|| self.l.info.defs.get(&e.id)).copied(),
            ExprKind::Selector { x, .. } => {
                let s = self.l.info.selections.get(&e.id)?;
                let indirect = s.indirect;
                let t = self.value_ty(x);
                if indirect || matches!(self.kind(t), Kind::Pointer(_)) {
                    return None;
                }
                self.root_var(x)
            }
            ExprKind::Index { x, .. } => {
                let t = self.value_ty(x);
                if !matches!(self.kind(t), Kind::Array { .. }) {
                    return None;
                }
                self.root_var(x)
            }
            _ => None,
        }
    }

    /// Evaluates the operands of a place that the assignments before change.
    fn save_left(&mut self, l: &Expr, written: &Written) {
        let l = l.unparen();
        match &l.kind {
            ExprKind::Index { x, indices } => {
                let t = self.value_ty(x);
                if let Kind::Array { .. } = self.kind(t) {
                    self.save_left(x, written);
                } else {
                    self.save(x, written);
                }
                self.save(&indices[0], written);
            }
            ExprKind::Star(x) => self.save(x, written),
            ExprKind::Selector { x, .. } => {
                let Some(s) = self.l.info.selections.get(&l.id) else { return };
                let indirect = s.indirect;
                let t = self.value_ty(x);
                if matches!(self.kind(t), Kind::Pointer(_)) {
                    self.save(x, written);
                } else if indirect && self.affected(x, written) {
                    // The embedded pointer is part of the operand's value.
                    self.save(x, written);
                } else {
                    self.save_left(x, written);
                }
            }
            _ => {}
        }
    }

    fn save(&mut self, e: &Expr, written: &Written) {
        let e = e.unparen();
        if !self.ahead.contains_key(&e.id) && self.mode(e) != Mode::Const && self.affected(e, written) {
            self.calls_first([e]);
            self.evaluate_ahead(e);
        }
    }

    /// Whether the assignments before may change what an expression reads.
    fn affected(&mut self, e: &Expr, written: &Written) -> bool {
        if written.result {
            return true;
        }
        if !written.memory && written.vars.is_empty() {
            return false;
        }
        let mut found = false;
        let mut nodes: Vec<&Expr> = Vec::new();
        let ahead = &self.ahead;
        walk_expr(e, &mut |n| match n {
            Node::Expr(e) if ahead.contains_key(&e.id) => false,
            Node::Expr(e) => {
                nodes.push(e);
                true
            }
            Node::Stmt(_) => true,
        });
        for e in nodes {
            if let ExprKind::Name(_) = e.kind
                && let Some(o) = self.l.info.uses.get(&e.id)
            {
                found |= written.vars.contains(o);
            }
            found |= written.memory && self.reads_memory(e);
        }
        found
    }

    /// Whether an expression, its operands aside, reads what pointers may lead to.
    fn reads_memory(&mut self, e: &Expr) -> bool {
        if self.is_nil(e) || matches!(self.mode(e), Mode::Const | Mode::Type) {
            return false;
        }
        match &e.kind {
            ExprKind::Name(_) => match self.l.info.uses.get(&e.id) {
                Some(&o) => matches!(self.l.world.obj(o).kind, ObjKind::Var(_)) && self.is_shared_var(o),
                None => false,
            },
            ExprKind::Paren(_) | ExprKind::TypeAssert { .. } => false,
            ExprKind::Selector { x, .. } => match self.l.info.selections.get(&e.id).map(|s| s.indirect) {
                Some(indirect) => {
                    let t = self.value_ty(x);
                    indirect || !matches!(self.kind(t), Kind::Struct)
                }
                None => true,
            },
            ExprKind::Unary { op, .. } => !matches!(op, UnaryOp::Neg | UnaryOp::Plus | UnaryOp::Xor),
            ExprKind::Binary { op, .. } => {
                let t = self.ty(e);
                self.kind(t) == Kind::String || crate::arith::is_comparison(*op)
            }
            ExprKind::Call { fun, args, .. } if self.mode(fun) == Mode::Type => {
                let (to, from) = (self.value_ty(e), self.value_ty(&args[0]));
                !matches!(self.kind(from), Kind::Int { .. } | Kind::Float(_)) || self.kind(to) == Kind::String
            }
            // Names of fields and types inside literals and conversions.
            ExprKind::KeyValue { .. } => false,
            _ => self.l.info.of(e.id).is_some(),
        }
    }

    /// `return a, b`: the values. In a function that defers gc evaluates all but the first of them before it assigns that.
    pub fn returned(&mut self, es: &[Expr], types: &[TypeId]) -> Vec<Val> {
        if let ([e], [t]) = (es, types) {
            if !matches!(e.unparen().kind, ExprKind::Call { .. }) {
                self.operands_first(&[Operand { e, to: Some(*t) }]);
            }
            return vec![self.expr_as(e, *t)];
        }
        self.all_calls_first(es.iter().map(|e| (e, false)));
        let mut order: Vec<usize> = (0..es.len()).collect();
        if self.frame.is_some() && self.yield_ctx.is_none() {
            order.rotate_left(1);
        }
        let mut vals = vec![Val::empty(); es.len()];
        for i in order {
            self.operands_first(&[Operand { e: &es[i], to: Some(types[i]) }]);
            let v = self.expr_as(&es[i], types[i]);
            vals[i] = self.stable(types[i], v);
        }
        vals
    }

    /// `l = r`.
    pub fn assign_operands_first(&mut self, l: &Expr, r: &Expr) {
        let t = self.value_ty(l);
        let blank = self.is_blank(l);
        let mut plan = Plan::default();
        let right = Operand { e: r, to: (!blank).then_some(t) };
        if !blank {
            self.meet(l, &mut plan.met);
        }
        self.meet_as(right, &mut plan.met);
        self.dangers(r, &mut plan.natural);
        if !blank {
            self.dangers(l, &mut plan.natural);
        }
        if plan.natural.len() > 1 {
            if !blank && !self.is_map_entry(l) {
                self.second_left(l, &mut plan.second);
            }
            self.second_as(right, &mut plan.second);
        }
        self.follow(plan);
    }

    /// `l op= r`.
    pub fn op_operands_first(&mut self, op: BinaryOp, l: &Expr, r: &Expr) {
        let mut plan = Plan::default();
        for e in [l, r] {
            self.meet(e, &mut plan.met);
            self.dangers(e, &mut plan.natural);
        }
        if plan.natural.len() > 1 {
            if self.is_map_entry(l) {
                // The new value is there before the map is looked at, unless the operation itself may panic.
                if !matches!(op, BinaryOp::Div | BinaryOp::Rem) && self.mode(r) != Mode::Const {
                    plan.met.calls.push(r.unparen());
                }
            } else {
                self.second_left(l, &mut plan.second);
            }
            if self.is_text(r) {
                // With the left side the operands of one concatenation.
                let mut parts = Vec::new();
                self.concat_parts(r, &mut parts);
                for p in parts {
                    self.second(p, &mut plan.second);
                }
            } else {
                self.second(r, &mut plan.second);
            }
        }
        self.follow(plan);
    }

    /// The key and the value of a map literal's entry, which is assigned on its own.
    pub fn map_entry_first(&mut self, k: &Expr, key: TypeId, value: &Expr, elem: TypeId) {
        let mut plan = Plan::default();
        let right = Operand { e: value, to: Some(elem) };
        self.meet(k, &mut plan.met);
        if self.is_slow_map(key, elem) {
            self.meet_copied(k, key, &mut plan.met);
        }
        self.meet_as(right, &mut plan.met);
        self.dangers(value, &mut plan.natural);
        self.dangers(k, &mut plan.natural);
        if plan.natural.len() > 1 {
            self.second_as(right, &mut plan.second);
        }
        self.follow(plan);
    }

    /// `c <- v`: what is sent is copied first if it has no address.
    pub fn send_operands_first(&mut self, chan: &Expr, value: &Expr, elem: TypeId) {
        let mut plan = Plan::default();
        self.meet(chan, &mut plan.met);
        self.meet(value, &mut plan.met);
        self.meet_copied(value, elem, &mut plan.met);
        self.dangers(chan, &mut plan.natural);
        self.dangers(value, &mut plan.natural);
        self.follow(plan);
    }

    /// `append(s, x, y)`: what is appended is evaluated before s.
    pub fn append_operands_first(&mut self, args: &[Expr]) {
        let mut plan = Plan::default();
        for a in args {
            self.meet(a, &mut plan.met);
            self.dangers(a, &mut plan.natural);
        }
        if plan.natural.len() > 1 {
            self.second(&args[0], &mut plan.second);
            for a in &args[1..] {
                self.second(a, &mut plan.second);
                plan.second.push(Early::Value(a.unparen()));
            }
        }
        self.follow(plan);
    }

    fn is_map_entry(&mut self, e: &Expr) -> bool {
        let ExprKind::Index { x, .. } = &e.unparen().kind else { return false };
        let t = self.value_ty(x);
        matches!(self.kind(t), Kind::Map { .. })
    }
}
