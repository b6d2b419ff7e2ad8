//! Memory tagging (AArch64's MTE): `GODEBUG=mte=sync` or `mte=async`. Every heap object, and with `--mte-stack` every stack object whose
//! address is taken, gets a tag in its memory and in the pointer to it; an access through a pointer of another tag is a violation.
//!
//! In: objects as they are handed out and found dead. Out: tagged pointers, and a table of what is known of tagged memory, for
//! reports. Requires a processor with MTE; elsewhere `enable` says so. When it is off, nothing here is reached: compiled code
//! gets its objects from cursors, which tagging keeps empty.
//!
//! Tags: 0 is memory that is not tagged, `FREED` is memory without an object, the rest belongs to objects; an object has one tag
//! for its life. Neighbours differ: objects of odd and of even index have odd and even tags. The runtime itself walks memory by
//! untagged addresses, with checks switched off for the thread (`Unchecked`).

use crate::os;
use crate::worker::{AddressMap, caller_frame};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

/// Bytes that have one tag.
pub const GRANULE: usize = 16;
/// The tag of memory without an object.
pub const FREED: u8 = 15;
const TAG_SHIFT: u32 = 56;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Sync,
    Async,
}

/// What is known of a piece of tagged memory.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    pub start: usize,
    pub bytes: usize,
    pub tag: u8,
    /// On a goroutine's stack.
    pub stack: bool,
    /// Address that the allocating call returns to.
    pub site: usize,
    /// Where, or by which collection, it ended.
    pub freed: Freed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Freed {
    Live,
    /// By the collection of that number.
    Collected(u64),
    /// By its owner in the runtime.
    Explicit,
    /// Its function returned; the address after the call that ended it.
    Returned(usize),
}

#[derive(Default)]
struct Table {
    pieces: AddressMap<usize, Piece>,
    /// What was at an address before.
    before: AddressMap<usize, Piece>,
    counter: u64,
}

static ON: AtomicBool = AtomicBool::new(false);
static TABLE: Mutex<Option<Table>> = Mutex::new(None);

/// Whether memory is tagged.
#[inline(always)]
pub fn on() -> bool {
    cfg!(target_arch = "aarch64") && ON.load(Ordering::Relaxed)
}

/// An address without its tag.
#[inline(always)]
pub fn strip(p: usize) -> usize {
    if cfg!(target_arch = "aarch64") { p & ((1 << TAG_SHIFT) - 1) } else { p }
}

pub fn tag_of(p: usize) -> u8 {
    (p >> TAG_SHIFT) as u8 & 15
}

fn with_tag(p: usize, tag: u8) -> usize {
    strip(p) | (tag as usize) << TAG_SHIFT
}

fn table() -> MutexGuard<'static, Option<Table>> {
    TABLE.lock().unwrap_or_else(|e| e.into_inner())
}

/// Switches tagging on for the calling thread and those that it will create; ends the process where that cannot be.
pub fn enable(mode: Mode) {
    if let Err(why) = cpu::enable(mode) {
        os::die(&format!("escargo: GODEBUG=mte: {why}"));
    }
    *table() = Some(Table::default());
    ON.store(true, Ordering::Relaxed);
}

/// Memory that can be tagged.
pub fn protect(address: usize, bytes: usize) {
    if on() {
        cpu::protect(address, bytes);
    }
}

/// Switches the calling thread's checks off while it lives.
pub struct Unchecked(bool);

impl Unchecked {
    #[inline(always)]
    pub fn new() -> Unchecked {
        Unchecked(on() && cpu::set_unchecked(true))
    }
}

impl Default for Unchecked {
    fn default() -> Unchecked {
        Unchecked::new()
    }
}

impl Drop for Unchecked {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0 {
            cpu::set_unchecked(false);
        }
    }
}

/// The tag of memory at an address.
pub fn memory_tag(address: usize) -> u8 {
    cpu::load_tag(strip(address))
}

