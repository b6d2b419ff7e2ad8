//! gdb's interface for code made at run time: an ELF image in memory with symbols and DWARF, announced through a list that gdb
//! reads when a certain function is called, where it has a breakpoint.
//!
//! In: an installed program and what is known of its code. Guarantees: the image stays for the rest of the process.

use std::sync::atomic::{AtomicPtr, Ordering};

use cranelift_codegen::gimli::write::Address;
use escargo_ir::FuncId;
use object::Endianness;
use object::elf::{
    EM_AARCH64, EM_X86_64, ET_EXEC, SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS, SHT_PROGBITS, STB_GLOBAL, STT_FUNC,
    STT_OBJECT,
};
use object::write::elf::{FileHeader, SectionHeader, Sym, Writer};

use super::{Shared, State};
use crate::code::Code;
use crate::dwarf::{self, FuncCode, Section, UnitName};
use crate::{Error, Result};

#[repr(C)]
struct Entry {
    next: *mut Entry,
    prev: *mut Entry,
    image: *const u8,
    size: u64,
}

#[repr(C)]
struct Descriptor {
    version: u32,
    /// 0: nothing, 1: `relevant` is new.
    action: u32,
    relevant: AtomicPtr<Entry>,
    first: AtomicPtr<Entry>,
}

const REGISTER: u32 = 1;

// SAFETY: gdb finds these two by their names; nothing else has them.
#[unsafe(no_mangle)]
static __jit_debug_descriptor: Descriptor = Descriptor {
    version: 1,
    action: REGISTER,
    relevant: AtomicPtr::new(std::ptr::null_mut()),
    first: AtomicPtr::new(std::ptr::null_mut()),
};

// SAFETY: as above.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn __jit_debug_register_code() {
    // gdb's breakpoint: the call must not be optimised away.
    std::hint::black_box(&__jit_debug_descriptor);
}

/// gdb reads scripts in the command's own file, not in images in memory.
// SAFETY: the section holds such entries; nothing at run time reads it.
#[unsafe(link_section = ".debug_gdb_scripts")]
#[used]
static SCRIPT: [u8; dwarf::GDB_SCRIPT.len()] = bytes(dwarf::GDB_SCRIPT);

const fn bytes<const N: usize>(text: &str) -> [u8; N] {
    let mut out = [0; N];
    let mut i = 0;
    while i < N {
        out[i] = text.as_bytes()[i];
        i += 1;
    }
    out
}

/// Tells gdb about all code of a program. `codes` carry lines and variables.
pub(super) fn register(shared: &Shared<'_>, state: &State, codes: Vec<(FuncId, Code)>) -> Result<()> {
    let mut funcs: Vec<FuncCode> = Vec::with_capacity(codes.len() + state.stub_debug.len());
    for (info, debug) in state.funcs.iter().zip(&state.stub_debug) {
        funcs.push(FuncCode {
            id: None,
            address: Address::Constant(info.start as u64),
            size: info.size as u32,
            lines: Vec::new(),
            debug: debug.clone(),
        });
    }
    let sizes: rustc_hash::FxHashMap<usize, usize> = state.funcs.iter().map(|f| (f.start, f.size)).collect();
    for (id, code) in codes {
        let address = shared.func_address(id);
        funcs.push(FuncCode {
            id: Some(id),
            address: Address::Constant(address as u64),
            size: sizes.get(&address).copied().unwrap_or(0) as u32,
            lines: code.lines,
            debug: code.debug.map(|d| *d).unwrap_or_default(),
        });
    }
    let data = |g: escargo_ir::GlobalId| {
        Some(Address::Constant((shared.data + shared.image.globals[g.index()] as usize) as u64))
    };
    let name = UnitName { name: "main", dir: "" };
    let mut sections = dwarf::sections(shared.module, &*shared.target.isa, name, &funcs, &data)?;
    dwarf::resolve_offsets(&mut sections);
    let image: &'static [u8] = image(shared, state, &sections)?.leak();
    let entry = Box::leak(Box::new(Entry {
        next: std::ptr::null_mut(),
        prev: std::ptr::null_mut(),
        image: image.as_ptr(),
        size: image.len() as u64,
    }));
    let old = __jit_debug_descriptor.first.swap(entry, Ordering::AcqRel);
    entry.next = old;
    __jit_debug_descriptor.relevant.store(entry, Ordering::Release);
    __jit_debug_register_code();
    Ok(())
}

