//! Calls: of functions and methods, generic ones included, conversions and builtins told apart; evaluation of
//! expressions whose value is not used.
//!
//! In: syntax. Out: operands; instances in `Info`.

use escargo_syntax::Pos;
use escargo_syntax::ast::{Expr, ExprKind};

use crate::checker::{At, Checker};
use crate::expr::{ExprUse, Target};
use crate::exprstring::expr_string;
use crate::info::Mode;
use crate::operand::Operand;
use crate::predicates::TypeError;
use crate::subst::SubstMap;
use crate::world::{Signature, Type, TypeId, VarInfo, World};

/// The parts of a call expression.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub expr: &'a Expr,
    pub fun: &'a Expr,
    pub args: &'a [Expr],
    pub dots: bool,
}

impl<'a> Call<'a> {
    /// `e` as a call.
    pub fn of(e: &'a Expr) -> Option<Call<'a>> {
        match &e.kind {
            ExprKind::Call { fun, args, dots, .. } => Some(Call { expr: e, fun, args, dots: dots.is_some() }),
            _ => None,
        }
    }
}

fn indices(e: Option<&Expr>) -> &[Expr] {
    match e.map(|e| &e.kind) {
        Some(ExprKind::Index { indices, .. }) => indices,
        _ => &[],
    }
}

impl<'a> Checker<'a> {
    fn tparams_of(&self, sig: TypeId) -> &[TypeId] {
        match self.world.ty(sig) {
            Type::Signature(s) => &s.tparams,
            _ => &[],
        }
    }

    /// Instantiates the generic function `x`. `inst`: the index expression with type arguments; `target`: what the
    /// function is assigned to. With `infer` missing arguments are inferred, otherwise those given are returned
    /// if they are too few.
    pub fn func_inst(
        &mut self,
        target: Option<&Target>,
        pos: Pos,
        x: &mut Operand<'a>,
        inst: Option<&'a Expr>,
        infer: bool,
    ) -> Option<Vec<TypeId>> {
        let err_pos = inst.map_or(pos, |e| e.pos);
        if inst.is_some() {
            x.expr = inst;
        }
        let version_ok = self.verify_version(err_pos, (1, 18), "function instantiation");
        let xlist = indices(inst);
        let mut targs = Vec::new();
        if inst.is_some() {
            match self.type_list(xlist) {
                Some(list) => targs = list,
                None => {
                    x.invalidate();
                    return None;
                }
            }
        }
        let sig = self.world.under(x.ty);
        let tparams = self.tparams_of(sig).to_vec();
        let (got, want) = (targs.len(), tparams.len());
        if got > want {
            self.error(&xlist[got - 1], format!("got {got} type arguments but want {want}"));
            x.invalidate();
            return None;
        }
        if got < want {
            if !infer {
                return Some(targs);
            }
            // Assigning the function to a variable of function type is like passing that variable to a generic
            // function with these type parameters and one parameter of the function's type.
            let mut params = Vec::new();
            let mut args = Vec::new();
            if let Some(target) = target {
                if version_ok && !self.allow_version((1, 21)) {
                    let how = if inst.is_some() { "partially" } else { "implicitly" };
                    self.version_error(
                        err_pos,
                        (1, 21),
                        format!("{how} instantiated function in assignment"),
                    );
                }
                if let Type::Signature(s) = self.world.ty(sig) {
                    let plain =
                        Signature { tparams: Vec::new(), recv_tparams: Vec::new(), recv: None, ..s.clone() };
                    params.push(self.world.new_type(Type::Signature(plain)));
                }
                args.push(Operand::labelled(x.pos(), &target.desc, target.sig));
            }
            let (renamed, params) = self.rename_list(&tparams, &params);
            let partial = pad(&targs, renamed.len());
            match self.infer(pos, &renamed, &partial, &params, &args.iter().collect::<Vec<_>>(), true) {
                Ok(list) => targs = list,
                Err(e) => {
                    if let Some((at, text)) = e {
                        self.error(at, text);
                    }
                    x.invalidate();
                    return None;
                }
            }
        }
        let at = x.expr;
        x.ty = self.instantiate_signature(x.pos(), at, sig, &targs, xlist);
        x.mode = Mode::Value;
        None
    }

