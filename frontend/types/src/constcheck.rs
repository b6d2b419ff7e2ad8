//! Constants and types: representability, overflow, implicit conversion of untyped values.
//!
//! In: operands. Out: operands with final types and values, or errors in gc's words.

use escargo_syntax::Pos;
use escargo_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};

use crate::checker::Checker;
use crate::constant::{Const, MAX_STRING};
use crate::info::{Mode, TypeAndValue};
use crate::operand::Operand;
use crate::predicates::{
    IS_BOOLEAN, IS_COMPLEX, IS_FLOAT, IS_INTEGER, IS_NUMERIC, IS_STRING, IS_UNSIGNED, IS_UNTYPED,
};
use crate::world::{Basic, Type, TypeId, World};

/// Why an untyped value has no implicit conversion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConvError {
    Invalid,
    /// A constant with a fraction for an integer type.
    Truncated,
    Overflow,
}

/// `v` as a value of basic type `b`, rounded; None if it cannot be represented.
pub fn represent(v: &Const, b: Basic) -> Option<Const> {
    if v.is_unknown() {
        return Some(Const::Unknown);
    }
    let info = b.info();
    if info & IS_INTEGER != 0 {
        let i = v.to_int();
        let Const::Int(n) = &i else { return None };
        let bits = match b {
            Basic::UntypedInt | Basic::UntypedRune => return Some(i),
            Basic::Int8 | Basic::Uint8 => 8,
            Basic::Int16 | Basic::Uint16 => 16,
            Basic::Int32 | Basic::Uint32 => 32,
            _ => 64,
        };
        let fits = if info & IS_UNSIGNED != 0 {
            i.sign() >= 0 && n.bits() <= bits
        } else {
            // -2^(bits-1) is the one value whose magnitude has `bits` bits.
            n.bits() < bits || i.sign() < 0 && (n + 1u32).bits() < bits
        };
        return fits.then_some(i);
    }
    if info & IS_FLOAT != 0 {
        let f = v.to_float();
        return match b {
            _ if f.is_unknown() => None,
            Basic::Float32 => f.round_f32(),
            Basic::Float64 => f.round_f64(),
            _ => Some(f),
        };
    }
    if info & IS_COMPLEX != 0 {
        let c = v.to_complex();
        if c.is_unknown() {
            return None;
        }
        return match b {
            Basic::Complex64 => Some(Const::make_complex(&c.real().round_f32()?, &c.imag().round_f32()?)),
            Basic::Complex128 => Some(Const::make_complex(&c.real().round_f64()?, &c.imag().round_f64()?)),
            _ => Some(c),
        };
    }
    let ok = info & IS_STRING != 0 && matches!(v, Const::Str(_))
        || info & IS_BOOLEAN != 0 && matches!(v, Const::Bool(_));
    ok.then(|| v.clone())
}

/// The name of an operation that can overflow.
fn op_name(e: Option<&Expr>) -> &'static str {
    match e.map(|e| &e.kind) {
        Some(ExprKind::Unary { op: UnaryOp::Xor, .. }) => "bitwise complement ",
        Some(ExprKind::Binary { op, .. }) => match op {
            BinaryOp::Add => "addition ",
            BinaryOp::Sub => "subtraction ",
            BinaryOp::Xor => "bitwise XOR ",
            BinaryOp::Mul => "multiplication ",
            BinaryOp::Shl => "shift ",
            _ => "",
        },
        _ => "",
    }
}

/// Position of the operator of an operation, leftmost position of anything else.
pub fn op_pos(e: &Expr) -> Pos {
    match e.kind {
        ExprKind::Unary { .. } | ExprKind::Binary { .. } | ExprKind::Star(_) => e.pos,
        _ => e.start(),
    }
}

impl<'a> Checker<'a> {
    /// Checks that the constant `x` is representable in its type or, untyped, not absurdly large.
    pub fn overflow(&mut self, x: &mut Operand<'a>, pos: Pos) {
        if x.val.is_unknown() {
            self.error(pos, "constant result is not representable");
            return;
        }
        if self.world.is_typed(x.ty) {
            if let Some(b) = self.world.basic_kind(x.ty) {
                self.representable(x, b);
            }
            return;
        }
        if x.val.bit_len() > 512 {
            self.error(pos, format!("constant {}overflow", op_name(x.expr)));
            x.val = Const::Unknown;
            return;
        }
        if let Some(n) = x.val.as_bytes().map(<[u8]>::len).filter(|&n| n > MAX_STRING) {
            self.error(pos, format!("constant string too long ({n} bytes > {MAX_STRING} bytes)"));
            x.val = Const::Unknown;
        }
    }

