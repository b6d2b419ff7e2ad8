//! Index and slice expressions, and the checks that indices share.
//!
//! In: syntax. Out: operands.

use escargo_syntax::ast::Expr;

use crate::checker::Checker;
use crate::constcheck::represent;
use crate::info::Mode;
use crate::operand::Operand;
use crate::world::{Basic, Type, TypeId, World};

/// What indexing a type gives.
struct Indexed {
    /// Of maps.
    key: Option<TypeId>,
    elem: TypeId,
    /// Of arrays.
    len: Option<i64>,
    mode: Mode,
}

impl<'a> Checker<'a> {
    /// Checks `base[indices]`. True: it instantiates the generic function that `x` then is, and the caller has to
    /// do that.
    pub fn index_expr(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        base: &'a Expr,
        indices: &'a [Expr],
    ) -> bool {
        self.expr_or_type(x, base, true);
        match x.mode {
            Mode::None => {
                self.use_exprs(indices);
                x.expr = Some(e);
                return false;
            }
            Mode::Type => {
                // Instantiation of a type.
                x.invalidate();
                x.ty = self.var_type(e);
                x.expr = Some(e);
                if self.world.is_valid(x.ty) {
                    x.mode = Mode::Type;
                }
                return false;
            }
            Mode::Value => {
                if matches!(self.world.under_ty(x.ty), Type::Signature(s) if !s.tparams.is_empty()) {
                    return true;
                }
            }
            _ => {}
        }
        self.non_generic(None, x);
        if x.is_invalid() || !self.is_complete(x.ty) {
            x.invalidate();
            return false;
        }
        let must_complete = match *self.world.under_ty(x.ty) {
            Type::Pointer(base) => Some(base),
            Type::Map { elem, .. } => Some(elem),
            _ => None,
        };
        if must_complete.is_some_and(|t| !self.is_complete(t)) {
            x.invalidate();
            return false;
        }
        let Some(found) = self.indexed(x) else {
            let xs = self.operand_string(x);
            self.error(e.pos, format!("cannot index {xs}"));
            self.use_exprs(indices);
            x.invalidate();
            return false;
        };
        let Some(index) = self.single_index(indices, e) else {
            x.invalidate();
            return false;
        };
        x.expr = Some(e);
        x.mode = found.mode;
        x.ty = found.elem;
        if let Some(key) = found.key {
            let mut k = Operand::new();
            self.generic_expr(&mut k, index, None);
            self.assignment(&mut k, Some(key), "map index");
            return false;
        }
        self.index(index, found.len);
        false
    }

    fn indexed(&mut self, x: &Operand<'a>) -> Option<Indexed> {
        if !self.world.is_type_param(x.ty) {
            let u = self.world.under(x.ty);
            let mut found = self.index_of(x, u)?;
            if x.is_const()
                && let Some(s) = x.val.as_bytes()
            {
                found.len = Some(s.len() as i64);
            }
            return Some(found);
        }
        // All types of the type set must agree on key and element.
        let mut all: Option<Indexed> = None;
        for pair in self.world.typeset(x.ty) {
            let (_, u) = pair?;
            let one = self.index_of(x, u)?;
            let Some(first) = &mut all else {
                all = Some(one);
                continue;
            };
            let same_key = match (first.key, one.key) {
                (Some(a), Some(b)) => self.world.identical(a, b),
                (None, None) => true,
                _ => false,
            };
            if !same_key || !self.world.identical(first.elem, one.elem) {
                return None;
            }
            first.len = match (first.len, one.len) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            if one.mode == Mode::Value {
                first.mode = Mode::Value;
            }
        }
        all
    }

    fn index_of(&mut self, x: &Operand<'a>, u: TypeId) -> Option<Indexed> {
        let array = |len: i64| (len >= 0).then_some(len);
        Some(match *self.world.ty(u) {
            Type::Basic(b) if b.info() & crate::predicates::IS_STRING != 0 => {
                Indexed { key: None, elem: World::BYTE, len: None, mode: Mode::Value }
            }
            Type::Array { len, elem } => {
                let mode = if x.mode == Mode::Var { Mode::Var } else { Mode::Value };
                Indexed { key: None, elem, len: array(len), mode }
            }
            Type::Pointer(base) => match *self.world.under_ty(base) {
                Type::Array { len, elem } => Indexed { key: None, elem, len: array(len), mode: Mode::Var },
                _ => return None,
            },
            Type::Slice(elem) => Indexed { key: None, elem, len: None, mode: Mode::Var },
            Type::Map { key, elem } => Indexed { key: Some(key), elem, len: None, mode: Mode::MapIndex },
            _ => return None,
        })
    }

