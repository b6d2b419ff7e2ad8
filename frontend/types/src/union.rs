//! Unions and their terms, the elements of constraint interfaces.
//!
//! In: syntax of embedded elements. Out: the embedded type, a union if there is more than one term or a tilde.

use escargo_syntax::ast::{BinaryOp, Expr, ExprKind};

use crate::checker::Checker;
use crate::exprstring::expr_string;
use crate::typeset;
use crate::world::*;

impl<'a> Checker<'a> {
    pub fn parse_union(&mut self, e: &'a Expr) -> TypeId {
        let mut operators: Vec<&'a Expr> = Vec::new();
        let mut operands: Vec<&'a Expr> = Vec::new();
        let mut at = e;
        while let ExprKind::Binary { op: BinaryOp::Or, x, y } = &at.kind {
            operators.push(at);
            operands.push(y);
            at = x;
        }
        operands.push(at);
        operands.reverse();
        operators.reverse();
        let mut terms: Vec<Term> = Vec::with_capacity(operands.len());
        let mut too_many = false;
        for (i, &x) in operands.iter().enumerate() {
            let term = self.parse_tilde(x);
            if operands.len() == 1 && !term.tilde {
                return term.ty;
            }
            if terms.len() >= typeset::MAX_TERMS {
                if !too_many {
                    self.error(
                        x,
                        format!(
                            "cannot handle more than {} union terms (implementation limitation)",
                            typeset::MAX_TERMS
                        ),
                    );
                    too_many = true;
                }
            } else {
                terms.push(term);
            }
            if i > 0 {
                let t =
                    if too_many { World::INVALID } else { self.world.new_type(Type::Union(terms.clone())) };
                self.record_type(operators[i - 1], t);
            }
        }
        if too_many {
            return World::INVALID;
        }
        let union = self.world.new_type(Type::Union(terms.clone()));
        self.later(move |c| c.check_terms(&terms, &operands));
        union
    }

    fn check_terms(&mut self, terms: &[Term], operands: &[&'a Expr]) {
        for (i, &t) in terms.iter().enumerate() {
            let x = operands[i];
            if !self.world.is_valid(t.ty) {
                continue;
            }
            let u = self.world.under(t.ty);
            let is_iface = matches!(self.world.ty(u), Type::Interface(_));
            if t.tilde {
                let ts = self.world.type_string(t.ty);
                if is_iface {
                    self.error(x, format!("invalid use of ~ ({ts} is an interface)"));
                    continue;
                }
                if !self.world.identical(u, t.ty) {
                    let us = self.world.type_string(u);
                    self.error(x, format!("invalid use of ~ (underlying type of {ts} is {us})"));
                    continue;
                }
            }
            if is_iface {
                let set = self.world.type_set(u);
                let ts = self.world.term_string(t);
                if !set.methods.is_empty() {
                    self.error(x, format!("cannot use {ts} in union ({ts} contains methods)"));
                } else if t.ty == World::COMPARABLE {
                    self.error(x, "cannot use comparable in union");
                } else if set.comparable {
                    self.error(x, format!("cannot use {ts} in union ({ts} embeds comparable)"));
                }
                continue;
            }
            let clash = terms[..i]
                .iter()
                .copied()
                .find(|&o| !self.world.is_interface(o.ty) && typeset::overlap(&mut self.world, o, t));
            if let Some(o) = clash {
                let (a, b) = (self.world.term_string(t), self.world.term_string(o));
                self.soft_error(x, format!("overlapping terms {a} and {b}"));
            }
        }
    }

    fn parse_tilde(&mut self, tx: &'a Expr) -> Term {
        let inner = Checker::tilde(tx);
        let x = inner.unwrap_or(tx);
        let mut ty = self.typ(x);
        if self.world.is_type_param(ty) {
            if inner.is_some() {
                self.error(x, format!("type in term {} cannot be a type parameter", expr_string(tx)));
            } else {
                self.error(x, "term cannot be a type parameter");
            }
            ty = World::INVALID;
        }
        let term = Term { tilde: inner.is_some(), ty };
        if term.tilde {
            let t = self.world.new_type(Type::Union(vec![term]));
            self.record_type(tx, t);
        }
        term
    }
}
