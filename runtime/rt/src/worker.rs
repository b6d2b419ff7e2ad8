//! The state of the one worker: context, heap, goroutines, tables. Every other file reaches its state through `worker()`.
//!
//! Requires that one thread at a time runs compiled code and the runtime. More workers would each have one of these, and the
//! tables that goroutines share would get locks.

use crate::heap::{Heap, Mutator};
use crate::sched::{Goroutine, Sched};
use escargo_abi::context::Context;
use escargo_abi::program::Program;
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

/// What the runtime knows while a program runs.
pub struct Worker {
    pub context: *mut Context,
    pub program: &'static Program,
    /// The running goroutine; null on the system's stack.
    pub g: *mut Goroutine,
    pub heap: Heap,
    /// What the collector knows of this worker.
    pub mutator: *mut Mutator,
    pub sched: Sched,
    pub timers: crate::time::Timers,
    pub semaphores: crate::sema::Table,
    pub itabs: crate::iface::Itabs,
    pub maps: crate::map::Types,
    pub arguments: Vec<Vec<u8>>,
    pub environment: Vec<Vec<u8>>,
    pub print: Vec<u8>,
    pub print_depth: u32,
    pub random: u64,
    pub stats: crate::stats::Counters,
    /// A collection is under way: a fault now is the runtime's own.
    pub collecting: bool,
    /// Panics being printed; a second one is fatal at once.
    pub dying: bool,
    /// The goroutine that runs finalizers exists.
    pub finalizing: bool,
    /// See `trace`.
    pub pseudo: Option<&'static [escargo_abi::program::FuncInfo; 3]>,
}

struct Cell(UnsafeCell<MaybeUninit<Worker>>);

// SAFETY: one thread at a time uses the worker, see above.
unsafe impl Sync for Cell {}

static WORKER: Cell = Cell(UnsafeCell::new(MaybeUninit::uninit()));

/// Puts the worker in place. Must come before `worker`.
pub fn install(worker: Worker) {
    // SAFETY: called once, before anything runs.
    unsafe {
        (*WORKER.0.get()).write(worker);
    }
}

/// The worker. References obtained from it must not be kept across anything that may switch goroutines or enter compiled code.
#[inline(always)]
pub fn worker() -> &'static mut Worker {
    // SAFETY: `install` has run; single-threaded use as said above.
    unsafe { (*WORKER.0.get()).assume_init_mut() }
}

/// The heap of the worker.
#[inline(always)]
pub fn heap() -> &'static mut Heap {
    &mut worker().heap
}

/// Frame pointer of the compiled caller and the address it will be returned to, as its entry stub stored them.
#[inline(always)]
pub fn caller_frame() -> (usize, usize) {
    // SAFETY: the context lives as long as the worker.
    let c = unsafe { &*worker().context };
    (c.scratch[0], c.scratch[1])
}

pub fn set_caller_frame(fp: usize, pc: usize) {
    // SAFETY: the context lives as long as the worker.
    let c = unsafe { &mut *worker().context };
    (c.scratch[0], c.scratch[1]) = (fp, pc);
}

/// Two results in the C convention.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub a: usize,
    pub b: usize,
}

/// A cheap random number (splitmix64).
pub fn random() -> u64 {
    let w = worker();
    w.random = w.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = w.random;
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// Hashes addresses, quickly.
#[derive(Default, Clone, Copy)]
pub struct AddressHasher(u64);

impl std::hash::Hasher for AddressHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.write_usize(b as usize);
        }
    }

    fn write_usize(&mut self, n: usize) {
        self.0 = (self.0.rotate_left(5) ^ n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
}

/// A table by addresses.
pub type AddressMap<K, V> = std::collections::HashMap<K, V, std::hash::BuildHasherDefault<AddressHasher>>;
