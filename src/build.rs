//! `escargo build`: compiles to an executable, a library for C, an object file, or a text form.
//!
//! In: packages, flags. Out: one file. Guarantees: the same bytes for the same input; a file is written whole or not at all.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use escargo_clif::{Format, ObjectOptions, Target};
use escargo_escape::EscapeResults;
use escargo_escape::diag::Message;
use escargo_ir::{FuncId, Module};
use escargo_lower::Export;

use crate::args::{BuildArgs, Emit};
use crate::packages::Package;
use crate::target::Platform;
use crate::{compile, link, load, packages};

pub fn build(args: &BuildArgs) -> Result<i32> {
    let platform = Platform::new(args.target.as_deref())?;
    let linker = link::Flags::parse(&args.build.ldflags, &args.buildmode).map_err(anyhow::Error::msg)?;
    crate::env::compile_for(platform.goarch());
    let gc = args.build.gc().map_err(anyhow::Error::msg)?;
    let targets = if args.rest.is_empty() { vec![".".to_owned()] } else { args.rest.clone() };
    let packages = match compile::is_ir(&targets) {
        true => Vec::new(),
        false => packages::find(&targets, &args.build.load_options()?)?,
    };
    let is_main = match packages.as_slice() {
        [] => true,
        [package] => package.name().is_none_or(|n| n == "main"),
        _ => false,
    };
    if args.verbose {
        eprintln!("command-line-arguments");
    }
    if let Some(folder) = args.output.as_ref().filter(|o| packages.len() > 1 && is_folder(o)) {
        return each_main(args, &packages, folder);
    }
    if !is_main {
        // Packages without a main function are compiled for their mistakes alone.
        let mut typed = compile::check(load::load_all(&targets, args.build.load_options()?)?);
        let failed = compile::report_errors(&typed, gc.all_errors);
        if gc.explain > 0 && !failed {
            compile::explain_checked(&mut typed);
        }
        return Ok(failed as i32);
    }
    // Text forms are for people to read.
    let debug =
        linker.debug() && matches!(args.emit, None | Some(Emit::Obj)) && platform.format() == Format::Elf;
    let library = linker.mode != link::Mode::Exe;
    let (mut module, exports, messages) = match lower(&targets, args, library, debug)? {
        Ok(lowered) => lowered,
        Err(code) => return Ok(code),
    };
    linker.set_variables(&mut module)?;
    let explained = messages.map(|m| compile::Explained::new(&module, m, &args.build)).transpose()?;
    compile::optimise(&mut module, &args.build, Vec::new(), None)?;
    if let Some(explained) = explained {
        explained.print(&module);
    }
    let escape = compile::escape(&module, args.build.escape);
    compile::finish(&mut module, &args.build, None)?;
    let options = escargo_clif::Options {
        optimise: !gc.no_opt,
        verify: args.build.verify,
        debug,
        tag_stack: args.build.mte_stack,
        ..Default::default()
    };
    let target = Target::by_name(platform.arch(), &options)?;
    let plan = escargo_clif::Plan::new(&module, &escape);
    let output = output_path(args, &targets, packages.first())?;
    let funcs = || (0..module.funcs.len() as u32).map(FuncId).filter(|&f| !module.func(f).order.is_empty());
    let text = |dump: &dyn Fn(FuncId) -> escargo_clif::Result<String>| -> Result<Vec<u8>> {
        let mut out = String::new();
        for f in funcs() {
            out.push_str(&dump(f)?);
            out.push('\n');
        }
        Ok(out.into_bytes())
    };
    let bytes = match args.emit {
        Some(Emit::Ir) => escargo_ir::print_module(&module).into_bytes(),
        Some(Emit::Clif) => text(&|f| escargo_clif::dump_clif(&module, &escape, &plan, &target, f))?,
        Some(Emit::Asm) => text(&|f| escargo_clif::dump_asm(&module, &escape, &plan, &target, &|_| None, f))?,
        emit => {
            let object = ObjectOptions { format: platform.format(), library };
            let bytes = escargo_clif::compile_object(&module, &escape, &target, &options, &object)?;
            if emit.is_none() {
                if platform.format() != Format::Elf {
                    bail!(
                        "executables are made for Linux only; --emit=obj writes an object file for {platform}"
                    );
                }
                let job = link::Job {
                    object: &bytes,
                    output: &output,
                    platform,
                    flags: &linker,
                    print: args.print_commands,
                };
                if library {
                    job.library(&exports)?
                } else {
                    job.executable()?
                }
                return Ok(0);
            }
            bytes
        }
    };
    write_whole(&output, &bytes)?;
    Ok(0)
}

fn is_folder(output: &str) -> bool {
    output.ends_with('/') || Path::new(output).is_dir()
}

