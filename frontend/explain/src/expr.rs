//! Expressions to nodes.
//!
//! In: syntax trees and the checker's tables. Out: nodes with everything implicit written out. Requires: checked syntax.

use escargo_syntax::Pos;
use escargo_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use escargo_types::World;
use escargo_types::constant::Const;
use escargo_types::info::{Info, Mode, Selection, SelectionKind};
use escargo_types::world::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts;
use crate::text::type_text;
use crate::tree::*;

pub struct Builder<'a> {
    pub w: &'a mut World,
    pub info: &'a Info,
    pub t: &'a mut Tree,
    /// What variables are called now; the copies that loops make stand in for theirs for a while.
    pub vars: &'a mut FxHashMap<ObjId, VarId>,
    pub func: FnId,
    pub pkg: PkgId,
    /// The statements of the block that is being built.
    pub out: Vec<N>,
    /// Labels of the current function that are jumped back to.
    pub looping: FxHashSet<String>,
}

/// A declared function that an instantiated one comes from.
pub fn origin(w: &World, o: ObjId) -> ObjId {
    match w.obj(o).kind {
        ObjKind::Func { origin: Some(g), .. } => g,
        _ => o,
    }
}

/// Field `i` of a struct or of what a pointer points to.
pub fn field(t: &mut Tree, w: &mut World, x: N, pos: Pos, i: u32) -> Option<N> {
    let mut ty = w.under(t.ty(x));
    let pointer = match w.ty(ty) {
        &Type::Pointer(p) => {
            ty = w.under(p);
            true
        }
        _ => false,
    };
    let Type::Struct(s) = w.ty(ty) else { return None };
    let &f = s.fields.get(i as usize)?;
    let (name, fty) = (w.obj(f).name.as_str().to_owned(), w.obj(f).ty);
    Some(t.node(pos, fty, if pointer { Op::DotPtr(x, name) } else { Op::Dot(x, name) }))
}

