//! `defer`, `go`, `recover`: saved calls as closures without parameters.
//!
//! In: a call. Out: its operands evaluated now, a thunk that makes the call later; in functions that defer, the guard around the body.
//!
//! A function that defers has a *frame object*: the runtime's guard and the addresses of the results' variables. Each defer statement
//! has a record and a closure to call. Its shape:
//!
//! ```text
//! entry:   r = guard_enter(frame); if r is not null go to resume
//! body:    ... each defer statement links its record ... returns set the results' variables and go to an exit
//! exit:    for each defer statement before the return, the last first: if its record is the head of the list (it is, where
//!          nothing can jump over the statement), unlink it and call its code directly; guard_run if a loop may have deferred
//!          more, else guard_leave; return the results
//! resume:  guard_run(r); return the results
//! ```
//!
//! Everything in the block `resume` is derived from `r`: after a recovered panic nothing else holds.
//!
//! Guarantees: a statement that may be executed again has its record and closure on the heap; objects of the others are made
//! where the body begins, so that every exit knows them.

use escargo_abi::context::{GUARD_DEFERS, GUARD_SAVED};
use escargo_ir::{
    Block, Field, Func, FuncId, IntCC, LayoutId, Op, Rt, Shape, Signature, SiteKind, Type as Ir, Value,
    Values,
};
use escargo_syntax::Pos;
use escargo_syntax::ast::{Expr, ExprKind, Stmt, StmtKind};
use escargo_types::info::Mode;
use escargo_types::world::*;
use rustc_hash::FxHashSet;

use crate::call::Target;
use crate::func::FuncLowerer;
use crate::program::Lowerer;
use crate::value::Val;

/// Results that a tail call hands through in registers on every machine.
const MAX_TAIL_RESULTS: usize = 4;

/// The frame object of a function that defers, while its layout grows.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its address in the function being lowered.
    pub ptr: Value,
    /// What `guard_enter` returned.
    again: Value,
    pub layout: LayoutId,
    fields: Vec<Field>,
    size: u64,
    /// Where returns go: by the number of fixed defer statements before them.
    exits: Vec<Exit>,
    resume: Block,
    /// Of each result: its type, the variable and the field that holds its address, the same for the caller's memory for it.
    pub results: Vec<FrameResult>,
    /// The block that the body begins in.
    start: Block,
    /// The defer statements outside of loops, in order.
    fixed: Vec<Fixed>,
    /// Some defer statement may be executed more than once.
    repeated: bool,
    /// Positions of the defer statements that are executed unless the function returns before them.
    always: FxHashSet<Pos>,
}

/// How many places to return to are kept apart. With more than that, one is shared that looks for every defer statement.
const MAX_EXITS: usize = 4;

/// Where returns after the same defer statements go.
#[derive(Clone, Debug)]
struct Exit {
    /// How many fixed defer statements lie before it.
    deferred: usize,
    block: Block,
    /// The position of the return statement, if there is one: deferred calls seem to be made there.
    pos: Option<escargo_ir::Pos>,
}

/// A result of a function that defers.
#[derive(Clone, Debug)]
pub struct FrameResult {
    pub ty: TypeId,
    pub var: (Value, u32),
    pub out: Option<(Value, u32)>,
}

/// A defer statement that is executed at most once: its record and its closure (none: static data).
#[derive(Clone, Debug)]
struct Fixed {
    record: Value,
    closure: Option<Value>,
    code: FuncId,
    /// Nothing jumps over it.
    always: bool,
}

/// Index of `Guard::defers` among the frame's fields.
const DEFERS: u32 = 1;

impl Frame {
    fn new(layout: LayoutId, start: Block, resume: Block) -> Frame {
        Frame {
            ptr: Value(0),
            again: Value(0),
            layout,
            fields: Vec::new(),
            size: 0,
            exits: Vec::new(),
            resume,
            results: Vec::new(),
            start,
            fixed: Vec::new(),
            repeated: false,
            always: FxHashSet::default(),
        }
    }

