//! Arithmetic: binary and unary operators on integers, floats, complex numbers and strings; comparisons.
//!
//! In: operand values of one type. Out: the result's value. Guarantees: the panics of division and shifts are raised where
//! Go raises them; constant divisors and counts need no check.

use escargo_ir::{
    BinOp, Check, ConvOp, FloatCC, FuncId, IntCC, Op, Rt, Signature, SiteKind, Type as Ir, UnOp, Value,
};
use escargo_syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use escargo_types::info::Mode;
use escargo_types::world::*;

use crate::func::FuncLowerer;
use crate::types::Kind;
use crate::value::Val;

/// Strings are compared with constants of up to so many bytes without a call.
pub const MAX_INLINE_TEXT: usize = 32;

fn int_cc(op: BinaryOp, signed: bool) -> IntCC {
    match (op, signed) {
        (BinaryOp::Eql, _) => IntCC::Eq,
        (BinaryOp::Neq, _) => IntCC::Ne,
        (BinaryOp::Lss, true) => IntCC::Slt,
        (BinaryOp::Leq, true) => IntCC::Sle,
        (BinaryOp::Gtr, true) => IntCC::Sgt,
        (BinaryOp::Geq, true) => IntCC::Sge,
        (BinaryOp::Lss, false) => IntCC::Ult,
        (BinaryOp::Leq, false) => IntCC::Ule,
        (BinaryOp::Gtr, false) => IntCC::Ugt,
        (BinaryOp::Geq, false) => IntCC::Uge,
        _ => unreachable!("lower: {op:?} does not compare"),
    }
}

fn float_cc(op: BinaryOp) -> FloatCC {
    match op {
        BinaryOp::Eql => FloatCC::Eq,
        BinaryOp::Neq => FloatCC::Ne,
        BinaryOp::Lss => FloatCC::Lt,
        BinaryOp::Leq => FloatCC::Le,
        BinaryOp::Gtr => FloatCC::Gt,
        BinaryOp::Geq => FloatCC::Ge,
        _ => unreachable!("lower: {op:?} does not compare"),
    }
}

/// Whether the operator yields a bool from two operands of one type.
pub fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Eql | Neq | Lss | Leq | Gtr | Geq)
}

impl FuncLowerer<'_, '_> {
    /// A binary expression that is not constant and not `&&`, `||`.
    pub fn binary_expr(&mut self, e: &Expr, op: BinaryOp, x: &Expr, y: &Expr) -> Val {
        if is_comparison(op) {
            let v = self.comparison(e, op, x, y);
            return Val::one(v);
        }
        let t = self.ty(e);
        if matches!(op, BinaryOp::Shl | BinaryOp::Shr) {
            let xv = self.expr_as(x, t);
            let (count, checked) = self.shift_count(y);
            self.at(e.pos);
            return self.shift(op, t, xv.scalar(), count, checked);
        }
        if op == BinaryOp::Add && self.kind(t) == Kind::String {
            return self.concat(e, t);
        }
        let xv = self.expr_as(x, t);
        let xv = self.stable(t, xv);
        let yv = self.expr_as(y, t);
        self.at(e.pos);
        let nonzero = self.is_nonzero_const(y);
        self.arith(op, t, &xv, &yv, nonzero)
    }

    /// Whether the expression is a constant (which as a divisor the checker has proved not zero).
    pub fn is_nonzero_const(&self, e: &Expr) -> bool {
        self.l.info.of(e.id).is_some_and(|tv| {
            tv.mode == Mode::Const && tv.value.as_ref().is_some_and(|v| v.is_numeric() && v.sign() != 0)
        })
    }

    /// The shift count and whether it must be checked for its sign.
    pub fn shift_count(&mut self, y: &Expr) -> (Value, bool) {
        let tv = self.tv(y);
        if tv.mode == Mode::Const
            && let Some(v) = &tv.value
        {
            let n = v.to_int().as_u64().unwrap_or(u64::MAX).min(1 << 20);
            return (self.int(n as i64), false);
        }
        let t = self.ty(y);
        let v = self.expr(y).scalar();
        (v, self.signed(t))
    }

