//! Runs the programs under bench/programs with escargo and with Go, in turn, and prints times and ratios.
//!
//! In: the escargo command beside this one, Go from `ESCARGO_GO` or the PATH (without it, escargo alone is timed). Out: one row a
//! program: medians with minimum and maximum, and the ratio of medians escargo / Go; with `--json` one object a line. Both outputs must
//! be equal before anything is timed. What is timed is the program as a whole process: for Go the built executable, for escargo
//! source to exit, compilation included (its cache of programs is off); `hello` is what compilation costs. Programs that measure several things print a line
//! `@name value unit` for each; these are compared instead, and such programs are built by escargo too.
#![forbid(unsafe_code)]

mod start;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Parser;

#[derive(Parser)]
#[command(
    about = "Benchmark programs, escargo beside Go",
    after_help = "Example:\n  cargo build --profile dist && cargo run --profile dist -p escargo-bench -- --runs 5 fib sieve"
)]
struct Args {
    /// Runs of each program
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
    /// Fail if a ratio is above its target
    #[arg(long)]
    check: bool,
    /// Only programs or figures with these names; `start` is what starting and building cost
    names: Vec<String>,
}

/// Program, and the largest ratio to Go that the project allows itself (None: measured only).
const PROGRAMS: &[(&str, Option<f64>)] = &[
    ("fib", Some(1.3)),
    ("sieve", Some(1.3)),
    ("nbody", Some(1.3)),
    ("spectral_norm", Some(1.3)),
    ("fannkuch", Some(1.3)),
    ("alloc16", Some(0.4)),
    ("alloc64", Some(0.4)),
    ("binary_trees", Some(0.8)),
    ("matmul", Some(1.0)),
    ("map_int", Some(1.0)),
    ("map_string", Some(1.0)),
    ("sort", Some(1.0)),
    ("sprintf", Some(1.0)),
    ("hello", None),
];

/// Programs that print figures, and for each figure the largest ratio to Go, or else the largest value.
const FIGURES: &[(&str, &[(&str, Target)])] = &[
    (
        "concurrency",
        &[
            ("pingpong", Target::Ratio(0.6)),
            ("go_join", Target::Ratio(0.7)),
            ("producer_consumer", Target::Ratio(0.8)),
            ("mutex", Target::Ratio(1.0)),
            ("million", Target::None),
        ],
    ),
    (
        "parked",
        &[
            ("park", Target::None),
            ("parked_memory", Target::Most(3072.0)),
            ("parked_collection", Target::None),
        ],
    ),
    ("collector", &[("trace_list", Target::Ratio(1.0)), ("trace_tree", Target::None)]),
    (
        "maps",
        &[
            ("int_1k_insert", Target::Ratio(1.0)),
            ("int_1k_hit", Target::Ratio(1.0)),
            ("int_1k_miss", Target::Ratio(1.0)),
            ("int_1m_insert", Target::Ratio(1.0)),
            ("int_1m_hit", Target::Ratio(1.0)),
            ("int_1m_miss", Target::Ratio(1.0)),
            ("string_1k_insert", Target::Ratio(1.0)),
            ("string_1k_hit", Target::Ratio(1.0)),
            ("string_1k_miss", Target::Ratio(1.0)),
            ("string_1m_insert", Target::Ratio(1.0)),
            ("string_1m_hit", Target::Ratio(1.0)),
            ("string_1m_miss", Target::Ratio(1.0)),
        ],
    ),
    (
        "library",
        &[
            ("sprintf_d_s", Target::Ratio(1.0)),
            ("sprintf_v_float_x", Target::Ratio(1.0)),
            ("sprintf_q_t_c", Target::Ratio(1.0)),
            ("sprintf_struct", Target::Ratio(1.0)),
            ("sprint", Target::Ratio(1.0)),
            ("sort_ints", Target::Ratio(1.0)),
            ("slices_sort", Target::Ratio(1.0)),
            ("sort_slice", Target::Ratio(1.0)),
            ("panic_recover", Target::Ratio(1.0)),
        ],
    ),
];

/// What the project demands of a figure.
#[derive(Clone, Copy)]
enum Target {
    None,
    Ratio(f64),
    Most(f64),
}

