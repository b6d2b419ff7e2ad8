//! What the collector must know of an object's contents, reduced from a layout descriptor to the cheapest form: nothing, a mask
//! repeated every 64 words, or a layout word (address of a descriptor, bit 0 set for an array of it).
//!
//! In: `abi` descriptors. Out: `Shape`. Descriptors live as long as the program.

use escargo_abi::types::Type;

/// How an object is scanned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    NoScan,
    /// Bit i: the words i, i + 64, ... are pointers.
    Mask(u64),
    /// A layout word.
    Word(usize),
}

pub const ARRAY: usize = 1;

/// Bit `word` of a descriptor's bitmap.
///
/// # Safety
/// `gcdata` must hold more than `word` bits.
pub unsafe fn pointer_bit(gcdata: *const u8, word: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { *gcdata.add(word / 8) >> (word % 8) & 1 != 0 }
}

/// The first up to 64 bits of a descriptor's bitmap.
///
/// # Safety
/// `layout` must be a valid descriptor.
pub unsafe fn first_mask(layout: *const Type) -> u64 {
    // SAFETY: the bitmap has a bit for each word of `ptr_bytes`.
    unsafe {
        let words = (*layout).ptr_bytes / 8;
        let mut mask = 0;
        for byte in 0..words.min(64).div_ceil(8) {
            mask |= (*(*layout).gcdata.add(byte) as u64) << (8 * byte);
        }
        if words < 64 { mask & ((1 << words) - 1) } else { mask }
    }
}

/// The shape of one object.
///
/// # Safety
/// `layout` must be a valid descriptor.
pub unsafe fn of_object(layout: *const Type) -> Shape {
    // SAFETY: the caller's promise.
    unsafe {
        if (*layout).ptr_bytes == 0 {
            Shape::NoScan
        } else if (*layout).size <= 512 {
            Shape::Mask(first_mask(layout))
        } else {
            Shape::Word(layout as usize)
        }
    }
}

/// The shape of an array of more than one element.
///
/// # Safety
/// `element` must be a valid descriptor of a size that is a multiple of 8 if it has pointers.
pub unsafe fn of_array(element: *const Type) -> Shape {
    // SAFETY: the caller's promise.
    unsafe {
        if (*element).ptr_bytes == 0 {
            return Shape::NoScan;
        }
        let words = (*element).size / 8;
        if words <= 64 && words.is_power_of_two() {
            let mut mask = first_mask(element);
            let mut width = words;
            while width < 64 {
                mask |= mask << width;
                width *= 2;
            }
            return Shape::Mask(mask);
        }
        Shape::Word(element as usize | ARRAY)
    }
}
