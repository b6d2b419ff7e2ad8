//! Pass `sroa`: objects whose address stays inside the function become SSA values, one a scalar leaf.
//!
//! In: a function without unreachable blocks. Out: the same without the `alloc`s that are only loaded, stored, copied, zeroed
//! nil-checked and kept alive at constant offsets. Correct in loops: an `alloc` executed again is a new, zeroed object, so it
//! defines all its leaves as zero. Parameters of blocks are placed at iterated dominance frontiers where the leaf is live.

use escargo_ir::{
    Block, Cfg, Def, DomTree, Func, Inst, InstData, LayoutId, Module, Op, Pos, Shape, Step, Type, Value,
    VarId,
};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::edit::{insert_at_entry, konst, split_switch_edges, zero_op};

/// Objects with more leaves stay in memory.
const MAX_LEAVES: usize = 64;
/// Copies to or from memory are taken apart up to so many leaves.
const MAX_COPY: usize = 16;

/// Scalar leaves of a layout with their offsets; None if there are too many or bytes without structure.
pub fn leaves(m: &Module, layout: LayoutId) -> Option<Vec<(u32, Type)>> {
    let mut out = Vec::new();
    collect(m, layout, 0, &mut out, 0).then_some(out)
}

fn collect(m: &Module, layout: LayoutId, base: u64, out: &mut Vec<(u32, Type)>, depth: u32) -> bool {
    let l = m.layout(layout);
    if depth > 64 || out.len() > MAX_LEAVES || base > u64::from(u32::MAX) {
        return false;
    }
    match &l.shape {
        Shape::Opaque => l.size == 0,
        Shape::Scalar(ty) => {
            out.push((base as u32, *ty));
            out.len() <= MAX_LEAVES
        }
        Shape::Struct(fields) => fields.iter().all(|f| collect(m, f.layout, base + f.offset, out, depth + 1)),
        Shape::Array { elem, count } => {
            let size = m.layout(*elem).size;
            if *count > MAX_LEAVES as u64 {
                return size == 0;
            }
            (0..*count).all(|i| collect(m, *elem, base + i * size, out, depth + 1))
        }
    }
}

type Leaves = std::rc::Rc<Vec<(u32, Type)>>;

/// Leaf tables by layout, shared by all functions of a run.
#[derive(Default)]
pub struct LeafCache {
    map: FxHashMap<LayoutId, Option<Leaves>>,
}

impl LeafCache {
    fn get(&mut self, m: &Module, layout: LayoutId) -> Option<Leaves> {
        self.map.entry(layout).or_insert_with(|| leaves(m, layout).map(Leaves::new)).clone()
    }
}

struct Object {
    inst: Inst,
    leaves: Leaves,
    /// First variable number.
    base: usize,
    ok: bool,
}

impl Object {
    fn leaf(&self, offset: i64, ty: Type) -> Option<usize> {
        let at = self.leaves.binary_search_by_key(&offset, |l| i64::from(l.0)).ok()?;
        // Leaves of size zero do not exist, so offsets are unique.
        (self.leaves[at].1 == ty).then_some(at)
    }

    /// Leaves of a part: their numbers, if they are exactly those of `part` placed at `offset`.
    fn part(&self, offset: i64, part: &[(u32, Type)]) -> Option<usize> {
        let Some(first) = part.first() else { return Some(0) };
        let start = self.leaf(offset + i64::from(first.0), first.1)?;
        part.iter()
            .enumerate()
            .all(|(i, l)| {
                self.leaves
                    .get(start + i)
                    .is_some_and(|x| i64::from(x.0) == offset + i64::from(l.0) && x.1 == l.1)
            })
            .then_some(start)
    }
}

struct Sroa<'m, 'f> {
    m: &'m Module,
    f: &'f mut Func,
    cache: &'f mut LeafCache,
    objects: Vec<Object>,
    /// By value: the number, from 1, of the address that it is; 0: none.
    derived: Vec<u32>,
    /// Addresses: object and offset.
    places: Vec<(u32, i64)>,
    copies: Vec<Inst>,
    /// By number of a promoted leaf: the source variables that it is part of, offset in them, scope.
    named: FxHashMap<usize, SmallVec<[(VarId, u32, u32); 1]>>,
}

