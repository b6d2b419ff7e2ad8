//! Which files belong to a build: `//go:build` lines and the GOOS and GOARCH endings of file names.
//!
//! In: a file's text or name. Out: an expression over tags, evaluated with the caller's notion of which tags
//! hold. Guarantees: expressions are bounded in size, so evaluation cannot overflow the stack.

use crate::chars::{is_digit, is_letter};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint {
    Tag(String),
    Not(Box<Constraint>),
    And(Box<Constraint>, Box<Constraint>),
    Or(Box<Constraint>, Box<Constraint>),
}

/// How many tags and parentheses an expression may have, as in Go.
const MAX_SIZE: usize = 1000;

/// How deep parentheses may nest.
const MAX_DEPTH: usize = 100;

const TOO_LARGE: &str = "build expression too large";

impl Constraint {
    /// Whether the constraint holds when the tags do for which `ok` returns true.
    pub fn eval(&self, ok: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Constraint::Tag(tag) => ok(tag),
            Constraint::Not(x) => !x.eval(ok),
            Constraint::And(x, y) => x.eval(ok) && y.eval(ok),
            Constraint::Or(x, y) => x.eval(ok) || y.eval(ok),
        }
    }

    /// The lowest Go 1 minor version without which the constraint cannot hold, if it implies one: `Some(21)`
    /// for `go1.21`.
    pub fn go_version(&self) -> Option<u32> {
        u32::try_from(self.min_version(true)).ok()
    }

    /// The lowest minor version under which the constraint can have the value `sign`; -1 if any will do.
    fn min_version(&self, sign: bool) -> i64 {
        match self {
            Constraint::Tag(tag) if sign => match tag.strip_prefix("go1") {
                Some("") => 0,
                Some(rest) => rest.strip_prefix('.').and_then(|n| n.parse().ok()).map_or(-1, u32::into),
                None => -1,
            },
            Constraint::Tag(_) => -1,
            Constraint::Not(x) => x.min_version(!sign),
            Constraint::And(x, y) | Constraint::Or(x, y) => {
                let (x, y) = (x.min_version(sign), y.min_version(sign));
                if matches!(self, Constraint::And(..)) == sign { x.max(y) } else { x.min(y) }
            }
        }
    }
}

/// The constraint of a `//go:build` comment line; None if it is another comment.
pub fn parse_line(line: &str) -> Option<Result<Constraint, String>> {
    let text = line.trim().strip_prefix("//go:build")?;
    if !text.is_empty() && !text.starts_with(char::is_whitespace) {
        return None;
    }
    let mut p = Parser { text: text.trim(), at: 0, token: "", is_tag: false, size: 0, depth: 0 };
    Some(p.or().and_then(|x| if p.token.is_empty() { Ok(x) } else { Err(p.unexpected()) }))
}

/// The `//go:build` constraint of a file's text, from the comments before its package clause.
pub fn constraint_of(text: &str) -> Result<Option<Constraint>, String> {
    let mut found = None;
    let mut in_comment = false;
    'lines: for line in text.trim_start_matches('\u{feff}').lines() {
        let mut line = line.trim();
        if !in_comment && let Some(constraint) = parse_line(line) {
            if found.is_some() {
                return Err("multiple //go:build comments".into());
            }
            found = Some(constraint.map_err(|e| format!("parsing //go:build line: {e}"))?);
        }
        while !line.is_empty() {
            if in_comment {
                match line.split_once("*/") {
                    Some((_, rest)) => {
                        in_comment = false;
                        line = rest.trim_start();
                    }
                    None => continue 'lines,
                }
            } else if line.starts_with("//") {
                continue 'lines;
            } else if let Some(rest) = line.strip_prefix("/*") {
                in_comment = true;
                line = rest;
            } else {
                break 'lines;
            }
        }
    }
    Ok(found)
}

const OSES: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

