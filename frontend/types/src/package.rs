//! Checking of whole programs, package by package.
//!
//! In: the parsed packages of a program, imported ones first. Out: `World`, `Info`, diagnostics in source order.
//! A package that has errors keeps the packages that import it from being checked, as the go command does.

use std::cell::OnceCell;
use std::rc::Rc;

use escargo_syntax::ast::{Decl, File};
use escargo_syntax::{Diagnostic, Pos, SourceMap, Symbol};
use rustc_hash::FxHashSet;

use crate::ahead;
use crate::checker::Checker;
use crate::info::Info;
use crate::mono::MonoGraph;
use crate::resolver::import_path;
use crate::world::*;

/// Of the library's text: bytes for each node of what is used of it.
const BYTES_OF_NODE: usize = 10;

/// Objects must be smaller than this.
const MAX_SIZE: i64 = 1 << 50;

/// A parsed package.
#[derive(Clone, Debug)]
pub struct Source {
    /// Import path; `main` or `command-line-arguments` for the main package.
    pub path: String,
    pub files: OnceCell<Vec<Rc<File>>>,
    /// Of a package of the library: the files in the `SourceMap` that are parsed when the package is checked. Then there are no `files`
    /// yet.
    pub later: Vec<usize>,
    /// From the `go` line of go.mod; `version::NEWEST` without one.
    pub go_version: (u32, u32),
    /// Syntax errors have been reported: the package is not checked.
    pub has_syntax_errors: bool,
    /// All functions are written in Go, so that each needs a body (or a linkname).
    pub complete: bool,
}

impl Source {
    /// The package's files. Requires: they have been parsed.
    pub fn files(&self) -> &[Rc<File>] {
        self.files.get().expect("the package has been parsed")
    }
}

/// Has another thread do something.
pub type Helper<'a> = &'a dyn Fn(Box<dyn FnOnce() + Send>);

/// How to check.
#[derive(Clone, Default)]
pub struct Options<'a> {
    /// Check packages even if ones they import have errors.
    pub keep_going: bool,
    /// The library is known to be right: bodies of its functions are checked only when something mentions them, and parsed
    /// then if they have not been (`may_postpone`).
    pub postpone: bool,
    /// Functions of complete packages need no bodies: the compiler's `-complete=false`.
    pub bodyless: bool,
    /// The first node id that no parsed syntax has; needed if there is something to be parsed.
    pub nodes: u32,
    /// Another thread that may help.
    pub helper: Option<Helper<'a>>,
}

/// Whether there are mistakes that keep a package from being checked: as in gc, the parser finds others that do not.
pub fn has_syntax_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.message.starts_with("syntax error"))
}

/// Whether function bodies of a package may be checked when something mentions them.
pub fn may_postpone(path: &str, complete: bool) -> bool {
    !complete && path != "main"
}

/// The paths a file imports, with the positions of the specifications. Malformed ones are left to the checker.
pub fn imports_of(file: &File) -> Vec<(String, Pos)> {
    let imports = file.decls.iter().filter_map(|d| match d {
        Decl::Import(i) => Some(i),
        _ => None,
    });
    imports
        .filter_map(|i| Some((import_path(&i.path).ok()?, i.name.as_ref().map_or(i.path.pos, |n| n.pos))))
        .collect()
}

/// Checks the packages of a program; the last is the main one.
pub fn check_program(
    packages: &[Source],
    sources: &SourceMap,
    options: &Options,
) -> (World, Info, Vec<Diagnostic>) {
    let (mut ahead, bodies) = ahead::start(packages, sources, options.nodes, options.helper);
    let mut c = Checker::new(World::new(), sources);
    let later = packages.iter().flat_map(|p| &p.later).map(|&i| sources.files[i].text.len());
    let nodes = options.nodes as usize + later.sum::<usize>() / BYTES_OF_NODE;
    c.world.reserve(nodes);
    c.info = Info::with_capacity(nodes);
    c.postponed.source = bodies;
    c.bodyless = options.bodyless;
    let mut failed: FxHashSet<&str> = FxHashSet::default();
    for p in packages {
        let mut errors = Vec::new();
        p.files.get_or_init(|| {
            let (files, found) = ahead.next(p, sources);
            errors = found;
            files.into_iter().map(Rc::new).collect()
        });
        let has_syntax_errors = p.has_syntax_errors || has_syntax_errors(&errors);
        c.diags.extend(errors);
        let imports_failed =
            || p.files().iter().any(|f| imports_of(f).iter().any(|(i, _)| failed.contains(i.as_str())));
        if has_syntax_errors || !options.keep_going && imports_failed() {
            failed.insert(&p.path);
            continue;
        }
        let first = c.diags.len();
        c.postponed.active = options.postpone && may_postpone(&p.path, p.complete);
        c.check_package(p);
        c.diags[first..].sort_by_key(|d| d.pos);
        if c.diags.len() > first {
            failed.insert(&p.path);
        }
    }
    c.remaining_bodies();
    c.settle_untyped();
    c.world.current = None;
    let mut diags = std::mem::take(&mut c.diags);
    diags.dedup();
    (c.world, c.info, diags)
}

