//! A collection: a short stop that takes a snapshot of the roots, marking beside the mutators, a short stop that ends it; then blocks
//! without live objects are free, and the next cycle is paced.
//!
//! In: a `RootSet`, mutators' logs. Out: a swept heap, statistics. Requires that nothing runs beside `begin` and `end`; the
//! registers of all mutators must be among the roots.
//!
//! The snapshot is the graph at `begin`: what is reachable there is marked, what is handed out later carries the mark. So mutators
//! log each pointer that they overwrite or clear in the heap or in static data, before they do; stacks need no barrier.

use super::alloc::{HALF_THE_PROCESSORS, Heap, NO_BLOCK};
use super::blocks::{Addr, BLOCK_SIZE, kind};
use super::cycle::{self, Phase};
use super::mark::Tracer;
use crate::arch;
use crate::finalizer::Finalizer;
use crate::mte;
use escargo_abi::context::{Context, Cursor};
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
    /// Goroutines that do not run, whose stacks the markers scan: see `sched::scan`.
    pub parked: Vec<usize>,
}

/// Which roots are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    Nothing,
    /// All but the stacks of goroutines that do not run: a cycle begins.
    Running,
    All,
}

/// What the collector knows of a thread that runs compiled code.
pub struct Mutator {
    pub context: *mut Context,
    /// Pointers that its barriers logged.
    pub log: Vec<usize>,
}

/// Entries of a mutator's log before it is handed to the markers.
const LOG: usize = 256;
/// Objects that the stop at the end marks before it lets the mutators go on instead.
const END_LIMIT: u64 = 10_000;

/// When to collect.
pub struct Pacer {
    /// Bytes handed out since the last collection.
    pub allocated: usize,
    /// The heap may grow by so much until the next collection is to be complete.
    pub budget: usize,
    /// The next collection is due when that many bytes were handed out.
    pub trigger: usize,
    /// Part of the budget that the last cycle's mutators used, or could have used, while it marked.
    reserve: f64,
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
    pub trace: CycleTrace,
}

/// The last cycle, for gctrace.
#[derive(Clone, Copy, Default)]
pub struct CycleTrace {
    /// The first stop, marking, the last stop, helping mutators, marker threads: nanoseconds.
    pub begin: u64,
    pub marking: u64,
    pub end: u64,
    pub assist: u64,
    pub marker: u64,
    /// Heap bytes at the beginning, at the end, and found live; the goal.
    pub before: usize,
    pub after: usize,
    pub live: usize,
    pub goal: usize,
    pub roots: usize,
    pub stacks: usize,
    pub forced: bool,
}

/// A cycle under way.
#[derive(Default)]
struct Cycle {
    stops: u64,
    objects_before: u64,
    bytes_before: u64,
    /// Handed out since the last collection when this one began.
    allocated: usize,
    root_bytes: usize,
}

/// The part of the collector's state that only stops touch.
#[derive(Default)]
pub struct Running {
    cycle: Option<Cycle>,
    /// Blocks handed out since marking began.
    pub born: Vec<u32>,
    /// Large objects freed by their owners since then.
    pub freed: Vec<u32>,
    /// A cycle has ended whose end `concluded` has not seen.
    pub ended: bool,
}

/// How many stacks ahead memory is asked for.
pub const PREFETCH_STACKS: usize = 4;
/// Go's smallest heap goal at GOGC=100.
const FLOOR: usize = 4 << 20;

impl Pacer {
    pub fn new() -> Pacer {
        Pacer {
            allocated: 0,
            budget: FLOOR,
            trigger: FLOOR,
            reserve: 0.3,
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
            trace: CycleTrace::default(),
        }
    }

    pub fn due(&self) -> bool {
        self.allocated >= self.trigger
    }

