//! Pass `inline`: bottom-up over the call graph's components, with clean-up of each function before its callers see it.
//!
//! Out: calls replaced by copies of their callees' bodies; each copied allocation has a site of its own (`Site::origin`), each copied
//! instruction a scope that names the callee and the call. Not inlined: functions marked noinline, those that look
//! at their own frame, members of the caller's own component.

use std::sync::{Mutex, MutexGuard, OnceLock};

use escargo_ir::{
    Block, BlockData, Cfg, Def, DomTree, Func, FuncFlags, FuncId, InlineScope, Inst, InstData, Loops, Module,
    Op, Pos, Rt, Site, SiteId, SiteKind, Tasks, Type, Value, Values,
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
/// The highest of these costs.
const MOST: u32 = 300;
/// On paths that are rarely run.
const COLD: u32 = 8;
/// Callers do not grow beyond so many instructions.
const MAX_CALLER: usize = 5000;
/// New calls that a copy brings to light are considered so often.
const ROUNDS: usize = 3;

/// Cost of a body, or None if it can not be inlined or costs more than anything that is.
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
                Op::Field { .. } | Op::Jump { .. } | Op::Return(_) | Op::Unreachable | Op::KeepAlive(_) => 0,
                op if op.is_constant() || op.is_debug() => 0,
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
        if total > MOST {
            return None;
        }
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

/// What is left of a function that has been worked on.
struct Done {
    func: Func,
    /// None: not to be inlined.
    cost: Option<u32>,
    /// Of functions that are inlined: the number of instructions, and whether there are loops in one that is only called once.
    insts: usize,
    loops: bool,
    copied: Vec<CopiedSite>,
}

/// An instruction with an allocation site, copied from another function. It has the number of that one's site until all functions are done.
struct CopiedSite {
    inst: Inst,
    callee: FuncId,
    from: Inst,
}

/// What all threads share. The module holds no functions meanwhile.
struct Program<'a> {
    m: &'a Module,
    methods: Methods,
    enable: bool,
    /// By function: what it was before, of those worked on only the signature.
    before: Vec<Mutex<Func>>,
    done: Vec<OnceLock<Done>>,
    /// How often each function was named.
    uses: Vec<u32>,
    /// By function, the lowest at the bottom of the call graph.
    component: Vec<u32>,
    /// The functions in bottom-up order, and the place of each therein.
    order: Vec<FuncId>,
    place: Vec<u32>,
    tasks: Tasks,
}

/// The result does not depend on the number of threads: what is inlined into a function depends on its text and on the functions of lower
/// components, which are done before they are looked at.
pub fn run(m: &mut Module, enable: bool, threads: usize) {
    let Graph { order, component, calls } = Graph::new(m);
    let mut place = vec![u32::MAX; m.funcs.len()];
    for (i, id) in order.iter().enumerate() {
        place[id.index()] = i as u32;
    }
    // Functions of one component are not copied into one another and need not wait.
    let needs = || {
        let lower = calls.iter().filter(|(f, callee)| component[callee.index()] < component[f.index()]);
        lower.map(|(f, callee)| (place[f.index()], place[callee.index()])).collect()
    };
    let size: usize = m.funcs.iter().map(|f| f.insts.len()).sum();
    let helpers = (size / crate::WORTH_A_THREAD).min(threads.max(1) - 1);
    let tasks = Tasks::new(order.len(), helpers, needs);
    let (methods, uses) = (Methods::new(m), use_counts(m));
    let funcs = std::mem::take(&mut m.funcs);
    let done = funcs.iter().map(|_| OnceLock::new()).collect();
    let before = funcs.into_iter().map(Mutex::new).collect();
    let program = Program { m, methods, enable, before, done, uses, component, order, place, tasks };
    program.tasks.run(LeafCache::default, |cache, task| program.work(task, cache));

    let Program { before, done, order, .. } = program;
    let mut copied: Vec<Vec<CopiedSite>> = Vec::with_capacity(done.len());
    for (before, done) in before.into_iter().zip(done) {
        let (func, sites) = match done.into_inner() {
            Some(done) => (done.func, done.copied),
            None => (before.into_inner().expect("no thread panicked"), Vec::new()),
        };
        m.funcs.push(func);
        copied.push(sites);
    }
    for id in order {
        for c in std::mem::take(&mut copied[id.index()]) {
            let origin = site(&m.func(c.callee).inst(c.from).op);
            let origin = origin.expect("functions stay as they are when they are copied");
            let number = m.add_site(Site { origin: Some(origin), ..m.sites[origin.index()].clone() });
            match &mut m.funcs[id.index()].insts[c.inst.index()].op {
                Op::Alloc { site, .. } => *site = number,
                Op::CallRt { site, .. } => *site = Some(number),
                _ => {}
            }
        }
    }
}

fn site(op: &Op) -> Option<SiteId> {
    match op {
        Op::Alloc { site, .. } => Some(*site),
        Op::CallRt { site, .. } => *site,
        _ => None,
    }
}

