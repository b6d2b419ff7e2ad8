//! A program in memory: code and static data in one arena, the tables of `abi::program::Program`, and compilation of
//! functions on their first call.
//!
//! In: module, escape results, the runtime's symbols. Out: `JitProgram`.
//! Requires: the module and the results stay unchanged while the program lives (their lifetime is the program's).
//! Guarantees: `Program` and everything that it points to stay where they are; the function table only grows at its end.

mod ahead;
mod gdb;
mod memory;
mod resolve;

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cranelift_codegen::Context;
use cranelift_codegen::ir::LibCall;
use escargo_abi::program::{
    AllocClass, FUNC_ENTRY, FUNC_STUB, FUNC_WRAPPER, FileInfo, FuncInfo, InlineScope, Program, Root,
};
use escargo_escape::EscapeResults;
use escargo_ir::cfg::successors;
use escargo_ir::{FuncId, Module, Rt};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::code::{Code, Compiler, compile_each, input, line_stream};
use crate::data::{DataTarget, Image, global_size};
use crate::debug::CodeDebug;
use crate::lower::Input;
use crate::plan::Plan;
use crate::symbol::{Stub, Symbol, tier};
use crate::target::Target;
use crate::{Error, Mode, OnCode, Options, Result};
use memory::Arena;

/// Room for code. Calls must reach every function: 2 GiB on x86-64, 128 MiB on AArch64.
const CODE_ROOM: usize = if cfg!(target_arch = "aarch64") { 96 << 20 } else { 256 << 20 };
/// Stack that functions are compiled on.
const COMPILER_STACK: usize = 64 << 20;
const PAGE: usize = 64 << 10;
/// The trampoline, the barrier, the poll.
const OWN_FUNCS: usize = 3;
/// Calls and loop iterations after which a function is worth optimising.
const HOT: usize = 400;
/// Instructions of functions with loops that are optimised at once.
const KERNEL: usize = 240;

/// A compiled program, ready to run. Dropping it frees its code: nothing may run or refer to it then.
pub struct JitProgram<'m> {
    shared: Box<Shared<'m>>,
}

impl JitProgram<'_> {
    /// What the runtime is started with. Valid as long as `self`.
    pub fn program(&self) -> *const Program {
        self.shared.program.get()
    }

    /// Hands the program to the runtime's `start`, which runs it to its end, and ends the process.
    pub fn run<O>(self, start: unsafe fn(&'static Program, O) -> !, options: O) -> !
    where
        Self: 'static,
    {
        let this: &'static Self = Box::leak(Box::new(self));
        // SAFETY: the tables were filled by `compile`, and neither they nor the code are ever freed.
        unsafe { start(&*this.program(), options) }
    }

    /// Address of a function's code (perhaps of the stub that compiles it).
    pub fn address(&self, func: FuncId) -> usize {
        self.shared.func_address(func)
    }

    /// Number of functions compiled so far; one that was compiled again counts twice.
    pub fn compiled(&self) -> usize {
        // SAFETY: a length; the table's memory is not touched.
        let entries = unsafe { (*self.program()).funcs_len };
        // The compiler's own functions are the first entries.
        entries - OWN_FUNCS
    }
}

/// Compiles a module for this machine.
pub fn compile<'m>(
    module: &'m Module,
    escape: &'m EscapeResults,
    symbols: &[(&str, *const u8)],
    options: &Options,
) -> Result<JitProgram<'m>> {
    let target = Target::native(options)?;
    let plan = Plan::with(module, escape, options.finish);
    let lazy = options.mode == Mode::Lazy;
    let all = || (0..module.funcs.len() as u32).map(FuncId);
    let mut first: Vec<FuncId> = if lazy {
        let eager = |f: &FuncId| Some(*f) == module.main || is_users(module, *f);
        all().filter(eager).collect()
    } else {
        all().collect()
    };
    let quick = quick_target(options)?;
    let users = first.len();
    if quick.is_some() {
        first.extend(ahead::likely(module, &first));
    }
    let (best, fast) = (
        input(module, escape, &plan, &target, options),
        input(module, escape, &plan, quick.as_ref().unwrap_or(&target), options),
    );
    let fast = Input { counting: true, ..fast };
    let ahead: FxHashSet<FuncId> =
        first[users..].iter().copied().filter(|f| !is_kernel(module, *f)).collect();
    let how = |f: FuncId| if ahead.contains(&f) { fast } else { best };
    let mut codes = compile_each(&how, options, &first)?;
    let mut debug: Vec<(FuncId, Code)> = Vec::new();
    if options.debug {
        for (&id, code) in first.iter().zip(&mut codes) {
            let kept = Code { debug: code.debug.take(), lines: code.lines.clone(), ..Code::default() };
            debug.push((id, kept));
        }
    }
    let shared = Shared::new(module, escape, plan, (target, quick), symbols, options)?;
    {
        // SAFETY: no code of the program runs yet, this thread alone knows `shared`.
        let state = unsafe { &mut *shared.state.get() };
        state.stubs(&shared)?;
        // Quickly made code comes last: it calls the others directly.
        let (fast, best): (Vec<_>, Vec<_>) =
            first.into_iter().zip(codes).partition(|(f, _)| ahead.contains(f));
        shared.install(state, best)?;
        for (f, code) in fast {
            let address = shared.install_quick(state, f, code)?;
            shared.arena.write_word(shared.tier(f) + tier::SLOT as usize, address);
        }
        if options.debug {
            gdb::register(&shared, state, debug)?;
        }
        shared.fill_data()?;
        if !lazy {
            shared.arena.seal(shared.code_start, (state.next + PAGE - 1) & !(PAGE - 1))?;
        }
    }
    shared.fill_program();
    Ok(JitProgram { shared })
}

