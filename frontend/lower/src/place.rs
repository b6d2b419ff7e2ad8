//! Places: what stands on the left of an assignment, or is addressed.
//!
//! In: an expression denoting a variable, an element, a field, a map entry. Out: a `Place` whose operands are evaluated, but
//! whose access (with its panics) has not happened; then addresses, loads and stores. Guarantees: the two phases of
//! assignments happen as the specification says.

use escargo_ir::{Check, Pos, Rt, SiteKind, Value};
use escargo_syntax::ast::{Expr, ExprKind, UnaryOp};
use escargo_types::info::{Mode, SelectionKind};
use escargo_types::world::*;

use crate::func::FuncLowerer;
use crate::types::Kind;
use crate::value::Val;
use crate::walk::has_call;

/// An assignable operand, its own operands evaluated.
#[derive(Clone, Debug)]
pub enum Place {
    Blank,
    /// A variable.
    Addr(Value, TypeId),
    /// What a pointer, perhaps nil, points to.
    Deref(Value, TypeId),
    /// Field of a struct type.
    Field(Box<Place>, TypeId, usize),
    /// Element of an array.
    Index {
        base: Box<Place>,
        len: i64,
        elem: TypeId,
        index: Value,
        signed: bool,
        checked: bool,
        pos: Pos,
    },
    /// Element of a slice.
    Slice {
        data: Value,
        len: Value,
        elem: TypeId,
        index: Value,
        signed: bool,
        pos: Pos,
    },
    Map {
        ty: TypeId,
        map: Value,
        key: Val,
    },
}

/// How the runtime takes a map's keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Bits32,
    Bits64,
    Str,
    Memory,
}

