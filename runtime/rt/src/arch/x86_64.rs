//! The stubs for x86-64, System V convention; r15 is the pinned register; see `arch`.

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
            "mov {0}, qword ptr [rip + escargo_worker@GOTTPOFF]",
            "mov {0}, qword ptr fs:[{0}]",
            out(reg) p,
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
            "mov {0}, qword ptr [rip + escargo_worker@GOTTPOFF]",
            "mov qword ptr fs:[{0}], {1}",
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
    unsafe { asm!("mov {0}, rsp", out(reg) p, options(nomem, nostack, preserves_flags)) }
    p
}

/// `Program::enter`, for `call_chained`.
pub static ENTER: AtomicUsize = AtomicUsize::new(0);

#[inline(always)]
pub fn prefetch(p: *const u8) {
    // SAFETY: a hint without effects.
    unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(p as *const i8) }
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
                "mov [r15 + 24], rbp",
                "mov r11, [rsp]",
                "mov [r15 + 32], r11",
                ".if {switches}",
                "sub rsp, 8",
                "call {target}",
                "add rsp, 8",
                "mov r15, qword ptr [rip + escargo_worker@GOTTPOFF]",
                "mov r15, qword ptr fs:[r15]",
                "mov r15, [r15]",
                "ret",
                ".else",
                "jmp {target}",
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
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov [rdi], rsp",
        "mov rsp, rsi",
        "mov qword ptr [rdi + 8], 0",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "pop rcx",
        "jmp rcx",
    )
}

/// Stack pointer of a new stack that ends at `top` (a multiple of 16) and begins to run at `goroutine_entry`.
///
/// # Safety
/// The memory below `top` must be writable.
pub unsafe fn prepare(top: usize) -> usize {
    let sp = top - 8 * 8;
    // SAFETY: the caller's promise.
    unsafe {
        (sp as *mut [usize; 8]).write([0; 8]);
        *((sp + 6 * 8) as *mut usize) = goroutine_entry as *const () as usize;
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
        ".cfi_undefined rip",
        "xor ebp, ebp",
        "and rsp, -16",
        "call {main}",
        "ud2",
        ".cfi_endproc",
        main = sym crate::sched::goroutine_main,
    )
}

/// # Safety
/// `f` must be safe to call.
#[unsafe(naked)]
pub unsafe extern "C" fn spill(f: unsafe extern "C" fn(usize, *mut u8), data: *mut u8) {
    naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "mov rax, rdi",
        "mov rdi, rsp",
        "call rax",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
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
        "push rbp",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset rbp, 0",
        "push rbx",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset rbx, 0",
        "push r8",
        ".cfi_adjust_cfa_offset 8",
        "push rcx",
        ".cfi_adjust_cfa_offset 8",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "sub rsp, 8",
        "test r9, r9",
        "jz 2f",
        "mov [r9], rbp",
        "2:",
        "call qword ptr [rip + {enter}]",
        "lea rsp, [rbp + 16]",
        ".cfi_def_cfa rsp, 24",
        "pop rbx",
        ".cfi_def_cfa_offset 16",
        "pop rbp",
        ".cfi_def_cfa_offset 8",
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
        "mov [r15 + 24], rbp",
        "mov r11, [rsp]",
        "mov [r15 + 32], r11",
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "mov rsi, rsp",
        "call {poll}",
        "add rsp, rax",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "mov r15, qword ptr [rip + escargo_worker@GOTTPOFF]",
        "mov r15, qword ptr fs:[r15]",
        "mov r15, [r15]",
        "ret",
        poll = sym crate::sched::poll,
    )
}

