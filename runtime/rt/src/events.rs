//! What goroutines do at the cost of others, by the stack of calls that does it: allocations, a sample of them; waiting for channels and
//! locks; keeping others waiting for a lock.
//!
//! In: rates, events. Out: for each stack, counts (`profile_events`). Guarantees: while nothing asks for a profile, an event costs
//! a test of one word, and most allocations nothing: only those that find their cursor used up are looked at. So a cursor gets
//! no more memory at a time than the rate says.

use crate::lock::Locked;
use crate::profile::{self, follow};
use crate::sched::Wait;
use crate::worker::{AddressMap, caller_frame, random, worker, worker_pointer, world};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};

/// Frames of a stack that are remembered.
const DEPTH: usize = 64;

/// The kinds, as package runtime numbers them.
const MEMORY: i64 = 0;
const BLOCK: i64 = 1;
const MUTEX: i64 = 2;
const THREADS: i64 = 3;

/// What one stack of calls did.
struct Bucket {
    /// Return addresses.
    stack: Box<[usize]>,
    /// Bytes of each object; 0 of waits.
    size: usize,
    /// Objects allocated, or waits.
    count: f64,
    /// Objects freed, or nanoseconds.
    sum: i64,
}

/// Events by stacks.
#[derive(Default)]
pub struct Events {
    index: HashMap<(Box<[usize]>, usize), u32>,
    buckets: Vec<Bucket>,
}

impl Events {
    /// The place of the stack of the compiled code that called the runtime.
    fn here(&mut self, size: usize) -> u32 {
        let mut pcs = [0; DEPTH];
        let (fp, pc) = caller_frame();
        // SAFETY: the running goroutine, if there is one.
        let n = match unsafe { worker().g.as_ref() } {
            // SAFETY: it runs on this thread, and its caller's frame is the one that the entry stub noted.
            Some(g) if pc != 0 => unsafe { follow(g, fp, pc, &mut pcs) },
            _ => 0,
        };
        let stack: Box<[usize]> = pcs[..n].into();
        let buckets = &mut self.buckets;
        *self.index.entry((stack.clone(), size)).or_insert_with(|| {
            buckets.push(Bucket { stack, size, count: 0.0, sum: 0 });
            buckets.len() as u32 - 1
        })
    }

    fn add(&mut self, size: usize, count: f64, sum: i64) -> u32 {
        let i = self.here(size);
        let bucket = &mut self.buckets[i as usize];
        bucket.count += count;
        bucket.sum += sum;
        i
    }

    /// Appends each stack as a record: its length, count, sum, size, program counters as `callers` gives them.
    fn tell(&self, out: &mut Vec<usize>) {
        for b in &self.buckets {
            let start = out.len();
            out.extend([0, b.count as usize, b.sum as usize, b.size]);
            profile::expand(b.stack.iter().copied(), out);
            out[start] = out.len() - start;
        }
    }
}

/// The sample of allocations; part of the heap.
pub struct Sampler {
    /// Go's `runtime.MemProfileRate`: an object is sampled every so many bytes, on average.
    rate: *const i64,
    /// Bytes until the next one.
    left: i64,
    events: Events,
    /// Objects of the sample that live.
    live: AddressMap<usize, u32>,
}

impl Sampler {
    fn rate(&self) -> i64 {
        // SAFETY: a variable of the program.
        unsafe { self.rate.read_volatile() }
    }

    /// How many bytes a cursor may be given at a time.
    pub fn most(&self) -> usize {
        match self.rate() {
            rate if rate > 0 => rate as usize,
            _ => usize::MAX,
        }
    }

    /// An object is handed out, with memory for others behind it, `bytes` in all.
    pub fn allocated(&mut self, object: usize, size: usize, bytes: usize) {
        let rate = self.rate();
        if rate <= 0 || worker_pointer().is_null() {
            return;
        }
        self.left -= bytes as i64;
        if rate > 1 && self.left > 0 {
            return;
        }
        // Distances between points of a Poisson process.
        let part = (random() >> 11) as f64 / (1u64 << 53) as f64;
        self.left = (-(1.0 - part).ln() * rate as f64) as i64;
        let bucket = self.events.add(size, 1.0, 0);
        self.live.insert(object, bucket);
    }

