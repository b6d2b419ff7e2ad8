//! From the tree of one batch of functions (a component of the call graph) to flows between locations, and from those to messages.
//!
//! In: the tree, the tags of functions of earlier batches. Out: tags of the batch's parameters, messages in gc's words and order.

use escargo_syntax::Pos;
use escargo_types::World;
use escargo_types::world::{Type, TypeId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts;
use crate::graph::{BLANK, CALLEE, Graph, HEAP, Hole, Leaks, LocId, MUTATOR, What};
use crate::oracle::StaticValues;
use crate::text;
use crate::tree::{Class, FnId, N, Op, Tree, VarId};

/// Closures copy variables up to this size.
const MAX_COPY: i64 = 128;

pub struct Batch<'a> {
    pub t: &'a Tree,
    pub w: &'a mut World,
    pub(crate) g: Graph,
    pub(crate) members: FxHashSet<FnId>,
    pub(crate) order: Vec<FnId>,
    /// Tags by function, by parameter.
    pub(crate) tags: &'a mut FxHashMap<FnId, Vec<Leaks>>,
    pub(crate) locs: FxHashMap<VarId, LocId>,
    pub(crate) closures: Vec<(Hole, N, FnId)>,
    pub(crate) closure_nodes: FxHashMap<N, FnId>,
    pub(crate) statics: FxHashMap<FnId, StaticValues>,
    /// Operands and sizes that are known to be constants.
    pub(crate) known: FxHashMap<N, N>,
    pub(crate) func: FnId,
    pub(crate) depth: i32,
    /// Names of variables that closures take a copy of need no message; messages are collected here.
    pub messages: Vec<(Pos, String)>,
    pub(crate) say: bool,
}

