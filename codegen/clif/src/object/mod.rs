//! A program as an object file: the same code as the JIT's, with the static data and the tables of `abi::program::Program`, and the
//! relocations left to the linker.
//!
//! In: a verified module, its escape results, a target. Out: the bytes of an ELF, Mach-O or COFF file that refers to the runtime by the
//! symbols `escargo_<name>`. Guarantees: the same bytes for the same input; what the program can not reach is not in it. The
//! code can lie anywhere: all its references are relative to the instruction.

mod live;
mod tables;

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::gimli::write::{Address, RelocationTarget};
use cranelift_codegen::ir::LibCall;
use escargo_abi::program::FUNC_ENTRY;
use escargo_escape::EscapeResults;
use escargo_ir::{FuncId, Module};
use object::write::{
    Object, Relocation, SectionId, StandardSection, Symbol as ObjectSymbol, SymbolId, SymbolSection,
};
use object::{
    Architecture, BinaryFormat, Endianness, RelocationEncoding, RelocationFlags, RelocationKind, SectionKind,
    SymbolFlags, SymbolKind, SymbolScope,
};
use rustc_hash::FxHashMap;

use crate::code::{Code, CodeReloc, Compiler, compile_all, input, patch_relative};
use crate::data::{DataTarget, Image, WRITABLE_ALIGN};
use crate::debug::CodeDebug;
use crate::dwarf::{self, FuncCode, UnitName};
use crate::plan::Plan;
use crate::symbol::{Stub, Symbol};
use crate::target::Target;
use crate::{Error, Options, Result};
use tables::{Part, Tables};

/// The format of an object file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    #[default]
    Elf,
    MachO,
    Coff,
}

/// What an object file is for.
#[derive(Clone, Debug, Default)]
pub struct ObjectOptions {
    pub format: Format,
    /// Has no `main`: C code reaches the program through the symbol `escargo_program`, and roots whose names are C's by these.
    pub library: bool,
}

/// A function and its place in the text section.
pub(crate) struct PlacedFunc {
    pub id: FuncId,
    pub offset: u64,
    pub code: Code,
}

/// A function of the compiler's own.
pub(crate) struct PlacedStub {
    pub stub: Stub,
    pub name: &'static str,
    pub flags: u32,
    pub offset: u64,
    pub size: usize,
    relocs: Vec<CodeReloc>,
    debug: Option<Box<CodeDebug>>,
}

/// The text section: stubs, then functions in the order of the module.
pub(crate) struct Placed {
    pub text: Vec<u8>,
    pub stubs: Vec<PlacedStub>,
    pub funcs: Vec<PlacedFunc>,
    pub enter: u64,
    /// By function; None: not in the object.
    offsets: Vec<Option<u64>>,
}

impl Placed {
    pub fn offset(&self, f: FuncId) -> Option<u64> {
        self.offsets[f.index()]
    }

    fn stub(&self, stub: Stub) -> Option<u64> {
        self.stubs.iter().find(|s| s.stub == stub).map(|s| s.offset)
    }

    fn append(&mut self, code: &Code) -> u64 {
        let offset = code.place(self.text.len(), 16);
        self.text.resize(offset, 0);
        self.text.extend_from_slice(&code.bytes);
        offset as u64
    }
}

