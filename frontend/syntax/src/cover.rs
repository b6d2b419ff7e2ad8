//! Coverage: the basic blocks of a file, and a counter at the beginning of each.
//!
//! In: a parsed file and its text. Out: the file with counting statements, and its blocks as `cmd/cover` draws them: to the same lines and
//! columns, with the same numbers of statements, so that profiles are Go's. Requires: the file has no syntax errors and its bodies have
//! been parsed. Guarantees: nothing that was in the tree moves or changes its position.

use crate::ast::*;
use crate::scanner::{Scanner, Semi};
use crate::source::{Pos, SourceFile};
use crate::symbol::Symbol;
use crate::token::Token;

/// What a counter says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Whether a block ran.
    Set,
    /// How many times.
    Count,
    /// How many times, with several goroutines.
    Atomic,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Set => "set",
            Mode::Count => "count",
            Mode::Atomic => "atomic",
        }
    }
}

/// A piece of source that runs as one, with its counter's index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unit {
    /// Line and column, from 1; columns are bytes.
    pub start: (u32, u32),
    pub end: (u32, u32),
    pub statements: u32,
    pub counter: u32,
}

/// The name under which package sync/atomic is imported for counters.
const ATOMIC: &str = "_cover_atomic_";

/// Puts counters into a file: elements of the array `array`, from the index `first` on. The array is the caller's to declare.
pub fn instrument(
    file: &mut File,
    source: &SourceFile,
    mode: Mode,
    array: &str,
    first: u32,
    next_node: &mut u32,
) -> Vec<Unit> {
    let mut c = Counters {
        tokens: tokens(source),
        source,
        mode,
        array: Symbol::new(array),
        first,
        units: Vec::new(),
        next_node,
    };
    for decl in &mut file.decls {
        match decl {
            Decl::Func(f) if !f.name.name.is_blank() => {
                if let Some(body) = f.body.as_mut() {
                    c.body(body.block_mut());
                }
            }
            Decl::Func(_) => {}
            decl => in_decl(decl, &mut |e| c.literals(e)),
        }
    }
    if mode == Mode::Atomic && !c.units.is_empty() {
        let pos = file.package.pos;
        let import = c.import(pos);
        // Behind the others: where it stands does not matter.
        file.decls.push(import);
    }
    c.units
}

/// A token that is not a semicolon of a line's end.
struct Tok {
    start: u32,
    end: u32,
    token: Token,
    text: bool,
}

fn tokens(source: &SourceFile) -> Vec<Tok> {
    let mut s = Scanner::new(&source.text, &source.invalid);
    let mut out = Vec::new();
    loop {
        s.next();
        match s.tok {
            Token::Eof => return out,
            Token::Semi if s.semi != Semi::Semicolon => {}
            token => out.push(Tok {
                start: s.start as u32,
                end: s.end as u32,
                token,
                text: token == Token::Literal && s.kind == LitKind::String,
            }),
        }
        s.events.clear();
    }
}

/// A statement of a list, as offsets in the file.
struct Item {
    start: u32,
    end: u32,
    /// Where the block ends that the statement is part of.
    boundary: u32,
    /// The statement changes the flow of control.
    last: bool,
}

/// Code of a block without lines that have none.
struct Range {
    start: u32,
    end: u32,
    statements: u32,
}

struct Counters<'a> {
    tokens: Vec<Tok>,
    source: &'a SourceFile,
    mode: Mode,
    array: Symbol,
    first: u32,
    units: Vec<Unit>,
    next_node: &'a mut u32,
}

