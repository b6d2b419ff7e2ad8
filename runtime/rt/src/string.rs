//! Strings: concatenation, conversion, comparison, search.
//!
//! In: data and lengths; a buffer of `TEMP_BUFFER` bytes that may hold the result, or null. Out: strings.

use crate::worker::{Pair, heap};
use escargo_abi::types::TEMP_BUFFER;

/// The bytes of a string or slice.
///
/// # Safety
/// Readable memory; null only if the length is 0.
#[inline(always)]
pub unsafe fn bytes<'a>(data: *const u8, length: i64) -> &'a [u8] {
    if length <= 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(data, length as usize) }
}

/// Room for `n` bytes: the buffer if it is large enough.
#[inline]
fn room(buffer: *mut u8, n: usize) -> *mut u8 {
    if !buffer.is_null() && n <= TEMP_BUFFER as usize {
        return buffer;
    }
    heap().alloc_dirty(n).pointer()
}

/// Each byte, for strings of one.
static BYTES: [u8; 256] = {
    let mut all = [0; 256];
    let mut i = 0;
    while i < all.len() {
        all[i] = i as u8;
        i += 1;
    }
    all
};

fn pair(data: *const u8, n: usize) -> Pair {
    Pair { a: data as usize, b: n }
}

/// A string that may lie in the current frame must not leave it: it is copied if there is a buffer, by the rules of the site.
/// # Safety
/// Strings.
pub unsafe extern "C" fn string_concat2(buffer: *mut u8, p: *const u8, n: i64, q: *const u8, m: i64) -> Pair {
    if n == 0 {
        return pair(q, m as usize);
    }
    if m == 0 {
        return pair(p, n as usize);
    }
    let (n, m) = (n as usize, m as usize);
    let Some(total) = n.checked_add(m).filter(|&t| t <= isize::MAX as usize) else { too_long() };
    let to = room(buffer, total);
    // SAFETY: the caller's promise; the room is large enough.
    unsafe {
        std::ptr::copy(p, to, n);
        std::ptr::copy(q, to.add(n), m);
    }
    pair(to, total)
}

fn too_long() -> ! {
    crate::sched::fatal_text("string concatenation too long")
}

/// # Safety
/// The address of `count` strings.
pub unsafe extern "C" fn string_concat(buffer: *mut u8, strings: *const [usize; 2], count: i64) -> Pair {
    // SAFETY: the caller's promise; the room is large enough.
    unsafe {
        let list = std::slice::from_raw_parts(strings, count as usize);
        let (mut total, mut parts, mut last) = (0usize, 0, [0, 0]);
        for s in list {
            if s[1] != 0 {
                parts += 1;
                last = *s;
                total = total.checked_add(s[1]).unwrap_or_else(|| too_long());
            }
        }
        if parts <= 1 {
            return Pair { a: last[0], b: last[1] };
        }
        let to = room(buffer, total);
        let mut at = to;
        for &[p, n] in list {
            std::ptr::copy(p as *const u8, at, n);
            at = at.add(n);
        }
        pair(to, total)
    }
}

/// The first bytes of two strings of which both have `n`, at least 1 and at most 16, as numbers in the same order.
///
/// # Safety
/// `n` bytes at `p`.
#[inline(always)]
unsafe fn prefix(p: *const u8, n: usize) -> (u64, u64) {
    // Two reads that may overlap cover all bytes.
    // SAFETY: within the `n` bytes.
    unsafe {
        if n >= 8 {
            let read = |at| u64::from_be(p.add(at).cast::<u64>().read_unaligned());
            (read(0), read(n - 8))
        } else if n >= 4 {
            let read = |at| u32::from_be(p.add(at).cast::<u32>().read_unaligned()) as u64;
            (read(0), read(n - 4))
        } else {
            ((*p as u64) << 16 | (*p.add(n / 2) as u64) << 8 | *p.add(n - 1) as u64, 0)
        }
    }
}

