//! `//export` functions: what C calls them with, the C text that makes them callable, and the code behind it.
//!
//! In: the checked program. Out: exports, a C header, C code, and functions `escargo_export_<name>`, which the runtime runs on a
//! goroutine: each takes a closure object {code, frame}, calls the Go function with the parameters in the frame, and stores its
//! results there. The C compiler, not this one, follows the platform's calling convention.
//!
//! `//cgo:memsafe="read:buf,len"` (or `write:`) above such a function makes one C parameter of its parameters `buf` and `len`, a structure of
//! pointer and length, which is checked before Go sees it.

use std::fmt::Write;

use escargo_ir::{LayoutId, Op, Rt, Signature, Type as IrType, Values};
use escargo_syntax::Symbol;
use escargo_syntax::ast;
use escargo_syntax::diag::Diagnostic;
use escargo_syntax::source::Pos;
use escargo_types::world::*;

use crate::program::{FuncInstance, Lowerer};

/// A parameter or result in C.
#[derive(Clone, Debug)]
struct CVar {
    name: String,
    ctype: String,
    ty: TypeId,
}

/// Two parameters that C passes as one.
#[derive(Clone, Debug)]
struct Buffer {
    /// Indices of pointer and length.
    pointer: usize,
    length: usize,
    write: bool,
}

/// A function for C.
#[derive(Clone, Debug)]
pub struct Export {
    pub name: String,
    obj: ObjId,
    params: Vec<CVar>,
    results: Vec<CVar>,
    buffers: Vec<Buffer>,
}

/// The exports of a program. With `memsafe`, pointers that no annotation guards are errors.
pub fn exports(world: &mut World, memsafe: bool) -> Result<Vec<Export>, Vec<Diagnostic>> {
    let (mut out, mut diags) = (Vec::new(), Vec::new());
    for p in world.pkg_order.clone() {
        for file in world.pkg(p).files.clone() {
            for d in file.directives.iter().filter(|d| d.name == "export") {
                match export(world, p, &file, d, memsafe) {
                    Ok(Some(e)) => out.push(e),
                    Ok(None) => {}
                    Err(diag) => diags.push(diag),
                }
            }
        }
    }
    if diags.is_empty() { Ok(out) } else { Err(diags) }
}

fn decl_pos(d: &ast::Decl) -> Pos {
    match d {
        ast::Decl::Import(d) => d.pos,
        ast::Decl::Const(d) => d.pos,
        ast::Decl::Type(d) => d.pos,
        ast::Decl::Var(d) => d.pos,
        ast::Decl::Func(d) => d.pos,
    }
}

