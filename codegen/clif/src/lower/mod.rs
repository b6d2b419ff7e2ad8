//! One function of the IR to Cranelift's IR.
//!
//! In: the function, the plan, the escape results. Out: a Cranelift function and the table behind its source locations.
//! Guarantees: each IR instruction keeps its documented meaning; slow paths lie in cold blocks after the function's own.

mod arith;
pub(crate) mod call;
mod cold;
mod control;
mod lines;
mod location;
mod memory;
mod poll;
pub(crate) mod spill;
mod tags;

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::entity::packed_option::PackedOption;
use cranelift_codegen::ir::{
    self as clif, BlockArg, FuncRef, GlobalValue, InsertBuilder, InstBuilder, MemFlagsData, SigRef,
    SourceLoc, StackSlot, StackSlotData, StackSlotKind, TrapCode, UserFuncName, types,
};
use cranelift_codegen::isa::CallConv;
use escargo_abi::context;
use escargo_abi::context::UNCHECKED_FRAME;
use escargo_escape::{EscapeResults, Placement};
use escargo_ir::cfg::Cfg;
use escargo_ir::dom::DomTree;
use escargo_ir::loops::Loops;
use escargo_ir::{Def, Func, FuncId, Inst, InstData, Module, Op, Pos, Rt, Signature, SiteId, Type, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::debug::marks::{self, Mark};
use crate::debug::places::{self, Known};
use crate::plan::{AllocKind, Plan};
use crate::symbol::{Stub, Symbol, tier};
use crate::target::Target;
use cold::{Cold, ColdArg};
use location::{Inserter, srcloc};
pub(crate) use location::{Loc, Purpose, from_srcloc};
use spill::{Spills, is_call, is_compiled_call};

/// How a function makes sure that its frame fits on the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StackCheck {
    None,
    /// After the frame is made: the stack's slack holds it.
    Inside,
    /// By a head that runs before the frame is made.
    Head,
}

pub(crate) struct Lowered {
    pub func: clif::Function,
    pub locs: Vec<Loc>,
    /// About variables, if wanted.
    pub debug: Option<Box<places::Plan>>,
}

/// What all functions share.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    pub module: &'a Module,
    pub escape: &'a EscapeResults,
    pub plan: &'a Plan,
    pub target: &'a Target,
    pub count_stack_objects: bool,
    pub tag_stack: bool,
    /// Functions count their calls and loops, and ask to be compiled again when they turn out hot.
    pub counting: bool,
    /// Keep the instruction in each location, for dumps.
    pub dump: bool,
    /// Find out where variables are.
    pub debug: bool,
    /// Keep pointers to variables in the frame, so that they are known everywhere (code that is not optimised).
    pub debug_homes: bool,
}

impl<'a> Input<'a> {
    /// A function that is being compiled.
    pub fn func(&self, id: FuncId) -> &'a Func {
        self.plan.func(self.module, id)
    }
}

struct Lowering<'a> {
    input: Input<'a>,
    id: FuncId,
    ir: &'a Func,
    func: clif::Function,
    /// Stack objects with memory tags.
    tagged: Vec<tags::Tagged>,
    values: Vec<PackedOption<clif::Value>>,
    blocks: Vec<PackedOption<clif::Block>>,
    loops: Loops,
    block: clif::Block,
    loc: SourceLoc,
    current: Loc,
    /// No goroutine may be stopped by a signal at the next instructions.
    critical: bool,
    /// Blocks that begin with a look at the stack limit.
    polls: FxHashSet<escargo_ir::Block>,
    locs: Vec<Loc>,
    loc_ids: FxHashMap<Loc, u32>,
    cold: Vec<Cold>,
    func_refs: FxHashMap<Symbol, FuncRef>,
    globals: FxHashMap<Symbol, GlobalValue>,
    sigs: FxHashMap<(Signature, bool), SigRef>,
    /// Where results go that do not travel in registers.
    result_ptr: Option<clif::Value>,
    /// In functions that defer: keeps it in memory, as after a recovered panic nothing else can be relied on.
    result_ptr_slot: Option<StackSlot>,
    /// Receives such results of callees.
    result_slot: Option<StackSlot>,
    keep_slot: Option<StackSlot>,
    /// Sites whose stack buffer is used at most once, and the word with a bit for each.
    once_sites: Vec<SiteId>,
    done: Option<Inst>,
    used_buffers: Option<StackSlot>,
    /// Pointers known not to be nil in the current block.
    checked: FxHashSet<Value>,
    /// Values loaded in the current block from where the load may fault, with the loads' positions.
    faulting: SmallVec<[(Value, Pos); 8]>,
    /// Position in the IR.
    here: (escargo_ir::Block, u32),
    spills: Option<Spills>,
    /// Where values are kept over calls, and those loaded since the last call of the block.
    homes: FxHashMap<Value, StackSlot>,
    reloaded: FxHashMap<Value, clif::Value>,
    reloads: i32,
    /// Debug operations, and what is known of them.
    marks: Vec<Mark>,
    known: Vec<Known>,
    /// The first mark at each place that has one.
    marks_at: FxHashMap<(escargo_ir::Block, u32), u32>,
    /// Stack slots of allocated objects.
    object_slots: FxHashMap<Value, StackSlot>,
}

