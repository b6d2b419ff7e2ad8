//! Allocation: each worker has a cache of bump cursors, refilled from runs of dead objects of the shared heap; large objects are
//! runs of blocks.
//!
//! In: sizes, shapes and classes. Out: memory. A cursor's range `[cursor, limit)` is free and, unless its class is `dirty`,
//! zero. May collect, by `Heap::gather`, at the start of a slow path.

use super::blocks::{Addr, BLOCK_SHIFT, BLOCK_SIZE, Block, Blocks, MAX_OBJECTS, kind};
use super::collect::{Mutator, Pacer, RootSet, Running, Wanted};
use super::cycle::Shared;
use super::layout::{self, Shape};
use crate::events::Sampler;
use crate::lock::{Guard, Locked, Turns};
use crate::mte;
use escargo_abi::context::Cursor;
use escargo_abi::program::AllocClass;
use escargo_abi::sizes;
use escargo_abi::types::Type;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

pub const NO_BLOCK: u32 = u32::MAX;
/// Dead memory is zeroed this much at a time, to stay in the cache.
const RUN_BYTES: usize = 4096;

/// Objects of one size and mask.
pub struct Class {
    pub size: u32,
    pub count: u16,
    reciprocal: u32,
    pub mask: u64,
    pub kind: u8,
    /// Runs are not zeroed.
    dirty: bool,
    /// Blocks with dead objects, lowest address last.
    pub pending: Vec<u32>,
}

/// A table of layout words for the objects of a block, all zero.
fn new_table(count: u16) -> u64 {
    Box::into_raw(vec![0usize; count as usize].into_boxed_slice()) as *mut usize as u64
}

/// # Safety
/// A block of the kind `TYPED` that has no objects any more.
pub unsafe fn free_table(record: &Block) {
    let table = std::ptr::slice_from_raw_parts_mut(record.mask as *mut usize, record.count as usize);
    // SAFETY: made by `new_table` for as many objects.
    drop(unsafe { Box::from_raw(table) });
}

/// Stops the world, and calls with its roots, as far as they are wanted.
pub type Gather = fn(&mut Heap, Wanted, &mut dyn FnMut(&mut Heap, &RootSet));

/// What a worker has of a class.
pub struct Slot {
    pub cursor: *mut Cursor,
    pub size: u32,
    /// The block that the cursor lies in.
    pub block: u32,
    /// Objects handed out to the cursor so far.
    pub handed: u64,
}

/// The allocator of one worker: a cursor a class, refilled from the heap that all share.
pub struct Cache {
    heap: *const Locked<Heap>,
    pub slots: Vec<Slot>,
    /// The cursors of the program's classes, as many as it has.
    program: *mut Cursor,
    program_len: usize,
    /// Direct-mapped in front of `Heap::by_mask`.
    recent: [(u32, u64, u32); 64],
    pub large_objects: u64,
    pub large_bytes: u64,
    /// Owned cursors of the heap's own classes.
    #[allow(clippy::vec_box)]
    cursors: Vec<Box<Cursor>>,
}

/// A collected heap, what all workers share of it. Its methods require that the caller has the lock, or that the world is stopped.
pub struct Heap {
    pub blocks: Blocks,
    pub classes: Vec<Class>,
    /// Number of the program's classes, which come first; then one a size class without pointers, not zeroed; then one a size class
    /// with layout words.
    program_len: usize,
    by_mask: HashMap<(u32, u64), u32>,
    /// The allocators of all workers.
    pub caches: Vec<*mut Cache>,
    /// The mark of objects that survived the last collection.
    pub epoch: u8,
    /// The mark that the cycle under way sets; without one, the same as `epoch`.
    pub marking: u8,
    pub shared: Arc<Shared>,
    pub running: Running,
    pub mutators: Vec<*mut Mutator>,
    /// Held by the worker that begins or ends a collection.
    attending: Turns,
    pub pacer: Pacer,
    /// Stops the world, and finds the roots, when an allocation decides to collect.
    pub gather: Gather,
    pub options: HeapOptions,
    /// Objects that were found dead.
    pub frees: u64,
    /// Allocations until the next collection that `HeapOptions::collect_every` asks for, less those that cursors have room for.
    pub countdown: u64,
    /// The program asked for the collection that begins.
    pub force: bool,
    /// For the profile of allocations, if somebody wants one.
    pub sampler: Option<Box<Sampler>>,
}

