//! Functions that become instructions or runtime calls instead of calls of Go code.
//!
//! In: declared functions, by package path and name. Out: instructions. Guarantees: what an intrinsic computes is what the
//! function's Go body (if it has one) computes.

use escargo_ir::{AtomicOp, BinOp, Builder, ConvOp, Op, Rt, Type, UnOp, Value, Values};
use escargo_syntax::Pos;
use escargo_types::world::{ObjId, ObjKind, TypeId};

use crate::links::Link;
use crate::program::{FuncInstance, Lowerer};
use crate::types::Kind;

/// An operation on scalars.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intrinsic {
    Unary(UnOp),
    Copysign,
    Fma,
    /// Same-size reinterpretation.
    Bitcast(Type),
    /// Bits needed: width minus leading zeroes.
    Len,
    /// Of an integer of so many bits; the result is an int.
    LeadingZeros(u8),
    TrailingZeros(u8),
    OnesCount,
    RotateLeft,
    Add64,
    Sub64,
    Mul64,
    MulHi,
    AtomicLoad(Type),
    AtomicStore(Type),
    /// Returns the new value.
    AtomicAdd(Type),
    /// Returns the old value.
    AtomicRmw(AtomicOp, Type),
    /// As `AtomicRmw` without result.
    AtomicUpdate(AtomicOp, Type),
    AtomicCas(Type),
    /// Of an interface's data word, or of a pointer.
    KeepAlive,
    /// Does nothing: hints.
    Nothing,
}

impl Lowerer {
    /// The intrinsic that a function is.
    pub fn intrinsic(&self, obj: ObjId) -> Option<Intrinsic> {
        let o = self.world.obj(obj);
        let ObjKind::Func { .. } = o.kind else { return None };
        let pkg = &self.world.pkg(o.pkg?).path;
        if let escargo_types::world::Type::Signature(s) = self.world.ty(o.ty)
            && s.recv.is_some()
        {
            return None;
        }
        lookup(pkg, o.name.as_str())
    }

    /// Emits an intrinsic; `args` are the flattened arguments.
    pub fn emit_intrinsic(&mut self, b: &mut Builder, i: Intrinsic, args: &[Value]) -> Values {
        let one = |v: Value| Values::from_slice(&[v]);
        let ty = |b: &Builder, v: Value| b.func.ty(v);
        let widen = |b: &mut Builder, v: Value| match ty(b, v) {
            Type::I64 => v,
            _ => b.value(Op::Convert { op: ConvOp::Zext, to: Type::I64, value: v }, Type::I64),
        };
        match i {
            Intrinsic::Unary(op) => {
                let t = ty(b, args[0]);
                one(b.value(Op::Unary(op, args[0]), t))
            }
            Intrinsic::Copysign => {
                let bits = |b: &mut Builder, v| {
                    b.value(Op::Convert { op: ConvOp::Bitcast, to: Type::I64, value: v }, Type::I64)
                };
                let (x, y) = (bits(b, args[0]), bits(b, args[1]));
                let magnitude = b.iconst(Type::I64, i64::MAX);
                let sign = b.iconst(Type::I64, i64::MIN);
                let x = b.binary(BinOp::And, x, magnitude);
                let y = b.binary(BinOp::And, y, sign);
                let v = b.binary(BinOp::Or, x, y);
                one(b.value(Op::Convert { op: ConvOp::Bitcast, to: Type::F64, value: v }, Type::F64))
            }
            Intrinsic::Fma => one(b.value(Op::Fma(args[0], args[1], args[2]), Type::F64)),
            Intrinsic::Bitcast(to) => {
                one(b.value(Op::Convert { op: ConvOp::Bitcast, to, value: args[0] }, to))
            }
            Intrinsic::Len => {
                let x = widen(b, args[0]);
                let zeros = b.value(Op::Unary(UnOp::Clz, x), Type::I64);
                let width = b.iconst(Type::I64, 64);
                one(b.binary(BinOp::Sub, width, zeros))
            }
            Intrinsic::LeadingZeros(bits) => {
                let x = widen(b, args[0]);
                let zeros = b.value(Op::Unary(UnOp::Clz, x), Type::I64);
                let extra = b.iconst(Type::I64, 64 - bits as i64);
                one(b.binary(BinOp::Sub, zeros, extra))
            }
            Intrinsic::TrailingZeros(bits) => {
                let mut x = widen(b, args[0]);
                if bits < 64 {
                    let stop = b.iconst(Type::I64, 1 << bits);
                    x = b.binary(BinOp::Or, x, stop);
                }
                one(b.value(Op::Unary(UnOp::Ctz, x), Type::I64))
            }
            Intrinsic::OnesCount => {
                let x = widen(b, args[0]);
                one(b.value(Op::Unary(UnOp::Popcnt, x), Type::I64))
            }
            Intrinsic::RotateLeft => {
                let t = ty(b, args[0]);
                let mut count = args[1];
                if t != Type::I64 {
                    count = b.value(Op::Convert { op: ConvOp::Trunc, to: t, value: count }, t);
                }
                one(b.binary(BinOp::Rotl, args[0], count))
            }
            Intrinsic::Add64 => b.values(Op::AddCarry(args[0], args[1], args[2]), &[Type::I64, Type::I64]),
            Intrinsic::Sub64 => b.values(Op::SubBorrow(args[0], args[1], args[2]), &[Type::I64, Type::I64]),
            Intrinsic::Mul64 => {
                let hi = b.binary(BinOp::Umulhi, args[0], args[1]);
                let lo = b.binary(BinOp::Mul, args[0], args[1]);
                Values::from_slice(&[hi, lo])
            }
            Intrinsic::MulHi => one(b.binary(BinOp::Umulhi, args[0], args[1])),
            Intrinsic::AtomicLoad(ty) => one(b.value(Op::AtomicLoad { ty, addr: args[0] }, ty)),
            Intrinsic::AtomicStore(ty) => {
                b.push(Op::AtomicStore { ty, addr: args[0], value: args[1] }, &[]);
                Values::new()
            }
            Intrinsic::AtomicAdd(ty) => {
                let op = Op::AtomicRmw { op: AtomicOp::Add, ty, addr: args[0], value: args[1] };
                let old = b.value(op, ty);
                one(b.binary(BinOp::Add, old, args[1]))
            }
            Intrinsic::AtomicRmw(op, ty) => {
                one(b.value(Op::AtomicRmw { op, ty, addr: args[0], value: args[1] }, ty))
            }
            Intrinsic::AtomicUpdate(op, ty) => {
                b.value(Op::AtomicRmw { op, ty, addr: args[0], value: args[1] }, ty);
                Values::new()
            }
            Intrinsic::AtomicCas(ty) => {
                one(b.value(Op::AtomicCas { ty, addr: args[0], old: args[1], new: args[2] }, Type::I8))
            }
            Intrinsic::KeepAlive => {
                if let Some(&v) = args.last() {
                    b.push(Op::KeepAlive(v), &[]);
                }
                Values::new()
            }
            Intrinsic::Nothing => Values::new(),
        }
    }

