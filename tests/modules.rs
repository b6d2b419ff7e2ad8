//! Modules under tests/modules: whole and broken ones, with what the go command prints for them and its exit code.
//!
//! A file begins with lines `args:`, `exit:`, `env: NAME=VALUE`, `not go: REASON`; then follow files, each behind a line `-- path --`, the last
//! being what is printed. `$DIR` stands for the module's folder. Where Go is installed (`ESCARGO_GO`, or `go` in the path) the same is
//! asked of `go run`, unless the file says why not. `escargo: ` and `go: ` in front of lines do not count.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{ESCARGO, Scratch, parallel, repository, run};

const LIMIT: Duration = Duration::from_secs(120);

struct Case {
    name: String,
    args: Vec<String>,
    exit: i32,
    env: Vec<(String, String)>,
    /// Why Go is not asked.
    not_go: bool,
    files: Vec<(String, String)>,
    output: String,
}

fn parse(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).expect("a case can be read");
    let name = path.file_stem().expect("a case has a name").to_string_lossy().into_owned();
    let (mut args, mut exit, mut env, mut not_go) = (Vec::new(), 0, Vec::new(), false);
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches('\n');
        if let Some(file) = bare.strip_prefix("-- ").and_then(|l| l.strip_suffix(" --")) {
            files.push((file.to_owned(), String::new()));
        } else if let Some(last) = files.last_mut() {
            last.1.push_str(line);
        } else if let Some(a) = bare.strip_prefix("args: ") {
            args = a.split(' ').map(str::to_owned).collect();
        } else if let Some(e) = bare.strip_prefix("exit: ") {
            exit = e.parse().expect("an exit code is a number");
        } else if let Some(e) = bare.strip_prefix("env: ") {
            let (name, value) = e.split_once('=').expect("a variable has a value");
            env.push((name.to_owned(), value.to_owned()));
        } else if bare.starts_with("not go: ") {
            not_go = true;
        } else {
            panic!("{name}: what is {bare:?}?");
        }
    }
    let (last, output) = files.pop().expect("a case ends with its output");
    assert_eq!(last, "output", "{name}");
    Case { name, args, exit, env, not_go, files, output }
}

/// Runs a command on a case and says what is wrong.
fn ask(case: &Case, program: &Path, dir: &Path, root: &str) -> Option<String> {
    let mut command = Command::new(program);
    command.args(&case.args).current_dir(dir).envs(case.env.iter().map(|(k, v)| (k, v)));
    command.env("GOPROXY", "off").env("GOTOOLCHAIN", "local").env("GOMODCACHE", dir.join("no-cache"));
    if case.env.is_empty() {
        command.env("GOFLAGS", "");
    }
    let outcome = run(&mut command, LIMIT);
    let shown = dir.canonicalize().expect("the folder exists");
    let mut lines = Vec::new();
    for line in outcome.output.replace(&*shown.to_string_lossy(), "$DIR").lines() {
        let line = line.strip_prefix("escargo: ").or(line.strip_prefix("go: ")).unwrap_or(line);
        // The library's folder is named only if there is one.
        let line = line.split_once(&format!(" ({root}")).map_or(line, |l| l.0);
        lines.push(line.to_owned());
    }
    let output: String = lines.iter().map(|l| format!("{l}\n")).collect();
    (outcome.code != Some(case.exit) || output != case.output).then(|| {
        format!(
            "{} ({}): exit {:?}, not {}\n{output}--- wanted\n{}",
            case.name,
            program.display(),
            outcome.code,
            case.exit,
            case.output
        )
    })
}

#[test]
fn modules_are_understood_as_the_go_command_does() {
    let filter = std::env::var("ESCARGO_FILTER").unwrap_or_default();
    let mut cases: Vec<Case> = std::fs::read_dir(repository().join("tests/modules"))
        .expect("tests/modules can be read")
        .map(|e| parse(&e.expect("an entry can be read").path()))
        .filter(|c| c.name.contains(&filter))
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    let go = PathBuf::from(std::env::var_os("ESCARGO_GO").unwrap_or("go".into()));
    let root = Command::new(&go).args(["env", "GOROOT"]).output().ok().filter(|o| o.status.success());
    let root = root.map(|o| String::from_utf8_lossy(&o.stdout).trim_end().to_owned());
    if root.is_none() {
        println!("modules: there is no go command to ask (ESCARGO_GO)");
    }
    let scratch = Scratch::new("modules");
    let wrong: Vec<String> = parallel(&cases, |case| {
        let dir = scratch.0.join(&case.name);
        std::fs::create_dir_all(&dir).expect("the scratch folder can be written");
        for (path, text) in &case.files {
            let file = dir.join(path);
            std::fs::create_dir_all(file.parent().expect("a file has a folder"))
                .expect("the scratch folder can be written");
            std::fs::write(file, text).expect("the scratch folder can be written");
        }
        let mut wrong = Vec::new();
        let library = root.as_deref().unwrap_or("/");
        wrong.extend(ask(case, Path::new(ESCARGO), &dir, library));
        if root.is_some() && !case.not_go {
            wrong.extend(ask(case, &go, &dir, library));
        }
        wrong
    })
    .concat();
    println!("modules: {} cases, {} differ", cases.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
