//! The universe: predeclared types, constants, nil and builtins, and package unsafe.
//!
//! Out: a `World` whose first types have the fixed ids that `World`'s constants name.

use escargo_syntax::{Pos, Symbol};

use crate::constant::Const;
use crate::world::*;

/// How a call of a builtin may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExprUse {
    Conversion,
    Expression,
    /// May stand as a statement.
    Statement,
}

impl Builtin {
    const ALL: [Builtin; 26] = [
        Builtin::Append,
        Builtin::Cap,
        Builtin::Clear,
        Builtin::Close,
        Builtin::Complex,
        Builtin::Copy,
        Builtin::Delete,
        Builtin::Imag,
        Builtin::Len,
        Builtin::Make,
        Builtin::Max,
        Builtin::Min,
        Builtin::New,
        Builtin::Panic,
        Builtin::Print,
        Builtin::Println,
        Builtin::Real,
        Builtin::Recover,
        Builtin::Add,
        Builtin::Alignof,
        Builtin::Offsetof,
        Builtin::Sizeof,
        Builtin::Slice,
        Builtin::SliceData,
        Builtin::String,
        Builtin::StringData,
    ];

    /// Name, least number of arguments, whether there may be more, use.
    pub fn signature(self) -> (&'static str, usize, bool, ExprUse) {
        use ExprUse::{Expression, Statement};
        match self {
            Builtin::Append => ("append", 1, true, Expression),
            Builtin::Cap => ("cap", 1, false, Expression),
            Builtin::Clear => ("clear", 1, false, Statement),
            Builtin::Close => ("close", 1, false, Statement),
            Builtin::Complex => ("complex", 2, false, Expression),
            Builtin::Copy => ("copy", 2, false, Statement),
            Builtin::Delete => ("delete", 2, false, Statement),
            Builtin::Imag => ("imag", 1, false, Expression),
            Builtin::Len => ("len", 1, false, Expression),
            Builtin::Make => ("make", 1, true, Expression),
            Builtin::Max => ("max", 1, true, Expression),
            Builtin::Min => ("min", 1, true, Expression),
            Builtin::New => ("new", 1, false, Expression),
            Builtin::Panic => ("panic", 1, false, Statement),
            Builtin::Print => ("print", 0, true, Statement),
            Builtin::Println => ("println", 0, true, Statement),
            Builtin::Real => ("real", 1, false, Expression),
            Builtin::Recover => ("recover", 0, false, Statement),
            Builtin::Add => ("Add", 2, false, Expression),
            Builtin::Alignof => ("Alignof", 1, false, Expression),
            Builtin::Offsetof => ("Offsetof", 1, false, Expression),
            Builtin::Sizeof => ("Sizeof", 1, false, Expression),
            Builtin::Slice => ("Slice", 2, false, Expression),
            Builtin::SliceData => ("SliceData", 1, false, Expression),
            Builtin::String => ("String", 2, false, Expression),
            Builtin::StringData => ("StringData", 1, false, Expression),
        }
    }

    pub fn name(self) -> &'static str {
        self.signature().0
    }

    /// Declared by package unsafe.
    pub fn is_unsafe(self) -> bool {
        self.name().starts_with(|c: char| c.is_ascii_uppercase())
    }
}

impl Basic {
    pub const ALL: [Basic; 26] = [
        Basic::Invalid,
        Basic::Bool,
        Basic::Int,
        Basic::Int8,
        Basic::Int16,
        Basic::Int32,
        Basic::Int64,
        Basic::Uint,
        Basic::Uint8,
        Basic::Uint16,
        Basic::Uint32,
        Basic::Uint64,
        Basic::Uintptr,
        Basic::Float32,
        Basic::Float64,
        Basic::Complex64,
        Basic::Complex128,
        Basic::String,
        Basic::UnsafePointer,
        Basic::UntypedBool,
        Basic::UntypedInt,
        Basic::UntypedRune,
        Basic::UntypedFloat,
        Basic::UntypedComplex,
        Basic::UntypedString,
        Basic::UntypedNil,
    ];
}

