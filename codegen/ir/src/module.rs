//! A module: layouts, static data, allocation sites, functions, and what analyses must know about dynamic calls.

use crate::debug::Debug;
use crate::entity::{FuncId, GlobalId, LayoutId, Pos, SiteId};
use crate::func::{Func, Signature, Type};

#[derive(Debug, Default, Clone, PartialEq)]
pub struct Module {
    pub files: Vec<File>,
    pub layouts: Vec<Layout>,
    pub globals: Vec<Global>,
    pub sites: Vec<Site>,
    pub funcs: Vec<Func>,
    /// Statically known method implementations, by method name: every function that a `call_method` of that name
    /// may reach (the code put into itabs and method tables). The key is the name as `call_method` carries it.
    pub methods: Vec<MethodImpl>,
    /// Entry: no parameters, no results; runs package initialisers, then main.main.
    pub main: Option<FuncId>,
    /// Runtime-error hook, see abi::Program.
    pub runtime_error: Option<FuncId>,
    /// The type section and its descriptors' offsets.
    pub types: Option<GlobalId>,
    pub type_offsets: Vec<u32>,
    /// Read-only words 0 to 255: what interfaces that hold such an integer point to.
    pub small_ints: Option<GlobalId>,
    /// Functions that method-table indices name.
    pub method_code: Vec<FuncId>,
    pub debug: Debug,
}

/// A source file: the positions `base ..= base + len`.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub name: String,
    pub base: u32,
    pub len: u32,
    /// Byte offsets of line starts, the first 0, never descending; equal ones are lines that a `//line` directive skips.
    pub lines: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct MethodImpl {
    pub method: String,
    pub func: FuncId,
}

/// How memory of one kind of object is laid out. Two layouts with equal contents may exist under different names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// Unique; the source type's name where there is one.
    pub name: String,
    /// Bytes; for the layout of an array the whole array's.
    pub size: u64,
    pub align: u32,
    pub shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub enum Shape {
    /// Bytes without structure (and without pointers).
    #[default]
    Opaque,
    /// One scalar at offset 0.
    Scalar(Type),
    /// Fields at ascending offsets.
    Struct(Vec<Field>),
    /// `count` elements, each as large as the element layout's size (already padded to its alignment).
    Array { elem: LayoutId, count: u64 },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    pub offset: u64,
    pub layout: LayoutId,
}

/// Static data.
#[derive(Debug, Clone, PartialEq)]
pub struct Global {
    /// Unique; the linker symbol.
    pub name: String,
    /// The collector scans the pointers that the layout names, unless `readonly`.
    pub layout: LayoutId,
    /// Never written after load; may be shared and placed in read-only memory.
    pub readonly: bool,
    /// Initial bytes, padded with zeroes to the layout's size; longer data is allowed for `Opaque` layouts of size 0
    /// (then the data's length counts).
    pub data: Vec<u8>,
    pub relocs: Vec<Reloc>,
    pub align: u32,
}

/// A pointer in static data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reloc {
    pub offset: u32,
    pub target: RelocTarget,
    pub addend: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RelocTarget {
    Global(GlobalId),
    /// The function's code address.
    Func(FuncId),
}

/// What kind of source construct allocates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SiteKind {
    /// A declared variable (parameters and named results included).
    Var,
    /// `new(T)`
    New,
    /// `&T{...}`
    Composite,
    /// Backing array of a slice literal.
    SliceLit,
    /// Backing array of `make([]T, n)`.
    MakeSlice,
    MakeMap,
    MakeChan,
    /// New backing array of append.
    Append,
    /// A func literal's closure object, or a bound method value's.
    Closure,
    MethodValue,
    /// A value put into an interface.
    Box,
    /// String concatenation.
    StringConcat,
    /// Conversion between strings and byte or rune slices.
    StringConv,
    /// Backing array of a variadic call's `...` argument.
    Variadic,
    /// Compiler temporary: aggregate operands, keys, iterators, select cases.
    Temp,
    /// Frame of a function that defers.
    Frame,
    /// Record and closure of a defer or go statement.
    Defer,
    Go,
}

