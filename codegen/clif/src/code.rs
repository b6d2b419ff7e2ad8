//! Functions to machine code with relocations, independent of where it will lie: the JIT and object files both start here.
//!
//! In: module, escape results, plan, target. Out: `Code`. Guarantees: needs no shared mutable state, so that functions can
//! be compiled by any number of threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::{Context, FinalizedRelocTarget};
use escargo_abi::context::STACK_SLACK;
use escargo_abi::program::LineEntry;
use escargo_escape::EscapeResults;
use escargo_ir::cfg::successors;
use escargo_ir::{Func, FuncId, Module};

use crate::debug::{CodeDebug, places};
use crate::lower::{self, Input, Loc, Lowered, StackCheck};
use crate::plan::Plan;
use crate::symbol::{Stub, Symbol};
use crate::target::Target;
use crate::{Error, Options, Result, align, compact, stubs};

/// A place in code that holds an address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodeReloc {
    pub offset: u32,
    pub kind: Reloc,
    pub target: Symbol,
    pub addend: i64,
}

/// One function's machine code.
#[derive(Clone, Debug, Default)]
pub struct Code {
    pub bytes: Vec<u8>,
    pub align: u32,
    /// Where in a line it should start, if that matters (`align`).
    pub start: Option<u8>,
    pub relocs: Vec<CodeReloc>,
    /// Ascending by offset; scopes are the function's own.
    pub lines: Vec<LineEntry>,
    /// Ranges of code by location, for dumps: start, end, index into the locations.
    pub(crate) ranges: Vec<(u32, u32, Loc)>,
    /// For debuggers, if wanted.
    pub(crate) debug: Option<Box<CodeDebug>>,
}

impl Code {
    /// The first place from `next` on where the code may start, at least so aligned if it has no wishes.
    pub(crate) fn place(&self, next: usize, align: usize) -> usize {
        match self.start {
            None => next.next_multiple_of(align.max(self.align as usize)),
            Some(start) => {
                let start = usize::from(start);
                (next + align::LINE - 1 - start) / align::LINE * align::LINE + start
            }
        }
    }
}

/// Frames beyond this are checked before they are made, even if they hold no stack objects but spilled values.
const LARGE_FRAME: u32 = STACK_SLACK as u32 / 2;

/// A thread's compiler: Cranelift's reusable memory.
pub(crate) struct Compiler<'a> {
    pub input: Input<'a>,
    context: Context,
}

