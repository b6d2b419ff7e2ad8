//! The run tests of Go's own tree through lowering and the IR verifier.
//!
//! Skipped where the tree is not installed: it is looked for in `ESCARGO_GO_TESTS` (or where Debian's golang-1.19-src puts
//! it). `ESCARGO_FILTER` picks tests by path, `ESCARGO_VERBOSE` prints what is wrong with each. Packages that are not bundled
//! come from `GOROOT`; without it, programs that import such are left out.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use escargo_syntax::SourceMap;
use escargo_syntax::build_constraint::{self, platform_tag};
use escargo_types::version::NEWEST;
use escargo_types::{Options, Source, check_program, imports_of};

fn go_tests() -> Option<PathBuf> {
    let dir = std::env::var_os("ESCARGO_GO_TESTS").map_or("/usr/share/go-1.19/test".into(), PathBuf::from);
    dir.join("235.go").is_file().then_some(dir)
}

/// Assembly has no place here: the portable versions of functions are taken.
fn tag(tag: &str) -> bool {
    let version = tag.strip_prefix("go1.").and_then(|n| n.parse::<u32>().ok());
    platform_tag(tag, "linux", "amd64")
        || matches!(tag, "gc" | "purego" | "escargo")
        || version.is_some_and(|v| v <= NEWEST.1)
}

/// The files of a package of Go's own library.
fn goroot_files(path: &str) -> Option<Vec<(String, String)>> {
    let src = PathBuf::from(std::env::var_os("GOROOT")?).join("src");
    let dir = [src.join(path), src.join("vendor").join(path)].into_iter().find(|d| d.is_dir())?;
    let mut names: Vec<PathBuf> = std::fs::read_dir(dir).ok()?.filter_map(|e| Some(e.ok()?.path())).collect();
    names.sort();
    let files = names.into_iter().filter_map(|p| {
        let name = p.file_name()?.to_str()?;
        if !name.ends_with(".go") || build_constraint::is_test_file(name) {
            return None;
        }
        Some((name.to_string(), std::fs::read_to_string(&p).ok()?))
    });
    Some(files.collect())
}

#[derive(Default)]
struct Loader {
    sources: SourceMap,
    packages: Vec<Source>,
    done: BTreeMap<String, bool>,
    next_node: u32,
}

impl Loader {
    /// Loads a bundled package and what it imports; false if it is not bundled.
    fn import(&mut self, path: &str) -> bool {
        if path == "unsafe" {
            return true;
        }
        if let Some(&ok) = self.done.get(path) {
            return ok;
        }
        self.done.insert(path.into(), false);
        let texts = match escargo_std::package(path) {
            Some(files) => files.iter().map(|f| (format!("{path}/{}", f.name), f.text.to_string())).collect(),
            None => match goroot_files(path) {
                Some(texts) => texts,
                None => return false,
            },
        };
        let ok = self.add(path, texts, false);
        self.done.insert(path.into(), ok);
        ok
    }

    fn add(&mut self, path: &str, texts: Vec<(String, String)>, complete: bool) -> bool {
        let mut files = Vec::new();
        for (name, text) in texts {
            if !build_constraint::file_name_matches(&name, &tag)
                || build_constraint::constraint_of(&text).is_ok_and(|c| c.is_some_and(|c| !c.eval(&tag)))
            {
                continue;
            }
            let i = self.sources.add(name, text).expect("sources are small");
            let (file, _) = escargo_syntax::parse_file(&mut self.sources, i, &mut self.next_node);
            files.push(Rc::new(file));
        }
        for file in files.clone() {
            for (import, _) in imports_of(&file) {
                if !self.import(&import) {
                    return false;
                }
            }
        }
        let source =
            Source { path: path.into(), files, go_version: NEWEST, has_syntax_errors: false, complete };
        self.packages.push(source);
        true
    }
}

/// Ok(false): not applicable.
fn lower(name: &str, text: String) -> Result<bool, String> {
    let mut loader = Loader::default();
    loader.import("runtime");
    if !loader.add("main", vec![(name.into(), text)], true) {
        return Ok(false);
    }
    let (world, info, diags) = check_program(&loader.packages, &loader.sources, &Options::default());
    if let Some(d) = diags.iter().find(|d| !d.soft) {
        let at = loader.sources.locate(d.pos).map_or(String::new(), |l| l.to_string());
        return Err(format!("check: {at}: {}", d.message));
    }
    let module = escargo_lower::lower(world, info, &loader.sources, &escargo_lower::Options::default());
    let module = module.map_err(|ds| format!("diagnostic: {}", ds[0].message))?;
    if std::env::var_os("ESCARGO_PRINT").is_some() {
        println!("{}", escargo_ir::print_module(&module));
    }
    escargo_ir::verify(&module).map_err(|e| format!("verify: {}", e[0]))?;
    Ok(true)
}

#[test]
fn run_tests_lower() {
    let Some(root) = go_tests() else { return };
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/go/run_pass.txt");
    let list = std::fs::read_to_string(list).expect("the list of run tests is part of the repository");
    let filter = std::env::var("ESCARGO_FILTER").unwrap_or_default();
    let tests: Vec<&str> = list
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.split('\t').next())
        .filter(|t| t.contains(&filter))
        .collect();
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|s| {
        for _ in 0..2 {
            let worker = || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&test) = tests.get(i) else { break };
                    let Ok(text) = std::fs::read_to_string(root.join(test)) else { continue };
                    let outcome = catch_unwind(AssertUnwindSafe(|| lower(test, text)));
                    let outcome = outcome.unwrap_or_else(|p| {
                        let text = p.downcast_ref::<String>().cloned();
                        let text = text.or_else(|| p.downcast_ref::<&str>().map(|s| s.to_string()));
                        Err(format!("panic: {}", text.unwrap_or_default()))
                    });
                    results.lock().expect("no worker panics").push((test, outcome));
                }
            };
            std::thread::Builder::new()
                .stack_size(256 << 20)
                .spawn_scoped(s, worker)
                .expect("a thread starts");
        }
    });
    let mut results = results.into_inner().expect("no worker panics");
    results.sort();
    let lowered = results.iter().filter(|r| r.1 == Ok(true)).count();
    let failed: Vec<_> = results.iter().filter_map(|(t, r)| r.as_ref().err().map(|e| (t, e))).collect();
    eprintln!(
        "{lowered} lowered, {} failed, {} left out",
        failed.len(),
        results.len() - lowered - failed.len()
    );
    if std::env::var_os("ESCARGO_VERBOSE").is_some() {
        for (t, e) in &failed {
            eprintln!("{t}: {e}");
        }
    }
    assert!(failed.is_empty(), "{} programs fail to lower: {:?}", failed.len(), failed.first());
}
