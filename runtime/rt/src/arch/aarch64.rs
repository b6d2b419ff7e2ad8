//! The stubs for AArch64, AAPCS64; x21 is the pinned register; see `arch`. The Tail convention passes arguments and results from
//! x2 on.

use crate::worker::Worker;
use std::arch::{asm, global_asm, naked_asm};
use std::sync::atomic::AtomicUsize;

global_asm!(
    ".pushsection .tbss.escargo_worker, \"awT\", @nobits",
    ".p2align 3",
    ".globl escargo_worker",
    ".hidden escargo_worker",
    ".type escargo_worker, @object",
    ".size escargo_worker, 8",
    "escargo_worker:",
    ".zero 8",
    ".popsection",
);

/// The thread's worker, read anew each time.
#[inline(always)]
pub fn worker_word() -> *mut Worker {
    let p: *mut Worker;
    // SAFETY: reads a word of this thread.
    unsafe {
        asm!(
            "mrs {1}, tpidr_el0",
            "adrp {0}, :gottprel:escargo_worker",
            "ldr {0}, [{0}, :gottprel_lo12:escargo_worker]",
            "ldr {0}, [{1}, {0}]",
            out(reg) p,
            out(reg) _,
            options(nostack, preserves_flags, readonly)
        );
    }
    p
}

/// Sets the thread's worker.
#[inline(always)]
pub fn set_worker_word(p: *mut Worker) {
    // SAFETY: writes a word of this thread that belongs to the runtime.
    unsafe {
        asm!(
            "mrs {1}, tpidr_el0",
            "adrp {0}, :gottprel:escargo_worker",
            "ldr {0}, [{0}, :gottprel_lo12:escargo_worker]",
            "str {2}, [{1}, {0}]",
            out(reg) _,
            out(reg) _,
            in(reg) p,
            options(nostack, preserves_flags)
        );
    }
}

/// The stack pointer, roughly.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let p: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {0}, sp", out(reg) p, options(nomem, nostack, preserves_flags)) }
    p
}

/// `Program::enter`, for `call_chained`.
pub static ENTER: AtomicUsize = AtomicUsize::new(0);

#[inline(always)]
pub fn prefetch(p: *const u8) {
    // SAFETY: a hint without effects.
    unsafe { std::arch::asm!("prfm pldl1keep, [{0}]", in(reg) p, options(nostack, preserves_flags)) }
}

/// Defines the entry stub `$name` in front of `$target`, with the symbol `$symbol`. If `$switches`, the function may return on
/// another worker, and the stub loads the pinned register anew.
#[macro_export]
macro_rules! entry_stub {
    ($symbol:expr, $name:ident, $target:path, $switches:expr) => {
        #[unsafe(naked)]
        #[unsafe(export_name = $symbol)]
        pub unsafe extern "C" fn $name() {
            std::arch::naked_asm!(
                "str x29, [x21, #24]",
                "str x30, [x21, #32]",
                ".if {switches}",
                "stp x29, x30, [sp, #-16]!",
                "bl {target}",
                "ldp x29, x30, [sp], #16",
                "mrs x9, tpidr_el0",
                "adrp x21, :gottprel:escargo_worker",
                "ldr x21, [x21, :gottprel_lo12:escargo_worker]",
                "ldr x21, [x9, x21]",
                "ldr x21, [x21]",
                "ret",
                ".else",
                "b {target}",
                ".endif",
                target = sym $target,
                switches = const $switches as usize,
            )
        }
    };
}

/// # Safety
/// `to` must be a stack pointer that `switch` saved or `prepare` made, of a stack on which nothing runs.
#[unsafe(naked)]
pub unsafe extern "C" fn switch(save: *mut usize, to: usize) {
    naked_asm!(
        "sub sp, sp, #160",
        "stp x19, x20, [sp]",
        "stp x21, x22, [sp, #16]",
        "stp x23, x24, [sp, #32]",
        "stp x25, x26, [sp, #48]",
        "stp x27, x28, [sp, #64]",
        "stp x29, x30, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "mov x9, sp",
        "str x9, [x0]",
        "mov sp, x1",
        "add x9, x0, #8",
        "stlr xzr, [x9]",
        "ldp x19, x20, [sp]",
        "ldp x21, x22, [sp, #16]",
        "ldp x23, x24, [sp, #32]",
        "ldp x25, x26, [sp, #48]",
        "ldp x27, x28, [sp, #64]",
        "ldp x29, x30, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "add sp, sp, #160",
        "ret",
    )
}

