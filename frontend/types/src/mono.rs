//! Instantiations that would never end: "instantiation cycle".
//!
//! In: the instantiations of a package. Out: an error if type parameters flow into ever larger type arguments.
//! The graph has a vertex for each type parameter (and each local type inside a generic function); an edge of
//! weight 1 says that a type derived from the source becomes the destination's argument. A cycle of positive
//! weight is an error.

use escargo_syntax::Pos;
use escargo_syntax::ast::Expr;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::checker::Checker;
use crate::world::*;

#[derive(Debug, Default)]
pub struct MonoGraph {
    vertices: Vec<Vertex>,
    edges: Vec<Edge>,
    /// Receiver type parameters -> the type's own.
    canon: FxHashMap<TypeId, TypeId>,
    index: FxHashMap<ObjId, Option<usize>>,
}

#[derive(Debug)]
struct Vertex {
    weight: u32,
    /// Edge of the heaviest known path.
    pre: usize,
    len: usize,
    obj: ObjId,
}

#[derive(Debug)]
struct Edge {
    dst: usize,
    src: usize,
    weight: u32,
    pos: Pos,
    ty: TypeId,
}

impl<'a> Checker<'a> {
    pub(crate) fn mono_canon(&mut self, method_tparam: TypeId, tparam: TypeId) {
        self.mono.canon.insert(method_tparam, tparam);
    }

    /// Notes an instantiation; `exprs` are its explicit type arguments.
    pub fn mono_instance(&mut self, pos: Pos, tparams: &[TypeId], targs: &[TypeId], exprs: &'a [Expr]) {
        for (i, (&p, &a)) in tparams.iter().zip(targs).enumerate() {
            let pos = exprs.get(i).map_or(pos, Expr::start);
            let Type::TypeParam(tp) = self.world.ty(p) else { continue };
            if self.world.obj(tp.obj).pkg == Some(self.pkg) {
                let mut seen = FxHashSet::default();
                self.mono_walk(pos, p, a, a, &mut seen);
            }
        }
    }

    fn mono_flow(&mut self, pos: Pos, tparam: TypeId, src: usize, whole: bool, targ: TypeId) {
        let Some(dst) = self.tparam_vertex(tparam) else { return };
        self.mono.edges.push(Edge { dst, src, weight: u32::from(!whole), pos, ty: targ });
    }

    fn mono_walk(&mut self, pos: Pos, tparam: TypeId, targ: TypeId, t: TypeId, seen: &mut FxHashSet<TypeId>) {
        let t = self.world.unalias(t);
        if !seen.insert(t) {
            return;
        }
        match self.world.ty(t) {
            Type::TypeParam(_) => {
                let whole = t == self.world.unalias(targ);
                if let Some(src) = self.tparam_vertex(t) {
                    self.mono_flow(pos, tparam, src, whole, targ);
                }
            }
            Type::Named(n) => {
                let (obj, args) = (n.obj, n.targs.clone());
                if let Some(src) = self.local_type_vertex(obj) {
                    self.mono_flow(pos, tparam, src, t == self.world.unalias(targ), targ);
                }
                for a in args {
                    self.mono_walk(pos, tparam, targ, a, seen);
                }
            }
            &Type::Array { elem, .. }
            | &Type::Slice(elem)
            | &Type::Pointer(elem)
            | &Type::Chan { elem, .. } => {
                self.mono_walk(pos, tparam, targ, elem, seen);
            }
            &Type::Map { key, elem } => {
                self.mono_walk(pos, tparam, targ, key, seen);
                self.mono_walk(pos, tparam, targ, elem, seen);
            }
            Type::Interface(_) => {
                let set = self.world.type_set(t);
                for &m in &set.methods {
                    let mt = self.world.obj(m).ty;
                    self.mono_walk(pos, tparam, targ, mt, seen);
                }
            }
            Type::Signature(s) => {
                let vars: Vec<ObjId> = s.params.iter().chain(&s.results).copied().collect();
                for v in vars {
                    let vt = self.world.obj(v).ty;
                    self.mono_walk(pos, tparam, targ, vt, seen);
                }
            }
            Type::Struct(s) => {
                for f in s.fields.clone() {
                    let ft = self.world.obj(f).ty;
                    self.mono_walk(pos, tparam, targ, ft, seen);
                }
            }
            _ => {}
        }
    }

