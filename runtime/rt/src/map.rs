//! Maps: entries in the order of insertion in one array, and an open-addressed index of (hash, entry) words over it. Up to eight
//! entries need no index. An entry keeps its position for life, deleted positions are reused, and growth copies positions
//! as they are: so an iteration is a walk over positions, whatever happens to the map meanwhile.
//!
//! In: map types, keys by address or value. Out: addresses of elements, valid until the map is next written to. There is no lock: a
//! flag that is set while the map is changed shows most uses of one map by several goroutines, which end the program. Map memory lies
//! in the collected heap; layouts of entries are made once for each map type.

mod keys;

use crate::error;
use crate::hash;
use crate::heap::{Addr, Shape};
use crate::memory::{overwrites, overwrites_values};
use crate::mte;
use crate::worker::{Pair, heap, random, worker, world};
use escargo_abi::types::{MapType, Type, kind};
use keys::{Key, Key32, Key64, KeyAny, KeyString};

/// What is derived from a map type.
pub struct MapInfo {
    key: *const Type,
    /// Layout of an entry: key, then element.
    entry: Type,
    size: usize,
    elem_offset: usize,
    key_size: usize,
    /// Keys are equal when their bytes are.
    regular: bool,
    string: bool,
    /// What look-ups of absent keys give the address of.
    zero: *const u8,
}

// SAFETY: infos do not change.
unsafe impl Sync for MapInfo {}

