//! `escargo test` on the module in tests/testing: its output is `go test`'s, times aside.
//!
//! The `.out` files there, and those in tests/coverage, were written by Go, with times and the lines inside package testing masked. Where
//! `ESCARGO_GO` names the go command, it is held beside the same files.

mod common;

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, run};

/// The commands that must do the same: escargo, and Go if it is there.
fn tools() -> Vec<String> {
    [ESCARGO.to_owned()].into_iter().chain(std::env::var("ESCARGO_GO")).collect()
}

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
            && head.trim() == "testing"
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
    compare(&dir, name, code, args, |output| masked(&output));
}

/// Runs `test` in a folder, and holds what `output` makes of its output beside a file there.
fn compare(dir: &Path, name: &str, code: i32, args: &[&str], output: impl Fn(String) -> String) {
    for tool in tools() {
        let mut command = Command::new(&tool);
        let outcome = run(command.arg("test").args(args).current_dir(dir), Duration::from_secs(120));
        let expected = std::fs::read_to_string(dir.join(name)).expect("the expected output can be read");
        let output = output(outcome.output);
        assert!(output == expected, "{tool} {args:?}: got\n{output}\nwant\n{expected}");
        assert_eq!(outcome.code, Some(code), "{tool} {args:?}");
    }
}

#[test]
fn plain() {
    check("plain.out", 1, &[]);
}

#[test]
fn all_packages() {
    check("all.out", 1, &["-p=1", "./..."]);
}

/// What is not there does not keep the others from being tested.
#[test]
fn some_are_missing() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/coverage");
    for tool in tools() {
        let mut command = Command::new(tool);
        command.args(["test", "-count=1", "./missing", "./plain", "./nowhere/..."]).current_dir(&dir);
        let outcome = run(&mut command, Duration::from_secs(120));
        let said = masked(&outcome.output);
        for line in [
            "# ./missing",
            "FAIL\t./missing [setup failed]",
            "ok  \texample.com/coverage/plain\tTs",
            "pattern ./nowhere/...: lstat ./nowhere/: no such file or directory",
            "FAIL\t./nowhere/... [setup failed]",
            "FAIL",
        ] {
            assert!(said.lines().any(|l| l == line), "{line:?} in\n{said}");
        }
        assert_eq!(outcome.code, Some(1));
    }
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

/// Coverage: what is said, and the profile.
fn coverage(name: &str, args: &[&str]) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/coverage");
    let scratch = tempfile::tempdir().expect("a folder can be made");
    let profile = scratch.path().join("profile");
    let flag = format!("-coverprofile={}", profile.display());
    let args = [&["-count=1", "-p=1", &flag], args, &["./..."]].concat();
    compare(&dir, name, 0, &args, |output| {
        masked(&output) + &std::fs::read_to_string(&profile).expect("the profile is written")
    });
}

#[test]
fn coverage_of_statements() {
    coverage("set.out", &[]);
}

#[test]
fn coverage_counts() {
    coverage("count.out", &["-covermode=count", "-coverpkg=./..."]);
}

#[test]
fn coverage_counts_atomically() {
    coverage("atomic.out", &["-covermode=atomic"]);
}

/// A test program that is made with -c does what one in memory does; -exec runs it.
#[test]
fn test_programs_can_be_kept() {
    tools().iter().for_each(|tool| kept(tool));
}

fn kept(tool: &str) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/coverage");
    let scratch = tempfile::tempdir().expect("a folder can be made");
    let folder = format!("{}/", scratch.path().display());
    let limit = Duration::from_secs(120);
    let test = |args: &[&str]| run(Command::new(tool).arg("test").args(args).current_dir(&dir), limit);
    let outcome = test(&["-c", "-cover", "-o", &folder, "./plain", "./untested"]);
    assert_eq!(outcome.output, "\texample.com/coverage/untested\t\tcoverage: 0.0% of statements\n");
    assert_eq!(outcome.code, Some(0));
    let program = scratch.path().join("plain.test");
    let outcome = run(Command::new(program).arg("-test.v").current_dir(&dir), limit);
    assert_eq!(
        masked(&outcome.output),
        "=== RUN   TestDouble\n--- PASS: TestDouble (Ts)\nPASS\ncoverage: 100.0% of statements\n"
    );
    let outcome = test(&["-count=1", "-exec=/usr/bin/env X=1", "./plain"]);
    assert_eq!(masked(&outcome.output), "ok  \texample.com/coverage/plain\tTs\n");
    let outcome = test(&["-c", "-o", "one", "./plain", "./shapes"]);
    assert!(outcome.output.contains("with multiple packages, -o must refer to a directory or /dev/null"));
    assert_eq!(outcome.code, Some(1));
}

