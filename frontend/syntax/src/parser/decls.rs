//! Files and declarations.

use super::Parser;
use super::types::name_to_expr;
use crate::ast::*;
use crate::branches;
use crate::directives;
use crate::token::{Token, Token::*};

/// A specification of a group: the group and the specification's index in it.
type Place = Option<(GroupId, u32)>;

const DECLS: &[Token] = &[Import, Const, Type, Var, Func];

impl Parser<'_> {
    pub(super) fn file(&mut self) -> File {
        let pos = self.pos();
        let mut file = File {
            pos,
            package: self.ident_at(pos, "_"),
            decls: Vec::new(),
            directives: Vec::new(),
            eof: self.at(self.sc.text().len()),
        };
        self.file_body(&mut file);
        file.directives = std::mem::take(&mut self.directives);
        file
    }

    fn file_body(&mut self, file: &mut File) {
        if !self.got(Package) {
            return self.syntax_error("package statement must be first");
        }
        for d in self.take_pragma() {
            if d.name != "go:build" {
                directives::misplaced(&d, &mut self.diags);
            }
        }
        file.package = self.name();
        self.want(Semi);
        if self.errors > 0 {
            return;
        }
        let mut last = Import;
        while self.tok() != Eof && (self.tok() == Import || !self.imports_only) {
            if self.tok() == Import && last != Import {
                self.syntax_error("imports must appear before other declarations");
            }
            last = self.tok();
            self.height = 0;
            match self.tok() {
                Import => {
                    self.next();
                    self.group(&mut file.decls, Self::import_decl);
                }
                Const => {
                    self.next();
                    self.group(&mut file.decls, Self::const_decl);
                }
                Type => {
                    self.next();
                    self.group(&mut file.decls, Self::type_decl);
                }
                Var => {
                    self.next();
                    self.group(&mut file.decls, Self::var_decl);
                }
                Func => {
                    self.next();
                    let decl = self.func_decl();
                    file.decls.push(Decl::Func(Box::new(decl)));
                }
                tok => {
                    let after_signature =
                        matches!(file.decls.last(), Some(Decl::Func(f)) if f.body.is_none());
                    if tok == Lbrace && after_signature {
                        self.syntax_error("unexpected semicolon or newline before {");
                    } else {
                        self.syntax_error("non-declaration statement outside function body");
                    }
                    self.advance(DECLS);
                    continue;
                }
            }
            // Before the semicolon is consumed: comments behind it belong to the next declaration.
            self.clear_pragma();
            if self.tok() != Eof && !self.got(Semi) {
                self.syntax_error("after top level declaration");
                self.advance(DECLS);
            }
        }
        self.clear_pragma();
    }

    /// One specification or a parenthesised group of them.
    fn group(&mut self, decls: &mut Vec<Decl>, spec: fn(&mut Self, Place) -> Decl) {
        if self.tok() != Lparen {
            decls.push(spec(self, None));
            return;
        }
        let group = GroupId(self.id().0);
        self.clear_pragma();
        self.next();
        let mut index = 0;
        self.list("grouped declaration", Semi, Rparen, |p| {
            decls.push(spec(p, Some((group, index))));
            index += 1;
            false
        });
    }

    /// The declarations of a statement, whose keyword is the current token.
    pub(super) fn decl_stmt(&mut self) -> Vec<Decl> {
        let spec = match self.tok() {
            Const => Self::const_decl,
            Type => Self::type_decl,
            _ => Self::var_decl,
        };
        self.next();
        let mut decls = Vec::new();
        self.group(&mut decls, spec);
        decls
    }

    /// The directives above a declaration that takes none.
    fn no_pragma(&mut self) {
        let pragma = self.take_pragma();
        directives::check_decl(&pragma, false, false, &mut self.diags);
    }

    fn import_decl(&mut self, _: Place) -> Decl {
        let pos = self.pos();
        self.no_pragma();
        let id = self.id();
        let name = match self.tok() {
            Name => Some(self.name()),
            Dot => {
                let dot = self.ident_at(pos, ".");
                self.next();
                Some(dot)
            }
            _ => None,
        };
        let path = match self.literal() {
            None => {
                let path = self.bad_expr();
                self.syntax_error("missing import path");
                self.advance(&[Semi, Rparen]);
                path
            }
            Some(mut path) => {
                if let ExprKind::BasicLit { kind, bad, text } = &mut path.kind {
                    self.imports_embed |= matches!(&**text, "\"embed\"" | "`embed`");
                    if !*bad && *kind != LitKind::String {
                        *bad = true;
                        self.syntax_error_at(path.pos, "import path must be a string");
                    }
                }
                path
            }
        };
        Decl::Import(ImportDecl { id, pos, name, path })
    }

    fn const_decl(&mut self, place: Place) -> Decl {
        let pos = self.pos();
        self.no_pragma();
        let names = self.name_list();
        let mut ty = None;
        let mut values = Vec::new();
        if !matches!(self.tok(), Eof | Semi | Rparen) {
            ty = self.type_or_none();
            if self.got_assign() {
                values = self.expr_list();
            }
        }
        let iota = place.map_or(0, |(_, index)| index);
        Decl::Const(ConstDecl { pos, group: place.map(|p| p.0), iota, names, ty, values })
    }

    fn type_decl(&mut self, place: Place) -> Decl {
        let pos = self.pos();
        let directives = self.take_pragma();
        directives::check_decl(&directives, false, false, &mut self.diags);
        let name = self.name();
        let mut tparams = Vec::new();
        let mut alias = false;
        let lbrack = self.pos();
        let ty = if self.got(Lbrack) {
            match self.tok() {
                Name => {
                    // An array length or a type parameter. A name before a [ starts a type parameter, since no
                    // index expression is constant; else parse an expression and see whether it can be read
                    // as a name and a constraint.
                    let name = self.name();
                    let mut x = name_to_expr(name);
                    if self.tok() != Lbrack {
                        self.xnest += 1;
                        x = self.primary_expr(Some(x), false);
                        x = self.binary_expr(Some(x));
                        self.xnest -= 1;
                    }
                    match extract_name(x, self.tok() == Comma) {
                        Ok((name, constraint)) if constraint.is_some() || self.tok() != Rbrack => {
                            tparams = self.param_list(Some(name), constraint, Rbrack, true, false);
                            alias = self.got_assign();
                            self.type_or_none()
                        }
                        Ok((name, _)) => Some(self.array_type(lbrack, Some(name_to_expr(name)))),
                        Err(len) => Some(self.array_type(lbrack, Some(len))),
                    }
                }
                Rbrack => {
                    self.next();
                    Some(self.slice_type(lbrack))
                }
                _ => Some(self.array_type(lbrack, None)),
            }
        } else {
            alias = self.got_assign();
            self.type_or_none()
        };
        let ty = ty.unwrap_or_else(|| {
            let bad = self.bad_expr();
            self.syntax_error("in type declaration");
            self.advance(&[Semi, Rparen]);
            bad
        });
        Decl::Type(TypeDecl { pos, group: place.map(|p| p.0), name, tparams, alias, ty, directives })
    }

    fn var_decl(&mut self, place: Place) -> Decl {
        let pos = self.pos();
        let directives = self.take_pragma();
        directives::check_decl(&directives, false, true, &mut self.diags);
        let names = self.name_list();
        let mut ty = None;
        let mut values = Vec::new();
        if self.got_assign() {
            values = self.expr_list();
        } else {
            ty = Some(self.type_());
            if self.got_assign() {
                values = self.expr_list();
            }
        }
        if let Some(d) = directives.iter().find(|d| d.name == "go:embed") {
            let message = if !self.imports_embed {
                "go:embed requires import \"embed\" (or import _ \"embed\", if package is not used)"
            } else if names.len() > 1 {
                "go:embed cannot apply to multiple vars"
            } else if !values.is_empty() {
                "go:embed cannot apply to var with initializer"
            } else if self.fnest > 0 {
                "go:embed cannot apply to var inside func"
            } else {
                ""
            };
            if !message.is_empty() {
                self.error_at(d.pos, message);
            }
        }
        Decl::Var(VarDecl { pos, group: place.map(|p| p.0), names, ty, values, directives })
    }

    fn func_decl(&mut self) -> FuncDecl {
        let directives = self.take_pragma();
        directives::check_decl(&directives, true, false, &mut self.diags);
        let mut recv = None;
        let has_recv = self.got(Lparen);
        if has_recv {
            let mut list = self.param_list(None, None, Rparen, false, false);
            match list.len() {
                0 => self.error("method has no receiver"),
                1 => {}
                _ => self.error("method has multiple receivers"),
            }
            list.truncate(1);
            recv = list.pop();
        }
        let pos = self.pos();
        let (name, tparams, ty) = if self.tok() == Name {
            let name = self.name();
            let (tparams, ty) = self.func_type(None);
            (name, tparams, ty)
        } else {
            let name = self.ident_at(pos, "_");
            self.syntax_error(if has_recv { "expected name" } else { "expected name or (" });
            self.advance(&[Lbrace, Semi]);
            (name, Vec::new(), FuncType { pos, params: Vec::new(), results: Vec::new() })
        };
        let body = (self.tok() == Lbrace)
            .then(|| if self.skip_bodies { self.skip_body() } else { Body::parsed(self.func_body()) });
        FuncDecl { pos, name, recv, tparams, ty, body, directives }
    }

    /// Goes from a body's opening brace to the token behind it.
    fn skip_body(&mut self) -> Body {
        let pos = self.pos();
        self.sc.skip_block();
        self.next();
        let end = self.at(self.sc.start + 1);
        self.want(Rbrace);
        Body::skipped(pos..end)
    }

    pub(super) fn func_body(&mut self) -> Block {
        self.fnest += 1;
        let errors = self.errors;
        let body = self.block(None);
        self.fnest -= 1;
        // After a syntax error labels may be missing.
        if errors == self.errors {
            branches::check(&body, &mut self.branch_errors);
        }
        body
    }
}

