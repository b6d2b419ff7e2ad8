//! The tree that the location graph is built from: Go's syntax with everything implicit written out.
//!
//! In: filled by `expr` and `stmt`. Out: read by `flow`, `text` and `oracle`. One arena for all functions; nodes, variables and functions are
//! indices. Conversions to interfaces, dereferences in selectors, packed variadic arguments and temporaries for several results
//! are nodes of their own; constants are literals.

use escargo_syntax::Pos;
use escargo_types::world::{ObjId, TypeId};
use rustc_hash::FxHashMap;

pub type N = u32;
pub type VarId = usize;
pub type FnId = usize;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Auto,
    Param,
    Result,
}

#[derive(Clone, Debug)]
pub struct Var {
    pub name: String,
    pub ty: TypeId,
    pub pos: Pos,
    pub class: Class,
    pub func: FnId,
}

/// What makes bytes, runes and strings from each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StrConv {
    ToBytes,
    Other,
}

#[derive(Clone, Debug)]
pub enum Op {
    /// A constant, as it is printed.
    Lit(String),
    /// A constant integer, with its value.
    Int(String, i64),
    Nil,
    Type,
    /// A declared function; the text is its name.
    Func(ObjId, String),
    Global(String),
    Var(VarId),
    /// `T.m`, printed behind the type.
    MethExpr(Option<ObjId>, TypeId, String),
    Unary(&'static str, N),
    Binary(&'static str, N, N),
    AddStr(Vec<N>),
    Addr(N),
    Deref(N),
    Dot(N, String),
    DotPtr(N, String),
    MethValue {
        x: N,
        name: String,
        callee: Option<ObjId>,
        results: usize,
    },
    DotType(N),
    Index(N, N),
    IndexMap(N, N),
    Slice {
        x: N,
        bounds: [Option<N>; 3],
        /// Of an array: `x` is its address.
        array: bool,
    },
    Conv(N),
    ConvIface(N),
    StrConv(StrConv, N),
    SliceToArray(N),
    SliceToArrayPtr(N),
    Recv(N),
    Call {
        fun: N,
        args: Vec<N>,
        dots: bool,
    },
    /// `x.m(args)` of an interface.
    CallIface {
        x: N,
        name: String,
        method: ObjId,
        args: Vec<N>,
        dots: bool,
    },
    Append {
        args: Vec<N>,
        dots: bool,
    },
    Copy(N, N),
    Panic(N),
    /// `len`, `cap`, `real`, `imag`, `close`.
    Simple(&'static str, N),
    /// `print`, `println`, `delete`, `recover`.
    Discard(&'static str, Vec<N>),
    Complex(N, N),
    MinMax(&'static str, Vec<N>),
    Clear(N),
    UnsafeData(&'static str, N),
    UnsafePair(&'static str, N, N),
    New(TypeId),
    MakeSlice(N, Option<N>),
    MakeMap(Option<N>),
    MakeChan(Option<N>),
    /// `&T{...}`.
    PtrLit(N),
    ArrayLit(Vec<N>),
    SliceLit(Vec<N>),
    StructLit(Vec<N>),
    MapLit(Vec<(N, N)>),
    Closure(FnId),

    // Statements.
    Dcl(VarId),
    Assign {
        lhs: Vec<N>,
        rhs: Vec<N>,
        /// The variables whose defining statement it is.
        defs: Vec<VarId>,
    },
    /// `a, b = f()`.
    AssignCall {
        lhs: Vec<N>,
        call: N,
    },
    Update(N, N),
    Return(Vec<N>),
    If {
        cond: N,
        then: Vec<N>,
        els: Vec<N>,
    },
    For {
        cond: Option<N>,
        post: Vec<N>,
        body: Vec<N>,
    },
    Range {
        key: Option<N>,
        value: Option<N>,
        x: N,
        body: Vec<N>,
    },
    Switch {
        tag: Option<N>,
        cases: Vec<(Vec<N>, Vec<N>)>,
    },
    TypeSwitch {
        x: N,
        /// Each case's variable and body.
        cases: Vec<(Option<VarId>, Vec<N>)>,
        bound: bool,
    },
    Select(Vec<(Option<N>, Vec<N>)>),
    Send(N, N),
    Expr(N),
    /// The call's wrapper, a closure, or the callee without arguments and results.
    Go(N),
    Defer(N),
    Block(Vec<N>),
    /// A label that a later `goto` jumps back to.
    LoopLabel,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub pos: Pos,
    pub ty: TypeId,
    pub op: Op,
    /// Put in by the compiler: not printed.
    pub implicit: bool,
}

#[derive(Clone, Debug)]
pub struct Param {
    /// Empty or `_`: nothing is said about it.
    pub name: String,
    pub ty: TypeId,
    pub pos: Pos,
    pub var: Option<VarId>,
}

/// A function that another one mentions.
#[derive(Clone, Copy, Debug)]
pub enum Mention {
    Declared(ObjId),
    Literal(FnId),
}

#[derive(Clone, Debug, Default)]
pub struct Pragmas {
    pub noescape: bool,
    pub uintptr_escapes: bool,
    pub uintptr_keep_alive: bool,
}

#[derive(Clone, Debug)]
pub struct Func {
    /// As messages print it: `f`, `T.m`, `(*T).m`.
    pub name: String,
    pub obj: Option<ObjId>,
    /// The receiver first.
    pub params: Vec<Param>,
    pub has_recv: bool,
    pub results: Vec<VarId>,
    /// None: written in another language.
    pub body: Option<Vec<N>>,
    pub parent: Option<FnId>,
    /// What a function literal uses of the functions around it.
    pub captures: Vec<VarId>,
    /// Of a declared function: the literals inside, those in literals included.
    pub closures: Vec<FnId>,
    /// Made for a `go` or `defer` statement.
    pub wrapper: bool,
    pub pragmas: Pragmas,
    /// Has type parameters.
    pub generic: bool,
}

#[derive(Default)]
pub struct Tree {
    pub nodes: Vec<Node>,
    pub vars: Vec<Var>,
    pub funcs: Vec<Func>,
    pub by_obj: FxHashMap<ObjId, FnId>,
    /// Where conversions stand that are written out: their nodes stand where their operands do.
    pub conversions: FxHashMap<N, Pos>,
}

impl Tree {
    pub fn node(&mut self, pos: Pos, ty: TypeId, op: Op) -> N {
        self.nodes.push(Node { pos, ty, op, implicit: false });
        self.nodes.len() as N - 1
    }

    pub fn implicit(&mut self, pos: Pos, ty: TypeId, op: Op) -> N {
        self.nodes.push(Node { pos, ty, op, implicit: true });
        self.nodes.len() as N - 1
    }

    pub fn op(&self, n: N) -> &Op {
        &self.nodes[n as usize].op
    }

    pub fn ty(&self, n: N) -> TypeId {
        self.nodes[n as usize].ty
    }

    pub fn pos(&self, n: N) -> Pos {
        self.nodes[n as usize].pos
    }

    /// Whether a function is analysed with the one around it: it is a literal that uses variables of that.
    pub fn is_inner(&self, f: FnId) -> bool {
        self.funcs[f].parent.is_some() && !self.funcs[f].captures.is_empty()
    }

    /// The functions that are analysed together with `f`, itself first, and those that it mentions, in their order.
    pub fn unit(&self, f: FnId) -> (Vec<FnId>, Vec<Mention>) {
        let (mut own, mut out) = (Vec::new(), Vec::new());
        self.collect(f, &mut own, &mut out);
        (own, out)
    }

    fn collect(&self, f: FnId, own: &mut Vec<FnId>, out: &mut Vec<Mention>) {
        own.push(f);
        // In order, children after their parents.
        let mut todo: Vec<N> = self.funcs[f].body.iter().flatten().rev().copied().collect();
        while let Some(n) = todo.pop() {
            match self.op(n) {
                Op::Func(o, _) | Op::MethExpr(Some(o), ..) | Op::MethValue { callee: Some(o), .. } => {
                    out.push(Mention::Declared(*o));
                }
                Op::Closure(c) if self.is_inner(*c) => self.collect(*c, own, out),
                Op::Closure(c) => out.push(Mention::Literal(*c)),
                _ => {}
            }
            let at = todo.len();
            self.children(n, &mut |c| todo.push(c));
            todo[at..].reverse();
        }
    }

    /// Whether function `f` is a closure inside of `of`.
    pub fn outer(&self, f: FnId, of: FnId) -> bool {
        let mut at = self.funcs[f].parent;
        while let Some(p) = at {
            if p == of {
                return true;
            }
            at = self.funcs[p].parent;
        }
        false
    }

    /// Calls `f` on the children of a node.
    pub fn children(&self, n: N, f: &mut dyn FnMut(N)) {
        match self.op(n) {
            Op::Lit(_) | Op::Int(..) | Op::Nil | Op::Type | Op::Func(..) | Op::Global(_) | Op::Var(_) => {}
            Op::MethExpr(..) | Op::New(_) | Op::Closure(_) | Op::Dcl(_) | Op::LoopLabel => {}
            Op::Unary(_, x)
            | Op::Addr(x)
            | Op::Deref(x)
            | Op::Dot(x, _)
            | Op::DotPtr(x, _)
            | Op::MethValue { x, .. }
            | Op::DotType(x)
            | Op::Conv(x)
            | Op::ConvIface(x)
            | Op::StrConv(_, x)
            | Op::SliceToArray(x)
            | Op::SliceToArrayPtr(x)
            | Op::Recv(x)
            | Op::Panic(x)
            | Op::Simple(_, x)
            | Op::Clear(x)
            | Op::UnsafeData(_, x)
            | Op::PtrLit(x)
            | Op::Expr(x)
            | Op::Go(x)
            | Op::Defer(x) => f(*x),
            Op::Binary(_, x, y)
            | Op::Index(x, y)
            | Op::IndexMap(x, y)
            | Op::Copy(x, y)
            | Op::Complex(x, y)
            | Op::UnsafePair(_, x, y)
            | Op::Update(x, y)
            | Op::Send(x, y) => {
                f(*x);
                f(*y);
            }
            Op::AddStr(l)
            | Op::Discard(_, l)
            | Op::MinMax(_, l)
            | Op::ArrayLit(l)
            | Op::SliceLit(l)
            | Op::StructLit(l)
            | Op::Return(l)
            | Op::Block(l)
            | Op::Append { args: l, .. } => l.iter().for_each(|&x| f(x)),
            Op::Slice { x, bounds, .. } => {
                f(*x);
                bounds.iter().flatten().for_each(|&b| f(b));
            }
            Op::Call { fun: x, args, .. } | Op::CallIface { x, args, .. } => {
                f(*x);
                args.iter().for_each(|&a| f(a));
            }
            Op::MakeSlice(a, b) => {
                f(*a);
                b.iter().for_each(|&b| f(b));
            }
            Op::MakeMap(a) | Op::MakeChan(a) => a.iter().for_each(|&a| f(a)),
            Op::MapLit(l) => l.iter().for_each(|&(k, v)| {
                f(k);
                f(v);
            }),
            Op::Assign { lhs, rhs, .. } => lhs.iter().chain(rhs).for_each(|&x| f(x)),
            Op::AssignCall { lhs, call } => {
                lhs.iter().for_each(|&x| f(x));
                f(*call);
            }
            Op::If { cond, then, els } => {
                f(*cond);
                then.iter().chain(els).for_each(|&x| f(x));
            }
            Op::For { cond, post, body } => cond.iter().chain(post).chain(body).for_each(|&x| f(x)),
            Op::Range { key, value, x, body } => {
                key.iter().chain(value).for_each(|&x| f(x));
                f(*x);
                body.iter().for_each(|&x| f(x));
            }
            Op::Switch { tag, cases } => {
                tag.iter().for_each(|&x| f(x));
                cases.iter().flat_map(|(l, b)| l.iter().chain(b)).for_each(|&x| f(x));
            }
            Op::TypeSwitch { x, cases, .. } => {
                f(*x);
                cases.iter().flat_map(|c| &c.1).for_each(|&x| f(x));
            }
            Op::Select(cases) => cases.iter().flat_map(|(c, b)| c.iter().chain(b)).for_each(|&x| f(x)),
        }
    }
}
