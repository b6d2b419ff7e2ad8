//! Programs under tests/programs: each prints what its .out file says, in every escape mode, also with frequent collections under the
//! verifier, and its values live where its comments say.
//!
//! In a program, `// exit: N` is the expected exit code, `// stderr: TEXT` a line (prefix) that must appear, and `// place: NAME
//! PLACEMENT` at the end of a line where the default mode puts the site of that name on that line.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{
    ESCARGO, Machine, NATIVE, Scratch, aarch64, aarch64_jit, all_wanted, parallel, repository, run,
};

const LIMIT: Duration = Duration::from_secs(60);

/// Name, flags, environment.
type Mode = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const MODES: &[Mode] = &[
    ("default", &["--verify"], &[]),
    ("heap", &["--escape=heap"], &[]),
    ("no optimisation", &["-gcflags=-N -l"], &[]),
    ("collections", &[], &[("ESCARGO_GC_EVERY", "7"), ("ESCARGO_VERIFY", "1")]),
];

fn programs() -> Vec<PathBuf> {
    let dir = repository().join("tests/programs");
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .expect("tests/programs can be read")
        .map(|e| e.expect("an entry can be read").path())
        .filter(|p| p.extension().is_some_and(|e| e == "go"))
        .collect();
    files.sort();
    assert!(files.len() > 10, "the programs are there");
    files
}

fn directive<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    let prefix = format!("// {name}: ");
    text.lines().filter_map(move |l| l.strip_prefix(prefix.as_str()))
}

fn check_output(machine: &Machine, modes: &[Mode], file: &PathBuf) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("a program can be read");
    let code = directive(&text, "exit").next().map_or(0, |c| c.parse().expect("an exit code is a number"));
    let expected = std::fs::read_to_string(file.with_extension("out")).ok();
    if machine.patience > 1 && directive(&text, "native").next().is_some() {
        return Vec::new();
    }
    let name = file.file_name().expect("a program has a name");
    let mut wrong = Vec::new();
    for (mode, flags, env) in modes {
        let mut command = machine.escargo();
        command.arg("run").args(*flags).arg(name).envs(env.iter().copied());
        command.current_dir(repository().join("tests/programs"));
        let outcome = run(&mut command, machine.patience * LIMIT);
        let mut complain =
            |what: String| wrong.push(format!("{} ({mode}): {what}\n{}", file.display(), outcome.output));
        if outcome.code != Some(code) {
            complain(format!("exit code {:?}, not {code}", outcome.code));
        } else if let Some(expected) = &expected
            && outcome.output != *expected
        {
            complain("other output".into());
        }
        for line in directive(&text, "stderr") {
            if !outcome.output.lines().any(|l| l.starts_with(line)) {
                complain(format!("no line {line:?}"));
            }
        }
    }
    wrong
}

