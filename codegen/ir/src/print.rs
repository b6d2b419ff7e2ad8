//! The printer: module -> text, as docs/ir.md specifies it.
//!
//! Guarantees: deterministic; total (an invalid module is printed as far as it goes, without panicking); the text of a
//! valid module parses back to an equal module.

use std::fmt::{self, Write};

use crate::debug::{Debug, DebugKind};
use crate::entity::{Block, FuncId, GlobalId, Inst, LayoutId, Pos, Value};
use crate::func::{Func, Op, Signature, Type};
use crate::module::{Module, RelocTarget, Shape};

/// Writes a name: bare if it is plain, else as a quoted string.
pub struct Name<'a>(pub &'a str);

pub(crate) fn is_name_start(c: u8) -> bool {
    c.is_ascii_alphabetic() || c == b'_' || c == b'/' || c == b'.'
}

pub(crate) fn is_name_char(c: u8) -> bool {
    is_name_start(c) || c.is_ascii_digit()
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.as_bytes();
        if !bytes.is_empty() && is_name_start(bytes[0]) && bytes.iter().all(|&c| is_name_char(c)) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Quoted(bytes))
        }
    }
}

/// A string in quotes: printable ASCII as it is, everything else as `\hh`.
pub struct Quoted<'a>(pub &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for &c in self.0 {
            match c {
                b'"' => f.write_str("\\\"")?,
                b'\\' => f.write_str("\\\\")?,
                0x20..=0x7e => f.write_char(c as char)?,
                _ => write!(f, "\\{c:02x}")?,
            }
        }
        f.write_char('"')
    }
}

struct Printer<'m> {
    module: &'m Module,
    out: String,
}

/// Prints a whole module.
pub fn print_module(module: &Module) -> String {
    let mut p = Printer { module, out: String::new() };
    p.module();
    p.out
}

/// Prints one function of a module.
pub fn print_func(module: &Module, func: FuncId) -> String {
    let mut p = Printer { module, out: String::new() };
    if let Some(f) = module.funcs.get(func.index()) {
        p.func(f);
    }
    p.out
}

/// Prints one instruction of a function, without a line end.
pub fn print_inst(module: &Module, func: &Func, inst: Inst) -> String {
    let mut p = Printer { module, out: String::new() };
    p.inst(func, inst);
    p.out
}

/// Prints a position as ` @file:line:col`, or nothing for none.
pub fn print_pos(module: &Module, pos: Pos) -> String {
    let mut p = Printer { module, out: String::new() };
    p.pos(pos);
    p.out
}

macro_rules! w {
    ($p:expr, $($arg:tt)*) => {
        // Writing to a string can not fail.
        let _ = write!($p.out, $($arg)*);
    };
}

