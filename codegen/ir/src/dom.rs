//! Dominators.
//!
//! In: a function's control flow. Out: immediate dominators, a dominator tree, and a constant-time `dominates`.
//! Unreachable blocks have no dominator and dominate nothing.

use crate::cfg::Cfg;
use crate::entity::Block;

pub struct DomTree {
    idom: Vec<Option<Block>>,
    /// By block: where its children begin and end in `child_list`.
    child_ranges: Vec<(u32, u32)>,
    child_list: Vec<Block>,
    /// Entry and exit times of a walk over the tree; (0, 0) for unreachable blocks.
    times: Vec<(u32, u32)>,
}

impl DomTree {
    pub fn new(cfg: &Cfg) -> DomTree {
        let n = cfg.rpo_index.len();
        let mut tree = DomTree {
            idom: vec![None; n],
            child_ranges: vec![(0, 0); n],
            child_list: Vec::new(),
            times: vec![(0, 0); n],
        };
        let count = cfg.rpo.len();
        if count == 0 {
            return tree;
        }
        // Cooper, Harvey and Kennedy's iteration over reverse postorder numbers.
        const NONE: u32 = u32::MAX;
        let mut idom = vec![NONE; count];
        idom[0] = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for i in 1..count {
                let mut new = NONE;
                for p in cfg.preds(cfg.rpo[i]) {
                    let mut p = cfg.rpo_index[p.index()];
                    if idom[p as usize] == NONE {
                        continue;
                    }
                    if new == NONE {
                        new = p;
                        continue;
                    }
                    while p != new {
                        while p > new {
                            p = idom[p as usize];
                        }
                        while new > p {
                            new = idom[new as usize];
                        }
                    }
                }
                if new != idom[i] {
                    idom[i] = new;
                    changed = true;
                }
            }
        }
        for i in 1..count {
            let (b, d) = (cfg.rpo[i], cfg.rpo[idom[i] as usize]);
            tree.idom[b.index()] = Some(d);
            tree.child_ranges[d.index()].1 += 1;
        }
        let mut start = 0;
        for &b in &cfg.rpo {
            let range = &mut tree.child_ranges[b.index()];
            let count = range.1;
            *range = (start, start);
            start += count;
        }
        tree.child_list = vec![cfg.rpo[0]; start as usize];
        for i in 1..count {
            let d = cfg.rpo[idom[i] as usize];
            let end = &mut tree.child_ranges[d.index()].1;
            tree.child_list[*end as usize] = cfg.rpo[i];
            *end += 1;
        }
        let mut time = 1;
        let mut stack = vec![(cfg.rpo[0], 0usize)];
        tree.times[cfg.rpo[0].index()].0 = time;
        while let Some((b, next)) = stack.last_mut() {
            let b = *b;
            if let Some(&c) = tree.children(b).get(*next) {
                *next += 1;
                time += 1;
                tree.times[c.index()].0 = time;
                stack.push((c, 0));
            } else {
                time += 1;
                tree.times[b.index()].1 = time;
                stack.pop();
            }
        }
        tree
    }

    pub fn idom(&self, b: Block) -> Option<Block> {
        self.idom[b.index()]
    }

    /// Children in the dominator tree, in reverse postorder.
    pub fn children(&self, b: Block) -> &[Block] {
        let (start, end) = self.child_ranges[b.index()];
        &self.child_list[start as usize..end as usize]
    }

    /// Whether every path from the entry to `b` goes through `a` (`a == b` included).
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (a, b) = (self.times[a.index()], self.times[b.index()]);
        a.0 != 0 && b.0 != 0 && a.0 <= b.0 && b.1 <= a.1
    }
}
