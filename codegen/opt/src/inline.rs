//! Pass `inline`: bottom-up over the call graph's components, with clean-up of each function before its callers see it.
//!
//! Out: calls replaced by copies of their callees' bodies; each copied allocation has a site of its own (`Site::origin`), each copied
//! instruction a scope that names the callee and the call. Not inlined: functions marked noinline, those that look
//! at their own frame, members of the caller's own component.

use escargo_ir::{
    Block, BlockData, Cfg, Def, DomTree, Func, FuncFlags, FuncId, InlineScope, Inst, InstData, Loops, Module,
    Op, Pos, Rt, SiteId, SiteKind, Type, Value, Values,
};

use crate::calls::{self, Methods};
use crate::edit::def_op;
use crate::sroa::{LeafCache, Promoted};
use crate::{rotate, simplify, sroa};

/// Costs up to which a callee is copied.
pub const SMALL: u32 = 40;
/// With a closure among the arguments, which the copy may call directly.
const CLOSURE_ARGUMENT: u32 = 120;
/// The only call of a function.
const SINGLE: u32 = 300;
/// A func literal called where it is made.
const DIRECT_CLOSURE: u32 = 300;
/// On paths that are rarely run.
const COLD: u32 = 8;
/// Callers do not grow beyond so many instructions.
const MAX_CALLER: usize = 5000;
/// New calls that a copy brings to light are considered so often.
const ROUNDS: usize = 3;

/// What the inliner knows of a function.
#[derive(Clone, Copy)]
struct Facts {
    /// None: not to be inlined.
    cost: Option<u32>,
    insts: usize,
    loops: bool,
}

/// Cost of a body, or None if it can not be inlined.
pub fn cost(f: &Func) -> Option<u32> {
    let FuncFlags { noinline, .. } = f.flags;
    if f.is_declared_only() || noinline {
        return None;
    }
    let mut total = 0;
    for &b in &f.order {
        let data = f.block(b);
        let mut sum = 0;
        for &i in &data.insts {
            sum += match &f.inst(i).op {
                Op::FramePointer | Op::ReturnAddress => return None,
                Op::CallRt { rt: Rt::guard_enter | Rt::recover, .. } => return None,
                Op::Iconst { .. }
                | Op::F32const(_)
                | Op::F64const(_)
                | Op::Null
                | Op::GlobalAddr(..)
                | Op::FuncAddr(_)
                | Op::Field { .. }
                | Op::Jump { .. }
                | Op::Return(_)
                | Op::Unreachable
                | Op::DebugAddr { .. }
                | Op::DebugValue { .. }
                | Op::KeepAlive(_) => 0,
                Op::Call { args, .. } | Op::TailCall { args, .. } => 6 + args.len() as u32 / 2,
                Op::CallClosure { .. }
                | Op::CallMethod { .. }
                | Op::TailCallClosure { .. }
                | Op::TailCallMethod { .. }
                | Op::CallRt { .. } => 6,
                Op::Alloc { .. } | Op::Copy { .. } => 3,
                Op::Switch { cases, .. } => 2 + cases.len() as u32,
                _ => 1,
            };
        }
        total += if data.cold { sum / 4 } else { sum };
    }
    Some(total)
}

/// Whether a function makes an object, may return it, and would be copied into its callers as it stands: `func (d *T) Sum() []byte { var out
/// [32]byte; return d.sum(&out) }`. There the object can be in the caller's frame.
fn is_maker(f: &Func) -> bool {
    let makes = |i: &Inst| matches!(f.inst(*i).op, Op::Alloc { .. });
    f.sig.results.contains(&Type::Ptr)
        // Quickly said of most.
        && f.order.iter().map(|&b| f.block(b).insts.len()).sum::<usize>() <= 4 * SMALL as usize
        && f.order.iter().any(|&b| f.block(b).insts.iter().any(makes))
        && cost(f).is_some_and(|c| c <= SMALL)
}

/// Number of instructions that do something.
fn size(f: &Func) -> usize {
    let insts = f.order.iter().flat_map(|&b| &f.block(b).insts);
    insts.filter(|i| !f.inst(**i).op.is_debug()).count()
}

