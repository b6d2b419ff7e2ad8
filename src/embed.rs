//! `//go:embed`: finds the files that patterns name and makes them the values of their variables.
//!
//! In: a parsed package. Out: for each variable a source text whose one variable has the value; the loader parses it and puts the value
//! into the tree. The files of an `embed.FS` are a package of their own, generated here, that knows the layout of `embed.FS`.
//! Guarantees: mistakes are said in the go command's or the compiler's words.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use escargo_syntax::ast::{Decl, Expr, ExprKind, File, VarDecl};
use escargo_syntax::{Diagnostic, Pos};

/// Where the generated packages seem to lie.
const PREFIX: &str = "escargo/embedded/";

/// The file systems of a program.
#[derive(Default)]
pub struct Embedder {
    packages: Vec<String>,
}

/// What was found for a file of a package.
#[derive(Default)]
pub struct Found {
    /// Of the go command.
    pub errors: Vec<(Pos, String)>,
    /// Of the compiler.
    pub diagnostics: Vec<Diagnostic>,
    pub values: Vec<Value>,
}

/// The value of a variable.
pub struct Value {
    /// A Go file: imports, and one variable with the value.
    pub source: String,
    /// Index of the variable's declaration in its file.
    decl: usize,
}

impl Value {
    /// Moves the value from the parsed `source` into the file.
    pub fn splice(self, file: &mut File, parsed: File) {
        for d in parsed.decls {
            match d {
                Decl::Var(v) => {
                    if let Decl::Var(target) = &mut file.decls[self.decl] {
                        target.values = v.values;
                    }
                }
                import => file.decls.push(import),
            }
        }
    }
}

enum Kind {
    Text,
    Bytes,
    Files,
    Other,
}

/// What the type of a variable means, as far as the package's own declarations say.
fn kind_of(ty: &Expr, files: &[File], depth: usize) -> Kind {
    match &ty.kind {
        ExprKind::Name(n) if n.as_str() == "string" => Kind::Text,
        ExprKind::Name(n) if depth < 10 => {
            let declared = files.iter().flat_map(|f| &f.decls).find_map(|d| match d {
                Decl::Type(t) if t.name.name == *n => Some(&t.ty),
                _ => None,
            });
            declared.map_or(Kind::Other, |t| kind_of(t, files, depth + 1))
        }
        ExprKind::SliceType(elem) => match &elem.kind {
            ExprKind::Name(n) if matches!(n.as_str(), "byte" | "uint8") => Kind::Bytes,
            ExprKind::Name(n) if depth < 10 && matches!(kind_of_byte(n.as_str(), files), Some(true)) => {
                Kind::Bytes
            }
            _ => Kind::Other,
        },
        ExprKind::Selector { x, sel } => match &x.kind {
            ExprKind::Name(_) if sel.name.as_str() == "FS" => Kind::Files,
            _ => Kind::Other,
        },
        _ => Kind::Other,
    }
}

/// Whether a declared type is a byte.
fn kind_of_byte(name: &str, files: &[File]) -> Option<bool> {
    files.iter().flat_map(|f| &f.decls).find_map(|d| match d {
        Decl::Type(t) if t.name.name.as_str() == name => {
            Some(matches!(&t.ty.kind, ExprKind::Name(n) if matches!(n.as_str(), "byte" | "uint8")))
        }
        _ => None,
    })
}

/// A Go string literal of any bytes.
fn quote(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for &b in bytes {
        match b {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(b as char);
            }
            b' '..=b'~' => out.push(b as char),
            _ => {
                let _ = write!(out, "\\x{b:02x}");
            }
        }
    }
    out.push('"');
    out
}

impl Embedder {
    /// The source of a generated package.
    pub fn package(&self, path: &str) -> Option<&str> {
        let index: usize = path.strip_prefix(PREFIX)?.parse().ok()?;
        self.packages.get(index).map(|s| s.as_str())
    }

