//! From a function and its callees' summaries to constraints; applying summaries as calls are found.
//!
//! In: the module, the summaries known so far. Out: a solved graph, and the function's own summary.

mod runtime;

use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use escargo_ir::{
    Block, Def, Func, FuncId, Inst, LayoutId, Module, Op, RelocTarget, Rt, Shape, Type, Value, ValueData,
    Values,
};
use escargo_ir::{GUARD_DEFERS, MAP_SIZE, TEMP_BUFFER};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::{ANY, Cause, Event, Graph, HEAP, Kind, LEVELS, NO_INST, Node, Object, Why};
use crate::numbers::Uses;
use crate::summary::{Path, Pointee, Summary};

/// Layouts with more pointers are copied as one word.
const MAX_COPY: usize = 24;
/// Objects of constant size up to this may stand on the stack.
pub const MAX_STACK: u64 = 64 << 10;
/// The bytes of a buffer on the stack for an array of a size that is not constant.
pub const BUFFER: u64 = TEMP_BUFFER as u64;
const NO_NODE: Node = u32::MAX;

/// What all threads share.
pub struct Program<'m> {
    pub m: &'m Module,
    /// Implementations by method name.
    methods: FxHashMap<&'m str, Vec<FuncId>>,
    /// By function, once its component is solved.
    pub summaries: Vec<OnceLock<Arc<Summary>>>,
}

/// What functions share on one thread.
pub struct Shared<'m> {
    pub m: &'m Module,
    program: &'m Program<'m>,
    /// Of the component that is being solved, by function.
    pub growing: Vec<Option<Arc<Summary>>>,
    slots: FxHashMap<LayoutId, Option<Rc<Vec<u32>>>>,
    /// The memory of the last function's graph.
    pub spare: Graph,
    /// Functions whose summaries have been asked for.
    pub asked: Vec<FuncId>,
}

impl<'m> Program<'m> {
    pub fn new(m: &'m Module) -> Program<'m> {
        let mut methods: FxHashMap<&str, Vec<FuncId>> = FxHashMap::default();
        for x in &m.methods {
            let list = methods.entry(&x.method).or_default();
            if !list.contains(&x.func) {
                list.push(x.func);
            }
        }
        Program { m, methods, summaries: m.funcs.iter().map(|_| OnceLock::new()).collect() }
    }

    /// Functions that a function may call, as far as its text says.
    pub fn callees(&self, f: &Func, out: &mut Vec<FuncId>) {
        for &b in &f.order {
            for &i in &f.block(b).insts {
                match &f.inst(i).op {
                    Op::Call { func, .. } | Op::TailCall { func, .. } | Op::FuncAddr(func) => out.push(*func),
                    Op::GlobalAddr(g, o) => {
                        if let Some(code) = static_code(self.m, *g, *o) {
                            out.push(code);
                        }
                    }
                    Op::CallMethod { method, .. } | Op::TailCallMethod { method, .. } => {
                        out.extend(self.methods.get(&**method).into_iter().flatten().copied());
                    }
                    _ => {}
                }
            }
        }
    }
}

impl<'m> Shared<'m> {
    pub fn new(program: &'m Program<'m>) -> Shared<'m> {
        Shared {
            m: program.m,
            program,
            growing: vec![None; program.m.funcs.len()],
            slots: FxHashMap::default(),
            spare: Graph::default(),
            asked: Vec::new(),
        }
    }

    /// Offsets of the pointers of a layout, array elements counted once; None if there are many.
    fn pointer_slots(&mut self, layout: LayoutId) -> Option<Rc<Vec<u32>>> {
        if let Some(s) = self.slots.get(&layout) {
            return s.clone();
        }
        let mut out = Vec::new();
        let found = pointers(self.m, layout, 0, &mut out, 0).then(|| {
            out.sort_unstable();
            out.dedup();
            Rc::new(out)
        });
        self.slots.insert(layout, found.clone());
        found
    }

