//! Questions about types: kinds, comparability, identity, defaults of untyped types.
//!
//! In: `TypeId`s of a `World`. Out: answers. Guarantees: total on invalid and recursive types. Everything that
//! may have to expand an instance takes `&mut World`.

use rustc_hash::FxHashSet;

use crate::typeset;
use crate::world::*;

/// Properties of basic types, as a bit set.
pub type BasicInfo = u16;
pub const IS_BOOLEAN: BasicInfo = 1;
pub const IS_INTEGER: BasicInfo = 2;
pub const IS_UNSIGNED: BasicInfo = 4;
pub const IS_FLOAT: BasicInfo = 8;
pub const IS_COMPLEX: BasicInfo = 16;
pub const IS_STRING: BasicInfo = 32;
pub const IS_UNTYPED: BasicInfo = 64;
pub const IS_ORDERED: BasicInfo = IS_INTEGER | IS_FLOAT | IS_STRING;
pub const IS_NUMERIC: BasicInfo = IS_INTEGER | IS_FLOAT | IS_COMPLEX;
pub const IS_CONST_TYPE: BasicInfo = IS_BOOLEAN | IS_NUMERIC | IS_STRING;

impl Basic {
    pub fn info(self) -> BasicInfo {
        use Basic::*;
        match self {
            Invalid | UnsafePointer => 0,
            Bool => IS_BOOLEAN,
            Int | Int8 | Int16 | Int32 | Int64 => IS_INTEGER,
            Uint | Uint8 | Uint16 | Uint32 | Uint64 | Uintptr => IS_INTEGER | IS_UNSIGNED,
            Float32 | Float64 => IS_FLOAT,
            Complex64 | Complex128 => IS_COMPLEX,
            String => IS_STRING,
            UntypedBool => IS_BOOLEAN | IS_UNTYPED,
            UntypedInt | UntypedRune => IS_INTEGER | IS_UNTYPED,
            UntypedFloat => IS_FLOAT | IS_UNTYPED,
            UntypedComplex => IS_COMPLEX | IS_UNTYPED,
            UntypedString => IS_STRING | IS_UNTYPED,
            UntypedNil => IS_UNTYPED,
        }
    }
}

/// Whether a name starts with an upper-case letter.
pub fn is_exported(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

/// Why a comparison, a range or a core type is impossible; `Plain` says no more than that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeError {
    Plain,
    Because(String),
}

impl TypeError {
    /// The reason, empty if there is none to tell.
    pub fn text(self) -> String {
        match self {
            TypeError::Plain => String::new(),
            TypeError::Because(s) => s,
        }
    }
}

impl World {
    /// An alias whose declaration is being checked counts as valid.
    pub fn is_valid(&self, t: TypeId) -> bool {
        let mut t = t;
        for _ in 0..=self.types.len() {
            match self.ty(t) {
                Type::Alias(a) => match a.rhs {
                    Some(rhs) => t = rhs,
                    None => return true,
                },
                _ => return t != World::INVALID,
            }
        }
        false
    }

    /// The basic kind, if the underlying type is basic.
    pub fn basic_kind(&mut self, t: TypeId) -> Option<Basic> {
        let u = self.under(t);
        match self.ty(u) {
            Type::Basic(b) => Some(*b),
            _ => None,
        }
    }

    /// The underlying type is a basic type with any of the properties.
    pub fn is_basic(&mut self, t: TypeId, info: BasicInfo) -> bool {
        self.basic_kind(t).is_some_and(|b| b.info() & info != 0)
    }

    pub fn is_boolean(&mut self, t: TypeId) -> bool {
        self.is_basic(t, IS_BOOLEAN)
    }

    pub fn is_integer(&mut self, t: TypeId) -> bool {
        self.is_basic(t, IS_INTEGER)
    }

    pub fn is_unsigned(&mut self, t: TypeId) -> bool {
        self.is_basic(t, IS_UNSIGNED)
    }

    pub fn is_float(&mut self, t: TypeId) -> bool {
        self.is_basic(t, IS_FLOAT)
    }

    pub fn is_complex(&mut self, t: TypeId) -> bool {
        self.is_basic(t, IS_COMPLEX)
    }

    pub fn is_numeric(&mut self, t: TypeId) -> bool {
        self.is_basic(t, IS_NUMERIC)
    }

