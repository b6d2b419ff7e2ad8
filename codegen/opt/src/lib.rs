//! The optimiser: `Module -> Module`, by the passes of one table.
//!
//! In: a valid module. Out: a valid module that does the same. Guarantees: every pass is near-linear; the order of passes
//! satisfies the constraints of the table.
#![forbid(unsafe_code)]

pub mod bounds;
pub mod calls;
pub mod dce;
pub mod deadfuncs;
pub mod edit;
pub mod fold;
pub mod gvn;
pub mod inline;
pub mod licm;
pub mod memory;
pub mod rotate;
pub mod simplify;
pub mod sroa;

use escargo_ir::{Func, FuncId, Module, VerifyError};

pub struct Options<'a> {
    /// The last pass to run, by name; all if none.
    pub until: Option<String>,
    /// Verify after each pass.
    pub verify_each: bool,
    pub inline: bool,
    /// Called after each pass with its name.
    pub on_pass: Option<&'a mut dyn FnMut(&str, &Module)>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { until: None, verify_each: cfg!(debug_assertions), inline: true, on_pass: None }
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

/// State that passes share within one run.
struct Context {
    inline: bool,
    leaves: sroa::LeafCache,
}

pub struct Pass {
    pub name: &'static str,
    run: fn(&mut Module, &mut Context),
    /// Passes that must have run before.
    pub after: &'static [&'static str],
}

/// The passes in their order.
pub static PASSES: &[Pass] = &[
    Pass { name: "dead-funcs", run: |m, _| deadfuncs::run(m), after: &[] },
    // Rotation needs variables in memory and folded conditions.
    Pass { name: "rotate", run: |m, _| each(m, inline::prepare), after: &[] },
    Pass {
        name: "sroa",
        run: |m, cx| each(m, |m, f| inline::clean(m, f, &mut cx.leaves)),
        after: &["rotate"],
    },
    Pass { name: "inline", run: |m, cx| inline::run(m, cx.inline, &mut cx.leaves), after: &["sroa"] },
    Pass { name: "dead-copies", run: |m, _| deadfuncs::run(m), after: &["inline"] },
    Pass { name: "gvn", run: |m, _| each(m, gvn::run), after: &["inline"] },
    Pass { name: "bounds", run: |m, _| each(m, |_, f| bounds::run(f)), after: &["gvn"] },
    Pass { name: "licm", run: |m, _| each(m, licm::run), after: &["gvn"] },
    Pass { name: "tidy", run: |m, _| each(m, simplify::run), after: &["inline"] },
];

/// Runs `pass` on every function with a body; while it runs, the module holds only the function's declaration.
fn each(m: &mut Module, mut pass: impl FnMut(&Module, &mut Func)) {
    for i in 0..m.funcs.len() {
        if m.funcs[i].is_declared_only() {
            continue;
        }
        let declaration = Func::new(String::new(), m.funcs[i].sig.clone());
        let mut f = std::mem::replace(&mut m.funcs[i], declaration);
        pass(m, &mut f);
        m.funcs[i] = f;
    }
}

/// The table's own rules: names are unique, and what must come before does.
fn check_table() {
    for (i, p) in PASSES.iter().enumerate() {
        let before = &PASSES[..i];
        assert!(before.iter().all(|q| q.name != p.name), "pass {} stands twice in the table", p.name);
        for a in p.after {
            assert!(before.iter().any(|q| q.name == *a), "pass {} must come after {a}", p.name);
        }
    }
}

pub fn optimize(module: &mut Module, options: &mut Options) -> Result<(), OptError> {
    check_table();
    if let Some(name) = &options.until
        && PASSES.iter().all(|p| p.name != name)
    {
        return Err(OptError::NoSuchPass(name.clone()));
    }
    let mut cx = Context { inline: options.inline, leaves: Default::default() };
    for pass in PASSES {
        (pass.run)(module, &mut cx);
        if options.verify_each {
            escargo_ir::verify(module).map_err(|errors| OptError::Invalid { pass: pass.name, errors })?;
        }
        if let Some(f) = &mut options.on_pass {
            f(pass.name, module);
        }
        if options.until.as_deref() == Some(pass.name) {
            break;
        }
    }
    Ok(())
}

/// Runs one pass by itself (for tests and experiments).
pub fn run_pass(module: &mut Module, name: &str) -> Result<(), OptError> {
    let Some(pass) = PASSES.iter().find(|p| p.name == name) else {
        return Err(OptError::NoSuchPass(name.into()));
    };
    (pass.run)(module, &mut Context { inline: true, leaves: Default::default() });
    escargo_ir::verify(module).map_err(|errors| OptError::Invalid { pass: pass.name, errors })
}

/// Whether the inliner would consider the function for calls from anywhere (for diagnostics).
pub fn can_inline(module: &Module, func: FuncId) -> bool {
    inline::cost(module.func(func)).is_some_and(|c| c <= inline::SMALL)
}
