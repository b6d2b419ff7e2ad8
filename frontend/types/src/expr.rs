//! Expressions: the dispatch over their kinds, unary and binary operations, comparisons, shifts.
//!
//! In: expression syntax. Out: operands; facts about every expression in `Info`.
//! Guarantees: reports each mistake once, in gc's words; ends on any depth of nesting.

use escargo_syntax::Symbol;
use escargo_syntax::ast::{BinaryOp, ChanDir, Expr, ExprKind, UnaryOp};

use crate::checker::Checker;
use crate::constant::Const;
use crate::constcheck::op_pos;
use crate::exprstring::{binary_text, expr_string, unary_text};
use crate::info::Mode;
use crate::operand::Operand;
use crate::predicates::TypeError;
pub use crate::universe::ExprUse;
use crate::world::{Basic, Type, TypeId, World};

/// Deeper nesting of expressions is refused.
const MAX_DEPTH: u32 = 10_000;

/// The function type that a generic function's value is assigned to, for inference from it.
#[derive(Clone, Debug)]
pub struct Target {
    pub sig: TypeId,
    /// What it is assigned to, for messages.
    pub desc: String,
}

pub fn is_shift(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Shl | BinaryOp::Shr)
}

pub fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::{Eql, Geq, Gtr, Leq, Lss, Neq};
    matches!(op, Eql | Neq | Lss | Leq | Gtr | Geq)
}

/// "1st function result" and so on.
fn nth(n: usize, what: &str) -> String {
    let ending = match n {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    };
    format!("{n}{ending} {what}")
}

impl<'a> Checker<'a> {
    /// A target for inference, if `ty` has a signature as its common underlying type.
    pub fn new_target(&mut self, ty: TypeId, desc: impl FnOnce() -> String) -> Option<Target> {
        if !matches!(
            self.world.ty(ty),
            Type::Signature(_) | Type::Named(_) | Type::Alias(_) | Type::TypeParam(_)
        ) {
            return None;
        }
        let sig = self.world.core_type(ty)?;
        matches!(self.world.ty(sig), Type::Signature(_)).then(|| Target { sig, desc: desc() })
    }

    // ---- entries ----

    /// Checks `e`, which must be a single value.
    pub fn expr(&mut self, x: &mut Operand<'a>, e: &'a Expr) {
        self.expr_with_target(None, x, e);
    }

    /// As `expr`; if `e` is a generic function its type arguments may be inferred from the target.
    pub fn expr_with_target(&mut self, target: Option<&Target>, x: &mut Operand<'a>, e: &'a Expr) {
        self.raw_expr(target, x, e, None, false);
        self.exclude(x, true, true, true);
        self.single_value(x);
    }

    /// As `expr`, for a value that is assigned to something of type `ty` that messages call `desc`.
    pub fn expr_target(&mut self, x: &mut Operand<'a>, e: &'a Expr, ty: Option<TypeId>, desc: &str) {
        let target = ty.and_then(|t| self.new_target(t, || desc.into()));
        self.expr_with_target(target.as_ref(), x, e);
    }

    /// As `expr`, with the type an elided composite literal type stands for. The result may be generic.
    pub fn generic_expr(&mut self, x: &mut Operand<'a>, e: &'a Expr, hint: Option<TypeId>) {
        self.raw_expr(None, x, e, hint, true);
        self.exclude(x, true, true, true);
        self.single_value(x);
    }

    /// Checks `e`, which may denote a value or a type.
    pub fn expr_or_type(&mut self, x: &mut Operand<'a>, e: &'a Expr, allow_generic: bool) {
        self.raw_expr(None, x, e, None, allow_generic);
        self.exclude(x, true, false, false);
        self.single_value(x);
    }

