//! Values of Go types as IR values: scalars, or the address of memory that holds them; loads and stores leaf by leaf.
//!
//! In: a builder, addresses, canonical types. Out: values. Guarantees: addresses of parts are made by `field` and
//! `elem`, so that analyses see them.

use escargo_ir::{Builder, Op, Type, Value, Values};
use escargo_types::world::TypeId;

use crate::program::Lowerer;
use crate::types::{Leaf, Step, TyInfo};

/// The value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    /// One value a leaf of the type.
    Scalars(Values),
    /// The address of the value, for types in memory.
    Mem(Value),
}

impl Val {
    pub fn one(v: Value) -> Val {
        Val::Scalars(Values::from_slice(&[v]))
    }

    pub fn of(vs: &[Value]) -> Val {
        Val::Scalars(Values::from_slice(vs))
    }

    pub fn empty() -> Val {
        Val::Scalars(Values::new())
    }

    /// The scalars; none for a value in memory.
    pub fn scalars(&self) -> &[Value] {
        match self {
            Val::Scalars(v) => v,
            Val::Mem(_) => &[],
        }
    }

    /// The only (or first) scalar. Requires: there is one.
    pub fn scalar(&self) -> Value {
        match self {
            Val::Scalars(v) => v[0],
            Val::Mem(a) => *a,
        }
    }

    /// The values by which it is passed: its scalars, or its address.
    pub fn pass(&self) -> Values {
        match self {
            Val::Scalars(v) => v.clone(),
            Val::Mem(a) => Values::from_slice(&[*a]),
        }
    }
}

impl Lowerer {
    /// The address of a leaf of a value at `addr`.
    pub fn leaf_addr(&mut self, b: &mut Builder, _info: &TyInfo, leaf: &Leaf, addr: Value) -> Value {
        let mut addr = addr;
        for step in &leaf.path {
            addr = match *step {
                Step::Field(layout, i) => b.field(addr, layout, i),
                Step::Elem(layout, i) => {
                    let index = b.iconst(Type::I64, i as i64);
                    b.elem(addr, layout, index)
                }
            };
        }
        addr
    }

    /// The value of type `t` at `addr`; one in memory is not copied.
    pub fn load_val(&mut self, b: &mut Builder, addr: Value, t: TypeId) -> Val {
        let info = self.info_of(t);
        if info.in_mem {
            return Val::Mem(addr);
        }
        let mut out = Values::new();
        for leaf in &info.leaves {
            let a = self.leaf_addr(b, &info, leaf, addr);
            out.push(b.load(leaf.ty, a));
        }
        Val::Scalars(out)
    }

    /// Stores a value of type `t` at `addr`.
    pub fn store_val(&mut self, b: &mut Builder, addr: Value, t: TypeId, v: &Val) {
        let info = self.info_of(t);
        match v {
            Val::Mem(src) => {
                if *src != addr && info.size > 0 {
                    b.push(Op::Copy { layout: info.layout, dst: addr, src: *src }, &[]);
                }
            }
            Val::Scalars(vs) => {
                for (leaf, &v) in info.leaves.iter().zip(vs) {
                    let a = self.leaf_addr(b, &info, leaf, addr);
                    b.store(a, v);
                }
            }
        }
    }

    /// The zero value of type `t`; one in memory is static and must not be written.
    pub fn zero_val(&mut self, b: &mut Builder, t: TypeId) -> Val {
        let info = self.info_of(t);
        if info.in_mem {
            let g = self.zero_global(info.size);
            return Val::Mem(b.value(Op::GlobalAddr(g, 0), Type::Ptr));
        }
        Val::Scalars(info.leaves.iter().map(|l| zero_scalar(b, l.ty)).collect())
    }

    /// The indices of a field's scalars among those of its struct, for a struct that is not in memory.
    pub fn field_leaves(&mut self, strct: TypeId, field: usize) -> std::ops::Range<usize> {
        let fields = self.fields(strct);
        let mut start = 0;
        for f in &fields[..field] {
            start += self.info_of(f.ty).leaves.len();
        }
        start..start + self.info_of(fields[field].ty).leaves.len()
    }
}

/// Zero of a scalar type.
pub fn zero_scalar(b: &mut Builder, ty: Type) -> Value {
    match ty {
        Type::Ptr => b.null(),
        Type::F32 => b.value(Op::F32const(0), ty),
        Type::F64 => b.value(Op::F64const(0), ty),
        _ => b.iconst(ty, 0),
    }
}
