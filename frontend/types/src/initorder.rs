//! Package initialisation order (specification: Package initialization).
//!
//! In: the dependencies that checking found between package-level objects. Out: `Package::init_order`; errors
//! for cycles.

use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::checker::{Checker, DeclId};
use crate::world::*;

struct Node {
    obj: ObjId,
    pred: FxHashSet<usize>,
    succ: FxHashSet<usize>,
    deps: usize,
    done: bool,
}

impl Checker<'_> {
    pub(crate) fn init_order(&mut self) {
        let mut nodes = self.dependency_graph();
        // Constants first, then by the number of open dependencies, then by source order.
        let key =
            |n: &Node, i: usize, w: &World| (!matches!(w.obj(n.obj).kind, ObjKind::Const { .. }), n.deps, i);
        let mut heap = BinaryHeap::new();
        for (i, n) in nodes.iter().enumerate() {
            if !matches!(self.world.obj(n.obj).kind, ObjKind::Func { .. }) {
                heap.push(Reverse(key(n, i, &self.world)));
            }
        }
        let mut emitted: FxHashSet<DeclId> = FxHashSet::default();
        let mut order = Vec::new();
        while let Some(Reverse(k)) = heap.pop() {
            let i = k.2;
            // Entries are not updated in place: an outdated one is passed over.
            if nodes[i].done || k.1 != nodes[i].deps {
                continue;
            }
            nodes[i].done = true;
            let obj = nodes[i].obj;
            if nodes[i].deps > 0
                && let Some(cycle) = self.find_path(obj)
            {
                self.report_init_cycle(&cycle);
            }
            for p in std::mem::take(&mut nodes[i].pred) {
                nodes[p].deps = nodes[p].deps.saturating_sub(1);
                if !nodes[p].done {
                    heap.push(Reverse(key(&nodes[p], p, &self.world)));
                }
            }
            if !matches!(self.world.obj(obj).kind, ObjKind::Var(_)) {
                continue;
            }
            let id = self.obj_map[&obj];
            let d = &self.decls[id.0 as usize];
            if d.init.is_none() || !emitted.insert(id) {
                continue;
            }
            let lhs = if d.lhs.is_empty() { vec![obj] } else { d.lhs.clone() };
            order.push(Initializer { lhs, file: d.file, decl: d.decl, value: d.value });
        }
        self.world.pkgs[self.pkg.index()].init_order = order;
    }

    /// Nodes for constants, variables and functions, in source order, with edges through functions drawn direct.
    fn dependency_graph(&self) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut index: FxHashMap<ObjId, usize> = FxHashMap::default();
        for &obj in &self.obj_list {
            if !matches!(self.world.obj(obj).kind, ObjKind::TypeName { .. }) {
                index.insert(obj, nodes.len());
                nodes.push(Node {
                    obj,
                    pred: FxHashSet::default(),
                    succ: FxHashSet::default(),
                    deps: 0,
                    done: false,
                });
            }
        }
        for i in 0..nodes.len() {
            let d = &self.decls[self.obj_map[&nodes[i].obj].0 as usize];
            for dep in &d.deps {
                if let Some(&j) = index.get(dep) {
                    nodes[i].succ.insert(j);
                    nodes[j].pred.insert(i);
                }
            }
        }
        let mut funcs: Vec<usize> = (0..nodes.len())
            .filter(|&i| matches!(self.world.obj(nodes[i].obj).kind, ObjKind::Func { .. }))
            .collect();
        // Removing cheap nodes first keeps the number of edges small.
        funcs.sort_by_key(|&i| nodes[i].pred.len() * nodes[i].succ.len());
        for n in funcs {
            let (pred, succ) = (std::mem::take(&mut nodes[n].pred), std::mem::take(&mut nodes[n].succ));
            for &p in pred.iter().filter(|&&p| p != n) {
                for &s in succ.iter().filter(|&&s| s != n) {
                    nodes[p].succ.insert(s);
                    nodes[s].pred.insert(p);
                }
                nodes[p].succ.remove(&n);
            }
            for &s in succ.iter().filter(|&&s| s != n) {
                nodes[s].pred.remove(&n);
            }
        }
        for n in &mut nodes {
            n.deps = n.succ.len();
        }
        nodes
    }

    /// A path of dependencies from `from` back to itself, in reverse.
    fn find_path(&self, from: ObjId) -> Option<Vec<ObjId>> {
        let order: FxHashMap<ObjId, usize> = self.obj_list.iter().enumerate().map(|(i, &o)| (o, i)).collect();
        let deps = |o: ObjId| -> Vec<ObjId> {
            let Some(d) = self.obj_map.get(&o) else { return Vec::new() };
            let mut list = self.decls[d.0 as usize].deps.clone();
            list.sort_by_key(|d| order.get(d).copied());
            list
        };
        let mut seen = FxHashSet::default();
        seen.insert(from);
        let mut stack = vec![(from, deps(from).into_iter())];
        while let Some((_, iter)) = stack.last_mut() {
            let Some(d) = iter.next() else {
                stack.pop();
                continue;
            };
            if d == from {
                let mut cycle = vec![from];
                cycle.extend(stack[1..].iter().rev().map(|(o, _)| *o));
                return Some(cycle);
            }
            if seen.insert(d) {
                stack.push((d, deps(d).into_iter()));
            }
        }
        None
    }

    fn report_init_cycle(&mut self, cycle: &[ObjId]) {
        let mut obj = cycle[0];
        let (pos, name) = (self.world.obj(obj).pos, self.world.obj(obj).name);
        if cycle.len() == 1 {
            self.error(pos, format!("initialization cycle: {name} refers to itself"));
            return;
        }
        let mut more = Vec::new();
        for &next in cycle.iter().rev() {
            let (o, n) = (self.world.obj(obj), self.world.obj(next));
            more.push((o.pos, format!("{} refers to {}", o.name, n.name)));
            obj = next;
        }
        self.error_with(pos, format!("initialization cycle for {name}"), &more, false);
    }
}
