//! The tables of `abi::program::Program` as data with pointers, for an object file.
//!
//! In: module, plan, image and where functions lie. Out: two blobs: read-only bytes, and structures with pointers, of which the
//! first is the `Program`. Guarantees: positions are those of lines (see `FileInfo::lines`), of the files that code names only.

use std::mem::{offset_of, size_of};

use escargo_abi::program::{
    AllocClass, FUNC_STUB, FUNC_WRAPPER, FileInfo, FuncInfo, InlineScope, LineEntry, Program, Root,
};
use escargo_ir::{FuncId, Module, Pos};
use rustc_hash::FxHashMap;

use super::Placed;
use crate::code::line_stream;
use crate::data::{Image, global_size};
use crate::plan::Plan;

/// A part of the object that pointers lead to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// Code.
    Text,
    /// The bytes of `Tables::bytes`.
    Bytes,
    /// The image of static data.
    Data,
    /// `Tables::structs` themselves.
    Structs,
}

/// A pointer in `Tables::structs`.
pub(super) struct Pointer {
    pub offset: u64,
    pub part: Part,
    pub addend: u64,
}

#[derive(Default)]
pub(super) struct Tables {
    /// Texts, lines, numbers.
    pub bytes: Vec<u8>,
    /// The `Program` and the tables with pointers behind it.
    pub structs: Vec<u8>,
    pub pointers: Vec<Pointer>,
    /// Texts that are there already.
    texts: FxHashMap<String, u64>,
    lines: Lines,
}

/// Positions as numbers of lines: files follow one another with as many positions as lines are named.
#[derive(Default)]
struct Lines {
    /// By file of the module: first position, number of positions.
    files: Vec<(u32, u32)>,
}

impl Lines {
    /// `used`: every position that code names.
    fn new(module: &Module, used: impl Iterator<Item = Pos>) -> Lines {
        let mut files = vec![(0, 0); module.files.len()];
        for pos in used {
            if let Some((file, line)) = line_of(module, pos) {
                files[file].1 = files[file].1.max(line);
            }
        }
        let mut next = 1;
        for (base, len) in &mut files {
            *base = next;
            next += *len;
        }
        Lines { files }
    }

    fn position(&self, module: &Module, pos: Pos) -> u32 {
        match line_of(module, pos) {
            Some((file, line)) => self.files[file].0 + line - 1,
            None => 0,
        }
    }
}

/// File and line, from 1, of a position.
fn line_of(module: &Module, pos: Pos) -> Option<(usize, u32)> {
    let file = module.files.partition_point(|f| f.base <= pos.0).checked_sub(1)?;
    let offset = pos.0 - module.files[file].base;
    if pos.0 == 0 || offset > module.files[file].len {
        return None;
    }
    Some((file, module.files[file].lines.partition_point(|&s| s <= offset) as u32))
}

impl Tables {
    pub fn new(module: &Module, plan: &Plan, image: &Image, placed: &Placed) -> Tables {
        let mut t = Tables::default();
        let used = placed.funcs.iter().flat_map(|f| {
            let func = module.func(f.id);
            let lines = f.code.lines.iter().map(|l| Pos(l.pos));
            lines.chain(func.scopes.iter().map(|s| s.call_pos)).chain([func.pos])
        });
        t.lines = Lines::new(module, used);
        t.structs.resize(size_of::<Program>(), 0);
        let program = |t: &mut Tables, at: usize, part, offset: u64| t.pointer(at as u64, part, offset);
        let func = |f: Option<FuncId>| f.and_then(|f| placed.offset(f));
        for (at, f) in [
            (offset_of!(Program, main), func(module.main)),
            (offset_of!(Program, enter), Some(placed.enter)),
            (offset_of!(Program, runtime_error), func(module.runtime_error)),
        ] {
            if let Some(f) = f {
                program(&mut t, at, Part::Text, f);
            }
        }
        let scopes = t.scopes(module, placed);
        t.funcs(module, placed, &scopes);
        t.files(module);
        t.roots(image);
        t.classes(plan);
        if let Some(g) = module.types {
            program(&mut t, offset_of!(Program, types), Part::Data, image.globals[g.index()]);
            let size = global_size(module, &module.globals[g.index()]);
            t.number(offset_of!(Program, types_len), size);
        }
        let offsets: Vec<u8> = module.type_offsets.iter().flat_map(|o| o.to_le_bytes()).collect();
        let at = t.add(&offsets, 4);
        t.table(
            offset_of!(Program, type_offsets),
            offset_of!(Program, type_offsets_len),
            (Part::Bytes, at),
            module.type_offsets.len(),
        );
        let at = t.structs.len();
        t.structs.resize(at + module.method_code.len() * 8, 0);
        for (i, &f) in module.method_code.iter().enumerate() {
            let f = placed.offset(f).expect("methods are reached");
            t.pointer((at + i * 8) as u64, Part::Text, f);
        }
        t.own_table(
            offset_of!(Program, method_code),
            offset_of!(Program, method_code_len),
            at,
            module.method_code.len(),
        );
        t
    }

