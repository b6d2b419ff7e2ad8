//! Alias classes: memory accesses of a function in at most 64 classes, and which writes may touch which classes.
//!
//! In: a function. Out: a class for each scalar access, a kill mask for each instruction. Assumes what Go's type system gives: one
//! word is not accessed as two types through unrelated pointers, nor as two fields of one layout, nor both as an element of
//! a slice of scalars and as a field. Accesses through one root are compared by their offsets, so that unsafe code that
//! reinterprets a variable in place is seen.

use escargo_ir::{Def, Func, GlobalId, Inst, LayoutId, Module, Op, Rt, Shape, Type, Value};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::bytes::is_byte;
use crate::dce::rt_is_pure;
use crate::edit::{Address, address, def_op};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Root {
    /// An object of this function whose address is only used to access it.
    Private(Inst),
    /// Another object of this function.
    Object(Inst),
    Global(GlobalId),
    Other,
}

/// The last step of an address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Step {
    Field(LayoutId, u32),
    Elem,
    /// Several bytes at once.
    Bytes,
    Plain,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Class {
    root: Root,
    ty: Type,
    step: Step,
    /// Constant offset from an identified root.
    offset: Option<i64>,
    readonly: bool,
}

pub struct Memory {
    classes: Vec<Class>,
    /// By class: classes that a write to it may change.
    kills: Vec<u64>,
    /// What a call may change.
    pub call: u64,
    class_of: FxHashMap<Class, u32>,
    private: FxHashSet<Inst>,
}

/// Every class.
pub const ALL: u64 = u64::MAX;

fn may_alias(a: &Class, b: &Class) -> bool {
    let identified = |r: Root| !matches!(r, Root::Other);
    if identified(a.root) && a.root == b.root {
        return match (a.offset, b.offset) {
            (Some(x), Some(y)) => x < y + i64::from(b.ty.bytes()) && y < x + i64::from(a.ty.bytes()),
            _ => true,
        };
    }
    let hidden = |r: Root| matches!(r, Root::Private(_));
    if hidden(a.root) || hidden(b.root) || (identified(a.root) && identified(b.root)) {
        return false;
    }
    if a.step == Step::Bytes || b.step == Step::Bytes {
        let bytes = |c: &Class| c.step == Step::Bytes || c.ty == Type::I8;
        return bytes(a) && bytes(b);
    }
    if a.ty != b.ty {
        return false;
    }
    match (a.step, b.step) {
        (Step::Field(l, f), Step::Field(k, g)) => l != k || f == g,
        (Step::Field(..), Step::Elem) | (Step::Elem, Step::Field(..)) => false,
        _ => true,
    }
}

impl Memory {
    pub fn new(m: &Module, f: &Func) -> Memory {
        let private = private_objects(m, f);
        let mut mem = Memory {
            classes: Vec::new(),
            kills: Vec::new(),
            call: 0,
            class_of: FxHashMap::default(),
            private,
        };
        for &b in &f.order {
            for &i in &f.block(b).insts {
                if let Op::Load { ty, addr } | Op::Store { ty, addr, .. } = f.inst(i).op {
                    let c = mem.describe(m, f, addr, ty);
                    if mem.classes.len() < 63 && !mem.class_of.contains_key(&c) {
                        mem.class_of.insert(c, mem.classes.len() as u32);
                        mem.classes.push(c);
                    }
                }
            }
        }
        mem.kills = mem
            .classes
            .iter()
            .map(|a| {
                // Class 63 holds what found no place in the table.
                mem.classes
                    .iter()
                    .enumerate()
                    .filter(|(_, b)| may_alias(a, b))
                    .fold(1 << 63, |mask, (i, _)| mask | 1 << i)
            })
            .collect();
        mem.call = mem
            .classes
            .iter()
            .enumerate()
            .filter(|(_, c)| !c.readonly && !matches!(c.root, Root::Private(_)))
            .fold(1 << 63, |mask, (i, _)| mask | 1 << i);
        mem
    }

    fn describe(&self, m: &Module, f: &Func, addr: Value, ty: Type) -> Class {
        let Address { root, offset, raw } = address(m, f, addr);
        let (root, offset, readonly) = match f.values[root.index()].def {
            Def::Result(i, _) => match &f.inst(i).op {
                Op::Alloc { .. } if self.private.contains(&i) => (Root::Private(i), offset, false),
                Op::Alloc { .. } => (Root::Object(i), offset, false),
                Op::GlobalAddr(g, o) => {
                    (Root::Global(*g), offset.and_then(|x| x.checked_add(*o)), m.globals[g.index()].readonly)
                }
                _ => (Root::Other, None, false),
            },
            _ => (Root::Other, None, false),
        };
        let step = match def_op(f, addr) {
            _ if raw => Step::Plain,
            Some(Op::Field { layout, field, .. }) => Step::Field(*layout, *field),
            Some(Op::Elem { layout, .. }) if ty != Type::I8 && is_byte(m, *layout) => Step::Bytes,
            Some(Op::Elem { layout, .. }) if matches!(m.layout(*layout).shape, Shape::Scalar(_)) => {
                Step::Elem
            }
            _ => Step::Plain,
        };
        Class { root, ty, step, offset, readonly }
    }