    /// What is known of a function that the one at hand may call: its component has been solved, or is the current one.
    pub fn summary(&self, id: FuncId) -> Arc<Summary> {
        if let Some(s) =
            self.growing[id.index()].as_ref().or_else(|| self.program.summaries[id.index()].get())
        {
            return s.clone();
        }
        let f = self.m.func(id);
        let (params, results) = (f.sig.params.len(), f.sig.results.len());
        // Bodies that are not seen keep everything unless they promise not to; functions of the current component start
        // from nothing and grow.
        Arc::new(match (f.is_declared_only(), f.flags.noescape) {
            (true, false) => Summary::worst(params, results),
            (true, true) => Summary::noescape(params, results),
            (false, _) => Summary::none(params, results),
        })
    }
}

fn pointers(m: &Module, layout: LayoutId, base: u64, out: &mut Vec<u32>, depth: u32) -> bool {
    if depth > 64 || out.len() > MAX_COPY || base >= u64::from(ANY) {
        return false;
    }
    match &m.layout(layout).shape {
        Shape::Opaque => true,
        Shape::Scalar(ty) => {
            if *ty == Type::Ptr {
                out.push(base as u32);
            }
            true
        }
        Shape::Struct(fields) => {
            fields.iter().all(|f| pointers(m, f.layout, base + f.offset, out, depth + 1))
        }
        Shape::Array { elem, count } => *count == 0 || pointers(m, *elem, base, out, depth + 1),
    }
}

/// The code that a static closure object at an address holds.
fn static_code(m: &Module, g: escargo_ir::GlobalId, offset: i64) -> Option<FuncId> {
    let global = m.globals.get(g.index()).filter(|g| g.readonly)?;
    let r = match global.relocs.binary_search_by_key(&offset, |r| i64::from(r.offset)) {
        Ok(i) => &global.relocs[i],
        Err(_) => return None,
    };
    match r.target {
        RelocTarget::Func(f) if r.addend == 0 => Some(f),
        _ => None,
    }
}

struct CallSite {
    inst: Inst,
    /// By parameter of the callee, without the closure; NO_NODE for scalars.
    args: Vec<Node>,
    results: Vec<Node>,
    unknown: bool,
}

/// A function's graph, solved.
pub struct Solved {
    pub graph: Graph,
    /// By value; NO_NODE for scalars.
    pub values: Vec<Node>,
    pub summary: Summary,
}

impl Solved {
    pub fn node(&self, v: Value) -> Option<Node> {
        self.values.get(v.index()).copied().filter(|&n| n != NO_NODE)
    }
}

pub struct Builder<'s, 'm> {
    shared: &'s mut Shared<'m>,
    f: &'m Func,
    pub g: Graph,
    values: Vec<Node>,
    calls: Vec<CallSite>,
    levels: FxHashMap<(Node, u32, u32), Node>,
    /// Summaries applied: (call, code, closure's node or NO_NODE).
    applied: FxHashSet<(u32, FuncId, Node)>,
    results: Vec<Node>,
    called: FxHashSet<Pointee>,
    /// In functions that make numbers of pointers.
    uses: Option<Uses>,
}

impl<'s, 'm> Builder<'s, 'm> {
    pub fn new(shared: &'s mut Shared<'m>, id: FuncId) -> Builder<'s, 'm> {
        let f = shared.m.func(id);
        let mut g = Graph::reusing(std::mem::take(&mut shared.spare));
        let is_pointer = |d: &ValueData| d.ty == Type::Ptr && d.def != Def::None;
        let values = f.values.iter().map(|d| if is_pointer(d) { g.node() } else { NO_NODE }).collect();
        let results =
            f.sig.results.iter().map(|t| if *t == Type::Ptr { g.node() } else { NO_NODE }).collect();
        Builder {
            shared,
            f,
            g,
            values,
            calls: Vec::new(),
            levels: FxHashMap::default(),
            applied: FxHashSet::default(),
            results,
            called: FxHashSet::default(),
            uses: None,
        }
    }

    pub fn build(&mut self) {
        let f = self.f;
        let entry = f.order[0];
        for (i, &v) in f.block(entry).params.iter().enumerate() {
            if f.ty(v) == Type::Ptr {
                let o = self.g.param(i as u32, 0, 0);
                let n = self.value(v);
                self.g.add(n, o, 0, n, NO_INST);
            }
        }
        for &b in &f.order {
            for &i in &f.block(b).insts {
                self.inst(b, i);
            }
        }
        for &n in &self.results.clone() {
            if n != NO_NODE {
                self.g.escape_locals(n, Cause::Returned);
            }
        }
    }

