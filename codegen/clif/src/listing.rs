//! A function's machine code as lines that a program can work with: text, source position, what each instruction is for.
//!
//! In: module, escape results, target, function. Out: a `Listing`. x86-64 is decoded by iced-x86, AArch64 by yaxpeax-arm, on any
//! host. Guarantees: the same code as the JIT and the object writer compile for that target; one line an instruction.

use escargo_escape::EscapeResults;
use escargo_ir::print::print_inst;
use escargo_ir::{FuncId, Inst, Module, Pos};
use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Formatter, IntelFormatter, SymbolResolver, SymbolResult,
};
use yaxpeax_arch::{Decoder as _, U8Reader};
use yaxpeax_arm::armv8::a64;

use crate::code::{Code, Compiler, input};
use crate::lower::{Loc, Purpose};
use crate::plan::Plan;
use crate::target::Target;
use crate::{Options, Result};

/// One instruction.
#[derive(Clone, Debug)]
pub struct Line {
    /// From the start of the function, in bytes.
    pub offset: u32,
    pub text: String,
    /// The text without what differs between two compilations of the same code: registers are numbered away, displacements
    /// in the frame and distances of branches are left out. Equal shapes align.
    pub shape: String,
    pub pos: Pos,
    /// What it is there for, in words; empty: the program's own work.
    pub purpose: &'static str,
    /// The IR instruction that it comes from.
    pub inst: Option<Inst>,
}

#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Size of the code in bytes, constants after it included.
    pub bytes: u32,
    pub lines: Vec<Line>,
}

/// A function's code for a target.
pub fn listing(
    module: &Module,
    escape: &EscapeResults,
    target: &Target,
    options: &Options,
    func: FuncId,
) -> Result<Listing> {
    let plan = Plan::new(module, escape);
    let mut input = input(module, escape, &plan, target, options);
    input.dump = true;
    let code = Compiler::new(input).function(func)?;
    Ok(Listing { bytes: code.bytes.len() as u32, lines: decode(module, target, &code) })
}

/// An IR instruction with what the machine instructions are for, on one line.
pub(crate) fn comment(module: &Module, func: &escargo_ir::Func, loc: &Loc) -> String {
    let mut text = loc.inst.map_or_else(String::new, |inst| print_inst(module, func, inst));
    if loc.purpose != Purpose::Code {
        if !text.is_empty() {
            text.push_str("  -- ");
        }
        text.push_str(loc.purpose.text());
    }
    text
}

/// Decodes a function's bytes.
pub(crate) fn decode(module: &Module, target: &Target, code: &Code) -> Vec<Line> {
    let raw = if target.is_x86_64() { decode_x86(module, code) } else { decode_arm(module, code) };
    let mut lines = Vec::with_capacity(raw.len());
    for (offset, text, shape) in raw {
        let loc = code.ranges.iter().find(|&&(s, e, _)| (s..e).contains(&offset)).map(|r| r.2);
        let purpose = match loc.map_or("", |l| l.purpose.text()) {
            "" => own_purpose(&text),
            purpose => purpose,
        };
        lines.push(Line {
            offset,
            shape,
            purpose,
            text,
            pos: loc.map_or(Pos(0), |l| l.pos),
            inst: loc.and_then(|l| l.inst),
        });
    }
    lines
}

/// What an instruction without a purpose is there for, by its looks: the making and leaving of the frame, or a move between a
/// register and the frame (a spill or reload, or a stack object's field).
fn own_purpose(text: &str) -> &'static str {
    const FRAME: [&str; 13] = [
        "push rbp",
        "pop rbp",
        "mov rbp, rsp",
        "mov rsp, rbp",
        "sub rsp, ",
        "add rsp, ",
        "ret",
        "nop",
        "stp x29, x30",
        "ldp x29, x30",
        "mov x29, sp",
        "sub sp, sp",
        "add sp, sp",
    ];
    const MOVES: [&str; 3] = ["mov", "ldr", "str"];
    if FRAME.iter().any(|f| text.starts_with(f)) {
        "frame"
    } else if MOVES.iter().any(|m| text.starts_with(m)) && (text.contains("[rsp") || text.contains("[sp")) {
        "spill"
    } else {
        ""
    }
}

/// Names for the targets of relocations, by offset.
struct Names {
    relocs: Vec<(u64, String)>,
}

impl SymbolResolver for Names {
    fn symbol(
        &mut self,
        instruction: &iced_x86::Instruction,
        _operand: u32,
        _instruction_operand: Option<u32>,
        address: u64,
        _address_size: u32,
    ) -> Option<SymbolResult<'_>> {
        let range = instruction.ip()..instruction.next_ip();
        let (_, name) = self.relocs.iter().find(|(offset, _)| range.contains(offset))?;
        Some(SymbolResult::with_string(address, name.clone()))
    }
}

