//! What `-gcflags=-m` prints: Go's own escape analysis, the location graph, on typed syntax.
//!
//! In: a checked program and the packages to speak about. Out: messages in gc's words, at gc's positions and in gc's order.
//! The functions that those packages call are analysed as well, whichever package they are in, so that their parameters' tags are known.
//! Nothing of this goes into the program: placements are made on the IR (`codegen/escape`), which sees more; the command corrects
//! the verdicts here by those.
#![forbid(unsafe_code)]

mod devirtual;
mod expr;
mod facts;
mod flow;
mod graph;
mod oracle;
mod scan;
mod stmt;
mod text;
mod tree;
mod verdict;

use std::rc::Rc;

use escargo_syntax::Pos;
use escargo_syntax::ast::{Decl, File, FuncDecl};
use escargo_types::info::Info;
use escargo_types::world::*;
use rustc_hash::{FxHashMap, FxHashSet};

use expr::Builder;
use graph::Leaks;
use tree::{FnId, Func, Op, Pragmas, Tree, VarId};

/// A message and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub pos: Pos,
    pub text: String,
}

/// The messages about packages.
pub fn messages(world: &mut World, info: &Info, packages: &[PkgId]) -> Vec<Message> {
    let mut out = Vec::new();
    for &p in packages {
        let saved = world.current.replace(p);
        let mut run = Run { w: world, info, t: Tree::default(), vars: FxHashMap::default(), pkg: p };
        out.extend(run.package().into_iter().map(|(pos, text)| Message { pos, text }));
        world.current = saved;
    }
    out
}

struct Run<'a> {
    w: &'a mut World,
    info: &'a Info,
    t: Tree,
    vars: FxHashMap<ObjId, VarId>,
    pkg: PkgId,
}

