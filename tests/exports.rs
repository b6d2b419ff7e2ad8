//! C programs that call Go: tests/c/main.c and tests/c/faults.c against tests/c/lib.go, as an archive and as a shared library, natively and for AArch64.

mod common;

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, Machine, NATIVE, Scratch, aarch64, repository, run};

const LIMIT: Duration = Duration::from_secs(120);

fn succeed(command: &mut Command) -> String {
    let outcome = run(command, LIMIT);
    assert_eq!(outcome.code, Some(0), "{command:?}: {}", outcome.output);
    outcome.output
}

/// Builds the library and compiles a C program with it.
fn link_with_c(machine: &Machine, mode: &str, library: &str, main: &str, scratch: &Scratch) -> PathBuf {
    let sources = repository().join("tests/c");
    let library = scratch.0.join(library);
    machine
        .build(&sources.join("lib.go"), &[&format!("-buildmode={mode}")], &library)
        .unwrap_or_else(|e| panic!("{e}"));
    let program = scratch.0.join("main");
    let mut cc = Command::new(machine.c_compiler());
    cc.args(["-Wall", "-Wextra", "-Werror", "-I"]).arg(&scratch.0).arg("-o").arg(&program);
    cc.arg(sources.join(main)).arg(&library).args(["-lpthread", "-lm", "-ldl"]);
    succeed(cc.current_dir(&scratch.0));
    program
}

fn call_from_c(machine: &Machine, mode: &str, library: &str) {
    let scratch = Scratch::new(&format!("{mode}-{}", machine.name));
    let program = link_with_c(machine, mode, library, "main.c", &scratch);
    assert_eq!(succeed(machine.command(&program).current_dir(&scratch.0)), "ok\n");
    // A null pointer with a length ends the program at the boundary.
    let outcome = run(machine.command(&program).arg("bad"), LIMIT);
    assert_eq!(outcome.code, Some(2), "{}", outcome.output);
    assert!(
        outcome.output.starts_with("fatal error: export Sum: read buffer values: null pointer with a length"),
        "{}",
        outcome.output
    );
}

/// Faults of C code and broken pipes are C's, with handlers and without.
fn faults_in_c(machine: &Machine, mode: &str, library: &str) {
    let scratch = Scratch::new(&format!("faults-{mode}-{}", machine.name));
    let program = link_with_c(machine, mode, library, "faults.c", &scratch);
    assert_eq!(succeed(machine.command(&program).arg("handlers")), "ok\n");
    for (what, signal) in [("fault", 11), ("pipe", 13)] {
        let output = machine.command(&program).arg(what).output().expect("the program runs");
        assert_eq!(output.status.signal(), Some(signal), "{what}: {output:?}");
    }
}

#[test]
fn faults_in_c_are_c_s() {
    faults_in_c(&NATIVE, "c-archive", "lib.a");
    faults_in_c(&NATIVE, "c-shared", "lib.so");
}

#[test]
fn faults_in_c_are_c_s_on_aarch64() {
    match aarch64() {
        Some(machine) => faults_in_c(&machine, "c-archive", "lib.a"),
        None => println!("skipped: no AArch64 emulator, compiler or library"),
    }
}

#[test]
fn a_c_program_calls_an_archive() {
    call_from_c(&NATIVE, "c-archive", "lib.a");
}

#[test]
fn a_c_program_calls_a_shared_library() {
    call_from_c(&NATIVE, "c-shared", "lib.so");
}

#[test]
fn a_c_program_calls_libraries_for_aarch64() {
    match aarch64() {
        Some(machine) => {
            call_from_c(&machine, "c-archive", "lib.a");
            call_from_c(&machine, "c-shared", "lib.so");
        }
        None => println!(
            "skipped: qemu-user, aarch64-linux-gnu-gcc or Rust's library for AArch64 is not installed"
        ),
    }
}

/// What `escargo build -cgo-memsafe` says about a file.
fn memsafe(name: &str, text: &str) -> String {
    let scratch = Scratch::new(name);
    let file = scratch.0.join("x.go");
    std::fs::write(&file, text).expect("the scratch folder can be written");
    let mut command = Command::new(ESCARGO);
    command
        .args(["build", "-buildmode=c-archive", "-cgo-memsafe", "-o"])
        .arg(scratch.0.join("x.a"))
        .arg("x.go");
    let outcome = run(command.current_dir(&scratch.0), LIMIT);
    assert_ne!(outcome.code, Some(0));
    assert!(!Path::new(&scratch.0.join("x.a")).exists(), "a file was left behind");
    outcome.output
}

#[test]
fn raw_pointers_are_refused_on_request() {
    let output = memsafe(
        "raw",
        "package main\n\nimport \"C\"\n\n//export F\nfunc F(p *byte, n int) {}\n\nfunc main() {}\n",
    );
    assert!(output.contains("x.go:6:8: export F: parameter p is a raw pointer"), "{output}");
}

#[test]
fn mistakes_in_annotations_are_reported() {
    let with = |lines: &str, function: &str| {
        memsafe("mistakes", &format!("package main\n\n{lines}\nfunc {function}\n\nfunc main() {{}}\n"))
    };
    let output = with("//export F\n//cgo:memsafe=\"read:q,n\"", "F(p *byte, n int) {}");
    assert!(output.contains("x.go:4:3: cgo:memsafe: F has no parameters \"q,n\""), "{output}");
    let output = with("//export G", "F(n int) {}");
    assert!(output.contains("x.go:3:3: export comment has wrong name \"G\", want \"F\""), "{output}");
    let output = with("//export F", "F(s struct{ a int }) {}");
    assert!(output.contains("Go type not supported in export: struct"), "{output}");
}
