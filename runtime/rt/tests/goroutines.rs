//! Goroutines, channels, select, timers, panics and recovery, with Rust functions in the place of compiled code.

mod support;

use escargo_abi::context::{DEFER_RECORD_SIZE, DeferRecord, GUARD_SIZE};
use escargo_abi::types::kind;
use escargo_rt::chan::{Chan, chan_close, chan_make, chan_recv, chan_send};
use escargo_rt::panic::{defer_push, goexit, guard_run, panic, recover};
use escargo_rt::sched::{go_start, gosched, num_goroutine};
use escargo_rt::sema::{sem_acquire, sem_release};
use escargo_rt::time::{nanotime, sleep, timer_start, timer_stop};
use escargo_rt::{Options, select::select};
use support::{chan_type, closure, run, scalar};

fn word(c: *const usize, i: usize) -> usize {
    // SAFETY: closures of these tests have such a word.
    unsafe { *c.add(i) }
}

extern "C" fn echo(c: *const usize) {
    let (from, to) = (word(c, 1) as *mut Chan, word(c, 2) as *mut Chan);
    let mut x = 0i64;
    // SAFETY: channels of words.
    unsafe {
        while chan_recv(from, (&raw mut x) as *mut u8) != 0 {
            x += 1;
            chan_send(to, (&raw mut x) as *mut u8);
        }
        chan_close(to);
    }
}

extern "C" fn channels(_: usize) {
    let t = chan_type(scalar(kind::INT, 8));
    // SAFETY: channels of words.
    unsafe {
        for capacity in [0, 1, 7] {
            let (a, b) = (chan_make(t, capacity), chan_make(t, capacity));
            go_start(closure(echo, &[a as usize, b as usize]));
            for mut i in 0..1000i64 {
                chan_send(a, (&raw mut i) as *mut u8);
                let mut x = 0i64;
                assert_eq!(chan_recv(b, (&raw mut x) as *mut u8), 1);
                assert_eq!(x, i + 1);
            }
            chan_close(a);
            assert_eq!(chan_recv(b, std::ptr::null_mut()), 0);
        }
        assert_eq!(num_goroutine(), 1);
    }
}

#[test]
fn ping_pong() {
    assert_eq!(run(channels, Options { procs: 1, ..Options::default() }), 0);
    assert_eq!(run(channels, Options { verify: true, gc_every: 3, procs: 1, ..Options::default() }), 0);
}

extern "C" fn chooser(c: *const usize) {
    #[repr(C)]
    struct Case(usize, usize);
    let (a, b, done) = (word(c, 1), word(c, 2), word(c, 3) as *mut Chan);
    let (mut x, mut y, mut sum) = (0i64, 0i64, 0i64);
    let mut open = 2;
    let mut cases = [Case(a, &raw mut x as usize), Case(b, &raw mut y as usize)];
    // SAFETY: two receive cases.
    unsafe {
        while open > 0 {
            let r = select(cases.as_mut_ptr() as *mut _, 0, 2, 1);
            if r.b == 0 {
                cases[r.a].0 = 0;
                open -= 1;
                continue;
            }
            sum += if r.a == 0 { x } else { y };
        }
        chan_send(done, (&raw mut sum) as *mut u8);
    }
}

extern "C" fn producer(c: *const usize) {
    let ch = word(c, 1) as *mut Chan;
    // SAFETY: a channel of words.
    unsafe {
        for mut i in 0..500i64 {
            chan_send(ch, (&raw mut i) as *mut u8);
            if i % 50 == 0 {
                gosched();
            }
        }
        chan_close(ch);
    }
}

extern "C" fn selects(_: usize) {
    let t = chan_type(scalar(kind::INT, 8));
    // SAFETY: channels of words.
    unsafe {
        let (a, b, done) = (chan_make(t, 0), chan_make(t, 3), chan_make(t, 0));
        go_start(closure(chooser, &[a as usize, b as usize, done as usize]));
        go_start(closure(producer, &[a as usize]));
        go_start(closure(producer, &[b as usize]));
        let mut sum = 0i64;
        chan_recv(done, (&raw mut sum) as *mut u8);
        assert_eq!(sum, 2 * 499 * 500 / 2);
    }
}

