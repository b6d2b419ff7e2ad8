//! The main package of a test program.
//!
//! In: a package's test files. Out: Go source that lists tests, benchmarks, fuzz tests and examples with output, and starts
//! package testing. Guarantees: source order, as under Go; functions with wrong signatures are diagnostics in Go's words.

use std::fmt::Write as _;
use std::rc::Rc;

use escargo_syntax::ast::{Decl, ExprKind, File, FuncDecl};
use escargo_syntax::{Diagnostic, SourceMap};

use crate::coverage::{Cover, Covered};

/// What the files declare.
#[derive(Default)]
pub struct Found {
    tests: Vec<String>,
    benchmarks: Vec<String>,
    fuzz: Vec<String>,
    /// Name, wanted output, unordered.
    examples: Vec<(String, String, bool)>,
    main: bool,
    /// Some file belongs to the package: it has to be imported.
    any: bool,
}

/// Lists what a package's test files declare.
pub fn scan(files: &[Rc<File>], sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Found {
    let mut found = Found { any: !files.is_empty(), ..Found::default() };
    for file in files.iter().filter(|f| is_test_file(f, sources)) {
        for decl in &file.decls {
            let Decl::Func(f) = decl else { continue };
            if f.recv.is_some() {
                continue;
            }
            let name = f.name.name.as_str();
            let mut check = |param: &str, short: &str| {
                if takes(f, short) {
                    return true;
                }
                diagnostics.push(Diagnostic::error(
                    f.name.pos,
                    format!("wrong signature for {name}, must be: func {name}({param} *testing.{short})"),
                ));
                false
            };
            if name == "TestMain" && takes(f, "M") {
                found.main = true;
            } else if is_test(name, "Test") {
                if check("t", "T") {
                    found.tests.push(name.to_owned());
                }
            } else if is_test(name, "Benchmark") {
                if check("b", "B") {
                    found.benchmarks.push(name.to_owned());
                }
            } else if is_test(name, "Fuzz") {
                if check("f", "F") {
                    found.fuzz.push(name.to_owned());
                }
            } else if is_test(name, "Example")
                && f.ty.params.is_empty()
                && let Some((output, unordered)) = example_output(f, sources)
            {
                found.examples.push((name.to_owned(), output, unordered));
            }
        }
    }
    found
}

fn is_test_file(file: &File, sources: &SourceMap) -> bool {
    sources.files.iter().rfind(|s| s.base <= file.pos.0).is_some_and(|s| s.name.ends_with("_test.go"))
}

/// `TestX`, `Test_x`, `Test`, but not `Testify`.
fn is_test(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.chars().next().is_none_or(|c| !c.is_lowercase()))
}

/// Whether the function takes one `*testing.short` (by whatever name the package is imported) and returns nothing.
fn takes(f: &FuncDecl, short: &str) -> bool {
    let [param] = &f.ty.params[..] else { return false };
    if !f.ty.results.is_empty() || !f.tparams.is_empty() {
        return false;
    }
    let ExprKind::Star(inner) = &param.ty.kind else { return false };
    match &inner.kind {
        ExprKind::Selector { sel, .. } => sel.name.as_str() == short,
        // With a dot import.
        ExprKind::Name(name) => name.as_str() == short,
        _ => false,
    }
}

/// What an example's last comment says that it prints, and whether lines may come in any order.
fn example_output(f: &FuncDecl, sources: &SourceMap) -> Option<(String, bool)> {
    let body = f.body.as_ref()?;
    let file = sources.files.iter().rfind(|s| s.base <= f.name.pos.0)?;
    let text =
        &file.text[(body.range.start.0 - file.base) as usize..(body.range.end.0 - 1 - file.base) as usize];
    let comment = last_comment(text)?;
    let start = comment.trim_start();
    let lower = start.to_lowercase();
    let (head, unordered) = match lower.strip_prefix("unordered ") {
        Some(rest) if rest.starts_with("output:") => ("unordered output:", true),
        _ => ("output:", false),
    };
    if !lower.starts_with(head) {
        return None;
    }
    let output = start[head.len()..].trim_start_matches(' ');
    Some((output.strip_prefix('\n').unwrap_or(output).to_owned(), unordered))
}

/// The text of the last group of comments, without markers; groups end at blank lines and at code.
fn last_comment(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut group: Option<Vec<String>> = None;
    // Newlines since the last comment of the group; code ends a group.
    let mut newlines = 0;
    let mut ended = true;
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'\n' => {
                newlines += 1;
                i += 1;
            }
            b' ' | b'\t' | b'\r' => i += 1,
            b'/' if matches!(bytes.get(i + 1), Some(b'/' | b'*')) => {
                let line = bytes[i + 1] == b'/';
                let rest = &text[i + 2..];
                let end = if line { rest.find('\n') } else { rest.find("*/") }.unwrap_or(rest.len());
                let body = rest[..end].trim_end_matches('\r');
                if ended || newlines > 1 || group.is_none() {
                    group = Some(Vec::new());
                }
                let lines = group.get_or_insert_with(Vec::new);
                if line {
                    lines.push(body.strip_prefix(' ').unwrap_or(body).trim_end().to_owned());
                } else {
                    lines.extend(body.split('\n').map(|l| l.trim_end().to_owned()));
                }
                ended = false;
                newlines = 0;
                i += 2 + end + if line { 0 } else { 2 };
            }
            quote @ (b'"' | b'\'' | b'`') => {
                ended = true;
                i += 1;
                while i < bytes.len() && bytes[i] != quote {
                    i += 1 + (bytes[i] == b'\\' && quote != b'`') as usize;
                }
                i += 1;
            }
            _ => {
                ended = true;
                i += 1;
            }
        }
    }
    group.map(|lines| lines.join("\n"))
}

