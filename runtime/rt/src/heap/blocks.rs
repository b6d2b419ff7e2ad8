//! The heap's address range: 32 KiB blocks with a dense record and a stretch of mark bytes each, and the free runs of blocks.
//!
//! In: requests for runs of blocks. Out: runs, and the object an address lies in.
//! Requires Linux (`mmap` without reservation). Guarantees: records of free blocks have the kind `FREE`; mark bytes of a block
//! are 0 when it is handed out.

use crate::mte::{self, strip};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU8, Ordering};

/// An address in, or perhaps in, the collected heap.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Addr(pub usize);

impl Addr {
    pub fn pointer(self) -> *mut u8 {
        self.0 as *mut u8
    }
}

pub const BLOCK_SHIFT: u32 = 15;
pub const BLOCK_SIZE: usize = 1 << BLOCK_SHIFT;
/// Mark bytes a block: blocks of 8-byte objects use half of their memory.
pub const MARKS_SHIFT: u32 = 11;
pub const MAX_OBJECTS: usize = 1 << MARKS_SHIFT;

pub mod kind {
    pub const FREE: u8 = 0;
    /// Objects of one size, with one pointer mask (repeated every 64 words).
    pub const SMALL: u8 = 1;
    /// Objects of one size, each with its own layout word.
    pub const TYPED: u8 = 2;
    /// The first block of a large object with a pointer mask.
    pub const LARGE: u8 = 3;
    /// The first block of a large object with a layout word.
    pub const LARGE_TYPED: u8 = 4;
    /// A further block of a large object; `aux` blocks behind the first.
    pub const CONTINUED: u8 = 5;
}

/// What is known of a block.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Block {
    /// Ceiling of 2^32 / size: object index = offset * reciprocal >> 32. High half of the size of a large object.
    pub reciprocal: u32,
    /// Object size; low half of the size of a large object.
    pub size: u32,
    /// Pointer mask; address of the layout table (`TYPED`); layout word (`LARGE_TYPED`).
    pub mask: u64,
    /// Allocation class.
    pub class: u32,
    /// Distance to the first block (`CONTINUED`).
    pub aux: u32,
    /// Objects before this index are live or were handed out since the last collection.
    pub sweep: u16,
    /// Number of objects.
    pub count: u16,
    pub kind: u8,
    /// The memory is known to be zero.
    pub fresh: u8,
    /// Handed out while marking was under way: all that lies in it is newer than the snapshot.
    pub born: u8,
    pub unused: u8,
}

const _: () = assert!(size_of::<Block>() == 32);

impl Block {
    pub fn large_size(&self) -> usize {
        (self.reciprocal as usize) << 32 | self.size as usize
    }

    pub fn is_large(&self) -> bool {
        self.kind == kind::LARGE || self.kind == kind::LARGE_TYPED
    }

    /// Sets the kind after everything else: a marker that sees it sees the rest.
    pub fn set_kind(&mut self, kind: u8) {
        // SAFETY: a byte of ours.
        unsafe { AtomicU8::from_ptr(&raw mut self.kind) }.store(kind, Ordering::Release);
    }
}

/// An object found by address.
#[derive(Clone, Copy)]
pub struct Object {
    pub block: usize,
    pub index: usize,
    pub start: Addr,
}

/// The range as it is at one moment: what a marker looks at while mutators go on. Blocks above `used` are not part of it.
#[derive(Clone, Copy)]
pub struct View {
    pub base: usize,
    pub used: usize,
    pub records: *mut Block,
    pub marks: *mut u8,
}

// SAFETY: the tables live as long as the process; what threads share in them is said in `mark`.
unsafe impl Send for View {}

impl View {
    #[inline(always)]
    pub fn contains(&self, p: usize) -> bool {
        strip(p).wrapping_sub(self.base) < self.used
    }

    #[inline(always)]
    pub fn kind(&self, block: usize) -> u8 {
        // SAFETY: records cover the whole reservation.
        unsafe { AtomicU8::from_ptr(&raw mut (*self.records.add(block)).kind) }.load(Ordering::Acquire)
    }

    #[inline(always)]
    pub fn address(&self, block: usize) -> usize {
        self.base + (block << BLOCK_SHIFT)
    }

