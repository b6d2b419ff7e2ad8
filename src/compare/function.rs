//! One function under the default placement and with everything on the heap: source, IR, and the machine codes aligned.
//!
//! In: an optimised module, a function's name, a target. Out: rows in which equal instructions stand beside each other.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use escargo_clif::Target;
use escargo_clif::listing::{Line, listing};
use escargo_escape::{EscapeResults, Placement};
use escargo_ir::print::print_inst;
use escargo_ir::{FuncId, Module};
use serde_json::{Value, json};
use similar::{Algorithm, DiffOp};

/// An instruction as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    pub offset: u32,
    pub text: String,
    /// Source line; 0: none.
    pub line: u32,
    pub purpose: &'static str,
    /// The IR instruction it comes from, if it is another one than that of the instruction before.
    pub ir: Option<String>,
}

/// How the two instructions of a row relate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// The same but for registers and places in the frame.
    Same,
    Changed,
    /// Only in the default mode.
    Left,
    /// Only with everything on the heap.
    Right,
}

impl Mark {
    pub fn sign(self) -> char {
        match self {
            Mark::Same => ' ',
            Mark::Changed => '|',
            Mark::Left => '<',
            Mark::Right => '>',
        }
    }
}

pub struct Row {
    pub mark: Mark,
    pub left: Option<Shown>,
    pub right: Option<Shown>,
}

pub struct Comparison {
    pub name: String,
    pub target: String,
    pub file: String,
    /// Line number and text.
    pub source: Vec<(u32, String)>,
    pub ir: String,
    /// Name, position and placement of each site in the default mode.
    pub sites: Vec<String>,
    pub bytes: (u32, u32),
    pub rows: Vec<Row>,
}

impl Comparison {
    pub fn json(&self) -> Value {
        let shown = |s: &Option<Shown>| {
            s.as_ref().map(|s| {
                json!({"offset": s.offset, "text": s.text, "line": s.line, "purpose": s.purpose, "ir": s.ir})
            })
        };
        let rows = self.rows.iter().map(|r| {
            let mark = match r.mark {
                Mark::Same => "same",
                Mark::Changed => "changed",
                Mark::Left => "default",
                Mark::Right => "heap",
            };
            json!({"mark": mark, "default": shown(&r.left), "heap": shown(&r.right)})
        });
        json!({
            "name": self.name, "target": self.target, "file": self.file,
            "source": self.source.iter().map(|(n, t)| json!({"line": n, "text": t})).collect::<Vec<_>>(),
            "ir": self.ir, "sites": self.sites,
            "bytes": {"default": self.bytes.0, "heap": self.bytes.1},
            "rows": rows.collect::<Vec<_>>(),
        })
    }
}

/// Compares a function, by Go's symbol name; `f` means `main.f`. `escapes`: of the default mode, and of that with everything on the heap.
pub fn compare(
    module: &Module,
    escapes: &[EscapeResults; 2],
    name: &str,
    target: Option<&str>,
) -> Result<Comparison> {
    let [escape, heap] = escapes;
    let all = || (0..module.funcs.len() as u32).map(FuncId).filter(|&f| !module.func(f).is_declared_only());
    let full = if name.contains('.') { name.to_owned() } else { format!("main.{name}") };
    let Some(func) = all().find(|&f| module.func(f).name == full) else {
        bail!("the program has no function {full} (it may have been inlined everywhere, or is never called)");
    };
    let options = escargo_clif::Options::default();
    let (target, label) = match target {
        None => (Target::native(&options)?, std::env::consts::ARCH.to_owned()),
        Some(name) => {
            let arch = match name.split('-').next().unwrap_or(name) {
                "amd64" | "x86_64" => "x86_64",
                "arm64" | "aarch64" => "aarch64",
                _ => bail!("unknown target {name}: x86_64 or aarch64"),
            };
            (Target::by_name(arch, &options)?, arch.to_owned())
        }
    };
    let left = listing(module, escape, &target, &options, func)?;
    let right = listing(module, heap, &target, &options, func)?;
    let rows = align(
        &shown(module, func, &left.lines),
        &shown(module, func, &right.lines),
        &left.lines,
        &right.lines,
    );
    let sites = module.sites.iter().zip(&escape.sites).filter(|(site, _)| site.func == full).filter_map(
        |(site, v)| {
            let (file, line, col) = module.locate(site.pos)?;
            let placement = match v.placement {
                Placement::Scalar => "in registers",
                Placement::Stack => "on the stack",
                Placement::Buffer | Placement::BufferOnce => "on the stack if small",
                Placement::Heap => "on the heap",
            };
            Some(format!("{file}:{line}:{col}: {} {placement}", site.name))
        },
    );
    let (file, source) = source(module, func, &left.lines);
    Ok(Comparison {
        name: full.clone(),
        target: label,
        file,
        source,
        ir: escargo_ir::print_func(module, func),
        sites: sites.collect(),
        bytes: (left.bytes, right.bytes),
        rows,
    })
}