/// A worker's map types of late, in front of `World::maps`.
#[derive(Default)]
pub struct Recent([Option<(usize, &'static MapInfo)>; 32]);

/// A map, of which compiled code knows the first word. Words 1 to 4 are pointers to the heap.
#[repr(C)]
pub struct Map {
    length: usize,
    /// `mask + 1` words: hash in the high half, entry + 1 in the low half, 0 if free. Null for small maps.
    index: *mut u64,
    entries: *mut u8,
    /// A bit for each deleted entry; null until something is deleted.
    dead: *mut u64,
    /// Deleted entries, to be reused.
    free: *mut u32,
    free_length: u32,
    free_capacity: u32,
    /// Entries ever used are `[0, used)`.
    used: u32,
    capacity: u32,
    mask: u32,
    /// Not 0 while the map is changed.
    writing: u32,
    seed: u64,
    info: *const MapInfo,
}

const _: () = {
    use escargo_abi::types::map;
    assert!(std::mem::offset_of!(Map, entries) as u64 == map::ENTRIES);
    assert!(std::mem::offset_of!(Map, dead) as u64 == map::DEAD);
    assert!(std::mem::offset_of!(Map, used) as u64 == map::USED);
    assert!(size_of::<Map>() as u64 == map::SIZE);
};

const MAP_SHAPE: Shape = Shape::Mask(0b11110);
const SMALL: usize = escargo_abi::types::MAP_SMALL as usize;

const _: () = assert!(size_of::<Map>() == escargo_abi::types::MAP_SIZE as usize);

/// In the frame of the ranging function.
#[repr(C)]
pub struct Iter {
    key: *mut u8,
    elem: *mut u8,
    map: *mut Map,
    next: usize,
    start: usize,
    limit: usize,
    wrapped: usize,
    unused: [usize; 5],
}

const _: () = assert!(size_of::<Iter>() == escargo_abi::types::MAP_ITER_SIZE as usize);

static ZEROES: [u64; 128] = [0; 128];

unsafe fn bits_of(typ: *const Type, offset: usize, bitmap: &mut [u8]) {
    // SAFETY: a descriptor.
    unsafe {
        for word in 0..(*typ).ptr_bytes / 8 {
            if crate::heap::layout::pointer_bit((*typ).gcdata, word) {
                let at = offset / 8 + word;
                bitmap[at / 8] |= 1 << (at % 8);
            }
        }
    }
}

/// What is known of a map type; made at its first use, kept for ever.
unsafe fn info_of(typ: *const MapType) -> &'static MapInfo {
    let recent = &mut worker().maps.0;
    let slot = typ as usize / 16 % recent.len();
    if let Some((t, info)) = recent[slot]
        && t == typ as usize
    {
        return info;
    }
    // SAFETY: a map type descriptor.
    let info = *world().maps.lock().entry(typ as usize).or_insert_with(|| unsafe {
        let (key, elem) = ((*typ).key, (*typ).elem);
        let align = ((*key).align as usize).max((*elem).align as usize).max(1);
        let elem_offset = (*key).size.next_multiple_of(((*elem).align as usize).max(1));
        let size = (elem_offset + (*elem).size).max(1).next_multiple_of(align);
        let ptr_bytes = match ((*key).ptr_bytes, (*elem).ptr_bytes) {
            (k, 0) => k,
            (_, e) => elem_offset + e,
        };
        let bitmap = vec![0u8; ptr_bytes.div_ceil(64)].leak();
        bits_of(key, 0, bitmap);
        bits_of(elem, elem_offset, bitmap);
        let zero = match (*elem).size <= size_of_val(&ZEROES) {
            true => ZEROES.as_ptr() as *const u8,
            false => vec![0u64; (*elem).size.div_ceil(8)].leak().as_ptr() as *const u8,
        };
        Box::leak(Box::new(MapInfo {
            key,
            entry: Type {
                size,
                ptr_bytes,
                hash: 0,
                tflag: 0,
                align: align as u8,
                field_align: align as u8,
                kind: 0,
                equal: 0,
                gcdata: bitmap.as_ptr(),
                str_off: 0,
                ptr_to_this: 0,
            },
            size,
            elem_offset,
            key_size: (*key).size,
            regular: hash::is_regular(key),
            string: (*key).kind & kind::MASK == kind::STRING,
            zero,
        }))
    });
    recent[slot] = Some((typ as usize, info));
    info
}

const WRITES: &str = "concurrent map writes";
const READ: &str = "concurrent map read and map write";
const ITERATION: &str = "concurrent map iteration and map write";

#[cold]
fn misused(problem: &'static str) -> ! {
    crate::sched::fatal_text(problem)
}

fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

impl Map {
    #[inline(always)]
    fn info(&self) -> &'static MapInfo {
        // SAFETY: infos live for ever.
        unsafe { &*self.info }
    }

    #[inline(always)]
    fn entry(&self, i: usize) -> *mut u8 {
        // SAFETY: the index is below the capacity.
        unsafe { self.entries.add(i * self.info().size) }
    }

    /// Ends the program if another goroutine changes the map now.
    #[inline(always)]
    fn check_unchanged(&self, problem: &'static str) {
        // SAFETY: a word of the map. Volatile, because another thread may write it.
        if unsafe { (&raw const self.writing).read_volatile() } != 0 {
            misused(problem);
        }
    }

    /// Begins a change.
    #[inline(always)]
    fn begin_change(&mut self) {
        self.check_unchanged(WRITES);
        // SAFETY: as above.
        unsafe { (&raw mut self.writing).write_volatile(1) };
    }

    /// Ends a change, if nobody else did so.
    #[inline(always)]
    fn end_change(&mut self) {
        // SAFETY: as above.
        unsafe {
            if (&raw const self.writing).read_volatile() == 0 {
                misused(WRITES);
            }
            (&raw mut self.writing).write_volatile(0);
        }
    }

    #[inline(always)]
    fn is_dead(&self, i: usize) -> bool {
        // SAFETY: the bitmap covers the capacity.
        !self.dead.is_null() && unsafe { *self.dead.add(i / 64) >> (i % 64) & 1 != 0 }
    }

    /// Position of a key; also its hash if that was computed.
    #[inline(always)]
    unsafe fn find<K: Key>(&self, key: &K) -> (Option<usize>, Option<u64>) {
        // SAFETY: entries and index words in range.
        unsafe {
            if self.index.is_null() {
                let hash =
                    if K::MAY_PANIC && !self.info().regular { Some(key.hash(self.seed)) } else { None };
                let mut i = 0;
                let size = self.info().size;
                let mut entry = self.entries;
                while i < self.used as usize {
                    if key.matches(entry) && !self.is_dead(i) {
                        return (Some(i), hash);
                    }
                    i += 1;
                    entry = entry.add(size);
                }
                return (None, hash);
            }
            let hash = key.hash(self.seed);
            let tag = tag(hash);
            let mut at = tag & self.mask;
            loop {
                let word = *self.index.add(at as usize);
                if word == 0 {
                    return (None, Some(hash));
                }
                if (word >> 32) as u32 == tag {
                    let i = (word as u32 - 1) as usize;
                    if key.matches(self.entry(i)) {
                        return (Some(i), Some(hash));
                    }
                }
                at = (at + 1) & self.mask;
            }
        }
    }

    /// Element address of a key, or zeroes.
    #[inline(always)]
    unsafe fn get<K: Key>(&self, key: &K) -> Pair {
        self.check_unchanged(READ);
        // SAFETY: as for `find`.
        unsafe {
            match self.find(key).0 {
                Some(i) => Pair { a: self.entry(i).add(self.info().elem_offset) as usize, b: 1 },
                None => Pair { a: self.info().zero as usize, b: 0 },
            }
        }
    }

    /// Element address of a key, which is added if it is absent.
    #[inline(always)]
    unsafe fn assign<K: Key>(&mut self, key: &K) -> *mut u8 {
        // SAFETY: as for `find`.
        unsafe {
            if !K::MAY_PANIC {
                self.begin_change();
            }
            let (found, hash) = self.find(key);
            if K::MAY_PANIC {
                self.begin_change();
            }
            if let Some(i) = found {
                let entry = self.entry(i);
                if K::UPDATES && !self.info().regular {
                    overwrites_values(self.info().key, entry, 1);
                    key.store(entry);
                }
                self.end_change();
                return entry.add(self.info().elem_offset);
            }
            let i = self.position();
            let entry = self.entry(i);
            key.store(entry);
            self.length += 1;
            if !self.index.is_null() {
                let hash = hash.unwrap_or_else(|| key.hash(self.seed));
                self.link(tag(hash), i);
            }
            self.end_change();
            entry.add(self.info().elem_offset)
        }
    }

    /// A free position; grows what has to grow. The memory there is zero.
    #[inline(always)]
    unsafe fn position(&mut self) -> usize {
        // SAFETY: arrays in range.
        unsafe {
            if self.free_length > 0 {
                self.free_length -= 1;
                let i = *self.free.add(self.free_length as usize) as usize;
                *self.dead.add(i / 64) &= !(1 << (i % 64));
                return i;
            }
            if self.used == self.capacity {
                self.grow();
            }
            self.used += 1;
            self.used as usize - 1
        }
    }

    /// Puts an entry into the index, which has room.
    #[inline(always)]
    unsafe fn link(&mut self, tag: u32, i: usize) {
        // SAFETY: index words in range.
        unsafe {
            let mut at = tag & self.mask;
            while *self.index.add(at as usize) != 0 {
                at = (at + 1) & self.mask;
            }
            *self.index.add(at as usize) = (tag as u64) << 32 | (i as u64 + 1);
        }
    }

    /// Room for `capacity` entries.
    unsafe fn set_capacity(&mut self, capacity: usize) {
        assert!(capacity < u32::MAX as usize, "a map has less than 2^32 entries");
        let info = self.info();
        // Behind the entries the index may lie, which makes room when there is a new one.
        let entries = Addr(self.entries as usize);
        let extend = || heap().extend_large(entries, capacity.saturating_mul(info.size));
        let large = self.capacity as usize * info.size > escargo_abi::sizes::MAX_SMALL;
        let mut extended = large && extend();
        // SAFETY: old arrays hold what `used` says; new ones are larger.
        unsafe {
            if !self.dead.is_null() {
                let dead = heap().alloc(capacity.div_ceil(64) * 8, Shape::NoScan).pointer() as *mut u64;
                std::ptr::copy_nonoverlapping(self.dead, dead, (self.capacity as usize).div_ceil(64));
                self.dead = dead;
            }
            let had_index = !self.index.is_null();
            if capacity > SMALL {
                let size = (capacity * 8 / 5).next_power_of_two();
                let old = (self.index, self.mask);
                let index = heap().alloc(size * 8, Shape::NoScan).pointer() as *mut u64;
                self.index = index;
                self.mask = size as u32 - 1;
                if had_index {
                    for at in 0..=old.1 as usize {
                        let word = *old.0.add(at);
                        if word != 0 {
                            self.link((word >> 32) as u32, (word as u32 - 1) as usize);
                        }
                    }
                    // Only this map knew it.
                    world().heap.lock().free_large(Addr(old.0 as usize));
                } else {
                    for i in 0..self.used as usize {
                        if !self.is_dead(i) {
                            let hash = self.hash_entry(i);
                            self.link(tag(hash), i);
                        }
                    }
                }
            }
            extended = extended || large && extend();
            if !extended {
                let Some(entries) = heap().alloc_array(&raw const info.entry, capacity) else {
                    crate::os::out_of_memory(usize::MAX)
                };
                if self.used > 0 {
                    std::ptr::copy_nonoverlapping(
                        self.entries,
                        entries.pointer(),
                        self.used as usize * info.size,
                    );
                }
                overwrites(self.entries as usize);
                self.entries = entries.pointer();
            }
            self.capacity = capacity as u32;
        }
    }

    unsafe fn hash_entry(&self, i: usize) -> u64 {
        // SAFETY: a live entry.
        unsafe { hash::hash(self.info().key, self.entry(i), self.seed) }
    }

    #[cold]
    #[inline(never)]
    unsafe fn grow(&mut self) {
        let capacity = if self.capacity == 0 { SMALL } else { self.capacity as usize * 2 };
        // SAFETY: more than before.
        unsafe { self.set_capacity(capacity) };
    }

    unsafe fn delete<K: Key>(&mut self, key: &K) {
        // SAFETY: as for `find`.
        unsafe {
            self.check_unchanged(WRITES);
            let (found, hash) = self.find(key);
            let Some(i) = found else { return };
            self.begin_change();
            if !self.index.is_null() {
                let hash = hash.unwrap_or_else(|| key.hash(self.seed));
                self.unlink(tag(hash), i);
            }
            self.length -= 1;
            if self.length == 0 {
                self.reset();
                return self.end_change();
            }
            overwrites_values(&raw const self.info().entry, self.entry(i), 1);
            mte::clear(self.entry(i), self.info().size);
            if self.dead.is_null() {
                let words = (self.capacity as usize).div_ceil(64);
                self.dead = heap().alloc(words * 8, Shape::NoScan).pointer() as *mut u64;
            }
            *self.dead.add(i / 64) |= 1 << (i % 64);
            if self.free_length == self.free_capacity {
                let capacity = (self.free_capacity * 2).max(8);
                let free = heap().alloc_dirty(capacity as usize * 4).pointer() as *mut u32;
                if self.free_length > 0 {
                    std::ptr::copy_nonoverlapping(self.free, free, self.free_length as usize);
                }
                self.free = free;
                self.free_capacity = capacity;
            }
            *self.free.add(self.free_length as usize) = i as u32;
            self.free_length += 1;
            self.end_change();
        }
    }

    /// Takes an entry out of the index, and moves those behind it up, so that no marks of deleted ones are needed.
    unsafe fn unlink(&mut self, tag: u32, i: usize) {
        // SAFETY: index words in range; the entry is in the index.
        unsafe {
            let word = (tag as u64) << 32 | (i as u64 + 1);
            let mut hole = tag & self.mask;
            while *self.index.add(hole as usize) != word {
                hole = (hole + 1) & self.mask;
            }
            let mut at = hole;
            loop {
                at = (at + 1) & self.mask;
                let next = *self.index.add(at as usize);
                if next == 0 {
                    break;
                }
                let home = (next >> 32) as u32 & self.mask;
                if at.wrapping_sub(home) & self.mask >= at.wrapping_sub(hole) & self.mask {
                    *self.index.add(hole as usize) = next;
                    hole = at;
                }
            }
            *self.index.add(hole as usize) = 0;
        }
    }

    /// Empties the map, keeping its memory.
    unsafe fn reset(&mut self) {
        // SAFETY: arrays in range.
        unsafe {
            if self.used > 0 {
                overwrites_values(&raw const self.info().entry, self.entries, self.used as usize);
                mte::clear(self.entries, self.used as usize * self.info().size);
            }
            if !self.dead.is_null() {
                mte::clear(self.dead as *mut u8, (self.capacity as usize).div_ceil(64) * 8);
            }
            if !self.index.is_null() {
                mte::clear(self.index as *mut u8, (self.mask as usize + 1) * 8);
            }
        }
        self.length = 0;
        self.used = 0;
        self.free_length = 0;
        self.seed = random();
    }
}

/// # Safety
/// A map type.
pub unsafe extern "C" fn map_make(typ: *const MapType, hint: i64) -> *mut Map {
    // SAFETY: a new map, zeroed.
    unsafe {
        let info = info_of(typ);
        let m = heap().alloc(size_of::<Map>(), MAP_SHAPE).pointer() as *mut Map;
        (*m).begin(info, hint);
        m
    }
}

/// # Safety
/// Zeroed memory for a map and `SMALL` entries that outlives it, a map type.
pub unsafe extern "C" fn map_make_at(m: *mut Map, typ: *const MapType, hint: i64) -> *mut Map {
    // SAFETY: the caller's promise.
    unsafe {
        (*m).entries = m.add(1) as *mut u8;
        (*m).capacity = SMALL as u32;
        (*m).begin(info_of(typ), hint);
        m
    }
}

impl Map {
    unsafe fn begin(&mut self, info: &'static MapInfo, hint: i64) {
        self.info = info;
        self.seed = random();
        // As in Go, a hint that no memory could satisfy is ignored.
        let hint =
            if hint < 0 || (hint as usize).saturating_mul(info.size) > 1 << 40 { 0 } else { hint as usize };
        if hint > SMALL {
            // SAFETY: a map without entries.
            unsafe { self.set_capacity(hint) };
        }
    }
}

/// # Safety
/// A map type, a map of it or null, the address of a key.
pub unsafe extern "C" fn map_get(typ: *const MapType, m: *const Map, key: *const u8) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { map_get_ok(typ, m, key).a as *mut u8 }
}

