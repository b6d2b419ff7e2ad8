//! `defer`, `go`, `recover`: saved calls as closures without parameters.
//!
//! In: a call. Out: its operands evaluated now, a thunk that makes the call later. Guarantees: what a deferred call needs
//! outlives the frame's body: it lies in the frame object or, if the statement may be executed again, on the heap.

use escargo_ir::{Field, Func, LayoutId, Op, Rt, Shape, Signature, SiteKind, Type as Ir, Value, Values};
use escargo_syntax::ast::{Expr, ExprKind};
use escargo_types::info::Mode;
use escargo_types::world::*;

use crate::call::Target;
use crate::closure::ClosureHome;
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
    pub layout: LayoutId,
    fields: Vec<Field>,
    size: u64,
}

impl Frame {
    pub fn new(layout: LayoutId) -> Frame {
        Frame { ptr: Value(0), layout, fields: Vec::new(), size: 0 }
    }

    /// The frame of the function around a range body.
    pub fn at(layout: LayoutId, ptr: Value) -> Frame {
        Frame { ptr, ..Frame::new(layout) }
    }

    /// Appends a field and returns its index.
    pub fn add(&mut self, l: &Lowerer, name: &str, layout: LayoutId) -> u32 {
        let data = l.module.layout(layout);
        let offset = self.size.next_multiple_of(data.align.max(1) as u64);
        self.size = offset + data.size;
        self.fields.push(Field { name: name.into(), offset, layout });
        self.fields.len() as u32 - 1
    }

    /// Writes the layout into the module.
    pub fn finish(self, l: &mut Lowerer) {
        let layout = &mut l.module.layouts[self.layout.index()];
        layout.size = self.size.next_multiple_of(8);
        layout.align = 8;
        layout.shape = Shape::Struct(self.fields);
    }
}

/// What a thunk does with the values saved for it.
pub enum Saved {
    Call { target: Target, sig: TypeId, args: usize },
    Builtin { builtin: Builtin, result: TypeId },
}

impl FuncLowerer<'_, '_> {
    /// Zeroed memory in the frame object.
    pub fn frame_slot(&mut self, t: TypeId, name: &str) -> Value {
        let layout = self.layout(t);
        self.frame_slot_layout(layout, name)
    }

    fn frame_slot_layout(&mut self, layout: LayoutId, name: &str) -> Value {
        let frame = self.frame.as_mut().expect("a function that defers has a frame");
        let slot = frame.add(self.l, name, layout);
        let (ptr, whole) = (frame.ptr, frame.layout);
        self.b.field(ptr, whole, slot)
    }

    /// Memory for a deferred call's closure object.
    pub fn defer_object(&mut self, layout: LayoutId, name: &str) -> Value {
        if self.in_loop() {
            let site = self.site_heap(SiteKind::Defer, layout, name, Some("defer in loop".into()));
            return self.b.alloc(site, layout);
        }
        self.frame_slot_layout(layout, ".defer")
    }

    fn defer_record(&mut self) -> Value {
        let p = self.l.canon(World::basic(Basic::UnsafePointer));
        let pair = self.l.array_of(p, 2);
        let layout = self.layout(pair);
        self.defer_object(layout, "defer")
    }

    pub fn defer_stmt(&mut self, e: &Expr) {
        let closure = self.saved_call(e, true);
        let record = self.defer_record();
        let frame = self.frame.as_ref().expect("a function that defers has a frame").ptr;
        self.rt(Rt::defer_push, &[frame, record, closure]);
    }

    pub fn go_stmt(&mut self, e: &Expr) {
        let closure = self.saved_call(e, false);
        self.rt(Rt::go_start, &[closure]);
    }

    /// Evaluates function and arguments of a call and makes a closure without parameters that does the call.
    fn saved_call(&mut self, e: &Expr, defer: bool) -> Value {
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
            let home = if defer { ClosureHome::Defer } else { ClosureHome::Alloc };
            let v = self.func_lit(inner.pos, ty, body, sig, Some(home)).0;
            self.at(e.pos);
            return v;
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
                let args = self.args(args, &parts, dots.is_some());
                vals.extend(args.into_iter().zip(parts.params.iter().copied()));
                self.at(e.pos);
                if let Target::Method { .. } = &target {
                    self.nil_check(vals[0].0.scalars()[0]);
                }
                self.thunk(Saved::Call { target, sig, args: saved }, vals, defer)
            }
        }
    }

    /// A closure object {code, saved values...} and its code.
    fn thunk(&mut self, what: Saved, vals: Vec<(Val, TypeId)>, defer: bool) -> Value {
        let ptr = self.l.scalar_layout(Ir::Ptr);
        self.lit_count += 1;
        let word = if defer { "deferwrap" } else { "gowrap" };
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
        let tail = results.len() <= MAX_TAIL_RESULTS;
        let sig =
            Signature { params: vec![Ir::Ptr], results: if tail { results.clone() } else { Vec::new() } };
        let id = self.l.declare(name.clone(), sig);
        let mut func = self.l.header(id);
        func.flags.closure = true;
        func.flags.wrapper = true;
        func.pos = self.b.pos;
        self.thunk_body(&mut func, name, what, &vals, layout, &outs, &results, tail);
        self.l.define(id, func);
        let object = if defer {
            self.defer_object(layout, "defer")
        } else {
            self.alloc_layout(SiteKind::Go, layout, "go")
        };
        let code = self.func_addr(id);
        let a = self.b.field(object, layout, 0);
        self.b.store(a, code);
        for (i, (v, t)) in vals.iter().enumerate() {
            let a = self.b.field(object, layout, i as u32 + 1);
            self.store(*t, a, v);
        }
        object
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
        let (unit, pos) = (self.unit.clone(), self.b.pos);
        let mut c = FuncLowerer::new(self.l, func, unit, name);
        c.b.pos = pos;
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
            Saved::Call { target, sig, args } => {
                let mut machine = Values::new();
                for &slot in outs {
                    machine.push(c.b.field(object, layout, slot));
                }
                let (head, rest) = saved.split_at(args);
                for (v, _) in rest {
                    machine.extend(v.pass());
                }
                c.finish_thunk(target, head, machine, sig, results, tail);
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
    ) {
        let sig = Box::new(self.call_sig(go_sig));
        let op = match target {
            Target::Func(func) => {
                let mut all: Values = head.iter().flat_map(|(v, _)| v.pass()).collect();
                all.extend(args);
                if tail { Op::TailCall { func, args: all } } else { Op::Call { func, args: all } }
            }
            Target::Closure | Target::Lit(_) => {
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
                self.b.ret(if tail { &vals } else { &[] });
                return;
            }
        };
        if tail {
            self.b.push(op, &[]);
        } else {
            self.b.push(op, results);
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
