//! Expressions and simple statements as gc's messages print them: on one line, bodies of functions and
//! composite literals shortened to `…`.
//!
//! Guarantees: recursion no deeper than `MAX_DEPTH` constructs; left spines are walked in loops.

use std::fmt::Write;

use crate::ast::*;

/// `x` in gc's short form.
pub fn expr_string(x: &Expr) -> String {
    let mut out = String::new();
    expr(&mut out, x);
    out
}

/// The expressions, separated by commas.
pub fn expr_list_string(list: &[Expr]) -> String {
    let mut out = String::new();
    expr_list(&mut out, list);
    out
}

/// As `expr_list_string`, with a binary expression in parentheses.
pub(crate) fn emphasized(list: &[Expr]) -> String {
    let s = expr_list_string(list);
    match list {
        [Expr { kind: ExprKind::Binary { .. }, .. }] => format!("({s})"),
        _ => s,
    }
}

/// A simple statement.
pub(crate) fn stmt_string(s: &Stmt) -> String {
    match &s.kind {
        StmtKind::Expr(x) => expr_string(x),
        StmtKind::Send { chan, value } => format!("{} <- {}", expr_string(chan), expr_string(value)),
        StmtKind::IncDec { x, inc } => format!("{}{}", expr_string(x), if *inc { "++" } else { "--" }),
        StmtKind::Assign { lhs, op, define, rhs } => {
            let op = op.map_or(if *define { ":" } else { "" }, BinaryOp::as_str);
            format!("{} {op}= {}", expr_list_string(lhs), expr_list_string(rhs))
        }
        _ => String::new(),
    }
}

/// Writing to a string does not fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {
        write!($out, $($arg)*).expect("a string takes everything")
    };
}

fn expr_list(out: &mut String, list: &[Expr]) {
    for (i, x) in list.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        expr(out, x);
    }
}

fn expr(out: &mut String, x: &Expr) {
    let mut links = Vec::new();
    let mut x = x;
    while let ExprKind::CompositeLit { ty: Some(left), .. }
    | ExprKind::KeyValue { key: left, .. }
    | ExprKind::Selector { x: left, .. }
    | ExprKind::Index { x: left, .. }
    | ExprKind::Slice { x: left, .. }
    | ExprKind::TypeAssert { x: left, .. }
    | ExprKind::Call { fun: left, .. }
    | ExprKind::Binary { x: left, .. } = &x.kind
    {
        links.push(x);
        x = left;
    }
    leaf(out, x);
    for link in links.into_iter().rev() {
        after_left(out, link);
    }
}

/// The part of a link of a left spine that follows its left operand.
fn after_left(out: &mut String, x: &Expr) {
    let optional = |out: &mut String, x: &Option<Box<Expr>>| {
        if let Some(x) = x {
            expr(out, x);
        }
    };
    match &x.kind {
        ExprKind::CompositeLit { elems, .. } => {
            out.push_str(if elems.is_empty() { "{}" } else { "{…}" });
        }
        ExprKind::KeyValue { value, .. } => {
            out.push_str(": ");
            expr(out, value);
        }
        ExprKind::Selector { sel, .. } => put!(out, ".{}", sel.name),
        ExprKind::Index { indices, .. } => {
            out.push('[');
            expr_list(out, indices);
            out.push(']');
        }
        ExprKind::Slice { lo, hi, max, .. } => {
            out.push('[');
            optional(out, lo);
            out.push(':');
            optional(out, hi);
            if max.is_some() {
                out.push(':');
                optional(out, max);
            }
            out.push(']');
        }
        ExprKind::TypeAssert { ty, .. } => {
            out.push_str(".(");
            match ty {
                Some(t) => expr(out, t),
                None => out.push_str("type"),
            }
            out.push(')');
        }
        ExprKind::Call { args, dots, .. } => {
            out.push('(');
            expr_list(out, args);
            out.push_str(if dots.is_some() { "...)" } else { ")" });
        }
        ExprKind::Binary { op, y, .. } => {
            put!(out, " {} ", op.as_str());
            expr(out, y);
        }
        _ => {}
    }
}