impl Counters<'_> {
    /// A function's body or another block in braces.
    fn body(&mut self, b: &mut Block) {
        let (open, close) = (self.offset(b.pos), self.offset(b.rbrace));
        self.list(&mut b.stmts, open, open + 1, close + 1, close, true);
    }

    /// Statements from `from` to `to`, a counter at `insert`; no statement reaches beyond `limit`.
    fn list(&mut self, list: &mut Vec<Stmt>, from: u32, insert: u32, to: u32, limit: u32, whole: bool) {
        self.split_labels(list);
        if list.is_empty() {
            let r = self.code(insert, to).swap_remove(0);
            let pos = self.pos(insert);
            list.push(self.counter(&r, pos));
            return;
        }
        let items = self.items(list, limit);
        let mut counters: Vec<(usize, Stmt)> = Vec::new();
        let (mut pos, mut at, mut whole) = (from, 0, whole);
        while at < items.len() {
            let mut end = to;
            let mut last = at;
            while last < items.len() {
                end = items[last].boundary;
                last += 1;
                if items[last - 1].last {
                    whole = false;
                    break;
                }
            }
            if whole {
                end = to;
            }
            if pos != end {
                for (i, r) in self.merged(pos, end, &items[at..last]).iter().enumerate() {
                    let behind = |item: &Item| item.start < r.start;
                    let index = if i == 0 { at } else { at + items[at..last].partition_point(behind) };
                    let counter = self.counter(r, self.pos(r.start));
                    counters.push((index, counter));
                }
            }
            at = last;
            pos = items.get(at).map_or(to, |i| i.start);
        }
        for s in list.iter_mut() {
            self.inside(s);
        }
        // From the back, so that indices stay.
        for (index, counter) in counters.into_iter().rev() {
            list.insert(index, counter);
        }
    }

    /// A label may be jumped to: its statement begins a block, unless it is one that `break` or `continue` may name.
    fn split_labels(&mut self, list: &mut Vec<Stmt>) {
        let mut i = 0;
        while i < list.len() {
            if let StmtKind::Labeled { stmt, .. } = &mut list[i].kind
                && !matches!(
                    stmt.kind,
                    StmtKind::For { .. }
                        | StmtKind::Range { .. }
                        | StmtKind::Switch { .. }
                        | StmtKind::Select { .. }
                        | StmtKind::TypeSwitch { .. }
                )
            {
                let empty = Stmt { id: stmt.id, pos: stmt.pos, kind: StmtKind::Empty };
                let inner = std::mem::replace(&mut **stmt, empty);
                stmt.id = self.node();
                list.insert(i + 1, inner);
            }
            i += 1;
        }
    }

    fn items(&self, list: &mut [Stmt], limit: u32) -> Vec<Item> {
        let starts: Vec<u32> = list.iter().map(|s| self.start(s, limit)).collect();
        let next = starts.iter().skip(1).chain([&limit]);
        let ends: Vec<u32> = starts.iter().zip(next).map(|(&s, &n)| self.last_end(s, n)).collect();
        list.iter_mut()
            .enumerate()
            .map(|(i, s)| {
                let (boundary, last) = self.boundary(s, starts[i], ends[i]);
                Item { start: starts[i], end: ends[i], boundary, last }
            })
            .collect()
    }

    /// Where a statement begins.
    fn start(&self, s: &Stmt, limit: u32) -> u32 {
        let pos = match &s.kind {
            StmtKind::Expr(e) => leftmost(e),
            StmtKind::Send { chan, .. } => leftmost(chan),
            StmtKind::IncDec { x, .. } => leftmost(x),
            StmtKind::Assign { lhs, .. } => lhs.first().map_or(s.pos, leftmost),
            StmtKind::Labeled { label, .. } => label.pos,
            StmtKind::Empty => return self.offset(s.pos).min(limit),
            _ => s.pos,
        };
        let mut start = self.offset(pos);
        // The tree has no parentheses around types.
        let mut i = self.tokens.partition_point(|t| t.start < start);
        while i > 0 && self.tokens[i - 1].token == Token::Lparen {
            i -= 1;
            start = self.tokens[i].start;
        }
        start
    }

    /// The end of what begins at `start` and ends before `limit`.
    fn last_end(&self, start: u32, limit: u32) -> u32 {
        let before = self.tokens.partition_point(|t| t.start < limit);
        let last = self.tokens[..before].iter().rev().find(|t| t.token != Token::Semi);
        last.map_or(start, |t| t.end).max(start)
    }

    /// Where a statement ends the block that it stands in, and whether it does.
    fn boundary(&self, s: &mut Stmt, start: u32, end: u32) -> (u32, bool) {
        let open = |b: &Block| self.offset(b.pos);
        // Where the statements in braces begin whose list is no block: from the first clause, or the end, back.
        let brace = |first: Option<Pos>, rbrace: Pos| {
            let at = self.offset(first.unwrap_or(rbrace));
            let before = self.tokens.partition_point(|t| t.start < at);
            let open = self.tokens[..before].iter().rev().find(|t| t.token == Token::Lbrace);
            open.map_or(at, |t| t.start)
        };
        let literal = |parts: &mut [Option<&mut Stmt>], exprs: &mut [Option<&mut Expr>]| {
            let mut found = None;
            parts.iter_mut().flatten().for_each(|s| in_stmt(s, &mut |e| find_literal(e, &mut found)));
            exprs.iter_mut().flatten().for_each(|e| find_literal(e, &mut found));
            found.map(|p| self.offset(p))
        };
        match &mut s.kind {
            StmtKind::Block(b) => (open(b), true),
            StmtKind::Branch { .. } => (end, true),
            StmtKind::If { init, cond, then, .. } => {
                (literal(&mut [init.as_deref_mut()], &mut [Some(cond)]).unwrap_or(open(then)), true)
            }
            StmtKind::For { init, cond, post, body } => {
                let found = literal(&mut [init.as_deref_mut()], &mut [cond.as_mut()]);
                let found = found.or_else(|| literal(&mut [post.as_deref_mut()], &mut []));
                (found.unwrap_or(open(body)), true)
            }
            StmtKind::Range { x, body, .. } => (literal(&mut [], &mut [Some(x)]).unwrap_or(open(body)), true),
            StmtKind::Switch { init, tag, cases, rbrace } => {
                let found = literal(&mut [init.as_deref_mut()], &mut [tag.as_mut()]);
                (found.unwrap_or_else(|| brace(cases.first().map(|c| c.pos), *rbrace)), true)
            }
            StmtKind::TypeSwitch { init, cases, rbrace, .. } => {
                let found = literal(&mut [init.as_deref_mut()], &mut []);
                (found.unwrap_or_else(|| brace(cases.first().map(|c| c.pos), *rbrace)), true)
            }
            StmtKind::Select { cases, rbrace } => (brace(cases.first().map(|c| c.pos), *rbrace), true),
            StmtKind::Labeled { stmt, .. } => match stmt.kind {
                StmtKind::Empty => (start, true),
                _ => (self.boundary(stmt, start, end).0, true),
            },
            _ => {
                let found = literal(&mut [Some(&mut *s)], &mut []);
                (found.unwrap_or(end), found.is_some() || is_panic(s))
            }
        }
    }

    /// The lists within a statement, and within its function literals.
    fn inside(&mut self, s: &mut Stmt) {
        match &mut s.kind {
            StmtKind::Block(b) => self.body(b),
            StmtKind::Labeled { stmt, .. } => self.inside(stmt),
            StmtKind::If { init, cond, then, els } => {
                if let Some(s) = init {
                    self.inside(s);
                }
                self.literals(cond);
                self.body(then);
                if let Some(els) = els {
                    self.otherwise(els, then.rbrace);
                }
            }
            StmtKind::For { init, cond, post, body } => {
                for s in [init, post].into_iter().flatten() {
                    self.inside(s);
                }
                cond.iter_mut().for_each(|e| self.literals(e));
                self.body(body);
            }
            StmtKind::Range { key, value, x, body, .. } => {
                for e in [key, value].into_iter().flatten() {
                    self.literals(e);
                }
                self.literals(x);
                self.body(body);
            }
            StmtKind::Switch { init, tag, cases, rbrace } => {
                if let Some(s) = init {
                    self.inside(s);
                }
                tag.iter_mut().for_each(|e| self.literals(e));
                for e in cases.iter_mut().flat_map(|c| c.exprs.iter_mut().flatten()) {
                    self.literals(e);
                }
                self.clauses(cases.iter_mut().map(|c| (c.pos, c.colon, &mut c.body)), *rbrace);
            }
            StmtKind::TypeSwitch { init, x, cases, rbrace, .. } => {
                if let Some(s) = init {
                    self.inside(s);
                }
                self.literals(x);
                self.clauses(cases.iter_mut().map(|c| (c.pos, c.colon, &mut c.body)), *rbrace);
            }
            StmtKind::Select { cases, rbrace } => {
                for s in cases.iter_mut().flat_map(|c| &mut c.comm) {
                    self.inside(s);
                }
                self.clauses(cases.iter_mut().map(|c| (c.pos, c.colon, &mut c.body)), *rbrace);
            }
            _ => in_stmt(s, &mut |e| self.literals(e)),
        }
    }

    /// The bodies of clauses: each with its first position and its colon.
    fn clauses<'s>(&mut self, clauses: impl Iterator<Item = (Pos, Pos, &'s mut Vec<Stmt>)>, rbrace: Pos) {
        let mut clauses = clauses.peekable();
        while let Some((_, colon, body)) = clauses.next() {
            let limit = self.offset(clauses.peek().map_or(rbrace, |next| next.0));
            let from = self.offset(colon) + 1;
            let to = if body.is_empty() { from } else { self.last_end(from, limit) };
            self.list(body, from, from, to, limit, false);
        }
    }

    /// What follows `else`: an `if` becomes a block of its own, so that there is a place to count.
    fn otherwise(&mut self, els: &mut Stmt, then_end: Pos) {
        let after = self.offset(then_end) + 1;
        let word = self.tokens.partition_point(|t| t.start < after);
        let from = self.tokens.get(word).map_or(after, |t| t.end);
        if let StmtKind::Block(b) = &mut els.kind {
            let close = self.offset(b.rbrace);
            self.list(&mut b.stmts, from, from + 1, close + 1, close, true);
            return;
        }
        let end = if_end(els);
        let (to, pos) = (self.offset(end) + 1, els.pos);
        let block = Block { pos, stmts: Vec::new(), rbrace: end };
        let outer = Stmt { id: NodeId(self.node().0), pos, kind: StmtKind::Block(block) };
        let inner = std::mem::replace(els, outer);
        if let StmtKind::Block(b) = &mut els.kind {
            b.stmts.push(inner);
            self.list(&mut b.stmts, from, from + 1, to + 1, to, true);
        }
    }

    /// The function literals within an expression.
    fn literals(&mut self, e: &mut Expr) {
        match &mut e.kind {
            ExprKind::FuncLit { body, .. } => self.body(body),
            _ => children(e, &mut |e| self.literals(e)),
        }
    }

    /// The pieces of a block that have code: lines of comments and empty ones lie between them. At least one.
    fn code(&self, from: u32, to: u32) -> Vec<Range> {
        let first = self.tokens.partition_point(|t| t.start < from);
        let line = |at: u32| self.source.line_at(at).0;
        // Where the line after a line begins.
        let after = |line: u32| self.source.lines.get(line as usize).copied().unwrap_or(to);
        let mut out = Vec::new();
        let mut open: Option<(u32, u32)> = None;
        let in_block = self.tokens[first..].iter().take_while(|t| t.start < to);
        for t in in_block.filter(|t| !matches!(t.token, Token::Lbrace | Token::Rbrace)) {
            let (starts, ends) = (line(t.start), if t.text { line(t.end) } else { line(t.start) });
            open = match open {
                None => Some((t.start, ends)),
                Some((start, previous)) if starts > previous + 1 => {
                    out.push(Range { start, end: after(previous), statements: 0 });
                    Some((t.start, ends.max(previous)))
                }
                Some((start, previous)) => Some((start, ends.max(previous))),
            };
        }
        if let Some((start, previous)) = open {
            let more = previous < line(to.saturating_sub(1).max(from));
            out.push(Range { start, end: if more { after(previous) } else { to }, statements: 0 });
        }
        if out.is_empty() {
            out.push(Range { start: from, end: from, statements: 0 });
        }
        out
    }

    /// The pieces of a block with the numbers of their statements; one that begins inside a statement goes with the piece before.
    fn merged(&self, from: u32, to: u32, items: &[Item]) -> Vec<Range> {
        let mut out: Vec<Range> = Vec::new();
        for mut r in self.code(from, to) {
            let before = |at: u32| items.partition_point(|i| i.start < at);
            let first = before(r.start);
            r.statements = (before(r.end) - first) as u32;
            match out.last_mut() {
                Some(previous) if first > 0 && r.start < items[first - 1].end => {
                    previous.end = r.end;
                    previous.statements += r.statements;
                }
                _ => out.push(r),
            }
        }
        out
    }

    /// The statement that counts, for a new unit.
    fn counter(&mut self, r: &Range, pos: Pos) -> Stmt {
        let place = |at: u32| {
            let (line, start) = self.source.line_at(at);
            (line, at - start + 1)
        };
        let index = self.first + self.units.len() as u32;
        self.units.push(Unit {
            start: place(r.start),
            end: place(r.end),
            statements: r.statements,
            counter: index,
        });
        let number = |c: &mut Self, n: u32| {
            let text = n.to_string().into_boxed_str();
            c.expr(pos, ExprKind::BasicLit { kind: LitKind::Int, text, bad: false })
        };
        let array = self.expr(pos, ExprKind::Name(self.array));
        let indices = vec![number(self, index)];
        let x = self.expr(pos, ExprKind::Index { x: Box::new(array), indices });
        let kind = match self.mode {
            Mode::Set => {
                let rhs = vec![number(self, 1)];
                StmtKind::Assign { lhs: vec![x], op: None, define: false, rhs }
            }
            Mode::Count => StmtKind::IncDec { x, inc: true },
            Mode::Atomic => {
                let package = self.expr(pos, ExprKind::Name(Symbol::new(ATOMIC)));
                let sel = self.ident(pos, "AddUint32");
                let fun = self.expr(pos, ExprKind::Selector { x: Box::new(package), sel });
                let address = self.expr(pos, ExprKind::Unary { op: UnaryOp::Addr, x: Box::new(x) });
                let args = vec![address, number(self, 1)];
                StmtKind::Expr(
                    self.expr(pos, ExprKind::Call { fun: Box::new(fun), args, dots: None, rparen: pos }),
                )
            }
        };
        Stmt { id: self.node(), pos, kind }
    }

    fn import(&mut self, pos: Pos) -> Decl {
        let text = "\"sync/atomic\"".into();
        let path = self.expr(pos, ExprKind::BasicLit { kind: LitKind::String, text, bad: false });
        Decl::Import(ImportDecl { id: self.node(), pos, name: Some(self.ident(pos, ATOMIC)), path })
    }

    fn ident(&mut self, pos: Pos, name: &str) -> Ident {
        Ident { id: self.node(), pos, name: Symbol::new(name) }
    }

    fn expr(&mut self, pos: Pos, kind: ExprKind) -> Expr {
        Expr { id: self.node(), pos, kind }
    }

    fn node(&mut self) -> NodeId {
        *self.next_node += 1;
        NodeId(*self.next_node - 1)
    }

    fn offset(&self, pos: Pos) -> u32 {
        pos.0 - self.source.base
    }

    fn pos(&self, offset: u32) -> Pos {
        Pos(offset + self.source.base)
    }
}

