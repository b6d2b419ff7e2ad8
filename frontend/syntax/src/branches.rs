//! Labels, `goto`, `break`, `continue` and `fallthrough` of one function body.
//!
//! Reported with the syntax errors, as gc does: misplaced branches, labels that are not defined, defined twice
//! or not used, and gotos into blocks or over variable declarations. Function literals are bodies of their own.

use rustc_hash::FxHashMap;

use crate::ast::*;
use crate::diag::Diagnostic;
use crate::print;
use crate::source::{Pos, SourceFile};
use crate::symbol::Symbol;

/// An error whose message may end with a position.
pub(crate) struct BranchError {
    pos: Pos,
    message: String,
    other: Option<Pos>,
}

impl BranchError {
    pub(crate) fn diagnostic(&self, source: &SourceFile) -> Diagnostic {
        let mut message = self.message.clone();
        if let Some(pos) = self.other {
            message.push_str(&source.locate(pos).to_string());
        }
        Diagnostic::error(self.pos, message)
    }
}

pub(crate) fn check(body: &Block, errors: &mut Vec<BranchError>) {
    if !has_branches(&body.stmts) {
        return;
    }
    let mut c = Checker { errors, labels: FxHashMap::default(), blocks: Vec::new() };
    let context = Context { breaks: Breaks::None, continues: false };
    let gotos = c.block(None, context, None, body.pos, &body.stmts);
    for goto in gotos {
        match c.labels.get_mut(&goto.name) {
            Some(label) => {
                label.used = true;
                let start = c.blocks[label.block].start;
                let message = format!("goto {} jumps into block starting at ", goto.name);
                c.errors.push(BranchError { pos: goto.pos, message, other: Some(start) });
            }
            None => c.error(goto.pos, format!("label {} not defined", goto.name)),
        }
    }
    let unused: Vec<_> = c.labels.values().filter(|l| !l.used).map(|l| l.ident).collect();
    for label in unused {
        c.error(label.pos, format!("label {} defined and not used", label.name));
    }
}

/// Whether there is anything to check: most bodies have neither labels nor branches.
fn has_branches(stmts: &[Stmt]) -> bool {
    stmts.iter().any(|s| {
        let mut s = s;
        loop {
            match &s.kind {
                StmtKind::Labeled { .. } | StmtKind::Branch { .. } => return true,
                StmtKind::Block(b) => return has_branches(&b.stmts),
                StmtKind::If { then, els, .. } => {
                    if has_branches(&then.stmts) {
                        return true;
                    }
                    match els {
                        Some(els) => s = els,
                        None => return false,
                    }
                }
                StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
                    return has_branches(&body.stmts);
                }
                StmtKind::Switch { cases, .. } | StmtKind::TypeSwitch { cases, .. } => {
                    return cases.iter().any(|c| has_branches(&c.body));
                }
                StmtKind::Select { cases, .. } => return cases.iter().any(|c| has_branches(&c.body)),
                _ => return false,
            }
        }
    })
}

/// What a label stands before, as far as `break` and `continue` care.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Loop,
    SwitchOrSelect,
    Other,
}

struct Label {
    ident: Ident,
    /// Index of the block that declares it.
    block: usize,
    target: Target,
    used: bool,
}

struct BlockInfo {
    parent: Option<usize>,
    start: Pos,
    /// The label of the statement whose block this is.
    label: Option<Symbol>,
}

struct Goto {
    name: Symbol,
    pos: Pos,
}

/// What an unlabeled `break` leaves.
#[derive(Clone, Copy)]
enum Breaks {
    None,
    LoopOrSelect,
    /// The innermost block is clause `case` of `cases`; None: it is nested in one.
    Switch {
        case: Option<usize>,
        cases: usize,
    },
    TypeSwitch,
}

#[derive(Clone, Copy)]
struct Context {
    breaks: Breaks,
    continues: bool,
}

struct Checker<'a> {
    errors: &'a mut Vec<BranchError>,
    labels: FxHashMap<Symbol, Label>,
    blocks: Vec<BlockInfo>,
}

/// The state of one block: gotos that wait for their labels.
struct Pending<'a> {
    gotos: Vec<Goto>,
    /// The last variable declaration of the block: what it declares, where, and how many of the waiting gotos
    /// stand before it.
    declared: Option<(&'a Stmt, usize)>,
}