/// As many markers as that is; found out when the first collection begins.
pub const HALF_THE_PROCESSORS: usize = usize::MAX;

/// Modes of checking.
#[derive(Clone, Copy, Default, Debug)]
pub struct HeapOptions {
    /// Collect every so many allocations; 0: by pacing.
    pub collect_every: u64,
    /// Verify the heap after each collection and poison freed memory.
    pub verify: bool,
    /// Bytes of address space; 0: by the size of the machine's memory.
    pub reserve: usize,
    /// Threads that mark beside the mutators; 0: collections are one stop. Or `HALF_THE_PROCESSORS`.
    pub markers: usize,
    /// Not 0: the seed of random delays of the markers.
    pub disturb: u64,
}

static EMPTY: u64 = 0;

/// The address of every object of size 0.
pub fn zero_base() -> Addr {
    Addr(&raw const EMPTY as usize)
}

/// Zeroes an object; the size is a multiple of 8.
#[inline(always)]
unsafe fn zero(p: *mut u8, size: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if size <= 64 {
            let mut at = 0;
            while at < size {
                (p.add(at) as *mut u64).write_volatile(0);
                at += 8;
            }
        } else {
            mte::clear(p, size);
        }
    }
}

impl Heap {
    /// `classes`: the program's; every cache has cursors for them.
    pub fn new(options: HeapOptions, classes: &[AllocClass], gather: Gather) -> Heap {
        let reserve = match options.reserve {
            0 => (crate::os::physical_memory() * 2).max(64 << 30),
            n => n,
        };
        let mut heap = Heap {
            blocks: Blocks::new(reserve),
            classes: Vec::new(),
            program_len: classes.len(),
            by_mask: HashMap::new(),
            caches: Vec::new(),
            epoch: 1,
            marking: 1,
            shared: Arc::new(Shared::new(options.disturb)),
            running: Running::default(),
            mutators: Vec::new(),
            attending: Turns::default(),
            pacer: Pacer::new(),
            gather,
            options,
            frees: 0,
            countdown: options.collect_every,
            force: false,
            sampler: None,
        };
        heap.pacer.update(0, 0);
        for c in classes {
            heap.add_class(c.size as usize, c.mask, kind::SMALL, false);
        }
        for (kind, dirty) in [(kind::SMALL, true), (kind::TYPED, false)] {
            for size in sizes::CLASSES {
                heap.add_class(size as usize, 0, kind, dirty);
            }
        }
        heap
    }

    fn add_class(&mut self, size: usize, mask: u64, kind: u8, dirty: bool) -> u32 {
        // Objects do not share a tag.
        let size = if mte::on() { size.next_multiple_of(mte::GRANULE) } else { size };
        assert!(size >= 8 && size.is_multiple_of(8) && size <= BLOCK_SIZE, "object size {size}");
        self.classes.push(Class {
            size: size as u32,
            count: (BLOCK_SIZE / size).min(MAX_OBJECTS) as u16,
            reciprocal: (1u64 << 32).div_ceil(size as u64) as u32,
            mask,
            kind,
            dirty,
            pending: Vec::new(),
        });
        self.classes.len() as u32 - 1
    }

    /// The class of objects of a size class and a mask.
    fn class_of_mask(&mut self, size: u32, mask: u64) -> u32 {
        match self.by_mask.get(&(size, mask)) {
            Some(&c) => c,
            None => {
                let c = self.add_class(size as usize, mask, kind::SMALL, false);
                self.by_mask.insert((size, mask), c);
                c
            }
        }
    }

    fn count(&mut self, objects: u64) {
        self.countdown = self.countdown.saturating_sub(objects);
    }