    /// Inline scopes of the functions, one after the other behind an empty one; by function: less than its first one by 1.
    fn scopes(&mut self, module: &Module, placed: &Placed) -> Vec<u32> {
        let mut bases = Vec::with_capacity(placed.funcs.len());
        let (start, size) = (self.structs.len(), size_of::<InlineScope>());
        self.structs.resize(start + size, 0);
        let mut count = 1u32;
        for f in &placed.funcs {
            let base = count - 1;
            bases.push(base);
            for scope in &module.func(f.id).scopes {
                let at = self.structs.len();
                self.structs.resize(at + size, 0);
                self.text(
                    at + offset_of!(InlineScope, name),
                    at + offset_of!(InlineScope, name_len),
                    &scope.func,
                );
                let call_pos = self.lines.position(module, scope.call_pos);
                self.number32(at + offset_of!(InlineScope, call_pos), call_pos);
                let parent = if scope.parent == 0 { 0 } else { scope.parent + base };
                self.number32(at + offset_of!(InlineScope, parent), parent);
                count += 1;
            }
        }
        self.own_table(offset_of!(Program, scopes), offset_of!(Program, scopes_len), start, count as usize);
        bases
    }

    fn funcs(&mut self, module: &Module, placed: &Placed, scopes: &[u32]) {
        let (start, size) = (self.structs.len(), size_of::<FuncInfo>());
        let stubs = placed.stubs.iter().map(|s| (s.offset, s.size, s.name, 0, FUNC_STUB | s.flags, &[][..]));
        let mut count = 0;
        for (offset, bytes, name, pos, flags, lines) in stubs {
            self.func(offset, bytes, name, pos, flags, lines);
            count += 1;
        }
        for (f, &base) in placed.funcs.iter().zip(scopes) {
            let func = module.func(f.id);
            let lines: Vec<LineEntry> = f
                .code
                .lines
                .iter()
                .map(|l| LineEntry {
                    offset: l.offset,
                    pos: self.lines.position(module, Pos(l.pos)),
                    scope: if l.scope == 0 { 0 } else { l.scope + base },
                    stops: l.stops,
                })
                .collect();
            let lines = line_stream(&dedup(lines));
            let flags = if func.flags.wrapper { FUNC_WRAPPER } else { 0 };
            let pos = self.lines.position(module, func.pos);
            self.func(f.offset, f.code.bytes.len(), &func.name, pos, flags, &lines);
            count += 1;
        }
        debug_assert_eq!(self.structs.len(), start + count * size);
        self.own_table(offset_of!(Program, funcs), offset_of!(Program, funcs_len), start, count);
    }

    fn func(&mut self, offset: u64, bytes: usize, name: &str, pos: u32, flags: u32, lines: &[u8]) {
        let at = self.structs.len();
        self.structs.resize(at + size_of::<FuncInfo>(), 0);
        self.pointer((at + offset_of!(FuncInfo, start)) as u64, Part::Text, offset);
        self.number(at + offset_of!(FuncInfo, size), bytes as u64);
        self.text(at + offset_of!(FuncInfo, name), at + offset_of!(FuncInfo, name_len), name);
        let stream = self.add(lines, 1);
        self.table(
            at + offset_of!(FuncInfo, lines),
            at + offset_of!(FuncInfo, lines_len),
            (Part::Bytes, stream),
            lines.len(),
        );
        self.number32(at + offset_of!(FuncInfo, pos), pos);
        self.number32(at + offset_of!(FuncInfo, flags), flags);
    }

