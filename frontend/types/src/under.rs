//! Underlying types, aliases, type parameters' constraints, core types.
//!
//! In: `TypeId`s of a `World`. Out: `TypeId`s that are never `Named` or `Alias` (`under`) or never `Alias`
//! (`unalias`). Guarantees: ends on cyclic declarations, which count as invalid.

use escargo_syntax::Pos;

use crate::predicates::TypeError;
use crate::world::*;

impl World {
    /// Looks through aliases. A cyclic alias denotes the invalid type, one that is still being declared itself.
    pub fn unalias(&self, t: TypeId) -> TypeId {
        let mut t = t;
        for _ in 0..=self.types.len() {
            match self.ty(t) {
                Type::Alias(Alias { rhs: Some(rhs), .. }) => t = *rhs,
                _ => return t,
            }
        }
        World::INVALID
    }

    /// The underlying type; of a type parameter, its constraint interface.
    #[inline]
    pub fn under(&mut self, t: TypeId) -> TypeId {
        match self.ty(t) {
            Type::Named(Named { underlying: Some(u), .. }) => *u,
            Type::Named(_) | Type::Alias(_) | Type::TypeParam(_) => self.find_under(t),
            _ => t,
        }
    }

    fn find_under(&mut self, t: TypeId) -> TypeId {
        match self.ty(t) {
            Type::Named(_) => self.resolve_underlying(t),
            Type::Alias(_) => {
                let t = self.unalias(t);
                if matches!(self.ty(t), Type::Alias(_)) { World::INVALID } else { self.under(t) }
            }
            Type::TypeParam(_) => self.constraint_iface(t),
            _ => t,
        }
    }

    /// The underlying type as a value to match on.
    pub fn under_ty(&mut self, t: TypeId) -> &Type {
        let u = self.under(t);
        self.ty(u)
    }

    fn resolve_underlying(&mut self, t: TypeId) -> TypeId {
        let mut path = Vec::new();
        let mut at = t;
        let (u, known) = loop {
            at = self.unalias(at);
            if matches!(self.ty(at), Type::Alias(_)) {
                break (World::INVALID, false);
            }
            let Type::Named(n) = self.ty(at) else { break (at, true) };
            if let Some(u) = n.underlying {
                break (u, true);
            }
            if path.contains(&at) || path.len() > 1000 {
                break (World::INVALID, true);
            }
            path.push(at);
            match self.named_rhs(at) {
                Some(rhs) => at = rhs,
                // Still being declared: the answer must not stick.
                None => break (World::INVALID, false),
            }
        };
        let u = if self.is_type_param(u) { World::INVALID } else { u };
        if known {
            for p in path {
                if let Type::Named(n) = &mut self.types[p.index()] {
                    n.underlying = Some(u);
                }
            }
        }
        u
    }

    /// The right-hand side of a defined type's declaration, substituted for an instance.
    pub fn named_rhs(&mut self, t: TypeId) -> Option<TypeId> {
        let Type::Named(n) = self.ty(t) else { return Some(t) };
        if n.rhs.is_some() {
            return n.rhs;
        }
        let origin = n.origin?;
        let Type::Named(o) = self.ty(origin) else { return Some(World::INVALID) };
        let rhs = o.rhs.or(o.underlying)?;
        if o.tparams.len() != n.targs.len() {
            return Some(World::INVALID);
        }
        let map = crate::subst::SubstMap::new(&o.tparams, &n.targs);
        let rhs = self.subst(rhs, &map);
        if let Type::Named(n) = &mut self.types[t.index()] {
            n.rhs = Some(rhs);
        }
        Some(rhs)
    }

    /// Makes a defined type invalid for good (it has been reported).
    pub fn set_invalid(&mut self, t: TypeId) {
        if let Type::Named(n) = &mut self.types[t.index()] {
            n.rhs = Some(World::INVALID);
            n.underlying = Some(World::INVALID);
        }
    }

    /// The constraint of a type parameter as written.
    pub fn bound(&self, tparam: TypeId) -> TypeId {
        match self.ty(tparam) {
            Type::TypeParam(p) => p.bound,
            _ => World::INVALID,
        }
    }

    /// The constraint of a type parameter as an interface type.
    pub fn constraint_iface(&mut self, tparam: TypeId) -> TypeId {
        let bound = self.bound(tparam);
        if self.is_type_param(bound) {
            return self.empty_interface();
        }
        let u = self.under(bound);
        match self.ty(u) {
            Type::Basic(Basic::Invalid) => self.empty_interface(),
            Type::Interface(_) => u,
            _ => {
                let iface = self.new_type(Type::Interface(Interface {
                    embeds: vec![(bound, Pos::NONE)],
                    implicit: true,
                    ..Interface::default()
                }));
                if let Type::TypeParam(p) = &mut self.types[tparam.index()] {
                    p.bound = iface;
                }
                iface
            }
        }
    }

