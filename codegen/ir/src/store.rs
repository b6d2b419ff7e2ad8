//! Modules as bytes, for files that only this build of escargo reads: no version, no checks of meaning.
//!
//! In: anything that is a `Store`. Out: bytes; from them, the same again. Instructions that are in no block lose their contents, as
//! nothing looks at them; their numbers stay. Guarantees: reading broken bytes gives `None` or nonsense, but does not panic;
//! whoever keeps files must know that they are whole.

use escargo_abi::Rt;
use smallvec::{Array, SmallVec};

use crate::debug::*;
use crate::entity::*;
use crate::func::*;
use crate::module::*;

/// Bytes that are being read.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    /// Seven bits a byte, the lowest first.
    #[inline]
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let b = self.byte()?;
            value |= u64::from(b & 0x7f) << shift;
            if b < 0x80 {
                return Some(value);
            }
            shift += 7;
            if shift > 63 {
                return None;
            }
        }
    }

    /// A number of things that follow: each takes a byte at least.
    fn count(&mut self) -> Option<usize> {
        let n = self.number()? as usize;
        (n <= self.rest.len()).then_some(n)
    }
}

/// Appends a number as `Reader::number` reads it.
#[inline]
fn put_number(mut n: u64, out: &mut Vec<u8>) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// What can be written to bytes and read back.
pub trait Store: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn get(r: &mut Reader) -> Option<Self>;
}

macro_rules! unsigned {
    ($($t:ty)*) => {$(
        impl Store for $t {
            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                put_number(*self as u64, out);
            }
            #[inline]
            fn get(r: &mut Reader) -> Option<$t> {
                r.number().map(|n| n as $t)
            }
        }
    )*};
}

unsigned!(u32 u64 usize);

impl Store for u8 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    #[inline]
    fn get(r: &mut Reader) -> Option<u8> {
        r.byte()
    }
}

impl Store for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn get(r: &mut Reader) -> Option<bool> {
        r.byte().map(|b| b != 0)
    }
}

impl Store for i64 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        // The sign goes into the lowest bit, so that small numbers are short.
        put_number((*self << 1 ^ *self >> 63) as u64, out);
    }
    #[inline]
    fn get(r: &mut Reader) -> Option<i64> {
        r.number().map(|n| (n >> 1) as i64 ^ -((n & 1) as i64))
    }
}

impl Store for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }
    fn get(r: &mut Reader) -> Option<String> {
        let len = r.count()?;
        std::str::from_utf8(r.bytes(len)?).ok().map(str::to_owned)
    }
}

impl Store for Box<str> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }
    fn get(r: &mut Reader) -> Option<Box<str>> {
        String::get(r).map(String::into_boxed_str)
    }
}

impl<T: Store> Store for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }
    fn get(r: &mut Reader) -> Option<Box<T>> {
        T::get(r).map(Box::new)
    }
}

impl<T: Store> Store for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            None => out.push(0),
            Some(x) => {
                out.push(1);
                x.put(out);
            }
        }
    }
    fn get(r: &mut Reader) -> Option<Option<T>> {
        match r.byte()? {
            0 => Some(None),
            _ => T::get(r).map(Some),
        }
    }
}

impl<T: Store> Store for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|x| x.put(out));
    }
    fn get(r: &mut Reader) -> Option<Vec<T>> {
        let len = r.count()?;
        let mut all = Vec::with_capacity(len);
        for _ in 0..len {
            all.push(T::get(r)?);
        }
        Some(all)
    }
}

impl<A: Array> Store for SmallVec<A>
where
    A::Item: Store,
{
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|x| x.put(out));
    }
    #[inline]
    fn get(r: &mut Reader) -> Option<SmallVec<A>> {
        let len = r.count()?;
        let mut all = SmallVec::with_capacity(len);
        for _ in 0..len {
            all.push(A::Item::get(r)?);
        }
        Some(all)
    }
}

