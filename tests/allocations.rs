//! No function of tests/allocations allocates more objects than under Go: the programs print what each of their cases allocates, and are
//! run by escargo and by Go: the command that ESCARGO_GO names, or `go`. Skipped where it is missing or older than 1.25, which put more
//! on the heap.

mod common;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, repository, run};

const LIMIT: Duration = Duration::from_secs(120);

/// Cases that allocate more for now, and why.
const KNOWN: &[(&str, &str)] = &[
    ("fmt: Fprintf %s of a variable", "the box of a variable with a constant value is not read-only data"),
    ("fmt: Fprintf %x of a variable", "the box of a variable with a constant value is not read-only data"),
];

/// Objects that the runtime may allocate for itself in the hundred calls that a case makes.
const SLACK: i64 = 2;

fn counts(command: &mut Command) -> BTreeMap<String, i64> {
    let outcome = run(command, LIMIT);
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    let lines = outcome.output.lines().filter_map(|l| l.rsplit_once(": "));
    lines.filter_map(|(name, n)| Some((name.to_owned(), n.parse().ok()?))).collect()
}

#[test]
fn nothing_allocates_more_than_under_go() {
    let go = std::env::var_os("ESCARGO_GO").unwrap_or_else(|| "go".into());
    let version = Command::new(&go).args(["env", "GOVERSION"]).output().ok();
    let version = version.and_then(|o| String::from_utf8(o.stdout).ok()).unwrap_or_default();
    let minor = version.trim().strip_prefix("go1.").and_then(|v| v.split('.').next()?.parse::<u32>().ok());
    if minor.is_none_or(|m| m < 25) {
        return eprintln!("skipped: no go command from 1.25 on");
    }
    let mut wrong = Vec::new();
    for program in ["language.go", "fmt.go"] {
        let file = repository().join("tests/allocations").join(program);
        let ours = counts(Command::new(ESCARGO).arg("run").arg(&file));
        let theirs = counts(Command::new(&go).arg("run").arg(&file).env("GOGC", "off"));
        assert!(theirs.len() > 40, "the program prints its cases");
        wrong.extend(worse(&ours, &theirs));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with the counts of a program, beside Go's.
fn worse(ours: &BTreeMap<String, i64>, go: &BTreeMap<String, i64>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, &theirs) in go {
        let known = KNOWN.iter().any(|k| k.0 == name);
        match ours.get(name) {
            None => wrong.push(format!("{name} is missing")),
            Some(&n) if n > theirs + SLACK && !known => wrong.push(format!("{name}: {n}, under Go {theirs}")),
            Some(&n) if n <= theirs + SLACK && known => {
                wrong.push(format!("{name} is no longer known to be worse"))
            }
            _ => {}
        }
    }
    wrong
}