    pub fn shift(&mut self, op: BinaryOp, t: TypeId, x: Value, count: Value, check: bool) -> Val {
        if check {
            self.check(Check::Shift, count, None);
        }
        let op = match (op, self.signed(t)) {
            (BinaryOp::Shl, _) => BinOp::Shl,
            (_, true) => BinOp::Ashr,
            (_, false) => BinOp::Lshr,
        };
        Val::one(self.b.binary(op, x, count))
    }

    /// `x op y` for operands of type `t`; shifts, string concatenation and comparisons excepted.
    pub fn arith(&mut self, op: BinaryOp, t: TypeId, x: &Val, y: &Val, nonzero: bool) -> Val {
        match self.kind(t) {
            Kind::Int { signed, .. } => {
                let (x, y) = (x.scalar(), y.scalar());
                let op = match op {
                    BinaryOp::Add => BinOp::Add,
                    BinaryOp::Sub => BinOp::Sub,
                    BinaryOp::Mul => BinOp::Mul,
                    BinaryOp::Div | BinaryOp::Rem => {
                        if !nonzero {
                            self.check(Check::Div, y, None);
                        }
                        match (op, signed) {
                            (BinaryOp::Div, true) => BinOp::Sdiv,
                            (BinaryOp::Div, false) => BinOp::Udiv,
                            (_, true) => BinOp::Srem,
                            (_, false) => BinOp::Urem,
                        }
                    }
                    BinaryOp::And => BinOp::And,
                    BinaryOp::Or => BinOp::Or,
                    BinaryOp::Xor => BinOp::Xor,
                    BinaryOp::AndNot => {
                        let n = self.unary(UnOp::Not, y);
                        return Val::one(self.b.binary(BinOp::And, x, n));
                    }
                    _ => unreachable!("lower: {op:?} on integers"),
                };
                Val::one(self.b.binary(op, x, y))
            }
            Kind::Float(_) => Val::one(self.float_op(op, x.scalar(), y.scalar())),
            Kind::Complex(bits) => {
                let (x, y) = (x.scalars(), y.scalars());
                self.complex_op(op, bits, (x[0], x[1]), (y[0], y[1]))
            }
            Kind::String => {
                let (x, y) = (x.scalars(), y.scalars());
                let site = self.buffer_site(SiteKind::StringConcat, "string concatenation");
                Val::Scalars(
                    self.rt_site(Rt::string_concat2, Some(site), &[x[0], x[1], y[0], y[1]])
                        .into_iter()
                        .collect(),
                )
            }
            k => unreachable!("lower: {op:?} on {k:?}"),
        }
    }

    pub fn unary(&mut self, op: UnOp, v: Value) -> Value {
        let ty = self.b.func.ty(v);
        self.b.value(Op::Unary(op, v), ty)
    }

    fn float_op(&mut self, op: BinaryOp, x: Value, y: Value) -> Value {
        let op = match op {
            BinaryOp::Add => BinOp::Fadd,
            BinaryOp::Sub => BinOp::Fsub,
            BinaryOp::Mul => BinOp::Fmul,
            BinaryOp::Div => BinOp::Fdiv,
            _ => unreachable!("lower: {op:?} on floats"),
        };
        self.b.binary(op, x, y)
    }

