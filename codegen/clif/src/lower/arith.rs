//! Arithmetic with Go's results: shifts past the width, division, conversions between floats and integers.

use cranelift_codegen::ir::condcodes::{FloatCC as Fcc, IntCC as Icc};
use cranelift_codegen::ir::{
    self as clif, InstBuilder, MemFlagsData, immediates::Ieee32, immediates::Ieee64, types,
};
use escargo_ir::{BinOp, ConvOp, FloatCC, InstData, IntCC, Op, Type, UnOp, Value};

use super::{Lowering, clif_type};
use crate::plan::constant;

pub(super) fn int_cc(cc: IntCC) -> Icc {
    match cc {
        IntCC::Eq => Icc::Equal,
        IntCC::Ne => Icc::NotEqual,
        IntCC::Slt => Icc::SignedLessThan,
        IntCC::Sle => Icc::SignedLessThanOrEqual,
        IntCC::Sgt => Icc::SignedGreaterThan,
        IntCC::Sge => Icc::SignedGreaterThanOrEqual,
        IntCC::Ult => Icc::UnsignedLessThan,
        IntCC::Ule => Icc::UnsignedLessThanOrEqual,
        IntCC::Ugt => Icc::UnsignedGreaterThan,
        IntCC::Uge => Icc::UnsignedGreaterThanOrEqual,
    }
}

pub(super) fn float_cc(cc: FloatCC) -> Fcc {
    match cc {
        FloatCC::Eq => Fcc::Equal,
        FloatCC::Ne => Fcc::NotEqual,
        FloatCC::Lt => Fcc::LessThan,
        FloatCC::Le => Fcc::LessThanOrEqual,
        FloatCC::Gt => Fcc::GreaterThan,
        FloatCC::Ge => Fcc::GreaterThanOrEqual,
    }
}