    /// The instance of a generic signature; records it at `e` and verifies the type arguments later.
    fn instantiate_signature(
        &mut self,
        pos: Pos,
        e: Option<&'a Expr>,
        sig: TypeId,
        targs: &[TypeId],
        xlist: &'a [Expr],
    ) -> TypeId {
        let inst = self.world.instantiate(sig, targs);
        if let Some(e) = e {
            self.record_instance(e.unparen(), targs.to_vec(), inst);
        }
        let targs = targs.to_vec();
        self.later(move |c| {
            let tparams = c.tparams_of(sig).to_vec();
            let dynamic = c.allow_version((1, 20));
            match c.world.verify_args(&tparams, &targs, dynamic) {
                Err((i, why)) => {
                    let at = xlist.get(i).map_or(pos, Expr::start);
                    c.soft_error(at, why);
                }
                Ok(()) => c.mono_instance(pos, &tparams, &targs, xlist),
            }
        });
        inst
    }

    /// Checks call expression `e`: conversion, builtin or call.
    pub fn call_expr(&mut self, x: &mut Operand<'a>, e: &'a Expr) -> ExprUse {
        let Some(call) = Call::of(e) else { return ExprUse::Statement };
        let mut inst = None;
        if let ExprKind::Index { x: base, indices } = &call.fun.kind {
            if self.index_expr(x, call.fun, base, indices) {
                // Type and value arguments are considered together.
                inst = Some(call.fun);
            }
            x.expr = Some(call.fun);
            self.record(x);
        } else {
            self.expr_or_type(x, call.fun, true);
        }
        let kind = match x.mode {
            Mode::None => {
                self.use_exprs(call.args);
                ExprUse::Statement
            }
            Mode::Type => {
                self.conversion_call(x, call);
                ExprUse::Conversion
            }
            Mode::Builtin(b) => {
                if !self.builtin(x, call, b) {
                    x.invalidate();
                }
                if x.is_valid() && !x.is_const() {
                    self.env.has_call_or_recv = true;
                }
                b.signature().3
            }
            _ => {
                if !self.function_call(x, call, inst) {
                    x.invalidate();
                }
                ExprUse::Statement
            }
        };
        x.expr = Some(e);
        kind
    }

    fn conversion_call(&mut self, x: &mut Operand<'a>, call: Call<'a>) {
        self.non_generic(None, x);
        if x.is_invalid() {
            return;
        }
        let t = x.ty;
        x.invalidate();
        if !self.is_complete(t) {
            return;
        }
        match call.args {
            [] => {
                let ts = self.type_string(t);
                self.error(call.expr, format!("missing argument in conversion to {ts}"));
            }
            [arg] => {
                let target = self.new_target(t, || "conversion".into());
                self.expr_with_target(target.as_ref(), x, arg);
                if x.is_invalid() {
                    return;
                }
                let u = self.world.under(t);
                if matches!(self.world.ty(u), Type::Interface(_))
                    && !self.world.is_type_param(t)
                    && !self.world.is_method_set(u)
                {
                    let ts = self.type_string(t);
                    let text = format!(
                        "cannot use interface {ts} in conversion (contains specific type constraints or is comparable)"
                    );
                    self.error(call.expr, text);
                    x.invalidate();
                    return;
                }
                if call.dots {
                    let ts = self.type_string(t);
                    self.error(arg, format!("invalid use of ... in conversion to {ts}"));
                    x.invalidate();
                    return;
                }
                self.conversion(x, t);
            }
            [.., last] => {
                self.use_exprs(call.args);
                let ts = self.type_string(t);
                self.error(last, format!("too many arguments in conversion to {ts}"));
            }
        }
    }