    fn complex_op(&mut self, op: BinaryOp, bits: u8, x: (Value, Value), y: (Value, Value)) -> Val {
        use BinaryOp::*;
        let (re, im) = match op {
            Add | Sub => (self.float_op(op, x.0, y.0), self.float_op(op, x.1, y.1)),
            // As gc does: the products of float32 numbers are exact in float64.
            Mul if bits == 64 => {
                let wide = |s: &mut Self, v| s.convert(ConvOp::Fpromote, Ir::F64, v);
                let x = (wide(self, x.0), wide(self, x.1));
                let y = (wide(self, y.0), wide(self, y.1));
                let Val::Scalars(r) = self.complex_op(Mul, 128, x, y) else {
                    unreachable!("lower: a complex number in memory")
                };
                (self.convert(ConvOp::Fdemote, Ir::F32, r[0]), self.convert(ConvOp::Fdemote, Ir::F32, r[1]))
            }
            Mul => {
                let (ac, bd) = (self.float_op(Mul, x.0, y.0), self.float_op(Mul, x.1, y.1));
                let (ad, bc) = (self.float_op(Mul, x.0, y.1), self.float_op(Mul, x.1, y.0));
                (self.float_op(Sub, ac, bd), self.float_op(Add, ad, bc))
            }
            Div => {
                let f = self.complex_div();
                let wide =
                    |s: &mut Self, v| if bits == 64 { s.convert(ConvOp::Fpromote, Ir::F64, v) } else { v };
                let args = [wide(self, x.0), wide(self, x.1), wide(self, y.0), wide(self, y.1)];
                let r = self
                    .b
                    .values(Op::Call { func: f, args: args.into_iter().collect() }, &[Ir::F64, Ir::F64]);
                let narrow =
                    |s: &mut Self, v| if bits == 64 { s.convert(ConvOp::Fdemote, Ir::F32, v) } else { v };
                (narrow(self, r[0]), narrow(self, r[1]))
            }
            _ => unreachable!("lower: {op:?} on complex numbers"),
        };
        Val::Scalars([re, im].into_iter().collect())
    }

    /// A unary expression that is not constant, `&x` or `<-x`.
    pub fn unary_expr(&mut self, e: &Expr, op: UnaryOp, x: &Expr) -> Val {
        let t = self.ty(e);
        let v = self.expr_as(x, t);
        self.at(e.pos);
        self.unary_op(op, t, v)
    }

    fn unary_op(&mut self, op: UnaryOp, t: TypeId, v: Val) -> Val {
        match op {
            UnaryOp::Plus => v,
            UnaryOp::Not => Val::one(self.not(v.scalar())),
            UnaryOp::Xor => Val::one(self.unary(UnOp::Not, v.scalar())),
            UnaryOp::Neg => {
                let float = !matches!(self.kind(t), Kind::Int { .. });
                let op = if float { UnOp::Fneg } else { UnOp::Neg };
                Val::Scalars(v.scalars().iter().map(|&v| self.unary(op, v)).collect())
            }
            UnaryOp::Addr | UnaryOp::Recv | UnaryOp::Tilde => unreachable!("lower: {op:?} is no arithmetic"),
        }
    }

    // ---- comparison

    /// `x op y` as I8.
    pub fn comparison(&mut self, e: &Expr, op: BinaryOp, x: &Expr, y: &Expr) -> Value {
        // Comparison with nil: slices, maps, functions, channels, pointers, interfaces.
        for (a, b) in [(x, y), (y, x)] {
            if self.is_nil(b) {
                if self.is_nil(a) {
                    return self.bool(op == BinaryOp::Eql);
                }
                let [first] = self.words(a, [0]);
                self.at(e.pos);
                let null = self.is_null(first);
                return if op == BinaryOp::Eql { null } else { self.not(null) };
            }
        }
        let (tx, ty) = (self.operand_ty(x, y), self.operand_ty(y, x));
        if matches!(op, BinaryOp::Eql | BinaryOp::Neq) && self.kind(tx) == Kind::String {
            for (a, b) in [(x, y), (y, x)] {
                if let Some(text) = self.const_text(b)
                    && text.len() <= MAX_INLINE_TEXT
                    && self.mode(a) != Mode::Const
                {
                    let v = self.text_view(a, tx).pass();
                    self.at(e.pos);
                    let eq = self.text_equal(v[0], v[1], &text);
                    return if op == BinaryOp::Eql { eq } else { self.not(eq) };
                }
            }
        }
        // Mixed comparison of an interface with a value of a concrete type.
        let (ix, iy) = (self.is_iface(tx), self.is_iface(ty));
        if ix != iy {
            let (it, i, ct, c) = if ix { (tx, x, ty, y) } else { (ty, y, tx, x) };
            let (iv, cv) = if ix {
                let iv = self.expr(i);
                let cv = self.expr_as(c, ct);
                (iv, cv)
            } else {
                let cv = self.expr_as(c, ct);
                let cv = self.stable(ct, cv);
                (self.expr(i), cv)
            };
            self.at(e.pos);
            let eq = self.mixed_equal(it, &iv, ct, &cv);
            return if op == BinaryOp::Eql { eq } else { self.not(eq) };
        }
        let t = if ix && tx != ty {
            // Two interface types: compare in the one that both fit.
            World::ANY
        } else {
            tx
        };
        let t = self.l.canon(t);
        if self.kind(t) == Kind::String && self.is_quiet(y) {
            let (xv, yv) = (self.text_view(x, t), self.text_view(y, t));
            self.at(e.pos);
            return self.compare(op, t, &xv, &yv);
        }
        let xv = self.expr_as(x, t);
        let xv = self.stable(t, xv);
        let yv = self.expr_as(y, t);
        self.at(e.pos);
        self.compare(op, t, &xv, &yv)
    }