#[test]
fn programs_print_the_same_in_every_mode() {
    let wrong: Vec<String> = parallel(&programs(), |file| check_output(&NATIVE, MODES, file)).concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// In an emulator: the default mode, and of the others a part, unless ESCARGO_ALL=1.
#[test]
fn jit_code_for_aarch64_prints_the_same() {
    let Some(machine) = aarch64_jit() else { return };
    let all: Vec<(usize, PathBuf)> = programs().into_iter().enumerate().collect();
    let wrong = parallel(&all, |(i, file)| {
        let part = [&MODES[..1], &MODES[1 + i % 3..][..i % 2]].concat();
        check_output(&machine, if all_wanted() { MODES } else { &part }, file)
    })
    .concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Builds and runs a program as an executable.
fn check_executable(
    machine: &Machine,
    flags: &[&str],
    env: &[(&str, &str)],
    scratch: &Path,
    file: &Path,
) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("a program can be read");
    let code = directive(&text, "exit").next().map_or(0, |c| c.parse().expect("an exit code is a number"));
    let native = machine.patience > 1 && directive(&text, "native").next().is_some();
    if native || !text.contains("func main()") || code == 1 {
        return Vec::new();
    }
    let expected = std::fs::read_to_string(file.with_extension("out")).ok();
    let complain = |what: String| vec![format!("{} ({} {flags:?}): {what}", file.display(), machine.name)];
    let executable = scratch.join(file.file_stem().expect("a program has a name"));
    if let Err(what) = machine.build(file, flags, &executable) {
        return complain(what);
    }
    let mut command = machine.command(&executable);
    command.current_dir(repository().join("tests/programs")).envs(env.iter().copied());
    let outcome = run(&mut command, machine.patience * LIMIT);
    // Room for the next.
    let _ = std::fs::remove_file(&executable);
    if outcome.code != Some(code) {
        return complain(format!("exit code {:?}, not {code}\n{}", outcome.code, outcome.output));
    }
    if expected.is_some_and(|e| e != outcome.output) {
        return complain(format!("other output\n{}", outcome.output));
    }
    directive(&text, "stderr")
        .filter(|line| !outcome.output.lines().any(|l| l.starts_with(line)))
        .flat_map(|line| complain(format!("no line {line:?}\n{}", outcome.output)))
        .collect()
}

fn check_executables(machine: &Machine) {
    let scratch = Scratch::new(&format!("programs-{}", machine.name));
    for (_, flags, env) in MODES {
        let wrong: Vec<String> =
            parallel(&programs(), |file| check_executable(machine, flags, env, &scratch.0, file)).concat();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn executables_print_the_same_in_every_mode() {
    check_executables(&NATIVE);
}

#[test]
fn executables_for_aarch64_print_the_same_in_every_mode() {
    match aarch64() {
        Some(machine) => check_executables(&machine),
        None => println!(
            "skipped: qemu-user, aarch64-linux-gnu-gcc or Rust's library for AArch64 is not installed"
        ),
    }
}

/// Building twice gives the same bytes, whatever the folder.
#[test]
fn executables_are_reproducible() {
    let scratch = Scratch::new("reproducible");
    let source = repository().join("tests/programs/lang_basics.go");
    let build = |name: &str| {
        let folder = scratch.0.join(name);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        NATIVE.build(&source, &[], &folder.join("x")).unwrap_or_else(|e| panic!("{e}"));
        std::fs::read(folder.join("x")).expect("the executable is there")
    };
    assert!(build("a") == build("b"), "the executables differ");
}

/// Holds the `place:` comments against `dump --after=escape`, whose lines are `file:line:col: name: placement[: reason]`.
fn check_placements(file: &PathBuf) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("a program can be read");
    if !text.contains("// place: ") {
        return Vec::new();
    }
    let name = file.file_name().expect("a program has a name").to_string_lossy().into_owned();
    let mut command = Command::new(ESCARGO);
    command.args(["dump", "--after=escape", &name]).current_dir(repository().join("tests/programs"));
    let outcome = run(&mut command, LIMIT);
    let mut wrong = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let Some((_, wanted)) = line.split_once("// place: ") else { continue };
        let (site, placement) =
            wanted.trim().rsplit_once(' ').expect("a place comment has a name and a placement");
        let at = format!("./{name}:{}:", i + 1);
        let seen: Vec<&str> = outcome
            .output
            .lines()
            .filter_map(|l| l.strip_prefix(&at)?.split_once(": ")?.1.strip_prefix(site)?.strip_prefix(": "))
            .map(|l| l.split(':').next().unwrap_or(l))
            .collect();
        if !seen.contains(&placement) {
            wrong.push(format!("{at} {site} should be {placement}, is {seen:?}"));
        }
    }
    if !wrong.is_empty() {
        wrong.push(outcome.output);
    }
    wrong
}

#[test]
fn values_live_where_the_comments_say() {
    let wrong: Vec<String> = parallel(&programs(), check_placements).concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