/// # Safety
/// As for `map_get`.
pub unsafe extern "C" fn map_get_ok(typ: *const MapType, m: *const Map, key: *const u8) -> Pair {
    // SAFETY: the caller's promise.
    unsafe {
        if m.is_null() {
            let info = info_of(typ);
            if !info.regular && !info.string {
                hash::check_key(info.key, key);
            }
            return Pair { a: info.zero as usize, b: 0 };
        }
        let info = (*m).info();
        if info.regular && info.key_size == 8 {
            return (*m).get(&Key64(*(key as *const u64)));
        }
        if info.string {
            let [p, n] = *(key as *const [usize; 2]);
            return (*m).get(&KeyString(p as *const u8, n));
        }
        if (*m).length == 0 {
            hash::check_key(info.key, key);
            return Pair { a: info.zero as usize, b: 0 };
        }
        (*m).get(&KeyAny(info.key, key))
    }
}

/// # Safety
/// As for `map_get`.
pub unsafe extern "C" fn map_assign(_typ: *const MapType, m: *mut Map, key: *const u8) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe {
        check_assign(m);
        (*m).assign(&KeyAny((*m).info().key, key))
    }
}

#[inline(always)]
fn check_assign(m: *const Map) {
    if m.is_null() {
        error::plain("assignment to entry in nil map");
    }
}