/// Accesses that fault on nil.
pub(crate) fn heap_flags() -> MemFlagsData {
    MemFlagsData::new()
}

/// Accesses that can not fault.
pub(crate) fn trusted_flags() -> MemFlagsData {
    MemFlagsData::trusted()
}

/// The trap after calls that do not return.
pub(crate) const UNREACHABLE: TrapCode = TrapCode::unwrap_user(1);

/// Bytes at address 0 that are never mapped: an access through nil with a smaller offset faults.
const GUARD: i64 = 4096;

pub(crate) fn clif_type(ty: Type) -> clif::Type {
    match ty {
        Type::I8 => types::I8,
        Type::I16 => types::I16,
        Type::I32 => types::I32,
        Type::I64 | Type::Ptr => types::I64,
        Type::F32 => types::F32,
        Type::F64 => types::F64,
    }
}

/// Whether results travel through memory.
pub(crate) fn results_in_memory(target: &Target, results: &[Type]) -> bool {
    let floats = results.iter().filter(|t| t.is_float()).count();
    floats > target.float_results || results.len() - floats > target.int_results
}

/// Cranelift's signature: [result pointer,] [closure or receiver,] parameters.
pub(crate) fn clif_signature(target: &Target, sig: &Signature, extra: bool) -> clif::Signature {
    let mut out = clif::Signature::new(CallConv::Tail);
    let in_memory = results_in_memory(target, &sig.results);
    let pointers = in_memory as usize + extra as usize;
    out.params.extend((0..pointers).map(|_| clif::AbiParam::new(types::I64)));
    out.params.extend(sig.params.iter().map(|&t| clif::AbiParam::new(clif_type(t))));
    if !in_memory {
        out.returns.extend(sig.results.iter().map(|&t| clif::AbiParam::new(clif_type(t))));
    }
    out
}

/// Which stack check a function needs, and the bytes of its stack objects.
pub(crate) fn stack_check(input: Input<'_>, id: FuncId) -> (StackCheck, usize) {
    let func = input.func(id);
    let mut bytes = 0usize;
    let mut calls = false;
    for &block in &func.order {
        for &inst in &func.block(block).insts {
            match &func.inst(inst).op {
                Op::Alloc { site, layout, count } => {
                    let kind =
                        input.plan.alloc_kind(input.module, input.escape, func, *site, *layout, *count);
                    if let AllocKind::Stack { bytes: b, .. } = kind {
                        bytes += (b as usize).next_multiple_of(if input.tag_stack { 16 } else { 8 });
                        calls |= input.tag_stack;
                    }
                    if input.escape.placement(*site) == Placement::Buffer {
                        bytes += escargo_abi::types::TEMP_BUFFER as usize;
                    }
                }
                Op::CallRt { rt, site, .. } => {
                    if rt.has_site() || *rt == Rt::grow_slice {
                        bytes += escargo_abi::types::TEMP_BUFFER as usize;
                    }
                    if let (Rt::map_make, Some(site)) = (rt, site) {
                        bytes += input.module.layout(input.module.sites[site.index()].layout).size as usize;
                    }
                    calls |= *rt == Rt::guard_enter;
                }
                Op::Call { .. } | Op::CallClosure { .. } | Op::CallMethod { .. } => calls = true,
                _ => {}
            }
        }
    }
    let check = if func.flags.nosplit {
        StackCheck::None
    } else if bytes > UNCHECKED_FRAME {
        StackCheck::Head
    } else if calls || bytes > 256 {
        StackCheck::Inside
    } else {
        StackCheck::None
    };
    (check, bytes)
}

