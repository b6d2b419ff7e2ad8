//! Allocation and memory operations that compiled code calls.
//!
//! In: classes, layouts, counts. Out: zeroed objects; moves and clears that tell the collector what they overwrite.

use crate::error;
use crate::heap::layout;
use crate::mte;
use crate::worker::{Pair, heap, random, worker, world};
use escargo_abi::sizes;
use escargo_abi::types::Type;

/// More bytes than any address space has.
const MAX_BYTES: usize = 1 << 47;

pub unsafe extern "C" fn alloc_slow(class: i64) -> *mut u8 {
    heap().alloc_class(class as u32).pointer()
}

/// # Safety
/// A descriptor.
pub unsafe extern "C" fn alloc_layout(layout: *const Type) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { heap().alloc_layout(layout).pointer() }
}

/// # Safety
/// A descriptor.
pub unsafe extern "C" fn alloc_array(element: *const Type, count: i64) -> *mut u8 {
    // SAFETY: the caller's promise.
    match unsafe { heap().alloc_array(element, count as usize) } {
        Some(p) => p.pointer(),
        None => error::plain("runtime: allocation size out of range"),
    }
}

/// # Safety
/// A descriptor.
pub unsafe extern "C" fn make_slice(element: *const Type, length: i64, capacity: i64) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe {
        make_slice_check((*element).size as i64, length, capacity);
        alloc_array(element, capacity)
    }
}

pub unsafe extern "C" fn make_slice_check(size: i64, length: i64, capacity: i64) {
    let fits = |n: i64| n >= 0 && (n as usize).checked_mul(size as usize).is_some_and(|b| b <= MAX_BYTES);
    if !fits(length) {
        error::text("makeslice: len out of range");
    }
    if !fits(capacity) || length > capacity {
        error::text("makeslice: cap out of range");
    }
}

/// Go's rounding of an array's bytes to what an allocation would hold; arrays with pointers have a header word there.
pub fn round_up(bytes: usize, noscan: bool) -> usize {
    const HEADER: usize = 8;
    if bytes <= 32768 - HEADER {
        let header = if !noscan && bytes > 512 { HEADER } else { 0 };
        return if bytes == 0 { 0 } else { sizes::round(bytes + header) - header };
    }
    bytes.next_multiple_of(8192)
}

/// # Safety
/// A descriptor; `old` an array of `old_capacity` elements of which `length - added` are used.
pub unsafe extern "C" fn grow_slice(
    element: *const Type,
    old: *const u8,
    length: i64,
    old_capacity: i64,
    added: i64,
) -> Pair {
    // SAFETY: the caller's promise.
    unsafe {
        let (size, pointers) = ((*element).size, (*element).ptr_bytes);
        if length < 0 {
            error::text("growslice: len out of range");
        }
        let (length, old_length) = (length as usize, (length - added) as usize);
        if size == 0 {
            return Pair { a: crate::heap::alloc::zero_base().0, b: length };
        }
        let mut capacity = old_capacity as usize;
        if length > capacity.saturating_mul(2) {
            capacity = length;
        } else if capacity < 256 {
            capacity = (capacity * 2).max(length);
        } else {
            while capacity < length {
                capacity += (capacity + 3 * 256) >> 2;
            }
        }
        let Some(bytes) = capacity.checked_mul(size).filter(|&b| b <= MAX_BYTES) else {
            error::text("growslice: len out of range")
        };
        let bytes = round_up(bytes, pointers == 0);
        let capacity = bytes / size;
        let used = old_length * size;
        let new = if pointers == 0 {
            let p = heap().alloc_dirty(bytes).pointer();
            mte::clear(p.add(used), bytes - used);
            p
        } else {
            heap().alloc(bytes, layout::of_array(element)).pointer()
        };
        std::ptr::copy_nonoverlapping(old, new, used);
        std::hint::black_box(old);
        Pair { a: new as usize, b: capacity }
    }
}

/// Whether pointers that are overwritten have to be logged.
#[inline(always)]
pub fn marking() -> bool {
    // SAFETY: the context lives as long as the worker.
    unsafe { (*worker().context).barrier != 0 }
}

/// Logs a pointer that is about to be overwritten or cleared, for a marker that may not have seen it.
#[inline]
pub fn overwrites(old: usize) {
    if marking() {
        log(old);
    }
}

