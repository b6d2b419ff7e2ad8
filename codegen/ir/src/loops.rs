//! Natural loops.
//!
//! In: control flow and dominators. Out: loops with their blocks, nesting and latches. A cycle that is entered at several
//! places (irreducible) is no loop here: `in_cycle` answers for those as well.

use crate::cfg::Cfg;
use crate::dom::DomTree;
use crate::entity::Block;
use crate::func::Func;

#[derive(Debug, Clone)]
pub struct Loop {
    pub header: Block,
    /// Sources of back edges.
    pub latches: Vec<Block>,
    /// Blocks of the loop, inner loops included; the header is the first.
    pub blocks: Vec<Block>,
    /// Index of the enclosing loop.
    pub parent: Option<usize>,
    /// 1 for an outermost loop.
    pub depth: u32,
}

pub struct Loops {
    /// Outer loops before the loops they contain.
    pub loops: Vec<Loop>,
    /// Innermost loop by block.
    innermost: Vec<Option<u32>>,
    cyclic: Vec<bool>,
}

impl Loops {
    pub fn new(func: &Func, cfg: &Cfg, dom: &DomTree) -> Loops {
        let n = func.blocks.len();
        let mut result = Loops { loops: Vec::new(), innermost: vec![None; n], cyclic: cycles(cfg, n) };
        // Headers in reverse postorder: an outer header comes before an inner one, and inner loops overwrite `innermost`.
        let mut mark = vec![u32::MAX; n];
        for &header in &cfg.rpo {
            let latches: Vec<Block> =
                cfg.preds(header).iter().copied().filter(|&p| dom.dominates(header, p)).collect();
            if latches.is_empty() {
                continue;
            }
            let id = result.loops.len() as u32;
            let mut blocks = vec![header];
            mark[header.index()] = id;
            let mut work = latches.clone();
            while let Some(b) = work.pop() {
                if mark[b.index()] == id {
                    continue;
                }
                mark[b.index()] = id;
                blocks.push(b);
                work.extend(cfg.preds(b).iter().copied());
            }
            let parent = result.innermost[header.index()].map(|p| p as usize);
            let depth = parent.map_or(1, |p| result.loops[p].depth + 1);
            for &b in &blocks {
                result.innermost[b.index()] = Some(id);
            }
            result.loops.push(Loop { header, latches, blocks, parent, depth });
        }
        result
    }

    pub fn innermost(&self, b: Block) -> Option<usize> {
        self.innermost[b.index()].map(|l| l as usize)
    }

    pub fn depth(&self, b: Block) -> u32 {
        self.innermost(b).map_or(0, |l| self.loops[l].depth)
    }

    /// Whether loop `l` contains the block.
    pub fn contains(&self, l: usize, b: Block) -> bool {
        let mut at = self.innermost(b);
        while let Some(i) = at {
            if i == l {
                return true;
            }
            at = self.loops[i].parent;
        }
        false
    }

    /// Whether control may come back to the block.
    pub fn in_cycle(&self, b: Block) -> bool {
        self.cyclic[b.index()]
    }
}

/// Blocks that lie on a cycle: members of strongly connected components (Tarjan's, without recursion).
fn cycles(cfg: &Cfg, n: usize) -> Vec<bool> {
    let mut cyclic = vec![false; n];
    let mut index = vec![0u32; n];
    let mut low = vec![0u32; n];
    let mut on_stack = vec![false; n];
    let mut stack = Vec::new();
    let mut next = 1;
    let Some(&entry) = cfg.rpo.first() else { return cyclic };
    let mut work = vec![(entry, cfg.succs(entry), 0usize)];
    index[entry.index()] = next;
    low[entry.index()] = next;
    on_stack[entry.index()] = true;
    stack.push(entry);
    while let Some((b, succs, at)) = work.last_mut() {
        let b = *b;
        if let Some(&s) = succs.get(*at) {
            *at += 1;
            if s == b {
                cyclic[b.index()] = true;
            }
            if index[s.index()] == 0 {
                next += 1;
                index[s.index()] = next;
                low[s.index()] = next;
                on_stack[s.index()] = true;
                stack.push(s);
                work.push((s, cfg.succs(s), 0));
            } else if on_stack[s.index()] {
                low[b.index()] = low[b.index()].min(index[s.index()]);
            }
            continue;
        }
        work.pop();
        if let Some((p, ..)) = work.last() {
            low[p.index()] = low[p.index()].min(low[b.index()]);
        }
        if low[b.index()] == index[b.index()] {
            let start = stack.iter().rposition(|&x| x == b).expect("the root of a component is on the stack");
            let component = stack.split_off(start);
            for &m in &component {
                on_stack[m.index()] = false;
                if component.len() > 1 {
                    cyclic[m.index()] = true;
                }
            }
        }
    }
    cyclic
}