    fn value(&self, v: Value) -> Node {
        self.values[v.index()]
    }

    fn heap(&mut self, n: Node, inst: Inst) {
        if n != NO_NODE {
            self.g.add(n, HEAP, ANY, n, inst);
        }
    }

    fn flow(&mut self, from: Value, to: Node, inst: Inst) {
        let n = self.value(from);
        if n != NO_NODE && to != NO_NODE {
            self.g.copy(n, to, 0, inst);
        }
    }

    fn edge_args(&mut self, to: Block, args: &Values, inst: Inst) {
        for (i, &a) in args.iter().enumerate() {
            let p = self.f.block(to).params[i];
            self.flow(a, self.value(p), inst);
        }
    }

    /// The count of an allocation, if it is a constant.
    fn constant(&self, v: Value) -> Option<u64> {
        match self.f.values[v.index()].def {
            Def::Result(i, _) => match self.f.inst(i).op {
                Op::Iconst { value, .. } => u64::try_from(value).ok(),
                _ => None,
            },
            _ => None,
        }
    }

    fn local(&mut self, b: Block, inst: Inst, site: escargo_ir::SiteId) -> Object {
        let o = self.g.object(Kind::Local { inst, site, block: b });
        use escargo_ir::SiteKind::{Closure, Defer, Go, MethodValue};
        let kind = self.shared.m.sites[site.index()].kind;
        self.g.objects[o as usize].sealed = matches!(kind, Closure | MethodValue | Defer | Go);
        let n = self.value(self.f.inst(inst).results[0]);
        self.g.add(n, o, 0, n, inst);
        o
    }

    /// A tail call leaves the frame before its callee runs: what it is given can not be part of the frame.
    fn leaves_frame(&mut self, op: &Op, i: Inst) {
        if matches!(op, Op::TailCall { .. } | Op::TailCallClosure { .. } | Op::TailCallMethod { .. }) {
            op.for_each_operand(|v| {
                let n = self.value(v);
                if n != NO_NODE {
                    let given = self.g.node();
                    self.g.copy(n, given, 0, i);
                    self.g.escape_locals(given, Cause::TailCall);
                }
            });
        }
    }

