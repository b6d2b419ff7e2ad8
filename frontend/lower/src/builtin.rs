//! Calls of predeclared functions and of package unsafe.
//!
//! In: a call of a builtin. Out: its results. Guarantees: operands are evaluated first, then `builtin_vals` acts on values
//! alone, so that deferred and started calls share it.

use escargo_abi::types::{CHAN_CAP, CHAN_LEN, MAP_LEN};
use escargo_ir::{BinOp, ConvOp, FloatCC, IntCC, Op, Rt, SiteKind, Type as Ir, Value};
use escargo_syntax::ast::{BinaryOp, Expr, ExprKind};
use escargo_types::exprstring::expr_string;
use escargo_types::info::Mode;
use escargo_types::world::*;

use crate::func::FuncLowerer;
use crate::types::Kind;
use crate::value::Val;

impl FuncLowerer<'_, '_> {
    pub fn builtin_call(&mut self, b: Builtin, e: &Expr, args: &[Expr], dots: bool) -> Vec<(Val, TypeId)> {
        if args.len() > 1 && self.mode(&args[0]) != Mode::Type {
            match b {
                Builtin::Append if !dots => self.append_operands_first(args),
                _ => self.calls_first(args),
            }
        }
        let t = self.value_ty(e);
        let v = match b {
            Builtin::Append => self.append(e, t, args, dots),
            Builtin::Make => self.make(e, t, args),
            Builtin::New => {
                let elem = match self.kind(t) {
                    Kind::Pointer(elem) => elem,
                    k => unreachable!("lower: new gives {k:?}"),
                };
                if self.mode(&args[0]) == Mode::Type {
                    self.at(e.pos);
                    Val::one(self.alloc(SiteKind::New, elem, expr_string(e)))
                } else {
                    let v = self.expr_as(&args[0], elem);
                    self.at(e.pos);
                    let a = self.alloc(SiteKind::New, elem, expr_string(e));
                    self.store(elem, a, &v);
                    Val::one(a)
                }
            }
            Builtin::Len | Builtin::Cap => self.len_cap(b == Builtin::Cap, e, &args[0]),
            Builtin::Sizeof | Builtin::Alignof | Builtin::Offsetof => {
                // Of a type that depends on type parameters: no constant for the checker.
                let v = self.unsafe_size(b, &args[0]);
                let word = self.l.canon(World::basic(Basic::Uintptr));
                return vec![(Val::one(self.int(v as i64)), word)];
            }
            _ => {
                let vals = self.builtin_args(b, e, args, dots);
                self.at(e.pos);
                let r = self.builtin_vals(b, &vals, t);
                if matches!(
                    b,
                    Builtin::Close
                        | Builtin::Clear
                        | Builtin::Delete
                        | Builtin::Panic
                        | Builtin::Print
                        | Builtin::Println
                ) {
                    return Vec::new();
                }
                r
            }
        };
        vec![(v, t)]
    }

    fn unsafe_size(&mut self, b: Builtin, x: &Expr) -> u64 {
        if b == Builtin::Offsetof {
            let inner = x.unparen();
            let ExprKind::Selector { x, .. } = &inner.kind else { return 0 };
            let Some(s) = self.l.info.selections.get(&inner.id).cloned() else { return 0 };
            let mut t = self.value_ty(x);
            t = self.l.deref(t);
            let mut offset = 0;
            for &i in &s.path {
                let f = self.l.fields(t)[i as usize].clone();
                offset += f.offset;
                t = f.ty;
            }
            return offset;
        }
        let t = self.value_ty(x);
        let (size, align) = self.l.size_align(t);
        if b == Builtin::Sizeof { size } else { align as u64 }
    }

