//! Conversions, implicit and explicit, and type assertions.
//!
//! In: a value and the types it has and gets. Out: the converted value. Guarantees: values put into interfaces are copies.

use escargo_abi::types::ITAB_TYPE;
use escargo_ir::{Check, ConvOp, IntCC, Op, Rt, SiteKind, Type as Ir, Value};
use escargo_syntax::ast::{Expr, ExprKind};
use escargo_types::exprstring::expr_string;
use escargo_types::info::Mode;
use escargo_types::world::*;

use crate::func::FuncLowerer;
use crate::types::{Kind, int_type};
use crate::value::Val;
use crate::walk;

impl FuncLowerer<'_, '_> {
    /// Whether the expression is the predeclared nil.
    pub fn is_nil(&self, e: &Expr) -> bool {
        let e = e.unparen();
        match self.l.info.of(e.id) {
            Some(tv) if tv.mode == Mode::NilValue => true,
            Some(tv) if tv.mode == Mode::Const => false,
            _ => match &e.kind {
                ExprKind::Name(_) => self
                    .l
                    .info
                    .uses
                    .get(&e.id)
                    .is_some_and(|&o| matches!(self.l.world.obj(o).kind, ObjKind::Nil)),
                _ => false,
            },
        }
    }

    /// The value of an expression as assigned to a variable of type `t`.
    pub fn expr_as(&mut self, e: &Expr, t: TypeId) -> Val {
        if self.is_nil(e) {
            return self.zero(t);
        }
        let tv = self.tv(e);
        if tv.mode == Mode::Const
            && let Some(c) = &tv.value
        {
            if !self.is_iface(t) {
                return self.l.const_val(&mut self.b, c, t);
            }
            let from = self.value_ty(e);
            if !self.is_iface(from) {
                return self.box_const(c, from, t);
            }
        }
        let from = self.value_ty(e);
        // A boxed literal of constants is static data. Types of generic code differ by instance.
        if self.is_iface(t)
            && !self.is_iface(from)
            && self.unit.env.id == 0
            && !self.l.is_direct_iface(from)
            && self.ti(from).size > 0
            && let Some(g) = self.l.const_literal(e, from)
        {
            let (word, data) = (self.type_word(from, t), self.global_addr(g));
            return Val::of(&[word, data]);
        }
        let v = self.expr(e);
        if from == t {
            return v;
        }
        let pos = self.b.pos;
        self.at(e.start());
        let v = self.assign_conv(v, from, t, || expr_string(e));
        self.b.pos = pos;
        v
    }

    /// The type of an expression used as a single value: of comma-ok forms the first, of untyped values the default.
    pub fn value_ty(&mut self, e: &Expr) -> TypeId {
        let t = self.ty(e);
        let t = match self.l.world.ty(t) {
            Type::Tuple(_) => self.l.tuple_types(t).first().copied().unwrap_or(t),
            _ => t,
        };
        if self.l.world.is_untyped(t) && t != World::basic(Basic::UntypedNil) {
            let d = self.l.world.default_type(t);
            return self.l.canon(d);
        }
        t
    }

    /// Converts an assigned value: only interfaces change representation.
    pub fn assign_conv(&mut self, v: Val, from: TypeId, to: TypeId, name: impl FnOnce() -> String) -> Val {
        if from == to {
            return v;
        }
        if self.kind(from) == Kind::Nil {
            return self.zero(to);
        }
        match (self.is_iface(from), self.is_iface(to)) {
            (false, true) => self.box_val(from, &v, to, name),
            (true, true) => self.iface_conv(&v, from, to),
            _ => v,
        }
    }

    // ---- interfaces

    /// The first word of interface type `it` for dynamic type `t`.
    pub fn type_word(&mut self, t: TypeId, it: TypeId) -> Value {
        if self.is_empty_iface(it) {
            self.l.boxed_type_addr(&mut self.b, t)
        } else {
            let g = self.l.itab(it, t);
            self.global_addr(g)
        }
    }

