//! What an object file must hold: the functions and static data that the program can reach.
//!
//! In: module. Out: sets. Guarantees: whatever reached code or data names is reached.

use escargo_ir::{FuncId, GlobalId, Module, Op, RelocTarget};

pub(super) struct Live {
    pub funcs: Vec<bool>,
    pub globals: Vec<bool>,
}

/// Follows calls, addresses and pointers in static data from the entry points, the method table and the type section.
pub(super) fn live(module: &Module) -> Live {
    let mut live =
        Live { funcs: vec![false; module.funcs.len()], globals: vec![false; module.globals.len()] };
    let (mut funcs, mut globals): (Vec<FuncId>, Vec<GlobalId>) = (Vec::new(), Vec::new());
    funcs.extend(module.main);
    funcs.extend(module.runtime_error);
    funcs.extend(&module.method_code);
    funcs.extend((0..module.funcs.len() as u32).map(FuncId).filter(|&f| module.func(f).flags.root));
    globals.extend(module.types);
    // Boxing names it without an instruction.
    globals.extend(module.small_ints);
    loop {
        if let Some(g) = globals.pop() {
            if !std::mem::replace(&mut live.globals[g.index()], true) {
                for reloc in &module.globals[g.index()].relocs {
                    match reloc.target {
                        RelocTarget::Global(g) => globals.push(g),
                        RelocTarget::Func(f) => funcs.push(f),
                    }
                }
            }
            continue;
        }
        let Some(id) = funcs.pop() else { return live };
        if std::mem::replace(&mut live.funcs[id.index()], true) {
            continue;
        }
        let func = module.func(id);
        for &inst in func.order.iter().flat_map(|&b| &func.block(b).insts) {
            match &func.inst(inst).op {
                Op::Call { func, .. } | Op::TailCall { func, .. } | Op::FuncAddr(func) => funcs.push(*func),
                Op::GlobalAddr(g, _) => globals.push(*g),
                _ => {}
            }
        }
    }
}
