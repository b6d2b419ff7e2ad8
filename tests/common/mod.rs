//! What the test harnesses share: running the command with a time limit, on all cores, and finding Go's test tree.
#![allow(dead_code)]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub const ESCARGO: &str = env!("CARGO_BIN_EXE_escargo");

/// What a finished or stopped process left behind.
#[derive(Debug)]
pub struct Outcome {
    /// None: stopped at the time limit, or ended by a signal.
    pub code: Option<i32>,
    /// Standard output and standard error, merged in the order of writing.
    pub output: String,
    pub timed_out: bool,
}

/// Runs a command with standard output and error merged into one pipe.
pub fn run(command: &mut Command, limit: Duration) -> Outcome {
    let (mut reader, writer) = std::io::pipe().expect("a pipe can be made");
    let copy = writer.try_clone().expect("a descriptor can be copied");
    command.stdin(Stdio::null()).stdout(writer).stderr(copy);
    let mut child = command.spawn().unwrap_or_else(|e| panic!("cannot start {command:?}: {e}"));
    // The command holds the write ends: drop them, or reading never ends.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let output = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // Output beyond 16 MB is cut: a test that loops must not fill the memory.
        let read = Read::by_ref(&mut reader).take(16 << 20).read_to_end(&mut bytes);
        read.map(|_| bytes).unwrap_or_default()
    });
    let start = Instant::now();
    let (code, timed_out) = loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) => break (status.code(), false),
            None if start.elapsed() > limit => {
                child.kill().expect("a child can be stopped");
                child.wait().expect("a child can be waited for");
                break (None, true);
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let bytes = output.join().expect("the reading thread does not panic");
    Outcome { code, output: String::from_utf8_lossy(&bytes).into_owned(), timed_out }
}

/// A machine that executables run on.
pub struct Machine {
    pub name: &'static str,
    /// `--target`.
    target: Option<&'static str>,
    /// The command in front of an executable's path.
    runner: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    /// How many times longer things may take.
    pub patience: u32,
}

pub const NATIVE: Machine = Machine { name: "native", target: None, runner: &[], env: &[], patience: 1 };

const AARCH64: Machine = Machine {
    name: "aarch64",
    target: Some("aarch64-unknown-linux-gnu"),
    runner: &["qemu-aarch64", "-cpu", "max", "-L", "/usr/aarch64-linux-gnu"],
    env: &[("ESCARGO_ADDRESS_SPACE", "small")],
    patience: 5,
};

/// The emulated machine with the command itself on it, for tests of JIT code: `ESCARGO_AARCH64` names an escargo that was built for it.
/// None, with a word about it: there is none.
pub fn aarch64_jit() -> Option<Machine> {
    if std::env::var_os("ESCARGO_AARCH64").is_none() {
        println!("skipped: ESCARGO_AARCH64 names no escargo built for AArch64, or there is no qemu-aarch64");
        return None;
    }
    Some(Machine { name: "jit_aarch64", ..AARCH64 })
}

/// Whether tests of which a part is enough are to run in full.
pub fn all_wanted() -> bool {
    std::env::var("ESCARGO_ALL").is_ok_and(|v| v == "1")
}

/// The emulated AArch64 machine. None: qemu, the C compiler driver or Rust's library for it is not installed.
pub fn aarch64() -> Option<Machine> {
    let works = |command: &mut Command| command.output().is_ok_and(|o| o.status.success());
    let scratch = Scratch::new("probe");
    let program = scratch.0.join("probe.go");
    std::fs::write(&program, "package main\n\nfunc main() {}\n").expect("the scratch folder can be written");
    let found = works(Command::new("qemu-aarch64").arg("--version"))
        && works(Command::new("aarch64-linux-gnu-gcc").arg("--version"))
        && AARCH64.build(&program, &[], &scratch.0.join("probe")).is_ok();
    found.then_some(AARCH64)
}

