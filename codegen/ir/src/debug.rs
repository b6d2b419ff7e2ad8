//! What a debugger wants to know: the source's variables and their types.
//!
//! In: made by the frontend, if it is asked to. Out: read by the code generator, which finds where the variables are. The
//! operations `debug_addr` and `debug_value` tie variables to memory and values; nothing else refers to these tables, and a
//! program does the same without them.

use crate::entity::{DebugTypeId, GlobalId, Pos, VarId};

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Debug {
    pub types: Vec<DebugType>,
    pub vars: Vec<DebugVar>,
    pub globals: Vec<DebugGlobal>,
}

/// A source type.
#[derive(Debug, Clone, PartialEq)]
pub struct DebugType {
    /// As the source language writes it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    pub kind: DebugKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum DebugKind {
    Bool,
    Int,
    Uint,
    Float,
    Complex,
    /// None: the target's type is not known.
    Pointer(Option<DebugTypeId>),
    /// Fields at ascending offsets.
    Struct(Vec<DebugField>),
    Array {
        elem: DebugTypeId,
        count: u64,
    },
    /// Another name of a type.
    Named(DebugTypeId),
    /// Code, behind pointers.
    Func,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DebugField {
    pub name: String,
    pub ty: DebugTypeId,
    pub offset: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VarKind {
    Param,
    Result,
    Local,
}

/// A variable of a function. Parameters and results have ascending numbers in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct DebugVar {
    pub name: String,
    pub kind: VarKind,
    pub ty: DebugTypeId,
    /// The declaration.
    pub pos: Pos,
    /// End of the block that the variable is known in.
    pub end: Pos,
}

/// A variable of a package.
#[derive(Debug, Clone, PartialEq)]
pub struct DebugGlobal {
    pub name: String,
    pub global: GlobalId,
    pub ty: DebugTypeId,
    pub pos: Pos,
}

impl VarKind {
    const ALL: [VarKind; 3] = [VarKind::Param, VarKind::Result, VarKind::Local];

    pub fn name(self) -> &'static str {
        match self {
            VarKind::Param => "param",
            VarKind::Result => "result",
            VarKind::Local => "local",
        }
    }

    pub fn by_name(name: &str) -> Option<VarKind> {
        VarKind::ALL.into_iter().find(|k| k.name() == name)
    }
}

impl Debug {
    pub fn ty(&self, id: DebugTypeId) -> &DebugType {
        &self.types[id.index()]
    }

    pub fn var(&self, id: VarId) -> &DebugVar {
        &self.vars[id.index()]
    }

    /// What is wrong with the tables: references to nothing.
    pub fn check(&self, globals: usize, mut fail: impl FnMut(String)) {
        let known = |t: DebugTypeId| t.index() < self.types.len();
        for (i, t) in self.types.iter().enumerate() {
            let ok = match &t.kind {
                DebugKind::Pointer(Some(t)) | DebugKind::Array { elem: t, .. } | DebugKind::Named(t) => {
                    known(*t)
                }
                DebugKind::Struct(fields) => fields.iter().all(|f| known(f.ty)),
                _ => true,
            };
            if !ok {
                fail(format!("debug type t{i}: no such type"));
            }
        }
        if self.vars.iter().any(|v| !known(v.ty)) || self.globals.iter().any(|g| !known(g.ty)) {
            fail("a debug variable has no type".into());
        }
        if self.globals.iter().any(|g| g.global.index() >= globals) {
            fail("a debug variable has no global".into());
        }
    }
}
