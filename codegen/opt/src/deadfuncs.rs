//! Pass `dead-funcs`: functions that nothing can reach lose their bodies (they stay in the table, declared only, so that ids
//! keep their meaning; method tables that name them hold null).
//!
//! Reached: main, the runtime-error hook, roots; what reached functions call or take the address of; what static data that
//! they name points to. A method-table entry is reached if a reached function calls a method of its name, or looks methods up by
//! reflection.

use escargo_ir::{FuncId, GlobalId, Module, Op, RelocTarget, Rt};
use rustc_hash::{FxHashMap, FxHashSet};

pub fn run(m: &mut Module) {
    if m.main.is_none() {
        return;
    }
    let mut funcs = vec![false; m.funcs.len()];
    let mut globals = vec![false; m.globals.len()];
    let mut work_f: Vec<FuncId> = Vec::new();
    let mut work_g: Vec<GlobalId> = Vec::new();
    work_f.extend(m.main);
    work_f.extend(m.runtime_error);
    work_f.extend((0..m.funcs.len()).filter(|&i| m.funcs[i].flags.root).map(|i| FuncId(i as u32)));
    // Functions in method tables wait for a call of a method of their name; those without a known name do not wait.
    let mut names: FxHashMap<FuncId, Vec<&str>> = FxHashMap::default();
    for x in &m.methods {
        names.entry(x.func).or_default().push(&x.method);
    }
    let mut waiting: FxHashMap<&str, Vec<FuncId>> = FxHashMap::default();
    for &f in &m.method_code {
        match names.get(&f) {
            Some(n) => n.iter().for_each(|n| waiting.entry(n).or_default().push(f)),
            None => work_f.push(f),
        }
    }
    let mut called: FxHashSet<&str> = FxHashSet::default();
    // The type section's own pointers to code are the method table's.
    if let Some(t) = m.types {
        globals[t.index()] = true;
        for r in &m.globals[t.index()].relocs {
            match r.target {
                RelocTarget::Global(g) => work_g.push(g),
                RelocTarget::Func(f) => work_f.push(f),
            }
        }
    }
    loop {
        if let Some(g) = work_g.pop() {
            if !std::mem::replace(&mut globals[g.index()], true) {
                for r in &m.globals[g.index()].relocs {
                    match r.target {
                        RelocTarget::Global(g) => work_g.push(g),
                        RelocTarget::Func(f) => work_f.push(f),
                    }
                }
            }
            continue;
        }
        let Some(id) = work_f.pop() else { break };
        if std::mem::replace(&mut funcs[id.index()], true) {
            continue;
        }
        let f = m.func(id);
        for &b in &f.order {
            for &i in &f.block(b).insts {
                match &f.inst(i).op {
                    Op::Call { func, .. } | Op::TailCall { func, .. } | Op::FuncAddr(func) => {
                        work_f.push(*func)
                    }
                    Op::GlobalAddr(g, _) => work_g.push(*g),
                    Op::CallMethod { method, .. } | Op::TailCallMethod { method, .. } => {
                        if called.insert(method) {
                            work_f.extend(waiting.remove(&**method).unwrap_or_default());
                        }
                    }
                    Op::CallRt { rt: Rt::resolve_text_off, .. } => {
                        work_f.extend(waiting.drain().flat_map(|(_, f)| f));
                    }
                    _ => {}
                }
            }
        }
    }
    for (i, reached) in funcs.into_iter().enumerate() {
        if !reached {
            let f = &mut m.funcs[i];
            f.order = Vec::new();
            f.blocks = Vec::new();
            f.insts = Vec::new();
            f.values = Vec::new();
            f.scopes = Vec::new();
        }
    }
}
