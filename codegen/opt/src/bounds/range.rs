//! Constant ranges of values: what their definitions say, and facts that hold at the place that the walk has come to.

use escargo_ir::{BinOp, ConvOp, Op, Type, Value};

use super::{Bounds, ZERO};
use crate::edit::{def_op, konst, unsigned};

impl Bounds<'_> {
    /// What a value is at least and at most here; looks at definitions `depth` deep.
    pub(super) fn range(&self, v: Value, depth: u32) -> (i64, i64) {
        if v == ZERO {
            return (0, 0);
        }
        let (mut lo, mut hi) = (self.low[v.index()], self.high[v.index()]);
        if depth == 0 {
            return (lo, hi);
        }
        let (a, b) = self.structural(v, depth - 1);
        lo = lo.max(a);
        hi = hi.min(b);
        if let Some(list) = self.down.get(&v) {
            // z <= v + c
            for &(z, c) in list.iter().rev().take(4) {
                if z != v && self.low[z.index()] > i64::MIN {
                    lo = lo.max(self.low[z.index()].saturating_sub(c));
                } else if let Some(k) = konst(self.f, z) {
                    lo = lo.max(k.saturating_sub(c));
                }
            }
        }
        if let Some(list) = self.up.get(&v) {
            for &(z, c) in list.iter().rev().take(4) {
                if self.high[z.index()] < i64::MAX {
                    hi = hi.min(self.high[z.index()].saturating_add(c));
                } else if let Some(k) = konst(self.f, z) {
                    hi = hi.min(k.saturating_add(c));
                }
            }
        }
        (lo, hi)
    }

    /// The range that the definition alone gives.
    fn structural(&self, v: Value, depth: u32) -> (i64, i64) {
        let full = match self.f.ty(v) {
            Type::I8 => (i64::from(i8::MIN), i64::from(i8::MAX)),
            Type::I16 => (i64::from(i16::MIN), i64::from(i16::MAX)),
            Type::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        let fit = |lo: i128, hi: i128| {
            if lo >= i128::from(full.0) && hi <= i128::from(full.1) { (lo as i64, hi as i64) } else { full }
        };
        let Some(op) = def_op(self.f, v) else { return full };
        match op {
            Op::Iconst { .. } => konst(self.f, v).map_or(full, |k| (k, k)),
            Op::Convert { op: ConvOp::Zext, value, .. } => {
                let max = unsigned(self.f.ty(*value), -1).min(i64::MAX as u64) as i64;
                // What is cut off again, as of a hash, may be known to be zeroes.
                let inner = match def_op(self.f, *value) {
                    Some(Op::Convert { op: ConvOp::Trunc, value, .. }) => self.range(*value, depth.min(2)),
                    _ => (-1, -1),
                };
                if inner.0 >= 0 && inner.1 <= max {
                    return inner;
                }
                let (lo, hi) = self.range(*value, depth.min(2));
                if lo >= 0 { (lo, hi.min(max)) } else { (0, max) }
            }
            Op::Convert { op: ConvOp::Sext, value, .. } => self.range(*value, depth.min(2)),
            Op::Select(_, a, b) if depth > 0 => {
                let (x, y) = (self.range(*a, depth - 1), self.range(*b, depth - 1));
                (x.0.min(y.0), x.1.max(y.1))
            }
            Op::Binary(op, a, b) if depth > 0 => {
                let (x, y) = (self.range(*a, depth - 1), self.range(*b, depth - 1));
                let wide = |r: (i64, i64)| (i128::from(r.0), i128::from(r.1));
                let ((x0, x1), (y0, y1)) = (wide(x), wide(y));
                match op {
                    BinOp::Add => fit(x0 + y0, x1 + y1),
                    BinOp::Sub => fit(x0 - y1, x1 - y0),
                    BinOp::Mul => {
                        let all = [x0 * y0, x0 * y1, x1 * y0, x1 * y1];
                        let lo = all.iter().copied().fold(i128::MAX, i128::min);
                        let hi = all.iter().copied().fold(i128::MIN, i128::max);
                        fit(lo, hi)
                    }
                    BinOp::And => {
                        if y.0 >= 0 && x.0 >= 0 {
                            (0, x.1.min(y.1))
                        } else if y.0 >= 0 {
                            (0, y.1)
                        } else if x.0 >= 0 {
                            (0, x.1)
                        } else {
                            full
                        }
                    }
                    BinOp::Or | BinOp::Xor if x.0 >= 0 && y.0 >= 0 => {
                        let top = (x.1 | y.1) as u64;
                        let bits = 64 - top.leading_zeros();
                        (0, if bits >= 63 { full.1 } else { (1i64 << bits) - 1 })
                    }
                    BinOp::Lshr => {
                        let width = self.f.ty(v).bytes() * 8;
                        match konst(self.f, *b) {
                            Some(k) if k > 0 && k < i64::from(width) => {
                                if x.0 >= 0 {
                                    (x.0 >> k, x.1 >> k)
                                } else {
                                    (0, ((1u128 << (width - k as u32)) - 1) as i64)
                                }
                            }
                            _ if x.0 >= 0 => (0, x.1),
                            _ => full,
                        }
                    }
                    BinOp::Ashr => match konst(self.f, *b) {
                        Some(k) if (0..64).contains(&k) => (x.0 >> k, x.1 >> k),
                        _ if x.0 >= 0 => (0, x.1),
                        _ => full,
                    },
                    BinOp::Shl => match konst(self.f, *b) {
                        Some(k) if (0..63).contains(&k) => fit(x0 << k, x1 << k),
                        _ => full,
                    },
                    // In code that is never reached a range may be empty.
                    BinOp::Udiv => {
                        if x.0 >= 0 && y.0 > 0 && y.1 > 0 {
                            (x.0 / y.1, x.1 / y.0)
                        } else {
                            full
                        }
                    }
                    BinOp::Sdiv => {
                        if x.0 >= 0 && y.0 > 0 && y.1 > 0 {
                            (x.0 / y.1, x.1 / y.0)
                        } else {
                            full
                        }
                    }
                    BinOp::Urem => {
                        if y.0 > 0 {
                            (0, y.1 - 1)
                        } else {
                            full
                        }
                    }
                    BinOp::Srem => {
                        // Nearer to zero than the divisor.
                        let divisor = y.0.unsigned_abs().max(y.1.unsigned_abs());
                        let most = i64::try_from(divisor.saturating_sub(1)).unwrap_or(i64::MAX);
                        (if x.0 >= 0 { 0 } else { -most }, if x.1 <= 0 { 0 } else { most })
                    }
                    _ => full,
                }
            }
            _ => full,
        }
    }

    pub(super) fn lo(&self, v: Value) -> i64 {
        self.range(v, 4).0
    }
}