    pub fn is_string(&mut self, t: TypeId) -> bool {
        self.is_basic(t, IS_STRING)
    }

    pub fn is_integer_or_float(&mut self, t: TypeId) -> bool {
        self.is_basic(t, IS_INTEGER | IS_FLOAT)
    }

    pub fn is_const_type(&mut self, t: TypeId) -> bool {
        self.is_basic(t, IS_CONST_TYPE)
    }

    /// Like `is_basic`, and true of a type parameter if it is true of all types of its type set.
    pub fn all_basic(&mut self, t: TypeId, info: BasicInfo) -> bool {
        if self.is_type_param(t) {
            let Some(terms) = self.type_param_terms(t) else { return false };
            return terms.iter().all(|term| self.is_basic(term.ty, info));
        }
        self.is_basic(t, info)
    }

    pub fn all_boolean(&mut self, t: TypeId) -> bool {
        self.all_basic(t, IS_BOOLEAN)
    }

    pub fn all_integer(&mut self, t: TypeId) -> bool {
        self.all_basic(t, IS_INTEGER)
    }

    pub fn all_unsigned(&mut self, t: TypeId) -> bool {
        self.all_basic(t, IS_UNSIGNED)
    }

    pub fn all_numeric(&mut self, t: TypeId) -> bool {
        self.all_basic(t, IS_NUMERIC)
    }

    pub fn all_string(&mut self, t: TypeId) -> bool {
        self.all_basic(t, IS_STRING)
    }

    pub fn all_ordered(&mut self, t: TypeId) -> bool {
        self.all_basic(t, IS_ORDERED)
    }

    pub fn all_numeric_or_string(&mut self, t: TypeId) -> bool {
        self.all_basic(t, IS_NUMERIC | IS_STRING)
    }

    /// A basic, named or parameter type.
    pub fn has_name(&self, t: TypeId) -> bool {
        matches!(self.ty(self.unalias(t)), Type::Basic(_) | Type::Named(_) | Type::TypeParam(_))
    }

    /// Neither a named type nor a type parameter.
    pub fn is_type_lit(&self, t: TypeId) -> bool {
        !matches!(self.ty(self.unalias(t)), Type::Named(_) | Type::TypeParam(_))
    }

    pub fn is_typed(&self, t: TypeId) -> bool {
        !self.is_untyped(t)
    }

    pub fn is_untyped(&self, t: TypeId) -> bool {
        matches!(self.ty(t), Type::Basic(b) if b.info() & IS_UNTYPED != 0)
    }

    pub fn is_untyped_numeric(&self, t: TypeId) -> bool {
        matches!(self.ty(t), Type::Basic(b) if b.info() & IS_UNTYPED != 0 && b.info() & IS_NUMERIC != 0)
    }

    pub fn is_untyped_nil(&self, t: TypeId) -> bool {
        t == World::basic(Basic::UntypedNil)
    }

    /// The underlying type is an interface: true of type parameters too.
    pub fn is_interface(&mut self, t: TypeId) -> bool {
        let u = self.under(t);
        matches!(self.ty(u), Type::Interface(_))
    }

    pub fn is_non_type_param_interface(&mut self, t: TypeId) -> bool {
        !self.is_type_param(t) && self.is_interface(t)
    }

    pub fn is_type_param(&self, t: TypeId) -> bool {
        matches!(self.ty(self.unalias(t)), Type::TypeParam(_))
    }

    /// A type parameter whose type set is known to be empty.
    pub fn has_empty_typeset(&mut self, t: TypeId) -> bool {
        if !self.is_type_param(t) {
            return false;
        }
        let iface = self.under(t);
        self.type_set(iface).terms.as_ref().is_some_and(Vec::is_empty)
    }

    /// A generic type that has not been instantiated.
    pub fn is_generic(&self, t: TypeId) -> bool {
        if let Type::Alias(a) = self.ty(t)
            && !a.tparams.is_empty()
            && a.targs.is_empty()
        {
            return true;
        }
        match self.ty(self.unalias(t)) {
            Type::Named(n) => n.origin.is_none() && !n.tparams.is_empty(),
            _ => false,
        }
    }

