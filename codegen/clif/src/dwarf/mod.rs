//! DWARF: what debuggers read about compiled code.
//!
//! In: the module, the functions' code with its lines and variables, addresses (or symbols) of code and data. Out: sections, with the
//! places that a linker must fill. Guarantees: the same sections for the same input; without symbols in the addresses, the contents
//! are final but for references between sections, which are offsets in them.

mod scopes;
mod types;

use cranelift_codegen::gimli::write::{
    Address, AttributeValue, DebugFrame, Dwarf, EndianVec, Expression, FileId, FrameTable, LineProgram,
    LineString, Range, RangeList, RelocateWriter, Relocation, Sections, Unit, UnitEntryId, Writer,
};
use cranelift_codegen::gimli::{
    DW_AT_comp_dir, DW_AT_decl_file, DW_AT_decl_line, DW_AT_external, DW_AT_frame_base, DW_AT_high_pc,
    DW_AT_language, DW_AT_location, DW_AT_low_pc, DW_AT_name, DW_AT_producer, DW_AT_ranges, DW_AT_stmt_list,
    DW_AT_type, DW_LANG_Go, DW_OP_call_frame_cfa, DW_TAG_subprogram, DW_TAG_variable, Encoding, Format,
    LineEncoding, LittleEndian,
};
use cranelift_codegen::isa::TargetIsa;
use escargo_abi::program::LineEntry;
use escargo_ir::{DebugTypeId, FuncId, GlobalId, Module, Pos};
use rustc_hash::FxHashMap;

use crate::debug::CodeDebug;
use crate::{Error, Result};

/// Printers for gdb, in the form in which a section carries a script: kind 4 (Python text), name, text.
pub(crate) const GDB_SCRIPT: &str = concat!("\x04escargo\n", include_str!("gdb.py"), "\0");

/// Ends the name of the body of a function that defers.
const BODY: &str = "·body";

/// One compiled function; the compiler's own have no number.
pub(crate) struct FuncCode {
    pub id: Option<FuncId>,
    pub address: Address,
    pub size: u32,
    /// Scopes are the function's own.
    pub lines: Vec<LineEntry>,
    pub debug: CodeDebug,
}

pub(crate) struct Section {
    pub name: &'static str,
    pub data: Vec<u8>,
    pub relocs: Vec<Relocation>,
}

/// What the unit is called and where it was made.
pub(crate) struct UnitName<'a> {
    pub name: &'a str,
    pub dir: &'a str,
}

#[derive(Clone)]
struct Recorder {
    data: EndianVec<LittleEndian>,
    relocs: Vec<Relocation>,
}

impl RelocateWriter for Recorder {
    type Writer = EndianVec<LittleEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.data
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.data
    }

    fn relocate(&mut self, relocation: Relocation) {
        self.relocs.push(relocation);
    }
}

struct Builder<'a> {
    module: &'a Module,
    dwarf: Dwarf,
    unit: Unit,
    root: UnitEntryId,
    files: FxHashMap<usize, FileId>,
    types: FxHashMap<DebugTypeId, UnitEntryId>,
    /// Types that have an entry but no contents yet.
    open: Vec<DebugTypeId>,
    /// Entries of functions that are inlined somewhere.
    inlined: FxHashMap<&'a str, UnitEntryId>,
    by_name: FxHashMap<&'a str, FuncId>,
}

