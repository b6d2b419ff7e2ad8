//! Package-level objects of all files of a package: collection, imports, association of methods.
//!
//! In: files. Out: package and file scopes, `DeclInfo`s, import objects; errors about redeclarations and imports.

use escargo_syntax::ast::{self, Decl, Expr, ExprKind, Ident};
use escargo_syntax::{Pos, Symbol};
use rustc_hash::FxHashSet;

use crate::checker::{Checker, DeclId, DeclInfo, Version};
use crate::constant::{Const, unquote};
use crate::predicates::is_exported;
use crate::signature::unpack_recv;
use crate::world::*;

/// The path of an import declaration, or what is wrong with it.
pub fn import_path(path: &Expr) -> Result<String, String> {
    let ExprKind::BasicLit { text, bad: false, .. } = &path.kind else { return Err(String::new()) };
    let bytes = unquote(text).ok_or_else(|| "invalid syntax".to_string())?;
    let s = String::from_utf8_lossy(&bytes).into_owned();
    if s.is_empty() {
        return Err("empty string".to_string());
    }
    for c in s.chars() {
        if c.is_control() || c.is_whitespace() || "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{fffd}".contains(c) {
            let shown = if c.is_control() { String::new() } else { format!(" '{c}'") };
            return Err(format!("invalid character U+{:04X}{shown}", c as u32));
        }
    }
    Ok(s)
}

impl<'a> Checker<'a> {
    fn new_object(&mut self, kind: ObjKind, name: Ident) -> ObjId {
        let pkg = Some(self.pkg);
        self.world.new_obj(Object {
            kind,
            name: name.name,
            pos: name.pos,
            pkg,
            ty: World::INVALID,
            parent: None,
            scope_pos: Pos::NONE,
        })
    }

    fn add_decl(&mut self, d: DeclInfo<'a>) -> DeclId {
        self.decls.push(d);
        DeclId(self.decls.len() as u32 - 1)
    }

    fn declare_pkg_obj(&mut self, ident: Ident, obj: ObjId, decl: DeclId) {
        match ident.name.as_str() {
            "init" => {
                self.error(ident, "cannot declare init - must be func");
                return;
            }
            "main" if self.world.pkg(self.pkg).name.as_str() == "main" => {
                self.error(ident, "cannot declare main - must be func");
                return;
            }
            _ => {}
        }
        let scope = self.world.pkg(self.pkg).scope;
        self.declare(scope, Some(ident), obj, Pos::NONE);
        self.obj_map.insert(obj, decl);
        self.obj_list.push(obj);
    }

    pub(crate) fn collect_objects(&mut self) {
        let mut methods: Vec<(ObjId, bool, Symbol)> = Vec::new();
        let mut file_scopes = Vec::new();
        let pkg_scope = self.world.pkg(self.pkg).scope;
        let files = self.files;
        for (file_no, file) in files.iter().enumerate() {
            let version = self.file_version(file);
            self.env.version = version;
            let pkg = self.pkg;
            self.world.pkgs[pkg.0 as usize].file_versions.push(version);
            let scope = self.world.new_scope(Some(pkg_scope), file.pos, file.eof);
            self.record_scope(file.package.id, scope);
            file_scopes.push(scope);
            let mut last: Option<&'a ast::ConstDecl> = None;
            let mut group = None;
            for (decl_no, decl) in file.decls.iter().enumerate() {
                let at = (scope, file_no as u32, decl_no as u32, version);
                match decl {
                    Decl::Import(s) => self.collect_import(s, scope),
                    Decl::Const(s) => {
                        if s.group.is_none() || s.group != group {
                            last = None;
                            group = s.group;
                        }
                        let own = s.ty.is_some() || !s.values.is_empty();
                        let inherited = !own && last.is_some();
                        if own {
                            last = Some(s);
                        }
                        let values: &'a [Expr] = last.map_or(&[], |d| &d.values);
                        for (i, &name) in s.names.iter().enumerate() {
                            let value = Const::int(s.iota as i64);
                            let obj = self.new_object(ObjKind::Const { value }, name);
                            let d = self.add_decl(DeclInfo {
                                value: i as u32,
                                vtyp: last.and_then(|d| d.ty.as_ref()),
                                init: values.get(i),
                                inherited,
                                ..decl_info(at)
                            });
                            self.declare_pkg_obj(name, obj, d);
                        }
                        self.arity(s.pos, &s.names, values, true, inherited);
                    }
                    Decl::Var(s) => self.collect_var(s, at),
                    Decl::Type(s) => {
                        let obj = self.new_object(ObjKind::TypeName { alias: s.alias }, s.name);
                        let d = self.add_decl(DeclInfo { tdecl: Some(s), ..decl_info(at) });
                        self.declare_pkg_obj(s.name, obj, d);
                    }
                    Decl::Func(s) => self.collect_func(s, at, &mut methods),
                }
            }
        }
        for &scope in &file_scopes {
            self.check_file_scope(scope, pkg_scope);
        }
        for (m, ptr, recv) in methods {
            if let Some((ptr, base)) = self.resolve_base_type_name(ptr, recv) {
                if let ObjKind::Func { ptr_recv, .. } = &mut self.world.objs[m.index()].kind {
                    *ptr_recv = ptr;
                }
                self.methods.entry(base).or_default().push(m);
            }
        }
    }

