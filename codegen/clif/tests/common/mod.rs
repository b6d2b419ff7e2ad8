//! Runs compiled modules against a small stand-in for the runtime.
//!
//! In: a module and a function of it that takes one pointer. Out: what the function did to the memory behind the pointer, or how
//! it ended. Functions that end in a panic or a fault run in a child process.
#![allow(dead_code)]

use std::cell::RefCell;
use std::sync::atomic::{AtomicI32, Ordering};

use escargo_clif::{JitProgram, Mode, Options, compile};
use escargo_escape::{EscapeResults, Placement, Verdict};
use escargo_ir::{Module, Rt, parse, verify};

thread_local! {
    /// Calls of the stand-in, in order.
    pub static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn log(text: String) {
    LOG.with(|l| l.borrow_mut().push(text));
}

pub fn take_log() -> Vec<String> {
    LOG.with(|l| std::mem::take(&mut *l.borrow_mut()))
}

/// Where a child process says how it ended.
static PIPE: AtomicI32 = AtomicI32::new(2);

/// Ends the child process with a message on its pipe.
fn die(text: &str) -> ! {
    // SAFETY: writes a live buffer and exits.
    unsafe {
        libc::write(PIPE.load(Ordering::Relaxed), text.as_ptr().cast(), text.len());
        libc::_exit(3)
    }
}

extern "C" fn unexpected() {
    die("unexpected runtime call");
}

fn zeroed(bytes: usize) -> *mut u8 {
    Box::leak(vec![0u64; bytes.div_ceil(8).max(1)].into_boxed_slice()).as_mut_ptr().cast()
}

extern "C" fn alloc_slow(class: i64) -> *mut u8 {
    log(format!("alloc_slow {class}"));
    zeroed(512)
}

extern "C" fn alloc_layout(layout: *const u64) -> *mut u8 {
    // SAFETY: descriptors start with their size.
    let size = unsafe { *layout } as usize;
    log(format!("alloc_layout {size}"));
    zeroed(size)
}

extern "C" fn alloc_array(layout: *const u64, count: i64) -> *mut u8 {
    // SAFETY: as above.
    let size = unsafe { *layout } as usize;
    log(format!("alloc_array {size} {count}"));
    zeroed(size * count as usize)
}

extern "C" fn memmove(to: *mut u8, from: *const u8, bytes: i64) {
    // SAFETY: compiled code passes valid ranges.
    unsafe { std::ptr::copy(from, to, bytes as usize) }
    log(format!("memmove {bytes}"));
}

extern "C" fn memclr(to: *mut u8, bytes: i64) {
    // SAFETY: compiled code passes valid ranges.
    unsafe { std::ptr::write_bytes(to, 0, bytes as usize) }
    log(format!("memclr {bytes}"));
}

extern "C" fn typed_move(layout: *const u64, to: *mut u8, from: *const u8, count: i64) {
    // SAFETY: as above.
    unsafe { std::ptr::copy(from, to, *layout as usize * count as usize) }
    log(format!("typed_move {count}"));
}

extern "C" fn typed_clear(layout: *const u64, to: *mut u8, count: i64) {
    // SAFETY: as above.
    unsafe { std::ptr::write_bytes(to, 0, *layout as usize * count as usize) }
    log(format!("typed_clear {count}"));
}

extern "C" fn write_barrier(_slot: *mut u64, new: u64) {
    // Uses floating-point registers, which the stub must preserve.
    let noise: f64 = (0..9).map(|i| f64::from(i).sqrt() * new as f64).sum();
    log(format!("write_barrier {}", if noise.is_nan() { 0 } else { new }));
}

extern "C" fn panic_index(i: i64, n: i64) {
    die(&format!("panic_index {i} {n}"));
}

extern "C" fn panic_slice(kind: i64, x: i64, y: i64) {
    die(&format!("panic_slice {kind} {x} {y}"));
}

extern "C" fn panic_slice_convert(x: i64, y: i64) {
    die(&format!("panic_slice_convert {x} {y}"));
}

extern "C" fn panic_divide() {
    die("panic_divide");
}

extern "C" fn panic_shift() {
    die("panic_shift");
}

extern "C" fn poll(_frame: i64) {
    die("stack_overflow");
}

extern "C" fn print_int(i: i64) {
    log(format!("print_int {i}"));
}

extern "C" fn string_from_rune(buffer: *mut u8, rune: i64) -> Pair {
    log(format!("string_from_rune {}", if buffer.is_null() { "heap" } else { "stack" }));
    Pair { data: buffer as u64, len: rune as u64 }
}

#[repr(C)]
struct Pair {
    data: u64,
    len: u64,
}

pub fn symbols() -> Vec<(&'static str, *const u8)> {
    Rt::ALL
        .iter()
        .map(|rt| {
            let pointer = match rt {
                Rt::alloc_slow => alloc_slow as *const u8,
                Rt::alloc_layout => alloc_layout as *const u8,
                Rt::alloc_array => alloc_array as *const u8,
                Rt::memmove => memmove as *const u8,
                Rt::memclr => memclr as *const u8,
                Rt::typed_move => typed_move as *const u8,
                Rt::typed_clear => typed_clear as *const u8,
                Rt::write_barrier => write_barrier as *const u8,
                Rt::panic_index => panic_index as *const u8,
                Rt::panic_slice => panic_slice as *const u8,
                Rt::panic_slice_convert => panic_slice_convert as *const u8,
                Rt::panic_divide => panic_divide as *const u8,
                Rt::panic_shift => panic_shift as *const u8,
                Rt::poll => poll as *const u8,
                Rt::print_int => print_int as *const u8,
                Rt::string_from_rune => string_from_rune as *const u8,
                _ => unexpected as *const u8,
            };
            let name: &'static str = Box::leak(format!("escargo_{}", rt.info().name).into_boxed_str());
            (name, pointer)
        })
        .collect()
}

/// A parsed and verified module.
pub fn module(text: &str) -> Module {
    let module = parse(text).unwrap_or_else(|e| panic!("{e}"));
    check(&module);
    module
}

pub fn check(module: &Module) {
    if let Err(errors) = verify(module) {
        panic!("{}", errors.iter().map(|e| format!("{e}\n")).collect::<String>());
    }
}

/// Escape results with the given sites on the stack.
pub fn on_stack(module: &Module, sites: &[usize]) -> EscapeResults {
    let mut escape = EscapeResults::default();
    for i in 0..module.sites.len() {
        let placement = if sites.contains(&i) { Placement::Stack } else { Placement::Heap };
        escape.sites.push(Verdict { placement, ..Verdict::default() });
    }
    escape
}

pub struct Machine<'m> {
    pub module: &'m Module,
    pub program: JitProgram<'m>,
    /// The context, with room for a few cursors.
    pub context: Vec<usize>,
}