pub(crate) fn lower(input: Input<'_>, id: FuncId, check: StackCheck) -> Lowered {
    let ir = input.func(id);
    match marks::strip(ir) {
        Some((ir, marks)) => {
            let (mut lowered, plan) = lower_func(input, &ir, id, check, marks);
            if let (true, Some((marks, known, spills, homes))) = (input.debug, plan) {
                lowered.debug = Some(Box::new(places::Plan { marks, known, func: ir, spills, homes }));
            }
            lowered
        }
        None => lower_func(input, ir, id, check, Vec::new()).0,
    }
}

type Debug = (Vec<Mark>, Vec<Known>, Option<Spills>, FxHashMap<Value, StackSlot>);

/// Lowers a function without debug operations; `marks` are those that it had.
fn lower_func<'a>(
    input: Input<'a>,
    ir: &'a Func,
    id: FuncId,
    check: StackCheck,
    marks: Vec<Mark>,
) -> (Lowered, Option<Debug>) {
    let cfg = Cfg::new(ir);
    let dom = DomTree::new(&cfg);
    let loops = Loops::new(ir, &cfg, &dom);
    let spills = Spills::new(ir, &cfg, &loops);
    let mut func = clif::Function::with_name_signature(
        UserFuncName::User(Symbol::Func(id).to_user()),
        clif_signature(input.target, &ir.sig, false),
    );
    let entry = func.dfg.make_block();
    func.layout.append_block(entry);
    let mut l = Lowering {
        input,
        id,
        ir,
        func,
        values: vec![None.into(); ir.values.len()],
        blocks: vec![None.into(); ir.blocks.len()],
        loops,
        block: entry,
        loc: SourceLoc::default(),
        current: Loc { pos: ir.pos, scope: 0, purpose: Purpose::Code, inst: None },
        critical: true,
        polls: FxHashSet::default(),
        locs: Vec::new(),
        loc_ids: FxHashMap::default(),
        cold: Vec::new(),
        func_refs: FxHashMap::default(),
        globals: FxHashMap::default(),
        sigs: FxHashMap::default(),
        result_ptr: None,
        result_ptr_slot: None,
        result_slot: None,
        keep_slot: None,
        tagged: Vec::new(),
        once_sites: Vec::new(),
        done: None,
        used_buffers: None,
        checked: FxHashSet::default(),
        faulting: SmallVec::new(),
        here: (escargo_ir::Block(0), 0),
        spills,
        homes: FxHashMap::default(),
        reloaded: FxHashMap::default(),
        reloads: 0,
        known: vec![Known::Nothing; marks.len()],
        marks_at: marks.iter().enumerate().rev().map(|(n, m)| ((m.block, m.at), n as u32)).collect(),
        marks,
        object_slots: FxHashMap::default(),
    };
    l.func.params.ensure_base_srcloc(SourceLoc::new(0));
    if input.debug {
        l.func.dfg.collect_debug_info();
    }
    l.function(&cfg, &dom, entry, check);
    l.label_values();
    let debug = input.debug.then_some((l.marks, l.known, l.spills, l.homes));
    (Lowered { func: l.func, locs: l.locs, debug: None }, debug)
}