    /// Emits a runtime call for a bodyless Go function: arguments are widened as their Go types say, results narrowed.
    /// `args` are the flattened arguments of a function of the canonical signature `sig`.
    pub fn emit_rt(&mut self, b: &mut Builder, rt: Rt, sig: TypeId, args: &[Value]) -> Values {
        use escargo_abi::RtType;
        let parts = self.sig_parts(sig);
        let mut signed = Vec::new();
        for &p in &parts.params {
            let is_signed = matches!(self.kind(p), Kind::Int { signed: true, .. });
            let n = self.info_of(p).leaves.len().max(self.info_of(p).in_mem as usize);
            signed.extend(std::iter::repeat_n(is_signed, n));
        }
        let info = rt.info();
        let mut out = Values::new();
        let site = rt.has_site();
        for (i, (&v, want)) in args.iter().zip(&info.params[site as usize..]).enumerate() {
            let have = b.func.ty(v);
            let v = match (want, have) {
                (RtType::I64, Type::I64) | (RtType::Ptr, Type::Ptr) | (RtType::F64, Type::F64) => v,
                (RtType::I64, t) if t.is_int() => {
                    let op = if signed.get(i) == Some(&true) { ConvOp::Sext } else { ConvOp::Zext };
                    b.value(Op::Convert { op, to: Type::I64, value: v }, Type::I64)
                }
                (RtType::I64, Type::Ptr) => {
                    b.value(Op::Convert { op: ConvOp::PtrToInt, to: Type::I64, value: v }, Type::I64)
                }
                (RtType::Ptr, Type::I64) => {
                    b.value(Op::Convert { op: ConvOp::IntToPtr, to: Type::Ptr, value: v }, Type::Ptr)
                }
                (RtType::F64, Type::F32) => {
                    b.value(Op::Convert { op: ConvOp::Fpromote, to: Type::F64, value: v }, Type::F64)
                }
                _ => panic!("lowering: argument {i} of escargo.{} has another kind", info.name),
            };
            out.push(v);
        }
        let types: Vec<Type> = info
            .results
            .iter()
            .map(|r| match r {
                RtType::I64 => Type::I64,
                RtType::Ptr => Type::Ptr,
                RtType::F64 => Type::F64,
            })
            .collect();
        let site = site.then(|| {
            let layout = self.bytes_layout();
            self.site(escargo_ir::SiteKind::StringConv, Pos(b.pos.0), layout, info.name, "")
        });
        let results = b.values(Op::CallRt { rt, site, args: out }, &types);
        if rt.never_returns() {
            b.push(Op::Unreachable, &[]);
        }
        let mut want = Vec::new();
        for &r in &parts.results {
            self.pass_types(r, &mut want);
        }
        let mut narrowed = Values::new();
        for (i, &to) in want.iter().enumerate() {
            let Some(&v) = results.get(i) else {
                narrowed.push(crate::value::zero_scalar(b, to));
                continue;
            };
            let have = b.func.ty(v);
            narrowed.push(match (have, to) {
                _ if have == to => v,
                (Type::I64, t) if t.is_int() => b.value(Op::Convert { op: ConvOp::Trunc, to, value: v }, to),
                (Type::I64, Type::Ptr) => b.value(Op::Convert { op: ConvOp::IntToPtr, to, value: v }, to),
                (Type::Ptr, Type::I64) => b.value(Op::Convert { op: ConvOp::PtrToInt, to, value: v }, to),
                (Type::F64, Type::F32) => b.value(Op::Convert { op: ConvOp::Fdemote, to, value: v }, to),
                _ => panic!("lowering: result {i} of escargo.{} has another kind", info.name),
            });
        }
        narrowed
    }

