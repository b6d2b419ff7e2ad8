//! `escargo test` on the module in tests/testing: its output is `go test`'s, times aside.
//!
//! The `.out` files there were written by Go, with times and the lines inside package testing masked; `ESCARGO_GO=go` runs that
//! command instead of escargo, which checks them.

mod common;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, run};

/// Masks what differs from run to run.
fn masked(output: &str) -> String {
    let mut out = String::new();
    for line in output.lines() {
        if line.starts_with("cpu: ") {
            continue;
        }
        let words = line.split_inclusive(['\t', ' ', '(', ')']).map(|word| {
            let end = word.find(['\t', ' ', '(', ')']).unwrap_or(word.len());
            let (text, rest) = word.split_at(end);
            let seconds = text.strip_suffix('s').is_some_and(|n| n.contains('.') && n.parse::<f64>().is_ok());
            format!("{}{rest}", if seconds { "Ts" } else { text })
        });
        let mut line: String = words.collect();
        if let Some((head, tail)) = line.split_once(".go:")
            && matches!(head.trim(), "testing" | "test")
            && let Some((_, text)) = tail.split_once(": ")
        {
            line = format!("        testing.go:N: {text}");
        }
        if line.contains(" ns/op") {
            // Name, count, and units alone.
            let columns = line.split('\t').map(|c| match c.trim().rsplit_once(' ') {
                Some((_, unit)) => unit.to_owned(),
                None => {
                    c.trim().trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-').to_owned()
                }
            });
            line = columns.collect::<Vec<_>>().join("\t");
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn check(name: &str, code: i32, args: &[&str]) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testing");
    let tool = std::env::var("ESCARGO_GO").unwrap_or(ESCARGO.to_owned());
    let outcome = run(Command::new(tool).arg("test").args(args).current_dir(&dir), Duration::from_secs(120));
    let expected = std::fs::read_to_string(dir.join(name)).expect("the expected output can be read");
    let output = masked(&outcome.output);
    assert!(output == expected, "{args:?}: got\n{output}\nwant\n{expected}");
    assert_eq!(outcome.code, Some(code), "{args:?}");
}

#[test]
fn plain() {
    check("plain.out", 1, &[]);
}

#[test]
fn all_packages() {
    check("all.out", 1, &["-p=1", "./..."]);
}

#[test]
fn verbose() {
    check("verbose.out", 1, &["-v", "-skip=TestPar/y", "."]);
}

#[test]
fn benchmarks() {
    check("bench.out", 0, &["-run=^$", "-bench=.", "-benchtime=10x", "-benchmem", "-cpu=1"]);
}

#[test]
fn selected() {
    check("selected.out", 0, &["-short", "-v", "-run=Short|TestPar/x|Fuzz.*/seed#1"]);
}