/// # Safety
/// Only to be reached by the return of a function that `deep::enter` moved.
#[unsafe(naked)]
pub unsafe extern "C" fn deep_return() {
    naked_asm!(
        "sub rsp, 336",
        "movups [rsp + 0], xmm0",
        "movups [rsp + 16], xmm1",
        "movups [rsp + 32], xmm2",
        "movups [rsp + 48], xmm3",
        "movups [rsp + 64], xmm4",
        "movups [rsp + 80], xmm5",
        "movups [rsp + 96], xmm6",
        "movups [rsp + 112], xmm7",
        "movups [rsp + 128], xmm8",
        "movups [rsp + 144], xmm9",
        "movups [rsp + 160], xmm10",
        "movups [rsp + 176], xmm11",
        "movups [rsp + 192], xmm12",
        "movups [rsp + 208], xmm13",
        "movups [rsp + 224], xmm14",
        "movups [rsp + 240], xmm15",
        "mov [rsp + 256], rax",
        "mov [rsp + 264], rcx",
        "mov [rsp + 272], rdx",
        "mov [rsp + 280], rsi",
        "mov [rsp + 288], rdi",
        "mov [rsp + 296], r8",
        "mov [rsp + 304], r9",
        "mov [rsp + 312], r10",
        "mov [rsp + 320], r11",
        "lea rdi, [rsp + 336]",
        "call {leave}",
        // What lies below the stack pointer is nobody else's: signals have a stack of their own.
        "mov [rax - 8], rdx",
        "mov [rsp + 328], rax",
        "movups xmm0, [rsp + 0]",
        "movups xmm1, [rsp + 16]",
        "movups xmm2, [rsp + 32]",
        "movups xmm3, [rsp + 48]",
        "movups xmm4, [rsp + 64]",
        "movups xmm5, [rsp + 80]",
        "movups xmm6, [rsp + 96]",
        "movups xmm7, [rsp + 112]",
        "movups xmm8, [rsp + 128]",
        "movups xmm9, [rsp + 144]",
        "movups xmm10, [rsp + 160]",
        "movups xmm11, [rsp + 176]",
        "movups xmm12, [rsp + 192]",
        "movups xmm13, [rsp + 208]",
        "movups xmm14, [rsp + 224]",
        "movups xmm15, [rsp + 240]",
        "mov rax, [rsp + 256]",
        "mov rcx, [rsp + 264]",
        "mov rdx, [rsp + 272]",
        "mov rsi, [rsp + 280]",
        "mov rdi, [rsp + 288]",
        "mov r8, [rsp + 296]",
        "mov r9, [rsp + 304]",
        "mov r10, [rsp + 312]",
        "mov r11, [rsp + 320]",
        "mov rsp, [rsp + 328]",
        "jmp [rsp - 8]",
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
        "mov rax, [r15 + 16]",
        "mov rcx, [rax]",
        "mov rdx, [rsp]",
        "lea rsi, [rsp + 8]",
        "mov [rdi], rcx",
        "mov qword ptr [rdi + 8], 0",
        "mov [rdi + 16], rsi",
        "mov [rdi + 24], rbp",
        "mov [rdi + 32], rdx",
        "mov qword ptr [rdi + 40], 0",
        "mov [rdi + 48], rbx",
        "mov [rdi + 56], r12",
        "mov [rdi + 64], r13",
        "mov [rdi + 72], r14",
        "mov [rax], rdi",
        "xor eax, eax",
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
        "mov r15, rsi",
        "mov rbx, [rdi + 48]",
        "mov r12, [rdi + 56]",
        "mov r13, [rdi + 64]",
        "mov r14, [rdi + 72]",
        "mov rbp, [rdi + 24]",
        "mov rsp, [rdi + 16]",
        "mov rax, rdi",
        "jmp [rdi + 32]",
    )
}

/// # Safety
/// Entered by `Program::enter` only, with the address of a `ThunkArgs`.
#[unsafe(naked)]
pub unsafe extern "C" fn thunk() {
    naked_asm!(
        "mov rax, [rdi]",
        "mov rsi, [rdi + 16]",
        "mov rdx, [rdi + 24]",
        "mov rcx, [rdi + 32]",
        "mov r8, [rdi + 40]",
        "mov r9, [rdi + 48]",
        "mov rdi, [rdi + 8]",
        "jmp rax",
    )
}

/// # Safety
/// Reached by returning from a signal handler only.
#[unsafe(naked)]
pub unsafe extern "C" fn fault_entry() {
    naked_asm!("and rsp, -16", "call {fault}", "ud2", fault = sym crate::signal::fault)
}

