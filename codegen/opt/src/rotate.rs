//! Pass `rotate`: turns loops that test at the top into a guard and loops that test at the bottom, so that what the body does
//! first is done whenever the loop is entered (hoisting) and each iteration costs one branch.
//!
//! In: a function before variables become values, so that headers have few parameters (those of range loops' hidden variables)
//! and little of what they compute is used elsewhere. Out: headers cloned as guards in front of their loops; what is used
//! behind a header becomes a parameter of the block behind it.

use escargo_ir::{Block, Cfg, DomTree, Func, Inst, InstData, Loops, Op, Value};
use rustc_hash::FxHashMap;

use crate::edit::for_each_target_mut;

/// Longer headers are not worth a copy.
const MAX_HEADER: usize = 24;

pub fn run(func: &mut Func) {
    if func.is_declared_only() {
        return;
    }
    let cfg = Cfg::new(func);
    if !cfg.has_cycle() {
        return;
    }
    let dom = DomTree::new(&cfg);
    let loops = Loops::new(func, &cfg, &dom);
    if loops.loops.is_empty() {
        return;
    }
    // Blocks made here stand for the headers that they copy.
    let mut like: Vec<Block> = (0..func.blocks.len() as u32).map(Block).collect();
    // Uses of headers' values outside of their block.
    const NONE: Block = Block(u32::MAX);
    let mut home = vec![NONE; func.values.len()];
    for l in &loops.loops {
        let data = func.block(l.header);
        let results = data.insts.iter().flat_map(|&i| &func.inst(i).results);
        data.params.iter().chain(results).for_each(|v| home[v.index()] = l.header);
    }
    let mut far: FxHashMap<Value, Vec<(Block, Inst)>> = FxHashMap::default();
    for &b in &cfg.rpo {
        for &i in &func.block(b).insts {
            func.inst(i).op.for_each_operand(|v| {
                let home = home[v.index()];
                if home != NONE && home != b {
                    far.entry(v).or_default().push((b, i));
                }
            });
        }
    }
    let mut guards: FxHashMap<Block, Block> = FxHashMap::default();
    for (n, l) in loops.loops.iter().enumerate() {
        let h = l.header;
        let data = func.block(h);
        if l.blocks.len() < 2 || data.insts.len() > MAX_HEADER || l.latches.contains(&h) {
            continue;
        }
        let Some(Op::Branch { then, els, then_args, els_args, .. }) = func.terminator(h).map(|t| &t.op)
        else {
            continue;
        };
        let inside = (loops.contains(n, *then), loops.contains(n, *els));
        if inside.0 == inside.1 || !then_args.is_empty() || !els_args.is_empty() {
            continue;
        }
        let (body, exit) = if inside.0 { (*then, *els) } else { (*els, *then) };
        let unfit = data
            .insts
            .iter()
            .any(|&i| matches!(func.inst(i).op, Op::Alloc { .. } | Op::CallRt { site: Some(_), .. }));
        let results = data.insts.iter().flat_map(|&i| func.inst(i).results.iter());
        let leaving: Vec<Value> =
            data.params.iter().chain(results).copied().filter(|v| far.contains_key(v)).collect();
        let entering: Vec<Block> = cfg.preds(h).iter().copied().filter(|p| !l.latches.contains(p)).collect();
        if unfit || entering.is_empty() {
            continue;
        }
        // What leaves is used behind the body's or the exit's start, and these have no other predecessor.
        let alone = |b: Block| cfg.preds(b).len() == 1;
        if !leaving.is_empty() {
            let ok = alone(body)
                && leaving.iter().flat_map(|v| &far[v]).all(|&(b, _)| {
                    let at = like[b.index()];
                    dom.dominates(body, at) || (alone(exit) && dom.dominates(exit, at))
                });
            if !ok || leaving.len() > 8 {
                continue;
            }
        }
        let guard = func.new_block();
        like.push(h);
        func.blocks[guard.index()].cold = func.blocks[h.index()].cold;
        let mut map: FxHashMap<Value, Value> = FxHashMap::default();
        for p in func.blocks[h.index()].params.clone() {
            map.insert(p, func.add_param(guard, func.ty(p)));
        }
        for i in func.blocks[h.index()].insts.clone() {
            let InstData { mut op, results, pos, scope } = func.inst(i).clone();
            op.for_each_operand_mut(|v| {
                if let Some(&n) = map.get(v) {
                    *v = n;
                }
            });
            let types: Vec<_> = results.iter().map(|&v| func.ty(v)).collect();
            // The copy uses what the header used from outside.
            op.for_each_operand(|v| {
                if let Some(list) = far.get_mut(&v) {
                    list.push((guard, Inst(func.insts.len() as u32)));
                }
            });
            let copy = func.new_inst(op, &types, pos, scope);
            for (old, new) in results.iter().zip(func.inst(copy).results.clone()) {
                map.insert(*old, new);
            }
            func.blocks[guard.index()].insts.push(copy);
        }
        for p in entering {
            if let Some(&last) = func.block(p).insts.last() {
                for_each_target_mut(&mut func.insts[last.index()].op, |t| {
                    if *t == h {
                        *t = guard;
                    }
                });
            }
        }
        if !leaving.is_empty() {
            for target in [body, exit] {
                if !alone(target) {
                    continue;
                }
                let mut to: FxHashMap<Value, Value> = FxHashMap::default();
                for &v in &leaving {
                    let ty = func.ty(v);
                    to.insert(v, func.add_param(target, ty));
                }
                for (source, copy) in [(h, false), (guard, true)] {
                    let last = *func.block(source).insts.last().expect("a header ends in its branch");
                    crate::edit::edge_args_mut(&mut func.insts[last.index()].op, target, |args| {
                        args.extend(leaving.iter().map(|v| if copy { map[v] } else { *v }));
                    });
                }
                for (b, i) in leaving.iter().flat_map(|v| &far[v]) {
                    if dom.dominates(target, like[b.index()]) {
                        func.insts[i.index()].op.for_each_operand_mut(|v| {
                            if let Some(&p) = to.get(v) {
                                *v = p;
                            }
                        });
                    }
                }
            }
        }
        guards.insert(h, guard);
    }
    // A guard stands in front of its loop.
    if !guards.is_empty() {
        let order = std::mem::take(&mut func.order);
        func.order = order.into_iter().flat_map(|b| guards.get(&b).copied().into_iter().chain([b])).collect();
    }
}
