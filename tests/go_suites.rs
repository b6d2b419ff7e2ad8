//! The suites of Go's own test tree that are not single `run` or `errorcheck` files: `compile`, `build`, `runoutput`, and the tests of
//! several packages in a folder, `rundir`, `compiledir`, `errorcheckdir`.
//!
//! A folder's test becomes a module `test` in the scratch folder: each package of it a folder there, imported as `test/name`, where the
//! tests say `./name`. Known failures are in tests/go/known_SUITE.txt with their causes.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, Outcome, Scratch, compare_with_known, go_tests, parallel, run};
use escargo_syntax::build_constraint;

const LIMIT: Duration = Duration::from_secs(120);

const FOLDERS: &[&str] = &[
    "",
    "ken",
    "chan",
    "interface",
    "syntax",
    "dwarf",
    "fixedbugs",
    "codegen",
    "runtime",
    "abi",
    "typeparam",
    "typeparam/mdempsky",
];

/// A test: its path in the tree and what follows the directive.
struct Test {
    path: String,
    flags: Vec<String>,
}

/// The tests with a directive whose build constraints hold here.
fn tests(tree: &Path, directive: &str) -> Vec<Test> {
    let filter = std::env::var("ESCARGO_FILTER").unwrap_or_default();
    let mut out = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = std::fs::read_dir(tree.join(folder)) else { continue };
        let mut names: Vec<String> =
            entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        for name in names.iter().filter(|n| n.ends_with(".go")) {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let Ok(bytes) = std::fs::read(tree.join(&path)) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            // The first comment line that is not a build constraint.
            let first = text
                .lines()
                .find(|l| l.starts_with("//") && !l.starts_with("//go:build") && !l.starts_with("// +build"));
            let Some(words) = first.and_then(|l| l.strip_prefix("// ")) else { continue };
            let mut words = words.split_whitespace().map(str::to_owned);
            if words.next().as_deref() != Some(directive) || !path.contains(&filter) {
                continue;
            }
            let holds = |t: &str| {
                let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
                t == "linux" || t == "unix" || t == arch || t == "gc" || t.starts_with("go1.")
            };
            if let Ok(Some(c)) = build_constraint::constraint_of(&text)
                && !c.eval(&holds)
            {
                continue;
            }
            out.push(Test { path, flags: words.collect() });
        }
    }
    out
}

/// Runs a suite and holds its failures against the known ones.
fn suite(name: &str, floor: usize, check: impl Fn(&Path, &Path, &Test) -> Option<String> + Sync) {
    let Some(tree) = go_tests() else {
        println!("{name}: skipped, Go's test tree is not installed (Debian: golang-1.19-src)");
        return;
    };
    let tests = tests(&tree, name);
    let scratch = Scratch::new(name);
    let results = parallel(&tests, |t| {
        let dir = scratch.0.join(t.path.replace(['/', '.'], "_"));
        std::fs::create_dir_all(&dir).expect("the scratch folder can be written");
        let result = check(&tree, &dir, t);
        // Left behind if it fails: nothing depends on it.
        let _ = std::fs::remove_dir_all(&dir);
        result
    });
    let mut failures: Vec<_> =
        tests.iter().zip(results).filter_map(|(t, r)| Some((t.path.clone(), r?))).collect();
    if std::env::var_os("GOROOT").is_none() {
        // Some import packages that are not bundled.
        failures.retain(|f| !f.1.contains("is not in std"));
    }
    let whole = std::env::var_os("ESCARGO_FILTER").is_none();
    compare_with_known(name, &failures, tests.len(), if whole { floor } else { 0 });
}

fn head(text: &str) -> String {
    text.chars().take(500).collect()
}

/// None: it ended as it should.
fn succeeded(outcome: &Outcome) -> Option<String> {
    if outcome.timed_out {
        return Some("timeout".into());
    }
    (outcome.code != Some(0)).then(|| format!("exit {:?}: {}", outcome.code, head(&outcome.output)))
}