impl Checker<'_> {
    fn error(&mut self, pos: Pos, message: impl Into<String>) {
        self.errors.push(BranchError { pos, message: message.into(), other: None });
    }

    /// Checks one block and returns the gotos that found no label in it.
    fn block(
        &mut self,
        parent: Option<usize>,
        context: Context,
        label: Option<Symbol>,
        start: Pos,
        body: &[Stmt],
    ) -> Vec<Goto> {
        let this = self.blocks.len();
        self.blocks.push(BlockInfo { parent, start, label });
        let mut pending = Pending { gotos: Vec::new(), declared: None };
        // Empty statements after a fallthrough do not count.
        let len = body.iter().rposition(|s| !matches!(s.kind, StmtKind::Empty)).map_or(0, |i| i + 1);
        for (i, stmt) in body[..len].iter().enumerate() {
            let mut label = None;
            let mut s = stmt;
            while let StmtKind::Labeled { label: l, stmt } = &s.kind {
                if !l.name.is_blank() {
                    self.declare(this, *l, stmt, &mut pending);
                    label = Some(l.name);
                }
                s = stmt;
            }
            self.stmt(this, context, label, s, i + 1 == len, &mut pending);
        }
        pending.gotos
    }

    fn declare<'a>(&mut self, block: usize, ident: Ident, stmt: &Stmt, pending: &mut Pending<'a>) {
        let target = match &stmt.kind {
            StmtKind::For { .. } | StmtKind::Range { .. } => Target::Loop,
            StmtKind::Switch { .. } | StmtKind::TypeSwitch { .. } | StmtKind::Select { .. } => {
                Target::SwitchOrSelect
            }
            _ => Target::Other,
        };
        if let Some(other) = self.labels.get(&ident.name) {
            let message = format!("label {} already defined at ", ident.name);
            self.errors.push(BranchError { pos: ident.pos, message, other: Some(other.ident.pos) });
        } else {
            self.labels.insert(ident.name, Label { ident, block, target, used: false });
        }
        let mut used = false;
        let mut kept = Vec::with_capacity(pending.gotos.len());
        let before = pending.declared.map_or(0, |(_, n)| n);
        let mut kept_before = 0;
        for (i, goto) in std::mem::take(&mut pending.gotos).into_iter().enumerate() {
            if goto.name != ident.name {
                kept_before += usize::from(i < before);
                kept.push(goto);
                continue;
            }
            used = true;
            if i < before
                && let Some((decl, _)) = pending.declared
            {
                let (what, pos) = declared_name(decl);
                let message = format!("goto {} jumps over declaration of {what} at ", ident.name);
                self.errors.push(BranchError { pos: goto.pos, message, other: Some(pos) });
            }
        }
        pending.gotos = kept;
        if let Some((_, n)) = &mut pending.declared {
            *n = kept_before;
        }
        if used && let Some(label) = self.labels.get_mut(&ident.name) {
            label.used = true;
        }
    }

    fn stmt<'a>(
        &mut self,
        block: usize,
        context: Context,
        label: Option<Symbol>,
        s: &'a Stmt,
        is_last: bool,
        pending: &mut Pending<'a>,
    ) {
        let nested = Context {
            breaks: match context.breaks {
                Breaks::Switch { cases, .. } => Breaks::Switch { case: None, cases },
                other => other,
            },
            ..context
        };
        match &s.kind {
            StmtKind::Decl(decls) if decls.iter().any(|d| matches!(d, Decl::Var(_))) => {
                pending.declared = Some((s, pending.gotos.len()));
            }
            StmtKind::Assign { define: true, .. } => pending.declared = Some((s, pending.gotos.len())),
            StmtKind::Branch { kind, label: None } => self.unlabeled(context, *kind, s.pos, is_last),
            StmtKind::Branch { kind, label: Some(l) } => self.labeled(block, *kind, *l, pending),
            StmtKind::Block(b) => {
                pending.gotos.extend(self.block(Some(block), nested, label, b.pos, &b.stmts));
            }
            StmtKind::If { .. } => {
                let mut label = label;
                let mut next = Some(s);
                while let Some(s) = next.take() {
                    match &s.kind {
                        StmtKind::If { then, els, .. } => {
                            pending.gotos.extend(self.block(
                                Some(block),
                                nested,
                                label,
                                then.pos,
                                &then.stmts,
                            ));
                            next = els.as_deref();
                        }
                        StmtKind::Block(b) => {
                            pending.gotos.extend(self.block(Some(block), nested, label, b.pos, &b.stmts));
                        }
                        _ => {}
                    }
                    label = None;
                }
            }
            StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
                let inner = Context { breaks: Breaks::LoopOrSelect, continues: true };
                pending.gotos.extend(self.block(Some(block), inner, label, body.pos, &body.stmts));
            }
            StmtKind::Switch { cases, .. } | StmtKind::TypeSwitch { cases, .. } => {
                let is_type_switch = matches!(s.kind, StmtKind::TypeSwitch { .. });
                for (i, c) in cases.iter().enumerate() {
                    let breaks = if is_type_switch {
                        Breaks::TypeSwitch
                    } else {
                        Breaks::Switch { case: Some(i), cases: cases.len() }
                    };
                    let inner = Context { breaks, ..context };
                    pending.gotos.extend(self.block(Some(block), inner, label, c.pos, &c.body));
                }
            }
            StmtKind::Select { cases, .. } => {
                for c in cases {
                    let inner = Context { breaks: Breaks::LoopOrSelect, ..context };
                    pending.gotos.extend(self.block(Some(block), inner, label, c.pos, &c.body));
                }
            }
            _ => {}
        }
    }

    fn unlabeled(&mut self, context: Context, kind: BranchKind, pos: Pos, is_last: bool) {
        match (kind, context.breaks) {
            (BranchKind::Break, Breaks::None) => {
                self.error(pos, "break is not in a loop, switch, or select");
            }
            (BranchKind::Continue, _) if !context.continues => {
                self.error(pos, "continue is not in a loop");
            }
            (BranchKind::Fallthrough, Breaks::TypeSwitch) => {
                self.error(pos, "cannot fallthrough in type switch");
            }
            (BranchKind::Fallthrough, Breaks::Switch { case: Some(case), cases })
                if is_last && case + 1 < cases => {}
            (BranchKind::Fallthrough, Breaks::Switch { case: Some(_), .. }) if is_last => {
                self.error(pos, "cannot fallthrough final case in switch");
            }
            (BranchKind::Fallthrough, _) => self.error(pos, "fallthrough statement out of place"),
            _ => {}
        }
    }

    fn labeled(&mut self, block: usize, kind: BranchKind, label: Ident, pending: &mut Pending<'_>) {
        let name = label.name;
        let mut blocks = std::iter::successors(Some(block), |&b| self.blocks[b].parent);
        match (kind, self.labels.get_mut(&name)) {
            (BranchKind::Goto, found) => {
                if let Some(l) = found {
                    l.used = true;
                    if blocks.any(|b| b == l.block) {
                        return;
                    }
                }
                pending.gotos.push(Goto { name, pos: label.pos });
            }
            (BranchKind::Break, None) => self.error(label.pos, format!("break label not defined: {name}")),
            (_, None) => self.error(label.pos, format!("continue label not defined: {name}")),
            (kind, Some(l)) => {
                l.used = true;
                let encloses = blocks.any(|b| self.blocks[b].label == Some(name));
                if kind == BranchKind::Break && (!encloses || l.target == Target::Other) {
                    self.error(label.pos, format!("invalid break label {name}"));
                } else if kind == BranchKind::Continue && (!encloses || l.target != Target::Loop) {
                    self.error(label.pos, format!("invalid continue label {name}"));
                }
            }
        }
    }
}

/// What a statement declares, in words, and where.
fn declared_name(s: &Stmt) -> (String, Pos) {
    match &s.kind {
        StmtKind::Decl(decls) => {
            for d in decls {
                if let Decl::Var(v) = d {
                    return (v.names[0].name.to_string(), v.pos);
                }
            }
            (String::new(), s.pos)
        }
        StmtKind::Assign { lhs, .. } => (print::expr_list_string(lhs), s.pos),
        _ => (String::new(), s.pos),
    }
}
