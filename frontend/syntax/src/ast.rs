//! The syntax tree of one Go source file.
//!
//! In: produced by `parser`. Out: read by the type checker and by lowering, never changed.
//! Guarantees: every expression and identifier has a `NodeId` that is unique over the whole program, so
//! that later phases keep their facts in side tables. `pos` of a node is gc's, the one its diagnostics print:
//!
//! - names, literals, `Bad`: their first byte;
//! - binary: the operator; unary and `Star`: the operator; `Paren`: the `(`;
//! - call: the `(`; index, instantiation, slice: the `[`; selector and type assertion: the `.`;
//! - composite literal: the `{`; `KeyValue`: the `:`;
//! - array, slice, map, channel, struct, interface types: their first token (`[`, `map`, `<-`, ...); function
//!   literal: `func`; function type: the `(` of its parameters; `Ellipsis`: the `...`;
//! - assignment, `++`, `--`: the operator; send: the `<-`; labeled statement: the `:`; expression statement:
//!   the expression's `pos`; every other statement and clause: its keyword or `{`;
//! - declarations: the first token of the specification (after the keyword); functions: the name.
//!
//! `Expr::start` is the leftmost position, which is where gc's type checker reports most errors.
//!
//! Parentheses around types are dropped, as gc does (`*(T)` is `*T`); those around operands are kept.
//! Constructs nest at most `MAX_DEPTH` deep, and no tree is higher than `MAX_HEIGHT` nodes and a few for each
//! nested construct; only left spines (`x` of binaries, operands of selectors, calls and the like) and
//! `else if` chains get that high. Dropping a tree loops over those.

use crate::source::Pos;
use crate::symbol::Symbol;

/// How deep constructs may nest in each other.
pub const MAX_DEPTH: u32 = 500;

/// How deep a tree may be, left spines such as `a + b + c + ...` and `a.b.c...` included.
pub const MAX_HEIGHT: u32 = 6_000;

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
    /// Of the text after the slashes, where gc reports errors about it.
    pub pos: Pos,
    /// `go:noinline`, `export`, `line`, `cgo:...` without the slashes.
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
    /// Position of the function's name.
    pub pos: Pos,
    pub name: Ident,
    pub recv: Option<Field>,
    pub tparams: Vec<Field>,
    pub ty: FuncType,
    /// None: declared without a body.
    pub body: Option<Body>,
    /// The `go:` directives that stand above the declaration.
    pub directives: Vec<Directive>,
}

/// A function's body, which may be parsed later than the rest of its file.
#[derive(Debug)]
pub struct Body {
    /// Position of the brace that opens it, and the one behind the brace that closes it.
    pub range: std::ops::Range<Pos>,
    block: std::sync::OnceLock<Block>,
}

impl Body {
    pub fn parsed(block: Block) -> Body {
        Body { range: block.pos..Pos(block.rbrace.0 + 1), block: block.into() }
    }

    pub fn skipped(range: std::ops::Range<Pos>) -> Body {
        Body { range, block: std::sync::OnceLock::new() }
    }

    /// Supplies the statements that have been skipped.
    pub fn supply(&self, block: Block) {
        let known = self.block.set(block).is_err();
        assert!(!known, "a body is parsed once");
    }

    /// The statements, if they have been parsed.
    pub fn known_block(&self) -> Option<&Block> {
        self.block.get()
    }

    /// The statements. Requires: they have been parsed.
    pub fn block(&self) -> &Block {
        self.block.get().expect("the body has been parsed")
    }

    /// As `block`, to be changed.
    pub fn block_mut(&mut self) -> &mut Block {
        self.block.get_mut().expect("the body has been parsed")
    }
}

/// One parameter, result, struct field, or type parameter. `a, b int` gives two fields that share one type
/// expression: the second has `shares_type`, and its type need not be checked again.
#[derive(Debug)]
pub struct Field {
    pub pos: Pos,
    /// None: an unnamed parameter or an embedded struct field.
    pub name: Option<Ident>,
    pub ty: std::sync::Arc<Expr>,
    /// The type expression is the very same `Arc` as the previous field's.
    pub shares_type: bool,
    /// Struct fields only: the tag literal.
    pub tag: Option<Expr>,
    /// Struct fields only.
    pub embedded: bool,
}

#[derive(Debug)]
pub struct FuncType {
    /// Position of the parameters' `(`.
    pub pos: Pos,
    /// The last parameter's type may be `ExprKind::Ellipsis`.
    pub params: Vec<Field>,
    pub results: Vec<Field>,
}

