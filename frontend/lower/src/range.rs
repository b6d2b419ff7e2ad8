//! `for ... range` over integers, arrays, slices, strings, maps and channels.
//!
//! In: the range clause. Out: a loop. Guarantees: the operand is evaluated once; loop variables are new in each iteration
//! where the language version says so.

use escargo_abi::types::{MAP_ITER_ELEM, MAP_ITER_KEY, MAP_ITER_SIZE};
use escargo_ir::{BinOp, Block as IrBlock, ConvOp, IntCC, Op, Rt, SiteKind, Type as Ir, Value};
use escargo_syntax::Symbol;
use escargo_syntax::ast::{Block, Expr, Stmt};
use escargo_types::world::*;

use crate::func::{FuncLowerer, Target};
use crate::types::{Kind, int_type};
use crate::value::Val;
use crate::walk::has_call;

/// The clause's variables and body.
pub struct Clause<'a> {
    pub label: Option<Symbol>,
    pub key: Option<&'a Expr>,
    pub value: Option<&'a Expr>,
    pub define: bool,
    pub body: &'a Block,
}

impl FuncLowerer<'_, '_> {
    pub fn range_stmt(
        &mut self,
        s: &Stmt,
        label: Option<Symbol>,
        key: Option<&Expr>,
        value: Option<&Expr>,
        define: bool,
        x: &Expr,
        body: &Block,
    ) {
        let key = key.filter(|k| !self.is_blank(k));
        let value = value.filter(|v| !self.is_blank(v));
        let c = Clause { label, key, value, define, body };
        let t = self.range_ty(x, key);
        if define && !self.per_iteration() && !matches!(self.kind(t), Kind::Func) {
            // One variable for the whole loop, which closures share.
            for e in [key, value].into_iter().flatten() {
                if let Some(o) = self.def_of(e) {
                    std::rc::Rc::make_mut(&mut self.unit.facts).shared.insert(o);
                    self.declare(o);
                }
            }
        }
        match self.kind(t) {
            Kind::Int { bits, signed } => {
                let n = self.expr_as(x, t).scalar();
                self.at(s.pos);
                self.range_int(&c, t, n, bits, signed);
            }
            Kind::Array { len, elem } => {
                let n = self.int(len);
                if value.is_none() {
                    if has_call(x) {
                        self.discard(x);
                    }
                    return self.range_index(&c, None, n, elem);
                }
                let v = self.expr(x);
                let data = self.spill(t, &v);
                self.range_index(&c, Some(data), n, elem);
            }
            Kind::Pointer(array) => {
                let Kind::Array { len, elem } = self.kind(array) else {
                    unreachable!("lower: range over a pointer")
                };
                let n = self.int(len);
                if value.is_none() {
                    if has_call(x) {
                        self.discard(x);
                    }
                    return self.range_index(&c, None, n, elem);
                }
                let p = self.expr(x).scalar();
                self.at(x.pos);
                if len > 0 {
                    self.nil_check(p);
                }
                self.range_index(&c, Some(p), n, elem);
            }
            Kind::Slice(elem) => {
                if c.value.is_none() {
                    let [len] = self.words(x, [1]);
                    self.at(s.pos);
                    return self.range_index(&c, None, len, elem);
                }
                let [data, len] = match self.bytes_view(x) {
                    Some(view) => view,
                    None => self.words(x, [0, 1]),
                };
                self.at(s.pos);
                self.range_index(&c, Some(data), len, elem);
            }
            Kind::String => {
                let v = self.expr_as(x, t).pass();
                self.at(s.pos);
                self.range_string(&c, v[0], v[1]);
            }
            Kind::Map { key: kt, elem } => {
                let m = self.expr(x).scalar();
                self.at(s.pos);
                self.range_map(&c, t, m, kt, elem);
            }
            Kind::Chan { elem, .. } => {
                let ch = self.expr(x).scalar();
                self.at(s.pos);
                self.range_chan(&c, ch, elem);
            }
            Kind::Func => self.range_func(s, &c, x, t),
            k => unreachable!("lower: range over {k:?}"),
        }
    }

    /// The operand's type; an untyped integer takes that of the variable.
    fn range_ty(&mut self, x: &Expr, key: Option<&Expr>) -> TypeId {
        let raw = self.ty(x);
        if self.l.world.is_untyped(raw)
            && let Some(k) = key
            && matches!(self.kind(raw), Kind::Int { .. })
        {
            return match self.def_of(k) {
                Some(o) => self.obj_ty(o),
                None => self.value_ty(k),
            };
        }
        self.value_ty(x)
    }

