//! The command's allocator. Compiling makes many small objects and ends soon: what counts is that an allocation is a few instructions,
//! and that objects lie close together, because the system clears each large page (2 MB) that is touched.
//!
//! In: sizes. Out: memory. Sizes have classes; each thread has a list of free blocks for each class and a piece of memory
//! to cut new ones from. Full lists go to a store that all threads share, so that blocks that one thread makes and another
//! frees come back. Guarantees: what a thread holds is bounded, and goes to the store when it ends. Memory is not returned to
//! the system; that of very large objects, which are the system allocator's, is.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};

/// Sizes up to this have a class for every 16 bytes, those above four for each doubling.
const FINE: usize = 512;
const STEPS: usize = 4;
/// Larger objects are the system allocator's.
const MAX: usize = 4 << 20;
const CLASSES: usize = FINE / 16 + 1 + STEPS * (MAX / FINE).ilog2() as usize;
/// What a thread takes at a time to cut blocks from.
const PIECE: usize = 32 << 10;
/// What is taken from the system at a time.
const REGION: usize = 32 << 20;
/// Large pages.
const PAGE: usize = 2 << 20;
/// Bytes of free blocks of a class that a thread keeps, if they are not very few.
const KEPT: usize = 32 << 10;
const KEPT_BLOCKS: usize = 4;

/// To be the program's `#[global_allocator]`.
pub struct Allocator;

/// A free block. Blocks have at least 16 bytes.
struct Block {
    next: *mut Block,
    /// In the store: the first block of the next list.
    list: *mut Block,
}

struct Thread {
    free: [*mut Block; CLASSES],
    counts: [u32; CLASSES],
    /// The rest of the piece.
    from: usize,
    to: usize,
    /// The end of the thread is known of.
    registered: bool,
}

/// What all threads share, behind a lock.
struct Store {
    locked: AtomicBool,
    inner: UnsafeCell<Inner>,
}

struct Inner {
    /// Lists of free blocks, by class.
    lists: [*mut Block; CLASSES],
    /// The rest of the region.
    from: usize,
    to: usize,
}

// SAFETY: the lock gives one thread at a time the inner part.
unsafe impl Sync for Store {}

static STORE: Store = Store {
    locked: AtomicBool::new(false),
    inner: UnsafeCell::new(Inner { lists: [null_mut(); CLASSES], from: 0, to: 0 }),
};

thread_local! {
    static THREAD: UnsafeCell<Thread> = const {
        UnsafeCell::new(Thread { free: [null_mut(); CLASSES], counts: [0; CLASSES], from: 0, to: 0, registered: false })
    };
    /// Its end is the thread's.
    static END: End = const { End };
}

struct End;

impl Drop for End {
    fn drop(&mut self) {
        THREAD.with(|t| {
            // SAFETY: only this thread uses it, and nothing below allocates.
            let t = unsafe { &mut *t.get() };
            for class in 0..CLASSES {
                t.give(class);
            }
        });
    }
}

#[inline(always)]
fn class_of(size: usize) -> usize {
    if size <= FINE {
        return size.div_ceil(16);
    }
    // The doubling, and the step in it.
    let above = size - 1;
    let doubling = (above / FINE).ilog2() as usize;
    FINE / 16 + 1 + STEPS * doubling + (above >> (FINE.ilog2() as usize + doubling - 2)) - STEPS
}

#[inline(always)]
fn size_of(class: usize) -> usize {
    if class <= FINE / 16 {
        return class.max(1) * 16;
    }
    let (doubling, step) = ((class - FINE / 16 - 1) / STEPS, (class - FINE / 16 - 1) % STEPS);
    (FINE << doubling) / STEPS * (STEPS + 1 + step)
}

#[inline(always)]
fn is_ours(layout: &Layout) -> bool {
    layout.size() <= MAX && layout.align() <= 16
}

