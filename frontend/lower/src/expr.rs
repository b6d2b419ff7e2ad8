//! Expressions to values.
//!
//! In: a checked expression. Out: its value; panics and effects in the specification's order.

use escargo_ir::{Block, Check, IntCC, Op, Rt, Type as Ir, Value};
use escargo_syntax::ast::{BinaryOp, Expr, ExprKind, Ident, UnaryOp};
use escargo_types::info::{Mode, Selection, SelectionKind};
use escargo_types::world::*;

use crate::arith::is_comparison;
use crate::func::FuncLowerer;
use crate::types::Kind;
use crate::value::Val;

impl FuncLowerer<'_, '_> {
    /// The value of a single-valued expression, in its own type. A value in memory may be a variable's own memory: use
    /// `stable` if writes may follow before it is consumed.
    pub fn expr(&mut self, e: &Expr) -> Val {
        let tv = self.tv(e);
        if tv.mode == Mode::Const
            && let Some(c) = &tv.value
        {
            let t = self.value_ty(e);
            if !self.is_iface(t) {
                return self.l.const_val(&mut self.b, c, t);
            }
        }
        if !self.ahead.is_empty()
            && let Some((v, _)) = self.ahead.remove(&e.id)
        {
            return v;
        }
        match &e.kind {
            ExprKind::Paren(x) => self.expr(x),
            ExprKind::Name(_) => self.name(e),
            ExprKind::CompositeLit { .. } => self.composite(e),
            ExprKind::FuncLit { ty, body } => {
                self.at(e.pos);
                let sig = self.raw_ty(e);
                Val::one(self.func_lit(e.pos, ty, body, sig, None).0)
            }
            ExprKind::Selector { x, sel } => self.selector(e, x, sel),
            ExprKind::Index { x, indices } => self.index_expr(e, x, indices),
            ExprKind::Slice { x, lo, hi, max, .. } => {
                self.slice_expr(e, x, lo.as_deref(), hi.as_deref(), max.as_deref())
            }
            ExprKind::TypeAssert { x, .. } => self.type_assert(e, x),
            ExprKind::Call { .. } => {
                let mut vals = self.call_expr(e, None);
                if vals.is_empty() { Val::empty() } else { vals.swap_remove(0).0 }
            }
            ExprKind::Star(_) => {
                let p = self.place(e);
                self.load_place(&p)
            }
            ExprKind::Unary { op: UnaryOp::Addr, x } => self.address_expr(e, x),
            ExprKind::Unary { op: UnaryOp::Recv, x } => self.receive(e, x).0,
            ExprKind::Unary { op, x } => self.unary_expr(e, *op, x),
            ExprKind::Binary { op: BinaryOp::AndAnd | BinaryOp::OrOr, .. } => Val::one(self.bool_value(e)),
            ExprKind::Binary { op, x, y } => self.binary_expr(e, *op, x, y),
            k => unreachable!("lower: {k:?} is no value"),
        }
    }

    /// Evaluates an expression of type `t` (or assignable to it) into fresh memory that nothing else refers to.
    pub fn expr_into(&mut self, e: &Expr, t: TypeId, dest: Value) {
        let inner = e.unparen();
        let done = self.ahead.contains_key(&inner.id);
        if let ExprKind::CompositeLit { .. } = inner.kind
            && !done
            && self.value_ty(inner) == t
            && matches!(self.kind(t), Kind::Struct | Kind::Array { .. })
        {
            return self.literal_into(inner, t, dest);
        }
        if let ExprKind::Call { .. } = inner.kind
            && !done
            && self.ti(t).in_mem
            && self.value_ty(inner) == t
        {
            let vals = self.call_expr(inner, Some(dest));
            if let Some((v, _)) = vals.first() {
                self.store(t, dest, v);
            }
            return;
        }
        let v = self.expr_as(e, t);
        self.store(t, dest, &v);
    }

    /// The values of an expression that may have several (a call).
    pub fn multi(&mut self, e: &Expr) -> Vec<(Val, TypeId)> {
        let inner = e.unparen();
        if let ExprKind::Call { .. } = inner.kind {
            return self.call_expr(inner, None);
        }
        let t = self.value_ty(e);
        vec![(self.expr(e), t)]
    }

