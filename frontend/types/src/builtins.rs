//! Calls of builtin functions, those of package unsafe included.
//!
//! In: syntax. Out: operands; the signature each call has, recorded at the builtin's name.

use escargo_syntax::Pos;
use escargo_syntax::ast::{BinaryOp, ChanDir, ExprKind};

use crate::call::Call;
use crate::checker::Checker;
use crate::constant::Const;
use crate::exprstring::expr_string;
use crate::info::{Mode, SelectionKind};
use crate::lookup::{Found, Lookup};
use crate::operand::Operand;
use crate::predicates::TypeError;
use crate::world::*;

const INT: TypeId = World::basic(Basic::Int);
const UINTPTR: TypeId = World::basic(Basic::Uintptr);
const UNSAFE_POINTER: TypeId = World::basic(Basic::UnsafePointer);

impl<'a> Checker<'a> {
    fn record_builtin(&mut self, call: Call<'a>, b: Builtin, result: Option<TypeId>, args: &[TypeId]) {
        let sig = self.make_sig(result, args);
        self.record_builtin_type(call.fun, b, sig);
    }

    /// Reports an error about operand `x`: `before`, the operand, `after`.
    fn operand_error(&mut self, x: &Operand<'a>, before: &str, after: &str) -> bool {
        let xs = self.operand_string(x);
        self.error(x, format!("{before}{xs}{after}"));
        false
    }

    /// Checks a call of builtin `b`; the result is in `x`. False after an error.
    pub fn builtin(&mut self, x: &mut Operand<'a>, call: Call<'a>, b: Builtin) -> bool {
        let (name, want, more, _) = b.signature();
        if call.dots && b != Builtin::Append {
            self.error(call.expr, format!("invalid operation: invalid use of ... with built-in {name}"));
            self.use_exprs(call.args);
            return false;
        }
        // len and cap need to know whether their argument calls or receives.
        let saved = self.env.has_call_or_recv;
        if matches!(b, Builtin::Len | Builtin::Cap) {
            self.env.has_call_or_recv = false;
        }
        let mut args = Vec::new();
        let mut nargs = call.args.len();
        if !matches!(b, Builtin::Make | Builtin::New | Builtin::Offsetof) {
            args = self.expr_list(call.args);
            nargs = args.len();
            if args.iter().any(Operand::is_invalid) {
                self.env.has_call_or_recv |= saved;
                return false;
            }
            if let Some(first) = args.first() {
                *x = first.clone();
            }
        }
        let msg = if nargs < want {
            "not enough"
        } else if !more && nargs > want {
            "too many"
        } else {
            ""
        };
        if !msg.is_empty() {
            let text = format!(
                "invalid operation: {msg} arguments for {} (expected {want}, found {nargs})",
                expr_string(call.expr)
            );
            self.error(call.expr, text);
            return false;
        }
        match b {
            Builtin::Append => self.append(x, call, &mut args),
            Builtin::Len | Builtin::Cap => {
                let ok = self.len_cap(x, call, b);
                self.env.has_call_or_recv = saved;
                ok
            }
            Builtin::Clear => self.clear(x, call),
            Builtin::Close => self.close(x, call),
            Builtin::Complex => self.complex(x, call, &mut args),
            Builtin::Copy => self.copy(x, call, &args),
            Builtin::Delete => self.delete(x, call, &args),
            Builtin::Imag | Builtin::Real => self.real_imag(x, call, b),
            Builtin::Make => self.make(x, call),
            Builtin::Max | Builtin::Min => self.min_max(x, call, b, &mut args),
            Builtin::New => self.new_builtin(x, call),
            Builtin::Panic => self.panic(x, call),
            Builtin::Print | Builtin::Println => self.print(x, call, b, &mut args),
            Builtin::Recover => {
                x.mode = Mode::Value;
                x.ty = self.world.empty_interface();
                self.record_builtin(call, b, Some(x.ty), &[]);
                true
            }
            _ => self.unsafe_builtin(x, call, b, &mut args),
        }
    }

    // ---- slices and maps ----

