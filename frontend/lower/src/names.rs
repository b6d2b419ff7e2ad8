//! Names: types as Go's runtime prints them, symbols of functions.
//!
//! In: canonical types, function instances. Out: text.

use escargo_types::world::*;

use crate::program::{FuncInstance, Lowerer};
use crate::types::is_exported;

/// How package names appear.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Qualify {
    /// `token.Pos`; in type arguments `go/token.Pos`: what `%T` prints.
    Name,
    /// `go/token.Pos`.
    Path,
}

struct Writer<'l> {
    w: &'l World,
    out: String,
    qualify: Qualify,
}

impl Lowerer {
    /// The type as `%T` prints it.
    pub fn type_text(&self, t: TypeId) -> String {
        self.write_type(t, Qualify::Name)
    }

    /// The type with full package paths.
    pub fn type_name(&self, t: TypeId) -> String {
        self.write_type(t, Qualify::Path)
    }

    fn write_type(&self, t: TypeId, qualify: Qualify) -> String {
        let mut w = Writer { w: &self.world, out: String::new(), qualify };
        w.ty(t);
        w.out
    }

    /// `name()` or `path.name()` with parameters and results: what tells interface methods apart.
    pub fn method_key(&self, name: &str, pkg: Option<PkgId>, sig: TypeId) -> String {
        let mut w = Writer { w: &self.world, out: String::new(), qualify: Qualify::Path };
        if let (Some(p), false) = (pkg, is_exported(name)) {
            w.out.push_str(&self.world.pkg(p).path);
            w.out.push('.');
        }
        w.out.push_str(name);
        w.signature(sig);
        w.out
    }

    /// A package's name in symbols: its path, `main` for the main package.
    pub fn pkg_symbol(&self, p: PkgId) -> String {
        let pkg = self.world.pkg(p);
        pkg.path.clone()
    }

    /// Go's symbol name of a function instance: `main.f[int]`, `main.(*T).M`, `main.init.0`.
    pub fn func_name(&mut self, inst: &FuncInstance) -> String {
        let o = self.world.obj(inst.obj).clone();
        let pkg = o.pkg.map_or(String::new(), |p| self.pkg_symbol(p));
        if let Some(recv) = self.recv_type(inst) {
            return self.method_symbol(recv, o.name.as_str());
        }
        if let Some(n) = self.init_number(inst.obj) {
            return format!("{pkg}.init.{n}");
        }
        let name = format!("{pkg}.{}", o.name);
        if inst.targs.is_empty() {
            return name;
        }
        let args: Vec<String> = inst.targs.iter().map(|&t| self.type_name(t)).collect();
        format!("{name}[{}]", args.join(","))
    }

    /// `main.T.M` or `main.(*T).M` for a receiver type.
    pub fn method_symbol(&self, recv: TypeId, name: &str) -> String {
        match self.world.ty(recv) {
            &Type::Pointer(base) => {
                let base = self.type_name(base);
                let generic = base.find('[').unwrap_or(base.len());
                let slash = base[..generic].rfind('/').map_or(0, |i| i + 1);
                match base[slash..generic].find('.') {
                    Some(dot) => format!("{}.(*{}).{name}", &base[..slash + dot], &base[slash + dot + 1..]),
                    None => format!("(*{base}).{name}"),
                }
            }
            _ => format!("{}.{name}", self.type_name(recv)),
        }
    }
}

