//! Pass `gvn`: expressions, loads and checks that a dominating instruction has already done are not done again, and stores of what is
//! there already go.
//!
//! In and out: one function in SSA form. A walk over the dominator tree with scoped tables; loads are keyed by their address
//! and the version of their alias class (`memory`), which every write on a path in between renews.

use std::collections::hash_map::Entry;

use escargo_ir::{Block, Cfg, Check, Def, DomTree, Func, Inst, IntCC, Module, Op, Step, Type, Value};
use rustc_hash::FxHashMap;

use crate::edit::{Replace, address, def_op};
use crate::memory::{ALL, Memory};

/// Regions between a block and its dominator are searched up to so many blocks.
const MAX_REGION: usize = 200;
/// Accesses up to this offset fault on a null base.
pub const GUARD: i64 = 4096;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// `what` says which operation it is, and of which type the result.
    Pure {
        what: u32,
        a: u64,
        b: u64,
        c: u64,
    },
    Load {
        addr: Value,
        ty: Type,
        version: u32,
    },
    NotNull(Value),
    Check(Check, Value, Value),
}

const NONE: Value = Value(u32::MAX);

fn pure_key(f: &Func, op: &Op, ty: Type) -> Option<Key> {
    let v = |v: Value| u64::from(v.0);
    let key = |tag: u32, sub: u8, a, b, c| {
        Some(Key::Pure { what: tag << 16 | u32::from(sub) << 8 | ty as u32, a, b, c })
    };
    match op {
        Op::Iconst { value, .. } => key(0, 0, *value as u64, 0, 0),
        Op::F32const(bits) => key(1, 0, u64::from(*bits), 0, 0),
        Op::F64const(bits) => key(2, 0, *bits, 0, 0),
        Op::Null => key(3, 0, 0, 0, 0),
        Op::GlobalAddr(g, o) => key(4, 0, u64::from(g.0), *o as u64, 0),
        Op::FuncAddr(id) => key(5, 0, u64::from(id.0), 0, 0),
        Op::Unary(op, a) => key(6, *op as u8, v(*a), 0, 0),
        Op::Binary(op, a, b) => key(7, *op as u8, v(*a), v(*b), 0),
        Op::Icmp(cc, a, b) => key(8, *cc as u8, v(*a), v(*b), 0),
        Op::Fcmp(cc, a, b) => key(9, *cc as u8, v(*a), v(*b), 0),
        Op::Convert { op, value, .. } => key(10, *op as u8, v(*value), f.ty(*value) as u64, 0),
        Op::Select(a, b, c) => key(11, 0, v(*a), v(*b), v(*c)),
        Op::Field { base, layout, field } => key(12, 0, v(*base), u64::from(layout.0), u64::from(*field)),
        Op::Elem { base, layout, index } => key(13, 0, v(*base), u64::from(layout.0), v(*index)),
        Op::Offset { base, offset } => key(14, 0, v(*base), v(*offset), 0),
        Op::Fma(a, b, c) => key(15, 0, v(*a), v(*b), v(*c)),
        _ => None,
    }
}

struct Gvn<'a> {
    m: &'a Module,
    f: &'a mut Func,
    mem: Memory,
    table: FxHashMap<Key, Value>,
    /// Keys to remove, or to set back, when a scope ends.
    undo: Vec<(Key, Option<Value>)>,
    versions: [u32; 64],
    /// Versions to set back when a scope ends, with their class.
    undo_versions: Vec<(u32, u32)>,
    next_version: u32,
    replace: Replace,
}

