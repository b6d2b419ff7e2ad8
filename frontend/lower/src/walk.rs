//! A walk over the syntax of a function, and the facts about variables that capturing needs.
//!
//! In: syntax trees and the checker's tables. Out: `Facts`, such as which variables are written after their
//! declaration or addressed. Requires: a type-checked body.

use escargo_syntax::Pos;
use escargo_syntax::ast::*;
use escargo_types::info::{Info, SelectionKind};
use escargo_types::world::*;
use rustc_hash::FxHashSet;

/// A node of the walk.
#[derive(Clone, Copy)]
pub enum Node<'a> {
    Expr(&'a Expr),
    Stmt(&'a Stmt),
}

/// Calls `f` on `s` and, where it answers true, on what it contains, in source order.
pub fn walk_stmt<'a>(s: &'a Stmt, f: &mut dyn FnMut(Node<'a>) -> bool) {
    if !f(Node::Stmt(s)) {
        return;
    }
    match &s.kind {
        StmtKind::Bad | StmtKind::Empty | StmtKind::Branch { .. } => {}
        StmtKind::Decl(decls) => {
            for d in decls {
                if let Decl::Var(v) = d {
                    walk_exprs(&v.values, f);
                }
            }
        }
        StmtKind::Labeled { stmt, .. } => walk_stmt(stmt, f),
        StmtKind::Expr(e) | StmtKind::Go(e) | StmtKind::Defer(e) => walk_expr(e, f),
        StmtKind::Send { chan, value } => {
            walk_expr(chan, f);
            walk_expr(value, f);
        }
        StmtKind::IncDec { x, .. } => walk_expr(x, f),
        StmtKind::Assign { lhs, rhs, .. } => {
            walk_exprs(lhs, f);
            walk_exprs(rhs, f);
        }
        StmtKind::Return(es) => walk_exprs(es, f),
        StmtKind::Block(b) => walk_stmts(&b.stmts, f),
        StmtKind::If { init, cond, then, els } => {
            walk_opt(init, f);
            walk_expr(cond, f);
            walk_stmts(&then.stmts, f);
            walk_opt(els, f);
        }
        StmtKind::Switch { init, tag, cases, .. } => {
            walk_opt(init, f);
            if let Some(t) = tag {
                walk_expr(t, f);
            }
            for c in cases {
                if let Some(es) = &c.exprs {
                    walk_exprs(es, f);
                }
                walk_stmts(&c.body, f);
            }
        }
        StmtKind::TypeSwitch { init, x, cases, .. } => {
            walk_opt(init, f);
            walk_expr(x, f);
            for c in cases {
                walk_stmts(&c.body, f);
            }
        }
        StmtKind::Select { cases, .. } => {
            for c in cases {
                walk_opt(&c.comm, f);
                walk_stmts(&c.body, f);
            }
        }
        StmtKind::For { init, cond, post, body } => {
            walk_opt(init, f);
            if let Some(c) = cond {
                walk_expr(c, f);
            }
            walk_opt(post, f);
            walk_stmts(&body.stmts, f);
        }
        StmtKind::Range { key, value, x, body, .. } => {
            for e in [key, value].into_iter().flatten() {
                walk_expr(e, f);
            }
            walk_expr(x, f);
            walk_stmts(&body.stmts, f);
        }
    }
}

fn walk_opt<'a>(s: &'a Option<Box<Stmt>>, f: &mut dyn FnMut(Node<'a>) -> bool) {
    if let Some(s) = s {
        walk_stmt(s, f);
    }
}

/// `walk_stmt` over a list.
pub fn walk_stmts<'a>(ss: &'a [Stmt], f: &mut dyn FnMut(Node<'a>) -> bool) {
    for s in ss {
        walk_stmt(s, f);
    }
}

fn walk_exprs<'a>(es: &'a [Expr], f: &mut dyn FnMut(Node<'a>) -> bool) {
    for e in es {
        walk_expr(e, f);
    }
}

/// Calls `f` on `e` and, where it answers true, on what it contains.
pub fn walk_expr<'a>(e: &'a Expr, f: &mut dyn FnMut(Node<'a>) -> bool) {
    if !f(Node::Expr(e)) {
        return;
    }
    match &e.kind {
        ExprKind::CompositeLit { elems, .. } => walk_exprs(elems, f),
        ExprKind::KeyValue { key, value } => {
            walk_expr(key, f);
            walk_expr(value, f);
        }
        ExprKind::FuncLit { body, .. } => walk_stmts(&body.stmts, f),
        ExprKind::Paren(x) | ExprKind::Selector { x, .. } | ExprKind::Star(x) | ExprKind::Unary { x, .. } => {
            walk_expr(x, f)
        }
        ExprKind::TypeAssert { x, .. } => walk_expr(x, f),
        ExprKind::Index { x, indices } => {
            walk_expr(x, f);
            walk_exprs(indices, f);
        }
        ExprKind::Slice { x, lo, hi, max, .. } => {
            walk_expr(x, f);
            for i in [lo, hi, max].into_iter().flatten() {
                walk_expr(i, f);
            }
        }
        ExprKind::Call { fun, args, .. } => {
            walk_expr(fun, f);
            walk_exprs(args, f);
        }
        ExprKind::Binary { x, y, .. } => {
            walk_expr(x, f);
            walk_expr(y, f);
        }
        _ => {}
    }
}

/// Whether an expression of a `for` clause may take the address of a variable or capture it.
pub fn may_keep(info: &Info, cond: Option<&Expr>, post: Option<&Stmt>) -> bool {
    let mut found = false;
    let mut look = |n: Node| {
        if let Node::Expr(e) = n {
            found |= match &e.kind {
                ExprKind::FuncLit { .. } | ExprKind::Slice { .. } => true,
                ExprKind::Unary { op, .. } => *op == UnaryOp::Addr,
                ExprKind::Selector { .. } => {
                    info.selections.get(&e.id).is_some_and(|s| s.kind == SelectionKind::MethodVal)
                }
                _ => false,
            };
        }
        !found
    };
    cond.into_iter().for_each(|e| walk_expr(e, &mut look));
    post.into_iter().for_each(|s| walk_stmt(s, &mut look));
    found
}

/// What a source function, its literals included, does to its variables.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Written after their declaration, or addressed: closures share the variable instead of copying it.
    pub shared: FxHashSet<ObjId>,
    /// Addressed, or used inside function literals or range-over-func bodies that do not declare them.
    pub kept: FxHashSet<ObjId>,
    /// Some body contains a goto: declarations may be executed again.
    pub has_goto: bool,
    /// Ranges over functions in this source function.
    pub range_funcs: bool,
}

