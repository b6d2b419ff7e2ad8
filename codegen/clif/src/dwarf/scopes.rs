//! What a function's code is made of: calls that were inlined, blocks in which variables are known, the variables.
//!
//! A block of the source has no entry of its own in the IR: a block's code is the code whose positions lie in it, where the code of an
//! inlined call counts as the call.

use cranelift_codegen::gimli::write::{
    Address, AttributeValue, Expression, Location, LocationList, Range, RangeList, UnitEntryId,
};
use cranelift_codegen::gimli::{
    DW_AT_abstract_origin, DW_AT_call_column, DW_AT_call_file, DW_AT_call_line, DW_AT_external,
    DW_AT_high_pc, DW_AT_inline, DW_AT_location, DW_AT_low_pc, DW_AT_ranges, DW_AT_variable_parameter,
    DW_INL_inlined, DW_TAG_formal_parameter, DW_TAG_inlined_subroutine, DW_TAG_lexical_block,
    DW_TAG_subprogram, DW_TAG_variable, Register,
};
use escargo_ir::{Func, Pos, VarKind};

use super::{BODY, Builder, FuncCode, offset};
use crate::debug::places::FRAME_RECORD;
use crate::debug::{Part, Place, VarPlaces};

/// Code of a scope: start, end, position in the scope's own function.
type Piece = (u32, u32, Pos);

/// A block of the source inside a scope, that declares variables.
struct Block {
    start: Pos,
    end: Pos,
    entry: UnitEntryId,
}

impl<'a> Builder<'a> {
    pub(super) fn scopes(&mut self, func: &'a Func, code: &FuncCode, entry: UnitEntryId) {
        let pieces = pieces(func, code);
        let mut vars: Vec<&VarPlaces> = code.debug.vars.iter().collect();
        vars.sort_by_key(|v| (v.scope, v.var));
        // By scope: its blocks, outer ones first; scopes come after their parents.
        let mut blocks: Vec<Vec<Block>> = Vec::new();
        for (scope, pieces) in pieces.iter().enumerate() {
            let parent = match scope.checked_sub(1).map(|i| &func.scopes[i]) {
                None => Some(entry),
                Some(s) if !pieces.is_empty() => {
                    let at = inner(&blocks[s.parent as usize], s.call_pos);
                    at.map(|at| self.inlined_call(code.address, at, &s.func, s.call_pos, pieces))
                }
                Some(_) => None,
            };
            let Some(parent) = parent else {
                blocks.push(Vec::new());
                continue;
            };
            let mine = vars.iter().copied().filter(|v| v.scope == scope as u32);
            let mine: Vec<&VarPlaces> = mine.collect();
            let made = self.blocks(code.address, parent, &mine, pieces);
            for v in mine {
                let var = self.module.debug.var(v.var);
                let at = match var.kind {
                    VarKind::Local => {
                        made.iter().rev().find(|b| b.end == var.end).map_or(parent, |b| b.entry)
                    }
                    VarKind::Param | VarKind::Result => parent,
                };
                self.variable(code, at, v);
            }
            blocks.push(made);
        }
    }

    /// Entries for the blocks that declare variables, the function or the inlined call first.
    fn blocks(
        &mut self,
        base: Address,
        parent: UnitEntryId,
        vars: &[&VarPlaces],
        pieces: &[Piece],
    ) -> Vec<Block> {
        let mut extents: Vec<(Pos, Pos)> = Vec::new();
        for v in vars {
            let var = self.module.debug.var(v.var);
            if var.kind != VarKind::Local || var.end <= var.pos {
                continue;
            }
            match extents.iter_mut().find(|e| e.1 == var.end) {
                Some(e) => e.0 = e.0.min(var.pos),
                None => extents.push((var.pos, var.end)),
            }
        }
        extents.sort_by_key(|e| (e.0, std::cmp::Reverse(e.1)));
        let mut out = vec![Block { start: Pos(0), end: Pos(u32::MAX), entry: parent }];
        for (start, end) in extents {
            let code = pieces.iter().filter(|p| start <= p.2 && p.2 < end);
            let code: Vec<(u32, u32)> = code.map(|p| (p.0, p.1)).collect();
            let Some(outer) = out.iter().rev().find(|b| b.start <= start && end <= b.end) else { continue };
            if code.is_empty() {
                continue;
            }
            let entry = self.unit.add(outer.entry, DW_TAG_lexical_block);
            self.ranges(base, entry, &code);
            out.push(Block { start, end, entry });
        }
        out
    }

    fn inlined_call(
        &mut self,
        base: Address,
        parent: UnitEntryId,
        name: &'a str,
        call: Pos,
        pieces: &[Piece],
    ) -> UnitEntryId {
        let origin = match self.inlined.get(name) {
            Some(&o) => o,
            None => {
                let origin = self.unit.add(self.root, DW_TAG_subprogram);
                self.inlined.insert(name, origin);
                self.name(origin, name.strip_suffix(BODY).unwrap_or(name));
                if let Some(&id) = self.by_name.get(name) {
                    self.declared(origin, self.module.func(id).pos);
                }
                self.set(origin, DW_AT_inline, AttributeValue::Inline(DW_INL_inlined));
                self.set(origin, DW_AT_external, AttributeValue::FlagPresent);
                origin
            }
        };
        let entry = self.unit.add(parent, DW_TAG_inlined_subroutine);
        self.set(entry, DW_AT_abstract_origin, AttributeValue::UnitRef(origin));
        if let Some((file, line, column)) = self.locate(call) {
            self.set(entry, DW_AT_call_file, AttributeValue::FileIndex(Some(file)));
            self.set(entry, DW_AT_call_line, AttributeValue::Udata(u64::from(line)));
            self.set(entry, DW_AT_call_column, AttributeValue::Udata(u64::from(column)));
        }
        let code: Vec<(u32, u32)> = pieces.iter().map(|p| (p.0, p.1)).collect();
        self.ranges(base, entry, &code);
        entry
    }