impl<'a> Lowering<'a> {
    fn function(&mut self, cfg: &Cfg, dom: &DomTree, entry: clif::Block, check: StackCheck) {
        self.find_tagged();
        self.set_purpose(Purpose::StackCheck);
        if results_in_memory(self.input.target, &self.ir.sig.results) {
            self.result_ptr = Some(self.func.dfg.append_block_param(entry, types::I64));
        }
        let params: SmallVec<[clif::Value; 8]> = self
            .ir
            .sig
            .params
            .iter()
            .map(|&t| self.func.dfg.append_block_param(entry, clif_type(t)))
            .collect();
        let Some(&first) = self.ir.order.first() else {
            // Declared without a body: nothing sensible can be run.
            self.call_rt_value(Rt::panic_unreachable, &[]);
            self.ins().trap(UNREACHABLE);
            self.emit_cold();
            return;
        };
        for &b in self.ir.order.iter().filter(|&&b| cfg.reachable(b)) {
            let block = if b == first && cfg.preds(b).is_empty() {
                for (&p, &v) in self.ir.block(b).params.iter().zip(&params) {
                    self.values[p.index()] = v.into();
                }
                self.block
            } else {
                let block = self.func.dfg.make_block();
                self.func.layout.append_block(block);
                for &p in &self.ir.block(b).params {
                    let v = self.func.dfg.append_block_param(block, clif_type(self.ir.ty(p)));
                    self.values[p.index()] = v.into();
                }
                block
            };
            if self.ir.block(b).cold {
                self.func.layout.set_cold(block);
            }
            self.blocks[b.index()] = block.into();
        }
        let mut calls_from = self.block_before_calls(cfg, dom);
        if self.spills.as_ref().is_some_and(|s| !s.stored_before_uses(cfg, dom, calls_from)) {
            self.spills = None;
            calls_from = self.block_before_calls(cfg, dom);
        }
        let entry_stores = self.plan_stores(dom, calls_from);
        self.plan_polls(cfg, dom);
        let first_block = self.blocks[first.index()].expect("the entry is reachable");
        if first_block != self.block {
            let args: SmallVec<[BlockArg; 8]> = params.iter().map(|&v| v.into()).collect();
            self.ins().jump(first_block, &args);
        }
        for &b in &cfg.rpo {
            self.block = self.blocks[b.index()].expect("blocks in reverse postorder are reachable");
            self.critical = true;
            self.checked.clear();
            self.reloaded.clear();
            self.faulting.clear();
            self.here = (b, 0);
            self.current = Loc { pos: self.ir.pos, scope: 0, purpose: Purpose::StackCheck, inst: None };
            if check == StackCheck::Inside && b == calls_from {
                self.set_purpose(Purpose::StackCheck);
                self.check_stack();
            }
            // What else stands in front of a block is at the block's place, so that debuggers do not jump to the function's head.
            if let (false, Some(&inst)) = (Some(&b) == self.ir.order.first(), self.ir.block(b).insts.first())
            {
                let InstData { pos, scope, .. } = *self.ir.inst(inst);
                let inst = (self.input.dump || self.input.debug).then_some(inst);
                self.current = Loc { pos, scope, purpose: Purpose::Code, inst };
            }
            if self.polls.contains(&b) {
                self.set_purpose(Purpose::Poll);
                self.poll();
            }
            self.set_purpose(Purpose::Code);
            if self.input.counting && (Some(&b) == self.ir.order.first() || is_loop_header(cfg, b)) {
                self.count();
            }
            if b == calls_from {
                for &v in &entry_stores {
                    self.store_home(v);
                }
            }
            for &p in &self.ir.block(b).params {
                if !entry_stores.contains(&p) {
                    self.store_home(p);
                }
            }
            if Some(&b) == self.ir.order.first() {
                self.keep_result_pointer();
                self.prepare_buffers();
            }
            let insts = &self.ir.block(b).insts;
            for (i, &inst) in insts.iter().enumerate() {
                self.here = (b, i as u32);
                if self.input.debug {
                    self.meet_marks();
                }
                self.keep_loads_apart(inst);
                self.inst(insts, i, inst);
                let data = self.ir.inst(inst);
                if is_call(&data.op) {
                    self.reloaded.clear();
                }
                for &r in &data.results {
                    if !entry_stores.contains(&r) {
                        self.store_home(r);
                    }
                }
            }
        }
        self.emit_cold();
    }