    /// The element type that all types of the operand's type set, being slices, share.
    fn slice_elem(&mut self, x: &Operand<'a>) -> Result<TypeId, String> {
        let mut common = None;
        for pair in self.world.typeset(x.ty) {
            let elem = pair.and_then(|(_, u)| match *self.world.ty(u) {
                Type::Slice(elem) => Some(elem),
                _ => None,
            });
            let Some(elem) = elem else {
                return Err(if x.is_nil() {
                    "argument must be a slice; have untyped nil".into()
                } else {
                    format!("argument must be a slice; have {}", self.operand_string(x))
                });
            };
            match common {
                None => common = Some(elem),
                Some(c) if !self.world.identical(c, elem) => {
                    let (a, b) = (self.type_string(c), self.type_string(elem));
                    return Err(format!(
                        "mismatched slice element types {a} and {b} in {}",
                        self.operand_string(x)
                    ));
                }
                Some(_) => {}
            }
        }
        common.ok_or_else(String::new)
    }

    /// Whether the type set holds byte slices and strings only, and whether there is a string.
    fn bytes_or_strings(&mut self, t: TypeId) -> Option<bool> {
        let mut has_string = false;
        for pair in self.world.typeset(t) {
            let (_, u) = pair?;
            if self.world.is_string(u) {
                has_string = true;
                continue;
            }
            let &Type::Slice(elem) = self.world.ty(u) else { return None };
            if !self.world.identical(elem, World::BYTE) {
                return None;
            }
        }
        Some(has_string)
    }

