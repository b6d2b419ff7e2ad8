//! `escargo test`: the tests of packages, in `go test`'s words.
//!
//! In: flags and packages as `go test` takes them. Out: its output and exit code. Each package's test program is built and run in a
//! process of its own (`test-program`), several at a time; what they print is shown in the order of the packages.

use std::fs::File;
use std::io::{PipeReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGINT, SIGQUIT};

use crate::args::{BuildFlags, TestArgs};
use crate::packages::{self, Package};
use crate::test_flags::Settings;
use crate::test_json::Converter;
use crate::test_program::Status;

/// After a test program's own time-out, how long it may take to end.
const GRACE: Duration = Duration::from_secs(60);

/// Files that go away with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Scratch> {
        let dir = std::env::temp_dir().join(format!("escargo-test{}", std::process::id()));
        std::fs::create_dir_all(&dir).with_context(|| format!("mkdir {}", dir.display()))?;
        Ok(Scratch(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the packages' runs share.
struct Session {
    s: Settings,
    /// `-o` names a folder.
    into_folder: bool,
    scratch: Scratch,
    /// The import paths that `-coverpkg` selects.
    covered: Vec<String>,
    /// The profile of all packages.
    profile: Option<File>,
    /// A test failed under `-failfast`.
    stopped: AtomicBool,
    /// The user has had enough: what runs has been told, too, and nothing more is started.
    interrupted: Arc<AtomicBool>,
}

pub fn test(args: &TestArgs) -> Result<i32> {
    let s = Settings::parse(&args.rest)?;
    let value = |name: &str| s.build.iter().rev().find_map(|f| f.strip_prefix(name)).map(str::to_owned);
    let build = BuildFlags { tags: value("--tags="), modules: value("--mod="), ..BuildFlags::default() };
    let options = build.load_options()?;
    let mut list = packages::find_each(&s.patterns, &options)?;
    // What cannot be built is said first.
    list.sort_by_key(|p| p.error.is_none());
    if list.is_empty() {
        for pattern in &s.patterns {
            eprintln!("escargo: warning: {pattern:?} matched no packages");
        }
        bail!("no packages to test");
    }
    if let Some(flag) = s.profile.as_ref().filter(|_| list.len() > 1) {
        bail!("cannot use -{flag} flag with multiple packages");
    }
    let into_folder = s.output.as_ref().is_some_and(|o| o.ends_with('/') || Path::new(o).is_dir());
    let discards = s.output.as_deref() == Some("/dev/null");
    if list.len() > 1 && (s.compile || s.output.is_some()) && !discards {
        if s.output.is_some() && !into_folder {
            bail!("with multiple packages, -o must refer to a directory or /dev/null");
        }
        one_name_each(&list)?;
    }
    let covered = match s.cover_packages.is_empty() {
        true => Vec::new(),
        false => packages::covered(&list, &s.cover_packages, &options)?,
    };
    let profile = match s.cover_profile.as_ref().filter(|_| !s.compile) {
        Some(path) => {
            let path = Path::new(s.value("outputdir").unwrap_or("")).join(path);
            let mut file = File::create(&path).with_context(|| format!("open {}", path.display()))?;
            writeln!(file, "mode: {}", s.cover.map_or("set", |m| m.as_str()))?;
            Some(file)
        }
        None => None,
    };
    // A terminal tells test programs as well; this process waits for them and removes its files.
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGQUIT] {
        signal_hook::flag::register(signal, interrupted.clone()).context("handling signals")?;
    }
    let scratch = Scratch::new()?;
    let stopped = AtomicBool::new(false);
    let session = Session { s, into_folder, scratch, covered, profile, stopped, interrupted };
    let failed = run_all(&list, &session) || session.is_interrupted();
    session.merge_profiles(list.len())?;
    if failed && !session.s.json && !session.s.patterns.is_empty() && !session.is_interrupted() {
        println!("FAIL");
    }
    Ok(failed as i32)
}

/// Complains of packages whose test programs would have the same name.
fn one_name_each(list: &[Package]) -> Result<()> {
    for (i, package) in list.iter().enumerate() {
        let name = package.test_binary();
        if list[..i].iter().any(|p| p.test_binary() == name) {
            let same: String =
                list.iter().filter(|p| p.test_binary() == name).map(|p| format!("{}\n", p.path)).collect();
            bail!("cannot write test binary {name} for multiple packages:\n{same}");
        }
    }
    Ok(())
}

/// A test program that has been started.
struct Started {
    child: Child,
    output: PipeReader,
}

fn start(package: &Package, index: usize, session: &Session) -> Result<Started> {
    let s = &session.s;
    let (output, writer) = std::io::pipe().context("making a pipe")?;
    let mut command = Command::new(std::env::current_exe().context("finding this command")?);
    command.arg("test-program").args(&s.build);
    if package.path == "command-line-arguments" {
        for file in package.files.iter().chain(&package.test_files).chain(&package.external_files) {
            command.arg("--package").arg(file);
        }
    } else {
        let dir = package.dir.to_string_lossy();
        let local = dir.starts_with(['.', '/']);
        command.arg("--package").arg(if local { dir.into_owned() } else { format!("./{dir}") });
    }
    let dir = packages::absolute(&package.dir)?;
    if let Some(mode) = s.cover {
        command.arg(format!("--cover={}", mode.as_str()));
        if s.cover_packages.is_empty() {
            command.arg(format!("--covered={}", package.path));
        } else {
            command.arg(format!("--cover-shown={}", s.cover_packages.join(", ")));
            command.args(session.covered.iter().map(|p| format!("--covered={p}")));
        }
    }
    if s.compile || s.output.is_some() || !s.exec.is_empty() {
        let name = package.test_binary();
        let output = match &s.output {
            Some(o) if o == "/dev/null" => session.scratch.0.join(index.to_string()),
            Some(o) if session.into_folder => Path::new(o).join(name),
            Some(o) => PathBuf::from(o),
            None if s.compile => PathBuf::from(name),
            None => session.scratch.0.join(format!("{index}-{name}")),
        };
        if let Some(folder) = output.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("mkdir {}", folder.display()))?;
        }
        command.arg("--output").arg(std::path::absolute(output)?);
        if s.compile {
            command.arg("--compile");
        }
        command.args(s.exec.iter().map(|word| format!("--exec={word}")));
    } else {
        command.arg("--own").arg(session.scratch.0.join(format!("b{index}")).join(package.test_binary()));
    }
    let profile = session.profile_of(index);
    if let Some(profile) = &profile {
        command.arg("--profile").arg(profile);
    }
    command.arg("--").args(&s.program).env("PWD", dir).stdin(Stdio::null());
    if let Some(root) = crate::constraints::go_root() {
        // As the go command does, for tests that look for Go or run it.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::env::join_paths(std::iter::once(root.join("bin")).chain(std::env::split_paths(&path)));
        command.env("GOROOT", root).envs(path.ok().map(|p| ("PATH", p)));
    }
    command.stderr(writer.try_clone().context("making a pipe")?).stdout(writer);
    let child = command.spawn().context("starting a test program")?;
    Ok(Started { child, output })
}

