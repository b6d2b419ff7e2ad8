//! Pass `thread`: edges whose block decides its branch by what the edge brings (a constant argument, a condition that led to the
//! edge) go to the branch's target at once.
//!
//! In and out: one function in SSA form. Calls that were inlined leave such blocks: the callee returns a condition, or an
//! error that is nil, by several edges, and the caller tests it. What the block does otherwise is copied to each edge, up to a few
//! instructions; values of the block that are used behind it become block parameters where the ways meet. Headers of loops
//! keep their edges, so that loops keep one entry. Guarantees: near-linear in each round, a bounded number of rounds, growth
//! bounded by a part of the function.

use std::cell::LazyCell;

use escargo_ir::{BinOp, Block, Cfg, ConvOp, Def, Func, Inst, InstData, IntCC, Op, Type, Value, Values};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::edit::{def_op, edge_args_mut, konst, never_null, normal, split_switch_edges, unsigned};
use crate::fold::{compare, is_bool};

/// Blocks with more instructions are not copied.
const MAX_BLOCK: usize = 8;
/// Instructions that copies may add to a small function, and to any as a part of its size.
const MAX_GROWTH: usize = 48;
const GROWTH_PART: usize = 6;
/// Conditions in front of an edge are looked up so far.
const MAX_FACTS: usize = 6;
const ROUNDS: usize = 3;

/// What is known of an integer or pointer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Is(i64),
    NotZero,
}

/// An edge: where it comes from, and which target of the terminator it is.
#[derive(Clone, Copy)]
struct Edge {
    from: Block,
    slot: u8,
}

struct Threads<'a> {
    f: &'a mut Func,
    preds: Vec<SmallVec<[Block; 4]>>,
    /// The block of each instruction of the blocks at hand, and of those that are made.
    place: Vec<Block>,
    /// Uses of values of the blocks at hand, outside of these blocks.
    far: FxHashMap<Value, Vec<(Block, Inst)>>,
    /// Blocks whose values have uses that `far` does not know of.
    touched: Vec<bool>,
    /// New blocks, by the block that they follow.
    placed: FxHashMap<Block, Vec<Block>>,
}

/// Threads what can be threaded; whether there was anything. Then branches and blocks wait to be folded. `cfg` is the function's.
pub fn run(f: &mut Func, cfg: &Cfg) -> bool {
    // A block where ways meet and part has two in front and two behind.
    if f.order.len() < 4 {
        return false;
    }
    let first = candidates(f, cfg);
    if first.is_empty() {
        return false;
    }
    let size: usize = f.order.iter().map(|b| f.block(*b).insts.len()).sum();
    let mut budget = MAX_GROWTH + size / GROWTH_PART;
    let mut any = if split_switch_edges(f) {
        let cfg = Cfg::new(f);
        let first = candidates(f, &cfg);
        round(f, &cfg, first, &mut budget)
    } else {
        round(f, cfg, first, &mut budget)
    };
    // No edge of a switch meets others now: a round adds edges to blocks that have another than a switch's.
    let mut again = any;
    for _ in 1..ROUNDS {
        if !again {
            break;
        }
        let cfg = Cfg::new(f);
        let more = candidates(f, &cfg);
        again = round(f, &cfg, more, &mut budget);
        any |= again;
    }
    any
}

fn round(f: &mut Func, cfg: &Cfg, candidates: Vec<Block>, budget: &mut usize) -> bool {
    let Some(&first) = candidates.first() else { return false };
    let mut preds = vec![SmallVec::new(); f.blocks.len()];
    let mut place = vec![Block(u32::MAX); f.insts.len()];
    for &b in &cfg.rpo {
        preds[b.index()].extend_from_slice(cfg.preds(b));
    }
    let mut chosen = vec![false; f.blocks.len()];
    for &b in &candidates {
        chosen[b.index()] = true;
        f.block(b).insts.iter().for_each(|i| place[i.index()] = b);
    }
    let mut far: FxHashMap<Value, Vec<(Block, Inst)>> = FxHashMap::default();
    // What a block defines is used behind it.
    for &b in &cfg.rpo[cfg.rpo_index[first.index()] as usize..] {
        for &i in &f.block(b).insts {
            f.inst(i).op.for_each_operand(|v| {
                if let Some(home) = home(f, &place, v)
                    && home != b
                    && chosen[home.index()]
                {
                    far.entry(v).or_default().push((b, i));
                }
            });
        }
    }
    let touched = vec![false; f.blocks.len()];
    let mut t = Threads { f, preds, place, far, touched, placed: FxHashMap::default() };
    let mut any = false;
    for b in candidates {
        if !t.touched[b.index()] {
            any |= t.block(b, budget);
        }
    }
    if !t.placed.is_empty() {
        let mut placed = t.placed;
        let mut stack: Vec<Block> = std::mem::take(&mut f.order);
        stack.reverse();
        while let Some(b) = stack.pop() {
            f.order.push(b);
            stack.extend(placed.remove(&b).into_iter().flatten());
        }
    }
    any
}

