//! `for ... range` over functions: the body becomes a function that the iterator calls.
//!
//! In: the range clause, the iterator. Out: a closure for the body, the call, and what follows from how the body ended.
//! Guarantees: a body called when it must not be raises Go's run-time panics.

use escargo_ir::{IntCC, SiteKind, Type as Ir, Value};
use escargo_syntax::Symbol;
use escargo_syntax::ast::{BranchKind, Expr, Stmt, StmtKind};
use escargo_types::world::*;
use rustc_hash::FxHashSet;

use crate::defer::Frame;
use crate::func::{FuncLowerer, ResultVar, Target};
use crate::range::Clause;
use crate::value::Val;
use crate::walk;

/// How a body left its loop, other than by the loop's own break and continue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    Return,
    Branch(BranchKind, Option<Symbol>),
}

/// What the function of a range body knows of the function around it.
#[derive(Clone, Debug)]
pub struct YieldCtx {
    /// The source function's results: all have variables.
    pub results: Vec<ResultVar>,
    /// Address of the number (from 1) of the exit taken.
    code: Value,
    /// Address of the loop's state.
    state: Value,
    pub exits: Vec<Exit>,
    /// Labels declared inside the body.
    pub inner_labels: FxHashSet<Symbol>,
}

/// States of a loop, numbered as in Go's runtime.
const DONE: i64 = 0;
const READY: i64 = 1;
const PANICKED: i64 = 2;
const EXHAUSTED: i64 = 3;
const MISSING_PANIC: i64 = 4;

impl FuncLowerer<'_, '_> {
    pub fn range_func(&mut self, s: &Stmt, c: &Clause, x: &Expr, t: TypeId) {
        let iterator = self.expr(x).scalar();
        self.at(s.pos);
        let yield_ty = self.l.sig_parts(t).params[0];
        let int = self.l.canon(World::basic(Basic::Int));
        let code = self.alloc(SiteKind::Temp, int, ".code");
        let state = self.alloc(SiteKind::Temp, int, ".state");
        let ready = self.int(READY);
        self.b.store(state, ready);

        let results = match &self.yield_ctx {
            Some(y) => y.results.clone(),
            None => self.results.clone(),
        };
        let mut hidden = vec![code, state];
        hidden.extend(results.iter().filter_map(|r| r.addr));
        let frame = self.frame.as_ref().map(|f| (f.ptr, f.layout));
        hidden.extend(frame.map(|f| f.0));

        let name = self.lit_name(true);
        let mut extra = Vec::new();
        if !c.define {
            extra.extend([c.key, c.value].into_iter().flatten());
        }
        let caps = self.captures_with(&c.body.stmts, &extra, &hidden, &name);
        let mut sig = self.l.signature(yield_ty, None);
        sig.params.insert(0, Ir::Ptr);
        let id = self.l.declare(name, sig);
        let mut func = self.l.header(id);
        func.flags.closure = true;
        func.pos = self.b.pos;
        let (unit, name) = (self.unit.clone(), self.name.clone());
        let (is_lit, count, pos) = (self.is_lit, self.lit_count, self.b.pos);
        let mut child = FuncLowerer::new(self.l, &mut func, unit, name);
        child.is_lit = is_lit;
        child.lit_count = count;
        child.b.pos = pos;
        let mut params = child.enter().into_iter();
        let object = params.next().expect("a closure takes its object");
        let mut hidden = child.bind_captures(&caps, object).into_iter();
        let mut next = || hidden.next().expect("every hidden value was captured");
        let (inner_code, inner_state) = (next(), next());
        let results =
            results.iter().map(|r| ResultVar { ty: r.ty, addr: r.addr.map(|_| next()), out: None }).collect();
        child.frame = frame.map(|(_, layout)| Frame::at(layout, next()));
        let mut inner_labels = FxHashSet::default();
        walk::any_stmt(&c.body.stmts, |s| {
            if let StmtKind::Labeled { label, .. } = &s.kind {
                inner_labels.insert(label.name);
            }
            false
        });
        child.yield_ctx =
            Some(YieldCtx { results, code: inner_code, state: inner_state, exits: Vec::new(), inner_labels });
        child.yield_body(c, yield_ty, &mut params);
        let exits = child.yield_ctx.take().map(|y| y.exits).unwrap_or_default();
        let count = child.lit_count;
        self.l.define(id, func);
        self.lit_count = count;

        let closure = self.alloc_layout(SiteKind::Closure, caps.layout, "func literal");
        self.fill_closure(closure, id, &caps);
        self.call_closure(iterator, t, vec![Val::one(closure)]);
        self.at(s.pos);
        let st = self.b.load(Ir::I64, state);
        let panicked = self.int(PANICKED);
        let bad = self.b.icmp(IntCC::Eq, st, panicked);
        let missing = self.int(MISSING_PANIC);
        self.range_panic(bad, missing);
        let exhausted = self.int(EXHAUSTED);
        self.b.store(state, exhausted);
        if exits.is_empty() {
            return;
        }
        let taken = self.b.load(Ir::I64, code);
        for (i, exit) in exits.into_iter().enumerate() {
            let n = self.int(i as i64 + 1);
            let eq = self.b.icmp(IntCC::Eq, taken, n);
            let (then, next) = (self.block(), self.block());
            self.b.branch(eq, then, next);
            self.b.switch_to(then);
            match exit {
                Exit::Return => self.emit_return(None),
                Exit::Branch(kind, label) => self.branch_stmt(kind, label),
            }
            self.b.switch_to(next);
        }
    }

