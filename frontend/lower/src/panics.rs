//! Which of several panics in a statement comes first: as in gc.
//!
//! In: operands. Out: what may panic in them, in the order in which they are lowered, and what gc evaluates early although it
//! is no call (`Early`): literals, method values, what becomes an interface, operands of what becomes a call of the runtime
//! (concatenation, map access, division of complex numbers), interfaces and strings that are compared. Used by `lower::order`, which
//! compares the two. Guarantees: nothing is emitted here but by `evaluate_early`.

use std::rc::Rc;

use escargo_syntax::ast::{BinaryOp, Expr, ExprKind, File, NodeId, Stmt, StmtKind, UnaryOp};
use escargo_types::info::{Mode, SelectionKind};
use escargo_types::world::*;

use crate::arith::is_comparison;
use crate::func::FuncLowerer;
use crate::order::{Met, Operand, Plan};
use crate::types::Kind;
use crate::walk::{self, Node};
use crate::wrappers::{MethodSel, MethodTarget};

/// Strings up to this length are compared with constants where they stand.
const MAX_SHORT_TEXT: usize = 16;

/// Functions with more nodes than this are not inlined by gc, which counts a call as many.
const MAX_INLINED: usize = 80;
const CALL_NODES: usize = 57;

/// Something that may panic, or that has effects.
#[derive(Clone, Copy, Debug)]
pub struct Danger {
    pub id: NodeId,
    /// gc does not take it for something that may panic: a shift, or what is in a temporary already.
    light: bool,
}

