//! Text for people: a function as Cranelift IR and as machine code, each line of which says where it comes from.
//!
//! In: module, escape results, target, function. Out: text: for x86-64 by iced-x86, else Cranelift's own listing.
//! Guarantees: the same code as the JIT or an object file holds for that target.

use std::fmt::Write;

use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::entities::AnyEntity;
use cranelift_codegen::ir::{self as clif, Block};
use cranelift_codegen::write::{FuncWriter, PlainWriter, decorate_function};
use escargo_escape::EscapeResults;
use escargo_ir::print::print_inst;
use escargo_ir::{FuncId, Inst, Module};
use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter, SymbolResolver, SymbolResult};

use crate::code::{Code, Compiler, input};
use crate::lower::{self, Loc, Purpose};
use crate::plan::Plan;
use crate::symbol::Symbol;
use crate::target::Target;
use crate::{Options, Result};

/// Writes Cranelift's instructions with the IR's as comments above them.
struct Annotator<'a> {
    module: &'a Module,
    func: &'a escargo_ir::Func,
    locs: &'a [Loc],
    last: Option<Inst>,
}

impl FuncWriter for Annotator<'_> {
    fn write_block_header(
        &mut self,
        w: &mut dyn Write,
        func: &clif::Function,
        block: Block,
        indent: usize,
    ) -> std::fmt::Result {
        self.last = None;
        PlainWriter.write_block_header(w, func, block, indent)
    }

    /// Functions and data by name instead of number.
    fn write_entity_definition(
        &mut self,
        w: &mut dyn Write,
        func: &clif::Function,
        entity: AnyEntity,
        value: &dyn std::fmt::Display,
    ) -> std::fmt::Result {
        let name = match entity {
            AnyEntity::FuncRef(f) => Some(&func.dfg.ext_funcs[f].name),
            AnyEntity::GlobalValue(g) => match &func.global_values[g] {
                clif::GlobalValueData::Symbol { name, .. } => Some(name),
                _ => None,
            },
            _ => None,
        };
        let symbol =
            name.and_then(|n| Symbol::from_external(n, |r| func.params.user_named_funcs()[r].clone()));
        match (symbol, entity) {
            (Some(symbol), AnyEntity::FuncRef(f)) => {
                writeln!(w, "    {entity} = {} {}", symbol.name(self.module), func.dfg.ext_funcs[f].signature)
            }
            (Some(symbol), _) => writeln!(w, "    {entity} = {}", symbol.name(self.module)),
            (None, _) => self.super_entity_definition(w, func, entity, value),
        }
    }

    fn write_instruction(
        &mut self,
        w: &mut dyn Write,
        func: &clif::Function,
        aliases: &SecondaryMap<clif::Value, Vec<clif::Value>>,
        inst: clif::Inst,
        indent: usize,
    ) -> std::fmt::Result {
        if let Some(loc) = self.locs.get(func.srcloc(inst).bits() as usize)
            && loc.inst.is_some()
            && loc.inst != self.last
        {
            self.last = loc.inst;
            writeln!(w, "{:indent$}; {}", "", comment(self.module, self.func, loc))?;
        }
        PlainWriter.write_instruction(w, func, aliases, inst, indent)
    }
}

/// An IR instruction on one line; its position is part of its text.
fn comment(module: &Module, func: &escargo_ir::Func, loc: &Loc) -> String {
    let mut text = loc.inst.map_or_else(String::new, |inst| print_inst(module, func, inst));
    if loc.purpose != Purpose::Code {
        if !text.is_empty() {
            text.push_str("  -- ");
        }
        text.push_str(loc.purpose.text());
    }
    text
}

/// A function as it is handed to Cranelift, with the IR as comments.
pub fn dump_clif(
    module: &Module,
    escape: &EscapeResults,
    plan: &Plan,
    target: &Target,
    func: FuncId,
) -> Result<String> {
    let options = Options::default();
    let mut input = input(module, escape, plan, target, &options);
    input.dump = true;
    let (check, _) = lower::stack_check(input, func);
    let lowered = lower::lower(input, func, check);
    let mut out = format!("; {}\n", module.func(func).name);
    let mut writer = Annotator { module, func: module.func(func), locs: &lowered.locs, last: None };
    let _ = decorate_function(&mut writer, &mut out, &lowered.func);
    Ok(out)
}

/// A function's machine code.
pub fn dump_asm(
    module: &Module,
    escape: &EscapeResults,
    plan: &Plan,
    target: &Target,
    func: FuncId,
) -> Result<String> {
    let options = Options::default();
    let mut input = input(module, escape, plan, target, &options);
    input.dump = true;
    let mut compiler = Compiler::new(input);
    compiler.listing = !target.is_x86_64();
    let code = compiler.function(func)?;
    let mut out = format!("{}:  ; {} bytes\n", module.func(func).name, code.bytes.len());
    if !target.is_x86_64() {
        out.push_str(&code.listing);
        return Ok(out);
    }
    disassemble(module, func, &code, &mut out);
    Ok(out)
}

/// Names for the targets of relocations, by offset.
struct Names {
    relocs: Vec<(u64, String)>,
}

impl SymbolResolver for Names {
    fn symbol(
        &mut self,
        instruction: &iced_x86::Instruction,
        _operand: u32,
        _instruction_operand: Option<u32>,
        address: u64,
        _address_size: u32,
    ) -> Option<SymbolResult<'_>> {
        let range = instruction.ip()..instruction.next_ip();
        let (_, name) = self.relocs.iter().find(|(offset, _)| range.contains(offset))?;
        Some(SymbolResult::with_string(address, name.clone()))
    }
}

fn disassemble(module: &Module, id: FuncId, code: &Code, out: &mut String) {
    let func = module.func(id);
    let relocs = code.relocs.iter().map(|r| (u64::from(r.offset), r.target.name(module))).collect();
    let mut formatter = IntelFormatter::with_options(Some(Box::new(Names { relocs })), None);
    let options = formatter.options_mut();
    options.set_space_after_operand_separator(true);
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_branch_leading_zeros(false);
    let mut decoder = Decoder::with_ip(64, &code.bytes, 0, DecoderOptions::NONE);
    let mut last = None;
    while decoder.can_decode() {
        let instruction = decoder.decode();
        let start = instruction.ip() as u32;
        let loc = code.ranges.iter().find(|&&(s, e, _)| (s..e).contains(&start)).map(|r| r.2);
        if loc != last {
            last = loc;
            if let Some(loc) = loc {
                let place = module.locate(loc.pos).map(|(file, line, col)| format!("{file}:{line}:{col}  "));
                let _ = writeln!(out, "  ; {}{}", place.unwrap_or_default(), comment(module, func, &loc));
            }
        }
        let mut text = String::new();
        formatter.format(&instruction, &mut text);
        let _ = writeln!(out, "  {start:6x}  {text}");
    }
}
