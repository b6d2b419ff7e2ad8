//! Loads packages from a Go tree for the checker's tests.
//!
//! In: import paths or files. Out: parsed packages in dependency order. Requires a Go tree (`GOROOT` or `go env`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use escargo_syntax::ast::File;
use escargo_syntax::build_constraint::{constraint_of, file_name_matches, is_test_file, platform_tag};
use escargo_syntax::{Diagnostic, SourceMap, parse_file};
use escargo_types::{Source, imports_of};

/// The Go tree to test against; None if there is none.
pub fn goroot() -> Option<PathBuf> {
    if let Some(root) = std::env::var_os("GOROOT") {
        return Some(root.into());
    }
    let out = std::process::Command::new("go").args(["env", "GOROOT"]).output().ok()?;
    let root = String::from_utf8(out.stdout).ok()?.trim().to_string();
    (!root.is_empty()).then(|| root.into())
}

#[derive(Default)]
pub struct Loader {
    pub sources: SourceMap,
    pub packages: Vec<Source>,
    pub diags: Vec<Diagnostic>,
    root: PathBuf,
    next_node: u32,
    /// Import path -> whether loading has ended.
    state: HashMap<String, bool>,
}

fn tag(t: &str) -> bool {
    let version = t.strip_prefix("go1.").and_then(|n| n.parse::<u32>().ok());
    platform_tag(t, "linux", "amd64")
        || t == "gc"
        || t == "goexperiment.aliastypeparams"
        || t == "goexperiment.regabiwrappers"
        || t == "goexperiment.regabiargs"
        || t == "goexperiment.swissmap"
        || version.is_some_and(|n| n <= 27)
}

impl Loader {
    pub fn new(root: &Path) -> Loader {
        Loader { root: root.to_path_buf(), next_node: 1, ..Loader::default() }
    }

    pub fn parse(&mut self, name: &str, text: String) -> (Rc<File>, Vec<Diagnostic>) {
        let index = self.sources.add(name, text).expect("sources below 4 GiB");
        let (file, diags) = parse_file(&self.sources, index, &mut self.next_node);
        (Rc::new(file), diags)
    }

    /// Loads a package of the Go tree and what it imports.
    pub fn load(&mut self, path: &str) -> bool {
        if path == "unsafe" {
            return true;
        }
        if let Some(&done) = self.state.get(path) {
            return done;
        }
        let mut dir = self.root.join("src").join(path);
        let mut full = path.to_string();
        if !dir.is_dir() {
            full = format!("vendor/{path}");
            dir = self.root.join("src").join(&full);
        }
        let Ok(entries) = std::fs::read_dir(&dir) else { return false };
        self.state.insert(path.to_string(), false);
        let mut names: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        names.sort();
        let mut files = Vec::new();
        let mut errors = false;
        for p in names {
            let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if !name.ends_with(".go") || is_test_file(&name) || !file_name_matches(&name, &tag) {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&p) else { continue };
            if let Ok(Some(c)) = constraint_of(&text)
                && !c.eval(&tag)
            {
                continue;
            }
            let shown = format!("{full}/{name}");
            let (file, diags) = self.parse(&shown, text);
            if file.package.name.as_str() == "documentation" {
                continue;
            }
            if imports_of(&file).iter().any(|(i, _)| i == "C") {
                continue;
            }
            errors |= !diags.is_empty();
            self.diags.extend(diags);
            files.push(file);
        }
        if files.is_empty() {
            return false;
        }
        self.load_imports(&files);
        self.packages.push(Source {
            path: full,
            files: files.into(),
            later: Vec::new(),
            go_version: (1, 27),
            has_syntax_errors: errors,
            complete: false,
        });
        self.state.insert(path.to_string(), true);
        true
    }

    pub fn load_imports(&mut self, files: &[Rc<File>]) {
        for f in files {
            for (path, _) in imports_of(f) {
                self.load(&path);
            }
        }
    }
}
