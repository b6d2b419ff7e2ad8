//! Unification of types that mention type parameters.
//!
//! In: pairs of types. Out: what the bound type parameters must be for the pairs to match (exactly, or as
//! assignment demands). Guarantees: ends; recursion beyond a limit counts as a mismatch.

use escargo_syntax::Symbol;

use crate::lookup::Lookup;
use crate::predicates::is_embedded;
use crate::typeset;
use crate::world::*;

const DEPTH_LIMIT: u32 = 50;

/// How types must match.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UnifyMode {
    /// The types need only be assignable at the top.
    pub assign: bool,
    /// No inexact matches through underlying types.
    pub exact: bool,
}

impl UnifyMode {
    pub const ASSIGN: UnifyMode = UnifyMode { assign: true, exact: false };
    pub const EXACT: UnifyMode = UnifyMode { assign: false, exact: true };
    pub const INEXACT: UnifyMode = UnifyMode { assign: false, exact: false };
}

/// The state of an inference.
pub struct Unifier {
    tparams: Vec<TypeId>,
    /// For each parameter the index of its (possibly shared) value.
    handle_of: Vec<usize>,
    values: Vec<Option<TypeId>>,
    depth: u32,
    /// Use methods of interfaces (Go 1.21).
    interface_inference: bool,
}

impl Unifier {
    pub fn new(tparams: &[TypeId], targs: &[Option<TypeId>], interface_inference: bool) -> Unifier {
        let mut values = targs.to_vec();
        values.resize(tparams.len(), None);
        Unifier {
            tparams: tparams.to_vec(),
            handle_of: (0..tparams.len()).collect(),
            values,
            depth: 0,
            interface_inference,
        }
    }

    /// Makes `x` and `y` match if that is possible.
    pub fn unify(&mut self, w: &mut World, x: TypeId, y: TypeId, mode: UnifyMode) -> bool {
        self.nify(w, x, y, mode, &mut Vec::new())
    }

    fn index(&self, w: &World, x: TypeId) -> Option<usize> {
        let x = w.unalias(x);
        self.tparams.iter().position(|&p| p == x)
    }

    /// What is known for a bound type parameter.
    pub fn at(&self, tparam: TypeId) -> Option<TypeId> {
        let i = self.tparams.iter().position(|&p| p == tparam)?;
        self.values[self.handle_of[i]]
    }

    pub fn set(&mut self, tparam: TypeId, t: TypeId) {
        if let Some(i) = self.tparams.iter().position(|&p| p == tparam) {
            self.values[self.handle_of[i]] = Some(t);
        }
    }

    /// Number of parameters about which nothing is known.
    pub fn unknowns(&self) -> usize {
        self.handle_of.iter().filter(|&&h| self.values[h].is_none()).count()
    }

    pub fn inferred(&self, tparams: &[TypeId]) -> Vec<Option<TypeId>> {
        tparams.iter().map(|&p| self.at(p)).collect()
    }

    fn join(&mut self, x: usize, y: usize) -> bool {
        let (hx, hy) = (self.handle_of[x], self.handle_of[y]);
        if hx == hy {
            return true;
        }
        let (from, to) = match (self.values[hx], self.values[hy]) {
            (Some(_), Some(_)) => return false,
            (Some(_), None) => (hy, hx),
            _ => (hx, hy),
        };
        for h in &mut self.handle_of {
            if *h == from {
                *h = to;
            }
        }
        true
    }

    fn nify(
        &mut self,
        w: &mut World,
        x: TypeId,
        y: TypeId,
        mode: UnifyMode,
        pairs: &mut Vec<(TypeId, TypeId)>,
    ) -> bool {
        if x == y || w.unalias(x) == w.unalias(y) {
            return true;
        }
        if self.depth >= DEPTH_LIMIT {
            return false;
        }
        self.depth += 1;
        let r = self.nify0(w, x, y, mode, pairs);
        self.depth -= 1;
        r
    }

