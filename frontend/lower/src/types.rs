//! Types as lowering sees them: sizes, layouts, and the scalars a value flattens to.
//!
//! In: canonical types (`canon`). Out: `TyInfo`, fields, methods, layouts, signatures.

use std::rc::Rc;

use escargo_ir as ir;
use escargo_ir::{Field, Layout, LayoutId, Shape};
use escargo_syntax::Symbol;
use escargo_types::world::*;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::canon::Key;
use crate::program::Lowerer;
pub use crate::value::Val;

/// More scalars than this and a value lives in memory.
pub const MAX_LEAVES: usize = 8;
/// Arrays longer than this live in memory.
pub const MAX_ARRAY: i64 = 4;

/// What is known of types, by their numbers: for what is asked of every expression.
pub struct ByType<T>(Vec<Option<T>>);

impl<T> Default for ByType<T> {
    fn default() -> Self {
        ByType(Vec::new())
    }
}

impl<T> ByType<T> {
    #[inline]
    pub fn get(&self, t: TypeId) -> Option<&T> {
        self.0.get(t.index())?.as_ref()
    }

    pub fn insert(&mut self, t: TypeId, x: T) {
        if self.0.len() <= t.index() {
            self.0.resize_with(t.index() + 1, || None);
        }
        self.0[t.index()] = Some(x);
    }
}

/// The tables behind canonical types.
#[derive(Default)]
pub struct TypeTables {
    /// Canonical types outside of generic functions.
    plain: ByType<TypeId>,
    /// (environment, type) -> canonical type inside.
    canon: FxHashMap<(u32, TypeId), TypeId>,
    pub(crate) by_key: FxHashMap<Key, TypeId>,
    under: ByType<TypeId>,
    infos: ByType<Rc<TyInfo>>,
    fields: FxHashMap<TypeId, Rc<[FieldInfo]>>,
    sigs: FxHashMap<TypeId, Rc<SigParts>>,
    iface_methods: FxHashMap<TypeId, Rc<[IfaceMethod]>>,
    scalar_layouts: FxHashMap<ir::Type, LayoutId>,
    string_layout: Option<LayoutId>,
    slice_layout: Option<LayoutId>,
    iface_layout: Option<LayoutId>,
    layout_names: FxHashMap<String, u32>,
}

impl TypeTables {
    /// The canonical type that `t` stands for in an environment; environment 0 has no type parameters.
    #[inline]
    pub(crate) fn canon(&self, env_id: u32, t: TypeId) -> Option<TypeId> {
        if env_id == 0 { self.plain.get(t).copied() } else { self.canon.get(&(env_id, t)).copied() }
    }

    pub(crate) fn set_canon(&mut self, env_id: u32, t: TypeId, c: TypeId) {
        if env_id == 0 {
            self.plain.insert(t, c);
        } else {
            self.canon.insert((env_id, t), c);
        }
    }
}

/// The underlying structure of a canonical type; types inside are canonical.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Bool,
    /// Uintptr included.
    Int {
        bits: u8,
        signed: bool,
    },
    Float(u8),
    /// 64 or 128 bits in all.
    Complex(u8),
    String,
    UnsafePointer,
    /// The type of `nil` without context.
    Nil,
    Pointer(TypeId),
    Slice(TypeId),
    Array {
        len: i64,
        elem: TypeId,
    },
    Map {
        key: TypeId,
        elem: TypeId,
    },
    Chan {
        dir: ChanDir,
        elem: TypeId,
    },
    Struct,
    Func,
    Interface,
    Tuple,
}

/// A step from the address of a value to that of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Field of a struct layout.
    Field(LayoutId, u32),
    /// Element with this layout, at a constant index.
    Elem(LayoutId, u32),
}

/// One scalar of a flattened value.
#[derive(Clone, Debug)]
pub struct Leaf {
    pub ty: ir::Type,
    pub offset: u64,
    pub path: SmallVec<[Step; 3]>,
}

/// Everything about the representation of a type.
#[derive(Clone, Debug)]
pub struct TyInfo {
    pub ty: TypeId,
    pub kind: Kind,
    pub layout: LayoutId,
    pub size: u64,
    pub align: u32,
    /// Empty for zero-size types and for those in memory.
    pub leaves: Vec<Leaf>,
    /// Values do not flatten: they are addresses of memory.
    pub in_mem: bool,
    pub has_pointers: bool,
}

