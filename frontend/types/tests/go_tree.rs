//! Go's own library and test tree through the type checker. Skipped where they are not installed: the library is looked for in
//! `GOROOT`, the test tree in `ESCARGO_GO_TESTS` (or where Debian's golang-1.19-src puts it). `ESCARGO_FILTER` picks tests by
//! path, `ESCARGO_VERBOSE` prints what is wrong with each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use escargo_syntax::build_constraint::{constraint_of, file_name_matches, is_test_file, platform_tag};
use escargo_syntax::{Diagnostic, SourceMap, ast};
use escargo_types::version::NEWEST;
use escargo_types::{Options, Source, check_program, imports_of};

/// Experiments that Go 1.27 has on by default.
const EXPERIMENTS: &[&str] = &[
    "regabiwrappers",
    "regabiargs",
    "dwarf5",
    "randomizedheapbase64",
    "greenteagc",
    "jsonv2",
    "sizespecializedmalloc",
];

fn tag(tag: &str) -> bool {
    if let Some(experiment) = tag.strip_prefix("goexperiment.") {
        return EXPERIMENTS.contains(&experiment);
    }
    let version = tag.strip_prefix("go1.").and_then(|n| n.parse::<u32>().ok());
    platform_tag(tag, "linux", "amd64") || tag == "gc" || version.is_some_and(|v| v <= NEWEST.1)
}

fn goroot() -> Option<PathBuf> {
    let dir = PathBuf::from(std::env::var_os("GOROOT")?);
    dir.join("src/fmt").is_dir().then_some(dir)
}

fn go_tests() -> Option<PathBuf> {
    let dir = std::env::var_os("ESCARGO_GO_TESTS").map_or("/usr/share/go-1.19/test".into(), PathBuf::from);
    dir.join("235.go").is_file().then_some(dir)
}

fn list(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/go").join(name);
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let filter = std::env::var("ESCARGO_FILTER").unwrap_or_default();
    text.lines().filter(|l| !l.starts_with('#') && l.contains(&filter)).map(str::to_owned).collect()
}

/// Packages loaded so far, imported ones first.
struct Loader {
    root: Option<PathBuf>,
    sources: SourceMap,
    packages: Vec<Source>,
    /// Directory -> whether it could be loaded; absent while not tried.
    done: BTreeMap<String, bool>,
    next_node: u32,
    syntax_errors: Vec<Diagnostic>,
}

impl Loader {
    fn new(root: Option<PathBuf>) -> Loader {
        Loader {
            root,
            sources: SourceMap::default(),
            packages: Vec::new(),
            done: BTreeMap::from([("unsafe".to_owned(), true)]),
            next_node: 1,
            syntax_errors: Vec::new(),
        }
    }

    /// Parses a file; None if it does not belong to the build.
    fn parse(&mut self, path: &Path, name: &str) -> Option<ast::File> {
        let bytes = std::fs::read(path).ok()?;
        if let Ok(Some(c)) = constraint_of(&String::from_utf8_lossy(&bytes))
            && !c.eval(&tag)
        {
            return None;
        }
        let index = self.sources.add_bytes(name, bytes).ok()?;
        let (file, diags) = escargo_syntax::parse_file(&self.sources, index, &mut self.next_node);
        self.syntax_errors.extend(diags);
        Some(file)
    }

    /// Loads a package of the library and what it imports.
    fn load(&mut self, path: &str) -> bool {
        if let Some(&ok) = self.done.get(path) {
            return ok;
        }
        self.done.insert(path.to_owned(), false);
        let Some(root) = &self.root else { return false };
        let mut dir = root.join("src").join(path);
        let mut full = path.to_owned();
        if !dir.is_dir() {
            full = format!("vendor/{path}");
            dir = root.join("src").join(&full);
        }
        let Ok(entries) = std::fs::read_dir(&dir) else { return false };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
        names.sort();
        let mut files = Vec::new();
        for name in names {
            if !name.ends_with(".go") || is_test_file(&name) || !file_name_matches(&name, &tag) {
                continue;
            }
            files.extend(self.parse(&dir.join(&name), &format!("{full}/{name}")).map(Rc::new));
        }
        files.retain(|f| !imports_of(f).iter().any(|(p, _)| p == "C"));
        let Some(first) = files.first() else { return false };
        if first.package.name.as_str() == "main" {
            return false;
        }
        let ok = files.iter().all(|f| imports_of(f).iter().all(|(p, _)| self.load(p)));
        self.packages.push(Source {
            path: path.to_owned(),
            files: files.into(),
            later: Vec::new(),
            go_version: NEWEST,
            has_syntax_errors: false,
            complete: false,
        });
        self.done.insert(path.to_owned(), ok);
        ok
    }

    /// Adds a test file as a package of its own; false if it imports what cannot be loaded.
    fn add_test(&mut self, tree: &Path, path: &str) -> bool {
        let errors = self.syntax_errors.len();
        let Some(file) = self.parse(&tree.join(path), path) else { return false };
        let reachable = imports_of(&file).iter().all(|(p, _)| self.load(p));
        self.packages.push(Source {
            path: format!("test {path}"),
            files: vec![Rc::new(file)].into(),
            later: Vec::new(),
            go_version: NEWEST,
            // Malformed literals and the like do not keep a package from being checked.
            has_syntax_errors: self.syntax_errors[errors..]
                .iter()
                .any(|d| d.message.starts_with("syntax error")),
            complete: false,
        });
        reachable
    }

