//! What random statements do not reach: order of evaluation with a trace, goroutines with one possible result, generics, nested panics.
//!
//! Each template is a shape with random types, expressions and sizes in it.

use std::rc::Rc;

use crate::emit;
use crate::program::{Func, Gen, INT, INTS, Rng, Ty, Var};

impl Gen {
    pub fn templates(&mut self) {
        for _ in 0..2 {
            self.goroutines();
        }
        self.generic_function();
        self.generic_type();
        self.panics();
    }

    fn finish(&mut self, name: &str, params: Vec<Ty>, results: Vec<Ty>) {
        let body = std::mem::take(&mut self.out);
        self.decls.push_str(&body);
        self.funcs.push(Func { name: name.into(), params, variadic: false, results });
    }

    /// `tr(n, e)`: writes n when it is evaluated.
    fn traced(&mut self, n: &mut usize, ty: &Ty) -> String {
        *n += 1;
        let e = self.expr(ty, 1).s;
        format!("tr[{}]({n}, {e})", self.text(ty))
    }

    /// Operands whose order of evaluation the language fixes.
    pub fn order(&mut self) {
        let kind = self.rng.below(INTS.len());
        let t = Ty::Int(kind);
        let text = INTS[kind].0;
        let mut n = 0;
        let x = self.fresh("o");
        let (a, b, c) = (self.traced(&mut n, &t), self.traced(&mut n, &t), self.traced(&mut n, &t));
        let mut shown = t.clone();
        match self.rng.below(16) {
            0 => {
                let ops: Vec<&str> =
                    (0..2).map(|_| ["+", "-", "*", "&", "|", "^"][self.rng.below(6)]).collect();
                emit!(self, "{x} := {a} {} {b} {} {c}", ops[0], ops[1]);
            }
            1 => {
                shown = Ty::Bool;
                let d = self.traced(&mut n, &Ty::Bool);
                emit!(self, "{x} := {a} < {b} && {d} || {c} == 0");
            }
            2 => {
                shown = Ty::Slice(Rc::new(t.clone()));
                emit!(self, "{x} := []{text}{{{a}, 3: {b}, {c}}}");
            }
            3 => {
                shown = Ty::Map(Rc::new(t.clone()), Rc::new(t.clone()));
                emit!(self, "{x} := map[{text}]{text}{{{a}: {b}, {c}: 7}}");
            }
            4 => {
                shown = Ty::Array(3, Rc::new(t.clone()));
                emit!(self, "var {x} [3]{text}\n{x}[tr(8, 1)], {x}[tr(9, 2)] = {a}, {b}");
            }
            5 => {
                shown = Ty::Array(3, Rc::new(t.clone()));
                emit!(self, "{x} := [3]{text}{{1, 2, 3}}\n{x}[tr(8, nc(2))] += {a}\n{x}[tr(9, 0)] *= {b}");
            }
            6 => emit!(self, "{x} := func(p, q, r {text}) {text} {{ return p - q + r }}({a}, {b}, {c})"),
            7 => {
                emit!(self, "{x} := func() (p, q {text}) {{ return {a}, {b} }}");
                emit!(self, "if p, q := {x}(); room(\"two \") {{ outBool(p < q); nl() }}");
                return;
            }
            8 => {
                emit!(
                    self,
                    "{x} := 0\nswitch ({a}) {{\ncase {b}:\n{x} = 1\ncase {c}, tr[{text}](9, 1):\n{x} = 2\ndefault:\n{x} = 3\n}}"
                );
                shown = INT;
            }
            9 => {
                shown = Ty::Str;
                emit!(self, "{x} := fmt.Sprint({a}, {b}, len(tr(9, \"abc\"))) + tr(10, \"d\")");
            }
            10 => {
                shown = Ty::Slice(Rc::new(t.clone()));
                emit!(self, "{x} := tr(7, []{text}{{{a}, {b}, 3, 4}})[tr(8, 1):tr(9, 3):tr(10, 4)]");
            }
            11 => {
                emit!(self, "{x}c := make(chan {text}, 2)\ntr(7, {x}c) <- {a}\n{x} := <-tr(8, {x}c) + {b}");
            }
            12 => emit!(self, "{x} := tr(7, map[string]{text}{{\"k\": {a}}})[tr(8, \"k\")] - {b}"),
            13 => {
                emit!(self, "{x}p := new({text})\n*tr(7, {x}p) = {a}\n*tr(8, {x}p) ^= {b}\n{x} := *{x}p");
            }
            14 => {
                shown = INT;
                emit!(
                    self,
                    "{x} := 0\nif ({a} > {b} || {c} > 3) {{ {x} = 1 }} else if ({a} != {b}) {{ {x} = 2 }}"
                );
            }
            _ => {
                emit!(self, "{x} := duo[{text}, {text}]{{b: {a}, a: {b}}}.swap().a");
            }
        }
        emit!(self, "_ = {x}");
        self.show(&x, &shown);
    }