/// What makes functions in little time that are compiled on their first call.
fn quick_target(options: &Options) -> Result<Option<Target>> {
    let wanted = options.mode == Mode::Lazy && options.optimise;
    wanted.then(|| Target::native(&Options { optimise: false, ..*options })).transpose()
}

/// Functions of package main: few, run for sure or hot.
fn is_users(module: &Module, f: FuncId) -> bool {
    module.func(f).name.starts_with("main.")
}

/// Small functions with loops are cheap to optimise, and one call of them can take long.
fn is_kernel(module: &Module, id: FuncId) -> bool {
    let func = module.func(id);
    let size: usize = func.order.iter().map(|&b| func.block(b).insts.len()).sum();
    let place = |b: escargo_ir::Block| func.order.iter().position(|&o| o == b);
    let loops = || {
        func.order
            .iter()
            .enumerate()
            .any(|(i, &b)| successors(func, b).iter().any(|&s| place(s).is_some_and(|p| p <= i)))
    };
    size <= KERNEL && loops()
}

/// Everything about a program; its address is in the stubs.
struct Shared<'m> {
    module: &'m Module,
    escape: &'m EscapeResults,
    plan: Plan,
    target: Target,
    /// For functions compiled on their first call: makes slower code in less time.
    quick: Option<Target>,
    lazy: bool,
    count_stack_objects: bool,
    tag_stack: bool,
    verify: bool,
    arena: Arena,
    code_start: usize,
    code_end: usize,
    debug: bool,
    stubs: usize,
    tiers: usize,
    data: usize,
    image: Image,
    /// By `Rt`.
    symbols: Vec<usize>,
    /// Code addresses by function, 0 if not compiled yet.
    compiled: Vec<AtomicUsize>,
    /// Words of static data and of `method_code` that hold the address of a function not compiled yet: address, addend.
    references: UnsafeCell<FxHashMap<FuncId, Vec<(usize, i64)>>>,
    method_code: Vec<AtomicUsize>,
    roots: Vec<Root>,
    files: Vec<FileInfo>,
    scopes: Vec<InlineScope>,
    /// By function: number of its first inline scope in `scopes`, less 1.
    scope_base: Vec<u32>,
    program: UnsafeCell<Program>,
    /// Guards `state` and `references` while the program runs.
    locked: AtomicBool,
    state: UnsafeCell<State>,
    stack: Arena,
    /// Called with name, address and bytes of new code.
    on_code: Option<OnCode>,
}

/// What changes while functions are compiled.
struct State {
    /// Free code memory.
    next: usize,
    /// Room for all functions from the start, so that it never moves.
    funcs: Vec<FuncInfo>,
    lines: Vec<Vec<u8>>,
    /// Functions that have quickly made code.
    quick: Vec<bool>,
    /// About the compiler's own functions, the first ones in `funcs`.
    stub_debug: Vec<CodeDebug>,
    /// Cranelift's memory, for functions compiled on their first call.
    context: Context,
    enter: usize,
    barrier: usize,
    poll: usize,
}

