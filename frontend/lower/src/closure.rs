//! Entry of source functions, function literals and what they capture, method values.
//!
//! In: parameters and body of a source function or literal. Out: functions of the module, closure objects.
//! Guarantees: a variable is captured by value only if nothing can tell the difference.

use std::rc::Rc;

use escargo_ir::{FuncId, LayoutId, SiteKind, Type as Ir, Value};
use escargo_syntax::Pos;
use escargo_syntax::ast::{self, Block, Expr, StmtKind};
use escargo_types::info::Selection;
use escargo_types::world::*;

use crate::defer::{DeferHome, FrameResult};
use crate::func::{FuncLowerer, Param, ResultVar, Source};
use crate::program::FuncInstance;
use crate::types::Kind;
use crate::value::Val;
use crate::walk;
use crate::wrappers::{MethodSel, MethodTarget};

/// Larger variables are captured by reference.
const MAX_BY_VALUE: u64 = 128;

/// One captured thing: a field of the closure object after the code address.
#[derive(Clone, Debug)]
pub enum Capture {
    /// The address of a variable.
    Ref(ObjId),
    /// A copy of a variable.
    Copy(ObjId, TypeId),
    /// An address of the enclosing function that has no Go variable.
    Hidden(Value),
}

/// Captures and the layout of the object that holds them.
#[derive(Clone, Debug)]
pub struct Captures {
    pub layout: LayoutId,
    pub list: Vec<Capture>,
}

impl FuncLowerer<'_, '_> {
    // ---- entry

    /// Lowers a source function whose header is set. `captures`: of a literal.
    pub fn lower_source(&mut self, src: &Source, captures: Option<&Captures>) {
        self.record_param_names(src, captures.is_some());
        let mut params = self.enter().into_iter();
        if walk::any_stmt(&src.body.stmts, |s| matches!(s.kind, StmtKind::Defer(_))) {
            self.enter_guard(&src.body.stmts);
        }
        if let Some(c) = captures {
            let object = params.next().expect("a closure takes its object");
            self.bind_captures(c, object);
        }
        self.bind_params(src, &mut params);
        self.stmts(&src.body.stmts);
        self.finish_body(src.body.rbrace);
    }

    fn record_param_names(&mut self, src: &Source, closure: bool) {
        let mut names = Vec::new();
        if closure {
            names.push((String::new(), Default::default()));
        }
        let add = |s: &mut Self, p: &Param, names: &mut Vec<(String, escargo_ir::Pos)>| {
            let t = s.subst(p.ty);
            let mut types = Vec::new();
            s.l.pass_types(t, &mut types);
            let (name, pos) = match p.obj {
                Some(o) => (s.obj_name(o).to_string(), escargo_ir::Pos(s.l.world.obj(o).pos.0)),
                None => (String::new(), Default::default()),
            };
            names.extend(types.iter().map(|_| (name.clone(), pos)));
        };
        let (recv, rest) = src.params.split_at(src.recv as usize);
        for p in recv {
            add(self, p, &mut names);
        }
        for r in &src.results {
            let t = self.subst(r.ty);
            if self.ti(t).in_mem {
                names.push((String::new(), Default::default()));
            }
        }
        for p in rest {
            add(self, p, &mut names);
        }
        self.b.func.param_names = names;
    }

    /// Makes the variables of parameters and results.
    fn bind_params(&mut self, src: &Source, params: &mut impl Iterator<Item = Value>) {
        let (recv, rest) = src.params.split_at(src.recv as usize);
        let mut vals = Vec::new();
        for p in recv {
            let t = self.subst(p.ty);
            vals.push((p.obj, t, self.take_param(t, params)));
        }
        for r in &src.results {
            let t = self.subst(r.ty);
            let out = if self.ti(t).in_mem { params.next() } else { None };
            self.results.push(ResultVar { ty: t, addr: None, out });
        }
        for p in rest {
            let t = self.subst(p.ty);
            vals.push((p.obj, t, self.take_param(t, params)));
        }
        for (obj, _, v) in vals {
            if let Some(o) = obj {
                self.declare_init(o, &v);
            }
        }
        for (i, r) in src.results.iter().enumerate() {
            let t = self.results[i].ty;
            let addr = match r.obj {
                Some(o) => Some(self.declare(o)),
                None if self.unit.facts.range_funcs || self.frame.is_some() => {
                    Some(self.alloc(SiteKind::Var, t, format!("~r{i}")))
                }
                None => None,
            };
            self.results[i].addr = addr;
            if let (true, Some(addr)) = (self.frame.is_some(), addr) {
                let var = self.note_address(&format!("~r{i}"), addr);
                let out = self.results[i].out.map(|out| self.note_address(".out", out));
                let frame = self.frame.as_mut().expect("seen above");
                frame.results.push(FrameResult { ty: t, var, out });
            }
        }
    }

    // ---- captures

