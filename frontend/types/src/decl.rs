//! Declarations: constants, variables, types, functions; at package level on demand, in blocks in order.
//!
//! In: declaration syntax and its `DeclInfo`. Out: objects with types and values. Guarantees: cyclic
//! declarations are found through the path of objects being declared and reported once.

use escargo_syntax::Pos;
use escargo_syntax::ast::{self, ConstDecl, Decl, Expr, VarDecl};
use rustc_hash::FxHashMap;

use crate::checker::{Checker, DeclId, Env};
use crate::constant::Const;
use crate::exprstring::expr_string;
use crate::operand::Operand;
use crate::postponed::Waiting;
use crate::world::*;

/// A longer chain of declarations that depend on each other is refused.
const MAX_DECL_DEPTH: u32 = 20_000;

impl<'a> Checker<'a> {
    /// Makes sure that a package-level object (or method) of the current package is declared.
    pub fn obj_decl(&mut self, obj: ObjId) {
        if self.obj_path_index.contains_key(&obj) {
            let valid = self.valid_cycle(obj);
            if !valid {
                match self.world.obj(obj).kind {
                    ObjKind::Const { .. } | ObjKind::Var(_) => self.set_type(obj, World::INVALID),
                    ObjKind::TypeName { .. } => {
                        let t = self.world.obj(obj).ty;
                        self.world.set_invalid(t);
                        self.set_type(obj, World::INVALID);
                    }
                    _ => {}
                }
            }
            return;
        }
        let Some(&id) = self.obj_map.get(&obj) else { return };
        if !self.declared.insert(obj) {
            return;
        }
        self.push_obj(obj);
        let d = &self.decls[id.0 as usize];
        let env = self.fresh_env(d.file_scope, d.version);
        let saved = std::mem::replace(&mut self.env, env);
        let nesting = std::mem::take(&mut self.interface_nesting);
        // The parser bounds the depth of one declaration, and this the length of a chain of them.
        let depth = std::mem::take(&mut self.depth);
        self.decl_depth += 1;
        if self.decl_depth > MAX_DECL_DEPTH {
            if !self.too_deep {
                self.too_deep = true;
                let pos = self.world.obj(obj).pos;
                self.error(pos, "chain of declarations is too long");
            }
        } else {
            self.package_object_decl(obj, id);
        }
        self.decl_depth -= 1;
        self.depth = depth;
        self.env = saved;
        self.interface_nesting = nesting;
        self.pop_obj();
    }

    fn package_object_decl(&mut self, obj: ObjId, id: DeclId) {
        match self.world.obj(obj).kind {
            ObjKind::Const { .. } => {
                self.env.decl = Some(id);
                let d = &self.decls[id.0 as usize];
                let (vtyp, init, inherited) = (d.vtyp, d.init, d.inherited);
                self.const_decl(obj, vtyp, init, inherited);
            }
            ObjKind::Var(_) => {
                self.env.decl = Some(id);
                let d = &self.decls[id.0 as usize];
                let (lhs, vtyp, init) = (d.lhs.clone(), d.vtyp, d.init);
                self.var_decl(obj, &lhs, vtyp, init);
            }
            ObjKind::TypeName { .. } => {
                if let Some(tdecl) = self.decls[id.0 as usize].tdecl {
                    self.type_decl(obj, tdecl);
                    self.collect_methods(obj);
                }
            }
            ObjKind::Func { .. } => self.func_decl(obj, id),
            _ => {}
        }
    }

    pub(crate) fn fresh_env(&self, scope: ScopeId, version: (u32, u32)) -> Env {
        Env {
            decl: None,
            scope,
            version,
            iota: None,
            err_pos: Pos::NONE,
            in_tparam_list: false,
            sig: None,
            has_label: false,
            has_call_or_recv: false,
        }
    }

    fn set_type(&mut self, obj: ObjId, t: TypeId) {
        self.world.objs[obj.index()].ty = t;
    }

