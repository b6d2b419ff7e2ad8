//! The cache of compiled programs: a second run prints the same, damage and changes are noticed, `clean` removes it; what is kept does not
//! depend on which thread was when how far.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, Scratch, run};

fn escargo(cache: &Path, args: &[&str]) -> String {
    let mut command = Command::new(ESCARGO);
    let outcome = run(command.args(args).env("ESCARGO_CACHE", cache), Duration::from_secs(60));
    format!("{:?} {}", outcome.code, outcome.output)
}

fn files(cache: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(cache.join("programs")).into_iter().flatten().flatten();
    files.map(|f| f.path()).collect()
}

#[test]
fn a_second_run_prints_the_same() {
    let scratch = Scratch::new("cache");
    let (cache, program) = (scratch.0.join("cache"), scratch.0.join("p.go"));
    let text = |n: i32| {
        format!(
            "package main\n\nimport \"os\"\n\ntype t struct{{ next *t }}\n\nfunc main() {{\n\tdefer os.Exit({n})\n\tm := map[string]*t{{\"x\": \
             {{}}}}\n\tprintln({n}, len(m), m[\"x\"].next == nil)\n\tpanic(m[\"y\"].next)\n}}\n"
        )
    };
    let program_name = program.to_str().expect("a path in UTF-8");
    let go = |args: &[&str]| escargo(&cache, &[args, &[program_name]].concat());
    fs::write(&program, text(1)).expect("the scratch folder can be written");

    let first = go(&["run"]);
    assert_eq!(first, "Some(1) 1 1 true\n");
    assert_eq!(files(&cache).len(), 1);
    assert_eq!(go(&["run"]), first);

    // Damaged in the middle, cut, emptied: replaced.
    let file = files(&cache).pop().expect("a file was written");
    let good = fs::read(&file).expect("the file can be read");
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for bad in [&flipped[..], &good[..good.len() / 3], b""] {
        fs::write(&file, bad).expect("the file can be written");
        assert_eq!(go(&["run"]), first);
        assert!(fs::read(&file).is_ok_and(|now| now == good));
    }

    // Other settings and another source are another program.
    assert_eq!(go(&["run", "--escape=heap"]), first);
    fs::write(&program, text(2)).expect("the scratch folder can be written");
    assert_eq!(go(&["run"]), "Some(2) 2 1 true\n");
    assert_eq!(files(&cache).len(), 3);

    assert_eq!(escargo(&cache, &["clean", "-cache"]), "Some(0) ");
    assert_eq!(files(&cache).len(), 0);
    // Without a cache, and with one that can not be written.
    assert_eq!(escargo(Path::new("off"), &["run", program_name]), "Some(2) 2 1 true\n");
    assert_eq!(escargo(&program, &["run", program_name]), "Some(2) 2 1 true\n");
}

#[test]
fn the_same_program_is_compiled_to_the_same() {
    let scratch = Scratch::new("same");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/std_reflect.go");
    let program = program.to_str().expect("a path in UTF-8");
    let compiled = |n: u32| {
        let cache = scratch.0.join(n.to_string());
        escargo(&cache, &["run", program]);
        let file = files(&cache).pop().expect("a file was written");
        fs::read(&file).expect("the file can be read")
    };
    let first = compiled(0);
    assert!((1..5).all(|n| compiled(n) == first));
}
