//! The type model: types, objects, scopes and packages of a whole program, in arenas.
//!
//! A `World` is filled by the checker and afterwards used by lowering, which needs the same questions
//! answered for instantiated types: `under`, `identical`, `subst`, `instantiate`, `lookup`, `method_set`,
//! `type_string` are methods of `World` (in the files named after them). Types are not hash-consed:
//! compare with `identical`. Named instances are: same origin and identical arguments give one `TypeId`.

use escargo_syntax::ast;
use escargo_syntax::{Pos, Symbol};

use crate::constant::Const;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub u32);

        impl $name {
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A type.
    TypeId
);
id!(
    /// A declared entity: package name, constant, type, variable, function, label, builtin, nil.
    ObjId
);
id!(
    /// A lexical scope.
    ScopeId
);
id!(
    /// A package.
    PkgId
);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Basic {
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Complex64,
    Complex128,
    String,
    UnsafePointer,
    UntypedBool,
    UntypedInt,
    UntypedRune,
    UntypedFloat,
    UntypedComplex,
    UntypedString,
    UntypedNil,
}

pub use escargo_syntax::ast::ChanDir;

#[derive(Clone, Debug)]
pub enum Type {
    /// `TypeId(b as u32)` is the type of `Basic` kind `b`: see `World::basic`. `byte` and `rune` are
    /// separate basic types only by name: `TypeId`s `World::BYTE` and `World::RUNE`, identical to uint8 and int32.
    Basic(Basic),
    Pointer(TypeId),
    Slice(TypeId),
    /// A negative length: unknown because of an error.
    Array {
        len: i64,
        elem: TypeId,
    },
    Map {
        key: TypeId,
        elem: TypeId,
    },
    Chan {
        dir: ChanDir,
        elem: TypeId,
    },
    Struct(StructType),
    /// Parameter lists, result lists, results of multi-value calls: variables.
    Tuple(Vec<ObjId>),
    Signature(Signature),
    Interface(Interface),
    /// Only inside constraint interfaces.
    Union(Vec<Term>),
    Named(Named),
    TypeParam(TypeParam),
    /// A materialised alias (`type A = T`, generic aliases included). `World::unalias` looks through.
    Alias(Alias),
}