    /// The type `interface{}`.
    pub fn empty_interface(&mut self) -> TypeId {
        let any = self.unalias(World::ANY);
        match self.ty(any) {
            Type::Interface(_) => any,
            _ => self.under(any),
        }
    }

    /// The terms of a type parameter's type set; None if its set is not given by terms (or is empty).
    pub fn type_param_terms(&mut self, tparam: TypeId) -> Option<Vec<Term>> {
        let iface = self.under(tparam);
        self.type_set(iface).terms.clone().filter(|t| !t.is_empty())
    }

    /// Calls `f` with type and underlying type of each type in the type set of a type parameter (once with None
    /// if that has no specific types), or of the type itself, while it returns true.
    pub fn all(
        &mut self,
        t: TypeId,
        mut f: impl FnMut(&mut World, Option<(TypeId, TypeId)>) -> bool,
    ) -> bool {
        if !self.is_type_param(t) {
            let u = self.under(t);
            return f(self, Some((t, u)));
        }
        let Some(terms) = self.type_param_terms(t) else { return f(self, None) };
        terms.iter().all(|term| {
            let u = self.under(term.ty);
            f(self, Some((term.ty, u)))
        })
    }

    /// As `all`, with the underlying types only.
    pub fn under_is(&mut self, t: TypeId, mut f: impl FnMut(&mut World, Option<TypeId>) -> bool) -> bool {
        self.all(t, |w, p| f(w, p.map(|(_, u)| u)))
    }

    /// The pairs `all` would go through.
    pub fn typeset(&mut self, t: TypeId) -> Vec<Option<(TypeId, TypeId)>> {
        let mut pairs = Vec::new();
        self.all(t, |_, p| {
            pairs.push(p);
            true
        });
        pairs
    }

    /// The one underlying type that all types of the type set share; channels may differ in direction.
    /// `cond` can refuse a type.
    pub fn common_under(
        &mut self,
        t: TypeId,
        mut cond: impl FnMut(&mut World, Option<(TypeId, TypeId)>) -> Result<(), TypeError>,
    ) -> Result<TypeId, TypeError> {
        let mut common: Option<(TypeId, TypeId)> = None;
        for pair in self.typeset(t) {
            cond(self, pair)?;
            let Some((t, u)) = pair else {
                return Err(TypeError::Because("no specific type".to_string()));
            };
            let Some((ct, cu)) = common else {
                common = Some((t, u));
                continue;
            };
            if let (&Type::Chan { dir: d1, elem: e1 }, &Type::Chan { dir: d2, elem: e2 }) =
                (self.ty(cu), self.ty(u))
            {
                let names = |w: &World| (w.type_string(ct), w.type_string(t));
                if !self.identical(e1, e2) {
                    let (a, b) = names(self);
                    return Err(TypeError::Because(format!(
                        "channels {a} and {b} have different element types"
                    )));
                }
                if d1 == d2 {
                } else if d1 == ChanDir::Both {
                    common = Some((t, u));
                } else if d2 != ChanDir::Both {
                    let (a, b) = names(self);
                    return Err(TypeError::Because(format!(
                        "channels {a} and {b} have conflicting directions"
                    )));
                }
                continue;
            }
            if !self.identical(cu, u) {
                let (a, b) = (self.type_string(ct), self.type_string(t));
                return Err(TypeError::Because(format!("{a} and {b} have different underlying types")));
            }
        }
        common.map(|(_, u)| u).ok_or(TypeError::Plain)
    }

    /// The core type: `common_under` without the reason.
    pub fn core_type(&mut self, t: TypeId) -> Option<TypeId> {
        if !self.is_type_param(t) {
            return Some(self.under(t));
        }
        self.common_under(t, |_, _| Ok(())).ok()
    }

    /// `t` or, if its underlying type is a pointer to an array, that array.
    pub fn array_ptr_deref(&mut self, t: TypeId) -> TypeId {
        if let &Type::Pointer(base) = self.ty(self.unalias(t)) {
            let u = self.under(base);
            if matches!(self.ty(u), Type::Array { .. }) {
                return u;
            }
        }
        t
    }

    /// The base type of a pointer (not of a named pointer type), and whether it was one.
    pub fn deref(&self, t: TypeId) -> (TypeId, bool) {
        match self.ty(self.unalias(t)) {
            Type::Pointer(base) => (*base, true),
            _ => (t, false),
        }
    }
}
