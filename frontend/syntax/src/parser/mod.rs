//! Tokens to `ast::File`: recursive descent with gc's recovery and gc's messages.
//!
//! In: one file of a `SourceMap`. Out: its tree and diagnostics, at most one syntax error a line. Requires
//! nothing of the text. Guarantees: terminates, recursion is bounded by `MAX_DEPTH` and the tree's height by
//! `MAX_HEIGHT` (beyond that there is a diagnostic and the rest of the file is skipped).
//!
//! The core is here: tokens, errors, recovery, lists, names. `decls`, `types`, `exprs` and `stmts` hold the
//! grammar.

mod decls;
mod exprs;
mod stmts;
mod types;

use crate::ast::*;
use crate::branches;
use crate::diag::Diagnostic;
use crate::directives;
use crate::scanner::{Event, Scanner};
use crate::source::{LineDirective, Pos, SourceFile, SourceMap};
use crate::symbol::Symbol;
use crate::token::{Op, Token};

use Token::*;

/// Parses the body of a function that `parse_declarations` has skipped. `start`: of the body. Requires: the text has no errors.
pub fn parse_body(source: &SourceFile, start: Pos, next_node: &mut u32) -> Block {
    let mut p =
        Parser::new(Scanner::new_at(&source.text, (start.0 - source.base) as usize), source, next_node);
    p.step = LATER_STEP;
    p.next();
    let block = p.func_body();
    if let Some(d) = p.diags.first() {
        panic!("syntax: {}, offset {}: {}", source.name, d.pos.0 - source.base, d.message);
    }
    block
}

/// As `parse_file`, but skips the bodies of functions, and takes every `LATER_STEP`th node id. Requires: the text has no errors.
pub fn parse_declarations(source: &SourceFile, next_node: &mut u32) -> (File, Vec<Diagnostic>) {
    parse(source, next_node, |p| {
        p.skip_bodies = true;
        p.step = LATER_STEP;
    })
}

/// Parses the package clause and the imports of a file. Their node ids mean nothing.
pub fn parse_imports(source: &SourceFile) -> File {
    let mut id = 0;
    let mut p = Parser::new(Scanner::new(&source.text, &source.invalid), source, &mut id);
    p.imports_only = true;
    p.next();
    p.file()
}

/// Parses one file of `map`; node ids are taken from `*next_node` on. Fills in the file's line directives.
/// The diagnostics are those of gc's parser, its checks of labels and branches included, sorted by position.
pub fn parse_file(map: &SourceMap, file_index: usize, next_node: &mut u32) -> (File, Vec<Diagnostic>) {
    parse(&map.files[file_index], next_node, |_| ())
}

fn parse(
    source: &SourceFile,
    next_node: &mut u32,
    choose: impl FnOnce(&mut Parser),
) -> (File, Vec<Diagnostic>) {
    let mut p = Parser::new(Scanner::new(&source.text, &source.invalid), source, next_node);
    choose(&mut p);
    p.next();
    let file = p.file();
    let (mut diags, branch_errors) = (p.diags, p.branch_errors);
    source.line_directives.get_or_init(|| p.line_directives);
    // Their messages name positions, so they are worded once the line directives are known.
    diags.extend(branch_errors.iter().map(|e| e.diagnostic(source)));
    directives::check_file(&file, &mut diags);
    diags.sort_by_key(|d| d.pos);
    diags.dedup();
    (file, diags)
}

/// Declarations and bodies of the library are parsed at the same time by two threads, and need ids that do not depend on who is
/// first: each takes every second one.
pub const LATER_STEP: u32 = 2;

