//! Memory tags, on AArch64 in an emulator that has them: planted violations are found at the right places, programs without any are
//! left alone, machines without tags say so.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, NATIVE, Scratch, aarch64, aarch64_jit, all_wanted, parallel, repository, run};

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

/// Runs one violation by a command; what is wrong with the report.
fn check(mut command: Command, text: &str, mode: &str, name: &str, file: &Path) -> Option<String> {
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
        let wrong: Vec<String> =
            parallel(&names, |n| check(machine.command(&program), &text, mode, n, &file))
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
fn planted_violations_are_found_in_jit_code() {
    let Some(machine) = aarch64_jit() else { return };
    let (text, names) = planted();
    let scratch = Scratch::new("mte-jit");
    let file = scratch.0.join("violations.jsonl");
    let command = || {
        let mut command = machine.escargo();
        command.arg("run").args(FLAGS).arg("planted.go").current_dir(repository().join("tests/mte"));
        command
    };
    let part: Vec<&String> = names.iter().step_by(if all_wanted() { 1 } else { 4 }).collect();
    for mode in ["sync", "async"] {
        let wrong: Vec<String> =
            parallel(&part, |n| check(command(), &text, mode, n, &file)).into_iter().flatten().collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Programs that have no violation, all of them with ESCARGO_ALL=1, but for those that say why they run natively alone.
fn clean_programs() -> Vec<PathBuf> {
    let some = [
        "lang_mixed",
        "lang_order",
        "gc_moving",
        "std_sort",
        "std_strings",
        "std_reflect",
        "pool",
        "nil_recovered",
    ];
    let dir = std::fs::read_dir(repository().join("tests/programs")).expect("the programs are there");
    let files = dir.map(|e| e.expect("an entry can be read").path());
    let tagged = |p: &PathBuf| !std::fs::read_to_string(p).is_ok_and(|text| text.contains("\n// native: "));
    let wanted = |p: &PathBuf| {
        all_wanted() && tagged(p) || some.iter().any(|s| p.file_stem().is_some_and(|n| n == *s))
    };
    let mut files: Vec<PathBuf> =
        files.filter(|p| p.extension().is_some_and(|e| e == "go") && wanted(p)).collect();
    files.sort();
    files
}

/// Runs a program with tags; what is wrong.
fn check_clean(mut command: Command, source: &Path, limit: Duration) -> Option<String> {
    let text = std::fs::read_to_string(source).expect("a program can be read");
    let code = text.lines().find_map(|l| l.strip_prefix("// exit: ")).map_or(Some(0), |c| c.parse().ok());
    command.env("GODEBUG", "mte=sync").current_dir(repository().join("tests/programs"));
    let outcome = run(&mut command, limit);
    let wanted = std::fs::read_to_string(source.with_extension("out")).ok();
    let right = outcome.code == code && wanted.is_none_or(|w| w == outcome.output);
    (!right || outcome.output.contains("memory tag")).then(|| format!("{}: {outcome:?}", source.display()))
}

#[test]
fn programs_without_violations_are_left_alone() {
    let Some(machine) = aarch64() else {
        return println!("skipped: no AArch64 emulator, compiler or library");
    };
    let scratch = Scratch::new("mte-clean");
    let wrong: Vec<String> = parallel(&clean_programs(), |source| {
        if !std::fs::read_to_string(source).is_ok_and(|t| t.contains("func main()")) {
            return None;
        }
        let program = scratch.0.join(source.file_stem().expect("a program has a name"));
        // Some are not programs, and say so.
        machine.build(source, &FLAGS, &program).ok()?;
        check_clean(machine.command(&program), source, LIMIT)
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn jit_code_without_violations_is_left_alone() {
    let Some(machine) = aarch64_jit() else { return };
    let programs = clean_programs();
    let part: Vec<&PathBuf> = programs.iter().step_by(if all_wanted() { 1 } else { 3 }).collect();
    let wrong: Vec<String> = parallel(&part, |source| {
        let mut command = machine.escargo();
        command.arg("run").args(FLAGS).arg(source.file_name().expect("a program has a name"));
        check_clean(command, source, LIMIT * machine.patience)
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
