//! The state of lowering a program: the module under construction, what is declared and what remains to be lowered.
//!
//! In: requests for functions, globals and sites. Out: their ids; the finished module.
//! Guarantees: one function per instance, one global per variable; what is requested gets defined.

use std::rc::Rc;

use escargo_ir as ir;
use escargo_ir::{FuncId, GlobalId, LayoutId, Module, SiteId, SiteKind};
use escargo_syntax::ast;
use escargo_syntax::diag::Diagnostic;
use escargo_syntax::source::{Pos, SourceFile, SourceMap};
use escargo_types::info::Info;
use escargo_types::world::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::func;
use crate::intrinsics::Intrinsic;
use crate::links::{Link, Links};
use crate::types::TypeTables;

/// What the caller may choose.
#[derive(Clone, Debug)]
pub struct Options {
    /// The gc release whose limits and messages are followed: (1, 27).
    pub gc_version: (u32, u32),
    /// The process ends soon: what the frontend has in memory is left there, since taking it apart takes time.
    pub leak: bool,
    /// Say for debuggers what variables there are.
    pub debug: bool,
    /// The functions that C code calls, if a library is made: then nothing runs `main.main`.
    pub exports: Option<Vec<crate::Export>>,
    /// Lower all functions of the main package, reached or not: there is something to say about each.
    pub all: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { gc_version: (1, 27), leak: false, debug: false, exports: None, all: false }
    }
}

/// A function or method with all type parameters replaced: those of the receiver first, then its own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncInstance {
    /// The declared object (an `origin`, never an instantiated copy).
    pub obj: ObjId,
    /// Canonical types.
    pub targs: Vec<TypeId>,
}

/// The type parameters of a function instance. Environments with equal parameters and arguments share an id.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// 0: no type parameters.
    pub id: u32,
    pub tparams: Rc<[TypeId]>,
    /// Canonical.
    pub targs: Rc<[TypeId]>,
}

impl Env {
    pub fn get(&self, tparam: TypeId) -> Option<TypeId> {
        self.tparams.iter().position(|&p| p == tparam).map(|i| self.targs[i])
    }
}

/// What a call of a declared function becomes.
#[derive(Clone, Copy, Debug)]
pub enum Callee {
    Func(FuncId),
    /// A runtime entry point: see `Lowerer::emit_rt`.
    Rt(ir::Rt),
    /// See `Lowerer::emit_intrinsic`.
    Intrinsic(Intrinsic),
}

pub struct Lowerer {
    pub world: World,
    pub info: Rc<Info>,
    pub module: Module,
    pub options: Options,
    pub diags: Vec<Diagnostic>,
    pub types: TypeTables,
    pub debug: crate::debug::DebugTables,
    pub rtti: crate::rtti::Rtti,
    pub itabs: crate::itab::Itabs,
    pub wrappers: crate::wrappers::Wrappers,
    pub consts: crate::consts::Consts,
    pub statics: crate::static_init::Statics,
    funcs: FxHashMap<FuncInstance, FuncId>,
    /// Requested functions whose bodies are not lowered yet.
    work: Vec<(FuncInstance, FuncId)>,
    /// Functions that have got their bodies since somebody was told of some.
    defined: Vec<FuncId>,
    /// Where functions are filled: their bodies are copied from there when their sizes are known.
    spare: (Vec<ir::InstData>, Vec<ir::ValueData>),
    envs: FxHashMap<(Vec<TypeId>, Vec<TypeId>), Env>,
    globals: FxHashMap<ObjId, GlobalId>,
    pub(crate) links: Links,
    names: FxHashSet<String>,
    /// Types under a name already, per function: numbers of `init` functions.
    init_numbers: FxHashMap<ObjId, u32>,
}