/// Answers questions about the declared (not substituted) types of expressions.
struct Scan<'a> {
    world: &'a mut World,
    info: &'a Info,
    facts: Facts,
    /// What each function literal around declares.
    lits: Vec<FxHashSet<ObjId>>,
    pkg: PkgId,
}

/// Whether loop variables are new in each iteration (Go 1.22) of a loop at a position of a package.
pub fn per_iteration(world: &World, pkg: PkgId, pos: Pos) -> bool {
    world.pkg(pkg).version_at(pos) >= (1, 22)
}

/// Collects the facts of a function body.
pub fn scan_body(world: &mut World, info: &Info, pkg: PkgId, body: &Block) -> Facts {
    let mut s = Scan { world, info, facts: Facts::default(), lits: Vec::new(), pkg };
    s.stmts(&body.stmts);
    s.facts
}

/// Collects the facts of an initialiser expression.
pub fn scan_init(world: &mut World, info: &Info, pkg: PkgId, e: &Expr) -> Facts {
    let mut s = Scan { world, info, facts: Facts::default(), lits: Vec::new(), pkg };
    s.expr(e);
    s.facts
}

/// Variables used in a body that `outer` knows, in order of first use.
pub fn free_vars(info: &Info, body: &[Stmt], extra: &[&Expr], outer: impl Fn(ObjId) -> bool) -> Vec<ObjId> {
    let mut seen = FxHashSet::default();
    let mut out = Vec::new();
    let mut visit = |n: Node| {
        if let Node::Expr(e) = n
            && let ExprKind::Name(_) = e.kind
            && let Some(&o) = info.uses.get(&e.id)
            && outer(o)
            && seen.insert(o)
        {
            out.push(o);
        }
        true
    };
    for e in extra {
        walk_expr(e, &mut visit);
    }
    walk_stmts(body, &mut visit);
    out
}

/// Whether evaluating the expression may run user code or block: calls, receives, function literals excepted.
pub fn has_call(e: &Expr) -> bool {
    let mut found = false;
    walk_expr(e, &mut |n| {
        if let Node::Expr(e) = n {
            match &e.kind {
                ExprKind::Call { .. } | ExprKind::Unary { op: UnaryOp::Recv, .. } => found = true,
                ExprKind::FuncLit { .. } => return false,
                _ => {}
            }
        }
        !found
    });
    found
}