    /// Counts down; at zero the function's next call goes to the compiler.
    fn count(&mut self) {
        let record = self.symbol_address(Symbol::Tier(self.id));
        let count = self.ins().load(types::I64, trusted_flags(), record, tier::COUNT);
        let count = self.ins().iadd_imm_s(count, -1);
        self.ins().store(trusted_flags(), count, record, tier::COUNT);
        let (hot, cont) = (self.cold_block(), self.new_block());
        let reached = self.ins().icmp_imm_s(clif::condcodes::IntCC::Equal, count, 0);
        self.ins().brif(reached, hot, &[], cont, &[]);
        self.block = hot;
        let resolve = self.ins().load(types::I64, trusted_flags(), record, tier::RESOLVE);
        self.ins().store(trusted_flags(), resolve, record, tier::SLOT);
        self.ins().jump(cont, &[]);
        self.block = cont;
    }

    /// The block that checks the stack: it lies in no loop and before all calls. Paths without calls need no check, as
    /// functions without calls do not.
    fn block_before_calls(&self, cfg: &Cfg, dom: &DomTree) -> escargo_ir::Block {
        let entry = self.ir.order[0];
        let wanted = |op: &Op| if self.spills.is_some() { is_call(op) } else { is_compiled_call(op) };
        let calls = cfg
            .rpo
            .iter()
            .copied()
            .filter(|&b| self.ir.block(b).insts.iter().any(|&i| wanted(&self.ir.inst(i).op)));
        let common = calls.reduce(|mut a, b| {
            while !dom.dominates(a, b) {
                a = dom.idom(a).unwrap_or(entry);
            }
            a
        });
        let mut block = common.unwrap_or(entry);
        while self.loops.depth(block) > 0 {
            let Some(up) = dom.idom(block) else { break };
            block = up;
        }
        block
    }

    /// `sp < limit`: out of line to the runtime, which ends the program if the stack is used up. Else it returns: it has set the
    /// limit to stop the goroutine here. No register is lost over that call.
    fn check_stack(&mut self) {
        // In this order the load becomes an operand of the comparison.
        let sp = self.ins().get_stack_pointer(types::I64);
        let pinned = self.ins().get_pinned_reg(types::I64);
        let limit = self.ins().load(types::I64, trusted_flags(), pinned, context::STACK_LIMIT);
        let low = self.ins().icmp(clif::condcodes::IntCC::UnsignedLessThan, sp, limit);
        self.branch_cold(low, Symbol::Stub(Stub::Poll), &[], Some(None));
    }

    /// Out of line to the runtime if it has set the limit to stop the goroutine: such a limit is negative. No stack pointer is looked at,
    /// which would be kept in a register all through the loop.
    fn poll(&mut self) {
        let pinned = self.ins().get_pinned_reg(types::I64);
        let limit = self.ins().load(types::I64, trusted_flags(), pinned, context::STACK_LIMIT);
        let stop = self.ins().icmp_imm_s(clif::condcodes::IntCC::SignedLessThan, limit, 0);
        self.branch_cold(stop, Symbol::Stub(Stub::Poll), &[], Some(None));
    }