pub fn run(m: &Module, f: &mut Func) {
    if f.is_declared_only() {
        return;
    }
    let cfg = Cfg::new(f);
    let dom = DomTree::new(&cfg);
    let mem = Memory::new(m, f);
    let mut kills = vec![0u64; f.blocks.len()];
    let mut size = 0;
    for &b in &cfg.rpo {
        size += f.block(b).insts.len();
        for &i in &f.block(b).insts {
            kills[b.index()] |= mem.writes(m, f, i);
        }
    }
    let entry_kills = regions(&cfg, &dom, &kills);
    let replace = Replace::new(f);
    let mut g = Gvn {
        m,
        f,
        mem,
        table: FxHashMap::with_capacity_and_hasher(size, Default::default()),
        undo: Vec::with_capacity(size),
        versions: [0; 64],
        undo_versions: Vec::new(),
        next_version: 1,
        replace,
    };
    // How much there was to undo before a block.
    let mut marks = Vec::new();
    for step in dom.walk() {
        let b = match step {
            Step::Leave => {
                let (keys, versions) = marks.pop().expect("a block was entered");
                for (k, old) in g.undo.drain(keys..).rev() {
                    match old {
                        Some(v) => g.table.insert(k, v),
                        None => g.table.remove(&k),
                    };
                }
                for (class, old) in g.undo_versions.drain(versions..).rev() {
                    g.versions[class as usize] = old;
                }
                continue;
            }
            Step::Enter(b) => b,
        };
        marks.push((g.undo.len(), g.undo_versions.len()));
        g.kill(entry_kills[b.index()]);
        g.edge_facts(&cfg, b);
        g.block(b);
    }
    let mut replace = g.replace;
    replace.apply(f);
}

/// What may be written on paths from a block's immediate dominator to the block.
fn regions(cfg: &Cfg, dom: &DomTree, kills: &[u64]) -> Vec<u64> {
    let mut out = vec![0u64; kills.len()];
    let mut stamp = vec![u32::MAX; kills.len()];
    let mut work = Vec::new();
    for &b in &cfg.rpo {
        let Some(d) = dom.idom(b) else { continue };
        let preds = cfg.preds(b);
        if preds.len() == 1 {
            continue;
        }
        let mut mask = 0;
        let mut count = 0;
        work.clear();
        work.extend(preds.iter().copied().filter(|&p| p != d));
        while let Some(p) = work.pop() {
            if stamp[p.index()] == b.0 {
                continue;
            }
            stamp[p.index()] = b.0;
            mask |= kills[p.index()];
            count += 1;
            if count > MAX_REGION {
                mask = ALL;
            }
            if mask == ALL {
                break;
            }
            work.extend(cfg.preds(p).iter().copied().filter(|&q| q != d));
        }
        out[b.index()] = mask;
    }
    out
}

