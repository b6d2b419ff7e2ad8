//! A cursor for building a function's body, block by block. Emission into a block that is already terminated is dropped
//! (code after return, break, panic), so that callers need not track reachability.

use crate::entity::{Block, Inst, LayoutId, Pos, SiteId, Value};
use crate::func::{BinOp, FloatCC, Func, IntCC, Op, Type, Values};

pub struct Builder<'f> {
    pub func: &'f mut Func,
    block: Option<Block>,
    /// By block: whether it stands in the layout order.
    placed: Vec<bool>,
    pub pos: Pos,
}

impl<'f> Builder<'f> {
    pub fn new(func: &'f mut Func) -> Builder<'f> {
        let mut placed = vec![false; func.blocks.len()];
        for b in &func.order {
            placed[b.index()] = true;
        }
        Builder { func, block: None, placed, pos: Pos::default() }
    }

    /// Makes a block, not yet in the layout order: `switch_to` places it.
    pub fn create_block(&mut self) -> Block {
        self.func.new_block()
    }

    pub fn block_param(&mut self, block: Block, ty: Type) -> Value {
        self.func.add_param(block, ty)
    }

    /// Continues in `block`, appending it to the layout order if it is not placed yet.
    pub fn switch_to(&mut self, block: Block) {
        if self.placed.len() <= block.index() {
            self.placed.resize(self.func.blocks.len(), false);
        }
        if !self.placed[block.index()] {
            self.placed[block.index()] = true;
            self.func.order.push(block);
        }
        self.block = Some(block);
    }

    pub fn current(&self) -> Option<Block> {
        self.block
    }

    /// Whether code emitted now could run (the current block is not terminated).
    pub fn reachable(&self) -> bool {
        self.block.is_some_and(|b| self.func.terminator(b).is_none())
    }

    /// Appends an instruction with results of the given types. In unreachable code a fresh block without predecessors is
    /// started, so that the results exist.
    pub fn push(&mut self, op: Op, results: &[Type]) -> Inst {
        if !self.reachable() {
            if op.is_terminator() && self.block.is_some() {
                return self.func.new_inst(op, results, self.pos, 0);
            }
            let dead = self.create_block();
            self.switch_to(dead);
        }
        let inst = self.func.new_inst(op, results, self.pos, 0);
        let block = self.block.expect("a block is current");
        self.func.blocks[block.index()].insts.push(inst);
        inst
    }

    /// Appends an instruction with one result.
    pub fn value(&mut self, op: Op, ty: Type) -> Value {
        let inst = self.push(op, &[ty]);
        self.func.inst(inst).results[0]
    }

    /// Appends an instruction with any number of results and returns them.
    pub fn values(&mut self, op: Op, types: &[Type]) -> Values {
        let inst = self.push(op, types);
        self.func.inst(inst).results.iter().copied().collect()
    }

    pub fn iconst(&mut self, ty: Type, value: i64) -> Value {
        self.value(Op::Iconst { ty, value }, ty)
    }

    pub fn null(&mut self) -> Value {
        self.value(Op::Null, Type::Ptr)
    }

    pub fn binary(&mut self, op: BinOp, x: Value, y: Value) -> Value {
        let ty = self.func.ty(x);
        self.value(Op::Binary(op, x, y), ty)
    }

    pub fn icmp(&mut self, cc: IntCC, x: Value, y: Value) -> Value {
        self.value(Op::Icmp(cc, x, y), Type::I8)
    }

    pub fn fcmp(&mut self, cc: FloatCC, x: Value, y: Value) -> Value {
        self.value(Op::Fcmp(cc, x, y), Type::I8)
    }

    pub fn alloc(&mut self, site: SiteId, layout: LayoutId) -> Value {
        self.value(Op::Alloc { site, layout, count: None }, Type::Ptr)
    }

    pub fn field(&mut self, base: Value, layout: LayoutId, field: u32) -> Value {
        self.value(Op::Field { base, layout, field }, Type::Ptr)
    }

    pub fn elem(&mut self, base: Value, layout: LayoutId, index: Value) -> Value {
        self.value(Op::Elem { base, layout, index }, Type::Ptr)
    }

    pub fn load(&mut self, ty: Type, addr: Value) -> Value {
        self.value(Op::Load { ty, addr }, ty)
    }

    pub fn store(&mut self, addr: Value, value: Value) {
        let ty = self.func.ty(value);
        self.push(Op::Store { ty, addr, value }, &[]);
    }

    pub fn jump(&mut self, to: Block, args: &[Value]) {
        self.push(Op::Jump { to, args: args.iter().copied().collect() }, &[]);
    }

    pub fn branch(&mut self, cond: Value, then: Block, els: Block) {
        self.push(Op::Branch { cond, then, then_args: Values::new(), els, els_args: Values::new() }, &[]);
    }

    pub fn ret(&mut self, values: &[Value]) {
        self.push(Op::Return(values.iter().copied().collect()), &[]);
    }
}