#[derive(Debug)]
pub enum InterfaceElem {
    Method {
        name: Ident,
        ty: FuncType,
    },
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
    BasicLit {
        kind: LitKind,
        text: Box<str>,
        bad: bool,
    },
    /// Elements may be `KeyValue`. `ty` is None for an elided inner type.
    CompositeLit {
        ty: Option<Box<Expr>>,
        elems: Vec<Expr>,
        rbrace: Pos,
    },
    KeyValue {
        key: Box<Expr>,
        value: Box<Expr>,
    },
    FuncLit {
        ty: Box<FuncType>,
        body: Box<Block>,
    },
    Paren(Box<Expr>),
    Selector {
        x: Box<Expr>,
        sel: Ident,
    },
    /// Indexing or instantiation.
    Index {
        x: Box<Expr>,
        indices: Vec<Expr>,
    },
    Slice {
        x: Box<Expr>,
        lo: Option<Box<Expr>>,
        hi: Option<Box<Expr>>,
        max: Option<Box<Expr>>,
        full: bool,
    },
    /// `x.(T)`; None is `x.(type)`.
    TypeAssert {
        x: Box<Expr>,
        ty: Option<Box<Expr>>,
    },
    Call {
        fun: Box<Expr>,
        args: Vec<Expr>,
        dots: Option<Pos>,
        rparen: Pos,
    },
    /// Dereference or pointer type.
    Star(Box<Expr>),
    Unary {
        op: UnaryOp,
        x: Box<Expr>,
    },
    Binary {
        op: BinaryOp,
        x: Box<Expr>,
        y: Box<Expr>,
    },
    /// `len` None is `[...]T`.
    ArrayType {
        len: Option<Box<Expr>>,
        elem: Box<Expr>,
    },
    SliceType(Box<Expr>),
    /// `...T`, the last parameter.
    Ellipsis(Box<Expr>),
    StructType {
        fields: Vec<Field>,
    },
    FuncType(Box<FuncType>),
    InterfaceType {
        elems: Vec<InterfaceElem>,
    },
    MapType {
        key: Box<Expr>,
        value: Box<Expr>,
    },
    ChanType {
        dir: ChanDir,
        elem: Box<Expr>,
    },
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
    Labeled {
        label: Ident,
        stmt: Box<Stmt>,
    },
    Expr(Expr),
    Send {
        chan: Expr,
        value: Expr,
    },
    IncDec {
        x: Expr,
        inc: bool,
    },
    /// `op` None: `=` or, with `define`, `:=`. With `op`: one operand each side (`x op= y`).
    Assign {
        lhs: Vec<Expr>,
        op: Option<BinaryOp>,
        define: bool,
        rhs: Vec<Expr>,
    },
    Go(Expr),
    Defer(Expr),
    Return(Vec<Expr>),
    Branch {
        kind: BranchKind,
        label: Option<Ident>,
    },
    Block(Block),
    If {
        init: Option<Box<Stmt>>,
        cond: Expr,
        then: Block,
        els: Option<Box<Stmt>>,
    },
    Switch {
        init: Option<Box<Stmt>>,
        tag: Option<Expr>,
        cases: Vec<CaseClause>,
        rbrace: Pos,
    },
    /// `switch bind := x.(type)`; `x` is the operand, without the `.(type)`.
    TypeSwitch {
        init: Option<Box<Stmt>>,
        bind: Option<Ident>,
        x: Expr,
        cases: Vec<CaseClause>,
        rbrace: Pos,
    },
    Select {
        cases: Vec<CommClause>,
        rbrace: Pos,
    },
    For {
        init: Option<Box<Stmt>>,
        cond: Option<Expr>,
        post: Option<Box<Stmt>>,
        body: Block,
    },
    /// `for key, value = range x`, `:=` with `define`.
    Range {
        key: Option<Box<Expr>>,
        value: Option<Box<Expr>>,
        define: bool,
        x: Expr,
        body: Block,
    },
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
    /// The leftmost position of the expression: where gc points when it reports an error about it. As in gc, a slice
    /// expression counts from its bracket.
    pub fn start(&self) -> Pos {
        let mut e = self;
        loop {
            e = match &e.kind {
                ExprKind::CompositeLit { ty: Some(t), .. } => t,
                ExprKind::KeyValue { key, .. } => key,
                ExprKind::Selector { x, .. }
                | ExprKind::Index { x, .. }
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

impl Expr {
    /// The child that a left spine goes on with, taken out if it is itself a link of a spine: short chains are
    /// left to the ordinary drop.
    fn take_spine(&mut self) -> Option<Box<Expr>> {
        fn is_link(e: &Expr) -> bool {
            matches!(
                e.kind,
                ExprKind::Binary { .. }
                    | ExprKind::Call { .. }
                    | ExprKind::Selector { .. }
                    | ExprKind::Index { .. }
                    | ExprKind::Slice { .. }
                    | ExprKind::TypeAssert { .. }
                    | ExprKind::CompositeLit { ty: Some(_), .. }
            )
        }
        let (ExprKind::Binary { x, .. }
        | ExprKind::Call { fun: x, .. }
        | ExprKind::Selector { x, .. }
        | ExprKind::Index { x, .. }
        | ExprKind::Slice { x, .. }
        | ExprKind::TypeAssert { x, .. }
        | ExprKind::CompositeLit { ty: Some(x), .. }) = &self.kind
        else {
            return None;
        };
        if !is_link(x) {
            return None;
        }
        match std::mem::replace(&mut self.kind, ExprKind::Bad) {
            ExprKind::Binary { x, .. }
            | ExprKind::Call { fun: x, .. }
            | ExprKind::Selector { x, .. }
            | ExprKind::Index { x, .. }
            | ExprKind::Slice { x, .. }
            | ExprKind::TypeAssert { x, .. }
            | ExprKind::CompositeLit { ty: Some(x), .. } => Some(x),
            _ => None,
        }
    }
}

/// Left spines may be thousands of nodes long, so they are taken apart in a loop; the rest of a tree is no
/// deeper than `MAX_DEPTH` constructs.
impl Drop for Expr {
    fn drop(&mut self) {
        let mut next = self.take_spine();
        while let Some(mut e) = next {
            next = e.take_spine();
        }
    }
}

/// As for `Expr`: chains of `else if`.
impl Drop for Stmt {
    fn drop(&mut self) {
        fn take_else(s: &mut Stmt) -> Option<Box<Stmt>> {
            match &mut s.kind {
                StmtKind::If { els, .. } => els.take(),
                _ => None,
            }
        }
        let mut next = take_else(self);
        while let Some(mut s) = next {
            next = take_else(&mut s);
        }
    }
}
