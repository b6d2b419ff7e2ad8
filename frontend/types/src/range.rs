//! Range clauses.
//!
//! In: the clause of a `for ... range` statement. Out: iteration variables with their types.

use escargo_syntax::Pos;
use escargo_syntax::ast::{Expr, ExprKind, Stmt};

use crate::checker::Checker;
use crate::constant::Const;
use crate::exprstring::expr_string;
use crate::info::Mode;
use crate::operand::Operand;
use crate::predicates::TypeError;
use crate::world::*;

impl World {
    /// The types of key and value when ranging over a value of type `t`. The error is the reason, perhaps empty.
    pub fn range_key_val(
        &mut self,
        t: TypeId,
        allow: impl Fn((u32, u32)) -> bool,
    ) -> Result<(Option<TypeId>, Option<TypeId>), String> {
        let rtyp = self.common_under(t, |w, pair| match pair {
            Some((t, u)) if matches!(w.ty(u), Type::Chan { dir: ChanDir::Send, .. }) => {
                let ts = w.type_string(t);
                Err(TypeError::Because(format!("receive from send-only channel {ts}")))
            }
            _ => Ok(()),
        });
        let rtyp = rtyp.map_err(TypeError::text)?;
        let rtyp = self.array_ptr_deref(rtyp);
        let int = World::basic(Basic::Int);
        match self.ty(rtyp) {
            Type::Basic(Basic::String | Basic::UntypedString) => Ok((Some(int), Some(World::RUNE))),
            Type::Basic(b) if b.info() & crate::predicates::IS_INTEGER != 0 => {
                if !allow((1, 22)) {
                    return Err("requires go1.22 or later".to_string());
                }
                Ok((Some(t), None))
            }
            &Type::Array { elem, .. } | &Type::Slice(elem) => Ok((Some(int), Some(elem))),
            &Type::Map { key, elem } => Ok((Some(key), Some(elem))),
            &Type::Chan { elem, .. } => Ok((Some(elem), None)),
            Type::Signature(s) => {
                let (params, results) = (s.params.clone(), s.results.clone());
                if !allow((1, 23)) {
                    return Err("requires go1.23 or later".to_string());
                }
                self.range_func(&params, &results)
            }
            _ => Err(String::new()),
        }
    }

    fn range_func(
        &mut self,
        params: &[ObjId],
        results: &[ObjId],
    ) -> Result<(Option<TypeId>, Option<TypeId>), String> {
        let bad = |why: &str| Err(format!("func must be func(yield func(...) bool): {why}"));
        let &[param] = params else { return bad("wrong argument count") };
        if !results.is_empty() {
            return bad("unexpected results");
        }
        let pt = self.obj(param).ty;
        let u = match self.common_under(pt, |_, _| Ok(())) {
            Ok(u) => u,
            Err(e) => return bad(&format!("in yield type, {}", e.text())),
        };
        let Type::Signature(cb) = self.ty(u) else { return bad("argument is not func") };
        let (params, results, variadic) = (cb.params.clone(), cb.results.clone(), cb.variadic);
        if params.len() > 2 {
            return bad("yield func has too many parameters");
        }
        let result = match results.as_slice() {
            &[r] => self.obj(r).ty,
            _ => return bad("yield func does not return bool"),
        };
        if !self.identical(result, World::basic(Basic::Bool)) {
            if self.is_boolean(result) {
                return bad("yield func returns user-defined boolean, not bool");
            }
            return bad("yield func does not return bool");
        }
        if variadic {
            return Err(format!("yield func of type {} cannot be variadic", self.type_string(u)));
        }
        let ty = |i: usize| params.get(i).map(|&p| self.obj(p).ty);
        Ok((ty(0), ty(1)))
    }
}

