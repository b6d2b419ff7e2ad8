//! Order of evaluation between calls and variables, which the language leaves open: as in gc, calls come first.
//!
//! In: the operands of a statement or call. Out: `FuncLowerer::ahead`, the values of the calls among them. `x + f()` reads x after f has
//! run; programs rely on `nodes[i] = add()` storing into what add left in nodes. Guarantees: calls keep their order; operands that
//! no call can change are not touched, so that most code is lowered in one walk.

use escargo_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use escargo_types::info::Mode;
use escargo_types::world::*;

use crate::arith::is_comparison;
use crate::func::FuncLowerer;
use crate::types::Kind;
use crate::walk::has_call;

/// What the walk over operands has met.
#[derive(Default)]
struct Met<'e> {
    /// Calls, receives and other steps that are done in order; not calls inside others.
    calls: Vec<&'e Expr>,
    /// Something that a call may change is read or written beside them.
    open: bool,
    /// Some call runs the program's own code.
    real: bool,
}

impl FuncLowerer<'_, '_> {
    /// Evaluates the calls in operands before the rest of them, if that can make a difference.
    pub fn calls_first<'e>(&mut self, operands: impl IntoIterator<Item = &'e Expr>) {
        let mut met = Met::default();
        for e in operands {
            self.meet(e, &mut met);
        }
        if !met.real || !met.open {
            return;
        }
        for call in met.calls {
            let t = self.value_ty(call);
            let v = self.expr(call);
            let v = self.stable(t, v);
            self.ahead.insert(call.id, (v, t));
        }
    }

    fn meet<'e>(&mut self, e: &'e Expr, met: &mut Met<'e>) {
        match &e.kind {
            ExprKind::Name(_) => {
                if let Some(&o) = self.l.info.uses.get(&e.id)
                    && let ObjKind::Var(_) = self.l.world.obj(o).kind
                {
                    // A local variable that nobody else knows is safe.
                    met.open |= !self.vars.contains_key(&o) || self.unit.facts.kept.contains(&o);
                }
            }
            ExprKind::Paren(x) => self.meet(x, met),
            ExprKind::Star(x) => {
                met.open = true;
                self.meet(x, met);
            }
            ExprKind::Selector { x, .. } => match self.l.info.selections.get(&e.id).map(|s| s.indirect) {
                Some(indirect) => {
                    let t = self.value_ty(x);
                    met.open |= indirect || matches!(self.kind(t), Kind::Pointer(_));
                    self.meet(x, met);
                }
                // A package's.
                None => met.open = true,
            },
            ExprKind::Unary { op: UnaryOp::Recv, .. } => {
                met.real = true;
                met.calls.push(e);
            }
            ExprKind::Unary { x, .. } => self.meet(x, met),
            // gc copies the results of these when their turn comes.
            ExprKind::TypeAssert { x, .. } => {
                self.meet(x, met);
                met.calls.push(e);
            }
            ExprKind::Binary { op: BinaryOp::AndAnd | BinaryOp::OrOr, .. } if has_call(e) => {
                met.real = true;
                met.calls.push(e);
            }
            ExprKind::Binary { op, x, y } => {
                self.meet(x, met);
                self.meet(y, met);
                if is_comparison(*op) {
                    let t = self.value_ty(x);
                    // Short arrays are compared in place.
                    let copied = match self.kind(t) {
                        Kind::Array { len, elem } => {
                            let composed = matches!(self.kind(elem), Kind::Struct | Kind::Array { .. });
                            len > if composed { 1 } else { 4 }
                        }
                        Kind::Struct => self.l.fields(t).len() > 4,
                        _ => false,
                    };
                    if copied {
                        met.calls.push(e);
                    }
                }
            }
            ExprKind::Index { x, indices } => {
                if self.mode(&indices[0]) != Mode::Type {
                    met.open = true;
                    self.meet(x, met);
                    self.meet(&indices[0], met);
                }
            }
            ExprKind::Slice { x, lo, hi, max, .. } => {
                met.open = true;
                for part in [Some(x), lo.as_ref(), hi.as_ref(), max.as_ref()].into_iter().flatten() {
                    self.meet(part, met);
                }
                met.calls.push(e);
            }
            ExprKind::Call { fun, args, .. } => self.meet_call(e, fun, args, met),
            // The entries of a map are stored one after the other, when its turn comes.
            ExprKind::CompositeLit { .. } if self.is_map_literal(e) => {
                met.real |= has_call(e);
                met.calls.push(e);
            }
            ExprKind::CompositeLit { elems, .. } => {
                for e in elems {
                    match &e.kind {
                        // Keys of structs are names, of arrays constants.
                        ExprKind::KeyValue { key, value } => {
                            if self.l.info.of(key.id).is_some() {
                                self.meet(key, met);
                            }
                            self.meet(value, met);
                        }
                        _ => self.meet(e, met),
                    }
                }
            }
            _ => {}
        }
    }

    fn is_map_literal(&mut self, e: &Expr) -> bool {
        let t = self.value_ty(e);
        matches!(self.kind(t), Kind::Map { .. })
    }

    /// Whether a value of the type is copied by its address when it becomes an interface's.
    fn is_copied(&mut self, t: TypeId) -> bool {
        let info = self.l.info_of(t);
        let word = matches!(info.size, 2 | 4 | 8) && u64::from(info.align) == info.size;
        let plain = matches!(self.kind(t), Kind::String | Kind::Slice(_)) || self.is_iface(t);
        !word && !plain && !self.l.is_direct_iface(t)
    }

    fn meet_call<'e>(&mut self, e: &'e Expr, fun: &'e Expr, args: &'e [Expr], met: &mut Met<'e>) {
        if self.mode(e) == Mode::Const {
            return;
        }
        match self.mode(fun) {
            Mode::Type => {
                let outside = std::mem::take(&mut met.open);
                self.meet(&args[0], met);
                let (to, from) = (self.value_ty(e), self.value_ty(&args[0]));
                // What an interface is to hold is copied when its turn comes, if it has no address.
                if met.open && self.is_iface(to) && self.is_copied(from) && !self.is_place(&args[0]) {
                    met.real = true;
                    met.calls.push(e);
                }
                met.open |= outside;
                if matches!(
                    (self.kind(to), self.kind(from)),
                    (Kind::String, Kind::Slice(_)) | (Kind::Slice(_), Kind::String)
                ) {
                    met.calls.push(e);
                }
            }
            // Builtins are calls too, but only others make the order matter.
            Mode::Builtin(
                Builtin::Append
                | Builtin::Copy
                | Builtin::Recover
                | Builtin::Len
                | Builtin::Cap
                | Builtin::Complex
                | Builtin::Real
                | Builtin::Imag
                | Builtin::Make,
            ) => {
                for a in args {
                    met.real |= has_call(a);
                }
                met.calls.push(e);
            }
            Mode::Builtin(_) => {
                for a in args {
                    if self.l.info.of(a.id).is_some_and(|t| t.mode != Mode::Type) {
                        self.meet(a, met);
                    }
                }
            }
            _ => {
                let t = self.ty(e);
                met.real = true;
                if !matches!(self.l.world.ty(t), Type::Tuple(_)) {
                    met.calls.push(e);
                }
            }
        }
    }
}