impl<'a> Compiler<'a> {
    pub fn new(input: Input<'a>) -> Compiler<'a> {
        Compiler::reusing(input, Context::new())
    }

    /// A compiler with memory that another one used, and its memory back.
    pub fn reusing(input: Input<'a>, context: Context) -> Compiler<'a> {
        Compiler { input, context }
    }

    pub fn into_context(self) -> Context {
        self.context
    }

    pub fn function(&mut self, id: FuncId) -> Result<Code> {
        let mut code = self.unplaced(id)?;
        if self.input.target.is_x86_64() && !self.input.counting && may_loop(self.input.func(id)) {
            code.start = align::start(&code.bytes, code.align);
        }
        Ok(code)
    }

    fn unplaced(&mut self, id: FuncId) -> Result<Code> {
        let (check, _) = lower::stack_check(self.input, id);
        let lowered = lower::lower(self.input, id, check);
        let (code, frame) = self.compile(lowered, id)?;
        let stack_checked = check != StackCheck::None;
        if check != StackCheck::Head && !(stack_checked && frame > LARGE_FRAME) {
            return Ok(code);
        }
        let (body, frame) = if check == StackCheck::Head {
            (code, frame)
        } else {
            self.compile(lower::lower(self.input, id, StackCheck::Head), id)?
        };
        let head = lower::lower_head(self.input, id, u64::from(frame));
        let (head, _) = self.compile(head, id)?;
        Ok(join(head, body))
    }

    pub fn stub(&mut self, stub: Stub) -> Result<Code> {
        let func = stubs::build(stub, self.input.target.linked);
        self.compile(Lowered { func, locs: Vec::new(), debug: None }, FuncId(u32::MAX)).map(|(code, _)| code)
    }

    /// Machine code and the size of its frame.
    fn compile(&mut self, lowered: Lowered, id: FuncId) -> Result<(Code, u32)> {
        let Lowered { func, locs, debug } = lowered;
        self.context.clear();
        self.context.func = func;
        let isa = &*self.input.target.isa;
        if let Err(e) = self.context.compile(isa, &mut ControlPlane::default()) {
            let name = match self.input.module.funcs.get(id.index()) {
                Some(f) => f.name.as_str(),
                None => "a stub",
            };
            let text = cranelift_codegen::print_errors::pretty_error(e.func, e.inner);
            return Err(Error::new(format!(
                "clif: {name}: {text} (escargo dump --after=clif shows its code)"
            )));
        }
        let compiled = self.context.compiled_code().expect("compilation succeeded");
        let buffer = &compiled.buffer;
        let frame = buffer.frame_layout().map_or(0, |f| f.frame_to_fp_offset);
        let names = self.context.func.params.user_named_funcs();
        let mut code = Code {
            bytes: buffer.data().to_vec(),
            align: buffer.alignment.max(isa.function_alignment().minimum),
            relocs: Vec::with_capacity(buffer.relocs().len()),
            ..Code::default()
        };
        if self.input.target.is_x86_64() {
            free_stack_pointer(&mut code.bytes, frame);
        }
        for reloc in buffer.relocs() {
            let target = match &reloc.target {
                FinalizedRelocTarget::ExternalName(name) => Symbol::from_external(name, |r| names[r].clone()),
                FinalizedRelocTarget::Func(_) => None,
            };
            let target = target
                .ok_or_else(|| Error::new(format!("clif: a relocation without a symbol: {reloc:?}")))?;
            code.relocs.push(CodeReloc {
                offset: reloc.offset,
                kind: reloc.kind,
                target,
                addend: reloc.addend,
            });
        }
        if !locs.is_empty() {
            let mut critical = Vec::new();
            for src in buffer.get_srclocs_sorted() {
                let (loc, is_critical) = lower::from_srcloc(src.loc);
                let Some(&loc) = locs.get(loc) else { continue };
                code.ranges.push((src.start, src.end, loc));
                critical.push(is_critical);
            }
            code.lines = lines(&code.ranges, &critical, &compiled.bb_starts, locs[0]);
            if self.input.debug {
                let mut found = CodeDebug::default();
                if let Some(plan) = debug {
                    found.vars = places::find(&plan, compiled, isa, &code.ranges);
                }
                code.debug = Some(Box::new(found));
            }
            if !self.input.dump {
                code.ranges = Vec::new();
            }
        }
        if self.input.debug {
            let unwind = compiled.create_unwind_info(isa).map_err(|e| Error::new(format!("clif: {e}")))?;
            let debug = code.debug.get_or_insert_default();
            debug.unwind.extend(unwind.map(|u| (0, code.bytes.len() as u32, u)));
        }
        if !self.input.target.is_x86_64() {
            compact::compact(&mut code, id != FuncId(u32::MAX), self.input.debug);
        }
        Ok((code, frame))
    }
}

/// Whether a block leads to itself or one before it. Without, jumps back in machine code only return from cold blocks.
fn may_loop(func: &Func) -> bool {
    let mut seen = vec![false; func.blocks.len()];
    func.order.iter().any(|&b| {
        seen[b.index()] = true;
        successors(func, b).iter().any(|s| seen[s.index()])
    })
}

/// Rewrites epilogues. Cranelift ends a function with `add rsp, frame; mov rsp, rbp; pop rbp; ret`: after the addition the
/// move changes nothing, but makes the stack pointer wait for rbp, which the callee's epilogue has just loaded. Returns
/// then run one after another at the pace of loads; without it fib takes two thirds of the time.
fn free_stack_pointer(code: &mut [u8], frame: u32) {
    const MOVE: [u8; 3] = [0x48, 0x89, 0xec];
    const NOP: [u8; 3] = [0x0f, 0x1f, 0x00];
    let short = [0x48, 0x83, 0xc4, frame as u8];
    let mut long = [0x48, 0x81, 0xc4, 0, 0, 0, 0];
    long[3..].copy_from_slice(&frame.to_le_bytes());
    let mut from = 0;
    // pop rbp; ret or ret n
    while let Some(at) =
        code[from..].windows(5).position(|w| w[..3] == MOVE && w[3] == 0x5d && matches!(w[4], 0xc2 | 0xc3))
    {
        let at = from + at;
        from = at + 5;
        if frame == 0 || code[..at].ends_with(&long) {
            code[at..at + 3].copy_from_slice(&NOP);
        } else if frame < 128 && code[..at].ends_with(&short) {
            code[at - 4..at + 3].copy_from_slice(&long);
        }
    }
}

/// Line entries; code without a location belongs to what comes before it. A goroutine may be stopped in blocks, other than
/// the first, none of whose instructions is critical. What is critical may extend over several blocks, but has an instruction
/// in each of them; pure instructions, which Cranelift moves about, do not count (`lower::Inserter`). Blocks on edges, which
/// move values only, have no locations.
fn lines(ranges: &[(u32, u32, Loc)], critical: &[bool], blocks: &[u32], first: Loc) -> Vec<LineEntry> {
    fn add(lines: &mut Vec<LineEntry>, entry: LineEntry) {
        let last = lines.last_mut().expect("one entry is there from the start");
        if (last.pos, last.scope, last.stops) == (entry.pos, entry.scope, entry.stops) {
            return;
        }
        if last.offset == entry.offset { *last = entry } else { lines.push(entry) }
    }
    let mut lines: Vec<LineEntry> = vec![LineEntry { offset: 0, pos: first.pos.0, scope: 0, stops: false }];
    let mut at = 0;
    for (i, &start) in blocks.iter().enumerate() {
        let end = blocks.get(i + 1).copied().unwrap_or(u32::MAX);
        let count = ranges[at..].iter().take_while(|r| r.0 < end).count();
        let stops = i > 0 && count > 0 && critical[at..at + count].iter().all(|c| !c);
        let last = *lines.last().expect("one entry is there from the start");
        add(&mut lines, LineEntry { offset: start, stops, ..last });
        for &(start, _, loc) in &ranges[at..at + count] {
            add(&mut lines, LineEntry { offset: start, pos: loc.pos.0, scope: loc.scope, stops });
        }
        at += count;
    }
    lines
}

/// The byte stream of line entries, see `LineEntry`.
pub(crate) fn line_stream(lines: &[LineEntry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len() * 4);
    let mut number = |mut n: u32| {
        while n >= 0x80 {
            out.push(n as u8 | 0x80);
            n >>= 7;
        }
        out.push(n as u8);
    };
    let zigzag = |from: u32, to: u32| {
        let delta = to.wrapping_sub(from) as i32;
        (delta << 1 ^ delta >> 31) as u32
    };
    let mut last = LineEntry::default();
    for line in lines {
        let scope = line.scope != last.scope;
        number((line.offset - last.offset) << 2 | u32::from(line.stops) << 1 | u32::from(scope));
        number(zigzag(last.pos, line.pos));
        if scope {
            number(zigzag(last.scope, line.scope));
        }
        last = *line;
    }
    out
}

/// Head and body as one function: the head's call of the body becomes a jump inside.
fn join(head: Code, body: Code) -> Code {
    let mut out = head;
    let align = out.align.max(body.align);
    let start = (out.bytes.len() as u32).next_multiple_of(align);
    out.align = align;
    out.bytes.resize(start as usize, 0);
    let internal: Vec<CodeReloc> =
        out.relocs.iter().copied().filter(|r| r.target == Symbol::Stub(Stub::Body)).collect();
    out.relocs.retain(|r| r.target != Symbol::Stub(Stub::Body));
    for reloc in internal {
        patch_relative(&mut out.bytes, &reloc, start);
    }
    out.bytes.extend(&body.bytes);
    out.relocs.extend(body.relocs.iter().map(|r| CodeReloc { offset: r.offset + start, ..*r }));
    out.lines.extend(body.lines.iter().map(|l| LineEntry { offset: l.offset + start, ..*l }));
    if let (Some(head), Some(mut body)) = (&mut out.debug, body.debug) {
        body.shift(start);
        head.vars.extend(body.vars);
        head.unwind.extend(body.unwind);
    }
    out.ranges.extend(body.ranges.iter().map(|&(s, e, l)| (s + start, e + start, l)));
    out
}

/// Resolves a branch to another place of the same bytes.
pub(crate) fn patch_relative(bytes: &mut [u8], reloc: &CodeReloc, target: u32) {
    let at = reloc.offset as usize;
    let delta = i64::from(target) + reloc.addend - i64::from(reloc.offset);
    let field = bytes.get_mut(at..at + 4).expect("a relocation lies inside its code");
    match reloc.kind {
        Reloc::Arm64Call => {
            let word = u32::from_le_bytes([field[0], field[1], field[2], field[3]]);
            let imm = (delta >> 2) as u32 & 0x03ff_ffff;
            field.copy_from_slice(&(word & 0xfc00_0000 | imm).to_le_bytes());
        }
        _ => field.copy_from_slice(&(delta as i32).to_le_bytes()),
    }
}

/// Compiles one function.
pub fn compile_function(
    module: &Module,
    escape: &EscapeResults,
    plan: &Plan,
    target: &Target,
    options: &Options,
    id: FuncId,
) -> Result<Code> {
    Compiler::new(input(module, escape, plan, target, options)).function(id)
}

pub(crate) fn input<'a>(
    module: &'a Module,
    escape: &'a EscapeResults,
    plan: &'a Plan,
    target: &'a Target,
    options: &Options,
) -> Input<'a> {
    Input {
        module,
        escape,
        plan,
        target,
        count_stack_objects: options.count_stack_objects,
        tag_stack: options.tag_stack,
        counting: false,
        dump: false,
        debug: options.debug,
        debug_homes: options.debug && !options.optimise,
    }
}

