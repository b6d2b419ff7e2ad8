//! Go's own test tree: the `run` tests that need no flags, arguments, cgo or the go tool, and the plain `errorcheck` tests.
//!
//! Most `run` tests print nothing when they pass, so each is also run with a line printed at the end of its main, which must
//! appear; a test counts only if both runs are right. tests/go/no_end.txt lists those whose main does not end that way under
//! Go either. The tests that import at most fmt run in every mode, the others in the default mode and with many collections.

mod common;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::{
    ESCARGO, Machine, NATIVE, Scratch, aarch64, aarch64_jit, all_wanted, compare_with_known, go_tests, list,
    parallel, run,
};
use escargo_syntax::{SourceMap, ast};

const END: &str = "escargo: main has ended";
const LIMIT: Duration = Duration::from_secs(60);

/// One line of run_pass.txt.
struct Test {
    path: String,
}

/// The `run` tests in three parts.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// Untagged, and importing at most fmt.
    Fmt,
    /// The other untagged ones.
    MoreImports,
    /// Those that look at texts of panics, at traces or at the collector, or that are slow.
    Tagged,
}

fn tests(part: Part) -> Vec<Test> {
    let filter = std::env::var("ESCARGO_FILTER").unwrap_or_default();
    list("tests/go/run_pass.txt")
        .iter()
        .filter_map(|line| {
            let mut columns = line.split('\t');
            let (path, tags, imports) = (columns.next()?, columns.next()?, columns.next().unwrap_or("-"));
            let left_out = tags.split(';').any(|tag| {
                let name = tag.split('=').next().unwrap_or(tag);
                matches!(name, "flags" | "args" | "GOEXPERIMENT" | "cgo" | "execs-go-tool")
            });
            let of = match tags {
                "-" | ".out" if matches!(imports, "-" | "fmt") => Part::Fmt,
                "-" | ".out" => Part::MoreImports,
                _ => Part::Tagged,
            };
            (!left_out && of == part && path.contains(&filter)).then(|| Test { path: path.to_owned() })
        })
        .collect()
}

/// The source with a line printed at the end of main; None if main has no body to add it to.
fn with_end_line(text: &str) -> Option<String> {
    let mut sources = SourceMap::default();
    let index = sources.add("test.go", text.to_owned()).ok()?;
    let (file, _) = escargo_syntax::parse_file(&sources, index, &mut 0);
    let base = sources.files[index].base;
    file.decls.iter().find_map(|d| match d {
        ast::Decl::Func(f) if f.recv.is_none() && f.name.name.as_str() == "main" => {
            let end = (f.body.as_ref()?.range.end.0 - 1 - base) as usize;
            // Some test renames println, but imports fmt.
            let print = if text.contains("println ") { "fmt.Println" } else { "println" };
            // On the same line: some tests look at lines.
            Some(format!("{};{print}({END:?}){}", &text[..end], &text[end..]))
        }
        _ => None,
    })
}