/// # Safety
/// As for `map_get`.
pub unsafe extern "C" fn map_delete(typ: *const MapType, m: *mut Map, key: *const u8) {
    // SAFETY: the caller's promise.
    unsafe {
        if m.is_null() || (*m).length == 0 {
            let info = info_of(typ);
            if !info.regular && !info.string {
                hash::check_key(info.key, key);
            }
            return;
        }
        (*m).delete(&KeyAny((*m).info().key, key));
    }
}

unsafe fn zero_of(typ: *const MapType) -> Pair {
    // SAFETY: a map type.
    Pair { a: unsafe { info_of(typ) }.zero as usize, b: 0 }
}

/// # Safety
/// As for `map_get`, the key by value.
pub unsafe extern "C" fn map_get_32(typ: *const MapType, m: *const Map, key: i64) -> Pair {
    // SAFETY: the caller's promise.
    unsafe { if m.is_null() { zero_of(typ) } else { (*m).get(&Key32(key as u32)) } }
}

/// # Safety
/// As for `map_get`, the key by value.
pub unsafe extern "C" fn map_get_64(typ: *const MapType, m: *const Map, key: i64) -> Pair {
    // SAFETY: the caller's promise.
    unsafe { if m.is_null() { zero_of(typ) } else { (*m).get(&Key64(key as u64)) } }
}