fn home(f: &Func, place: &[Block], v: Value) -> Option<Block> {
    match f.values[v.index()].def {
        Def::Param(b, _) => Some(b),
        Def::Result(i, _) => place.get(i.index()).copied().filter(|b| b.0 != u32::MAX),
        Def::None => None,
    }
}

/// Blocks that end in a branch, may be copied, and have an edge that decides it.
fn candidates(f: &Func, cfg: &Cfg) -> Vec<Block> {
    let fits = |b: Block| {
        let preds = cfg.preds(b);
        if preds.len() < 2 {
            return false;
        }
        let data = f.block(b);
        let at = cfg.rpo_index[b.index()];
        !data.cold
            && matches!(f.terminator(b).map(|t| &t.op), Some(Op::Branch { .. }))
            && preds.iter().all(|p| cfg.rpo_index[p.index()] < at)
            && data.insts.iter().filter(|i| !f.inst(**i).op.is_debug()).count() <= MAX_BLOCK + 1
            && data.insts[..data.insts.len() - 1].iter().all(|&i| may_copy(&f.inst(i).op))
    };
    let decided = |b: Block| {
        let mut decided = false;
        for_each_edge_of(f, b, cfg.preds(b), |e| decided |= decides(f, |b| cfg.preds(b), b, e).is_some());
        decided
    };
    cfg.rpo.iter().copied().skip(1).filter(|&b| fits(b) && decided(b)).collect()
}

fn may_copy(op: &Op) -> bool {
    match op {
        Op::Store { ty, .. } => *ty != Type::Ptr,
        Op::Load { .. } | Op::NilCheck(_) | Op::Check { .. } => true,
        op => op.is_computation() || op.is_debug(),
    }
}

/// Edges into a block that can be redirected.
fn for_each_edge_of(f: &Func, b: Block, preds: &[Block], mut call: impl FnMut(Edge)) {
    for (n, &from) in preds.iter().enumerate() {
        if preds[..n].contains(&from) {
            continue;
        }
        match f.terminator(from).map(|t| &t.op) {
            Some(Op::Jump { .. }) => call(Edge { from, slot: 0 }),
            Some(Op::Branch { then, els, .. }) => {
                if *then == b {
                    call(Edge { from, slot: 0 });
                }
                if *els == b {
                    call(Edge { from, slot: 1 });
                }
            }
            _ => {}
        }
    }
}

fn edge_args(f: &Func, e: Edge) -> &[Value] {
    match f.terminator(e.from).map(|t| &t.op) {
        Some(Op::Jump { args, .. }) => args,
        Some(Op::Branch { then_args, els_args, .. }) => {
            if e.slot == 0 {
                then_args
            } else {
                els_args
            }
        }
        _ => &[],
    }
}

type Facts = SmallVec<[(Value, Known); MAX_FACTS]>;

