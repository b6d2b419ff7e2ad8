//! Interface tables and reachability of methods: a method that no interface call can reach is never lowered.
//!
//! In: conversions to interfaces, interface calls. Out: itab globals, `Module::methods`.
//! Requires: every interface call is announced (`note_iface_call`), every conversion too (`itab`, `boxed_type`).

use escargo_abi::types as abi;
use escargo_ir::{Global, GlobalId, Layout, MethodImpl, Reloc, RelocTarget, Shape};
use escargo_syntax::Symbol;
use escargo_types::world::{PkgId, TypeId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::program::Lowerer;
use crate::wrappers::MethodSel;

/// What tells interface methods apart: name, package of an unexported one, signature.
pub type MethodKey = (Symbol, Option<PkgId>, TypeId);

#[derive(Default)]
pub struct Itabs {
    /// (interface, concrete type)
    tables: FxHashMap<(TypeId, TypeId), GlobalId>,
    order: Vec<(TypeId, TypeId, GlobalId)>,
    /// By number of methods.
    layouts: FxHashMap<usize, escargo_ir::LayoutId>,
    /// Methods called through interfaces.
    called: FxHashSet<MethodKey>,
    called_order: Vec<MethodKey>,
    /// Types whose values may stand in interfaces.
    boxed: FxHashSet<TypeId>,
    pub(crate) boxed_order: Vec<TypeId>,
    /// How many of the called methods each boxed type has been searched for.
    searched: Vec<usize>,
    impls: FxHashMap<(TypeId, MethodKey), escargo_ir::FuncId>,
    /// Reflection may call any exported method of a boxed type.
    pub(crate) all_exported: bool,
}

impl Lowerer {
    /// The static itab of a concrete type for an interface with methods.
    pub fn itab(&mut self, iface: TypeId, concrete: TypeId) -> GlobalId {
        if let Some(&g) = self.itabs.tables.get(&(iface, concrete)) {
            return g;
        }
        self.boxed_type(concrete);
        self.type_off(iface);
        let n = self.iface_methods(iface).len();
        let size = abi::ITAB_FUN as u64 + 8 * n as u64;
        let name = format!("go:itab.{},{}", self.type_name(concrete), self.type_name(iface));
        let name = self.unique_name(name);
        let layout = match self.itabs.layouts.get(&n) {
            Some(&l) => l,
            None => {
                let l = self.module.add_layout(Layout {
                    name: format!("itab{n}"),
                    size,
                    align: 8,
                    shape: Shape::Opaque,
                });
                self.itabs.layouts.insert(n, l);
                l
            }
        };
        let global = Global { name, layout, readonly: true, data: Vec::new(), relocs: Vec::new(), align: 8 };
        let g = self.module.add_global(global);
        self.itabs.tables.insert((iface, concrete), g);
        self.itabs.order.push((iface, concrete, g));
        g
    }

    /// Announces that values of the type stand in interfaces.
    pub fn boxed_type(&mut self, t: TypeId) {
        if self.itabs.boxed.insert(t) {
            self.itabs.boxed_order.push(t);
            self.itabs.searched.push(0);
            self.type_off(t);
        }
    }

    /// Announces a call of an interface's method; returns the name by which `call_method` knows its targets.
    pub fn note_iface_call(&mut self, iface: TypeId, index: u32) -> Box<str> {
        let m = self.iface_methods(iface)[index as usize].clone();
        let key = (m.name, m.pkg, m.ty);
        if self.itabs.called.insert(key) {
            self.itabs.called_order.push(key);
        }
        self.method_key(m.name.as_str(), m.pkg, m.ty).into()
    }

    /// Requests the code of methods that have become reachable; the worklist grows if there are any.
    pub(crate) fn grow_reachable_methods(&mut self) {
        loop {
            let before = (self.itabs.called_order.len(), self.itabs.boxed_order.len());
            self.grow_once();
            if before == (self.itabs.called_order.len(), self.itabs.boxed_order.len()) {
                break;
            }
        }
    }

    fn grow_once(&mut self) {
        let mut i = 0;
        loop {
            self.grow_types();
            if i >= self.itabs.boxed_order.len() {
                break;
            }
            let t = self.itabs.boxed_order[i];
            let from = std::mem::replace(&mut self.itabs.searched[i], self.itabs.called_order.len());
            i += 1;
            let set = self.method_set_of(t);
            if set.is_empty() {
                continue;
            }
            if from == 0 && self.itabs.all_exported {
                for m in set.iter().filter(|m| m.pkg.is_none()) {
                    self.request_method(t, m);
                    // Reflection asks for the method's type as well.
                    self.type_off(m.sig);
                }
            }
            let new: Vec<MethodKey> = self.itabs.called_order[from..].to_vec();
            for key in new {
                if let Some(m) = set.iter().find(|m| (m.name, m.pkg, m.sig) == key) {
                    self.request_method(t, m);
                }
            }
        }
    }

    fn request_method(&mut self, t: TypeId, m: &MethodSel) {
        let key = (t, (m.name, m.pkg, m.sig));
        if !self.itabs.impls.contains_key(&key) {
            let f = self.word_method(t, m);
            self.itabs.impls.insert(key, f);
            // Reflection shows the type of what can be called.
            self.type_off(m.sig);
        }
    }

    /// Reflection can name any method: all exported ones of boxed types become reachable.
    pub fn require_exported_methods(&mut self) {
        if !std::mem::replace(&mut self.itabs.all_exported, true) {
            self.itabs.searched.iter_mut().for_each(|s| *s = 0);
        }
    }

    /// The code of a boxed type's method, if reachable.
    pub(crate) fn reachable_method(&self, t: TypeId, m: &MethodSel) -> Option<escargo_ir::FuncId> {
        self.itabs.impls.get(&(t, (m.name, m.pkg, m.sig))).copied()
    }

    /// Fills the itabs and lists the implementations of interface methods.
    pub(crate) fn finish_itabs(&mut self) {
        for (iface, concrete, g) in std::mem::take(&mut self.itabs.order) {
            let methods = self.iface_methods(iface);
            let mut relocs = Vec::new();
            for (offset, t) in [(0, iface), (abi::ITAB_TYPE, concrete)] {
                let (types, addend) = self.type_place(t);
                relocs.push(Reloc { offset, target: RelocTarget::Global(types), addend: addend as i64 });
            }
            for (i, m) in methods.iter().enumerate() {
                if let Some(&f) = self.itabs.impls.get(&(concrete, (m.name, m.pkg, m.ty))) {
                    let offset = abi::ITAB_FUN + 8 * i as u32;
                    relocs.push(Reloc { offset, target: RelocTarget::Func(f), addend: 0 });
                }
            }
            let hash = self.type_hash(concrete);
            let global = &mut self.module.globals[g.index()];
            global.data = vec![0; 16];
            global.data.extend_from_slice(&hash.to_le_bytes());
            global.relocs = relocs;
        }
        let called = self.itabs.called_order.clone();
        let boxed = self.itabs.boxed_order.clone();
        let mut seen = FxHashSet::default();
        for key in called {
            let name = self.method_key(key.0.as_str(), key.1, key.2);
            for &t in &boxed {
                if let Some(&func) = self.itabs.impls.get(&(t, key))
                    && seen.insert((name.clone(), func))
                {
                    self.module.methods.push(MethodImpl { method: name.clone(), func });
                }
            }
        }
    }
}
