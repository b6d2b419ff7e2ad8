//! Calls of interface methods whose receiver is known to be of one type.
//!
//! In: a tree. Out: direct calls in their place, and a message for each.

use escargo_syntax::Pos;
use escargo_types::World;
use escargo_types::lookup::Lookup;
use escargo_types::world::*;

use crate::expr::origin;
use crate::facts;
use crate::oracle::StaticValues;
use crate::text;
use crate::tree::{FnId, N, Op, Tree};

pub fn function(t: &mut Tree, w: &mut World, f: FnId, out: &mut Vec<(Pos, String)>) {
    let mut todo: Vec<N> = t.funcs[f].body.clone().unwrap_or_default();
    for &c in &t.funcs[f].closures {
        // A call that `go` or `defer` makes is left alone.
        if !t.funcs[c].wrapper {
            todo.extend(t.funcs[c].body.iter().flatten());
        }
    }
    let mut calls = Vec::new();
    while let Some(n) = todo.pop() {
        if matches!(t.op(n), Op::CallIface { .. }) {
            calls.push(n);
        }
        t.children(n, &mut |c| todo.push(c));
    }
    if calls.is_empty() {
        return;
    }
    calls.sort_unstable();
    let statics = StaticValues::of(t, f);
    for n in calls {
        call(t, w, &statics, n, out);
    }
}

fn call(t: &mut Tree, w: &mut World, statics: &StaticValues, n: N, out: &mut Vec<(Pos, String)>) {
    let Op::CallIface { x, name, method, args, dots } = t.op(n).clone() else { return };
    let Op::ConvIface(value) = *t.op(statics.value(t, x)) else { return };
    let ty = t.ty(value);
    if facts::is_interface(w, ty) || w.is_type_param(ty) {
        return;
    }
    let pkg = w.current;
    let symbol = escargo_syntax::Symbol::new(&name);
    let Lookup::Found(found) = w.lookup_field_or_method(ty, true, pkg, symbol) else { return };
    if !matches!(w.obj(found.obj).kind, ObjKind::Func { .. }) {
        return;
    }
    let pos = t.pos(n);
    let what = format!("{}.{name}", text::node_text(t, w, x));
    let target = text::type_text(w, ty);
    let mut x = t.node(pos, ty, Op::DotType(x));
    for &i in &found.path[..found.path.len() - 1] {
        match crate::expr::field(t, w, x, pos, i) {
            Some(f) => x = f,
            None => return,
        }
    }
    let at = t.ty(x);
    if facts::is_interface(w, at) {
        out.push((pos, format!("partially devirtualizing {what} to {target}")));
        t.nodes[n as usize].op = Op::CallIface { x, name, method, args, dots };
        return;
    }
    out.push((pos, format!("devirtualizing {what} to {target}")));
    let callee = origin(w, found.obj);
    let by_pointer = matches!(w.obj(callee).kind, ObjKind::Func { ptr_recv: true, .. });
    let (base, pointer) = w.deref(at);
    if pointer && !by_pointer {
        x = t.implicit(pos, base, Op::Deref(x));
    } else if by_pointer && !pointer {
        let p = w.new_type(Type::Pointer(at));
        x = t.implicit(pos, p, Op::Addr(x));
    }
    let recv = t.ty(x);
    let fun = t.node(pos, World::INVALID, Op::MethExpr(Some(callee), recv, name));
    let mut list = vec![x];
    list.extend(args);
    t.nodes[n as usize].op = Op::Call { fun, args: list, dots };
}
