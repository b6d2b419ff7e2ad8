//! A program without a compiler: an `enter` trampoline, closures of Rust functions, and runs one after the other.

#![allow(dead_code)]

use escargo_abi::context::Cursor;
use escargo_abi::program::{AllocClass, Program};
use escargo_abi::types::{MapType, Type, kind, tflag};
use escargo_rt::heap::alloc::{Cache, Heap};
use escargo_rt::heap::{HeapOptions, RootSet, Wanted};
use escargo_rt::lock::Locked;
use escargo_rt::{Options, start};
use std::arch::naked_asm;
use std::sync::Mutex;

/// Tests that start programs must not do so at the same time.
static ONE: Mutex<()> = Mutex::new(());

#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn enter(code: usize, argument: usize, context: usize) {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "mov r15, rdx",
        "mov rax, rdi",
        "mov rdi, rsi",
        "call rax",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}

#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn enter(code: usize, argument: usize, context: usize) {
    naked_asm!(
        "stp x29, x30, [sp, #-32]!",
        "mov x29, sp",
        "str x21, [sp, #16]",
        "mov x21, x2",
        "mov x9, x0",
        "mov x0, x1",
        "mov x2, x1",
        "blr x9",
        "ldr x21, [sp, #16]",
        "ldp x29, x30, [sp], #32",
        "ret",
    )
}

/// Runs `main` in a process of its own, as there is one program a process; the exit code.
pub fn run(main: extern "C" fn(usize), mut options: Options) -> i32 {
    let _guard = ONE.lock().unwrap_or_else(|e| e.into_inner());
    let program = Box::leak(Box::new(Program {
        main: main as *const () as usize,
        enter: enter as *const () as usize,
        runtime_error: 0,
        classes: std::ptr::null(),
        classes_len: 0,
        roots: std::ptr::null(),
        roots_len: 0,
        funcs: std::ptr::null(),
        funcs_len: 0,
        scopes: std::ptr::null(),
        scopes_len: 0,
        files: std::ptr::null(),
        files_len: 0,
        types: std::ptr::null(),
        types_len: 0,
        type_offsets: std::ptr::null(),
        type_offsets_len: 0,
        method_code: std::ptr::null(),
        method_code_len: 0,
    }));
    // SAFETY: the child runs an empty but valid program, and ends.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            // What the parent registered for its end is not the child's.
            options.finish = Some(Box::new(|code| libc::_exit(code)));
            start(program, options);
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) }
    }
}

/// A closure object of a function.
pub fn closure(f: extern "C" fn(*const usize), captured: &[usize]) -> usize {
    let mut words = vec![f as *const () as usize];
    words.extend(captured);
    words.leak().as_ptr() as usize
}

pub fn scalar(k: u8, size: usize) -> &'static Type {
    typ(k, size, &[])
}

pub fn typ(k: u8, size: usize, pointers: &[usize]) -> &'static Type {
    let ptr_bytes = pointers.iter().max().map_or(0, |w| (w + 1) * 8);
    let bitmap = vec![0u8; (ptr_bytes / 8).div_ceil(8)].leak();
    for w in pointers {
        bitmap[w / 8] |= 1 << (w % 8);
    }
    let regular = matches!(k, kind::BOOL..=kind::UINTPTR | kind::POINTER);
    Box::leak(Box::new(Type {
        size,
        ptr_bytes,
        hash: k as u32 * 77,
        tflag: if regular { tflag::REGULAR_MEMORY } else { 0 },
        align: size.clamp(1, 8) as u8,
        field_align: size.clamp(1, 8) as u8,
        kind: k,
        equal: 1,
        gcdata: bitmap.as_ptr(),
        str_off: 0,
        ptr_to_this: 0,
    }))
}

pub fn map_type(key: &'static Type, elem: &'static Type) -> *const MapType {
    Box::leak(Box::new(MapType {
        typ: *typ_copy(typ(kind::MAP, 8, &[0])),
        key,
        elem,
        flags: 0,
        reserved: [0; 4],
    }))
}

/// `Type` is not `Clone`: a copy field by field.
fn typ_copy(t: &Type) -> Box<Type> {
    Box::new(Type { ..*t })
}

/// A channel type.
pub fn chan_type(elem: &'static Type) -> *const Type {
    #[repr(C)]
    struct Chan(Type, *const Type, usize);
    Box::leak(Box::new(Chan(*typ_copy(typ(kind::CHAN, 8, &[0])), elem, 3))) as *const Chan as *const Type
}

pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// No roots.
fn gather(heap: &mut Heap, _: Wanted, collect: &mut dyn FnMut(&mut Heap, &RootSet)) {
    collect(heap, &RootSet::default());
}

/// A heap with one cache.
pub struct Single {
    shared: &'static Locked<Heap>,
    pub cache: &'static mut Cache,
}

impl Single {
    /// `cursors`: one for each of the program's classes, to stay valid.
    pub fn new(options: HeapOptions, classes: &[AllocClass], cursors: *mut Cursor) -> Single {
        let shared: &Locked<Heap> = Box::leak(Box::new(Locked::new(Heap::new(options, classes, gather))));
        // SAFETY: the caller's promise.
        let cache = Box::leak(Box::new(unsafe { Cache::new(shared, cursors) }));
        shared.lock().caches.push(&raw mut *cache);
        Single { shared, cache }
    }

    pub fn heap(&self) -> &'static mut Heap {
        // SAFETY: one thread uses it, references are short-lived.
        unsafe { &mut *self.shared.pointer() }
    }
}
