//! Type sets of interfaces and the algebra of their term lists.
//!
//! In: interface and union types. Out: `TypeSet`s, computed once and kept in the interface. A term list is
//! `None` for all types and otherwise a union of terms. Guarantees: no errors are reported here; what is wrong
//! with an interface is found by the checker when it is declared.

use std::rc::Rc;

use crate::predicates::is_exported;
use crate::typestring::Qualifier;
use crate::world::*;

/// A union of terms; None is the set of all types.
pub type Terms = Option<Vec<Term>>;

/// More terms than this are refused.
pub const MAX_TERMS: usize = 100;

fn disjoint(w: &mut World, x: Term, y: Term) -> bool {
    let ux = if y.tilde { w.under(x.ty) } else { x.ty };
    let uy = if x.tilde { w.under(y.ty) } else { y.ty };
    !w.identical(ux, uy)
}

/// Whether the type belongs to the term.
pub fn includes(w: &mut World, x: Term, t: TypeId) -> bool {
    let u = if x.tilde { w.under(t) } else { t };
    w.identical(x.ty, u)
}

fn term_subset(w: &mut World, x: Term, y: Term) -> bool {
    !disjoint(w, x, y) && (!x.tilde || y.tilde)
}

/// The terms `x` and `y` of a union have types in common.
pub fn overlap(w: &mut World, x: Term, y: Term) -> bool {
    !disjoint(w, x, y)
}

fn norm(w: &mut World, xs: Vec<Term>) -> Vec<Term> {
    let mut used = vec![false; xs.len()];
    let mut out = Vec::with_capacity(xs.len());
    for i in 0..xs.len() {
        if used[i] {
            continue;
        }
        let mut x = xs[i];
        for j in i + 1..xs.len() {
            if !used[j] && !disjoint(w, x, xs[j]) {
                used[j] = true;
                if !x.tilde && xs[j].tilde {
                    x = xs[j];
                }
            }
        }
        out.push(x);
    }
    out
}

pub fn union(w: &mut World, x: Terms, y: Terms) -> Terms {
    let (Some(mut x), Some(y)) = (x, y) else { return None };
    x.extend(y);
    Some(norm(w, x))
}

pub fn intersect(w: &mut World, xs: Terms, ys: Terms) -> Terms {
    let (xs, ys) = match (xs, ys) {
        (None, t) | (t, None) => return t,
        (Some(xs), Some(ys)) => (xs, ys),
    };
    let mut out = Vec::new();
    for &x in &xs {
        for &y in &ys {
            if !disjoint(w, x, y) {
                out.push(if !x.tilde || y.tilde { x } else { y });
            }
        }
    }
    Some(norm(w, out))
}

pub fn subset(w: &mut World, xs: &Terms, ys: &Terms) -> bool {
    match (xs, ys) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(xs), Some(ys)) => xs.iter().all(|&x| ys.iter().any(|&y| term_subset(w, x, y))),
    }
}

pub fn equal(w: &mut World, xs: &Terms, ys: &Terms) -> bool {
    subset(w, xs, ys) && subset(w, ys, xs)
}

impl World {
    /// The type set of an interface type (of anything else: all types).
    pub fn type_set(&mut self, iface: TypeId) -> Rc<TypeSet> {
        let Type::Interface(i) = self.ty(iface) else { return Rc::default() };
        if let Some(set) = &i.type_set {
            return set.clone();
        }
        let (explicit, embeds) = (i.methods.clone(), i.embeds.clone());
        // What refers back to the interface while its set is computed sees all types.
        self.set_type_set(iface, Rc::default());
        let mut methods: Vec<ObjId> = Vec::new();
        let add = |w: &World, methods: &mut Vec<ObjId>, m: ObjId| {
            let o = w.obj(m);
            if !methods.iter().any(|&n| w.same_id(n, o.pkg, o.name, false)) {
                methods.push(m);
            }
        };
        for m in explicit {
            add(self, &mut methods, m);
        }
        let mut terms: Terms = None;
        let mut comparable = false;
        for (t, _) in embeds {
            let u = self.under(t);
            let (more, comp) = match self.ty(u) {
                Type::Interface(_) => {
                    let set = self.type_set(u);
                    for &m in &set.methods {
                        add(self, &mut methods, m);
                    }
                    (set.terms.clone(), set.comparable)
                }
                Type::Union(_) => (self.union_terms(u), false),
                Type::Basic(Basic::Invalid) => continue,
                _ => (Some(vec![Term { tilde: false, ty: t }]), false),
            };
            (terms, comparable) = self.intersect_terms(terms, comparable, more, comp);
        }
        self.sort_methods(&mut methods);
        let set = Rc::new(TypeSet { methods, terms, comparable });
        self.set_type_set(iface, set.clone());
        set
    }