    /// The frame of the function around a range body.
    pub fn at(layout: LayoutId, ptr: Value) -> Frame {
        Frame { ptr, ..Frame::new(layout, Block(0), Block(0)) }
    }

    /// Appends a field and returns its index.
    fn add(&mut self, l: &Lowerer, name: &str, layout: LayoutId) -> u32 {
        let data = l.module.layout(layout);
        let offset = self.size.next_multiple_of(data.align.max(1) as u64);
        self.size = offset + data.size;
        self.fields.push(Field { name: name.into(), offset, layout });
        self.fields.len() as u32 - 1
    }

    /// Writes the layout into the module.
    fn finish(self, l: &mut Lowerer) {
        let layout = &mut l.module.layouts[self.layout.index()];
        layout.size = self.size.next_multiple_of(8);
        layout.align = 8;
        layout.shape = Shape::Struct(self.fields);
    }
}

/// Where a defer statement keeps its record and the closure to call.
#[derive(Default)]
pub struct DeferHome {
    /// The closure, if it is not static data.
    closure: Option<Value>,
    /// The record, if it is part of the closure's object.
    record: Option<Value>,
}

/// What a thunk does with the values saved for it.
pub enum Saved {
    /// The arguments begin at `args`; the last `kept` values are pointers that live until the call is over.
    Call {
        target: Target,
        sig: TypeId,
        args: usize,
        kept: usize,
    },
    Builtin {
        builtin: Builtin,
        result: TypeId,
    },
}

impl FuncLowerer<'_, '_> {
    /// Begins a function that defers: links the guard and goes on in the body.
    pub fn enter_guard(&mut self, body: &[Stmt]) {
        let layout = self.l.add_layout(format!("frame {}", self.name), 0, 8, Default::default());
        let (ptr, word) = (self.l.scalar_layout(Ir::Ptr), self.l.scalar_layout(Ir::I64));
        let (start, resume) = (self.block(), self.cold_block());
        let mut frame = Frame::new(layout, start, resume);
        frame.add(self.l, "prev", word);
        let defers = frame.add(self.l, "defers", ptr);
        debug_assert_eq!((defers, frame.fields[defers as usize].offset), (DEFERS, GUARD_DEFERS as u64));
        for name in ["sp", "fp", "pc", "flags"] {
            frame.add(self.l, name, word);
        }
        for i in 0..GUARD_SAVED {
            frame.add(self.l, &format!("s{i}"), word);
        }
        let site = self.site(SiteKind::Frame, layout, "defer frame");
        frame.ptr = self.b.alloc(site, layout);
        let again = self.rt1(Rt::guard_enter, &[frame.ptr]);
        let first = self.is_null(again);
        self.b.branch(first, start, resume);
        frame.again = again;
        frame.always = body.iter().filter(|s| matches!(s.kind, StmtKind::Defer(_))).map(|s| s.pos).collect();
        self.noinline = true;
        self.b.switch_to(start);
        self.frame = Some(frame);
    }

    /// Notes an address in the frame object.
    pub fn note_address(&mut self, name: &str, address: Value) -> (Value, u32) {
        let ptr = self.l.scalar_layout(Ir::Ptr);
        let frame = self.frame.as_mut().expect("a function that defers has a frame");
        let slot = frame.add(self.l, name, ptr);
        let (object, layout) = (frame.ptr, frame.layout);
        let a = self.b.field(object, layout, slot);
        self.b.store(a, address);
        (address, slot)
    }

    /// An object of a defer statement that is executed at most once.
    fn fixed_object(&mut self, layout: LayoutId) -> Value {
        let site = self.site(SiteKind::Defer, layout, "defer");
        let object = self.b.alloc(site, layout);
        let start = self.guard_frame().start;
        if let Some(here) = self.b.current() {
            let made = self.b.func.blocks[here.index()].insts.pop().expect("the alloc");
            self.b.func.blocks[start.index()].insts.insert(0, made);
        }
        object
    }

