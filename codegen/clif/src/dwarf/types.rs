//! Types as DWARF describes them. A type gets its entry when something refers to it and its contents later, so that types may refer to
//! each other in circles.

use cranelift_codegen::gimli::write::{AttributeValue, UnitEntryId};
use cranelift_codegen::gimli::{
    DW_AT_byte_size, DW_AT_count, DW_AT_data_member_location, DW_AT_encoding, DW_ATE_boolean,
    DW_ATE_complex_float, DW_ATE_float, DW_ATE_signed, DW_ATE_unsigned, DW_TAG_array_type, DW_TAG_base_type,
    DW_TAG_member, DW_TAG_pointer_type, DW_TAG_structure_type, DW_TAG_subrange_type, DW_TAG_subroutine_type,
    DW_TAG_typedef,
};
use escargo_ir::{DebugKind, DebugTypeId};

use super::Builder;

impl Builder<'_> {
    pub(super) fn type_entry(&mut self, ty: DebugTypeId) -> UnitEntryId {
        if let Some(&entry) = self.types.get(&ty) {
            return entry;
        }
        let tag = match self.module.debug.ty(ty).kind {
            DebugKind::Bool | DebugKind::Int | DebugKind::Uint | DebugKind::Float | DebugKind::Complex => {
                DW_TAG_base_type
            }
            DebugKind::Pointer(_) => DW_TAG_pointer_type,
            DebugKind::Struct(_) => DW_TAG_structure_type,
            DebugKind::Array { .. } => DW_TAG_array_type,
            DebugKind::Named(_) => DW_TAG_typedef,
            DebugKind::Func => DW_TAG_subroutine_type,
        };
        let entry = self.unit.add(self.root, tag);
        self.types.insert(ty, entry);
        self.open.push(ty);
        entry
    }

    pub(super) fn finish_types(&mut self) {
        while let Some(ty) = self.open.pop() {
            self.fill_type(ty);
        }
    }

    fn fill_type(&mut self, id: DebugTypeId) {
        let module = self.module;
        let (ty, entry) = (module.debug.ty(id), self.types[&id]);
        self.name(entry, &ty.name);
        let encoding = match &ty.kind {
            DebugKind::Bool => DW_ATE_boolean,
            DebugKind::Int => DW_ATE_signed,
            DebugKind::Uint => DW_ATE_unsigned,
            DebugKind::Float => DW_ATE_float,
            DebugKind::Complex => DW_ATE_complex_float,
            DebugKind::Func => return,
            DebugKind::Named(to) => return self.typed(entry, *to),
            DebugKind::Pointer(to) => {
                self.set(entry, DW_AT_byte_size, AttributeValue::Udata(ty.size));
                if let Some(to) = to {
                    self.typed(entry, *to);
                }
                return;
            }
            DebugKind::Array { elem, count } => {
                self.typed(entry, *elem);
                self.set(entry, DW_AT_byte_size, AttributeValue::Udata(ty.size));
                let range = self.unit.add(entry, DW_TAG_subrange_type);
                return self.set(range, DW_AT_count, AttributeValue::Udata(*count));
            }
            DebugKind::Struct(fields) => {
                self.set(entry, DW_AT_byte_size, AttributeValue::Udata(ty.size));
                for f in fields {
                    let member = self.unit.add(entry, DW_TAG_member);
                    self.name(member, &f.name);
                    self.typed(member, f.ty);
                    self.set(member, DW_AT_data_member_location, AttributeValue::Udata(f.offset));
                }
                return;
            }
        };
        self.set(entry, DW_AT_byte_size, AttributeValue::Udata(ty.size));
        self.set(entry, DW_AT_encoding, AttributeValue::Encoding(encoding));
    }
}