impl<'m> Shared<'m> {
    fn new(
        module: &'m Module,
        escape: &'m EscapeResults,
        plan: Plan,
        (target, quick): (Target, Option<Target>),
        symbols: &[(&str, *const u8)],
        options: &Options,
    ) -> Result<Box<Shared<'m>>> {
        let by_name: FxHashMap<&str, usize> = symbols.iter().map(|&(n, p)| (n, p as usize)).collect();
        let symbols = Rt::ALL
            .iter()
            .map(|rt| by_name.get(format!("escargo_{}", rt.info().name).as_str()).copied().unwrap_or(0))
            .collect();
        let image = Image::new(module, &plan, &|_| true);
        let lazy = options.mode == Mode::Lazy;
        let count = if lazy { module.funcs.len() } else { 0 };
        let round = |n: usize| n.next_multiple_of(PAGE);
        // {state, resolve}, then a tier record a function.
        let tiers_len = round(tier::SIZE + count * tier::SIZE);
        let stubs_len = round(resolve::TAIL_SIZE + count * resolve::STUB_SIZE);
        let data_len = usize::try_from(image.size).map_err(|_| Error::new("static data is too large"))?;
        let len = tiers_len + stubs_len + CODE_ROOM + round(data_len.max(1));
        let arena = Arena::new(len, lazy)?;
        let stubs = arena.base + tiers_len;
        let code_start = stubs + stubs_len;
        let code_end = code_start + CODE_ROOM;
        let mut scope_base = Vec::with_capacity(module.funcs.len());
        let text = |s: &str| (s.as_ptr(), s.len());
        let (name, name_len) = text("");
        let mut scopes = vec![InlineScope { name, name_len, call_pos: 0, parent: 0 }];
        for func in &module.funcs {
            let base = scopes.len() as u32 - 1;
            scope_base.push(base);
            scopes.extend(func.scopes.iter().map(|s| {
                let (name, name_len) = text(&s.func);
                let parent = if s.parent == 0 { 0 } else { s.parent + base };
                InlineScope { name, name_len, call_pos: s.call_pos.0, parent }
            }));
        }
        let files = module
            .files
            .iter()
            .map(|f| {
                let (name, name_len) = text(&f.name);
                let (lines, lines_len) = (f.lines.as_ptr(), f.lines.len());
                FileInfo { base: f.base, len: f.len, name, name_len, lines, lines_len }
            })
            .collect();
        let data = code_end;
        let roots = image
            .roots
            .iter()
            .map(|r| Root {
                address: (data + r.offset as usize) as *const u8,
                ptr_bytes: r.ptr_bytes as usize,
                bitmap: (data + r.bitmap as usize) as *const u8,
            })
            .collect();
        Ok(Box::new(Shared {
            module,
            escape,
            plan,
            target,
            quick,
            lazy,
            count_stack_objects: options.count_stack_objects,
            debug: options.debug,
            tag_stack: options.tag_stack,
            verify: options.verify,
            tiers: arena.base,
            stubs,
            code_start,
            code_end,
            data,
            image,
            symbols,
            compiled: module.funcs.iter().map(|_| AtomicUsize::new(0)).collect(),
            references: UnsafeCell::new(FxHashMap::default()),
            method_code: module.method_code.iter().map(|_| AtomicUsize::new(0)).collect(),
            roots,
            files,
            scopes,
            scope_base,
            // SAFETY: `Program` consists of addresses and lengths, for which zero is a value.
            program: UnsafeCell::new(unsafe { std::mem::zeroed() }),
            locked: AtomicBool::new(false),
            state: UnsafeCell::new(State {
                next: code_start,
                funcs: Vec::with_capacity(module.funcs.len() * 2 + OWN_FUNCS),
                quick: vec![false; module.funcs.len()],
                lines: Vec::new(),
                stub_debug: Vec::new(),
                context: Context::new(),
                enter: 0,
                barrier: 0,
                poll: 0,
            }),
            stack: Arena::new(COMPILER_STACK, false)?,
            on_code: options.on_code,
            arena,
        }))
    }

    fn options(&self) -> Options<'static> {
        Options {
            count_stack_objects: self.count_stack_objects,
            debug: self.debug,
            tag_stack: self.tag_stack,
            verify: self.verify,
            ..Options::default()
        }
    }

    fn func_address(&self, func: FuncId) -> usize {
        match self.compiled[func.index()].load(Ordering::Acquire) {
            0 => self.stubs + resolve::TAIL_SIZE + func.index() * resolve::STUB_SIZE,
            address => address,
        }
    }

    /// Address of a function's tier record.
    fn tier(&self, func: FuncId) -> usize {
        self.tiers + (func.index() + 1) * tier::SIZE
    }

    fn symbol_address(&self, state: &State, symbol: Symbol) -> Result<usize> {
        Ok(match symbol {
            Symbol::Func(f) => self.func_address(f),
            Symbol::Rt(rt) => match self.symbols[rt as usize] {
                0 => return Err(Error::new(format!("the runtime has no escargo_{}", rt.info().name))),
                address => address,
            },
            Symbol::Global(g) => self.data + self.image.globals[g.index()] as usize,
            Symbol::Descriptor(d) => self.data + self.image.descriptors[d as usize] as usize,
            Symbol::Stub(Stub::Enter) => state.enter,
            Symbol::Stub(Stub::Barrier) => state.barrier,
            Symbol::Stub(Stub::Poll) => state.poll,
            Symbol::Tier(f) => self.tier(f),
            Symbol::Stub(_) => self.data + self.image.zero_base as usize,
            Symbol::LibCall(call) => library_call(call)?,
        })
    }

    /// Copies code into the arena; relocations are applied later.
    fn place(&self, state: &mut State, code: &Code) -> Result<usize> {
        let address = code.place(state.next, 32);
        if address + code.bytes.len() > self.code_end {
            return Err(Error::new(format!("compiled code exceeds {} MiB", CODE_ROOM >> 20)));
        }
        self.arena.write(address, &code.bytes);
        state.next = address + code.bytes.len();
        Ok(address)
    }

    fn relocate(&self, state: &State, address: usize, code: &Code) -> Result<()> {
        for reloc in &code.relocs {
            let target = self.symbol_address(state, reloc.target)?;
            self.arena.relocate(address + reloc.offset as usize, reloc.kind, target, reloc.addend)?;
        }
        self.arena.flush(address, code.bytes.len());
        Ok(())
    }

    /// Places functions, lists them, and lets other code refer to them. Returns the last one's address.
    fn install(&self, state: &mut State, codes: Vec<(FuncId, Code)>) -> Result<usize> {
        let mut placed = Vec::with_capacity(codes.len());
        for (id, code) in &codes {
            let address = self.place(state, code)?;
            placed.push(address);
            self.compiled[id.index()].store(address, Ordering::Release);
        }
        self.list(state, codes, placed)
    }

    /// The same for quickly made code, which is only reached through its stub.
    fn install_quick(&self, state: &mut State, id: FuncId, code: Code) -> Result<usize> {
        let address = self.place(state, &code)?;
        state.quick[id.index()] = true;
        self.list(state, vec![(id, code)], vec![address])
    }

    fn list(&self, state: &mut State, codes: Vec<(FuncId, Code)>, placed: Vec<usize>) -> Result<usize> {
        let last = placed.last().copied().unwrap_or(0);
        for ((id, code), address) in codes.into_iter().zip(placed) {
            self.relocate(state, address, &code)?;
            let func = self.module.func(id);
            if let Some(tell) = self.on_code {
                tell(&func.name, address, &code.bytes);
            }
            let base = self.scope_base[id.index()];
            let mut lines = code.lines;
            for line in &mut lines {
                if line.scope != 0 {
                    line.scope += base;
                }
            }
            let lines = line_stream(&lines);
            state.funcs.push(FuncInfo {
                start: address,
                size: code.bytes.len(),
                name: func.name.as_ptr(),
                name_len: func.name.len(),
                lines: lines.as_ptr(),
                lines_len: lines.len(),
                pos: func.pos.0,
                flags: if func.flags.wrapper { FUNC_WRAPPER } else { 0 },
            });
            // The vector's memory, not the vector, is pointed to.
            state.lines.push(lines);
        }
        Ok(last)
    }

    /// Writes the initial data, with its pointers.
    fn fill_data(&self) -> Result<()> {
        self.arena.write(self.data, &self.image.bytes);
        // SAFETY: no other thread knows the program yet.
        let references = unsafe { &mut *self.references.get() };
        let mut refer = |f: FuncId, at: usize, addend: i64| {
            if self.compiled[f.index()].load(Ordering::Relaxed) == 0 {
                references.entry(f).or_default().push((at, addend));
            }
            self.func_address(f).wrapping_add(addend as usize)
        };
        for reloc in &self.image.relocs {
            let at = self.data + reloc.offset as usize;
            let value = match reloc.target {
                DataTarget::Data(offset) => (self.data + offset as usize).wrapping_add(reloc.addend as usize),
                DataTarget::Func(f) => refer(f, at, reloc.addend),
            };
            self.arena.write_word(at, value);
        }
        for (word, &f) in self.method_code.iter().zip(&self.module.method_code) {
            word.store(refer(f, word.as_ptr() as usize, 0), Ordering::Relaxed);
        }
        Ok(())
    }

    fn fill_program(&self) {
        // SAFETY: no other thread knows the program yet.
        let (program, state) = unsafe { (&mut *self.program.get(), &mut *self.state.get()) };
        let types = self.module.types.map(|g| {
            let global = &self.module.globals[g.index()];
            (self.data + self.image.globals[g.index()] as usize, global_size(self.module, global) as usize)
        });
        let (types, types_len) = types.unwrap_or((self.data, 0));
        program.main = self.module.main.map_or(0, |f| self.func_address(f));
        program.enter = state.enter;
        program.runtime_error = self.module.runtime_error.map_or(0, |f| self.func_address(f));
        (program.classes, program.classes_len) = parts::<AllocClass>(&self.plan.classes);
        (program.roots, program.roots_len) = parts(&self.roots);
        (program.funcs, program.funcs_len) = parts(&state.funcs);
        (program.scopes, program.scopes_len) = parts(&self.scopes);
        (program.files, program.files_len) = parts(&self.files);
        (program.types, program.types_len) = (types as *const u8, types_len);
        (program.type_offsets, program.type_offsets_len) = parts(&self.module.type_offsets);
        let (code, code_len) = parts(&self.method_code);
        (program.method_code, program.method_code_len) = (code.cast(), code_len);
    }

    fn lock(&self) {
        while self.locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::thread::yield_now();
        }
    }

    fn unlock(&self) {
        self.locked.store(false, Ordering::Release);
    }

    fn stack_top(&self) -> usize {
        (self.stack.base + self.stack.len - 64) & !15
    }

    /// Compiles a function that has been called, and lets the next calls go to it directly.
    ///
    /// # Safety
    /// The lock is held.
    unsafe fn compile_now(&self, id: FuncId) -> usize {
        let known = self.compiled[id.index()].load(Ordering::Acquire);
        if known != 0 {
            return known;
        }
        let stub = self.func_address(id);
        // SAFETY: the lock is held.
        let (state, references) = unsafe { (&mut *self.state.get(), &mut *self.references.get()) };
        let options = self.options();
        // First in little time, and once more if the function is called often.
        let quick = self.quick.as_ref().filter(|_| !state.quick[id.index()] && !is_kernel(self.module, id));
        let mut input = input(self.module, self.escape, &self.plan, quick.unwrap_or(&self.target), &options);
        input.counting = quick.is_some();
        let mut compiler = Compiler::reusing(input, std::mem::replace(&mut state.context, Context::new()));
        let code = compiler.function(id);
        state.context = compiler.into_context();
        let installed = code.and_then(|code| match quick {
            Some(_) => self.install_quick(state, id, code),
            None => self.install(state, vec![(id, code)]),
        });
        let address = match installed {
            Ok(address) => address,
            Err(e) => panic!("clif: compiling {} on its first call: {e}", self.module.func(id).name),
        };
        let slot = self.tier(id) + tier::SLOT as usize;
        // SAFETY: words of the arena and of `method_code`, aligned to 8; compiled code reads them at any time.
        unsafe {
            (*(slot as *const AtomicUsize)).store(address, Ordering::Release);
            // Words of data go on to hold the stub of quickly made code.
            let words = if quick.is_some() { None } else { references.remove(&id) };
            for (at, addend) in words.unwrap_or_default() {
                // The program may have written something else there.
                let (old, new) = (stub.wrapping_add(addend as usize), address.wrapping_add(addend as usize));
                if at % 8 == 0 {
                    let word = &*(at as *const AtomicUsize);
                    let _ = word.compare_exchange(old, new, Ordering::Release, Ordering::Relaxed);
                }
            }
            let len = &raw mut (*self.program.get()).funcs_len;
            (*len.cast::<AtomicUsize>()).store(state.funcs.len(), Ordering::Release);
        }
        address
    }
}

