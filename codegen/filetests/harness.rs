//! Filetests: `*.ir` files of cases, each a module in text form followed by what a tool is expected to print for it.
//!
//! A case starts at a line `;;; title`; its expected output stands in lines `;> ...` behind the module. With the environment
//! variable ESCARGO_BLESS=1 the expectations are rewritten from what the tool prints. Each crate's test includes this file.

use std::fmt::Write;
use std::path::{Path, PathBuf};

struct Case {
    title: String,
    text: String,
    expected: String,
}

fn cases(source: &str) -> Vec<Case> {
    let mut out: Vec<Case> = Vec::new();
    for line in source.lines() {
        if let Some(title) = line.strip_prefix(";;;") {
            out.push(Case { title: title.trim().into(), text: String::new(), expected: String::new() });
            continue;
        }
        let Some(case) = out.last_mut() else { continue };
        if let Some(e) = line.strip_prefix(";>") {
            let _ = writeln!(case.expected, "{}", e.strip_prefix(' ').unwrap_or(e));
        } else {
            let _ = writeln!(case.text, "{line}");
        }
    }
    for case in &mut out {
        case.text = case.text.trim_end().to_string();
    }
    out
}

/// Runs `tool(title, module text)` on every case of the files in a folder of codegen/filetests.
pub fn run(folder: &str, tool: impl Fn(&str, &str) -> String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../filetests").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&root)
        .expect("the folder of filetests exists")
        .map(|e| e.expect("a readable folder").path())
        .filter(|p| p.extension().is_some_and(|e| e == "ir"))
        .collect();
    files.sort();
    let bless = std::env::var_os("ESCARGO_BLESS").is_some_and(|v| v == "1");
    let mut failures = String::new();
    for file in files {
        let source = std::fs::read_to_string(&file).expect("a readable filetest");
        let head: String =
            source.lines().take_while(|l| !l.starts_with(";;;")).map(|l| format!("{l}\n")).collect();
        let mut blessed = head;
        for case in cases(&source) {
            let found = tool(&case.title, &case.text);
            let found: String = found.lines().map(|l| format!("{}\n", l.trim_end())).collect();
            if found != case.expected {
                let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                let _ = writeln!(
                    failures,
                    "---- {name}: {}\nexpected:\n{}found:\n{found}",
                    case.title, case.expected
                );
            }
            let _ = write!(blessed, ";;; {}\n{}\n", case.title, case.text);
            for line in found.lines() {
                let _ = writeln!(blessed, "{}", format!(";> {line}").trim_end());
            }
            blessed.push('\n');
        }
        if bless {
            std::fs::write(&file, blessed.trim_end().to_string() + "\n").expect("a writable filetest");
        }
    }
    assert!(bless || failures.is_empty(), "{failures}\nESCARGO_BLESS=1 accepts what was found");
}
