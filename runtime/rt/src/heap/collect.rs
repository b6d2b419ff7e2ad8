//! A collection: retire the cursors, mark, run what hangs on liveness (pools, finalizers), free dead blocks, pace the next one.
//!
//! In: a `RootSet`. Out: a swept heap, statistics. Requires that nothing runs besides; the caller's registers must be among the
//! roots.

use super::alloc::{Heap, NO_BLOCK};
use super::blocks::{Addr, BLOCK_SIZE, kind};
use crate::finalizer::Finalizer;
use escargo_abi::context::Cursor;
use escargo_abi::program::Root;
use std::collections::HashMap;
use std::time::Instant;

/// Where marking starts.
#[derive(Default)]
pub struct RootSet {
    /// Static data, scanned precisely.
    pub statics: Vec<Root>,
    /// Address ranges scanned conservatively.
    pub ranges: Vec<(usize, usize)>,
    /// Pointers of the runtime's own.
    pub words: Vec<usize>,
}

/// When to collect.
pub struct Pacer {
    /// Bytes handed out since the last collection.
    pub allocated: usize,
    /// The next collection is due when that many were.
    pub budget: usize,
    /// GOGC; negative: never.
    pub percent: i64,
    pub memory_limit: i64,
    /// Bytes found live by the last collection.
    pub live: usize,
    pub live_objects: u64,
    pub collections: u64,
    pub forced: u64,
    pub pause_total: u64,
    pub pause_last: u64,
    pub pause_longest: u64,
    pub last_trim: std::time::Instant,
    /// Wall clock of the end of the last collection, nanoseconds since 1970.
    pub last_end: u64,
    /// Objects that have a finalizer.
    pub finalizers: HashMap<usize, Finalizer>,
    /// Dead objects whose finalizers have to run.
    pub finalizable: Vec<(usize, Finalizer)>,
    /// Slice headers to be zeroed when a collection starts.
    pub pools: Vec<usize>,
}

/// Go's smallest heap goal at GOGC=100.
const FLOOR: usize = 4 << 20;

impl Pacer {
    pub fn new() -> Pacer {
        Pacer {
            allocated: 0,
            budget: FLOOR,
            percent: 100,
            memory_limit: i64::MAX,
            live: 0,
            live_objects: 0,
            collections: 0,
            forced: 0,
            pause_total: 0,
            pause_last: 0,
            pause_longest: 0,
            last_trim: std::time::Instant::now(),
            last_end: 0,
            finalizers: HashMap::new(),
            finalizable: Vec::new(),
            pools: Vec::new(),
        }
    }

    pub fn due(&self) -> bool {
        self.allocated >= self.budget
    }

    /// The heap size at which the next collection is due.
    pub fn goal(&self) -> usize {
        self.live.saturating_add(self.budget)
    }

    /// Sets the budget from live heap and root bytes.
    pub fn update(&mut self, live: usize, roots: usize) {
        self.live = live;
        self.budget = if self.percent < 0 {
            usize::MAX / 2
        } else {
            let percent = self.percent as usize;
            let growth = (live + roots) / 100 * percent;
            let floor = FLOOR / 100 * percent;
            growth.max(floor.saturating_sub(live)).max(64 << 10)
        };
        if self.memory_limit < i64::MAX {
            let room = (self.memory_limit as usize).saturating_sub(live);
            self.budget = self.budget.min(room.max(1 << 20));
        }
    }
}

impl Default for Pacer {
    fn default() -> Pacer {
        Pacer::new()
    }
}

