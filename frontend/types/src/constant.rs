//! Exact constant values: booleans, strings, arbitrary-precision integers, rationals, complex numbers.
//!
//! In: literals and values. Out: values of constant operations, conversions, the text gc prints for them.
//! Requires: operand kinds that the operation is defined for (others give `Unknown`), non-zero divisors.
//! Guarantees: bounded work. Rationals whose parts outgrow `EXACT_BITS` are rounded to `PRECISION` bits;
//! values beyond 2^(2^31) become `Unknown`, those as small zero.

use std::fmt;
use std::rc::Rc;

use escargo_syntax::ast::{BinaryOp, UnaryOp};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use crate::bigfloat::{Big, big_sign, make_float, nearest, rational_text};
pub use crate::literal::{quote, unquote};

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
    use escargo_syntax::ast::LitKind;

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
