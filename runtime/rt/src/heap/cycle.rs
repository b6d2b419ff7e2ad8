//! What the threads of a collection share: the pool of work, the marker threads, the hand-over between them and the mutators.
//!
//! In: a snapshot's roots, pointers that barriers logged. Out: marks, and a first look at which blocks have dead objects. Requires that
//! `begin` and `take_outcome` are called while no mutator runs. Guarantees: when the phase is `Done`, everything handed in before the
//! last marker ran dry is marked.
//!
//! A marker works on a stack of its own. It takes chunks of pointers from the pool when that is empty, and gives the older half away
//! when another marker is hungry. Marking is complete when the pool is empty and nobody works. Whoever finds that counts the marks
//! of all blocks, so that the stop at the end need not.

use super::blocks::{BLOCK_SIZE, View, kind};
use super::collect::RootSet;
use super::mark::Tracer;
use escargo_abi::program::Root;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Where a cycle stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Phase {
    Idle,
    Marking,
    /// Markers found nothing more to do: the cycle can end.
    Done,
}

/// Pointers that change hands at a time.
const CHUNK: usize = 512;
/// Stacks that are scanned at a time.
const STACKS: usize = 64;
/// Looks for work before a marker sleeps.
const SPINS: u32 = 3000;
/// Added to `Shared::attention` in the mode that disturbs markers.
const DISTURB: u32 = 1 << 16;

/// What the count of marks found, of the blocks that were in use when marking began.
#[derive(Default)]
pub struct Swept {
    /// Blocks with dead and live objects by class, lowest address last.
    pub partial: Vec<Vec<u32>>,
    /// First blocks of what is all dead.
    pub empty: Vec<u32>,
}

/// What one cycle did.
#[derive(Default)]
pub struct Outcome {
    pub objects: u64,
    pub bytes: usize,
    pub swept: Swept,
    /// From the first stop to the end of marking, nanoseconds.
    pub duration: u64,
    /// Of marker threads and of helping mutators, nanoseconds.
    pub marker_time: u64,
    pub assist_time: u64,
    /// Bytes of stacks that were scanned beside mutators.
    pub stacks: usize,
}

#[derive(Default)]
struct Pool {
    chunks: Vec<Vec<usize>>,
    statics: Vec<Root>,
    /// Goroutines whose stacks are to be scanned.
    parked: Vec<usize>,
    /// Tracers at work.
    active: u32,
    job: Option<(View, u8)>,
    begin: Option<Instant>,
    swept: bool,
    /// Counts cycles: a marker that slept through the end of one must not go on in the next.
    cycle: u64,
    outcome: Outcome,
    threads: usize,
}

// SAFETY: roots describe static data, which every thread may read.
unsafe impl Send for Pool {}

/// The state that markers and mutators share.
pub struct Shared {
    pool: Mutex<Pool>,
    changed: Condvar,
    /// Hungry tracers, perhaps plus `DISTURB`.
    attention: AtomicU32,
    /// Chunks, roots and batches of stacks in the pool.
    offers: AtomicU32,
    phase: AtomicU8,
    seed: AtomicU32,
}

