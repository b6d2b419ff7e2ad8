//! `escargo run`: compiles in memory and runs the program in this process.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use escargo_clif::Mode;
use escargo_escape::{EscapeResults, Placement};
use escargo_ir::Module;

use crate::args::{BuildFlags, RunArgs};
use crate::compile::Ready;
use crate::target::Platform;
use crate::{build, compile, link, load};

/// A compilation that takes longer says how far it is, if somebody is looking.
const QUIET_MS: u64 = 500;

pub fn run(args: &RunArgs) -> Result<i32> {
    let (targets, program_args) = load::split_args(&args.rest);
    let debug = args.debug || traced();
    let gc = args.build.gc().map_err(anyhow::Error::msg)?;
    if args.exec.is_some() {
        crate::env::compile_for(Platform::new(None)?.goarch());
    }
    let ready = if gc.explain > 0 || compile::is_ir(targets) {
        explained(targets, &args.build, debug)?
    } else {
        let program = load::load(targets, args.build.load_options()?)?;
        compile::ready(program, &args.build, debug)?.map_err(|lines| {
            eprintln!("{}", lines.join("\n"));
            1
        })
    };
    let mut ready = match ready {
        Ok(ready) => ready,
        Err(code) => return Ok(code),
    };
    if debug || args.build.verify || args.exec.is_some() {
        ready.finish(&args.build)?;
    }
    if let Some(command) = &args.exec {
        return by_command(ready, command, targets, program_args, args);
    }
    let last = ready.last;
    let (module, escape, kept) = ready.leak();
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
        finish: last,
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

/// Makes an executable and has a command run it.
fn by_command(
    ready: Ready,
    command: &str,
    targets: &[String],
    program_args: &[String],
    args: &RunArgs,
) -> Result<i32> {
    let platform = Platform::new(None)?;
    let options = escargo_clif::Options {
        optimise: !args.build.gc().map_err(anyhow::Error::msg)?.no_opt,
        verify: args.build.verify,
        tag_stack: args.build.mte_stack,
        ..Default::default()
    };
    let dir = std::env::temp_dir().join(format!("escargo-run{}", std::process::id()));
    std::fs::create_dir_all(&dir).with_context(|| format!("mkdir {}", dir.display()))?;
    let name = Path::new(&targets[0]).file_stem().filter(|s| *s != "." && *s != "..");
    let output = dir.join(name.unwrap_or("main".as_ref()));
    let linker = args.build.linker()?;
    let made = build::executable(&ready.module, &ready.escape, &platform, &linker, &options, &output, false);
    let words = link::split_quoted(command);
    let ran = made.and_then(|()| {
        let first = words.first().map_or(output.as_os_str(), |w| w.as_ref());
        let own = words.iter().skip(1).map(AsRef::as_ref);
        let rest = own.chain((!words.is_empty()).then_some(output.as_os_str()));
        let status = Command::new(first).args(rest).args(program_args).status();
        let status = status.with_context(|| format!("running {}", first.display()))?;
        if let Some(code) = status.code().filter(|c| *c != 0) {
            eprintln!("exit status {code}");
        }
        Ok(!status.success() as i32)
    });
    // What is left behind harms nobody.
    let _ = std::fs::remove_dir_all(&dir);
    ran
}

/// Compiles the program as far as machine code, and explains what became of its variables if the flags ask for that. Err(code):
/// diagnostics have been printed.
fn explained(targets: &[String], flags: &BuildFlags, debug: bool) -> Result<Result<Ready, i32>> {
    let (mut module, _, messages) = match compile::lower_explained(targets, flags, debug)? {
        Ok(lowered) => lowered,
        Err(code) => return Ok(Err(code)),
    };
    flags.linker()?.set_variables(&mut module)?;
    let explained = messages.map(|m| compile::Explained::new(&module, m, flags)).transpose()?;
    compile::optimise(&mut module, flags, Vec::new(), None)?;
    let escape = compile::escape(&module, flags.escape);
    if let Some(explained) = explained {
        explained.print(&module);
    }
    Ok(Ok(Ready::new(module, escape, &flags.gc().map_err(anyhow::Error::msg)?)))
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
