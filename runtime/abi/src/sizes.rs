//! Size classes of the heap, shared by the allocator, by code that allocates inline, and by the growth of slices, whose
//! capacities programs observe.

/// Go's small sizes: the capacity of a grown slice is rounded up to them.
pub const CLASSES: [u32; 67] = [
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416,
    448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200,
    3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336,
    16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
];

/// Objects up to this size share blocks; larger ones are runs of blocks.
pub const MAX_SMALL: usize = 16384;

/// Class indices of sizes up to 1024 by 8 bytes, and of larger ones by 128.
static SMALL_INDEX: [u8; 129] = index_table(8);
static LARGE_INDEX: [u8; 257] = index_table(128);

const fn index_table<const N: usize>(step: u32) -> [u8; N] {
    let mut table = [0; N];
    let (mut i, mut class) = (0, 0);
    while i < N {
        while CLASSES[class] < i as u32 * step {
            class += 1;
        }
        table[i] = class as u8;
        i += 1;
    }
    table
}

/// Index of the smallest class that holds `size` bytes, which is at most 32768.
#[inline]
pub fn class_index(size: usize) -> usize {
    if size <= 1024 {
        SMALL_INDEX[size.div_ceil(8)] as usize
    } else {
        LARGE_INDEX[size.div_ceil(128)] as usize
    }
}

/// The size in bytes of the object that holds `size` bytes: what an `AllocClass` has as its size.
#[inline]
pub fn round(size: usize) -> usize {
    if size <= 32768 { CLASSES[class_index(size)] as usize } else { size.next_multiple_of(8192) }
}