/// All sections about a program. `data` gives addresses of globals; those without stay out.
pub(crate) fn sections(
    module: &Module,
    isa: &dyn TargetIsa,
    name: UnitName<'_>,
    funcs: &[FuncCode],
    data: &dyn Fn(GlobalId) -> Option<Address>,
) -> Result<Vec<Section>> {
    let encoding = Encoding { format: Format::Dwarf32, version: 5, address_size: 8 };
    let mut dwarf = Dwarf::new();
    let mut line_string = |s: &str| LineString::new(s, encoding, &mut dwarf.line_strings);
    let (dir, file) = (line_string(name.dir), line_string(name.name));
    let program = LineProgram::new(encoding, LineEncoding::default(), dir, None, file, None);
    let unit = Unit::new(encoding, program);
    let root = unit.root();
    let by_name = module.funcs.iter().enumerate().map(|(i, f)| (f.name.as_str(), FuncId(i as u32))).collect();
    let mut b = Builder {
        module,
        dwarf,
        unit,
        root,
        files: FxHashMap::default(),
        types: FxHashMap::default(),
        open: Vec::new(),
        inlined: FxHashMap::default(),
        by_name,
    };
    b.root_entry(name, funcs);
    for func in funcs {
        b.lines(func);
        b.function(func);
    }
    for g in &module.debug.globals {
        if let Some(address) = data(g.global) {
            let mut place = Expression::new();
            place.op_addr(address);
            let entry = b.unit.add(root, DW_TAG_variable);
            b.name(entry, &g.name);
            b.declared(entry, g.pos);
            b.typed(entry, g.ty);
            b.set(entry, DW_AT_location, AttributeValue::Exprloc(place));
            b.set(entry, DW_AT_external, AttributeValue::FlagPresent);
        }
    }
    b.finish_types();
    let Builder { mut dwarf, unit, .. } = b;
    dwarf.units.add(unit);
    let empty = Recorder { data: EndianVec::new(LittleEndian), relocs: Vec::new() };
    let mut sections = Sections::new(empty.clone());
    let failed = |e| Error::new(format!("clif: debugging information: {e}"));
    dwarf.write(&mut sections).map_err(failed)?;
    let mut out = Vec::new();
    let mut add = |name: &'static str, s: &mut Recorder| {
        if s.data.len() > 0 {
            let data = std::mem::replace(&mut s.data, EndianVec::new(LittleEndian)).into_vec();
            out.push(Section { name, data, relocs: std::mem::take(&mut s.relocs) });
        }
    };
    sections
        .for_each_mut(|id, s| {
            add(id.name(), s);
            Ok::<(), Error>(())
        })
        .expect("nothing fails");
    let mut frames = DebugFrame(empty);
    frame_table(isa, funcs).write_debug_frame(&mut frames).map_err(failed)?;
    add(".debug_frame", &mut frames.0);
    Ok(out)
}

/// Puts references between sections in their places: for sections that no linker sees.
pub(crate) fn resolve_offsets(sections: &mut [Section]) {
    for section in sections {
        for reloc in section.relocs.drain(..) {
            let bytes = &(reloc.addend as u64).to_le_bytes()[..usize::from(reloc.size)];
            section.data[reloc.offset..reloc.offset + bytes.len()].copy_from_slice(bytes);
        }
    }
}

fn frame_table(isa: &dyn TargetIsa, funcs: &[FuncCode]) -> FrameTable {
    use cranelift_codegen::isa::unwind::UnwindInfo;
    let mut table = FrameTable::default();
    let Some(cie) = isa.create_systemv_cie() else { return table };
    let cie = table.add_cie(cie);
    for func in funcs {
        for (start, _, unwind) in &func.debug.unwind {
            if let UnwindInfo::SystemV(info) = unwind {
                table.add_fde(cie, info.to_fde(offset(func.address, *start)));
            }
        }
    }
    table
}

fn offset(address: Address, by: u32) -> Address {
    match address {
        Address::Constant(a) => Address::Constant(a + u64::from(by)),
        Address::Symbol { symbol, addend } => Address::Symbol { symbol, addend: addend + i64::from(by) },
    }
}

impl<'a> Builder<'a> {
    fn set(&mut self, entry: UnitEntryId, name: cranelift_codegen::gimli::DwAt, value: AttributeValue) {
        self.unit.get_mut(entry).set(name, value);
    }

    fn name(&mut self, entry: UnitEntryId, name: &str) {
        let id = self.dwarf.strings.add(name.replace('\0', ""));
        self.set(entry, DW_AT_name, AttributeValue::StringRef(id));
    }

