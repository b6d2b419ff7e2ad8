//! Parsing of functions: headers, blocks, instructions.

use smallvec::SmallVec;

use super::{MAX_ENTITIES, MAX_NUMBER, Parser, Result};
use crate::entity::{Block, Inst, Value, VarId};
use crate::func::*;
use crate::print::is_name_start;
use escargo_abi::Rt;

impl Parser<'_> {
    pub(super) fn func(&mut self) -> Result<Func> {
        self.expect("@")?;
        let name = self.name()?;
        let mut func = Func::new(name, Signature::default());
        let mut params: Vec<(Option<Value>, usize)> = Vec::new();
        self.expect("(")?;
        while !self.eat(")") {
            if !params.is_empty() {
                self.expect(",")?;
            }
            let at = self.at;
            let value = if self.numbered(b'v') {
                let v = Value(self.entity(b'v')?);
                self.expect(":")?;
                Some(v)
            } else {
                None
            };
            func.sig.params.push(self.ty()?);
            let name = if self.peek() == b'"' { self.string()? } else { String::new() };
            let pos = self.pos()?;
            func.param_names.push((name, pos));
            params.push((value, at));
        }
        if self.eat("->") {
            func.sig.results = self.types()?;
        }
        loop {
            let flag = match self.peek() {
                c if is_name_start(c) => self.word()?,
                _ => break,
            };
            let flags = &mut func.flags;
            *match flag.as_str() {
                "noinline" => &mut flags.noinline,
                "nosplit" => &mut flags.nosplit,
                "wrapper" => &mut flags.wrapper,
                "closure" => &mut flags.closure,
                "root" => &mut flags.root,
                "noescape" => &mut flags.noescape,
                _ => return self.error(self.at - flag.len(), format!("unknown flag `{flag}`")),
            } = true;
        }
        func.pos = self.pos()?;
        if self.eat("{") {
            self.line_end()?;
            self.body(&mut func, &params)?;
        }
        Ok(func)
    }

    /// Whether a `v12` or `b3` comes next.
    pub(super) fn numbered(&mut self, prefix: u8) -> bool {
        self.peek() == prefix && self.text.get(self.at + 1).is_some_and(|c| c.is_ascii_digit())
    }

    pub(super) fn entity(&mut self, prefix: u8) -> Result<u32> {
        let at = self.at;
        if !self.numbered(prefix) {
            return self.error(self.at, format!("expected `{}` and a number", prefix as char));
        }
        self.at += 1;
        let n: u32 = self.int()?;
        if n >= MAX_NUMBER {
            return self.error(at, "number too large");
        }
        Ok(n)
    }

    fn value(&mut self) -> Result<Value> {
        Ok(Value(self.entity(b'v')?))
    }

    fn block(&mut self) -> Result<Block> {
        Ok(Block(self.entity(b'b')?))
    }

    fn types(&mut self) -> Result<Vec<Type>> {
        self.expect("(")?;
        let mut out = Vec::new();
        while !self.eat(")") {
            if !out.is_empty() {
                self.expect(",")?;
            }
            out.push(self.ty()?);
        }
        Ok(out)
    }

    fn signature(&mut self) -> Result<Signature> {
        let params = self.types()?;
        self.expect("->")?;
        Ok(Signature { params, results: self.types()? })
    }

    /// Makes room for entity `n` of a table.
    fn grow<T>(&mut self, table: &mut Vec<T>, n: u32, fill: impl Fn() -> T) -> Result<()> {
        let n = n as usize;
        if n >= table.len() {
            self.entities += n + 1 - table.len();
            if self.entities > MAX_ENTITIES {
                return self.error(self.at, "too many values or blocks");
            }
            table.resize_with(n + 1, fill);
        }
        Ok(())
    }

    fn define(&mut self, func: &mut Func, at: usize, v: Value, ty: Type, def: Def) -> Result<()> {
        self.grow(&mut func.values, v.0, || ValueData { ty: Type::I64, def: Def::None })?;
        let data = &mut func.values[v.index()];
        if data.def != Def::None {
            return self.error(at, format!("{v} is defined twice"));
        }
        *data = ValueData { ty, def };
        Ok(())
    }

    fn body(&mut self, func: &mut Func, params: &[(Option<Value>, usize)]) -> Result<()> {
        // Uses may precede definitions in the text: the tables are completed at the end.
        let mut most_value = None;
        let mut most_block = None;
        loop {
            self.blank_lines();
            if self.eat("}") {
                break;
            }
            let at = self.at;
            if self.eat("scope") {
                let n: usize = self.int()?;
                if n != func.scopes.len() + 1 {
                    return self.error(at, format!("expected scope {}", func.scopes.len() + 1));
                }
                let name = self.name()?;
                self.expect("parent")?;
                let parent = self.int()?;
                let call_pos = self.pos()?;
                func.scopes.push(InlineScope { func: name, call_pos, parent });
                self.line_end()?;
                continue;
            }
            if self.numbered(b'b') {
                let b = self.block()?;
                self.grow(&mut func.blocks, b.0, BlockData::default)?;
                if !func.blocks[b.index()].params.is_empty() || !func.blocks[b.index()].insts.is_empty() {
                    return self.error(at, format!("{b} is defined twice"));
                }
                func.order.push(b);
                if func.order.len() == 1 {
                    for (i, &(v, at)) in params.iter().enumerate() {
                        let Some(v) = v else {
                            return self.error(at, "a parameter of a function with a body needs a value");
                        };
                        let ty = func.sig.params[i];
                        self.define(func, at, v, ty, Def::Param(b, i as u32))?;
                        func.blocks[b.index()].params.push(v);
                    }
                }
                if self.eat("(") {
                    let mut first = true;
                    while !self.eat(")") {
                        if !first {
                            self.expect(",")?;
                        }
                        first = false;
                        self.blanks();
                        let at = self.at;
                        let v = self.value()?;
                        self.expect(":")?;
                        let ty = self.ty()?;
                        let n = func.blocks[b.index()].params.len() as u32;
                        self.define(func, at, v, ty, Def::Param(b, n))?;
                        func.blocks[b.index()].params.push(v);
                    }
                }
                func.blocks[b.index()].cold = self.eat("cold");
                self.expect(":")?;
                self.line_end()?;
                continue;
            }
            let Some(&block) = func.order.last() else {
                return self.error(at, "expected a block, `scope` or `}`");
            };
            let inst = Inst(func.insts.len() as u32);
            let mut results = SmallVec::new();
            if self.numbered(b'v') {
                loop {
                    self.blanks();
                    let at = self.at;
                    let v = self.value()?;
                    self.expect(":")?;
                    let ty = self.ty()?;
                    self.define(func, at, v, ty, Def::Result(inst, results.len() as u32))?;
                    results.push(v);
                    if !self.eat(",") {
                        break;
                    }
                }
                self.expect("=")?;
            }
            let op = self.op()?;
            op.for_each_operand(|v| most_value = most_value.max(Some(v.0)));
            op.for_each_successor(|b| most_block = most_block.max(Some(b.0)));
            let scope = if self.eat("in") { self.int()? } else { 0 };
            let pos = self.pos()?;
            self.line_end()?;
            func.insts.push(InstData { op, results, pos, scope });
            func.blocks[block.index()].insts.push(inst);
        }
        if let Some(v) = most_value {
            self.grow(&mut func.values, v, || ValueData { ty: Type::I64, def: Def::None })?;
        }
        if let Some(b) = most_block {
            self.grow(&mut func.blocks, b, BlockData::default)?;
        }
        Ok(())
    }

    fn args(&mut self) -> Result<Values> {
        let mut out = Values::new();
        self.expect("(")?;
        while !self.eat(")") {
            if !out.is_empty() {
                self.expect(",")?;
            }
            out.push(self.value()?);
        }
        Ok(out)
    }

    fn target(&mut self) -> Result<(Block, Values)> {
        let b = self.block()?;
        Ok((b, if self.peek() == b'(' { self.args()? } else { Values::new() }))
    }

    fn two(&mut self) -> Result<(Value, Value)> {
        let a = self.value()?;
        self.expect(",")?;
        Ok((a, self.value()?))
    }

    fn three(&mut self) -> Result<(Value, Value, Value)> {
        let (a, b) = self.two()?;
        self.expect(",")?;
        Ok((a, b, self.value()?))
    }

    fn op(&mut self) -> Result<Op> {
        self.blanks();
        let at = self.at;
        let word = self.word()?;
        if let Some(op) = UnOp::by_name(&word) {
            return Ok(Op::Unary(op, self.value()?));
        }
        if let Some(op) = BinOp::by_name(&word) {
            let (a, b) = self.two()?;
            return Ok(Op::Binary(op, a, b));
        }
        if let Some(op) = ConvOp::by_name(&word) {
            return Ok(Op::Convert { op, to: self.ty()?, value: self.value()? });
        }
        Ok(match word.as_str() {
            "iconst" => Op::Iconst { ty: self.ty()?, value: self.int()? },
            "f32const" => Op::F32const(self.int()?),
            "f64const" => Op::F64const(self.int()?),
            "null" => Op::Null,
            "global_addr" => {
                let g = self.global_ref()?;
                Op::GlobalAddr(g, self.addend()?)
            }
            "func_addr" => Op::FuncAddr(self.func_ref()?),
            "icmp" => {
                let Some(cc) = IntCC::by_name(&self.word()?) else {
                    return self.error(self.at, "unknown integer comparison");
                };
                let (a, b) = self.two()?;
                Op::Icmp(cc, a, b)
            }
            "fcmp" => {
                let Some(cc) = FloatCC::by_name(&self.word()?) else {
                    return self.error(self.at, "unknown float comparison");
                };
                let (a, b) = self.two()?;
                Op::Fcmp(cc, a, b)
            }
            "select" => {
                let (a, b, c) = self.three()?;
                Op::Select(a, b, c)
            }
            "fma" => {
                let (a, b, c) = self.three()?;
                Op::Fma(a, b, c)
            }
            "add_carry" => {
                let (a, b, c) = self.three()?;
                Op::AddCarry(a, b, c)
            }
            "sub_borrow" => {
                let (a, b, c) = self.three()?;
                Op::SubBorrow(a, b, c)
            }
            "alloc" => {
                let site = self.site_ref()?;
                let layout = self.layout_ref()?;
                let count = if self.eat(",") { Some(self.value()?) } else { None };
                Op::Alloc { site, layout, count }
            }
            "field" => {
                let base = self.value()?;
                self.expect(",")?;
                let layout = self.layout_ref()?;
                self.expect(",")?;
                Op::Field { base, layout, field: self.int()? }
            }
            "elem" => {
                let base = self.value()?;
                self.expect(",")?;
                let layout = self.layout_ref()?;
                self.expect(",")?;
                Op::Elem { base, layout, index: self.value()? }
            }
            "offset" => {
                let (base, offset) = self.two()?;
                Op::Offset { base, offset }
            }
            "load" => Op::Load { ty: self.ty()?, addr: self.value()? },
            "store" => {
                let ty = self.ty()?;
                let (addr, value) = self.two()?;
                Op::Store { ty, addr, value }
            }
            "copy" => {
                let layout = self.layout_ref()?;
                let (dst, src) = self.two()?;
                Op::Copy { layout, dst, src }
            }
            "zero" => Op::Zero { layout: self.layout_ref()?, addr: self.value()? },
            "nil_check" => Op::NilCheck(self.value()?),
            "check" => {
                let Some(check) = Check::by_name(&self.word()?) else {
                    return self.error(self.at, "unknown check");
                };
                let x = self.value()?;
                let y = if self.eat(",") { Some(self.value()?) } else { None };
                Op::Check { check, x, y }
            }
            "atomic_load" => Op::AtomicLoad { ty: self.ty()?, addr: self.value()? },
            "atomic_store" => {
                let ty = self.ty()?;
                let (addr, value) = self.two()?;
                Op::AtomicStore { ty, addr, value }
            }
            "atomic_rmw" => {
                let Some(op) = AtomicOp::by_name(&self.word()?) else {
                    return self.error(self.at, "unknown atomic operation");
                };
                let ty = self.ty()?;
                let (addr, value) = self.two()?;
                Op::AtomicRmw { op, ty, addr, value }
            }
            "atomic_cas" => {
                let ty = self.ty()?;
                let (addr, old, new) = self.three()?;
                Op::AtomicCas { ty, addr, old, new }
            }
            "debug_addr" => {
                let var = VarId(self.entity(b'd')?);
                self.expect(",")?;
                Op::DebugAddr { var, addr: self.value()? }
            }
            "debug_value" => {
                let var = VarId(self.entity(b'd')?);
                let offset = if self.peek() == b'+' { self.int()? } else { 0 };
                self.expect(",")?;
                Op::DebugValue { var, offset, value: self.value()? }
            }
            "keep_alive" => Op::KeepAlive(self.value()?),
            "call" => Op::Call { func: self.func_ref()?, args: self.args()? },
            "tail_call" => Op::TailCall { func: self.func_ref()?, args: self.args()? },
            "call_closure" | "tail_call_closure" => {
                let closure = self.value()?;
                let args = self.args()?;
                self.expect(":")?;
                let sig = Box::new(self.signature()?);
                if word == "call_closure" {
                    Op::CallClosure { closure, sig, args }
                } else {
                    Op::TailCallClosure { closure, sig, args }
                }
            }
            "call_method" | "tail_call_method" => {
                let itab = self.value()?;
                self.expect(",")?;
                let index = self.int()?;
                self.expect(",")?;
                let method = self.string()?.into_boxed_str();
                self.expect(",")?;
                let recv = self.value()?;
                let args = self.args()?;
                self.expect(":")?;
                let sig = Box::new(self.signature()?);
                if word == "call_method" {
                    Op::CallMethod { itab, index, method, sig, recv, args }
                } else {
                    Op::TailCallMethod { itab, index, method, sig, recv, args }
                }
            }
            "rt" => {
                self.blanks();
                let at = self.at;
                let name = self.word()?;
                let Some(rt) = Rt::by_name(&name) else {
                    return self.error(at, format!("unknown runtime operation `{name}`"));
                };
                let site = if self.peek() == b'#' { Some(self.site_ref()?) } else { None };
                Op::CallRt { rt, site, args: self.args()? }
            }
            "frame_pointer" => Op::FramePointer,
            "return_address" => Op::ReturnAddress,
            "jump" => {
                let (to, args) = self.target()?;
                Op::Jump { to, args }
            }
            "branch" => {
                let cond = self.value()?;
                self.expect(",")?;
                let (then, then_args) = self.target()?;
                self.expect(",")?;
                let (els, els_args) = self.target()?;
                Op::Branch { cond, then, then_args, els, els_args }
            }
            "switch" => {
                let value = self.value()?;
                self.expect(",")?;
                self.expect("[")?;
                let mut cases = Vec::new();
                while !self.eat("]") {
                    if !cases.is_empty() {
                        self.expect(",")?;
                    }
                    let n = self.int()?;
                    self.expect(":")?;
                    cases.push((n, self.block()?));
                }
                self.expect(",")?;
                Op::Switch { value, cases, default: self.block()? }
            }
            "return" => {
                let mut values = Values::new();
                while self.numbered(b'v') || !values.is_empty() {
                    values.push(self.value()?);
                    if !self.eat(",") {
                        break;
                    }
                }
                Op::Return(values)
            }
            "unreachable" => Op::Unreachable,
            _ => return self.error(at, format!("unknown operation `{word}`")),
        })
    }
}
