//! Substitution of type parameters by types.
//!
//! In: a type and a map from type parameters. Out: the type with the map applied; the very same `TypeId` where
//! nothing changed. Guarantees: instances stay canonical; named types are expanded only on demand.

use crate::world::*;

/// Type parameters and what stands for them.
#[derive(Clone, Debug, Default)]
pub struct SubstMap {
    pairs: Vec<(TypeId, TypeId)>,
}

impl SubstMap {
    /// Maps the `i`th of `tparams` to the `i`th of `targs`.
    pub fn new(tparams: &[TypeId], targs: &[TypeId]) -> SubstMap {
        SubstMap { pairs: tparams.iter().copied().zip(targs.iter().copied()).collect() }
    }

    /// As `new`, leaving out the parameters that have no type yet.
    pub fn partial(tparams: &[TypeId], targs: &[Option<TypeId>]) -> SubstMap {
        SubstMap { pairs: tparams.iter().zip(targs).filter_map(|(&p, a)| Some((p, (*a)?))).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub fn insert(&mut self, tparam: TypeId, t: TypeId) {
        self.pairs.push((tparam, t));
    }

    pub fn get(&self, tparam: TypeId) -> Option<TypeId> {
        self.pairs.iter().rev().find(|p| p.0 == tparam).map(|p| p.1)
    }
}

impl World {
    /// Applies `map` to `t`.
    pub fn subst(&mut self, t: TypeId, map: &SubstMap) -> TypeId {
        if map.is_empty() {
            return t;
        }
        match self.ty(t) {
            Type::Basic(_) => t,
            Type::TypeParam(_) => map.get(t).unwrap_or(t),
            &Type::Pointer(elem) => {
                let e = self.subst(elem, map);
                if e == elem { t } else { self.new_type(Type::Pointer(e)) }
            }
            &Type::Slice(elem) => {
                let e = self.subst(elem, map);
                if e == elem { t } else { self.new_type(Type::Slice(e)) }
            }
            &Type::Array { len, elem } => {
                let e = self.subst(elem, map);
                if e == elem { t } else { self.new_type(Type::Array { len, elem: e }) }
            }
            &Type::Map { key, elem } => {
                let (k, e) = (self.subst(key, map), self.subst(elem, map));
                if k == key && e == elem { t } else { self.new_type(Type::Map { key: k, elem: e }) }
            }
            &Type::Chan { dir, elem } => {
                let e = self.subst(elem, map);
                if e == elem { t } else { self.new_type(Type::Chan { dir, elem: e }) }
            }
            Type::Struct(s) => {
                let (fields, tags) = (s.fields.clone(), s.tags.clone());
                match self.subst_vars(&fields, map) {
                    Some(fields) => self.new_type(Type::Struct(StructType { fields, tags })),
                    None => t,
                }
            }
            Type::Tuple(vars) => {
                let vars = vars.clone();
                match self.subst_vars(&vars, map) {
                    Some(vars) => self.new_type(Type::Tuple(vars)),
                    None => t,
                }
            }
            Type::Signature(s) => {
                if s.tparams.is_empty() {
                    return self.subst_params(t, map);
                }
                let tparams = s.tparams.clone();
                if map.get(tparams[0]).is_some() {
                    // The function itself is being instantiated.
                    return self.subst_params(t, map);
                }
                // A generic method of a type being instantiated: its own parameters need fresh constraints.
                let mut inner = map.clone();
                let fresh: Vec<TypeId> = tparams.iter().map(|&p| self.clone_type_param(p)).collect();
                for (&p, &f) in tparams.iter().zip(&fresh) {
                    inner.insert(p, f);
                }
                for (&p, &f) in tparams.iter().zip(&fresh) {
                    let b = self.bound(p);
                    let b = self.subst(b, &inner);
                    self.set_bound(f, b);
                }
                let sig = self.subst_params(t, &inner);
                let Type::Signature(s) = self.ty(sig) else { return t };
                let s = Signature { tparams: fresh, ..s.clone() };
                self.new_type(Type::Signature(s))
            }
            Type::Union(terms) => {
                let old = terms.clone();
                let new: Vec<Term> =
                    old.iter().map(|t| Term { tilde: t.tilde, ty: self.subst(t.ty, map) }).collect();
                if new == old { t } else { self.new_type(Type::Union(new)) }
            }
            Type::Interface(i) => {
                if i.methods.is_empty() && i.embeds.is_empty() {
                    return t;
                }
                let (methods, embeds, implicit) = (i.methods.clone(), i.embeds.clone(), i.implicit);
                let new_methods: Vec<ObjId> = methods
                    .iter()
                    .map(|&m| {
                        let old = self.obj(m).ty;
                        let ty = self.subst(old, map);
                        if ty == old { m } else { self.clone_func(m, ty) }
                    })
                    .collect();
                let new_embeds: Vec<_> = embeds.iter().map(|&(e, p)| (self.subst(e, map), p)).collect();
                if new_methods == methods && new_embeds == embeds {
                    return t;
                }
                let i = Interface { methods: new_methods, embeds: new_embeds, implicit, type_set: None };
                self.new_type(Type::Interface(i))
            }
            Type::Named(_) | Type::Alias(_) => {
                let (origin, args) = (self.origin(t), self.type_args(t));
                if args.is_empty() {
                    return t;
                }
                let old = args.to_vec();
                if self.type_params(origin).len() != old.len() {
                    return World::INVALID;
                }
                let new: Vec<TypeId> = old.iter().map(|&a| self.subst(a, map)).collect();
                if new == old {
                    return t;
                }
                self.instantiate(origin, &new)
            }
        }
    }

    /// Applies `map` to parameters and results of a signature and leaves its type parameters alone.
    pub(crate) fn subst_params(&mut self, t: TypeId, map: &SubstMap) -> TypeId {
        let Type::Signature(s) = self.ty(t) else { return t };
        let (params, results) = (s.params.clone(), s.results.clone());
        let new_params = self.subst_vars(&params, map);
        let new_results = self.subst_vars(&results, map);
        if new_params.is_none() && new_results.is_none() {
            return t;
        }
        let Type::Signature(s) = self.ty(t) else { return t };
        let s = Signature {
            tparams: s.tparams.clone(),
            recv_tparams: s.recv_tparams.clone(),
            recv: s.recv,
            params: new_params.unwrap_or(params),
            results: new_results.unwrap_or(results),
            variadic: s.variadic,
        };
        self.new_type(Type::Signature(s))
    }

    fn subst_vars(&mut self, vars: &[ObjId], map: &SubstMap) -> Option<Vec<ObjId>> {
        let mut out: Option<Vec<ObjId>> = None;
        for (i, &v) in vars.iter().enumerate() {
            let old = self.obj(v).ty;
            let ty = self.subst(old, map);
            if ty != old {
                let new = self.clone_var(v, ty);
                out.get_or_insert_with(|| vars.to_vec())[i] = new;
            }
        }
        out
    }

    /// A copy of a variable with another type that remembers its origin.
    pub(crate) fn clone_var(&mut self, v: ObjId, ty: TypeId) -> ObjId {
        let mut o = self.obj(v).clone();
        o.ty = ty;
        if let ObjKind::Var(info) = &mut o.kind {
            info.origin = Some(info.origin.unwrap_or(v));
        }
        self.new_obj(o)
    }

    /// A copy of a function or method with another type that remembers its origin.
    pub(crate) fn clone_func(&mut self, f: ObjId, ty: TypeId) -> ObjId {
        let mut o = self.obj(f).clone();
        o.ty = ty;
        if let ObjKind::Func { origin, .. } = &mut o.kind {
            *origin = Some(origin.unwrap_or(f));
        }
        self.new_obj(o)
    }

    pub(crate) fn set_bound(&mut self, tparam: TypeId, bound: TypeId) {
        if let Type::TypeParam(p) = &mut self.types[tparam.index()] {
            p.bound = bound;
        }
    }

    /// A fresh type parameter of the same name, index and constraint.
    pub(crate) fn clone_type_param(&mut self, p: TypeId) -> TypeId {
        let Type::TypeParam(tp) = self.ty(p) else { return p };
        let (obj, index, bound) = (tp.obj, tp.index, tp.bound);
        let o = self.obj(obj).clone();
        let obj = self.new_obj(o);
        let t = self.new_type(Type::TypeParam(TypeParam { obj, index, bound }));
        self.objs[obj.index()].ty = t;
        t
    }
}
