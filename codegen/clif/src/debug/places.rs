//! From marks to places: each range of code belongs to an instruction of the IR, at which certain marks hold; where their values are
//! is known from stack slots and from Cranelift's value labels.
//!
//! In: what lowering recorded, the compiled code. Out: `VarPlaces`. Guarantees: a place is given only where it holds.

use cranelift_codegen::ir::{StackSlot, ValueLabel};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{CompiledCode, LabelValueLoc, ValueLocRange};
use escargo_ir::cfg::Cfg;
use escargo_ir::{Block, Func, Value};
use rustc_hash::FxHashMap;

use super::marks::{Key, Mark, Reaching};
use super::{Part, Place, PlaceRange, VarPlaces};
use crate::lower::Loc;
use crate::lower::spill::Spills;

/// The frame pointer lies so far below the canonical frame address.
pub(crate) const FRAME_RECORD: i64 = 16;
/// More work than this is not done: the variables of such functions are not known.
const MAX_WORK: usize = 64 << 20;

/// What lowering knows about a mark.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Known {
    Nothing,
    /// The variable is in a stack slot.
    Slot(StackSlot, i64),
    /// A pointer to it is in a stack slot.
    Home(StackSlot, i64),
    /// It is behind a value that is a pointer.
    Behind(Value, i64),
    /// It, or its scalar, is a value and so much more.
    Is(Value, i64),
    Constant(u64),
}

/// What lowering leaves behind about variables.
pub(crate) struct Plan {
    pub marks: Vec<Mark>,
    pub known: Vec<Known>,
    /// The function without its debug operations.
    pub func: Func,
    pub spills: Option<Spills>,
    /// Slots in which values are kept over calls.
    pub homes: FxHashMap<Value, StackSlot>,
}

struct Finder<'a> {
    plan: &'a Plan,
    code: &'a CompiledCode,
    isa: &'a dyn TargetIsa,
}

pub(crate) fn find(
    plan: &Plan,
    code: &CompiledCode,
    isa: &dyn TargetIsa,
    ranges: &[(u32, u32, Loc)],
) -> Vec<VarPlaces> {
    let func = &plan.func;
    let cfg = Cfg::new(func);
    let Some(reaching) = Reaching::new(func, &cfg, &plan.marks) else { return Vec::new() };
    if reaching.keys.len() * ranges.len() > MAX_WORK {
        return Vec::new();
    }
    let finder = Finder { plan, code, isa };
    // By mark: the ranges of its value that do not lie behind us.
    let mut ahead: Vec<&[ValueLocRange]> = plan.known.iter().map(|k| finder.ranges(k)).collect();
    let mut place = vec![(Block(0), 0u32); func.insts.len()];
    for &b in &func.order {
        for (n, &i) in func.block(b).insts.iter().enumerate() {
            place[i.index()] = (b, n as u32);
        }
    }
    // Runs of code in which one mark holds: by key, (start, end, mark, instruction).
    let mut found: Vec<Vec<(u32, u32, Place)>> = vec![Vec::new(); reaching.keys.len()];
    let mut state = Vec::new();
    let mut last = None;
    for (n, &(start, _, loc)) in ranges.iter().enumerate() {
        // Code without a location belongs to what comes before it.
        let end = ranges.get(n + 1).map_or(code.buffer.data().len() as u32, |r| r.0);
        let Some(inst) = loc.inst else { continue };
        let (b, at) = place[inst.index()];
        if last != Some((b, at)) {
            state = reaching.at(b, at);
            last = Some((b, at));
        }
        for (key, mark) in state.iter().enumerate() {
            if let Some(mark) = *mark {
                let ahead = &mut ahead[mark as usize];
                while ahead.first().is_some_and(|r| r.end <= start) {
                    *ahead = &ahead[1..];
                }
                finder.place(mark, (b, at), start, end, ahead, &mut |s, e, p| add(&mut found[key], s, e, p));
            }
        }
    }
    gather(&reaching.keys, found, &plan.func, plan)
}

/// Appends a range, joined with the last one if that is the same place.
fn add(ranges: &mut Vec<(u32, u32, Place)>, start: u32, end: u32, place: Place) {
    match ranges.last_mut() {
        Some(last) if last.1 == start && last.2 == place => last.1 = end,
        _ => ranges.push((start, end, place)),
    }
}

