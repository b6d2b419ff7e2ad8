//! Type descriptors, in the layout of Go's internal/abi (Go 1.22 and later), and the headers of Go values.
//!
//! A descriptor doubles as a memory layout for the allocator: size at 0, pointer bytes at 8, pointer bitmap at
//! `GCDATA`. Layouts without a Go type (closures, frames) have only a `Type` with kind 0.

/// Sizes of value headers, in bytes: string {data, len}; slice {data, len, cap}; interface {table or type, data}.
pub const STRING_SIZE: u32 = 16;
pub const SLICE_SIZE: u32 = 24;
pub const INTERFACE_SIZE: u32 = 16;

#[repr(C)]
pub struct Type {
    pub size: usize,
    /// Bytes at the start of the value that may hold pointers.
    pub ptr_bytes: usize,
    pub hash: u32,
    pub tflag: u8,
    pub align: u8,
    pub field_align: u8,
    /// `kind::*`, with `KIND_DIRECT_IFACE` as a flag bit.
    pub kind: u8,
    /// Go func value `func(unsafe.Pointer, unsafe.Pointer) bool`; null if not comparable, else any non-null address.
    pub equal: usize,
    /// Bitmap of `ptr_bytes / 8` bits, little-endian, 1 = pointer.
    pub gcdata: *const u8,
    /// Offset of the name in the type section.
    pub str_off: i32,
    /// Offset of the descriptor of `*T` in the type section, or 0.
    pub ptr_to_this: i32,
}

pub const TYPE_SIZE: u32 = 48;
pub const TYPE_GCDATA: u32 = 32;
pub const TYPE_HASH: u32 = 16;
pub const TYPE_KIND: u32 = 23;
pub const TYPE_EQUAL: u32 = 24;

pub mod kind {
    pub const BOOL: u8 = 1;
    pub const INT: u8 = 2;
    pub const INT8: u8 = 3;
    pub const INT16: u8 = 4;
    pub const INT32: u8 = 5;
    pub const INT64: u8 = 6;
    pub const UINT: u8 = 7;
    pub const UINT8: u8 = 8;
    pub const UINT16: u8 = 9;
    pub const UINT32: u8 = 10;
    pub const UINT64: u8 = 11;
    pub const UINTPTR: u8 = 12;
    pub const FLOAT32: u8 = 13;
    pub const FLOAT64: u8 = 14;
    pub const COMPLEX64: u8 = 15;
    pub const COMPLEX128: u8 = 16;
    pub const ARRAY: u8 = 17;
    pub const CHAN: u8 = 18;
    pub const FUNC: u8 = 19;
    pub const INTERFACE: u8 = 20;
    pub const MAP: u8 = 21;
    pub const POINTER: u8 = 22;
    pub const SLICE: u8 = 23;
    pub const STRING: u8 = 24;
    pub const STRUCT: u8 = 25;
    pub const UNSAFE_POINTER: u8 = 26;
    /// Flag bit of `Type::kind`: an interface holds the value itself, which is one pointer.
    pub const DIRECT_IFACE: u8 = 1 << 5;
    pub const MASK: u8 = DIRECT_IFACE - 1;
}

pub mod tflag {
    /// An `Uncommon` follows the kind's own structure.
    pub const UNCOMMON: u8 = 1 << 0;
    /// The name string has an extra leading `*`.
    pub const EXTRA_STAR: u8 = 1 << 1;
    pub const NAMED: u8 = 1 << 2;
    /// Equality and hash are of the memory's bytes.
    pub const REGULAR_MEMORY: u8 = 1 << 3;
}

// What follows `Type` (at offset 48), by kind:
//   array      elem *Type, slice *Type, len uintptr
//   chan       elem *Type, dir int (1 recv, 2 send, 3 both)
//   func       in_count u16, out_count u16 (top bit: variadic); [padding to 56]; then (after Uncommon) in+out *Type
//   interface  pkg_path Name(*byte), methods slice {name_off i32, type_off i32}
//   map        key *Type, elem *Type, group *Type (the runtime's own), hasher funcval ptr, ... see MapType
//   pointer    elem *Type
//   slice      elem *Type
//   struct     pkg_path Name(*byte), fields slice {name *byte, typ *Type, offset uintptr}
// `Uncommon` (16 bytes) follows that structure: pkg_path i32 name offset, mcount u16, xcount u16, moff u32 (offset from
// the Uncommon to the methods), unused u32. Methods, sorted by name (exported first is implied by byte order; for
// equal unexported names by package path): {name_off i32, mtyp_off i32, ifn i32, tfn i32}; ifn and tfn are
// indices into `Program::method_code` (ifn takes the interface's data word as receiver, tfn the value itself).
// A name is: flag byte (1 exported, 2 has tag, 4 has package path, 8 embedded), varint length, bytes,
// [varint tag length, tag], [4-byte name offset of the package path].
// Offsets are relative to the start of the type section; -1 in method fields: unreachable.

#[repr(C)]
pub struct MapType {
    pub typ: Type,
    pub key: *const Type,
    pub elem: *const Type,
    pub flags: usize,
    pub reserved: [usize; 4],
}
pub const MAP_TYPE_SIZE: u32 = 48 + 56;

#[repr(C)]
pub struct Uncommon {
    pub pkg_path: i32,
    pub mcount: u16,
    pub xcount: u16,
    pub moff: u32,
    pub unused: u32,
}

#[repr(C)]
pub struct Method {
    pub name: i32,
    pub mtyp: i32,
    pub ifn: i32,
    pub tfn: i32,
}

#[repr(C)]
pub struct Imethod {
    pub name: i32,
    pub typ: i32,
}

/// An interface table: {inter *InterfaceType, type *Type, hash u32, padding, fun [n]code address}, methods sorted by name.
#[repr(C)]
pub struct Itab {
    pub inter: *const Type,
    pub typ: *const Type,
    pub hash: u32,
    pub padding: u32,
}
pub const ITAB_TYPE: u32 = 8;
pub const ITAB_FUN: u32 = 24;

/// Word 0 of a channel is its length, word 1 its capacity; word 0 of a map is its length.
pub const CHAN_LEN: u32 = 0;
pub const CHAN_CAP: u32 = 8;
pub const MAP_LEN: u32 = 0;

/// A map's own memory, which `map_make_at` is given with room for `MAP_SMALL` entries behind it. An entry is the key, then the element
/// at its alignment, rounded up to the larger alignment; one byte at least.
pub const MAP_SIZE: u32 = 80;
pub const MAP_SMALL: u32 = 8;

/// Map iterator, in the frame of the ranging function: key pointer (null at the end), element pointer, private words.
/// Offsets in a map, for debuggers: its length is word 0. An entry is a key and an element, each at the next offset that fits its
/// alignment; entries `[0, used)` exist but for those with a bit in `dead`.
pub mod map {
    pub const ENTRIES: u64 = 16;
    pub const DEAD: u64 = 24;
    pub const USED: u64 = 48;
    pub const SIZE: u64 = 80;
}

pub const MAP_ITER_SIZE: u32 = 96;
pub const MAP_ITER_KEY: u32 = 0;
pub const MAP_ITER_ELEM: u32 = 8;

/// A case of a select statement: {channel, element address}.
pub const SELECT_CASE_SIZE: u32 = 16;

/// Bytes of the buffer that a runtime operation with a site may be given instead of heap memory.
pub const TEMP_BUFFER: u32 = 32;
