//! Arithmetic: each operation over corner cases, against a model of Go's results.

mod common;

use common::Machine;
use escargo_clif::Mode;
use escargo_escape::EscapeResults;
use escargo_ir::{BinOp, Builder, ConvOp, FloatCC, Module, Op, Signature, Type, UnOp, Value};

/// Functions that load operands from words 0, 1, ... and store results from word 8 on.
#[derive(Default)]
struct Cases {
    module: Module,
}

impl Cases {
    fn add(&mut self, params: &[Type], make: impl FnOnce(&mut Builder, &[Value]) -> Vec<Value>) -> String {
        let name = format!("main.f{}", self.module.funcs.len());
        let sig = Signature { params: vec![Type::Ptr], results: vec![] };
        let id = self.module.declare_func(name.clone(), sig);
        let func = &mut self.module.funcs[id.index()];
        let mut b = Builder::new(func);
        let entry = b.create_block();
        let memory = b.block_param(entry, Type::Ptr);
        b.switch_to(entry);
        let at = |b: &mut Builder, i: usize| {
            let offset = b.iconst(Type::I64, i as i64 * 8);
            b.value(Op::Offset { base: memory, offset }, Type::Ptr)
        };
        let mut operands = Vec::new();
        for (i, &ty) in params.iter().enumerate() {
            let address = at(&mut b, i);
            operands.push(b.load(ty, address));
        }
        let results = make(&mut b, &operands);
        for (i, &r) in results.iter().enumerate() {
            let address = at(&mut b, 8 + i);
            b.store(address, r);
        }
        b.ret(&[]);
        name
    }

    fn run(&self, test: impl FnOnce(&mut Machine)) {
        common::check(&self.module);
        let escape = EscapeResults::default();
        test(&mut Machine::new(&self.module, &escape, Mode::Eager));
    }
}

const INTS: [u64; 14] = [
    0,
    1,
    2,
    7,
    31,
    63,
    64,
    127,
    128,
    255,
    0x8000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    u64::MAX,
];

const TYPES: [Type; 4] = [Type::I8, Type::I16, Type::I32, Type::I64];

fn bits(ty: Type) -> u32 {
    ty.bytes() * 8
}

fn trunc(v: u64, ty: Type) -> u64 {
    if bits(ty) == 64 { v } else { v & ((1 << bits(ty)) - 1) }
}

fn sext(v: u64, ty: Type) -> i64 {
    let shift = 64 - bits(ty);
    ((v << shift) as i64) >> shift
}

fn model(op: BinOp, ty: Type, x: u64, y: u64) -> Option<u64> {
    let (ux, uy) = (trunc(x, ty), trunc(y, ty));
    let (sx, sy) = (sext(x, ty), sext(y, ty));
    let w = u64::from(bits(ty));
    if uy == 0 && matches!(op, BinOp::Sdiv | BinOp::Srem | BinOp::Udiv | BinOp::Urem) {
        return None;
    }
    let result = match op {
        BinOp::Add => ux.wrapping_add(uy),
        BinOp::Sub => ux.wrapping_sub(uy),
        BinOp::Mul => ux.wrapping_mul(uy),
        BinOp::Sdiv => sx.wrapping_div(sy) as u64,
        BinOp::Srem => sx.wrapping_rem(sy) as u64,
        BinOp::Udiv => ux / uy,
        BinOp::Urem => ux % uy,
        BinOp::And => ux & uy,
        BinOp::Or => ux | uy,
        BinOp::Xor => ux ^ uy,
        BinOp::Rotl => match uy % w {
            0 => ux,
            n => ux << n | ux >> (w - n),
        },
        BinOp::Umulhi => ((u128::from(ux) * u128::from(uy)) >> w) as u64,
        BinOp::Smulhi => ((i128::from(sx) * i128::from(sy)) >> w) as u64,
        _ => return None,
    };
    Some(trunc(result, ty))
}

