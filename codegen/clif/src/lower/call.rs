//! Calls of functions, closures, methods and the runtime.

use cranelift_codegen::ir::{self as clif, AbiParam, InstBuilder, SigRef, types};
use cranelift_codegen::isa::CallConv;
use escargo_abi::RtType;
use escargo_abi::context;
use escargo_abi::types::{ITAB_FUN, TEMP_BUFFER};
use escargo_escape::Placement;
use escargo_ir::{FuncId, InstData, Op, Rt, Signature, SiteId, Type, Value};
use smallvec::SmallVec;

use super::{
    GUARD, Lowering, Purpose, clif_signature, clif_type, heap_flags, results_in_memory, trusted_flags,
};
use crate::symbol::Symbol;

/// Runtime entry points follow the C convention.
pub(crate) fn rt_signature(rt: Rt) -> clif::Signature {
    let ty = |t: &RtType| {
        AbiParam::new(match t {
            RtType::I64 | RtType::Ptr => types::I64,
            RtType::F64 => types::F64,
        })
    };
    let info = rt.info();
    let mut sig = clif::Signature::new(CallConv::SystemV);
    sig.params.extend(info.params.iter().map(ty));
    sig.returns.extend(info.results.iter().map(ty));
    sig
}

/// The barrier stub: slot, new pointer; preserves all registers.
pub(crate) fn barrier_signature() -> clif::Signature {
    let mut sig = clif::Signature::new(CallConv::PreserveAll);
    sig.params.extend([AbiParam::new(types::I64), AbiParam::new(types::I64)]);
    sig
}

/// The poll's slow path: preserves all registers.
pub(crate) fn poll_signature() -> clif::Signature {
    clif::Signature::new(CallConv::PreserveAll)
}

type Args = SmallVec<[clif::Value; 8]>;

