//! The print and println functions, and numbers in the form they print them.
//!
//! In: values. Out: the standard error; what is printed between `print_lock` and `print_unlock` is written at once.

use crate::worker::{worker, worker_pointer};
use escargo_abi::types::kind;

fn put(bytes: &[u8]) {
    let w = worker();
    w.print.extend_from_slice(bytes);
    if w.print_depth == 0 || w.print.len() > 1 << 16 {
        flush();
    }
}

/// Writes what has been printed.
pub fn flush() {
    // SAFETY: the worker of this thread, if it has one.
    let Some(w) = (unsafe { worker_pointer().as_mut() }) else { return };
    let buffer = std::mem::take(&mut w.print);
    if !buffer.is_empty() {
        crate::os::write_error(&buffer);
    }
}

/// A float in the shortest form that reads back, as Go's %g: `digits` is Rust's shortest `{:e}` form.
fn general(negative: bool, scientific: &str) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let mut out = String::new();
    if negative {
        out.push('-');
    }
    if !(-4..6).contains(&exponent) {
        out.push_str(&digits[..1]);
        if digits.len() > 1 {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        out.push_str(&format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
    } else if exponent < 0 {
        out.push_str("0.");
        out.push_str(&"0".repeat((-exponent - 1) as usize));
        out.push_str(&digits);
    } else {
        let whole = exponent as usize + 1;
        if digits.len() <= whole {
            out.push_str(&digits);
            out.push_str(&"0".repeat(whole - digits.len()));
        } else {
            out.push_str(&digits[..whole]);
            out.push('.');
            out.push_str(&digits[whole..]);
        }
    }
    out
}

fn special(x: f64) -> Option<&'static str> {
    match x {
        _ if x.is_nan() => Some("NaN"),
        f64::INFINITY => Some("+Inf"),
        f64::NEG_INFINITY => Some("-Inf"),
        _ => None,
    }
}

pub fn float64(x: f64) -> String {
    special(x).map_or_else(|| general(x.is_sign_negative(), &format!("{:e}", x.abs())), str::to_owned)
}

pub fn float32(x: f32) -> String {
    special(x as f64).map_or_else(|| general(x.is_sign_negative(), &format!("{:e}", x.abs())), str::to_owned)
}

fn complex(re: String, im: String) -> String {
    let sign = if im.starts_with(['+', '-']) { "" } else { "+" };
    format!("({re}{sign}{im}i)")
}

/// Appends a value of a numeric or boolean kind; false for the others.
///
/// # Safety
/// `p` must be the address of a value of that kind.
pub unsafe fn scalar(k: u8, p: *const u8, out: &mut String) -> bool {
    // SAFETY: the caller's promise.
    let text = unsafe {
        match k {
            kind::BOOL => (*p != 0).to_string(),
            kind::INT | kind::INT64 => (*(p as *const i64)).to_string(),
            kind::INT8 => (*(p as *const i8)).to_string(),
            kind::INT16 => (*(p as *const i16)).to_string(),
            kind::INT32 => (*(p as *const i32)).to_string(),
            kind::UINT | kind::UINT64 | kind::UINTPTR => (*(p as *const u64)).to_string(),
            kind::UINT8 => (*p).to_string(),
            kind::UINT16 => (*(p as *const u16)).to_string(),
            kind::UINT32 => (*(p as *const u32)).to_string(),
            kind::FLOAT32 => float32(*(p as *const f32)),
            kind::FLOAT64 => float64(*(p as *const f64)),
            kind::COMPLEX64 => {
                let [re, im] = *(p as *const [f32; 2]);
                complex(float32(re), float32(im))
            }
            kind::COMPLEX128 => {
                let [re, im] = *(p as *const [f64; 2]);
                complex(float64(re), float64(im))
            }
            _ => return false,
        }
    };
    out.push_str(&text);
    true
}

pub unsafe extern "C" fn print_lock() {
    worker().print_depth += 1;
}

pub unsafe extern "C" fn print_unlock() {
    let w = worker();
    w.print_depth = w.print_depth.saturating_sub(1);
    if w.print_depth == 0 {
        flush();
    }
}

pub unsafe extern "C" fn print_bool(x: i64) {
    put(if x & 1 != 0 { b"true" } else { b"false" });
}

pub unsafe extern "C" fn print_int(x: i64) {
    put(x.to_string().as_bytes());
}

pub unsafe extern "C" fn print_uint(x: i64) {
    put((x as u64).to_string().as_bytes());
}

pub unsafe extern "C" fn print_hex(x: i64) {
    put(format!("{x:#x}").as_bytes());
}

pub unsafe extern "C" fn print_float(x: f64) {
    put(float64(x).as_bytes());
}

pub unsafe extern "C" fn print_float32(x: f64) {
    put(float32(x as f32).as_bytes());
}

pub unsafe extern "C" fn print_complex(re: f64, im: f64) {
    put(complex(float64(re), float64(im)).as_bytes());
}

pub unsafe extern "C" fn print_complex64(re: f64, im: f64) {
    put(complex(float32(re as f32), float32(im as f32)).as_bytes());
}

/// # Safety
/// A string.
pub unsafe extern "C" fn print_string(data: *const u8, length: i64) {
    // SAFETY: the caller's promise.
    put(unsafe { crate::string::bytes(data, length) });
}

pub unsafe extern "C" fn print_pointer(p: usize) {
    put(format!("{p:#x}").as_bytes());
}

pub unsafe extern "C" fn print_slice(data: usize, length: i64, capacity: i64) {
    put(format!("[{length}/{capacity}]{data:#x}").as_bytes());
}

pub unsafe extern "C" fn print_iface(typ: usize, data: usize) {
    put(format!("({typ:#x},{data:#x})").as_bytes());
}

pub unsafe extern "C" fn print_space() {
    put(b" ");
}

pub unsafe extern "C" fn print_newline() {
    put(b"\n");
}