    fn function_call(&mut self, x: &mut Operand<'a>, call: Call<'a>, inst: Option<&'a Expr>) -> bool {
        let common = self.world.common_under(x.ty, |w, pair| match pair {
            Some((t, u)) if !matches!(w.ty(u), Type::Signature(_)) => {
                Err(TypeError::Because(format!("{} is not a function", w.type_string(t))))
            }
            _ => Ok(()),
        });
        let mut sig = match common {
            Ok(u) => u,
            Err(why) => {
                let xs = self.operand_string(x);
                self.error(&*x, format!("invalid operation: cannot call {xs}: {}", why.text()));
                self.use_exprs(call.args);
                return false;
            }
        };
        let want = self.tparams_of(sig).len();
        let was_generic = want > 0;
        let mut xlist = indices(inst);
        let mut targs = Vec::new();
        if let Some(inst) = inst {
            match self.type_list(xlist) {
                Some(list) => targs = list,
                None => {
                    self.use_exprs(call.args);
                    return false;
                }
            }
            let got = targs.len();
            if got > want {
                self.error(&xlist[want], format!("got {got} type arguments but want {want}"));
                self.use_exprs(call.args);
                return false;
            }
            if got == want && want > 0 {
                // Explicitly instantiated: nothing is left to infer.
                self.verify_version(inst, (1, 18), "function instantiation");
                sig = self.instantiate_signature(inst.pos, Some(inst), sig, &targs, xlist);
                targs.clear();
                xlist = &[];
            }
        }
        let (mut args, atargs) = self.generic_expr_list(call.args);
        let sig = self.arguments(call, sig, targs, xlist, &mut args, atargs);
        let generic = !self.tparams_of(sig).is_empty();
        if was_generic && !generic {
            self.record_type_and_value(call.fun, Mode::Value, sig, None);
        }
        let Type::Signature(s) = self.world.ty(sig) else { return false };
        match s.results.as_slice() {
            [] => x.mode = Mode::NoValue,
            &[only] => {
                x.mode = Mode::Value;
                let ty = self.world.obj(only).ty;
                if !self.is_complete(ty) {
                    return false;
                }
                x.ty = ty;
            }
            list => {
                let list = list.to_vec();
                x.mode = Mode::Value;
                x.ty = self.world.new_type(Type::Tuple(list));
            }
        }
        self.env.has_call_or_recv = true;
        // If inference failed the result may mention the function's own type parameters.
        if generic && x.mode == Mode::Value {
            let tparams = self.tparams_of(sig).to_vec();
            if self.is_parameterized(&tparams, x.ty) {
                return false;
            }
        }
        self.world.is_valid(x.ty) || x.mode == Mode::NoValue
    }

