//! What directive comments mean to the parser: which are known, where they may stand, what they may say.
//!
//! The words are gc's. What only the library may use is reported by `reserved`, for who knows that a file is not the library's.

use crate::ast::*;
use crate::diag::Diagnostic;

/// Directives that belong to a function.
fn is_func_directive(name: &str) -> bool {
    matches!(
        name,
        "go:noescape"
            | "go:norace"
            | "go:nosplit"
            | "go:noinline"
            | "go:nocheckptr"
            | "go:systemstack"
            | "go:nowritebarrier"
            | "go:nowritebarrierrec"
            | "go:yeswritebarrierrec"
            | "go:cgo_unsafe_args"
            | "go:uintptrkeepalive"
            | "go:uintptrescapes"
            | "go:registerparams"
    )
}

/// Reports a directive of a kind that must not stand where `d` stands.
pub(crate) fn misplaced(d: &Directive, diags: &mut Vec<Diagnostic>) {
    if is_func_directive(&d.name) || d.name == "go:build" {
        diags.push(Diagnostic::error(d.pos, "misplaced compiler directive"));
    } else if d.name == "go:embed" {
        diags.push(Diagnostic::error(d.pos, "misplaced go:embed directive"));
    }
}

/// Checks a `go:` directive by itself; `blank`: it has a line of its own. False if it is not to be heeded.
pub(crate) fn check(d: &Directive, blank: bool, diags: &mut Vec<Diagnostic>) -> bool {
    let mut error = |message: String| diags.push(Diagnostic::error(d.pos, message));
    if !blank {
        error("misplaced compiler directive".into());
        return false;
    }
    let args = d.args.split_whitespace().count();
    match d.name.as_str() {
        "go:linkname" | "go:linknamestd" if !(1..=2).contains(&args) => {
            error(format!("usage: //{} localname [linkname]", d.name));
        }
        "go:wasmimport" if args != 2 => error("usage: //go:wasmimport importmodule importname".into()),
        "go:wasmexport" if args != 1 => error("usage: //go:wasmexport exportname".into()),
        "go:embed" => {
            let patterns = embed_patterns(&d.args).unwrap_or_else(|message| {
                error(message);
                Vec::new()
            });
            if patterns.is_empty() {
                error("usage: //go:embed pattern...".into());
                return false;
            }
        }
        _ => {}
    }
    true
}

/// The patterns of a `//go:embed` line: bare words and Go strings.
pub fn embed_patterns(args: &str) -> Result<Vec<String>, String> {
    let mut list = Vec::new();
    let mut rest = args.trim();
    while !rest.is_empty() {
        let invalid = || format!("invalid quoted string in //go:embed: {rest}");
        let len = match rest.as_bytes()[0] {
            b'`' => rest[1..].find('`').map(|i| i + 2).ok_or_else(invalid)?,
            b'"' => {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let is_end = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    is_end
                });
                end.map(|i| i + 2).ok_or_else(invalid)?
            }
            _ => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(len);
        if !after.is_empty() && !after.starts_with(char::is_whitespace) {
            return Err(invalid());
        }
        list.push(match word.as_bytes()[0] {
            b'`' => word[1..len - 1].into(),
            b'"' => {
                let value = crate::literal::string_value(word).ok_or_else(invalid)?;
                String::from_utf8(value).map_err(|_| invalid())?
            }
            _ => word.into(),
        });
        rest = after.trim_start();
    }
    Ok(list)
}

/// Checks that need the whole file.
pub(crate) fn check_file(file: &File, diags: &mut Vec<Diagnostic>) {
    if !file.directives.iter().any(|d| d.name == "go:linkname" || d.name == "go:linknamestd") {
        return;
    }
    let imports_unsafe = file.decls.iter().any(|d| {
        matches!(d, Decl::Import(ImportDecl { path: Expr { kind: ExprKind::BasicLit { text, .. }, .. }, .. })
            if matches!(&**text, "\"unsafe\"" | "`unsafe`"))
    });
    if imports_unsafe {
        return;
    }
    for d in &file.directives {
        let is_linkname = d.name == "go:linkname" || d.name == "go:linknamestd";
        // Others have been reported.
        if is_linkname && (1..=2).contains(&d.args.split_whitespace().count()) {
            let message = format!("//{} only allowed in Go files that import \"unsafe\"", d.name);
            diags.push(Diagnostic::error(d.pos, message));
        }
    }
}

