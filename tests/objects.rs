//! Object files for systems on which nothing is linked.

mod common;

use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, Scratch, run};

const PROGRAM: &str = "package main\n\nfunc main() { println(42) }\n";

#[test]
fn object_files_are_made_for_other_systems() {
    let scratch = Scratch::new("objects");
    std::fs::write(scratch.0.join("prog.go"), PROGRAM).expect("the scratch folder can be written");
    for (target, magic) in [
        ("x86_64-unknown-linux-gnu", &b"\x7fELF"[..]),
        ("linux/arm64", b"\x7fELF"),
        ("aarch64-apple-darwin", b"\xcf\xfa\xed\xfe"),
        ("darwin/amd64", b"\xcf\xfa\xed\xfe"),
        ("x86_64-pc-windows-msvc", b"\x64\x86"),
        ("windows/arm64", b"\x64\xaa"),
    ] {
        let mut command = Command::new(ESCARGO);
        command
            .args(["build", "--emit=obj", "-o", "x.o", "--target", target, "prog.go"])
            .current_dir(&scratch.0);
        let outcome = run(&mut command, Duration::from_secs(60));
        assert_eq!((outcome.code, outcome.output.as_str()), (Some(0), ""), "{target}");
        let bytes = std::fs::read(scratch.0.join("x.o")).expect("the object file is there");
        assert!(bytes.starts_with(magic), "{target}");
    }
}
