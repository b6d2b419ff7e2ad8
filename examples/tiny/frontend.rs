//! Forms to IR. What a frontend has to do is all here: layouts, declarations, sites, blocks, and a `main`.

use std::collections::HashMap;

use escargo_ir::{
    BinOp, Builder, File, Func, FuncId, IntCC, Layout, LayoutId, Module, Op, Pos, Rt, Shape, Signature, Site,
    SiteKind, Type, Value, Values,
};

use crate::syntax::{Form, Kind, error};

/// The whole program; errors begin with `line:column: `.
pub fn build(file: &str, text: &str, forms: &[Form]) -> Result<Module, String> {
    let mut module = Module::default();
    let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i as u32 + 1));
    module.files.push(File {
        name: file.to_owned(),
        base: 1,
        len: text.len() as u32,
        lines: lines.collect(),
    });
    let scalar =
        |name: &str, ty| Layout { name: name.to_owned(), size: 8, align: 8, shape: Shape::Scalar(ty) };
    let int = module.add_layout(scalar("int", Type::I64));
    let list = module.add_layout(scalar("list", Type::Ptr));
    let field = |name: &str, offset, layout| escargo_ir::Field { name: name.to_owned(), offset, layout };
    let pair = module.add_layout(Layout {
        name: "pair".to_owned(),
        size: 16,
        align: 8,
        shape: Shape::Struct(vec![field("head", 0, int), field("tail", 8, list)]),
    });
    let mut frontend = Frontend { text, module, pair, functions: HashMap::new() };
    // Functions are declared before any body is filled, so that they may call each other.
    let mut definitions = Vec::new();
    let mut prints = Vec::new();
    for form in forms {
        match frontend.list(form)? {
            [Form { kind: Kind::Name(n), .. }, name, params, result, body] if n == "def" => {
                definitions.push((frontend.declare(name, params, result)?, params, body));
            }
            [Form { kind: Kind::Name(n), .. }, e] if n == "print" => prints.push(e),
            _ => {
                return Err(
                    frontend.error(form, "expected (def name (params) type body) or (print expression)")
                );
            }
        }
    }
    for (id, params, body) in definitions {
        frontend.define(id, params, body)?;
    }
    frontend.main(&prints)?;
    Ok(frontend.module)
}

struct Frontend<'t> {
    text: &'t str,
    module: Module,
    pair: LayoutId,
    functions: HashMap<String, FuncId>,
}

/// Variables in scope, innermost last.
type Scope = Vec<(String, Value)>;