    /// Goroutines that work together to one result.
    fn goroutines(&mut self) {
        let name = self.fresh(&format!("{}go", self.prefix));
        let t = Ty::Int(self.rng.below(INTS.len()));
        let text = self.text(&t);
        let n = 1 + self.rng.below(6);
        let size = self.rng.below(3);
        let value = self.value_ty();
        let vtext = self.text(&value);
        self.ctx = crate::program::Ctx { pure: true, ..Default::default() };
        self.ctx.vars.push(Var { name: "x".into(), ty: t.clone(), assignable: false });
        self.ctx.vars.push(Var { name: "a0".into(), ty: value.clone(), assignable: false });
        let e = self.expr(&t, 3).s;
        let f = self.expr(&value, 2).s;
        emit!(self, "func {name}(a0 {vtext}) (r {text}) {{\n_ = a0");
        emit!(
            self,
            "work := func(x {text}) (y {text}) {{ defer func() {{ if recover() != nil {{ y = 99 }} }}(); return {e} }}"
        );
        match self.rng.below(10) {
            0 => {
                emit!(self, "var wg sync.WaitGroup\nout := make([]{text}, {n})");
                emit!(
                    self,
                    "for i := range {n} {{\nwg.Add(1)\ngo func() {{ defer wg.Done(); out[i] = work({text}(i)) }}()\n}}"
                );
                emit!(self, "wg.Wait()\nfor i, v := range out {{ r = r*3 + v + {text}(i) }}");
            }
            1 => {
                emit!(self, "first, second := make(chan {text}, {size}), make(chan {text}, {size})");
                emit!(
                    self,
                    "go func() {{ defer close(first); for i := range {n} {{ first <- {text}(i) }} }}()"
                );
                emit!(
                    self,
                    "go func() {{ defer close(second); for x := range first {{ second <- work(x) }} }}()"
                );
                emit!(self, "for v := range second {{ r = r*5 + v }}");
            }
            2 => {
                emit!(self, "var mu sync.Mutex\nvar wg sync.WaitGroup");
                emit!(
                    self,
                    "for i := range {n} {{\nwg.Add(1)\ngo func(k {text}) {{\ndefer wg.Done()\nfor j := range {text}(3) {{ v := work(k + j); mu.Lock(); r += v; mu.Unlock() }}\n}}({text}(i))\n}}\nwg.Wait()"
                );
            }
            3 => {
                emit!(self, "a, b := make(chan {text}, {size}), make(chan {text})");
                emit!(self, "go func() {{ for i := range {n} {{ a <- work({text}(i)) }}; close(a) }}()");
                emit!(self, "go func() {{ for i := range {n} {{ b <- work({text}(i + 7)) }}; close(b) }}()");
                emit!(
                    self,
                    "for a != nil || b != nil {{\nselect {{\ncase v, ok := <-a:\nif !ok {{ a = nil; continue }}\nr += v\ncase v, ok := <-b:\nif !ok {{ b = nil; break }}\nr ^= 0\nr += v * 3\n}}\n}}"
                );
            }
            4 => {
                emit!(self, "ping, pong := make(chan {text}), make(chan {text})");
                emit!(self, "go func() {{ for x := range ping {{ pong <- work(x) + 1 }}; close(pong) }}()");
                emit!(
                    self,
                    "x := {text}(1)\nfor range {n} {{ ping <- x; x = <-pong; r = r*7 + x }}\nclose(ping)\n_, ok := <-pong\nif ok {{ r++ }}"
                );
            }
            5 => {
                emit!(self, "var total atomic.Int64\nvar wg sync.WaitGroup\nvar once sync.Once");
                emit!(
                    self,
                    "for i := range {n} {{\nwg.Add(1)\ngo func() {{\ndefer wg.Done()\nonce.Do(func() {{ total.Add(1000) }})\nfor {{ old := total.Load(); if total.CompareAndSwap(old, old+int64(work({text}(i)))) {{ break }} }}\n}}()\n}}"
                );
                emit!(self, "wg.Wait()\nr = {text}(total.Load())");
            }
            6 => {
                emit!(
                    self,
                    "done := make(chan any)\ngo func() {{\ndefer func() {{ done <- recover() }}()\nvar p *{text}\nif work(3) >= 0 || work(1) < 0 {{ r = work(2); *p = 1 }}\n}}()"
                );
                emit!(self, "if e := <-done; room(\"goroutine \") {{ put(fmt.Sprint(e)); nl() }}");
            }
            7 => {
                emit!(self, "results := make(chan func() ({text}, {vtext}), {n})");
                emit!(
                    self,
                    "for i := range {n} {{ x := {text}(i); go func() {{ v := work(x); results <- func() ({text}, {vtext}) {{ x++; return v + x, a0 }} }}() }}"
                );
                emit!(self, "for range {n} {{ v, _ := (<-results)(); r += v }}");
            }
            8 => {
                emit!(self, "var mu sync.Mutex\ncond := sync.NewCond(&mu)\nturn := 0\nvar wg sync.WaitGroup");
                emit!(
                    self,
                    "for i := range {n} {{\nwg.Add(1)\ngo func() {{\ndefer wg.Done()\nmu.Lock()\ndefer mu.Unlock()\nfor turn != i {{ cond.Wait() }}\nr = r*3 + work({text}(i))\nturn++\ncond.Broadcast()\n}}()\n}}\nwg.Wait()"
                );
            }
            _ => {
                emit!(self, "quit, acc := make(chan struct{{}}), make(chan {text})");
                emit!(
                    self,
                    "go func() {{\nvar sum {text}\nfor {{\nselect {{\ncase v := <-acc:\nsum = sum*3 + v\ncase <-quit:\nacc <- sum\nreturn\n}}\n}}\n}}()"
                );
                emit!(self, "for i := range {n} {{ acc <- work({text}(i)) }}\nclose(quit)\nr = <-acc");
            }
        }
        if self.is_value(&value) {
            // The value is copied into a goroutine and comes back changed.
            emit!(
                self,
                "back := make(chan {vtext})\ngo func(a0 {vtext}) {{ defer func() {{ if recover() != nil {{ close(back) }} }}(); x := r; _ = x; back <- {f} }}(a0)\ngot := <-back"
            );
            emit!(self, "_ = got");
            self.show("got", &value);
            self.show("a0", &value);
        }
        emit!(self, "return\n}}");
        self.finish(&name, vec![value], vec![t]);
    }

