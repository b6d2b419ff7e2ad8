//! Interface types: methods and embedded elements.
//!
//! In: interface syntax. Out: interface types; errors about duplicate methods and elements that need a newer
//! language version.

use escargo_syntax::Pos;
use escargo_syntax::ast::{Expr, InterfaceElem};
use rustc_hash::FxHashMap;

use crate::checker::Checker;
use crate::infer::components;
use crate::typeset::MAX_TERMS;
use crate::world::*;

impl<'a> Checker<'a> {
    pub fn interface_type(&mut self, e: &'a Expr, elems: &'a [InterfaceElem], def: Option<ObjId>) -> TypeId {
        let iface = self.world.new_type(Type::Interface(Interface::default()));
        let mut methods = Vec::new();
        let mut embeds = Vec::new();
        self.interface_nesting += 1;
        for elem in elems {
            match elem {
                InterfaceElem::Embed(x) => {
                    let t = self.parse_union(x);
                    embeds.push((t, x.start()));
                }
                InterfaceElem::Method { name, ty } => {
                    if name.name.is_blank() {
                        self.error(name, "methods must have a unique non-blank name");
                        continue;
                    }
                    let (sig, _) = self.func_type(None, None, &[], ty, name.id);
                    let recv_type =
                        def.and_then(|d| self.world.as_named(self.world.obj(d).ty)).unwrap_or(iface);
                    let info = VarInfo { param: true, used: true, ..VarInfo::default() };
                    let recv = self.new_var(name.pos, escargo_syntax::Symbol::EMPTY, recv_type, info);
                    if let Type::Signature(s) = &mut self.world.types[sig.index()] {
                        s.recv = Some(recv);
                    }
                    let m = self.world.new_obj(Object {
                        kind: ObjKind::Func { decl: None, origin: None, ptr_recv: false },
                        name: name.name,
                        pos: name.pos,
                        pkg: Some(self.pkg),
                        ty: sig,
                        parent: None,
                        scope_pos: Pos::NONE,
                    });
                    self.record_def(name.id, m);
                    methods.push(m);
                }
            }
        }
        self.world.sort_methods(&mut methods);
        self.interface_nesting -= 1;
        if self.interface_nesting == 0 && !methods.is_empty() {
            self.interfaces.push((iface, e.pos));
        }
        let trivial = methods.is_empty() && embeds.is_empty();
        if let Type::Interface(i) = &mut self.world.types[iface.index()] {
            i.methods = methods;
            i.embeds = embeds;
        }
        if !trivial {
            self.later(move |c| c.check_interface(iface));
        }
        iface
    }

    /// Reports what is wrong with the type set of an interface.
    pub(crate) fn check_interface(&mut self, iface: TypeId) {
        let Type::Interface(i) = self.world.ty(iface) else { return };
        let (methods, embeds) = (i.methods.clone(), i.embeds.clone());
        let mut seen: Vec<(ObjId, Pos)> = Vec::new();
        for m in methods {
            let pos = self.world.obj(m).pos;
            match self.find_method(&seen, m) {
                Some((_, other)) => self.duplicate_method(m, pos, other),
                None => seen.push((m, pos)),
            }
        }
        for (t, pos) in embeds {
            let u = self.world.under(t);
            match self.world.ty(u) {
                Type::Interface(_) => {
                    if !pos.is_none() && self.is_imported_constraint(t) {
                        let what = format!("embedding constraint interface {}", self.world.type_string(t));
                        if !self.verify_version(pos, (1, 18), &what) {
                            continue;
                        }
                    }
                    let set = self.world.type_set(u);
                    for &m in &set.methods {
                        match self.find_method(&seen, m) {
                            None => seen.push((m, pos)),
                            Some((other, opos)) => self.later(move |c| {
                                let (a, b) = (c.world.obj(m).ty, c.world.obj(other).ty);
                                if !c.allow_version((1, 14)) || !c.world.identical(a, b) {
                                    c.duplicate_method(m, pos, opos);
                                }
                            }),
                        }
                    }
                }
                Type::Union(_) => {
                    let what = format!("embedding interface element {}", self.world.type_string(u));
                    if self.verify_version(pos, (1, 18), &what)
                        && self.world.union_terms_unlimited(u).is_some_and(|t| t.len() > MAX_TERMS)
                    {
                        self.error(
                            pos,
                            format!(
                                "cannot handle more than {MAX_TERMS} union terms (implementation limitation)"
                            ),
                        );
                    }
                }
                Type::Basic(Basic::Invalid) => {}
                _ => {
                    let what = format!("embedding non-interface type {}", self.world.type_string(t));
                    self.verify_version(pos, (1, 18), &what);
                }
            }
        }
        self.world.type_set(iface);
    }

    fn find_method(&self, seen: &[(ObjId, Pos)], m: ObjId) -> Option<(ObjId, Pos)> {
        let o = self.world.obj(m);
        seen.iter().copied().find(|&(n, _)| self.world.same_id(n, o.pkg, o.name, false))
    }

    fn duplicate_method(&mut self, m: ObjId, pos: Pos, other: Pos) {
        let name = self.world.obj(m).name;
        let more = [(other, format!("other declaration of method {name}"))];
        self.error_with(pos, format!("duplicate method {name}"), &more, false);
    }

    /// A named interface of another package that is more than a method set.
    pub(crate) fn is_imported_constraint(&mut self, t: TypeId) -> bool {
        let Some(named) = self.world.as_named(t) else { return false };
        let Type::Named(n) = self.world.ty(named) else { return false };
        let pkg = self.world.obj(n.obj).pkg;
        if pkg.is_none() || pkg == Some(self.pkg) {
            return false;
        }
        let u = self.world.under(named);
        matches!(self.world.ty(u), Type::Interface(_)) && !self.world.is_method_set(u)
    }
}

impl Checker<'_> {
    /// Reports interfaces without a name that mention themselves through embedding in their own methods' types:
    /// they have no finite description.
    pub(crate) fn anonymous_cycles(&mut self) {
        let mut cyclic: FxHashMap<TypeId, bool> = FxHashMap::default();
        let mut interfaces = std::mem::take(&mut self.interfaces);
        interfaces.sort_by_key(|&(_, pos)| pos);
        for (iface, pos) in interfaces {
            if !self.iface_has_cycle(iface, &mut cyclic) {
                continue;
            }
            self.error(
                pos,
                "invalid recursive type: anonymous interface refers to itself (see https://go.dev/issue/56103)",
            );
            // One report a cycle.
            cyclic.values_mut().for_each(|c| *c = false);
        }
    }

    fn iface_has_cycle(&mut self, iface: TypeId, cyclic: &mut FxHashMap<TypeId, bool>) -> bool {
        let set = self.world.type_set(iface);
        set.methods.iter().any(|&m| {
            let t = self.world.obj(m).ty;
            self.in_iface_cycle(t, cyclic)
        })
    }

    fn in_iface_cycle(&mut self, t: TypeId, cyclic: &mut FxHashMap<TypeId, bool>) -> bool {
        let t = self.world.unalias(t);
        let Type::Interface(i) = self.world.ty(t) else {
            return components(&self.world, t).into_iter().any(|p| self.in_iface_cycle(p, cyclic));
        };
        if i.methods.is_empty() && i.embeds.is_empty() {
            return false;
        }
        if let Some(&known) = cyclic.get(&t) {
            return known;
        }
        cyclic.insert(t, true);
        if self.iface_has_cycle(t, cyclic) {
            return true;
        }
        cyclic.insert(t, false);
        false
    }
}
