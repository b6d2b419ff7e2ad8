//! Positions and source files.
//!
//! A `Pos` is a byte offset into the concatenation of all source files of a program, so it fits in 32 bits,
//! travels through the IR into Cranelift's source locations, and is resolved to file, line and column only
//! when something is printed. `//line` directives are applied on resolution.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// A position in the program's sources. `Pos::NONE` is no position.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Pos(pub u32);

impl Pos {
    pub const NONE: Pos = Pos(0);

    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// A resolved position; line and column count from 1, columns in bytes as gc counts them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    pub file: String,
    pub line: u32,
    pub col: u32,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        // A line directive without a column leaves columns unknown.
        if self.col != 0 {
            write!(f, ":{}", self.col)?;
        }
        Ok(())
    }
}

/// A `//line file:line:col` directive: from `offset` on (the start of the next line, or the byte after a
/// `/*line*/` comment), positions are counted from `line` and, if given, `col`.
#[derive(Clone, Debug)]
pub struct LineDirective {
    pub offset: u32,
    pub file: String,
    pub line: u32,
    /// None: columns are not reported (resolved as 0).
    pub col: Option<u32>,
}

#[derive(Debug)]
pub struct SourceFile {
    /// As it is printed in diagnostics.
    pub name: String,
    pub text: Cow<'static, str>,
    /// The `Pos` of the file's first byte.
    pub base: u32,
    /// Byte offsets of line starts; the first is 0. Filled in by `SourceMap::add`.
    pub lines: Vec<u32>,
    /// Filled in by the parser, ascending.
    pub line_directives: OnceLock<Vec<LineDirective>>,
    /// Offsets of NUL characters in `text` that stand for bytes that were not UTF-8, ascending.
    pub invalid: Vec<u32>,
}

/// A file's bytes as text: each byte that is not UTF-8 becomes a NUL character, so that offsets stay. The
/// second result are the offsets of those bytes.
pub fn decode(bytes: &[u8]) -> (String, Vec<u32>) {
    let mut text = String::with_capacity(bytes.len());
    let mut invalid = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            invalid.push(text.len() as u32);
            text.push('\0');
        }
    }
    (text, invalid)
}

/// All source files of a program.
#[derive(Debug, Default)]
pub struct SourceMap {
    pub files: Vec<Arc<SourceFile>>,
}

impl SourceMap {
    /// Adds a file and returns its index. Each file takes its length plus one positions, so that its end has one.
    /// Err: the sources together exceed 4 GiB.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        text: impl Into<Cow<'static, str>>,
    ) -> Result<usize, String> {
        self.add_file(name.into(), text.into(), Vec::new())
    }

    fn add_file(
        &mut self,
        name: String,
        text: Cow<'static, str>,
        invalid: Vec<u32>,
    ) -> Result<usize, String> {
        let base = self.files.last().map_or(1, |f| f.base as u64 + f.text.len() as u64 + 1);
        if base + text.len() as u64 + 1 > u32::MAX as u64 {
            return Err(format!("{name}: the program's sources are larger than 4 GiB"));
        }
        // Lines of Go have 26 bytes on average.
        let mut lines = Vec::with_capacity(text.len() / 24 + 1);
        lines.push(0);
        lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i as u32 + 1));
        let (base, line_directives) = (base as u32, OnceLock::new());
        self.files.push(SourceFile { name, text, base, lines, line_directives, invalid }.into());
        Ok(self.files.len() - 1)
    }

    /// As `add`, for bytes that may not be UTF-8; parsing the file reports those that are not.
    pub fn add_bytes(
        &mut self,
        name: impl Into<String>,
        bytes: impl Into<Cow<'static, [u8]>>,
    ) -> Result<usize, String> {
        let text = match bytes.into() {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| bytes.to_vec()),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|e| e.into_bytes()),
        };
        let bytes = match text {
            Ok(text) => return self.add(name, text),
            Err(bytes) => bytes,
        };
        let (text, invalid) = decode(&bytes);
        self.add_file(name.into(), text.into(), invalid)
    }

    pub fn file_of(&self, pos: Pos) -> Option<&Arc<SourceFile>> {
        if pos.is_none() {
            return None;
        }
        let i = self.files.partition_point(|f| f.base <= pos.0);
        i.checked_sub(1).map(|i| &self.files[i])
    }

    /// File, line and column as a reader sees them, `//line` directives applied.
    pub fn locate(&self, pos: Pos) -> Option<Location> {
        self.file_of(pos).map(|file| file.locate(pos))
    }

    /// The line in the file's own text, `//line` directives not applied.
    pub fn physical_line(&self, pos: Pos) -> Option<u32> {
        let file = self.file_of(pos)?;
        Some(file.line_at(pos.0 - file.base).0)
    }
}

impl SourceFile {
    /// As `SourceMap::locate`, for a position in the file.
    pub fn locate(&self, pos: Pos) -> Location {
        let offset = pos.0 - self.base;
        let (line, start) = self.line_at(offset);
        let directives = self.line_directives();
        let i = directives.partition_point(|d| d.offset <= offset);
        let Some(d) = i.checked_sub(1).map(|i| &directives[i]) else {
            return Location { file: self.name.clone(), line, col: offset - start + 1 };
        };
        let (from, _) = self.line_at(d.offset);
        let col = match d.col {
            Some(c) if from == line => c + offset - d.offset,
            Some(_) => offset - start + 1,
            None => 0,
        };
        Location { file: d.file.clone(), line: d.line + (line - from), col }
    }

    /// Its `//line` directives. None before it has been parsed.
    pub fn line_directives(&self) -> &[LineDirective] {
        self.line_directives.get().map_or(&[], Vec::as_slice)
    }

    /// Line number (from 1) and offset of the line's first byte.
    pub fn line_at(&self, offset: u32) -> (u32, u32) {
        let i = self.lines.partition_point(|&s| s <= offset) - 1;
        (i as u32 + 1, self.lines[i])
    }
}
