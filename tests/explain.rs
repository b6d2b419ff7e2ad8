//! `-gcflags=-m` on the files of Go's test tree that ask for it.
//!
//! - What `escargo check` prints, which places nothing, is what Go's compiler prints: same lines, same order. Skipped without Go's test
//!   tree, or a go command (ESCARGO_GO, or `go`) of the version whose words these are.
//! - What `escargo build` prints are its own placements. Wherever they differ from Go's, something is on the stack that Go puts on the
//!   heap, but for the known ones.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, Scratch, go_tests, parallel, run};

const LIMIT: Duration = Duration::from_secs(60);

/// Messages are those of Go 1.27.
const VERSION: u32 = 27;

/// Files with lines that are not Go's: how many of Go's lines are missing, how many are there that Go has not, and why.
const KNOWN: &[(&str, usize, usize, &str)] = &[
    ("escape_hash_maphash.go", 0, 1, "the bundled package keeps a pointer to the hash"),
    ("escape_iface.go", 1, 1, "the number of a temporary that is printed"),
];

/// Files where something is on the heap that Go leaves on the stack: how many things, and why.
const WORSE: &[(&str, usize, &str)] = &[
    ("escape5.go", 1, "an address becomes a number that is kept"),
    ("escape_closure.go", 1, "results of deferred calls count as kept"),
    (
        "fixedbugs/issue31573.go",
        33,
        "what a go statement's call is given is made before it, not in the goroutine",
    ),
];

/// The tests whose directive asks for messages about escape analysis, apart from folders.
fn tests(tree: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for folder in ["", "fixedbugs", "runtime", "typeparam"] {
        let Ok(entries) = std::fs::read_dir(tree.join(folder)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.ends_with(".go") {
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap_or_default()).into_owned();
            let directive = text.lines().find(|l| l.starts_with("// errorcheck")).unwrap_or_default();
            let mut words = directive.split_whitespace().skip(1);
            let single = matches!(words.next(), Some("errorcheck" | "errorcheckwithauto"));
            if single && words.any(|w| w == "-m" || w.starts_with("-m=")) {
                out.push(Path::new(folder).join(name).to_string_lossy().into_owned());
            }
        }
    }
    out.sort();
    out
}

/// `line:col: message` of the lines that speak about escape analysis.
fn messages(output: &str) -> Vec<String> {
    let speaks = |m: &str| {
        m.ends_with(" escapes to heap")
            || m.ends_with(" does not escape")
            || m.ends_with(" conversion")
            || m.contains(" ignoring self-assignment in ")
            || ["moved to heap: ", "leaking param", "marking ", "assuming ", "devirtualizing ", "partially "]
                .iter()
                .any(|p| m.starts_with(p))
    };
    let lines = output.lines().filter_map(|l| {
        let (at, message) = l.split_once(": ")?;
        let (_, at) = at.split_once(".go:")?;
        speaks(message).then(|| format!("{at}: {message}"))
    });
    lines.collect()
}

/// The lines of the first list that are not in the second.
fn without(a: &[String], b: &[String]) -> Vec<String> {
    let mut rest = b.to_vec();
    let left = a.iter().filter(|x| match rest.iter().position(|y| y == *x) {
        Some(i) => {
            rest.remove(i);
            false
        }
        None => true,
    });
    left.cloned().collect()
}

/// Go's compiler, with what it needs to know about the packages that tests import.
struct Go {
    command: std::ffi::OsString,
    imports: PathBuf,
}

impl Go {
    fn find(scratch: &Path) -> Option<Go> {
        let command = std::env::var_os("ESCARGO_GO").unwrap_or_else(|| "go".into());
        let version = Command::new(&command).args(["env", "GOVERSION"]).output().ok()?;
        let version = String::from_utf8(version.stdout).ok()?;
        let minor = version.trim().strip_prefix("go1.")?.split('.').next()?.parse::<u32>().ok()?;
        if minor != VERSION {
            return None;
        }
        let format = "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}";
        let packages = [
            "fmt",
            "bytes",
            "encoding/binary",
            "errors",
            "os",
            "reflect",
            "strings",
            "sync",
            "hash/maphash",
            "math",
        ];
        let list = Command::new(&command)
            .args(["list", "-export", "-deps", "-f", format])
            .args(packages)
            .output()
            .ok()?;
        let imports = scratch.join("imports");
        std::fs::write(&imports, list.stdout).ok()?;
        Some(Go { command, imports })
    }

