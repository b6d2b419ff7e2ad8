//! Pass `dce`: removes what nothing observable depends on: pure operations, block parameters, loads (kept as nil checks where
//! they may fault), allocations that are only written, and the writes to them.
//!
//! In and out: one function in SSA form without unreachable blocks. Linear.

use escargo_ir::{Block, Cfg, Def, Func, Inst, InstData, Op, Rt, Value};

use crate::edit::{def_inst, def_op, for_each_edge, never_null, root};
use crate::simplify::remove_params;

/// Runtime operations without any effect but their result.
pub fn rt_is_pure(rt: Rt) -> bool {
    matches!(
        rt,
        Rt::string_concat2
            | Rt::string_concat
            | Rt::string_compare
            | Rt::string_from_bytes
            | Rt::bytes_from_string
            | Rt::string_from_runes
            | Rt::runes_from_string
            | Rt::string_from_rune
            | Rt::decode_rune
            | Rt::count_runes
            | Rt::memequal
            | Rt::index_byte
            | Rt::count_byte
            | Rt::index_string
            | Rt::fma
    )
}

/// Whether the instruction may go when its results are unused; loads and writes to local objects are treated apart.
fn is_pure(op: &Op) -> bool {
    match op {
        Op::Alloc { count: None, .. } | Op::FramePointer | Op::ReturnAddress => true,
        Op::CallRt { rt, .. } => rt_is_pure(*rt),
        op => op.is_computation(),
    }
}

/// The object that an instruction only writes to.
fn written(op: &Op) -> Option<Value> {
    match op {
        Op::Store { addr, .. } | Op::Zero { addr, .. } => Some(*addr),
        _ => None,
    }
}

/// What a debug operation tells of.
fn debug_operand(op: &Op) -> Option<Value> {
    match op {
        Op::DebugAddr { addr: v, .. } | Op::DebugValue { value: v, .. } => Some(*v),
        _ => None,
    }
}

/// Constants that cost nothing to keep.
fn is_number(op: &Op) -> bool {
    matches!(op, Op::Iconst { .. } | Op::F32const(_) | Op::F64const(_) | Op::Null)
}

/// What is known to be needed, while the function is walked backwards.
struct Live<'a> {
    func: &'a Func,
    cfg: &'a Cfg,
    insts: Vec<bool>,
    values: Vec<bool>,
    /// Values found to be needed after the walk has passed their definition, whose operands are needed in turn.
    late: Vec<Value>,
}

impl Live<'_> {
    /// An instruction is needed, and so is what it uses.
    fn inst(&mut self, i: Inst) {
        self.insts[i.index()] = true;
        let values = &mut self.values;
        // Arguments of edges live and die with the parameters that they feed.
        match &self.func.inst(i).op {
            Op::Jump { .. } => {}
            Op::Branch { cond, .. } => values[cond.index()] = true,
            op => op.for_each_operand(|v| values[v.index()] = true),
        }
    }

    /// The same after the walk.
    fn late_inst(&mut self, i: Inst) {
        if std::mem::replace(&mut self.insts[i.index()], true) {
            return;
        }
        match &self.func.inst(i).op {
            Op::Jump { .. } => {}
            Op::Branch { cond, .. } => self.late_value(*cond),
            op => op.for_each_operand(|v| self.late_value(v)),
        }
    }

    fn late_value(&mut self, v: Value) {
        if !std::mem::replace(&mut self.values[v.index()], true) {
            self.late.push(v);
        }
    }

    /// A parameter is needed: so are its arguments, those of back edges later.
    fn param(&mut self, b: Block, n: usize, late: bool) {
        let Live { func, cfg, .. } = *self;
        let at = cfg.rpo_index[b.index()];
        for &p in cfg.preds(b) {
            let Some(t) = func.terminator(p) else { continue };
            let late = late || cfg.rpo_index[p.index()] >= at;
            for_each_edge(&t.op, |to, args| {
                if to == b
                    && let Some(&a) = args.get(n)
                {
                    if late {
                        self.late_value(a);
                    } else {
                        self.values[a.index()] = true;
                    }
                }
            });
        }
    }
}

