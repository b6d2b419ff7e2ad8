//! Package-level variables whose initial values are known: data in the module instead of code that runs.
//!
//! In: initialisers. Out: the contents of globals, written when a variable is first referred to.
//! Guarantees: an expression is static only if evaluating it has no effect and cannot fail.

use std::rc::Rc;

use escargo_ir::{Func, FuncId, Global, GlobalId, Reloc, RelocTarget, Shape, Signature};
use escargo_syntax::ast::{self, Expr, ExprKind, UnaryOp};
use escargo_types::constant::Const;
use escargo_types::info::Mode;
use escargo_types::world::{Initializer, ObjId, ObjKind, PkgId, TypeId};
use rustc_hash::FxHashMap;

use crate::consts::const_bits;
use crate::func::{FuncLowerer, Unit};
use crate::program::{Env, FuncInstance, Lowerer};
use crate::types::Kind;
use crate::walk;

/// Literals nested deeper are initialised by code.
const MAX_DEPTH: u32 = 100;

#[derive(Default)]
pub struct Statics {
    by_obj: FxHashMap<ObjId, (PkgId, Initializer)>,
    count: u32,
    byte_table: Option<GlobalId>,
    /// Function literals outside functions seen so far, for their names.
    literals: FxHashMap<PkgId, u32>,
}

/// Contents of a global under construction.
struct Data {
    bytes: Vec<u8>,
    relocs: Vec<Reloc>,
    /// Of the variable.
    pkg: PkgId,
}

impl Data {
    fn new(pkg: PkgId) -> Data {
        Data { bytes: Vec::new(), relocs: Vec::new(), pkg }
    }

    fn put(&mut self, at: u64, bytes: &[u8]) {
        let end = at as usize + bytes.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[at as usize..end].copy_from_slice(bytes);
    }

    fn pointer(&mut self, at: u64, target: GlobalId, addend: i64) {
        self.relocs.push(Reloc { offset: at as u32, target: RelocTarget::Global(target), addend });
    }
}

/// Larger variables are filled by code, so that data stays small where contents are regular.
const MAX_SIZE: u64 = 1 << 24;

impl Lowerer {
    /// The initialising expression: its file and declaration keep it alive.
    pub fn initializer_expr(&self, pkg: PkgId, init: &Initializer) -> (Rc<ast::File>, usize, usize) {
        (self.world.pkg(pkg).files[init.file as usize].clone(), init.decl as usize, init.value as usize)
    }

    /// Whether the initialiser needs no code; if so it is remembered for `fill_static`.
    pub(crate) fn take_static(&mut self, pkg: PkgId, init: &Initializer) -> bool {
        let [obj] = init.lhs[..] else { return false };
        let (file, decl, value) = self.initializer_expr(pkg, init);
        let ast::Decl::Var(v) = &file.decls[decl] else { return false };
        let ty = self.world.obj(obj).ty;
        let ty = self.canon(ty);
        if self.info_of(ty).size > MAX_SIZE || !self.is_static(&v.values[value], ty, 0) {
            return false;
        }
        self.statics.by_obj.insert(obj, (pkg, init.clone()));
        true
    }

    /// Writes the initial value of a variable with a static initialiser.
    pub(crate) fn fill_static(&mut self, obj: ObjId, g: GlobalId) {
        let Some((pkg, init)) = self.statics.by_obj.get(&obj).cloned() else { return };
        let (file, decl, value) = self.initializer_expr(pkg, &init);
        let ast::Decl::Var(v) = &file.decls[decl] else { return };
        let ty = self.world.obj(obj).ty;
        let ty = self.canon(ty);
        let mut data = Data::new(pkg);
        self.write_static(&v.values[value], ty, 0, &mut data);
        self.set_data(g, data);
    }

    fn set_data(&mut self, g: GlobalId, mut data: Data) {
        data.relocs.sort_by_key(|r| r.offset);
        let used = data.bytes.iter().rposition(|&b| b != 0).map_or(0, |i| i + 1);
        data.bytes.truncate(used);
        let global = &mut self.module.globals[g.index()];
        global.data = data.bytes;
        global.relocs = data.relocs;
    }

