//! Look-up of fields and methods through embedding, method sets, missing methods.
//!
//! In: types and names. Out: fields and methods with the path to them. Guarantees: ends on recursive types.

use escargo_syntax::Symbol;
use rustc_hash::FxHashSet;

use crate::predicates::is_embedded;
use crate::world::*;

/// A field or method that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub obj: ObjId,
    /// Field indices; the last is the field's or the method's.
    pub path: Vec<u32>,
    /// A pointer was followed on the way.
    pub indirect: bool,
}

/// The outcome of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    Found(Found),
    NotFound,
    /// Several at the same depth; the path of one of them.
    Ambiguous(Vec<u32>),
    /// A method with pointer receiver on a value that is not addressable.
    NeedsPointer,
}

impl Lookup {
    pub fn found(self) -> Option<Found> {
        match self {
            Lookup::Found(f) => Some(f),
            _ => None,
        }
    }
}

/// A method that a type lacks.
#[derive(Clone, Debug)]
pub struct MethodCause {
    /// The interface's method.
    pub method: ObjId,
    /// It exists with another signature or needs a pointer receiver.
    pub wrong_type: bool,
    /// The reason in parentheses, with "have" and "want" lines.
    pub text: String,
}

/// An entry of a method set.
#[derive(Clone, Debug)]
pub struct MethodEntry {
    pub method: ObjId,
    pub path: Vec<u32>,
    pub indirect: bool,
}

struct Embedded {
    ty: TypeId,
    path: Vec<u32>,
    indirect: bool,
    multiples: bool,
}

impl World {
    /// Finds the field or method `name` (seen from package `pkg`) of a value of type `t`.
    pub fn lookup_field_or_method(
        &mut self,
        t: TypeId,
        addressable: bool,
        pkg: Option<PkgId>,
        name: Symbol,
    ) -> Lookup {
        self.lookup_fold(t, addressable, pkg, name, false)
    }

    /// As `lookup_field_or_method`; `fold_case` ignores case and export.
    pub fn lookup_fold(
        &mut self,
        t: TypeId,
        addressable: bool,
        pkg: Option<PkgId>,
        name: Symbol,
        fold_case: bool,
    ) -> Lookup {
        // A named pointer type has the fields of its base but no methods.
        if self.as_named(t).is_some() {
            let u = self.under(t);
            if matches!(self.ty(u), Type::Pointer(_)) {
                let r = self.lookup_impl(u, false, pkg, name, fold_case);
                return match &r {
                    Lookup::Found(f) if matches!(self.obj(f.obj).kind, ObjKind::Func { .. }) => {
                        Lookup::NotFound
                    }
                    _ => r,
                };
            }
        }
        self.lookup_impl(t, addressable, pkg, name, fold_case)
    }

    fn lookup_impl(
        &mut self,
        t: TypeId,
        addressable: bool,
        pkg: Option<PkgId>,
        name: Symbol,
        fold_case: bool,
    ) -> Lookup {
        if name.is_blank() {
            return Lookup::NotFound;
        }
        let (base, is_ptr) = self.deref(t);
        if is_ptr && self.is_interface(base) {
            return Lookup::NotFound;
        }
        let mut current = vec![Embedded { ty: base, path: Vec::new(), indirect: is_ptr, multiples: false }];
        let mut seen: Vec<TypeId> = Vec::new();
        while !current.is_empty() {
            let mut next: Vec<Embedded> = Vec::new();
            let mut found: Option<Found> = None;
            for e in &current {
                if let Some(named) = self.as_named(e.ty) {
                    if seen.contains(&named) {
                        continue;
                    }
                    seen.push(named);
                    if let Some((i, m)) = self.lookup_method(named, pkg, name, fold_case) {
                        let path = concat(&e.path, i);
                        if found.is_some() || e.multiples {
                            return Lookup::Ambiguous(path);
                        }
                        found = Some(Found { obj: m, path, indirect: e.indirect });
                        continue;
                    }
                }
                let u = self.under(e.ty);
                match self.ty(u) {
                    Type::Struct(s) => {
                        for (i, &f) in s.fields.iter().enumerate() {
                            if self.same_id(f, pkg, name, fold_case) {
                                let path = concat(&e.path, i as u32);
                                if found.is_some() || e.multiples {
                                    return Lookup::Ambiguous(path);
                                }
                                found = Some(Found { obj: f, path, indirect: e.indirect });
                                continue;
                            }
                            if found.is_none() && is_embedded(self, f) {
                                let (ty, is_ptr) = self.deref(self.obj(f).ty);
                                next.push(Embedded {
                                    ty,
                                    path: concat(&e.path, i as u32),
                                    indirect: e.indirect || is_ptr,
                                    multiples: e.multiples,
                                });
                            }
                        }
                    }
                    Type::Interface(_) => {
                        let set = self.type_set(u);
                        if let Some((i, m)) = self.lookup_in(&set.methods, pkg, name, fold_case) {
                            let path = concat(&e.path, i);
                            if found.is_some() || e.multiples {
                                return Lookup::Ambiguous(path);
                            }
                            found = Some(Found { obj: m, path, indirect: e.indirect });
                        }
                    }
                    _ => {}
                }
            }
            if let Some(f) = found {
                if let ObjKind::Func { ptr_recv: true, .. } = self.obj(f.obj).kind
                    && !f.indirect
                    && !addressable
                {
                    return Lookup::NeedsPointer;
                }
                return Lookup::Found(f);
            }
            current = self.consolidate(next);
        }
        Lookup::NotFound
    }

