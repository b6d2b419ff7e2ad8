//! Facts about types and nodes that the flows depend on.
//!
//! In: types, nodes. Out: answers.

use escargo_types::World;
use escargo_types::world::{Basic, Type, TypeId};

use crate::tree::{N, Op, Tree};

pub fn has_pointers(w: &mut World, t: TypeId) -> bool {
    let under = w.under(t);
    match w.ty(under).clone() {
        Type::Basic(b) => {
            matches!(b, Basic::String | Basic::UnsafePointer | Basic::UntypedString | Basic::UntypedNil)
        }
        Type::Array { len, elem } => len != 0 && has_pointers(w, elem),
        Type::Struct(s) => s.fields.iter().any(|&f| {
            let ty = w.obj(f).ty;
            has_pointers(w, ty)
        }),
        Type::Tuple(vars) => vars.iter().any(|&v| {
            let ty = w.obj(v).ty;
            has_pointers(w, ty)
        }),
        _ => true,
    }
}

pub fn is_interface(w: &mut World, t: TypeId) -> bool {
    w.is_non_type_param_interface(t)
}

/// Whether an interface holds the value itself: it is one pointer.
pub fn is_direct(w: &mut World, t: TypeId) -> bool {
    let under = w.under(t);
    match w.ty(under).clone() {
        Type::Pointer(_) | Type::Map { .. } | Type::Chan { .. } | Type::Signature(_) => true,
        Type::Basic(b) => b == Basic::UnsafePointer,
        Type::Array { len: 1, elem } => is_direct(w, elem),
        Type::Struct(s) if s.fields.len() == 1 => {
            let ty = w.obj(s.fields[0]).ty;
            is_direct(w, ty)
        }
        _ => false,
    }
}

fn is_basic(w: &mut World, t: TypeId, kind: Basic) -> bool {
    let under = w.under(t);
    matches!(w.ty(under), Type::Basic(b) if *b == kind)
}

pub fn is_unsafe_pointer(w: &mut World, t: TypeId) -> bool {
    is_basic(w, t, Basic::UnsafePointer)
}

pub fn is_uintptr(w: &mut World, t: TypeId) -> bool {
    is_basic(w, t, Basic::Uintptr)
}

pub fn is_slice(w: &mut World, t: TypeId) -> bool {
    let under = w.under(t);
    matches!(w.ty(under), Type::Slice(_))
}

/// The element type of a slice or array.
pub fn elem(w: &mut World, t: TypeId) -> Option<TypeId> {
    let under = w.under(t);
    match w.ty(under) {
        Type::Slice(e) => Some(*e),
        Type::Array { elem, .. } => Some(*elem),
        _ => None,
    }
}

pub fn elem_has_pointers(w: &mut World, t: TypeId) -> bool {
    elem(w, t).is_none_or(|e| has_pointers(w, e))
}

/// A constant with the type that it is converted to, as it is printed.
pub fn constant_text(w: &mut World, t: TypeId, value: &str) -> String {
    let value = match value.find('(') {
        Some(open) if value.ends_with(')') && !value.starts_with(['"', '\'']) => {
            &value[open + 1..value.len() - 1]
        }
        _ => value,
    };
    let plain = [Basic::Int, Basic::String, Basic::Float64, Basic::Bool, Basic::Complex128];
    let unaliased = w.unalias(t);
    if plain.iter().any(|&b| unaliased == World::basic(b)) || w.is_untyped(unaliased) {
        return value.to_owned();
    }
    if value.starts_with('\'') {
        return value.to_owned();
    }
    format!("{}({value})", crate::text::type_text(w, t))
}

/// `Data` of a `reflect.SliceHeader` or `StringHeader`.
pub fn is_header_data(t: &Tree, w: &mut World, n: N) -> bool {
    let (Op::DotPtr(x, name) | Op::Dot(x, name)) = t.op(n) else { return false };
    if name != "Data" {
        return false;
    }
    let mut ty = w.unalias(t.ty(*x));
    if let Type::Pointer(p) = w.ty(ty) {
        ty = w.unalias(*p);
    }
    let Type::Named(named) = w.ty(ty) else { return false };
    let o = w.obj(named.obj);
    matches!(o.name.as_str(), "SliceHeader" | "StringHeader")
        && o.pkg.is_some_and(|p| w.pkg(p).path == "reflect")
}

/// An assignment that stores no pointer which was not in its object before.
pub fn self_assign(t: &Tree, dst: N, src: N) -> bool {
    if slice_self_assign(t, dst, src) {
        return true;
    }
    match (t.op(dst), t.op(src)) {
        (Op::Dot(a, _), Op::Dot(b, _)) | (Op::DotPtr(a, _), Op::DotPtr(b, _)) => same_safe(t, *a, *b),
        (Op::Index(a, i), Op::Index(b, j)) => !effects(t, *i) && !effects(t, *j) && same_safe(t, *a, *b),
        _ => false,
    }
}

/// `b.buf = b.buf[i:j]`.
fn slice_self_assign(t: &Tree, dst: N, src: N) -> bool {
    let base = |n: N| match t.op(n) {
        Op::Deref(x) | Op::DotPtr(x, _) => match t.op(*x) {
            Op::Var(v) => Some(*v),
            _ => None,
        },
        _ => None,
    };
    let Op::Slice { x, array, .. } = t.op(src) else { return false };
    if *array && matches!(t.op(*x), Op::Addr(_)) {
        return false;
    }
    base(dst).is_some() && base(dst) == base(*x)
}

fn effects(t: &Tree, n: N) -> bool {
    match t.op(n) {
        Op::Var(_) | Op::Global(_) | Op::Func(..) | Op::Lit(_) | Op::Int(..) | Op::Nil => false,
        Op::Binary(op, x, y) => {
            matches!(*op, "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||")
                || effects(t, *x)
                || effects(t, *y)
        }
        Op::Index(x, y) => effects(t, *x) || effects(t, *y),
        Op::Conv(x) | Op::Unary(_, x) | Op::Dot(x, _) | Op::DotPtr(x, _) | Op::Deref(x) => effects(t, *x),
        Op::Simple("len" | "cap", x) => effects(t, *x),
        _ => true,
    }
}

/// The same expression, free of effects.
fn same_safe(t: &Tree, a: N, b: N) -> bool {
    match (t.op(a), t.op(b)) {
        (Op::Var(x), Op::Var(y)) => x == y,
        (Op::Dot(x, f), Op::Dot(y, g)) | (Op::DotPtr(x, f), Op::DotPtr(y, g)) => {
            f == g && same_safe(t, *x, *y)
        }
        (Op::Deref(x), Op::Deref(y)) | (Op::Conv(x), Op::Conv(y)) => same_safe(t, *x, *y),
        (Op::Unary(o, x), Op::Unary(p, y)) => o == p && same_safe(t, *x, *y),
        (Op::Index(x, i), Op::Index(y, j)) => same_safe(t, *x, *y) && same_safe(t, *i, *j),
        (Op::Lit(x), Op::Lit(y)) => x == y,
        (Op::Int(_, x), Op::Int(_, y)) => x == y,
        _ => false,
    }
}
