//! `escargo compare`: one program under each placement mode and, where Go is installed, under Go.
//!
//! In: a program and its arguments. Out: a table of allocations, bytes, collections, pauses, time and code size, and for a function its
//! source, its IR and its machine codes line beside line; as text, JSON or a page. Requires: a program that ends by itself.
//! Guarantees: every side runs the same number of times, in turn; sides that print different things are said to.

mod function;
mod go;
mod html;
mod text;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use escargo_escape::EscapeResults;
use escargo_ir::{FuncId, Module};
use serde_json::{Value, json};

use crate::args::{CompareArgs, EscapeMode};
use crate::build::write_whole;
use crate::{compile, load};

/// What one run of a program used.
#[derive(Clone, Default, Debug)]
pub struct Usage {
    pub seconds: f64,
    pub heap_objects: u64,
    pub heap_bytes: u64,
    stack_objects: Option<u64>,
    pub collections: u64,
    pub longest_pause_ns: u64,
}

/// All runs of one side.
pub struct Side {
    pub name: &'static str,
    pub runs: Vec<Usage>,
    /// Objects made on stacks; not known under Go.
    pub stack_objects: Option<u64>,
    /// Machine code of package main, in bytes.
    pub code_bytes: Option<u64>,
    /// Why there is nothing to show, or what is odd.
    pub note: Option<String>,
}

impl Side {
    /// Median, smallest and largest time in seconds.
    pub fn seconds(&self) -> Option<(f64, f64, f64)> {
        let mut times: Vec<f64> = self.runs.iter().map(|r| r.seconds).collect();
        times.sort_by(f64::total_cmp);
        Some((*times.get(times.len() / 2)?, *times.first()?, *times.last()?))
    }

    /// The run with the median time.
    pub fn typical(&self) -> Option<&Usage> {
        let (median, ..) = self.seconds()?;
        self.runs.iter().find(|r| r.seconds == median)
    }

    fn json(&self) -> Value {
        let seconds =
            self.seconds().map(|(median, min, max)| json!({"median": median, "min": min, "max": max}));
        let u = self.typical();
        json!({
            "mode": self.name,
            "seconds": seconds,
            "heap_objects": u.map(|u| u.heap_objects),
            "heap_bytes": u.map(|u| u.heap_bytes),
            "stack_objects": self.stack_objects,
            "collections": u.map(|u| u.collections),
            "longest_pause_ns": u.map(|u| u.longest_pause_ns),
            "code_bytes": self.code_bytes,
            "note": self.note,
        })
    }
}

/// Everything there is to show.
pub struct Comparison {
    pub program: String,
    pub sides: Vec<Side>,
    pub function: Option<function::Comparison>,
}

impl Comparison {
    fn json(&self) -> Value {
        json!({
            "program": self.program,
            "sides": self.sides.iter().map(Side::json).collect::<Vec<_>>(),
            "function": self.function.as_ref().map(function::Comparison::json),
        })
    }
}

const MODES: [(EscapeMode, &str); 2] = [(EscapeMode::Precise, "default"), (EscapeMode::Heap, "heap")];

