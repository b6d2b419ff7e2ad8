//! The heap against a model: random graphs of objects of all shapes, with verification after every collection.

mod support;

use escargo_abi::types::Type;
use escargo_rt::heap::alloc::Heap;
use escargo_rt::heap::{HeapOptions, Mutator, RootSet, Shape, Wanted};
use std::collections::HashMap;
use support::Single;

fn layout(size: usize, pointers: &[usize]) -> &'static Type {
    let ptr_bytes = pointers.iter().max().map_or(0, |w| (w + 1) * 8);
    let bitmap = vec![0u8; (ptr_bytes / 8).div_ceil(8)].leak();
    for w in pointers {
        bitmap[w / 8] |= 1 << (w % 8);
    }
    Box::leak(Box::new(Type {
        size,
        ptr_bytes,
        hash: 0,
        tflag: 0,
        align: 8,
        field_align: 8,
        kind: 0,
        equal: 0,
        gcdata: bitmap.as_ptr(),
        str_off: 0,
        ptr_to_this: 0,
    }))
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

fn options() -> HeapOptions {
    HeapOptions { verify: true, reserve: 1 << 30, ..Default::default() }
}

/// An object of the model: word 0 holds its number, `slots` are the words with pointers.
struct Node {
    words: usize,
    slots: Vec<usize>,
}

#[test]
fn random_graphs_survive() {
    for seed in 1..=5u64 {
        let mut r = Random(seed * 0x9e37_79b9);
        let mut heap = Single::new(options(), &[], std::ptr::null_mut());
        // Collections happen only where the roots are known.
        heap.heap().pacer.percent = -1;
        heap.heap().pacer.update(0, 0);
        let mut nodes: HashMap<usize, Node> = HashMap::new();
        let mut roots: Vec<usize> = vec![0; 32];
        let mut next = 1;
        for step in 0..6_000 {
            match r.below(10) {
                0..=5 => {
                    let (address, words, slots) = allocate(&mut heap, &mut r);
                    // SAFETY: a new object of that many words.
                    unsafe {
                        for w in 1..words {
                            assert_eq!(*(address as *const usize).add(w), 0, "new memory is zero");
                        }
                        *(address as *mut usize) = next << 1 | 1;
                    }
                    nodes.insert(address, Node { words, slots });
                    roots[r.below(32)] = address;
                    next += 1;
                }
                6..=7 => {
                    let (from, to) = (roots[r.below(32)], roots[r.below(32)]);
                    if let Some(node) = nodes.get(&from)
                        && !node.slots.is_empty()
                    {
                        let slot = node.slots[r.below(node.slots.len())];
                        // Sometimes an interior pointer.
                        let to = match nodes.get(&to) {
                            Some(t) if r.below(3) == 0 => to + 8 * r.below(t.words),
                            _ => to,
                        };
                        // SAFETY: a pointer slot of a live object.
                        unsafe { *(from as *mut usize).add(slot) = to };
                    }
                }
                8 => roots[r.below(32)] = 0,
                _ if step % 3 == 0 => {
                    let set = RootSet { words: roots.clone(), ..Default::default() };
                    heap.heap().collect(&set);
                    let live = reach(&nodes, &roots, heap.heap());
                    assert_eq!(
                        heap.heap().mallocs() - heap.heap().frees,
                        live.len() as u64,
                        "exactly the reachable objects live"
                    );
                    nodes.retain(|a, _| live.contains(a));
                }
                _ => {}
            }
        }
    }
}

