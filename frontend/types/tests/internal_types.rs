//! The type checker against the test files of Go's own (`internal/types/testdata`).
//!
//! In: a Go tree, absent which the test passes. Checks that errors are reported on exactly the marked lines, in at
//! least as many files as ever before. `TYPES_FILE=name` prints what differs in the files with that name.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use escargo_types::{Options, Source, check_program};
use support::{Loader, goroot};

/// Files that must come out right.
const EXPECTED: usize = 365;

/// The lines marked with `ERROR` comments: each belongs to the line of the token before the comment.
fn marked_lines(text: &str) -> BTreeSet<u32> {
    let b = text.as_bytes();
    let mut lines = BTreeSet::new();
    let (mut i, mut line, mut last) = (0, 1u32, 1u32);
    while i < b.len() {
        let start = i;
        match b[i] {
            b'\n' => {
                line += 1;
                i += 1;
                continue;
            }
            c if c.is_ascii_whitespace() => {
                i += 1;
                continue;
            }
            b'/' if b.get(i + 1) == Some(&b'/') || b.get(i + 1) == Some(&b'*') => {
                let end = if b[i + 1] == b'/' {
                    text[i..].find('\n').map_or(b.len(), |n| i + n)
                } else {
                    text[i + 2..].find("*/").map_or(b.len(), |n| i + 2 + n + 2)
                };
                let body = &text[i + 2..end];
                if body.starts_with(" ERROR ") || body.starts_with(" ERRORx ") {
                    lines.insert(last);
                }
                line += body.matches('\n').count() as u32;
                i = end;
                continue;
            }
            q @ (b'"' | b'\'' | b'`') => {
                i += 1;
                while i < b.len() && b[i] != q && (q == b'`' || b[i] != b'\n') {
                    if b[i] == b'\\' && q != b'`' {
                        i += 1;
                    }
                    i += 1;
                }
                i = (i + 1).min(b.len());
                last = line;
                line += text.as_bytes()[start..i].iter().filter(|&&c| c == b'\n').count() as u32;
                continue;
            }
            c if c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80 => {
                while i < b.len() && (b[i].is_ascii_alphanumeric() || b[i] == b'_' || b[i] >= 0x80) {
                    i += 1;
                }
            }
            _ => i += 1,
        }
        last = line;
    }
    lines
}

/// What differs between the errors found and those marked.
fn run(root: &Path, names: &[PathBuf]) -> Vec<String> {
    let mut l = Loader::new(root);
    let mut files = Vec::new();
    let mut diags = Vec::new();
    let mut want = BTreeSet::new();
    let mut version = (1, 27);
    for (i, p) in names.iter().enumerate() {
        let text = String::from_utf8_lossy(&std::fs::read(p).expect("a readable test file")).into_owned();
        let first = text.lines().next().unwrap_or("");
        if i == 0
            && let Some(v) = first.strip_prefix("// -lang=go1.")
            && let Ok(n) = v.split_whitespace().next().unwrap_or("").parse()
        {
            version = (1, n);
        }
        want.extend(marked_lines(&text).into_iter().map(|n| (i, n)));
        let shown = i.to_string();
        let (file, d) = l.parse(&shown, text);
        diags.extend(d);
        files.push(file);
    }
    l.load_imports(&files);
    let path = files[0].package.name.as_str().to_string();
    l.packages.push(Source {
        path,
        files: files.into(),
        later: Vec::new(),
        go_version: version,
        has_syntax_errors: false,
        complete: false,
    });
    let options = Options { keep_going: true, ..Options::default() };
    let (_, _, more) = check_program(&l.packages, &l.sources, &options);
    diags.extend(more);
    let mut got = BTreeSet::new();
    let mut out = Vec::new();
    for d in &diags {
        // Go's test driver predeclares a builtin of that name, and leaves out a check that follows type checking.
        if d.message == "undefined: assert" || d.message.contains("anonymous interface refers to itself") {
            continue;
        }
        let Some(loc) = l.sources.locate(d.pos) else {
            out.push(format!("no position: {}", d.message));
            continue;
        };
        let Some(file) = l.sources.file_of(d.pos).and_then(|f| f.name.parse::<usize>().ok()) else {
            out.push(format!("{loc}: {}", d.message));
            continue;
        };
        let at = (file, l.sources.physical_line(d.pos).unwrap_or(0));
        if got.insert(at) && !want.contains(&at) {
            out.push(format!("{}:{}: unexpected: {}", at.0, at.1, d.message));
        }
    }
    out.extend(want.difference(&got).map(|(f, n)| format!("{f}:{n}: missing")));
    out
}

#[test]
fn marked_errors() {
    let Some(root) = goroot().filter(|r| r.join("src/internal/types/testdata").is_dir()) else {
        eprintln!("no Go tree: skipped");
        return;
    };
    let wanted = std::env::var("TYPES_FILE").ok();
    let mut cases: Vec<Vec<PathBuf>> = Vec::new();
    for dir in ["check", "spec", "examples", "fixedbugs"] {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(root.join("src/internal/types/testdata").join(dir))
            .expect("the test folder")
            .filter_map(|e| Some(e.ok()?.path()))
            .collect();
        entries.sort();
        for e in entries {
            if e.is_dir() {
                let mut files: Vec<PathBuf> =
                    std::fs::read_dir(&e).expect("a folder").filter_map(|e| Some(e.ok()?.path())).collect();
                files.sort();
                cases.push(files);
            } else {
                cases.push(vec![e]);
            }
        }
    }
    // Deep types need more stack than a test thread has.
    let run_all = move || {
        let (mut good, mut total) = (0, 0);
        for names in cases {
            let shown = names[0].to_string_lossy().into_owned();
            if wanted.as_ref().is_some_and(|w| !shown.contains(w.as_str())) {
                continue;
            }
            total += 1;
            let r = std::panic::catch_unwind(|| run(&root, &names));
            let problems = r.unwrap_or_else(|_| vec!["panic".to_string()]);
            if problems.is_empty() {
                good += 1;
                continue;
            }
            eprintln!("--- {shown}");
            for p in &problems {
                eprintln!("    {p}");
            }
        }
        eprintln!("{good} of {total} files");
        assert!(wanted.is_some() || good >= EXPECTED, "{good} of {total} files, expected {EXPECTED}");
    };
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(run_all).expect("a thread");
    if let Err(e) = thread.join() {
        std::panic::resume_unwind(e);
    }
}