    /// The code of an entry; ranges are ascending.
    fn ranges(&mut self, base: Address, entry: UnitEntryId, code: &[(u32, u32)]) {
        let mut joined: Vec<(u32, u32)> = Vec::new();
        for &(start, end) in code {
            match joined.last_mut() {
                Some(last) if last.1 == start => last.1 = end,
                _ => joined.push((start, end)),
            }
        }
        if let [(start, end)] = joined[..] {
            self.set(entry, DW_AT_low_pc, AttributeValue::Address(offset(base, start)));
            self.set(entry, DW_AT_high_pc, AttributeValue::Udata(u64::from(end - start)));
            return;
        }
        let list = joined
            .iter()
            .map(|&(s, e)| Range::StartLength { begin: offset(base, s), length: u64::from(e - s) })
            .collect();
        let list = self.unit.ranges.add(RangeList(list));
        self.set(entry, DW_AT_ranges, AttributeValue::RangeListRef(list));
    }

    fn variable(&mut self, code: &FuncCode, parent: UnitEntryId, v: &VarPlaces) {
        let var = self.module.debug.var(v.var);
        let tag = if var.kind == VarKind::Local { DW_TAG_variable } else { DW_TAG_formal_parameter };
        let entry = self.unit.add(parent, tag);
        self.name(entry, &var.name);
        self.declared(entry, var.pos);
        self.typed(entry, var.ty);
        if var.kind == VarKind::Result {
            self.set(entry, DW_AT_variable_parameter, AttributeValue::FlagPresent);
        }
        let Some(first) = v.ranges.first() else { return };
        let size = self.module.debug.ty(var.ty).size;
        // A place in the frame is the variable's for good.
        let frame = matches!(first.parts[..], [Part { size: 0, place: Place::Frame(_), .. }]);
        if frame && v.ranges.iter().all(|r| r.parts == first.parts) {
            let place = expression(&first.parts, size);
            return self.set(entry, DW_AT_location, AttributeValue::Exprloc(place));
        }
        let list = v
            .ranges
            .iter()
            .map(|r| Location::StartLength {
                begin: offset(code.address, r.start),
                length: u64::from(r.end - r.start),
                data: expression(&r.parts, size),
            })
            .collect();
        let list = self.unit.locations.add(LocationList(list));
        self.set(entry, DW_AT_location, AttributeValue::LocationListRef(list));
    }
}

/// The innermost block that contains a position.
fn inner(blocks: &[Block], pos: Pos) -> Option<UnitEntryId> {
    blocks.iter().rev().find(|b| b.start <= pos && pos < b.end).map(|b| b.entry)
}

/// By scope: its code, that of calls inlined into it included.
fn pieces(func: &Func, code: &FuncCode) -> Vec<Vec<Piece>> {
    let mut out: Vec<Vec<Piece>> = vec![Vec::new(); func.scopes.len() + 1];
    for (i, line) in code.lines.iter().enumerate() {
        let end = code.lines.get(i + 1).map_or(code.size, |l| l.offset);
        let (mut scope, mut pos) = (line.scope as usize, Pos(line.pos));
        loop {
            out[scope].push((line.offset, end, pos));
            let Some(s) = scope.checked_sub(1).map(|i| &func.scopes[i]) else { break };
            (scope, pos) = (s.parent as usize, s.call_pos);
        }
    }
    out
}

fn expression(parts: &[Part], size: u64) -> Expression {
    let mut e = Expression::new();
    if let [Part { size: 0, place, .. }] = parts {
        push(&mut e, *place);
        return e;
    }
    if let [part] = parts
        && u64::from(part.size) == size
    {
        push(&mut e, part.place);
        return e;
    }
    let mut at = 0u64;
    for part in parts {
        let start = u64::from(part.offset);
        if start < at {
            continue;
        }
        if start > at {
            e.op_piece(start - at);
        }
        push(&mut e, part.place);
        e.op_piece(u64::from(part.size));
        at = start + u64::from(part.size);
    }
    if at < size {
        e.op_piece(size - at);
    }
    e
}

fn push(e: &mut Expression, place: Place) {
    use cranelift_codegen::gimli::DW_OP_stack_value;
    match place {
        Place::Frame(at) => e.op_fbreg(at - FRAME_RECORD),
        Place::BehindFrame(at, add) => {
            e.op_fbreg(at - FRAME_RECORD);
            e.op_deref();
            if add != 0 {
                e.op_plus_uconst(add as u64);
            }
        }
        Place::BehindRegister(reg, add) => e.op_breg(Register(reg), add),
        Place::Register(reg) => e.op_reg(Register(reg)),
        Place::Sum(reg, add) => {
            e.op_breg(Register(reg), add);
            e.op(DW_OP_stack_value);
        }
        Place::Constant(bits) => {
            e.op_constu(bits);
            e.op(DW_OP_stack_value);
        }
    }
}
