//! The optimiser: `Module -> Module`, by the passes of one table, in two parts. Escape analysis stands between them.
//!
//! In: a valid module. Out: a valid module that does the same. Guarantees: every pass is near-linear; the order of passes
//! satisfies the constraints of the table; the passes of the second part (`finish`) keep what escape analysis found out: they
//! copy no allocation, the count of one stays a constant if it was one, and what stores a pointer, copies or zeroes keeps its number.
#![forbid(unsafe_code)]

pub mod bounds;
pub mod bytes;
pub mod calls;
pub mod dce;
pub mod deadfuncs;
mod early;
pub mod edit;
pub mod fold;
pub mod gvn;
pub mod inline;
pub mod licm;
pub mod memory;
pub mod readonly;
pub mod rotate;
pub mod simplify;
pub mod sroa;
pub mod thread;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use early::Early;
use escargo_ir::{Cfg, Func, FuncId, Module, VerifyError};

pub struct Options<'a> {
    /// Verify after each pass.
    pub verify_each: bool,
    pub inline: bool,
    /// Called after each pass with its name.
    pub on_pass: Option<&'a mut dyn FnMut(&str, &Module)>,
    /// How many threads may work on functions at once; the result does not depend on it.
    pub threads: usize,
    /// Of the functions from the first on, whether `Early` has done their early passes.
    pub early: Vec<bool>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            verify_each: cfg!(debug_assertions),
            inline: true,
            on_pass: None,
            threads: 1,
            early: Vec::new(),
        }
    }
}

/// A pass broke a rule of the IR, or the options name no pass.
#[derive(Debug)]
pub enum OptError {
    NoSuchPass(String),
    Invalid { pass: &'static str, errors: Vec<VerifyError> },
}

impl std::fmt::Display for OptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OptError::NoSuchPass(name) => write!(f, "no pass is called {name}"),
            OptError::Invalid { pass, errors } => {
                write!(f, "pass {pass} made an invalid module")?;
                errors.iter().try_for_each(|e| write!(f, "\n{e}"))
            }
        }
    }
}

impl std::error::Error for OptError {}

/// What passes over the module are told of the options.
struct Context {
    inline: bool,
    threads: usize,
}

/// What a pass works on.
enum Run {
    Module(fn(&mut Module, &mut Context)),
    /// One function at a time, knowing nothing of the module but its layouts.
    Early(fn(&Module, &mut Func, &mut sroa::LeafCache)),
    /// One function at a time, behind escape analysis: whenever the function's code is wanted. Knows layouts and static data, and
    /// nothing of other functions.
    Last(fn(&Module, &mut Func)),
}

pub struct Pass {
    pub name: &'static str,
    run: Run,
    /// Passes that must have run before.
    pub after: &'static [&'static str],
}

/// The passes in their order.
pub static PASSES: &[Pass] = &[
    // Rotation needs variables in memory and folded conditions.
    Pass { name: "rotate", run: Run::Early(|m, f, _| inline::prepare(m, f)), after: &[] },
    Pass {
        name: "sroa",
        run: Run::Early(|m, f, leaves| drop(inline::promote(m, f, leaves, None))),
        after: &["rotate"],
    },
    Pass { name: "bytes", run: Run::Early(|m, f, _| bytes::run(m, f)), after: &["sroa"] },
    Pass { name: "dead-funcs", run: Run::Module(|m, _| deadfuncs::run(m)), after: &[] },
    Pass {
        name: "inline",
        run: Run::Module(|m, cx| inline::run(m, cx.inline, cx.threads)),
        after: &["sroa"],
    },
    Pass { name: "dead-copies", run: Run::Module(|m, _| deadfuncs::run(m)), after: &["inline"] },
    Pass { name: "read-only", run: Run::Module(|m, _| readonly::run(m)), after: &["inline"] },
    Pass { name: "gvn", run: Run::Last(gvn::run), after: &["inline"] },
    // What dominating conditions say decides branches behind where paths meet.
    Pass {
        name: "thread",
        run: Run::Last(|m, f| drop(simplify::thread(m, f, Cfg::new(f)))),
        after: &["gvn"],
    },
    Pass { name: "bounds", run: Run::Last(|_, f| bounds::run(f)), after: &["gvn"] },
    Pass { name: "licm", run: Run::Last(licm::run), after: &["gvn"] },
    Pass { name: "tidy", run: Run::Last(|m, f| drop(simplify::run(m, f))), after: &["inline"] },
];

/// Instructions that are worth another thread.
const WORTH_A_THREAD: usize = 3000;

