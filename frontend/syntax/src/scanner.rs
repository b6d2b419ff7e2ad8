//! Source text to tokens: Go's lexical grammar with automatic semicolons.
//!
//! In: the text of one file and the places where its bytes were not UTF-8. Out: one token per `next`, and a
//! queue of events (errors in gc's words, directive comments). Guarantees: every `next` but the one at the end
//! of the text consumes input.

use crate::ast::LitKind;
use crate::chars::{code_point, is_digit, is_letter, quoted};
use crate::token::{Op, Token};

/// Something that the scanner met besides tokens.
#[derive(Debug)]
pub enum Event {
    Error {
        offset: usize,
        message: String,
    },
    /// A comment that may be a directive, with its slashes; `blank`: nothing stands before it on its line.
    Directive {
        start: usize,
        end: usize,
        blank: bool,
    },
}

/// What a `Semi` token was in the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Semi {
    Semicolon,
    Newline,
    Eof,
}

impl Semi {
    pub fn as_str(self) -> &'static str {
        match self {
            Semi::Semicolon => "semicolon",
            Semi::Newline => "newline",
            Semi::Eof => "EOF",
        }
    }
}

pub struct Scanner<'a> {
    text: &'a str,
    src: &'a [u8],
    /// Offset of the next byte to read.
    at: usize,
    /// A newline or the end of the text becomes a semicolon.
    nlsemi: bool,

    pub tok: Token,
    /// The token's bytes.
    pub start: usize,
    pub end: usize,
    /// Of `Semi` tokens.
    pub semi: Semi,
    /// Of `Operator`, `Star`, `AssignOp` and `IncOp` tokens.
    pub op: Op,
    /// Of `Literal` tokens.
    pub kind: LitKind,
    /// Of `Literal` tokens: malformed, and an error has been reported.
    pub bad: bool,

    pub events: Vec<Event>,
    /// NUL characters, byte order marks and invalid bytes, ascending; empty for nearly every file.
    oddities: Vec<(usize, &'static str)>,
    next_oddity: usize,
}

const BOM: &str = "\u{feff}";

/// Ident bytes of ASCII: letters, digits, `_`.
const IDENT: [bool; 256] = {
    let mut t = [false; 256];
    let mut i = 0;
    while i < 128 {
        let c = i as u8;
        t[i] = c.is_ascii_alphanumeric() || c == b'_';
        i += 1;
    }
    t
};

