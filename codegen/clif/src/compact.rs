//! Shorter code for AArch64: what Cranelift's instruction selection leaves behind.
//!
//! In: a function's machine code. Out: the same without
//!
//! * moves of the pinned register that serve only as bases of loads and stores (polls, barriers, allocations);
//! * moves of the stack pointer to be compared;
//! * second loads and stores of two neighbouring words, where one instruction does both;
//! * extensions of bytes that were extended when they were loaded.
//!
//! Requires: addresses inside the code are in branches, literal loads, and nothing else; code with tables of jumps, or so long that
//! literals may lie inside it, is left as it is. Guarantees: an access that faults still stands on its line. Registers are followed
//! by the fields of instruction words in which registers can stand: what is not known to be harmless counts as a use.

use std::collections::BTreeSet;

use crate::code::{Code, CodeReloc};
use crate::symbol::{Stub, Symbol};

const PINNED: u32 = 21;
const STACK: u32 = 31;
const FRAME: u32 = 29;
/// From this length on, Cranelift may put literals between instructions.
const LONGEST: usize = 24 << 10;
/// Instructions looked at to see that a register is dead.
const FAR: usize = 80;
/// Registers from here on do not carry arguments or results.
const SCRATCH: u32 = 9;
const CALLEE_SAVED: u32 = 19;
/// Instructions between the two of a pair.
const BETWEEN: usize = 3;

/// Code as words.
struct Words<'c> {
    words: Vec<u32>,
    /// No instructions: literals between instructions.
    data: Vec<bool>,
    /// Words that a branch goes to.
    targets: Vec<bool>,
    /// Words that go away.
    gone: Vec<bool>,
    /// Number in `relocs`, plus one.
    reloc_at: Vec<u32>,
    relocs: &'c [CodeReloc],
    /// Where the literals at the end begin.
    end: usize,
    /// The first register of arguments and results: 2 in the Tail convention.
    first: u32,
}

/// A load or store of one register at a constant offset.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Access {
    load: bool,
    vector: bool,
    /// log2 of the bytes.
    size: u32,
    register: u32,
    base: u32,
    offset: i64,
}

/// What an instruction does with a general register.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Effect {
    None,
    /// Written, not read.
    Killed,
    /// Read, or not known.
    Used,
}

/// Where an instruction leads.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Flow {
    On,
    Jump(usize),
    Branch(usize),
    Call,
    Return,
    Trap,
}

fn bits(word: u32, from: u32, count: u32) -> u32 {
    word >> from & ((1 << count) - 1)
}

fn signed(word: u32, from: u32, count: u32) -> i64 {
    i64::from((bits(word, from, count) << (32 - count)) as i32 >> (32 - count))
}

/// Width and position of a word's field with the distance to another word, if it has one.
fn distance_field(word: u32) -> Option<(u32, u32)> {
    if word & 0x7c00_0000 == 0x1400_0000 {
        Some((0, 26))
    } else if word & 0xff00_0010 == 0x5400_0000
        || word & 0x7e00_0000 == 0x3400_0000
        || word & 0x3b00_0000 == 0x1800_0000
    {
        Some((5, 19))
    } else if word & 0x7e00_0000 == 0x3600_0000 {
        Some((5, 14))
    } else {
        None
    }
}

fn is_literal_load(word: u32) -> bool {
    word & 0x3b00_0000 == 0x1800_0000
}

fn access(word: u32) -> Option<Access> {
    let unsigned = word & 0x3b00_0000 == 0x3900_0000;
    let unscaled = word & 0x3b20_0c00 == 0x3800_0000;
    if !unsigned && !unscaled {
        return None;
    }
    let (vector, opc, mut size) = (bits(word, 26, 1) == 1, bits(word, 22, 2), bits(word, 30, 2));
    if opc > 1 {
        if !(vector && size == 0) {
            return None;
        }
        size = 4;
    }
    let offset = if unsigned { i64::from(bits(word, 10, 12)) << size } else { signed(word, 12, 9) };
    let (register, base) = (bits(word, 0, 5), bits(word, 5, 5));
    Some(Access { load: opc & 1 == 1, vector, size, register, base, offset })
}