pub fn run(func: &mut Func, cfg: &Cfg) {
    let mut live = Live {
        insts: vec![false; func.insts.len()],
        values: vec![false; func.values.len()],
        late: Vec::new(),
        func,
        cfg,
    };
    // What waits for the end of the walk: writes to an object, with its allocation, and loads, with the root of the address.
    let mut writes: Vec<(Inst, Inst)> = Vec::new();
    let mut loads: Vec<(Inst, Value)> = Vec::new();
    // Uses come before definitions, but for those on back edges.
    for &b in cfg.rpo.iter().rev() {
        let block = live.func.block(b);
        for &i in block.insts.iter().rev() {
            let InstData { op, results, .. } = live.func.inst(i);
            if results.iter().any(|r| live.values[r.index()]) {
                live.inst(i);
                continue;
            }
            if is_pure(op) {
                continue;
            }
            if op.is_debug() {
                // A debugger can show them.
                if let Some(v) = debug_operand(op)
                    && def_op(live.func, v).is_some_and(is_number)
                {
                    live.values[v.index()] = true;
                }
                continue;
            }
            if let Some(addr) = written(op) {
                let root = root(live.func, addr);
                if let Some(a) = def_inst(live.func, root)
                    && matches!(live.func.inst(a).op, Op::Alloc { count: None, .. })
                    && !live.values[root.index()]
                {
                    writes.push((a, i));
                    continue;
                }
            }
            if let Op::Load { addr, .. } = op {
                let root = root(live.func, *addr);
                if !never_null(live.func, root) {
                    loads.push((i, root));
                    live.values[root.index()] = true;
                }
                continue;
            }
            live.inst(i);
        }
        for (n, p) in block.params.iter().enumerate() {
            if live.values[p.index()] {
                live.param(b, n, false);
            }
        }
    }
    writes.sort_unstable();
    for &(alloc, write) in &writes {
        if live.func.inst(alloc).results.iter().any(|r| live.values[r.index()]) {
            live.late_inst(write);
        }
    }
    while let Some(v) = live.late.pop() {
        match live.func.values[v.index()].def {
            Def::Result(i, _) => {
                live.late_inst(i);
                if matches!(live.func.inst(i).op, Op::Alloc { .. }) {
                    let from = writes.partition_point(|w| w.0 < i);
                    for &(_, write) in writes[from..].iter().take_while(|w| w.0 == i) {
                        live.late_inst(write);
                    }
                }
            }
            Def::Param(b, n) => live.param(b, n as usize, true),
            Def::None => {}
        }
    }
    let Live { insts: mut live_inst, values: live_value, .. } = live;
    for (i, root) in loads {
        if !live_inst[i.index()] {
            let inst = &mut func.insts[i.index()];
            inst.op = Op::NilCheck(root);
            for v in inst.results.drain(..) {
                func.values[v.index()].def = Def::None;
            }
            live_inst[i.index()] = true;
        }
    }
    for &b in &cfg.rpo {
        let Func { blocks, insts, values, .. } = func;
        blocks[b.index()].insts.retain(|i| {
            // Debug operations whose value goes say that the variable is not known.
            if live_inst[i.index()] || insts[i.index()].op.is_debug() {
                return true;
            }
            for v in &insts[i.index()].results {
                values[v.index()].def = Def::None;
            }
            false
        });
        if b == cfg.rpo[0] || func.block(b).params.iter().all(|v| live_value[v.index()]) {
            continue;
        }
        let drop: Vec<bool> = func.block(b).params.iter().map(|v| !live_value[v.index()]).collect();
        remove_params(func, b, cfg.preds(b), &drop);
    }
}