/// Compiles a module to an object file.
pub fn compile_object(
    module: &Module,
    escape: &EscapeResults,
    target: &Target,
    options: &Options,
    object: &ObjectOptions,
) -> Result<Vec<u8>> {
    let plan = Plan::new(module, escape);
    let live = live::live(module);
    let ids: Vec<FuncId> =
        (0..module.funcs.len() as u32).map(FuncId).filter(|f| live.funcs[f.index()]).collect();
    let codes = compile_all(module, escape, &plan, target, options, &ids)?;
    let mut placed = Placed {
        text: Vec::new(),
        stubs: Vec::new(),
        funcs: Vec::with_capacity(ids.len()),
        enter: 0,
        offsets: vec![None; module.funcs.len()],
    };
    let mut compiler = Compiler::new(input(module, escape, &plan, target, options));
    let main = (!object.library).then_some((Stub::Main, "main", 0));
    let stubs = [
        (Stub::Enter, "escargo.enter", FUNC_ENTRY),
        (Stub::Barrier, "escargo.barrier", 0),
        (Stub::Poll, "escargo.poll", 0),
    ];
    for (stub, name, flags) in stubs.into_iter().chain(main) {
        let code = compiler.stub(stub)?;
        let offset = placed.append(&code);
        if stub == Stub::Enter {
            placed.enter = offset;
        }
        placed.stubs.push(PlacedStub {
            stub,
            name,
            flags,
            offset,
            size: code.bytes.len(),
            relocs: code.relocs,
            debug: code.debug,
        });
    }
    for (id, mut code) in ids.into_iter().zip(codes) {
        let offset = placed.append(&code);
        placed.offsets[id.index()] = Some(offset);
        code.bytes.shrink_to_fit();
        placed.funcs.push(PlacedFunc { id, offset, code });
    }
    let image = Image::new(module, &plan, &|g| live.globals[g.index()]);
    let tables = Tables::new(module, &plan, &image, &placed);
    let debug =
        if options.debug { debug_sections(module, target, &mut placed, &image, &live)? } else { Vec::new() };
    Writer::new(module, target, object)?.write(module, &mut placed, &image, &tables, debug)
}

/// What the symbols in debug sections are: the text section, the image.
const TEXT: usize = 0;
const IMAGE: usize = 1;

fn debug_sections(
    module: &Module,
    target: &Target,
    placed: &mut Placed,
    image: &Image,
    live: &live::Live,
) -> Result<Vec<dwarf::Section>> {
    let text = |offset: u64| Address::Symbol { symbol: TEXT, addend: offset as i64 };
    let mut funcs = Vec::with_capacity(placed.stubs.len() + placed.funcs.len());
    for s in &mut placed.stubs {
        funcs.push(FuncCode {
            id: None,
            address: text(s.offset),
            size: s.size as u32,
            lines: Vec::new(),
            debug: s.debug.take().map(|d| *d).unwrap_or_default(),
        });
    }
    for f in &mut placed.funcs {
        funcs.push(FuncCode {
            id: Some(f.id),
            address: text(f.offset),
            size: f.code.bytes.len() as u32,
            lines: f.code.lines.clone(),
            debug: f.code.debug.take().map(|d| *d).unwrap_or_default(),
        });
    }
    let data = |g: escargo_ir::GlobalId| {
        let addend = image.globals[g.index()] as i64;
        live.globals[g.index()].then_some(Address::Symbol { symbol: IMAGE, addend })
    };
    let main = module.main.and_then(|f| module.locate(module.func(f).pos));
    let name = UnitName { name: main.map_or("main", |m| m.0), dir: "." };
    dwarf::sections(module, &*target.isa, name, &funcs, &data)
}

/// The sections of an object file, and a symbol at the start of each, for references.
struct Writer {
    object: Object<'static>,
    format: BinaryFormat,
    is_x86_64: bool,
    text: (SectionId, SymbolId),
    bytes: (SectionId, SymbolId),
    structs: (SectionId, SymbolId),
    constant: (SectionId, SymbolId),
    data: (SectionId, SymbolId),
    zeroed: (SectionId, SymbolId),
    undefined: FxHashMap<String, SymbolId>,
    anchors: FxHashMap<(SymbolId, i64), SymbolId>,
    library: bool,
    /// The image's writable part, and its zeroed one.
    writable: u64,
    initialised: u64,
}