/// The load or store of two registers.
fn pair(first: Access, second: Access) -> Option<u32> {
    let (low, high) = if first.offset < second.offset { (first, second) } else { (second, first) };
    let bytes = 1 << first.size;
    let fits = low.offset % bytes == 0 && (-64..64).contains(&(low.offset / bytes));
    let alike = first.load == second.load
        && first.vector == second.vector
        && first.size == second.size
        && first.base == second.base
        && low.offset + bytes == high.offset;
    if !fits || !alike || first.load && first.register == second.register {
        return None;
    }
    let opc = match (first.vector, first.size) {
        (false, 3) => 0x8000_0000,
        (true, 3) => 0x4400_0000,
        (true, 4) => 0x8400_0000,
        _ => return None,
    };
    let imm = ((low.offset / bytes) as u32 & 0x7f) << 15;
    let load = u32::from(first.load) << 22;
    Some(0x2900_0000 | opc | load | imm | high.register << 10 | low.base << 5 | low.register)
}

/// Arithmetic on registers that touches no memory and no flags: the register written, if it is of that kind.
fn arithmetic(word: u32) -> Option<u32> {
    let known = word & 0x1f80_0000 == 0x1280_0000 && bits(word, 29, 2) != 3
        || word & 0x7fe0_ffe0 == 0x2a00_03e0
        || word & 0x3f00_0000 == 0x1100_0000
        || word & 0x3f20_0000 == 0x0b00_0000
        || word & 0x9f00_0000 == 0x9000_0000;
    known.then_some(word & 31).filter(|&r| r != STACK)
}

fn is_wide_immediate(word: u32) -> bool {
    word & 0x1f80_0000 == 0x1280_0000 && bits(word, 29, 2) != 3
}

/// What an instruction that is no branch does with register `r`.
fn effect(word: u32, r: u32) -> Effect {
    let (d, n, a, m) = (bits(word, 0, 5), bits(word, 5, 5), bits(word, 10, 5), bits(word, 16, 5));
    let read = |fields: &[u32]| if fields.contains(&r) { Effect::Used } else { Effect::None };
    // Writes `d`, reads some.
    let write = |fields: &[u32]| match read(fields) {
        Effect::None if d == r => Effect::Killed,
        other => other,
    };
    if let Some(access) = access(word) {
        return match access {
            Access { vector: true, .. } => read(&[n]),
            Access { load: true, .. } => write(&[n]),
            _ => read(&[d, n]),
        };
    }
    if is_wide_immediate(word) || word & 0x9f00_0000 == 0x9000_0000 {
        return write(&[]);
    }
    // Immediates: additions, logic, fields other than insertions.
    let field = word & 0x1f80_0000 == 0x1300_0000 && bits(word, 29, 2) != 1;
    if word & 0x1f00_0000 == 0x1100_0000 || word & 0x1f80_0000 == 0x1200_0000 || field {
        return write(&[n]);
    }
    // Two registers: shifted, extended, logic, selections.
    if word & 0x1f00_0000 == 0x0b00_0000
        || word & 0x1f00_0000 == 0x0a00_0000
        || word & 0x1fe0_0000 == 0x1a80_0000
    {
        return write(&[n, m]);
    }
    if word & 0x1f00_0000 == 0x1b00_0000 {
        return write(&[n, m, a]);
    }
    // Loads at two registers; pairs.
    if word & 0x3f60_0c00 == 0x3860_0800 {
        return write(&[n, m]);
    }
    if word & 0x7c40_0000 == 0x2840_0000 && bits(word, 30, 2) != 1 {
        return match read(&[n]) {
            Effect::None if d == r || a == r => Effect::Killed,
            other => other,
        };
    }
    read(&[d, n, a, m])
}

