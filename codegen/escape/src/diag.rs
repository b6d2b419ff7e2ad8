//! Go's `-m` messages from escape results.
//!
//! In: a module as lowering made it (before optimisation, so that functions and variables are those of the source), its results, and
//! what the inliner did. Out: messages in Go's words, sorted by position; the command prints them behind `file:line:col: `.
//! The verdicts are this analysis' own: where it proves more than Go, a message says "does not escape" where Go's says otherwise.

use escargo_ir::{Module, Pos, SiteKind};
use rustc_hash::FxHashMap;

use crate::results::{EscapeResults, Placement, Step};

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

/// The messages about package main as lines `file:line:col: text`. `level` is the number behind `-m` (1 if there is none);
/// `inlinable` are positions and names of functions that may be inlined, `inlined` the calls that were.
pub fn report(
    m: &Module,
    r: &EscapeResults,
    level: u32,
    inlinable: &[(Pos, String)],
    inlined: &[(Pos, String)],
) -> Vec<String> {
    // The files that functions of package main stand in.
    let mut files: Vec<&str> = m
        .funcs
        .iter()
        .filter(|f| package_of(&f.name) == "main" && !f.flags.wrapper)
        .filter_map(|f| m.locate(f.pos).map(|l| l.0))
        .collect();
    files.sort_unstable();
    files.dedup();
    let keep = |pos: Pos| m.locate(pos).is_some_and(|l| files.binary_search(&l.0).is_ok());
    messages(m, r, level, inlinable, inlined, keep)
        .into_iter()
        .filter_map(|x| m.locate(x.pos).map(|(file, line, col)| format!("{file}:{line}:{col}: {}", x.text)))
        .collect()
}

/// The messages of everything whose position `keep` accepts.
pub fn messages(
    m: &Module,
    r: &EscapeResults,
    level: u32,
    inlinable: &[(Pos, String)],
    inlined: &[(Pos, String)],
    keep: impl Fn(Pos) -> bool,
) -> Vec<Message> {
    let mut out: Vec<Message> = Vec::new();
    let mut say = |pos: Pos, text: String| {
        if pos != Pos(0) && keep(pos) {
            out.push(Message { pos, text });
        }
    };
    for (pos, name) in inlinable {
        say(*pos, format!("can inline {}", local_name(name)));
    }
    for (pos, callee) in inlined {
        let package = package_at(m, *pos);
        let name = if package_of(callee) == package { local_name(callee) } else { callee.as_str() };
        say(*pos, format!("inlining call to {name}"));
    }
    for (i, f) in m.funcs.iter().enumerate() {
        if f.flags.wrapper {
            continue;
        }
        params(f, &r.params[i], &mut say);
    }
    for (site, verdict) in m.sites.iter().zip(&r.sites) {
        if site.origin.is_some() {
            continue;
        }
        // Maps and channels are on the heap for now; what Go says is whether they leave.
        let escapes = verdict.placement == Placement::Heap && !verdict.stays;
        let name = &site.name;
        let text = match site.kind {
            SiteKind::Var if !name.starts_with(['.', '~']) => {
                if !escapes {
                    continue;
                }
                format!("moved to heap: {name}")
            }
            SiteKind::Var
            | SiteKind::Temp
            | SiteKind::Frame
            | SiteKind::Defer
            | SiteKind::Go
            | SiteKind::Append => {
                continue;
            }
            _ if name.is_empty() || (name.starts_with('.') && !name.starts_with("...")) => continue,
            _ if escapes => format!("{name} escapes to heap"),
            _ => format!("{name} does not escape"),
        };
        if level > 1 && escapes {
            say(site.pos, format!("{name} escapes to heap in {}:", local_name(&site.func)));
            for line in flow(m, name, &verdict.reason) {
                say(site.pos, line);
            }
        }
        say(site.pos, text);
    }
    // Stable: messages of one position stay in the order above.
    out.sort_by_key(|m| m.pos);
    out.dedup();
    out
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

/// Messages of one function's parameters: those of one source parameter's scalars are joined.
fn params(f: &escargo_ir::Func, leaks: &[crate::results::ParamLeak], say: &mut impl FnMut(Pos, String)) {
    struct Joined {
        heap: Option<u32>,
        results: FxHashMap<u32, u32>,
    }
    let mut order: Vec<(String, Pos)> = Vec::new();
    let mut joined: FxHashMap<(String, Pos), Joined> = FxHashMap::default();
    for (i, leak) in leaks.iter().enumerate() {
        let Some((name, pos)) = f.param_names.get(i) else { continue };
        if name.is_empty() || name == "_" || f.sig.params[i] != escargo_ir::Type::Ptr {
            continue;
        }
        let key = (name.clone(), *pos);
        let j = joined.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            Joined { heap: None, results: FxHashMap::default() }
        });
        if let Some(h) = leak.heap {
            j.heap = Some(j.heap.map_or(h, |old| old.min(h)));
        }
        for &(r, level) in &leak.results {
            let old = j.results.entry(r).or_insert(level);
            *old = (*old).min(level);
        }
    }
    for key in order {
        let Some(j) = joined.remove(&key) else { continue };
        let (name, pos) = key;
        let mut said = false;
        if let Some(level) = j.heap {
            let what = if level == 0 { "leaking param" } else { "leaking param content" };
            say(pos, format!("{what}: {name}"));
            said = true;
        }
        let mut results: Vec<(u32, u32)> = j.results.into_iter().collect();
        results.sort_unstable();
        for (r, level) in results {
            // What goes to the heap with as few dereferences says it all.
            if j.heap.is_some_and(|h| h <= level) {
                continue;
            }
            say(pos, format!("leaking param: {name} to result ~r{r} level={level}"));
            said = true;
        }
        if !said {
            say(pos, format!("{name} does not escape"));
        }
    }
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

/// The package of the function declared last before a position in the same file.
fn package_at(m: &Module, pos: Pos) -> &str {
    m.funcs
        .iter()
        .filter(|f| f.pos != Pos(0) && f.pos <= pos && !f.flags.wrapper)
        .max_by_key(|f| f.pos)
        .map_or("", |f| package_of(&f.name))
}