/// # Safety
/// As for `map_get`, the key by value.
pub unsafe extern "C" fn map_get_str(typ: *const MapType, m: *const Map, p: *const u8, n: i64) -> Pair {
    // SAFETY: the caller's promise.
    unsafe { if m.is_null() { zero_of(typ) } else { (*m).get(&KeyString(p, n as usize)) } }
}

/// # Safety
/// As for `map_assign`, the key by value.
pub unsafe extern "C" fn map_assign_32(_typ: *const MapType, m: *mut Map, key: i64) -> *mut u8 {
    check_assign(m);
    // SAFETY: the caller's promise.
    unsafe { (*m).assign(&Key32(key as u32)) }
}

/// # Safety
/// As for `map_assign`, the key by value.
pub unsafe extern "C" fn map_assign_64(_typ: *const MapType, m: *mut Map, key: i64) -> *mut u8 {
    check_assign(m);
    // SAFETY: the caller's promise.
    unsafe { (*m).assign(&Key64(key as u64)) }
}

/// # Safety
/// As for `map_assign`, the key by value.
pub unsafe extern "C" fn map_assign_str(_typ: *const MapType, m: *mut Map, p: *const u8, n: i64) -> *mut u8 {
    check_assign(m);
    // SAFETY: the caller's promise.
    unsafe { (*m).assign(&KeyString(p, n as usize)) }
}