/// What went wrong, or None.
fn check_run(
    tree: &Path,
    scratch: &Path,
    test: &Test,
    flags: &[&str],
    env: &[(&str, &str)],
    no_end: &HashSet<String>,
) -> Option<String> {
    let command = |file: &Path| {
        let mut c = Command::new(ESCARGO);
        c.arg("run").args(flags).arg(file).current_dir(tree).envs(env.iter().copied());
        // As Go's own runner has it.
        c.env("GOARCH", if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" });
        run(&mut c, LIMIT)
    };
    let source = tree.join(&test.path);
    let outcome = command(Path::new(&test.path));
    let expected = std::fs::read_to_string(source.with_extension("out")).unwrap_or_default();
    let tail = |s: &str| s.chars().take(400).collect::<String>();
    if outcome.timed_out {
        return Some("timeout".into());
    }
    if outcome.code != Some(0) {
        return Some(format!("exit {:?}: {}", outcome.code, tail(&outcome.output)));
    }
    if outcome.output != expected {
        return Some(format!("output differs: {}", tail(&outcome.output)));
    }
    if no_end.contains(&test.path) {
        return None;
    }
    let text = String::from_utf8_lossy(&std::fs::read(&source).ok()?).into_owned();
    // Its own name: some tests look for it.
    let file = scratch.join(&test.path);
    std::fs::create_dir_all(file.parent()?).expect("the scratch folder can be written");
    std::fs::write(&file, with_end_line(&text)?).expect("the scratch folder can be written");
    let outcome = command(&file);
    (!outcome.output.contains(END)).then(|| format!("main does not reach its end: {}", tail(&outcome.output)))
}

fn run_mode(name: &str, parts: &[Part], flags: &[&str], env: &[(&str, &str)], floor: usize) {
    let Some(tree) = go_tests() else {
        println!("{name}: skipped, Go's test tree is not installed (Debian: golang-1.19-src)");
        return;
    };
    let tests: Vec<Test> = parts.iter().flat_map(|&part| tests(part)).collect();
    let no_end: HashSet<String> = list("tests/go/no_end.txt").into_iter().collect();
    let scratch = Scratch::new(name);
    let results = parallel(&tests, |t| check_run(&tree, &scratch.0, t, flags, env, &no_end));
    let failures: Vec<_> =
        tests.iter().zip(results).filter_map(|(t, r)| Some((t.path.clone(), r?))).collect();
    let filtered = std::env::var_os("ESCARGO_FILTER").is_some();
    compare_with_known(name, &failures, tests.len(), if filtered { 0 } else { floor });
}

#[test]
fn run_tests_in_the_default_mode() {
    run_mode("run", &[Part::Fmt], &[], &[], 530);
}

#[test]
fn run_tests_that_import_more_than_fmt() {
    run_mode("run_imports", &[Part::MoreImports], &[], &[], 185);
}

#[test]
fn run_tests_that_look_at_panics_traces_or_the_collector() {
    run_mode("run_tagged", &[Part::Tagged], &[], &[], 85);
}

#[test]
fn run_tests_with_everything_on_the_heap() {
    run_mode("heap", &[Part::Fmt], &["--escape=heap"], &[], 530);
}

#[test]
fn run_tests_with_a_collection_at_every_100th_allocation() {
    let every = [("ESCARGO_GC_EVERY", "100"), ("ESCARGO_VERIFY", "1")];
    run_mode("gc", &[Part::Fmt, Part::MoreImports], &[], &every, 745);
}

/// How a test is run once.
#[derive(Clone, Copy)]
enum Way {
    Executable,
    Jit,
}

/// What went wrong with a test on a machine, or None. One run tells: it ends with the line printed at the end of main.
fn check_once(
    machine: &Machine,
    way: Way,
    tree: &Path,
    scratch: &Path,
    test: &Test,
    no_end: &HashSet<String>,
) -> Option<String> {
    let source = tree.join(&test.path);
    let mut expected = std::fs::read_to_string(source.with_extension("out")).unwrap_or_default();
    let mut file = source.clone();
    if !no_end.contains(&test.path) {
        let text = String::from_utf8_lossy(&std::fs::read(&source).ok()?).into_owned();
        file = scratch.join(test.path.replace('/', "_"));
        std::fs::write(&file, with_end_line(&text)?).expect("the scratch folder can be written");
        expected += END;
        expected.push('\n');
    }
    let executable = scratch.join(test.path.replace('/', "_") + ".exe");
    let mut command = match way {
        Way::Jit => {
            let mut command = machine.escargo();
            command.arg("run").arg(&file);
            command
        }
        Way::Executable => {
            if let Err(what) = machine.build(&file, &[], &executable) {
                return Some(what);
            }
            machine.command(&executable)
        }
    };
    let outcome = run(command.current_dir(tree), 2 * machine.patience * LIMIT);
    // Room for the next.
    let _ = std::fs::remove_file(&executable);
    let text: String = outcome.output.chars().take(400).collect();
    match outcome.code {
        Some(0) if outcome.output == expected => None,
        Some(0) => Some(format!("output differs: {text}")),
        code => Some(format!("exit {code:?}: {text}")),
    }
}

/// Runs every `step`th test on a machine; all of them with ESCARGO_ALL=1.
fn run_on(machine: &Machine, way: Way, name: &str, step: usize) {
    let Some(tree) = go_tests() else {
        println!("{name}: skipped, Go's test tree is not installed (Debian: golang-1.19-src)");
        return;
    };
    let step = if all_wanted() { 1 } else { step };
    let tests: Vec<Test> = tests(Part::Fmt).into_iter().step_by(step).collect();
    let no_end: HashSet<String> = list("tests/go/no_end.txt").into_iter().collect();
    let scratch = Scratch::new(name);
    let results = parallel(&tests, |t| check_once(machine, way, &tree, &scratch.0, t, &no_end));
    let failures: Vec<_> =
        tests.iter().zip(results).filter_map(|(t, r)| Some((t.path.clone(), r?))).collect();
    // Known failures among the tests that did not run are not mended.
    let known: Vec<String> = list(&format!("tests/go/known_{name}.txt"));
    let ran: HashSet<&str> = tests.iter().map(|t| t.path.as_str()).collect();
    let skipped = known.iter().filter_map(|k| k.split('\t').next()).filter(|k| !ran.contains(k));
    let failures: Vec<_> =
        failures.into_iter().chain(skipped.map(|k| (k.to_owned(), String::new()))).collect();
    compare_with_known(name, &failures, tests.len(), 0);
}

#[test]
fn run_tests_as_executables() {
    run_on(&NATIVE, Way::Executable, "exe_native", 5);
}

#[test]
fn run_tests_as_executables_for_aarch64() {
    match aarch64() {
        Some(machine) => run_on(&machine, Way::Executable, "exe_aarch64", 11),
        None => println!(
            "skipped: qemu-user, aarch64-linux-gnu-gcc or Rust's library for AArch64 is not installed"
        ),
    }
}

#[test]
fn run_tests_in_jit_code_for_aarch64() {
    if let Some(machine) = aarch64_jit() {
        run_on(&machine, Way::Jit, "jit_aarch64", 23);
    }
}

/// Lines that carry a `// ERROR` or `// GC_ERROR` comment; `ERRORAUTO` too.
fn marked_lines(text: &str) -> BTreeSet<u32> {
    let mut lines = BTreeSet::new();
    for (i, line) in text.lines().enumerate() {
        // Doubled slashes switch a marker off.
        if line.contains("////") {
            continue;
        }
        let marked = line.split("// ").skip(1).any(|c| {
            ["ERROR ", "ERRORAUTO ", "GC_ERROR ", "GCCGO_ERROR "]
                .iter()
                .position(|m| c.starts_with(m))
                .is_some_and(|m| m < 3)
        });
        if marked {
            lines.insert(i as u32 + 1);
        }
    }
    lines
}

#[test]
fn errorcheck_tests() {
    let Some(tree) = go_tests() else {
        println!("errorcheck: skipped, Go's test tree is not installed (Debian: golang-1.19-src)");
        return;
    };
    let filter = std::env::var("ESCARGO_FILTER").unwrap_or_default();
    // Only the files that Go 1.27 itself gets right by lines.
    let paths: Vec<String> = list("tests/go/errorcheck.txt")
        .iter()
        .filter(|l| l.contains("lines-ok"))
        .filter_map(|l| l.split('\t').next().map(str::to_owned))
        .filter(|p| p.contains(&filter))
        .collect();
    let results = parallel(&paths, |path| check_errors(&tree, path));
    let failures: Vec<_> = paths.iter().zip(results).filter_map(|(p, r)| Some((p.clone(), r?))).collect();
    compare_with_known("errorcheck", &failures, paths.len(), if paths.len() < 480 { 0 } else { 420 });
}

fn check_errors(tree: &Path, path: &str) -> Option<String> {
    let text = String::from_utf8_lossy(&std::fs::read(tree.join(path)).ok()?).into_owned();
    // Flags after the directive are the compiler's.
    let directive = text.lines().find_map(|l| l.strip_prefix("// errorcheck")).unwrap_or_default();
    let mut command = Command::new(ESCARGO);
    // `-t N` is the test's own time limit.
    let flags = directive.split_once("-t ").map_or(directive, |(before, _)| before);
    // These tests are made for the compiler alone, which allows functions without bodies; the go command does not.
    let complete = if flags.contains("-complete") { "" } else { "-complete=false" };
    command.arg("check").arg(format!("-gcflags=-e {complete} {}", flags.trim())).arg(path).current_dir(tree);
    let outcome = run(&mut command, LIMIT);
    let marked = marked_lines(&text);
    let mut seen = BTreeSet::new();
    // Some files name themselves in `//line` directives.
    let own = format!("{path}:");
    let mut elsewhere = Vec::new();
    for line in outcome.output.lines() {
        if let Some(rest) = line.strip_prefix("./").unwrap_or(line).strip_prefix(&own) {
            seen.extend(rest.split(':').next().and_then(|n| n.parse::<u32>().ok()));
        } else if !line.starts_with('#') && !line.starts_with('\t') {
            elsewhere.push(line.to_owned());
        }
    }
    if outcome.timed_out || outcome.code.is_none_or(|c| c > 1) {
        return Some(format!("exit {:?}: {}", outcome.code, outcome.output));
    }
    let missing: Vec<_> = marked.difference(&seen).collect();
    let extra: Vec<_> = seen.difference(&marked).collect();
    (!missing.is_empty() || !extra.is_empty())
        .then(|| format!("missing {missing:?}, extra {extra:?} {elsewhere:?}"))
}