/// The last brace of an `if` statement with all its `else`.
fn if_end(s: &Stmt) -> Pos {
    match &s.kind {
        StmtKind::If { then, els, .. } => els.as_ref().map_or(then.rbrace, |e| if_end(e)),
        StmtKind::Block(b) => b.rbrace,
        _ => s.pos,
    }
}

fn is_panic(s: &Stmt) -> bool {
    matches!(&s.kind, StmtKind::Expr(Expr { kind: ExprKind::Call { fun, args, .. }, .. })
        if args.len() == 1 && matches!(&fun.kind, ExprKind::Name(n) if n.as_str() == "panic"))
}

/// Where an expression begins.
fn leftmost(mut e: &Expr) -> Pos {
    while let ExprKind::Slice { x, .. } | ExprKind::Selector { x, .. } | ExprKind::Index { x, .. } = &e.kind {
        e = x;
    }
    match &e.kind {
        ExprKind::Call { fun: x, .. } | ExprKind::TypeAssert { x, .. } | ExprKind::Binary { x, .. } => {
            leftmost(x)
        }
        ExprKind::CompositeLit { ty: Some(x), .. } => leftmost(x),
        _ => e.pos,
    }
}

/// The body of the first function literal in an expression.
fn find_literal(e: &mut Expr, found: &mut Option<Pos>) {
    if found.is_some() {
        return;
    }
    match &e.kind {
        ExprKind::FuncLit { body, .. } => *found = Some(body.pos),
        _ => children(e, &mut |e| find_literal(e, found)),
    }
}

