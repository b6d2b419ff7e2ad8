//! What passes share: replacing values, editing edges, constants, address roots.
//!
//! Guarantees: near-linear, no recursion.

use escargo_ir::{Block, Def, Func, Inst, InstData, Module, Op, Shape, Type, Value, Values};

/// Replacements of values by others, applied lazily.
pub struct Replace {
    /// Empty until the first replacement.
    map: Vec<Value>,
    values: u32,
    pub any: bool,
}

impl Replace {
    pub fn new(func: &Func) -> Replace {
        Replace { map: Vec::new(), values: func.values.len() as u32, any: false }
    }

    /// What stands for `v` now.
    #[inline]
    pub fn get(&mut self, v: Value) -> Value {
        if v.index() >= self.map.len() {
            return v;
        }
        self.find(v)
    }

    fn find(&mut self, v: Value) -> Value {
        let mut root = v;
        while self.map[root.index()] != root {
            root = self.map[root.index()];
            if root.index() >= self.map.len() {
                break;
            }
        }
        let mut at = v;
        while at != root && at.index() < self.map.len() {
            at = std::mem::replace(&mut self.map[at.index()], root);
        }
        root
    }

    pub fn set(&mut self, from: Value, to: Value) {
        let to = self.get(to);
        if from != to {
            if self.map.is_empty() {
                self.map.extend((0..self.values).map(Value));
            }
            self.map[from.index()] = to;
            self.any = true;
        }
    }

    /// Rewrites every operand.
    pub fn apply(&mut self, func: &mut Func) {
        if !self.any {
            return;
        }
        for i in 0..func.order.len() {
            let b = func.order[i];
            for n in 0..func.blocks[b.index()].insts.len() {
                let inst = func.blocks[b.index()].insts[n];
                func.insts[inst.index()].op.for_each_operand_mut(|v| *v = self.get(*v));
            }
        }
    }
}

/// The instruction that defines a value.
pub fn def_inst(func: &Func, v: Value) -> Option<Inst> {
    match func.values[v.index()].def {
        Def::Result(i, _) => Some(i),
        _ => None,
    }
}

pub fn def_op(func: &Func, v: Value) -> Option<&Op> {
    def_inst(func, v).map(|i| &func.inst(i).op)
}

/// The value of an integer constant, sign-extended.
pub fn konst(func: &Func, v: Value) -> Option<i64> {
    match def_op(func, v)? {
        Op::Iconst { ty, value } => Some(normal(*ty, *value)),
        _ => None,
    }
}

/// Sign-extends from the width of a type.
pub fn normal(ty: Type, value: i64) -> i64 {
    let shift = 64 - ty.bytes() * 8;
    value << shift >> shift
}

/// The same bits, zero-extended.
pub fn unsigned(ty: Type, value: i64) -> u64 {
    let shift = 64 - ty.bytes() * 8;
    (value as u64) << shift >> shift
}

pub fn zero_op(ty: Type) -> Op {
    match ty {
        Type::Ptr => Op::Null,
        Type::F32 => Op::F32const(0),
        Type::F64 => Op::F64const(0),
        _ => Op::Iconst { ty, value: 0 },
    }
}

/// An address as a root and what is added to it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Address {
    pub root: Value,
    /// Constant byte offset; None after an index or raw arithmetic that is not constant.
    pub offset: Option<i64>,
    /// Raw arithmetic is part of the path.
    pub raw: bool,
}

/// Follows fields, elements and offsets to the root of an address.
pub fn address(module: &Module, func: &Func, v: Value) -> Address {
    let mut a = Address { root: v, offset: Some(0), raw: false };
    while let Some(op) = def_op(func, a.root) {
        match op {
            Op::Field { base, layout, field } => {
                if let Shape::Struct(fields) = &module.layout(*layout).shape {
                    let o = fields[*field as usize].offset as i64;
                    a.offset = a.offset.and_then(|x| x.checked_add(o));
                }
                a.root = *base;
            }
            Op::Elem { base, layout, index } => {
                let size = module.layout(*layout).size as i64;
                a.offset = match (a.offset, konst(func, *index)) {
                    (Some(x), Some(i)) => i.checked_mul(size).and_then(|o| x.checked_add(o)),
                    _ => None,
                };
                a.root = *base;
            }
            Op::Offset { base, offset } => {
                a.raw = true;
                a.offset = match (a.offset, konst(func, *offset)) {
                    (Some(x), Some(o)) => x.checked_add(o),
                    _ => None,
                };
                a.root = *base;
            }
            _ => break,
        }
    }
    a
}

/// The root of an address alone.
pub fn root(func: &Func, v: Value) -> Value {
    let mut root = v;
    while let Some(Op::Field { base, .. } | Op::Elem { base, .. } | Op::Offset { base, .. }) =
        def_op(func, root)
    {
        root = *base;
    }
    root
}

