//! Functions: blocks with parameters, instructions, values.
//!
//! SSA: each value is defined once, by a block parameter or an instruction, in a block that dominates its uses.

use smallvec::SmallVec;

use crate::entity::{Block, FuncId, GlobalId, Inst, LayoutId, Pos, SiteId, Value, VarId};
use escargo_abi::Rt;

/// Types of SSA values. `Ptr` may point into the collected heap, a stack or static data; a uintptr is an `I64`.
/// Booleans are `I8`, 0 or 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
    Ptr,
}

impl Type {
    #[inline]
    pub fn bytes(self) -> u32 {
        match self {
            Type::I8 => 1,
            Type::I16 => 2,
            Type::I32 | Type::F32 => 4,
            Type::I64 | Type::F64 | Type::Ptr => 8,
        }
    }

    pub fn is_int(self) -> bool {
        matches!(self, Type::I8 | Type::I16 | Type::I32 | Type::I64)
    }

    pub fn is_float(self) -> bool {
        matches!(self, Type::F32 | Type::F64)
    }
}

/// Parameters and results; any number of each. How they travel is `clif`'s affair.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Signature {
    pub params: Vec<Type>,
    pub results: Vec<Type>,
}

#[derive(Clone, Debug)]
pub struct Func {
    /// Go's symbol name, unique in the module: `main.f`, `main.(*T).M`, `main.f.func1`, `main.f[int]`.
    pub name: String,
    pub sig: Signature,
    pub pos: Pos,
    pub flags: FuncFlags,
    /// Blocks in layout order; the first is the entry, its parameters are the function's. Empty: declared only.
    pub order: Vec<Block>,
    pub blocks: Vec<BlockData>,
    pub insts: Vec<InstData>,
    pub values: Vec<ValueData>,
    /// Inlined-at chains: `InstData::scope` i > 0 is `scopes[i - 1]`.
    pub scopes: Vec<InlineScope>,
    /// Names for parameters, as Go's diagnostics print them (one an SSA parameter; "" if it has none), with the position of
    /// the source parameter, so that "leaking param: p" can be printed.
    pub param_names: Vec<(String, Pos)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FuncFlags {
    /// `//go:noinline`, or contains recover or another thing that must keep its frame.
    pub noinline: bool,
    /// `//go:nosplit`: no stack check.
    pub nosplit: bool,
    /// A wrapper or thunk made by the compiler: left out of tracebacks.
    pub wrapper: bool,
    /// First parameter is the closure object.
    pub closure: bool,
    /// May be reached from outside by address (kept by dead-function elimination).
    pub root: bool,
    /// `//go:noescape`: parameters are not kept.
    pub noescape: bool,
}

/// Code inlined from `func` at `call_pos`; `parent` is the scope of the call.
#[derive(Clone, Debug, PartialEq)]
pub struct InlineScope {
    pub func: String,
    pub call_pos: Pos,
    pub parent: u32,
}

#[derive(Clone, Debug, Default)]
pub struct BlockData {
    pub params: Vec<Value>,
    /// The last one, and only it, is a terminator.
    pub insts: Vec<Inst>,
    /// Executed rarely: panics and slow paths.
    pub cold: bool,
}

#[derive(Clone, Debug)]
pub struct InstData {
    pub op: Op,
    pub results: SmallVec<[Value; 1]>,
    pub pos: Pos,
    pub scope: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct ValueData {
    pub ty: Type,
    pub def: Def,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Def {
    Param(Block, u32),
    Result(Inst, u32),
    /// Removed by a pass.
    None,
}

pub type Values = SmallVec<[Value; 4]>;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnOp {
    Neg,
    /// Bitwise complement.
    Not,
    Fneg,
    Fabs,
    Sqrt,
    Floor,
    Ceil,
    TruncF,
    /// Round half to even.
    Nearest,
    Clz,
    Ctz,
    Popcnt,
    Bswap,
    Bitrev,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    /// Signed; the divisor is not zero; MinInt / -1 = MinInt (no trap).
    Sdiv,
    Udiv,
    /// Signed; MinInt % -1 = 0.
    Srem,
    Urem,
    And,
    Or,
    Xor,
    /// Shift counts are unsigned and unbounded, of any integer type: past the width the result is 0 (or the sign for Ashr).
    Shl,
    Lshr,
    Ashr,
    /// Rotate; the count is taken modulo the width.
    Rotl,
    /// High half of the double-width product.
    Umulhi,
    Smulhi,
    Fadd,
    Fsub,
    Fmul,
    Fdiv,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IntCC {
    Eq,
    Ne,
    Slt,
    Sle,
    Sgt,
    Sge,
    Ult,
    Ule,
    Ugt,
    Uge,
}

/// Go's float comparisons: all but `Ne` are false on NaN.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FloatCC {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConvOp {
    /// Integer widening; the result type says how wide.
    Zext,
    Sext,
    /// Integer narrowing.
    Trunc,
    /// Signed or unsigned integer to float.
    SintToF,
    UintToF,
    /// Float to integer as Go on amd64 does (out of range: implementation-specific, never traps).
    FToSint,
    FToUint,
    /// F32 <-> F64.
    Fpromote,
    Fdemote,
    /// Same-size reinterpretation: I64/F64, I32/F32.
    Bitcast,
    /// unsafe: Ptr <-> I64. Ends precision.
    PtrToInt,
    IntToPtr,
}

/// Run-time checks; each raises the Go panic that it names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Check {
    /// index < length, as unsigned I64 (negative indices fail): "index out of range [i] with length n".
    Index,
    /// The same for an index of unsigned source type (printed unsigned).
    IndexU,
    /// x <= y as unsigned I64; the kinds of slice expressions, see abi's panic_slice:
    SliceAlen,
    SliceAcap,
    SliceB,
    Slice3Alen,
    Slice3Acap,
    Slice3B,
    Slice3C,
    /// Conversion of a slice of length x to an array of y elements: x >= y.
    SliceConvert,
    /// One operand, not zero: "integer divide by zero".
    Div,
    /// One operand, signed, >= 0: "negative shift amount".
    Shift,
}

/// Atomic read-modify-write operations (results: the old value).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AtomicOp {
    Add,
    And,
    Or,
    Xchg,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    // ---- values
    Iconst {
        ty: Type,
        value: i64,
    },
    /// Bits of the constant.
    F32const(u32),
    F64const(u64),
    /// Null pointer.
    Null,
    GlobalAddr(GlobalId, i64),
    FuncAddr(FuncId),
    Unary(UnOp, Value),
    Binary(BinOp, Value, Value),
    Icmp(IntCC, Value, Value),
    Fcmp(FloatCC, Value, Value),
    Convert {
        op: ConvOp,
        to: Type,
        value: Value,
    },
    /// Condition (I8), then, else.
    Select(Value, Value, Value),
    Fma(Value, Value, Value),
    /// x + y + carry (0 or 1) -> (sum, carry out); x - y - borrow -> (difference, borrow out). I64.
    AddCarry(Value, Value, Value),
    SubBorrow(Value, Value, Value),

