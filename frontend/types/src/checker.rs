//! The checker's state: what every part of type checking reads and writes, error reporting, the queue of delayed
//! actions and the recording of facts into `Info`.
//!
//! In: parsed packages, checked one after another in dependency order. Out: `World`, `Info`, diagnostics.
//! Requires: syntax trees outlive the checker (`'a`). Guarantees: nothing here panics on wrong programs.

use std::rc::Rc;

use escargo_syntax::ast::{self, Expr, ExprKind, Ident, NodeId};
use escargo_syntax::{Diagnostic, Pos, SourceMap, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::constant::Const;
use crate::info::{Info, Instance, Mode, Selection, SelectionKind, TypeAndValue};
use crate::operand::Operand;
use crate::world::{ObjId, ObjKind, Object, PkgId, ScopeId, Type, TypeId, UNIVERSE, VarInfo, World};

/// Language version, `(1, 22)`.
pub type Version = (u32, u32);

/// Index into `Checker::decls`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DeclId(pub u32);

/// How a package-level object (or a method) is declared.
#[derive(Debug)]
pub struct DeclInfo<'a> {
    /// Scope of the file that holds the declaration.
    pub file_scope: ScopeId,
    /// Index of the file in its package and of the declaration in the file.
    pub file: u32,
    pub decl: u32,
    /// Index of the initialising value in its `VarDecl` or `ConstDecl`.
    pub value: u32,
    pub version: Version,
    /// Left-hand sides of an n:1 variable declaration.
    pub lhs: Vec<ObjId>,
    /// Type expression of a constant or variable.
    pub vtyp: Option<&'a Expr>,
    pub init: Option<&'a Expr>,
    /// `init` is repeated from an earlier constant specification.
    pub inherited: bool,
    pub tdecl: Option<&'a ast::TypeDecl>,
    pub fdecl: Option<&'a ast::FuncDecl>,
    /// Package-level objects that the initialiser or function body mentions, in order of first mention.
    pub deps: Vec<ObjId>,
    pub dep_set: FxHashSet<ObjId>,
}

/// The surroundings of the object or statement that is being checked.
#[derive(Clone, Debug)]
pub struct Env {
    /// Package-level declaration whose initialiser or body is checked.
    pub decl: Option<DeclId>,
    /// Innermost scope for look-ups.
    pub scope: ScopeId,
    /// Language version of the current file.
    pub version: Version,
    /// Value of `iota` inside a constant declaration.
    pub iota: Option<Const>,
    /// Position of the constant whose initialiser is inherited, if it is.
    pub err_pos: Pos,
    pub in_tparam_list: bool,
    /// Signature of the function being checked.
    pub sig: Option<TypeId>,
    /// The current function contains labels.
    pub has_label: bool,
    /// An expression since the flag was last cleared calls a function or receives from a channel.
    pub has_call_or_recv: bool,
}

/// A delayed piece of checking.
pub type Action<'a> = Box<dyn FnOnce(&mut Checker<'a>) + 'a>;

