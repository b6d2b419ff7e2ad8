//! Comparisons, shifts, and the matching of untyped operands with typed ones.
//!
//! In: operands. Out: the outcome in the first operand.

use escargo_syntax::ast::{BinaryOp, Expr};

use crate::checker::Checker;
use crate::constant::Const;
use crate::constcheck::op_pos;
use crate::exprstring::binary_text;
use crate::info::Mode;
use crate::operand::Operand;
use crate::predicates::TypeError;
use crate::world::{Basic, Type, TypeId, World};

impl<'a> Checker<'a> {
    /// Converts untyped operands so that the types of both match, where that makes sense.
    pub fn match_types(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>) {
        if !self.may_convert(x, y) {
            return;
        }
        self.convert_untyped(x, y.ty);
        if x.is_invalid() {
            return;
        }
        self.convert_untyped(y, x.ty);
        if y.is_invalid() {
            x.invalidate();
        }
    }

    fn may_convert(&mut self, x: &Operand<'a>, y: &Operand<'a>) -> bool {
        let w = &mut self.world;
        if w.is_typed(x.ty) && w.is_typed(y.ty) {
            return false;
        }
        if w.all_numeric(x.ty) != w.all_numeric(y.ty) {
            return false;
        }
        // Untyped operands become their default type beside interfaces.
        if w.is_non_type_param_interface(x.ty) || w.is_non_type_param_interface(y.ty) {
            return true;
        }
        if w.all_boolean(x.ty) != w.all_boolean(y.ty) || w.all_string(x.ty) != w.all_string(y.ty) {
            return false;
        }
        if x.is_nil() {
            return w.has_nil(y.ty);
        }
        if y.is_nil() {
            return w.has_nil(x.ty);
        }
        let pointer = |w: &mut World, t| matches!(w.under_ty(t), Type::Pointer(_));
        !pointer(w, x.ty) && !pointer(w, y.ty)
    }

    /// Compares `x` and `y`; the result in `x` is an untyped boolean. In a switch case `op` is `==`.
    pub fn comparison(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>, op: BinaryOp, switch_case: bool) {
        if !self.world.is_valid(x.ty) || !self.world.is_valid(y.ty) {
            x.invalidate();
            return;
        }
        let op = if switch_case { BinaryOp::Eql } else { op };
        if let Err((on_y, cause)) = self.comparable_operands(x, y, op) {
            self.comparison_error(x, y, op, switch_case, on_y, cause);
            x.invalidate();
            return;
        }
        if x.is_const() && y.is_const() {
            x.val = Const::Bool(Const::compare(&x.val, op, &y.val));
        } else {
            x.mode = Mode::Value;
            for o in [&*x, &*y] {
                if let Some(e) = o.expr {
                    let t = self.world.default_type(o.ty);
                    self.update_expr_type(e, t, true);
                }
            }
        }
        x.ty = World::basic(Basic::UntypedBool);
    }

    /// Err: whether the second operand is at fault, and the cause if there is one to tell.
    fn comparable_operands(
        &mut self,
        x: &Operand<'a>,
        y: &Operand<'a>,
        op: BinaryOp,
    ) -> Result<(), (bool, String)> {
        if x.ty != y.ty && self.assignable_to(x, y.ty).is_err() && self.assignable_to(y, x.ty).is_err() {
            let (xt, yt) = (self.type_string(x.ty), self.type_string(y.ty));
            return Err((true, format!("mismatched types {xt} and {yt}")));
        }
        if matches!(op, BinaryOp::Eql | BinaryOp::Neq) {
            if x.is_nil() || y.is_nil() {
                let t = if x.is_nil() { y.ty } else { x.ty };
                let nils = x.is_nil() && y.is_nil();
                return if !nils && self.world.has_nil(t) { Ok(()) } else { Err((true, String::new())) };
            }
            if !self.world.comparable(x.ty) {
                return Err((false, self.incomparable_cause(x.ty)));
            }
            if !self.world.comparable(y.ty) {
                return Err((true, self.incomparable_cause(y.ty)));
            }
            return Ok(());
        }
        if !self.world.all_ordered(x.ty) {
            return Err((false, String::new()));
        }
        if !self.world.all_ordered(y.ty) {
            return Err((true, String::new()));
        }
        Ok(())
    }

    fn comparison_error(
        &mut self,
        x: &Operand<'a>,
        y: &Operand<'a>,
        op: BinaryOp,
        switch_case: bool,
        on_y: bool,
        cause: String,
    ) {
        let mut at = if on_y { y } else { x };
        let mut cause = cause;
        if cause.is_empty() {
            let xp = self.world.is_type_param(x.ty);
            if xp || self.world.is_type_param(y.ty) {
                if !xp {
                    at = y;
                }
                let t = self.type_string(at.ty);
                cause = format!("type parameter {t} cannot use operator {}", binary_text(op));
            } else {
                let what = match self.composite_kind(at.ty) {
                    "" => self.type_string(at.ty),
                    kind => kind.into(),
                };
                cause = format!("operator {} not defined on {what}", binary_text(op));
            }
        }
        let (xs, ys) = (x.expr_text(), y.expr_text());
        if switch_case {
            self.error(x, format!("invalid case {xs} in switch on {ys} ({cause})"));
        } else {
            self.error(at, format!("invalid operation: {xs} {} {ys} ({cause})", binary_text(op)));
        }
    }