/// Whether a pointer is never null, from its definition alone.
pub fn never_null(func: &Func, v: Value) -> bool {
    let mut v = v;
    loop {
        match def_op(func, v) {
            Some(Op::Alloc { .. } | Op::GlobalAddr(..) | Op::FuncAddr(_)) => return true,
            Some(Op::Field { base, .. } | Op::Elem { base, .. }) => v = *base,
            _ => return false,
        }
    }
}

/// Calls `f` with the arguments of each edge from `from` to `to`; Switch edges carry none.
pub fn edge_args_mut(op: &mut Op, to: Block, mut f: impl FnMut(&mut Values)) {
    match op {
        Op::Jump { to: t, args } if *t == to => f(args),
        Op::Branch { then, then_args, els, els_args, .. } => {
            if *then == to {
                f(then_args);
            }
            if *els == to {
                f(els_args);
            }
        }
        _ => {}
    }
}

/// Calls `f` on every (target, arguments) of a terminator.
pub fn for_each_edge(op: &Op, mut f: impl FnMut(Block, &[Value])) {
    match op {
        Op::Jump { to, args } => f(*to, args),
        Op::Branch { then, then_args, els, els_args, .. } => {
            f(*then, then_args);
            f(*els, els_args);
        }
        Op::Switch { cases, default, .. } => {
            for (_, b) in cases {
                f(*b, &[]);
            }
            f(*default, &[]);
        }
        _ => {}
    }
}

/// Redirects every edge to a block.
pub fn for_each_target_mut(op: &mut Op, mut f: impl FnMut(&mut Block)) {
    match op {
        Op::Jump { to, .. } => f(to),
        Op::Branch { then, els, .. } => {
            f(then);
            f(els);
        }
        Op::Switch { cases, default, .. } => {
            for (_, b) in cases {
                f(b);
            }
            f(default);
        }
        _ => {}
    }
}

/// Drops blocks that the entry does not reach, and marks what they defined as removed.
pub fn remove_unreachable(func: &mut Func) -> bool {
    let mut seen = vec![false; func.blocks.len()];
    let Some(&entry) = func.order.first() else { return false };
    let mut work = vec![entry];
    seen[entry.index()] = true;
    while let Some(b) = work.pop() {
        if let Some(t) = func.terminator(b) {
            t.op.for_each_successor(|s| {
                if !std::mem::replace(&mut seen[s.index()], true) {
                    work.push(s);
                }
            });
        }
    }
    let before = func.order.len();
    let Func { order, blocks, insts, values, .. } = func;
    order.retain(|b| {
        if seen[b.index()] {
            return true;
        }
        let data = std::mem::take(&mut blocks[b.index()]);
        for v in data.params {
            values[v.index()].def = Def::None;
        }
        for i in data.insts {
            for v in &insts[i.index()].results {
                values[v.index()].def = Def::None;
            }
        }
        false
    });
    func.order.len() != before
}

/// Gives every edge from a Switch to a block with other predecessors a block of its own, so that blocks can get parameters.
/// Whether there were any.
pub fn split_switch_edges(func: &mut Func) -> bool {
    let mut preds = vec![0u32; func.blocks.len()];
    let mut any = false;
    for &b in &func.order {
        if let Some(t) = func.terminator(b) {
            any |= matches!(t.op, Op::Switch { .. });
            t.op.for_each_successor(|s| preds[s.index()] += 1);
        }
    }
    if !any {
        return false;
    }
    for b in func.order.clone() {
        let Some(&last) = func.block(b).insts.last() else { continue };
        if !matches!(func.inst(last).op, Op::Switch { .. }) {
            continue;
        }
        let InstData { mut op, pos, scope, .. } = func.inst(last).clone();
        // Cases with one target share the new block.
        let mut made: Vec<(Block, Block)> = Vec::new();
        for_each_target_mut(&mut op, |t| {
            if preds[t.index()] < 2 {
                return;
            }
            if let Some((_, n)) = made.iter().find(|(old, _)| old == t) {
                *t = *n;
                return;
            }
            let n = func.new_block();
            func.blocks[n.index()].cold = func.blocks[t.index()].cold;
            let jump = func.new_inst(Op::Jump { to: *t, args: Values::new() }, &[], pos, scope);
            func.blocks[n.index()].insts.push(jump);
            func.order.push(n);
            made.push((*t, n));
            *t = n;
        });
        func.insts[last.index()].op = op;
    }
    true
}

/// Puts an instruction at the start of the entry block.
pub fn insert_at_entry(func: &mut Func, op: Op, ty: Type) -> Value {
    let inst = func.new_inst(op, &[ty], escargo_ir::Pos::default(), 0);
    let entry = func.order[0];
    func.blocks[entry.index()].insts.insert(0, inst);
    func.inst(inst).results[0]
}
