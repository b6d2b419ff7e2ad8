//! Parsing of what debuggers want to know: types, variables, variables of packages.

use super::{Parser, Result};
use crate::debug::{DebugField, DebugGlobal, DebugKind, DebugType, DebugVar, VarKind};
use crate::entity::DebugTypeId;

impl Parser<'_> {
    fn debug_type_ref(&mut self) -> Result<DebugTypeId> {
        Ok(DebugTypeId(self.entity(b't')?))
    }

    /// The number of the next entry of a table, which must be in order.
    fn in_order(&mut self, prefix: u8, next: usize) -> Result<()> {
        let at = self.at;
        if self.entity(prefix)? as usize != next {
            return self.error(at, format!("expected {}{next}", prefix as char));
        }
        Ok(())
    }

    pub(super) fn debug_type(&mut self) -> Result<()> {
        self.in_order(b't', self.module.debug.types.len())?;
        let name = self.string()?;
        self.expect("size")?;
        let size = self.int()?;
        self.blanks();
        let at = self.at;
        let kind = match self.word()?.as_str() {
            "bool" => DebugKind::Bool,
            "int" => DebugKind::Int,
            "uint" => DebugKind::Uint,
            "float" => DebugKind::Float,
            "complex" => DebugKind::Complex,
            "func" => DebugKind::Func,
            "pointer" => {
                let to = if self.numbered(b't') { Some(self.debug_type_ref()?) } else { None };
                DebugKind::Pointer(to)
            }
            "named" => DebugKind::Named(self.debug_type_ref()?),
            "array" => {
                let count = self.int()?;
                DebugKind::Array { elem: self.debug_type_ref()?, count }
            }
            "struct" => {
                let mut fields = Vec::new();
                while self.eat(",") {
                    self.expect("field")?;
                    let name = self.string()?;
                    let ty = self.debug_type_ref()?;
                    self.expect("at")?;
                    fields.push(DebugField { name, ty, offset: self.int()? });
                }
                DebugKind::Struct(fields)
            }
            _ => return self.error(at, "unknown kind of type"),
        };
        self.module.debug.types.push(DebugType { name, size, kind });
        Ok(())
    }

    pub(super) fn debug_var(&mut self) -> Result<()> {
        self.in_order(b'd', self.module.debug.vars.len())?;
        self.blanks();
        let at = self.at;
        let Some(kind) = VarKind::by_name(&self.word()?) else {
            return self.error(at, "unknown kind of variable");
        };
        let name = self.string()?;
        let ty = self.debug_type_ref()?;
        let pos = self.pos()?;
        self.expect("to")?;
        let end = self.pos()?;
        self.module.debug.vars.push(DebugVar { name, kind, ty, pos, end });
        Ok(())
    }

    pub(super) fn debug_global(&mut self) -> Result<()> {
        let global = self.global_ref()?;
        let name = self.string()?;
        let ty = self.debug_type_ref()?;
        let pos = self.pos()?;
        self.module.debug.globals.push(DebugGlobal { name, global, ty, pos });
        Ok(())
    }
}
