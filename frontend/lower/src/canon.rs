//! Canonical types: one id per identical type.
//!
//! In: `TypeId`s of the checker, possibly mentioning type parameters, and the environment of a function instance. Out: ids that are equal
//! exactly if the types are identical, free of type parameters and aliases. Guarantees: children of canonical types are canonical.

use escargo_syntax::Symbol;
use escargo_types::world::*;

use crate::program::{Env, Lowerer};
use crate::types::is_exported;

/// What a canonical type is made of.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Key {
    Pointer(TypeId),
    Slice(TypeId),
    Array(i64, TypeId),
    Map(TypeId, TypeId),
    Chan(ChanDirKey, TypeId),
    Struct(Vec<(Option<PkgId>, Symbol, TypeId, String, bool)>),
    Tuple(Vec<TypeId>),
    Signature(Vec<TypeId>, Vec<TypeId>, bool),
    Interface(Vec<(Option<PkgId>, Symbol, TypeId)>),
    Instance(TypeId, Vec<TypeId>),
    /// A type declared inside a generic function, for one instance of that function.
    Local(TypeId, Vec<TypeId>),
}

/// A channel's direction in a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChanDirKey {
    Both,
    Send,
    Recv,
}

impl Lowerer {
    /// The canonical type identical to a type that mentions no type parameters.
    pub fn canon(&mut self, t: TypeId) -> TypeId {
        self.canon_at(t, 0, None)
    }

    /// The canonical type that `t`, written inside a function instance, stands for.
    pub fn canonical(&mut self, t: TypeId, env: &Env) -> TypeId {
        self.canon_at(t, env.id, Some(env))
    }

    /// As `canonical`.
    pub fn canon_in(&mut self, t: TypeId, env: &Env) -> TypeId {
        self.canon_at(t, env.id, Some(env))
    }

    fn canon_at(&mut self, t: TypeId, env_id: u32, env: Option<&Env>) -> TypeId {
        if let Some(c) = self.types.canon(env_id, t) {
            return c;
        }
        let c = self.canon_new(t, env_id, env);
        self.types.set_canon(env_id, t, c);
        // A canonical type stands for itself in every environment.
        self.types.set_canon(env_id, c, c);
        self.types.set_canon(0, c, c);
        c
    }

    fn canon_new(&mut self, t: TypeId, env_id: u32, env: Option<&Env>) -> TypeId {
        if env_id != 0 && self.types.canon(0, t) == Some(t) && !self.is_generic_local(t) {
            return t;
        }
        let go = |l: &mut Lowerer, t: TypeId| l.canon_at(t, env_id, env);
        match self.world.ty(t).clone() {
            Type::Basic(b) => match t {
                World::BYTE => World::basic(Basic::Uint8),
                World::RUNE => World::basic(Basic::Int32),
                _ => World::basic(b),
            },
            Type::Pointer(e) => {
                let e = go(self, e);
                self.intern(Key::Pointer(e), t, |_| Type::Pointer(e))
            }
            Type::Slice(e) => {
                let e = go(self, e);
                self.intern(Key::Slice(e), t, |_| Type::Slice(e))
            }
            Type::Array { len, elem } => {
                let elem = go(self, elem);
                self.intern(Key::Array(len, elem), t, |_| Type::Array { len, elem })
            }
            Type::Map { key, elem } => {
                let (key, elem) = (go(self, key), go(self, elem));
                self.intern(Key::Map(key, elem), t, |_| Type::Map { key, elem })
            }
            Type::Chan { dir, elem } => {
                let elem = go(self, elem);
                let d = match dir {
                    ChanDir::Both => ChanDirKey::Both,
                    ChanDir::Send => ChanDirKey::Send,
                    ChanDir::Recv => ChanDirKey::Recv,
                };
                self.intern(Key::Chan(d, elem), t, |_| Type::Chan { dir, elem })
            }
            Type::Struct(s) => {
                let mut key = Vec::new();
                let mut types = Vec::new();
                for (i, &f) in s.fields.iter().enumerate() {
                    let o = self.world.obj(f).clone();
                    let ty = go(self, o.ty);
                    let embedded = matches!(&o.kind, ObjKind::Var(v) if v.embedded);
                    let pkg = if is_exported(o.name.as_str()) { None } else { o.pkg };
                    key.push((pkg, o.name, ty, s.tags.get(i).cloned().unwrap_or_default(), embedded));
                    types.push(ty);
                }
                self.intern(Key::Struct(key), t, |w| {
                    let fields = retype(w, &s.fields, &types);
                    Type::Struct(StructType { fields, tags: s.tags })
                })
            }
            Type::Tuple(vars) => {
                let types: Vec<TypeId> = vars.iter().map(|&v| self.world.obj(v).ty).collect();
                let types: Vec<TypeId> = types.into_iter().map(|t| go(self, t)).collect();
                self.intern(Key::Tuple(types.clone()), t, |w| Type::Tuple(retype(w, &vars, &types)))
            }
            Type::Signature(s) => {
                let list = |l: &mut Lowerer, vars: &[ObjId]| -> Vec<TypeId> {
                    vars.iter()
                        .map(|&v| {
                            let t = l.world.obj(v).ty;
                            go(l, t)
                        })
                        .collect()
                };
                let (params, results) = (list(self, &s.params), list(self, &s.results));
                let key = Key::Signature(params.clone(), results.clone(), s.variadic);
                self.intern(key, t, |w| {
                    Type::Signature(Signature {
                        tparams: Vec::new(),
                        recv_tparams: Vec::new(),
                        recv: None,
                        params: retype(w, &s.params, &params),
                        results: retype(w, &s.results, &results),
                        variadic: s.variadic,
                    })
                })
            }
            Type::Interface(_) => {
                let set = self.world.type_set(t);
                let mut key = Vec::new();
                let mut types = Vec::new();
                for &m in &set.methods {
                    let o = self.world.obj(m).clone();
                    let ty = go(self, o.ty);
                    let pkg = if is_exported(o.name.as_str()) { None } else { o.pkg };
                    key.push((pkg, o.name, ty));
                    types.push(ty);
                }
                // The type set's order is that of itabs: exported first, then by name, then by package path.
                let methods = set.methods.clone();
                self.intern(Key::Interface(key), t, |w| {
                    let methods = retype(w, &methods, &types);
                    Type::Interface(Interface { methods, ..Interface::default() })
                })
            }
            Type::Union(_) => t,
            Type::Alias(a) => match a.rhs {
                Some(rhs) => go(self, rhs),
                None => World::INVALID,
            },
            Type::TypeParam(_) => match env.and_then(|e| e.get(t)) {
                Some(c) => c,
                None => panic!("lowering: type parameter {} outside its function", self.world.type_string(t)),
            },
            Type::Named(n) => {
                if let Some(origin) = n.origin.filter(|_| !n.targs.is_empty()) {
                    let targs: Vec<TypeId> = n.targs.iter().map(|&a| go(self, a)).collect();
                    let key = Key::Instance(origin, targs.clone());
                    if let Some(&c) = self.types.by_key.get(&key) {
                        return c;
                    }
                    // The world keeps one instance per list of identical arguments, but its arguments may be
                    // other ids; a canonical instance has canonical arguments.
                    let mut c = self.world.instantiate(origin, &targs);
                    if self.world.type_args(c) != targs {
                        c = self.world.new_type(Type::Named(Named {
                            rhs: None,
                            underlying: None,
                            targs,
                            ..n
                        }));
                    }
                    self.types.by_key.insert(key, c);
                    return c;
                }
                if let Some(env) = env
                    && !env.targs.is_empty()
                    && self.is_local(&n)
                {
                    let key = Key::Local(t, env.targs.to_vec());
                    if let Some(&c) = self.types.by_key.get(&key) {
                        return c;
                    }
                    let c = self.world.new_type(Type::Named(Named {
                        rhs: None,
                        underlying: None,
                        targs: env.targs.to_vec(),
                        origin: None,
                        ..n.clone()
                    }));
                    self.types.by_key.insert(key, c);
                    self.types.set_canon(0, c, c);
                    self.types.set_canon(env_id, c, c);
                    self.types.set_canon(env_id, t, c);
                    let u = self.world.under(t);
                    let u = self.canon_at(u, env_id, Some(env));
                    if let Type::Named(n) = &mut self.world.types[c.index()] {
                        n.rhs = Some(u);
                        n.underlying = Some(u);
                    }
                    return c;
                }
                t
            }
        }
    }

