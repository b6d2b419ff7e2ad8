//! Functions that the compiler makes: itab entries, method expressions, bound methods, function values.
//!
//! In: types and methods. Out: function ids. Guarantees: one wrapper a purpose; each ends in a tail call.

use std::rc::Rc;

use escargo_ir::{
    Block, Builder, Func, FuncId, Global, GlobalId, IntCC, LayoutId, Op, Reloc, RelocTarget, Rt, Signature,
    Type, Value, Values,
};
use escargo_syntax::Symbol;
use escargo_types::lookup::Lookup;
use escargo_types::world::*;
use rustc_hash::FxHashMap;

use crate::program::{FuncInstance, Lowerer};
use crate::types::{Kind, is_exported};
use crate::value::Val;

/// A method of a type, possibly promoted from an embedded field.
#[derive(Clone, Debug)]
pub struct MethodSel {
    pub name: Symbol,
    /// Of an unexported method.
    pub pkg: Option<PkgId>,
    /// Canonical signature.
    pub sig: TypeId,
    /// Fields to go through, without the method's own index.
    pub path: Vec<u32>,
    pub target: MethodTarget,
}

/// What a method call reaches after its path has been walked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MethodTarget {
    /// `recv`: the declared receiver type.
    Func {
        inst: FuncInstance,
        recv: TypeId,
    },
    Iface {
        iface: TypeId,
        index: u32,
    },
}

#[derive(Default)]
pub struct Wrappers {
    words: FxHashMap<(TypeId, Symbol, Option<PkgId>), FuncId>,
    exprs: FxHashMap<(TypeId, Symbol, Option<PkgId>), FuncId>,
    bound: FxHashMap<(MethodTarget, TypeId), (FuncId, LayoutId)>,
    thunks: FxHashMap<FuncId, GlobalId>,
    method_sets: FxHashMap<TypeId, Rc<[MethodSel]>>,
}

/// A value on the way along a path of embedded fields.
enum Cur {
    Addr(Value),
    Vals(Values),
}

impl Lowerer {
    /// Finds a method of a canonical type as seen from `pkg` (the value counts as addressable).
    pub fn select_method(&mut self, t: TypeId, pkg: Option<PkgId>, name: Symbol) -> Option<MethodSel> {
        let found = match self.world.lookup_field_or_method(t, true, pkg, name) {
            Lookup::Found(f) => f,
            _ => return None,
        };
        matches!(self.world.obj(found.obj).kind, ObjKind::Func { .. })
            .then(|| self.method_sel(t, found.obj, &found.path))
    }

    fn method_sel(&mut self, t: TypeId, obj: ObjId, path: &[u32]) -> MethodSel {
        let o = self.world.obj(obj).clone();
        let ObjKind::Func { ptr_recv, .. } = o.kind else { panic!("lowering: {} is not a method", o.name) };
        let fields = &path[..path.len() - 1];
        let mut at = t;
        for &i in fields {
            at = self.deref(at);
            at = self.fields(at)[i as usize].ty;
        }
        let base = self.deref(at);
        let pkg = if is_exported(o.name.as_str()) { None } else { o.pkg };
        if self.is_interface(base) {
            let methods = self.iface_methods(base);
            let index = methods.iter().position(|m| m.name == o.name && m.pkg == pkg);
            let index = index.expect("the interface has the method that was found in it");
            return MethodSel {
                name: o.name,
                pkg,
                sig: methods[index].ty,
                path: fields.to_vec(),
                target: MethodTarget::Iface { iface: base, index: index as u32 },
            };
        }
        let recv = if ptr_recv { self.pointer_to(base) } else { base };
        let targs = match self.world.ty(base) {
            Type_::Named(n) if n.origin.is_some() => n.targs.clone(),
            _ => Vec::new(),
        };
        let inst = FuncInstance { obj: self.origin_func(obj), targs };
        let sig = self.canon_method_sig(obj, &inst);
        MethodSel { name: o.name, pkg, sig, path: fields.to_vec(), target: MethodTarget::Func { inst, recv } }
    }