    fn root_entry(&mut self, name: UnitName<'_>, funcs: &[FuncCode]) {
        let root = self.root;
        self.name(root, name.name);
        let dir = self.dwarf.strings.add(name.dir);
        self.set(root, DW_AT_comp_dir, AttributeValue::StringRef(dir));
        let producer = self.dwarf.strings.add("escargo");
        self.set(root, DW_AT_producer, AttributeValue::StringRef(producer));
        self.set(root, DW_AT_language, AttributeValue::Language(DW_LANG_Go));
        self.set(root, DW_AT_stmt_list, AttributeValue::LineProgramRef);
        let ranges = funcs
            .iter()
            .map(|f| Range::StartLength { begin: f.address, length: u64::from(f.size) })
            .collect();
        let ranges = self.unit.ranges.add(RangeList(ranges));
        self.set(root, DW_AT_low_pc, AttributeValue::Address(Address::Constant(0)));
        self.set(root, DW_AT_ranges, AttributeValue::RangeListRef(ranges));
    }

    /// File, line and column.
    fn locate(&mut self, pos: Pos) -> Option<(FileId, u32, u32)> {
        let (file, line, column) = self.module.locate(pos)?;
        let index = self.module.files.partition_point(|f| f.base <= pos.0) - 1;
        if let Some(&id) = self.files.get(&index) {
            return Some((id, line, column));
        }
        let encoding = self.unit.encoding();
        let name = LineString::new(file, encoding, &mut self.dwarf.line_strings);
        let dir = self.unit.line_program.default_directory();
        let id = self.unit.line_program.add_file(name, dir, None);
        self.files.insert(index, id);
        Some((id, line, column))
    }

    fn declared(&mut self, entry: UnitEntryId, pos: Pos) {
        if let Some((file, line, _)) = self.locate(pos) {
            self.set(entry, DW_AT_decl_file, AttributeValue::FileIndex(Some(file)));
            self.set(entry, DW_AT_decl_line, AttributeValue::Udata(u64::from(line)));
        }
    }

    fn typed(&mut self, entry: UnitEntryId, ty: DebugTypeId) {
        let ty = self.type_entry(ty);
        self.set(entry, DW_AT_type, AttributeValue::UnitRef(ty));
    }

    fn lines(&mut self, func: &FuncCode) {
        if !func.lines.iter().any(|l| l.pos != 0) {
            return;
        }
        let mut last = None;
        self.unit.line_program.begin_sequence(Some(func.address));
        for line in &func.lines {
            let Some((file, number, column)) = self.locate(Pos(line.pos)) else { continue };
            if last == Some((file, number)) {
                continue;
            }
            last = Some((file, number));
            let row = self.unit.line_program.row();
            (row.address_offset, row.file, row.line) = (u64::from(line.offset), file, u64::from(number));
            row.column = u64::from(column);
            self.unit.line_program.generate_row();
        }
        self.unit.line_program.end_sequence(u64::from(func.size));
    }

    /// The entry of a function that has code. Wrappers and the compiler's own functions have none: they are passed over.
    fn function(&mut self, code: &FuncCode) {
        let Some(id) = code.id else { return };
        let func = self.module.func(id);
        if func.flags.wrapper {
            return;
        }
        let entry = self.unit.add(self.root, DW_TAG_subprogram);
        self.name(entry, func.name.strip_suffix(BODY).unwrap_or(&func.name));
        self.declared(entry, func.pos);
        self.set(entry, DW_AT_low_pc, AttributeValue::Address(code.address));
        self.set(entry, DW_AT_high_pc, AttributeValue::Udata(u64::from(code.size)));
        self.set(entry, DW_AT_external, AttributeValue::FlagPresent);
        let mut base = Expression::new();
        base.op(DW_OP_call_frame_cfa);
        self.set(entry, DW_AT_frame_base, AttributeValue::Exprloc(base));
        self.scopes(func, code, entry);
    }
}
