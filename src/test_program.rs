//! `escargo test-program`: builds one package's tests and runs them in this process.
//!
//! In: a package, compiler flags, the test program's arguments. Out: one byte on standard output that says what follows (see
//! `Status`), then that. `escargo test` starts one such process for each package.

use std::io::Write as _;

use anyhow::{Result, bail};

use crate::args::TestProgramArgs;
use crate::{compile, load, packages};

/// What stands behind the first byte of the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// The test program's output.
    Running = b'R' as isize,
    /// Diagnostics of the compiler.
    BuildFailed = b'B' as isize,
    /// Diagnostics about packages that could not be loaded.
    SetupFailed = b'S' as isize,
}

impl Status {
    pub fn of(byte: u8) -> Option<Status> {
        [Status::Running, Status::BuildFailed, Status::SetupFailed].into_iter().find(|s| *s as u8 == byte)
    }
}

fn say(status: Status) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(&[status as u8])?;
    Ok(out.flush()?)
}

pub fn run(args: &TestProgramArgs) -> Result<i32> {
    let gc = args.build.gc().map_err(anyhow::Error::msg)?;
    let options = args.build.load_options()?;
    let Some(package) = packages::find(&args.package, &options)?.pop() else { bail!("no package is named") };
    let program = match load::load_test(&package, options) {
        Ok(program) => program,
        Err(e) => {
            say(Status::SetupFailed)?;
            println!("{e:#}");
            return Ok(1);
        }
    };
    let incomplete = !program.errors.is_empty();
    let ready = match compile::ready(program, &args.build, false)? {
        Ok(ready) => ready,
        Err(lines) => {
            say(if incomplete { Status::SetupFailed } else { Status::BuildFailed })?;
            // `test` writes the headings.
            let lines: Vec<String> = lines.into_iter().filter(|l| !l.starts_with("# ")).collect();
            println!("{}", lines.join("\n"));
            return Ok(1);
        }
    };
    let options = escargo_clif::Options {
        optimise: !gc.no_opt,
        verify: args.build.verify,
        tag_stack: args.build.mte_stack,
        ..Default::default()
    };
    let (module, escape, kept) = ready.leak();
    let program = escargo_clif::compile(module, escape, &escargo_rt::symbols(), &options)?;
    std::env::set_current_dir(&package.dir)?;
    say(Status::Running)?;
    let name = format!("{}.test", package.path.rsplit('/').next().unwrap_or(&package.path));
    let arguments = std::iter::once(&name).chain(&args.arguments).map(|a| a.clone().into_bytes()).collect();
    let finish: Option<Box<dyn FnOnce(i32) + Send>> = Some(Box::new(move |_| kept()));
    program.run(escargo_rt::start, escargo_rt::Options { arguments, finish, ..Default::default() })
}