fn allocate(heap: &mut Single, r: &mut Random) -> (usize, usize, Vec<usize>) {
    match r.below(6) {
        0 => {
            let words = 1 + r.below(60);
            (heap.cache.alloc(words * 8, Shape::NoScan).0, words, vec![])
        }
        1 => {
            let words = 2 + r.below(30);
            let mask = (r.below(1 << 30) as u64 & ((1 << words) - 1)) & !1;
            let slots = (0..words).filter(|w| mask >> w & 1 != 0).collect();
            (heap.cache.alloc(words * 8, Shape::Mask(mask)).0, words, slots)
        }
        2 => {
            // Too large for a mask.
            let words = 65 + r.below(400);
            let slots: Vec<usize> = (1..words).filter(|w| w % 5 == 2).collect();
            let t = layout(words * 8, &slots);
            // SAFETY: a valid layout.
            (unsafe { heap.cache.alloc_layout(t) }.0, words, slots)
        }
        3 => {
            // An array of three-word elements.
            let count = 2 + r.below(200);
            let t = layout(24, &[1]);
            let slots = (0..count).map(|i| i * 3 + 1).collect();
            // SAFETY: a valid layout.
            (unsafe { heap.cache.alloc_array(t, count) }.expect("fits").0, count * 3, slots)
        }
        4 => {
            // Two-word elements, up to large objects.
            let count = 2 + r.below(6000);
            let t = layout(16, &[1]);
            let slots = (0..count).map(|i| i * 2 + 1).collect();
            // SAFETY: a valid layout.
            (unsafe { heap.cache.alloc_array(t, count) }.expect("fits").0, count * 2, slots)
        }
        _ => {
            let count = 700 + r.below(3000);
            let t = layout(24, &[1, 2]);
            let slots = (0..count).flat_map(|i| [i * 3 + 1, i * 3 + 2]).collect();
            // SAFETY: a valid layout.
            (unsafe { heap.cache.alloc_array(t, count) }.expect("fits").0, count * 3, slots)
        }
    }
}

fn reach(nodes: &HashMap<usize, Node>, roots: &[usize], heap: &Heap) -> std::collections::HashSet<usize> {
    let mut seen = std::collections::HashSet::new();
    let mut work: Vec<usize> = roots.iter().copied().filter(|&a| a != 0).collect();
    // An address one past an object also counts for the object before.
    for &a in roots {
        if let Some(o) = heap.blocks.find(a.wrapping_sub(1))
            && nodes.contains_key(&o.start.0)
        {
            work.push(o.start.0);
        }
    }
    while let Some(p) = work.pop() {
        let Some(o) = heap.blocks.find(p) else { continue };
        if !seen.insert(o.start.0) {
            continue;
        }
        for &slot in &nodes[&o.start.0].slots {
            // SAFETY: a slot of a live object.
            let q = unsafe { *(o.start.0 as *const usize).add(slot) };
            if q != 0 {
                work.push(q);
            }
        }
    }
    seen
}

#[test]
fn epochs_wrap_around() {
    let heap = Single::new(options(), &[], std::ptr::null_mut());
    let keep = heap.cache.alloc(16, Shape::Mask(2));
    for round in 0..600u64 {
        for _ in 0..100 {
            heap.cache.alloc(16, Shape::Mask(2));
        }
        heap.heap().collect(&RootSet { words: vec![keep.0], ..Default::default() });
        assert_eq!(heap.heap().pacer.live_objects, 1, "round {round}");
    }
}

#[test]
fn large_objects_are_reused_and_zeroed() {
    let heap = Single::new(options(), &[], std::ptr::null_mut());
    for round in 0..50 {
        let p = heap.cache.alloc(1 << 20, Shape::NoScan).pointer();
        // SAFETY: a megabyte of ours.
        let bytes = unsafe { std::slice::from_raw_parts_mut(p, 1 << 20) };
        assert!(bytes.iter().all(|&b| b == 0), "round {round}");
        bytes.fill(7);
        if round % 3 == 0 {
            heap.heap().collect(&RootSet::default());
        }
    }
    assert!(heap.heap().blocks.used < 16 << 20, "memory is reused: {}", heap.heap().blocks.used);
}

#[test]
fn one_past_the_end_keeps_an_object() {
    let heap = Single::new(options(), &[], std::ptr::null_mut());
    let p = heap.cache.alloc(64, Shape::NoScan);
    let q = heap.cache.alloc(100_000, Shape::NoScan);
    heap.heap().collect(&RootSet { words: vec![p.0 + 64, q.0 + 100_000], ..Default::default() });
    assert_eq!(heap.heap().pacer.live_objects, 2);
    heap.heap().collect(&RootSet { words: vec![q.0 + 50_000], ..Default::default() });
    assert_eq!(heap.heap().pacer.live_objects, 1);
}