    /// Evaluates the operands of a builtin that acts on values.
    pub fn builtin_args(&mut self, b: Builtin, e: &Expr, args: &[Expr], dots: bool) -> Vec<(Val, TypeId)> {
        let _ = dots;
        let int = self.l.canon(World::basic(Basic::Int));
        if let [one] = args
            && let Some(vals) = self.tuple_operands(one)
        {
            return self.spread_operands(b, e, vals);
        }
        match b {
            Builtin::Panic => {
                let any = self.l.canon(World::ANY);
                vec![(self.expr_as(&args[0], any), any)]
            }
            Builtin::Delete => {
                let mt = self.value_ty(&args[0]);
                let m = self.expr(&args[0]);
                let Kind::Map { key, .. } = self.kind(mt) else { unreachable!("lower: delete from a map") };
                let k = self.expr_as(&args[1], key);
                vec![(m, mt), (self.stable(key, k), key)]
            }
            Builtin::Min | Builtin::Max | Builtin::Complex => {
                let t = self.value_ty(e);
                let part = if b == Builtin::Complex {
                    let float = match self.kind(t) {
                        Kind::Complex(64) => Basic::Float32,
                        _ => Basic::Float64,
                    };
                    self.l.canon(World::basic(float))
                } else {
                    t
                };
                args.iter().map(|a| (self.expr_as(a, part), part)).collect()
            }
            Builtin::Add | Builtin::Slice | Builtin::String => {
                let t = self.value_ty(&args[0]);
                let p = self.expr(&args[0]);
                let (n, _) = self.index_value(&args[1]);
                vec![(p, t), (Val::one(n), int)]
            }
            _ => {
                let mut out = Vec::new();
                for a in args {
                    let t = self.value_ty(a);
                    let v = if self.is_nil(a) { Val::one(self.b.null()) } else { self.expr_as(a, t) };
                    let v = self.stable(t, v);
                    out.push((v, t));
                }
                out
            }
        }
    }

    /// The values of a call with several results.
    fn tuple_operands(&mut self, e: &Expr) -> Option<Vec<(Val, TypeId)>> {
        let t = self.ty(e);
        let ExprKind::Call { .. } = e.unparen().kind else { return None };
        match self.l.world.ty(t) {
            Type::Tuple(vars) if vars.len() > 1 => Some(self.multi(e)),
            _ => None,
        }
    }

    /// Operands of a builtin that come from one call, as the builtin takes them.
    fn spread_operands(&mut self, b: Builtin, e: &Expr, vals: Vec<(Val, TypeId)>) -> Vec<(Val, TypeId)> {
        let mut vals = vals;
        match b {
            Builtin::Delete => {
                if let Kind::Map { key, .. } = self.kind(vals[0].1) {
                    let (v, t) = vals[1].clone();
                    vals[1] = (self.assign_conv(v, t, key, || expr_string(e)), key);
                }
            }
            Builtin::Min | Builtin::Max => {
                let t = self.value_ty(e);
                vals.iter_mut().for_each(|v| v.1 = t);
            }
            Builtin::Add | Builtin::Slice | Builtin::String => {
                let (v, t) = vals[1].clone();
                let signed = self.signed(t);
                vals[1].0 = Val::one(self.to_i64(v.scalar(), signed));
            }
            _ => {}
        }
        vals
    }