impl Session {
    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Where the profile of one package's tests goes.
    fn profile_of(&self, index: usize) -> Option<PathBuf> {
        self.profile.as_ref().map(|_| self.scratch.0.join(format!("{index}.out")))
    }

    /// Puts the profiles of all packages' tests into the one that the user wants.
    fn merge_profiles(&self, packages: usize) -> Result<()> {
        let Some(mut all) = self.profile.as_ref() else { return Ok(()) };
        for path in (0..packages).filter_map(|i| self.profile_of(i)) {
            // A test program that crashed has written none.
            let Ok(text) = std::fs::read_to_string(path) else { continue };
            let lines = text.split_once('\n').map_or("", |l| l.1);
            all.write_all(lines.as_bytes()).context("saving coverage profile")?;
        }
        Ok(())
    }
}

/// Runs the packages' tests, at most `jobs` at a time; true if any failed.
fn run_all(list: &[Package], session: &Session) -> bool {
    let s = &session.s;
    // Benchmarks are not to disturb each other.
    let jobs = if s.live { 1 } else { s.jobs };
    let mut failed = false;
    std::thread::scope(|scope| {
        let (free, next) = mpsc::channel::<()>();
        for _ in 0..jobs {
            free.send(()).expect("the receiver exists");
        }
        // Output of the first package that is not finished may be shown as it comes; the others wait in their channels.
        let (spawn, spawned) = mpsc::channel();
        scope.spawn(move || {
            for (index, package) in list.iter().enumerate() {
                if next.recv().is_err() {
                    return;
                }
                let (sender, receiver) = mpsc::channel();
                let free = free.clone();
                scope.spawn(move || {
                    one(package, index, session, sender);
                    // The last one has nobody waiting.
                    free.send(()).ok();
                });
                spawn.send(receiver).expect("the receiver exists");
            }
        });
        for receiver in spawned {
            for event in receiver {
                match event {
                    Event::Out(bytes) => {
                        let mut out = std::io::stdout().lock();
                        // A reader that went away ends the writing, not the tests.
                        out.write_all(&bytes).and_then(|()| out.flush()).ok();
                    }
                    Event::Error(text) => eprint!("{text}"),
                    Event::Failed => failed = true,
                }
            }
        }
    });
    failed
}

