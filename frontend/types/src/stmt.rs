//! Function bodies and statements.
//!
//! In: statement syntax. Out: facts in `Info`; errors. Requires: branches and labels have been checked by the
//! parser. Guarantees: each function literal's body is checked before the statement after it.

use escargo_syntax::ast::{Block, CaseClause, CommClause, Expr, ExprKind, Ident, Stmt, StmtKind, UnaryOp};
use escargo_syntax::{Pos, Symbol};
use rustc_hash::FxHashMap;

use crate::checker::{Checker, DeclId};
use crate::constant::Const;
use crate::exprstring::{binary_text, expr_string};
use crate::info::Mode;
use crate::operand::Operand;
use crate::universe::ExprUse;
use crate::world::*;

const MAX_DEPTH: u32 = 5000;

/// A constant case value, as far as duplicates are looked for.
#[derive(PartialEq, Eq, Hash)]
enum CaseKey {
    Int(i128),
    Float(u64),
    Str(std::rc::Rc<[u8]>),
}

fn case_key(v: &Const) -> Option<CaseKey> {
    match v {
        Const::Int(_) => match v.as_i64() {
            Some(i) => Some(CaseKey::Int(i as i128)),
            None => v.as_u64().map(|u| CaseKey::Int(u as i128)),
        },
        Const::Float(_) => Some(CaseKey::Float(v.as_f64().to_bits())),
        Const::Str(s) => Some(CaseKey::Str(s.clone())),
        _ => None,
    }
}

impl<'a> Checker<'a> {
    /// Checks the body of a function of signature `sig` whose parameters are in `scope`.
    pub fn func_body(
        &mut self,
        decl: Option<DeclId>,
        sig: TypeId,
        scope: ScopeId,
        body: &'a Block,
        iota: Option<Const>,
    ) {
        let mut env = self.fresh_env(scope, self.env.version);
        env.decl = decl;
        env.iota = iota;
        env.sig = Some(sig);
        let saved = std::mem::replace(&mut self.env, env);
        let depth = std::mem::take(&mut self.depth);
        let first_scope = self.world.scopes.len();
        self.stmt_list(&body.stmts);
        let has_results = matches!(self.world.ty(sig), Type::Signature(s) if !s.results.is_empty());
        if has_results && !self.is_terminating_list(&body.stmts) {
            self.error(body.rbrace, "missing return");
        }
        self.usage(scope, first_scope);
        self.depth = depth;
        self.env = saved;
    }

    /// Reports the unused variables of a function's scope and of those created since `first`.
    fn usage(&mut self, func: ScopeId, first: usize) {
        let mut unused: Vec<ObjId> = Vec::new();
        let scopes = std::iter::once(func.index()).chain(first..self.world.scopes.len());
        for s in scopes {
            for &(_, o) in &self.world.scopes[s].names {
                if let ObjKind::Var(v) = &self.world.obj(o).kind
                    && !(v.used || v.param || v.result || v.field || v.global)
                {
                    unused.push(o);
                }
            }
        }
        for o in unused {
            let (pos, name) = (self.world.obj(o).pos, self.world.obj(o).name);
            self.soft_error(pos, format!("declared and not used: {name}"));
            self.use_var(o);
        }
    }

    pub fn stmt_list(&mut self, list: &'a [Stmt]) {
        for s in list {
            self.stmt(s);
        }
    }

    /// Checks a block in a scope of its own.
    fn block(&mut self, b: &'a Block) {
        let outer = self.env.scope;
        self.env.scope = self.world.new_scope(Some(outer), b.pos, b.rbrace);
        self.stmt_list(&b.stmts);
        self.env.scope = outer;
    }

    pub fn stmt(&mut self, s: &'a Stmt) {
        if self.depth >= MAX_DEPTH {
            if !self.too_deep {
                self.too_deep = true;
                self.error(s.pos, "statement nested too deeply");
            }
            return;
        }
        self.depth += 1;
        let top = self.delayed.len();
        self.stmt0(s);
        if self.delayed.len() > top {
            self.process_delayed(top);
        }
        self.depth -= 1;
    }

