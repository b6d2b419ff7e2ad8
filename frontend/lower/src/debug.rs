//! What debuggers are told: the types of variables, as Go writes them, and where each variable starts to live.
//!
//! In: variables as functions are lowered, if `Options::debug` asks for it. Out: the module's debug tables and `debug_addr`
//! operations. Guarantees: nothing else of the module depends on it.

use escargo_abi::types::map;
use escargo_ir::{
    DebugField, DebugGlobal, DebugKind, DebugType, DebugTypeId, DebugVar, GlobalId, Op, Pos, Value, VarId,
    VarKind,
};
use escargo_types::world::*;
use rustc_hash::FxHashMap;

use crate::func::FuncLowerer;
use crate::program::Lowerer;
use crate::types::Kind;

/// Types and variables already described.
#[derive(Default)]
pub struct DebugTables {
    types: FxHashMap<TypeId, DebugTypeId>,
    made: FxHashMap<String, DebugTypeId>,
    /// Variables by object and type: a generic function has them once for each instance.
    vars: FxHashMap<(ObjId, DebugTypeId), VarId>,
}

impl Lowerer {
    /// The description of a canonical type.
    pub fn debug_type(&mut self, t: TypeId) -> DebugTypeId {
        if let Some(&id) = self.debug.types.get(&t) {
            return id;
        }
        // The number comes first: types may contain pointers to themselves.
        let id = DebugTypeId(self.module.debug.types.len() as u32);
        self.debug.types.insert(t, id);
        let (size, _) = self.size_align(t);
        let name = self.type_name(t);
        self.module.debug.types.push(DebugType { name, size, kind: DebugKind::Func });
        let under = self.under(t);
        let kind = match self.kind(t) {
            // The structure of a defined struct type is its own, so that values print with its name.
            k if under != t && k != Kind::Struct => DebugKind::Named(self.debug_type(under)),
            Kind::Bool => DebugKind::Bool,
            Kind::Int { signed: true, .. } => DebugKind::Int,
            Kind::Int { signed: false, .. } => DebugKind::Uint,
            Kind::Float(_) => DebugKind::Float,
            Kind::Complex(_) => DebugKind::Complex,
            Kind::UnsafePointer | Kind::Nil => DebugKind::Pointer(None),
            Kind::Pointer(e) => DebugKind::Pointer(Some(self.debug_type(e))),
            Kind::String => {
                let byte = self.debug_type(World::basic(Basic::Uint8));
                let text = self.debug_pointer(byte);
                self.debug_struct(&[("str", text, 0)], &[("len", 8)])
            }
            Kind::Slice(e) => {
                let elem = self.debug_type(e);
                let array = self.debug_pointer(elem);
                self.debug_struct(&[("array", array, 0)], &[("len", 8), ("cap", 16)])
            }
            Kind::Interface => {
                let word = self.debug_type(World::basic(Basic::UnsafePointer));
                let first = if self.iface_methods(t).is_empty() { "_type" } else { "tab" };
                self.debug_struct(&[(first, word, 0), ("data", word, 8)], &[])
            }
            Kind::Func => {
                let code = self.debug_made("func code", 1, |_| DebugKind::Func);
                let code = self.debug_pointer(code);
                let object = self.debug_made("func object", 8, |_| {
                    DebugKind::Struct(vec![DebugField { name: "code".into(), ty: code, offset: 0 }])
                });
                DebugKind::Pointer(Some(object))
            }
            Kind::Array { len, elem } => {
                DebugKind::Array { elem: self.debug_type(elem), count: len.max(0) as u64 }
            }
            Kind::Map { key, elem } => self.debug_map(t, key, elem),
            Kind::Chan { elem, .. } => {
                let elem = self.debug_type(elem);
                let buffer = self.debug_pointer(elem);
                let name = format!("runtime.{}", self.type_name(t));
                let chan = self.debug_made(&name, 24, |l| {
                    l.debug_struct(&[("buf", buffer, 16)], &[("len", 0), ("cap", 8)])
                });
                DebugKind::Pointer(Some(chan))
            }
            Kind::Struct => {
                let fields = self.fields(t);
                let fields = fields
                    .iter()
                    .map(|f| DebugField {
                        name: f.name.as_str().to_owned(),
                        ty: self.debug_type(f.ty),
                        offset: f.offset,
                    })
                    .collect();
                DebugKind::Struct(fields)
            }
            Kind::Tuple => DebugKind::Struct(Vec::new()),
        };
        self.module.debug.types[id.index()].kind = kind;
        id
    }