    /// The type of a comparison's operand; an untyped constant takes the other's.
    fn operand_ty(&mut self, x: &Expr, other: &Expr) -> TypeId {
        let t = self.ty(x);
        if self.l.world.is_untyped(t) {
            let o = self.ty(other);
            if !self.l.world.is_untyped(o) && !self.is_iface(o) {
                return o;
            }
            let d = self.l.world.default_type(t);
            return self.l.canon(d);
        }
        t
    }

    /// `x op y` for values of one type.
    pub fn compare(&mut self, op: BinaryOp, t: TypeId, x: &Val, y: &Val) -> Value {
        match self.kind(t) {
            Kind::Int { signed, .. } => self.b.icmp(int_cc(op, signed), x.scalar(), y.scalar()),
            Kind::Float(_) => {
                let (x, y) = (x.scalar(), y.scalar());
                self.b.fcmp(float_cc(op), x, y)
            }
            Kind::String if !matches!(op, BinaryOp::Eql | BinaryOp::Neq) => {
                let (x, y) = (x.scalars(), y.scalars());
                let c = self.rt1(Rt::string_compare, &[x[0], x[1], y[0], y[1]]);
                let zero = self.int(0);
                self.b.icmp(int_cc(op, true), c, zero)
            }
            _ => {
                let eq = self.equal(t, x, y);
                if op == BinaryOp::Eql { eq } else { self.not(eq) }
            }
        }
    }

    /// An interface value equals a value of a concrete type: the types agree and the values do.
    pub fn mixed_equal(&mut self, it: TypeId, i: &Val, ct: TypeId, c: &Val) -> Value {
        let i = i.scalars();
        let dynamic = self.iface_type_word(it, i[0]);
        let want = self.type_desc(ct);
        let same = self.b.icmp(IntCC::Eq, dynamic, want);
        let (then, join) = (self.block(), self.block());
        let r = self.b.block_param(join, Ir::I8);
        let zero = self.bool(false);
        self.b.push(
            Op::Branch {
                cond: same,
                then,
                then_args: Default::default(),
                els: join,
                els_args: [zero].into_iter().collect(),
            },
            &[],
        );
        self.b.switch_to(then);
        let v = self.unbox(ct, i[1]);
        let eq = self.equal(ct, &v, c);
        self.b.jump(join, &[eq]);
        self.b.switch_to(join);
        r
    }

    // ---- strings