/// Tests may start their own program again; its file goes away with them.
#[test]
fn test_programs_start_themselves() {
    tools().iter().for_each(|tool| started_again(tool));
}

fn started_again(tool: &str) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reexec");
    let scratch = tempfile::tempdir().expect("a folder can be made");
    for (code, fail, end) in [
        (0, "", "ok  \texample.com/reexec\tTs\n"),
        (1, "error", ": as asked\nFAIL\nFAIL\texample.com/reexec\tTs\nFAIL\n"),
        (1, "kill", "the end\nsignal: killed\nFAIL\texample.com/reexec\tTs\nFAIL\n"),
        // The go command may end before it says anything.
        (1, "interrupt", ""),
    ] {
        // Of the round before.
        let _ = std::fs::remove_file(scratch.path().join("path"));
        let mut command = Command::new(tool);
        command.args(["test", "-count=1", "."]).current_dir(&dir).process_group(0);
        command.env("REEXEC_FOLDER", scratch.path()).env("REEXEC_FAIL", fail);
        let outcome = run(&mut command, Duration::from_secs(120));
        assert_eq!(outcome.code, Some(code), "{}", outcome.output);
        let output = masked(&outcome.output);
        assert!(output.ends_with(end), "{output}");
        let path = std::fs::read_to_string(scratch.path().join("path")).expect("the path is written");
        let path = Path::new(&path);
        assert!(path.is_absolute() && !path.exists() && path.parent().is_some_and(|p| !p.exists()));
    }
}

/// Every profile is written where the command was called, and names what was profiled.
#[test]
fn tests_are_profiled() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testing");
    let scratch = tempfile::tempdir().expect("a folder can be made");
    let path = |name: &str| scratch.path().join(name);
    let mut command = Command::new(ESCARGO);
    command
        .args(["test", "-run=TestAdd", "-memprofilerate=1"])
        .arg(format!("-outputdir={}", path("").display()));
    for profile in ["cpuprofile", "memprofile", "blockprofile", "mutexprofile", "trace"] {
        command.arg(format!("-{profile}={profile}.out"));
    }
    let outcome = run(command.arg(".").current_dir(&dir), Duration::from_secs(120));
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    let contains = |name: &str, text: &str| {
        let bytes = std::fs::read(path(name)).expect("the profile is there");
        bytes.windows(text.len()).any(|w| w == text.as_bytes())
    };
    assert!(contains("memprofile.out", "alloc_space") && contains("memprofile.out", "testing.(*M).Run"));
    assert!(contains("blockprofile.out", "contentions") && contains("mutexprofile.out", "contentions"));
    assert!(contains("cpuprofile.out", "nanoseconds") && contains("trace.out", "go 1.26 trace"));
}

/// The profiles of tests that take too long are whole, and a rate that no profile of the command uses is set.
#[test]
fn a_timeout_leaves_profiles() {
    let scratch = tempfile::tempdir().expect("a folder can be made");
    let path = |name: &str| scratch.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(path(name), text).expect("a file can be written");
    write("go.mod", "module example.com/slow\n\ngo 1.26\n");
    write(
        "slow_test.go",
        r#"package slow

import (
	"runtime"
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	if runtime.MemProfileRate != 77 {
		t.Fatal(runtime.MemProfileRate)
	}
}

func TestSlow(t *testing.T) { time.Sleep(time.Hour) }
"#,
    );
    let profiles: &[&str] = &["-timeout=100ms", "-memprofile=memory.out", "-blockprofile=block.out"];
    for tool in tools() {
        for (code, name, flags, end) in [
            (0, "-run=TestRate", &["-memprofilerate=77"][..], "ok  \texample.com/slow\tTs\n"),
            (1, "-run=TestSlow", profiles, "\nFAIL\texample.com/slow\tTs\nFAIL\n"),
        ] {
            let mut command = Command::new(&tool);
            command.args(["test", "-count=1", name]).args(flags).arg(".").current_dir(scratch.path());
            let outcome = run(&mut command, Duration::from_secs(120));
            assert_eq!(outcome.code, Some(code), "{}", outcome.output);
            assert!(masked(&outcome.output).ends_with(end), "{}", outcome.output);
        }
        for name in ["memory.out", "block.out"] {
            let size = std::fs::metadata(path(name)).map_or(0, |m| m.len());
            assert!(size > 0, "{name} is empty");
            let _ = std::fs::remove_file(path(name));
        }
    }
}