/// Directives above a declaration that do not belong there.
pub(crate) fn check_decl(directives: &[Directive], is_func: bool, is_var: bool, diags: &mut Vec<Diagnostic>) {
    for d in directives {
        if !(is_func && is_func_directive(&d.name) || is_var && d.name == "go:embed") {
            misplaced(d, diags);
        }
    }
}

/// Directives of a user's file that only the library, or what cgo writes, may contain.
pub fn reserved(file: &File) -> Vec<Diagnostic> {
    let mut diags = Vec::new();
    for d in &file.directives {
        let mut error = |message: String| diags.push(Diagnostic::error(d.pos, message));
        let name = d.name.as_str();
        match name {
            "go:systemstack" | "go:nowritebarrier" | "go:nowritebarrierrec" | "go:yeswritebarrierrec" => {
                error(format!("//{name} only allowed in runtime"));
            }
            "go:uintptrkeepalive" => error(format!("//{name} is only allowed in the standard library")),
            _ if name.starts_with("go:cgo_") => {
                let fields = fields(&d.args);
                // Other systems need this one.
                let library = fields.get(2).filter(|_| name == "go:cgo_import_dynamic");
                match library.map(|l| l.trim_matches('"')) {
                    Some(l) if !l.is_empty() && !is_safe(l) => {
                        error(format!("invalid library name {l:?} in cgo_import_dynamic directive"));
                    }
                    Some(_) => {}
                    None => {
                        let blank = if d.args.is_empty() { "" } else { " " };
                        error(format!("//{name}{blank}{} only allowed in cgo-generated code", d.args));
                    }
                }
                if let Some(usage) = cgo_usage(name, &fields) {
                    error(format!("usage: //{name} {usage}"));
                }
            }
            _ => {}
        }
    }
    diags
}

/// How a cgo directive is written, if it is written otherwise.
fn cgo_usage(name: &str, fields: &[String]) -> Option<&'static str> {
    let quoted: Vec<bool> =
        fields.iter().map(|f| f.len() >= 2 && f.starts_with('"') && f.ends_with('"')).collect();
    let (right, usage) = match name {
        "go:cgo_export_static" | "go:cgo_export_dynamic" => {
            (matches!(quoted[..], [false] | [false, false]), "local [remote]")
        }
        "go:cgo_import_dynamic" => (
            matches!(quoted[..], [false] | [false, false] | [false, false, true]),
            "local [remote [\"library\"]]",
        ),
        "go:cgo_import_static" => (quoted == [false], "local"),
        "go:cgo_dynamic_linker" => (quoted == [true], "\"path\""),
        "go:cgo_ldflag" => (quoted == [true], "\"arg\""),
        _ => return None,
    };
    (!right).then_some(usage)
}

/// Words and quoted strings; a quote that is not closed belongs to no field.
fn fields(args: &str) -> Vec<String> {
    let mut out = Vec::new();
    let quotes = args.matches('"').count();
    for (i, part) in args.split('"').enumerate() {
        let is_last = i == quotes;
        if i % 2 == 0 {
            out.extend(part.split_whitespace().map(str::to_owned));
        } else if !is_last {
            out.push(format!("\"{part}\""));
        }
    }
    out
}

/// Whether a word is no option in disguise.
fn is_safe(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/') || !c.is_ascii())
}

/// The file that a line directive in `source` names.
pub(crate) fn resolve_file(source: &str, name: &str) -> String {
    let name = clean(name);
    let dir = source.rsplit_once('/').map_or(".", |(dir, _)| if dir.is_empty() { "/" } else { dir });
    if name.starts_with('/') || clean(dir) == "." { name } else { clean(&format!("{dir}/{name}")) }
}

/// The shortest path that means the same.
fn clean(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&p| p != "..") => {
                parts.pop();
            }
            ".." if is_rooted => {}
            _ => parts.push(part),
        }
    }
    let path = parts.join("/");
    match (is_rooted, path.is_empty()) {
        (true, _) => format!("/{path}"),
        (false, true) => ".".into(),
        (false, false) => path,
    }
}