    /// Gives a cache's cursor of a class a range of at least one object; whether its memory must be zeroed first.
    fn refill(&mut self, slot: &mut Slot, id: u32) -> bool {
        let class = &mut self.classes[id as usize];
        let size = class.size as usize;
        let mut most = (RUN_BYTES / size).max(1);
        let mut fresh_most = MAX_OBJECTS;
        if mte::on() {
            // Each object is tagged when it is handed out.
            (most, fresh_most) = (1, 1);
        }
        if let Some(sampler) = &self.sampler {
            most = most.min(sampler.most() / size).max(1);
            fresh_most = fresh_most.min(sampler.most() / size).max(1);
        }
        if self.options.collect_every != 0 {
            most = most.min(self.countdown.max(1) as usize);
            fresh_most = most;
        }
        loop {
            if slot.block == NO_BLOCK {
                slot.block = match class.pending.pop() {
                    Some(b) => b,
                    None => match self.blocks.take(1) {
                        Some(b) => {
                            // SAFETY: the block's mark bytes.
                            unsafe { self.blocks.mark_of(b, 0).write_bytes(0, class.count as usize) };
                            let record = self.blocks.record(b);
                            record.reciprocal = class.reciprocal;
                            record.size = class.size;
                            record.mask = match class.kind {
                                kind::TYPED => new_table(class.count),
                                _ => class.mask,
                            };
                            record.class = id;
                            record.sweep = 0;
                            record.count = class.count;
                            if self.epoch != self.marking {
                                record.born = 1;
                                self.running.born.push(b as u32);
                            }
                            record.set_kind(class.kind);
                            b as u32
                        }
                        None => crate::os::out_of_memory(BLOCK_SIZE),
                    },
                };
            }
            let block = slot.block as usize;
            let record = self.blocks.record(block);
            let most = if record.fresh != 0 { fresh_most } else { most };
            let (mut from, count) = (record.sweep as usize, record.count as usize);
            let marks = self.blocks.mark_of(block, 0);
            // A marker may change the last cycle's mark to its own meanwhile, but no other.
            let (epoch, marking) = (self.epoch, self.marking);
            let live = |index: usize| {
                // SAFETY: indices below `count` have mark bytes.
                let mark = unsafe { marks.add(index).read_volatile() };
                mark == epoch || mark == marking
            };
            while from < count && live(from) {
                from += 1;
            }
            if from == count {
                record.sweep = count as u16;
                slot.block = NO_BLOCK;
                continue;
            }
            let end = count.min(from + most);
            let mut to = from + 1;
            while to < end && !live(to) {
                to += 1;
            }
            let at = self.blocks.address(block).0 + from * size;
            let bytes = (to - from) * size;
            // SAFETY: the cursor of the cache; the run lies in the block and holds no live object.
            unsafe {
                if epoch != marking {
                    marks.add(from).write_bytes(marking, to - from);
                    // Who sees a pointer to one of the objects, or that it exists, sees its mark.
                    fence(Ordering::Release);
                }
                (&raw mut record.sweep).write_volatile(to as u16);
                *slot.cursor = Cursor { cursor: at, limit: at + bytes };
            }
            slot.handed += (to - from) as u64;
            let zero = record.fresh == 0 && !class.dirty;
            if let Some(sampler) = &mut self.sampler {
                sampler.allocated(at, size, bytes);
            }
            self.count((to - from) as u64);
            self.pacer.allocated += bytes;
            return zero;
        }
    }

    /// Frees a large object that nobody uses any more; leaves small ones to the collector.
    ///
    /// # Safety
    /// `p` must be the start of an object of this heap that is not used again.
    pub unsafe fn free_large(&mut self, p: Addr) {
        let Some(object) = self.blocks.find(p.0) else { return };
        let record = self.blocks.record(object.block);
        if record.is_large() && object.start.0 == mte::strip(p.0) {
            let bytes = record.large_size();
            if mte::on() {
                mte::free_object(p.0, bytes.next_multiple_of(BLOCK_SIZE), mte::Freed::Explicit);
            }
            if self.epoch != self.marking {
                // A marker may be looking at it.
                self.running.freed.push(object.block as u32);
                return;
            }
            if let Some(sampler) = &mut self.sampler {
                sampler.freed(object.start.0);
            }
            self.blocks.give(object.block, bytes.div_ceil(BLOCK_SIZE));
            self.pacer.allocated = self.pacer.allocated.saturating_sub(bytes);
            self.frees += 1;
        }
    }
}

impl Cache {
    /// # Safety
    /// The cursors, one a class of the program, must stay valid as long as the cache, and be zero.
    pub unsafe fn new(heap: &Locked<Heap>, cursors: *mut Cursor) -> Cache {
        let mut cache = Cache {
            heap,
            slots: Vec::new(),
            program: cursors,
            program_len: heap.lock().program_len,
            recent: [(0, 0, 0); 64],
            large_objects: 0,
            large_bytes: 0,
            cursors: Vec::new(),
        };
        cache.learn();
        cache
    }