impl Writer {
    fn new(module: &Module, target: &Target, options: &ObjectOptions) -> Result<Writer> {
        let format = match options.format {
            Format::Elf => BinaryFormat::Elf,
            Format::MachO => BinaryFormat::MachO,
            Format::Coff => BinaryFormat::Coff,
        };
        let is_x86_64 = target.is_x86_64();
        let architecture = if is_x86_64 { Architecture::X86_64 } else { Architecture::Aarch64 };
        let mut object = Object::new(format, architecture, Endianness::Little);
        if let (BinaryFormat::Elf, Some(main)) =
            (format, module.main.and_then(|f| module.locate(module.func(f).pos)))
        {
            object.add_file_symbol(main.0.as_bytes().to_vec());
        }
        let mut section = |standard: StandardSection, name: &str| {
            let id = object.section_id(standard);
            let symbol = object.add_symbol(ObjectSymbol {
                name: name.as_bytes().to_vec(),
                value: 0,
                size: 0,
                kind: SymbolKind::Data,
                scope: SymbolScope::Compilation,
                weak: false,
                section: SymbolSection::Section(id),
                flags: SymbolFlags::None,
            });
            (id, symbol)
        };
        let text = section(StandardSection::Text, "escargo.text");
        let bytes = section(StandardSection::ReadOnlyData, "escargo.bytes");
        let structs = section(StandardSection::ReadOnlyDataWithRel, "escargo.program");
        let constant = structs;
        let data = section(StandardSection::Data, "escargo.data");
        let zeroed = section(StandardSection::UninitializedData, "escargo.zeroed");
        if format == BinaryFormat::Elf {
            // Without it, linkers make the stack executable.
            object.add_section(Vec::new(), b".note.GNU-stack".to_vec(), SectionKind::Other);
        }
        Ok(Writer {
            object,
            format,
            is_x86_64,
            text,
            bytes,
            structs,
            constant,
            data,
            zeroed,
            undefined: FxHashMap::default(),
            anchors: FxHashMap::default(),
            library: options.library,
            writable: 0,
            initialised: 0,
        })
    }

    fn write(
        mut self,
        module: &Module,
        placed: &mut Placed,
        image: &Image,
        tables: &Tables,
        debug: Vec<dwarf::Section>,
    ) -> Result<Vec<u8>> {
        self.writable = image.writable;
        self.initialised = image.bytes.len() as u64;
        self.resolve_inside(placed);
        self.object.append_section_data(self.bytes.0, &tables.bytes, 16);
        self.object.append_section_data(self.structs.0, &tables.structs, 16);
        let constant = &image.bytes[..image.writable as usize];
        let base = self.object.append_section_data(self.constant.0, constant, WRITABLE_ALIGN as u64);
        self.object.append_section_data(
            self.data.0,
            &image.bytes[image.writable as usize..],
            WRITABLE_ALIGN as u64,
        );
        self.object.append_section_bss(self.zeroed.0, image.size - self.initialised, WRITABLE_ALIGN as u64);
        self.symbols(module, placed, tables);
        self.object.append_section_data(self.text.0, &placed.text, 64);
        for (start, reloc) in placed
            .stubs
            .iter()
            .flat_map(|s| s.relocs.iter().map(|r| (s.offset, *r)))
            .chain(placed.funcs.iter().flat_map(|f| f.code.relocs.iter().map(|r| (f.offset, *r))))
        {
            let (symbol, addend) = self.target(image, placed, base, reloc.target)?;
            self.relocate(
                self.text.0,
                start + u64::from(reloc.offset),
                reloc.kind,
                symbol,
                addend + reloc.addend,
            )?;
        }
        for reloc in &image.relocs {
            let (symbol, addend) = match reloc.target {
                DataTarget::Data(offset) => self.place(base, offset),
                DataTarget::Func(f) => {
                    (self.text.1, placed.offset(f).expect("functions that data names are reached") as i64)
                }
            };
            let (section, offset) = match reloc.offset.checked_sub(image.writable) {
                None => (self.constant.0, base + reloc.offset),
                Some(offset) => (self.data.0, offset),
            };
            self.relocate(section, offset, Reloc::Abs8, symbol, addend + reloc.addend)?;
        }
        for p in &tables.pointers {
            let (symbol, addend) = match p.part {
                Part::Text => (self.text.1, p.addend as i64),
                Part::Bytes => (self.bytes.1, p.addend as i64),
                Part::Structs => (self.structs.1, p.addend as i64),
                Part::Data => self.place(base, p.addend),
            };
            self.relocate(self.structs.0, p.offset, Reloc::Abs8, symbol, addend)?;
        }
        self.debug(base, debug)?;
        self.object.write().map_err(|e| Error::new(format!("writing the object file: {e}")))
    }