impl Shared {
    /// With `disturb`, markers stall at random.
    pub fn new(disturb: u64) -> Shared {
        Shared {
            pool: Mutex::default(),
            changed: Condvar::new(),
            attention: AtomicU32::new(if disturb != 0 { DISTURB } else { 0 }),
            offers: AtomicU32::new(0),
            phase: AtomicU8::new(Phase::Idle as u8),
            seed: AtomicU32::new(disturb as u32 | 1),
        }
    }

    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Idle,
            1 => Phase::Marking,
            _ => Phase::Done,
        }
    }

    /// The number of cycles that have begun.
    pub fn begun(&self) -> u64 {
        self.pool().cycle
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    fn offer(&self, pool: &mut Pool, stack: &mut Vec<usize>) {
        while stack.len() > CHUNK {
            let rest = stack.len() - CHUNK;
            pool.chunks.push(stack.split_off(rest));
        }
        if !stack.is_empty() {
            pool.chunks.push(std::mem::take(stack));
        }
        self.count_offers(pool);
    }

    fn count_offers(&self, pool: &Pool) {
        let stacks = pool.parked.len().div_ceil(STACKS);
        self.offers.store((pool.chunks.len() + pool.statics.len() + stacks) as u32, Ordering::Release);
    }

    /// Starts marking from what is on `stack`, from static data and from parked goroutines.
    pub fn begin(&self, view: View, mark: u8, stack: &mut Vec<usize>, roots: &RootSet) {
        let mut pool = self.pool();
        pool.outcome = Outcome::default();
        pool.swept = false;
        pool.cycle += 1;
        pool.job = Some((view, mark));
        pool.begin = Some(Instant::now());
        pool.statics.extend_from_slice(&roots.statics);
        pool.parked.extend_from_slice(&roots.parked);
        self.offer(&mut pool, stack);
        self.set_phase(Phase::Marking);
    }

    /// Wakes the marker threads, of which there shall be `threads`.
    pub fn wake(self: &Arc<Shared>, threads: usize) {
        let mut pool = self.pool();
        while pool.threads < threads {
            pool.threads += 1;
            let shared = self.clone();
            without_signals(|| {
                let builder = std::thread::Builder::new().name("marker".into()).stack_size(128 << 10);
                if builder.spawn(move || shared.marker()).is_err() {
                    crate::os::die("runtime: cannot create a marker thread");
                }
            });
        }
        drop(pool);
        self.changed.notify_all();
    }

    /// Adds pointers that a barrier logged.
    pub fn give(&self, log: &mut Vec<usize>) {
        if !log.is_empty() {
            self.offer(&mut self.pool(), log);
            self.changed.notify_one();
        }
    }

    /// Everything in the pool, for the stop at the end, in which nobody else takes any. Waits for a count of marks to end.
    pub fn take_rest(&self, stack: &mut Vec<usize>) {
        let mut pool = self.pool();
        for chunk in std::mem::take(&mut pool.chunks) {
            stack.extend(chunk);
        }
        self.offers.store(0, Ordering::Release);
    }

    /// Goes on with marking after all: the stop at the end found too much to do.
    pub fn resume(&self, stack: &mut Vec<usize>) {
        let mut pool = self.pool();
        self.offer(&mut pool, stack);
        self.set_phase(Phase::Marking);
        drop(pool);
        self.changed.notify_all();
    }

    /// Counts what was marked in a stop.
    pub fn add(&self, objects: u64, bytes: usize) {
        let mut pool = self.pool();
        pool.outcome.objects += objects;
        pool.outcome.bytes += bytes;
    }

    /// Ends the cycle.
    pub fn take_outcome(&self) -> Outcome {
        let mut pool = self.pool();
        self.set_phase(Phase::Idle);
        pool.job = None;
        std::mem::take(&mut pool.outcome)
    }

    /// Gives the older half of a stack away if somebody is hungry.
    #[inline]
    pub fn share(&self, stack: &mut Vec<usize>) {
        if self.attention.load(Ordering::Relaxed) != 0 {
            self.share_slow(stack);
        }
    }

    #[cold]
    fn share_slow(&self, stack: &mut Vec<usize>) {
        if self.attention.load(Ordering::Relaxed) >= DISTURB {
            self.disturb();
        }
        if stack.len() >= 2 && self.offers.load(Ordering::Acquire) == 0 {
            let half = (stack.len() / 2).min(CHUNK);
            let mut chunk: Vec<usize> = stack.drain(..half).collect();
            self.offer(&mut self.pool(), &mut chunk);
            self.changed.notify_one();
        }
    }

    /// Stalls at random, so that marker and mutator meet in all orders.
    fn disturb(&self) {
        let mut x = self.seed.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.seed.store(x, Ordering::Relaxed);
        match x % 64 {
            0 => std::thread::sleep(Duration::from_micros(50)),
            1..8 => std::thread::yield_now(),
            _ => {}
        }
    }

    /// Traces until marking is complete, on behalf of a mutator.
    pub fn help(&self) {
        if self.phase() == Phase::Marking {
            let _unchecked = crate::mte::Unchecked::new();
            self.trace(|outcome| &mut outcome.assist_time);
        }
    }

    /// A marker thread.
    fn marker(&self) {
        let _unchecked = crate::mte::Unchecked::new();
        loop {
            let mut pool = self.pool();
            while self.phase() != Phase::Marking {
                pool = self.changed.wait(pool).unwrap_or_else(|e| e.into_inner());
            }
            drop(pool);
            self.trace(|outcome| &mut outcome.marker_time);
        }
    }

    /// Traces until marking is complete; adds the time that it works to what `time` chooses.
    fn trace(&self, time: fn(&mut Outcome) -> &mut u64) {
        let mut pool = self.pool();
        let Some((view, mark)) = pool.job else { return };
        let cycle = pool.cycle;
        let mut tracer = Tracer::new(view, mark);
        let mut parked = Vec::new();
        loop {
            if self.phase() != Phase::Marking || pool.cycle != cycle {
                return;
            }
            let begin = Instant::now();
            if let Some(root) = pool.statics.pop() {
                // SAFETY: the gatherer's promise.
                unsafe { tracer.push_root(&root) };
            } else if !pool.parked.is_empty() {
                let rest = pool.parked.len().saturating_sub(STACKS);
                parked = pool.parked.split_off(rest);
            } else if let Some(chunk) = pool.chunks.pop() {
                tracer.stack = chunk;
            } else if pool.active == 0 {
                if !pool.swept {
                    pool.active = 1;
                    drop(pool);
                    let swept = count_marks(&view, mark);
                    pool = self.pool();
                    pool.outcome.swept = swept;
                    pool.active = 0;
                    pool.swept = true;
                    *time(&mut pool.outcome) += begin.elapsed().as_nanos() as u64;
                    // Somebody may have logged something meanwhile.
                    continue;
                }
                pool.outcome.duration = pool.begin.map_or(0, |b| b.elapsed().as_nanos() as u64);
                self.set_phase(Phase::Done);
                self.changed.notify_all();
                crate::stop::cycle_done();
                return;
            } else {
                pool = self.wait(pool);
                continue;
            }
            pool.active += 1;
            self.count_offers(&pool);
            drop(pool);
            let stacks = self.scan_parked(&parked, &mut tracer);
            parked.clear();
            tracer.drain(Some(self), u64::MAX);
            pool = self.pool();
            pool.active -= 1;
            pool.outcome.stacks += stacks;
            pool.outcome.objects += std::mem::take(&mut tracer.objects);
            pool.outcome.bytes += std::mem::take(&mut tracer.bytes);
            *time(&mut pool.outcome) += begin.elapsed().as_nanos() as u64;
            if pool.active == 0 {
                self.changed.notify_all();
            }
        }
    }

    /// Pushes what the stacks of goroutines hold; the number of bytes.
    fn scan_parked(&self, parked: &[usize], tracer: &mut Tracer) -> usize {
        let mut bytes = 0;
        for (i, &g) in parked.iter().enumerate() {
            if self.attention.load(Ordering::Relaxed) >= DISTURB {
                self.disturb();
            }
            crate::sched::prefetch(parked, i);
            crate::sched::scan(g, &mut |low, high| {
                // SAFETY: a part of the stack of a goroutine that does not run, or a word of the runtime's.
                unsafe { tracer.push_words(low, high) };
                bytes += high - low;
            });
        }
        bytes
    }

    /// Waits until there may be work.
    fn wait<'a>(&'a self, pool: MutexGuard<'a, Pool>) -> MutexGuard<'a, Pool> {
        drop(pool);
        self.attention.fetch_add(1, Ordering::Relaxed);
        let idle = || self.offers.load(Ordering::Acquire) == 0 && self.phase() == Phase::Marking;
        let mut spins = 0;
        while idle() && spins < SPINS {
            std::hint::spin_loop();
            spins += 1;
        }
        let mut pool = self.pool();
        if idle() && pool.active != 0 {
            let wait = self.changed.wait_timeout(pool, Duration::from_micros(200));
            pool = wait.unwrap_or_else(|e| e.into_inner()).0;
        }
        self.attention.fetch_sub(1, Ordering::Relaxed);
        pool
    }
}

