//! What the checker found out about each node of the syntax: the side tables that lowering reads.
//! Indexed by `NodeId`, which is unique over the program, so one `Info` serves all packages.

use escargo_syntax::ast::NodeId;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::constant::Const;
use crate::world::{Builtin, ObjId, ScopeId, TypeId};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// Not recorded, or an error has been reported.
    #[default]
    None,
    /// A call without result, used as a statement.
    NoValue,
    Builtin(Builtin),
    /// The expression denotes a type.
    Type,
    /// `value` holds it.
    Const,
    /// Addressable.
    Var,
    /// `m[k]`: assignable, not addressable; commaok possible.
    MapIndex,
    Value,
    NilValue,
    /// Type assertion, receive: may be used in comma-ok form (then `ty` is recorded as the two-element tuple).
    CommaOk,
}

#[derive(Clone, Debug, Default)]
pub struct TypeAndValue {
    pub mode: Mode,
    /// Final type: untyped constants and comparisons have been given the type their context demands
    /// (Go's `updateExprType`); never untyped except `UntypedNil` (and constants that are never
    /// materialised). `World::INVALID` if unrecorded.
    pub ty: Option<TypeId>,
    /// Shared, since most nodes have none and the table has an entry for each node.
    pub value: Option<std::rc::Rc<Const>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SelectionKind {
    /// `x.f`, a struct field.
    Field,
    /// `x.m`, a method value or the function of a method call.
    MethodVal,
    /// `T.m`, a method expression.
    MethodExpr,
}

/// What `x.sel` means when it is not a qualified identifier.
#[derive(Clone, Debug)]
pub struct Selection {
    pub kind: SelectionKind,
    /// Type of `x`.
    pub recv: TypeId,
    pub obj: ObjId,
    /// Field path; the last index is the field's or the method's (in `Named::methods` of the receiver base,
    /// or in the sorted `TypeSet::methods` of an interface).
    pub path: Vec<u32>,
    /// A pointer was followed on the way.
    pub indirect: bool,
    /// Type of `x.sel`.
    pub ty: TypeId,
}

/// An instantiated generic function or type at an identifier.
#[derive(Clone, Debug)]
pub struct Instance {
    pub targs: Vec<TypeId>,
    pub ty: TypeId,
}

/// Objects by node, as a dense table: most identifiers have one.
#[derive(Debug, Default)]
pub struct ObjTable(Vec<ObjId>);

impl ObjTable {
    const NONE: ObjId = ObjId(u32::MAX);

    pub fn get(&self, id: &NodeId) -> Option<&ObjId> {
        self.0.get(id.0 as usize).filter(|&&o| o != Self::NONE)
    }

    pub fn contains_key(&self, id: &NodeId) -> bool {
        self.get(id).is_some()
    }

    pub fn insert(&mut self, id: NodeId, obj: ObjId) {
        let i = id.0 as usize;
        if self.0.len() <= i {
            self.0.resize(i + 1, Self::NONE);
        }
        self.0[i] = obj;
    }
}

impl std::ops::Index<&NodeId> for ObjTable {
    type Output = ObjId;

    fn index(&self, id: &NodeId) -> &ObjId {
        self.get(id).expect("the identifier has been resolved")
    }
}

#[derive(Debug, Default)]
pub struct Info {
    /// By expression node.
    pub types: Vec<TypeAndValue>,
    /// Identifier -> the object it declares. Absent for `_`-only cases handled by `implicits`.
    pub defs: ObjTable,
    /// Identifier -> the object it denotes. Selected identifiers (`sel`) included.
    pub uses: ObjTable,
    /// Case clause of a type switch with `bind` -> its variable.
    pub implicits: FxHashMap<NodeId, ObjId>,
    /// `ExprKind::Selector` node -> selection. Qualified identifiers (`pkg.Name`) have none: see `uses` of `sel`.
    pub selections: FxHashMap<NodeId, Selection>,
    /// Identifier of a generic function or type (`sel` of a selector) -> instance.
    pub instances: FxHashMap<NodeId, Instance>,
    /// Statement, clause or function type node -> scope.
    pub scopes: FxHashMap<NodeId, ScopeId>,
    /// Functions whose bodies nothing mentions: they have not been checked, and nothing is recorded of them.
    pub unchecked: FxHashSet<ObjId>,
    /// Slice literals that would make a frame too large.
    pub large_literals: Vec<crate::frames::LargeLiteral>,
}

impl Info {
    /// Tables for a program of so many nodes, so that they need not grow.
    pub fn with_capacity(nodes: usize) -> Info {
        Info {
            types: Vec::with_capacity(nodes),
            defs: ObjTable(Vec::with_capacity(nodes)),
            uses: ObjTable(Vec::with_capacity(nodes)),
            ..Info::default()
        }
    }

    pub fn of(&self, id: NodeId) -> Option<&TypeAndValue> {
        self.types.get(id.0 as usize).filter(|t| t.mode != Mode::None)
    }

    pub fn record(&mut self, id: NodeId, tv: TypeAndValue) {
        let i = id.0 as usize;
        if self.types.len() <= i {
            self.types.resize_with(i + 1, TypeAndValue::default);
        }
        self.types[i] = tv;
    }
}