/// An executable file in memory whose code lies where the program's does.
fn image(shared: &Shared<'_>, state: &State, sections: &[Section]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut w = Writer::new(Endianness::Little, true, &mut out);
    w.reserve_null_section_index();
    let text_name = w.add_section_name(b".text");
    let text = w.reserve_section_index();
    let data_name = w.add_section_name(b".data");
    let data = w.reserve_section_index();
    let names: Vec<_> = sections
        .iter()
        .map(|s| {
            let name = w.add_section_name(s.name.as_bytes());
            w.reserve_section_index();
            name
        })
        .collect();
    w.reserve_symtab_section_index();
    w.reserve_strtab_section_index();
    w.reserve_shstrtab_section_index();
    w.reserve_file_header();
    let offsets: Vec<usize> = sections.iter().map(|s| w.reserve(s.data.len(), 1)).collect();
    let mut symbols = Vec::new();
    w.reserve_null_symbol_index();
    let module = shared.module;
    for f in &state.funcs {
        // SAFETY: names of functions live as long as the program.
        let name = unsafe { std::slice::from_raw_parts(f.name, f.name_len) };
        symbols.push((w.add_string(name), text, STT_FUNC, f.start as u64, f.size as u64));
    }
    for g in &module.debug.globals {
        let address = (shared.data + shared.image.globals[g.global.index()] as usize) as u64;
        let size = crate::data::global_size(module, &module.globals[g.global.index()]);
        symbols.push((w.add_string(g.name.as_bytes()), data, STT_OBJECT, address, size));
    }
    for s in &symbols {
        w.reserve_symbol_index(Some(s.1));
    }
    w.reserve_symtab();
    w.reserve_strtab();
    w.reserve_shstrtab();
    w.reserve_section_headers();

    let header = FileHeader {
        os_abi: 0,
        abi_version: 0,
        e_type: ET_EXEC,
        e_machine: if shared.target.is_x86_64() { EM_X86_64 } else { EM_AARCH64 },
        e_entry: 0,
        e_flags: 0,
    };
    w.write_file_header(&header).map_err(|e| Error::new(format!("clif: image for gdb: {e}")))?;
    for s in sections {
        w.write(&s.data);
    }
    w.write_null_symbol();
    for &(name, section, kind, address, size) in &symbols {
        w.write_symbol(&Sym {
            name: Some(name),
            section: Some(section),
            st_info: STB_GLOBAL << 4 | kind,
            st_other: 0,
            st_shndx: 0,
            st_value: address,
            st_size: size,
        });
    }
    w.write_strtab();
    w.write_shstrtab();
    w.write_null_section_header();
    let plain = SectionHeader {
        name: None,
        sh_type: SHT_NOBITS,
        sh_flags: u64::from(SHF_ALLOC | SHF_EXECINSTR),
        sh_addr: shared.code_start as u64,
        sh_offset: 0,
        sh_size: (state.next - shared.code_start) as u64,
        sh_link: 0,
        sh_info: 0,
        sh_addralign: 16,
        sh_entsize: 0,
    };
    w.write_section_header(&SectionHeader { name: Some(text_name), ..plain.clone() });
    w.write_section_header(&SectionHeader {
        name: Some(data_name),
        sh_flags: u64::from(SHF_ALLOC),
        sh_addr: shared.data as u64,
        sh_size: shared.image.size,
        ..plain.clone()
    });
    for ((section, name), offset) in sections.iter().zip(names).zip(offsets) {
        w.write_section_header(&SectionHeader {
            name: Some(name),
            sh_type: SHT_PROGBITS,
            sh_flags: 0,
            sh_addr: 0,
            sh_offset: offset as u64,
            sh_size: section.data.len() as u64,
            sh_addralign: 1,
            ..plain.clone()
        });
    }
    w.write_symtab_section_header(1);
    w.write_strtab_section_header();
    w.write_shstrtab_section_header();
    Ok(out)
}