    /// Some of the words of a string, slice or interface: of one in memory, only these are loaded.
    pub fn words<const N: usize>(&mut self, e: &Expr, which: [usize; N]) -> [Value; N] {
        let inner = e.unparen();
        if self.mode(inner) != Mode::Const && self.is_place(inner) && !self.ahead.contains_key(&inner.id) {
            let t = self.value_ty(inner);
            let p = self.place(inner);
            let a = self.place_addr(&p);
            let ti = self.ti(t);
            return which.map(|i| {
                let leaf = &ti.leaves[i];
                let a = self.l.leaf_addr(&mut self.b, &ti, leaf, a);
                self.b.load(leaf.ty, a)
            });
        }
        let v = self.expr(e);
        which.map(|i| v.scalars()[i])
    }

    fn name(&mut self, e: &Expr) -> Val {
        let Some(&o) = self.l.info.uses.get(&e.id).or_else(|| self.l.info.defs.get(&e.id)) else {
            unreachable!("lower: a name denotes an object")
        };
        match self.l.world.obj(o).kind {
            ObjKind::Var(_) => {
                self.at(e.pos);
                let t = self.obj_ty(o);
                let a = self.var_addr(o);
                self.load(t, a)
            }
            ObjKind::Func { .. } => self.func_value(o, e.id),
            ObjKind::Nil => Val::one(self.b.null()),
            ref k => unreachable!("lower: {k:?} is no value"),
        }
    }

    /// A declared function as a value.
    fn func_value(&mut self, o: ObjId, id: escargo_syntax::ast::NodeId) -> Val {
        let targs = self.instance_args(id);
        let obj = self.l.origin_func(o);
        let f = self.l.func_id(crate::program::FuncInstance { obj, targs });
        let g = self.l.func_value(f);
        Val::one(self.global_addr(g))
    }

    /// The type arguments of a generic function named at an identifier, in this instance.
    pub fn instance_args(&mut self, id: escargo_syntax::ast::NodeId) -> Vec<TypeId> {
        match self.l.info.instances.get(&id) {
            Some(i) => {
                let targs = i.targs.clone();
                targs.into_iter().map(|t| self.subst(t)).collect()
            }
            None => Vec::new(),
        }
    }

    fn selector(&mut self, e: &Expr, x: &Expr, sel: &Ident) -> Val {
        let Some(s) = self.l.info.selections.get(&e.id).cloned() else {
            let o = self.l.info.uses[&sel.id];
            return match self.l.world.obj(o).kind {
                ObjKind::Func { .. } => self.func_value(o, sel.id),
                _ => {
                    self.at(e.pos);
                    let t = self.obj_ty(o);
                    let a = self.var_addr(o);
                    self.load(t, a)
                }
            };
        };
        match s.kind {
            SelectionKind::Field => self.field_value(e, x, &s),
            SelectionKind::MethodVal => self.method_value(e, x, &s),
            SelectionKind::MethodExpr => self.method_expr(e, x, &s),
        }
    }

    fn field_value(&mut self, e: &Expr, x: &Expr, s: &Selection) -> Val {
        if self.is_place(e) {
            let p = self.place(e);
            return self.load_place(&p);
        }
        let mut t = self.value_ty(x);
        let mut v = self.expr(x);
        self.at(e.pos);
        for (n, &i) in s.path.iter().enumerate() {
            if let Kind::Pointer(elem) = self.kind(t) {
                let p = crate::place::Place::Deref(v.scalar(), elem);
                let p = self.field_path(p, &s.path[n..]);
                return self.load_place(&p);
            }
            (v, t) = self.extract(t, &v, i as usize);
        }
        v
    }

    fn index_expr(&mut self, e: &Expr, x: &Expr, indices: &[Expr]) -> Val {
        // An instantiated generic function.
        if self.mode(&indices[0]) == Mode::Type || self.l.info.instances.contains_key(&func_ident(x)) {
            return self.expr(x);
        }
        let t = self.value_ty(x);
        match self.kind(t) {
            Kind::String => {
                let [data, len] = self.words(x, [0, 1]);
                let (i, signed) = self.index_value(&indices[0]);
                self.at(e.pos);
                self.bounds_check(i, len, signed);
                let byte = self.l.canon(World::basic(Basic::Uint8));
                let a = self.elem_addr(data, byte, i);
                Val::one(self.b.load(Ir::I8, a))
            }
            Kind::Map { key, .. } if self.is_bytes_text(&indices[0]) => {
                let m = self.expr(x).scalar();
                let k = self.text_view(&indices[0], key);
                self.at(e.pos);
                self.map_load(t, m, &k, false).0
            }
            Kind::Array { len, elem } if !self.is_place(x) => {
                let v = self.expr(x);
                let checked = self.const_below(&indices[0], len);
                if let (Val::Scalars(vs), Some(i)) = (&v, self.const_int(&indices[0]))
                    && checked
                {
                    let n = self.ti(elem).leaves.len();
                    return Val::of(&vs[i as usize * n..(i as usize + 1) * n]);
                }
                let (i, signed) = self.index_value(&indices[0]);
                self.at(e.pos);
                if !checked {
                    let n = self.int(len);
                    self.bounds_check(i, n, signed);
                }
                let base = self.in_memory(t, &v);
                let a = self.elem_addr(base, elem, i);
                self.load(elem, a)
            }
            _ => {
                let p = self.place(e);
                self.load_place(&p)
            }
        }
    }