#[cold]
fn log(old: usize) {
    let w = worker();
    // SAFETY: the worker's own; the heap's lock is not needed for its range and marks.
    unsafe { (*world().heap.pointer()).log(&mut *w.mutator, old) };
}

/// The same for all pointers in `count` values of a layout.
///
/// # Safety
/// `count` values of the layout.
#[inline]
pub unsafe fn overwrites_values(layout: *const Type, address: *const u8, count: usize) {
    if marking() {
        // SAFETY: the caller's promise.
        unsafe { log_values(layout, address, count) };
    }
}

#[cold]
unsafe fn log_values(layout: *const Type, address: *const u8, count: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        for i in 0..count {
            for word in 0..(*layout).ptr_bytes / 8 {
                if layout::pointer_bit((*layout).gcdata, word) {
                    log(*(address.add(i * (*layout).size + word * 8) as *const usize));
                }
            }
        }
    }
}

/// # Safety
/// `count` values of the layout at both addresses.
pub unsafe extern "C" fn typed_move(layout: *const Type, to: *mut u8, from: *const u8, count: i64) {
    // SAFETY: the caller's promise.
    unsafe {
        overwrites_values(layout, to, count as usize);
        std::ptr::copy(from, to, count as usize * (*layout).size);
    }
}

/// # Safety
/// `count` values of the layout.
pub unsafe extern "C" fn typed_clear(layout: *const Type, address: *mut u8, count: i64) {
    // SAFETY: the caller's promise.
    unsafe {
        overwrites_values(layout, address, count as usize);
        mte::clear(address, count as usize * (*layout).size);
    }
}

/// Logs the old pointer of a slot. Compiled code stores afterwards, and calls this only while `Context::barrier` is set. The new
/// pointer need not be known: each stack is scanned as it was when marking began, so the pointer was reachable then, or is newer.
///
/// # Safety
/// A readable slot.
pub unsafe extern "C" fn write_barrier(slot: *const usize, _new: usize) {
    // SAFETY: the caller's promise.
    log(unsafe { *slot });
}

/// # Safety
/// `n` bytes at both addresses.
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, n: i64) {
    // SAFETY: the caller's promise.
    unsafe { std::ptr::copy(from, to, n as usize) };
}

/// # Safety
/// `n` bytes.
pub unsafe extern "C" fn memclr(address: *mut u8, n: i64) {
    // SAFETY: the caller's promise.
    unsafe { mte::clear(address, n as usize) };
}

pub unsafe extern "C" fn gc() {
    heap().collect_forced();
    crate::sched::yield_now();
}

pub unsafe extern "C" fn keep_alive(_p: usize) {}

/// # Safety
/// Two interfaces: an object, and a function of one pointer parameter or nil.
pub unsafe extern "C" fn set_finalizer(
    object_type: *const Type,
    object: usize,
    func_type: *const Type,
    closure: usize,
) {
    let pacer = &mut world().heap.lock().pacer;
    if func_type.is_null() || closure == 0 {
        pacer.finalizers.remove(&object);
    } else {
        pacer.finalizers.insert(object, crate::finalizer::Finalizer { object_type, func_type, closure });
    }
}

/// # Safety
/// The address of a slice header in the heap.
pub unsafe extern "C" fn register_pool(slot: usize) {
    let pools = &mut world().heap.lock().pacer.pools;
    if !pools.contains(&slot) {
        pools.push(slot);
    }
}

pub unsafe extern "C" fn set_gc_percent(percent: i64) -> i64 {
    let pacer = &mut world().heap.lock().pacer;
    let old = std::mem::replace(&mut pacer.percent, percent);
    pacer.update(pacer.live, 0);
    old
}

pub unsafe extern "C" fn set_memory_limit(limit: i64) -> i64 {
    let pacer = &mut world().heap.lock().pacer;
    let old = pacer.memory_limit;
    if limit >= 0 {
        pacer.memory_limit = limit;
        pacer.update(pacer.live, 0);
    }
    old
}

pub unsafe extern "C" fn fastrand() -> i64 {
    random() as i64
}

/// # Safety
/// A descriptor.
pub unsafe extern "C" fn unsafe_new(typ: *const Type) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { alloc_layout(typ) }
}

/// # Safety
/// A descriptor.
pub unsafe extern "C" fn unsafe_new_array(typ: *const Type, count: i64) -> *mut u8 {
    if count < 0 {
        error::plain("runtime: allocation size out of range");
    }
    // SAFETY: the caller's promise.
    unsafe { alloc_array(typ, count) }
}
