//! `escargo test`: the tests of packages, in `go test`'s words.
//!
//! In: flags and packages as `go test` takes them. Out: its output and exit code. Each package's test program is built and run in a
//! process of its own (`test-program`), several at a time; what they print is shown in the order of the packages.

use std::io::{PipeReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::args::{BuildFlags, TestArgs};
use crate::packages::{self, Package};
use crate::test_json::Converter;
use crate::test_program::Status;

/// Flags of the test program that are switched on and off.
const SWITCHES: &[&str] = &["v", "short", "failfast", "benchmem", "fullpath", "artifacts"];
/// Flags of the test program that have a value.
const VALUES: &[&str] = &[
    "run",
    "skip",
    "bench",
    "benchtime",
    "count",
    "cpu",
    "timeout",
    "parallel",
    "list",
    "shuffle",
    "outputdir",
    "fuzz",
    "fuzztime",
];
/// Flags of the compiler that have a value.
const BUILD_VALUES: &[&str] = &["gcflags", "tags", "mod", "escape", "std"];
/// What is accepted and changes nothing here.
const IGNORED: &[&str] = &["vet", "mod", "buildvcs", "trimpath"];

/// After a test program's own time-out, how long it may take to end.
const GRACE: Duration = Duration::from_secs(60);

struct Settings {
    json: bool,
    verbose: bool,
    /// Its passing output is shown: -v, -list.
    shows_passes: bool,
    /// No package was named, or benchmarks run: output is not held back.
    live: bool,
    jobs: usize,
    timeout: Duration,
    build: Vec<String>,
    program: Vec<String>,
    patterns: Vec<String>,
}

fn settings(rest: &[String]) -> Result<Settings> {
    let jobs = std::thread::available_parallelism().map_or(1, |n| n.get());
    let mut s = Settings {
        json: false,
        verbose: false,
        shows_passes: false,
        live: false,
        jobs,
        timeout: Duration::from_secs(600),
        build: Vec::new(),
        program: Vec::new(),
        patterns: Vec::new(),
    };
    let mut benches = false;
    let mut own: Vec<String> = Vec::new();
    let mut args = rest.iter();
    // Packages stand together; after them, or after a flag that is not known here, other words are the program's.
    let mut packages_ended = false;
    while let Some(arg) = args.next() {
        let Some(flag) = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')).filter(|f| !f.is_empty())
        else {
            if packages_ended {
                own.push(arg.clone());
            } else {
                s.patterns.push(arg.clone());
            }
            continue;
        };
        packages_ended |= !s.patterns.is_empty();
        if flag == "args" {
            own.extend(args.by_ref().cloned());
            break;
        }
        let (name, inline) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        let name = name.strip_prefix("test.").unwrap_or(name);
        let mut value = || match inline.clone().or_else(|| args.next().cloned()) {
            Some(value) => Ok(value),
            None => bail!("flag needs an argument: -{name}"),
        };
        let on = |inline: &Option<String>| inline.as_deref().is_none_or(|v| v != "false" && v != "0");
        match name {
            "json" => s.json = on(&inline),
            "p" => s.jobs = value()?.parse().ok().filter(|n| *n > 0).context("invalid value for flag -p")?,
            "verify" => s.build.push("--verify".into()),
            _ if BUILD_VALUES.contains(&name) => {
                let value = value()?;
                s.build.push(format!("--{name}={value}"));
            }
            _ if IGNORED.contains(&name) => {
                if inline.is_none() && matches!(name, "vet" | "mod") {
                    value()?;
                }
            }
            _ if SWITCHES.contains(&name) => {
                if name == "v" {
                    s.verbose = on(&inline);
                }
                s.program.push(format!("-test.{name}={}", inline.as_deref().unwrap_or("true")));
            }
            _ if VALUES.contains(&name) => {
                let value = value()?;
                match name {
                    "timeout" => {
                        s.timeout =
                            duration(&value).context("invalid value for flag -timeout: parse error")?
                    }
                    "bench" => benches = true,
                    "list" => s.shows_passes = true,
                    _ => {}
                }
                if name != "timeout" {
                    s.program.push(format!("-test.{name}={value}"));
                }
            }
            "c" | "o" | "cover" | "coverprofile" | "race" | "cpuprofile" | "memprofile" | "exec" => {
                bail!("-{name} is not supported")
            }
            _ => {
                own.push(arg.clone());
                packages_ended = true;
            }
        }
    }
    if s.json {
        s.program.retain(|a| !a.starts_with("-test.v="));
        s.program.push("-test.v=test2json".into());
        s.verbose = true;
    }
    s.shows_passes |= s.verbose;
    s.live = s.patterns.is_empty() || benches;
    let timeout = format!("-test.timeout={}ns", s.timeout.as_nanos());
    s.program.splice(0..0, ["-test.paniconexit0".into(), timeout]);
    s.program.extend(own);
    Ok(s)
}

/// Go's durations: `1m30s`, `500ms`, `0`.
fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number
            * match &rest[..end] {
                "ns" => 1e-9,
                "us" | "µs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &rest[end..];
    }
    Duration::try_from_secs_f64(total).ok()
}