    fn canon_method_sig(&mut self, _obj: ObjId, inst: &FuncInstance) -> TypeId {
        let generic = match self.world.ty(self.world.obj(inst.obj).ty) {
            Type_::Signature(s) => !s.tparams.is_empty(),
            _ => false,
        };
        // A generic method's signature is known only with its own arguments.
        if generic { World::EMPTY_TUPLE } else { self.func_sig(inst) }
    }

    /// The element type of a pointer type (named ones included), other types unchanged.
    pub fn deref(&mut self, t: TypeId) -> TypeId {
        match self.kind(t) {
            Kind::Pointer(e) => e,
            _ => t,
        }
    }

    /// All methods that values of the type have in interfaces, in the order of method tables.
    pub fn method_set_of(&mut self, t: TypeId) -> Rc<[MethodSel]> {
        if let Some(m) = self.wrappers.method_sets.get(&t) {
            return m.clone();
        }
        let mut set: Vec<MethodSel> = Vec::new();
        for e in self.world.method_set(t) {
            let generic = match self.world.ty(self.world.obj(e.method).ty) {
                Type_::Signature(s) => !s.tparams.is_empty(),
                _ => false,
            };
            if !generic {
                let sel = self.method_sel(t, e.method, &e.path);
                set.push(sel);
            }
        }
        set.sort_by(|a, b| {
            let key = |m: &MethodSel| {
                (m.pkg.is_some(), m.name.as_str(), m.pkg.map_or("", |p| self.world.pkg(p).path.as_str()))
            };
            key(a).cmp(&key(b))
        });
        let set: Rc<[MethodSel]> = set.into();
        self.wrappers.method_sets.insert(t, set.clone());
        set
    }

    /// The method of a type's method set with this name.
    pub fn method_in_set(&mut self, t: TypeId, name: Symbol, pkg: Option<PkgId>) -> Option<MethodSel> {
        self.method_set_of(t).iter().find(|m| m.name == name && m.pkg == pkg).cloned()
    }

    // ---- wrappers

    /// Makes a function with a body; `build` gets the entry's parameters.
    pub fn make_func(
        &mut self,
        name: String,
        sig: Signature,
        closure: bool,
        build: impl FnOnce(&mut Lowerer, &mut Builder, &[Value]),
    ) -> FuncId {
        let id = self.declare(name.clone(), sig.clone());
        let mut func = Func::new(name, sig);
        func.flags.wrapper = true;
        func.flags.closure = closure;
        self.build_func(&mut func, build);
        self.define(id, func);
        id
    }

    /// Fills a function's body, the entry block first.
    pub fn build_func(&mut self, func: &mut Func, build: impl FnOnce(&mut Lowerer, &mut Builder, &[Value])) {
        let params = func.sig.params.clone();
        let mut b = Builder::new(func);
        let entry: Block = b.create_block();
        let params: Vec<Value> = params.iter().map(|&t| b.block_param(entry, t)).collect();
        b.switch_to(entry);
        build(self, &mut b, &params);
    }

    /// The code of a method that takes the interface's data word as receiver.
    pub fn word_method(&mut self, t: TypeId, m: &MethodSel) -> FuncId {
        let direct = self.is_direct_iface(t);
        if let (MethodTarget::Func { inst, recv }, true) = (&m.target, m.path.is_empty())
            && *recv == t
            && (direct || self.info_of(t).in_mem)
        {
            return self.func_id(inst.clone());
        }
        // The word of a value that is not direct is its address: the method of the pointer type.
        let t = if direct { t } else { self.pointer_to(t) };
        if let (MethodTarget::Func { inst, recv }, true) = (&m.target, m.path.is_empty())
            && *recv == t
        {
            return self.func_id(inst.clone());
        }
        if let Some(&f) = self.wrappers.words.get(&(t, m.name, m.pkg)) {
            return f;
        }
        let rest = self.signature(m.sig, None);
        let mut sig = rest.clone();
        sig.params.insert(0, Type::Ptr);
        let name = self.method_symbol(t, m.name.as_str());
        let sel = m.clone();
        let f = self.make_func(name, sig, false, |l, b, params| {
            let cur = Cur::Vals(Values::from_slice(&params[..1]));
            l.finish_method_wrapper(b, cur, t, &sel, rest, &params[1..]);
        });
        self.wrappers.words.insert((t, m.name, m.pkg), f);
        f
    }