pub struct Checker<'a> {
    pub world: World,
    pub info: Info,
    pub diags: Vec<Diagnostic>,
    pub sources: &'a SourceMap,

    // The package being checked.
    pub pkg: PkgId,
    pub files: &'a [Rc<ast::File>],
    /// Whether an error has been reported in this package.
    pub has_errors: bool,
    pub decls: Vec<DeclInfo<'a>>,
    /// Package-level objects and methods of the current package.
    pub obj_map: FxHashMap<ObjId, DeclId>,
    /// Keys of `obj_map` in source order.
    pub obj_list: Vec<ObjId>,
    /// PkgName objects of the current package's files, with their import declaration.
    pub imports: Vec<(ObjId, &'a ast::ImportDecl)>,
    /// Objects brought into a file scope by a dot import -> that import's PkgName.
    pub dot_imports: FxHashMap<(ScopeId, Symbol), ObjId>,
    /// Methods (not of interfaces) waiting to be associated with their base type names.
    pub methods: FxHashMap<ObjId, Vec<ObjId>>,
    /// Objects whose declaration is being checked, innermost last.
    pub obj_path: Vec<ObjId>,
    pub obj_path_index: FxHashMap<ObjId, usize>,

    /// Objects of `obj_map` whose declaration has been checked or is being checked.
    pub declared: FxHashSet<ObjId>,
    /// Types found to be of finite size.
    pub valid_types: FxHashSet<TypeId>,
    /// Named types whose size does, or does not, depend on type parameters.
    pub var_sized: FxHashMap<TypeId, bool>,
    pub mono: crate::mono::MonoGraph,
    /// Channel and large array types of the current package, whose sizes are checked if there are no errors.
    pub size_checks: Vec<(TypeId, Pos)>,
    /// Calls that pass much.
    pub large_calls: Vec<crate::frames::LargeCall>,
    /// Interface types as written, outermost ones only, for the search for anonymous cycles.
    pub interfaces: Vec<(TypeId, Pos)>,
    pub interface_nesting: u32,
    /// Packages that could not be imported.
    pub fake_packages: FxHashSet<PkgId>,

    pub env: Env,
    pub delayed: Vec<(Version, Action<'a>)>,
    pub postponed: crate::postponed::Postponed<'a>,
    /// Untyped expressions that are left operands of shifts whose check waits for their final type.
    pub shift_lhs: FxHashSet<NodeId>,
    /// Syntax of untyped, not yet final expressions is found again through their parents, so only ids are kept.
    pub panic_calls: FxHashSet<NodeId>,
    /// Nesting of expressions and types, to refuse absurdly deep ones instead of overflowing the stack.
    pub depth: u32,
    /// Number of package-level declarations being checked.
    pub decl_depth: u32,
    /// Too deep nesting has been reported.
    pub too_deep: bool,
    /// All package-level objects of the current package are declared.
    pub objects_declared: bool,
    /// Functions need no bodies.
    pub bodyless: bool,
}

/// Where an error is reported: gc points at the leftmost position of an expression.
pub trait At {
    fn at(&self) -> Pos;
}

impl At for Pos {
    fn at(&self) -> Pos {
        *self
    }
}

impl At for Expr {
    fn at(&self) -> Pos {
        self.start()
    }
}

impl At for Ident {
    fn at(&self) -> Pos {
        self.pos
    }
}

impl At for Operand<'_> {
    fn at(&self) -> Pos {
        self.start()
    }
}

impl<T: At + ?Sized> At for &T {
    fn at(&self) -> Pos {
        (**self).at()
    }
}