/// What gc evaluates before the rest of a statement.
#[derive(Clone, Copy)]
pub enum Early<'e> {
    Value(&'e Expr),
    /// The receiver of the method that is called.
    Receiver(&'e Expr),
}

impl FuncLowerer<'_, '_> {
    pub fn dangers_of(&mut self, e: &Expr) -> Vec<Danger> {
        let mut out = Vec::new();
        self.dangers(e, &mut out);
        out
    }

    pub fn dangers_of_early(&mut self, early: &Early) -> Vec<Danger> {
        match early {
            Early::Value(e) => self.dangers_of(e),
            Early::Receiver(fun) => {
                let mut out = Vec::new();
                self.callee_dangers(fun, &mut out);
                out
            }
        }
    }

    /// Whether gc puts the value of an expression into a temporary, in its turn, so that it is a unit.
    pub fn is_ordered(&mut self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Slice { .. } | ExprKind::Unary { op: UnaryOp::Recv, .. } => true,
            ExprKind::Binary { op: BinaryOp::AndAnd | BinaryOp::OrOr, .. } => true,
            ExprKind::TypeAssert { .. } => {
                let t = self.value_ty(e);
                self.is_iface(t) || !self.l.is_direct_iface(t)
            }
            ExprKind::CompositeLit { .. } => {
                let t = self.value_ty(e);
                matches!(self.kind(t), Kind::Map { .. })
            }
            ExprKind::Call { fun, args, .. } => match self.mode(fun) {
                Mode::Type => {
                    let (to, from) = (self.value_ty(e), self.value_ty(&args[0]));
                    self.kind(from) == Kind::String && matches!(self.kind(to), Kind::Slice(_))
                }
                Mode::Builtin(b) => matches!(
                    b,
                    Builtin::Append
                        | Builtin::Cap
                        | Builtin::Complex
                        | Builtin::Copy
                        | Builtin::Imag
                        | Builtin::Len
                        | Builtin::Make
                        | Builtin::Max
                        | Builtin::Min
                        | Builtin::New
                        | Builtin::Real
                        | Builtin::Recover
                ),
                _ => true,
            },
            _ => false,
        }
    }

    /// What may panic in an expression, in the order in which it is lowered.
    pub fn dangers(&mut self, e: &Expr, out: &mut Vec<Danger>) {
        let e = e.unparen();
        if self.ahead.contains_key(&e.id)
            || self.is_nil(e)
            || matches!(self.mode(e), Mode::Const | Mode::Type)
        {
            return;
        }
        let before = out.len();
        let mut own = false;
        let mut light = false;
        match &e.kind {
            ExprKind::Star(x) => {
                self.dangers(x, out);
                own = true;
            }
            ExprKind::Selector { x, .. } => {
                match self.l.info.selections.get(&e.id).map(|s| (s.kind, s.indirect)) {
                    None | Some((SelectionKind::MethodExpr, _)) => {}
                    Some((kind, indirect)) => {
                        self.dangers(x, out);
                        let t = self.value_ty(x);
                        let pointer = matches!(self.kind(t), Kind::Pointer(_));
                        own = indirect || pointer || kind == SelectionKind::MethodVal && self.is_iface(t);
                    }
                }
            }
            ExprKind::Unary { op, x } => {
                self.dangers(x, out);
                own = *op == UnaryOp::Recv;
            }
            ExprKind::TypeAssert { x, .. } => {
                self.dangers(x, out);
                own = true;
            }
            ExprKind::Binary { op, x, y } => {
                self.dangers(x, out);
                self.dangers(y, out);
                let t = self.ty(x);
                own = match op {
                    BinaryOp::Div | BinaryOp::Rem => {
                        matches!(self.kind(t), Kind::Int { .. }) && !self.is_nonzero_const(y)
                    }
                    BinaryOp::Shl | BinaryOp::Shr => {
                        let count = self.ty(y);
                        self.mode(y) != Mode::Const && self.signed(count)
                    }
                    op => is_comparison(*op) && !self.is_nil(x) && !self.is_nil(y) && self.may_not_compare(t),
                };
                light = matches!(op, BinaryOp::Shl | BinaryOp::Shr);
            }
            ExprKind::Index { x, indices } => {
                if self.mode(&indices[0]) == Mode::Type || self.mode(x) == Mode::Type {
                    return;
                }
                self.dangers(x, out);
                let t = self.value_ty(x);
                self.dangers(&indices[0], out);
                own = match self.kind(t) {
                    Kind::Map { key, .. } => self.may_not_compare(key),
                    Kind::Array { len, .. } => !self.const_below(&indices[0], len),
                    Kind::Slice(_) | Kind::String | Kind::Pointer(_) => true,
                    _ => false,
                };
            }
            ExprKind::Slice { x, lo, hi, max, .. } => {
                for part in [Some(x), lo.as_ref(), hi.as_ref(), max.as_ref()].into_iter().flatten() {
                    self.dangers(part, out);
                }
                own = true;
            }
            ExprKind::Call { fun, args, .. } => match self.mode(fun) {
                Mode::Type => {
                    self.dangers(&args[0], out);
                    let (to, from) = (self.value_ty(e), self.value_ty(&args[0]));
                    own = matches!(self.kind(from), Kind::Slice(_))
                        && matches!(self.kind(to), Kind::Array { .. } | Kind::Pointer(_));
                }
                Mode::Builtin(b) => {
                    for a in args {
                        self.dangers(a, out);
                    }
                    own = matches!(b, Builtin::Make | Builtin::Recover);
                }
                _ => own = true,
            },
            ExprKind::CompositeLit { elems, .. } => {
                for e in elems {
                    match &e.kind {
                        ExprKind::KeyValue { value, .. } => self.dangers(value, out),
                        _ => self.dangers(e, out),
                    }
                }
            }
            _ => {}
        }
        if (own || out.len() > before) && self.is_ordered(e) {
            out.truncate(before);
            own = true;
            light = true;
        }
        if own {
            out.push(Danger { id: e.id, light });
        }
    }

    /// Whether comparing values of the type may panic.
    fn may_not_compare(&mut self, t: TypeId) -> bool {
        match self.kind(t) {
            Kind::Interface => true,
            Kind::Array { elem, .. } => self.may_not_compare(elem),
            Kind::Struct => {
                let fields = self.l.fields(t);
                fields.iter().any(|f| self.may_not_compare(f.ty))
            }
            _ => false,
        }
    }

    /// What gc evaluates early in an operand that is converted.
    pub fn second_as<'e>(&mut self, o: Operand<'e>, out: &mut Vec<Early<'e>>) {
        match o.to {
            Some(to) if self.is_iface(to) => self.second_boxed(o.e, to, out),
            _ => self.second(o.e, out),
        }
    }

    /// An operand that becomes an interface.
    fn second_boxed<'e>(&mut self, e: &'e Expr, to: TypeId, out: &mut Vec<Early<'e>>) {
        self.second(e, out);
        let inner = e.unparen();
        if self.mode(inner) == Mode::Const || self.is_nil(inner) {
            return;
        }
        let from = self.value_ty(inner);
        if from != to && (self.is_iface(from) || !self.l.is_direct_iface(from)) {
            out.push(Early::Value(inner));
        }
    }

    /// An operand of what becomes a call of the runtime.
    fn heavy<'e>(&mut self, e: &'e Expr, out: &mut Vec<Early<'e>>) {
        let e = e.unparen();
        if !self.is_ordered(e) && self.dangers_of(e).iter().any(|d| !d.light) {
            out.push(Early::Value(e));
        }
    }

    /// What gc evaluates before the rest of a statement, in its order.
    pub fn second<'e>(&mut self, e: &'e Expr, out: &mut Vec<Early<'e>>) {
        let e = e.unparen();
        if self.ahead.contains_key(&e.id)
            || self.is_nil(e)
            || matches!(self.mode(e), Mode::Const | Mode::Type)
            || self.is_ordered(e)
        {
            return;
        }
        match &e.kind {
            ExprKind::CompositeLit { .. } => out.push(Early::Value(e)),
            ExprKind::Unary { op: UnaryOp::Addr, x }
                if matches!(x.unparen().kind, ExprKind::CompositeLit { .. }) =>
            {
                out.push(Early::Value(e));
            }
            ExprKind::Unary { x, .. } | ExprKind::Star(x) | ExprKind::TypeAssert { x, .. } => {
                self.second(x, out)
            }
            ExprKind::Selector { x, .. } => match self.l.info.selections.get(&e.id).map(|s| s.kind) {
                Some(SelectionKind::Field) => self.second(x, out),
                Some(SelectionKind::MethodVal) => out.push(Early::Value(e)),
                _ => {}
            },
            ExprKind::Index { x, indices } => {
                if self.mode(&indices[0]) == Mode::Type || self.mode(x) == Mode::Type {
                    return;
                }
                self.second(x, out);
                self.second(&indices[0], out);
                let t = self.value_ty(x);
                if let Kind::Map { .. } = self.kind(t) {
                    self.heavy(x, out);
                    self.heavy(&indices[0], out);
                }
            }
            ExprKind::Binary { op: BinaryOp::Add, .. } if self.is_text(e) => {
                let mut parts = Vec::new();
                self.concat_parts(e, &mut parts);
                for p in &parts {
                    self.second(p, out);
                }
                for p in parts {
                    self.heavy(p, out);
                }
            }
            ExprKind::Binary { op, x, y } if is_comparison(*op) => self.second_compared(*op, x, y, out),
            ExprKind::Binary { op, x, y } => {
                self.second(x, out);
                self.second(y, out);
                let t = self.ty(x);
                if *op == BinaryOp::Div && matches!(self.kind(t), Kind::Complex(_)) {
                    self.heavy(x, out);
                    self.heavy(y, out);
                }
            }
            ExprKind::Call { args, .. } if self.tv_is_conversion(e) => {
                let x = &args[0];
                let (to, from) = (self.value_ty(e), self.value_ty(x));
                match (self.kind(from), self.kind(to)) {
                    (_, Kind::Interface) => self.second_boxed(x, to, out),
                    (Kind::Slice(elem), Kind::String) => {
                        self.second(x, out);
                        if self.ti(elem).size == 1 {
                            out.push(Early::Value(x.unparen()));
                        } else {
                            self.heavy(x, out);
                        }
                    }
                    (Kind::Int { .. }, Kind::String) => {
                        self.second(x, out);
                        self.heavy(x, out);
                    }
                    _ => self.second(x, out),
                }
            }
            _ => {}
        }
    }

    fn second_compared<'e>(&mut self, op: BinaryOp, x: &'e Expr, y: &'e Expr, out: &mut Vec<Early<'e>>) {
        let (tx, ty) = (self.ty(x), self.ty(y));
        if self.is_nil(x) || self.is_nil(y) {
            self.second(x, out);
            self.second(y, out);
        } else if self.is_iface(tx) || self.is_iface(ty) {
            // The right one first.
            for e in [y, x] {
                self.second(e, out);
                if self.mode(e) != Mode::Const {
                    out.push(Early::Value(e.unparen()));
                }
            }
        } else if self.kind(tx) == Kind::String {
            let equality = matches!(op, BinaryOp::Eql | BinaryOp::Neq);
            let max = if equality { MAX_SHORT_TEXT } else { 0 };
            if [x, y].iter().any(|e| self.const_text(e).is_some_and(|t| t.len() <= max)) {
                self.second(x, out);
                self.second(y, out);
                for e in [x, y] {
                    let e = e.unparen();
                    if !self.is_place(e) {
                        self.heavy(e, out);
                    }
                }
            } else if equality {
                for e in [x, y] {
                    self.second(e, out);
                    out.push(Early::Value(e.unparen()));
                }
            } else {
                self.second(x, out);
                self.second(y, out);
                self.heavy(x, out);
                self.heavy(y, out);
            }
        } else {
            self.second(x, out);
            self.second(y, out);
            let called = match self.kind(tx) {
                Kind::Array { len, .. } => len > 4,
                Kind::Struct => self.l.fields(tx).len() > 4,
                _ => false,
            };
            if called {
                self.heavy(x, out);
                self.heavy(y, out);
            }
        }
    }

    pub fn is_text(&mut self, e: &Expr) -> bool {
        let t = self.ty(e);
        self.kind(t) == Kind::String
    }

    fn tv_is_conversion(&self, e: &Expr) -> bool {
        matches!(&e.kind, ExprKind::Call { fun, .. } if self.mode(fun) == Mode::Type)
    }

    pub fn concat_parts<'e>(&mut self, e: &'e Expr, out: &mut Vec<&'e Expr>) {
        match &e.unparen().kind {
            ExprKind::Binary { op: BinaryOp::Add, x, y } if self.mode(e) != Mode::Const => {
                self.concat_parts(x, out);
                self.concat_parts(y, out);
            }
            _ => out.push(e),
        }
    }

    /// Subexpressions of the left side that gc evaluates before the right side: indices that it has to compute.
    pub fn second_left<'e>(&mut self, e: &'e Expr, out: &mut Vec<Early<'e>>) {
        let e = e.unparen();
        match &e.kind {
            ExprKind::Index { x, indices } => {
                self.second_left(x, out);
                let i = indices[0].unparen();
                match &i.kind {
                    ExprKind::Name(_) | ExprKind::Index { .. } | ExprKind::Star(_) => {
                        self.second_left(i, out)
                    }
                    ExprKind::Selector { .. } => self.second_left(i, out),
                    _ => {
                        self.second(i, out);
                        self.heavy(i, out);
                    }
                }
            }
            ExprKind::Star(x) => self.second_left(x, out),
            ExprKind::Selector { x, .. } if self.l.info.selections.contains_key(&e.id) => {
                self.second_left(x, out)
            }
            ExprKind::Name(_) | ExprKind::Selector { .. } => {}
            _ => {
                self.second(e, out);
                self.heavy(e, out);
            }
        }
    }

    /// Evaluates something ahead.
    pub fn evaluate_early(&mut self, early: &Early) {
        match early {
            Early::Value(e) => {
                let e = self.uintptr_of(e).unwrap_or(e);
                if !self.ahead.contains_key(&e.id) {
                    let t = self.value_ty(e);
                    let v = self.expr(e);
                    let v = self.stable(t, v);
                    self.ahead.insert(e.id, (v, t));
                }
            }
            Early::Receiver(fun) => {
                if let Some((x, m)) = self.called_method(fun) {
                    let (v, t) = self.receiver(fun, x, &m);
                    let v = self.stable(t, v);
                    self.ahead.insert(fun.id, (v, t));
                }
            }
        }
    }

    /// The operand and the method of a method call's function.
    fn called_method<'e>(&mut self, fun: &'e Expr) -> Option<(&'e Expr, MethodSel)> {
        let ExprKind::Selector { x, sel } = &fun.kind else { return None };
        let s = self.l.info.selections.get(&fun.id).filter(|s| s.kind == SelectionKind::MethodVal)?.clone();
        let t = self.value_ty(x);
        Some((x, self.resolve_method(t, &s, sel.id)))
    }

    /// What may panic when a called function and its receiver are evaluated.
    fn callee_dangers(&mut self, fun: &Expr, out: &mut Vec<Danger>) {
        match self.called_method(fun) {
            Some((x, m)) => {
                self.dangers(x, out);
                let t = self.value_ty(x);
                let through = match &m.target {
                    MethodTarget::Iface { .. } => true,
                    MethodTarget::Func { recv, .. } => {
                        let pointer = matches!(self.kind(t), Kind::Pointer(_));
                        *recv != t && pointer || !m.path.is_empty()
                    }
                };
                if through {
                    out.push(Danger { id: fun.id, light: false });
                }
            }
            None => self.dangers(fun, out),
        }
    }

    /// `operands_first` for a call. Answers whether an argument that may panic is left.
    pub fn call_operands_first(&mut self, fun: &Expr, args: &[Expr], dots: bool) -> bool {
        let fun = fun.unparen();
        let mut plan = Plan::default();
        for e in std::iter::once(fun).chain(args) {
            self.meet(e, &mut plan.met);
        }
        self.callee_dangers(fun, &mut plan.natural);
        let callee = plan.natural.len();
        for a in args {
            self.dangers(a, &mut plan.natural);
        }
        let left = plan.natural.len() > callee;
        if plan.natural.len() > 1 && !self.looks_inlined(fun) {
            self.second_call(fun, args, dots, &mut plan.met, &mut plan.second);
        }
        let args_left: Vec<NodeId> = plan.natural[callee..].iter().map(|d| d.id).collect();
        if !left {
            self.follow(plan);
            return false;
        }
        self.follow(plan);
        let mut rest = Vec::new();
        for a in args {
            self.dangers(a, &mut rest);
        }
        rest.iter().any(|d| args_left.contains(&d.id))
    }

    fn second_call<'e>(
        &mut self,
        fun: &'e Expr,
        args: &'e [Expr],
        dots: bool,
        met: &mut Met<'e>,
        out: &mut Vec<Early<'e>>,
    ) {
        let sig = self.value_ty(fun);
        if self.kind(sig) != Kind::Func {
            return;
        }
        let parts = self.l.sig_parts(sig);
        let method = self.called_method(fun);
        match &method {
            Some((x, _)) => self.second(x, out),
            None => self.second(fun, out),
        }
        let spread = args.len() == 1 && parts.params.len() != 1;
        let fixed = if parts.variadic && !dots { parts.params.len() - 1 } else { parts.params.len() };
        if !spread {
            for (a, &to) in args.iter().zip(&parts.params[..fixed]) {
                let o = Operand { e: a, to: Some(to) };
                self.meet_as(o, met);
                self.second_as(o, out);
            }
            // The others are the elements of a literal.
            for a in args.iter().skip(fixed) {
                out.push(Early::Value(a.unparen()));
            }
        }
        if let Some((_, m)) = &method
            && let MethodTarget::Func { .. } = m.target
        {
            out.push(Early::Receiver(fun));
        }
        for a in args.iter().take(fixed) {
            self.heavy(a, out);
        }
    }

    /// Whether gc is likely to inline the call: arguments are assigned to parameters one after the other then.
    fn looks_inlined(&mut self, fun: &Expr) -> bool {
        if let ExprKind::FuncLit { .. } = fun.kind {
            return true;
        }
        let Some((file, index)) = self.known_callee(fun) else { return false };
        let escargo_syntax::ast::Decl::Func(decl) = &file.decls[index] else { return false };
        let Some(body) = decl.body.as_ref().and_then(|b| b.known_block()) else { return false };
        if decl.directives.iter().any(|d| d.name == "go:noinline") {
            return false;
        }
        nodes(&body.stmts) <= MAX_INLINED
    }

    /// Where a function is declared that a call is certain to reach.
    pub fn known_callee(&mut self, fun: &Expr) -> Option<(Rc<File>, usize)> {
        let obj = match &fun.kind {
            ExprKind::Index { x, .. } => return self.known_callee(x.unparen()),
            ExprKind::Name(_) => self.l.info.uses.get(&fun.id).copied(),
            ExprKind::Selector { sel, .. } => match self.called_method(fun) {
                Some((_, m)) => match m.target {
                    MethodTarget::Func { inst, .. } => Some(inst.obj),
                    MethodTarget::Iface { .. } => None,
                },
                None => self.l.info.uses.get(&sel.id).copied(),
            },
            _ => None,
        };
        let obj = obj.filter(|&o| matches!(self.l.world.obj(o).kind, ObjKind::Func { .. }))?;
        let obj = self.l.origin_func(obj);
        self.l.decl_of(obj).map(|(_, file, index)| (file, index))
    }
}

/// The size of a body as gc's inliner would count it, roughly.
fn nodes(body: &[Stmt]) -> usize {
    let mut count = 0;
    let mut never = false;
    walk::walk_stmts(body, &mut |n| {
        count += match n {
            Node::Stmt(s) => {
                never |= matches!(
                    s.kind,
                    StmtKind::Go(_) | StmtKind::Defer(_) | StmtKind::Select { .. } | StmtKind::Labeled { .. }
                );
                1
            }
            Node::Expr(e) => match &e.kind {
                ExprKind::Call { .. } => CALL_NODES,
                _ => 1,
            },
        };
        count <= MAX_INLINED && !never
    });
    if never { usize::MAX } else { count }
}