    fn tparam_vertex(&mut self, t: TypeId) -> Option<usize> {
        let t = self.mono.canon.get(&t).copied().unwrap_or(t);
        let Type::TypeParam(p) = self.world.ty(t) else { return None };
        let obj = p.obj;
        if let Some(&i) = self.mono.index.get(&obj) {
            return i;
        }
        let i = self.mono.vertices.len();
        self.mono.vertices.push(Vertex { weight: 0, pre: 0, len: 0, obj });
        self.mono.index.insert(obj, Some(i));
        Some(i)
    }

    /// The vertex of a type declared inside a generic function.
    fn local_type_vertex(&mut self, obj: ObjId) -> Option<usize> {
        let o = self.world.obj(obj);
        let root = self.world.pkg(self.pkg).scope;
        let (pos, parent) = (o.pos, o.parent);
        if o.pkg != Some(self.pkg) || parent == Some(root) {
            return None;
        }
        if let Some(&i) = self.mono.index.get(&obj) {
            return i;
        }
        let mut index = None;
        let mut scope = parent;
        while let Some(s) = scope.filter(|&s| s != root && s != UNIVERSE) {
            let names: Vec<ObjId> = self.world.scopes[s.index()].names.iter().map(|&(_, o)| o).collect();
            for n in names {
                let no = self.world.obj(n);
                let t = no.ty;
                if matches!(no.kind, ObjKind::TypeName { .. })
                    && no.pos < pos
                    && matches!(self.world.ty(t), Type::TypeParam(_))
                {
                    let dst = *index.get_or_insert_with(|| {
                        self.mono.vertices.push(Vertex { weight: 0, pre: 0, len: 0, obj });
                        self.mono.vertices.len() - 1
                    });
                    if let Some(src) = self.tparam_vertex(t) {
                        self.mono.edges.push(Edge { dst, src, weight: 1, pos, ty: t });
                    }
                }
            }
            scope = self.world.scopes[s.index()].parent;
        }
        self.mono.index.insert(obj, index);
        index
    }

    /// Looks for a cycle of positive weight.
    pub(crate) fn monomorph(&mut self) {
        let mut again = true;
        while again {
            again = false;
            for i in 0..self.mono.edges.len() {
                let e = &self.mono.edges[i];
                let (src, dst) = (e.src, e.dst);
                let w = self.mono.vertices[src].weight + e.weight;
                if w <= self.mono.vertices[dst].weight {
                    continue;
                }
                let len = self.mono.vertices[src].len + 1;
                let n = self.mono.vertices.len();
                let v = &mut self.mono.vertices[dst];
                v.pre = i;
                v.len = len;
                if len == n {
                    self.report_instance_loop(dst);
                    return;
                }
                v.weight = w;
                again = true;
            }
        }
    }

    fn report_instance_loop(&mut self, v: usize) {
        let mut v = v;
        let mut stack = Vec::new();
        while !stack.contains(&v) {
            stack.push(v);
            v = self.mono.edges[self.mono.vertices[v].pre].src;
        }
        let from = stack.iter().position(|&s| s == v).unwrap_or(0);
        let at = self.world.obj(self.mono.vertices[v].obj).pos;
        let mut more = Vec::new();
        for &s in &stack[from..] {
            let e = &self.mono.edges[self.mono.vertices[s].pre];
            let obj = self.world.obj(self.mono.vertices[e.dst].obj);
            let ts = self.world.type_string(e.ty);
            let how = match self.world.ty(obj.ty) {
                Type::TypeParam(_) => "instantiated as",
                _ => "implicitly parameterized by",
            };
            more.push((e.pos, format!("{} {how} {ts}", obj.name)));
        }
        self.error_with(at, "instantiation cycle:", &more, false);
    }
}