    /// What a builtin does to evaluated operands. `t`: the result's type.
    pub fn builtin_vals(&mut self, b: Builtin, vals: &[(Val, TypeId)], t: TypeId) -> Val {
        match b {
            Builtin::Recover => self.recover(),
            Builtin::Panic => {
                let v = vals[0].0.pass();
                self.rt(Rt::panic, &v);
                Val::empty()
            }
            Builtin::Print | Builtin::Println => {
                self.print(vals, b == Builtin::Println);
                Val::empty()
            }
            Builtin::Close => {
                self.rt(Rt::chan_close, &[vals[0].0.scalar()]);
                Val::empty()
            }
            Builtin::Delete => {
                let (m, mt) = &vals[0];
                let (k, kt) = &vals[1];
                let k = self.in_memory(*kt, k);
                let desc = self.type_desc(*mt);
                self.rt(Rt::map_delete, &[desc, m.scalar(), k]);
                Val::empty()
            }
            Builtin::Clear => {
                let (v, vt) = &vals[0];
                match self.kind(*vt) {
                    Kind::Map { .. } => {
                        let desc = self.type_desc(*vt);
                        self.rt(Rt::map_clear, &[desc, v.scalar()]);
                    }
                    Kind::Slice(elem) => {
                        let (p, n) = (v.scalars()[0], v.scalars()[1]);
                        self.clear_elems(elem, p, n);
                    }
                    k => unreachable!("lower: clear of {k:?}"),
                }
                Val::empty()
            }
            Builtin::Copy => self.copy(vals),
            Builtin::Min | Builtin::Max => {
                let mut acc = vals[0].0.clone();
                for (v, _) in &vals[1..] {
                    acc = self.min_max(b == Builtin::Max, t, &acc, v);
                }
                acc
            }
            Builtin::Complex => Val::of(&[vals[0].0.scalar(), vals[1].0.scalar()]),
            Builtin::Real => Val::one(vals[0].0.scalars()[0]),
            Builtin::Imag => Val::one(vals[0].0.scalars()[1]),
            Builtin::Add => {
                let (base, offset) = (vals[0].0.scalar(), vals[1].0.scalar());
                Val::one(self.b.value(Op::Offset { base, offset }, Ir::Ptr))
            }
            Builtin::Slice => self.unsafe_slice(vals),
            Builtin::String => {
                let (p, n) = (vals[0].0.scalar(), vals[1].0.scalar());
                self.check_unsafe_len(
                    p,
                    n,
                    1,
                    "unsafe.String: len out of range",
                    "unsafe.String: ptr is nil and len is not zero",
                );
                Val::of(&[p, n])
            }
            Builtin::SliceData => {
                // Of a slice without capacity: not nil unless the slice is.
                Val::one(vals[0].0.scalars()[0])
            }
            Builtin::StringData => Val::one(vals[0].0.scalars()[0]),
            Builtin::Append
            | Builtin::Cap
            | Builtin::Len
            | Builtin::Make
            | Builtin::New
            | Builtin::Alignof
            | Builtin::Offsetof
            | Builtin::Sizeof => unreachable!("lower: {b:?} acts on expressions"),
        }
    }

    fn times_size(&mut self, n: Value, elem: TypeId) -> Value {
        let size = self.ti(elem).size;
        if size == 1 {
            return n;
        }
        let s = self.int(size as i64);
        self.b.binary(BinOp::Mul, n, s)
    }

    // ---- len, cap

    fn len_cap(&mut self, cap: bool, e: &Expr, x: &Expr) -> Val {
        let t = self.value_ty(x);
        match self.kind(t) {
            Kind::Array { len, .. } => {
                self.discard(x);
                Val::one(self.int(len))
            }
            Kind::Pointer(array) => {
                self.discard(x);
                let Kind::Array { len, .. } = self.kind(array) else {
                    unreachable!("lower: len of a pointer")
                };
                Val::one(self.int(len))
            }
            Kind::String => Val::one(self.words(x, [1])[0]),
            Kind::Slice(_) => Val::one(self.words(x, [1 + cap as usize])[0]),
            Kind::Map { .. } | Kind::Chan { .. } => {
                let offset = match self.kind(t) {
                    Kind::Map { .. } => MAP_LEN,
                    _ if cap => CHAN_CAP,
                    _ => CHAN_LEN,
                };
                let p = self.expr(x).scalar();
                self.at(e.pos);
                let (then, join) = (self.block(), self.block());
                let r = self.b.block_param(join, Ir::I64);
                let nil = self.is_null(p);
                let zero = self.int(0);
                self.b.push(
                    Op::Branch {
                        cond: nil,
                        then: join,
                        then_args: [zero].into_iter().collect(),
                        els: then,
                        els_args: Default::default(),
                    },
                    &[],
                );
                self.b.switch_to(then);
                let a = self.offset(p, offset as i64);
                let n = self.b.load(Ir::I64, a);
                self.b.jump(join, &[n]);
                self.b.switch_to(join);
                Val::one(r)
            }
            k => unreachable!("lower: len of {k:?}"),
        }
    }