impl Machine {
    /// Builds an executable; what was printed if that fails.
    pub fn build(&self, source: &Path, flags: &[&str], executable: &Path) -> Result<(), String> {
        let mut command = Command::new(ESCARGO);
        command.arg("build").args(flags).arg("-o").arg(executable);
        if let Some(target) = self.target {
            command.arg("--target").arg(target);
        }
        let folder = source.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let outcome = run(
            command.arg(source.file_name().expect("a source has a name")).current_dir(folder),
            Duration::from_secs(120),
        );
        if outcome.code == Some(0) {
            Ok(())
        } else {
            Err(format!("exit {:?}: {}", outcome.code, outcome.output))
        }
    }

    /// The escargo that runs on the machine.
    pub fn escargo(&self) -> Command {
        match self.target {
            None => Command::new(ESCARGO),
            Some(_) => {
                let path = std::env::var_os("ESCARGO_AARCH64").expect("`aarch64_jit` found it");
                self.command(Path::new(&path))
            }
        }
    }

    /// The C compiler for the machine.
    pub fn c_compiler(&self) -> &'static str {
        if self.target.is_some() { "aarch64-linux-gnu-gcc" } else { "cc" }
    }

    /// The command that runs an executable.
    pub fn command(&self, executable: &Path) -> Command {
        let mut command = match self.runner {
            [] => Command::new(executable),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(executable);
                command
            }
        };
        command.envs(self.env.iter().copied());
        command
    }
}

/// Calls `f` on every item, on all cores, and returns the results in order.
pub fn parallel<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(i) else { break };
                    let result = f(item);
                    results.lock().expect("no test panics while it holds the lock").push((i, result));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no test panicked");
    results.sort_by_key(|r| r.0);
    results.into_iter().map(|r| r.1).collect()
}

/// Go's test tree: `ESCARGO_GO_TESTS`, or where Debian's golang-1.19-src puts it. None: not installed.
pub fn go_tests() -> Option<PathBuf> {
    let dir = std::env::var_os("ESCARGO_GO_TESTS").map_or("/usr/share/go-1.19/test".into(), PathBuf::from);
    dir.join("235.go").is_file().then_some(dir)
}

pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A scratch folder of this process, removed when dropped.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let dir = std::env::temp_dir().join(format!("escargo-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a scratch folder can be made");
        Scratch(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Left behind if it fails: nothing depends on it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Lines of a list file without comments and blank lines.
pub fn list(path: &str) -> Vec<String> {
    let path = repository().join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')).map(str::to_owned).collect()
}

/// Holds the failures seen against the list of known ones, `path<tab>cause` a line: a failure that is not listed fails the test,
/// and so does a listed one that passes now, so that the list only shrinks. Where the cause begins with `without Go` the test wants
/// packages of Go's own library, and passes where Go is installed; where it begins with `not always` the test measures time.
pub fn compare_with_known(name: &str, failures: &[(String, String)], ran: usize, floor: usize) {
    let file = format!("tests/go/known_{name}.txt");
    let lines = list(&file);
    let known: Vec<(&str, &str)> = lines.iter().map(|l| l.split_once('\t').unwrap_or((l, ""))).collect();
    let fresh: Vec<_> = failures.iter().filter(|f| known.iter().all(|k| k.0 != f.0)).collect();
    let passes = |path: &str| failures.iter().all(|f| f.0 != path);
    let may_pass = |cause: &str| ["without Go", "not always"].iter().any(|c| cause.starts_with(c));
    let mended: Vec<_> = known.iter().filter(|k| !may_pass(k.1) && passes(k.0)).map(|k| k.0).collect();
    let passed = ran - failures.len();
    println!("{name}: {passed} of {ran} pass ({} known failures)", known.len());
    if let Some(dir) = std::env::var_os("ESCARGO_REPORT") {
        let text: String =
            failures.iter().map(|(p, why)| format!("{p}\t{}\n", why.replace('\n', "\\n"))).collect();
        std::fs::write(PathBuf::from(dir).join(format!("{name}.txt")), text)
            .expect("the report can be written");
    }
    assert!(fresh.is_empty(), "{name}: failures that are not in {file}:\n{fresh:#?}");
    assert!(mended.is_empty(), "{name}: these pass now; take them out of {file}: {mended:?}");
    assert!(passed >= floor, "{name}: {passed} pass, the floor is {floor}");
}