    fn debug(&mut self, base: u64, sections: Vec<dwarf::Section>) -> Result<()> {
        let ids: Vec<SectionId> = sections
            .iter()
            .map(|s| self.object.add_section(Vec::new(), s.name.as_bytes().to_vec(), SectionKind::Debug))
            .collect();
        if !sections.is_empty() {
            let name = b".debug_gdb_scripts".to_vec();
            let id = self.object.add_section(Vec::new(), name, SectionKind::Debug);
            self.object.append_section_data(id, dwarf::GDB_SCRIPT.as_bytes(), 1);
        }
        for (section, &id) in sections.iter().zip(&ids) {
            self.object.append_section_data(id, &section.data, 1);
            for reloc in &section.relocs {
                let (symbol, addend) = match reloc.target {
                    RelocationTarget::Symbol(TEXT) => (self.text.1, reloc.addend),
                    RelocationTarget::Symbol(_) => self.place(base, reloc.addend as u64),
                    RelocationTarget::Section(to) => {
                        let to = sections.iter().position(|s| s.name == to.name());
                        let to = to.expect("a section that is referred to has contents");
                        (self.object.section_symbol(ids[to]), reloc.addend)
                    }
                };
                let flags = RelocationFlags::Generic {
                    kind: RelocationKind::Absolute,
                    encoding: RelocationEncoding::Generic,
                    size: reloc.size * 8,
                };
                let reloc = Relocation { offset: reloc.offset as u64, symbol, addend, flags };
                let added = self.object.add_relocation(id, reloc);
                added.map_err(|e| Error::new(format!("writing the object file: {e}")))?;
            }
        }
        Ok(())
    }

    /// Calls and addresses from code to code need no linker.
    fn resolve_inside(&self, placed: &mut Placed) {
        let offsets = &placed.offsets;
        let stub = |stub| placed.stub(stub);
        let inside = |symbol: Symbol| match symbol {
            Symbol::Func(f) => offsets[f.index()],
            Symbol::Stub(s) => stub(s),
            _ => None,
        };
        let resolvable = |kind: Reloc| {
            matches!(kind, Reloc::X86PCRel4 | Reloc::X86CallPCRel4 | Reloc::X86CallPLTRel4 | Reloc::Arm64Call)
        };
        let mut patches = Vec::new();
        for f in &placed.funcs {
            for r in &f.code.relocs {
                if let Some(to) = inside(r.target).filter(|_| resolvable(r.kind)) {
                    patches.push((CodeReloc { offset: r.offset + f.offset as u32, ..*r }, to as u32));
                }
            }
        }
        let known: Vec<bool> = placed
            .funcs
            .iter()
            .flat_map(|f| f.code.relocs.iter().map(|r| inside(r.target).is_some() && resolvable(r.kind)))
            .collect();
        let mut known = known.into_iter();
        for f in &mut placed.funcs {
            f.code.relocs.retain(|_| !known.next().expect("as many as relocations"));
        }
        for (reloc, to) in patches {
            patch_relative(&mut placed.text, &reloc, to);
        }
    }