impl<'m> Machine<'m> {
    pub fn new(module: &'m Module, escape: &'m EscapeResults, mode: Mode) -> Machine<'m> {
        let options = Options { mode, verify: true, ..Options::default() };
        let program = compile(module, escape, &symbols(), &options).unwrap_or_else(|e| panic!("{e}"));
        Machine { module, program, context: vec![0; 64] }
    }

    /// Calls a function by name with the address of `memory`.
    pub fn run(&mut self, name: &str, memory: &mut [u64]) {
        let func = self.module.func_by_name(name).expect("the function is in the module");
        let code = self.program.address(func);
        // SAFETY: the trampoline's contract; the program is alive.
        unsafe {
            let enter: extern "C" fn(usize, *mut u64, *mut usize) =
                std::mem::transmute((*self.program.program()).enter);
            enter(code, memory.as_mut_ptr(), self.context.as_mut_ptr());
        }
    }

    /// Runs in a child process; returns what it said when it died, or the signal, or nothing if it returned.
    pub fn run_to_end(&mut self, name: &str, memory: &mut [u64]) -> String {
        static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock();
        let mut pipe = [0; 2];
        // SAFETY: the child runs compiled code and exits without returning to the test harness.
        unsafe {
            assert_eq!(libc::pipe(pipe.as_mut_ptr()), 0);
            let child = libc::fork();
            if child == 0 {
                PIPE.store(pipe[1], Ordering::Relaxed);
                libc::signal(libc::SIGSEGV, libc::SIG_DFL);
                self.run(name, memory);
                libc::_exit(0);
            }
            libc::close(pipe[1]);
            let mut text = Vec::new();
            let mut buffer = [0u8; 256];
            loop {
                let n = libc::read(pipe[0], buffer.as_mut_ptr().cast(), buffer.len());
                if n <= 0 {
                    break;
                }
                text.extend_from_slice(&buffer[..n as usize]);
            }
            libc::close(pipe[0]);
            let mut status = 0;
            libc::waitpid(child, &mut status, 0);
            if libc::WIFSIGNALED(status) {
                return format!("signal {}", libc::WTERMSIG(status));
            }
            String::from_utf8_lossy(&text).into_owned()
        }
    }
}

/// The layouts that texts use.
pub const LAYOUTS: &str = "
layout %i64 = { size 8, align 8, scalar i64 }
layout %ptr = { size 8, align 8, scalar ptr }
layout %pair = { size 16, align 8, struct, field p %ptr at 0, field n %i64 at 8 }
layout %big = { size 800, align 8, array 100 %i64 }
layout %bigptrs = { size 800, align 8, array 100 %ptr }
layout %gap = { size 8176, align 8, array 1022 %i64 }
layout %far = { size 8192, align 8, struct, field a %i64 at 0, field m %gap at 8, field z %i64 at 8184 }
layout %huge = { size 65536, align 8, array 8192 %i64 }
layout %empty = { size 0, align 1 }
";
