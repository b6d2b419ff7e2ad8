//! The tokens of Go and their spelling in gc's messages.

use crate::ast::{BinaryOp, UnaryOp};

/// Automatic semicolons are `Semi` too; keywords are `Break` to `Var`, in alphabetical order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Token {
    Eof,
    Name,
    Literal,
    /// Any operator but `*`, which is `Star` since it also starts types.
    Operator,
    /// `op=`
    AssignOp,
    /// `++` or `--`
    IncOp,
    Assign,
    Define,
    Arrow,
    Star,
    Lparen,
    Lbrack,
    Lbrace,
    Rparen,
    Rbrack,
    Rbrace,
    Comma,
    Semi,
    Colon,
    Dot,
    DotDotDot,
    Break,
    Case,
    Chan,
    Const,
    Continue,
    Default,
    Defer,
    Else,
    Fallthrough,
    For,
    Func,
    Go,
    Goto,
    If,
    Import,
    Interface,
    Map,
    Package,
    Range,
    Return,
    Select,
    Struct,
    Switch,
    Type,
    Var,
}

const SPELLING: [&str; Token::Var as usize + 1] = [
    "EOF",
    "name",
    "literal",
    "op",
    "op=",
    "opop",
    "=",
    ":=",
    "<-",
    "*",
    "(",
    "[",
    "{",
    ")",
    "]",
    "}",
    ",",
    ";",
    ":",
    ".",
    "...",
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

impl Token {
    pub fn as_str(self) -> &'static str {
        SPELLING[self as usize]
    }

    pub fn is_keyword(self) -> bool {
        self >= Token::Break
    }

    /// The keyword spelt `text`.
    pub fn keyword(text: &[u8]) -> Option<Token> {
        use Token::*;
        if !(2..=11).contains(&text.len()) || !(b'b'..=b'v').contains(&text[0]) {
            return None;
        }
        Some(match text {
            b"break" => Break,
            b"case" => Case,
            b"chan" => Chan,
            b"const" => Const,
            b"continue" => Continue,
            b"default" => Default,
            b"defer" => Defer,
            b"else" => Else,
            b"fallthrough" => Fallthrough,
            b"for" => For,
            b"func" => Func,
            b"go" => Go,
            b"goto" => Goto,
            b"if" => If,
            b"import" => Import,
            b"interface" => Interface,
            b"map" => Map,
            b"package" => Package,
            b"range" => Range,
            b"return" => Return,
            b"select" => Select,
            b"struct" => Struct,
            b"switch" => Switch,
            b"type" => Type,
            b"var" => Var,
            _ => return None,
        })
    }

    /// The words that gc's messages use for the token.
    pub fn describe(self) -> String {
        match self {
            Token::Comma => "comma".into(),
            Token::Semi => "semicolon or newline".into(),
            t if t.is_keyword() => format!("keyword {}", t.as_str()),
            t => t.as_str().into(),
        }
    }
}

/// The operators of `Operator`, `Star`, `AssignOp` and `IncOp` tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Op {
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
    Not,
    Tilde,
}

impl Op {
    /// Binding strength from 1 (`||`) to 5 (`*`); 0 if it is not a binary operator.
    pub fn precedence(self) -> u8 {
        use Op::*;
        match self {
            OrOr => 1,
            AndAnd => 2,
            Eql | Neq | Lss | Leq | Gtr | Geq => 3,
            Add | Sub | Or | Xor => 4,
            Mul | Div | Rem | And | AndNot | Shl | Shr => 5,
            Not | Tilde => 0,
        }
    }

    pub fn binary(self) -> Option<BinaryOp> {
        Some(match self {
            Op::OrOr => BinaryOp::OrOr,
            Op::AndAnd => BinaryOp::AndAnd,
            Op::Eql => BinaryOp::Eql,
            Op::Neq => BinaryOp::Neq,
            Op::Lss => BinaryOp::Lss,
            Op::Leq => BinaryOp::Leq,
            Op::Gtr => BinaryOp::Gtr,
            Op::Geq => BinaryOp::Geq,
            Op::Add => BinaryOp::Add,
            Op::Sub => BinaryOp::Sub,
            Op::Or => BinaryOp::Or,
            Op::Xor => BinaryOp::Xor,
            Op::Mul => BinaryOp::Mul,
            Op::Div => BinaryOp::Div,
            Op::Rem => BinaryOp::Rem,
            Op::And => BinaryOp::And,
            Op::AndNot => BinaryOp::AndNot,
            Op::Shl => BinaryOp::Shl,
            Op::Shr => BinaryOp::Shr,
            Op::Not | Op::Tilde => return None,
        })
    }

    pub fn as_str(self) -> &'static str {
        match self.binary() {
            Some(op) => op.as_str(),
            None if self == Op::Not => "!",
            None => "~",
        }
    }
}

impl BinaryOp {
    pub fn as_str(self) -> &'static str {
        match self {
            BinaryOp::OrOr => "||",
            BinaryOp::AndAnd => "&&",
            BinaryOp::Eql => "==",
            BinaryOp::Neq => "!=",
            BinaryOp::Lss => "<",
            BinaryOp::Leq => "<=",
            BinaryOp::Gtr => ">",
            BinaryOp::Geq => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Or => "|",
            BinaryOp::Xor => "^",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
            BinaryOp::And => "&",
            BinaryOp::AndNot => "&^",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
        }
    }
}

impl UnaryOp {
    pub fn as_str(self) -> &'static str {
        match self {
            UnaryOp::Plus => "+",
            UnaryOp::Neg => "-",
            UnaryOp::Not => "!",
            UnaryOp::Xor => "^",
            UnaryOp::Addr => "&",
            UnaryOp::Recv => "<-",
            UnaryOp::Tilde => "~",
        }
    }
}
