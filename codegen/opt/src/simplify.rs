//! Pass `simplify`: folding, copy propagation, control flow clean-up, dead code.
//!
//! In and out: one function in SSA form. Guarantees: near-linear in each round, a bounded number of rounds.

use escargo_ir::{Block, Cfg, Def, Func, Module, Op, Value, Values};
use smallvec::SmallVec;

use crate::dce;
use crate::edit::{
    Replace, def_op, edge_args_mut, for_each_edge, for_each_target_mut, konst, remove_unreachable,
};
use crate::fold::{Fold, fold, invert};
use crate::thread;

const ROUNDS: usize = 4;

/// Cleans a function that has a body; its control flow as it is then.
pub fn run(module: &Module, func: &mut Func) -> Cfg {
    // One walk folds what can be folded, unless branches go or blocks lose predecessors.
    let mut cfg = None;
    for _ in 0..ROUNDS {
        let walked = fold_all(module, func);
        let shape = control_flow(func);
        cfg = (shape == Shape::Same).then_some(walked);
        if shape != Shape::FewerEdges {
            break;
        }
    }
    let cfg = cfg.unwrap_or_else(|| Cfg::new(func));
    dce::run(module, func, &cfg);
    cfg
}

/// Threads edges of a function whose control flow is given, and cleans up behind that; the control flow then.
pub fn thread(module: &Module, func: &mut Func, cfg: Cfg) -> Cfg {
    if thread::run(func, &cfg) { run(module, func) } else { cfg }
}

/// One walk in reverse postorder: definitions come before uses, block parameters on back edges aside.
fn fold_all(module: &Module, func: &mut Func) -> Cfg {
    let cfg = Cfg::new(func);
    if cfg.rpo.len() < func.order.len() {
        remove_unreachable(func);
    }
    let mut replace = Replace::new(func);
    trivial_params(func, &cfg, &mut replace);
    for &b in &cfg.rpo {
        let mut insts = std::mem::take(&mut func.blocks[b.index()].insts);
        insts.retain(|&i| {
            if replace.any {
                func.insts[i.index()].op.for_each_operand_mut(|v| *v = replace.get(*v));
            }
            // A folded operation may fold again; each step makes it simpler.
            for _ in 0..4 {
                match fold(module, func, &func.insts[i.index()].op) {
                    None => break,
                    Some(Fold::Op(new)) => func.insts[i.index()].op = new,
                    Some(Fold::Value(v)) => {
                        let r = func.insts[i.index()].results[0];
                        replace.set(r, v);
                        func.values[r.index()].def = Def::None;
                        return false;
                    }
                    Some(Fold::Remove) => return false,
                }
            }
            true
        });
        func.blocks[b.index()].insts = insts;
    }
    replace.apply(func);
    cfg
}

/// Parameters that get the same value on every edge are that value.
fn trivial_params(func: &mut Func, cfg: &Cfg, replace: &mut Replace) {
    for &b in &cfg.rpo[1.min(cfg.rpo.len())..] {
        if func.blocks[b.index()].params.is_empty() {
            continue;
        }
        let params: Values = func.blocks[b.index()].params.iter().copied().collect();
        // The one value on all edges, or none.
        let mut same: SmallVec<[Option<Option<Value>>; 8]> = SmallVec::from_elem(None, params.len());
        let mut seen: SmallVec<[Block; 4]> = SmallVec::new();
        for &p in cfg.preds(b) {
            if seen.contains(&p) {
                continue;
            }
            seen.push(p);
            let Some(t) = func.terminator(p) else { continue };
            for_each_edge(&t.op, |to, args| {
                if to != b {
                    return;
                }
                for (i, &a) in args.iter().enumerate() {
                    let a = replace.get(a);
                    if a == params[i] {
                        continue;
                    }
                    same[i] = match same[i] {
                        None => Some(Some(a)),
                        Some(Some(x)) if x == a || equal_constants(func, x, a) => Some(Some(x)),
                        _ => Some(None),
                    };
                }
            });
        }
        let mut drop: SmallVec<[bool; 16]> = SmallVec::from_elem(false, params.len());
        for (i, s) in same.iter().enumerate() {
            if let Some(Some(v)) = s
                && usable_at(func, cfg, *v, b)
            {
                replace.set(params[i], *v);
                drop[i] = true;
            }
        }
        if drop.contains(&true) {
            remove_params(func, b, cfg.preds(b), &drop);
        }
    }
}