    /// Messages of everything, by file name and line.
    fn check(&self) -> BTreeMap<String, Vec<(u32, String)>> {
        let start = std::time::Instant::now();
        let (_, _, diags) =
            check_program(&self.packages, &self.sources, &Options { keep_going: true, ..Options::default() });
        println!("checked {} packages in {:?}", self.packages.len(), start.elapsed());
        let mut by_file: BTreeMap<String, Vec<(u32, String)>> = BTreeMap::new();
        for d in self.syntax_errors.iter().chain(&diags) {
            let file = self.sources.file_of(d.pos).map_or("?", |f| &f.name);
            let line = self.sources.locate(d.pos).map_or(0, |l| l.line);
            by_file.entry(file.to_owned()).or_default().push((line, d.message.clone()));
        }
        by_file
    }
}

/// Deeply nested expressions need room.
fn with_stack(f: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(512 << 20).spawn(f).expect("a thread can be started");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn verbose() -> bool {
    std::env::var_os("ESCARGO_VERBOSE").is_some()
}

#[test]
fn the_library_checks() {
    let Some(root) = goroot() else {
        println!("skipped: GOROOT names no Go installation");
        return;
    };
    with_stack(move || {
        let mut loader = Loader::new(Some(root.clone()));
        let filter = std::env::var("ESCARGO_FILTER").unwrap_or_default();
        let mut dirs = vec![String::new()];
        while let Some(dir) = dirs.pop() {
            let Ok(entries) = std::fs::read_dir(root.join("src").join(&dir)) else { continue };
            for e in entries.flatten().filter(|e| e.path().is_dir()) {
                let name = e.file_name().to_string_lossy().into_owned();
                let path = if dir.is_empty() { name.clone() } else { format!("{dir}/{name}") };
                if !matches!(name.as_str(), "testdata" | "vendor" | "cmd") && !name.starts_with(['.', '_']) {
                    dirs.push(path);
                }
            }
            if dir.contains(&filter) && dir != "builtin" {
                loader.load(&dir);
            }
        }
        let errors = loader.check();
        let mut total = 0;
        for (file, list) in &errors {
            total += list.len();
            for (line, message) in list.iter().take(if verbose() { usize::MAX } else { 3 }) {
                println!("{file}:{line}: {message}");
            }
        }
        assert_eq!(total, 0, "errors in {} files of {} packages", errors.len(), loader.packages.len());
    });
}

#[test]
fn run_tests_check() {
    let Some(tree) = go_tests() else {
        println!("skipped: Go's test tree is not installed");
        return;
    };
    with_stack(move || {
        let mut loader = Loader::new(goroot());
        let mut names = Vec::new();
        for line in list("run_pass.txt") {
            let path = line.split('\t').next().unwrap_or_default();
            // Consists of two files.
            if path == "cmplxdivide.go" {
                continue;
            }
            if loader.add_test(&tree, path) {
                names.push(path.to_owned());
            } else {
                loader.packages.pop();
            }
        }
        let errors = loader.check();
        let mut failed = 0;
        for name in &names {
            let Some(list) = errors.get(name) else { continue };
            failed += 1;
            for (line, message) in list.iter().take(3) {
                println!("{name}:{line}: {message}");
            }
        }
        println!("{} of {} run tests check", names.len() - failed, names.len());
        assert_eq!(failed, 0);
    });
}

/// Lines that carry an ERROR comment for gc.
fn marked_lines(text: &str) -> BTreeSet<u32> {
    let marks = ["ERROR ", "ERRORAUTO ", "GC_ERROR "];
    let marked = |line: &str| {
        !line.contains("////") && line.split("// ").skip(1).any(|c| marks.iter().any(|m| c.starts_with(m)))
    };
    text.lines().zip(1..).filter(|(l, _)| marked(l)).map(|(_, n)| n).collect()
}

#[test]
fn errorcheck_tests_have_errors_on_the_marked_lines() {
    let Some(tree) = go_tests() else {
        println!("skipped: Go's test tree is not installed");
        return;
    };
    with_stack(move || {
        let mut loader = Loader::new(goroot());
        let mut names = Vec::new();
        for line in list("errorcheck.txt").iter().filter(|l| l.contains("lines-ok")) {
            let path = line.split('\t').next().unwrap_or_default();
            loader.add_test(&tree, path);
            names.push(path.to_owned());
        }
        let errors = loader.check();
        let mut failed = 0;
        for name in &names {
            let text = std::fs::read(tree.join(name)).unwrap_or_default();
            let want = marked_lines(&String::from_utf8_lossy(&text));
            let none = Vec::new();
            let got = errors.get(name).unwrap_or(&none);
            let lines: BTreeSet<u32> = got.iter().map(|(l, _)| *l).collect();
            if want == lines {
                continue;
            }
            failed += 1;
            println!("{name}: missing {:?}", want.difference(&lines).collect::<Vec<_>>());
            for (line, message) in got.iter().filter(|(l, _)| !want.contains(l)) {
                println!("    extra {line}: {message}");
            }
        }
        let total = names.len();
        println!("{} of {total} errorcheck tests have errors on the marked lines", total - failed);
        assert!(total < 480 || total - failed >= 440);
    });
}
