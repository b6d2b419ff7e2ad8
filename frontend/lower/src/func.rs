//! Lowers one function instance: its frame of variables, entry, return, and the emission helpers of the other files.
//!
//! In: a declaration or literal, the substitution of its type parameters, the `Lowerer`. Out: the body of an `ir::Func`.
//! Requires: type-checked syntax. Guarantees: every Go variable is one `alloc` with its own site; blocks are well formed.

use std::rc::Rc;

use escargo_ir::{
    BinOp, Block, Builder, Check, ConvOp, Def, Func, FuncId, GlobalId, IntCC, LayoutId, Op, Rt, Signature,
    Site, SiteId, SiteKind, Type as Ir, Value, Values,
};
use escargo_syntax::ast::{self, Expr};
use escargo_syntax::{Pos, Symbol};
use escargo_types::info::{Mode, TypeAndValue};
use escargo_types::world::*;
use rustc_hash::FxHashMap;

use crate::defer::Frame;
use crate::program::{Env, FuncInstance, Lowerer};
use crate::range_func::YieldCtx;
use crate::types::{Kind, TyInfo};
use crate::value::Val;
use crate::walk::{self, Facts};

/// What a function shares with the literals inside it.
#[derive(Clone)]
pub struct Unit {
    /// Type arguments of the instance.
    pub env: Env,
    pub pkg: PkgId,
    pub facts: Rc<Facts>,
}

/// Where `break` and `continue` lead.
#[derive(Clone)]
pub struct Target {
    pub label: Option<Symbol>,
    pub brk: Block,
    /// None: a switch or select.
    pub cont: Option<Block>,
    /// The frame is a loop (allocations inside may happen again).
    pub is_loop: bool,
}

/// A result parameter.
#[derive(Clone, Debug)]
pub struct ResultVar {
    pub ty: TypeId,
    /// The variable: named results and all results of functions that defer or range over functions.
    pub addr: Option<Value>,
    /// The caller's memory for a result in memory.
    pub out: Option<Value>,
}

/// Lowers one function. Requires: `enter` has been called before code is emitted.
pub struct FuncLowerer<'l, 'f> {
    pub l: &'l mut Lowerer,
    pub b: Builder<'f>,
    pub unit: Unit,
    /// Go's name of the function, without the marks of compiler-made parts.
    pub name: String,
    /// The source function's name that sites carry.
    pub vars: FxHashMap<ObjId, Value>,
    pub results: Vec<ResultVar>,
    pub targets: Vec<Target>,
    pub labels: FxHashMap<Symbol, Block>,
    pub pending_label: Option<Symbol>,
    /// Numbers of the literals seen, for their names: func literals, range bodies.
    pub lit_count: u32,
    /// The function's own name ends in `.funcN`: nested literals are numbered without the word.
    pub is_lit: bool,
    /// Set in the body of a function that defers and in the range bodies inside it.
    pub frame: Option<Frame>,
    /// Set in a range-over-func body.
    pub yield_ctx: Option<YieldCtx>,
    /// The frame pointer that `recover` reports, if it is not this function's own.
    pub recover_fp: Option<Value>,
    pub noinline: bool,
    /// Where `fallthrough` leads.
    pub next_case: Option<Block>,
    /// Calls that have been evaluated ahead of the operands around them.
    pub ahead: FxHashMap<escargo_syntax::ast::NodeId, (Val, TypeId)>,
}

impl<'l, 'f> FuncLowerer<'l, 'f> {
    pub fn new(l: &'l mut Lowerer, func: &'f mut Func, unit: Unit, name: String) -> Self {
        FuncLowerer {
            l,
            b: Builder::new(func),
            unit,
            name,
            vars: FxHashMap::default(),
            results: Vec::new(),
            targets: Vec::new(),
            labels: FxHashMap::default(),
            pending_label: None,
            lit_count: 0,
            is_lit: false,
            frame: None,
            yield_ctx: None,
            recover_fp: None,
            noinline: false,
            next_case: None,
            ahead: FxHashMap::default(),
        }
    }

