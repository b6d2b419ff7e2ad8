//! Floats of constant arithmetic: rationals of bounded size, and numbers far out of the range of any type.
//!
//! In: rationals. Out: rationals or `Big`s; the nearest float of a machine type; text.
//! Guarantees: work and size are bounded; results are rounded to nearest.

use escargo_syntax::ast::BinaryOp;
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::constant::Const;

/// `mant * 2^exp`, where `mant` has `PRECISION` bits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Big {
    pub(crate) mant: BigInt,
    pub(crate) exp: i64,
}

/// Numerators and denominators up to this size are kept exactly.
const EXACT_BITS: u64 = 4096;
/// Mantissa bits kept of larger ones.
const PRECISION: u64 = 512;
/// Numbers with binary exponents beyond this are kept as `Big`.
pub(crate) const MAX_EXPONENT: i64 = 8192;
/// Binary exponents beyond this are infinite or zero.
pub(crate) const LIMIT: i64 = i32::MAX as i64;

pub(crate) fn big_sign(i: &BigInt) -> i32 {
    match i.sign() {
        Sign::Minus => -1,
        Sign::NoSign => 0,
        Sign::Plus => 1,
    }
}

/// A float of bounded size near `r`.
pub(crate) fn make_float(r: BigRational) -> Const {
    let (n, d) = (r.numer().bits(), r.denom().bits());
    if n <= EXACT_BITS && d <= EXACT_BITS {
        return Const::Float(r);
    }
    Big::near(r.numer(), r.denom()).into_const()
}

impl Big {
    /// The quotient of two integers.
    pub(crate) fn near(num: &BigInt, den: &BigInt) -> Big {
        // q = num/den * 2^shift has more bits than are kept.
        let shift = PRECISION as i64 + 64 - (num.bits() as i64 - den.bits() as i64);
        let q = if shift >= 0 {
            (num << shift as u64).div_floor(den)
        } else {
            num.div_floor(&(den << (-shift) as u64))
        };
        Big { mant: q, exp: -shift }
    }

    /// Rounds to `bits` bits, to nearest.
    fn round(self, bits: u64) -> Big {
        let drop = self.mant.bits().saturating_sub(bits);
        if drop == 0 {
            return self;
        }
        let half = BigInt::one() << (drop - 1);
        Big { mant: (self.mant + half) >> drop, exp: self.exp + drop as i64 }
    }

    /// A real number in this form.
    pub(crate) fn of(x: &Const) -> Option<Big> {
        match x {
            Const::Int(i) => Some(Big { mant: i.clone(), exp: 0 }),
            Const::Float(r) => Some(Big::near(r.numer(), r.denom())),
            Const::Big(b) => Some(b.clone()),
            _ => None,
        }
    }

    /// The constant of this value: a rational if it is of moderate size.
    pub(crate) fn into_const(self) -> Const {
        if self.mant.is_zero() {
            return Const::Float(BigRational::zero());
        }
        let top = self.exp + self.mant.bits() as i64;
        if top > LIMIT {
            return Const::Unknown;
        }
        if top < -LIMIT {
            return Const::Float(BigRational::zero());
        }
        let b = self.round(PRECISION);
        if top.abs() > MAX_EXPONENT {
            // One form for equal values.
            let missing = PRECISION - b.mant.bits().min(PRECISION);
            return Const::Big(Big { mant: b.mant << missing, exp: b.exp - missing as i64 });
        }
        Const::Float(if b.exp >= 0 {
            BigRational::from(b.mant << b.exp as u64)
        } else {
            BigRational::new(b.mant, BigInt::one() << (-b.exp) as u64)
        })
    }

    pub(crate) fn binary(a: &Big, op: BinaryOp, b: &Big) -> Const {
        let top = |x: &Big| x.exp + x.mant.bits() as i64;
        let result = match op {
            BinaryOp::Mul => Big { mant: &a.mant * &b.mant, exp: a.exp.saturating_add(b.exp) },
            BinaryOp::Div if !b.mant.is_zero() => {
                let q = Big::near(&a.mant, &b.mant);
                Big { exp: q.exp.saturating_add(a.exp).saturating_sub(b.exp), ..q }
            }
            BinaryOp::Add | BinaryOp::Sub => {
                let b = if op == BinaryOp::Sub { &Big { mant: -&b.mant, exp: b.exp } } else { b };
                let far = 4 * PRECISION as i64;
                if a.mant.is_zero() || !b.mant.is_zero() && top(b) - top(a) > far {
                    b.clone()
                } else if b.mant.is_zero() || top(a) - top(b) > far {
                    a.clone()
                } else {
                    let exp = a.exp.min(b.exp);
                    let at = |x: &Big| &x.mant << (x.exp - exp) as u64;
                    Big { mant: at(a) + at(b), exp }
                }
            }
            _ => return Const::Unknown,
        };
        result.into_const()
    }

    /// What it is as a value of a floating-point type: infinite or zero.
    pub(crate) fn limit(&self) -> f64 {
        match (self.exp > 0, self.mant.is_negative()) {
            (false, _) => 0.0,
            (true, false) => f64::INFINITY,
            (true, true) => f64::NEG_INFINITY,
        }
    }