    fn stmt0(&mut self, s: &'a Stmt) {
        match &s.kind {
            StmtKind::Bad | StmtKind::Empty | StmtKind::Branch { .. } => {}
            StmtKind::Decl(list) => self.decl_stmt(list),
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Expr(e) => self.expr_stmt(e),
            StmtKind::Send { chan, value } => {
                let (mut ch, mut val) = (Operand::new(), Operand::new());
                self.expr(&mut ch, chan);
                self.generic_expr(&mut val, value, None);
                if ch.is_invalid() || val.is_invalid() {
                    return;
                }
                if let Some(elem) = self.chan_elem(&ch, false) {
                    self.assignment(&mut val, Some(elem), "send");
                }
            }
            StmtKind::IncDec { x: e, inc } => {
                let mut x = Operand::new();
                self.expr(&mut x, e);
                if x.is_invalid() {
                    return;
                }
                if !self.world.all_numeric(x.ty) {
                    let op = if *inc { "++" } else { "--" };
                    let ts = self.world.type_string(x.ty);
                    self.error(
                        e,
                        format!("invalid operation: {}{op} (non-numeric type {ts})", expr_string(e)),
                    );
                    return;
                }
                self.assign_operand(e, &mut x, "assignment");
            }
            StmtKind::Assign { lhs, op, define, rhs } => self.assign_stmt(s, lhs, *op, *define, rhs),
            StmtKind::Go(e) => self.suspended_call("go", e),
            StmtKind::Defer(e) => self.suspended_call("defer", e),
            StmtKind::Return(results) => self.return_stmt(s, results),
            StmtKind::Block(b) => {
                self.open_scope(s.id, b.pos, b.rbrace);
                self.stmt_list(&b.stmts);
                self.close_scope();
            }
            StmtKind::If { init, cond, then, els } => {
                self.open_scope(s.id, s.pos, Pos::NONE);
                if let Some(init) = init {
                    self.stmt(init);
                }
                self.condition(cond, "non-boolean condition in if statement");
                self.block(then);
                if let Some(els) = els {
                    self.stmt(els);
                }
                self.close_scope();
            }
            StmtKind::Switch { init, tag, cases, rbrace } => {
                self.open_scope(s.id, s.pos, *rbrace);
                if let Some(init) = init {
                    self.stmt(init);
                }
                self.switch_stmt(tag.as_ref(), cases, *rbrace);
                self.close_scope();
            }
            StmtKind::TypeSwitch { init, bind, x, cases, rbrace } => {
                self.open_scope(s.id, s.pos, *rbrace);
                if let Some(init) = init {
                    self.stmt(init);
                }
                self.type_switch_stmt(*bind, x, cases);
                self.close_scope();
            }
            StmtKind::Select { cases, .. } => self.select_stmt(cases),
            StmtKind::For { init, cond, post, body } => {
                self.open_scope(s.id, s.pos, body.rbrace);
                if let Some(init) = init {
                    self.stmt(init);
                }
                if let Some(cond) = cond {
                    self.condition(cond, "non-boolean condition in for statement");
                }
                if let Some(post) = post {
                    self.stmt(post);
                }
                self.block(body);
                self.close_scope();
            }
            StmtKind::Range { key, value, define, x, body } => {
                self.range_stmt(s, key.as_deref(), value.as_deref(), *define, x);
                self.block(body);
                self.close_scope();
            }
        }
    }

    fn condition(&mut self, cond: &'a Expr, message: &str) {
        let mut x = Operand::new();
        self.expr(&mut x, cond);
        if x.is_valid() && !self.world.all_boolean(x.ty) {
            self.error(cond, message);
        }
    }

    fn expr_stmt(&mut self, e: &'a Expr) {
        let mut x = Operand::new();
        let kind = self.raw_expr(None, &mut x, e, None, false);
        let message = match x.mode {
            Mode::None => return,
            Mode::Builtin(_) => "must be called",
            Mode::Type => "is not an expression",
            _ if kind == ExprUse::Statement => return,
            _ => "is not used",
        };
        let text = self.operand_string(&x);
        self.error(&x, format!("{text} {message}"));
    }

    fn assign_stmt(
        &mut self,
        s: &'a Stmt,
        lhs: &'a [Expr],
        op: Option<escargo_syntax::ast::BinaryOp>,
        define: bool,
        rhs: &'a [Expr],
    ) {
        let Some(op) = op else {
            if define {
                self.short_var_decl(s.pos, lhs, rhs);
            } else {
                self.assign_vars(lhs, rhs);
            }
            return;
        };
        let ([l], [r]) = (lhs, rhs) else {
            let text = binary_text(op);
            self.error(s.pos, format!("assignment operation {text}= requires single-valued expressions"));
            return;
        };
        let mut x = Operand::new();
        self.binary(&mut x, None, l, r, op);
        self.assign_operand(l, &mut x, "assignment");
    }