    /// Merges entries of identical type at the same depth.
    fn consolidate(&mut self, list: Vec<Embedded>) -> Vec<Embedded> {
        if list.len() <= 1 {
            return list;
        }
        let mut out: Vec<Embedded> = Vec::with_capacity(list.len());
        for e in list {
            match (0..out.len()).find(|&i| {
                let t = out[i].ty;
                self.identical(t, e.ty)
            }) {
                Some(i) => out[i].multiples = true,
                None => out.push(e),
            }
        }
        out
    }

    /// A method declared for the named type itself.
    pub fn lookup_method(
        &mut self,
        named: TypeId,
        pkg: Option<PkgId>,
        name: Symbol,
        fold_case: bool,
    ) -> Option<(u32, ObjId)> {
        let Type::Named(n) = self.ty(self.origin(named)) else { return None };
        let (i, m) = if fold_case {
            let lower = name.as_str().to_lowercase();
            let i = n.methods.iter().position(|&m| self.obj(m).name.as_str().to_lowercase() == lower)?;
            (i as u32, n.methods[i])
        } else {
            self.lookup_in(&n.methods, pkg, name, false)?
        };
        if self.origin(named) == named {
            return Some((i, m));
        }
        Some((i, self.named_method(named, i as usize)))
    }

    /// All methods that can be called on a value of type `t` that is not addressable, sorted by unique name.
    pub fn method_set(&mut self, t: TypeId) -> Vec<MethodEntry> {
        let mut names: Vec<(Option<PkgId>, Symbol)> = Vec::new();
        let mut listed = FxHashSet::default();
        let mut seen: Vec<TypeId> = Vec::new();
        let (base, is_ptr) = self.deref(t);
        if is_ptr && self.is_interface(base) {
            return Vec::new();
        }
        let mut todo = vec![base];
        while let Some(ty) = todo.pop() {
            let mut methods: Vec<ObjId> = Vec::new();
            if let Some(named) = self.as_named(ty) {
                if seen.contains(&named) {
                    continue;
                }
                seen.push(named);
                if let Type::Named(n) = self.ty(self.origin(named)) {
                    methods.extend_from_slice(&n.methods);
                }
            }
            let u = self.under(ty);
            match self.ty(u) {
                Type::Struct(s) => {
                    for &f in &s.fields {
                        if is_embedded(self, f) {
                            todo.push(self.deref(self.obj(f).ty).0);
                        }
                    }
                }
                Type::Interface(_) => methods.extend_from_slice(&self.type_set(u).methods),
                _ => {}
            }
            for m in methods {
                let o = self.obj(m);
                let pkg = if crate::predicates::is_exported(o.name.as_str()) { None } else { o.pkg };
                if listed.insert((pkg, o.name)) {
                    names.push((o.pkg, o.name));
                }
            }
        }
        let mut set: Vec<MethodEntry> = Vec::new();
        for (pkg, name) in names {
            if let Lookup::Found(f) = self.lookup_field_or_method(t, false, pkg, name)
                && matches!(self.obj(f.obj).kind, ObjKind::Func { .. })
            {
                set.push(MethodEntry { method: f.obj, path: f.path, indirect: f.indirect });
            }
        }
        let mut order: Vec<ObjId> = set.iter().map(|e| e.method).collect();
        self.sort_methods(&mut order);
        set.sort_by_key(|e| order.iter().position(|&m| m == e.method));
        set
    }