impl Program<'_> {
    fn body(&self, id: FuncId) -> MutexGuard<'_, Func> {
        self.before[id.index()].lock().expect("nobody panics with a body")
    }

    /// Inlines into one function.
    fn work(&self, task: usize, cache: &mut LeafCache) {
        let id = self.order[task];
        let mut f = {
            let mut body = self.body(id);
            let header = Func::new(String::new(), body.sig.clone());
            std::mem::replace(&mut *body, header)
        };
        let mut copied = Vec::new();
        let mut cfg = None;
        for _ in 0..ROUNDS {
            calls::run(self.m, &self.methods, &mut f, |id, sig| calls::fits(&self.body(id).sig, sig));
            if !self.enable {
                break;
            }
            let once = self.m.main == Some(id) || f.name.ends_with(".init");
            let maker = is_maker(&f);
            let copied = &mut copied;
            let mut inliner = Inliner { p: self, f: &mut f, id, once, maker, cache: &mut *cache, copied };
            if !inliner.round() {
                break;
            }
            cfg = Some(clean(self.m, &mut f, cache));
        }
        let cost = cost(&f).filter(|_| self.enable);
        // Asked for where a function is too large for anything but its only call.
        let loops = self.uses[id.index()] == 1 && cost.is_some_and(|c| c > SMALL) && {
            let cfg = cfg.unwrap_or_else(|| Cfg::new(&f));
            let back =
                |b: Block| cfg.succs(b).iter().any(|s| cfg.rpo_index[s.index()] <= cfg.rpo_index[b.index()]);
            cfg.rpo.iter().any(|&b| back(b))
        };
        let insts = cost.map_or(0, |_| size(&f));
        let done = Done { func: f, cost, insts, loops, copied };
        assert!(self.done[id.index()].set(done).is_ok(), "a function is worked on once");
    }

    /// A function of a lower component. Most are done because a function needs what it calls; methods and functions in static data are
    /// only known as callees when the call has been seen through.
    fn callee(&self, id: FuncId, cache: &mut LeafCache) -> &Done {
        let done = &self.done[id.index()];
        done.get().unwrap_or_else(|| {
            self.tasks.wait(self.place[id.index()] as usize, |task| self.work(task, cache));
            done.get().expect("it has been waited for")
        })
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

/// The call graph.
struct Graph {
    /// Functions with bodies in bottom-up order.
    order: Vec<FuncId>,
    /// By function: its component.
    component: Vec<u32>,
    /// Callers and their callees, those with bodies.
    calls: Vec<(FuncId, FuncId)>,
}

impl Graph {
    fn new(m: &Module) -> Graph {
        let n = m.funcs.len();
        let mut calls = Vec::with_capacity(4 * n);
        let callees = |i: usize, out: &mut Vec<usize>| {
            let caller = FuncId(i as u32);
            let f = m.func(caller);
            for &b in &f.order {
                for &i in &f.block(b).insts {
                    // A function whose address is taken is likely called once it is known where: do it first.
                    if let Op::Call { func, .. } | Op::TailCall { func, .. } | Op::FuncAddr(func) =
                        f.inst(i).op
                        && !m.func(func).is_declared_only()
                    {
                        out.push(func.index());
                        calls.push((caller, func));
                    }
                }
            }
        };
        let mut component = vec![0u32; n];
        let mut order = Vec::with_capacity(n);
        let mut count = 0;
        let roots = (0..n).filter(|&i| !m.funcs[i].is_declared_only());
        escargo_ir::components(n, roots, callees, |members| {
            for &x in members {
                component[x] = count;
                order.push(FuncId(x as u32));
            }
            count += 1;
        });
        Graph { order, component, calls }
    }
}

struct Inliner<'a> {
    p: &'a Program<'a>,
    f: &'a mut Func,
    id: FuncId,
    /// The function runs once: only calls in loops matter.
    once: bool,
    /// The function makes an object for its caller and is to stay small.
    maker: bool,
    cache: &'a mut LeafCache,
    copied: &'a mut Vec<CopiedSite>,
}

impl<'a> Inliner<'a> {
    /// Inlines the calls that are in the function now; whether there were any.
    fn round(&mut self) -> bool {
        // Only code that runs once asks for its loops.
        let loops = self.once.then(|| {
            let cfg = Cfg::new(self.f);
            let dom = DomTree::new(&cfg);
            Loops::new(self.f, &cfg, &dom)
        });
        let mut any = false;
        // Known once there is something to copy.
        let mut size = None;
        let mut at = 0;
        while at < self.f.order.len() {
            let b = self.f.order[at];
            at += 1;
            let mut added = 0;
            // From the last call to the first, so that each instruction moves once.
            for n in (0..self.f.block(b).insts.len()).rev() {
                let inst = self.f.block(b).insts[n];
                let Op::Call { func, .. } = self.f.inst(inst).op else { continue };
                let repeated = loops.as_ref().is_some_and(|l| l.in_cycle(b));
                let Some(callee) = self.wanted(b, repeated, inst, func) else { continue };
                let size = size.get_or_insert_with(|| self::size(self.f));
                if *size + callee.insts < MAX_CALLER {
                    *size += callee.insts;
                    any = true;
                    added += self.copy(b, n, at, func, &callee.func);
                }
            }
            at += added;
        }
        any
    }

