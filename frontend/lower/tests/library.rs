//! Every function of Go's own library through lowering and the IR verifier: packages of `GOROOT`, over the bundled ones.
//!
//! Skipped without `GOROOT`. `ESCARGO_FILTER` picks packages by path, `ESCARGO_VERBOSE` prints what is wrong with each.
//! Packages that do not type-check over the bundled ones, or rest on assembly, are left out.

mod support;

use std::path::{Path, PathBuf};

use escargo_syntax::SourceMap;
use escargo_syntax::ast::{Decl, ExprKind};
use support::{Loader, for_all, goroot_files, lower, report};

fn packages(src: &Path, dir: &Path, out: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for e in entries.flatten() {
        let path = e.path();
        let name = e.file_name().to_string_lossy().into_owned();
        if !path.is_dir() || matches!(name.as_str(), "cmd" | "testdata" | "vendor" | "runtime") {
            continue;
        }
        let import = path.strip_prefix(src).expect("below src").to_string_lossy().into_owned();
        if escargo_std::package(&import).is_none() && goroot_files(&import).is_some_and(|f| !f.is_empty()) {
            out.push(import);
        }
        packages(src, &path, out);
    }
}

/// A file of the package that mentions every function and method that is not generic.
fn mention_all(texts: &[(String, String)]) -> String {
    let mut package = String::new();
    let mut out = String::new();
    for (name, text) in texts {
        if !support::is_built(name, text) {
            continue;
        }
        let mut sources = SourceMap::default();
        let i = sources.add(name.clone(), text.clone()).expect("a file is small");
        let (file, _) = escargo_syntax::parse_file(&sources, i, &mut 0);
        package = file.package.name.to_string();
        for d in &file.decls {
            let Decl::Func(f) = d else { continue };
            if f.name.name.is_blank()
                || !f.tparams.is_empty()
                || f.name.name.as_str() == "init"
                || f.body.is_none()
            {
                continue;
            }
            match f.recv.as_ref().map(|r| &r.ty.kind) {
                None => out.push_str(&format!("\t{},\n", f.name.name)),
                Some(ExprKind::Name(t)) => out.push_str(&format!("\t{t}.{},\n", f.name.name)),
                Some(ExprKind::Star(t)) => {
                    if let ExprKind::Name(t) = t.kind {
                        out.push_str(&format!("\t(*{t}).{},\n", f.name.name));
                    }
                }
                _ => {}
            }
        }
    }
    format!("package {package}\n\nvar EscargoMentioned = []any{{\n{out}}}\n")
}

#[test]
fn library_lowers() {
    let Some(goroot) = std::env::var_os("GOROOT") else { return };
    let src = PathBuf::from(goroot).join("src");
    let filter = std::env::var("ESCARGO_FILTER").unwrap_or_default();
    let mut list = Vec::new();
    packages(&src, &src, &mut list);
    list.retain(|p| p.contains(&filter));
    list.sort();
    let results = for_all(&list, |path| {
        let mut texts = goroot_files(path).unwrap_or_default();
        let all = mention_all(&texts);
        if all.starts_with("package main\n") || all.starts_with("package \n") {
            return Ok(false);
        }
        texts.push(("escargo_mentioned.go".into(), all));
        let mut loader = Loader::default();
        if !loader.import("runtime") || !loader.add(path, texts, false) {
            return Ok(false);
        }
        let main = format!(
            "package main\n\nimport p {path:?}\n\nfunc main() {{ _ = p.EscargoMentioned; println(p.EscargoMentioned[0]) }}\n"
        );
        loader.done.insert(path.into(), true);
        loader.add("main", vec![("main.go".into(), main)], true);
        match lower(loader) {
            Err(e) if e.starts_with("check: ") => {
                if std::env::var_os("ESCARGO_CHECK").is_some() {
                    eprintln!("{path}: {e}");
                }
                Ok(false)
            }
            // Assembly, or a function that Go's own runtime defines.
            Err(e) if e.ends_with(" not defined") => Ok(false),
            r => r.map(|()| true),
        }
    });
    let failed = report(&results);
    assert!(failed.is_empty(), "{} packages fail to lower: {:?}", failed.len(), failed.first());
}