    /// Checks that the constant operand is representable in basic type `b` and rounds it.
    pub fn representable(&mut self, x: &mut Operand<'a>, b: Basic) {
        match self.representation(x, b) {
            Ok(v) => x.val = v,
            Err(code) => {
                // A typed operand is told its own type's name.
                let target = if self.world.basic_kind(x.ty) == Some(b) { x.ty } else { World::basic(b) };
                let target = self.world.under(target);
                self.invalid_conversion(code, x, target);
                x.invalidate();
            }
        }
    }

    pub fn representation(&mut self, x: &Operand<'a>, b: Basic) -> Result<Const, ConvError> {
        if let Some(v) = represent(&x.val, b) {
            return Ok(v);
        }
        if self.world.is_numeric(x.ty) && b.info() & IS_NUMERIC != 0 {
            if !self.world.is_integer(x.ty) && b.info() & IS_INTEGER != 0 {
                return Err(ConvError::Truncated);
            }
            return Err(ConvError::Overflow);
        }
        Err(ConvError::Invalid)
    }

    fn invalid_conversion(&mut self, code: ConvError, x: &Operand<'a>, target: TypeId) {
        let xs = self.operand_string(x);
        let ts = self.type_string(target);
        let text = match code {
            ConvError::Invalid => format!("cannot convert {xs} to type {ts}"),
            ConvError::Truncated => format!("{xs} truncated to {ts}"),
            ConvError::Overflow => format!("{xs} overflows {ts}"),
        };
        self.error(x, text);
    }

    /// Gives an untyped operand the type `target`, or reports that it cannot have it.
    pub fn convert_untyped(&mut self, x: &mut Operand<'a>, target: TypeId) {
        match self.implicit_type_and_value(x, target) {
            Err(code) => {
                let t = if self.world.is_type_param(target) { target } else { self.world.under(target) };
                self.invalid_conversion(code, x, t);
                x.invalidate();
            }
            Ok((ty, val)) => self.set_implicit(x, ty, val),
        }
    }

    /// Applies what `implicit_type_and_value` found.
    pub fn set_implicit(&mut self, x: &mut Operand<'a>, ty: TypeId, val: Option<Const>) {
        if let Some(v) = val {
            if let Some(e) = x.expr {
                self.update_expr_val(e, &v);
            }
            x.val = v;
        }
        if ty != x.ty {
            x.ty = ty;
            if let Some(e) = x.expr {
                self.update_expr_type(e, ty, false);
            }
        }
    }

    /// The type, and for constants the value, that an untyped operand takes where `target` is expected.
    pub fn implicit_type_and_value(
        &mut self,
        x: &Operand<'a>,
        target: TypeId,
    ) -> Result<(TypeId, Option<Const>), ConvError> {
        if x.is_invalid() || self.world.is_typed(x.ty) || !self.world.is_valid(target) {
            return Ok((x.ty, None));
        }
        if self.world.is_untyped(target) {
            return self.world.max_type(x.ty, target).map(|t| (t, None)).ok_or(ConvError::Invalid);
        }
        if x.is_nil() {
            return if self.world.has_nil(target) { Ok((target, None)) } else { Err(ConvError::Invalid) };
        }
        let u = self.world.under(target);
        match self.world.ty(u) {
            &Type::Basic(b) => {
                if x.is_const() {
                    return self.representation(x, b).map(|v| (target, Some(v)));
                }
                // Untyped values that are not constant: comparisons, and shifts whose check is delayed.
                let wanted = match self.world.ty(x.ty) {
                    Type::Basic(Basic::UntypedBool) => IS_BOOLEAN,
                    Type::Basic(Basic::UntypedString) => IS_STRING,
                    Type::Basic(Basic::UntypedNil) => return Err(ConvError::Invalid),
                    _ => IS_NUMERIC,
                };
                if b.info() & wanted == 0 {
                    return Err(ConvError::Invalid);
                }
                Ok((target, None))
            }
            Type::Interface(_) => {
                if self.world.is_type_param(target) {
                    for pair in self.world.typeset(target) {
                        let Some((_, u)) = pair else { return Err(ConvError::Invalid) };
                        if self.implicit_type_and_value(x, u).is_err() {
                            return Err(ConvError::Invalid);
                        }
                    }
                    return Ok((target, None));
                }
                // Values in interfaces have concrete types: the default type.
                if !self.world.is_empty_iface(u) {
                    return Err(ConvError::Invalid);
                }
                Ok((self.world.default_type(x.ty), None))
            }
            _ => Err(ConvError::Invalid),
        }
    }

