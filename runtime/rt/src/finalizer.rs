//! Runs finalizers: a goroutine of the runtime's own calls them one after the other.
//!
//! In: `Pacer::finalizable`. Out: calls of closures with the object. The functions' types tell how results travel: those of more
//! than a few scalars through memory, whose addresses come before the parameters (as the compiler's lowering does it).

use crate::arch::{self, ThunkArgs};
use crate::hash::fields;
use crate::iface;
use crate::worker::{caller_frame, set_caller_frame, worker, world};
use escargo_abi::types::{Type, kind, tflag};
use std::sync::atomic::Ordering;

/// An object's finalizer.
#[derive(Clone, Copy)]
pub struct Finalizer {
    pub object_type: *const Type,
    pub func_type: *const Type,
    pub closure: usize,
}

/// A value of more scalars travels through memory; so does an array of more elements.
const MAX_LEAVES: usize = 8;
const MAX_ARRAY: usize = 4;

/// Starts the goroutine if there is something to run and it does not exist.
pub fn start() {
    let world = world();
    if !world.heap.lock().pacer.finalizable.is_empty() && !world.finalizing.swap(true, Ordering::SeqCst) {
        crate::sched::start_system_goroutine(0);
    }
}

/// The body of that goroutine.
pub fn run() {
    loop {
        let next = world().heap.lock().pacer.finalizable.pop();
        let Some((object, f)) = next else { break };
        set_caller_frame(0, 0);
        // SAFETY: a closure of one parameter that takes the object, by the checks of package runtime.
        unsafe { call(object, &f) };
    }
    world().finalizing.store(false, Ordering::SeqCst);
    start();
}

unsafe fn call(object: usize, f: &Finalizer) {
    // SAFETY: the descriptors of a function and of a pointer type.
    unsafe {
        let (params, results) = signature(f.func_type);
        let (mut words, mut biggest, mut in_memory) = (0, 8, 0);
        for &r in results {
            biggest = biggest.max((*r).size);
            match leaves(r) {
                n if n > MAX_LEAVES => in_memory += 1,
                n => words += n,
            }
        }
        // Nobody reads the results: one place serves all.
        let mut scratch = vec![0u64; biggest.div_ceil(8).max(64)];
        let place = scratch.as_mut_ptr() as usize;
        let mut list = Vec::new();
        if words > 6 {
            list.push(place);
        }
        list.push(f.closure);
        list.resize(list.len() + in_memory, place);
        match params.first() {
            Some(&p) if (*p).kind & kind::MASK == kind::INTERFACE => {
                let methods = !iface::interface_methods(p).is_empty();
                list.push(if methods { iface::lookup(p, f.object_type) } else { f.object_type as usize });
                list.push(object);
            }
            _ => list.push(object),
        }
        let mut args = ThunkArgs { code: *(f.closure as *const usize), registers: [0; 6] };
        for (to, from) in args.registers.iter_mut().zip(list) {
            *to = from;
        }
        let (fp, pc) = caller_frame();
        let (code, context) = (arch::thunk as *const () as usize, worker().context as usize);
        arch::call_chained(code, &raw const args as usize, context, fp, pc, std::ptr::null_mut());
    }
}

/// Parameter and result types of a function type.
unsafe fn signature(func: *const Type) -> (&'static [*const Type], &'static [*const Type]) {
    // SAFETY: counts, padding to 8 bytes, an `Uncommon` if there is one, then the types.
    unsafe {
        let counts = func.add(1) as *const u16;
        let (ins, outs) = (*counts as usize, (*counts.add(1) & 0x7fff) as usize);
        let skip = if (*func).tflag & tflag::UNCOMMON != 0 { 24 } else { 8 };
        let first = (func.add(1) as *const u8).add(skip) as *const *const Type;
        (std::slice::from_raw_parts(first, ins), std::slice::from_raw_parts(first.add(ins), outs))
    }
}

/// Number of scalars of a value, or more than `MAX_LEAVES`.
unsafe fn leaves(t: *const Type) -> usize {
    // SAFETY: a descriptor.
    unsafe {
        match (*t).kind & kind::MASK {
            kind::STRING | kind::INTERFACE | kind::COMPLEX64 | kind::COMPLEX128 => 2,
            kind::SLICE => 3,
            kind::STRUCT => fields(t).iter().map(|f| leaves(f.typ)).sum(),
            kind::ARRAY => {
                let words = t.add(1) as *const usize;
                match *words.add(2) {
                    n if n > MAX_ARRAY => MAX_LEAVES + 1,
                    n => n * leaves(*words as *const Type),
                }
            }
            _ => 1,
        }
    }
}
