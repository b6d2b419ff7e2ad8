//! Types and objects as gc's messages print them.
//!
//! In: types, objects. Out: text. Names of the current package (`World::current`) are unqualified, others carry
//! their package's name, or its quoted path where two imported packages share the name.

use std::fmt::Write;

use rustc_hash::FxHashSet;

use crate::predicates::is_exported;
use crate::world::*;

/// How package names appear in type strings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Qualifier {
    /// Messages: relative to `World::current`.
    Messages,
    /// As `Messages` but with the package's path, also for the current package.
    Absolute,
    /// Always the package's name: `main.T`.
    Name,
    /// Always the package's path: unique over the program.
    Path,
}

struct Writer<'w> {
    w: &'w World,
    out: String,
    seen: Vec<TypeId>,
    qualifier: Qualifier,
    param_names: bool,
    /// Annotate the first unexported field with its package.
    pkg_info: bool,
}

/// A Go string literal for `s`, as strconv.Quote writes it.
pub fn quote(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl Basic {
    pub fn name(self) -> &'static str {
        use Basic::*;
        match self {
            Invalid => "invalid type",
            Bool => "bool",
            Int => "int",
            Int8 => "int8",
            Int16 => "int16",
            Int32 => "int32",
            Int64 => "int64",
            Uint => "uint",
            Uint8 => "uint8",
            Uint16 => "uint16",
            Uint32 => "uint32",
            Uint64 => "uint64",
            Uintptr => "uintptr",
            Float32 => "float32",
            Float64 => "float64",
            Complex64 => "complex64",
            Complex128 => "complex128",
            String => "string",
            UnsafePointer => "unsafe.Pointer",
            UntypedBool => "untyped bool",
            UntypedInt => "untyped int",
            UntypedRune => "untyped rune",
            UntypedFloat => "untyped float",
            UntypedComplex => "untyped complex",
            UntypedString => "untyped string",
            UntypedNil => "untyped nil",
        }
    }
}

impl World {
    /// The type as messages print it.
    pub fn type_string(&self, t: TypeId) -> String {
        self.type_string_as(t, Qualifier::Messages)
    }

    pub fn type_string_as(&self, t: TypeId, qualifier: Qualifier) -> String {
        let mut w = self.writer(qualifier);
        w.typ(t);
        w.out
    }

    /// A list of types in brackets.
    pub fn type_list_string(&self, list: &[TypeId]) -> String {
        let mut w = self.writer(Qualifier::Messages);
        w.list(list);
        w.out
    }