    /// Checks `e`, which may have several values. With `allow_comma_ok`, an expression that has a comma-ok form
    /// gives two values and true.
    pub fn multi_expr(&mut self, e: &'a Expr, allow_comma_ok: bool) -> (Vec<Operand<'a>>, bool) {
        let mut x = Operand::new();
        self.raw_expr(None, &mut x, e, None, false);
        self.exclude(&mut x, true, true, true);
        if x.is_valid()
            && let Type::Tuple(vars) = self.world.ty(x.ty)
        {
            let list = vars.iter().enumerate().map(|(i, &v)| {
                Operand::labelled(e.start(), &nth(i + 1, "function result"), self.world.obj(v).ty)
            });
            return (list.collect(), false);
        }
        if allow_comma_ok && matches!(x.mode, Mode::MapIndex | Mode::CommaOk) {
            let what = "ok value of (comma, ok) expression";
            let ok = Operand::labelled(e.start(), what, World::basic(Basic::UntypedBool));
            return (vec![x, ok], true);
        }
        (vec![x], false)
    }

    /// Refuses operands that are no values (`no_value`), builtins, types.
    pub fn exclude(&mut self, x: &mut Operand<'a>, no_value: bool, builtin: bool, typ: bool) {
        let text = match x.mode {
            Mode::NoValue if no_value && typ => "used as value",
            Mode::NoValue if no_value => "used as value or type",
            Mode::Builtin(_) if builtin => "must be called",
            Mode::Type if typ => "is not an expression",
            _ => return,
        };
        let xs = self.operand_string(x);
        self.error(&*x, format!("{xs} {text}"));
        x.invalidate();
    }

    /// Refuses operands with several values.
    pub fn single_value(&mut self, x: &mut Operand<'a>) {
        if x.mode == Mode::Value && matches!(self.world.ty(x.ty), Type::Tuple(_)) {
            let xs = self.operand_string(x);
            self.error(&*x, format!("multiple-value {xs} in single-value context"));
            x.invalidate();
        }
    }

    /// Checks `e`, whatever it denotes, and records the outcome.
    pub fn raw_expr(
        &mut self,
        target: Option<&Target>,
        x: &mut Operand<'a>,
        e: &'a Expr,
        hint: Option<TypeId>,
        allow_generic: bool,
    ) -> ExprUse {
        if self.depth >= MAX_DEPTH {
            if !self.too_deep {
                self.too_deep = true;
                self.error(e, "expression nested too deeply");
            }
            x.invalidate();
            x.expr = Some(e);
            return ExprUse::Statement;
        }
        self.depth += 1;
        let kind = self.expr_internal(target, x, e, hint);
        self.depth -= 1;
        if !allow_generic {
            self.non_generic(target, x);
        }
        self.record(x);
        kind
    }

    /// Refuses generic types and generic functions whose type arguments cannot be inferred from the target.
    pub fn non_generic(&mut self, target: Option<&Target>, x: &mut Operand<'a>) {
        if x.is_invalid() || x.mode == Mode::NoValue {
            return;
        }
        let what = match self.world.ty(x.ty) {
            Type::Alias(_) | Type::Named(_) if self.world.is_generic(x.ty) => "type",
            Type::Signature(s) if !s.tparams.is_empty() => {
                if target.is_some() {
                    self.func_inst(target, x.pos(), x, None, true);
                    return;
                }
                "function"
            }
            _ => return,
        };
        let text = x.expr_text();
        self.error(&*x, format!("cannot use generic {what} {text} without instantiation"));
        x.invalidate();
        x.ty = World::INVALID;
    }