    /// Memory for a deferred call's closure object.
    pub fn defer_object(&mut self, home: &mut DeferHome, layout: LayoutId) -> Value {
        if !self.in_loop() {
            let object = self.fixed_object(layout);
            home.closure = Some(object);
            return object;
        }
        // One object for the closure and the record.
        let record = self.record_layout();
        let name = format!("deferred {}", self.l.module.layout(layout).name);
        let both = self.l.struct_layout(name, &[("closure", layout), ("record", record)]);
        let object = self.repeated_object(both);
        home.record = Some(self.b.field(object, both, 1));
        self.b.field(object, both, 0)
    }

    fn repeated_object(&mut self, layout: LayoutId) -> Value {
        let site = self.site_heap(SiteKind::Defer, layout, "defer", Some("defer in loop".into()));
        self.b.alloc(site, layout)
    }

    fn record_layout(&mut self) -> LayoutId {
        let p = self.l.canon(World::basic(Basic::UnsafePointer));
        let pair = self.l.array_of(p, 2);
        self.layout(pair)
    }

    pub fn defer_stmt(&mut self, s: &Stmt, e: &Expr) {
        let mut home = DeferHome::default();
        let (closure, code) = self.saved_call(e, Some(&mut home));
        let layout = self.record_layout();
        let repeated = self.in_loop();
        self.guard_frame().repeated |= repeated;
        let head = self.deferred_head();
        let ptr = self.guard_frame().ptr;
        let record = if repeated {
            match home.record {
                Some(r) => r,
                None => self.repeated_object(layout),
            }
        } else {
            let record = self.fixed_object(layout);
            let frame = self.guard_frame();
            let always = frame.always.contains(&s.pos);
            frame.fixed.push(Fixed { record, closure: home.closure, code, always });
            record
        };
        self.rt(Rt::defer_push, &[ptr, head, record, closure]);
    }

    fn guard_frame(&mut self) -> &mut Frame {
        self.frame.as_mut().expect("a function that defers has a frame")
    }

    /// The head of the list of deferred calls: known if all statements so far were executed, and once.
    fn deferred_head(&mut self) -> Value {
        let ranges = self.unit.facts.range_funcs;
        let frame = self.guard_frame();
        let (ptr, layout) = (frame.ptr, frame.layout);
        if !frame.repeated && !ranges && frame.fixed.iter().all(|d| d.always) {
            let last = frame.fixed.last().map(|d| d.record);
            return last.unwrap_or_else(|| self.b.null());
        }
        let list = self.b.field(ptr, layout, DEFERS);
        self.b.load(Ir::Ptr, list)
    }

    /// Goes to the end of a function that defers; results are in the frame.
    pub fn jump_to_exit(&mut self) {
        let pos = self.b.pos;
        let frame = self.guard_frame();
        let n = frame.fixed.len();
        let same = |e: &Exit| e.deferred == n && e.pos == Some(pos);
        let found = frame.exits.iter().position(same).or_else(|| {
            let full = frame.exits.len() >= MAX_EXITS;
            frame.exits.iter().position(|e| full && e.deferred == n)
        });
        let block = match found {
            Some(i) => {
                let exit = &mut self.guard_frame().exits[i];
                exit.pos = exit.pos.filter(|&p| p == pos);
                exit.block
            }
            None => {
                let block = self.block();
                self.guard_frame().exits.push(Exit { deferred: n, block, pos: Some(pos) });
                block
            }
        };
        self.jump(block);
    }

