//! Folding: evaluates operations on constants and simplifies by algebra.
//!
//! In: one instruction and its operands' definitions. Out: an existing value or a simpler operation, or nothing.

use escargo_ir::{
    BinOp, Check, ConvOp, FloatCC, Func, GlobalId, IntCC, Module, Op, RelocTarget, Rt, Type, UnOp, Value,
};

use crate::edit::{address, def_op, konst, never_null, normal, root, unsigned};

pub enum Fold {
    /// The first result is this value.
    Value(Value),
    /// The instruction becomes this operation.
    Op(Op),
    /// The instruction does nothing.
    Remove,
}

fn int(ty: Type, value: i64) -> Fold {
    Fold::Op(Op::Iconst { ty, value: normal(ty, value) })
}

fn boolean(b: bool) -> Fold {
    int(Type::I8, i64::from(b))
}

pub fn fold(m: &Module, f: &Func, op: &Op) -> Option<Fold> {
    match op {
        Op::Unary(op, a) => unary(f, *op, *a),
        Op::Binary(op, a, b) => binary(f, *op, *a, *b),
        Op::Icmp(cc, a, b) => icmp(f, *cc, *a, *b),
        Op::Fcmp(cc, a, b) => {
            let (x, y) = (float(f, *a)?, float(f, *b)?);
            Some(boolean(match cc {
                FloatCC::Eq => x == y,
                FloatCC::Ne => x != y,
                FloatCC::Lt => x < y,
                FloatCC::Le => x <= y,
                FloatCC::Gt => x > y,
                FloatCC::Ge => x >= y,
            }))
        }
        Op::Convert { op, to, value } => convert(f, *op, *to, *value),
        Op::Select(c, a, b) => {
            if a == b {
                return Some(Fold::Value(*a));
            }
            if let Some(c) = konst(f, *c) {
                return Some(Fold::Value(if c != 0 { *a } else { *b }));
            }
            match (f.ty(*a), konst(f, *a), konst(f, *b)) {
                (Type::I8, Some(1), Some(0)) if is_bool(f, *c) => Some(Fold::Value(*c)),
                (Type::I8, Some(0), Some(1)) if is_bool(f, *c) => inverted(f, *c).map(Fold::Op),
                _ => None,
            }
        }
        Op::NilCheck(a) => never_null(f, *a).then_some(Fold::Remove),
        Op::Check { check, x, y } => {
            let x = konst(f, *x);
            let ok = match (check, y) {
                (Check::Div, _) => x? != 0,
                (Check::Shift, _) => x? >= 0,
                (Check::Index | Check::IndexU, Some(y)) => (x? as u64) < konst(f, *y)? as u64,
                (Check::SliceConvert, Some(y)) => x? >= konst(f, *y)?,
                (_, Some(y)) => x == Some(0) || x? as u64 <= konst(f, *y)? as u64,
                _ => false,
            };
            ok.then_some(Fold::Remove)
        }
        Op::Load { ty, addr } => load(m, f, *ty, *addr),
        Op::CallRt { rt: Rt::make_slice_check, args, .. } => {
            let [size, len, cap] = args[..] else { return None };
            let (size, len, cap) = (konst(f, size)?, konst(f, len)?, konst(f, cap)?);
            // Far below what could be refused.
            let small = cap.checked_mul(size).is_some_and(|n| n <= 1 << 30);
            (0 <= len && len <= cap && small).then_some(Fold::Remove)
        }
        Op::Field { base, layout, field } => {
            // A field of static data is static data at an offset: loads and relocations look for that.
            let Some(Op::GlobalAddr(g, o)) = def_op(f, *base) else { return None };
            if !m.globals.get(g.index()).is_some_and(|g| g.readonly) {
                return None;
            }
            match &m.layout(*layout).shape {
                escargo_ir::Shape::Struct(fields) => {
                    Some(Fold::Op(Op::GlobalAddr(*g, o + fields[*field as usize].offset as i64)))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Loads of constants from read-only static data.
fn load(m: &Module, f: &Func, ty: Type, addr: Value) -> Option<Fold> {
    let Some(Op::GlobalAddr(g, base)) = def_op(f, root(f, addr)) else { return None };
    let global = m.globals.get(g.index()).filter(|g| g.readonly)?;
    let a = address(m, f, addr);
    let offset = usize::try_from(a.offset?.checked_add(*base)?).ok()?;
    if ty == Type::Ptr {
        return match reloc(m, *g, offset as u64) {
            Some((RelocTarget::Global(g), addend)) => Some(Fold::Op(Op::GlobalAddr(g, addend))),
            Some((RelocTarget::Func(id), 0)) => Some(Fold::Op(Op::FuncAddr(id))),
            _ => None,
        };
    }
    let n = ty.bytes() as usize;
    // A pointer's bytes are not known before linking.
    if global.relocs.iter().any(|r| (r.offset as usize) < offset + n && offset < r.offset as usize + 8) {
        return None;
    }
    let size = m.layout(global.layout).size as usize;
    if offset + n > size.max(global.data.len()) {
        return None;
    }
    let mut bytes = [0u8; 8];
    for (i, b) in bytes.iter_mut().take(n).enumerate() {
        *b = global.data.get(offset + i).copied().unwrap_or(0);
    }
    let bits = u64::from_le_bytes(bytes);
    Some(match ty {
        Type::F32 => Fold::Op(Op::F32const(bits as u32)),
        Type::F64 => Fold::Op(Op::F64const(bits)),
        _ => int(ty, bits as i64),
    })
}

/// The relocation at an offset of a read-only global.
pub fn reloc(m: &Module, g: GlobalId, offset: u64) -> Option<(RelocTarget, i64)> {
    let global = m.globals.get(g.index()).filter(|g| g.readonly)?;
    // Relocations are usually sorted; sections with very many of them are not worth a linear search.
    let found = match global.relocs.binary_search_by_key(&offset, |r| u64::from(r.offset)) {
        Ok(i) => Some(&global.relocs[i]),
        Err(_) if global.relocs.len() <= 64 => global.relocs.iter().find(|r| u64::from(r.offset) == offset),
        Err(_) => None,
    };
    found.map(|r| (r.target, r.addend))
}

fn float(f: &Func, v: Value) -> Option<f64> {
    match def_op(f, v)? {
        Op::F64const(b) => Some(f64::from_bits(*b)),
        Op::F32const(b) => Some(f64::from(f32::from_bits(*b))),
        _ => None,
    }
}

/// Whether an I8 is surely 0 or 1.
pub fn is_bool(f: &Func, v: Value) -> bool {
    match def_op(f, v) {
        Some(Op::Icmp(..) | Op::Fcmp(..) | Op::AtomicCas { .. }) => true,
        Some(Op::Iconst { value, .. }) => *value == 0 || *value == 1,
        _ => false,
    }
}

/// The comparison with the opposite outcome.
fn inverted(f: &Func, v: Value) -> Option<Op> {
    match def_op(f, v)? {
        Op::Icmp(cc, a, b) => Some(Op::Icmp(invert(*cc), *a, *b)),
        Op::Fcmp(FloatCC::Eq, a, b) => Some(Op::Fcmp(FloatCC::Ne, *a, *b)),
        Op::Fcmp(FloatCC::Ne, a, b) => Some(Op::Fcmp(FloatCC::Eq, *a, *b)),
        _ => None,
    }
}

pub fn invert(cc: IntCC) -> IntCC {
    match cc {
        IntCC::Eq => IntCC::Ne,
        IntCC::Ne => IntCC::Eq,
        IntCC::Slt => IntCC::Sge,
        IntCC::Sge => IntCC::Slt,
        IntCC::Sle => IntCC::Sgt,
        IntCC::Sgt => IntCC::Sle,
        IntCC::Ult => IntCC::Uge,
        IntCC::Uge => IntCC::Ult,
        IntCC::Ule => IntCC::Ugt,
        IntCC::Ugt => IntCC::Ule,
    }
}

/// The comparison with its operands exchanged.
pub fn swapped(cc: IntCC) -> IntCC {
    match cc {
        IntCC::Eq | IntCC::Ne => cc,
        IntCC::Slt => IntCC::Sgt,
        IntCC::Sgt => IntCC::Slt,
        IntCC::Sle => IntCC::Sge,
        IntCC::Sge => IntCC::Sle,
        IntCC::Ult => IntCC::Ugt,
        IntCC::Ugt => IntCC::Ult,
        IntCC::Ule => IntCC::Uge,
        IntCC::Uge => IntCC::Ule,
    }
}

fn unary(f: &Func, op: UnOp, a: Value) -> Option<Fold> {
    let ty = f.ty(a);
    if let Some(x) = konst(f, a) {
        let bits = ty.bytes() * 8;
        let u = unsigned(ty, x);
        return Some(int(
            ty,
            match op {
                UnOp::Neg => x.wrapping_neg(),
                UnOp::Not => !x,
                UnOp::Clz => i64::from(u.leading_zeros()) - i64::from(64 - bits),
                UnOp::Ctz => i64::from(u.trailing_zeros().min(bits)),
                UnOp::Popcnt => i64::from(u.count_ones()),
                UnOp::Bswap => (u.swap_bytes() >> (64 - bits)) as i64,
                UnOp::Bitrev => (u.reverse_bits() >> (64 - bits)) as i64,
                _ => return None,
            },
        ));
    }
    match (op, def_op(f, a)?) {
        (UnOp::Neg, Op::Unary(UnOp::Neg, x))
        | (UnOp::Not, Op::Unary(UnOp::Not, x))
        | (UnOp::Fneg, Op::Unary(UnOp::Fneg, x)) => Some(Fold::Value(*x)),
        (UnOp::Fneg, Op::F64const(b)) => Some(Fold::Op(Op::F64const(b ^ (1 << 63)))),
        (UnOp::Fneg, Op::F32const(b)) => Some(Fold::Op(Op::F32const(b ^ (1 << 31)))),
        (UnOp::Sqrt, Op::F64const(b)) => Some(Fold::Op(Op::F64const(f64::from_bits(*b).sqrt().to_bits()))),
        _ => None,
    }
}

/// Integer arithmetic of a width; None where it has no value.
fn eval(op: BinOp, ty: Type, x: i64, y: i64, count: u64) -> Option<i64> {
    let bits = u64::from(ty.bytes() * 8);
    let (ux, uy) = (unsigned(ty, x), unsigned(ty, y));
    Some(match op {
        BinOp::Add => x.wrapping_add(y),
        BinOp::Sub => x.wrapping_sub(y),
        BinOp::Mul => x.wrapping_mul(y),
        BinOp::Sdiv if y != 0 => x.wrapping_div(y),
        BinOp::Srem if y != 0 => x.wrapping_rem(y),
        BinOp::Udiv if y != 0 => (ux / uy) as i64,
        BinOp::Urem if y != 0 => (ux % uy) as i64,
        BinOp::And => x & y,
        BinOp::Or => x | y,
        BinOp::Xor => x ^ y,
        BinOp::Shl => {
            if count >= bits {
                0
            } else {
                x << count
            }
        }
        BinOp::Lshr => {
            if count >= bits {
                0
            } else {
                (ux >> count) as i64
            }
        }
        BinOp::Ashr => x >> count.min(63),
        BinOp::Rotl => {
            let n = count % bits;
            if n == 0 { x } else { ((ux << n) | (ux >> (bits - n))) as i64 }
        }
        BinOp::Umulhi => ((u128::from(ux) * u128::from(uy)) >> bits) as i64,
        BinOp::Smulhi => ((i128::from(x) * i128::from(y)) >> bits) as i64,
        _ => return None,
    })
}

fn binary(f: &Func, op: BinOp, a: Value, b: Value) -> Option<Fold> {
    let ty = f.ty(a);
    if ty.is_float() {
        return float_binary(f, op, a, b);
    }
    let (x, y) = (konst(f, a), konst(f, b));
    let commutes = matches!(
        op,
        BinOp::Add | BinOp::Mul | BinOp::And | BinOp::Or | BinOp::Xor | BinOp::Umulhi | BinOp::Smulhi
    );
    if let (Some(x), Some(y)) = (x, y) {
        return eval(op, ty, x, y, unsigned(f.ty(b), y)).map(|v| int(ty, v));
    }
    if x.is_some() && commutes {
        return Some(Fold::Op(Op::Binary(op, b, a)));
    }
    if a == b {
        match op {
            BinOp::Sub | BinOp::Xor => return Some(int(ty, 0)),
            BinOp::And | BinOp::Or => return Some(Fold::Value(a)),
            _ => {}
        }
    }
    // The length of s[i:i+n].
    if op == BinOp::Sub
        && let Some(&Op::Binary(BinOp::Add, x, y)) = def_op(f, a)
    {
        if x == b {
            return Some(Fold::Value(y));
        }
        if y == b {
            return Some(Fold::Value(x));
        }
    }
    if let (Some(0), BinOp::Shl | BinOp::Lshr | BinOp::Ashr | BinOp::Rotl) = (x, op) {
        return Some(int(ty, 0));
    }
    let y = y?;
    match (op, y) {
        (
            BinOp::Add
            | BinOp::Sub
            | BinOp::Or
            | BinOp::Xor
            | BinOp::Shl
            | BinOp::Lshr
            | BinOp::Ashr
            | BinOp::Rotl,
            0,
        )
        | (BinOp::Mul | BinOp::Sdiv | BinOp::Udiv, 1)
        | (BinOp::And, -1) => return Some(Fold::Value(a)),
        (BinOp::Mul | BinOp::And, 0) | (BinOp::Urem | BinOp::Srem, 1) | (BinOp::Srem, -1) => {
            return Some(int(ty, 0));
        }
        (BinOp::Or, -1) => return Some(int(ty, -1)),
        (BinOp::Xor, 1) if is_bool(f, a) => return inverted(f, a).map(Fold::Op),
        (BinOp::And, 1) if is_bool(f, a) => return Some(Fold::Value(a)),
        _ => {}
    }
    // (x op c) op d
    if let Some(Op::Binary(inner, x, c)) = def_op(f, a)
        && let Some(c) = konst(f, *c)
    {
        // The combined constant needs an instruction of its own unless the inner constant can be reused: only cases
        // that end in a constant or in the inner operand are folded here.
        match (op, *inner) {
            (BinOp::Add, BinOp::Sub) | (BinOp::Sub, BinOp::Add) if c == y => return Some(Fold::Value(*x)),
            (BinOp::Add, BinOp::Add) if normal(ty, c.wrapping_add(y)) == 0 => return Some(Fold::Value(*x)),
            (BinOp::And, BinOp::And) if c & y == c => return Some(Fold::Value(a)),
            (BinOp::Xor, BinOp::Xor) if c == y => return Some(Fold::Value(*x)),
            _ => {}
        }
    }
    None
}

fn float_binary(f: &Func, op: BinOp, a: Value, b: Value) -> Option<Fold> {
    match (def_op(f, a)?, def_op(f, b)?) {
        (Op::F64const(x), Op::F64const(y)) => {
            let (x, y) = (f64::from_bits(*x), f64::from_bits(*y));
            let r = match op {
                BinOp::Fadd => x + y,
                BinOp::Fsub => x - y,
                BinOp::Fmul => x * y,
                BinOp::Fdiv => x / y,
                _ => return None,
            };
            // NaN payloads and signs are the processor's.
            (!r.is_nan()).then_some(Fold::Op(Op::F64const(r.to_bits())))
        }
        (Op::F32const(x), Op::F32const(y)) => {
            let (x, y) = (f32::from_bits(*x), f32::from_bits(*y));
            let r = match op {
                BinOp::Fadd => x + y,
                BinOp::Fsub => x - y,
                BinOp::Fmul => x * y,
                BinOp::Fdiv => x / y,
                _ => return None,
            };
            (!r.is_nan()).then_some(Fold::Op(Op::F32const(r.to_bits())))
        }
        _ => None,
    }
}

pub fn compare(cc: IntCC, ty: Type, x: i64, y: i64) -> bool {
    let (ux, uy) = (unsigned(ty, x), unsigned(ty, y));
    match cc {
        IntCC::Eq => x == y,
        IntCC::Ne => x != y,
        IntCC::Slt => x < y,
        IntCC::Sle => x <= y,
        IntCC::Sgt => x > y,
        IntCC::Sge => x >= y,
        IntCC::Ult => ux < uy,
        IntCC::Ule => ux <= uy,
        IntCC::Ugt => ux > uy,
        IntCC::Uge => ux >= uy,
    }
}

fn icmp(f: &Func, cc: IntCC, a: Value, b: Value) -> Option<Fold> {
    if a == b {
        return Some(boolean(matches!(cc, IntCC::Eq | IntCC::Sle | IntCC::Sge | IntCC::Ule | IntCC::Uge)));
    }
    let ty = f.ty(a);
    if ty == Type::Ptr {
        if !matches!(cc, IntCC::Eq | IntCC::Ne) {
            return None;
        }
        let null = |v| matches!(def_op(f, v), Some(Op::Null));
        return match (null(a), null(b)) {
            (true, true) => Some(boolean(cc == IntCC::Eq)),
            (true, false) if never_null(f, b) => Some(boolean(cc == IntCC::Ne)),
            (false, true) if never_null(f, a) => Some(boolean(cc == IntCC::Ne)),
            (true, false) => Some(Fold::Op(Op::Icmp(cc, b, a))),
            _ => None,
        };
    }
    let (x, y) = (konst(f, a), konst(f, b));
    if let (Some(x), Some(y)) = (x, y) {
        return Some(boolean(compare(cc, ty, x, y)));
    }
    if x.is_some() {
        return Some(Fold::Op(Op::Icmp(swapped(cc), b, a)));
    }
    let y = y?;
    if is_bool(f, a) {
        match (cc, y) {
            (IntCC::Ne, 0) | (IntCC::Eq, 1) => return Some(Fold::Value(a)),
            (IntCC::Eq, 0) | (IntCC::Ne, 1) => return inverted(f, a).map(Fold::Op),
            _ => {}
        }
    }
    match (cc, y) {
        (IntCC::Ult, 0) => Some(boolean(false)),
        (IntCC::Uge, 0) => Some(boolean(true)),
        _ => None,
    }
}

fn convert(f: &Func, op: ConvOp, to: Type, v: Value) -> Option<Fold> {
    let from = f.ty(v);
    if let Some(x) = konst(f, v) {
        return match op {
            ConvOp::Zext => Some(int(to, unsigned(from, x) as i64)),
            ConvOp::Sext | ConvOp::Trunc => Some(int(to, x)),
            ConvOp::SintToF if to == Type::F64 => Some(Fold::Op(Op::F64const((x as f64).to_bits()))),
            ConvOp::SintToF => Some(Fold::Op(Op::F32const((x as f32).to_bits()))),
            ConvOp::UintToF if to == Type::F64 => {
                Some(Fold::Op(Op::F64const((unsigned(from, x) as f64).to_bits())))
            }
            ConvOp::Bitcast if to == Type::F64 => Some(Fold::Op(Op::F64const(x as u64))),
            ConvOp::Bitcast if to == Type::F32 => Some(Fold::Op(Op::F32const(x as u32))),
            _ => None,
        };
    }
    match (op, def_op(f, v)?) {
        (ConvOp::Trunc, Op::Convert { op: ConvOp::Zext | ConvOp::Sext, value, .. }) if f.ty(*value) == to => {
            Some(Fold::Value(*value))
        }
        (ConvOp::Trunc, Op::Convert { op: ConvOp::Trunc, value, .. }) => {
            Some(Fold::Op(Op::Convert { op: ConvOp::Trunc, to, value: *value }))
        }
        (ConvOp::Zext, Op::Convert { op: ConvOp::Zext, value, .. })
        | (ConvOp::Sext, Op::Convert { op: ConvOp::Zext, value, .. }) => {
            Some(Fold::Op(Op::Convert { op: ConvOp::Zext, to, value: *value }))
        }
        (ConvOp::Sext, Op::Convert { op: ConvOp::Sext, value, .. }) => {
            Some(Fold::Op(Op::Convert { op: ConvOp::Sext, to, value: *value }))
        }
        (ConvOp::Bitcast, Op::Convert { op: ConvOp::Bitcast, value, .. }) if f.ty(*value) == to => {
            Some(Fold::Value(*value))
        }
        (ConvOp::Bitcast, Op::F64const(b)) => Some(int(to, *b as i64)),
        (ConvOp::Bitcast, Op::F32const(b)) => Some(int(to, i64::from(*b as i32))),
        (ConvOp::Fpromote, Op::F32const(b)) if !f32::from_bits(*b).is_nan() => {
            Some(Fold::Op(Op::F64const(f64::from(f32::from_bits(*b)).to_bits())))
        }
        (ConvOp::IntToPtr, Op::Convert { op: ConvOp::PtrToInt, value, .. }) => Some(Fold::Value(*value)),
        _ => None,
    }
}