/// # Safety
/// Strings.
pub unsafe extern "C" fn string_compare(p: *const u8, n: i64, q: *const u8, m: i64) -> i64 {
    let shared = n.min(m) as usize;
    if shared > 0 && p != q {
        // SAFETY: the caller's promise.
        unsafe {
            let (a, b) = (prefix(p, shared.min(16)), prefix(q, shared.min(16)));
            if a != b {
                return if a < b { -1 } else { 1 };
            }
            if shared > 16 {
                let rest = bytes(p.add(16), shared as i64 - 16).cmp(bytes(q.add(16), shared as i64 - 16));
                if rest.is_ne() {
                    return rest as i64;
                }
            }
        }
    }
    n.cmp(&m) as i64
}

/// # Safety
/// A slice of bytes.
pub unsafe extern "C" fn string_from_bytes(buffer: *mut u8, p: *const u8, n: i64) -> Pair {
    if n <= 0 {
        return Pair { a: 0, b: 0 };
    }
    let n = n as usize;
    if n == 1 {
        // SAFETY: the caller's promise.
        return pair(&raw const BYTES[unsafe { *p } as usize], 1);
    }
    let to = room(buffer, n);
    // SAFETY: the caller's promise; the room is large enough.
    unsafe { std::ptr::copy_nonoverlapping(p, to, n) };
    pair(to, n)
}

/// # Safety
/// A string.
pub unsafe extern "C" fn bytes_from_string(buffer: *mut u8, p: *const u8, n: i64) -> Pair {
    let n = n.max(0) as usize;
    let in_buffer = !buffer.is_null() && n <= TEMP_BUFFER as usize;
    let capacity = if in_buffer { TEMP_BUFFER as usize } else { crate::memory::round_up(n, true) };
    let to = if in_buffer { buffer } else { heap().alloc_dirty(capacity).pointer() };
    // SAFETY: the room is `capacity` bytes long. What an append may uncover is zero.
    unsafe {
        if n > 0 {
            std::ptr::copy_nonoverlapping(p, to, n);
        }
        if capacity > n {
            crate::mte::clear(to.add(n), capacity - n);
        }
    }
    pair(to, capacity)
}

/// UTF-8 of a rune, U+FFFD for what is none; the number of bytes.
fn encode(rune: i64, out: &mut [u8; 4]) -> usize {
    let c = u32::try_from(rune).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
    c.encode_utf8(out).len()
}

/// # Safety
/// `n` runes.
pub unsafe extern "C" fn string_from_runes(buffer: *mut u8, p: *const i32, n: i64) -> Pair {
    // SAFETY: the caller's promise; the room is large enough.
    unsafe {
        let mut scratch = [0; 4];
        let runes = if n <= 0 { &[][..] } else { std::slice::from_raw_parts(p, n as usize) };
        let total = runes.iter().map(|&r| encode(r as i64, &mut scratch)).sum();
        if total == 0 {
            return Pair { a: 0, b: 0 };
        }
        let to = room(buffer, total);
        let mut at = to;
        for &r in runes {
            let k = encode(r as i64, &mut scratch);
            std::ptr::copy_nonoverlapping(scratch.as_ptr(), at, k);
            at = at.add(k);
        }
        pair(to, total)
    }
}

/// # Safety
/// A string.
pub unsafe extern "C" fn runes_from_string(buffer: *mut u8, p: *const u8, n: i64) -> Pair {
    // SAFETY: the caller's promise; the room is large enough.
    unsafe {
        let s = bytes(p, n);
        let count = count(s);
        let to = room(buffer, count * 4) as *mut i32;
        let (mut at, mut i) = (0, 0);
        while at < s.len() {
            let (r, width) = decode(&s[at..]);
            *to.add(i) = r as i32;
            at += width;
            i += 1;
        }
        pair(to as *const u8, count)
    }
}