impl Words<'_> {
    fn new<'c>(bytes: &[u8], relocs: &'c [CodeReloc], first: u32) -> Option<Words<'c>> {
        if bytes.len() > LONGEST || !bytes.len().is_multiple_of(4) {
            return None;
        }
        let words: Vec<u32> =
            bytes.chunks_exact(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect();
        let n = words.len();
        let (data, targets, gone) = (vec![false; n], vec![false; n], vec![false; n]);
        let mut reloc_at = vec![0; n];
        for (number, reloc) in relocs.iter().enumerate() {
            *reloc_at.get_mut(reloc.offset as usize / 4)? = number as u32 + 1;
        }
        let mut out = Words { words, data, targets, gone, reloc_at, relocs, end: n, first };
        let mut i = 0;
        while i < out.end {
            let word = out.words[i];
            // A table of jumps follows.
            if word & 0x9f00_0000 == 0x1000_0000 {
                return None;
            }
            if is_literal_load(word) {
                let target = out.target(i)?;
                // An address of eight bytes, jumped over.
                if target == i + 2 && out.words.get(i + 1) == Some(&0x1400_0003) && i + 4 <= n {
                    out.data[i + 2..i + 4].fill(true);
                    i += 4;
                    continue;
                }
                if target <= i {
                    return None;
                }
                out.end = out.end.min(target);
            }
            i += 1;
        }
        for i in 0..out.end {
            if out.data[i] || out.has_reloc(i) || is_literal_load(out.words[i]) {
                continue;
            }
            if distance_field(out.words[i]).is_some() {
                let target = out.target(i).filter(|&t| t < out.end && !out.data[t])?;
                // Calls go elsewhere.
                if out.words[i] & 0xfc00_0000 == 0x9400_0000 {
                    return None;
                }
                out.targets[target] = true;
            }
        }
        Some(out)
    }

    fn reloc(&self, i: usize) -> Option<&CodeReloc> {
        let number = (self.reloc_at[i] as usize).checked_sub(1)?;
        self.relocs.get(number)
    }

    fn has_reloc(&self, i: usize) -> bool {
        self.reloc(i).is_some()
    }

    /// The word that word `i` leads to.
    fn target(&self, i: usize) -> Option<usize> {
        let (from, count) = distance_field(self.words[i])?;
        let target = i as i64 + signed(self.words[i], from, count);
        usize::try_from(target).ok().filter(|&t| t < self.words.len())
    }

    fn flow(&self, i: usize) -> Flow {
        let word = self.words[i];
        // Branches to registers: calls, else the function is left.
        if word & 0xfe00_0000 == 0xd600_0000 {
            return if bits(word, 21, 4) == 1 { Flow::Call } else { Flow::Return };
        }
        if word >> 16 == 0 {
            return Flow::Trap;
        }
        if word & 0xfc00_0000 == 0x9400_0000 {
            return Flow::Call;
        }
        match (distance_field(word), self.target(i)) {
            (Some(_), _) if is_literal_load(word) => Flow::On,
            // Jumps to other functions leave this one.
            (Some(_), _) if self.has_reloc(i) => Flow::Return,
            (Some((0, 26)), Some(target)) => Flow::Jump(target),
            (Some(_), Some(target)) => Flow::Branch(target),
            _ => Flow::On,
        }
    }

    /// What a call does with a register that is no callee's.
    fn call_effect(&self, i: usize, r: u32) -> Effect {
        if r >= CALLEE_SAVED {
            return Effect::Used;
        }
        let arguments = match self.reloc(i).map(|r| r.target) {
            // Their registers stay as they are.
            Some(Symbol::Stub(Stub::Poll)) => return Effect::None,
            Some(Symbol::Stub(Stub::Barrier)) if r > 1 => return Effect::None,
            Some(Symbol::Rt(rt)) => rt.info().params.len() as u32,
            Some(Symbol::Func(_)) if r < 2 => 0,
            _ => SCRATCH,
        };
        // `blr` reads another one.
        let called = self.words[i] & 0xfe00_0000 == 0xd600_0000 && bits(self.words[i], 5, 5) == r;
        if r < arguments || called { Effect::Used } else { Effect::Killed }
    }

    /// Whether nobody reads register `r` from word `start` on.
    fn is_dead(&self, r: u32, start: usize) -> bool {
        let mut work = vec![start];
        let mut seen = BTreeSet::new();
        while let Some(mut i) = work.pop() {
            loop {
                if i >= self.end || self.data[i] || seen.len() > FAR {
                    return false;
                }
                if !seen.insert(i) {
                    break;
                }
                match self.flow(i) {
                    Flow::Trap => break,
                    Flow::Return
                        if (self.first..SCRATCH).contains(&r)
                            || r >= CALLEE_SAVED
                            || self.words[i] >> 5 & 31 == r =>
                    {
                        return false;
                    }
                    Flow::Return => break,
                    Flow::Jump(target) => {
                        i = target;
                        continue;
                    }
                    Flow::Branch(target) => {
                        // Comparisons with zero read.
                        if self.words[i] & 0x7c00_0000 == 0x3400_0000 && self.words[i] & 31 == r {
                            return false;
                        }
                        work.push(target);
                    }
                    Flow::Call => match self.call_effect(i, r) {
                        Effect::Used => return false,
                        Effect::Killed => break,
                        Effect::None => {}
                    },
                    Flow::On => {
                        let effect = if is_literal_load(self.words[i]) {
                            self.literal_effect(i, r)
                        } else {
                            effect(self.words[i], r)
                        };
                        match effect {
                            Effect::Used => return false,
                            Effect::Killed => break,
                            Effect::None => {}
                        }
                    }
                }
                i += 1;
            }
        }
        true
    }

    fn literal_effect(&self, i: usize, r: u32) -> Effect {
        let vector = bits(self.words[i], 26, 1) == 1;
        if !vector && self.words[i] & 31 == r { Effect::Killed } else { Effect::None }
    }

    /// Makes the pinned register the base of what a copy of it is the base of, if nothing else reads the copy.
    fn forward_pinned(&mut self, at: usize) {
        let r = self.words[at] & 31;
        let mut uses = Vec::new();
        let mut i = at + 1;
        loop {
            if i >= self.end || self.data[i] || i > at + FAR {
                return;
            }
            // Others come here with other values.
            if self.targets[i] {
                if self.is_dead(r, i) {
                    break;
                }
                return;
            }
            let word = self.words[i];
            if effect(word, PINNED) == Effect::Killed {
                return;
            }
            match self.flow(i) {
                Flow::Trap => break,
                Flow::On if !is_literal_load(word) => match access(word) {
                    Some(a) if a.base == r && !self.has_reloc(i) => {
                        let stored = !a.load && !a.vector && a.register == r;
                        if stored {
                            return;
                        }
                        uses.push(i);
                        if a.load && !a.vector && a.register == r {
                            break;
                        }
                    }
                    _ => match effect(word, r) {
                        Effect::Used => return,
                        Effect::Killed => break,
                        Effect::None => {}
                    },
                },
                Flow::Branch(target) => {
                    let compared = word & 0x7c00_0000 == 0x3400_0000 && word & 31 == r;
                    if compared || !self.is_dead(r, target) {
                        return;
                    }
                }
                _ => {
                    if self.is_dead(r, i) {
                        break;
                    }
                    return;
                }
            }
            i += 1;
        }
        for i in uses {
            self.words[i] = self.words[i] & !(31 << 5) | PINNED << 5;
        }
        self.gone[at] = true;
    }

    /// Compares the stack pointer itself rather than a copy, if nothing else reads that.
    fn compare_stack_pointer(&mut self, at: usize) {
        let r = self.words[at] & 31;
        for i in at + 1..self.end.min(at + 4) {
            if self.data[i] || self.targets[i] || self.flow(i) != Flow::On || self.has_reloc(i) {
                return;
            }
            let word = self.words[i];
            // cmp xr, xm
            if word & 0xffe0_ffff == 0xeb00_001f | r << 5 && bits(word, 16, 5) != r {
                if self.is_dead(r, i + 1) {
                    self.words[i] = 0xeb20_63ff | bits(word, 16, 5) << 16;
                    self.gone[at] = true;
                }
                return;
            }
            // What moves the stack pointer is no load.
            let load = access(word).is_some_and(|a| a.load);
            if !self.gone[i] && (!load || effect(word, r) != Effect::None) {
                return;
            }
        }
    }

    /// Joins an access with the next one, if that is its neighbour. `same_line` says whether two words stand on one line.
    fn pair_up(&mut self, at: usize, same_line: impl Fn(usize, usize) -> bool) {
        let Some(first) = access(self.words[at]).filter(|_| !self.has_reloc(at)) else { return };
        if first.load && !first.vector && first.register == first.base {
            return;
        }
        let mut between = 0;
        for i in at + 1..self.end {
            if self.data[i] || self.targets[i] {
                return;
            }
            if self.gone[i] {
                continue;
            }
            let word = self.words[i];
            if let Some(second) = access(word) {
                let safe = matches!(first.base, STACK | PINNED | FRAME) || same_line(at, i);
                if let (Some(pair), true, false) = (pair(first, second), safe, self.has_reloc(i)) {
                    // The first one moves down to the second.
                    self.words[i] = pair;
                    self.gone[at] = true;
                }
                return;
            }
            // Only what has nothing to do with either register.
            between += 1;
            let free =
                |d: u32| d != first.base && (first.vector || effect(word, first.register) == Effect::None);
            if between > BETWEEN || !arithmetic(word).is_some_and(free) {
                return;
            }
        }
    }

    /// Where each word goes; literals keep their alignment.
    fn positions(&self) -> Vec<usize> {
        let mut at = 0;
        let mut out = Vec::with_capacity(self.words.len() + 1);
        for i in 0..=self.words.len() {
            if i == self.end && self.end < self.words.len() {
                at += (i - at) % 4;
            }
            out.push(at);
            at += usize::from(self.gone.get(i) == Some(&false));
        }
        out
    }
}