fn leaf(out: &mut String, x: &Expr) {
    match &x.kind {
        ExprKind::Bad => out.push_str("<bad expr>"),
        ExprKind::Name(name) => out.push_str(name.as_str()),
        ExprKind::BasicLit { text, .. } => out.push_str(text),
        ExprKind::CompositeLit { elems, .. } => {
            out.push_str(if elems.is_empty() { "{}" } else { "{…}" });
        }
        ExprKind::FuncLit { ty, body } => {
            out.push_str("func");
            signature(out, ty);
            out.push_str(if body.stmts.is_empty() { " {}" } else { " {…}" });
        }
        ExprKind::Paren(x) => {
            out.push('(');
            expr(out, x);
            out.push(')');
        }
        ExprKind::Star(x) => {
            out.push('*');
            expr(out, x);
        }
        ExprKind::Unary { op, x } => {
            out.push_str(op.as_str());
            expr(out, x);
        }
        ExprKind::ArrayType { len, elem } => {
            out.push('[');
            match len {
                Some(len) => expr(out, len),
                None => out.push_str("..."),
            }
            out.push(']');
            expr(out, elem);
        }
        ExprKind::SliceType(elem) => {
            out.push_str("[]");
            expr(out, elem);
        }
        ExprKind::Ellipsis(elem) => {
            out.push_str("...");
            expr(out, elem);
        }
        ExprKind::StructType { fields } => struct_fields(out, fields),
        ExprKind::FuncType(ty) => {
            out.push_str("func");
            signature(out, ty);
        }
        ExprKind::InterfaceType { elems } => {
            out.push_str("interface{");
            for (i, e) in elems.iter().enumerate() {
                if i > 0 {
                    out.push_str("; ");
                }
                match e {
                    InterfaceElem::Method { name, ty } => {
                        out.push_str(name.name.as_str());
                        signature(out, ty);
                    }
                    InterfaceElem::Embed(t) => expr(out, t),
                }
            }
            out.push('}');
        }
        ExprKind::MapType { key, value } => {
            out.push_str("map[");
            expr(out, key);
            out.push(']');
            expr(out, value);
        }
        ExprKind::ChanType { dir, elem } => {
            out.push_str(match dir {
                ChanDir::Both => "chan ",
                ChanDir::Send => "chan<- ",
                ChanDir::Recv => "<-chan ",
            });
            // chan (<-chan T) would read as (chan<-) chan T.
            let is_ambiguous =
                *dir == ChanDir::Both && matches!(elem.kind, ExprKind::ChanType { dir: ChanDir::Recv, .. });
            if is_ambiguous {
                out.push('(');
            }
            expr(out, elem);
            if is_ambiguous {
                out.push(')');
            }
        }
        _ => {}
    }
}

fn struct_fields(out: &mut String, fields: &[Field]) {
    out.push_str("struct{");
    for (i, f) in fields.iter().enumerate() {
        if i > 0 {
            out.push_str(if f.shares_type { ", " } else { "; " });
        }
        let type_follows = !fields.get(i + 1).is_some_and(|next| next.shares_type);
        match &f.name {
            Some(name) if type_follows => put!(out, "{} ", name.name),
            Some(name) => put!(out, "{}", name.name),
            None => {}
        }
        if type_follows {
            expr(out, &f.ty);
            if let Some(tag) = &f.tag {
                out.push(' ');
                expr(out, tag);
            }
        }
    }
    out.push('}');
}

/// Parameters and results.
fn signature(out: &mut String, ty: &FuncType) {
    params(out, &ty.params);
    match &ty.results[..] {
        [] => {}
        [Field { name: None, ty, .. }] => {
            out.push(' ');
            expr(out, ty);
        }
        results => {
            out.push(' ');
            params(out, results);
        }
    }
}

fn params(out: &mut String, list: &[Field]) {
    out.push('(');
    for (i, f) in list.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if let Some(name) = &f.name {
            put!(out, "{}", name.name);
            if list.get(i + 1).is_some_and(|next| next.name.is_some() && next.shares_type) {
                continue;
            }
            out.push(' ');
        }
        expr(out, &f.ty);
    }
    out.push(')');
}