impl Heap {
    /// Collects everything that `roots` does not reach.
    pub fn collect(&mut self, roots: &RootSet) {
        let begin = Instant::now();
        self.retire();
        self.begin_epoch();
        for &slot in &self.pacer.pools {
            // SAFETY: registered slice headers of live pools (dead ones were dropped by the last collection).
            unsafe { (slot as *mut [usize; 3]).write([0; 3]) };
        }
        self.marker.objects = 0;
        let root_bytes = self.mark_roots(roots);
        self.drain();
        self.find_finalizable();
        let pools = std::mem::take(&mut self.pacer.pools);
        self.pacer.pools = pools.into_iter().filter(|&p| self.is_marked(Addr(p))).collect();
        if self.options.verify {
            self.verify(roots);
        }
        self.epoch = self.marker.epoch;
        let (live_bytes, live_objects) = self.sweep();
        self.frees = self.mallocs() - live_objects;
        self.pacer.allocated = 0;
        self.pacer.live_objects = live_objects;
        self.pacer.update(live_bytes, root_bytes);
        self.trim();
        let pause = begin.elapsed().as_nanos() as u64;
        self.pacer.collections += 1;
        self.pacer.pause_total += pause;
        self.pacer.pause_last = pause;
        self.pacer.pause_longest = self.pacer.pause_longest.max(pause);
        self.pacer.last_end = crate::time::wall_nanos();
    }

    /// Takes the unused part of every cursor back, so that objects exist exactly as `allocated` says.
    pub fn retire(&mut self) {
        for class in &mut self.classes {
            // SAFETY: the class's cursor is valid, and lies in its block.
            unsafe {
                let Cursor { cursor, limit } = *class.cursor;
                if class.block != NO_BLOCK && cursor < limit {
                    let left = (limit - cursor) / class.size as usize;
                    class.handed -= left as u64;
                    let inside = cursor - self.blocks.address(class.block as usize).0;
                    self.blocks.record(class.block as usize).sweep = (inside / class.size as usize) as u16;
                    self.pacer.allocated = self.pacer.allocated.saturating_sub(limit - cursor);
                }
                *class.cursor = Cursor { cursor: 0, limit: 0 };
            }
            class.block = NO_BLOCK;
        }
    }

    /// Chooses a mark that no object has.
    fn begin_epoch(&mut self) {
        if self.epoch < 255 {
            self.marker.epoch = self.epoch + 1;
            return;
        }
        for block in 0..self.blocks.len() {
            let count = match self.blocks.record(block).kind {
                kind::FREE | kind::CONTINUED => continue,
                _ => self.blocks.record(block).count as usize,
            };
            for index in 0..count {
                // SAFETY: mark bytes of a block.
                unsafe {
                    let mark = self.blocks.mark_of(block, index);
                    *mark = (*mark == self.epoch) as u8;
                }
            }
        }
        self.epoch = 1;
        self.marker.epoch = 2;
    }

    /// Pushes all roots; the number of bytes they are.
    fn mark_roots(&mut self, roots: &RootSet) -> usize {
        let mut bytes = 0;
        for root in &roots.statics {
            // SAFETY: the gatherer's promise.
            unsafe { self.mark_root(root) };
            bytes += root.ptr_bytes;
        }
        for &(low, high) in &roots.ranges {
            // SAFETY: the gatherer's promise.
            unsafe { self.mark_range(low, high) };
            bytes += high - low;
        }
        for &word in &roots.words {
            self.mark_word(word);
        }
        let closures: Vec<usize> = self.pacer.finalizers.values().map(|f| f.closure).collect();
        for p in closures {
            self.mark_pointer(p);
        }
        for i in 0..self.pacer.finalizable.len() {
            let (object, f) = self.pacer.finalizable[i];
            self.mark_pointer(object);
            self.mark_pointer(f.closure);
        }
        bytes
    }

    /// What an object with a finalizer points to is kept as long as the object; objects not reached themselves are queued.
    fn find_finalizable(&mut self) {
        if self.pacer.finalizers.is_empty() {
            return;
        }
        let objects: Vec<usize> = self.pacer.finalizers.keys().copied().collect();
        for &p in &objects {
            let Some(o) = self.blocks.find(p) else { continue };
            if self.is_marked(Addr(p)) {
                continue;
            }
            let mut inside = Vec::new();
            self.each_pointer(o.block, o.index, &mut |_, q| inside.push(q));
            // A pointer to itself would keep it for ever, here as in Go.
            for q in inside {
                self.mark_pointer(q);
            }
        }
        self.drain();
        for p in objects {
            if !self.is_marked(Addr(p))
                && let Some(f) = self.pacer.finalizers.remove(&p)
            {
                self.pacer.finalizable.push((p, f));
                self.mark_pointer(p);
            }
        }
        self.drain();
    }