    /// The function of the method expression `t.m`: a plain function whose first parameter is the receiver, so that
    /// pointers for results in memory come before it (in a method they come after).
    pub fn method_expr(&mut self, t: TypeId, m: &MethodSel) -> FuncId {
        let parts = self.sig_parts(m.sig);
        let outs = parts.results.iter().filter(|&&r| self.info_of(r).in_mem).count();
        if let (MethodTarget::Func { inst, recv }, true, 0) = (&m.target, m.path.is_empty(), outs)
            && *recv == t
        {
            return self.func_id(inst.clone());
        }
        if let Some(&f) = self.wrappers.exprs.get(&(t, m.name, m.pkg)) {
            return f;
        }
        let rest = self.signature(m.sig, None);
        let mut sig = rest.clone();
        let mut recv = Vec::new();
        self.pass_types(t, &mut recv);
        let n = recv.len();
        sig.params.splice(outs..outs, recv);
        let name = self.method_symbol(t, m.name.as_str());
        let in_mem = self.info_of(t).in_mem;
        let sel = m.clone();
        let f = self.make_func(name, sig, false, |l, b, params| {
            let recv = &params[outs..outs + n];
            let cur = if in_mem { Cur::Addr(recv[0]) } else { Cur::Vals(Values::from_slice(recv)) };
            let others: Vec<Value> = params[..outs].iter().chain(&params[outs + n..]).copied().collect();
            l.finish_method_wrapper(b, cur, t, &sel, rest, &others);
        });
        self.wrappers.exprs.insert((t, m.name, m.pkg), f);
        f
    }

    /// Walks to the receiver and tail-calls the method with the remaining parameters.
    fn finish_method_wrapper(
        &mut self,
        b: &mut Builder,
        cur: Cur,
        t: TypeId,
        m: &MethodSel,
        rest: Signature,
        params: &[Value],
    ) {
        let (mut cur, mut at) = (cur, t);
        for &i in &m.path {
            if let Kind::Pointer(e) = self.kind(at) {
                let p = self.cur_value(b, &cur, at).scalar();
                // The field may have no size, or only its address may be needed.
                b.push(Op::NilCheck(p), &[]);
                cur = Cur::Addr(p);
                at = e;
            }
            let field = self.fields(at)[i as usize].clone();
            cur = match cur {
                Cur::Addr(a) => {
                    let layout = self.info_of(at).layout;
                    Cur::Addr(b.field(a, layout, i))
                }
                Cur::Vals(vs) => {
                    let range = self.field_leaves(at, i as usize);
                    Cur::Vals(Values::from_slice(&vs[range]))
                }
            };
            at = field.ty;
        }
        match &m.target {
            MethodTarget::Iface { iface, index } => {
                let v = self.cur_value(b, &cur, at);
                let (tab, data) = (v.scalars()[0], v.scalars()[1]);
                let method = self.note_iface_call(*iface, *index);
                let args = params.iter().copied().collect();
                b.push(
                    Op::TailCallMethod {
                        itab: tab,
                        index: *index,
                        method,
                        sig: Box::new(rest),
                        recv: data,
                        args,
                    },
                    &[],
                );
            }
            MethodTarget::Func { inst, recv } => {
                let func = self.func_id(inst.clone());
                let mut args = if *recv == at {
                    match (&cur, self.info_of(at).in_mem) {
                        (Cur::Addr(a), true) => Values::from_slice(&[*a]),
                        _ => self.cur_value(b, &cur, at).pass(),
                    }
                } else if self.deref(*recv) == at {
                    let Cur::Addr(a) = cur else { panic!("lowering: receiver of {} has no address", m.name) };
                    Values::from_slice(&[a])
                } else {
                    // A value method called through a pointer.
                    let p = self.cur_value(b, &cur, at).scalar();
                    if m.path.is_empty() {
                        self.check_wrapped_nil(b, p, *recv, m.name);
                    } else {
                        b.push(Op::NilCheck(p), &[]);
                    }
                    self.load_val(b, p, *recv).pass()
                };
                args.extend(params.iter().copied());
                b.push(Op::TailCall { func, args }, &[]);
            }
        }
    }

    fn cur_value(&mut self, b: &mut Builder, cur: &Cur, t: TypeId) -> Val {
        match cur {
            Cur::Addr(a) => self.load_val(b, *a, t),
            Cur::Vals(vs) => Val::Scalars(vs.clone()),
        }
    }