impl State {
    /// Compiles the compiler's own functions and writes the stubs of functions that are compiled on their first call.
    fn stubs(&mut self, shared: &Shared<'_>) -> Result<()> {
        let options = shared.options();
        let input = input(shared.module, shared.escape, &shared.plan, &shared.target, &options);
        let mut compiler = Compiler::new(input);
        for (stub, name, flags) in [
            (Stub::Enter, "escargo.enter", FUNC_ENTRY | FUNC_STUB),
            (Stub::Barrier, "escargo.barrier", FUNC_STUB),
            (Stub::Poll, "escargo.poll", FUNC_STUB),
        ] {
            let code = compiler.stub(stub)?;
            let address = shared.place(self, &code)?;
            shared.relocate(self, address, &code)?;
            if let Some(tell) = shared.on_code {
                tell(name, address, &code.bytes);
            }
            self.stub_debug.extend(code.debug.as_deref().cloned());
            match stub {
                Stub::Enter => self.enter = address,
                Stub::Poll => self.poll = address,
                _ => self.barrier = address,
            }
            self.funcs.push(FuncInfo {
                start: address,
                size: code.bytes.len(),
                name: name.as_ptr(),
                name_len: name.len(),
                lines: std::ptr::NonNull::dangling().as_ptr(),
                lines_len: 0,
                pos: 0,
                flags,
            });
        }
        let words = shared.tiers;
        if !shared.lazy {
            return Ok(());
        }
        shared.arena.write_word(words, std::ptr::from_ref(shared) as usize);
        shared.arena.write_word(words + 8, resolve::resolve as *const () as usize);
        let tail = shared.stubs;
        shared.arena.write(tail, &resolve::tail(tail, words));
        for i in 0..shared.module.funcs.len() {
            let at = tail + resolve::TAIL_SIZE + i * resolve::STUB_SIZE;
            let record = shared.tier(FuncId(i as u32));
            let (code, second) = resolve::stub(at, record + tier::SLOT as usize, tail, i as u32);
            shared.arena.write(at, &code);
            shared.arena.write_word(record + tier::SLOT as usize, second);
            shared.arena.write_word(record + tier::COUNT as usize, HOT);
            shared.arena.write_word(record + tier::RESOLVE as usize, second);
        }
        shared.arena.flush(tail, shared.code_start - tail);
        Ok(())
    }
}