    fn inst(&mut self, insts: &[Inst], at: usize, inst: Inst) {
        let ir: &'a Func = self.ir;
        let data: &'a InstData = ir.inst(inst);
        self.current = Loc {
            pos: data.pos,
            scope: data.scope,
            purpose: Purpose::Code,
            inst: (self.input.dump || self.input.debug).then_some(inst),
        };
        self.critical = self.is_critical(&data.op);
        self.set_purpose(Purpose::Code);
        let result = match &data.op {
            Op::Iconst { ty, value } => self.iconst(*ty, *value),
            Op::F32const(bits) => {
                let imm = clif::immediates::Ieee32::with_bits(*bits);
                self.ins().f32const(imm)
            }
            Op::F64const(bits) => {
                let imm = clif::immediates::Ieee64::with_bits(*bits);
                self.ins().f64const(imm)
            }
            Op::Null => self.ins().iconst(types::I64, 0),
            Op::GlobalAddr(g, offset) => {
                let base = self.symbol_address(Symbol::Global(*g));
                if *offset == 0 { base } else { self.ins().iadd_imm_s(base, *offset) }
            }
            Op::FuncAddr(f) => {
                let callee = self.func_ref(Symbol::Func(*f));
                self.ins().func_addr(types::I64, callee)
            }
            Op::Unary(op, a) => self.unary(*op, *a),
            Op::Binary(op, a, b) => self.binary(*op, *a, *b),
            Op::Icmp(cc, a, b) => {
                let (a, b) = (self.val(*a), self.val(*b));
                self.ins().icmp(arith::int_cc(*cc), a, b)
            }
            Op::Fcmp(cc, a, b) => {
                let (a, b) = (self.val(*a), self.val(*b));
                self.ins().fcmp(arith::float_cc(*cc), a, b)
            }
            Op::Convert { op, to, value } => self.convert(*op, *to, *value),
            Op::Select(c, a, b) => {
                let (c, a, b) = (self.val(*c), self.val(*a), self.val(*b));
                self.ins().select(c, a, b)
            }
            Op::Fma(a, b, c) => {
                let (a, b, c) = (self.val(*a), self.val(*b), self.val(*c));
                self.ins().fma(a, b, c)
            }
            Op::AddCarry(..) | Op::SubBorrow(..) => return self.carry(data),
            Op::Alloc { site, layout, count } => {
                self.alloc(insts, at, data.results[0], *site, *layout, *count)
            }
            // Addresses of fields are made where they are used, see `val`.
            Op::Field { .. } => return,
            Op::Elem { base, layout, index } => {
                if self.constant_elem(*layout, *index).is_some() {
                    return;
                }
                let size = self.input.module.layout(*layout).size;
                let (base, index) = (self.val(*base), self.val(*index));
                let offset = self.scale(index, size);
                self.ins().iadd(base, offset)
            }
            Op::Offset { base, offset } => {
                let (base, offset) = (self.val(*base), self.val(*offset));
                self.ins().iadd(base, offset)
            }
            Op::Load { ty, addr } => self.load(*ty, *addr),
            // Already done with the allocation that it initialises.
            Op::Store { .. } if self.done == Some(inst) => return,
            Op::Store { ty, addr, value } => return self.store(inst, *ty, *addr, *value),
            Op::Copy { layout, dst, src } => return self.copy(inst, *layout, *dst, *src),
            Op::Zero { layout, addr } => return self.zero(inst, *layout, *addr),
            Op::NilCheck(v) => return self.nil_check(insts, at, *v),
            Op::Check { check, x, y } => return self.check(*check, *x, *y),
            Op::AtomicLoad { ty, addr } => {
                let addr = self.flat_address(*addr);
                self.ins().atomic_load(clif_type(*ty), heap_flags(), addr)
            }
            Op::AtomicStore { ty, addr, value } => return self.atomic_store(inst, *ty, *addr, *value),
            Op::AtomicRmw { op, ty, addr, value } => self.atomic_rmw(inst, *op, *ty, *addr, *value),
            Op::AtomicCas { ty, addr, old, new } => self.atomic_cas(inst, *ty, *addr, *old, *new),
            Op::KeepAlive(v) => return self.keep_alive(*v),
            // Taken out before.
            Op::DebugAddr { .. } | Op::DebugValue { .. } => return,
            Op::Call { func, args } => return self.call(data, *func, args),
            Op::CallClosure { closure, sig, args } => return self.call_closure(data, *closure, sig, args),
            Op::CallMethod { itab, index, sig, recv, args, .. } => {
                return self.call_method(data, *itab, *index, sig, *recv, args);
            }
            Op::CallRt { rt, site, args } => return self.call_rt(data, *rt, *site, args),
            Op::FramePointer => self.ins().get_frame_pointer(types::I64),
            Op::ReturnAddress => self.ins().get_return_address(types::I64),
            Op::Jump { to, args } => {
                let to = self.target_block(*to);
                let args = self.block_args(args);
                self.ins().jump(to, &args);
                return;
            }
            Op::Branch { cond, then, then_args, els, els_args } => {
                return self.branch(*cond, (*then, then_args), (*els, els_args));
            }
            Op::Switch { value, cases, default } => return self.switch(*value, cases, *default),
            Op::Return(values) => return self.ret(values),
            Op::TailCall { func, args } => return self.tail_call(*func, args),
            Op::TailCallClosure { closure, sig, args } => return self.tail_call_closure(*closure, sig, args),
            Op::TailCallMethod { itab, index, sig, recv, args, .. } => {
                return self.tail_call_method(*itab, *index, sig, *recv, args);
            }
            Op::Unreachable => {
                self.ins().trap(UNREACHABLE);
                return;
            }
        };
        self.values[data.results[0].index()] = result.into();
    }