impl Gvn<'_> {
    fn kill(&mut self, mask: u64) {
        let mut rest = mask & self.mem.known();
        while rest != 0 {
            let class = rest.trailing_zeros();
            rest &= rest - 1;
            self.undo_versions.push((class, self.versions[class as usize]));
            self.versions[class as usize] = self.next_version;
            self.next_version += 1;
        }
    }

    fn insert(&mut self, key: Key, v: Value) {
        let old = self.table.insert(key, v);
        self.undo.push((key, old));
    }

    /// Learns what needs no value; whether it was not known.
    fn is_news(&mut self, key: Key) -> bool {
        let Entry::Vacant(new) = self.table.entry(key) else { return false };
        new.insert(NONE);
        self.undo.push((key, None));
        true
    }

    /// What the only edge into a block says.
    fn edge_facts(&mut self, cfg: &Cfg, b: Block) {
        let [p] = *cfg.preds(b) else { return };
        let Some(Op::Branch { cond, then, els, .. }) = self.f.terminator(p).map(|t| &t.op) else { return };
        if then == els {
            return;
        }
        let taken = *then == b;
        let cond = self.replace.get(*cond);
        if let Some(Op::Icmp(cc, x, y)) = def_op(self.f, cond)
            && matches!(def_op(self.f, *y), Some(Op::Null))
            && (*cc == IntCC::Ne) == taken
            && matches!(cc, IntCC::Ne | IntCC::Eq)
        {
            let x = *x;
            self.is_news(Key::NotNull(x));
        }
    }

    /// The base of an access is not null behind it.
    fn accessed(&mut self, addr: Value) {
        let a = address(self.m, self.f, addr);
        if !a.raw && a.offset.is_some_and(|o| (0..GUARD).contains(&o)) {
            self.is_news(Key::NotNull(a.root));
        }
    }

    fn block(&mut self, b: Block) {
        let mut insts = std::mem::take(&mut self.f.blocks[b.index()].insts);
        let mut checks = false;
        insts.retain(|&i| {
            if self.replace.any {
                self.f.insts[i.index()].op.for_each_operand_mut(|v| *v = self.replace.get(*v));
            }
            checks |= matches!(self.f.insts[i.index()].op, Op::NilCheck(_));
            self.keep(i)
        });
        if checks {
            drop_covered_checks(self.m, self.f, &mut insts);
        }
        self.f.blocks[b.index()].insts = insts;
    }

    fn found(&mut self, i: Inst, v: Value) -> bool {
        let r = self.f.inst(i).results[0];
        self.replace.set(r, v);
        self.f.values[r.index()].def = Def::None;
        false
    }

    fn keep(&mut self, i: Inst) -> bool {
        let data = self.f.inst(i);
        if data.results.len() == 1 {
            let r = data.results[0];
            if let Some(key) = pure_key(self.f, &data.op, self.f.ty(r)) {
                return match self.table.entry(key) {
                    Entry::Occupied(known) => {
                        let v = *known.get();
                        self.found(i, v)
                    }
                    Entry::Vacant(new) => {
                        new.insert(r);
                        self.undo.push((key, None));
                        true
                    }
                };
            }
        }
        match &data.op {
            Op::Load { ty, addr } => {
                let (ty, addr) = (*ty, *addr);
                let class = self.mem.class(self.m, self.f, addr, ty);
                let r = data.results[0];
                let key = Key::Load { addr, ty, version: self.versions[class as usize] };
                if class != 63 {
                    if let Some(&v) = self.table.get(&key) {
                        return self.found(i, v);
                    }
                    self.insert(key, r);
                }
                self.accessed(addr);
            }
            Op::Store { ty, addr, value } => {
                let (ty, addr, value) = (*ty, *addr, *value);
                let class = self.mem.class(self.m, self.f, addr, ty);
                // What is there already, as of the slice in `s = s[:n]`.
                let there = Key::Load { addr, ty, version: self.versions[class as usize] };
                if class != 63 && self.table.get(&there) == Some(&value) {
                    return false;
                }
                self.kill(self.mem.writes(self.m, self.f, i));
                if class != 63 {
                    self.insert(Key::Load { addr, ty, version: self.versions[class as usize] }, value);
                }
                self.accessed(addr);
            }
            Op::NilCheck(v) => {
                return self.is_news(Key::NotNull(*v));
            }
            Op::Check { check, x, y } => {
                return self.is_news(Key::Check(*check, *x, y.unwrap_or(NONE)));
            }
            _ => self.kill(self.mem.writes(self.m, self.f, i)),
        }
        true
    }
}

/// Drops nil checks that an access to the same pointer follows before anything can be observed.
fn drop_covered_checks(m: &Module, f: &Func, insts: &mut Vec<Inst>) {
    let covered = |n: usize| -> bool {
        let Op::NilCheck(v) = f.inst(insts[n]).op else { return false };
        for &i in insts[n + 1..].iter().filter(|i| !f.inst(**i).op.is_debug()).take(12) {
            match &f.inst(i).op {
                Op::Load { addr, .. } | Op::Store { addr, .. } => {
                    let a = address(m, f, *addr);
                    if a.root == v {
                        return !a.raw && a.offset.is_some_and(|o| (0..GUARD).contains(&o));
                    }
                    // Another access may fault first, and then it must be the check that fails.
                    return false;
                }
                op if op.is_computation() => {}
                _ => return false,
            }
        }
        false
    };
    let drop: Vec<bool> = (0..insts.len()).map(covered).collect();
    if drop.contains(&true) {
        let mut n = 0;
        insts.retain(|_| {
            n += 1;
            !drop[n - 1]
        });
    }
}