    // ---- types

    pub fn at(&mut self, pos: Pos) {
        if !pos.is_none() {
            self.b.pos = escargo_ir::Pos(pos.0);
        }
    }

    /// The canonical type of `t` in this instance.
    pub fn subst(&mut self, t: TypeId) -> TypeId {
        self.l.canon_in(t, &self.unit.env)
    }

    pub fn tv(&self, e: &Expr) -> TypeAndValue {
        self.l.info.of(e.id).cloned().unwrap_or_default()
    }

    /// The type of an expression in this instance.
    pub fn ty(&mut self, e: &Expr) -> TypeId {
        match self.l.info.of(e.id).and_then(|tv| tv.ty) {
            Some(t) => self.subst(t),
            None => match self.l.info.uses.get(&e.id).or_else(|| self.l.info.defs.get(&e.id)) {
                Some(&o) => {
                    let t = self.l.world.obj(o).ty;
                    self.subst(t)
                }
                None => match &e.kind {
                    ast::ExprKind::Paren(x) => self.ty(x),
                    _ => World::INVALID,
                },
            },
        }
    }

    pub fn obj_ty(&mut self, o: ObjId) -> TypeId {
        let t = self.l.world.obj(o).ty;
        self.subst(t)
    }

    /// The recorded type before substitution.
    pub fn raw_ty(&self, e: &Expr) -> TypeId {
        self.l.info.of(e.id).and_then(|tv| tv.ty).unwrap_or(World::INVALID)
    }

    /// The structure of a canonical type.
    pub fn kind(&mut self, t: TypeId) -> Kind {
        self.l.kind(t)
    }

    pub fn is_iface(&mut self, t: TypeId) -> bool {
        self.l.is_interface(t)
    }

    /// Whether an interface type has no methods (its first word is the type then, not an itab).
    pub fn is_empty_iface(&mut self, t: TypeId) -> bool {
        self.l.iface_methods(t).is_empty()
    }

    pub fn signed(&mut self, t: TypeId) -> bool {
        !matches!(self.kind(t), Kind::Int { signed: false, .. })
    }

    pub fn same(&mut self, a: TypeId, b: TypeId) -> bool {
        let (a, b) = (self.l.canon(a), self.l.canon(b));
        a == b
    }

    pub fn ti(&mut self, t: TypeId) -> Rc<TyInfo> {
        self.l.info_of(t)
    }

    pub fn layout(&mut self, t: TypeId) -> LayoutId {
        self.l.info_of(t).layout
    }

    /// The IR type of a type with exactly one scalar.
    pub fn ir(&mut self, t: TypeId) -> Ir {
        let ti = self.ti(t);
        ti.leaves.first().map_or(Ir::I64, |l| l.ty)
    }

    /// The IR signature of a call of a function type, without receiver and closure.
    pub fn call_sig(&mut self, sig: TypeId) -> Signature {
        self.l.signature(sig, None)
    }

    // ---- sites and memory

    pub fn site(&mut self, kind: SiteKind, layout: LayoutId, name: impl Into<String>) -> SiteId {
        self.l.site(kind, Pos(self.b.pos.0), layout, name, &self.name)
    }

    pub fn site_heap(
        &mut self,
        kind: SiteKind,
        layout: LayoutId,
        name: impl Into<String>,
        heap_only: Option<String>,
    ) -> SiteId {
        let (pos, func) = (self.b.pos, self.name.clone());
        self.l.module.add_site(Site { kind, pos, layout, name: name.into(), func, heap_only, origin: None })
    }

    pub fn alloc(&mut self, kind: SiteKind, t: TypeId, name: impl Into<String>) -> Value {
        let layout = self.layout(t);
        let site = self.site(kind, layout, name);
        self.b.alloc(site, layout)
    }