impl<'a> Scanner<'a> {
    /// `invalid` are the offsets of NUL bytes that stand for bytes that were not UTF-8, ascending.
    pub fn new(text: &'a str, invalid: &[u32]) -> Scanner<'a> {
        let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let mut oddities = Vec::new();
        if text.as_bytes().contains(&0) {
            for (i, _) in text.bytes().enumerate().filter(|&(_, b)| b == 0) {
                let is_invalid = invalid.binary_search(&(i as u32)).is_ok();
                oddities
                    .push((i, if is_invalid { "invalid UTF-8 encoding" } else { "invalid NUL character" }));
            }
        }
        let marks = oddities.len();
        oddities.extend(
            text[start..]
                .match_indices('\u{feff}')
                .map(|(i, _)| (i + start, "invalid BOM in the middle of the file")),
        );
        if oddities.len() > marks {
            oddities.sort_unstable();
        }
        Scanner { oddities, ..Scanner::new_at(text, start) }
    }

    /// A scanner that begins inside a text in which nothing is odd.
    pub fn new_at(text: &'a str, at: usize) -> Scanner<'a> {
        Scanner {
            text,
            src: text.as_bytes(),
            at,
            nlsemi: false,
            tok: Token::Eof,
            start: 0,
            end: 0,
            semi: Semi::Eof,
            op: Op::Not,
            kind: LitKind::Int,
            bad: false,
            events: Vec::new(),
            oddities: Vec::new(),
            next_oddity: 0,
        }
    }

    /// From behind an opening brace to the closing one, which becomes the next token. Requires: the text has no errors.
    pub fn skip_block(&mut self) {
        let mut depth = 0;
        while let Some(&c) = self.src.get(self.at) {
            match c {
                b'{' => depth += 1,
                b'}' if depth == 0 => break,
                b'}' => depth -= 1,
                b'"' | b'\'' => {
                    self.at += 1;
                    while let Some(&d) = self.src.get(self.at)
                        && d != c
                    {
                        self.at += if d == b'\\' { 2 } else { 1 };
                    }
                }
                b'`' => {
                    let rest = &self.src[self.at + 1..];
                    self.at += 1 + rest.iter().position(|&d| d == b'`').unwrap_or(rest.len());
                }
                b'/' if self.src.get(self.at + 1) == Some(&b'/') => {
                    let rest = &self.src[self.at..];
                    self.at += rest.iter().position(|&d| d == b'\n').unwrap_or(rest.len());
                }
                b'/' if self.src.get(self.at + 1) == Some(&b'*') => {
                    let rest = &self.text[self.at + 2..];
                    // To the slash, which is passed below.
                    self.at += rest.find("*/").map_or(rest.len() + 2, |i| i + 3);
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.src.len());
        self.nlsemi = false;
    }

    /// The current token's text.
    pub fn lit(&self) -> &'a str {
        &self.text[self.start..self.end]
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Makes the rest of the text go away: the next token is `Eof`.
    pub fn skip_to_end(&mut self) {
        self.at = self.src.len();
        self.nlsemi = false;
    }

    /// Goes to the next token.
    pub fn next(&mut self) {
        self.scan();
        self.end = self.at;
        // gc has read one character beyond the token by now.
        while let Some(&(offset, message)) = self.oddities.get(self.next_oddity)
            && offset <= self.at
        {
            self.events.push(Event::Error { offset, message: message.into() });
            self.next_oddity += 1;
        }
    }

    /// The byte at the reading position, 0 at the end.
    #[inline]
    fn ch(&self) -> u8 {
        self.src.get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    fn at_end(&self) -> bool {
        self.at >= self.src.len()
    }

    /// The character at the reading position, which is not the end.
    fn char(&self) -> char {
        self.text[self.at..].chars().next().unwrap_or('\0')
    }

    fn error(&mut self, offset: usize, message: impl Into<String>) {
        self.events.push(Event::Error { offset, message: message.into() });
    }

    fn error_here(&mut self, message: impl Into<String>) {
        self.error(self.at, message);
    }

    fn scan(&mut self) {
        let nlsemi = std::mem::replace(&mut self.nlsemi, false);
        loop {
            match self.ch() {
                b' ' | b'\t' | b'\r' => {
                    self.at += 1;
                    continue;
                }
                b'\n' if !nlsemi => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            self.start = self.at;
            let c = self.ch();
            match c {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.ident(),
                b'0'..=b'9' => return self.number(false),
                b'\n' => {
                    self.at += 1;
                    return self.semicolon(Semi::Newline);
                }
                b'"' => return self.string(),
                b'`' => return self.raw_string(),
                b'\'' => return self.rune(),
                b'/' => match self.src.get(self.at + 1) {
                    Some(b'/') => self.line_comment(),
                    Some(b'*') => {
                        if self.full_comment() && nlsemi {
                            // A comment over several lines acts like a newline.
                            return self.semicolon(Semi::Newline);
                        }
                    }
                    _ => return self.operator(c),
                },
                0 if self.at_end() => {
                    return if nlsemi { self.semicolon(Semi::Eof) } else { self.tok = Token::Eof };
                }
                // Reported as an oddity.
                0 => self.at += 1,
                0x80.. => {
                    if self.text[self.at..].starts_with(BOM) {
                        self.at += BOM.len();
                        continue;
                    }
                    let c = self.char();
                    if is_letter(c) {
                        return self.ident();
                    }
                    if is_digit(c) {
                        self.error_here(format!(
                            "identifier cannot begin with digit {}",
                            code_point(c as u32)
                        ));
                    } else {
                        self.error_here(format!("invalid character {} in identifier", code_point(c as u32)));
                    }
                    self.at += c.len_utf8();
                    return self.ident();
                }
                _ if self.operator_or_false(c) => return,
                _ => {
                    self.error_here(format!("invalid character {}", code_point(c as u32)));
                    self.at += 1;
                }
            }
        }
    }

    fn semicolon(&mut self, semi: Semi) {
        self.semi = semi;
        self.tok = Token::Semi;
    }

    fn operator(&mut self, c: u8) {
        let known = self.operator_or_false(c);
        debug_assert!(known, "the caller has seen an operator's first byte");
    }

    /// Scans the operator or delimiter that starts with `c`; false if there is none.
    fn operator_or_false(&mut self, c: u8) -> bool {
        use Token::*;
        self.at += 1;
        let next = self.ch();
        // One more byte belongs to the token if it is `b`.
        macro_rules! then {
            ($b:expr) => {
                next == $b && {
                    self.at += 1;
                    true
                }
            };
        }
        let op = match c {
            b'(' => return self.delimiter(Lparen, false),
            b'[' => return self.delimiter(Lbrack, false),
            b'{' => return self.delimiter(Lbrace, false),
            b',' => return self.delimiter(Comma, false),
            b')' => return self.delimiter(Rparen, true),
            b']' => return self.delimiter(Rbrack, true),
            b'}' => return self.delimiter(Rbrace, true),
            b';' => {
                self.semicolon(self::Semi::Semicolon);
                return true;
            }
            b':' => {
                let tok = if then!(b'=') { Define } else { Colon };
                return self.delimiter(tok, false);
            }
            b'.' => {
                if next.is_ascii_digit() {
                    self.number(true);
                    return true;
                }
                if next == b'.' && self.src.get(self.at + 1) == Some(&b'.') {
                    self.at += 2;
                    return self.delimiter(DotDotDot, false);
                }
                return self.delimiter(Dot, false);
            }
            b'+' | b'-' => {
                self.op = if c == b'+' { Op::Add } else { Op::Sub };
                if then!(c) {
                    return self.delimiter(IncOp, true);
                }
                self.op
            }
            b'*' => {
                self.op = Op::Mul;
                let tok = if then!(b'=') { AssignOp } else { Star };
                return self.delimiter(tok, false);
            }
            b'/' => Op::Div,
            b'%' => Op::Rem,
            b'&' => {
                if then!(b'&') {
                    return self.plain_operator(Op::AndAnd);
                }
                if then!(b'^') { Op::AndNot } else { Op::And }
            }
            b'|' => {
                if then!(b'|') {
                    return self.plain_operator(Op::OrOr);
                }
                Op::Or
            }
            b'^' => Op::Xor,
            b'<' => {
                if then!(b'=') {
                    return self.plain_operator(Op::Leq);
                }
                if then!(b'-') {
                    return self.delimiter(Arrow, false);
                }
                if !then!(b'<') {
                    return self.plain_operator(Op::Lss);
                }
                Op::Shl
            }
            b'>' => {
                if then!(b'=') {
                    return self.plain_operator(Op::Geq);
                }
                if !then!(b'>') {
                    return self.plain_operator(Op::Gtr);
                }
                Op::Shr
            }
            b'=' => {
                if then!(b'=') {
                    return self.plain_operator(Op::Eql);
                }
                return self.delimiter(Assign, false);
            }
            b'!' => {
                let op = if then!(b'=') { Op::Neq } else { Op::Not };
                return self.plain_operator(op);
            }
            b'~' => return self.plain_operator(Op::Tilde),
            _ => {
                self.at -= 1;
                return false;
            }
        };
        self.op = op;
        self.tok = if self.ch() == b'=' {
            self.at += 1;
            AssignOp
        } else {
            Operator
        };
        true
    }

    fn delimiter(&mut self, tok: Token, nlsemi: bool) -> bool {
        self.tok = tok;
        self.nlsemi = nlsemi;
        true
    }

    fn plain_operator(&mut self, op: Op) -> bool {
        self.op = op;
        self.delimiter(Token::Operator, false)
    }

    /// The rest of a name or keyword.
    fn ident(&mut self) {
        while IDENT[self.ch() as usize] {
            self.at += 1;
        }
        // The end of the text reads as 0 and is told from a NUL there.
        while self.ch() >= 0x80 || (self.ch() == 0 && !self.at_end()) || IDENT[self.ch() as usize] {
            let c = self.char();
            if !c.is_ascii() && c != '\u{feff}' && !is_letter(c) && !is_digit(c) {
                self.error_here(format!("invalid character {} in identifier", code_point(c as u32)));
            }
            self.at += c.len_utf8();
        }
        if let Some(tok) = Token::keyword(&self.src[self.start..self.at]) {
            self.nlsemi = matches!(tok, Token::Break | Token::Continue | Token::Fallthrough | Token::Return);
            self.tok = tok;
            return;
        }
        self.nlsemi = true;
        self.tok = Token::Name;
    }

    fn literal(&mut self, kind: LitKind, ok: bool) {
        self.nlsemi = true;
        self.tok = Token::Literal;
        self.kind = kind;
        self.bad = !ok;
    }

    /// Digits and `_`. Returns bit 0: there were digits, bit 1: there were `_`; for bases up to 10 any decimal
    /// digit is taken and the offset of the first one that is too large noted in `invalid`.
    fn digits(&mut self, base: u32, invalid: &mut Option<usize>) -> u8 {
        let mut seen = 0;
        loop {
            match self.ch() {
                b'_' => seen |= 2,
                c @ b'0'..=b'9' => {
                    if (c - b'0') as u32 >= base && invalid.is_none() {
                        *invalid = Some(self.at);
                    }
                    seen |= 1;
                }
                b'a'..=b'f' | b'A'..=b'F' if base == 16 => seen |= 1,
                _ => return seen,
            }
            self.at += 1;
        }
    }

    /// A number; with `seen_point` its leading `.` has been read.
    fn number(&mut self, mut seen_point: bool) {
        let mut ok = true;
        let mut kind = LitKind::Int;
        let mut base = 10;
        // 0 decimal, b'0' octal without a letter, or the letter.
        let mut prefix = 0u8;
        let mut seen = 0;
        let mut invalid = None;

        if !seen_point {
            if self.ch() == b'0' {
                self.at += 1;
                (base, prefix) = match self.ch() | 0x20 {
                    b'x' => (16, b'x'),
                    b'o' => (8, b'o'),
                    b'b' => (2, b'b'),
                    _ => (8, b'0'),
                };
                if prefix == b'0' {
                    seen = 1;
                } else {
                    self.at += 1;
                }
            }
            seen |= self.digits(base, &mut invalid);
            if self.ch() == b'.' {
                if prefix == b'o' || prefix == b'b' {
                    self.error_here(format!("invalid radix point in {} literal", base_name(base)));
                    ok = false;
                }
                self.at += 1;
                seen_point = true;
            }
        }
        if seen_point {
            kind = LitKind::Float;
            seen |= self.digits(base, &mut invalid);
        }
        if seen & 1 == 0 && ok {
            self.error_here(format!("{} literal has no digits", base_name(base)));
            ok = false;
        }

        let e = self.ch();
        if matches!(e | 0x20, b'e' | b'p') {
            if ok {
                if e | 0x20 == b'e' && prefix != 0 && prefix != b'0' {
                    self.error_here(format!("'{}' exponent requires decimal mantissa", e as char));
                    ok = false;
                } else if e | 0x20 == b'p' && prefix != b'x' {
                    self.error_here(format!("'{}' exponent requires hexadecimal mantissa", e as char));
                    ok = false;
                }
            }
            self.at += 1;
            kind = LitKind::Float;
            if matches!(self.ch(), b'+' | b'-') {
                self.at += 1;
            }
            seen = self.digits(10, &mut None) | seen & 2;
            if seen & 1 == 0 && ok {
                self.error_here("exponent has no digits");
                ok = false;
            }
        } else if prefix == b'x' && kind == LitKind::Float && ok {
            self.error_here("hexadecimal mantissa requires a 'p' exponent");
            ok = false;
        }
        if self.ch() == b'i' {
            kind = LitKind::Imag;
            self.at += 1;
        }

        if kind == LitKind::Int
            && ok
            && let Some(i) = invalid
        {
            let digit = self.src[i] as char;
            self.error(i, format!("invalid digit '{digit}' in {} literal", base_name(base)));
            ok = false;
        }
        if seen & 2 != 0
            && ok
            && let Some(i) = invalid_separator(&self.src[self.start..self.at])
        {
            self.error(self.start + i, "'_' must separate successive digits");
            ok = false;
        }
        self.literal(kind, ok);
    }

    fn rune(&mut self) {
        let mut ok = true;
        self.at += 1;
        let mut n = 0;
        loop {
            if self.at_end() {
                if ok {
                    self.error(self.start, "rune literal not terminated");
                    ok = false;
                }
                break;
            }
            match self.ch() {
                b'\'' => {
                    if ok && n == 0 {
                        self.error_here("empty rune literal or unescaped '");
                        ok = false;
                    } else if ok && n != 1 {
                        self.error(self.start, "more than one character in rune literal");
                        ok = false;
                    }
                    self.at += 1;
                    break;
                }
                b'\\' => {
                    self.at += 1;
                    ok &= self.escape(b'\'');
                }
                b'\n' => {
                    if ok {
                        self.error_here("newline in rune literal");
                        ok = false;
                    }
                    break;
                }
                _ => self.at += self.char().len_utf8(),
            }
            n += 1;
        }
        self.literal(LitKind::Rune, ok);
    }

    fn string(&mut self) {
        let mut ok = true;
        self.at += 1;
        loop {
            match self.ch() {
                b'"' => {
                    self.at += 1;
                    break;
                }
                b'\\' => {
                    self.at += 1;
                    ok &= self.escape(b'"');
                }
                b'\n' => {
                    self.error_here("newline in string");
                    ok = false;
                    break;
                }
                0 if self.at_end() => {
                    self.error(self.start, "string not terminated");
                    ok = false;
                    break;
                }
                _ => self.at += 1,
            }
        }
        self.literal(LitKind::String, ok);
    }

    fn raw_string(&mut self) {
        let ok = match self.text[self.at + 1..].find('`') {
            Some(i) => {
                self.at += i + 2;
                true
            }
            None => {
                self.error(self.start, "string not terminated");
                self.at = self.src.len();
                false
            }
        };
        self.literal(LitKind::String, ok);
    }

    /// The rest of an escape sequence, its backslash read. An end of the text is left to the caller.
    fn escape(&mut self, quote: u8) -> bool {
        if self.at_end() {
            return true;
        }
        let c = self.ch();
        let (digits, base, max) = match c {
            b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' => {
                self.at += 1;
                return true;
            }
            _ if c == quote => {
                self.at += 1;
                return true;
            }
            b'0'..=b'7' => (3, 8, 255),
            b'x' => (2, 16, 255),
            b'u' => (4, 16, char::MAX as u32),
            b'U' => (8, 16, char::MAX as u32),
            _ => {
                self.error_here("unknown escape");
                return false;
            }
        };
        if base == 16 {
            self.at += 1;
        }
        let mut x: u32 = 0;
        for _ in 0..digits {
            if self.at_end() {
                return true;
            }
            let c = self.char();
            let Some(d) = c.to_digit(base) else {
                self.error_here(format!("invalid character {} in {} escape", quoted(c), base_name(base)));
                return false;
            };
            x = x.wrapping_mul(base).wrapping_add(d);
            self.at += 1;
        }
        if x > max && base == 8 {
            self.error_here(format!("octal escape value {x} > 255"));
            return false;
        }
        if x > max || (0xD800..0xE000).contains(&x) {
            self.error_here(format!("escape is invalid Unicode code point {}", code_point(x)));
            return false;
        }
        true
    }

    /// A `//` comment up to its newline.
    fn line_comment(&mut self) {
        let start = self.at;
        let rest = &self.src[start + 2..];
        self.at = rest.iter().position(|&b| b == b'\n').map_or(self.src.len(), |i| start + 2 + i);
        let directive = match rest.first() {
            Some(b'g') => rest.starts_with(b"go:"),
            Some(b'l') => rest.starts_with(b"line "),
            Some(b'e') => rest.starts_with(b"export "),
            Some(b'c') => rest.starts_with(b"cgo:"),
            _ => false,
        };
        if directive {
            self.directive(start);
        }
    }

    /// A `/*` comment. True if it spans lines.
    fn full_comment(&mut self) -> bool {
        let start = self.at;
        match self.text[start + 2..].find("*/") {
            Some(i) => self.at = start + 2 + i + 2,
            None => {
                self.error(start, "comment not terminated");
                self.at = self.src.len();
                return self.src[start..].contains(&b'\n');
            }
        }
        if self.src[start + 2..].starts_with(b"line ") {
            self.directive(start);
        }
        self.src[start..self.at].contains(&b'\n')
    }

    fn directive(&mut self, start: usize) {
        let before = self.src[..start].iter().rposition(|&b| !matches!(b, b' ' | b'\t' | b'\r'));
        let blank = before.is_none_or(|i| self.src[i] == b'\n');
        self.events.push(Event::Directive { start, end: self.at, blank });
    }
}

fn base_name(base: u32) -> &'static str {
    match base {
        2 => "binary",
        8 => "octal",
        10 => "decimal",
        _ => "hexadecimal",
    }
}

/// The index of the first `_` in a number that does not stand between digits; a prefix counts as a digit.
fn invalid_separator(x: &[u8]) -> Option<usize> {
    let prefix = if x.len() >= 2 && x[0] == b'0' { x[1] | 0x20 } else { 0 };
    let prefixed = matches!(prefix, b'x' | b'o' | b'b');
    let from = if prefixed { 2 } else { 0 };
    // The previous byte: a digit, `_`, or anything else.
    let mut last = if prefixed { b'0' } else { b'.' };
    for (i, &c) in x.iter().enumerate().skip(from) {
        if c == b'_' {
            if last != b'0' {
                return Some(i);
            }
            last = b'_';
        } else if c.is_ascii_digit() || prefix == b'x' && c.is_ascii_hexdigit() {
            last = b'0';
        } else {
            if last == b'_' {
                return Some(i - 1);
            }
            last = b'.';
        }
    }
    (last == b'_').then(|| x.len() - 1)
}