impl Writer<'_> {
    fn list(&mut self, vars: &[ObjId], variadic: bool) {
        for (i, &v) in vars.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            let t = self.w.obj(v).ty;
            match self.w.ty(t) {
                &Type::Slice(e) if variadic && i + 1 == vars.len() => {
                    self.out.push_str("...");
                    self.ty(e);
                }
                _ => self.ty(t),
            }
        }
    }

    /// Parameters and results, without `func`.
    fn signature(&mut self, t: TypeId) {
        let Type::Signature(s) = self.w.ty(t) else { return };
        self.out.push('(');
        self.list(&s.params, s.variadic);
        self.out.push(')');
        match s.results.len() {
            0 => {}
            1 => {
                self.out.push(' ');
                self.ty(self.w.obj(s.results[0]).ty);
            }
            _ => {
                self.out.push_str(" (");
                self.list(&s.results, false);
                self.out.push(')');
            }
        }
    }

    fn package(&mut self, pkg: PkgId) {
        let p = self.w.pkg(pkg);
        if self.qualify == Qualify::Name || p.name.as_str() == "main" {
            self.out.push_str(p.name.as_str());
        } else {
            self.out.push_str(&p.path);
        }
        self.out.push('.');
    }

    fn ty(&mut self, t: TypeId) {
        match self.w.ty(t) {
            Type::Basic(b) => self.out.push_str(match b {
                Basic::UnsafePointer => "unsafe.Pointer",
                b => basic_name(*b),
            }),
            &Type::Pointer(e) => {
                self.out.push('*');
                self.ty(e);
            }
            &Type::Slice(e) => {
                self.out.push_str("[]");
                self.ty(e);
            }
            &Type::Array { len, elem } => {
                self.out.push_str(&format!("[{len}]"));
                self.ty(elem);
            }
            &Type::Map { key, elem } => {
                self.out.push_str("map[");
                self.ty(key);
                self.out.push(']');
                self.ty(elem);
            }
            &Type::Chan { dir, elem } => match dir {
                ChanDir::Send => {
                    self.out.push_str("chan<- ");
                    self.ty(elem);
                }
                ChanDir::Recv => {
                    self.out.push_str("<-chan ");
                    self.ty(elem);
                }
                ChanDir::Both => {
                    self.out.push_str("chan ");
                    if matches!(self.w.ty(elem), Type::Chan { dir: ChanDir::Recv, .. }) {
                        self.out.push('(');
                        self.ty(elem);
                        self.out.push(')');
                    } else {
                        self.ty(elem);
                    }
                }
            },
            Type::Struct(s) => {
                self.out.push_str("struct {");
                for (i, &f) in s.fields.iter().enumerate() {
                    self.out.push_str(if i > 0 { "; " } else { " " });
                    let o = self.w.obj(f);
                    if !matches!(&o.kind, ObjKind::Var(v) if v.embedded) {
                        self.out.push_str(o.name.as_str());
                        self.out.push(' ');
                    }
                    self.ty(o.ty);
                    if let Some(tag) = s.tags.get(i).filter(|t| !t.is_empty()) {
                        self.out.push(' ');
                        self.out.push_str(&escargo_types::constant::quote(tag.as_bytes()));
                    }
                }
                self.out.push_str(if s.fields.is_empty() { "}" } else { " }" });
            }
            Type::Tuple(vars) => {
                self.out.push('(');
                self.list(vars, false);
                self.out.push(')');
            }
            Type::Signature(_) => {
                self.out.push_str("func");
                self.signature(t);
            }
            Type::Interface(i) => {
                self.out.push_str("interface {");
                for (n, &m) in i.methods.iter().enumerate() {
                    self.out.push_str(if n > 0 { "; " } else { " " });
                    let o = self.w.obj(m);
                    if let (Some(p), false) = (o.pkg, is_exported(o.name.as_str())) {
                        self.package(p);
                    }
                    self.out.push_str(o.name.as_str());
                    self.signature(o.ty);
                }
                self.out.push_str(if i.methods.is_empty() { "}" } else { " }" });
            }
            Type::Named(n) => {
                let o = self.w.obj(n.obj);
                if let Some(p) = o.pkg {
                    self.package(p);
                }
                self.out.push_str(o.name.as_str());
                if !n.targs.is_empty() {
                    let outer = std::mem::replace(&mut self.qualify, Qualify::Path);
                    self.out.push('[');
                    for (i, &a) in n.targs.iter().enumerate() {
                        if i > 0 {
                            self.out.push(',');
                        }
                        self.ty(a);
                    }
                    self.out.push(']');
                    self.qualify = outer;
                }
            }
            Type::TypeParam(p) => self.out.push_str(self.w.obj(p.obj).name.as_str()),
            Type::Alias(a) => match a.rhs {
                Some(rhs) => self.ty(rhs),
                None => self.out.push_str("invalid type"),
            },
            Type::Union(_) => self.out.push_str("union"),
        }
    }
}

fn basic_name(b: Basic) -> &'static str {
    match b {
        Basic::Invalid => "invalid type",
        Basic::Bool | Basic::UntypedBool => "bool",
        Basic::Int | Basic::UntypedInt => "int",
        Basic::Int8 => "int8",
        Basic::Int16 => "int16",
        Basic::Int32 | Basic::UntypedRune => "int32",
        Basic::Int64 => "int64",
        Basic::Uint => "uint",
        Basic::Uint8 => "uint8",
        Basic::Uint16 => "uint16",
        Basic::Uint32 => "uint32",
        Basic::Uint64 => "uint64",
        Basic::Uintptr => "uintptr",
        Basic::Float32 => "float32",
        Basic::Float64 | Basic::UntypedFloat => "float64",
        Basic::Complex64 => "complex64",
        Basic::Complex128 | Basic::UntypedComplex => "complex128",
        Basic::String | Basic::UntypedString => "string",
        Basic::UnsafePointer => "unsafe.Pointer",
        Basic::UntypedNil => "nil",
    }
}
