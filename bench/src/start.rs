//! What starting and building cost: hello world from source to exit, an executable's start beside C's, builds of generated programs
//! beside `go build`.
//!
//! In: both commands. Out: a row each. Every build is of a source that neither has seen; the packages that it imports are in both
//! caches. Hello world is timed twice: with nothing known of it, and again.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{Args, Target, spread, time};

/// A row: name, ours in milliseconds, what it is set beside, the target.
struct Row {
    name: &'static str,
    ours: Vec<f64>,
    beside: Option<(&'static str, Vec<f64>)>,
    target: Target,
}

/// Times everything that was chosen, and prints it.
pub fn run(
    args: &Args,
    escargo: &Path,
    go: Option<&Path>,
    programs: &Path,
    scratch: &Path,
    over: &mut Vec<String>,
) -> Result<()> {
    let chosen = |name: &str| args.names.is_empty() || args.names.iter().any(|n| n == name || n == "start");
    // Short runs need more of them.
    let runs = args.runs * 5;
    let hello = programs.join("hello.go");
    let mut rows = Vec::new();
    for (name, cache, target) in
        [("hello_first", "off", Target::None), ("hello_again", "cache", Target::Most(30.0))]
    {
        if chosen(name) {
            let cache = if cache == "off" { cache.into() } else { scratch.join(cache) };
            let mut run = || {
                Ok(time(Command::new(escargo).arg("run").arg(&hello).env("ESCARGO_CACHE", &cache))?.seconds)
            };
            rows.push(Row { name, ours: samples(runs, &mut run)?, beside: None, target });
        }
    }
    if chosen("exe_start") {
        rows.push(start(runs, escargo, &hello, scratch)?);
    }
    for (name, lines) in [("build_1000", 1000), ("build_10000", 10_000)] {
        if chosen(name) {
            rows.push(build(name, lines, args.runs, escargo, go, scratch)?);
        }
    }
    if !args.json && !rows.is_empty() {
        println!(
            "\n{:24} {:>24} {:>24} {:>7} {:>7}",
            "start and build", "escargo ms (min..max)", "beside ms (min..max)", "ratio", "target"
        );
    }
    for row in rows {
        let ours = spread(row.ours);
        let beside = row.beside.map(|(what, values)| (what, spread(values)));
        let ratio = beside.map(|(_, t)| ours.1 / t.1);
        if args.json {
            let json = serde_json::json!({
                "start": row.name, "escargo_ms": [ours.0, ours.1, ours.2],
                "beside": beside.map(|b| b.0), "beside_ms": beside.map(|(_, t)| [t.0, t.1, t.2]),
                "ratio": ratio, "target": row.target.json(),
            });
            println!("{json}");
        } else {
            let show = |s: (f64, f64, f64)| format!("{:.2} ({:.2}..{:.2})", s.1, s.0, s.2);
            let beside = beside.map_or("-".into(), |(what, t)| format!("{what} {}", show(t)));
            let ratio = ratio.map_or("-".into(), |r| format!("{r:.2}"));
            println!("{:24} {:>24} {beside:>24} {ratio:>7} {:>7}", row.name, show(ours), row.target.text());
        }
        over.extend(row.target.missed(ours.1, ratio).map(|text| format!("{}: {text}", row.name)));
    }
    Ok(())
}

/// Milliseconds of so many runs, after one that is not counted.
fn samples(runs: usize, run: &mut dyn FnMut() -> Result<f64>) -> Result<Vec<f64>> {
    run()?;
    (0..runs).map(|_| Ok(run()? * 1e3)).collect()
}

/// Hello world's executable beside C's.
fn start(runs: usize, escargo: &Path, hello: &Path, scratch: &Path) -> Result<Row> {
    let (ours, source, theirs) =
        (scratch.join("hello-start"), scratch.join("hello.c"), scratch.join("hello-c"));
    time(Command::new(escargo).args(["build", "-o"]).arg(&ours).arg(hello))?;
    std::fs::write(&source, "#include <stdio.h>\n\nint main(void) {\n\tputs(\"hello, world\");\n}\n")?;
    time(Command::new("cc").args(["-O2", "-o"]).arg(&theirs).arg(&source))
        .context("a C compiler is needed")?;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    // In turn, so that both see the same machine.
    for i in 0..=runs * 4 {
        let (x, y) = (time(&mut Command::new(&ours))?.seconds, time(&mut Command::new(&theirs))?.seconds);
        if i > 0 {
            a.push(x * 1e3);
            b.push(y * 1e3);
        }
    }
    Ok(Row { name: "exe_start", ours: a, beside: Some(("C", b)), target: Target::Ratio(1.5) })
}

/// Builds of a generated program of so many lines, each time another.
fn build(
    name: &'static str,
    lines: usize,
    runs: usize,
    escargo: &Path,
    go: Option<&Path>,
    scratch: &Path,
) -> Result<Row> {
    let source = scratch.join("generated.go");
    let one = |command: &Path| {
        let mut build = Command::new(command);
        Ok::<f64, anyhow::Error>(
            time(build.args(["build", "-o"]).arg(scratch.join("generated")).arg(&source))?.seconds * 1e3,
        )
    };
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for i in 0..=runs {
        std::fs::write(&source, generated(lines, i))?;
        let (x, y) = (one(escargo)?, go.map(one).transpose()?);
        if i > 0 {
            a.push(x);
            b.extend(y);
        }
    }
    let beside = (!b.is_empty()).then_some(("Go", b));
    Ok(Row { name, ours: a, beside, target: Target::Ratio(0.7) })
}

/// A program of about so many lines: types, methods, loops, maps, slices, strings, formatting. `serial` makes it differ.
fn generated(lines: usize, serial: usize) -> String {
    let mut out = String::from("package main\n\nimport (\n\t\"fmt\"\n\t\"sort\"\n\t\"strings\"\n)\n");
    // Each part has 54 lines with its call.
    let parts = lines / 54;
    for k in 0..parts {
        let (scale, names, few) = (k + 1, k % 7 + 2, k % 5 + 3);
        let part = format!(
            r#"
type node{k} struct {{
	name  string
	value int
	next  *node{k}
	tags  []string
}}

func (n *node{k}) sum(limit int) int {{
	total := {serial}
	for p := n; p != nil; p = p.next {{
		if p.value > limit {{
			continue
		}}
		total += p.value * {scale}
	}}
	return total
}}

func build{k}(count int) *node{k} {{
	var head *node{k}
	seen := make(map[string]int)
	for i := 0; i < count; i++ {{
		name := fmt.Sprintf("n%d", i%{names})
		seen[name]++
		head = &node{k}{{name: name, value: i + seen[name], next: head}}
		head.tags = append(head.tags, strings.ToUpper(name))
	}}
	return head
}}

func work{k}(count int) (string, int) {{
	head := build{k}(count)
	var names []string
	for p := head; p != nil; p = p.next {{
		names = append(names, p.tags...)
	}}
	sort.Strings(names)
	switch total := head.sum(count / 2); {{
	case total > 1000:
		return strings.Join(names[:2], "+"), total
	case len(names) > {few}:
		return names[len(names)-1], total + len(names)
	default:
		return "none", total
	}}
}}
"#
        );
        out.push_str(&part);
    }
    out.push_str("\nfunc main() {\n");
    for k in 0..parts {
        let _ = writeln!(out, "\tfmt.Println(work{k}({}))", k % 20 + 3);
    }
    out.push_str("}\n");
    out
}
