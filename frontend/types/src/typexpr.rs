//! Type expressions and identifiers.
//!
//! In: syntax. Out: types; operands for identifiers. Guarantees: every type expression is recorded.

use escargo_syntax::ast::{Expr, ExprKind, UnaryOp};
use escargo_syntax::{Pos, Symbol};

use crate::checker::Checker;
use crate::constcheck::represent;
use crate::exprstring::expr_string;
use crate::info::Mode;
use crate::operand::Operand;
use crate::world::*;

/// Nesting beyond this is refused.
const MAX_DEPTH: u32 = 2000;

impl<'a> Checker<'a> {
    /// Checks identifier `e`; `want_type`: a type is expected.
    pub fn ident(&mut self, x: &mut Operand<'a>, e: &'a Expr, name: Symbol, want_type: bool) {
        x.invalidate();
        x.expr = Some(e);
        let Some((scope, obj)) = self.lookup_scope(name) else {
            if name.is_blank() {
                self.error(e, "cannot use _ as value or type");
            } else {
                self.error(e, format!("undefined: {name}"));
            }
            return;
        };
        if scope == UNIVERSE {
            let ty = self.world.obj(obj).ty;
            if (ty == World::ANY || ty == World::COMPARABLE)
                && !self.verify_version(e, (1, 18), &format!("predeclared {name}"))
            {
                return;
            }
        }
        self.record_use(e.id, obj);
        let is_type = matches!(self.world.obj(obj).kind, ObjKind::TypeName { .. });
        if want_type && !is_type {
            let kind = self.world.object_kind(obj);
            self.error(e, format!("{name} ({kind}) is not a type"));
            self.use_var(obj);
            return;
        }
        // A value that has a type already does not close a cycle.
        let o = self.world.obj(obj);
        if o.pkg == Some(self.pkg) && (is_type || o.ty == World::INVALID) {
            self.obj_decl(obj);
        }
        if let Some(&p) = self.dot_imports.get(&(scope, name)) {
            self.use_package(p);
        }
        let o = self.world.obj(obj);
        let ty = o.ty;
        match &o.kind {
            ObjKind::PkgName { .. } => {
                self.error(e, format!("use of package {name} not in selector"));
                return;
            }
            ObjKind::Const { value } => {
                let value = value.clone();
                self.add_decl_dep(obj);
                if !self.world.is_valid(ty) {
                    return;
                }
                if scope == UNIVERSE && name.as_str() == "iota" {
                    let Some(iota) = self.env.iota.clone() else {
                        self.error(e, "cannot use iota outside constant declaration");
                        return;
                    };
                    x.val = iota;
                } else {
                    x.val = value;
                }
                x.mode = Mode::Const;
            }
            ObjKind::TypeName { .. } => x.mode = Mode::Type,
            ObjKind::Var(_) => {
                if o.pkg == Some(self.pkg) {
                    self.use_var(obj);
                }
                self.add_decl_dep(obj);
                if !self.world.is_valid(ty) {
                    return;
                }
                x.mode = Mode::Var;
            }
            ObjKind::Func { .. } => {
                self.add_decl_dep(obj);
                x.mode = Mode::Value;
            }
            &ObjKind::Builtin(b) => x.mode = Mode::Builtin(b),
            ObjKind::Nil => x.mode = Mode::NilValue,
            ObjKind::Label { .. } => return,
        }
        x.ty = ty;
    }

    /// Marks an imported package name as used.
    pub fn use_package(&mut self, pkg_name: ObjId) {
        if let ObjKind::PkgName { used, .. } = &mut self.world.objs[pkg_name.index()].kind {
            *used = true;
        }
    }

    /// The type that `e` denotes.
    pub fn typ(&mut self, e: &'a Expr) -> TypeId {
        self.declared_type(e, None)
    }

    /// As `typ`, for the type of a variable: constraint interfaces are refused.
    pub fn var_type(&mut self, e: &'a Expr) -> TypeId {
        let t = self.declared_type(e, None);
        self.valid_var_type(e, t);
        t
    }

    pub(crate) fn valid_var_type(&mut self, e: &'a Expr, t: TypeId) {
        // Most types are known not to be interfaces without waiting.
        match self.world.ty(t) {
            Type::Named(_) | Type::Alias(_) | Type::Interface(_) => {}
            _ => return,
        }
        if self.world.is_type_param(t) || t == World::ERROR || t == World::ANY {
            return;
        }
        self.later(move |c| {
            let u = c.world.under(t);
            if !matches!(c.world.ty(u), Type::Interface(_)) || c.world.is_method_set(u) {
                return;
            }
            let why = if c.world.type_set(u).comparable {
                "interface is (or embeds) comparable"
            } else {
                "interface contains type constraints"
            };
            let ts = c.world.type_string(t);
            c.soft_error(e, format!("cannot use type {ts} outside a type constraint: {why}"));
        });
    }