/// The compiler's flags of a directive that mean something here.
fn gcflags(test: &Test) -> String {
    let known = |f: &&String| f.starts_with("-lang=");
    format!("-gcflags=-e {}", test.flags.iter().filter(known).cloned().collect::<Vec<_>>().join(" "))
}

/// Checks, and lowers what has a main function: the tests are made for the compiler, which links nothing.
fn compile(tree: &Path, test: &Test) -> Option<String> {
    let mut command = Command::new(ESCARGO);
    command.arg("check").arg(gcflags(test)).arg(&test.path).current_dir(tree);
    let outcome = run(&mut command, LIMIT);
    if outcome.code == Some(1) {
        // The compiler alone allows functions without bodies, which other languages have.
        let wrong = |l: &&str| !l.starts_with('#') && !l.ends_with(": missing function body");
        return outcome.output.lines().any(|l| wrong(&l)).then(|| head(&outcome.output));
    }
    if let Some(why) = succeeded(&outcome) {
        return Some(why);
    }
    let text = std::fs::read_to_string(tree.join(&test.path)).unwrap_or_default();
    if !text.contains("\nfunc main()") || !text.contains("package main") {
        return None;
    }
    let mut command = Command::new(ESCARGO);
    command.args(["dump", "--after=opt", "--verify", &test.path]).current_dir(tree);
    succeeded(&run(&mut command, LIMIT))
}

#[test]
fn compile_tests() {
    suite("compile", 430, |tree, _, test| compile(tree, test));
}

#[test]
fn build_tests() {
    suite("build", 18, |tree, _, test| compile(tree, test));
}

#[test]
fn runoutput_tests() {
    suite("runoutput", 19, |tree, dir, test| {
        let mut command = Command::new(ESCARGO);
        command.arg("run").arg(&test.path).current_dir(tree);
        // What follows the directive are more files of the program.
        command.args(test.flags.iter().filter(|f| f.ends_with(".go")));
        let first = run(&mut command, LIMIT);
        if let Some(why) = succeeded(&first) {
            return Some(why);
        }
        let file = dir.join("tmp__.go");
        std::fs::write(&file, &first.output).expect("the scratch folder can be written");
        let second = run(Command::new(ESCARGO).arg("run").arg(&file), LIMIT);
        let expected =
            std::fs::read_to_string(tree.join(&test.path).with_extension("out")).unwrap_or_default();
        succeeded(&second)
            .or_else(|| (second.output != expected).then(|| format!("output: {}", head(&second.output))))
    });
}

/// A package of a folder's test: its files, name and text.
type Files = Vec<(String, String)>;

/// The packages of a folder's test in the order of their files' names. `single`: each file is a package.
fn packages(dir: &Path, single: bool) -> Vec<(String, Files)> {
    let mut names: Vec<PathBuf> = std::fs::read_dir(dir)
        .map(|entries| entries.flatten().map(|e| e.path()).collect())
        .unwrap_or_default();
    names.retain(|p| p.extension().is_some_and(|e| e == "go"));
    names.sort();
    let mut out: Vec<(String, Files)> = Vec::new();
    for file in names {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap_or_default()).into_owned();
        let clause = text.lines().find_map(|l| l.strip_prefix("package ")).unwrap_or("main");
        let package = clause.split([' ', ';', '/']).next().unwrap_or("main").to_owned();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match out.iter_mut().find(|p| p.0 == package && !single) {
            Some(p) => p.1.push((name, text)),
            None => out.push((package, vec![(name, text)])),
        }
    }
    out
}

/// Writes a folder's test as a module; where each package lies. The last package, if it is main, lies in `main`.
fn module(tree: &Path, dir: &Path, test: &Test) -> Vec<(String, String, Files)> {
    let source = tree.join(&test.path).with_extension("dir");
    let single = test.flags.iter().any(|f| f == "-s");
    let lang = test.flags.iter().find_map(|f| f.strip_prefix("-lang=go")).unwrap_or("1.27");
    std::fs::write(dir.join("go.mod"), format!("module test\n\ngo {lang}\n"))
        .expect("the scratch folder can be written");
    let mut out = Vec::new();
    for (package, files) in packages(&source, single) {
        // A package is imported by its first file's name.
        let first = files.first().map_or("", |f| f.0.trim_end_matches(".go"));
        let folder = first.to_owned();
        std::fs::create_dir_all(dir.join(&folder)).expect("the scratch folder can be written");
        for (name, text) in &files {
            let text = text.replace("\"./", "\"test/").replace("`./", "`test/");
            // The go command would leave these to `go test`.
            let name = name.replace("_test.go", "_tests.go");
            std::fs::write(dir.join(&folder).join(name), text).expect("the scratch folder can be written");
        }
        out.push((folder, package, files));
    }
    out
}