    // ---- make

    fn make(&mut self, e: &Expr, t: TypeId, args: &[Expr]) -> Val {
        match self.kind(t) {
            Kind::Slice(elem) => self.make_slice(e, elem, args),
            Kind::Map { .. } => {
                let n = match args.get(1) {
                    Some(n) => self.index_value(n).0,
                    None => self.int(0),
                };
                self.at(e.pos);
                let desc = self.type_desc(t);
                let layout = self.map_buffer(t);
                let site = self.site(SiteKind::MakeMap, layout, expr_string(e));
                Val::Scalars(self.rt_site(Rt::map_make, Some(site), &[desc, n]))
            }
            Kind::Chan { .. } => {
                let n = match args.get(1) {
                    Some(n) => self.index_value(n).0,
                    None => self.int(0),
                };
                self.at(e.pos);
                let desc = self.type_desc(t);
                let layout = self.layout(t);
                let site = self.site(SiteKind::MakeChan, layout, expr_string(e));
                Val::Scalars(self.rt_site(Rt::chan_make, Some(site), &[desc, n]))
            }
            k => unreachable!("lower: make of {k:?}"),
        }
    }

    fn make_slice(&mut self, e: &Expr, elem: TypeId, args: &[Expr]) -> Val {
        let const_len = self.const_int(&args[1]);
        let const_cap = match args.get(2) {
            Some(c) => self.const_int(c),
            None => const_len,
        };
        let len = self.index_value(&args[1]).0;
        let cap = match args.get(2) {
            Some(c) => self.index_value(c).0,
            None => len,
        };
        self.at(e.pos);
        let ti = self.ti(elem);
        let layout = ti.layout;
        let size = ti.size;
        let small =
            const_cap.filter(|&c| (0..1 << 40).contains(&c) && size.saturating_mul(c as u64) < 1 << 40);
        let needs_check = small.is_none() || const_len.is_none_or(|l| l < 0 || l > small.unwrap_or(0));
        if needs_check {
            let bytes = self.int(size as i64);
            self.rt(Rt::make_slice_check, &[bytes, len, cap]);
        }
        let limit = 64 << 10;
        let heap_only = match small {
            Some(c) if size * c as u64 <= limit => None,
            Some(_) => Some("too large for stack".to_string()),
            None => Some("non-constant size".to_string()),
        };
        let site = self.site_heap(SiteKind::MakeSlice, layout, expr_string(e), heap_only);
        let p = self.b.value(Op::Alloc { site, layout, count: Some(cap) }, Ir::Ptr);
        Val::of(&[p, len, cap])
    }

    // ---- append, copy

    fn append(&mut self, e: &Expr, t: TypeId, args: &[Expr], dots: bool) -> Val {
        let Kind::Slice(elem) = self.kind(t) else { unreachable!("lower: append to a slice") };
        if let [one] = args
            && let Some(vals) = self.tuple_operands(one)
        {
            let s = vals[0].0.pass();
            let vals = vals[1..].iter().map(|(v, from)| {
                let v = self.assign_conv(v.clone(), *from, elem, || "call result".into());
                self.stable(elem, v)
            });
            let vals: Vec<Val> = vals.collect();
            return self.append_vals(e, elem, &s, &vals);
        }
        let s = self.expr_as(&args[0], t).pass();
        let rest = &args[1..];
        if rest.is_empty() {
            return Val::Scalars(s);
        }
        if dots && let Some(n) = self.made_length(&rest[0], elem) {
            return self.append_zeroes(e, elem, &s, n);
        }
        if dots {
            let xt = self.value_ty(&rest[0]);
            let x = if self.is_nil(&rest[0]) { self.zero(t) } else { self.expr_as(&rest[0], xt) };
            self.at(e.pos);
            let (src, n) = (x.scalars()[0], x.scalars()[1]);
            let (p, old, new_len, cap) = self.grow(e, elem, &s, n);
            let to = self.elem_addr(p, elem, old);
            self.move_elems(elem, to, src, n);
            return Val::of(&[p, new_len, cap]);
        }
        let vals: Vec<Val> = rest
            .iter()
            .map(|a| {
                let v = self.expr_as(a, elem);
                self.stable(elem, v)
            })
            .collect();
        self.append_vals(e, elem, &s, &vals)
    }

