//! Go's location graph: one location a variable or allocating expression, edges with counts of dereferences, and the solver.
//!
//! In: locations and flows of one batch of functions. Out: attributes of the locations and leaks of the parameters.
//! An edge `dst <- src` with count n says that `src`, dereferenced n times, flows to `dst`; -1 is its address.

use std::collections::VecDeque;

use crate::tree::{FnId, N, Tree, VarId};

pub type LocId = usize;

pub const HEAP: LocId = 0;
/// What is written through.
pub const MUTATOR: LocId = 1;
/// What is called without its results being followed.
pub const CALLEE: LocId = 2;
pub const BLANK: LocId = 3;

pub const ESCAPES: u8 = 1;
pub const PERSISTS: u8 = 2;
pub const MUTATES: u8 = 4;
pub const CALLS: u8 = 8;

/// Results of a function that parameters are followed to.
pub const MAX_RESULTS: usize = 5;

/// Minimal dereferences from a parameter to each of these.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Leaks {
    pub heap: Option<i32>,
    pub mutator: Option<i32>,
    pub callee: Option<i32>,
    pub results: [Option<i32>; MAX_RESULTS],
}

fn lower(slot: &mut Option<i32>, derefs: i32) {
    let derefs = derefs.min(254);
    if slot.is_none_or(|old| derefs < old) {
        *slot = Some(derefs);
    }
}

impl Leaks {
    /// A parameter that goes to the heap says nothing about longer ways.
    pub fn optimized(mut self) -> Leaks {
        if let Some(heap) = self.heap {
            let longer = |s: &Option<i32>| s.is_some_and(|d| d >= heap);
            for slot in self.results.iter_mut().chain([&mut self.mutator, &mut self.callee]) {
                if longer(slot) {
                    *slot = None;
                }
            }
        }
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    Nothing,
    Var(VarId),
    Node(N),
}

#[derive(Clone, Debug)]
pub struct Loc {
    pub what: What,
    pub func: FnId,
    pub depth: i32,
    edges: Vec<(LocId, i32)>,
    pub attrs: u8,
    pub leaks: Leaks,
    pub captured: bool,
    pub reassigned: bool,
    pub addrtaken: bool,
    pub param: bool,
    /// It is a result; its number.
    pub result: Option<usize>,
    walk: u32,
    derefs: i32,
    queued_all: bool,
    queued_one: u32,
}

/// Where a value goes.
#[derive(Clone, Copy, Debug)]
pub struct Hole {
    pub dst: LocId,
    pub derefs: i32,
    pub addrtaken: bool,
}

impl Hole {
    pub fn to(dst: LocId) -> Hole {
        Hole { dst, derefs: 0, addrtaken: false }
    }

    pub fn shift(self, delta: i32) -> Hole {
        Hole { dst: self.dst, derefs: self.derefs + delta, addrtaken: delta < 0 }
    }
}

pub struct Graph {
    pub locs: Vec<Loc>,
    /// By function: the results of a closure have been lost sight of.
    pub lost: rustc_hash::FxHashSet<FnId>,
}

const NO_FUNC: FnId = usize::MAX;

impl Graph {
    pub fn new() -> Graph {
        let mut g = Graph { locs: Vec::new(), lost: Default::default() };
        for attrs in [ESCAPES | PERSISTS | MUTATES | CALLS, MUTATES, CALLS, 0] {
            let l = g.loc(What::Nothing, NO_FUNC, 0, false);
            g.locs[l].attrs = attrs;
        }
        g
    }

    pub fn loc(&mut self, what: What, func: FnId, depth: i32, persists: bool) -> LocId {
        self.locs.push(Loc {
            what,
            func,
            depth,
            edges: Vec::new(),
            attrs: if persists { PERSISTS } else { 0 },
            leaks: Leaks::default(),
            captured: false,
            reassigned: false,
            addrtaken: false,
            param: false,
            result: None,
            walk: 0,
            derefs: 0,
            queued_all: false,
            queued_one: 0,
        });
        self.locs.len() - 1
    }

    pub fn has(&self, l: LocId, attr: u8) -> bool {
        self.locs[l].attrs & attr != 0
    }

    pub fn flow(&mut self, k: Hole, src: LocId) {
        if k.addrtaken {
            self.locs[src].addrtaken = true;
        }
        if k.dst == BLANK || (k.dst == src && k.derefs >= 0) {
            return;
        }
        if self.has(k.dst, ESCAPES) && k.derefs < 0 {
            self.locs[src].attrs |= ESCAPES | PERSISTS | MUTATES | CALLS;
            return;
        }
        self.locs[k.dst].edges.push((src, k.derefs));
    }