fn equal_constants(func: &Func, a: Value, b: Value) -> bool {
    func.ty(a) == func.ty(b)
        && match (def_op(func, a), def_op(func, b)) {
            (Some(x @ (Op::Iconst { .. } | Op::Null | Op::F64const(_) | Op::GlobalAddr(..))), Some(y)) => {
                x == y
            }
            _ => false,
        }
}

/// A value that reaches a block on every edge dominates it, unless it is one of several equal constants.
fn usable_at(func: &Func, cfg: &Cfg, v: Value, b: Block) -> bool {
    match func.values[v.index()].def {
        Def::Param(d, _) => d != b || cfg.preds(b).is_empty(),
        Def::Result(i, _) => {
            !matches!(func.inst(i).op, Op::Iconst { .. } | Op::Null | Op::F64const(_) | Op::GlobalAddr(..))
                || cfg.rpo.first().is_some_and(|e| func.block(*e).insts.contains(&i))
        }
        Def::None => false,
    }
}

/// Removes parameters of a block and the arguments on its edges.
pub fn remove_params(func: &mut Func, b: Block, preds: &[Block], drop: &[bool]) {
    let mut done: SmallVec<[Block; 4]> = SmallVec::new();
    for &p in preds {
        if done.contains(&p) {
            continue;
        }
        done.push(p);
        let Some(&last) = func.block(p).insts.last() else { continue };
        edge_args_mut(&mut func.insts[last.index()].op, b, |args| {
            let mut i = 0;
            args.retain(|_| {
                i += 1;
                !drop[i - 1]
            });
        });
    }
    let params = std::mem::take(&mut func.blocks[b.index()].params);
    let mut kept = Vec::new();
    for (i, v) in params.into_iter().enumerate() {
        if drop[i] {
            func.values[v.index()].def = Def::None;
        } else {
            func.values[v.index()].def = Def::Param(b, kept.len() as u32);
            kept.push(v);
        }
    }
    func.blocks[b.index()].params = kept;
}

/// What cleaning did to the control flow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    Same,
    /// Blocks were merged or passed over.
    FewerBlocks,
    /// Edges went away: block parameters may have become trivial.
    FewerEdges,
}

/// Folds branches, skips empty blocks, merges chains.
pub fn control_flow(func: &mut Func) -> Shape {
    let mut shape = Shape::Same;
    for i in 0..func.order.len() {
        if fold_branch(func, func.order[i]) {
            shape = Shape::FewerEdges;
        }
    }
    if skip_empty(func) {
        shape = shape.max(Shape::FewerBlocks);
    }
    if shape != Shape::Same && remove_unreachable(func) {
        shape = Shape::FewerEdges;
    }
    if merge(func) {
        shape = shape.max(Shape::FewerBlocks);
    }
    shape
}

fn fold_branch(func: &mut Func, b: Block) -> bool {
    let Some(&last) = func.block(b).insts.last() else { return false };
    let new = match &func.inst(last).op {
        Op::Branch { cond, then, then_args, els, els_args } => {
            if then == els && then_args == els_args {
                Some(Op::Jump { to: *then, args: then_args.clone() })
            } else if let Some(c) = konst(func, *cond) {
                let (to, args) = if c != 0 { (then, then_args) } else { (els, els_args) };
                Some(Op::Jump { to: *to, args: args.clone() })
            } else {
                match def_op(func, *cond) {
                    // A test of a condition: branch on the condition itself.
                    Some(Op::Icmp(cc @ (escargo_ir::IntCC::Eq | escargo_ir::IntCC::Ne), x, y))
                        if func.ty(*x) == escargo_ir::Type::I8 && konst(func, *y) == Some(0) =>
                    {
                        let straight = invert(*cc) == escargo_ir::IntCC::Eq;
                        let (x, then, then_args, els, els_args) =
                            (*x, *then, then_args.clone(), *els, els_args.clone());
                        Some(if straight {
                            Op::Branch { cond: x, then, then_args, els, els_args }
                        } else {
                            Op::Branch {
                                cond: x,
                                then: els,
                                then_args: els_args,
                                els: then,
                                els_args: then_args,
                            }
                        })
                    }
                    _ => None,
                }
            }
        }
        Op::Switch { value, cases, default } => match konst(func, *value) {
            Some(x) => {
                let ty = func.ty(*value);
                let to =
                    cases.iter().find(|(n, _)| crate::edit::normal(ty, *n) == x).map_or(*default, |c| c.1);
                Some(Op::Jump { to, args: Values::new() })
            }
            None if cases.iter().all(|c| c.1 == *default) => {
                Some(Op::Jump { to: *default, args: Values::new() })
            }
            None => None,
        },
        _ => None,
    };
    match new {
        Some(op) => {
            func.insts[last.index()].op = op;
            true
        }
        None => false,
    }
}