    fn set_type_set(&mut self, iface: TypeId, set: Rc<TypeSet>) {
        if let Type::Interface(i) = &mut self.types[iface.index()] {
            i.type_set = Some(set);
        }
    }

    fn intersect_terms(&mut self, x: Terms, xcomp: bool, y: Terms, ycomp: bool) -> (Terms, bool) {
        let terms = intersect(self, x, y);
        if !(xcomp || ycomp) {
            return (terms, false);
        }
        match terms {
            None => (None, true),
            Some(ts) => {
                (Some(ts.into_iter().filter(|t| self.comparable_type(t.ty, false).is_ok()).collect()), false)
            }
        }
    }

    /// The normalised term list of a union; all types if it has too many terms.
    pub fn union_terms(&mut self, union_type: TypeId) -> Terms {
        // A union beyond the limit has been refused when it was declared.
        self.union_terms_unlimited(union_type).filter(|t| t.len() <= MAX_TERMS)
    }

    pub(crate) fn union_terms_unlimited(&mut self, union_type: TypeId) -> Terms {
        let Type::Union(list) = self.ty(union_type) else { return None };
        let mut all: Terms = Some(Vec::new());
        for term in list.clone() {
            let u = self.under(term.ty);
            let terms = if matches!(self.ty(u), Type::Interface(_)) {
                self.type_set(u).terms.clone()
            } else if u == World::INVALID {
                continue;
            } else if term.tilde && !self.identical(term.ty, u) {
                Some(Vec::new())
            } else {
                Some(vec![term])
            };
            all = union(self, all, terms);
        }
        all
    }

    /// Sorts by unique name: exported methods first, then by name, then by package path.
    pub fn sort_methods(&self, methods: &mut [ObjId]) {
        let key = |&m: &ObjId| {
            let o = self.obj(m);
            let name = o.name.as_str();
            let exported = is_exported(name);
            let path = if exported { "" } else { o.pkg.map_or("", |p| self.pkg(p).path.as_str()) };
            (!exported, name, path)
        };
        methods.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// An interface without methods and type restrictions.
    pub fn is_empty_iface(&mut self, iface: TypeId) -> bool {
        let set = self.type_set(iface);
        !set.comparable && set.terms.is_none() && set.methods.is_empty()
    }

    /// An interface that is described by its methods alone, so that it can be used as an ordinary type.
    pub fn is_method_set(&mut self, iface: TypeId) -> bool {
        let set = self.type_set(iface);
        !set.comparable && set.terms.is_none()
    }

    pub fn terms_string(&self, terms: &Terms) -> String {
        match terms {
            None => "𝓤".to_string(),
            Some(ts) if ts.is_empty() => "∅".to_string(),
            Some(ts) => ts.iter().map(|&t| self.term_string(t)).collect::<Vec<_>>().join(" | "),
        }
    }

    pub fn term_string(&self, t: Term) -> String {
        let ty = self.type_string_as(t.ty, Qualifier::Absolute);
        if t.tilde { format!("~{ty}") } else { ty }
    }

    /// The method of that name, with its index.
    pub fn lookup_in(
        &self,
        methods: &[ObjId],
        pkg: Option<PkgId>,
        name: escargo_syntax::Symbol,
        fold_case: bool,
    ) -> Option<(u32, ObjId)> {
        if name.is_blank() {
            return None;
        }
        methods.iter().position(|&m| self.same_id(m, pkg, name, fold_case)).map(|i| (i as u32, methods[i]))
    }
}