/// Stack pointer of a new stack that ends at `top` (a multiple of 16) and begins to run at `goroutine_entry`.
///
/// # Safety
/// The memory below `top` must be writable.
pub unsafe fn prepare(top: usize) -> usize {
    let sp = top - 160;
    // SAFETY: the caller's promise.
    unsafe {
        (sp as *mut [usize; 20]).write([0; 20]);
        *((sp + 88) as *mut usize) = goroutine_entry as *const () as usize;
    }
    sp
}

/// # Safety
/// Only to be reached by `switch` on a stack made by `prepare`.
#[unsafe(naked)]
unsafe extern "C" fn goroutine_entry() {
    naked_asm!(
        // Debuggers: the stack ends here.
        ".cfi_startproc",
        ".cfi_undefined x30",
        "mov x29, xzr",
        "mov x30, xzr",
        "bl {main}",
        "brk #1",
        ".cfi_endproc",
        main = sym crate::sched::goroutine_main,
    )
}

/// # Safety
/// `f` must be safe to call.
#[unsafe(naked)]
pub unsafe extern "C" fn spill(f: unsafe extern "C" fn(usize, *mut u8), data: *mut u8) {
    naked_asm!(
        "stp x29, x30, [sp, #-96]!",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "mov x9, x0",
        "mov x0, sp",
        "blr x9",
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        "ldp x29, x30, [sp], #96",
        "ret",
    )
}

/// # Safety
/// `code` must be Tail-convention code with one pointer parameter; `context` the worker's.
#[unsafe(naked)]
pub unsafe extern "C" fn call_chained(
    code: usize,
    argument: usize,
    context: usize,
    parent_fp: usize,
    parent_pc: usize,
    out: *mut usize,
) {
    naked_asm!(
        ".cfi_startproc",
        "stp x29, x30, [sp, #-32]!",
        ".cfi_def_cfa_offset 32",
        ".cfi_rel_offset x29, 0",
        ".cfi_rel_offset x30, 8",
        "stp x3, x4, [sp, #16]",
        "add x29, sp, #16",
        "cbz x5, 2f",
        "str x29, [x5]",
        "2:",
        "adrp x9, {enter}",
        "ldr x9, [x9, :lo12:{enter}]",
        "blr x9",
        "ldp x29, x30, [sp], #32",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore x29",
        ".cfi_restore x30",
        "ret",
        ".cfi_endproc",
        enter = sym ENTER,
    )
}

/// The poll's slow path; see `arch`.
///
/// # Safety
/// Called by compiled code only.
#[unsafe(naked)]
#[unsafe(export_name = "escargo_poll")]
pub unsafe extern "C" fn poll() {
    naked_asm!(
        "str x29, [x21, #24]",
        "str x30, [x21, #32]",
        "stp x29, x30, [sp, #-96]!",
        "stp x19, x20, [sp, #16]",
        "stp x22, x23, [sp, #32]",
        "stp x24, x25, [sp, #48]",
        "stp x26, x27, [sp, #64]",
        "str x28, [sp, #80]",
        "mov x1, sp",
        "bl {poll}",
        "add sp, sp, x0",
        "ldp x19, x20, [sp, #16]",
        "ldp x22, x23, [sp, #32]",
        "ldp x24, x25, [sp, #48]",
        "ldp x26, x27, [sp, #64]",
        "ldr x28, [sp, #80]",
        "ldp x29, x30, [sp], #96",
        "mrs x9, tpidr_el0",
        "adrp x21, :gottprel:escargo_worker",
        "ldr x21, [x21, :gottprel_lo12:escargo_worker]",
        "ldr x21, [x9, x21]",
        "ldr x21, [x21]",
        "ret",
        poll = sym crate::sched::poll,
    )
}

/// # Safety
/// Only to be reached by the return of a function that `deep::enter` moved.
#[unsafe(naked)]
pub unsafe extern "C" fn deep_return() {
    naked_asm!(
        "sub sp, sp, #288",
        "stp x0, x1, [sp, #0]",
        "stp x2, x3, [sp, #16]",
        "stp x4, x5, [sp, #32]",
        "stp x6, x7, [sp, #48]",
        "stp x8, x9, [sp, #64]",
        "stp x10, x11, [sp, #80]",
        "stp x12, x13, [sp, #96]",
        "stp x14, x15, [sp, #112]",
        "stp x16, x17, [sp, #128]",
        "stp q0, q1, [sp, #144]",
        "stp q2, q3, [sp, #176]",
        "stp q4, q5, [sp, #208]",
        "stp q6, q7, [sp, #240]",
        "add x0, sp, #288",
        "bl {leave}",
        "mov x16, x0",
        "mov x30, x1",
        "ldp q0, q1, [sp, #144]",
        "ldp q2, q3, [sp, #176]",
        "ldp q4, q5, [sp, #208]",
        "ldp q6, q7, [sp, #240]",
        "ldp x0, x1, [sp, #0]",
        "ldp x2, x3, [sp, #16]",
        "ldp x4, x5, [sp, #32]",
        "ldp x6, x7, [sp, #48]",
        "ldp x8, x9, [sp, #64]",
        "ldp x10, x11, [sp, #80]",
        "ldp x12, x13, [sp, #96]",
        "ldp x14, x15, [sp, #112]",
        "mov sp, x16",
        "ret",
        leave = sym crate::deep::leave,
    )
}