/// Makes a function's code shorter. `tail`: it has the Tail convention, not C's. With `padded`, the space at its end is filled: what
/// tells of unwinding knows the length.
pub(crate) fn compact(code: &mut Code, tail: bool, padded: bool) {
    let first = if tail { 2 } else { 0 };
    let Some(mut words) = Words::new(&code.bytes, &code.relocs, first) else { return };
    for i in 0..words.end {
        // mov xr, x21
        if !words.data[i] && words.words[i] & !31 == 0xaa15_03e0 && words.words[i] & 31 != STACK {
            words.forward_pinned(i);
        }
        // mov xr, sp
        if !words.data[i] && words.words[i] & !31 == 0x9100_03e0 && words.words[i] & 31 != STACK {
            words.compare_stack_pointer(i);
        }
        // uxtb wr, wr behind ldrb wr
        let r = words.words[i] & 31;
        if i > 0
            && words.words[i] == 0x5300_1c00 | r << 5 | r
            && !words.data[i]
            && !words.targets[i]
            && !words.data[i - 1]
            && is_byte_load(words.words[i - 1])
            && words.words[i - 1] & 31 == r
        {
            words.gone[i] = true;
        }
    }
    let line = |i: usize| {
        let offset = (4 * i) as u32;
        code.lines.partition_point(|l| l.offset <= offset)
    };
    for i in 0..words.end {
        if !words.data[i] && !words.gone[i] {
            words.pair_up(i, |a, b| line(a) == line(b));
        }
    }
    if !words.gone.contains(&true) {
        return;
    }
    let to = words.positions();
    let moved = |offset: u32| {
        let i = (offset / 4) as usize;
        (4 * to[i.min(to.len() - 1)]) as u32 + offset % 4
    };
    let mut bytes = vec![0; 4 * to[words.words.len()]];
    for i in (0..words.words.len()).filter(|&i| !words.gone[i]) {
        let mut word = words.words[i];
        let inside = i < words.end && !words.data[i] && !words.has_reloc(i);
        if let (true, Some((from, count)), Some(target)) = (inside, distance_field(word), words.target(i)) {
            let distance = to[target] as i64 - to[i] as i64;
            let mask = ((1u32 << count) - 1) << from;
            word = word & !mask | (distance as u32) << from & mask;
        }
        bytes[4 * to[i]..4 * to[i] + 4].copy_from_slice(&word.to_le_bytes());
    }
    if padded {
        bytes.resize(code.bytes.len(), 0);
    }
    let relocs: Vec<CodeReloc> =
        code.relocs.iter().map(|r| CodeReloc { offset: moved(r.offset), ..*r }).collect();
    code.bytes = bytes;
    code.relocs = relocs;
    for line in &mut code.lines {
        line.offset = moved(line.offset);
    }
    // Of lines whose code went away, the last one at a place counts.
    let lines = &mut code.lines;
    let mut kept = 0;
    for i in 0..lines.len() {
        if lines.get(i + 1).is_none_or(|next| next.offset != lines[i].offset) {
            lines[kept] = lines[i];
            kept += 1;
        }
    }
    lines.truncate(kept);
    for (start, end, _) in &mut code.ranges {
        (*start, *end) = (moved(*start), moved(*end));
    }
    if let Some(debug) = &mut code.debug {
        for range in debug.vars.iter_mut().flat_map(|v| &mut v.ranges) {
            (range.start, range.end) = (moved(range.start), moved(range.end));
        }
    }
}

