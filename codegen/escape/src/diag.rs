//! Go's `-m` messages from escape results.
//!
//! In: the optimised module, its results, and the functions that the inliner takes. Out: lines `file:line:col: message` in Go's words,
//! sorted by position. Only functions of package main speak, as the go command asks only the packages it was given; what
//! the program never reaches is not compiled and says nothing.

use std::collections::BTreeSet;

use escargo_ir::{Func, FuncId, Module, Pos, Site, SiteKind, Type};

use crate::results::{EscapeResults, ParamLeak, Placement};

/// The messages of `-m`; from level 2 on with the steps of each escape. `can_inline`: names and positions of functions, taken
/// before the optimiser removed those that it inlined everywhere.
pub fn messages(
    m: &Module,
    results: &EscapeResults,
    level: u32,
    can_inline: &[(Pos, String)],
) -> Vec<String> {
    let mut out: BTreeSet<(Pos, u32, String)> = BTreeSet::new();
    for (pos, name) in can_inline {
        out.insert((*pos, 0, format!("can inline {}", local_name(name))));
    }
    for f in m.funcs.iter().filter(|f| is_main(&f.name)) {
        for scope in f.scopes.iter().filter(|s| s.parent == 0) {
            out.insert((scope.call_pos, 1, format!("inlining call to {}", local_name(&scope.func))));
        }
    }
    for (i, site) in m.sites.iter().enumerate() {
        // Copies made by inlining say the same at the same place; the worst of them decides.
        if !is_main(&site.func) || site.origin.is_some() {
            continue;
        }
        let copies = || m.sites.iter().enumerate().filter(|(_, s)| s.origin.is_some_and(|o| o.index() == i));
        let worst = std::iter::once(i)
            .chain(copies().map(|(j, _)| j))
            .filter_map(|j| results.sites.get(j))
            .find(|v| v.placement == Placement::Heap)
            .or(results.sites.get(i));
        let Some(verdict) = worst else { continue };
        let heap = verdict.placement == Placement::Heap;
        let Some(text) = site_message(site, heap) else { continue };
        if level > 1 && heap {
            let head = format!("{} escapes to heap in {}:", site.name, local_name(&site.func));
            out.insert((site.pos, 2, head));
            for (n, step) in verdict.reason.iter().enumerate() {
                let at = m
                    .locate(step.pos)
                    .map_or(String::new(), |(file, line, col)| format!(" at {file}:{line}:{col}"));
                out.insert((site.pos, 3 + n as u32, format!("    from {}{at}", step.what)));
            }
        }
        out.insert((site.pos, u32::MAX, text));
    }
    for (i, f) in m.funcs.iter().enumerate().filter(|(_, f)| is_main(&f.name) && !f.flags.wrapper) {
        let Some(leaks) = results.params.get(FuncId(i as u32).index()) else { continue };
        for (pos, text) in param_messages(f, leaks) {
            out.insert((pos, u32::MAX, text));
        }
    }
    out.into_iter()
        .filter_map(|(pos, _, text)| {
            let (file, line, col) = m.locate(pos)?;
            Some(format!("{file}:{line}:{col}: {text}"))
        })
        .collect()
}

fn is_main(func: &str) -> bool {
    func.starts_with("main.")
}

/// A symbol name as diagnostics of its own package print it.
fn local_name(symbol: &str) -> &str {
    symbol.strip_prefix("main.").unwrap_or(symbol)
}

fn site_message(site: &Site, heap: bool) -> Option<String> {
    match site.kind {
        SiteKind::Var => heap.then(|| format!("moved to heap: {}", site.name)),
        SiteKind::Temp | SiteKind::Frame | SiteKind::Append => None,
        // What go and defer statements make is not in the source.
        SiteKind::Go | SiteKind::Defer => None,
        _ if heap => Some(format!("{} escapes to heap", site.name)),
        _ => Some(format!("{} does not escape", site.name)),
    }
}

/// One message a source parameter with pointers: several SSA parameters may carry it.
fn param_messages(f: &Func, leaks: &[ParamLeak]) -> Vec<(Pos, String)> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < f.param_names.len() {
        let (name, pos) = &f.param_names[at];
        let end = at + f.param_names[at..].iter().take_while(|p| *p == &f.param_names[at]).count();
        let parts: Vec<&ParamLeak> = (at..end)
            .filter(|&i| f.sig.params.get(i) == Some(&Type::Ptr))
            .filter_map(|i| leaks.get(i))
            .collect();
        at = end;
        if name.is_empty() || name == "_" || parts.is_empty() || *pos == Pos::default() {
            continue;
        }
        let before = out.len();
        match parts.iter().filter_map(|p| p.heap).min() {
            Some(0) => out.push((*pos, format!("leaking param: {name}"))),
            Some(_) => out.push((*pos, format!("leaking param content: {name}"))),
            None => {}
        }
        if out.len() == before {
            let mut results: Vec<(u32, u32)> = parts.iter().flat_map(|p| p.results.iter().copied()).collect();
            results.sort_unstable();
            results.dedup_by_key(|r| r.0);
            for (result, level) in results {
                out.push((*pos, format!("leaking param: {name} to result ~r{result} level={level}")));
            }
        }
        if out.len() == before {
            out.push((*pos, format!("{name} does not escape")));
        }
    }
    out
}