impl Frontend<'_> {
    fn error(&self, form: &Form, message: &str) -> String {
        error(self.text, form.at, message)
    }

    fn list<'f>(&self, form: &'f Form) -> Result<&'f [Form], String> {
        match &form.kind {
            Kind::List(items) => Ok(items),
            _ => Err(self.error(form, "expected a list")),
        }
    }

    fn name<'f>(&self, form: &'f Form) -> Result<&'f str, String> {
        match &form.kind {
            Kind::Name(name) => Ok(name),
            _ => Err(self.error(form, "expected a name")),
        }
    }

    fn type_of(&self, form: &Form) -> Result<Type, String> {
        match self.name(form)? {
            "int" => Ok(Type::I64),
            "list" => Ok(Type::Ptr),
            _ => Err(self.error(form, "a type is int or list")),
        }
    }

    /// Name and type of a parameter.
    fn param<'f>(&self, form: &'f Form) -> Result<(&'f str, Type), String> {
        match self.list(form)? {
            [name, ty] => Ok((self.name(name)?, self.type_of(ty)?)),
            _ => Err(self.error(form, "expected (name type)")),
        }
    }

    fn declare(&mut self, name: &Form, params: &Form, result: &Form) -> Result<FuncId, String> {
        let params =
            self.list(params)?.iter().map(|p| Ok(self.param(p)?.1)).collect::<Result<_, String>>()?;
        let results = vec![self.type_of(result)?];
        let text = self.name(name)?.to_owned();
        let id = self.module.declare_func(format!("tiny.{text}"), Signature { params, results });
        match self.functions.insert(text, id) {
            None => Ok(id),
            Some(_) => Err(self.error(name, "defined twice")),
        }
    }

    fn define(&mut self, id: FuncId, params: &Form, body: &Form) -> Result<(), String> {
        // The body is built outside of the module, which the builder's callers still need.
        let empty = Func::new(String::new(), Signature::default());
        let mut func = std::mem::replace(&mut self.module.funcs[id.index()], empty);
        func.pos = position(params);
        let wanted = func.sig.results[0];
        let mut scope = Scope::new();
        let mut b = Builder::new(&mut func);
        let entry = b.create_block();
        b.switch_to(entry);
        let mut names = Vec::new();
        for form in self.list(params)? {
            let (name, ty) = self.param(form)?;
            scope.push((name.to_owned(), b.block_param(entry, ty)));
            names.push((name.to_owned(), position(form)));
        }
        let name = b.func.name.clone();
        let value = self.typed(&mut b, &name, &mut scope, body, wanted)?;
        b.ret(&[value]);
        func.param_names = names;
        self.module.funcs[id.index()] = func;
        Ok(())
    }

    /// The entry of the program: prints one expression after another.
    fn main(&mut self, prints: &[&Form]) -> Result<(), String> {
        let id = self.module.declare_func("main".to_owned(), Signature::default());
        let mut func = Func::new("main".to_owned(), Signature::default());
        func.flags.root = true;
        let mut b = Builder::new(&mut func);
        let entry = b.create_block();
        b.switch_to(entry);
        for form in prints {
            let value = self.typed(&mut b, "main", &mut Scope::new(), form, Type::I64)?;
            b.push(Op::CallRt { rt: Rt::print_int, site: None, args: Values::from_slice(&[value]) }, &[]);
            b.push(Op::CallRt { rt: Rt::print_newline, site: None, args: Values::new() }, &[]);
        }
        b.ret(&[]);
        self.module.funcs[id.index()] = func;
        self.module.main = Some(id);
        Ok(())
    }

    fn typed(
        &mut self,
        b: &mut Builder,
        within: &str,
        scope: &mut Scope,
        form: &Form,
        ty: Type,
    ) -> Result<Value, String> {
        let value = self.expression(b, within, scope, form)?;
        match b.func.ty(value) == ty {
            true => Ok(value),
            false => {
                Err(self.error(form, if ty == Type::I64 { "expected an int" } else { "expected a list" }))
            }
        }
    }

    fn expression(
        &mut self,
        b: &mut Builder,
        within: &str,
        scope: &mut Scope,
        form: &Form,
    ) -> Result<Value, String> {
        let items = match &form.kind {
            Kind::Int(n) => return Ok(b.iconst(Type::I64, *n)),
            Kind::Name(n) if n == "nil" => return Ok(b.null()),
            Kind::Name(n) => {
                let found = scope.iter().rev().find(|(name, _)| name == n);
                return found.map(|f| f.1).ok_or_else(|| self.error(form, &format!("undefined: {n}")));
            }
            Kind::List(items) => items,
        };
        let Some((head, args)) = items.split_first() else { return Err(self.error(form, "nothing to call")) };
        b.pos = position(form);
        match (self.name(head)?, args) {
            (op @ ("+" | "-" | "*" | "<" | "="), [x, y]) => {
                let x = self.typed(b, within, scope, x, Type::I64)?;
                let y = self.typed(b, within, scope, y, Type::I64)?;
                Ok(match op {
                    "+" => b.binary(BinOp::Add, x, y),
                    "-" => b.binary(BinOp::Sub, x, y),
                    "*" => b.binary(BinOp::Mul, x, y),
                    "<" => truth(b, IntCC::Slt, x, y),
                    _ => truth(b, IntCC::Eq, x, y),
                })
            }
            ("if", [condition, then, otherwise]) => {
                let condition = self.typed(b, within, scope, condition, Type::I64)?;
                let zero = b.iconst(Type::I64, 0);
                let condition = b.icmp(IntCC::Ne, condition, zero);
                let (yes, no, after) = (b.create_block(), b.create_block(), b.create_block());
                b.branch(condition, yes, no);
                b.switch_to(yes);
                let value = self.expression(b, within, scope, then)?;
                let ty = b.func.ty(value);
                b.jump(after, &[value]);
                b.switch_to(no);
                let value = self.typed(b, within, scope, otherwise, ty)?;
                b.jump(after, &[value]);
                let result = b.block_param(after, ty);
                b.switch_to(after);
                Ok(result)
            }
            ("let", [binding, body]) => {
                let [name, value] = self.list(binding)? else {
                    return Err(self.error(binding, "expected (name expression)"));
                };
                let name = self.name(name)?.to_owned();
                let value = self.expression(b, within, scope, value)?;
                scope.push((name, value));
                let result = self.expression(b, within, scope, body);
                scope.pop();
                result
            }
            ("pair", [first, rest]) => {
                let first = self.typed(b, within, scope, first, Type::I64)?;
                let rest = self.typed(b, within, scope, rest, Type::Ptr)?;
                // A site is all that escape analysis asks of a frontend.
                let site = self.module.add_site(Site {
                    kind: SiteKind::New,
                    pos: position(form),
                    layout: self.pair,
                    name: "pair".to_owned(),
                    func: within.to_owned(),
                    heap_only: None,
                    origin: None,
                });
                b.pos = position(form);
                let object = b.alloc(site, self.pair);
                for (i, value) in [first, rest].into_iter().enumerate() {
                    let address = b.field(object, self.pair, i as u32);
                    b.store(address, value);
                }
                Ok(object)
            }
            (part @ ("head" | "tail"), [list]) => {
                let list = self.typed(b, within, scope, list, Type::Ptr)?;
                let (field, ty) = if part == "head" { (0, Type::I64) } else { (1, Type::Ptr) };
                b.pos = position(form);
                let address = b.field(list, self.pair, field);
                Ok(b.load(ty, address))
            }
            ("empty", [list]) => {
                let list = self.typed(b, within, scope, list, Type::Ptr)?;
                let nil = b.null();
                Ok(truth(b, IntCC::Eq, list, nil))
            }
            (name, args) => {
                let Some(&callee) = self.functions.get(name) else {
                    return Err(self.error(head, &format!("undefined: {name} of {} arguments", args.len())));
                };
                // A function under construction is not in the module: its signature is in the builder's.
                let sig = match b.func.name.strip_prefix("tiny.") == Some(name) {
                    true => b.func.sig.clone(),
                    false => self.module.func(callee).sig.clone(),
                };
                if sig.params.len() != args.len() {
                    return Err(self.error(form, &format!("{name} takes {} arguments", sig.params.len())));
                }
                let mut values = Values::new();
                for (arg, &ty) in args.iter().zip(&sig.params) {
                    values.push(self.typed(b, within, scope, arg, ty)?);
                }
                b.pos = position(form);
                Ok(b.values(Op::Call { func: callee, args: values }, &sig.results)[0])
            }
        }
    }
}

/// A comparison as an integer.
fn truth(b: &mut Builder, cc: IntCC, x: Value, y: Value) -> Value {
    let bit = b.icmp(cc, x, y);
    b.value(Op::Convert { op: escargo_ir::ConvOp::Zext, to: Type::I64, value: bit }, Type::I64)
}

/// The file's first byte is position 1.
fn position(form: &Form) -> Pos {
    Pos(form.at as u32 + 1)
}
