//! Frames that are too large: what a function is given and gives back, and what the calls in it need.
//!
//! In: signatures, noted calls. Out: gc's diagnostics. Requires: a package without errors. gc moves large variables to the heap, so
//! that only parameters, results, operands of calls, and the arrays of slice literals that do not escape can make a frame large.
//! Who knows what escapes reports the last, of those that are noted here.

use escargo_syntax::ast::{Decl, Expr, ExprKind, FuncDecl};
use escargo_syntax::{Diagnostic, Pos};

use crate::checker::{Checker, DeclId};
use crate::info::Mode;
use crate::operand::Operand;
use crate::world::*;

/// The stack's limit.
const MAX_FRAME: i64 = 1 << 30;

/// Calls that pass less are not noted.
const MIN_NOTED: i64 = 1 << 28;

/// A call that needs much memory for its parameters and results.
pub struct LargeCall {
    decl: DeclId,
    callee: i64,
    /// Operands that are results of calls wait in temporaries.
    temporaries: i64,
}

/// A slice literal with many elements, in a function.
#[derive(Debug)]
pub struct LargeLiteral {
    pub pos: Pos,
    /// Where the function is declared.
    pub func: Pos,
    pub size: i64,
}

/// Reports the functions whose literals, those that stay in frames, are too large.
pub fn check_literals(staying: &[&LargeLiteral]) -> Vec<Diagnostic> {
    let mut diags: Vec<Diagnostic> = Vec::new();
    for (i, l) in staying.iter().enumerate() {
        let same = |o: &&&LargeLiteral| o.func == l.func;
        if staying[..i].iter().any(|o| same(&o)) {
            continue;
        }
        let size = staying.iter().filter(same).fold(0i64, |n, l| n.saturating_add(l.size));
        if size >= MAX_FRAME {
            let locals = size >> 20;
            let text = format!("stack frame too large (>1GB): {locals} MB locals + 0 MB args");
            diags.push(Diagnostic::error(l.func, text));
        }
    }
    diags
}

impl Checker<'_> {
    /// Notes a slice literal of so many elements.
    pub fn note_slice_literal(&mut self, pos: Pos, elem: TypeId, len: i64) {
        let Some(decl) = self.env.decl.filter(|_| self.objects_declared) else { return };
        // Most have too few elements of any size.
        if len < 1 << 10 {
            return;
        }
        let size = self.world.size_of(elem).unwrap_or(0).saturating_mul(len);
        let decl = &self.decls[decl.0 as usize];
        let (file, index) = (decl.file as usize, decl.decl as usize);
        if let (true, Decl::Func(d)) = (size >= MIN_NOTED, &self.files[file].decls[index]) {
            let func = self.declared_at(d);
            self.info.large_literals.push(LargeLiteral { pos, func, size });
        }
    }

    /// A literal that nothing is done with is not made.
    pub fn drop_literal(&mut self, pos: Pos) {
        self.info.large_literals.retain(|l| l.pos != pos);
    }

    /// Where gc sees a function: a method's receiver.
    pub(crate) fn declared_at(&self, d: &FuncDecl) -> Pos {
        d.recv.as_ref().map_or(d.pos, |r| self.before(r.pos, b'('))
    }

    /// Notes a call of a function with the signature.
    pub fn note_call(&mut self, sig: TypeId, args: &[Operand], exprs: &[Expr]) {
        // Initialisers of variables are checked while types may not be complete.
        let Some(decl) = self.env.decl.filter(|_| self.objects_declared) else { return };
        let callee = self.passed(sig);
        if callee < MIN_NOTED {
            return;
        }
        // Results of calls; those of one call that gives all operands too.
        let is_call = |e: &Expr| matches!(e.unparen().kind, ExprKind::Call { .. });
        let mut temporaries: i64 = 0;
        for (i, a) in args.iter().enumerate() {
            if a.mode == Mode::Value && exprs.get(i).or(exprs.first()).is_some_and(is_call) {
                temporaries = temporaries.saturating_add(self.world.size_of(a.ty).unwrap_or(0));
            }
        }
        self.large_calls.push(LargeCall { decl, callee, temporaries });
    }

    /// The size of parameters and results that are arrays or structs: others fit into registers, or are few.
    fn passed(&mut self, sig: TypeId) -> i64 {
        let Type::Signature(s) = self.world.ty(sig) else { return 0 };
        if !s.tparams.is_empty() || !s.recv_tparams.is_empty() {
            return 0;
        }
        let vars: Vec<ObjId> = s.recv.iter().chain(&s.params).chain(&s.results).copied().collect();
        let mut sum: i64 = 0;
        for v in vars {
            let t = self.world.obj(v).ty;
            let u = self.world.under(t);
            if matches!(self.world.ty(u), Type::Array { .. } | Type::Struct(_)) {
                sum = sum.saturating_add(self.world.size_of(t).unwrap_or(0));
            }
        }
        sum
    }

    /// Reports the functions whose frames are too large.
    pub fn check_frames(&mut self) {
        let calls = std::mem::take(&mut self.large_calls);
        let files = self.files;
        for (n, f) in files.iter().enumerate() {
            for (i, d) in f.decls.iter().enumerate() {
                let Decl::Func(d) = d else { continue };
                if d.body.is_none() {
                    continue;
                }
                let Some(&obj) = self.info.defs.get(&d.name.id) else { continue };
                let sig = self.world.obj(obj).ty;
                let args = self.passed(sig);
                let (mut callee, mut locals) = (0, 0);
                for c in &calls {
                    let decl = &self.decls[c.decl.0 as usize];
                    if (decl.file as usize, decl.decl as usize) == (n, i) {
                        callee = callee.max(c.callee);
                        locals = locals.max(c.temporaries);
                    }
                }
                let text = if args >= MAX_FRAME {
                    format!("{} MB locals + {} MB args", 0, args >> 20)
                } else if callee.saturating_add(locals) >= MAX_FRAME {
                    format!(
                        "{} MB locals + {} MB args + {} MB callee",
                        locals >> 20,
                        args >> 20,
                        callee >> 20
                    )
                } else {
                    continue;
                };
                self.error(self.declared_at(d), format!("stack frame too large (>1GB): {text}"));
            }
        }
    }
}
