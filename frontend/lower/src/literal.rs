//! Composite literals.
//!
//! In: a literal. Out: its value, or its parts stored into fresh memory. Guarantees: elements are evaluated in source order;
//! arrays of constants are copied from static data.

use escargo_abi::types::{MAP_SIZE, MAP_SMALL};
use escargo_ir::{LayoutId, Op, Rt, SiteKind, Value};
use escargo_syntax::Symbol;
use escargo_syntax::ast::{Expr, ExprKind};
use escargo_types::exprstring::expr_string;
use escargo_types::info::Mode;
use escargo_types::world::*;

use crate::func::FuncLowerer;
use crate::order::Operand;
use crate::program::Lowerer;
use crate::types::{Kind, TyInfo};
use crate::value::Val;

/// Arrays with this many constant elements are copied from static data.
const MIN_STATIC: usize = 8;

/// Maps with larger keys or elements are not put on the stack.
const MAX_SMALL_PART: u64 = 128;

/// What an element of a struct literal sets.
pub struct StructElem<'e> {
    /// Index of the literal's field; and, of a promoted one, the indices below that.
    pub field: usize,
    pub within: Vec<usize>,
    pub ty: TypeId,
    /// In bytes from the literal's start.
    pub offset: u64,
    pub blank: bool,
    pub value: &'e Expr,
}

impl Lowerer {
    /// What a struct literal sets, in source order.
    pub fn struct_elems<'e>(&mut self, t: TypeId, elems: &'e [Expr]) -> Vec<StructElem<'e>> {
        let fields = self.fields(t);
        let of = |field: usize, value| {
            let f = &fields[field];
            let blank = f.name.is_blank();
            StructElem { field, within: Vec::new(), ty: f.ty, offset: f.offset, blank, value }
        };
        elems
            .iter()
            .enumerate()
            .map(|(n, e)| {
                let ExprKind::KeyValue { key, value } = &e.kind else { return of(n, e) };
                let ExprKind::Name(name) = key.kind else { unreachable!("lower: field keys are names") };
                match fields.iter().position(|f| f.name == name) {
                    Some(i) => of(i, value),
                    None => self.promoted_elem(t, name, value),
                }
            })
            .collect()
    }

    /// A field of an embedded struct that a literal of the struct around it sets: the shallowest of that name.
    fn promoted_elem<'e>(&mut self, t: TypeId, name: Symbol, value: &'e Expr) -> StructElem<'e> {
        let mut level = vec![(Vec::new(), t, 0)];
        loop {
            assert!(!level.is_empty(), "lower: the checker has found the field {name}");
            let mut next = Vec::new();
            for (path, t, start) in level {
                for (i, f) in self.fields(t).iter().enumerate() {
                    let mut path: Vec<usize> = path.clone();
                    path.push(i);
                    let offset = start + f.offset;
                    if f.name == name {
                        let field = path.remove(0);
                        return StructElem { field, within: path, ty: f.ty, offset, blank: false, value };
                    }
                    if f.embedded && matches!(self.kind(f.ty), Kind::Struct) {
                        next.push((path, f.ty, offset));
                    }
                }
            }
            level = next;
        }
    }
}

impl FuncLowerer<'_, '_> {
    /// The type of a literal as Go's diagnostics print it.
    pub fn lit_type_text(&mut self, e: &Expr) -> String {
        match &e.kind {
            ExprKind::CompositeLit { ty: Some(t), .. } => expr_string(t),
            _ => {
                let t = self.value_ty(e);
                self.l.type_text(t)
            }
        }
    }

    /// The value of a composite literal.
    pub fn composite(&mut self, e: &Expr) -> Val {
        let t = self.value_ty(e);
        self.composite_of(e, t)
    }

