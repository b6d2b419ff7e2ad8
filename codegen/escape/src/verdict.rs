//! From a solved graph to verdicts: the rule for loops, placements, explanations.

use escargo_ir::{Cfg, DomTree, Func, Inst, Loops, Module, Op, Pos, Rt};

use crate::build::{Builder, Solved};
use crate::graph::{Cause, Entry, Graph, Kind, NO_INST, Node, Object, Why};
use crate::results::{Placement, Step, Verdict};

/// Explanations are cut after so many steps.
const MAX_STEPS: usize = 12;

/// An object allocated in a loop has one slot: it must be dead when its allocation is executed again. So it may not be
/// held by a parameter of a header of a loop around it, nor by an object that is allocated outside of its innermost loop.
/// In a cycle with several entries nothing stays.
pub fn apply_loop_rule(b: &mut Builder, f: &Func) {
    let locals: Vec<(Object, escargo_ir::Block)> = locals(&b.g);
    if locals.is_empty() {
        return;
    }
    let cfg = Cfg::new(f);
    if !cfg.has_cycle() {
        return;
    }
    let dom = DomTree::new(&cfg);
    let loops = Loops::new(f, &cfg, &dom);
    if locals.iter().all(|&(_, block)| !loops.in_cycle(block)) {
        return;
    }
    let irreducible =
        cfg.rpo.iter().any(|&p| cfg.succs(p).iter().any(|&s| cfg.goes_back(p, s) && !dom.dominates(s, p)));
    loop {
        let mut found: Vec<(Object, Why)> = Vec::new();
        for &(o, block) in &locals {
            if !b.g.is_reused(o) || !cfg.reachable(block) {
                continue;
            }
            if irreducible && loops.in_cycle(block) {
                found.push((o, Why { cause: Cause::Loop, inst: NO_INST, node: 0 }));
                continue;
            }
            // What the object holds: things that live shorter.
            for (_, n) in b.g.memory(o) {
                for e in b.g.places(n) {
                    let Kind::Local { block: inner, .. } = b.g.objects[e.object as usize].kind else {
                        continue;
                    };
                    if let Some(l) = loops.innermost(inner)
                        && !loops.contains(l, block)
                        && b.g.is_reused(e.object)
                    {
                        found.push((e.object, Why { cause: Cause::Loop, inst: e.inst, node: n }));
                    }
                }
            }
        }
        for (l, data) in loops.loops.iter().enumerate() {
            for &p in &f.block(data.header).params {
                let Some(n) = b.node(p) else { continue };
                for e in b.g.places(n) {
                    let Kind::Local { block, .. } = b.g.objects[e.object as usize].kind else { continue };
                    if loops.contains(l, block) && b.g.is_reused(e.object) {
                        found.push((e.object, Why { cause: Cause::Loop, inst: e.inst, node: n }));
                    }
                }
            }
        }
        if found.is_empty() {
            return;
        }
        for (o, why) in found {
            // A buffer that is used only once does not disturb older objects.
            match b.g.objects[o as usize].kind {
                Kind::Local { inst, .. }
                    if matches!(f.inst(inst).op, Op::CallRt { rt: Rt::grow_slice, .. }) =>
                {
                    b.g.objects[o as usize].once = true;
                }
                _ => b.g.escape(o, why),
            }
        }
        b.solve();
    }
}

fn locals(g: &Graph) -> Vec<(Object, escargo_ir::Block)> {
    g.objects
        .iter()
        .enumerate()
        .filter_map(|(o, d)| match d.kind {
            Kind::Local { block, .. } => Some((o as Object, block)),
            _ => None,
        })
        .collect()
}

/// Verdicts of the sites of one function.
pub fn verdicts(m: &Module, f: &Func, s: &Solved, out: &mut Vec<(escargo_ir::SiteId, Verdict)>) {
    for (o, data) in s.graph.objects.iter().enumerate() {
        let Kind::Local { inst, site, .. } = data.kind else { continue };
        let verdict = match &data.why {
            None if data.buffer => {
                let placement = if data.once { Placement::BufferOnce } else { Placement::Buffer };
                let what = format!("does not leave {}", f.name);
                Verdict { placement, reason: vec![Step { pos: f.inst(inst).pos, what }], stays: true }
            }
            None if data.managed => {
                let what = format!("does not leave {}, but the runtime keeps it on the heap", f.name);
                let reason = vec![Step { pos: f.inst(inst).pos, what }];
                Verdict { placement: Placement::Heap, reason, stays: true }
            }
            None => {
                let what = format!("does not leave {}", f.name);
                let pos = f.inst(inst).pos;
                Verdict { placement: Placement::Stack, reason: vec![Step { pos, what }], stays: true }
            }
            Some(_) => Verdict {
                placement: Placement::Heap,
                reason: explain(m, f, &s.graph, o as Object),
                stays: false,
            },
        };
        out.push((site, verdict));
    }
}