impl Builder<'_> {
    pub fn new_var(&mut self, name: &str, ty: TypeId, pos: Pos, class: Class) -> VarId {
        let func = self.func;
        self.t.vars.push(Var { name: name.to_owned(), ty, pos, class, func });
        self.t.vars.len() - 1
    }

    /// A new local variable for an object.
    pub fn declare(&mut self, o: ObjId) -> VarId {
        let obj = self.w.obj(o);
        let (name, ty, pos) = (obj.name.as_str(), obj.ty, obj.pos);
        let v = self.new_var(name, ty, pos, Class::Auto);
        self.vars.insert(o, v);
        v
    }

    /// A declared temporary.
    pub fn temp(&mut self, ty: TypeId, pos: Pos) -> VarId {
        let name = format!(".autotmp_{}", self.t.vars.len());
        let v = self.new_var(&name, ty, pos, Class::Auto);
        let d = self.t.node(pos, World::INVALID, Op::Dcl(v));
        self.out.push(d);
        v
    }

    pub fn var(&mut self, v: VarId, pos: Pos) -> N {
        let owner = self.t.vars[v].func;
        let mut f = self.func;
        while f != owner {
            if !self.t.funcs[f].captures.contains(&v) {
                self.t.funcs[f].captures.push(v);
            }
            match self.t.funcs[f].parent {
                Some(p) => f = p,
                None => break,
            }
        }
        let ty = self.t.vars[v].ty;
        self.t.node(pos, ty, Op::Var(v))
    }

    pub fn ty_of(&self, e: &Expr) -> TypeId {
        self.info.of(e.id).and_then(|t| t.ty).unwrap_or(World::INVALID)
    }

    fn mode(&self, e: &Expr) -> Mode {
        self.info.of(e.id).map_or(Mode::None, |t| t.mode)
    }

    fn constant(&mut self, pos: Pos, ty: TypeId, value: &Const) -> N {
        let rune = self.w.unalias(ty) == World::RUNE || ty == World::basic(Basic::UntypedRune);
        let text = match value.as_i64() {
            Some(i) if rune && (0..=0x10ffff).contains(&i) => match char::from_u32(i as u32) {
                Some(c) => format!("{c:?}"),
                None => value.to_string(),
            },
            _ => facts::constant_text(self.w, ty, &value.to_string()),
        };
        let op = match value.as_i64() {
            Some(i) if !matches!(value, Const::Float(_)) || value.to_int().as_i64().is_some() => {
                Op::Int(text, i)
            }
            _ => Op::Lit(text),
        };
        self.t.node(pos, ty, op)
    }

    /// `n` as a value of type `dst`: interfaces hold it behind a conversion.
    pub fn convert(&mut self, n: N, dst: TypeId) -> N {
        let src = self.t.ty(n);
        if matches!(self.t.op(n), Op::Nil) || dst == World::INVALID || src == World::INVALID {
            return n;
        }
        if facts::is_interface(self.w, dst) && !facts::is_interface(self.w, src) {
            let pos = self.t.conversions.get(&n).copied().unwrap_or(self.t.pos(n));
            return self.t.implicit(pos, dst, Op::ConvIface(n));
        }
        n
    }

    pub fn exprs(&mut self, list: &[Expr]) -> Vec<N> {
        list.iter().map(|e| self.expr(e)).collect()
    }

    /// The values of a list of expressions as the types of what they are given to; a call with several results goes through
    /// temporaries.
    pub fn values(&mut self, list: &[Expr], dst: &dyn Fn(usize) -> TypeId, pos: Pos) -> Vec<N> {
        if let [e] = list
            && let Type::Tuple(vars) = self.w.ty(self.ty_of(e)).clone()
            && vars.len() > 1
        {
            let n = self.expr(e);
            let types: Vec<TypeId> = vars.iter().map(|&v| self.w.obj(v).ty).collect();
            let temps: Vec<VarId> = types.iter().map(|&ty| self.temp(ty, pos)).collect();
            let lhs: Vec<N> = temps.iter().map(|&v| self.var(v, pos)).collect();
            let op = if matches!(self.t.op(n), Op::Call { .. } | Op::CallIface { .. }) {
                Op::AssignCall { lhs, call: n }
            } else {
                Op::Assign { lhs, rhs: vec![n], defs: temps.clone() }
            };
            let s = self.t.node(pos, World::INVALID, op);
            self.out.push(s);
            let results: Vec<N> = temps.iter().map(|&v| self.var(v, pos)).collect();
            return results.into_iter().enumerate().map(|(i, n)| self.convert(n, dst(i))).collect();
        }
        let mut out = Vec::with_capacity(list.len());
        for (i, e) in list.iter().enumerate() {
            let n = self.expr(e);
            out.push(self.convert(n, dst(i)));
        }
        out
    }

    pub fn expr(&mut self, e: &Expr) -> N {
        let e = e.unparen();
        let ty = self.ty_of(e);
        let pos = e.pos;
        if let Some(tv) = self.info.of(e.id) {
            match tv.mode {
                Mode::Const => {
                    if let Some(v) = tv.value.clone() {
                        return self.constant(pos, ty, &v);
                    }
                }
                Mode::NilValue => return self.t.node(pos, ty, Op::Nil),
                Mode::Type => return self.t.node(pos, ty, Op::Type),
                _ => {}
            }
        }
        // A comma-ok operation is recorded with both of its results.
        let first = match self.w.ty(ty) {
            Type::Tuple(vars) if vars.len() == 2 => self.w.obj(vars[0]).ty,
            _ => ty,
        };
        match &e.kind {
            ExprKind::Name(_) => match self.info.uses.get(&e.id).or_else(|| self.info.defs.get(&e.id)) {
                Some(&o) => self.object(o, pos, ty),
                None => self.t.node(pos, ty, Op::Nil),
            },
            ExprKind::CompositeLit { elems, .. } => self.composite(e, elems, ty),
            ExprKind::FuncLit { body, .. } => {
                let f = self.closure(ty);
                self.closure_body(f, &body.stmts);
                self.t.node(pos, ty, Op::Closure(f))
            }
            ExprKind::Selector { x, sel } => match self.info.selections.get(&e.id).cloned() {
                None => match self.info.uses.get(&sel.id) {
                    Some(&o) => self.object(o, pos, ty),
                    None => self.t.node(pos, ty, Op::Nil),
                },
                Some(s) => self.selector(e, x, &s),
            },
            ExprKind::Index { x, indices } => {
                if matches!(self.mode(x), Mode::Value)
                    && matches!(self.w.under_ty(self.ty_of(x)), Type::Signature(_))
                {
                    let n = self.expr(x);
                    self.t.nodes[n as usize].ty = ty;
                    return n;
                }
                let base = self.expr(x);
                let index = self.expr(&indices[0]);
                let under = self.w.under(self.t.ty(base));
                match self.w.ty(under).clone() {
                    Type::Map { key, .. } => {
                        let index = self.convert(index, key);
                        self.t.node(pos, first, Op::IndexMap(base, index))
                    }
                    Type::Pointer(array) => {
                        let base = self.t.implicit(pos, array, Op::Deref(base));
                        self.t.node(pos, ty, Op::Index(base, index))
                    }
                    _ => self.t.node(pos, ty, Op::Index(base, index)),
                }
            }
            ExprKind::Slice { x, lo, hi, max, .. } => {
                let mut base = self.expr(x);
                let under = self.w.under(self.t.ty(base));
                let array = match self.w.ty(under) {
                    Type::Array { .. } => {
                        let p = self.w.new_type(Type::Pointer(under));
                        base = self.t.implicit(pos, p, Op::Addr(base));
                        true
                    }
                    Type::Pointer(_) => true,
                    _ => false,
                };
                let bounds = [lo, hi, max].map(|b| b.as_ref().map(|b| self.expr(b)));
                self.t.node(pos, ty, Op::Slice { x: base, bounds, array })
            }
            ExprKind::TypeAssert { x, .. } => {
                let x = self.expr(x);
                self.t.node(pos, first, Op::DotType(x))
            }
            ExprKind::Call { fun, args, dots, .. } => self.call(e, fun, args, dots.is_some(), ty),
            ExprKind::Star(x) => {
                let x = self.expr(x);
                self.t.node(pos, ty, Op::Deref(x))
            }
            ExprKind::Unary { op, x } => match op {
                UnaryOp::Addr => {
                    let inner = self.expr(x);
                    let lit = matches!(x.unparen().kind, ExprKind::CompositeLit { .. });
                    let op = if lit { Op::PtrLit(inner) } else { Op::Addr(inner) };
                    self.t.node(pos, ty, op)
                }
                UnaryOp::Recv => {
                    let x = self.expr(x);
                    self.t.node(pos, first, Op::Recv(x))
                }
                op => {
                    let x = self.expr(x);
                    let text = match op {
                        UnaryOp::Plus => "+",
                        UnaryOp::Neg => "-",
                        UnaryOp::Not => "!",
                        _ => "^",
                    };
                    self.t.node(pos, ty, Op::Unary(text, x))
                }
            },
            ExprKind::Binary { op, x, y } => self.binary(pos, ty, *op, x, y),
            _ => self.t.node(pos, ty, Op::Type),
        }
    }

    fn object(&mut self, o: ObjId, pos: Pos, ty: TypeId) -> N {
        if let Some(&v) = self.vars.get(&o) {
            return self.var(v, pos);
        }
        let obj = self.w.obj(o).clone();
        let name = match obj.pkg {
            Some(p) if Some(p) != self.w.current => format!("{}.{}", self.w.pkg(p).name, obj.name),
            _ => obj.name.as_str().to_owned(),
        };
        let op = match obj.kind {
            ObjKind::Func { .. } => {
                let o = origin(self.w, o);
                Op::Func(o, name)
            }
            ObjKind::Nil => Op::Nil,
            ObjKind::TypeName { .. } => Op::Type,
            _ => Op::Global(name),
        };
        self.t.node(pos, ty, op)
    }

    fn binary(&mut self, pos: Pos, ty: TypeId, op: BinaryOp, x: &Expr, y: &Expr) -> N {
        // Left spines may be long: `a + b + c + ...`.
        let mut spine = vec![(pos, ty, op, y)];
        let mut left = x.unparen();
        while let ExprKind::Binary { op, x, y } = &left.kind
            && self.mode(left) != Mode::Const
        {
            spine.push((left.pos, self.ty_of(left), *op, y));
            left = x.unparen();
        }
        let mut n = self.expr(left);
        while let Some((pos, ty, op, y)) = spine.pop() {
            let mut y = self.expr(y);
            if op == BinaryOp::Add && self.w.is_string(ty) {
                let mut list = match self.t.op(n) {
                    Op::AddStr(l) => l.clone(),
                    _ => vec![n],
                };
                match self.t.op(y) {
                    Op::AddStr(l) => list.extend(l.iter().copied()),
                    _ => list.push(y),
                }
                n = self.t.node(pos, ty, Op::AddStr(list));
                continue;
            }
            if matches!(op, BinaryOp::Eql | BinaryOp::Neq) {
                let (tx, ty) = (self.t.ty(n), self.t.ty(y));
                n = self.convert(n, ty);
                y = self.convert(y, tx);
            }
            n = self.t.node(pos, ty, Op::Binary(escargo_types::exprstring::binary_text(op), n, y));
        }
        n
    }

    fn composite(&mut self, e: &Expr, elems: &[Expr], ty: TypeId) -> N {
        let pos = e.pos;
        let under = self.w.under(ty);
        if let &Type::Pointer(base) = self.w.ty(under) {
            // The elided `&T` of an element.
            let inner = self.composite(e, elems, base);
            return self.t.node(pos, ty, Op::PtrLit(inner));
        }
        let value = |e: &Expr| match &e.kind {
            ExprKind::KeyValue { .. } => None,
            _ => Some(()),
        };
        match self.w.ty(under).clone() {
            Type::Struct(s) => {
                let mut list = Vec::new();
                for (i, e) in elems.iter().enumerate() {
                    let (field, x) = match (&e.kind, value(e)) {
                        // The key may be a promoted field.
                        (ExprKind::KeyValue { key, value }, _) => {
                            (self.info.uses.get(&key.id).copied(), &**value)
                        }
                        _ => (s.fields.get(i).copied(), e),
                    };
                    let n = self.expr(x);
                    let dst = field.map_or(World::INVALID, |f| self.w.obj(f).ty);
                    list.push(self.convert(n, dst));
                }
                self.t.node(pos, ty, Op::StructLit(list))
            }
            Type::Map { key, elem } => {
                let mut list = Vec::new();
                for e in elems {
                    if let ExprKind::KeyValue { key: k, value: v } = &e.kind {
                        let k = self.expr(k);
                        let k = self.convert(k, key);
                        let v = self.expr(v);
                        let v = self.convert(v, elem);
                        list.push((k, v));
                    }
                }
                self.t.node(pos, ty, Op::MapLit(list))
            }
            Type::Array { elem, .. } | Type::Slice(elem) => {
                let mut list = Vec::new();
                for e in elems {
                    let x = match &e.kind {
                        ExprKind::KeyValue { value, .. } => value,
                        _ => e,
                    };
                    let n = self.expr(x);
                    list.push(self.convert(n, elem));
                }
                let array = matches!(self.w.ty(under), Type::Array { .. });
                let op = if array { Op::ArrayLit(list) } else { Op::SliceLit(list) };
                self.t.node(pos, ty, op)
            }
            _ => self.t.node(pos, ty, Op::StructLit(Vec::new())),
        }
    }

    /// `x` followed by the fields of a path.
    fn fields(&mut self, mut x: N, pos: Pos, path: &[u32]) -> N {
        for &i in path {
            match field(self.t, self.w, x, pos, i) {
                Some(f) => x = f,
                None => break,
            }
        }
        x
    }

    fn selector(&mut self, e: &Expr, x: &Expr, s: &Selection) -> N {
        let pos = e.pos;
        let name = self.w.obj(s.obj).name.as_str().to_owned();
        match s.kind {
            SelectionKind::Field => {
                let x = self.expr(x);
                self.fields(x, pos, &s.path)
            }
            SelectionKind::MethodExpr => {
                let o = origin(self.w, s.obj);
                let direct = s.path.len() == 1 && !facts::is_interface(self.w, s.recv);
                self.t.node(pos, s.ty, Op::MethExpr(direct.then_some(o), s.recv, name))
            }
            SelectionKind::MethodVal => {
                let (x, callee) = self.receiver(x, pos, s);
                let results = match self.w.ty(s.ty) {
                    Type::Signature(sig) => sig.results.len(),
                    _ => 0,
                };
                self.t.node(pos, s.ty, Op::MethValue { x, name, callee, results })
            }
        }
    }

    /// The receiver of a method with what is implicit, and the method if it is not an interface's.
    fn receiver(&mut self, x: &Expr, pos: Pos, s: &Selection) -> (N, Option<ObjId>) {
        let x = self.expr(x);
        let x = self.fields(x, pos, &s.path[..s.path.len() - 1]);
        let ty = self.t.ty(x);
        let (base, pointer) = self.w.deref(ty);
        if facts::is_interface(self.w, ty) || self.w.is_type_param(base) {
            return (x, None);
        }
        let o = origin(self.w, s.obj);
        let by_pointer = matches!(self.w.obj(o).kind, ObjKind::Func { ptr_recv: true, .. });
        let x = match (pointer, by_pointer) {
            (true, false) => self.t.implicit(pos, base, Op::Deref(x)),
            (false, true) => {
                let p = self.w.new_type(Type::Pointer(ty));
                self.t.implicit(pos, p, Op::Addr(x))
            }
            _ => x,
        };
        (x, Some(o))
    }

    // ---- calls

    fn signature(&mut self, ty: TypeId) -> Option<Signature> {
        let ty = self.w.core_type(ty).unwrap_or(ty);
        match self.w.under_ty(ty).clone() {
            Type::Signature(s) => Some(s),
            _ => None,
        }
    }

    /// Arguments as the parameters' types, variadic ones packed.
    fn args(&mut self, sig: &Signature, args: &[Expr], dots: bool, pos: Pos) -> Vec<N> {
        let types: Vec<TypeId> = sig.params.iter().map(|&p| self.w.obj(p).ty).collect();
        let fixed = types.len() - usize::from(sig.variadic);
        let elem = types.last().copied().filter(|_| sig.variadic);
        let elem = elem.map(|t| facts::elem(self.w, t).unwrap_or(World::INVALID));
        let dst = |i: usize| match elem {
            Some(e) if i >= fixed && !dots => e,
            _ => types.get(i).copied().unwrap_or(World::INVALID),
        };
        let mut out = self.values(args, &dst, pos);
        if sig.variadic && !dots {
            let rest = out.split_off(fixed.min(out.len()));
            let ty = types[fixed];
            out.push(if rest.is_empty() {
                self.t.node(pos, ty, Op::Nil)
            } else {
                self.t.implicit(pos, ty, Op::SliceLit(rest))
            });
        }
        out
    }

    fn call(&mut self, e: &Expr, fun: &Expr, args: &[Expr], dots: bool, ty: TypeId) -> N {
        let pos = e.pos;
        let fun = fun.unparen();
        match self.mode(fun) {
            Mode::Type => {
                // gc's position of a conversion is its operand's.
                let x = self.expr(&args[0]);
                let n = self.conversion(args[0].pos, ty, x);
                self.t.conversions.insert(n, pos);
                return n;
            }
            Mode::Builtin(b) => return self.builtin(pos, ty, b, args, dots),
            _ => {}
        }
        let Some(sig) = self.signature(self.ty_of(fun)) else {
            return self.t.node(pos, ty, Op::Nil);
        };
        if let ExprKind::Selector { x, .. } = &fun.kind
            && let Some(s) = self.info.selections.get(&fun.id).cloned()
            && s.kind == SelectionKind::MethodVal
        {
            let name = self.w.obj(s.obj).name.as_str().to_owned();
            let (x, callee) = self.receiver(x, fun.pos, &s);
            let mut list = self.args(&sig, args, dots, pos);
            let dots = dots || sig.variadic;
            let Some(callee) = callee else {
                let op = Op::CallIface { x, name, method: s.obj, args: list, dots };
                return self.t.node(pos, ty, op);
            };
            let recv = self.t.ty(x);
            let fun = self.t.node(fun.pos, s.ty, Op::MethExpr(Some(callee), recv, name));
            list.insert(0, x);
            return self.t.node(pos, ty, Op::Call { fun, args: list, dots });
        }
        let callee = self.expr(fun);
        let args = self.args(&sig, args, dots, pos);
        self.t.node(pos, ty, Op::Call { fun: callee, args, dots: dots || sig.variadic })
    }

    fn conversion(&mut self, pos: Pos, ty: TypeId, x: N) -> N {
        let from = self.t.ty(x);
        let op = if matches!(self.t.op(x), Op::Nil) {
            Op::Conv(x)
        } else if facts::is_interface(self.w, ty) {
            if facts::is_interface(self.w, from) { Op::Conv(x) } else { Op::ConvIface(x) }
        } else {
            let (under_to, under_from) = (self.w.under(ty), self.w.under(from));
            let slice = |w: &mut World, t: TypeId| match w.ty(t).clone() {
                Type::Slice(e) => Some(e),
                _ => None,
            };
            let (to_string, from_string) = (self.w.is_string(ty), self.w.is_string(from));
            if to_string && !from_string && (slice(self.w, under_from).is_some() || self.w.is_integer(from)) {
                Op::StrConv(StrConv::Other, x)
            } else if from_string && let Some(elem) = slice(self.w, under_to) {
                let bytes = self.w.size_of(elem) == Some(1);
                Op::StrConv(if bytes { StrConv::ToBytes } else { StrConv::Other }, x)
            } else if slice(self.w, under_from).is_some() && slice(self.w, under_to).is_none() {
                match self.w.ty(under_to) {
                    Type::Pointer(_) => Op::SliceToArrayPtr(x),
                    _ => Op::SliceToArray(x),
                }
            } else {
                Op::Conv(x)
            }
        };
        self.t.node(pos, ty, op)
    }

    fn builtin(&mut self, pos: Pos, ty: TypeId, b: Builtin, args: &[Expr], dots: bool) -> N {
        let name = b.name();
        let op = match b {
            Builtin::New => {
                let arg = &args[0];
                if self.mode(arg) == Mode::Type {
                    Op::New(self.ty_of(arg))
                } else {
                    // `new(x)` holds a copy of x.
                    let x = self.expr(arg);
                    let elem = self.w.deref(ty).0;
                    let x = self.convert(x, elem);
                    Op::PtrLit(x)
                }
            }
            Builtin::Make => {
                let under = self.w.core_type(ty).unwrap_or(ty);
                let sizes: Vec<N> = args[1..].iter().map(|e| self.expr(e)).collect();
                match self.w.ty(under) {
                    Type::Slice(_) => Op::MakeSlice(sizes[0], sizes.get(1).copied()),
                    Type::Map { .. } => Op::MakeMap(sizes.first().copied()),
                    _ => Op::MakeChan(sizes.first().copied()),
                }
            }
            Builtin::Append => {
                let elem = facts::elem(self.w, ty).unwrap_or(World::INVALID);
                let dst = |i: usize| if i == 0 || dots { World::INVALID } else { elem };
                Op::Append { args: self.values(args, &dst, pos), dots }
            }
            Builtin::Copy => {
                let l = self.values(args, &|_| World::INVALID, pos);
                Op::Copy(l[0], l[1])
            }
            Builtin::Panic => {
                let x = self.expr(&args[0]);
                Op::Panic(self.convert(x, World::ANY))
            }
            Builtin::Print | Builtin::Println | Builtin::Recover => Op::Discard(name, self.exprs(args)),
            Builtin::Delete => {
                let mut l = self.exprs(args);
                let map = self.w.under(self.t.ty(l[0]));
                if let &Type::Map { key, .. } = self.w.ty(map) {
                    l[1] = self.convert(l[1], key);
                }
                Op::Discard(name, l)
            }
            Builtin::Complex => {
                let l = self.values(args, &|_| World::INVALID, pos);
                Op::Complex(l[0], l[1])
            }
            Builtin::Max | Builtin::Min => Op::MinMax(name, self.exprs(args)),
            Builtin::Clear => Op::Clear(self.expr(&args[0])),
            Builtin::Len | Builtin::Cap | Builtin::Real | Builtin::Imag | Builtin::Close => {
                Op::Simple(name, self.expr(&args[0]))
            }
            Builtin::SliceData | Builtin::StringData => Op::UnsafeData(name, self.expr(&args[0])),
            Builtin::Add | Builtin::Slice | Builtin::String => {
                let l = self.exprs(args);
                Op::UnsafePair(name, l[0], l[1])
            }
            Builtin::Alignof | Builtin::Offsetof | Builtin::Sizeof => Op::Type,
        };
        self.t.node(pos, ty, op)
    }

    // ---- functions

    /// A closure of this function: its parameters and results.
    pub fn closure(&mut self, ty: TypeId) -> FnId {
        let f = self.t.funcs.len();
        let parent = self.func;
        let mut root = parent;
        while let Some(p) = self.t.funcs[root].parent {
            root = p;
        }
        let name = format!("{}.func{}", self.t.funcs[root].name, self.t.funcs[root].closures.len() + 1);
        self.t.funcs.push(Func {
            name,
            obj: None,
            params: Vec::new(),
            has_recv: false,
            results: Vec::new(),
            body: Some(Vec::new()),
            parent: Some(parent),
            captures: Vec::new(),
            closures: Vec::new(),
            wrapper: false,
            pragmas: Pragmas::default(),
            generic: false,
        });
        self.t.funcs[root].closures.push(f);
        if let Some(sig) = self.signature(ty) {
            self.func = f;
            self.params(&sig);
            self.func = parent;
        }
        f
    }

    /// Parameters and results of the current function.
    pub fn params(&mut self, sig: &Signature) {
        let f = self.func;
        let all: Vec<ObjId> = sig.recv.iter().chain(&sig.params).copied().collect();
        for o in all {
            let obj = self.w.obj(o);
            let (name, ty, pos) = (obj.name.as_str().to_owned(), obj.ty, obj.pos);
            let var = (!name.is_empty() && name != "_").then(|| self.new_var(&name, ty, pos, Class::Param));
            if let Some(v) = var {
                self.vars.insert(o, v);
            }
            self.t.funcs[f].params.push(Param { name, ty, pos, var });
        }
        for (i, &o) in sig.results.iter().enumerate() {
            let obj = self.w.obj(o);
            let (mut name, ty, pos) = (obj.name.as_str().to_owned(), obj.ty, obj.pos);
            if name.is_empty() || name == "_" {
                name = format!("~r{i}");
            }
            let v = self.new_var(&name, ty, pos, Class::Result);
            self.vars.insert(o, v);
            self.t.funcs[f].results.push(v);
        }
    }

    pub fn closure_body(&mut self, f: FnId, stmts: &[escargo_syntax::ast::Stmt]) {
        let out = std::mem::take(&mut self.out);
        let labels = std::mem::replace(&mut self.looping, crate::stmt::loop_labels(stmts));
        let outer = std::mem::replace(&mut self.func, f);
        self.stmts(stmts);
        self.func = outer;
        self.looping = labels;
        self.t.funcs[f].body = Some(std::mem::replace(&mut self.out, out));
    }

    /// The name of a declared function as messages print it.
    pub fn func_name(&mut self, o: ObjId) -> String {
        let obj = self.w.obj(o).clone();
        let Type::Signature(sig) = self.w.ty(obj.ty).clone() else { return obj.name.as_str().to_owned() };
        let Some(recv) = sig.recv else { return obj.name.as_str().to_owned() };
        let ty = self.w.obj(recv).ty;
        let text = type_text(self.w, ty);
        if text.starts_with('*') { format!("({text}).{}", obj.name) } else { format!("{text}.{}", obj.name) }
    }
}
