//! `escargo run`: compiles in memory and runs the program in this process.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use escargo_clif::Mode;
use escargo_escape::{EscapeResults, Placement};
use escargo_ir::Module;

use crate::args::{BuildFlags, RunArgs};
use crate::compile::Ready;
use crate::{compile, load};

/// A compilation that takes longer says how far it is, if somebody is looking.
const QUIET_MS: u64 = 500;

pub fn run(args: &RunArgs) -> Result<i32> {
    let (targets, program_args) = load::split_args(&args.rest);
    let debug = args.debug || traced();
    let gc = args.build.gc().map_err(anyhow::Error::msg)?;
    let ready = if gc.explain > 0 || compile::is_ir(targets) {
        explained(targets, &args.build, debug)?
    } else {
        let program = load::load(targets, args.build.load_options()?)?;
        compile::ready(program, &args.build, debug)?.map_err(|lines| {
            eprintln!("{}", lines.join("\n"));
            1
        })
    };
    let (module, escape, kept) = match ready {
        Ok(ready) => ready.leak(),
        Err(code) => return Ok(code),
    };
    let progress = Progress::new();
    let report = |done: usize, total: usize| progress.report(done, total);
    let options = escargo_clif::Options {
        optimise: !gc.no_opt,
        verify: args.build.verify,
        // A debugger wants to know all code before it runs.
        mode: if debug { Mode::Eager } else { Mode::default() },
        debug,
        on_code: if std::env::var_os("ESCARGO_PERF").is_some_and(|v| v == "1") {
            Some(perf_map()?)
        } else {
            None
        },
        count_stack_objects: args.stats,
        tag_stack: args.build.mte_stack,
        progress: if std::io::stderr().is_terminal() { Some(&report) } else { None },
        ..Default::default()
    };
    let program = escargo_clif::compile(module, escape, &escargo_rt::symbols(), &options)?;
    progress.clear();
    let name = targets[0].trim_end_matches(".go").to_owned();
    let arguments = std::iter::once(&name).chain(program_args).map(|a| a.clone().into_bytes()).collect();
    let (start, stats, usage) = (Instant::now(), args.stats, args.stats_json.clone());
    let finish = move |_| {
        kept();
        if let Some(file) = &usage
            && let Err(e) = write_usage(file, start.elapsed())
        {
            eprintln!("escargo: {e:#}");
        }
        if stats {
            eprintln!("{}", placements(module, escape));
        }
    };
    let finish: Option<Box<dyn FnOnce(i32) + Send>> = Some(Box::new(finish));
    program.run(escargo_rt::start, escargo_rt::Options { arguments, stats, finish, ..Default::default() })
}

/// Compiles the program as far as machine code, and explains what became of its variables if the flags ask for that. Err(code):
/// diagnostics have been printed.
fn explained(targets: &[String], flags: &BuildFlags, debug: bool) -> Result<Result<Ready, i32>> {
    let (mut module, _, messages) = match compile::lower_explained(targets, flags, debug)? {
        Ok(lowered) => lowered,
        Err(code) => return Ok(Err(code)),
    };
    let explained = messages.map(|m| compile::Explained::new(&module, m, flags)).transpose()?;
    compile::optimise(&mut module, flags, None)?;
    let escape = compile::escape(&module, flags.escape);
    if let Some(explained) = explained {
        explained.print(&module);
    }
    Ok(Ok(Ready::new(module, escape)))
}

/// What the program used, and how long it ran without its compilation.
fn write_usage(file: &Path, elapsed: Duration) -> Result<()> {
    let u = escargo_rt::stats::usage();
    let numbers = serde_json::json!({
        "run_ns": elapsed.as_nanos() as u64,
        "heap_objects": u.heap_objects,
        "heap_bytes": u.heap_bytes,
        "freed_objects": u.freed_objects,
        "stack_objects": u.stack_objects,
        "collections": u.collections,
        "longest_pause_ns": u.longest_pause_ns,
        "total_pause_ns": u.total_pause_ns,
    });
    std::fs::write(file, numbers.to_string()).with_context(|| format!("writing {}", file.display()))
}

/// Writes down for `perf` what code lies where, in the file that it looks for.
fn perf_map() -> Result<escargo_clif::OnCode> {
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let file = std::fs::File::create(&path).with_context(|| format!("creating {path}"))?;
    Ok(Box::leak(Box::new(move |name: &str, address: usize, code: &[u8]| {
        // A program runs without its profile, too.
        let _ = (&file).write_all(format!("{address:x} {:x} {name}\n", code.len()).as_bytes());
    })))
}

/// Whether a debugger runs this process.
fn traced() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let tracer = status.lines().find_map(|l| l.strip_prefix("TracerPid:"));
    tracer.is_some_and(|pid| pid.trim() != "0")
}

/// Sites by placement, for `--stats`.
fn placements(module: &Module, escape: &EscapeResults) -> String {
    let count = |p| escape.sites.iter().filter(|v| v.placement == p).count();
    format!(
        "sites:         {} scalar (in registers), {} on the stack, {} on the stack if small, {} on the heap, of {}",
        count(Placement::Scalar),
        count(Placement::Stack),
        count(Placement::Buffer) + count(Placement::BufferOnce),
        count(Placement::Heap),
        module.sites.len()
    )
}

/// The progress line.
struct Progress {
    start: Instant,
    last: AtomicU64,
}

impl Progress {
    fn new() -> Progress {
        Progress { start: Instant::now(), last: AtomicU64::new(0) }
    }

    fn report(&self, done: usize, total: usize) {
        let now = self.start.elapsed().as_millis() as u64;
        let last = self.last.load(Ordering::Relaxed);
        if now > QUIET_MS && now > last + 100 && self.last.swap(now, Ordering::Relaxed) == last {
            eprint!("\rcompiling {done} of {total} functions");
        }
    }

    fn clear(&self) {
        if self.last.load(Ordering::Relaxed) > 0 {
            eprint!("\r\x1b[K");
        }
    }
}