    /// Zeroed memory for a compiler temporary.
    pub fn temp(&mut self, t: TypeId) -> Value {
        self.alloc(SiteKind::Temp, t, ".tmp")
    }

    pub fn alloc_layout(&mut self, kind: SiteKind, layout: LayoutId, name: impl Into<String>) -> Value {
        let site = self.site(kind, layout, name);
        self.b.alloc(site, layout)
    }

    pub fn load(&mut self, t: TypeId, addr: Value) -> Val {
        self.l.load_val(&mut self.b, addr, t)
    }

    pub fn store(&mut self, t: TypeId, addr: Value, v: &Val) {
        self.l.store_val(&mut self.b, addr, t, v)
    }

    pub fn zero_at(&mut self, t: TypeId, addr: Value) {
        let ti = self.ti(t);
        if ti.in_mem {
            self.b.push(Op::Zero { layout: ti.layout, addr }, &[]);
        } else {
            let z = self.zero(t);
            self.store(t, addr, &z);
        }
    }

    /// The zero value; one in memory must not be written.
    pub fn zero(&mut self, t: TypeId) -> Val {
        self.l.zero_val(&mut self.b, t)
    }

    /// The value in memory that nobody else writes: a copy in a temporary.
    pub fn spill(&mut self, t: TypeId, v: &Val) -> Value {
        let tmp = self.temp(t);
        self.store(t, tmp, v);
        tmp
    }

    /// An address holding the value, which is only read: values in memory are not copied.
    pub fn in_memory(&mut self, t: TypeId, v: &Val) -> Value {
        match v {
            Val::Mem(a) => *a,
            Val::Scalars(_) => self.spill(t, v),
        }
    }

    /// A value that later writes to variables cannot change.
    pub fn stable(&mut self, t: TypeId, v: Val) -> Val {
        match v {
            Val::Mem(_) => Val::Mem(self.spill(t, &v)),
            v => v,
        }
    }

    /// Address of a field of a struct type.
    pub fn field_addr(&mut self, base: Value, strukt: TypeId, index: usize) -> Value {
        let layout = self.layout(strukt);
        self.b.field(base, layout, index as u32)
    }

    /// Address of element `index` (I64) of memory holding elements of type `elem`.
    pub fn elem_addr(&mut self, base: Value, elem: TypeId, index: Value) -> Value {
        let layout = self.layout(elem);
        self.b.elem(base, layout, index)
    }

    /// Field `index` of a struct value.
    pub fn extract(&mut self, strukt: TypeId, v: &Val, index: usize) -> (Val, TypeId) {
        let ft = self.l.fields(strukt)[index].ty;
        match v {
            Val::Mem(a) => {
                let a = self.field_addr(*a, strukt, index);
                (self.load(ft, a), ft)
            }
            Val::Scalars(vs) => (Val::of(&vs[self.l.field_leaves(strukt, index)]), ft),
        }
    }

    // ---- small emission helpers

    pub fn int(&mut self, v: i64) -> Value {
        self.b.iconst(Ir::I64, v)
    }

    pub fn bool(&mut self, v: bool) -> Value {
        self.b.iconst(Ir::I8, v as i64)
    }

    pub fn global_addr(&mut self, g: GlobalId) -> Value {
        self.b.value(Op::GlobalAddr(g, 0), Ir::Ptr)
    }

    pub fn func_addr(&mut self, f: FuncId) -> Value {
        self.b.value(Op::FuncAddr(f), Ir::Ptr)
    }

    pub fn offset(&mut self, base: Value, bytes: i64) -> Value {
        if bytes == 0 {
            return base;
        }
        let offset = self.int(bytes);
        self.b.value(Op::Offset { base, offset }, Ir::Ptr)
    }

    pub fn nil_check(&mut self, p: Value) {
        self.b.push(Op::NilCheck(p), &[]);
    }

