//! From program counters to functions, files and lines; walks of stacks; goroutine traces.
//!
//! In: the program's function table. Out: frames as Go shows them, inlined calls included. A program counter given to Go code
//! carries the index of the logical frame within its physical frame in the bits from 48 on.

use crate::sched::{Goroutine, Wait};
use crate::worker::{caller_frame, worker, worker_pointer, world};
use escargo_abi::program::{FUNC_ENTRY, FUNC_STUB, FUNC_WRAPPER, FileInfo, FuncInfo, InlineScope, LineEntry};
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One logical frame.
#[derive(Clone)]
pub struct Frame {
    pub pc: usize,
    pub func: &'static FuncInfo,
    pub name: &'static str,
    pub file: &'static str,
    pub line: u32,
    /// Offset of the call in the physical function.
    pub offset: usize,
    pub inlined: bool,
}

pub const DEPTH_SHIFT: u32 = 48;
const PC_MASK: usize = (1 << DEPTH_SHIFT) - 1;
/// Functions that have no frame of their own in traces.
const HIDDEN: u32 = FUNC_WRAPPER | FUNC_ENTRY | FUNC_STUB;

fn table<T>(p: *const T, n: usize) -> &'static [T] {
    if n == 0 {
        return &[];
    }
    // SAFETY: tables of the program, which lives as long as the process.
    unsafe { std::slice::from_raw_parts(p, n) }
}

fn text(p: *const u8, n: usize) -> &'static str {
    std::str::from_utf8(table(p, n)).unwrap_or("?")
}

/// Frames of Go's runtime that programs see and that have no code here: what calls the main function, what calls any
/// goroutine's function, what a panic runs deferred calls from. Their program counters are addresses in this array.
static PSEUDO: [u8; 48] = [0; 48];
static PSEUDO_NAMES: [&str; 3] = ["runtime.main", "runtime.goexit", "runtime.gopanic"];
const MAIN: usize = 0;
const GOEXIT: usize = 1;
const GOPANIC: usize = 2;

/// Program counter of a pseudo frame.
fn pseudo(i: usize) -> usize {
    &raw const PSEUDO as usize + 16 * i + 8
}

/// Where the record of a deferred call that a panic runs seems to return to.
pub fn panic_pc() -> usize {
    pseudo(GOPANIC)
}

fn pseudo_function(pc: usize) -> Option<&'static FuncInfo> {
    /// Addresses of static text, which any thread may have.
    struct Made([FuncInfo; 3]);
    // SAFETY: see above.
    unsafe impl Send for Made {}
    // SAFETY: see above.
    unsafe impl Sync for Made {}
    static MADE: std::sync::OnceLock<Made> = std::sync::OnceLock::new();
    let i = pc.wrapping_sub(&raw const PSEUDO as usize) / 16;
    if i >= PSEUDO_NAMES.len() {
        return None;
    }
    let made = MADE.get_or_init(|| {
        Made(PSEUDO_NAMES.map(|name| FuncInfo {
            start: 0,
            size: 16,
            name: name.as_ptr(),
            name_len: name.len(),
            lines: std::ptr::null(),
            lines_len: 0,
            pos: 0,
            flags: 0,
        }))
    });
    Some(&made.0[i])
}

/// The function that contains a program counter.
pub fn find_function(pc: usize) -> Option<&'static FuncInfo> {
    if let Some(f) = pseudo_function(pc) {
        return Some(f);
    }
    let p = world().program;
    // Functions may be added while the program runs.
    // SAFETY: an aligned word of the program.
    let len = unsafe { (*(&raw const p.funcs_len).cast::<AtomicUsize>()).load(Ordering::Acquire) };
    let funcs = table(p.funcs, len);
    let i = funcs.partition_point(|f| f.start <= pc);
    funcs.get(i.checked_sub(1)?).filter(|f| pc - f.start < f.size)
}

pub fn is_compiled(pc: usize) -> bool {
    find_function(pc).is_some_and(|f| f.start != 0)
}

/// Whether a deferred call may be made through the function at a return address and still recover: wrappers, reflection, and
/// what is not compiled.
pub fn is_transparent(ret: usize) -> bool {
    find_function(ret - 1)
        .is_none_or(|f| f.flags & HIDDEN != 0 || text(f.name, f.name_len).starts_with("reflect."))
}

