//! Allocation, loads, stores, copies, nil checks, write barriers, atomics.

use cranelift_codegen::ir::condcodes::IntCC as Icc;
use cranelift_codegen::ir::{self as clif, AtomicRmwOp, InstBuilder, MemFlagsData, types};
use escargo_abi::context;
use escargo_abi::types::TEMP_BUFFER;
use escargo_escape::Placement;
use escargo_ir::{AtomicOp, GlobalId, Inst, LayoutId, Op, Rt, Shape, SiteId, SiteKind, Type, Value};
use smallvec::{SmallVec, smallvec};

use super::{Cold, ColdArg, GUARD, Lowering, Purpose, clif_type, heap_flags, trusted_flags};
use crate::plan::{AllocKind, constant};
use crate::symbol::{Stub, Symbol};

/// Objects up to this size are copied and zeroed by inline instructions.
pub(super) const INLINE_COPY: u64 = 128;
pub(super) const INLINE_ZERO: u64 = 256;
/// From this size on, copies use 16-byte registers. Smaller objects were often just written word by word, and a wide
/// load of such words waits for the store buffer.
const WIDE_COPY: u64 = 64;

/// An address split into base and constant offset.
#[derive(Clone, Copy)]
struct Place {
    base: clif::Value,
    offset: i32,
    flags: MemFlagsData,
}