fn parts<T>(items: &[T]) -> (*const T, usize) {
    (items.as_ptr(), items.len())
}

/// Instructions that the processor lacks.
fn library_call(call: LibCall) -> Result<usize> {
    extern "C" fn ceil_f32(x: f32) -> f32 {
        x.ceil()
    }
    extern "C" fn ceil_f64(x: f64) -> f64 {
        x.ceil()
    }
    extern "C" fn floor_f32(x: f32) -> f32 {
        x.floor()
    }
    extern "C" fn floor_f64(x: f64) -> f64 {
        x.floor()
    }
    extern "C" fn trunc_f32(x: f32) -> f32 {
        x.trunc()
    }
    extern "C" fn trunc_f64(x: f64) -> f64 {
        x.trunc()
    }
    extern "C" fn nearest_f32(x: f32) -> f32 {
        x.round_ties_even()
    }
    extern "C" fn nearest_f64(x: f64) -> f64 {
        x.round_ties_even()
    }
    extern "C" fn fma_f32(x: f32, y: f32, z: f32) -> f32 {
        x.mul_add(y, z)
    }
    extern "C" fn fma_f64(x: f64, y: f64, z: f64) -> f64 {
        x.mul_add(y, z)
    }
    Ok(match call {
        LibCall::CeilF32 => ceil_f32 as *const () as usize,
        LibCall::CeilF64 => ceil_f64 as *const () as usize,
        LibCall::FloorF32 => floor_f32 as *const () as usize,
        LibCall::FloorF64 => floor_f64 as *const () as usize,
        LibCall::TruncF32 => trunc_f32 as *const () as usize,
        LibCall::TruncF64 => trunc_f64 as *const () as usize,
        LibCall::NearestF32 => nearest_f32 as *const () as usize,
        LibCall::NearestF64 => nearest_f64 as *const () as usize,
        LibCall::FmaF32 => fma_f32 as *const () as usize,
        LibCall::FmaF64 => fma_f64 as *const () as usize,
        other => return Err(Error::new(format!("clif: library call {other} is not known to the JIT"))),
    })
}
