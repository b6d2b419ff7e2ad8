//! What the runtime knows while a program runs: a `Worker` for each goroutine that runs at a time, reached through `worker()`, and
//! the `World` that they share, reached through `world()`.
//!
//! A worker belongs to one thread at a time, and only that thread may use what is not atomic in it; other threads look at it
//! while the world is stopped. Its address lies in a thread-local word that is read anew each time, by assembly: a goroutine may
//! come back from a switch on another thread, and compilers keep the addresses of ordinary thread-local variables.

use crate::heap::Mutator;
use crate::heap::alloc::{Cache, Heap};
use crate::lock::Locked;
use crate::queue::Queue;
use crate::sched::{Goroutine, Sched};
use crate::stack::{Stacks, TIERS};
use crate::threads::Thread;
use escargo_abi::context::{Context, Cursor};
use escargo_abi::program::Program;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Most workers there can be.
pub const MAX_WORKERS: usize = 256;

/// What a goroutine needs to run: one for each that runs at a time. The context comes first: entry stubs read it there.
#[repr(C)]
pub struct Worker {
    pub context: *mut Context,
    /// The running goroutine; null while the thread looks for one.
    pub g: *mut Goroutine,
    /// The thread that has the worker.
    pub thread: *mut Thread,
    pub index: usize,
    /// `status::*`.
    pub status: AtomicU32,
    pub queue: Queue,
    /// Runs before the queue, if not too often in a row.
    pub next: AtomicPtr<Goroutine>,
    pub streak: u32,
    /// Grows with each switch.
    pub tick: AtomicU32,
    /// How often in a row `next` was taken by this worker itself: then nobody else needs to be woken for it.
    pub handoffs: AtomicU32,
    /// The running goroutine has had the worker for long enough.
    pub preempt: AtomicBool,
    /// Markers have finished: the cycle is to be ended.
    pub cycle_done: AtomicBool,
    /// Finished goroutines, by the tier of their stacks.
    pub free: [Vec<*mut Goroutine>; TIERS],
    /// Finished, but its stack is in use until the switch is done.
    pub dying: Option<*mut Goroutine>,
    /// Goroutines started here less those that ended here.
    pub live: AtomicI64,
    pub cache: Cache,
    /// What the collector knows of this worker.
    pub mutator: *mut Mutator,
    pub itabs: crate::iface::Recent,
    pub maps: crate::map::Recent,
    pub print: Vec<u8>,
    pub print_depth: u32,
    pub random: u64,
    /// Stack objects made by compiled code, in `--stats` mode.
    pub stack_objects: u64,
    /// A collection is under way: a fault now is the runtime's own.
    pub collecting: bool,
}

/// Where a worker stands. Only the scheduler's lock leads out of `IDLE`, only who stopped the world out of `STOPPED`.
pub mod status {
    /// No thread has it.
    pub const IDLE: u32 = 0;
    pub const RUNNING: u32 = 1;
    /// Its thread waits until the world goes on.
    pub const STOPPED: u32 = 2;
}

/// What all workers share.
pub struct World {
    pub program: &'static Program,
    pub arguments: Vec<Vec<u8>>,
    pub environment: Vec<Vec<u8>>,
    pub heap: Locked<Heap>,
    pub sched: Locked<Sched>,
    /// Goroutine structures, those without a goroutine included.
    pub all: Locked<Vec<*mut Goroutine>>,
    /// Finished ones that no worker keeps.
    pub free: Locked<[Vec<*mut Goroutine>; TIERS]>,
    pub stacks: Locked<Stacks>,
    pub last_id: AtomicU64,
    pub timers: Locked<crate::time::Timers>,
    /// When the first timer is due.
    pub next_timer: AtomicI64,
    pub semaphores: crate::sema::Table,
    pub files: crate::poll::Files,
    pub itabs: Locked<AddressMap<(usize, usize), usize>>,
    pub maps: Locked<AddressMap<usize, &'static crate::map::MapInfo>>,
    pub stop: crate::stop::Stop,
    pub load: crate::threads::Load,
    pub counters: crate::stats::Counters,
    pub waits: crate::events::Waits,
    /// A thread ends the process.
    pub ending: AtomicBool,
    /// The goroutine that runs finalizers exists.
    pub finalizing: AtomicBool,
    pub main_exited: AtomicBool,
    /// A panic is being printed; another one on top of it is fatal at once.
    pub dying: AtomicPtr<Goroutine>,
    workers: [AtomicPtr<Worker>; MAX_WORKERS],
    made: AtomicUsize,
    /// How many workers may run: GOMAXPROCS, or 1 before `threads::settle`.
    pub procs: AtomicUsize,
    /// What GOMAXPROCS is to be; 0: as many as there are processors.
    pub wanted: usize,
    pub settled: Once,
    pub finish: Locked<Option<Box<dyn FnOnce(i32) + Send>>>,
    pub print_stats: bool,
}

// SAFETY: what is not atomic is constant or behind a lock.
unsafe impl Sync for World {}