    /// Decides how the free variables of a literal's body are captured, and lays out the closure object.
    fn captures_of(&mut self, body: &[ast::Stmt], name: &str) -> Captures {
        self.captures_with(body, &[], &[], name)
    }

    /// As `captures_of`, for a body with further expressions and with values that are no variables.
    pub fn captures_with(
        &mut self,
        body: &[ast::Stmt],
        extra: &[&Expr],
        hidden: &[Value],
        name: &str,
    ) -> Captures {
        let info = self.l.info.clone();
        let free = {
            let vars = &self.vars;
            walk::free_vars(&info, body, extra, |o| vars.contains_key(&o))
        };
        let mut list: Vec<Capture> = hidden.iter().map(|&v| Capture::Hidden(v)).collect();
        for o in free {
            let t = self.obj_ty(o);
            let result = matches!(&self.l.world.obj(o).kind, ObjKind::Var(v) if v.result);
            let by_value = !result && self.ti(t).size <= MAX_BY_VALUE && !self.unit.facts.shared.contains(&o);
            list.push(if by_value { Capture::Copy(o, t) } else { Capture::Ref(o) });
        }
        let ptr = self.l.scalar_layout(Ir::Ptr);
        let mut parts = vec![("code", ptr)];
        for c in &list {
            parts.push(match c {
                Capture::Ref(o) => (self.obj_name(*o), ptr),
                Capture::Copy(o, t) => {
                    let l = self.layout(*t);
                    (self.obj_name(*o), l)
                }
                Capture::Hidden(_) => (".hidden", ptr),
            });
        }
        let layout = self.l.struct_layout(format!("closure {name}"), &parts);
        Captures { layout, list }
    }

    /// In a literal: makes the captured variables known. Returns the hidden values.
    pub fn bind_captures(&mut self, c: &Captures, object: Value) -> Vec<Value> {
        let mut hidden = Vec::new();
        for (i, cap) in c.list.iter().enumerate() {
            let a = self.b.field(object, c.layout, i as u32 + 1);
            match cap {
                Capture::Ref(o) => {
                    let p = self.b.load(Ir::Ptr, a);
                    self.bind(*o, p);
                }
                Capture::Copy(o, _) => {
                    self.bind(*o, a);
                }
                Capture::Hidden(_) => hidden.push(self.b.load(Ir::Ptr, a)),
            }
        }
        hidden
    }

    /// Stores code address and captures into a closure object.
    pub fn fill_closure(&mut self, object: Value, code: FuncId, c: &Captures) {
        let f = self.func_addr(code);
        let a = self.b.field(object, c.layout, 0);
        self.b.store(a, f);
        for (i, cap) in c.list.iter().enumerate() {
            let a = self.b.field(object, c.layout, i as u32 + 1);
            match cap {
                Capture::Ref(o) => {
                    let p = self.vars[o];
                    self.b.store(a, p);
                }
                Capture::Copy(o, t) => {
                    let from = self.vars[o];
                    let v = self.load(*t, from);
                    self.store(*t, a, &v);
                }
                Capture::Hidden(v) => self.b.store(a, *v),
            }
        }
    }

    /// A function literal: its closure object and its function.
    pub fn func_lit(
        &mut self,
        pos: Pos,
        ty: &ast::FuncType,
        body: &Block,
        sig: TypeId,
        defer: Option<&mut DeferHome>,
    ) -> (Value, FuncId) {
        let name = self.lit_name(false);
        let caps = self.captures_of(&body.stmts, &name);
        let source = self.l.source_of(sig, None, ty, body);
        let canon = self.subst(sig);
        let mut msig = self.l.signature(canon, None);
        msig.params.insert(0, Ir::Ptr);
        let id = self.l.declare(name.clone(), msig);
        let mut func = self.l.header(id);
        func.flags.closure = true;
        func.pos = escargo_ir::Pos(pos.0);
        let unit = self.unit.clone();
        let mut child = FuncLowerer::new(self.l, &mut func, unit, name);
        child.is_lit = true;
        child.at(pos);
        child.lower_source(&source, Some(&caps));
        self.l.define(id, func);
        (self.closure_object(id, &caps, defer), id)
    }

    /// The closure of a literal: static data if it captures nothing.
    fn closure_object(&mut self, id: FuncId, caps: &Captures, defer: Option<&mut DeferHome>) -> Value {
        if caps.list.is_empty() {
            let g = self.l.closure_global(id);
            return self.global_addr(g);
        }
        let object = match defer {
            Some(home) => self.defer_object(home, caps.layout),
            None => self.alloc_layout(SiteKind::Closure, caps.layout, "func literal"),
        };
        self.fill_closure(object, id, caps);
        object
    }

    // ---- method values and expressions

