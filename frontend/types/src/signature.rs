//! Function types: receivers, type parameters, parameters, results.
//!
//! In: function syntax. Out: signatures and the scope that holds their parameters.

use escargo_syntax::ast::{Expr, ExprKind, Field, FuncType, Ident, NodeId};
use escargo_syntax::{Pos, Symbol};

use crate::checker::Checker;
use crate::exprstring::expr_string;
use crate::info::Mode;
use crate::subst::SubstMap;
use crate::world::*;

#[derive(Clone, Copy, PartialEq, Eq)]
enum ParamKind {
    Param,
    Result,
}

/// The parts of a receiver's type expression.
pub(crate) struct RecvParts<'a> {
    pub ptr: bool,
    pub base: &'a Expr,
    /// Type arguments of the base, if it has a bracketed list.
    pub args: Option<&'a [Expr]>,
}

/// Takes parentheses, star and type parameters off a receiver type.
pub(crate) fn unpack_recv(rtyp: &Expr) -> RecvParts<'_> {
    let mut base = rtyp.unparen();
    let mut ptr = false;
    if let ExprKind::Star(x) = &base.kind {
        ptr = true;
        base = x.unparen();
    }
    match &base.kind {
        ExprKind::Index { x, indices } => RecvParts { ptr, base: x, args: Some(indices) },
        _ => RecvParts { ptr, base, args: None },
    }
}

impl<'a> Checker<'a> {
    /// Checks a function type, filling `sig` if given. The scope is recorded at `node`.
    pub fn func_type(
        &mut self,
        sig: Option<TypeId>,
        recv: Option<&'a Field>,
        tparams: &'a [Field],
        ftyp: &'a FuncType,
        node: NodeId,
    ) -> (TypeId, ScopeId) {
        let empty = Signature {
            tparams: Vec::new(),
            recv_tparams: Vec::new(),
            recv: None,
            params: Vec::new(),
            results: Vec::new(),
            variadic: false,
        };
        let sig = sig.unwrap_or_else(|| self.world.new_type(Type::Signature(empty)));
        let scope = self.open_scope(node, ftyp.pos, Pos::NONE);
        self.world.scopes[scope.index()].is_func = true;
        let saved_tparam_list = self.env.in_tparam_list;
        let mut recv_var = None;
        let mut recv_tparams = Vec::new();
        if let Some(r) = recv {
            let (v, list) = self.collect_recv(r, ftyp.pos);
            recv_var = Some(v);
            recv_tparams = list;
        }
        if !tparams.is_empty() {
            self.collect_type_params(tparams, |w, list| {
                if let Type::Signature(s) = &mut w.types[sig.index()] {
                    s.tparams = list;
                }
            });
        }
        let (params, variadic) = self.collect_params(ParamKind::Param, &ftyp.params);
        let (results, _) = self.collect_params(ParamKind::Result, &ftyp.results);
        if let (Some(r), Some(v)) = (recv, recv_var)
            && let Some(name) = r.name
        {
            self.declare(scope, Some(name), v, ftyp.pos);
        }
        self.declare_params(scope, &ftyp.params, &params);
        self.declare_params(scope, &ftyp.results, &results);
        self.env.in_tparam_list = saved_tparam_list;
        self.close_scope();
        if let Type::Signature(s) = &mut self.world.types[sig.index()] {
            s.recv_tparams = recv_tparams;
            s.recv = recv_var;
            s.params = params;
            s.results = results;
            s.variadic = variadic;
        }
        (sig, scope)
    }

    fn declare_params(&mut self, scope: ScopeId, fields: &'a [Field], vars: &[ObjId]) {
        for (f, &v) in fields.iter().zip(vars) {
            if let Some(name) = f.name {
                self.declare(scope, Some(name), v, name.pos);
            }
        }
    }

    fn collect_params(&mut self, kind: ParamKind, list: &'a [Field]) -> (Vec<ObjId>, bool) {
        let mut vars = Vec::with_capacity(list.len());
        let mut variadic = false;
        let mut ty = World::INVALID;
        for (i, f) in list.iter().enumerate() {
            if !f.shares_type {
                let mut e: &'a Expr = &f.ty;
                if let ExprKind::Ellipsis(elem) = &e.kind {
                    // Elsewhere the parser has reported it.
                    if kind == ParamKind::Param && i + 1 == list.len() {
                        variadic = true;
                    } else {
                        self.error(e, "can only use ... with final parameter in list");
                    }
                    e = elem;
                }
                ty = self.var_type(e);
            }
            if variadic && i + 1 == list.len() {
                ty = self.world.new_type(Type::Slice(ty));
                self.record_type(&f.ty, ty);
            }
            let (pos, name) = f.name.map_or((f.pos, Symbol::EMPTY), |n| (n.pos, n.name));
            let info = VarInfo {
                param: kind == ParamKind::Param,
                result: kind == ParamKind::Result,
                used: true,
                ..VarInfo::default()
            };
            vars.push(self.new_var(pos, name, ty, info));
        }
        (vars, variadic)
    }