/// What a run did.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Promoted {
    Nothing,
    /// All objects that could be values at all.
    All,
    /// Objects stay in memory, perhaps only because their addresses were in what was promoted.
    Some,
}

/// Promotes what can be promoted.
pub fn run(m: &Module, f: &mut Func, cache: &mut LeafCache, cfg: &mut Option<Cfg>) -> Promoted {
    let mut s = Sroa {
        m,
        f,
        cache,
        objects: Vec::new(),
        derived: Vec::new(),
        places: Vec::new(),
        copies: Vec::new(),
        named: FxHashMap::default(),
    };
    s.find();
    if s.objects.is_empty() {
        return Promoted::Nothing;
    }
    let cfg = cfg.get_or_insert_with(|| Cfg::new(s.f));
    s.judge(cfg);
    let ok = s.objects.iter().filter(|o| o.ok).count();
    if ok == 0 {
        return Promoted::Nothing;
    }
    if split_switch_edges(s.f) {
        *cfg = Cfg::new(s.f);
    }
    s.promote(cfg);
    if ok == s.objects.len() { Promoted::All } else { Promoted::Some }
}

impl Sroa<'_, '_> {
    fn find(&mut self) {
        for at in 0..self.f.order.len() {
            let b = self.f.order[at];
            for n in 0..self.f.block(b).insts.len() {
                let inst = self.f.block(b).insts[n];
                if let Op::Alloc { layout, count, .. } = self.f.inst(inst).op {
                    if count.is_some_and(|c| konst(self.f, c) != Some(1)) {
                        continue;
                    }
                    let Some(leaves) = self.cache.get(self.m, layout) else { continue };
                    let v = self.f.inst(inst).results[0];
                    if self.derived.is_empty() {
                        self.derived = vec![0; self.f.values.len()];
                    }
                    self.derive(v, self.objects.len() as u32, 0);
                    self.objects.push(Object { inst, leaves, base: 0, ok: true });
                }
            }
        }
    }

    fn derive(&mut self, v: Value, object: u32, offset: i64) {
        self.places.push((object, offset));
        self.derived[v.index()] = self.places.len() as u32;
    }

    /// The object and the offset of an address.
    #[inline]
    fn derived(&self, v: Value) -> Option<(u32, i64)> {
        match self.derived.get(v.index()) {
            None | Some(0) => None,
            Some(&n) => Some(self.places[n as usize - 1]),
        }
    }

    /// Finds derived addresses and rejects objects that are used in any way that values can not serve.
    fn judge(&mut self, cfg: &Cfg) {
        for &b in &cfg.rpo {
            for n in 0..self.f.block(b).insts.len() {
                let inst = self.f.block(b).insts[n];
                self.judge_inst(inst);
            }
        }
        // A copy between two objects of which one is rejected is a copy to or from memory: that may be too large.
        let mut changed = !self.copies.is_empty();
        while changed {
            changed = false;
            for &i in &self.copies {
                let Op::Copy { layout, dst, src } = self.f.inst(i).op else { continue };
                let (d, s) = (self.derived(dst), self.derived(src));
                let ok = |x: Option<(u32, i64)>| x.is_some_and(|(o, _)| self.objects[o as usize].ok);
                let (d_ok, s_ok) = (ok(d), ok(s));
                if d_ok == s_ok {
                    continue;
                }
                let large = self.cache.get(self.m, layout).is_none_or(|l| l.len() > MAX_COPY);
                if large {
                    for (o, _) in [d, s].into_iter().flatten() {
                        self.objects[o as usize].ok = false;
                    }
                    changed = true;
                }
            }
        }
    }

    fn reject(&mut self, v: Value) {
        if let Some((o, _)) = self.derived(v) {
            self.objects[o as usize].ok = false;
        }
    }