    fn box_const(&mut self, c: &escargo_types::constant::Const, t: TypeId, it: TypeId) -> Val {
        let word = self.type_word(t, it);
        let data = if self.l.is_direct_iface(t) {
            self.l.const_val(&mut self.b, c, t).scalar()
        } else {
            let g = self.l.const_global(c, t);
            self.global_addr(g)
        };
        Val::of(&[word, data])
    }

    /// A value of a concrete type as an interface.
    pub fn box_val(&mut self, t: TypeId, v: &Val, it: TypeId, name: impl FnOnce() -> String) -> Val {
        let word = self.type_word(t, it);
        let data = self.box_data(t, v, name);
        Val::of(&[word, data])
    }

    /// The data word of an interface holding the value.
    pub fn box_data(&mut self, t: TypeId, v: &Val, name: impl FnOnce() -> String) -> Value {
        if self.l.is_direct_iface(t) {
            return v.scalar();
        }
        let ti = self.ti(t);
        if ti.size == 0 {
            let g = self.l.zero_global(8);
            return self.global_addr(g);
        }
        if ti.size == 1 && ti.leaves.len() == 1 {
            // Bytes and bools need no memory: a static table holds them all.
            let g = self.l.byte_table();
            let base = self.global_addr(g);
            let layout = self.l.scalar_layout(Ir::I8);
            let index = self.to_i64(v.scalar(), false);
            return self.b.elem(base, layout, index);
        }
        if let Kind::Int { .. } = self.kind(t) {
            self.l.need_small_ints();
        }
        let a = self.alloc(SiteKind::Box, t, name());
        self.store(t, a, v);
        a
    }