impl Run<'_> {
    fn package(&mut self) -> Vec<(Pos, String)> {
        let files: Vec<Rc<File>> = self.w.pkg(self.pkg).files.clone();
        let mut roots = Vec::new();
        let mut out = Vec::new();
        if let Some(init) = self.initialisers(&files) {
            roots.push(init);
        }
        for file in &files {
            for d in &file.decls {
                if let Decl::Func(d) = d
                    && let Some(&o) = self.info.defs.get(&d.name.id)
                {
                    roots.extend(self.declared(o));
                }
            }
        }
        for &f in &roots {
            devirtual::function(&mut self.t, self.w, f, &mut out);
        }
        let batches = self.components(&roots);
        let ours = |t: &Tree, w: &World, mut f: FnId| {
            while let Some(p) = t.funcs[f].parent {
                f = p;
            }
            t.funcs[f].obj.is_none_or(|o| w.obj(o).pkg == w.current)
        };
        let mut vars_of: FxHashMap<FnId, Vec<VarId>> = FxHashMap::default();
        for (v, var) in self.t.vars.iter().enumerate() {
            vars_of.entry(var.func).or_default().push(v);
        }
        let mut tags: FxHashMap<FnId, Vec<Leaks>> = FxHashMap::default();
        for batch in batches {
            let say = batch.iter().all(|&f| ours(&self.t, self.w, f));
            let mut order = Vec::new();
            for f in batch {
                order.extend(self.t.unit(f).0);
            }
            let mut b = flow::Batch::new(&self.t, self.w, &mut tags, order, say);
            b.run(&vars_of);
            out.append(&mut b.messages);
        }
        out
    }

    /// The tree of a declared function; None if its body is not known to the checker.
    fn declared(&mut self, o: ObjId) -> Option<FnId> {
        if let Some(&f) = self.t.by_obj.get(&o) {
            return Some(f);
        }
        let ObjKind::Func { decl: Some(at), .. } = self.w.obj(o).kind else { return None };
        if self.info.unchecked.contains(&o) {
            return None;
        }
        let file = self.w.pkg(at.pkg).files.get(at.file as usize)?.clone();
        let Decl::Func(d) = file.decls.get(at.decl as usize)? else { return None };
        let f = self.function(o, d, at.pkg);
        Some(f)
    }

    fn function(&mut self, o: ObjId, d: &FuncDecl, pkg: PkgId) -> FnId {
        let f = self.t.funcs.len();
        self.t.by_obj.insert(o, f);
        let has = |name: &str| d.directives.iter().any(|x| x.name == name);
        self.t.funcs.push(Func {
            name: String::new(),
            obj: Some(o),
            params: Vec::new(),
            has_recv: d.recv.is_some(),
            results: Vec::new(),
            body: d.body.as_ref().map(|_| Vec::new()),
            parent: None,
            captures: Vec::new(),
            closures: Vec::new(),
            wrapper: false,
            pragmas: Pragmas {
                noescape: has("go:noescape"),
                uintptr_escapes: has("go:uintptrescapes"),
                uintptr_keep_alive: has("go:uintptrkeepalive") || d.body.is_none(),
            },
            generic: !d.tparams.is_empty(),
        });
        let ty = self.w.obj(o).ty;
        let sig = match self.w.ty(ty) {
            Type::Signature(s) => Some(s.clone()),
            _ => None,
        };
        let mut b = self.builder(f, pkg);
        let name = b.func_name(o);
        b.t.funcs[f].name = name;
        if let Some(sig) = sig {
            b.t.funcs[f].generic |= !sig.recv_tparams.is_empty();
            b.params(&sig);
        }
        if let Some(body) = &d.body {
            b.closure_body(f, &body.block().stmts);
        }
        f
    }

    fn builder(&mut self, func: FnId, pkg: PkgId) -> Builder<'_> {
        Builder {
            w: self.w,
            info: self.info,
            t: &mut self.t,
            vars: &mut self.vars,
            func,
            pkg,
            out: Vec::new(),
            looping: FxHashSet::default(),
        }
    }

    /// The package's variables that code initialises, as a function.
    fn initialisers(&mut self, files: &[Rc<File>]) -> Option<FnId> {
        let f = self.t.funcs.len();
        self.t.funcs.push(Func {
            name: "init".into(),
            obj: None,
            params: Vec::new(),
            has_recv: false,
            results: Vec::new(),
            body: Some(Vec::new()),
            parent: None,
            captures: Vec::new(),
            closures: Vec::new(),
            wrapper: false,
            pragmas: Pragmas::default(),
            generic: false,
        });
        let order = self.w.pkg(self.pkg).init_order.clone();
        let pkg = self.pkg;
        let mut b = self.builder(f, pkg);
        for i in order {
            let Some(Decl::Var(d)) = files.get(i.file as usize).and_then(|x| x.decls.get(i.decl as usize))
            else {
                continue;
            };
            let Some(e) = d.values.get(i.value as usize) else { continue };
            let types: Vec<TypeId> = i.lhs.iter().map(|&o| b.w.obj(o).ty).collect();
            let first = types.first().copied().unwrap_or(World::INVALID);
            let rhs = b.values(
                std::slice::from_ref(e),
                &|n| types.get(n).copied().unwrap_or(World::INVALID),
                e.pos,
            );
            // Literals are laid out beforehand: only what they hold is code.
            let mut parts = Vec::new();
            for n in rhs {
                dynamic_parts(b.t, n, &mut parts);
            }
            for n in parts {
                let ty = b.t.ty(n);
                let lhs = vec![b.t.node(e.pos, ty, Op::Global(String::new()))];
                let n = b.t.node(e.pos, first, Op::Assign { lhs, rhs: vec![n], defs: Vec::new() });
                b.out.push(n);
            }
        }
        let body = std::mem::take(&mut b.out);
        self.t.funcs[f].body = Some(body);
        Some(f)
    }

    /// Strongly connected components of the functions that `roots` reach, callees first. Their trees are built on the way.
    fn components(&mut self, roots: &[FnId]) -> Vec<Vec<FnId>> {
        let mut index: FxHashMap<FnId, usize> = FxHashMap::default();
        let mut low: FxHashMap<FnId, usize> = FxHashMap::default();
        let mut on_stack: FxHashSet<FnId> = FxHashSet::default();
        let mut stack = Vec::new();
        let mut out = Vec::new();
        for &root in roots {
            if index.contains_key(&root) {
                continue;
            }
            let mut work: Vec<(FnId, Vec<FnId>, usize)> = Vec::new();
            let mut enter = Some(root);
            loop {
                if let Some(f) = enter.take() {
                    let n = index.len() + 1;
                    index.insert(f, n);
                    low.insert(f, n);
                    stack.push(f);
                    on_stack.insert(f);
                    let mentions = self.t.unit(f).1;
                    let callees = mentions
                        .into_iter()
                        .filter_map(|m| match m {
                            tree::Mention::Declared(o) => self.declared(o),
                            tree::Mention::Literal(f) => Some(f),
                        })
                        .collect();
                    work.push((f, callees, 0));
                }
                let Some((f, callees, at)) = work.last_mut() else { break };
                let f = *f;
                if let Some(&c) = callees.get(*at) {
                    *at += 1;
                    if !index.contains_key(&c) {
                        enter = Some(c);
                    } else if on_stack.contains(&c) {
                        let l = low[&f].min(index[&c]);
                        low.insert(f, l);
                    }
                    continue;
                }
                work.pop();
                if let Some((p, ..)) = work.last() {
                    let l = low[p].min(low[&f]);
                    low.insert(*p, l);
                }
                if low[&f] == index[&f] {
                    let start =
                        stack.iter().rposition(|&x| x == f).expect("the root of a component is on the stack");
                    let members: Vec<FnId> = stack.split_off(start);
                    for m in &members {
                        on_stack.remove(m);
                    }
                    out.push(members);
                }
            }
        }
        out
    }
}

/// The parts of a package variable's value that code computes.
fn dynamic_parts(t: &Tree, n: tree::N, out: &mut Vec<tree::N>) {
    match t.op(n) {
        Op::Lit(_) | Op::Int(..) | Op::Nil | Op::Type | Op::Func(..) | Op::Global(_) | Op::MethExpr(..) => {}
        Op::PtrLit(_) | Op::ArrayLit(_) | Op::SliceLit(_) | Op::StructLit(_) | Op::New(_) => {
            t.children(n, &mut |c| dynamic_parts(t, c, out));
        }
        Op::Addr(_) | Op::Conv(_) | Op::ConvIface(_) | Op::Dot(..) => {
            t.children(n, &mut |c| dynamic_parts(t, c, out));
        }
        Op::StrConv(tree::StrConv::ToBytes, _) => t.children(n, &mut |c| dynamic_parts(t, c, out)),
        _ => out.push(n),
    }
}