/// The last entry of a stream of line entries at or before a code offset.
fn line_entry(stream: &[u8], offset: usize) -> Option<LineEntry> {
    let mut at = 0;
    let mut number = || {
        let (mut value, mut shift) = (0u32, 0);
        loop {
            let byte = *stream.get(at)?;
            at += 1;
            value |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
    };
    let signed = |n: u32| (n >> 1) ^ (n & 1).wrapping_neg();
    let (mut entry, mut found) = (LineEntry::default(), None);
    while let Some(head) = number() {
        entry.offset += head >> 2;
        if entry.offset as usize > offset {
            break;
        }
        entry.stops = head & 2 != 0;
        entry.pos = entry.pos.wrapping_add(signed(number()?));
        if head & 1 != 0 {
            entry.scope = entry.scope.wrapping_add(signed(number()?));
        }
        found = Some(entry);
    }
    found
}

/// Whether a signal may stop a goroutine at an instruction.
pub fn may_stop(pc: usize) -> bool {
    let func = find_function(pc).filter(|f| f.start != 0);
    let entry = func.and_then(|f| line_entry(table(f.lines, f.lines_len), pc - f.start));
    entry.is_some_and(|entry| entry.stops)
}

/// File and line of a position.
fn resolve(pos: u32) -> (&'static str, u32) {
    if pos == 0 {
        return ("$GOROOT/src/runtime/panic.go", 1);
    }
    let p = world().program;
    let files = table(p.files, p.files_len);
    let found = files.iter().find(|f| pos >= f.base && pos - f.base <= f.len);
    let Some(&FileInfo { base, name, name_len, lines, lines_len, .. }) = found else { return ("?", 0) };
    let line = match lines_len {
        0 => pos - base + 1,
        n => table(lines, n).partition_point(|&start| start <= pos - base) as u32,
    };
    (text(name, name_len), line)
}

/// Calls `visit` with the logical frames at a program counter (of an instruction, not a return address), innermost first, until
/// it returns false.
fn logical(pc: usize, visit: &mut dyn FnMut(Frame) -> bool) -> bool {
    let Some(func) = find_function(pc) else { return true };
    let offset = if func.start == 0 { 8 } else { pc - func.start };
    let (mut pos, mut scope) = match line_entry(table(func.lines, func.lines_len), offset) {
        Some(entry) => (entry.pos, entry.scope),
        None => (func.pos, 0),
    };
    let scopes: &[InlineScope] = table(world().program.scopes, world().program.scopes_len);
    loop {
        let (file, line) = resolve(pos);
        let inner = scopes.get(scope as usize).filter(|_| scope != 0);
        let name = match inner {
            Some(s) => text(s.name, s.name_len),
            None => text(func.name, func.name_len),
        };
        // An inlined wrapper has no position.
        if (if inner.is_some() { pos != 0 } else { func.flags & HIDDEN == 0 })
            && !visit(Frame {
                pc: pc + 1,
                func,
                name,
                file,
                line,
                offset: offset + 1,
                inlined: inner.is_some(),
            })
        {
            return false;
        }
        match inner {
            Some(s) => (pos, scope) = (s.call_pos, s.parent),
            None => return true,
        }
    }
}

/// The same, for others.
pub fn frames_at(pc: usize, visit: &mut dyn FnMut(Frame) -> bool) {
    logical(pc, visit);
}

/// Calls `visit` with the logical frames of a stack, innermost first. `pc` is a return address inside the function whose frame
/// pointer is `fp`.
pub fn walk(g: &Goroutine, mut fp: usize, mut pc: usize, visit: &mut dyn FnMut(Frame) -> bool) {
    loop {
        if pc != 0 && !logical(pc - 1, visit) {
            return;
        }
        if !g.on_stack(fp) || !g.on_stack(fp + 8) || !fp.is_multiple_of(8) {
            break;
        }
        // SAFETY: a frame record in the goroutine's stack.
        let [next, ret] = unsafe { *(fp as *const [usize; 2]) };
        // Records of deferred calls lead to the frame that panicked, which lies above.
        if next != 0 && !g.is_newer(fp, next) {
            return;
        }
        (fp, pc) = (next, g.return_address(ret));
    }
    if g.id != 1 || logical(pseudo(MAIN), visit) {
        logical(pseudo(GOEXIT), visit);
    }
}

fn shown(frame: &Frame) -> bool {
    if level() >= Level::System {
        return true;
    }
    match frame.name.strip_prefix("runtime.") {
        Some(rest) => rest == "gopanic" || rest.starts_with(|c: char| c.is_uppercase()),
        None => true,
    }
}

/// How Go prints a file's name is how the compiler stored it.
fn print_frame(out: &mut String, f: &Frame) {
    if f.name == PSEUDO_NAMES[GOPANIC] {
        let _ = writeln!(out, "panic(...)\n\t{}:{}", f.file, f.line);
        return;
    }
    let args =
        if f.inlined || !f.name.ends_with(".main") && !f.name.ends_with(".init") { "(...)" } else { "()" };
    // Writing to a string cannot fail.
    let _ = write!(out, "{}{args}\n\t{}:{}", f.name, f.file, f.line);
    if !f.inlined {
        let _ = write!(out, " +{:#x}", f.offset);
    }
    out.push('\n');
}

/// Most frames printed of a deep stack, at each end.
const FEW: usize = 50;

/// Appends one goroutine's trace.
pub fn goroutine(out: &mut String, g: &Goroutine, status: &str, fp: usize, pc: usize) {
    let _ = write!(out, "\ngoroutine {} [{status}]:\n", g.id);
    let mut first = Vec::new();
    let mut last = std::collections::VecDeque::new();
    let mut total = 0;
    walk(g, fp, pc, &mut |f| {
        if shown(&f) {
            total += 1;
            if first.len() < FEW {
                first.push(f);
            } else {
                last.push_back(f);
                if last.len() > FEW {
                    last.pop_front();
                }
            }
        }
        true
    });
    for f in &first {
        print_frame(out, f);
    }
    let hidden = total - first.len() - last.len();
    if hidden > 0 {
        let _ = writeln!(out, "...{hidden} frames elided...");
    }
    for f in &last {
        print_frame(out, f);
    }
    if g.created_at != 0 {
        let mut done = false;
        logical(g.created_at - 1, &mut |f| {
            if !done {
                done = true;
                let _ =
                    write!(out, "created by {} in goroutine {}\n\t{}:{}", f.name, g.parent, f.file, f.line);
                let _ = writeln!(out, " +{:#x}", f.offset);
            }
            false
        });
    }
}

/// Why a goroutine is parked, in Go's words; for semaphores that depends on what of package sync waits.
fn status(g: &Goroutine) -> &'static str {
    if g.wait != Wait::Semaphore {
        return g.wait.text();
    }
    let mut found = g.wait.text();
    walk(g, g.fp, g.pc, &mut |f| {
        found = match f.name {
            "sync.(*Mutex).Lock" => "sync.Mutex.Lock",
            "sync.(*RWMutex).RLock" => "sync.RWMutex.RLock",
            "sync.(*RWMutex).Lock" => "sync.RWMutex.Lock",
            "sync.(*WaitGroup).Wait" => "sync.WaitGroup.Wait",
            _ => return f.name.starts_with("sync."),
        };
        false
    });
    found
}