impl<'a> Batch<'a> {
    /// `order`: the batch's functions, each followed by its closures.
    pub fn new(
        t: &'a Tree,
        w: &'a mut World,
        tags: &'a mut FxHashMap<FnId, Vec<Leaks>>,
        order: Vec<FnId>,
        say: bool,
    ) -> Batch<'a> {
        Batch {
            t,
            w,
            g: Graph::new(),
            members: order.iter().copied().collect(),
            order,
            tags,
            locs: FxHashMap::default(),
            closures: Vec::new(),
            closure_nodes: FxHashMap::default(),
            statics: FxHashMap::default(),
            known: FxHashMap::default(),
            func: 0,
            depth: 1,
            messages: Vec::new(),
            say,
        }
    }

    pub fn run(&mut self, vars_of: &FxHashMap<FnId, Vec<VarId>>) {
        for &f in &self.order.clone() {
            for &v in vars_of.get(&f).into_iter().flatten() {
                let l = self.g.loc(What::Var(v), f, 1, true);
                self.locs.insert(v, l);
                self.g.locs[l].param = self.t.vars[v].class == Class::Param;
            }
            for (i, &r) in self.t.funcs[f].results.iter().enumerate() {
                let l = self.locs[&r];
                self.g.locs[l].result = Some(i);
            }
        }
        for &f in &self.order.clone() {
            if !self.t.is_inner(f) {
                self.walk_func(f);
            }
        }
        for (k, _, f) in std::mem::take(&mut self.closures) {
            self.flow_closure(k, f);
        }
        for l in 4..self.g.locs.len() {
            self.literals(l);
            if self.heap_only(l) {
                self.g.flow(Hole::to(HEAP).shift(-1), l);
            }
        }
        let nodes = std::mem::take(&mut self.closure_nodes);
        let results: FxHashMap<FnId, Vec<LocId>> = self
            .order
            .iter()
            .map(|&f| (f, self.t.funcs[f].results.iter().map(|v| self.locs[v]).collect()))
            .collect();
        let of = |f: FnId| results.get(&f).cloned().unwrap_or_default();
        self.g.solve(self.t, &|n| nodes.get(&n).copied(), &of);
        self.closure_nodes = nodes;
        self.finish();
    }

    fn walk_func(&mut self, f: FnId) {
        let saved = (self.func, self.depth);
        (self.func, self.depth) = (f, 1);
        if let Some(body) = &self.t.funcs[f].body {
            self.block(body);
        }
        (self.func, self.depth) = saved;
    }

    pub(crate) fn statics(&mut self, f: FnId) -> &StaticValues {
        let mut root = f;
        while let Some(p) = self.t.funcs[root].parent {
            root = p;
        }
        let t = self.t;
        self.statics.entry(root).or_insert_with(|| StaticValues::of(t, root))
    }

    fn loc_of(&mut self, v: VarId) -> LocId {
        match self.locs.get(&v) {
            Some(&l) => l,
            None => HEAP,
        }
    }

    fn flow_closure(&mut self, k: Hole, f: FnId) {
        for &v in &self.t.funcs[f].captures {
            let l = self.loc_of(v);
            let loc = &self.g.locs[l];
            let by_value = !loc.addrtaken
                && !loc.reassigned
                && self.w.size_of(self.t.vars[v].ty).is_some_and(|s| s <= MAX_COPY);
            self.g.flow(if by_value { k } else { k.shift(-1) }, l);
        }
    }

    // ---- statements

    fn block(&mut self, list: &'a [N]) {
        let depth = self.depth;
        for &n in list {
            self.stmt(n);
        }
        self.depth = depth;
    }

    fn stmt(&mut self, n: N) {
        let t = self.t;
        match t.op(n) {
            Op::Dcl(v) => {
                let l = self.loc_of(*v);
                self.g.locs[l].depth = self.depth;
            }
            Op::LoopLabel => self.depth += 1,
            Op::Block(list) => {
                for &s in list {
                    self.stmt(s);
                }
            }
            Op::If { cond, then, els } => {
                self.discard(*cond);
                self.block(then);
                self.block(els);
            }
            Op::For { cond, post, body } => {
                self.depth += 1;
                cond.iter().for_each(|&c| self.discard(c));
                post.iter().for_each(|&s| self.stmt(s));
                self.block(body);
                self.depth -= 1;
            }
            Op::Range { key, value, x, body } => {
                let tmp = self.g.loc(What::Nothing, self.func, self.depth, true);
                self.expr(Hole::to(tmp), *x);
                self.depth += 1;
                let ks = [*key, *value].map(|e| e.map_or(Hole::to(BLANK), |e| self.addr(e)));
                let ty = self.w.under(t.ty(*x));
                let array = matches!(self.w.ty(ty), Type::Array { .. });
                self.g.flow(if array { ks[1] } else { ks[1].shift(1) }, tmp);
                for k in ks {
                    self.g.locs[k.dst].reassigned = true;
                }
                self.block(body);
                self.depth -= 1;
            }
            Op::Switch { tag, cases } => {
                tag.iter().for_each(|&x| self.discard(x));
                for (list, body) in cases {
                    list.iter().for_each(|&x| self.discard(x));
                    self.block(body);
                }
            }
            Op::TypeSwitch { x, cases, bound } => {
                let mut ks = Vec::new();
                if *bound {
                    for v in cases.iter().filter_map(|c| c.0) {
                        let l = self.loc_of(v);
                        self.g.locs[l].depth = self.depth;
                        let ty = t.vars[v].ty;
                        if facts::has_pointers(self.w, ty) {
                            ks.push(self.dot_type(Hole::to(l), ty));
                        }
                    }
                }
                let k = self.g.tee(&ks, self.func, self.depth);
                self.expr(k, *x);
                for (_, body) in cases {
                    self.block(body);
                }
            }
            Op::Select(cases) => {
                for (comm, body) in cases {
                    comm.iter().for_each(|&c| self.stmt(c));
                    self.block(body);
                }
            }
            Op::Send(chan, value) => {
                self.discard(*chan);
                self.expr(Hole::to(HEAP), *value);
            }
            Op::Assign { lhs, rhs, defs, .. } => {
                let zero = rhs.is_empty() && !defs.is_empty();
                self.assign_list(n, lhs, rhs, if zero { None } else { Some(defs) });
            }
            Op::Update(x, y) => {
                let list = [*x, *y];
                self.assign_list(n, &list[..1], &list[1..], Some(&[]));
            }
            Op::AssignCall { lhs, call } => {
                let ks: Vec<Hole> = lhs.iter().map(|&l| self.addr(l)).collect();
                self.call(&ks, true, *call);
                for (k, &l) in ks.iter().zip(lhs) {
                    // Temporaries are defined here.
                    if !matches!(t.op(l), Op::Var(v) if t.vars[*v].name.starts_with('.')) {
                        self.g.locs[k.dst].reassigned = true;
                    }
                }
            }
            Op::Return(results) => {
                let vars = t.funcs[self.func].results.clone();
                let ks: Vec<Hole> = vars.iter().map(|&v| Hole::to(self.loc_of(v))).collect();
                for (k, &r) in ks.iter().zip(results) {
                    self.expr(*k, r);
                }
                for k in ks {
                    self.g.locs[k.dst].reassigned = true;
                }
            }
            Op::Go(x) => self.expr(Hole::to(HEAP), *x),
            Op::Defer(x) => {
                let mut k = Hole::to(HEAP);
                if self.depth == 1 {
                    k = Hole::to(self.g.loc(What::Nothing, self.func, self.depth, true));
                }
                self.expr(k, *x);
            }
            Op::Expr(x) => match t.op(*x) {
                Op::Recv(_) => self.discard(*x),
                _ => self.call(&[], false, *x),
            },
            _ => {}
        }
    }

    /// `defs`: the variables that the statement defines; None: zero values of declared variables.
    fn assign_list(&mut self, n: N, lhs: &[N], rhs: &[N], defs: Option<&[VarId]>) {
        let t = self.t;
        let ks: Vec<Hole> = lhs.iter().map(|&l| self.addr(l)).collect();
        for (i, &k) in ks.iter().enumerate() {
            let Some(&src) = rhs.get(i) else { continue };
            let mut k = k;
            if facts::is_header_data(t, self.w, lhs[i]) {
                self.unsafe_value(Hole::to(HEAP), src);
                continue;
            }
            if facts::self_assign(t, lhs[i], src) {
                if self.say {
                    let name = &t.funcs[self.func].name;
                    let what = text::node_text(t, self.w, n);
                    self.messages.push((t.pos(n), format!("{name} ignoring self-assignment in {what}")));
                }
                k = Hole::to(BLANK);
            }
            self.expr(k, src);
        }
        let Some(defs) = defs else { return };
        for (k, &l) in ks.iter().zip(lhs) {
            if !matches!(t.op(l), Op::Var(v) if defs.contains(v)) {
                self.g.locs[k.dst].reassigned = true;
            }
        }
    }

    /// The hole that an assignment to `n` goes to.
    fn addr(&mut self, n: N) -> Hole {
        let t = self.t;
        match t.op(n) {
            Op::Nil => return Hole::to(BLANK),
            Op::Var(v) => return Hole::to(self.loc_of(*v)),
            Op::Dot(x, _) => return self.addr(*x),
            Op::Index(x, i) => {
                self.discard(*i);
                let ty = self.w.under(t.ty(*x));
                if matches!(self.w.ty(ty), Type::Array { .. }) {
                    return self.addr(*x);
                }
                self.mutate(*x);
            }
            Op::Deref(x) | Op::DotPtr(x, _) => self.mutate(*x),
            Op::IndexMap(x, i) => {
                self.discard(*x);
                self.expr(Hole::to(HEAP), *i);
            }
            _ => {}
        }
        Hole::to(HEAP)
    }

    fn mutate(&mut self, n: N) {
        self.expr(Hole::to(MUTATOR), n);
    }

    // ---- expressions

    fn discard(&mut self, n: N) {
        self.expr(Hole::to(BLANK), n);
    }

    fn spill(&mut self, k: Hole, n: N) -> Hole {
        let l = self.g.loc(What::Node(n), self.func, self.depth, false);
        self.g.flow(k.shift(-1), l);
        Hole::to(l)
    }

    fn dot_type(&mut self, k: Hole, ty: TypeId) -> Hole {
        if facts::is_interface(self.w, ty) || facts::is_direct(self.w, ty) { k } else { k.shift(1) }
    }

    fn expr(&mut self, mut k: Hole, n: N) {
        let t = self.t;
        let ty = t.ty(n);
        if k.derefs >= 0 && !matches!(t.op(n), Op::Nil) && !facts::has_pointers(self.w, ty) {
            k.dst = BLANK;
        }
        match t.op(n) {
            Op::Var(v) => {
                let l = self.loc_of(*v);
                if l != HEAP {
                    self.g.flow(k, l);
                }
            }
            Op::Unary(_, x) | Op::Recv(x) => self.discard(*x),
            Op::Binary(_, x, y) | Op::IndexMap(x, y) => {
                self.discard(*x);
                self.discard(*y);
            }
            Op::Addr(x) => self.expr(k.shift(-1), *x),
            Op::Deref(x) | Op::DotPtr(x, _) | Op::SliceToArray(x) => self.expr(k.shift(1), *x),
            Op::Dot(x, _) | Op::SliceToArrayPtr(x) => self.expr(k, *x),
            Op::DotType(x) => {
                let k = self.dot_type(k, ty);
                self.expr(k, *x);
            }
            Op::Index(x, i) => {
                let under = self.w.under(t.ty(*x));
                let array = matches!(self.w.ty(under), Type::Array { .. });
                self.expr(if array { k } else { k.shift(1) }, *x);
                self.discard(*i);
            }
            Op::Slice { x, bounds, .. } => {
                self.expr(k, *x);
                bounds.iter().flatten().for_each(|&b| self.discard(b));
            }
            Op::Conv(x) => {
                if facts::is_unsafe_pointer(self.w, ty) && facts::is_uintptr(self.w, t.ty(*x)) {
                    self.unsafe_value(k, *x);
                } else {
                    self.expr(k, *x);
                }
            }
            Op::ConvIface(x) => {
                let from = t.ty(*x);
                if !facts::is_interface(self.w, from) && !facts::is_direct(self.w, from) {
                    k = self.spill(k, n);
                }
                self.expr(k, *x);
            }
            Op::New(_) => {
                self.spill(k, n);
            }
            Op::MakeSlice(len, cap) => {
                self.spill(k, n);
                self.discard(*len);
                cap.iter().for_each(|&c| self.discard(c));
            }
            Op::MakeMap(len) => {
                self.spill(k, n);
                len.iter().for_each(|&c| self.discard(c));
            }
            Op::MakeChan(len) => len.iter().for_each(|&c| self.discard(c)),
            Op::MethValue { x, callee, results, .. } => {
                let closure = self.spill(k, n);
                let ks = vec![Hole::to(HEAP); *results];
                let recv = match callee.and_then(|c| t.by_obj.get(&c)) {
                    Some(&f) => self.tag(&ks, true, f, 0),
                    None => Hole::to(HEAP),
                };
                let both = self.g.tee(&[recv, closure], self.func, self.depth);
                self.expr(both, *x);
            }
            Op::PtrLit(x) => {
                let k = self.spill(k, n);
                self.expr(k, *x);
            }
            Op::ArrayLit(list) | Op::StructLit(list) => list.iter().for_each(|&e| self.expr(k, e)),
            Op::SliceLit(list) => {
                let k = self.spill(k, n);
                list.iter().for_each(|&e| self.expr(k, e));
            }
            Op::MapLit(list) => {
                self.spill(k, n);
                for &(key, value) in list {
                    self.expr(Hole::to(HEAP), key);
                    self.expr(Hole::to(HEAP), value);
                }
            }
            Op::Closure(f) => {
                let k = self.spill(k, n);
                if !t.is_inner(*f) {
                    return;
                }
                self.closures.push((k, n, *f));
                self.closure_nodes.insert(n, *f);
                for &v in &t.funcs[*f].captures {
                    let l = self.loc_of(v);
                    let loc = &mut self.g.locs[l];
                    if !loc.captured {
                        loc.captured = true;
                        // What is assigned before in straight-line code is no matter.
                        if loc.depth == self.depth {
                            loc.reassigned = false;
                        }
                    }
                }
                self.walk_func(*f);
            }
            Op::StrConv(_, x) => {
                self.spill(k, n);
                self.discard(*x);
            }
            Op::AddStr(list) => {
                self.spill(k, n);
                list.iter().for_each(|&x| self.discard(x));
            }
            Op::Lit(_)
            | Op::Int(..)
            | Op::Nil
            | Op::Type
            | Op::Func(..)
            | Op::Global(_)
            | Op::MethExpr(..) => {}
            _ => self.call(&[k], true, n),
        }
    }

    /// Where a number came from that becomes a pointer.
    fn unsafe_value(&mut self, k: Hole, n: N) {
        let t = self.t;
        match t.op(n) {
            Op::Conv(x) => {
                if facts::is_unsafe_pointer(self.w, t.ty(*x)) {
                    self.expr(k, *x);
                } else if facts::is_uintptr(self.w, t.ty(*x)) {
                    self.unsafe_value(k, *x);
                } else {
                    self.discard(*x);
                }
            }
            Op::DotPtr(x, _) => {
                if facts::is_header_data(t, self.w, n) {
                    self.expr(k.shift(1), *x);
                } else {
                    self.discard(*x);
                }
            }
            Op::Unary("+" | "-" | "^", x) => self.unsafe_value(k, *x),
            Op::Binary("+" | "-" | "|" | "^" | "*" | "/" | "%" | "&" | "&^", x, y) => {
                self.unsafe_value(k, *x);
                self.unsafe_value(k, *y);
            }
            Op::Binary("<<" | ">>", x, y) => {
                self.unsafe_value(k, *x);
                self.discard(*y);
            }
            _ => self.discard(n),
        }
    }

    // ---- calls

    /// The functions that a callee expression is known to mean.
    fn callees(&mut self, fun: N) -> Option<Vec<FnId>> {
        let t = self.t;
        let func = self.func;
        let known = |n: N| match t.op(n) {
            Op::Func(o, _) | Op::MethExpr(Some(o), ..) => Some(t.by_obj.get(o).copied()),
            Op::Closure(f) => Some(Some(*f)),
            _ => None,
        };
        let s = self.statics(func);
        let v = s.value(t, fun);
        if let Some(f) = known(v) {
            return f.map(|f| vec![f]);
        }
        let Op::Var(v) = t.op(v) else { return None };
        let given = s.given(t, *v)?.to_vec();
        let mut out = Vec::new();
        for n in given {
            if matches!(t.op(n), Op::Nil) {
                continue;
            }
            out.push(known(n)??);
        }
        (!out.is_empty()).then_some(out)
    }

    /// The hole for argument `i` (the receiver counts) of a known function.
    fn tag(&mut self, ks: &[Hole], used: bool, f: FnId, i: usize) -> Hole {
        let t = self.t;
        if self.members.contains(&f) {
            return match t.funcs[f].params.get(i).and_then(|p| p.var) {
                Some(v) => Hole::to(self.loc_of(v)),
                None => Hole::to(BLANK),
            };
        }
        let Some(leaks) = self.tags.get(&f).and_then(|l| l.get(i)).copied() else { return Hole::to(HEAP) };
        let mut holes = Vec::new();
        for (to, derefs) in [(HEAP, leaks.heap), (MUTATOR, leaks.mutator), (CALLEE, leaks.callee)] {
            if let Some(d) = derefs {
                holes.push(Hole::to(to).shift(d));
            }
        }
        if used {
            for (r, derefs) in leaks.results.iter().enumerate() {
                if let (Some(d), Some(k)) = (derefs, ks.get(r)) {
                    holes.push(if k.derefs < 0 { self.address_tee(*k).shift(*d) } else { k.shift(*d) });
                }
            }
        }
        self.g.tee(&holes, self.func, self.depth)
    }

    /// A hole that takes an address, as one that takes a value.
    fn address_tee(&mut self, k: Hole) -> Hole {
        let l = self.g.loc(What::Nothing, self.func, self.depth, false);
        self.g.flow(k, l);
        Hole::to(l)
    }

    /// `used`: somebody takes the results.
    fn call(&mut self, ks: &[Hole], used: bool, n: N) {
        let t = self.t;
        let first = ks.first().copied().unwrap_or(Hole::to(BLANK));
        match t.op(n) {
            Op::Call { fun, args, .. } => {
                let fns = self.callees(*fun);
                if used {
                    for &f in fns.iter().flatten() {
                        if self.members.contains(&f) {
                            for (i, &r) in t.funcs[f].results.iter().enumerate() {
                                let l = self.loc_of(r);
                                let mut k = ks.get(i).copied().unwrap_or(Hole::to(BLANK));
                                if k.derefs >= 0 && !facts::has_pointers(self.w, t.vars[r].ty) {
                                    k.dst = BLANK;
                                }
                                self.g.flow(k, l);
                            }
                        }
                    }
                }
                let unknown = fns.is_none() && !matches!(t.op(*fun), Op::Func(..) | Op::MethExpr(..));
                let callee = if unknown && ks.iter().any(|k| k.dst != BLANK) { CALLEE } else { BLANK };
                self.expr(Hole::to(callee), *fun);
                for (i, &a) in args.iter().enumerate() {
                    let k = match &fns {
                        None => Hole::to(HEAP),
                        Some(fns) => {
                            // A method's receiver is an argument like the others, but not of its closure.
                            let holes: Vec<Hole> = fns.iter().map(|&f| self.tag(ks, used, f, i)).collect();
                            self.g.tee(&holes, self.func, self.depth)
                        }
                    };
                    if let Some(fns) = &fns {
                        self.keep_alive(a, fns);
                    }
                    self.expr(k, a);
                }
            }
            Op::CallIface { x, args, .. } => {
                self.expr(Hole::to(HEAP), *x);
                args.iter().for_each(|&a| self.expr(Hole::to(HEAP), a));
            }
            Op::Append { args, dots } => {
                let pointers = facts::elem_has_pointers(self.w, t.ty(args[0]));
                let mut k = self.tee2(first, Hole::to(MUTATOR));
                if pointers {
                    k = self.tee2(k, Hole::to(HEAP).shift(1));
                }
                self.expr(k, args[0]);
                if *dots {
                    let ty = t.ty(args[1]);
                    let slice = facts::is_slice(self.w, ty) && facts::elem_has_pointers(self.w, ty);
                    self.expr(if slice { Hole::to(HEAP).shift(1) } else { Hole::to(BLANK) }, args[1]);
                } else {
                    args[1..].iter().for_each(|&a| self.expr(Hole::to(HEAP), a));
                }
                let store = self.spill(first, n);
                // Its buffer is used once.
                self.g.locs[store.dst].depth = 0;
            }
            Op::Copy(x, y) => {
                self.expr(Hole::to(MUTATOR), *x);
                let ty = t.ty(*y);
                let slice = facts::is_slice(self.w, ty) && facts::elem_has_pointers(self.w, ty);
                self.expr(if slice { Hole::to(HEAP).shift(1) } else { Hole::to(BLANK) }, *y);
            }
            Op::Panic(x) => self.expr(Hole::to(HEAP), *x),
            Op::Complex(x, y) => {
                self.discard(*x);
                self.discard(*y);
            }
            Op::Discard(_, args) => args.iter().for_each(|&a| self.discard(a)),
            Op::MinMax(_, args) => args.iter().for_each(|&a| self.expr(first, a)),
            Op::Simple(_, x) => self.discard(*x),
            Op::Clear(x) => self.expr(Hole::to(MUTATOR), *x),
            Op::UnsafeData(_, x) => self.expr(first, *x),
            Op::UnsafePair(_, x, y) => {
                self.expr(first, *x);
                self.discard(*y);
            }
            // A statement that is not a call, such as a receive.
            Op::Conv(x) => self.discard(*x),
            _ => {}
        }
    }

    fn tee2(&mut self, a: Hole, b: Hole) -> Hole {
        let a = if a.derefs < 0 { self.address_tee(a) } else { a };
        self.g.tee(&[a, b], self.func, self.depth)
    }

    /// `uintptr(p)` as an argument of a function that says what becomes of such.
    fn keep_alive(&mut self, arg: N, fns: &[FnId]) {
        let t = self.t;
        let pragmas: Vec<_> = fns.iter().map(|&f| &t.funcs[f].pragmas).collect();
        let escapes = pragmas.iter().any(|p| p.uintptr_escapes);
        if !escapes && !pragmas.iter().any(|p| p.uintptr_keep_alive) {
            return;
        }
        let list = match t.op(arg) {
            Op::SliceLit(list) => list.clone(),
            _ => vec![arg],
        };
        for n in list {
            if let Op::Conv(x) = t.op(n)
                && facts::is_unsafe_pointer(self.w, t.ty(*x))
                && facts::is_uintptr(self.w, t.ty(n))
            {
                self.expr(Hole::to(if escapes { HEAP } else { MUTATOR }), *x);
            }
        }
    }
}
