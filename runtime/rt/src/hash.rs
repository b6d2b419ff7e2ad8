//! Equality and hashes of values, by interpreting their descriptors.
//!
//! In: types and addresses. Out: Go's ==, and hashes that agree with it. Panics on dynamic types that cannot be compared.

use crate::iface::{interface_methods, itab_type};
use crate::worker::random;
use crate::{error, string};
use escargo_abi::types::{Type, kind, tflag};

const K0: u64 = 0xa076_1d64_78bd_642f;
const K1: u64 = 0xe703_7ed1_a0b4_28db;

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let m = a as u128 * b as u128;
    m as u64 ^ (m >> 64) as u64
}

#[inline(always)]
pub fn hash_word(x: u64, seed: u64) -> u64 {
    fold(x ^ seed ^ K0, K1 ^ seed.rotate_left(32))
}

/// # Safety
/// `n` readable bytes.
#[inline]
pub unsafe fn hash_bytes(p: *const u8, n: usize, seed: u64) -> u64 {
    // SAFETY: reads stay in `[p, p + n)`.
    unsafe {
        let r8 = |i: usize| (p.add(i) as *const u64).read_unaligned();
        let r4 = |i: usize| (p.add(i) as *const u32).read_unaligned() as u64;
        let mut h = seed ^ K0;
        let (a, b) = match n {
            0 => (0, 0),
            1..=3 => ((*p as u64) << 16 | (*p.add(n / 2) as u64) << 8 | *p.add(n - 1) as u64, 0),
            4..=8 => (r4(0), r4(n - 4)),
            9..=16 => (r8(0), r8(n - 8)),
            _ => {
                let mut i = 0;
                while i + 16 < n {
                    h = fold(r8(i) ^ K1, r8(i + 8) ^ h);
                    i += 16;
                }
                (r8(n - 16), r8(n - 8))
            }
        };
        fold(K1 ^ n as u64, fold(a ^ K1, b ^ h))
    }
}

/// Elements of a struct descriptor: name, type, offset.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Field {
    pub name: *const u8,
    pub typ: *const Type,
    pub offset: usize,
}

/// # Safety
/// A struct type descriptor.
pub unsafe fn fields(typ: *const Type) -> &'static [Field] {
    // SAFETY: package path, then a slice.
    unsafe {
        let words = typ.add(1) as *const usize;
        let (data, n) = (*words.add(1), *words.add(2));
        if n == 0 { &[] } else { std::slice::from_raw_parts(data as *const Field, n) }
    }
}

/// A blank field: flag byte, length 1, '_'.
fn is_blank(f: &Field) -> bool {
    // SAFETY: a name of the type section.
    unsafe { !f.name.is_null() && *f.name.add(1) == 1 && *f.name.add(2) == b'_' }
}

/// Element type and length of an array type.
unsafe fn array(typ: *const Type) -> (*const Type, usize) {
    // SAFETY: elem, slice, length.
    unsafe {
        let words = typ.add(1) as *const usize;
        (*words as *const Type, *words.add(2))
    }
}

/// Whether values of the type are equal when their bytes are.
///
/// # Safety
/// A descriptor.
pub unsafe fn is_regular(typ: *const Type) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        (*typ).tflag & tflag::REGULAR_MEMORY != 0
            || matches!(
                (*typ).kind & kind::MASK,
                kind::BOOL..=kind::UINTPTR | kind::POINTER | kind::CHAN | kind::UNSAFE_POINTER
            )
    }
}

/// The dynamic type and data word of an interface value.
unsafe fn dynamic(typ: *const Type, p: *const u8) -> (*const Type, usize) {
    // SAFETY: the address of an interface value.
    unsafe {
        let [word, data] = *(p as *const [usize; 2]);
        let t = if interface_methods(typ).is_empty() { word as *const Type } else { itab_type(word) };
        (t, data)
    }
}

/// Equality of two values.
///
/// # Safety
/// Addresses of values of the type.
pub unsafe fn equal(typ: *const Type, p: *const u8, q: *const u8) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        if is_regular(typ) {
            return same_bytes(p, q, (*typ).size);
        }
        match (*typ).kind & kind::MASK {
            kind::FLOAT32 => *(p as *const f32) == *(q as *const f32),
            kind::FLOAT64 => *(p as *const f64) == *(q as *const f64),
            kind::COMPLEX64 => *(p as *const [f32; 2]) == *(q as *const [f32; 2]),
            kind::COMPLEX128 => *(p as *const [f64; 2]) == *(q as *const [f64; 2]),
            kind::STRING => {
                let ([a, n], [b, m]) = (*(p as *const [usize; 2]), *(q as *const [usize; 2]));
                n == m && same_bytes(a as *const u8, b as *const u8, n)
            }
            kind::INTERFACE => {
                let ((t, a), (u, b)) = (dynamic(typ, p), dynamic(typ, q));
                t == u && (t.is_null() || dynamic_equal(t, a, b))
            }
            kind::ARRAY => {
                let (element, n) = array(typ);
                let size = (*element).size;
                (0..n).all(|i| equal(element, p.add(i * size), q.add(i * size)))
            }
            kind::STRUCT => equal_fields(fields(typ), p, q),
            _ => error::uncomparable(typ),
        }
    }
}