impl Lowerer {
    pub fn new(world: World, info: Info, sources: &SourceMap, options: Options) -> Lowerer {
        let files = sources.files.iter().flat_map(|f| line_segments(f)).collect();
        let module = Module { files, ..Module::default() };
        let mut l = Lowerer {
            world,
            info: Rc::new(info),
            module,
            options,
            diags: Vec::new(),
            types: TypeTables::default(),
            debug: Default::default(),
            rtti: Default::default(),
            itabs: Default::default(),
            wrappers: Default::default(),
            consts: Default::default(),
            statics: Default::default(),
            funcs: FxHashMap::default(),
            work: Vec::new(),
            defined: Vec::new(),
            spare: Default::default(),
            envs: FxHashMap::default(),
            globals: FxHashMap::default(),
            links: Links::default(),
            names: FxHashSet::default(),
            init_numbers: FxHashMap::default(),
        };
        l.read_links();
        l.start_rtti();
        l
    }

    /// Lowers requested functions until no more are reachable.
    pub fn lower_reachable(&mut self, on_func: crate::OnFunc) {
        loop {
            while let Some((inst, id)) = self.work.pop() {
                func::lower_func(self, &inst, id);
                for id in self.defined.drain(..) {
                    on_func(&mut self.module, id);
                }
            }
            self.grow_reachable_methods();
            if self.work.is_empty() {
                break;
            }
        }
    }

    /// Completes tables and data that depend on everything reachable.
    pub fn finish(mut self) -> Result<Module, Vec<Diagnostic>> {
        self.finish_itabs();
        self.finish_rtti();
        if !self.diags.is_empty() {
            return Err(self.diags);
        }
        let module = std::mem::take(&mut self.module);
        if self.options.leak {
            std::mem::forget(self);
        }
        Ok(module)
    }

    pub fn error(&mut self, pos: Pos, message: impl Into<String>) {
        self.diags.push(Diagnostic::error(pos, message));
    }

    // ---- environments and declarations

    /// The environment for type parameters and canonical arguments.
    pub fn env(&mut self, tparams: &[TypeId], targs: &[TypeId]) -> Env {
        if tparams.is_empty() {
            return Env::default();
        }
        let key = (tparams.to_vec(), targs.to_vec());
        if let Some(e) = self.envs.get(&key) {
            return e.clone();
        }
        let env = Env { id: self.envs.len() as u32 + 1, tparams: tparams.into(), targs: targs.into() };
        self.envs.insert(key, env.clone());
        env
    }

    /// The environment of a function instance's body.
    pub fn env_of(&mut self, inst: &FuncInstance) -> Env {
        let tparams = match self.world.ty(self.world.obj(inst.obj).ty) {
            Type::Signature(s) => s.recv_tparams.iter().chain(&s.tparams).copied().collect(),
            _ => Vec::new(),
        };
        self.env(&tparams, &inst.targs)
    }

    /// The declaration of a function: its file and the index of an `ast::Decl::Func` in it.
    pub fn decl_of(&self, obj: ObjId) -> Option<(PkgId, Rc<ast::File>, usize)> {
        let ObjKind::Func { decl: Some(d), .. } = self.world.obj(obj).kind else { return None };
        Some((d.pkg, self.world.pkg(d.pkg).files[d.file as usize].clone(), d.decl as usize))
    }

    /// Whether the function's declaration has a body.
    pub fn has_body(&self, obj: ObjId) -> bool {
        self.decl_of(obj)
            .is_some_and(|(_, file, i)| matches!(&file.decls[i], ast::Decl::Func(f) if f.body.is_some()))
    }

    /// The declared function behind a function object that may be an instantiated copy.
    pub fn origin_func(&self, obj: ObjId) -> ObjId {
        match self.world.obj(obj).kind {
            ObjKind::Func { origin: Some(o), .. } => o,
            _ => obj,
        }
    }

