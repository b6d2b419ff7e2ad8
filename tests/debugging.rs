//! Debuggers and profilers. A gdb session on tests/debug/session.go, as an executable and in the JIT, with and without optimisation: gdb stops at a line of Go,
//! steps, walks the stack, and prints variables. Without gdb these tests pass and say so.

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{ESCARGO, Scratch, aarch64, repository, run};

fn has_gdb() -> bool {
    let found = Command::new("gdb").arg("--version").output().is_ok_and(|o| o.status.success());
    if !found {
        eprintln!("skipped: there is no gdb");
    }
    found
}

/// The output of the session with a program.
fn session(program: &[&str]) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/debug");
    let mut gdb = Command::new("gdb");
    gdb.args(["-q", "-batch", "-nx", "-iex", "set auto-load safe-path /", "-x", "session.gdb", "--args"]);
    run(gdb.args(program).current_dir(dir), Duration::from_secs(300)).output
}

/// Each text stands in the output, behind the one before.
fn in_order(output: &str, texts: &[&str]) {
    let mut rest = output;
    for text in texts {
        match rest.find(text) {
            Some(at) => rest = &rest[at + text.len()..],
            None => panic!("`{text}` is not where it should be in\n{output}"),
        }
    }
}

/// What is seen without optimisation: everything.
const PLAIN: &[&str] = &[
    "main.add (p=0x",
    "n=5, sum=0) at",
    "session.go:13",
    "sum += p.x*i + p.y",
    "#0  main.add (p=0x",
    "#1",
    "in main.main () at",
    "session.go:30",
    "$1 = 5",
    "$2 = 0",
    "$3 = 7",
    "30\t\tn := add(p, len(list))",
    "list = []int len 5 cap 5 = {3, 1, 4, 1, 5}",
    "text = \"hello, world!!!!!\"",
    "ages = map[string]int len 2 = {[\"ada\"] = 36, [\"cy\"] = 17}",
    "$4 = []int len 5 cap 5 = {3, 1, 4, 1, 5}",
    "$5 = \"hello, world!!!!!\"",
    "$6 = 2",
    "11\t\tfor i := 0; i < n; i++ {",
    "12\t\t\ttotal += i",
    "13\t\t\tsum += p.x*i + p.y",
    "$7 = 3",
    "session.go:31",
    "$8 = 355",
];

/// With optimisation the call is inlined, and what was taken apart or is not used any more is not there.
const OPTIMISED: &[&str] = &[
    "main.add (p=",
    "n=5, sum=0) at",
    "sum += p.x*i + p.y",
    "#0  main.add (p=",
    "#1  main.main () at",
    "session.go:30",
    "$1 = 5",
    "$2 = 0",
    "$3 = 7",
    "30\t\tn := add(p, len(list))",
    "ages = map[string]int len 2 = {[\"ada\"] = 36, [\"cy\"] = 17}",
    "$6 = 2",
    "session.go:31",
    "$8 = 355",
];

fn executable(flags: &[&str]) -> String {
    let dir = std::env::temp_dir().join(format!("escargo-gdb{}-{}", std::process::id(), flags.len()));
    std::fs::create_dir_all(&dir).expect("a folder can be made");
    let path = dir.join("session");
    let path = path.to_str().expect("the path is UTF-8");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/debug/session.go");
    let build = run(
        Command::new(ESCARGO).arg("build").args(flags).args(["-o", path]).arg(source),
        Duration::from_secs(120),
    );
    assert_eq!(build.code, Some(0), "{}", build.output);
    let output = session(&[path]);
    std::fs::remove_dir_all(&dir).expect("the folder can be removed");
    output
}

#[test]
fn executables_can_be_debugged() {
    if has_gdb() {
        in_order(&executable(&["-gcflags=-N -l"]), PLAIN);
        in_order(&executable(&[]), OPTIMISED);
    }
}

