//! Marking: a depth-first walk with a ring of prefetched candidates, precise over objects and static data, conservative over
//! stacks.
//!
//! In: roots. Out: mark bytes equal to the cycle's for every object that was reachable when the cycle began.
//!
//! Markers run beside mutators. What they share: mark bytes (a marker only ever writes the cycle's mark, a mutator only to objects
//! that it is given); records of blocks, which do not change between being handed out and being freed, and are freed only
//! while no marker runs; words of objects, read once each. A word that a mutator overwrites was logged by its barrier before, so
//! it does not matter which value a marker finds. Objects handed out during the cycle carry its mark from the start. Stacks hold anything:
//! a word of one may be the address of what a mutator is being given at that moment, which has the mark before it counts as existing.

use super::alloc::Heap;
use super::blocks::{Addr, View, kind};
use super::cycle::Shared;
use super::layout::{ARRAY, pointer_bit};
use crate::arch;
use crate::mte::strip;
use escargo_abi::program::Root;
use escargo_abi::types::Type;
use std::sync::atomic::{Ordering, fence};

const RING: usize = 16;
/// Objects between two looks at whether another marker is out of work.
const SHARE_EVERY: u32 = 64;

#[derive(Clone, Copy)]
struct Candidate {
    mark: *mut u8,
    start: usize,
    block: u32,
    index: u32,
}

/// One walk of one thread.
pub struct Tracer {
    pub view: View,
    /// The mark that this cycle sets.
    pub mark: u8,
    /// Pointers into the heap's range that have not been looked at.
    pub stack: Vec<usize>,
    /// Objects and bytes marked.
    pub objects: u64,
    pub bytes: usize,
}

impl Tracer {
    pub fn new(view: View, mark: u8) -> Tracer {
        Tracer { view, mark, stack: Vec::new(), objects: 0, bytes: 0 }
    }

    #[inline(always)]
    pub fn push(&mut self, p: usize) {
        if self.view.contains(p) {
            self.stack.push(p);
        }
    }

    /// Pushes the pointers of a range of static data.
    ///
    /// # Safety
    /// The root must describe readable memory.
    pub unsafe fn push_root(&mut self, root: &Root) {
        // SAFETY: the bitmap covers `ptr_bytes`.
        unsafe { self.scan_bitmap(root.address as usize, root.ptr_bytes / 8, root.bitmap) };
    }

    /// Whether an object exists: it survived the last collection or was handed out since. A mutator may be handed it meanwhile: it
    /// carries the mark before it counts as existing, so that it does not matter from which side of that one looks.
    fn exists(&self, block: usize, index: usize) -> bool {
        // SAFETY: a record and a mark byte of the heap.
        unsafe {
            let record = self.view.records.add(block);
            if (*record).is_large() {
                return true;
            }
            if index < (&raw const (*record).sweep).read_volatile() as usize {
                // Marks were written before.
                fence(Ordering::Acquire);
                return true;
            }
            // A cycle's mark is one more than the last one's.
            let mark = self.view.mark_of(block, index).read_volatile();
            mark == self.mark || mark == self.mark - 1
        }
    }

    /// Pushes a word that may be anything, if it is the address of an object that exists.
    #[inline]
    pub fn push_word(&mut self, word: usize) {
        // One past the end keeps the object before it.
        if !self.view.contains(word) && !self.view.contains(word.wrapping_sub(1)) {
            return;
        }
        for p in [word, word.wrapping_sub(1)] {
            if let Some(o) = self.view.find(p)
                && self.exists(o.block, o.index)
            {
                self.stack.push(p);
            }
        }
    }

    /// Pushes every word of `[low, high)`.
    ///
    /// # Safety
    /// The range must be readable; the addresses multiples of 8.
    pub unsafe fn push_words(&mut self, low: usize, high: usize) {
        let mut p = low;
        while p < high {
            // SAFETY: the caller's promise.
            self.push_word(unsafe { *(p as *const usize) });
            p += 8;
        }
    }

    /// Follows what was pushed, until about `limit` objects were marked. Gives work away when another marker of `shared` has none.
    pub fn drain(&mut self, shared: Option<&Shared>, limit: u64) {
        let nothing = Candidate { mark: std::ptr::null_mut(), start: 0, block: 0, index: 0 };
        // A queue: the oldest at `first`.
        let mut ring = [nothing; RING];
        let (mut first, mut waiting) = (0, 0);
        let end = self.objects.saturating_add(limit);
        let mut share = SHARE_EVERY;
        loop {
            if waiting < RING
                && let Some(p) = self.stack.pop()
            {
                if let Some(o) = self.view.find(p) {
                    let mark = self.view.mark_of(o.block, o.index);
                    arch::prefetch(mark);
                    arch::prefetch(o.start.pointer());
                    ring[(first + waiting) % RING] =
                        Candidate { mark, start: o.start.0, block: o.block as u32, index: o.index as u32 };
                    waiting += 1;
                }
                continue;
            }
            if waiting == 0 {
                return;
            }
            let candidate = ring[first];
            first = (first + 1) % RING;
            waiting -= 1;
            // SAFETY: a mark byte of the heap.
            unsafe {
                if candidate.mark.read_volatile() == self.mark {
                    continue;
                }
                candidate.mark.write_volatile(self.mark);
            }
            self.objects += 1;
            self.scan(candidate.start, candidate.block as usize, candidate.index as usize);
            share -= 1;
            if share == 0 {
                share = SHARE_EVERY;
                if self.objects >= end {
                    self.stack.extend((0..waiting).map(|i| ring[(first + i) % RING].start));
                    return;
                }
                if let Some(shared) = shared {
                    shared.share(&mut self.stack);
                }
            }
        }
    }

