//! Order of evaluation inside a statement, where the language leaves it open: as in gc.
//!
//! In: the operands of a statement or call. Out: `FuncLowerer::ahead`, the values of what is evaluated before the rest. gc
//! rewrites a statement twice. First calls and other steps that it keeps in order are put into temporaries: `x + f()` reads x after
//! f has run, and programs rely on `nodes[i] = add()` storing into what add left in nodes. Then literals and the operands of what
//! becomes a call of the runtime are (`lower::panics`); the rest is evaluated where it stands. Guarantees: calls keep their
//! order; operands that no call can change, and of which at most one can panic, are not touched, so that most code is lowered
//! in one walk.

use escargo_syntax::ast::{BinaryOp, Expr, ExprKind, NodeId, UnaryOp};
use escargo_types::info::Mode;
use escargo_types::world::*;
use rustc_hash::FxHashSet;

use crate::arith::is_comparison;
use crate::func::FuncLowerer;
use crate::panics::{Danger, Early};
use crate::types::Kind;
use crate::walk::has_call;

/// An operand of a statement, and the type that it is converted to.
#[derive(Clone, Copy)]
pub struct Operand<'e> {
    pub e: &'e Expr,
    pub to: Option<TypeId>,
}

/// What the walk over operands has met.
#[derive(Default)]
pub struct Met<'e> {
    /// Calls, receives and other steps that are done in order; not calls inside others.
    pub calls: Vec<&'e Expr>,
    /// Something that a call may change is read or written beside them.
    pub open: bool,
    /// Some call runs the program's own code.
    pub real: bool,
}

/// What a statement does, in several orders.
#[derive(Default)]
pub struct Plan<'e> {
    pub met: Met<'e>,
    /// What may panic, in the order in which it is lowered if nothing is done about it.
    pub natural: Vec<Danger>,
    /// What gc evaluates after the calls and before the rest.
    pub second: Vec<Early<'e>>,
}