pub fn run(m: &mut Module, enable: bool, cache: &mut LeafCache) {
    let methods = Methods::new(m);
    let (order, component) = components(m);
    let mut facts = vec![Facts { cost: None, insts: 0, loops: false }; m.funcs.len()];
    let mut uses = use_counts(m);
    for id in order {
        if m.func(id).is_declared_only() {
            continue;
        }
        let empty =
            Func { flags: m.func(id).flags, ..Func::new(m.func(id).name.clone(), m.func(id).sig.clone()) };
        let mut f = std::mem::replace(&mut m.funcs[id.index()], empty);
        let mut cfg = None;
        for _ in 0..ROUNDS {
            calls::run(m, &methods, &mut f);
            if !enable {
                break;
            }
            let once = m.main == Some(id) || f.name.ends_with(".init");
            let maker = is_maker(&f);
            let mut inliner = Inliner {
                m,
                f: &mut f,
                id,
                once,
                maker,
                facts: &facts,
                component: &component,
                uses: &mut uses,
            };
            if !inliner.round() {
                break;
            }
            cfg = Some(clean(m, &mut f, cache));
        }
        let cfg = cfg.unwrap_or_else(|| Cfg::new(&f));
        let loops = cfg.rpo.iter().any(|&b| {
            let mut back = false;
            if let Some(t) = f.terminator(b) {
                t.op.for_each_successor(|s| back |= cfg.rpo_index[s.index()] <= cfg.rpo_index[b.index()]);
            }
            back
        });
        let insts = size(&f);
        facts[id.index()] = Facts { cost: cost(&f), insts, loops };
        m.funcs[id.index()] = f;
    }
}

/// Folding, promotion, folding: until promotion finds no more.
fn clean(m: &Module, f: &mut Func, cache: &mut LeafCache) -> Cfg {
    let folded = Some(simplify::run(m, f));
    let cfg = promote(m, f, cache, folded).unwrap_or_else(|| Cfg::new(f));
    simplify::thread(m, f, cfg)
}

/// The same for a function that has been folded. The control flow before, and after, where it is known.
pub fn promote(m: &Module, f: &mut Func, cache: &mut LeafCache, mut cfg: Option<Cfg>) -> Option<Cfg> {
    for _ in 0..4 {
        let promoted = sroa::run(m, f, cache, &mut cfg);
        if promoted == Promoted::Nothing {
            break;
        }
        cfg = Some(simplify::run(m, f));
        if promoted == Promoted::All {
            break;
        }
    }
    cfg
}

/// The first clean-up, with loops still in memory form.
pub fn prepare(m: &Module, f: &mut Func) {
    // Before loops that share a header become one.
    rotate::run(f);
    simplify::run(m, f);
}

/// How often each function is named: one direct call and nothing else makes 1.
fn use_counts(m: &Module) -> Vec<u32> {
    let mut uses = vec![0u32; m.funcs.len()];
    for (id, f) in m.funcs.iter().enumerate() {
        if f.flags.root {
            uses[id] += 2;
        }
        for &b in &f.order {
            for &i in &f.block(b).insts {
                match &f.inst(i).op {
                    Op::Call { func, .. } | Op::TailCall { func, .. } => uses[func.index()] += 1,
                    Op::FuncAddr(id) => uses[id.index()] += 2,
                    _ => {}
                }
            }
        }
    }
    for g in &m.globals {
        for r in &g.relocs {
            if let escargo_ir::RelocTarget::Func(id) = r.target {
                uses[id.index()] += 2;
            }
        }
    }
    for id in m.main.iter().chain(&m.runtime_error).chain(&m.method_code) {
        uses[id.index()] += 2;
    }
    uses
}

/// Functions in bottom-up order of direct calls, and the number of each one's component.
pub fn components(m: &Module) -> (Vec<FuncId>, Vec<u32>) {
    let n = m.funcs.len();
    let callees = |i: usize, out: &mut Vec<usize>| {
        let f = &m.funcs[i];
        for &b in &f.order {
            for &i in &f.block(b).insts {
                match &f.inst(i).op {
                    // A function whose address is taken is likely called once it is known where: do it first.
                    Op::Call { func, .. } | Op::TailCall { func, .. } | Op::FuncAddr(func) => {
                        out.push(func.index())
                    }
                    _ => {}
                }
            }
        }
    };
    let mut component = vec![0u32; n];
    let mut order = Vec::with_capacity(n);
    let mut count = 0;
    escargo_ir::components(n, 0..n, callees, |members| {
        for &x in members {
            component[x] = count;
            order.push(FuncId(x as u32));
        }
        count += 1;
    });
    (order, component)
}