    // ---- infrastructure

    fn ins(&mut self) -> InsertBuilder<'_, Inserter<'_>> {
        let Lowering { loc, critical, block, .. } = *self;
        InsertBuilder::new(Inserter { func: &mut self.func, block, loc, critical })
    }

    /// What the next instructions are for.
    fn set_purpose(&mut self, purpose: Purpose) {
        self.current.purpose = purpose;
        let next = self.locs.len() as u32;
        let locs = &mut self.locs;
        let current = self.current;
        let id = *self.loc_ids.entry(current).or_insert_with(|| {
            locs.push(current);
            next
        });
        self.loc = srcloc(id, false);
    }

    /// The Cranelift value of an IR value.
    fn val(&mut self, v: Value) -> clif::Value {
        if let Some(value) = self.reload(v) {
            return value;
        }
        if let Some(value) = self.values[v.index()].expand() {
            return value;
        }
        // Only addresses of fields and of elements at constant indices are made on demand.
        let (root, offset) = self.chain(v);
        assert_ne!(root, v, "{}: {v} is used before its definition", self.ir.name);
        let base = self.val(root);
        if offset == 0 { base } else { self.ins().iadd_imm_s(base, offset) }
    }

    fn vals(&mut self, vs: &[Value]) -> SmallVec<[clif::Value; 8]> {
        vs.iter().map(|&v| self.val(v)).collect()
    }

    fn block_args(&mut self, vs: &[Value]) -> SmallVec<[BlockArg; 8]> {
        vs.iter().map(|&v| BlockArg::from(self.val(v))).collect()
    }

    fn target_block(&self, b: escargo_ir::Block) -> clif::Block {
        self.blocks[b.index()].expect("a successor of a reachable block is reachable")
    }

    fn def(&self, v: Value) -> Option<&'a Op> {
        match self.ir.values[v.index()].def {
            Def::Result(inst, _) => Some(&self.ir.inst(inst).op),
            _ => None,
        }
    }

    fn iconst(&mut self, ty: Type, value: i64) -> clif::Value {
        let ty = clif_type(ty);
        let value = match ty.bits() {
            64 => value,
            // Cranelift wants the unsigned image of narrow constants.
            bits => value & ((1i64 << bits) - 1),
        };
        self.ins().iconst(ty, value)
    }

    fn symbol_address(&mut self, symbol: Symbol) -> clif::Value {
        let gv = match self.globals.get(&symbol) {
            Some(&gv) => gv,
            None => {
                let name = self.func.declare_imported_user_function(symbol.to_user());
                let gv = self.func.create_global_value(clif::GlobalValueData::Symbol {
                    name: clif::ExternalName::user(name),
                    offset: 0.into(),
                    colocated: true,
                    tls: false,
                });
                self.globals.insert(symbol, gv);
                gv
            }
        };
        self.ins().symbol_value(types::I64, gv)
    }

    /// A reference to a function, runtime entry point or stub.
    fn func_ref(&mut self, symbol: Symbol) -> FuncRef {
        if let Some(&r) = self.func_refs.get(&symbol) {
            return r;
        }
        let sig = match symbol {
            Symbol::Func(f) => clif_signature(self.input.target, &self.input.module.func(f).sig, false),
            Symbol::Rt(rt) => call::rt_signature(rt),
            Symbol::Stub(Stub::Poll) => call::poll_signature(),
            _ => call::barrier_signature(),
        };
        let signature = self.func.import_signature(sig);
        let name = self.func.declare_imported_user_function(symbol.to_user());
        let r = self.func.import_function(clif::ExtFuncData {
            name: clif::ExternalName::user(name),
            signature,
            colocated: self.input.target.linked || !matches!(symbol, Symbol::Rt(_)),
            patchable: false,
        });
        self.func_refs.insert(symbol, r);
        r
    }

    fn slot(&mut self, bytes: u32, align: u32) -> StackSlot {
        let shift = align.max(8).trailing_zeros() as u8;
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes.next_multiple_of(8), shift);
        self.func.create_sized_stack_slot(data)
    }

    fn slot_address(&mut self, slot: StackSlot) -> clif::Value {
        self.ins().stack_addr(types::I64, slot, 0)
    }

    /// A new block right after the current one, which it continues.
    fn new_block(&mut self) -> clif::Block {
        let block = self.func.dfg.make_block();
        self.func.layout.insert_block_after(block, self.block);
        if self.func.layout.is_cold(self.block) {
            self.func.layout.set_cold(block);
        }
        block
    }

    fn cold_block(&mut self) -> clif::Block {
        let block = self.func.dfg.make_block();
        self.func.layout.append_block(block);
        self.func.layout.set_cold(block);
        block
    }
}