#[test]
fn select_receives_everything() {
    assert_eq!(run(selects, Options::default()), 0);
    assert_eq!(run(selects, Options { verify: true, gc_every: 3, procs: 3, ..Options::default() }), 0);
}

extern "C" fn deadlocked(_: usize) {
    // SAFETY: a nil channel blocks for ever.
    unsafe { chan_recv(std::ptr::null_mut(), std::ptr::null_mut()) };
}

#[test]
fn deadlock_is_noticed() {
    assert_eq!(run(deadlocked, Options::default()), 2);
}

extern "C" fn release(c: *const usize) {
    // SAFETY: the address of a semaphore.
    unsafe { sem_release(word(c, 1) as *mut u32, 0) };
}

extern "C" fn never(_: *const usize) {
    // SAFETY: ends the test program.
    unsafe { escargo_rt::os::exit(9) };
}

extern "C" fn timing(_: usize) {
    let mut semaphore = 0u32;
    let address = &raw mut semaphore;
    // SAFETY: a semaphore on this stack, closures of one word.
    unsafe {
        let begin = nanotime();
        sleep(3_000_000);
        assert!(nanotime() - begin >= 3_000_000);
        timer_start(nanotime() + 2_000_000, closure(release, &[address as usize]));
        let stopped = timer_start(nanotime() + 1_000_000, closure(never, &[]));
        assert_eq!(timer_stop(stopped), 1);
        assert_eq!(timer_stop(stopped), 0);
        sem_acquire(address);
        sleep(2_000_000);
        for _ in 0..100 {
            go_start(closure(release, &[address as usize]));
        }
        for _ in 0..100 {
            sem_acquire(address);
        }
        assert_eq!(*address, 0);
    }
}

#[test]
fn timers_and_semaphores() {
    assert_eq!(run(timing, Options::default()), 0);
}

/// A deferred call that recovers: it has a frame, whose address it hands to `recovering`.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
extern "C" fn recoverer(_: *const usize) {
    std::arch::naked_asm!(
        "push rbp", "mov rbp, rsp", "mov rsi, rbp", "call {f}", "pop rbp", "ret", f = sym recovering
    )
}

#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
extern "C" fn recoverer(_: *const usize) {
    std::arch::naked_asm!(
        "stp x29, x30, [sp, #-16]!", "mov x29, sp", "mov x1, x29", "bl {f}", "ldp x29, x30, [sp], #16", "ret",
        f = sym recovering
    )
}

extern "C" fn recovering(c: *const usize, fp: usize) {
    // SAFETY: a frame pointer, and a word to write to.
    unsafe {
        let value = recover(fp);
        *(word(c, 1) as *mut usize) = value.b;
    }
}

extern "C" fn count(c: *const usize) {
    // SAFETY: the address of a counter.
    unsafe { *(word(c, 1) as *mut usize) += 1 };
}

#[repr(C)]
struct Frame {
    guard: [u8; GUARD_SIZE as usize],
    records: [[u8; DEFER_RECORD_SIZE as usize]; 3],
    count: usize,
    recovered: usize,
    raise: usize,
}

/// A function that defers, as compiled code has it, with the context in the pinned register: the body, or after a recovered
/// panic nothing more, then what is left of the deferred calls.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn deferring(body: usize, frame: usize, context: usize) {
    std::arch::naked_asm!(
        "push rbp", "mov rbp, rsp", "push r15", "push rdi", "push rsi", "sub rsp, 8", "mov r15, rdx",
        "mov rdi, rsi", "call {enter}", "test rax, rax", "jnz 2f",
        "mov rdi, [rbp - 24]", "call [rbp - 16]",
        "2:", "mov rdi, [rbp - 24]", "call {run}", "mov r15, [rbp - 8]", "mov rsp, rbp", "pop rbp", "ret",
        enter = sym escargo_rt::arch::guard_enter, run = sym guard_run
    )
}