fn export(
    world: &mut World,
    pkg: PkgId,
    file: &ast::File,
    d: &ast::Directive,
    memsafe: bool,
) -> Result<Option<Export>, Diagnostic> {
    // The directive belongs to the declaration that follows.
    let next = file.decls.iter().filter(|x| decl_pos(x) > d.pos).min_by_key(|x| decl_pos(x));
    let Some(ast::Decl::Func(f)) = next else { return Ok(None) };
    let error = |pos: Pos, message: String| Err(Diagnostic::error(pos, message));
    let name = f.name.name.as_str();
    if d.args.is_empty() {
        return error(d.pos, "export missing name".into());
    }
    if d.args != name {
        return error(d.pos, format!("export comment has wrong name {:?}, want {name:?}", d.args));
    }
    if f.recv.is_some() || !f.tparams.is_empty() {
        return error(d.pos, format!("cannot export {name}: methods and generic functions have no C form"));
    }
    let scope = &world.scopes[world.pkg(pkg).scope.index()];
    let Some(&obj) = scope.map.get(&Symbol::new(name)) else { return Ok(None) };
    let Type::Signature(sig) = world.ty(world.obj(obj).ty).clone() else { return Ok(None) };
    if sig.variadic {
        return error(d.pos, format!("cannot export {name}: a variadic function has no C form"));
    }
    let vars = |world: &mut World, vars: &[ObjId], letter: char| -> Result<Vec<CVar>, Diagnostic> {
        let mut out: Vec<CVar> = Vec::new();
        for (i, &v) in vars.iter().enumerate() {
            let (own, ty, pos) = (world.obj(v).name.to_string(), world.obj(v).ty, world.obj(v).pos);
            let plain = own.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            let named = letter == 'p' && plain && !own.is_empty() && own != "_" && !C_WORDS.contains(&&*own);
            let pos = if pos == Pos::NONE { d.pos } else { pos };
            let ctype = ctype(world, ty).ok_or_else(|| {
                Diagnostic::error(pos, format!("Go type not supported in export: {}", type_word(world, ty)))
            })?;
            out.push(CVar { name: if named { own } else { format!("{letter}{i}") }, ctype, ty });
        }
        Ok(out)
    };
    let params = vars(world, &sig.params, 'p')?;
    let results = vars(world, &sig.results, 'r')?;
    let previous = file.decls.iter().map(decl_pos).filter(|&p| p < d.pos).max().unwrap_or(Pos::NONE);
    let mut buffers = Vec::new();
    for note in file.directives.iter().filter(|n| n.pos > previous && n.pos < f.pos) {
        let text = format!("{} {}", note.name, note.args);
        let Some(text) = text.strip_prefix("cgo:memsafe=") else { continue };
        let text = text.trim().trim_matches(['"', '`']);
        let usage = "usage: //cgo:memsafe=\"read:pointer,length\" (or write:)";
        let Some((kind @ ("read" | "write"), pair)) = text.split_once(':') else {
            return error(note.pos, usage.into());
        };
        let Some((pointer, length)) = pair.split_once(',') else { return error(note.pos, usage.into()) };
        let find = |wanted: &str| params.iter().position(|p| p.name == wanted.trim());
        let (Some(pointer), Some(length)) = (find(pointer), find(length)) else {
            return error(note.pos, format!("cgo:memsafe: {name} has no parameters {pair:?}"));
        };
        if !is_pointer(world, params[pointer].ty) || !is_integer(world, params[length].ty) {
            return error(
                note.pos,
                format!("cgo:memsafe: {pair:?} of {name} are not a pointer and an integer"),
            );
        }
        buffers.push(Buffer { pointer, length, write: kind == "write" });
    }
    for (i, p) in params.iter().enumerate().filter(|_| memsafe) {
        if is_pointer(world, p.ty) && !buffers.iter().any(|b| b.pointer == i) {
            let message = format!(
                "export {name}: parameter {} is a raw pointer; -cgo-memsafe asks for //cgo:memsafe=\"read:{},length\" or write:",
                p.name, p.name
            );
            return error(world.obj(sig.params[i]).pos, message);
        }
    }
    Ok(Some(Export { name: name.to_owned(), obj, params, results, buffers }))
}

/// Names that a C parameter can not have.
const C_WORDS: &[&str] = &[
    "auto", "char", "const", "do", "double", "enum", "extern", "float", "inline", "int", "long", "register",
    "restrict", "short", "signed", "sizeof", "static", "typedef", "union", "unsigned", "void", "volatile",
    "while", "frame",
];

fn is_pointer(world: &mut World, t: TypeId) -> bool {
    let u = world.under(t);
    matches!(world.ty(u), Type::Pointer(_) | Type::Basic(Basic::UnsafePointer))
}

fn is_integer(world: &mut World, t: TypeId) -> bool {
    let u = world.under(t);
    use Basic::*;
    matches!(
        world.ty(u),
        Type::Basic(Int | Int8 | Int16 | Int32 | Int64 | Uint | Uint8 | Uint16 | Uint32 | Uint64 | Uintptr)
    )
}

/// What kind of type has no C form.
fn type_word(world: &mut World, t: TypeId) -> &'static str {
    let u = world.under(t);
    match world.ty(u) {
        Type::Struct(_) => "struct",
        Type::Array { .. } => "array",
        _ => "this type",
    }
}

/// A type of the bundled package C, as C writes it.
fn c_name(name: &str) -> String {
    match name {
        "schar" => "signed char",
        "uchar" => "unsigned char",
        "ushort" => "unsigned short",
        "uint" => "unsigned int",
        "ulong" => "unsigned long",
        "longlong" => "long long",
        "ulonglong" => "unsigned long long",
        other => other,
    }
    .to_owned()
}

