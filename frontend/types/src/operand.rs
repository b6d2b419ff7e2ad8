//! Operands: intermediate results of checking an expression.
//!
//! In: nothing. Out: the value that expression checking passes around, and how messages describe it.

use escargo_syntax::ast::Expr;

use crate::constant::Const;
use crate::info::Mode;
use crate::world::{TypeId, World};

/// The outcome of checking an expression. `Mode::None` means that an error has been reported.
#[derive(Clone, Debug)]
pub struct Operand<'a> {
    pub mode: Mode,
    pub expr: Option<&'a Expr>,
    pub ty: TypeId,
    /// The value in mode `Const`.
    pub val: Const,
}

impl<'a> Operand<'a> {
    pub fn new() -> Operand<'a> {
        Operand { mode: Mode::None, expr: None, ty: World::INVALID, val: Const::Unknown }
    }

    pub fn is_invalid(&self) -> bool {
        self.mode == Mode::None
    }

    pub fn invalidate(&mut self) {
        self.mode = Mode::None;
    }
}

impl Default for Operand<'_> {
    fn default() -> Self {
        Operand::new()
    }
}