impl<'a> Checker<'a> {
    /// Checks the clause and leaves the scope of its variables open.
    pub(crate) fn range_stmt(
        &mut self,
        s: &'a Stmt,
        key: Option<&'a Expr>,
        value: Option<&'a Expr>,
        define: bool,
        range: &'a Expr,
    ) {
        let mut x = Operand::new();
        self.env.has_call_or_recv = false;
        self.expr(&mut x, range);
        if x.is_valid() && value.is_none() && !self.env.has_call_or_recv {
            let u = self.world.under(x.ty);
            let u = self.world.array_ptr_deref(u);
            // Only the length matters, so the array is not evaluated.
            if let &Type::Array { len, .. } = self.world.ty(u) {
                let n = Const::int(len);
                self.record_type_and_value(range.unparen(), Mode::Const, World::basic(Basic::Int), Some(n));
            }
        }
        let mut types = [None, None];
        if x.is_valid() {
            let version = self.env.version;
            match self.world.range_key_val(x.ty, |v| version >= v) {
                Err(cause) => {
                    let xs = self.operand_string(&x);
                    let colon = if cause.is_empty() { "" } else { ": " };
                    self.soft_error(&x, format!("cannot range over {xs}{colon}{cause}"));
                }
                Ok((k, v)) => {
                    match (key, value) {
                        (Some(key), _) if k.is_none() => {
                            let xs = self.operand_string(&x);
                            self.soft_error(key, format!("range over {xs} permits no iteration variables"));
                        }
                        (_, Some(value)) if v.is_none() => {
                            let xs = self.operand_string(&x);
                            self.soft_error(
                                value,
                                format!("range over {xs} permits only one iteration variable"),
                            );
                        }
                        _ => {}
                    }
                    types = [k, v];
                }
            }
        }
        self.open_scope(s.id, s.pos, Pos::NONE);
        let over_int = x.is_valid() && self.world.is_integer(x.ty);
        if define {
            self.range_define(s, [key, value], types, over_int, &mut x);
        } else if key.is_some() {
            for (lhs, t) in [key, value].into_iter().zip(types) {
                let (Some(lhs), Some(t)) = (lhs, t) else { continue };
                if t == World::INVALID {
                    continue;
                }
                if over_int {
                    self.assign_operand(lhs, &mut x, "range clause");
                    if x.is_valid() && !self.world.is_integer(x.ty) {
                        let ts = self.world.type_string(x.ty);
                        self.soft_error(lhs, format!("cannot use iteration variable of type {ts}"));
                    }
                } else {
                    let mut y = Operand { mode: Mode::Value, expr: Some(lhs), ty: t, ..Operand::new() };
                    self.assign_operand(lhs, &mut y, "assignment");
                }
            }
        } else if over_int {
            self.assignment(&mut x, None, "range clause");
        }
    }

    fn range_define(
        &mut self,
        s: &'a Stmt,
        lhs: [Option<&'a Expr>; 2],
        types: [Option<TypeId>; 2],
        over_int: bool,
        x: &mut Operand<'a>,
    ) {
        let mut vars = Vec::new();
        for (e, t) in lhs.into_iter().zip(types) {
            let Some(e) = e else { continue };
            let ExprKind::Name(name) = e.kind else {
                self.error(e, format!("non-name {} on left side of :=", expr_string(e)));
                continue;
            };
            let v = self.new_var(e.pos, name, World::INVALID, VarInfo::default());
            self.record_def(e.id, v);
            if !name.is_blank() {
                vars.push(v);
            }
            match t {
                Some(t) if t != World::INVALID => {
                    if over_int {
                        self.init_var(v, false, x, "range clause");
                    } else {
                        let mut y = Operand { mode: Mode::Value, expr: Some(e), ty: t, ..Operand::new() };
                        self.init_var(v, false, &mut y, "assignment");
                    }
                }
                _ => self.use_var(v),
            }
        }
        if vars.is_empty() {
            self.error(s.pos, "no new variables on left side of :=");
        }
        let scope = self.env.scope;
        for v in vars {
            let pos = self.world.obj(v).pos;
            self.declare(scope, None, v, pos);
        }
    }
}
