//! What code of different functions shares: allocation classes and layout descriptors, numbered before any function is
//! compiled, so that functions can be compiled in any order, by any thread, or much later; and the functions themselves, where the
//! last passes work on each when it is compiled.
//!
//! In: module and escape results. Out: tables, functions. Guarantees: every allocation, copy and zeroing of the module finds its
//! class and descriptor here, also after the last passes.

use std::sync::OnceLock;

use escargo_abi::program::AllocClass;
use escargo_abi::sizes::round;
use escargo_abi::types::TEMP_BUFFER;
use escargo_escape::{EscapeResults, Placement};
use escargo_ir::{Def, Func, FuncId, Inst, LayoutId, Module, Op, Shape, SiteId, Type, Value};
use rustc_hash::FxHashMap;

use crate::Finish;

/// How an `alloc` instruction gets its memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AllocKind {
    /// No bytes: a shared address.
    ZeroSize,
    /// A stack slot.
    Stack { bytes: u32, align: u32 },
    /// A cursor of the context.
    Class(u32),
    /// The runtime, by a layout descriptor.
    Layout(u32),
    /// The runtime, an array of a layout.
    Array(u32),
}

#[derive(Default)]
pub struct Plan {
    pub classes: Vec<AllocClass>,
    /// Layouts with a descriptor; `Symbol::Descriptor` indexes it.
    pub descriptors: Vec<LayoutId>,
    class_of: FxHashMap<(u32, u64), u32>,
    descriptor_of: FxHashMap<LayoutId, u32>,
    has_pointers: Vec<bool>,
    /// What is still to be done with functions, and those with which it has been done.
    finish: Option<Finish>,
    finished: Vec<OnceLock<Func>>,
}

/// Larger objects have no class: 64 words.
const MAX_CLASS: u64 = 512;

/// Frames can not be larger; escape analysis keeps far below it.
const MAX_STACK_OBJECT: u64 = 64 << 20;

impl Plan {
    pub fn new(module: &Module, escape: &EscapeResults) -> Plan {
        Plan::with(module, escape, None)
    }

    /// A plan for functions that `finish` works on first.
    pub(crate) fn with(module: &Module, escape: &EscapeResults, finish: Option<Finish>) -> Plan {
        let finished = if finish.is_some() { vec![OnceLock::new(); module.funcs.len()] } else { Vec::new() };
        let mut plan = Plan { has_pointers: pointer_table(module), finish, finished, ..Plan::default() };
        for (i, func) in module.funcs.iter().enumerate() {
            let id = FuncId(i as u32);
            for &block in &func.order {
                for &inst in &func.block(block).insts {
                    match func.inst(inst).op {
                        Op::Alloc { site, layout, count } => {
                            plan.plan_alloc(module, escape, func, site, layout, count)
                        }
                        Op::Copy { layout, .. } | Op::Zero { layout, .. }
                            if plan.needs_typed(escape, id, inst, layout) =>
                        {
                            plan.add_descriptor(layout);
                        }
                        _ => {}
                    }
                }
            }
        }
        plan
    }

    /// A function as it is to be compiled.
    pub(crate) fn func<'a>(&'a self, module: &'a Module, id: FuncId) -> &'a Func {
        let func = module.func(id);
        let Some(finish) = self.finish.filter(|_| !func.is_declared_only()) else { return func };
        self.finished[id.index()].get_or_init(|| {
            let mut func = func.clone();
            finish(module, &mut func);
            func
        })
    }

    pub(crate) fn has_pointers(&self, layout: LayoutId) -> bool {
        self.has_pointers[layout.index()]
    }

    /// Whether a copy or zeroing must tell the collector about the pointers that it overwrites.
    pub(crate) fn needs_typed(
        &self,
        escape: &EscapeResults,
        func: FuncId,
        inst: Inst,
        layout: LayoutId,
    ) -> bool {
        self.has_pointers(layout) && !escape.no_barrier.contains(&(func, inst))
    }

    pub(crate) fn descriptor(&self, layout: LayoutId) -> u32 {
        *self.descriptor_of.get(&layout).expect("the plan covers every layout that code names")
    }

    /// Decides where an alloc's memory comes from.
    pub(crate) fn alloc_kind(
        &self,
        module: &Module,
        escape: &EscapeResults,
        func: &Func,
        site: SiteId,
        layout: LayoutId,
        count: Option<Value>,
    ) -> AllocKind {
        match shape_of(module, escape, func, site, layout, count) {
            Wanted::ZeroSize => AllocKind::ZeroSize,
            Wanted::Stack { bytes, align } => AllocKind::Stack { bytes, align },
            Wanted::Class { size, elems } => {
                match self.class_of.get(&(size, self.mask(module, layout, elems))) {
                    Some(&class) => AllocKind::Class(class),
                    // The number of elements has become a constant.
                    None => AllocKind::Array(self.descriptor(layout)),
                }
            }
            Wanted::Layout => AllocKind::Layout(self.descriptor(layout)),
            Wanted::Array => AllocKind::Array(self.descriptor(layout)),
        }
    }