    /// Whether the defined type is declared inside a function.
    fn is_local(&self, n: &Named) -> bool {
        let o = self.world.obj(n.obj);
        match (o.parent, o.pkg) {
            (Some(scope), Some(pkg)) => scope != self.world.pkg(pkg).scope,
            _ => false,
        }
    }

    fn is_generic_local(&self, t: TypeId) -> bool {
        matches!(self.world.ty(t), Type::Named(n) if n.targs.is_empty() && self.is_local(n))
    }

    fn intern(&mut self, key: Key, t: TypeId, make: impl FnOnce(&mut World) -> Type) -> TypeId {
        if let Some(&c) = self.types.by_key.get(&key) {
            return c;
        }
        let made = make(&mut self.world);
        // The type itself serves if nothing about it changes.
        let same = match (&made, self.world.ty(t)) {
            (Type::Pointer(a), Type::Pointer(b)) | (Type::Slice(a), Type::Slice(b)) => a == b,
            (Type::Array { elem: a, .. }, Type::Array { elem: b, .. }) => a == b,
            (Type::Map { key: a, elem: b }, Type::Map { key: c, elem: d }) => a == c && b == d,
            (Type::Chan { elem: a, .. }, Type::Chan { elem: b, .. }) => a == b,
            _ => false,
        };
        let c = if same { t } else { self.world.new_type(made) };
        self.types.by_key.insert(key, c);
        c
    }

    /// The canonical type `*t`, for a canonical `t`.
    pub fn pointer_to(&mut self, t: TypeId) -> TypeId {
        if let Some(&c) = self.types.by_key.get(&Key::Pointer(t)) {
            return c;
        }
        let p = self.world.new_type(Type::Pointer(t));
        self.canon(p)
    }

    /// The canonical type `[]t`.
    pub fn slice_of(&mut self, t: TypeId) -> TypeId {
        let p = self.world.new_type(Type::Slice(t));
        self.canon(p)
    }

    /// The canonical type `[len]t`.
    pub fn array_of(&mut self, t: TypeId, len: i64) -> TypeId {
        let p = self.world.new_type(Type::Array { len, elem: t });
        self.canon(p)
    }
}

/// The objects with other types: those that differ are cloned.
fn retype(w: &mut World, vars: &[ObjId], types: &[TypeId]) -> Vec<ObjId> {
    vars.iter()
        .zip(types)
        .map(|(&v, &ty)| {
            if w.obj(v).ty == ty {
                return v;
            }
            let mut o = w.obj(v).clone();
            o.ty = ty;
            match &mut o.kind {
                ObjKind::Var(info) => info.origin = Some(info.origin.unwrap_or(v)),
                ObjKind::Func { origin, .. } => *origin = Some(origin.unwrap_or(v)),
                _ => {}
            }
            w.new_obj(o)
        })
        .collect()
}
