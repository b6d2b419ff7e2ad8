//! Go's `-m` messages, corrected by escape results.
//!
//! In: the messages of Go's own analysis (`frontend/explain`), a module as lowering made it (before optimisation, so that functions and
//! variables are those of the source), its results, and what the inliner did. Out: messages in Go's words; the command prints them
//! behind `file:line:col: `. The verdicts are this analysis' own: where it proves more than Go, a message says "does not escape"
//! where Go's says otherwise.

use escargo_ir::{Module, Pos, Site, SiteKind};
use rustc_hash::FxHashMap;

use crate::results::{EscapeResults, Placement, Step, Verdict};

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub pos: Pos,
    pub text: String,
}

/// Calls inlined in an optimised module, from its functions' scopes: position and the callee's symbol name.
pub fn inlined_calls(optimised: &Module) -> Vec<(Pos, String)> {
    let mut out: Vec<(Pos, String)> = optimised
        .funcs
        .iter()
        .flat_map(|f| f.scopes.iter().map(|s| (s.call_pos, s.func.clone())))
        .filter(|c| c.0 != Pos(0))
        .collect();
    out.sort();
    out.dedup();
    out
}

/// What the inliner did in package main, as messages: `inlinable` are positions and names of functions that may be inlined, `inlined`
/// the calls that were.
pub fn inlining(m: &Module, inlinable: &[(Pos, String)], inlined: &[(Pos, String)]) -> Vec<Message> {
    // The files that functions of package main stand in.
    let mut files: Vec<&str> = m
        .funcs
        .iter()
        .filter(|f| package_of(&f.name) == "main" && !f.flags.wrapper)
        .filter_map(|f| m.locate(f.pos).map(|l| l.0))
        .collect();
    files.sort_unstable();
    files.dedup();
    let keep = |pos: Pos| pos != Pos(0) && m.locate(pos).is_some_and(|l| files.binary_search(&l.0).is_ok());
    let mut out = Vec::new();
    for (pos, name) in inlinable.iter().filter(|x| keep(x.0)) {
        out.push(Message { pos: *pos, text: format!("can inline {}", local_name(name)) });
    }
    for (pos, callee) in inlined.iter().filter(|x| keep(x.0)) {
        let name = if package_of(callee) == "main" { local_name(callee) } else { callee.as_str() };
        out.push(Message { pos: *pos, text: format!("inlining call to {name}") });
    }
    out
}

/// Sites by file, line and name.
type Sites<'m> = FxHashMap<(&'m str, u32, &'m str), Vec<(&'m Site, &'m Verdict)>>;

/// Go's messages with the verdicts of this analysis. With a `level` of 2 or more, the ways to the heap are added.
pub fn correct(m: &Module, r: &EscapeResults, level: u32, messages: Vec<Message>) -> Vec<Message> {
    let mut sites: Sites = FxHashMap::default();
    for (site, verdict) in m.sites.iter().zip(&r.sites) {
        if site.origin.is_none()
            && let Some((file, line, _)) = m.locate(site.pos)
        {
            sites.entry((file, line, &site.name)).or_default().push((site, verdict));
        }
    }
    let mut out: Vec<Message> = Vec::new();
    let mut variables: Vec<Pos> = Vec::new();
    for message in messages {
        let Message { pos, text } = message;
        let split = |suffix: &str| text.strip_suffix(suffix).map(str::to_owned);
        let (name, variable) = if let Some(name) = text.strip_prefix("moved to heap: ") {
            (name.to_owned(), true)
        } else if let Some(name) = split(" escapes to heap").or_else(|| split(" does not escape")) {
            (name, false)
        } else {
            out.push(Message { pos, text });
            continue;
        };
        let at = m.locate(pos).and_then(|(file, line, _)| sites.get(&(file, line, name.as_str())));
        let found: Vec<_> = match at {
            Some(list) => {
                let kind = |s: &Site| (s.kind == SiteKind::Var) == variable;
                let exact: Vec<_> = list.iter().copied().filter(|x| kind(x.0) && x.0.pos == pos).collect();
                if exact.is_empty() && !variable {
                    list.iter().copied().filter(|x| kind(x.0)).collect()
                } else {
                    exact
                }
            }
            None => Vec::new(),
        };
        if found.is_empty() {
            out.push(Message { pos, text });
            continue;
        }
        let heap = found.iter().find(|x| escapes(x.1));
        if let Some((site, verdict)) = heap
            && level > 1
        {
            explain(m, site, verdict, pos, &mut out);
        }
        match (heap.is_some(), variable) {
            (true, true) => {
                variables.push(pos);
                out.push(Message { pos, text });
            }
            (false, true) => {}
            (true, false) => out.push(Message { pos, text: format!("{name} escapes to heap") }),
            (false, false) => out.push(Message { pos, text: format!("{name} does not escape") }),
        }
    }
    // Variables of which Go says nothing because they do not move.
    let files: Vec<&str> = out.iter().filter_map(|x| m.locate(x.pos).map(|l| l.0)).collect();
    for (site, verdict) in m.sites.iter().zip(&r.sites) {
        let named = site.kind == SiteKind::Var && !site.name.starts_with(['.', '~']);
        if named
            && site.origin.is_none()
            && escapes(verdict)
            && !variables.contains(&site.pos)
            && m.locate(site.pos).is_some_and(|l| files.contains(&l.0))
        {
            if level > 1 {
                explain(m, site, verdict, site.pos, &mut out);
            }
            out.push(Message { pos: site.pos, text: format!("moved to heap: {}", site.name) });
        }
    }
    out
}

/// Maps and channels are on the heap for now; what Go says is whether they leave.
fn escapes(v: &Verdict) -> bool {
    v.placement == Placement::Heap && !v.stays
}

/// Messages as they are printed.
pub fn lines(m: &Module, messages: &[Message]) -> Vec<String> {
    let line = |x: &Message| {
        let (file, line, col) = m.locate(x.pos)?;
        Some(format!("{file}:{line}:{col}: {}", x.text))
    };
    messages.iter().filter_map(line).collect()
}

/// The way to the heap, in front of its verdict.
fn explain(m: &Module, site: &Site, verdict: &Verdict, pos: Pos, out: &mut Vec<Message>) {
    let name = &site.name;
    out.push(Message { pos, text: format!("{name} escapes to heap in {}:", local_name(&site.func)) });
    out.extend(flow(m, name, &verdict.reason).into_iter().map(|text| Message { pos, text }));
}

fn flow(m: &Module, name: &str, reason: &[Step]) -> Vec<String> {
    let mut out = vec![format!("  flow: {{heap}} \u{2190} &{name}:")];
    for s in reason {
        let at = match m.locate(s.pos) {
            Some((file, line, col)) => format!(" at {file}:{line}:{col}"),
            None => String::new(),
        };
        out.push(format!("    from {}{at}", s.what));
    }
    out
}

/// Package path of a symbol name: up to the first dot behind the last slash.
fn package_of(name: &str) -> &str {
    let start = name.rfind('/').map_or(0, |i| i + 1);
    name[start..].find('.').map_or("", |i| &name[..start + i])
}

/// A symbol name without its package.
fn local_name(name: &str) -> &str {
    let package = package_of(name);
    name[package.len()..].trim_start_matches('.')
}
