//! Pass `rotate`: turns loops that test at the top into a guard and loops that test at the bottom, so that what the body does
//! first is done whenever the loop is entered (hoisting) and each iteration costs one branch.
//!
//! In: a function before variables become values, so that what a header computes is used in the header only (others stay as
//! they are). Out: headers cloned as guards in front of their loops.

use escargo_ir::{Block, Cfg, Def, DomTree, Func, InstData, Loops, Op, Value};
use rustc_hash::FxHashMap;

use crate::edit::for_each_target_mut;

/// Longer headers are not worth a copy.
const MAX_HEADER: usize = 24;

pub fn run(func: &mut Func) {
    if func.is_declared_only() {
        return;
    }
    let cfg = Cfg::new(func);
    let dom = DomTree::new(&cfg);
    let loops = Loops::new(func, &cfg, &dom);
    if loops.loops.is_empty() {
        return;
    }
    // Values that leave their block.
    let mut place = vec![Block(u32::MAX); func.insts.len()];
    for &b in &func.order {
        for &i in &func.block(b).insts {
            place[i.index()] = b;
        }
    }
    let mut leaves = vec![false; func.values.len()];
    for &b in &func.order {
        for &i in &func.block(b).insts {
            func.inst(i).op.for_each_operand(|v| {
                let home = match func.values[v.index()].def {
                    Def::Param(d, _) => d,
                    Def::Result(d, _) => place[d.index()],
                    Def::None => b,
                };
                if home != b {
                    leaves[v.index()] = true;
                }
            });
        }
    }
    for (n, l) in loops.loops.iter().enumerate() {
        let h = l.header;
        let data = func.block(h);
        if l.blocks.len() < 2
            || !data.params.is_empty()
            || data.insts.len() > MAX_HEADER
            || l.latches.contains(&h)
        {
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
        let unfit = data.insts.iter().any(|&i| {
            let inst = func.inst(i);
            matches!(inst.op, Op::Alloc { .. } | Op::CallRt { site: Some(_), .. })
                || inst.results.iter().any(|v| leaves[v.index()])
        });
        let entering: Vec<Block> =
            cfg.preds[h.index()].iter().copied().filter(|p| !l.latches.contains(p)).collect();
        if unfit || entering.is_empty() {
            continue;
        }
        let guard = func.new_block();
        func.blocks[guard.index()].cold = func.blocks[h.index()].cold;
        let mut map: FxHashMap<Value, Value> = FxHashMap::default();
        for i in func.blocks[h.index()].insts.clone() {
            let InstData { mut op, results, pos, scope } = func.inst(i).clone();
            op.for_each_operand_mut(|v| {
                if let Some(&n) = map.get(v) {
                    *v = n;
                }
            });
            let types: Vec<_> = results.iter().map(|&v| func.ty(v)).collect();
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
        let at = func.order.iter().position(|&b| b == h).expect("the header is placed");
        func.order.insert(at, guard);
    }
}
