//! Exact constant values: booleans, strings, arbitrary-precision integers, rationals, complex numbers.
//!
//! In: literals and values. Out: values of constant operations, conversions, the text gc prints for them.
//! Requires: operand kinds that the operation is defined for (others give `Unknown`), non-zero divisors.
//! Guarantees: bounded work. Rationals whose parts outgrow `EXACT_BITS` are rounded to `PRECISION` bits;
//! values beyond 2^(2^31) become `Unknown`, those as small zero.

use std::fmt;
use std::rc::Rc;

use escargo_syntax::ast::{BinaryOp, LitKind, UnaryOp};
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

/// A constant value. `Unknown` stands for a value that an error made unknown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Const {
    Unknown,
    Bool(bool),
    /// Bytes: Go strings need not be UTF-8.
    Str(Rc<[u8]>),
    Int(BigInt),
    Float(BigRational),
    Complex(BigRational, BigRational),
    /// A float of untyped arithmetic that is far out of the range of any type.
    Big(Big),
}

/// `mant * 2^exp`, where `mant` has `PRECISION` bits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Big {
    mant: BigInt,
    exp: i64,
}

/// Numerators and denominators up to this size are kept exactly.
const EXACT_BITS: u64 = 4096;
/// Mantissa bits kept of larger ones.
const PRECISION: u64 = 512;
/// Numbers with binary exponents beyond this are kept as `Big`.
const MAX_EXPONENT: i64 = 8192;
/// Binary exponents beyond this are infinite or zero.
const LIMIT: i64 = i32::MAX as i64;
/// No constant string may be longer.
pub const MAX_STRING: usize = 2_000_000_000;

impl Const {
    pub fn int(v: i64) -> Const {
        Const::Int(BigInt::from(v))
    }

    pub fn string(v: &[u8]) -> Const {
        Const::Str(v.into())
    }

