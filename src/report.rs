//! Renders diagnostics as the go command does: sorted, one a line, at most 10 errors a package.

use escargo_syntax::{Diagnostic, Severity, SourceMap};

/// gc's limit on reported errors.
const LIMIT: usize = 10;

/// One line a diagnostic, `file:line:col: message`, sorted by position, duplicates of a line removed as gc removes them.
/// With `all`, without the limit.
pub fn lines(diagnostics: &[Diagnostic], sources: &SourceMap, all: bool) -> Vec<String> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| d.pos);
    let mut out: Vec<String> = Vec::new();
    let mut errors = 0;
    for d in sorted {
        if d.severity == Severity::Error {
            if !all && errors == LIMIT {
                out.push("too many errors".into());
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

/// Prints to standard error under the go command's package heading.
pub fn print(package: &str, lines: &[String]) {
    if !lines.is_empty() {
        eprintln!("# {package}\n{}", lines.join("\n"));
    }
}

/// One JSON object a diagnostic: file, line, column, severity, message.
pub fn json(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for d in diagnostics {
        let l = sources.locate(d.pos);
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
