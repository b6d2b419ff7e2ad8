//! Instances of generic types and functions, their methods, and the satisfaction of constraints.
//!
//! In: a generic type or signature and type arguments. Out: instances; of types, one per origin and identical
//! arguments, expanded lazily. Requires: as many arguments as parameters (checked by the checker's `instance`).

use crate::lookup::MethodCause;
use crate::subst::SubstMap;
use crate::typeset;
use crate::world::*;

impl World {
    /// The instance of a generic named type, alias or signature. Wrong numbers of arguments give the invalid type.
    pub fn instantiate(&mut self, origin: TypeId, targs: &[TypeId]) -> TypeId {
        let tparams = self.type_params(origin);
        if tparams.len() != targs.len() && !matches!(self.ty(origin), Type::Named(_)) {
            return World::INVALID;
        }
        match self.ty(origin) {
            Type::Signature(s) => {
                let map = SubstMap::new(&s.tparams, targs);
                let t = self.subst_params(origin, &map);
                let Type::Signature(s) = self.ty(t) else { return World::INVALID };
                let s = Signature { tparams: Vec::new(), ..s.clone() };
                self.new_type(Type::Signature(s))
            }
            Type::Named(_) | Type::Alias(_) => {
                if let Some(list) = self.instances.get(&origin) {
                    for i in 0..list.len() {
                        let inst = self.instances[&origin][i];
                        if self.type_args(inst) == targs || self.same_args(inst, targs) {
                            return inst;
                        }
                    }
                }
                let inst = self.new_instance(origin, targs);
                self.instances.entry(origin).or_default().push(inst);
                inst
            }
            _ => World::INVALID,
        }
    }

    fn same_args(&mut self, inst: TypeId, targs: &[TypeId]) -> bool {
        self.type_args(inst).len() == targs.len()
            && (0..targs.len()).all(|i| {
                let a = self.type_args(inst)[i];
                self.identical(a, targs[i])
            })
    }

    fn new_instance(&mut self, origin: TypeId, targs: &[TypeId]) -> TypeId {
        match self.ty(origin) {
            Type::Named(n) => {
                let obj = n.obj;
                self.new_type(Type::Named(Named {
                    obj,
                    rhs: None,
                    underlying: None,
                    tparams: Vec::new(),
                    origin: Some(origin),
                    targs: targs.to_vec(),
                    methods: Vec::new(),
                }))
            }
            Type::Alias(a) => {
                let (obj, rhs) = (a.obj, a.rhs);
                let map = SubstMap::new(&a.tparams, targs);
                let rhs = rhs.map(|t| self.subst(t, &map));
                self.new_type(Type::Alias(Alias {
                    obj,
                    rhs,
                    tparams: Vec::new(),
                    origin: Some(origin),
                    targs: targs.to_vec(),
                }))
            }
            _ => World::INVALID,
        }
    }

    /// Number of methods declared for a named type (for an instance, for its origin).
    pub fn num_methods(&self, named: TypeId) -> usize {
        match self.ty(self.origin(named)) {
            Type::Named(n) => n.methods.len(),
            _ => 0,
        }
    }

    /// The `i`th declared method of a named type; of an instance, with substituted signature.
    pub fn named_method(&mut self, named: TypeId, i: usize) -> ObjId {
        let origin = self.origin(named);
        let Type::Named(o) = self.ty(origin) else { unreachable!("named_method: not a named type") };
        let m = o.methods[i];
        if origin == named {
            return m;
        }
        if let Some(&m) = self.instance_methods.get(&(named, i as u32)) {
            return m;
        }
        let Type::Signature(sig) = self.ty(self.obj(m).ty) else {
            // The method is not declared yet: the answer must not stick.
            return self.clone_func(m, World::INVALID);
        };
        let (recv, rtparams) = (sig.recv, sig.recv_tparams.clone());
        let targs = self.type_args(named).to_vec();
        let old = self.obj(m).ty;
        let new = if rtparams.len() == targs.len() {
            let map = SubstMap::new(&rtparams, &targs);
            self.subst(old, &map)
        } else {
            old
        };
        let ObjKind::Func { ptr_recv, .. } = self.obj(m).kind else { return m };
        let rtype = if ptr_recv { self.new_type(Type::Pointer(named)) } else { named };
        let recv = recv.map(|r| self.clone_var(r, rtype));
        let Type::Signature(sig) = self.ty(new) else { return m };
        let sig = Signature { recv, recv_tparams: Vec::new(), ..sig.clone() };
        let sig = self.new_type(Type::Signature(sig));
        let f = self.clone_func(m, sig);
        self.instance_methods.insert((named, i as u32), f);
        f
    }

