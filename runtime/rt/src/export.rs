//! Go functions that C calls: the program is a library in a process of C's, started by the first call.
//!
//! In: calls from any thread. Out: each runs as a goroutine while its thread waits. Guarantees: the package initialisers have run before the
//! first of them.

use crate::{Options, os, sched, start};
use escargo_abi::program::Program;
use std::ffi::{CStr, c_char};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a goroutine that C waits for runs: the closure object of the compiler's `escargo_export_<name>`, and what wakes its thread.
#[repr(C)]
struct Call {
    code: usize,
    frame: *mut u8,
    done: AtomicU32,
}

const NOT_STARTED: u32 = 0;
const STARTING: u32 = 1;
const READY: u32 = 2;

static STATE: AtomicU32 = AtomicU32::new(NOT_STARTED);

fn sleep_while(word: &AtomicU32, value: u32) {
    while word.load(Ordering::Acquire) == value {
        crate::lock::sleep_on(word, value, -1);
    }
}

fn set_and_wake(word: &AtomicU32, value: u32) {
    word.store(value, Ordering::Release);
    crate::lock::wake(word, i32::MAX);
}

/// Starts the program if nobody has, on a thread of its own, and waits until it is ready.
fn ensure_started(program: &'static Program) {
    if STATE.compare_exchange(NOT_STARTED, STARTING, Ordering::AcqRel, Ordering::Acquire).is_ok() {
        let program = std::ptr::from_ref(program) as usize;
        let body = move || {
            let arguments = os::process_arguments();
            // SAFETY: the caller of `escargo_export` promises a valid program; this happens once.
            unsafe { start(&*(program as *const Program), Options { arguments, ..Options::default() }) }
        };
        if std::thread::Builder::new().name("go".into()).spawn(body).is_err() {
            os::die("runtime: failed to create new OS thread");
        }
    }
    sleep_while(&STATE, STARTING);
}

/// Whether the process is C's, with threads that the runtime knows nothing of.
pub fn is_library() -> bool {
    STATE.load(Ordering::Relaxed) != NOT_STARTED
}

/// Runs `code`, which an export's C function names, with a frame of parameters and results.
///
/// # Safety
/// The program must be valid, `code` one of its exports and `frame` what that takes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn escargo_export(program: &'static Program, code: usize, frame: *mut u8) {
    ensure_started(program);
    let call = Call { code, frame, done: AtomicU32::new(0) };
    sched::start_system_goroutine(&raw const call as usize);
    sleep_while(&call.done, 0);
}

/// The package initialisers have run.
pub unsafe extern "C" fn library_ready() {
    // C may call at any time: nothing that waits is a deadlock.
    crate::worker::world().load.outside.fetch_add(1, Ordering::SeqCst);
    set_and_wake(&STATE, READY);
    sched::park_for_ever(sched::Wait::SelectNoCases)
}

/// # Safety
/// The closure object that `escargo_export` made.
pub unsafe extern "C" fn export_return(call: usize) {
    // SAFETY: the caller waits, its structure is there.
    let done = unsafe { &raw const (*(call as *const Call)).done };
    // SAFETY: as above, before the store. Once it is set the structure may be gone; waking an address at which nobody waits
    // does nothing.
    unsafe {
        (*done).store(1, Ordering::Release);
        libc::syscall(libc::SYS_futex, done, libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1, 0, 0, 0);
    }
}

/// # Safety
/// C strings, or as the message says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn escargo_check_buffer(
    function: *const c_char,
    parameter: *const c_char,
    data: *const u8,
    len: i64,
    size: usize,
    write: i32,
) {
    let wrong = if len < 0 {
        "negative length"
    } else if data.is_null() && len > 0 {
        "null pointer with a length"
    } else if (len as usize).checked_mul(size).is_none_or(|n| n > isize::MAX as usize)
        || (data as usize).checked_add(len as usize * size).is_none()
    {
        "length beyond the address space"
    } else if !is_mapped(data, len as usize * size) {
        "memory that is not there"
    } else {
        return;
    };
    let kind = if write != 0 { "write" } else { "read" };
    // SAFETY: the caller's promise.
    let (function, parameter) = unsafe { (CStr::from_ptr(function), CStr::from_ptr(parameter)) };
    os::die(&format!(
        "fatal error: export {}: {kind} buffer {}: {wrong} (pointer {data:p}, length {len})",
        function.to_string_lossy(),
        parameter.to_string_lossy()
    ))
}

/// Whether the first and the last byte of a range can be read, as far as the system tells.
fn is_mapped(data: *const u8, bytes: usize) -> bool {
    if bytes == 0 {
        return true;
    }
    [0, bytes - 1].into_iter().all(|offset| {
        let mut byte = 0u8;
        let local = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
        let remote = libc::iovec { iov_base: data.wrapping_add(offset) as *mut _, iov_len: 1 };
        // SAFETY: the system copies one byte to `byte`, or reports that it can not.
        let n = unsafe { libc::process_vm_readv(libc::getpid(), &local, 1, &remote, 1, 0) };
        // Where the call is forbidden, nothing is known.
        n == 1 || std::io::Error::last_os_error().raw_os_error() != Some(libc::EFAULT)
    })
}

pub unsafe extern "C" fn c_alloc(bytes: i64) -> *mut u8 {
    // SAFETY: any size is allowed.
    let p = unsafe { libc::malloc(bytes.max(1) as usize) };
    if p.is_null() {
        os::out_of_memory(bytes as usize);
    }
    p.cast()
}

/// # Safety
/// What `c_alloc` or C's allocator returned, or null.
pub unsafe extern "C" fn c_free(p: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe { libc::free(p.cast()) }
}
