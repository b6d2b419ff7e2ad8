//! Debug operations of a function, taken out of its code, and which of them hold where.
//!
//! In: a function. Out: the function without them, with the same numbers of values and instructions; marks with their places; at
//! each instruction, the mark of each variable that reaches it on all paths.

use escargo_ir::cfg::{Cfg, successors};
use escargo_ir::{Block, Func, Inst, Op, Value, VarId};
use rustc_hash::FxHashMap;

/// Larger tables are not made: the variables of such functions are not known.
const MAX_STATES: usize = 4 << 20;
const UNBOUND: u32 = u32::MAX;
const UNKNOWN: u32 = u32::MAX - 1;

#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// The variable lives at this address.
    Address(Value),
    /// Its scalar at this offset is this value.
    Scalar(u32, Value),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub block: Block,
    /// Holds from this instruction of the block on.
    pub at: u32,
    pub var: VarId,
    pub scope: u32,
    pub what: What,
}

/// The function without its debug operations, if it has any.
pub(crate) fn strip(func: &Func) -> Option<(Func, Vec<Mark>)> {
    let insts = func.order.iter().flat_map(|&b| &func.block(b).insts);
    if !insts.into_iter().any(|&i| func.inst(i).op.is_debug()) {
        return None;
    }
    let mut out = func.clone();
    let mut marks = Vec::new();
    for &block in &func.order {
        let mut kept: Vec<Inst> = Vec::with_capacity(func.block(block).insts.len());
        for &i in &func.block(block).insts {
            let data = func.inst(i);
            let (var, what) = match data.op {
                Op::DebugAddr { var, addr } => (var, What::Address(addr)),
                Op::DebugValue { var, offset, value } => (var, What::Scalar(offset, value)),
                _ => {
                    kept.push(i);
                    continue;
                }
            };
            marks.push(Mark { block, at: kept.len() as u32, var, scope: data.scope, what });
        }
        out.blocks[block.index()].insts = kept;
    }
    Some((out, marks))
}

/// What a mark is about: scope, variable, offset of the scalar (none: all of it).
pub(crate) type Key = (u32, VarId, Option<u32>);

/// The marks that hold at any place of a function.
pub(crate) struct Reaching<'a> {
    marks: &'a [Mark],
    pub keys: Vec<Key>,
    key_of: Vec<u32>,
    /// By block: marks inside it, in order.
    inside: FxHashMap<Block, Vec<u32>>,
    /// By block and key: the mark that holds at its start.
    start: Vec<Vec<u32>>,
}

impl<'a> Reaching<'a> {
    /// None if the tables would be too large.
    pub fn new(func: &Func, cfg: &Cfg, marks: &'a [Mark]) -> Option<Reaching<'a>> {
        let mut keys = Vec::new();
        let mut numbers: FxHashMap<Key, u32> = FxHashMap::default();
        let mut inside: FxHashMap<Block, Vec<u32>> = FxHashMap::default();
        let mut key_of = Vec::with_capacity(marks.len());
        for (i, m) in marks.iter().enumerate() {
            let offset = match m.what {
                What::Address(_) => None,
                What::Scalar(offset, _) => Some(offset),
            };
            let key = (m.scope, m.var, offset);
            let n = *numbers.entry(key).or_insert_with(|| {
                keys.push(key);
                keys.len() as u32 - 1
            });
            key_of.push(n);
            inside.entry(m.block).or_default().push(i as u32);
        }
        if keys.len() * func.blocks.len() > MAX_STATES {
            return None;
        }
        let mut r = Reaching { marks, keys, key_of, inside, start: vec![Vec::new(); func.blocks.len()] };
        r.solve(func, cfg);
        Some(r)
    }

    fn solve(&mut self, func: &Func, cfg: &Cfg) {
        let Some(&entry) = cfg.rpo.first() else { return };
        self.start[entry.index()] = vec![UNBOUND; self.keys.len()];
        let mut changed = true;
        while changed {
            changed = false;
            for &b in &cfg.rpo {
                if self.start[b.index()].is_empty() {
                    continue;
                }
                let state = self.state(b, u32::MAX);
                for s in successors(func, b) {
                    let at = &mut self.start[s.index()];
                    if at.is_empty() {
                        *at = state.clone();
                        changed = true;
                        continue;
                    }
                    for (old, &new) in at.iter_mut().zip(&state) {
                        // A mark that does not hold on all paths holds on none.
                        if *old != new && *old != UNKNOWN {
                            *old = UNKNOWN;
                            changed = true;
                        }
                    }
                }
            }
        }
    }

    fn state(&self, b: Block, at: u32) -> Vec<u32> {
        let mut state = self.start[b.index()].clone();
        self.advance(&mut state, b, 0, at);
        state
    }

    /// Applies the marks of a block that begin to hold in `from..=to`.
    fn advance(&self, state: &mut [u32], b: Block, from: u32, to: u32) {
        for &m in self.inside.get(&b).into_iter().flatten() {
            let at = self.marks[m as usize].at;
            if (from..=to).contains(&at) {
                state[self.key_of[m as usize] as usize] = m;
            }
        }
    }

    /// By key: the mark that holds at an instruction.
    pub fn at(&self, b: Block, at: u32) -> Vec<Option<u32>> {
        if self.start[b.index()].is_empty() {
            return vec![None; self.keys.len()];
        }
        self.state(b, at).into_iter().map(|m| (m < UNKNOWN).then_some(m)).collect()
    }
}