impl<'a> Checker<'a> {
    pub fn new(world: World, sources: &'a SourceMap) -> Checker<'a> {
        Checker {
            world,
            info: Info::default(),
            diags: Vec::new(),
            sources,
            pkg: PkgId(0),
            files: &[],
            has_errors: false,
            decls: Vec::new(),
            obj_map: FxHashMap::default(),
            obj_list: Vec::new(),
            imports: Vec::new(),
            dot_imports: FxHashMap::default(),
            methods: FxHashMap::default(),
            obj_path: Vec::new(),
            obj_path_index: FxHashMap::default(),
            declared: FxHashSet::default(),
            valid_types: FxHashSet::default(),
            var_sized: FxHashMap::default(),
            mono: crate::mono::MonoGraph::default(),
            size_checks: Vec::new(),
            large_calls: Vec::new(),
            interfaces: Vec::new(),
            interface_nesting: 0,
            fake_packages: FxHashSet::default(),
            env: Env {
                decl: None,
                scope: UNIVERSE,
                version: (1, 27),
                iota: None,
                err_pos: Pos::NONE,
                in_tparam_list: false,
                sig: None,
                has_label: false,
                has_call_or_recv: false,
            },
            delayed: Vec::new(),
            postponed: Default::default(),
            shift_lhs: FxHashSet::default(),
            panic_calls: FxHashSet::default(),
            depth: 0,
            decl_depth: 0,
            too_deep: false,
            objects_declared: false,
            bodyless: false,
        }
    }

    // ---- errors ----

    /// Reports an error at the leftmost position of `at`.
    pub fn error(&mut self, at: impl At, message: impl Into<String>) {
        self.report(at.at(), message.into(), "", false);
    }

    /// Reports an error that does not stop code generation.
    pub fn soft_error(&mut self, at: impl At, message: impl Into<String>) {
        self.report(at.at(), message.into(), "", true);
    }

    /// Reports an error with continuation lines, each with its position (`Pos::NONE` prints none).
    pub fn error_with(
        &mut self,
        at: impl At,
        message: impl Into<String>,
        more: &[(Pos, String)],
        soft: bool,
    ) {
        let mut text = String::new();
        for (pos, line) in more {
            text.push_str("\n\t");
            if let Some(loc) = self.sources.locate(*pos) {
                text.push_str(&format!("{loc}: "));
            }
            text.push_str(line);
        }
        self.report(at.at(), message.into(), &text, soft);
    }

    /// Reports that a feature needs a newer language version.
    pub fn version_error(&mut self, at: impl At, v: Version, what: impl Into<String>) {
        let (major, minor) = v;
        let text = format!("{} requires go{major}.{minor} or later", what.into());
        self.report(at.at(), text, "", false);
    }

    /// Whether the current file may use features of version `v`; reports an error otherwise.
    pub fn verify_version(&mut self, at: impl At, v: Version, what: &str) -> bool {
        if self.allow_version(v) {
            return true;
        }
        self.version_error(at, v, what);
        false
    }

    pub fn allow_version(&self, v: Version) -> bool {
        self.env.version >= v
    }

    fn report(&mut self, pos: Pos, message: String, more: &str, soft: bool) {
        // What mentions an invalid operand or type follows from an error that has been reported already.
        if self.has_errors {
            let inside = |what: &str| message.find(what).is_some_and(|i| i > 0);
            if inside("invalid operand") || inside("invalid type") {
                return;
            }
        }
        let mut message = message + more;
        // gc says where the version comes from that forbids something.
        if message.contains("requires go1.") && message.contains(" or later") {
            let (major, minor) = self.env.version;
            message += &if self.env.version == self.world.pkg(self.pkg).go_version {
                format!(" (-lang was set to go{major}.{minor}; check go.mod)")
            } else {
                format!(" (file declares //go:build go{major}.{minor})")
            };
        }
        self.has_errors = true;
        let pos = if self.env.err_pos.is_none() { pos } else { self.env.err_pos };
        // gc prints one of equal messages about a line.
        let line = self.sources.file_of(pos).map(|f| (f.base, self.sources.physical_line(pos)));
        if let Some(last) = self.diags.last()
            && last.message == message
            && self.sources.file_of(last.pos).map(|f| (f.base, self.sources.physical_line(last.pos))) == line
        {
            return;
        }
        let d = if soft { Diagnostic::soft_error(pos, message) } else { Diagnostic::error(pos, message) };
        self.diags.push(d);
    }

    // ---- delayed actions ----

    /// Queues `f` for the end of the current statement or of the package.
    pub fn later(&mut self, f: impl FnOnce(&mut Checker<'a>) + 'a) {
        self.delayed.push((self.env.version, Box::new(f)));
    }

    /// Runs the actions queued from index `top` on, and those they queue.
    pub fn process_delayed(&mut self, top: usize) {
        let saved = self.env.version;
        let mut i = top;
        while i < self.delayed.len() {
            let slot = &mut self.delayed[i];
            self.env.version = slot.0;
            let action = std::mem::replace(&mut slot.1, Box::new(|_| {}));
            action(self);
            i += 1;
        }
        self.delayed.truncate(top);
        self.env.version = saved;
    }

    // ---- scopes and objects ----

    /// Looks `name` up in the current scope and the enclosing ones.
    pub fn lookup(&self, name: Symbol) -> Option<ObjId> {
        self.lookup_scope(name).map(|(_, o)| o)
    }

    /// As `lookup`, with the scope that holds the name.
    pub fn lookup_scope(&self, name: Symbol) -> Option<(ScopeId, ObjId)> {
        let mut scope = Some(self.env.scope);
        while let Some(s) = scope {
            let data = &self.world.scopes[s.index()];
            if let Some(&o) = data.map.get(&name) {
                return Some((s, o));
            }
            scope = data.parent;
        }
        None
    }

    pub fn open_scope(&mut self, node: NodeId, pos: Pos, end: Pos) -> ScopeId {
        let s = self.world.new_scope(Some(self.env.scope), pos, end);
        self.info.scopes.insert(node, s);
        self.env.scope = s;
        s
    }

    pub fn close_scope(&mut self) {
        self.env.scope = self.world.scopes[self.env.scope.index()].parent.unwrap_or(UNIVERSE);
    }

    /// A new variable object that belongs to the current package and to no scope yet.
    pub fn new_var(&mut self, pos: Pos, name: Symbol, ty: TypeId, info: VarInfo) -> ObjId {
        let pkg = Some(self.pkg);
        self.world.new_obj(Object {
            kind: ObjKind::Var(info),
            name,
            pos,
            pkg,
            ty,
            parent: None,
            scope_pos: Pos::NONE,
        })
    }

    /// A parameter or result without a name, as tuples of computed types need.
    pub fn new_param(&mut self, pos: Pos, ty: TypeId) -> ObjId {
        self.new_var(pos, Symbol::EMPTY, ty, VarInfo { param: true, used: true, ..VarInfo::default() })
    }

    /// A tuple type of unnamed variables.
    pub fn new_tuple(&mut self, pos: Pos, types: &[TypeId]) -> TypeId {
        let vars = types.iter().map(|&t| self.new_param(pos, t)).collect();
        self.world.new_type(Type::Tuple(vars))
    }

    /// Enters `obj` into `scope` under its name and records it as the definition of `id`.
    /// Reports a redeclaration.
    pub fn declare(&mut self, scope: ScopeId, id: Option<Ident>, obj: ObjId, scope_pos: Pos) {
        let name = self.world.obj(obj).name;
        if !name.is_blank() {
            if let Some(alt) = self.world.scope_insert(scope, obj) {
                let at = self.world.obj(obj).pos;
                let more = self.other_declaration(alt);
                self.error_with(at, format!("{name} redeclared in this block"), &more, false);
                return;
            }
            self.world.objs[obj.index()].scope_pos = scope_pos;
        }
        if let Some(id) = id {
            self.record_def(id.id, obj);
        }
    }

    /// Continuation line for an error about a second declaration.
    pub fn other_declaration(&self, obj: ObjId) -> Vec<(Pos, String)> {
        let o = self.world.obj(obj);
        if o.pos.is_none() { Vec::new() } else { vec![(o.pos, format!("other declaration of {}", o.name))] }
    }

    /// Marks a variable as used.
    pub fn use_var(&mut self, obj: ObjId) {
        if let ObjKind::Var(v) = &mut self.world.objs[obj.index()].kind {
            v.used = true;
        }
    }

    /// Notes that the declaration being checked depends on package-level object `to`.
    pub fn add_decl_dep(&mut self, to: ObjId) {
        let Some(from) = self.env.decl else { return };
        if !self.obj_map.contains_key(&to) {
            return;
        }
        let d = &mut self.decls[from.0 as usize];
        if d.dep_set.insert(to) {
            d.deps.push(to);
        }
    }

    pub fn push_obj(&mut self, obj: ObjId) {
        self.obj_path_index.insert(obj, self.obj_path.len());
        self.obj_path.push(obj);
    }

    pub fn pop_obj(&mut self) {
        if let Some(obj) = self.obj_path.pop() {
            self.obj_path_index.remove(&obj);
        }
    }

    // ---- recording ----

    /// Records the outcome of checking `x.expr`. An untyped outcome stays open to `update_expr_type`.
    pub fn record(&mut self, x: &Operand<'a>) {
        let Some(e) = x.expr else { return };
        let (ty, value) = match x.mode {
            Mode::None => return,
            Mode::NoValue => (World::EMPTY_TUPLE, None),
            Mode::Const => (x.ty, Some(x.val.clone())),
            _ => (x.ty, None),
        };
        self.record_type_and_value(e, x.mode, ty, value);
    }

    pub fn record_type_and_value(&mut self, e: &Expr, mode: Mode, ty: TypeId, value: Option<Const>) {
        if mode != Mode::None {
            let value = value.map(Rc::new);
            self.info.record(e.id, TypeAndValue { mode, ty: Some(ty), value });
        }
    }

    /// Records that `e` denotes type `ty`.
    pub fn record_type(&mut self, e: &Expr, ty: TypeId) {
        self.record_type_and_value(e, Mode::Type, ty, None);
    }

    /// Records the signature a builtin has in this call, on `f` and inside its parentheses.
    pub fn record_builtin_type(&mut self, f: &Expr, b: crate::world::Builtin, sig: TypeId) {
        let mut f = f;
        loop {
            self.record_type_and_value(f, Mode::Builtin(b), sig, None);
            match &f.kind {
                ExprKind::Paren(x) => f = x,
                _ => return,
            }
        }
    }

    /// Changes the recorded type of `e` to the pair it has in comma-ok use.
    pub fn record_comma_ok_types(&mut self, e: &Expr, t0: TypeId, t1: TypeId) {
        let mut e = e;
        let tuple = self.new_tuple(e.pos, &[t0, t1]);
        loop {
            if let Some(tv) = self.info.types.get_mut(e.id.0 as usize) {
                tv.ty = Some(tuple);
            }
            match &e.kind {
                ExprKind::Paren(x) => e = x,
                _ => return,
            }
        }
    }

    /// Records type arguments and instantiated type at the identifier that `e` (identifier, selector or index
    /// expression of these) instantiates.
    pub fn record_instance(&mut self, e: &Expr, targs: Vec<TypeId>, ty: TypeId) {
        let base = match &e.kind {
            ExprKind::Index { x, .. } => x,
            _ => e,
        };
        let id = match &base.kind {
            ExprKind::Selector { sel, .. } => sel.id,
            _ => base.id,
        };
        self.info.instances.insert(id, Instance { targs, ty });
    }

    pub fn record_def(&mut self, id: NodeId, obj: ObjId) {
        self.info.defs.insert(id, obj);
    }

    pub fn record_use(&mut self, id: NodeId, obj: ObjId) {
        self.info.uses.insert(id, obj);
        if matches!(self.world.obj(obj).kind, ObjKind::Func { .. }) {
            self.mention(obj);
        }
    }

    pub fn record_implicit(&mut self, node: NodeId, obj: ObjId) {
        self.info.implicits.insert(node, obj);
    }

    pub fn record_scope(&mut self, node: NodeId, scope: ScopeId) {
        self.info.scopes.insert(node, scope);
    }

    /// Records what selector expression `e` with selected identifier `sel` means.
    pub fn record_selection(
        &mut self,
        e: &Expr,
        sel: Ident,
        kind: SelectionKind,
        recv: TypeId,
        obj: ObjId,
        path: Vec<u32>,
        indirect: bool,
        ty: TypeId,
    ) {
        self.record_use(sel.id, obj);
        self.info.selections.insert(e.id, Selection { kind, recv, obj, path, indirect, ty });
    }
}
