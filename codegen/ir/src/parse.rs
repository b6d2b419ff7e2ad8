//! The parser: text -> module, as docs/ir.md specifies it.
//!
//! Requires nothing of its input. Guarantees: never panics, no recursion; an error names line and column; value and block
//! numbers of the text are kept, so that `parse(print(m)) == m`. What it returns is well-formed text, not yet a valid
//! module: run `verify`.

mod debug;
mod func;

use rustc_hash::FxHashMap;

use crate::entity::{FuncId, GlobalId, LayoutId, Pos, SiteId};
use crate::func::Type;
use crate::module::*;
use crate::print::{is_name_char, is_name_start};

#[derive(Debug, Clone, PartialEq)]
pub struct ParseError {
    /// From 1.
    pub line: u32,
    pub col: u32,
    pub message: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.col, self.message)
    }
}

impl std::error::Error for ParseError {}

type Result<T> = std::result::Result<T, ParseError>;

/// Value and block numbers end here, all functions of a module together, so that a short text can not ask for much memory.
const MAX_ENTITIES: usize = 1 << 24;
/// Numbers of one function may exceed their count by so much.
const MAX_NUMBER: u32 = 1 << 22;

pub fn parse(text: &str) -> Result<Module> {
    let mut p = Parser {
        text: text.as_bytes(),
        at: 0,
        module: Module::default(),
        layouts: FxHashMap::default(),
        globals: FxHashMap::default(),
        funcs: FxHashMap::default(),
        files: FxHashMap::default(),
        entities: 0,
    };
    p.declarations()?;
    p.at = 0;
    p.module()?;
    Ok(p.module)
}

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    module: Module,
    layouts: FxHashMap<String, LayoutId>,
    globals: FxHashMap<String, GlobalId>,
    funcs: FxHashMap<String, FuncId>,
    files: FxHashMap<String, usize>,
    entities: usize,
}