    /// The receiver type of a method instance; None for functions.
    pub fn recv_type(&mut self, inst: &FuncInstance) -> Option<TypeId> {
        let Type::Signature(s) = self.world.ty(self.world.obj(inst.obj).ty) else { return None };
        let recv = self.world.obj(s.recv?).ty;
        let env = self.env_of(inst);
        Some(self.canon_in(recv, &env))
    }

    /// The canonical signature type of an instance, without receiver.
    pub fn func_sig(&mut self, inst: &FuncInstance) -> TypeId {
        let env = self.env_of(inst);
        let ty = self.world.obj(inst.obj).ty;
        self.canon_in(ty, &env)
    }

    // ---- functions

    /// The function of an instance; requests its body. Functions without body resolve to what they are linked to.
    pub fn func_id(&mut self, inst: FuncInstance) -> FuncId {
        if let Some(&id) = self.funcs.get(&inst) {
            return id;
        }
        let mut key = inst.clone();
        if let Link::Func(target) = self.link(inst.obj) {
            key.obj = target;
            if let Some(&id) = self.funcs.get(&key) {
                self.funcs.insert(inst, id);
                return id;
            }
        }
        let recv = self.recv_type(&key);
        let sig_ty = self.func_sig(&key);
        let sig = self.signature(sig_ty, recv);
        let name = self.func_name(&key);
        let id = self.declare(name, sig);
        self.funcs.insert(inst, id);
        self.funcs.insert(key.clone(), id);
        let o = self.world.obj(key.obj);
        self.module.funcs[id.index()].pos = ir::Pos(o.pos.0);
        let in_reflect = o.pkg.is_some_and(|p| self.world.pkg(p).path == "reflect");
        let name = o.name;
        if in_reflect && matches!(name.as_str(), "Method" | "MethodByName") {
            self.require_exported_methods();
        }
        if in_reflect && matches!(name.as_str(), "pointerTo" | "Zero" | "Call" | "CallSlice") {
            self.require_pointer_types();
        }
        if self.has_body(key.obj) {
            self.work.push((key, id));
        } else {
            self.define_bodyless(&key, id);
        }
        id
    }

    /// What calling a declared function means. `targs` as in `FuncInstance`.
    pub fn callee(&mut self, obj: ObjId, targs: Vec<TypeId>) -> Callee {
        let obj = self.origin_func(obj);
        if let Some(i) = self.intrinsic(obj) {
            return Callee::Intrinsic(i);
        }
        if let Link::Rt(rt) = self.link(obj) {
            return Callee::Rt(rt);
        }
        Callee::Func(self.func_id(FuncInstance { obj, targs }))
    }

    /// A name not used by another function or global: `name` itself or with a number.
    pub fn unique_name(&mut self, name: String) -> String {
        let mut unique = name.clone();
        let mut n = 1;
        while !self.names.insert(unique.clone()) {
            n += 1;
            unique = format!("{name}·{n}");
        }
        unique
    }

    /// Declares a function of the module under a unique name.
    pub fn declare(&mut self, name: String, sig: ir::Signature) -> FuncId {
        let name = self.unique_name(name);
        self.module.declare_func(name, sig)
    }

    /// Sets the body of a declared function; keeps its name and signature.
    pub fn define(&mut self, id: FuncId, mut func: ir::Func) {
        let insts = compact(&mut func.insts);
        let values = compact(&mut func.values);
        let body = (std::mem::replace(&mut func.insts, insts), std::mem::replace(&mut func.values, values));
        if body.0.capacity() > self.spare.0.capacity() {
            self.spare = body;
        }
        let slot = &mut self.module.funcs[id.index()];
        debug_assert_eq!(slot.sig, func.sig, "{}", slot.name);
        let name = std::mem::take(&mut slot.name);
        *slot = ir::Func { name, ..func };
        self.defined.push(id);
    }