    /// As `composite`, for a literal that stands for type `t`: an elided `&` makes that differ from its own type.
    fn composite_of(&mut self, e: &Expr, t: TypeId) -> Val {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { unreachable!("lower: not a literal") };
        self.at(e.pos);
        match self.kind(t) {
            Kind::Pointer(elem) => {
                // `{...}` for an element of pointer type.
                let name = format!("&{}{{...}}", self.l.type_text(elem));
                let a = self.alloc(SiteKind::Composite, elem, name);
                self.literal_into(e, elem, a);
                Val::one(a)
            }
            Kind::Struct => {
                if self.ti(t).in_mem {
                    let tmp = self.temp(t);
                    self.literal_into(e, t, tmp);
                    return Val::Mem(tmp);
                }
                let fields = self.l.fields(t);
                let elems = self.l.struct_elems(t, elems);
                if elems.iter().any(|e| !e.within.is_empty()) {
                    let tmp = self.temp(t);
                    self.literal_into(e, t, tmp);
                    return self.load(t, tmp);
                }
                let mut vals: Vec<Option<Val>> = vec![None; fields.len()];
                for e in elems {
                    self.operands_first(&[Operand { e: e.value, to: Some(e.ty) }]);
                    let v = self.expr_as(e.value, e.ty);
                    // Blank fields stay zero.
                    if !e.blank {
                        vals[e.field] = Some(v);
                    }
                }
                let mut out = Vec::new();
                for (v, f) in vals.into_iter().zip(fields.iter()) {
                    let v = match v {
                        Some(v) => v,
                        None => self.zero(f.ty),
                    };
                    out.extend_from_slice(v.scalars());
                }
                Val::of(&out)
            }
            Kind::Array { .. } => {
                let tmp = self.temp(t);
                self.literal_into(e, t, tmp);
                self.load(t, tmp)
            }
            Kind::Slice(elem) => self.slice_literal(e, elem, elems),
            Kind::Map { key, elem } => self.map_literal(e, t, key, elem, elems),
            k => unreachable!("lower: literal of {k:?}"),
        }
    }

