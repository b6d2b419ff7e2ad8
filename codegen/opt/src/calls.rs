//! Pass `calls`: calls whose target is known become direct calls.
//!
//! Closure calls: the closure is an object made here (with one store of a code address into its first word) or read-only
//! static data. Method calls: the itab is read-only static data, or the module has one implementation of the method.

use escargo_ir::{
    Def, Func, FuncId, Inst, Module, Op, RelocTarget, Signature, SiteKind, Type, Value, Values,
};
use rustc_hash::FxHashMap;

use crate::edit::{address, def_inst, def_op};
use crate::fold::reloc;

/// Offset of the first method in an itab.
const ITAB_FUN: u64 = escargo_ir::ITAB_FUN as u64;

/// Implementations of each method name.
pub struct Methods {
    map: FxHashMap<String, Option<FuncId>>,
}

impl Methods {
    pub fn new(m: &Module) -> Methods {
        let mut map: FxHashMap<String, Option<FuncId>> = FxHashMap::default();
        for x in &m.methods {
            map.entry(x.method.clone())
                .and_modify(|f| {
                    if *f != Some(x.func) {
                        *f = None;
                    }
                })
                .or_insert(Some(x.func));
        }
        Methods { map }
    }
}

/// The code of a closure value, if it is known.
pub fn closure_code(
    m: &Module,
    f: &Func,
    made: &FxHashMap<Inst, Option<FuncId>>,
    v: Value,
) -> Option<FuncId> {
    match f.values[v.index()].def {
        Def::Result(i, _) => match &f.inst(i).op {
            Op::Alloc { .. } => made.get(&i).copied().flatten(),
            Op::GlobalAddr(g, o) => match reloc(m, *g, u64::try_from(*o).ok()?) {
                Some((RelocTarget::Func(id), 0)) => Some(id),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Code addresses that the function stores into the first words of closure objects that it makes.
pub fn closures_made(m: &Module, f: &Func) -> FxHashMap<Inst, Option<FuncId>> {
    let mut made: FxHashMap<Inst, Option<FuncId>> = FxHashMap::default();
    for &b in &f.order {
        for &i in &f.block(b).insts {
            let Op::Store { ty: Type::Ptr, addr, value } = f.inst(i).op else { continue };
            let Some(&Op::FuncAddr(id)) = def_op(f, value) else { continue };
            let a = address(m, f, addr);
            if a.offset != Some(0) {
                continue;
            }
            let Some(object) = def_inst(f, a.root) else { continue };
            let Op::Alloc { site, .. } = f.inst(object).op else { continue };
            let kind = m.sites[site.index()].kind;
            if matches!(kind, SiteKind::Closure | SiteKind::MethodValue | SiteKind::Defer | SiteKind::Go) {
                made.entry(object)
                    .and_modify(|x| {
                        if *x != Some(id) {
                            *x = None;
                        }
                    })
                    .or_insert(Some(id));
            }
        }
    }
    made
}

/// Whether a function can be what is called with a signature that leaves out the first parameter.
pub fn fits(callee: &Signature, sig: &Signature) -> bool {
    callee.params.first() == Some(&Type::Ptr)
        && callee.params[1..] == sig.params[..]
        && callee.results == sig.results
}

/// `fits` says of a function whether it can be what a call of a signature reaches.
pub fn run(m: &Module, methods: &Methods, f: &mut Func, fits: impl Fn(FuncId, &Signature) -> bool) {
    let any = f.order.iter().any(|&b| {
        f.block(b).insts.iter().any(|&i| {
            matches!(
                f.inst(i).op,
                Op::CallClosure { .. }
                    | Op::TailCallClosure { .. }
                    | Op::CallMethod { .. }
                    | Op::TailCallMethod { .. }
            )
        })
    });
    if !any {
        return;
    }
    let made = closures_made(m, f);
    for at in 0..f.order.len() {
        let b = f.order[at];
        let mut n = 0;
        while n < f.block(b).insts.len() {
            let inst = f.block(b).insts[n];
            n += 1;
            let op = &f.inst(inst).op;
            let (target, first, args, check) = match op {
                Op::CallClosure { closure, sig, args } | Op::TailCallClosure { closure, sig, args } => {
                    let Some(id) = closure_code(m, f, &made, *closure) else { continue };
                    if !fits(id, sig) {
                        continue;
                    }
                    (id, *closure, args, None)
                }
                Op::CallMethod { itab, index, method, sig, recv, args }
                | Op::TailCallMethod { itab, index, method, sig, recv, args } => {
                    let known = match def_op(f, *itab) {
                        Some(Op::GlobalAddr(g, o)) => u64::try_from(*o)
                            .ok()
                            .and_then(|o| reloc(m, *g, o + ITAB_FUN + 8 * u64::from(*index)))
                            .and_then(|r| {
                                if let (RelocTarget::Func(id), 0) = r { Some((id, None)) } else { None }
                            }),
                        _ => None,
                    };
                    let only = || methods.map.get(&**method).copied().flatten().map(|id| (id, Some(*itab)));
                    let Some((id, check)) = known.or_else(only) else { continue };
                    if !fits(id, sig) {
                        continue;
                    }
                    (id, *recv, args, check)
                }
                _ => continue,
            };
            let mut all = Values::with_capacity(args.len() + 1);
            all.push(first);
            all.extend(args.iter().copied());
            let tail = op.is_terminator();
            let (pos, scope) = (f.inst(inst).pos, f.inst(inst).scope);
            f.insts[inst.index()].op = if tail {
                Op::TailCall { func: target, args: all }
            } else {
                Op::Call { func: target, args: all }
            };
            if let Some(itab) = check {
                let check = f.new_inst(Op::NilCheck(itab), &[], pos, scope);
                f.blocks[b.index()].insts.insert(n - 1, check);
                n += 1;
            }
        }
    }
}
