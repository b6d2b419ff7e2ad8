//! Conversions `T(x)`.
//!
//! In: operands and types. Out: operands of the type, or errors.

use crate::checker::Checker;
use crate::constant::Const;
use crate::constcheck::represent;
use crate::info::Mode;
use crate::operand::Operand;
use crate::world::{Basic, Type, TypeId};

impl<'a> Checker<'a> {
    /// The value of constant `x` converted to `t`, if that is a basic type that can represent it.
    fn const_convertible(&mut self, x: &Operand<'a>, t: TypeId) -> Option<Const> {
        let b = self.world.basic_kind(t)?;
        if let Some(v) = represent(&x.val, b) {
            return Some(v);
        }
        if self.world.is_integer(x.ty) && self.world.is_string(t) {
            let c = x.val.as_u64().and_then(|v| u32::try_from(v).ok()).and_then(char::from_u32);
            return Some(Const::string(c.unwrap_or('\u{fffd}').encode_utf8(&mut [0; 4]).as_bytes()));
        }
        None
    }

    /// Checks the conversion `t(x)`; the result is in `x`.
    pub fn conversion(&mut self, x: &mut Operand<'a>, t: TypeId) {
        let const_arg = x.is_const();
        let const_type = self.world.is_const_type(t);
        let mut ok = false;
        let mut cause = String::new();
        if const_arg && const_type {
            match self.const_convertible(x, t) {
                Some(v) => {
                    x.val = v;
                    ok = true;
                }
                None if self.world.is_integer(x.ty) && self.world.is_integer(t) => {
                    let ts = self.type_string(t);
                    let v = x.val.to_int();
                    self.error(&*x, format!("constant {v} overflows {ts}"));
                    x.invalidate();
                    return;
                }
                None => {
                    // gc shows the integer that it tried.
                    if self.world.is_integer(t) && !x.val.to_int().is_unknown() {
                        x.val = x.val.to_int();
                    }
                }
            }
        } else if const_arg && self.world.is_type_param(t) {
            ok = true;
            for pair in self.world.typeset(t) {
                let Some((_, u)) = pair else {
                    cause = format!("{} does not contain specific types", self.type_string(t));
                    ok = false;
                    break;
                };
                if self.world.is_string(x.ty) && self.is_bytes_or_runes(u) {
                    continue;
                }
                if self.const_convertible(x, u).is_none() {
                    let (us, ts) = (self.type_string(u), self.type_string(t));
                    cause = if self.world.is_integer(x.ty) && self.world.is_integer(u) {
                        format!("constant {} overflows {us} (in {ts})", x.val)
                    } else {
                        format!("cannot convert {} to type {us} (in {ts})", self.operand_string(x))
                    };
                    ok = false;
                    break;
                }
            }
            // Type parameters are no constant types.
            x.mode = Mode::Value;
        } else {
            match self.convertible_to(x, t) {
                Ok(()) => {
                    ok = true;
                    x.mode = Mode::Value;
                }
                Err(why) => cause = why,
            }
        }
        if !ok {
            let (xs, ts) = (self.operand_string(x), self.type_string(t));
            let text = if cause.is_empty() {
                format!("cannot convert {xs} to type {ts}")
            } else {
                format!("cannot convert {xs} to type {ts}: {cause}")
            };
            self.error(&*x, text);
            x.invalidate();
            return;
        }
        // The conversion gives an untyped operand its type.
        if self.world.is_untyped(x.ty) {
            let mut last = t;
            if self.world.is_untyped_nil(x.ty) {
                // nil takes the type itself.
            } else if self.world.is_non_type_param_interface(t) || const_arg && !const_type {
                last = self.world.default_type(x.ty);
            } else if x.is_const() && self.world.is_integer(x.ty) && self.world.all_string(t) {
                last = x.ty;
            }
            if let Some(e) = x.expr {
                self.update_expr_type(e, last, true);
            }
        }
        x.ty = t;
    }