/// An allocation site.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    pub kind: SiteKind,
    pub pos: Pos,
    pub layout: LayoutId,
    /// What Go's diagnostics print: the variable's name, or the expression's text (`&T{...}`, `new(int)`, `make([]int, n)`,
    /// `func literal`, `... argument`, `x` for boxes).
    pub name: String,
    /// Name of the source function that contains the site.
    pub func: String,
    /// The size is beyond what may stand on the stack (Go's limits: 128 KiB for variables, 64 KiB for others), or not
    /// constant where Go demands that; text for the reason, e.g. "too large for stack".
    pub heap_only: Option<String>,
    /// The site that this one is a copy of: inlining gives each copy of an allocation a site of its own.
    pub origin: Option<SiteId>,
}

impl Module {
    pub fn layout(&self, id: LayoutId) -> &Layout {
        &self.layouts[id.index()]
    }

    pub fn func(&self, id: FuncId) -> &Func {
        &self.funcs[id.index()]
    }

    pub fn func_by_name(&self, name: &str) -> Option<FuncId> {
        self.funcs.iter().position(|f| f.name == name).map(|i| FuncId(i as u32))
    }

    pub fn add_layout(&mut self, layout: Layout) -> LayoutId {
        self.layouts.push(layout);
        LayoutId(self.layouts.len() as u32 - 1)
    }

    pub fn add_global(&mut self, global: Global) -> GlobalId {
        self.globals.push(global);
        GlobalId(self.globals.len() as u32 - 1)
    }

    pub fn add_site(&mut self, site: Site) -> SiteId {
        self.sites.push(site);
        SiteId(self.sites.len() as u32 - 1)
    }

    /// Declares a function whose body is filled in later (`funcs[id].blocks` is empty until then).
    pub fn declare_func(&mut self, name: String, sig: Signature) -> FuncId {
        self.funcs.push(Func::new(name, sig));
        FuncId(self.funcs.len() as u32 - 1)
    }

    /// File name, line and column (both from 1) of a position.
    pub fn locate(&self, pos: Pos) -> Option<(&str, u32, u32)> {
        let i = self.files.partition_point(|f| f.base <= pos.0).checked_sub(1)?;
        let file = &self.files[i];
        let offset = pos.0 - file.base;
        if pos.0 == 0 || offset > file.len {
            return None;
        }
        let line = file.lines.partition_point(|&s| s <= offset) - 1;
        Some((&file.name, line as u32 + 1, offset - file.lines[line] + 1))
    }

    /// Appends the byte offsets of the pointer words of a layout placed at `base`, in ascending order.
    pub fn pointer_offsets(&self, layout: LayoutId, base: u64, out: &mut Vec<u64>) {
        match &self.layout(layout).shape {
            Shape::Opaque => {}
            Shape::Scalar(ty) => {
                if *ty == Type::Ptr {
                    out.push(base);
                }
            }
            Shape::Struct(fields) => {
                for f in fields {
                    self.pointer_offsets(f.layout, base + f.offset, out);
                }
            }
            Shape::Array { elem, count } => {
                let size = self.layout(*elem).size;
                let start = out.len();
                self.pointer_offsets(*elem, base, out);
                let one: Vec<u64> = out[start..].to_vec();
                if one.is_empty() {
                    return;
                }
                if *count == 0 {
                    out.truncate(start);
                }
                for i in 1..*count {
                    out.extend(one.iter().map(|o| o + i * size));
                }
            }
        }
    }

    /// Whether objects of the layout hold pointers.
    pub fn has_pointers(&self, layout: LayoutId) -> bool {
        match &self.layout(layout).shape {
            Shape::Opaque => false,
            Shape::Scalar(ty) => *ty == Type::Ptr,
            Shape::Struct(fields) => fields.iter().any(|f| self.has_pointers(f.layout)),
            Shape::Array { elem, count } => *count > 0 && self.has_pointers(*elem),
        }
    }
}