    /// An object is freed.
    pub fn freed(&mut self, object: usize) {
        if let Some(bucket) = self.live.remove(&object) {
            self.events.buckets[bucket as usize].sum += 1;
        }
    }

    /// Counts the objects that a collection has found dead.
    pub fn collected(&mut self, lives: impl Fn(usize) -> bool) {
        let buckets = &mut self.events.buckets;
        self.live.retain(|&object, &mut bucket| {
            let lives = lives(object);
            buckets[bucket as usize].sum += !lives as i64;
            lives
        });
    }
}

/// Nanoseconds; 0: off. Of waits, one every so many is told of; of contention, one event in so many.
static RATES: [AtomicI64; 2] = [AtomicI64::new(0), AtomicI64::new(0)];

/// Waits and contention.
pub type Waits = [Locked<Events>; 2];

/// The time, if somebody wants to know how long a goroutine waits; or 0.
#[inline]
pub fn wait_begins(wait: Wait) -> i64 {
    if RATES[0].load(Ordering::Relaxed) | RATES[1].load(Ordering::Relaxed) == 0 {
        return 0;
    }
    match wait {
        Wait::ChanReceive | Wait::ChanSend | Wait::Select | Wait::Semaphore | Wait::Cond => {
            crate::time::monotonic()
        }
        _ => 0,
    }
}

/// The running goroutine has waited since then.
#[cold]
pub fn waited(since: i64) {
    let rate = RATES[0].load(Ordering::Relaxed);
    let time = (crate::time::monotonic() - since).max(1);
    if rate <= 0 || rate > 1 && time < rate && (random() % rate as u64) as i64 > time {
        return;
    }
    // Short waits are told of seldom: each stands for others.
    let (count, sum) = if time < rate { (rate as f64 / time as f64, rate) } else { (1.0, time) };
    world().waits[0].lock().add(0, count, sum);
}

/// The running goroutine gives up what another one has waited for since then.
#[cold]
pub fn contended(since: i64) {
    let rate = RATES[1].load(Ordering::Relaxed);
    if rate > 0 && random().is_multiple_of(rate as u64) {
        let time = (crate::time::monotonic() - since).max(1);
        world().waits[1].lock().add(0, rate as f64, time * rate);
    }
}

/// Starts sampling allocations, at the rate that a variable says at all times.
///
/// # Safety
/// `rate` must live as long as the process.
pub unsafe extern "C" fn profile_memory(rate: *const i64) {
    let heap = &mut *world().heap.lock();
    if heap.sampler.is_none() {
        let (events, live) = (Events::default(), AddressMap::default());
        heap.sampler = Some(Box::new(Sampler { rate, left: 0, events, live }));
    }
}

/// Sets the rate of blocking or of mutexes, unless it is negative; the previous one.
pub unsafe extern "C" fn profile_rate(kind: i64, rate: i64) -> i64 {
    let place = &RATES[(kind == MUTEX) as usize];
    if rate < 0 { place.load(Ordering::Relaxed) } else { place.swap(rate, Ordering::Relaxed) }
}

/// Writes what is known of a kind of event into memory, if it fits: see `Events::tell`. Returns the number of words.
///
/// # Safety
/// `out` must have room for `count` words.
pub unsafe extern "C" fn profile_events(kind: i64, out: *mut usize, count: i64) -> i64 {
    let mut words = Vec::new();
    match kind {
        MEMORY => {
            if let Some(sampler) = &world().heap.lock().sampler {
                sampler.events.tell(&mut words);
            }
        }
        BLOCK => world().waits[0].lock().tell(&mut words),
        MUTEX => world().waits[1].lock().tell(&mut words),
        // Nobody knows who needed a thread.
        THREADS => words.extend([4, crate::threads::count(), 0, 0]),
        _ => {}
    }
    if words.len() as i64 <= count {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy_nonoverlapping(words.as_ptr(), out, words.len()) };
    }
    words.len() as i64
}