    /// Symbols for people, debuggers and linkers: Go's names.
    fn symbols(&mut self, module: &Module, placed: &Placed, tables: &Tables) {
        let mut define = |name: &str, section, value, size: u64, kind, scope| {
            self.object.add_symbol(ObjectSymbol {
                name: name.as_bytes().to_vec(),
                value,
                size,
                kind,
                scope,
                weak: false,
                section: SymbolSection::Section(section),
                flags: SymbolFlags::None,
            });
        };
        for s in &placed.stubs {
            let scope = if s.stub == Stub::Main { SymbolScope::Dynamic } else { SymbolScope::Compilation };
            define(s.name, self.text.0, s.offset, s.size as u64, SymbolKind::Text, scope);
        }
        for f in &placed.funcs {
            let name = &module.func(f.id).name;
            let size = f.code.bytes.len() as u64;
            // The symbol `main` is the entry of C.
            let scope = if module.func(f.id).flags.root && is_c_name(name) && name != "main" {
                SymbolScope::Linkage
            } else {
                SymbolScope::Compilation
            };
            define(name, self.text.0, f.offset, size, SymbolKind::Text, scope);
        }
        if self.library {
            let size = tables.structs.len() as u64;
            define("escargo_program", self.structs.0, 0, size, SymbolKind::Data, SymbolScope::Linkage);
        }
    }

    /// Symbol and addend of an offset of the image.
    fn place(&self, base: u64, offset: u64) -> (SymbolId, i64) {
        if offset < self.writable {
            (self.constant.1, (base + offset) as i64)
        } else if offset < self.initialised {
            (self.data.1, (offset - self.writable) as i64)
        } else {
            (self.zeroed.1, (offset - self.initialised) as i64)
        }
    }

    fn target(
        &mut self,
        image: &Image,
        placed: &Placed,
        base: u64,
        symbol: Symbol,
    ) -> Result<(SymbolId, i64)> {
        Ok(match symbol {
            Symbol::Func(f) => {
                (self.text.1, placed.offset(f).expect("functions that code names are reached") as i64)
            }
            Symbol::Rt(rt) => (self.undefined(format!("escargo_{}", rt.info().name)), 0),
            // No global lies at the image's start.
            Symbol::Global(g) if image.globals[g.index()] == 0 => {
                return Err(Error::new(format!(
                    "clif: code names static data {} that nothing reaches",
                    g.index()
                )));
            }
            Symbol::Global(g) => self.place(base, image.globals[g.index()]),
            Symbol::Descriptor(d) => self.place(base, image.descriptors[d as usize]),
            Symbol::Stub(Stub::Start) => (self.undefined("escargo_start".into()), 0),
            Symbol::Stub(Stub::Program) => (self.structs.1, 0),
            Symbol::Stub(Stub::ZeroBase) => self.place(base, image.zero_base),
            Symbol::Stub(s) => (self.text.1, placed.stub(s).expect("stubs are in the object") as i64),
            Symbol::LibCall(call) => (self.undefined(library_call(call)?.into()), 0),
            Symbol::Tier(_) => unreachable!("only the JIT's quick code counts its calls"),
        })
    }

    /// A symbol at a distance from another one: for relocations without room for an addend.
    fn anchor(&mut self, base: SymbolId, addend: i64) -> SymbolId {
        if let Some(&id) = self.anchors.get(&(base, addend)) {
            return id;
        }
        let base_symbol = self.object.symbol(base);
        let (section, value) = (base_symbol.section, base_symbol.value.wrapping_add_signed(addend));
        let id = self.object.add_symbol(ObjectSymbol {
            name: format!("escargo.at.{}", self.anchors.len()).into_bytes(),
            value,
            size: 0,
            kind: SymbolKind::Data,
            scope: SymbolScope::Compilation,
            weak: false,
            section,
            flags: SymbolFlags::None,
        });
        self.anchors.insert((base, addend), id);
        id
    }