impl Lowering<'_> {
    /// Follows fields and elements at constant indices to the pointer that they start from.
    pub(super) fn chain(&self, v: Value) -> (Value, i64) {
        let (mut root, mut offset) = (v, 0i64);
        loop {
            let step = match self.def(root) {
                Some(Op::Field { base, layout, field }) => match &self.input.module.layout(*layout).shape {
                    escargo_ir::Shape::Struct(fields) => Some((*base, fields[*field as usize].offset as i64)),
                    _ => Some((*base, 0)),
                },
                Some(Op::Elem { base, layout, index }) => {
                    self.constant_elem(*layout, *index).map(|o| (*base, o))
                }
                _ => None,
            };
            match step {
                Some((base, o)) => {
                    root = base;
                    offset = offset.wrapping_add(o);
                }
                None => return (root, offset),
            }
        }
    }

    /// Byte offset of an element at a constant index.
    pub(super) fn constant_elem(&self, layout: LayoutId, index: Value) -> Option<i64> {
        let index = constant(self.ir, index)?;
        let size = i64::try_from(self.input.module.layout(layout).size).ok()?;
        index.checked_mul(size)
    }

    /// Never nil, and its memory is there.
    pub(super) fn is_object(&self, root: Value) -> bool {
        matches!(self.def(root), Some(Op::Alloc { .. } | Op::GlobalAddr(..)))
    }

    /// Whether an address is part of a stack object of this function.
    pub(super) fn in_stack_object(&self, v: Value) -> bool {
        let Some(Op::Alloc { site, .. }) = self.def(self.chain(v).0) else { return false };
        self.input.escape.placement(*site) == Placement::Stack
    }

    /// The place of an access to `addr`, which follows at once. The access faults if the pointer is nil, or a check was made.
    fn place(&mut self, addr: Value) -> Place {
        let (root, offset) = self.chain(addr);
        let object = self.is_object(root);
        if !object {
            if !(0..GUARD).contains(&offset) {
                self.probe(root);
            }
            self.checked.insert(root);
        }
        let mut base = self.val(root);
        let offset = i32::try_from(offset).unwrap_or_else(|_| {
            base = self.ins().iadd_imm_s(base, offset);
            0
        });
        let mut flags = heap_flags();
        if object {
            flags = flags.with_notrap();
            if let Some(Op::GlobalAddr(g, _)) = self.def(root)
                && self.input.module.globals[g.index()].readonly
            {
                flags = flags.with_readonly().with_can_move();
            }
        }
        Place { base, offset, flags }
    }

    /// The same as one value.
    pub(super) fn flat_address(&mut self, addr: Value) -> clif::Value {
        let place = self.place(addr);
        self.add_offset(place)
    }

    fn add_offset(&mut self, place: Place) -> clif::Value {
        match place.offset {
            0 => place.base,
            offset => self.ins().iadd_imm_s(place.base, i64::from(offset)),
        }
    }

    /// Faults if the pointer is nil.
    fn probe(&mut self, root: Value) {
        if self.checked.contains(&root) || self.is_object(root) {
            return;
        }
        let purpose = self.current.purpose;
        self.set_purpose(Purpose::NilCheck);
        let base = self.val(root);
        self.ins().load(types::I8, heap_flags(), base, 0);
        self.checked.insert(root);
        self.set_purpose(purpose);
    }

    pub(super) fn load(&mut self, ty: Type, addr: Value) -> clif::Value {
        let p = self.place(addr);
        self.ins().load(clif_type(ty), p.flags, p.base, p.offset)
    }

    pub(super) fn store(&mut self, inst: Inst, ty: Type, addr: Value, value: Value) {
        let v = self.val(value);
        let p = self.place(addr);
        if ty == Type::Ptr {
            self.barrier(inst, p, v);
        }
        self.ins().store(writable(p.flags), v, p.base, p.offset);
    }

    /// Before a pointer is stored: tells the collector, if it is marking.
    fn barrier(&mut self, inst: Inst, place: Place, new: clif::Value) {
        if self.input.escape.no_barrier.contains(&(self.id, inst)) {
            return;
        }
        self.set_purpose(Purpose::Barrier);
        let slot = self.add_offset(place);
        let flag = self.barrier_flag();
        let probe = (!place.flags.notrap()).then_some(slot);
        let args = [ColdArg::Value(slot), ColdArg::Value(new)];
        self.branch_cold(flag, Symbol::Stub(Stub::Barrier), &args, Some(probe));
        self.set_purpose(Purpose::Code);
    }

    fn barrier_flag(&mut self) -> clif::Value {
        let pinned = self.ins().get_pinned_reg(types::I64);
        self.ins().load(types::I32, trusted_flags(), pinned, context::BARRIER)
    }

    // ---- whole objects

    pub(super) fn copy(&mut self, inst: Inst, layout: LayoutId, dst: Value, src: Value) {
        let size = self.input.module.layout(layout).size;
        if size == 0 {
            return;
        }
        self.set_purpose(Purpose::Copy);
        let typed = self.input.plan.needs_typed(self.input.escape, self.id, inst, layout);
        if size > INLINE_COPY {
            // A fault inside the runtime would not be a nil dereference of the program.
            self.probe_chain(src);
            self.probe_chain(dst);
            let (to, from) = (self.flat_address(dst), self.flat_address(src));
            if typed {
                let desc = self.symbol_address(Symbol::Descriptor(self.input.plan.descriptor(layout)));
                let one = self.ins().iconst(types::I64, 1);
                self.call_rt_value(Rt::typed_move, &[desc, to, from, one]);
            } else {
                let bytes = self.ins().iconst(types::I64, size as i64);
                self.call_rt_value(Rt::memmove, &[to, from, bytes]);
            }
            return;
        }
        let from = self.place(src);
        let to = self.place(dst);
        let join = typed.then(|| {
            let (d, s) = (self.add_offset(to), self.add_offset(from));
            let desc = ColdArg::Descriptor(self.input.plan.descriptor(layout));
            let args = [desc, ColdArg::Value(d), ColdArg::Value(s), ColdArg::Const(1)];
            self.inline_or(Symbol::Rt(Rt::typed_move), &args, smallvec![s, d])
        });
        let mut at = 0;
        while at < size {
            let (ty, bytes) = chunk(size - at, size >= WIDE_COPY);
            let v = self.ins().load(ty, from.flags, from.base, from.offset + at as i32);
            // Copies write what they copied, readonly holds for the source alone.
            self.ins().store(writable(to.flags), v, to.base, to.offset + at as i32);
            at += bytes;
        }
        self.join(join);
    }

    pub(super) fn zero(&mut self, inst: Inst, layout: LayoutId, addr: Value) {
        let size = self.input.module.layout(layout).size;
        if size == 0 {
            return;
        }
        self.set_purpose(Purpose::Zeroing);
        let typed = self.input.plan.needs_typed(self.input.escape, self.id, inst, layout);
        if size > INLINE_ZERO {
            self.probe_chain(addr);
            let to = self.flat_address(addr);
            if typed {
                let desc = self.symbol_address(Symbol::Descriptor(self.input.plan.descriptor(layout)));
                let one = self.ins().iconst(types::I64, 1);
                self.call_rt_value(Rt::typed_clear, &[desc, to, one]);
            } else {
                let bytes = self.ins().iconst(types::I64, size as i64);
                self.call_rt_value(Rt::memclr, &[to, bytes]);
            }
            return;
        }
        let to = self.place(addr);
        let join = typed.then(|| {
            let d = self.add_offset(to);
            let desc = ColdArg::Descriptor(self.input.plan.descriptor(layout));
            let args = [desc, ColdArg::Value(d), ColdArg::Const(1)];
            self.inline_or(Symbol::Rt(Rt::typed_clear), &args, smallvec![d])
        });
        self.zero_inline(to, 0, size);
        self.join(join);
    }

    /// Goes on in a fast path, or while the collector marks does it all by a call; both meet in the returned block.
    fn inline_or(
        &mut self,
        callee: Symbol,
        args: &[ColdArg],
        probes: SmallVec<[clif::Value; 2]>,
    ) -> clif::Block {
        let flag = self.barrier_flag();
        let fast = self.new_block();
        let block = self.cold_block();
        self.ins().brif(flag, block, &[], fast, &[]);
        self.block = fast;
        let join = self.new_block();
        // The call's own probe is one; a second goes in a block of its own before it.
        let mut probe = None;
        let mut target = block;
        for p in probes {
            if let Some(first) = probe.replace(p) {
                let next = self.cold_block();
                self.block = target;
                self.ins().load(types::I8, heap_flags(), first, 0);
                self.ins().jump(next, &[]);
                target = next;
            }
        }
        self.block = fast;
        self.cold.push(Cold {
            block: target,
            loc: self.loc,
            callee,
            args: args.iter().copied().collect(),
            probe,
            cont: Some((join, false)),
        });
        join
    }

    fn join(&mut self, join: Option<clif::Block>) {
        if let Some(join) = join {
            self.ins().jump(join, &[]);
            self.block = join;
        }
    }

    /// Faults if the pointer that an address starts from is nil.
    fn probe_chain(&mut self, addr: Value) {
        let (root, _) = self.chain(addr);
        self.probe(root);
    }

    fn zero_inline(&mut self, place: Place, start: u64, end: u64) {
        let mut at = start;
        let (mut wide, mut word) = (None, None);
        while at < end {
            let (ty, bytes) = chunk(end - at, end - start >= 16);
            let v = if ty == types::I8X16 {
                *wide.get_or_insert_with(|| {
                    let zeroes = self.func.dfg.constants.insert(vec![0u8; 16].into());
                    self.ins().vconst(types::I8X16, zeroes)
                })
            } else if ty == types::I64 {
                *word.get_or_insert_with(|| self.ins().iconst(types::I64, 0))
            } else {
                self.ins().iconst(ty, 0)
            };
            self.ins().store(writable(place.flags), v, place.base, place.offset + at as i32);
            at += bytes;
        }
    }

    // ---- allocation

    pub(super) fn alloc(
        &mut self,
        insts: &[Inst],
        at: usize,
        result: Value,
        site: SiteId,
        layout: LayoutId,
        count: Option<Value>,
    ) -> clif::Value {
        self.set_purpose(Purpose::Allocation);
        let input = self.input;
        match input.plan.alloc_kind(input.module, input.escape, self.ir, site, layout, count) {
            AllocKind::ZeroSize => self.symbol_address(Symbol::Stub(Stub::ZeroBase)),
            // The frame of a function that defers is written before it is read, by `guard_enter` and field by field, and so is what
            // defer statements save.
            AllocKind::Stack { bytes, align }
                if matches!(input.module.sites[site.index()].kind, SiteKind::Frame | SiteKind::Defer) =>
            {
                let slot = self.slot(bytes, align);
                self.slot_address(slot)
            }
            AllocKind::Stack { bytes, align } => self.stack_object(insts, at, result, bytes, align),
            AllocKind::Class(class) => match self.boxed_integer(insts, at, result, site, layout) {
                Some((table, store)) => self.box_integer(table, class, layout, store),
                None => self.bump(class),
            },
            AllocKind::Layout(desc) => {
                let desc = self.symbol_address(Symbol::Descriptor(desc));
                self.call_rt_value(Rt::alloc_layout, &[desc])[0]
            }
            AllocKind::Array(desc) => {
                let desc = self.symbol_address(Symbol::Descriptor(desc));
                let count = match count {
                    Some(c) => self.val(c),
                    None => self.ins().iconst(types::I64, 1),
                };
                if input.escape.placement(site) == Placement::Buffer {
                    return self.small_array(desc, layout, count);
                }
                self.call_rt_value(Rt::alloc_array, &[desc, count])[0]
            }
        }
    }

    /// An array that is in a stack buffer if it fits.
    fn small_array(&mut self, desc: clif::Value, layout: LayoutId, count: clif::Value) -> clif::Value {
        let max = i64::from(TEMP_BUFFER) / self.input.module.layout(layout).size as i64;
        let slot = self.slot(TEMP_BUFFER, 8);
        let (fast, slow, join) = (self.new_block(), self.cold_block(), self.func.dfg.make_block());
        let fits = self.ins().icmp_imm_u(Icc::UnsignedLessThanOrEqual, count, max);
        self.ins().brif(fits, fast, &[], slow, &[]);
        self.block = slow;
        let object = self.call_rt_value(Rt::alloc_array, &[desc, count])[0];
        self.ins().jump(join, &[object.into()]);
        self.block = fast;
        let buffer = self.zeroed_slot(slot, TEMP_BUFFER);
        self.ins().jump(join, &[buffer.into()]);
        self.func.layout.insert_block_after(join, self.block);
        self.block = join;
        self.func.dfg.append_block_param(join, types::I64)
    }

    /// The address of a slot, after zeroing it.
    fn zeroed_slot(&mut self, slot: clif::StackSlot, bytes: u32) -> clif::Value {
        let base = self.slot_address(slot);
        if u64::from(bytes) > INLINE_ZERO {
            let n = self.ins().iconst(types::I64, i64::from(bytes));
            self.call_rt_value(Rt::memclr, &[base, n]);
        } else {
            self.zero_inline(Place { base, offset: 0, flags: trusted_flags() }, 0, u64::from(bytes));
        }
        base
    }

    /// A map whose memory is in the frame.
    pub(super) fn local_map(&mut self, site: SiteId, args: &[Value]) -> clif::Value {
        let layout = self.input.module.sites[site.index()].layout;
        let bytes = self.input.module.layout(layout).size as u32;
        let slot = self.slot(bytes, 8);
        let base = self.zeroed_slot(slot, bytes);
        let args: SmallVec<[clif::Value; 3]> =
            std::iter::once(base).chain(args.iter().map(|&a| self.val(a))).collect();
        self.call_rt_value(Rt::map_make_at, &args)[0]
    }

    /// `grow_slice` for a slice that does not leave the frame: the first array is in a stack buffer if it fits. Returns array and
    /// capacity.
    pub(super) fn grow_local(&mut self, site: SiteId, args: &[Value]) -> [clif::Value; 2] {
        let layout = self.input.module.sites[site.index()].layout;
        let max = i64::from(TEMP_BUFFER) / self.input.module.layout(layout).size as i64;
        let slot = self.slot(TEMP_BUFFER, 8);
        let args: SmallVec<[clif::Value; 5]> = args.iter().map(|&a| self.val(a)).collect();
        let (fast, slow, join) = (self.cold_block(), self.cold_block(), self.cold_block());
        let fits = self.ins().icmp_imm_u(Icc::UnsignedLessThanOrEqual, args[2], max);
        let first = self.ins().icmp_imm_s(Icc::Equal, args[3], 0);
        let mut usable = self.ins().band(fits, first);
        let used =
            (self.input.escape.placement(site) == Placement::BufferOnce).then(|| self.buffer_flag(site));
        if let Some((slot, bit)) = used {
            let flags = self.load_slot(types::I64, slot);
            let mine = self.ins().band_imm_s(flags, bit);
            let unused = self.ins().icmp_imm_s(Icc::Equal, mine, 0);
            usable = self.ins().band(usable, unused);
        }
        self.ins().brif(usable, fast, &[], slow, &[]);
        self.block = slow;
        let grown = self.call_rt_value(Rt::grow_slice, &args);
        self.ins().jump(join, &[grown[0].into(), grown[1].into()]);
        self.block = fast;
        if let Some((slot, bit)) = used {
            let flags = self.load_slot(types::I64, slot);
            let flags = self.ins().bor_imm_s(flags, bit);
            let address = self.slot_address(slot);
            self.ins().store(trusted_flags(), flags, address, 0);
        }
        let buffer = self.zeroed_slot(slot, TEMP_BUFFER);
        let cap = self.ins().iconst(types::I64, max);
        self.ins().jump(join, &[buffer.into(), cap.into()]);
        self.block = join;
        [(); 2].map(|_| self.func.dfg.append_block_param(join, types::I64))
    }

    /// The slot and bit that say whether the buffer of a site was used in this activation.
    fn buffer_flag(&mut self, site: SiteId) -> (clif::StackSlot, i64) {
        let bit = self.once_sites.iter().position(|&s| s == site).expect("listed at the start");
        (self.used_buffers.expect("made at the start"), 1 << bit)
    }

    /// Makes the word in which the used buffers of the function are noted.
    pub(super) fn prepare_buffers(&mut self) {
        let ir = self.ir;
        for &b in &ir.order {
            for &i in &ir.block(b).insts {
                if let Op::CallRt { rt: Rt::grow_slice, site: Some(site), .. } = ir.inst(i).op
                    && self.input.escape.placement(site) == Placement::BufferOnce
                    && self.once_sites.len() < 63
                {
                    self.once_sites.push(site);
                }
            }
        }
        if !self.once_sites.is_empty() {
            let slot = self.slot(8, 8);
            let (zero, address) = (self.ins().iconst(types::I64, 0), self.slot_address(slot));
            self.ins().store(trusted_flags(), zero, address, 0);
            self.used_buffers = Some(slot);
        }
    }

    /// Whether `grow_slice` at a site may use a buffer.
    pub(super) fn grows_locally(&self, site: SiteId) -> bool {
        match self.input.escape.placement(site) {
            Placement::Buffer => true,
            Placement::BufferOnce => self.once_sites.contains(&site),
            _ => false,
        }
    }

    /// The store right behind the allocation of a boxed integer, and the table of small ones.
    fn boxed_integer(
        &self,
        insts: &[Inst],
        at: usize,
        result: Value,
        site: SiteId,
        layout: LayoutId,
    ) -> Option<(GlobalId, Inst)> {
        let module = self.input.module;
        let table = module.small_ints.filter(|_| module.sites[site.index()].kind == SiteKind::Box)?;
        let Shape::Scalar(Type::I16 | Type::I32 | Type::I64) = module.layout(layout).shape else {
            return None;
        };
        let &next = insts.get(at + 1)?;
        match self.ir.inst(next).op {
            Op::Store { addr, value, .. } if addr == result && value != result => Some((table, next)),
            _ => None,
        }
    }

    /// An integer on the heap, or where the table has it; its store is done.
    fn box_integer(&mut self, table: GlobalId, class: u32, layout: LayoutId, store: Inst) -> clif::Value {
        let Op::Store { value, .. } = self.ir.inst(store).op else { unreachable!("clif: a store") };
        let v = self.val(value);
        let wide = match self.func.dfg.value_type(v) {
            types::I64 => v,
            _ => self.ins().uextend(types::I64, v),
        };
        let small = self.new_block();
        let join = self.func.dfg.make_block();
        let result = self.func.dfg.append_block_param(join, types::I64);
        let fits = self.ins().icmp_imm_u(Icc::UnsignedLessThan, wide, 256);
        self.func.layout.insert_block_after(join, small);
        // Neither way is rare.
        let large = self.func.dfg.make_block();
        self.func.layout.insert_block_after(large, small);
        for b in [large, join] {
            if self.func.layout.is_cold(self.block) {
                self.func.layout.set_cold(b);
            }
        }
        self.ins().brif(fits, small, &[], large, &[]);
        self.block = large;
        let object = self.bump(class);
        self.ins().store(trusted_flags(), v, object, 0);
        self.ins().jump(join, &[object.into()]);
        self.block = small;
        let base = self.symbol_address(Symbol::Global(table));
        let offset = self.ins().ishl_imm_u(wide, 3);
        let entry = self.ins().iadd(base, offset);
        self.ins().jump(join, &[entry.into()]);
        debug_assert!(self.input.module.layout(layout).size <= 8);
        self.block = join;
        self.done = Some(store);
        result
    }

    /// Takes an object from the context's cursor of a class; out of line if it is exhausted.
    fn bump(&mut self, class: u32) -> clif::Value {
        let size = self.input.plan.classes[class as usize].size;
        let offset = context::CURSORS + 16 * class as i32;
        let pinned = self.ins().get_pinned_reg(types::I64);
        let object = self.ins().load(types::I64, trusted_flags(), pinned, offset);
        let limit = self.ins().load(types::I64, trusted_flags(), pinned, offset + 8);
        let next = self.ins().iadd_imm_s(object, i64::from(size));
        let full = self.ins().icmp(Icc::UnsignedGreaterThan, next, limit);
        let fast = self.new_block();
        let slow = self.cold_block();
        self.ins().brif(full, slow, &[], fast, &[]);
        self.block = fast;
        let join = self.new_block();
        let result = self.func.dfg.append_block_param(join, types::I64);
        self.ins().store(trusted_flags(), next, pinned, offset);
        self.ins().jump(join, &[object.into()]);
        self.cold.push(Cold {
            block: slow,
            loc: self.loc,
            callee: Symbol::Rt(Rt::alloc_slow),
            args: smallvec![ColdArg::Const(i64::from(class))],
            probe: None,
            cont: Some((join, true)),
        });
        self.block = join;
        result
    }

    fn stack_object(
        &mut self,
        insts: &[Inst],
        at: usize,
        result: Value,
        bytes: u32,
        align: u32,
    ) -> clif::Value {
        let (slot, tagged) = match self.tagged_object(result) {
            Some((slot, base)) => (slot, Some(base)),
            None => (self.slot(bytes, align), None),
        };
        if self.input.debug {
            self.object_slots.insert(result, slot);
        }
        if self.input.count_stack_objects {
            let n = self.ins().iconst(types::I64, i64::from(bytes));
            self.call_rt_value(Rt::count_stack_object, &[n]);
        }
        let base = match tagged {
            Some(base) => base,
            None => self.slot_address(slot),
        };
        self.set_purpose(Purpose::Zeroing);
        if u64::from(bytes) > INLINE_ZERO {
            let n = self.ins().iconst(types::I64, i64::from(bytes));
            self.call_rt_value(Rt::memclr, &[base, n]);
            return base;
        }
        let covered = self.initialised_words(insts, at, result, bytes);
        let place = Place { base, offset: 0, flags: trusted_flags() };
        let mut word = 0;
        while word < covered.len() {
            let run = covered[word..].iter().take_while(|&&c| !c).count();
            self.zero_inline(place, word as u64 * 8, (word + run) as u64 * 8);
            word += run + 1;
        }
        base
    }

    /// Which words of a fresh stack object are written by the instructions that follow in its block, before anything could
    /// read the object.
    fn initialised_words(
        &self,
        insts: &[Inst],
        at: usize,
        object: Value,
        bytes: u32,
    ) -> SmallVec<[bool; 32]> {
        let mut written: SmallVec<[bool; 256]> = smallvec![false; (bytes as usize).next_multiple_of(8)];
        // Padding of the slot is nobody's.
        written[bytes as usize..].fill(true);
        let derived = |v: Value| {
            let (root, offset) = self.chain(v);
            (root == object).then_some(offset)
        };
        let no_barrier = |inst| self.input.escape.no_barrier.contains(&(self.id, inst));
        let mut mark = |offset: i64, size: u64| {
            let start = (offset.max(0) as usize).min(written.len());
            let end = (start + size as usize).min(written.len());
            written[start..end].fill(true);
        };
        for &inst in &insts[at + 1..] {
            let op = &self.ir.inst(inst).op;
            match op {
                Op::Field { .. } => continue,
                Op::Elem { layout, index, .. } if self.constant_elem(*layout, *index).is_some() => continue,
                Op::Store { ty, addr, value } if derived(*value).is_none() => match derived(*addr) {
                    // With a barrier the old contents are read.
                    Some(offset) if *ty != Type::Ptr || no_barrier(inst) => {
                        mark(offset, u64::from(ty.bytes()));
                        continue;
                    }
                    Some(_) => break,
                    None => {}
                },
                Op::Copy { layout, dst, src } if derived(*src).is_none() => match derived(*dst) {
                    Some(offset) if !self.input.plan.has_pointers(*layout) || no_barrier(inst) => {
                        mark(offset, self.input.module.layout(*layout).size);
                        continue;
                    }
                    Some(_) => break,
                    None => {}
                },
                _ => {}
            }
            let mut uses = false;
            op.for_each_operand(|v| uses |= derived(v).is_some());
            if uses {
                break;
            }
        }
        written.chunks(8).map(|word| word.iter().all(|&b| b)).collect()
    }

    // ---- nil checks

    pub(super) fn nil_check(&mut self, insts: &[Inst], at: usize, v: Value) {
        let (root, offset) = self.chain(v);
        // The address of a field of nil is not nil, but the check means the pointer that lowering had in hand.
        let pointer = if offset == 0 { root } else { v };
        if !self.access_follows(insts, at, pointer) {
            self.probe(pointer);
        }
    }

    /// Whether an access that faults for a nil `pointer` comes next, with nothing before it that could be noticed.
    fn access_follows(&self, insts: &[Inst], at: usize, pointer: Value) -> bool {
        for &inst in &insts[at + 1..] {
            match &self.ir.inst(inst).op {
                op if op.is_computation() => {}
                Op::Load { addr, .. } | Op::Store { addr, .. } => {
                    let (root, offset) = self.chain(*addr);
                    return root == pointer && (0..GUARD).contains(&offset);
                }
                _ => return false,
            }
        }
        false
    }

    pub(super) fn keep_alive(&mut self, v: Value) {
        let value = self.val(v);
        let slot = match self.keep_slot {
            Some(slot) => slot,
            None => {
                let slot = self.slot(8, 8);
                self.keep_slot = Some(slot);
                slot
            }
        };
        let address = self.slot_address(slot);
        self.ins().store(trusted_flags(), value, address, 0);
        // The next one's store overwrites this one: without a reader between them it would be taken out.
        self.ins().sequence_point();
    }

    // ---- atomics

    pub(super) fn atomic_store(&mut self, inst: Inst, ty: Type, addr: Value, value: Value) {
        let v = self.val(value);
        let place = self.place(addr);
        if ty == Type::Ptr {
            self.barrier(inst, place, v);
        }
        let addr = self.add_offset(place);
        self.ins().atomic_store(heap_flags(), v, addr);
    }

    pub(super) fn atomic_rmw(
        &mut self,
        inst: Inst,
        op: AtomicOp,
        ty: Type,
        addr: Value,
        value: Value,
    ) -> clif::Value {
        let v = self.val(value);
        let place = self.place(addr);
        if ty == Type::Ptr {
            self.barrier(inst, place, v);
        }
        let addr = self.add_offset(place);
        let op = match op {
            AtomicOp::Add => AtomicRmwOp::Add,
            AtomicOp::And => AtomicRmwOp::And,
            AtomicOp::Or => AtomicRmwOp::Or,
            AtomicOp::Xchg => AtomicRmwOp::Xchg,
        };
        self.ins().atomic_rmw(clif_type(ty), heap_flags(), op, addr, v)
    }

    pub(super) fn atomic_cas(
        &mut self,
        inst: Inst,
        ty: Type,
        addr: Value,
        old: Value,
        new: Value,
    ) -> clif::Value {
        let (expected, replacement) = (self.val(old), self.val(new));
        let place = self.place(addr);
        if ty == Type::Ptr {
            self.barrier(inst, place, replacement);
        }
        let addr = self.add_offset(place);
        let found = self.ins().atomic_cas(heap_flags(), addr, expected, replacement);
        self.ins().icmp(Icc::Equal, found, expected)
    }
}

/// The widest access for what is left.
fn chunk(left: u64, wide: bool) -> (clif::Type, u64) {
    match left {
        16.. if wide => (types::I8X16, 16),
        8.. => (types::I64, 8),
        4.. => (types::I32, 4),
        2.. => (types::I16, 2),
        _ => (types::I8, 1),
    }
}

/// Flags for a store to a place that is only known not to fault.
fn writable(flags: MemFlagsData) -> MemFlagsData {
    if flags.notrap() { heap_flags().with_notrap() } else { heap_flags() }
}