impl<A: Store, B: Store> Store for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }
    fn get(r: &mut Reader) -> Option<(A, B)> {
        Some((A::get(r)?, B::get(r)?))
    }
}

impl Store for Rt {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(*self as u64, out);
    }
    fn get(r: &mut Reader) -> Option<Rt> {
        Rt::ALL.get(r.number()? as usize).copied()
    }
}

macro_rules! ids {
    ($($t:ident)*) => {$(
        impl Store for $t {
            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }
            #[inline]
            fn get(r: &mut Reader) -> Option<$t> {
                u32::get(r).map($t)
            }
        }
    )*};
}

ids!(FuncId GlobalId LayoutId SiteId Block Value Inst DebugTypeId VarId Pos);

/// Structures: all their fields, in this order.
#[macro_export]
macro_rules! store_structs {
    ($($t:ident { $($field:ident)* })*) => {$(
        impl $crate::store::Store for $t {
            fn put(&self, out: &mut Vec<u8>) {
                let $t { $($field),* } = self;
                $($field.put(out);)*
            }
            fn get(r: &mut $crate::store::Reader) -> Option<$t> {
                Some($t { $($field: $crate::store::Store::get(r)?),* })
            }
        }
    )*};
}

/// Enumerations: the number of the variant, then its fields.
#[macro_export]
macro_rules! store_enums {
    ($($t:ident { $($variant:ident $(($($item:ident)*))? $({$($field:ident)*})?,)* })*) => {$(
        impl $crate::store::Store for $t {
            fn put(&self, out: &mut Vec<u8>) {
                #[repr(u8)]
                enum Tag { $($variant),* }
                match self {
                    $($t::$variant $(($($item),*))? $({$($field),*})? => {
                        out.push(Tag::$variant as u8);
                        $($($item.put(out);)*)?
                        $($($field.put(out);)*)?
                    })*
                }
            }
            fn get(r: &mut $crate::store::Reader) -> Option<$t> {
                #[repr(u8)]
                enum Tag { $($variant),* }
                let tag: u8 = $crate::store::Store::get(r)?;
                $(if tag == Tag::$variant as u8 {
                    $($(let $item = $crate::store::Store::get(r)?;)*)?
                    $($(let $field = $crate::store::Store::get(r)?;)*)?
                    return Some($t::$variant $(($($item),*))? $({$($field),*})?);
                })*
                None
            }
        }
    )*};
}

store_structs! {
    Module {
        files layouts globals sites funcs methods main runtime_error types type_offsets small_ints method_code debug
    }
    File { name base len lines }
    MethodImpl { method func }
    Layout { name size align shape }
    Field { name offset layout }
    Global { name layout readonly data relocs align }
    Reloc { offset target addend }
    Site { kind pos layout name func heap_only origin }
    Signature { params results }
    FuncFlags { noinline nosplit wrapper closure root noescape }
    InlineScope { func call_pos parent }
    BlockData { params insts cold }
    InstData { op results pos scope }
    ValueData { ty def }
    Debug { types vars globals }
    DebugType { name size kind }
    DebugField { name ty offset }
    DebugVar { name kind ty pos end }
    DebugGlobal { name global ty pos }
}

