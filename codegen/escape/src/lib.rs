//! Escape analysis: `&Module -> EscapeResults`.
//!
//! In: an optimised module. Out: a placement with its reason for every allocation site, how parameters leak, and which
//! stores need no barrier. Guarantees: no object on the heap or of an older frame ever points to a stack slot that has died;
//! all-heap is always a valid answer.
#![forbid(unsafe_code)]

pub mod barrier;
pub mod build;
pub mod checker;
pub mod diag;
pub mod graph;
mod numbers;
pub mod results;
mod store;
pub mod summary;
pub mod verdict;

use std::sync::{Arc, OnceLock};

use escargo_ir::{FuncId, Inst, Module, Op, SiteId, Tasks};

use build::{Builder, Program, Shared, Solved};
pub use results::{EscapeResults, ParamLeak, Placement, Step, Verdict};
use summary::Summary;

/// Rounds over a component of the call graph before its functions are taken for the worst.
const MAX_ROUNDS: usize = 16;

/// Functions that are worth another thread.
const WORTH_A_THREAD: usize = 100;

/// The results do not depend on the number of threads.
pub fn analyze(m: &Module, threads: usize) -> EscapeResults {
    let program = Program::new(m);
    let (components, callees) = components(&program);
    let helpers = (m.funcs.len() / WORTH_A_THREAD).min(threads.max(1) - 1);
    let tasks = Tasks::new(components.len(), helpers, || calls(&components, &callees));
    let solved: Vec<OnceLock<Vec<Outcome>>> = components.iter().map(|_| OnceLock::new()).collect();
    tasks.run(
        || Shared::new(&program),
        |shared, c| {
            let outcomes = solve_component(shared, &program, &components[c]);
            assert!(solved[c].set(outcomes).is_ok(), "a component is solved once");
        },
    );
    let mut results = EscapeResults::all_heap(m);
    for (component, outcomes) in components.iter().zip(solved) {
        let outcomes = outcomes.into_inner().expect("all components are solved");
        for (&id, outcome) in with_bodies(m, component).zip(outcomes) {
            record(id, outcome, &mut results);
        }
    }
    results
}

fn with_bodies<'a>(m: &'a Module, component: &'a [FuncId]) -> impl Iterator<Item = &'a FuncId> {
    component.iter().filter(|f| !m.func(**f).is_declared_only())
}

/// What is needed of a function's last solution.
struct Outcome {
    sites: Vec<(SiteId, Verdict)>,
    params: Vec<ParamLeak>,
    no_barrier: Vec<Inst>,
    /// The functions whose summaries it depends on, sorted.
    asked: Vec<FuncId>,
}

/// Looks at functions until no summary that they depend on changes any more.
fn solve_component(shared: &mut Shared, program: &Program, component: &[FuncId]) -> Vec<Outcome> {
    let m = shared.m;
    let members: Vec<FuncId> = with_bodies(m, component).copied().collect();
    let mut outcomes: Vec<Option<Outcome>> = members.iter().map(|_| None).collect();
    let mut given_up = vec![false; members.len()];
    for round in 0.. {
        let mut any = false;
        for (n, &id) in members.iter().enumerate() {
            if outcomes[n].is_some() {
                continue;
            }
            any = true;
            let (solved, outcome) = solve(shared, id);
            outcomes[n] = Some(outcome);
            if !given_up[n] && shared.summary(id).as_ref() != &solved.summary {
                given_up[n] = round >= MAX_ROUNDS;
                let (params, res) = (m.func(id).sig.params.len(), m.func(id).sig.results.len());
                let summary = if given_up[n] { Summary::worst(params, res) } else { solved.summary };
                shared.growing[id.index()] = Some(Arc::new(summary));
                for o in &mut outcomes {
                    if o.as_ref().is_some_and(|o| o.asked.binary_search(&id).is_ok()) {
                        *o = None;
                    }
                }
            }
            shared.spare = solved.graph;
        }
        if !any {
            break;
        }
    }
    for &id in &members {
        let summary = shared.growing[id.index()].take().unwrap_or_else(|| shared.summary(id));
        assert!(program.summaries[id.index()].set(summary).is_ok(), "a function is solved once");
    }
    outcomes.into_iter().map(|o| o.expect("the component is solved")).collect()
}

