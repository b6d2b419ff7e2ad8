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
    /// By block: where its successors and predecessors begin and end in the list.
    succs: Vec<(u32, u32)>,
    preds: Vec<(u32, u32)>,
    list: Vec<Block>,
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
        let mut rpo_index = vec![u32::MAX; n];
        let (mut succs, mut preds) = (vec![(0, 0); n], vec![(0, 0); n]);
        // All successors, then all predecessors: most blocks have one or two of each.
        let mut list = Vec::with_capacity(3 * func.order.len());
        let mut rpo = Vec::with_capacity(func.order.len());
        let Some(&entry) = func.order.first() else { return Cfg { rpo, rpo_index, succs, preds, list } };
        // While the walk lasts, `rpo_index` holds 0 for blocks it has seen. On the stack, blocks with their next successor.
        let mut stack = Vec::with_capacity(16);
        let mut enter = |list: &mut Vec<Block>, b: Block| {
            let start = list.len() as u32;
            match func.terminator(b).map(|t| &t.op) {
                Some(Op::Jump { to, .. }) => list.push(*to),
                Some(Op::Branch { then, els, .. }) => list.extend([*then, *els]),
                Some(Op::Switch { cases, default, .. }) => {
                    list.extend(cases.iter().map(|c| c.1).chain([*default]));
                }
                _ => {}
            }
            let end = list.len() as u32;
            succs[b.index()] = (start, end);
            (b, start, end)
        };
        rpo_index[entry.index()] = 0;
        stack.push(enter(&mut list, entry));
        while let Some((b, next, end)) = stack.last_mut() {
            if next < end {
                let s = list[*next as usize];
                *next += 1;
                if rpo_index[s.index()] == u32::MAX {
                    rpo_index[s.index()] = 0;
                    stack.push(enter(&mut list, s));
                }
            } else {
                rpo.push(*b);
                stack.pop();
            }
        }
        rpo.reverse();
        // Predecessors: counted, then placed.
        for s in &list {
            preds[s.index()].1 += 1;
        }
        let edges = list.len();
        let mut start = edges as u32;
        for (i, &b) in rpo.iter().enumerate() {
            rpo_index[b.index()] = i as u32;
            let range = &mut preds[b.index()];
            let count = range.1;
            *range = (start, start);
            start += count;
        }
        list.resize(2 * edges, entry);
        for &b in &rpo {
            let (start, end) = succs[b.index()];
            for i in start..end {
                let end = &mut preds[list[i as usize].index()].1;
                list[*end as usize] = b;
                *end += 1;
            }
        }
        Cfg { rpo, rpo_index, succs, preds, list }
    }

    /// Predecessors of a block, one entry an edge, reachable predecessors only.
    #[inline]
    pub fn preds(&self, b: Block) -> &[Block] {
        let (start, end) = self.preds[b.index()];
        &self.list[start as usize..end as usize]
    }

    /// Successors of a reachable block, in the order of its terminator.
    #[inline]
    pub fn succs(&self, b: Block) -> &[Block] {
        let (start, end) = self.succs[b.index()];
        &self.list[start as usize..end as usize]
    }

    /// Whether an edge goes back: where no edge does, control comes to no block twice.
    #[inline]
    pub fn goes_back(&self, from: Block, to: Block) -> bool {
        self.rpo_index[to.index()] <= self.rpo_index[from.index()]
    }

    /// Whether control can come to a block twice.
    pub fn has_cycle(&self) -> bool {
        self.rpo.iter().any(|&b| self.succs(b).iter().any(|&s| self.goes_back(b, s)))
    }

    pub fn reachable(&self, b: Block) -> bool {
        self.rpo_index[b.index()] != u32::MAX
    }
}