    /// Frees blocks without live objects and lists those with some dead ones; live bytes and objects.
    fn sweep(&mut self) -> (usize, u64) {
        for class in &mut self.classes {
            class.pending.clear();
        }
        let (mut bytes, mut objects) = (0, 0);
        // Downwards, so that the lowest address is popped first.
        let mut block = self.blocks.len();
        while block > 0 {
            block -= 1;
            let record = self.blocks.record(block);
            match record.kind {
                kind::SMALL | kind::TYPED => {
                    let count = record.count as usize;
                    // SAFETY: mark bytes of the block.
                    let marks = unsafe { std::slice::from_raw_parts(self.blocks.mark_of(block, 0), count) };
                    let live: usize = marks
                        .chunks(128)
                        .map(|c| c.iter().map(|&m| (m == self.epoch) as u8).sum::<u8>() as usize)
                        .sum();
                    if self.options.verify {
                        self.poison(block);
                    }
                    let record = self.blocks.record(block);
                    if live == 0 {
                        if record.kind == kind::TYPED {
                            self.tables[record.aux as usize] = Box::default();
                            self.free_tables.push(record.aux);
                        }
                        self.blocks.give(block, 1);
                        continue;
                    }
                    record.sweep = 0;
                    record.fresh = 0;
                    bytes += live * record.size as usize;
                    objects += live as u64;
                    if live < count {
                        self.classes[record.class as usize].pending.push(block as u32);
                    }
                }
                kind::LARGE | kind::LARGE_TYPED => {
                    let size = record.large_size();
                    // SAFETY: the mark byte of the block.
                    if unsafe { *self.blocks.mark_of(block, 0) } == self.epoch {
                        bytes += size;
                        objects += 1;
                    } else {
                        if self.options.verify {
                            self.poison(block);
                        }
                        self.blocks.give(block, size.div_ceil(BLOCK_SIZE));
                    }
                }
                _ => {}
            }
        }
        (bytes, objects)
    }

    /// Returns memory that is not needed up to the next goal plus a tenth, a quarter of the surplus a second: a page that is returned
    /// and needed again costs more than what was on it.
    fn trim(&mut self) {
        if self.pacer.last_trim.elapsed().as_secs() < 1 {
            return;
        }
        self.pacer.last_trim = std::time::Instant::now();
        let goal = self.pacer.goal().saturating_add(self.pacer.goal() / 10) / BLOCK_SIZE + 128;
        let resident = self.blocks.len() - self.blocks.released_blocks;
        if self.pacer.percent >= 0 && resident > goal {
            self.blocks.release((resident - goal).div_ceil(4));
        }
    }

    /// Objects allocated so far.
    pub fn mallocs(&self) -> u64 {
        let mut total = self.large_objects;
        for class in &self.classes {
            total += class.handed - self.unused(class.cursor, class.size);
        }
        total
    }

    /// Bytes allocated so far.
    pub fn total_bytes(&self) -> u64 {
        let mut total = self.large_bytes;
        for class in &self.classes {
            total += (class.handed - self.unused(class.cursor, class.size)) * class.size as u64;
        }
        total
    }

    /// Bytes allocated and not yet found dead.
    pub fn heap_bytes(&self) -> usize {
        let mut unused = 0;
        for class in &self.classes {
            unused += self.unused(class.cursor, class.size) as usize * class.size as usize;
        }
        (self.pacer.live + self.pacer.allocated).saturating_sub(unused)
    }

    fn unused(&self, cursor: *mut Cursor, size: u32) -> u64 {
        // SAFETY: cursors of classes stay valid.
        unsafe { ((*cursor).limit - (*cursor).cursor) as u64 / size as u64 }
    }
}