    #[inline(always)]
    pub fn mark_of(&self, block: usize, index: usize) -> *mut u8 {
        // SAFETY: mark bytes cover the whole reservation.
        unsafe { self.marks.add((block << MARKS_SHIFT) + index) }
    }

    /// The object that `p` points into, whether or not it is allocated.
    #[inline(always)]
    pub fn find(&self, p: usize) -> Option<Object> {
        let offset = strip(p).wrapping_sub(self.base);
        if offset >= self.used {
            return None;
        }
        let block = offset >> BLOCK_SHIFT;
        // SAFETY: records cover the whole reservation; those of blocks in use do not change while a marker may look.
        let record = unsafe { self.records.add(block) };
        match self.kind(block) {
            // SAFETY: as above.
            kind::SMALL | kind::TYPED => unsafe {
                let inside = offset & (BLOCK_SIZE - 1);
                let index = ((inside as u64 * (*record).reciprocal as u64) >> 32) as usize;
                if index >= (*record).count as usize {
                    return None;
                }
                let start = Addr(self.address(block) + index * (*record).size as usize);
                Some(Object { block, index, start })
            },
            kind::LARGE | kind::LARGE_TYPED => {
                Some(Object { block, index: 0, start: Addr(self.address(block)) })
            }
            kind::CONTINUED => {
                // SAFETY: as above.
                let block = block - unsafe { (*record).aux } as usize;
                Some(Object { block, index: 0, start: Addr(self.address(block)) })
            }
            _ => None,
        }
    }
}

/// The reserved range.
pub struct Blocks {
    pub base: usize,
    /// Bytes in use from the base: the end of the highest block ever handed out.
    pub used: usize,
    limit: usize,
    pub records: *mut Block,
    pub marks: *mut u8,
    free: BTreeMap<u32, u32>,
    by_length: BTreeSet<(u32, u32)>,
    /// Free blocks below the top.
    pub free_blocks: usize,
    /// Of them, those whose memory the system has back.
    pub released_blocks: usize,
}

/// Memory that is zero and costs nothing until it is touched.
pub fn reserve(bytes: usize) -> *mut u8 {
    // SAFETY: a fresh anonymous mapping at an address of the system's choice.
    let p = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if p == libc::MAP_FAILED {
        crate::os::die("runtime: cannot reserve address space");
    }
    p as *mut u8
}

/// Blocks at the start of the heap that keep small pages, so that small programs stay small.
const SMALL_PAGES: usize = 4 << 20;

impl Blocks {
    /// Reserves `bytes` (rounded to blocks) of address space.
    pub fn new(bytes: usize) -> Blocks {
        const ALIGN: usize = 2 << 20;
        let bytes = bytes.next_multiple_of(ALIGN);
        let p = reserve(bytes + ALIGN) as usize;
        let base = p.next_multiple_of(ALIGN);
        let blocks = bytes >> BLOCK_SHIFT;
        mte::protect(base, bytes);
        if bytes > SMALL_PAGES {
            // SAFETY: the range was just reserved; advice does not change its contents.
            unsafe {
                libc::madvise((base + SMALL_PAGES) as *mut _, bytes - SMALL_PAGES, libc::MADV_HUGEPAGE);
            }
        }
        Blocks {
            base,
            used: 0,
            limit: bytes,
            records: reserve(blocks * size_of::<Block>()) as *mut Block,
            marks: reserve(blocks << MARKS_SHIFT),
            free: BTreeMap::new(),
            by_length: BTreeSet::new(),
            free_blocks: 0,
            released_blocks: 0,
        }
    }

    pub fn address(&self, block: usize) -> Addr {
        Addr(self.base + (block << BLOCK_SHIFT))
    }

    /// Number of blocks below the top.
    pub fn len(&self) -> usize {
        self.used >> BLOCK_SHIFT
    }

    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The record of a block below the top.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn record(&self, block: usize) -> &mut Block {
        debug_assert!(block < self.limit >> BLOCK_SHIFT);
        // SAFETY: records cover the whole reservation, and one thread at a time changes a record: the heap's lock is held, the
        // world is stopped, or the block is the caller's alone. Callers do not keep the reference across calls that take another to
        // the same record.
        unsafe { &mut *self.records.add(block) }
    }

