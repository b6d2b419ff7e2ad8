//! Stores that need no write barrier: to stack memory of this frame, and to an object that the function has just made, with no
//! safepoint in between (its memory holds nothing yet, and the collector has not seen it).

use escargo_ir::{Def, Func, Inst, Op, Type, Value};

use crate::build::Solved;

/// Whether all that the address may mean is memory of this frame.
fn is_stack(s: &Solved, addr: Value) -> bool {
    let Some(n) = s.node(addr) else { return false };
    let places = s.graph.places(n);
    !places.is_empty() && places.iter().all(|e| s.graph.on_stack(e.object))
}

fn root(f: &Func, mut v: Value) -> Option<Inst> {
    loop {
        let Def::Result(i, _) = f.values[v.index()].def else { return None };
        match &f.inst(i).op {
            Op::Field { base, .. } | Op::Elem { base, .. } => v = *base,
            _ => return Some(i),
        }
    }
}

pub fn find(f: &Func, s: &Solved, out: &mut Vec<Inst>) {
    for &b in &f.order {
        let mut fresh: Option<Inst> = None;
        for &i in &f.block(b).insts {
            let op = &f.inst(i).op;
            let addr = match op {
                Op::Store { ty: Type::Ptr, addr, .. } | Op::Zero { addr, .. } => Some(*addr),
                Op::Copy { dst, .. } => Some(*dst),
                _ => None,
            };
            if let Some(addr) = addr
                && ((fresh.is_some() && root(f, addr) == fresh) || is_stack(s, addr))
            {
                out.push(i);
            }
            match op {
                // Allocating may collect: what was made before is no longer fresh.
                Op::Alloc { .. } => fresh = Some(i),
                Op::Call { .. } | Op::CallClosure { .. } | Op::CallMethod { .. } | Op::CallRt { .. } => {
                    fresh = None
                }
                _ => {}
            }
        }
    }
}