    /// Pushes the pointers of an object.
    #[inline]
    fn scan(&mut self, start: usize, block: usize, index: usize) {
        // SAFETY: the record of a block in use.
        let record = unsafe { *self.view.records.add(block) };
        if record.is_large() {
            let size = record.large_size();
            self.bytes += size;
            match record.kind {
                kind::LARGE if record.mask == 0 => {}
                kind::LARGE => self.scan_mask(start, size, record.mask),
                _ => self.scan_word(start, size, record.mask as usize),
            }
            return;
        }
        let size = record.size as usize;
        self.bytes += size;
        match record.kind {
            kind::SMALL if record.mask == 0 => {}
            kind::SMALL => self.scan_mask(start, size, record.mask),
            kind::TYPED => {
                // SAFETY: the table has a word for each object of the block.
                let word = unsafe { (record.mask as *const usize).add(index).read_volatile() };
                self.scan_word(start, size, word);
            }
            _ => {}
        }
    }

    #[inline]
    fn scan_mask(&mut self, start: usize, bytes: usize, mask: u64) {
        let (mut at, end) = (start, start + bytes);
        let (base, used) = (self.view.base, self.view.used);
        while at < end {
            let words = (end - at) / 8;
            let mut bits = if words < 64 { mask & ((1 << words) - 1) } else { mask };
            self.stack.reserve(64);
            while bits != 0 {
                let i = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                // SAFETY: the word lies in the object.
                let p = unsafe { ((at + 8 * i) as *const usize).read_volatile() };
                if strip(p).wrapping_sub(base) < used {
                    self.stack.push(p);
                }
            }
            at += 512;
        }
    }

    fn scan_word(&mut self, start: usize, bytes: usize, word: usize) {
        let layout = (word & !ARRAY) as *const Type;
        if layout.is_null() {
            // Handed out, but its layout is not yet set: all zero.
            return;
        }
        // SAFETY: layout words are addresses of descriptors; elements lie in the object.
        unsafe {
            let (size, words) = ((*layout).size, (*layout).ptr_bytes / 8);
            let count = if word & ARRAY != 0 { bytes / size } else { 1 };
            for i in 0..count {
                self.scan_bitmap(start + i * size, words, (*layout).gcdata);
            }
        }
    }

    /// # Safety
    /// The words must be readable, the bitmap as long as they are many.
    unsafe fn scan_bitmap(&mut self, at: usize, words: usize, bitmap: *const u8) {
        let mut word = 0;
        while word < words {
            // SAFETY: the caller's promise.
            unsafe {
                let mut bits = *bitmap.add(word / 8);
                if words - word < 8 {
                    bits &= (1 << (words - word)) - 1;
                }
                while bits != 0 {
                    let i = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    self.push(((at + (word + i) * 8) as *const usize).read_volatile());
                }
            }
            word += 8;
        }
    }
}

impl Heap {
    /// Whether the object exists: it survived the last collection or was handed out since. Marks of the cycle under way count.
    pub fn allocated(&self, block: usize, index: usize) -> bool {
        let record = self.blocks.record(block);
        if record.is_large() || index < record.sweep as usize {
            return true;
        }
        // SAFETY: a mark byte of the heap.
        let mark = unsafe { *self.blocks.mark_of(block, index) };
        mark == self.epoch || mark == self.marking
    }

    /// Calls `visit(slot address, pointer)` for each pointer of an object that is not null: the slow form of `scan`, for checks.
    pub fn each_pointer(&self, block: usize, index: usize, visit: &mut dyn FnMut(usize, usize)) {
        let record = *self.blocks.record(block);
        let start = self.blocks.address(block).0;
        let (start, bytes, mask, word) = match record.kind {
            kind::SMALL => (start + index * record.size as usize, record.size as usize, record.mask, 0),
            kind::LARGE => (start, record.large_size(), record.mask, 0),
            kind::TYPED => {
                // SAFETY: the table has a word for each object of the block.
                let word = unsafe { *(record.mask as *const usize).add(index) };
                (start + index * record.size as usize, record.size as usize, 0, word)
            }
            kind::LARGE_TYPED => (start, record.large_size(), 0, record.mask as usize),
            _ => return,
        };
        let layout = (word & !ARRAY) as *const Type;
        for i in 0..bytes / 8 {
            // SAFETY: the word lies in the object, the bitmap is as long as the descriptor says.
            unsafe {
                let pointer = if layout.is_null() {
                    mask >> (i % 64) & 1 != 0
                } else {
                    let words = (*layout).size / 8;
                    let inside = if word & ARRAY != 0 { i % words } else { i };
                    let within = word & ARRAY == 0 || (i / words + 1) * words * 8 <= bytes;
                    within && inside < (*layout).ptr_bytes / 8 && pointer_bit((*layout).gcdata, inside)
                };
                let slot = start + 8 * i;
                let p = *(slot as *const usize);
                if pointer && p != 0 {
                    visit(slot, p);
                }
            }
        }
    }

    /// Whether an object was reached in the cycle under way.
    pub fn is_marked(&self, p: Addr) -> bool {
        match self.blocks.find(p.0) {
            // SAFETY: a mark byte of the heap.
            Some(o) => unsafe { *self.blocks.mark_of(o.block, o.index) == self.marking },
            None => true,
        }
    }
}
