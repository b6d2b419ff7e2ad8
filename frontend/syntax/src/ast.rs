//! The syntax tree of one Go source file.
//!
//! In: produced by `parser`. Out: read by the type checker and by lowering, never changed.
//! Guarantees: every expression and identifier has a `NodeId` that is unique over the whole program, so
//! that later phases keep their facts in side tables; `pos` of a node is the position that gc would print
//! for it (the operator of a binary expression, the `(` of a call, the `[` of an index expression, the `.`
//! never: a selector has the position of its operand's start), `Expr::start` its leftmost position.

use crate::source::Pos;
use crate::symbol::Symbol;

/// A number that is unique over all nodes of a program. Side tables are vectors indexed by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ident {
    pub id: NodeId,
    pub pos: Pos,
    pub name: Symbol,
}

#[derive(Debug)]
pub struct File {
    /// Position of the `package` keyword.
    pub pos: Pos,
    pub package: Ident,
    pub decls: Vec<Decl>,
    /// Every directive comment of the file, in source order.
    pub directives: Vec<Directive>,
    /// Position just past the last byte.
    pub eof: Pos,
}

/// A `//go:name args`, `//export name`, `//line ...` or `//cgo:...` comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    pub pos: Pos,
    /// `go:noinline`, `export`, `line`, ... without the slashes.
    pub name: String,
    /// What follows the name, trimmed.
    pub args: String,
}

#[derive(Debug)]
pub enum Decl {
    Import(ImportDecl),
    Const(ConstDecl),
    Type(TypeDecl),
    Var(VarDecl),
    Func(Box<FuncDecl>),
}

/// Identifies the parenthesised group a declaration came from; equal numbers are one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupId(pub u32);

#[derive(Debug)]
pub struct ImportDecl {
    pub id: NodeId,
    pub pos: Pos,
    /// `import name "path"`; the name may be `.` or `_`.
    pub name: Option<Ident>,
    /// The path literal, an `ExprKind::BasicLit` of kind `String`.
    pub path: Expr,
}

#[derive(Debug)]
pub struct ConstDecl {
    pub pos: Pos,
    pub group: Option<GroupId>,
    /// Index of this specification in its group: the value of `iota`.
    pub iota: u32,
    pub names: Vec<Ident>,
    pub ty: Option<Expr>,
    /// Empty: repeats the previous specification of the group.
    pub values: Vec<Expr>,
}

#[derive(Debug)]
pub struct TypeDecl {
    pub pos: Pos,
    pub group: Option<GroupId>,
    pub name: Ident,
    pub tparams: Vec<Field>,
    pub alias: bool,
    pub ty: Expr,
    pub directives: Vec<Directive>,
}

#[derive(Debug)]
pub struct VarDecl {
    pub pos: Pos,
    pub group: Option<GroupId>,
    pub names: Vec<Ident>,
    pub ty: Option<Expr>,
    pub values: Vec<Expr>,
    pub directives: Vec<Directive>,
}

#[derive(Debug)]
pub struct FuncDecl {
    /// Position of the function's name, as gc reports it.
    pub pos: Pos,
    pub name: Ident,
    pub recv: Option<Field>,
    pub tparams: Vec<Field>,
    pub ty: FuncType,
    /// None: declared without a body.
    pub body: Option<Block>,
    /// The directives that stand right above the declaration.
    pub directives: Vec<Directive>,
}

/// One parameter, result, struct field, or type parameter. `a, b int` gives two fields whose types share
/// source text: the second's `ty` is a clone with fresh ids unless `shares_type` says that it repeats the
/// previous field's type expression (then `ty` is the same syntax and need not be checked again).
#[derive(Debug)]
pub struct Field {
    pub pos: Pos,
    /// None: an unnamed parameter or an embedded struct field.
    pub name: Option<Ident>,
    pub ty: std::rc::Rc<Expr>,
    /// The type expression is the very same `Rc` as the previous field's.
    pub shares_type: bool,
    /// Struct fields only: the tag literal.
    pub tag: Option<Expr>,
    /// Struct fields only.
    pub embedded: bool,
}

#[derive(Debug)]
pub struct FuncType {
    /// Position of `func` (or of the name, for a method of an interface).
    pub pos: Pos,
    /// The last parameter's type may be `ExprKind::Ellipsis`.
    pub params: Vec<Field>,
    pub results: Vec<Field>,
}

#[derive(Debug)]
pub enum InterfaceElem {
    Method { name: Ident, ty: FuncType },
    /// An embedded type or a union: `Binary { op: Or }` of terms, each possibly `Unary { op: Tilde }`.
    Embed(Expr),
}