    fn inst(&mut self, b: Block, i: Inst) {
        let f = self.f;
        let data = f.inst(i);
        self.leaves_frame(&data.op, i);
        let result = data.results.first().map_or(NO_NODE, |&r| self.value(r));
        match &data.op {
            Op::Alloc { site, layout, count } => {
                let o = self.local(b, i, *site);
                let size = self.shared.m.layout(*layout).size;
                let bytes = match count {
                    None => Some(size),
                    Some(c) => self.constant(*c).and_then(|c| c.checked_mul(size)),
                };
                // Variables have a limit of their own, which the site names.
                let limit = match self.shared.m.sites[site.index()].kind {
                    escargo_ir::SiteKind::Var => 128 << 10,
                    _ => MAX_STACK,
                };
                // A size that was not constant in the source may be by now.
                let heap_only = match self.shared.m.sites[site.index()].heap_only.as_deref() {
                    Some("non-constant size") => count.is_none() || bytes.is_none(),
                    why => why.is_some(),
                };
                let variable =
                    self.shared.m.sites[site.index()].heap_only.as_deref() == Some("non-constant size");
                if bytes.is_none() && variable && (1..=BUFFER).contains(&size) {
                    self.g.manage_buffer(o);
                } else if heap_only || bytes.is_none_or(|n| n > limit) {
                    let node = self.value(data.results[0]);
                    self.g.escape(o, Why { cause: Cause::Size, inst: i, node });
                }
            }
            Op::GlobalAddr(g, o) => match static_code(self.shared.m, *g, *o) {
                Some(code) => {
                    let o = self.g.static_closure(*g, code);
                    self.g.add(result, o, 0, result, i);
                }
                None => self.heap(result, i),
            },
            Op::FuncAddr(id) => {
                let o = self.g.code(*id);
                self.g.add(result, o, 0, result, i);
            }
            Op::Field { base, layout, field } => {
                let offset = match &self.shared.m.layout(*layout).shape {
                    Shape::Struct(fields) => fields[*field as usize].offset,
                    _ => 0,
                };
                let add = u32::try_from(offset).unwrap_or(ANY);
                self.g.copy(self.value(*base), result, add, i);
            }
            Op::Elem { base, .. } => self.g.copy(self.value(*base), result, 0, i),
            Op::Offset { base, .. } => self.g.copy(self.value(*base), result, ANY, i),
            Op::Select(_, x, y) => {
                self.flow(*x, result, i);
                self.flow(*y, result, i);
            }
            Op::Convert { op: escargo_ir::ConvOp::PtrToInt, value, .. } => {
                let uses = self.uses.get_or_insert_with(|| Uses::new(f));
                if !uses.only_compared(f, data.results[0]) {
                    self.g.escape_places(self.value(*value), Cause::Integer, i);
                }
            }
            Op::Convert { op: escargo_ir::ConvOp::IntToPtr, .. } => self.heap(result, i),
            Op::Load { ty: Type::Ptr, addr } | Op::AtomicLoad { ty: Type::Ptr, addr } => {
                self.g.load(self.value(*addr), result, i);
            }
            Op::Store { ty: Type::Ptr, addr, value } | Op::AtomicStore { ty: Type::Ptr, addr, value } => {
                self.g.store(self.value(*addr), self.value(*value), i);
            }
            Op::AtomicRmw { ty: Type::Ptr, addr, value, .. } => {
                self.g.store(self.value(*addr), self.value(*value), i);
                self.g.load(self.value(*addr), result, i);
            }
            Op::AtomicCas { ty: Type::Ptr, addr, new, .. } => {
                self.g.store(self.value(*addr), self.value(*new), i);
            }
            Op::Copy { layout, dst, src } => self.copy_memory(*layout, self.value(*dst), self.value(*src), i),
            Op::Call { func, args } | Op::TailCall { func, args } => {
                let call = self.call_site(i, args);
                self.apply(call, *func, NO_NODE);
            }
            Op::CallClosure { closure, args, .. } | Op::TailCallClosure { closure, args, .. } => {
                let call = self.call_site(i, args);
                self.g.call(self.value(*closure), call);
            }
            Op::CallMethod { method, recv, args, .. } | Op::TailCallMethod { method, recv, args, .. } => {
                let mut all = Values::new();
                all.push(*recv);
                all.extend(args.iter().copied());
                let call = self.call_site(i, &all);
                let targets = self.shared.program.methods.get(&**method).cloned().unwrap_or_default();
                if targets.is_empty() {
                    self.unknown(call);
                }
                for t in targets {
                    if self.shared.m.func(t).sig.params.len() == all.len() {
                        self.apply(call, t, NO_NODE);
                    } else {
                        self.unknown(call);
                    }
                }
            }
            Op::CallRt { rt, site, args } => self.runtime(b, i, *rt, *site, args),
            Op::Jump { to, args } => self.edge_args(*to, args, i),
            Op::Branch { then, then_args, els, els_args, .. } => {
                self.edge_args(*then, then_args, i);
                self.edge_args(*els, els_args, i);
            }
            Op::Return(values) => {
                for (n, &v) in values.iter().enumerate() {
                    self.flow(v, self.results[n], i);
                }
            }
            _ => {}
        }
    }

    fn copy_memory(&mut self, layout: LayoutId, dst: Node, src: Node, i: Inst) {
        let slots = match self.shared.pointer_slots(layout) {
            Some(s) => s,
            None => Rc::new(vec![ANY]),
        };
        for &offset in slots.iter() {
            let (mut from, mut to) = (src, dst);
            if offset != 0 {
                from = self.g.node();
                self.g.copy(src, from, offset, i);
                to = self.g.node();
                self.g.copy(dst, to, offset, i);
            }
            let word = self.g.node();
            self.g.load(from, word, i);
            self.g.store(to, word, i);
        }
    }

    // ---- calls