    fn suspended_call(&mut self, keyword: &str, call: &'a Expr) {
        if !matches!(call.kind, ExprKind::Call { .. }) {
            self.error(call, format!("expression in {keyword} must be function call"));
            self.use_exprs(std::slice::from_ref(call));
            return;
        }
        let mut x = Operand::new();
        let message = match self.raw_expr(None, &mut x, call, None, false) {
            ExprUse::Statement => return,
            ExprUse::Conversion => "requires function call, not conversion",
            ExprUse::Expression => "discards result of",
        };
        if x.is_invalid() {
            return;
        }
        let text = self.operand_string(&x);
        self.error(&x, format!("{keyword} {message} {text}"));
    }

    fn return_stmt(&mut self, s: &'a Stmt, results: &'a [Expr]) {
        let vars = match self.env.sig.map(|t| self.world.ty(t)) {
            Some(Type::Signature(sig)) => sig.results.clone(),
            _ => Vec::new(),
        };
        let named = vars.first().is_some_and(|&v| !self.world.obj(v).name.as_str().is_empty());
        if !results.is_empty() || !named {
            self.init_vars(&vars, true, results, Some(s.pos));
            return;
        }
        for v in vars {
            let name = self.world.obj(v).name;
            if let Some(alt) = self.lookup(name)
                && alt != v
            {
                let more = [(
                    self.world.obj(alt).pos,
                    format!("inner declaration of {}", self.world.object_string(alt)),
                )];
                self.error_with(
                    s.pos,
                    format!("result parameter {name} not in scope at return"),
                    &more,
                    false,
                );
            }
        }
    }

    fn multiple_defaults(&mut self, defaults: impl Iterator<Item = Pos>) {
        let mut first = None;
        for pos in defaults {
            match first {
                None => first = Some(pos),
                Some(f) => {
                    let at = self.sources.locate(f).map_or(String::new(), |l| l.to_string());
                    self.error(pos, format!("multiple defaults (first at {at})"));
                }
            }
        }
    }

    fn open_clause(&mut self, id: escargo_syntax::ast::NodeId, pos: Pos) {
        self.open_scope(id, pos, Pos::NONE);
    }

    fn switch_stmt(&mut self, tag: Option<&'a Expr>, cases: &'a [CaseClause], rbrace: Pos) {
        let mut x = Operand::new();
        match tag {
            Some(tag) => {
                self.expr(&mut x, tag);
                self.assignment(&mut x, None, "switch expression");
                if x.is_valid() && !self.world.comparable(x.ty) && !self.world.has_nil(x.ty) {
                    let (xs, ts) = (self.operand_string(&x), self.world.type_string(x.ty));
                    self.error(&x, format!("cannot switch on {xs} ({ts} is not comparable)"));
                    x.invalidate();
                }
            }
            None => {
                x.mode = Mode::Const;
                x.ty = World::basic(Basic::Bool);
                x.val = Const::Bool(true);
                x.label = Some((cases.first().map_or(rbrace, |c| c.pos), Symbol::new("true")));
            }
        }
        self.multiple_defaults(cases.iter().filter(|c| c.exprs.is_none()).map(|c| c.pos));
        let mut seen: FxHashMap<CaseKey, Vec<(Pos, TypeId)>> = FxHashMap::default();
        for c in cases {
            for e in c.exprs.iter().flatten() {
                self.case_value(&x, e, &mut seen);
            }
            self.open_clause(c.id, c.pos);
            self.stmt_list(&c.body);
            self.close_scope();
        }
    }

    fn case_value(
        &mut self,
        x: &Operand<'a>,
        e: &'a Expr,
        seen: &mut FxHashMap<CaseKey, Vec<(Pos, TypeId)>>,
    ) {
        let mut v = Operand::new();
        self.expr(&mut v, e);
        if x.is_invalid() || v.is_invalid() {
            return;
        }
        let mut y = x.clone();
        self.convert_untyped(&mut v, x.ty);
        if v.is_invalid() {
            return;
        }
        let mut res = v.clone();
        self.comparison(&mut res, &mut y, escargo_syntax::ast::BinaryOp::Eql, true);
        if res.is_invalid() || v.mode != Mode::Const {
            return;
        }
        let Some(key) = case_key(&v.val) else { return };
        let list = seen.entry(key).or_default();
        for &(pos, ty) in list.iter() {
            if self.world.identical(v.ty, ty) {
                let vs = self.operand_string(&v);
                let more = [(pos, "previous case".to_string())];
                self.error_with(&v, format!("duplicate case {vs} in expression switch"), &more, false);
                return;
            }
        }
        list.push((e.pos, v.ty));
    }

