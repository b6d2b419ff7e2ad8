//! The pipeline, readable on one screen: text -> syntax trees -> typed packages -> IR -> optimised IR and escape results -> IR as it
//! becomes machine code, function by function when the JIT wants it.

use anyhow::{Context, Result};
use escargo_escape::EscapeResults;
use escargo_escape::diag::{self, Message};
use escargo_ir::Module;
use escargo_syntax::{Diagnostic, Severity, SourceMap};
use escargo_types::frames::{LargeLiteral, check_literals};
use escargo_types::{Info, World, check_program};

use crate::args::{BuildFlags, EscapeMode, GcFlags};
use crate::helper::Helper;
use crate::{cache, load, report};

/// A checked program with everything that is wrong with it.
pub struct Typed {
    pub world: World,
    pub info: Info,
    pub sources: SourceMap,
    pub diagnostics: Vec<Diagnostic>,
    /// What kept the program from being checked, as it is printed.
    pub errors: Vec<String>,
    /// For each source file the import path of its package.
    pub headings: Vec<String>,
    /// The packages that the command line names.
    pub roots: Vec<String>,
}

impl Typed {
    /// Something is wrong with the program.
    pub fn failed(&self) -> bool {
        !self.errors.is_empty() || self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// Type-checks a loaded program.
pub fn check(program: load::Program) -> Typed {
    let load::Program {
        packages,
        sources,
        mut diagnostics,
        errors,
        headings,
        nodes,
        roots,
        no_main: _,
        covered: _,
        bodyless,
        build_info: _,
        godebug: _,
        starts_itself: _,
        helper,
    } = program;
    if !errors.is_empty() {
        let (world, info) = (World::default(), Info::default());
        return Typed { world, info, sources, diagnostics: Vec::new(), errors, headings, roots };
    }
    let run = helper.map(|helper| move |job| helper.run(job));
    let helper = run.as_ref().map(|run| run as escargo_types::Helper);
    let options = escargo_types::Options { keep_going: false, postpone: true, bodyless, nodes, helper };
    let (world, info, more) = check_program(&packages, &sources, &options);
    diagnostics.extend(more);
    let mut typed = Typed { world, info, sources, diagnostics, errors, headings, roots };
    check_frames(&mut typed);
    typed
}

/// Reports functions whose frames are too large for the literals that stay in them.
fn check_frames(typed: &mut Typed) {
    let literals = std::mem::take(&mut typed.info.large_literals);
    if literals.is_empty() || typed.failed() {
        return;
    }
    let messages = explain(typed);
    let stays = |l: &&LargeLiteral| {
        messages.iter().any(|m| m.pos == l.pos && m.text.ends_with("{...} does not escape"))
    };
    typed.diagnostics.extend(check_literals(&literals.iter().filter(stays).collect::<Vec<_>>()));
}

/// Prints what `-gcflags=-m` says about packages that are only checked: Go's own analysis, since nothing is placed.
pub fn explain_checked(typed: &mut Typed) {
    if typed.failed() {
        return;
    }
    let messages = explain(typed);
    for line in explanation_lines(&typed.sources, &messages) {
        eprintln!("{line}");
    }
}

/// Prints what is wrong with a program; whether there is an error.
pub fn report_errors(typed: &Typed, all: bool) -> bool {
    for line in report::program(typed, all) {
        eprintln!("{line}");
    }
    typed.failed()
}

/// What `-gcflags=-m` says about the packages that the command line names.
fn explain(typed: &mut Typed) -> Vec<escargo_explain::Message> {
    let packages: Vec<_> =
        typed.roots.iter().filter_map(|r| typed.world.pkg_by_path.get(r).copied()).collect();
    escargo_explain::messages(&mut typed.world, &typed.info, &packages)
}

/// Messages as they are printed: `file:line:col: text`.
fn explanation_lines(sources: &SourceMap, messages: &[escargo_explain::Message]) -> Vec<String> {
    let line = |m: &escargo_explain::Message| {
        let l = sources.locate(m.pos)?;
        Some(format!("{}:{}:{}: {}", l.file, l.line, l.col, m.text))
    };
    messages.iter().filter_map(line).collect()
}

/// Loads, checks and lowers what the command line names. Err(code): diagnostics have been printed.
pub fn lower(targets: &[String], flags: &BuildFlags) -> Result<Result<(Module, SourceMap), i32>> {
    lower_for(targets, flags, false)
}

/// As `lower`, with what debuggers want to know if `debug`.
pub fn lower_for(
    targets: &[String],
    flags: &BuildFlags,
    debug: bool,
) -> Result<Result<(Module, SourceMap), i32>> {
    if is_ir(targets) {
        return Ok(Ok((read_ir(&targets[0])?, SourceMap::default())));
    }
    Ok(lower_explained(targets, flags, debug)?.map(|(module, sources, _)| (module, sources)))
}

/// A module, its sources, and what `-gcflags=-m` says about it if it was asked for.
pub type Lowered = (Module, SourceMap, Option<Vec<Message>>);

/// As `lower_for`, with Go's messages.
pub fn lower_explained(targets: &[String], flags: &BuildFlags, debug: bool) -> Result<Result<Lowered, i32>> {
    if is_ir(targets) {
        return Ok(Ok((read_ir(&targets[0])?, SourceMap::default(), None)));
    }
    let gc = flags.gc().map_err(anyhow::Error::msg)?;
    let program = load::load(targets, flags.load_options()?)?;
    Ok(lower_program(program, gc.all_errors, debug, gc.explain > 0, &mut |_, _| ()).map_err(|lines| {
        eprintln!("{}", lines.join("\n"));
        1
    }))
}

/// What `-gcflags=-m` prints about a program that is compiled: the source as it was written, functions and variables as
/// lowering made them, with the verdicts of the analysis that places them.
pub struct Explained {
    source: Module,
    verdicts: EscapeResults,
    messages: Vec<Message>,
    level: u32,
    inlinable: Vec<(escargo_ir::Pos, String)>,
}

impl Explained {
    pub fn new(module: &Module, messages: Vec<Message>, flags: &BuildFlags) -> Result<Explained> {
        let gc = flags.gc().map_err(anyhow::Error::msg)?;
        Ok(Explained {
            source: module.clone(),
            verdicts: escape(module, flags.escape),
            messages,
            level: gc.explain,
            inlinable: if gc.no_inline { Vec::new() } else { inlinable(module) },
        })
    }

    /// Prints the messages; `optimised` tells which calls have been inlined.
    pub fn print(self, optimised: &Module) {
        let inlined = diag::inlined_calls(optimised);
        let mut out = diag::inlining(&self.source, &self.inlinable, &inlined);
        out.extend(diag::correct(&self.source, &self.verdicts, self.level, self.messages));
        for line in diag::lines(&self.source, &out) {
            eprintln!("{line}");
        }
    }
}

/// The source functions of package main that the inliner takes.
fn inlinable(module: &Module) -> Vec<(escargo_ir::Pos, String)> {
    let funcs = (0..module.funcs.len() as u32).map(escargo_ir::FuncId);
    funcs
        .filter(|&f| {
            let func = module.func(f);
            func.name.starts_with("main.") && !func.flags.wrapper && escargo_opt::can_inline(module, f)
        })
        .map(|f| (module.func(f).pos, module.func(f).name.clone()))
        .collect()
}

/// The command line names a file of IR text instead of Go.
pub fn is_ir(targets: &[String]) -> bool {
    matches!(targets, [file] if file.ends_with(".ir"))
}

/// Reads and verifies a program in IR text (docs/ir.md).
fn read_ir(file: &str) -> Result<Module> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {file}"))?;
    let module = escargo_ir::parse(&text).map_err(|e| anyhow::anyhow!("{file}:{e}"))?;
    escargo_ir::verify(&module).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|e| format!("{file}: {e}")).collect();
        anyhow::anyhow!(lines.join("\n"))
    })?;
    if module.main.is_none() {
        anyhow::bail!("{file}: the module has no main function");
    }
    Ok(module)
}

