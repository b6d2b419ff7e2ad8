//! The verifier: every rule of docs/ir.md.
//!
//! In: any module. Out: nothing, or the broken rules, each naming function, block and instruction.
//! Guarantees: never panics; near-linear.

mod tables;

use rustc_hash::FxHashSet;

use crate::cfg::Cfg;
use crate::dom::DomTree;
use crate::entity::{Block, FuncId, Inst, LayoutId, SiteId, Value, VarId};
use crate::func::*;
use crate::module::*;
use crate::print::print_inst;
use escargo_abi::entry::RtType;
use tables::verify_tables;

#[derive(Debug, Clone, PartialEq)]
pub struct VerifyError {
    /// Name of the function, or empty for the module itself.
    pub func: String,
    pub block: Option<Block>,
    pub inst: Option<Inst>,
    /// The instruction's text.
    pub text: String,
    pub message: String,
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.func.is_empty() {
            return write!(f, "module: {}", self.message);
        }
        write!(f, "{}", self.func)?;
        if let Some(b) = self.block {
            write!(f, ": {b}")?;
        }
        write!(f, ": {}", self.message)?;
        if !self.text.is_empty() {
            write!(f, " in `{}`", self.text)?;
        }
        Ok(())
    }
}

/// Layouts nest at most so deep.
const MAX_NESTING: u32 = 1000;
/// Errors beyond this number are not collected.
const MAX_ERRORS: usize = 20;