    /// `a + b + c`: all operands of a concatenation at once.
    fn concat(&mut self, e: &Expr, t: TypeId) -> Val {
        let mut parts: Vec<&Expr> = Vec::new();
        let mut cur = e;
        loop {
            match &cur.kind {
                ExprKind::Binary { op: BinaryOp::Add, x, y } if self.mode(cur) != Mode::Const => {
                    parts.push(y);
                    cur = x;
                }
                ExprKind::Paren(x) if self.mode(cur) != Mode::Const => cur = x,
                _ => break,
            }
        }
        parts.push(cur);
        parts.reverse();
        // The result is a copy of its operands if one is a constant that is not empty.
        let copies = parts.iter().any(|p| self.const_text(p).is_some_and(|text| !text.is_empty()));
        let views = copies && parts.iter().all(|p| self.is_quiet(p));
        let mut vals = Vec::new();
        for p in &parts {
            let v = if views { self.text_view(p, t) } else { self.expr_as(p, t) };
            vals.push(v.pass());
        }
        self.at(e.pos);
        let site = self.buffer_site(SiteKind::StringConcat, &escargo_types::exprstring::expr_string(e));
        if let [x, y] = &vals[..] {
            let args = [x[0], x[1], y[0], y[1]];
            return Val::Scalars(self.rt_site(Rt::string_concat2, Some(site), &args));
        }
        let st = self.l.canon(World::basic(Basic::String));
        let array = self.l.array_of(st, vals.len() as i64);
        let mem = self.temp(array);
        for (i, v) in vals.iter().enumerate() {
            let i = self.int(i as i64);
            let a = self.elem_addr(mem, st, i);
            self.store(st, a, &Val::Scalars(v.clone()));
        }
        let n = self.int(vals.len() as i64);
        Val::Scalars(self.rt_site(Rt::string_concat, Some(site), &[mem, n]))
    }

    /// The bytes of a constant string.
    pub fn const_text(&self, e: &Expr) -> Option<Vec<u8>> {
        let tv = self.l.info.of(e.id)?;
        if tv.mode != Mode::Const {
            return None;
        }
        tv.value.as_ref()?.as_bytes().map(|b| b.to_vec())
    }

    /// Whether a string equals a short text.
    fn text_equal(&mut self, data: Value, len: Value, text: &[u8]) -> Value {
        let n = self.int(text.len() as i64);
        let same = self.b.icmp(IntCC::Eq, len, n);
        if text.is_empty() {
            return same;
        }
        let (then, join) = (self.block(), self.block());
        let r = self.b.block_param(join, Ir::I8);
        let no = self.bool(false);
        let els_args = [no].into_iter().collect();
        self.b.push(Op::Branch { cond: same, then, then_args: Default::default(), els: join, els_args }, &[]);
        self.b.switch_to(then);
        let eq = self.bytes_equal(data, text);
        self.b.jump(join, &[eq]);
        self.b.switch_to(join);
        r
    }

    /// Whether memory of at least the text's length holds the text: compared in words, without branches.
    pub fn bytes_equal(&mut self, data: Value, text: &[u8]) -> Value {
        let byte = self.l.scalar_layout(Ir::I8);
        let mut diff: Option<Value> = None;
        let mut at = 0;
        while at < text.len() {
            let (ty, size) = match text.len() - at {
                8.. => (Ir::I64, 8),
                4.. => (Ir::I32, 4),
                2.. => (Ir::I16, 2),
                _ => (Ir::I8, 1),
            };
            let mut word = [0; 8];
            word[..size].copy_from_slice(&text[at..at + size]);
            let want = crate::consts::truncate(i64::from_le_bytes(word), 8 * size as u8);
            let index = self.int(at as i64);
            let a = self.b.elem(data, byte, index);
            let have = self.b.load(ty, a);
            let want = self.b.iconst(ty, want);
            if diff.is_none() && at + size == text.len() {
                return self.b.icmp(IntCC::Eq, have, want);
            }
            let d = self.b.binary(BinOp::Xor, have, want);
            let d = self.to_i64(d, false);
            diff = Some(match diff {
                Some(x) => self.b.binary(BinOp::Or, x, d),
                None => d,
            });
            at += size;
        }
        let zero = self.int(0);
        match diff {
            Some(d) => self.b.icmp(IntCC::Eq, d, zero),
            None => self.bool(true),
        }
    }