    /// The first method of interface `t` that `v` lacks. `is_static`: `v`, if an interface, must have it too,
    /// otherwise only conflicting signatures count. `equivalent` compares signatures.
    pub fn missing_method(
        &mut self,
        v: TypeId,
        t: TypeId,
        is_static: bool,
        equivalent: &mut dyn FnMut(&mut World, TypeId, TypeId) -> bool,
    ) -> Option<MethodCause> {
        let tu = self.under(t);
        let tset = self.type_set(tu);
        if tset.methods.is_empty() {
            return None;
        }
        let vu = self.under(v);
        if matches!(self.ty(vu), Type::Interface(_)) {
            let vset = self.type_set(vu);
            for &m in &tset.methods {
                let mo = self.obj(m);
                match self.lookup_in(&vset.methods, mo.pkg, mo.name, false) {
                    None if !is_static => {}
                    None => return Some(self.not_found(v, t, m)),
                    Some((_, f)) => {
                        let (ft, mt) = (self.obj(f).ty, self.obj(m).ty);
                        if !equivalent(self, ft, mt) {
                            return Some(self.wrong_signature(f, m));
                        }
                    }
                }
            }
            return None;
        }
        for &m in &tset.methods {
            let (pkg, name) = (self.obj(m).pkg, self.obj(m).name);
            match self.lookup_impl(v, false, pkg, name, false) {
                Lookup::Ambiguous(_) => {
                    let text = format!("(ambiguous selector {}.{name})", self.type_string(v));
                    return Some(MethodCause { method: m, wrong_type: false, text });
                }
                Lookup::NeedsPointer => {
                    let text = format!("(method {name} has pointer receiver)");
                    return Some(MethodCause { method: m, wrong_type: true, text });
                }
                Lookup::NotFound => {
                    let other = self.lookup_impl(v, false, pkg, name, true).found().map(|f| f.obj);
                    let Some(f) = other.filter(|&f| matches!(self.obj(f).kind, ObjKind::Func { .. })) else {
                        return Some(self.not_found(v, t, m));
                    };
                    let text = if self.obj(f).name == name {
                        format!("(unexported method {name})")
                    } else {
                        let (fs, ms) = (self.func_string(f, false), self.func_string(m, false));
                        format!("(missing method {name})\n\t\thave {fs}\n\t\twant {ms}")
                    };
                    return Some(MethodCause { method: m, wrong_type: false, text });
                }
                Lookup::Found(f) => {
                    if !matches!(self.obj(f.obj).kind, ObjKind::Func { .. }) {
                        let text = format!("({}.{name} is a field, not a method)", self.type_string(v));
                        return Some(MethodCause { method: m, wrong_type: false, text });
                    }
                    let (ft, mt) = (self.obj(f.obj).ty, self.obj(m).ty);
                    // A method that is still being declared cannot be judged yet.
                    if ft != World::INVALID && !equivalent(self, ft, mt) {
                        return Some(self.wrong_signature(f.obj, m));
                    }
                }
            }
        }
        None
    }

    fn not_found(&mut self, v: TypeId, t: TypeId, m: ObjId) -> MethodCause {
        let text = if self.is_interface_ptr(v) {
            format!("({})", self.interface_ptr_error(v))
        } else if self.is_interface_ptr(t) {
            format!("({})", self.interface_ptr_error(t))
        } else {
            format!("(missing method {})", self.obj(m).name)
        };
        MethodCause { method: m, wrong_type: false, text }
    }

    fn wrong_signature(&mut self, f: ObjId, m: ObjId) -> MethodCause {
        let name = self.obj(m).name;
        let (mut fs, mut ms) = (self.func_string(f, false), self.func_string(m, false));
        if fs == ms {
            (fs, ms) = (self.func_string(f, true), self.func_string(m, true));
        }
        let text = if fs == ms {
            format!("(wrong type for method {name})")
        } else {
            format!("(wrong type for method {name})\n\t\thave {fs}\n\t\twant {ms}")
        };
        MethodCause { method: m, wrong_type: true, text }
    }