/// The expressions of a statement that has no statements in it, in the order of the source.
fn in_stmt(s: &mut Stmt, f: &mut dyn FnMut(&mut Expr)) {
    match &mut s.kind {
        StmtKind::Decl(decls) => decls.iter_mut().for_each(|d| in_decl(d, f)),
        StmtKind::Expr(e) | StmtKind::Go(e) | StmtKind::Defer(e) | StmtKind::IncDec { x: e, .. } => f(e),
        StmtKind::Send { chan, value } => [chan, value].into_iter().for_each(f),
        StmtKind::Assign { lhs, rhs, .. } => lhs.iter_mut().chain(rhs).for_each(f),
        StmtKind::Return(list) => list.iter_mut().for_each(f),
        _ => {}
    }
}

fn in_decl(d: &mut Decl, f: &mut dyn FnMut(&mut Expr)) {
    if let Decl::Var(v) = d {
        v.values.iter_mut().for_each(f);
    }
}

/// The expressions within one, in the order of the source; types are left out.
fn children(e: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    match &mut e.kind {
        ExprKind::CompositeLit { elems, .. } => elems.iter_mut().for_each(f),
        ExprKind::KeyValue { key: x, value: y } | ExprKind::Binary { x, y, .. } => {
            f(x);
            f(y);
        }
        ExprKind::Paren(x)
        | ExprKind::Selector { x, .. }
        | ExprKind::TypeAssert { x, .. }
        | ExprKind::Star(x)
        | ExprKind::Unary { x, .. } => f(x),
        ExprKind::Index { x, indices: list } | ExprKind::Call { fun: x, args: list, .. } => {
            f(x);
            list.iter_mut().for_each(f);
        }
        ExprKind::Slice { x, lo, hi, max, .. } => {
            f(x);
            [lo, hi, max].into_iter().flatten().for_each(|e| f(e));
        }
        _ => {}
    }
}