/// Reads `x` as a name and a constraint: `P *C`, `P (C)`, `P *C|D`; or as a name alone. Only if the constraint
/// cannot be an ordinary expression, unless `force`. Err: `x` is to be read as it is.
fn extract_name(mut x: Expr, force: bool) -> Result<(Ident, Option<Expr>), Expr> {
    if let ExprKind::Name(name) = x.kind {
        return Ok((Ident { id: x.id, pos: x.pos, name }, None));
    }
    if !can_extract(&x, force) {
        return Err(x);
    }
    // The leftmost term of the union gives up its name.
    let mut term = &mut x;
    while matches!(term.kind, ExprKind::Binary { op: BinaryOp::Or, .. }) {
        let ExprKind::Binary { x, .. } = &mut term.kind else { unreachable!("just matched") };
        term = x;
    }
    let (fun, ty) = match std::mem::replace(&mut term.kind, ExprKind::Bad) {
        ExprKind::Binary { x, y, .. } => {
            term.kind = ExprKind::Star(y);
            (x, None)
        }
        ExprKind::Call { fun, mut args, .. } => (fun, args.pop()),
        _ => unreachable!("can_extract has seen a product or a call"),
    };
    if let Some(ty) = ty {
        *term = super::exprs::unparen(ty);
    }
    let ExprKind::Name(name) = fun.kind else { unreachable!("can_extract has seen a name") };
    Ok((Ident { id: fun.id, pos: fun.pos, name }, Some(x)))
}