    /// Names of a file scope (imports) must not be declared in the package.
    fn check_file_scope(&mut self, scope: ScopeId, pkg_scope: ScopeId) {
        for (name, obj) in self.world.scopes[scope.index()].names.clone() {
            let Some(alt) = self.world.scope_lookup(pkg_scope, name) else { continue };
            let at = self.world.obj(alt).pos;
            let more = self.other_declaration(obj);
            let text = match self.world.obj(obj).kind {
                ObjKind::PkgName { imported, .. } => {
                    let p = self.world.pkg(imported);
                    format!(
                        "{name} already declared through import of package {} ({})",
                        p.name,
                        quoted(&p.path)
                    )
                }
                _ => {
                    let from = self.world.obj(obj).pkg.map(|p| self.world.pkg(p));
                    let from =
                        from.map_or(String::new(), |p| format!("package {} ({})", p.name, quoted(&p.path)));
                    format!("{name} already declared through dot-import of {from}")
                }
            };
            self.error_with(at, text, &more, false);
        }
    }

    fn collect_var(&mut self, s: &'a ast::VarDecl, at: (ScopeId, u32, u32, Version)) {
        let info = VarInfo { global: true, used: true, ..VarInfo::default() };
        let objs: Vec<ObjId> =
            s.names.iter().map(|&n| self.new_object(ObjKind::Var(info.clone()), n)).collect();
        let shared = (s.values.len() == 1 && s.names.len() > 1).then(|| {
            self.add_decl(DeclInfo {
                lhs: objs.clone(),
                vtyp: s.ty.as_ref(),
                init: s.values.first(),
                ..decl_info(at)
            })
        });
        for (i, (&name, &obj)) in s.names.iter().zip(&objs).enumerate() {
            let d = match shared {
                Some(d) => d,
                None => self.add_decl(DeclInfo {
                    value: i as u32,
                    vtyp: s.ty.as_ref(),
                    init: s.values.get(i),
                    ..decl_info(at)
                }),
            };
            self.declare_pkg_obj(name, obj, d);
        }
        if s.ty.is_none() || !s.values.is_empty() {
            self.arity(s.pos, &s.names, &s.values, false, false);
        }
    }