    /// Gives default types to what is still untyped at the end: conditions, constants that only other constants use.
    /// Constants that do not fit their default type stay untyped.
    pub fn settle_untyped(&mut self) {
        for tv in &mut self.info.types {
            let Some(ty) = tv.ty else { continue };
            let Type::Basic(kind) = self.world.ty(ty) else { continue };
            if kind.info() & IS_UNTYPED == 0 || *kind == Basic::UntypedNil {
                continue;
            }
            let default = self.world.default_type(ty);
            match &tv.value {
                None => tv.ty = Some(default),
                Some(v) => {
                    if let Type::Basic(b) = self.world.ty(default)
                        && let Some(v) = represent(v, *b)
                    {
                        tv.ty = Some(default);
                        tv.value = Some(std::rc::Rc::new(v));
                    }
                }
            }
        }
    }

    /// Replaces the value recorded for a constant expression that is still untyped.
    pub fn update_expr_val(&mut self, e: &Expr, v: &Const) {
        if self.untyped_entry(e).is_some() {
            self.info.types[e.id.0 as usize].value = Some(std::rc::Rc::new(v.clone()));
        }
    }

    /// What is recorded for `e`, if that is untyped so far.
    fn untyped_entry(&self, e: &Expr) -> Option<(Mode, TypeId, bool)> {
        let tv = self.info.of(e.id)?;
        let ty = tv.ty?;
        if !self.world.is_untyped(ty) || tv.mode == Mode::Type {
            return None;
        }
        Some((tv.mode, ty, tv.value.is_some()))
    }

    /// Changes the recorded type of an untyped expression, and of the operands that share it, to `ty`. If `ty` is
    /// typed or `last`, it is the final one: a constant must be representable in it, the left operand of a
    /// non-constant shift must be an integer.
    pub fn update_expr_type(&mut self, e: &'a Expr, ty: TypeId, last: bool) {
        let Some((mode, old, has_value)) = self.untyped_entry(e) else { return };
        match &e.kind {
            ExprKind::Paren(x) => self.update_expr_type(x, ty, last),
            // Operands of constants are never materialised.
            ExprKind::Unary { x, .. } if !has_value => self.update_expr_type(x, ty, last),
            ExprKind::Binary { op, x, y } if !has_value => match op {
                // The operands have their final types.
                BinaryOp::Eql
                | BinaryOp::Neq
                | BinaryOp::Lss
                | BinaryOp::Leq
                | BinaryOp::Gtr
                | BinaryOp::Geq => {}
                BinaryOp::Shl | BinaryOp::Shr => self.update_expr_type(x, ty, last),
                _ => {
                    self.update_expr_type(x, ty, last);
                    self.update_expr_type(y, ty, last);
                }
            },
            _ => {}
        }
        let slot = e.id.0 as usize;
        if !last && self.world.is_untyped(ty) {
            let kind = self.world.under(ty);
            self.info.types[slot].ty = Some(kind);
            return;
        }
        // Final: no longer among the untyped ones.
        let value = std::mem::take(&mut self.info.types[slot]).value;
        if self.shift_lhs.remove(&e.id) && !self.world.all_integer(ty) {
            let text = crate::exprstring::expr_string(e);
            let ty = self.type_string(ty);
            self.error(e, format!("invalid operation: shifted operand {text} (type {ty}) must be integer"));
            return;
        }
        let value = match value {
            Some(v) => {
                let mut c = Operand { mode, expr: Some(e), label: None, ty: old, val: (*v).clone() };
                self.convert_untyped(&mut c, ty);
                if c.is_invalid() {
                    return;
                }
                Some(std::rc::Rc::new(c.val))
            }
            None => None,
        };
        self.info.types[slot] = TypeAndValue { mode, ty: Some(ty), value };
    }
}