    /// Whether the cycle that the object path closes at `obj` is allowed; reports it otherwise.
    fn valid_cycle(&mut self, obj: ObjId) -> bool {
        let start = self.obj_path_index[&obj];
        let cycle = self.obj_path[start..].to_vec();
        let (mut values, mut types) = (0, 0);
        for &o in &cycle {
            match self.world.obj(o).kind {
                ObjKind::Const { .. } | ObjKind::Var(_) => values += 1,
                ObjKind::TypeName { .. } => {
                    if self.env.in_tparam_list && self.world.is_generic(self.world.obj(o).ty) {
                        // A cycle through a type parameter list is found when the constraint is used.
                        return true;
                    }
                    let alias = match self.obj_map.get(&o) {
                        Some(d) => self.decls[d.0 as usize].tdecl.is_some_and(|t| t.alias),
                        None => matches!(self.world.ty(self.world.obj(o).ty), Type::Alias(_)),
                    };
                    if !alias {
                        types += 1;
                    }
                }
                _ => {}
            }
        }
        if values == cycle.len() {
            // Initialisation cycles are found later, with better messages.
            return true;
        }
        if values == 0 && types > 0 {
            return true;
        }
        let first = self.first_in_src(&cycle);
        self.cycle_error(&cycle, first);
        false
    }

    pub(crate) fn first_in_src(&self, path: &[ObjId]) -> usize {
        (0..path.len()).min_by_key(|&i| self.world.obj(path[i]).pos).unwrap_or(0)
    }