    pub fn check(&mut self, check: Check, x: Value, y: Option<Value>) {
        self.b.push(Op::Check { check, x, y }, &[]);
    }

    /// A conversion. One of a loaded value belongs to the load: machines do both in one instruction, which may fault.
    pub fn convert(&mut self, op: ConvOp, to: Ir, value: Value) -> Value {
        let pos = self.b.pos;
        if let Def::Result(inst, _) = self.b.func.values[value.index()].def
            && let Op::Load { .. } = self.b.func.inst(inst).op
        {
            self.b.pos = self.b.func.inst(inst).pos;
        }
        let v = self.b.value(Op::Convert { op, to, value }, to);
        self.b.pos = pos;
        v
    }

    /// An integer as I64, by its sign.
    pub fn to_i64(&mut self, v: Value, signed: bool) -> Value {
        match self.b.func.ty(v) {
            Ir::I64 => v,
            _ => self.convert(if signed { ConvOp::Sext } else { ConvOp::Zext }, Ir::I64, v),
        }
    }

    pub fn is_null(&mut self, p: Value) -> Value {
        let n = self.b.null();
        self.b.icmp(IntCC::Eq, p, n)
    }

    pub fn not(&mut self, v: Value) -> Value {
        let one = self.b.iconst(Ir::I8, 1);
        self.b.binary(BinOp::Xor, v, one)
    }

    pub fn block(&mut self) -> Block {
        self.b.create_block()
    }

    pub fn cold_block(&mut self) -> Block {
        let b = self.b.create_block();
        self.b.func.blocks[b.index()].cold = true;
        b
    }

    pub fn jump(&mut self, to: Block) {
        self.b.jump(to, &[]);
    }

    /// A runtime call; the results' types are those of the entry.
    pub fn rt(&mut self, rt: Rt, args: &[Value]) -> Values {
        self.rt_site(rt, None, args)
    }

    pub fn rt_site(&mut self, rt: Rt, site: Option<SiteId>, args: &[Value]) -> Values {
        let results: Vec<Ir> = rt
            .info()
            .results
            .iter()
            .map(|r| match r {
                escargo_abi::RtType::I64 => Ir::I64,
                escargo_abi::RtType::Ptr => Ir::Ptr,
                escargo_abi::RtType::F64 => Ir::F64,
            })
            .collect();
        let vs = self.b.values(Op::CallRt { rt, site, args: args.iter().copied().collect() }, &results);
        if rt.never_returns() {
            self.b.push(Op::Unreachable, &[]);
        }
        vs
    }

    pub fn rt1(&mut self, rt: Rt, args: &[Value]) -> Value {
        self.rt(rt, args)[0]
    }

    /// An I64 truth value of the runtime as a Go bool.
    pub fn rt_bool(&mut self, v: Value) -> Value {
        self.convert(ConvOp::Trunc, Ir::I8, v)
    }

    /// Address of a type's descriptor.
    pub fn type_desc(&mut self, t: TypeId) -> Value {
        self.l.type_addr(&mut self.b, t)
    }

    pub fn str_val(&mut self, s: &[u8]) -> Val {
        self.l.string_val(&mut self.b, s)
    }

    // ---- variables