/// Equality of structs. As in Go, what is cheap and cannot panic goes first, but not before a field that can panic: texts are
/// looked at only if all lengths agree.
unsafe fn equal_fields(mut rest: &[Field], p: *const u8, q: *const u8) -> bool {
    // SAFETY: addresses of structs with these fields.
    unsafe {
        while !rest.is_empty() {
            let simple = rest.iter().take_while(|f| is_regular(f.typ) || is_text(f.typ)).count();
            let (now, later) = rest.split_at(simple.max(1));
            let cheap = |f: &Field| {
                let (a, b) = (p.add(f.offset), q.add(f.offset));
                match is_text(f.typ) {
                    true => *(a as *const usize).add(1) == *(b as *const usize).add(1),
                    false => !is_regular(f.typ) || equal(f.typ, a, b),
                }
            };
            let whole = |f: &Field| is_regular(f.typ) || equal(f.typ, p.add(f.offset), q.add(f.offset));
            if !now.iter().all(|f| is_blank(f) || cheap(f)) || !now.iter().all(|f| is_blank(f) || whole(f)) {
                return false;
            }
            rest = later;
        }
        true
    }
}

unsafe fn is_text(typ: *const Type) -> bool {
    // SAFETY: a descriptor.
    unsafe { (*typ).kind & kind::MASK == kind::STRING }
}

/// Equality of two data words of interfaces with one dynamic type.
unsafe fn dynamic_equal(t: *const Type, a: usize, b: usize) -> bool {
    // SAFETY: a descriptor and data words of its values.
    unsafe {
        if (*t).equal == 0 {
            error::uncomparable(t);
        }
        if (*t).kind & kind::DIRECT_IFACE != 0 {
            return a == b;
        }
        a == b && is_regular(t) || equal(t, a as *const u8, b as *const u8)
    }
}

#[inline]
unsafe fn same_bytes(p: *const u8, q: *const u8, n: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { n == 0 || p == q || std::slice::from_raw_parts(p, n) == std::slice::from_raw_parts(q, n) }
}

fn hash_float(x: f64, seed: u64) -> u64 {
    match x {
        0.0 => hash_word(0, seed),
        // No NaN is found again, so any place will do.
        _ if x.is_nan() => random(),
        _ => hash_word(x.to_bits(), seed),
    }
}

/// Hash of a value. Panics if the type, or the dynamic type of an interface in it, cannot be a key.
///
/// # Safety
/// The address of a value of the type.
pub unsafe fn hash(typ: *const Type, p: *const u8, seed: u64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        if is_regular(typ) {
            return match (*typ).size {
                8 => hash_word(*(p as *const u64), seed),
                4 => hash_word(*(p as *const u32) as u64, seed),
                n => hash_bytes(p, n, seed),
            };
        }
        match (*typ).kind & kind::MASK {
            kind::FLOAT32 => hash_float(*(p as *const f32) as f64, seed),
            kind::FLOAT64 => hash_float(*(p as *const f64), seed),
            kind::COMPLEX64 => {
                let [re, im] = *(p as *const [f32; 2]);
                hash_float(im as f64, hash_float(re as f64, seed))
            }
            kind::COMPLEX128 => {
                let [re, im] = *(p as *const [f64; 2]);
                hash_float(im, hash_float(re, seed))
            }
            kind::STRING => {
                let [a, n] = *(p as *const [usize; 2]);
                hash_bytes(a as *const u8, n, seed)
            }
            kind::INTERFACE => {
                let (t, data) = dynamic(typ, p);
                if t.is_null() {
                    return hash_word(0, seed);
                }
                if (*t).equal == 0 {
                    error::unhashable(t);
                }
                let seed = hash_word((*t).hash as u64, seed);
                match (*t).kind & kind::DIRECT_IFACE {
                    0 => hash(t, data as *const u8, seed),
                    _ => hash_word(data as u64, seed),
                }
            }
            kind::ARRAY => {
                let (element, n) = array(typ);
                (0..n).fold(seed, |h, i| hash(element, p.add(i * (*element).size), h))
            }
            kind::STRUCT => {
                fields(typ).iter().filter(|f| !is_blank(f)).fold(seed, |h, f| hash(f.typ, p.add(f.offset), h))
            }
            _ => error::unhashable(typ),
        }
    }
}

/// Panics if a key could have no hash.
///
/// # Safety
/// `p` points to a value of type `typ`.
pub unsafe fn check_key(typ: *const Type, p: *const u8) {
    // SAFETY: as required.
    unsafe {
        match (*typ).kind & kind::MASK {
            kind::INTERFACE => {
                let (t, data) = dynamic(typ, p);
                if t.is_null() {
                    return;
                }
                if (*t).equal == 0 {
                    error::not_a_key(t);
                }
                if (*t).kind & kind::DIRECT_IFACE == 0 {
                    check_key(t, data as *const u8);
                }
            }
            kind::ARRAY => {
                let (element, n) = array(typ);
                for i in 0..n {
                    check_key(element, p.add(i * (*element).size));
                }
            }
            kind::STRUCT => {
                for f in fields(typ).iter().filter(|f| !is_blank(f)) {
                    check_key(f.typ, p.add(f.offset));
                }
            }
            _ => {}
        }
    }
}

/// # Safety
/// Data words of interfaces of one dynamic type.
pub unsafe extern "C" fn iface_equal(typ: *const Type, a: usize, b: usize) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { (typ.is_null() || dynamic_equal(typ, a, b)) as i64 }
}

/// # Safety
/// Addresses of values of the type.
pub unsafe extern "C" fn value_equal(typ: *const Type, p: *const u8, q: *const u8) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { equal(typ, p, q) as i64 }
}

/// # Safety
/// The address of a value of the type.
pub unsafe extern "C" fn value_hash(typ: *const Type, p: *const u8, seed: i64) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { hash(typ, p, seed as u64) as i64 }
}

/// # Safety
/// `n` readable bytes each.
pub unsafe extern "C" fn memequal(p: *const u8, q: *const u8, n: i64) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { (string::bytes(p, n) == string::bytes(q, n)) as i64 }
}
