//! One generated program: its types, constants, globals and functions.
//!
//! In: a seed. Out: Go declarations whose names begin with the program's prefix, and an entry function. Requires: the prelude.
//! Guarantees: the same seed gives the same text; the program is valid, ends, and has one possible output.

use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;

/// splitmix64: small, and the same everywhere.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Integer types: name, bits, signed.
pub const INTS: [(&str, u32, bool); 11] = [
    ("int", 64, true),
    ("int8", 8, true),
    ("int16", 16, true),
    ("int32", 32, true),
    ("int64", 64, true),
    ("uint", 64, false),
    ("uint8", 8, false),
    ("uint16", 16, false),
    ("uint32", 32, false),
    ("uint64", 64, false),
    ("uintptr", 64, false),
];

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Ty {
    Bool,
    /// Index into `INTS`.
    Int(usize),
    /// True: 64 bits.
    Float(bool),
    Complex(bool),
    Str,
    Slice(Rc<Ty>),
    Array(usize, Rc<Ty>),
    Map(Rc<Ty>, Rc<Ty>),
    Ptr(Rc<Ty>),
    Func(Rc<Vec<Ty>>, Rc<Ty>),
    Named(usize),
    Iface(usize),
    Any,
}

pub const INT: Ty = Ty::Int(0);

#[derive(Clone)]
pub struct Field {
    pub name: String,
    pub ty: Ty,
    pub embedded: bool,
}

/// A method of the program's pool: every type that has the name has this signature.
#[derive(Clone)]
pub struct Method {
    pub name: String,
    pub params: Vec<Ty>,
    pub result: Ty,
}

pub struct Named {
    pub name: String,
    /// None: a struct.
    pub under: Option<Ty>,
    pub fields: Vec<Field>,
    /// Index into the pool, and whether the receiver is a pointer.
    pub methods: Vec<(usize, bool)>,
}

pub struct Iface {
    pub name: String,
    pub methods: Vec<usize>,
}

#[derive(Clone)]
pub struct Func {
    pub name: String,
    pub params: Vec<Ty>,
    pub variadic: bool,
    pub results: Vec<Ty>,
}

#[derive(Clone)]
pub struct Var {
    pub name: String,
    pub ty: Ty,
    pub assignable: bool,
}

/// What the statements of one function may use.
#[derive(Default)]
pub struct Ctx {
    pub vars: Vec<Var>,
    pub results: Vec<Ty>,
    /// Names of the results, if they have any.
    pub named: Vec<String>,
    /// Only reads its parameters and its own variables: may be called in the middle of expressions.
    pub pure: bool,
    /// Enclosing statements that `break` and `continue` may name: label, whether `continue` may, whether used.
    pub labels: Vec<(String, bool, bool)>,
    pub depth: usize,
    pub loops: usize,
    /// In a deferred function: `return` has no operands.
    pub can_return: bool,
    /// Slices that nothing else shares, so that they may grow by append.
    pub owned: Vec<(String, Ty)>,
    /// Functions in variables that may have side effects: name, parameters, result.
    pub closures: Vec<(String, Vec<Ty>, Ty)>,
    /// Nothing may panic or call: initialisers of globals.
    pub safe: bool,
}

pub struct Gen {
    pub rng: Rng,
    pub prefix: String,
    /// Finished declarations.
    pub decls: String,
    /// The function body that is being written.
    pub out: String,
    pub pool: Vec<Method>,
    pub named: Vec<Named>,
    pub ifaces: Vec<Iface>,
    pub pure_funcs: Vec<Func>,
    pub funcs: Vec<Func>,
    pub globals: Vec<Var>,
    pub consts: Vec<(String, Ty)>,
    pub shows: HashMap<Ty, String>,
    pub counter: usize,
    /// How deep the literal that is being written nests.
    pub nesting: usize,
    pub ctx: Ctx,
}

/// Appends formatted text to what is being written.
#[macro_export]
macro_rules! emit {
    ($g:expr, $($arg:tt)*) => {{
        let text = format!($($arg)*);
        $g.out.push_str(&text);
        $g.out.push('\n');
    }};
}