    /// The heap size at which the next collection is to be complete.
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
            let floor = FLOOR.saturating_mul(percent) / 100;
            growth.max(floor.saturating_sub(live)).max(64 << 10)
        };
        if self.memory_limit < i64::MAX {
            let room = (self.memory_limit as usize).saturating_sub(live);
            self.budget = self.budget.min(room.max(1 << 20));
        }
        self.trigger = self.budget;
    }

    /// Lets the next cycle begin early enough to be complete when the budget is used up.
    fn begin_early(&mut self) {
        self.trigger = self.budget - (self.budget as f64 * self.reserve) as usize;
    }

    /// Learns from a cycle in which mutators were handed `used` bytes while it marked, and had to help it for that part of the time.
    fn learn(&mut self, used: usize, helped: f64) {
        const LEAST: f64 = 0.1;
        const MOST: f64 = 0.6;
        let part = used as f64 / self.budget.max(1) as f64 * (1.0 + helped) * 1.1;
        self.reserve = ((self.reserve + part) / 2.0).clamp(LEAST, MOST);
    }
}

impl Default for Pacer {
    fn default() -> Pacer {
        Pacer::new()
    }
}

impl Heap {
    /// Hands what the stack of a goroutine holds to the markers, before it runs. Only while marking.
    #[cold]
    pub fn log_stack(&self, mutator: &mut Mutator, g: usize) {
        let mut tracer = Tracer::new(self.blocks.view(), self.marking);
        crate::sched::scan(g, &mut |low, high| {
            // SAFETY: a part of the goroutine's stack, or a word of the runtime's.
            unsafe { tracer.push_words(low, high) };
        });
        for p in tracer.stack {
            self.log(mutator, p);
        }
    }

    /// Logs a pointer that is about to be overwritten; only while marking.
    #[inline]
    pub fn log(&self, mutator: &mut Mutator, p: usize) {
        if let Some(o) = self.blocks.find(p)
            // SAFETY: a mark byte of the heap.
            && unsafe { self.blocks.mark_of(o.block, o.index).read_volatile() } != self.marking
        {
            mutator.log.push(p);
            if mutator.log.len() >= LOG {
                self.shared.give(&mut mutator.log);
            }
        }
    }

    /// Whether a cycle has begun and not ended.
    #[inline]
    pub(super) fn in_cycle(&self) -> bool {
        self.running.cycle.is_some()
    }

    /// Whether allocation has something to do for the collector.
    #[inline]
    pub(super) fn due(&self) -> bool {
        self.in_cycle() || self.pacer.due() || self.countdown_over()
    }

    fn countdown_over(&self) -> bool {
        self.options.collect_every != 0 && self.countdown == 0
    }

    /// To be called at the start of a slow path when `due`.
    #[cold]
    pub(super) fn attend(&mut self) {
        let _unchecked = mte::Unchecked::new();
        if self.running.cycle.is_some() {
            let over = self.countdown_over();
            match self.shared.phase() {
                Phase::Done if !over => self.finish(false),
                Phase::Marking if !over && self.pacer.allocated < self.pacer.budget => {}
                _ => self.finish(true),
            }
        }
        if self.running.cycle.is_none() && (self.pacer.due() || self.countdown_over()) {
            self.countdown = self.options.collect_every;
            match self.markers() {
                0 => self.collect_now(),
                _ => self.start(),
            }
        }
    }

    /// A whole collection with roots from `gather`; one that is under way is ended first.
    pub fn collect_now(&mut self) {
        let _unchecked = mte::Unchecked::new();
        self.countdown = self.options.collect_every;
        if self.running.cycle.is_some() {
            self.finish(true);
        }
        if self.markers() == 0 {
            (self.gather)(self, Wanted::All, &mut |heap, roots| heap.collect(roots));
        } else {
            self.start();
            self.finish(true);
        }
    }

    /// Begins a cycle.
    fn start(&mut self) {
        (self.gather)(self, Wanted::Running, &mut |heap, roots| heap.begin(roots));
        let markers = self.markers();
        self.shared.wake(markers);
    }

