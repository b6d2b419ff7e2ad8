//! `escargo test-program`: builds one package's tests and runs them in this process.
//!
//! In: a package, compiler flags, the test program's arguments. Out: one byte on standard output that says what follows (see
//! `Status`), then that. `escargo test` starts one such process for each package. If an executable is asked for, or the tests may start
//! themselves again, it is made and, if it is to be run, takes this process over.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use escargo_syntax::cover::Mode;

use crate::args::TestProgramArgs;
use crate::coverage::{self, Cover, Covered};
use crate::packages::Package;
use crate::target::Platform;
use crate::test_flags::PROFILES;
use crate::{build, compile, load, packages};

/// What stands behind the first byte of the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// The test program's output.
    Running = b'R' as isize,
    /// Diagnostics of the compiler.
    BuildFailed = b'B' as isize,
    /// Diagnostics about packages that could not be loaded.
    SetupFailed = b'S' as isize,
    /// An executable was asked for, and is made.
    Compiled = b'C' as isize,
    /// The package has no tests: what its coverage is.
    NoTests = b'N' as isize,
}

impl Status {
    pub fn of(byte: u8) -> Option<Status> {
        use Status::*;
        [Running, BuildFailed, SetupFailed, Compiled, NoTests].into_iter().find(|s| *s as u8 == byte)
    }
}

fn say(status: Status) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(&[status as u8])?;
    Ok(out.flush()?)
}

pub fn run(args: &TestProgramArgs) -> Result<i32> {
    let gc = args.build.gc().map_err(anyhow::Error::msg)?;
    let mut options = args.build.load_options()?;
    let modes = [Mode::Set, Mode::Count, Mode::Atomic];
    let mode = modes.into_iter().find(|m| args.cover.as_deref() == Some(m.as_str()));
    let Some(package) = packages::find(&args.package, &options)?.pop() else { bail!("no package is named") };
    options.cover = mode.map(|mode| Cover {
        mode,
        packages: args.covered.clone(),
        shown: args.cover_shown.as_ref().map_or(String::new(), |s| format!(" in {s}")),
    });
    let platform = Platform::new(None)?;
    if args.output.is_some() {
        crate::env::compile_for(platform.goarch());
    }
    // An executable may be asked for profiles later.
    let wants = |a: &String| {
        let name = a.strip_prefix("-test.").and_then(|a| a.split_once('=')).map(|(name, _)| name);
        name.is_some_and(|name| PROFILES.contains(&name))
    };
    let profiled = args.output.is_some() || args.arguments.iter().any(wants);
    let mut program = match load::load_test(&package, options, profiled) {
        Ok(program) => program,
        Err(e) => {
            say(Status::SetupFailed)?;
            println!("{e:#}");
            return Ok(1);
        }
    };
    let incomplete = !program.errors.is_empty();
    let covered = std::mem::take(&mut program.covered);
    // Tests that start themselves again, as their own helpers, name a file that can be executed.
    let output = args.output.as_ref().or(args.own.as_ref().filter(|_| program.starts_itself));
    let linker = args.build.linker()?;
    let debug = args.output.is_some() && linker.debug();
    let mut ready = match compile::ready(program, &args.build, debug)? {
        Ok(ready) => ready,
        Err(lines) => {
            say(if incomplete { Status::SetupFailed } else { Status::BuildFailed })?;
            // `test` writes the headings.
            let lines: Vec<String> = lines.into_iter().filter(|l| !l.starts_with("# ")).collect();
            println!("{}", lines.join("\n"));
            return Ok(1);
        }
    };
    if !package.has_tests() {
        return no_tests(&package, &covered, args);
    }
    if output.is_some() || args.build.verify {
        ready.finish(&args.build)?;
    }
    let options = escargo_clif::Options {
        optimise: !gc.no_opt,
        verify: args.build.verify,
        tag_stack: args.build.mte_stack,
        debug,
        finish: ready.last,
        ..Default::default()
    };
    let mut arguments = args.arguments.clone();
    if let Some(profile) = &args.profile {
        arguments.insert(0, format!("-test.coverprofile={}", profile.display()));
    }
    let (module, escape, kept) = ready.leak();
    let make = |output: &Path| {
        if let Some(folder) = output.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("mkdir {}", folder.display()))?;
        }
        build::executable(module, escape, &platform, &linker, &options, output, false)
    };
    let made = match output.map(|o| (o, make(o))) {
        Some((output, Ok(()))) => Some(output),
        Some((_, Err(e))) if args.output.is_some() => return Err(e),
        // Without a linker, all other tests run in memory.
        _ => None,
    };
    if let Some(output) = made {
        kept();
        if args.compile {
            say(Status::Compiled)?;
            return Ok(0);
        }
        say(Status::Running)?;
        let mut words = args.exec.iter().map(std::ffi::OsString::from).chain([output.into()]);
        let first = words.next().expect("the executable is there");
        // It takes this process over.
        let error = Command::new(&first)
            .args(words)
            .args(&arguments)
            .current_dir(&package.dir)
            .stdin(std::process::Stdio::null())
            .exec();
        println!("{}: {error}", first.display());
        return Ok(1);
    }
    let program = escargo_clif::compile(module, escape, &escargo_rt::symbols(), &options)?;
    std::env::set_current_dir(&package.dir)?;
    say(Status::Running)?;
    let name = package.test_binary();
    let arguments = std::iter::once(name).chain(arguments).map(String::into_bytes).collect();
    let finish: Option<Box<dyn FnOnce(i32) + Send>> = Some(Box::new(move |_| kept()));
    program.run(escargo_rt::start, escargo_rt::Options { arguments, finish, ..Default::default() })
}

/// What is said of a package without tests whose blocks are counted.
fn no_tests(package: &Package, covered: &[Covered], args: &TestProgramArgs) -> Result<i32> {
    say(Status::NoTests)?;
    let Some(covered) = covered.iter().find(|c| c.path == package.path && c.has_blocks) else {
        println!("?   \t{}\t[no test files]", package.path);
        return Ok(0);
    };
    let (profile, text) = coverage::nothing_ran(covered);
    print!("{text}");
    if let Some(path) = &args.profile {
        std::fs::write(path, format!("mode:\n{profile}"))
            .with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(0)
}