    /// The operand of a conversion between strings and bytes, in the direction asked for, that allocates.
    fn copying_operand<'e>(&mut self, e: &'e Expr, to_string: bool) -> Option<&'e Expr> {
        let e = e.unparen();
        let ExprKind::Call { fun, args, .. } = &e.kind else { return None };
        let [x] = &args[..] else { return None };
        if self.ahead.contains_key(&e.id)
            || self.mode(fun.unparen()) != Mode::Type
            || self.mode(e) == Mode::Const
            || self.is_nil(x)
        {
            return None;
        }
        let (from, to) = (self.value_ty(x), self.value_ty(e));
        let (from, to) = if to_string { (from, to) } else { (to, from) };
        let Kind::Slice(elem) = self.kind(from) else { return None };
        (self.kind(to) == Kind::String && self.ti(elem).size == 1).then_some(x)
    }

    /// A string that is only read before anything else happens: `string(bytes)` needs no copy then.
    pub fn text_view(&mut self, e: &Expr, t: TypeId) -> Val {
        match self.copying_operand(e, true) {
            Some(x) => {
                let [data, len] = self.words(x, [0, 1]);
                Val::of(&[data, len])
            }
            None => self.expr_as(e, t),
        }
    }

    /// Whether nothing that the expression does can change what a string view shows.
    pub fn is_quiet(&mut self, e: &Expr) -> bool {
        match self.copying_operand(e, true) {
            Some(x) => !walk::has_call(x),
            None => !walk::has_call(e),
        }
    }

    /// The string behind `[]byte(s)`, as data and length, where the bytes are only read.
    pub fn bytes_view(&mut self, e: &Expr) -> Option<[Value; 2]> {
        let x = self.copying_operand(e, false)?;
        let t = self.value_ty(x);
        let v = self.expr_as(x, t).pass();
        Some([v[0], v[1]])
    }

    /// Whether the expression is `string(bytes)`.
    pub fn is_bytes_text(&mut self, e: &Expr) -> bool {
        self.copying_operand(e, true).is_some()
    }

    /// The value of a concrete type from the data word of an interface that holds it.
    pub fn unbox(&mut self, t: TypeId, data: Value) -> Val {
        let ti = self.ti(t);
        if ti.size == 0 && !ti.in_mem {
            return Val::empty();
        }
        if self.l.is_direct_iface(t) {
            return Val::one(data);
        }
        self.load(t, data)
    }

    /// The dynamic type (or null) of an interface from its first word.
    pub fn iface_type_word(&mut self, it: TypeId, word: Value) -> Value {
        if self.is_empty_iface(it) {
            return word;
        }
        let (then, join) = (self.block(), self.block());
        let r = self.b.block_param(join, Ir::Ptr);
        let null = self.b.null();
        let is_null = self.b.icmp(IntCC::Eq, word, null);
        self.b.push(
            Op::Branch {
                cond: is_null,
                then: join,
                then_args: [null].into_iter().collect(),
                els: then,
                els_args: Default::default(),
            },
            &[],
        );
        self.b.switch_to(then);
        let a = self.offset(word, ITAB_TYPE as i64);
        let t = self.b.load(Ir::Ptr, a);
        self.b.jump(join, &[t]);
        self.b.switch_to(join);
        r
    }

    /// Implicit conversion between interface types: nil stays nil.
    fn iface_conv(&mut self, v: &Val, from: TypeId, to: TypeId) -> Val {
        let (word, data) = (v.scalars()[0], v.scalars()[1]);
        if self.is_empty_iface(to) {
            let t = self.iface_type_word(from, word);
            return Val::of(&[t, data]);
        }
        if self.l.under(from) == self.l.under(to) {
            return v.clone();
        }
        let t = self.iface_type_word(from, word);
        let (then, join) = (self.block(), self.block());
        let r = self.b.block_param(join, Ir::Ptr);
        let null = self.b.null();
        let is_null = self.b.icmp(IntCC::Eq, t, null);
        self.b.push(
            Op::Branch {
                cond: is_null,
                then: join,
                then_args: [null].into_iter().collect(),
                els: then,
                els_args: Default::default(),
            },
            &[],
        );
        self.b.switch_to(then);
        let inter = self.type_desc(to);
        let itab = self.rt1(Rt::assert_iface, &[inter, t]);
        self.b.jump(join, &[itab]);
        self.b.switch_to(join);
        Val::of(&[r, data])
    }

    /// `x.(T)` with one result.
    pub fn type_assert(&mut self, e: &Expr, x: &Expr) -> Val {
        let to = self.value_ty(e);
        let from = self.value_ty(x);
        let v = self.expr(x);
        self.at(e.pos);
        let (word, data) = (v.scalars()[0], v.scalars()[1]);
        let t = self.iface_type_word(from, word);
        if self.is_iface(to) && !self.is_empty_iface(to) {
            let inter = self.type_desc(to);
            let itab = self.rt1(Rt::assert_iface, &[inter, t]);
            return Val::of(&[itab, data]);
        }
        let (ok, bad) = (self.block(), self.cold_block());
        let cond = if self.is_iface(to) {
            let n = self.is_null(t);
            self.not(n)
        } else {
            let want = self.type_desc(to);
            self.b.icmp(IntCC::Eq, t, want)
        };
        self.b.branch(cond, ok, bad);
        self.b.switch_to(bad);
        let (want, inter) = (self.type_desc(to), self.type_desc(from));
        self.rt(Rt::panic_assert, &[t, want, inter]);
        self.b.switch_to(ok);
        if self.is_iface(to) { Val::of(&[t, data]) } else { self.unbox(to, data) }
    }

    /// `v, ok := x.(T)`: the value (zero unless ok) and ok.
    pub fn type_assert_ok(&mut self, e: &Expr, x: &Expr) -> (Val, TypeId, Value) {
        let to = self.value_ty(e);
        let from = self.value_ty(x);
        let v = self.expr(x);
        self.at(e.pos);
        let (word, data) = (v.scalars()[0], v.scalars()[1]);
        let t = self.iface_type_word(from, word);
        let (r, ok) = self.assert_ok(t, data, to);
        (r, to, ok)
    }

    /// Tests a dynamic type (perhaps null) against `to`.
    pub fn assert_ok(&mut self, t: Value, data: Value, to: TypeId) -> (Val, Value) {
        let (ok, word) = self.type_test(t, to);
        let in_mem = self.ti(to).in_mem;
        let (then, join) = (self.block(), self.block());
        if in_mem {
            let tmp = self.temp(to);
            self.b.branch(ok, then, join);
            self.b.switch_to(then);
            let v = self.unbox(to, data);
            self.store(to, tmp, &v);
            self.jump(join);
            self.b.switch_to(join);
            return (Val::Mem(tmp), ok);
        }
        let types = self.ti(to).leaf_types();
        let params: Vec<Value> = types.iter().map(|&t| self.b.block_param(join, t)).collect();
        let zero = self.zero(to);
        self.b.push(
            Op::Branch { cond: ok, then, then_args: Default::default(), els: join, els_args: zero.pass() },
            &[],
        );
        self.b.switch_to(then);
        let v = match word {
            Some(w) => Val::of(&[w, data]),
            None => self.unbox(to, data),
        };
        self.b.jump(join, v.scalars());
        self.b.switch_to(join);
        (Val::of(&params), ok)
    }

    /// Whether dynamic type `t` (perhaps null) matches `to`; for interfaces also the first word of the converted value.
    pub fn type_test(&mut self, t: Value, to: TypeId) -> (Value, Option<Value>) {
        if !self.is_iface(to) {
            let want = self.type_desc(to);
            return (self.b.icmp(IntCC::Eq, t, want), None);
        }
        if self.is_empty_iface(to) {
            let n = self.is_null(t);
            return (self.not(n), Some(t));
        }
        let inter = self.type_desc(to);
        let itab = self.rt1(Rt::assert_iface_ok, &[inter, t]);
        let n = self.is_null(itab);
        (self.not(n), Some(itab))
    }

    // ---- explicit conversions

    /// `T(x)`.
    pub fn conversion(&mut self, e: &Expr, x: &Expr) -> Val {
        let to = self.value_ty(e);
        if self.is_nil(x) {
            return self.zero(to);
        }
        let tv = self.tv(x);
        if tv.mode == Mode::Const
            && let Some(c) = &tv.value
        {
            let k = self.kind(to);
            let same = match k {
                Kind::Bool | Kind::Float(_) | Kind::Complex(_) => true,
                Kind::Int { .. } => c.is_numeric(),
                Kind::String => c.as_bytes().is_some(),
                _ => false,
            };
            if same {
                return self.l.const_val(&mut self.b, c, to);
            }
        }
        if self.is_iface(to) {
            return self.expr_as(x, to);
        }
        let from = self.value_ty(x);
        let v = self.expr(x);
        self.at(e.pos);
        self.convert_val(v, from, to, || expr_string(e))
    }

    /// An explicit conversion of a value.
    pub fn convert_val(&mut self, v: Val, from: TypeId, to: TypeId, name: impl FnOnce() -> String) -> Val {
        if from == to {
            return v;
        }
        let (f, t) = (self.kind(from), self.kind(to));
        match (f, t) {
            (_, Kind::Interface) => self.assign_conv(v, from, to, name),
            (Kind::Int { signed, .. }, Kind::Int { bits, .. }) => {
                Val::one(self.int_conv(v.scalar(), signed, int_type(bits)))
            }
            (Kind::Int { signed, .. }, Kind::Float(bits)) => {
                let x = self.to_i64(v.scalar(), signed);
                let op = if signed { ConvOp::SintToF } else { ConvOp::UintToF };
                Val::one(self.convert(op, float_type(bits), x))
            }
            (Kind::Float(_), Kind::Int { bits, signed }) => {
                let op = if bits == 64 && !signed { ConvOp::FToUint } else { ConvOp::FToSint };
                let x = self.convert(op, Ir::I64, v.scalar());
                Val::one(self.int_conv(x, signed, int_type(bits)))
            }
            (Kind::Float(a), Kind::Float(b)) => Val::one(self.float_conv(v.scalar(), a, b)),
            (Kind::Complex(a), Kind::Complex(b)) => {
                let (re, im) = (v.scalars()[0], v.scalars()[1]);
                Val::of(&[self.float_conv(re, a / 2, b / 2), self.float_conv(im, a / 2, b / 2)])
            }
            (Kind::Int { signed, .. }, Kind::String) => {
                let x = self.to_i64(v.scalar(), signed);
                let site = self.buffer_site(SiteKind::StringConv, &name());
                Val::Scalars(self.rt_site(Rt::string_from_rune, Some(site), &[x]))
            }
            (Kind::Slice(elem), Kind::String) => {
                let s = v.scalars();
                let rt = if self.ti(elem).size == 1 { Rt::string_from_bytes } else { Rt::string_from_runes };
                let site = self.buffer_site(SiteKind::StringConv, &name());
                Val::Scalars(self.rt_site(rt, Some(site), &[s[0], s[1]]))
            }
            (Kind::String, Kind::Slice(elem)) => {
                let s = v.scalars();
                let bytes = self.ti(elem).size == 1;
                let rt = if bytes { Rt::bytes_from_string } else { Rt::runes_from_string };
                let site = self.buffer_site(SiteKind::StringConv, &name());
                let r = self.rt_site(rt, Some(site), &[s[0], s[1]]);
                if bytes { Val::of(&[r[0], s[1], r[1]]) } else { Val::of(&[r[0], r[1], r[1]]) }
            }
            (Kind::Slice(_), Kind::Pointer(array)) => {
                let (data, len) = (v.scalars()[0], v.scalars()[1]);
                self.slice_to_array_check(len, array);
                Val::one(data)
            }
            (Kind::Slice(_), Kind::Array { .. }) => {
                let (data, len) = (v.scalars()[0], v.scalars()[1]);
                self.slice_to_array_check(len, to);
                let ti = self.ti(to);
                if ti.size == 0 && !ti.in_mem {
                    return Val::empty();
                }
                let v = self.load(to, data);
                self.stable(to, v)
            }
            (Kind::UnsafePointer, Kind::Int { .. }) => {
                Val::one(self.convert(ConvOp::PtrToInt, Ir::I64, v.scalar()))
            }
            (Kind::Int { .. }, Kind::UnsafePointer) => {
                Val::one(self.convert(ConvOp::IntToPtr, Ir::Ptr, v.scalar()))
            }
            (Kind::Nil, _) => self.zero(to),
            // Equal underlying types, pointers, channels, unsafe.Pointer: the same representation.
            _ => v,
        }
    }

    fn slice_to_array_check(&mut self, len: Value, array: TypeId) {
        let Kind::Array { len: n, .. } = self.kind(array) else {
            unreachable!("lower: conversion to an array")
        };
        let n = self.int(n);
        self.check(Check::SliceConvert, len, Some(n));
    }

    /// Integer conversion by the sign of the source.
    pub fn int_conv(&mut self, v: Value, signed: bool, to: Ir) -> Value {
        let from = self.b.func.ty(v);
        if from == to {
            v
        } else if from.bytes() > to.bytes() {
            self.convert(ConvOp::Trunc, to, v)
        } else {
            self.convert(if signed { ConvOp::Sext } else { ConvOp::Zext }, to, v)
        }
    }

    fn float_conv(&mut self, v: Value, from: u8, to: u8) -> Value {
        match (from, to) {
            (32, 64) => self.convert(ConvOp::Fpromote, Ir::F64, v),
            (64, 32) => self.convert(ConvOp::Fdemote, Ir::F32, v),
            _ => v,
        }
    }
}

fn float_type(bits: u8) -> Ir {
    if bits == 32 { Ir::F32 } else { Ir::F64 }
}