    fn messages(&self, file: &Path, object: &Path) -> Vec<String> {
        let mut command = Command::new(&self.command);
        command.args(["tool", "compile", "-m", "-l", "-p", "p", "-importcfg"]).arg(&self.imports);
        messages(&run(command.arg("-o").arg(object).arg(file), LIMIT).output)
    }
}

#[test]
fn checked_packages_are_explained_as_go_does() {
    let Some(tree) = go_tests() else { return println!("skipped: Go's test tree is not installed") };
    let scratch = Scratch::new("explain");
    let Some(go) = Go::find(&scratch.0) else { return println!("skipped: no go command of 1.{VERSION}") };
    let tests = tests(&tree);
    let results = parallel(&tests, |name| {
        let file = tree.join(name);
        let object = scratch.0.join(name.replace('/', "_")).with_extension("o");
        let theirs = go.messages(&file, &object);
        let ours =
            run(Command::new(ESCARGO).args(["check", "-gcflags=-m -l -complete=false"]).arg(&file), LIMIT);
        if ours.output.contains(" is not in std") {
            return (0, None);
        }
        let ours = messages(&ours.output);
        let (missing, more) = (without(&theirs, &ours), without(&ours, &theirs));
        let known = KNOWN.iter().find(|k| k.0 == name).map_or((0, 0), |k| (k.1, k.2));
        let ordered = !missing.is_empty() || !more.is_empty() || ours == theirs;
        let wrong = (missing.len(), more.len()) != known || !ordered;
        (
            theirs.len(),
            wrong.then(|| format!("{name}: missing {missing:?}, more {more:?}, in order: {ordered}")),
        )
    });
    let total: usize = results.iter().map(|r| r.0).sum();
    let wrong: Vec<_> = results.into_iter().filter_map(|r| r.1).collect();
    println!("{total} lines of {} files", tests.len());
    assert!(total > 1600, "Go says something: {total} lines");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The file as a program that can be lowered: functions without bodies are some other package's.
fn program(text: &str) -> String {
    let mut out = String::new();
    let mut main = false;
    for line in text.lines() {
        main |= line.starts_with("func main()");
        if line.starts_with("package ") {
            out.push_str("package main");
        } else if let Some(rest) = line.strip_prefix("func ")
            && !rest.contains('{')
            && !rest.starts_with('(')
            && let Some(name) = rest.split('(').next()
        {
            out.push_str(&format!("//go:linkname {name} {name}\n{line}"));
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    out.push_str(if main { "" } else { "func main() {}\n" });
    out
}

#[test]
fn nothing_is_on_the_heap_that_go_leaves_on_the_stack() {
    let Some(tree) = go_tests() else { return println!("skipped: Go's test tree is not installed") };
    let scratch = Scratch::new("explain-placed");
    let tests = tests(&tree);
    let results = parallel(&tests, |name| {
        let text = String::from_utf8_lossy(&std::fs::read(tree.join(name)).unwrap_or_default()).into_owned();
        let file = scratch.0.join(name.replace('/', "_"));
        std::fs::write(&file, program(&text)).expect("the scratch folder can be written");
        let said = |args: &[&str]| {
            let outcome = run(Command::new(ESCARGO).args(args).arg(&file), LIMIT);
            let mut lines = messages(&outcome.output);
            lines.retain(|l| l.contains(": moved to heap: ") || l.ends_with(" escapes to heap"));
            lines
        };
        let graph = said(&["check", "-gcflags=-m -l -complete=false"]);
        let ir = file.with_extension("ir");
        let placed = said(&["build", "--emit=ir", "-gcflags=-m -l", "-o", &ir.to_string_lossy()]);
        let worse = without(&placed, &graph);
        let known = WORSE.iter().find(|k| k.0 == name).map_or(0, |k| k.1);
        let wrong = worse.len() != known;
        (without(&graph, &placed).len(), wrong.then(|| format!("{name}: {worse:?}")))
    });
    let better: usize = results.iter().map(|r| r.0).sum();
    let wrong: Vec<_> = results.into_iter().filter_map(|r| r.1).collect();
    println!("{better} things are on the stack that Go puts on the heap");
    assert!(better > 50, "the placements are printed: {better}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