fn shift_model(op: BinOp, ty: Type, x: u64, count: u64) -> u64 {
    let w = u64::from(bits(ty));
    let result = match op {
        BinOp::Ashr => (sext(x, ty) >> count.min(w - 1)) as u64,
        _ if count >= w => 0,
        BinOp::Shl => x << count,
        _ => trunc(x, ty) >> count,
    };
    trunc(result, ty)
}

#[test]
fn integers() {
    use BinOp::*;
    let ops = [Add, Sub, Mul, Sdiv, Srem, Udiv, Urem, And, Or, Xor, Rotl, Umulhi, Smulhi];
    let mut cases = Cases::default();
    let mut list = Vec::new();
    for ty in TYPES {
        for op in ops {
            let name = cases.add(&[ty, ty], |b, v| vec![b.binary(op, v[0], v[1])]);
            list.push((name, op, ty, None));
            // The second operand a constant: other code.
            for c in [1, 3, 7, 8, 63, 64, -1, i64::MIN >> (64 - bits(ty))] {
                let name = cases.add(&[ty], |b, v| {
                    let k = b.iconst(ty, c);
                    vec![b.binary(op, v[0], k)]
                });
                list.push((name, op, ty, Some(c as u64)));
            }
        }
    }
    cases.run(|machine| {
        for (name, op, ty, constant) in list {
            for x in INTS {
                for y in INTS {
                    let y = constant.unwrap_or(y);
                    let Some(expected) = model(op, ty, x, y) else { continue };
                    let mut memory = [0u64; 16];
                    (memory[0], memory[1]) = (x, y);
                    machine.run(&name, &mut memory);
                    assert_eq!(memory[8], expected, "{op:?} {ty:?} {x:#x} {y:#x} (constant {constant:?})");
                }
            }
        }
    });
}

#[test]
fn shifts() {
    use BinOp::*;
    let mut cases = Cases::default();
    let mut list = Vec::new();
    for ty in TYPES {
        for op in [Shl, Lshr, Ashr] {
            for count in TYPES {
                let name = cases.add(&[ty, count], |b, v| vec![b.binary(op, v[0], v[1])]);
                list.push((name, op, ty, count, u64::MAX, None));
                let name = cases.add(&[ty, count], |b, v| {
                    let m = b.iconst(count, i64::from(bits(ty) - 1));
                    let masked = b.binary(And, v[1], m);
                    vec![b.binary(op, v[0], masked)]
                });
                list.push((name, op, ty, count, u64::from(bits(ty) - 1), None));
                for c in [0, 1, 7, 8, 31, 32, 63, 64, 127, -1] {
                    let name = cases.add(&[ty], |b, v| {
                        let k = b.iconst(count, c);
                        vec![b.binary(op, v[0], k)]
                    });
                    list.push((name, op, ty, count, u64::MAX, Some(c as u64)));
                }
            }
        }
    }
    cases.run(|machine| {
        for (name, op, ty, count_ty, mask, constant) in list {
            for x in INTS {
                for y in INTS {
                    let mut memory = [0u64; 16];
                    (memory[0], memory[1]) = (x, y);
                    let count = trunc(constant.unwrap_or(y), count_ty) & mask;
                    machine.run(&name, &mut memory);
                    let expected = shift_model(op, ty, x, count);
                    assert_eq!(
                        memory[8], expected,
                        "{op:?} {ty:?} {x:#x} by {count:#x} ({count_ty:?} {constant:?})"
                    );
                }
            }
        }
    });
}