/// What the conditions in front of an edge say.
fn facts<'p>(f: &Func, preds: impl Fn(Block) -> &'p [Block], e: Edge) -> Facts {
    let mut out = Facts::new();
    let mut e = e;
    for _ in 0..MAX_FACTS {
        if let Some(Op::Branch { cond, then, els, .. }) = f.terminator(e.from).map(|t| &t.op)
            && then != els
        {
            let taken = e.slot == 0;
            let yes = if is_bool(f, *cond) { Known::Is(1) } else { Known::NotZero };
            out.push((*cond, if taken { yes } else { Known::Is(0) }));
            if let Some(Op::Icmp(cc @ (IntCC::Eq | IntCC::Ne), x, y)) = def_op(f, *cond) {
                match (plain(f, *y), (*cc == IntCC::Eq) == taken) {
                    (Some(Known::Is(k)), true) => out.push((*x, Known::Is(k))),
                    (Some(Known::Is(0)), false) => out.push((*x, Known::NotZero)),
                    _ => {}
                }
            }
        }
        let [from] = *preds(e.from) else { break };
        let slot = match f.terminator(from).map(|t| &t.op) {
            Some(Op::Jump { .. }) => 0,
            Some(Op::Branch { then, .. }) => u8::from(*then != e.from),
            _ => break,
        };
        e = Edge { from, slot };
    }
    out
}

/// What the definition alone says.
fn plain(f: &Func, v: Value) -> Option<Known> {
    match def_op(f, v) {
        Some(Op::Null) => Some(Known::Is(0)),
        _ => konst(f, v).map(Known::Is).or_else(|| never_null(f, v).then_some(Known::NotZero)),
    }
}

/// Whether the edge decides the branch at the end of the block, and how.
fn decides<'p>(f: &Func, preds: impl Fn(Block) -> &'p [Block], b: Block, e: Edge) -> Option<bool> {
    let Some(Op::Branch { cond, .. }) = f.terminator(b).map(|t| &t.op) else { return None };
    let way = Way { f, b, args: edge_args(f, e), facts: LazyCell::new(|| facts(f, preds, e)) };
    match way.value(*cond, 3)? {
        Known::Is(c) => Some(c != 0),
        Known::NotZero => Some(true),
    }
}

/// A block that is entered by an edge.
struct Way<'a, F: FnOnce() -> Facts> {
    f: &'a Func,
    b: Block,
    args: &'a [Value],
    facts: LazyCell<Facts, F>,
}

impl<F: FnOnce() -> Facts> Way<'_, F> {
    /// What is known of a value that is defined elsewhere.
    fn outside(&self, v: Value) -> Option<Known> {
        plain(self.f, v).or_else(|| self.facts.iter().find(|x| x.0 == v).map(|x| x.1))
    }

    /// What is known of a value in the block.
    fn value(&self, v: Value, depth: u32) -> Option<Known> {
        let f = self.f;
        match f.values[v.index()].def {
            Def::Param(p, n) if p == self.b => return self.outside(self.args[n as usize]),
            Def::Result(i, _) if depth > 0 && f.block(self.b).insts.contains(&i) => {}
            _ => return self.outside(v),
        }
        let on = |v: Value| self.value(v, depth - 1);
        match *def_op(f, v)? {
            Op::Icmp(cc, x, y) => match (on(x)?, on(y)?) {
                (Known::Is(x0), Known::Is(y0)) => Some(Known::Is(i64::from(compare(cc, f.ty(x), x0, y0)))),
                (Known::NotZero, Known::Is(0)) | (Known::Is(0), Known::NotZero) => match cc {
                    IntCC::Eq => Some(Known::Is(0)),
                    IntCC::Ne => Some(Known::Is(1)),
                    _ => None,
                },
                _ => None,
            },
            Op::Binary(op @ (BinOp::And | BinOp::Or | BinOp::Xor), x, y) => {
                let (x, y) = (on(x), on(y));
                match (op, x, y) {
                    (BinOp::And, Some(Known::Is(0)), _) | (BinOp::And, _, Some(Known::Is(0))) => {
                        Some(Known::Is(0))
                    }
                    (BinOp::Or, Some(Known::NotZero), _) | (BinOp::Or, _, Some(Known::NotZero)) => {
                        Some(Known::NotZero)
                    }
                    (_, Some(Known::Is(x)), Some(Known::Is(y))) => Some(Known::Is(match op {
                        BinOp::And => x & y,
                        BinOp::Or => x | y,
                        _ => x ^ y,
                    })),
                    _ => None,
                }
            }
            Op::Convert { op, to, value } => match (op, on(value)?) {
                (ConvOp::Zext, Known::Is(x)) => Some(Known::Is(unsigned(f.ty(value), x) as i64)),
                (ConvOp::Sext, Known::Is(x)) => Some(Known::Is(x)),
                (ConvOp::Trunc, Known::Is(x)) => Some(Known::Is(normal(to, x))),
                (ConvOp::Zext | ConvOp::Sext, Known::NotZero) => Some(Known::NotZero),
                _ => None,
            },
            _ => plain(f, v),
        }
    }
}