struct Inliner<'a> {
    m: &'a mut Module,
    f: &'a mut Func,
    id: FuncId,
    /// The function runs once: only calls in loops matter.
    once: bool,
    /// The function makes an object for its caller and is to stay small.
    maker: bool,
    facts: &'a [Facts],
    component: &'a [u32],
    uses: &'a mut [u32],
}

impl Inliner<'_> {
    /// Inlines the calls that are in the function now; whether there were any.
    fn round(&mut self) -> bool {
        let mut any = false;
        // Only code that runs once asks for its loops.
        let loops = self.once.then(|| {
            let cfg = Cfg::new(self.f);
            let dom = DomTree::new(&cfg);
            Loops::new(self.f, &cfg, &dom)
        });
        let mut size = size(self.f);
        for b in self.f.order.clone() {
            // From the last call to the first, so that each instruction moves once.
            for n in (0..self.f.block(b).insts.len()).rev() {
                let inst = self.f.block(b).insts[n];
                let Op::Call { func, .. } = self.f.inst(inst).op else { continue };
                if self.wanted(b, loops.as_ref().is_some_and(|l| l.in_cycle(b)), inst, func)
                    && size + self.facts[func.index()].insts < MAX_CALLER
                {
                    size += self.facts[func.index()].insts;
                    self.copy(b, n, func);
                    any = true;
                }
            }
        }
        any
    }

    fn wanted(&self, b: Block, repeated: bool, call: Inst, callee: FuncId) -> bool {
        let Some(cost) = self.facts[callee.index()].cost else { return false };
        if callee == self.id || self.component[callee.index()] == self.component[self.id.index()] {
            return false;
        }
        if self.f.block(b).cold || (self.once && !repeated) {
            return cost <= COLD;
        }
        if cost <= SMALL {
            return true;
        }
        let Op::Call { args, .. } = &self.f.inst(call).op else { return false };
        let closure = |v: Value| match def_op(self.f, v) {
            Some(Op::Alloc { site, .. }) => self.m.sites[site.index()].kind == SiteKind::Closure,
            _ => false,
        };
        let flags = self.m.func(callee).flags;
        if flags.closure && args.first().is_some_and(|&v| closure(v)) {
            return cost <= DIRECT_CLOSURE;
        }
        // A loop in the callee outweighs the call, and is compiled better by itself.
        if self.uses[callee.index()] == 1 && !self.facts[callee.index()].loops {
            return cost <= SINGLE && !self.maker;
        }
        cost <= CLOSURE_ARGUMENT && args.iter().any(|&v| closure(v))
    }

    fn copy(&mut self, block: Block, at: usize, callee: FuncId) {
        let call = self.f.block(block).insts[at];
        let InstData { op, results, pos, scope } = self.f.inst(call).clone();
        let Op::Call { args, .. } = op else { return };
        let cold = self.f.block(block).cold;

        // The rest of the block continues where the callee returns; the call's results are its parameters.
        let rest = self.f.new_block();
        let tail = self.f.blocks[block.index()].insts.split_off(at + 1);
        self.f.blocks[block.index()].insts.pop();
        for (i, &v) in results.iter().enumerate() {
            self.f.values[v.index()].def = Def::Param(rest, i as u32);
        }
        self.f.blocks[rest.index()] = BlockData { params: results.to_vec(), insts: tail, cold };

        let base = self.f.scopes.len() as u32 + 1;
        let callee_func = &self.m.funcs[callee.index()];
        self.f.scopes.push(InlineScope { func: callee_func.name.clone(), call_pos: pos, parent: scope });
        for s in &callee_func.scopes {
            let parent = base + s.parent;
            self.f.scopes.push(InlineScope { func: s.func.clone(), call_pos: s.call_pos, parent });
        }

        let mut blocks = vec![Block(u32::MAX); callee_func.blocks.len()];
        for &b in &callee_func.order {
            let n = self.f.new_block();
            self.f.blocks[n.index()].cold = cold || callee_func.block(b).cold;
            blocks[b.index()] = n;
        }
        // Values get their numbers first: uses may stand before definitions in the order.
        let mut values = vec![Value(u32::MAX); callee_func.values.len()];
        for (i, &b) in callee_func.order.iter().enumerate() {
            for (n, &p) in callee_func.block(b).params.iter().enumerate() {
                values[p.index()] =
                    if i == 0 { args[n] } else { self.f.add_param(blocks[b.index()], callee_func.ty(p)) };
            }
            for &inst in &callee_func.block(b).insts {
                for &r in &callee_func.inst(inst).results {
                    values[r.index()] = self.f.new_value(callee_func.ty(r), Def::None);
                }
            }
        }
        let mut sites: Vec<(Inst, SiteId)> = Vec::new();
        for &b in &callee_func.order {
            let home = blocks[b.index()];
            for &inst in &callee_func.block(b).insts {
                let InstData { mut op, results, pos, scope } = callee_func.inst(inst).clone();
                let mut gone = None;
                op.for_each_operand_mut(|v| {
                    if values[v.index()].0 == u32::MAX {
                        gone = Some(*v);
                    }
                    *v = values[v.index()];
                });
                // Only debug operations name values that are gone.
                if let Some(old) = gone {
                    let dead = self.f.new_value(callee_func.ty(old), Def::None);
                    op.for_each_operand_mut(|v| *v = dead);
                }
                crate::edit::for_each_target_mut(&mut op, |t| *t = blocks[t.index()]);
                let scope = base + scope;
                let new = Inst(self.f.insts.len() as u32);
                match op {
                    Op::Return(vs) => {
                        self.f.insts.push(jump(rest, vs, pos, scope));
                        self.f.blocks[home.index()].insts.push(new);
                        continue;
                    }
                    Op::TailCall { .. } | Op::TailCallClosure { .. } | Op::TailCallMethod { .. } => {
                        let op = match op {
                            Op::TailCall { func, args } => Op::Call { func, args },
                            Op::TailCallClosure { closure, sig, args } => {
                                Op::CallClosure { closure, sig, args }
                            }
                            Op::TailCallMethod { itab, index, method, sig, recv, args } => {
                                Op::CallMethod { itab, index, method, sig, recv, args }
                            }
                            other => other,
                        };
                        let types = callee_func.sig.results.clone();
                        let call = self.f.new_inst(op, &types, pos, scope);
                        let vs: Values = self.f.inst(call).results.iter().copied().collect();
                        let end = Inst(self.f.insts.len() as u32);
                        self.f.insts.push(jump(rest, vs, pos, scope));
                        self.f.blocks[home.index()].insts.extend([call, end]);
                        continue;
                    }
                    Op::Alloc { site, .. } | Op::CallRt { site: Some(site), .. } => sites.push((new, site)),
                    _ => {}
                }
                let mut results = results;
                for (i, r) in results.iter_mut().enumerate() {
                    *r = values[r.index()];
                    self.f.values[r.index()].def = Def::Result(new, i as u32);
                }
                self.f.insts.push(InstData { op, results, pos, scope });
                self.f.blocks[home.index()].insts.push(new);
            }
        }
        let entry = blocks[callee_func.order[0].index()];
        let order: Vec<Block> = callee_func.order.iter().map(|b| blocks[b.index()]).collect();
        for &b in &callee_func.order {
            for &i in &callee_func.block(b).insts {
                if let Op::Call { func, .. } = callee_func.inst(i).op {
                    self.uses[func.index()] += 1;
                }
            }
        }
        for (inst, old) in sites {
            let mut site = self.m.sites[old.index()].clone();
            site.origin = Some(old);
            let new = self.m.add_site(site);
            match &mut self.f.insts[inst.index()].op {
                Op::Alloc { site, .. } => *site = new,
                Op::CallRt { site, .. } => *site = Some(new),
                _ => {}
            }
        }
        let enter = Inst(self.f.insts.len() as u32);
        self.f.insts.push(jump(entry, Values::new(), pos, scope));
        self.f.blocks[block.index()].insts.push(enter);
        let place = self.f.order.iter().position(|&b| b == block).expect("the block is placed") + 1;
        self.f.order.splice(place..place, order.into_iter().chain([rest]));
    }
}

fn jump(to: Block, args: Values, pos: Pos, scope: u32) -> InstData {
    InstData { op: Op::Jump { to, args }, results: Default::default(), pos, scope }
}