    // ---- memory
    /// Zeroed memory of the layout, or of an array of `count` (I64, >= 0) of them; wherever the placement says. Executed
    /// again (in a loop), it is a new object.
    Alloc {
        site: SiteId,
        layout: LayoutId,
        count: Option<Value>,
    },
    /// Address of a field; does not touch memory; the base must not be null unless offset use is checked by the access.
    Field {
        base: Value,
        layout: LayoutId,
        field: u32,
    },
    /// base + index * size of layout; index is I64.
    Elem {
        base: Value,
        layout: LayoutId,
        index: Value,
    },
    /// Raw address arithmetic in bytes (unsafe code, runtime structures); ends precision.
    Offset {
        base: Value,
        offset: Value,
    },
    /// An access through null (plus a field offset) is a nil-dereference panic. I8 to F64.
    Load {
        ty: Type,
        addr: Value,
    },
    Store {
        ty: Type,
        addr: Value,
        value: Value,
    },
    /// Moves one object of the layout; the two either are the same or do not overlap.
    Copy {
        layout: LayoutId,
        dst: Value,
        src: Value,
    },
    Zero {
        layout: LayoutId,
        addr: Value,
    },
    /// Panics if null. Result-free; accesses that surely fault make it redundant.
    NilCheck(Value),
    Check {
        check: Check,
        x: Value,
        y: Option<Value>,
    },
    AtomicLoad {
        ty: Type,
        addr: Value,
    },
    AtomicStore {
        ty: Type,
        addr: Value,
        value: Value,
    },
    AtomicRmw {
        op: AtomicOp,
        ty: Type,
        addr: Value,
        value: Value,
    },
    /// Compare and swap -> I8 success.
    AtomicCas {
        ty: Type,
        addr: Value,
        old: Value,
        new: Value,
    },
    /// Keeps a value alive up to here, and what it points to.
    KeepAlive(Value),
    /// For debuggers: from here on the variable lives at the address. No use of the address: what becomes of it is decided
    /// as if this were not there, and when nothing is left of it, this says nothing.
    DebugAddr {
        var: VarId,
        addr: Value,
    },
    /// For debuggers: from here on the variable's scalar at this offset is the value. No use, like `DebugAddr`.
    DebugValue {
        var: VarId,
        offset: u32,
        value: Value,
    },