    pub(crate) fn has_invalid_embedded_fields(&mut self, t: TypeId) -> bool {
        let mut seen = FxHashSet::default();
        let mut todo = vec![t];
        while let Some(t) = todo.pop() {
            let base = self.deref_struct_ptr(t);
            let u = self.under(base);
            let Type::Struct(s) = self.ty(u) else { continue };
            if !seen.insert(u) {
                continue;
            }
            for &f in &s.fields {
                if is_embedded(self, f) {
                    let ft = self.obj(f).ty;
                    if !self.is_valid(ft) {
                        return true;
                    }
                    todo.push(ft);
                }
            }
        }
        false
    }

    pub fn is_interface_ptr(&mut self, t: TypeId) -> bool {
        match *self.under_ty(t) {
            Type::Pointer(base) => self.is_interface(base),
            _ => false,
        }
    }

    /// Requires `is_interface_ptr(t)`.
    pub fn interface_ptr_error(&mut self, t: TypeId) -> String {
        let ts = self.type_string(t);
        let u = self.under(t);
        match self.ty(u) {
            &Type::Pointer(base) if self.is_type_param(base) => {
                format!("type {ts} is pointer to type parameter, not type parameter")
            }
            _ => format!("type {ts} is pointer to interface, not interface"),
        }
    }

    /// The base of a pointer to a struct type, other types unchanged.
    pub fn deref_struct_ptr(&mut self, t: TypeId) -> TypeId {
        if let Type::Pointer(base) = *self.under_ty(t)
            && matches!(self.under_ty(base), Type::Struct(_))
        {
            return base;
        }
        t
    }

    /// The names of the fields on a path, joined by dots.
    pub fn field_path(&mut self, t: TypeId, path: &[u32]) -> String {
        let mut names = Vec::new();
        let mut t = t;
        for &i in path {
            let base = self.deref_struct_ptr(t);
            let Type::Struct(s) = self.under_ty(base) else { break };
            let f = s.fields[i as usize];
            names.push(self.obj(f).name.as_str());
            t = self.obj(f).ty;
        }
        names.join(".")
    }
}

fn concat(path: &[u32], i: u32) -> Vec<u32> {
    let mut p = Vec::with_capacity(path.len() + 1);
    p.extend_from_slice(path);
    p.push(i);
    p
}

impl crate::checker::Checker<'_> {
    /// Whether a value of interface type `v` can have dynamic type `t`; the error is the cause in parentheses.
    pub fn assertable_to(&mut self, v: TypeId, t: TypeId) -> Result<(), String> {
        if self.world.is_interface(t) {
            return Ok(());
        }
        self.declare_methods(t, v);
        self.world.has_all_methods(t, v, false, &mut |w, x, y| w.identical(x, y))
    }

    /// Whether `v` implements (with `constraint`: satisfies) `t`; the error says why not.
    pub fn implements(&mut self, v: TypeId, t: TypeId, constraint: bool) -> Result<(), String> {
        self.declare_methods(v, t);
        let dynamic = self.allow_version((1, 20));
        self.world.implements(v, t, constraint, dynamic)
    }

    /// Declares those methods of `v` that interface `t` asks for.
    fn declare_methods(&mut self, v: TypeId, t: TypeId) {
        if self.objects_declared {
            return;
        }
        let tu = self.world.under(t);
        if !matches!(self.world.ty(tu), Type::Interface(_)) || self.world.is_interface(v) {
            return;
        }
        let set = self.world.type_set(tu);
        for &m in &set.methods {
            let o = self.world.obj(m);
            let (pkg, name) = (o.pkg, o.name);
            self.lookup_field_or_method(v, false, pkg, name);
        }
    }

    /// As the look-up of `World`; the signature of a method that is found is declared.
    pub fn lookup_field_or_method(
        &mut self,
        t: TypeId,
        addressable: bool,
        pkg: Option<PkgId>,
        name: Symbol,
    ) -> Lookup {
        let found = self.world.lookup_field_or_method(t, addressable, pkg, name);
        let Lookup::Found(f) = &found else { return found };
        let obj = self.world.obj(f.obj);
        let ObjKind::Func { origin, .. } = obj.kind else { return found };
        if obj.ty != World::INVALID {
            return found;
        }
        // A method of an instance is expanded anew once its generic original is declared.
        self.obj_decl(origin.unwrap_or(f.obj));
        self.world.lookup_field_or_method(t, addressable, pkg, name)
    }
}