    /// The runtime's map, with typed entries.
    fn debug_map(&mut self, t: TypeId, key: TypeId, elem: TypeId) -> DebugKind {
        let (key_size, key_align) = self.size_align(key);
        let (elem_size, elem_align) = self.size_align(elem);
        let at = key_size.next_multiple_of(u64::from(elem_align.max(1)));
        let align = u64::from(key_align.max(elem_align).max(1));
        let size = (at + elem_size).max(1).next_multiple_of(align);
        let (key, elem) = (self.debug_type(key), self.debug_type(elem));
        let name = self.type_name(t);
        let entry = self.debug_made(&format!("entry of {name}"), size, |_| {
            DebugKind::Struct(vec![
                DebugField { name: "key".into(), ty: key, offset: 0 },
                DebugField { name: "elem".into(), ty: elem, offset: at },
            ])
        });
        let entries = self.debug_pointer(entry);
        let word = self.debug_type(World::basic(Basic::Uint64));
        let half = self.debug_type(World::basic(Basic::Uint32));
        let words = self.debug_pointer(word);
        let object = self.debug_made(&format!("runtime.{name}"), map::SIZE, |l| {
            let parts =
                [("entries", entries, map::ENTRIES), ("dead", words, map::DEAD), ("used", half, map::USED)];
            l.debug_struct(&parts, &[("len", 0)])
        });
        DebugKind::Pointer(Some(object))
    }

    /// A struct of some parts and some of type int, in the order of their offsets.
    fn debug_struct(&mut self, parts: &[(&str, DebugTypeId, u64)], ints: &[(&str, u64)]) -> DebugKind {
        let int = self.debug_type(World::basic(Basic::Int));
        let ints = ints.iter().map(|&(name, offset)| (name, int, offset));
        let mut fields: Vec<DebugField> = parts
            .iter()
            .copied()
            .chain(ints)
            .map(|(name, ty, offset)| DebugField { name: name.into(), ty, offset })
            .collect();
        fields.sort_by_key(|f| f.offset);
        DebugKind::Struct(fields)
    }

    /// A type that Go has no notation for, by its name.
    fn debug_made(
        &mut self,
        name: &str,
        size: u64,
        kind: impl FnOnce(&mut Lowerer) -> DebugKind,
    ) -> DebugTypeId {
        if let Some(&id) = self.debug.made.get(name) {
            return id;
        }
        let kind = kind(self);
        let id = DebugTypeId(self.module.debug.types.len() as u32);
        self.module.debug.types.push(DebugType { name: name.to_owned(), size, kind });
        self.debug.made.insert(name.to_owned(), id);
        id
    }

    fn debug_pointer(&mut self, to: DebugTypeId) -> DebugTypeId {
        let name = format!("*{}", self.module.debug.ty(to).name);
        self.debug_made(&name, 8, |_| DebugKind::Pointer(Some(to)))
    }

    pub fn debug_global(&mut self, o: ObjId, ty: TypeId, global: GlobalId) {
        if !self.options.debug {
            return;
        }
        let ty = self.debug_type(ty);
        let name = self.module.globals[global.index()].name.clone();
        let pos = Pos(self.world.obj(o).pos.0);
        self.module.debug.globals.push(DebugGlobal { name, global, ty, pos });
    }
}

impl FuncLowerer<'_, '_> {
    /// From here on a variable lives at an address.
    pub fn bind(&mut self, o: ObjId, addr: Value) {
        self.vars.insert(o, addr);
        if !self.l.options.debug {
            return;
        }
        let t = self.obj_ty(o);
        let ty = self.l.debug_type(t);
        let obj = self.l.world.obj(o);
        let (name, pos) = (obj.name.as_str().to_owned(), Pos(obj.pos.0));
        let (kind, parent) = match &obj.kind {
            ObjKind::Var(v) if v.result => (VarKind::Result, obj.parent),
            ObjKind::Var(v) if v.param => (VarKind::Param, obj.parent),
            _ => (VarKind::Local, obj.parent),
        };
        let end = parent.map_or(Pos(0), |s| Pos(self.l.world.scopes[s.index()].end.0));
        let debug = &mut self.l.module.debug;
        let var = *self.l.debug.vars.entry((o, ty)).or_insert_with(|| {
            debug.vars.push(DebugVar { name, kind, ty, pos, end });
            VarId(debug.vars.len() as u32 - 1)
        });
        self.b.push(Op::DebugAddr { var, addr }, &[]);
    }
}