    /// Ends a function that defers: what follows returns, and a recovered panic.
    pub fn leave_guard(&mut self) {
        let mut frame = self.frame.take().expect("a function that defers has a frame");
        // Range bodies may have deferred calls too.
        frame.repeated |= self.unit.facts.range_funcs;
        let pos = self.b.pos;
        let mut exits = std::mem::take(&mut frame.exits);
        if exits.len() > MAX_EXITS {
            let all = self.block();
            for exit in exits.drain(..) {
                self.b.switch_to(exit.block);
                self.jump(all);
            }
            exits.push(Exit { deferred: frame.fixed.len(), block: all, pos: None });
            frame.fixed.iter_mut().for_each(|d| d.always = false);
        }
        if frame.repeated {
            // What a loop deferred later comes first.
            frame.fixed.iter_mut().for_each(|d| d.always = false);
        }
        for exit in exits {
            self.b.switch_to(exit.block);
            // As in gc, what runs in loops runs at the end of the function.
            let at = exit.pos.filter(|_| !frame.repeated).unwrap_or(pos);
            for i in (0..exit.deferred).rev() {
                self.b.pos = at;
                self.run_fixed(&frame, i);
            }
            self.b.pos = at;
            let done = if frame.repeated { Rt::guard_run } else { Rt::guard_leave };
            self.rt(done, &[frame.ptr]);
            let out = frame.results.iter().map(|r| (r.ty, r.var.0, r.out.map(|o| o.0))).collect();
            self.return_from_frame(out);
        }
        self.b.switch_to(frame.resume);
        self.rt(Rt::guard_run, &[frame.again]);
        let mut out = Vec::new();
        for r in &frame.results {
            let mut address = |slot: u32| {
                let a = self.b.field(frame.again, frame.layout, slot);
                self.b.load(Ir::Ptr, a)
            };
            out.push((r.ty, address(r.var.1), r.out.map(|o| address(o.1))));
        }
        self.return_from_frame(out);
        frame.finish(self.l);
    }

    /// Calls what a defer statement saved, if it was executed.
    fn run_fixed(&mut self, frame: &Frame, index: usize) {
        let d = &frame.fixed[index];
        let (ptr, layout) = (frame.ptr, frame.layout);
        let next = self.block();
        let list = self.b.field(ptr, layout, DEFERS);
        if !d.always {
            let head = self.b.load(Ir::Ptr, list);
            let executed = self.b.icmp(IntCC::Eq, head, d.record);
            let run = self.block();
            self.b.branch(executed, run, next);
            self.b.switch_to(run);
        }
        let before = &frame.fixed[..index];
        let older = if frame.repeated || before.iter().any(|d| !d.always) {
            // The link is the record's first word.
            self.b.load(Ir::Ptr, d.record)
        } else {
            before.last().map(|d| d.record).unwrap_or_else(|| self.b.null())
        };
        self.b.store(list, older);
        let closure = match d.closure {
            Some(closure) => closure,
            None => {
                let g = self.l.closure_global(d.code);
                self.global_addr(g)
            }
        };
        let results: Vec<Ir> = self.l.module.func(d.code).sig.results.clone();
        self.b.values(Op::Call { func: d.code, args: [closure].into_iter().collect() }, &results);
        self.jump(next);
        self.b.switch_to(next);
    }

    /// Returns what variables hold: type, address, the caller's memory for it.
    fn return_from_frame(&mut self, results: Vec<(TypeId, Value, Option<Value>)>) {
        let mut out = Vec::new();
        for (t, a, to) in results {
            let v = self.load(t, a);
            match to {
                Some(to) => self.store(t, to, &v),
                None => out.extend(v.pass()),
            }
        }
        self.b.ret(&out);
    }

    pub fn go_stmt(&mut self, e: &Expr) {
        let (closure, _) = self.saved_call(e, None);
        self.rt(Rt::go_start, &[closure]);
    }

