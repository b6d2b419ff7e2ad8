//! The backend as a library: the example frontend of a small language, and IR text as a program.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, repository, run};

const LIMIT: Duration = Duration::from_secs(60);

/// The example's executable, built if it is not there yet.
fn tiny() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "-q", "--example", "tiny"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let outcome = run(&mut build, Duration::from_secs(600));
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    Path::new(ESCARGO).parent().expect("the command lies in a folder").join("examples/tiny")
}

#[test]
fn another_language_gets_placements_code_and_objects() {
    let tiny = tiny();
    let outcome = run(Command::new(&tiny).arg("examples/tiny/lists.tiny").current_dir(repository()), LIMIT);
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    assert!(outcome.output.ends_with("5050\n503500\n42\n"), "{}", outcome.output);
    assert!(outcome.output.contains("lists.tiny:4:19: pair on the heap"), "{}", outcome.output);
    assert!(outcome.output.contains("lists.tiny:15:11: pair in registers"), "{}", outcome.output);

    let folder = tempfile::tempdir().expect("a temporary folder");
    let object = folder.path().join("lists.o");
    let mut command = Command::new(&tiny);
    command.arg("-o").arg(&object).arg("examples/tiny/lists.tiny").current_dir(repository());
    assert_eq!(run(&mut command, LIMIT).code, Some(0));
    let bytes = std::fs::read(&object).expect("the object was written");
    assert!(bytes.starts_with(b"\x7fELF") && bytes.windows(10).any(|w| w == b"tiny.range"));

    // The same program as text: in the JIT and as an executable.
    let mut command = Command::new(&tiny);
    command.args(["--ir", "examples/tiny/lists.tiny"]).current_dir(repository());
    let ir = run(&mut command, LIMIT).output;
    std::fs::write(folder.path().join("lists.ir"), &ir).expect("the text can be written");
    for mode in ["--escape=precise", "--escape=heap"] {
        let mut command = Command::new(ESCARGO);
        command.args(["run", mode, "lists.ir"]).current_dir(folder.path());
        assert_eq!(run(&mut command, LIMIT).output, "5050\n503500\n42\n");
        let mut command = Command::new(ESCARGO);
        command.args(["build", mode, "lists.ir"]).current_dir(folder.path());
        let built = run(&mut command, LIMIT);
        assert_eq!(built.code, Some(0), "{}", built.output);
        assert_eq!(run(&mut Command::new(folder.path().join("lists")), LIMIT).output, "5050\n503500\n42\n");
    }
}

#[test]
fn mistakes_of_another_language_and_of_ir_text() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file can be written");
    };
    let tiny = tiny();
    let told = |command: &mut Command| {
        let outcome = run(command.current_dir(folder.path()), LIMIT);
        (outcome.code, outcome.output)
    };
    write("nil.tiny", "(print (head nil))");
    let (code, output) = told(Command::new(&tiny).arg("nil.tiny"));
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("invalid memory address or nil pointer dereference"), "{output}");
    assert!(output.contains("nil.tiny:1"), "{output}");
    for (text, message) in [
        ("(def f ((n int)) int\n  (g n))", "bad.tiny:2:4: undefined: g of 1 arguments"),
        ("(print (+ 1 nil))", "bad.tiny:1:13: expected an int"),
        ("(print (+ 1", "bad.tiny:1:8: missing )"),
        ("(print 1))", "bad.tiny:1:10: unexpected )"),
    ] {
        write("bad.tiny", text);
        let (code, output) = told(Command::new(&tiny).arg("bad.tiny"));
        assert_eq!((code, output.trim_end()), (Some(1), message));
    }
    for (text, message) in [
        ("func @f( {", "bad.ir:1:10: "),
        ("func @f() {\nb0:\n    return\n}\n", "bad.ir: the module has no main function"),
        ("main @f\nfunc @f() -> (i64) {\nb0:\n    v0: i64 = iconst i64 1\n    return v0\n}\n", "bad.ir: "),
    ] {
        write("bad.ir", text);
        let (code, output) = told(Command::new(ESCARGO).args(["run", "bad.ir"]));
        assert!(code == Some(1) && output.contains(message), "{output}");
    }
}
