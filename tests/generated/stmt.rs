//! Statements: declarations, assignments, control flow, maps and channels.
//!
//! Guarantees: loops end (bounded, and every round of a loop that may call something takes fuel), every variable and label is used,
//! map iteration shows nothing of its order.

use std::rc::Rc;

use crate::emit;
use crate::program::{Gen, INT, INTS, Ty, Var};

const MAX_DEPTH: usize = 4;

impl Gen {
    pub fn statements(&mut self, n: usize) {
        for _ in 0..n {
            self.statement();
        }
    }

    /// Statements in a scope of their own; the caller writes the braces.
    pub fn block(&mut self, n: usize) {
        let marks = (self.ctx.vars.len(), self.ctx.owned.len(), self.ctx.closures.len());
        self.ctx.depth += 1;
        self.statements(n);
        self.ctx.depth -= 1;
        self.ctx.vars.truncate(marks.0);
        self.ctx.owned.truncate(marks.1);
        self.ctx.closures.truncate(marks.2);
    }

    pub fn few(&mut self) -> usize {
        1 + self.rng.below(3)
    }

    /// Declares a variable that later statements may use.
    pub fn declare(&mut self, name: String, ty: Ty, assignable: bool) {
        emit!(self, "_ = {name}");
        self.ctx.vars.push(Var { name, ty, assignable });
    }

    pub fn round(&mut self) {
        if !self.ctx.pure {
            emit!(self, "tick()");
        }
    }

    pub fn statement(&mut self) {
        let deep = self.ctx.depth >= MAX_DEPTH;
        let pure = self.ctx.pure;
        match self.rng.below(40) {
            0..=5 => self.define(),
            6..=10 => self.assign(),
            11 | 12 if !pure => self.show_something(),
            13..=15 if !deep => self.if_else(),
            16..=19 if !deep && self.ctx.loops < if pure { 1 } else { 3 } => self.loops(),
            20 | 21 if !deep => self.switch(),
            22 if !deep && !pure => self.type_switch(),
            23 | 24 if !pure => self.call(),
            25 | 26 if !pure => self.method_call(),
            27 if !deep && !pure => self.closure(),
            28 if !deep && !pure => self.defer(),
            29 if !deep && !pure => self.guarded(),
            30 | 31 if !pure => self.owned(),
            32 if !pure => self.maps(),
            33 => self.jump(),
            34 if !deep && !pure => self.goto(),
            35 if !pure => self.order(),
            36 if !pure => self.channel(),
            37 if !pure => self.bulk(),
            38 if !pure => self.swap(),
            39 => self.anonymous(),
            _ => self.assign(),
        }
    }

    pub fn define(&mut self) {
        let ty = if self.ctx.pure { self.value_ty() } else { self.ty(2) };
        let name = self.fresh("v");
        let text = self.text(&ty);
        match self.rng.below(6) {
            0 => emit!(self, "var {name} {text}"),
            1 => {
                let e = self.expr(&ty, 3).s;
                emit!(self, "var {name} {text} = {e}");
            }
            2 => {
                let other_ty = self.basic();
                let other = self.fresh("v");
                let (a, b) = (self.expr(&ty, 2).s, self.expr(&other_ty, 2).s);
                emit!(self, "{name}, {other} := {a}, {b}");
                self.declare(other, other_ty, true);
            }
            _ => {
                let e = self.expr(&ty, 3).s;
                emit!(self, "{name} := {e}");
            }
        }
        self.declare(name, ty, true);
    }

    pub fn assign(&mut self) {
        let mut places: Vec<_> = self.places().into_iter().filter(|p| p.assignable).collect();
        if places.is_empty() {
            return self.define();
        }
        let n = places.len();
        let p = places.swap_remove(self.rng.below(n));
        let s = p.s;
        match self.under(&p.ty) {
            Ty::Int(_) if self.rng.chance(60) => match self.rng.below(8) {
                0 => emit!(self, "{s}++"),
                1 => emit!(self, "{s}--"),
                2 | 3 => {
                    let op = ["<<", ">>"][self.rng.below(2)];
                    let count = self.expr(&Ty::Int(6), 1);
                    let count = self.hide(count).s;
                    emit!(self, "{s} {op}= {count}");
                }
                k => {
                    let op = ["+", "-", "*", "^", "|", "&", "&^"][self.rng.below(7)];
                    let x = self.expr(&p.ty, 2).s;
                    if k == 7 {
                        emit!(self, "{s} /= ({x} | 1)");
                    } else {
                        emit!(self, "{s} {op}= {x}");
                    }
                }
            },
            Ty::Float(_) | Ty::Complex(_) if self.rng.chance(50) => {
                let op = ["+", "-", "*"][self.rng.below(3)];
                let x = self.expr(&p.ty, 2).s;
                emit!(self, "{s} {op}= {x}");
            }
            Ty::Str if self.rng.chance(30) => {
                let x = self.expr(&p.ty, 2).s;
                emit!(self, "if len({s}) < 40 {{ {s} += {x} }}");
            }
            _ => {
                let x = self.expr(&p.ty, 3).s;
                emit!(self, "{s} = {x}");
            }
        }
    }