/// The declarations and the entry function of program `seed`.
pub fn program(seed: u64) -> String {
    let mut g = Gen {
        rng: Rng(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x9e37),
        prefix: format!("p{seed}_"),
        decls: String::new(),
        out: String::new(),
        pool: Vec::new(),
        named: Vec::new(),
        ifaces: Vec::new(),
        pure_funcs: Vec::new(),
        funcs: Vec::new(),
        globals: Vec::new(),
        consts: Vec::new(),
        shows: HashMap::new(),
        counter: 0,
        nesting: 0,
        ctx: Ctx::default(),
    };
    g.types();
    g.constants();
    for _ in 0..2 + g.rng.below(3) {
        g.function(true);
    }
    g.global_variables();
    g.methods();
    for _ in 0..3 + g.rng.below(4) {
        g.function(false);
    }
    g.templates();
    g.entry();
    g.decls
}

impl Gen {
    pub fn fresh(&mut self, base: &str) -> String {
        self.counter += 1;
        format!("{base}{}", self.counter)
    }

    pub fn text(&self, ty: &Ty) -> String {
        match ty {
            Ty::Bool => "bool".into(),
            Ty::Int(k) => INTS[*k].0.into(),
            Ty::Float(d) => if *d { "float64" } else { "float32" }.into(),
            Ty::Complex(d) => if *d { "complex128" } else { "complex64" }.into(),
            Ty::Str => "string".into(),
            Ty::Slice(e) => format!("[]{}", self.text(e)),
            Ty::Array(n, e) => format!("[{n}]{}", self.text(e)),
            Ty::Map(k, v) => format!("map[{}]{}", self.text(k), self.text(v)),
            Ty::Ptr(e) => format!("*{}", self.text(e)),
            Ty::Func(p, r) => format!("func({}) {}", self.list(p), self.text(r)),
            Ty::Named(i) => self.named[*i].name.clone(),
            Ty::Iface(i) => self.ifaces[*i].name.clone(),
            Ty::Any => "any".into(),
        }
    }

    pub fn list(&self, tys: &[Ty]) -> String {
        tys.iter().map(|t| self.text(t)).collect::<Vec<_>>().join(", ")
    }

    /// The underlying type; structs stay named.
    pub fn under(&self, ty: &Ty) -> Ty {
        match ty {
            Ty::Named(i) => self.named[*i].under.clone().unwrap_or_else(|| ty.clone()),
            _ => ty.clone(),
        }
    }

