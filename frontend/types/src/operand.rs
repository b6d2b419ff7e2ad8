//! Operands: intermediate results of checking an expression.
//!
//! In: nothing. Out: the value that expression checking passes around, and how messages describe it.

use escargo_syntax::ast::Expr;
use escargo_syntax::{Pos, Symbol};

use crate::checker::Checker;
use crate::constant::Const;
use crate::exprstring::expr_string;
use crate::info::Mode;
use crate::world::{Basic, Type, TypeId, World};

/// The outcome of checking an expression. `Mode::None` means that an error has been reported.
#[derive(Clone, Debug)]
pub struct Operand<'a> {
    pub mode: Mode,
    pub expr: Option<&'a Expr>,
    /// Stands for `expr` where a value has no expression of its own: one of several results of a call, say.
    pub label: Option<(Pos, Symbol)>,
    pub ty: TypeId,
    /// The value in mode `Const`.
    pub val: Const,
}

impl<'a> Operand<'a> {
    pub fn new() -> Operand<'a> {
        Operand { mode: Mode::None, expr: None, label: None, ty: World::INVALID, val: Const::Unknown }
    }

    /// A non-constant value of type `ty` that messages call `what`.
    pub fn labelled(pos: Pos, what: &str, ty: TypeId) -> Operand<'a> {
        Operand { mode: Mode::Value, label: Some((pos, Symbol::new(what))), ty, ..Operand::new() }
    }

    pub fn is_invalid(&self) -> bool {
        self.mode == Mode::None
    }

    pub fn is_valid(&self) -> bool {
        self.mode != Mode::None
    }

    pub fn invalidate(&mut self) {
        self.mode = Mode::None;
    }

    pub fn is_const(&self) -> bool {
        self.mode == Mode::Const
    }

    /// The predeclared value nil.
    pub fn is_nil(&self) -> bool {
        self.mode == Mode::NilValue
    }

    /// Position of the expression itself, not of its leftmost part.
    pub fn pos(&self) -> Pos {
        match (self.expr, self.label) {
            (Some(e), _) => e.pos,
            (None, Some((pos, _))) => pos,
            _ => Pos::NONE,
        }
    }

    /// Leftmost position of the expression.
    pub fn start(&self) -> Pos {
        match (self.expr, self.label) {
            (Some(e), _) => e.start(),
            (None, Some((pos, _))) => pos,
            _ => Pos::NONE,
        }
    }

    /// The expression as text; empty without one.
    pub fn expr_text(&self) -> String {
        match (self.expr, self.label) {
            (Some(e), _) => expr_string(e),
            (None, Some((_, what))) => what.as_str().into(),
            _ => String::new(),
        }
    }
}

impl Default for Operand<'_> {
    fn default() -> Self {
        Operand::new()
    }
}