impl Finder<'_> {
    fn slot(&self, slot: StackSlot) -> Option<i64> {
        let frame = self.code.buffer.frame_layout()?;
        Some(i64::from(frame.stackslots[slot].offset) - i64::from(frame.frame_to_fp_offset))
    }

    /// Where Cranelift says that a mark's value is.
    fn ranges(&self, known: &Known) -> &[ValueLocRange] {
        let (Known::Behind(v, _) | Known::Is(v, _)) = known else { return &[] };
        self.code.value_labels_ranges.get(&ValueLabel::from_u32(v.0)).map_or(&[], |r| r)
    }

    /// Calls `out` with the parts of `start..end` in which the mark's place is known. `ranges`: of its value, perhaps without those
    /// that end before.
    fn place(
        &self,
        mark: u32,
        (b, at): (Block, u32),
        start: u32,
        end: u32,
        ranges: &[ValueLocRange],
        out: &mut dyn FnMut(u32, u32, Place),
    ) {
        let (value, add, behind) = match self.plan.known[mark as usize] {
            Known::Nothing => return,
            Known::Slot(slot, offset) => {
                if let Some(at) = self.slot(slot) {
                    out(start, end, Place::Frame(at + offset));
                }
                return;
            }
            Known::Home(slot, offset) => {
                if let Some(at) = self.slot(slot) {
                    out(start, end, Place::BehindFrame(at, offset));
                }
                return;
            }
            Known::Constant(bits) => return out(start, end, Place::Constant(bits)),
            Known::Behind(v, offset) => (v, offset, true),
            Known::Is(v, offset) => (v, offset, false),
        };
        let in_frame = |at: i64| match (behind, add) {
            (true, _) => Some(Place::BehindFrame(at, add)),
            (false, 0) => Some(Place::Frame(at)),
            (false, _) => None,
        };
        if let (Some(&home), Some(spills)) = (self.plan.homes.get(&value), &self.plan.spills)
            && spills.crosses(value, b, at)
        {
            if let Some(place) = self.slot(home).and_then(in_frame) {
                out(start, end, place);
            }
            return;
        }
        // Ranges of values with several registers may overlap: the first one counts.
        let mut from = start;
        for r in ranges {
            let (s, e) = (r.start.max(from), r.end.min(end));
            if s >= e {
                continue;
            }
            let place = match r.loc {
                LabelValueLoc::Reg(reg) => match (self.isa.map_regalloc_reg_to_dwarf(reg), behind, add) {
                    (Ok(reg), true, _) => Some(Place::BehindRegister(reg, add)),
                    (Ok(reg), false, 0) => Some(Place::Register(reg)),
                    (Ok(reg), false, _) => Some(Place::Sum(reg, add)),
                    (Err(_), ..) => None,
                },
                LabelValueLoc::CFAOffset(at) => in_frame(at + FRAME_RECORD),
            };
            if let Some(place) = place {
                out(s, e, place);
                from = e;
            }
        }
    }
}

/// Puts the scalars of each variable together.
fn gather(keys: &[Key], found: Vec<Vec<(u32, u32, Place)>>, func: &Func, plan: &Plan) -> Vec<VarPlaces> {
    let mut sizes: FxHashMap<Key, u32> = FxHashMap::default();
    for m in &plan.marks {
        if let super::marks::What::Scalar(offset, v) = m.what {
            sizes.insert((m.scope, m.var, Some(offset)), func.ty(v).bytes());
        }
    }
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|&k| keys[k]);
    let mut out: Vec<VarPlaces> = Vec::new();
    for group in order.chunk_by(|&a, &b| (keys[a].0, keys[a].1) == (keys[b].0, keys[b].1)) {
        let (scope, var, _) = keys[group[0]];
        let mut edges: Vec<u32> = group.iter().flat_map(|&k| &found[k]).flat_map(|r| [r.0, r.1]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut next: Vec<usize> = vec![0; group.len()];
        let mut ranges: Vec<PlaceRange> = Vec::new();
        for pair in edges.windows(2) {
            let (start, end) = (pair[0], pair[1]);
            let mut parts = Vec::new();
            for (n, &k) in group.iter().enumerate() {
                let list = &found[k];
                while list.get(next[n]).is_some_and(|r| r.1 <= start) {
                    next[n] += 1;
                }
                if let Some(r) = list.get(next[n]).filter(|r| r.0 <= start) {
                    let (offset, size) = match keys[k].2 {
                        None => (0, 0),
                        Some(offset) => (offset, sizes[&keys[k]]),
                    };
                    parts.push(Part { offset, size, place: r.2 });
                }
            }
            // All of it in one place says more than scalars do.
            if let Some(&whole) = parts.iter().find(|p| p.size == 0) {
                parts = vec![whole];
            }
            if parts.is_empty() {
                continue;
            }
            match ranges.last_mut() {
                Some(last) if last.end == start && last.parts == parts => last.end = end,
                _ => ranges.push(PlaceRange { start, end, parts }),
            }
        }
        out.push(VarPlaces { scope, var, ranges });
    }
    out
}
