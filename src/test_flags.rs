//! The command line of `escargo test`: which words are the command's, the compiler's, the test program's, which are packages.
//!
//! In: words as `go test` takes them. Out: `Settings`. Flags stand before and after the packages; what is not known here is the test
//! program's.

use std::time::Duration;

use anyhow::Result;
use escargo_syntax::cover::Mode;

use crate::args::{BUILD_SWITCHES, BUILD_VALUES, UNSUPPORTED, Usage, from_environment};

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
    "coverprofile",
    "fuzz",
    "fuzztime",
    "fuzzminimizetime",
];
/// Of those, the ones that ask for numbers.
const NUMBERS: &[&str] = &["count", "parallel"];

pub const USAGE: &str = "usage: escargo test [build/test flags] [packages] [build/test flags & test binary flags]\n\
                         Run 'escargo help test' for details.";

/// Flags that write files, and so want one package.
pub const PROFILES: &[&str] = &["cpuprofile", "memprofile", "blockprofile", "mutexprofile", "trace"];
/// What goes with them.
const RATES: &[&str] = &["blockprofilerate", "memprofilerate", "mutexprofilefraction"];

pub struct Settings {
    pub json: bool,
    pub verbose: bool,
    /// Its passing output is shown: -v, -list.
    pub shows_passes: bool,
    /// No package was named, or benchmarks run: output is not held back.
    pub live: bool,
    pub jobs: usize,
    pub timeout: Duration,
    pub failfast: bool,
    /// Test programs are made, not run.
    pub compile: bool,
    /// Where test programs go.
    pub output: Option<String>,
    /// The words of a command that runs test programs.
    pub exec: Vec<String>,
    pub cover: Option<Mode>,
    pub cover_packages: Vec<String>,
    pub cover_profile: Option<String>,
    /// Flags that write files of which there can be one.
    pub profile: Option<String>,
    /// Of the compiler.
    pub build: Vec<String>,
    /// Of the test program.
    pub program: Vec<String>,
    pub patterns: Vec<String>,
}

/// A word of the command line.
enum Word {
    /// Known here.
    Known,
    /// The test program's: a flag, with its value or perhaps followed by it.
    Unknown { has_value: bool },
}

impl Settings {
    pub fn parse(rest: &[String]) -> Result<Settings> {
        let mut s = Settings {
            json: false,
            verbose: false,
            shows_passes: false,
            live: false,
            jobs: std::thread::available_parallelism().map_or(1, |n| n.get()),
            timeout: Duration::from_secs(600),
            failfast: false,
            compile: false,
            output: None,
            exec: Vec::new(),
            cover: None,
            cover_packages: Vec::new(),
            cover_profile: None,
            profile: None,
            build: Vec::new(),
            program: Vec::new(),
            patterns: Vec::new(),
        };
        let environment = from_environment();
        for flag in &environment {
            // Flags of other commands may stand there.
            s.flag(flag.trim_start_matches('-'), &mut [].iter())?;
        }
        let mut own: Vec<String> = Vec::new();
        let mut unknown: Option<&String> = None;
        let mut args = rest.iter();
        // Packages stand together; after them, or after a flag that is not known here, other words are the program's.
        let (mut packages_ended, mut may_be_value) = (false, false);
        while let Some(arg) = args.next() {
            let flag = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')).filter(|f| !f.is_empty());
            let Some(flag) = flag else {
                if arg == "--" || packages_ended && !may_be_value {
                    own.push(arg.clone());
                    own.extend(args.by_ref().cloned());
                } else if packages_ended {
                    own.push(arg.clone());
                    may_be_value = false;
                } else {
                    s.patterns.push(arg.clone());
                }
                continue;
            };
            packages_ended |= !s.patterns.is_empty();
            may_be_value = false;
            if flag == "args" {
                own.extend(args.by_ref().cloned());
                break;
            }
            if let Word::Unknown { has_value } = s.flag(flag, &mut args)? {
                own.push(arg.clone());
                unknown = unknown.or(Some(arg));
                packages_ended = true;
                may_be_value = !has_value;
            }
        }
        if let Some(flag) = unknown.filter(|_| s.compile) {
            let name = flag.split('=').next().unwrap_or(flag);
            return Err(Usage(format!("escargo: unknown flag {name} cannot be used with -c\n{USAGE}")).into());
        }
        s.finish(own)
    }

