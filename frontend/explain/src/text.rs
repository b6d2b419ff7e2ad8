//! Nodes as gc prints them.
//!
//! In: the tree. Out: text.

use escargo_types::World;
use escargo_types::world::TypeId;

use crate::tree::{N, Op, Tree};

const PREC_CALL: u8 = 8;
const PREC_UNARY: u8 = 7;

fn binary_prec(op: &str) -> u8 {
    match op {
        "*" | "/" | "%" | "<<" | ">>" | "&" | "&^" => 6,
        "+" | "-" | "|" | "^" => 5,
        "==" | "!=" | "<" | "<=" | ">" | ">=" => 4,
        "&&" => 2,
        _ => 1,
    }
}

/// A type as gc's middle end prints it.
pub fn type_text(w: &World, t: TypeId) -> String {
    w.type_string(t).replace("interface{", "interface {").replace("struct{", "struct {")
}

pub fn node_text(t: &Tree, w: &World, n: N) -> String {
    let mut out = String::new();
    Printer { t, w, out: &mut out }.expr(n, 0);
    out
}

struct Printer<'a> {
    t: &'a Tree,
    w: &'a World,
    out: &'a mut String,
}

impl Printer<'_> {
    fn list(&mut self, list: &[N]) {
        for (i, &n) in list.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            self.expr(n, 0);
        }
    }

    fn call(&mut self, args: &[N], dots: bool) {
        self.out.push('(');
        self.list(args);
        self.out.push_str(if dots { "...)" } else { ")" });
    }

    fn prec(&self, n: N) -> u8 {
        match self.t.op(n) {
            Op::Unary(..) | Op::Addr(_) | Op::Deref(_) | Op::Recv(_) | Op::PtrLit(_) => PREC_UNARY,
            Op::Binary(op, ..) => binary_prec(op),
            Op::AddStr(_) => 5,
            _ => PREC_CALL,
        }
    }

    fn literal(&mut self, n: N, empty: bool) {
        let node = &self.t.nodes[n as usize];
        if node.implicit {
            return self.out.push_str("... argument");
        }
        let ty = type_text(self.w, node.ty);
        self.out.push_str(&ty);
        self.out.push_str(if empty { "{}" } else { "{...}" });
    }

    fn converted(&mut self, n: N, x: N) {
        let ty = self.t.ty(n);
        let text = type_text(self.w, ty);
        if self.w.has_name(ty) {
            self.out.push_str(&text);
        } else {
            self.out.push_str(&format!("({text})"));
        }
        self.call(&[x], false);
    }

    fn expr(&mut self, mut n: N, prec: u8) {
        loop {
            let node = &self.t.nodes[n as usize];
            match node.op {
                Op::Addr(x) | Op::Deref(x) | Op::Conv(x) | Op::ConvIface(x) if node.implicit => n = x,
                _ => break,
            }
        }
        let own = self.prec(n);
        if prec > own {
            self.out.push('(');
            self.expr(n, 0);
            return self.out.push(')');
        }
        match self.t.op(n) {
            Op::Lit(s) | Op::Int(s, _) | Op::Func(_, s) | Op::Global(s) => self.out.push_str(s),
            Op::Nil => self.out.push_str("nil"),
            Op::Type => {
                let text = type_text(self.w, self.t.ty(n));
                self.out.push_str(&text);
            }
            Op::Var(v) => self.out.push_str(&self.t.vars[*v].name),
            Op::MethExpr(_, recv, name) => {
                let text = type_text(self.w, *recv);
                let text = if text.starts_with('*') { format!("({text})") } else { text };
                self.out.push_str(&format!("{text}.{name}"));
            }
            Op::Unary(op, x) => {
                self.out.push_str(op);
                if matches!(self.t.op(*x), Op::Unary(inner, _) if inner == op) {
                    self.out.push(' ');
                }
                self.expr(*x, own + 1);
            }
            Op::Recv(x) => {
                self.out.push_str("<-");
                self.expr(*x, own + 1);
            }
            Op::Addr(x) => {
                self.out.push('&');
                self.expr(*x, own + 1);
            }
            Op::PtrLit(x) => {
                self.out.push('&');
                self.expr(*x, 0);
            }
            Op::Deref(x) => {
                self.out.push('*');
                self.expr(*x, own + 1);
            }
            Op::Binary(op, x, y) => {
                self.expr(*x, own);
                self.out.push_str(&format!(" {op} "));
                self.expr(*y, own + 1);
            }
            Op::AddStr(list) => {
                for (i, &x) in list.iter().enumerate() {
                    if i > 0 {
                        self.out.push_str(" + ");
                    }
                    self.expr(x, own);
                }
            }
            Op::Dot(x, name) | Op::DotPtr(x, name) | Op::MethValue { x, name, .. } => {
                self.expr(*x, own);
                self.out.push('.');
                self.out.push_str(name);
            }
            Op::DotType(x) => {
                self.expr(*x, own);
                let ty = type_text(self.w, self.t.ty(n));
                self.out.push_str(&format!(".({ty})"));
            }
            Op::Index(x, i) | Op::IndexMap(x, i) => {
                self.expr(*x, own);
                self.out.push('[');
                self.expr(*i, 0);
                self.out.push(']');
            }
            Op::Slice { x, bounds, .. } => {
                self.expr(*x, own);
                self.out.push('[');
                if let Some(lo) = bounds[0] {
                    self.expr(lo, 0);
                }
                self.out.push(':');
                if let Some(hi) = bounds[1] {
                    self.expr(hi, 0);
                }
                if let Some(max) = bounds[2] {
                    self.out.push(':');
                    self.expr(max, 0);
                }
                self.out.push(']');
            }
            Op::Conv(x)
            | Op::ConvIface(x)
            | Op::StrConv(_, x)
            | Op::SliceToArray(x)
            | Op::SliceToArrayPtr(x) => self.converted(n, *x),
            Op::Call { fun, args, dots } => {
                self.expr(*fun, own);
                self.call(args, *dots);
            }
            Op::CallIface { x, name, args, dots, .. } => {
                self.expr(*x, own);
                self.out.push('.');
                self.out.push_str(name);
                self.call(args, *dots);
            }
            Op::Append { args, dots } => {
                self.out.push_str("append");
                self.call(args, *dots);
            }
            Op::Copy(x, y) => {
                self.out.push_str("copy");
                self.call(&[*x, *y], false);
            }
            Op::Complex(x, y) => {
                self.out.push_str("complex");
                self.call(&[*x, *y], false);
            }
            Op::Panic(x) => {
                self.out.push_str("panic");
                self.call(&[*x], false);
            }
            Op::Clear(x) => {
                self.out.push_str("clear");
                self.call(&[*x], false);
            }
            Op::Simple(name, x) | Op::UnsafeData(name, x) => {
                self.out.push_str(name);
                self.call(&[*x], false);
            }
            Op::Discard(name, args) | Op::MinMax(name, args) => {
                self.out.push_str(name);
                self.call(args, false);
            }
            Op::UnsafePair(name, x, y) => {
                self.out.push_str(name);
                self.call(&[*x, *y], false);
            }
            Op::New(ty) => {
                let ty = type_text(self.w, *ty);
                self.out.push_str(&format!("new({ty})"));
            }
            Op::MakeSlice(len, cap) => self.make(n, &[Some(*len), *cap]),
            Op::MakeMap(len) | Op::MakeChan(len) => self.make(n, &[*len]),
            Op::ArrayLit(l) | Op::SliceLit(l) | Op::StructLit(l) => self.literal(n, l.is_empty()),
            Op::MapLit(l) => self.literal(n, l.is_empty()),
            Op::Closure(_) => self.out.push_str("func literal"),
            Op::Assign { lhs, rhs, defs, .. } => {
                self.list(lhs);
                self.out.push_str(if defs.is_empty() { " = " } else { " := " });
                self.list(rhs);
            }
            _ => {}
        }
    }

    fn make(&mut self, n: N, sizes: &[Option<N>]) {
        let ty = type_text(self.w, self.t.ty(n));
        self.out.push_str(&format!("make({ty}"));
        for &s in sizes.iter().flatten() {
            self.out.push_str(", ");
            self.expr(s, 0);
        }
        self.out.push(')');
    }
}