/// # Safety
/// A map or null.
pub unsafe extern "C" fn map_clear(_typ: *const MapType, m: *mut Map) {
    // SAFETY: the caller's promise.
    unsafe {
        if !m.is_null() && (*m).used > 0 {
            (*m).begin_change();
            (*m).reset();
            (*m).end_change();
        }
    }
}

/// # Safety
/// A map or null, the address of an iterator.
pub unsafe extern "C" fn map_iter_init(_typ: *const MapType, m: *mut Map, it: *mut Iter) {
    // SAFETY: the caller's promise.
    unsafe {
        let empty = m.is_null() || (*m).length == 0;
        let limit = if empty { 0 } else { (*m).used as usize };
        let start = if limit == 0 { 0 } else { (random() >> 32) as usize % limit };
        *it = Iter {
            key: std::ptr::null_mut(),
            elem: std::ptr::null_mut(),
            map: m,
            next: start,
            start,
            limit,
            wrapped: 0,
            unused: [0; 5],
        };
        map_iter_next(it);
    }
}

/// # Safety
/// An iterator that `map_iter_init` started.
pub unsafe extern "C" fn map_iter_next(it: *mut Iter) {
    // SAFETY: the caller's promise; positions below `used` exist.
    unsafe {
        let it = &mut *it;
        let m = &*it.map;
        if it.limit != 0 {
            m.check_unchanged(ITERATION);
        }
        // The iterator may lie in the heap; what it points to may be entries that the map has given up.
        overwrites(it.key as usize);
        loop {
            if it.wrapped == 0 && (it.limit == 0 || it.next >= it.limit.min(m.used as usize)) {
                it.wrapped = 1;
                it.next = 0;
            }
            if it.wrapped != 0 && (it.limit == 0 || it.next >= it.start.min(m.used as usize)) {
                it.key = std::ptr::null_mut();
                it.elem = std::ptr::null_mut();
                return;
            }
            let i = it.next;
            it.next += 1;
            if !m.is_dead(i) {
                it.key = m.entry(i);
                it.elem = it.key.add(m.info().elem_offset);
                return;
            }
        }
    }
}

/// # Safety
/// A map type and a map of it or null.
pub unsafe extern "C" fn map_clone(typ: *const MapType, m: *const Map) -> *mut Map {
    // SAFETY: the caller's promise; the copy has the same capacity.
    unsafe {
        if m.is_null() {
            return std::ptr::null_mut();
        }
        let new = map_make(typ, 0);
        let info = info_of(typ);
        let mut it: Iter = std::mem::zeroed();
        (*new).set_capacity(((*m).length).max(SMALL));
        map_iter_init(typ, m as *mut Map, &raw mut it);
        while !it.key.is_null() {
            let i = (*new).position();
            std::ptr::copy_nonoverlapping(it.key, (*new).entry(i), info.size);
            (*new).length += 1;
            if !(*new).index.is_null() {
                let hash = (*new).hash_entry(i);
                (*new).link(tag(hash), i);
            }
            map_iter_next(&raw mut it);
        }
        new
    }
}