store_enums! {
    Shape { Opaque, Scalar(ty), Struct(fields), Array { elem count }, }
    RelocTarget { Global(g), Func(f), }
    SiteKind {
        Var, New, Composite, SliceLit, MakeSlice, MakeMap, MakeChan, Append, Closure, MethodValue, Box, StringConcat, StringConv,
        Variadic, Temp, Frame, Defer, Go,
    }
    DebugKind {
        Bool, Int, Uint, Float, Complex, Pointer(target), Struct(fields), Array { elem count }, Named(ty), Func,
    }
    VarKind { Param, Result, Local, }
    Type { I8, I16, I32, I64, F32, F64, Ptr, }
    Def { Param(block n), Result(inst n), None, }
    UnOp { Neg, Not, Fneg, Fabs, Sqrt, Floor, Ceil, TruncF, Nearest, Clz, Ctz, Popcnt, Bswap, Bitrev, }
    BinOp {
        Add, Sub, Mul, Sdiv, Udiv, Srem, Urem, And, Or, Xor, Shl, Lshr, Ashr, Rotl, Umulhi, Smulhi, Fadd, Fsub, Fmul, Fdiv,
    }
    IntCC { Eq, Ne, Slt, Sle, Sgt, Sge, Ult, Ule, Ugt, Uge, }
    FloatCC { Eq, Ne, Lt, Le, Gt, Ge, }
    ConvOp { Zext, Sext, Trunc, SintToF, UintToF, FToSint, FToUint, Fpromote, Fdemote, Bitcast, PtrToInt, IntToPtr, }
    Check {
        Index, IndexU, SliceAlen, SliceAcap, SliceB, Slice3Alen, Slice3Acap, Slice3B, Slice3C, SliceConvert, Div, Shift,
    }
    AtomicOp { Add, And, Or, Xchg, }
    Op {
        Iconst { ty value },
        F32const(bits),
        F64const(bits),
        Null,
        GlobalAddr(global offset),
        FuncAddr(func),
        Unary(op a),
        Binary(op a b),
        Icmp(cc a b),
        Fcmp(cc a b),
        Convert { op to value },
        Select(a b c),
        Fma(a b c),
        AddCarry(a b c),
        SubBorrow(a b c),
        Alloc { site layout count },
        Field { base layout field },
        Elem { base layout index },
        Offset { base offset },
        Load { ty addr },
        Store { ty addr value },
        Copy { layout dst src },
        Zero { layout addr },
        NilCheck(a),
        Check { check x y },
        AtomicLoad { ty addr },
        AtomicStore { ty addr value },
        AtomicRmw { op ty addr value },
        AtomicCas { ty addr old new },
        KeepAlive(a),
        DebugAddr { var addr },
        DebugValue { var offset value },
        Call { func args },
        CallClosure { closure sig args },
        CallMethod { itab index method sig recv args },
        CallRt { rt site args },
        FramePointer,
        ReturnAddress,
        Jump { to args },
        Branch { cond then then_args els els_args },
        Switch { value cases default },
        Return(args),
        TailCall { func args },
        TailCallClosure { closure sig args },
        TailCallMethod { itab index method sig recv args },
        Unreachable,
    }
}

impl Store for Func {
    fn put(&self, out: &mut Vec<u8>) {
        let Func { name, sig, pos, flags, order, blocks, insts, values, scopes, param_names } = self;
        name.put(out);
        sig.put(out);
        pos.put(out);
        flags.put(out);
        order.put(out);
        blocks.put(out);
        let mut used = vec![false; insts.len()];
        for &b in order {
            self.block(b).insts.iter().for_each(|i| used[i.index()] = true);
        }
        insts.len().put(out);
        for (inst, used) in insts.iter().zip(used) {
            used.put(out);
            if used {
                inst.put(out);
            }
        }
        values.put(out);
        scopes.put(out);
        param_names.put(out);
    }

    fn get(r: &mut Reader) -> Option<Func> {
        let (name, sig, pos, flags) = (Store::get(r)?, Store::get(r)?, Store::get(r)?, Store::get(r)?);
        let (order, blocks) = (Store::get(r)?, Store::get(r)?);
        let len = r.count()?;
        let mut insts = Vec::with_capacity(len);
        for _ in 0..len {
            insts.push(match bool::get(r)? {
                true => InstData::get(r)?,
                false => {
                    let (op, results) = (Op::Unreachable, SmallVec::new());
                    InstData { op, results, pos: Pos::default(), scope: 0 }
                }
            });
        }
        let (values, scopes, param_names) = (Store::get(r)?, Store::get(r)?, Store::get(r)?);
        Some(Func { name, sig, pos, flags, order, blocks, insts, values, scopes, param_names })
    }
}