pub fn test(args: &TestArgs) -> Result<i32> {
    let s = settings(&args.rest)?;
    let value = |name: &str| s.build.iter().rev().find_map(|f| f.strip_prefix(name)).map(str::to_owned);
    let build = BuildFlags { tags: value("--tags="), modules: value("--mod="), ..BuildFlags::default() };
    let list = packages::find(&s.patterns, &build.load_options()?)?;
    let failed = run_all(&list, &s);
    if failed && !s.json && !s.patterns.is_empty() {
        println!("FAIL");
    }
    Ok(failed as i32)
}

/// A test program that has been started.
struct Started {
    child: Child,
    output: PipeReader,
}

fn start(package: &Package, s: &Settings) -> Result<Started> {
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
    command.arg("--").args(&s.program).env("PWD", dir).stdin(Stdio::null());
    command.stderr(writer.try_clone().context("making a pipe")?).stdout(writer);
    let child = command.spawn().context("starting a test program")?;
    Ok(Started { child, output })
}

/// Runs the packages' tests, at most `jobs` at a time; true if any failed.
fn run_all(list: &[Package], s: &Settings) -> bool {
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
            for package in list {
                if next.recv().is_err() {
                    return;
                }
                let (sender, receiver) = mpsc::channel();
                let free = free.clone();
                scope.spawn(move || {
                    one(package, s, sender);
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
fn one(package: &Package, s: &Settings, to: mpsc::Sender<Event>) {
    let mut sink = Sink { to, json: None };
    let path = &package.path;
    if package.test_files.is_empty() && package.external_files.is_empty() {
        sink.json = s.json.then(|| Converter::new(path, &mut sink.to_start()));
        sink.write(format!("?   \t{path}\t[no test files]\n").as_bytes());
        sink.end(false, None);
        return;
    }
    let mut started = match start(package, s) {
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
    if status != Some(Status::Running) {
        let mut text = Vec::new();
        if status.is_none() {
            text.extend(first.iter().filter(|b| **b != 0));
        }
        started.output.read_to_end(&mut text).ok();
        started.child.wait().ok();
        let why = if status == Some(Status::SetupFailed) { "setup failed" } else { "build failed" };
        let id = format!("{path} [{path}.test]");
        let heading = if status == Some(Status::BuildFailed) { id.clone() } else { path.clone() };
        let lines = format!("# {heading}\n{}", String::from_utf8_lossy(&text));
        if s.json {
            for line in lines.lines() {
                let line = serde_json::to_string(&format!("{line}\n")).expect("a string is valid JSON");
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
        sink.write(format!("FAIL\t{path} [{why}]\n").as_bytes());
        sink.end(true, Some(&heading));
        return;
    }
    sink.json = s.json.then(|| Converter::new(path, &mut sink.to_start()));
    follow(started, package, s, sink);
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

/// Shows a running test program's output, and its result.
fn follow(started: Started, package: &Package, s: &Settings, mut sink: Sink) {
    let Started { child, mut output } = started;
    // It has been built: only the run counts.
    let at = Instant::now();
    let child = std::sync::Mutex::new(child);
    let live = s.live || s.json || s.shows_passes;
    let mut held = Vec::new();
    let mut all_len = 0;
    let mut no_tests = false;
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
            const WARNING: &[u8] = b"testing: warning: no tests to run\n";
            no_tests |= bytes.windows(WARNING.len()).any(|w| w == WARNING);
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
    if passed {
        let note = if no_tests { " [no tests to run]" } else { "" };
        if !ends_line {
            sink.write(b"\n");
        }
        sink.write(format!("ok  \t{path}\t{took}{note}\n").as_bytes());
    } else {
        sink.write(&held);
        if !ends_line {
            sink.write(b"\n");
        }
        if killed {
            let after = s.timeout + GRACE;
            sink.write(format!("*** Test killed: ran too long ({}s).\n", after.as_secs()).as_bytes());
        }
        // Output that has gone by says less about the end than the exit code does.
        if s.live || s.json || all_len == 0 {
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
            (None, Some(6)) => "signal: aborted".into(),
            (None, Some(9)) => "signal: killed".into(),
            (None, Some(11)) => "signal: segmentation fault".into(),
            (None, Some(15)) => "signal: terminated".into(),
            (None, n) => format!("signal: signal {}", n.unwrap_or(0)),
        },
        Err(()) => "the test program could not be waited for".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_go_where_they_belong() {
        let args = |list: &[&str]| list.iter().map(|s| s.to_string()).collect::<Vec<_>>();
        let s =
            settings(&args(&["-v", "-run", "A/b", "./...", "-bench=.", "-timeout", "1m30s", "-custom", "x"]))
                .expect("the flags are valid");
        assert!(s.verbose && s.live && s.patterns == ["./..."]);
        assert_eq!(s.timeout, Duration::from_secs(90));
        assert_eq!(s.program[2..], ["-test.v=true", "-test.run=A/b", "-test.bench=.", "-custom", "x"]);
        assert!(settings(&args(&["-run"])).is_err());
    }

    #[test]
    fn durations_are_gos() {
        assert_eq!(duration("1h2m3.5s"), Some(Duration::from_millis(3_723_500)));
        assert_eq!((duration("0"), duration("5"), duration("x")), (Some(Duration::ZERO), None, None));
    }
}
