//! Printing of values: a function for each type that appends to the prelude's buffer, so that printing does not make a value escape.

use std::fmt::Write;

use crate::emit;
use crate::program::{Gen, INTS, Ty};

impl Gen {
    /// A statement that prints the value on a line of its own.
    pub fn show(&mut self, expr: &str, ty: &Ty) {
        let tag = self.fresh("#");
        if self.printable(ty) && self.rng.chance(15) {
            emit!(self, "if room(\"{tag} \") {{ outAny({expr}); nl() }}");
            return;
        }
        let call = self.show_text(expr, ty);
        emit!(self, "if room(\"{tag} \") {{ {call}; nl() }}");
    }

    /// The call that appends the value to the line.
    pub fn show_text(&mut self, expr: &str, ty: &Ty) -> String {
        match ty {
            Ty::Bool => format!("outBool({expr})"),
            Ty::Int(k) if INTS[*k].2 => format!("outInt(int64({expr}))"),
            Ty::Int(_) => format!("outUint(uint64({expr}))"),
            Ty::Float(true) => format!("outFloat({expr})"),
            Ty::Float(false) => format!("outFloat32({expr})"),
            Ty::Str => format!("outStr({expr})"),
            _ => {
                let name = self.show_function(ty);
                format!("{name}({expr}, 3)")
            }
        }
    }

    fn show_function(&mut self, ty: &Ty) -> String {
        if let Some(name) = self.shows.get(ty) {
            return name.clone();
        }
        let name = self.fresh(&format!("{}show", self.prefix));
        self.shows.insert(ty.clone(), name.clone());
        let mut s =
            format!("func {name}(x {}, d int) {{\nif d == 0 {{ put(\"..\"); return }}\n", self.text(ty));
        let inner = |g: &mut Gen, expr: &str, ty: &Ty| {
            // The depth goes down with every function.
            g.show_text(expr, ty).replace(", 3)", ", d-1)")
        };
        match self.under(ty) {
            Ty::Complex(_) => {
                s.push_str("outFloat(float64(real(x))); outFloat(float64(imag(x)))\n");
            }
            Ty::Slice(e) | Ty::Array(_, e) => {
                let shown = inner(self, "x[i]", &e);
                let _ = writeln!(
                    s,
                    "put(\"[\")\nfor i := range x {{ if i == 12 {{ break }}; {shown} }}\nput(\"] \")\noutInt(int64(len(x)))"
                );
                if matches!(self.under(ty), Ty::Slice(_)) {
                    s.push_str("if x == nil { put(\"nil \") }\n");
                }
            }
            Ty::Map(k, v) => {
                let less = match self.under(&k) {
                    Ty::Int(_) | Ty::Str => "a < b",
                    _ => "fmt.Sprint(a) < fmt.Sprint(b)",
                };
                let (key, value) = (inner(self, "k", &k), inner(self, "x[k]", &v));
                let _ = writeln!(
                    s,
                    "put(\"map[\")\nfor _, k := range keys(x, func(a, b {}) bool {{ return {less} }}) {{ {key}; put(\":\"); {value} }}\nput(\"] \")",
                    self.text(&k)
                );
            }
            Ty::Ptr(e) => {
                let shown = inner(self, "*x", &e);
                let _ = writeln!(s, "if x == nil {{ put(\"nil \"); return }}\nput(\"&\")\n{shown}");
            }
            Ty::Func(..) => s.push_str("outBool(x == nil)\n"),
            Ty::Iface(i) => {
                s.push_str("switch x := x.(type) {\ncase nil: put(\"nil \")\n");
                for t in self.implementers(i) {
                    let shown = inner(self, "x", &t);
                    let _ = writeln!(s, "case {}: {shown}", self.text(&t));
                }
                s.push_str("default: _ = x; put(\"other \")\n}\n");
            }
            Ty::Any => s.push_str("outAny(x)\n"),
            Ty::Named(n) => {
                s.push_str("put(\"{\")\n");
                for f in self.named[n].fields.clone() {
                    let shown = inner(self, &format!("x.{}", f.name), &f.ty);
                    let _ = writeln!(s, "{shown}");
                }
                s.push_str("put(\"} \")\n");
            }
            under => {
                let text = self.text(&under);
                let shown = inner(self, &format!("{text}(x)"), &under);
                let _ = writeln!(s, "{shown}");
            }
        }
        s.push_str("}\n");
        self.decls.push_str(&s);
        name
    }
}