/// Runs passes over functions, one after another on each function that has a body and is not `done`.
fn each(m: &mut Module, passes: &[Pass], threads: usize, done: &[bool]) {
    let apply = |m: &Module, f: &mut Func, leaves: &mut sroa::LeafCache| {
        for p in passes {
            match p.run {
                Run::Early(run) => run(m, f, leaves),
                Run::Last(run) => run(m, f),
                Run::Module(_) => {}
            }
        }
    };
    // Early passes see what they would see while the module is being made.
    let early = passes.iter().any(|p| matches!(p.run, Run::Early(_)));
    let globals = if early { std::mem::take(&mut m.globals) } else { Vec::new() };
    let funcs: Vec<Mutex<Func>> = std::mem::take(&mut m.funcs).into_iter().map(Mutex::new).collect();
    let module = &*m;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut leaves = sroa::LeafCache::default();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            // Each index is taken by one thread: the lock only shows the compiler so.
            let Some(f) = funcs.get(i) else { break };
            let mut f = f.lock().expect("a pass that panics ends the program");
            if !f.is_declared_only() && !done.get(i).is_some_and(|d| *d) {
                apply(module, &mut f, &mut leaves);
            }
        }
    };
    let size: usize = funcs
        .iter()
        .enumerate()
        .filter(|(i, _)| !done.get(*i).is_some_and(|d| *d))
        .map(|(_, f)| f.lock().map_or(0, |f| f.insts.len()))
        .sum();
    let helpers = (size / WORTH_A_THREAD).min(threads.max(1) - 1);
    std::thread::scope(|s| {
        for _ in 0..helpers {
            s.spawn(work);
        }
        work();
    });
    m.funcs = funcs.into_iter().map(|f| f.into_inner().expect("no pass panicked")).collect();
    if early {
        m.globals = globals;
    }
}

/// Whether two passes may be done together on one function after another.
fn alike(a: &Run, b: &Run) -> bool {
    matches!((a, b), (Run::Early(_), Run::Early(_)) | (Run::Last(_), Run::Last(_)))
}

/// The table's own rules: names are unique, what must come before does, early passes are the first and last ones the last.
fn check_table() {
    for (i, p) in PASSES.iter().enumerate() {
        let before = &PASSES[..i];
        assert!(before.iter().all(|q| q.name != p.name), "pass {} stands twice in the table", p.name);
        for a in p.after {
            assert!(before.iter().any(|q| q.name == *a), "pass {} must come after {a}", p.name);
        }
        let early = |p: &Pass| matches!(p.run, Run::Early(_));
        assert!(!early(p) || before.iter().all(early), "pass {} is too late to be early", p.name);
        let last = |p: &Pass| matches!(p.run, Run::Last(_));
        assert!(last(p) || !before.iter().any(last), "pass {} stands behind the last", p.name);
    }
}

/// The passes before escape analysis.
pub fn optimize(module: &mut Module, options: &mut Options) -> Result<(), OptError> {
    check_table();
    let done = std::mem::take(&mut options.early);
    run_passes(module, options, &PASSES[..first_last()], &done)
}

/// The passes behind escape analysis, for all functions.
pub fn finish(module: &mut Module, options: &mut Options) -> Result<(), OptError> {
    run_passes(module, options, &PASSES[first_last()..], &[])
}

/// The same for one function, a copy of the module's. For modules that need not be verified.
pub fn finish_func(module: &Module, func: &mut Func) {
    for p in PASSES {
        if let Run::Last(run) = p.run {
            run(module, func);
        }
    }
}

/// Where the passes behind escape analysis begin.
fn first_last() -> usize {
    PASSES.iter().position(|p| matches!(p.run, Run::Last(_))).unwrap_or(PASSES.len())
}

/// `done`: functions that need no early passes any more.
fn run_passes(
    module: &mut Module,
    options: &mut Options,
    passes: &[Pass],
    done: &[bool],
) -> Result<(), OptError> {
    let mut cx = Context { inline: options.inline, threads: options.threads };
    // Where nobody looks between them, passes over functions are done with one function after another.
    let watched = options.verify_each || options.on_pass.is_some();
    let mut at = 0;
    while at < passes.len() {
        let pass = &passes[at];
        let mut end = at + 1;
        match pass.run {
            Run::Module(run) => run(module, &mut cx),
            Run::Last(_) | Run::Early(_) => {
                while !watched && end < passes.len() && alike(&pass.run, &passes[end].run) {
                    end += 1;
                }
                let done = if matches!(pass.run, Run::Early(_)) { done } else { &[] };
                each(module, &passes[at..end], options.threads, done);
            }
        }
        at = end;
        if options.verify_each {
            escargo_ir::verify(module).map_err(|errors| OptError::Invalid { pass: pass.name, errors })?;
        }
        if let Some(f) = &mut options.on_pass {
            f(pass.name, module);
        }
    }
    Ok(())
}

/// Runs one pass by itself (for tests and experiments).
pub fn run_pass(module: &mut Module, name: &str) -> Result<(), OptError> {
    let Some(at) = PASSES.iter().position(|p| p.name == name) else {
        return Err(OptError::NoSuchPass(name.into()));
    };
    let pass = &PASSES[at];
    match pass.run {
        Run::Module(run) => run(module, &mut Context { inline: true, threads: 1 }),
        Run::Last(_) | Run::Early(_) => each(module, &PASSES[at..=at], 1, &[]),
    }
    escargo_ir::verify(module).map_err(|errors| OptError::Invalid { pass: pass.name, errors })
}

/// Whether the inliner would consider the function for calls from anywhere (for diagnostics).
pub fn can_inline(module: &Module, func: FuncId) -> bool {
    inline::cost(module.func(func)).is_some_and(|c| c <= inline::SMALL)
}