impl FuncLowerer<'_, '_> {
    /// Evaluates the calls in operands before the rest of them, if that can make a difference.
    pub fn calls_first<'e>(&mut self, operands: impl IntoIterator<Item = &'e Expr>) {
        let list: Vec<Operand> = operands.into_iter().map(|e| Operand { e, to: None }).collect();
        self.operands_first(&list);
    }

    /// The same for operands that are converted to other types.
    pub fn operands_first(&mut self, operands: &[Operand]) {
        let mut plan = Plan::default();
        for o in operands {
            self.meet_as(*o, &mut plan.met);
            self.dangers(o.e, &mut plan.natural);
        }
        if plan.natural.len() > 1 {
            for o in operands {
                self.second_as(*o, &mut plan.second);
            }
        }
        self.follow(plan);
    }

    /// Evaluates ahead what must be. Answers whether something in `plan.natural` has not been.
    pub fn follow(&mut self, plan: Plan) -> bool {
        let Plan { met, natural, second } = plan;
        let called = met.real && met.open;
        if natural.len() < 2 && !called {
            return !natural.is_empty();
        }
        let calls: Vec<Vec<Danger>> = met.calls.iter().map(|e| self.dangers_of(e)).collect();
        let others: Vec<Vec<Danger>> = second.iter().map(|e| self.dangers_of_early(e)).collect();
        let order = |first: bool, second: usize| -> Vec<NodeId> {
            let mut seen = FxHashSet::default();
            let calls = if first { &calls[..] } else { &[] };
            let all = calls.iter().chain(&others[..second]).flatten().chain(&natural);
            all.filter(|d| seen.insert(d.id)).map(|d| d.id).collect()
        };
        let wanted = order(true, others.len());
        let first = called || order(false, others.len()) != wanted;
        let second_end = (0..others.len()).find(|&n| order(first, n) == wanted).unwrap_or(others.len());
        if first {
            for call in met.calls {
                self.evaluate_ahead(call);
            }
        }
        for (early, dangers) in second[..second_end].iter().zip(&others) {
            if !dangers.is_empty() {
                self.evaluate_early(early);
            }
        }
        let mut done: FxHashSet<NodeId> = FxHashSet::default();
        if first {
            done.extend(calls.iter().flatten().map(|d| d.id));
        }
        done.extend(others[..second_end].iter().flatten().map(|d| d.id));
        natural.iter().any(|d| !done.contains(&d.id))
    }

    /// Puts the value of an expression where `expr` finds it.
    pub fn evaluate_ahead(&mut self, e: &Expr) {
        if self.ahead.contains_key(&e.id) {
            return;
        }
        // Who keeps the object alive looks for the pointer.
        if let Some(x) = self.uintptr_of(e) {
            return self.evaluate_ahead(x);
        }
        match &e.kind {
            ExprKind::TypeAssert { x, .. } => self.calls_first([&**x]),
            ExprKind::Call { fun, args, .. } if matches!(self.mode(fun), Mode::Type | Mode::Builtin(_)) => {
                if let [x] = &args[..]
                    && self.mode(x) != Mode::Type
                {
                    self.calls_first([x]);
                }
            }
            _ => {}
        }
        let t = self.value_ty(e);
        let v = self.expr(e);
        let v = self.stable(t, v);
        self.ahead.insert(e.id, (v, t));
    }

    /// `meet` for an operand that is converted.
    pub fn meet_as<'e>(&mut self, o: Operand<'e>, met: &mut Met<'e>) {
        self.meet(o.e, met);
        if let Some(to) = o.to {
            let e = o.e.unparen();
            if self.is_iface(to)
                && self.mode(e) != Mode::Const
                && !self.is_nil(e)
                && !self.ahead.contains_key(&e.id)
            {
                let from = self.value_ty(e);
                if !self.is_iface(from) && self.is_copied(from) && !self.is_place(e) {
                    met.calls.push(e);
                }
            }
        }
    }

    pub fn meet<'e>(&mut self, e: &'e Expr, met: &mut Met<'e>) {
        if self.ahead.contains_key(&e.id) || self.mode(e) == Mode::Const {
            return;
        }
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
                if self.is_ordered(e) {
                    met.calls.push(e);
                }
            }
            ExprKind::Binary { op: BinaryOp::AndAnd | BinaryOp::OrOr, .. } => {
                met.real |= has_call(e);
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
                    if matches!(self.kind(t), Kind::Struct | Kind::Array { .. }) {
                        self.meet_copied(x, t, met);
                        self.meet_copied(y, t, met);
                    }
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
                    let t = self.value_ty(x);
                    if let Kind::Map { key, elem } = self.kind(t)
                        && self.is_slow_map(key, elem)
                    {
                        self.meet_copied(&indices[0], key, met);
                    }
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
                let elem = self.literal_elem(e);
                for e in elems {
                    // Keys of structs are names, of arrays constants.
                    let e = match &e.kind {
                        ExprKind::KeyValue { value, .. } => value,
                        _ => e,
                    };
                    self.meet_as(Operand { e, to: elem }, met);
                }
            }
            _ => {}
        }
    }

    /// gc needs the operand's address, and copies what has none.
    pub fn meet_copied<'e>(&mut self, e: &'e Expr, to: TypeId, met: &mut Met<'e>) {
        let e = e.unparen();
        if self.ahead.contains_key(&e.id) || self.mode(e) == Mode::Const || self.is_nil(e) {
            return;
        }
        let from = self.value_ty(e);
        if !self.is_place(e) || self.is_iface(to) && !self.is_iface(from) {
            met.calls.push(e);
        }
    }

    /// Whether keys of the map go to the runtime by their address.
    pub fn is_slow_map(&mut self, key: TypeId, elem: TypeId) -> bool {
        let quick = match self.kind(key) {
            Kind::String | Kind::Pointer(_) | Kind::Chan { .. } | Kind::UnsafePointer => true,
            _ => matches!(self.ti(key).size, 4 | 8) && !self.is_iface(key) && self.is_plain(key),
        };
        !quick || self.ti(elem).size > 128
    }

    /// Whether values of the type are equal if their bits are.
    fn is_plain(&mut self, t: TypeId) -> bool {
        match self.kind(t) {
            Kind::Bool | Kind::Int { .. } | Kind::Pointer(_) | Kind::Chan { .. } | Kind::UnsafePointer => {
                true
            }
            Kind::Array { elem, .. } => self.is_plain(elem),
            Kind::Struct => {
                let fields = self.l.fields(t);
                fields.iter().all(|f| !f.name.is_blank() && self.is_plain(f.ty))
            }
            _ => false,
        }
    }

    /// The type of the elements of an array or slice literal.
    fn literal_elem(&mut self, e: &Expr) -> Option<TypeId> {
        let t = self.value_ty(e);
        let t = match self.kind(t) {
            Kind::Pointer(elem) => elem,
            _ => t,
        };
        match self.kind(t) {
            Kind::Array { elem, .. } | Kind::Slice(elem) => Some(elem),
            _ => None,
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
                | Builtin::Min
                | Builtin::Max
                | Builtin::New
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