    /// The length, if the expression is `make([]T, n)`.
    fn made_length(&mut self, e: &Expr, elem: TypeId) -> Option<Value> {
        let ExprKind::Call { fun, args, .. } = &e.kind else { return None };
        let [_, n] = &args[..] else { return None };
        if self.mode(fun) != Mode::Builtin(Builtin::Make) {
            return None;
        }
        let t = self.value_ty(e);
        (self.kind(t) == Kind::Slice(elem)).then(|| self.index_value(n).0)
    }

    /// `append(s, make([]T, n)...)`: the slice that would be appended is not made.
    fn append_zeroes(&mut self, e: &Expr, elem: TypeId, s: &[Value], n: Value) -> Val {
        self.at(e.pos);
        let size = self.ti(elem).size as i64;
        let size = self.int(size);
        self.rt(Rt::make_slice_check, &[size, n, n]);
        let (p, old, new_len, cap) = self.grow(e, elem, s, n);
        let to = self.elem_addr(p, elem, old);
        self.clear_elems(elem, to, n);
        Val::of(&[p, new_len, cap])
    }

    fn append_vals(&mut self, e: &Expr, elem: TypeId, s: &[Value], vals: &[Val]) -> Val {
        self.at(e.pos);
        let n = self.int(vals.len() as i64);
        let (p, old, new_len, cap) = self.grow(e, elem, s, n);
        for (i, v) in vals.iter().enumerate() {
            let index = if i == 0 {
                old
            } else {
                let i = self.int(i as i64);
                self.b.binary(BinOp::Add, old, i)
            };
            let a = self.elem_addr(p, elem, index);
            self.store(elem, a, v);
        }
        Val::of(&[p, new_len, cap])
    }

    /// Makes room for `n` more elements: (data, old length, new length, capacity).
    fn grow(&mut self, e: &Expr, elem: TypeId, s: &[Value], n: Value) -> (Value, Value, Value, Value) {
        let (data, len, cap) = (s[0], s[1], s[2]);
        let new_len = self.b.binary(BinOp::Add, len, n);
        let (slow, join) = (self.cold_block(), self.block());
        let p = self.b.block_param(join, Ir::Ptr);
        let c = self.b.block_param(join, Ir::I64);
        let more = self.b.icmp(IntCC::Ugt, new_len, cap);
        self.b.push(
            Op::Branch {
                cond: more,
                then: slow,
                then_args: Default::default(),
                els: join,
                els_args: [data, cap].into_iter().collect(),
            },
            &[],
        );
        self.b.switch_to(slow);
        let layout = self.layout(elem);
        let site = self.site(SiteKind::Append, layout, expr_string(e));
        let desc = self.type_desc(elem);
        let r = self.rt_site(Rt::grow_slice, Some(site), &[desc, data, new_len, cap, n]);
        self.b.jump(join, &[r[0], r[1]]);
        self.b.switch_to(join);
        (p, len, new_len, c)
    }

    /// Moves `n` elements that may overlap.
    pub fn move_elems(&mut self, elem: TypeId, to: Value, from: Value, n: Value) {
        let ti = self.ti(elem);
        if ti.size == 0 {
            return;
        }
        if ti.has_pointers {
            let desc = self.type_desc(elem);
            self.rt(Rt::typed_move, &[desc, to, from, n]);
        } else {
            let bytes = self.times_size(n, elem);
            self.rt(Rt::memmove, &[to, from, bytes]);
        }
    }

    /// Zeroes `n` elements.
    fn clear_elems(&mut self, elem: TypeId, p: Value, n: Value) {
        if self.ti(elem).has_pointers {
            let desc = self.type_desc(elem);
            self.rt(Rt::typed_clear, &[desc, p, n]);
        } else {
            let bytes = self.times_size(n, elem);
            self.rt(Rt::memclr, &[p, bytes]);
        }
    }