impl<'a> Checker<'a> {
    /// What kind of composite type it is; empty for basic types.
    pub fn composite_kind(&mut self, t: TypeId) -> &'static str {
        match self.world.under_ty(t) {
            Type::Array { .. } => "array",
            Type::Slice(_) => "slice",
            Type::Struct(_) => "struct",
            Type::Pointer(_) => "pointer",
            Type::Signature(_) => "func",
            Type::Interface(_) => "interface",
            Type::Map { .. } => "map",
            Type::Chan { .. } => "chan",
            Type::Tuple(_) => "tuple",
            Type::Union(_) => "union",
            _ => "",
        }
    }

    /// The operand as messages describe it, such as `x (variable of type int)`.
    pub fn operand_string(&mut self, x: &Operand<'a>) -> String {
        if x.mode == Mode::NilValue {
            return match x.ty {
                World::INVALID => "nil (with invalid type)".into(),
                t if self.world.is_untyped_nil(t) => "nil".into(),
                t => format!("nil (of type {})", self.type_string(t)),
            };
        }
        let mut expr = x.expr_text();
        if expr.is_empty() {
            expr = match x.mode {
                Mode::Builtin(b) => b.name().into(),
                Mode::Type => self.type_string(x.ty),
                Mode::Const => x.val.to_string(),
                _ => expr,
            };
        }
        let mut out = String::new();
        if !expr.is_empty() {
            out.push_str(&expr);
            out.push_str(" (");
        }
        let mut has_type = false;
        if !matches!(x.mode, Mode::None | Mode::NoValue | Mode::Builtin(_) | Mode::Type) {
            if self.world.is_untyped(x.ty) {
                out.push_str(&self.type_string(x.ty));
                out.push(' ');
            } else {
                has_type = true;
            }
        }
        out.push_str(match x.mode {
            Mode::None => "invalid operand",
            Mode::NoValue => "no value",
            Mode::Builtin(_) => "built-in",
            Mode::Type => "type",
            Mode::Const => "constant",
            Mode::Var => "variable",
            Mode::MapIndex => "map index expression",
            Mode::Value => "value",
            Mode::NilValue => "nil",
            Mode::CommaOk => "comma, ok expression",
        });
        if x.is_const() {
            let s = x.val.to_string();
            if s != expr {
                out.push(' ');
                out.push_str(&s);
            }
        }
        if has_type {
            self.describe_type(x.ty, &mut out);
        }
        if !expr.is_empty() {
            out.push(')');
        }
        out
    }

    fn describe_type(&mut self, t: TypeId, out: &mut String) {
        if !self.world.is_valid(t) {
            out.push_str(" with invalid type");
            return;
        }
        out.push_str(" of ");
        let generic_func = matches!(self.world.ty(t), Type::Signature(s) if !s.tparams.is_empty());
        if generic_func || self.world.is_generic(t) {
            out.push_str("generic ");
        }
        let is_tparam = self.world.is_type_param(t);
        if !is_tparam && matches!(self.world.ty(t), Type::Alias(_) | Type::Named(_)) {
            let what = match self.composite_kind(t) {
                "" => match self.world.basic_kind(t).unwrap_or(Basic::Invalid) {
                    Basic::UnsafePointer => "Pointer",
                    kind => kind.name(),
                },
                kind => kind,
            };
            out.push_str(what);
            out.push(' ');
        }
        out.push_str("type ");
        out.push_str(&self.type_string(t));
        if is_tparam {
            let tparam = self.world.unalias(t);
            let bound = self.world.bound(tparam);
            out.push_str(" constrained by ");
            out.push_str(&self.type_string(bound));
            if self.world.has_empty_typeset(t) {
                out.push_str(" with empty type set");
            }
        }
    }

    /// Whether `x` may be assigned to a variable of type `t`; the error is the cause, if there is one to tell.
    pub fn assignable_to(&mut self, x: &Operand<'a>, t: TypeId) -> Result<(), String> {
        if x.is_invalid() || !self.world.is_valid(t) || !self.world.is_valid(x.ty) {
            return Ok(());
        }
        let orig_t = t;
        let v = self.world.unalias(x.ty);
        let t = self.world.unalias(t);
        if self.world.identical(v, t) {
            return Ok(());
        }
        let none = || Err(String::new());
        let vu = self.world.under(v);
        let tu = self.world.under(t);
        if tu == World::INVALID && matches!(self.world.ty(vu), Type::Interface(_)) {
            // A recursive interface type, which has been reported.
            return Ok(());
        }
        let vp = self.world.is_type_param(v);
        let tp = self.world.is_type_param(t);

        // An untyped value that a value of type t can represent.
        if self.world.is_untyped(vu) {
            if tp {
                for pair in self.world.typeset(t) {
                    let Some((term, _)) = pair else { return none() };
                    if self.implicit_type_and_value(x, term).is_err() {
                        return none();
                    }
                }
                return Ok(());
            }
            return self.implicit_type_and_value(x, t).map(|_| ()).map_err(|_| String::new());
        }

        // Identical underlying types, and one of the types is not named; no type parameters.
        if !vp && !tp && (!self.world.has_name(v) || !self.world.has_name(t)) && self.world.identical(vu, tu)
        {
            return Ok(());
        }

        // Interfaces. Pointers to interfaces too, for the sake of the message.
        let mut cause = String::new();
        let t_iface = matches!(self.world.ty(tu), Type::Interface(_)) && !tp;
        if t_iface || self.world.is_interface_ptr(tu) {
            match self.implements(v, t, false) {
                Ok(()) => return Ok(()),
                Err(why) if !vp => return Err(why),
                Err(_) => {}
            }
        }
        if matches!(self.world.ty(vu), Type::Interface(_)) && !vp && self.implements(t, v, false).is_ok() {
            return Err("need type assertion".into());
        }

        // A bidirectional channel to one with identical element type.
        if let &Type::Chan { dir: escargo_syntax::ast::ChanDir::Both, elem } = self.world.ty(vu)
            && let &Type::Chan { elem: to, .. } = self.world.ty(tu)
            && self.world.identical(elem, to)
        {
            if !self.world.has_name(v) || !self.world.has_name(t) {
                return Ok(());
            }
            return none();
        }

        if !vp && !tp {
            return none();
        }
        let explain = |cause: &mut String, text: String| {
            let more = std::mem::take(cause);
            *cause = if more.is_empty() { text } else { format!("{text}\n\t{more}") };
        };
        if !self.world.has_name(v) && tp {
            for pair in self.world.typeset(t) {
                let Some((term, _)) = pair else { return Err(cause) };
                if let Err(why) = self.assignable_to(x, term) {
                    cause = why;
                    let text = format!(
                        "cannot assign {} to {} (in {})",
                        self.type_string(x.ty),
                        self.type_string(term),
                        self.type_string(t)
                    );
                    explain(&mut cause, text);
                    return Err(cause);
                }
            }
            return Ok(());
        }
        if vp && !self.world.has_name(t) {
            let mut y = x.clone();
            for pair in self.world.typeset(v) {
                let Some((term, _)) = pair else { return Err(cause) };
                y.ty = term;
                if let Err(why) = self.assignable_to(&y, t) {
                    cause = why;
                    let text = format!(
                        "cannot assign {} (in {}) to {}",
                        self.type_string(term),
                        self.type_string(v),
                        self.type_string(orig_t)
                    );
                    explain(&mut cause, text);
                    return Err(cause);
                }
            }
            return Ok(());
        }
        none()
    }
}