impl TyInfo {
    pub fn leaf_types(&self) -> SmallVec<[ir::Type; 4]> {
        self.leaves.iter().map(|l| l.ty).collect()
    }
}

/// A struct's field; its index is the field's index in the layout.
#[derive(Clone, Debug)]
pub struct FieldInfo {
    pub obj: ObjId,
    pub name: Symbol,
    pub pkg: Option<PkgId>,
    pub ty: TypeId,
    pub offset: u64,
    pub embedded: bool,
    pub tag: String,
}

/// Parameter and result types of a signature; the last parameter of a variadic one is the slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigParts {
    pub params: Vec<TypeId>,
    pub results: Vec<TypeId>,
    pub variadic: bool,
}

/// A method of an interface, at its index in itabs.
#[derive(Clone, Debug)]
pub struct IfaceMethod {
    pub name: Symbol,
    /// Of an unexported method.
    pub pkg: Option<PkgId>,
    /// Signature.
    pub ty: TypeId,
}

fn align_up(n: u64, align: u32) -> u64 {
    n.next_multiple_of(align.max(1) as u64)
}

impl Lowerer {
    /// The canonical underlying type of a canonical type.
    pub fn under(&mut self, t: TypeId) -> TypeId {
        if let Some(&u) = self.types.under.get(t) {
            return u;
        }
        let u = self.world.under(t);
        let u = self.canon(u);
        self.types.under.insert(t, u);
        u
    }

    /// The structure of a canonical type.
    pub fn kind(&mut self, t: TypeId) -> Kind {
        let u = self.under(t);
        let int = |bits, signed| Kind::Int { bits, signed };
        match self.world.ty(u) {
            Type::Basic(b) => match b {
                Basic::Bool | Basic::UntypedBool => Kind::Bool,
                Basic::Int | Basic::Int64 | Basic::UntypedInt => int(64, true),
                Basic::Int8 => int(8, true),
                Basic::Int16 => int(16, true),
                Basic::Int32 | Basic::UntypedRune => int(32, true),
                Basic::Uint | Basic::Uint64 | Basic::Uintptr => int(64, false),
                Basic::Uint8 => int(8, false),
                Basic::Uint16 => int(16, false),
                Basic::Uint32 => int(32, false),
                Basic::Float32 => Kind::Float(32),
                Basic::Float64 | Basic::UntypedFloat => Kind::Float(64),
                Basic::Complex64 => Kind::Complex(64),
                Basic::Complex128 | Basic::UntypedComplex => Kind::Complex(128),
                Basic::String | Basic::UntypedString => Kind::String,
                Basic::UnsafePointer => Kind::UnsafePointer,
                Basic::UntypedNil => Kind::Nil,
                Basic::Invalid => panic!("lowering: invalid type"),
            },
            &Type::Pointer(e) => Kind::Pointer(e),
            &Type::Slice(e) => Kind::Slice(e),
            &Type::Array { len, elem } => Kind::Array { len, elem },
            &Type::Map { key, elem } => Kind::Map { key, elem },
            &Type::Chan { dir, elem } => Kind::Chan { dir, elem },
            Type::Struct(_) => Kind::Struct,
            Type::Signature(_) => Kind::Func,
            Type::Interface(_) => Kind::Interface,
            Type::Tuple(_) => Kind::Tuple,
            Type::Union(_) | Type::Named(_) | Type::TypeParam(_) | Type::Alias(_) => {
                panic!("lowering: {} has no structure", self.world.type_string(t))
            }
        }
    }

    pub fn is_interface(&mut self, t: TypeId) -> bool {
        self.kind(t) == Kind::Interface
    }

    /// Fields of a canonical struct type.
    pub fn fields(&mut self, t: TypeId) -> Rc<[FieldInfo]> {
        let u = self.under(t);
        if let Some(f) = self.types.fields.get(&u) {
            return f.clone();
        }
        let Type::Struct(s) = self.world.ty(u).clone() else {
            panic!("lowering: fields of a type that is no struct")
        };
        let mut offset = 0;
        let mut out = Vec::new();
        for (i, &f) in s.fields.iter().enumerate() {
            let o = self.world.obj(f).clone();
            let ty = self.canon(o.ty);
            let (size, align) = self.size_align(ty);
            offset = align_up(offset, align);
            out.push(FieldInfo {
                obj: f,
                name: o.name,
                pkg: o.pkg,
                ty,
                offset,
                embedded: matches!(&o.kind, ObjKind::Var(v) if v.embedded),
                tag: s.tags.get(i).cloned().unwrap_or_default(),
            });
            offset += size;
        }
        let out: Rc<[FieldInfo]> = out.into();
        self.types.fields.insert(u, out.clone());
        out
    }