/// The same for AArch64, by the emulator's stub for debuggers. There the program runs already, and a second session walks from the
/// runtime's code.
#[test]
fn executables_for_aarch64_can_be_debugged() {
    let gdb = || Command::new("gdb-multiarch");
    let (Some(machine), Ok(_)) = (aarch64(), gdb().arg("--version").output()) else {
        return println!("skipped: no AArch64 emulator, compiler or library, or no gdb-multiarch");
    };
    let scratch = Scratch::new("gdb-aarch64");
    let folder = repository().join("tests/debug");
    let text = std::fs::read_to_string(folder.join("session.gdb")).expect("the session is there");
    // The stub says that the program ended before gdb has read its last command's answer.
    let text = text.trim_end().strip_suffix("\ncontinue").unwrap_or(&text).replace("\nrun\n", "\ncontinue\n");
    std::fs::write(scratch.0.join("session.gdb"), text).expect("the scratch folder can be written");
    let walk = "set pagination off\nbreak escargo_print_lock\ncontinue\nbacktrace\n";
    std::fs::write(scratch.0.join("walk.gdb"), walk).expect("the scratch folder can be written");
    for (flags, script, wanted) in [
        (&["-gcflags=-N -l"][..], "session.gdb", PLAIN),
        (&[], "session.gdb", OPTIMISED),
        (&[], "walk.gdb", &["print_lock", "in main.main () at", "session.go:33"]),
    ] {
        let program = scratch.0.join("session");
        machine.build(&folder.join("session.go"), flags, &program).unwrap_or_else(|e| panic!("{e}"));
        // A socket file would need a newer emulator; a port that is free now is free in a moment.
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        let port = free.expect("there is a free port").port();
        let mut command = machine.command(&program);
        command.env("QEMU_GDB", port.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut emulator = command.spawn().expect("the emulator runs");
        let mut gdb = gdb();
        gdb.args(["-q", "-batch", "-nx", "-iex", "set auto-load safe-path /"]);
        gdb.args(["-iex", "set sysroot /usr/aarch64-linux-gnu", "-iex", "set tcp connect-timeout 30"]);
        gdb.arg("-ex").arg(format!("target remote 127.0.0.1:{port}"));
        gdb.arg("-x").arg(scratch.0.join(script)).arg(&program).current_dir(&folder);
        let output = run(&mut gdb, Duration::from_secs(300)).output;
        // gdb may have ended it.
        let _ = emulator.kill();
        emulator.wait().expect("the emulator can be waited for");
        in_order(&output, wanted);
    }
}

#[test]
fn jit_code_can_be_debugged() {
    if has_gdb() {
        in_order(&session(&[ESCARGO, "run", "-gcflags=-N -l", "session.go"]), PLAIN);
        in_order(&session(&[ESCARGO, "run", "session.go"]), OPTIMISED);
    }
}

/// perf finds Go's names for JIT code in a file.
#[test]
fn code_in_memory_is_listed_for_perf() {
    let source = std::env::temp_dir().join(format!("escargo-perf{}.go", std::process::id()));
    let text = "package main\n\nimport \"os\"\n\nfunc main() { println(os.Getpid()) }\n";
    std::fs::write(&source, text).expect("the program can be written");
    let outcome =
        run(Command::new(ESCARGO).arg("run").arg(&source).env("ESCARGO_PERF", "1"), Duration::from_secs(60));
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    let map = format!("/tmp/perf-{}.map", outcome.output.trim());
    let lines = std::fs::read_to_string(&map).expect("the map is there");
    assert!(lines.lines().any(|l| l.ends_with(" main.main") && l.split(' ').count() == 3), "{lines}");
    std::fs::remove_file(map).expect("the map can be removed");
    std::fs::remove_file(source).expect("the program can be removed");
}

/// The profile names the functions that took the time; where Go is installed, its tool reads it.
#[test]
fn processor_time_is_profiled() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profile/busy.go");
    let profile = std::env::temp_dir().join(format!("escargo-cpu{}.prof", std::process::id()));
    let outcome = run(Command::new(ESCARGO).arg("run").arg(source).arg(&profile), Duration::from_secs(120));
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    let bytes = std::fs::read(&profile).expect("the profile is there");
    let has = |text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    assert!(has("main.busy") && has("main.main") && has("nanoseconds"), "the profile lacks names");
    if let Ok(go) = std::env::var("ESCARGO_GO") {
        let top =
            run(Command::new(go).args(["tool", "pprof", "-top"]).arg(&profile), Duration::from_secs(60));
        assert!(top.output.contains("main.busy"), "{}", top.output);
    }
    std::fs::remove_file(profile).expect("the profile can be removed");
}