/// The C form of a parameter's type.
fn ctype(world: &mut World, t: TypeId) -> Option<String> {
    if let Type::Alias(a) = world.ty(t) {
        let target = a.rhs?;
        return ctype(world, target);
    }
    if let Type::Named(n) = world.ty(t) {
        let o = world.obj(n.obj);
        let name = o.name.to_string();
        if o.pkg.is_some_and(|p| world.pkg(p).path == "C") {
            return Some(c_name(&name));
        }
    }
    let u = world.under(t);
    let text = match world.ty(u).clone() {
        Type::Basic(b) => match b {
            Basic::Bool | Basic::Uint8 => "GoUint8",
            Basic::Int => "GoInt",
            Basic::Int8 => "GoInt8",
            Basic::Int16 => "GoInt16",
            Basic::Int32 => "GoInt32",
            Basic::Int64 => "GoInt64",
            Basic::Uint => "GoUint",
            Basic::Uint16 => "GoUint16",
            Basic::Uint32 => "GoUint32",
            Basic::Uint64 => "GoUint64",
            Basic::Uintptr => "GoUintptr",
            Basic::Float32 => "GoFloat32",
            Basic::Float64 => "GoFloat64",
            Basic::Complex64 => "GoComplex64",
            Basic::Complex128 => "GoComplex128",
            Basic::String => "GoString",
            Basic::UnsafePointer => "void*",
            _ => return None,
        },
        Type::Pointer(elem) => {
            let under = world.under(elem);
            return Some(match world.ty(under) {
                Type::Struct(_) | Type::Array { .. } => "void*".to_owned(),
                _ => ctype(world, elem)? + "*",
            });
        }
        Type::Slice(_) => "GoSlice",
        Type::Map { .. } => "GoMap",
        Type::Chan { .. } => "GoChan",
        Type::Interface(_) => "GoInterface",
        Type::Signature(_) => "void*",
        _ => return None,
    };
    Some(text.to_owned())
}

const HEADER: &str = "\
#include <stddef.h>
#include <stdint.h>

#ifndef ESCARGO_GO_TYPES
#define ESCARGO_GO_TYPES
typedef int8_t GoInt8;
typedef uint8_t GoUint8;
typedef int16_t GoInt16;
typedef uint16_t GoUint16;
typedef int32_t GoInt32;
typedef uint32_t GoUint32;
typedef int64_t GoInt64;
typedef uint64_t GoUint64;
typedef GoInt64 GoInt;
typedef GoUint64 GoUint;
typedef uintptr_t GoUintptr;
typedef float GoFloat32;
typedef double GoFloat64;
#ifndef __cplusplus
typedef float _Complex GoComplex64;
typedef double _Complex GoComplex128;
#endif
typedef void *GoMap;
typedef void *GoChan;
typedef struct { const char *p; ptrdiff_t n; } GoString;
typedef struct { void *t; void *v; } GoInterface;
typedef struct { void *data; GoInt len; GoInt cap; } GoSlice;
#endif
";

impl Export {
    /// The type that C code sees a result of.
    fn result(&self) -> String {
        match self.results.as_slice() {
            [] => "void".into(),
            [one] => one.ctype.clone(),
            _ => format!("struct {}_return", self.name),
        }
    }

    /// Type of a buffer's structure.
    fn buffer_type(&self, b: &Buffer) -> String {
        format!("struct {}_{}", self.name, self.params[b.pointer].name)
    }

    fn prototype(&self) -> String {
        let mut params = Vec::new();
        for (i, p) in self.params.iter().enumerate() {
            if let Some(b) = self.buffers.iter().find(|b| b.pointer == i) {
                params.push(format!("{} {}", self.buffer_type(b), p.name));
            } else if !self.buffers.iter().any(|b| b.length == i) {
                params.push(format!("{} {}", p.ctype, p.name));
            }
        }
        let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
        format!("{} {}({params})", self.result(), self.name)
    }

    /// Structures that the prototype names.
    fn structures(&self, out: &mut String) -> std::fmt::Result {
        for b in &self.buffers {
            let (pointer, length) = (&self.params[b.pointer], &self.params[b.length]);
            let constant = if b.write { "" } else { "const " };
            let what = if b.write { "Memory that Go writes." } else { "Memory that Go reads." };
            writeln!(
                out,
                "/* {what} */\n{} {{ {constant}{} data; {} len; }};",
                self.buffer_type(b),
                pointer.ctype,
                length.ctype
            )?;
        }
        if self.results.len() > 1 {
            writeln!(out, "{} {{", self.result())?;
            for r in &self.results {
                writeln!(out, "    {} {};", r.ctype, r.name)?;
            }
            writeln!(out, "}};")?;
        }
        Ok(())
    }