    /// Why values of the type cannot be compared; empty if there is nothing special to say.
    pub fn incomparable_cause(&mut self, t: TypeId) -> String {
        if matches!(self.world.under_ty(t), Type::Slice(_) | Type::Signature(_) | Type::Map { .. }) {
            return format!("{} can only be compared to nil", self.composite_kind(t));
        }
        self.world.comparable_type(t, true).err().map_or(String::new(), TypeError::text)
    }

    /// `x << y` or `x >> y`. `e` is the expression, or None in `x <<= y`.
    pub(crate) fn shift(
        &mut self,
        x: &mut Operand<'a>,
        y: &mut Operand<'a>,
        e: Option<&'a Expr>,
        op: BinaryOp,
    ) {
        let xval = if x.is_const() { x.val.to_int() } else { Const::Unknown };
        let untyped_int = self.world.is_untyped(x.ty) && matches!(xval, Const::Int(_));
        if !self.world.all_integer(x.ty) && !untyped_int {
            let xs = self.operand_string(x);
            self.error(&*x, format!("invalid operation: shifted operand {xs} must be integer"));
            x.invalidate();
            return;
        }
        let mut yval = Const::Unknown;
        if y.is_const() {
            yval = y.val.to_int();
            if matches!(yval, Const::Int(_)) && yval.sign() < 0 {
                let ys = self.operand_string(y);
                self.error(&*y, format!("invalid operation: negative shift count {ys}"));
                x.invalidate();
                return;
            }
            if self.world.is_untyped(y.ty) {
                // Checked but not converted here.
                self.representable(y, Basic::Uint);
                if y.is_invalid() {
                    x.invalidate();
                    return;
                }
            } else if !matches!(yval, Const::Int(_)) {
                let ys = self.operand_string(y);
                self.error(&*y, format!("invalid operation: shift count {ys} must be integer"));
                x.invalidate();
                return;
            }
        } else if self.world.all_integer(y.ty) {
            if !self.world.all_unsigned(y.ty) && !self.allow_version((1, 13)) {
                let ys = self.operand_string(y);
                self.version_error(&*y, (1, 13), format!("invalid operation: signed shift count {ys}"));
                x.invalidate();
                return;
            }
        } else if self.world.is_untyped(y.ty) {
            self.convert_untyped(y, World::basic(Basic::Uint));
            if y.is_invalid() {
                x.invalidate();
                return;
            }
        } else {
            let ys = self.operand_string(y);
            self.error(&*y, format!("invalid operation: shift count {ys} must be integer"));
            x.invalidate();
            return;
        }
        if x.is_const() {
            if y.is_const() {
                self.const_shift(x, y, xval, yval, e, op);
                return;
            }
            if self.world.is_untyped(x.ty) {
                // The type of the left operand is what it would be without the shift: known later.
                if let Some(id) = x.expr.map(|e| e.id)
                    && self.info.of(id).is_some_and(|tv| tv.ty.is_some_and(|t| self.world.is_untyped(t)))
                {
                    self.shift_lhs.insert(id);
                }
                x.mode = Mode::Value;
                return;
            }
        }
        if y.is_const()
            && self.world.is_untyped(y.ty)
            && let Some(ye) = y.expr
        {
            // The count is materialised: give it a type.
            self.update_expr_type(ye, World::basic(Basic::Uint), true);
        }
        if !self.world.all_integer(x.ty) {
            let xs = self.operand_string(x);
            self.error(&*x, format!("invalid operation: shifted operand {xs} must be integer"));
            x.invalidate();
            return;
        }
        x.mode = Mode::Value;
    }

    fn const_shift(
        &mut self,
        x: &mut Operand<'a>,
        y: &Operand<'a>,
        xval: Const,
        yval: Const,
        e: Option<&'a Expr>,
        op: BinaryOp,
    ) {
        let int = World::basic(Basic::UntypedInt);
        if x.val.is_unknown() || y.val.is_unknown() {
            x.val = Const::Unknown;
            if !self.world.is_integer(x.ty) {
                x.ty = int;
            }
            return;
        }
        // Enough to express the smallest float64.
        const MAX_SHIFT: u64 = 1023 - 1 + 52;
        let Some(count) = yval.as_u64().filter(|&s| s <= MAX_SHIFT) else {
            let ys = self.operand_string(y);
            self.error(y, format!("invalid operation: invalid shift count {ys}"));
            x.invalidate();
            return;
        };
        if !self.world.is_integer(x.ty) {
            x.ty = int;
        }
        x.val = Const::shift(&xval, op, count as u32);
        x.expr = e;
        if let Some(e) = e {
            self.overflow(x, op_pos(e));
        }
    }
}