#[test]
fn rundir_tests() {
    suite("rundir", 105, |tree, dir, test| {
        let all = module(tree, dir, test);
        let Some((main, _, _)) = all.iter().rfind(|p| p.1 == "main") else { return Some("no main".into()) };
        let mut command = Command::new(ESCARGO);
        command.args(["run", &gcflags(test), &format!("./{main}")]).current_dir(dir);
        let outcome = run(&mut command, LIMIT);
        let expected =
            std::fs::read_to_string(tree.join(&test.path).with_extension("out")).unwrap_or_default();
        succeeded(&outcome)
            .or_else(|| (outcome.output != expected).then(|| format!("output: {}", head(&outcome.output))))
    });
}

#[test]
fn compiledir_tests() {
    suite("compiledir", 110, |tree, dir, test| {
        let all = module(tree, dir, test);
        // Of a program everything is lowered, of other packages what they say is checked.
        let mut command = Command::new(ESCARGO);
        match all.iter().rfind(|p| p.1 == "main") {
            Some((main, _, files)) if files.iter().any(|f| f.1.contains("func main()")) => {
                command.args(["dump", "--after=opt", "--verify", &gcflags(test), &format!("./{main}")]);
            }
            _ => {
                command.args(["check", &gcflags(test), "./..."]);
            }
        }
        let outcome = run(command.current_dir(dir), LIMIT);
        if outcome.code == Some(1) {
            let wrong = |l: &&str| !l.starts_with('#') && !l.ends_with(": missing function body");
            return outcome.output.lines().any(|l| wrong(&l)).then(|| head(&outcome.output));
        }
        succeeded(&outcome)
    });
}

/// Lines of a file that carry a marker.
fn marked(text: &str) -> Vec<u32> {
    let marks = |l: &str| {
        !l.contains("////") && ["// ERROR ", "// GC_ERROR ", "// ERRORAUTO "].iter().any(|m| l.contains(m))
    };
    text.lines().enumerate().filter(|(_, l)| marks(l)).map(|(i, _)| i as u32 + 1).collect()
}

#[test]
fn errorcheckdir_tests() {
    suite("errorcheckdir", 20, |tree, dir, test| {
        let all = module(tree, dir, test);
        let mut command = Command::new(ESCARGO);
        let outcome = run(command.args(["check", &gcflags(test), "./..."]).current_dir(dir), LIMIT);
        if outcome.timed_out || outcome.code.is_none_or(|c| c > 1) {
            return Some(format!("exit {:?}: {}", outcome.code, head(&outcome.output)));
        }
        let mut wanted: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (folder, _, files) in &all {
            for (name, text) in files {
                wanted.insert(format!("{folder}/{name}"), marked(text));
            }
        }
        let mut seen: BTreeMap<String, Vec<u32>> = wanted.keys().map(|k| (k.clone(), Vec::new())).collect();
        for line in outcome.output.lines().filter(|l| !l.starts_with(['#', '\t'])) {
            let mut parts = line.splitn(3, ':');
            let (Some(file), Some(number)) = (parts.next(), parts.next().and_then(|n| n.parse().ok())) else {
                return Some(line.to_owned());
            };
            let lines = seen.entry(file.to_owned()).or_default();
            if !lines.contains(&number) && !line.ends_with(": missing function body") {
                lines.push(number);
            }
        }
        (seen != wanted).then(|| format!("wanted {wanted:?}, seen {seen:?}: {}", head(&outcome.output)))
    });
}