    pub fn obj_name(&self, o: ObjId) -> &'static str {
        self.l.world.obj(o).name.as_str()
    }

    /// Whether code here may be executed again within one activation.
    pub fn in_loop(&self) -> bool {
        self.unit.facts.has_goto || self.yield_ctx.is_some() || self.targets.iter().any(|t| t.is_loop)
    }

    /// Makes a new variable of an object and returns its zeroed memory.
    pub fn declare(&mut self, o: ObjId) -> Value {
        let t = self.obj_ty(o);
        let pos = self.b.pos;
        self.at(self.l.world.obj(o).pos);
        let addr = self.alloc(SiteKind::Var, t, self.obj_name(o));
        self.b.pos = pos;
        self.bind(o, addr);
        addr
    }

    /// The address of a variable, local or of a package.
    pub fn var_addr(&mut self, o: ObjId) -> Value {
        if let Some(&a) = self.vars.get(&o) {
            return a;
        }
        let g = self.l.global_of(o);
        self.global_addr(g)
    }

    pub fn is_local(&self, o: ObjId) -> bool {
        self.vars.contains_key(&o)
    }

    /// Declares a variable with a value.
    pub fn declare_init(&mut self, o: ObjId, v: &Val) {
        let t = self.obj_ty(o);
        let a = self.declare(o);
        self.store(t, a, v);
    }

    /// The object an identifier declares, unless it is blank or names an older variable.
    pub fn def_of(&self, e: &Expr) -> Option<ObjId> {
        if let ast::ExprKind::Name(n) = &e.kind
            && n.is_blank()
        {
            return None;
        }
        self.l.info.defs.get(&e.id).copied()
    }

    pub fn mode(&self, e: &Expr) -> Mode {
        self.l.info.of(e.id).map_or(Mode::None, |t| t.mode)
    }

    // ---- entry and return

    /// Starts the function: the entry block with the parameters of the signature.
    pub fn enter(&mut self) -> Vec<Value> {
        let entry = self.b.create_block();
        let types = self.b.func.sig.params.clone();
        let params = types.into_iter().map(|t| self.b.block_param(entry, t)).collect();
        self.b.switch_to(entry);
        params
    }

    /// Takes the value of a parameter of type `t` from the front of the flattened parameters.
    pub fn take_param(&mut self, t: TypeId, params: &mut impl Iterator<Item = Value>) -> Val {
        let ti = self.ti(t);
        if ti.in_mem {
            return Val::Mem(params.next().expect("a parameter for every scalar"));
        }
        Val::Scalars(ti.leaves.iter().map(|_| params.next().expect("a parameter for every scalar")).collect())
    }

    /// `return` of already evaluated values (as many as results; none: the variables' values).
    pub fn emit_return(&mut self, vals: Option<Vec<Val>>) {
        if self.yield_ctx.is_some() {
            return self.yield_return(vals);
        }
        let results = self.results.clone();
        if let Some(vals) = &vals
            && results.iter().any(|r| r.addr.is_some())
        {
            for (r, v) in results.iter().zip(vals) {
                if let Some(a) = r.addr {
                    self.store(r.ty, a, v);
                }
            }
        }
        if self.frame.is_some() {
            return self.jump_to_exit();
        }
        let mut out: Vec<Value> = Vec::new();
        for (i, r) in results.iter().enumerate() {
            let v = match (r.addr, &vals) {
                (Some(a), _) => self.load(r.ty, a),
                (None, Some(vals)) => vals[i].clone(),
                (None, None) => self.zero(r.ty),
            };
            match r.out {
                Some(o) => self.store(r.ty, o, &v),
                None => out.extend(v.scalars()),
            }
        }
        self.b.ret(&out);
    }

    /// Ends the body: falls off the end or is unreachable there.
    pub fn finish_body(&mut self, rbrace: Pos) {
        if self.b.reachable() {
            self.at(rbrace);
            if self.results.is_empty() || self.frame.is_some() || self.yield_ctx.is_some() {
                self.emit_return(None);
            } else {
                // A terminating statement ends the body, so this is not reached.
                self.b.push(Op::Unreachable, &[]);
            }
        }
        if self.frame.is_some() && self.yield_ctx.is_none() {
            self.at(rbrace);
            self.leave_guard();
        }
        self.prune();
        if self.noinline {
            self.b.func.flags.noinline = true;
        }
    }

    /// Drops blocks that nothing jumps to: code after terminating statements.
    pub fn prune(&mut self) {
        let f = &mut *self.b.func;
        let mut live = vec![false; f.blocks.len()];
        let mut work: Vec<Block> = f.order.first().copied().into_iter().collect();
        while let Some(b) = work.pop() {
            if std::mem::replace(&mut live[b.index()], true) {
                continue;
            }
            if let Some(t) = f.terminator(b) {
                t.op.for_each_successor(|s| work.push(s));
            }
        }
        f.order.retain(|b| live[b.index()]);
    }

    /// The name of the next literal inside this function, as Go names it.
    pub fn lit_name(&mut self, range: bool) -> String {
        self.lit_count += 1;
        match (range, self.is_lit) {
            (true, _) => format!("{}-range{}", self.name, self.lit_count),
            (false, false) => format!("{}.func{}", self.name, self.lit_count),
            (false, true) => format!("{}.{}", self.name, self.lit_count),
        }
    }
}