    /// The function that a call is to be replaced by.
    fn wanted(&mut self, b: Block, repeated: bool, call: Inst, id: FuncId) -> Option<&'a Done> {
        let p = self.p;
        if p.place[id.index()] == u32::MAX || p.component[id.index()] >= p.component[self.id.index()] {
            return None;
        }
        let callee = p.callee(id, self.cache);
        let cost = callee.cost?;
        let data = self.f.inst(call);
        let Op::Call { args, .. } = &data.op else { return None };
        let closure = |v: Value| match def_op(self.f, v) {
            Some(Op::Alloc { site, .. }) => p.m.sites[site.index()].kind == SiteKind::Closure,
            _ => false,
        };
        let limit = if self.f.block(b).cold || (self.once && !repeated) {
            COLD
        } else if cost <= SMALL {
            SMALL
        } else if callee.func.flags.closure && args.first().is_some_and(|&v| closure(v)) {
            DIRECT_CLOSURE
        } else if p.uses[id.index()] == 1 && data.scope == 0 && !callee.loops {
            // A loop in the callee outweighs the call, and is compiled better by itself. A copy of the only call is not the only one.
            if self.maker { SMALL } else { SINGLE }
        } else if args.iter().any(|&v| closure(v)) {
            CLOSURE_ARGUMENT
        } else {
            SMALL
        };
        (cost <= limit).then_some(callee)
    }

    /// Replaces instruction `n` of a block, a call, by the callee's blocks, which come to stand at `at` of the order; how many.
    fn copy(&mut self, block: Block, n: usize, at: usize, callee: FuncId, callee_func: &Func) -> usize {
        let call = self.f.block(block).insts[n];
        let InstData { op, results, pos, scope } = &mut self.f.insts[call.index()];
        let (pos, scope) = (*pos, *scope);
        let results = std::mem::take(results);
        let Op::Call { args, .. } = std::mem::replace(op, Op::Unreachable) else { return 0 };
        let cold = self.f.block(block).cold;

        // The rest of the block continues where the callee returns; the call's results are its parameters.
        let rest = self.f.new_block();
        let tail = self.f.blocks[block.index()].insts.split_off(n + 1);
        self.f.blocks[block.index()].insts.pop();
        for (i, &v) in results.iter().enumerate() {
            self.f.values[v.index()].def = Def::Param(rest, i as u32);
        }
        self.f.blocks[rest.index()] = BlockData { params: results.into_vec(), insts: tail, cold };

        let base = self.f.scopes.len() as u32 + 1;
        self.f.scopes.reserve(callee_func.scopes.len() + 1);
        self.f.scopes.push(InlineScope { func: callee_func.name.clone(), call_pos: pos, parent: scope });
        for s in &callee_func.scopes {
            let parent = base + s.parent;
            self.f.scopes.push(InlineScope { func: s.func.clone(), call_pos: s.call_pos, parent });
        }

        // What stands in blocks is copied, most of what there is.
        self.f.blocks.reserve(callee_func.order.len());
        self.f.values.reserve(callee_func.values.len() / 2);
        let insts = callee_func.order.iter().map(|&b| callee_func.block(b).insts.len()).sum::<usize>() + 1;
        self.f.insts.reserve(insts);
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
        for &b in &callee_func.order {
            let home = blocks[b.index()];
            // A tail call becomes two instructions.
            let mut list = Vec::with_capacity(callee_func.block(b).insts.len() + 1);
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
                        list.push(new);
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
                        list.extend([call, end]);
                        continue;
                    }
                    Op::Alloc { .. } | Op::CallRt { site: Some(_), .. } => {
                        self.copied.push(CopiedSite { inst: new, callee, from: inst });
                    }
                    _ => {}
                }
                let mut results = results;
                for (i, r) in results.iter_mut().enumerate() {
                    *r = values[r.index()];
                    self.f.values[r.index()].def = Def::Result(new, i as u32);
                }
                self.f.insts.push(InstData { op, results, pos, scope });
                list.push(new);
            }
            self.f.blocks[home.index()].insts = list;
        }
        let entry = blocks[callee_func.order[0].index()];
        let enter = Inst(self.f.insts.len() as u32);
        self.f.insts.push(jump(entry, Values::new(), pos, scope));
        self.f.blocks[block.index()].insts.push(enter);
        let placed = callee_func.order.iter().map(|b| blocks[b.index()]).chain([rest]);
        self.f.order.splice(at..at, placed);
        callee_func.order.len() + 1
    }
}

fn jump(to: Block, args: Values, pos: Pos, scope: u32) -> InstData {
    InstData { op: Op::Jump { to, args }, results: Default::default(), pos, scope }
}
