//! Marking: a depth-first walk with a ring of prefetched candidates, precise over objects and static data, conservative over
//! stacks.
//!
//! In: roots. Out: mark bytes equal to the marker's epoch for every reachable object.

use super::alloc::Heap;
use super::blocks::{Addr, kind};
use super::layout::{ARRAY, pointer_bit};
use crate::arch;
use escargo_abi::program::Root;
use escargo_abi::types::Type;

const RING: usize = 16;

#[derive(Clone, Copy)]
struct Candidate {
    mark: *mut u8,
    start: usize,
    block: u32,
    index: u32,
}

/// The state of a walk.
pub struct Marker {
    /// Pointers into the heap's range that have not been looked at.
    stack: Vec<usize>,
    /// The mark that this cycle sets.
    pub epoch: u8,
    /// Objects and bytes marked in this cycle.
    pub objects: u64,
}

impl Default for Marker {
    fn default() -> Marker {
        Marker { stack: Vec::new(), epoch: 1, objects: 0 }
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
        mark == self.epoch || mark == self.marker.epoch
    }

    #[inline(always)]
    fn push(&mut self, p: usize) {
        if self.blocks.contains(p) {
            self.marker.stack.push(p);
        }
    }

    /// Marks from a pointer that is known to be one, or null, or not of this heap.
    pub fn mark_pointer(&mut self, p: usize) {
        self.push(p);
    }

    /// Marks from a word that may be anything.
    #[inline]
    pub fn mark_word(&mut self, word: usize) {
        // One past the end keeps the object before it.
        if !self.blocks.contains(word) && !self.blocks.contains(word.wrapping_sub(1)) {
            return;
        }
        for p in [word, word.wrapping_sub(1)] {
            if let Some(o) = self.blocks.find(p)
                && self.allocated(o.block, o.index)
            {
                self.marker.stack.push(p);
            }
        }
    }

    /// Marks from every word of `[low, high)`.
    ///
    /// # Safety
    /// The range must be readable; the addresses multiples of 8.
    pub unsafe fn mark_range(&mut self, low: usize, high: usize) {
        let mut p = low;
        while p < high {
            // SAFETY: the caller's promise.
            let word = unsafe { *(p as *const usize) };
            self.mark_word(word);
            p += 8;
        }
    }

    /// Marks from a range of static data.
    ///
    /// # Safety
    /// The root must describe readable memory.
    pub unsafe fn mark_root(&mut self, root: &Root) {
        // SAFETY: the bitmap covers `ptr_bytes`.
        unsafe {
            let words = root.ptr_bytes / 8;
            let mut word = 0;
            while word < words {
                let byte = *root.bitmap.add(word / 8);
                if byte != 0 {
                    for bit in 0..8.min(words - word) {
                        if byte >> bit & 1 != 0 {
                            self.push(*(root.address.add((word + bit) * 8) as *const usize));
                        }
                    }
                }
                word += 8;
            }
        }
    }

    /// Follows everything pushed so far.
    pub fn drain(&mut self) {
        let mut dummy = self.marker.epoch;
        let nothing = Candidate { mark: &raw mut dummy, start: 0, block: 0, index: 0 };
        let mut ring = [nothing; RING];
        let (mut at, mut waiting) = (0, 0);
        loop {
            let next = match self.marker.stack.pop() {
                Some(p) => match self.blocks.find(p) {
                    Some(o) => {
                        let mark = self.blocks.mark_of(o.block, o.index);
                        arch::prefetch(mark);
                        arch::prefetch(o.start.pointer());
                        waiting += 1;
                        Candidate { mark, start: o.start.0, block: o.block as u32, index: o.index as u32 }
                    }
                    None => continue,
                },
                None if waiting == 0 => return,
                None => nothing,
            };
            let candidate = std::mem::replace(&mut ring[at], next);
            at = (at + 1) % RING;
            if candidate.start == 0 {
                continue;
            }
            waiting -= 1;
            // SAFETY: a mark byte of the heap.
            unsafe {
                if *candidate.mark == self.marker.epoch {
                    continue;
                }
                *candidate.mark = self.marker.epoch;
            }
            self.marker.objects += 1;
            self.scan(candidate.start, candidate.block as usize, candidate.index as usize);
        }
    }

    /// Pushes the pointers of an object.
    #[inline]
    fn scan(&mut self, start: usize, block: usize, index: usize) {
        let record = *self.blocks.record(block);
        match record.kind {
            kind::SMALL if record.mask == 0 => {}
            kind::SMALL => self.scan_mask(start, record.size as usize, record.mask),
            kind::LARGE if record.mask == 0 => {}
            kind::LARGE => self.scan_mask(start, record.large_size(), record.mask),
            kind::TYPED => {
                let word = self.tables[record.aux as usize][index];
                self.scan_word(start, record.size as usize, word);
            }
            kind::LARGE_TYPED => self.scan_word(start, record.large_size(), record.mask as usize),
            _ => {}
        }
    }

    #[inline]
    fn scan_mask(&mut self, start: usize, bytes: usize, mask: u64) {
        let (mut at, end) = (start, start + bytes);
        let (base, used) = (self.blocks.base, self.blocks.used);
        while at < end {
            let words = (end - at) / 8;
            let mut bits = if words < 64 { mask & ((1 << words) - 1) } else { mask };
            self.marker.stack.reserve(64);
            while bits != 0 {
                let i = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                // SAFETY: the word lies in the object.
                let p = unsafe { *((at + 8 * i) as *const usize) };
                if p.wrapping_sub(base) < used {
                    self.marker.stack.push(p);
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
                    self.push(*((at + (word + i) * 8) as *const usize));
                }
            }
            word += 8;
        }
    }

    /// Calls `visit(slot address, pointer)` for each pointer of an object that is not null: the slow form of `scan`, for checks.
    pub fn each_pointer(&self, block: usize, index: usize, visit: &mut dyn FnMut(usize, usize)) {
        let record = *self.blocks.record(block);
        let start = self.blocks.address(block).0;
        let (start, bytes, mask, word) = match record.kind {
            kind::SMALL => (start + index * record.size as usize, record.size as usize, record.mask, 0),
            kind::LARGE => (start, record.large_size(), record.mask, 0),
            kind::TYPED => {
                let word = self.tables[record.aux as usize][index];
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
            Some(o) => unsafe { *self.blocks.mark_of(o.block, o.index) == self.marker.epoch },
            None => true,
        }
    }
}