fn shown(module: &Module, func: FuncId, lines: &[Line]) -> Vec<Shown> {
    let mut last = None;
    lines
        .iter()
        .map(|l| {
            let ir = l.inst.filter(|_| l.inst != last).map(|i| print_inst(module, module.func(func), i));
            last = l.inst;
            let line = module.locate(l.pos).map_or(0, |p| p.1);
            Shown { offset: l.offset, text: l.text.clone(), line, purpose: l.purpose, ir }
        })
        .collect()
}

/// Puts equal instructions beside each other.
fn align(left: &[Shown], right: &[Shown], left_lines: &[Line], right_lines: &[Line]) -> Vec<Row> {
    let shapes =
        |lines: &[Line]| lines.iter().map(|l| format!("{} {}", l.shape, l.purpose)).collect::<Vec<_>>();
    let (a, b) = (shapes(left_lines), shapes(right_lines));
    let mut rows = Vec::new();
    for op in similar::capture_diff_slices(Algorithm::Myers, &a, &b) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => rows.extend((0..len).map(|i| Row {
                mark: Mark::Same,
                left: Some(left[old_index + i].clone()),
                right: Some(right[new_index + i].clone()),
            })),
            DiffOp::Delete { old_index, old_len, .. } => {
                rows.extend(left[old_index..old_index + old_len].iter().map(|l| Row {
                    mark: Mark::Left,
                    left: Some(l.clone()),
                    right: None,
                }))
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                rows.extend(right[new_index..new_index + new_len].iter().map(|r| Row {
                    mark: Mark::Right,
                    left: None,
                    right: Some(r.clone()),
                }))
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                rows.extend((0..old_len.max(new_len)).map(|i| {
                    let l = (i < old_len).then(|| left[old_index + i].clone());
                    let r = (i < new_len).then(|| right[new_index + i].clone());
                    let mark = match (&l, &r) {
                        (Some(_), Some(_)) => Mark::Changed,
                        (Some(_), None) => Mark::Left,
                        _ => Mark::Right,
                    };
                    Row { mark, left: l, right: r }
                }))
            }
        }
    }
    rows
}

/// The source lines of a function: from its first to the last one that left code, of its own file.
fn source(module: &Module, func: FuncId, lines: &[Line]) -> (String, Vec<(u32, String)>) {
    let Some((file, first, _)) = module.locate(module.func(func).pos) else { return Default::default() };
    let used: BTreeSet<u32> = lines
        .iter()
        .filter_map(|l| module.locate(l.pos))
        .filter(|&(f, line, _)| f == file && line >= first)
        .map(|(_, line, _)| line)
        .collect();
    let Ok(text) = std::fs::read_to_string(file) else { return (file.to_owned(), Vec::new()) };
    let all: Vec<&str> = text.lines().collect();
    // The function ends at the first line after `first` that starts with a brace, as gofmt writes it.
    let end = (first as usize..all.len()).find(|&i| all[i].starts_with('}')).map(|i| i as u32 + 1);
    let last = end.or(used.last().copied()).unwrap_or(first);
    let lines = (first..=last).filter_map(|n| Some((n, (*all.get(n as usize - 1)?).to_owned()))).collect();
    (file.to_owned(), lines)
}
