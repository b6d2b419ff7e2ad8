//! Statements to nodes.
//!
//! In: syntax trees and the checker's tables. Out: nodes; `go` and `defer` call closures without arguments, loop variables that
//! closures or pointers keep have a copy for each iteration.

use escargo_syntax::Pos;
use escargo_syntax::ast::{
    BinaryOp, Block, BranchKind, CaseClause, Decl, Expr, ExprKind, Stmt, StmtKind, UnaryOp, VarDecl,
};
use escargo_types::World;
use escargo_types::constant::Const;
use escargo_types::info::Mode;
use escargo_types::world::*;
use rustc_hash::FxHashSet;

use crate::expr::Builder;
use crate::scan::Scan;
use crate::tree::*;

impl Builder<'_> {
    fn push(&mut self, pos: Pos, op: Op) {
        let n = self.t.node(pos, World::INVALID, op);
        self.out.push(n);
    }

    pub fn block(&mut self, stmts: &[Stmt]) -> Vec<N> {
        let saved = std::mem::take(&mut self.out);
        self.stmts(stmts);
        std::mem::replace(&mut self.out, saved)
    }

    /// The statements that `f` makes.
    fn nested(&mut self, f: impl FnOnce(&mut Self)) -> Vec<N> {
        let saved = std::mem::take(&mut self.out);
        f(self);
        std::mem::replace(&mut self.out, saved)
    }

    pub fn stmts(&mut self, stmts: &[Stmt]) {
        let label = stmts.iter().rposition(|s| matches!(s.kind, StmtKind::Labeled { .. }));
        let mut dead = false;
        for (i, s) in stmts.iter().enumerate() {
            // What follows a statement that ends the block is not compiled unless something jumps there.
            if dead && label.is_none_or(|l| i > l) {
                continue;
            }
            self.stmt(s);
            dead = self.terminates(s);
        }
    }

    /// Whether control never gets behind a statement, as far as is easily seen.
    fn terminates(&self, s: &Stmt) -> bool {
        let last = |b: &Block| b.stmts.last().is_some_and(|s| self.terminates(s));
        match &s.kind {
            StmtKind::Return(_) | StmtKind::Branch { kind: BranchKind::Goto, .. } => true,
            StmtKind::Branch { .. } => true,
            StmtKind::Expr(e) => match &e.unparen().kind {
                ExprKind::Call { fun, .. } => {
                    self.info.of(fun.unparen().id).is_some_and(|t| t.mode == Mode::Builtin(Builtin::Panic))
                }
                _ => false,
            },
            StmtKind::Block(b) => last(b),
            StmtKind::If { cond, then, els, .. } => match self.truth(cond) {
                Some(true) => last(then),
                Some(false) => els.as_ref().is_some_and(|s| self.terminates(s)),
                None => last(then) && els.as_ref().is_some_and(|s| self.terminates(s)),
            },
            _ => false,
        }
    }

    /// The value of a condition that is known.
    fn truth(&self, e: &Expr) -> Option<bool> {
        let e = e.unparen();
        if let Some(t) = self.info.of(e.id)
            && t.mode == Mode::Const
        {
            return t.value.as_ref().and_then(|v| v.as_bool());
        }
        match &e.kind {
            ExprKind::Unary { op: UnaryOp::Not, x } => self.truth(x).map(|b| !b),
            ExprKind::Binary { op: BinaryOp::AndAnd, x, y } => match (self.truth(x), self.truth(y)) {
                (Some(false), _) => Some(false),
                (Some(true), y) => y,
                _ => None,
            },
            ExprKind::Binary { op: BinaryOp::OrOr, x, y } => match (self.truth(x), self.truth(y)) {
                (Some(true), _) => Some(true),
                (Some(false), y) => y,
                _ => None,
            },
            _ => None,
        }
    }

    /// The case that a switch over a constant takes, if all its cases are constants and none falls through.
    fn static_case<'c>(&self, tag: &Expr, cases: &'c [CaseClause]) -> Option<Option<&'c CaseClause>> {
        let value = |e: &Expr| {
            let t = self.info.of(e.unparen().id)?;
            if t.mode == Mode::Const { t.value.clone() } else { None }
        };
        let tag = value(tag)?;
        let mut found = None;
        for c in cases {
            if matches!(
                c.body.last().map(|s| &s.kind),
                Some(StmtKind::Branch { kind: BranchKind::Fallthrough, .. })
            ) {
                return None;
            }
            match &c.exprs {
                None => found = found.or(Some(c)),
                Some(list) => {
                    for e in list {
                        if Const::compare(&tag, BinaryOp::Eql, &*value(e)?) {
                            return Some(Some(c));
                        }
                    }
                }
            }
        }
        Some(found)
    }

    fn opt(&mut self, s: &Option<Box<Stmt>>) {
        if let Some(s) = s {
            self.stmt(s);
        }
    }

    /// What is assigned to; a blank one is nothing.
    fn lhs(&mut self, e: &Expr) -> N {
        if let ExprKind::Name(n) = &e.unparen().kind
            && n.is_blank()
        {
            return self.t.node(e.pos, World::INVALID, Op::Nil);
        }
        self.expr(e)
    }

    fn dcl(&mut self, v: VarId, pos: Pos) {
        self.push(pos, Op::Dcl(v));
    }

    fn var_decl(&mut self, d: &VarDecl) {
        let vars: Vec<Option<VarId>> = d
            .names
            .iter()
            .map(|n| {
                if n.name.is_blank() {
                    return None;
                }
                let o = *self.info.defs.get(&n.id)?;
                Some(self.declare(o))
            })
            .collect();
        let declared = d.ty.as_ref().map_or(World::INVALID, |t| self.ty_of(t));
        let types: Vec<TypeId> = vars.iter().map(|v| v.map_or(declared, |v| self.t.vars[v].ty)).collect();
        let pos = d.names.first().map_or(d.pos, |n| n.pos);
        // The initial value does not see the variables; they are declared all the same before it is built.
        let rhs = self.values(&d.values, &|i| types.get(i).copied().unwrap_or(World::INVALID), pos);
        self.define(&vars, rhs, pos);
    }

    fn define(&mut self, vars: &[Option<VarId>], rhs: Vec<N>, pos: Pos) {
        for &v in vars.iter().flatten() {
            self.dcl(v, pos);
        }
        let lhs: Vec<N> = vars
            .iter()
            .map(|v| match v {
                Some(v) => self.var(*v, pos),
                None => self.t.node(pos, World::INVALID, Op::Nil),
            })
            .collect();
        let defs = vars.iter().flatten().copied().collect();
        self.push(pos, Op::Assign { lhs, rhs, defs });
    }

    fn stmt(&mut self, s: &Stmt) {
        let pos = s.pos;
        match &s.kind {
            StmtKind::Bad | StmtKind::Empty | StmtKind::Branch { .. } => {}
            StmtKind::Decl(decls) => {
                for d in decls {
                    if let Decl::Var(v) = d {
                        self.var_decl(v);
                    }
                }
            }
            StmtKind::Labeled { label, stmt } => {
                if self.looping.contains(label.name.as_str()) {
                    self.push(pos, Op::LoopLabel);
                }
                self.stmt(stmt);
            }
            StmtKind::Expr(e) => {
                let n = self.expr(e);
                let at = self.t.pos(n);
                self.push(at, Op::Expr(n));
            }
            StmtKind::Send { chan, value } => {
                let chan = self.expr(chan);
                let value = self.expr(value);
                let under = self.w.under(self.t.ty(chan));
                let value = match *self.w.ty(under) {
                    Type::Chan { elem, .. } => self.convert(value, elem),
                    _ => value,
                };
                self.push(pos, Op::Send(chan, value));
            }
            StmtKind::IncDec { x, .. } => {
                let x = self.expr(x);
                let ty = self.t.ty(x);
                let one = self.t.node(pos, ty, Op::Int("1".into(), 1));
                self.push(pos, Op::Update(x, one));
            }
            StmtKind::Assign { lhs, op, define, rhs } => self.assign(pos, lhs, *op, *define, rhs),
            StmtKind::Go(e) => {
                let n = self.deferred(e);
                self.push(pos, Op::Go(n));
            }
            StmtKind::Defer(e) => {
                let n = self.deferred(e);
                self.push(pos, Op::Defer(n));
            }
            StmtKind::Return(list) => {
                let results = self.t.funcs[self.func].results.clone();
                let types: Vec<TypeId> = results.iter().map(|&v| self.t.vars[v].ty).collect();
                let values = self.values(list, &|i| types.get(i).copied().unwrap_or(World::INVALID), pos);
                self.push(pos, Op::Return(values));
            }
            StmtKind::Block(b) => {
                let list = self.block(&b.stmts);
                self.push(pos, Op::Block(list));
            }
            StmtKind::If { init, cond, then, els } => {
                self.opt(init);
                // A branch that can not be taken is not compiled.
                match self.truth(cond) {
                    Some(true) => {
                        let list = self.block(&then.stmts);
                        return self.push(pos, Op::Block(list));
                    }
                    Some(false) => {
                        let list = self.nested(|b| b.opt(els));
                        return self.push(pos, Op::Block(list));
                    }
                    None => {}
                }
                let cond = self.expr(cond);
                let then = self.block(&then.stmts);
                let els = self.nested(|b| b.opt(els));
                self.push(pos, Op::If { cond, then, els });
            }
            StmtKind::Switch { init, tag, cases, .. } => {
                self.opt(init);
                if let Some(case) = tag.as_ref().and_then(|t| self.static_case(t, cases)) {
                    let list = case.map_or(Vec::new(), |c| self.block(&c.body));
                    return self.push(pos, Op::Block(list));
                }
                let tag = tag.as_ref().map(|t| self.expr(t));
                let tag_ty = tag.map_or(World::INVALID, |t| self.t.ty(t));
                let mut out = Vec::new();
                for c in cases {
                    let mut list = Vec::new();
                    for e in c.exprs.iter().flatten() {
                        let n = self.expr(e);
                        list.push(self.convert(n, tag_ty));
                    }
                    let body = self.block(&c.body);
                    out.push((list, body));
                }
                self.push(pos, Op::Switch { tag, cases: out });
            }
            StmtKind::TypeSwitch { init, bind, x, cases, .. } => {
                self.opt(init);
                let x = self.expr(x);
                let mut out = Vec::new();
                for c in cases {
                    let var = self.info.implicits.get(&c.id).copied().map(|o| self.declare(o));
                    if let Some(v) = var {
                        let last = c.exprs.as_ref().and_then(|l| l.last());
                        self.t.vars[v].pos = last.map_or(c.pos, type_end);
                    }
                    let body = self.block(&c.body);
                    out.push((var, body));
                }
                self.push(pos, Op::TypeSwitch { x, cases: out, bound: bind.is_some() });
            }
            StmtKind::Select { cases, .. } => {
                let mut out = Vec::new();
                for c in cases {
                    let mut comm = self.nested(|b| b.opt(&c.comm));
                    let body = self.block(&c.body);
                    let comm = match comm.len() {
                        0 => None,
                        1 => comm.pop(),
                        _ => Some(self.t.node(c.pos, World::INVALID, Op::Block(comm))),
                    };
                    out.push((comm, body));
                }
                self.push(pos, Op::Select(out));
            }
            StmtKind::For { init, cond, post, body } => self.for_loop(pos, init, cond, post, body),
            StmtKind::Range { key, value, define, x, body } => {
                self.range(pos, key.as_deref(), value.as_deref(), *define, x, body);
            }
        }
    }

    fn assign(&mut self, pos: Pos, lhs: &[Expr], op: Option<BinaryOp>, define: bool, rhs: &[Expr]) {
        if op.is_some() {
            let x = self.expr(&lhs[0]);
            let y = self.expr(&rhs[0]);
            return self.push(pos, Op::Update(x, y));
        }
        let new: Vec<Option<ObjId>> = lhs
            .iter()
            .map(|e| match &e.unparen().kind {
                ExprKind::Name(n) if define && !n.is_blank() => self.info.defs.get(&e.unparen().id).copied(),
                _ => None,
            })
            .collect();
        // The right side does not see the new variables.
        let targets: Vec<Option<N>> =
            lhs.iter().zip(&new).map(|(e, o)| if o.is_some() { None } else { Some(self.lhs(e)) }).collect();
        let types: Vec<TypeId> = targets
            .iter()
            .zip(&new)
            .map(|(n, o)| match (n, o) {
                (_, Some(o)) => self.w.obj(*o).ty,
                (Some(n), _) => self.t.ty(*n),
                _ => World::INVALID,
            })
            .collect();
        let rhs = self.values(rhs, &|i| types.get(i).copied().unwrap_or(World::INVALID), pos);
        let mut defs = Vec::new();
        let list: Vec<N> = targets
            .into_iter()
            .zip(&new)
            .zip(lhs)
            .map(|((n, o), e)| match (n, o) {
                (Some(n), _) => n,
                (None, Some(o)) => {
                    let v = self.declare(*o);
                    self.dcl(v, e.pos);
                    defs.push(v);
                    self.var(v, e.pos)
                }
                (None, None) => self.t.node(e.pos, World::INVALID, Op::Nil),
            })
            .collect();
        self.push(pos, Op::Assign { lhs: list, rhs, defs });
    }

    /// The call of a `go` or `defer` statement as a function without arguments and results.
    fn deferred(&mut self, e: &Expr) -> N {
        let e = e.unparen();
        let pos = e.pos;
        let n = self.expr(e);
        if let Op::Call { fun, args, .. } = self.t.op(n).clone()
            && args.is_empty()
            && self.no_results(n)
        {
            return fun;
        }
        // What the call needs is evaluated now.
        let mut operands = Vec::new();
        let op = self.t.op(n).clone();
        match &op {
            Op::Call { fun, args, .. } => {
                if !matches!(self.t.op(*fun), Op::Func(..) | Op::MethExpr(..)) {
                    operands.push(*fun);
                }
                operands.extend(args);
            }
            Op::CallIface { x, args, .. } => {
                operands.push(*x);
                operands.extend(args);
            }
            _ => self.t.children(n, &mut |c| operands.push(c)),
        }
        let none = self.w.new_type(Type::Signature(Signature {
            tparams: Vec::new(),
            recv_tparams: Vec::new(),
            recv: None,
            params: Vec::new(),
            results: Vec::new(),
            variadic: false,
        }));
        let mut replaced = rustc_hash::FxHashMap::default();
        let mut list = Vec::new();
        for o in operands {
            self.evaluated(o, &mut list);
        }
        for o in list {
            let ty = self.t.ty(o);
            let v = self.temp(ty, pos);
            let lhs = self.var(v, pos);
            self.push(pos, Op::Assign { lhs: vec![lhs], rhs: vec![o], defs: vec![v] });
            replaced.insert(o, v);
        }
        let f = self.closure(none);
        self.t.funcs[f].wrapper = true;
        let outer = std::mem::replace(&mut self.func, f);
        let take = |b: &mut Self, x: N| b.wrapped(x, &replaced, pos);
        let each = |b: &mut Self, list: &[N]| list.iter().map(|&x| take(b, x)).collect::<Vec<N>>();
        let call = match op {
            Op::Call { fun, args, dots } => Op::Call { fun: take(self, fun), args: each(self, &args), dots },
            Op::CallIface { x, name, method, args, dots } => {
                Op::CallIface { x: take(self, x), name, method, args: each(self, &args), dots }
            }
            Op::Panic(x) => Op::Panic(take(self, x)),
            Op::Discard(name, args) => Op::Discard(name, each(self, &args)),
            Op::Simple(name, x) => Op::Simple(name, take(self, x)),
            Op::Clear(x) => Op::Clear(take(self, x)),
            Op::Copy(x, y) => Op::Copy(take(self, x), take(self, y)),
            other => other,
        };
        let ty = self.t.ty(n);
        let call = self.t.node(pos, ty, call);
        let body = self.t.node(pos, World::INVALID, Op::Expr(call));
        self.t.funcs[f].body = Some(vec![body]);
        self.func = outer;
        self.t.node(pos, none, Op::Closure(f))
    }

    /// What of an operand is evaluated before the wrapper runs: literals are built inside.
    fn evaluated(&self, n: N, out: &mut Vec<N>) {
        match self.t.op(n) {
            Op::Lit(_) | Op::Int(..) | Op::Nil | Op::Type | Op::Func(..) | Op::MethExpr(..) | Op::New(_) => {}
            Op::ArrayLit(list) | Op::SliceLit(list) | Op::StructLit(list) => {
                list.iter().for_each(|&e| self.evaluated(e, out));
            }
            _ => out.push(n),
        }
    }

    /// An operand as the wrapper has it.
    fn wrapped(&mut self, n: N, replaced: &rustc_hash::FxHashMap<N, VarId>, pos: Pos) -> N {
        if let Some(&v) = replaced.get(&n) {
            return self.var(v, pos);
        }
        let mut op = self.t.op(n).clone();
        if let Op::ArrayLit(list) | Op::SliceLit(list) | Op::StructLit(list) = &mut op {
            for e in list.iter_mut() {
                *e = self.wrapped(*e, replaced, pos);
            }
            self.t.nodes[n as usize].op = op;
        }
        n
    }

    fn no_results(&self, n: N) -> bool {
        match self.w.ty(self.t.ty(n)) {
            Type::Tuple(v) => v.is_empty(),
            _ => self.t.ty(n) == World::INVALID,
        }
    }

    // ---- loops

    /// The variables of a loop that something keeps beyond their iteration.
    fn kept(&mut self, vars: &[ObjId], body: &Block, more: &[&Expr]) -> FxHashSet<ObjId> {
        let mut kept = FxHashSet::default();
        if self.w.pkg(self.pkg).version_at(body.pos) < (1, 22) {
            return kept;
        }
        let mut scan = Scan { b: self, vars, kept: &mut kept, inside: 0 };
        scan.stmts(&body.stmts);
        for e in more {
            scan.expr(e);
        }
        kept
    }

    fn for_loop(
        &mut self,
        pos: Pos,
        init: &Option<Box<Stmt>>,
        cond: &Option<Expr>,
        post: &Option<Box<Stmt>>,
        body: &Block,
    ) {
        self.opt(init);
        let mut vars: Vec<ObjId> = Vec::new();
        if let Some(Stmt { kind: StmtKind::Assign { lhs, define: true, .. }, .. }) = init.as_deref() {
            vars = lhs.iter().filter_map(|e| self.info.defs.get(&e.unparen().id).copied()).collect();
        }
        let conds: Vec<&Expr> = cond.iter().collect();
        let kept = self.kept(&vars, body, &conds);
        let copies: Vec<(ObjId, VarId)> =
            vars.iter().filter(|o| kept.contains(o)).map(|&o| (o, self.vars[&o])).collect();
        if copies.is_empty() {
            let cond = cond.as_ref().map(|c| self.expr(c));
            let body = self.block(&body.stmts);
            let post = self.nested(|b| b.opt(post));
            return self.push(pos, Op::For { cond, post, body });
        }
        let mut cond_node = None;
        let list = self.nested(|b| {
            let mut back = Vec::new();
            for &(o, outer) in &copies {
                // The one before the loop is a temporary.
                b.t.vars[outer].name.insert(0, '.');
                let v = b.declare(o);
                let at = b.t.vars[v].pos;
                b.dcl(v, at);
                let (lhs, rhs) = (b.var(v, at), b.var(outer, at));
                b.push(at, Op::Assign { lhs: vec![lhs], rhs: vec![rhs], defs: vec![v] });
                back.push((o, outer, v));
            }
            cond_node = cond.as_ref().map(|c| b.expr(c));
            let inner = b.block(&body.stmts);
            b.out.extend(inner);
            for (o, outer, v) in back {
                let (lhs, rhs) = (b.var(outer, pos), b.var(v, pos));
                b.push(pos, Op::Assign { lhs: vec![lhs], rhs: vec![rhs], defs: Vec::new() });
                b.vars.insert(o, outer);
            }
        });
        let post = self.nested(|b| b.opt(post));
        self.push(pos, Op::For { cond: cond_node, post, body: list });
    }

    fn range(
        &mut self,
        pos: Pos,
        key: Option<&Expr>,
        value: Option<&Expr>,
        define: bool,
        x: &Expr,
        body: &Block,
    ) {
        let over = self.expr(x);
        let ty = self.t.ty(over);
        let core = self.w.core_type(ty).unwrap_or(ty);
        if let Type::Signature(sig) = self.w.ty(core).clone() {
            return self.range_func(pos, [key, value], define, over, &sig, body);
        }
        let targets = [key, value];
        let mut vars = Vec::new();
        if define {
            vars = targets
                .iter()
                .flatten()
                .filter_map(|e| self.info.defs.get(&e.unparen().id).copied())
                .collect();
        }
        let kept = self.kept(&vars, body, &[]);
        let mut copies: Vec<(ObjId, VarId)> = Vec::new();
        let nodes = targets.map(|e| {
            let e = e?;
            let o = if define { self.info.defs.get(&e.unparen().id).copied() } else { None };
            match o {
                Some(o) if !self.w.obj(o).name.is_blank() => {
                    if kept.contains(&o) {
                        let vty = self.w.obj(o).ty;
                        let tmp = self.temp(vty, e.pos);
                        copies.push((o, tmp));
                        return Some(self.var(tmp, e.pos));
                    }
                    let v = self.declare(o);
                    self.dcl(v, e.pos);
                    Some(self.var(v, e.pos))
                }
                Some(_) => None,
                None => Some(self.lhs(e)),
            }
        });
        let body = self.nested(|b| {
            for &(o, tmp) in &copies {
                let v = b.declare(o);
                let at = b.t.vars[v].pos;
                b.dcl(v, at);
                let (lhs, rhs) = (b.var(v, at), b.var(tmp, at));
                b.push(at, Op::Assign { lhs: vec![lhs], rhs: vec![rhs], defs: vec![v] });
            }
            b.stmts(&body.stmts);
        });
        self.push(pos, Op::Range { key: nodes[0], value: nodes[1], x: over, body });
    }

    /// A range over a function calls it with the loop's body.
    fn range_func(
        &mut self,
        pos: Pos,
        targets: [Option<&Expr>; 2],
        define: bool,
        over: N,
        sig: &Signature,
        body: &Block,
    ) {
        let Some(&yields) = sig.params.first() else { return };
        let ty = self.w.obj(yields).ty;
        let f = self.closure(ty);
        let outer = std::mem::replace(&mut self.func, f);
        let list = self.nested(|b| {
            for (i, e) in targets.iter().enumerate() {
                let Some(e) = e else { continue };
                let Some(pty) = b.t.funcs[f].params.get(i).map(|p| p.ty) else { continue };
                let p = b.new_var(&format!("#p{i}"), pty, pos, Class::Param);
                b.t.funcs[f].params[i].var = Some(p);
                let o = if define { b.info.defs.get(&e.unparen().id).copied() } else { None };
                let rhs = b.var(p, pos);
                match o {
                    Some(o) => {
                        let v = b.declare(o);
                        b.define(&[Some(v)], vec![rhs], e.pos);
                    }
                    None => {
                        let lhs = b.lhs(e);
                        let op = Op::Assign { lhs: vec![lhs], rhs: vec![rhs], defs: Vec::new() };
                        b.push(e.pos, op);
                    }
                }
            }
            b.stmts(&body.stmts);
        });
        self.t.funcs[f].body = Some(list);
        self.func = outer;
        let closure = self.t.node(pos, ty, Op::Closure(f));
        let call =
            self.t.node(pos, World::EMPTY_TUPLE, Op::Call { fun: over, args: vec![closure], dots: false });
        self.push(pos, Op::Expr(call));
    }
}