    fn new_static(
        &mut self,
        name: &str,
        layout: escargo_ir::LayoutId,
        readonly: bool,
        data: Data,
    ) -> GlobalId {
        self.statics.count += 1;
        let name = self.unique_name(format!("{name}{}", self.statics.count));
        let align = self.module.layout(layout).align.max(8);
        let g = self.module.add_global(Global {
            name,
            layout,
            readonly,
            data: Vec::new(),
            relocs: Vec::new(),
            align,
        });
        self.set_data(g, data);
        g
    }

    /// The recorded canonical type of an expression of package-level code.
    fn static_ty(&mut self, e: &Expr) -> Option<TypeId> {
        let t = self.info.of(e.id)?.ty?;
        if self.world.is_untyped(t) {
            let d = self.world.default_type(t);
            return Some(self.canon(d));
        }
        Some(self.canon(t))
    }

    fn static_const(&self, e: &Expr) -> Option<Const> {
        let tv = self.info.of(e.id)?;
        if tv.mode != Mode::Const {
            return None;
        }
        tv.value.as_deref().cloned()
    }

    fn is_nil_expr(&self, e: &Expr) -> bool {
        let e = e.unparen();
        self.info.of(e.id).is_some_and(|tv| tv.mode == Mode::NilValue)
            || self.info.uses.get(&e.id).is_some_and(|&o| matches!(self.world.obj(o).kind, ObjKind::Nil))
    }

    /// The package-level function or variable that an expression names.
    fn static_object(&self, e: &Expr) -> Option<(ObjId, ast::NodeId)> {
        let id = match &e.kind {
            ExprKind::Name(_) => e.id,
            ExprKind::Selector { sel, .. } if !self.info.selections.contains_key(&e.id) => sel.id,
            _ => return None,
        };
        self.info.uses.get(&id).map(|&o| (o, id))
    }