    fn judge_inst(&mut self, inst: Inst) {
        let data = &self.f.insts[inst.index()];
        match &data.op {
            Op::Field { base, layout, field } => {
                if let Some((o, at)) = self.derived(*base)
                    && let Shape::Struct(fields) = &self.m.layout(*layout).shape
                {
                    let at = at + fields[*field as usize].offset as i64;
                    let v = data.results[0];
                    self.derive(v, o, at);
                }
            }
            Op::Elem { base, layout, index } => {
                if self.derived(*index).is_some() {
                    let index = *index;
                    return self.reject(index);
                }
                if let Some((o, at)) = self.derived(*base) {
                    let size = self.m.layout(*layout).size as i64;
                    match konst(self.f, *index).and_then(|i| i.checked_mul(size)?.checked_add(at)) {
                        Some(at) => {
                            let v = data.results[0];
                            self.derive(v, o, at);
                        }
                        None => self.objects[o as usize].ok = false,
                    }
                }
            }
            Op::Load { ty, addr } => {
                if let Some((o, at)) = self.derived(*addr)
                    && self.objects[o as usize].leaf(at, *ty).is_none()
                {
                    self.objects[o as usize].ok = false;
                }
            }
            Op::Store { ty, addr, value } => {
                let (ty, addr, value) = (*ty, *addr, *value);
                self.reject(value);
                if let Some((o, at)) = self.derived(addr)
                    && self.objects[o as usize].leaf(at, ty).is_none()
                {
                    self.objects[o as usize].ok = false;
                }
            }
            Op::Zero { layout, addr } => self.judge_part(*layout, *addr),
            Op::Copy { layout, dst, src } => {
                let (layout, dst, src) = (*layout, *dst, *src);
                self.copies.push(inst);
                self.judge_part(layout, dst);
                self.judge_part(layout, src);
            }
            Op::NilCheck(_) | Op::KeepAlive(_) => {}
            Op::Icmp(_, a, b) => {
                // Folding has dealt with comparisons against null.
                let (a, b) = (*a, *b);
                self.reject(a);
                self.reject(b);
            }
            op => {
                let mut bad: SmallVec<[u32; 4]> = SmallVec::new();
                op.for_each_operand(|v| {
                    if let Some((o, _)) = self.derived(v) {
                        bad.push(o);
                    }
                });
                for o in bad {
                    self.objects[o as usize].ok = false;
                }
            }
        }
    }

    fn judge_part(&mut self, layout: LayoutId, addr: Value) {
        let Some((o, at)) = self.derived(addr) else { return };
        let part = self.cache.get(self.m, layout);
        let object = &mut self.objects[o as usize];
        if part.is_none_or(|p| object.part(at, &p).is_none()) {
            object.ok = false;
        }
    }

    /// The object's number and first leaf, if the address is into a promoted object.
    fn place(&self, addr: Value) -> Option<(usize, i64)> {
        let (o, at) = self.derived(addr)?;
        self.objects[o as usize].ok.then_some((o as usize, at))
    }

    fn var(&self, o: usize, at: i64, ty: Type) -> usize {
        let object = &self.objects[o];
        object.base + object.leaf(at, ty).expect("judged: the access is of a leaf")
    }

    /// Variables of a part of a promoted object.
    fn part_vars(&mut self, o: usize, at: i64, layout: LayoutId) -> std::ops::Range<usize> {
        let part = self.cache.get(self.m, layout).expect("judged: the part has leaves");
        let object = &self.objects[o];
        let start = object.base + object.part(at, &part).expect("judged: the part agrees with the object");
        start..start + part.len()
    }

    /// Variables of a promoted object that are pointers.
    fn pointer_vars(&self, o: usize) -> SmallVec<[usize; 8]> {
        let object = &self.objects[o];
        let pointers = object.leaves.iter().enumerate().filter(|(_, leaf)| leaf.1 == Type::Ptr);
        pointers.map(|(n, _)| object.base + n).collect()
    }