    /// The C function: it fills a frame and has the runtime call the Go function with it.
    fn body(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "extern char escargo_export_{}[] __attribute__((visibility(\"hidden\")));", self.name)?;
        writeln!(out, "{} {{", self.prototype())?;
        writeln!(out, "    struct {{")?;
        for v in self.params.iter().chain(&self.results) {
            writeln!(out, "        {} {};", v.ctype, v.name)?;
        }
        writeln!(out, "        char end;\n    }} frame;\n    memset(&frame, 0, sizeof frame);")?;
        for (i, p) in self.params.iter().enumerate() {
            let name = &p.name;
            if let Some(b) = self.buffers.iter().find(|b| b.pointer == i) {
                let size = if p.ctype == "void*" { "1".to_owned() } else { format!("sizeof *{name}.data") };
                writeln!(
                    out,
                    "    escargo_check_buffer(\"{}\", \"{name}\", {name}.data, {name}.len, {size}, {});",
                    self.name, b.write as u8
                )?;
                writeln!(out, "    frame.{name} = ({}){name}.data;", p.ctype)?;
                writeln!(out, "    frame.{} = {name}.len;", self.params[b.length].name)?;
            } else if !self.buffers.iter().any(|b| b.length == i) {
                writeln!(out, "    frame.{name} = {name};")?;
            }
        }
        writeln!(out, "    escargo_export(&escargo_program, escargo_export_{}, &frame);", self.name)?;
        match self.results.as_slice() {
            [] => {}
            [one] => writeln!(out, "    return frame.{};", one.name)?,
            many => {
                writeln!(out, "    {} result;", self.result())?;
                for r in many {
                    writeln!(out, "    result.{0} = frame.{0};", r.name)?;
                }
                writeln!(out, "    return result;")?;
            }
        }
        writeln!(out, "}}\n")
    }
}

/// The header for C and C++.
pub fn c_header(exports: &[Export]) -> String {
    let mut out =
        format!("/* Made by escargo build. */\n{HEADER}\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n");
    for e in exports {
        e.structures(&mut out).expect("writing to a string succeeds");
        write!(out, "extern {};\n\n", e.prototype()).expect("writing to a string succeeds");
    }
    out + "#ifdef __cplusplus\n}\n#endif\n"
}

/// The C code behind the header.
pub fn c_code(exports: &[Export]) -> String {
    let mut out = c_header(exports);
    out.push_str(
        "\n#include <string.h>\n
extern const char escargo_program __attribute__((visibility(\"hidden\")));
extern void escargo_export(const void *program, void *code, void *frame);
extern void escargo_check_buffer(const char *function, const char *parameter, const void *data, int64_t len, size_t size, int write);\n\n",
    );
    for e in exports {
        e.body(&mut out).expect("writing to a string succeeds");
    }
    out
}

impl Lowerer {
    /// The code behind an export.
    pub(crate) fn export_code(&mut self, e: &Export) {
        let word = self.scalar_layout(IrType::Ptr);
        let closure = self.struct_layout(format!("export {}", e.name), &[("code", word), ("frame", word)]);
        let vars: Vec<(String, TypeId)> = e
            .params
            .iter()
            .chain(&e.results)
            .map(|v| (v.name.clone(), v.ty))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|(n, t)| (n, self.canon(t)))
            .collect();
        let parts: Vec<(&str, LayoutId)> =
            vars.iter().map(|(n, t)| (n.as_str(), self.info_of(*t).layout)).collect();
        let frame_layout = self.struct_layout(format!("frame {}", e.name), &parts);
        let func = self.func_id(FuncInstance { obj: e.obj, targs: Vec::new() });
        let results = self.module.func(func).sig.results.clone();
        let sig = Signature { params: vec![IrType::Ptr], ..Signature::default() };
        let count = e.params.len();
        let id = self.make_func(format!("escargo_export_{}", e.name), sig, true, |l, b, params| {
            let at = b.field(params[0], closure, 1);
            let frame = b.load(IrType::Ptr, at);
            let mut args = Values::new();
            for (i, (_, t)) in vars[..count].iter().enumerate() {
                let at = b.field(frame, frame_layout, i as u32);
                args.extend(l.load_val(b, at, *t).pass());
            }
            let values = b.values(Op::Call { func, args }, &results);
            let mut values = values.as_slice();
            for (i, (_, t)) in vars.iter().enumerate().skip(count) {
                let (own, rest) = values.split_at(l.info_of(*t).leaves.len());
                values = rest;
                let at = b.field(frame, frame_layout, i as u32);
                l.store_val(b, at, *t, &crate::value::Val::of(own));
            }
            b.push(Op::CallRt { rt: Rt::export_return, site: None, args: Values::from_slice(params) }, &[]);
            b.ret(&[]);
        });
        self.module.funcs[id.index()].flags.root = true;
    }
}
