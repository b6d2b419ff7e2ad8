//! Dominators.
//!
//! In: a function's control flow. Out: immediate dominators, a dominator tree, and a constant-time `dominates`.
//! Unreachable blocks have no dominator and dominate nothing.

use std::cell::OnceCell;

use crate::cfg::Cfg;
use crate::entity::Block;

pub struct DomTree {
    entry: Option<Block>,
    nodes: Vec<Node>,
    child_list: Vec<Block>,
    /// By block: entry and exit times of a walk over the tree; (0, 0) for unreachable blocks. Many users do without.
    times: OnceCell<Vec<(u32, u32)>>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    idom: Option<Block>,
    /// Where the children begin and end in `child_list`.
    children: (u32, u32),
}

/// A step of a walk over a dominator tree, for what holds in a block and those below it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Enter(Block),
    /// The block that was entered last and not yet left.
    Leave,
}

/// See `DomTree::walk`.
pub struct Walk<'a> {
    dom: &'a DomTree,
    steps: Vec<Step>,
}

impl Iterator for Walk<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let step = self.steps.pop()?;
        if let Step::Enter(b) = step {
            if !self.steps.is_empty() {
                self.steps.push(Step::Leave);
            }
            self.steps.extend(self.dom.children(b).iter().rev().map(|&c| Step::Enter(c)));
        }
        Some(step)
    }
}

impl DomTree {
    pub fn new(cfg: &Cfg) -> DomTree {
        let count = cfg.rpo.len();
        let mut tree = DomTree {
            entry: cfg.rpo.first().copied(),
            nodes: vec![Node::default(); cfg.rpo_index.len()],
            child_list: Vec::new(),
            times: OnceCell::new(),
        };
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
            tree.nodes[b.index()].idom = Some(d);
            tree.nodes[d.index()].children.1 += 1;
        }
        let mut start = 0;
        for &b in &cfg.rpo {
            let range = &mut tree.nodes[b.index()].children;
            let count = range.1;
            *range = (start, start);
            start += count;
        }
        tree.child_list = vec![cfg.rpo[0]; start as usize];
        for i in 1..count {
            let d = cfg.rpo[idom[i] as usize];
            let end = &mut tree.nodes[d.index()].children.1;
            tree.child_list[*end as usize] = cfg.rpo[i];
            *end += 1;
        }
        tree
    }

    fn times(&self) -> Vec<(u32, u32)> {
        let mut times = vec![(0, 0); self.nodes.len()];
        let Some(entry) = self.entry else { return times };
        let mut time = 1;
        let mut stack = vec![(entry, 0usize)];
        times[entry.index()].0 = time;
        while let Some((b, next)) = stack.last_mut() {
            let b = *b;
            time += 1;
            if let Some(&c) = self.children(b).get(*next) {
                *next += 1;
                times[c.index()].0 = time;
                stack.push((c, 0));
            } else {
                times[b.index()].1 = time;
                stack.pop();
            }
        }
        times
    }

    #[inline]
    pub fn idom(&self, b: Block) -> Option<Block> {
        self.nodes[b.index()].idom
    }

    /// Children in the dominator tree, in reverse postorder.
    #[inline]
    pub fn children(&self, b: Block) -> &[Block] {
        let (start, end) = self.nodes[b.index()].children;
        &self.child_list[start as usize..end as usize]
    }

    /// Enters the blocks from the entry down, and leaves each when all below it were left. When no block is
    /// left to enter, nothing is left any more.
    pub fn walk(&self) -> Walk<'_> {
        Walk { dom: self, steps: self.entry.map(Step::Enter).into_iter().collect() }
    }

    /// Whether every path from the entry to `b` goes through `a` (`a == b` included).
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let times = self.times.get_or_init(|| self.times());
        let (a, b) = (times[a.index()], times[b.index()]);
        a.0 != 0 && b.0 != 0 && a.0 <= b.0 && b.1 <= a.1
    }
}