/// Where control goes after a block that does nothing but jump.
fn empty_target(func: &Func, b: Block) -> Option<(Block, Values)> {
    let data = func.block(b);
    if !data.params.is_empty() || b == func.order[0] {
        return None;
    }
    let mut insts = data.insts.iter().filter(|i| !func.inst(**i).op.is_debug());
    let (Some(&only), None) = (insts.next(), insts.next()) else { return None };
    match &func.inst(only).op {
        Op::Jump { to, args } if *to != b => Some((*to, args.clone())),
        _ => None,
    }
}

fn skip_empty(func: &mut Func) -> bool {
    // An empty block that is its successor's only predecessor in a loop is a latch; skipping it is harmless.
    let mut target: Vec<Option<(Block, Values)>> = Vec::new();
    for &b in &func.order {
        if let Some(t) = empty_target(func, b) {
            if target.is_empty() {
                target.resize(func.blocks.len(), None);
            }
            target[b.index()] = Some(t);
        }
    }
    if target.is_empty() {
        return false;
    }
    // Chains of empty blocks: bounded steps, since they may form a cycle.
    let resolve = |b: Block, plain: bool| -> Option<(Block, Values)> {
        let mut at = None;
        let mut b = b;
        for _ in 0..8 {
            match &target[b.index()] {
                Some((to, args)) if !plain || args.is_empty() => {
                    at = Some((*to, args.clone()));
                    // Only the last jump of a chain may carry arguments.
                    if !args.is_empty() {
                        break;
                    }
                    b = *to;
                }
                _ => break,
            }
        }
        at
    };
    let mut changed = false;
    for b in func.order.clone() {
        let Some(&last) = func.block(b).insts.last() else { continue };
        match &mut func.insts[last.index()].op {
            Op::Jump { to, args } => {
                if let Some((t, a)) = resolve(*to, false)
                    && t != *to
                {
                    *to = t;
                    *args = a;
                    changed = true;
                }
            }
            Op::Branch { then, then_args, els, els_args, .. } => {
                for (to, args) in [(then, then_args), (els, els_args)] {
                    if let Some((t, a)) = resolve(*to, false)
                        && t != *to
                    {
                        *to = t;
                        *args = a;
                        changed = true;
                    }
                }
            }
            op @ Op::Switch { .. } => for_each_target_mut(op, |to| {
                if let Some((t, _)) = resolve(*to, true)
                    && t != *to
                {
                    *to = t;
                    changed = true;
                }
            }),
            _ => {}
        }
    }
    changed
}

/// Appends a block to its only predecessor if that jumps to it.
fn merge(func: &mut Func) -> bool {
    let mut preds = vec![0u32; func.blocks.len()];
    for &b in &func.order {
        if let Some(t) = func.terminator(b) {
            t.op.for_each_successor(|s| preds[s.index()] += 1);
        }
    }
    let mut replace = Replace::new(func);
    let mut gone = vec![false; func.blocks.len()];
    let entry = func.order[0];
    for b in func.order.clone() {
        if gone[b.index()] {
            continue;
        }
        while let Some(&last) = func.block(b).insts.last() {
            let Op::Jump { to, args } = &func.inst(last).op else { break };
            let to = *to;
            if to == b || to == entry || preds[to.index()] != 1 {
                break;
            }
            let args = args.clone();
            let data = std::mem::take(&mut func.blocks[to.index()]);
            for (p, a) in data.params.iter().zip(args) {
                replace.set(*p, a);
                func.values[p.index()].def = Def::None;
            }
            let block = &mut func.blocks[b.index()];
            block.insts.pop();
            block.insts.extend(data.insts);
            // What always follows a block is as rare as the block; a cold end makes the start cold.
            block.cold |= data.cold && b != entry;
            gone[to.index()] = true;
        }
    }
    let any = gone.contains(&true);
    if any {
        func.order.retain(|b| !gone[b.index()]);
        replace.apply(func);
    }
    any
}
