//! Pass `read-only`: `[]byte(s)` whose bytes nobody writes or keeps shares the memory of the string.
//!
//! In and out: a module behind inlining. A slice made of a string is followed through addresses, block parameters and direct calls; it
//! is shared if all that happens to it is that bytes are loaded, or read by the runtime. Comparing it with nil counts
//! as more than that, as a string without bytes may have no address. Linear in the functions that get such a slice.

use escargo_ir::{Def, FuncId, Inst, Module, Op, Rt, Type, Value};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::edit::{Replace, for_each_edge};

/// A parameter of a function.
type Param = (FuncId, usize);

pub fn run(m: &mut Module) {
    let mut known: FxHashMap<Param, Option<Vec<Param>>> = FxHashMap::default();
    for id in (0..m.funcs.len()).map(|i| FuncId(i as u32)) {
        let shared: Vec<Inst> =
            conversions(m, id).into_iter().filter(|&i| is_only_read(m, id, i, &mut known)).collect();
        if shared.is_empty() {
            continue;
        }
        let f = &mut m.funcs[id.index()];
        let mut replace = Replace::new(f);
        for &i in &shared {
            let Op::CallRt { args, .. } = &f.insts[i.index()].op else { continue };
            let (string, results) = (args.clone(), f.insts[i.index()].results.clone());
            for (&old, &new) in results.iter().zip(&string) {
                replace.set(old, new);
                f.values[old.index()].def = Def::None;
            }
        }
        replace.apply(f);
        for b in &mut f.blocks {
            b.insts.retain(|i| !shared.contains(i));
        }
    }
}

/// The conversions of a function whose bytes have no other place yet.
fn conversions(m: &Module, id: FuncId) -> Vec<Inst> {
    let f = m.func(id);
    let insts = f.order.iter().flat_map(|&b| &f.block(b).insts);
    insts
        .copied()
        .filter(|&i| matches!(&f.inst(i).op, Op::CallRt { rt: Rt::bytes_from_string, args, .. } if args.len() == 2))
        .collect()
}

fn is_only_read(
    m: &Module,
    id: FuncId,
    conversion: Inst,
    known: &mut FxHashMap<Param, Option<Vec<Param>>>,
) -> bool {
    let data = m.func(id).inst(conversion).results[0];
    let Some(mut work) = readers(m, id, data) else { return false };
    let mut seen: FxHashSet<Param> = work.iter().copied().collect();
    while let Some((callee, n)) = work.pop() {
        let found = known.entry((callee, n)).or_insert_with(|| {
            let f = m.func(callee);
            let entry = f.order.first().filter(|_| !f.is_declared_only())?;
            readers(m, callee, *f.block(*entry).params.get(n)?)
        });
        let Some(next) = found else { return false };
        work.extend(next.iter().copied().filter(|&p| seen.insert(p)));
    }
    true
}

/// The parameters that an address is passed on to, if else it is only read in the function.
fn readers(m: &Module, id: FuncId, root: Value) -> Option<Vec<Param>> {
    let f = m.func(id);
    let mut derived: FxHashSet<Value> = FxHashSet::default();
    derived.insert(root);
    // Until no block parameter joins.
    loop {
        let before = derived.len();
        let mut passed = Vec::new();
        for &b in &f.order {
            for &i in &f.block(b).insts {
                let data = f.inst(i);
                let mut used = false;
                data.op.for_each_operand(|v| used |= derived.contains(&v));
                if !used {
                    continue;
                }
                match &data.op {
                    Op::Field { .. } | Op::Elem { .. } | Op::Offset { .. } | Op::Select(..) => {
                        derived.insert(data.results[0]);
                    }
                    Op::Load { ty, .. } if *ty != Type::Ptr => {}
                    Op::Check { .. } | Op::NilCheck(_) | Op::KeepAlive(_) => {}
                    op @ (Op::Jump { .. } | Op::Branch { .. }) => for_each_edge(op, |to, args| {
                        for (n, a) in args.iter().enumerate() {
                            if derived.contains(a) {
                                derived.insert(f.block(to).params[n]);
                            }
                        }
                    }),
                    Op::Call { func, args } | Op::TailCall { func, args } => {
                        let own = args.iter().enumerate().filter(|(_, a)| derived.contains(a));
                        passed.extend(own.map(|(n, _)| (*func, n)));
                    }
                    Op::CallRt { rt: Rt::memmove, args, .. } if !derived.contains(&args[0]) => {}
                    Op::CallRt { rt, .. } if only_reads(*rt) => {}
                    _ => return None,
                }
            }
        }
        if derived.len() == before {
            return Some(passed);
        }
    }
}

/// Runtime operations that neither write nor keep what they get.
fn only_reads(rt: Rt) -> bool {
    matches!(
        rt,
        Rt::string_from_bytes
            | Rt::string_compare
            | Rt::decode_rune
            | Rt::count_runes
            | Rt::memequal
            | Rt::index_byte
            | Rt::count_byte
            | Rt::index_string
    )
}