/// Whether control comes to a block from behind it.
fn is_loop_header(cfg: &Cfg, b: escargo_ir::Block) -> bool {
    cfg.preds(b).iter().any(|p| cfg.rpo_index[p.index()] >= cfg.rpo_index[b.index()])
}

/// A function that checks the stack for `frame` bytes and continues in the function's body.
pub(crate) fn lower_head(input: Input<'_>, id: FuncId, frame: u64) -> Lowered {
    let ir = input.func(id);
    let sig = clif_signature(input.target, &ir.sig, false);
    let mut func =
        clif::Function::with_name_signature(UserFuncName::User(Symbol::Func(id).to_user()), sig.clone());
    let entry = func.dfg.make_block();
    let params: Vec<clif::Value> =
        sig.params.iter().map(|p| func.dfg.append_block_param(entry, p.value_type)).collect();
    let body_sig = func.import_signature(sig);
    let mut import = |symbol: Symbol, signature, colocated| {
        let name = func.declare_imported_user_function(symbol.to_user());
        func.import_function(clif::ExtFuncData {
            name: clif::ExternalName::user(name),
            signature,
            colocated,
            patchable: false,
        })
    };
    let body = import(Symbol::Stub(Stub::Body), body_sig, true);
    let poll_sig = func.import_signature(call::rt_signature(Rt::poll));
    let name = func.declare_imported_user_function(Symbol::Rt(Rt::poll).to_user());
    let poll = func.import_function(clif::ExtFuncData {
        name: clif::ExternalName::user(name),
        signature: poll_sig,
        colocated: input.target.linked,
        patchable: false,
    });
    let (ok, low) = (func.dfg.make_block(), func.dfg.make_block());
    let loc = Loc { pos: ir.pos, scope: 0, purpose: Purpose::StackCheck, inst: None };
    func.params.ensure_base_srcloc(SourceLoc::new(0));
    let mut cursor = FuncCursor::new(&mut func).with_srcloc(srcloc(0, true));
    cursor.insert_block(entry);
    let pinned = cursor.ins().get_pinned_reg(types::I64);
    let limit = cursor.ins().load(types::I64, trusted_flags(), pinned, context::STACK_LIMIT);
    let sp = cursor.ins().get_stack_pointer(types::I64);
    // limit + frame can not overflow, sp - frame could.
    let wanted = cursor.ins().iadd_imm_s(limit, frame as i64);
    let fails = cursor.ins().icmp(clif::condcodes::IntCC::UnsignedLessThan, sp, wanted);
    cursor.ins().brif(fails, low, &[], ok, &[]);
    cursor.insert_block(ok);
    cursor.ins().return_call(body, &params);
    cursor.insert_block(low);
    let bytes = cursor.ins().iconst(types::I64, frame as i64);
    cursor.ins().call(poll, &[bytes]);
    cursor.ins().jump(ok, &[]);
    cursor.func.layout.set_cold(low);
    Lowered { func, locs: vec![loc], debug: None }
}