struct Parser<'a> {
    sc: Scanner<'a>,
    source: &'a SourceFile,
    ids: &'a mut u32,
    /// From one id to the next.
    step: u32,
    diags: Vec<Diagnostic>,
    /// Errors met, whether or not they were kept.
    errors: usize,
    last_syntax_line: u32,
    /// Nesting of functions.
    fnest: u32,
    /// Nesting of expressions; negative in the header of a statement, where `{` starts its block.
    xnest: i32,
    depth: u32,
    /// Height of the highest tree made since the enclosing construct was entered.
    height: u32,
    /// `go:` directives not yet taken by a declaration.
    pragma: Vec<Directive>,
    directives: Vec<Directive>,
    line_directives: Vec<LineDirective>,
    branch_errors: Vec<branches::BranchError>,
    /// The file imports package embed.
    imports_embed: bool,
    skip_bodies: bool,
    /// To stop behind the imports.
    imports_only: bool,
}

/// Keywords that start a statement: inside functions, recovery does not skip them.
const STOP_SET: u64 =
    set(&[Break, Const, Continue, Defer, Fallthrough, For, Go, Goto, If, Return, Select, Switch, Type, Var]);

const fn set(tokens: &[Token]) -> u64 {
    let mut s = 0;
    let mut i = 0;
    while i < tokens.len() {
        s |= 1 << tokens[i] as u64;
        i += 1;
    }
    s
}