    fn writer(&self, qualifier: Qualifier) -> Writer<'_> {
        Writer {
            w: self,
            out: String::new(),
            seen: Vec::new(),
            qualifier,
            param_names: true,
            pkg_info: false,
        }
    }

    /// Name and signature of a method for "have ... want ..." lines.
    pub fn func_string(&self, f: ObjId, pkg_info: bool) -> String {
        let o = self.obj(f);
        let mut w = self.writer(if pkg_info { Qualifier::Path } else { Qualifier::Messages });
        w.pkg_info = pkg_info;
        w.param_names = false;
        w.out.push_str(o.name.as_str());
        w.signature(o.ty);
        w.out
    }

    /// Parameter or result types in parentheses, without names: `(int, string)`.
    pub fn tuple_string(&self, vars: &[ObjId], variadic: bool) -> String {
        let mut w = self.writer(Qualifier::Messages);
        w.param_names = false;
        w.tuple(vars, variadic);
        w.out
    }

    /// `pkg.` before a name of another package, nothing for the current one.
    pub fn package_prefix(&self, pkg: Option<PkgId>) -> String {
        let mut w = self.writer(Qualifier::Messages);
        w.package_prefix(pkg);
        w.out
    }

    /// What kind of entity an object is, in messages such as "x (variable of type int) is not a type".
    pub fn object_kind(&self, o: ObjId) -> &'static str {
        match &self.obj(o).kind {
            ObjKind::PkgName { .. } => "package name",
            ObjKind::Const { .. } => "constant",
            ObjKind::TypeName { alias: true } => "type alias",
            ObjKind::TypeName { .. } if self.is_type_param(self.obj(o).ty) => "type parameter",
            ObjKind::TypeName { .. } => "defined type",
            ObjKind::Var(v) if v.field => "struct field",
            ObjKind::Var(v) if v.global => "package-level variable",
            ObjKind::Var(v) if v.result => "result variable",
            ObjKind::Var(v) if v.param => "parameter",
            ObjKind::Var(_) => "local variable",
            ObjKind::Func { .. } => match self.ty(self.obj(o).ty) {
                Type::Signature(s) if s.recv.is_some() => "method",
                _ => "function",
            },
            ObjKind::Label { .. } => "label",
            ObjKind::Builtin(_) => "built-in function",
            ObjKind::Nil => "untyped nil",
        }
    }

    /// An object with its type, as in "inner declaration of var x int".
    pub fn object_string(&self, o: ObjId) -> String {
        let obj = self.obj(o);
        let mut w = self.writer(Qualifier::Messages);
        let kind = match &obj.kind {
            ObjKind::PkgName { imported, .. } => {
                let path = &self.pkg(*imported).path;
                w.out.push_str(&format!("package {}", obj.name));
                if path != obj.name.as_str() {
                    w.out.push_str(&format!(" ({})", quote(path)));
                }
                return w.out;
            }
            ObjKind::Const { .. } => "const ",
            ObjKind::TypeName { .. } => "type ",
            ObjKind::Var(v) if v.field => "field ",
            ObjKind::Var(_) => "var ",
            ObjKind::Func { .. } => "func ",
            ObjKind::Label { .. } => "label ",
            ObjKind::Builtin(_) => "builtin ",
            ObjKind::Nil => return "nil".to_string(),
        };
        w.out.push_str(kind);
        let global = obj.pkg.is_some_and(|p| self.scope_lookup(self.pkg(p).scope, obj.name) == Some(o));
        if let ObjKind::Func { .. } = obj.kind
            && let Type::Signature(s) = self.ty(obj.ty)
        {
            if let Some(r) = s.recv {
                w.out.push('(');
                w.typ(self.obj(r).ty);
                w.out.push_str(").");
            } else {
                w.package_prefix(obj.pkg);
            }
            w.out.push_str(obj.name.as_str());
            w.signature(obj.ty);
            return w.out;
        }
        if global {
            w.package_prefix(obj.pkg);
        }
        w.out.push_str(obj.name.as_str());
        match &obj.kind {
            ObjKind::Label { .. } | ObjKind::Builtin(_) => {}
            ObjKind::TypeName { .. } => match self.ty(obj.ty) {
                Type::Basic(_) => {}
                Type::TypeParam(p) => {
                    w.out.push(' ');
                    w.typ(p.bound);
                }
                Type::Alias(a) => {
                    w.out.push_str(" = ");
                    w.typ(a.rhs.unwrap_or(World::INVALID));
                }
                Type::Named(n) => {
                    w.out.push(' ');
                    w.typ(n.underlying.or(n.rhs).unwrap_or(World::INVALID));
                }
                _ => {}
            },
            _ => {
                w.out.push(' ');
                w.typ(obj.ty);
            }
        }
        w.out
    }

    /// Whether another package that the current one depends on has the same name.
    fn ambiguous_name(&self, pkg: PkgId) -> bool {
        let name = self.pkg(pkg).name;
        let Some(current) = self.current else { return false };
        if !self.pkgs.iter().enumerate().any(|(i, p)| p.name == name && i != pkg.index()) {
            return false;
        }
        let mut seen = FxHashSet::default();
        let mut todo = vec![current];
        while let Some(p) = todo.pop() {
            if !seen.insert(p) {
                continue;
            }
            if p != pkg && self.pkg(p).name == name {
                return true;
            }
            todo.extend_from_slice(&self.pkg(p).imports);
        }
        false
    }
}

