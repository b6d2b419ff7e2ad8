//! Statements that call: functions and methods with side effects, closures, deferred calls, defer and recover.
//!
//! Guarantees: as in `stmt`.

use crate::emit;
use crate::program::{Func, Gen, Ty, Var};

impl Gen {
    /// Calls a function with side effects and shows its results.
    pub fn call_and_show(&mut self, f: &Func) {
        let mut args = Vec::new();
        for (i, p) in f.params.iter().enumerate() {
            match (f.variadic && i + 1 == f.params.len(), p) {
                (true, Ty::Slice(e)) => {
                    if self.rng.chance(30) {
                        args.push(format!("{}...", self.expr(p, 2).s));
                    } else {
                        for _ in 0..self.rng.below(4) {
                            args.push(self.expr(e, 2).s);
                        }
                    }
                }
                _ => args.push(self.expr(p, 2).s),
            }
        }
        let names: Vec<String> = f.results.iter().map(|_| self.fresh("r")).collect();
        let call = format!("{}({})", f.name, args.join(", "));
        if names.is_empty() {
            emit!(self, "{call}");
        } else {
            emit!(self, "{} := {call}", names.join(", "));
        }
        for (name, ty) in names.into_iter().zip(&f.results) {
            self.declare(name.clone(), ty.clone(), true);
            if self.rng.chance(70) {
                self.show(&name, ty);
            }
        }
    }

    pub fn call(&mut self) {
        if !self.ctx.closures.is_empty() && self.rng.chance(50) {
            let (name, params, result) = self.ctx.closures[self.rng.below(self.ctx.closures.len())].clone();
            let f = Func { name, params, variadic: false, results: vec![result] };
            return self.call_and_show(&f);
        }
        // A function in a variable.
        let mut held: Vec<_> = self.places().into_iter().filter(|p| matches!(p.ty, Ty::Func(..))).collect();
        if !held.is_empty() && self.rng.chance(40) {
            let p = held.swap_remove(self.rng.below(held.len()));
            let Ty::Func(params, result) = p.ty else { return };
            let f = Func {
                name: p.s,
                params: params.to_vec(),
                variadic: false,
                results: vec![(*result).clone()],
            };
            return self.call_and_show(&f);
        }
        match self.funcs.len() {
            0 => self.define(),
            n => {
                let f = self.funcs[self.rng.below(n)].clone();
                self.call_and_show(&f);
            }
        }
    }

    pub fn method_call(&mut self) {
        let mut found = Vec::new();
        for p in self.places() {
            let methods: Vec<usize> = match &p.ty {
                Ty::Iface(i) => self.ifaces[*i].methods.clone(),
                Ty::Named(n) => (0..self.pool.len())
                    .filter(|m| self.find_method(*n, *m).is_some_and(|ptr| !ptr || p.addressable))
                    .collect(),
                Ty::Ptr(e) => match **e {
                    Ty::Named(n) => {
                        (0..self.pool.len()).filter(|m| self.find_method(n, *m).is_some()).collect()
                    }
                    _ => continue,
                },
                _ => continue,
            };
            found.extend(methods.into_iter().map(|m| (p.s.clone(), p.ty.clone(), m)));
        }
        if found.is_empty() {
            return self.define();
        }
        let (s, ty, m) = found.swap_remove(self.rng.below(found.len()));
        let method = self.pool[m].clone();
        let params = method.params.clone();
        let results = vec![method.result.clone()];
        let form = self.rng.below(4);
        let by_value = matches!(ty, Ty::Named(n) if self.find_method(n, m) == Some(false));
        if form == 0 && (by_value || matches!(ty, Ty::Ptr(_) | Ty::Iface(_))) {
            // A method expression.
            let mut all = vec![ty.clone()];
            all.extend(params);
            let text = self.text(&ty);
            let f = self.fresh("m");
            emit!(self, "{f} := ({text}).{}", method.name);
            let args: Vec<String> =
                std::iter::once(s).chain(method.params.iter().map(|p| self.expr(p, 1).s)).collect();
            let r = self.fresh("r");
            emit!(self, "{r} := {f}({})", args.join(", "));
            self.declare(r.clone(), method.result.clone(), true);
            self.show(&r, &method.result);
        } else if form == 1 {
            // A method value: the receiver is evaluated now.
            let f = self.fresh("m");
            emit!(self, "{f} := {s}.{}", method.name);
            self.assign();
            self.call_and_show(&Func { name: f, params, variadic: false, results });
        } else {
            let name = format!("{s}.{}", method.name);
            self.call_and_show(&Func { name, params, variadic: false, results });
        }
    }

