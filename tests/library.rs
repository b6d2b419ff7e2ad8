//! Go's own library under escargo (`-std=auto`), and the bundled library's API beside Go's. Both need a Go installation, as
//! `ESCARGO_GO` or as `go` in PATH.

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, Scratch, run};

const LIMIT: Duration = Duration::from_secs(120);

/// The command and its GOROOT; None: Go is not installed.
fn go() -> Option<(PathBuf, PathBuf)> {
    let go = std::env::var_os("ESCARGO_GO").map_or("go".into(), PathBuf::from);
    let output = Command::new(&go).args(["env", "GOROOT"]).output().ok()?;
    let root = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    root.join("src/fmt").is_dir().then_some((go, root))
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Asking the go command takes longer than compiling a small program.
#[test]
fn a_program_of_bundled_packages_does_not_ask_for_go() {
    let scratch = Scratch::new("no-go");
    let (go, asked, program) = (scratch.0.join("go"), scratch.0.join("asked"), scratch.0.join("p.go"));
    std::fs::write(&go, format!("#!/bin/sh\n: > {}\n", asked.display())).expect("a script can be written");
    std::fs::set_permissions(&go, PermissionsExt::from_mode(0o755)).expect("a script can be made executable");
    std::fs::write(&program, "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"x\") }\n")
        .expect("a program can be written");
    let mut command = Command::new(ESCARGO);
    command.arg("run").arg(&program).env("PATH", &scratch.0).env("ESCARGO_CACHE", "off").env_remove("GOROOT");
    let outcome = run(&mut command, LIMIT);
    assert_eq!((outcome.code, outcome.output.as_str()), (Some(0), "x\n"));
    assert!(!asked.exists(), "go was started");
}

/// One of Go's own commands rests on a good part of its library, on files that complete the bundled internal/abi, and on
/// golang.org/x/sys/unix without its assembly.
#[test]
fn a_command_of_gos_own_does_what_it_does_under_go() {
    let Some((go, root)) = go() else {
        println!("skipped: Go is not installed");
        return;
    };
    let scratch = Scratch::new("gos-nm");
    let nm = scratch.0.join("nm");
    let mut build = Command::new(ESCARGO);
    build.args(["build", "-o"]).arg(&nm).arg("./nm").current_dir(root.join("src/cmd")).env("GOROOT", &root);
    let outcome = run(&mut build, LIMIT);
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    let ours = run(Command::new(&nm).arg(&nm), LIMIT);
    let theirs = run(Command::new(&go).args(["tool", "nm"]).arg(&nm), LIMIT);
    assert_eq!(ours.code, Some(0), "{}", ours.output);
    assert!(ours.output.contains(" main.main\n"), "{}", ours.output);
    assert!(ours.output == theirs.output, "other symbols");
}

/// Its files are searched for tests, though what programs import of the library is parsed later.
#[test]
fn a_package_of_gos_own_is_tested() {
    let Some((_, root)) = go() else {
        println!("skipped: Go is not installed");
        return;
    };
    let mut test = Command::new(ESCARGO);
    test.args(["test", "-v", "-run=^TestItoa$", "./strconv"])
        .current_dir(root.join("src"))
        .env("GOROOT", &root);
    let outcome = run(&mut test, LIMIT);
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    assert!(outcome.output.contains("--- PASS: TestItoa"), "{}", outcome.output);
}

#[test]
fn a_program_that_fails_tells_why_in_a_file_too() {
    let Some((_, root)) = go() else {
        println!("skipped: Go is not installed");
        return;
    };
    let scratch = Scratch::new("crash");
    let crash = scratch.0.join("crash");
    let mut build = Command::new(ESCARGO);
    build.args(["build", "-o"]).arg(&crash).arg(tests().join("library/crash.go")).env("GOROOT", &root);
    let outcome = run(&mut build, LIMIT);
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    let want = "panic: exit status 2 \"panic: gone\" true true
none: exit status 2 \"\" false true
nil: exit status 2 \"panic: assignment to entry in nil map\" true true
";
    assert_eq!(run(Command::new(&crash).env("TMPDIR", &scratch.0), LIMIT).output, want);
}

#[test]
fn programs_with_gos_library_print_what_they_print_under_go() {
    let Some((go, root)) = go() else {
        println!("skipped: Go is not installed");
        return;
    };
    // For what the programs make.
    let scratch = Scratch::new("library-programs");
    for name in ["encodings", "tools", "crypto", "processes", "syscalls", "network", "many"] {
        let file = tests().join("library").join(name).with_extension("go");
        let run = |tool: &mut Command| run(tool.arg("run").arg(&file).env("TMPDIR", &scratch.0), LIMIT);
        let ours = run(Command::new(ESCARGO).env("GOROOT", &root));
        let theirs = run(&mut Command::new(&go));
        assert!(ours.output == theirs.output, "{name}: got\n{}\nwant\n{}", ours.output, theirs.output);
        assert_eq!(ours.code, Some(0), "{name}");
    }
}

#[test]
fn a_package_that_nobody_has() {
    let dir = common::Scratch::new("no-package");
    let file = dir.0.join("main.go");
    std::fs::write(&file, "package main\n\nimport _ \"no/such\"\n\nfunc main() {}\n")
        .expect("a file can be written");
    let outcome = run(Command::new(ESCARGO).arg("run").arg("-std=bundled").arg(&file), LIMIT);
    assert!(outcome.output.contains("package no/such is not in std"), "{}", outcome.output);
}

/// What the bundled packages lack, or have otherwise, stands in tests/api/known.txt with the reason.
#[test]
fn bundled_packages_have_gos_api() {
    let Some((_, root)) = go() else {
        println!("skipped: Go is not installed");
        return;
    };
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime/std/src/go");
    let mut command = Command::new(ESCARGO);
    command
        .arg("run")
        .arg(tests().join("api/main.go"))
        .arg(bundled)
        .arg(root.join("src"))
        .env("GOROOT", &root);
    let outcome = run(&mut command, LIMIT);
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    let known = std::fs::read_to_string(tests().join("api/known.txt")).expect("the list can be read");
    let new: Vec<&str> = outcome.output.lines().filter(|l| !known.lines().any(|k| k == *l)).collect();
    assert!(new.is_empty(), "differences that tests/api/known.txt does not list:\n{}", new.join("\n"));
}