/// Compiles functions on several threads. The results are in the order of `ids`, the same for any number of threads.
pub fn compile_all(
    module: &Module,
    escape: &EscapeResults,
    plan: &Plan,
    target: &Target,
    options: &Options,
    ids: &[FuncId],
) -> Result<Vec<Code>> {
    let input = input(module, escape, plan, target, options);
    compile_each(&|_| input, options, ids)
}

/// The same for functions that have their own ways to be compiled.
pub(crate) fn compile_each<'a>(
    input: &(dyn Fn(FuncId) -> Input<'a> + Sync),
    options: &Options,
    ids: &[FuncId],
) -> Result<Vec<Code>> {
    let Some(&id) = ids.first() else { return Ok(Vec::new()) };
    let module = input(id).module;
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    // A thread costs about as much as ten small functions.
    let threads =
        if options.threads == 0 { cores } else { options.threads }.min(ids.len().div_ceil(8)).max(1);
    // The largest first, so that no thread is left with a large one at the end.
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(module.func(ids[i]).insts.len()));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let mut compiler = Compiler::new(input(id));
        let mut out = Vec::new();
        while let Some(&i) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            compiler.input = input(ids[i]);
            let code = compiler.function(ids[i]);
            let failed = code.is_err();
            out.push((i, code));
            if failed {
                next.store(order.len(), Ordering::Relaxed);
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if let Some(progress) = options.progress {
                progress(done, ids.len());
            }
        }
        out
    };
    let mut parts = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = work();
        for other in others {
            match other.join() {
                Ok(part) => parts.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parts
    });
    parts.sort_by_key(|p| p.0);
    parts.into_iter().map(|p| p.1).collect()
}