    /// `t` looked through aliases, if it is a defined type.
    pub fn as_named(&self, t: TypeId) -> Option<TypeId> {
        let t = self.unalias(t);
        matches!(self.ty(t), Type::Named(_)).then_some(t)
    }

    /// Values of the type can be compared, if need be with a panic at run time.
    pub fn comparable(&mut self, t: TypeId) -> bool {
        self.comparable_type(t, true).is_ok()
    }

    /// Comparability; `dynamic`: interfaces count as comparable.
    pub fn comparable_type(&mut self, t: TypeId, dynamic: bool) -> Result<(), TypeError> {
        self.comparable_seen(t, dynamic, &mut FxHashSet::default())
    }

    pub(crate) fn comparable_seen(
        &mut self,
        t: TypeId,
        dynamic: bool,
        seen: &mut FxHashSet<TypeId>,
    ) -> Result<(), TypeError> {
        // Every instance of a diverging generic type is new, so that the number of types is limited as well.
        if !seen.insert(t) || seen.len() > 10_000 {
            return Ok(());
        }
        let u = self.under(t);
        match self.ty(u) {
            Type::Basic(Basic::UntypedNil) => Err(TypeError::Plain),
            Type::Basic(_) | Type::Pointer(_) | Type::Chan { .. } => Ok(()),
            Type::Struct(s) => {
                for i in 0..s.fields.len() {
                    let ft = self.field_type(u, i);
                    if self.comparable_seen(ft, dynamic, seen).is_err() {
                        let ft = self.type_string(ft);
                        return Err(TypeError::Because(format!("struct containing {ft} cannot be compared")));
                    }
                }
                Ok(())
            }
            Type::Array { elem, .. } => {
                let elem = *elem;
                if self.comparable_seen(elem, dynamic, seen).is_err() {
                    let t = self.type_string(t);
                    return Err(TypeError::Because(format!("{t} cannot be compared")));
                }
                Ok(())
            }
            Type::Interface(_) => {
                if dynamic && !self.is_type_param(t) {
                    return Ok(());
                }
                let tset = self.type_set(u);
                if self.is_comparable_set(&tset, seen) {
                    return Ok(());
                }
                let why = match &tset.terms {
                    Some(terms) if terms.is_empty() => "empty type set",
                    _ => "incomparable types in type set",
                };
                Err(TypeError::Because(why.to_string()))
            }
            _ => Err(TypeError::Plain),
        }
    }

    fn is_comparable_set(&mut self, tset: &TypeSet, seen: &mut FxHashSet<TypeId>) -> bool {
        match &tset.terms {
            None => tset.comparable,
            Some(terms) if terms.is_empty() => false,
            Some(terms) => terms.iter().all(|t| self.comparable_seen(t.ty, false, seen).is_ok()),
        }
    }

    /// All types of the interface's type set are (strictly) comparable.
    pub fn iface_is_comparable(&mut self, iface: TypeId) -> bool {
        let tset = self.type_set(iface);
        self.is_comparable_set(&tset, &mut FxHashSet::default())
    }

    /// `nil` is a value of the type.
    pub fn has_nil(&mut self, t: TypeId) -> bool {
        let u = self.under(t);
        match self.ty(u) {
            Type::Basic(b) => *b == Basic::UnsafePointer || *b == Basic::UntypedNil,
            Type::Slice(_) | Type::Pointer(_) | Type::Signature(_) | Type::Map { .. } | Type::Chan { .. } => {
                true
            }
            Type::Interface(_) => {
                if !self.is_type_param(t) {
                    return true;
                }
                self.under_is(t, |w, u| u.is_some_and(|u| w.has_nil(u)))
            }
            _ => false,
        }
    }

    /// The type an untyped value gets without context.
    pub fn default_type(&self, t: TypeId) -> TypeId {
        let Type::Basic(b) = self.ty(t) else { return t };
        match b {
            Basic::UntypedBool => World::basic(Basic::Bool),
            Basic::UntypedInt => World::basic(Basic::Int),
            Basic::UntypedRune => World::RUNE,
            Basic::UntypedFloat => World::basic(Basic::Float64),
            Basic::UntypedComplex => World::basic(Basic::Complex128),
            Basic::UntypedString => World::basic(Basic::String),
            _ => t,
        }
    }

