//! Equality of values of any comparable type.
//!
//! In: two values of one canonical type. Out: an I8. Guarantees: stops at the first difference, so that a comparison
//! panics (uncomparable dynamic types) only where Go's may.

use escargo_abi::types::ITAB_TYPE;
use escargo_ir::{BinOp, Block, Builder, ConvOp, FloatCC, IntCC, Op, Rt, Type, Value, Values};
use escargo_types::world::TypeId;

use crate::func::FuncLowerer;
use crate::program::Lowerer;
use crate::types::Kind;
use crate::value::Val;

impl FuncLowerer<'_, '_> {
    /// `x == y` for values of one type.
    pub fn equal(&mut self, t: TypeId, x: &Val, y: &Val) -> Value {
        self.l.equal(&mut self.b, t, x, y)
    }
}

impl Lowerer {
    /// `x == y` for values of one type.
    pub fn equal(&mut self, b: &mut Builder, t: TypeId, x: &Val, y: &Val) -> Value {
        if let (Val::Mem(p), Val::Mem(q)) = (x, y) {
            return self.equal_memory(b, t, *p, *q);
        }
        let mut parts = Vec::new();
        self.comparable_parts(t, 0, &mut parts);
        let (x, y) = (x.scalars(), y.scalars());
        match parts.len() {
            0 => b.iconst(Type::I8, 1),
            1 => {
                let (t, at) = parts[0];
                self.equal_part(b, t, at, x, y)
            }
            n => {
                // Cheap scalars are compared without branches; strings and interfaces only if all before were equal.
                let join = b.create_block();
                let result = b.block_param(join, Type::I8);
                let mut so_far: Option<Value> = None;
                for (i, &(t, at)) in parts.iter().enumerate() {
                    let costly = matches!(self.kind(t), Kind::String | Kind::Interface);
                    if let (true, Some(cond)) = (costly, so_far) {
                        self.continue_if(b, cond, join);
                        so_far = None;
                    }
                    let eq = self.equal_part(b, t, at, x, y);
                    let eq = match so_far {
                        Some(s) => b.binary(BinOp::And, s, eq),
                        None => eq,
                    };
                    if costly && i + 1 < n {
                        self.continue_if(b, eq, join);
                        so_far = None;
                    } else {
                        so_far = Some(eq);
                    }
                }
                let last = match so_far {
                    Some(v) => v,
                    None => b.iconst(Type::I8, 1),
                };
                b.jump(join, &[last]);
                b.switch_to(join);
                result
            }
        }
    }

    /// Goes on if `cond` holds; otherwise jumps to `join` with false.
    fn continue_if(&mut self, b: &mut Builder, cond: Value, join: Block) {
        let next = b.create_block();
        let no = b.iconst(Type::I8, 0);
        b.push(
            Op::Branch {
                cond,
                then: next,
                then_args: Values::new(),
                els: join,
                els_args: Values::from_slice(&[no]),
            },
            &[],
        );
        b.switch_to(next);
    }

    /// The indivisible parts of a flattened type: (type, index of its first scalar). Blank fields do not count.
    fn comparable_parts(&mut self, t: TypeId, at: usize, out: &mut Vec<(TypeId, usize)>) -> usize {
        match self.kind(t) {
            Kind::Struct => {
                let mut at = at;
                for f in self.fields(t).iter() {
                    let start = out.len();
                    at = self.comparable_parts(f.ty, at, out);
                    if f.name.is_blank() {
                        out.truncate(start);
                    }
                }
                at
            }
            Kind::Array { len, elem } => {
                if self.info_of(t).size == 0 {
                    return at;
                }
                let mut at = at;
                for _ in 0..len {
                    at = self.comparable_parts(elem, at, out);
                }
                at
            }
            _ => {
                out.push((t, at));
                at + self.info_of(t).leaves.len()
            }
        }
    }

    fn equal_part(&mut self, b: &mut Builder, t: TypeId, at: usize, x: &[Value], y: &[Value]) -> Value {
        match self.kind(t) {
            Kind::Float(_) => b.fcmp(FloatCC::Eq, x[at], y[at]),
            Kind::Complex(_) => {
                let re = b.fcmp(FloatCC::Eq, x[at], y[at]);
                let im = b.fcmp(FloatCC::Eq, x[at + 1], y[at + 1]);
                b.binary(BinOp::And, re, im)
            }
            Kind::String => self.equal_strings(b, (x[at], x[at + 1]), (y[at], y[at + 1])),
            Kind::Interface => {
                let empty = self.iface_methods(t).is_empty();
                self.equal_interfaces(b, empty, (x[at], x[at + 1]), (y[at], y[at + 1]))
            }
            _ => b.icmp(IntCC::Eq, x[at], y[at]),
        }
    }

