//! Natural loops.
//!
//! In: control flow and dominators. Out: loops with their blocks, nesting and latches. A cycle that is entered at several
//! places (irreducible) is no loop here: `in_cycle` answers for those as well.

use crate::cfg::Cfg;
use crate::components;
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
    /// Blocks that lie on a cycle, where not all cycles are loops.
    cyclic: Option<Vec<bool>>,
}

impl Loops {
    pub fn new(func: &Func, cfg: &Cfg, dom: &DomTree) -> Loops {
        let n = func.blocks.len();
        let mut result = Loops { loops: Vec::new(), innermost: vec![None; n], cyclic: None };
        // Headers in reverse postorder: an outer header comes before an inner one, and inner loops overwrite `innermost`.
        let mut mark = vec![u32::MAX; n];
        for &header in &cfg.rpo {
            let mut latches = Vec::new();
            for &p in cfg.preds(header).iter().filter(|&&p| cfg.goes_back(p, header)) {
                if dom.dominates(header, p) {
                    latches.push(p);
                } else if result.cyclic.is_none() {
                    result.cyclic = Some(cycles(cfg, n));
                }
            }
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
        match &self.cyclic {
            Some(cyclic) => cyclic[b.index()],
            None => self.innermost(b).is_some(),
        }
    }
}

/// Blocks that lie on a cycle.
fn cycles(cfg: &Cfg, n: usize) -> Vec<bool> {
    let mut cyclic = vec![false; n];
    let mut itself = vec![false; n];
    let successors = |b: usize, out: &mut Vec<usize>| {
        let list = cfg.succs(Block(b as u32));
        itself[b] = list.contains(&Block(b as u32));
        out.extend(list.iter().map(|s| s.index()));
    };
    components(n, cfg.rpo.first().map(|b| b.index()), successors, |members| {
        if members.len() > 1 {
            members.iter().for_each(|&m| cyclic[m] = true);
        }
    });
    cyclic.iter_mut().zip(itself).for_each(|(c, i)| *c |= i);
    cyclic
}
