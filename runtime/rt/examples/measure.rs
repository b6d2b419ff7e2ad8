//! Measures the runtime without a compiler: allocation through the calls (compiled code allocates inline), marking, maps,
//! channels, goroutines. Prints nanoseconds an operation.

#[path = "../tests/support/mod.rs"]
mod support;

use escargo_abi::context::Cursor;
use escargo_abi::program::AllocClass;
use escargo_abi::types::kind;
use escargo_rt::Options;
use escargo_rt::chan::{Chan, chan_make, chan_recv, chan_send};
use escargo_rt::heap::{HeapOptions, RootSet, Shape};
use escargo_rt::map::{map_assign_64, map_assign_str, map_get_64, map_get_str, map_make};
use escargo_rt::sched::go_start;
use escargo_rt::sema::{sem_acquire, sem_release};
use std::hint::black_box;
use support::{Random, Single, chan_type, closure, map_type, run, scalar, typ};

/// What compiled code does: a bump of the class's cursor, and a call when it is used up.
fn inline_allocation() {
    for (size, mask) in [(16, 0), (16, 3), (64, 5)] {
        let mut cursor = Cursor { cursor: 0, limit: 0 };
        let p = &raw mut cursor;
        let heap = Single::new(HeapOptions::default(), &[AllocClass { size, reserved: 0, mask }], p);
        let begin = Instant::now();
        for i in 0..50_000_000u64 {
            // SAFETY: the heap keeps the cursor valid; objects are as large as the class says.
            unsafe {
                let at = (*p).cursor;
                let end = at + size as usize;
                let object = if end <= (*p).limit {
                    (*p).cursor = end;
                    at
                } else {
                    heap.cache.alloc_class(0).0
                };
                *(black_box(object) as *mut u64) = i & 1;
            }
        }
        report(&format!("alloc inline {size} mask {mask}"), 50_000_000, begin);
    }
}

/// Processor time, which does not depend on what else the machine does.
struct Instant(i64);

impl Instant {
    fn now() -> Instant {
        let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: writes the structure.
        unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut t) };
        Instant(t.tv_sec * 1_000_000_000 + t.tv_nsec)
    }
}

fn report(what: &str, n: usize, begin: Instant) {
    println!("{what:32} {:8.2} ns", (Instant::now().0 - begin.0) as f64 / n as f64);
}

fn tree(heap: &mut Single, depth: usize) -> usize {
    let p = heap.cache.alloc(16, Shape::Mask(3)).0 as *mut usize;
    if depth > 0 {
        let (a, b) = (tree(heap, depth - 1), tree(heap, depth - 1));
        // SAFETY: a new object of two words.
        unsafe { [*p, *p.add(1)] = [a, b] };
    }
    p as usize
}

fn main() {
    let mut heap = Single::new(HeapOptions::default(), &[], std::ptr::null_mut());
    for (size, shape) in
        [(16, Shape::NoScan), (16, Shape::Mask(1)), (64, Shape::NoScan), (64, Shape::Mask(5))]
    {
        let begin = Instant::now();
        for _ in 0..20_000_000 {
            black_box(heap.cache.alloc(size, shape));
        }
        report(&format!("alloc {size} {shape:?}"), 20_000_000, begin);
    }
    inline_allocation();
    heap.heap().pacer.percent = -1;
    heap.heap().pacer.update(0, 0);
    let begin = Instant::now();
    let root = tree(&mut heap, 20);
    report("build a tree, an object", 1 << 21, begin);
    for _ in 0..2 {
        let begin = Instant::now();
        heap.heap().collect(&RootSet { words: vec![root], ..Default::default() });
        report("mark and sweep it, an object", 1 << 21, begin);
    }
    run(worker, Options { arguments: vec![], ..Default::default() });
}

extern "C" fn worker(_: usize) {
    let int = scalar(kind::INT, 8);
    let t = map_type(int, int);
    let mut r = Random(7);
    for n in [1000usize, 1_000_000] {
        // SAFETY: maps of words.
        unsafe {
            let keys: Vec<i64> = (0..n).map(|_| r.below(usize::MAX / 2) as i64).collect();
            let rounds = 4_000_000 / n;
            let begin = Instant::now();
            let mut m = map_make(t, 0);
            for _ in 0..rounds {
                m = map_make(t, 0);
                for &k in &keys {
                    *(map_assign_64(t, m, k) as *mut i64) = k;
                }
            }
            report(&format!("map insert {n}"), n * rounds, begin);
            let begin = Instant::now();
            for _ in 0..rounds {
                for &k in &keys {
                    black_box(map_get_64(t, m, k));
                }
            }
            report(&format!("map hit {n}"), n * rounds, begin);
            let begin = Instant::now();
            for _ in 0..rounds {
                for &k in &keys {
                    black_box(map_get_64(t, m, !k));
                }
            }
            report(&format!("map miss {n}"), n * rounds, begin);
        }
    }
    // SAFETY: a map of strings, channels of words, a semaphore.
    unsafe {
        let t = map_type(typ(kind::STRING, 16, &[0]), int);
        let m = map_make(t, 0);
        let words: Vec<String> = (0..1000).map(|i| format!("key{i}")).collect();
        for w in &words {
            map_assign_str(t, m, w.as_ptr(), w.len() as i64);
        }
        let begin = Instant::now();
        for _ in 0..2000 {
            for w in &words {
                black_box(map_get_str(t, m, w.as_ptr(), w.len() as i64));
            }
        }
        report("string map hit 1000", 2_000_000, begin);
        let c = chan_type(int);
        let (a, b) = (chan_make(c, 0), chan_make(c, 0));
        go_start(closure(echo, &[a as usize, b as usize]));
        let begin = Instant::now();
        let mut x = 0u64;
        for _ in 0..2_000_000 {
            chan_send(a, (&raw mut x) as *mut u8);
            chan_recv(b, (&raw mut x) as *mut u8);
        }
        report("ping-pong round trip", 2_000_000, begin);
        let mut semaphore = 0u32;
        let done = closure(release, &[&raw mut semaphore as usize]);
        let begin = Instant::now();
        for _ in 0..2_000_000 {
            go_start(done);
            sem_acquire(&raw mut semaphore);
        }
        report("go and join", 2_000_000, begin);
    }
}

extern "C" fn echo(c: *const usize) {
    let mut x = 0u64;
    // SAFETY: a closure of two channels.
    unsafe {
        loop {
            chan_recv(*c.add(1) as *mut Chan, (&raw mut x) as *mut u8);
            chan_send(*c.add(2) as *mut Chan, (&raw mut x) as *mut u8);
        }
    }
}

extern "C" fn release(c: *const usize) {
    // SAFETY: a closure of a semaphore's address.
    unsafe { sem_release(*c.add(1) as *mut u32, 0) };
}