    /// The number of marker threads.
    fn markers(&mut self) -> usize {
        if self.options.markers == HALF_THE_PROCESSORS {
            self.options.markers = crate::threads::processors() / 2;
        }
        self.options.markers
    }

    /// A whole collection that the program asked for when `before` had begun, unless others have run it since.
    pub(super) fn collect_forced(&mut self, before: u64) {
        let begun = self.shared.begun();
        if self.running.cycle.is_none() && begun > before {
            return;
        }
        match begun - before {
            0 => {
                self.force = true;
                self.collect_now();
                self.force = false;
            }
            1 => self.finish(true),
            // While somebody waits for a turn, nobody else looks after the collection.
            _ => self.attend(),
        }
    }

    /// Collects everything that `roots` does not reach, in one stop.
    pub fn collect(&mut self, roots: &RootSet) {
        let begin = Instant::now();
        self.snapshot(roots);
        self.shared.help();
        self.conclude(roots, u64::MAX, true);
        self.stopped(begin);
        self.running.ended = true;
    }

    /// The first stop.
    fn begin(&mut self, roots: &RootSet) {
        let begin = Instant::now();
        self.snapshot(roots);
        for &m in &self.mutators {
            // SAFETY: mutators and their contexts live as long as the heap.
            unsafe { (*(*m).context).barrier = 1 };
        }
        self.pacer.trace.begin = self.stopped(begin);
    }

    /// The last stop, if marking is complete; with `help` it is completed first.
    fn finish(&mut self, help: bool) {
        loop {
            if help {
                self.shared.help();
            }
            let wanted = if self.options.verify { Wanted::All } else { Wanted::Nothing };
            (self.gather)(self, wanted, &mut |heap, roots| {
                let begin = Instant::now();
                heap.conclude(roots, if help { u64::MAX } else { END_LIMIT }, false);
                heap.stopped(begin);
            });
            if self.running.cycle.is_none() {
                self.running.ended = true;
                return;
            }
            if !help {
                return;
            }
        }
    }

    /// Counts a stop that began at `begin`.
    fn stopped(&mut self, begin: Instant) -> u64 {
        let pause = begin.elapsed().as_nanos() as u64;
        self.pacer.pause_longest = self.pacer.pause_longest.max(pause);
        self.pacer.pause_total += pause;
        match &mut self.running.cycle {
            Some(c) => c.stops += pause,
            None => {
                self.pacer.trace.end = pause;
                self.pacer.pause_last += pause;
            }
        }
        pause
    }

    /// Helps to mark, if the mutators use up the budget before marking is complete.
    pub(super) fn assist(&self) {
        if self.shared.phase() == Phase::Marking && self.pacer.allocated >= self.pacer.budget {
            self.shared.help();
        }
    }

    /// What need not be done in a stop, but with the lock.
    pub(super) fn concluded(&mut self) {
        self.trim();
        self.pacer.last_end = crate::time::wall_nanos();
    }

    /// Takes the snapshot that the cycle marks.
    fn snapshot(&mut self, roots: &RootSet) {
        self.pacer.forced += self.force as u64;
        for &slot in &self.pacer.pools {
            // SAFETY: registered slice headers of live pools (dead ones were dropped by the last collection).
            unsafe { (slot as *mut [usize; 3]).write([0; 3]) };
        }
        self.choose_mark();
        self.blacken_cursors();
        let mut tracer = Tracer::new(self.blocks.view(), self.marking);
        let root_bytes = self.push_roots(roots, &mut tracer);
        self.running.cycle = Some(Cycle {
            stops: 0,
            objects_before: self.mallocs(),
            bytes_before: self.total_bytes(),
            allocated: self.pacer.allocated,
            root_bytes,
        });
        self.pacer.trace = CycleTrace {
            before: self.heap_bytes(),
            goal: self.pacer.goal(),
            forced: self.force,
            roots: roots.statics.iter().map(|r| r.ptr_bytes).sum(),
            stacks: roots.ranges.iter().map(|(low, high)| high - low).sum(),
            ..Default::default()
        };
        self.shared.begin(self.blocks.view(), self.marking, &mut tracer.stack, roots);
    }

