//! `//go:linkname`: what a function without a body stands for.
//!
//! In: directives, declarations. Out: the function or the runtime's entry point that a bodyless function is linked to.
//! Guarantees: what it is linked to is called as it expects; what cannot be linked is reported once, if it is reachable.

use escargo_ir::Rt;
use escargo_types::world::*;
use rustc_hash::FxHashMap;

use crate::program::{FuncInstance, Lowerer};

/// `//go:linkname` directives.
#[derive(Default)]
pub struct Links {
    /// Local object -> symbol it stands for.
    pub(crate) pull: FxHashMap<ObjId, String>,
    /// Symbol -> function or variable that defines it.
    push: FxHashMap<String, ObjId>,
    /// What has been looked up.
    known: FxHashMap<ObjId, Link>,
}

/// What stands behind a declared function.
#[derive(Clone, Copy)]
pub enum Link {
    /// Its own body, or nothing.
    Own,
    /// A function with a body.
    Func(ObjId),
    Rt(Rt),
}

/// Chains of linknames are short; a cycle has no body anywhere.
const MAX_CHAIN: usize = 8;

impl Lowerer {
    pub fn read_links(&mut self) {
        for p in 0..self.world.pkgs.len() {
            let pkg = &self.world.pkgs[p];
            for file in &pkg.files {
                for d in &file.directives {
                    if d.name != "go:linkname" && d.name != "go:linknamestd" {
                        continue;
                    }
                    let mut words = d.args.split_whitespace();
                    let (Some(local), symbol) = (words.next(), words.next()) else { continue };
                    let scope = &self.world.scopes[pkg.scope.index()];
                    let Some(&obj) = scope.map.get(&escargo_syntax::Symbol::new(local)) else { continue };
                    let Some(symbol) = symbol else { continue };
                    let defines = match &self.world.obj(obj).kind {
                        ObjKind::Func { .. } => self.has_body(obj),
                        _ => false,
                    };
                    if defines {
                        self.links.push.insert(symbol.to_string(), obj);
                    } else {
                        self.links.pull.insert(obj, symbol.to_string());
                    }
                }
            }
        }
    }

    /// The declared object of a symbol `path.name`.
    pub(crate) fn symbol_obj(&self, symbol: &str) -> Option<ObjId> {
        if let Some(&o) = self.links.push.get(symbol) {
            return Some(o);
        }
        let slash = symbol.rfind('/').map_or(0, |i| i + 1);
        let dot = slash + symbol[slash..].find('.')?;
        let pkg = *self.world.pkg_by_path.get(&symbol[..dot])?;
        let name = escargo_syntax::Symbol::new(&symbol[dot + 1..]);
        self.world.scopes[self.world.pkg(pkg).scope.index()].map.get(&name).copied()
    }

    /// The symbol of a bodyless function: what its linkname says, or its own.
    fn symbol_of(&self, obj: ObjId) -> String {
        if let Some(s) = self.links.pull.get(&obj) {
            return s.clone();
        }
        let o = self.world.obj(obj);
        format!("{}.{}", o.pkg.map_or("", |p| &self.world.pkg(p).path), o.name)
    }

    /// What a function is linked to.
    pub fn link(&mut self, obj: ObjId) -> Link {
        if self.has_body(obj) {
            return Link::Own;
        }
        if let Some(&link) = self.links.known.get(&obj) {
            return link;
        }
        let link = if self.intrinsic(obj).is_some() { Link::Own } else { self.follow_links(obj) };
        self.links.known.insert(obj, link);
        link
    }

    fn follow_links(&mut self, obj: ObjId) -> Link {
        let mut last = obj;
        for _ in 0..MAX_CHAIN {
            let symbol = self.symbol_of(last);
            // Only the library knows the runtime's entry points.
            let own = self.world.obj(last).pkg.is_some_and(|p| self.world.pkg(p).complete);
            if let Some(name) = symbol.strip_prefix("escargo.").filter(|_| !own)
                && let Some(rt) = Rt::by_name(name)
            {
                return if self.fits(obj, last) { Link::Rt(rt) } else { Link::Own };
            }
            // A generic function is none until it has type arguments.
            let Some(target) = self.symbol_obj(&symbol).filter(|&t| t != last && !self.is_generic(t)) else {
                break;
            };
            if self.has_body(target) {
                return if self.fits(obj, target) { Link::Func(target) } else { Link::Own };
            }
            last = target;
        }
        let (pos, symbol) = (self.world.obj(obj).pos, self.symbol_of(obj));
        self.error(pos, format!("relocation target {symbol} not defined"));
        Link::Own
    }

    fn is_generic(&self, obj: ObjId) -> bool {
        matches!(self.world.ty(self.world.obj(obj).ty), Type::Signature(s) if !s.tparams.is_empty())
    }

    /// Whether a function can be called as another one is declared; reports if not. Types need not be the same, but have to be handed
    /// over alike.
    fn fits(&mut self, local: ObjId, target: ObjId) -> bool {
        let [a, b] = [local, target].map(|obj| {
            let inst = FuncInstance { obj, targs: Vec::new() };
            let (recv, sig) = (self.recv_type(&inst), self.func_sig(&inst));
            (self.signature(sig, recv), self.type_text(sig))
        });
        if a.0 == b.0 {
            return true;
        }
        let (pos, name, symbol) =
            (self.world.obj(local).pos, self.world.obj(local).name, self.symbol_of(local));
        let text = format!("//go:linkname of {name}: {symbol} is declared as {}, not as {}", b.1, a.1);
        self.error(pos, text);
        false
    }
}