    /// A function of the runtime or of C's library.
    fn undefined(&mut self, name: String) -> SymbolId {
        if let Some(&id) = self.undefined.get(&name) {
            return id;
        }
        let id = self.object.add_symbol(ObjectSymbol {
            name: name.clone().into_bytes(),
            value: 0,
            size: 0,
            kind: SymbolKind::Text,
            scope: if name.starts_with("escargo_") { SymbolScope::Linkage } else { SymbolScope::Unknown },
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        self.undefined.insert(name, id);
        id
    }

    fn relocate(
        &mut self,
        section: SectionId,
        offset: u64,
        kind: Reloc,
        symbol: SymbolId,
        addend: i64,
    ) -> Result<()> {
        use RelocationEncoding as E;
        use RelocationKind as K;
        let generic = |kind, encoding, size| RelocationFlags::Generic { kind, encoding, size };
        let unknown = || Error::new(format!("clif: relocation {kind:?} is not known in this format"));
        let flags = match (kind, self.format) {
            (Reloc::Abs8, _) => generic(K::Absolute, E::Generic, 64),
            (Reloc::X86PCRel4, _) => generic(K::Relative, E::Generic, 32),
            (Reloc::X86CallPCRel4, _) => generic(K::Relative, E::X86Branch, 32),
            (Reloc::X86CallPLTRel4, BinaryFormat::Coff) => generic(K::Relative, E::X86Branch, 32),
            (Reloc::X86CallPLTRel4, _) => generic(K::PltRelative, E::X86Branch, 32),
            (Reloc::Arm64Call, _) => generic(K::Relative, E::AArch64Call, 26),
            (Reloc::Aarch64AdrPrelPgHi21, BinaryFormat::Elf) => {
                RelocationFlags::Elf { r_type: object::elf::R_AARCH64_ADR_PREL_PG_HI21 }
            }
            (Reloc::Aarch64AddAbsLo12Nc, BinaryFormat::Elf) => {
                RelocationFlags::Elf { r_type: object::elf::R_AARCH64_ADD_ABS_LO12_NC }
            }
            (Reloc::Aarch64AdrPrelPgHi21, BinaryFormat::MachO) => RelocationFlags::MachO {
                r_type: object::macho::ARM64_RELOC_PAGE21,
                r_pcrel: true,
                r_length: 2,
            },
            (Reloc::Aarch64AddAbsLo12Nc, BinaryFormat::MachO) => RelocationFlags::MachO {
                r_type: object::macho::ARM64_RELOC_PAGEOFF12,
                r_pcrel: false,
                r_length: 2,
            },
            (Reloc::Aarch64AdrPrelPgHi21, BinaryFormat::Coff) => {
                RelocationFlags::Coff { typ: object::pe::IMAGE_REL_ARM64_PAGEBASE_REL21 }
            }
            (Reloc::Aarch64AddAbsLo12Nc, BinaryFormat::Coff) => {
                RelocationFlags::Coff { typ: object::pe::IMAGE_REL_ARM64_PAGEOFFSET_12A }
            }
            _ => return Err(unknown()),
        };
        debug_assert!(self.is_x86_64 || kind != Reloc::X86PCRel4);
        let in_instruction = matches!(kind, Reloc::Aarch64AdrPrelPgHi21 | Reloc::Aarch64AddAbsLo12Nc);
        let (symbol, addend) = match self.format == BinaryFormat::Coff && in_instruction && addend != 0 {
            true => (self.anchor(symbol, addend), 0),
            false => (symbol, addend),
        };
        self.object
            .add_relocation(section, Relocation { offset, symbol, addend, flags })
            .map_err(|e| Error::new(format!("writing the object file: {e}")))
    }
}

/// Whether C code can name a function; names of Go functions have a dot.
fn is_c_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// C's names for what the processor lacks.
fn library_call(call: LibCall) -> Result<&'static str> {
    Ok(match call {
        LibCall::CeilF32 => "ceilf",
        LibCall::CeilF64 => "ceil",
        LibCall::FloorF32 => "floorf",
        LibCall::FloorF64 => "floor",
        LibCall::TruncF32 => "truncf",
        LibCall::TruncF64 => "trunc",
        LibCall::NearestF32 => "nearbyintf",
        LibCall::NearestF64 => "nearbyint",
        LibCall::FmaF32 => "fmaf",
        LibCall::FmaF64 => "fma",
        other => return Err(Error::new(format!("clif: library call {other} has no name in C"))),
    })
}