/// Tags a new object, the whole of its place with `FREED` beyond its `bytes`; the pointer to it.
#[cold]
pub fn tag_object(start: usize, bytes: usize, place: usize, odd: bool, site: usize) -> usize {
    let start = strip(start);
    let mut guard = table();
    let Some(table) = &mut *guard else { return start };
    table.counter += 1;
    let last = table.pieces.get(&start).map_or(0, |p| p.tag);
    let n = (table.counter.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61) as u8 % 7;
    let mut tag = 2 * n + if odd { 1 } else { 2 };
    if tag == last {
        tag = 2 * ((n + 1) % 7) + if odd { 1 } else { 2 };
    }
    let used = bytes.next_multiple_of(GRANULE).max(GRANULE);
    cpu::store_tags(start, used, tag);
    if place > used {
        cpu::store_tags(start + used, place - used, FREED);
    }
    let piece = Piece { start, bytes, tag, stack: false, site, freed: Freed::Live };
    if let Some(old) = table.pieces.insert(start, piece) {
        table.before.insert(start, old);
    }
    with_tag(start, tag)
}

/// The object at `start` was asked for with only that many bytes.
pub fn shorten_object(start: usize, bytes: usize, place: usize) {
    let start = strip(start);
    let used = bytes.next_multiple_of(GRANULE).max(GRANULE);
    if place > used {
        cpu::store_tags(start + used, place - used, FREED);
    }
    if let Some(table) = &mut *table()
        && let Some(piece) = table.pieces.get_mut(&start)
    {
        piece.bytes = bytes;
    }
}

/// The object at `start`, if there was one, is no more.
pub fn free_object(start: usize, place: usize, how: Freed) {
    if let Some(table) = &mut *table()
        && let Some(piece) = table.pieces.get_mut(&strip(start))
        && piece.freed == Freed::Live
    {
        piece.freed = how;
        cpu::store_tags(strip(start), place, FREED);
    }
}

/// Tags a stack object; the pointer to it.
fn begin_stack(start: usize, bytes: usize, site: usize) -> usize {
    let mut guard = table();
    let Some(table) = &mut *guard else { return start };
    let start = strip(start);
    table.counter += 1;
    // A tag after the other: neighbours of a frame differ.
    let tag = (table.counter % 14) as u8 + 1;
    let piece = Piece { start, bytes, tag, stack: true, site, freed: Freed::Live };
    if let Some(old) = table.pieces.insert(start, piece) {
        table.before.insert(start, old);
    }
    cpu::store_tags(start, bytes, tag);
    with_tag(start, tag)
}

/// Ends a stack object, if it was begun.
fn end_stack(start: usize, bytes: usize, site: usize) {
    cpu::store_tags(strip(start), bytes, 0);
    if let Some(table) = &mut *table()
        && let Some(piece) = table.pieces.get_mut(&strip(start))
        && piece.freed == Freed::Live
    {
        piece.freed = Freed::Returned(site);
    }
}

pub unsafe extern "C" fn tag_stack(start: usize, bytes: i64) -> usize {
    if on() { begin_stack(start, bytes as usize, caller_frame().1) } else { start }
}

pub unsafe extern "C" fn untag_stack(start: usize, bytes: i64) {
    if on() {
        end_stack(start, bytes as usize, caller_frame().1);
    }
}

/// Zeroes memory through a pointer that may have a tag. The C library may do it by whole cache lines, which some emulators refuse
/// for pointers with tags.
///
/// # Safety
/// `bytes` writable bytes.
#[inline(always)]
pub unsafe fn clear(p: *mut u8, bytes: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if on() {
            for i in 0..bytes {
                p.add(i).write_volatile(0);
            }
        } else {
            p.write_bytes(0, bytes);
        }
    }
}

/// Ends all stack objects of `[low, high)`: their frames have been left by a panic, or their goroutine has ended.
pub fn untag_range(low: usize, high: usize) {
    if !on() {
        return;
    }
    let low = low & !(GRANULE - 1);
    cpu::store_tags(low, high - low, 0);
    if let Some(table) = &mut *table() {
        for piece in table.pieces.values_mut() {
            if piece.stack && (low..high).contains(&piece.start) && piece.freed == Freed::Live {
                piece.freed = Freed::Returned(0);
            }
        }
    }
}

