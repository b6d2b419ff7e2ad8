//! Literals: basic, function and composite ones.
//!
//! In: syntax. Out: operands.

use escargo_syntax::Pos;
use escargo_syntax::ast::{Block, Expr, ExprKind, FuncType, LitKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::checker::Checker;
use crate::constant::Const;
use crate::constcheck::op_pos;
use crate::exprstring::expr_string;
use crate::info::Mode;
use crate::lookup::Lookup;
use crate::operand::Operand;
use crate::predicates::is_exported;
use crate::world::{Basic, ObjId, ObjKind, Type, TypeId, World};

/// Number literals longer than this are refused.
const MAX_LITERAL: usize = 10_000;

impl<'a> Checker<'a> {
    pub fn basic_lit(&mut self, x: &mut Operand<'a>, e: &'a Expr, kind: LitKind, text: &str) {
        if matches!(kind, LitKind::Int | LitKind::Float | LitKind::Imag) {
            self.lang_compat(e, kind, text);
            if text.len() > MAX_LITERAL {
                let n = text.len();
                self.error(e, format!("excessively long constant: {}... ({n} chars)", &text[..10]));
                return;
            }
        }
        let val = Const::from_literal(kind, text);
        if val.is_unknown() {
            self.error(e, format!("malformed constant: {text}"));
            return;
        }
        x.ty = World::basic(match kind {
            LitKind::Int => Basic::UntypedInt,
            LitKind::Float => Basic::UntypedFloat,
            LitKind::Imag => Basic::UntypedComplex,
            LitKind::Rune => Basic::UntypedRune,
            LitKind::String => Basic::UntypedString,
        });
        x.mode = Mode::Const;
        x.val = val;
        x.expr = Some(e);
        self.overflow(x, op_pos(e));
    }

    /// Literal forms that old language versions lack.
    fn lang_compat(&mut self, e: &'a Expr, kind: LitKind, text: &str) {
        if text.len() <= 2 || self.allow_version((1, 13)) {
            return;
        }
        let b = text.as_bytes();
        let what = if text.contains('_') {
            "underscore in numeric literal"
        } else if b[0] != b'0' {
            return;
        } else {
            match b[1] {
                b'b' | b'B' => "binary literal",
                b'o' | b'O' => "0o/0O-style octal literal",
                b'x' | b'X' if kind != LitKind::Int => "hexadecimal floating-point literal",
                _ => return,
            }
        };
        self.version_error(e, (1, 13), what);
    }

    pub fn func_lit(&mut self, x: &mut Operand<'a>, e: &'a Expr, ty: &'a FuncType, body: &'a Block) {
        let (sig, scope) = self.func_type(None, None, &[], ty, e.id);
        // The body is checked soon, but before the enclosing scope changes: the function may be part of a type
        // that the body mentions.
        let (decl, iota) = (self.env.decl, self.env.iota.clone());
        self.later(move |c| c.func_body(decl, sig, scope, body, iota));
        x.mode = Mode::Value;
        x.ty = sig;
    }

    pub fn composite_lit(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        ty: Option<&'a Expr>,
        elems: &'a [Expr],
        rbrace: Pos,
        hint: Option<TypeId>,
    ) {
        let mut is_elem = false;
        let (typ, base) = match (ty, hint) {
            (Some(t), _) => {
                let typ = match &t.kind {
                    // `[...]T`: the length follows from the elements.
                    ExprKind::ArrayType { len: None, elem } => {
                        let elem = self.var_type(elem);
                        self.world.new_type(Type::Array { len: -1, elem })
                    }
                    _ => self.typ(t),
                };
                (typ, typ)
            }
            (None, Some(hint)) => {
                // `*T` stands for `&T{}`.
                is_elem = true;
                let base = match self.world.core_type(hint).map(|u| self.world.deref(u)) {
                    Some((b, true)) => b,
                    _ => hint,
                };
                (hint, base)
            }
            (None, None) => {
                self.error(e, "missing type in composite literal");
                (World::INVALID, World::INVALID)
            }
        };
        if !self.is_complete(base) {
            return;
        }
        let core = self.world.core_type(base);
        match core.map(|u| self.world.ty(u).clone()) {
            Some(Type::Struct(s)) => self.struct_lit(x, core.unwrap_or(base), base, &s.fields, elems, rbrace),
            Some(Type::Array { len, elem }) => {
                let n = self.indexed_elems(elems, elem, (len >= 0).then_some(len));
                if let (true, Some(u)) = (len < 0, core) {
                    self.world.types[u.index()] = Type::Array { len: n, elem };
                    if let Some(t) = ty {
                        self.record_type(t, u);
                    }
                }
            }
            Some(Type::Slice(elem)) => {
                let len = self.indexed_elems(elems, elem, None);
                self.note_slice_literal(e.pos, elem, len);
            }
            Some(Type::Map { key, elem }) => self.map_lit(x, elems, key, elem),
            other => {
                for e in elems {
                    let value = match &e.kind {
                        ExprKind::KeyValue { value, .. } => value,
                        _ => e,
                    };
                    self.use_exprs(std::slice::from_ref(value));
                }
                if core.is_none_or(|u| self.world.is_valid(u)) {
                    let qualifier = if is_elem { " element" } else { "" };
                    let cause = if other.is_none() { " (no common underlying type)" } else { "" };
                    let ts = self.type_string(typ);
                    self.error(e, format!("invalid composite literal{qualifier} type {ts}{cause}"));
                    x.invalidate();
                    return;
                }
            }
        }
        x.mode = Mode::Value;
        x.ty = typ;
    }

    fn struct_lit(
        &mut self,
        x: &mut Operand<'a>,
        strct: TypeId,
        base: TypeId,
        fields: &[ObjId],
        elems: &'a [Expr],
        rbrace: Pos,
    ) {
        let Some(first) = elems.first() else { return };
        if matches!(first.kind, ExprKind::KeyValue { .. }) {
            let mut visited: Vec<(Vec<u32>, ObjId)> = Vec::new();
            for e in elems {
                let ExprKind::KeyValue { key, value } = &e.kind else {
                    self.error(e, "mixture of field:value and value elements in struct literal");
                    continue;
                };
                self.keyed_field(x, e, key, value, strct, base, &mut visited);
            }
            return;
        }
        for (i, e) in elems.iter().enumerate() {
            if matches!(e.kind, ExprKind::KeyValue { .. }) {
                self.error(e, "mixture of field:value and value elements in struct literal");
                continue;
            }
            self.generic_expr(x, e, None);
            let Some(&field) = fields.get(i) else {
                let ts = self.type_string(base);
                self.error(&*x, format!("too many values in struct literal of type {ts}"));
                break;
            };
            if self.is_hidden(field) {
                let name = self.world.obj(field).name;
                let ts = self.type_string(base);
                let text =
                    format!("implicit assignment to unexported field {name} in struct literal of type {ts}");
                self.error(&*x, text);
                continue;
            }
            let ty = self.world.obj(field).ty;
            self.assignment(x, Some(ty), "struct literal");
        }
        if elems.len() < fields.len() {
            let hidden = fields.iter().any(|&f| self.is_hidden(f));
            let hint = if hidden { " (type has unexported fields - use key:value pairs)" } else { "" };
            let ts = self.type_string(base);
            self.error(rbrace, format!("too few values in struct literal of type {ts}{hint}"));
        }
    }

    /// A field that the current package cannot name.
    fn is_hidden(&self, field: ObjId) -> bool {
        let f = self.world.obj(field);
        f.pkg != Some(self.pkg) && !is_exported(f.name.as_str())
    }

    fn keyed_field(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        key: &'a Expr,
        value: &'a Expr,
        strct: TypeId,
        base: TypeId,
        visited: &mut Vec<(Vec<u32>, ObjId)>,
    ) {
        let ExprKind::Name(name) = key.kind else {
            self.generic_expr(x, value, None);
            self.error(e, format!("invalid field name {} in struct literal", expr_string(key)));
            return;
        };
        let found = match self.world.lookup_field_or_method(strct, false, Some(self.pkg), name) {
            Lookup::Found(f) => Some(f),
            _ => None,
        };
        // Elided literal types are not allowed for fields, so there is no hint.
        self.generic_expr(x, value, None);
        let Some(found) = found else {
            let alt = self.world.lookup_fold(strct, false, Some(self.pkg), name, true).found().map(|f| f.obj);
            let text = self.lookup_error(base, name, alt, true);
            self.error(key, text);
            return;
        };
        if !matches!(self.world.obj(found.obj).kind, ObjKind::Var(_)) {
            self.error(key, format!("{name} is not a field"));
            return;
        }
        if found.path.len() > 1 {
            if !self.allow_version((1, 27)) {
                let path = self.world.field_path(strct, &found.path);
                let ts = self.type_string(base);
                let text = format!("use of promoted field {path} in struct literal of type {ts}");
                self.version_error(key, (1, 27), text);
                return;
            }
            if found.indirect {
                self.error(key, format!("invalid implicit pointer indirection to reach {name}"));
                return;
            }
        }
        self.record_use(key.id, found.obj);
        let ty = self.world.obj(found.obj).ty;
        self.assignment(x, Some(ty), "struct literal");
        for (path, other) in visited.iter() {
            let n = path.len().min(found.path.len());
            if path[..n] != found.path[..n] {
                continue;
            }
            let other = self.world.obj(*other).name;
            let text = match path.len().cmp(&found.path.len()) {
                std::cmp::Ordering::Equal => format!("duplicate field name {name} in struct literal"),
                std::cmp::Ordering::Less => {
                    format!("cannot specify promoted field {name} and enclosing embedded field {other}")
                }
                std::cmp::Ordering::Greater => {
                    format!("cannot specify embedded field {name} and enclosed promoted field {other}")
                }
            };
            self.error(e, text);
            return;
        }
        visited.push((found.path, found.obj));
    }

    fn map_lit(&mut self, x: &mut Operand<'a>, elems: &'a [Expr], key_type: TypeId, elem_type: TypeId) {
        // Equal constants of different types are different keys of an interface type.
        let by_type = self.world.is_non_type_param_interface(key_type);
        let mut visited: FxHashMap<Const, Vec<TypeId>> = FxHashMap::default();
        for e in elems {
            let ExprKind::KeyValue { key, value } = &e.kind else {
                self.error(e, "missing key in map literal");
                continue;
            };
            self.generic_expr(x, key, Some(key_type));
            self.assignment(x, Some(key_type), "map literal");
            if x.is_invalid() {
                continue;
            }
            if x.is_const() && !x.val.is_unknown() {
                let seen = visited.entry(x.val.normalized()).or_default();
                let ty = x.ty;
                let duplicate = if by_type {
                    seen.iter().any(|&t| self.world.identical(t, ty))
                } else {
                    !seen.is_empty()
                };
                seen.push(ty);
                if duplicate {
                    self.error(&*x, format!("duplicate key {} in map literal", x.val));
                    continue;
                }
            }
            self.generic_expr(x, value, Some(elem_type));
            self.assignment(x, Some(elem_type), "map literal");
        }
    }

    /// Checks the elements of an array or slice literal; gives its length.
    fn indexed_elems(&mut self, elems: &'a [Expr], ty: TypeId, length: Option<i64>) -> i64 {
        // Without keys there are no duplicates.
        let keyed = elems.iter().any(|e| matches!(e.kind, ExprKind::KeyValue { .. }));
        let mut visited: FxHashSet<i64> = FxHashSet::default();
        let (mut index, mut max) = (0i64, 0i64);
        let mut x = Operand::new();
        for e in elems {
            let mut valid = false;
            let mut value = e;
            if let ExprKind::KeyValue { key, value: v } = &e.kind {
                value = v;
                match self.index(key, length) {
                    (Some(_), Some(i)) => {
                        index = i;
                        valid = true;
                    }
                    (Some(_), None) => {
                        self.error(e, format!("index {} must be integer constant", expr_string(key)));
                    }
                    (None, _) => {}
                }
            } else if let Some(n) = length.filter(|&n| index >= n) {
                self.error(e, format!("index {index} is out of bounds (>= {n})"));
            } else {
                valid = true;
            }
            if keyed && valid && !visited.insert(index) {
                self.error(e, format!("duplicate index {index} in array or slice literal"));
            }
            index = index.saturating_add(1);
            max = max.max(index);
            self.generic_expr(&mut x, value, Some(ty));
            self.assignment(&mut x, Some(ty), "array or slice literal");
        }
        max
    }
}