/// What a loop that a signal interrupted seems to have called: saves what functions may change, lets `interrupted` stop the
/// goroutine or run others, and goes on in the loop, perhaps on another worker. `machine::interrupt` has left the address to go
/// on at on the stack. Compiled code uses vectors of 16 bytes.
///
/// # Safety
/// Reached by returning from a signal handler only, where `trace::may_stop`.
#[unsafe(naked)]
pub unsafe extern "C" fn interrupt_entry() {
    naked_asm!(
        "pushfq",
        "push rax",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "push rbx",
        "mov rbx, rsp",
        "and rsp, -16",
        "sub rsp, 256",
        "movups [rsp], xmm0",
        "movups [rsp + 16], xmm1",
        "movups [rsp + 32], xmm2",
        "movups [rsp + 48], xmm3",
        "movups [rsp + 64], xmm4",
        "movups [rsp + 80], xmm5",
        "movups [rsp + 96], xmm6",
        "movups [rsp + 112], xmm7",
        "movups [rsp + 128], xmm8",
        "movups [rsp + 144], xmm9",
        "movups [rsp + 160], xmm10",
        "movups [rsp + 176], xmm11",
        "movups [rsp + 192], xmm12",
        "movups [rsp + 208], xmm13",
        "movups [rsp + 224], xmm14",
        "movups [rsp + 240], xmm15",
        "cld",
        "mov rdi, rbp",
        "mov rsi, [rbx + 88]",
        "call {interrupted}",
        "movups xmm0, [rsp]",
        "movups xmm1, [rsp + 16]",
        "movups xmm2, [rsp + 32]",
        "movups xmm3, [rsp + 48]",
        "movups xmm4, [rsp + 64]",
        "movups xmm5, [rsp + 80]",
        "movups xmm6, [rsp + 96]",
        "movups xmm7, [rsp + 112]",
        "movups xmm8, [rsp + 128]",
        "movups xmm9, [rsp + 144]",
        "movups xmm10, [rsp + 160]",
        "movups xmm11, [rsp + 176]",
        "movups xmm12, [rsp + 192]",
        "movups xmm13, [rsp + 208]",
        "movups xmm14, [rsp + 224]",
        "movups xmm15, [rsp + 240]",
        "mov rsp, rbx",
        "pop rbx",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "mov r15, qword ptr [rip + escargo_worker@GOTTPOFF]",
        "mov r15, qword ptr fs:[r15]",
        "mov r15, [r15]",
        "popfq",
        "ret {skip}",
        interrupted = sym crate::sched::interrupted,
        skip = const machine::RED_ZONE,
    )
}

/// Where a signal interrupted, as `signal` needs it.
pub mod machine {
    /// Bytes below the stack pointer that functions without calls may use.
    pub const RED_ZONE: usize = 128;

    /// Lets the thread continue at `interrupt_entry`, as if the interrupted code had called that.
    ///
    /// # Safety
    /// The stack must have room.
    pub unsafe fn interrupt(u: &mut ucontext_t) {
        let to = sp(u) - RED_ZONE - 8;
        // SAFETY: the caller's promise.
        unsafe { *(to as *mut usize) = pc(u) };
        u.uc_mcontext.gregs[REG_RSP as usize] = to as greg_t;
        u.uc_mcontext.gregs[REG_RIP as usize] = super::interrupt_entry as *const () as greg_t;
    }

    use libc::{REG_RBP, REG_RCX, REG_RDI, REG_RDX, REG_RIP, REG_RSI, REG_RSP, greg_t, ucontext_t};

    pub fn pc(u: &ucontext_t) -> usize {
        u.uc_mcontext.gregs[REG_RIP as usize] as usize
    }

    pub fn sp(u: &ucontext_t) -> usize {
        u.uc_mcontext.gregs[REG_RSP as usize] as usize
    }

    pub fn fp(u: &ucontext_t) -> usize {
        u.uc_mcontext.gregs[REG_RBP as usize] as usize
    }

    /// Only tagged memory asks for registers.
    pub fn register(_: &ucontext_t, _: usize) -> usize {
        0
    }

    /// Lets the thread continue at `fault_entry(args)`.
    pub fn redirect(u: &mut ucontext_t, sp: usize, args: [usize; 4]) {
        let g = &mut u.uc_mcontext.gregs;
        g[REG_RDI as usize] = args[0] as greg_t;
        g[REG_RSI as usize] = args[1] as greg_t;
        g[REG_RDX as usize] = args[2] as greg_t;
        g[REG_RCX as usize] = args[3] as greg_t;
        g[REG_RSP as usize] = sp as greg_t;
        g[REG_RIP as usize] = super::fault_entry as *const () as greg_t;
    }
}
