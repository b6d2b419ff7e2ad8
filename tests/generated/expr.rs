//! Expressions without side effects, of a wanted type.
//!
//! In: a type and a depth. Out: text, and whether it is a constant expression. Guarantees: two constants are never combined, so that
//! nothing overflows at compile time; what may panic is rare; nothing with side effects stands beside something that it changes.

use std::rc::Rc;

use crate::program::{Gen, INT, INTS, Ty};

pub struct E {
    pub s: String,
    /// A constant expression in Go's sense.
    pub k: bool,
}

fn var(s: String) -> E {
    E { s, k: false }
}

fn konst(s: String) -> E {
    E { s, k: true }
}

/// A place: text, type, whether it may be assigned, whether it has an address.
pub struct Place {
    pub s: String,
    pub ty: Ty,
    pub assignable: bool,
    pub addressable: bool,
}

impl Gen {
    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.rng.below(of.len())]
    }

    /// The places that the variables in scope lead to.
    pub fn places(&mut self) -> Vec<Place> {
        let mut work: Vec<(Place, usize)> = self
            .ctx
            .vars
            .iter()
            .map(|v| {
                let p = Place {
                    s: v.name.clone(),
                    ty: v.ty.clone(),
                    assignable: v.assignable,
                    addressable: v.assignable,
                };
                (p, 0)
            })
            .collect();
        let mut done: Vec<Place> = Vec::new();
        let pure = self.ctx.pure;
        let safe = self.ctx.safe;
        while let Some((p, depth)) = work.pop() {
            if depth < 2 {
                match self.under(&p.ty) {
                    Ty::Named(n) => {
                        for f in self.named[n].fields.clone() {
                            if let (true, Ty::Named(inner)) = (f.embedded, &f.ty) {
                                for promoted in &self.named[*inner].fields {
                                    let s = format!("{}.{}", p.s, promoted.name);
                                    work.push((Place { s, ty: promoted.ty.clone(), ..p }, depth + 1));
                                }
                            }
                            let q = Place { s: format!("{}.{}", p.s, f.name), ty: f.ty, ..p };
                            work.push((q, depth + 1));
                        }
                    }
                    Ty::Array(n, e) => {
                        let i = self.rng.below(n);
                        let s = match self.rng.below(3) {
                            0 => format!("{}[nc({i})]", p.s),
                            _ => format!("{}[{i}]", p.s),
                        };
                        work.push((Place { s, ty: (*e).clone(), ..p }, depth + 1));
                    }
                    Ty::Slice(e) if !safe && self.rng.chance(35) => {
                        let s = format!("{}[{}]", p.s, self.rng.below(2));
                        let q = Place { s, ty: (*e).clone(), assignable: !pure, addressable: !pure };
                        work.push((q, depth + 1));
                    }
                    Ty::Ptr(e) if !safe && self.rng.chance(60) => {
                        let s = if self.is_struct(&e) {
                            // The field of a pointer is selected without a star.
                            p.s.clone()
                        } else {
                            format!("(*{})", p.s)
                        };
                        if self.is_struct(&e) {
                            let Ty::Named(n) = &*e else { continue };
                            for f in self.named[*n].fields.clone() {
                                let q = Place {
                                    s: format!("{s}.{}", f.name),
                                    ty: f.ty,
                                    assignable: !pure,
                                    addressable: !pure,
                                };
                                work.push((q, depth + 1));
                            }
                        } else {
                            let q = Place { s, ty: (*e).clone(), assignable: !pure, addressable: !pure };
                            work.push((q, depth + 1));
                        }
                    }
                    _ => {}
                }
            }
            done.push(p);
        }
        done
    }

    /// A place of the type that `fits`.
    pub fn place(&mut self, ty: &Ty, fits: impl Fn(&Place) -> bool) -> Option<String> {
        let mut found: Vec<String> =
            self.places().into_iter().filter(|p| p.ty == *ty && fits(p)).map(|p| p.s).collect();
        let n = found.len();
        (n > 0).then(|| found.swap_remove(self.rng.below(n)))
    }

    /// A variable or a literal.
    pub fn leaf(&mut self, ty: &Ty) -> E {
        if self.rng.chance(75)
            && let Some(s) = self.place(ty, |_| true)
        {
            return var(s);
        }
        let consts: Vec<String> = self.consts.iter().filter(|c| c.1 == *ty).map(|c| c.0.clone()).collect();
        if !consts.is_empty() && self.rng.chance(20) {
            return konst(consts[self.rng.below(consts.len())].clone());
        }
        self.literal(ty)
    }

    /// Digits of an integer that fits the type.
    fn digits(&mut self, kind: usize) -> String {
        let (_, bits, signed) = INTS[kind];
        let (low, high) = if signed {
            (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
        } else {
            (0, (1i128 << bits) - 1)
        };
        let v = match self.rng.below(12) {
            0 => low,
            1 => high,
            2 => 0,
            3 => 1,
            4 if signed => -1,
            5 => high / 2 + 1,
            6 => i128::from(self.rng.next()) & high,
            7 if signed => -(i128::from(self.rng.next()) & high),
            _ => self.rng.below(20) as i128,
        };
        match self.rng.below(8) {
            0 if v >= 0 => format!("{v:#x}"),
            1 if v >= 0 => format!("0o{v:o}"),
            _ => v.to_string(),
        }
    }

    /// A literal whose type comes from where it stands: only for numbers, strings.
    fn untyped(&mut self, ty: &Ty) -> E {
        match self.under(ty) {
            Ty::Int(k) => konst(self.digits(k)),
            Ty::Float(_) => konst(self.float_digits()),
            Ty::Str => konst(self.quoted()),
            _ => self.literal(ty),
        }
    }

    fn float_digits(&mut self) -> String {
        self.pick(&[
            "0",
            "1",
            "-1",
            "0.5",
            "1e10",
            "-2.5",
            "3.25",
            "1e-3",
            "0.1",
            "123456.789",
            "1e30",
            "-0.3333333",
            "16777217",
            "0x1p-10",
            "7",
            "1e-40",
        ])
        .into()
    }

    fn quoted(&mut self) -> String {
        self.pick(&[
            r#""""#,
            r#""a""#,
            r#""hello""#,
            r#""h\xffi""#,
            r#""日本語""#,
            r#""x\ny""#,
            r#""\u00e9t\u00e9""#,
            "`raw\\n`",
            r#""zz""#,
            r#""ab\x00c""#,
        ])
        .into()
    }

    pub fn literal(&mut self, ty: &Ty) -> E {
        // Interfaces hold structs that hold interfaces.
        self.nesting += 1;
        let e = if self.nesting > 7 { self.zero(ty) } else { self.literal_of(ty) };
        self.nesting -= 1;
        e
    }

    /// The shortest value of a type.
    fn zero(&mut self, ty: &Ty) -> E {
        let name = self.text(ty);
        match self.under(ty) {
            Ty::Slice(_) | Ty::Map(..) | Ty::Iface(_) | Ty::Any => var(format!("{name}(nil)")),
            Ty::Ptr(_) | Ty::Func(..) => var(format!("({name})(nil)")),
            Ty::Array(..) | Ty::Named(_) => var(format!("{name}{{}}")),
            _ => self.literal_of(ty),
        }
    }

    fn literal_of(&mut self, ty: &Ty) -> E {
        let name = self.text(ty);
        match self.under(ty) {
            Ty::Bool => {
                let b = self.pick(&["true", "false"]);
                if *ty == Ty::Bool { konst(b.into()) } else { konst(format!("{name}({b})")) }
            }
            Ty::Int(k) => konst(format!("{name}({})", self.digits(k))),
            Ty::Float(_) => konst(format!("{name}({})", self.float_digits())),
            Ty::Complex(_) => {
                let (a, b) = (self.float_digits(), self.float_digits());
                konst(format!("{name}(complex({a}, {b}))"))
            }
            Ty::Str => {
                let q = self.quoted();
                if *ty == Ty::Str { konst(q) } else { konst(format!("{name}({q})")) }
            }
            Ty::Slice(e) => match self.rng.below(8) {
                0 => var(format!("{name}(nil)")),
                1 => var(format!("make({name}, {})", self.rng.below(4))),
                2 => {
                    let (a, b) = (self.leaf(&e).s, self.leaf(&e).s);
                    var(format!("{name}{{2: {a}, 0: {b}}}"))
                }
                _ => {
                    let n = 1 + self.rng.below(4);
                    let items: Vec<String> = (0..n).map(|_| self.leaf(&e).s).collect();
                    var(format!("{name}{{{}}}", items.join(", ")))
                }
            },
            Ty::Array(n, e) => match self.rng.below(4) {
                0 => var(format!("{name}{{}}")),
                1 => {
                    let a = self.leaf(&e).s;
                    var(format!("{name}{{{}: {a}}}", n - 1))
                }
                _ => {
                    let items: Vec<String> = (0..n).map(|_| self.leaf(&e).s).collect();
                    var(format!("{name}{{{}}}", items.join(", ")))
                }
            },
            Ty::Map(k, v) => {
                // Constant keys could be equal, which is an error.
                let n = self.rng.below(4);
                let mut items = Vec::new();
                for _ in 0..n {
                    let key = self.leaf(&k);
                    let key = self.hide(key).s;
                    items.push(format!("{key}: {}", self.leaf(&v).s));
                }
                if self.rng.chance(8) {
                    var(format!("make({name})"))
                } else {
                    var(format!("{name}{{{}}}", items.join(", ")))
                }
            }
            Ty::Ptr(e) => match self.rng.below(12) {
                0 => var(format!("({name})(nil)")),
                1 => var(format!("new({})", self.text(&e))),
                _ => {
                    let x = self.literal(&e);
                    if matches!(&*e, Ty::Named(_)) && x.s.ends_with('}') {
                        var(format!("&{}", x.s))
                    } else if matches!(&*e, Ty::Iface(_) | Ty::Any) {
                        var(format!("new({})", self.text(&e)))
                    } else {
                        var(format!("new({})", x.s))
                    }
                }
            },
            Ty::Func(p, r) => self.func_literal(&p, &r),
            Ty::Named(n) => {
                let fields = self.named[n].fields.clone();
                if self.rng.chance(15) {
                    return var(format!("{name}{{}}"));
                }
                let keyed = self.rng.chance(60);
                let mut items = Vec::new();
                for f in &fields {
                    if keyed && self.rng.chance(25) {
                        continue;
                    }
                    // Embedded pointers are rarely nil.
                    let recursive = matches!(&f.ty, Ty::Ptr(p) if **p == *ty);
                    let v = if recursive { "nil".into() } else { self.leaf(&f.ty).s };
                    items.push(if keyed { format!("{}: {v}", f.name) } else { v });
                }
                if keyed {
                    let by = self.rng.below(items.len().max(1));
                    items.rotate_left(by);
                }
                var(format!("{name}{{{}}}", items.join(", ")))
            }
            Ty::Iface(i) => {
                let from = self.implementers(i);
                if from.is_empty() || self.rng.chance(5) {
                    return var(format!("{name}(nil)"));
                }
                let ty = from[self.rng.below(from.len())].clone();
                let x = self.leaf(&ty).s;
                var(format!("{name}({x})"))
            }
            Ty::Any => {
                let ty = self.any_ty();
                let x = self.leaf(&ty).s;
                if self.rng.chance(5) { var("any(nil)".into()) } else { var(format!("any({x})")) }
            }
        }
    }

    /// A type to put into an `any`: fmt must print it without addresses.
    pub fn any_ty(&mut self) -> Ty {
        let named: Vec<Ty> = (0..self.named.len()).map(Ty::Named).filter(|t| self.printable(t)).collect();
        if !named.is_empty() && self.rng.chance(50) {
            named[self.rng.below(named.len())].clone()
        } else {
            self.basic()
        }
    }

    fn func_literal(&mut self, params: &[Ty], result: &Ty) -> E {
        if !self.ctx.safe && !self.ctx.pure && self.rng.chance(30) {
            // A method value or a function.
            for _ in 0..4 {
                let Some(p) = self.random_receiver() else { break };
                let found = self.pool.iter().position(|m| m.params == params && m.result == *result);
                if let (Some(m), Ty::Named(n)) = (found, &p.ty)
                    && self.find_method(*n, m).is_some_and(|ptr| !ptr || p.addressable)
                {
                    return var(format!("{}.{}", p.s, self.pool[m].name));
                }
            }
            if let Some(f) = self
                .pure_funcs
                .iter()
                .find(|f| f.params == params && f.results.len() == 1 && f.results[0] == *result)
            {
                return var(f.name.clone());
            }
        }
        let saved = (self.ctx.vars.len(), self.ctx.pure);
        let mut heads = Vec::new();
        for p in params {
            let name = self.fresh("q");
            heads.push(format!("{name} {}", self.text(p)));
            self.ctx.vars.push(crate::program::Var { name, ty: p.clone(), assignable: true });
        }
        self.ctx.pure = true;
        let body = self.expr(result, 2).s;
        self.ctx.vars.truncate(saved.0);
        self.ctx.pure = saved.1;
        var(format!("func({}) {} {{ return {body} }}", heads.join(", "), self.text(result)))
    }

    pub fn random_receiver(&mut self) -> Option<Place> {
        let mut all: Vec<Place> =
            self.places().into_iter().filter(|p| matches!(p.ty, Ty::Named(_))).collect();
        let n = all.len();
        (n > 0).then(|| all.swap_remove(self.rng.below(n)))
    }

    /// Makes a constant a value that the compiler may or may not see through.
    pub fn hide(&mut self, e: E) -> E {
        if !e.k {
            return e;
        }
        var(format!("{}({})", self.pick(&["nc", "nv"]), e.s))
    }

    /// An operand that is not constant.
    fn operand(&mut self, ty: &Ty, depth: usize) -> E {
        let e = self.expr(ty, depth);
        self.hide(e)
    }

    /// An expression of the type.
    pub fn expr(&mut self, ty: &Ty, depth: usize) -> E {
        if depth == 0 || self.rng.chance(15) {
            return self.leaf(ty);
        }
        if self.rng.chance(12)
            && let Some(e) = self.common(ty, depth)
        {
            return e;
        }
        let name = self.text(ty);
        match self.under(ty) {
            Ty::Bool => {
                let e = self.boolean(depth);
                if *ty == Ty::Bool { e } else { var(format!("{name}({})", self.hide(e).s)) }
            }
            Ty::Int(k) => self.integer(ty, k, depth),
            Ty::Float(_) => self.float(ty, depth),
            Ty::Complex(wide) => {
                let part = Ty::Float(wide);
                match self.rng.below(5) {
                    0 => {
                        let (a, b) = (self.operand(&part, depth - 1).s, self.operand(&part, depth - 1).s);
                        var(format!("{name}(complex({a}, {b}))"))
                    }
                    1 => var(format!("(-{})", self.operand(ty, depth - 1).s)),
                    2 if *ty == Ty::Complex(wide) => {
                        let other = self.operand(&Ty::Complex(!wide), depth - 1).s;
                        var(format!("{name}({other})"))
                    }
                    _ => {
                        let (a, b) = (self.operand(ty, depth - 1).s, self.operand(ty, depth - 1).s);
                        var(format!("({a} {} {b})", self.pick(&["+", "-", "*", "/"])))
                    }
                }
            }
            Ty::Str => self.string(ty, depth),
            Ty::Slice(e) => match self.rng.below(7) {
                0 | 1 => {
                    let s = self.operand(ty, depth - 1).s;
                    let low = self.rng.below(3);
                    match self.rng.below(3) {
                        0 => var(format!("nc({s})[:0]")),
                        1 => {
                            let t = self.fresh("s");
                            var(format!(
                                "func({t} {name}) {name} {{ return {t}[min({low}, len({t})):] }}({s})"
                            ))
                        }
                        _ => {
                            let t = self.fresh("s");
                            var(format!(
                                "func({t} {name}) {name} {{ return {t}[:len({t})/2:len({t})] }}({s})"
                            ))
                        }
                    }
                }
                2 | 3 => {
                    let s = self.operand(ty, depth - 1).s;
                    let x = self.expr(&e, depth - 1).s;
                    let t = self.fresh("s");
                    var(format!(
                        "func({t} {name}) {name} {{ return append({t}[:len({t}):len({t})], {x}) }}({s})"
                    ))
                }
                4 if *e == Ty::Int(6) || *e == Ty::Int(3) => {
                    let s = self.operand(&Ty::Str, depth - 1).s;
                    var(format!("{name}({s})"))
                }
                5 if *ty == Ty::Slice(e.clone()) && !self.ctx.safe && depth > 1 => {
                    // Through a generic function with a closure.
                    let from = self.basic();
                    let s = self.operand(&Ty::Slice(Rc::new(from.clone())), depth - 2).s;
                    // What a method does to globals would be seen in an unknown order.
                    let pure = std::mem::replace(&mut self.ctx.pure, true);
                    let f = self.func_literal(std::slice::from_ref(&from), &e).s;
                    self.ctx.pure = pure;
                    var(format!("mapped({s}, {f})"))
                }
                _ => self.literal(ty),
            },
            Ty::Ptr(e) => {
                if !self.ctx.pure
                    && self.rng.chance(60)
                    && let Some(s) = self.place(&e, |p| p.addressable)
                {
                    return var(format!("&{s}"));
                }
                self.literal(ty)
            }
            _ => self.literal(ty),
        }
    }

    /// Forms that exist for every type.
    fn common(&mut self, ty: &Ty, depth: usize) -> Option<E> {
        let name = self.text(ty);
        match self.rng.below(8) {
            0 => {
                let (c, a, b) =
                    (self.boolean(depth - 1).s, self.expr(ty, depth - 1).s, self.expr(ty, depth - 1).s);
                Some(var(format!("ifelse[{name}]({c}, {a}, {b})")))
            }
            1 | 2 if !self.ctx.safe => {
                let fs: Vec<_> =
                    self.pure_funcs.iter().filter(|f| f.results == [ty.clone()]).cloned().collect();
                if fs.is_empty() {
                    return None;
                }
                let f = &fs[self.rng.below(fs.len())];
                let args: Vec<String> = f.params.iter().map(|p| self.expr(p, depth - 1).s).collect();
                Some(var(format!("{}({})", f.name, args.join(", "))))
            }
            3 if !self.ctx.safe => {
                let x = self.expr(ty, depth - 1).s;
                let other = self.expr(ty, depth - 1).s;
                let c = self.boolean(depth - 1).s;
                Some(var(format!("func() {name} {{ if {c} {{ return {x} }}; return {other} }}()")))
            }
            4 => {
                let x = self.expr(ty, depth - 1).s;
                Some(var(format!("duo[bool, {name}]{{true, {x}}}.swap().a")))
            }
            5 => {
                // An element of a composite literal.
                let x = self.expr(ty, depth - 1).s;
                let y = self.expr(ty, depth - 1).s;
                let i = self.rng.below(2);
                Some(var(format!("[...]{name}{{{x}, {y}}}[{i}]")))
            }
            6 if self.is_key(ty) || matches!(ty, Ty::Float(_)) => {
                // Through an interface and back.
                let x = self.expr(ty, depth - 1).s;
                Some(var(format!("any({name}({x})).({name})")))
            }
            7 => {
                let k = self.key();
                let key = self.expr(&k, depth - 1).s;
                let (v, key2) = (self.expr(ty, depth - 1).s, self.expr(&k, depth - 1));
                let key2 = self.hide(key2).s;
                Some(var(format!("map[{}]{name}{{{key2}: {v}}}[{key}]", self.text(&k))))
            }
            _ => None,
        }
    }

    fn integer(&mut self, ty: &Ty, k: usize, depth: usize) -> E {
        let (_, bits, signed) = INTS[k];
        let name = self.text(ty);
        match self.rng.below(22) {
            0..=5 => {
                let a = self.operand(ty, depth - 1).s;
                let b = if self.rng.chance(40) { self.untyped(ty) } else { self.expr(ty, depth - 1) }.s;
                let op = self.pick(&["+", "-", "*", "&", "|", "^", "&^"]);
                if self.rng.chance(15) {
                    var(format!("({b} {op} {a})"))
                } else {
                    var(format!("({a} {op} {b})"))
                }
            }
            6 => {
                // Without parentheses: precedence.
                let n = 3 + self.rng.below(3);
                let mut s = self.operand(ty, depth - 1).s;
                for _ in 1..n {
                    let x = self.operand(ty, depth - 1).s;
                    s = format!("{s} {} {x}", self.pick(&["+", "-", "*", "&", "|", "^", "&^"]));
                }
                var(format!("({s})"))
            }
            7 | 8 => {
                let a = self.operand(ty, depth - 1).s;
                let op = self.pick(&["/", "%"]);
                let b = match self.rng.below(8) {
                    0 if !self.ctx.safe => self.operand(ty, depth - 1).s,
                    1 if signed => "-1".into(),
                    2 if signed => "nc[".to_owned() + &name + "](-1)",
                    3 | 4 => format!("({} | 1)", self.operand(ty, depth - 1).s),
                    _ => ["1", "2", "3", "7", "10", "8", "100", "127"][self.rng.below(8)].into(),
                };
                var(format!("({a} {op} {b})"))
            }
            9..=11 => {
                let a = self.operand(ty, depth - 1).s;
                let op = self.pick(&["<<", ">>"]);
                let count = match self.rng.below(6) {
                    0 => self.rng.below(bits as usize + 4).to_string(),
                    1 => self.operand(&Ty::Int(6), depth - 1).s,
                    2 => format!("({} & 31)", self.operand(&INT, depth - 1).s),
                    3 if !self.ctx.safe => self.operand(&Ty::Int(1), depth - 1).s,
                    _ => {
                        let k = 5 + self.rng.below(5);
                        format!("({} % {})", self.operand(&Ty::Int(k), depth - 1).s, bits + 5)
                    }
                };
                var(format!("({a} {op} {count})"))
            }
            12 => {
                // A constant shifted by a variable takes its type from where it stands.
                let a = self.operand(ty, depth - 1).s;
                var(format!("({a} + 1<<({} & 15))", self.operand(&Ty::Int(7), depth - 1).s))
            }
            13 => var(format!("({}{})", self.pick(&["-", "^", "+"]), self.operand(ty, depth - 1).s)),
            14..=16 => {
                let from = Ty::Int(self.rng.below(INTS.len()));
                var(format!("{name}({})", self.operand(&from, depth - 1).s))
            }
            17 => {
                let f = Ty::Float(self.rng.chance(70));
                var(format!("{name}(toInt(float64({})))", self.operand(&f, depth - 1).s))
            }
            18 => {
                let a = self.operand(ty, depth - 1).s;
                let b = self.expr(ty, depth - 1).s;
                var(format!("{}({a}, {b})", self.pick(&["min", "max", "sum", "largest"])))
            }
            19 => {
                let call = match self.rng.below(9) {
                    0 => format!("bits.OnesCount64({})", self.operand(&Ty::Int(9), depth - 1).s),
                    1 => format!("bits.LeadingZeros32({})", self.operand(&Ty::Int(8), depth - 1).s),
                    2 => format!("bits.TrailingZeros16({})", self.operand(&Ty::Int(7), depth - 1).s),
                    3 => format!("bits.Len8({})", self.operand(&Ty::Int(6), depth - 1).s),
                    4 => {
                        let n = self.operand(&INT, depth - 1).s;
                        format!("bits.RotateLeft32({}, {n})", self.operand(&Ty::Int(8), depth - 1).s)
                    }
                    5 => format!("bits.ReverseBytes64({})", self.operand(&Ty::Int(9), depth - 1).s),
                    6 => format!("bits.Reverse16({})", self.operand(&Ty::Int(7), depth - 1).s),
                    7 => {
                        let n = self.operand(&INT, depth - 1).s;
                        format!("bits.RotateLeft8({}, {n})", self.operand(&Ty::Int(6), depth - 1).s)
                    }
                    _ => format!("bits.TrailingZeros64({})", self.operand(&Ty::Int(9), depth - 1).s),
                };
                var(format!("{name}({call})"))
            }
            20 => {
                let t = match self.rng.below(3) {
                    0 => Ty::Str,
                    1 => Ty::Slice(Rc::new(self.basic())),
                    _ => Ty::Map(Rc::new(self.key()), Rc::new(self.basic())),
                };
                let x = self.operand(&t, depth - 1).s;
                var(format!("{name}(len({x}))"))
            }
            _ => {
                // A byte of a string, or a rune.
                let s = self.operand(&Ty::Str, depth - 1).s;
                var(format!("{name}((\"#\" + {s})[0])"))
            }
        }
    }

    fn float(&mut self, ty: &Ty, depth: usize) -> E {
        let name = self.text(ty);
        match self.rng.below(11) {
            0..=4 => {
                let a = self.operand(ty, depth - 1).s;
                let b = if self.rng.chance(30) {
                    // A constant divisor must not be zero.
                    ["2", "0.5", "3", "1e-5", "-7.25"][self.rng.below(5)].into()
                } else {
                    self.operand(ty, depth - 1).s
                };
                var(format!("({a} {} {b})", self.pick(&["+", "-", "*", "/"])))
            }
            5 => var(format!("(-{})", self.operand(ty, depth - 1).s)),
            6 => {
                let from = Ty::Int(self.rng.below(INTS.len()));
                var(format!("{name}({})", self.operand(&from, depth - 1).s))
            }
            7 => {
                let from = Ty::Float(self.rng.chance(50));
                var(format!("{name}({})", self.operand(&from, depth - 1).s))
            }
            8 => {
                let f = self.pick(&["Floor", "Ceil", "Trunc", "Sqrt", "Abs", "RoundToEven", "Round"]);
                var(format!("{name}(math.{f}({}))", self.operand(&Ty::Float(true), depth - 1).s))
            }
            9 => {
                let wide = self.rng.chance(50);
                let c = self.operand(&Ty::Complex(wide), depth - 1).s;
                var(format!("{name}({}({c}))", self.pick(&["real", "imag"])))
            }
            _ => {
                let a = self.operand(ty, depth - 1).s;
                let b = self.operand(ty, depth - 1).s;
                var(format!("{}({a}, {b})", self.pick(&["min", "max"])))
            }
        }
    }

    fn string(&mut self, ty: &Ty, depth: usize) -> E {
        let name = self.text(ty);
        match self.rng.below(9) {
            0..=2 => {
                let a = self.operand(ty, depth - 1).s;
                let b = self.expr(ty, depth - 1).s;
                var(format!("cut({a} + {b})"))
            }
            3 => {
                let r = self.operand(&Ty::Int(3), depth - 1).s;
                var(format!("{name}(rune({r}))"))
            }
            4 => {
                let k = if self.rng.chance(50) { 6 } else { 3 };
                let s = self.operand(&Ty::Slice(Rc::new(Ty::Int(k))), depth - 1).s;
                var(format!("{name}({s})"))
            }
            5 => {
                let t = self.fresh("s");
                let s = self.operand(ty, depth - 1).s;
                let form = self
                    .pick(&["[len(@)/2:]", "[:len(@)/2]", "[min(1, len(@)):max(1, len(@)/2)]"])
                    .replace('@', &t);
                if form.contains("max(1") && self.ctx.safe {
                    return var(s);
                }
                var(format!("func({t} {name}) {name} {{ return {t}{form} }}({s})"))
            }
            6 => var(format!("{name}(strconv.Itoa({}))", self.operand(&INT, depth - 1).s)),
            7 => {
                let t = self.any_ty();
                let x = self.expr(&t, depth - 1).s;
                let verb = self.pick(&["%v", "%+v", "%T", "%5v"]);
                var(format!("{name}(cut(fmt.Sprintf(\"{verb}\", {x})))"))
            }
            _ => {
                let f = self.pick(&["ToUpper", "TrimSpace", "ToTitle"]);
                var(format!("{name}(strings.{f}(string({})))", self.operand(ty, depth - 1).s))
            }
        }
    }

    pub fn boolean(&mut self, depth: usize) -> E {
        if depth == 0 {
            return self.leaf(&Ty::Bool);
        }
        match self.rng.below(12) {
            0..=4 => {
                let ty = match self.rng.below(3) {
                    0 => Ty::Str,
                    1 => Ty::Float(true),
                    _ => Ty::Int(self.rng.below(INTS.len())),
                };
                let a = self.operand(&ty, depth - 1).s;
                let b = if self.rng.chance(30) { self.untyped(&ty) } else { self.expr(&ty, depth - 1) }.s;
                var(format!("({a} {} {b})", self.pick(&["<", "<=", ">", ">=", "==", "!="])))
            }
            5 => {
                let candidates: Vec<Ty> =
                    (0..self.named.len()).map(Ty::Named).filter(|t| self.is_key(t)).collect();
                let ty = if candidates.is_empty() {
                    Ty::Array(2, Rc::new(self.basic()))
                } else {
                    candidates[self.rng.below(candidates.len())].clone()
                };
                let (a, b) = (self.operand(&ty, depth - 1).s, self.operand(&ty, depth - 1).s);
                let op = self.pick(&["==", "!="]);
                // Composite literals in conditions need parentheses.
                var(format!("(({a}) {op} ({b}))"))
            }
            6 => {
                let ty = match self.rng.below(3) {
                    0 => Ty::Any,
                    1 if !self.ifaces.is_empty() => Ty::Iface(self.rng.below(self.ifaces.len())),
                    _ => Ty::Ptr(Rc::new(self.basic())),
                };
                let s = match self.place(&ty, |_| true) {
                    Some(s) => s,
                    None => return self.leaf(&Ty::Bool),
                };
                var(format!("({s} {} nil)", self.pick(&["==", "!="])))
            }
            7 | 8 => {
                let a = self.boolean(depth - 1);
                let a = self.hide(a).s;
                let b = self.boolean(depth - 1).s;
                var(format!("({a} {} {b})", self.pick(&["&&", "||"])))
            }
            9 => {
                let a = self.boolean(depth - 1);
                var(format!("!{}", self.hide(a).s))
            }
            10 => {
                let x = self.any_ty();
                let asked = if self.rng.chance(50) { x.clone() } else { self.any_ty() };
                let v = self.leaf(&x).s;
                let asked = self.text(&asked);
                var(format!("func(x any) bool {{ _, ok := x.({asked}); return ok }}({v})"))
            }
            _ => self.leaf(&Ty::Bool),
        }
    }
}