    /// Evaluates a list of expressions; a single one may give several values.
    pub fn expr_list(&mut self, list: &'a [Expr]) -> Vec<Operand<'a>> {
        if let [only] = list {
            return self.multi_expr(only, false).0;
        }
        list.iter()
            .map(|e| {
                let mut x = Operand::new();
                self.expr(&mut x, e);
                x
            })
            .collect()
    }

    /// As `expr_list`; results may be generic functions, with the type arguments that were given for them.
    fn generic_expr_list(&mut self, list: &'a [Expr]) -> (Vec<Operand<'a>>, Vec<Vec<TypeId>>) {
        let infer = !self.allow_version((1, 21));
        let mut values = Vec::with_capacity(list.len());
        let mut atargs: Vec<Vec<TypeId>> = Vec::new();
        for (i, e) in list.iter().enumerate() {
            let mut x = Operand::new();
            if let ExprKind::Index { x: base, indices } = &e.kind {
                if self.index_expr(&mut x, e, base, indices) {
                    match self.func_inst(None, x.pos(), &mut x, Some(e), infer) {
                        Some(targs) => {
                            atargs.resize(i + 1, Vec::new());
                            atargs[i] = targs;
                            x.expr = Some(e);
                        }
                        None => self.record(&x),
                    }
                    values.push(x);
                    continue;
                }
                // What `raw_expr` does after an index expression that is no instantiation.
                x.expr = Some(e);
                self.record(&x);
                self.exclude(&mut x, true, true, true);
                self.single_value(&mut x);
                values.push(x);
                continue;
            }
            if list.len() > 1 {
                self.generic_expr(&mut x, e, None);
                values.push(x);
                continue;
            }
            self.raw_expr(None, &mut x, e, None, true);
            self.exclude(&mut x, true, true, true);
            match self.world.ty(x.ty) {
                Type::Tuple(vars) if x.is_valid() => {
                    for &v in vars {
                        let ty = self.world.obj(v).ty;
                        values.push(Operand { mode: Mode::Value, expr: Some(e), ty, ..Operand::new() });
                    }
                }
                _ => values.push(x),
            }
        }
        (values, atargs)
    }

    /// Checks arguments against the parameters of `sig`, inferring missing type arguments of the function and of
    /// generic functions among the arguments. Gives the instantiated signature, or `sig` after an error.
    pub fn arguments(
        &mut self,
        call: Call<'a>,
        sig: TypeId,
        targs: Vec<TypeId>,
        xlist: &'a [Expr],
        args: &mut [Operand<'a>],
        atargs: Vec<Vec<TypeId>>,
    ) -> TypeId {
        let Type::Signature(s) = self.world.ty(sig) else { return sig };
        let variadic = s.variadic;
        let tparams = s.tparams.clone();
        let declared: Vec<TypeId> = s.params.iter().map(|&p| self.world.obj(p).ty).collect();
        let nargs = args.len();
        let mut npars = declared.len();
        let mut params = declared.clone();
        let mut adjusted = false;
        if variadic {
            if call.dots {
                if call.args.len() == 1 && nargs > 1 {
                    let text = format!("cannot use ... with {nargs}-valued {}", expr_string(&call.args[0]));
                    self.error(call.expr, text);
                    return sig;
                }
            } else if nargs + 1 >= npars {
                // One parameter for each argument that goes into the slice.
                let last = params.pop().unwrap_or(World::INVALID);
                let elem = self.variadic_elem(last);
                params.resize(nargs, elem);
                adjusted = true;
                npars = nargs;
            } else {
                npars -= 1;
            }
        } else if call.dots {
            let text = format!("cannot use ... in call to non-variadic {}", expr_string(call.fun));
            self.error(call.expr, text);
            return sig;
        }
        if nargs != npars {
            let (at, qualifier) = if nargs > npars {
                (args[npars].at(), "too many")
            } else if nargs > 0 {
                (args[nargs - 1].at(), "not enough")
            } else {
                (call.expr.start(), "not enough")
            };
            let have: Vec<TypeId> = args.iter().map(|a| a.ty).collect();
            let have = self.types_summary(&have, false, call.dots);
            let want = self.types_summary(&declared, variadic, false);
            let more = [(Pos::NONE, format!("have {have}")), (Pos::NONE, format!("want {want}"))];
            let text = format!("{qualifier} arguments in call to {}", expr_string(call.fun));
            self.error_with(at, text, &more, false);
            return sig;
        }

        let mut result = sig;
        let has_generic_args = args.iter().any(|a| !self.tparams_of(a.ty).is_empty());
        if !tparams.is_empty() || has_generic_args {
            match self.infer_call(call, sig, &tparams, targs, xlist, params, adjusted, args, atargs) {
                Some((sig, instantiated)) => {
                    result = sig;
                    params = instantiated;
                }
                None => return sig,
            }
        }
        let mut context = String::new();
        for (a, &t) in args.iter_mut().zip(&params) {
            // The common case needs neither conversion nor message.
            if a.ty == t && matches!(a.mode, Mode::Var | Mode::Value) && self.world.is_typed(t) {
                continue;
            }
            if context.is_empty() {
                context = format!("argument to {}", expr_string(call.fun));
            }
            self.assignment(a, Some(t), &context);
        }
        self.note_call(result, args, call.args);
        result
    }

    /// The element type of a variadic parameter's slice type.
    fn variadic_elem(&mut self, t: TypeId) -> TypeId {
        match *self.world.under_ty(t) {
            Type::Slice(elem) => elem,
            _ => World::INVALID,
        }
    }

    /// Infers type arguments of a call. Gives the instantiated signature and parameter types; None after an error.
    fn infer_call(
        &mut self,
        call: Call<'a>,
        sig: TypeId,
        callee: &[TypeId],
        targs: Vec<TypeId>,
        xlist: &'a [Expr],
        params: Vec<TypeId>,
        adjusted: bool,
        args: &mut [Operand<'a>],
        atargs: Vec<Vec<TypeId>>,
    ) -> Option<(TypeId, Vec<TypeId>)> {
        let n = callee.len();
        let mut tparams: Vec<TypeId> = Vec::new();
        let mut partial: Vec<Option<TypeId>> = Vec::new();
        let mut params = params;
        if n > 0 {
            if !self.allow_version((1, 18)) {
                let what = if matches!(call.fun.kind, ExprKind::Index { .. }) {
                    "function instantiation"
                } else {
                    "implicit function instantiation"
                };
                self.version_error(call.expr, (1, 18), what);
            }
            // Fresh type parameters keep recursive calls apart.
            (tparams, params) = self.rename_list(callee, &params);
            partial = pad(&targs, n);
        }
        // Generic functions among the arguments contribute their type parameters.
        let mut generic_args: Vec<(usize, TypeId)> = Vec::new();
        for (i, a) in args.iter_mut().enumerate() {
            let own = self.tparams_of(a.ty).to_vec();
            if own.is_empty() {
                continue;
            }
            let original = a.ty;
            let plain = self.without_tparams(a.ty);
            let (fresh, mut ty) = self.rename_tparams(&own, plain);
            if let Type::Signature(s) = self.world.ty(ty) {
                let s = Signature { tparams: fresh.clone(), ..s.clone() };
                ty = self.world.new_type(Type::Signature(s));
            }
            a.ty = ty;
            let given = atargs.get(i).map_or(&[][..], Vec::as_slice);
            partial.extend(pad(given, fresh.len()));
            tparams.extend(fresh);
            generic_args.push((i, original));
        }
        if let Some(&(i, _)) = generic_args.first() {
            let at = args[i].at();
            self.verify_version(at, (1, 21), "implicitly instantiated function as argument");
        }
        let operands: Vec<&Operand<'a>> = args.iter().collect();
        let targs = match self.infer(call.expr.pos, &tparams, &partial, &params, &operands, false) {
            Ok(targs) => targs,
            Err(e) => {
                if let Some((at, text)) = e {
                    self.error(at, format!("in call to {}, {text}", expr_string(call.fun)));
                }
                return None;
            }
        };
        let mut result = sig;
        if n > 0 {
            result = self.instantiate_signature(call.expr.pos, Some(call.fun), sig, &targs[..n], xlist);
            if adjusted {
                let map = SubstMap::new(&tparams[..n], &targs[..n]);
                params = params.iter().map(|&t| self.world.subst(t, &map)).collect();
            } else if let Type::Signature(s) = self.world.ty(result) {
                params = s.params.iter().map(|&p| self.world.obj(p).ty).collect();
            }
        }
        let mut j = n;
        for (i, original) in generic_args {
            let k = j + self.tparams_of(original).len();
            let a = &args[i];
            let ty = self.instantiate_signature(call.expr.pos, a.expr, original, &targs[j..k], &[]);
            args[i].ty = ty;
            let a = args[i].clone();
            self.record(&a);
            j = k;
        }
        Some((result, params))
    }

    /// Fresh type parameters, and the types in terms of them.
    fn rename_list(&mut self, tparams: &[TypeId], types: &[TypeId]) -> (Vec<TypeId>, Vec<TypeId>) {
        let (fresh, _) = self.rename_tparams(tparams, World::INVALID);
        let map = SubstMap::new(tparams, &fresh);
        let types = types.iter().map(|&t| self.world.subst(t, &map)).collect();
        (fresh, types)
    }

    fn without_tparams(&mut self, sig: TypeId) -> TypeId {
        match self.world.ty(sig) {
            Type::Signature(s) => {
                let s = Signature { tparams: Vec::new(), ..s.clone() };
                self.world.new_type(Type::Signature(s))
            }
            _ => sig,
        }
    }

    /// A signature with the given unnamed parameter types, for builtins. Untyped ones get their default types.
    pub fn make_sig(&mut self, result: Option<TypeId>, args: &[TypeId]) -> TypeId {
        let mut params = Vec::with_capacity(args.len());
        for &t in args {
            let t = self.world.default_type(t);
            params.push(self.new_param(Pos::NONE, t));
        }
        let results = result.map(|t| {
            let info = VarInfo { result: true, used: true, ..VarInfo::default() };
            self.new_var(Pos::NONE, escargo_syntax::Symbol::EMPTY, t, info)
        });
        self.world.new_type(Type::Signature(Signature {
            tparams: Vec::new(),
            recv_tparams: Vec::new(),
            recv: None,
            params,
            results: results.into_iter().collect(),
            variadic: false,
        }))
    }

    // ---- expressions without use ----

    /// Evaluates expressions whose values are not used because of other errors, so that what they mention counts
    /// as used. Whether all were right.
    pub fn use_exprs(&mut self, list: &'a [Expr]) -> bool {
        let mut ok = true;
        for e in list {
            ok &= self.use_one(e, false);
        }
        ok
    }

    /// As `use_exprs` for left-hand sides: naming a variable there does not use it.
    pub fn use_lhs(&mut self, list: &'a [Expr]) -> bool {
        let mut ok = true;
        for e in list {
            ok &= self.use_one(e, true);
        }
        ok
    }

    fn use_one(&mut self, e: &'a Expr, lhs: bool) -> bool {
        let mut x = Operand::new();
        let inner = e.unparen();
        if let ExprKind::Name(name) = inner.kind {
            if name.is_blank() {
                return true;
            }
            let var = if lhs { self.lookup(name).and_then(|o| self.local_use(o)) } else { None };
            self.expr_or_type(&mut x, inner, true);
            if let Some((o, used)) = var {
                self.set_used(o, used);
            }
        } else {
            self.raw_expr(None, &mut x, e, None, true);
        }
        x.is_valid()
    }
}

fn pad(targs: &[TypeId], n: usize) -> Vec<Option<TypeId>> {
    let mut list: Vec<Option<TypeId>> = targs.iter().map(|&t| Some(t)).collect();
    list.resize(n.max(list.len()), None);
    list
}