/// Whether a body contains a statement, literals excepted, that `pred` accepts.
pub fn any_stmt(body: &[Stmt], mut pred: impl FnMut(&Stmt) -> bool) -> bool {
    let mut found = false;
    walk_stmts(body, &mut |n| {
        match n {
            Node::Stmt(s) => found = found || pred(s),
            Node::Expr(e) => {
                if let ExprKind::FuncLit { .. } = e.kind {
                    return false;
                }
            }
        }
        !found
    });
    found
}

impl Scan<'_> {
    fn stmts(&mut self, ss: &[Stmt]) {
        for s in ss {
            self.stmt(s);
        }
    }

    fn stmt(&mut self, s: &Stmt) {
        // The walk cannot borrow self, so the nodes are visited one level at a time through `visit`.
        match &s.kind {
            StmtKind::Assign { lhs, op, define, rhs } => {
                for e in lhs {
                    if *define && op.is_none() {
                        if let Some(&o) = self.info.uses.get(&e.unparen().id) {
                            self.facts.shared.insert(o);
                        }
                        self.declare(e.unparen().id);
                    } else {
                        self.written(e);
                    }
                    self.expr(e);
                }
                rhs.iter().for_each(|e| self.expr(e));
            }
            StmtKind::IncDec { x, .. } => {
                self.written(x);
                self.expr(x);
            }
            StmtKind::Decl(decls) => {
                for d in decls {
                    if let Decl::Var(v) = d {
                        v.names.iter().for_each(|n| self.declare(n.id));
                        v.values.iter().for_each(|e| self.expr(e));
                    }
                }
            }
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Branch { kind: BranchKind::Goto, .. } => self.facts.has_goto = true,
            StmtKind::Bad | StmtKind::Empty | StmtKind::Branch { .. } => {}
            StmtKind::Expr(e) | StmtKind::Go(e) | StmtKind::Defer(e) => self.expr(e),
            StmtKind::Send { chan, value } => {
                self.expr(chan);
                self.expr(value);
            }
            StmtKind::Return(es) => es.iter().for_each(|e| self.expr(e)),
            StmtKind::Block(b) => self.stmts(&b.stmts),
            StmtKind::If { init, cond, then, els } => {
                self.opt(init);
                self.expr(cond);
                self.stmts(&then.stmts);
                self.opt(els);
            }
            StmtKind::Switch { init, tag, cases, .. } => {
                self.opt(init);
                tag.iter().for_each(|e| self.expr(e));
                for c in cases {
                    c.exprs.iter().flatten().for_each(|e| self.expr(e));
                    self.stmts(&c.body);
                }
            }
            StmtKind::TypeSwitch { init, x, cases, .. } => {
                self.opt(init);
                self.expr(x);
                for c in cases {
                    if let Some(&o) = self.info.implicits.get(&c.id) {
                        self.declared(o);
                    }
                    self.stmts(&c.body);
                }
            }
            StmtKind::Select { cases, .. } => {
                for c in cases {
                    self.opt(&c.comm);
                    self.stmts(&c.body);
                }
            }
            StmtKind::For { init, cond, post, body } => {
                self.opt(init);
                cond.iter().for_each(|e| self.expr(e));
                self.stmts(&body.stmts);
                let before = self.facts.shared.clone();
                self.opt(post);
                // The post statement writes the next iteration's variables: who captured this one's sees no change.
                if per_iteration(self.world, self.pkg, s.pos)
                    && let Some(StmtKind::Assign { lhs, define: true, .. }) = init.as_ref().map(|s| &s.kind)
                    && !may_keep(self.info, None, post.as_deref())
                {
                    for o in lhs.iter().filter_map(|e| self.info.defs.get(&e.unparen().id)) {
                        if !before.contains(o) {
                            self.facts.shared.remove(o);
                        }
                    }
                }
            }
            StmtKind::Range { key, value, define, x, body } => {
                self.expr(x);
                let over_func = match self.info.of(x.id).and_then(|t| t.ty) {
                    Some(t) => {
                        let u = self.world.under(t);
                        let u = if self.world.is_type_param(u) || self.world.is_type_param(t) {
                            self.world.core_type(t).unwrap_or(u)
                        } else {
                            u
                        };
                        matches!(self.world.ty(u), Type::Signature(_))
                    }
                    None => false,
                };
                if over_func {
                    self.facts.range_funcs = true;
                    self.lits.push(FxHashSet::default());
                }
                for e in [key, value].into_iter().flatten() {
                    if *define {
                        self.declare(e.unparen().id);
                    } else {
                        self.written(e);
                        self.expr(e);
                    }
                }
                self.stmts(&body.stmts);
                if over_func {
                    self.lits.pop();
                }
            }
        }
    }

    fn opt(&mut self, s: &Option<Box<Stmt>>) {
        if let Some(s) = s {
            self.stmt(s);
        }
    }

    fn declare(&mut self, id: NodeId) {
        if let Some(&o) = self.info.defs.get(&id) {
            self.declared(o);
        }
    }

    fn declared(&mut self, o: ObjId) {
        if let Some(set) = self.lits.last_mut() {
            set.insert(o);
        }
    }

    fn lit(&mut self, ty: &FuncType, body: &Block) {
        self.lits.push(FxHashSet::default());
        for n in ty.params.iter().chain(&ty.results).filter_map(|p| p.name.as_ref()) {
            self.declare(n.id);
        }
        for r in &ty.results {
            if let Some(n) = &r.name
                && let Some(&o) = self.info.defs.get(&n.id)
            {
                self.facts.shared.insert(o);
            }
        }
        self.stmts(&body.stmts);
        self.lits.pop();
    }

    /// The variable whose memory the expression is part of.
    fn base(&mut self, e: &Expr) -> Option<ObjId> {
        let e = e.unparen();
        match &e.kind {
            ExprKind::Name(_) => self.info.uses.get(&e.id).copied(),
            ExprKind::Selector { x, .. } => {
                let sel = self.info.selections.get(&e.id)?;
                let ptr = sel.indirect
                    || match self.info.of(x.id).and_then(|t| t.ty) {
                        Some(t) => {
                            let u = self.world.under(t);
                            matches!(self.world.ty(u), Type::Pointer(_))
                        }
                        None => false,
                    };
                if ptr { None } else { self.base(x) }
            }
            ExprKind::Index { x, .. } => {
                let t = self.info.of(x.id).and_then(|t| t.ty)?;
                let u = self.world.under(t);
                match self.world.ty(u) {
                    Type::Slice(_) | Type::Pointer(_) | Type::Map { .. } => None,
                    _ => self.base(x),
                }
            }
            _ => None,
        }
    }

    fn written(&mut self, e: &Expr) {
        if let Some(o) = self.base(e) {
            self.facts.shared.insert(o);
        }
    }

    fn addressed(&mut self, e: &Expr) {
        if let Some(o) = self.base(e) {
            self.facts.shared.insert(o);
            self.facts.kept.insert(o);
        }
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Name(_) => {
                if let Some(&o) = self.info.uses.get(&e.id)
                    && self.lits.last().is_some_and(|set| !set.contains(&o))
                {
                    self.facts.kept.insert(o);
                }
            }
            ExprKind::FuncLit { ty, body } => self.lit(ty, body),
            ExprKind::Unary { op, x } => {
                if *op == UnaryOp::Addr {
                    self.addressed(x);
                }
                self.expr(x);
            }
            ExprKind::Slice { x, lo, hi, max, .. } => {
                // Slicing an array addresses it; of other operands nothing is assumed either.
                let is_slice = match self.info.of(x.id).and_then(|t| t.ty) {
                    Some(t) => {
                        let u = self.world.under(t);
                        matches!(self.world.ty(u), Type::Slice(_) | Type::Pointer(_) | Type::Basic(_))
                    }
                    None => false,
                };
                if !is_slice {
                    self.addressed(x);
                }
                self.expr(x);
                [lo, hi, max].into_iter().flatten().for_each(|e| self.expr(e));
            }
            ExprKind::Selector { x, .. } => {
                if let Some(sel) = self.info.selections.get(&e.id)
                    && sel.kind == SelectionKind::MethodVal
                {
                    let ptr = match &self.world.obj(sel.obj).kind {
                        ObjKind::Func { ptr_recv, .. } => *ptr_recv,
                        _ => false,
                    };
                    // Of a type parameter's method nothing is known.
                    let recv = sel.recv;
                    if ptr || self.world.is_type_param(recv) {
                        self.addressed(x);
                    }
                }
                self.expr(x);
            }
            ExprKind::CompositeLit { elems, .. } => elems.iter().for_each(|e| self.expr(e)),
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.expr(value);
            }
            ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::TypeAssert { x, .. } => self.expr(x),
            ExprKind::Index { x, indices } => {
                self.expr(x);
                indices.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Call { fun, args, .. } => {
                self.expr(fun);
                args.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Binary { x, y, .. } => {
                self.expr(x);
                self.expr(y);
            }
            _ => {}
        }
    }
}