    /// The site of a runtime operation that may use a buffer on the stack.
    pub fn buffer_site(&mut self, kind: SiteKind, name: &str) -> escargo_ir::SiteId {
        let byte = self.l.scalar_layout(Ir::I8);
        self.site(kind, byte, name)
    }

    // ---- complex division

    /// The function that divides complex128 numbers as Go's runtime does; made on first use.
    fn complex_div(&mut self) -> FuncId {
        const NAME: &str = "runtime.complex128div·";
        if let Some(f) = self.l.module.func_by_name(NAME) {
            return f;
        }
        let sig = Signature { params: vec![Ir::F64; 4], results: vec![Ir::F64; 2] };
        let id = self.l.module.declare_func(NAME.into(), sig.clone());
        let mut func = escargo_ir::Func::new(NAME.into(), sig);
        let mut unit = self.unit.clone();
        unit.env = Default::default();
        let mut fl = FuncLowerer::new(self.l, &mut func, unit, NAME.into());
        let p = fl.enter();
        fl.complex_div_body(p[0], p[1], p[2], p[3]);
        self.l.module.funcs[id.index()] = func;
        id
    }

    fn f64(&mut self, v: f64) -> Value {
        self.b.value(Op::F64const(v.to_bits()), Ir::F64)
    }

    fn select(&mut self, c: Value, x: Value, y: Value) -> Value {
        let ty = self.b.func.ty(x);
        self.b.value(Op::Select(c, x, y), ty)
    }

    fn is_nan(&mut self, v: Value) -> Value {
        self.b.fcmp(FloatCC::Ne, v, v)
    }

    fn is_inf(&mut self, v: Value) -> Value {
        let a = self.unary(UnOp::Fabs, v);
        let inf = self.f64(f64::INFINITY);
        self.b.fcmp(FloatCC::Eq, a, inf)
    }

    fn is_finite(&mut self, v: Value) -> Value {
        let d = self.b.binary(BinOp::Fsub, v, v);
        self.b.fcmp(FloatCC::Eq, d, d)
    }

    fn copysign(&mut self, magnitude: Value, sign: Value) -> Value {
        let bits = self.convert(ConvOp::Bitcast, Ir::I64, sign);
        let zero = self.int(0);
        let neg = self.b.icmp(IntCC::Slt, bits, zero);
        let m = self.unary(UnOp::Fneg, magnitude);
        self.select(neg, m, magnitude)
    }

    /// 1 for infinities, else 0, with the sign of `v`.
    fn inf_to_one(&mut self, v: Value) -> Value {
        let (one, zero) = (self.f64(1.0), self.f64(0.0));
        let inf = self.is_inf(v);
        let m = self.select(inf, one, zero);
        self.copysign(m, v)
    }