impl Threads<'_> {
    fn touch(&mut self, v: Value) {
        if let Some(b) = home(self.f, &self.place, v) {
            self.touched[b.index()] = true;
        }
    }

    fn new_block(&mut self, after: Block, cold: bool) -> Block {
        let n = self.f.new_block();
        self.f.blocks[n.index()].cold = cold;
        self.preds.push(SmallVec::new());
        self.touched.push(true);
        self.placed.entry(after).or_default().push(n);
        n
    }

    fn push(&mut self, b: Block, inst: Inst) {
        self.place.resize(self.f.insts.len(), Block(u32::MAX));
        self.place[inst.index()] = b;
        self.f.blocks[b.index()].insts.push(inst);
    }

    /// Redirects the edges that decide a block's branch.
    fn block(&mut self, b: Block, budget: &mut usize) -> bool {
        let insts = self.f.block(b).insts.clone();
        let (Some((&last, body)), preds) = (insts.split_last(), self.preds[b.index()].clone()) else {
            return false;
        };
        let InstData { op: Op::Branch { then, then_args, els, els_args, .. }, pos, scope, .. } =
            self.f.inst(last).clone()
        else {
            return false;
        };
        let mut edges: SmallVec<[(Edge, bool); 4]> = SmallVec::new();
        for_each_edge_of(self.f, b, &preds, |e| {
            if let Some(taken) = decides(self.f, |b| &self.preds[b.index()], b, e) {
                edges.push((e, taken));
            }
        });
        let cost = body.iter().filter(|i| !self.f.inst(**i).op.is_debug()).count();
        // What is used behind the block, as it arrives from each of the new blocks.
        let params = self.f.block(b).params.clone();
        let mut ways: Vec<(Block, FxHashMap<Value, Value>)> = Vec::new();
        for (e, taken) in edges {
            if *budget < cost {
                break;
            }
            *budget -= cost;
            let args: Values = edge_args(self.f, e).iter().copied().collect();
            let mut map: FxHashMap<Value, Value> = params.iter().copied().zip(args).collect();
            let (to, to_args) = if taken { (then, &then_args) } else { (els, &els_args) };
            let cold = self.f.block(e.from).cold || self.f.block(to).cold;
            let n = self.new_block(e.from, cold);
            for &i in body {
                let InstData { mut op, results, pos, scope } = self.f.inst(i).clone();
                op.for_each_operand_mut(|v| *v = map.get(v).copied().unwrap_or(*v));
                op.for_each_operand(|v| self.touch(v));
                let types: SmallVec<[Type; 2]> = results.iter().map(|&v| self.f.ty(v)).collect();
                let copy = self.f.new_inst(op, &types, pos, scope);
                map.extend(results.iter().copied().zip(self.f.inst(copy).results.iter().copied()));
                self.push(n, copy);
            }
            let args: Values = to_args.iter().map(|v| map.get(v).copied().unwrap_or(*v)).collect();
            args.iter().for_each(|&v| self.touch(v));
            let jump = self.f.new_inst(Op::Jump { to, args }, &[], pos, scope);
            self.push(n, jump);
            self.redirect(e, b, n);
            self.preds[to.index()].push(n);
            ways.push((n, map));
        }
        if ways.is_empty() {
            return false;
        }
        let results = body.iter().flat_map(|&i| self.f.inst(i).results.clone()).collect::<Vec<_>>();
        for v in params.into_iter().chain(results) {
            let Some(uses) = self.far.remove(&v) else { continue };
            match def_op(self.f, v).filter(|op| op.is_constant()).cloned() {
                // Constants stay constants: placements depend on the counts of allocations.
                Some(op) => self.again(&op, v, &uses),
                None => self.repair(v, b, &ways, uses),
            }
        }
        true
    }

    fn redirect(&mut self, e: Edge, from: Block, to: Block) {
        let last = *self.f.block(e.from).insts.last().expect("the block has an edge");
        match &mut self.f.insts[last.index()].op {
            Op::Jump { to: t, args } => {
                *t = to;
                args.clear();
            }
            Op::Branch { then, then_args, .. } if e.slot == 0 => {
                *then = to;
                then_args.clear();
            }
            Op::Branch { els, els_args, .. } => {
                *els = to;
                els_args.clear();
            }
            _ => {}
        }
        let preds = &mut self.preds[from.index()];
        if let Some(at) = preds.iter().position(|p| *p == e.from) {
            preds.remove(at);
        }
        self.preds[to.index()].push(e.from);
    }

    /// Makes a constant once more for each use.
    fn again(&mut self, op: &Op, v: Value, uses: &[(Block, Inst)]) {
        let ty = self.f.ty(v);
        for &(at, user) in uses {
            let InstData { pos, scope, .. } = *self.f.inst(user);
            let copy = self.f.new_inst(op.clone(), &[ty], pos, scope);
            self.place.resize(self.f.insts.len(), Block(u32::MAX));
            self.place[copy.index()] = at;
            self.f.blocks[at.index()].insts.insert(0, copy);
            let new = self.f.inst(copy).results[0];
            self.f.insts[user.index()].op.for_each_operand_mut(|x| {
                if *x == v {
                    *x = new;
                }
            });
        }
    }

    /// Makes uses of a value of `b` see what arrives by the new ways as well.
    fn repair(
        &mut self,
        v: Value,
        b: Block,
        ways: &[(Block, FxHashMap<Value, Value>)],
        uses: Vec<(Block, Inst)>,
    ) {
        let ty = self.f.ty(v);
        let mut ends: FxHashMap<Block, Value> = ways.iter().map(|(n, map)| (*n, map[&v])).collect();
        ends.insert(b, v);
        let mut starts: FxHashMap<Block, Value> = FxHashMap::default();
        // Blocks that got a parameter whose arguments are missing.
        let mut open: Vec<Block> = Vec::new();
        for (at, inst) in uses {
            let new = self.at_start(at, v, ty, &ends, &mut starts, &mut open);
            if new != v {
                self.touch(new);
                self.f.insts[inst.index()].op.for_each_operand_mut(|x| {
                    if *x == v {
                        *x = new;
                    }
                });
            }
            while let Some(x) = open.pop() {
                let preds = self.preds[x.index()].clone();
                for (n, &p) in preds.iter().enumerate() {
                    if preds[..n].contains(&p) {
                        continue;
                    }
                    let arg = match ends.get(&p) {
                        Some(&e) => e,
                        None => self.at_start(p, v, ty, &ends, &mut starts, &mut open),
                    };
                    self.touch(arg);
                    let last = *self.f.block(p).insts.last().expect("the block has an edge");
                    edge_args_mut(&mut self.f.insts[last.index()].op, x, |args| args.push(arg));
                }
            }
        }
    }

    fn switches(&self, b: Block) -> bool {
        matches!(self.f.terminator(b).map(|t| &t.op), Some(Op::Switch { .. }))
    }

    /// What stands for the value at the start of a block.
    fn at_start(
        &mut self,
        at: Block,
        v: Value,
        ty: Type,
        ends: &FxHashMap<Block, Value>,
        starts: &mut FxHashMap<Block, Value>,
        open: &mut Vec<Block>,
    ) -> Value {
        let mut chain: SmallVec<[Block; 8]> = SmallVec::new();
        let mut x = at;
        let found = loop {
            if let Some(&s) = starts.get(&x) {
                break s;
            }
            match self.preds[x.index()][..] {
                // Not reachable any more.
                [] => break v,
                // Cases of one switch may share a target.
                [p, ref more @ ..]
                    if more.iter().all(|q| *q == p) && (more.is_empty() || self.switches(p)) =>
                {
                    chain.push(x);
                    if let Some(&e) = ends.get(&p) {
                        break e;
                    }
                    x = p;
                }
                _ => {
                    let param = self.f.add_param(x, ty);
                    self.touched[x.index()] = true;
                    open.push(x);
                    chain.push(x);
                    break param;
                }
            }
        };
        starts.extend(chain.into_iter().map(|b| (b, found)));
        found
    }
}