/// Appends the traces of the goroutines that do not run.
fn others(out: &mut String, except: *mut Goroutine) {
    let mut list = world().all.lock().clone();
    // SAFETY: goroutine structures stay valid.
    list.sort_by_key(|&g| unsafe { (*g).id });
    let running: Vec<_> = world()
        .workers()
        // SAFETY: workers are never freed.
        .map(|w| unsafe { (*w).g })
        .collect();
    for p in list {
        // SAFETY: as above.
        let g = unsafe { &*p };
        if p == except || g.dead {
            continue;
        }
        let status = if running.contains(&p) { "running" } else { status(g) };
        if g.pc == 0 && g.fp == 0 {
            let _ = write!(out, "\ngoroutine {} [{status}]:\n", g.id);
            continue;
        }
        goroutine(out, g, status, g.fp, g.pc);
    }
}

pub fn all_goroutines(out: &mut String) {
    others(out, std::ptr::null_mut());
}

/// How much a program that fails tells: GOTRACEBACK and debug.SetTraceback.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    /// The goroutine that failed; after a fatal error all of them.
    Single,
    All,
    /// With the runtime's own functions.
    System,
    /// And then the system's own way to end.
    Crash,
}

/// Of the environment, and what is in force.
static BASE: AtomicUsize = AtomicUsize::new(Level::Single as usize);
static LEVEL: AtomicUsize = AtomicUsize::new(Level::Single as usize);

pub fn level() -> Level {
    match LEVEL.load(Ordering::Relaxed) {
        0 => Level::None,
        1 => Level::Single,
        2 => Level::All,
        3 => Level::System,
        _ => Level::Crash,
    }
}

/// A level by its name or number.
fn parse_level(text: &str) -> Level {
    match text {
        "none" | "0" => Level::None,
        "" | "single" => Level::Single,
        "system" => Level::System,
        "crash" => Level::Crash,
        "all" => Level::All,
        // As in Go, numbers are of all goroutines.
        _ => match text.parse() {
            Ok(0u32) => Level::None,
            Ok(1) => Level::All,
            Ok(_) => Level::System,
            Err(_) => Level::All,
        },
    }
}

/// Sets the level to what the environment says.
pub fn set_base_level(text: &str) {
    let level = parse_level(text) as usize;
    BASE.store(level, Ordering::Relaxed);
    LEVEL.store(level, Ordering::Relaxed);
}