    /// What an instruction does with variables, in order; true for a definition.
    fn accesses(&mut self, inst: Inst, out: &mut Vec<(usize, bool)>) {
        out.clear();
        match self.f.inst(inst).op {
            Op::Alloc { .. } => {
                let v = self.f.inst(inst).results[0];
                if let Some((o, 0)) = self.place(v)
                    && self.objects[o].inst == inst
                {
                    let object = &self.objects[o];
                    out.extend((object.base..object.base + object.leaves.len()).map(|v| (v, true)));
                }
            }
            Op::Load { ty, addr } => {
                if let Some((o, at)) = self.place(addr) {
                    out.push((self.var(o, at, ty), false));
                }
            }
            Op::Store { ty, addr, .. } => {
                if let Some((o, at)) = self.place(addr) {
                    out.push((self.var(o, at, ty), true));
                }
            }
            Op::Zero { layout, addr } => {
                if let Some((o, at)) = self.place(addr) {
                    out.extend(self.part_vars(o, at, layout).map(|v| (v, true)));
                }
            }
            Op::Copy { layout, dst, src } => {
                if let Some((o, at)) = self.place(src) {
                    out.extend(self.part_vars(o, at, layout).map(|v| (v, false)));
                }
                if let Some((o, at)) = self.place(dst) {
                    out.extend(self.part_vars(o, at, layout).map(|v| (v, true)));
                }
            }
            // What the object points to is to live as long.
            Op::KeepAlive(addr) => {
                if let Some((o, _)) = self.place(addr) {
                    out.extend(self.pointer_vars(o).into_iter().map(|v| (v, false)));
                }
            }
            _ => {}
        }
    }

    fn promote(&mut self, cfg: &Cfg) {
        let mut types = Vec::new();
        for o in self.objects.iter_mut().filter(|o| o.ok) {
            o.base = types.len();
            types.extend(o.leaves.iter().map(|l| l.1));
        }
        self.find_names(cfg);
        let dom = DomTree::new(cfg);
        let params = self.place_params(cfg, &dom, &types);
        self.rename(&dom, &types, params);
    }