/// # Safety
/// None beyond the buffer's.
pub unsafe extern "C" fn string_from_rune(buffer: *mut u8, rune: i64) -> Pair {
    let mut scratch = [0; 4];
    let n = encode(rune, &mut scratch);
    let to = room(buffer, n);
    // SAFETY: the room is large enough.
    unsafe { std::ptr::copy_nonoverlapping(scratch.as_ptr(), to, n) };
    pair(to, n)
}

/// The first rune of bytes that are not empty, and its width; what is not UTF-8 is U+FFFD of width 1.
fn decode(s: &[u8]) -> (u32, usize) {
    const BAD: (u32, usize) = (0xfffd, 1);
    let first = s[0];
    let (width, low, high) = match first {
        0..=0x7f => return (first as u32, 1),
        0xc2..=0xdf => (2, 0x80, 0xbf),
        0xe0 => (3, 0xa0, 0xbf),
        0xed => (3, 0x80, 0x9f),
        0xe1..=0xef => (3, 0x80, 0xbf),
        0xf0 => (4, 0x90, 0xbf),
        0xf1..=0xf3 => (4, 0x80, 0xbf),
        0xf4 => (4, 0x80, 0x8f),
        _ => return BAD,
    };
    if s.len() < width || s[1] < low || s[1] > high || s[2..width].iter().any(|b| b & 0xc0 != 0x80) {
        return BAD;
    }
    let rune = s[1..width].iter().fold(first as u32 & (0x7f >> width), |r, b| r << 6 | (b & 0x3f) as u32);
    (rune, width)
}

fn count(s: &[u8]) -> usize {
    let (mut at, mut n) = (0, 0);
    while at < s.len() {
        at += if s[at] < 0x80 { 1 } else { decode(&s[at..]).1 };
        n += 1;
    }
    n
}

/// # Safety
/// A string and an index in it.
pub unsafe extern "C" fn decode_rune(p: *const u8, n: i64, i: i64) -> Pair {
    // SAFETY: the caller's promise.
    let s = unsafe { bytes(p, n) };
    let (r, width) = decode(&s[i as usize..]);
    Pair { a: r as usize, b: i as usize + width }
}

/// # Safety
/// A string.
pub unsafe extern "C" fn count_runes(p: *const u8, n: i64) -> i64 {
    // SAFETY: the caller's promise.
    count(unsafe { bytes(p, n) }) as i64
}

/// # Safety
/// A string.
pub unsafe extern "C" fn index_byte(p: *const u8, n: i64, byte: i64) -> i64 {
    if n <= 0 {
        return -1;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let found = libc::memchr(p as *const _, byte as u8 as i32, n as usize) as usize;
        if found == 0 { -1 } else { (found - p as usize) as i64 }
    }
}

/// # Safety
/// A string.
pub unsafe extern "C" fn count_byte(p: *const u8, n: i64, byte: i64) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { bytes(p, n) }.iter().map(|&b| (b == byte as u8) as i64).sum()
}

/// Places where `index_string` looks before it prepares a search.
const TRIES: usize = 4;

/// # Safety
/// Strings.
pub unsafe extern "C" fn index_string(p: *const u8, n: i64, q: *const u8, m: i64) -> i64 {
    if m <= 0 {
        return 0;
    }
    if m > n {
        return -1;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let (text, part) = (bytes(p, n), bytes(q, m));
        // A few tries by the first byte: preparing a search costs more than most searches in short texts.
        let ends = text.len() - part.len() + 1;
        let mut at = 0;
        for _ in 0..TRIES {
            let Some(i) = memchr::memchr(part[0], &text[at..ends]) else { return -1 };
            at += i;
            if text[at..].starts_with(part) {
                return at as i64;
            }
            at += 1;
        }
        memchr::memmem::find(&text[at..], part).map_or(-1, |i| (at + i) as i64)
    }
}

pub unsafe extern "C" fn fma(x: f64, y: f64, z: f64) -> f64 {
    x.mul_add(y, z)
}