/// debug.SetTraceback: never less than the environment says.
///
/// # Safety
/// A string.
pub unsafe extern "C" fn set_traceback(data: *const u8, length: i64) {
    // SAFETY: the caller's promise.
    let name = String::from_utf8_lossy(unsafe { crate::string::bytes(data, length) });
    LEVEL.store((parse_level(&name) as usize).max(BASE.load(Ordering::Relaxed)), Ordering::Relaxed);
}

/// After a report: GOTRACEBACK=crash ends the program by SIGABRT.
pub fn abort_if_wanted() {
    if level() == Level::Crash {
        // SAFETY: ends the process.
        unsafe {
            libc::signal(libc::SIGABRT, libc::SIG_DFL);
            libc::abort();
        }
    }
}

/// Appends the running goroutine's trace, and the others' if asked to, here or by GOTRACEBACK.
pub fn running_and_others(out: &mut String, fp: usize, pc: usize, all: bool) {
    if worker_pointer().is_null() || worker().g.is_null() {
        return;
    }
    if level() == Level::None {
        return;
    }
    let p = worker().g;
    // SAFETY: the running goroutine.
    let g = unsafe { &*p };
    goroutine(out, g, "running", fp, pc);
    if all || level() >= Level::All {
        others(out, p);
    }
}

/// {pc, file, length, line, function, length}
fn store(out: *mut [usize; 6], f: &Frame, pc: usize) {
    // SAFETY: the caller of the entry points promises six words.
    unsafe {
        *out = [
            pc,
            f.file.as_ptr() as usize,
            f.file.len(),
            f.line as usize,
            f.name.as_ptr() as usize,
            f.name.len(),
        ];
    }
}

/// # Safety
/// `out` must be the address of six words.
pub unsafe extern "C" fn caller(skip: i64, out: *mut [usize; 6]) -> i64 {
    let (fp, pc) = caller_frame();
    // SAFETY: the running goroutine.
    let g = unsafe { &*worker().g };
    let mut left = skip + 1;
    let (mut found, mut last, mut depth) = (0, 0, 0);
    walk(g, fp, pc, &mut |f| {
        depth = if f.pc == last { depth + 1 } else { 0 };
        last = f.pc;
        if left == 0 {
            // Inside the call, so that the address alone leads to its line.
            store(out, &f, (f.pc - 1) | depth << DEPTH_SHIFT);
            found = 1;
        }
        left -= 1;
        left >= 0
    });
    found
}

/// # Safety
/// `out` must have room for `count` words.
pub unsafe extern "C" fn callers(skip: i64, out: *mut usize, count: i64) -> i64 {
    let (fp, pc) = caller_frame();
    // SAFETY: the running goroutine.
    let g = unsafe { &*worker().g };
    let (mut seen, mut written, mut last, mut depth) = (0, 0, 0, 0);
    walk(g, fp, pc, &mut |f| {
        depth = if f.pc == last { depth + 1 } else { 0 };
        last = f.pc;
        if seen >= skip && written < count {
            // SAFETY: the caller's promise.
            unsafe { *out.add(written as usize) = f.pc | depth << DEPTH_SHIFT };
            written += 1;
        }
        seen += 1;
        written < count
    });
    written
}

/// # Safety
/// `out` must be the address of six words.
pub unsafe extern "C" fn func_for_pc(pc: i64, out: *mut [usize; 6]) -> i64 {
    let (pc, mut depth) = (pc as usize & PC_MASK, pc as usize >> DEPTH_SHIFT);
    let mut found = 0;
    logical(pc, &mut |f| {
        if depth == 0 {
            store(out, &f, f.func.start);
            found = 1;
            return false;
        }
        depth -= 1;
        true
    });
    if found == 0
        && let Some(func) = find_function(pc)
    {
        // A wrapper has no frame of its own but a name.
        let (file, line) = resolve(func.pos);
        let name = text(func.name, func.name_len);
        store(out, &Frame { pc, func, name, file, line, offset: 0, inlined: false }, func.start);
        found = 1;
    }
    found
}

/// # Safety
/// `out` must have room for `capacity` bytes.
pub unsafe extern "C" fn stack_trace(out: *mut u8, capacity: i64, all: i64) -> i64 {
    let (fp, pc) = caller_frame();
    let mut s = String::new();
    // SAFETY: the running goroutine.
    goroutine(&mut s, unsafe { &*worker().g }, "running", fp, pc);
    if all != 0 {
        crate::sched::with_saved_registers(&mut || {
            crate::stop::stop_the_world("stack trace");
            others(&mut s, worker().g);
            crate::stop::start_the_world();
        });
    }
    let s = s.strip_prefix('\n').unwrap_or(&s);
    let n = s.len().min(capacity.max(0) as usize);
    // SAFETY: the caller's promise.
    unsafe { std::ptr::copy_nonoverlapping(s.as_ptr(), out, n) };
    n as i64
}