    /// Opens a loop's targets; the body is emitted by the caller.
    fn open_loop(&mut self, label: Option<Symbol>, next: IrBlock, exit: IrBlock) {
        self.targets.push(Target { label, brk: exit, cont: Some(next), is_loop: true });
    }

    fn close_body(&mut self, c: &Clause, next: IrBlock) {
        self.stmts(&c.body.stmts);
        if self.b.reachable() {
            self.at(c.body.rbrace);
            self.jump(next);
        }
        self.targets.pop();
    }

    /// Gives the loop variables their values, as a tuple assignment does.
    pub fn set_loop_vars(&mut self, c: &Clause, key: Option<(Val, TypeId)>, value: Option<(Val, TypeId)>) {
        if let (false, Some(k), Some(v), Some(key), Some(value)) = (c.define, c.key, c.value, &key, &value) {
            let (kp, vp) = (self.place(k), self.place(v));
            for (p, (v, t)) in [(kp, key), (vp, value)] {
                let to = self.place_ty(&p);
                let v = self.assign_conv(v.clone(), *t, to, || "value".into());
                self.store_place(&p, &v);
            }
            return;
        }
        for (e, v) in [(c.key, key), (c.value, value)] {
            if let Some((v, t)) = v {
                self.set_loop_var(e, c.define, &v, t);
            }
        }
    }

    /// Gives a loop variable its value.
    pub fn set_loop_var(&mut self, e: Option<&Expr>, define: bool, v: &Val, t: TypeId) {
        let Some(e) = e else { return };
        if define {
            if let Some(o) = self.def_of(e) {
                let to = self.obj_ty(o);
                let v = self.assign_conv(v.clone(), t, to, || "value".into());
                if self.per_iteration() {
                    self.declare_init(o, &v);
                } else {
                    let a = self.vars[&o];
                    self.store(to, a, &v);
                }
            }
            return;
        }
        let p = self.place(e);
        let to = self.place_ty(&p);
        let v = self.assign_conv(v.clone(), t, to, || "value".into());
        self.store_place(&p, &v);
    }

    fn range_int(&mut self, c: &Clause, t: TypeId, n: Value, bits: u8, signed: bool) {
        let ty = int_type(bits);
        let (head, start, next, exit) = (self.block(), self.block(), self.block(), self.block());
        let i = self.b.block_param(head, ty);
        let zero = self.b.iconst(ty, 0);
        self.b.jump(head, &[zero]);
        self.b.switch_to(head);
        let more = self.b.icmp(if signed { IntCC::Slt } else { IntCC::Ult }, i, n);
        self.b.branch(more, start, exit);
        self.b.switch_to(start);
        self.open_loop(c.label, next, exit);
        self.set_loop_var(c.key, c.define, &Val::one(i), t);
        self.close_body(c, next);
        self.b.switch_to(next);
        let one = self.b.iconst(ty, 1);
        let j = self.b.binary(BinOp::Add, i, one);
        self.b.jump(head, &[j]);
        self.b.switch_to(exit);
    }

    /// Over the indices `0..n`, and the elements at `data` if there is a value variable.
    fn range_index(&mut self, c: &Clause, data: Option<Value>, n: Value, elem: TypeId) {
        let int = self.l.canon(World::basic(Basic::Int));
        let (head, start, next, exit) = (self.block(), self.block(), self.block(), self.block());
        let i = self.b.block_param(head, Ir::I64);
        let zero = self.int(0);
        self.b.jump(head, &[zero]);
        self.b.switch_to(head);
        let more = self.b.icmp(IntCC::Slt, i, n);
        self.b.branch(more, start, exit);
        self.b.switch_to(start);
        self.open_loop(c.label, next, exit);
        let v = match (data, c.value) {
            (Some(d), Some(_)) => {
                let a = self.elem_addr(d, elem, i);
                let v = self.load(elem, a);
                // Assigning the key must not change the element.
                Some(if c.define { v } else { self.stable(elem, v) })
            }
            _ => None,
        };
        self.set_loop_vars(c, Some((Val::one(i), int)), v.map(|v| (v, elem)));
        self.close_body(c, next);
        self.b.switch_to(next);
        let one = self.int(1);
        let j = self.b.binary(BinOp::Add, i, one);
        self.b.jump(head, &[j]);
        self.b.switch_to(exit);
    }

