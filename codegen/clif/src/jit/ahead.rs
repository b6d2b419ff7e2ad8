//! Which functions of the library a program calls soon and almost certainly, so that they are compiled on all cores while it has
//! not begun, instead of one after another as it runs into them.
//!
//! In: module, functions that are compiled anyway. Out: a few others, the likeliest first. A guess: one that is wrong costs the time to
//! compile the function.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use escargo_ir::cfg::Cfg;
use escargo_ir::dom::DomTree;
use escargo_ir::loops::Loops;
use escargo_ir::{Block, Func, FuncId, Module, Op};
use rustc_hash::FxHashSet;

/// Functions at most.
const MOST: usize = 12;
/// Larger functions are left to their first call, and not looked into.
const LARGE: usize = 1000;
/// Calls that are less likely do not count.
const LIKELY: f32 = 0.3;
/// How likely a loop is entered.
const ENTERED: f32 = 0.9;

/// A function and how likely it is called; earlier calls first.
struct Candidate {
    likely: f32,
    found: usize,
    func: FuncId,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Candidate) -> Ordering {
        self.likely.total_cmp(&other.likely).then(other.found.cmp(&self.found))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Candidate) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Candidate) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// Functions to compile before the program starts, besides `first`.
pub(super) fn likely(module: &Module, first: &[FuncId]) -> Vec<FuncId> {
    let mut seen = FxHashSet::default();
    let (mut heap, mut found, mut out) = (BinaryHeap::new(), 0, Vec::new());
    heap.extend(module.main.map(|func| Candidate { likely: 1.0, found, func }));
    seen.extend(module.main);
    while let Some(Candidate { likely, func, .. }) = heap.pop() {
        if !first.contains(&func) {
            out.push(func);
            if out.len() == MOST {
                break;
            }
        }
        calls(module.func(func), |callee, share| {
            let likely = likely * share;
            let f = module.func(callee);
            if likely >= LIKELY && !f.is_declared_only() && size(f) <= LARGE && seen.insert(callee) {
                found += 1;
                heap.push(Candidate { likely, found, func: callee });
            }
        });
    }
    out
}

fn size(func: &Func) -> usize {
    func.order.iter().map(|&b| func.block(b).insts.len()).sum()
}

/// Tells of the direct calls of a function, in order, and how likely they are made when it is called.
fn calls(func: &Func, mut tell: impl FnMut(FuncId, f32)) {
    let cfg = Cfg::new(func);
    let loops = Loops::new(func, &cfg, &DomTree::new(&cfg));
    let mut share = vec![0f32; func.blocks.len()];
    if let Some(entry) = cfg.rpo.first() {
        share[entry.index()] = 1.0;
    }
    for &b in &cfg.rpo {
        let here = share[b.index()].min(1.0);
        for &i in &func.block(b).insts {
            if let Op::Call { func, .. } | Op::TailCall { func, .. } = func.inst(i).op {
                tell(func, here);
            }
        }
        let forward = |s: Block| cfg.rpo_index[s.index()] > cfg.rpo_index[b.index()];
        let warm = || cfg.succs(b).iter().copied().filter(|&s| !is_cold(func, s));
        let count = warm().count() as f32;
        let inside = |s: Block| loops.depth(s) > loops.depth(b);
        let enters = warm().filter(|&s| inside(s)).count() as f32;
        // A loop's way out is taken once, however often it goes round.
        let back = cfg.succs(b).iter().any(|&s| !forward(s));
        for s in warm().filter(|&s| forward(s)) {
            let part = match () {
                () if back => 1.0,
                () if enters == 0.0 || enters == count => 1.0 / count,
                () if inside(s) => ENTERED / enters,
                () => (1.0 - ENTERED) / (count - enters),
            };
            share[s.index()] += here * part;
        }
    }
}

/// Blocks that end in a panic.
fn is_cold(func: &Func, b: Block) -> bool {
    func.block(b).cold || matches!(func.terminator(b).map(|t| &t.op), Some(Op::Unreachable))
}
