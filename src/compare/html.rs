//! The comparison as one page that needs nothing else: tables, bars, the aligned listings.

use std::fmt::Write as _;

use super::function::{self, Mark, Shown};
use super::{Comparison, Side};

const STYLE: &str = "
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; color: #1d2330; background: #fff }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse } th, td { padding: .25rem .8rem; text-align: right } th:first-child, td:first-child { text-align: left }
thead th { border-bottom: 2px solid #8892a6 }
.bars { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem 2rem }
.bars h3 { font-size: .9rem; margin: .4rem 0 } .bar { display: grid; grid-template-columns: 4rem 1fr 7rem; gap: .5rem; align-items: center }
.bar i { display: block; height: .9rem; min-width: 1px; border-radius: 2px; background: #4c78c8 } .bar.heap i { background: #c8793c } .bar.go i { background: #4a9d6b }
pre, .code td { font: 12.5px/1.35 ui-monospace, monospace } pre { background: #f4f6fa; padding: .8rem; overflow-x: auto }
pre { tab-size: 4 } .code { width: 100% } .code th { text-align: left } .code td { text-align: left; padding: 0 .5rem; white-space: pre; border-left: 1px solid #dde2ec }
.left td { background: #e9f0fd } .right td { background: #fdeee3 } .changed td { background: #fbf8dd }
.purpose { color: #6b7488 } .note { color: #a33 }
@media (prefers-color-scheme: dark) { body { background: #14171d; color: #dfe4ee } pre { background: #1e232c } .code td { border-color: #333b48 }
 .left td { background: #1c2a45 } .right td { background: #43301f } .changed td { background: #3b3820 } }
";

/// What is compared by bars: title, unit, value of a side.
type Measure = (&'static str, fn(&Side) -> Option<f64>, fn(f64) -> String);

const MEASURES: [Measure; 6] = [
    ("Time", |s| Some(s.seconds()?.0 * 1e3), |v| format!("{v:.1} ms")),
    ("Heap objects", |s| Some(s.typical()?.heap_objects as f64), |v| format!("{v:.0}")),
    ("Heap bytes", |s| Some(s.typical()?.heap_bytes as f64), |v| format!("{v:.0}")),
    ("Collections", |s| Some(s.typical()?.collections as f64), |v| format!("{v:.0}")),
    ("Longest pause", |s| Some(s.typical()?.longest_pause_ns as f64 / 1e3), |v| format!("{v:.0} us")),
    ("Code size", |s| Some(s.code_bytes? as f64), |v| format!("{v:.0} B")),
];

pub fn page(c: &Comparison) -> String {
    let title = format!("{}: where its values live", escape(&c.program));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n"
    );
    summary(c, &mut out);
    if let Some(f) = &c.function {
        listing(f, &mut out);
    }
    out.push_str("</body></html>\n");
    out
}

fn summary(c: &Comparison, out: &mut String) {
    out.push_str("<table id=\"summary\"><thead><tr><th>mode</th>");
    for (name, ..) in MEASURES {
        let _ = write!(out, "<th>{name}</th>");
    }
    out.push_str("<th>Stack objects</th></tr></thead><tbody>\n");
    for side in &c.sides {
        let _ = write!(out, "<tr><td>{}</td>", side.name);
        for (_, value, text) in MEASURES {
            let _ = write!(out, "<td>{}</td>", value(side).map_or("-".into(), text));
        }
        let stack = side.stack_objects.map_or("-".into(), |n| n.to_string());
        let _ = writeln!(out, "<td>{stack}</td></tr>");
    }
    out.push_str("</tbody></table>\n");
    for side in &c.sides {
        if let Some(note) = &side.note {
            let _ = writeln!(out, "<p class=\"note\">{}: {}</p>", side.name, escape(note));
        }
    }
    out.push_str("<div class=\"bars\">\n");
    for (name, value, text) in MEASURES {
        let most = c.sides.iter().filter_map(value).fold(0.0, f64::max);
        let _ = writeln!(out, "<section><h3>{name}</h3>");
        for side in &c.sides {
            let Some(v) = value(side) else { continue };
            let width = if most > 0.0 { v / most * 100.0 } else { 0.0 };
            let _ = writeln!(
                out,
                "<div class=\"bar {0}\"><span>{0}</span><i style=\"width:{width:.1}%\"></i><span>{1}</span></div>",
                side.name,
                text(v)
            );
        }
        out.push_str("</section>\n");
    }
    out.push_str("</div>\n");
}

fn listing(f: &function::Comparison, out: &mut String) {
    let _ =
        writeln!(out, "<h2>{} <small>{}</small></h2>\n<pre id=\"source\">", escape(&f.name), escape(&f.file));
    for (n, text) in &f.source {
        let _ = writeln!(out, "{n:5}  {}", escape(text));
    }
    out.push_str("</pre>\n<ul>");
    for site in &f.sites {
        let _ = write!(out, "<li>{}</li>", escape(site));
    }
    let _ = writeln!(out, "</ul>\n<details><summary>IR</summary><pre>{}</pre></details>", escape(&f.ir));
    let _ = writeln!(
        out,
        "<h2>{} machine code</h2>\n<table class=\"code\"><thead><tr><th>line</th><th>default, {} bytes</th>\
         <th>everything on the heap, {} bytes</th><th>purpose</th></tr></thead><tbody>",
        f.target, f.bytes.0, f.bytes.1
    );
    for row in &f.rows {
        let class = match row.mark {
            Mark::Same => "",
            Mark::Changed => "changed",
            Mark::Left => "left",
            Mark::Right => "right",
        };
        let any = row.left.as_ref().or(row.right.as_ref());
        let line = any.filter(|s| s.line > 0).map_or(String::new(), |s| s.line.to_string());
        let purpose = any.map_or("", |s| s.purpose);
        let ir = any.and_then(|s| s.ir.as_deref()).unwrap_or_default();
        let _ = writeln!(
            out,
            "<tr class=\"{class}\" title=\"{}\"><td>{line}</td><td>{}</td><td>{}</td><td class=\"purpose\">{purpose}</td></tr>",
            escape(ir),
            cell(&row.left),
            cell(&row.right)
        );
    }
    out.push_str("</tbody></table>\n");
}

fn cell(s: &Option<Shown>) -> String {
    s.as_ref().map_or(String::new(), |s| format!("{:4x} {}", s.offset, escape(&s.text)))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