fn can_extract(x: &Expr, mut force: bool) -> bool {
    let mut x = x;
    while let ExprKind::Binary { op: BinaryOp::Or, x: left, y } = &x.kind {
        force |= is_type_elem(y);
        x = left;
    }
    let is_name = |e: &Expr| matches!(e.kind, ExprKind::Name(_));
    match &x.kind {
        ExprKind::Binary { op: BinaryOp::Mul, x, y } => is_name(x) && (force || is_type_elem(y)),
        ExprKind::Call { fun, args, dots: None, .. } => {
            is_name(fun) && args.len() == 1 && (force || is_type_elem(&args[0]))
        }
        _ => false,
    }
}

/// Whether `x` can only be a type element, not a value.
fn is_type_elem(x: &Expr) -> bool {
    let mut x = x;
    loop {
        x = match &x.kind {
            ExprKind::ArrayType { .. }
            | ExprKind::StructType { .. }
            | ExprKind::FuncType(_)
            | ExprKind::InterfaceType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. }
            | ExprKind::Unary { op: UnaryOp::Tilde, .. } => return true,
            ExprKind::Binary { x, y, .. } => {
                if is_type_elem(y) {
                    return true;
                }
                x
            }
            ExprKind::Unary { x, .. } | ExprKind::Star(x) | ExprKind::Paren(x) => x,
            _ => return false,
        }
    }
}