    fn call_site(&mut self, inst: Inst, args: &[Value]) -> u32 {
        let data = self.f.inst(inst);
        // A tail call's results are the function's own.
        let results = if data.op.is_terminator() {
            self.results.clone()
        } else {
            data.results.iter().map(|&r| self.value(r)).collect()
        };
        let args = args.iter().map(|&a| self.value(a)).collect();
        for &r in &results {
            self.heap(r, inst);
        }
        self.calls.push(CallSite { inst, args, results, unknown: false });
        self.calls.len() as u32 - 1
    }

    /// What a node's places point to at a level, by the pointer at offset `field`.
    fn level(&mut self, n: Node, level: u32, field: u32, inst: Inst) -> Node {
        if level == 0 {
            return n;
        }
        if let Some(&l) = self.levels.get(&(n, level, field)) {
            return l;
        }
        let above = self.level(n, level - 1, field, inst);
        let l = match field {
            _ if level > 1 || field == ANY => self.g.content(above, inst),
            _ => {
                let (word, l) = (self.g.node(), self.g.node());
                self.g.copy(above, word, field, inst);
                self.g.load(word, l, inst);
                l
            }
        };
        if level as usize == LEVELS - 1 {
            // The last level contains everything below it.
            let deeper = self.g.content(l, inst);
            self.g.copy(deeper, l, 0, inst);
        }
        self.levels.insert((n, level, field), l);
        l
    }

    fn path(&mut self, args: &[Node], (p, offset): Path, inst: Inst) -> Node {
        let Some(&n) = args.get(p.param as usize) else { return NO_NODE };
        if n == NO_NODE {
            return NO_NODE;
        }
        let at = self.level(n, p.level, p.field, inst);
        if offset == 0 {
            return at;
        }
        let moved = self.g.node();
        self.g.copy(at, moved, offset, inst);
        moved
    }

    /// A call site reaches a function; `closure` is its first argument if it is called as a closure.
    fn apply(&mut self, call: u32, code: FuncId, closure: Node) {
        if !self.applied.insert((call, code, closure)) {
            return;
        }
        self.shared.asked.push(code);
        let summary = self.shared.summary(code);
        let site = &self.calls[call as usize];
        let (inst, results) = (site.inst, site.results.clone());
        let mut args = Vec::with_capacity(site.args.len() + 1);
        if closure != NO_NODE {
            args.push(closure);
        }
        args.extend_from_slice(&site.args);
        if args.len() != summary.params {
            return self.unknown(call);
        }
        for &p in &summary.leaks {
            let n = self.path(&args, (p, 0), inst);
            if n != NO_NODE {
                self.g.escape_places(n, Cause::Leaked(code, p.param), inst);
            }
        }
        for &p in &summary.called {
            let n = self.path(&args, (p, 0), inst);
            if n != NO_NODE {
                self.g.called(n, inst);
            }
        }
        for (r, paths) in summary.results.iter().enumerate() {
            for &p in paths {
                let n = self.path(&args, p, inst);
                if n != NO_NODE && results.get(r).is_some_and(|&r| r != NO_NODE) {
                    self.g.copy(n, results[r], 0, inst);
                }
            }
        }
        self.fill(&args, summary.fills.iter().copied(), inst);
        for &(into, from) in &summary.stores {
            let to = self.path(&args, into, inst);
            let from = self.path(&args, from, inst);
            if to != NO_NODE && from != NO_NODE {
                self.g.store(to, from, inst);
            }
        }
    }

    /// The heap's pointers are stored at the paths.
    fn fill(&mut self, args: &[Node], paths: impl Iterator<Item = Path>, inst: Inst) {
        for path in paths {
            let to = self.path(args, path, inst);
            if to != NO_NODE {
                let from = self.g.node();
                self.heap(from, inst);
                self.g.store(to, from, inst);
            }
        }
    }

    /// A call site may reach any code: arguments escape.
    fn unknown(&mut self, call: u32) {
        if call == ANY {
            return;
        }
        let site = &mut self.calls[call as usize];
        if std::mem::replace(&mut site.unknown, true) {
            return;
        }
        let inst = site.inst;
        for n in site.args.clone() {
            if n != NO_NODE {
                self.g.escape_places(n, Cause::UnknownCall, inst);
            }
        }
    }

