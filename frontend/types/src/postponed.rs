//! Function bodies that are checked only when something mentions their functions.
//!
//! In: the packages whose sources say so (`Source::postpone`): their code is known to be right, and most programs use a small part
//! of it. Out: `Info` for the bodies of all functions that the program may reach; the others stay in `Info::unchecked`.
//! A function is mentioned by a checked body or initialiser that names it; a method also by any call of an interface's
//! method of its name; all exported methods by the use of reflection on methods; what a linkname gives a body to by whoever
//! mentions the function without one; what lowering calls by itself (`ROOT`) always.

use escargo_syntax::{Symbol, ast};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;

use crate::ahead::Bodies;
use crate::checker::{Checker, DeclId, Version};
use crate::predicates::is_exported;
use crate::world::*;

/// The function of package runtime that raises the errors that compiled code finds.
const ROOT: &str = "runtime.runtimeError";

/// A body that waits for a mention of its function.
#[derive(Clone, Copy)]
pub struct Waiting<'a> {
    pub pkg: PkgId,
    pub decl: DeclId,
    pub sig: TypeId,
    pub scope: ScopeId,
    pub body: &'a ast::Body,
    pub version: Version,
}

/// What waits and what is wanted.
#[derive(Default)]
pub struct Postponed<'a> {
    /// The current package's bodies wait.
    pub active: bool,
    waiting: FxHashMap<ObjId, Waiting<'a>>,
    /// Waiting methods by name.
    methods: FxHashMap<Symbol, Vec<ObjId>>,
    /// Functions mentioned before they were declared.
    wanted: FxHashSet<ObjId>,
    /// Names of interface methods mentioned.
    wanted_names: FxHashSet<Symbol>,
    /// Methods can be found by reflection.
    all_exported: bool,
    /// Mentioned, to be checked in this order.
    ready: VecDeque<Waiting<'a>>,
    /// Where bodies come from that have not been parsed; those that are ready have been asked for.
    pub(crate) source: Bodies<'a>,
    /// Functions without bodies, with the symbols that they stand for.
    links: FxHashMap<ObjId, String>,
    /// Symbols that directives give functions with bodies.
    bodies: FxHashMap<String, ObjId>,
    /// Symbols of mentioned functions without bodies.
    symbols: Vec<String>,
}

impl<'a> Checker<'a> {
    /// Reads the directives that link functions of different packages.
    pub(crate) fn read_linknames(&mut self) {
        let scope = self.world.pkg(self.pkg).scope;
        for f in self.files {
            for d in f.directives.iter().filter(|d| d.name.starts_with("go:linkname")) {
                let mut words = d.args.split_whitespace();
                let (Some(local), Some(symbol)) = (words.next(), words.next()) else { continue };
                let Some(obj) = self.world.scope_lookup(scope, Symbol::new(local)) else { continue };
                let decl = self.obj_map.get(&obj).and_then(|id| self.decls[id.0 as usize].fdecl);
                let p = &mut self.postponed;
                match decl {
                    // Others may refer to it by its symbol alone.
                    Some(d) if d.body.is_some() => p.bodies.insert(symbol.to_owned(), obj).is_some(),
                    _ => p.links.insert(obj, symbol.to_owned()).is_some(),
                };
            }
        }
    }

    /// Checks a body at once or when its function is mentioned.
    pub(crate) fn body_later(&mut self, obj: ObjId, decl: &ast::FuncDecl, body: Waiting<'a>) {
        let name = decl.name.name;
        let is_method = decl.recv.is_some();
        let p = &mut self.postponed;
        let at_once = !is_method && matches!(name.as_str(), "init" | "main" | "_");
        let wanted = p.wanted.contains(&obj)
            || is_method && (p.wanted_names.contains(&name) || p.all_exported && is_exported(name.as_str()));
        if at_once || wanted {
            self.ready(body);
            return;
        }
        p.waiting.insert(obj, body);
        if is_method {
            p.methods.entry(name).or_default().push(obj);
        }
    }