    fn check_wrapped_nil(&mut self, b: &mut Builder, p: Value, recv: TypeId, name: Symbol) {
        let null = b.null();
        let is_null = b.icmp(IntCC::Eq, p, null);
        let (bad, ok) = (b.create_block(), b.create_block());
        b.func.blocks[bad.index()].cold = true;
        b.branch(is_null, bad, ok);
        b.switch_to(bad);
        let text = format!("{}.{name}", self.type_text(recv));
        let v = self.string_val(b, text.as_bytes());
        b.push(Op::CallRt { rt: Rt::panic_wrap, site: None, args: v.pass() }, &[]);
        b.push(Op::Unreachable, &[]);
        b.switch_to(ok);
    }

    /// The code and closure layout {code, receiver} of a bound method. `recv`: the type of the stored receiver, which is
    /// the target's declared one or the interface.
    pub fn bound_method(&mut self, target: &MethodTarget, sig: TypeId, name: Symbol) -> (FuncId, LayoutId) {
        if let Some(&b) = self.wrappers.bound.get(&(target.clone(), sig)) {
            return b;
        }
        let recv = match target {
            MethodTarget::Func { recv, .. } => *recv,
            MethodTarget::Iface { iface, .. } => *iface,
        };
        let symbol = format!("{}-fm", self.method_symbol(recv, name.as_str()));
        let code = self.scalar_layout(Type::Ptr);
        let recv_layout = self.info_of(recv).layout;
        let layout =
            self.struct_layout(format!("closure {symbol}"), &[("code", code), ("recv", recv_layout)]);
        let rest = self.signature(sig, None);
        let mut full = rest.clone();
        full.params.insert(0, Type::Ptr);
        let target_ = target.clone();
        let f = self.make_func(symbol, full, true, |l, b, params| {
            let addr = b.field(params[0], layout, 1);
            let v = l.load_val(b, addr, recv);
            match target_ {
                MethodTarget::Func { inst, .. } => {
                    let func = l.func_id(inst);
                    let mut args = v.pass();
                    args.extend(params[1..].iter().copied());
                    b.push(Op::TailCall { func, args }, &[]);
                }
                MethodTarget::Iface { iface, index } => {
                    let method = l.note_iface_call(iface, index);
                    let (itab, recv) = (v.scalars()[0], v.scalars()[1]);
                    let args = params[1..].iter().copied().collect();
                    b.push(Op::TailCallMethod { itab, index, method, sig: Box::new(rest), recv, args }, &[]);
                }
            }
        });
        self.wrappers.bound.insert((target.clone(), sig), (f, layout));
        (f, layout)
    }

    /// The static closure object of a declared function instance, as `func_value`.
    pub fn func_value_global(&mut self, inst: FuncInstance) -> GlobalId {
        let func = self.func_id(inst);
        self.func_value(func)
    }

    /// The static closure object of a function that takes no closure parameter: its code drops that parameter.
    pub fn func_value(&mut self, func: FuncId) -> GlobalId {
        if let Some(&g) = self.wrappers.thunks.get(&func) {
            return g;
        }
        let name = self.module.func(func).name.clone();
        let mut sig = self.module.func(func).sig.clone();
        sig.params.insert(0, Type::Ptr);
        let thunk = self.make_func(format!("{name}·f"), sig, true, |_, b, params| {
            b.push(Op::TailCall { func, args: params[1..].iter().copied().collect() }, &[]);
        });
        let g = self.closure_global(thunk);
        self.wrappers.thunks.insert(func, g);
        g
    }

    /// The static closure object of a function that takes a closure parameter and captures nothing.
    pub fn closure_global(&mut self, func: FuncId) -> GlobalId {
        let name = format!("{}·fv", self.module.func(func).name);
        let name = self.unique_name(name);
        let layout = self.scalar_layout(Type::I64);
        self.module.add_global(Global {
            name,
            layout,
            readonly: true,
            data: Vec::new(),
            relocs: vec![Reloc { offset: 0, target: RelocTarget::Func(func), addend: 0 }],
            align: 8,
        })
    }
}

use escargo_types::world::Type as Type_;
