//! The description of a compiled program that the compiler hands to `rt::start`: the same structure whether the code
//! lies in a JIT arena or in an executable.

/// Small objects of one size and one pointer mask share an allocation class and so a cursor in the context.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocClass {
    /// Size in bytes, a multiple of 8 (16-byte objects and larger: of the collector's size class).
    pub size: u32,
    pub reserved: u32,
    /// Bit i: word i is a pointer. Layouts of more than 64 words have no class.
    pub mask: u64,
}

/// A range of static data that the collector scans precisely.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Root {
    pub address: *const u8,
    /// Bytes at the start that may hold pointers.
    pub ptr_bytes: usize,
    /// Bitmap over `ptr_bytes / 8` words, 1 = pointer.
    pub bitmap: *const u8,
}

/// One compiled function.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FuncInfo {
    pub start: usize,
    pub size: usize,
    /// Go's symbol name, `main.(*T).Method`, UTF-8.
    pub name: *const u8,
    pub name_len: usize,
    /// Lines by code offset, ascending: a byte stream of `LineEntry`, see there.
    pub lines: *const u8,
    pub lines_len: usize,
    /// Position of the declaration.
    pub pos: u32,
    /// `FUNC_*` bits.
    pub flags: u32,
}

/// A wrapper, left out of tracebacks.
pub const FUNC_WRAPPER: u32 = 1;
/// The `enter` trampoline: tracebacks end here, its caller is not compiled code.
pub const FUNC_ENTRY: u32 = 2;
/// A piece of the compiler's own (barrier stub): passed over like a wrapper, has no lines.
pub const FUNC_STUB: u32 = 4;

/// From code offset `offset` on, code belongs to `pos`, inside `scope` (index into the program's inline scopes; 0 = the function itself).
///
/// A function's entries are stored as differences from the one before (the first: from zeroes), each as
/// LEB128 numbers: offset * 4, plus 2 if a signal may stop a goroutine here, plus 1 if the scope differs; position, zigzag;
/// and then the scope, zigzag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LineEntry {
    pub offset: u32,
    pub pos: u32,
    pub scope: u32,
    /// The code's instructions are in loops that do not look at the stack limit, and none of them is part of an allocation, of a
    /// store with its barrier, or of a call: a goroutine may be stopped between any two of them.
    pub stops: bool,
}

/// Code inlined from `name`, called at `call_pos` inside `parent`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct InlineScope {
    pub name: *const u8,
    pub name_len: usize,
    pub call_pos: u32,
    pub parent: u32,
}

/// Line starts of one source file, to resolve positions.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FileInfo {
    pub base: u32,
    pub len: u32,
    pub name: *const u8,
    pub name_len: usize,
    /// Byte offsets of line starts; none: positions are `base` plus the line's number, less 1.
    pub lines: *const u32,
    pub lines_len: usize,
}

#[repr(C)]
pub struct Program {
    /// `func main.main()` preceded by all package initialisers: a Tail-convention function without parameters, entered
    /// through `enter`.
    pub main: usize,
    /// Trampoline in compiled code, C convention: enter(code, argument, context) sets the pinned register to `context`,
    /// calls `code(argument)` (Tail convention, one pointer) and restores the register.
    pub enter: usize,
    /// Go's `runtime.runtimeError`, entered through `enter` with the address of an `errors::ErrorArgs`; or 0.
    pub runtime_error: usize,
    pub classes: *const AllocClass,
    pub classes_len: usize,
    pub roots: *const Root,
    pub roots_len: usize,
    /// Ascending by start. When functions are compiled on their first call, entries are appended while the program runs:
    /// read `funcs_len` anew (volatile, acquire) for each search; `funcs` itself never changes.
    pub funcs: *const FuncInfo,
    pub funcs_len: usize,
    pub scopes: *const InlineScope,
    pub scopes_len: usize,
    pub files: *const FileInfo,
    pub files_len: usize,
    /// The type section: names and descriptors, see `types`.
    pub types: *const u8,
    pub types_len: usize,
    /// Offsets of all descriptors in the type section.
    pub type_offsets: *const u32,
    pub type_offsets_len: usize,
    /// Code addresses that `Method::ifn` and `tfn` index.
    pub method_code: *const usize,
    pub method_code_len: usize,
}