    pub fn swap(&mut self) {
        let mut places: Vec<_> = self.places().into_iter().filter(|p| p.assignable).collect();
        if places.is_empty() {
            return self.define();
        }
        let n = places.len();
        let a = places.swap_remove(self.rng.below(n));
        let same: Vec<_> = places.iter().filter(|p| p.ty == a.ty).collect();
        match same.len() {
            0 => {
                let x = self.expr(&a.ty, 1).s;
                emit!(self, "{}, _ = {x}, 0", a.s);
            }
            n => {
                let b = &same[self.rng.below(n)].s;
                emit!(self, "{}, {b} = {b}, {}", a.s, a.s);
            }
        }
    }

    pub fn show_something(&mut self) {
        let mut places = self.places();
        let n = places.len();
        if n == 0 {
            return self.define();
        }
        let p = places.swap_remove(self.rng.below(n));
        self.show(&p.s, &p.ty);
    }

    fn if_else(&mut self) {
        let c = format!("({})", self.boolean(3).s);
        if self.rng.chance(20) {
            let (name, ty) = (self.fresh("v"), self.basic());
            let e = self.expr(&ty, 2).s;
            emit!(self, "if {name} := ({e}); {c} {{\n_ = {name}");
        } else {
            emit!(self, "if {c} {{");
        }
        let n = self.few();
        self.block(n);
        if self.rng.chance(30) {
            let c = self.boolean(2).s;
            emit!(self, "}} else if ({c}) {{");
            self.block(1);
        }
        if self.rng.chance(50) {
            emit!(self, "}} else {{");
            let n = self.few();
            self.block(n);
        }
        emit!(self, "}}");
    }

    /// Writes `head { body }` with a label if the body jumps to it.
    pub fn labelled(&mut self, continues: bool, body: impl FnOnce(&mut Gen)) {
        let label = self.fresh("L");
        let saved = std::mem::take(&mut self.out);
        self.ctx.labels.push((label.clone(), continues, false));
        if continues {
            self.ctx.loops += 1;
        }
        body(self);
        if continues {
            self.ctx.loops -= 1;
        }
        let used = self.ctx.labels.pop().is_some_and(|l| l.2);
        let text = std::mem::replace(&mut self.out, saved);
        if used {
            emit!(self, "{label}:");
        }
        self.out.push_str(&text);
    }

    pub fn body(&mut self, vars: &[(&str, Ty)]) {
        let mark = self.ctx.vars.len();
        self.round();
        for (name, ty) in vars {
            let name = (*name).to_owned();
            self.declare(name, ty.clone(), true);
        }
        let n = self.few();
        self.block(n);
        self.ctx.vars.truncate(mark);
    }