    /// Chooses a mark that no object has.
    fn choose_mark(&mut self) {
        if self.epoch < 255 {
            self.marking = self.epoch + 1;
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
        self.marking = 2;
    }

    /// The objects that cursors have room for are handed out during the cycle: they get its mark.
    fn blacken_cursors(&mut self) {
        for &cache in &self.caches {
            // SAFETY: the world is stopped; cursors are valid, and lie in their blocks.
            unsafe {
                for slot in &(*cache).slots {
                    self.mark_rest(slot, self.marking);
                }
            }
        }
    }

    /// # Safety
    /// The cursor must be valid, and lie in its block.
    unsafe fn mark_rest(&self, slot: &super::alloc::Slot, mark: u8) {
        // SAFETY: the caller's promise.
        unsafe {
            let Cursor { cursor, limit } = *slot.cursor;
            if slot.block != NO_BLOCK && cursor < limit {
                let size = slot.size as usize;
                let first = (cursor - self.blocks.address(slot.block as usize).0) / size;
                let marks = self.blocks.mark_of(slot.block as usize, first);
                marks.write_bytes(mark, (limit - cursor) / size);
            }
        }
    }

    /// Takes the unused part of every cursor back, so that objects exist exactly as `allocated` says.
    fn retire(&mut self) {
        for i in 0..self.caches.len() {
            // SAFETY: the world is stopped; cursors are valid, and lie in their blocks.
            unsafe {
                for slot in &mut (*self.caches[i]).slots {
                    self.mark_rest(slot, 0);
                    let Cursor { cursor, limit } = *slot.cursor;
                    if slot.block != NO_BLOCK && cursor < limit {
                        let left = (limit - cursor) / slot.size as usize;
                        slot.handed -= left as u64;
                        self.countdown = (self.countdown + left as u64).min(self.options.collect_every);
                        let inside = cursor - self.blocks.address(slot.block as usize).0;
                        self.blocks.record(slot.block as usize).sweep = (inside / slot.size as usize) as u16;
                        self.pacer.allocated = self.pacer.allocated.saturating_sub(limit - cursor);
                    }
                    *slot.cursor = Cursor { cursor: 0, limit: 0 };
                    slot.block = NO_BLOCK;
                }
            }
        }
    }

    /// Pushes all roots but static data; the number of bytes they are.
    fn push_roots(&mut self, roots: &RootSet, tracer: &mut Tracer) -> usize {
        let mut bytes = roots.statics.iter().map(|r| r.ptr_bytes).sum();
        for (i, &(low, high)) in roots.ranges.iter().enumerate() {
            // Stacks are far from each other: what is read is not in the cache, but it is known early.
            if let Some(&(low, high)) = roots.ranges.get(i + PREFETCH_STACKS) {
                arch::prefetch_lines(low, high);
            }
            // SAFETY: the gatherer's promise.
            unsafe { tracer.push_words(low, high) };
            bytes += high - low;
        }
        for &word in &roots.words {
            tracer.push_word(word);
        }
        for (&p, f) in &self.pacer.finalizers {
            tracer.push(f.closure);
            // What an object with a finalizer points to is kept as long as the object. A pointer to itself keeps it for ever, as in Go.
            if let Some(o) = self.blocks.find(p) {
                self.each_pointer(o.block, o.index, &mut |_, q| tracer.push(q));
            }
        }
        for &(object, f) in &self.pacer.finalizable {
            tracer.push(object);
            tracer.push(f.closure);
        }
        bytes
    }

    /// The stop at the end. If it finds more than `limit` objects that are not marked, marking goes on instead.
    fn conclude(&mut self, roots: &RootSet, limit: u64, exact: bool) {
        let mut tracer = Tracer::new(self.blocks.view(), self.marking);
        for &m in &self.mutators {
            // SAFETY: mutators live as long as the heap, and do not run.
            tracer.stack.append(unsafe { &mut (*m).log });
        }
        self.shared.take_rest(&mut tracer.stack);
        tracer.drain(None, limit);
        if !tracer.stack.is_empty() {
            self.shared.add(tracer.objects, tracer.bytes);
            self.shared.resume(&mut tracer.stack);
            return;
        }
        self.find_finalizable(&mut tracer);
        let pools = std::mem::take(&mut self.pacer.pools);
        self.pacer.pools = pools.into_iter().filter(|&p| self.is_marked(Addr(p))).collect();
        self.retire();
        if self.options.verify {
            self.verify(roots, exact);
        }
        let Some(cycle) = self.running.cycle.take() else { return };
        for &m in &self.mutators {
            // SAFETY: as above.
            unsafe { (*(*m).context).barrier = 0 };
        }
        self.epoch = self.marking;
        let mut outcome = self.shared.take_outcome();
        outcome.objects += tracer.objects;
        outcome.bytes += tracer.bytes;
        let new_objects = self.mallocs() - cycle.objects_before;
        let new_bytes = (self.total_bytes() - cycle.bytes_before) as usize;
        self.pacer.trace.after = self.heap_bytes();
        if let Some(mut sampler) = self.sampler.take() {
            sampler.collected(|p| self.is_marked(Addr(p)) && !self.is_freed(p));
            self.sampler = Some(sampler);
        }
        let (freed_objects, freed_bytes) = self.sweep(outcome.swept);
        let live_objects = outcome.objects + new_objects - freed_objects;
        let live = outcome.bytes + new_bytes - freed_bytes;
        self.frees = self.mallocs() - live_objects;
        self.pacer.live_objects = live_objects;
        let p = &mut self.pacer;
        if !exact {
            let helped = outcome.assist_time as f64 / outcome.duration.max(1) as f64;
            p.learn(p.allocated.saturating_sub(cycle.allocated), helped.min(1.0));
        }
        p.allocated = 0;
        p.update(live, cycle.root_bytes + outcome.stacks);
        if self.options.markers != 0 {
            p.begin_early();
        }
        p.collections += 1;
        p.pause_last = cycle.stops;
        p.trace.live = live;
        p.trace.stacks += outcome.stacks;
        p.trace.marking = outcome.duration;
        p.trace.assist = outcome.assist_time;
        p.trace.marker = outcome.marker_time;
    }

    /// Whether an object is a large one that its owner freed while markers were at work.
    fn is_freed(&self, p: usize) -> bool {
        self.blocks.find(p).is_some_and(|o| self.running.freed.contains(&(o.block as u32)))
    }

    /// Queues the objects with finalizers that were not reached.
    fn find_finalizable(&mut self, tracer: &mut Tracer) {
        if self.pacer.finalizers.is_empty() {
            return;
        }
        let objects: Vec<usize> = self.pacer.finalizers.keys().copied().collect();
        for p in objects {
            if !self.is_marked(Addr(p))
                && let Some(f) = self.pacer.finalizers.remove(&p)
            {
                self.pacer.finalizable.push((p, f));
                tracer.push(p);
            }
        }
        tracer.drain(None, u64::MAX);
    }

    /// Frees blocks without live objects and lists those with some dead ones. The objects and bytes that were counted as live, but
    /// that their owners had freed.
    fn sweep(&mut self, mut swept: cycle::Swept) -> (u64, usize) {
        swept.partial.resize(self.classes.len(), Vec::new());
        for (class, list) in self.classes.iter_mut().zip(swept.partial) {
            class.pending = list;
        }
        let (mut objects, mut bytes) = (0, 0);
        for block in std::mem::take(&mut self.running.freed) {
            // SAFETY: a mark byte of the heap.
            unsafe {
                let mark = self.blocks.mark_of(block as usize, 0);
                if *mark == self.epoch {
                    objects += 1;
                    bytes += self.blocks.record(block as usize).large_size();
                    *mark = 0;
                    swept.empty.push(block);
                }
            }
        }
        for &block in self.running.born.iter().rev() {
            let record = self.blocks.record(block as usize);
            record.born = 0;
            if !record.is_large() && record.sweep < record.count {
                self.classes[record.class as usize].pending.push(block);
            }
        }
        self.running.born.clear();
        if self.options.verify {
            self.poison_all();
        }
        if mte::on() {
            self.untag_dead();
        }
        for block in 0..self.blocks.len() {
            let record = self.blocks.record(block);
            if matches!(record.kind, kind::SMALL | kind::TYPED) {
                record.sweep = 0;
                record.fresh = 0;
            }
        }
        let view = self.blocks.view();
        for block in swept.empty {
            let block = block as usize;
            let record = *self.blocks.record(block);
            if record.kind == kind::FREE {
                continue;
            }
            // Something may have been handed out there since marks were counted.
            match cycle::live_objects(&view, block, record.count as usize, self.epoch) {
                0 if record.is_large() => {
                    self.blocks.give(block, record.large_size().div_ceil(BLOCK_SIZE));
                }
                0 => {
                    if record.kind == kind::TYPED {
                        // SAFETY: no object of the block is left, and nobody marks.
                        unsafe { super::alloc::free_table(&record) };
                    }
                    self.blocks.give(block, 1);
                }
                live if live < record.count as usize => {
                    self.classes[record.class as usize].pending.push(block as u32);
                }
                _ => {}
            }
        }
        (objects, bytes)
    }

    /// Dead objects give their tags up, so that forgotten pointers to them are found out. To be called when the epoch is already
    /// that of the marks.
    #[cold]
    fn untag_dead(&self) {
        let how = mte::Freed::Collected(self.pacer.collections + 1);
        for block in 0..self.blocks.len() {
            let record = *self.blocks.record(block);
            if matches!(record.kind, kind::FREE | kind::CONTINUED) {
                continue;
            }
            let size = if record.is_large() {
                record.large_size().next_multiple_of(BLOCK_SIZE)
            } else {
                record.size as usize
            };
            for index in 0..record.count as usize {
                // SAFETY: a mark byte of the heap.
                if unsafe { *self.blocks.mark_of(block, index) } != self.epoch {
                    mte::free_object(self.blocks.address(block).0 + index * size, size, how);
                }
            }
        }
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

    /// Calls `visit` with each slot of each cache: objects handed out and used, those not used, their size.
    fn each_slot(&self, visit: &mut dyn FnMut(u64, u64, u64)) {
        for &cache in &self.caches {
            // SAFETY: caches are never freed; a count that is a little old does no harm, see `stats`.
            for slot in unsafe { &(*cache).slots } {
                let unused = unused(slot.cursor, slot.size);
                visit(slot.handed.saturating_sub(unused), unused, slot.size as u64);
            }
        }
    }

    /// Objects allocated so far.
    pub fn mallocs(&self) -> u64 {
        // SAFETY: as for `each_slot`.
        let mut total = self.caches.iter().map(|&c| unsafe { (*c).large_objects }).sum();
        self.each_slot(&mut |used, _, _| total += used);
        total
    }

    /// Bytes allocated so far.
    pub fn total_bytes(&self) -> u64 {
        // SAFETY: as for `each_slot`.
        let mut total = self.caches.iter().map(|&c| unsafe { (*c).large_bytes }).sum();
        self.each_slot(&mut |used, _, size| total += used * size);
        total
    }

    /// Bytes allocated and not yet found dead.
    pub fn heap_bytes(&self) -> usize {
        let mut free = 0;
        self.each_slot(&mut |_, unused, size| free += (unused * size) as usize);
        (self.pacer.live + self.pacer.allocated).saturating_sub(free)
    }
}

fn unused(cursor: *mut Cursor, size: u32) -> u64 {
    // SAFETY: cursors of caches stay valid.
    unsafe { ((*cursor).limit.saturating_sub((*cursor).cursor)) as u64 / size as u64 }
}