    /// The body of a function without Go body: an intrinsic or a runtime call, so that its address can be taken.
    pub(crate) fn define_bodyless(&mut self, inst: &FuncInstance, id: escargo_ir::FuncId) {
        let sig_ty = self.func_sig(inst);
        let sig = self.module.func(id).sig.clone();
        let mut func = escargo_ir::Func::new(self.module.func(id).name.clone(), sig);
        func.pos = self.module.func(id).pos;
        func.flags.wrapper = true;
        let intrinsic = self.intrinsic(inst.obj);
        let rt = match self.link(inst.obj) {
            Link::Rt(rt) => Some(rt),
            _ => None,
        };
        self.build_func(&mut func, |l, b, params| {
            let results = match (intrinsic, rt) {
                (Some(i), _) => l.emit_intrinsic(b, i, params),
                (None, Some(rt)) => l.emit_rt(b, rt, sig_ty, params),
                // That it cannot be linked has been reported.
                (None, None) => {
                    b.push(Op::Unreachable, &[]);
                    return;
                }
            };
            if b.reachable() {
                b.ret(&results);
            }
        });
        self.define(id, func);
    }
}

fn lookup(pkg: &str, name: &str) -> Option<Intrinsic> {
    use Intrinsic::*;
    Some(match (pkg, name) {
        ("math", "Sqrt" | "sqrt") => Unary(UnOp::Sqrt),
        ("math", "Floor" | "floor") => Unary(UnOp::Floor),
        ("math", "Ceil" | "ceil") => Unary(UnOp::Ceil),
        ("math", "Trunc" | "trunc") => Unary(UnOp::TruncF),
        ("math", "RoundToEven") => Unary(UnOp::Nearest),
        ("math", "Abs") => Unary(UnOp::Fabs),
        ("math", "Copysign") => Copysign,
        ("math", "FMA") => Fma,
        ("math", "Float64bits") => Bitcast(Type::I64),
        ("math", "Float64frombits") => Bitcast(Type::F64),
        ("math", "Float32bits") => Bitcast(Type::I32),
        ("math", "Float32frombits") => Bitcast(Type::F32),
        ("math/bits", _) => return bits(name),
        ("internal/runtime/sys" | "runtime/internal/sys" | "internal/runtime/math", _) => return sys(name),
        ("sync/atomic", _) => return sync_atomic(name),
        ("internal/runtime/atomic" | "runtime/internal/atomic", _) => return runtime_atomic(name),
        ("runtime", "KeepAlive") => KeepAlive,
        _ => return None,
    })
}