enum Event {
    Out(Vec<u8>),
    Error(String),
    Failed,
}

/// Where one package's output goes: to the converter, or as it is.
struct Sink {
    to: mpsc::Sender<Event>,
    json: Option<Converter>,
}

impl Sink {
    fn write(&mut self, bytes: &[u8]) {
        let bytes = match &mut self.json {
            Some(converter) => converter.feed(bytes),
            None => bytes.to_vec(),
        };
        if !bytes.is_empty() {
            self.to.send(Event::Out(bytes)).ok();
        }
    }

    fn raw(&mut self, text: String) {
        self.to.send(Event::Out(text.into_bytes())).ok();
    }

    fn end(mut self, failed: bool, failed_build: Option<&str>) {
        if let Some(converter) = self.json.take() {
            let text = converter.close(failed, failed_build);
            self.raw(text);
        }
        if failed {
            self.to.send(Event::Failed).ok();
        }
    }
}

/// Builds and runs one package's tests.
fn one(package: &Package, index: usize, session: &Session, to: mpsc::Sender<Event>) {
    let s = &session.s;
    if session.stopped.load(Ordering::Relaxed) || session.is_interrupted() {
        return;
    }
    let mut sink = Sink { to, json: None };
    let path = &package.path;
    if let Some(error) = &package.error {
        not_built(Err(error), path, s, sink);
        return;
    }
    let counted = s.cover.is_some() && (s.cover_packages.is_empty() || session.covered.contains(path));
    if !package.has_tests() && (!counted || package.files.is_empty()) {
        sink.json = s.json.then(|| Converter::new(path, &mut sink.to_start()));
        sink.write(format!("?   \t{path}\t[no test files]\n").as_bytes());
        sink.end(false, None);
        return;
    }
    let mut started = match start(package, index, session) {
        Ok(started) => started,
        Err(e) => {
            sink.to.send(Event::Error(format!("{e:#}\n"))).ok();
            sink.end(true, None);
            return;
        }
    };
    let mut first = [0];
    let status = match started.output.read(&mut first) {
        Ok(1) => Status::of(first[0]),
        _ => None,
    };
    if status == Some(Status::Compiled) {
        let mut text = Vec::new();
        started.output.read_to_end(&mut text).ok();
        let failed = !started.child.wait().is_ok_and(|s| s.success());
        sink.to.send(Event::Error(String::from_utf8_lossy(&text).into_owned())).ok();
        sink.end(failed, None);
        return;
    }
    if status == Some(Status::NoTests) {
        sink.json = s.json.then(|| Converter::new(path, &mut sink.to_start()));
        let mut text = Vec::new();
        started.output.read_to_end(&mut text).ok();
        let failed = !started.child.wait().is_ok_and(|s| s.success());
        sink.write(&text);
        sink.end(failed, None);
        return;
    }
    if status.is_none() && session.is_interrupted() {
        started.child.wait().ok();
        sink.end(true, None);
        return;
    }
    if status != Some(Status::Running) {
        let mut text = Vec::new();
        if status.is_none() {
            text.extend(first.iter().filter(|b| **b != 0));
        }
        started.output.read_to_end(&mut text).ok();
        started.child.wait().ok();
        let text = String::from_utf8_lossy(&text).into_owned();
        let failed = if status == Some(Status::SetupFailed) { Err(&text) } else { Ok(&text) };
        not_built(failed, path, s, sink);
        return;
    }
    sink.json = s.json.then(|| Converter::new(path, &mut sink.to_start()));
    follow(started, package, session, sink);
}

/// Says why a package's test program is not there: the compiler's messages, or what is wrong with the package.
fn not_built(why: Result<&String, &String>, path: &str, s: &Settings, mut sink: Sink) {
    let heading = if why.is_ok() { format!("{path} [{path}.test]") } else { path.to_owned() };
    let (what, text) = match why {
        Ok(text) => ("build failed", text),
        Err(text) => ("setup failed", text),
    };
    let lines = format!("# {heading}\n{}\n", text.trim_end_matches('\n'));
    if s.json {
        for line in lines.lines() {
            let line = json(&format!("{line}\n"));
            sink.raw(format!(
                "{{\"ImportPath\":{},\"Action\":\"build-output\",\"Output\":{line}}}\n",
                json(&heading)
            ));
        }
        sink.raw(format!("{{\"ImportPath\":{},\"Action\":\"build-fail\"}}\n", json(&heading)));
        sink.json = Some(Converter::new(path, &mut sink.to_start()));
    } else {
        sink.to.send(Event::Error(lines)).ok();
    }
    sink.write(format!("FAIL\t{path} [{what}]\n").as_bytes());
    sink.end(true, Some(&heading));
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a string is valid JSON")
}