    fn copy(&mut self, vals: &[(Val, TypeId)]) -> Val {
        let (d, dt) = &vals[0];
        let (s, _) = &vals[1];
        let Kind::Slice(elem) = self.kind(*dt) else { unreachable!("lower: copy to a slice") };
        let (dn, sn) = (d.scalars()[1], s.scalars()[1]);
        let less = self.b.icmp(IntCC::Slt, sn, dn);
        let n = self.b.value(Op::Select(less, sn, dn), Ir::I64);
        self.move_elems(elem, d.scalars()[0], s.scalars()[0], n);
        Val::one(n)
    }

    // ---- min, max

    fn min_max(&mut self, max: bool, t: TypeId, x: &Val, y: &Val) -> Val {
        let op = if max { BinaryOp::Gtr } else { BinaryOp::Lss };
        match self.kind(t) {
            Kind::Float(bits) => Val::one(self.float_min_max(max, bits, x.scalar(), y.scalar())),
            Kind::String => {
                // The first of equal strings stays.
                let c = self.compare(op, t, y, x);
                let (xs, ys) = (x.scalars(), y.scalars());
                let p = self.b.value(Op::Select(c, ys[0], xs[0]), Ir::Ptr);
                let n = self.b.value(Op::Select(c, ys[1], xs[1]), Ir::I64);
                Val::of(&[p, n])
            }
            _ => {
                let c = self.compare(op, t, x, y);
                let ty = self.b.func.ty(x.scalar());
                Val::one(self.b.value(Op::Select(c, x.scalar(), y.scalar()), ty))
            }
        }
    }

    /// NaN wins; -0 is less than 0.
    fn float_min_max(&mut self, max: bool, bits: u8, x: Value, y: Value) -> Value {
        let ty = self.b.func.ty(x);
        let int = if bits == 32 { Ir::I32 } else { Ir::I64 };
        let cc = if max { FloatCC::Gt } else { FloatCC::Lt };
        let c = self.b.fcmp(cc, x, y);
        let plain = self.b.value(Op::Select(c, x, y), ty);
        // Equal operands: zeroes of different sign are combined by their bits.
        let eq = self.b.fcmp(FloatCC::Eq, x, y);
        let (xb, yb) = (self.convert(ConvOp::Bitcast, int, x), self.convert(ConvOp::Bitcast, int, y));
        let zb = self.b.binary(if max { BinOp::And } else { BinOp::Or }, xb, yb);
        let z = self.convert(ConvOp::Bitcast, ty, zb);
        let r = self.b.value(Op::Select(eq, z, plain), ty);
        let nan = self.b.fcmp(FloatCC::Ne, y, y);
        let r = self.b.value(Op::Select(nan, y, r), ty);
        let nan = self.b.fcmp(FloatCC::Ne, x, x);
        self.b.value(Op::Select(nan, x, r), ty)
    }

    // ---- unsafe

    fn unsafe_slice(&mut self, vals: &[(Val, TypeId)]) -> Val {
        let (p, n) = (vals[0].0.scalar(), vals[1].0.scalar());
        let Kind::Pointer(elem) = self.kind(vals[0].1) else {
            unreachable!("lower: unsafe.Slice of a pointer")
        };
        let size = self.ti(elem).size;
        self.check_unsafe_len(
            p,
            n,
            size,
            "unsafe.Slice: len out of range",
            "unsafe.Slice: ptr is nil and len is not zero",
        );
        // The last byte must not lie behind the end of the address space.
        let bytes = self.times_size(n, elem);
        let one = self.int(1);
        let offset = self.b.binary(BinOp::Sub, bytes, one);
        let last = self.b.value(Op::Offset { base: p, offset }, Ir::Ptr);
        let wraps = self.b.icmp(IntCC::Ult, last, p);
        let zero = self.int(0);
        let some = self.b.icmp(IntCC::Ne, bytes, zero);
        let bad = self.b.binary(BinOp::And, wraps, some);
        self.panic_if(bad, "unsafe.Slice: len out of range");
        Val::of(&[p, n, n])
    }