/// Runs `f` with all signals blocked: threads that it creates leave them to the others.
fn without_signals(f: impl FnOnce()) {
    // SAFETY: plain calls with valid structures.
    unsafe {
        let (mut all, mut old): (libc::sigset_t, libc::sigset_t) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut old);
        f();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const old, std::ptr::null_mut());
    }
}

/// Looks at the marks of all blocks that were in use when marking began. Mutators may be handed dead objects meanwhile: so the blocks
/// found empty are looked at again, while nobody runs, before they are freed.
fn count_marks(view: &View, mark: u8) -> Swept {
    let mut swept = Swept::default();
    // Downwards, so that the lowest address is popped first.
    let mut block = view.used / BLOCK_SIZE;
    while block > 0 {
        block -= 1;
        let kind = view.kind(block);
        if matches!(kind, kind::FREE | kind::CONTINUED) {
            continue;
        }
        // SAFETY: the record of a block in use; these parts of it do not change.
        let (born, count, class) = unsafe {
            let r = view.records.add(block);
            ((*r).born, (*r).count as usize, (*r).class as usize)
        };
        if born != 0 {
            continue;
        }
        let live = live_objects(view, block, count, mark);
        if live == 0 {
            swept.empty.push(block as u32);
        } else if live < count && matches!(kind, kind::SMALL | kind::TYPED) {
            if swept.partial.len() <= class {
                swept.partial.resize(class + 1, Vec::new());
            }
            swept.partial[class].push(block as u32);
        }
    }
    swept
}

/// Number of marked objects of a block.
pub fn live_objects(view: &View, block: usize, count: usize, mark: u8) -> usize {
    // SAFETY: mark bytes of the block.
    let marks = unsafe { std::slice::from_raw_parts(view.mark_of(block, 0), count) };
    marks.chunks(128).map(|c| c.iter().map(|&m| (m == mark) as u8).sum::<u8>() as usize).sum()
}
