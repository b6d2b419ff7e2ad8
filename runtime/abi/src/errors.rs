//! How the runtime raises Go's run-time errors: it calls the Go function `runtime.runtimeError` (`Program::runtime_error`) with a
//! pointer to an `ErrorArgs`; the function builds the error value that `kind` names and panics with it. It does not return.
//!
//! The Go side declares `func runtimeError(a *errorArgs)` with
//! `struct { kind int; x, y int64; s string; p1, p2, p3 unsafe.Pointer }`.
//! Bounds errors become a `boundsError`; kinds marked T an `errorString` (printed behind "runtime error: "), kinds marked P a
//! `plainError`.

/// What `runtimeError` is given.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ErrorArgs {
    pub kind: i64,
    pub x: i64,
    pub y: i64,
    /// A string's data and length.
    pub s: usize,
    pub s_len: usize,
    pub p1: usize,
    pub p2: usize,
    pub p3: usize,
}

// Bounds errors: the numbers are those of Go's internal/abi. x is the index, y the length, capacity or other bound.
/// "index out of range [%x] with length %y"; a negative x: "index out of range [%x]".
pub const INDEX: i64 = 0;
/// "slice bounds out of range [:%x] with length %y"; negative: "slice bounds out of range [:%x]".
pub const SLICE_LEN: i64 = 1;
/// "slice bounds out of range [:%x] with capacity %y"; negative: "slice bounds out of range [:%x]".
pub const SLICE_CAP: i64 = 2;
/// "slice bounds out of range [%x:%y]"; negative: "slice bounds out of range [%x:]".
pub const SLICE_LOW: i64 = 3;
/// "slice bounds out of range [::%x] with length %y"; negative: "slice bounds out of range [::%x]".
pub const SLICE3_LEN: i64 = 4;
/// "slice bounds out of range [::%x] with capacity %y"; negative: "slice bounds out of range [::%x]".
pub const SLICE3_CAP: i64 = 5;
/// "slice bounds out of range [:%x:%y]"; negative: "slice bounds out of range [:%x:]".
pub const SLICE3_HIGH: i64 = 6;
/// "slice bounds out of range [%x:%y:]"; negative: "slice bounds out of range [%x::]".
pub const SLICE3_LOW: i64 = 7;
/// "cannot convert slice with length %y to array or pointer to array with length %x".
pub const CONVERT: i64 = 8;
/// Flag of a bounds error: x is unsigned.
pub const UNSIGNED: i64 = 0x100;

/// T "integer divide by zero".
pub const DIVIDE: i64 = 16;
/// T "negative shift amount".
pub const SHIFT: i64 = 17;
/// T "invalid memory address or nil pointer dereference".
pub const NIL: i64 = 18;
/// An error with the text of `NIL` and a method `Addr() uintptr`: x.
pub const ADDRESS: i64 = 19;
/// `*TypeAssertionError`: p1 the interface type (or null), p2 the dynamic type (or null), p3 the wanted type, s the missing method
/// or empty.
pub const ASSERT: i64 = 20;
/// P: s is the whole text ("close of nil channel", "send on closed channel", "assignment to entry in nil map",
/// "makechan: size out of range", "value method main.T.M called using nil *T pointer" ...).
pub const PLAIN: i64 = 21;
/// T: s is the text ("makeslice: len out of range", "growslice: len out of range", "hash of unhashable type []int",
/// "comparing uncomparable type []int" ...).
pub const TEXT: i64 = 22;
/// `*PanicNilError`.
pub const NIL_PANIC: i64 = 23;
/// No panic: the interface value {p1, p2} is described by its method `Error` or `String`: s becomes the text and x becomes 1, or
/// x stays 0.
pub const DESCRIBE: i64 = 24;
