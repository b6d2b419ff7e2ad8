//! The words of the text form: one table for each enumeration, used by the printer and the parser.

use crate::func::{AtomicOp, BinOp, Check, ConvOp, FloatCC, IntCC, Type, UnOp};
use crate::module::SiteKind;

macro_rules! names {
    ($ty:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $ty {
            pub const ALL: &'static [$ty] = &[$($ty::$variant),*];

            /// The word of the text form.
            pub fn name(self) -> &'static str {
                match self {
                    $($ty::$variant => $name),*
                }
            }

            pub fn by_name(name: &str) -> Option<$ty> {
                match name {
                    $($name => Some($ty::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

names!(Type { I8 = "i8", I16 = "i16", I32 = "i32", I64 = "i64", F32 = "f32", F64 = "f64", Ptr = "ptr" });
names!(UnOp {
    Neg = "neg", Not = "not", Fneg = "fneg", Fabs = "fabs", Sqrt = "sqrt", Floor = "floor", Ceil = "ceil",
    TruncF = "ftrunc", Nearest = "nearest", Clz = "clz", Ctz = "ctz", Popcnt = "popcnt", Bswap = "bswap",
    Bitrev = "bitrev",
});
names!(BinOp {
    Add = "add", Sub = "sub", Mul = "mul", Sdiv = "sdiv", Udiv = "udiv", Srem = "srem", Urem = "urem", And = "and",
    Or = "or", Xor = "xor", Shl = "shl", Lshr = "lshr", Ashr = "ashr", Rotl = "rotl", Umulhi = "umulhi",
    Smulhi = "smulhi", Fadd = "fadd", Fsub = "fsub", Fmul = "fmul", Fdiv = "fdiv",
});
names!(IntCC {
    Eq = "eq", Ne = "ne", Slt = "slt", Sle = "sle", Sgt = "sgt", Sge = "sge", Ult = "ult", Ule = "ule", Ugt = "ugt",
    Uge = "uge",
});
names!(FloatCC { Eq = "eq", Ne = "ne", Lt = "lt", Le = "le", Gt = "gt", Ge = "ge" });
names!(ConvOp {
    Zext = "zext", Sext = "sext", Trunc = "trunc", SintToF = "sint_to_f", UintToF = "uint_to_f",
    FToSint = "f_to_sint", FToUint = "f_to_uint", Fpromote = "fpromote", Fdemote = "fdemote", Bitcast = "bitcast",
    PtrToInt = "ptr_to_int", IntToPtr = "int_to_ptr",
});
names!(Check {
    Index = "index", IndexU = "index_u", SliceAlen = "slice_alen", SliceAcap = "slice_acap", SliceB = "slice_b",
    Slice3Alen = "slice3_alen", Slice3Acap = "slice3_acap", Slice3B = "slice3_b", Slice3C = "slice3_c",
    SliceConvert = "slice_convert", Div = "div", Shift = "shift",
});
names!(AtomicOp { Add = "add", And = "and", Or = "or", Xchg = "xchg" });
names!(SiteKind {
    Var = "var", New = "new", Composite = "composite", SliceLit = "slice_lit", MakeSlice = "make_slice",
    MakeMap = "make_map", MakeChan = "make_chan", Append = "append", Closure = "closure", MethodValue = "method_value",
    Box = "box", StringConcat = "string_concat", StringConv = "string_conv", Variadic = "variadic", Temp = "temp",
    Frame = "frame", Defer = "defer", Go = "go",
});
