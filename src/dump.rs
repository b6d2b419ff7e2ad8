//! `escargo dump`: every form between the source and the machine code.

use std::cell::RefCell;
use std::fmt::Write as _;

use anyhow::{Result, bail};
use escargo_escape::{EscapeResults, Placement};
use escargo_ir::{FuncId, Module};

use crate::args::DumpArgs;
use crate::compile;

pub fn dump(args: &DumpArgs) -> Result<i32> {
    let (mut module, sources) = match compile::lower(&args.rest, &args.build)? {
        Ok(lowered) => lowered,
        Err(code) => return Ok(code),
    };
    let form = args.after.as_str();
    if form == "lower" {
        return show_ir(&module, args);
    }
    let passes: Vec<&str> = escargo_opt::PASSES.iter().map(|p| p.name).collect();
    if passes.contains(&form) {
        let text = RefCell::new(None);
        let mut snapshot = |pass: &str, module: &Module| {
            if pass == form {
                *text.borrow_mut() = Some(ir_text(module, args));
            }
        };
        compile::optimise(&mut module, &args.build, Vec::new(), Some(&mut snapshot))?;
        compile::finish(&mut module, &args.build, Some(&mut snapshot))?;
        if let Some(text) = text.into_inner() {
            return print_or_complain(text?, args);
        }
    }
    compile::optimise(&mut module, &args.build, Vec::new(), None)?;
    let escape = compile::escape(&module, args.build.escape);
    compile::finish(&mut module, &args.build, None)?;
    match form {
        "opt" => show_ir(&module, args),
        "escape" => print_or_complain(escape_text(&module, &escape, args), args),
        "clif" | "asm" => {
            let funcs = selected(&module, args)?;
            let target = escargo_clif::Target::native(&escargo_clif::Options::default())?;
            let plan = escargo_clif::Plan::new(&module, &escape);
            let source = |pos: escargo_ir::Pos| source_line(&sources, pos);
            let text = |f| match form {
                "clif" => escargo_clif::dump_clif(&module, &escape, &plan, &target, f),
                _ => escargo_clif::dump_asm(&module, &escape, &plan, &target, &source, f),
            };
            for f in funcs {
                print!("{}", text(f)?);
            }
            Ok(0)
        }
        _ => bail!("no form is called {form}: lower, {}, opt, escape, clif, asm", passes.join(", ")),
    }
}

/// Number and text of the line that a position is in.
fn source_line(sources: &escargo_syntax::SourceMap, pos: escargo_ir::Pos) -> Option<String> {
    let pos = escargo_syntax::Pos(pos.0);
    let file = sources.file_of(pos)?;
    let (_, start) = file.line_at(pos.0.checked_sub(file.base)?);
    let text = file.text.get(start as usize..)?.lines().next()?;
    Some(format!("{}: {}", sources.locate(pos)?.line, text.trim()))
}

/// The functions that `--func` selects, or all of package main.
fn selected(module: &Module, args: &DumpArgs) -> Result<Vec<FuncId>> {
    let all = (0..module.funcs.len() as u32).map(FuncId).filter(|&f| !module.func(f).is_declared_only());
    let funcs: Vec<FuncId> = match &args.func {
        Some(name) => all.filter(|&f| module.func(f).name == *name).collect(),
        None => all.filter(|&f| module.func(f).name.starts_with("main.")).collect(),
    };
    if let (Some(name), true) = (&args.func, funcs.is_empty()) {
        bail!(
            "the program has no function {name} at this point (it may have been inlined everywhere, or is never called)"
        );
    }
    Ok(funcs)
}

fn ir_text(module: &Module, args: &DumpArgs) -> Result<String> {
    let Some(_) = args.func else { return Ok(escargo_ir::print_module(module)) };
    Ok(selected(module, args)?.into_iter().map(|f| escargo_ir::print_func(module, f)).collect())
}

fn show_ir(module: &Module, args: &DumpArgs) -> Result<i32> {
    print_or_complain(ir_text(module, args)?, args)
}

fn print_or_complain(text: String, args: &DumpArgs) -> Result<i32> {
    if text.is_empty()
        && let Some(name) = &args.func
    {
        bail!("nothing to show for {name}");
    }
    print!("{text}");
    Ok(0)
}

/// One line a site, `file:line:col: name: placement: reason`, for package main or the selected function.
fn escape_text(module: &Module, escape: &EscapeResults, args: &DumpArgs) -> String {
    let mut lines = Vec::new();
    for (site, verdict) in module.sites.iter().zip(&escape.sites) {
        let wanted = args.func.as_ref().map_or(site.func.starts_with("main."), |f| site.func == *f);
        let Some((file, line, col)) = module.locate(site.pos).filter(|_| wanted) else { continue };
        let placement = match verdict.placement {
            Placement::Scalar => "scalar",
            Placement::Stack => "stack",
            Placement::Buffer | Placement::BufferOnce => "buffer",
            Placement::Heap => "heap",
        };
        let mut text = format!("{file}:{line}:{col}: {}: {placement}", site.name);
        for (i, step) in verdict.reason.iter().enumerate() {
            text.push_str(if i == 0 { ": " } else { ", " });
            text.push_str(&step.what);
            if let Some((_, line, col)) = module.locate(step.pos) {
                write!(text, " ({line}:{col})").expect("writing to a string succeeds");
            }
        }
        lines.push((site.pos, text));
    }
    lines.sort();
    lines.dedup();
    lines.into_iter().map(|(_, text)| text + "\n").collect()
}