    /// Looks at the variables of file `index` of a package in `dir`.
    pub fn find(&mut self, dir: &Path, files: &[File], index: usize) -> Found {
        let mut found = Found::default();
        for (decl, d) in files[index].decls.iter().enumerate() {
            let Decl::Var(v) = d else { continue };
            let patterns = patterns_of(v);
            // Others have been reported by the parser.
            if patterns.is_empty() || v.names.len() != 1 || !v.values.is_empty() {
                continue;
            }
            let Some(ty) = &v.ty else { continue };
            let mut matched: BTreeMap<String, Vec<u8>> = BTreeMap::new();
            let errors = found.errors.len();
            for (pos, pattern) in &patterns {
                if let Err(why) = matching(dir, pattern, &mut matched) {
                    found.errors.push((*pos, format!("pattern {pattern}: {why}")));
                }
            }
            if found.errors.len() > errors {
                continue;
            }
            let source = match kind_of(ty, files, 0) {
                Kind::Files => {
                    let n = self.packages.len();
                    self.packages.push(file_system(&matched));
                    format!(
                        "package p\nimport embedded\u{1d07}{n} \"{PREFIX}{n}\"\nvar _ = embedded\u{1d07}{n}.FS\n"
                    )
                }
                Kind::Other => {
                    let name = match &ty.kind {
                        ExprKind::Name(n) => n.as_str(),
                        _ => "other than string, []byte or embed.FS",
                    };
                    let message = format!("go:embed cannot apply to var of type {name}");
                    found.diagnostics.push(Diagnostic::error(v.names[0].pos, message));
                    continue;
                }
                kind => {
                    let mut contents = matched.into_values();
                    let (Some(bytes), None) = (contents.next(), contents.next()) else {
                        let name = if matches!(kind, Kind::Text) { "string" } else { "[]byte" };
                        let message = format!("invalid go:embed: multiple files for type {name}");
                        found.diagnostics.push(Diagnostic::error(v.names[0].pos, message));
                        continue;
                    };
                    let text = quote(&bytes);
                    match kind {
                        Kind::Bytes => format!("package p\nvar _ = []byte({text})\n"),
                        _ => format!("package p\nvar _ = {text}\n"),
                    }
                }
            };
            found.values.push(Value { source, decl });
        }
        found
    }
}

/// The patterns above a variable, each with its position.
fn patterns_of(v: &VarDecl) -> Vec<(Pos, String)> {
    let mut out = Vec::new();
    for d in v.directives.iter().filter(|d| d.name == "go:embed") {
        for p in escargo_syntax::embed_patterns(&d.args).unwrap_or_default() {
            let offset = d.args.find(p.as_str()).unwrap_or(0);
            let quoted = d.args[..offset].ends_with(['"', '`']) as usize;
            out.push((Pos(d.pos.0 + "go:embed ".len() as u32 + (offset - quoted) as u32), p));
        }
    }
    out
}

/// Adds the files that a pattern names, by their slash paths.
fn matching(dir: &Path, pattern: &str, out: &mut BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let (all, glob) = match pattern.strip_prefix("all:") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let bad_element = |e: &str| e.is_empty() || e == ".." || e == "." && glob != ".";
    if glob.is_empty() || glob.split('/').any(bad_element) || glob.contains('\\') {
        return Err("invalid pattern syntax".into());
    }
    let mut names = vec![String::new()];
    for element in glob.split('/').filter(|e| *e != ".") {
        let mut next = Vec::new();
        for name in &names {
            let Ok(entries) = std::fs::read_dir(dir.join(name)) else { continue };
            for e in entries.flatten() {
                if let Some(n) = e.file_name().to_str()
                    && glob_matches(element.as_bytes(), n.as_bytes())
                {
                    next.push(if name.is_empty() { n.to_owned() } else { format!("{name}/{n}") });
                }
            }
        }
        names = next;
    }
    names.sort();
    if names.is_empty() {
        return Err("no matching files found".into());
    }
    for name in names {
        let path = dir.join(&name);
        let kind = std::fs::symlink_metadata(&path).map_err(|e| e.to_string())?;
        if kind.is_dir() {
            if path.join("go.mod").is_file() && !name.is_empty() {
                return Err(format!("cannot embed directory {name}: in different module"));
            }
            let before = out.len();
            add_folder(dir, &name, all, out)?;
            if out.len() == before && !out.keys().any(|k| k.starts_with(&format!("{name}/"))) {
                return Err(format!("cannot embed directory {name}: contains no embeddable files"));
            }
        } else if kind.is_file() {
            out.insert(name.clone(), std::fs::read(&path).map_err(|e| e.to_string())?);
        } else {
            return Err(format!("cannot embed irregular file {name}"));
        }
    }
    Ok(())
}