    /// Writes a function body with statements of its own; `can_return`: with results.
    pub fn inner(&mut self, results: Vec<Ty>, can_return: bool, n: usize) {
        let labels = std::mem::take(&mut self.ctx.labels);
        let loops = std::mem::take(&mut self.ctx.loops);
        let old_results = std::mem::replace(&mut self.ctx.results, results);
        let old_return = std::mem::replace(&mut self.ctx.can_return, can_return);
        let named = std::mem::take(&mut self.ctx.named);
        // A slice that a closure grows would be shared.
        self.block(n);
        self.ctx.labels = labels;
        self.ctx.loops = loops;
        self.ctx.results = old_results;
        self.ctx.can_return = old_return;
        self.ctx.named = named;
    }

    pub fn closure(&mut self) {
        let params: Vec<Ty> = (0..self.rng.below(3)).map(|_| self.ty(1)).collect();
        let result = self.ty(1);
        let name = self.fresh("c");
        let mark = self.ctx.vars.len();
        let mut heads = Vec::new();
        for p in &params {
            let q = self.fresh("q");
            heads.push(format!("{q} {}", self.text(p)));
            self.ctx.vars.push(Var { name: q, ty: p.clone(), assignable: true });
        }
        let text = self.text(&result);
        emit!(self, "{name} := func({}) {text} {{\ntick()", heads.join(", "));
        let n = self.few();
        self.inner(vec![result.clone()], true, n);
        let e = self.expr(&result, 2).s;
        emit!(self, "return {e}\n}}\n_ = {name}");
        self.ctx.vars.truncate(mark);
        self.ctx.closures.push((name, params, result));
    }

    pub fn defer(&mut self) {
        match self.rng.below(5) {
            0 => {
                // The argument is evaluated now.
                let ty = self.basic();
                let e = self.expr(&ty, 2).s;
                let x = self.fresh("d");
                emit!(self, "defer func({x} {}) {{", self.text(&ty));
                self.show(&x, &ty);
                emit!(self, "}}({e})");
            }
            1 if !self.ctx.closures.is_empty() => {
                let (name, params, _) = self.ctx.closures[self.rng.below(self.ctx.closures.len())].clone();
                let args: Vec<String> = params.iter().map(|p| self.expr(p, 1).s).collect();
                emit!(self, "defer {name}({})", args.join(", "));
            }
            2 if self.random_receiver().is_some() => {
                let Some(p) = self.random_receiver() else { return };
                let Ty::Named(n) = p.ty else { return };
                let m = (0..self.pool.len())
                    .find(|m| self.find_method(n, *m).is_some_and(|ptr| !ptr || p.addressable));
                if let Some(m) = m {
                    let params = self.pool[m].params.clone();
                    let args: Vec<String> = params.iter().map(|p| self.expr(p, 1).s).collect();
                    emit!(self, "defer {}.{}({})", p.s, self.pool[m].name, args.join(", "));
                }
            }
            _ => {
                let recovers = self.rng.chance(40);
                emit!(self, "defer func() {{");
                if recovers {
                    emit!(self, "rec := recover()\nif room(\"recovered \") {{ put(fmt.Sprint(rec)); nl() }}");
                }
                let n = self.few();
                self.inner(Vec::new(), false, n);
                emit!(self, "}}()");
            }
        }
    }

    pub fn guarded(&mut self) {
        emit!(self, "func() {{");
        emit!(
            self,
            "defer func() {{ if r := recover(); r != nil && room(\"caught \") {{ put(fmt.Sprint(r)); nl() }} }}()"
        );
        self.ctx.depth += 1;
        let n = 1 + self.few();
        self.inner(Vec::new(), false, n);
        self.ctx.depth -= 1;
        if self.rng.chance(25) {
            let t = self.any_ty();
            let e = self.expr(&t, 1).s;
            emit!(self, "panic({e})");
        }
        emit!(self, "}}()");
    }
}