    fn range_string(&mut self, c: &Clause, data: Value, len: Value) {
        let int = self.l.canon(World::basic(Basic::Int));
        let rune = self.l.canon(World::RUNE);
        let (head, decode, start, next, exit) =
            (self.block(), self.block(), self.block(), self.block(), self.block());
        let i = self.b.block_param(head, Ir::I64);
        let r = self.b.block_param(start, Ir::I32);
        let after = self.b.block_param(start, Ir::I64);
        let zero = self.int(0);
        self.b.jump(head, &[zero]);
        self.b.switch_to(head);
        let more = self.b.icmp(IntCC::Slt, i, len);
        self.b.branch(more, decode, exit);
        self.b.switch_to(decode);
        let byte_layout = self.l.scalar_layout(Ir::I8);
        let a = self.b.elem(data, byte_layout, i);
        let byte = self.b.load(Ir::I8, a);
        let wide = self.convert(ConvOp::Zext, Ir::I32, byte);
        let limit = self.b.iconst(Ir::I32, 0x80);
        let ascii = self.b.icmp(IntCC::Ult, wide, limit);
        let one = self.int(1);
        let i1 = self.b.binary(BinOp::Add, i, one);
        let slow = self.block();
        self.b.push(
            Op::Branch {
                cond: ascii,
                then: start,
                then_args: [wide, i1].into_iter().collect(),
                els: slow,
                els_args: Default::default(),
            },
            &[],
        );
        self.b.switch_to(slow);
        let d = self.rt(Rt::decode_rune, &[data, len, i]);
        let wide = self.convert(ConvOp::Trunc, Ir::I32, d[0]);
        self.b.jump(start, &[wide, d[1]]);
        self.b.switch_to(start);
        self.open_loop(c.label, next, exit);
        self.set_loop_vars(c, Some((Val::one(i), int)), Some((Val::one(r), rune)));
        self.close_body(c, next);
        self.b.switch_to(next);
        self.b.jump(head, &[after]);
        self.b.switch_to(exit);
    }

    fn range_map(&mut self, c: &Clause, t: TypeId, m: Value, key: TypeId, elem: TypeId) {
        let ptr = self.l.canon(World::basic(Basic::UnsafePointer));
        let words = self.l.array_of(ptr, MAP_ITER_SIZE as i64 / 8);
        let it = self.alloc(SiteKind::Temp, words, ".iter");
        let desc = self.type_desc(t);
        self.rt(Rt::map_iter_init, &[desc, m, it]);
        let (head, start, next, exit) = (self.block(), self.block(), self.block(), self.block());
        self.jump(head);
        self.b.switch_to(head);
        let at = self.int(MAP_ITER_KEY as i64 / 8);
        let a = self.elem_addr(it, ptr, at);
        let kp = self.b.load(Ir::Ptr, a);
        let end = self.is_null(kp);
        self.b.branch(end, exit, start);
        self.b.switch_to(start);
        self.open_loop(c.label, next, exit);
        let k = c.key.map(|_| {
            let k = self.load(key, kp);
            self.stable(key, k)
        });
        let v = c.value.map(|_| {
            let at = self.int(MAP_ITER_ELEM as i64 / 8);
            let a = self.elem_addr(it, ptr, at);
            let ep = self.b.load(Ir::Ptr, a);
            let v = self.load(elem, ep);
            self.stable(elem, v)
        });
        self.set_loop_vars(c, k.map(|k| (k, key)), v.map(|v| (v, elem)));
        self.close_body(c, next);
        self.b.switch_to(next);
        self.rt(Rt::map_iter_next, &[it]);
        self.jump(head);
        self.b.switch_to(exit);
    }

    fn range_chan(&mut self, c: &Clause, chan: Value, elem: TypeId) {
        let (head, start, exit) = (self.block(), self.block(), self.block());
        self.jump(head);
        self.b.switch_to(head);
        let (v, _, ok) = self.receive_from(chan, elem);
        self.b.branch(ok, start, exit);
        self.b.switch_to(start);
        self.open_loop(c.label, head, exit);
        self.set_loop_var(c.key, c.define, &v, elem);
        self.close_body(c, head);
        self.b.switch_to(exit);
    }
}
