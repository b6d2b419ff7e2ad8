//! What operations are, and what they name: classes, operands, targets.
//!
//! In: an operation. Out: answers about it, and walks over its parts in the order of the text form.

use crate::entity::{Block, Value};
use crate::func::Op;

impl Op {
    #[inline]
    pub fn is_terminator(&self) -> bool {
        matches!(
            self,
            Op::Jump { .. }
                | Op::Branch { .. }
                | Op::Switch { .. }
                | Op::Return(_)
                | Op::TailCall { .. }
                | Op::TailCallClosure { .. }
                | Op::TailCallMethod { .. }
                | Op::Unreachable
        )
    }

    /// Whether it makes a number or an address of nothing.
    #[inline]
    pub fn is_constant(&self) -> bool {
        matches!(
            self,
            Op::Iconst { .. }
                | Op::F32const(_)
                | Op::F64const(_)
                | Op::Null
                | Op::GlobalAddr(..)
                | Op::FuncAddr(_)
        )
    }

    /// Whether it makes values of values or of nothing, and does nothing else: no memory, no effect, no way to fail.
    #[inline]
    pub fn is_computation(&self) -> bool {
        let combines = matches!(
            self,
            Op::Unary(..)
                | Op::Binary(..)
                | Op::Icmp(..)
                | Op::Fcmp(..)
                | Op::Convert { .. }
                | Op::Select(..)
                | Op::Fma(..)
                | Op::AddCarry(..)
                | Op::SubBorrow(..)
                | Op::Field { .. }
                | Op::Elem { .. }
                | Op::Offset { .. }
        );
        combines || self.is_constant()
    }

    /// What is only there for debuggers.
    #[inline]
    pub fn is_debug(&self) -> bool {
        matches!(self, Op::DebugAddr { .. } | Op::DebugValue { .. })
    }

    /// Calls `f` on every operand, in order; block arguments included, those of debug operations not.
    pub fn for_each_operand(&self, mut f: impl FnMut(Value)) {
        // The mutable walk defines the order; cloning is avoided by visiting through a shared reference here.
        macro_rules! all {
            ($vs:expr) => {
                $vs.iter().copied().for_each(&mut f)
            };
        }
        match self {
            Op::Iconst { .. }
            | Op::F32const(_)
            | Op::F64const(_)
            | Op::Null
            | Op::GlobalAddr(..)
            | Op::FuncAddr(_)
            | Op::FramePointer
            | Op::ReturnAddress
            | Op::DebugAddr { .. }
            | Op::DebugValue { .. }
            | Op::Unreachable => {}
            Op::Unary(_, a) | Op::NilCheck(a) | Op::KeepAlive(a) => f(*a),
            Op::Binary(_, a, b) | Op::Icmp(_, a, b) | Op::Fcmp(_, a, b) => {
                f(*a);
                f(*b)
            }
            Op::Convert { value, .. } => f(*value),
            Op::Select(a, b, c) | Op::Fma(a, b, c) | Op::AddCarry(a, b, c) | Op::SubBorrow(a, b, c) => {
                f(*a);
                f(*b);
                f(*c)
            }
            Op::Alloc { count, .. } => {
                if let Some(c) = count {
                    f(*c)
                }
            }
            Op::Field { base, .. } => f(*base),
            Op::Elem { base, index, .. } => {
                f(*base);
                f(*index)
            }
            Op::Offset { base, offset } => {
                f(*base);
                f(*offset)
            }
            Op::Load { addr, .. } | Op::AtomicLoad { addr, .. } | Op::Zero { addr, .. } => f(*addr),
            Op::Store { addr, value, .. }
            | Op::AtomicStore { addr, value, .. }
            | Op::AtomicRmw { addr, value, .. } => {
                f(*addr);
                f(*value)
            }
            Op::Copy { dst, src, .. } => {
                f(*dst);
                f(*src)
            }
            Op::Check { x, y, .. } => {
                f(*x);
                if let Some(y) = y {
                    f(*y)
                }
            }
            Op::AtomicCas { addr, old, new, .. } => {
                f(*addr);
                f(*old);
                f(*new)
            }
            Op::Call { args, .. }
            | Op::CallRt { args, .. }
            | Op::TailCall { args, .. }
            | Op::Return(args)
            | Op::Jump { args, .. } => all!(args),
            Op::CallClosure { closure, args, .. } | Op::TailCallClosure { closure, args, .. } => {
                f(*closure);
                all!(args)
            }
            Op::CallMethod { itab, recv, args, .. } | Op::TailCallMethod { itab, recv, args, .. } => {
                f(*itab);
                f(*recv);
                all!(args)
            }
            Op::Branch { cond, then_args, els_args, .. } => {
                f(*cond);
                all!(then_args);
                all!(els_args)
            }
            Op::Switch { value, .. } => f(*value),
        }
    }