    #[inline(always)]
    pub fn mark_of(&self, block: usize, index: usize) -> *mut u8 {
        // SAFETY: mark bytes cover the whole reservation.
        unsafe { self.marks.add((block << MARKS_SHIFT) + index) }
    }

    #[inline(always)]
    pub fn contains(&self, p: usize) -> bool {
        strip(p).wrapping_sub(self.base) < self.used
    }

    /// The object that `p` points into, whether or not it is allocated.
    #[inline(always)]
    pub fn find(&self, p: usize) -> Option<Object> {
        self.view().find(p)
    }

    #[inline(always)]
    pub fn view(&self) -> View {
        View { base: self.base, used: self.used, records: self.records, marks: self.marks }
    }

    /// A run of `count` blocks, or nothing if the reservation is used up. Records keep their `fresh` flags.
    pub fn take(&mut self, count: usize) -> Option<usize> {
        if let Some(&(length, start)) = self.by_length.range((count as u32, 0)..).next() {
            self.cut(start, length, count);
            return Some(start as usize);
        }
        let start = self.len();
        self.raise(count).then_some(start)
    }

    /// The blocks from `start` on, if they are free.
    pub fn take_at(&mut self, start: usize, count: usize) -> bool {
        if start == self.len() {
            return self.raise(count);
        }
        let Some(&length) = self.free.get(&(start as u32)) else { return false };
        let here = count.min(length as usize);
        if here < count && (start + here != self.len() || !self.raise(count - here)) {
            return false;
        }
        self.cut(start as u32, length, here);
        true
    }

    /// Takes the first blocks of a free run.
    fn cut(&mut self, start: u32, length: u32, count: usize) {
        self.by_length.remove(&(length, start));
        self.free.remove(&start);
        if length as usize > count {
            let rest = (start + count as u32, length - count as u32);
            self.free.insert(rest.0, rest.1);
            self.by_length.insert((rest.1, rest.0));
        }
        self.free_blocks -= count;
        for block in start as usize..start as usize + count {
            self.released_blocks -= self.record(block).fresh as usize;
        }
    }

    /// Takes blocks that were never handed out, at the top.
    fn raise(&mut self, count: usize) -> bool {
        if count > (self.limit - self.used) >> BLOCK_SHIFT {
            return false;
        }
        let start = self.len();
        self.used += count << BLOCK_SHIFT;
        for block in start..start + count {
            self.record(block).fresh = 1;
        }
        true
    }

    /// Gives a run back.
    pub fn give(&mut self, start: usize, count: usize) {
        for block in start..start + count {
            let record = self.record(block);
            record.set_kind(kind::FREE);
            record.fresh = 0;
            record.born = 0;
        }
        self.free_blocks += count;
        let (mut start, mut count) = (start as u32, count as u32);
        if let Some((&s, &l)) = self.free.range(..start).next_back()
            && s + l == start
        {
            self.free.remove(&s);
            self.by_length.remove(&(l, s));
            (start, count) = (s, count + l);
        }
        if let Some(&l) = self.free.get(&(start + count)) {
            self.free.remove(&(start + count));
            self.by_length.remove(&(l, start + count));
            count += l;
        }
        self.free.insert(start, count);
        self.by_length.insert((count, start));
    }

    /// Returns up to `count` blocks of memory to the system, the highest addresses first.
    pub fn release(&mut self, mut count: usize) {
        let runs: Vec<(u32, u32)> = self.free.iter().rev().map(|(&s, &l)| (s, l)).collect();
        for (start, length) in runs {
            if count == 0 {
                return;
            }
            let (start, length) = (start as usize, length as usize);
            let dirty = (start..start + length).filter(|&b| self.record(b).fresh == 0).count();
            if dirty == 0 {
                continue;
            }
            // SAFETY: the run is free, nobody uses its memory.
            unsafe {
                libc::madvise(self.address(start).0 as *mut _, length << BLOCK_SHIFT, libc::MADV_DONTNEED);
            }
            for block in start..start + length {
                self.record(block).fresh = 1;
            }
            self.released_blocks += dirty;
            count = count.saturating_sub(dirty);
        }
    }
}
