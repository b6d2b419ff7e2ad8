//! Calls of functions, methods, closures.
//!
//! In: a call expression. Out: its results. Guarantees: function value, receiver and arguments are evaluated in the usual
//! order before the call.

use escargo_ir::{FuncId, Op, Rt, SiteKind, Type as Ir, Value, Values};
use escargo_syntax::ast::{Decl, Directive, Expr, ExprKind};
use escargo_types::exprstring::expr_string;
use escargo_types::info::{Mode, SelectionKind};
use escargo_types::world::*;

use crate::func::FuncLowerer;
use crate::intrinsics::Intrinsic;
use crate::program::Callee;
use crate::types::{Kind, SigParts};
use crate::value::Val;
use crate::walk::has_call;
use crate::wrappers::MethodTarget;

/// What a call reaches. The values that go with it (receiver, closure, interface) are kept beside it.
#[derive(Clone, Debug)]
pub enum Target {
    /// A known function; its receiver, if any, is the head.
    Func(FuncId),
    /// The head is the closure.
    Closure,
    /// A literal called where it stands; the head is its closure object.
    Lit(FuncId),
    /// The head is the interface.
    Method {
        index: u32,
        method: Box<str>,
    },
    Rt(Rt),
    Intrinsic(Intrinsic),
}

/// The values that go before a call's arguments, with their types.
pub type Head = Vec<(Val, TypeId)>;

impl FuncLowerer<'_, '_> {
    /// A call expression (conversions and builtins included): its results with their types. `dest`: fresh memory for a single
    /// result in memory.
    pub fn call_expr(&mut self, e: &Expr, dest: Option<Value>) -> Vec<(Val, TypeId)> {
        let ExprKind::Call { fun, args, dots, .. } = &e.kind else { unreachable!("lower: not a call") };
        if !self.ahead.is_empty()
            && let Some(done) = self.ahead.remove(&e.id)
        {
            return vec![done];
        }
        match self.mode(fun) {
            Mode::Type => {
                let t = self.value_ty(e);
                return vec![(self.conversion(e, &args[0]), t)];
            }
            Mode::Builtin(b) => return self.builtin_call(b, e, args, dots.is_some()),
            _ => {}
        }
        // `f(g())` needs no care.
        let mut args_left = false;
        if args.len() > 1 || args.len() == 1 && !matches!(fun.unparen().kind, ExprKind::Name(_)) {
            args_left = self.call_operands_first(fun, args, dots.is_some());
        }
        let (target, sig, mut head) = self.call_target(fun);
        if args_left && let Target::Method { .. } = &target {
            self.at(fun.pos);
            self.nil_check(head[0].0.scalars()[0]);
        }
        let parts = self.l.sig_parts(sig);
        if args.iter().any(has_call) {
            for (v, t) in &mut head {
                *v = self.stable(*t, v.clone());
            }
        }
        let mut kept = self.keeps_objects(fun, args).then(Vec::new);
        let vals = self.args(args, &parts, dots.is_some(), kept.as_mut());
        self.at(e.pos);
        let results = self.emit_call(&target, &head, vals, sig, dest);
        self.keep_alive(&kept.unwrap_or_default());
        results
    }

    /// Objects live up to here.
    pub fn keep_alive(&mut self, pointers: &[Value]) {
        for &p in pointers {
            self.b.push(Op::KeepAlive(p), &[]);
        }
    }

    /// Whether what is called wants the objects alive whose addresses it is given as `uintptr(p)`, and there are such operands.
    pub fn keeps_objects(&mut self, fun: &Expr, args: &[Expr]) -> bool {
        if !args.iter().any(|a| self.uintptr_of(a).is_some()) {
            return false;
        }
        let Some((file, index)) = self.known_callee(fun.unparen()) else { return false };
        let Decl::Func(decl) = &file.decls[index] else { return false };
        let wants = |d: &Directive| matches!(d.name.as_str(), "go:uintptrescapes" | "go:uintptrkeepalive");
        decl.body.is_none() || decl.directives.iter().any(wants)
    }