/// Checks and lowers a loaded program. Err: the lines to print; with `all`, of all errors.
fn lower_program(
    program: load::Program,
    all: bool,
    debug: bool,
    explain: bool,
    on_func: escargo_lower::OnFunc,
) -> Result<Lowered, Vec<String>> {
    let no_main = program.no_main.clone();
    let (build_info, godebug) = (program.build_info.clone(), program.godebug.clone());
    let mut typed = check(program);
    if typed.failed() {
        return Err(report::program(&typed, all));
    }
    if let Some(heading) = no_main {
        // The linker's words.
        let message = "runtime.main_main·f: function main is undeclared in the main package";
        return Err(vec![format!("# {heading}"), message.into()]);
    }
    let messages = explain.then(|| {
        let ours = |m: escargo_explain::Message| Message { pos: escargo_ir::Pos(m.pos.0), text: m.text };
        self::explain(&mut typed).into_iter().map(ours).collect()
    });
    let (world, info) = (std::mem::take(&mut typed.world), std::mem::take(&mut typed.info));
    let options = escargo_lower::Options { leak: true, debug, all: explain, ..Default::default() };
    match escargo_lower::lower(world, info, &typed.sources, &options, on_func) {
        Ok(mut module) => {
            set_build_info(&mut module, build_info);
            crate::link::set_string(&mut module, "runtime.godebugDefault", &godebug);
            Ok((module, typed.sources, messages))
        }
        Err(diagnostics) => {
            typed.diagnostics = diagnostics;
            Err(report::program(&typed, all))
        }
    }
}