    fn expr_internal(
        &mut self,
        target: Option<&Target>,
        x: &mut Operand<'a>,
        e: &'a Expr,
        hint: Option<TypeId>,
    ) -> ExprUse {
        x.invalidate();
        x.ty = World::INVALID;
        x.expr = Some(e);
        x.label = None;
        match &e.kind {
            ExprKind::Bad => {}
            ExprKind::Name(name) => self.ident(x, e, *name, false),
            ExprKind::Ellipsis(_) => self.error(e, "invalid use of ..."),
            ExprKind::BasicLit { kind, text, bad } => {
                if !bad {
                    self.basic_lit(x, e, *kind, text);
                }
            }
            ExprKind::FuncLit { ty, body } => self.func_lit(x, e, ty, body),
            ExprKind::CompositeLit { ty, elems, rbrace } => {
                self.composite_lit(x, e, ty.as_deref(), elems, *rbrace, hint);
            }
            ExprKind::Paren(inner) => {
                let kind = self.raw_expr(None, x, inner, None, false);
                x.expr = Some(e);
                return kind;
            }
            ExprKind::Selector { .. } => {
                self.selector(x, e, false);
            }
            ExprKind::Index { x: base, indices } => {
                if self.index_expr(x, e, base, indices) {
                    self.func_inst(target, e.pos, x, Some(e), true);
                }
            }
            ExprKind::Slice { x: base, lo, hi, max, full } => {
                self.slice_expr(x, e, base, [lo.as_deref(), hi.as_deref(), max.as_deref()], *full);
            }
            ExprKind::TypeAssert { x: base, ty } => self.type_assert(x, e, base, ty.as_deref()),
            ExprKind::Call { .. } => return self.call_expr(x, e),
            ExprKind::Star(base) => self.star(x, base),
            ExprKind::Unary { op, x: base } => {
                self.unary(x, e, *op, base);
                x.expr = Some(e);
                if *op == UnaryOp::Recv {
                    return ExprUse::Statement;
                }
            }
            ExprKind::Binary { op, x: lhs, y: rhs } => self.binary(x, Some(e), lhs, rhs, *op),
            ExprKind::KeyValue { .. } => self.error(e, "no key:value expected"),
            ExprKind::ArrayType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::StructType { .. }
            | ExprKind::FuncType(_)
            | ExprKind::InterfaceType { .. }
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. } => {
                x.ty = self.typ(e);
                x.mode = Mode::Type;
            }
        }
        x.expr = Some(e);
        if x.is_invalid() {
            // Not to cause errors about unused values.
            return ExprUse::Statement;
        }
        ExprUse::Expression
    }

    fn type_assert(&mut self, x: &mut Operand<'a>, e: &'a Expr, base: &'a Expr, ty: Option<&'a Expr>) {
        let Some(ty) = ty else {
            self.error(e, "invalid syntax tree: use of .(type) outside type switch");
            self.use_exprs(std::slice::from_ref(base));
            return;
        };
        self.expr(x, base);
        if x.is_invalid() {
            return;
        }
        if self.world.is_type_param(x.ty) {
            let xs = self.operand_string(x);
            self.error(
                &*x,
                format!("invalid operation: cannot use type assertion on type parameter value {xs}"),
            );
            x.invalidate();
            return;
        }
        if !self.world.is_interface(x.ty) {
            let xs = self.operand_string(x);
            self.error(&*x, format!("invalid operation: {xs} is not an interface"));
            x.invalidate();
            return;
        }
        let t = self.var_type(ty);
        if !self.world.is_valid(t) || !self.is_complete(t) {
            x.invalidate();
            return;
        }
        self.type_assertion(e, x, t, false);
        x.mode = Mode::CommaOk;
        x.ty = t;
    }

    /// Checks that interface value `x` can have dynamic type `t`.
    pub fn type_assertion(&mut self, e: &'a Expr, x: &Operand<'a>, t: TypeId, type_switch: bool) {
        let Err(cause) = self.assertable_to(x.ty, t) else { return };
        let es = expr_string(e);
        let ts = self.type_string(t);
        let text = if type_switch {
            let xs = self.operand_string(x);
            format!("impossible type switch case: {es}\n\t{xs} cannot have dynamic type {ts} {cause}")
        } else {
            let xt = self.type_string(x.ty);
            format!("impossible type assertion: {es}\n\t{ts} does not implement {xt} {cause}")
        };
        self.error(e, text);
    }

    /// `*base`: a pointer type or what a pointer points to.
    fn star(&mut self, x: &mut Operand<'a>, base: &'a Expr) {
        self.expr_or_type(x, base, false);
        match x.mode {
            Mode::None => {}
            Mode::Type => {
                self.valid_var_type(base, x.ty);
                x.ty = self.world.new_type(Type::Pointer(x.ty));
            }
            _ => {
                let mut common: Option<TypeId> = None;
                for pair in self.world.typeset(x.ty) {
                    let pointed = pair.and_then(|(_, u)| match self.world.ty(u) {
                        Type::Pointer(b) => Some(*b),
                        _ => None,
                    });
                    let Some(b) = pointed else {
                        let xs = self.operand_string(x);
                        self.error(&*x, format!("invalid operation: cannot indirect {xs}"));
                        x.invalidate();
                        return;
                    };
                    if common.is_some_and(|c| !self.world.identical(c, b)) {
                        let xs = self.operand_string(x);
                        let text =
                            format!("invalid operation: pointers of {xs} must have identical base types");
                        self.error(&*x, text);
                        x.invalidate();
                        return;
                    }
                    common = Some(b);
                }
                let Some(b) = common.filter(|&b| self.is_complete(b)) else {
                    x.invalidate();
                    return;
                };
                x.mode = Mode::Var;
                x.ty = b;
            }
        }
    }

    // ---- unary ----

    fn unary(&mut self, x: &mut Operand<'a>, e: &'a Expr, op: UnaryOp, base: &'a Expr) {
        self.expr(x, base);
        if x.is_invalid() {
            return;
        }
        let mut op = op;
        match op {
            UnaryOp::Addr => {
                // Composite literals need not be addressable.
                let literal = matches!(base.unparen().kind, ExprKind::CompositeLit { .. });
                if !literal && x.mode != Mode::Var {
                    let xs = self.operand_string(x);
                    self.error(&*x, format!("invalid operation: cannot take address of {xs}"));
                    x.invalidate();
                    return;
                }
                x.mode = Mode::Value;
                x.ty = self.world.new_type(Type::Pointer(x.ty));
                return;
            }
            UnaryOp::Recv => {
                match self.chan_elem(x, true).filter(|&t| self.is_complete(t)) {
                    Some(elem) => {
                        x.mode = Mode::CommaOk;
                        x.ty = elem;
                        self.env.has_call_or_recv = true;
                    }
                    None => x.invalidate(),
                }
                return;
            }
            UnaryOp::Tilde => {
                let text = "cannot use ~ outside of interface or type constraint";
                if !self.world.all_integer(x.ty) {
                    self.error(e, text);
                    x.invalidate();
                    return;
                }
                self.error(e, format!("{text} (use ^ for bitwise complement)"));
                op = UnaryOp::Xor;
            }
            _ => {}
        }
        let defined = match op {
            UnaryOp::Plus | UnaryOp::Neg => self.world.all_numeric(x.ty),
            UnaryOp::Xor => self.world.all_integer(x.ty),
            _ => self.world.all_boolean(x.ty),
        };
        if !defined {
            let xs = self.operand_string(x);
            self.error(&*x, format!("invalid operation: operator {} not defined on {xs}", unary_text(op)));
            x.invalidate();
            return;
        }
        if !x.is_const() {
            x.mode = Mode::Value;
            return;
        }
        if x.val.is_unknown() {
            return;
        }
        let bits =
            if self.world.is_unsigned(x.ty) { self.world.size_of(x.ty).unwrap_or(8) as u32 * 8 } else { 0 };
        x.val = Const::unary(op, &x.val, bits);
        x.expr = Some(e);
        self.overflow(x, op_pos(e));
    }

    /// The element type of the channel `x` for receiving or sending; reports an error if that is not possible.
    pub fn chan_elem(&mut self, x: &Operand<'a>, recv: bool) -> Option<TypeId> {
        let because = |s: String| Err(TypeError::Because(s));
        let common = self.world.common_under(x.ty, |w, pair| {
            let Some((t, u)) = pair else { return because("no specific channel type".into()) };
            match *w.ty(u) {
                Type::Chan { dir: ChanDir::Send, .. } if recv => {
                    because(format!("send-only channel {}", w.type_string(t)))
                }
                Type::Chan { dir: ChanDir::Recv, .. } if !recv => {
                    because(format!("receive-only channel {}", w.type_string(t)))
                }
                Type::Chan { .. } => Ok(()),
                _ => because(format!("non-channel {}", w.type_string(t))),
            }
        });
        let cause = match common {
            Ok(u) => match *self.world.ty(u) {
                Type::Chan { elem, .. } => return Some(elem),
                _ => return None,
            },
            Err(why) => why.text(),
        };
        let verb = if recv { "receive from" } else { "send to" };
        let xs = self.operand_string(x);
        let text = if self.world.is_type_param(x.ty) {
            format!("invalid operation: cannot {verb} {xs}: {cause}")
        } else {
            format!("invalid operation: cannot {verb} {cause} {xs}")
        };
        self.error(x, text);
        None
    }

    // ---- binary ----

    /// `lhs op rhs`. `e` is the expression, or None for the operation in `lhs op= rhs`.
    pub fn binary(
        &mut self,
        x: &mut Operand<'a>,
        e: Option<&'a Expr>,
        lhs: &'a Expr,
        rhs: &'a Expr,
        op: BinaryOp,
    ) {
        let mut y = Operand::new();
        self.expr(x, lhs);
        self.expr(&mut y, rhs);
        if x.is_invalid() {
            return;
        }
        if y.is_invalid() {
            x.invalidate();
            x.expr = y.expr;
            return;
        }
        if is_shift(op) {
            self.shift(x, &mut y, e, op);
            return;
        }
        self.match_types(x, &mut y);
        if x.is_invalid() {
            return;
        }
        if is_comparison(op) {
            self.comparison(x, &mut y, op, false);
            return;
        }
        if !self.world.identical(x.ty, y.ty) {
            if self.world.is_valid(x.ty) && self.world.is_valid(y.ty) {
                let what = match e {
                    Some(e) => expr_string(e),
                    None => format!("{} {}= {}", expr_string(lhs), binary_text(op), expr_string(rhs)),
                };
                let (xt, yt) = (self.type_string(x.ty), self.type_string(y.ty));
                self.error(&*x, format!("invalid operation: {what} (mismatched types {xt} and {yt})"));
            }
            x.invalidate();
            return;
        }
        let defined = match op {
            BinaryOp::Add => self.world.all_numeric_or_string(x.ty),
            BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div => self.world.all_numeric(x.ty),
            BinaryOp::AndAnd | BinaryOp::OrOr => self.world.all_boolean(x.ty),
            _ => self.world.all_integer(x.ty),
        };
        if !defined {
            let xs = self.operand_string(x);
            self.error(&*x, format!("invalid operation: operator {} not defined on {xs}", binary_text(op)));
            x.invalidate();
            return;
        }
        let both_const = x.is_const() && y.is_const();
        if matches!(op, BinaryOp::Div | BinaryOp::Rem)
            && y.is_const()
            && (y.val.sign() == 0 || self.world.is_complex(x.ty) && y.val.to_complex().sign() == 0)
            && (x.is_const() || self.world.all_integer(x.ty))
        {
            self.error(&y, "invalid operation: division by zero");
            x.invalidate();
            return;
        }
        if both_const {
            if x.val.is_unknown() || y.val.is_unknown() {
                x.val = Const::Unknown;
                return;
            }
            let int_div = op == BinaryOp::Div && self.world.is_integer(x.ty);
            x.val = Const::binary(&x.val, op, &y.val, int_div);
            x.expr = e;
            if let Some(e) = e {
                self.overflow(x, op_pos(e));
            }
            return;
        }
        x.mode = Mode::Value;
    }

    /// The name that `e`, parentheses aside, consists of.
    pub fn name_of(e: &Expr) -> Option<Symbol> {
        match e.unparen().kind {
            ExprKind::Name(n) => Some(n),
            _ => None,
        }
    }
}