    pub fn is_struct(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Named(i) if self.named[*i].under.is_none())
    }

    /// Comparable without a chance of a panic, and equal to itself: no floats, interfaces, pointers.
    pub fn is_key(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Bool | Ty::Int(_) | Ty::Str => true,
            Ty::Array(_, e) => self.is_key(e),
            Ty::Named(i) => match &self.named[*i].under {
                Some(u) => self.is_key(u),
                None => self.named[*i].fields.iter().all(|f| self.is_key(&f.ty)),
            },
            _ => false,
        }
    }

    /// fmt prints it without addresses.
    pub fn printable(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Bool | Ty::Int(_) | Ty::Float(_) | Ty::Complex(_) | Ty::Str => true,
            Ty::Slice(e) | Ty::Array(_, e) => self.printable(e),
            Ty::Map(k, v) => self.is_key(k) && self.printable(v),
            Ty::Named(i) => match &self.named[*i].under {
                Some(u) => self.printable(u),
                None => self.named[*i].fields.iter().all(|f| self.printable(&f.ty)),
            },
            _ => false,
        }
    }

    pub fn basic(&mut self) -> Ty {
        match self.rng.below(20) {
            0..=7 => Ty::Int(self.rng.below(INTS.len())),
            8..=10 => INT,
            11 | 12 => Ty::Bool,
            13 | 14 => Ty::Float(self.rng.chance(70)),
            15 => Ty::Complex(self.rng.chance(70)),
            _ => Ty::Str,
        }
    }

    /// A type for a variable, field or element.
    pub fn ty(&mut self, depth: usize) -> Ty {
        if depth == 0 || self.rng.chance(40) {
            return self.basic();
        }
        match self.rng.below(16) {
            0..=2 => Ty::Slice(Rc::new(self.ty(depth - 1))),
            3..=4 => Ty::Array(1 + self.rng.below(5), Rc::new(self.ty(depth - 1))),
            5 => {
                let key = self.key();
                Ty::Map(Rc::new(key), Rc::new(self.ty(depth - 1)))
            }
            6 | 7 => Ty::Ptr(Rc::new(self.ty(depth - 1))),
            8..=11 if !self.named.is_empty() => Ty::Named(self.rng.below(self.named.len())),
            12 | 13 if !self.ifaces.is_empty() => Ty::Iface(self.rng.below(self.ifaces.len())),
            14 => Ty::Any,
            15 => {
                let params: Vec<Ty> = (0..self.rng.below(3)).map(|_| self.basic()).collect();
                Ty::Func(Rc::new(params), Rc::new(self.basic()))
            }
            _ => self.basic(),
        }
    }

    pub fn key(&mut self) -> Ty {
        let candidates: Vec<Ty> = (0..self.named.len()).map(Ty::Named).filter(|t| self.is_key(t)).collect();
        match self.rng.below(6) {
            0 | 1 => Ty::Str,
            2 | 3 => Ty::Int(self.rng.below(INTS.len())),
            4 => Ty::Array(2, Rc::new(Ty::Int(self.rng.below(INTS.len())))),
            _ => match candidates.len() {
                0 => INT,
                n => candidates[self.rng.below(n)].clone(),
            },
        }
    }

    /// A type without references, for pure functions.
    pub fn value_ty(&mut self) -> Ty {
        let named: Vec<Ty> = (0..self.named.len()).map(Ty::Named).filter(|t| self.is_value(t)).collect();
        match self.rng.below(10) {
            0 => Ty::Array(1 + self.rng.below(4), Rc::new(self.basic())),
            1..=3 if !named.is_empty() => named[self.rng.below(named.len())].clone(),
            _ => self.basic(),
        }
    }

    pub fn is_value(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Bool | Ty::Int(_) | Ty::Float(_) | Ty::Complex(_) | Ty::Str => true,
            Ty::Array(_, e) => self.is_value(e),
            Ty::Named(i) => match &self.named[*i].under {
                Some(u) => self.is_value(u),
                None => self.named[*i].fields.iter().all(|f| self.is_value(&f.ty)),
            },
            _ => false,
        }
    }

    fn types(&mut self) {
        for name in ["Alpha", "Beta", "Gamma", "Delta"] {
            let params = (0..self.rng.below(3)).map(|_| self.basic()).collect();
            let result = self.basic();
            self.pool.push(Method { name: name.into(), params, result });
        }
        for i in 0..4 + self.rng.below(4) {
            let name = format!("{}T{i}", self.prefix);
            let is_struct = self.rng.chance(60);
            let mut fields = Vec::new();
            let under = if is_struct {
                // At most one struct is embedded, so that promoted names are never ambiguous.
                let inner: Vec<usize> =
                    (0..self.named.len()).filter(|n| self.named[*n].under.is_none()).collect();
                if !inner.is_empty() && self.rng.chance(35) {
                    let n = inner[self.rng.below(inner.len())];
                    let by_pointer = self.rng.chance(30);
                    let ty = if by_pointer { Ty::Ptr(Rc::new(Ty::Named(n))) } else { Ty::Named(n) };
                    fields.push(Field { name: self.named[n].name.clone(), ty, embedded: true });
                }
                for _ in 0..self.rng.below(5) {
                    let name = self.fresh("f");
                    fields.push(Field { name, ty: self.ty(2), embedded: false });
                }
                if self.rng.chance(25) {
                    let name = self.fresh("next");
                    let this = self.named.len();
                    fields.push(Field { name, ty: Ty::Ptr(Rc::new(Ty::Named(this))), embedded: false });
                }
                None
            } else {
                Some(match self.rng.below(8) {
                    0 => Ty::Slice(Rc::new(self.basic())),
                    1 => Ty::Array(1 + self.rng.below(4), Rc::new(self.basic())),
                    2 => Ty::Map(Rc::new(Ty::Str), Rc::new(self.basic())),
                    _ => self.basic(),
                })
            };
            let mut methods = Vec::new();
            for m in 0..self.pool.len() {
                if self.rng.chance(45) {
                    methods.push((m, self.rng.chance(40)));
                }
            }
            self.named.push(Named { name, under, fields, methods });
            if self.rng.chance(50) && self.ifaces.len() < 3 {
                let name = format!("{}I{}", self.prefix, self.ifaces.len());
                let mut methods: Vec<usize> = (0..self.pool.len()).filter(|_| self.rng.chance(40)).collect();
                if methods.is_empty() {
                    methods.push(self.rng.below(self.pool.len()));
                }
                self.ifaces.push(Iface { name, methods });
            }
        }
        for i in 0..self.named.len() {
            let n = &self.named[i];
            let mut s = String::new();
            match &n.under {
                Some(u) => {
                    let _ = writeln!(s, "type {} {}", n.name, self.text(u));
                }
                None => {
                    let _ = writeln!(s, "type {} struct {{", n.name);
                    for f in &n.fields {
                        let ty = self.text(&f.ty);
                        let _ = if f.embedded { writeln!(s, "{ty}") } else { writeln!(s, "{} {ty}", f.name) };
                    }
                    s.push_str("}\n");
                }
            }
            self.decls.push_str(&s);
        }
        for i in 0..self.ifaces.len() {
            let f = &self.ifaces[i];
            let mut s = format!("type {} interface {{\n", f.name);
            // An interface whose methods are among ours is embedded.
            let inner = self.ifaces[..i].iter().find(|o| o.methods.iter().all(|m| f.methods.contains(m)));
            if let Some(o) = inner {
                let _ = writeln!(s, "{}", o.name);
            }
            for &m in &f.methods {
                if inner.is_some_and(|o| o.methods.contains(&m)) {
                    continue;
                }
                let method = &self.pool[m];
                let _ = writeln!(
                    s,
                    "{}({}) {}",
                    method.name,
                    self.list(&method.params),
                    self.text(&method.result)
                );
            }
            s.push_str("}\n");
            self.decls.push_str(&s);
        }
    }

    /// The method that a value of the type (or a pointer to it) has: whether it needs a pointer.
    pub fn find_method(&self, named: usize, method: usize) -> Option<bool> {
        let n = &self.named[named];
        if let Some(m) = n.methods.iter().find(|m| m.0 == method) {
            return Some(m.1);
        }
        n.fields.iter().filter(|f| f.embedded).find_map(|f| match &f.ty {
            Ty::Named(i) => self.find_method(*i, method),
            // Through an embedded pointer both kinds of methods are in the method set.
            Ty::Ptr(p) => match **p {
                Ty::Named(i) => self.find_method(i, method).map(|_| false),
                _ => None,
            },
            _ => None,
        })
    }

    /// Whether the type implements the interface.
    pub fn implements(&self, ty: &Ty, iface: usize) -> bool {
        let methods = &self.ifaces[iface].methods;
        match ty {
            Ty::Named(n) => methods.iter().all(|m| self.find_method(*n, *m) == Some(false)),
            Ty::Ptr(p) => match **p {
                Ty::Named(n) => methods.iter().all(|m| self.find_method(n, *m).is_some()),
                _ => false,
            },
            _ => false,
        }
    }

    pub fn implementers(&self, iface: usize) -> Vec<Ty> {
        (0..self.named.len())
            .flat_map(|n| [Ty::Named(n), Ty::Ptr(Rc::new(Ty::Named(n)))])
            .filter(|t| self.implements(t, iface))
            .collect()
    }

    fn constants(&mut self) {
        let mut s = String::from("const (\n");
        // Typed constants around iota.
        let kind = self.rng.below(INTS.len());
        let first = self.fresh(&format!("{}C", self.prefix));
        let form = ["1 << iota", "iota * 3", "7 - iota", "iota ^ 5", "(iota + 1) % 4"][self.rng.below(5)];
        let _ = writeln!(s, "{first} {} = {form}", INTS[kind].0);
        self.consts.push((first, Ty::Int(kind)));
        for _ in 0..self.rng.below(5) {
            if self.rng.chance(25) {
                s.push_str("_\n");
                continue;
            }
            let name = self.fresh(&format!("{}C", self.prefix));
            let _ = writeln!(s, "{name}");
            self.consts.push((name, Ty::Int(kind)));
        }
        s.push_str(")\n");
        for _ in 0..3 {
            let name = self.fresh(&format!("{}C", self.prefix));
            let (text, value) = self.const_int(4);
            if let Ok(v) = i64::try_from(value) {
                let _ = writeln!(s, "const {name} = {text}");
                self.consts.push((format!("int64({name})"), Ty::Int(4)));
                if i64::from(v as i8) == v {
                    self.consts.push((format!("int8({name})"), Ty::Int(1)));
                }
            } else {
                // Too large for a variable; scaled down by a constant shift.
                let _ = writeln!(s, "const {name} = {text}");
                self.consts.push((format!("float64({name})"), Ty::Float(true)));
            }
        }
        let name = self.fresh(&format!("{}C", self.prefix));
        let text = self.const_float(3);
        let _ = writeln!(s, "const {name} = {text} + 0.0");
        self.consts.push((format!("float64({name})"), Ty::Float(true)));
        self.consts.push((format!("float32({name})"), Ty::Float(false)));
        self.decls.push_str(&s);
    }

    /// An untyped constant expression of integers and its value.
    fn const_int(&mut self, depth: usize) -> (String, i128) {
        if depth == 0 {
            let v = [0, 1, 2, 3, 7, 10, 255, 1 << 20, 1 << 40, 97][self.rng.below(10)];
            return match self.rng.below(5) {
                0 => (format!("{v:#x}"), v),
                1 => (format!("{v:#b}"), v),
                2 if v == 97 => ("'a'".into(), v),
                _ => (v.to_string(), v),
            };
        }
        let (a, x) = self.const_int(depth - 1);
        let (b, y) = self.const_int(depth - 1);
        let (op, v) = match self.rng.below(9) {
            0 => ("+", x + y),
            1 => ("-", x - y),
            2 if x.abs() < 1 << 50 && y.abs() < 1 << 50 => ("*", x * y),
            3 if y != 0 => ("/", x / y),
            4 if y != 0 => ("%", x % y),
            5 => ("&", x & y),
            6 => ("|", x | y),
            7 => ("^", x ^ y),
            _ => ("&^", x & !y),
        };
        if v.abs() > 1 << 90 {
            return (a, x);
        }
        (format!("({a} {op} {b})"), v)
    }

    fn const_float(&mut self, depth: usize) -> String {
        if depth == 0 {
            return ["1.0", "2.5", "3", "0.1", "1e3", "0x1p-2", "'b'", "7", "1.0/3"][self.rng.below(9)]
                .into();
        }
        let (a, b) = (self.const_float(depth - 1), self.const_float(depth - 1));
        match self.rng.below(4) {
            0 => format!("({a} + {b})"),
            1 => format!("({a} - {b})"),
            2 => format!("({a} * {b})"),
            _ => format!("({a} / {})", ["3", "0.5", "7.0", "9"][self.rng.below(4)]),
        }
    }

    fn global_variables(&mut self) {
        for _ in 0..2 + self.rng.below(4) {
            let name = self.fresh(&format!("{}g", self.prefix));
            let ty = self.ty(2);
            self.ctx = Ctx { vars: self.globals.clone(), pure: true, safe: true, ..Ctx::default() };
            let decl = if self.rng.chance(70) {
                let e = self.expr(&ty, 2);
                format!("var {name} {} = {}\n", self.text(&ty), e.s)
            } else {
                format!("var {name} {}\n", self.text(&ty))
            };
            self.decls.push_str(&decl);
            self.globals.push(Var { name, ty, assignable: true });
        }
    }

    fn methods(&mut self) {
        for n in 0..self.named.len() {
            for (m, by_pointer) in self.named[n].methods.clone() {
                let method = self.pool[m].clone();
                let receiver = if by_pointer { Ty::Ptr(Rc::new(Ty::Named(n))) } else { Ty::Named(n) };
                let mut vars = self.globals.clone();
                vars.push(Var { name: "self".into(), ty: receiver.clone(), assignable: !by_pointer });
                let mut params = Vec::new();
                for (i, p) in method.params.iter().enumerate() {
                    params.push(format!("a{i} {}", self.text(p)));
                    vars.push(Var { name: format!("a{i}"), ty: p.clone(), assignable: true });
                }
                let head = format!(
                    "func (self {}) {}({}) {} {{",
                    self.text(&receiver),
                    method.name,
                    params.join(", "),
                    self.text(&method.result)
                );
                self.ctx =
                    Ctx { vars, results: vec![method.result.clone()], can_return: true, ..Ctx::default() };
                emit!(self, "{head}\ntick()");
                let count = 1 + self.rng.below(3);
                self.statements(count);
                let e = self.expr(&method.result, 2);
                emit!(self, "return {}\n}}", e.s);
                let body = std::mem::take(&mut self.out);
                self.decls.push_str(&body);
            }
        }
    }

    fn function(&mut self, pure: bool) {
        let name = self.fresh(&format!("{}f", self.prefix));
        let mut params: Vec<Ty> =
            (0..self.rng.below(4)).map(|_| if pure { self.value_ty() } else { self.ty(2) }).collect();
        let variadic = !pure && self.rng.chance(15);
        if variadic {
            params.push(Ty::Slice(Rc::new(self.ty(1))));
        }
        let count = if pure { 1 } else { self.rng.below(4) };
        let results: Vec<Ty> = (0..count).map(|_| if pure { self.value_ty() } else { self.ty(2) }).collect();
        let mut vars = if pure { Vec::new() } else { self.globals.clone() };
        let mut heads = Vec::new();
        for (i, p) in params.iter().enumerate() {
            let text = self.text(p);
            heads.push(match (variadic && i + 1 == params.len(), p) {
                (true, Ty::Slice(e)) => format!("a{i} ...{}", self.text(e)),
                _ => format!("a{i} {text}"),
            });
            vars.push(Var { name: format!("a{i}"), ty: p.clone(), assignable: true });
        }
        let mut named = Vec::new();
        let result_text = if !results.is_empty() && self.rng.chance(35) {
            let mut parts = Vec::new();
            for (i, r) in results.iter().enumerate() {
                named.push(format!("r{i}"));
                parts.push(format!("r{i} {}", self.text(r)));
                vars.push(Var { name: format!("r{i}"), ty: r.clone(), assignable: true });
            }
            format!("({})", parts.join(", "))
        } else {
            format!("({})", self.list(&results))
        };
        if !pure && self.rng.chance(20) {
            emit!(self, "//go:noinline");
        }
        emit!(self, "func {name}({}) {result_text} {{", heads.join(", "));
        if !pure {
            emit!(self, "tick()");
        }
        self.ctx = Ctx { vars, results: results.clone(), named, pure, can_return: true, ..Ctx::default() };
        let n = if pure { 1 + self.rng.below(3) } else { 3 + self.rng.below(6) };
        self.statements(n);
        let values: Vec<String> = results.iter().map(|r| self.expr(r, 2).s).collect();
        emit!(self, "return {}\n}}", values.join(", "));
        let body = std::mem::take(&mut self.out);
        self.decls.push_str(&body);
        let f = Func { name, params, variadic, results };
        if pure { self.pure_funcs.push(f) } else { self.funcs.push(f) }
    }

    /// The entry function: every function with some arguments, then the globals.
    fn entry(&mut self) {
        let entry = format!("{}main", self.prefix);
        emit!(self, "func {entry}() {{");
        for f in self.pure_funcs.clone().into_iter().chain(self.funcs.clone()) {
            for _ in 0..2 {
                self.ctx = Ctx { vars: Vec::new(), ..Ctx::default() };
                emit!(self, "run(\"{}\", func() {{", f.name);
                self.call_and_show(&f);
                emit!(self, "}})");
            }
        }
        emit!(self, "run(\"globals\", func() {{");
        for v in self.globals.clone() {
            self.show(&v.name, &v.ty);
        }
        emit!(self, "}})\n}}");
        let body = std::mem::take(&mut self.out);
        self.decls.push_str(&body);
    }
}