    /// The method that a selection means on the receiver's type in this instance.
    pub fn resolve_method(&mut self, recv: TypeId, s: &Selection, sel: ast::NodeId) -> MethodSel {
        let o = self.l.world.obj(s.obj);
        let (name, pkg) = (o.name, o.pkg);
        let found = self.l.select_method(recv, pkg, name);
        let Some(mut m) = found else {
            unreachable!("lower: {} has no method {name}", self.l.world.type_string(recv))
        };
        let own = self.instance_args(sel);
        if let MethodTarget::Func { inst, .. } = &mut m.target
            && !own.is_empty()
        {
            let FuncInstance { targs, .. } = inst;
            targs.extend(own);
            let inst = inst.clone();
            m.sig = self.l.func_sig(&inst);
        }
        m
    }

    /// `x.m` as a value: binds the receiver.
    pub fn method_value(&mut self, e: &Expr, x: &Expr, s: &Selection) -> Val {
        let sel = crate::expr::func_ident(e);
        let t = self.value_ty(x);
        let m = self.resolve_method(t, s, sel);
        let (recv, rt) = self.receiver(e, x, &m);
        self.at(e.pos);
        if let MethodTarget::Iface { .. } = m.target {
            self.nil_check(recv.scalars()[0]);
        }
        let (code, layout) = self.l.bound_method(&m.target, m.sig, m.name);
        let name = escargo_types::exprstring::expr_string(e);
        let object = self.alloc_layout(SiteKind::MethodValue, layout, name);
        let f = self.func_addr(code);
        let a = self.b.field(object, layout, 0);
        self.b.store(a, f);
        let a = self.b.field(object, layout, 1);
        self.store(rt, a, &recv);
        Val::one(object)
    }

    /// The receiver that method `m` of `x` is called with, and its type.
    pub fn receiver(&mut self, e: &Expr, x: &Expr, m: &MethodSel) -> (Val, TypeId) {
        let mut t = self.value_ty(x);
        let want = match &m.target {
            MethodTarget::Func { recv, .. } => *recv,
            MethodTarget::Iface { iface, .. } => *iface,
        };
        // A value that is no variable and needs no address.
        if !self.is_place(x) && !matches!(self.kind(t), Kind::Pointer(_)) {
            let mut v = self.expr(x);
            self.at(e.pos);
            for (n, &i) in m.path.iter().enumerate() {
                if let Kind::Pointer(elem) = self.kind(t) {
                    let p = crate::place::Place::Deref(v.scalar(), elem);
                    let p = self.field_path(p, &m.path[n..]);
                    return self.receiver_of(p, want);
                }
                (v, t) = self.extract(t, &v, i as usize);
            }
            if t == want {
                return (v, t);
            }
            if let Kind::Pointer(elem) = self.kind(t) {
                return self.receiver_of(crate::place::Place::Deref(v.scalar(), elem), want);
            }
            let a = self.spill(t, &v);
            return (Val::one(a), want);
        }
        if let Kind::Pointer(elem) = self.kind(t) {
            let v = self.expr(x);
            self.at(e.pos);
            if m.path.is_empty() && t == want {
                return (v, t);
            }
            let p = self.field_path(crate::place::Place::Deref(v.scalar(), elem), &m.path);
            return self.receiver_of(p, want);
        }
        let p = self.place(x);
        self.at(e.pos);
        let p = self.field_path(p, &m.path);
        self.receiver_of(p, want)
    }

    fn receiver_of(&mut self, p: crate::place::Place, want: TypeId) -> (Val, TypeId) {
        let t = self.place_ty(&p);
        if t == want {
            let v = self.load_place(&p);
            return (v, t);
        }
        if let Kind::Pointer(elem) = self.kind(t)
            && elem == want
        {
            let v = self.load_place(&p).scalar();
            let v = self.load_place(&crate::place::Place::Deref(v, want));
            return (v, want);
        }
        // The address of the field or variable: that of `*p` is taken only if p is not nil.
        self.check_root(&p);
        (Val::one(self.place_addr(&p)), want)
    }

    /// `T.m` as a value: a function that takes the receiver first.
    pub fn method_expr(&mut self, e: &Expr, x: &Expr, s: &Selection) -> Val {
        let id = self.method_expr_func(e, x, s);
        let g = self.l.func_value(id);
        Val::one(self.global_addr(g))
    }

    pub fn method_expr_func(&mut self, e: &Expr, x: &Expr, s: &Selection) -> FuncId {
        let t = self.ty(x);
        let t = if t == World::INVALID { self.subst(s.recv) } else { t };
        let m = self.resolve_method(t, s, crate::expr::func_ident(e));
        self.l.method_expr(t, &m)
    }
}

/// The facts of an initialiser expression of a package variable.
pub fn init_unit(l: &mut crate::program::Lowerer, pkg: PkgId, e: &Expr) -> crate::func::Unit {
    let info = l.info.clone();
    let facts = Rc::new(walk::scan_init(&mut l.world, &info, pkg, e));
    crate::func::Unit { env: Default::default(), pkg, facts }
}