    fn collect_func(
        &mut self,
        s: &'a ast::FuncDecl,
        at: (ScopeId, u32, u32, Version),
        methods: &mut Vec<(ObjId, bool, Symbol)>,
    ) {
        let decl = DeclRef { pkg: self.pkg, file: at.1, decl: at.2 };
        let obj = self.new_object(ObjKind::Func { decl: Some(decl), origin: None, ptr_recv: false }, s.name);
        let name = s.name.name;
        let pkg_scope = self.world.pkg(self.pkg).scope;
        let tparam0 = s.tparams.first().map(|f| f.pos);
        if let Some(recv) = &s.recv {
            let parts = unpack_recv(&recv.ty);
            if let ExprKind::Name(base) = parts.base.kind
                && !name.is_blank()
            {
                methods.push((obj, parts.ptr, base));
            }
            if let Some(p) = tparam0 {
                self.verify_version(p, (1, 27), "generic method");
            }
            self.record_def(s.name.id, obj);
        } else {
            let is_main = name.as_str() == "main" && self.world.pkg(self.pkg).name.as_str() == "main";
            if name.as_str() == "init" || is_main {
                if let Some(p) = tparam0 {
                    self.soft_error(p, format!("func {name} must have no type parameters"));
                }
                if !s.ty.params.is_empty() || !s.ty.results.is_empty() {
                    self.soft_error(
                        s.name,
                        format!("func {name} must have no arguments and no return values"),
                    );
                }
            } else if let Some(p) = tparam0 {
                self.verify_version(p, (1, 18), "type parameter");
            }
            if name.as_str() == "init" {
                self.world.objs[obj.index()].parent = Some(pkg_scope);
                self.record_def(s.name.id, obj);
                if s.body.is_none() {
                    self.soft_error(s.name, "func init must have a body");
                }
            } else {
                self.declare(pkg_scope, Some(s.name), obj, Pos::NONE);
            }
        }
        let d = self.add_decl(DeclInfo { fdecl: Some(s), ..decl_info(at) });
        self.obj_map.insert(obj, d);
        self.obj_list.push(obj);
    }

    fn collect_import(&mut self, s: &'a ast::ImportDecl, scope: ScopeId) {
        let path = match import_path(&s.path) {
            Ok(p) => p,
            Err(why) => {
                if !why.is_empty() {
                    self.error(&s.path, format!("invalid import path ({why})"));
                }
                return;
            }
        };
        let imported = self.find_package(&path);
        let Some(imported) = imported else {
            self.error(&s.path, format!("could not import {path} (file not found)"));
            self.fake_import(s, &path, scope);
            return;
        };
        let mut name = s.name.map_or(self.world.pkg(imported).name, |n| n.name);
        if name.as_str() == "init" {
            self.error(s.pos, "cannot import package as init - init must be a func");
            return;
        }
        let pkg = self.pkg;
        if !self.world.pkg(pkg).imports.contains(&imported) {
            self.world.pkgs[pkg.index()].imports.push(imported);
        }
        let dot = name.as_str() == ".";
        if s.name.is_none() && name.as_str().is_empty() {
            name = Symbol::new(path.rsplit('/').next().unwrap_or(&path));
        }
        let pos = s.name.map_or(s.path.pos, |n| n.pos);
        let obj = self.new_object(ObjKind::PkgName { imported, used: false }, Ident { id: s.id, pos, name });
        match s.name {
            Some(n) => self.record_def(n.id, obj),
            None => self.record_implicit(s.id, obj),
        }
        self.imports.push((obj, s));
        if !dot {
            self.declare(scope, None, obj, Pos::NONE);
            return;
        }
        let from = self.world.pkg(imported).scope;
        for (name, o) in self.world.scopes[from.index()].names.clone() {
            if !is_exported(name.as_str()) {
                continue;
            }
            if let Some(alt) = self.world.scope_insert(scope, o) {
                let more = self.other_declaration(alt);
                self.error_with(pos, format!("{name} redeclared in this block"), &more, false);
            } else {
                self.dot_imports.insert((scope, name), obj);
            }
        }
    }

    /// The package an import path denotes; packages vendored into the standard library are found by their short path.
    pub(crate) fn find_package(&self, path: &str) -> Option<PkgId> {
        let by_path = &self.world.pkg_by_path;
        by_path.get(path).or_else(|| by_path.get(&format!("vendor/{path}"))).copied()
    }

