//! Selector expressions: qualified identifiers, fields, methods, method expressions.
//!
//! In: syntax. Out: operands; selections in `Info`.

use escargo_syntax::Symbol;
use escargo_syntax::ast::{Expr, ExprKind};

use crate::checker::Checker;
use crate::exprstring::expr_string;
use crate::info::{Mode, SelectionKind};
use crate::lookup::{Found, Lookup};
use crate::operand::Operand;
use crate::predicates::is_exported;
use crate::world::{ObjId, ObjKind, PkgId, Signature, Type, TypeId, VarInfo, World};

/// A name without its first letter.
fn tail(s: &str) -> &str {
    let mut chars = s.chars();
    chars.next();
    chars.as_str()
}

impl<'a> Checker<'a> {
    /// Checks selector expression `e`. `want_type`: a type is expected.
    pub fn selector(&mut self, x: &mut Operand<'a>, e: &'a Expr, want_type: bool) {
        x.invalidate();
        if !self.selector_internal(x, e, want_type) {
            x.invalidate();
            x.ty = World::INVALID;
        }
        x.expr = Some(e);
    }

    fn selector_internal(&mut self, x: &mut Operand<'a>, e: &'a Expr, want_type: bool) -> bool {
        let ExprKind::Selector { x: base, sel } = &e.kind else { return false };
        let name = sel.name;
        if let ExprKind::Name(pkg_name) = base.kind
            && let Some(obj) = self.lookup(pkg_name)
            && let ObjKind::PkgName { imported, .. } = self.world.obj(obj).kind
        {
            self.record_use(base.id, obj);
            self.use_package(obj);
            return self.qualified(x, e, imported, *sel);
        }
        self.expr_or_type(x, base, false);
        match x.mode {
            Mode::None => return false,
            Mode::Builtin(_) => {
                let xs = self.operand_string(x);
                self.error(e.pos, format!("invalid use of {xs} in selector expression"));
                return false;
            }
            _ => {}
        }
        if !self.is_complete(x.ty) {
            return false;
        }
        if want_type {
            self.error(*sel, format!("{} is not a type", expr_string(e)));
            return false;
        }
        if let &Type::Pointer(b) = self.world.under_ty(x.ty)
            && !self.is_complete(b)
        {
            return false;
        }
        let found = match self.lookup_field_or_method(x.ty, x.mode == Mode::Var, Some(self.pkg), name) {
            Lookup::Found(f) => f,
            other => {
                self.selector_error(x, *sel, other);
                return false;
            }
        };
        match self.world.obj(found.obj).kind {
            ObjKind::Var(_) => {
                if x.mode == Mode::Type {
                    let ts = self.type_string(x.ty);
                    self.error(
                        &**base,
                        format!("operand for field selector {name} must be value of type {ts}"),
                    );
                    return false;
                }
                let ty = self.world.obj(found.obj).ty;
                let Found { obj, path, indirect } = found;
                self.record_selection(e, *sel, SelectionKind::Field, x.ty, obj, path, indirect, ty);
                x.mode = if x.mode == Mode::Var || indirect { Mode::Var } else { Mode::Value };
                x.ty = ty;
                true
            }
            _ => self.method(x, e, *sel, found),
        }
    }

    /// Method value or method expression.
    fn method(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        sel: escargo_syntax::ast::Ident,
        found: Found,
    ) -> bool {
        let Found { obj, path, indirect } = found;
        let origin = match self.world.obj(obj).kind {
            ObjKind::Func { origin: Some(o), .. } => o,
            _ => obj,
        };
        self.add_decl_dep(origin);
        let Type::Signature(sig) = self.world.ty(self.world.obj(obj).ty) else { return false };
        let mut sig = Signature { recv_tparams: Vec::new(), ..sig.clone() };
        let recv = sig.recv.take();
        let kind = if x.mode == Mode::Type {
            let Some(recv) = recv else {
                self.error(e, "illegal cycle in method declaration");
                return false;
            };
            // The receiver becomes the first parameter; it has a name if the others have.
            let named = sig.params.first().is_some_and(|&p| !self.world.obj(p).name.as_str().is_empty());
            let r = self.world.obj(recv);
            let (pos, mut name) = (r.pos, Symbol::EMPTY);
            if named {
                name = if r.name.as_str().is_empty() { Symbol::BLANK } else { r.name };
            }
            let info = VarInfo { param: true, used: true, ..VarInfo::default() };
            let first = self.new_var(pos, name, x.ty, info);
            sig.params.insert(0, first);
            SelectionKind::MethodExpr
        } else {
            SelectionKind::MethodVal
        };
        let ty = self.world.new_type(Type::Signature(sig));
        self.record_selection(e, sel, kind, x.ty, obj, path, indirect, ty);
        x.mode = Mode::Value;
        x.ty = ty;
        true
    }

