//! An independent check of results: a coarse dataflow that knows nothing of summaries' construction.
//!
//! In: a module and results. Out: violations of the invariant, as text. Every function is looked at alone, with pointers that
//! are traced directly: the address of a stack object must not be returned, stored through a parameter, a global or a heap
//! object, handed to a goroutine, a panic or a call that does not return to this frame, nor flow into a parameter of a header of
//! the loop that allocates it.
//! Filetests ask it about the form that the analysis sees.

use escargo_ir::{Cfg, Def, DomTree, Func, Loops, Module, Op, Rt, SiteId, Type, Value};

use crate::results::{EscapeResults, Placement};

pub fn check(m: &Module, results: &EscapeResults) -> Vec<String> {
    let mut out = Vec::new();
    for f in &m.funcs {
        if !f.is_declared_only() {
            check_func(m, f, results, &mut out);
        }
    }
    out
}

/// The root of an address and whether it is an object that this function allocates.
fn root(f: &Func, mut v: Value) -> (Value, Option<(SiteId, escargo_ir::Inst)>) {
    loop {
        let Def::Result(i, _) = f.values[v.index()].def else { return (v, None) };
        match &f.inst(i).op {
            Op::Field { base, .. } | Op::Elem { base, .. } | Op::Offset { base, .. } => v = *base,
            Op::Alloc { site, .. } => return (v, Some((*site, i))),
            _ => return (v, None),
        }
    }
}

fn check_func(m: &Module, f: &Func, results: &EscapeResults, out: &mut Vec<String>) {
    let cfg = Cfg::new(f);
    let dom = DomTree::new(&cfg);
    let loops = Loops::new(f, &cfg, &dom);
    let mut home = vec![None; f.insts.len()];
    for &b in &cfg.rpo {
        for &i in &f.block(b).insts {
            home[i.index()] = Some(b);
        }
    }
    let on_stack = |v: Value| -> Option<SiteId> {
        let (_, alloc) = root(f, v);
        alloc.map(|a| a.0).filter(|&s| results.placement(s) == Placement::Stack)
    };
    let mut fail = |what: &str, site: SiteId| {
        out.push(format!("{}: {} ({site}) is on the stack but {what}", f.name, m.sites[site.index()].name));
    };
    // Memory that outlives the frame, as far as the root of its address tells.
    let outlives = |addr: Value| {
        let (v, alloc) = root(f, addr);
        match alloc {
            Some((site, _)) => results.placement(site) == Placement::Heap,
            None => match f.values[v.index()].def {
                Def::Param(b, _) => b == f.order[0],
                Def::Result(i, _) => matches!(f.inst(i).op, Op::GlobalAddr(..)),
                Def::None => false,
            },
        }
    };
    for &b in &cfg.rpo {
        for &i in &f.block(b).insts {
            let op = &f.inst(i).op;
            match op {
                Op::Return(values) => {
                    for &v in values {
                        if let Some(s) = on_stack(v) {
                            fail("returned", s);
                        }
                    }
                }
                Op::Store { ty: Type::Ptr, addr, value } | Op::AtomicStore { ty: Type::Ptr, addr, value } => {
                    if let Some(s) = on_stack(*value)
                        && outlives(*addr)
                    {
                        fail("stored in memory that outlives the frame", s);
                    }
                }
                Op::TailCall { .. } | Op::TailCallClosure { .. } | Op::TailCallMethod { .. } => {
                    op.for_each_operand(|v| {
                        if let Some(s) = on_stack(v) {
                            fail("passed to a tail call", s);
                        }
                    });
                }
                Op::CallRt { rt: Rt::go_start | Rt::panic | Rt::timer_start, args, .. } => {
                    for &v in args {
                        if let Some(s) = on_stack(v) {
                            fail("kept by the runtime", s);
                        }
                    }
                }
                _ => {}
            }
            // Arguments of edges into headers.
            edges(op, |to, args| {
                let header = loops.loops.iter().position(|l| l.header == to);
                let Some(l) = header else { return };
                for &a in args {
                    if let (_, Some((site, alloc))) = root(f, a)
                        && results.placement(site) == Placement::Stack
                        && home[alloc.index()].is_some_and(|h| loops.contains(l, h))
                    {
                        fail("kept for the next iteration of its loop", site);
                    }
                }
            });
        }
    }
}

fn edges(op: &Op, mut f: impl FnMut(escargo_ir::Block, &[Value])) {
    match op {
        Op::Jump { to, args } => f(*to, args),
        Op::Branch { then, then_args, els, els_args, .. } => {
            f(*then, then_args);
            f(*els, els_args);
        }
        _ => {}
    }
}
