//! Pass `bytes`: reads and writes of neighbouring bytes become one access.
//!
//! In and out: one function in SSA form. `uint32(b[0]) | uint32(b[1])<<8 | ...` is a load, in the other order a load and a swap
//! of bytes; storing all bytes of a value, one after another, is a store. Runs before inlining, so that the functions that are
//! made of such accesses (encoding/binary's) count as small. Also removes checks of constant indices that an earlier check
//! in the block covers, as they stand between those accesses. The address of a wide access is always an element of bytes:
//! by this alias analysis knows it.

use escargo_ir::{
    BinOp, Block, Check, ConvOp, Def, Func, Inst, LayoutId, Module, Op, Rt, Shape, Type, UnOp, Value,
};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::dce::rt_is_pure;
use crate::edit::{def_inst, def_op, konst};

/// One byte's place: base + index + offset.
#[derive(Clone, Copy, PartialEq)]
struct Place {
    base: Value,
    layout: LayoutId,
    index: Option<Value>,
    offset: i64,
}

impl Place {
    fn near(&self, other: &Place) -> bool {
        (self.base, self.layout, self.index) == (other.base, other.layout, other.index)
    }
}

/// New instructions, by the one that they come before.
type Before = FxHashMap<Inst, SmallVec<[Inst; 2]>>;

/// Bytes of a value in memory: the shift that each byte has in the value, its place and the address of that.
type Parts = SmallVec<[(i64, Place, Value); 8]>;

pub fn run(module: &Module, func: &mut Func) {
    let mut bytes = Bytes { module, uses: Vec::new(), func };
    if !bytes.has_bytes() {
        return;
    }
    bytes.count_uses();
    for n in 0..bytes.func.order.len() {
        let b = bytes.func.order[n];
        bytes.checks(b);
        bytes.loads(b);
        bytes.stores(b);
    }
}

/// The element type of bytes.
pub fn is_byte(module: &Module, layout: LayoutId) -> bool {
    matches!(module.layout(layout).shape, Shape::Scalar(Type::I8))
}

struct Bytes<'a> {
    module: &'a Module,
    func: &'a mut Func,
    uses: Vec<u32>,
}