impl World {
    /// Package unsafe.
    pub const UNSAFE: PkgId = PkgId(0);
    /// A world that holds the universe and package unsafe, nothing else.
    pub fn new() -> World {
        let mut w = World::default();
        for kind in Basic::ALL {
            w.new_type(Type::Basic(kind));
        }
        w.new_type(Type::Basic(Basic::Uint8));
        w.new_type(Type::Basic(Basic::Int32));
        let universe = w.new_scope(None, Pos::NONE, Pos::NONE);
        debug_assert_eq!(universe, UNIVERSE);
        let unsafe_scope = w.new_scope(Some(UNIVERSE), Pos::NONE, Pos::NONE);
        w.pkgs.push(Package {
            path: "unsafe".into(),
            name: Symbol::new("unsafe"),
            scope: unsafe_scope,
            files: Vec::new(),
            imports: Vec::new(),
            init_order: Vec::new(),
            go_version: (1, 0),
            file_versions: Vec::new(),
            complete: false,
        });
        w.pkg_by_path.insert("unsafe".into(), World::UNSAFE);

        // Types whose place in the arena is fixed come first; what they refer to follows.
        let error_name = w.universe_object("error", ObjKind::TypeName { alias: false }, World::ERROR);
        let any_name = w.universe_object("any", ObjKind::TypeName { alias: true }, World::ANY);
        let comparable_name =
            w.universe_object("comparable", ObjKind::TypeName { alias: false }, World::COMPARABLE);
        let after = World::EMPTY_TUPLE.0 + 1;
        let (error_iface, empty_iface, comparable_iface) =
            (TypeId(after), TypeId(after + 1), TypeId(after + 2));
        let named = |obj, underlying| {
            Type::Named(Named {
                obj,
                rhs: Some(underlying),
                underlying: Some(underlying),
                tparams: Vec::new(),
                origin: None,
                targs: Vec::new(),
                methods: Vec::new(),
            })
        };
        w.new_type(named(error_name, error_iface));
        w.new_type(Type::Alias(Alias {
            obj: any_name,
            rhs: Some(empty_iface),
            tparams: Vec::new(),
            origin: None,
            targs: Vec::new(),
        }));
        w.new_type(named(comparable_name, comparable_iface));
        w.new_type(Type::Tuple(Vec::new()));
        debug_assert_eq!(w.types.len() as u32, after);
        let error_method = w.error_method(TypeId(after + 3));
        w.new_type(Type::Interface(Interface { methods: vec![error_method.0], ..Interface::default() }));
        w.new_type(Type::Interface(Interface::default()));
        let all_comparable = TypeSet { methods: Vec::new(), terms: None, comparable: true };
        w.new_type(Type::Interface(Interface {
            type_set: Some(std::rc::Rc::new(all_comparable)),
            ..Interface::default()
        }));
        w.new_type(Type::Signature(error_method.1));

        for kind in Basic::ALL {
            match kind {
                Basic::Invalid => {}
                Basic::UnsafePointer => {
                    w.unsafe_object("Pointer", ObjKind::TypeName { alias: false }, World::basic(kind));
                }
                _ if World::basic(kind) >= World::basic(Basic::UntypedBool) => {}
                _ => {
                    w.universe_object(kind.name(), ObjKind::TypeName { alias: false }, World::basic(kind));
                }
            }
        }
        w.universe_object("byte", ObjKind::TypeName { alias: true }, World::BYTE);
        w.universe_object("rune", ObjKind::TypeName { alias: true }, World::RUNE);
        let untyped_bool = World::basic(Basic::UntypedBool);
        w.universe_object("true", ObjKind::Const { value: Const::Bool(true) }, untyped_bool);
        w.universe_object("false", ObjKind::Const { value: Const::Bool(false) }, untyped_bool);
        w.universe_object("iota", ObjKind::Const { value: Const::int(0) }, World::basic(Basic::UntypedInt));
        w.universe_object("nil", ObjKind::Nil, World::basic(Basic::UntypedNil));
        for b in Builtin::ALL {
            if b.is_unsafe() {
                w.unsafe_object(b.name(), ObjKind::Builtin(b), World::INVALID);
            } else {
                w.universe_object(b.name(), ObjKind::Builtin(b), World::INVALID);
            }
        }
        w
    }

    fn predeclared(
        &mut self,
        scope: ScopeId,
        pkg: Option<PkgId>,
        name: &str,
        kind: ObjKind,
        ty: TypeId,
    ) -> ObjId {
        let name = Symbol::new(name);
        let (pos, parent) = (Pos::NONE, None);
        let obj = self.new_obj(Object { kind, name, pos, pkg, ty, parent, scope_pos: Pos::NONE });
        self.scope_insert(scope, obj);
        obj
    }

    fn universe_object(&mut self, name: &str, kind: ObjKind, ty: TypeId) -> ObjId {
        self.predeclared(UNIVERSE, None, name, kind, ty)
    }

    fn unsafe_object(&mut self, name: &str, kind: ObjKind, ty: TypeId) -> ObjId {
        let scope = self.pkg(World::UNSAFE).scope;
        self.predeclared(scope, Some(World::UNSAFE), name, kind, ty)
    }

    /// The method `Error() string`, and its signature, which is to become type `sig`.
    fn error_method(&mut self, sig: TypeId) -> (ObjId, Signature) {
        let object = |w: &mut World, kind, name, ty| {
            let name = Symbol::new(name);
            let pos = Pos::NONE;
            w.new_obj(Object { kind, name, pos, pkg: None, ty, parent: None, scope_pos: pos })
        };
        let recv = ObjKind::Var(VarInfo { param: true, used: true, ..VarInfo::default() });
        let recv = object(self, recv, "", World::ERROR);
        let result = ObjKind::Var(VarInfo { result: true, used: true, ..VarInfo::default() });
        let result = object(self, result, "", World::basic(Basic::String));
        let func = ObjKind::Func { decl: None, origin: None, ptr_recv: false };
        let method = object(self, func, "Error", sig);
        let signature = Signature {
            tparams: Vec::new(),
            recv_tparams: Vec::new(),
            recv: Some(recv),
            params: Vec::new(),
            results: vec![result],
            variadic: false,
        };
        (method, signature)
    }
}
