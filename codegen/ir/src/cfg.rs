//! Control flow of one function: predecessors and reverse postorder.
//!
//! In: a function. Out: tables indexed by block. Requires: block ids in range (see `verify`). Near-linear, no recursion.

use smallvec::SmallVec;

use crate::entity::Block;
use crate::func::Func;

pub struct Cfg {
    /// Predecessors by block, one entry an edge, reachable predecessors only.
    pub preds: Vec<SmallVec<[Block; 2]>>,
    /// Reachable blocks in reverse postorder; the entry is the first.
    pub rpo: Vec<Block>,
    /// Position in `rpo`, or `u32::MAX` if unreachable.
    pub rpo_index: Vec<u32>,
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
        let mut cfg = Cfg { preds: vec![SmallVec::new(); n], rpo: Vec::new(), rpo_index: vec![u32::MAX; n] };
        let Some(&entry) = func.order.first() else { return cfg };
        let mut seen = vec![false; n];
        let mut stack = vec![(entry, successors(func, entry), 0usize)];
        seen[entry.index()] = true;
        let mut post = Vec::new();
        while let Some((b, succs, next)) = stack.last_mut() {
            if let Some(&s) = succs.get(*next) {
                *next += 1;
                if !seen[s.index()] {
                    seen[s.index()] = true;
                    stack.push((s, successors(func, s), 0));
                }
            } else {
                post.push(*b);
                stack.pop();
            }
        }
        post.reverse();
        for (i, &b) in post.iter().enumerate() {
            cfg.rpo_index[b.index()] = i as u32;
        }
        for &b in &post {
            for s in successors(func, b) {
                cfg.preds[s.index()].push(b);
            }
        }
        cfg.rpo = post;
        cfg
    }

    pub fn reachable(&self, b: Block) -> bool {
        self.rpo_index[b.index()] != u32::MAX
    }
}