    /// Takes a flag, without its dashes.
    fn flag(&mut self, flag: &str, rest: &mut dyn Iterator<Item = &String>) -> Result<Word> {
        let (name, inline) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        let has_value = inline.is_some();
        let name = name.strip_prefix("test.").unwrap_or(name);
        let mut value = || {
            inline
                .clone()
                .or_else(|| rest.next().cloned())
                .ok_or_else(|| Usage(format!("flag needs an argument: -{name}\n{USAGE}")))
        };
        let wrong =
            |v: &str, why: &str| Usage(format!("invalid value {v:?} for flag -{name}: {why}\n{USAGE}"));
        let on = match inline.as_deref() {
            None | Some("true" | "1" | "t" | "T" | "TRUE" | "True") => true,
            Some("test2json") if name == "v" => true,
            Some(_) => false,
        };
        match name {
            "json" => self.json = on,
            "c" => self.compile = on,
            "cover" => self.cover = on.then_some(self.cover.unwrap_or(Mode::Set)),
            "p" => {
                let v = value()?;
                self.jobs = v.parse().ok().filter(|n| *n > 0).ok_or_else(|| wrong(&v, "parse error"))?;
            }
            "o" => self.output = Some(value()?),
            "exec" => self.exec = crate::link::split_quoted(&value()?),
            "covermode" => {
                let v = value()?;
                let modes = [Mode::Set, Mode::Count, Mode::Atomic];
                let mode = modes.into_iter().find(|m| m.as_str() == v);
                let why = "valid modes are \"set\", \"count\", or \"atomic\"";
                self.cover = Some(mode.ok_or_else(|| wrong(&v, why))?);
            }
            "coverpkg" => {
                let v = value()?;
                self.cover_packages = v.split(',').map(|p| p.trim().to_owned()).collect();
                self.cover.get_or_insert(Mode::Set);
            }
            "verify" => self.build.push("--verify".into()),
            "vet" => {
                // Nothing is vetted.
                value()?;
            }
            _ if UNSUPPORTED.contains(&name) => {
                if on {
                    anyhow::bail!("-{name} is not supported");
                }
            }
            _ if BUILD_VALUES.contains(&name) => {
                let value = value()?;
                self.build.push(format!("--{name}={value}"));
            }
            _ if BUILD_SWITCHES.contains(&name) => {}
            _ if SWITCHES.contains(&name) => {
                match name {
                    "v" => self.verbose = on,
                    "failfast" => self.failfast = on,
                    _ => {}
                }
                self.program.push(format!("-test.{name}={}", inline.as_deref().unwrap_or("true")));
            }
            _ if VALUES.contains(&name) || PROFILES.contains(&name) || RATES.contains(&name) => {
                let value = value()?;
                match name {
                    "timeout" => {
                        self.timeout = duration(&value).ok_or_else(|| wrong(&value, "parse error"))?;
                        // It is told to the program in the end.
                        return Ok(Word::Known);
                    }
                    "shuffle" if !matches!(value.as_str(), "on" | "off") && value.parse::<i64>().is_err() => {
                        let why = format!(
                            "-shuffle argument must be \"on\", \"off\", or an int64: strconv.ParseInt: parsing {value:?}: invalid syntax"
                        );
                        return Err(wrong(&value, &why).into());
                    }
                    "bench" => self.live = true,
                    "list" => self.shows_passes = true,
                    "coverprofile" => {
                        self.cover_profile = Some(value);
                        self.cover.get_or_insert(Mode::Set);
                        return Ok(Word::Known);
                    }
                    _ if NUMBERS.contains(&name) && value.parse::<i64>().is_err() => {
                        return Err(wrong(&value, "parse error").into());
                    }
                    _ if PROFILES.contains(&name) => self.profile = Some(name.to_owned()),
                    _ => {}
                }
                self.program.push(format!("-test.{name}={value}"));
            }
            _ => return Ok(Word::Unknown { has_value }),
        }
        Ok(Word::Known)
    }

    fn finish(mut self, own: Vec<String>) -> Result<Settings> {
        if self.json {
            self.program.retain(|a| !a.starts_with("-test.v="));
            self.program.push("-test.v=test2json".into());
            self.verbose = true;
        }
        self.shows_passes |= self.verbose;
        self.live |= self.patterns.is_empty();
        let mut first = vec!["-test.paniconexit0".into()];
        if !self.timeout.is_zero() {
            first.push(format!("-test.timeout={}ns", self.timeout.as_nanos()));
        }
        let writes = self.profile.is_some() || self.program.iter().any(|a| a == "-test.artifacts=true");
        if writes && !self.program.iter().any(|a| a.starts_with("-test.outputdir=")) {
            first.push(format!("-test.outputdir={}", std::env::current_dir()?.display()));
        }
        self.program.splice(0..0, first);
        self.program.extend(own);
        Ok(self)
    }

    /// A flag of the test program as it was given last.
    pub fn value(&self, name: &str) -> Option<&str> {
        let start = format!("-test.{name}=");
        self.program.iter().rev().find_map(|a| a.strip_prefix(&start))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(list: &[&str]) -> Result<Settings> {
        Settings::parse(&list.iter().map(|s| s.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn flags_go_where_they_belong() {
        let s = parse(&["-v", "-run", "A/b", "./...", "-bench=.", "-timeout", "1m30s", "-custom", "x"])
            .expect("the flags are valid");
        assert!(s.verbose && s.live && s.patterns == ["./..."]);
        assert_eq!(s.timeout, Duration::from_secs(90));
        assert_eq!(s.program[2..], ["-test.v=true", "-test.run=A/b", "-test.bench=.", "-custom", "x"]);
        assert!(
            parse(&["-run"]).is_err() && parse(&["-c", "-custom"]).is_err() && parse(&["-race"]).is_err()
        );
        let s = parse(&["p", "-coverprofile=x", "-covermode", "count", "--", "-v"]).expect("valid");
        assert_eq!((s.cover, s.cover_profile.as_deref()), (Some(Mode::Count), Some("x")));
        assert!(!s.verbose && s.program[2..] == ["--", "-v"]);
    }

    #[test]
    fn durations_are_gos() {
        assert_eq!(duration("1h2m3.5s"), Some(Duration::from_millis(3_723_500)));
        assert_eq!((duration("0"), duration("5"), duration("x")), (Some(Duration::ZERO), None, None));
    }
}