    /// The type that `e` denotes in the declaration of type name `def`.
    pub fn declared_type(&mut self, e: &'a Expr, def: Option<ObjId>) -> TypeId {
        let mut t = self.typ_internal(e, def);
        if self.world.is_generic(t) {
            let ts = self.world.type_string(t);
            self.error(e, format!("cannot use generic type {ts} without instantiation"));
            t = World::INVALID;
        }
        self.record_type(e, t);
        t
    }

    /// As `typ` for an expression that must denote a generic type; the error, not yet reported, says otherwise.
    pub fn generic_type(&mut self, e: &'a Expr) -> Result<TypeId, Option<String>> {
        let t = self.typ_internal(e, None);
        if !self.world.is_valid(t) {
            self.record_type(e, World::INVALID);
            return Err(None);
        }
        if !self.world.is_generic(t) {
            let ts = self.world.type_string(t);
            self.record_type(e, World::INVALID);
            return Err(Some(format!("{ts} is not a generic type")));
        }
        self.record_type(e, t);
        Ok(t)
    }

    fn typ_internal(&mut self, e: &'a Expr, def: Option<ObjId>) -> TypeId {
        if self.depth >= MAX_DEPTH {
            self.error(e, "type nested too deeply");
            return World::INVALID;
        }
        self.depth += 1;
        let t = self.typ_internal0(e, def);
        self.depth -= 1;
        t
    }

    fn typ_internal0(&mut self, e: &'a Expr, def: Option<ObjId>) -> TypeId {
        match &e.kind {
            ExprKind::Bad => World::INVALID,
            ExprKind::Name(name) => {
                let mut x = Operand::new();
                self.ident(&mut x, e, *name, true);
                self.operand_type(&x)
            }
            ExprKind::Selector { .. } => {
                let mut x = Operand::new();
                self.selector(&mut x, e, true);
                self.operand_type(&x)
            }
            ExprKind::Index { x, indices } => {
                self.verify_version(e, (1, 18), "type instantiation");
                self.instantiated_type(x, indices)
            }
            ExprKind::Paren(x) => self.declared_type(x, def),
            ExprKind::ArrayType { len, elem } => {
                let len = match len {
                    Some(len) => self.array_length(len),
                    None => {
                        self.error(e, "invalid use of [...] array (outside a composite literal)");
                        -1
                    }
                };
                let elem = self.var_type(elem);
                if len < 0 {
                    return World::INVALID;
                }
                let t = self.world.new_type(Type::Array { len, elem });
                if len >= 1 << 16 {
                    self.size_checks.push((t, e.pos));
                }
                t
            }
            ExprKind::SliceType(elem) => {
                let elem = self.var_type(elem);
                self.world.new_type(Type::Slice(elem))
            }
            ExprKind::Ellipsis(_) => {
                self.error(e, "invalid use of ...");
                World::INVALID
            }
            ExprKind::StructType { fields } => self.struct_type(fields),
            ExprKind::Star(x) => {
                let base = self.var_type(x);
                if !self.world.is_valid(base) {
                    return World::INVALID;
                }
                self.world.new_type(Type::Pointer(base))
            }
            ExprKind::FuncType(ty) => self.func_type(None, None, &[], ty, e.id).0,
            ExprKind::InterfaceType { elems } => self.interface_type(e, elems, def),
            ExprKind::MapType { key, value } => {
                let k = self.var_type(key);
                let elem = self.var_type(value);
                self.later(move |c| {
                    if !c.world.comparable(k) && c.world.is_valid(k) {
                        let why =
                            if c.world.is_type_param(k) { " (missing comparable constraint)" } else { "" };
                        let ks = c.world.type_string(k);
                        c.error(&**key, format!("invalid map key type {ks}{why}"));
                    }
                });
                self.world.new_type(Type::Map { key: k, elem })
            }
            ExprKind::ChanType { dir, elem } => {
                let elem = self.var_type(elem);
                let t = self.world.new_type(Type::Chan { dir: *dir, elem });
                self.size_checks.push((t, e.pos));
                t
            }
            _ => {
                self.error(e, format!("{} is not a type", expr_string(e)));
                self.use_exprs(std::slice::from_ref(e));
                World::INVALID
            }
        }
    }

    /// The type an operand denotes; reports one that denotes none.
    fn operand_type(&mut self, x: &Operand<'a>) -> TypeId {
        match x.mode {
            Mode::Type => x.ty,
            Mode::None => World::INVALID,
            Mode::NoValue => {
                let text = self.operand_string(x);
                self.error(x, format!("{text} used as type"));
                World::INVALID
            }
            _ => {
                let text = self.operand_string(x);
                self.error(x, format!("{text} is not a type"));
                World::INVALID
            }
        }
    }

