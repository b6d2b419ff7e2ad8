//! Memory tags, on AArch64 in an emulator that has them: planted violations are found at the right places, programs without any are
//! left alone, machines without tags say so.

mod common;

use std::path::Path;
use std::time::Duration;

use common::{ESCARGO, Machine, NATIVE, Scratch, aarch64, parallel, repository, run};

const LIMIT: Duration = Duration::from_secs(120);
const FLAGS: [&str; 1] = ["--mte-stack"];

fn planted() -> (String, Vec<String>) {
    let text =
        std::fs::read_to_string(repository().join("tests/mte/planted.go")).expect("the program is there");
    let names = text
        .lines()
        .filter(|l| l.contains("// access "))
        .flat_map(|l| l.split("// access ").nth(1).unwrap_or("").split_whitespace())
        .map(str::to_owned)
        .collect();
    (text, names)
}

/// Lines with a comment of `what` that names `name`.
fn line_of(text: &str, what: &str, name: &str) -> usize {
    let marked = |l: &str| {
        l.split_once(&format!("// {what} "))
            .is_some_and(|(_, names)| names.split_whitespace().any(|n| n == name))
    };
    1 + text.lines().position(marked).unwrap_or_else(|| panic!("no line says {what} {name}"))
}

/// Runs one violation; what is wrong with the report.
fn check(
    machine: &Machine,
    program: &Path,
    text: &str,
    mode: &str,
    name: &str,
    file: &Path,
) -> Option<String> {
    let mut command = machine.command(program);
    command.arg(name).env("GODEBUG", format!("mte={mode}")).env("ESCARGO_VIOLATIONS", file);
    let outcome = run(&mut command, LIMIT);
    let (access, site) = (line_of(text, "access", name), line_of(text, "site", name));
    let part = |marker: &str| outcome.output.split(marker).nth(1).unwrap_or("").to_owned();
    let (accessed, made) = (part("\n  in "), part("\n  made by "));
    let second = |part: &str, line: usize| {
        part.lines().nth(1).is_some_and(|l| l.trim().ends_with(&format!("planted.go:{line}")))
    };
    let right = outcome.code == Some(2)
        && outcome.output.contains("memory tag violation")
        && (mode == "async" || second(&accessed, access) && second(&made, site));
    (!right).then(|| format!("{mode} {name}: {outcome:?}"))
}

#[test]
fn planted_violations_are_found() {
    let Some(machine) = aarch64() else {
        return println!("skipped: no AArch64 emulator, compiler or library");
    };
    let (text, names) = planted();
    assert!(names.len() >= 20);
    let scratch = Scratch::new("mte");
    let (program, file) = (scratch.0.join("planted"), scratch.0.join("violations.jsonl"));
    machine
        .build(&repository().join("tests/mte/planted.go"), &FLAGS, &program)
        .unwrap_or_else(|e| panic!("{e}"));
    for mode in ["sync", "async"] {
        let wrong: Vec<String> = parallel(&names, |n| check(&machine, &program, &text, mode, n, &file))
            .into_iter()
            .flatten()
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
    let events = std::fs::read_to_string(&file).expect("violations are written down");
    assert_eq!(events.lines().count(), 2 * names.len());
    for form in ["dot", "svg"] {
        let mut command = std::process::Command::new(ESCARGO);
        command.args(["trace", "--violations", "--format", form]).arg(&file);
        let outcome = run(&mut command, LIMIT);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert!(outcome.output.contains("use after return"), "{outcome:?}");
    }
}

#[test]
fn programs_without_violations_are_left_alone() {
    let Some(machine) = aarch64() else {
        return println!("skipped: no AArch64 emulator, compiler or library");
    };
    let scratch = Scratch::new("mte-clean");
    let programs = [
        "lang_mixed",
        "lang_order",
        "gc_moving",
        "std_sort",
        "std_strings",
        "std_reflect",
        "pool",
        "nil_recovered",
    ];
    let wrong: Vec<String> = parallel(&programs, |name| {
        let source = repository().join(format!("tests/programs/{name}.go"));
        let program = scratch.0.join(name);
        machine.build(&source, &FLAGS, &program).err().or_else(|| {
            let outcome = run(machine.command(&program).env("GODEBUG", "mte=sync"), LIMIT);
            let wanted = std::fs::read_to_string(source.with_extension("out")).unwrap_or_default();
            (outcome.output != wanted).then(|| format!("{name}: {outcome:?}"))
        })
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_processor_without_tags_says_so() {
    let scratch = Scratch::new("mte-none");
    let program = scratch.0.join("none");
    NATIVE
        .build(&repository().join("tests/programs/counter.go"), &[], &program)
        .unwrap_or_else(|e| panic!("{e}"));
    let outcome = run(NATIVE.command(&program).env("GODEBUG", "mte=sync"), LIMIT);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.output.contains("no memory tagging"), "{outcome:?}");
}