#[derive(Clone, Debug, Default)]
pub struct StructType {
    /// Field objects (`ObjKind::Var { field: true, embedded }`).
    pub fields: Vec<ObjId>,
    /// Unquoted tags, parallel to `fields`.
    pub tags: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Signature {
    /// Type parameters of a generic function (TypeParam types).
    pub tparams: Vec<TypeId>,
    /// Type parameters of a generic receiver, as declared by the method.
    pub recv_tparams: Vec<TypeId>,
    /// Receiver variable of a method.
    pub recv: Option<ObjId>,
    pub params: Vec<ObjId>,
    pub results: Vec<ObjId>,
    /// The last parameter has slice type and was written `...T` (or is a string in `append([]byte, string...)`).
    pub variadic: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// Explicitly declared methods (ObjKind::Func), in source order.
    pub methods: Vec<ObjId>,
    /// Embedded types (interfaces, unions, other types of constraint interfaces), with their positions.
    pub embeds: Vec<(TypeId, Pos)>,
    /// `interface{ ... }` implied by `[P ~int]`.
    pub implicit: bool,
    /// Computed by `World::type_set`.
    pub type_set: Option<std::rc::Rc<TypeSet>>,
}

/// The type set of an interface: all methods, sorted by unique name, and the term list.
#[derive(Clone, Debug, Default)]
pub struct TypeSet {
    pub methods: Vec<ObjId>,
    /// None: all types. Some(empty): no type.
    pub terms: Option<Vec<Term>>,
    pub comparable: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Term {
    pub tilde: bool,
    pub ty: TypeId,
}

#[derive(Clone, Debug)]
pub struct Named {
    /// The `ObjKind::TypeName` object.
    pub obj: ObjId,
    /// The declared right-hand side (possibly a named type itself); None until declared or, for instances, expanded.
    pub rhs: Option<TypeId>,
    /// None until resolved (during checking) or expanded (instances): ask `World::under`.
    pub underlying: Option<TypeId>,
    pub tparams: Vec<TypeId>,
    /// Instances: the generic type and its arguments.
    pub origin: Option<TypeId>,
    pub targs: Vec<TypeId>,
    /// Declared methods (ObjKind::Func), in source order; of an instance: substituted lazily, see `World::named_method`.
    pub methods: Vec<ObjId>,
}

#[derive(Clone, Debug)]
pub struct Alias {
    pub obj: ObjId,
    pub rhs: Option<TypeId>,
    pub tparams: Vec<TypeId>,
    pub origin: Option<TypeId>,
    pub targs: Vec<TypeId>,
}

#[derive(Clone, Debug)]
pub struct TypeParam {
    pub obj: ObjId,
    pub index: u32,
    /// The constraint as written; `World::constraint_iface` gives it as an interface.
    pub bound: TypeId,
}

#[derive(Clone, Debug)]
pub struct Object {
    pub kind: ObjKind,
    pub name: Symbol,
    pub pos: Pos,
    /// None for universe objects.
    pub pkg: Option<PkgId>,
    /// The type; for a TypeName the type it denotes; INVALID until resolved.
    pub ty: TypeId,
    /// The scope it was declared in.
    pub parent: Option<ScopeId>,
    /// Local objects are visible only from here on.
    pub scope_pos: Pos,
}

#[derive(Clone, Debug)]
pub enum ObjKind {
    PkgName {
        imported: PkgId,
        used: bool,
    },
    Const {
        value: Const,
    },
    TypeName {
        alias: bool,
    },
    Var(VarInfo),
    /// Functions and methods. `origin`: the generic method an instantiated one comes from.
    Func {
        decl: Option<DeclRef>,
        origin: Option<ObjId>,
        ptr_recv: bool,
    },
    Label {
        used: bool,
    },
    Builtin(Builtin),
    Nil,
}

#[derive(Clone, Debug, Default)]
pub struct VarInfo {
    pub field: bool,
    pub embedded: bool,
    pub param: bool,
    pub result: bool,
    pub used: bool,
    /// Declared at package level.
    pub global: bool,
    /// Of a field of an instantiated struct: the generic field.
    pub origin: Option<ObjId>,
}

/// Where a function is declared: `packages[pkg].files[file].decls[decl]` is an `ast::Decl::Func`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DeclRef {
    pub pkg: PkgId,
    pub file: u32,
    pub decl: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Builtin {
    Append,
    Cap,
    Clear,
    Close,
    Complex,
    Copy,
    Delete,
    Imag,
    Len,
    Make,
    Max,
    Min,
    New,
    Panic,
    Print,
    Println,
    Real,
    Recover,
    // package unsafe
    Add,
    Alignof,
    Offsetof,
    Sizeof,
    Slice,
    SliceData,
    String,
    StringData,
}

#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub parent: Option<ScopeId>,
    /// In insertion order; `map` finds by name.
    pub names: Vec<(Symbol, ObjId)>,
    pub map: rustc_hash::FxHashMap<Symbol, ObjId>,
    pub pos: Pos,
    pub end: Pos,
    pub is_func: bool,
}

#[derive(Debug)]
pub struct Package {
    pub path: String,
    pub name: Symbol,
    pub scope: ScopeId,
    pub files: Vec<std::rc::Rc<ast::File>>,
    /// Directly imported packages, without duplicates, in order of appearance.
    pub imports: Vec<PkgId>,
    /// Package-level variable initialisations in execution order (spec: Package initialization).
    pub init_order: Vec<Initializer>,
    /// `(1, 22)` from the `go` line of go.mod; the newest known version without one.
    pub go_version: (u32, u32),
    /// The version that each file is written in: its `//go:build` line may ask for another one.
    pub file_versions: Vec<(u32, u32)>,
    /// All functions are written in Go: not the library's.
    pub complete: bool,
}

impl Package {
    /// The language version at a position in one of the package's files.
    pub fn version_at(&self, pos: escargo_syntax::Pos) -> (u32, u32) {
        let file = self.files.iter().position(|f| f.pos <= pos && pos <= f.eof);
        file.and_then(|f| self.file_versions.get(f)).copied().unwrap_or(self.go_version)
    }
}

/// `lhs... = rhs`. Variables without an initialiser do not appear.
#[derive(Clone, Debug)]
pub struct Initializer {
    pub lhs: Vec<ObjId>,
    /// Location of the initialising expression: `files[file].decls[decl]` is a Var with `values[value]`.
    pub file: u32,
    pub decl: u32,
    pub value: u32,
}

/// Everything known about a program's types. Indexed by the id types.
#[derive(Debug, Default)]
pub struct World {
    pub types: Vec<Type>,
    pub objs: Vec<Object>,
    pub scopes: Vec<Scope>,
    pub pkgs: Vec<Package>,
    /// In dependency order: imported packages before importing ones. The last is the main package.
    pub pkg_order: Vec<PkgId>,
    pub pkg_by_path: rustc_hash::FxHashMap<String, PkgId>,
    /// Instances, by origin: see `World::instantiate`.
    pub instances: rustc_hash::FxHashMap<TypeId, Vec<TypeId>>,
    /// Methods of instances created on demand: (instance, method index).
    pub instance_methods: rustc_hash::FxHashMap<(TypeId, u32), ObjId>,
    /// Type parameters that hide a predeclared name, with the location of their declaration as text.
    pub hiding_tparams: rustc_hash::FxHashMap<TypeId, String>,
    /// Where an instance was first written.
    pub instance_pos: rustc_hash::FxHashMap<TypeId, Pos>,
    /// Layouts of named types, see `World::size_of`; and whether the one being computed is of an incomplete type.
    pub layouts: rustc_hash::FxHashMap<TypeId, (Option<i64>, i64)>,
    pub incomplete_layout: bool,
    /// The package whose names `type_string` prints without qualifier.
    pub current: Option<PkgId>,
}

/// The universe scope; its objects are set up by `World::new` (universe.rs).
pub const UNIVERSE: ScopeId = ScopeId(0);

impl World {
    pub const INVALID: TypeId = TypeId(Basic::Invalid as u32);
    /// Right after the basic types.
    pub const BYTE: TypeId = TypeId(Basic::UntypedNil as u32 + 1);
    pub const RUNE: TypeId = TypeId(Basic::UntypedNil as u32 + 2);
    /// The predeclared named type `error`.
    pub const ERROR: TypeId = TypeId(Basic::UntypedNil as u32 + 3);
    /// The predeclared alias `any` (an empty interface type).
    pub const ANY: TypeId = TypeId(Basic::UntypedNil as u32 + 4);
    /// The predeclared named constraint `comparable`.
    pub const COMPARABLE: TypeId = TypeId(Basic::UntypedNil as u32 + 5);
    /// The empty tuple: type of calls without result.
    pub const EMPTY_TUPLE: TypeId = TypeId(Basic::UntypedNil as u32 + 6);

    /// Makes room for what a program of so many syntax nodes usually has.
    pub fn reserve(&mut self, nodes: usize) {
        self.types.reserve(nodes / 6);
        self.objs.reserve(nodes / 4);
        self.scopes.reserve(nodes / 8);
    }

    pub const fn basic(kind: Basic) -> TypeId {
        TypeId(kind as u32)
    }

    pub fn ty(&self, t: TypeId) -> &Type {
        &self.types[t.index()]
    }

    pub fn obj(&self, o: ObjId) -> &Object {
        &self.objs[o.index()]
    }

    pub fn pkg(&self, p: PkgId) -> &Package {
        &self.pkgs[p.index()]
    }

    pub fn new_type(&mut self, t: Type) -> TypeId {
        self.types.push(t);
        TypeId(self.types.len() as u32 - 1)
    }

    pub fn new_obj(&mut self, o: Object) -> ObjId {
        self.objs.push(o);
        ObjId(self.objs.len() as u32 - 1)
    }
}