impl Target {
    /// The text that says how it is missed.
    fn missed(self, value: f64, ratio: Option<f64>) -> Option<String> {
        match (self, ratio) {
            (Target::Ratio(most), Some(ratio)) if ratio > most => Some(format!("{ratio:.2} > {most}")),
            (Target::Most(most), _) if value > most => Some(format!("{value:.0} > {most}")),
            _ => None,
        }
    }

    fn text(self) -> String {
        match self {
            Target::None => "-".into(),
            Target::Ratio(most) => format!("{most:.2}"),
            Target::Most(most) => format!("{most:.0}"),
        }
    }

    fn json(self) -> serde_json::Value {
        match self {
            Target::None => serde_json::Value::Null,
            Target::Ratio(most) => serde_json::json!({ "ratio": most }),
            Target::Most(most) => serde_json::json!({ "most": most }),
        }
    }
}

struct Sample {
    seconds: f64,
    output: String,
}

impl Sample {
    /// The output without figures.
    fn plain(&self) -> String {
        self.output.lines().filter(|l| !l.starts_with('@')).map(|l| format!("{l}\n")).collect()
    }

    /// Value and unit of a figure.
    fn figure(&self, name: &str) -> Result<(f64, &str)> {
        let line =
            self.output.lines().find_map(|l| l.strip_prefix('@')?.strip_prefix(name)?.strip_prefix(' '));
        let (value, unit) =
            line.and_then(|l| l.split_once(' ')).with_context(|| format!("no figure {name}"))?;
        Ok((value.parse()?, unit))
    }
}

fn time(command: &mut Command) -> Result<Sample> {
    command.stdin(Stdio::null());
    let start = Instant::now();
    let out = command.output().with_context(|| format!("running {command:?}"))?;
    let seconds = start.elapsed().as_secs_f64();
    if !out.status.success() {
        bail!("{command:?}: {}\n{}", out.status, String::from_utf8_lossy(&out.stderr));
    }
    let output = [out.stdout, out.stderr].concat();
    Ok(Sample { seconds, output: String::from_utf8_lossy(&output).into_owned() })
}

/// Minimum, median, maximum.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}

