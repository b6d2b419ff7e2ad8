//! Struct types.
//!
//! In: field lists. Out: struct types. Guarantees: no two fields but `_` share a name.

use escargo_syntax::Symbol;
use escargo_syntax::ast::{Expr, ExprKind, Field, Ident};
use rustc_hash::FxHashMap;

use crate::checker::Checker;
use crate::constant::unquote;
use crate::world::*;

impl<'a> Checker<'a> {
    pub fn struct_type(&mut self, list: &'a [Field]) -> TypeId {
        let mut fields: Vec<ObjId> = Vec::with_capacity(list.len());
        let mut tags: Vec<String> = Vec::new();
        let mut declared: FxHashMap<Symbol, ObjId> = FxHashMap::default();
        let mut ty = World::INVALID;
        for f in list {
            if !f.shares_type {
                ty = self.var_type(&f.ty);
            }
            let ident = match f.name {
                Some(name) => name,
                None => match embedded_field_ident(&f.ty) {
                    Some(name) => name,
                    None => {
                        let text = crate::exprstring::expr_string(&f.ty);
                        self.error(&*f.ty, format!("invalid embedded field type {text}"));
                        continue;
                    }
                },
            };
            let info = VarInfo { field: true, embedded: f.name.is_none(), ..VarInfo::default() };
            let obj = self.new_var(ident.pos, ident.name, ty, info);
            if !ident.name.is_blank() {
                if let Some(&alt) = declared.get(&ident.name) {
                    let more = self.other_declaration(alt);
                    self.error_with(ident.pos, format!("{} redeclared", ident.name), &more, false);
                    continue;
                }
                declared.insert(ident.name, obj);
            }
            if let Some(tag) = &f.tag {
                tags.resize(fields.len(), String::new());
                tags.push(tag_value(tag));
            } else if !tags.is_empty() {
                tags.push(String::new());
            }
            fields.push(obj);
            self.record_def(ident.id, obj);
            if f.name.is_none() {
                self.check_embedded(&f.ty, ty);
            }
        }
        self.world.new_type(Type::Struct(StructType { fields, tags }))
    }

    fn check_embedded(&mut self, e: &'a Expr, ty: TypeId) {
        self.later(move |c| {
            let (t, is_ptr) = c.world.deref(ty);
            if !c.world.is_valid(t) {
                return;
            }
            match c.world.under_ty(t) {
                Type::Basic(Basic::UnsafePointer) => {
                    c.error(e, "embedded field type cannot be unsafe.Pointer")
                }
                Type::Pointer(_) => c.error(e, "embedded field type cannot be a pointer"),
                Type::Interface(_) => {
                    if c.world.is_type_param(t) {
                        c.error(e, "embedded field type cannot be a (pointer to a) type parameter");
                    } else if is_ptr {
                        c.error(e, "embedded field type cannot be a pointer to an interface");
                    }
                }
                _ => {}
            }
        });
    }
}

fn tag_value(tag: &Expr) -> String {
    match &tag.kind {
        ExprKind::BasicLit { text, bad: false, .. } => {
            unquote(text).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// The name an embedded field has: that of its type.
pub fn embedded_field_ident(e: &Expr) -> Option<Ident> {
    match &e.kind {
        ExprKind::Name(name) => Some(Ident { id: e.id, pos: e.pos, name: *name }),
        ExprKind::Star(x) if !matches!(x.kind, ExprKind::Star(_)) => embedded_field_ident(x),
        ExprKind::Selector { sel, .. } => Some(*sel),
        ExprKind::Index { x, .. } | ExprKind::Paren(x) => embedded_field_ident(x),
        _ => None,
    }
}