    // ---- slicing

    fn slice_expr(
        &mut self,
        e: &Expr,
        x: &Expr,
        lo: Option<&Expr>,
        hi: Option<&Expr>,
        max: Option<&Expr>,
    ) -> Val {
        self.calls_first([Some(x), lo, hi, max].into_iter().flatten());
        let t = self.value_ty(x);
        // data, length, capacity; and the element type (None: a string).
        let (data, len, cap, elem) = match self.kind(t) {
            Kind::String => {
                let s = self.expr(x).pass();
                (s[0], s[1], s[1], None)
            }
            Kind::Slice(elem) => {
                let s = self.expr(x).pass();
                (s[0], s[1], s[2], Some(elem))
            }
            Kind::Pointer(array) => {
                let Kind::Array { len, elem } = self.kind(array) else {
                    unreachable!("lower: slice of a pointer")
                };
                let p = self.expr(x).scalar();
                self.at(e.pos);
                self.nil_check(p);
                let n = self.int(len);
                (p, n, n, Some(elem))
            }
            Kind::Array { len, elem } => {
                let p = self.addr_of(x);
                let n = self.int(len);
                (p, n, n, Some(elem))
            }
            k => unreachable!("lower: slice of {k:?}"),
        };
        let is_slice = matches!(self.kind(t), Kind::Slice(_));
        let lo_const = lo.and_then(|l| self.const_int(l));
        let lo = lo.map(|l| self.index_value(l).0);
        let hi_v = hi.map(|h| self.index_value(h).0);
        let max_v = max.map(|m| self.index_value(m).0);
        self.at(e.pos);
        let zero = self.int(0);
        let i = lo.unwrap_or(zero);
        if let Some(m) = max_v {
            let j = hi_v.expect("a full slice expression has a high bound");
            self.check(if is_slice { Check::Slice3Acap } else { Check::Slice3Alen }, m, Some(cap));
            self.check(Check::Slice3B, j, Some(m));
            self.check(Check::Slice3C, i, Some(j));
            return self.slice_result(data, i, j, m, elem, lo_const);
        }
        let j = match hi_v {
            Some(j) => {
                self.check(if is_slice { Check::SliceAcap } else { Check::SliceAlen }, j, Some(cap));
                j
            }
            None => len,
        };
        if lo_const != Some(0) && lo.is_some() {
            self.check(Check::SliceB, i, Some(j));
        }
        self.slice_result(data, i, j, cap, elem, lo_const)
    }

    /// The slice or string `[i, j)` with capacity up to `cap`. A slice without capacity keeps its data pointer, so that it
    /// does not point behind the array.
    fn slice_result(
        &mut self,
        data: Value,
        i: Value,
        j: Value,
        cap: Value,
        elem: Option<TypeId>,
        lo: Option<i64>,
    ) -> Val {
        use escargo_ir::BinOp::Sub;
        if lo == Some(0) || self.is_zero_const(i) {
            return match elem {
                None => Val::of(&[data, j]),
                Some(_) => Val::of(&[data, j, cap]),
            };
        }
        let len = self.b.binary(Sub, j, i);
        let layout_ty = match elem {
            Some(t) => t,
            None => self.l.canon(World::basic(Basic::Uint8)),
        };
        let rest = match elem {
            Some(_) => self.b.binary(Sub, cap, i),
            None => len,
        };
        let zero = self.int(0);
        let empty = self.b.icmp(IntCC::Eq, rest, zero);
        let step = self.b.value(Op::Select(empty, zero, i), Ir::I64);
        let p = self.elem_addr(data, layout_ty, step);
        match elem {
            None => Val::of(&[p, len]),
            Some(_) => Val::of(&[p, len, rest]),
        }
    }