    fn append(&mut self, x: &mut Operand<'a>, call: Call<'a>, args: &mut [Operand<'a>]) -> bool {
        let elem = match self.slice_elem(x) {
            Ok(elem) => elem,
            Err(why) => {
                self.error(&*x, format!("invalid append: {why}"));
                return false;
            }
        };
        let variadic = |c: &mut Self, slice: TypeId, last: TypeId| {
            let sig = c.make_sig(Some(slice), &[slice, last]);
            if let Type::Signature(s) = &mut c.world.types[sig.index()] {
                s.variadic = true;
            }
            sig
        };
        let mut sig = None;
        if args.len() == 2 && call.dots {
            // append([]byte, string...)
            let bytes = self.world.new_type(Type::Slice(World::BYTE));
            if self.assignable_to(x, bytes).is_ok() && self.bytes_or_strings(args[1].ty) == Some(true) {
                let last = self.world.default_type(args[1].ty);
                if self.world.is_untyped(args[1].ty) {
                    let mut y = args[1].clone();
                    self.convert_untyped(&mut y, last);
                }
                sig = Some(variadic(self, x.ty, last));
            }
        }
        let sig = sig.unwrap_or_else(|| {
            let slice = self.world.new_type(Type::Slice(elem));
            let sig = variadic(self, x.ty, slice);
            self.arguments(call, sig, Vec::new(), &[], args, Vec::new());
            sig
        });
        self.record_builtin_type(call.fun, Builtin::Append, sig);
        x.mode = Mode::Value;
        true
    }

    fn len_cap(&mut self, x: &mut Operand<'a>, call: Call<'a>, b: Builtin) -> bool {
        let is_len = b == Builtin::Len;
        let u = self.world.under(x.ty);
        let t = self.world.array_ptr_deref(u);
        let mut val = Const::Unknown;
        let measurable = |w: &mut World, t: TypeId| match w.ty(t) {
            Type::Basic(_) => is_len && w.is_string(t),
            Type::Array { .. } | Type::Slice(_) | Type::Chan { .. } => true,
            Type::Map { .. } => is_len,
            _ => false,
        };
        let mut mode = Mode::None;
        let array_len = match *self.world.ty(t) {
            Type::Array { len, .. } => Some(len),
            _ => None,
        };
        let is_tparam = self.world.is_type_param(x.ty);
        match array_len {
            None if is_len && x.is_const() && self.world.is_string(t) => {
                mode = Mode::Const;
                val = x.val.as_bytes().map_or(Const::Unknown, |s| Const::int(s.len() as i64));
            }
            Some(len) => {
                mode = Mode::Value;
                if !self.env.has_call_or_recv {
                    mode = Mode::Const;
                    if len >= 0 {
                        val = Const::int(len);
                    }
                }
            }
            None if is_tparam => {
                let ok = self.world.under_is(x.ty, |w, u| {
                    u.is_some_and(|u| {
                        let t = w.array_ptr_deref(u);
                        measurable(w, t)
                    })
                });
                if ok {
                    mode = Mode::Value;
                }
            }
            _ => {
                if measurable(&mut self.world, t) {
                    mode = Mode::Value;
                }
            }
        }
        if mode == Mode::None {
            if self.world.is_valid(u) {
                self.operand_error(x, "invalid argument: ", &format!(" for built-in {}", b.name()));
            }
            return false;
        }
        if mode != Mode::Const {
            self.record_builtin(call, b, Some(INT), &[x.ty]);
            if self.world.is_untyped(x.ty) {
                let ty = self.world.default_type(x.ty);
                self.convert_untyped(x, ty);
            }
        }
        x.mode = mode;
        x.ty = INT;
        x.val = val;
        true
    }

    fn clear(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        self.verify_version(call.fun, (1, 21), "clear");
        let ok = self
            .world
            .under_is(x.ty, |w, u| u.is_some_and(|u| matches!(w.ty(u), Type::Map { .. } | Type::Slice(_))));
        if !ok {
            let after = ": argument must be (or constrained by) map or slice";
            return self.operand_error(x, "invalid argument: cannot clear ", after);
        }
        x.mode = Mode::NoValue;
        self.record_builtin(call, Builtin::Clear, None, &[x.ty]);
        true
    }

    fn close(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        for pair in self.world.typeset(x.ty) {
            let what = match pair.map(|(_, u)| self.world.ty(u)) {
                Some(Type::Chan { dir: ChanDir::Recv, .. }) => "receive-only",
                Some(Type::Chan { .. }) => continue,
                _ => "non-channel",
            };
            let before = if what == "non-channel" { "non-channel " } else { "receive-only channel " };
            return self.operand_error(x, &format!("invalid operation: cannot close {before}"), "");
        }
        x.mode = Mode::NoValue;
        self.record_builtin(call, Builtin::Close, None, &[x.ty]);
        true
    }

    fn copy(&mut self, x: &mut Operand<'a>, call: Call<'a>, args: &[Operand<'a>]) -> bool {
        let y = &args[1];
        let dst = match self.slice_elem(x) {
            Ok(elem) => elem,
            Err(why) => {
                self.error(&*x, format!("invalid copy: {why}"));
                return false;
            }
        };
        let bytes = self.world.new_type(Type::Slice(World::BYTE));
        let special = self.assignable_to(x, bytes).is_ok() && self.bytes_or_strings(y.ty).is_some();
        if special {
            if self.world.is_untyped(y.ty) {
                let mut y = y.clone();
                self.convert_untyped(&mut y, World::basic(Basic::String));
            }
        } else {
            let src = match self.slice_elem(y) {
                Ok(elem) => elem,
                Err(_) if self.world.all_string(y.ty) => World::BYTE,
                Err(why) => {
                    self.error(y, format!("invalid copy: {why}"));
                    return false;
                }
            };
            if !self.world.identical(dst, src) {
                let (xs, ys) = (self.operand_string(x), self.operand_string(y));
                let (a, b) = (self.type_string(dst), self.type_string(src));
                let text =
                    format!("invalid copy: arguments {xs} and {ys} have different element types {a} and {b}");
                self.error(&*x, text);
                return false;
            }
        }
        self.record_builtin(call, Builtin::Copy, Some(INT), &[x.ty, y.ty]);
        x.mode = Mode::Value;
        x.ty = INT;
        true
    }

    fn delete(&mut self, x: &mut Operand<'a>, call: Call<'a>, args: &[Operand<'a>]) -> bool {
        let map = x.ty;
        let mut key: Option<TypeId> = None;
        for pair in self.world.typeset(map) {
            let k = match pair.map(|(_, u)| self.world.ty(u)) {
                Some(&Type::Map { key, .. }) => key,
                _ => return self.operand_error(x, "invalid argument: ", " is not a map"),
            };
            if key.is_some_and(|old| !self.world.identical(old, k)) {
                return self.operand_error(x, "invalid argument: maps of ", " must have identical key types");
            }
            key = Some(k);
        }
        *x = args[1].clone();
        self.assignment(x, key, "argument to delete");
        if x.is_invalid() {
            return false;
        }
        x.mode = Mode::NoValue;
        self.record_builtin(call, Builtin::Delete, None, &[map, key.unwrap_or(World::INVALID)]);
        true
    }

    fn make(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        let arg0 = &call.args[0];
        let t = self.var_type(arg0);
        if !self.world.is_valid(t) {
            return false;
        }
        let common = self.world.common_under(t, |w, pair| match pair {
            None => Err(TypeError::Because("no specific type".into())),
            Some((_, u)) => match w.ty(u) {
                Type::Slice(_) | Type::Map { .. } | Type::Chan { .. } => Ok(()),
                Type::Basic(Basic::Invalid) => Err(TypeError::Plain),
                _ => Err(TypeError::Because("type must be slice, map, or channel".into())),
            },
        });
        let min = match common {
            Ok(u) => 1 + usize::from(matches!(self.world.ty(u), Type::Slice(_))),
            Err(TypeError::Plain) => return false,
            Err(why) => {
                let text = format!("invalid argument: cannot make {}: {}", expr_string(arg0), why.text());
                self.error(arg0, text);
                return false;
            }
        };
        let nargs = call.args.len();
        if nargs < min || min + 1 < nargs {
            let text = format!(
                "invalid operation: {} expects {min} or {} arguments; found {nargs}",
                expr_string(call.expr),
                min + 1
            );
            self.error(call.expr, text);
            return false;
        }
        let mut types = vec![t];
        let mut sizes = Vec::new();
        for arg in &call.args[1..] {
            let (ty, size) = self.index(arg, None);
            types.push(ty.unwrap_or(World::INVALID));
            sizes.extend(size);
        }
        if let [len, cap] = sizes[..]
            && len > cap
        {
            self.error(&call.args[1], "invalid argument: length and capacity swapped");
        }
        x.mode = Mode::Value;
        x.ty = t;
        self.record_builtin(call, Builtin::Make, Some(t), &types);
        true
    }

    // ---- numbers ----

    fn complex(&mut self, x: &mut Operand<'a>, call: Call<'a>, args: &mut [Operand<'a>]) -> bool {
        let y = &mut args[1];
        match (self.world.is_untyped(x.ty), self.world.is_untyped(y.ty)) {
            (false, false) => {}
            (true, false) => self.convert_untyped(x, y.ty),
            (false, true) => self.convert_untyped(y, x.ty),
            (true, true) if x.is_const() && y.is_const() => {
                for o in [&mut *x, &mut *y] {
                    if self.world.is_numeric(o.ty) && o.val.imag().sign() == 0 {
                        o.ty = World::basic(Basic::UntypedFloat);
                    }
                }
            }
            (true, true) => {
                // A shift that is not constant: it cannot be a float, which the conversion reports.
                self.convert_untyped(x, World::basic(Basic::Float64));
                self.convert_untyped(y, World::basic(Basic::Float64));
            }
        }
        if x.is_invalid() || y.is_invalid() {
            return false;
        }
        if !self.world.identical(x.ty, y.ty) {
            let (xt, yt) = (self.type_string(x.ty), self.type_string(y.ty));
            let cs = expr_string(call.expr);
            self.error(&*x, format!("invalid operation: {cs} (mismatched types {xt} and {yt})"));
            return false;
        }
        let result = self.apply_type_func(x, Builtin::Complex, |b| match b {
            Basic::Float32 => Some(Basic::Complex64),
            Basic::Float64 => Some(Basic::Complex128),
            Basic::UntypedFloat => Some(Basic::UntypedComplex),
            _ => None,
        });
        let Some(result) = result else {
            let xt = self.type_string(x.ty);
            self.error(&*x, format!("invalid argument: arguments have type {xt}, expected floating-point"));
            return false;
        };
        if x.is_const() && y.is_const() {
            x.val = Const::make_complex(&x.val, &y.val);
        } else {
            x.mode = Mode::Value;
            self.record_builtin(call, Builtin::Complex, Some(result), &[x.ty, x.ty]);
        }
        x.ty = result;
        true
    }

    fn real_imag(&mut self, x: &mut Operand<'a>, call: Call<'a>, b: Builtin) -> bool {
        if self.world.is_untyped(x.ty) {
            if x.is_const() {
                if self.world.is_numeric(x.ty) {
                    x.ty = World::basic(Basic::UntypedComplex);
                }
            } else {
                self.convert_untyped(x, World::basic(Basic::Complex128));
                if x.is_invalid() {
                    return false;
                }
            }
        }
        let result = self.apply_type_func(x, b, |b| match b {
            Basic::Complex64 => Some(Basic::Float32),
            Basic::Complex128 => Some(Basic::Float64),
            Basic::UntypedComplex => Some(Basic::UntypedFloat),
            _ => None,
        });
        let Some(result) = result else {
            let xt = self.type_string(x.ty);
            self.error(&*x, format!("invalid argument: argument has type {xt}, expected complex type"));
            return false;
        };
        if x.is_const() {
            x.val = if b == Builtin::Real { x.val.real() } else { x.val.imag() };
        } else {
            x.mode = Mode::Value;
            self.record_builtin(call, b, Some(result), &[x.ty]);
        }
        x.ty = result;
        true
    }

    /// Applies `f` to the operand's basic type; to those of a type parameter's type set, which gives a new type
    /// parameter.
    fn apply_type_func(
        &mut self,
        x: &Operand<'a>,
        b: Builtin,
        f: impl Fn(Basic) -> Option<Basic>,
    ) -> Option<TypeId> {
        if !self.world.is_type_param(x.ty) {
            return self.world.basic_kind(x.ty).and_then(f).map(World::basic);
        }
        let tparam = self.world.unalias(x.ty);
        let mut terms = Vec::new();
        for term in self.world.type_param_terms(tparam)? {
            let result = self.world.basic_kind(term.ty).and_then(&f)?;
            terms.push(Term { tilde: term.tilde, ty: World::basic(result) });
        }
        let xs = self.operand_string(x);
        let text = format!(
            "{xs} not supported as argument to built-in {} for go1.18 (see go.dev/issue/50937)",
            b.name()
        );
        self.soft_error(x, text);
        let union = self.world.new_type(Type::Union(terms));
        let bound = Interface { embeds: vec![(union, Pos::NONE)], ..Interface::default() };
        let bound = self.world.new_type(Type::Interface(bound));
        let fresh = self.world.clone_type_param(tparam);
        self.world.set_bound(fresh, bound);
        Some(fresh)
    }

    fn min_max(&mut self, x: &mut Operand<'a>, call: Call<'a>, b: Builtin, args: &mut [Operand<'a>]) -> bool {
        let name = b.name();
        self.verify_version(call.fun, (1, 21), &format!("built-in {name}"));
        let op = if b == Builtin::Max { BinaryOp::Gtr } else { BinaryOp::Lss };
        for (i, a) in args.iter_mut().enumerate() {
            if !self.world.all_ordered(a.ty) {
                return self.operand_error(a, "invalid argument: ", " cannot be ordered");
            }
            if i == 0 {
                continue;
            }
            self.match_types(x, a);
            if x.is_invalid() {
                return false;
            }
            if !self.world.identical(x.ty, a.ty) {
                let (xt, at) = (self.type_string(x.ty), self.type_string(a.ty));
                let text = format!(
                    "invalid argument: mismatched types {xt} (previous argument) and {at} (type of {})",
                    a.expr_text()
                );
                self.error(&*a, text);
                return false;
            }
            if x.is_const() && a.is_const() {
                if Const::compare(&a.val, op, &x.val) {
                    *x = a.clone();
                }
            } else {
                x.mode = Mode::Value;
            }
        }
        if !x.is_const() {
            x.mode = Mode::Value;
            let any = self.world.empty_interface();
            self.assignment(x, Some(any), &format!("argument to built-in {name}"));
            if x.is_invalid() {
                return false;
            }
        }
        for a in args.iter() {
            if let Some(e) = a.expr {
                self.update_expr_type(e, x.ty, true);
            }
        }
        if !x.is_const() {
            let types = vec![x.ty; args.len()];
            self.record_builtin(call, b, Some(x.ty), &types);
        }
        true
    }

    // ---- the rest ----

    fn new_builtin(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        let arg = &call.args[0];
        self.expr_or_type(x, arg, false);
        self.exclude(x, true, true, false);
        match x.mode {
            Mode::None => return false,
            Mode::Type => self.valid_var_type(arg, x.ty),
            _ => {
                if self.world.is_untyped(x.ty) {
                    self.assignment(x, None, "argument to new");
                    if x.is_invalid() {
                        return false;
                    }
                }
                self.verify_version(call.fun, (1, 26), &format!("new({})", expr_string(arg)));
            }
        }
        let t = x.ty;
        x.mode = Mode::Value;
        x.ty = self.world.new_type(Type::Pointer(t));
        self.record_builtin(call, Builtin::New, Some(x.ty), &[t]);
        true
    }

    fn panic(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        self.panic_calls.insert(call.expr.id);
        let any = self.world.empty_interface();
        self.assignment(x, Some(any), "argument to panic");
        if x.is_invalid() {
            return false;
        }
        x.mode = Mode::NoValue;
        self.record_builtin(call, Builtin::Panic, None, &[any]);
        true
    }

    fn print(&mut self, x: &mut Operand<'a>, call: Call<'a>, b: Builtin, args: &mut [Operand<'a>]) -> bool {
        let context = format!("argument to built-in {}", b.name());
        let mut types = Vec::with_capacity(args.len());
        for a in args {
            self.assignment(a, None, &context);
            if a.is_invalid() {
                return false;
            }
            types.push(a.ty);
        }
        x.mode = Mode::NoValue;
        self.record_builtin(call, b, None, &types);
        true
    }

    // ---- package unsafe ----

    fn unsafe_builtin(
        &mut self,
        x: &mut Operand<'a>,
        call: Call<'a>,
        b: Builtin,
        args: &mut [Operand<'a>],
    ) -> bool {
        let context = format!("argument to unsafe.{}", b.name());
        let since = match b {
            Builtin::Add | Builtin::Slice => (1, 17),
            Builtin::SliceData | Builtin::String | Builtin::StringData => (1, 20),
            _ => (1, 0),
        };
        self.verify_version(call.fun, since, &format!("unsafe.{}", b.name()));
        match b {
            Builtin::Offsetof => return self.offsetof(x, call),
            Builtin::Alignof | Builtin::Sizeof => {
                self.assignment(x, None, &context);
                if x.is_invalid() {
                    return false;
                }
                if self.has_var_size(x.ty) {
                    x.mode = Mode::Value;
                    self.record_builtin(call, b, Some(UINTPTR), &[x.ty]);
                } else if b == Builtin::Alignof {
                    x.mode = Mode::Const;
                    x.val = Const::int(self.world.align_of(x.ty));
                } else {
                    let Some(size) = self.world.size_of(x.ty) else {
                        return self.operand_error(x, "", " is too large");
                    };
                    x.mode = Mode::Const;
                    x.val = Const::int(size);
                }
                x.ty = UINTPTR;
                return true;
            }
            Builtin::Add => self.assignment(x, Some(UNSAFE_POINTER), &context),
            Builtin::String => {
                let ptr = self.world.new_type(Type::Pointer(World::BYTE));
                self.assignment(x, Some(ptr), &context);
            }
            Builtin::StringData => self.assignment(x, Some(World::basic(Basic::String)), &context),
            _ => {}
        }
        if x.is_invalid() {
            return false;
        }
        let core = self.world.core_type(x.ty);
        let core_type = core.map(|u| self.world.ty(u).clone());
        let result = match (b, core_type) {
            (Builtin::Slice, Some(Type::Pointer(base))) => self.world.new_type(Type::Slice(base)),
            (Builtin::Slice, _) => return self.operand_error(x, "invalid argument: ", " is not a pointer"),
            (Builtin::SliceData, Some(Type::Slice(elem))) => self.world.new_type(Type::Pointer(elem)),
            (Builtin::SliceData, _) => return self.operand_error(x, "invalid argument: ", " is not a slice"),
            (Builtin::StringData, _) => self.world.new_type(Type::Pointer(World::BYTE)),
            (Builtin::String, _) => World::basic(Basic::String),
            _ => UNSAFE_POINTER,
        };
        let mut types = vec![x.ty];
        if let Some(y) = args.get_mut(1) {
            if !self.is_valid_index(y, "length", b == Builtin::Add) {
                return false;
            }
            types.push(y.ty);
        }
        x.mode = Mode::Value;
        x.ty = result;
        self.record_builtin(call, b, Some(result), &types);
        true
    }

    fn offsetof(&mut self, x: &mut Operand<'a>, call: Call<'a>) -> bool {
        let arg = &call.args[0];
        let sel_expr = arg.unparen();
        let ExprKind::Selector { x: base_expr, sel } = &sel_expr.kind else {
            self.error(arg, format!("invalid argument: {} is not a selector expression", expr_string(arg)));
            self.use_exprs(call.args);
            return false;
        };
        self.expr(x, base_expr);
        if x.is_invalid() {
            return false;
        }
        let base = self.world.deref_struct_ptr(x.ty);
        let found = self.world.lookup_field_or_method(base, false, Some(self.pkg), sel.name);
        let Found { obj, path, indirect } = match found {
            Lookup::Found(f) => f,
            _ => {
                let ts = self.type_string(base);
                self.error(&*x, format!("invalid argument: {ts} has no single field {}", sel.name));
                return false;
            }
        };
        if !matches!(self.world.obj(obj).kind, ObjKind::Var(_)) {
            self.error(arg, format!("invalid argument: {} is a method value", expr_string(arg)));
            return false;
        }
        if indirect {
            let ts = self.type_string(base);
            let text = format!("invalid argument: field {} is embedded via a pointer in {ts}", sel.name);
            self.error(&*x, text);
            return false;
        }
        let ty = self.world.obj(obj).ty;
        self.record_selection(sel_expr, *sel, SelectionKind::Field, base, obj, path.clone(), false, ty);
        let mode = if x.mode == Mode::Var { Mode::Var } else { Mode::Value };
        self.record_type_and_value(sel_expr, mode, ty, None);
        if self.has_var_size(base) {
            x.mode = Mode::Value;
            self.record_builtin(call, Builtin::Offsetof, Some(UINTPTR), &[ty]);
        } else {
            let Some(offset) = self.world.offset_of(base, &path) else {
                return self.operand_error(x, "", " is too large");
            };
            x.mode = Mode::Const;
            x.val = Const::int(offset);
        }
        x.ty = UINTPTR;
        true
    }

    /// Whether the size of the type depends on type parameters. A type that contains itself is reported and counts.
    pub fn has_var_size(&mut self, t: TypeId) -> bool {
        let t = self.world.unalias(t);
        match self.world.ty(t) {
            Type::Named(n) => {
                let obj = n.obj;
                if let Some(&i) = self.obj_path_index.get(&obj) {
                    let cycle = self.obj_path[i..].to_vec();
                    let first = self.first_in_src(&cycle);
                    self.cycle_error(&cycle, first);
                    return true;
                }
                if n.underlying.is_some_and(|u| matches!(self.world.ty(u), Type::Basic(_) | Type::Pointer(_)))
                {
                    return false;
                }
                if let Some(&known) = self.var_sized.get(&t) {
                    return known;
                }
                let Some(rhs) = self.world.named_rhs(t) else { return false };
                self.push_obj(obj);
                let var = self.has_var_size(rhs);
                self.pop_obj();
                self.var_sized.insert(t, var);
                var
            }
            &Type::Array { elem, .. } => self.has_var_size(elem),
            Type::Struct(s) => {
                let fields = s.fields.clone();
                fields.iter().any(|&f| {
                    let ty = self.world.obj(f).ty;
                    self.has_var_size(ty)
                })
            }
            Type::TypeParam(_) => true,
            _ => false,
        }
    }
}