impl Store {
    fn with<R>(&self, f: impl FnOnce(&mut Inner) -> R) -> R {
        while self.locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::hint::spin_loop();
            std::thread::yield_now();
        }
        // SAFETY: the lock is held.
        let result = f(unsafe { &mut *self.inner.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

impl Inner {
    /// Memory that has not been used, or 0.
    fn take(&mut self, size: usize) -> usize {
        if self.to - self.from < size {
            let layout = Layout::from_size_align(REGION, PAGE).expect("a power of two");
            // SAFETY: the size is not zero.
            let region = unsafe { System.alloc(layout) };
            if region.is_null() {
                return 0;
            }
            #[cfg(target_os = "linux")]
            // SAFETY: the region is this allocator's. Without large pages it is as good.
            unsafe {
                libc::madvise(region.cast(), REGION, libc::MADV_HUGEPAGE);
            }
            (self.from, self.to) = (region as usize, region as usize + REGION);
        }
        self.from += size;
        self.from - size
    }
}

impl Thread {
    #[inline(always)]
    fn alloc(&mut self, class: usize) -> *mut u8 {
        let block = self.free[class];
        if block.is_null() {
            return self.cut(class);
        }
        // SAFETY: blocks in lists are free, and this thread's.
        self.free[class] = unsafe { (*block).next };
        self.counts[class] -= 1;
        block.cast()
    }

    #[inline(always)]
    fn cut(&mut self, class: usize) -> *mut u8 {
        let size = size_of(class);
        if self.to - self.from < size {
            return self.refill(class);
        }
        self.from += size;
        (self.from - size) as *mut u8
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self, class: usize) -> *mut u8 {
        if !std::mem::replace(&mut self.registered, true) {
            // Not when the thread's end has begun.
            let _ = END.try_with(|_| ());
        }
        let size = size_of(class);
        let (list, memory) = STORE.with(|s| {
            let list = s.lists[class];
            if !list.is_null() {
                // SAFETY: lists in the store begin with a block that names the next list.
                s.lists[class] = unsafe { (*list).list };
                return (list, 0);
            }
            (null_mut(), s.take(if size > PIECE / 8 { size } else { PIECE }))
        });
        if !list.is_null() {
            let mut count = 0;
            // SAFETY: the list is this thread's now.
            unsafe {
                let mut b = (*list).next;
                while !b.is_null() {
                    count += 1;
                    b = (*b).next;
                }
                self.free[class] = (*list).next;
            }
            self.counts[class] = count;
            return list.cast();
        }
        if memory == 0 || size > PIECE / 8 {
            return memory as *mut u8;
        }
        (self.from, self.to) = (memory + size, memory + PIECE);
        memory as *mut u8
    }

    #[inline(always)]
    fn free(&mut self, block: *mut u8, class: usize) {
        let block: *mut Block = block.cast();
        // SAFETY: the block is free, has room for a pointer, and is aligned to 16.
        unsafe { (*block).next = self.free[class] };
        self.free[class] = block;
        self.counts[class] += 1;
        if self.counts[class] as usize > KEPT_BLOCKS && self.counts[class] as usize * size_of(class) > KEPT {
            self.give(class);
        }
    }

    /// Gives the free blocks of a class to the store.
    #[cold]
    #[inline(never)]
    fn give(&mut self, class: usize) {
        let list = std::mem::replace(&mut self.free[class], null_mut());
        self.counts[class] = 0;
        if !list.is_null() {
            STORE.with(|s| {
                // SAFETY: blocks have room for two pointers, and the list is the store's now.
                unsafe { (*list).list = s.lists[class] };
                s.lists[class] = list;
            });
        }
    }
}

// SAFETY: blocks of a class have at least the size of the layouts of the class and are aligned to 16; a block belongs to one list,
// one owner, or to nobody yet. Layouts decide alone whose an object is.
unsafe impl GlobalAlloc for Allocator {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !is_ours(&layout) {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc(layout) };
        }
        // SAFETY: only this thread uses it, and nothing in `alloc` allocates but the registration, which comes first.
        THREAD.with(|t| unsafe { (*t.get()).alloc(class_of(layout.size())) })
    }

    #[inline(always)]
    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        if !is_ours(&layout) {
            // SAFETY: the caller's promise; the same layout came from there.
            return unsafe { System.dealloc(p, layout) };
        }
        // SAFETY: as for `alloc`.
        THREAD.with(|t| unsafe { (*t.get()).free(p, class_of(layout.size())) })
    }