    /// `base^n`, rounded to a precision that leaves room for further rounding.
    pub(crate) fn power(base: u32, n: u64) -> Big {
        let mut result = Big { mant: BigInt::one(), exp: 0 };
        for i in (0..64 - n.leading_zeros()).rev() {
            result = Big { mant: &result.mant * &result.mant, exp: result.exp * 2 };
            if n >> i & 1 == 1 {
                result.mant *= base;
            }
            result = result.round(2 * PRECISION);
        }
        result
    }

    pub(crate) fn text(&self) -> String {
        let bits = self.mant.bits();
        let scaled = BigRational::new(self.mant.clone(), BigInt::one() << bits);
        decimal_text(&scaled, self.exp + bits as i64)
    }
}

/// 2^k for exponents of normal doubles.
fn exp2(k: i64) -> f64 {
    f64::from_bits(((k + 1023) as u64) << 52)
}

/// The number with `p` mantissa bits and exponents from `emin` on that is nearest to `r`, ties to even;
/// infinite beyond `max`.
pub(crate) fn nearest(r: &BigRational, p: i64, emin: i64, max: f64) -> f64 {
    if r.is_zero() {
        return 0.0;
    }
    let (num, den) = (r.numer().magnitude(), r.denom().magnitude());
    let negative = r.is_negative();
    let exp = num.bits() as i64 - den.bits() as i64;
    let signed = |v: f64| if negative { -v } else { v };
    if exp > 1100 {
        return signed(f64::INFINITY);
    }
    if exp < emin - 2 {
        return 0.0;
    }
    // The quotient's last bit weighs 2^low: at least two bits below the last one kept.
    let low = (exp - p).max(emin) - 2;
    let (q, rest) =
        if low >= 0 { num.div_rem(&(den << low as u64)) } else { (num << (-low) as u64).div_rem(den) };
    let drop = (q.bits() as i64 - p).max(emin - low);
    let mut mant = &q >> drop as u64;
    let tail = &q - (&mant << drop as u64);
    let half = BigUint::one() << (drop - 1) as u64;
    let sticky = !rest.is_zero();
    if tail > half || tail == half && (sticky || mant.is_odd()) {
        mant += 1u32;
    }
    let e = low + drop;
    let m = mant.to_u64().expect("a rounded mantissa has at most 54 bits") as f64;
    let v = if e > 970 {
        // May overflow; exact in two steps otherwise.
        m * exp2(e / 2) * exp2(e - e / 2)
    } else if e >= -1022 {
        m * exp2(e)
    } else {
        m * exp2(-1000) * exp2((e + 1000).max(-1022))
    };
    if v > max { signed(f64::INFINITY) } else { signed(v) }
}

/// As C's `%.{digits}g`, or with `digits` 0 the shortest text that reads back as `v`.
pub fn format_g(v: f64, digits: usize) -> String {
    if v == 0.0 {
        return "0".into();
    }
    let text = if digits == 0 { format!("{v:e}") } else { format!("{v:.*e}", digits - 1) };
    let (mantissa, exp) = text.split_once('e').unwrap_or((&text, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let all: String = mantissa.chars().filter(|&c| c != '.').collect();
    let all = all.trim_end_matches('0');
    let limit = if digits == 0 { 6 } else { digits as i32 };
    if exp < -4 || exp >= limit {
        let (first, rest) = all.split_at(1.min(all.len()));
        let point = if rest.is_empty() { "" } else { "." };
        let (esign, mag) = if exp < 0 { ('-', -exp) } else { ('+', exp) };
        return format!("{sign}{first}{point}{rest}e{esign}{mag:02}");
    }
    if exp < 0 {
        return format!("{sign}0.{}{all}", "0".repeat((-exp - 1) as usize));
    }
    let whole = exp as usize + 1;
    if all.len() <= whole {
        return format!("{sign}{all}{}", "0".repeat(whole - all.len()));
    }
    format!("{sign}{}.{}", &all[..whole], &all[whole..])
}

pub(crate) fn rational_text(r: &BigRational) -> String {
    let v = nearest(r, 53, -1074, f64::MAX);
    if r.is_zero() == (v == 0.0) && v.is_finite() {
        let s = format_g(v, 6);
        if !r.is_integer() && !s.contains('.') {
            return format_g(v, 0);
        }
        return s;
    }
    let exp = r.numer().bits() as i64 - r.denom().bits() as i64;
    let scaled = if exp >= 0 {
        BigRational::new(r.numer().clone(), r.denom() << exp as u64)
    } else {
        BigRational::new(r.numer() << (-exp) as u64, r.denom().clone())
    };
    decimal_text(&scaled, exp)
}

/// An approximation of `scaled * 2^exp` with six digits, for what is out of the range of float64.
fn decimal_text(scaled: &BigRational, exp: i64) -> String {
    let d = exp as f64 * std::f64::consts::LOG10_2;
    let mut e = d as i64;
    let mut m = nearest(scaled, 53, -1074, f64::MAX) * 10f64.powf(d - e as f64);
    if m.abs() < 1.0 - 0.5e-6 {
        m *= 10.0;
        e -= 1;
    } else if m.abs() >= 10.0 - 0.5e-5 {
        m /= 10.0;
        e += 1;
    }
    format!("{}e{e:+}", format_g(m, 6))
}
