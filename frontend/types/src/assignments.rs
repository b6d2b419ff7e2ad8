//! Assignments: of operands to types, initialisations, assignment statements, short variable declarations.
//!
//! In: operands and syntax. Out: operands with final types, variables with types; errors.

use escargo_syntax::Pos;
use escargo_syntax::ast::{Expr, ExprKind};

use crate::checker::{At, Checker};
use crate::constcheck::ConvError;
use crate::exprstring::expr_string;
use crate::info::Mode;
use crate::operand::Operand;
use crate::world::{ObjId, ObjKind, Object, Type, TypeId, VarInfo, World};

/// A left-hand side.
enum Lhs {
    Blank,
    Invalid,
    Typed(TypeId),
}

fn measure(n: usize, unit: &str) -> String {
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

fn is_call(list: &[Expr]) -> bool {
    matches!(list, [only] if matches!(only.unparen().kind, ExprKind::Call { .. }))
}

impl<'a> Checker<'a> {
    /// Checks that `x` can be assigned to type `t` (None: to the blank identifier), converting untyped values.
    pub fn assignment(&mut self, x: &mut Operand<'a>, t: Option<TypeId>, context: &str) {
        if let (None, Some(e)) = (t, x.expr) {
            self.drop_literal(e.unparen().pos);
        }
        self.single_value(x);
        match x.mode {
            Mode::None => return,
            Mode::NilValue | Mode::Const | Mode::Var | Mode::MapIndex | Mode::Value | Mode::CommaOk => {}
            _ => {
                let xs = self.operand_string(x);
                let ts = t.map_or("nil".into(), |t| self.type_string(t));
                self.error(&*x, format!("cannot assign {xs} to {ts} in {context}"));
                x.invalidate();
                return;
            }
        }
        if self.world.is_untyped(x.ty) {
            let target = match t {
                None if x.is_nil() => {
                    self.error(&*x, format!("use of untyped nil in {context}"));
                    x.invalidate();
                    return;
                }
                Some(t) if x.is_nil() || !self.world.is_non_type_param_interface(t) => t,
                _ => self.world.default_type(x.ty),
            };
            match self.implicit_type_and_value(x, target) {
                Ok((ty, val)) => self.set_implicit(x, ty, val),
                Err(code) => {
                    let (xs, ts) = (self.operand_string(x), self.type_string(target));
                    let suffix = match code {
                        ConvError::Truncated => " (truncated)",
                        ConvError::Overflow => " (overflows)",
                        ConvError::Invalid => "",
                    };
                    self.error(&*x, format!("cannot use {xs} as {ts} value in {context}{suffix}"));
                    x.invalidate();
                    return;
                }
            }
        }
        if matches!(self.world.ty(x.ty), Type::Signature(_) | Type::Named(_) | Type::Alias(_)) {
            // A generic function may get its type arguments from the target.
            let generic = matches!(self.world.ty(x.ty), Type::Signature(s) if !s.tparams.is_empty());
            let target = match t {
                Some(t) if generic => self.new_target(t, || context.into()),
                _ => None,
            };
            self.non_generic(target.as_ref(), x);
            if x.is_invalid() {
                return;
            }
        }
        let Some(t) = t else { return };
        if let Err(cause) = self.assignable_to(x, t) {
            let (xs, ts) = (self.operand_string(x), self.type_string(t));
            let text = if cause.is_empty() {
                format!("cannot use {xs} as {ts} value in {context}")
            } else {
                format!("cannot use {xs} as {ts} value in {context}: {cause}")
            };
            self.error(&*x, text);
            x.invalidate();
        }
    }

    /// Gives constant `lhs` the value of `x` and, unless it is declared with one (`typed`), its type.
    pub fn init_const(&mut self, lhs: ObjId, typed: bool, x: &mut Operand<'a>) {
        let ty = self.world.obj(lhs).ty;
        if x.is_invalid() || !self.world.is_valid(x.ty) || typed && !self.world.is_valid(ty) {
            if !typed {
                self.world.objs[lhs.index()].ty = World::INVALID;
            }
            return;
        }
        if !x.is_const() {
            let xs = self.operand_string(x);
            self.error(&*x, format!("{xs} is not constant"));
            if !typed {
                self.world.objs[lhs.index()].ty = World::INVALID;
            }
            return;
        }
        let ty = if typed { ty } else { x.ty };
        self.world.objs[lhs.index()].ty = ty;
        self.assignment(x, Some(ty), "constant declaration");
        if x.is_valid() {
            self.world.objs[lhs.index()].kind = ObjKind::Const { value: x.val.clone() };
        }
    }

    /// Initialises variable `lhs`, which gets the type of `x` unless it has one already (`typed`).
    pub fn init_var(&mut self, lhs: ObjId, typed: bool, x: &mut Operand<'a>, context: &str) {
        let mut ty = self.world.obj(lhs).ty;
        if x.is_invalid() || !self.world.is_valid(x.ty) || typed && !self.world.is_valid(ty) {
            if !typed {
                self.world.objs[lhs.index()].ty = World::INVALID;
            }
            x.invalidate();
            return;
        }
        if !typed {
            ty = self.world.default_type(x.ty);
            if x.is_nil() && self.world.is_untyped_nil(x.ty) {
                self.error(&*x, format!("use of untyped nil in {context}"));
                self.world.objs[lhs.index()].ty = World::INVALID;
                x.invalidate();
                return;
            }
            self.world.objs[lhs.index()].ty = ty;
        }
        self.assignment(x, Some(ty), context);
    }

    /// Checks a left-hand side. Naming a variable there does not use it.
    fn lhs_var(&mut self, lhs: &'a Expr) -> Lhs {
        let name = Self::name_of(lhs);
        if name.is_some_and(|n| n.is_blank()) {
            return Lhs::Blank;
        }
        let var = name.and_then(|n| self.lookup(n)).and_then(|o| self.local_use(o));
        let mut x = Operand::new();
        self.expr(&mut x, lhs);
        if let Some((o, used)) = var {
            self.set_used(o, used);
        }
        if x.is_invalid() || !self.world.is_valid(x.ty) {
            return Lhs::Invalid;
        }
        if matches!(x.mode, Mode::Var | Mode::MapIndex) {
            return Lhs::Typed(x.ty);
        }
        if let Some(ExprKind::Selector { x: base, .. }) = x.expr.map(|e| &e.kind) {
            let mut op = Operand::new();
            self.expr(&mut op, base);
            if op.mode == Mode::MapIndex {
                let text = x.expr_text();
                self.error(&x, format!("cannot assign to struct field {text} in map"));
                return Lhs::Invalid;
            }
        }
        let text = x.expr_text();
        self.error(&x, format!("cannot assign to {text} (neither addressable nor a map index expression)"));
        Lhs::Invalid
    }

    /// A variable of this package and whether it is used so far.
    pub fn local_use(&self, obj: ObjId) -> Option<(ObjId, bool)> {
        let o = self.world.obj(obj);
        match &o.kind {
            ObjKind::Var(v) if o.pkg == Some(self.pkg) => Some((obj, v.used)),
            _ => None,
        }
    }

    pub fn set_used(&mut self, obj: ObjId, used: bool) {
        if let ObjKind::Var(v) = &mut self.world.objs[obj.index()].kind {
            v.used = used;
        }
    }

    /// Checks `lhs = x`, where `x` is already evaluated.
    pub fn assign_operand(&mut self, lhs: &'a Expr, x: &mut Operand<'a>, context: &str) {
        match self.lhs_var(lhs) {
            Lhs::Invalid => x.invalidate(),
            Lhs::Blank if context == "assignment" => {
                self.assignment(x, None, "assignment to _ identifier");
            }
            Lhs::Blank => self.assignment(x, None, context),
            Lhs::Typed(t) => self.assignment(x, Some(t), context),
        }
    }

    /// Checks `lhs = rhs`.
    pub fn assign_var(&mut self, lhs: &'a Expr, rhs: &'a Expr, context: &str) {
        let mut x = Operand::new();
        match self.lhs_var(lhs) {
            Lhs::Invalid => {
                self.use_exprs(std::slice::from_ref(rhs));
            }
            Lhs::Blank => {
                self.expr(&mut x, rhs);
                let context = if context == "assignment" { "assignment to _ identifier" } else { context };
                self.assignment(&mut x, None, context);
            }
            Lhs::Typed(t) => {
                let target = self.new_target(t, || expr_string(lhs));
                self.expr_with_target(target.as_ref(), &mut x, rhs);
                self.assignment(&mut x, Some(t), context);
            }
        }
    }

    /// The types as "have" and "want" lines show them. `variadic`: the last is written `...E`; `dots`: `T...`.
    pub fn types_summary(&mut self, list: &[TypeId], variadic: bool, dots: bool) -> String {
        let mut out = String::from("(");
        for (i, &t) in list.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            let last = i + 1 == list.len();
            let mut s = if !self.world.is_valid(t) {
                "unknown type".into()
            } else if self.world.is_untyped(t) {
                if self.world.is_numeric(t) {
                    // No specific type is implied.
                    "number".into()
                } else {
                    self.type_string(t).replace("untyped ", "")
                }
            } else {
                self.type_string(t)
            };
            if last && variadic {
                if let &Type::Slice(elem) = self.world.ty(t) {
                    s = self.type_string(elem);
                }
                s.insert_str(0, "...");
            } else if last && dots {
                s.push_str("...");
            }
            out.push_str(&s);
        }
        out.push(')');
        out
    }

    fn assign_error(&mut self, rhs: &'a [Expr], l: usize, r: usize) {
        let vars = measure(l, "variable");
        let vals = measure(r, "value");
        let first = &rhs[0];
        if let ([only], ExprKind::Call { fun, .. }) = (rhs, &first.unparen().kind) {
            let fun = expr_string(fun);
            self.error(only, format!("assignment mismatch: {vars} but {fun} returns {vals}"));
            return;
        }
        self.error(first, format!("assignment mismatch: {vars} but {vals}"));
    }

    fn return_error(&mut self, at: Pos, lhs: &[ObjId], rhs: &[Operand<'a>]) {
        let (l, r) = (lhs.len(), rhs.len());
        let (at, qualifier) = if r > l {
            (rhs[l].at(), "too many")
        } else if r > 0 {
            (rhs[r - 1].at(), "not enough")
        } else {
            (at, "not enough")
        };
        let have: Vec<TypeId> = rhs.iter().map(|x| x.ty).collect();
        let want: Vec<TypeId> = lhs.iter().map(|&v| self.world.obj(v).ty).collect();
        let have = self.types_summary(&have, false, false);
        let want = self.types_summary(&want, false, false);
        let more = [(Pos::NONE, format!("have {have}")), (Pos::NONE, format!("want {want}"))];
        self.error_with(at, format!("{qualifier} return values"), &more, false);
    }

    /// Initialises variables with the values of `rhs`. `typed`: they have types already. `return_pos`: position of
    /// the return statement whose results they are.
    pub fn init_vars(&mut self, lhs: &[ObjId], typed: bool, rhs: &'a [Expr], return_pos: Option<Pos>) {
        self.init_each_var(lhs, &|_| typed, rhs, return_pos);
    }

    fn init_each_var(
        &mut self,
        lhs: &[ObjId],
        typed: &dyn Fn(usize) -> bool,
        rhs: &'a [Expr],
        return_pos: Option<Pos>,
    ) {
        let (l, r) = (lhs.len(), rhs.len());
        let context = match return_pos {
            Some(_) => "return statement",
            None if l > 1 => "multiple assignment",
            None => "assignment",
        };
        if l == r && !is_call(rhs) {
            let mut x = Operand::new();
            for (i, (&v, e)) in lhs.iter().zip(rhs).enumerate() {
                let o = self.world.obj(v);
                let (ty, name) = (o.ty, o.name);
                let target = if typed(i) {
                    let result = return_pos.is_some() && name.as_str().is_empty();
                    self.new_target(ty, || if result { "result variable" } else { name.as_str() }.into())
                } else {
                    None
                };
                self.expr_with_target(target.as_ref(), &mut x, e);
                self.init_var(v, typed(i), &mut x, context);
            }
            return;
        }
        let invalidate = |c: &mut Self| {
            for (i, &v) in lhs.iter().enumerate() {
                if !typed(i) {
                    c.world.objs[v.index()].ty = World::INVALID;
                }
            }
        };
        if r != 1 {
            // Other errors on the right explain enough.
            if self.use_exprs(rhs) {
                match return_pos {
                    Some(at) => {
                        let values = self.expr_list(rhs);
                        self.return_error(at, lhs, &values);
                    }
                    None if r > 0 => self.assign_error(rhs, l, r),
                    None => {}
                }
            }
            invalidate(self);
            return;
        }
        let (mut values, comma_ok) = self.multi_expr(&rhs[0], l == 2 && return_pos.is_none());
        if values.len() == l {
            for (i, (&v, x)) in lhs.iter().zip(&mut values).enumerate() {
                self.init_var(v, typed(i), x, context);
            }
            if comma_ok && values.iter().all(Operand::is_valid) {
                self.record_comma_ok_types(&rhs[0], values[0].ty, values[1].ty);
            }
            return;
        }
        if values.first().is_some_and(Operand::is_valid) {
            match return_pos {
                Some(at) => self.return_error(at, lhs, &values),
                None => self.assign_error(rhs, l, values.len()),
            }
        }
        invalidate(self);
    }

    /// Checks `lhs... = rhs...`.
    pub fn assign_vars(&mut self, lhs: &'a [Expr], rhs: &'a [Expr]) {
        let (l, r) = (lhs.len(), rhs.len());
        let context = if l > 1 { "multiple assignment" } else { "assignment" };
        if l == r && !is_call(rhs) {
            for (lhs, rhs) in lhs.iter().zip(rhs) {
                self.assign_var(lhs, rhs, context);
            }
            return;
        }
        if r != 1 {
            let lhs_ok = self.use_lhs(lhs);
            let rhs_ok = self.use_exprs(rhs);
            if lhs_ok && rhs_ok && r > 0 {
                self.assign_error(rhs, l, r);
            }
            return;
        }
        let (mut values, comma_ok) = self.multi_expr(&rhs[0], l == 2);
        if values.len() == l {
            for (lhs, x) in lhs.iter().zip(&mut values) {
                self.assign_operand(lhs, x, context);
            }
            if comma_ok && values.iter().all(Operand::is_valid) {
                self.record_comma_ok_types(&rhs[0], values[0].ty, values[1].ty);
            }
            return;
        }
        if values.first().is_some_and(Operand::is_valid) {
            self.assign_error(rhs, l, values.len());
        }
        self.use_lhs(lhs);
    }

    /// Checks `lhs... := rhs...`.
    pub fn short_var_decl(&mut self, pos: Pos, lhs: &'a [Expr], rhs: &'a [Expr]) {
        let top = self.delayed.len();
        let scope = self.env.scope;
        let mut vars: Vec<ObjId> = Vec::with_capacity(lhs.len());
        let mut is_new: Vec<bool> = Vec::with_capacity(lhs.len());
        let mut new_vars: Vec<ObjId> = Vec::new();
        let mut has_error = false;
        for (i, e) in lhs.iter().enumerate() {
            let dummy = |c: &mut Self| {
                c.new_var(e.pos, escargo_syntax::Symbol::BLANK, World::INVALID, VarInfo::default())
            };
            let mut bad = |c: &mut Self, text: String| {
                c.error(e, text);
                has_error = true;
                vars.push(dummy(c));
                is_new.push(true);
            };
            let ExprKind::Name(name) = e.kind else {
                self.use_lhs(std::slice::from_ref(e));
                bad(self, format!("non-name {} on left side of :=", expr_string(e)));
                continue;
            };
            let blank = name.is_blank();
            if !blank && lhs[..i].iter().any(|p| matches!(p.kind, ExprKind::Name(n) if n == name)) {
                bad(self, format!("{name} repeated on left side of :="));
                continue;
            }
            if let Some(alt) = self.world.scope_lookup(scope, name) {
                self.record_use(e.id, alt);
                if matches!(self.world.obj(alt).kind, ObjKind::Var(_)) {
                    vars.push(alt);
                    is_new.push(false);
                } else {
                    bad(self, format!("cannot assign to {name}"));
                }
                continue;
            }
            let obj = self.world.new_obj(Object {
                kind: ObjKind::Var(VarInfo::default()),
                name,
                pos: e.pos,
                pkg: Some(self.pkg),
                ty: World::INVALID,
                parent: None,
                scope_pos: Pos::NONE,
            });
            vars.push(obj);
            is_new.push(true);
            if !blank {
                new_vars.push(obj);
            }
            self.record_def(e.id, obj);
        }
        self.init_each_var(&vars, &|i| !is_new[i], rhs, None);
        // Function literals on the right see the scope as it is before.
        self.process_delayed(top);
        if new_vars.is_empty() && !has_error {
            self.soft_error(pos, "no new variables on left side of :=");
            return;
        }
        let scope_pos = rhs.last().map_or(pos, |e| e.pos);
        for v in new_vars {
            self.declare(scope, None, v, scope_pos);
        }
    }
}