impl FuncLowerer<'_, '_> {
    /// Whether the expression denotes memory.
    pub fn is_place(&mut self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Name(_) => match self.l.info.uses.get(&e.id).or_else(|| self.l.info.defs.get(&e.id)) {
                Some(&o) => matches!(self.l.world.obj(o).kind, ObjKind::Var(_)),
                None => false,
            },
            ExprKind::Paren(x) => self.is_place(x),
            ExprKind::Star(_) => self.mode(e) != Mode::Type,
            ExprKind::Selector { x, sel } => match self.l.info.selections.get(&e.id) {
                Some(s) if s.kind == SelectionKind::Field => {
                    if s.indirect {
                        return true;
                    }
                    let t = self.value_ty(x);
                    matches!(self.kind(t), Kind::Pointer(_)) || self.is_place(x)
                }
                Some(_) => false,
                None => match self.l.info.uses.get(&sel.id) {
                    Some(&o) => matches!(self.l.world.obj(o).kind, ObjKind::Var(_)),
                    None => false,
                },
            },
            ExprKind::Index { x, .. } => {
                if !matches!(self.mode(e), Mode::Var | Mode::Value | Mode::MapIndex | Mode::CommaOk)
                    || self.mode(x) == Mode::Type
                {
                    return false;
                }
                let t = self.value_ty(x);
                match self.kind(t) {
                    Kind::Slice(_) | Kind::Pointer(_) => true,
                    Kind::Array { .. } => self.is_place(x),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Evaluates the operands of a place. Other expressions are put into a temporary.
    pub fn place(&mut self, e: &Expr) -> Place {
        if !self.ahead.is_empty()
            && let Some((v, t)) = self.ahead.remove(&e.id)
        {
            return Place::Addr(self.in_memory(t, &v), t);
        }
        match &e.kind {
            ExprKind::Name(n) if n.is_blank() => Place::Blank,
            ExprKind::Name(_) if self.is_place(e) => {
                let o = self.l.info.uses.get(&e.id).or_else(|| self.l.info.defs.get(&e.id)).copied();
                let o = o.expect("a variable's name has an object");
                let t = self.obj_ty(o);
                Place::Addr(self.var_addr(o), t)
            }
            ExprKind::Paren(x) => self.place(x),
            ExprKind::Star(x) if self.mode(e) != Mode::Type => {
                let t = self.value_ty(x);
                let v = self.expr(x).scalar();
                let Kind::Pointer(elem) = self.kind(t) else {
                    unreachable!("lower: indirection of a pointer")
                };
                self.at(e.pos);
                Place::Deref(v, elem)
            }
            ExprKind::Selector { x, sel } => match self.l.info.selections.get(&e.id).cloned() {
                Some(s) => {
                    let p = self.base_place(x);
                    self.at(e.pos);
                    self.field_path(p, &s.path)
                }
                None => {
                    let o = self.l.info.uses[&sel.id];
                    let t = self.obj_ty(o);
                    Place::Addr(self.var_addr(o), t)
                }
            },
            ExprKind::Index { x, indices } if self.mode(x) != Mode::Type => {
                self.index_place(e, x, &indices[0])
            }
            _ => {
                let t = self.value_ty(e);
                let v = self.expr(e);
                Place::Addr(self.spill(t, &v), t)
            }
        }
    }

    /// The place of an operand whose fields or elements are selected: pointers are followed.
    fn base_place(&mut self, x: &Expr) -> Place {
        let t = self.value_ty(x);
        if let Kind::Pointer(elem) = self.kind(t) {
            return Place::Deref(self.expr(x).scalar(), elem);
        }
        if self.is_place(x) {
            return self.place(x);
        }
        let v = self.expr(x);
        Place::Addr(self.in_memory(t, &v), t)
    }

    /// Follows a path of fields through embedded pointers.
    pub fn field_path(&mut self, p: Place, path: &[u32]) -> Place {
        let mut p = p;
        for &i in path {
            let mut t = self.place_ty(&p);
            if let Kind::Pointer(elem) = self.kind(t) {
                let v = self.load_place(&p).scalar();
                p = Place::Deref(v, elem);
                t = elem;
            }
            p = Place::Field(Box::new(p), t, i as usize);
        }
        p
    }

    fn map_key(&mut self, index: &Expr, key: TypeId) -> Val {
        let k = self.expr_as(index, key);
        self.stable(key, k)
    }

    fn index_place(&mut self, e: &Expr, x: &Expr, index: &Expr) -> Place {
        let t = self.value_ty(x);
        // As in gc, what a call in the index does to the operand is seen: `nodes[add()] = n`.
        let late = has_call(index) && !has_call(x);
        match self.kind(t) {
            Kind::Map { key, .. } => {
                let early = late.then(|| self.map_key(index, key));
                let map = self.expr(x).scalar();
                let k = early.unwrap_or_else(|| self.map_key(index, key));
                self.at(e.pos);
                Place::Map { ty: t, map, key: k }
            }
            Kind::Slice(elem) => {
                let early = late.then(|| self.index_value(index));
                let [data, len] = self.words(x, [0, 1]);
                let (index, signed) = early.unwrap_or_else(|| self.index_value(index));
                self.at(e.pos);
                Place::Slice { data, len, elem, index, signed, pos: self.b.pos }
            }
            Kind::Pointer(array) => {
                let Kind::Array { len, elem } = self.kind(array) else {
                    unreachable!("lower: index of a pointer")
                };
                let early = late.then(|| self.index_value(index));
                let pointer = self.expr(x).scalar();
                if early.is_none() && !self.dangers_of(index).is_empty() {
                    self.at(e.pos);
                    self.nil_check(pointer);
                }
                let base = Box::new(Place::Deref(pointer, array));
                let checked = self.const_below(index, len);
                let (index, signed) = early.unwrap_or_else(|| self.index_value(index));
                self.at(e.pos);
                Place::Index { base, len, elem, index, signed, checked, pos: self.b.pos }
            }
            Kind::Array { len, elem } => {
                let base = Box::new(self.base_place(x));
                let checked = self.const_below(index, len);
                let (index, signed) = self.index_value(index);
                self.at(e.pos);
                Place::Index { base, len, elem, index, signed, checked, pos: self.b.pos }
            }
            k => unreachable!("lower: index of {k:?}"),
        }
    }

    /// Whether an index is a constant below `len`.
    pub fn const_below(&self, e: &Expr, len: i64) -> bool {
        self.const_int(e).is_some_and(|i| (0..len).contains(&i))
    }

    /// The value of a constant integer expression that fits.
    pub fn const_int(&self, e: &Expr) -> Option<i64> {
        let tv = self.l.info.of(e.id)?;
        if tv.mode != Mode::Const {
            return None;
        }
        tv.value.as_ref()?.to_int().as_i64()
    }

    /// An index or length as I64, and whether its type is signed.
    pub fn index_value(&mut self, e: &Expr) -> (Value, bool) {
        if let Some(i) = self.const_int(e) {
            return (self.int(i), true);
        }
        let t = self.value_ty(e);
        let signed = self.signed(t);
        let v = self.expr(e).scalar();
        (self.to_i64(v, signed), signed)
    }

    pub fn bounds_check(&mut self, index: Value, len: Value, signed: bool) {
        self.check(if signed { Check::Index } else { Check::IndexU }, index, Some(len));
    }

    pub fn place_ty(&mut self, p: &Place) -> TypeId {
        match p {
            Place::Blank => World::INVALID,
            Place::Addr(_, t) | Place::Deref(_, t) => *t,
            Place::Field(_, strukt, i) => self.l.fields(*strukt)[*i].ty,
            Place::Index { elem, .. } | Place::Slice { elem, .. } => *elem,
            Place::Map { ty, .. } => match self.kind(*ty) {
                Kind::Map { elem, .. } => elem,
                _ => unreachable!("lower: a map place has map type"),
            },
        }
    }

    /// Panics if the memory lies behind a nil pointer.
    pub fn check_root(&mut self, p: &Place) {
        match p {
            Place::Deref(v, _) => self.nil_check(*v),
            Place::Field(b, ..) => self.check_root(b),
            // Indexing checks for itself.
            _ => {}
        }
    }

    /// The address of a place; bounds are checked, nil pointers fault when it is used.
    pub fn place_addr(&mut self, p: &Place) -> Value {
        match p {
            Place::Addr(a, _) | Place::Deref(a, _) => *a,
            Place::Field(b, strukt, i) => {
                let a = self.place_addr(b);
                self.field_addr(a, *strukt, *i)
            }
            Place::Index { base, len, elem, index, signed, checked, pos } => {
                let outer = std::mem::replace(&mut self.b.pos, *pos);
                self.check_root(base);
                let a = self.place_addr(base);
                if !checked {
                    let n = self.int(*len);
                    self.bounds_check(*index, n, *signed);
                }
                self.b.pos = outer;
                self.elem_addr(a, *elem, *index)
            }
            Place::Slice { data, len, elem, index, signed, pos } => {
                let outer = std::mem::replace(&mut self.b.pos, *pos);
                self.bounds_check(*index, *len, *signed);
                self.b.pos = outer;
                self.elem_addr(*data, *elem, *index)
            }
            Place::Blank | Place::Map { .. } => unreachable!("lower: not addressable"),
        }
    }

    /// The address of an addressable expression; nil pointers are checked for.
    pub fn addr_of(&mut self, e: &Expr) -> Value {
        let p = self.place(e);
        self.check_root(&p);
        self.place_addr(&p)
    }

    pub fn load_place(&mut self, p: &Place) -> Val {
        match p {
            Place::Map { ty, map, key } => {
                let (v, _) = self.map_load(*ty, *map, key, false);
                v
            }
            _ => {
                let t = self.place_ty(p);
                let ti = self.ti(t);
                if ti.in_mem || ti.size == 0 {
                    self.check_root(p);
                }
                let a = self.place_addr(p);
                self.load(t, a)
            }
        }
    }

    pub fn store_place(&mut self, p: &Place, v: &Val) {
        match p {
            Place::Blank => {}
            Place::Map { ty, map, key } => {
                let t = self.place_ty(p);
                let v = v.clone();
                let a = self.map_slot(*ty, *map, key);
                self.store(t, a, &v);
            }
            _ => {
                let t = self.place_ty(p);
                let ti = self.ti(t);
                if ti.size == 0 {
                    self.check_root(p);
                }
                let a = self.place_addr(p);
                self.store(t, a, v);
            }
        }
    }

    /// `&x`.
    pub fn address_expr(&mut self, e: &Expr, x: &Expr) -> Val {
        let inner = x.unparen();
        if let ExprKind::CompositeLit { .. } = &inner.kind {
            let t = self.value_ty(inner);
            self.at(e.pos);
            let name = format!("&{}", self.lit_text(inner));
            let a = self.alloc(SiteKind::Composite, t, name);
            self.literal_into(inner, t, a);
            return Val::one(a);
        }
        let p = self.place(x);
        self.at(e.pos);
        self.check_root(&p);
        Val::one(self.place_addr(&p))
    }

    /// Evaluates an expression for its effects and panics alone.
    pub fn discard(&mut self, e: &Expr) {
        if self.is_nil(e) || matches!(self.mode(e), Mode::Const | Mode::Type) {
            return;
        }
        let inner = e.unparen();
        if self.is_place(inner) {
            let p = self.place(inner);
            self.check_root(&p);
            if !matches!(p, Place::Addr(..)) {
                self.place_addr(&p);
            }
            return;
        }
        match &inner.kind {
            ExprKind::Unary { op: UnaryOp::Addr, x } if self.is_place(x) => {
                self.addr_of(x);
            }
            _ => {
                self.expr(e);
            }
        }
    }

    // ---- maps

    fn key_class(&mut self, key: TypeId) -> Keys {
        match self.kind(key) {
            Kind::Int { bits: 32, .. } => Keys::Bits32,
            Kind::Int { bits: 64, .. } => Keys::Bits64,
            Kind::String => Keys::Str,
            _ => Keys::Memory,
        }
    }

    fn map_types(&mut self, t: TypeId) -> (TypeId, TypeId) {
        match self.kind(t) {
            Kind::Map { key, elem } => (key, elem),
            _ => unreachable!("lower: a map has map type"),
        }
    }

    /// The address of a map's element (or of zeroes) and, if asked for, whether it exists.
    fn map_find(&mut self, t: TypeId, map: Value, key: &Val, ok: bool) -> (Value, Option<Value>) {
        let (kt, _) = self.map_types(t);
        let desc = self.type_desc(t);
        let r = match self.key_class(kt) {
            Keys::Bits32 => {
                let k = self.to_i64(key.scalar(), false);
                self.rt(Rt::map_get_32, &[desc, map, k])
            }
            Keys::Bits64 => self.rt(Rt::map_get_64, &[desc, map, key.scalar()]),
            Keys::Str => self.rt(Rt::map_get_str, &[desc, map, key.scalars()[0], key.scalars()[1]]),
            Keys::Memory => {
                let k = self.in_memory(kt, key);
                self.rt(if ok { Rt::map_get_ok } else { Rt::map_get }, &[desc, map, k])
            }
        };
        let found = if ok { Some(self.rt_bool(r[1])) } else { None };
        (r[0], found)
    }

    /// `m[k]` and, if asked for, whether it exists. A value in memory is a copy.
    pub fn map_load(&mut self, t: TypeId, map: Value, key: &Val, ok: bool) -> (Val, Option<Value>) {
        let (_, elem) = self.map_types(t);
        let (a, found) = self.map_find(t, map, key, ok);
        let v = self.load(elem, a);
        (self.stable(elem, v), found)
    }

    /// The address of a (perhaps new) element.
    pub fn map_slot(&mut self, t: TypeId, map: Value, key: &Val) -> Value {
        let (kt, _) = self.map_types(t);
        let desc = self.type_desc(t);
        match self.key_class(kt) {
            Keys::Bits32 => {
                let k = self.to_i64(key.scalar(), false);
                self.rt1(Rt::map_assign_32, &[desc, map, k])
            }
            Keys::Bits64 => self.rt1(Rt::map_assign_64, &[desc, map, key.scalar()]),
            Keys::Str => self.rt1(Rt::map_assign_str, &[desc, map, key.scalars()[0], key.scalars()[1]]),
            Keys::Memory => {
                let k = self.in_memory(kt, key);
                self.rt1(Rt::map_assign, &[desc, map, k])
            }
        }
    }
}