fn solve(shared: &mut Shared, id: FuncId) -> (Solved, Outcome) {
    let m = shared.m;
    let f = m.func(id);
    shared.asked.clear();
    let mut b = Builder::new(shared, id);
    b.build();
    b.solve();
    verdict::apply_loop_rule(&mut b, f);
    let solved = b.finish();
    let mut asked = std::mem::take(&mut shared.asked);
    asked.sort_unstable();
    asked.dedup();
    let mut outcome =
        Outcome { sites: Vec::new(), params: leaks(&solved.summary), no_barrier: Vec::new(), asked };
    verdict::verdicts(m, f, &solved, &mut outcome.sites);
    barrier::find(f, &solved, &mut outcome.no_barrier);
    (solved, outcome)
}

fn record(id: FuncId, outcome: Outcome, results: &mut EscapeResults) {
    for (site, v) in outcome.sites {
        // A site has one alloc; if passes copy one, the worst of its copies counts.
        let old = &mut results.sites[site.index()];
        if old.reason.is_empty() || v.placement == Placement::Heap {
            *old = v;
        }
    }
    results.params[id.index()] = outcome.params;
    results.no_barrier.extend(outcome.no_barrier.into_iter().map(|i| (id, i)));
}

/// Minimal dereferences, as Go prints them.
fn leaks(s: &Summary) -> Vec<ParamLeak> {
    let mut out = vec![ParamLeak::default(); s.params];
    // What is stored through another parameter counts as leaking.
    for p in s.leaks.iter().chain(s.stores.iter().map(|(_, from)| &from.0)) {
        let leak = &mut out[p.param as usize].heap;
        *leak = Some(leak.map_or(p.level, |l| l.min(p.level)));
    }
    for (r, paths) in s.results.iter().enumerate() {
        for (p, _) in paths {
            let list = &mut out[p.param as usize].results;
            match list.iter_mut().find(|x| x.0 == r as u32) {
                Some(x) => x.1 = x.1.min(p.level),
                None => list.push((r as u32, p.level)),
            }
        }
    }
    out
}

/// Strongly connected components of the call graph, callees first, and the callees of each function.
fn components(program: &Program) -> (Vec<Vec<FuncId>>, Vec<Vec<u32>>) {
    let n = program.m.funcs.len();
    let (mut list, mut known) = (Vec::new(), vec![Vec::new(); n]);
    let callees = |i: usize, out: &mut Vec<usize>| {
        list.clear();
        program.callees(&program.m.funcs[i], &mut list);
        list.sort_unstable();
        list.dedup();
        known[i] = list.iter().map(|c| c.0).collect();
        out.extend(list.iter().map(|c| c.index()));
    };
    let mut all = Vec::new();
    escargo_ir::components(n, 0..n, callees, |members| {
        all.push(members.iter().map(|&x| FuncId(x as u32)).collect());
    });
    (all, known)
}

/// Which components call which others.
fn calls(components: &[Vec<FuncId>], callees: &[Vec<u32>]) -> Vec<(u32, u32)> {
    let mut of = vec![0; callees.len()];
    for (c, members) in components.iter().enumerate() {
        members.iter().for_each(|f| of[f.index()] = c as u32);
    }
    let mut calls = Vec::with_capacity(callees.iter().map(Vec::len).sum());
    for (f, callees) in callees.iter().enumerate() {
        calls.extend(callees.iter().map(|&callee| (of[f], of[callee as usize])));
    }
    calls.retain(|(caller, callee)| caller != callee);
    calls
}

/// Sites that still have an instruction.
fn live_sites(m: &Module) -> Vec<bool> {
    let mut live = vec![false; m.sites.len()];
    for f in &m.funcs {
        for &b in &f.order {
            for &i in &f.block(b).insts {
                if let Op::Alloc { site, .. } | Op::CallRt { site: Some(site), .. } = f.inst(i).op {
                    live[site.index()] = true;
                }
            }
        }
    }
    live
}

impl EscapeResults {
    /// Everything on the heap: the answer that needs no analysis.
    pub fn all_heap(m: &Module) -> EscapeResults {
        let live = live_sites(m);
        EscapeResults {
            sites: live
                .iter()
                .map(|&l| Verdict {
                    placement: if l { Placement::Heap } else { Placement::Scalar },
                    reason: Vec::new(),
                    stays: !l,
                })
                .collect(),
            params: m.funcs.iter().map(|f| vec![ParamLeak::default(); f.sig.params.len()]).collect(),
            no_barrier: Default::default(),
        }
    }
}