impl Sink {
    /// Writes what a new converter begins with.
    fn to_start(&self) -> impl FnMut(String) + 'static {
        let to = self.to.clone();
        move |text| {
            to.send(Event::Out(text.into_bytes())).ok();
        }
    }
}

/// What a test program's output says about all of it.
#[derive(Default)]
struct Notes {
    no_tests: bool,
    /// The last percentage.
    coverage: Option<String>,
    /// An unfinished line.
    line: Vec<u8>,
}

impl Notes {
    fn look(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            self.line.extend_from_slice(part);
            if let Some(line) = self.line.strip_suffix(b"\n") {
                self.no_tests |= line == b"testing: warning: no tests to run";
                if let Some(rest) = line.strip_prefix(b"coverage: ") {
                    self.coverage = Some(String::from_utf8_lossy(rest).into_owned());
                }
                self.line.clear();
            }
        }
    }
}

/// Shows a running test program's output, and its result.
fn follow(started: Started, package: &Package, session: &Session, mut sink: Sink) {
    let s = &session.s;
    let Started { child, mut output } = started;
    // It has been built: only the run counts.
    let at = Instant::now();
    let child = std::sync::Mutex::new(child);
    let live = s.live || s.json || s.shows_passes;
    let mut held = Vec::new();
    let mut all_len = 0;
    let mut notes = Notes::default();
    let mut ends_line = true;
    let mut killed = false;
    std::thread::scope(|scope| {
        let (done, over) = mpsc::channel::<()>();
        let child = &child;
        // The program ends itself at its time-out; if it cannot, it is ended here.
        let watcher = scope.spawn(move || {
            if s.timeout.is_zero()
                || over.recv_timeout(s.timeout + GRACE) != Err(mpsc::RecvTimeoutError::Timeout)
            {
                return false;
            }
            child.lock().is_ok_and(|mut c| c.kill().is_ok())
        });
        let mut buffer = vec![0; 64 << 10];
        loop {
            let n = match output.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(n) => n,
            };
            let bytes = &buffer[..n];
            all_len += n;
            ends_line = bytes.ends_with(b"\n");
            notes.look(bytes);
            if live {
                sink.write(bytes);
            } else {
                held.extend_from_slice(bytes);
            }
        }
        drop(done);
        killed = watcher.join().unwrap_or(false);
    });
    let status = child.lock().map_err(|_| ()).and_then(|mut c| c.wait().map_err(drop));
    let passed = status.is_ok_and(|s| s.success());
    let path = &package.path;
    let took = format!("{:.3}s", at.elapsed().as_secs_f64());
    if !passed && s.failfast {
        session.stopped.store(true, Ordering::Relaxed);
    }
    if passed {
        // What went by is not said again.
        let cover = notes.coverage.filter(|_| !s.live).map_or(String::new(), |c| format!("\tcoverage: {c}"));
        let note = if notes.no_tests && !s.live { " [no tests to run]" } else { "" };
        if !ends_line {
            sink.write(b"\n");
        }
        sink.write(format!("ok  \t{path}\t{took}{cover}{note}\n").as_bytes());
    } else {
        sink.write(&held);
        if !ends_line {
            sink.write(b"\n");
        }
        if killed {
            let after = s.timeout + GRACE;
            sink.write(format!("*** Test killed: ran too long ({}s).\n", after.as_secs()).as_bytes());
        }
        // Output that has gone by says less about the end than the exit code does, and none says that there was a signal.
        let exited = status.is_ok_and(|s| s.code().is_some());
        if s.live || s.json || all_len == 0 || !exited {
            sink.write(format!("{}\n", describe(status)).as_bytes());
        }
        let mark = if s.json { "\x16" } else { "" };
        sink.write(format!("{mark}FAIL\t{path}\t{took}\n").as_bytes());
    }
    sink.end(!passed, None);
}

/// An exit status in Go's words.
fn describe(status: Result<ExitStatus, ()>) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit status {code}"),
            (None, Some(SIGINT)) => "signal: interrupt".into(),
            (None, Some(SIGQUIT)) => "signal: quit".into(),
            (None, Some(6)) => "signal: aborted".into(),
            (None, Some(9)) => "signal: killed".into(),
            (None, Some(11)) => "signal: segmentation fault".into(),
            (None, Some(15)) => "signal: terminated".into(),
            (None, n) => format!("signal: signal {}", n.unwrap_or(0)),
        },
        Err(()) => "the test program could not be waited for".into(),
    }
}
