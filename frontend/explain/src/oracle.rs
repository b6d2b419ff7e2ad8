//! What variables hold: the one value that a variable is ever given, the functions that it may mean.
//!
//! In: a tree. Out: `StaticValues` of one declared function and its closures.

use rustc_hash::FxHashMap;

use crate::tree::{Class, FnId, N, Op, Tree, VarId};

#[derive(Clone, Debug, Default)]
struct Facts {
    /// What the defining statement gives it.
    value: Option<N>,
    /// All that it is ever given.
    given: Vec<N>,
    /// Given in another way, or addressed.
    unclear: bool,
    defined: bool,
    assignments: usize,
}

#[derive(Default)]
pub struct StaticValues {
    vars: FxHashMap<VarId, Facts>,
}

impl StaticValues {
    pub fn of(t: &Tree, func: FnId) -> StaticValues {
        let mut s = StaticValues::default();
        let mut todo: Vec<N> = t.funcs[func].body.clone().unwrap_or_default();
        let closures = t.funcs[func].closures.clone();
        for c in closures {
            todo.extend(t.funcs[c].body.clone().unwrap_or_default());
        }
        while let Some(n) = todo.pop() {
            s.node(t, n);
            t.children(n, &mut |c| todo.push(c));
        }
        s
    }

    fn unclear(&mut self, t: &Tree, n: N) {
        if let Op::Var(v) = t.op(n) {
            let f = self.vars.entry(*v).or_default();
            f.unclear = true;
            f.assignments += 1;
        }
    }

    fn node(&mut self, t: &Tree, n: N) {
        match t.op(n) {
            Op::Assign { lhs, rhs, defs, .. } => {
                for (i, &l) in lhs.iter().enumerate() {
                    let Op::Var(v) = t.op(l) else { continue };
                    let f = self.vars.entry(*v).or_default();
                    let value = rhs.get(i).copied();
                    if defs.contains(v) {
                        f.value = value;
                        f.defined = true;
                    } else {
                        f.assignments += 1;
                    }
                    match value {
                        Some(value) if lhs.len() == rhs.len() => f.given.push(value),
                        Some(_) => f.unclear = true,
                        None => {}
                    }
                }
            }
            Op::AssignCall { lhs, .. } => lhs.iter().for_each(|&l| self.unclear(t, l)),
            Op::Update(x, _) => self.unclear(t, *x),
            Op::Range { key, value, .. } => key.iter().chain(value).for_each(|&x| self.unclear(t, x)),
            Op::Addr(x) => {
                let mut x = *x;
                while let Op::Dot(inner, _) | Op::Index(inner, _) = t.op(x) {
                    x = *inner;
                }
                self.unclear(t, x);
            }
            _ => {}
        }
    }

    /// The first expression that always has the value of `n`.
    pub fn value(&self, t: &Tree, mut n: N) -> N {
        loop {
            match t.op(n) {
                Op::Conv(x) => n = *x,
                Op::Var(v) => {
                    let Some(f) = self.vars.get(v) else { return n };
                    if t.vars[*v].class != Class::Auto || f.unclear || f.assignments > 0 || !f.defined {
                        return n;
                    }
                    match f.value {
                        Some(value) => n = value,
                        None => return n,
                    }
                }
                _ => return n,
            }
        }
    }

    /// All that a variable is given, if that is known.
    pub fn given(&self, t: &Tree, v: VarId) -> Option<&[N]> {
        let f = self.vars.get(&v)?;
        (t.vars[v].class == Class::Auto && !f.unclear).then_some(&f.given[..])
    }
}