/// Where gc places the variable of a type switch's case: at the end of the last type.
fn type_end(e: &Expr) -> Pos {
    let mut e = e.unparen();
    while let ExprKind::Star(x) = &e.kind {
        e = x.unparen();
    }
    e.pos
}

/// Labels that are jumped back to.
pub fn loop_labels(stmts: &[Stmt]) -> FxHashSet<String> {
    let mut seen = FxHashSet::default();
    let mut out = FxHashSet::default();
    fn walk(s: &Stmt, seen: &mut FxHashSet<String>, out: &mut FxHashSet<String>) {
        let mut list = |stmts: &[Stmt]| stmts.iter().for_each(|s| walk(s, seen, out));
        match &s.kind {
            StmtKind::Labeled { label, stmt } => {
                seen.insert(label.name.as_str().to_owned());
                walk(stmt, seen, out);
            }
            StmtKind::Branch { kind: BranchKind::Goto, label: Some(l) } => {
                if seen.contains(l.name.as_str()) {
                    out.insert(l.name.as_str().to_owned());
                }
            }
            StmtKind::Block(b) => list(&b.stmts),
            StmtKind::If { then, els, .. } => {
                list(&then.stmts);
                if let Some(e) = els {
                    walk(e, seen, out);
                }
            }
            StmtKind::Switch { cases, .. } | StmtKind::TypeSwitch { cases, .. } => {
                cases.iter().for_each(|c| list(&c.body));
            }
            StmtKind::Select { cases, .. } => cases.iter().for_each(|c| list(&c.body)),
            StmtKind::For { body, .. } | StmtKind::Range { body, .. } => list(&body.stmts),
            _ => {}
        }
    }
    for s in stmts {
        walk(s, &mut seen, &mut out);
    }
    out
}