fn is_byte_load(word: u32) -> bool {
    word & 0xffc0_0000 == 0x3940_0000
        || word & 0xffe0_0c00 == 0x3840_0000
        || word & 0xffe0_0c00 == 0x3860_0800
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[u32]) -> Vec<u32> {
        let bytes = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let mut code = Code { bytes, ..Code::default() };
        compact(&mut code, true, false);
        code.bytes.chunks_exact(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect()
    }

    const RET: u32 = 0xd65f_03c0;

    #[test]
    fn copies_of_the_pinned_register_go() {
        // mov x9, x21; ldr x9, [x9]; cmp x14, x9; b.lo back; ret
        let words = [0xaa15_03e9, 0xf940_0129, 0xeb09_01df, 0x54ff_ffa3, RET];
        assert_eq!(run(&words), [0xf940_02a9, 0xeb09_01df, 0x54ff_ffc3, RET]);
        // Read once more: add x10, x9, #8
        let words = [0xaa15_03e9, 0xf940_012a, 0x9100_212a, RET];
        assert_eq!(run(&words), words);
        // x2 may be a result, x10 not.
        let words = [0xaa15_03e2, 0xf900_0043, RET];
        assert_eq!(run(&words), words);
        assert_eq!(run(&[0xaa15_03ea, 0xf900_0143, RET]), [0xf900_02a3, RET]);
        // mov x9, sp; cmp x9, x10; b.lo to the end; ret
        assert_eq!(run(&[0x9100_03e9, 0xeb0a_013f, 0x5400_0023, RET]), [0xeb2a_63ff, 0x5400_0023, RET]);
    }

    #[test]
    fn neighbours_are_accessed_together() {
        // ldr x0, [x1, #16]; ldr x2, [x1, #24]
        assert_eq!(run(&[0xf940_0820, 0xf940_0c22, RET]), [0xa941_0820, RET]);
        // The base is lost between: ldr x1, [x1, #16]; ldr x2, [x1, #24]
        let words = [0xf940_0821, 0xf940_0c22, RET];
        assert_eq!(run(&words), words);
        // str x3, [sp, #8]; mov x4, #1; str x4, [sp]
        assert_eq!(run(&[0xf900_07e3, 0xd280_0024, 0xf900_03e4, RET]), [0xd280_0024, 0xa900_0fe4, RET]);
        // str q1, [x0]; str q2, [x0, #16]
        assert_eq!(run(&[0x3d80_0001, 0x3d80_0402, RET]), [0xad00_0801, RET]);
        // Somebody comes from elsewhere: cbz x5, over the first
        let words = [0xb400_0045, 0xf940_0820, 0xf940_0c22, RET];
        assert_eq!(run(&words), words);
    }

    #[test]
    fn literals_keep_their_alignment() {
        // ldr d0, literal; ldrb w1, [x0]; uxtb w1, w1; ret; literal
        let words = [0x5c00_0080, 0x3940_0001, 0x5300_1c21, RET, 1, 2, 3, 4];
        assert_eq!(run(&words), [0x5c00_0080, 0x3940_0001, RET, 0, 1, 2, 3, 4]);
        // A table of jumps: nothing is touched.
        let words = [0x1000_0080, 0x3940_0001, 0x5300_1c21, RET];
        assert_eq!(run(&words), words);
    }
}
