//! Pass `licm`: what a loop loads in every iteration and never changes is loaded once, in front of it.
//!
//! Hoisted: loads whose address is made outside (or of hoisted fields, constants and comparisons), whose alias class the
//! loop does not write, and that can not fault there: their root is never null or was accessed before, or the load is the first
//! thing the loop does whenever it is entered. Cranelift hoists pure arithmetic by itself.

use escargo_ir::{Block, Cfg, Def, DomTree, Func, Inst, Loops, Module, Op, Value, Values};
use rustc_hash::FxHashSet;

use crate::edit::{address, def_op, for_each_edge, for_each_target_mut, never_null};
use crate::gvn::GUARD;
use crate::memory::{ALL, Memory};

pub fn run(m: &Module, f: &mut Func) {
    if f.is_declared_only() {
        return;
    }
    let cfg = Cfg::new(f);
    if !cfg.has_cycle() {
        return;
    }
    let dom = DomTree::new(&cfg);
    let loops = Loops::new(f, &cfg, &dom);
    if loops.loops.is_empty() {
        return;
    }
    let mem = Memory::new(m, f);
    let mut home = vec![Block(u32::MAX); f.insts.len()];
    for &b in &cfg.rpo {
        for &i in &f.block(b).insts {
            home[i.index()] = b;
        }
    }
    // Inner loops first: what leaves them is seen again in the loops around them.
    let mut blocks: Vec<Vec<Block>> = loops.loops.iter().map(|l| l.blocks.clone()).collect();
    for n in (0..loops.loops.len()).rev() {
        let header = loops.loops[n].header;
        let inside: FxHashSet<Block> = blocks[n].iter().copied().collect();
        let mut writes = 0;
        for &b in &blocks[n] {
            for &i in &f.block(b).insts {
                writes |= mem.writes(m, f, i);
            }
        }
        let moved = choose(m, f, &mem, &inside, &blocks[n], header, writes, &dom, &home);
        if moved.is_empty() {
            continue;
        }
        let Some(pre) = preheader(f, &inside, header) else { continue };
        let set: FxHashSet<Inst> = moved.iter().copied().collect();
        for &b in &blocks[n] {
            f.blocks[b.index()].insts.retain(|i| !set.contains(i));
        }
        let at = f.block(pre).insts.len() - 1;
        f.blocks[pre.index()].insts.splice(at..at, moved.iter().copied());
        for &i in &moved {
            home[i.index()] = pre;
        }
        // The new block belongs to the loops around.
        let mut parent = loops.loops[n].parent;
        while let Some(p) = parent {
            if !blocks[p].contains(&pre) {
                blocks[p].push(pre);
            }
            parent = loops.loops[p].parent;
        }
    }
}

/// Instructions to hoist, in an order that keeps definitions before uses.
fn choose(
    m: &Module,
    f: &Func,
    mem: &Memory,
    inside: &FxHashSet<Block>,
    blocks: &[Block],
    header: Block,
    writes: u64,
    dom: &DomTree,
    home: &[Block],
) -> Vec<Inst> {
    let mut hoisted: FxHashSet<Inst> = FxHashSet::default();
    let mut out = Vec::new();
    let invariant = |hoisted: &FxHashSet<Inst>, v: Value| match f.values[v.index()].def {
        Def::Param(b, _) => !inside.contains(&b),
        Def::Result(i, _) => hoisted.contains(&i) || !inside.contains(&home[i.index()]),
        Def::None => false,
    };
    // Pointers that the loop's entry knows not to be null: accessed in a block that dominates the loop.
    let known = |v: Value| never_null(f, v) || accessed_before(m, f, v, header, dom, inside);
    // The header first, and blocks in their order, so that chains of definitions are met in order.
    let mut any_load = false;
    // Pointers that hoisted accesses have touched.
    let mut touched: FxHashSet<Value> = FxHashSet::default();
    for &b in std::iter::once(&header).chain(blocks.iter().filter(|&&b| b != header)) {
        // At the header's start nothing has happened yet in the first iteration.
        let mut first = b == header;
        for &i in &f.block(b).insts {
            let op = &f.inst(i).op;
            match op {
                Op::Load { ty, addr } => {
                    let class = mem.class(m, f, *addr, *ty);
                    let stable = class != 63 && writes >> class & 1 == 0 && writes != ALL;
                    if stable && invariant(&hoisted, *addr) {
                        let a = address(m, f, *addr);
                        let near = a.offset.is_some_and(|o| (0..GUARD).contains(&o)) && only_fields(f, *addr);
                        if first || (near && (touched.contains(&a.root) || known(a.root))) {
                            if near {
                                touched.insert(a.root);
                            }
                            hoisted.insert(i);
                            out.push(i);
                            any_load = true;
                            continue;
                        }
                    }
                    first = false;
                }
                Op::NilCheck(v) => {
                    if first && invariant(&hoisted, *v) {
                        touched.insert(*v);
                        hoisted.insert(i);
                        out.push(i);
                        continue;
                    }
                    first = false;
                }
                Op::Check { x, y, .. } => {
                    if first && invariant(&hoisted, *x) && y.is_none_or(|y| invariant(&hoisted, y)) {
                        hoisted.insert(i);
                        out.push(i);
                        any_load = true;
                        continue;
                    }
                    first = false;
                }
                // Addresses and arithmetic that loads may need; what nothing hoisted uses stays where it is.
                Op::Field { .. }
                | Op::Elem { .. }
                | Op::GlobalAddr(..)
                | Op::Iconst { .. }
                | Op::Null
                | Op::Icmp(..)
                | Op::Binary(..)
                | Op::Convert { .. } => {
                    let mut ok = true;
                    op.for_each_operand(|v| ok &= invariant(&hoisted, v));
                    if ok {
                        hoisted.insert(i);
                        out.push(i);
                    }
                }
                Op::Store { .. }
                | Op::Call { .. }
                | Op::CallRt { .. }
                | Op::Zero { .. }
                | Op::Copy { .. } => first = false,
                op if op.is_computation() || op.is_debug() => {}
                _ => first = false,
            }
        }
    }
    if !any_load {
        return Vec::new();
    }
    // Keep only what loads and checks need.
    let mut needed: FxHashSet<Inst> = FxHashSet::default();
    let mut work: Vec<Inst> = out
        .iter()
        .copied()
        .filter(|&i| matches!(f.inst(i).op, Op::Load { .. } | Op::Check { .. } | Op::NilCheck(_)))
        .collect();
    while let Some(i) = work.pop() {
        if !needed.insert(i) {
            continue;
        }
        f.inst(i).op.for_each_operand(|v| {
            if let Def::Result(d, _) = f.values[v.index()].def
                && hoisted.contains(&d)
            {
                work.push(d);
            }
        });
    }
    out.retain(|i| needed.contains(i));
    out
}

