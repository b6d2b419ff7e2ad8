//! Values of rune and string literals.
//!
//! Requires: literals that the scanner has found well formed (others give `None`).

/// The bytes of a string literal, quotes included in `text`.
pub fn string_value(text: &str) -> Option<Vec<u8>> {
    if let Some(raw) = text.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.bytes().filter(|&b| b != b'\r').collect());
    }
    let mut rest = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        match rest.find('\\') {
            Some(i) => {
                out.extend_from_slice(&rest.as_bytes()[..i]);
                let (c, len, is_byte) = escape(&rest[i..])?;
                if is_byte {
                    out.push(c as u8);
                } else {
                    let mut buf = [0; 4];
                    out.extend_from_slice(char::from_u32(c)?.encode_utf8(&mut buf).as_bytes());
                }
                rest = &rest[i + len..];
            }
            None => {
                out.extend_from_slice(rest.as_bytes());
                break;
            }
        }
    }
    Some(out)
}

/// The code point of a rune literal, quotes included in `text`.
pub fn rune_value(text: &str) -> Option<u32> {
    let body = text.strip_prefix('\'')?.strip_suffix('\'')?;
    if body.starts_with('\\') {
        let (c, len, _) = escape(body)?;
        return (len == body.len()).then_some(c);
    }
    let mut chars = body.chars();
    let c = chars.next()?;
    chars.next().is_none().then_some(c as u32)
}

/// The escape sequence at the start of `s`: its value, its length, and whether it is one byte.
fn escape(s: &str) -> Option<(u32, usize, bool)> {
    let b = s.as_bytes();
    let number =
        |from: usize, len: usize, radix: u32| u32::from_str_radix(s.get(from..from + len)?, radix).ok();
    Some(match *b.get(1)? {
        b'a' => (7, 2, true),
        b'b' => (8, 2, true),
        b'f' => (12, 2, true),
        b'n' => (10, 2, true),
        b'r' => (13, 2, true),
        b't' => (9, 2, true),
        b'v' => (11, 2, true),
        c @ (b'\\' | b'\'' | b'"') => (c as u32, 2, true),
        b'x' => (number(2, 2, 16)?, 4, true),
        b'u' => (number(2, 4, 16)?, 6, false),
        b'U' => (number(2, 8, 16)?, 10, false),
        b'0'..=b'7' => (number(1, 3, 8)?, 4, true),
        _ => return None,
    })
}