#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn deferring(body: usize, frame: usize, context: usize) {
    std::arch::naked_asm!(
        "stp x29, x30, [sp, #-48]!", "mov x29, sp", "stp x0, x1, [sp, #16]", "str x21, [sp, #32]", "mov x21, x2",
        "mov x0, x1", "bl {enter}", "cbnz x0, 2f",
        "ldp x9, x0, [sp, #16]", "blr x9",
        "2:", "ldr x0, [sp, #24]", "bl {run}", "ldr x21, [sp, #32]", "ldp x29, x30, [sp], #48", "ret",
        enter = sym escargo_rt::arch::guard_enter, run = sym guard_run
    )
}

fn guarded(body: extern "C" fn(*mut Frame), frame: &mut Frame) {
    let context = escargo_rt::worker::worker().context as usize;
    // SAFETY: a body and its frame.
    unsafe { deferring(body as *const () as usize, &raw mut *frame as usize, context) }
}

extern "C" fn body(frame: *mut Frame) {
    let value = scalar(kind::INT, 8);
    // SAFETY: the frame's records and words.
    unsafe {
        let f = &mut *frame;
        let counter = &raw mut f.count as usize;
        let guard = frame as *mut escargo_abi::context::Guard;
        let record = |i: usize| (&raw mut (*frame).records[i]) as *mut DeferRecord;
        defer_push(guard, 0, record(0), closure(count, &[counter]));
        let recoverer = closure(recoverer, &[&raw mut f.recovered as usize]);
        defer_push(guard, record(0) as usize, record(1), recoverer);
        defer_push(guard, record(1) as usize, record(2), closure(count, &[counter]));
        match f.raise {
            0 => {}
            1 => deeper(40, value),
            _ => goexit(),
        }
    }
}

#[allow(unconditional_recursion)]
fn deeper(n: usize, value: &'static escargo_abi::types::Type) {
    if n == 0 {
        // SAFETY: an interface of an int.
        unsafe { panic(value, 1234) };
    }
    std::hint::black_box([n; 20]);
    deeper(n - 1, value);
    std::hint::black_box(n);
}

fn frame(raise: usize) -> Frame {
    Frame { guard: [0; GUARD_SIZE as usize], records: [[0; 16]; 3], count: 0, recovered: 0, raise }
}

extern "C" fn panics(_: usize) {
    for raise in [0, 1, 1, 0] {
        let mut f = frame(raise);
        guarded(body, &mut f);
        assert_eq!(f.count, 2);
        assert_eq!(f.recovered, if raise == 1 { 1234 } else { 0 });
    }
    // SAFETY: a closure; the goroutine runs while this one yields.
    unsafe {
        let mut f = Box::new(frame(2));
        go_start(closure(exiting, &[&raw mut *f as usize]));
        for _ in 0..5 {
            gosched();
        }
        assert_eq!((f.count, f.recovered), (2, 0));
        assert_eq!(num_goroutine(), 1);
    }
}

extern "C" fn exiting(c: *const usize) {
    // SAFETY: the address of a frame.
    guarded(body, unsafe { &mut *(word(c, 1) as *mut Frame) });
    // SAFETY: not to be reached.
    unsafe { escargo_rt::os::exit(8) };
}

#[test]
fn deferred_calls_run_and_recover() {
    assert_eq!(run(panics, Options { procs: 1, ..Options::default() }), 0);
}

extern "C" fn many(_: usize) {
    let mut semaphore = 0u32;
    let address = &raw mut semaphore;
    // SAFETY: a semaphore on this stack.
    unsafe {
        for _ in 0..20_000 {
            go_start(closure(release, &[address as usize]));
        }
        for _ in 0..20_000 {
            sem_acquire(address);
        }
    }
}

#[test]
fn many_goroutines() {
    assert_eq!(run(many, Options::default()), 0);
    assert_eq!(run(many, Options { procs: 3, ..Options::default() }), 0);
}