    fn loops(&mut self) {
        let pure = self.ctx.pure;
        let form = self.rng.below(if pure { 5 } else { 12 });
        let (i, x) = (self.fresh("i"), self.fresh("x"));
        let k = 1 + self.rng.below(5);
        self.labelled(true, |g| match form {
            0 => {
                emit!(g, "for {i} := 0; {i} < {k}; {i}++ {{");
                // The counter may not be assigned: the loop must end.
                let mark = g.ctx.vars.len();
                g.ctx.vars.push(Var { name: i, ty: INT, assignable: false });
                g.body(&[]);
                g.ctx.vars.truncate(mark);
                emit!(g, "}}");
            }
            1 => {
                let kind = g.rng.below(INTS.len());
                let name = INTS[kind].0;
                emit!(g, "for {i} := range {name}({k}) {{");
                g.body(&[(&i, Ty::Int(kind))]);
                emit!(g, "}}");
            }
            2 => {
                let ty = if g.ctx.pure { Ty::Array(k, Rc::new(g.basic())) } else { Ty::Slice(Rc::new(g.ty(1))) };
                let (Ty::Array(_, e) | Ty::Slice(e)) = &ty else { return };
                let s = g.leaf(&ty).s;
                emit!(g, "for {i}, {x} := range ({s}) {{");
                g.body(&[(&i, INT), (&x, (**e).clone())]);
                emit!(g, "if {i} > 6 {{ break }}\n}}");
            }
            3 => {
                let s = g.expr(&Ty::Str, 1).s;
                emit!(g, "for {i}, {x} := range ({s}) {{");
                g.body(&[(&i, INT), (&x, Ty::Int(3))]);
                emit!(g, "if {i} > 5 {{ break }}\n}}");
            }
            4 => {
                let c = g.boolean(1).s;
                emit!(g, "for {i} := 0; {i} < {k} && (nc(true) || ({c})); {{\n{i}++");
                let mark = g.ctx.vars.len();
                g.ctx.vars.push(Var { name: i, ty: INT, assignable: false });
                g.body(&[]);
                g.ctx.vars.truncate(mark);
                emit!(g, "}}");
            }
            5 => {
                emit!(g, "for {i} := range upTo({k}) {{");
                g.body(&[(&i, INT)]);
                emit!(g, "}}");
            }
            6 => {
                let e = g.ty(1);
                let s = g.expr(&Ty::Slice(Rc::new(e.clone())), 1).s;
                emit!(g, "for {i}, {x} := range pairs({s}) {{");
                g.body(&[(&i, INT), (&x, e)]);
                emit!(g, "}}");
            }
            7 => {
                emit!(g, "for range thrice {{");
                g.body(&[]);
                emit!(g, "}}");
            }
            8 => {
                // Closures that keep the loop variable.
                let t = g.basic();
                let e = g.expr(&t, 1).s;
                let text = g.text(&t);
                let fs = g.fresh("fs");
                emit!(g, "for {x} := 0; {x} < 1; {x}++ {{\nvar {fs} []func() (int, {text})");
                emit!(g, "for {i} := 0; {i} < {k}; {i}++ {{");
                emit!(g, "{fs} = append({fs}, func() (int, {text}) {{ {i} += 10; return {i}, {e} }})");
                emit!(g, "if {i} % 2 == 1 {{ {i}++ }}\n}}");
                let shown = g.show_text("b", &t);
                emit!(
                    g,
                    "for _, f := range {fs} {{ a, b := f(); if room(\"loopvar \") {{ outInt(int64(a)); {shown}; nl() }} }}\n}}"
                );
            }
            9 => {
                let k = g.key();
                let v = g.ty(1);
                let m = g.leaf(&Ty::Map(Rc::new(k.clone()), Rc::new(v.clone()))).s;
                let less = match g.under(&k) {
                    Ty::Int(_) | Ty::Str => "a < b".to_owned(),
                    _ => "fmt.Sprint(a) < fmt.Sprint(b)".to_owned(),
                };
                emit!(g, "for _, {i} := range keys({m}, func(a, b {}) bool {{ return {less} }}) {{", g.text(&k));
                g.body(&[(&i, k)]);
                emit!(g, "}}");
            }
            10 => {
                // The array is copied, a pointer to it is not.
                let n = 1 + g.rng.below(4);
                let e = g.basic();
                let a = g.fresh("arr");
                let lit = g.literal(&Ty::Array(n, Rc::new(e.clone()))).s;
                let amp = ["", "&"][g.rng.below(2)];
                emit!(g, "for {a}, once := ({lit}), true; once; once = false {{\nfor {i}, {x} := range {amp}{a} {{");
                let y = g.expr(&e, 1).s;
                emit!(g, "{a}[len({a})-1-{i}] = {y}");
                g.show(&x, &e);
                emit!(g, "}}");
                g.show(&a, &Ty::Array(n, Rc::new(e)));
                emit!(g, "}}");
            }
            _ => {
                // A generic tree.
                let t = [INT, Ty::Str, Ty::Int(6), Ty::Float(true)][g.rng.below(4)].clone();
                let s = g.expr(&Ty::Slice(Rc::new(t.clone())), 2).s;
                let text = g.text(&t);
                let root = g.fresh("root");
                emit!(g, "for {root}, once := (*node[{text}])(nil), true; once; once = false {{");
                emit!(g, "for _, v := range ({s}) {{ {root} = {root}.insert(v) }}");
                let shown = g.show_text("v", &t);
                emit!(
                    g,
                    "{root}.all(func(v {text}, n int) bool {{ if room(\"node \") {{ {shown}; outInt(int64(n)); nl() }}; return n < 3 }})\n}}"
                );
            }
        });
    }