    fn instantiated_type(&mut self, x: &'a Expr, xlist: &'a [Expr]) -> TypeId {
        let gtyp = match self.generic_type(x) {
            Ok(t) => Some(t),
            Err(cause) => {
                if let Some(cause) = cause {
                    let args = xlist.iter().map(expr_string).collect::<Vec<_>>().join(", ");
                    self.error(x, format!("invalid operation: {}[{args}] ({cause})", expr_string(x)));
                }
                None
            }
        };
        let Some(gtyp) = gtyp else { return World::INVALID };
        let Some(targs) = self.type_list(xlist) else { return World::INVALID };
        let inst = self.instance(x.start(), gtyp, &targs);
        if inst == World::INVALID {
            return inst;
        }
        self.later(move |c| {
            c.record_instance(x, targs.clone(), inst);
            let tparams = c.world.type_params(gtyp).to_vec();
            let name = match c.world.ty(gtyp) {
                Type::Named(n) => c.world.obj(n.obj).name,
                Type::Alias(a) => c.world.obj(a.obj).name,
                _ => return,
            };
            if !c.validate_targ_len(x.start(), name.as_str(), tparams.len(), targs.len()) {
                return;
            }
            let dynamic = c.allow_version((1, 20));
            match c.world.verify_args(&tparams, &targs, dynamic) {
                Err((i, why)) => {
                    let pos = xlist.get(i).map_or(x.start(), Expr::start);
                    c.soft_error(pos, why);
                }
                Ok(()) => c.mono_instance(x.start(), &tparams, &targs, xlist),
            }
        });
        inst
    }

    /// Instantiates a generic type or function. For aliases and functions a wrong number of arguments is reported.
    pub fn instance(&mut self, pos: Pos, generic: TypeId, targs: &[TypeId]) -> TypeId {
        let want = self.world.type_params(generic).len();
        match self.world.ty(generic) {
            Type::Named(_) => {}
            Type::Alias(a) => {
                let name = self.world.obj(a.obj).name;
                if !self.validate_targ_len(pos, name.as_str(), want, targs.len()) {
                    return World::INVALID;
                }
            }
            _ => {
                let name = self.world.type_string(generic);
                if !self.validate_targ_len(pos, &name, want, targs.len()) {
                    return World::INVALID;
                }
            }
        }
        let inst = self.world.instantiate(generic, targs);
        self.world.instance_pos.entry(inst).or_insert(pos);
        inst
    }

    pub fn validate_targ_len(&mut self, pos: Pos, name: &str, want: usize, got: usize) -> bool {
        let qual = match got.cmp(&want) {
            std::cmp::Ordering::Less => "not enough",
            std::cmp::Ordering::Greater => "too many",
            std::cmp::Ordering::Equal => return true,
        };
        self.error(pos, format!("{qual} type arguments for type {name}: have {got}, want {want}"));
        false
    }

    /// Checks the length of an array type; -1 if it is wrong.
    pub fn array_length(&mut self, e: &'a Expr) -> i64 {
        if let ExprKind::Name(name) = e.kind {
            match self.lookup(name) {
                None => {
                    self.error(e, format!("undefined array length {name} or missing type constraint"));
                    return -1;
                }
                Some(o) if !matches!(self.world.obj(o).kind, ObjKind::Const { .. }) => {
                    self.error(e, format!("invalid array length {name}"));
                    return -1;
                }
                _ => {}
            }
        }
        let mut x = Operand::new();
        self.expr(&mut x, e);
        if x.mode != Mode::Const {
            if !x.is_invalid() {
                let text = self.operand_string(&x);
                self.error(&x, format!("array length {text} must be constant"));
            }
            return -1;
        }
        let integer = self.world.is_integer(x.ty);
        if (integer || self.world.is_untyped(x.ty))
            && let Some(n) = represent(&x.val, Basic::Int).and_then(|v| v.as_i64())
            && n >= 0
        {
            return n;
        }
        let text = self.operand_string(&x);
        let message = if integer {
            format!("invalid array length {text}")
        } else {
            format!("array length {text} must be integer")
        };
        self.error(&x, message);
        -1
    }

    /// The types a list of expressions denotes; None if one is invalid.
    pub fn type_list(&mut self, list: &'a [Expr]) -> Option<Vec<TypeId>> {
        let mut types = Vec::with_capacity(list.len());
        for e in list {
            types.push(self.var_type(e));
        }
        types.iter().all(|&t| self.world.is_valid(t)).then_some(types)
    }

    /// `e` if it is `~T`.
    pub(crate) fn tilde(e: &'a Expr) -> Option<&'a Expr> {
        match &e.kind {
            ExprKind::Unary { op: UnaryOp::Tilde, x } => Some(x),
            _ => None,
        }
    }
}