impl Lowering<'_> {
    pub(super) fn call(&mut self, data: &InstData, func: FuncId, args: &[Value]) {
        let results = &self.input.module.func(func).sig.results;
        let mut all = Args::new();
        self.push_result_pointer(results, &mut all);
        all.extend(args.iter().map(|&v| self.val(v)));
        let callee = self.func_ref(Symbol::Func(func));
        let call = self.ins().call(callee, &all);
        self.take_results(data, call, results);
    }

    pub(super) fn call_closure(&mut self, data: &InstData, closure: Value, sig: &Signature, args: &[Value]) {
        let (sig_ref, code, all) = self.closure_call(closure, sig, args, false);
        let call = self.ins().call_indirect(sig_ref, code, &all);
        self.take_results(data, call, &sig.results);
    }

    pub(super) fn call_method(
        &mut self,
        data: &InstData,
        itab: Value,
        index: u32,
        sig: &Signature,
        recv: Value,
        args: &[Value],
    ) {
        let (sig_ref, code, all) = self.method_call(itab, index, sig, recv, args, false);
        let call = self.ins().call_indirect(sig_ref, code, &all);
        self.take_results(data, call, &sig.results);
    }

    pub(super) fn tail_call(&mut self, func: FuncId, args: &[Value]) {
        let mut all: Args = self.result_ptr.into_iter().collect();
        all.extend(args.iter().map(|&v| self.val(v)));
        let callee = self.func_ref(Symbol::Func(func));
        self.untag_all();
        self.ins().return_call(callee, &all);
    }

    pub(super) fn tail_call_closure(&mut self, closure: Value, sig: &Signature, args: &[Value]) {
        let (sig_ref, code, all) = self.closure_call(closure, sig, args, true);
        self.untag_all();
        self.ins().return_call_indirect(sig_ref, code, &all);
    }

    pub(super) fn tail_call_method(
        &mut self,
        itab: Value,
        index: u32,
        sig: &Signature,
        recv: Value,
        args: &[Value],
    ) {
        let (sig_ref, code, all) = self.method_call(itab, index, sig, recv, args, true);
        self.untag_all();
        self.ins().return_call_indirect(sig_ref, code, &all);
    }

    fn closure_call(
        &mut self,
        closure: Value,
        sig: &Signature,
        args: &[Value],
        tail: bool,
    ) -> (SigRef, clif::Value, Args) {
        let object = self.val(closure);
        // Faults if the closure is nil.
        let code = self.ins().load(types::I64, heap_flags(), object, 0);
        self.checked.insert(closure);
        self.indirect(code, object, sig, args, tail)
    }

    fn method_call(
        &mut self,
        itab: Value,
        index: u32,
        sig: &Signature,
        recv: Value,
        args: &[Value],
        tail: bool,
    ) -> (SigRef, clif::Value, Args) {
        let table = self.val(itab);
        let recv = self.val(recv);
        let offset = ITAB_FUN as i32 + 8 * index as i32;
        if i64::from(offset) >= GUARD {
            self.ins().load(types::I8, heap_flags(), table, 0);
        }
        let code = self.ins().load(types::I64, heap_flags(), table, offset);
        self.checked.insert(itab);
        self.indirect(code, recv, sig, args, tail)
    }

    fn indirect(
        &mut self,
        code: clif::Value,
        first: clif::Value,
        sig: &Signature,
        args: &[Value],
        tail: bool,
    ) -> (SigRef, clif::Value, Args) {
        let mut all = Args::new();
        if tail {
            all.extend(self.result_ptr);
        } else {
            self.push_result_pointer(&sig.results, &mut all);
        }
        all.push(first);
        all.extend(args.iter().map(|&v| self.val(v)));
        let key = (sig.clone(), true);
        let sig_ref = match self.sigs.get(&key) {
            Some(&s) => s,
            None => {
                let s = self.func.import_signature(clif_signature(self.input.target, sig, true));
                self.sigs.insert(key, s);
                s
            }
        };
        (sig_ref, code, all)
    }

    /// One slot serves all calls: results are read right after the call.
    fn push_result_pointer(&mut self, results: &[Type], args: &mut Args) {
        if !results_in_memory(self.input.target, results) {
            return;
        }
        let bytes = results.len() as u32 * 8;
        let slot = match self.result_slot {
            Some(slot) => {
                let data = &mut self.func.sized_stack_slots[slot];
                data.size = data.size.max(bytes);
                slot
            }
            None => {
                let slot = self.slot(bytes, 8);
                self.result_slot = Some(slot);
                slot
            }
        };
        args.push(self.slot_address(slot));
    }

    fn take_results(&mut self, data: &InstData, call: clif::Inst, types: &[Type]) {
        if results_in_memory(self.input.target, types) {
            let slot = self.result_slot.expect("the call was given the slot");
            let address = self.slot_address(slot);
            for (i, (&result, &ty)) in data.results.iter().zip(types).enumerate() {
                let v = self.ins().load(clif_type(ty), trusted_flags(), address, i as i32 * 8);
                self.values[result.index()] = v.into();
            }
            return;
        }
        let values: Args = self.func.dfg.inst_results(call).iter().copied().collect();
        for (&result, v) in data.results.iter().zip(values) {
            self.values[result.index()] = v.into();
        }
    }

    // ---- functions that defer

    /// In a function that defers: stores the result pointer.
    pub(super) fn keep_result_pointer(&mut self) {
        let defers = self.ir.insts.iter().any(|i| matches!(i.op, Op::CallRt { rt: Rt::guard_enter, .. }));
        if let (Some(ptr), true) = (self.result_ptr, defers) {
            let slot = self.slot(8, 8);
            let address = self.slot_address(slot);
            self.ins().store(trusted_flags(), ptr, address, 0);
            self.result_ptr_slot = Some(slot);
        }
    }

    pub(super) fn result_pointer(&mut self) -> clif::Value {
        match (self.result_ptr_slot, self.result_ptr) {
            (Some(slot), _) => self.load_slot(types::I64, slot),
            (None, ptr) => ptr.expect("the function returns its results in memory"),
        }
    }

    /// Links a record on the stack: `defer_push` in place.
    fn push_deferred(&mut self, [guard, head, record, closure]: [clif::Value; 4]) {
        let flags = trusted_flags();
        self.ins().store(flags, head, record, 0);
        self.ins().store(flags, closure, record, 8);
        self.ins().store(flags, record, guard, context::GUARD_DEFERS);
    }

    /// `guard_leave` in place.
    fn leave_guard(&mut self, guard: clif::Value) {
        let flags = trusted_flags();
        let pinned = self.ins().get_pinned_reg(types::I64);
        let goroutine = self.ins().load(types::I64, flags, pinned, context::GOROUTINE);
        let older = self.ins().load(types::I64, flags, guard, context::GUARD_PREV);
        self.ins().store(flags, older, goroutine, 0);
    }

    // ---- runtime

    pub(super) fn call_rt(&mut self, data: &InstData, rt: Rt, site: Option<SiteId>, args: &[Value]) {
        if matches!(rt, Rt::panic_index | Rt::panic_index_u | Rt::panic_slice) {
            self.set_purpose(Purpose::BoundsCheck);
        }
        match (rt, args) {
            (Rt::map_make, _)
                if site.is_some_and(|s| self.input.escape.placement(s) == Placement::Buffer) =>
            {
                let map = self.local_map(site.expect("tested above"), args);
                self.values[data.results[0].index()] = map.into();
                return;
            }
            (Rt::grow_slice, _) if site.is_some_and(|s| self.grows_locally(s)) => {
                let grown = self.grow_local(site.expect("tested above"), args);
                for (&result, v) in data.results.iter().zip(grown) {
                    self.values[result.index()] = v.into();
                }
                return;
            }
            (Rt::guard_leave, &[guard]) => {
                let guard = self.val(guard);
                return self.leave_guard(guard);
            }
            (Rt::defer_push, &[guard, head, record, closure]) if self.in_stack_object(record) => {
                let operands = [guard, head, record, closure].map(|v| self.val(v));
                return self.push_deferred(operands);
            }
            _ => {}
        }
        let mut all = Args::new();
        if rt.has_site() {
            let on_stack = site.is_some_and(|s| self.input.escape.placement(s) != Placement::Heap);
            all.push(if on_stack {
                let slot = self.slot(TEMP_BUFFER, 8);
                self.slot_address(slot)
            } else {
                self.ins().iconst(types::I64, 0)
            });
        }
        for &arg in args {
            let v = self.val(arg);
            all.push(match self.ir.ty(arg) {
                Type::I8 | Type::I16 | Type::I32 => self.ins().uextend(types::I64, v),
                Type::F32 => self.ins().fpromote(types::F64, v),
                _ => v,
            });
        }
        let values = self.call_rt_value(rt, &all);
        for (&result, v) in data.results.iter().zip(values) {
            let ty = clif_type(self.ir.ty(result));
            let v = if ty.is_int() && ty.bits() < 64 { self.ins().ireduce(ty, v) } else { v };
            self.values[result.index()] = v.into();
        }
    }

    pub(super) fn call_rt_value(&mut self, rt: Rt, args: &[clif::Value]) -> Args {
        let callee = self.func_ref(Symbol::Rt(rt));
        let call = self.ins().call(callee, args);
        self.func.dfg.inst_results(call).iter().copied().collect()
    }
}