#[test]
fn unary() {
    use UnOp::*;
    let mut cases = Cases::default();
    let mut list = Vec::new();
    for ty in TYPES {
        for op in [Neg, Not, Clz, Ctz, Popcnt, Bswap, Bitrev] {
            let name = cases.add(&[ty], |b, v| vec![b.value(Op::Unary(op, v[0]), ty)]);
            list.push((name, op, ty));
        }
    }
    cases.run(|machine| {
        for (name, op, ty) in list {
            for x in INTS {
                let mut memory = [0u64; 16];
                memory[0] = x;
                machine.run(&name, &mut memory);
                let (ux, w) = (trunc(x, ty), bits(ty));
                let expected = match op {
                    Neg => ux.wrapping_neg(),
                    Not => !ux,
                    Clz => u64::from(ux.leading_zeros() - (64 - w)),
                    Ctz => u64::from(ux.trailing_zeros().min(w)),
                    Popcnt => u64::from(ux.count_ones()),
                    Bswap => ux.swap_bytes() >> (64 - w),
                    _ => ux.reverse_bits() >> (64 - w),
                };
                assert_eq!(memory[8], trunc(expected, ty), "{op:?} {ty:?} {x:#x}");
            }
        }
    });
}

const TWO_63: f64 = 9223372036854775808.0;

/// cvttsd2si to 64 and 32 bits.
fn cvtt64(x: f64) -> i64 {
    if (-TWO_63..TWO_63).contains(&x) { x as i64 } else { i64::MIN }
}

fn cvtt32(x: f64) -> i32 {
    if (-2147483648.0..2147483648.0).contains(&x.trunc()) { x as i32 } else { i32::MIN }
}