fn pos_of(f: &Func, inst: Inst) -> Pos {
    if inst == NO_INST { Pos::default() } else { f.inst(inst).pos }
}

/// How an object comes to escape: from its allocation step by step to where it leaves.
fn explain(m: &Module, f: &Func, g: &Graph, object: Object) -> Vec<Step> {
    let mut out = Vec::new();
    let mut o = object;
    loop {
        let data = &g.objects[o as usize];
        let Some(why) = data.why else { break };
        path(f, g, o, why.node, &mut out);
        let mut pos = pos_of(f, why.inst);
        let what = match why.cause {
            Cause::Size => {
                let Kind::Local { inst, site, .. } = data.kind else { break };
                pos = f.inst(inst).pos;
                m.sites[site.index()].heap_only.clone().unwrap_or_else(|| match &f.inst(inst).op {
                    Op::Alloc { count: Some(_), .. } => "non-constant size".into(),
                    _ => "too large for stack".into(),
                })
            }
            Cause::StoredHeap => "stored in memory on the heap".into(),
            Cause::StoredParam => "stored in memory of the caller".into(),
            Cause::Returned => format!("returned from {}", f.name),
            Cause::Runtime => match (why.inst != NO_INST).then(|| &f.inst(why.inst).op) {
                Some(Op::CallRt { rt, .. }) => format!("kept by {}", rt.info().name),
                _ => "kept by the runtime".into(),
            },
            Cause::UnknownCall => "passed to a call of unknown code".into(),
            Cause::Leaked(callee, p) => {
                let callee = m.func(callee);
                match callee.param_names.get(p as usize) {
                    Some((name, _)) if !name.is_empty() => {
                        format!("passed to {}, which leaks {name}", callee.name)
                    }
                    _ => format!("passed to {}, which leaks it", callee.name),
                }
            }
            Cause::TailCall => "passed to a call that replaces the frame".into(),
            Cause::Many => "one of too many objects that a pointer may mean".into(),
            Cause::Integer => "its address becomes a number".into(),
            Cause::Loop => "outlives the iteration of its loop".into(),
            Cause::Content(parent) => {
                if out.len() >= MAX_STEPS {
                    break;
                }
                out.push(Step { pos, what: format!("held by {}, which escapes:", name(m, g, parent)) });
                o = parent;
                continue;
            }
        };
        out.push(Step { pos, what });
        break;
    }
    out
}

fn name(m: &Module, g: &Graph, o: Object) -> String {
    match g.objects[o as usize].kind {
        Kind::Local { site, .. } => m.sites[site.index()].name.clone(),
        Kind::Param { index, .. } => format!("what parameter {index} points to"),
        _ => "the heap".into(),
    }
}

/// The way of a place through the graph, in the order of the flow.
fn path(f: &Func, g: &Graph, o: Object, end: Node, out: &mut Vec<Step>) {
    let start = out.len();
    let mut n = end;
    let mut last = NO_INST;
    for _ in 0..64 {
        let Some(e): Option<&Entry> = g.places(n).iter().find(|e| e.object == o) else { break };
        if e.inst != NO_INST && e.inst != last {
            last = e.inst;
            let what = match &f.inst(e.inst).op {
                Op::Alloc { .. } => Some("allocated"),
                Op::Store { .. } | Op::Copy { .. } | Op::AtomicStore { .. } => Some("stored"),
                Op::Load { .. } | Op::AtomicLoad { .. } => Some("loaded"),
                Op::Call { .. } | Op::CallClosure { .. } | Op::CallMethod { .. } => {
                    Some("passed through a call")
                }
                Op::Return(_) => Some("returned"),
                _ => None,
            };
            if let Some(what) = what {
                out.push(Step { pos: f.inst(e.inst).pos, what: what.into() });
            }
        }
        if e.from == n {
            break;
        }
        n = e.from;
        if out.len() > start + MAX_STEPS {
            break;
        }
    }
    out[start..].reverse();
}
