//! Counters of the running program: `runtime.MemStats`, gctrace, and the report of `run --stats`.
//!
//! In: the heap's own counts. Out: `mem_stats` fills 15 words, in this order: mallocs, frees, total bytes, live bytes; bytes from the
//! system, heap bytes from the system, heap bytes in use, bytes returned; next goal, end of the last collection, pauses' total, last
//! pause (ns); collections, forced ones; stack bytes.

use crate::heap::blocks::BLOCK_SIZE;
use crate::worker::{worker, world};
use std::sync::atomic::{AtomicU64, Ordering};

/// What is told of, and what has been.
#[derive(Default)]
pub struct Counters {
    pub gctrace: bool,
    pub start: i64,
    /// Collections that gctrace has told of.
    pub told: AtomicU64,
    /// Processor time that they took, nanoseconds.
    pub collecting: AtomicU64,
}

pub unsafe extern "C" fn count_stack_object(_site: i64) {
    worker().stack_objects += 1;
}

/// Bytes of stacks, a guess: two pages a goroutine.
fn stack_bytes() -> u64 {
    crate::sched::live().max(0) as u64 * 8192
}

/// # Safety
/// The address of 15 words.
pub unsafe extern "C" fn mem_stats(out: *mut [u64; 15]) {
    crate::sched::with_saved_registers(&mut || {
        crate::stop::stop_the_world("MemStats");
        // SAFETY: the caller's promise.
        unsafe { *out = words() };
        crate::stop::start_the_world();
    });
}

fn words() -> [u64; 15] {
    let h = world().heap.lock();
    let sys = h.blocks.used as u64;
    let used = h.blocks.len() - h.blocks.free_blocks;
    let p = &h.pacer;
    let stacks = stack_bytes();
    [
        h.mallocs(),
        h.frees,
        h.total_bytes(),
        h.heap_bytes() as u64,
        sys + stacks,
        sys,
        (used * BLOCK_SIZE) as u64,
        (h.blocks.released_blocks * BLOCK_SIZE) as u64,
        p.goal() as u64,
        p.last_end,
        p.pause_total,
        p.pause_last,
        p.collections,
        p.forced,
        stacks,
    ]
}

/// To be called after every collection: gctrace, finalizers.
pub fn after_collection() {
    let world = world();
    if world.counters.gctrace {
        let heap = world.heap.lock();
        let p = &heap.pacer;
        if p.collections > world.counters.told.swap(p.collections, Ordering::Relaxed) {
            let t = &p.trace;
            let elapsed = (crate::time::monotonic() - world.counters.start) as f64 / 1e9;
            let time = t.begin + t.assist + t.marker + t.end;
            let time = world.counters.collecting.fetch_add(time, Ordering::Relaxed) + time;
            let workers = world.procs.load(Ordering::Relaxed) as u64;
            let share = time as f64 / 1e9 / (elapsed * workers as f64).max(1e-9) * 100.0;
            let line = format!(
                "gc {} @{elapsed:.3}s {share:.0}%: {}+{}+{} ms clock, {}+{}/{}/0+{} ms cpu, {}->{}->{} MB, {} MB goal, {} MB stacks, {} MB globals, {workers} P{}\n",
                p.collections,
                milliseconds(t.begin),
                milliseconds(t.marking),
                milliseconds(t.end),
                milliseconds(t.begin * workers),
                milliseconds(t.assist),
                milliseconds(t.marker),
                milliseconds(t.end * workers),
                t.before >> 20,
                t.after >> 20,
                t.live >> 20,
                t.goal >> 20,
                t.stacks >> 20,
                t.roots >> 20,
                if t.forced { " (forced)" } else { "" },
            );
            crate::os::write_error(line.as_bytes());
        }
    }
    crate::finalizer::start();
}

/// Nanoseconds as milliseconds, two digits at least, as Go's gctrace has them.
fn milliseconds(ns: u64) -> String {
    if ns >= 10_000_000 {
        return (ns / 1_000_000).to_string();
    }
    let (mut x, mut digits) = (ns / 1000, 3);
    while x >= 100 {
        x /= 10;
        digits -= 1;
    }
    match x {
        0 => "0".to_string(),
        _ => format!("{:.digits$}", x as f64 / 10f64.powi(digits as i32)),
    }
}

/// What the program has used so far, for tools.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub heap_objects: u64,
    pub heap_bytes: u64,
    pub freed_objects: u64,
    /// 0 unless the program was compiled to count them.
    pub stack_objects: u64,
    pub collections: u64,
    pub longest_pause_ns: u64,
    pub total_pause_ns: u64,
}

/// To be called before or after the program runs, or on its own thread.
pub fn usage() -> Usage {
    let world = world();
    let h = world.heap.lock();
    let p = &h.pacer;
    Usage {
        heap_objects: h.mallocs(),
        heap_bytes: h.total_bytes(),
        freed_objects: h.frees,
        // SAFETY: workers are never freed.
        stack_objects: world.workers().map(|w| unsafe { (*w).stack_objects }).sum(),
        collections: p.collections,
        longest_pause_ns: p.pause_longest,
        total_pause_ns: p.pause_total,
    }
}

/// The report of `run --stats`.
pub fn report() -> String {
    let world = world();
    let h = world.heap.lock();
    let p = &h.pacer;
    // SAFETY: workers are never freed; counts that are a little old do no harm.
    let sum = |f: &dyn Fn(*mut crate::worker::Worker) -> u64| world.workers().map(f).sum::<u64>();
    format!(
        "heap objects:  {} ({} bytes), {} freed\n\
         stack objects: {}\n\
         collections:   {} ({} forced), longest pause {:.3} ms, {:.3} ms in total\n\
         heap:          {} KiB from the system\n\
         goroutine switches: {}\n",
        h.mallocs(),
        h.total_bytes(),
        h.frees,
        // SAFETY: as above.
        sum(&|w| unsafe { (*w).stack_objects }),
        p.collections,
        p.forced,
        p.pause_longest as f64 / 1e6,
        p.pause_total as f64 / 1e6,
        h.blocks.used >> 10,
        // SAFETY: as above.
        sum(&|w| unsafe { (*w).tick.load(Ordering::Relaxed) as u64 }),
    )
}
