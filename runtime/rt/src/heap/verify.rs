//! Checks after a collection's marking, in the checking mode: marking again, serially and with other code, must find the same
//! objects; each pointer in the heap lands on an object that exists and is marked. Freed memory is poisoned.
//! Beside mutators, marking keeps more than what is reachable at its end; and a stack may hold forgotten addresses there of
//! objects that were dead when it began, so that stacks are not marked from again.
//!
//! In: the roots of the collection. Out: nothing, or the end of the program with a description.

use super::alloc::Heap;
use super::blocks::{MARKS_SHIFT, kind};
use super::collect::RootSet;
use super::layout::pointer_bit;

/// What freed memory is filled with: as a pointer it is not canonical.
pub const POISON: u8 = 0xdb;
const POISONED: u64 = u64::from_ne_bytes([POISON; 8]);

impl Heap {
    /// Must be called between marking and sweeping. `exact`: nothing ran since marking began.
    pub fn verify(&self, roots: &RootSet, exact: bool) {
        // A bit for each place of a mark byte.
        let mut seen = vec![0u64; self.blocks.len() << MARKS_SHIFT >> 6];
        let mut work = Vec::new();
        let everything = exact;
        let mut reach = |p: usize, slot: Option<usize>, work: &mut Vec<(usize, usize)>| {
            let Some(o) = self.blocks.find(p) else {
                if let Some(slot) = slot
                    && self.blocks.contains(p)
                {
                    fail("a pointer to free memory", slot, p);
                }
                return;
            };
            if !self.allocated(o.block, o.index) {
                match slot {
                    Some(slot) => fail("a pointer to a free object", slot, p),
                    None => return,
                }
            }
            // SAFETY: a mark byte of the heap.
            let mark = || unsafe { *self.blocks.mark_of(o.block, o.index) };
            if !everything && slot.is_none() && mark() != self.marking {
                return;
            }
            let place = (o.block << MARKS_SHIFT) + o.index;
            if seen[place / 64] >> (place % 64) & 1 == 0 {
                seen[place / 64] |= 1 << (place % 64);
                if mark() != self.marking {
                    self.not_marked(o.block, o.index, slot.unwrap_or(0));
                }
                work.push((o.block, o.index));
            }
        };
        for root in &roots.statics {
            for word in 0..root.ptr_bytes / 8 {
                // SAFETY: the root describes readable memory.
                unsafe {
                    if pointer_bit(root.bitmap, word) {
                        let slot = root.address as usize + 8 * word;
                        reach(*(slot as *const usize), Some(slot), &mut work);
                    }
                }
            }
        }
        for &(low, high) in &roots.ranges {
            for slot in (low..high).step_by(8) {
                // SAFETY: ranges are readable.
                let p = unsafe { *(slot as *const usize) };
                reach(p, None, &mut work);
                reach(p.wrapping_sub(1), None, &mut work);
            }
        }
        for &p in &roots.words {
            reach(p, None, &mut work);
            reach(p.wrapping_sub(1), None, &mut work);
        }
        for (&object, f) in &self.pacer.finalizers {
            reach(f.closure, None, &mut work);
            if let Some(o) = self.blocks.find(object) {
                self.each_pointer(o.block, o.index, &mut |slot, p| reach(p, Some(slot), &mut work));
            }
        }
        for &(object, f) in &self.pacer.finalizable {
            reach(object, None, &mut work);
            reach(f.closure, None, &mut work);
        }
        while let Some((block, index)) = work.pop() {
            self.each_pointer(block, index, &mut |slot, p| reach(p, Some(slot), &mut work));
        }
        for block in 0..self.blocks.len() {
            let record = *self.blocks.record(block);
            if matches!(record.kind, kind::FREE | kind::CONTINUED) {
                continue;
            }
            // SAFETY: the block's mark bytes; nobody marks.
            let marks =
                unsafe { std::slice::from_raw_parts(self.blocks.mark_of(block, 0), record.count as usize) };
            for index in memchr::memchr_iter(self.marking, marks) {
                let place = (block << MARKS_SHIFT) + index;
                if seen[place / 64] >> (place % 64) & 1 != 0 {
                    continue;
                }
                if exact {
                    let inside = index * record.size as usize * !record.is_large() as usize;
                    let start = self.blocks.address(block).0 + inside;
                    fail("an object is marked that nothing reaches", start, start);
                }
                self.each_pointer(block, index, &mut |slot, p| {
                    if !self.is_marked(super::blocks::Addr(p)) {
                        fail("a marked object points to one that is not", slot, p);
                    }
                });
            }
        }
    }

    /// An object is reached, first by what `slot` holds (0: from a stack), but not marked.
    #[cold]
    fn not_marked(&self, block: usize, index: usize, slot: usize) -> ! {
        // SAFETY: a mark byte of the heap.
        let mark = |block, index| unsafe { *self.blocks.mark_of(block, index) };
        let owner = self.blocks.find(slot).map(|o| (self.blocks.record(o.block), o));
        let what = match owner {
            Some((r, o)) => format!(
                "an object of {} bytes, kind {}, born {}, mark {}",
                r.size,
                r.kind,
                r.born,
                mark(o.block, o.index)
            ),
            None => "no object".into(),
        };
        let record = self.blocks.record(block);
        let start = self.blocks.address(block).0 + index * record.size as usize * !record.is_large() as usize;
        let of = format!(
            "a reachable object of {} bytes, kind {}, mark {} is not marked {}, in a slot of {what}",
            record.size,
            record.kind,
            mark(block, index),
            self.marking
        );
        fail(&of, slot, start)
    }

    /// Overwrites all dead objects. To be called when the epoch is already that of the marks.
    pub fn poison_all(&mut self) {
        for block in 0..self.blocks.len() {
            if !matches!(self.blocks.record(block).kind, kind::FREE | kind::CONTINUED) {
                self.poison(block);
            }
        }
    }

    fn poison(&mut self, block: usize) {
        let record = *self.blocks.record(block);
        let start = self.blocks.address(block);
        for index in 0..record.count as usize {
            // SAFETY: objects of the block; the dead ones belong to nobody.
            unsafe {
                if *self.blocks.mark_of(block, index) != self.epoch {
                    let size = if record.is_large() { record.large_size() } else { record.size as usize };
                    let object = start.pointer().add(index * size * !record.is_large() as usize);
                    // Most have been poisoned by an earlier collection.
                    let (first, last) = (object as *const u64, object.add(size - 8) as *const u64);
                    if *first != POISONED || *last != POISONED {
                        object.write_bytes(POISON, size);
                    }
                }
            }
        }
    }
}

fn fail(what: &str, slot: usize, p: usize) -> ! {
    crate::os::die(&format!("runtime: heap check: {what}: slot {slot:#x}, pointer {p:#x}"))
}