    /// Evaluates function and arguments of a call and makes a closure without parameters that does the call.
    fn saved_call(&mut self, e: &Expr, defer: Option<&mut DeferHome>) -> (Value, FuncId) {
        let e = e.unparen();
        let ExprKind::Call { fun, args, dots, .. } = &e.kind else {
            unreachable!("lower: defer and go take calls")
        };
        let inner = fun.unparen();
        if let ExprKind::FuncLit { ty, body } = &inner.kind
            && ty.params.is_empty()
            && ty.results.is_empty()
        {
            self.at(inner.pos);
            let sig = self.raw_ty(inner);
            let made = self.func_lit(inner.pos, ty, body, sig, defer);
            self.at(e.pos);
            return made;
        }
        match self.mode(inner) {
            Mode::Builtin(b) => {
                let mut vals = self.builtin_args(b, e, args, dots.is_some());
                if b == Builtin::Recover {
                    // Recovers what this function could recover, not its caller.
                    let fp = self.recover_fp();
                    vals.push((Val::one(fp), self.l.canon(World::basic(Basic::UnsafePointer))));
                }
                let result = self.ty(e);
                self.at(e.pos);
                self.thunk(Saved::Builtin { builtin: b, result }, vals, defer)
            }
            Mode::Type => {
                // A conversion: only its operand's effects matter.
                let v = self.conversion(e, &args[0]);
                let t = self.value_ty(e);
                self.thunk(Saved::Builtin { builtin: Builtin::Len, result: t }, vec![(v, t)], defer)
            }
            _ => {
                let (target, sig, mut vals) = self.call_target(fun);
                for (v, t) in &mut vals {
                    *v = self.stable(*t, v.clone());
                }
                let saved = vals.len();
                let parts = self.l.sig_parts(sig);
                self.all_calls_first(args.iter().map(|a| (a, false)));
                let mut kept = self.keeps_objects(fun, args).then(Vec::new);
                let args = self.args(args, &parts, dots.is_some(), kept.as_mut());
                vals.extend(args.into_iter().zip(parts.params.iter().copied()));
                self.at(e.pos);
                if let Target::Method { .. } = &target {
                    self.nil_check(vals[0].0.scalars()[0]);
                }
                let kept = kept.unwrap_or_default();
                let pointer = self.l.canon(World::basic(Basic::UnsafePointer));
                vals.extend(kept.iter().map(|&p| (Val::one(p), pointer)));
                self.thunk(Saved::Call { target, sig, args: saved, kept: kept.len() }, vals, defer)
            }
        }
    }

    /// A closure object {code, saved values...} and its code.
    fn thunk(
        &mut self,
        what: Saved,
        vals: Vec<(Val, TypeId)>,
        defer: Option<&mut DeferHome>,
    ) -> (Value, FuncId) {
        let ptr = self.l.scalar_layout(Ir::Ptr);
        self.lit_count += 1;
        let word = if defer.is_some() { "deferwrap" } else { "gowrap" };
        let name = format!("{}.{word}{}", self.name, self.lit_count);
        let mut parts = vec![("code", ptr)];
        for (_, t) in &vals {
            let l = self.layout(*t);
            parts.push(("saved", l));
        }
        // Results in memory need a place to go to.
        let mut outs = Vec::new();
        let mut results = Vec::new();
        if let Saved::Call { sig, .. } = &what {
            for &r in &self.l.sig_parts(*sig).results.clone() {
                let ti = self.ti(r);
                if ti.in_mem {
                    outs.push(parts.len() as u32);
                    parts.push(("result", ti.layout));
                } else {
                    results.extend(ti.leaves.iter().map(|l| l.ty));
                }
            }
        }
        let layout = self.l.struct_layout(format!("closure {name}"), &parts);
        let keeps = matches!(what, Saved::Call { kept, .. } if kept > 0);
        let tail = results.len() <= MAX_TAIL_RESULTS && !keeps;
        let sig =
            Signature { params: vec![Ir::Ptr], results: if tail { results.clone() } else { Vec::new() } };
        let id = self.l.declare(name.clone(), sig);
        let mut func = self.l.header(id);
        func.flags.closure = true;
        func.flags.wrapper = true;
        func.pos = self.b.pos;
        self.thunk_body(&mut func, name, what, &vals, layout, &outs, &results, tail);
        self.l.define(id, func);
        let object = match defer {
            Some(home) => self.defer_object(home, layout),
            None => self.alloc_layout(SiteKind::Go, layout, "go"),
        };
        let code = self.func_addr(id);
        let a = self.b.field(object, layout, 0);
        self.b.store(a, code);
        for (i, (v, t)) in vals.iter().enumerate() {
            let a = self.b.field(object, layout, i as u32 + 1);
            self.store(*t, a, v);
        }
        (object, id)
    }