    /// The heap, locked.
    pub fn shared(&self) -> Guard<'static, Heap> {
        // SAFETY: heaps outlive their caches.
        unsafe { (*self.heap).lock() }
    }

    /// The heap's range, of which any thread may ask what it made itself.
    #[inline(always)]
    fn blocks(&self) -> &Blocks {
        // SAFETY: heaps outlive their caches; the range stays where it is.
        unsafe { &(*(*self.heap).pointer()).blocks }
    }

    /// Makes slots for classes that were added.
    fn learn(&mut self) {
        let heap = self.shared();
        for id in self.slots.len()..heap.classes.len() {
            let cursor = if id < self.program_len {
                // SAFETY: the caller of `new` promised a cursor for each.
                unsafe { self.program.add(id) }
            } else {
                let mut cursor = Box::new(Cursor { cursor: 0, limit: 0 });
                let p = &raw mut *cursor;
                self.cursors.push(cursor);
                p
            };
            self.slots.push(Slot { cursor, size: heap.classes[id].size, block: NO_BLOCK, handed: 0 });
        }
    }

    /// One object of a class, zeroed unless the class is dirty.
    #[inline]
    pub fn alloc_class(&mut self, class: u32) -> Addr {
        if let Some(slot) = self.slots.get(class as usize) {
            // SAFETY: cursors of classes stay valid.
            unsafe {
                let at = (*slot.cursor).cursor;
                let end = at + slot.size as usize;
                if end <= (*slot.cursor).limit {
                    (*slot.cursor).cursor = end;
                    return Addr(at);
                }
            }
        }
        self.alloc_refill(class)
    }

    #[cold]
    #[inline(never)]
    fn alloc_refill(&mut self, class: u32) -> Addr {
        if class as usize >= self.slots.len() {
            self.learn();
        }
        let _unchecked = mte::Unchecked::new();
        let mut heap = self.shared();
        if heap.due() {
            drop(heap);
            self.attend();
            heap = self.shared();
        }
        let slot = &mut self.slots[class as usize];
        let zero = heap.refill(slot, class);
        drop(heap);
        // SAFETY: refill left room for an object at least, which is ours.
        unsafe {
            let Cursor { cursor: at, limit } = *slot.cursor;
            if zero {
                (at as *mut u8).write_bytes(0, limit - at);
            }
            (*slot.cursor).cursor = at + slot.size as usize;
            if mte::on() {
                let size = slot.size as usize;
                let odd = (at & (BLOCK_SIZE - 1)) / size % 2 == 1;
                return Addr(mte::tag_object(at, size, size, odd, crate::worker::caller_frame().1));
            }
            Addr(at)
        }
    }

    /// The heap without the lock, for who begins and ends collections.
    #[allow(clippy::mut_from_ref)]
    fn unlocked(&self) -> &mut Heap {
        // SAFETY: heaps outlive their caches. What others change under the lock meanwhile is changed here while the world is stopped
        // only.
        unsafe { &mut *(*self.heap).pointer() }
    }

    /// To be called at the start of a slow path when a collection is due. One worker sees to it; others help if it is late.
    #[cold]
    fn attend(&mut self) {
        let heap = self.unlocked();
        if !heap.attending.try_lock() {
            return heap.assist();
        }
        heap.attend();
        self.attended();
    }

    /// Leaves the collector to others.
    fn attended(&mut self) {
        let heap = self.unlocked();
        let ended = std::mem::take(&mut heap.running.ended);
        heap.attending.unlock();
        if ended {
            self.shared().concluded();
        }
    }

    /// Ends a collection whose markers have finished. To be called where a slow path may be.
    pub fn end_cycle(&mut self) {
        let heap = self.shared();
        let begun = heap.in_cycle();
        drop(heap);
        if begun {
            self.attend();
        }
    }

    /// Returns when a collection that began after the call has ended, whoever ran it.
    pub fn collect_forced(&mut self) {
        let heap = self.unlocked();
        let before = heap.shared.begun();
        heap.attending.lock(|| {
            if crate::stop::requested() {
                crate::stop::stop_here();
            } else {
                heap.shared.help();
            }
        });
        self.unlocked().collect_forced(before);
        self.attended();
    }

    /// Memory without pointers whose contents are arbitrary.
    #[inline]
    pub fn alloc_dirty(&mut self, bytes: usize) -> Addr {
        if bytes > sizes::MAX_SMALL {
            return self.alloc_large(bytes, Shape::NoScan, false);
        }
        if bytes == 0 {
            return zero_base();
        }
        self.alloc_noscan(bytes, false)
    }

    /// A small object without pointers.
    #[inline]
    fn alloc_noscan(&mut self, bytes: usize, zeroed: bool) -> Addr {
        let index = sizes::class_index(bytes);
        let p = self.alloc_class((self.program_len + index) as u32);
        let size = sizes::CLASSES[index] as usize;
        if zeroed {
            // SAFETY: the object is `size` bytes long and ours.
            unsafe { zero(p.pointer(), size) };
        }
        if mte::on() {
            mte::shorten_object(p.0, bytes, size.next_multiple_of(mte::GRANULE));
        }
        p
    }

    /// Zeroed memory of at least `bytes` bytes; all of the object is zero.
    #[inline]
    pub fn alloc(&mut self, bytes: usize, shape: Shape) -> Addr {
        if bytes == 0 {
            return zero_base();
        }
        if bytes > sizes::MAX_SMALL {
            return self.alloc_large(bytes, shape, true);
        }
        let index = sizes::class_index(bytes);
        let size = sizes::CLASSES[index] as usize;
        match shape {
            Shape::NoScan | Shape::Mask(0) => self.alloc_noscan(bytes, true),
            Shape::Mask(mask) => {
                let class = self.mask_class(size, mask);
                let p = self.alloc_class(class);
                if mte::on() {
                    mte::shorten_object(p.0, bytes, size.next_multiple_of(mte::GRANULE));
                }
                p
            }
            Shape::Word(word) => {
                let class = self.program_len + sizes::CLASSES.len() + index;
                let p = self.alloc_class(class as u32);
                let object = self.blocks().find(p.0).expect("a new object is in the heap");
                // SAFETY: the table has a word for each object of the block.
                unsafe {
                    (self.blocks().record(object.block).mask as *mut usize)
                        .add(object.index)
                        .write_volatile(word);
                }
                p
            }
        }
    }

    #[inline]
    fn mask_class(&mut self, size: usize, mask: u64) -> u32 {
        // Words beyond the object do not matter.
        let mask = if size < 512 { mask & ((1 << (size / 8)) - 1) } else { mask };
        let slot = (mask.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55) as usize ^ size >> 3;
        let slot = slot % self.recent.len();
        let (s, m, class) = self.recent[slot];
        if s as usize == size && m == mask {
            return class;
        }
        let class = self.shared().class_of_mask(size as u32, mask);
        self.recent[slot] = (size as u32, mask, class);
        class
    }

    /// A run of blocks as one object.
    pub fn alloc_large(&mut self, bytes: usize, shape: Shape, zero: bool) -> Addr {
        let _unchecked = mte::Unchecked::new();
        let mut heap = self.shared();
        heap.count(1);
        // Count first, so that a large object does not go far beyond the goal.
        heap.pacer.allocated += bytes;
        if heap.due() {
            let before = heap.pacer.collections;
            drop(heap);
            self.attend();
            heap = self.shared();
            if heap.pacer.collections != before {
                heap.pacer.allocated += bytes;
            }
        }
        let count = bytes.div_ceil(BLOCK_SIZE);
        let Some(first) = heap.blocks.take(count) else { crate::os::out_of_memory(bytes) };
        drop(heap);
        let blocks = self.blocks();
        // Until the first block has a kind, nobody knows the object.
        for i in 0..count {
            let block = first + i;
            if zero && blocks.record(block).fresh == 0 {
                let length = (bytes - (i << BLOCK_SHIFT)).min(BLOCK_SIZE);
                // SAFETY: the block was just taken.
                unsafe { blocks.address(block).pointer().write_bytes(0, length) };
            }
        }
        let mut heap = self.shared();
        let record = blocks.record(first);
        record.reciprocal = (bytes >> 32) as u32;
        record.size = bytes as u32;
        record.count = 1;
        record.sweep = 1;
        let kind;
        (kind, record.mask) = match shape {
            Shape::NoScan => (kind::LARGE, 0),
            Shape::Mask(m) => (kind::LARGE, m),
            Shape::Word(w) => (kind::LARGE_TYPED, w as u64),
        };
        let mut mark = 0;
        if heap.epoch != heap.marking {
            mark = heap.marking;
            record.born = 1;
            heap.running.born.push(first as u32);
        }
        // SAFETY: the mark byte of the block.
        unsafe { *blocks.mark_of(first, 0) = mark };
        record.set_kind(kind);
        // Who finds a further block finds the first one complete.
        for i in 1..count {
            let record = blocks.record(first + i);
            record.aux = i as u32;
            record.set_kind(kind::CONTINUED);
        }
        fence(Ordering::Release);
        let address = blocks.address(first);
        if let Some(sampler) = &mut heap.sampler {
            sampler.allocated(address.0, bytes, bytes);
        }
        drop(heap);
        self.large_objects += 1;
        self.large_bytes += bytes as u64;
        if mte::on() {
            let site = crate::worker::caller_frame().1;
            return Addr(mte::tag_object(address.0, bytes, count << BLOCK_SHIFT, first % 2 == 1, site));
        }
        address
    }

    /// Makes a large object longer where it lies, if what follows it is free: so nothing is copied, and no memory touched that was
    /// not. What it is longer by is zero. Not if `p` is no large object, or its size is remembered elsewhere.
    pub fn extend_large(&mut self, p: Addr, bytes: usize) -> bool {
        if mte::on() || bytes > u32::MAX as usize {
            return false;
        }
        let mut heap = self.shared();
        if heap.sampler.is_some() || heap.due() {
            return false;
        }
        let Some(object) = heap.blocks.find(p.0).filter(|o| o.start == p) else { return false };
        let (first, record) = (object.block, heap.blocks.record(object.block));
        let old = record.large_size();
        if !record.is_large() || bytes <= old {
            return false;
        }
        let (had, count) = (old.div_ceil(BLOCK_SIZE), bytes.div_ceil(BLOCK_SIZE));
        if !heap.blocks.take_at(first + had, count - had) {
            return false;
        }
        heap.pacer.allocated += bytes - old;
        drop(heap);
        let blocks = self.blocks();
        // SAFETY: the rest of the last block, which nobody uses, and blocks that were just taken.
        unsafe {
            p.pointer().add(old).write_bytes(0, bytes.min(had << BLOCK_SHIFT) - old);
            for block in (first + had..first + count).filter(|&b| blocks.record(b).fresh == 0) {
                let length = (bytes - ((block - first) << BLOCK_SHIFT)).min(BLOCK_SIZE);
                blocks.address(block).pointer().write_bytes(0, length);
            }
        }
        let _heap = self.shared();
        // A marker sees the old size or the new one: what lies between is zero, newer than the snapshot, or found elsewhere.
        // SAFETY: the record of an object that is ours; its size stays below 2^32.
        unsafe { (&raw mut blocks.record(first).size).write_volatile(bytes as u32) };
        fence(Ordering::Release);
        for block in first + had..first + count {
            let record = blocks.record(block);
            record.aux = (block - first) as u32;
            record.set_kind(kind::CONTINUED);
        }
        self.large_bytes += (bytes - old) as u64;
        true
    }

    /// An object of a layout.
    ///
    /// # Safety
    /// `layout` must be a valid descriptor that lives as long as the heap.
    pub unsafe fn alloc_layout(&mut self, layout: *const Type) -> Addr {
        // SAFETY: the caller's promise.
        unsafe { self.alloc((*layout).size, layout::of_object(layout)) }
    }

    /// An array of `count` elements; nothing if its size is beyond the address space.
    ///
    /// # Safety
    /// As for `alloc_layout`.
    pub unsafe fn alloc_array(&mut self, element: *const Type, count: usize) -> Option<Addr> {
        // SAFETY: the caller's promise.
        unsafe {
            let bytes = (*element).size.checked_mul(count)?;
            if bytes > 1 << 47 {
                return None;
            }
            if count == 1 {
                return Some(self.alloc(bytes, layout::of_object(element)));
            }
            Some(self.alloc(bytes, layout::of_array(element)))
        }
    }
}