/// The package that a test program needs beside package testing.
pub fn support(profiled: bool) -> &'static str {
    if profiled { "internal/testmain/profiled" } else { "internal/testmain" }
}

/// The source of the test program's package main.
pub fn source(
    path: &str,
    own: &Found,
    external: &Found,
    cover: Option<(&Cover, &[Covered])>,
    profiled: bool,
) -> String {
    let mut out = format!(
        "package main\n\nimport (\n\ttestmain \"{}\"\n\t\"os\"\n\t\"testing\"\n\t_ \"unsafe\"\n",
        support(profiled),
    );
    let used = |f: &Found| {
        f.main
            || !f.tests.is_empty()
            || !f.benchmarks.is_empty()
            || !f.fuzz.is_empty()
            || !f.examples.is_empty()
    };
    for (found, alias, suffix) in [(own, "_test", ""), (external, "_xtest", "_test")] {
        if found.any {
            let alias = if used(found) { alias } else { "_" };
            writeln!(out, "\t{alias} \"{path}{suffix}\"").expect("writing to a string succeeds");
        }
    }
    let covered = || cover.iter().flat_map(|(_, list)| list.iter()).enumerate();
    for (i, c) in covered().filter(|(_, c)| c.array.is_some()) {
        writeln!(out, "\t_cover{i} {}", quoted(&c.path)).expect("writing to a string succeeds");
    }
    out.push_str(")\n\n");
    let both = [(own, "_test"), (external, "_xtest")];
    type Names = fn(&Found) -> &Vec<String>;
    let lists: [(&str, &str, Names); 3] = [
        ("tests", "InternalTest", |f| &f.tests),
        ("benchmarks", "InternalBenchmark", |f| &f.benchmarks),
        ("fuzzTargets", "InternalFuzzTarget", |f| &f.fuzz),
    ];
    for (variable, kind, names) in lists {
        writeln!(out, "var {variable} = []testing.{kind}{{").expect("writing to a string succeeds");
        for (found, alias) in both {
            for name in names(found) {
                writeln!(out, "\t{{\"{name}\", {alias}.{name}}},").expect("writing to a string succeeds");
            }
        }
        out.push_str("}\n\n");
    }
    out.push_str("var examples = []testing.InternalExample{\n");
    for (found, alias) in both {
        for (name, output, unordered) in &found.examples {
            writeln!(out, "\t{{\"{name}\", {alias}.{name}, {}, {unordered}}},", quoted(output))
                .expect("writing to a string succeeds");
        }
    }
    out.push_str("}\n\n//go:linkname exitCode testing.exitCode\nfunc exitCode(m *testing.M) int\n\n");
    if cover.is_some() {
        out.push_str("//go:linkname coverMode testing.coverMode\nfunc coverMode(mode, where string)\n\n");
        out.push_str("//go:linkname coverPackage testing.coverPackage\n");
        out.push_str("func coverPackage(blocks string, counters []uint32)\n\n");
    }
    out.push_str("func main() {\n");
    if let Some((cover, _)) = cover {
        writeln!(out, "\tcoverMode({}, {})", quoted(cover.mode.as_str()), quoted(&cover.shown))
            .expect("writing to a string succeeds");
    }
    for (i, c) in covered() {
        let counters = c.array.as_ref().map_or("nil".to_owned(), |array| format!("_cover{i}.{array}[:]"));
        writeln!(out, "\tcoverPackage({}, {counters})", quoted(&c.blocks))
            .expect("writing to a string succeeds");
    }
    writeln!(
        out,
        "\tm := testing.MainStart(testmain.New({}), tests, benchmarks, fuzzTargets, examples)",
        quoted(path)
    )
    .expect("writing to a string succeeds");
    match both.iter().find(|(f, _)| f.main) {
        Some((_, alias)) => writeln!(out, "\t{alias}.TestMain(m)\n\tos.Exit(exitCode(m))\n}}"),
        None => writeln!(out, "\tos.Exit(m.Run())\n}}"),
    }
    .expect("writing to a string succeeds");
    out
}

/// A Go string literal.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            c if (c as u32) < 0x20 || c == '\u{feff}' || c == '\u{7f}' => {
                write!(out, "\\u{:04x}", c as u32).expect("writing to a string succeeds");
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{is_test, last_comment};

    #[test]
    fn names_of_tests() {
        assert!(is_test("Test", "Test") && is_test("TestA", "Test") && is_test("Test_a", "Test"));
        assert!(!is_test("Testify", "Test") && !is_test("Best", "Test"));
    }

    #[test]
    fn the_last_group_counts() {
        let text = "{ f(\"// no\") // a\n\n// Output:\n// x\n\n}";
        assert_eq!(last_comment(text).as_deref(), Some("Output:\nx"));
        assert_eq!(last_comment("{ f() }"), None);
        assert_eq!(last_comment("{ /* Output: y */ g() }").as_deref(), Some(" Output: y"));
    }
}