    fn thunk_body(
        &mut self,
        func: &mut Func,
        name: String,
        what: Saved,
        vals: &[(Val, TypeId)],
        layout: LayoutId,
        outs: &[u32],
        results: &[Ir],
        tail: bool,
    ) {
        let unit = self.unit.clone();
        let mut c = FuncLowerer::new(self.l, func, unit, name);
        // No position: inlined, it leaves no frame either.
        c.b.pos = escargo_ir::Pos(0);
        let object = c.enter()[0];
        let mut saved = Vec::new();
        for (i, (_, t)) in vals.iter().enumerate() {
            let a = c.b.field(object, layout, i as u32 + 1);
            saved.push((c.load(*t, a), *t));
        }
        match what {
            Saved::Builtin { builtin, result } => {
                if builtin == Builtin::Recover {
                    c.recover_fp = saved.pop().map(|(v, _)| v.scalar());
                }
                if builtin != Builtin::Len {
                    c.builtin_vals(builtin, &saved, result);
                }
                c.b.ret(&[]);
            }
            Saved::Call { target, sig, args, kept } => {
                let mut machine = Values::new();
                for &slot in outs {
                    machine.push(c.b.field(object, layout, slot));
                }
                let kept = saved.split_off(saved.len() - kept);
                let kept: Values = kept.into_iter().map(|(v, _)| v.scalar()).collect();
                let (head, rest) = saved.split_at(args);
                for (v, _) in rest {
                    machine.extend(v.pass());
                }
                c.finish_thunk(target, head, machine, sig, results, tail, &kept);
            }
        }
    }

    fn finish_thunk(
        &mut self,
        target: Target,
        head: &[(Val, TypeId)],
        args: Values,
        go_sig: TypeId,
        results: &[Ir],
        tail: bool,
        kept: &[Value],
    ) {
        let sig = Box::new(self.call_sig(go_sig));
        let op = match target {
            // A literal's function is known: what it does with its arguments is, too.
            Target::Func(func) | Target::Lit(func) => {
                let mut all: Values = head.iter().flat_map(|(v, _)| v.pass()).collect();
                all.extend(args);
                if tail { Op::TailCall { func, args: all } } else { Op::Call { func, args: all } }
            }
            Target::Closure => {
                let closure = head[0].0.scalar();
                if tail {
                    Op::TailCallClosure { closure, sig, args }
                } else {
                    Op::CallClosure { closure, sig, args }
                }
            }
            Target::Method { index, method } => {
                let (itab, recv) = (head[0].0.scalars()[0], head[0].0.scalars()[1]);
                if tail {
                    Op::TailCallMethod { itab, index, method, sig, recv, args }
                } else {
                    Op::CallMethod { itab, index, method, sig, recv, args }
                }
            }
            Target::Rt(_) | Target::Intrinsic(_) => {
                let mut all: Values = head.iter().flat_map(|(v, _)| v.pass()).collect();
                all.extend(args);
                let vals = self.emit_special(&target, go_sig, &all);
                self.keep_alive(kept);
                self.b.ret(if tail { &vals } else { &[] });
                return;
            }
        };
        if tail {
            self.b.push(op, &[]);
        } else {
            self.b.push(op, results);
            self.keep_alive(kept);
            self.b.ret(&[]);
        }
    }

    /// `recover()`.
    pub fn recover(&mut self) -> Val {
        let fp = self.recover_fp();
        Val::Scalars(self.rt(Rt::recover, &[fp]))
    }

    /// The frame pointer of the source function.
    fn recover_fp(&mut self) -> Value {
        if let Some(v) = self.recover_fp {
            return v;
        }
        self.noinline = true;
        self.b.func.flags.noinline = true;
        self.b.value(Op::FramePointer, Ir::Ptr)
    }
}