    /// An expression over variables of an integer type parameter.
    fn param_expr(rng: &mut Rng, vars: &[&str], depth: usize) -> String {
        if depth == 0 {
            return if rng.chance(70) {
                vars[rng.below(vars.len())].into()
            } else {
                format!("T({})", rng.below(128))
            };
        }
        let a = Gen::param_expr(rng, vars, depth - 1);
        let b = Gen::param_expr(rng, vars, depth - 1);
        match rng.below(16) {
            0..=6 => format!("({a} {} {b})", ["+", "-", "*", "&", "|", "^", "&^"][rng.below(7)]),
            7 => format!("({a} {} ({b} | 1))", ["/", "%"][rng.below(2)]),
            8 => format!("({a} << (uint8({b}) & 9))"),
            9 => format!("({a} >> (uint8({b}) & 9))"),
            10 => format!("(-{a})"),
            11 => format!("(^{a})"),
            12 => format!("{}({a}, {b})", ["min", "max", "sum", "largest"][rng.below(4)]),
            13 => format!("T({}({a}))", ["int8", "uint16", "int64", "uint", "float64"][rng.below(4)]),
            14 => format!("ifelse({a} < {b}, {a}, {b})"),
            _ => format!("nc({a})"),
        }
    }

    fn generic_function(&mut self) {
        let g = self.fresh(&format!("{}gen", self.prefix));
        let rng = &mut self.rng;
        let vars = ["a", "b", "c", "s[0]", "d.a"];
        let e: Vec<String> = (0..6).map(|_| Gen::param_expr(rng, &vars, 2)).collect();
        let init = Gen::param_expr(rng, &["a", "b"], 2);
        let k = 1 + rng.below(4);
        let cond = ["<", "<=", "==", "!="][rng.below(4)];
        let text = format!(
            "func {g}[T integer, U any](a, b T, u U, f func(T, U) T) (T, []U, map[T]U) {{
c := {init}
s := []T{{b, a}}
d := duo[T, U]{{a, u}}
m := map[T]U{{}}
var us []U
for i := T(0); i < {k}; i++ {{
c = {}
s[i&1] ^= f({} + i, d.b)
m[c&3] = u
us = append(us, d.swap().a)
if {} {cond} {} {{ d.a = {}; continue }}
c += i
}}
switch any(a).(type) {{
case int8, uint8: c += 3
case int: c -= 5
case string: c = 0
default: c ^= 1
}}
defer func() {{ s[0] = c }}()
return {}, us, m
}}
",
            e[0], e[1], e[2], e[3], e[4], e[5]
        );
        self.decls.push_str(&text);
        let name = self.fresh(&format!("{}f", self.prefix));
        emit!(self, "func {name}() {{");
        for _ in 0..3 {
            let kinds: Vec<Ty> = (0..self.named.len())
                .map(Ty::Named)
                .filter(|t| matches!(self.under(t), Ty::Int(_)))
                .chain((0..INTS.len()).map(Ty::Int))
                .collect();
            let t = kinds[self.rng.below(kinds.len())].clone();
            let u = self.value_ty();
            self.ctx = crate::program::Ctx { pure: true, safe: true, ..Default::default() };
            let (a, b, x) = (self.expr(&t, 1).s, self.expr(&t, 1).s, self.expr(&u, 2).s);
            let (tt, ut) = (self.text(&t), self.text(&u));
            self.ctx.vars.push(Var { name: "p".into(), ty: t.clone(), assignable: true });
            self.ctx.vars.push(Var { name: "q".into(), ty: u.clone(), assignable: true });
            let body = self.expr(&t, 2).s;
            let explicit = if self.rng.chance(40) { format!("[{tt}, {ut}]") } else { String::new() };
            emit!(
                self,
                "{{\nx, y, z := {g}{explicit}({a}, {b}, {x}, func(p {tt}, q {ut}) {tt} {{ return {body} }})"
            );
            self.show("x", &t);
            self.show("y", &Ty::Slice(Rc::new(u.clone())));
            emit!(self, "if room(\"size \") {{ outInt(int64(len(z))); nl() }}\n}}");
        }
        emit!(self, "}}");
        self.finish(&name, vec![], vec![]);
    }

    fn generic_type(&mut self) {
        let p = self.fresh(&format!("{}box", self.prefix));
        let k = self.rng.below(4);
        let text = format!(
            "type {p}[T any] struct {{ v T; n int }}
func (b *{p}[T]) set(v T) *{p}[T] {{ b.v = v; b.n++; return b }}
func (b {p}[T]) get() T {{ b.n = -1; return b.v }}
func (b {p}[T]) twice() [2]T {{ return [...]T{{b.v, b.get()}} }}
type {p}er[T any] interface {{ get() T; twice() [2]T }}
type {p}s[T any] struct {{ {p}[T]; rest []{p}[T]; up *{p}s[T] }}
func (b *{p}s[T]) add(v T) {{ b.rest = append(b.rest, b.{p}); b.set(v) }}
func (b *{p}s[T]) each(yield func(int, T) bool) {{
for i := range b.rest {{ if !yield(i, b.rest[i].v) {{ return }} }}
if !yield(-1, b.v) {{ return }}
if b.up != nil {{ b.up.each(yield) }}
}}
func {p}use[T any, S {p}er[T]](s S, f func(T) T) ([2]T, {p}er[T]) {{
t := s.twice()
t[{}] = f(s.get())
return t, s
}}
",
            k & 1
        );
        self.decls.push_str(&text);
        let name = self.fresh(&format!("{}f", self.prefix));
        emit!(self, "func {name}() {{");
        for _ in 0..2 {
            let t = self.value_ty();
            let tt = self.text(&t);
            self.ctx = crate::program::Ctx { pure: true, ..Default::default() };
            let (a, b, c) = (self.expr(&t, 1).s, self.expr(&t, 1).s, self.expr(&t, 1).s);
            self.ctx.vars.push(Var { name: "q".into(), ty: t.clone(), assignable: true });
            let body = self.expr(&t, 2).s;
            emit!(
                self,
                "{{\nvar x {p}s[{tt}]\nx.add({a})\nx.up = &{p}s[{tt}]{{{p}: {p}[{tt}]{{{c}, 5}}}}\ny := x\ny.add({b})\nx.set({c}).set({a})"
            );
            emit!(self, "for i, v := range y.each {{\nif i > {k} {{ break }}");
            self.show("v", &t);
            emit!(self, "}}\npair, back := {p}use[{tt}](x, func(q {tt}) {tt} {{ return {body} }})");
            self.show("pair", &Ty::Array(2, Rc::new(t.clone())));
            emit!(
                self,
                "_, same := back.({p}s[{tt}])\nget := y.get\ny.set({c})\nif room(\"box \") {{ outInt(int64(x.n)); outInt(int64(len(y.rest))); outBool(same); nl() }}"
            );
            emit!(self, "got := get()");
            self.show("got", &t);
            emit!(
                self,
                "st := &stack[{tt}]{{}}\nst.push({a})\nst.push(got)\ntop, ok := st.pop()\n_ = top\nif ok {{"
            );
            self.show("top", &t);
            emit!(self, "}}\n}}");
        }
        emit!(self, "}}");
        self.finish(&name, vec![], vec![]);
    }

    /// Panics in deferred functions, recovered at some level.
    fn panics(&mut self) {
        let name = self.fresh(&format!("{}f", self.prefix));
        let t = self.value_ty();
        let text = self.text(&t);
        emit!(self, "func {name}(n int) (r {text}, s string) {{\ntick()\nif n > 5 {{ n = 5 }}");
        self.ctx = crate::program::Ctx { pure: true, ..Default::default() };
        self.ctx.vars.push(Var { name: "r".into(), ty: t.clone(), assignable: true });
        self.ctx.vars.push(Var { name: "n".into(), ty: INT, assignable: false });
        self.ctx.vars.push(Var { name: "s".into(), ty: Ty::Str, assignable: true });
        for i in 0..1 + self.rng.below(3) {
            let v = self.expr(&t, 2).s;
            let c = self.boolean(2);
            let c = self.hide(c).s;
            let bad = [
                "var m map[string]int; m[\"a\"] = n",
                "var p *[4]int; p[n&3]++",
                "panic(fmt.Sprint(\"again \", n))",
                "_ = []int{1}[n]",
                "var e error; _ = e.Error()",
                "var x any = n; _ = x.(string)",
                "var f func(); f()",
                "_ = 10 / (n - n)",
                "var x any = []int{1}; _ = x == x",
                "panic(nil)",
                "close((chan int)(nil))",
                "_ = make([]int, n-100)",
                "_ = \"abc\"[n:1]",
                "_ = [3]int([]int{n})",
                "var x fmt.Stringer; _ = x.(interface{ Nope() })",
                "var x any = int8(n); _ = x.(fmt.Stringer)",
            ][self.rng.below(16)];
            emit!(self, "defer func() {{");
            if self.rng.chance(60) {
                emit!(
                    self,
                    "if e := recover(); e != nil && room(\"level {i} \") {{ put(fmt.Sprint(e)); nl(); r = {v} }}"
                );
            }
            emit!(self, "s += \"{i}\"\nif ({c}) {{ {bad} }}\n}}()");
        }
        let count = 1 + self.rng.below(2);
        self.ctx.pure = false;
        self.ctx.results = vec![t.clone(), Ty::Str];
        self.ctx.named = vec!["r".into(), "s".into()];
        self.ctx.can_return = true;
        self.statements(count);
        emit!(self, "if n > 0 {{ {name}(n - 1) }}\nreturn r, s + \"!\"\n}}");
        self.finish(&name, vec![INT], vec![t, Ty::Str]);
    }
}