    fn equal_memory(&mut self, b: &mut Builder, t: TypeId, p: Value, q: Value) -> Value {
        let r = if self.is_regular_memory(t) {
            let size = self.info_of(t).size;
            let n = b.iconst(Type::I64, size as i64);
            b.value(
                Op::CallRt { rt: Rt::memequal, site: None, args: Values::from_slice(&[p, q, n]) },
                Type::I64,
            )
        } else {
            let d = self.type_addr(b, t);
            b.value(
                Op::CallRt { rt: Rt::value_equal, site: None, args: Values::from_slice(&[d, p, q]) },
                Type::I64,
            )
        };
        b.value(Op::Convert { op: ConvOp::Trunc, to: Type::I8, value: r }, Type::I8)
    }

    /// The value of a constant integer.
    fn known_int(b: &Builder, v: Value) -> Option<i64> {
        match b.func.values[v.index()].def {
            escargo_ir::Def::Result(i, _) => match b.func.inst(i).op {
                Op::Iconst { value, .. } => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    fn equal_strings(&mut self, b: &mut Builder, x: (Value, Value), y: (Value, Value)) -> Value {
        let lens = b.icmp(IntCC::Eq, x.1, y.1);
        if Self::known_int(b, x.1) == Some(0) || Self::known_int(b, y.1) == Some(0) {
            return lens;
        }
        let join = b.create_block();
        let result = b.block_param(join, Type::I8);
        self.continue_if(b, lens, join);
        let args = Values::from_slice(&[x.0, y.0, x.1]);
        let r = b.value(Op::CallRt { rt: Rt::memequal, site: None, args }, Type::I64);
        let r = b.value(Op::Convert { op: ConvOp::Trunc, to: Type::I8, value: r }, Type::I8);
        b.jump(join, &[r]);
        b.switch_to(join);
        result
    }

    /// The dynamic type of an interface with methods, or null.
    fn itab_type(&mut self, b: &mut Builder, tab: Value) -> Value {
        let (load, join) = (b.create_block(), b.create_block());
        let result = b.block_param(join, Type::Ptr);
        let null = b.null();
        let is_null = b.icmp(IntCC::Eq, tab, null);
        b.push(
            Op::Branch {
                cond: is_null,
                then: join,
                then_args: Values::from_slice(&[null]),
                els: load,
                els_args: Values::new(),
            },
            &[],
        );
        b.switch_to(load);
        let offset = b.iconst(Type::I64, ITAB_TYPE as i64);
        let at = b.value(Op::Offset { base: tab, offset }, Type::Ptr);
        let t = b.load(Type::Ptr, at);
        b.jump(join, &[t]);
        b.switch_to(join);
        result
    }

    /// Tables of one (interface, type) pair may exist twice, static and made at run time: the types decide.
    fn equal_interfaces(
        &mut self,
        b: &mut Builder,
        empty: bool,
        x: (Value, Value),
        y: (Value, Value),
    ) -> Value {
        let (tx, ty) = if empty { (x.0, y.0) } else { (self.itab_type(b, x.0), self.itab_type(b, y.0)) };
        let join = b.create_block();
        let result = b.block_param(join, Type::I8);
        let same = b.icmp(IntCC::Eq, tx, ty);
        self.continue_if(b, same, join);
        let call = b.create_block();
        let null = b.null();
        let is_nil = b.icmp(IntCC::Eq, tx, null);
        b.push(
            Op::Branch {
                cond: is_nil,
                then: join,
                then_args: Values::from_slice(&[is_nil]),
                els: call,
                els_args: Values::new(),
            },
            &[],
        );
        b.switch_to(call);
        let args = Values::from_slice(&[tx, x.1, y.1]);
        let r = b.value(Op::CallRt { rt: Rt::iface_equal, site: None, args }, Type::I64);
        let r = b.value(Op::Convert { op: ConvOp::Trunc, to: Type::I8, value: r }, Type::I8);
        b.jump(join, &[r]);
        b.switch_to(join);
        result
    }
}