    /// Declares type parameters: `bind` stores them where they belong before their constraints are checked.
    pub(crate) fn collect_type_params(
        &mut self,
        list: &'a [Field],
        bind: impl FnOnce(&mut World, Vec<TypeId>),
    ) {
        let scope_pos = list.first().map_or(Pos::NONE, |f| f.pos);
        let mut tparams = Vec::with_capacity(list.len());
        for (i, f) in list.iter().enumerate() {
            let name = f.name.unwrap_or(Ident { id: f.ty.id, pos: f.pos, name: Symbol::BLANK });
            tparams.push(self.declare_type_param(name, i as u32, scope_pos));
        }
        bind(&mut self.world, tparams.clone());
        let saved = std::mem::replace(&mut self.env.in_tparam_list, true);
        let mut bound = World::INVALID;
        for (f, &p) in list.iter().zip(&tparams) {
            if !f.shares_type {
                bound = self.bound_type(&f.ty);
                if self.world.is_type_param(bound) {
                    self.error(&*f.ty, "cannot use a type parameter as constraint");
                    bound = World::INVALID;
                }
            }
            self.world.set_bound(p, bound);
        }
        self.env.in_tparam_list = saved;
    }

    /// A constraint: `~T` and `A | B` stand for interfaces.
    fn bound_type(&mut self, e: &'a Expr) -> TypeId {
        let is_union = matches!(&e.kind, ExprKind::Binary { op: escargo_syntax::ast::BinaryOp::Or, .. })
            || Checker::tilde(e).is_some();
        if !is_union {
            return self.typ(e);
        }
        let t = self.parse_union(e);
        let iface = self.world.new_type(Type::Interface(Interface {
            embeds: vec![(t, e.start())],
            implicit: true,
            ..Interface::default()
        }));
        self.later(move |c| c.check_interface(iface));
        iface
    }

    pub(crate) fn declare_type_param(&mut self, name: Ident, index: u32, scope_pos: Pos) -> TypeId {
        let obj = self.world.new_obj(Object {
            kind: ObjKind::TypeName { alias: false },
            name: name.name,
            pos: name.pos,
            pkg: Some(self.pkg),
            ty: World::INVALID,
            parent: None,
            scope_pos,
        });
        let t = self.world.new_type(Type::TypeParam(TypeParam { obj, index, bound: World::INVALID }));
        self.world.objs[obj.index()].ty = t;
        if self.world.scope_lookup(UNIVERSE, name.name).is_some()
            && let Some(loc) = self.sources.locate(name.pos)
        {
            self.world.hiding_tparams.insert(t, loc.to_string());
        }
        let scope = self.env.scope;
        self.declare(scope, Some(name), obj, scope_pos);
        t
    }