    fn is_nil_expr(&self, e: &Expr) -> bool {
        match e.unparen().kind {
            ExprKind::Name(name) => {
                self.lookup(name).is_some_and(|o| matches!(self.world.obj(o).kind, ObjKind::Nil))
            }
            _ => false,
        }
    }

    /// Checks the types of a clause; returns the type that its variable has.
    fn case_types(
        &mut self,
        x: Option<&Operand<'a>>,
        types: &'a [Expr],
        seen: &mut Vec<(Option<TypeId>, Pos)>,
    ) -> TypeId {
        let mut single = None;
        'next: for e in types {
            let t = if self.is_nil_expr(e) {
                let mut dummy = Operand::new();
                self.expr(&mut dummy, e);
                None
            } else {
                let t = self.var_type(e);
                single = Some(t);
                if !self.world.is_valid(t) {
                    continue;
                }
                Some(t)
            };
            if t.is_none() {
                single = None;
            }
            for &(other, pos) in seen.iter() {
                let same = match (t, other) {
                    (None, None) => true,
                    (Some(t), Some(o)) => self.world.identical(t, o),
                    _ => false,
                };
                if same {
                    let ts = t.map_or("nil".to_string(), |t| self.world.type_string(t));
                    let more = [(pos, "previous case".to_string())];
                    self.error_with(e, format!("duplicate case {ts} in type switch"), &more, false);
                    continue 'next;
                }
            }
            seen.push((t, e.start()));
            if let (Some(x), Some(t)) = (x, t) {
                self.type_assertion(e, x, t, true);
            }
        }
        match single {
            Some(t) if types.len() == 1 => t,
            _ => x.map_or(World::INVALID, |x| x.ty),
        }
    }

    fn type_switch_stmt(&mut self, bind: Option<Ident>, e: &'a Expr, cases: &'a [CaseClause]) {
        let mut lhs = bind;
        if let Some(l) = lhs
            && l.name.is_blank()
        {
            self.soft_error(l, "no new variable on left side of :=");
            lhs = None;
        }
        let mut x = Operand::new();
        self.expr(&mut x, e);
        let mut sx = None;
        if x.is_valid() {
            if self.world.is_type_param(x.ty) {
                let xs = self.operand_string(&x);
                self.error(&x, format!("cannot use type switch on type parameter value {xs}"));
            } else if self.world.is_interface(x.ty) {
                sx = Some(&x);
            } else {
                let xs = self.operand_string(&x);
                self.error(&x, format!("{xs} is not an interface"));
            }
        }
        self.multiple_defaults(cases.iter().filter(|c| c.exprs.is_none()).map(|c| c.pos));
        let mut vars = Vec::new();
        let mut seen = Vec::new();
        for c in cases {
            let types: &'a [Expr] = c.exprs.as_deref().unwrap_or(&[]);
            let t = self.case_types(sx, types, &mut seen);
            self.open_clause(c.id, c.pos);
            if let Some(l) = lhs {
                let v = self.new_var(l.pos, l.name, t, VarInfo::default());
                let scope = self.env.scope;
                self.declare(scope, None, v, c.colon);
                self.record_implicit(c.id, v);
                vars.push(v);
            }
            self.stmt_list(&c.body);
            self.close_scope();
        }
        if let Some(l) = lhs {
            let used = vars.iter().any(|&v| matches!(&self.world.obj(v).kind, ObjKind::Var(i) if i.used));
            for v in vars {
                self.use_var(v);
            }
            if !used {
                self.soft_error(l, format!("{} declared and not used", l.name));
            }
        }
    }

    fn select_stmt(&mut self, cases: &'a [CommClause]) {
        self.multiple_defaults(cases.iter().filter(|c| c.comm.is_none()).map(|c| c.pos));
        for c in cases {
            let receive = |e: &Expr| matches!(e.unparen().kind, ExprKind::Unary { op: UnaryOp::Recv, .. });
            let valid = match c.comm.as_ref().map(|s| &s.kind) {
                None | Some(StmtKind::Send { .. } | StmtKind::Bad) => true,
                Some(StmtKind::Expr(e)) => receive(e),
                Some(StmtKind::Assign { op: None, rhs, .. }) => rhs.len() == 1 && receive(&rhs[0]),
                _ => false,
            };
            if !valid {
                let pos = c.comm.as_ref().map_or(c.pos, |s| s.pos);
                self.error(pos, "select case must be send or receive (possibly with assignment)");
                continue;
            }
            self.open_clause(c.id, c.pos);
            if let Some(comm) = &c.comm {
                self.stmt(comm);
            }
            self.stmt_list(&c.body);
            self.close_scope();
        }
    }
}