#[test]
fn floats_to_integers() {
    let values = [
        0.0,
        -0.0,
        0.5,
        -0.5,
        1.0,
        -1.0,
        1.5,
        127.9,
        -128.9,
        255.0,
        256.0,
        65535.5,
        2147483647.0,
        2147483648.0,
        -2147483648.0,
        -2147483649.0,
        4294967295.0,
        4294967296.0,
        9.2e18,
        TWO_63,
        -TWO_63,
        1.0e19,
        1.8446744073709552e19,
        1.0e20,
        -1.0e20,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    let mut cases = Cases::default();
    let mut list = Vec::new();
    for from in [Type::F64, Type::F32] {
        for to in TYPES {
            for op in [ConvOp::FToSint, ConvOp::FToUint] {
                let name = cases.add(&[from], |b, v| vec![b.value(Op::Convert { op, to, value: v[0] }, to)]);
                list.push((name, op, from, to));
            }
        }
    }
    cases.run(|machine| {
        for (name, op, from, to) in list {
            for x in values {
                let mut memory = [0u64; 16];
                let x = if from == Type::F32 { f64::from(x as f32) } else { x };
                memory[0] = if from == Type::F32 { u64::from((x as f32).to_bits()) } else { x.to_bits() };
                machine.run(&name, &mut memory);
                let expected = match (op, to) {
                    (ConvOp::FToSint, Type::I64) | (ConvOp::FToUint, Type::I32) => cvtt64(x) as u64,
                    (ConvOp::FToUint, Type::I64) if x < TWO_63 => cvtt64(x) as u64,
                    (ConvOp::FToUint, Type::I64) => cvtt64(x - TWO_63) as u64 | 1 << 63,
                    _ => cvtt32(x) as u64,
                };
                assert_eq!(memory[8], trunc(expected, to), "{op:?} {from:?} {to:?} {x}");
            }
        }
    });
}

#[test]
fn integers_to_floats() {
    let mut cases = Cases::default();
    let mut list = Vec::new();
    for to in [Type::F64, Type::F32] {
        for from in TYPES {
            for op in [ConvOp::SintToF, ConvOp::UintToF] {
                let name = cases.add(&[from], |b, v| vec![b.value(Op::Convert { op, to, value: v[0] }, to)]);
                list.push((name, op, from, to));
            }
        }
    }
    cases.run(|machine| {
        for (name, op, from, to) in list {
            for x in INTS.into_iter().chain([0x8000_0000_0000_0401, 0xffff_ffff_ffff_fbff, 0x1_0000_0180]) {
                let mut memory = [0u64; 16];
                memory[0] = x;
                machine.run(&name, &mut memory);
                let expected = match (op, to) {
                    (ConvOp::SintToF, Type::F64) => (sext(x, from) as f64).to_bits(),
                    (ConvOp::SintToF, _) => u64::from((sext(x, from) as f32).to_bits()),
                    (_, Type::F64) => (trunc(x, from) as f64).to_bits(),
                    _ => u64::from((trunc(x, from) as f32).to_bits()),
                };
                assert_eq!(memory[8], expected, "{op:?} {from:?} {to:?} {x:#x}");
            }
        }
    });
}

#[test]
fn float_operations() {
    let values = [0.0, -0.0, 1.0, -1.5, 2.5, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let mut cases = Cases::default();
    let ccs = [FloatCC::Eq, FloatCC::Ne, FloatCC::Lt, FloatCC::Le, FloatCC::Gt, FloatCC::Ge];
    let names: Vec<String> =
        ccs.iter().map(|&cc| cases.add(&[Type::F64; 2], |b, v| vec![b.fcmp(cc, v[0], v[1])])).collect();
    let ops = [UnOp::Fneg, UnOp::Fabs, UnOp::Sqrt, UnOp::Floor, UnOp::Ceil, UnOp::TruncF, UnOp::Nearest];
    let unary: Vec<String> = ops
        .iter()
        .map(|&op| cases.add(&[Type::F64], |b, v| vec![b.value(Op::Unary(op, v[0]), Type::F64)]))
        .collect();
    let fma = cases.add(&[Type::F64; 3], |b, v| vec![b.value(Op::Fma(v[0], v[1], v[2]), Type::F64)]);
    cases.run(|machine| {
        for x in values {
            for y in values {
                let expected = [x == y, x != y, x < y, x <= y, x > y, x >= y];
                for (name, expected) in names.iter().zip(expected) {
                    let mut memory = [0u64; 16];
                    (memory[0], memory[1]) = (x.to_bits(), y.to_bits());
                    machine.run(name, &mut memory);
                    assert_eq!(memory[8], u64::from(expected), "{name} {x} {y}");
                }
            }
            let expected = [-x, x.abs(), x.sqrt(), x.floor(), x.ceil(), x.trunc(), x.round_ties_even()];
            for (name, expected) in unary.iter().zip(expected) {
                let mut memory = [0u64; 16];
                memory[0] = x.to_bits();
                machine.run(name, &mut memory);
                let got = f64::from_bits(memory[8]);
                assert!(
                    got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan(),
                    "{name} {x}: {got}"
                );
            }
        }
        let mut memory = [0u64; 16];
        let (a, b, c) = (1.0 + f64::EPSILON, 1.0 - f64::EPSILON, -1.0);
        memory[..3].copy_from_slice(&[a, b, c].map(f64::to_bits));
        machine.run(&fma, &mut memory);
        assert_eq!(f64::from_bits(memory[8]), f64::mul_add(a, b, c));
    });
}

#[test]
fn carries() {
    let mut cases = Cases::default();
    let two = [Type::I64, Type::I64];
    let add = cases.add(&[Type::I64; 3], |b, v| b.values(Op::AddCarry(v[0], v[1], v[2]), &two).to_vec());
    let sub = cases.add(&[Type::I64; 3], |b, v| b.values(Op::SubBorrow(v[0], v[1], v[2]), &two).to_vec());
    cases.run(|machine| {
        for x in INTS {
            for y in INTS {
                for carry in [0u64, 1] {
                    let mut memory = [0u64; 16];
                    memory[..3].copy_from_slice(&[x, y, carry]);
                    machine.run(&add, &mut memory);
                    let sum = u128::from(x) + u128::from(y) + u128::from(carry);
                    assert_eq!(memory[8..10], [sum as u64, (sum >> 64) as u64]);
                    machine.run(&sub, &mut memory);
                    let difference =
                        u128::from(x).wrapping_sub(u128::from(y)).wrapping_sub(u128::from(carry));
                    assert_eq!(memory[8..10], [difference as u64, (difference >> 64) as u64 & 1]);
                }
            }
        }
    });
}
