//! The runtime of compiled programs: heap, collector, goroutines, channels, maps, strings, panics, the operating system.
//!
//! In: a `Program` (see `escargo_abi::program`), from a JIT compiler or an executable. Out: its exit code. Compiled code calls the
//! functions of `escargo_abi::runtime_functions`, whose addresses `symbols` gives and whose symbols are `escargo_<name>`.
//!
//! Requires Linux on x86-64 or AArch64. One program a process.

// Entry points without pointers have only the contract that all have: compiled code calls them, on a goroutine.
#![allow(clippy::missing_safety_doc)]
// Type descriptors and goroutine structures live as long as the program.
#![allow(clippy::not_unsafe_ptr_arg_deref)]

pub mod arch;
pub mod chan;
pub mod deep;
pub mod entry;
pub mod error;
pub mod events;
pub mod export;
pub mod finalizer;
pub mod hash;
pub mod heap;
pub mod iface;
pub mod lock;
pub mod map;
pub mod memory;
pub mod monitor;
pub mod mte;
mod notify;
pub mod os;
pub mod panic;
pub mod poll;
pub mod print;
pub mod process;
pub mod profile;
pub mod queue;
pub mod sched;
pub mod select;
pub mod sema;
pub mod signal;
pub mod stack;
pub mod stats;
pub mod stop;
pub mod string;
pub mod threads;
pub mod time;
pub mod trace;
pub mod violation;
pub mod worker;

pub use entry::symbols;

use escargo_abi::context::Context;
use escargo_abi::program::Program;
use heap::{Heap, HeapOptions};
use std::sync::atomic::Ordering;
use worker::World;

/// How to run a program.
#[derive(Default)]
pub struct Options {
    /// The program's arguments, its name first.
    pub arguments: Vec<Vec<u8>>,
    /// Print statistics of memory and scheduling to the standard error at the end.
    pub stats: bool,
    /// Verify the heap after each collection and poison freed memory; also by `ESCARGO_VERIFY=1`.
    pub verify: bool,
    /// Collect every so many allocations; also by `ESCARGO_GC_EVERY`.
    pub gc_every: u64,
    /// How many goroutines may run at a time; 0: GOMAXPROCS, or as many as there are processors.
    pub procs: usize,
    /// Called with the exit code before the process ends, on whatever thread ends it.
    pub finish: Option<Box<dyn FnOnce(i32) + Send>>,
}

/// Runs a program to its end, which is the process's. The calling thread runs goroutines; others appear when there is something
/// for them to do.
///
/// # Safety
/// The program's code and tables must be valid, and stay so as long as the process. To be called once in a process.
pub unsafe fn start(program: &'static Program, options: Options) -> ! {
    let settings = os::settings();
    if let Some(mode) = settings.tagging {
        mte::enable(mode);
    }
    let classes = match program.classes_len {
        0 => &[][..],
        // SAFETY: the caller's promise.
        n => unsafe { std::slice::from_raw_parts(program.classes, n) },
    };
    let heap_options = HeapOptions {
        collect_every: if options.gc_every != 0 { options.gc_every } else { settings.gc_every },
        verify: options.verify || settings.verify,
        reserve: if settings.frugal { 1 << 30 } else { 0 },
        markers: if settings.stop_the_world { 0 } else { heap::HALF_THE_PROCESSORS },
        disturb: settings.disturb,
    };
    let mut heap = Heap::new(heap_options, classes, sched::gather);
    heap.pacer.percent = settings.gc_percent;
    heap.pacer.memory_limit = settings.memory_limit;
    heap.pacer.update(0, 0);
    arch::ENTER.store(program.enter, Ordering::Relaxed);
    let mut world = World::new(program, heap);
    world.arguments = options.arguments;
    world.environment = os::environment();
    world.counters =
        stats::Counters { gctrace: settings.gctrace, start: time::monotonic(), ..Default::default() };
    if settings.frugal {
        world.stacks.lock().sizes = stack::Sizes::FRUGAL;
    }
    world.wanted = if options.procs != 0 { options.procs } else { settings.procs };
    world.finish = lock::Locked::new(options.finish);
    world.print_stats = options.stats;
    worker::install(world);
    trace::set_base_level(&settings.traceback);
    signal::install();
    // A closure object of the main function.
    let closure = Box::leak(Box::new(program.main)) as *const usize as usize;
    sched::create_main(closure);
    threads::begin()
}

/// What the `main` of an executable calls: `start` with the C arguments.
///
/// # Safety
/// As for `start`; `argv` must be the process's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn escargo_start(
    program: &'static Program,
    argc: i32,
    argv: *const *const std::ffi::c_char,
) -> ! {
    // SAFETY: the caller's promise.
    unsafe {
        let arguments =
            (0..argc as usize).map(|i| std::ffi::CStr::from_ptr(*argv.add(i)).to_bytes().to_vec()).collect();
        start(program, Options { arguments, ..Default::default() })
    }
}

const _: () = assert!(size_of::<Context>() == escargo_abi::context::CURSORS as usize);
