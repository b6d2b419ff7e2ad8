//! The one type of diagnostics: a mistake in the user's program, with its position, in gc's words.
//! Phases return them; only the command renders them.

use crate::source::Pos;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    Error,
    /// A remark asked for by a flag such as `-gcflags=-m`.
    Note,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    pub pos: Pos,
    pub severity: Severity,
    /// First line as gc prints it; further lines are continuations and start with a tab.
    pub message: String,
    /// A soft error does not stop code generation of what is well typed (unused variables and imports).
    pub soft: bool,
}

impl Diagnostic {
    pub fn error(pos: Pos, message: impl Into<String>) -> Diagnostic {
        Diagnostic { pos, severity: Severity::Error, message: message.into(), soft: false }
    }

    pub fn soft_error(pos: Pos, message: impl Into<String>) -> Diagnostic {
        Diagnostic { soft: true, ..Diagnostic::error(pos, message) }
    }

    pub fn note(pos: Pos, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Note, ..Diagnostic::error(pos, message) }
    }
}