    fn plan_alloc(
        &mut self,
        module: &Module,
        escape: &EscapeResults,
        func: &Func,
        site: SiteId,
        layout: LayoutId,
        count: Option<Value>,
    ) {
        match shape_of(module, escape, func, site, layout, count) {
            Wanted::ZeroSize | Wanted::Stack { .. } => {}
            Wanted::Class { size, elems } => {
                let mask = self.mask(module, layout, elems);
                let next = self.classes.len() as u32;
                let classes = &mut self.classes;
                self.class_of.entry((size, mask)).or_insert_with(|| {
                    classes.push(AllocClass { size, reserved: 0, mask });
                    next
                });
            }
            Wanted::Layout | Wanted::Array => self.add_descriptor(layout),
        }
    }

    fn add_descriptor(&mut self, layout: LayoutId) {
        let next = self.descriptors.len() as u32;
        let descriptors = &mut self.descriptors;
        self.descriptor_of.entry(layout).or_insert_with(|| {
            descriptors.push(layout);
            next
        });
    }

    /// Pointer mask of `elems` consecutive objects of a layout, 64 words at most together.
    fn mask(&self, module: &Module, layout: LayoutId, elems: u64) -> u64 {
        if !self.has_pointers(layout) {
            return 0;
        }
        let mut offsets = Vec::new();
        module.pointer_offsets(layout, 0, &mut offsets);
        let words = module.layout(layout).size / 8;
        let one = offsets.iter().fold(0u64, |m, o| m | 1 << (o / 8).min(63));
        (0..elems).fold(0, |m, i| m | one << (i * words).min(63))
    }
}

/// Whether a placement is one on the stack, and the object's bytes if its size is a constant.
enum Wanted {
    ZeroSize,
    Stack { bytes: u32, align: u32 },
    Class { size: u32, elems: u64 },
    Layout,
    Array,
}

fn shape_of(
    module: &Module,
    escape: &EscapeResults,
    func: &Func,
    site: SiteId,
    layout: LayoutId,
    count: Option<Value>,
) -> Wanted {
    let l = module.layout(layout);
    let elems = match count {
        None => Some(1),
        Some(v) => constant(func, v).map(|c| c.max(0) as u64),
    };
    let Some(elems) = elems else { return Wanted::Array };
    let Some(bytes) = l.size.checked_mul(elems) else { return Wanted::Array };
    if bytes == 0 {
        return Wanted::ZeroSize;
    }
    let room = match escape.placement(site) {
        Placement::Stack => MAX_STACK_OBJECT,
        // The size has become a constant behind escape analysis.
        Placement::Buffer => u64::from(TEMP_BUFFER),
        _ => 0,
    };
    if bytes <= room {
        return Wanted::Stack { bytes: bytes as u32, align: l.align.max(1) };
    }
    match count {
        _ if bytes <= MAX_CLASS => Wanted::Class { size: round(bytes as usize) as u32, elems },
        Some(_) => Wanted::Array,
        None => Wanted::Layout,
    }
}

/// The value of an integer constant.
pub(crate) fn constant(func: &Func, v: Value) -> Option<i64> {
    match func.values[v.index()].def {
        Def::Result(inst, 0) => match func.inst(inst).op {
            Op::Iconst { value, .. } => Some(value),
            _ => None,
        },
        _ => None,
    }
}

/// `has_pointers` of every layout, without recursion deeper than the layouts' nesting and each computed once.
fn pointer_table(module: &Module) -> Vec<bool> {
    fn visit(module: &Module, id: usize, table: &mut [Option<bool>]) -> bool {
        if let Some(known) = table[id] {
            return known;
        }
        // Layouts do not contain themselves; a broken module must not hang.
        table[id] = Some(false);
        let has = match &module.layouts[id].shape {
            Shape::Opaque => false,
            Shape::Scalar(ty) => *ty == Type::Ptr,
            Shape::Struct(fields) => fields.iter().any(|f| visit(module, f.layout.index(), table)),
            Shape::Array { elem, count } => *count > 0 && visit(module, elem.index(), table),
        };
        table[id] = Some(has);
        has
    }
    let mut table = vec![None; module.layouts.len()];
    (0..table.len()).map(|i| visit(module, i, &mut table)).collect()
}
