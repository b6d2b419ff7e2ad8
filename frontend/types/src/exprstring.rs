//! Expressions as text, as messages show them: one line, function bodies left out.
//!
//! In: syntax. Out: text.

use escargo_syntax::ast::{BinaryOp, ChanDir, Expr, ExprKind, Field, FuncType, InterfaceElem, UnaryOp};

pub fn expr_string(e: &Expr) -> String {
    let mut p = Printer { out: String::new() };
    p.expr(e);
    p.out
}

pub fn unary_text(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Plus => "+",
        UnaryOp::Neg => "-",
        UnaryOp::Not => "!",
        UnaryOp::Xor => "^",
        UnaryOp::Addr => "&",
        UnaryOp::Recv => "<-",
        UnaryOp::Tilde => "~",
    }
}

pub fn binary_text(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::OrOr => "||",
        BinaryOp::AndAnd => "&&",
        BinaryOp::Eql => "==",
        BinaryOp::Neq => "!=",
        BinaryOp::Lss => "<",
        BinaryOp::Leq => "<=",
        BinaryOp::Gtr => ">",
        BinaryOp::Geq => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Or => "|",
        BinaryOp::Xor => "^",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
        BinaryOp::And => "&",
        BinaryOp::AndNot => "&^",
        BinaryOp::Shl => "<<",
        BinaryOp::Shr => ">>",
    }
}

struct Printer {
    out: String,
}

impl Printer {
    fn text(&mut self, s: &str) {
        self.out.push_str(s);
    }

    fn list(&mut self, list: &[Expr]) {
        for (i, e) in list.iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            self.expr(e);
        }
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Bad => self.text("_"),
            ExprKind::Name(n) => self.text(n.as_str()),
            ExprKind::BasicLit { text, .. } => self.text(text),
            ExprKind::CompositeLit { ty, elems, .. } => {
                if let Some(t) = ty {
                    self.expr(t);
                }
                self.text(if elems.is_empty() { "{}" } else { "{…}" });
            }
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.text(": ");
                self.expr(value);
            }
            ExprKind::FuncLit { ty, body } => {
                self.text("func");
                self.signature(ty);
                self.text(if body.stmts.is_empty() { " {}" } else { " {…}" });
            }
            ExprKind::Paren(x) => {
                self.text("(");
                self.expr(x);
                self.text(")");
            }
            ExprKind::Selector { x, sel } => {
                self.expr(x);
                self.text(".");
                self.text(sel.name.as_str());
            }
            ExprKind::Index { x, indices } => {
                self.expr(x);
                self.text("[");
                self.list(indices);
                self.text("]");
            }
            ExprKind::Slice { x, lo, hi, max, full } => {
                self.expr(x);
                self.text("[");
                if let Some(e) = lo {
                    self.expr(e);
                }
                self.text(":");
                if let Some(e) = hi {
                    self.expr(e);
                }
                if *full {
                    self.text(":");
                    if let Some(e) = max {
                        self.expr(e);
                    }
                }
                self.text("]");
            }
            ExprKind::TypeAssert { x, ty } => {
                self.expr(x);
                self.text(".(");
                match ty {
                    Some(t) => self.expr(t),
                    None => self.text("type"),
                }
                self.text(")");
            }
            ExprKind::Call { fun, args, dots, .. } => {
                self.expr(fun);
                self.text("(");
                self.list(args);
                if dots.is_some() {
                    self.text("...");
                }
                self.text(")");
            }
            ExprKind::Star(x) => {
                self.text("*");
                self.expr(x);
            }
            ExprKind::Unary { op, x } => {
                self.text(unary_text(*op));
                self.expr(x);
            }
            ExprKind::Binary { op, x, y } => {
                self.expr(x);
                self.text(" ");
                self.text(binary_text(*op));
                self.text(" ");
                self.expr(y);
            }
            ExprKind::ArrayType { len, elem } => {
                self.text("[");
                match len {
                    Some(l) => self.expr(l),
                    None => self.text("..."),
                }
                self.text("]");
                self.expr(elem);
            }
            ExprKind::SliceType(elem) => {
                self.text("[]");
                self.expr(elem);
            }
            ExprKind::Ellipsis(elem) => {
                self.text("...");
                self.expr(elem);
            }
            ExprKind::StructType { fields } => {
                self.text("struct{");
                for (i, f) in fields.iter().enumerate() {
                    if i > 0 {
                        self.text(if f.shares_type { ", " } else { "; " });
                    }
                    if let (Some(n), false) = (f.name, f.embedded) {
                        self.text(n.name.as_str());
                        if fields.get(i + 1).is_some_and(|next| next.shares_type) {
                            continue;
                        }
                        self.text(" ");
                    }
                    self.expr(&f.ty);
                    if let Some(tag) = &f.tag {
                        self.text(" ");
                        self.expr(tag);
                    }
                }
                self.text("}");
            }
            ExprKind::FuncType(ty) => {
                self.text("func");
                self.signature(ty);
            }
            ExprKind::InterfaceType { elems } => {
                self.text("interface{");
                for (i, elem) in elems.iter().enumerate() {
                    if i > 0 {
                        self.text("; ");
                    }
                    match elem {
                        InterfaceElem::Method { name, ty } => {
                            self.text(name.name.as_str());
                            self.signature(ty);
                        }
                        InterfaceElem::Embed(t) => self.expr(t),
                    }
                }
                self.text("}");
            }
            ExprKind::MapType { key, value } => {
                self.text("map[");
                self.expr(key);
                self.text("]");
                self.expr(value);
            }
            ExprKind::ChanType { dir, elem } => {
                self.text(match dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                let inner = matches!(elem.kind, ExprKind::ChanType { dir: ChanDir::Recv, .. });
                if *dir == ChanDir::Both && inner {
                    self.text("(");
                    self.expr(elem);
                    self.text(")");
                } else {
                    self.expr(elem);
                }
            }
        }
    }

    fn signature(&mut self, ty: &FuncType) {
        self.params(&ty.params);
        match ty.results.as_slice() {
            [] => {}
            [only] if only.name.is_none() => {
                self.text(" ");
                self.expr(&only.ty);
            }
            list => {
                self.text(" ");
                self.params(list);
            }
        }
    }

    fn params(&mut self, list: &[Field]) {
        self.text("(");
        for (i, f) in list.iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            if let Some(n) = f.name {
                self.text(n.name.as_str());
                // `a, b int`: the type follows the last name that shares it.
                if list.get(i + 1).is_some_and(|next| next.shares_type) {
                    continue;
                }
                self.text(" ");
            }
            self.expr(&f.ty);
        }
        self.text(")");
    }
}