    /// Reports a cycle of declarations, beginning with the `start`th.
    pub(crate) fn cycle_error(&mut self, cycle: &[ObjId], start: usize) {
        let name = |c: &Checker<'a>, o: ObjId| {
            let obj = c.world.obj(o);
            match c.world.as_named(obj.ty) {
                Some(n) if !c.world.type_args(n).is_empty() => c.world.type_string(n),
                _ => format!("{}{}", c.world.package_prefix(obj.pkg), obj.name),
            }
        };
        let obj = cycle[start];
        let is_type = matches!(self.world.obj(obj).kind, ObjKind::TypeName { .. });
        if let Type::Alias(a) = &mut self.world.types[self.world.objs[obj.index()].ty.index()] {
            a.rhs = Some(World::INVALID);
        }
        let pos = self.world.obj(obj).pos;
        let first = name(self, obj);
        if cycle.len() == 1 {
            let what = if is_type { "invalid recursive type" } else { "invalid cycle in declaration" };
            self.error(pos, format!("{what}: {first} refers to itself"));
            return;
        }
        let head = if is_type {
            format!("invalid recursive type {first}")
        } else {
            format!("invalid cycle in declaration of {first}")
        };
        let mut more = Vec::new();
        for i in 0..cycle.len() {
            let at = cycle[(start + i) % cycle.len()];
            let next = cycle[(start + i + 1) % cycle.len()];
            more.push((self.world.obj(at).pos, format!("{} refers to {}", name(self, at), name(self, next))));
        }
        self.error_with(pos, head, &more, false);
    }

    /// Reports type names that are declared as each other: `type (T1 T2; T2 T1)`.
    pub(crate) fn direct_cycles(&mut self) {
        let mut done: FxHashMap<ObjId, Option<usize>> = FxHashMap::default();
        for i in 0..self.obj_list.len() {
            let mut obj = self.obj_list[i];
            if !matches!(self.world.obj(obj).kind, ObjKind::TypeName { .. }) {
                continue;
            }
            let mut path: Vec<ObjId> = Vec::new();
            loop {
                match done.get(&obj) {
                    Some(None) => break,
                    Some(&Some(start)) => {
                        self.set_type(obj, World::INVALID);
                        self.declared.insert(obj);
                        let cycle = path[start..].to_vec();
                        let first = self.first_in_src(&cycle);
                        self.cycle_error(&cycle, first);
                        break;
                    }
                    None => {}
                }
                done.insert(obj, Some(path.len()));
                path.push(obj);
                let Some(tdecl) = self.obj_map.get(&obj).and_then(|d| self.decls[d.0 as usize].tdecl) else {
                    break;
                };
                let ast::ExprKind::Name(name) = tdecl.ty.kind else { break };
                let scope = self.world.pkg(self.pkg).scope;
                match self.world.scope_lookup(scope, name) {
                    Some(o) if matches!(self.world.obj(o).kind, ObjKind::TypeName { .. }) => obj = o,
                    _ => break,
                }
            }
            for o in path {
                done.insert(o, None);
            }
        }
    }

    /// Whether a type's declaration is complete, so that its values can be used; reports a cycle otherwise.
    pub fn is_complete(&mut self, t: TypeId) -> bool {
        let mut t = t;
        for _ in 0..1000 {
            let (obj, rhs) = match self.world.ty(t) {
                Type::Alias(a) => (a.obj, a.rhs),
                Type::Named(n) if n.origin.is_some() => return true,
                Type::Named(n) => (n.obj, n.rhs),
                _ => return true,
            };
            if let Some(&i) = self.obj_path_index.get(&obj) {
                let cycle = self.obj_path[i..].to_vec();
                let first = self.first_in_src(&cycle);
                self.cycle_error(&cycle, first);
                return false;
            }
            match rhs {
                Some(rhs) => t = rhs,
                None => return true,
            }
        }
        true
    }

    pub(crate) fn const_decl(
        &mut self,
        obj: ObjId,
        typ: Option<&'a Expr>,
        init: Option<&'a Expr>,
        inherited: bool,
    ) {
        let iota = match &self.world.obj(obj).kind {
            ObjKind::Const { value } => value.clone(),
            _ => Const::Unknown,
        };
        let saved = (self.env.iota.replace(iota), std::mem::take(&mut self.env.err_pos));
        self.world.objs[obj.index()].kind = ObjKind::Const { value: Const::Unknown };
        let mut ok = true;
        if let Some(e) = typ {
            let t = self.typ(e);
            if self.world.is_const_type(t) {
                self.set_type(obj, t);
            } else {
                let u = self.world.under(t);
                if self.world.is_valid(u) {
                    let ts = self.world.type_string(t);
                    self.error(e, format!("invalid constant type {ts}"));
                }
                self.set_type(obj, World::INVALID);
                ok = false;
            }
        }
        if ok {
            let mut x = Operand::new();
            if let Some(init) = init {
                if inherited {
                    self.env.err_pos = self.world.obj(obj).pos;
                }
                self.expr(&mut x, init);
            }
            self.init_const(obj, typ.is_some(), &mut x);
        }
        (self.env.iota, self.env.err_pos) = saved;
    }

    /// Declares `obj`; `lhs` holds all variables if one call initialises several.
    pub(crate) fn var_decl(
        &mut self,
        obj: ObjId,
        lhs: &[ObjId],
        typ: Option<&'a Expr>,
        init: Option<&'a Expr>,
    ) {
        let declared = typ.map(|e| self.var_type(e));
        if let Some(t) = declared {
            self.set_type(obj, t);
        }
        let Some(init) = init else { return };
        if lhs.len() <= 1 {
            let mut x = Operand::new();
            let name = self.world.obj(obj).name;
            self.expr_target(&mut x, init, declared, name.as_str());
            self.init_var(obj, declared.is_some(), &mut x, "variable declaration");
            return;
        }
        if let Some(t) = declared {
            for &v in lhs {
                self.set_type(v, t);
            }
        }
        self.init_vars(lhs, declared.is_some(), std::slice::from_ref(init), None);
    }

    fn type_decl(&mut self, obj: ObjId, tdecl: &'a ast::TypeDecl) {
        self.later(move |c| {
            let t = c.world.obj(obj).ty;
            if let Some(t) = c.world.as_named(t) {
                c.valid_type(t);
            }
            // The right-hand side of an alias or definition may be a constraint of another package.
            let rhs = match c.world.ty(t) {
                Type::Named(n) => n.rhs,
                Type::Alias(a) => a.rhs,
                _ => None,
            };
            if let Some(rhs) = rhs
                && c.is_imported_constraint(rhs)
            {
                let what = format!("using type constraint {}", c.world.type_string(rhs));
                c.verify_version(&tdecl.ty, (1, 18), &what);
            }
        });
        let tparam0 = tdecl.tparams.first().map(|f| f.pos);
        let pos = tdecl.name.pos;
        let scope_node = tdecl.name.id;
        if tdecl.alias {
            if tparam0.is_none_or(|p| self.verify_version(p, (1, 23), "generic type alias")) {
                self.verify_version(pos, (1, 9), "type alias");
            }
            let alias = self.world.new_type(Type::Alias(Alias {
                obj,
                rhs: None,
                tparams: Vec::new(),
                origin: None,
                targs: Vec::new(),
            }));
            self.set_type(obj, alias);
            self.world.objs[obj.index()].kind = ObjKind::TypeName { alias: true };
            if !tdecl.tparams.is_empty() {
                self.open_scope(scope_node, tdecl.pos, Pos::NONE);
                self.collect_type_params(&tdecl.tparams, |w, list| {
                    if let Type::Alias(a) = &mut w.types[alias.index()] {
                        a.tparams = list;
                    }
                });
            }
            let mut rhs = self.declared_type(&tdecl.ty, Some(obj));
            if self.world.type_params(alias).contains(&rhs) {
                self.error(&tdecl.ty, "cannot use type parameter declared in alias declaration as RHS");
                rhs = World::INVALID;
            }
            if let Type::Alias(a) = &mut self.world.types[alias.index()]
                && a.rhs.is_none()
            {
                a.rhs = Some(rhs);
            }
            if self.world.unalias(alias) == World::INVALID && rhs != World::INVALID {
                // A cycle of aliases alone.
                if let Type::Alias(a) = &mut self.world.types[alias.index()] {
                    a.rhs = Some(World::INVALID);
                }
            }
            if !tdecl.tparams.is_empty() {
                self.close_scope();
            }
            return;
        }
        if let Some(p) = tparam0 {
            self.verify_version(p, (1, 18), "type parameter");
        }
        let named = self.world.new_type(Type::Named(Named {
            obj,
            rhs: None,
            underlying: None,
            tparams: Vec::new(),
            origin: None,
            targs: Vec::new(),
            methods: Vec::new(),
        }));
        self.set_type(obj, named);
        if !tdecl.tparams.is_empty() {
            self.open_scope(scope_node, tdecl.pos, Pos::NONE);
            self.collect_type_params(&tdecl.tparams, |w, list| {
                if let Type::Named(n) = &mut w.types[named.index()] {
                    n.tparams = list;
                }
            });
        }
        let mut rhs = self.declared_type(&tdecl.ty, Some(obj));
        if self.world.is_type_param(rhs) {
            self.error(&tdecl.ty, "cannot use a type parameter as RHS in type declaration");
            rhs = World::INVALID;
        }
        if let Type::Named(n) = &mut self.world.types[named.index()]
            && n.rhs.is_none()
        {
            n.rhs = Some(rhs);
        }
        if !tdecl.tparams.is_empty() {
            self.close_scope();
        }
    }

    /// Associates the methods collected for type name `obj` with its type.
    pub(crate) fn collect_methods(&mut self, obj: ObjId) {
        let Some(methods) = self.methods.remove(&obj) else { return };
        let ty = self.world.obj(obj).ty;
        let base = self.world.as_named(ty).filter(|&t| self.world.type_args(t).is_empty());
        if let Some(base) = base {
            self.later(move |c| c.check_field_uniqueness(base));
        }
        let mut seen: FxHashMap<escargo_syntax::Symbol, ObjId> = FxHashMap::default();
        for m in methods {
            let (name, pos) = (self.world.obj(m).name, self.world.obj(m).pos);
            if let Some(&alt) = seen.get(&name) {
                let tname = self.world.obj(obj).name;
                let at = self.world.obj(alt).pos;
                let mut text = format!("method {tname}.{name} already declared");
                if let Some(loc) = self.sources.locate(at) {
                    text.push_str(&format!(" at {loc}"));
                }
                self.error(pos, text);
                continue;
            }
            seen.insert(name, m);
            if let Some(base) = base
                && let Type::Named(n) = &mut self.world.types[base.index()]
            {
                n.methods.push(m);
            }
        }
    }

    fn check_field_uniqueness(&mut self, base: TypeId) {
        let u = self.world.under(base);
        let (Type::Struct(s), Type::Named(n)) = (self.world.ty(u), self.world.ty(base)) else { return };
        let fields = s.fields.clone();
        let methods: FxHashMap<_, _> = n.methods.iter().map(|&m| (self.world.obj(m).name, m)).collect();
        for f in fields {
            let o = self.world.obj(f);
            if let Some(&m) = methods.get(&o.name)
                && !o.name.is_blank()
            {
                let name = o.name;
                let more = [(o.pos, format!("other declaration of {name}"))];
                let at = self.world.obj(m).pos;
                self.error_with(at, format!("field and method with the same name {name}"), &more, false);
            }
        }
    }

    fn func_decl(&mut self, obj: ObjId, id: DeclId) {
        let Some(fdecl) = self.decls[id.0 as usize].fdecl else { return };
        let sig = self.world.new_type(Type::Signature(Signature {
            tparams: Vec::new(),
            recv_tparams: Vec::new(),
            recv: None,
            params: Vec::new(),
            results: Vec::new(),
            variadic: false,
        }));
        // Cycles through the signature find a type.
        self.set_type(obj, sig);
        let (_, scope) =
            self.func_type(Some(sig), fdecl.recv.as_ref(), &fdecl.tparams, &fdecl.ty, fdecl.name.id);
        if !fdecl.tparams.is_empty() && fdecl.body.is_none() {
            self.soft_error(fdecl.pos, "generic function is missing function body");
        }
        let Some(body) = &fdecl.body else { return };
        if self.postponed.active {
            let version = self.env.version;
            let body = Waiting { pkg: self.pkg, decl: id, sig, scope, body, version };
            self.body_later(obj, fdecl, body);
        } else {
            let body = body.block();
            self.later(move |c| c.func_body(Some(id), sig, scope, body, None));
        }
    }

    /// Reports a mismatch between the numbers of names and initial values.
    pub(crate) fn arity(
        &mut self,
        pos: Pos,
        names: &'a [ast::Ident],
        inits: &'a [Expr],
        is_const: bool,
        inherited: bool,
    ) {
        let (l, r) = (names.len(), inits.len());
        if l < r {
            let n = &inits[l];
            if inherited {
                let at = self.sources.locate(n.start()).map_or(String::new(), |l| l.to_string());
                self.error(pos, format!("extra init expr at {at}"));
            } else {
                self.error(n, format!("extra init expr {}", expr_string(n)));
            }
        } else if l > r && (is_const || r != 1) {
            let n = &names[r];
            self.error(n, format!("missing init expr for {}", n.name));
        }
    }

    /// Declarations inside a function.
    pub(crate) fn decl_stmt(&mut self, list: &'a [Decl]) {
        let mut last: Option<&'a ConstDecl> = None;
        let mut group = None;
        for decl in list {
            match decl {
                Decl::Const(s) => {
                    if s.group.is_none() || s.group != group {
                        last = None;
                        group = s.group;
                    }
                    last = self.local_const(s, last);
                }
                Decl::Var(s) => self.local_var(s),
                Decl::Type(s) => {
                    let obj = self.new_local(s.name, ObjKind::TypeName { alias: s.alias });
                    let scope = self.env.scope;
                    self.declare(scope, Some(s.name), obj, s.name.pos);
                    self.push_obj(obj);
                    self.type_decl(obj, s);
                    self.pop_obj();
                }
                Decl::Import(_) | Decl::Func(_) => {}
            }
        }
    }

    fn new_local(&mut self, name: ast::Ident, kind: ObjKind) -> ObjId {
        let pkg = Some(self.pkg);
        self.world.new_obj(Object {
            kind,
            name: name.name,
            pos: name.pos,
            pkg,
            ty: World::INVALID,
            parent: None,
            scope_pos: Pos::NONE,
        })
    }

    /// Returns the specification that a following one without values repeats.
    fn local_const(&mut self, s: &'a ConstDecl, last: Option<&'a ConstDecl>) -> Option<&'a ConstDecl> {
        let top = self.delayed.len();
        let own = s.ty.is_some() || !s.values.is_empty();
        let source = if own { Some(s) } else { last };
        let inherited = !own && last.is_some();
        let values: &'a [Expr] = source.map_or(&[], |d| &d.values);
        let mut objs = Vec::with_capacity(s.names.len());
        for (i, &name) in s.names.iter().enumerate() {
            let obj = self.new_local(name, ObjKind::Const { value: Const::int(s.iota as i64) });
            self.const_decl(obj, source.and_then(|d| d.ty.as_ref()), values.get(i), inherited);
            objs.push(obj);
        }
        self.arity(s.pos, &s.names, values, true, inherited);
        self.process_delayed(top);
        let scope = self.env.scope;
        for (&name, obj) in s.names.iter().zip(objs) {
            self.declare(scope, Some(name), obj, name.pos);
        }
        source
    }

    fn local_var(&mut self, s: &'a VarDecl) {
        let top = self.delayed.len();
        let vars: Vec<ObjId> =
            s.names.iter().map(|&name| self.new_local(name, ObjKind::Var(VarInfo::default()))).collect();
        for (i, &v) in vars.iter().enumerate() {
            if s.values.len() == vars.len() {
                self.var_decl(v, &[], s.ty.as_ref(), Some(&s.values[i]));
            } else if s.values.len() == 1 {
                self.var_decl(v, &vars, s.ty.as_ref(), Some(&s.values[0]));
                break;
            } else {
                self.var_decl(v, &[], s.ty.as_ref(), s.values.get(i));
            }
        }
        if s.ty.is_none() || !s.values.is_empty() {
            self.arity(s.pos, &s.names, &s.values, false, false);
        }
        self.process_delayed(top);
        let scope = self.env.scope;
        for (&name, v) in s.names.iter().zip(vars) {
            self.declare(scope, Some(name), v, name.pos);
        }
    }
}