    /// Calls `f` on every operand in the same order, and on those of debug operations, to replace it.
    pub fn for_each_operand_mut(&mut self, mut f: impl FnMut(&mut Value)) {
        macro_rules! all {
            ($vs:expr) => {
                $vs.iter_mut().for_each(&mut f)
            };
        }
        match self {
            Op::Iconst { .. }
            | Op::F32const(_)
            | Op::F64const(_)
            | Op::Null
            | Op::GlobalAddr(..)
            | Op::FuncAddr(_)
            | Op::FramePointer
            | Op::ReturnAddress
            | Op::Unreachable => {}
            Op::Unary(_, a)
            | Op::NilCheck(a)
            | Op::KeepAlive(a)
            | Op::DebugAddr { addr: a, .. }
            | Op::DebugValue { value: a, .. } => f(a),
            Op::Binary(_, a, b) | Op::Icmp(_, a, b) | Op::Fcmp(_, a, b) => {
                f(a);
                f(b)
            }
            Op::Convert { value, .. } => f(value),
            Op::Select(a, b, c) | Op::Fma(a, b, c) | Op::AddCarry(a, b, c) | Op::SubBorrow(a, b, c) => {
                f(a);
                f(b);
                f(c)
            }
            Op::Alloc { count, .. } => {
                if let Some(c) = count {
                    f(c)
                }
            }
            Op::Field { base, .. } => f(base),
            Op::Elem { base, index, .. } => {
                f(base);
                f(index)
            }
            Op::Offset { base, offset } => {
                f(base);
                f(offset)
            }
            Op::Load { addr, .. } | Op::AtomicLoad { addr, .. } | Op::Zero { addr, .. } => f(addr),
            Op::Store { addr, value, .. }
            | Op::AtomicStore { addr, value, .. }
            | Op::AtomicRmw { addr, value, .. } => {
                f(addr);
                f(value)
            }
            Op::Copy { dst, src, .. } => {
                f(dst);
                f(src)
            }
            Op::Check { x, y, .. } => {
                f(x);
                if let Some(y) = y {
                    f(y)
                }
            }
            Op::AtomicCas { addr, old, new, .. } => {
                f(addr);
                f(old);
                f(new)
            }
            Op::Call { args, .. }
            | Op::CallRt { args, .. }
            | Op::TailCall { args, .. }
            | Op::Return(args)
            | Op::Jump { args, .. } => all!(args),
            Op::CallClosure { closure, args, .. } | Op::TailCallClosure { closure, args, .. } => {
                f(closure);
                all!(args)
            }
            Op::CallMethod { itab, recv, args, .. } | Op::TailCallMethod { itab, recv, args, .. } => {
                f(itab);
                f(recv);
                all!(args)
            }
            Op::Branch { cond, then_args, els_args, .. } => {
                f(cond);
                all!(then_args);
                all!(els_args)
            }
            Op::Switch { value, .. } => f(value),
        }
    }

    /// Calls `f` on every successor block.
    pub fn for_each_successor(&self, mut f: impl FnMut(Block)) {
        match self {
            Op::Jump { to, .. } => f(*to),
            Op::Branch { then, els, .. } => {
                f(*then);
                f(*els)
            }
            Op::Switch { cases, default, .. } => {
                for (_, b) in cases {
                    f(*b)
                }
                f(*default)
            }
            _ => {}
        }
    }
}