    /// The exact value of a finite float.
    pub fn float(v: f64) -> Const {
        BigRational::from_float(v).map_or(Const::Unknown, Const::Float)
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Const::Unknown)
    }

    pub fn is_numeric(&self) -> bool {
        matches!(self, Const::Int(_) | Const::Float(_) | Const::Complex(..) | Const::Big(_))
    }

    /// The value of a literal as written in the source; `Unknown` if it is out of range.
    pub fn from_literal(kind: LitKind, text: &str) -> Const {
        match kind {
            LitKind::Int => parse_int(text).map_or(Const::Unknown, Const::Int),
            LitKind::Float => parse_float(text),
            LitKind::Imag => parse_imaginary(text),
            LitKind::Rune => {
                let inner = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).unwrap_or("");
                let mut out = Vec::new();
                match unescape_one(inner.as_bytes(), b'\'', &mut out) {
                    Some((Unit::Rune(r), n)) if n == inner.len() => Const::int(i64::from(r)),
                    Some((Unit::Byte(b), n)) if n == inner.len() => Const::int(i64::from(b)),
                    _ => Const::Unknown,
                }
            }
            LitKind::String => unquote(text).map_or(Const::Unknown, |b| Const::Str(b.into())),
        }
    }

    // ---- queries ----

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Const::Bool(b) => Some(*b),
            _ => None,
        }
    }

    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Const::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The value as an `i64`, if it is of kind `Int` and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Const::Int(i) => i.to_i64(),
            _ => None,
        }
    }

    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Const::Int(i) => i.to_u64(),
            _ => None,
        }
    }

    /// The nearest `f64`, infinite if out of range. Zero for what is not a real number.
    pub fn as_f64(&self) -> f64 {
        match self {
            Const::Int(i) => nearest(&BigRational::from(i.clone()), 53, -1074, f64::MAX),
            Const::Float(r) => nearest(r, 53, -1074, f64::MAX),
            Const::Complex(r, i) if i.is_zero() => nearest(r, 53, -1074, f64::MAX),
            Const::Big(b) => b.limit(),
            _ => 0.0,
        }
    }

    /// The nearest `f32`, infinite if out of range.
    pub fn as_f32(&self) -> f32 {
        let max = f64::from(f32::MAX);
        let v = match self {
            Const::Int(i) => nearest(&BigRational::from(i.clone()), 24, -149, max),
            Const::Float(r) => nearest(r, 24, -149, max),
            Const::Complex(r, i) if i.is_zero() => nearest(r, 24, -149, max),
            Const::Big(b) => b.limit(),
            _ => 0.0,
        };
        v as f32
    }

    /// -1, 0 or 1; of a complex number 0 exactly if it is zero. 1 for what has no sign.
    pub fn sign(&self) -> i32 {
        match self {
            Const::Int(i) => big_sign(i),
            Const::Float(r) => big_sign(r.numer()),
            Const::Complex(r, i) => big_sign(r.numer()) | big_sign(i.numer()),
            Const::Big(b) => big_sign(&b.mant),
            _ => 1,
        }
    }

    /// Bits of the magnitude of an `Int`.
    pub fn bit_len(&self) -> u64 {
        match self {
            Const::Int(i) => i.bits(),
            _ => 0,
        }
    }

    pub fn real(&self) -> Const {
        match self {
            Const::Complex(r, _) => Const::Float(r.clone()),
            Const::Int(_) | Const::Float(_) | Const::Big(_) => self.clone(),
            _ => Const::Unknown,
        }
    }

    pub fn imag(&self) -> Const {
        match self {
            Const::Complex(_, i) => Const::Float(i.clone()),
            Const::Int(_) | Const::Float(_) | Const::Big(_) => Const::int(0),
            _ => Const::Unknown,
        }
    }

    // ---- conversions between kinds ----

    /// The same number of kind `Int`; `Unknown` if there is none.
    pub fn to_int(&self) -> Const {
        match self {
            Const::Int(_) => self.clone(),
            Const::Float(r) if r.is_integer() => Const::Int(r.numer().clone()),
            Const::Complex(r, i) if i.is_zero() && r.is_integer() => Const::Int(r.numer().clone()),
            _ => Const::Unknown,
        }
    }

    /// The same number of kind `Float`; `Unknown` if there is none.
    pub fn to_float(&self) -> Const {
        match self {
            Const::Int(i) => Const::Float(BigRational::from(i.clone())),
            Const::Float(_) | Const::Big(_) => self.clone(),
            Const::Complex(r, i) if i.is_zero() => Const::Float(r.clone()),
            _ => Const::Unknown,
        }
    }

    /// The same number of kind `Complex`.
    pub fn to_complex(&self) -> Const {
        match self {
            Const::Int(i) => Const::Complex(BigRational::from(i.clone()), BigRational::zero()),
            Const::Float(r) => Const::Complex(r.clone(), BigRational::zero()),
            Const::Complex(..) => self.clone(),
            // Complex numbers have no parts beyond the range of rationals.
            Const::Big(b) if b.exp < 0 => Const::Complex(BigRational::zero(), BigRational::zero()),
            _ => Const::Unknown,
        }
    }

    /// The complex number `re + im*i` of two real ones.
    pub fn make_complex(re: &Const, im: &Const) -> Const {
        let part = |x: &Const| match x.to_float() {
            // Complex numbers have no parts beyond the range of rationals.
            Const::Big(b) if b.exp < 0 => Const::Float(BigRational::zero()),
            other => other,
        };
        match (part(re), part(im)) {
            (Const::Float(r), Const::Float(i)) => Const::Complex(r, i),
            _ => Const::Unknown,
        }
    }

    /// Rounded to the precision of float32; None if it overflows.
    pub fn round_f32(&self) -> Option<Const> {
        let v = self.as_f32();
        v.is_finite().then(|| Const::float(f64::from(v)))
    }

    /// Rounded to the precision of float64; None if it overflows.
    pub fn round_f64(&self) -> Option<Const> {
        let v = self.as_f64();
        v.is_finite().then(|| Const::float(v))
    }

    /// Equal numbers of different kinds give equal results: a key to find duplicates by.
    pub fn normalized(&self) -> Const {
        match self {
            Const::Float(_) | Const::Complex(..) => match self.to_int() {
                Const::Unknown => match self.to_float() {
                    Const::Unknown => self.clone(),
                    f => f,
                },
                i => i,
            },
            _ => self.clone(),
        }
    }

    // ---- operations ----

    /// `op x`. Complements of unsigned numbers are limited to `bits` bits; 0 means signed.
    pub fn unary(op: UnaryOp, x: &Const, bits: u32) -> Const {
        match (op, x) {
            (UnaryOp::Plus, _) if x.is_numeric() => x.clone(),
            (UnaryOp::Neg, Const::Int(i)) => Const::Int(-i),
            (UnaryOp::Neg, Const::Float(r)) => Const::Float(-r),
            (UnaryOp::Neg, Const::Big(b)) => Const::Big(Big { mant: -&b.mant, exp: b.exp }),
            (UnaryOp::Neg, Const::Complex(r, i)) => Const::Complex(-r, -i),
            (UnaryOp::Xor, Const::Int(i)) => {
                let z: BigInt = -(i + BigInt::one());
                if bits == 0 { Const::Int(z) } else { Const::Int(z & ((BigInt::one() << bits) - 1)) }
            }
            (UnaryOp::Not, Const::Bool(b)) => Const::Bool(!b),
            _ => Const::Unknown,
        }
    }

    /// `x op y` for operators other than comparisons and shifts. `int_div`: `/` truncates.
    pub fn binary(x: &Const, op: BinaryOp, y: &Const, int_div: bool) -> Const {
        use BinaryOp as B;
        match (x, y) {
            (Const::Bool(a), Const::Bool(b)) => match op {
                B::AndAnd => Const::Bool(*a && *b),
                B::OrOr => Const::Bool(*a || *b),
                _ => Const::Unknown,
            },
            (Const::Str(a), Const::Str(b)) if op == B::Add => {
                if a.len() + b.len() > MAX_STRING {
                    return Const::Unknown;
                }
                let mut s = Vec::with_capacity(a.len() + b.len());
                s.extend_from_slice(a);
                s.extend_from_slice(b);
                Const::Str(s.into())
            }
            (Const::Int(a), Const::Int(b)) => match op {
                B::Add => Const::Int(a + b),
                B::Sub => Const::Int(a - b),
                B::Mul => Const::Int(a * b),
                B::Div | B::Rem if b.is_zero() => Const::Unknown,
                B::Div if int_div => Const::Int(a / b),
                B::Div => make_float(BigRational::new(a.clone(), b.clone())),
                B::Rem => Const::Int(a % b),
                B::And => Const::Int(a & b),
                B::Or => Const::Int(a | b),
                B::Xor => Const::Int(a ^ b),
                B::AndNot => Const::Int(a & -(b + BigInt::one())),
                _ => Const::Unknown,
            },
            _ if !x.is_numeric() || !y.is_numeric() => Const::Unknown,
            (Const::Big(_), Const::Int(_) | Const::Float(_) | Const::Big(_))
            | (Const::Int(_) | Const::Float(_), Const::Big(_)) => match (Big::of(x), Big::of(y)) {
                (Some(a), Some(b)) => Big::binary(&a, op, &b),
                _ => Const::Unknown,
            },
            (Const::Complex(..), _) | (_, Const::Complex(..)) => {
                let (Const::Complex(a, b), Const::Complex(c, d)) = (x.to_complex(), y.to_complex()) else {
                    return Const::Unknown;
                };
                let (re, im) = match op {
                    B::Add => (a + c, b + d),
                    B::Sub => (a - c, b - d),
                    B::Mul => (&a * &c - &b * &d, b * c + a * d),
                    B::Div => {
                        let s = &c * &c + &d * &d;
                        if s.is_zero() {
                            return Const::Unknown;
                        }
                        ((&a * &c + &b * &d) / &s, (b * c - a * d) / s)
                    }
                    _ => return Const::Unknown,
                };
                match (make_float(re), make_float(im)) {
                    (Const::Float(re), Const::Float(im)) => Const::Complex(re, im),
                    _ => Const::Unknown,
                }
            }
            _ => {
                let (Const::Float(a), Const::Float(b)) = (x.to_float(), y.to_float()) else {
                    return Const::Unknown;
                };
                match op {
                    B::Add => make_float(a + b),
                    B::Sub => make_float(a - b),
                    B::Mul => make_float(a * b),
                    B::Div if !b.is_zero() => make_float(a / b),
                    _ => Const::Unknown,
                }
            }
        }
    }

    /// `x << s` or `x >> s` of an `Int`.
    pub fn shift(x: &Const, op: BinaryOp, s: u32) -> Const {
        match x {
            Const::Int(i) if op == BinaryOp::Shl => Const::Int(i << s),
            // Arithmetic: rounds towards negative infinity.
            Const::Int(i) => Const::Int(i >> s),
            _ => Const::Unknown,
        }
    }

    /// The outcome of a comparison; false if one side is unknown or the kinds cannot be compared.
    pub fn compare(x: &Const, op: BinaryOp, y: &Const) -> bool {
        fn by<T: PartialOrd>(a: &T, op: BinaryOp, b: &T) -> bool {
            match op {
                BinaryOp::Eql => a == b,
                BinaryOp::Neq => a != b,
                BinaryOp::Lss => a < b,
                BinaryOp::Leq => a <= b,
                BinaryOp::Gtr => a > b,
                BinaryOp::Geq => a >= b,
                _ => false,
            }
        }
        match (x, y) {
            (Const::Bool(a), Const::Bool(b)) => by(a, op, b),
            (Const::Str(a), Const::Str(b)) => by(a, op, b),
            (Const::Int(a), Const::Int(b)) => by(a, op, b),
            (Const::Complex(..), _) | (_, Const::Complex(..)) => match (x.to_complex(), y.to_complex()) {
                (Const::Complex(a, b), Const::Complex(c, d)) => match op {
                    BinaryOp::Eql => a == c && b == d,
                    BinaryOp::Neq => a != c || b != d,
                    _ => false,
                },
                _ => false,
            },
            _ => match (x.to_float(), y.to_float()) {
                (Const::Float(a), Const::Float(b)) => by(&a, op, &b),
                (Const::Big(_), _) | (_, Const::Big(_)) => match (Big::of(x), Big::of(y)) {
                    (Some(a), Some(b)) => by(&Big::binary(&a, BinaryOp::Sub, &b).sign(), op, &0),
                    _ => false,
                },
                _ => false,
            },
        }
    }
}

