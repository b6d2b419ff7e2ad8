//! Statements.

use super::Parser;
use crate::ast::*;
use crate::print;
use crate::scanner::Semi as SemiKind;
use crate::source::Pos;
use crate::token::{Op, Token, Token::*};

/// A simple statement, or what only the header of a statement may hold.
enum Simple {
    Stmt(Stmt),
    /// `bind := x.(type)` in the header of a switch, at the `.`.
    Guard {
        pos: Pos,
        bind: Ident,
        x: Box<Expr>,
    },
    /// `lhs = range x` in the header of a for, `:=` with `define`.
    Range {
        lhs: Vec<Expr>,
        define: bool,
        x: Expr,
    },
}

/// What stands between a keyword and its block.
#[derive(Default)]
struct Header {
    init: Option<Simple>,
    cond: Option<Cond>,
    post: Option<Box<Stmt>>,
}

enum Cond {
    Expr(Expr),
    /// `bind := x.(type)`
    Guard {
        bind: Ident,
        x: Box<Expr>,
    },
}

impl Parser<'_> {
    fn stmt_at(&mut self, pos: Pos, kind: StmtKind) -> Stmt {
        Stmt { id: self.id(), pos, kind }
    }

    fn expr_stmt(&mut self, x: Expr) -> Simple {
        Simple::Stmt(self.stmt_at(x.pos, StmtKind::Expr(x)))
    }

    /// `keyword` is the statement whose header this is in; `lhs` has been parsed already if it is given.
    fn simple_stmt(&mut self, lhs: Option<Vec<Expr>>, keyword: Option<Token>) -> Simple {
        if keyword == Some(For) && self.tok() == Range {
            return self.range_clause(Vec::new(), false);
        }
        let mut lhs = match lhs {
            Some(lhs) => lhs,
            None => self.expr_list(),
        };
        let pos = self.pos();
        match self.tok() {
            Assign | Define => {
                let define = self.tok() == Define;
                self.next();
                if keyword == Some(For) && self.tok() == Range {
                    return self.range_clause(lhs, define);
                }
                let mut rhs = self.expr_list();
                if keyword == Some(Switch)
                    && define
                    && let ([l], [r]) = (&lhs[..], &mut rhs[..])
                    && let (ExprKind::Name(name), ExprKind::TypeAssert { x, ty: None }) =
                        (&l.kind, &mut r.kind)
                {
                    let bind = Ident { id: l.id, pos: l.pos, name: *name };
                    let bad = Box::new(Expr { id: x.id, pos: x.pos, kind: ExprKind::Bad });
                    return Simple::Guard { pos: r.pos, bind, x: std::mem::replace(x, bad) };
                }
                Simple::Stmt(self.stmt_at(pos, StmtKind::Assign { lhs, op: None, define, rhs }))
            }
            _ if lhs.len() > 1 => {
                self.syntax_error("expected := or = or comma");
                self.advance(&[Semi, Rbrace]);
                lhs.truncate(1);
                let x = lhs.pop().expect("expression lists are not empty");
                self.expr_stmt(x)
            }
            AssignOp => {
                let op = self.sc.op.binary();
                self.next();
                let rhs = vec![self.expr()];
                Simple::Stmt(self.stmt_at(pos, StmtKind::Assign { lhs, op, define: false, rhs }))
            }
            tok => {
                let x = lhs.pop().expect("expression lists are not empty");
                match tok {
                    IncOp => {
                        let inc = self.sc.op == Op::Add;
                        self.next();
                        Simple::Stmt(self.stmt_at(pos, StmtKind::IncDec { x, inc }))
                    }
                    Arrow => {
                        self.next();
                        let value = self.expr();
                        Simple::Stmt(self.stmt_at(pos, StmtKind::Send { chan: x, value }))
                    }
                    _ => self.expr_stmt(x),
                }
            }
        }
    }

    fn range_clause(&mut self, lhs: Vec<Expr>, define: bool) -> Simple {
        self.next();
        let x = self.expr();
        Simple::Range { lhs, define, x }
    }

    /// A statement where the grammar has no place for a guard or a range clause.
    fn plain(&mut self, simple: Simple) -> Stmt {
        match simple {
            Simple::Stmt(s) => s,
            Simple::Guard { pos, bind, x } => {
                // The checker reports the `.(type)`.
                let lhs = vec![super::types::name_to_expr(bind)];
                let rhs = vec![self.expr_at(pos, ExprKind::TypeAssert { x, ty: None })];
                self.stmt_at(pos, StmtKind::Assign { lhs, op: None, define: true, rhs })
            }
            Simple::Range { x, .. } => {
                unreachable!("{:?}: range clauses are parsed in the header of a for only", x.pos)
            }
        }
    }

    fn simple_plain(&mut self) -> Stmt {
        let s = self.simple_stmt(None, None);
        self.plain(s)
    }

    #[inline(never)]
    fn labeled_stmt(&mut self, label: Ident) -> Option<Stmt> {
        let pos = self.pos();
        self.want(Colon);
        if self.tok() == Rbrace {
            let empty = Box::new(self.stmt_at(self.pos(), StmtKind::Empty));
            return Some(self.stmt_at(pos, StmtKind::Labeled { label, stmt: empty }));
        }
        if let Some(stmt) = self.stmt_or_none() {
            return Some(self.stmt_at(pos, StmtKind::Labeled { label, stmt: Box::new(stmt) }));
        }
        self.syntax_error_at(pos, "missing statement after label");
        None
    }

    /// A block. Without a context, the current token is its `{`.
    pub(super) fn block(&mut self, context: Option<&str>) -> Block {
        let pos = self.pos();
        if !self.got(Lbrace) {
            self.syntax_error(&format!("expected {{ after {}", context.unwrap_or("declaration")));
            self.advance(&[Name, Rbrace]);
            let rbrace = self.pos();
            if self.got(Rbrace) {
                return Block { pos, stmts: Vec::new(), rbrace };
            }
        }
        let stmts = self.stmt_list();
        let rbrace = self.pos();
        self.want(Rbrace);
        Block { pos, stmts, rbrace }
    }

    /// What follows `keyword` up to the block; the block follows unless there was an error.
    #[inline(never)]
    fn header(&mut self, keyword: Token) -> Header {
        let mut h = Header::default();
        self.want(keyword);
        if self.tok() == Lbrace {
            if keyword == If {
                self.syntax_error("missing condition in if statement");
                h.cond = Some(Cond::Expr(self.bad_expr()));
            }
            return h;
        }
        let outer = std::mem::replace(&mut self.xnest, -1);
        if self.tok() != Semi {
            if self.got(Var) {
                let keyword = keyword.as_str();
                self.syntax_error(&format!("var declaration not allowed in {keyword} initializer"));
            }
            let init = self.simple_stmt(None, Some(keyword));
            let is_range = matches!(init, Simple::Range { .. });
            h.init = Some(init);
            if is_range {
                self.xnest = outer;
                return h;
            }
        }

        let mut cond = None;
        let mut semi: Option<(Pos, SemiKind)> = None;
        if self.tok() == Lbrace {
            cond = h.init.take();
        } else {
            if self.tok() == Semi {
                semi = Some((self.pos(), self.sc.semi));
                self.next();
            } else {
                // Asking for a { reads better than asking for a semicolon.
                self.want(Lbrace);
                if self.tok() != Lbrace {
                    self.advance(&[Lbrace, Rbrace]);
                }
            }
            if keyword == For {
                if self.tok() == Lbrace {
                    self.syntax_error("expected for loop condition");
                } else {
                    if self.tok() != Semi {
                        cond = Some(self.simple_stmt(None, None));
                    }
                    self.want(Semi);
                    if self.tok() != Lbrace {
                        let post = self.simple_plain();
                        if matches!(post.kind, StmtKind::Assign { define: true, .. }) {
                            self.syntax_error_at(post.pos, "cannot declare in post statement of for loop");
                        }
                        h.post = Some(Box::new(post));
                    }
                }
            } else if self.tok() != Lbrace {
                cond = Some(self.simple_stmt(None, Some(keyword)));
            }
        }

        h.cond = self.condition(cond, keyword, semi);
        self.xnest = outer;
        h
    }

    /// The condition that the last simple statement of a header is.
    fn condition(
        &mut self,
        cond: Option<Simple>,
        keyword: Token,
        semi: Option<(Pos, SemiKind)>,
    ) -> Option<Cond> {
        match cond {
            None => {
                let (pos, kind) = semi.filter(|_| keyword == If)?;
                if kind == SemiKind::Semicolon {
                    self.syntax_error_at(pos, "missing condition in if statement");
                } else {
                    let found = kind.as_str();
                    self.syntax_error_at(pos, &format!("unexpected {found}, expected {{ after if clause"));
                }
                Some(Cond::Expr(self.expr_at(pos, ExprKind::Bad)))
            }
            Some(Simple::Guard { bind, x, .. }) => Some(Cond::Guard { bind, x }),
            Some(simple) => {
                let mut s = self.plain(simple);
                if let StmtKind::Expr(x) = &mut s.kind {
                    let bad = Expr { id: x.id, pos: x.pos, kind: ExprKind::Bad };
                    return Some(Cond::Expr(std::mem::replace(x, bad)));
                }
                // Most often = was written for ==, so point out the =.
                let what = match &s.kind {
                    StmtKind::Assign { lhs, op: None, define: false, rhs } => {
                        format!("assignment {} = {}", print::emphasized(lhs), print::emphasized(rhs))
                    }
                    _ => print::stmt_string(&s),
                };
                self.syntax_error_at(s.pos, &format!("cannot use {what} as value"));
                None
            }
        }
    }

    #[inline(never)]
    fn for_stmt(&mut self) -> Stmt {
        let pos = self.pos();
        let h = self.header(For);
        let body = self.block(Some("for clause"));
        let kind = match h.init {
            Some(Simple::Range { lhs, define, x }) => {
                let mut lhs = lhs.into_iter();
                let (key, value) = (lhs.next().map(Box::new), lhs.next().map(Box::new));
                if let Some(extra) = lhs.next() {
                    self.error_at(extra.start(), "range clause permits at most two iteration variables");
                }
                StmtKind::Range { key, value, define, x, body }
            }
            init => {
                let init = init.map(|s| Box::new(self.plain(s)));
                let cond = match h.cond {
                    Some(Cond::Expr(x)) => Some(x),
                    _ => None,
                };
                StmtKind::For { init, cond, post: h.post, body }
            }
        };
        self.stmt_at(pos, kind)
    }

    /// An if statement with all its `else if`s.
    #[inline(never)]
    fn if_stmt(&mut self) -> Stmt {
        // A chain can be long, so it is collected and put together from its end.
        let mut chain: Vec<(Pos, Option<Box<Stmt>>, Expr, Block)> = Vec::new();
        let mut last = None;
        loop {
            let pos = self.pos();
            let h = self.header(If);
            let init = h.init.map(|s| Box::new(self.plain(s)));
            let cond = match h.cond {
                Some(Cond::Expr(x)) => x,
                _ => self.bad_expr(),
            };
            let then = self.block(Some("if clause"));
            chain.push((pos, init, cond, then));
            self.link();
            if !self.got(Else) {
                break;
            }
            match self.tok() {
                If => continue,
                Lbrace => {
                    let pos = self.pos();
                    let block = self.block(None);
                    last = Some(Box::new(self.stmt_at(pos, StmtKind::Block(block))));
                }
                _ => {
                    self.syntax_error("else must be followed by if or statement block");
                    self.advance(&[Name, Rbrace]);
                }
            }
            break;
        }
        let mut els = last;
        while let Some((pos, init, cond, then)) = chain.pop() {
            let s = self.stmt_at(pos, StmtKind::If { init, cond, then, els });
            if chain.is_empty() {
                return s;
            }
            els = Some(Box::new(s));
        }
        unreachable!("an if statement has at least one clause")
    }

    #[inline(never)]
    fn switch_stmt(&mut self) -> Stmt {
        let pos = self.pos();
        let h = self.header(Switch);
        let init = h.init.map(|s| Box::new(self.plain(s)));
        if !self.got(Lbrace) {
            self.syntax_error("missing { after switch clause");
            self.advance(&[Case, Default, Rbrace]);
        }
        let mut cases = Vec::new();
        while self.tok() != Eof && self.tok() != Rbrace {
            cases.push(self.case_clause());
        }
        let rbrace = self.pos();
        self.want(Rbrace);
        let kind = match h.cond {
            Some(Cond::Guard { bind, x }) => {
                StmtKind::TypeSwitch { init, bind: Some(bind), x: *x, cases, rbrace }
            }
            Some(Cond::Expr(mut tag)) => match std::mem::replace(&mut tag.kind, ExprKind::Bad) {
                ExprKind::TypeAssert { x, ty: None } => {
                    StmtKind::TypeSwitch { init, bind: None, x: *x, cases, rbrace }
                }
                kind => {
                    tag.kind = kind;
                    StmtKind::Switch { init, tag: Some(tag), cases, rbrace }
                }
            },
            None => StmtKind::Switch { init, tag: None, cases, rbrace },
        };
        self.stmt_at(pos, kind)
    }

    fn case_clause(&mut self) -> CaseClause {
        let pos = self.pos();
        let id = self.id();
        let mut exprs = None;
        if self.got(Case) {
            exprs = Some(self.expr_list());
        } else if !self.got(Default) {
            self.no_clause();
        }
        let (colon, body) = self.clause_body();
        CaseClause { id, pos, exprs, body, colon }
    }

    fn no_clause(&mut self) {
        self.syntax_error("expected case or default or }");
        self.advance(&[Colon, Case, Default, Rbrace]);
    }

    fn clause_body(&mut self) -> (Pos, Vec<Stmt>) {
        let colon = self.pos();
        self.want(Colon);
        (colon, self.stmt_list())
    }

    #[inline(never)]
    fn select_stmt(&mut self) -> Stmt {
        let pos = self.pos();
        self.want(Select);
        if !self.got(Lbrace) {
            self.syntax_error("missing { after select clause");
            self.advance(&[Case, Default, Rbrace]);
        }
        let mut cases = Vec::new();
        while self.tok() != Eof && self.tok() != Rbrace {
            let pos = self.pos();
            let id = self.id();
            let mut comm = None;
            if self.got(Case) {
                comm = Some(Box::new(self.simple_plain()));
            } else if !self.got(Default) {
                self.no_clause();
            }
            let (colon, body) = self.clause_body();
            cases.push(CommClause { id, pos, comm, body, colon });
        }
        let rbrace = self.pos();
        self.want(Rbrace);
        self.stmt_at(pos, StmtKind::Select { cases, rbrace })
    }

    fn stmt_or_none(&mut self) -> Option<Stmt> {
        let outer = self.enter()?;
        let s = self.some_stmt();
        self.leave(outer);
        s
    }

    // The statements that nest are kept out of line: one that is not there should take no stack.
    fn some_stmt(&mut self) -> Option<Stmt> {
        let pos = self.pos();
        match self.tok() {
            Name => {
                self.clear_pragma();
                let lhs = self.expr_list();
                if let [Expr { id, pos, kind: ExprKind::Name(name) }] = lhs[..]
                    && self.tok() == Colon
                {
                    return self.labeled_stmt(Ident { id, pos, name });
                }
                let s = self.simple_stmt(Some(lhs), None);
                return Some(self.plain(s));
            }
            Var | Const | Type => {
                let decls = self.decl_stmt();
                return Some(self.stmt_at(pos, StmtKind::Decl(decls)));
            }
            _ => {}
        }
        self.clear_pragma();
        let kind = match self.tok() {
            Lbrace => StmtKind::Block(self.block(None)),
            Operator | Star => match self.sc.op {
                Op::Add | Op::Sub | Op::Mul | Op::And | Op::Xor | Op::Not => {
                    return Some(self.simple_plain());
                }
                _ => return None,
            },
            Literal | Func | Lparen | Lbrack | Struct | Map | Chan | Interface | Arrow => {
                return Some(self.simple_plain());
            }
            For => return Some(self.for_stmt()),
            Switch => return Some(self.switch_stmt()),
            Select => return Some(self.select_stmt()),
            If => return Some(self.if_stmt()),
            Fallthrough => {
                self.next();
                StmtKind::Branch { kind: BranchKind::Fallthrough, label: None }
            }
            tok @ (Break | Continue) => {
                self.next();
                let kind = if tok == Break { BranchKind::Break } else { BranchKind::Continue };
                let label = if self.tok() == Name { Some(self.name()) } else { None };
                StmtKind::Branch { kind, label }
            }
            Go => StmtKind::Go(self.call_stmt()),
            Defer => StmtKind::Defer(self.call_stmt()),
            Goto => {
                self.next();
                StmtKind::Branch { kind: BranchKind::Goto, label: Some(self.name()) }
            }
            Return => {
                self.next();
                let has_results = self.tok() != Semi && self.tok() != Rbrace;
                StmtKind::Return(if has_results { self.expr_list() } else { Vec::new() })
            }
            Semi => StmtKind::Empty,
            _ => return None,
        };
        Some(self.stmt_at(pos, kind))
    }

    fn stmt_list(&mut self) -> Vec<Stmt> {
        let mut list = Vec::new();
        while !matches!(self.tok(), Eof | Rbrace | Case | Default) {
            let s = self.stmt_or_none();
            self.clear_pragma();
            let Some(s) = s else { break };
            list.push(s);
            // The semicolon may be missing before a }.
            if !self.got(Semi) && self.tok() != Rbrace {
                self.syntax_error("at end of statement");
                self.advance(&[Semi, Rbrace, Case, Default]);
                self.got(Semi);
            }
        }
        list
    }
}