    /// Something names a function or method.
    pub(crate) fn mention(&mut self, obj: ObjId) {
        let o = self.world.obj(obj);
        let ObjKind::Func { decl, origin, .. } = o.kind else { return };
        let obj = origin.unwrap_or(obj);
        let name = o.name;
        let reflect = matches!(name.as_str(), "Method" | "MethodByName")
            && o.pkg.is_some_and(|p| self.world.pkg(p).path == "reflect");
        if let Some(body) = self.postponed.waiting.remove(&obj) {
            self.ready(body);
        } else if !self.postponed.wanted.insert(obj) {
            return;
        } else if let Some(d) = decl.filter(|&d| self.is_bodyless(d)) {
            let own = || format!("{}.{name}", self.world.pkg(d.pkg).path);
            let symbol = self.postponed.links.get(&obj).cloned().unwrap_or_else(own);
            self.postponed.symbols.push(symbol);
        }
        if decl.is_none() {
            self.mention_method(name);
        }
        if reflect && !std::mem::replace(&mut self.postponed.all_exported, true) {
            let mut names: Vec<Symbol> = self.postponed.methods.keys().copied().collect();
            names.retain(|n| is_exported(n.as_str()));
            names.sort_unstable_by_key(|n| n.as_str());
            for name in names {
                self.mention_method(name);
            }
        }
    }

    fn is_bodyless(&self, d: DeclRef) -> bool {
        let file = &self.world.pkg(d.pkg).files[d.file as usize];
        matches!(&file.decls[d.decl as usize], ast::Decl::Func(f) if f.body.is_none())
    }

    /// Something calls a method of this name through an interface.
    fn mention_method(&mut self, name: Symbol) {
        let p = &mut self.postponed;
        p.wanted_names.insert(name);
        for obj in p.methods.remove(&name).unwrap_or_default() {
            if let Some(body) = self.postponed.waiting.remove(&obj) {
                self.ready(body);
            }
        }
    }

    /// Has a body checked when its turn comes.
    fn ready(&mut self, body: Waiting<'a>) {
        self.postponed.source.want(body.body, self.sources);
        self.postponed.ready.push_back(body);
    }

    /// Checks the mentioned bodies of the current package, and those that they mention.
    pub(crate) fn mentioned_bodies(&mut self) {
        let mut others = VecDeque::new();
        while let Some(b) = self.postponed.ready.pop_front() {
            if b.pkg != self.pkg {
                others.push_back(b);
                continue;
            }
            self.env.version = b.version;
            self.waiting_body(b, Some(b.decl));
        }
        self.postponed.ready = others;
    }

    fn waiting_body(&mut self, b: Waiting<'a>, decl: Option<DeclId>) {
        let block = self.postponed.source.get(b.body);
        self.func_body(decl, b.sig, b.scope, block, None);
        self.process_delayed(0);
    }

    /// Checks, after all packages, what they mentioned of the packages before them.
    pub(crate) fn remaining_bodies(&mut self) {
        self.postponed.symbols.push(ROOT.into());
        loop {
            while let Some(b) = self.postponed.ready.pop_front() {
                self.pkg = b.pkg;
                self.world.current = Some(b.pkg);
                self.env = self.fresh_env(b.scope, b.version);
                self.waiting_body(b, None);
            }
            let Some(symbol) = self.postponed.symbols.pop() else { break };
            if let Some(&obj) = self.postponed.bodies.get(&symbol) {
                self.mention(obj);
                continue;
            }
            let slash = symbol.rfind('/').map_or(0, |i| i + 1);
            let Some(dot) = symbol[slash..].find('.').map(|i| slash + i) else { continue };
            let Some(&pkg) = self.world.pkg_by_path.get(&symbol[..dot]) else { continue };
            let scope = self.world.pkg(pkg).scope;
            if let Some(obj) = self.world.scope_lookup(scope, Symbol::new(&symbol[dot + 1..])) {
                self.mention(obj);
            }
        }
        self.info.unchecked = self.postponed.waiting.keys().copied().collect();
    }
}