impl Printer<'_> {
    fn layout(&mut self, id: LayoutId) {
        match self.module.layouts.get(id.index()) {
            Some(l) => {
                w!(self, "%{}", Name(&l.name));
            }
            None => {
                w!(self, "%\"<layout {}>\"", id.0);
            }
        }
    }

    fn func_name(&mut self, id: FuncId) {
        match self.module.funcs.get(id.index()) {
            Some(f) => {
                w!(self, "@{}", Name(&f.name));
            }
            None => {
                w!(self, "@\"<func {}>\"", id.0);
            }
        }
    }

    fn global_name(&mut self, id: GlobalId) {
        match self.module.globals.get(id.index()) {
            Some(g) => {
                w!(self, "${}", Name(&g.name));
            }
            None => {
                w!(self, "$\"<global {}>\"", id.0);
            }
        }
    }

    fn pos(&mut self, pos: Pos) {
        if pos.0 == 0 {
            return;
        }
        if let Some((file, line, col)) = position(self.module, pos) {
            w!(self, " @{}:{line}:{col}", Name(file));
        } else {
            w!(self, " @{}", pos.0);
        }
    }

    fn module(&mut self) {
        let m = self.module;
        for f in &m.files {
            w!(self, "file {} base {} len {} lines", Quoted(f.name.as_bytes()), f.base, f.len);
            for l in &f.lines {
                w!(self, " {l}");
            }
            self.out.push('\n');
        }
        for l in &m.layouts {
            w!(self, "layout %{} = {{ size {}, align {}", Name(&l.name), l.size, l.align);
            match &l.shape {
                Shape::Opaque => {}
                Shape::Scalar(ty) => {
                    w!(self, ", scalar {}", ty.name());
                }
                Shape::Struct(fields) => {
                    self.out.push_str(", struct");
                    for f in fields {
                        w!(self, ", field {} ", Name(&f.name));
                        self.layout(f.layout);
                        w!(self, " at {}", f.offset);
                    }
                }
                Shape::Array { elem, count } => {
                    w!(self, ", array {count} ");
                    self.layout(*elem);
                }
            }
            self.out.push_str(" }\n");
        }
        for g in &m.globals {
            w!(self, "global ${} ", Name(&g.name));
            self.layout(g.layout);
            w!(self, " align {}", g.align);
            if g.readonly {
                self.out.push_str(" readonly");
            }
            if !g.data.is_empty() {
                w!(self, " = {}", Quoted(&g.data));
            }
            for r in &g.relocs {
                w!(self, " reloc {} ", r.offset);
                match r.target {
                    RelocTarget::Global(g) => self.global_name(g),
                    RelocTarget::Func(f) => self.func_name(f),
                }
                if r.addend != 0 {
                    w!(self, "{:+}", r.addend);
                }
            }
            self.out.push('\n');
        }
        for (i, s) in m.sites.iter().enumerate() {
            w!(self, "site #{i} {} ", s.kind.name());
            self.layout(s.layout);
            w!(self, " {} in {}", Quoted(s.name.as_bytes()), Name(&s.func));
            if let Some(origin) = s.origin {
                w!(self, " origin {origin}");
            }
            if let Some(why) = &s.heap_only {
                w!(self, " heap_only {}", Quoted(why.as_bytes()));
            }
            self.pos(s.pos);
            self.out.push('\n');
        }
        for method in &m.methods {
            w!(self, "method {} ", Quoted(method.method.as_bytes()));
            self.func_name(method.func);
            self.out.push('\n');
        }
        for (word, f) in [("main", m.main), ("runtime_error", m.runtime_error)] {
            if let Some(f) = f {
                w!(self, "{word} ");
                self.func_name(f);
                self.out.push('\n');
            }
        }
        for (word, g) in [("types", m.types), ("small_ints", m.small_ints)] {
            if let Some(g) = g {
                w!(self, "{word} ");
                self.global_name(g);
                self.out.push('\n');
            }
        }
        if !m.type_offsets.is_empty() {
            self.out.push_str("type_offsets");
            for o in &m.type_offsets {
                w!(self, " {o}");
            }
            self.out.push('\n');
        }
        for &f in &m.method_code {
            self.out.push_str("method_code ");
            self.func_name(f);
            self.out.push('\n');
        }
        self.debug(&m.debug);
        for f in &m.funcs {
            self.out.push('\n');
            self.func(f);
        }
    }

    fn debug(&mut self, debug: &Debug) {
        for (i, t) in debug.types.iter().enumerate() {
            w!(self, "debug_type t{i} {} size {} ", Quoted(t.name.as_bytes()), t.size);
            match &t.kind {
                DebugKind::Bool => self.out.push_str("bool"),
                DebugKind::Int => self.out.push_str("int"),
                DebugKind::Uint => self.out.push_str("uint"),
                DebugKind::Float => self.out.push_str("float"),
                DebugKind::Complex => self.out.push_str("complex"),
                DebugKind::Func => self.out.push_str("func"),
                DebugKind::Pointer(None) => self.out.push_str("pointer"),
                DebugKind::Pointer(Some(to)) => {
                    w!(self, "pointer {to}");
                }
                DebugKind::Named(to) => {
                    w!(self, "named {to}");
                }
                DebugKind::Array { elem, count } => {
                    w!(self, "array {count} {elem}");
                }
                DebugKind::Struct(fields) => {
                    self.out.push_str("struct");
                    for f in fields {
                        w!(self, ", field {} {} at {}", Quoted(f.name.as_bytes()), f.ty, f.offset);
                    }
                }
            }
            self.out.push('\n');
        }
        for (i, v) in debug.vars.iter().enumerate() {
            w!(self, "debug_var d{i} {} {} {}", v.kind.name(), Quoted(v.name.as_bytes()), v.ty);
            self.pos(v.pos);
            self.out.push_str(" to");
            self.pos(v.end);
            self.out.push('\n');
        }
        for g in &debug.globals {
            self.out.push_str("debug_global ");
            self.global_name(g.global);
            w!(self, " {} {}", Quoted(g.name.as_bytes()), g.ty);
            self.pos(g.pos);
            self.out.push('\n');
        }
    }

    fn types(&mut self, types: &[Type]) {
        self.out.push('(');
        for (i, t) in types.iter().enumerate() {
            w!(self, "{}{}", if i == 0 { "" } else { ", " }, t.name());
        }
        self.out.push(')');
    }

    fn signature(&mut self, sig: &Signature) {
        self.types(&sig.params);
        self.out.push_str(" -> ");
        self.types(&sig.results);
    }

    fn func(&mut self, f: &Func) {
        w!(self, "func @{}(", Name(&f.name));
        let entry = f.order.first().and_then(|b| f.blocks.get(b.index()));
        for (i, ty) in f.sig.params.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            if let Some(v) = entry.and_then(|e| e.params.get(i)) {
                w!(self, "{v}: ");
            }
            self.out.push_str(ty.name());
            if let Some((name, pos)) = f.param_names.get(i) {
                if !name.is_empty() {
                    w!(self, " {}", Quoted(name.as_bytes()));
                }
                self.pos(*pos);
            }
        }
        self.out.push(')');
        if !f.sig.results.is_empty() {
            self.out.push_str(" -> ");
            self.types(&f.sig.results);
        }
        let flags = &f.flags;
        for (set, word) in [
            (flags.noinline, "noinline"),
            (flags.nosplit, "nosplit"),
            (flags.wrapper, "wrapper"),
            (flags.closure, "closure"),
            (flags.root, "root"),
            (flags.noescape, "noescape"),
        ] {
            if set {
                w!(self, " {word}");
            }
        }
        self.pos(f.pos);
        if f.is_declared_only() {
            self.out.push('\n');
            return;
        }
        self.out.push_str(" {\n");
        for (i, s) in f.scopes.iter().enumerate() {
            w!(self, "    scope {} {} parent {}", i + 1, Name(&s.func), s.parent);
            self.pos(s.call_pos);
            self.out.push('\n');
        }
        for (i, &b) in f.order.iter().enumerate() {
            self.block(f, b, i == 0);
        }
        self.out.push_str("}\n");
    }

    fn block(&mut self, f: &Func, b: Block, entry: bool) {
        let Some(data) = f.blocks.get(b.index()) else { return };
        w!(self, "{b}");
        // The entry's parameters stand in the header.
        if !entry && !data.params.is_empty() {
            self.out.push('(');
            for (i, &v) in data.params.iter().enumerate() {
                w!(self, "{}{v}: {}", if i == 0 { "" } else { ", " }, ty_name(f, v));
            }
            self.out.push(')');
        }
        if data.cold {
            self.out.push_str(" cold");
        }
        self.out.push_str(":\n");
        for &i in &data.insts {
            self.out.push_str("    ");
            self.inst(f, i);
            self.out.push('\n');
        }
    }

    fn inst(&mut self, f: &Func, i: Inst) {
        let Some(data) = f.insts.get(i.index()) else { return };
        for (n, &v) in data.results.iter().enumerate() {
            w!(self, "{}{v}: {}", if n == 0 { "" } else { ", " }, ty_name(f, v));
        }
        if !data.results.is_empty() {
            self.out.push_str(" = ");
        }
        self.op(&data.op);
        if data.scope != 0 {
            w!(self, " in {}", data.scope);
        }
        self.pos(data.pos);
    }

    fn list(&mut self, values: &[Value]) {
        for (i, v) in values.iter().enumerate() {
            w!(self, "{}{v}", if i == 0 { "" } else { ", " });
        }
    }

    fn args(&mut self, values: &[Value]) {
        self.out.push('(');
        self.list(values);
        self.out.push(')');
    }

    fn target(&mut self, b: Block, args: &[Value]) {
        w!(self, "{b}");
        if !args.is_empty() {
            self.args(args);
        }
    }

    fn op(&mut self, op: &Op) {
        match op {
            Op::Iconst { ty, value } => {
                w!(self, "iconst {} {value}", ty.name());
            }
            Op::F32const(bits) => {
                w!(self, "f32const 0x{bits:08x}");
            }
            Op::F64const(bits) => {
                w!(self, "f64const 0x{bits:016x}");
            }
            Op::Null => self.out.push_str("null"),
            Op::GlobalAddr(g, offset) => {
                self.out.push_str("global_addr ");
                self.global_name(*g);
                if *offset != 0 {
                    w!(self, "{offset:+}");
                }
            }
            Op::FuncAddr(id) => {
                self.out.push_str("func_addr ");
                self.func_name(*id);
            }
            Op::Unary(op, a) => {
                w!(self, "{} {a}", op.name());
            }
            Op::Binary(op, a, b) => {
                w!(self, "{} {a}, {b}", op.name());
            }
            Op::Icmp(cc, a, b) => {
                w!(self, "icmp {} {a}, {b}", cc.name());
            }
            Op::Fcmp(cc, a, b) => {
                w!(self, "fcmp {} {a}, {b}", cc.name());
            }
            Op::Convert { op, to, value } => {
                w!(self, "{} {} {value}", op.name(), to.name());
            }
            Op::Select(a, b, c) => {
                w!(self, "select {a}, {b}, {c}");
            }
            Op::Fma(a, b, c) => {
                w!(self, "fma {a}, {b}, {c}");
            }
            Op::AddCarry(a, b, c) => {
                w!(self, "add_carry {a}, {b}, {c}");
            }
            Op::SubBorrow(a, b, c) => {
                w!(self, "sub_borrow {a}, {b}, {c}");
            }
            Op::Alloc { site, layout, count } => {
                w!(self, "alloc {site} ");
                self.layout(*layout);
                if let Some(c) = count {
                    w!(self, ", {c}");
                }
            }
            Op::Field { base, layout, field } => {
                w!(self, "field {base}, ");
                self.layout(*layout);
                w!(self, ", {field}");
            }
            Op::Elem { base, layout, index } => {
                w!(self, "elem {base}, ");
                self.layout(*layout);
                w!(self, ", {index}");
            }
            Op::Offset { base, offset } => {
                w!(self, "offset {base}, {offset}");
            }
            Op::Load { ty, addr } => {
                w!(self, "load {} {addr}", ty.name());
            }
            Op::Store { ty, addr, value } => {
                w!(self, "store {} {addr}, {value}", ty.name());
            }
            Op::Copy { layout, dst, src } => {
                self.out.push_str("copy ");
                self.layout(*layout);
                w!(self, " {dst}, {src}");
            }
            Op::Zero { layout, addr } => {
                self.out.push_str("zero ");
                self.layout(*layout);
                w!(self, " {addr}");
            }
            Op::NilCheck(a) => {
                w!(self, "nil_check {a}");
            }
            Op::Check { check, x, y } => {
                w!(self, "check {} {x}", check.name());
                if let Some(y) = y {
                    w!(self, ", {y}");
                }
            }
            Op::AtomicLoad { ty, addr } => {
                w!(self, "atomic_load {} {addr}", ty.name());
            }
            Op::AtomicStore { ty, addr, value } => {
                w!(self, "atomic_store {} {addr}, {value}", ty.name());
            }
            Op::AtomicRmw { op, ty, addr, value } => {
                w!(self, "atomic_rmw {} {} {addr}, {value}", op.name(), ty.name());
            }
            Op::AtomicCas { ty, addr, old, new } => {
                w!(self, "atomic_cas {} {addr}, {old}, {new}", ty.name());
            }
            Op::KeepAlive(a) => {
                w!(self, "keep_alive {a}");
            }
            Op::DebugAddr { var, addr } => {
                w!(self, "debug_addr {var}, {addr}");
            }
            Op::DebugValue { var, offset, value } => {
                w!(self, "debug_value {var}");
                if *offset != 0 {
                    w!(self, "+{offset}");
                }
                w!(self, ", {value}");
            }
            Op::Call { func, args } | Op::TailCall { func, args } => {
                self.out.push_str(if op.is_terminator() { "tail_call " } else { "call " });
                self.func_name(*func);
                self.args(args);
            }
            Op::CallClosure { closure, sig, args } | Op::TailCallClosure { closure, sig, args } => {
                self.out.push_str(if op.is_terminator() { "tail_call_closure " } else { "call_closure " });
                w!(self, "{closure}");
                self.args(args);
                self.out.push_str(" : ");
                self.signature(sig);
            }
            Op::CallMethod { itab, index, method, sig, recv, args }
            | Op::TailCallMethod { itab, index, method, sig, recv, args } => {
                self.out.push_str(if op.is_terminator() { "tail_call_method " } else { "call_method " });
                w!(self, "{itab}, {index}, {}, {recv}", Quoted(method.as_bytes()));
                self.args(args);
                self.out.push_str(" : ");
                self.signature(sig);
            }
            Op::CallRt { rt, site, args } => {
                w!(self, "rt {}", rt.info().name);
                if let Some(s) = site {
                    w!(self, " {s}");
                }
                self.args(args);
            }
            Op::FramePointer => self.out.push_str("frame_pointer"),
            Op::ReturnAddress => self.out.push_str("return_address"),
            Op::Jump { to, args } => {
                self.out.push_str("jump ");
                self.target(*to, args);
            }
            Op::Branch { cond, then, then_args, els, els_args } => {
                w!(self, "branch {cond}, ");
                self.target(*then, then_args);
                self.out.push_str(", ");
                self.target(*els, els_args);
            }
            Op::Switch { value, cases, default } => {
                w!(self, "switch {value}, [");
                for (i, (n, b)) in cases.iter().enumerate() {
                    w!(self, "{}{n}: {b}", if i == 0 { "" } else { ", " });
                }
                w!(self, "], {default}");
            }
            Op::Return(values) => {
                self.out.push_str("return");
                if !values.is_empty() {
                    self.out.push(' ');
                    self.list(values);
                }
            }
            Op::Unreachable => self.out.push_str("unreachable"),
        }
    }
}

fn ty_name(f: &Func, v: Value) -> &'static str {
    f.values.get(v.index()).map_or("?", |d| d.ty.name())
}

/// File, line and column, if the parser would find the same position from them.
fn position(m: &Module, pos: Pos) -> Option<(&str, u32, u32)> {
    let i = m.files.partition_point(|f| f.base <= pos.0).checked_sub(1)?;
    let file = &m.files[i];
    let offset = pos.0.checked_sub(file.base)?;
    if offset > file.len {
        return None;
    }
    let line = file.lines.partition_point(|&s| s <= offset).checked_sub(1)?;
    let col = offset.checked_sub(*file.lines.get(line)?)? + 1;
    let first = m.files.iter().position(|f| f.name == file.name);
    (first == Some(i)).then_some((file.name.as_str(), line as u32 + 1, col))
}