#[derive(Debug)]
pub struct Expr {
    pub id: NodeId,
    pub pos: Pos,
    pub kind: ExprKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LitKind {
    Int,
    Float,
    Imag,
    Rune,
    String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChanDir {
    Both,
    Send,
    Recv,
}

#[derive(Debug)]
pub enum ExprKind {
    /// A syntax error stood here and has been reported.
    Bad,
    Name(Symbol),
    /// `text` is the source text of the literal, quotes included; `bad` if a syntax error has been reported.
    BasicLit { kind: LitKind, text: Box<str>, bad: bool },
    /// Elements may be `KeyValue`. `ty` is None for an elided inner type.
    CompositeLit { ty: Option<Box<Expr>>, elems: Vec<Expr>, rbrace: Pos },
    KeyValue { key: Box<Expr>, value: Box<Expr> },
    FuncLit { ty: FuncType, body: Block },
    Paren(Box<Expr>),
    Selector { x: Box<Expr>, sel: Ident },
    /// Indexing or instantiation.
    Index { x: Box<Expr>, indices: Vec<Expr> },
    Slice { x: Box<Expr>, lo: Option<Box<Expr>>, hi: Option<Box<Expr>>, max: Option<Box<Expr>>, full: bool },
    /// `x.(T)`; None is `x.(type)`.
    TypeAssert { x: Box<Expr>, ty: Option<Box<Expr>> },
    Call { fun: Box<Expr>, args: Vec<Expr>, dots: Option<Pos>, rparen: Pos },
    /// Dereference or pointer type.
    Star(Box<Expr>),
    Unary { op: UnaryOp, x: Box<Expr> },
    Binary { op: BinaryOp, x: Box<Expr>, y: Box<Expr> },
    /// `len` None is `[...]T`.
    ArrayType { len: Option<Box<Expr>>, elem: Box<Expr> },
    SliceType(Box<Expr>),
    /// `...T`, the last parameter.
    Ellipsis(Box<Expr>),
    StructType { fields: Vec<Field> },
    FuncType(FuncType),
    InterfaceType { elems: Vec<InterfaceElem> },
    MapType { key: Box<Expr>, value: Box<Expr> },
    ChanType { dir: ChanDir, elem: Box<Expr> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Plus,
    Neg,
    Not,
    /// `^x`
    Xor,
    /// `&x`
    Addr,
    /// `<-x`
    Recv,
    /// `~T`
    Tilde,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    OrOr,
    AndAnd,
    Eql,
    Neq,
    Lss,
    Leq,
    Gtr,
    Geq,
    Add,
    Sub,
    Or,
    Xor,
    Mul,
    Div,
    Rem,
    And,
    AndNot,
    Shl,
    Shr,
}

#[derive(Debug)]
pub struct Block {
    pub pos: Pos,
    pub stmts: Vec<Stmt>,
    pub rbrace: Pos,
}

#[derive(Debug)]
pub struct Stmt {
    /// Statements open scopes and carry implicit objects (type switches), so they have ids too.
    pub id: NodeId,
    pub pos: Pos,
    pub kind: StmtKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchKind {
    Break,
    Continue,
    Goto,
    Fallthrough,
}

#[derive(Debug)]
pub enum StmtKind {
    Bad,
    Empty,
    Decl(Vec<Decl>),
    Labeled { label: Ident, stmt: Box<Stmt> },
    Expr(Expr),
    Send { chan: Expr, value: Expr },
    IncDec { x: Expr, inc: bool },
    /// `op` None: `=` or, with `define`, `:=`. With `op`: one operand each side (`x op= y`).
    Assign { lhs: Vec<Expr>, op: Option<BinaryOp>, define: bool, rhs: Vec<Expr> },
    Go(Expr),
    Defer(Expr),
    Return(Vec<Expr>),
    Branch { kind: BranchKind, label: Option<Ident> },
    Block(Block),
    If { init: Option<Box<Stmt>>, cond: Expr, then: Block, els: Option<Box<Stmt>> },
    Switch { init: Option<Box<Stmt>>, tag: Option<Expr>, cases: Vec<CaseClause>, rbrace: Pos },
    /// `switch bind := x.(type)`.
    TypeSwitch { init: Option<Box<Stmt>>, bind: Option<Ident>, x: Expr, cases: Vec<CaseClause>, rbrace: Pos },
    Select { cases: Vec<CommClause>, rbrace: Pos },
    For { init: Option<Box<Stmt>>, cond: Option<Expr>, post: Option<Box<Stmt>>, body: Block },
    /// `for key, value = range x`, `:=` with `define`.
    Range { key: Option<Expr>, value: Option<Expr>, define: bool, x: Expr, body: Block },
}

#[derive(Debug)]
pub struct CaseClause {
    /// Of the scope and, in a type switch, of the clause's implicit variable.
    pub id: NodeId,
    pub pos: Pos,
    /// Expressions or types (`nil` included); None is `default`.
    pub exprs: Option<Vec<Expr>>,
    pub body: Vec<Stmt>,
    pub colon: Pos,
}

#[derive(Debug)]
pub struct CommClause {
    pub id: NodeId,
    pub pos: Pos,
    /// Send, Expr (a receive) or Assign (of a receive); None is `default`.
    pub comm: Option<Box<Stmt>>,
    pub body: Vec<Stmt>,
    pub colon: Pos,
}

impl Expr {
    /// The leftmost position of the expression: where gc points when it reports an error about it.
    pub fn start(&self) -> Pos {
        let mut e = self;
        loop {
            e = match &e.kind {
                ExprKind::CompositeLit { ty: Some(t), .. } => t,
                ExprKind::KeyValue { key, .. } => key,
                ExprKind::Selector { x, .. }
                | ExprKind::Index { x, .. }
                | ExprKind::Slice { x, .. }
                | ExprKind::TypeAssert { x, .. }
                | ExprKind::Binary { x, .. } => x,
                ExprKind::Call { fun, .. } => fun,
                _ => return e.pos,
            };
        }
    }

    /// The expression without enclosing parentheses.
    pub fn unparen(&self) -> &Expr {
        let mut e = self;
        while let ExprKind::Paren(x) = &e.kind {
            e = x;
        }
        e
    }
}
