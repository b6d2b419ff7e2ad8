//! Renders diagnostics as the go command does: sorted, one a line, at most 10 errors a package.

use escargo_syntax::{Diagnostic, Severity, SourceMap};

use crate::compile::Typed;

/// gc's limit on reported errors.
const LIMIT: usize = 10;

/// One line a diagnostic, `file:line:col: message`, sorted by position, duplicates of a line removed as gc removes them.
/// With `all`, without the limit.
fn lines(diagnostics: &[Diagnostic], sources: &SourceMap, all: bool) -> Vec<String> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| d.pos);
    let mut out: Vec<String> = Vec::new();
    let mut errors = 0;
    for d in sorted {
        if d.severity == Severity::Error {
            if !all && errors == LIMIT {
                // With the place of the last one.
                let place = out.last().and_then(|l: &String| l.split_once(": ")).map(|l| l.0.to_owned());
                out.push(place.map_or(String::new(), |p| p + ": ") + "too many errors");
                break;
            }
            errors += 1;
        }
        let line = match sources.locate(d.pos) {
            Some(l) if l.col > 0 => format!("{}:{}:{}: {}", l.file, l.line, l.col, d.message),
            Some(l) => format!("{}:{}: {}", l.file, l.line, d.message),
            None => d.message.clone(),
        };
        if out.last() != Some(&line) {
            out.push(line);
        }
    }
    out
}

/// What is wrong with a program: each package's diagnostics under its heading, `# import/path`. With `all`, without a limit.
pub fn program(typed: &Typed, all: bool) -> Vec<String> {
    let mut out = typed.errors.clone();
    let mut packages: Vec<(&str, Vec<Diagnostic>)> = Vec::new();
    for d in &typed.diagnostics {
        let file = typed.sources.files.partition_point(|f| f.base <= d.pos.0).checked_sub(1);
        // What has no position belongs to the main package, which is loaded last.
        let last = || typed.headings.iter().rev().find(|h| !h.is_empty());
        let heading = file.and_then(|f| typed.headings.get(f)).or_else(last).map_or("", |h| h.as_str());
        match packages.iter_mut().find(|p| p.0 == heading) {
            Some(p) => p.1.push(d.clone()),
            None => packages.push((heading, vec![d.clone()])),
        }
    }
    for (heading, diagnostics) in packages {
        out.push(format!("# {heading}"));
        out.extend(lines(&diagnostics, &typed.sources, all));
    }
    out
}

/// One JSON object a diagnostic: file, line, column, severity, message.
pub fn json(typed: &Typed) -> String {
    let mut out = String::new();
    for message in &typed.errors {
        let object = serde_json::json!({"severity": "error", "message": message});
        out.push_str(&object.to_string());
        out.push('\n');
    }
    for d in &typed.diagnostics {
        let l = typed.sources.locate(d.pos);
        let (file, line, col) = l.map_or((String::new(), 0, 0), |l| (l.file, l.line, l.col));
        let severity = if d.severity == Severity::Error { "error" } else { "note" };
        let object = serde_json::json!({
            "file": file, "line": line, "column": col, "severity": severity, "message": d.message,
        });
        out.push_str(&object.to_string());
        out.push('\n');
    }
    out
}
