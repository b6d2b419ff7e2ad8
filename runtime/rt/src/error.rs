//! Run-time errors: from the runtime's functions to Go panics with the values that package runtime defines.
//!
//! In: what went wrong. Out: a panic of the calling goroutine. Nothing of the callers may need to be dropped.

use crate::arch;
use crate::worker::{caller_frame, heap, worker, world};
use escargo_abi::errors::{self, ErrorArgs};
use escargo_abi::types::Type;

const NOTHING: ErrorArgs = ErrorArgs { kind: 0, x: 0, y: 0, s: 0, s_len: 0, p1: 0, p2: 0, p3: 0 };

/// Panics with the error that `args` describe.
pub fn raise(args: ErrorArgs) -> ! {
    let w = worker();
    let (fp, pc) = caller_frame();
    if world().program.runtime_error != 0 {
        // SAFETY: the program's function takes such arguments and does not return.
        unsafe {
            let p = &raw const args as usize;
            arch::call_chained(
                world().program.runtime_error,
                p,
                w.context as usize,
                fp,
                pc,
                std::ptr::null_mut(),
            );
        }
    }
    // A program of another language than Go: it has no error values, so nothing can recover.
    crate::sched::fatal_text(&words(&args))
}

/// An error in words, where no function of the program turns it into a value.
fn words(args: &ErrorArgs) -> String {
    let (x, y) = (args.x, args.y);
    // SAFETY: the arguments' text is a string.
    let text =
        || String::from_utf8_lossy(unsafe { crate::string::bytes(args.s as *const u8, args.s_len as i64) });
    match args.kind & !errors::UNSIGNED {
        errors::INDEX if x < 0 && args.kind & errors::UNSIGNED == 0 => format!("index out of range [{x}]"),
        errors::INDEX => format!("index out of range [{}] with length {y}", x as u64),
        kind @ errors::SLICE_LEN..=errors::SLICE3_LOW => {
            let bound =
                ["length", "capacity", "upper bound", "length", "capacity", "upper bound", "upper bound"];
            format!("slice bound {x} out of range with {} {y}", bound[(kind - errors::SLICE_LEN) as usize])
        }
        errors::CONVERT => format!("cannot convert slice with length {y} to array with length {x}"),
        errors::DIVIDE => "integer divide by zero".to_string(),
        errors::SHIFT => "negative shift amount".to_string(),
        errors::NIL | errors::ADDRESS => "invalid memory address or nil pointer dereference".to_string(),
        errors::NIL_PANIC => "panic called with nil argument".to_string(),
        errors::ASSERT => format!("type assertion failed {}", text()).trim_end().to_string(),
        _ => text().into_owned(),
    }
}

/// The text by which a value describes itself, if it does: the result of its method `Error` or `String`.
pub fn describe(typ: *const Type, data: usize) -> Option<&'static [u8]> {
    let w = worker();
    if world().program.runtime_error == 0 {
        return None;
    }
    let (fp, pc) = caller_frame();
    let mut args = ErrorArgs { kind: errors::DESCRIBE, p1: typ as usize, p2: data, ..NOTHING };
    // SAFETY: the program's function takes such arguments, and gives a string that nothing collects before it is printed.
    unsafe {
        let p = &raw mut args as usize;
        arch::call_chained(
            world().program.runtime_error,
            p,
            w.context as usize,
            fp,
            pc,
            std::ptr::null_mut(),
        );
        (args.x != 0).then(|| crate::string::bytes(args.s as *const u8, args.s_len as i64))
    }
}

/// A copy of a text as a Go string.
pub fn go_string(text: &str) -> (usize, usize) {
    let p = heap().alloc_dirty(text.len());
    // SAFETY: the object is long enough.
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), p.pointer(), text.len()) };
    (p.0, text.len())
}

/// A `plainError` of a constant text.
pub fn plain(text: &'static str) -> ! {
    raise(ErrorArgs { kind: errors::PLAIN, s: text.as_ptr() as usize, s_len: text.len(), ..NOTHING })
}

/// An `errorString` of a constant text.
pub fn text(text: &'static str) -> ! {
    raise(ErrorArgs { kind: errors::TEXT, s: text.as_ptr() as usize, s_len: text.len(), ..NOTHING })
}