    /// A function to fill, with the name, signature and flags that were declared.
    pub fn header(&mut self, id: FuncId) -> ir::Func {
        let f = self.module.func(id);
        let mut out = ir::Func::new(f.name.clone(), f.sig.clone());
        out.flags = f.flags;
        out.pos = f.pos;
        (out.insts, out.values) = std::mem::take(&mut self.spare);
        out
    }

    /// The number of an `init` function in its package.
    pub fn set_init_number(&mut self, obj: ObjId, n: u32) {
        self.init_numbers.insert(obj, n);
    }

    pub fn init_number(&self, obj: ObjId) -> Option<u32> {
        self.init_numbers.get(&obj).copied()
    }

    // ---- variables

    /// The global of a package-level variable.
    pub fn global_of(&mut self, obj: ObjId) -> GlobalId {
        if let Some(&g) = self.globals.get(&obj) {
            return g;
        }
        if let Some(target) = self.links.pull.get(&obj).and_then(|s| self.symbol_obj(s))
            && target != obj
        {
            let g = self.global_of(target);
            self.globals.insert(obj, g);
            return g;
        }
        let o = self.world.obj(obj).clone();
        let ty = self.canon(o.ty);
        let info = self.info_of(ty);
        let path = o.pkg.map_or(String::new(), |p| self.pkg_symbol(p));
        let name = self.unique_name(format!("{path}.{}", o.name));
        let g = self.module.add_global(ir::Global {
            name,
            layout: info.layout,
            readonly: false,
            data: Vec::new(),
            relocs: Vec::new(),
            align: info.align.max(8),
        });
        self.globals.insert(obj, g);
        self.fill_static(obj, g);
        self.debug_global(obj, ty, g);
        g
    }

    // ---- sites

    /// Adds an allocation site; decides from kind and layout whether it is too large for the stack.
    pub fn site(
        &mut self,
        kind: SiteKind,
        pos: Pos,
        layout: LayoutId,
        name: impl Into<String>,
        func: &str,
    ) -> SiteId {
        let limit = match kind {
            SiteKind::Var if self.options.gc_version >= (1, 24) => 128 << 10,
            SiteKind::Var => 10 << 20,
            _ => 64 << 10,
        };
        let heap_only = (self.module.layout(layout).size > limit).then(|| "too large for stack".to_string());
        self.module.add_site(ir::Site {
            kind,
            pos: ir::Pos(pos.0),
            layout,
            name: name.into(),
            func: func.into(),
            heap_only,
            origin: None,
        })
    }
}

/// Lines that a `//line` directive may skip; beyond them it is not followed, as the skipped lines stand in a table.
const MAX_SKIPPED_LINES: u32 = 1 << 20;

/// A source file as files of the module: one, and one more from each `//line` directive on.
fn line_segments(f: &SourceFile) -> Vec<ir::File> {
    let end = f.text.len() as u32;
    let mut starts = vec![(0, f.name.clone(), 1)];
    for d in f.line_directives() {
        if d.line <= MAX_SKIPPED_LINES && d.offset <= end {
            // Of directives at one place the last holds.
            if starts.last().is_some_and(|s| s.0 == d.offset) {
                starts.pop();
            }
            starts.push((d.offset, d.file.clone(), d.line));
        }
    }
    // A segment ends before the next one's first position; the last one has a position for the file's end.
    let ends: Vec<u32> = starts.iter().skip(1).map(|s| s.0 - 1).chain([end]).collect();
    starts
        .into_iter()
        .zip(ends)
        .map(|((start, name, line), end)| {
            let mut lines = vec![0; line.max(1) as usize];
            lines.extend(f.lines.iter().filter(|&&l| l > start && l <= end).map(|l| l - start));
            ir::File { name, base: f.base + start, len: end - start, lines }
        })
        .collect()
}

/// Takes what a list holds, with room for the little that passes add.
fn compact<T>(list: &mut Vec<T>) -> Vec<T> {
    let mut out = Vec::with_capacity(list.len() + list.len() / 8 + 4);
    out.append(list);
    out
}