    // ---- calls
    Call {
        func: FuncId,
        args: Values,
    },
    /// The closure object's word 0 is the code address; the object is passed as the first argument. A null closure is a
    /// nil-dereference panic. `sig` is without the closure parameter.
    CallClosure {
        closure: Value,
        sig: Box<Signature>,
        args: Values,
    },
    /// Method `index` of an itab; `recv` is the interface's data word, passed first. A null itab is a nil-dereference
    /// panic. `sig` is without the receiver. `method` keys `Module::methods`.
    CallMethod {
        itab: Value,
        index: u32,
        method: Box<str>,
        sig: Box<Signature>,
        recv: Value,
        args: Values,
    },
    /// A runtime operation. `site`: for operations with the flag S (then `args` leaves out the buffer), and for map_make and
    /// chan_make, whose objects are on the heap for now.
    CallRt {
        rt: Rt,
        site: Option<SiteId>,
        args: Values,
    },
    /// The address of the current function's frame (for `recover`); the function is never inlined.
    FramePointer,
    /// Address of the code that called the current function.
    ReturnAddress,

    // ---- terminators
    Jump {
        to: Block,
        args: Values,
    },
    /// I8 condition, not zero: then.
    Branch {
        cond: Value,
        then: Block,
        then_args: Values,
        els: Block,
        els_args: Values,
    },
    /// Integer switch; case values are distinct; targets take no arguments.
    Switch {
        value: Value,
        cases: Vec<(i64, Block)>,
        default: Block,
    },
    Return(Values),
    /// Calls with the caller's frame gone: only between functions of the same results.
    TailCall {
        func: FuncId,
        args: Values,
    },
    /// Closure tail call, as CallClosure.
    TailCallClosure {
        closure: Value,
        sig: Box<Signature>,
        args: Values,
    },
    /// Interface method tail call, as CallMethod.
    TailCallMethod {
        itab: Value,
        index: u32,
        method: Box<str>,
        sig: Box<Signature>,
        recv: Value,
        args: Values,
    },
    /// Never reached (after calls that do not return).
    Unreachable,
}

/// Functions are equal if they print the same: block and value numbers count, instruction numbers and what passes have
/// removed do not.
impl PartialEq for Func {
    fn eq(&self, other: &Func) -> bool {
        let names = |f: &Func, i: usize| f.param_names.get(i).cloned().unwrap_or_default();
        let value = |v: Value| (v, self.ty(v)) == (v, other.ty(v));
        self.name == other.name
            && self.sig == other.sig
            && self.pos == other.pos
            && self.flags == other.flags
            && self.order == other.order
            && self.scopes == other.scopes
            && (0..self.sig.params.len()).all(|i| names(self, i) == names(other, i))
            && self.order.iter().all(|&b| {
                let (x, y) = (self.block(b), other.block(b));
                x.cold == y.cold
                    && x.params == y.params
                    && x.params.iter().all(|&v| value(v))
                    && x.insts.len() == y.insts.len()
                    && x.insts.iter().zip(&y.insts).all(|(&i, &j)| {
                        let (i, j) = (self.inst(i), other.inst(j));
                        i.op == j.op
                            && i.results == j.results
                            && i.results.iter().all(|&v| value(v))
                            && i.pos == j.pos
                            && i.scope == j.scope
                    })
            })
    }
}

impl Func {
    pub fn new(name: String, sig: Signature) -> Func {
        Func {
            name,
            sig,
            pos: Pos::default(),
            flags: FuncFlags::default(),
            order: Vec::new(),
            blocks: Vec::new(),
            insts: Vec::new(),
            values: Vec::new(),
            scopes: Vec::new(),
            param_names: Vec::new(),
        }
    }

    pub fn is_declared_only(&self) -> bool {
        self.order.is_empty()
    }

    pub fn new_block(&mut self) -> Block {
        self.blocks.push(BlockData::default());
        Block(self.blocks.len() as u32 - 1)
    }

    pub fn new_value(&mut self, ty: Type, def: Def) -> Value {
        self.values.push(ValueData { ty, def });
        Value(self.values.len() as u32 - 1)
    }

    pub fn add_param(&mut self, block: Block, ty: Type) -> Value {
        let v = self.new_value(ty, Def::Param(block, self.blocks[block.index()].params.len() as u32));
        self.blocks[block.index()].params.push(v);
        v
    }

    /// Makes an instruction with results of the given types, not yet in a block.
    pub fn new_inst(&mut self, op: Op, results: &[Type], pos: Pos, scope: u32) -> Inst {
        let inst = Inst(self.insts.len() as u32);
        let mut values = SmallVec::new();
        for (i, &ty) in results.iter().enumerate() {
            values.push(self.new_value(ty, Def::Result(inst, i as u32)));
        }
        self.insts.push(InstData { op, results: values, pos, scope });
        inst
    }

    #[inline]
    pub fn ty(&self, v: Value) -> Type {
        self.values[v.index()].ty
    }

    #[inline]
    pub fn inst(&self, i: Inst) -> &InstData {
        &self.insts[i.index()]
    }

    #[inline]
    pub fn block(&self, b: Block) -> &BlockData {
        &self.blocks[b.index()]
    }

    #[inline]
    pub fn terminator(&self, b: Block) -> Option<&InstData> {
        self.block(b).insts.last().map(|&i| self.inst(i)).filter(|i| i.op.is_terminator())
    }
}