    /// Unknown code calls a closure of this function, with arguments that have escaped.
    fn called_code(&mut self, code: FuncId, closure: Node, inst: Inst) {
        if !self.applied.insert((ANY, code, closure)) {
            return;
        }
        self.shared.asked.push(code);
        let summary = self.shared.summary(code);
        if summary.params == 0 {
            return;
        }
        let args = vec![closure];
        for &p in summary.leaks.iter().filter(|p| p.param == 0) {
            let n = self.path(&args, (p, 0), inst);
            self.g.escape_places(n, Cause::Leaked(code, 0), inst);
        }
        for &p in summary.called.iter().filter(|p| p.param == 0) {
            let n = self.path(&args, (p, 0), inst);
            self.g.called(n, inst);
        }
        // Its results go to code that is not known.
        for &p in summary.results.iter().flatten().filter(|p| p.0.param == 0) {
            let n = self.path(&args, p, inst);
            self.g.escape_places(n, Cause::UnknownCall, inst);
        }
        self.fill(&args, summary.fills.iter().copied().filter(|p| p.0.param == 0), inst);
        for &(into, from) in &summary.stores {
            match (into.0.param, from.0.param) {
                (0, 0) => {
                    let to = self.path(&args, into, inst);
                    let from = self.path(&args, from, inst);
                    self.g.store(to, from, inst);
                }
                (0, _) => self.fill(&args, [into].into_iter(), inst),
                (_, 0) => {
                    let n = self.path(&args, from, inst);
                    self.g.escape_places(n, Cause::UnknownCall, inst);
                }
                _ => {}
            }
        }
    }

    // ---- solving

    /// Solves what is built so far; may be called again after more constraints.
    pub fn solve(&mut self) {
        loop {
            self.g.step();
            let events = std::mem::take(&mut self.g.events);
            if events.is_empty() {
                return;
            }
            for e in events {
                match e {
                    Event::Code { call, code, closure } => self.apply(call, code, closure),
                    Event::Unknown { call } => self.unknown(call),
                    Event::CalledCode { code, closure, inst } => self.called_code(code, closure, inst),
                    Event::CalledParam { index, level, field } => {
                        self.called.insert(Pointee { param: index, level, field });
                    }
                }
            }
        }
    }

    pub fn node(&self, v: Value) -> Option<Node> {
        self.values.get(v.index()).copied().filter(|&n| n != NO_NODE)
    }

    pub fn finish(self) -> Solved {
        let mut s = Summary::none(self.f.sig.params.len(), self.f.sig.results.len());
        s.called = self.called.into_iter().collect();
        s.called.sort_unstable();
        for (o, data) in self.g.objects.iter().enumerate() {
            let Kind::Param { index, level, field } = data.kind else { continue };
            let pointee = Pointee { param: index, level, field };
            if self.g.escaped(o as Object) {
                s.leaks.push(pointee);
                continue;
            }
            for (offset, n) in self.g.memory(o as Object) {
                for e in self.g.places(n) {
                    let Kind::Param { index: i, level: l, field: f } = self.g.objects[e.object as usize].kind
                    else {
                        // Locals that are stored there have escaped.
                        s.fills.push((pointee, offset));
                        continue;
                    };
                    let below = if level == 0 { offset } else { field };
                    let natural = (i, l, f) == (index, (level + 1).min(LEVELS as u32 - 1), below);
                    if !natural {
                        s.stores
                            .push(((pointee, offset), (Pointee { param: i, level: l, field: f }, e.offset)));
                    }
                }
            }
        }
        for (r, &n) in self.results.iter().enumerate() {
            if n == NO_NODE {
                continue;
            }
            for e in self.g.places(n) {
                if let Kind::Param { index, level, field } = self.g.objects[e.object as usize].kind {
                    s.results[r].push((Pointee { param: index, level, field }, e.offset));
                }
            }
            s.results[r].sort_unstable();
            s.results[r].dedup();
        }
        s.leaks.sort_unstable();
        s.fills.sort_unstable();
        s.fills.dedup();
        s.stores.sort_unstable();
        s.stores.dedup();
        Solved { graph: self.g, values: self.values, summary: s }
    }
}
