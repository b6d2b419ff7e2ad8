//! Where code should start, so that short loops lie in as few cache lines as they can.
//!
//! In: a function's machine code for x86-64. Out: its start within a line, if that matters. Processors fetch decoded instructions by
//! aligned lines of 64 bytes, one a cycle: a loop of ten instructions that crosses a line's end takes nearly twice the time of
//! one that does not. Cranelift aligns no loops; moving the whole function costs nothing when it runs.

use iced_x86::{Decoder, DecoderOptions, FlowControl};

/// Bytes fetched at once.
pub(crate) const LINE: usize = 64;
/// Longer loops are not limited by this.
const MAX_LOOP: usize = 256;
/// Steps between the starts that are tried.
const STEP: usize = 4;

/// Has the decoder read its tables, which takes half a millisecond: better while another thread does something else.
pub fn prepare() {
    let _ = Decoder::new(64, &[], DecoderOptions::NONE);
}

/// Whether some bytes look like a jump backwards: most small functions are spared the decoder.
fn may_jump_back(code: &[u8]) -> bool {
    let at = |i: usize| code.get(i).copied().unwrap_or(0);
    (0..code.len()).any(|i| match at(i) {
        0xeb | 0x70..=0x7f => at(i + 1) >= 0x80,
        0xe9 => at(i + 4) == 0xff,
        0x0f => at(i + 1) & 0xf0 == 0x80 && at(i + 5) == 0xff,
        _ => false,
    })
}

/// The best offset of the first byte from a line's start; None if there are no short loops. A multiple of `align`.
pub(crate) fn start(code: &[u8], align: u32) -> Option<u8> {
    if !may_jump_back(code) {
        return None;
    }
    let mut loops: Vec<(usize, usize)> = Vec::new();
    for inst in Decoder::with_ip(64, code, 0, DecoderOptions::NONE).iter() {
        let jump =
            matches!(inst.flow_control(), FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch);
        let (from, to) = (inst.next_ip() as usize, inst.near_branch_target() as usize);
        if jump && to < from && from - to <= MAX_LOOP {
            loops.push((to, from));
        }
    }
    if loops.is_empty() {
        return None;
    }
    let step = STEP.max(align as usize);
    // Lines beyond the fewest possible, weighted by how much they are of an iteration.
    let cost = |start: usize| -> usize {
        let lines = |(from, to): (usize, usize)| (to - 1 + start) / LINE - (from + start) / LINE + 1;
        loops.iter().map(|&l| (lines(l) - (l.1 - l.0).div_ceil(LINE)) * MAX_LOOP / (l.1 - l.0)).sum()
    };
    (0..LINE).step_by(step).min_by_key(|&s| cost(s)).map(|s| s as u8)
}
