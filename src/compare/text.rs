//! The comparison as text for the terminal.

use std::fmt::Write as _;

use super::Comparison;
use super::function::{self, Shown};

/// Width of an instruction's column.
const CODE: usize = 46;

pub fn render(c: &Comparison) -> String {
    let mut out = format!("{}\n\n", c.program);
    let header = [
        "mode",
        "time (ms)",
        "min..max",
        "heap objects",
        "heap bytes",
        "stack objects",
        "collections",
        "longest pause (us)",
        "code bytes",
    ];
    let mut table = vec![header.map(str::to_owned)];
    for side in &c.sides {
        let number = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
        let u = side.typical();
        let (time, spread) = side.seconds().map_or(("-".into(), "-".into()), |(median, min, max)| {
            (format!("{:.1}", median * 1e3), format!("{:.1}..{:.1}", min * 1e3, max * 1e3))
        });
        table.push([
            side.name.to_owned(),
            time,
            spread,
            number(u.map(|u| u.heap_objects)),
            number(u.map(|u| u.heap_bytes)),
            number(side.stack_objects),
            number(u.map(|u| u.collections)),
            u.map_or("-".into(), |u| format!("{:.0}", u.longest_pause_ns as f64 / 1e3)),
            number(side.code_bytes),
        ]);
    }
    let width = |i: usize| table.iter().map(|r| r[i].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    for row in &table {
        for (i, cell) in row.iter().enumerate() {
            let w = widths[i];
            let _ = if i == 0 { write!(out, "{cell:w$}") } else { write!(out, "  {cell:>w$}") };
        }
        out.push('\n');
    }
    for side in &c.sides {
        if let Some(note) = &side.note {
            let _ = writeln!(out, "{}: {note}", side.name);
        }
    }
    if let Some(f) = &c.function {
        function(f, &mut out);
    }
    out
}

fn function(f: &function::Comparison, out: &mut String) {
    let _ = writeln!(out, "\n{} in {}", f.name, f.file);
    for (n, text) in &f.source {
        let _ = writeln!(out, "{n:5}  {}", text.replace('\t', "    "));
    }
    if !f.sites.is_empty() {
        out.push('\n');
    }
    for site in &f.sites {
        let _ = writeln!(out, "{site}");
    }
    let _ = writeln!(out, "\n{}", f.ir);
    let _ = writeln!(
        out,
        "{} machine code: {} bytes by default, {} with everything on the heap",
        f.target, f.bytes.0, f.bytes.1
    );
    for row in &f.rows {
        let any = row.left.as_ref().or(row.right.as_ref());
        let line = any.filter(|s| s.line > 0).map_or(String::new(), |s| s.line.to_string());
        let purpose = any.map_or("", |s| s.purpose);
        let text =
            format!("{line:>5}  {} {} {}  {purpose}", column(&row.left), row.mark.sign(), column(&row.right));
        let _ = writeln!(out, "{}", text.trim_end());
    }
}

fn column(s: &Option<Shown>) -> String {
    let text = s.as_ref().map_or(String::new(), |s| format!("{:4x} {}", s.offset, s.text));
    // Names of symbols can be longer than the column.
    match text.char_indices().nth(CODE) {
        Some((at, _)) => format!("{}~", &text[..text[..at].char_indices().last().map_or(0, |l| l.0)]),
        None => format!("{text:CODE$}"),
    }
}
