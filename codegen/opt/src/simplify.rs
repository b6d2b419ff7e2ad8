//! Folding, copy propagation, control flow clean-up, dead code; and, where `thread` is asked for, jumps that know the branch they lead to.
//!
//! In and out: one function in SSA form. Guarantees: near-linear in each round, a bounded number of rounds.

use escargo_ir::{Block, Cfg, Def, Func, Module, Op, Value, Values};
use smallvec::SmallVec;

use crate::dce;
use crate::edit::{
    Replace, def_inst, def_op, edge_args_mut, for_each_edge, for_each_target_mut, konst, remove_unreachable,
};
use crate::fold::{Fold, fold, invert};
use crate::thread;

const ROUNDS: usize = 4;

/// Cleans a function that has a body; its control flow as it is then.
pub fn run(module: &Module, func: &mut Func) -> Cfg {
    // One walk folds what can be folded, unless branches go or blocks lose predecessors.
    let mut cfg = None;
    for _ in 0..ROUNDS {
        let (walked, again) = fold_all(module, func);
        let shape = control_flow(func, &walked);
        cfg = (shape == Shape::Same).then_some(walked);
        if shape != Shape::FewerEdges && !again {
            break;
        }
    }
    let cfg = cfg.unwrap_or_else(|| Cfg::new(func));
    dce::run(func, &cfg);
    cfg
}

/// Threads edges of a function whose control flow is given, and cleans up behind that; the control flow then.
pub fn thread(module: &Module, func: &mut Func, cfg: Cfg) -> Cfg {
    if thread::run(func, &cfg) { run(module, func) } else { cfg }
}

/// One walk in reverse postorder: definitions come before uses, block parameters on back edges aside. Whether parameters of
/// loops went when it was over, so that there may be more to fold.
fn fold_all(module: &Module, func: &mut Func) -> (Cfg, bool) {
    let cfg = Cfg::new(func);
    if cfg.rpo.len() < func.order.len() {
        remove_unreachable(func);
    }
    let mut replace = Replace::new(func);
    let mut headers: SmallVec<[Block; 8]> = SmallVec::new();
    for (n, &b) in cfg.rpo.iter().enumerate() {
        if n > 0 && !func.blocks[b.index()].params.is_empty() {
            trivial_params(func, &cfg, b, &mut replace);
            if cfg.preds(b).iter().any(|&p| cfg.goes_back(p, b)) {
                headers.push(b);
            }
        }
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
    // What comes back to a loop's header may have turned out to be what it had before.
    let again = replace.any && headers.iter().any(|&b| trivial_params(func, &cfg, b, &mut replace));
    replace.apply(func);
    (cfg, again)
}

/// What a parameter gets on the edges into its block, but for itself.
#[derive(Clone, Copy)]
enum Same {
    Nothing,
    /// One value, which dominates the block.
    Value(Value),
    /// Several constants that are equal to this one.
    Constant(Value),
    Several,
}

/// Parameters of a block that get the same value on every edge are that value; whether there were any.
fn trivial_params(func: &mut Func, cfg: &Cfg, b: Block, replace: &mut Replace) -> bool {
    let params: Values = func.blocks[b.index()].params.iter().copied().collect();
    let mut same: SmallVec<[Same; 8]> = SmallVec::from_elem(Same::Nothing, params.len());
    let preds = cfg.preds(b);
    for (n, &p) in preds.iter().enumerate() {
        if preds[..n].contains(&p) {
            continue;
        }
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
                    Same::Nothing => Same::Value(a),
                    Same::Value(x) if x == a => Same::Value(x),
                    Same::Value(x) | Same::Constant(x) if equal_constants(func, x, a) => Same::Constant(x),
                    _ => Same::Several,
                };
            }
        });
    }
    let mut drop: SmallVec<[bool; 16]> = SmallVec::from_elem(false, params.len());
    for (i, s) in same.iter().enumerate() {
        let (v, usable) = match *s {
            Same::Value(v) => (v, !is_param_of(func, v, b)),
            Same::Constant(v) => (v, is_at_entry(func, cfg, v)),
            Same::Nothing | Same::Several => continue,
        };
        if usable {
            replace.set(params[i], v);
            drop[i] = true;
        }
    }
    let any = drop.contains(&true);
    if any {
        remove_params(func, b, preds, &drop);
    }
    any
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

fn is_param_of(func: &Func, v: Value, b: Block) -> bool {
    matches!(func.values[v.index()].def, Def::Param(d, _) if d == b)
}

/// Whether a constant dominates every block.
fn is_at_entry(func: &Func, cfg: &Cfg, v: Value) -> bool {
    let entry = &func.block(cfg.rpo[0]).insts;
    def_inst(func, v).is_some_and(|i| entry.contains(&i))
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
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Same,
    /// Blocks were merged or passed over, or a branch was turned round.
    FewerBlocks,
    /// Edges went away: block parameters may have become trivial.
    FewerEdges,
}

/// Folds branches, skips empty blocks, merges chains. `cfg` is the function's.
fn control_flow(func: &mut Func, cfg: &Cfg) -> Shape {
    if is_clean(func, cfg) {
        return Shape::Same;
    }
    let mut fewer_edges = fold_branches(func);
    if skip_empty(func) {
        // Both edges of a branch may lead to one block now.
        fewer_edges |= fold_branches(func);
    }
    remove_unreachable(func);
    merge(func);
    if fewer_edges { Shape::FewerEdges } else { Shape::FewerBlocks }
}

/// Whether there is no branch to fold, no block to skip and none to merge with another, as is so of most functions.
fn is_clean(func: &Func, cfg: &Cfg) -> bool {
    func.order.iter().all(|&b| match func.terminator(b).map(|t| &t.op) {
        Some(Op::Jump { to, .. }) => {
            let alone = cfg.preds(*to).len() == 1 && *to != b && *to != func.order[0];
            !alone && empty_target(func, b).is_none()
        }
        Some(op) => folded_branch(func, op).is_none(),
        None => true,
    })
}

/// Folds branches; whether edges went away.
fn fold_branches(func: &mut Func) -> bool {
    let mut fewer_edges = false;
    for i in 0..func.order.len() {
        let Some(&last) = func.block(func.order[i]).insts.last() else { continue };
        while let Some(op) = folded_branch(func, &func.inst(last).op) {
            fewer_edges |= matches!(op, Op::Jump { .. });
            func.insts[last.index()].op = op;
        }
    }
    fewer_edges
}

/// What a terminator can be instead.
fn folded_branch(func: &Func, op: &Op) -> Option<Op> {
    match op {
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
