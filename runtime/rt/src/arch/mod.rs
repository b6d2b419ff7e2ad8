//! The assembly of both processors: entry stubs, stack switching, calls into compiled code that keep tracebacks whole, guards.
//!
//! Every stub exists twice, side by side, with one meaning:
//!
//! * entry stub (macro `entry_stub!`): stores the caller's frame pointer and the return address at `Context::scratch[0..2]`,
//!   then jumps to the Rust function, or calls it and loads the pinned register anew if a goroutine may be switched there;
//! * `worker_word`, `set_worker_word`: the thread-local word `escargo_worker`, the address of the thread's worker;
//! * `switch(save, to)`: pushes the callee-saved registers, stores the stack pointer at `save[0]`, continues at the stack `to`,
//!   and then, as the old stack is not in use any more, stores 0 at `save[1]`;
//! * `spill(f, data)`: calls `f(stack pointer, data)` with the callee-saved registers on the stack above that pointer;
//! * `call_chained(code, argument, context, parent_fp, parent_pc, out)`: enters compiled code below a frame record
//!   {parent_fp, parent_pc}, whose address is stored at `out` if that is not null;
//! * `poll(frame)`: an entry stub for `sched::poll`, which is told where the callee-saved registers were saved, and moves on by as many
//!   bytes as that returns: the frames from there on were copied (`deep`);
//! * `deep_return`: where a function returns whose frame was moved: keeps results, and goes on where `deep::leave` says;
//! * `guard_enter(guard)` and `guard_resume(guard, context)`: see `panic`;
//! * `thunk`: Tail-convention code that is given the address of `ThunkArgs`: calls its code with its argument registers;
//! * `goroutine_entry`: where a new stack begins;
//! * `fault_entry(fp, pc, kind, address)`: where a signal handler lets a faulting thread continue.

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "aarch64")]
pub use aarch64::*;

/// Whether loops are stopped by signals (`machine::interrupt`): the compiler leaves polls out then.
pub const INTERRUPTS: bool = cfg!(target_arch = "x86_64");

/// Asks for the memory at the low end of a part of a stack.
pub fn prefetch_lines(low: usize, high: usize) {
    const BYTES: usize = 768;
    for line in (low..high.min(low + BYTES)).step_by(64) {
        prefetch(line as *const u8);
    }
}

/// A call of Tail-convention code with up to six words.
#[repr(C)]
pub struct ThunkArgs {
    pub code: usize,
    pub registers: [usize; 6],
}