#[test]
fn collections_keep_pace_with_allocation() {
    let heap = Single::new(HeapOptions { verify: false, ..options() }, &[], std::ptr::null_mut());
    for _ in 0..4_000_000 {
        heap.cache.alloc(64, Shape::Mask(1));
    }
    assert!(heap.heap().pacer.collections > 30, "{}", heap.heap().pacer.collections);
    assert!(heap.heap().blocks.used < 16 << 20);
    assert_eq!(heap.heap().mallocs(), 4_000_000);
    assert_eq!(heap.heap().total_bytes(), 4_000_000 * 64);
}

#[test]
fn a_countdown_collects() {
    let heap = Single::new(HeapOptions { collect_every: 10, ..options() }, &[], std::ptr::null_mut());
    for _ in 0..1000 {
        heap.cache.alloc(32, Shape::Mask(1));
    }
    assert!((95..=101).contains(&heap.heap().pacer.collections), "{}", heap.heap().pacer.collections);
}

/// Roots of the test below: words that the mutator holds.
static HELD: std::sync::Mutex<Vec<usize>> = std::sync::Mutex::new(Vec::new());

fn held(heap: &mut Heap, _: Wanted, collect: &mut dyn FnMut(&mut Heap, &RootSet)) {
    let words = HELD.lock().expect("one thread").clone();
    collect(heap, &RootSet { words, ..Default::default() });
}

/// Nodes of a number and two pointers move between the mutator's few words and each other while markers, which stall at random, run.
#[test]
fn marking_beside_a_mutator_loses_nothing() {
    const MASK: u64 = 0b110;
    for seed in 1..=4u64 {
        let options = HeapOptions { markers: 2, disturb: seed, collect_every: 700, ..options() };
        let heap = Single::new(options, &[], std::ptr::null_mut());
        heap.heap().gather = held;
        let context = Box::leak(Box::new([0usize; 8])).as_mut_ptr() as *mut escargo_abi::context::Context;
        let mutator = Box::leak(Box::new(Mutator { context, log: Vec::new() }));
        heap.heap().mutators.push(mutator);
        let mut r = Random(seed * 0x9e37_79b9);
        let mut words = [0usize; 24];
        let mut next = 1usize;
        // The number of a node is the sum of those of its children at the time when it was made; a child's is smaller.
        for _ in 0..60_000 {
            let (i, j, k) = (r.below(24), r.below(24), r.below(24));
            // SAFETY: words are null or nodes of three words that roots keep alive.
            unsafe {
                match r.below(4) {
                    0 | 1 => {
                        HELD.lock().expect("one thread").splice(.., words);
                        let p = heap.cache.alloc(24, Shape::Mask(MASK)).0 as *mut usize;
                        *p = next << 20 | 0xabcde;
                        next += 1;
                        (*p.add(1), *p.add(2)) = (words[j], words[k]);
                        words[i] = p as usize;
                    }
                    2 if words[j] != 0 => {
                        // Load, then clear the only place where it was.
                        let slot = (words[j] as *mut usize).add(1 + r.below(2));
                        words[i] = *slot;
                        barrier(heap.heap(), mutator, slot);
                        *slot = 0;
                    }
                    3 if words[j] != 0 => {
                        let slot = (words[j] as *mut usize).add(1 + r.below(2));
                        barrier(heap.heap(), mutator, slot);
                        *slot = words[k];
                        words[k] = 0;
                    }
                    _ => {}
                }
                for p in words.iter().copied().filter(|&p| p != 0) {
                    assert_eq!(*(p as *const usize) & 0xfffff, 0xabcde, "a node lives");
                }
            }
        }
        assert!(heap.heap().pacer.collections > 20, "{}", heap.heap().pacer.collections);
    }
}

/// What compiled code does before it stores a pointer.
///
/// # Safety
/// A slot of a live object.
unsafe fn barrier(heap: &Heap, mutator: &mut Mutator, slot: *const usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if (*mutator.context).barrier != 0 {
            heap.log(mutator, *slot);
        }
    }
}