fn computed(kind: i64, text: String) -> ! {
    let (s, s_len) = go_string(&text);
    drop(text);
    raise(ErrorArgs { kind, s, s_len, ..NOTHING })
}

/// "hash of unhashable type T".
pub fn unhashable(typ: *const Type) -> ! {
    computed(errors::TEXT, format!("hash of unhashable type {}", crate::iface::type_string(typ)))
}

/// The same for a map without entries, which needs no hash.
pub fn not_a_key(typ: *const Type) -> ! {
    computed(errors::PLAIN, format!("hash of unhashable type: {}", crate::iface::type_string(typ)))
}

/// "comparing uncomparable type T".
pub fn uncomparable(typ: *const Type) -> ! {
    computed(errors::TEXT, format!("comparing uncomparable type {}", crate::iface::type_string(typ)))
}

/// A failed type assertion.
pub fn assertion(inter: *const Type, have: *const Type, want: *const Type, missing: Option<String>) -> ! {
    let (s, s_len) = missing.as_deref().map_or((0, 0), go_string);
    drop(missing);
    raise(ErrorArgs {
        kind: errors::ASSERT,
        s,
        s_len,
        p1: inter as usize,
        p2: have as usize,
        p3: want as usize,
        ..NOTHING
    })
}

pub fn nil_dereference() -> ! {
    raise(ErrorArgs { kind: errors::NIL, ..NOTHING })
}

/// A fault at an address that is not near nil.
pub fn bad_address(address: usize) -> ! {
    raise(ErrorArgs { kind: errors::ADDRESS, x: address as i64, ..NOTHING })
}

pub fn divide() -> ! {
    raise(ErrorArgs { kind: errors::DIVIDE, ..NOTHING })
}

pub fn nil_panic() -> ! {
    raise(ErrorArgs { kind: errors::NIL_PANIC, ..NOTHING })
}

fn bounds(kind: i64, x: i64, y: i64) -> ! {
    raise(ErrorArgs { kind, x, y, ..NOTHING })
}

pub unsafe extern "C" fn panic_index(index: i64, length: i64) {
    bounds(errors::INDEX, index, length)
}

pub unsafe extern "C" fn panic_index_u(index: i64, length: i64) {
    bounds(errors::INDEX | errors::UNSIGNED, index, length)
}

/// `kind` counts from `errors::SLICE_LEN`; `errors::UNSIGNED` may be added.
pub unsafe extern "C" fn panic_slice(kind: i64, x: i64, y: i64) {
    bounds(kind + errors::SLICE_LEN, x, y)
}

pub unsafe extern "C" fn panic_slice_convert(length: i64, elements: i64) {
    bounds(errors::CONVERT, elements, length)
}

pub unsafe extern "C" fn panic_divide() {
    divide()
}

pub unsafe extern "C" fn panic_shift() {
    raise(ErrorArgs { kind: errors::SHIFT, ..NOTHING })
}

pub unsafe extern "C" fn panic_nil() {
    nil_dereference()
}

/// # Safety
/// A string "pkg.T.method".
pub unsafe extern "C" fn panic_wrap(name: *const u8, length: i64) {
    // SAFETY: the caller's promise.
    let name = String::from_utf8_lossy(unsafe { crate::string::bytes(name, length) }).into_owned();
    let typ = name.rsplit_once('.').map_or("", |(front, _)| front);
    let typ = typ.rsplit_once('.').map_or(typ, |(_, t)| t);
    let text = format!("value method {name} called using nil *{typ} pointer");
    drop(name);
    computed(errors::PLAIN, text)
}

pub unsafe extern "C" fn panic_unreachable() {
    crate::sched::fatal_text("unreachable code was reached")
}

/// The end of a program whose goroutine has used up its stack.
pub fn stack_overflow() -> ! {
    let w = worker();
    // SAFETY: the running goroutine; its stack has room below the limit.
    let g = unsafe { &*w.g };
    crate::print::flush();
    crate::os::write_last(
        format!(
            "runtime: goroutine stack exceeds {}-byte limit\nruntime: sp={:#x} stack=[{:#x}, {:#x}]\n",
            crate::worker::world().stacks.lock().max,
            caller_frame().0,
            g.stack.low,
            g.stack.high
        )
        .as_bytes(),
    );
    crate::sched::fatal_text("stack overflow")
}
