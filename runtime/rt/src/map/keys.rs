//! Keys of maps, as they are looked for: words, strings, and anything else by its type.
//!
//! In: a key in registers or memory. Out: its hash, whether an entry has it, an entry with it. Guarantees: equal keys have equal hashes.

use crate::hash::{self, hash_bytes, hash_word};
use escargo_abi::types::Type;

/// A key to look for.
pub trait Key {
    /// # Safety
    /// The key must be valid.
    unsafe fn hash(&self, seed: u64) -> u64;
    /// # Safety
    /// `entry` is an entry of a map with such keys.
    unsafe fn matches(&self, entry: *const u8) -> bool;
    /// # Safety
    /// As for `matches`.
    unsafe fn store(&self, entry: *mut u8);
    /// Whether hashing can panic, and so must be done even if the map is empty.
    const MAY_PANIC: bool = false;
    /// Whether equal keys may differ in their bytes, so that the last one assigned is kept.
    const UPDATES: bool = false;
}

pub struct Key32(pub u32);
pub struct Key64(pub u64);
pub struct KeyString(pub *const u8, pub usize);
pub struct KeyAny(pub *const Type, pub *const u8);

impl Key for Key32 {
    #[inline(always)]
    unsafe fn hash(&self, seed: u64) -> u64 {
        hash_word(self.0 as u64, seed)
    }
    #[inline(always)]
    unsafe fn matches(&self, entry: *const u8) -> bool {
        // SAFETY: entries of such maps begin with their key.
        unsafe { *(entry as *const u32) == self.0 }
    }
    #[inline(always)]
    unsafe fn store(&self, entry: *mut u8) {
        // SAFETY: as above.
        unsafe { *(entry as *mut u32) = self.0 }
    }
}

impl Key for Key64 {
    #[inline(always)]
    unsafe fn hash(&self, seed: u64) -> u64 {
        hash_word(self.0, seed)
    }
    #[inline(always)]
    unsafe fn matches(&self, entry: *const u8) -> bool {
        // SAFETY: entries of such maps begin with their key.
        unsafe { *(entry as *const u64) == self.0 }
    }
    #[inline(always)]
    unsafe fn store(&self, entry: *mut u8) {
        // SAFETY: as above.
        unsafe { *(entry as *mut u64) = self.0 }
    }
}

impl Key for KeyString {
    #[inline(always)]
    unsafe fn hash(&self, seed: u64) -> u64 {
        // SAFETY: a string.
        unsafe { hash_bytes(self.0, self.1, seed) }
    }
    #[inline(always)]
    unsafe fn matches(&self, entry: *const u8) -> bool {
        // SAFETY: entries of such maps begin with their key.
        unsafe {
            let [p, n] = *(entry as *const [usize; 2]);
            n == self.1
                && (p == self.0 as usize
                    || crate::string::bytes(p as *const u8, n as i64)
                        == crate::string::bytes(self.0, n as i64))
        }
    }
    #[inline(always)]
    unsafe fn store(&self, entry: *mut u8) {
        // SAFETY: as above.
        unsafe { *(entry as *mut [usize; 2]) = [self.0 as usize, self.1] }
    }
    /// Go lets go of the memory of the old text.
    const UPDATES: bool = true;
}

impl Key for KeyAny {
    unsafe fn hash(&self, seed: u64) -> u64 {
        // SAFETY: the address of a key.
        unsafe { hash::hash(self.0, self.1, seed) }
    }
    unsafe fn matches(&self, entry: *const u8) -> bool {
        // SAFETY: as above.
        unsafe { hash::equal(self.0, entry, self.1) }
    }
    unsafe fn store(&self, entry: *mut u8) {
        // SAFETY: as above.
        unsafe { std::ptr::copy(self.1, entry, (*self.0).size) }
    }
    const MAY_PANIC: bool = true;
    const UPDATES: bool = true;
}