    fn yield_body(&mut self, c: &Clause, yield_ty: TypeId, params: &mut impl Iterator<Item = Value>) {
        let state = self.yield_state();
        let st = self.b.load(Ir::I64, state);
        let ready = self.int(READY);
        let bad = self.b.icmp(IntCC::Ne, st, ready);
        self.range_panic(bad, st);
        let running = self.int(PANICKED);
        self.b.store(state, running);
        let types = self.l.sig_parts(yield_ty).params.clone();
        let vals: Vec<(Val, TypeId)> = types.iter().map(|&t| (self.take_param(t, params), t)).collect();
        let mut vals = vals.into_iter();
        self.set_loop_vars(c, vals.next(), vals.next());
        let (next, stop) = (self.block(), self.block());
        self.targets.push(Target { label: c.label, brk: stop, cont: Some(next), is_loop: true });
        self.stmts(&c.body.stmts);
        if self.b.reachable() {
            self.at(c.body.rbrace);
            self.jump(next);
        }
        self.targets.pop();
        self.b.switch_to(next);
        self.b.store(state, ready);
        let one = self.bool(true);
        self.b.ret(&[one]);
        self.b.switch_to(stop);
        self.stop_yield();
        self.prune();
        if self.noinline {
            self.b.func.flags.noinline = true;
        }
    }

    fn yield_state(&self) -> Value {
        self.yield_ctx.as_ref().expect("inside a range body").state
    }

    /// Ends the body with the answer that no more is wanted.
    fn stop_yield(&mut self) {
        let state = self.yield_state();
        let done = self.int(DONE);
        self.b.store(state, done);
        let zero = self.bool(false);
        self.b.ret(&[zero]);
    }

    /// Leaves the body for a place outside of the loop.
    pub fn yield_exit(&mut self, kind: BranchKind, label: Option<Symbol>) {
        self.take_exit(Exit::Branch(kind, label));
    }

    /// `return` inside a range body.
    pub fn yield_return(&mut self, vals: Option<Vec<Val>>) {
        let results = self.yield_ctx.as_ref().map(|y| y.results.clone()).unwrap_or_default();
        for (r, v) in results.iter().zip(vals.into_iter().flatten()) {
            let a = r.addr.expect("results have variables where functions are ranged over");
            self.store(r.ty, a, &v);
        }
        self.take_exit(Exit::Return);
    }

    fn take_exit(&mut self, exit: Exit) {
        let Some(y) = &mut self.yield_ctx else { unreachable!("lower: {exit:?} leads nowhere") };
        let n = match y.exits.iter().position(|&e| e == exit) {
            Some(i) => i,
            None => {
                y.exits.push(exit);
                y.exits.len() - 1
            }
        };
        let code = y.code;
        let n = self.int(n as i64 + 1);
        self.b.store(code, n);
        self.stop_yield();
    }

    /// Raises the panic of a misused range body.
    fn range_panic(&mut self, bad: Value, state: Value) {
        let (fail, ok) = (self.cold_block(), self.block());
        self.b.branch(bad, fail, ok);
        self.b.switch_to(fail);
        for (n, text) in [
            (DONE, "range function continued iteration after function for loop body returned false"),
            (PANICKED, "range function continued iteration after loop body panic"),
            (EXHAUSTED, "range function continued iteration after whole loop exit"),
        ] {
            let n = self.int(n);
            let eq = self.b.icmp(IntCC::Eq, state, n);
            self.panic_if(eq, text);
        }
        self.runtime_panic("range function recovered a loop body panic and did not resume panicking");
        self.b.switch_to(ok);
    }
}