    /// Smith's algorithm, then C99's rules for infinities and zeroes.
    fn complex_div_body(&mut self, a: Value, b: Value, c: Value, d: Value) {
        use BinOp::{And, Fadd, Fdiv, Fmul, Fsub, Or};
        let mul = |s: &mut Self, x, y| s.b.binary(Fmul, x, y);
        let (small, large, fix) = (self.block(), self.block(), self.block());
        let (e, f) = (self.b.block_param(fix, Ir::F64), self.b.block_param(fix, Ir::F64));
        let (ac, ad) = (self.unary(UnOp::Fabs, c), self.unary(UnOp::Fabs, d));
        let ge = self.b.fcmp(FloatCC::Ge, ac, ad);
        self.b.branch(ge, large, small);
        self.b.switch_to(large);
        {
            let ratio = self.b.binary(Fdiv, d, c);
            let t = mul(self, ratio, d);
            let denom = self.b.binary(Fadd, c, t);
            let t = mul(self, b, ratio);
            let t = self.b.binary(Fadd, a, t);
            let e = self.b.binary(Fdiv, t, denom);
            let t = mul(self, a, ratio);
            let t = self.b.binary(Fsub, b, t);
            let f = self.b.binary(Fdiv, t, denom);
            self.b.jump(fix, &[e, f]);
        }
        self.b.switch_to(small);
        {
            let ratio = self.b.binary(Fdiv, c, d);
            let t = mul(self, ratio, c);
            let denom = self.b.binary(Fadd, d, t);
            let t = mul(self, a, ratio);
            let t = self.b.binary(Fadd, t, b);
            let e = self.b.binary(Fdiv, t, denom);
            let t = mul(self, b, ratio);
            let t = self.b.binary(Fsub, t, a);
            let f = self.b.binary(Fdiv, t, denom);
            self.b.jump(fix, &[e, f]);
        }
        self.b.switch_to(fix);
        let (slow, done) = (self.cold_block(), self.block());
        let (x, y) = (self.is_nan(e), self.is_nan(f));
        let nan = self.b.binary(Or, x, y);
        self.b.branch(nan, slow, done);
        self.b.switch_to(slow);
        let (by_zero, next) = (self.cold_block(), self.cold_block());
        let zero = self.f64(0.0);
        let (c0, d0) = (self.b.fcmp(FloatCC::Eq, c, zero), self.b.fcmp(FloatCC::Eq, d, zero));
        let m0 = self.b.binary(And, c0, d0);
        let (an, bn) = (self.is_nan(a), self.is_nan(b));
        let both = self.b.binary(And, an, bn);
        let some = self.not(both);
        let cond = self.b.binary(And, m0, some);
        self.b.branch(cond, by_zero, next);
        self.b.switch_to(by_zero);
        let inf = self.f64(f64::INFINITY);
        let s = self.copysign(inf, c);
        let (re, im) = (mul(self, s, a), mul(self, s, b));
        self.b.ret(&[re, im]);
        self.b.switch_to(next);
        let (inf_n, next) = (self.cold_block(), self.cold_block());
        let (ai, bi) = (self.is_inf(a), self.is_inf(b));
        let (cf, df) = (self.is_finite(c), self.is_finite(d));
        let i = self.b.binary(Or, ai, bi);
        let fin = self.b.binary(And, cf, df);
        let cond = self.b.binary(And, i, fin);
        self.b.branch(cond, inf_n, next);
        self.b.switch_to(inf_n);
        let (a1, b1) = (self.inf_to_one(a), self.inf_to_one(b));
        self.complex_div_tail(f64::INFINITY, a1, b1, c, d);
        self.b.switch_to(next);
        let (inf_m, plain) = (self.cold_block(), self.cold_block());
        let (ci, di) = (self.is_inf(c), self.is_inf(d));
        let (af, bf) = (self.is_finite(a), self.is_finite(b));
        let i = self.b.binary(Or, ci, di);
        let fin = self.b.binary(And, af, bf);
        let cond = self.b.binary(And, i, fin);
        self.b.branch(cond, inf_m, plain);
        self.b.switch_to(inf_m);
        let (c1, d1) = (self.inf_to_one(c), self.inf_to_one(d));
        self.complex_div_tail(0.0, a, b, c1, d1);
        self.b.switch_to(plain);
        self.jump(done);
        self.b.switch_to(done);
        self.b.ret(&[e, f]);
    }

    /// Returns scale * (a*c + b*d), scale * (b*c - a*d).
    fn complex_div_tail(&mut self, scale: f64, a: Value, b: Value, c: Value, d: Value) {
        use BinOp::{Fadd, Fmul, Fsub};
        let (ac, bd) = (self.b.binary(Fmul, a, c), self.b.binary(Fmul, b, d));
        let (bc, ad) = (self.b.binary(Fmul, b, c), self.b.binary(Fmul, a, d));
        let (re, im) = (self.b.binary(Fadd, ac, bd), self.b.binary(Fsub, bc, ad));
        let s = self.f64(scale);
        let (re, im) = (self.b.binary(Fmul, s, re), self.b.binary(Fmul, s, im));
        self.b.ret(&[re, im]);
    }
}
