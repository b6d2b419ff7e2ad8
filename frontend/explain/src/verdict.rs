//! From a solved graph to tags and messages.
//!
//! In: a batch whose flows are known. Out: tags of its functions' parameters, messages in gc's words and order.

use crate::facts;
use crate::flow::Batch;
use crate::graph::{ESCAPES, Leaks, LocId, MAX_RESULTS, MUTATES, What};
use crate::text;
use crate::tree::{Class, FnId, N, Op, Param, StrConv};

/// Variables may stand on the stack up to this size, other things up to the second.
const MAX_VAR: i64 = 128 << 10;
const MAX_IMPLICIT: i64 = 64 << 10;

impl Batch<'_> {
    /// Notes where a size or an operand is a constant although it is not written as one.
    pub(crate) fn literals(&mut self, l: LocId) {
        let What::Node(n) = self.g.locs[l].what else { return };
        let t = self.t;
        let func = self.g.locs[l].func;
        match t.op(n) {
            Op::MakeSlice(len, cap) => {
                let size = cap.unwrap_or(*len);
                if !matches!(t.op(size), Op::Int(..)) {
                    let v = self.statics(func).value(t, size);
                    if matches!(t.op(v), Op::Int(_, i) if *i >= 0) {
                        self.known.insert(n, v);
                    }
                }
            }
            Op::ConvIface(x) => {
                if !matches!(t.op(*x), Op::Int(..) | Op::Lit(_)) && !facts::is_interface(self.w, t.ty(*x)) {
                    let v = self.statics(func).value(t, *x);
                    if matches!(t.op(v), Op::Int(..) | Op::Lit(_)) {
                        self.known.insert(n, v);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether a thing is on the heap whatever its flows are.
    pub(crate) fn heap_only(&mut self, l: LocId) -> bool {
        let t = self.t;
        match self.g.locs[l].what {
            What::Nothing => false,
            What::Var(v) => {
                let var = &t.vars[v];
                var.class == Class::Auto && self.w.size_of(var.ty).is_none_or(|s| s > MAX_VAR)
            }
            What::Node(n) => match t.op(n) {
                Op::New(ty) => self.w.size_of(*ty).is_none_or(|s| s > MAX_IMPLICIT),
                Op::PtrLit(x) => self.w.size_of(t.ty(*x)).is_none_or(|s| s > MAX_IMPLICIT),
                Op::MakeSlice(len, cap) => {
                    let size = self.known.get(&n).copied().unwrap_or(cap.unwrap_or(*len));
                    let elem = facts::elem(self.w, t.ty(n)).and_then(|e| self.w.size_of(e)).unwrap_or(0);
                    match t.op(size) {
                        _ if elem == 0 => true,
                        Op::Int(_, count) => *count > MAX_IMPLICIT / elem,
                        _ => false,
                    }
                }
                Op::SliceLit(list) => {
                    let elem = facts::elem(self.w, t.ty(n)).and_then(|e| self.w.size_of(e)).unwrap_or(0);
                    elem.saturating_mul(list.len() as i64) > i64::MAX / 2
                }
                Op::MethValue { x, .. } => self.w.size_of(t.ty(*x)).is_none_or(|s| s + 8 > MAX_IMPLICIT),
                _ => self.w.size_of(t.ty(n)).is_some_and(|s| s > MAX_VAR),
            },
        }
    }

    fn text(&mut self, n: N) -> String {
        let t = self.t;
        if let Some(&v) = self.known.get(&n) {
            let ty = text::type_text(self.w, t.ty(n));
            let value = text::node_text(t, self.w, v);
            return match t.op(n) {
                Op::MakeSlice(_, None) => format!("make({ty}, {value})"),
                Op::MakeSlice(len, Some(_)) => {
                    format!("make({ty}, {}, {value})", text::node_text(t, self.w, *len))
                }
                _ => {
                    let of = t.ty(self.operand(n));
                    facts::constant_text(self.w, of, &value)
                }
            };
        }
        match t.op(n) {
            Op::Append { .. } => "append".into(),
            _ => text::node_text(t, self.w, n),
        }
    }

    fn operand(&self, n: N) -> N {
        match self.t.op(n) {
            Op::ConvIface(x) => *x,
            _ => n,
        }
    }

    pub(crate) fn finish(&mut self) {
        let t = self.t;
        for &f in &self.order.clone() {
            let func = &t.funcs[f];
            let quiet = func.wrapper || func.generic || !self.say;
            let mut tags = Vec::new();
            for p in &func.params {
                tags.push(self.param(f, p, quiet));
            }
            self.tags.insert(f, tags);
        }
        if !self.say {
            return;
        }
        for l in 4..self.g.locs.len() {
            let escapes = self.g.has(l, ESCAPES);
            match self.g.locs[l].what {
                What::Nothing => {}
                What::Var(v) => {
                    if escapes {
                        let var = &t.vars[v];
                        self.messages.push((var.pos, format!("moved to heap: {}", var.name)));
                    }
                }
                What::Node(n) => {
                    if matches!(t.op(n), Op::Closure(f) if t.funcs[*f].wrapper) {
                        continue;
                    }
                    let what = self.text(n);
                    let verdict = if escapes { "escapes to heap" } else { "does not escape" };
                    self.messages.push((t.pos(n), format!("{what} {verdict}")));
                    if matches!(t.op(n), Op::StrConv(StrConv::ToBytes, _)) && !self.g.has(l, MUTATES) {
                        self.messages.push((t.pos(n), "zero-copy string->[]byte conversion".into()));
                    }
                }
            }
        }
    }

    fn param(&mut self, f: FnId, p: &Param, quiet: bool) -> Leaks {
        let func = &self.t.funcs[f];
        let named = !p.name.is_empty() && p.name != "_";
        let mut say = |text: String| {
            if !quiet {
                self.messages.push((p.pos, text));
            }
        };
        let uintptr = facts::is_uintptr(self.w, p.ty);
        let at = func.params.iter().position(|q| std::ptr::eq(p, q)).unwrap_or(0);
        let name = if p.name.is_empty() {
            format!("~p{}", at - usize::from(func.has_recv && at > 0))
        } else {
            p.name.clone()
        };
        let mut leaks = Leaks::default();
        if func.body.is_none() {
            if uintptr {
                say(format!("assuming {name} is unsafe uintptr"));
                return leaks;
            }
            if !facts::has_pointers(self.w, p.ty) {
                return leaks;
            }
            if func.pragmas.noescape {
                if !p.name.is_empty() {
                    say(format!("{name} does not escape"));
                }
                leaks.mutator = Some(0);
                leaks.callee = Some(0);
            } else {
                if !p.name.is_empty() {
                    say(format!("leaking param: {name}"));
                }
                leaks.heap = Some(0);
            }
            return leaks;
        }
        if func.pragmas.uintptr_escapes {
            if uintptr {
                say(format!("marking {name} as escaping uintptr"));
                return leaks;
            }
            if facts::elem(self.w, p.ty).is_some_and(|e| facts::is_uintptr(self.w, e)) {
                say(format!("marking {name} as escaping ...uintptr"));
                leaks.heap = Some(0);
                return leaks;
            }
        }
        if !facts::has_pointers(self.w, p.ty) || !named {
            return leaks;
        }
        let Some(&l) = p.var.and_then(|v| self.locs.get(&v)) else { return leaks };
        if self.g.has(l, ESCAPES) {
            // The caller copies it: what it holds goes to the heap.
            return Leaks { heap: Some(0), ..self.g.locs[l].leaks }.optimized();
        }
        leaks = self.g.locs[l].leaks.optimized();
        let mut said = false;
        if let Some(d) = leaks.heap {
            let what = if d == 0 { "leaking param" } else { "leaking param content" };
            say(format!("{what}: {}", p.name));
            said = true;
        }
        for r in 0..MAX_RESULTS {
            if let Some(d) = leaks.results[r] {
                let name = &self.t.vars[func.results[r]].name;
                say(format!("leaking param: {} to result {name} level={d}", p.name));
                said = true;
            }
        }
        if !said {
            say(format!("{} does not escape", p.name));
        }
        leaks
    }
}
