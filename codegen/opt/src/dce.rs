//! Pass `dce`: removes what nothing observable depends on: pure operations, block parameters, loads (kept as nil checks where
//! they may fault), allocations that are only written, and the writes to them.
//!
//! In and out: one function in SSA form without unreachable blocks. Linear.

use escargo_ir::{Cfg, Def, Func, Inst, Module, Op, Rt, Value};

use crate::edit::{address, def_inst, def_op, for_each_edge, never_null};
use crate::simplify::remove_params;

/// Runtime operations without any effect but their result.
pub fn rt_is_pure(rt: Rt) -> bool {
    matches!(
        rt,
        Rt::string_concat2
            | Rt::string_concat
            | Rt::string_compare
            | Rt::string_from_bytes
            | Rt::bytes_from_string
            | Rt::string_from_runes
            | Rt::runes_from_string
            | Rt::string_from_rune
            | Rt::decode_rune
            | Rt::count_runes
            | Rt::memequal
            | Rt::index_byte
            | Rt::count_byte
            | Rt::index_string
            | Rt::fma
    )
}

/// Whether the instruction may go when its results are unused; loads and writes to local objects are treated apart.
fn is_pure(op: &Op) -> bool {
    match op {
        Op::Alloc { count: None, .. } | Op::FramePointer | Op::ReturnAddress => true,
        Op::CallRt { rt, .. } => rt_is_pure(*rt),
        op => op.is_computation(),
    }
}

/// The object that an instruction only writes to.
fn written(op: &Op) -> Option<Value> {
    match op {
        Op::Store { addr, .. } | Op::Zero { addr, .. } => Some(*addr),
        _ => None,
    }
}

/// What a debug operation tells of.
fn debug_operand(op: &Op) -> Option<Value> {
    match op {
        Op::DebugAddr { addr: v, .. } | Op::DebugValue { value: v, .. } => Some(*v),
        _ => None,
    }
}

fn is_constant(op: &Op) -> bool {
    matches!(op, Op::Iconst { .. } | Op::F32const(_) | Op::F64const(_) | Op::Null)
}

pub fn run(module: &Module, func: &mut Func, cfg: &Cfg) {
    let mut live_inst = vec![false; func.insts.len()];
    let mut live_value = vec![false; func.values.len()];
    let mut work: Vec<Value> = Vec::new();
    let mut writes: Vec<(Inst, Inst)> = Vec::new();
    let mut loads: Vec<(Inst, Value)> = Vec::new();

    let mut roots: Vec<Inst> = Vec::new();
    for &b in &cfg.rpo {
        for &i in &func.block(b).insts {
            let op = &func.inst(i).op;
            if is_pure(op) {
                continue;
            }
            if op.is_debug() {
                // Constants cost nothing, and a debugger can show them.
                if let Some(v) = debug_operand(op)
                    && def_op(func, v).is_some_and(is_constant)
                {
                    work.push(v);
                }
                continue;
            }
            if let Some(addr) = written(op) {
                let root = address(module, func, addr).root;
                if let Some(a) = def_inst(func, root)
                    && matches!(func.inst(a).op, Op::Alloc { count: None, .. })
                {
                    writes.push((a, i));
                    continue;
                }
            }
            if let Op::Load { addr, .. } = op {
                let root = address(module, func, *addr).root;
                if !never_null(func, root) {
                    loads.push((i, root));
                    work.push(root);
                }
                continue;
            }
            roots.push(i);
        }
    }
    writes.sort_unstable();
    let mark_inst = |func: &Func, live: &mut Vec<bool>, work: &mut Vec<Value>, i: Inst| {
        if std::mem::replace(&mut live[i.index()], true) {
            return;
        }
        let op = &func.inst(i).op;
        // Arguments of edges live and die with the parameters that they feed.
        match op {
            Op::Jump { .. } => {}
            Op::Branch { cond, .. } => work.push(*cond),
            _ => op.for_each_operand(|v| work.push(v)),
        }
    };
    for i in roots {
        mark_inst(func, &mut live_inst, &mut work, i);
    }
    while let Some(v) = work.pop() {
        if std::mem::replace(&mut live_value[v.index()], true) {
            continue;
        }
        match func.values[v.index()].def {
            Def::Result(i, _) => {
                mark_inst(func, &mut live_inst, &mut work, i);
                if matches!(func.inst(i).op, Op::Alloc { .. }) {
                    let from = writes.partition_point(|w| w.0 < i);
                    for &(_, w) in writes[from..].iter().take_while(|w| w.0 == i) {
                        mark_inst(func, &mut live_inst, &mut work, w);
                    }
                }
            }
            Def::Param(b, n) => {
                for &p in cfg.preds(b) {
                    if let Some(t) = func.terminator(p) {
                        for_each_edge(&t.op, |to, args| {
                            if to == b
                                && let Some(&a) = args.get(n as usize)
                            {
                                work.push(a);
                            }
                        });
                    }
                }
            }
            Def::None => {}
        }
    }
    for (i, root) in loads {
        if !live_inst[i.index()] {
            let inst = &mut func.insts[i.index()];
            inst.op = Op::NilCheck(root);
            for v in inst.results.drain(..) {
                func.values[v.index()].def = Def::None;
            }
            live_inst[i.index()] = true;
        }
    }
    for &b in &cfg.rpo {
        let Func { blocks, insts, values, .. } = func;
        blocks[b.index()].insts.retain(|i| {
            // Debug operations whose value goes say that the variable is not known.
            if live_inst[i.index()] || insts[i.index()].op.is_debug() {
                return true;
            }
            for v in &insts[i.index()].results {
                values[v.index()].def = Def::None;
            }
            false
        });
        if b == cfg.rpo[0] || func.block(b).params.is_empty() {
            continue;
        }
        let drop: Vec<bool> = func.block(b).params.iter().map(|v| !live_value[v.index()]).collect();
        if drop.contains(&true) {
            remove_params(func, b, cfg.preds(b), &drop);
        }
    }
}