    /// The larger of two untyped numeric types in the order integer, rune, float, complex.
    pub fn max_type(&self, x: TypeId, y: TypeId) -> Option<TypeId> {
        if x == y {
            return Some(x);
        }
        if self.is_untyped_numeric(x) && self.is_untyped_numeric(y) {
            return Some(x.max(y));
        }
        None
    }

    /// Object names denote the same: equal, and exported or of the same package.
    pub fn same_id(
        &self,
        o: ObjId,
        pkg: Option<PkgId>,
        name: escargo_syntax::Symbol,
        fold_case: bool,
    ) -> bool {
        let obj = self.obj(o);
        if fold_case && obj.name.as_str().to_lowercase() == name.as_str().to_lowercase() {
            return true;
        }
        obj.name == name && (obj.pkg == pkg || is_exported(name.as_str()))
    }

    pub fn identical(&mut self, x: TypeId, y: TypeId) -> bool {
        x == y || Comparer::default().identical(self, x, y)
    }

    pub fn identical_ignore_tags(&mut self, x: TypeId, y: TypeId) -> bool {
        x == y || Comparer { ignore_tags: true, ..Comparer::default() }.identical(self, x, y)
    }

    /// Identity where an invalid type is identical to any.
    pub fn identical_ignore_invalids(&mut self, x: TypeId, y: TypeId) -> bool {
        x == y || Comparer { ignore_invalids: true, ..Comparer::default() }.identical(self, x, y)
    }

    pub(crate) fn field_type(&self, strct: TypeId, i: usize) -> TypeId {
        match self.ty(strct) {
            Type::Struct(s) => self.obj(s.fields[i]).ty,
            _ => World::INVALID,
        }
    }

    /// The type of the `i`th parameter (or, with `results`, result) of a signature.
    pub(crate) fn param_type(&self, sig: TypeId, i: usize, results: bool) -> TypeId {
        match self.ty(sig) {
            Type::Signature(s) => self.obj(if results { s.results[i] } else { s.params[i] }).ty,
            Type::Tuple(vars) => self.obj(vars[i]).ty,
            _ => World::INVALID,
        }
    }

    /// The generic type of an instance, the type itself otherwise.
    pub fn origin(&self, t: TypeId) -> TypeId {
        match self.ty(t) {
            Type::Named(n) => n.origin.unwrap_or(t),
            Type::Alias(a) => a.origin.unwrap_or(t),
            _ => t,
        }
    }

    /// The type arguments of an instance.
    pub fn type_args(&self, t: TypeId) -> &[TypeId] {
        match self.ty(t) {
            Type::Named(n) => &n.targs,
            Type::Alias(a) => &a.targs,
            _ => &[],
        }
    }

    /// The type parameters of a generic type (of the origin for an instance) or function.
    pub fn type_params(&self, t: TypeId) -> &[TypeId] {
        match self.ty(self.origin(t)) {
            Type::Named(n) => &n.tparams,
            Type::Alias(a) => &a.tparams,
            Type::Signature(s) => &s.tparams,
            _ => &[],
        }
    }
}

#[derive(Default)]
struct Comparer {
    ignore_tags: bool,
    ignore_invalids: bool,
    /// Pairs of interfaces that are being compared.
    pairs: Vec<(TypeId, TypeId)>,
}