impl Writer<'_> {
    fn for_messages(&self) -> bool {
        matches!(self.qualifier, Qualifier::Messages | Qualifier::Absolute)
    }

    fn typ(&mut self, t: TypeId) {
        if self.seen.contains(&t) {
            let what = match self.w.ty(t) {
                Type::Interface(_) => "*Interface",
                Type::Named(_) => "*Named",
                Type::Struct(_) => "*Struct",
                Type::Signature(_) => "*Signature",
                Type::TypeParam(_) => "*TypeParam",
                _ => "type",
            };
            let _ = write!(self.out, "<cycle to {what}>");
            return;
        }
        self.seen.push(t);
        self.typ0(t);
        self.seen.pop();
    }

    fn typ0(&mut self, t: TypeId) {
        let w = self.w;
        match w.ty(t) {
            Type::Basic(b) => self.out.push_str(match t {
                World::BYTE => "byte",
                World::RUNE => "rune",
                _ => b.name(),
            }),
            Type::Array { len, elem } => {
                let _ = write!(self.out, "[{len}]");
                self.typ(*elem);
            }
            Type::Slice(elem) => {
                self.out.push_str("[]");
                self.typ(*elem);
            }
            Type::Struct(s) => {
                self.out.push_str("struct{");
                for (i, &f) in s.fields.iter().enumerate() {
                    if i > 0 {
                        self.out.push_str("; ");
                    }
                    let o = w.obj(f);
                    let annotate = self.pkg_info && !is_exported(o.name.as_str());
                    if annotate {
                        self.pkg_info = false;
                    }
                    if !crate::predicates::is_embedded(w, f) {
                        self.out.push_str(o.name.as_str());
                        self.out.push(' ');
                    }
                    self.typ(o.ty);
                    if annotate && let Some(p) = o.pkg {
                        let _ = write!(self.out, " /* package {} */ ", w.pkg(p).path);
                    }
                    if let Some(tag) = s.tags.get(i).filter(|t| !t.is_empty()) {
                        let _ = write!(self.out, " {}", quote(tag));
                    }
                }
                self.out.push('}');
            }
            Type::Pointer(elem) => {
                self.out.push('*');
                self.typ(*elem);
            }
            Type::Tuple(vars) => self.tuple(vars, false),
            Type::Signature(_) => {
                self.out.push_str("func");
                self.signature(t);
            }
            Type::Union(terms) => {
                for (i, term) in terms.iter().enumerate() {
                    if i > 0 {
                        self.out.push_str(" | ");
                    }
                    if term.tilde {
                        self.out.push('~');
                    }
                    self.typ(term.ty);
                }
            }
            Type::Interface(i) => {
                if t == w.unalias(World::ANY) && self.for_messages() {
                    // An unnamed empty interface of the program is another type, so this one was written `any`.
                    self.out.push_str("any");
                    return;
                }
                if matches!(w.ty(World::COMPARABLE), Type::Named(n) if n.underlying == Some(t)) {
                    self.out.push_str("interface{comparable}");
                    return;
                }
                if i.implicit && i.methods.is_empty() && i.embeds.len() == 1 {
                    self.typ(i.embeds[0].0);
                    return;
                }
                if i.implicit {
                    self.out.push_str("/* implicit */ ");
                }
                self.out.push_str("interface{");
                let mut first = true;
                for &m in &i.methods {
                    if !std::mem::take(&mut first) {
                        self.out.push_str("; ");
                    }
                    let o = w.obj(m);
                    self.out.push_str(o.name.as_str());
                    self.signature(o.ty);
                }
                for &(e, _) in &i.embeds {
                    if !std::mem::take(&mut first) {
                        self.out.push_str("; ");
                    }
                    self.typ(e);
                }
                self.out.push('}');
            }
            Type::Map { key, elem } => {
                self.out.push_str("map[");
                self.typ(*key);
                self.out.push(']');
                self.typ(*elem);
            }
            Type::Chan { dir, elem } => {
                self.out.push_str(match dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                let parens =
                    *dir == ChanDir::Both && matches!(w.ty(*elem), Type::Chan { dir: ChanDir::Recv, .. });
                if parens {
                    self.out.push('(');
                }
                self.typ(*elem);
                if parens {
                    self.out.push(')');
                }
            }
            Type::Named(n) => {
                self.type_name(n.obj);
                if n.origin.is_some() {
                    self.list(&n.targs);
                } else if !n.tparams.is_empty() {
                    self.tparam_list(&n.tparams);
                }
            }
            Type::TypeParam(p) => {
                let name = w.obj(p.obj).name;
                self.out.push_str(name.as_str());
                if let Some(loc) = w.hiding_tparams.get(&t)
                    && self.for_messages()
                {
                    let _ = write!(self.out, " /* with {name} declared at {loc} */");
                }
            }
            Type::Alias(a) => {
                if !self.for_messages() {
                    return self.typ(w.unalias(t));
                }
                self.type_name(a.obj);
                if a.origin.is_some() {
                    self.list(&a.targs);
                } else if !a.tparams.is_empty() {
                    self.tparam_list(&a.tparams);
                }
            }
        }
    }

    fn list(&mut self, list: &[TypeId]) {
        self.out.push('[');
        for (i, &t) in list.iter().enumerate() {
            if i > 0 {
                self.out.push_str(if self.for_messages() { ", " } else { "," });
            }
            self.typ(t);
        }
        self.out.push(']');
    }

    fn tparam_list(&mut self, list: &[TypeId]) {
        self.out.push('[');
        let mut prev = None;
        for (i, &t) in list.iter().enumerate() {
            let bound = self.w.bound(t);
            if i > 0 {
                if let Some(p) = prev.filter(|&p| p != bound) {
                    self.out.push(' ');
                    self.typ(p);
                }
                self.out.push_str(", ");
            }
            prev = Some(bound);
            self.typ(t);
        }
        if let Some(p) = prev {
            self.out.push(' ');
            self.typ(p);
        }
        self.out.push(']');
    }

    fn package_prefix(&mut self, pkg: Option<PkgId>) {
        let Some(p) = pkg else { return };
        let data = self.w.pkg(p);
        match self.qualifier {
            Qualifier::Messages if self.w.current == Some(p) => return,
            Qualifier::Messages if self.w.ambiguous_name(p) => self.out.push_str(&quote(&data.path)),
            Qualifier::Messages | Qualifier::Name => self.out.push_str(data.name.as_str()),
            Qualifier::Path | Qualifier::Absolute => self.out.push_str(&data.path),
        }
        self.out.push('.');
    }

    fn type_name(&mut self, o: ObjId) {
        let obj = self.w.obj(o);
        self.package_prefix(obj.pkg);
        self.out.push_str(obj.name.as_str());
    }

    fn tuple(&mut self, vars: &[ObjId], variadic: bool) {
        let w = self.w;
        self.out.push('(');
        for (i, &v) in vars.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            let o = w.obj(v);
            if self.param_names && self.for_messages() && !o.name.as_str().is_empty() {
                self.out.push_str(o.name.as_str());
                self.out.push(' ');
            }
            if variadic && i + 1 == vars.len() {
                match w.ty(o.ty) {
                    Type::Slice(elem) => {
                        self.out.push_str("...");
                        self.typ(*elem);
                    }
                    _ => {
                        self.typ(o.ty);
                        self.out.push_str("...");
                    }
                }
            } else {
                self.typ(o.ty);
            }
        }
        self.out.push(')');
    }

    fn signature(&mut self, t: TypeId) {
        let w = self.w;
        let Type::Signature(s) = w.ty(t) else { return };
        if !s.tparams.is_empty() {
            self.tparam_list(&s.tparams);
        }
        self.tuple(&s.params, s.variadic);
        match s.results.as_slice() {
            [] => {}
            &[r] if w.obj(r).name.as_str().is_empty() || !self.param_names || !self.for_messages() => {
                self.out.push(' ');
                // A lone result keeps its parentheses only where its name is printed.
                if !w.obj(r).name.as_str().is_empty() && self.for_messages() {
                    self.tuple(&s.results, false);
                } else {
                    self.typ(w.obj(r).ty);
                }
            }
            results => {
                self.out.push(' ');
                self.tuple(results, false);
            }
        }
    }
}

impl crate::checker::Checker<'_> {
    /// The type as messages print it.
    pub fn type_string(&self, t: TypeId) -> String {
        self.world.type_string(t)
    }
}