    fn is_zero_const(&self, v: Value) -> bool {
        match self.b.func.values[v.index()].def {
            escargo_ir::Def::Result(inst, _) => {
                matches!(self.b.func.inst(inst).op, Op::Iconst { value: 0, .. })
            }
            _ => false,
        }
    }

    // ---- booleans

    /// `x && y` or `x || y` as a value: `y`'s own value unless `x` decides.
    fn bool_value(&mut self, e: &Expr) -> Value {
        let ExprKind::Binary { op, x, y } = &e.kind else { unreachable!("lower: not a logical operator") };
        let or = *op == BinaryOp::OrOr;
        let (decided, rest, join) = (self.block(), self.block(), self.block());
        let r = self.b.block_param(join, Ir::I8);
        if or {
            self.cond(x, decided, rest);
        } else {
            self.cond(x, rest, decided);
        }
        self.b.switch_to(decided);
        let v = self.bool(or);
        self.b.jump(join, &[v]);
        self.b.switch_to(rest);
        let v = self.expr(y).scalar();
        self.b.jump(join, &[v]);
        self.b.switch_to(join);
        r
    }

    /// Branches on a bool expression.
    pub fn cond(&mut self, e: &Expr, yes: Block, no: Block) {
        if let ExprKind::Binary { op, x, y } = &e.kind
            && is_comparison(*op)
        {
            self.calls_first([&**x, &**y]);
        }
        if self.mode(e) != Mode::Const {
            match &e.kind {
                ExprKind::Paren(x) => return self.cond(x, yes, no),
                ExprKind::Unary { op: UnaryOp::Not, x } => return self.cond(x, no, yes),
                ExprKind::Binary { op: BinaryOp::AndAnd, x, y } => {
                    let mid = self.block();
                    self.cond(x, mid, no);
                    self.b.switch_to(mid);
                    return self.cond(y, yes, no);
                }
                ExprKind::Binary { op: BinaryOp::OrOr, x, y } => {
                    let mid = self.block();
                    self.cond(x, yes, mid);
                    self.b.switch_to(mid);
                    return self.cond(y, yes, no);
                }
                ExprKind::Binary { op, x, y } if is_comparison(*op) => {
                    let v = self.comparison(e, *op, x, y);
                    self.at(e.pos);
                    self.b.branch(v, yes, no);
                    return;
                }
                _ => {}
            }
        } else if let Some(v) = self.tv(e).value.as_ref().and_then(|c| c.as_bool()) {
            return self.jump(if v { yes } else { no });
        }
        self.calls_first([e]);
        let v = self.expr(e).scalar();
        self.at(e.pos);
        self.b.branch(v, yes, no);
    }

    // ---- channels

    /// `<-x`: the element and whether the channel was open, as I8.
    pub fn receive(&mut self, e: &Expr, x: &Expr) -> (Val, TypeId, Value) {
        let t = self.value_ty(x);
        let Kind::Chan { elem, .. } = self.kind(t) else { unreachable!("lower: receive from a channel") };
        let c = self.expr(x).scalar();
        self.at(e.pos);
        self.receive_from(c, elem)
    }

    pub fn receive_from(&mut self, c: Value, elem: TypeId) -> (Val, TypeId, Value) {
        let tmp = self.temp(elem);
        let ok = self.rt1(Rt::chan_recv, &[c, tmp]);
        let ok = self.rt_bool(ok);
        let v = self.load(elem, tmp);
        (v, elem, ok)
    }

    /// The value and success of a comma-ok form, if the expression has one.
    pub fn comma_ok(&mut self, e: &Expr) -> Option<(Val, TypeId, Value)> {
        let e = e.unparen();
        match &e.kind {
            ExprKind::TypeAssert { x, .. } => Some(self.type_assert_ok(e, x)),
            ExprKind::Unary { op: UnaryOp::Recv, x } => Some(self.receive(e, x)),
            ExprKind::Index { x, indices } => {
                let t = self.value_ty(x);
                let Kind::Map { key, elem } = self.kind(t) else { return None };
                let m = self.expr(x).scalar();
                let k = self.text_view(&indices[0], key);
                self.at(e.pos);
                let (v, ok) = self.map_load(t, m, &k, true);
                Some((v, elem, ok.expect("asked for")))
            }
            _ => None,
        }
    }
}

/// The identifier that names a generic function: the name itself or the selected one.
pub fn func_ident(e: &Expr) -> escargo_syntax::ast::NodeId {
    match &e.unparen().kind {
        ExprKind::Selector { sel, .. } => sel.id,
        _ => e.unparen().id,
    }
}