/// Whether an address is reached by fields alone: elements may lie beyond the end of their array where the loop tests for that.
fn only_fields(f: &Func, mut v: Value) -> bool {
    loop {
        match def_op(f, v) {
            Some(Op::Field { base, .. }) => v = *base,
            Some(Op::Elem { .. } | Op::Offset { .. }) => return false,
            _ => return true,
        }
    }
}

/// Whether a dominator of the loop accesses what the pointer points to.
fn accessed_before(
    m: &Module,
    f: &Func,
    v: Value,
    header: Block,
    dom: &DomTree,
    inside: &FxHashSet<Block>,
) -> bool {
    let mut at = dom.idom(header);
    for _ in 0..8 {
        let Some(b) = at else { return false };
        if !inside.contains(&b) {
            for &i in &f.block(b).insts {
                match &f.inst(i).op {
                    Op::NilCheck(x) if *x == v => return true,
                    Op::Load { addr, .. } | Op::Store { addr, .. } => {
                        let a = address(m, f, *addr);
                        if a.root == v && !a.raw && a.offset.is_some_and(|o| (0..GUARD).contains(&o)) {
                            return true;
                        }
                    }
                    _ => {}
                }
            }
        }
        at = dom.idom(b);
    }
    false
}

/// The block that enters a loop: an existing one that only jumps there, or a new one.
fn preheader(f: &mut Func, inside: &FxHashSet<Block>, header: Block) -> Option<Block> {
    // Blocks made for other loops may have come in between.
    let entering: Vec<Block> = f
        .order
        .iter()
        .copied()
        .filter(|b| !inside.contains(b))
        .filter(|&b| {
            let mut enters = false;
            if let Some(t) = f.terminator(b) {
                t.op.for_each_successor(|s| enters |= s == header);
            }
            enters
        })
        .collect();
    if let [p] = entering[..]
        && matches!(f.terminator(p).map(|t| &t.op), Some(Op::Jump { .. }))
    {
        return Some(p);
    }
    if entering.is_empty() {
        return None;
    }
    let pre = f.new_block();
    let types: Vec<_> = f.block(header).params.iter().map(|&v| f.ty(v)).collect();
    let params: Values = types.into_iter().map(|t| f.add_param(pre, t)).collect();
    let (pos, scope) =
        f.block(header).insts.first().map_or_else(Default::default, |&i| (f.inst(i).pos, f.inst(i).scope));
    let jump = f.new_inst(Op::Jump { to: header, args: params }, &[], pos, scope);
    f.blocks[pre.index()].insts.push(jump);
    f.blocks[pre.index()].cold = f.blocks[header.index()].cold;
    for p in entering {
        if let Some(&last) = f.block(p).insts.last() {
            // A switch carries no arguments: its edges go to headers without parameters only.
            let mut has_args = true;
            for_each_edge(&f.inst(last).op, |to, args| {
                if to == header {
                    has_args = args.len() == f.block(header).params.len();
                }
            });
            debug_assert!(has_args, "edges carry their arguments along");
            for_each_target_mut(&mut f.insts[last.index()].op, |t| {
                if *t == header {
                    *t = pre;
                }
            });
        }
    }
    let at = f.order.iter().position(|&b| b == header).expect("the header is placed");
    f.order.insert(at, pre);
    Some(pre)
}