    /// The pointer `p` of `uintptr(p)`.
    pub fn uintptr_of<'e>(&mut self, e: &'e Expr) -> Option<&'e Expr> {
        let ExprKind::Call { fun, args, .. } = &e.unparen().kind else { return None };
        if self.mode(fun) != Mode::Type || self.is_nil(&args[0]) {
            return None;
        }
        let (to, from) = (self.value_ty(e), self.value_ty(&args[0]));
        let pointer = self.kind(from) == Kind::UnsafePointer && matches!(self.kind(to), Kind::Int { .. });
        pointer.then(|| args[0].unparen())
    }

    /// Evaluates an argument; its pointer is noted, if it was one.
    fn arg(&mut self, e: &Expr, to: TypeId, kept: &mut Option<&mut Vec<Value>>) -> Val {
        if let Some(kept) = kept
            && let Some(x) = self.uintptr_of(e)
        {
            let (from, own) = (self.value_ty(x), self.value_ty(e));
            let p = self.expr(x);
            kept.push(p.scalar());
            let number = self.convert_val(p, from, own, String::new);
            return self.assign_conv(number, own, to, || expr_string(e));
        }
        self.expr_as(e, to)
    }

    /// Evaluates what is called.
    pub fn call_target(&mut self, fun: &Expr) -> (Target, TypeId, Head) {
        let inner = fun.unparen();
        match &inner.kind {
            ExprKind::FuncLit { ty, body } => {
                let raw = self.raw_ty(inner);
                let sig = self.subst(raw);
                self.at(inner.pos);
                let (object, id) = self.func_lit(inner.pos, ty, body, raw, None);
                return (Target::Lit(id), sig, vec![(Val::one(object), sig)]);
            }
            ExprKind::Name(_) => {
                if let Some(&o) = self.l.info.uses.get(&inner.id)
                    && matches!(self.l.world.obj(o).kind, ObjKind::Func { .. })
                {
                    return self.declared_target(inner, o, inner.id);
                }
            }
            ExprKind::Index { x, .. } if self.l.info.instances.contains_key(&crate::expr::func_ident(x)) => {
                return self.call_target(x);
            }
            ExprKind::Selector { x, sel } => match self.l.info.selections.get(&inner.id).cloned() {
                None => {
                    if let Some(&o) = self.l.info.uses.get(&sel.id)
                        && matches!(self.l.world.obj(o).kind, ObjKind::Func { .. })
                    {
                        return self.declared_target(inner, o, sel.id);
                    }
                }
                Some(s) if s.kind == SelectionKind::MethodVal => {
                    let t = self.value_ty(x);
                    let m = self.resolve_method(t, &s, sel.id);
                    let (recv, rt) = match self.ahead.remove(&inner.id) {
                        Some(done) => done,
                        None => self.receiver(inner, x, &m),
                    };
                    let target = match &m.target {
                        MethodTarget::Func { inst, .. } => {
                            match self.l.callee(inst.obj, inst.targs.clone()) {
                                Callee::Func(f) => Target::Func(f),
                                Callee::Rt(r) => Target::Rt(r),
                                Callee::Intrinsic(i) => Target::Intrinsic(i),
                            }
                        }
                        MethodTarget::Iface { iface, index } => {
                            let method = self.l.note_iface_call(*iface, *index);
                            Target::Method { index: *index, method }
                        }
                    };
                    return (target, m.sig, vec![(recv, rt)]);
                }
                Some(s) if s.kind == SelectionKind::MethodExpr => {
                    let f = self.method_expr_func(inner, x, &s);
                    let sig = self.value_ty(inner);
                    return (Target::Func(f), sig, Vec::new());
                }
                Some(_) => {}
            },
            _ => {}
        }
        let sig = self.value_ty(inner);
        let v = self.expr(inner);
        (Target::Closure, sig, vec![(v, sig)])
    }

    fn declared_target(
        &mut self,
        e: &Expr,
        o: ObjId,
        id: escargo_syntax::ast::NodeId,
    ) -> (Target, TypeId, Head) {
        let targs = self.instance_args(id);
        let obj = self.l.origin_func(o);
        let inst = crate::program::FuncInstance { obj, targs: targs.clone() };
        let sig = self.l.func_sig(&inst);
        let target = match self.l.callee(obj, targs) {
            Callee::Func(f) => Target::Func(f),
            Callee::Rt(r) => Target::Rt(r),
            Callee::Intrinsic(i) => Target::Intrinsic(i),
        };
        self.at(e.pos);
        (target, sig, Vec::new())
    }

    /// Evaluates arguments for a signature: multi-value calls are spread, variadic ones packed. `kept` gets the pointers that are
    /// given as `uintptr(p)`.
    pub fn args(
        &mut self,
        args: &[Expr],
        parts: &SigParts,
        dots: bool,
        mut kept: Option<&mut Vec<Value>>,
    ) -> Vec<Val> {
        let params = &parts.params;
        if let [one] = args
            && let ExprKind::Call { .. } = one.unparen().kind
        {
            let t = self.ty(one);
            if matches!(self.l.world.ty(t), Type::Tuple(_)) {
                let vals = self.multi(one);
                return self.spread(vals, parts);
            }
        }
        let mut out = Vec::with_capacity(params.len());
        let fixed = if parts.variadic && !dots { params.len() - 1 } else { params.len() };
        for (i, (a, &t)) in args.iter().zip(&params[..fixed]).enumerate() {
            let v = self.arg(a, t, &mut kept);
            let later = args[i + 1..].iter().any(has_call);
            out.push(if later { self.stable(t, v) } else { v });
        }
        if fixed < params.len() {
            let slice = params[fixed];
            let Kind::Slice(elem) = self.kind(slice) else { unreachable!("lower: variadic parameter") };
            let rest = &args[fixed.min(args.len())..];
            if rest.is_empty() {
                out.push(self.zero(slice));
            } else {
                let array = self.variadic_array(rest.len(), elem);
                for (i, a) in rest.iter().enumerate() {
                    let v = self.arg(a, elem, &mut kept);
                    let i = self.int(i as i64);
                    let at = self.elem_addr(array, elem, i);
                    self.store(elem, at, &v);
                }
                let n = self.int(rest.len() as i64);
                out.push(Val::of(&[array, n, n]));
            }
        }
        out
    }

    fn variadic_array(&mut self, n: usize, elem: TypeId) -> Value {
        let array = self.l.array_of(elem, n as i64);
        self.alloc(SiteKind::Variadic, array, "... argument")
    }

    /// The values of a multi-value call as arguments.
    fn spread(&mut self, vals: Vec<(Val, TypeId)>, parts: &SigParts) -> Vec<Val> {
        let params = &parts.params;
        let fixed = if parts.variadic { params.len() - 1 } else { params.len() };
        let mut out = Vec::with_capacity(params.len());
        for ((v, t), &to) in vals.iter().zip(&params[..fixed]) {
            out.push(self.assign_conv(v.clone(), *t, to, || "call result".into()));
        }
        if parts.variadic {
            let slice = params[fixed];
            let Kind::Slice(elem) = self.kind(slice) else { unreachable!("lower: variadic parameter") };
            let rest = &vals[fixed.min(vals.len())..];
            if rest.is_empty() {
                out.push(self.zero(slice));
            } else {
                let array = self.variadic_array(rest.len(), elem);
                for (i, (v, t)) in rest.iter().enumerate() {
                    let v = self.assign_conv(v.clone(), *t, elem, || "call result".into());
                    let i = self.int(i as i64);
                    let at = self.elem_addr(array, elem, i);
                    self.store(elem, at, &v);
                }
                let n = self.int(rest.len() as i64);
                out.push(Val::of(&[array, n, n]));
            }
        }
        out
    }

    /// Emits a call and gathers its results.
    pub fn emit_call(
        &mut self,
        target: &Target,
        head: &[(Val, TypeId)],
        args: Vec<Val>,
        sig: TypeId,
        dest: Option<Value>,
    ) -> Vec<(Val, TypeId)> {
        let parts = self.l.sig_parts(sig);
        let mut outs = Vec::new();
        let mut types: Vec<Ir> = Vec::new();
        for (i, &r) in parts.results.iter().enumerate() {
            let ti = self.ti(r);
            if ti.in_mem {
                let at = match dest {
                    Some(d) if i == 0 && parts.results.len() == 1 => d,
                    _ => self.temp(r),
                };
                outs.push(Some(at));
            } else {
                outs.push(None);
                types.extend(ti.leaves.iter().map(|l| l.ty));
            }
        }
        let mut machine: Values = outs.iter().flatten().copied().collect();
        for v in &args {
            machine.extend(v.pass());
        }
        let before = |s: &Values| -> Values {
            let mut all: Values = head.iter().flat_map(|(v, _)| v.pass()).collect();
            all.extend(s.iter().copied());
            all
        };
        let results = match target {
            Target::Func(func) | Target::Lit(func) => {
                self.b.values(Op::Call { func: *func, args: before(&machine) }, &types)
            }
            Target::Closure => {
                let closure = head[0].0.scalar();
                let sig = Box::new(self.call_sig(sig));
                self.b.values(Op::CallClosure { closure, sig, args: machine }, &types)
            }
            Target::Method { index, method } => {
                let (itab, recv) = (head[0].0.scalars()[0], head[0].0.scalars()[1]);
                let sig = Box::new(self.call_sig(sig));
                let op =
                    Op::CallMethod { itab, index: *index, method: method.clone(), sig, recv, args: machine };
                self.b.values(op, &types)
            }
            Target::Rt(_) | Target::Intrinsic(_) => {
                let all = before(&machine);
                self.emit_special(target, sig, &all)
            }
        };
        let mut results = results.into_iter();
        parts
            .results
            .iter()
            .zip(outs)
            .map(|(&t, out)| match out {
                Some(a) => (Val::Mem(a), t),
                None => {
                    let n = self.ti(t).leaves.len();
                    (Val::Scalars(results.by_ref().take(n).collect()), t)
                }
            })
            .collect()
    }

    /// A call that is an instruction or a runtime operation.
    pub fn emit_special(&mut self, target: &Target, sig: TypeId, args: &[Value]) -> Values {
        match target {
            Target::Rt(rt) => self.l.emit_rt(&mut self.b, *rt, sig, args),
            Target::Intrinsic(i) => self.l.emit_intrinsic(&mut self.b, *i, args),
            _ => unreachable!("lower: an ordinary call"),
        }
    }

    /// Calls a closure value with scalars; used for iterators.
    pub fn call_closure(&mut self, closure: Value, sig: TypeId, args: Vec<Val>) -> Vec<(Val, TypeId)> {
        self.emit_call(&Target::Closure, &[(Val::one(closure), sig)], args, sig, None)
    }
}