    /// Whether the non-constant conversion `t(x)` is allowed; the error is the cause, if there is one to tell.
    pub fn convertible_to(&mut self, x: &Operand<'a>, t: TypeId) -> Result<(), String> {
        let mut cause = match self.assignable_to(x, t) {
            Ok(()) => return Ok(()),
            Err(cause) => cause,
        };
        let orig = t;
        let v = self.world.unalias(x.ty);
        let t = self.world.unalias(t);
        let (vu, tu) = (self.world.under(v), self.world.under(t));
        let (vp, tp) = (self.world.is_type_param(v), self.world.is_type_param(t));
        if !vp && !tp && self.world.identical_ignore_tags(vu, tu) {
            return Ok(());
        }
        if let (&Type::Pointer(a), &Type::Pointer(b)) = (self.world.ty(v), self.world.ty(t)) {
            let (au, bu) = (self.world.under(a), self.world.under(b));
            if self.world.identical_ignore_tags(au, bu)
                && !self.world.is_type_param(a)
                && !self.world.is_type_param(b)
            {
                return Ok(());
            }
        }
        if !vp && !tp && self.basic_convertible(vu, tu) {
            return Ok(());
        }
        if let &Type::Slice(elem) = self.world.ty(vu) {
            let (array, since, what) = match *self.world.ty(tu) {
                Type::Array { .. } => (tu, (1, 20), "array"),
                Type::Pointer(base) => (self.world.under(base), (1, 17), "array pointer"),
                _ => (vu, (1, 0), ""),
            };
            if let &Type::Array { elem: to, .. } = self.world.ty(array)
                && self.world.identical(elem, to)
            {
                if self.allow_version(since) {
                    return Ok(());
                }
                return Err(format!("conversion of slice to {what} requires go1.{} or later", since.1));
            }
        }
        if !vp && !tp {
            return Err(cause);
        }
        let explain =
            |why: String, text: String| if why.is_empty() { text } else { format!("{text}\n\t{why}") };
        let sources = if vp { self.world.typeset(v) } else { vec![Some((x.ty, vu))] };
        let targets = if tp { self.world.typeset(t) } else { vec![Some((orig, tu))] };
        let mut y = x.clone();
        for source in &sources {
            let Some((from, _)) = *source else { return Err(cause) };
            y.ty = from;
            for target in &targets {
                let Some((to, _)) = *target else { return Err(cause) };
                if let Err(why) = self.convertible_to(&y, to) {
                    let mut text = format!("cannot convert {}", self.type_string(from));
                    if vp {
                        text += &format!(" (in {})", self.type_string(v));
                    }
                    text += &format!(" to type {}", self.type_string(to));
                    if tp {
                        text += &format!(" (in {})", self.type_string(t));
                    }
                    cause = explain(why, text);
                    return Err(cause);
                }
            }
        }
        Ok(())
    }

    /// Conversions between numbers, strings, pointers that depend on underlying types alone.
    fn basic_convertible(&mut self, v: TypeId, t: TypeId) -> bool {
        let w = &mut self.world;
        if w.is_integer_or_float(v) && w.is_integer_or_float(t) || w.is_complex(v) && w.is_complex(t) {
            return true;
        }
        let (v_string, t_string) = (w.is_string(v), w.is_string(t));
        if t_string && w.is_integer(v) {
            return true;
        }
        if t_string && self.is_bytes_or_runes(v) || v_string && self.is_bytes_or_runes(t) {
            return true;
        }
        // Package unsafe: pointers and uintptrs to unsafe.Pointer and back.
        let addressish =
            |c: &mut Self, t| matches!(c.world.under_ty(t), Type::Pointer(_) | Type::Basic(Basic::Uintptr));
        let unsafe_pointer =
            |c: &mut Self, t| matches!(c.world.under_ty(t), Type::Basic(Basic::UnsafePointer));
        addressish(self, v) && unsafe_pointer(self, t) || unsafe_pointer(self, v) && addressish(self, t)
    }

    fn is_bytes_or_runes(&mut self, t: TypeId) -> bool {
        let &Type::Slice(elem) = self.world.under_ty(t) else { return false };
        matches!(self.world.basic_kind(elem), Some(Basic::Uint8 | Basic::Int32))
    }
}
