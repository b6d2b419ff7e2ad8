//! Types, parameters, struct fields, interface elements.

use std::sync::Arc;

use super::Parser;
use crate::ast::*;
use crate::source::Pos;
use crate::token::{Op, Token, Token::*};

/// A parameter before it is known which of the names are types.
struct Param {
    pos: Pos,
    name: Option<Ident>,
    ty: Option<Arc<Expr>>,
}

/// What follows a name in brackets.
enum Bracketed {
    /// An array or slice type.
    Type(Expr),
    /// Type arguments, with the position of the `[`.
    Args(Pos, Vec<Expr>),
}

pub(super) fn name_to_expr(name: Ident) -> Expr {
    Expr { id: name.id, pos: name.pos, kind: ExprKind::Name(name.name) }
}

impl Parser<'_> {
    pub(super) fn type_(&mut self) -> Expr {
        if let Some(t) = self.type_or_none() {
            return t;
        }
        let t = self.bad_expr();
        self.syntax_error("expected type");
        self.advance(&[Comma, Colon, Semi, Rparen, Rbrack, Rbrace]);
        t
    }

    pub(super) fn type_or_none(&mut self) -> Option<Expr> {
        if !matches!(
            self.tok(),
            Star | Arrow | Func | Lbrack | Chan | Map | Struct | Interface | Name | Lparen
        ) {
            return None;
        }
        let Some(outer) = self.enter() else { return Some(self.bad_expr()) };
        let t = self.some_type();
        self.leave(outer);
        Some(t)
    }

    /// The type that the current token starts.
    fn some_type(&mut self) -> Expr {
        let pos = self.pos();
        match self.tok() {
            Star => {
                self.next();
                let t = self.type_();
                self.expr_at(pos, ExprKind::Star(Box::new(t)))
            }
            Arrow => {
                self.next();
                self.want(Chan);
                self.chan_type(pos, ChanDir::Recv)
            }
            Func => {
                self.next();
                let (_, ty) = self.func_type(Some("function type"));
                self.expr_at(ty.pos, ExprKind::FuncType(Box::new(ty)))
            }
            Lbrack => {
                self.next();
                if self.got(Rbrack) { self.slice_type(pos) } else { self.array_type(pos, None) }
            }
            Chan => {
                self.next();
                let dir = if self.got(Arrow) { ChanDir::Send } else { ChanDir::Both };
                self.chan_type(pos, dir)
            }
            Map => {
                self.next();
                self.want(Lbrack);
                let key = self.type_();
                self.want(Rbrack);
                let value = self.type_();
                self.expr_at(pos, ExprKind::MapType { key: Box::new(key), value: Box::new(value) })
            }
            Struct => self.struct_type(),
            Interface => self.interface_type(),
            Lparen => {
                self.next();
                let t = self.type_();
                self.want(Rparen);
                t
            }
            _ => self.qualified_name(None),
        }
    }

    fn chan_type(&mut self, pos: Pos, dir: ChanDir) -> Expr {
        let elem = match self.type_or_none() {
            Some(t) => t,
            None => {
                let t = self.bad_expr();
                self.syntax_error("missing channel element type");
                t
            }
        };
        self.expr_at(pos, ExprKind::ChanType { dir, elem: Box::new(elem) })
    }

    /// `[]T`, its brackets read; `pos` is that of the `[`.
    pub(super) fn slice_type(&mut self, pos: Pos) -> Expr {
        let elem = self.type_();
        self.expr_at(pos, ExprKind::SliceType(Box::new(elem)))
    }

    /// `[n]T`, its `[` and perhaps its length read.
    pub(super) fn array_type(&mut self, pos: Pos, len: Option<Expr>) -> Expr {
        let mut len = len;
        if len.is_none() && !self.got(DotDotDot) {
            self.xnest += 1;
            len = Some(self.expr());
            self.xnest -= 1;
        }
        if self.tok() == Comma {
            // A type parameter list may have one here.
            self.syntax_error("unexpected comma; expected ]");
            self.next();
        }
        self.want(Rbrack);
        let elem = self.type_();
        self.expr_at(pos, ExprKind::ArrayType { len: len.map(Box::new), elem: Box::new(elem) })
    }

    /// Type parameters, parameters and results. With a context, type parameters are an error.
    pub(super) fn func_type(&mut self, context: Option<&str>) -> (Vec<Field>, FuncType) {
        let mut pos = self.pos();
        let mut tparams = Vec::new();
        if self.got(Lbrack) {
            if let Some(context) = context {
                self.syntax_error_at(pos, &format!("{context} must have no type parameters"));
            }
            if self.tok() == Rbrack {
                self.syntax_error("empty type parameter list");
                self.next();
            } else {
                tparams = self.param_list(None, None, Rbrack, true, false);
            }
            pos = self.pos();
        }
        self.want(Lparen);
        let params = self.param_list(None, None, Rparen, false, true);
        let results = self.func_result();
        (tparams, FuncType { pos, params, results })
    }

    fn func_result(&mut self) -> Vec<Field> {
        if self.got(Lparen) {
            return self.param_list(None, None, Rparen, false, false);
        }
        let pos = self.pos();
        match self.type_or_none() {
            Some(ty) => vec![field(pos, None, Arc::new(ty))],
            None => Vec::new(),
        }
    }

    fn struct_type(&mut self) -> Expr {
        let pos = self.pos();
        let mut fields = Vec::new();
        self.want(Struct);
        self.want(Lbrace);
        self.list("struct type", Semi, Rbrace, |p| {
            p.field_decl(&mut fields);
            false
        });
        self.expr_at(pos, ExprKind::StructType { fields })
    }

    fn field_decl(&mut self, fields: &mut Vec<Field>) {
        let pos = self.pos();
        match self.tok() {
            Name => {
                let name = self.name();
                if matches!(self.tok(), Dot | Literal | Semi | Rbrace) {
                    let ty = self.qualified_name(Some(name));
                    return self.embedded_field(fields, pos, ty);
                }
                let names = self.name_list_after(name);
                let ty = if names.len() == 1 && self.tok() == Lbrack {
                    // A field of an array or slice type, or an embedded T[P1, P2, ...].
                    match self.array_or_args() {
                        Bracketed::Args(at, indices) => {
                            let x = Box::new(name_to_expr(name));
                            let ty = self.expr_at(at, ExprKind::Index { x, indices });
                            return self.embedded_field(fields, pos, ty);
                        }
                        Bracketed::Type(t) => t,
                    }
                } else {
                    self.type_()
                };
                let tag = self.literal();
                let ty = Arc::new(ty);
                let last = names.len() - 1;
                for (i, name) in names.into_iter().enumerate() {
                    let mut f = field(name.pos, Some(name), ty.clone());
                    f.shares_type = i > 0;
                    if let Some(Expr { id, pos, kind: ExprKind::BasicLit { kind, text, bad } }) = &tag
                        && i < last
                    {
                        let kind = ExprKind::BasicLit { kind: *kind, text: text.clone(), bad: *bad };
                        f.tag = Some(Expr { id: *id, pos: *pos, kind });
                    }
                    fields.push(f);
                }
                if let Some(f) = fields.last_mut() {
                    f.tag = tag;
                }
            }
            Star => {
                self.next();
                let ty = if self.tok() == Lparen {
                    self.syntax_error("cannot parenthesize embedded type");
                    self.next();
                    let ty = self.qualified_name(None);
                    self.got(Rparen);
                    ty
                } else {
                    self.qualified_name(None)
                };
                let ty = self.expr_at(pos, ExprKind::Star(Box::new(ty)));
                self.embedded_field(fields, pos, ty);
            }
            Lparen => {
                self.syntax_error("cannot parenthesize embedded type");
                self.next();
                let star = self.pos();
                let ty = if self.got(Star) {
                    let ty = self.qualified_name(None);
                    self.expr_at(star, ExprKind::Star(Box::new(ty)))
                } else {
                    self.qualified_name(None)
                };
                self.got(Rparen);
                self.embedded_field(fields, pos, ty);
            }
            _ => {
                self.syntax_error("expected field name or embedded type");
                self.advance(&[Semi, Rbrace]);
            }
        }
    }

    fn embedded_field(&mut self, fields: &mut Vec<Field>, pos: Pos, ty: Expr) {
        let mut f = field(pos, None, Arc::new(ty));
        f.tag = self.literal();
        f.embedded = true;
        fields.push(f);
    }

    /// `[]T`, `[n]T`, or the arguments of an instantiation of the name that stood before.
    fn array_or_args(&mut self) -> Bracketed {
        let pos = self.pos();
        self.want(Lbrack);
        if self.got(Rbrack) {
            return Bracketed::Type(self.slice_type(pos));
        }
        let (mut list, comma) = self.type_list(false);
        self.want(Rbrack);
        if !comma && let Some(elem) = self.type_or_none() {
            let len = list.pop().map(Box::new);
            return Bracketed::Type(self.expr_at(pos, ExprKind::ArrayType { len, elem: Box::new(elem) }));
        }
        Bracketed::Args(pos, list)
    }

    fn interface_type(&mut self) -> Expr {
        let pos = self.pos();
        let mut elems = Vec::new();
        self.want(Interface);
        self.want(Lbrace);
        self.list("interface type", Semi, Rbrace, |p| {
            let first = if p.tok() == Name {
                match p.method_decl() {
                    InterfaceElem::Embed(t) => Some(t),
                    method => {
                        elems.push(method);
                        return false;
                    }
                }
            } else {
                None
            };
            let t = p.embedded_elem(first);
            elems.push(InterfaceElem::Embed(t));
            false
        });
        self.expr_at(pos, ExprKind::InterfaceType { elems })
    }

    /// A method, or an embedded type that starts with a name.
    fn method_decl(&mut self) -> InterfaceElem {
        const CONTEXT: Option<&str> = Some("interface method");
        let name = self.name();
        match self.tok() {
            Lparen => {
                let (_, ty) = self.func_type(CONTEXT);
                InterfaceElem::Method { name, ty }
            }
            Lbrack => {
                // A method with type parameters, which is an error, or an embedded instantiated type.
                let pos = self.pos();
                self.next();
                if self.tok() == Rbrack {
                    let pos = self.pos();
                    self.next();
                    if self.tok() == Lparen {
                        self.error_at(pos, "empty type parameter list");
                        let (_, ty) = self.func_type(CONTEXT);
                        return InterfaceElem::Method { name, ty };
                    }
                    self.error_at(pos, "empty type argument list");
                    return InterfaceElem::Embed(name_to_expr(name));
                }
                // Type arguments look like a parameter list of types only.
                let list = self.param_list(None, None, Rbrack, false, false);
                if list.is_empty() {
                    if self.tok() == Lparen {
                        let (_, ty) = self.func_type(CONTEXT);
                        return InterfaceElem::Method { name, ty };
                    }
                    return InterfaceElem::Embed(name_to_expr(name));
                }
                if list[0].name.is_some() {
                    let (_, ty) = self.func_type(CONTEXT);
                    self.error_at(pos, "interface method must have no type parameters");
                    return InterfaceElem::Method { name, ty };
                }
                let indices = list
                    .into_iter()
                    .map(|f| Arc::try_unwrap(f.ty).expect("unnamed parameters do not share types"))
                    .collect();
                let x = Box::new(name_to_expr(name));
                InterfaceElem::Embed(self.expr_at(pos, ExprKind::Index { x, indices }))
            }
            _ => InterfaceElem::Embed(self.qualified_name(Some(name))),
        }
    }

    /// `term | term | ...`; the first term may have been parsed already.
    fn embedded_elem(&mut self, first: Option<Expr>) -> Expr {
        let outer = std::mem::take(&mut self.height);
        let mut t = match first {
            Some(t) => t,
            None => self.embedded_term(),
        };
        while self.at_operator(Op::Or) {
            let pos = self.pos();
            self.next();
            let y = self.embedded_term();
            t = self.expr_at(pos, ExprKind::Binary { op: BinaryOp::Or, x: Box::new(t), y: Box::new(y) });
            self.link();
        }
        self.height = self.height.max(outer);
        t
    }

    fn embedded_term(&mut self) -> Expr {
        if self.at_operator(Op::Tilde) {
            let pos = self.pos();
            self.next();
            let t = self.type_();
            return self.expr_at(pos, ExprKind::Unary { op: UnaryOp::Tilde, x: Box::new(t) });
        }
        if let Some(t) = self.type_or_none() {
            return t;
        }
        let t = self.bad_expr();
        self.syntax_error("expected ~ term or type");
        self.advance(&[Operator, Semi, Rparen, Rbrack, Rbrace]);
        t
    }

    /// One element of a list that ends with `follow`; `name` is its first name if it has been parsed already.
    fn param_decl(&mut self, name: Option<Ident>, follow: Token) -> Option<Param> {
        // Unions and ~T may stand in type parameter lists.
        let is_tparam = follow == Rbrack;
        let pos = name.map_or(self.pos(), |n| n.pos);
        let param = |name, ty: Expr| Some(Param { pos, name, ty: Some(Arc::new(ty)) });
        if name.is_none() && is_tparam && self.at_operator(Op::Tilde) {
            let t = self.embedded_elem(None);
            return param(None, t);
        }

        let mut named = None;
        if name.is_some() || self.tok() == Name {
            let name = match name {
                Some(name) => name,
                None => self.name(),
            };
            if self.tok() == Lbrack {
                let (name, mut t) = match self.array_or_args() {
                    Bracketed::Args(at, indices) => {
                        let x = Box::new(name_to_expr(name));
                        (None, self.expr_at(at, ExprKind::Index { x, indices }))
                    }
                    Bracketed::Type(t) => (Some(name), t),
                };
                if is_tparam && self.at_operator(Op::Or) {
                    t = self.embedded_elem(Some(t));
                }
                return param(name, t);
            }
            if self.tok() == Dot {
                let mut t = self.qualified_name(Some(name));
                if is_tparam && self.at_operator(Op::Or) {
                    t = self.embedded_elem(Some(t));
                }
                return param(None, t);
            }
            if is_tparam && self.at_operator(Op::Or) {
                let t = self.embedded_elem(Some(name_to_expr(name)));
                return param(None, t);
            }
            named = Some(name);
        }

        if self.tok() == DotDotDot {
            let at = self.pos();
            self.next();
            let t = match self.type_or_none() {
                Some(t) => self.expr_at(at, ExprKind::Ellipsis(Box::new(t))),
                None => {
                    let t = self.bad_expr();
                    self.syntax_error("... is missing type");
                    t
                }
            };
            return param(named, t);
        }
        if is_tparam && self.at_operator(Op::Tilde) {
            let t = self.embedded_elem(None);
            return param(named, t);
        }
        let mut ty = self.type_or_none();
        if is_tparam
            && self.at_operator(Op::Or)
            && let Some(t) = ty
        {
            ty = Some(self.embedded_elem(Some(t)));
        }
        if named.is_some() || ty.is_some() {
            return Some(Param { pos, name: named, ty: ty.map(Arc::new) });
        }
        self.syntax_error(&format!("expected {}", follow.describe()));
        self.advance(&[Comma, follow]);
        None
    }

    /// Parameters up to `close`, the opening token read. `name` and `ty` are the first one as far as it has
    /// been parsed already. In the result all or none have names. `is_tparams`: every one needs a name;
    /// `dots_ok`: the last one may be `...T`.
    pub(super) fn param_list(
        &mut self,
        name: Option<Ident>,
        ty: Option<Expr>,
        close: Token,
        is_tparams: bool,
        dots_ok: bool,
    ) -> Vec<Field> {
        if let (Some(name), true, true) = (name, ty.is_some(), self.tok() == close) {
            self.next();
            return ty.into_iter().map(|ty| field(name.pos, Some(name), Arc::new(ty))).collect();
        }
        let mut first_name = name;
        let mut first_type = ty;
        let mut list: Vec<Param> = Vec::new();
        let end = self.list("parameter list", Comma, close, |p| {
            let param = match (first_name.take(), first_type.take()) {
                (Some(name), Some(ty)) => {
                    Some(Param { pos: name.pos, name: Some(name), ty: Some(Arc::new(ty)) })
                }
                (name, _) => p.param_decl(name, close),
            };
            list.extend(param);
            false
        });

        let named = list.iter().filter(|p| p.name.is_some() && p.ty.is_some()).count();
        let typed = list.iter().filter(|p| p.ty.is_some()).count();
        if named == 0 && !is_tparams {
            // No name is followed by a type: the names are types.
            for p in &mut list {
                if let Some(name) = p.name.take() {
                    p.ty = Some(Arc::new(name_to_expr(name)));
                }
            }
        } else if named != list.len() {
            self.name_all(&mut list, named == typed, is_tparams, end);
        }

        let mut reported = false;
        let len = list.len();
        let mut fields: Vec<Field> = Vec::with_capacity(len);
        for (i, Param { pos, name, ty }) in list.into_iter().enumerate() {
            let mut ty = ty.expect("every parameter has been given a type");
            if matches!(ty.kind, ExprKind::Ellipsis(_)) && (!dots_ok || i + 1 < len) {
                if !reported {
                    let message =
                        if dots_ok { "can only use ... with final parameter" } else { "invalid use of ..." };
                    self.error_at(ty.pos, message);
                    reported = true;
                }
                ty = self.without_dots(ty);
            }
            let shares_type = fields.last().is_some_and(|f| Arc::ptr_eq(&f.ty, &ty));
            let mut f = field(pos, name, ty);
            f.shares_type = shares_type;
            fields.push(f);
        }
        fields
    }

    /// `T` of an invalid `...T`; of one that several parameters share, a placeholder.
    fn without_dots(&mut self, ty: Arc<Expr>) -> Arc<Expr> {
        let pos = ty.pos;
        if let Ok(mut t) = Arc::try_unwrap(ty)
            && let ExprKind::Ellipsis(elem) = std::mem::replace(&mut t.kind, ExprKind::Bad)
        {
            return Arc::new(*elem);
        }
        Arc::new(self.expr_at(pos, ExprKind::Bad))
    }

    /// Gives every parameter a name and a type where only some have both: a name alone has the type of the
    /// next parameter. What is missing is reported; `end` is the position of the closing token.
    fn name_all(&mut self, list: &mut [Param], all_typed_are_named: bool, is_tparams: bool, end: Pos) {
        let mut error = None;
        let mut current: Option<Arc<Expr>> = None;
        for p in list.iter_mut().rev() {
            if let Some(ty) = &p.ty {
                if p.name.is_none() {
                    let pos = ty.start();
                    error = Some(pos);
                    p.name = Some(self.ident_at(pos, "_"));
                }
                current = p.ty.clone();
            } else if current.is_some() {
                p.ty = current.clone();
            } else {
                error = Some(p.pos);
                p.ty = Some(Arc::new(self.expr_at(p.pos, ExprKind::Bad)));
            }
        }
        let Some(pos) = error else { return };
        match (all_typed_are_named, is_tparams) {
            // Names without a type stand at the end of the list.
            (true, true) => self.syntax_error_at(end, "missing type constraint"),
            (true, false) => self.syntax_error_at(end, "missing parameter type"),
            (false, true) if list.len() == 1 => {
                self.syntax_error_at(pos, "missing type parameter name or invalid array length");
            }
            (false, true) => self.syntax_error_at(pos, "missing type parameter name"),
            (false, false) => self.syntax_error_at(pos, "missing parameter name"),
        }
    }

    /// `name`, `pkg.name`, either with type arguments; the first name may have been parsed already.
    pub(super) fn qualified_name(&mut self, name: Option<Ident>) -> Expr {
        let name = match name {
            Some(name) => name,
            None if self.tok() == Name => self.name(),
            None => {
                let pos = self.pos();
                self.syntax_error("expected name");
                self.advance(&[Dot, Semi, Rbrace]);
                self.ident_at(pos, "_")
            }
        };
        let mut x = name_to_expr(name);
        let pos = self.pos();
        if self.got(Dot) {
            let sel = self.name();
            x = self.expr_at(pos, ExprKind::Selector { x: Box::new(x), sel });
        }
        let pos = self.pos();
        if self.got(Lbrack) {
            let indices = if self.tok() == Rbrack {
                self.syntax_error("expected type argument list");
                vec![self.bad_expr()]
            } else {
                self.type_list(true).0
            };
            self.want(Rbrack);
            x = self.expr_at(pos, ExprKind::Index { x: Box::new(x), indices });
        }
        x
    }
}

fn field(pos: Pos, name: Option<Ident>, ty: Arc<Expr>) -> Field {
    Field { pos, name, ty, shares_type: false, tag: None, embedded: false }
}
