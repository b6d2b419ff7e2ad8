//! Text for people: a function as Cranelift IR and as machine code, each line of which says where it comes from.
//!
//! In: module, escape results, target, function. Out: text. Guarantees: the same code as the JIT or an object file holds for that target.

use std::fmt::Write;

use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::entities::AnyEntity;
use cranelift_codegen::ir::{self as clif, Block};
use cranelift_codegen::write::{FuncWriter, PlainWriter, decorate_function};
use escargo_escape::EscapeResults;
use escargo_ir::{FuncId, Inst, Module, Pos};

use crate::code::{Compiler, input};
use crate::listing::{self, comment};
use crate::lower::{self, Loc};
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
        if let Some(loc) = self.locs.get(crate::lower::from_srcloc(func.srcloc(inst)).0)
            && loc.inst.is_some()
            && loc.inst != self.last
        {
            self.last = loc.inst;
            writeln!(w, "{:indent$}; {}", "", comment(self.module, self.func, loc))?;
        }
        PlainWriter.write_instruction(w, func, aliases, inst, indent)
    }
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

/// A function's machine code below the source lines that it comes from, which `source` knows.
pub fn dump_asm(
    module: &Module,
    escape: &EscapeResults,
    plan: &Plan,
    target: &Target,
    source: &dyn Fn(Pos) -> Option<String>,
    func: FuncId,
) -> Result<String> {
    let options = Options::default();
    let mut input = input(module, escape, plan, target, &options);
    input.dump = true;
    let code = Compiler::new(input).function(func)?;
    let mut out = format!("{}:  ; {} bytes\n", module.func(func).name, code.bytes.len());
    let (mut last, mut last_line) = (None, None);
    for line in listing::decode(module, target, &code) {
        let loc = code.ranges.iter().find(|&&(s, e, _)| (s..e).contains(&line.offset)).map(|r| r.2);
        if loc != last {
            last = loc;
            if let Some(loc) = loc {
                let number = module.locate(loc.pos).map(|(file, line, _)| (file, line));
                if number.is_some() && number != last_line {
                    last_line = number;
                    if let Some(text) = source(loc.pos) {
                        let _ = writeln!(out, "{text}");
                    }
                }
                let place = module.locate(loc.pos).map(|(file, line, col)| format!("{file}:{line}:{col}  "));
                let text = listing::comment(module, module.func(func), &loc);
                let _ = writeln!(out, "  ; {}{text}", place.unwrap_or_default());
            }
        }
        let _ = writeln!(out, "  {:6x}  {}", line.offset, line.text);
    }
    Ok(out)
}