    /// Which source variables the promoted leaves are.
    fn find_names(&mut self, cfg: &Cfg) {
        if self.m.debug.vars.is_empty() {
            return;
        }
        for &b in &cfg.rpo {
            for &i in &self.f.block(b).insts {
                let InstData { op: Op::DebugAddr { var, addr }, scope, .. } = self.f.inst(i) else {
                    continue;
                };
                let Some((o, at)) = self.place(*addr) else { continue };
                let end = at + self.m.debug.ty(self.m.debug.var(*var).ty).size as i64;
                let object = &self.objects[o];
                for (n, leaf) in object.leaves.iter().enumerate() {
                    let offset = i64::from(leaf.0);
                    if (at..end).contains(&offset) {
                        let name = (*var, (offset - at) as u32, *scope);
                        let names = self.named.entry(object.base + n).or_default();
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                }
            }
        }
    }

    /// Tells debuggers what a leaf is from here on.
    fn tell(&mut self, leaf: usize, value: Value, pos: Pos, kept: &mut Vec<Inst>) {
        let Some(names) = self.named.get(&leaf) else { return };
        for (var, offset, scope) in names.clone() {
            kept.push(self.f.new_inst(Op::DebugValue { var, offset, value }, &[], pos, scope));
        }
    }

    /// Block parameters for each variable: by block, the variables in order.
    fn place_params(&mut self, cfg: &Cfg, dom: &DomTree, types: &[Type]) -> Vec<SmallVec<[u32; 2]>> {
        let n = self.f.blocks.len();
        // Blocks that define a variable, and blocks that use it before defining it.
        let mut defs: Vec<SmallVec<[Block; 2]>> = empty_lists(types.len());
        let mut uses: Vec<SmallVec<[Block; 2]>> = empty_lists(types.len());
        let mut out = Vec::new();
        for &b in &cfg.rpo {
            for k in 0..self.f.block(b).insts.len() {
                let inst = self.f.block(b).insts[k];
                self.accesses(inst, &mut out);
                for &(v, def) in &out {
                    if def {
                        if defs[v].last() != Some(&b) {
                            defs[v].push(b);
                        }
                    } else if defs[v].last() != Some(&b) && uses[v].last() != Some(&b) {
                        uses[v].push(b);
                    }
                }
            }
        }
        let mut params = empty_lists(n);
        if uses.iter().all(|u| u.is_empty()) {
            return params;
        }
        let frontier = frontiers(cfg, dom);
        // Stamps: the last variable for which a block was seen.
        let mut live = vec![u32::MAX; n];
        let mut defined = vec![u32::MAX; n];
        let mut placed = vec![u32::MAX; n];
        let mut work = Vec::new();
        for v in 0..types.len() {
            // Most variables are used only in the block that defines them.
            if uses[v].is_empty() {
                continue;
            }
            let id = v as u32;
            for b in &defs[v] {
                defined[b.index()] = id;
            }
            // Blocks into which the variable is live.
            work.clear();
            work.extend(uses[v].iter().copied());
            while let Some(b) = work.pop() {
                if live[b.index()] == id {
                    continue;
                }
                live[b.index()] = id;
                for &p in cfg.preds(b) {
                    if defined[p.index()] != id && live[p.index()] != id {
                        work.push(p);
                    }
                }
            }
            work.extend(defs[v].iter().copied());
            while let Some(b) = work.pop() {
                for &d in &frontier[b.index()] {
                    if live[d.index()] == id && placed[d.index()] != id {
                        placed[d.index()] = id;
                        params[d.index()].push(id);
                        work.push(d);
                    }
                }
            }
        }
        params
    }

    fn rename(&mut self, dom: &DomTree, types: &[Type], params: Vec<SmallVec<[u32; 2]>>) {
        let mut zeros: FxHashMap<Type, Value> = FxHashMap::default();
        for &ty in types {
            zeros.entry(ty).or_insert_with(|| insert_at_entry(self.f, zero_op(ty), ty));
        }
        // What stands for removed loads; u32::MAX for all other values.
        let mut replaced = vec![Value(u32::MAX); self.f.values.len()];
        let mut param_values: Vec<SmallVec<[Value; 2]>> = empty_lists(params.len());
        for (b, vars) in params.iter().enumerate() {
            for &v in vars {
                let value = self.f.add_param(Block(b as u32), types[v as usize]);
                param_values[b].push(value);
            }
        }
        let mut current: Vec<Option<Value>> = vec![None; types.len()];
        let mut undo: Vec<(usize, Option<Value>)> = Vec::new();
        // How much there was to undo before a block.
        let mut marks = Vec::new();
        for step in dom.walk() {
            let b = match step {
                Step::Leave => {
                    let mark = marks.pop().expect("a block was entered");
                    for (v, old) in undo.drain(mark..).rev() {
                        current[v] = old;
                    }
                    continue;
                }
                Step::Enter(b) => b,
            };
            marks.push(undo.len());
            for (&v, &value) in params[b.index()].iter().zip(&param_values[b.index()]) {
                undo.push((v as usize, current[v as usize].replace(value)));
            }
            let insts = std::mem::take(&mut self.f.blocks[b.index()].insts);
            let mut kept = Vec::with_capacity(insts.len());
            if !self.named.is_empty() {
                let pos = insts.first().map_or(Pos(0), |&i| self.f.inst(i).pos);
                for (&v, &value) in params[b.index()].iter().zip(&param_values[b.index()]) {
                    self.tell(v as usize, value, pos, &mut kept);
                }
            }
            for i in insts {
                self.f.insts[i.index()].op.for_each_operand_mut(|v| {
                    if let Some(&r) = replaced.get(v.index())
                        && r.0 != u32::MAX
                    {
                        *v = r;
                    }
                });
                self.rewrite(i, &zeros, types, &mut current, &mut undo, &mut replaced, &mut kept);
            }
            let last = kept.last().copied();
            self.f.blocks[b.index()].insts = kept;
            if let Some(last) = last {
                let mut op = std::mem::replace(&mut self.f.insts[last.index()].op, Op::Unreachable);
                let extra = |to: Block, args: &mut escargo_ir::Values| {
                    for &v in &params[to.index()] {
                        let zero = zeros[&types[v as usize]];
                        args.push(current[v as usize].unwrap_or(zero));
                    }
                };
                match &mut op {
                    Op::Jump { to, args } => extra(*to, args),
                    Op::Branch { then, then_args, els, els_args, .. } => {
                        extra(*then, then_args);
                        extra(*els, els_args);
                    }
                    _ => {}
                }
                self.f.insts[last.index()].op = op;
            }
        }
    }

    /// Keeps, drops or replaces one instruction.
    fn rewrite(
        &mut self,
        inst: Inst,
        zeros: &FxHashMap<Type, Value>,
        types: &[Type],
        current: &mut [Option<Value>],
        undo: &mut Vec<(usize, Option<Value>)>,
        replaced: &mut [Value],
        kept: &mut Vec<Inst>,
    ) {
        let mut set = |current: &mut [Option<Value>], var: usize, value: Value| {
            undo.push((var, current[var].replace(value)));
        };
        let value_of = |current: &[Option<Value>], var: usize| current[var].unwrap_or(zeros[&types[var]]);
        let &InstData { ref op, ref results, pos, scope } = self.f.inst(inst);
        let result = results.first().copied();
        match *op {
            Op::Alloc { .. } => {
                if let Some(v) = result
                    && let Some((o, 0)) = self.place(v)
                    && self.objects[o].inst == inst
                {
                    let object = &self.objects[o];
                    for var in object.base..object.base + object.leaves.len() {
                        set(current, var, zeros[&types[var]]);
                    }
                    self.f.values[v.index()].def = Def::None;
                    return;
                }
            }
            Op::Field { .. } | Op::Elem { .. } => {
                if let Some(v) = result
                    && self.place(v).is_some()
                {
                    self.f.values[v.index()].def = Def::None;
                    return;
                }
            }
            Op::NilCheck(a) => {
                if self.place(a).is_some() {
                    return;
                }
            }
            Op::KeepAlive(a) => {
                if let Some((o, _)) = self.place(a) {
                    for value in self.pointer_vars(o).into_iter().filter_map(|var| current[var]) {
                        kept.push(self.f.new_inst(Op::KeepAlive(value), &[], pos, scope));
                    }
                    return;
                }
            }
            Op::DebugAddr { var, addr } => {
                if let Some((o, at)) = self.place(addr) {
                    let (base, count) = (self.objects[o].base, self.objects[o].leaves.len());
                    for leaf in base..base + count {
                        // Each variable is told of by its own operation.
                        let mine = |n: &(VarId, u32, u32)| {
                            (n.0, i64::from(n.1))
                                == (var, i64::from(self.objects[o].leaves[leaf - base].0) - at)
                        };
                        if self.named.get(&leaf).is_some_and(|n| n.iter().any(mine)) {
                            self.tell(leaf, value_of(current, leaf), pos, kept);
                        }
                    }
                    return;
                }
            }
            Op::Load { ty, addr } => {
                if let Some(v) = result
                    && let Some((o, at)) = self.place(addr)
                {
                    let var = self.var(o, at, ty);
                    replaced[v.index()] = value_of(current, var);
                    self.f.values[v.index()].def = Def::None;
                    return;
                }
            }
            Op::Store { ty, addr, value } => {
                if let Some((o, at)) = self.place(addr) {
                    let var = self.var(o, at, ty);
                    set(current, var, value);
                    self.tell(var, value, pos, kept);
                    return;
                }
            }
            Op::Zero { layout, addr } => {
                if let Some((o, at)) = self.place(addr) {
                    for var in self.part_vars(o, at, layout) {
                        set(current, var, zeros[&types[var]]);
                        self.tell(var, zeros[&types[var]], pos, kept);
                    }
                    return;
                }
            }
            Op::Copy { layout, dst, src } => match (self.place(dst), self.place(src)) {
                (None, None) => {}
                (Some((d, d_at)), Some((s, s_at))) => {
                    let from = self.part_vars(s, s_at, layout);
                    let to = self.part_vars(d, d_at, layout);
                    let values: SmallVec<[Value; 8]> = from.map(|v| value_of(current, v)).collect();
                    for (var, v) in to.zip(values) {
                        set(current, var, v);
                        self.tell(var, v, pos, kept);
                    }
                    return;
                }
                (Some((d, d_at)), None) => {
                    let part = self.cache.get(self.m, layout).expect("judged: the part has leaves");
                    let vars = self.part_vars(d, d_at, layout);
                    if part.is_empty() {
                        kept.push(self.f.new_inst(Op::NilCheck(src), &[], pos, scope));
                    }
                    for (&(at, ty), var) in part.iter().zip(vars) {
                        let addr = self.leaf_address(layout, src, at, pos, scope, kept);
                        let load = self.f.new_inst(Op::Load { ty, addr }, &[ty], pos, scope);
                        kept.push(load);
                        let value = self.f.inst(load).results[0];
                        set(current, var, value);
                        self.tell(var, value, pos, kept);
                    }
                    return;
                }
                (None, Some((s, s_at))) => {
                    let part = self.cache.get(self.m, layout).expect("judged: the part has leaves");
                    let vars = self.part_vars(s, s_at, layout);
                    if part.is_empty() {
                        kept.push(self.f.new_inst(Op::NilCheck(dst), &[], pos, scope));
                    }
                    for (&(at, ty), var) in part.iter().zip(vars) {
                        let addr = self.leaf_address(layout, dst, at, pos, scope, kept);
                        let value = value_of(current, var);
                        kept.push(self.f.new_inst(Op::Store { ty, addr, value }, &[], pos, scope));
                    }
                    return;
                }
            },
            _ => {}
        }
        kept.push(inst);
    }

    /// Address of the leaf at a byte offset, as a path of fields and constant elements.
    fn leaf_address(
        &mut self,
        layout: LayoutId,
        base: Value,
        at: u32,
        pos: Pos,
        scope: u32,
        kept: &mut Vec<Inst>,
    ) -> Value {
        let (mut layout, mut base, mut at) = (layout, base, u64::from(at));
        loop {
            let op = match &self.m.layout(layout).shape {
                Shape::Struct(fields) => {
                    // The field that contains the byte: fields of size zero may share an offset, so the last with a size.
                    let i = fields
                        .iter()
                        .rposition(|f| f.offset <= at && self.m.layout(f.layout).size > 0)
                        .expect("a leaf lies in a field");
                    let op = Op::Field { base, layout, field: i as u32 };
                    at -= fields[i].offset;
                    layout = fields[i].layout;
                    op
                }
                Shape::Array { elem, .. } => {
                    let elem = *elem;
                    let size = self.m.layout(elem).size;
                    let n = self.f.new_inst(
                        Op::Iconst { ty: Type::I64, value: (at / size) as i64 },
                        &[Type::I64],
                        pos,
                        scope,
                    );
                    kept.push(n);
                    let index = self.f.inst(n).results[0];
                    at %= size;
                    layout = elem;
                    Op::Elem { base, layout: elem, index }
                }
                Shape::Scalar(_) | Shape::Opaque => return base,
            };
            let i = self.f.new_inst(op, &[Type::Ptr], pos, scope);
            kept.push(i);
            base = self.f.inst(i).results[0];
        }
    }
}

fn empty_lists<T>(n: usize) -> Vec<SmallVec<[T; 2]>> {
    (0..n).map(|_| SmallVec::new()).collect()
}

/// Dominance frontiers.
fn frontiers(cfg: &Cfg, dom: &DomTree) -> Vec<SmallVec<[Block; 2]>> {
    let mut out: Vec<SmallVec<[Block; 2]>> = empty_lists(cfg.rpo_index.len());
    for &b in &cfg.rpo {
        let preds = cfg.preds(b);
        if preds.len() < 2 {
            continue;
        }
        let stop = dom.idom(b);
        for &p in preds {
            let mut at = Some(p);
            while let Some(r) = at
                && Some(r) != stop
            {
                if !out[r.index()].contains(&b) {
                    out[r.index()].push(b);
                }
                at = dom.idom(r);
            }
        }
    }
    out
}