    fn files(&mut self, module: &Module) {
        let start = self.structs.len();
        let mut count = 0;
        let files = std::mem::take(&mut self.lines.files);
        for (file, &(base, len)) in module.files.iter().zip(&files).filter(|(_, f)| f.1 > 0) {
            let at = self.structs.len();
            self.structs.resize(at + size_of::<FileInfo>(), 0);
            self.number32(at + offset_of!(FileInfo, base), base);
            self.number32(at + offset_of!(FileInfo, len), len - 1);
            self.text(at + offset_of!(FileInfo, name), at + offset_of!(FileInfo, name_len), &file.name);
            count += 1;
        }
        self.own_table(offset_of!(Program, files), offset_of!(Program, files_len), start, count);
    }

    fn roots(&mut self, image: &Image) {
        let start = self.structs.len();
        for root in &image.roots {
            let at = self.structs.len();
            self.structs.resize(at + size_of::<Root>(), 0);
            self.pointer((at + offset_of!(Root, address)) as u64, Part::Data, root.offset);
            self.number(at + offset_of!(Root, ptr_bytes), root.ptr_bytes);
            self.pointer((at + offset_of!(Root, bitmap)) as u64, Part::Data, root.bitmap);
        }
        self.own_table(offset_of!(Program, roots), offset_of!(Program, roots_len), start, image.roots.len());
    }

    fn classes(&mut self, plan: &Plan) {
        let mut bytes = vec![0; plan.classes.len() * size_of::<AllocClass>()];
        for (out, class) in bytes.chunks_mut(size_of::<AllocClass>()).zip(&plan.classes) {
            let at = offset_of!(AllocClass, size);
            out[at..at + 4].copy_from_slice(&class.size.to_le_bytes());
            let at = offset_of!(AllocClass, mask);
            out[at..at + 8].copy_from_slice(&class.mask.to_le_bytes());
        }
        let at = self.add(&bytes, 8);
        self.table(
            offset_of!(Program, classes),
            offset_of!(Program, classes_len),
            (Part::Bytes, at),
            plan.classes.len(),
        );
    }

    fn add(&mut self, bytes: &[u8], align: usize) -> u64 {
        let at = self.bytes.len().next_multiple_of(align);
        self.bytes.resize(at, 0);
        self.bytes.extend_from_slice(bytes);
        at as u64
    }

    fn pointer(&mut self, offset: u64, part: Part, addend: u64) {
        self.pointers.push(Pointer { offset, part, addend });
    }

    fn number(&mut self, at: usize, n: u64) {
        self.structs[at..at + 8].copy_from_slice(&n.to_le_bytes());
    }

    fn number32(&mut self, at: usize, n: u32) {
        self.structs[at..at + 4].copy_from_slice(&n.to_le_bytes());
    }

    fn text(&mut self, at: usize, len_at: usize, text: &str) {
        let offset = match self.texts.get(text) {
            Some(&offset) => offset,
            None => {
                let offset = self.add(text.as_bytes(), 1);
                self.texts.insert(text.to_owned(), offset);
                offset
            }
        };
        self.table(at, len_at, (Part::Bytes, offset), text.len());
    }

    fn table(&mut self, at: usize, len_at: usize, (part, offset): (Part, u64), len: usize) {
        self.pointer(at as u64, part, offset);
        self.number(len_at, len as u64);
    }

    /// A table inside `structs`.
    fn own_table(&mut self, at: usize, len_at: usize, start: usize, len: usize) {
        self.pointer(at as u64, Part::Structs, start as u64);
        self.number(len_at, len as u64);
    }
}

/// Without entries that say what the one before says.
fn dedup(mut lines: Vec<LineEntry>) -> Vec<LineEntry> {
    lines.dedup_by(|b, a| (a.pos, a.scope, a.stops) == (b.pos, b.scope, b.stops));
    lines
}