    fn single_index(&mut self, indices: &'a [Expr], e: &'a Expr) -> Option<&'a Expr> {
        if indices.is_empty() {
            self.error(e, "invalid syntax tree: missing index");
        }
        if let Some(second) = indices.get(1) {
            self.error(second, "invalid operation: more than one index");
        }
        indices.first()
    }

    /// Checks an index that must be below `max`, if that is known. Gives its type (None: invalid) and its value, if
    /// it is constant.
    pub fn index(&mut self, index: &'a Expr, max: Option<i64>) -> (Option<TypeId>, Option<i64>) {
        let mut x = Operand::new();
        self.expr(&mut x, index);
        if !self.is_valid_index(&mut x, "index", false) {
            return (None, None);
        }
        if !x.is_const() {
            return (Some(x.ty), None);
        }
        let Some(v) = x.val.as_i64() else { return (None, None) };
        if let Some(max) = max.filter(|&m| v >= m) {
            self.error(&x, format!("invalid argument: index {} out of bounds [0:{max}]", x.val));
            return (None, None);
        }
        (Some(x.ty), Some(v))
    }

    /// Whether `x` can be an index, length or capacity; gives an untyped one type int.
    pub fn is_valid_index(&mut self, x: &mut Operand<'a>, what: &str, allow_negative: bool) -> bool {
        if x.is_invalid() {
            return false;
        }
        self.convert_untyped(x, World::basic(Basic::Int));
        if x.is_invalid() {
            return false;
        }
        if !self.world.all_integer(x.ty) {
            let xs = self.operand_string(x);
            self.error(&*x, format!("invalid argument: {what} {xs} must be integer"));
            return false;
        }
        if x.is_const() {
            if !allow_negative && x.val.sign() < 0 {
                let xs = self.operand_string(x);
                self.error(&*x, format!("invalid argument: {what} {xs} must not be negative"));
                return false;
            }
            match represent(&x.val, Basic::Int) {
                Some(v) => x.val = v,
                None => {
                    let xs = self.operand_string(x);
                    self.error(&*x, format!("invalid argument: {what} {xs} overflows int"));
                    return false;
                }
            }
        }
        true
    }

    /// Checks `base[lo:hi:max]`.
    pub fn slice_expr(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        base: &'a Expr,
        bounds: [Option<&'a Expr>; 3],
        full: bool,
    ) {
        self.expr(x, base);
        if x.is_invalid() {
            for b in bounds.into_iter().flatten() {
                self.use_exprs(std::slice::from_ref(b));
            }
            return;
        }
        let Some(common) = self.sliced_type(x) else {
            x.invalidate();
            return;
        };
        if let Type::Pointer(base) = *self.world.under_ty(x.ty)
            && !self.is_complete(base)
        {
            x.invalidate();
            return;
        }
        let mut length = None;
        let mut valid = true;
        match *self.world.ty(common) {
            Type::Basic(b) if b.info() & crate::predicates::IS_STRING != 0 => {
                if full {
                    let at = bounds[2].unwrap_or(e);
                    self.error(at, "invalid operation: 3-index slice of string");
                    x.invalidate();
                    return;
                }
                if x.is_const() {
                    length = x.val.as_bytes().map(|s| s.len() as i64);
                }
                if self.world.is_untyped(x.ty) {
                    // The operand is materialised as a string.
                    let string = World::basic(Basic::String);
                    if let Some(e) = x.expr {
                        self.update_expr_type(e, string, true);
                    }
                    x.ty = string;
                }
            }
            Type::Array { len, elem } => {
                if x.mode != Mode::Var {
                    let xs = self.operand_string(x);
                    self.error(&*x, format!("cannot slice unaddressable value {xs}"));
                    x.invalidate();
                    return;
                }
                length = Some(len).filter(|&n| n >= 0);
                x.ty = self.world.new_type(Type::Slice(elem));
            }
            Type::Pointer(base) => match *self.world.under_ty(base) {
                Type::Array { len, elem } => {
                    length = Some(len).filter(|&n| n >= 0);
                    x.ty = self.world.new_type(Type::Slice(elem));
                }
                _ => valid = false,
            },
            Type::Slice(_) => {}
            _ => valid = false,
        }
        if !valid {
            let xs = self.operand_string(x);
            self.error(&*x, format!("cannot slice {xs}"));
            x.invalidate();
            return;
        }
        x.mode = Mode::Value;
        if full && (bounds[1].is_none() || bounds[2].is_none()) {
            // A syntax error, reported by the parser.
            x.invalidate();
            return;
        }
        let mut known = [None; 3];
        for (i, b) in bounds.iter().enumerate() {
            known[i] = match b {
                // The capacity of strings and arrays is their length.
                Some(b) => self.index(b, length.map(|n| n.saturating_add(1))).1,
                None if i == 0 => Some(0),
                None => length,
            };
        }
        for i in 0..2 {
            let Some(low) = known[i].filter(|&v| v > 0) else { continue };
            for j in i + 1..3 {
                if let (Some(high), Some(at)) = (known[j], bounds[j])
                    && high < low
                {
                    self.error(at, format!("invalid slice indices: {high} < {low}"));
                    return;
                }
            }
        }
    }

    /// The underlying type that all types of the operand's type set share; strings count as byte slices, but if
    /// there is one the result is a string type.
    fn sliced_type(&mut self, x: &Operand<'a>) -> Option<TypeId> {
        if !self.world.is_type_param(x.ty) {
            return Some(self.world.under(x.ty));
        }
        let bytes = self.world.new_type(Type::Slice(World::BYTE));
        let mut has_string = false;
        let mut common: Option<(TypeId, TypeId)> = None;
        for pair in self.world.typeset(x.ty) {
            let Some((t, u)) = pair else {
                let (xs, ts) = (self.operand_string(x), self.type_string(x.ty));
                self.error(x, format!("cannot slice {xs}: no specific type in {ts}"));
                return None;
            };
            let mut u = u;
            if self.world.is_string(u) {
                u = bytes;
                has_string = true;
            }
            let Some((ct, cu)) = common else {
                common = Some((t, u));
                continue;
            };
            if !self.world.identical(cu, u) {
                let xs = self.operand_string(x);
                let (a, b) = (self.type_string(ct), self.type_string(t));
                self.error(x, format!("cannot slice {xs}: {a} and {b} have different underlying types"));
                return None;
            }
        }
        if has_string {
            return Some(World::basic(Basic::String));
        }
        common.map(|(_, u)| u)
    }
}
