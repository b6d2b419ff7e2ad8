//! Text to S-expressions. Errors begin with `line:column: `.

/// An expression and the byte offset where it starts.
#[derive(Debug, Clone)]
pub struct Form {
    pub at: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Int(i64),
    Name(String),
    List(Vec<Form>),
}

/// Lists nest no deeper than this.
const MAX_DEPTH: usize = 1000;

/// `line:column: message` for an offset.
pub fn error(text: &str, at: usize, message: &str) -> String {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = at - before.rfind('\n').map_or(0, |n| n + 1) + 1;
    format!("{line}:{column}: {message}")
}

/// All forms of a text; `;` starts a comment.
pub fn parse(text: &str) -> Result<Vec<Form>, String> {
    // Open lists, the outermost first; the bottom one holds the result.
    let mut open: Vec<(usize, Vec<Form>)> = vec![(0, Vec::new())];
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let at = i;
        i += 1;
        let form = match bytes[at] {
            b';' => {
                i += text[i..].find('\n').unwrap_or(text.len() - i);
                continue;
            }
            c if c.is_ascii_whitespace() => continue,
            b'(' if open.len() == MAX_DEPTH => return Err(error(text, at, "nested too deeply")),
            b'(' => {
                open.push((at, Vec::new()));
                continue;
            }
            b')' => match open.pop() {
                Some((start, items)) if !open.is_empty() => Form { at: start, kind: Kind::List(items) },
                _ => return Err(error(text, at, "unexpected )")),
            },
            _ => {
                i += text[i..]
                    .find(|c: char| c.is_whitespace() || "();".contains(c))
                    .unwrap_or(text.len() - i);
                let word = &text[at..i];
                let kind = word.parse().map_or_else(|_| Kind::Name(word.to_owned()), Kind::Int);
                Form { at, kind }
            }
        };
        open.last_mut().expect("the bottom list stays open").1.push(form);
    }
    match open.pop() {
        Some((_, forms)) if open.is_empty() => Ok(forms),
        Some((at, _)) => Err(error(text, at, "missing )")),
        None => Ok(Vec::new()),
    }
}