    /// Parameters and results of a canonical signature type (or one whose underlying type is).
    pub fn sig_parts(&mut self, t: TypeId) -> Rc<SigParts> {
        let u = self.under(t);
        if let Some(s) = self.types.sigs.get(&u) {
            return s.clone();
        }
        let Type::Signature(s) = self.world.ty(u).clone() else { panic!("lowering: not a signature") };
        let types = |l: &Lowerer, vars: &[ObjId]| vars.iter().map(|&v| l.world.obj(v).ty).collect();
        let parts = Rc::new(SigParts {
            params: types(self, &s.params),
            results: types(self, &s.results),
            variadic: s.variadic,
        });
        self.types.sigs.insert(u, parts.clone());
        parts
    }

    /// Element types of a canonical tuple; of any other type, the type itself.
    pub fn tuple_types(&mut self, t: TypeId) -> Vec<TypeId> {
        match self.world.ty(t) {
            Type::Tuple(vars) => vars.iter().map(|&v| self.world.obj(v).ty).collect(),
            _ => vec![t],
        }
    }

    /// Methods of a canonical interface type, in the order of itabs.
    pub fn iface_methods(&mut self, t: TypeId) -> Rc<[IfaceMethod]> {
        let u = self.under(t);
        if let Some(m) = self.types.iface_methods.get(&u) {
            return m.clone();
        }
        let Type::Interface(i) = self.world.ty(u) else {
            panic!("lowering: methods of a type that is no interface")
        };
        let methods: Rc<[IfaceMethod]> = i
            .methods
            .iter()
            .map(|&m| {
                let o = self.world.obj(m);
                let pkg = if is_exported(o.name.as_str()) { None } else { o.pkg };
                IfaceMethod { name: o.name, pkg, ty: o.ty }
            })
            .collect();
        self.types.iface_methods.insert(u, methods.clone());
        methods
    }

    /// Size and alignment of a canonical type, in bytes.
    pub fn size_align(&mut self, t: TypeId) -> (u64, u32) {
        match self.kind(t) {
            Kind::Bool => (1, 1),
            Kind::Int { bits, .. } | Kind::Float(bits) => (bits as u64 / 8, bits as u32 / 8),
            Kind::Complex(bits) => (bits as u64 / 8, bits as u32 / 16),
            Kind::String | Kind::Interface => (16, 8),
            Kind::Slice(_) => (24, 8),
            Kind::UnsafePointer
            | Kind::Nil
            | Kind::Pointer(_)
            | Kind::Map { .. }
            | Kind::Chan { .. }
            | Kind::Func => (8, 8),
            Kind::Array { len, elem } => {
                let (size, align) = self.size_align(elem);
                (size.saturating_mul(len.max(0) as u64), align)
            }
            Kind::Struct => {
                let fields = self.fields(t);
                let mut align = 1;
                let mut end = 0;
                let mut last_is_empty = false;
                for f in fields.iter() {
                    let (size, a) = self.size_align(f.ty);
                    align = align.max(a);
                    end = f.offset + size;
                    last_is_empty = size == 0;
                }
                // The address of an empty last field must not be that of the next object.
                if last_is_empty && end > 0 {
                    end += 1;
                }
                (align_up(end, align), align)
            }
            Kind::Tuple => (0, 1),
        }
    }

    /// A field's layout with a unique name.
    pub fn add_layout(&mut self, name: String, size: u64, align: u32, shape: Shape) -> LayoutId {
        let n = self.types.layout_names.entry(name.clone()).or_insert(0);
        *n += 1;
        let name = if *n == 1 { name } else { format!("{name}#{n}") };
        self.module.add_layout(Layout { name, size, align, shape })
    }