    fn qualified(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        imported: PkgId,
        sel: escargo_syntax::ast::Ident,
    ) -> bool {
        let pkg = self.world.pkg(imported);
        let scope = pkg.scope;
        let Some(obj) = self.world.scope_lookup(scope, sel.name) else {
            if !self.is_fake(imported) {
                let lower = sel.name.as_str().to_lowercase();
                let names = &self.world.scopes[scope.index()].names;
                let alt = names
                    .iter()
                    .map(|(n, _)| n.as_str())
                    .find(|n| is_exported(n) && n.to_lowercase() == lower);
                let es = expr_string(e);
                let text = match alt {
                    Some(alt) => format!("undefined: {es} (but have {alt})"),
                    // Package C has what exports need; the rest would come out of C code.
                    None if self.world.pkg(imported).path == "C" => {
                        let text = format!(
                            "could not determine what {es} refers to (cgo is not supported: C code is not compiled)"
                        );
                        self.error(e, text);
                        return false;
                    }
                    None => format!("undefined: {es}"),
                };
                self.error(sel, text);
            }
            return false;
        };
        if !is_exported(sel.name.as_str()) && self.world.pkg(imported).path != "C" {
            // The importing package cannot know it.
            self.error(sel, format!("undefined: {}", expr_string(e)));
        }
        self.record_use(sel.id, obj);
        let o = self.world.obj(obj);
        x.ty = o.ty;
        x.mode = match &o.kind {
            ObjKind::Const { value } => {
                x.val = value.clone();
                Mode::Const
            }
            ObjKind::TypeName { .. } => Mode::Type,
            ObjKind::Var(_) => Mode::Var,
            ObjKind::Func { .. } => Mode::Value,
            &ObjKind::Builtin(b) => Mode::Builtin(b),
            _ => return false,
        };
        // An imported package with errors may hold objects without a type.
        matches!(x.mode, Mode::Builtin(_)) || self.world.is_valid(x.ty)
    }

    fn selector_error(&mut self, x: &Operand<'a>, sel: escargo_syntax::ast::Ident, found: Lookup) {
        let name = sel.name;
        let u = self.world.under(x.ty);
        if !self.world.is_valid(u) {
            return;
        }
        let text = match found {
            Lookup::Ambiguous(_) => format!("ambiguous selector {}.{name}", x.expr_text()),
            Lookup::NeedsPointer => {
                let ts = self.type_string(x.ty);
                if x.mode == Mode::Type {
                    format!("invalid method expression {ts}.{name} (needs pointer receiver (*{ts}).{name})")
                } else {
                    format!("cannot call pointer method {name} on {ts}")
                }
            }
            _ => {
                let why = if self.world.is_interface_ptr(x.ty) {
                    self.world.interface_ptr_error(x.ty)
                } else {
                    let alt = self.world.lookup_fold(x.ty, x.mode == Mode::Var, Some(self.pkg), name, true);
                    self.lookup_error(x.ty, name, alt.found().map(|f| f.obj), false)
                };
                format!("{}.{name} undefined ({why})", x.expr_text())
            }
        };
        self.error(sel, text);
    }

    /// Why there is no `sel` in type `t`, where `obj` is what has that name but for case or export.
    pub fn lookup_error(&mut self, t: TypeId, sel: Symbol, obj: Option<ObjId>, struct_lit: bool) -> String {
        #[derive(PartialEq)]
        enum Case {
            Missing,
            Misspelled,
            Unexported,
            Inaccessible,
        }
        let mut case = Case::Missing;
        let mut alt = "";
        let mut what = "object";
        if let Some(obj) = obj {
            let o = self.world.obj(obj);
            alt = o.name.as_str();
            what = match o.kind {
                ObjKind::Var(_) => "field",
                ObjKind::Func { .. } => "method",
                _ => "object",
            };
            let sel = sel.as_str();
            if o.pkg == Some(self.pkg) {
                case = Case::Misspelled;
            } else if is_exported(sel) {
                if is_exported(alt) {
                    case = Case::Misspelled;
                } else if tail(sel) == tail(alt) {
                    case = Case::Unexported;
                }
            } else if is_exported(alt) {
                if tail(sel) == tail(alt) {
                    case = Case::Misspelled;
                }
            } else if sel == alt {
                case = Case::Inaccessible;
            }
        }
        let ts = self.type_string(t);
        if struct_lit {
            return match case {
                Case::Missing => format!("unknown field {sel} in struct literal of type {ts}"),
                Case::Misspelled => {
                    format!("unknown field {sel} in struct literal of type {ts}, but does have {alt}")
                }
                Case::Unexported => {
                    format!(
                        "unknown field {sel} in struct literal of type {ts}, but does have unexported {alt}"
                    )
                }
                Case::Inaccessible => {
                    format!("cannot refer to unexported field {alt} in struct literal of type {ts}")
                }
            };
        }
        match case {
            Case::Missing => format!("type {ts} has no field or method {sel}"),
            Case::Misspelled => format!("type {ts} has no field or method {sel}, but does have {what} {alt}"),
            Case::Unexported => {
                format!("type {ts} has no field or method {sel}, but does have unexported {what} {alt}")
            }
            Case::Inaccessible => format!("cannot refer to unexported {what} {alt}"),
        }
    }
}