/// Adds what lies in a folder; hidden files only with `all`.
fn add_folder(dir: &Path, name: &str, all: bool, out: &mut BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let entries = std::fs::read_dir(dir.join(name)).map_err(|e| e.to_string())?;
    for e in entries.flatten() {
        let file_name = e.file_name();
        let Some(n) = file_name.to_str() else { continue };
        if !all && n.starts_with(['.', '_']) {
            continue;
        }
        let child = if name.is_empty() { n.to_owned() } else { format!("{name}/{n}") };
        let Ok(kind) = e.file_type() else { continue };
        if kind.is_dir() {
            if !e.path().join("go.mod").is_file() {
                add_folder(dir, &child, all, out)?;
            }
        } else if kind.is_file() {
            out.insert(child, std::fs::read(e.path()).map_err(|e| e.to_string())?);
        }
    }
    Ok(())
}

/// `path.Match` for one element: `*`, `?`, `[a-z]`.
fn glob_matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.first() {
        None => name.is_empty(),
        Some(b'*') => (0..=name.len()).any(|i| glob_matches(&pattern[1..], &name[i..])),
        Some(b'?') => !name.is_empty() && glob_matches(&pattern[1..], &name[1..]),
        Some(b'[') => {
            let Some(end) = pattern.iter().skip(2).position(|&b| b == b']').map(|i| i + 2) else {
                return false;
            };
            let Some(&c) = name.first() else { return false };
            let (negated, set) = match pattern[1] {
                b'^' => (true, &pattern[2..end]),
                _ => (false, &pattern[1..end]),
            };
            let mut inside = false;
            let mut i = 0;
            while i < set.len() {
                if i + 2 < set.len() && set[i + 1] == b'-' {
                    inside |= (set[i]..=set[i + 2]).contains(&c);
                    i += 3;
                } else {
                    inside |= set[i] == c;
                    i += 1;
                }
            }
            inside != negated && glob_matches(&pattern[end + 1..], &name[1..])
        }
        Some(&b) => name.first() == Some(&b) && glob_matches(&pattern[1..], &name[1..]),
    }
}

/// A package with an `embed.FS` of the files, whose only field points to its files: name, contents, hash. Folders have a slash at their
/// end; the order is by folder, then by name.
fn file_system(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut entries: Vec<(String, String, String)> = Vec::new();
    let split = |name: &str| match name.trim_end_matches('/').rsplit_once('/') {
        Some((dir, elem)) => (dir.to_owned(), elem.to_owned()),
        None => (".".to_owned(), name.trim_end_matches('/').to_owned()),
    };
    for (name, data) in files {
        let (dir, elem) = split(name);
        entries.push((dir, elem, format!("{{name: {}, data: {}}}", quote(name.as_bytes()), quote(data))));
        let mut parent = name.as_str();
        while let Some((p, _)) = parent.rsplit_once('/') {
            let (dir, elem) = split(p);
            entries.push((dir, elem, format!("{{name: {}}}", quote(format!("{p}/").as_bytes()))));
            parent = p;
        }
    }
    entries.sort();
    entries.dedup();
    let mut out = String::from(
        "package embedded\n\nimport (\n\t\"embed\"\n\t\"unsafe\"\n)\n\ntype file struct {\n\tname, data string\n\thash [16]byte\n}\n\nvar files = []file{\n",
    );
    for (_, _, text) in entries {
        let _ = writeln!(out, "\t{text},");
    }
    out.push_str("}\n\nvar list = &files\n\nvar FS = *(*embed.FS)(unsafe.Pointer(&list))\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_path_match_does() {
        for (pattern, name, wanted) in [
            ("*.txt", "a.txt", true),
            ("*.txt", "a.txt2", false),
            ("a?c", "abc", true),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("a*b*c", "axxbyyc", true),
            ("", "", true),
        ] {
            assert_eq!(glob_matches(pattern.as_bytes(), name.as_bytes()), wanted, "{pattern} {name}");
        }
    }

    #[test]
    fn a_file_system_lists_folders_before_what_they_hold() {
        let files = BTreeMap::from([("d/e/x".to_owned(), vec![1]), ("a".to_owned(), vec![b'"'])]);
        let text = file_system(&files);
        let order: Vec<usize> = ["\"a\"", "\"d/\"", "\"d/e/\"", "\"d/e/x\""]
            .iter()
            .map(|n| text.find(n).expect("it is listed"))
            .collect();
        assert!(order.is_sorted(), "{text}");
        assert!(text.contains(r#"data: "\"""#), "{text}");
    }
}