/// What an access at `address` through a pointer with `tag` seems to have meant, and whether the piece is that at the address.
pub fn meant(address: usize, tag: u8) -> (Option<Piece>, Option<Piece>) {
    const FAR: usize = 1 << 16;
    let address = strip(address);
    let guard = table();
    let Some(table) = &*guard else { return (None, None) };
    let inside = |p: &&Piece| (p.start..p.start + p.bytes.next_multiple_of(GRANULE)).contains(&address);
    let here = table.pieces.values().find(inside).copied();
    // Its own memory, after its end.
    let own = [&table.pieces, &table.before]
        .into_iter()
        .filter_map(|pieces| pieces.values().filter(|p| p.tag == tag && p.freed != Freed::Live).find(inside))
        .next();
    if let Some(&own) = own {
        return (Some(own), here);
    }
    // The nearest object of that tag.
    let distance = |p: &Piece| {
        if address < p.start { p.start - address } else { (address + 1).saturating_sub(p.start + p.bytes) }
    };
    let near = table.pieces.values().filter(|p| p.tag == tag && distance(p) < FAR);
    let meant = near.min_by_key(|p| (distance(p), p.freed != Freed::Live)).copied();
    (meant, here)
}

#[cfg(target_arch = "aarch64")]
mod cpu {
    use super::{GRANULE, Mode, TAG_SHIFT};
    use std::arch::asm;

    const HWCAP2_MTE: u64 = 1 << 18;
    const PR_SET_TAGGED_ADDR_CTRL: i32 = 55;
    const PR_TAGGED_ADDR_ENABLE: u64 = 1;
    const PR_MTE_TCF_SYNC: u64 = 1 << 1;
    const PR_MTE_TCF_ASYNC: u64 = 1 << 2;
    const PROT_MTE: i32 = 0x20;

    pub fn enable(mode: Mode) -> Result<(), &'static str> {
        // SAFETY: queries and settings of this thread.
        unsafe {
            if libc::getauxval(libc::AT_HWCAP2) & HWCAP2_MTE == 0 {
                return Err("this processor, or its kernel, has no memory tagging");
            }
            let checks = match mode {
                Mode::Sync => PR_MTE_TCF_SYNC,
                Mode::Async => PR_MTE_TCF_ASYNC,
            };
            let set = PR_TAGGED_ADDR_ENABLE | checks | 0xfffe << 3;
            if libc::prctl(PR_SET_TAGGED_ADDR_CTRL, set, 0u64, 0u64, 0u64) != 0 {
                return Err("the system refuses to switch memory tagging on");
            }
        }
        Ok(())
    }

    pub fn protect(address: usize, bytes: usize) {
        // SAFETY: memory of the caller's.
        let r = unsafe {
            libc::mprotect(address as *mut _, bytes, libc::PROT_READ | libc::PROT_WRITE | PROT_MTE)
        };
        if r != 0 {
            crate::os::die("escargo: GODEBUG=mte: the system has no memory that can be tagged");
        }
    }

    /// Whether that was a change.
    #[inline(never)]
    pub fn set_unchecked(unchecked: bool) -> bool {
        // SAFETY: the thread's tag check override.
        unsafe {
            let old: u64;
            asm!(".arch_extension memtag", "mrs {0}, tco", out(reg) old, options(nostack));
            match unchecked {
                true => asm!(".arch_extension memtag", "msr tco, #1", options(nostack)),
                false => asm!(".arch_extension memtag", "msr tco, #0", options(nostack)),
            }
            (old != 0) != unchecked
        }
    }

    pub fn load_tag(address: usize) -> u8 {
        let mut p = address;
        // SAFETY: reads a tag; memory that has none has 0.
        unsafe { asm!(".arch_extension memtag", "ldg {0}, [{0}]", inout(reg) p, options(nostack)) };
        (p >> TAG_SHIFT) as u8 & 15
    }

    /// Tags the granules of `[start, start + bytes)`.
    pub fn store_tags(start: usize, bytes: usize, tag: u8) {
        let tagged = (tag as usize) << TAG_SHIFT | start;
        for at in (0..bytes).step_by(GRANULE) {
            // SAFETY: memory of the runtime's that can be tagged.
            unsafe {
                asm!(".arch_extension memtag", "stg {0}, [{0}]", in(reg) tagged + at, options(nostack));
            }
        }
    }
}

/// Processors without tags: `enable` refuses, and nothing else is reached.
#[cfg(not(target_arch = "aarch64"))]
mod cpu {
    use super::Mode;

    pub fn enable(_: Mode) -> Result<(), &'static str> {
        Err("this processor has no memory tagging (AArch64 with MTE has)")
    }

    pub fn protect(_: usize, _: usize) {}

    pub fn set_unchecked(_: bool) -> bool {
        false
    }

    pub fn load_tag(_: usize) -> u8 {
        0
    }

    pub fn store_tags(_: usize, _: usize, _: u8) {}
}