pub fn verify(module: &Module) -> Result<(), Vec<VerifyError>> {
    let mut errors = Vec::new();
    verify_tables(module, &mut errors);
    // Functions refer to the tables: they are worth a look only if those hold.
    if errors.is_empty() {
        for i in 0..module.funcs.len() {
            check_func(module, FuncId(i as u32), &mut errors);
            if errors.len() >= MAX_ERRORS {
                break;
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Verifies one function; the tables of the module are taken as valid.
pub fn verify_func(module: &Module, func: FuncId) -> Result<(), Vec<VerifyError>> {
    let mut errors = Vec::new();
    check_func(module, func, &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

struct Checker<'m, 'e> {
    m: &'m Module,
    f: &'m Func,
    errors: &'e mut Vec<VerifyError>,
    block: Option<Block>,
    inst: Option<Inst>,
}

fn check_func(m: &Module, id: FuncId, errors: &mut Vec<VerifyError>) {
    let Some(f) = m.funcs.get(id.index()) else { return };
    let mut c = Checker { m, f, errors, block: None, inst: None };
    c.func();
}

impl Checker<'_, '_> {
    fn fail(&mut self, message: impl Into<String>) {
        if self.errors.len() >= MAX_ERRORS {
            return;
        }
        self.errors.push(VerifyError {
            func: self.f.name.clone(),
            block: self.block,
            inst: self.inst,
            text: self.inst.map_or(String::new(), |i| print_inst(self.m, self.f, i)),
            message: message.into(),
        });
    }

    fn func(&mut self) {
        let f = self.f;
        if f.is_declared_only() {
            return;
        }
        for (i, s) in f.scopes.iter().enumerate() {
            if s.parent as usize > i {
                self.fail(format!("scope {}: the parent must be an earlier scope", i + 1));
            }
        }
        let before = self.errors.len();
        self.structure();
        // Types and dominance are read through tables that must be intact.
        if self.errors.len() > before {
            return;
        }
        let entry = f.block(f.order[0]);
        let types: Vec<Type> = entry.params.iter().map(|&v| f.ty(v)).collect();
        self.block = Some(f.order[0]);
        if types != f.sig.params {
            self.fail("the entry's parameters differ from the signature");
        }
        for &b in &f.order {
            self.block = Some(b);
            for &i in &f.block(b).insts {
                self.inst = Some(i);
                self.op(&f.inst(i).op);
            }
            self.inst = None;
        }
        self.dominance();
    }

    fn variable(&mut self, var: VarId) {
        if var.index() >= self.m.debug.vars.len() {
            self.fail("no such variable");
        }
    }

    /// Ids in range, each thing in one place, terminators at the ends.
    fn structure(&mut self) {
        let f = self.f;
        let mut placed = vec![false; f.blocks.len()];
        let mut inst_seen = vec![false; f.insts.len()];
        for &b in &f.order {
            self.block = Some(b);
            if b.index() >= f.blocks.len() {
                self.fail("no such block");
                continue;
            }
            if std::mem::replace(&mut placed[b.index()], true) {
                self.fail("the block stands twice in the order");
            }
        }
        for &b in &f.order {
            self.block = Some(b);
            let Some(data) = f.blocks.get(b.index()) else { continue };
            for (i, &v) in data.params.iter().enumerate() {
                match f.values.get(v.index()) {
                    Some(d) if d.def == Def::Param(b, i as u32) => {}
                    _ => self.fail(format!("{v} is not defined by this block's parameter {i}")),
                }
            }
            if data.insts.is_empty() {
                self.fail("the block does not end in a terminator");
            }
            for (n, &i) in data.insts.iter().enumerate() {
                self.inst = Some(i);
                let Some(inst) = f.insts.get(i.index()) else {
                    self.inst = None;
                    self.fail("no such instruction");
                    continue;
                };
                if std::mem::replace(&mut inst_seen[i.index()], true) {
                    self.fail("the instruction stands in two places");
                }
                let last = n + 1 == data.insts.len();
                if inst.op.is_terminator() != last {
                    self.fail(if last {
                        "the block does not end in a terminator"
                    } else {
                        "terminator inside a block"
                    });
                }
                if inst.scope as usize > f.scopes.len() {
                    self.fail("no such scope");
                }
                for (r, &v) in inst.results.iter().enumerate() {
                    match f.values.get(v.index()) {
                        Some(d) if d.def == Def::Result(i, r as u32) => {}
                        _ => self.fail(format!("{v} is not defined by this instruction")),
                    }
                }
                let mut bad = None;
                inst.op.for_each_operand(|v| {
                    if f.values.get(v.index()).is_none_or(|d| d.def == Def::None) {
                        bad = Some(v);
                    }
                });
                if let Some(v) = bad {
                    self.fail(format!("{v} is not defined"));
                }
                let mut bad = None;
                inst.op.for_each_successor(|b| {
                    if !placed.get(b.index()).copied().unwrap_or(false) {
                        bad = Some(b);
                    }
                });
                if let Some(b) = bad {
                    self.fail(format!("{b} is not a block of the function"));
                }
            }
            self.inst = None;
        }
    }

    fn dominance(&mut self) {
        let f = self.f;
        let cfg = Cfg::new(f);
        let dom = DomTree::new(&cfg);
        // Position of each instruction in its block.
        let mut place = vec![(Block(u32::MAX), 0u32); f.insts.len()];
        for &b in &f.order {
            for (n, &i) in f.block(b).insts.iter().enumerate() {
                place[i.index()] = (b, n as u32);
            }
        }
        for &b in &f.order {
            if !cfg.reachable(b) {
                continue;
            }
            self.block = Some(b);
            for (n, &i) in f.block(b).insts.iter().enumerate() {
                self.inst = Some(i);
                let mut bad = None;
                f.inst(i).op.for_each_operand(|v| {
                    let ok = match f.values[v.index()].def {
                        Def::Param(d, _) => dom.dominates(d, b),
                        Def::Result(d, _) => {
                            let (d, at) = place[d.index()];
                            if d == b { at < n as u32 } else { d.0 != u32::MAX && dom.dominates(d, b) }
                        }
                        Def::None => false,
                    };
                    if !ok {
                        bad = Some(v);
                    }
                });
                if let Some(v) = bad {
                    self.fail(format!("the definition of {v} does not dominate this use"));
                }
            }
            self.inst = None;
        }
    }

    fn ty(&self, v: Value) -> Type {
        self.f.ty(v)
    }

    fn expect(&mut self, v: Value, ty: Type) {
        if self.ty(v) != ty {
            let found = self.ty(v).name();
            self.fail(format!("{v} is {found}, expected {}", ty.name()));
        }
    }

    fn expect_int(&mut self, v: Value) {
        if !self.ty(v).is_int() {
            let found = self.ty(v).name();
            self.fail(format!("{v} is {found}, expected an integer"));
        }
    }

    fn expect_float(&mut self, v: Value) {
        if !self.ty(v).is_float() {
            let found = self.ty(v).name();
            self.fail(format!("{v} is {found}, expected a float"));
        }
    }

    fn results(&mut self, types: &[Type]) {
        let inst = self.inst.expect("inside an instruction");
        let found: Vec<Type> = self.f.inst(inst).results.iter().map(|&v| self.ty(v)).collect();
        if found != types {
            let text = |t: &[Type]| t.iter().map(|t| t.name()).collect::<Vec<_>>().join(", ");
            self.fail(format!("results are ({}), expected ({})", text(&found), text(types)));
        }
    }

    fn values(&mut self, what: &str, values: &[Value], types: &[Type]) {
        if values.len() != types.len() {
            self.fail(format!("{} {what}, expected {}", values.len(), types.len()));
            return;
        }
        for (&v, &t) in values.iter().zip(types) {
            self.expect(v, t);
        }
    }

    fn layout(&mut self, id: LayoutId) -> bool {
        let ok = id.index() < self.m.layouts.len();
        if !ok {
            self.fail("no such layout");
        }
        ok
    }

    fn site(&mut self, id: SiteId) -> bool {
        let ok = id.index() < self.m.sites.len();
        if !ok {
            self.fail(format!("no site {id}"));
        }
        ok
    }

    fn target(&mut self, b: Block, args: &[Value]) {
        let f = self.f;
        let types: Vec<Type> = f.block(b).params.iter().map(|&v| f.ty(v)).collect();
        if b == f.order[0] {
            self.fail("the entry can not be a target");
        }
        self.values(&format!("arguments for {b}"), args, &types);
    }

    /// Results of a call: those of the callee, or of the current function if it is a tail call.
    fn call_results(&mut self, results: &[Type], tail: bool) {
        if tail {
            if results != self.f.sig.results {
                self.fail("a tail call's results differ from the function's");
            }
            self.results(&[]);
        } else {
            self.results(results);
        }
    }

    fn op(&mut self, op: &Op) {
        let tail = op.is_terminator();
        match op {
            Op::Iconst { ty, value } => {
                if !ty.is_int() {
                    self.fail("iconst of a type that is no integer");
                }
                let bits = ty.bytes() * 8;
                if bits < 64 && (*value < -(1 << (bits - 1)) || *value >= 1 << bits) {
                    self.fail("the constant does not fit its type");
                }
                self.results(&[*ty]);
            }
            Op::F32const(_) => self.results(&[Type::F32]),
            Op::F64const(_) => self.results(&[Type::F64]),
            Op::Null | Op::FramePointer | Op::ReturnAddress => self.results(&[Type::Ptr]),
            Op::GlobalAddr(g, _) => {
                if g.index() >= self.m.globals.len() {
                    self.fail("no such global");
                }
                self.results(&[Type::Ptr]);
            }
            Op::FuncAddr(id) => {
                if id.index() >= self.m.funcs.len() {
                    self.fail("no such function");
                }
                self.results(&[Type::Ptr]);
            }
            Op::Unary(op, a) => {
                match op {
                    UnOp::Neg
                    | UnOp::Not
                    | UnOp::Clz
                    | UnOp::Ctz
                    | UnOp::Popcnt
                    | UnOp::Bswap
                    | UnOp::Bitrev => self.expect_int(*a),
                    _ => self.expect_float(*a),
                }
                self.results(&[self.ty(*a)]);
            }
            Op::Binary(op, a, b) => {
                match op {
                    BinOp::Fadd | BinOp::Fsub | BinOp::Fmul | BinOp::Fdiv => {
                        self.expect_float(*a);
                        self.expect(*b, self.ty(*a));
                    }
                    BinOp::Shl | BinOp::Lshr | BinOp::Ashr | BinOp::Rotl => {
                        self.expect_int(*a);
                        self.expect_int(*b);
                    }
                    _ => {
                        self.expect_int(*a);
                        self.expect(*b, self.ty(*a));
                    }
                }
                self.results(&[self.ty(*a)]);
            }
            Op::Icmp(_, a, b) => {
                if self.ty(*a).is_float() {
                    self.expect_int(*a);
                }
                self.expect(*b, self.ty(*a));
                self.results(&[Type::I8]);
            }
            Op::Fcmp(_, a, b) => {
                self.expect_float(*a);
                self.expect(*b, self.ty(*a));
                self.results(&[Type::I8]);
            }
            Op::Convert { op, to, value } => {
                let from = self.ty(*value);
                let ok = match op {
                    ConvOp::Zext | ConvOp::Sext => from.is_int() && to.is_int() && from.bytes() < to.bytes(),
                    ConvOp::Trunc => from.is_int() && to.is_int() && from.bytes() > to.bytes(),
                    ConvOp::SintToF | ConvOp::UintToF => from.is_int() && to.is_float(),
                    ConvOp::FToSint | ConvOp::FToUint => from.is_float() && to.is_int(),
                    ConvOp::Fpromote => (from, *to) == (Type::F32, Type::F64),
                    ConvOp::Fdemote => (from, *to) == (Type::F64, Type::F32),
                    ConvOp::Bitcast => {
                        from.bytes() == to.bytes()
                            && from.is_float() != to.is_float()
                            && from != Type::Ptr
                            && *to != Type::Ptr
                    }
                    ConvOp::PtrToInt => (from, *to) == (Type::Ptr, Type::I64),
                    ConvOp::IntToPtr => (from, *to) == (Type::I64, Type::Ptr),
                };
                if !ok {
                    self.fail(format!("{} can not convert {} to {}", op.name(), from.name(), to.name()));
                }
                self.results(&[*to]);
            }
            Op::Select(c, a, b) => {
                self.expect(*c, Type::I8);
                self.expect(*b, self.ty(*a));
                self.results(&[self.ty(*a)]);
            }
            Op::Fma(a, b, c) => {
                self.expect_float(*a);
                self.expect(*b, self.ty(*a));
                self.expect(*c, self.ty(*a));
                self.results(&[self.ty(*a)]);
            }
            Op::AddCarry(a, b, c) | Op::SubBorrow(a, b, c) => {
                for v in [a, b, c] {
                    self.expect(*v, Type::I64);
                }
                self.results(&[Type::I64, Type::I64]);
            }
            Op::Alloc { site, layout, count } => {
                if self.layout(*layout) && self.site(*site) {
                    let s = &self.m.sites[site.index()];
                    if s.layout != *layout {
                        self.fail("the layout is not that of the site");
                    }
                }
                if let Some(c) = count {
                    self.expect(*c, Type::I64);
                }
                self.results(&[Type::Ptr]);
            }
            Op::Field { base, layout, field } => {
                self.expect(*base, Type::Ptr);
                if self.layout(*layout) {
                    match &self.m.layout(*layout).shape {
                        Shape::Struct(fields) if (*field as usize) < fields.len() => {}
                        _ => self.fail("the layout has no such field"),
                    }
                }
                self.results(&[Type::Ptr]);
            }
            Op::Elem { base, layout, index } => {
                self.expect(*base, Type::Ptr);
                self.layout(*layout);
                self.expect(*index, Type::I64);
                self.results(&[Type::Ptr]);
            }
            Op::Offset { base, offset } => {
                self.expect(*base, Type::Ptr);
                self.expect(*offset, Type::I64);
                self.results(&[Type::Ptr]);
            }
            Op::Load { ty, addr } => {
                self.expect(*addr, Type::Ptr);
                self.results(&[*ty]);
            }
            Op::Store { ty, addr, value } => {
                self.expect(*addr, Type::Ptr);
                self.expect(*value, *ty);
                self.results(&[]);
            }
            Op::Copy { layout, dst, src } => {
                self.layout(*layout);
                self.expect(*dst, Type::Ptr);
                self.expect(*src, Type::Ptr);
                self.results(&[]);
            }
            Op::Zero { layout, addr } => {
                self.layout(*layout);
                self.expect(*addr, Type::Ptr);
                self.results(&[]);
            }
            Op::NilCheck(a) => {
                self.expect(*a, Type::Ptr);
                self.results(&[]);
            }
            Op::Check { check, x, y } => {
                match check {
                    Check::Div => self.expect_int(*x),
                    Check::Shift => self.expect_int(*x),
                    _ => self.expect(*x, Type::I64),
                }
                match (check, y) {
                    (Check::Div | Check::Shift, None) => {}
                    (Check::Div | Check::Shift, Some(_)) => self.fail("the check has one operand"),
                    (_, Some(y)) => self.expect(*y, Type::I64),
                    (_, None) => self.fail("the check has two operands"),
                }
                self.results(&[]);
            }
            Op::AtomicLoad { ty, addr } => {
                self.atomic(*ty);
                self.expect(*addr, Type::Ptr);
                self.results(&[*ty]);
            }
            Op::AtomicStore { ty, addr, value } => {
                self.atomic(*ty);
                self.expect(*addr, Type::Ptr);
                self.expect(*value, *ty);
                self.results(&[]);
            }
            Op::AtomicRmw { op, ty, addr, value } => {
                self.atomic(*ty);
                if *ty == Type::Ptr && *op != AtomicOp::Xchg {
                    self.fail("arithmetic on pointers");
                }
                self.expect(*addr, Type::Ptr);
                self.expect(*value, *ty);
                self.results(&[*ty]);
            }
            Op::AtomicCas { ty, addr, old, new } => {
                self.atomic(*ty);
                self.expect(*addr, Type::Ptr);
                self.expect(*old, *ty);
                self.expect(*new, *ty);
                self.results(&[Type::I8]);
            }
            Op::KeepAlive(_) => self.results(&[]),
            Op::DebugAddr { var, .. } => {
                self.variable(*var);
                self.results(&[]);
            }
            Op::DebugValue { var, offset, value } => {
                self.variable(*var);
                let bytes = self.f.values.get(value.index()).map_or(0, |v| u64::from(v.ty.bytes()));
                let debug = &self.m.debug;
                if let Some(v) = debug.vars.get(var.index())
                    && debug.types.get(v.ty.index()).is_some_and(|t| u64::from(*offset) + bytes > t.size)
                {
                    self.fail("the value lies outside the variable");
                }
                self.results(&[]);
            }
            Op::Call { func, args } | Op::TailCall { func, args } => {
                let Some(callee) = self.m.funcs.get(func.index()) else {
                    return self.fail("no such function");
                };
                self.values("arguments", args, &callee.sig.params);
                self.call_results(&callee.sig.results, tail);
            }
            Op::CallClosure { closure, sig, args } | Op::TailCallClosure { closure, sig, args } => {
                self.expect(*closure, Type::Ptr);
                self.values("arguments", args, &sig.params);
                self.call_results(&sig.results, tail);
            }
            Op::CallMethod { itab, sig, recv, args, .. }
            | Op::TailCallMethod { itab, sig, recv, args, .. } => {
                self.expect(*itab, Type::Ptr);
                self.expect(*recv, Type::Ptr);
                self.values("arguments", args, &sig.params);
                self.call_results(&sig.results, tail);
            }
            Op::CallRt { rt, site, args } => {
                let info = rt.info();
                let of = |t: &RtType| match t {
                    RtType::I64 => Type::I64,
                    RtType::Ptr => Type::Ptr,
                    RtType::F64 => Type::F64,
                };
                let skip = usize::from(rt.has_site());
                let params: Vec<Type> = info.params.iter().skip(skip).map(of).collect();
                self.values("arguments", args, &params);
                let results: Vec<Type> = info.results.iter().map(of).collect();
                self.results(&results);
                match site {
                    Some(s) => {
                        self.site(*s);
                    }
                    None if rt.has_site() => self.fail("the operation needs a site"),
                    None => {}
                }
            }
            Op::Jump { to, args } => {
                self.target(*to, args);
                self.results(&[]);
            }
            Op::Branch { cond, then, then_args, els, els_args } => {
                self.expect(*cond, Type::I8);
                self.target(*then, then_args);
                self.target(*els, els_args);
                self.results(&[]);
            }
            Op::Switch { value, cases, default } => {
                self.expect_int(*value);
                let mut seen = FxHashSet::default();
                for (n, b) in cases {
                    if !seen.insert(*n) {
                        self.fail(format!("case {n} stands twice"));
                    }
                    self.target(*b, &[]);
                }
                self.target(*default, &[]);
                self.results(&[]);
            }
            Op::Return(values) => {
                let f = self.f;
                self.values("results", values, &f.sig.results);
                self.results(&[]);
            }
            Op::Unreachable => self.results(&[]),
        }
    }

    fn atomic(&mut self, ty: Type) {
        if ty.is_float() {
            self.fail("atomic access to a float");
        }
    }
}