    /// A hole that flows into several.
    pub fn tee(&mut self, holes: &[Hole], func: FnId, depth: i32) -> Hole {
        match holes {
            [] => Hole::to(BLANK),
            [k] => *k,
            _ => {
                let l = self.loc(What::Nothing, func, depth, false);
                for &k in holes {
                    self.flow(k, l);
                }
                Hole::to(l)
            }
        }
    }

    // ---- solving

    pub fn solve(
        &mut self,
        t: &Tree,
        is_closure: &dyn Fn(N) -> Option<FnId>,
        result: &dyn Fn(FnId) -> Vec<LocId>,
    ) {
        let mut todo: VecDeque<LocId> = VecDeque::new();
        for l in (4..self.locs.len()).chain([MUTATOR, CALLEE, HEAP]) {
            todo.push_front(l);
            self.locs[l].queued_all = true;
        }
        let mut generation = 0;
        while let Some(root) = todo.pop_front() {
            self.locs[root].queued_all = false;
            generation += 1;
            let mut again = Vec::new();
            self.walk(root, generation, t, is_closure, result, &mut again);
            for l in again {
                if !self.locs[l].queued_all {
                    self.locs[l].queued_all = true;
                    if self.has(l, ESCAPES) { todo.push_front(l) } else { todo.push_back(l) }
                }
            }
        }
    }

    /// The fewest dereferences from `root` to all other locations.
    fn walk(
        &mut self,
        root: LocId,
        generation: u32,
        t: &Tree,
        is_closure: &dyn Fn(N) -> Option<FnId>,
        result: &dyn Fn(FnId) -> Vec<LocId>,
        again: &mut Vec<LocId>,
    ) {
        self.locs[root].walk = generation;
        self.locs[root].derefs = 0;
        if self.has(root, CALLS)
            && let What::Node(n) = self.locs[root].what
            && let Some(f) = is_closure(n)
            && self.lost.insert(f)
        {
            again.extend(result(f));
        }
        let mut todo = VecDeque::from([root]);
        while let Some(l) = todo.pop_front() {
            self.locs[l].queued_one = 0;
            let mut derefs = self.locs[l].derefs;
            let mut attrs = 0;
            if derefs < 0 {
                // The address of what flows on from here does not.
                derefs = 0;
                if self.outlives(root, l, t) {
                    attrs |= ESCAPES | PERSISTS | MUTATES | CALLS;
                } else if self.has(root, PERSISTS) {
                    attrs |= PERSISTS;
                }
            }
            if derefs == 0 {
                attrs |= self.locs[root].attrs & (MUTATES | CALLS);
            }
            if self.locs[l].param {
                if self.outlives(root, l, t) {
                    self.leak(l, root, derefs);
                }
                if self.has(root, MUTATES) {
                    lower(&mut self.locs[l].leaks.mutator, derefs);
                }
                if self.has(root, CALLS) {
                    lower(&mut self.locs[l].leaks.callee, derefs);
                }
            }
            if attrs & !self.locs[l].attrs != 0 {
                self.locs[l].attrs |= attrs;
                again.push(l);
                if self.has(l, ESCAPES) {
                    continue;
                }
            }
            for i in 0..self.locs[l].edges.len() {
                let (src, count) = self.locs[l].edges[i];
                if self.has(src, ESCAPES) {
                    continue;
                }
                let d = derefs + count;
                let s = &mut self.locs[src];
                if s.walk != generation || s.derefs > d {
                    s.walk = generation;
                    s.derefs = d;
                    if s.queued_one != generation {
                        s.queued_one = generation;
                        todo.push_back(src);
                    }
                }
            }
        }
    }

    fn leak(&mut self, l: LocId, sink: LocId, derefs: i32) {
        if !self.has(sink, ESCAPES)
            && self.locs[sink].func == self.locs[l].func
            && let Some(r) = self.locs[sink].result
            && r < MAX_RESULTS
        {
            return lower(&mut self.locs[l].leaks.results[r], derefs);
        }
        lower(&mut self.locs[l].leaks.heap, derefs);
    }

    /// Whether what is stored in `l` may survive `other`, if that is on the stack.
    fn outlives(&self, l: LocId, other: LocId, t: &Tree) -> bool {
        if self.has(l, ESCAPES) {
            return true;
        }
        if l == MUTATOR || l == CALLEE || l == BLANK {
            return false;
        }
        let (a, b) = (&self.locs[l], &self.locs[other]);
        if b.func == NO_FUNC {
            return false;
        }
        if a.result.is_some() {
            // A closure may return what is allocated around it, as long as all its calls are known.
            return !t.outer(a.func, b.func) || self.lost.contains(&a.func);
        }
        (a.func == b.func && a.depth < b.depth) || t.outer(b.func, a.func)
    }
}
