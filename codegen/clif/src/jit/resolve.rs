//! First calls: a stub a function, and the way from a stub to the compiler and back.
//!
//! A stub jumps through the slot of the function's tier record. The slot first holds the address of the stub's second half,
//! which names the function and goes to `resolve`; that saves all registers that may hold arguments, compiles the function on
//! a stack of its own (the caller may be a goroutine with little stack), and continues in it. Later calls pay the jump alone.
//!
//! The first code is made in little time and counts its calls and loop iterations; at zero it sets the slot back, so that the
//! next call comes here again, and the function is compiled with all optimisation. Code compiled later calls it directly.

use super::Shared;

/// Bytes of a stub, and of the common tail before the first.
#[cfg(target_arch = "x86_64")]
pub(super) const STUB_SIZE: usize = 16;
#[cfg(target_arch = "aarch64")]
pub(super) const STUB_SIZE: usize = 32;
pub(super) const TAIL_SIZE: usize = 32;

/// The common tail, at `at`: pushes the shared state, goes to `resolve`. `words`: address of {state, resolve}.
#[cfg(target_arch = "x86_64")]
pub(super) fn tail(at: usize, words: usize) -> [u8; TAIL_SIZE] {
    let mut code = [0xcc; TAIL_SIZE];
    let relative = |target: usize, end: usize| (target.wrapping_sub(end) as i32).to_le_bytes();
    // push [rip + state]; jmp [rip + resolve]
    code[..2].copy_from_slice(&[0xff, 0x35]);
    code[2..6].copy_from_slice(&relative(words, at + 6));
    code[6..8].copy_from_slice(&[0xff, 0x25]);
    code[8..12].copy_from_slice(&relative(words + 8, at + 12));
    code
}

/// A stub at `at`, its code, and the address of its second half.
#[cfg(target_arch = "x86_64")]
pub(super) fn stub(at: usize, slot: usize, tail: usize, func: u32) -> ([u8; STUB_SIZE], usize) {
    let mut code = [0xcc; STUB_SIZE];
    let relative = |target: usize, end: usize| (target.wrapping_sub(end) as i32).to_le_bytes();
    // jmp [rip + slot]; push func; jmp tail
    code[..2].copy_from_slice(&[0xff, 0x25]);
    code[2..6].copy_from_slice(&relative(slot, at + 6));
    code[6] = 0x68;
    code[7..11].copy_from_slice(&func.to_le_bytes());
    code[11] = 0xe9;
    code[12..16].copy_from_slice(&relative(tail, at + 16));
    (code, at + 6)
}

/// The common tail, at `at`: pushes the shared state and x17, goes to `resolve`. `words`: address of {state, resolve}.
#[cfg(target_arch = "aarch64")]
pub(super) fn tail(at: usize, words: usize) -> [u8; TAIL_SIZE] {
    let mut code = [0; TAIL_SIZE];
    let [adrp, ldr_state] = load_word(at, words, 16);
    let [adrp2, ldr_resolve] = load_word(at + 12, words + 8, 16);
    // stp x16, x17, [sp, #-16]!
    let insts = [adrp, ldr_state, 0xa9bf_47f0, adrp2, ldr_resolve, BR_X16];
    for (i, inst) in insts.iter().enumerate() {
        code[i * 4..i * 4 + 4].copy_from_slice(&inst.to_le_bytes());
    }
    code
}

#[cfg(target_arch = "aarch64")]
const BR_X16: u32 = 0xd61f_0200;

/// adrp reg, page; ldr reg, [reg, offset]
#[cfg(target_arch = "aarch64")]
fn load_word(at: usize, word: usize, reg: u32) -> [u32; 2] {
    let pages = ((word >> 12) as i64).wrapping_sub((at >> 12) as i64) as u32;
    let adrp = 0x9000_0000 | (pages & 3) << 29 | (pages >> 2 & 0x7_ffff) << 5 | reg;
    let ldr = 0xf940_0000 | ((word as u32 & 0xfff) >> 3) << 10 | reg << 5 | reg;
    [adrp, ldr]
}