pub fn compare(args: &CompareArgs) -> Result<i32> {
    if args.runs == 0 {
        bail!("--runs must be at least 1");
    }
    let (targets, program_args) = load::split_args(&args.rest);
    let (mut module, _) = match compile::lower(targets, &args.build)? {
        Ok(lowered) => lowered,
        Err(code) => return Ok(code),
    };
    compile::optimise(&mut module, &args.build, Vec::new(), None)?;
    let escapes = MODES.map(|(mode, _)| compile::escape(&module, mode));
    compile::finish(&mut module, &args.build, None)?;
    let program = targets.join(" ");
    let function = match &args.func {
        Some(name) => Some(function::compare(&module, &escapes, name, args.target.as_deref())?),
        None => None,
    };
    let mut sides = Vec::new();
    for ((_, name), escape) in MODES.into_iter().zip(&escapes) {
        let code_bytes = Some(code_size(&module, escape)?);
        sides.push(Side { name, runs: Vec::new(), stack_objects: None, code_bytes, note: None });
    }
    let go = go::build(targets, &args.build)?;
    if let Some(go) = &go {
        let (code_bytes, note) = (go.code_bytes, go.problem.clone());
        sides.push(Side { name: "go", runs: Vec::new(), stack_objects: None, code_bytes, note });
    }
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    let stats = folder.path().join("stats.json");
    // Stack objects are counted in a run of its own: counting takes time.
    for (side, (mode, _)) in sides.iter_mut().zip(MODES) {
        let mut command = own_command(args, mode, &["--stats"], targets, &stats)?;
        command.args(program_args).stdin(Stdio::null());
        match measure(command, &stats)? {
            Ok((usage, _)) => side.stack_objects = usage.stack_objects,
            Err(note) => side.note = Some(note),
        }
    }
    let mut outputs: Vec<Option<Vec<u8>>> = vec![None; sides.len()];
    for _ in 0..args.runs {
        for (i, side) in sides.iter_mut().enumerate() {
            let mut command = match (MODES.get(i), &go) {
                (Some((mode, _)), _) => own_command(args, *mode, &[], targets, &stats)?,
                (None, Some(go)) if go.problem.is_none() => go.command(&stats),
                _ => continue,
            };
            command.args(program_args).stdin(Stdio::null());
            match measure(command, &stats)? {
                Ok((usage, output)) => {
                    side.runs.push(usage);
                    outputs[i].get_or_insert(output);
                }
                Err(note) => side.note = Some(note),
            }
        }
    }
    let first = outputs[0].clone();
    for (side, output) in sides.iter_mut().zip(&outputs).skip(1) {
        if output.is_some() && *output != first && side.note.is_none() {
            side.note = Some("prints something else than the default mode".into());
        }
    }
    let comparison = Comparison { program, sides, function };
    if let Some(file) = &args.html {
        write_whole(file, html::page(&comparison).as_bytes())?;
    }
    if args.json {
        println!("{}", comparison.json());
    } else {
        print!("{}", text::render(&comparison));
    }
    let failed = comparison.sides[..MODES.len()].iter().any(|s| s.note.is_some());
    Ok(i32::from(failed))
}

/// The program in a process of its own, so that one run does not warm another.
fn own_command(
    args: &CompareArgs,
    mode: EscapeMode,
    flags: &[&str],
    targets: &[String],
    stats: &Path,
) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("finding the escargo command")?);
    command.arg("run").args(flags).arg("--stats-json").arg(stats);
    if mode == EscapeMode::Heap {
        command.arg("--escape=heap");
    }
    for flags in &args.build.gcflags {
        command.arg(format!("--gcflags={flags}"));
    }
    if let Some(tags) = &args.build.tags {
        command.arg("--tags").arg(tags);
    }
    command.args(targets);
    Ok(command)
}

/// Runs once: what it used and printed, or what went wrong.
fn measure(mut command: Command, stats: &Path) -> Result<Result<(Usage, Vec<u8>), String>> {
    let _ = std::fs::remove_file(stats);
    let out = command.output().with_context(|| format!("running {command:?}"))?;
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        return Ok(Err(format!("{}: {}", out.status, said.lines().next().unwrap_or_default())));
    }
    let Ok(text) = std::fs::read_to_string(stats) else {
        return Ok(Err("ended without its numbers (does it call os.Exit?)".into()));
    };
    let numbers: Value = serde_json::from_str(&text).context("reading a program's numbers")?;
    let get = |key: &str| numbers[key].as_u64();
    let usage = Usage {
        seconds: get("run_ns").unwrap_or(0) as f64 / 1e9,
        heap_objects: get("heap_objects").unwrap_or(0),
        heap_bytes: get("heap_bytes").unwrap_or(0),
        stack_objects: get("stack_objects"),
        collections: get("collections").unwrap_or(0),
        longest_pause_ns: get("longest_pause_ns").unwrap_or(0),
    };
    Ok(Ok((usage, out.stdout)))
}

/// Bytes of machine code of package main's functions on this machine.
fn code_size(module: &Module, escape: &EscapeResults) -> Result<u64> {
    let options = escargo_clif::Options::default();
    let target = escargo_clif::Target::native(&options)?;
    let plan = escargo_clif::Plan::new(module, escape);
    let ids: Vec<FuncId> = (0..module.funcs.len() as u32)
        .map(FuncId)
        .filter(|&f| module.func(f).name.starts_with("main.") && !module.func(f).is_declared_only())
        .collect();
    let code = escargo_clif::compile_all(module, escape, &plan, &target, &options, &ids)?;
    Ok(code.iter().map(|c| c.bytes.len() as u64).sum())
}