fn bits(name: &str) -> Option<Intrinsic> {
    use Intrinsic::*;
    Some(match name {
        "Len" | "Len8" | "Len16" | "Len32" | "Len64" => Len,
        "LeadingZeros" | "LeadingZeros64" => LeadingZeros(64),
        "LeadingZeros8" => LeadingZeros(8),
        "LeadingZeros16" => LeadingZeros(16),
        "LeadingZeros32" => LeadingZeros(32),
        "TrailingZeros" | "TrailingZeros64" => TrailingZeros(64),
        "TrailingZeros8" => TrailingZeros(8),
        "TrailingZeros16" => TrailingZeros(16),
        "TrailingZeros32" => TrailingZeros(32),
        "OnesCount" | "OnesCount8" | "OnesCount16" | "OnesCount32" | "OnesCount64" => OnesCount,
        "RotateLeft" | "RotateLeft8" | "RotateLeft16" | "RotateLeft32" | "RotateLeft64" => RotateLeft,
        "ReverseBytes" | "ReverseBytes16" | "ReverseBytes32" | "ReverseBytes64" => Unary(UnOp::Bswap),
        "Reverse" | "Reverse8" | "Reverse16" | "Reverse32" | "Reverse64" => Unary(UnOp::Bitrev),
        "Add" | "Add64" => Add64,
        "Sub" | "Sub64" => Sub64,
        "Mul" | "Mul64" => Mul64,
        _ => return None,
    })
}

fn sys(name: &str) -> Option<Intrinsic> {
    use Intrinsic::*;
    Some(match name {
        "Len8" | "Len64" => Len,
        "LeadingZeros8" => LeadingZeros(8),
        "LeadingZeros64" => LeadingZeros(64),
        "TrailingZeros8" => TrailingZeros(8),
        "TrailingZeros32" => TrailingZeros(32),
        "TrailingZeros64" => TrailingZeros(64),
        "OnesCount64" => OnesCount,
        "Bswap32" | "Bswap64" => Unary(UnOp::Bswap),
        "Mul64" => Mul64,
        "Prefetch" | "PrefetchStreamed" => Nothing,
        _ => return None,
    })
}

fn sync_atomic(name: &str) -> Option<Intrinsic> {
    use Intrinsic::*;
    const TYPES: [(&str, Type); 6] = [
        ("Uint32", Type::I32),
        ("Int32", Type::I32),
        ("Uint64", Type::I64),
        ("Int64", Type::I64),
        ("Uintptr", Type::I64),
        ("Pointer", Type::Ptr),
    ];
    let (op, ty) = TYPES.iter().find_map(|&(suffix, ty)| Some((name.strip_suffix(suffix)?, ty)))?;
    Some(match op {
        "Load" => AtomicLoad(ty),
        "Store" => AtomicStore(ty),
        "Add" => AtomicAdd(ty),
        "Swap" => AtomicRmw(AtomicOp::Xchg, ty),
        "And" => AtomicRmw(AtomicOp::And, ty),
        "Or" => AtomicRmw(AtomicOp::Or, ty),
        "CompareAndSwap" => AtomicCas(ty),
        _ => return None,
    })
}

fn runtime_atomic(name: &str) -> Option<Intrinsic> {
    use Intrinsic::*;
    use Type::{I8, I32, I64, Ptr};
    Some(match name {
        "Load" | "LoadAcq" | "Loadint32" => AtomicLoad(I32),
        "Load8" => AtomicLoad(I8),
        "Load64" | "LoadAcq64" | "Loadint64" | "Loaduintptr" | "LoadAcquintptr" | "Loaduint" => {
            AtomicLoad(I64)
        }
        "Loadp" => AtomicLoad(Ptr),
        "Store" | "StoreRel" | "Storeint32" => AtomicStore(I32),
        "Store8" => AtomicStore(I8),
        "Store64" | "StoreRel64" | "Storeint64" | "Storeuintptr" | "StoreReluintptr" => AtomicStore(I64),
        "StorepNoWB" => AtomicStore(Ptr),
        "Xadd" | "Xaddint32" => AtomicAdd(I32),
        "Xadd64" | "Xaddint64" | "Xadduintptr" => AtomicAdd(I64),
        "Xchg" | "Xchgint32" => AtomicRmw(AtomicOp::Xchg, I32),
        "Xchg8" => AtomicRmw(AtomicOp::Xchg, I8),
        "Xchg64" | "Xchgint64" | "Xchguintptr" => AtomicRmw(AtomicOp::Xchg, I64),
        "And8" => AtomicUpdate(AtomicOp::And, I8),
        "Or8" => AtomicUpdate(AtomicOp::Or, I8),
        "And" => AtomicUpdate(AtomicOp::And, I32),
        "Or" => AtomicUpdate(AtomicOp::Or, I32),
        "And32" => AtomicRmw(AtomicOp::And, I32),
        "Or32" => AtomicRmw(AtomicOp::Or, I32),
        "And64" | "Anduintptr" => AtomicRmw(AtomicOp::And, I64),
        "Or64" | "Oruintptr" => AtomicRmw(AtomicOp::Or, I64),
        "Cas" | "CasRel" | "Casint32" => AtomicCas(I32),
        "Cas64" | "Casint64" | "Casuintptr" => AtomicCas(I64),
        "Casp1" => AtomicCas(Ptr),
        _ => return None,
    })
}