    fn nify0(
        &mut self,
        w: &mut World,
        x: TypeId,
        y: TypeId,
        mode: UnifyMode,
        pairs: &mut Vec<(TypeId, TypeId)>,
    ) -> bool {
        let (mut x, mut y) = (x, y);
        // A defined type goes to the right, a bound type parameter to the left.
        if w.as_named(x).is_some() || self.index(w, y).is_some() {
            std::mem::swap(&mut x, &mut y);
        }
        if !mode.exact
            && let Some(ny) = w.as_named(y)
            && w.is_type_lit(x)
            && !(self.interface_inference && w.is_interface(x))
        {
            y = w.under(ny);
            if x == y || w.unalias(x) == w.unalias(y) {
                return true;
            }
        }
        match (self.index(w, x), self.index(w, y)) {
            (Some(px), Some(py)) => {
                if self.join(px, py) {
                    return true;
                }
                let (vx, vy) = (self.values[self.handle_of[px]], self.values[self.handle_of[py]]);
                return match (vx, vy) {
                    (Some(vx), Some(vy)) => self.nify(w, vx, vy, mode, pairs),
                    _ => false,
                };
            }
            (Some(px), None) => return self.nify_bound(w, px, y, mode, pairs),
            _ => {}
        }
        if self.interface_inference && !mode.exact {
            let (xi, yi) = (as_interface(w, x), as_interface(w, y));
            match (xi, yi) {
                (Some(xi), Some(yi)) => return self.nify_interfaces(w, xi, yi, pairs),
                (Some(i), None) => return self.nify_methods(w, i, y, pairs),
                (None, Some(i)) => return self.nify_methods(w, i, x, pairs),
                (None, None) => {}
            }
        }
        if w.is_type_param(y) {
            std::mem::swap(&mut x, &mut y);
        }
        // Element types must match exactly when the whole is assigned.
        let emode = UnifyMode { exact: mode.exact || mode.assign, ..mode };
        let (xorig_y, x, y) = (y, w.unalias(x), w.unalias(y));
        match (w.ty(x), w.ty(y)) {
            (Type::TypeParam(_), _) => {
                let Some(cx) = w.core_type(x) else { return false };
                self.nify(w, cx, xorig_y, UnifyMode::ASSIGN, pairs)
            }
            (Type::Basic(a), Type::Basic(b)) => a == b,
            (&Type::Array { len: n, elem: a }, &Type::Array { len: m, elem: b }) => {
                (n < 0 || m < 0 || n == m) && self.nify(w, a, b, emode, pairs)
            }
            (&Type::Slice(a), &Type::Slice(b)) | (&Type::Pointer(a), &Type::Pointer(b)) => {
                self.nify(w, a, b, emode, pairs)
            }
            (Type::Struct(a), Type::Struct(b)) => {
                if a.fields.len() != b.fields.len() {
                    return false;
                }
                let (a, b) = (a.clone(), b.clone());
                a.fields.iter().zip(&b.fields).enumerate().all(|(i, (&f, &g))| {
                    let go = w.obj(g);
                    if is_embedded(w, f) != is_embedded(w, g)
                        || a.tags.get(i).map_or("", String::as_str)
                            != b.tags.get(i).map_or("", String::as_str)
                        || !w.same_id(f, go.pkg, go.name, false)
                    {
                        return false;
                    }
                    let (ft, gt) = (w.obj(f).ty, w.obj(g).ty);
                    self.nify(w, ft, gt, emode, pairs)
                })
            }
            (Type::Tuple(a), Type::Tuple(b)) => {
                let n = a.len();
                n == b.len()
                    && (0..n).all(|i| {
                        let (s, t) = (w.param_type(x, i, false), w.param_type(y, i, false));
                        self.nify(w, s, t, mode, pairs)
                    })
            }
            (Type::Signature(a), Type::Signature(b)) => {
                if a.variadic != b.variadic
                    || a.params.len() != b.params.len()
                    || a.results.len() != b.results.len()
                {
                    return false;
                }
                let (np, nr) = (a.params.len(), a.results.len());
                (0..np).map(|i| (i, false)).chain((0..nr).map(|i| (i, true))).all(|(i, results)| {
                    let (s, t) = (w.param_type(x, i, results), w.param_type(y, i, results));
                    self.nify(w, s, t, emode, pairs)
                })
            }
            (Type::Interface(_), Type::Interface(_)) => {
                let (xs, ys) = (w.type_set(x), w.type_set(y));
                if xs.comparable != ys.comparable
                    || xs.methods.len() != ys.methods.len()
                    || !typeset::equal(w, &xs.terms, &ys.terms)
                {
                    return false;
                }
                if pairs.contains(&(x, y)) || pairs.contains(&(y, x)) {
                    return true;
                }
                pairs.push((x, y));
                let same = xs.methods.iter().zip(&ys.methods).all(|(&f, &g)| {
                    let go = w.obj(g);
                    if !w.same_id(f, go.pkg, go.name, false) {
                        return false;
                    }
                    let (ft, gt) = (w.obj(f).ty, w.obj(g).ty);
                    self.nify(w, ft, gt, UnifyMode::EXACT, pairs)
                });
                pairs.pop();
                same
            }
            (&Type::Map { key: k, elem: a }, &Type::Map { key: l, elem: b }) => {
                self.nify(w, k, l, emode, pairs) && self.nify(w, a, b, emode, pairs)
            }
            (&Type::Chan { dir: d, elem: a }, &Type::Chan { dir: e, elem: b }) => {
                (!mode.exact || d == e) && self.nify(w, a, b, emode, pairs)
            }
            (Type::Named(a), Type::Named(b)) => {
                let n = a.targs.len();
                if n != b.targs.len() || a.origin.unwrap_or(x) != b.origin.unwrap_or(y) {
                    return false;
                }
                (0..n).all(|i| {
                    let (s, t) = (w.type_args(x)[i], w.type_args(y)[i]);
                    self.nify(w, s, t, mode, pairs)
                })
            }
            _ => false,
        }
    }

