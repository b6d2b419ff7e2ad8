//! The pipeline, readable on one screen: text -> syntax trees -> typed packages -> IR -> optimised IR and escape results.

use anyhow::Result;
use escargo_escape::EscapeResults;
use escargo_ir::Module;
use escargo_syntax::{Diagnostic, Severity, SourceMap};
use escargo_types::{Info, World, check_program};

use crate::args::{BuildFlags, EscapeMode};
use crate::{load, report};

/// A checked program with everything that is wrong with it.
pub struct Typed {
    pub world: World,
    pub info: Info,
    pub sources: SourceMap,
    pub diagnostics: Vec<Diagnostic>,
}

/// Type-checks a loaded program.
pub fn check(program: load::Program) -> Typed {
    let load::Program { packages, sources, mut diagnostics, incomplete, nodes } = program;
    if incomplete {
        return Typed { world: World::default(), info: Info::default(), sources, diagnostics };
    }
    let options = escargo_types::Options { keep_going: false, postpone: true, nodes };
    let (world, info, more) = check_program(&packages, &sources, &options);
    diagnostics.extend(more);
    Typed { world, info, sources, diagnostics }
}

/// Prints what is wrong with a program; whether there is an error.
pub fn report_errors(typed: &Typed, all: bool) -> bool {
    let errors = typed.diagnostics.iter().any(|d| d.severity == Severity::Error);
    if errors {
        report::print("command-line-arguments", &report::lines(&typed.diagnostics, &typed.sources, all));
    }
    errors
}

/// Loads, checks and lowers what the command line names. Err(code): diagnostics have been printed.
pub fn lower(targets: &[String], flags: &BuildFlags) -> Result<Result<(Module, SourceMap), i32>> {
    let gc = flags.gc().map_err(anyhow::Error::msg)?;
    let program = load::load(targets, flags.load_options().map_err(anyhow::Error::msg)?)?;
    Ok(lower_program(program, gc.all_errors).map_err(|lines| {
        report::print("command-line-arguments", &lines);
        1
    }))
}

/// Checks and lowers a loaded program. Err: the lines to print; with `all`, of all errors.
pub fn lower_program(program: load::Program, all: bool) -> Result<(Module, SourceMap), Vec<String>> {
    let typed = check(program);
    let fail =
        |diagnostics: &[Diagnostic], sources: &SourceMap| Err(report::lines(diagnostics, sources, all));
    if typed.diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return fail(&typed.diagnostics, &typed.sources);
    }
    let options = escargo_lower::Options { leak: true, ..Default::default() };
    match escargo_lower::lower(typed.world, typed.info, &typed.sources, &options) {
        Ok(module) => Ok((module, typed.sources)),
        Err(diagnostics) => fail(&diagnostics, &typed.sources),
    }
}

/// Optimises a lowered module as the flags say; `on_pass` sees it after each pass.
pub fn optimise(
    module: &mut Module,
    flags: &BuildFlags,
    on_pass: Option<&mut dyn FnMut(&str, &Module)>,
) -> Result<()> {
    let gc = flags.gc().map_err(anyhow::Error::msg)?;
    if flags.verify {
        escargo_ir::verify(module).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(|e| e.to_string()).collect();
            anyhow::anyhow!("lowering made an invalid module\n{}", lines.join("\n"))
        })?;
    }
    if gc.no_opt {
        return Ok(());
    }
    let mut options = escargo_opt::Options {
        until: None,
        verify_each: flags.verify,
        inline: !gc.no_inline,
        on_pass,
        threads: std::thread::available_parallelism().map_or(1, |n| n.get()),
    };
    Ok(escargo_opt::optimize(module, &mut options)?)
}

/// Decides where the sites of an optimised module live.
pub fn escape(module: &Module, mode: EscapeMode) -> EscapeResults {
    match mode {
        EscapeMode::Precise => escargo_escape::analyze(module),
        EscapeMode::Heap => EscapeResults::all_heap(module),
    }
}