    /// The layout of one scalar.
    pub fn scalar_layout(&mut self, ty: ir::Type) -> LayoutId {
        if let Some(&l) = self.types.scalar_layouts.get(&ty) {
            return l;
        }
        let name = match ty {
            ir::Type::I8 => "i8",
            ir::Type::I16 => "i16",
            ir::Type::I32 => "i32",
            ir::Type::I64 => "i64",
            ir::Type::F32 => "f32",
            ir::Type::F64 => "f64",
            ir::Type::Ptr => "ptr",
        };
        let l = self.add_layout(name.into(), ty.bytes() as u64, ty.bytes(), Shape::Scalar(ty));
        self.types.scalar_layouts.insert(ty, l);
        l
    }

    /// A struct layout from named parts.
    pub fn struct_layout(&mut self, name: String, parts: &[(&str, LayoutId)]) -> LayoutId {
        let mut offset = 0;
        let mut align = 1;
        let mut fields = Vec::new();
        for &(name, layout) in parts {
            let (size, a) = (self.module.layout(layout).size, self.module.layout(layout).align);
            offset = align_up(offset, a);
            align = align.max(a);
            fields.push(Field { name: name.into(), offset, layout });
            offset += size;
        }
        self.add_layout(name, align_up(offset, align), align, Shape::Struct(fields))
    }

    /// {data, len}
    pub fn string_layout(&mut self) -> LayoutId {
        if let Some(l) = self.types.string_layout {
            return l;
        }
        let (p, i) = (self.scalar_layout(ir::Type::Ptr), self.scalar_layout(ir::Type::I64));
        let l = self.struct_layout("string".into(), &[("data", p), ("len", i)]);
        self.types.string_layout = Some(l);
        l
    }

    /// {array, len, cap}
    pub fn slice_layout(&mut self) -> LayoutId {
        if let Some(l) = self.types.slice_layout {
            return l;
        }
        let (p, i) = (self.scalar_layout(ir::Type::Ptr), self.scalar_layout(ir::Type::I64));
        let l = self.struct_layout("slice".into(), &[("array", p), ("len", i), ("cap", i)]);
        self.types.slice_layout = Some(l);
        l
    }

    /// {table or type, data}
    pub fn iface_layout(&mut self) -> LayoutId {
        if let Some(l) = self.types.iface_layout {
            return l;
        }
        let p = self.scalar_layout(ir::Type::Ptr);
        let l = self.struct_layout("interface".into(), &[("tab", p), ("data", p)]);
        self.types.iface_layout = Some(l);
        l
    }

    /// The layout of an array of `count` elements.
    pub fn array_layout(&mut self, elem: LayoutId, count: u64) -> LayoutId {
        let e = self.module.layout(elem);
        let (name, size, align) = (format!("[{count}]{}", e.name), e.size.saturating_mul(count), e.align);
        self.add_layout(name, size, align, Shape::Array { elem, count })
    }

    /// The representation of a canonical type.
    pub fn info_of(&mut self, t: TypeId) -> Rc<TyInfo> {
        if let Some(i) = self.types.infos.get(t) {
            return i.clone();
        }
        let u = self.under(t);
        let kind = self.kind(t);
        if u != t && !matches!(kind, Kind::Struct | Kind::Array { .. }) {
            let info = TyInfo { ty: t, ..(*self.info_of(u)).clone() };
            let info = Rc::new(info);
            self.types.infos.insert(t, info.clone());
            return info;
        }
        let (size, align) = self.size_align(t);
        use ir::Type::*;
        let layout = match kind {
            Kind::Bool => self.scalar_layout(I8),
            Kind::Int { bits, .. } => self.scalar_layout(int_type(bits)),
            Kind::Float(32) => self.scalar_layout(F32),
            Kind::Float(_) => self.scalar_layout(F64),
            Kind::Complex(bits) => {
                let part = self.scalar_layout(if bits == 64 { F32 } else { F64 });
                self.struct_layout(format!("complex{bits}"), &[("re", part), ("im", part)])
            }
            Kind::String => self.string_layout(),
            Kind::Slice(_) => self.slice_layout(),
            Kind::Interface => self.iface_layout(),
            Kind::Array { len, elem } => {
                let elem = self.info_of(elem).layout;
                let name = self.type_name(t);
                self.add_layout(name, size, align, Shape::Array { elem, count: len.max(0) as u64 })
            }
            Kind::Struct => {
                let fields = self.fields(t);
                let fields = fields
                    .iter()
                    .map(|f| Field {
                        name: f.name.as_str().into(),
                        offset: f.offset,
                        layout: self.info_of(f.ty).layout,
                    })
                    .collect();
                let name = self.type_name(t);
                self.add_layout(name, size, align, Shape::Struct(fields))
            }
            Kind::Tuple => self.add_layout("tuple".into(), 0, 1, Shape::Struct(Vec::new())),
            Kind::UnsafePointer
            | Kind::Nil
            | Kind::Pointer(_)
            | Kind::Map { .. }
            | Kind::Chan { .. }
            | Kind::Func => self.scalar_layout(Ptr),
        };
        let mut leaves = Vec::new();
        let flat = size == 0 || self.flatten(layout, 0, &mut SmallVec::new(), &mut leaves);
        if !flat || size == 0 {
            leaves.clear();
        }
        let has_pointers = self.module.has_pointers(layout);
        let info = Rc::new(TyInfo { ty: t, kind, layout, size, align, leaves, in_mem: !flat, has_pointers });
        self.types.infos.insert(t, info.clone());
        info
    }