/// A stub at `at`, its code, and the address of its second half.
#[cfg(target_arch = "aarch64")]
pub(super) fn stub(at: usize, slot: usize, tail: usize, func: u32) -> ([u8; STUB_SIZE], usize) {
    let mut code = [0; STUB_SIZE];
    let [adrp, ldr] = load_word(at, slot, 16);
    let movz = 0x5280_0011 | (func & 0xffff) << 5;
    let movk = 0x72a0_0011 | (func >> 16) << 5;
    let branch = 0x1400_0000 | (tail.wrapping_sub(at + 20) >> 2) as u32 & 0x03ff_ffff;
    for (i, inst) in [adrp, ldr, BR_X16, movz, movk, branch].iter().enumerate() {
        code[i * 4..i * 4 + 4].copy_from_slice(&inst.to_le_bytes());
    }
    (code, at + 12)
}

/// Takes the compiler's lock and returns the top of the compiler's stack.
unsafe extern "C" fn lock(state: *const Shared<'_>) -> usize {
    // SAFETY: stubs carry the address of a `Shared` that lives as long as its code.
    let shared = unsafe { &*state };
    shared.lock();
    shared.stack_top()
}

unsafe extern "C" fn unlock(state: *const Shared<'_>) {
    // SAFETY: as in `lock`.
    unsafe { &*state }.unlock();
}

/// Runs on the compiler's stack, with the lock held.
unsafe extern "C" fn compile(state: *const Shared<'_>, func: u64) -> usize {
    // SAFETY: as in `lock`; the lock is held.
    unsafe { (*state).compile_now(escargo_ir::FuncId(func as u32)) }
}

/// Entered from the tail with {state, function} on the stack above the caller's return address.
///
/// # Safety
/// Only stubs jump here.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(super) unsafe extern "C" fn resolve() {
    std::arch::naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rax",
        "push rcx",
        "push rdx",
        "push rbx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "push r12",
        "push r13",
        "push r14",
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
        "mov rbx, rsp",
        "and rsp, -16",
        "mov rdi, [rbp + 8]",
        "call {lock}",
        "mov rsp, rax",
        "mov rdi, [rbp + 8]",
        "mov esi, dword ptr [rbp + 16]",
        "call {compile}",
        "mov rsp, rbx",
        "and rsp, -16",
        "mov [rbp + 16], rax",
        "mov rdi, [rbp + 8]",
        "call {unlock}",
        "mov rsp, rbx",
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
        "add rsp, 256",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rbx",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "pop rbp",
        // Drops the state; the function's number has been replaced by its address.
        "add rsp, 8",
        "ret",
        lock = sym lock,
        compile = sym compile,
        unlock = sym unlock,
    )
}

/// Entered from the tail with {state, function} on the stack.
///
/// # Safety
/// Only stubs jump here.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub(super) unsafe extern "C" fn resolve() {
    std::arch::naked_asm!(
        "stp x29, x30, [sp, #-16]!",
        "mov x29, sp",
        "stp x0, x1, [sp, #-16]!",
        "stp x2, x3, [sp, #-16]!",
        "stp x4, x5, [sp, #-16]!",
        "stp x6, x7, [sp, #-16]!",
        "stp x8, x9, [sp, #-16]!",
        "stp x10, x11, [sp, #-16]!",
        "stp x12, x13, [sp, #-16]!",
        "stp x14, x15, [sp, #-16]!",
        "stp x19, x20, [sp, #-16]!",
        "stp q0, q1, [sp, #-32]!",
        "stp q2, q3, [sp, #-32]!",
        "stp q4, q5, [sp, #-32]!",
        "stp q6, q7, [sp, #-32]!",
        "mov x19, sp",
        "ldr x0, [x29, #16]",
        "bl {lock}",
        "mov sp, x0",
        "ldp x0, x1, [x29, #16]",
        "bl {compile}",
        "mov sp, x19",
        "str x0, [x29, #24]",
        "ldr x0, [x29, #16]",
        "bl {unlock}",
        "ldp q6, q7, [sp], #32",
        "ldp q4, q5, [sp], #32",
        "ldp q2, q3, [sp], #32",
        "ldp q0, q1, [sp], #32",
        "ldp x19, x20, [sp], #16",
        "ldp x14, x15, [sp], #16",
        "ldp x12, x13, [sp], #16",
        "ldp x10, x11, [sp], #16",
        "ldp x8, x9, [sp], #16",
        "ldp x6, x7, [sp], #16",
        "ldp x4, x5, [sp], #16",
        "ldp x2, x3, [sp], #16",
        "ldp x0, x1, [sp], #16",
        "ldp x29, x30, [sp], #16",
        "ldp x17, x16, [sp], #16",
        "br x16",
        lock = sym lock,
        compile = sym compile,
        unlock = sym unlock,
    )
}
