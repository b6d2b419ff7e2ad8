//! Terminating statements.
//!
//! In: function bodies. Out: whether control can reach their end ("missing return").

use escargo_syntax::Symbol;
use escargo_syntax::ast::{BranchKind, CaseClause, ExprKind, Stmt, StmtKind};

use crate::checker::Checker;

impl Checker<'_> {
    pub(crate) fn is_terminating(&self, s: &Stmt, label: Option<Symbol>) -> bool {
        match &s.kind {
            StmtKind::Labeled { label, stmt } => self.is_terminating(stmt, Some(label.name)),
            StmtKind::Expr(x) => {
                let call = x.unparen();
                matches!(call.kind, ExprKind::Call { .. }) && self.panic_calls.contains(&call.id)
            }
            StmtKind::Return(_) => true,
            StmtKind::Branch { kind, .. } => matches!(kind, BranchKind::Goto | BranchKind::Fallthrough),
            StmtKind::Block(b) => self.is_terminating_list(&b.stmts),
            StmtKind::If { then, els, .. } => {
                let mut then = then;
                let mut els = els;
                // Long chains of else-if are no reason to recurse.
                loop {
                    let Some(e) = els else { return false };
                    if !self.is_terminating_list(&then.stmts) {
                        return false;
                    }
                    match &e.kind {
                        StmtKind::If { then: t, els: e, .. } => (then, els) = (t, e),
                        _ => return self.is_terminating(e, None),
                    }
                }
            }
            StmtKind::Switch { cases, .. } | StmtKind::TypeSwitch { cases, .. } => {
                self.is_terminating_switch(cases, label)
            }
            StmtKind::Select { cases, .. } => cases
                .iter()
                .all(|c| self.is_terminating_list(&c.body) && !has_break_list(&c.body, label, true)),
            StmtKind::For { cond, body, .. } => cond.is_none() && !has_break_list(&body.stmts, label, true),
            _ => false,
        }
    }

    pub(crate) fn is_terminating_list(&self, list: &[Stmt]) -> bool {
        list.iter()
            .rev()
            .find(|s| !matches!(s.kind, StmtKind::Empty))
            .is_some_and(|s| self.is_terminating(s, None))
    }

    fn is_terminating_switch(&self, cases: &[CaseClause], label: Option<Symbol>) -> bool {
        cases.iter().any(|c| c.exprs.is_none())
            && cases
                .iter()
                .all(|c| self.is_terminating_list(&c.body) && !has_break_list(&c.body, label, true))
    }
}

/// Whether a statement contains a break out of the statement labelled `label` (`implicit`: or an unlabelled one).
fn has_break(s: &Stmt, label: Option<Symbol>, implicit: bool) -> bool {
    match &s.kind {
        StmtKind::Labeled { stmt, .. } => has_break(stmt, label, implicit),
        StmtKind::Branch { kind: BranchKind::Break, label: l } => match l {
            None => implicit,
            Some(l) => Some(l.name) == label,
        },
        StmtKind::Block(b) => has_break_list(&b.stmts, label, implicit),
        StmtKind::If { then, els, .. } => {
            let (mut then, mut els) = (then, els);
            loop {
                if has_break_list(&then.stmts, label, implicit) {
                    return true;
                }
                match els {
                    None => return false,
                    Some(e) => match &e.kind {
                        StmtKind::If { then: t, els: e, .. } => (then, els) = (t, e),
                        _ => return has_break(e, label, implicit),
                    },
                }
            }
        }
        StmtKind::Switch { cases, .. } | StmtKind::TypeSwitch { cases, .. } => {
            label.is_some() && cases.iter().any(|c| has_break_list(&c.body, label, false))
        }
        StmtKind::Select { cases, .. } => {
            label.is_some() && cases.iter().any(|c| has_break_list(&c.body, label, false))
        }
        StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
            label.is_some() && has_break_list(&body.stmts, label, false)
        }
        _ => false,
    }
}

fn has_break_list(list: &[Stmt], label: Option<Symbol>, implicit: bool) -> bool {
    list.iter().any(|s| has_break(s, label, implicit))
}
