//! Scopes: creation, look-up, insertion.
//!
//! In: names and objects. Out: the objects names denote. Guarantees: names stay in insertion order.

use escargo_syntax::{Pos, Symbol};

use crate::world::{ObjId, Scope, ScopeId, World};

impl World {
    pub fn new_scope(&mut self, parent: Option<ScopeId>, pos: Pos, end: Pos) -> ScopeId {
        self.scopes.push(Scope { parent, pos, end, ..Scope::default() });
        ScopeId(self.scopes.len() as u32 - 1)
    }

    /// Looks `name` up in this scope only.
    pub fn scope_lookup(&self, scope: ScopeId, name: Symbol) -> Option<ObjId> {
        self.scopes[scope.index()].map.get(&name).copied()
    }

    /// Enters `obj` under its name, unless there is another object of that name, which is returned.
    /// The first scope an object enters becomes its parent.
    pub fn scope_insert(&mut self, scope: ScopeId, obj: ObjId) -> Option<ObjId> {
        let name = self.obj(obj).name;
        self.scope_insert_as(scope, name, obj)
    }

    /// As `scope_insert`, under another name.
    pub fn scope_insert_as(&mut self, scope: ScopeId, name: Symbol, obj: ObjId) -> Option<ObjId> {
        let s = &mut self.scopes[scope.index()];
        if let Some(&alt) = s.map.get(&name) {
            return Some(alt);
        }
        s.map.insert(name, obj);
        s.names.push((name, obj));
        let o = &mut self.objs[obj.index()];
        if o.parent.is_none() {
            o.parent = Some(scope);
        }
        None
    }
}