    /// `T(x)`: the operand.
    fn conversion_operand<'e>(&self, e: &'e Expr) -> Option<&'e Expr> {
        let ExprKind::Call { fun, args, .. } = &e.kind else { return None };
        let is_type = self.info.of(fun.unparen().id).is_some_and(|tv| tv.mode == Mode::Type);
        (is_type && args.len() == 1).then(|| &args[0])
    }

    fn is_static(&mut self, e: &Expr, to: TypeId, depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let e = e.unparen();
        if self.is_nil_expr(e) {
            return true;
        }
        let Some(from) = self.static_ty(e) else { return false };
        if self.is_interface(to) {
            if self.is_interface(from) {
                return match self.conversion_operand(e) {
                    Some(x) => self.is_static(x, to, depth + 1),
                    None => false,
                };
            }
            // Boxing needs the type's descriptor, which interfaces of one type share.
            return self.is_static(e, from, depth + 1);
        }
        if self.static_const(e).is_some() {
            return !matches!(self.kind(to), Kind::UnsafePointer | Kind::Pointer(_));
        }
        match &e.kind {
            ExprKind::CompositeLit { elems, .. } => self.is_static_literal(elems, from, depth),
            // Outside functions there is nothing to capture.
            ExprKind::FuncLit { .. } => true,
            ExprKind::Unary { op: UnaryOp::Addr, x } => {
                let x = x.unparen();
                if let ExprKind::CompositeLit { elems, .. } = &x.kind {
                    return self.static_ty(x).is_some_and(|t| self.is_static_literal(elems, t, depth));
                }
                self.static_object(x)
                    .is_some_and(|(o, _)| matches!(&self.world.obj(o).kind, ObjKind::Var(v) if v.global))
            }
            ExprKind::Name(_) | ExprKind::Selector { .. } => self
                .static_object(e)
                .is_some_and(|(o, _)| matches!(self.world.obj(o).kind, ObjKind::Func { .. })),
            ExprKind::Call { .. } => match self.conversion_operand(e) {
                Some(x) if self.is_nil_expr(x) => true,
                Some(x) => match self.kind(from) {
                    Kind::Slice(elem) => {
                        self.static_const(x).is_some_and(|c| c.as_bytes().is_some())
                            && self.info_of(elem).size == 1
                    }
                    _ => {
                        let Some(inner) = self.static_ty(x) else { return false };
                        self.under(inner) == self.under(from) && self.is_static(x, inner, depth + 1)
                    }
                },
                None => false,
            },
            _ => false,
        }
    }

    fn is_static_literal(&mut self, elems: &[Expr], t: TypeId, depth: u32) -> bool {
        match self.kind(t) {
            Kind::Pointer(base) => self.is_static_literal(elems, base, depth),
            Kind::Struct => {
                self.struct_elems(t, elems).iter().all(|e| self.is_static(e.value, e.ty, depth + 1))
            }
            Kind::Array { elem, .. } | Kind::Slice(elem) => elems.iter().all(|e| {
                let value = match &e.kind {
                    ExprKind::KeyValue { value, .. } => value,
                    _ => e,
                };
                self.is_static(value, elem, depth + 1)
            }),
            _ => false,
        }
    }

    /// Writes the value of a static expression, converted to `to`, at an offset.
    fn write_static(&mut self, e: &Expr, to: TypeId, at: u64, data: &mut Data) {
        let e = e.unparen();
        if self.is_nil_expr(e) {
            return;
        }
        let Some(from) = self.static_ty(e) else { return };
        if self.is_interface(to) {
            if self.is_interface(from) {
                let x = self.conversion_operand(e).expect("only a conversion is a static interface value");
                return self.write_static(x, to, at, data);
            }
            let (word, offset) = if self.iface_methods(to).is_empty() {
                self.boxed_type(from);
                self.type_place(from)
            } else {
                (self.itab(to, from), 0)
            };
            data.pointer(at, word, offset as i64);
            if self.is_direct_iface(from) {
                self.write_static(e, from, at + 8, data);
                return;
            }
            let mut value = Data::new(data.pkg);
            self.write_static(e, from, 0, &mut value);
            let layout = self.info_of(from).layout;
            let g = self.new_static("go:static.", layout, true, value);
            data.pointer(at + 8, g, 0);
            return;
        }
        if let Some(c) = self.static_const(e) {
            self.write_const(&c, to, at, data);
            return;
        }
        match &e.kind {
            ExprKind::FuncLit { .. } => {
                let f = self.static_literal_func(e, data.pkg);
                let g = self.closure_global(f);
                data.pointer(at, g, 0);
            }
            ExprKind::CompositeLit { elems, .. } => {
                if let Kind::Pointer(base) = self.kind(from) {
                    self.write_new_literal(elems, base, at, data);
                } else {
                    self.write_literal(elems, from, at, data);
                }
            }
            ExprKind::Unary { op: UnaryOp::Addr, x } => {
                let x = x.unparen();
                if let ExprKind::CompositeLit { elems, .. } = &x.kind {
                    let t = self.static_ty(x).expect("a literal has a type");
                    self.write_new_literal(elems, t, at, data);
                } else if let Some((o, _)) = self.static_object(x) {
                    let g = self.global_of(o);
                    data.pointer(at, g, 0);
                }
            }
            ExprKind::Call { .. } => {
                let x = self.conversion_operand(e).expect("only conversions are static calls");
                if self.is_nil_expr(x) {
                    return;
                }
                if let (Kind::Slice(elem), Some(c)) = (self.kind(from), self.static_const(x)) {
                    let bytes = c.as_bytes().unwrap_or_default().to_vec();
                    let n = bytes.len() as u64;
                    let elem = self.info_of(elem).layout;
                    let layout = self.array_layout(elem, n);
                    let g =
                        self.new_static("go:static.", layout, false, Data { bytes, ..Data::new(data.pkg) });
                    self.write_slice(g, n, at, data);
                    return;
                }
                self.write_static(x, from, at, data);
            }
            _ => {
                let Some((o, id)) = self.static_object(e) else { return };
                let targs = match self.info.instances.get(&id) {
                    Some(i) => i.targs.clone(),
                    None => Vec::new(),
                };
                let targs = targs.into_iter().map(|t| self.canon(t)).collect();
                let obj = self.origin_func(o);
                let g = self.func_value_global(FuncInstance { obj, targs });
                data.pointer(at, g, 0);
            }
        }
    }

    /// The code of a function literal outside functions.
    fn static_literal_func(&mut self, e: &Expr, pkg: PkgId) -> FuncId {
        let ExprKind::FuncLit { ty, body } = &e.kind else { unreachable!("lower: not a function literal") };
        let info = self.info.clone();
        let facts = Rc::new(walk::scan_init(&mut self.world, &info, pkg, e));
        let unit = Unit { env: Env::default(), pkg, facts };
        let name = format!("{}.init", self.pkg_symbol(pkg));
        let count = self.statics.literals.get(&pkg).copied().unwrap_or(0);
        // Making the literal's value emits code, which is dropped: the closure object is static.
        let mut around = Func::new(name.clone(), Signature::default());
        let mut fl = FuncLowerer::new(self, &mut around, unit, name);
        fl.lit_count = count;
        fl.enter();
        let sig = fl.raw_ty(e);
        let (_, func) = fl.func_lit(e.pos, ty, body, sig, None);
        let count = fl.lit_count;
        self.statics.literals.insert(pkg, count);
        func
    }

    fn write_new_literal(&mut self, elems: &[Expr], t: TypeId, at: u64, data: &mut Data) {
        let mut value = Data::new(data.pkg);
        self.write_literal(elems, t, 0, &mut value);
        let layout = self.info_of(t).layout;
        let g = self.new_static("go:static.", layout, false, value);
        data.pointer(at, g, 0);
    }

    fn write_slice(&mut self, array: GlobalId, n: u64, at: u64, data: &mut Data) {
        data.pointer(at, array, 0);
        data.put(at + 8, &n.to_le_bytes());
        data.put(at + 16, &n.to_le_bytes());
    }

    fn write_literal(&mut self, elems: &[Expr], t: TypeId, at: u64, data: &mut Data) {
        match self.kind(t) {
            Kind::Struct => {
                for e in self.struct_elems(t, elems) {
                    // Blank fields stay zero.
                    if !e.blank {
                        self.write_static(e.value, e.ty, at + e.offset, data);
                    }
                }
            }
            Kind::Array { elem, .. } => {
                self.write_elements(elems, elem, at, data);
            }
            Kind::Slice(elem) => {
                let mut value = Data::new(data.pkg);
                let n = self.write_elements(elems, elem, 0, &mut value);
                let elem = self.info_of(elem).layout;
                let layout = self.array_layout(elem, n);
                let g = self.new_static("go:static.", layout, false, value);
                self.write_slice(g, n, at, data);
            }
            _ => {}
        }
    }

    /// Writes elements with and without index; returns the literal's length.
    fn write_elements(&mut self, elems: &[Expr], elem: TypeId, at: u64, data: &mut Data) -> u64 {
        let size = self.info_of(elem).size;
        let (mut i, mut n) = (0u64, 0);
        for e in elems {
            let value = match &e.kind {
                ExprKind::KeyValue { key, value } => {
                    i = self.static_const(key.unparen()).map_or(i, |c| const_bits(&c) as u64);
                    value
                }
                _ => e,
            };
            self.write_static(value, elem, at + i * size, data);
            i += 1;
            n = n.max(i);
        }
        n
    }

    fn write_const(&mut self, c: &Const, t: TypeId, at: u64, data: &mut Data) {
        let float = |data: &mut Data, at: u64, c: &Const, bits: u8| {
            if bits == 32 {
                data.put(at, &c.as_f32().to_bits().to_le_bytes());
            } else {
                data.put(at, &c.as_f64().to_bits().to_le_bytes());
            }
        };
        match self.kind(t) {
            Kind::Bool => data.put(at, &[c.as_bool().unwrap_or(false) as u8]),
            Kind::Int { bits, .. } => data.put(at, &const_bits(c).to_le_bytes()[..bits as usize / 8]),
            Kind::Float(bits) => float(data, at, c, bits),
            Kind::Complex(bits) => {
                float(data, at, &c.real(), bits / 2);
                float(data, at + bits as u64 / 16, &c.imag(), bits / 2);
            }
            Kind::String => {
                let bytes = c.as_bytes().unwrap_or_default();
                if !bytes.is_empty() {
                    let g = self.string_global(bytes);
                    data.pointer(at, g, 0);
                    data.put(at + 8, &(bytes.len() as u64).to_le_bytes());
                }
            }
            _ => {}
        }
    }

    /// Read-only memory holding a constant of a concrete type, for its place in an interface.
    pub fn const_global(&mut self, c: &Const, t: TypeId) -> GlobalId {
        let info = self.info_of(t);
        let mut data = Data::new(PkgId(0));
        self.write_const(c, t, 0, &mut data);
        if data.relocs.is_empty() {
            data.bytes.resize(info.size as usize, 0);
            return self.data_global(&data.bytes, info.align);
        }
        self.string_header(c, data)
    }

    /// A string header in read-only memory, one for each string.
    fn string_header(&mut self, c: &Const, data: Data) -> GlobalId {
        let bytes: Rc<[u8]> = c.as_bytes().unwrap_or_default().into();
        if let Some(&g) = self.consts.headers.get(&bytes) {
            return g;
        }
        let layout = self.string_layout();
        let g = self.new_static("go:header.", layout, true, data);
        self.consts.headers.insert(bytes, g);
        g
    }

    /// The 256 bytes, in order: values of one-byte types in interfaces.
    /// Makes the table of words 0 to 255 known to the module.
    pub fn need_small_ints(&mut self) {
        if self.module.small_ints.is_none() {
            let bytes: Vec<u8> = (0..256u64).flat_map(u64::to_le_bytes).collect();
            let word = self.scalar_layout(escargo_ir::Type::I64);
            let array = Shape::Array { elem: word, count: 256 };
            let layout = self.add_layout("small integers".into(), 2048, 8, array);
            let g = self.new_static("go:ints", layout, true, Data { bytes, ..Data::new(PkgId(0)) });
            self.module.small_ints = Some(g);
        }
    }

    /// Read-only data for a literal of constants: structs and arrays.
    pub fn const_literal(&mut self, e: &Expr, t: TypeId) -> Option<GlobalId> {
        if !self.is_const_literal(e, 0) {
            return None;
        }
        let mut data = Data::new(PkgId(0));
        self.write_static(e, t, 0, &mut data);
        let layout = self.info_of(t).layout;
        Some(self.new_static("go:literal", layout, true, data))
    }

    fn is_const_literal(&mut self, e: &Expr, depth: u32) -> bool {
        let ExprKind::CompositeLit { elems, .. } = &e.unparen().kind else { return false };
        let Some(t) = self.static_ty(e) else { return false };
        matches!(self.kind(t), Kind::Struct | Kind::Array { .. })
            && depth < MAX_DEPTH
            && elems.iter().all(|e| {
                let value = match &e.kind {
                    ExprKind::KeyValue { value, .. } => value,
                    _ => e,
                };
                let constant = self.static_const(value).is_some()
                    && self.static_ty(value).is_some_and(|t| !self.is_interface(t));
                constant || self.is_const_literal(value, depth + 1)
            })
            && !self.has_interface(t, 0)
    }

    /// Whether a struct or array may hold interfaces or pointers.
    fn has_interface(&mut self, t: TypeId, depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return true;
        }
        match self.kind(t) {
            Kind::Struct => {
                let types: Vec<TypeId> = self.fields(t).iter().map(|f| f.ty).collect();
                types.into_iter().any(|t| self.has_interface(t, depth + 1))
            }
            Kind::Array { elem, .. } => self.has_interface(elem, depth + 1),
            Kind::Int { .. } | Kind::Float(_) | Kind::Complex(_) | Kind::String | Kind::Bool => false,
            _ => true,
        }
    }

    pub fn byte_table(&mut self) -> GlobalId {
        if let Some(g) = self.statics.byte_table {
            return g;
        }
        let bytes: Vec<u8> = (0..=255).collect();
        let byte = self.scalar_layout(escargo_ir::Type::I8);
        let layout = self.add_layout("bytes".into(), 256, 1, Shape::Array { elem: byte, count: 256 });
        let g = self.new_static("go:bytes", layout, true, Data { bytes, ..Data::new(PkgId(0)) });
        self.statics.byte_table = Some(g);
        g
    }
}
