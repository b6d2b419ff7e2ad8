//! The type section: descriptors of types in the layout of Go's internal/abi, their names, their method tables.
//!
//! In: canonical types. Out: one read-only global with relocations, `Module::{types, type_offsets, method_code}`.
//! Guarantees: one descriptor a canonical type, at an offset that is fixed when it is first asked for.

use escargo_abi::types::{self as abi, kind, tflag};
use escargo_ir::{Builder, FuncId, Global, GlobalId, Layout, Op, Reloc, RelocTarget, Shape, Type, Value};
use escargo_syntax::Symbol;
use escargo_types::world::{Basic, ChanDir, PkgId, Type as GoType, TypeId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::itab::MethodKey;
use crate::program::Lowerer;
use crate::types::{Kind, is_exported};

#[derive(Default)]
pub struct Rtti {
    global: Option<GlobalId>,
    /// Bytes taken so far.
    len: u32,
    offsets: FxHashMap<TypeId, u32>,
    order: Vec<TypeId>,
    /// How many of `order` have had the types they refer to added.
    expanded: usize,
    /// Boxed types whose parts have been boxed.
    boxed_expanded: usize,
    /// See `require_pointer_types`.
    pointers: bool,
    /// Methods that interfaces with a descriptor demand: assertions compare their types.
    demanded: FxHashSet<MethodKey>,
    demanded_order: Vec<MethodKey>,
    searched: Vec<usize>,
    names: FxHashMap<Vec<u8>, u32>,
    code: FxHashMap<FuncId, i32>,
}

/// The section while it is written.
struct Section {
    data: Vec<u8>,
    relocs: Vec<Reloc>,
    types: GlobalId,
}

impl Section {
    fn put(&mut self, at: u32, bytes: &[u8]) {
        let at = at as usize;
        self.data[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn u64(&mut self, at: u32, v: u64) {
        self.put(at, &v.to_le_bytes());
    }

    fn i32(&mut self, at: u32, v: i32) {
        self.put(at, &v.to_le_bytes());
    }

    /// A pointer to an offset of the section.
    fn pointer(&mut self, at: u32, to: u32) {
        self.relocs.push(Reloc { offset: at, target: RelocTarget::Global(self.types), addend: to as i64 });
    }
}

impl Lowerer {
    pub(crate) fn start_rtti(&mut self) {
        let layout =
            self.module.add_layout(Layout { name: "type:*".into(), size: 0, align: 1, shape: Shape::Opaque });
        let g = self.module.add_global(Global {
            name: "type:*".into(),
            layout,
            readonly: true,
            data: Vec::new(),
            relocs: Vec::new(),
            align: 64,
        });
        self.rtti.global = Some(g);
        // Offset 0 means "none".
        self.rtti.len = 64;
        self.module.types = Some(g);
    }

    /// The offset of a type's descriptor in the type section.
    pub fn type_off(&mut self, t: TypeId) -> u32 {
        if let Some(&o) = self.rtti.offsets.get(&t) {
            return o;
        }
        let size = self.descriptor_size(t);
        let off = self.rtti.len;
        self.rtti.len += size.next_multiple_of(8);
        self.rtti.offsets.insert(t, off);
        self.rtti.order.push(t);
        self.rtti.searched.push(0);
        off
    }

    /// The global and offset of a type's descriptor.
    pub fn type_place(&mut self, t: TypeId) -> (GlobalId, u32) {
        let off = self.type_off(t);
        (self.rtti.global.expect("the type section exists from the start"), off)
    }

    /// The address of a type's descriptor.
    pub fn type_addr(&mut self, b: &mut Builder, t: TypeId) -> Value {
        let (g, off) = self.type_place(t);
        b.value(Op::GlobalAddr(g, off as i64), Type::Ptr)
    }

    /// The address of the descriptor of a type whose values are put into an interface here.
    pub fn boxed_type_addr(&mut self, b: &mut Builder, t: TypeId) -> Value {
        self.boxed_type(t);
        self.type_addr(b, t)
    }

    fn has_uncommon(&mut self, t: TypeId) -> bool {
        matches!(self.world.ty(t), GoType::Named(_)) || !self.method_set_for_table(t).is_empty()
    }

    /// Methods in the descriptor: none for interfaces, whose methods are their own structure.
    fn method_set_for_table(&mut self, t: TypeId) -> std::rc::Rc<[crate::wrappers::MethodSel]> {
        if self.is_interface(t) { std::rc::Rc::from([]) } else { self.method_set_of(t) }
    }

    /// Size of the part before `Uncommon`, and of what follows it before the methods.
    fn descriptor_parts(&mut self, t: TypeId) -> (u32, u32) {
        match self.kind(t) {
            Kind::Array { .. } => (abi::TYPE_SIZE + 24, 0),
            Kind::Chan { .. } => (abi::TYPE_SIZE + 16, 0),
            Kind::Func => {
                let s = self.sig_parts(t);
                (abi::TYPE_SIZE + 8, 8 * (s.params.len() + s.results.len()) as u32)
            }
            Kind::Interface => (abi::TYPE_SIZE + 32, 8 * self.iface_methods(t).len() as u32),
            Kind::Map { .. } => (abi::MAP_TYPE_SIZE, 0),
            Kind::Pointer(_) | Kind::Slice(_) => (abi::TYPE_SIZE + 8, 0),
            Kind::Struct => (abi::TYPE_SIZE + 32, 24 * self.fields(t).len() as u32),
            _ => (abi::TYPE_SIZE, 0),
        }
    }

    fn descriptor_size(&mut self, t: TypeId) -> u32 {
        let (head, tail) = self.descriptor_parts(t);
        let uncommon =
            if self.has_uncommon(t) { 16 + 16 * self.method_set_for_table(t).len() as u32 } else { 0 };
        head + uncommon + tail
    }

    /// The types that a descriptor points to, methods aside.
    fn parts_of(&mut self, t: TypeId) -> Vec<TypeId> {
        match self.kind(t) {
            Kind::Array { elem, .. } => vec![elem, self.slice_of(elem)],
            Kind::Chan { elem, .. } | Kind::Pointer(elem) | Kind::Slice(elem) => vec![elem],
            Kind::Map { key, elem } => vec![key, elem],
            Kind::Func => {
                let s = self.sig_parts(t);
                s.params.iter().chain(&s.results).copied().collect()
            }
            Kind::Interface => self.iface_methods(t).iter().map(|m| m.ty).collect(),
            Kind::Struct => self.fields(t).iter().map(|f| f.ty).collect(),
            _ => Vec::new(),
        }
    }

    /// Reflection can take addresses, make values and call functions: a type with methods on its pointers comes with the type of
    /// those, and a function's type with those of its parameters and results.
    pub(crate) fn require_pointer_types(&mut self) {
        if !std::mem::replace(&mut self.rtti.pointers, true) {
            self.rtti.boxed_expanded = 0;
        }
    }

    /// Adds the types that descriptors refer to; what a boxed type is made of can be boxed by reflection.
    pub(crate) fn grow_types(&mut self) {
        loop {
            if self.rtti.expanded < self.rtti.order.len() {
                let t = self.rtti.order[self.rtti.expanded];
                self.rtti.expanded += 1;
                for p in self.parts_of(t) {
                    self.type_off(p);
                }
                if self.is_interface(t) {
                    for m in self.iface_methods(t).iter() {
                        let key = (m.name, m.pkg, m.ty);
                        if self.rtti.demanded.insert(key) {
                            self.rtti.demanded_order.push(key);
                        }
                    }
                }
                continue;
            }
            if self.rtti.boxed_expanded < self.itabs.boxed_order.len() {
                let t = self.itabs.boxed_order[self.rtti.boxed_expanded];
                self.rtti.boxed_expanded += 1;
                // A function's parameters and results stand in interfaces only if reflection makes or gets them.
                let opaque = match self.kind(t) {
                    Kind::Func => !self.rtti.pointers,
                    kind => kind == Kind::Interface,
                };
                if !opaque {
                    for p in self.parts_of(t) {
                        if !self.is_interface(p) {
                            self.boxed_type(p);
                        }
                    }
                }
                if self.rtti.pointers && matches!(self.world.ty(t), GoType::Named(_)) {
                    let pointer = self.pointer_to(t);
                    if !self.method_set_of(pointer).is_empty() {
                        self.boxed_type(pointer);
                    }
                }
                continue;
            }
            // Method types that assertions may compare.
            let before = self.rtti.order.len();
            for i in 0..before {
                let from = std::mem::replace(&mut self.rtti.searched[i], self.rtti.demanded_order.len());
                if from == self.rtti.demanded_order.len() {
                    continue;
                }
                let t = self.rtti.order[i];
                let set = self.method_set_for_table(t);
                if set.is_empty() {
                    continue;
                }
                let keys: Vec<MethodKey> = self.rtti.demanded_order[from..].to_vec();
                for (name, pkg, sig) in keys {
                    if set.iter().any(|m| m.name == name && m.pkg == pkg && m.sig == sig) {
                        self.type_off(sig);
                    }
                }
            }
            if self.rtti.order.len() == before {
                break;
            }
        }
    }

    /// The hash in the descriptor: of the type's full name.
    pub fn type_hash(&self, t: TypeId) -> u32 {
        let mut h: u32 = 0x811c_9dc5;
        for b in self.type_name(t).bytes() {
            h = (h ^ b as u32).wrapping_mul(0x0100_0193);
        }
        h
    }

    /// Equality and hash are those of the memory's bytes: no padding, floats, strings or interfaces.
    pub fn is_regular_memory(&mut self, t: TypeId) -> bool {
        match self.kind(t) {
            Kind::Bool | Kind::Int { .. } | Kind::UnsafePointer | Kind::Pointer(_) | Kind::Chan { .. } => {
                true
            }
            Kind::Array { elem, .. } => self.is_regular_memory(elem),
            Kind::Struct => {
                let mut end = 0;
                for f in self.fields(t).iter() {
                    if f.offset != end || f.name.is_blank() || !self.is_regular_memory(f.ty) {
                        return false;
                    }
                    end += self.size_align(f.ty).0;
                }
                end == self.size_align(t).0
            }
            _ => false,
        }
    }

    fn kind_number(&mut self, t: TypeId) -> u8 {
        let u = self.under(t);
        match self.world.ty(u) {
            GoType::Basic(b) => match b {
                Basic::Bool | Basic::UntypedBool => kind::BOOL,
                Basic::Int | Basic::UntypedInt => kind::INT,
                Basic::Int8 => kind::INT8,
                Basic::Int16 => kind::INT16,
                Basic::Int32 | Basic::UntypedRune => kind::INT32,
                Basic::Int64 => kind::INT64,
                Basic::Uint => kind::UINT,
                Basic::Uint8 => kind::UINT8,
                Basic::Uint16 => kind::UINT16,
                Basic::Uint32 => kind::UINT32,
                Basic::Uint64 => kind::UINT64,
                Basic::Uintptr => kind::UINTPTR,
                Basic::Float32 => kind::FLOAT32,
                Basic::Float64 | Basic::UntypedFloat => kind::FLOAT64,
                Basic::Complex64 => kind::COMPLEX64,
                Basic::Complex128 | Basic::UntypedComplex => kind::COMPLEX128,
                Basic::String | Basic::UntypedString => kind::STRING,
                Basic::UnsafePointer | Basic::UntypedNil | Basic::Invalid => kind::UNSAFE_POINTER,
            },
            GoType::Array { .. } => kind::ARRAY,
            GoType::Chan { .. } => kind::CHAN,
            GoType::Signature(_) => kind::FUNC,
            GoType::Interface(_) => kind::INTERFACE,
            GoType::Map { .. } => kind::MAP,
            GoType::Pointer(_) => kind::POINTER,
            GoType::Slice(_) => kind::SLICE,
            _ => kind::STRUCT,
        }
    }

    // ---- writing

    /// Adds a name and returns its offset.
    fn name(
        &mut self,
        s: &mut Section,
        text: &str,
        exported: bool,
        tag: &str,
        embedded: bool,
        pkg: Option<PkgId>,
    ) -> u32 {
        let mut bytes = vec![
            exported as u8
                | (!tag.is_empty() as u8) << 1
                | (pkg.is_some() as u8) << 2
                | (embedded as u8) << 3,
        ];
        let varint = |bytes: &mut Vec<u8>, mut n: usize| {
            while n >= 0x80 {
                bytes.push(n as u8 | 0x80);
                n >>= 7;
            }
            bytes.push(n as u8);
        };
        varint(&mut bytes, text.len());
        bytes.extend_from_slice(text.as_bytes());
        if !tag.is_empty() {
            varint(&mut bytes, tag.len());
            bytes.extend_from_slice(tag.as_bytes());
        }
        if let Some(p) = pkg {
            let path = self.pkg_symbol(p);
            let path = self.name(s, &path, false, "", false, None);
            bytes.extend_from_slice(&path.to_le_bytes());
        }
        if let Some(&off) = self.rtti.names.get(&bytes) {
            return off;
        }
        let off = s.data.len() as u32;
        s.data.extend_from_slice(&bytes);
        self.rtti.names.insert(bytes, off);
        off
    }

    fn plain_name(&mut self, s: &mut Section, text: &str, exported: bool) -> u32 {
        self.name(s, text, exported, "", false, None)
    }

    fn method_name(&mut self, s: &mut Section, name: Symbol, pkg: Option<PkgId>) -> u32 {
        self.name(s, name.as_str(), is_exported(name.as_str()), "", false, pkg)
    }

    fn pkg_of(&self, t: TypeId) -> Option<PkgId> {
        match self.world.ty(t) {
            GoType::Named(n) => self.world.obj(n.obj).pkg,
            _ => None,
        }
    }

    fn code_index(&mut self, f: FuncId) -> i32 {
        if let Some(&i) = self.rtti.code.get(&f) {
            return i;
        }
        let i = self.module.method_code.len() as i32;
        self.module.method_code.push(f);
        self.rtti.code.insert(f, i);
        i
    }

    /// Writes the section. No type may be added afterwards.
    pub(crate) fn finish_rtti(&mut self) {
        self.grow_types();
        let types = self.rtti.global.expect("the type section exists from the start");
        let mut s = Section { data: vec![0; self.rtti.len as usize], relocs: Vec::new(), types };
        let order = self.rtti.order.clone();
        for &t in &order {
            self.write_descriptor(&mut s, t);
        }
        assert_eq!(
            self.rtti.order.len(),
            order.len(),
            "lowering: a type was added while descriptors were written"
        );
        let mut offsets: Vec<u32> = self.rtti.offsets.values().copied().collect();
        offsets.sort_unstable();
        self.module.type_offsets = offsets;
        let global = &mut self.module.globals[types.index()];
        global.data = s.data;
        s.relocs.sort_by_key(|r| r.offset);
        global.relocs = s.relocs;
    }

    fn write_descriptor(&mut self, s: &mut Section, t: TypeId) {
        let at = self.rtti.offsets[&t];
        let info = self.info_of(t);
        let (head, tail) = self.descriptor_parts(t);
        let has_uncommon = self.has_uncommon(t);
        let mut pointers = Vec::new();
        self.module.pointer_offsets(info.layout, 0, &mut pointers);
        let ptr_bytes = pointers.last().map_or(0, |o| o + 8);
        let is_named = matches!(self.world.ty(t), GoType::Named(_) | GoType::Basic(_));
        let mut flags = 0;
        if has_uncommon {
            flags |= tflag::UNCOMMON;
        }
        if is_named {
            flags |= tflag::NAMED;
        }
        if self.is_regular_memory(t) {
            flags |= tflag::REGULAR_MEMORY;
        }
        let mut kind = self.kind_number(t);
        if self.is_direct_iface(t) {
            kind |= kind::DIRECT_IFACE;
        }
        s.u64(at, info.size);
        s.u64(at + 8, ptr_bytes);
        s.put(at + abi::TYPE_HASH, &self.type_hash(t).to_le_bytes());
        s.put(at + 20, &[flags, info.align as u8, info.align as u8, kind]);
        if self.world.comparable(t) {
            s.pointer(at + abi::TYPE_EQUAL, at);
        }
        if ptr_bytes > 0 {
            let mut bits = vec![0u8; (ptr_bytes as usize / 8).div_ceil(64) * 8];
            for p in pointers {
                let word = p as usize / 8;
                bits[word / 8] |= 1 << (word % 8);
            }
            let off = self.pooled_bits(s, bits);
            s.pointer(at + abi::TYPE_GCDATA, off);
        }
        let text = self.type_text(t);
        let exported = match self.world.ty(t) {
            GoType::Named(n) => is_exported(self.world.obj(n.obj).name.as_str()),
            _ => false,
        };
        let name = self.plain_name(s, &text, exported);
        s.i32(at + 40, name as i32);
        let pointer = self.pointer_to(t);
        if let Some(&p) = self.rtti.offsets.get(&pointer) {
            s.i32(at + 44, p as i32);
        }
        let tail_at = at + head + if has_uncommon { 16 } else { 0 };
        self.write_structure(s, t, at, tail_at);
        if has_uncommon {
            self.write_uncommon(s, t, at + head, 16 + tail);
        }
    }

    /// A pointer bitmap, shared between types.
    fn pooled_bits(&mut self, s: &mut Section, bits: Vec<u8>) -> u32 {
        // Names start with a flag byte below 16, so this key cannot be one.
        let mut key = vec![0xff];
        key.extend_from_slice(&bits);
        if let Some(&off) = self.rtti.names.get(&key) {
            return off;
        }
        s.data.resize(s.data.len().next_multiple_of(8), 0);
        let off = s.data.len() as u32;
        s.data.extend_from_slice(&bits);
        self.rtti.names.insert(key, off);
        off
    }

    fn write_structure(&mut self, s: &mut Section, t: TypeId, at: u32, tail: u32) {
        let body = at + abi::TYPE_SIZE;
        match self.kind(t) {
            Kind::Array { len, elem } => {
                let (e, sl) = (self.rtti.offsets[&elem], self.slice_of(elem));
                s.pointer(body, e);
                s.pointer(body + 8, self.rtti.offsets[&sl]);
                s.u64(body + 16, len.max(0) as u64);
            }
            Kind::Chan { dir, elem } => {
                s.pointer(body, self.rtti.offsets[&elem]);
                let dir = match dir {
                    ChanDir::Recv => 1,
                    ChanDir::Send => 2,
                    ChanDir::Both => 3,
                };
                s.u64(body + 8, dir);
            }
            Kind::Func => {
                let sig = self.sig_parts(t);
                let out = sig.results.len() as u16 | if sig.variadic { 1 << 15 } else { 0 };
                s.put(body, &(sig.params.len() as u16).to_le_bytes());
                s.put(body + 2, &out.to_le_bytes());
                for (i, p) in sig.params.iter().chain(&sig.results).enumerate() {
                    s.pointer(tail + 8 * i as u32, self.rtti.offsets[p]);
                }
            }
            Kind::Interface => {
                let methods = self.iface_methods(t);
                let pkg = self.pkg_of(t).or_else(|| methods.iter().find_map(|m| m.pkg));
                self.write_pkg_pointer(s, body, pkg);
                if !methods.is_empty() {
                    s.pointer(body + 8, tail);
                }
                s.u64(body + 16, methods.len() as u64);
                s.u64(body + 24, methods.len() as u64);
                for (i, m) in methods.iter().enumerate() {
                    let name = self.method_name(s, m.name, m.pkg);
                    s.i32(tail + 8 * i as u32, name as i32);
                    s.i32(tail + 8 * i as u32 + 4, self.rtti.offsets[&m.ty] as i32);
                }
            }
            Kind::Map { key, elem } => {
                s.pointer(body, self.rtti.offsets[&key]);
                s.pointer(body + 8, self.rtti.offsets[&elem]);
            }
            Kind::Pointer(elem) | Kind::Slice(elem) => s.pointer(body, self.rtti.offsets[&elem]),
            Kind::Struct => {
                let fields = self.fields(t);
                let pkg = fields.iter().find(|f| !is_exported(f.name.as_str())).and_then(|f| f.pkg);
                self.write_pkg_pointer(s, body, pkg);
                if !fields.is_empty() {
                    s.pointer(body + 8, tail);
                }
                s.u64(body + 16, fields.len() as u64);
                s.u64(body + 24, fields.len() as u64);
                for (i, f) in fields.iter().enumerate() {
                    let at = tail + 24 * i as u32;
                    let name =
                        self.name(s, f.name.as_str(), is_exported(f.name.as_str()), &f.tag, f.embedded, None);
                    s.pointer(at, name);
                    s.pointer(at + 8, self.rtti.offsets[&f.ty]);
                    s.u64(at + 16, f.offset);
                }
            }
            _ => {}
        }
    }

    fn write_pkg_pointer(&mut self, s: &mut Section, at: u32, pkg: Option<PkgId>) {
        if let Some(p) = pkg {
            let path = self.pkg_symbol(p);
            let name = self.plain_name(s, &path, false);
            s.pointer(at, name);
        }
    }

    fn write_uncommon(&mut self, s: &mut Section, t: TypeId, at: u32, moff: u32) {
        if let Some(p) = self.pkg_of(t) {
            let path = self.pkg_symbol(p);
            let name = self.plain_name(s, &path, false);
            s.i32(at, name as i32);
        }
        let set = self.method_set_for_table(t);
        let exported = set.iter().filter(|m| m.pkg.is_none()).count();
        s.put(at + 4, &(set.len() as u16).to_le_bytes());
        s.put(at + 6, &(exported as u16).to_le_bytes());
        s.put(at + 8, &moff.to_le_bytes());
        for (i, m) in set.iter().enumerate() {
            let at = at + moff + 16 * i as u32;
            let name = self.method_name(s, m.name, m.pkg);
            s.i32(at, name as i32);
            let typ = self.rtti.offsets.get(&m.sig).map_or(-1, |&o| o as i32);
            s.i32(at + 4, typ);
            let code = match self.reachable_method(t, m) {
                Some(f) => self.code_index(f),
                None => -1,
            };
            s.i32(at + 8, code);
            s.i32(at + 12, code);
        }
    }
}
