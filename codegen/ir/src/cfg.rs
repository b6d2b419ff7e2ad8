//! Control flow of one function: predecessors and reverse postorder.
//!
//! In: a function. Out: tables indexed by block. Requires: block ids in range (see `verify`). Near-linear, no recursion.

use smallvec::SmallVec;

use crate::entity::Block;
use crate::func::{Func, Op};

pub struct Cfg {
    /// Reachable blocks in reverse postorder; the entry is the first.
    pub rpo: Vec<Block>,
    /// Position in `rpo`, or `u32::MAX` if unreachable.
    pub rpo_index: Vec<u32>,
    preds: Edges,
    succs: Edges,
}

/// Neighbours of blocks, all in one list.
struct Edges {
    /// By block: where its neighbours begin and end.
    ranges: Vec<(u32, u32)>,
    list: Vec<Block>,
}

impl Edges {
    fn new(blocks: usize) -> Edges {
        Edges { ranges: vec![(0, 0); blocks], list: Vec::with_capacity(blocks + blocks / 2) }
    }

    /// Appends the successors of a block: where they begin and end.
    #[inline]
    fn enter(&mut self, func: &Func, b: Block) -> (Block, u32, u32) {
        let start = self.list.len() as u32;
        match func.terminator(b).map(|t| &t.op) {
            Some(Op::Jump { to, .. }) => self.list.push(*to),
            Some(Op::Branch { then, els, .. }) => self.list.extend([*then, *els]),
            Some(Op::Switch { cases, default, .. }) => {
                self.list.extend(cases.iter().map(|c| c.1).chain([*default]));
            }
            _ => {}
        }
        let end = self.list.len() as u32;
        self.ranges[b.index()] = (start, end);
        (b, start, end)
    }

    #[inline]
    fn of(&self, b: Block) -> &[Block] {
        let (start, end) = self.ranges[b.index()];
        &self.list[start as usize..end as usize]
    }
}

/// Successors of a block, in the order of its terminator.
pub fn successors(func: &Func, b: Block) -> SmallVec<[Block; 2]> {
    let mut out = SmallVec::new();
    if let Some(t) = func.terminator(b) {
        t.op.for_each_successor(|s| out.push(s));
    }
    out
}

impl Cfg {
    pub fn new(func: &Func) -> Cfg {
        let n = func.blocks.len();
        let mut cfg =
            Cfg { rpo: Vec::new(), rpo_index: vec![u32::MAX; n], preds: Edges::new(n), succs: Edges::new(n) };
        let Some(&entry) = func.order.first() else { return cfg };
        // While the walk lasts, `rpo_index` holds 0 for blocks it has seen, and a block's range begins at its next successor.
        let mut stack = Vec::with_capacity(16);
        let succs = &mut cfg.succs;
        cfg.rpo_index[entry.index()] = 0;
        stack.push(succs.enter(func, entry));
        let mut post = Vec::with_capacity(func.order.len());
        while let Some(&mut (b, ref mut next, end)) = stack.last_mut() {
            if *next < end {
                let s = succs.list[*next as usize];
                *next += 1;
                if cfg.rpo_index[s.index()] == u32::MAX {
                    cfg.rpo_index[s.index()] = 0;
                    stack.push(succs.enter(func, s));
                }
            } else {
                post.push(b);
                stack.pop();
            }
        }
        post.reverse();
        for (i, &b) in post.iter().enumerate() {
            cfg.rpo_index[b.index()] = i as u32;
        }
        // Predecessors: counted, then placed.
        for s in &cfg.succs.list {
            cfg.preds.ranges[s.index()].1 += 1;
        }
        let mut start = 0;
        for &b in &post {
            let range = &mut cfg.preds.ranges[b.index()];
            let count = range.1;
            *range = (start, start);
            start += count;
        }
        cfg.preds.list = vec![entry; start as usize];
        for &b in &post {
            for &s in cfg.succs.of(b) {
                let end = &mut cfg.preds.ranges[s.index()].1;
                cfg.preds.list[*end as usize] = b;
                *end += 1;
            }
        }
        cfg.rpo = post;
        cfg
    }

    /// Predecessors of a block, one entry an edge, reachable predecessors only.
    #[inline]
    pub fn preds(&self, b: Block) -> &[Block] {
        self.preds.of(b)
    }

    /// Successors of a reachable block, in the order of its terminator.
    #[inline]
    pub fn succs(&self, b: Block) -> &[Block] {
        self.succs.of(b)
    }

    pub fn reachable(&self, b: Block) -> bool {
        self.rpo_index[b.index()] != u32::MAX
    }
}