    #[inline]
    unsafe fn realloc(&self, p: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (is_ours(&layout), is_ours(&new)) {
            // SAFETY: as for `dealloc`.
            (false, false) => return unsafe { System.realloc(p, layout, size) },
            (true, true) => {
                let (old_class, class) = (class_of(layout.size()), class_of(size));
                if old_class == class {
                    return p;
                }
                // The block that was cut last grows where it is.
                let (end, new_end) = (p as usize + size_of(old_class), p as usize + size_of(class));
                // SAFETY: as for `alloc`.
                let grown = THREAD.with(|t| unsafe {
                    let t = &mut *t.get();
                    let fits = end == t.from && new_end <= t.to;
                    if fits {
                        t.from = new_end;
                    }
                    fits
                });
                if grown {
                    return p;
                }
            }
            _ => {}
        }
        // SAFETY: the new block is another; both are as large as what is copied.
        unsafe {
            let to = self.alloc(new);
            if !to.is_null() {
                to.copy_from_nonoverlapping(p, layout.size().min(size));
                self.dealloc(p, layout);
            }
            to
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_their_sizes() {
        assert_eq!(class_of(MAX), CLASSES - 1);
        let mut last = 0;
        for size in (1..5000).chain((5000..MAX).step_by(997)).chain([MAX]) {
            let class = class_of(size);
            assert!(class >= last && class < CLASSES);
            last = class;
            let room = size_of(class);
            assert!(
                room >= size && room.is_multiple_of(16) && room <= size + 16 + size / 4,
                "{size} {class} {room}"
            );
            assert_eq!(class_of(room), class);
        }
    }

    #[test]
    fn blocks_do_not_overlap() {
        let a = Allocator;
        let work = |seed: usize| {
            let (mut state, mut live) = (seed, Vec::<(*mut u8, usize, u8)>::new());
            for n in 0..100_000 {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let random = state >> 33;
                let layout = |size| Layout::from_size_align(size, 8).expect("small");
                // SAFETY: blocks are used with the layouts that they were made with.
                unsafe {
                    if live.len() > 300 || random.is_multiple_of(3) && !live.is_empty() {
                        let (p, size, fill) = live.swap_remove(random / 8 % live.len());
                        assert!(*p == fill && *p.add(size - 1) == fill && *p.add(size / 2) == fill);
                        if random.is_multiple_of(2) {
                            a.dealloc(p, layout(size));
                            continue;
                        }
                        let larger = size + size / 2 + 8;
                        let q = a.realloc(p, layout(size), larger);
                        assert!(*q == fill && *q.add(size - 1) == fill);
                        q.write_bytes(fill, larger);
                        live.push((q, larger, fill));
                    } else {
                        let size = 1 + random / 16 % if n % 50 == 1 { 100_000 } else { 300 };
                        let p = a.alloc(layout(size));
                        p.write_bytes(n as u8, size);
                        live.push((p, size, n as u8));
                    }
                }
            }
            for (p, size, fill) in live {
                // SAFETY: as above.
                unsafe {
                    assert!(*p == fill && *p.add(size - 1) == fill);
                    a.dealloc(p, Layout::from_size_align(size, 8).expect("small"));
                }
            }
        };
        std::thread::scope(|s| {
            for seed in 0..4 {
                s.spawn(move || work(seed));
            }
        });
    }

    #[test]
    fn blocks_come_back_from_other_threads() {
        // Far more than fits into a region goes from one thread to the other.
        let (send, receive) = std::sync::mpsc::sync_channel::<(usize, usize)>(100);
        let layout = Layout::from_size_align(1000, 8).expect("small");
        let other = std::thread::spawn(move || {
            let (mut low, mut high) = (usize::MAX, 0);
            for (p, _) in receive {
                (low, high) = (low.min(p), high.max(p));
                // SAFETY: the other thread gave it away.
                unsafe { Allocator.dealloc(p as *mut u8, layout) };
            }
            high - low
        });
        for n in 0..200_000 {
            // SAFETY: not a size of zero.
            let p = unsafe { Allocator.alloc(layout) };
            send.send((p as usize, n)).expect("the other thread listens");
        }
        drop(send);
        let span = other.join().expect("the other thread ends");
        assert!(span < 2 * REGION, "{span} bytes");
    }
}
