//! Type inference: the type arguments of a call or assignment of a generic function.
//!
//! In: type parameters, the arguments given explicitly, parameter types and typed or untyped operands. Out: all
//! type arguments, or the reason why they cannot be inferred.

use escargo_syntax::Pos;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::checker::Checker;
use crate::info::Mode;
use crate::operand::Operand;
use crate::subst::SubstMap;
use crate::unify::{Unifier, UnifyMode};
use crate::world::*;

/// Position and message; None if an error has been reported already.
pub type InferError = Option<(Pos, String)>;

impl<'a> Checker<'a> {
    /// Infers the missing ones of `targs`. `params` are the types of the parameters that `args` are passed for.
    /// `reverse`: the parameter types come from the context of an assignment.
    pub fn infer(
        &mut self,
        pos: Pos,
        tparams: &[TypeId],
        targs: &[Option<TypeId>],
        params: &[TypeId],
        args: &[&Operand<'a>],
        reverse: bool,
    ) -> Result<Vec<TypeId>, InferError> {
        let n = tparams.len();
        if targs.len() == n
            && let Some(all) = targs.iter().copied().collect::<Option<Vec<_>>>()
        {
            return Ok(all);
        }
        if args.iter().any(|a| a.is_invalid()) {
            return Err(None);
        }
        let mut targs = targs.to_vec();
        targs.resize(n, None);
        let map = SubstMap::partial(tparams, &targs);
        let params: Vec<TypeId> = params.iter().map(|&p| self.world.subst(p, &map)).collect();
        let mut u = Unifier::new(tparams, &targs, self.allow_version((1, 21)));

        // 1. Typed arguments against the parameters they are passed for.
        let mut untyped = Vec::new();
        for (i, arg) in args.iter().enumerate() {
            let par = params[i];
            if !self.is_parameterized(tparams, par) && !self.is_parameterized(tparams, arg.ty) {
                continue;
            }
            if self.world.is_typed(arg.ty) {
                if !u.unify(&mut self.world, par, arg.ty, UnifyMode::ASSIGN) {
                    return Err(Some(self.mismatch(&u, tparams, par, arg, reverse)));
                }
            } else if matches!(self.world.ty(par), Type::TypeParam(_)) && arg.mode != Mode::NilValue {
                untyped.push(i);
            }
        }

        // 2. Core types and methods of the constraints, until nothing new is found.
        loop {
            let before = u.unknowns();
            for &p in tparams {
                let tx = u.at(p);
                if let Some((core, tilde, single)) = self.core_term(p) {
                    match tx {
                        Some(tx) if !u.unify(&mut self.world, tx, core, UnifyMode::INEXACT) => {
                            return Err(Some((pos, self.unsatisfied(p, tx, ""))));
                        }
                        None if single && !tilde => u.set(p, core),
                        _ => {}
                    }
                }
                if let Some(tx) = tx
                    && !self.is_parameterized(tparams, tx)
                {
                    let iface = self.world.constraint_iface(p);
                    let r = self
                        .world
                        .has_all_methods(tx, iface, true, &mut |w, x, y| u.unify(w, x, y, UnifyMode::EXACT));
                    if let Err(cause) = r {
                        return Err(Some((pos, self.unsatisfied(p, tx, &cause))));
                    }
                }
            }
            if u.unknowns() == before {
                break;
            }
        }

        // 3. Untyped constants get the largest of their default types.
        let mut max_untyped: Vec<(TypeId, TypeId)> = Vec::new();
        for i in untyped {
            let p = params[i];
            if u.at(p).is_some() {
                continue;
            }
            let ty = args[i].ty;
            match max_untyped.iter_mut().find(|m| m.0 == p) {
                None => max_untyped.push((p, ty)),
                Some((_, max)) => match self.world.max_type(*max, ty) {
                    Some(m) => *max = m,
                    None => {
                        let (a, b) = (self.world.type_string(*max), self.world.type_string(ty));
                        let ps = self.world.type_string(p);
                        let at = args[i].start();
                        return Err(Some((at, format!("mismatched types {a} and {b} (cannot infer {ps})"))));
                    }
                },
            }
        }
        for (p, t) in max_untyped {
            let d = self.world.default_type(t);
            u.set(p, d);
        }

        // 4. Inferred types may mention other type parameters.
        let mut inferred = u.inferred(tparams);
        self.kill_cycles(tparams, &mut inferred);
        let mut dirty: Vec<usize> = (0..n).filter(|&i| inferred[i].is_some() && targs[i].is_none()).collect();
        let mut rounds = 0;
        while !dirty.is_empty() && rounds < 100 {
            rounds += 1;
            let map = SubstMap::partial(tparams, &inferred);
            let mut again = Vec::new();
            for &i in &dirty {
                let Some(t0) = inferred[i] else { continue };
                let mut t1 = self.world.subst(t0, &map);
                if t1 == t0 {
                    continue;
                }
                // An instantiated generic function is generic no more.
                if let Type::Signature(s) = self.world.ty(t1)
                    && !s.tparams.is_empty()
                {
                    let s = Signature { tparams: Vec::new(), ..s.clone() };
                    if !self.is_parameterized(tparams, t1) {
                        t1 = self.world.new_type(Type::Signature(s));
                    }
                }
                inferred[i] = Some(t1);
                again.push(i);
            }
            dirty = again;
        }
        let mut all = Vec::with_capacity(n);
        for (i, t) in inferred.into_iter().enumerate() {
            match t {
                Some(t) if !self.is_parameterized(tparams, t) => all.push(t),
                _ => {
                    let Type::TypeParam(p) = self.world.ty(tparams[i]) else { return Err(None) };
                    let o = self.world.obj(p.obj);
                    let at = self.sources.locate(o.pos).map_or(String::new(), |l| l.to_string());
                    return Err(Some((pos, format!("cannot infer {} (declared at {at})", o.name))));
                }
            }
        }
        Ok(all)
    }

    fn unsatisfied(&mut self, p: TypeId, tx: TypeId, cause: &str) -> String {
        let bound = self.world.bound(p);
        let (p, tx) = (self.world.type_string(p), self.world.type_string(tx));
        let bound = self.world.type_string(bound);
        let space = if cause.is_empty() { "" } else { " " };
        format!("{p} (type {tx}) does not satisfy {bound}{space}{cause}")
    }

    fn mismatch(
        &mut self,
        u: &Unifier,
        tparams: &[TypeId],
        par: TypeId,
        arg: &Operand<'a>,
        reverse: bool,
    ) -> (Pos, String) {
        let at = arg.start();
        let text = arg.expr_text();
        let targ = self.world.type_string(arg.ty);
        let known = u.inferred(tparams);
        let ps = self.world.type_string(par);
        if known.iter().all(Option::is_none) {
            let names = self.type_params_string(tparams);
            return (at, format!("type {targ} of {text} does not match {ps} (cannot infer {names})"));
        }
        let map = SubstMap::partial(tparams, &known);
        let inferred = self.world.subst(par, &map);
        let message = if inferred == par {
            format!("type {targ} of {text} does not match {ps}")
        } else {
            let is = self.world.type_string(inferred);
            if reverse {
                format!("inferred type {is} for {ps} does not match type {targ} of {text}")
            } else {
                format!("type {targ} of {text} does not match inferred type {is} for {ps}")
            }
        };
        (at, message)
    }

    /// `A`, `A and B`, `A, B, and C`.
    pub fn type_params_string(&self, tparams: &[TypeId]) -> String {
        let names: Vec<String> = tparams.iter().map(|&p| self.world.type_string(p)).collect();
        match names.as_slice() {
            [] => String::new(),
            [a] => a.clone(),
            [a, b] => format!("{a} and {b}"),
            [init @ .., last] => format!("{}, and {last}", init.join(", ")),
        }
    }

    /// Fresh type parameters for `tparams`, and `typ` in terms of them.
    pub fn rename_tparams(&mut self, tparams: &[TypeId], typ: TypeId) -> (Vec<TypeId>, TypeId) {
        if tparams.is_empty() {
            return (Vec::new(), typ);
        }
        let fresh: Vec<TypeId> = tparams.iter().map(|&p| self.world.clone_type_param(p)).collect();
        let map = SubstMap::new(tparams, &fresh);
        for (&p, &f) in tparams.iter().zip(&fresh) {
            let b = self.world.bound(p);
            let b = self.world.subst(b, &map);
            self.world.set_bound(f, b);
        }
        (fresh, self.world.subst(typ, &map))
    }

    /// Whether the type mentions one of the type parameters.
    pub fn is_parameterized(&mut self, tparams: &[TypeId], t: TypeId) -> bool {
        mentions_tparam(&mut self.world, tparams, t, &mut FxHashMap::default())
    }

    /// The core type of a constraint, whether it has a tilde, and whether it is the only term.
    fn core_term(&mut self, tparam: TypeId) -> Option<(TypeId, bool, bool)> {
        let terms = self.world.type_param_terms(tparam)?;
        if let [t] = terms.as_slice() {
            return Some((t.ty, t.tilde, true));
        }
        let tilde = terms.iter().any(|t| t.tilde);
        Some((self.world.core_type(tparam)?, tilde, false))
    }

    /// Forgets what was inferred for parameters whose types contain themselves.
    fn kill_cycles(&mut self, tparams: &[TypeId], inferred: &mut [Option<TypeId>]) {
        for &p in tparams {
            self.find_cycle(tparams, inferred, p, &mut FxHashSet::default());
        }
    }

    fn find_cycle(
        &mut self,
        tparams: &[TypeId],
        inferred: &mut [Option<TypeId>],
        t: TypeId,
        seen: &mut FxHashSet<TypeId>,
    ) {
        let t = self.world.unalias(t);
        let index = tparams.iter().position(|&p| p == t);
        if !seen.insert(t) {
            if let Some(i) = index {
                inferred[i] = None;
            }
            return;
        }
        let parts: Vec<TypeId> = match self.world.ty(t) {
            Type::TypeParam(_) => index.and_then(|i| inferred[i]).into_iter().collect(),
            Type::Named(n) => n.targs.clone(),
            Type::Interface(i) => {
                let methods = i.methods.iter().map(|&m| self.world.obj(m).ty);
                methods.chain(i.embeds.iter().map(|&(e, _)| e)).collect()
            }
            _ => components(&self.world, t),
        };
        for p in parts {
            self.find_cycle(tparams, inferred, p, seen);
        }
        seen.remove(&t);
    }
}

/// The types a type literal is made of (not those of named types and interfaces).
pub(crate) fn components(w: &World, t: TypeId) -> Vec<TypeId> {
    match w.ty(t) {
        &Type::Pointer(e) | &Type::Slice(e) | &Type::Array { elem: e, .. } | &Type::Chan { elem: e, .. } => {
            vec![e]
        }
        &Type::Map { key, elem } => vec![key, elem],
        Type::Struct(s) => s.fields.iter().map(|&f| w.obj(f).ty).collect(),
        Type::Tuple(vars) => vars.iter().map(|&v| w.obj(v).ty).collect(),
        Type::Signature(s) => s.params.iter().chain(&s.results).map(|&v| w.obj(v).ty).collect(),
        Type::Union(terms) => terms.iter().map(|t| t.ty).collect(),
        _ => Vec::new(),
    }
}

fn mentions_tparam(w: &mut World, tparams: &[TypeId], t: TypeId, seen: &mut FxHashMap<TypeId, bool>) -> bool {
    match w.ty(t) {
        Type::Basic(_) => return false,
        Type::TypeParam(_) => return tparams.contains(&t),
        Type::Alias(_) => {
            let t = w.unalias(t);
            return mentions_tparam(w, tparams, t, seen);
        }
        Type::Named(n) if n.targs.is_empty() => return false,
        _ => {}
    }
    if let Some(&known) = seen.get(&t) {
        return known;
    }
    seen.insert(t, false);
    let parts: Vec<TypeId> = match w.ty(t) {
        Type::Named(n) => n.targs.clone(),
        Type::Interface(_) => {
            let set = w.type_set(t);
            let methods = set.methods.iter().map(|&m| w.obj(m).ty);
            methods.chain(set.terms.iter().flatten().map(|t| t.ty)).collect()
        }
        _ => components(w, t),
    };
    let found = parts.into_iter().any(|p| mentions_tparam(w, tparams, p, seen));
    seen.insert(t, found);
    found
}