    /// Appends the scalars of a layout; false if there are too many.
    fn flatten(
        &self,
        layout: LayoutId,
        base: u64,
        path: &mut SmallVec<[Step; 3]>,
        out: &mut Vec<Leaf>,
    ) -> bool {
        let data = self.module.layout(layout);
        if data.size == 0 {
            return true;
        }
        match &data.shape {
            Shape::Opaque => false,
            Shape::Scalar(ty) => {
                out.push(Leaf { ty: *ty, offset: base, path: path.clone() });
                out.len() <= MAX_LEAVES
            }
            Shape::Struct(fields) => fields.iter().enumerate().all(|(i, f)| {
                path.push(Step::Field(layout, i as u32));
                let ok = self.flatten(f.layout, base + f.offset, path, out);
                path.pop();
                ok
            }),
            Shape::Array { elem, count } => {
                *count <= MAX_ARRAY as u64
                    && (0..*count).all(|i| {
                        path.push(Step::Elem(*elem, i as u32));
                        let ok = self.flatten(*elem, base + i * self.module.layout(*elem).size, path, out);
                        path.pop();
                        ok
                    })
            }
        }
    }

    /// The scalars by which a value of the type is passed: its leaves, or a pointer to it.
    pub fn pass_types(&mut self, t: TypeId, out: &mut Vec<ir::Type>) {
        let info = self.info_of(t);
        if info.in_mem {
            out.push(ir::Type::Ptr);
        } else {
            out.extend(info.leaves.iter().map(|l| l.ty));
        }
    }

    /// The machine signature: receiver, pointers for results in memory, parameters; results that are not in memory.
    /// A closure object is not part of it.
    pub fn signature(&mut self, sig: TypeId, recv: Option<TypeId>) -> ir::Signature {
        let parts = self.sig_parts(sig);
        let mut out = ir::Signature::default();
        if let Some(r) = recv {
            self.pass_types(r, &mut out.params);
        }
        for &r in &parts.results {
            if self.info_of(r).in_mem {
                out.params.push(ir::Type::Ptr);
            } else {
                self.pass_types(r, &mut out.results);
            }
        }
        for &p in &parts.params {
            self.pass_types(p, &mut out.params);
        }
        out
    }

    /// Whether an interface holds values of the type in its data word.
    pub fn is_direct_iface(&mut self, t: TypeId) -> bool {
        match self.kind(t) {
            Kind::Pointer(_) | Kind::Chan { .. } | Kind::Map { .. } | Kind::Func | Kind::UnsafePointer => {
                true
            }
            Kind::Array { len, elem } => len == 1 && self.is_direct_iface(elem),
            Kind::Struct => {
                let fields = self.fields(t);
                fields.len() == 1 && self.is_direct_iface(fields[0].ty)
            }
            _ => false,
        }
    }
}

pub fn int_type(bits: u8) -> ir::Type {
    match bits {
        8 => ir::Type::I8,
        16 => ir::Type::I16,
        32 => ir::Type::I32,
        _ => ir::Type::I64,
    }
}

pub fn is_exported(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}