/// One parameter of a source function: its variable (None: blank or unnamed) and its type, not substituted.
pub struct Param {
    pub obj: Option<ObjId>,
    pub ty: TypeId,
}

/// The source parts of a function: parameters (the receiver first), results, body.
pub struct Source<'a> {
    /// The first parameter is the receiver.
    pub recv: bool,
    pub params: Vec<Param>,
    pub results: Vec<Param>,
    pub body: &'a ast::Block,
}

impl Lowerer {
    /// Parameters and results of a declared function or literal, from its syntax and its signature.
    pub fn source_of<'a>(
        &self,
        sig: TypeId,
        recv: Option<&ast::Field>,
        ty: &ast::FuncType,
        body: &'a ast::Block,
    ) -> Source<'a> {
        let Type::Signature(s) = self.world.ty(self.world.unalias(sig)) else {
            unreachable!("lower: a function has a signature")
        };
        let named = |f: &ast::Field| {
            f.name.filter(|n| !n.name.is_blank()).and_then(|n| self.info.defs.get(&n.id).copied())
        };
        let mut params = Vec::new();
        if let (Some(r), Some(field)) = (s.recv, recv) {
            params.push(Param { obj: named(field), ty: self.world.obj(r).ty });
        }
        for (i, &p) in s.params.iter().enumerate() {
            params.push(Param { obj: ty.params.get(i).and_then(named), ty: self.world.obj(p).ty });
        }
        let results = s
            .results
            .iter()
            .enumerate()
            .map(|(i, &r)| Param { obj: ty.results.get(i).and_then(named), ty: self.world.obj(r).ty })
            .collect();
        Source { recv: recv.is_some(), params, results, body }
    }
}

/// Lowers the body of a declared function or method instance into `id`.
pub fn lower_func(l: &mut Lowerer, inst: &FuncInstance, id: FuncId) {
    let Some((pkg, file, index)) = l.decl_of(inst.obj) else { return };
    if l.info.unchecked.contains(&inst.obj) {
        panic!("lower: the body of {} has not been checked: nothing mentions it", l.module.func(id).name);
    }
    let ast::Decl::Func(decl) = &file.decls[index] else { return };
    let Some(body) = decl.body.as_ref().map(|b| b.block()) else { return };
    let info = l.info.clone();
    let facts = Rc::new(walk::scan_body(&mut l.world, &info, pkg, body));
    let unit = Unit { env: l.env_of(inst), pkg, facts };
    let sig = l.world.obj(inst.obj).ty;
    let source = l.source_of(sig, decl.recv.as_ref(), &decl.ty, body);
    let name = l.module.func(id).name.clone();
    let mut func = l.header(id);
    func.pos = escargo_ir::Pos(decl.pos.0);
    func.flags.noinline |= decl.directives.iter().any(|d| d.name == "go:noinline");
    func.flags.nosplit |= decl.directives.iter().any(|d| d.name == "go:nosplit");
    let mut fl = FuncLowerer::new(l, &mut func, unit, name);
    fl.at(decl.pos);
    fl.lower_source(&source, None);
    l.define(id, func);
}