/// Links the guard and remembers in it how to return here once more.
///
/// # Safety
/// Called by compiled code only, in a function whose frame outlives the guard.
#[unsafe(naked)]
#[unsafe(export_name = "escargo_guard_enter")]
pub unsafe extern "C" fn guard_enter() {
    naked_asm!(
        "ldr x9, [x21, #16]",
        "ldr x10, [x9]",
        "mov x11, sp",
        "stp x10, xzr, [x0]",
        "stp x11, x29, [x0, #16]",
        "stp x30, xzr, [x0, #32]",
        "stp x19, x20, [x0, #48]",
        "stp x22, x23, [x0, #64]",
        "stp x24, x25, [x0, #80]",
        "stp x26, x27, [x0, #96]",
        "str x28, [x0, #112]",
        "stp d8, d9, [x0, #120]",
        "stp d10, d11, [x0, #136]",
        "stp d12, d13, [x0, #152]",
        "stp d14, d15, [x0, #168]",
        "str x0, [x9]",
        "mov x0, xzr",
        "ret",
    )
}

/// Lets the `guard_enter` of a guard return once more, with the guard.
///
/// # Safety
/// The guard must be linked, its frame live; nothing between here and there may need to be dropped. `context` is the
/// worker's.
#[unsafe(naked)]
pub unsafe extern "C" fn guard_resume(guard: *mut u8, context: usize) -> ! {
    naked_asm!(
        "mov x21, x1",
        "ldp x11, x29, [x0, #16]",
        "ldr x30, [x0, #32]",
        "ldp x19, x20, [x0, #48]",
        "ldp x22, x23, [x0, #64]",
        "ldp x24, x25, [x0, #80]",
        "ldp x26, x27, [x0, #96]",
        "ldr x28, [x0, #112]",
        "ldp d8, d9, [x0, #120]",
        "ldp d10, d11, [x0, #136]",
        "ldp d12, d13, [x0, #152]",
        "ldp d14, d15, [x0, #168]",
        "mov sp, x11",
        "ret",
    )
}

/// # Safety
/// Entered by `Program::enter` only, with the address of a `ThunkArgs`.
#[unsafe(naked)]
pub unsafe extern "C" fn thunk() {
    naked_asm!(
        "mov x9, x2",
        "ldr x1, [x9]",
        "ldp x2, x3, [x9, #8]",
        "ldp x4, x5, [x9, #24]",
        "ldp x6, x7, [x9, #40]",
        "br x1",
    )
}

/// # Safety
/// Reached by returning from a signal handler only.
#[unsafe(naked)]
pub unsafe extern "C" fn fault_entry() {
    naked_asm!("bl {fault}", "brk #1", fault = sym crate::signal::fault)
}

/// Where a signal interrupted, as `signal` needs it.
pub mod machine {
    use libc::ucontext_t;

    pub fn pc(u: &ucontext_t) -> usize {
        u.uc_mcontext.pc as usize
    }

    pub fn sp(u: &ucontext_t) -> usize {
        u.uc_mcontext.sp as usize
    }

    pub fn fp(u: &ucontext_t) -> usize {
        u.uc_mcontext.regs[29] as usize
    }

    /// A general register; 31 is the stack pointer.
    pub fn register(u: &ucontext_t, n: usize) -> usize {
        if n < 31 { u.uc_mcontext.regs[n] as usize } else { u.uc_mcontext.sp as usize }
    }

    /// Lets the thread continue at `fault_entry(args)`.
    pub fn redirect(u: &mut ucontext_t, sp: usize, args: [usize; 4]) {
        for (i, a) in args.into_iter().enumerate() {
            u.uc_mcontext.regs[i] = a as u64;
        }
        u.uc_mcontext.sp = (sp & !15) as u64;
        u.uc_mcontext.pc = super::fault_entry as *const () as u64;
    }
}