impl Parser<'_> {
    // ---- characters

    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T> {
        let before = &self.text[..at.min(self.text.len())];
        let line = before.iter().filter(|&&c| c == b'\n').count() as u32 + 1;
        let col = before.iter().rev().take_while(|&&c| c != b'\n').count() as u32 + 1;
        Err(ParseError { line, col, message: message.into() })
    }

    /// Skips blanks and comments, not line ends.
    fn blanks(&mut self) {
        while let Some(&c) = self.text.get(self.at) {
            match c {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b';' => {
                    while self.text.get(self.at).is_some_and(|&c| c != b'\n') {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
    }

    fn blank_lines(&mut self) {
        loop {
            self.blanks();
            if self.text.get(self.at) != Some(&b'\n') {
                break;
            }
            self.at += 1;
        }
    }

    fn peek(&mut self) -> u8 {
        self.blanks();
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn eat(&mut self, s: &str) -> bool {
        self.blanks();
        if !self.text[self.at..].starts_with(s.as_bytes()) {
            return false;
        }
        // A word ends where its letters end.
        let end = self.at + s.len();
        let word = s.as_bytes().last().is_some_and(|&c| is_name_char(c));
        if word && self.text.get(end).is_some_and(|&c| is_name_char(c)) {
            return false;
        }
        self.at = end;
        true
    }

    fn expect(&mut self, s: &str) -> Result<()> {
        if self.eat(s) { Ok(()) } else { self.error(self.at, format!("expected `{s}`")) }
    }

    fn line_end(&mut self) -> Result<()> {
        match self.peek() {
            b'\n' => {
                self.at += 1;
                Ok(())
            }
            0 if self.at >= self.text.len() => Ok(()),
            _ => self.error(self.at, "expected the end of the line"),
        }
    }

    fn word(&mut self) -> Result<String> {
        self.blanks();
        let start = self.at;
        if !self.text.get(start).is_some_and(|&c| is_name_start(c)) {
            return self.error(start, "expected a word");
        }
        while self.text.get(self.at).is_some_and(|&c| is_name_char(c)) {
            self.at += 1;
        }
        Ok(String::from_utf8_lossy(&self.text[start..self.at]).into_owned())
    }

    fn bytes(&mut self) -> Result<Vec<u8>> {
        self.expect("\"")?;
        let mut out = Vec::new();
        loop {
            let at = self.at;
            let Some(&c) = self.text.get(at) else { return self.error(at, "unterminated string") };
            self.at += 1;
            match c {
                b'"' => return Ok(out),
                b'\n' => return self.error(at, "unterminated string"),
                b'\\' => {
                    let Some(&e) = self.text.get(self.at) else {
                        return self.error(at, "unterminated string");
                    };
                    self.at += 1;
                    if e == b'\\' || e == b'"' {
                        out.push(e);
                        continue;
                    }
                    let low = self.text.get(self.at).copied().unwrap_or(0);
                    self.at += 1;
                    match ((e as char).to_digit(16), (low as char).to_digit(16)) {
                        (Some(h), Some(l)) => out.push((h * 16 + l) as u8),
                        _ => return self.error(at, "expected two hexadecimal digits after `\\`"),
                    }
                }
                _ => out.push(c),
            }
        }
    }

    fn string(&mut self) -> Result<String> {
        let at = self.at;
        match String::from_utf8(self.bytes()?) {
            Ok(s) => Ok(s),
            Err(_) => self.error(at, "the string is not UTF-8"),
        }
    }

    /// A bare or quoted name.
    fn name(&mut self) -> Result<String> {
        if self.peek() == b'"' { self.string() } else { self.word() }
    }

    fn number(&mut self) -> Result<i128> {
        self.blanks();
        let start = self.at;
        let negative = match self.text.get(self.at) {
            Some(b'-') => {
                self.at += 1;
                true
            }
            Some(b'+') => {
                self.at += 1;
                false
            }
            _ => false,
        };
        let hex = self.text[self.at..].starts_with(b"0x");
        if hex {
            self.at += 2;
        }
        let radix = if hex { 16 } else { 10 };
        let mut n: i128 = 0;
        let digits = self.at;
        while let Some(d) = self.text.get(self.at).and_then(|&c| (c as char).to_digit(radix)) {
            n = n * i128::from(radix) + i128::from(d);
            if n > i128::from(u64::MAX) {
                return self.error(start, "number too large");
            }
            self.at += 1;
        }
        if self.at == digits {
            self.at = start;
            return self.error(start, "expected a number");
        }
        Ok(if negative { -n } else { n })
    }

    fn int<T: TryFrom<i128>>(&mut self) -> Result<T> {
        self.blanks();
        let at = self.at;
        let n = self.number()?;
        match T::try_from(n) {
            Ok(n) => Ok(n),
            Err(_) => self.error(at, "number out of range"),
        }
    }

    // ---- references

    fn ty(&mut self) -> Result<Type> {
        self.blanks();
        let at = self.at;
        let word = self.word()?;
        match Type::by_name(&word) {
            Some(t) => Ok(t),
            None => self.error(at, format!("unknown type `{word}`")),
        }
    }

    fn layout_ref(&mut self) -> Result<LayoutId> {
        self.expect("%")?;
        let at = self.at;
        let name = self.name()?;
        match self.layouts.get(&name) {
            Some(&l) => Ok(l),
            None => self.error(at, format!("unknown layout `{name}`")),
        }
    }

    fn func_ref(&mut self) -> Result<FuncId> {
        self.expect("@")?;
        let at = self.at;
        let name = self.name()?;
        match self.funcs.get(&name) {
            Some(&f) => Ok(f),
            None => self.error(at, format!("unknown function `{name}`")),
        }
    }

    fn global_ref(&mut self) -> Result<GlobalId> {
        self.expect("$")?;
        let at = self.at;
        let name = self.name()?;
        match self.globals.get(&name) {
            Some(&g) => Ok(g),
            None => self.error(at, format!("unknown global `{name}`")),
        }
    }

    fn site_ref(&mut self) -> Result<SiteId> {
        self.expect("#")?;
        Ok(SiteId(self.int()?))
    }

    /// An optional position: `@file:line:col` or `@offset`.
    fn pos(&mut self) -> Result<Pos> {
        if self.peek() != b'@' {
            return Ok(Pos(0));
        }
        let start = self.at;
        self.at += 1;
        if self.text.get(self.at).is_some_and(|c| c.is_ascii_digit()) {
            return Ok(Pos(self.int()?));
        }
        let name = self.name()?;
        self.expect(":")?;
        let line: u32 = self.int()?;
        self.expect(":")?;
        let col: u32 = self.int()?;
        let Some(file) = self.files.get(&name).and_then(|&i| self.module.files.get(i)) else {
            return self.error(start, format!("unknown file `{name}`"));
        };
        let offset = (line as usize)
            .checked_sub(1)
            .and_then(|l| file.lines.get(l))
            .and_then(|&s| s.checked_add(col.checked_sub(1)?))
            .filter(|&o| o <= file.len)
            .and_then(|o| o.checked_add(file.base));
        match offset {
            Some(p) => Ok(Pos(p)),
            None => self.error(start, "position outside of its file"),
        }
    }

    // ---- the module

    /// First pass: names of everything, so that definitions may refer to later ones.
    fn declarations(&mut self) -> Result<()> {
        let (mut layouts, mut globals, mut funcs, mut files) = (0, 0, 0, 0);
        loop {
            self.blank_lines();
            if self.at >= self.text.len() {
                return Ok(());
            }
            let at = self.at;
            let taken = if self.eat("layout") {
                self.expect("%")?;
                layouts += 1;
                let name = self.name()?;
                self.layouts.insert(name, LayoutId(layouts - 1)).is_some()
            } else if self.eat("global") {
                self.expect("$")?;
                globals += 1;
                let name = self.name()?;
                self.globals.insert(name, GlobalId(globals - 1)).is_some()
            } else if self.eat("func") {
                self.expect("@")?;
                funcs += 1;
                let name = self.name()?;
                self.funcs.insert(name, FuncId(funcs - 1)).is_some()
            } else if self.eat("file") {
                files += 1;
                let name = self.name()?;
                // The first file of a name is the one that positions mean.
                self.files.entry(name).or_insert(files - 1);
                false
            } else {
                false
            };
            if taken {
                return self.error(at, "the name is defined twice");
            }
            while self.text.get(self.at).is_some_and(|&c| c != b'\n') {
                self.at += 1;
            }
        }
    }

    fn module(&mut self) -> Result<()> {
        loop {
            self.blank_lines();
            if self.at >= self.text.len() {
                return Ok(());
            }
            let at = self.at;
            let word = self.word()?;
            match word.as_str() {
                "file" => self.file()?,
                "layout" => self.layout()?,
                "global" => self.global()?,
                "site" => self.site()?,
                "debug_type" => self.debug_type()?,
                "debug_var" => self.debug_var()?,
                "debug_global" => self.debug_global()?,
                "method" => {
                    let method = self.string()?;
                    let func = self.func_ref()?;
                    self.module.methods.push(MethodImpl { method, func });
                }
                "main" => self.module.main = Some(self.func_ref()?),
                "runtime_error" => self.module.runtime_error = Some(self.func_ref()?),
                "types" => self.module.types = Some(self.global_ref()?),
                "small_ints" => self.module.small_ints = Some(self.global_ref()?),
                "type_offsets" => {
                    while self.peek().is_ascii_digit() {
                        let n = self.int()?;
                        self.module.type_offsets.push(n);
                    }
                }
                "method_code" => {
                    let f = self.func_ref()?;
                    self.module.method_code.push(f);
                }
                "func" => {
                    let f = self.func()?;
                    self.module.funcs.push(f);
                }
                _ => return self.error(at, format!("unknown declaration `{word}`")),
            }
            self.line_end()?;
        }
    }

    fn file(&mut self) -> Result<()> {
        let name = self.name()?;
        self.expect("base")?;
        let base = self.int()?;
        self.expect("len")?;
        let len = self.int()?;
        self.expect("lines")?;
        let mut lines = Vec::new();
        while self.peek().is_ascii_digit() {
            lines.push(self.int()?);
        }
        self.module.files.push(File { name, base, len, lines });
        Ok(())
    }

    fn layout(&mut self) -> Result<()> {
        self.expect("%")?;
        let name = self.name()?;
        self.expect("=")?;
        self.expect("{")?;
        self.expect("size")?;
        let size = self.int()?;
        self.expect(",")?;
        self.expect("align")?;
        let align = self.int()?;
        let mut shape = Shape::Opaque;
        if self.eat(",") {
            let at = self.at;
            shape = match self.word()?.as_str() {
                "scalar" => Shape::Scalar(self.ty()?),
                "array" => {
                    let count = self.int()?;
                    Shape::Array { elem: self.layout_ref()?, count }
                }
                "struct" => {
                    let mut fields = Vec::new();
                    while self.eat(",") {
                        self.expect("field")?;
                        let name = self.name()?;
                        let layout = self.layout_ref()?;
                        self.expect("at")?;
                        fields.push(Field { name, offset: self.int()?, layout });
                    }
                    Shape::Struct(fields)
                }
                _ => return self.error(at, "expected `scalar`, `struct` or `array`"),
            };
        }
        self.expect("}")?;
        self.module.layouts.push(Layout { name, size, align, shape });
        Ok(())
    }

    fn global(&mut self) -> Result<()> {
        self.expect("$")?;
        let name = self.name()?;
        let layout = self.layout_ref()?;
        self.expect("align")?;
        let align = self.int()?;
        let readonly = self.eat("readonly");
        let data = if self.eat("=") { self.bytes()? } else { Vec::new() };
        let mut relocs = Vec::new();
        while self.eat("reloc") {
            let offset = self.int()?;
            let target = if self.peek() == b'@' {
                RelocTarget::Func(self.func_ref()?)
            } else {
                RelocTarget::Global(self.global_ref()?)
            };
            relocs.push(Reloc { offset, target, addend: self.addend()? });
        }
        self.module.globals.push(Global { name, layout, readonly, data, relocs, align });
        Ok(())
    }

    fn addend(&mut self) -> Result<i64> {
        match self.peek() {
            b'+' | b'-' => self.int(),
            _ => Ok(0),
        }
    }

    fn site(&mut self) -> Result<()> {
        let at = self.at;
        let id = self.site_ref()?;
        if id.index() != self.module.sites.len() {
            return self.error(at, format!("expected site #{}", self.module.sites.len()));
        }
        self.blanks();
        let at = self.at;
        let Some(kind) = SiteKind::by_name(&self.word()?) else {
            return self.error(at, "unknown kind of site");
        };
        let layout = self.layout_ref()?;
        let name = self.string()?;
        self.expect("in")?;
        let func = self.name()?;
        let origin = if self.eat("origin") { Some(self.site_ref()?) } else { None };
        let heap_only = if self.eat("heap_only") { Some(self.string()?) } else { None };
        let pos = self.pos()?;
        self.module.sites.push(Site { kind, pos, layout, name, func, heap_only, origin });
        Ok(())
    }
}