    fn check_unsafe_len(&mut self, p: Value, n: Value, size: u64, range: &str, nil: &str) {
        let limit = self.int((1i64 << 47) / size.max(1) as i64);
        let bad = self.b.icmp(IntCC::Ugt, n, limit);
        self.panic_if(bad, range);
        let zero = self.int(0);
        let some = self.b.icmp(IntCC::Ne, n, zero);
        let null = self.is_null(p);
        let bad = self.b.binary(BinOp::And, some, null);
        self.panic_if(bad, nil);
    }

    /// Raises a runtime error with a text.
    pub fn panic_if(&mut self, cond: Value, text: &str) {
        let (bad, ok) = (self.cold_block(), self.block());
        self.b.branch(cond, bad, ok);
        self.b.switch_to(bad);
        self.runtime_panic(text);
        self.b.switch_to(ok);
    }

    /// Panics with a `runtime.errorString`.
    pub fn runtime_panic(&mut self, text: &str) {
        let any = self.l.canon(World::ANY);
        let t = match self.runtime_obj("errorString") {
            Some(o) => self.l.world.obj(o).ty,
            None => World::basic(Basic::String),
        };
        let t = self.l.canon(t);
        let v = self.str_val(text.as_bytes());
        let v = self.box_val(t, &v, any, || "panic".into()).pass();
        self.rt(Rt::panic, &v);
    }

    /// An object of the bundled package runtime.
    fn runtime_obj(&self, name: &str) -> Option<ObjId> {
        let pkg = *self.l.world.pkg_by_path.get("runtime")?;
        let scope = self.l.world.pkg(pkg).scope;
        self.l.world.scopes[scope.index()].map.get(&escargo_syntax::Symbol::new(name)).copied()
    }

    // ---- print

    fn print(&mut self, vals: &[(Val, TypeId)], line: bool) {
        self.rt(Rt::print_lock, &[]);
        for (i, (v, t)) in vals.iter().enumerate() {
            if line && i > 0 {
                self.rt(Rt::print_space, &[]);
            }
            self.print_val(v, *t);
        }
        if line {
            self.rt(Rt::print_newline, &[]);
        }
        self.rt(Rt::print_unlock, &[]);
    }

    fn print_val(&mut self, v: &Val, t: TypeId) {
        let s = v.pass();
        match self.kind(t) {
            Kind::Bool => {
                let x = self.to_i64(s[0], false);
                self.rt(Rt::print_bool, &[x]);
            }
            Kind::Int { signed, .. } => {
                let x = self.to_i64(s[0], signed);
                let hex = matches!(self.l.world.ty(t), Type::Named(n) if {
                    let o = self.l.world.obj(n.obj);
                    o.name.as_str() == "hex" && o.pkg.is_some_and(|p| self.l.world.pkg(p).path == "runtime")
                });
                let rt = match (hex, signed) {
                    (true, _) => Rt::print_hex,
                    (false, true) => Rt::print_int,
                    (false, false) => Rt::print_uint,
                };
                self.rt(rt, &[x]);
            }
            Kind::Float(bits) => {
                let x = if bits == 32 { self.convert(ConvOp::Fpromote, Ir::F64, s[0]) } else { s[0] };
                self.rt(Rt::print_float, &[x]);
            }
            Kind::Complex(bits) => {
                let wide =
                    |f: &mut Self, v| if bits == 64 { f.convert(ConvOp::Fpromote, Ir::F64, v) } else { v };
                let args = [wide(self, s[0]), wide(self, s[1])];
                self.rt(Rt::print_complex, &args);
            }
            Kind::String => {
                self.rt(Rt::print_string, &s);
            }
            Kind::Slice(_) => {
                self.rt(Rt::print_slice, &s);
            }
            Kind::Interface => {
                self.rt(Rt::print_iface, &s);
            }
            _ => {
                self.rt(Rt::print_pointer, &[s[0]]);
            }
        }
    }
}