    /// Whether type `v` implements interface `t` or, with `constraint`, satisfies it; the error says why not.
    /// `allow_dynamic`: interfaces satisfy `comparable` (Go 1.20).
    pub fn implements(
        &mut self,
        v: TypeId,
        t: TypeId,
        constraint: bool,
        allow_dynamic: bool,
    ) -> Result<(), String> {
        let (vu, tu) = (self.under(v), self.under(t));
        if !self.is_valid(vu) || !self.is_valid(tu) {
            return Ok(());
        }
        if let &Type::Pointer(base) = self.ty(vu) {
            let bu = self.under(base);
            if !self.is_valid(bu) {
                return Ok(());
            }
        }
        let verb = if constraint { "satisfy" } else { "implement" };
        if !matches!(self.ty(tu), Type::Interface(_)) {
            let detail = if self.is_interface_ptr(tu) {
                self.interface_ptr_error(t)
            } else {
                format!("{} is not an interface", self.type_string(t))
            };
            let (v, t) = (self.type_string(v), self.type_string(t));
            return Err(format!("{v} does not {verb} {t} ({detail})"));
        }
        if self.is_empty_iface(tu) {
            return Ok(());
        }
        let v_is_iface = matches!(self.ty(vu), Type::Interface(_));
        let empty = |set: &TypeSet| set.terms.as_ref().is_some_and(Vec::is_empty);
        if v_is_iface && empty(&self.type_set(vu)) {
            return Ok(());
        }
        let tset = self.type_set(tu);
        if empty(&tset) {
            return Err(format!("cannot {verb} {} (empty type set)", self.type_string(t)));
        }
        if let Err(cause) = self.has_all_methods(v, t, true, &mut |w, x, y| w.identical(x, y)) {
            let (vs, ts) = (self.type_string(v), self.type_string(t));
            return Err(format!("{vs} does not {verb} {ts} {cause}"));
        }
        let Some(terms) = &tset.terms else {
            return self.check_comparability(v, tu, constraint, allow_dynamic, verb);
        };
        if v_is_iface {
            let vset = self.type_set(vu);
            if !typeset::subset(self, &vset.terms, &tset.terms) {
                let (v, t) = (self.type_string(v), self.type_string(t));
                return Err(format!("{v} does not {verb} {t}"));
            }
            return self.check_comparability(v, tu, constraint, allow_dynamic, verb);
        }
        let mut alt = None;
        let mut included = false;
        for &term in terms {
            if typeset::includes(self, term, v) {
                included = true;
                break;
            }
            let tunder = self.under(term.ty);
            if alt.is_none()
                && !term.tilde
                && self.identical(term.ty, tunder)
                && typeset::includes(self, Term { tilde: true, ty: term.ty }, v)
            {
                alt = Some(term.ty);
            }
        }
        if !included {
            let (vs, ts) = (self.type_string(v), self.type_string(t));
            let detail = if let Some(alt) = alt {
                format!("possibly missing ~ for {} in {ts}", self.type_string(alt))
            } else if self.mentions(tu, v) {
                format!("{ts} mentions {vs}, but {vs} is not in the type set of {ts}")
            } else {
                format!("{vs} missing in {}", self.terms_string(&tset.terms))
            };
            return Err(format!("{vs} does not {verb} {ts} ({detail})"));
        }
        self.check_comparability(v, tu, constraint, allow_dynamic, verb)
    }

    fn check_comparability(
        &mut self,
        v: TypeId,
        iface: TypeId,
        constraint: bool,
        allow_dynamic: bool,
        verb: &str,
    ) -> Result<(), String> {
        if !self.iface_is_comparable(iface) || self.comparable_type(v, false).is_ok() {
            return Ok(());
        }
        let vs = self.type_string(v);
        if constraint && self.comparable_type(v, true).is_ok() {
            if allow_dynamic {
                return Ok(());
            }
            return Err(format!("{vs} to {verb} comparable requires go1.20 or later"));
        }
        Err(format!("{vs} does not {verb} comparable"))
    }

    fn mentions(&mut self, t: TypeId, typ: TypeId) -> bool {
        match self.ty(t) {
            Type::Interface(i) => i.embeds.clone().iter().any(|&(e, _)| self.mentions(e, typ)),
            Type::Union(terms) => terms.clone().iter().any(|term| self.mentions(term.ty, typ)),
            _ => self.identical(t, typ),
        }
    }

    /// Whether `v` has all methods of interface `t`; the error is a parenthesised cause.
    pub fn has_all_methods(
        &mut self,
        v: TypeId,
        t: TypeId,
        is_static: bool,
        equivalent: &mut dyn FnMut(&mut World, TypeId, TypeId) -> bool,
    ) -> Result<(), String> {
        if !self.is_valid(v) {
            return Ok(());
        }
        match self.missing_method(v, t, is_static, equivalent) {
            None => Ok(()),
            Some(_) if self.has_invalid_embedded_fields(v) => Ok(()),
            Some(MethodCause { text, .. }) => Err(text),
        }
    }

    /// The index of the first type argument that does not satisfy its constraint, and why.
    pub fn verify_args(
        &mut self,
        tparams: &[TypeId],
        targs: &[TypeId],
        allow_dynamic: bool,
    ) -> Result<(), (usize, String)> {
        let map = SubstMap::new(tparams, targs);
        for (i, (&p, &a)) in tparams.iter().zip(targs).enumerate() {
            self.constraint_iface(p);
            let bound = self.bound(p);
            let bound = self.subst(bound, &map);
            if let Err(why) = self.implements(a, bound, true, allow_dynamic) {
                return Err((i, why));
            }
        }
        Ok(())
    }
}