impl Lowering<'_> {
    pub(super) fn unary(&mut self, op: UnOp, a: Value) -> clif::Value {
        let ty = self.ir.ty(a);
        let bits = ty.bytes() * 8;
        let x = self.val(a);
        match op {
            UnOp::Neg => self.ins().ineg(x),
            UnOp::Not => self.ins().bnot(x),
            UnOp::Fneg => self.ins().fneg(x),
            UnOp::Fabs => self.ins().fabs(x),
            UnOp::Sqrt => self.ins().sqrt(x),
            UnOp::Floor => self.ins().floor(x),
            UnOp::Ceil => self.ins().ceil(x),
            UnOp::TruncF => self.ins().trunc(x),
            UnOp::Nearest => self.ins().nearest(x),
            // Narrow counts in 32 bits, which every machine has.
            UnOp::Clz if bits < 32 => {
                let wide = self.ins().uextend(types::I32, x);
                let n = self.ins().clz(wide);
                let n = self.ins().iadd_imm_s(n, i64::from(bits) - 32);
                self.ins().ireduce(clif_type(ty), n)
            }
            UnOp::Ctz if bits < 32 => {
                let wide = self.ins().uextend(types::I32, x);
                let wide = self.ins().bor_imm_s(wide, 1i64 << bits);
                let n = self.ins().ctz(wide);
                self.ins().ireduce(clif_type(ty), n)
            }
            UnOp::Popcnt if bits < 32 => {
                let wide = self.ins().uextend(types::I32, x);
                let n = self.ins().popcnt(wide);
                self.ins().ireduce(clif_type(ty), n)
            }
            UnOp::Clz => self.ins().clz(x),
            UnOp::Ctz => self.ins().ctz(x),
            UnOp::Popcnt => self.ins().popcnt(x),
            UnOp::Bswap if bits == 8 => x,
            UnOp::Bswap => self.ins().bswap(x),
            UnOp::Bitrev => self.ins().bitrev(x),
        }
    }

    pub(super) fn binary(&mut self, op: BinOp, a: Value, b: Value) -> clif::Value {
        let (x, y) = (self.val(a), self.val(b));
        match op {
            BinOp::Add => self.ins().iadd(x, y),
            BinOp::Sub => self.ins().isub(x, y),
            BinOp::Mul => self.ins().imul(x, y),
            BinOp::Sdiv => self.sdiv(a, b, x, y),
            BinOp::Udiv => self.ins().udiv(x, y),
            BinOp::Srem => self.ins().srem(x, y),
            BinOp::Urem => self.ins().urem(x, y),
            BinOp::And => self.ins().band(x, y),
            BinOp::Or => self.ins().bor(x, y),
            BinOp::Xor => self.ins().bxor(x, y),
            BinOp::Shl | BinOp::Lshr | BinOp::Ashr => self.shift(op, a, b, x, y),
            BinOp::Rotl => self.ins().rotl(x, y),
            BinOp::Umulhi | BinOp::Smulhi => self.mulhi(op == BinOp::Smulhi, self.ir.ty(a), x, y),
            BinOp::Fadd => self.ins().fadd(x, y),
            BinOp::Fsub => self.ins().fsub(x, y),
            BinOp::Fmul => self.ins().fmul(x, y),
            BinOp::Fdiv => self.ins().fdiv(x, y),
        }
    }

    /// The hardware traps on MinInt / -1, so -1 never reaches it: x / -1 is -x.
    fn sdiv(&mut self, a: Value, b: Value, x: clif::Value, y: clif::Value) -> clif::Value {
        match constant(self.ir, b) {
            Some(-1) => return self.ins().ineg(x),
            Some(c) if c != 0 => return self.ins().sdiv(x, y),
            _ => {}
        }
        let ty = clif_type(self.ir.ty(a));
        let one = self.ins().iconst(ty, 1);
        let is_minus_one = self.ins().icmp_imm_s(Icc::Equal, y, -1);
        let safe = self.ins().select(is_minus_one, one, y);
        let quotient = self.ins().sdiv(x, safe);
        let negated = self.ins().ineg(x);
        self.ins().select(is_minus_one, negated, quotient)
    }

    /// The machine takes counts modulo the width; Go does not.
    fn shift(&mut self, op: BinOp, a: Value, b: Value, x: clif::Value, y: clif::Value) -> clif::Value {
        let ty = clif_type(self.ir.ty(a));
        let width = i64::from(ty.bits());
        let count_ty = self.ir.ty(b);
        if let Some(c) = constant(self.ir, b) {
            let count = c & mask(count_ty);
            if !(0..width).contains(&count) {
                return match op {
                    BinOp::Ashr => self.ins().sshr_imm_u(x, width - 1),
                    _ => self.ins().iconst(ty, 0),
                };
            }
            return match op {
                BinOp::Shl => self.ins().ishl_imm_u(x, count),
                BinOp::Lshr => self.ins().ushr_imm_u(x, count),
                _ => self.ins().sshr_imm_u(x, count),
            };
        }
        if self.count_is_small(b, width) {
            return self.raw_shift(op, x, y);
        }
        if op == BinOp::Ashr {
            let most = self.ins().iconst(clif_type(count_ty), width - 1);
            let over = self.ins().icmp_imm_u(Icc::UnsignedGreaterThan, y, width - 1);
            let count = self.ins().select(over, most, y);
            return self.ins().sshr(x, count);
        }
        let shifted = self.raw_shift(op, x, y);
        let zero = self.ins().iconst(ty, 0);
        let fits = self.ins().icmp_imm_u(Icc::UnsignedLessThan, y, width);
        self.ins().select(fits, shifted, zero)
    }

    fn raw_shift(&mut self, op: BinOp, x: clif::Value, y: clif::Value) -> clif::Value {
        match op {
            BinOp::Shl => self.ins().ishl(x, y),
            BinOp::Lshr => self.ins().ushr(x, y),
            _ => self.ins().sshr(x, y),
        }
    }

    /// Whether a count is visibly below the width: masked, or the rest of a division by a constant.
    fn count_is_small(&self, count: Value, width: i64) -> bool {
        match self.def(count) {
            Some(Op::Binary(BinOp::And, a, b)) => [a, b].iter().any(|&&v| {
                constant(self.ir, v).is_some_and(|c| (0..width).contains(&(c & mask(self.ir.ty(v)))))
            }),
            Some(Op::Binary(BinOp::Urem, _, b)) => {
                constant(self.ir, *b).is_some_and(|c| (1..=width).contains(&c))
            }
            Some(Op::Convert { op: ConvOp::Zext | ConvOp::Trunc, value, .. }) => {
                self.ir.ty(*value).is_int() && self.count_is_small(*value, width)
            }
            _ => false,
        }
    }

    fn mulhi(&mut self, signed: bool, ty: Type, x: clif::Value, y: clif::Value) -> clif::Value {
        let ty = clif_type(ty);
        match (ty.bits(), signed) {
            (64, true) => self.ins().smulhi(x, y),
            (64, false) => self.ins().umulhi(x, y),
            (bits, true) => {
                let (x, y) = (self.ins().sextend(types::I64, x), self.ins().sextend(types::I64, y));
                let product = self.ins().imul(x, y);
                let high = self.ins().sshr_imm_u(product, i64::from(bits));
                self.ins().ireduce(ty, high)
            }
            (bits, false) => {
                let (x, y) = (self.ins().uextend(types::I64, x), self.ins().uextend(types::I64, y));
                let product = self.ins().imul(x, y);
                let high = self.ins().ushr_imm_u(product, i64::from(bits));
                self.ins().ireduce(ty, high)
            }
        }
    }

    pub(super) fn carry(&mut self, data: &InstData) {
        let (a, b, c, add) = match data.op {
            Op::AddCarry(a, b, c) => (a, b, c, true),
            Op::SubBorrow(a, b, c) => (a, b, c, false),
            _ => unreachable!("only called for these"),
        };
        let (x, y, carry) = (self.val(a), self.val(b), self.val(c));
        let (first, c1, second, c2);
        if add {
            (first, c1) = self.ins().uadd_overflow(x, y);
            (second, c2) = self.ins().uadd_overflow(first, carry);
        } else {
            (first, c1) = self.ins().usub_overflow(x, y);
            (second, c2) = self.ins().usub_overflow(first, carry);
        }
        let out = self.ins().bor(c1, c2);
        let out = match self.ir.ty(data.results[1]) {
            Type::I8 => out,
            ty => self.ins().uextend(clif_type(ty), out),
        };
        self.values[data.results[0].index()] = second.into();
        self.values[data.results[1].index()] = out.into();
    }

    pub(super) fn convert(&mut self, op: ConvOp, to: Type, value: Value) -> clif::Value {
        let from = self.ir.ty(value);
        let x = self.val(value);
        let (from, to) = (clif_type(from), clif_type(to));
        match op {
            _ if from == to && !matches!(op, ConvOp::FToSint | ConvOp::FToUint) => x,
            ConvOp::Zext => self.ins().uextend(to, x),
            ConvOp::Sext => self.ins().sextend(to, x),
            ConvOp::Trunc => self.ins().ireduce(to, x),
            ConvOp::SintToF => {
                let wide = if from.bits() < 32 { self.ins().sextend(types::I32, x) } else { x };
                self.ins().fcvt_from_sint(to, wide)
            }
            ConvOp::UintToF if from.bits() < 64 => {
                let wide = self.ins().uextend(types::I64, x);
                self.ins().fcvt_from_sint(to, wide)
            }
            ConvOp::UintToF => self.ins().fcvt_from_uint(to, x),
            ConvOp::FToSint => match to.bits() {
                64 => self.float_to_int(types::I64, x),
                32 => self.float_to_int(types::I32, x),
                _ => {
                    let wide = self.float_to_int(types::I32, x);
                    self.ins().ireduce(to, wide)
                }
            },
            ConvOp::FToUint => match to.bits() {
                64 => self.float_to_uint64(x),
                32 => {
                    let wide = self.float_to_int(types::I64, x);
                    self.ins().ireduce(to, wide)
                }
                _ => {
                    let wide = self.float_to_int(types::I32, x);
                    self.ins().ireduce(to, wide)
                }
            },
            ConvOp::Fpromote => self.ins().fpromote(to, x),
            ConvOp::Fdemote => self.ins().fdemote(to, x),
            ConvOp::Bitcast => self.ins().bitcast(to, MemFlagsData::new(), x),
            ConvOp::PtrToInt | ConvOp::IntToPtr => x,
        }
    }

    /// What cvttsd2si gives: the smallest integer for NaN and everything out of range. The saturating conversion differs
    /// from it for NaN and large numbers alone, which one comparison finds.
    fn float_to_int(&mut self, to: clif::Type, x: clif::Value) -> clif::Value {
        let limit = self.power_of_two(x, to.bits() - 1);
        let converted = self.ins().fcvt_to_sint_sat(to, x);
        let least = self.ins().iconst(to, if to.bits() == 64 { i64::MIN } else { 1 << 31 });
        let below = self.ins().fcmp(Fcc::LessThan, x, limit);
        self.ins().select(below, converted, least)
    }

    /// Go's sequence on amd64: numbers from 2^63 on are converted less 2^63, and the top bit is set.
    fn float_to_uint64(&mut self, x: clif::Value) -> clif::Value {
        let limit = self.power_of_two(x, 63);
        let small = self.float_to_int(types::I64, x);
        let less = self.ins().fsub(x, limit);
        let large = self.float_to_int(types::I64, less);
        let large = self.ins().bor_imm_s(large, i64::MIN);
        let below = self.ins().fcmp(Fcc::LessThan, x, limit);
        self.ins().select(below, small, large)
    }

    /// 2^n in the type of `like`.
    fn power_of_two(&mut self, like: clif::Value, n: u32) -> clif::Value {
        let value = (1u64 << n) as f64;
        if self.func.dfg.value_type(like) == types::F32 {
            self.ins().f32const(Ieee32::with_float(value as f32))
        } else {
            self.ins().f64const(Ieee64::with_float(value))
        }
    }

    /// `index * size`.
    pub(super) fn scale(&mut self, index: clif::Value, size: u64) -> clif::Value {
        match size {
            1 => index,
            0 => self.ins().iconst(types::I64, 0),
            s if s.is_power_of_two() => self.ins().ishl_imm_u(index, i64::from(s.trailing_zeros())),
            s => match s >> s.trailing_zeros() {
                // An addition of the shifted index, and a shift, take less time than a multiplication.
                odd @ (3 | 5 | 9) => {
                    let shifted = self.ins().ishl_imm_u(index, i64::from((odd - 1).trailing_zeros()));
                    let product = self.ins().iadd(index, shifted);
                    match s.trailing_zeros() {
                        0 => product,
                        n => self.ins().ishl_imm_u(product, i64::from(n)),
                    }
                }
                _ => self.ins().imul_imm_s(index, s as i64),
            },
        }
    }
}

/// The value bits of an integer type.
fn mask(ty: Type) -> i64 {
    match ty {
        Type::I8 => 0xff,
        Type::I16 => 0xffff,
        Type::I32 => 0xffff_ffff,
        _ => -1,
    }
}