impl Comparer {
    fn identical(&mut self, w: &mut World, x: TypeId, y: TypeId) -> bool {
        let (x, y) = (w.unalias(x), w.unalias(y));
        if x == y {
            return true;
        }
        if self.ignore_invalids && (x == World::INVALID || y == World::INVALID) {
            return true;
        }
        match (w.ty(x), w.ty(y)) {
            (Type::Basic(a), Type::Basic(b)) => a == b,
            (&Type::Array { len: n, elem: a }, &Type::Array { len: m, elem: b }) => {
                (n < 0 || m < 0 || n == m) && self.identical(w, a, b)
            }
            (&Type::Slice(a), &Type::Slice(b)) | (&Type::Pointer(a), &Type::Pointer(b)) => {
                self.identical(w, a, b)
            }
            (Type::Struct(a), Type::Struct(b)) => {
                if a.fields.len() != b.fields.len() {
                    return false;
                }
                for i in 0..a.fields.len() {
                    let (Type::Struct(a), Type::Struct(b)) = (w.ty(x), w.ty(y)) else { return false };
                    let (f, g) = (a.fields[i], b.fields[i]);
                    let tag = |s: &StructType| s.tags.get(i).cloned().unwrap_or_default();
                    let tagged = !a.tags.is_empty() || !b.tags.is_empty();
                    if !self.ignore_tags && tagged && tag(a) != tag(b) {
                        return false;
                    }
                    let go = w.obj(g);
                    if is_embedded(w, f) != is_embedded(w, g) || !w.same_id(f, go.pkg, go.name, false) {
                        return false;
                    }
                    let (ft, gt) = (w.obj(f).ty, w.obj(g).ty);
                    if !self.identical(w, ft, gt) {
                        return false;
                    }
                }
                true
            }
            (Type::Tuple(a), Type::Tuple(b)) => {
                let n = a.len();
                n == b.len()
                    && (0..n).all(|i| {
                        let (s, t) = (w.param_type(x, i, false), w.param_type(y, i, false));
                        self.identical(w, s, t)
                    })
            }
            (Type::Signature(a), Type::Signature(b)) => {
                if a.tparams.len() != b.tparams.len()
                    || a.variadic != b.variadic
                    || a.params.len() != b.params.len()
                    || a.results.len() != b.results.len()
                {
                    return false;
                }
                let mut y = y;
                if !a.tparams.is_empty() {
                    let (xt, yt) = (a.tparams.clone(), b.tparams.clone());
                    let map = crate::subst::SubstMap::new(&yt, &xt);
                    for (&xp, &yp) in xt.iter().zip(&yt) {
                        let (xb, yb) = (w.bound(xp), w.bound(yp));
                        let yb = w.subst(yb, &map);
                        if !self.identical(w, xb, yb) {
                            return false;
                        }
                    }
                    y = w.subst_params(y, &map);
                }
                let Type::Signature(a) = w.ty(x) else { return false };
                let (np, nr) = (a.params.len(), a.results.len());
                let part = |c: &mut Comparer, w: &mut World, n: usize, results: bool| {
                    (0..n).all(|i| {
                        let (s, t) = (w.param_type(x, i, results), w.param_type(y, i, results));
                        c.identical(w, s, t)
                    })
                };
                part(self, w, np, false) && part(self, w, nr, true)
            }
            (Type::Union(_), Type::Union(_)) => {
                let (a, b) = (w.union_terms(x), w.union_terms(y));
                typeset::equal(w, &a, &b)
            }
            (Type::Interface(_), Type::Interface(_)) => {
                let (a, b) = (w.type_set(x), w.type_set(y));
                if a.comparable != b.comparable || a.methods.len() != b.methods.len() {
                    return false;
                }
                let restricted = a.terms.is_some() || b.terms.is_some();
                if restricted && !typeset::equal(w, &a.terms, &b.terms) {
                    return false;
                }
                if self.pairs.contains(&(x, y)) || self.pairs.contains(&(y, x)) {
                    return true;
                }
                self.pairs.push((x, y));
                let same = a.methods.iter().zip(&b.methods).all(|(&f, &g)| {
                    let go = w.obj(g);
                    if !w.same_id(f, go.pkg, go.name, false) {
                        return false;
                    }
                    let (ft, gt) = (w.obj(f).ty, w.obj(g).ty);
                    self.identical(w, ft, gt)
                });
                self.pairs.pop();
                same
            }
            (&Type::Map { key: k, elem: a }, &Type::Map { key: l, elem: b }) => {
                self.identical(w, k, l) && self.identical(w, a, b)
            }
            (&Type::Chan { dir: d, elem: a }, &Type::Chan { dir: e, elem: b }) => {
                d == e && self.identical(w, a, b)
            }
            (Type::Named(a), Type::Named(b)) => {
                let n = a.targs.len();
                if n != b.targs.len() || n == 0 || a.origin != b.origin {
                    return false;
                }
                (0..n).all(|i| {
                    let (s, t) = (w.type_args(x)[i], w.type_args(y)[i]);
                    w.identical(s, t)
                })
            }
            _ => false,
        }
    }
}

pub(crate) fn is_embedded(w: &World, f: ObjId) -> bool {
    matches!(&w.obj(f).kind, ObjKind::Var(v) if v.embedded)
}
