//! The program's entry: initialisers of all packages in dependency order, `init` functions, `main.main`.
//!
//! In: `World::pkg_order`, `Package::init_order`. Out: `Module::main`, `Module::runtime_error`.

use std::rc::Rc;

use escargo_ir::{FuncId, Op, Rt, Signature, Values};
use escargo_syntax::Symbol;
use escargo_syntax::ast;
use escargo_types::world::{Initializer, PkgId, Type};

use crate::func::{FuncLowerer, Unit};
use crate::program::{Env, FuncInstance, Lowerer};
use crate::walk;

impl Lowerer {
    /// Builds the entry function; everything reachable is requested from here.
    pub(crate) fn build_entry(&mut self) {
        let order = self.world.pkg_order.clone();
        // All static variables are known before code refers to any.
        let mut dynamic: Vec<(PkgId, Vec<Initializer>)> = Vec::new();
        for &p in &order {
            let inits = self.world.pkg(p).init_order.clone();
            dynamic.push((p, inits.into_iter().filter(|i| !self.take_static(p, i)).collect()));
        }
        let mut calls: Vec<FuncId> = Vec::new();
        for (p, inits) in dynamic {
            if !inits.is_empty() {
                calls.push(self.package_init(p, &inits));
            }
            calls.extend(self.init_functions(p));
        }
        let exports = self.options.exports.take();
        if exports.is_none()
            && let Some(&main) = order.last()
            && let Some(f) = self.package_func(main, "main")
        {
            calls.push(f);
        }
        for e in exports.iter().flatten() {
            self.export_code(e);
        }
        let mut hook = None;
        if let Some(&runtime) = self.world.pkg_by_path.get("runtime") {
            hook = self.package_func(runtime, "runtimeError");
        }
        if let Some(f) = hook {
            self.module.funcs[f.index()].flags.root = true;
        }
        self.module.runtime_error = hook;
        let entry = self.make_func("go:main".into(), Signature::default(), false, |_, b, _| {
            for func in calls {
                b.push(Op::Call { func, args: Values::new() }, &[]);
            }
            if exports.is_some() {
                b.push(Op::CallRt { rt: Rt::library_ready, site: None, args: Values::new() }, &[]);
                b.push(Op::Unreachable, &[]);
            }
            b.ret(&[]);
        });
        self.module.funcs[entry.index()].flags.root = true;
        self.module.main = Some(entry);
    }

    /// Asks for the bodies of all functions and methods of the main package that are not generic.
    pub(crate) fn request_all(&mut self) {
        let Some(&main) = self.world.pkg_order.last() else { return };
        for file in self.world.pkg(main).files.clone() {
            for decl in &file.decls {
                let ast::Decl::Func(f) = decl else { continue };
                let Some(&obj) = self.info.defs.get(&f.name.id) else { continue };
                let generic = match self.world.ty(self.world.obj(obj).ty) {
                    Type::Signature(s) => !s.recv_tparams.is_empty() || !s.tparams.is_empty(),
                    _ => true,
                };
                let special = f.recv.is_none() && matches!(f.name.name.as_str(), "init" | "main");
                if f.body.is_some() && !generic && !special && !f.name.name.is_blank() {
                    self.func_id(FuncInstance { obj, targs: Vec::new() });
                }
            }
        }
    }

    /// A function declared in a package without type parameters.
    fn package_func(&mut self, pkg: PkgId, name: &str) -> Option<FuncId> {
        let scope = &self.world.scopes[self.world.pkg(pkg).scope.index()];
        let obj = *scope.map.get(&Symbol::new(name))?;
        self.decl_of(obj)?;
        Some(self.func_id(FuncInstance { obj, targs: Vec::new() }))
    }

    /// The package's `init` functions, in source order.
    fn init_functions(&mut self, pkg: PkgId) -> Vec<FuncId> {
        let mut out = Vec::new();
        for file in self.world.pkg(pkg).files.clone() {
            for d in &file.decls {
                let ast::Decl::Func(f) = d else { continue };
                if f.recv.is_some() || f.name.name.as_str() != "init" {
                    continue;
                }
                let Some(&obj) = self.info.defs.get(&f.name.id) else { continue };
                self.set_init_number(obj, out.len() as u32);
                out.push(self.func_id(FuncInstance { obj, targs: Vec::new() }));
            }
        }
        out
    }

    /// `pkg.init`: assigns the variables whose initial values need code.
    fn package_init(&mut self, pkg: PkgId, inits: &[Initializer]) -> FuncId {
        let name = format!("{}.init", self.pkg_symbol(pkg));
        let id = self.declare(name.clone(), Signature::default());
        let mut func = self.header(id);
        let unit = Unit { env: Env::default(), pkg, facts: Rc::default() };
        let mut fl = FuncLowerer::new(self, &mut func, unit, name);
        fl.enter();
        for init in inits {
            let (file, decl, value) = fl.l.initializer_expr(pkg, init);
            let ast::Decl::Var(v) = &file.decls[decl] else { continue };
            let e = &v.values[value];
            let info = fl.l.info.clone();
            fl.unit.facts = Rc::new(walk::scan_init(&mut fl.l.world, &info, pkg, e));
            fl.at(v.pos);
            fl.init_globals(&init.lhs, e);
        }
        fl.b.ret(&[]);
        self.define(id, func);
        id
    }
}