/// Offset, text and shape of each instruction.
fn decode_x86(module: &Module, code: &Code) -> Vec<(u32, String, String)> {
    let relocs = code.relocs.iter().map(|r| (u64::from(r.offset), r.target.name(module))).collect();
    let mut formatter = IntelFormatter::with_options(Some(Box::new(Names { relocs })), None);
    let options = formatter.options_mut();
    options.set_space_after_operand_separator(true);
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_branch_leading_zeros(false);
    let mut decoder = Decoder::with_ip(64, &code.bytes, 0, DecoderOptions::NONE);
    let mut out = Vec::new();
    while decoder.can_decode() {
        let instruction = decoder.decode();
        let mut text = String::new();
        formatter.format(&instruction, &mut text);
        let own = matches!(
            instruction.flow_control(),
            FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch
        );
        let shape = shape(&text, own);
        out.push((instruction.ip() as u32, text, shape));
    }
    out
}

/// The same for AArch64. Words that are no instruction are constants.
fn decode_arm(module: &Module, code: &Code) -> Vec<(u32, String, String)> {
    let decoder = a64::InstDecoder::default();
    let mut out = Vec::with_capacity(code.bytes.len() / 4);
    for (i, word) in code.bytes.chunks(4).enumerate() {
        let offset = 4 * i as u32;
        let mut text = match decoder.decode(&mut U8Reader::new(word)) {
            Ok(instruction) => absolute(&instruction.to_string(), offset),
            Err(_) => {
                let mut bytes = [0; 4];
                bytes[..word.len()].copy_from_slice(word);
                format!(".word {:#010x}", u32::from_le_bytes(bytes))
            }
        };
        if let Some(reloc) = code.relocs.iter().find(|r| r.offset == offset) {
            text.push_str(&format!("  ; {}", reloc.target.name(module)));
        }
        let own = text.starts_with("b.")
            || text.starts_with("b ")
            || text.starts_with("cb")
            || text.starts_with("tb");
        let shape = shape(&text, own);
        out.push((offset, text, shape));
    }
    out
}

/// The decoder writes distances as `$+0x10`: they become offsets from the start of the function.
fn absolute(text: &str, offset: u32) -> String {
    let Some((before, after)) = text.split_once('$') else { return text.to_owned() };
    let negative = after.starts_with('-');
    let digits = after.trim_start_matches(['+', '-']).trim_start_matches("0x");
    match i64::from_str_radix(digits, 16) {
        Ok(n) => format!("{before}{:#x}", i64::from(offset) + if negative { -n } else { n }),
        Err(_) => text.to_owned(),
    }
}

/// See `Line::shape`. Registers of one class become one letter; numbers inside brackets with a frame register, and all numbers
/// of branches inside the function, become `#`.
fn shape(text: &str, branch: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let frame =
        text.contains("[rsp") || text.contains("[rbp") || text.contains("[sp") || text.contains("[x29");
    for (i, word) in words(text).enumerate() {
        let number = word.starts_with(|c: char| c.is_ascii_digit());
        match word {
            _ if i == 0 => out.push_str(word),
            _ if number && (frame || branch) => out.push('#'),
            _ => match register(word) {
                Some(class) => out.push(class),
                None => out.push_str(word),
            },
        }
    }
    out
}

/// Runs of letters, digits and dots, and the characters between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '·');
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match word(first) {
            true => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (head, tail) = rest.split_at(end);
        rest = tail;
        Some(head)
    })
}

/// The class of a general or vector register; the registers with a fixed meaning keep their names.
fn register(word: &str) -> Option<char> {
    const X86: [&str; 13] =
        ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14"];
    const X86_SMALL: [&str; 18] = [
        "eax", "ebx", "ecx", "edx", "esi", "edi", "ax", "bx", "cx", "dx", "si", "di", "al", "bl", "cl", "dl",
        "sil", "dil",
    ];
    if X86.contains(&word) {
        return Some('R');
    }
    if X86_SMALL.contains(&word) {
        return Some('E');
    }
    let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let name = &word[..word.len() - digits.len()];
    let n: u32 = digits.trim_end_matches(['d', 'w', 'b']).parse().ok()?;
    match name {
        "xmm" | "ymm" | "v" | "q" | "d" | "s" => Some('V'),
        "r" if n < 15 => Some('E'),
        // x21 is the pinned register, x29 and x30 frame and link.
        "x" if n < 29 && n != 21 => Some('R'),
        "w" if n < 29 => Some('E'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_forget_registers_and_places_in_the_frame() {
        assert_eq!(
            shape("mov rax, qword ptr [rsp+0x18]", false),
            shape("mov rcx, qword ptr [rsp+0x20]", false)
        );
        assert_ne!(
            shape("mov rax, qword ptr [rsp+0x18]", false),
            shape("mov qword ptr [rsp+0x18], rax", false)
        );
        assert_ne!(shape("add rax, 1", false), shape("add rax, 2", false));
        assert_eq!(shape("jne 0x12", true), shape("jne 0x40", true));
        assert_eq!(shape("ldr x3, [x4, #0x8]", false), shape("ldr x9, [x1, #0x8]", false));
        assert_ne!(shape("ldr x3, [x21, #0x8]", false), shape("ldr x3, [x4, #0x8]", false));
    }

    #[test]
    fn distances_become_offsets() {
        assert_eq!(absolute("b.eq $+0x10", 0x20), "b.eq 0x30");
        assert_eq!(absolute("b $-0x10", 0x20), "b 0x10");
        assert_eq!(absolute("ret", 8), "ret");
    }
}