impl<'a> Parser<'a> {
    fn new(sc: Scanner<'a>, source: &'a SourceFile, ids: &'a mut u32) -> Parser<'a> {
        Parser {
            sc,
            source,
            ids,
            step: 1,
            diags: Vec::new(),
            errors: 0,
            last_syntax_line: 0,
            fnest: 0,
            xnest: 0,
            depth: 0,
            height: 0,
            pragma: Vec::new(),
            directives: Vec::new(),
            line_directives: Vec::new(),
            branch_errors: Vec::new(),
            imports_embed: false,
            skip_bodies: false,
            imports_only: false,
        }
    }

    // Tokens.

    #[inline]
    fn tok(&self) -> Token {
        self.sc.tok
    }

    fn at(&self, offset: usize) -> Pos {
        Pos(self.source.base + offset as u32)
    }

    /// Position of the current token.
    fn pos(&self) -> Pos {
        self.at(self.sc.start)
    }

    fn next(&mut self) {
        self.sc.next();
        if !self.sc.events.is_empty() {
            for event in std::mem::take(&mut self.sc.events) {
                match event {
                    Event::Error { offset, message } => self.error_at(self.at(offset), message),
                    Event::Directive { start, end, blank } => self.directive(start, end, blank),
                }
            }
        }
    }

    #[inline]
    fn got(&mut self, tok: Token) -> bool {
        if self.tok() == tok {
            self.next();
            return true;
        }
        false
    }

    fn want(&mut self, tok: Token) {
        if !self.got(tok) {
            self.syntax_error(&format!("expected {}", tok.describe()));
            self.advance(&[]);
        }
    }

    /// As `got(Assign)`, but takes `:=` too, with an error.
    fn got_assign(&mut self) -> bool {
        if self.tok() == Define {
            self.syntax_error("expected =");
        } else if self.tok() != Assign {
            return false;
        }
        self.next();
        true
    }

    fn at_operator(&self, op: Op) -> bool {
        self.tok() == Operator && self.sc.op == op
    }

    fn id(&mut self) -> NodeId {
        let id = *self.ids;
        *self.ids += self.step;
        NodeId(id)
    }

    // Errors and recovery.

    fn error_at(&mut self, pos: Pos, message: impl Into<String>) {
        self.errors += 1;
        self.diags.push(Diagnostic::error(pos, message));
    }

    fn error(&mut self, message: impl Into<String>) {
        self.error_at(self.pos(), message);
    }

    fn syntax_error(&mut self, message: &str) {
        self.syntax_error_at(self.pos(), message);
    }

    /// A message that starts with "in", "at", "after" or "expected" is preceded by what stands there instead.
    fn syntax_error_at(&mut self, pos: Pos, message: &str) {
        if self.tok() == Eof && self.errors > 0 {
            return; // a follow-up of an earlier error
        }
        self.errors += 1;
        // gc prints one syntax error a line.
        let line = self.source.line_at(pos.0 - self.source.base).0;
        if line == self.last_syntax_line {
            return;
        }
        self.last_syntax_line = line;
        let glue = if ["in ", "at ", "after "].iter().any(|w| message.starts_with(w)) {
            " "
        } else if message.starts_with("expected ") {
            ", "
        } else {
            self.diags.push(Diagnostic::error(pos, format!("syntax error: {message}")));
            return;
        };
        let op = self.sc.op.as_str();
        let found = match self.tok() {
            Name => format!("name {}", self.sc.lit()),
            Semi => self.sc.semi.as_str().into(),
            Literal => format!("literal {}", self.sc.lit()),
            Operator => op.into(),
            AssignOp => format!("{op}="),
            IncOp => format!("{op}{op}"),
            tok => tok.describe(),
        };
        self.diags.push(Diagnostic::error(pos, format!("syntax error: unexpected {found}{glue}{message}")));
    }

    /// Skips to a token of `follow`, inside functions also to the start of a statement. With nothing to look
    /// for, skips one token.
    fn advance(&mut self, follow: &[Token]) {
        let mut stop = 1 << Eof as u64 | set(follow);
        if !follow.is_empty() && self.fnest > 0 {
            stop |= STOP_SET;
        }
        while stop & 1 << self.tok() as u64 == 0 {
            self.next();
            if follow.is_empty() {
                break;
            }
        }
    }

    /// Gives up: reports the error and lets the text end here, so that every construct comes to its end.
    fn give_up(&mut self, message: &str) {
        self.syntax_error(message);
        self.sc.skip_to_end();
        self.next();
    }

    /// Enters a construct that can contain itself. None: too deep, and the text is at its end. Some: to be
    /// given to `leave`.
    #[inline]
    fn enter(&mut self) -> Option<u32> {
        if self.depth >= MAX_DEPTH {
            self.give_up("exceeded maximum nesting depth");
            return None;
        }
        self.depth += 1;
        Some(std::mem::take(&mut self.height))
    }

    #[inline]
    fn leave(&mut self, outer_height: u32) {
        self.depth -= 1;
        self.height = outer_height.max(self.height + 1);
    }

    /// A node has been put on top of the highest tree so far.
    #[inline]
    fn link(&mut self) {
        self.height += 1;
        if self.height >= MAX_HEIGHT && self.tok() != Eof {
            self.give_up("expression or statement is too long");
        }
    }

    // Productions used everywhere.

    /// `[ element { sep element } [ sep ] ] close`; an element that returns true is the last one. Returns the
    /// position of `close`.
    fn list(
        &mut self,
        context: &str,
        sep: Token,
        close: Token,
        mut element: impl FnMut(&mut Self) -> bool,
    ) -> Pos {
        let mut done = false;
        while self.tok() != Eof && self.tok() != close && !done {
            done = element(self);
            // The separator may be missing before the end.
            if !self.got(sep) && self.tok() != close {
                self.syntax_error(&format!(
                    "in {context}; possibly missing {} or {}",
                    sep.describe(),
                    close.describe()
                ));
                self.advance(&[Rparen, Rbrack, Rbrace]);
                if self.tok() != close {
                    return self.pos();
                }
            }
        }
        let pos = self.pos();
        self.want(close);
        pos
    }

    fn symbol(&self) -> Symbol {
        Symbol::new(self.sc.lit())
    }

    fn ident_at(&mut self, pos: Pos, name: &str) -> Ident {
        Ident { id: self.id(), pos, name: Symbol::new(name) }
    }

    fn name(&mut self) -> Ident {
        let pos = self.pos();
        if self.tok() == Name {
            let name = Ident { id: self.id(), pos, name: self.symbol() };
            self.next();
            return name;
        }
        self.syntax_error("expected name");
        self.advance(&[]);
        self.ident_at(pos, "_")
    }

    fn name_list(&mut self) -> Vec<Ident> {
        let first = self.name();
        self.name_list_after(first)
    }

    fn name_list_after(&mut self, first: Ident) -> Vec<Ident> {
        let mut list = vec![first];
        while self.got(Comma) {
            list.push(self.name());
        }
        list
    }

    fn expr_at(&mut self, pos: Pos, kind: ExprKind) -> Expr {
        Expr { id: self.id(), pos, kind }
    }

    fn bad_expr(&mut self) -> Expr {
        self.expr_at(self.pos(), ExprKind::Bad)
    }

    /// A literal if there is one.
    fn literal(&mut self) -> Option<Expr> {
        if self.tok() != Literal {
            return None;
        }
        let kind = ExprKind::BasicLit { kind: self.sc.kind, text: self.sc.lit().into(), bad: self.sc.bad };
        let x = self.expr_at(self.pos(), kind);
        self.next();
        Some(x)
    }

    // Directives.

    fn take_pragma(&mut self) -> Vec<Directive> {
        std::mem::take(&mut self.pragma)
    }

    /// Called where no declaration takes the directives.
    fn clear_pragma(&mut self) {
        if !self.pragma.is_empty() {
            for d in self.take_pragma() {
                directives::misplaced(&d, &mut self.diags);
            }
        }
    }

    /// A comment that may be a directive.
    fn directive(&mut self, start: usize, end: usize, blank: bool) {
        let comment = &self.sc.text()[start..end];
        let (text, is_full) = match comment.strip_prefix("/*") {
            Some(body) => (body.strip_suffix("*/").unwrap_or(body), true),
            None => (comment[2..].trim_end_matches('\r'), false),
        };
        let (name, args) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let pos = self.at(start + 2);
        let d = Directive { pos, name: name.into(), args: args.trim().into() };
        if name == "line" {
            // A `//` comment counts at the start of a line only.
            if is_full || start == 0 || self.sc.text().as_bytes()[start - 1] == b'\n' {
                // Lines count from the comment's first one.
                let from = match is_full {
                    true if text.contains('\n') => start,
                    true => end,
                    false => end + 1,
                };
                self.line_directive(start + 2 + "line ".len(), from, &text["line ".len()..]);
            }
        } else if name.starts_with("go:") && directives::check(&d, blank, &mut self.diags) {
            self.pragma.push(d.clone());
        }
        self.directives.push(d);
    }

    /// `text`, at offset `at`, is what follows `line `; it holds from offset `from` on.
    fn line_directive(&mut self, at: usize, from: usize, text: &str) {
        /// The part after the last colon, and its number.
        fn trailing_digits(text: &str) -> Option<(usize, Option<u64>)> {
            let i = text.rfind(':')? + 1;
            let digits = &text[i..];
            let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
            Some((i, number))
        }
        const MAX: u64 = 1 << 30;
        let valid = |n: u64| (1..=MAX).contains(&n);
        let Some((i, number)) = trailing_digits(text) else { return };
        let Some(number) = number else {
            return self.error_at(self.at(at + i), format!("invalid line number: {}", &text[i..]));
        };
        let (line, col, line_at, name) = match trailing_digits(&text[..i - 1]) {
            Some((j, Some(line))) => {
                if !valid(number) {
                    return self.error_at(self.at(at + i), format!("invalid column number: {}", &text[i..]));
                }
                (line, Some(number as u32), j, &text[..j - 1])
            }
            _ => (number, None, i, &text[..i - 1]),
        };
        if !valid(line) {
            let until = if col.is_some() { i - 1 } else { text.len() };
            let rest = &text[line_at..until];
            return self.error_at(self.at(at + line_at), format!("invalid line number: {rest}"));
        }
        let file = if name.is_empty() {
            match (col, self.line_directives.last()) {
                (None, _) => String::new(),
                (Some(_), Some(last)) => last.file.clone(),
                (Some(_), None) => self.source.name.clone(),
            }
        } else {
            directives::resolve_file(&self.source.name, name)
        };
        self.line_directives.push(LineDirective { offset: from as u32, file, line: line as u32, col });
    }
}
