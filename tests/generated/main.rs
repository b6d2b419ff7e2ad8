//! Generated programs print the same as under real Go, in every placement mode.
//!
//! Programs go in batches into one file each; the same file is built by Go and run by the command. `ESCARGO_GO` names the go
//! command (else `go` in the path); without one the test is skipped. `ESCARGO_SEEDS=FROM-TO` chooses the programs and
//! `ESCARGO_BATCH=N` how many share a file; `ESCARGO_KEEP=DIR` keeps the files of batches that differ.

mod calls;
#[path = "../common/mod.rs"]
mod common;
mod expr;
mod program;
mod show;
mod stmt;
mod templates;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, Scratch, parallel, run};

const PRELUDE: &str = include_str!("prelude.go");
const LIMIT: Duration = Duration::from_secs(300);

const MODES: &[(&str, &[&str], &[(&str, &str)])] = &[
    ("default", &[], &[]),
    ("heap", &["--escape=heap"], &[]),
    ("no optimisation", &["-gcflags=-N -l"], &[]),
    ("collections", &[], &[("ESCARGO_GC_EVERY", "50"), ("ESCARGO_VERIFY", "1")]),
];

/// The source of a batch.
fn batch(seeds: &[u64]) -> String {
    let mut text = String::from(PRELUDE);
    for &seed in seeds {
        text.push_str(&program::program(seed));
    }
    text.push_str("func main() {\n");
    for &seed in seeds {
        text.push_str(&format!("run(\"== {seed}\", func() {{}})\np{seed}_main()\n"));
    }
    text.push_str("}\n");
    text
}

/// The output of each program of a batch.
fn sections(output: &str) -> BTreeMap<u64, String> {
    let mut all = BTreeMap::new();
    for part in output.split("== ").skip(1) {
        let (seed, text) = part.split_once('\n').unwrap_or((part, ""));
        if let Ok(seed) = seed.parse() {
            all.insert(seed, text.to_owned());
        }
    }
    all
}

fn first_difference(a: &str, b: &str) -> String {
    let mut function = "";
    let mut left = a.lines();
    let mut right = b.lines();
    loop {
        match (left.next(), right.next()) {
            (Some(x), Some(y)) if x == y => {
                if x.starts_with('p') {
                    function = x;
                }
            }
            (None, None) => return "no difference in lines".into(),
            (x, y) => return format!("in {function}: Go {x:?}, escargo {y:?}"),
        }
    }
}

/// The differences that a batch shows.
fn check(go: &Path, dir: &Path, seeds: &[u64]) -> Vec<String> {
    let name = format!("batch{}.go", seeds[0]);
    let file = dir.join(&name);
    let binary = dir.join(format!("batch{}", seeds[0]));
    std::fs::write(&file, batch(seeds)).expect("the scratch folder can be written");
    let built = run(
        Command::new(go).args(["build", "-gcflags=-e -c=1", "-o"]).arg(&binary).arg(&name).current_dir(dir),
        LIMIT,
    );
    if built.code != Some(0) {
        if let Some(keep) = std::env::var_os("ESCARGO_KEEP") {
            std::fs::copy(&file, PathBuf::from(keep).join(&name)).expect("a batch can be kept");
        }
        return vec![format!(
            "{name}: Go refuses it: {}",
            built.output.lines().take(8).collect::<Vec<_>>().join(" | ")
        )];
    }
    let wanted = run(&mut Command::new(&binary), LIMIT);
    let _ = std::fs::remove_file(&binary);
    let expected = sections(&wanted.output);
    let mut wrong = Vec::new();
    for (mode, flags, env) in MODES {
        let mut command = Command::new(ESCARGO);
        command.arg("run").args(*flags).arg(&name).current_dir(dir).envs(env.iter().copied());
        let outcome = run(&mut command, LIMIT);
        if outcome.code != wanted.code {
            let tail: Vec<&str> = outcome.output.lines().rev().take(12).collect();
            wrong.push(format!("{name} ({mode}): exit {:?}, Go {:?}: {tail:#?}", outcome.code, wanted.code));
        }
        let seen = sections(&outcome.output);
        for (seed, text) in &expected {
            let got = seen.get(seed).map_or("", |s| s.as_str());
            if got != text {
                wrong.push(format!("program {seed} ({mode}): {}", first_difference(text, got)));
            }
        }
    }
    if let Some(keep) = std::env::var_os("ESCARGO_KEEP").filter(|_| !wrong.is_empty()) {
        let to = PathBuf::from(keep).join(&name);
        std::fs::copy(&file, to).expect("a batch can be kept");
    }
    let _ = std::fs::remove_file(&file);
    wrong
}

#[test]
fn generated_programs_print_the_same_as_under_go() {
    let go = PathBuf::from(std::env::var_os("ESCARGO_GO").unwrap_or("go".into()));
    if !Command::new(&go).arg("version").output().is_ok_and(|o| o.status.success()) {
        println!("generated: skipped, there is no go command (ESCARGO_GO)");
        return;
    }
    let range = std::env::var("ESCARGO_SEEDS").unwrap_or_else(|_| "0-39".into());
    let (from, to) = range.split_once('-').expect("ESCARGO_SEEDS is FROM-TO");
    let seeds: Vec<u64> = (from.parse().expect("a number")..=to.parse().expect("a number")).collect();
    let size = std::env::var("ESCARGO_BATCH").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let batches: Vec<&[u64]> = seeds.chunks(size).collect();
    let scratch = Scratch::new("generated");
    let wrong: Vec<String> = parallel(&batches, |b| check(&go, &scratch.0, b)).concat();
    println!("generated: {} programs, {} differences", seeds.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_seed_gives_the_same_program() {
    assert_eq!(program::program(7), program::program(7));
}