fn big_sign(i: &BigInt) -> i32 {
    match i.sign() {
        Sign::Minus => -1,
        Sign::NoSign => 0,
        Sign::Plus => 1,
    }
}

/// A float of bounded size near `r`.
fn make_float(r: BigRational) -> Const {
    let (n, d) = (r.numer().bits(), r.denom().bits());
    if n <= EXACT_BITS && d <= EXACT_BITS {
        return Const::Float(r);
    }
    Big::near(r.numer(), r.denom()).into_const()
}

impl Big {
    /// The quotient of two integers.
    fn near(num: &BigInt, den: &BigInt) -> Big {
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
    fn of(x: &Const) -> Option<Big> {
        match x {
            Const::Int(i) => Some(Big { mant: i.clone(), exp: 0 }),
            Const::Float(r) => Some(Big::near(r.numer(), r.denom())),
            Const::Big(b) => Some(b.clone()),
            _ => None,
        }
    }

    /// The constant of this value: a rational if it is of moderate size.
    fn into_const(self) -> Const {
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

    fn binary(a: &Big, op: BinaryOp, b: &Big) -> Const {
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
    fn limit(&self) -> f64 {
        match (self.exp > 0, self.mant.is_negative()) {
            (false, _) => 0.0,
            (true, false) => f64::INFINITY,
            (true, true) => f64::NEG_INFINITY,
        }
    }

    /// `base^n`, rounded to a precision that leaves room for further rounding.
    fn power(base: u32, n: u64) -> Big {
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

    fn text(&self) -> String {
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
fn nearest(r: &BigRational, p: i64, emin: i64, max: f64) -> f64 {
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

fn digits_value(digits: &str, radix: u32) -> Option<BigInt> {
    let clean: Vec<u8> = digits.bytes().filter(|&b| b != b'_').collect();
    if clean.is_empty() {
        return None;
    }
    BigInt::parse_bytes(&clean, radix)
}

fn parse_int(text: &str) -> Option<BigInt> {
    let b = text.as_bytes();
    if b.len() > 1 && b[0] == b'0' {
        return match b[1] {
            b'x' | b'X' => digits_value(&text[2..], 16),
            b'b' | b'B' => digits_value(&text[2..], 2),
            b'o' | b'O' => digits_value(&text[2..], 8),
            _ => digits_value(&text[1..], 8),
        };
    }
    digits_value(text, 10)
}

fn parse_float(text: &str) -> Const {
    let hex = text.len() > 2 && (text.starts_with("0x") || text.starts_with("0X"));
    let (body, radix, exp_chars) = if hex { (&text[2..], 16, ['p', 'P']) } else { (text, 10, ['e', 'E']) };
    let (mantissa, exponent) = match body.find(exp_chars) {
        Some(i) => (&body[..i], &body[i + 1..]),
        None => (body, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: String = whole.chars().chain(fraction.chars()).filter(|&c| c != '_').collect();
    if digits.is_empty() {
        digits.push('0');
    }
    let places = fraction.chars().filter(|&c| c != '_').count() as i64;
    let Some(mant) = digits_value(&digits, radix) else { return Const::Unknown };
    if mant.is_zero() {
        return Const::Float(BigRational::zero());
    }
    let exponent: String = exponent.chars().filter(|&c| c != '_').collect();
    let exponent = exponent.trim_start_matches('+');
    let exp: i64 = match exponent.parse() {
        Ok(e) => e,
        Err(_) if exponent.starts_with('-') => i64::MIN / 4,
        Err(_) => i64::MAX / 4,
    };
    let (per_digit, unit) = if hex { (4, 1.0) } else { (1, std::f64::consts::LOG2_10) };
    let scale = exp - places * per_digit;
    let magnitude = mant.bits() as f64 + scale as f64 * unit;
    if magnitude > LIMIT as f64 + 8.0 {
        return Const::Unknown;
    }
    if magnitude < -(LIMIT as f64) {
        return Const::Float(BigRational::zero());
    }
    if hex {
        return Big { mant, exp: scale }.into_const();
    }
    if magnitude.abs() > MAX_EXPONENT as f64 {
        let power = Big::power(10, scale.unsigned_abs());
        let op = if scale >= 0 { BinaryOp::Mul } else { BinaryOp::Div };
        return Big::binary(&Big { mant, exp: 0 }, op, &power);
    }
    let power: BigInt = BigInt::from(10).pow(scale.unsigned_abs());
    make_float(if scale >= 0 { BigRational::from(mant * power) } else { BigRational::new(mant, power) })
}

fn parse_imaginary(text: &str) -> Const {
    let body = text.strip_suffix('i').unwrap_or(text);
    let lower = body.to_ascii_lowercase();
    let prefixed = ["0x", "0b", "0o"].iter().any(|p| lower.starts_with(p));
    let fractional = body.contains('.') || lower.contains(if lower.starts_with("0x") { 'p' } else { 'e' });
    if fractional {
        return Const::make_complex(&Const::int(0), &parse_float(body));
    }
    let value = if prefixed {
        parse_int(body).map(BigRational::from)
    } else {
        // A leading zero does not make it octal, for backward compatibility.
        digits_value(body, 10).map(BigRational::from)
    };
    value.map_or(Const::Unknown, |v| Const::Complex(BigRational::zero(), v))
}

enum Unit {
    Rune(u32),
    /// A byte written as `\x` or `\ooo`.
    Byte(u8),
}

/// Decodes the first character of `s`, escapes included; gives it and its length in `s`, and appends its bytes.
fn unescape_one(s: &[u8], quote: u8, out: &mut Vec<u8>) -> Option<(Unit, usize)> {
    let push = |out: &mut Vec<u8>, r: u32| {
        let c = char::from_u32(r).unwrap_or('\u{fffd}');
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    };
    let first = *s.first()?;
    if first != b'\\' {
        let len = match first {
            0..=0x7f => 1,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        };
        let c = std::str::from_utf8(s.get(..len)?).ok()?.chars().next()?;
        push(out, c as u32);
        return Some((Unit::Rune(c as u32), len));
    }
    let code = *s.get(1)?;
    let number = |from: usize, n: usize, radix: u32| {
        let text = std::str::from_utf8(s.get(from..from + n)?).ok()?;
        u32::from_str_radix(text, radix).ok()
    };
    let simple = |out: &mut Vec<u8>, b: u8| {
        out.push(b);
        Some((Unit::Rune(u32::from(b)), 2))
    };
    match code {
        b'a' => simple(out, 7),
        b'b' => simple(out, 8),
        b'f' => simple(out, 12),
        b'n' => simple(out, 10),
        b'r' => simple(out, 13),
        b't' => simple(out, 9),
        b'v' => simple(out, 11),
        b'\\' => simple(out, b'\\'),
        b'\'' | b'"' if code == quote => simple(out, code),
        b'0'..=b'7' => {
            let v = number(1, 3, 8).and_then(|v| u8::try_from(v).ok())?;
            out.push(v);
            Some((Unit::Byte(v), 4))
        }
        b'x' => {
            let v = number(2, 2, 16).and_then(|v| u8::try_from(v).ok())?;
            out.push(v);
            Some((Unit::Byte(v), 4))
        }
        b'u' | b'U' => {
            let n = if code == b'u' { 4 } else { 8 };
            let v = number(2, n, 16)?;
            char::from_u32(v)?;
            push(out, v);
            Some((Unit::Rune(v), 2 + n))
        }
        _ => None,
    }
}

/// The bytes a string literal stands for; None if it is malformed.
pub fn unquote(text: &str) -> Option<Vec<u8>> {
    if let Some(raw) = text.strip_prefix('`') {
        let raw = raw.strip_suffix('`')?;
        return Some(raw.bytes().filter(|&b| b != b'\r').collect());
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?.as_bytes();
    let mut out = Vec::with_capacity(inner.len());
    let mut i = 0;
    while i < inner.len() {
        if inner[i] != b'\\' {
            // Copy up to the next escape.
            let n = inner[i..].iter().position(|&b| b == b'\\').unwrap_or(inner.len() - i);
            out.extend_from_slice(&inner[i..i + n]);
            i += n;
            continue;
        }
        let (_, n) = unescape_one(&inner[i..], b'"', &mut out)?;
        i += n;
    }
    Some(out)
}

/// `s` as a Go string literal with double quotes.
pub fn quote(s: &[u8]) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for chunk in s.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\u{7}' => out.push_str("\\a"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{b}' => out.push_str("\\v"),
                c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
                '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{feff}' | '\u{2028}' | '\u{2029}' => {
                    out.push_str(&format!("\\u{:04x}", c as u32));
                }
                c => out.push(c),
            }
        }
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out.push('"');
    out
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

fn rational_text(r: &BigRational) -> String {
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

impl fmt::Display for Const {
    /// As gc prints values in messages: long strings are shortened, floats have six digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Const::Unknown => f.write_str("unknown"),
            Const::Bool(b) => write!(f, "{b}"),
            Const::Str(s) => {
                const MAX: usize = 72;
                let q = quote(s);
                if q.chars().count() > MAX {
                    let short: String = q.chars().take(MAX - 3).collect();
                    write!(f, "{short}...")
                } else {
                    f.write_str(&q)
                }
            }
            Const::Int(i) => write!(f, "{i}"),
            Const::Float(r) => f.write_str(&rational_text(r)),
            Const::Complex(r, i) => write!(f, "({} + {}i)", rational_text(r), rational_text(i)),
            Const::Big(b) => f.write_str(&b.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lit(kind: LitKind, text: &str) -> Const {
        Const::from_literal(kind, text)
    }

    #[test]
    fn literals() {
        assert_eq!(lit(LitKind::Int, "0x_FF"), Const::int(255));
        assert_eq!(lit(LitKind::Int, "0755"), Const::int(493));
        assert_eq!(lit(LitKind::Int, "1_000"), Const::int(1000));
        assert_eq!(lit(LitKind::Float, "0x1p-2").as_f64(), 0.25);
        assert_eq!(lit(LitKind::Float, "1.5e3").as_f64(), 1500.0);
        assert_eq!(lit(LitKind::Float, ".5").as_f64(), 0.5);
        assert_eq!(lit(LitKind::Rune, "'\\u00e9'"), Const::int(0xe9));
        assert_eq!(lit(LitKind::Rune, "'\\xff'"), Const::int(255));
        assert_eq!(lit(LitKind::Rune, "'é'"), Const::int(0xe9));
        assert_eq!(lit(LitKind::String, "\"a\\n\\x80\""), Const::string(b"a\n\x80"));
        assert_eq!(lit(LitKind::String, "`a\r\nb`"), Const::string(b"a\nb"));
        assert_eq!(lit(LitKind::Imag, "0123i").imag().as_f64(), 123.0);
        assert!(lit(LitKind::Float, "1e1000000000").is_unknown());
        let ten = Const::binary(
            &lit(LitKind::Float, "1e646456992"),
            BinaryOp::Div,
            &lit(LitKind::Float, "1e646456991"),
            false,
        );
        assert_eq!(ten.as_f64(), 10.0);
        assert_eq!(lit(LitKind::Float, "1e-1000000000").sign(), 0);
    }

    #[test]
    fn rounding() {
        for text in
            ["0.1", "1e308", "4.9e-324", "2.2250738585072014e-308", "123456789.123456789", "1e23", "5e-324"]
        {
            assert_eq!(lit(LitKind::Float, text).as_f64(), text.parse::<f64>().expect("a float"), "{text}");
        }
        assert_eq!(lit(LitKind::Float, "2e-324").as_f64(), 0.0);
        assert_eq!(lit(LitKind::Float, "0.1").as_f32(), 0.1f32);
        assert_eq!(lit(LitKind::Float, "1e-45").as_f32(), 1e-45f32);
        assert!(lit(LitKind::Float, "3.5e38").as_f32().is_infinite());
        assert!(lit(LitKind::Float, "1e309").as_f64().is_infinite());
    }

    #[test]
    fn text() {
        assert_eq!(lit(LitKind::Float, "1e100").to_string(), "1e+100");
        assert_eq!(lit(LitKind::Float, "3.14159265").to_string(), "3.14159");
        assert_eq!(lit(LitKind::Float, "100.0").to_string(), "100");
        assert_eq!(lit(LitKind::Float, "1e1000").to_string(), "1e+1000");
        assert_eq!(lit(LitKind::Float, "10000000.5").to_string(), "1.00000005e+07");
        assert_eq!(Const::string(b"a\"b").to_string(), "\"a\\\"b\"");
    }

    #[test]
    fn operations() {
        let minus = Const::unary(UnaryOp::Xor, &Const::int(0), 0);
        assert_eq!(minus, Const::int(-1));
        assert_eq!(Const::unary(UnaryOp::Xor, &Const::int(1), 8), Const::int(254));
        assert_eq!(Const::binary(&Const::int(7), BinaryOp::AndNot, &Const::int(2), true), Const::int(5));
        assert_eq!(Const::binary(&Const::int(-7), BinaryOp::Div, &Const::int(2), true), Const::int(-3));
        assert_eq!(Const::shift(&Const::int(-7), BinaryOp::Shr, 1), Const::int(-4));
        let mut x = lit(LitKind::Float, "1.1e300");
        for _ in 0..40 {
            x = Const::binary(&x, BinaryOp::Mul, &x, false);
        }
        assert!(x.is_unknown());
    }
}