impl<'a> Checker<'a> {
    fn check_package(&mut self, source: &'a Source) {
        self.begin_package(source);
        self.collect_objects();
        self.read_linknames();
        self.direct_cycles();
        self.package_objects();
        self.objects_declared = true;
        self.process_delayed(0);
        self.mentioned_bodies();
        self.init_order();
        if !self.postponed.active {
            self.unused_imports();
        }
        if !self.has_errors {
            self.monomorph();
        }
        if !self.has_errors {
            self.anonymous_cycles();
        }
        self.interfaces.clear();
        if !self.has_errors {
            self.check_sizes();
        }
        self.size_checks.clear();
        if self.has_errors || !source.complete {
            self.large_calls.clear();
        }
        if !self.has_errors {
            let linknames = self.linknames();
            if source.complete {
                self.missing_bodies(&linknames);
            }
            if source.complete && !self.has_errors {
                self.check_frames();
            }
        }
        self.decls.clear();
    }

    fn begin_package(&mut self, source: &'a Source) {
        let files = source.files();
        let first = files.first();
        let name = first.map_or(Symbol::new("main"), |f| f.package.name);
        let (pos, end) = (first.map_or(Pos::NONE, |f| f.pos), files.last().map_or(Pos::NONE, |f| f.eof));
        let scope = self.world.new_scope(Some(UNIVERSE), pos, end);
        self.world.pkgs.push(Package {
            path: source.path.clone(),
            name,
            scope,
            files: files.to_vec(),
            imports: Vec::new(),
            init_order: Vec::new(),
            go_version: source.go_version,
            file_versions: Vec::new(),
            complete: source.complete,
        });
        let pkg = PkgId(self.world.pkgs.len() as u32 - 1);
        self.world.pkg_by_path.insert(source.path.clone(), pkg);
        self.world.pkg_order.push(pkg);
        self.world.current = Some(pkg);
        self.pkg = pkg;
        self.files = files;
        self.has_errors = false;
        self.objects_declared = false;
        self.decls.clear();
        self.obj_map.clear();
        self.obj_list.clear();
        self.imports.clear();
        self.dot_imports.clear();
        self.methods.clear();
        self.obj_path.clear();
        self.obj_path_index.clear();
        self.declared.clear();
        self.valid_types.clear();
        self.mono = MonoGraph::default();
        self.env = self.fresh_env(scope, source.go_version);
        for f in files {
            if f.package.name.is_blank() {
                self.error(f.package, "invalid package name _");
            } else if f.package.name != name {
                self.error(f.package, format!("package {}; expected package {name}", f.package.name));
            }
        }
    }

    /// Reports arrays and channel elements that are too large.
    fn check_sizes(&mut self) {
        for (t, pos) in std::mem::take(&mut self.size_checks) {
            if let Type::Chan { elem, .. } = *self.world.ty(t) {
                if self.world.size_of(elem).is_none_or(|n| n >= 1 << 16) {
                    self.error(pos, "channel element type too large (>64kB)");
                }
            } else if self.world.size_of(t).is_none_or(|n| n >= MAX_SIZE) {
                let ts = self.world.type_string(t);
                self.error(pos, format!("type {ts} larger than address space"));
            }
        }
    }

    /// The names that `//go:linkname` directives are about; reports those that are none of this package's.
    fn linknames(&mut self) -> FxHashSet<Symbol> {
        let scope = self.world.pkg(self.pkg).scope;
        let mut names = FxHashSet::default();
        let mut linked = FxHashSet::default();
        for f in self.files {
            for d in f.directives.iter().filter(|d| d.name == "go:linkname") {
                let mut words = d.args.split_whitespace();
                let Some(local) = words.next().map(Symbol::new) else { continue };
                names.insert(local);
                let obj = self.world.scope_lookup(scope, local).map(|o| &self.world.obj(o).kind);
                if !matches!(obj, Some(ObjKind::Var(_) | ObjKind::Func { .. })) {
                    self.error(d.pos, "//go:linkname must refer to declared function or variable");
                } else if words.next().is_some() && !linked.insert(local) {
                    self.error(d.pos, format!("duplicate //go:linkname for {local}"));
                }
            }
        }
        names
    }

    /// Reports functions that are declared without a body although no other language can supply one.
    fn missing_bodies(&mut self, linknames: &FxHashSet<Symbol>) {
        let files = self.files;
        for f in files {
            for d in &f.decls {
                let Decl::Func(d) = d else { continue };
                let wrong = match d.body {
                    None if d.name.name.is_blank() || linknames.contains(&d.name.name) => continue,
                    None if self.bodyless => continue,
                    None => "missing function body",
                    Some(_) if d.directives.iter().any(|d| d.name == "go:noescape") => {
                        "can only use //go:noescape with external func implementations"
                    }
                    Some(_) => continue,
                };
                self.error(self.declared_at(d), wrong);
            }
        }
    }

    /// The position of the last `byte` before `pos` in its file.
    pub(crate) fn before(&self, pos: Pos, byte: u8) -> Pos {
        let Some(file) = self.sources.file_of(pos) else { return pos };
        let text = &file.text.as_bytes()[..(pos.0 - file.base) as usize];
        text.iter().rposition(|&b| b == byte).map_or(pos, |i| Pos(file.base + i as u32))
    }

    /// Whether a package stands for one that could not be imported.
    pub fn is_fake(&self, pkg: PkgId) -> bool {
        self.fake_packages.contains(&pkg)
    }
}