    fn switch(&mut self) {
        let form = self.rng.below(3);
        self.labelled(false, |g| {
            let n = 1 + g.rng.below(4);
            let default = g.rng.below(n + 2);
            let ty = if g.rng.chance(30) { Ty::Str } else { Ty::Int(g.rng.below(INTS.len())) };
            match form {
                0 => {
                    let c = g.expr(&ty, 2);
                    let c = g.hide(c).s;
                    if ty == Ty::Str || g.rng.chance(40) {
                        emit!(g, "switch ({c}) {{");
                    } else {
                        emit!(g, "switch ({c}) % 5 {{");
                    }
                }
                1 => emit!(g, "switch {{"),
                _ => {
                    let v = g.fresh("v");
                    let c = g.expr(&ty, 2).s;
                    emit!(g, "switch {v} := ({c}); {v} {{");
                }
            }
            for i in 0..n {
                if i == default {
                    emit!(g, "default:");
                    g.block(1);
                }
                if form == 1 {
                    let c = g.boolean(2);
                    emit!(g, "case {}:", g.hide(c).s);
                } else if ty == Ty::Str {
                    emit!(g, "case {}:", [r#""""#, r#""a", "hello""#, r#""zz""#, "`é`"][i]);
                } else if g.rng.chance(20) {
                    let e = g.expr(&ty, 1);
                    emit!(g, "case {}:", g.hide(e).s);
                } else if g.rng.chance(30) {
                    emit!(g, "case {}, {}:", i * 3, i * 3 + 1);
                } else {
                    emit!(g, "case {}:", i * 3);
                }
                let count = g.rng.below(3);
                g.block(count);
                if i + 1 < n && i + 1 != default && g.rng.chance(20) {
                    emit!(g, "fallthrough");
                }
            }
            if default == n {
                emit!(g, "default:");
                g.block(1);
            }
            emit!(g, "}}");
        });
    }

    fn type_switch(&mut self) {
        let iface = if !self.ifaces.is_empty() && self.rng.chance(50) {
            Ty::Iface(self.rng.below(self.ifaces.len()))
        } else {
            Ty::Any
        };
        let e = self.leaf(&iface).s;
        let v = self.fresh("t");
        self.labelled(false, |g| {
            emit!(g, "switch {v} := ({e}).(type) {{");
            let mut cases: Vec<Ty> = match &iface {
                Ty::Iface(i) => g.implementers(*i),
                _ => (0..4).map(|_| g.any_ty()).collect(),
            };
            let mut seen = Vec::new();
            cases.retain(|t| {
                let fresh = !seen.contains(t);
                seen.push(t.clone());
                fresh
            });
            let mut i = 0;
            while i < cases.len() {
                let mut ty = cases[i].clone();
                let mut text = g.text(&ty);
                if i + 1 < cases.len() && g.rng.chance(20) {
                    i += 1;
                    text = format!("{text}, {}", g.text(&cases[i]));
                    ty = iface.clone();
                }
                i += 1;
                emit!(g, "case {text}:");
                let mark = g.ctx.vars.len();
                g.declare(v.clone(), ty.clone(), true);
                g.show(&v, &ty);
                g.block(1);
                g.ctx.vars.truncate(mark);
            }
            if !g.ifaces.is_empty() && g.rng.chance(40) {
                let other = g.rng.below(g.ifaces.len());
                if iface != Ty::Iface(other) {
                    emit!(g, "case {}:", g.ifaces[other].name);
                    emit!(g, "_ = {v}");
                    g.block(1);
                }
            }
            if g.rng.chance(50) {
                emit!(g, "case nil:\n_ = {v}");
                g.block(1);
            }
            emit!(g, "default:\n_ = {v}");
            g.block(1);
            emit!(g, "}}");
        });
    }

    pub fn owned(&mut self) {
        if self.ctx.owned.is_empty() || self.rng.chance(25) {
            let e = self.ty(1);
            let name = self.fresh("own");
            let text = self.text(&e);
            match self.rng.below(3) {
                0 => emit!(self, "var {name} []{text}"),
                1 => {
                    emit!(self, "{name} := make([]{text}, {}, {})", self.rng.below(3), 3 + self.rng.below(9))
                }
                _ => {
                    let x = self.expr(&e, 1).s;
                    emit!(self, "{name} := []{text}{{{x}}}");
                }
            }
            emit!(self, "_ = {name}");
            self.ctx.owned.push((name, e));
            return;
        }
        let (s, e) = self.ctx.owned[self.rng.below(self.ctx.owned.len())].clone();
        match self.rng.below(9) {
            0..=2 => {
                let (x, y) = (self.expr(&e, 2).s, self.expr(&e, 1).s);
                if self.rng.chance(50) {
                    emit!(self, "if len({s}) < 20 {{ {s} = append({s}, {x}) }}");
                } else {
                    emit!(self, "if len({s}) < 20 {{ {s} = append({s}, {x}, {y}) }}");
                }
            }
            3 => emit!(self, "if len({s}) < 20 {{ {s} = append({s}, {s}...) }}"),
            4 => {
                let i = self.rng.below(3);
                emit!(self, "if len({s}) > {i} {{ {s} = append({s}[:{i}], {s}[{i}+1:]...) }}");
            }
            5 => {
                let x = self.expr(&e, 2).s;
                emit!(self, "for k := range {s} {{ if k % 2 == 0 {{ {s}[k] = {x} }} }}");
            }
            6 => {
                let t = self.fresh("k");
                emit!(
                    self,
                    "for a, {t} := 0, len({s})-1; a < {t}; a, {t} = a+1, {t}-1 {{ {s}[a], {s}[{t}] = {s}[{t}], {s}[a] }}"
                );
            }
            7 => {
                let other = self.leaf(&Ty::Slice(Rc::new(e.clone()))).s;
                emit!(self, "if n := copy({s}, {other}); room(\"copied \") {{ outInt(int64(n)); nl() }}");
            }
            _ => self.show(&s, &Ty::Slice(Rc::new(e))),
        }
    }

    fn maps(&mut self) {
        let mut all: Vec<_> = self
            .places()
            .into_iter()
            .filter_map(|p| match self.under(&p.ty) {
                Ty::Map(k, v) => Some((p.s, (*k).clone(), (*v).clone())),
                _ => None,
            })
            .collect();
        if all.is_empty() {
            let ty = Ty::Map(Rc::new(self.key()), Rc::new(self.ty(1)));
            let name = self.fresh("m");
            let e = self.literal(&ty).s;
            emit!(self, "{name} := {e}");
            return self.declare(name, ty, true);
        }
        let (m, k, v) = all.swap_remove(self.rng.below(all.len()));
        let key = self.expr(&k, 2).s;
        match self.rng.below(6) {
            0 | 1 => {
                let x = self.expr(&v, 2).s;
                emit!(self, "if {m} != nil {{ {m}[{key}] = {x} }}");
            }
            2 => emit!(self, "delete({m}, {key})"),
            3 => {
                let (a, ok) = (self.fresh("v"), self.fresh("ok"));
                emit!(self, "{a}, {ok} := {m}[{key}]");
                self.declare(a, v, true);
                self.declare(ok, Ty::Bool, true);
            }
            4 if matches!(v, Ty::Int(_)) => {
                let n = self.fresh("n");
                emit!(self, "if {m} != nil {{ {m}[{key}]++ }}");
                emit!(self, "var {n} {}\nfor _, x := range {m} {{ {n} += x * x }}", self.text(&v));
                self.declare(n, v, true);
            }
            _ => {
                let n = self.fresh("n");
                emit!(self, "{n} := len({m})\nif {n} > 3 {{ for k := range {m} {{ delete({m}, k) }} }}");
                self.declare(n, INT, true);
            }
        }
    }

    fn jump(&mut self) {
        let mut choices: Vec<String> = Vec::new();
        if self.ctx.loops > 0 {
            let inner_is_loop = self.ctx.labels.last().is_some_and(|l| l.1);
            if inner_is_loop {
                choices.push("break".into());
            }
            choices.push("continue".into());
        }
        for (name, continues, _) in &self.ctx.labels {
            choices.push(format!("break {name}"));
            if *continues {
                choices.push(format!("continue {name}"));
            }
        }
        if self.ctx.results.is_empty() {
            choices.push("return".into());
        } else if self.ctx.can_return {
            if !self.ctx.named.is_empty() && self.rng.chance(50) {
                choices.push("return".into());
            } else {
                let values: Vec<String> =
                    self.ctx.results.clone().iter().map(|r| self.expr(r, 1).s).collect();
                choices.push(format!("return {}", values.join(", ")));
            }
        }
        let chosen = choices.swap_remove(self.rng.below(choices.len()));
        if let Some(label) = chosen.split_once(' ').map(|c| c.1.to_owned())
            && let Some(l) = self.ctx.labels.iter_mut().find(|l| l.0 == label)
        {
            l.2 = true;
        }
        let c = self.boolean(2);
        let c = self.hide(c).s;
        emit!(self, "if ({c}) {{ {chosen} }}");
    }

    fn goto(&mut self) {
        let (i, label, done) = (self.fresh("i"), self.fresh("G"), self.fresh("D"));
        let k = 1 + self.rng.below(4);
        emit!(self, "{{\n{i} := 0\n{label}:\n{i}++");
        self.round();
        let c = self.boolean(2).s;
        emit!(self, "if ({c}) {{ goto {done} }}\n{{");
        let n = self.few();
        self.block(n);
        emit!(self, "}}\nif {i} < {k} {{ goto {label} }}\n{done}:\n{{}}\n}}");
    }

    /// A send, a receive, a close, on a buffered channel.
    fn channel(&mut self) {
        let ty = self.ty(1);
        let text = self.text(&ty);
        let (c, a, b) = (self.fresh("ch"), self.expr(&ty, 1).s, self.expr(&ty, 1).s);
        let (x, ok) = (self.fresh("v"), self.fresh("ok"));
        emit!(self, "{c} := make(chan {text}, 3)\n{c} <- {a}\n{c} <- {b}");
        if self.rng.chance(50) {
            emit!(self, "close({c})");
        }
        emit!(self, "{x}, {ok} := <-{c}");
        self.declare(x.clone(), ty.clone(), true);
        self.declare(ok, Ty::Bool, true);
        self.show(&x, &ty);
        match self.rng.below(3) {
            0 => {
                emit!(self, "select {{\ncase {x} = <-{c}:\ndefault:\nput(\"empty\")\n}}");
                self.show(&x, &ty);
            }
            1 => {
                emit!(self, "if room(\"chan \") {{ outInt(int64(len({c}))); outInt(int64(cap({c}))); nl() }}")
            }
            _ => {
                emit!(
                    self,
                    "func() {{ defer func() {{ recover() }}(); close({c}) }}()\nfor {x} = range {c} {{"
                );
                self.show(&x, &ty);
                emit!(self, "}}");
            }
        }
    }

    fn bulk(&mut self) {
        let e = self.ty(1);
        let ty = Ty::Slice(Rc::new(e.clone()));
        let (Some(a), b) = (self.place(&ty, |_| true), self.leaf(&ty).s) else { return self.define() };
        match self.rng.below(3) {
            0 => emit!(self, "clear({a})"),
            1 => emit!(self, "copy({a}, {b})"),
            _ => {
                // A slice to an array.
                let n = self.rng.below(3);
                let x = self.fresh("v");
                emit!(self, "{x} := [{n}]{}({a})", self.text(&e));
                if n > 0 {
                    self.declare(x, Ty::Array(n, Rc::new(e)), true);
                } else {
                    emit!(self, "_ = {x}");
                }
            }
        }
    }

    fn anonymous(&mut self) {
        let (a, b) = (self.basic(), if self.ctx.pure { self.basic() } else { self.ty(1) });
        let (x, y) = (self.expr(&a, 2).s, self.expr(&b, 2).s);
        let (s, t) = (self.fresh("st"), self.fresh("v"));
        emit!(self, "{s} := struct {{ a {}; b {} }}{{{x}, {y}}}", self.text(&a), self.text(&b));
        emit!(self, "{t} := {s}");
        let z = self.expr(&a, 1).s;
        emit!(self, "{s}.a = {z}\n_, _ = {s}, {t}");
        self.ctx.vars.push(Var { name: format!("{s}.a"), ty: a.clone(), assignable: true });
        self.ctx.vars.push(Var { name: format!("{t}.a"), ty: a, assignable: true });
        self.ctx.vars.push(Var { name: format!("{t}.b"), ty: b, assignable: true });
    }
}