/// Several packages: each program goes into a folder, the others are compiled for their mistakes alone.
fn each_main(args: &BuildArgs, packages: &[Package], folder: &str) -> Result<i32> {
    let programs = packages.iter().filter(|p| p.name().is_some_and(|n| n == "main"));
    let programs: Vec<String> = programs
        .map(|p| {
            let dir = p.dir.to_string_lossy();
            if dir.starts_with(['.', '/']) { dir.into_owned() } else { format!("./{dir}") }
        })
        .collect();
    if programs.is_empty() {
        bail!("no main packages to build");
    }
    let mut code = 0;
    let all = BuildArgs { output: None, ..args.clone() };
    code |= build(&all)?;
    for program in programs {
        let output = Some(format!("{}/", folder.trim_end_matches('/')));
        code |= build(&BuildArgs { rest: vec![program], output, ..args.clone() })?;
    }
    Ok(code)
}

/// Makes an executable of a compiled program.
pub fn executable(
    module: &Module,
    escape: &EscapeResults,
    platform: &Platform,
    linker: &link::Flags,
    options: &escargo_clif::Options,
    output: &Path,
    print: bool,
) -> Result<()> {
    if platform.format() != Format::Elf {
        bail!("executables are made for Linux only; --emit=obj writes an object file for {platform}");
    }
    let target = Target::by_name(platform.arch(), options)?;
    let object = ObjectOptions { format: platform.format(), library: false };
    let bytes = escargo_clif::compile_object(module, escape, &target, options, &object)?;
    link::Job { object: &bytes, output, platform: *platform, flags: linker, print }.executable()
}

/// Checks and lowers; with the exported functions, if a library is made. Err(code): diagnostics have been printed.
fn lower(
    targets: &[String],
    args: &BuildArgs,
    library: bool,
    debug: bool,
) -> Result<Result<(Module, Vec<Export>, Option<Vec<Message>>), i32>> {
    let all = args.build.gc().map_err(anyhow::Error::msg)?.all_errors;
    if !library && !args.cgo_memsafe {
        let lowered = compile::lower_explained(targets, &args.build, debug)?;
        return Ok(lowered.map(|(module, _, messages)| (module, Vec::new(), messages)));
    }
    let mut typed = compile::check(load::load(targets, args.build.load_options()?)?);
    if compile::report_errors(&typed, all) {
        return Ok(Err(1));
    }
    let lowered = escargo_lower::exports(&mut typed.world, args.cgo_memsafe).and_then(|exports| {
        let (world, info) = (std::mem::take(&mut typed.world), std::mem::take(&mut typed.info));
        let exported = library.then(|| exports.clone());
        let options = escargo_lower::Options { leak: true, debug, exports: exported, ..Default::default() };
        Ok((escargo_lower::lower(world, info, &typed.sources, &options, &mut |_, _| ())?, exports, None))
    });
    Ok(lowered.map_err(|diagnostics| {
        typed.diagnostics = diagnostics;
        compile::report_errors(&typed, all);
        1
    }))
}

/// Where the result goes: `-o` (a folder: into it), or the go command's name for it in the working directory.
fn output_path(args: &BuildArgs, targets: &[String], package: Option<&Package>) -> Result<PathBuf> {
    let extension = match (args.emit, args.buildmode.as_str()) {
        (Some(Emit::Obj), _) => "o",
        (Some(Emit::Asm), _) => "s",
        (Some(Emit::Clif), _) => "clif",
        (Some(Emit::Ir), _) => "ir",
        (None, "c-archive") => "a",
        (None, "c-shared") => "so",
        _ => "",
    };
    let first = Path::new(&targets[0]);
    let stem = match package {
        Some(package) if !targets[0].ends_with(".go") => Some(package.output_name().to_owned()),
        _ => first.file_stem().map(|s| s.to_string_lossy().into_owned()),
    };
    let stem = stem.with_context(|| format!("no name for the output of {}", targets[0]))?;
    let name = Path::new(&stem).with_extension(extension);
    Ok(match &args.output {
        None => name,
        Some(o) if is_folder(o) => {
            std::fs::create_dir_all(o).with_context(|| format!("mkdir {o}"))?;
            Path::new(o).join(name)
        }
        Some(o) => {
            if let Some(folder) = Path::new(o).parent() {
                std::fs::create_dir_all(folder).with_context(|| format!("mkdir {}", folder.display()))?;
            }
            PathBuf::from(o)
        }
    })
}

/// Writes a file beside its place and moves it there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = beside(path);
    let written = std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // The error is what matters.
        let _ = std::fs::remove_file(&temporary);
    }
    written.with_context(|| format!("writing {}", path.display()))
}

/// A name for a file that will be moved to `path`.
pub fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

/// The global variable of a Go name.
pub fn variable<'m>(module: &'m mut Module, name: &str) -> Option<&'m mut escargo_ir::Global> {
    module.globals.iter_mut().find(|g| g.name == name && !g.readonly)
}