    /// Indices and values of an array or slice literal, and its length.
    fn indexed<'a>(&self, elems: &'a [Expr]) -> (Vec<(i64, &'a Expr)>, i64) {
        let mut next = 0;
        let mut len = 0;
        let mut out = Vec::with_capacity(elems.len());
        for e in elems {
            let value = match &e.kind {
                ExprKind::KeyValue { key, value } => {
                    next = self.const_int(key).unwrap_or(next);
                    value
                }
                _ => e,
            };
            out.push((next, value));
            next += 1;
            len = len.max(next);
        }
        (out, len)
    }

    /// Stores a struct or array literal into fresh zeroed memory.
    pub fn literal_into(&mut self, e: &Expr, t: TypeId, dest: Value) {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { unreachable!("lower: not a literal") };
        match self.kind(t) {
            Kind::Struct => {
                for e in self.l.struct_elems(t, elems) {
                    if e.blank {
                        self.expr_as(e.value, e.ty);
                        continue;
                    }
                    self.part_into(e.value, e.ty, |s| {
                        let (mut of, mut addr) = (s.l.fields(t)[e.field].ty, s.field_addr(dest, t, e.field));
                        for i in e.within {
                            addr = s.field_addr(addr, of, i);
                            of = s.l.fields(of)[i].ty;
                        }
                        addr
                    });
                }
            }
            Kind::Array { elem, .. } => {
                let (list, _) = self.indexed(elems);
                self.elems_into(&list, t, elem, dest);
            }
            Kind::Slice(_) | Kind::Map { .. } | Kind::Pointer(_) => {
                let v = self.composite_of(e, t);
                self.store(t, dest, &v);
            }
            k => unreachable!("lower: literal of {k:?}"),
        }
    }

    /// Evaluates a part of a literal into its place.
    fn part_into(&mut self, value: &Expr, t: TypeId, addr: impl FnOnce(&mut Self) -> Value) {
        self.operands_first(&[Operand { e: value, to: Some(t) }]);
        if self.ti(t).in_mem {
            let a = addr(self);
            self.expr_into(value, t, a);
        } else {
            let v = self.expr_as(value, t);
            let a = addr(self);
            self.store(t, a, &v);
        }
    }

    fn elems_into(&mut self, list: &[(i64, &Expr)], array: TypeId, elem: TypeId, dest: Value) {
        if list.len() >= MIN_STATIC
            && let Some(data) = self.const_elems(list, array, elem)
        {
            let g = self.l.data_global(&data, 8);
            let src = self.global_addr(g);
            let layout = self.layout(array);
            self.b.push(Op::Copy { layout, dst: dest, src }, &[]);
            return;
        }
        for &(i, value) in list {
            self.part_into(value, elem, |s| {
                let i = s.int(i);
                s.elem_addr(dest, elem, i)
            });
        }
    }

    /// The bytes of an array whose elements are all numeric constants.
    fn const_elems(&mut self, list: &[(i64, &Expr)], array: TypeId, elem: TypeId) -> Option<Vec<u8>> {
        let (kind, size) = (self.kind(elem), self.ti(elem).size as usize);
        let total = self.ti(array).size as usize;
        // Sparse literals are stored element by element.
        if total > 16 * size * list.len() {
            return None;
        }
        let mut data = vec![0; total];
        for &(i, e) in list {
            let tv = self.tv(e);
            let c = tv.value.filter(|_| tv.mode == escargo_types::info::Mode::Const)?;
            let bytes = match kind {
                Kind::Int { .. } => crate::consts::const_bits(&c).to_le_bytes().to_vec(),
                Kind::Float(32) => c.as_f32().to_bits().to_le_bytes().to_vec(),
                Kind::Float(_) => c.as_f64().to_bits().to_le_bytes().to_vec(),
                Kind::Bool => vec![c.as_bool()? as u8],
                _ => return None,
            };
            let at = i as usize * size;
            data.get_mut(at..at + size)?.copy_from_slice(&bytes[..size]);
        }
        Some(data)
    }

    fn slice_literal(&mut self, e: &Expr, elem: TypeId, elems: &[Expr]) -> Val {
        let (list, len) = self.indexed(elems);
        let array = self.l.array_of(elem, len);
        let name = self.lit_text(e);
        let data = self.alloc(SiteKind::SliceLit, array, name);
        self.elems_into(&list, array, elem, data);
        let n = self.int(len);
        Val::of(&[data, n, n])
    }

    /// A composite literal as Go's diagnostics print it.
    pub fn lit_text(&mut self, e: &Expr) -> String {
        let empty = matches!(&e.kind, ExprKind::CompositeLit { elems, .. } if elems.is_empty());
        format!("{}{}", self.lit_type_text(e), if empty { "{}" } else { "{...}" })
    }

    /// The layout of a map's site: the memory of a small map, if it may stand on the stack.
    pub fn map_buffer(&mut self, t: TypeId) -> LayoutId {
        let Kind::Map { key, elem } = self.kind(t) else { unreachable!("lower: a map type") };
        let (k, v) = (self.ti(key), self.ti(elem));
        let align = |ti: &TyInfo, l: &Lowerer| l.module.layout(ti.layout).align.max(1) as u64;
        let (ka, va) = (align(&k, self.l), align(&v, self.l));
        let entry = (k.size.next_multiple_of(va) + v.size).max(1).next_multiple_of(ka.max(va));
        if k.size > MAX_SMALL_PART || v.size > MAX_SMALL_PART {
            return self.layout(t);
        }
        let bytes = u64::from(MAP_SIZE) + u64::from(MAP_SMALL) * entry;
        let word = self.l.canon(World::basic(Basic::Int));
        let words = self.l.array_of(word, bytes.div_ceil(8) as i64);
        self.layout(words)
    }

    fn map_literal<'e>(&mut self, e: &Expr, t: TypeId, key: TypeId, elem: TypeId, elems: &'e [Expr]) -> Val {
        let desc = self.type_desc(t);
        let hint = self.int(elems.len() as i64);
        let layout = self.map_buffer(t);
        let name = self.lit_text(e);
        let site = self.site(SiteKind::MakeMap, layout, name);
        let m = self.rt_site(Rt::map_make, Some(site), &[desc, hint])[0];
        let entry = |e: &'e Expr| match &e.kind {
            ExprKind::KeyValue { key, value } => (&**key, &**value),
            _ => unreachable!("lower: map elements have keys"),
        };
        // As in gc, entries that are constants come first: keys may be the same.
        let (fixed, others): (Vec<&Expr>, Vec<&Expr>) = elems.iter().partition(|e| {
            let (k, value) = entry(e);
            self.is_fixed(k, key) && self.is_fixed(value, elem)
        });
        for e in fixed.into_iter().chain(others) {
            let (k, value) = entry(e);
            // Each entry is an assignment of its own.
            self.map_entry_first(k, key, value, elem);
            let v = self.expr_as(value, elem);
            let v = self.stable(elem, v);
            let kv = self.expr_as(k, key);
            let kv = self.stable(key, kv);
            self.at(e.pos);
            let slot = self.map_slot(t, m, &kv);
            self.store(elem, slot, &v);
        }
        Val::one(m)
    }

    /// Whether a key or element is made of constants alone.
    fn is_fixed(&mut self, e: &Expr, to: TypeId) -> bool {
        let e = e.unparen();
        if self.is_nil(e) {
            return true;
        }
        if self.is_iface(to) {
            return false;
        }
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { return self.mode(e) == Mode::Const };
        let t = self.value_ty(e);
        match self.kind(t) {
            Kind::Struct => self.l.struct_elems(t, elems).iter().all(|e| self.is_fixed(e.value, e.ty)),
            Kind::Array { elem, .. } => {
                self.indexed(elems).0.into_iter().all(|(_, e)| self.is_fixed(e, elem))
            }
            _ => false,
        }
    }
}