    /// The classes that there are; the last one's accesses are nobody's business.
    pub fn known(&self) -> u64 {
        (1 << self.classes.len()) - 1
    }

    pub fn class(&self, m: &Module, f: &Func, addr: Value, ty: Type) -> u32 {
        self.class_of.get(&self.describe(m, f, addr, ty)).copied().unwrap_or(63)
    }

    /// Classes that an instruction may write.
    pub fn writes(&self, m: &Module, f: &Func, i: Inst) -> u64 {
        match &f.inst(i).op {
            Op::Store { ty, addr, .. } => {
                let c = self.describe(m, f, *addr, *ty);
                match self.class_of.get(&c) {
                    Some(&c) => self.kills[c as usize],
                    None => ALL,
                }
            }
            Op::Copy { dst: addr, .. } | Op::Zero { addr, .. } => {
                // An aggregate: everything but other identified objects.
                let c = self.describe(m, f, *addr, Type::I64);
                self.classes
                    .iter()
                    .enumerate()
                    .filter(|(_, k)| {
                        !k.readonly
                            && (k.root == c.root
                                || (c.root == Root::Other && !matches!(k.root, Root::Private(_)))
                                || (k.root == Root::Other && !matches!(c.root, Root::Private(_))))
                    })
                    .fold(1 << 63, |mask, (i, _)| mask | 1 << i)
            }
            Op::AtomicLoad { .. }
            | Op::AtomicStore { .. }
            | Op::AtomicRmw { .. }
            | Op::AtomicCas { .. }
            | Op::Call { .. }
            | Op::CallClosure { .. }
            | Op::CallMethod { .. }
            | Op::TailCall { .. }
            | Op::TailCallClosure { .. }
            | Op::TailCallMethod { .. } => self.call,
            Op::CallRt { rt, .. } => {
                let makes = matches!(rt, Rt::grow_slice | Rt::make_slice | Rt::make_slice_check);
                if makes || rt_is_pure(*rt) || rt.info().name.starts_with("print_") || rt.never_returns() {
                    0
                } else {
                    self.call
                }
            }
            // A new object's memory has no earlier contents in this execution.
            Op::Alloc { .. } => self.fresh(i),
            _ => 0,
        }
    }

    /// Classes rooted at an allocation: executing it again makes a new object.
    fn fresh(&self, alloc: Inst) -> u64 {
        self.classes
            .iter()
            .enumerate()
            .filter(|(_, c)| c.root == Root::Private(alloc) || c.root == Root::Object(alloc))
            .fold(0, |mask, (i, _)| mask | 1 << i)
    }
}

/// Allocations whose address is used only to load, store, copy, zero and check.
fn private_objects(m: &Module, f: &Func) -> FxHashSet<Inst> {
    let mut object: Vec<Option<Inst>> = vec![None; f.values.len()];
    let mut out = FxHashSet::default();
    let mut leaked = FxHashSet::default();
    for &b in &f.order {
        for &i in &f.block(b).insts {
            if let Op::Alloc { .. } = f.inst(i).op {
                out.insert(i);
            }
        }
    }
    if out.is_empty() {
        return out;
    }
    // Roots by definition, so that the order of blocks does not matter.
    let mut root = |v: Value| -> Option<Inst> {
        if let Some(i) = object[v.index()] {
            return Some(i);
        }
        let a = address(m, f, v);
        match f.values[a.root.index()].def {
            Def::Result(i, _) if matches!(f.inst(i).op, Op::Alloc { .. }) => {
                object[v.index()] = Some(i);
                Some(i)
            }
            _ => None,
        }
    };
    for &b in &f.order {
        for &i in &f.block(b).insts {
            match &f.inst(i).op {
                Op::Field { .. }
                | Op::Elem { .. }
                | Op::Load { .. }
                | Op::Zero { .. }
                | Op::Copy { .. }
                | Op::NilCheck(_) => {}
                Op::Store { value, .. } => {
                    if let Some(o) = root(*value) {
                        leaked.insert(o);
                    }
                }
                op => op.for_each_operand(|v| {
                    if f.ty(v) == Type::Ptr
                        && let Some(o) = root(v)
                    {
                        leaked.insert(o);
                    }
                }),
            }
        }
    }
    out.retain(|i| !leaked.contains(i));
    out
}
