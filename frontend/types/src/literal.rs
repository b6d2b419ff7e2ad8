//! Literals as values: numbers, runes, strings; and strings as literals.
//!
//! In: the text of literals. Out: constants. Guarantees: bounded work, whatever the exponent.

use escargo_syntax::ast::{BinaryOp, LitKind};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Pow, Zero};

use crate::bigfloat::{Big, LIMIT, MAX_EXPONENT, make_float};
use crate::constant::Const;

impl Const {
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