impl Bytes<'_> {
    /// At least two accesses to bytes.
    fn has_bytes(&self) -> bool {
        let accesses = self.func.order.iter().flat_map(|&b| &self.func.block(b).insts).filter(|&&i| {
            matches!(self.func.inst(i).op, Op::Load { ty: Type::I8, .. } | Op::Store { ty: Type::I8, .. })
        });
        accesses.take(2).count() == 2
    }

    fn count_uses(&mut self) {
        self.uses = vec![0; self.func.values.len()];
        for &b in &self.func.order {
            for &i in &self.func.block(b).insts {
                let op = &self.func.inst(i).op;
                op.for_each_operand(|v| self.uses[v.index()] += 1);
                if let Op::DebugAddr { addr: v, .. } | Op::DebugValue { value: v, .. } = op {
                    self.uses[v.index()] += 1;
                }
            }
        }
    }

    fn place(&self, addr: Value) -> Option<Place> {
        let Some(&Op::Elem { base, layout, index }) = def_op(self.func, addr) else { return None };
        if !is_byte(self.module, layout) {
            return None;
        }
        let at = |index, offset| Some(Place { base, layout, index, offset });
        if let Some(offset) = konst(self.func, index) {
            return at(None, offset);
        }
        if let Some(&Op::Binary(BinOp::Add, x, y)) = def_op(self.func, index) {
            if let Some(offset) = konst(self.func, y) {
                return at(Some(x), offset);
            }
            if let Some(offset) = konst(self.func, x) {
                return at(Some(y), offset);
            }
        }
        at(Some(index), 0)
    }

    /// Drops checks of constant indices that are smaller than one that was checked against the same length.
    fn checks(&mut self, b: Block) {
        let mut largest: FxHashMap<Value, i64> = FxHashMap::default();
        let func = &mut *self.func;
        let mut insts = std::mem::take(&mut func.blocks[b.index()].insts);
        insts.retain(|&i| {
            let Op::Check { check: Check::Index | Check::IndexU, x, y: Some(length) } = func.inst(i).op
            else {
                return true;
            };
            let Some(index) = konst(func, x).filter(|&x| x >= 0) else { return true };
            match largest.get(&length) {
                Some(&known) if index <= known => false,
                _ => {
                    largest.insert(length, index);
                    true
                }
            }
        });
        func.blocks[b.index()].insts = insts;
    }

    // ---- loads

    fn loads(&mut self, b: Block) {
        let is_or = |i: &Inst| matches!(self.func.inst(*i).op, Op::Binary(BinOp::Or, ..));
        if !self.func.block(b).insts.iter().any(is_or) {
            return;
        }
        let insts = self.func.block(b).insts.clone();
        let position: FxHashMap<Inst, usize> = insts.iter().enumerate().map(|(n, &i)| (i, n)).collect();
        let mut gone: Vec<Inst> = Vec::new();
        let mut before: Before = FxHashMap::default();
        // From the end: the last `or` of a chain comes first.
        for (n, &root) in insts.iter().enumerate().rev() {
            if gone.contains(&root) || !matches!(self.func.inst(root).op, Op::Binary(BinOp::Or, ..)) {
                continue;
            }
            let mut chain = Vec::new();
            let Some(mut parts) = self.gather(root, &position, &mut chain) else { continue };
            let first = chain.iter().filter_map(|i| position.get(i)).min().copied().unwrap_or(n);
            if insts[first..n].iter().any(|&i| self.may_write(i)) {
                continue;
            }
            let Some((addr, wide, swapped)) = whole(&mut parts) else { continue };
            self.replace_by_load(root, addr, wide, swapped, &mut before);
            chain.retain(|&i| i != root);
            for &i in &chain {
                for k in 0..self.func.inst(i).results.len() {
                    let v = self.func.inst(i).results[k];
                    self.func.values[v.index()].def = Def::None;
                }
            }
            gone.extend(chain);
        }
        if before.is_empty() && gone.is_empty() {
            return;
        }
        let mut out = Vec::with_capacity(insts.len());
        for i in insts {
            if gone.contains(&i) {
                continue;
            }
            out.extend(before.get(&i).into_iter().flatten());
            out.push(i);
        }
        self.func.blocks[b.index()].insts = out;
    }

    /// The bytes that an `or` puts together, and the instructions that do so. None: it is not only that.
    fn gather(&self, root: Inst, position: &FxHashMap<Inst, usize>, chain: &mut Vec<Inst>) -> Option<Parts> {
        let mut parts = Parts::new();
        let mut work: SmallVec<[(Inst, i64); 8]> = SmallVec::new();
        work.push((root, 0));
        while let Some((i, shift)) = work.pop() {
            if !position.contains_key(&i) || parts.len() + work.len() > 8 {
                return None;
            }
            chain.push(i);
            let mut only = |v: Value, shift: i64| {
                let i = def_inst(self.func, v).filter(|_| self.uses[v.index()] == 1)?;
                work.push((i, shift));
                Some(())
            };
            match self.func.inst(i).op {
                Op::Binary(BinOp::Or, x, y) if shift == 0 => {
                    only(x, 0)?;
                    only(y, 0)?;
                }
                Op::Binary(BinOp::Shl, x, by) if shift == 0 => {
                    only(x, konst(self.func, by).filter(|by| (1..64).contains(by))?)?;
                }
                Op::Convert { op: ConvOp::Zext, value, .. } => only(value, shift)?,
                Op::Load { ty: Type::I8, addr } => parts.push((shift, self.place(addr)?, addr)),
                _ => return None,
            }
        }
        Some(parts)
    }

    fn replace_by_load(&mut self, root: Inst, addr: Value, wide: Type, swapped: bool, before: &mut Before) {
        let data = self.func.inst(root);
        let (pos, scope, ty) = (data.pos, data.scope, self.func.ty(data.results[0]));
        let load = Op::Load { ty: wide, addr };
        if wide == ty && !swapped {
            self.func.insts[root.index()].op = load;
            return;
        }
        let at = self.func.new_inst(load, &[wide], pos, scope);
        let new = before.entry(root).or_default();
        new.push(at);
        let mut value = self.func.inst(at).results[0];
        if wide == ty {
            self.func.insts[root.index()].op = Op::Unary(UnOp::Bswap, value);
            return;
        }
        if swapped {
            let swap = self.func.new_inst(Op::Unary(UnOp::Bswap, value), &[wide], pos, scope);
            new.push(swap);
            value = self.func.inst(swap).results[0];
        }
        self.func.insts[root.index()].op = Op::Convert { op: ConvOp::Zext, to: ty, value };
    }

    fn may_write(&self, i: Inst) -> bool {
        match &self.func.inst(i).op {
            Op::Store { .. }
            | Op::Copy { .. }
            | Op::Zero { .. }
            | Op::Alloc { .. }
            | Op::AtomicLoad { .. }
            | Op::AtomicStore { .. }
            | Op::AtomicRmw { .. }
            | Op::AtomicCas { .. }
            | Op::Call { .. }
            | Op::CallClosure { .. }
            | Op::CallMethod { .. } => true,
            Op::CallRt { rt, .. } => !rt_is_pure(*rt) && *rt != Rt::make_slice_check,
            _ => false,
        }
    }

    // ---- stores

    /// A byte of a value: which value, and how far it is shifted.
    fn byte_of(&self, v: Value) -> Option<(Value, i64)> {
        let Some(&Op::Convert { op: ConvOp::Trunc, value, .. }) = def_op(self.func, v) else { return None };
        match def_op(self.func, value) {
            Some(&Op::Binary(BinOp::Lshr, x, by)) => Some((x, konst(self.func, by)?)),
            _ => Some((value, 0)),
        }
    }

    fn stores(&mut self, b: Block) {
        let is_store = |i: &&Inst| matches!(self.func.inst(**i).op, Op::Store { ty: Type::I8, .. });
        if self.func.block(b).insts.iter().filter(is_store).take(2).count() < 2 {
            return;
        }
        let insts = self.func.block(b).insts.clone();
        // Stores of bytes of one value to neighbouring places, nothing that can be seen between them.
        let mut run: Vec<(Inst, Value)> = Vec::new();
        let mut parts = Parts::new();
        let mut gone: Vec<Inst> = Vec::new();
        let mut before: Before = FxHashMap::default();
        for &i in &insts {
            let part = match self.func.inst(i).op {
                Op::Store { ty: Type::I8, addr, value } => self
                    .place(addr)
                    .and_then(|p| self.byte_of(value).map(|(from, shift)| (from, (shift, p, addr)))),
                Op::Load { .. } | Op::Check { .. } | Op::NilCheck(_) => None,
                ref op if op.is_terminator() || self.may_write(i) => None,
                _ => continue,
            };
            let fits = |from: Value, p: &Place| run.last().is_some_and(|l| l.1 == from) && parts[0].1.near(p);
            match part {
                Some((from, part)) if fits(from, &part.1) => {
                    run.push((i, from));
                    parts.push(part);
                }
                part => {
                    run.clear();
                    parts.clear();
                    let Some((from, part)) = part else { continue };
                    run.push((i, from));
                    parts.push(part);
                }
            }
            let from = run[0].1;
            let bits = 8 * i64::from(self.func.ty(from).bytes());
            if 8 * parts.len() as i64 != bits || self.func.ty(from) == Type::Ptr {
                continue;
            }
            if let Some((addr, wide, swapped)) = whole(&mut parts) {
                let data = self.func.inst(i);
                let (pos, scope) = (data.pos, data.scope);
                let mut value = from;
                if swapped {
                    let swap = self.func.new_inst(Op::Unary(UnOp::Bswap, from), &[wide], pos, scope);
                    before.entry(i).or_default().push(swap);
                    value = self.func.inst(swap).results[0];
                }
                self.func.insts[i.index()].op = Op::Store { ty: wide, addr, value };
                gone.extend(run.iter().map(|s| s.0).filter(|&s| s != i));
            }
            run.clear();
            parts.clear();
        }
        if gone.is_empty() {
            return;
        }
        let mut out = Vec::with_capacity(insts.len());
        for i in insts {
            if gone.contains(&i) {
                continue;
            }
            out.extend(before.get(&i).into_iter().flatten());
            out.push(i);
        }
        self.func.blocks[b.index()].insts = out;
    }
}

/// Whether bytes are all of one wide access: the address of the first, the access's type, and whether their order is that of big
/// endian.
fn whole(parts: &mut Parts) -> Option<(Value, Type, bool)> {
    let wide = match parts.len() {
        2 => Type::I16,
        4 => Type::I32,
        8 => Type::I64,
        _ => return None,
    };
    parts.sort_by_key(|p| p.0);
    let (_, first, _) = parts[0];
    let last = parts.len() as i64 - 1;
    let in_order = |step: i64| {
        parts.iter().enumerate().all(|(n, (shift, place, _))| {
            *shift == 8 * n as i64
                && place.near(&first)
                && first.offset.checked_add(step * n as i64) == Some(place.offset)
        })
    };
    if in_order(1) {
        return Some((parts[0].2, wide, false));
    }
    in_order(-1).then(|| (parts[last as usize].2, wide, true))
}