const ARCHES: &[&str] = &[
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// Whether `_GOOS`, `_GOARCH` or `_GOOS_GOARCH` at the end of a file name (before `_test` and the extension)
/// lets the file belong to a build with the tags for which `ok` returns true.
pub fn file_name_matches(name: &str, ok: &dyn Fn(&str) -> bool) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let stem = name.split('.').next().unwrap_or(name);
    // What stands before the first _ is not an ending.
    let Some((_, stem)) = stem.split_once('_') else { return true };
    let mut parts: Vec<&str> = stem.split('_').collect();
    if parts.last() == Some(&"test") {
        parts.pop();
    }
    match parts[..] {
        [.., os, arch] if OSES.contains(&os) && ARCHES.contains(&arch) => ok(arch) && ok(os),
        [.., last] if OSES.contains(&last) || ARCHES.contains(&last) => ok(last),
        _ => true,
    }
}

/// Whether a file holds tests by its name.
pub fn is_test_file(name: &str) -> bool {
    name.ends_with("_test.go")
}

/// The tags that hold on `os` and `arch` beside those of the toolchain: the names themselves, `unix`, and what
/// the system is a variant of.
pub fn platform_tag(tag: &str, os: &str, arch: &str) -> bool {
    const NOT_UNIX: &[&str] = &["js", "nacl", "plan9", "wasip1", "windows", "zos"];
    tag == os
        || tag == arch
        || tag == "linux" && os == "android"
        || tag == "solaris" && os == "illumos"
        || tag == "darwin" && os == "ios"
        || tag == "unix" && OSES.contains(&os) && !NOT_UNIX.contains(&os)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// The current token, empty at the end.
    token: &'a str,
    is_tag: bool,
    size: usize,
    depth: usize,
}

impl Parser<'_> {
    fn unexpected(&self) -> String {
        format!("unexpected token {}", self.token)
    }

    fn or(&mut self) -> Result<Constraint, String> {
        let mut x = self.and()?;
        while self.token == "||" {
            x = Constraint::Or(Box::new(x), Box::new(self.and()?));
        }
        Ok(x)
    }

    fn and(&mut self) -> Result<Constraint, String> {
        let mut x = self.not()?;
        while self.token == "&&" {
            x = Constraint::And(Box::new(x), Box::new(self.not()?));
        }
        Ok(x)
    }

    fn not(&mut self) -> Result<Constraint, String> {
        self.size += 1;
        if self.size > MAX_SIZE {
            return Err(TOO_LARGE.into());
        }
        self.next()?;
        if self.token == "!" {
            self.next()?;
            if self.token == "!" {
                return Err("double negation not allowed".into());
            }
            return Ok(Constraint::Not(Box::new(self.atom()?)));
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Constraint, String> {
        const END: &str = "unexpected end of expression";
        if self.token == "(" {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(TOO_LARGE.into());
            }
            let x = self.or().map_err(|e| if e == END { "missing close paren".into() } else { e })?;
            if self.token != ")" {
                return Err("missing close paren".into());
            }
            self.depth -= 1;
            self.next()?;
            return Ok(x);
        }
        if !self.is_tag {
            return Err(if self.token.is_empty() { END.into() } else { self.unexpected() });
        }
        let tag = self.token.to_string();
        self.next()?;
        Ok(Constraint::Tag(tag))
    }

    fn next(&mut self) -> Result<(), String> {
        self.is_tag = false;
        let rest = self.text[self.at..].trim_start_matches([' ', '\t']);
        self.at = self.text.len() - rest.len();
        let Some(c) = rest.chars().next() else {
            self.token = "";
            return Ok(());
        };
        let len = match c {
            '(' | ')' | '!' => 1,
            '&' | '|' if rest[1..].starts_with(c) => 2,
            '&' | '|' => return Err(format!("invalid syntax at {c}")),
            _ => {
                let is_tag_char = |c: char| is_letter(c) || is_digit(c) || c == '_' || c == '.';
                self.is_tag = true;
                rest.find(|c| !is_tag_char(c)).unwrap_or(rest.len())
            }
        };
        if len == 0 {
            return Err(format!("invalid syntax at {c}"));
        }
        self.token = &rest[..len];
        self.at += len;
        Ok(())
    }
}