static WORLD: AtomicPtr<World> = AtomicPtr::new(std::ptr::null_mut());

/// Puts a new world in place, with one worker. Must come before `world`.
pub fn install(world: World) {
    WORLD.store(Box::into_raw(Box::new(world)), Ordering::Release);
    make_workers(1);
}

/// The world, if there is one.
pub fn world_if_any() -> Option<&'static World> {
    // SAFETY: worlds are never freed.
    unsafe { WORLD.load(Ordering::Acquire).as_ref() }
}

/// What all workers share.
#[inline(always)]
pub fn world() -> &'static World {
    // SAFETY: `install` has run; worlds are never freed.
    unsafe { &*WORLD.load(Ordering::Relaxed) }
}

impl World {
    pub fn new(program: &'static Program, heap: Heap) -> World {
        World {
            program,
            arguments: Vec::new(),
            environment: Vec::new(),
            heap: Locked::new(heap),
            sched: Default::default(),
            all: Default::default(),
            free: Default::default(),
            stacks: Default::default(),
            last_id: AtomicU64::new(0),
            timers: Default::default(),
            next_timer: AtomicI64::new(i64::MAX),
            semaphores: Default::default(),
            files: Default::default(),
            itabs: Default::default(),
            maps: Default::default(),
            stop: Default::default(),
            load: Default::default(),
            counters: Default::default(),
            waits: Default::default(),
            ending: AtomicBool::new(false),
            finalizing: AtomicBool::new(false),
            main_exited: AtomicBool::new(false),
            dying: AtomicPtr::new(std::ptr::null_mut()),
            workers: [const { AtomicPtr::new(std::ptr::null_mut()) }; MAX_WORKERS],
            made: AtomicUsize::new(0),
            procs: AtomicUsize::new(1),
            wanted: 0,
            settled: Once::new(),
            finish: Default::default(),
            print_stats: false,
        }
    }

    /// All workers ever made.
    pub fn workers(&self) -> impl Iterator<Item = *mut Worker> + '_ {
        self.workers[..self.made.load(Ordering::Acquire)].iter().map(|w| w.load(Ordering::Acquire))
    }

    pub fn worker_count(&self) -> usize {
        self.made.load(Ordering::Acquire)
    }

    pub fn worker_at(&self, index: usize) -> *mut Worker {
        self.workers[index].load(Ordering::Acquire)
    }
}

/// Makes workers up to a number. They are idle, and known to the scheduler.
pub fn make_workers(count: usize) {
    let world = world();
    for index in world.worker_count()..count.min(MAX_WORKERS) {
        let words = (size_of::<Context>() + world.program.classes_len * size_of::<Cursor>()) / 8;
        let context = vec![0usize; words].leak().as_mut_ptr() as *mut Context;
        // SAFETY: the cursors follow the context, which is never freed.
        let cache = unsafe { Cache::new(&world.heap, context.add(1) as *mut Cursor) };
        let mutator = Box::into_raw(Box::new(Mutator { context, log: Vec::new() }));
        let worker = Box::into_raw(Box::new(Worker {
            context,
            g: std::ptr::null_mut(),
            thread: std::ptr::null_mut(),
            index,
            status: AtomicU32::new(status::IDLE),
            queue: Queue::default(),
            next: AtomicPtr::new(std::ptr::null_mut()),
            streak: 0,
            tick: AtomicU32::new(0),
            handoffs: AtomicU32::new(0),
            preempt: AtomicBool::new(false),
            cycle_done: AtomicBool::new(false),
            free: Default::default(),
            dying: None,
            live: AtomicI64::new(0),
            cache,
            mutator,
            itabs: Default::default(),
            maps: Default::default(),
            print: Vec::new(),
            print_depth: 0,
            random: crate::time::wall_nanos() ^ (context as u64) << 17,
            stack_objects: 0,
            collecting: false,
        }));
        let mut heap = world.heap.lock();
        // SAFETY: workers are never freed; nobody runs this one yet.
        unsafe {
            heap.caches.push(&raw mut (*worker).cache);
            (*context).barrier = (heap.epoch != heap.marking) as u32;
        }
        heap.mutators.push(mutator);
        drop(heap);
        world.workers[index].store(worker, Ordering::Release);
        world.made.store(index + 1, Ordering::Release);
        world.sched.lock().idle_workers.push(worker);
        world.load.idle.fetch_add(1, Ordering::SeqCst);
    }
}

/// The worker of this thread; null if it has none. Not cached by the compiler over switches.
#[inline(always)]
pub fn worker_pointer() -> *mut Worker {
    crate::arch::worker_word()
}

/// The worker of this thread. References obtained from it must not be kept across anything that may switch goroutines or enter
/// compiled code.
#[inline(always)]
pub fn worker() -> &'static mut Worker {
    // SAFETY: threads that run goroutines have a worker, which is theirs alone.
    unsafe { &mut *worker_pointer() }
}

/// The allocator of this thread's worker.
#[inline(always)]
pub fn heap() -> &'static mut Cache {
    &mut worker().cache
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
