//! Expressions.

use super::Parser;
use crate::ast::*;
use crate::print;
use crate::source::Pos;
use crate::token::{Op, Token, Token::*};

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Expr {
        self.binary_expr(None)
    }

    /// `x op y ...`; `first` is the first operand if it has been parsed already.
    pub(super) fn binary_expr(&mut self, first: Option<Expr>) -> Expr {
        let outer = match first {
            Some(_) => 0,
            None => std::mem::take(&mut self.height),
        };
        let mut x = match first {
            Some(x) => x,
            None => self.unary_expr(),
        };
        // Left operands and operators that wait for a right operand, binding tighter from one to the next. They
        // are kept here rather than in recursive calls, so that a level of parentheses takes little stack.
        let mut waiting: Vec<(Expr, BinaryOp, Pos, u8, u32)> = Vec::new();
        loop {
            let prec = match self.tok() {
                Operator | Star => self.sc.op.precedence(),
                _ => 0,
            };
            while let Some((left, op, pos, _, height)) = waiting.pop_if(|w| w.3 >= prec) {
                x = self.expr_at(pos, ExprKind::Binary { op, x: Box::new(left), y: Box::new(x) });
                self.height = self.height.max(height);
                self.link();
            }
            let (Some(op), true) = (self.sc.op.binary(), prec > 0) else {
                self.height = self.height.max(outer);
                return x;
            };
            waiting.push((x, op, self.pos(), prec, std::mem::take(&mut self.height)));
            self.next();
            x = self.unary_expr();
        }
    }

    fn unary_expr(&mut self) -> Expr {
        let Some(outer) = self.enter() else { return self.bad_expr() };
        let x = match self.tok() {
            Operator | Star => match self.sc.op {
                Op::Mul => {
                    let pos = self.pos();
                    self.next();
                    let x = self.unary_expr();
                    self.expr_at(pos, ExprKind::Star(Box::new(x)))
                }
                Op::Add => self.unary_op(UnaryOp::Plus),
                Op::Sub => self.unary_op(UnaryOp::Neg),
                Op::Not => self.unary_op(UnaryOp::Not),
                Op::Xor => self.unary_op(UnaryOp::Xor),
                Op::Tilde => self.unary_op(UnaryOp::Tilde),
                Op::And => self.unary_op(UnaryOp::Addr),
                _ => self.primary_expr(None, true),
            },
            Arrow => self.arrow(),
            _ => self.primary_expr(None, true),
        };
        self.leave(outer);
        x
    }

    fn unary_op(&mut self, op: UnaryOp) -> Expr {
        let pos = self.pos();
        self.next();
        let mut x = self.unary_expr();
        if op == UnaryOp::Addr {
            // `&(T{})` is `&T{}`.
            x = unparen(x);
        }
        self.expr_at(pos, ExprKind::Unary { op, x: Box::new(x) })
    }

    /// `<-x` or `<-chan T`: which one is known after the operand only.
    fn arrow(&mut self) -> Expr {
        let pos = self.pos();
        self.next();
        let mut x = self.unary_expr();
        if !matches!(x.kind, ExprKind::ChanType { .. }) {
            return self.expr_at(pos, ExprKind::Unary { op: UnaryOp::Recv, x: Box::new(x) });
        }
        // The arrow belongs to the channel type: <-chan T, and in <-chan<- T every arrow moves one to the left.
        let mut last = ChanDir::Send;
        let mut t = &mut x;
        while last == ChanDir::Send && matches!(t.kind, ExprKind::ChanType { .. }) {
            let ExprKind::ChanType { dir, elem } = &mut t.kind else { unreachable!("just matched") };
            last = std::mem::replace(dir, ChanDir::Recv);
            if last == ChanDir::Recv {
                self.syntax_error("unexpected <-, expected chan");
            }
            t = elem;
        }
        if last == ChanDir::Send {
            let found = print::expr_string(t);
            self.syntax_error(&format!("unexpected {found}, expected chan"));
        }
        x
    }

    fn operand(&mut self, mut keep_parens: bool) -> Expr {
        let pos = self.pos();
        match self.tok() {
            Name => self.name_expr(),
            Literal => self.literal().expect("the token is a literal"),
            Lparen => {
                self.next();
                self.xnest += 1;
                let x = self.expr();
                self.xnest -= 1;
                self.want(Rparen);
                // Before a { this may be the type of a composite literal, where parentheses are an error.
                if self.tok() == Lbrace {
                    keep_parens = true;
                }
                if keep_parens { self.expr_at(pos, ExprKind::Paren(Box::new(x))) } else { x }
            }
            Func => {
                self.next();
                let (_, ty) = self.func_type(Some("function type"));
                if self.tok() == Lbrace {
                    self.xnest += 1;
                    let body = self.func_body();
                    self.xnest -= 1;
                    return self.expr_at(pos, ExprKind::FuncLit { ty: Box::new(ty), body: Box::new(body) });
                }
                self.expr_at(ty.pos, ExprKind::FuncType(Box::new(ty)))
            }
            Lbrack | Chan | Map | Struct | Interface => self.type_(),
            _ => {
                let x = self.bad_expr();
                self.syntax_error("expected expression");
                self.advance(&[Rparen, Rbrack, Rbrace]);
                x
            }
        }
    }

    fn name_expr(&mut self) -> Expr {
        let x = self.expr_at(self.pos(), ExprKind::Name(self.symbol()));
        self.next();
        x
    }

    /// An operand and its selectors, indices, calls and so on; `first` is the operand if it has been parsed
    /// already.
    pub(super) fn primary_expr(&mut self, first: Option<Expr>, keep_parens: bool) -> Expr {
        let mut x = match first {
            Some(x) => x,
            None => self.operand(keep_parens),
        };
        loop {
            let pos = self.pos();
            match self.tok() {
                Dot => {
                    self.next();
                    match self.tok() {
                        Name => {
                            let sel = self.name();
                            x = self.expr_at(pos, ExprKind::Selector { x: Box::new(x), sel });
                        }
                        Lparen => {
                            self.next();
                            let ty = if self.got(Type) { None } else { Some(Box::new(self.type_())) };
                            x = self.expr_at(pos, ExprKind::TypeAssert { x: Box::new(x), ty });
                            self.want(Rparen);
                        }
                        _ => {
                            self.syntax_error("expected name or (");
                            self.advance(&[Semi, Rparen]);
                        }
                    }
                }
                Lbrack => {
                    self.next();
                    x = self.index_or_slice(pos, x);
                }
                Lparen => {
                    self.next();
                    let (args, dots, rparen) = self.arg_list();
                    x = self.expr_at(pos, ExprKind::Call { fun: Box::new(x), args, dots, rparen });
                }
                Lbrace => {
                    // A composite literal or the block of a statement.
                    let t = x.unparen();
                    let is_literal = match &t.kind {
                        ExprKind::Name(_) | ExprKind::Selector { .. } => self.xnest >= 0,
                        ExprKind::Index { .. } => self.xnest >= 0 && !is_value(t),
                        ExprKind::ArrayType { .. }
                        | ExprKind::SliceType(_)
                        | ExprKind::StructType { .. }
                        | ExprKind::MapType { .. } => true,
                        _ => false,
                    };
                    if !is_literal {
                        return x;
                    }
                    if matches!(x.kind, ExprKind::Paren(_)) {
                        self.syntax_error("cannot parenthesize type in composite literal");
                    }
                    x = self.composite_lit(Some(x));
                }
                _ => return x,
            }
            self.link();
        }
    }

    /// What follows `x[`, which stood at `pos`.
    fn index_or_slice(&mut self, pos: Pos, x: Expr) -> Expr {
        let mut lo = None;
        if self.tok() != Colon {
            let (mut indices, comma) = if self.tok() == Rbrack {
                self.syntax_error("expected operand");
                (vec![self.bad_expr()], false)
            } else {
                self.type_list(false)
            };
            if comma || self.tok() == Rbrack {
                self.want(Rbrack);
                return self.expr_at(pos, ExprKind::Index { x: Box::new(x), indices });
            }
            lo = indices.pop().map(Box::new);
        }
        if !self.got(Colon) {
            self.syntax_error("expected comma, : or ]");
            self.advance(&[Comma, Colon, Rbrack]);
        }
        self.xnest += 1;
        let mut hi = None;
        let mut max = None;
        let mut full = false;
        if self.tok() != Colon && self.tok() != Rbrack {
            hi = Some(Box::new(self.expr()));
        }
        if self.tok() == Colon {
            full = true;
            if hi.is_none() {
                self.error("middle index required in 3-index slice");
                hi = Some(Box::new(self.bad_expr()));
            }
            self.next();
            if self.tok() != Rbrack {
                max = Some(Box::new(self.expr()));
            } else {
                self.error("final index required in 3-index slice");
                max = Some(Box::new(self.bad_expr()));
            }
        }
        self.xnest -= 1;
        self.want(Rbrack);
        self.expr_at(pos, ExprKind::Slice { x: Box::new(x), lo, hi, max, full })
    }

    /// Arguments, their `(` read: the arguments, the position of `...`, the position of `)`.
    fn arg_list(&mut self) -> (Vec<Expr>, Option<Pos>, Pos) {
        let mut args = Vec::new();
        let mut dots = None;
        self.xnest += 1;
        let rparen = self.list("argument list", Comma, Rparen, |p| {
            args.push(p.expr());
            let pos = p.pos();
            dots = p.got(DotDotDot).then_some(pos);
            dots.is_some()
        });
        self.xnest -= 1;
        (args, dots, rparen)
    }

    /// `{ elements }`
    fn composite_lit(&mut self, ty: Option<Expr>) -> Expr {
        let pos = self.pos();
        let mut elems = Vec::new();
        self.xnest += 1;
        self.want(Lbrace);
        let rbrace = self.list("composite literal", Comma, Rbrace, |p| {
            let mut x = p.element();
            if p.tok() == Colon {
                let pos = p.pos();
                p.next();
                let value = p.element();
                x = p.expr_at(pos, ExprKind::KeyValue { key: Box::new(x), value: Box::new(value) });
            }
            elems.push(x);
            false
        });
        self.xnest -= 1;
        self.expr_at(pos, ExprKind::CompositeLit { ty: ty.map(Box::new), elems, rbrace })
    }

    /// A key or value of a composite literal.
    fn element(&mut self) -> Expr {
        if self.tok() != Lbrace {
            return self.expr();
        }
        let Some(outer) = self.enter() else { return self.bad_expr() };
        let x = self.composite_lit(None);
        self.leave(outer);
        x
    }

    pub(super) fn expr_list(&mut self) -> Vec<Expr> {
        let mut list = vec![self.expr()];
        while self.got(Comma) {
            list.push(self.expr());
        }
        list
    }

    /// One or more types, with an optional trailing comma; the first may be any expression unless `strict`.
    /// Also tells whether there was a comma.
    pub(super) fn type_list(&mut self, strict: bool) -> (Vec<Expr>, bool) {
        self.xnest += 1;
        let mut list = vec![if strict { self.type_() } else { self.expr() }];
        let mut comma = false;
        while self.got(Comma) {
            comma = true;
            match self.type_or_none() {
                Some(t) => list.push(t),
                None => break,
            }
        }
        self.xnest -= 1;
        (list, comma)
    }

    /// The call of a `go` or `defer` statement, whose keyword is the current token.
    pub(super) fn call_stmt(&mut self) -> Expr {
        let keyword: Token = self.tok();
        self.next();
        let keep_parens = self.tok() == Lparen;
        let Some(outer) = self.enter() else { return self.bad_expr() };
        let x = self.primary_expr(None, keep_parens);
        self.leave(outer);
        if matches!(x.kind, ExprKind::Paren(_)) {
            self.error_at(x.pos, format!("expression in {} must not be parenthesized", keyword.as_str()));
        }
        unparen(x)
    }
}

/// The expression without its parentheses.
pub(super) fn unparen(mut x: Expr) -> Expr {
    loop {
        match std::mem::replace(&mut x.kind, ExprKind::Bad) {
            ExprKind::Paren(inner) => x = *inner,
            kind => {
                x.kind = kind;
                return x;
            }
        }
    }
}

/// Whether `x` can only be a value, not a type.
fn is_value(x: &Expr) -> bool {
    let mut x = x;
    loop {
        x = match &x.kind {
            ExprKind::BasicLit { .. }
            | ExprKind::CompositeLit { .. }
            | ExprKind::FuncLit { .. }
            | ExprKind::Slice { .. }
            | ExprKind::TypeAssert { .. }
            | ExprKind::Call { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Binary { .. } => return true,
            ExprKind::Paren(x) => x,
            ExprKind::Index { x, indices } => match &indices[..] {
                [index] if is_value(index) => return true,
                _ => x,
            },
            _ => return false,
        }
    }
}