    /// A bound type parameter against a type.
    fn nify_bound(
        &mut self,
        w: &mut World,
        px: usize,
        y: TypeId,
        mode: UnifyMode,
        pairs: &mut Vec<(TypeId, TypeId)>,
    ) -> bool {
        let Some(x) = self.values[self.handle_of[px]] else {
            self.values[self.handle_of[px]] = Some(y);
            return true;
        };
        if !self.nify(w, x, y, mode, pairs) {
            return false;
        }
        let (xi, yi) = (as_interface(w, x), as_interface(w, y));
        let (xn, yn) = (w.as_named(x).is_some(), w.as_named(y).is_some());
        match (xi, yi) {
            (Some(_), Some(_)) if xn && yn => return w.identical(x, y),
            (Some(xi), Some(yi)) => {
                if w.type_set(xi).methods.len() != w.type_set(yi).methods.len() {
                    return false;
                }
            }
            (None, None) => {}
            _ => return false,
        }
        if !mode.exact && !xn {
            let directed = matches!(w.under_ty(y), Type::Chan { dir, .. } if *dir != ChanDir::Both);
            if yn || directed {
                self.values[self.handle_of[px]] = Some(y);
            }
        }
        true
    }

    /// Two interfaces match inexactly if the methods of one are among those of the other.
    fn nify_interfaces(
        &mut self,
        w: &mut World,
        xi: TypeId,
        yi: TypeId,
        pairs: &mut Vec<(TypeId, TypeId)>,
    ) -> bool {
        let (xs, ys) = (w.type_set(xi), w.type_set(yi));
        if xs.comparable != ys.comparable || !typeset::equal(w, &xs.terms, &ys.terms) {
            return false;
        }
        if pairs.contains(&(xi, yi)) || pairs.contains(&(yi, xi)) {
            return true;
        }
        pairs.push((xi, yi));
        let (few, many) = if xs.methods.len() > ys.methods.len() {
            (&ys.methods, &xs.methods)
        } else {
            (&xs.methods, &ys.methods)
        };
        let ok = few.iter().all(|&m| {
            let o = w.obj(m);
            let Some((_, n)) = w.lookup_in(many, o.pkg, o.name, false) else { return false };
            let (mt, nt) = (w.obj(m).ty, w.obj(n).ty);
            self.nify(w, mt, nt, UnifyMode::EXACT, pairs)
        });
        pairs.pop();
        ok
    }

    /// The methods of an interface against those of a type that is none.
    fn nify_methods(
        &mut self,
        w: &mut World,
        iface: TypeId,
        y: TypeId,
        pairs: &mut Vec<(TypeId, TypeId)>,
    ) -> bool {
        let set = w.type_set(iface);
        set.methods.iter().all(|&m| {
            let (pkg, name): (_, Symbol) = (w.obj(m).pkg, w.obj(m).name);
            let Lookup::Found(f) = w.lookup_field_or_method(y, false, pkg, name) else { return false };
            let (mt, ft) = (w.obj(m).ty, w.obj(f.obj).ty);
            match w.ty(ft) {
                Type::Signature(s)
                    if s.tparams.is_empty() && matches!(w.obj(f.obj).kind, ObjKind::Func { .. }) =>
                {
                    self.nify(w, mt, ft, UnifyMode::EXACT, pairs)
                }
                _ => false,
            }
        })
    }
}

/// The interface a type stands for, unless it is a type parameter.
fn as_interface(w: &mut World, t: TypeId) -> Option<TypeId> {
    if w.is_type_param(t) {
        return None;
    }
    let u = w.under(t);
    matches!(w.ty(u), Type::Interface(_)).then_some(u)
}