fn find_go() -> Option<PathBuf> {
    let go = std::env::var_os("ESCARGO_GO").map_or("go".into(), PathBuf::from);
    Command::new(&go)
        .arg("version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?
        .success()
        .then_some(go)
}

fn main() -> Result<()> {
    let args = Args::parse();
    if args.runs == 0 {
        bail!("--runs must be at least 1");
    }
    let this = std::env::current_exe()?;
    let escargo = this.with_file_name("escargo");
    if !escargo.is_file() {
        bail!("{} is missing: run `cargo build` with this profile first", escargo.display());
    }
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let go = find_go();
    if go.is_none() && !args.json {
        println!("Go is not installed: no ratios (set ESCARGO_GO to its command)");
    }
    let scratch = std::env::temp_dir().join(format!("escargo-bench-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let result = run_all(&args, &escargo, go.as_deref(), &programs, &scratch);
    std::fs::remove_dir_all(&scratch)?;
    result
}

fn run_all(args: &Args, escargo: &Path, go: Option<&Path>, programs: &Path, scratch: &Path) -> Result<()> {
    let mut over = Vec::new();
    if !args.json {
        println!(
            "{:15} {:>24} {:>24} {:>7} {:>7}",
            "program", "escargo ms (min..max)", "Go ms (min..max)", "ratio", "target"
        );
    }
    for &(name, target) in PROGRAMS {
        if !args.names.is_empty() && !args.names.iter().any(|n| n == name) {
            continue;
        }
        let source = programs.join(format!("{name}.go"));
        let built = scratch.join(name);
        if let Some(go) = go {
            let status = Command::new(go).args(["build", "-o"]).arg(&built).arg(&source).status()?;
            if !status.success() {
                bail!("go build {} failed", source.display());
            }
        }
        let ours = || time(Command::new(escargo).arg("run").arg(&source).env("ESCARGO_CACHE", "off"));
        let theirs = || go.map(|_| time(&mut Command::new(&built))).transpose();
        let (warm, other) = (ours()?, theirs()?);
        if let Some(other) = &other
            && other.output != warm.output
        {
            bail!("{name}: the outputs differ:\nescargo: {}\nGo: {}", warm.output, other.output);
        }
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..args.runs {
            a.push(ours()?.seconds * 1e3);
            b.extend(theirs()?.map(|s| s.seconds * 1e3));
        }
        let ours = spread(a);
        let theirs = (!b.is_empty()).then(|| spread(b));
        let ratio = theirs.map(|t| ours.1 / t.1);
        if args.json {
            let row = serde_json::json!({
                "program": name, "escargo_ms": [ours.0, ours.1, ours.2], "go_ms": theirs.map(|t| [t.0, t.1, t.2]),
                "ratio": ratio, "target": target,
            });
            println!("{row}");
        } else {
            let show = |s: (f64, f64, f64)| format!("{:.0} ({:.0}..{:.0})", s.1, s.0, s.2);
            let number = |n: Option<f64>| n.map_or("-".into(), |n| format!("{n:.2}"));
            let theirs = theirs.map_or("-".into(), show);
            println!("{name:15} {:>24} {theirs:>24} {:>7} {:>7}", show(ours), number(ratio), number(target));
        }
        if let (Some(ratio), Some(target)) = (ratio, target)
            && ratio > target
        {
            over.push(format!("{name}: {ratio:.2} > {target}"));
        }
    }
    figures(args, escargo, go, programs, scratch, &mut over)?;
    start::run(args, escargo, go, programs, scratch, &mut over)?;
    if args.check && !over.is_empty() {
        bail!("above target: {}", over.join(", "));
    }
    Ok(())
}

/// Builds a program with both, runs them in turn, and prints a row a figure.
fn figures(
    args: &Args,
    escargo: &Path,
    go: Option<&Path>,
    programs: &Path,
    scratch: &Path,
    over: &mut Vec<String>,
) -> Result<()> {
    if !args.json {
        println!(
            "\n{:24} {:>24} {:>24} {:>7} {:>7}",
            "figure", "escargo (min..max)", "Go (min..max)", "ratio", "target"
        );
    }
    for &(program, list) in FIGURES {
        let chosen =
            |figure: &str| args.names.is_empty() || args.names.iter().any(|n| n == program || n == figure);
        if !list.iter().any(|(figure, _)| chosen(figure)) {
            continue;
        }
        let source = programs.join(format!("{program}.go"));
        let mut built = Vec::new();
        for (command, suffix) in [(Some(escargo), "escargo"), (go, "go")] {
            let Some(command) = command else { continue };
            let out = scratch.join(format!("{program}-{suffix}"));
            let status = Command::new(command).args(["build", "-o"]).arg(&out).arg(&source).status()?;
            if !status.success() {
                bail!("{} build {} failed", command.display(), source.display());
            }
            built.push((out, Vec::new()));
        }
        for _ in 0..args.runs {
            for (executable, samples) in &mut built {
                samples.push(time(&mut Command::new(executable))?);
            }
        }
        if let [(_, ours), (_, theirs)] = &built[..]
            && ours[0].plain() != theirs[0].plain()
        {
            bail!("{program}: the outputs differ:\nescargo: {}\nGo: {}", ours[0].output, theirs[0].output);
        }
        for &(figure, target) in list.iter().filter(|(figure, _)| chosen(figure)) {
            let mut sides = Vec::new();
            for (_, samples) in &built {
                let values: Result<Vec<f64>> = samples.iter().map(|s| Ok(s.figure(figure)?.0)).collect();
                sides.push(spread(values?));
            }
            let unit = built[0].1[0].figure(figure)?.1;
            let (ours, theirs) = (sides[0], sides.get(1).copied());
            let ratio = theirs.map(|t| ours.1 / t.1).filter(|_| unit != "B-page");
            if args.json {
                let row = serde_json::json!({
                    "program": program, "figure": figure, "unit": unit, "escargo": [ours.0, ours.1, ours.2],
                    "go": theirs.map(|t| [t.0, t.1, t.2]), "ratio": ratio, "target": target.json(),
                });
                println!("{row}");
            } else {
                let show = |s: (f64, f64, f64)| format!("{:.1} ({:.1}..{:.1})", s.1, s.0, s.2);
                let number = ratio.map_or("-".into(), |n| format!("{n:.2}"));
                let theirs = theirs.map_or("-".into(), show);
                let name = format!("{figure} {unit}");
                println!("{name:24} {:>24} {theirs:>24} {number:>7} {:>7}", show(ours), target.text());
            }
            over.extend(target.missed(ours.1, ratio).map(|text| format!("{figure}: {text}")));
        }
    }
    Ok(())
}