    /// Declares the name of a package that cannot be imported, so that its uses do not cause errors of their own.
    fn fake_import(&mut self, s: &'a ast::ImportDecl, path: &str, scope: ScopeId) {
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
        let name = s.name.map_or_else(|| Symbol::new(last), |n| n.name);
        if matches!(name.as_str(), "." | "_") {
            return;
        }
        let pkg_scope = self.world.new_scope(Some(UNIVERSE), Pos::NONE, Pos::NONE);
        self.world.pkgs.push(Package {
            path: path.to_string(),
            name: Symbol::new(last),
            scope: pkg_scope,
            files: Vec::new(),
            imports: Vec::new(),
            init_order: Vec::new(),
            go_version: (1, 0),
            file_versions: Vec::new(),
            complete: false,
        });
        let imported = PkgId(self.world.pkgs.len() as u32 - 1);
        self.fake_packages.insert(imported);
        let obj = self
            .new_object(ObjKind::PkgName { imported, used: true }, Ident { id: s.id, pos: s.path.pos, name });
        self.declare(scope, None, obj, Pos::NONE);
    }

    /// The defined type that a receiver's base name stands for, through aliases.
    fn resolve_base_type_name(&mut self, ptr: bool, name: Symbol) -> Option<(bool, ObjId)> {
        let scope = self.world.pkg(self.pkg).scope;
        let (mut ptr, mut name) = (ptr, name);
        let mut seen = FxHashSet::default();
        loop {
            let obj = self.world.scope_lookup(scope, name)?;
            if !matches!(self.world.obj(obj).kind, ObjKind::TypeName { .. }) || !seen.insert(obj) {
                return None;
            }
            let tdecl = self.decls[self.obj_map.get(&obj)?.0 as usize].tdecl?;
            if !tdecl.alias {
                return Some((ptr, obj));
            }
            if !tdecl.tparams.is_empty() {
                return None;
            }
            let mut e = tdecl.ty.unparen();
            if let ExprKind::Star(x) = &e.kind {
                if ptr {
                    return None;
                }
                ptr = true;
                e = x.unparen();
            }
            let ExprKind::Name(n) = e.kind else { return None };
            name = n;
        }
    }

    pub(crate) fn package_objects(&mut self) {
        let mut aliases = Vec::new();
        let mut others = Vec::new();
        for i in 0..self.obj_list.len() {
            let obj = self.obj_list[i];
            match self.world.obj(obj).kind {
                ObjKind::TypeName { alias: true } => aliases.push(obj),
                ObjKind::TypeName { .. } => self.obj_decl(obj),
                _ => others.push(obj),
            }
        }
        for obj in aliases {
            self.obj_decl(obj);
        }
        // Invalid recursive types are known before values of them are used.
        self.process_delayed(0);
        // Signatures of methods first: initial values may need to know what types implement.
        for &obj in &others {
            let method = self.obj_map.get(&obj).and_then(|d| self.decls[d.0 as usize].fdecl);
            if method.is_some_and(|f| f.recv.is_some()) {
                self.obj_decl(obj);
            }
        }
        for obj in others {
            self.obj_decl(obj);
        }
        self.methods.clear();
    }

    pub(crate) fn unused_imports(&mut self) {
        for i in 0..self.imports.len() {
            let (obj, _) = self.imports[i];
            let o = self.world.obj(obj);
            let ObjKind::PkgName { imported, used: false } = o.kind else { continue };
            let (name, pos) = (o.name.as_str(), o.pos);
            if name == "_" {
                continue;
            }
            let path = &self.world.pkg(imported).path;
            // Files that export to C import it for that alone.
            if path == "C" {
                continue;
            }
            let elem = path.rsplit('/').next().unwrap_or(path);
            let text = if name.is_empty() || name == "." || name == elem {
                format!("{} imported and not used", quoted(path))
            } else {
                format!("{} imported as {name} and not used", quoted(path))
            };
            self.soft_error(pos, text);
        }
    }
}

fn quoted(s: &str) -> String {
    crate::typestring::quote(s)
}

fn decl_info<'a>((file_scope, file, decl, version): (ScopeId, u32, u32, Version)) -> DeclInfo<'a> {
    DeclInfo {
        file_scope,
        file,
        decl,
        value: 0,
        version,
        lhs: Vec::new(),
        vtyp: None,
        init: None,
        inherited: false,
        tdecl: None,
        fdecl: None,
        deps: Vec::new(),
        dep_set: FxHashSet::default(),
    }
}