    fn collect_recv(&mut self, rparam: &'a Field, scope_pos: Pos) -> (ObjId, Vec<TypeId>) {
        let parts = unpack_recv(&rparam.ty);
        let rbase = parts.base;
        let mut recv_type = World::INVALID;
        let mut recv_tparams = Vec::new();
        if let Some(args) = parts.args {
            let base = match self.generic_type(rbase) {
                Ok(t) if matches!(self.world.ty(t), Type::Named(_)) => Some(t),
                Ok(t)
                    if matches!(self.world.ty(self.world.unalias(t)), Type::Named(_))
                        && !matches!(self.world.ty(t), Type::Alias(a) if !a.tparams.is_empty()) =>
                {
                    Some(self.world.unalias(t))
                }
                Ok(t) => {
                    let ts = self.world.type_string(t);
                    self.error(rbase, format!("cannot define new methods on generic alias type {ts}"));
                    None
                }
                Err(Some(cause)) => {
                    self.error(rbase, cause);
                    None
                }
                Err(None) => None,
            };
            for (i, arg) in args.iter().enumerate() {
                let name = match arg.kind {
                    ExprKind::Name(name) => name,
                    ExprKind::Bad => Symbol::BLANK,
                    _ => {
                        let text = expr_string(arg);
                        self.error(arg, format!("receiver type parameter {text} must be an identifier"));
                        Symbol::BLANK
                    }
                };
                let id = Ident { id: arg.id, pos: arg.pos, name };
                let p = self.declare_type_param(id, i as u32, scope_pos);
                self.record_type_and_value(arg, Mode::Type, p, None);
                recv_tparams.push(p);
            }
            if let Some(base) = base {
                let base_tparams = self.world.type_params(base).to_vec();
                if recv_tparams.len() == base_tparams.len() {
                    let map = SubstMap::new(&base_tparams, &recv_tparams);
                    for (&r, &b) in recv_tparams.iter().zip(&base_tparams) {
                        self.mono_canon(r, b);
                        let bound = self.world.bound(b);
                        let bound = self.world.subst(bound, &map);
                        self.world.set_bound(r, bound);
                    }
                } else {
                    let n = recv_tparams.len();
                    let s = if n == 1 { "" } else { "s" };
                    let want = base_tparams.len();
                    self.error(
                        rbase,
                        format!(
                            "receiver declares {n} type parameter{s}, but receiver base type declares {want}"
                        ),
                    );
                }
                self.verify_version(rbase, (1, 18), "type instantiation");
                recv_type = self.instance(rparam.ty.start(), base, &recv_tparams);
                self.record_instance(rbase, recv_tparams.clone(), recv_type);
                if parts.ptr && self.world.is_valid(recv_type) {
                    recv_type = self.world.new_type(Type::Pointer(recv_type));
                }
                self.record_recv_types(&rparam.ty, recv_type);
            }
        } else {
            recv_type = self.var_type(&rparam.ty);
            // Methods of an instance, reached through an alias, cannot be declared.
            let mut t = self.unpointer(recv_type);
            while let Type::Alias(a) = self.world.ty(t) {
                let base = self.unpointer(a.rhs.unwrap_or(World::INVALID));
                if !self.world.type_args(base).is_empty() {
                    let ts = self.world.type_string(base);
                    self.error(rbase, format!("cannot define new methods on instantiated type {ts}"));
                    recv_type = World::INVALID;
                    break;
                }
                t = base;
            }
        }
        let (pos, name) = rparam.name.map_or((rparam.pos, Symbol::EMPTY), |n| (n.pos, n.name));
        let recv =
            self.new_var(pos, name, recv_type, VarInfo { param: true, used: true, ..VarInfo::default() });
        self.later(move |c| c.valid_recv(rbase, recv));
        (recv, recv_tparams)
    }

    fn unpointer(&self, t: TypeId) -> TypeId {
        let mut t = t;
        while let &Type::Pointer(base) = self.world.ty(t) {
            t = base;
        }
        t
    }

    /// Records the types of a receiver expression with type parameters and of its parts.
    fn record_recv_types(&mut self, e: &'a Expr, t: TypeId) {
        let (mut e, mut t) = (e, t);
        loop {
            self.record_type(e, t);
            match &e.kind {
                ExprKind::Paren(x) => e = x,
                ExprKind::Star(x) => {
                    let &Type::Pointer(base) = self.world.ty(t) else { return };
                    (e, t) = (x, base);
                }
                _ => return,
            }
        }
    }

    fn valid_recv(&mut self, at: &'a Expr, recv: ObjId) {
        let rt = self.world.obj(recv).ty;
        let (rtyp, _) = self.world.deref(rt);
        let atyp = self.world.unalias(rtyp);
        if atyp == World::INVALID {
            return;
        }
        match self.world.ty(atyp) {
            Type::Named(n) => {
                if self.world.obj(n.obj).pkg != Some(self.pkg) {
                    let ts = self.world.type_string(rtyp);
                    self.error(at, format!("cannot define new methods on non-local type {ts}"));
                    return;
                }
                let cause = match self.world.under_ty(atyp) {
                    Type::Basic(Basic::UnsafePointer) => "unsafe.Pointer",
                    Type::Pointer(_) | Type::Interface(_) => "pointer or interface type",
                    _ => return,
                };
                let ts = self.world.type_string(rtyp);
                self.error(at, format!("invalid receiver type {ts} ({cause})"));
            }
            Type::Basic(_) => {
                let ts = self.world.type_string(rtyp);
                self.error(at, format!("cannot define new methods on non-local type {ts}"));
            }
            _ => {
                let ts = self.world.type_string(rt);
                self.error(at, format!("invalid receiver type {ts}"));
            }
        }
    }
}
