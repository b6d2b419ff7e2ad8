//! Mutations of valid programs through the whole frontend: no panic, no hang, whatever the bytes.
//!
//! `ESCARGO_MUTATIONS` sets how many (default 500); each has its own seed, printed if it fails.

mod common;

use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use common::{parallel, repository};
use escargo_syntax::SourceMap;
use escargo_types::{Options, Source, check_program};

/// The longest that one input may take.
const LIMIT: Duration = Duration::from_secs(5);

/// xorshift64*: the same mutations everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Tokens that make trouble in each other's places.
const TOKENS: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "*",
    "&",
    "<-",
    "...",
    ":=",
    "=",
    ",",
    ";",
    ".",
    ":",
    "func",
    "type",
    "struct",
    "interface",
    "map[",
    "chan",
    "go",
    "defer",
    "return",
    "for",
    "range",
    "switch",
    "select",
    "case",
    "default",
    "fallthrough",
    "goto",
    "break",
    "continue",
    "if",
    "else",
    "var",
    "const",
    "iota",
    "nil",
    "1",
    "0x",
    "1e400",
    "'",
    "\"",
    "`",
    "a",
    "T",
    "_",
    "~",
    "|",
    "any",
    "int",
    "[T any]",
    "[]int{}",
    "1<<600",
    "1<<1000000000",
    "x.(type)",
    "//go:noinline\n",
    "/*",
    "*/",
    "\n",
    "\0",
    "\u{feff}",
    "package",
    "import \"fmt\"",
];

/// What can be repeated to nest deeply.
const NESTS: &[&str] = &[
    "(",
    "[",
    "{",
    "*",
    "&",
    "-",
    "!",
    "<-",
    "func(){",
    "[]",
    "map[int]",
    "chan ",
    "struct{x ",
    "if x {",
    "a[",
    "f(",
    "T[",
    "1+",
    "x.",
];

fn mutate(source: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = source.to_vec();
    for _ in 0..1 + random.below(3) {
        let at = random.below(bytes.len());
        match random.below(8) {
            0 => bytes[at] = random.next() as u8,
            1 => bytes.truncate(at.max(1)),
            2 => {
                let end = (at + random.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 => {
                let end = (at + random.below(200)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            4 if random.below(20) == 0 => {
                let nest = NESTS[random.below(NESTS.len())];
                bytes.splice(at..at, nest.repeat(100_000).into_bytes());
            }
            _ => {
                let token = TOKENS[random.below(TOKENS.len())];
                bytes.splice(at..at, format!(" {token} ").into_bytes());
            }
        }
        if bytes.is_empty() {
            bytes.push(b'p');
        }
    }
    bytes
}

fn check(bytes: &[u8]) {
    let mut sources = SourceMap::default();
    let index = sources.add_bytes("m.go", bytes.to_vec()).expect("a mutation is small");
    let (file, diagnostics) = escargo_syntax::parse_file(&sources, index, &mut 0);
    // A file with syntax errors is checked all the same: the checker must bear any tree.
    let source = Source {
        path: "main".into(),
        files: vec![Rc::new(file)].into(),
        later: Vec::new(),
        go_version: (1, 27),
        has_syntax_errors: false,
        complete: true,
    };
    let (_, _, more) =
        check_program(&[source], &sources, &Options { keep_going: true, ..Options::default() });
    for d in diagnostics.iter().chain(&more) {
        assert!(!d.message.is_empty(), "a diagnostic says something");
    }
}

#[test]
fn no_mutation_breaks_the_frontend() {
    let count = std::env::var("ESCARGO_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(500u64);
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    for dir in ["tests/programs", "examples", "bench/programs", "tests/mutations"] {
        let entries = std::fs::read_dir(repository().join(dir)).unwrap_or_else(|e| panic!("{dir}: {e}"));
        let mut files: Vec<_> = entries.map(|e| e.expect("an entry can be read").path()).collect();
        files.sort();
        for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "go")) {
            seeds.push(std::fs::read(path).expect("a program can be read"));
        }
    }
    let jobs: Vec<u64> = (1..=count).collect();
    let failures: Vec<String> = parallel(&jobs, |&seed| {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let source = &seeds[random.below(seeds.len())];
        let bytes = mutate(source, &mut random);
        let (done, wait) = mpsc::channel();
        let copy = bytes.clone();
        // As the command does, the frontend runs on a large stack.
        let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(move || {
            let ok = std::panic::catch_unwind(|| check(&copy)).is_ok();
            // The receiver is gone if the limit has passed.
            let _ = done.send(ok);
        });
        thread.expect("a thread can be started");
        match wait.recv_timeout(LIMIT) {
            Ok(true) => None,
            Ok(false) => Some(format!("seed {seed}: panic on\n{}", show(&bytes))),
            Err(_) => Some(format!("seed {seed}: no end after {LIMIT:?} on\n{}", show(&bytes))),
        }
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(
        failures.is_empty(),
        "{} of {count} fail:\n{}",
        failures.len(),
        failures[..failures.len().min(5)].join("\n")
    );
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(3000).collect()
}