/// Tells package runtime/debug where the program comes from and how it is built.
pub fn set_build_info(module: &mut Module, mut text: String) {
    text += &format!(
        "build\t-buildmode=exe\nbuild\t-compiler=escargo\nbuild\tGOARCH={}\nbuild\tGOOS=linux\n",
        crate::env::target_arch()
    );
    crate::link::set_string(module, "runtime/debug.modinfo", &text);
}

/// A program that is ready for machine code.
pub struct Ready {
    pub module: Module,
    pub escape: EscapeResults,
    /// What is still to be done with functions before they are compiled.
    pub last: Option<escargo_clif::Finish>,
    /// Where it is to be kept.
    keep: Option<cache::Entry>,
}

/// Compiles a loaded program as far as machine code, or finds in the cache that it has been done. Err: the lines to print.
pub fn ready(program: load::Program, flags: &BuildFlags, debug: bool) -> Result<Result<Ready, Vec<String>>> {
    let gc = flags.gc().map_err(anyhow::Error::msg)?;
    let linker = flags.linker()?;
    let arch = crate::env::target_arch();
    let known = (gc.no_opt, gc.no_inline, gc.lang, gc.bodyless, flags.escape, arch, linker.variables());
    let settings = format!("{known:?} {}", program.build_info);
    let keep = if flags.verify || debug { None } else { cache::Entry::new(&program, &settings) };
    if let Some(entry) = keep.as_ref().filter(|entry| entry.exists()) {
        program.helper.iter().for_each(|helper| helper.run(Box::new(escargo_clif::prepare)));
        if let Some((module, escape)) = entry.read() {
            return Ok(Ok(Ready::new(module, escape, &gc)));
        }
    }
    // Nobody is to see the module before it is optimised.
    let helper = program.helper.clone().filter(|_| !flags.verify && !gc.no_opt && !debug);
    let mut early = None;
    let mut on_func = |module: &mut Module, id| {
        // Begun now: until here the helper has had other things to do, and now it is quicker than lowering.
        let start = |helper: &Helper| {
            helper.run(Box::new(escargo_clif::prepare));
            escargo_opt::Early::start(&|job| helper.run(job))
        };
        helper.iter().for_each(|helper| early.get_or_insert_with(|| start(helper)).take(module, id));
    };
    let (mut module, ..) = match lower_program(program, gc.all_errors, debug, false, &mut on_func) {
        Ok(lowered) => lowered,
        Err(lines) => return Ok(Err(lines)),
    };
    linker.set_variables(&mut module)?;
    let early = early.map_or_else(Vec::new, |early| early.finish(&mut module));
    if let Some(helper) = helper {
        Helper::end(helper);
    }
    optimise(&mut module, flags, early, None)?;
    let escape = escape(&module, flags.escape);
    Ok(Ok(Ready { keep, ..Ready::new(module, escape, &gc) }))
}

impl Ready {
    /// A module that `optimise` has seen, and its escape results.
    pub fn new(module: Module, escape: EscapeResults, gc: &GcFlags) -> Ready {
        let last: Option<escargo_clif::Finish> =
            if gc.no_opt { None } else { Some(escargo_opt::finish_func) };
        Ready { module, escape, last, keep: None }
    }

    /// Leaves nothing to be done with functions: for executables.
    pub fn finish(&mut self, flags: &BuildFlags) -> Result<()> {
        self.keep = None;
        if self.last.take().is_some() {
            finish(&mut self.module, flags, None)?;
        }
        Ok(())
    }

    /// For the rest of the process: functions are compiled while the program runs. The last result ends when the cache has the
    /// program; it is to be called before the process ends.
    pub fn leak(self) -> (&'static Module, &'static EscapeResults, impl FnOnce() + Send) {
        let (module, escape): (&'static Module, &'static EscapeResults) =
            (Box::leak(self.module.into()), Box::leak(self.escape.into()));
        let keeper = self.keep.and_then(|entry| {
            std::thread::Builder::new().name("cache".into()).spawn(move || entry.write(module, escape)).ok()
        });
        // Nothing depends on the cache.
        (module, escape, move || drop(keeper.map(std::thread::JoinHandle::join)))
    }
}

/// Optimises a lowered module as the flags say, as far as escape analysis wants it; `on_pass` sees it after each pass. `early`: of the
/// functions from the first on, whether their early passes are done.
pub fn optimise(
    module: &mut Module,
    flags: &BuildFlags,
    early: Vec<bool>,
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
    let mut options = passes(flags, on_pass)?;
    options.early = early;
    Ok(escargo_opt::optimize(module, &mut options)?)
}

/// Optimises all functions as far as code generation wants them, behind escape analysis.
pub fn finish(
    module: &mut Module,
    flags: &BuildFlags,
    on_pass: Option<&mut dyn FnMut(&str, &Module)>,
) -> Result<()> {
    if flags.gc().map_err(anyhow::Error::msg)?.no_opt {
        return Ok(());
    }
    Ok(escargo_opt::finish(module, &mut passes(flags, on_pass)?)?)
}

fn passes<'a>(
    flags: &BuildFlags,
    on_pass: Option<&'a mut dyn FnMut(&str, &Module)>,
) -> Result<escargo_opt::Options<'a>> {
    let gc = flags.gc().map_err(anyhow::Error::msg)?;
    Ok(escargo_opt::Options {
        verify_each: flags.verify,
        inline: !gc.no_inline,
        on_pass,
        early: Vec::new(),
        threads: threads(),
    })
}

/// Decides where the sites of an optimised module live.
pub fn escape(module: &Module, mode: EscapeMode) -> EscapeResults {
    match mode {
        EscapeMode::Precise => escargo_escape::analyze(module, threads()),
        EscapeMode::Heap => EscapeResults::all_heap(module),
    }
}

/// How many threads passes may use.
pub fn threads() -> usize {
    // Asking means reading files.
    static COUNT: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *COUNT.get_or_init(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}
