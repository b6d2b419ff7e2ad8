//! Loads packages, bundled ones and those of `GOROOT`, and lowers programs made of them.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use escargo_syntax::SourceMap;
use escargo_syntax::build_constraint::{self, platform_tag};
use escargo_types::version::NEWEST;
use escargo_types::{Options, Source, check_program, imports_of};

/// Assembly has no place here: the portable versions of functions are taken.
pub fn tag(tag: &str) -> bool {
    let version = tag.strip_prefix("go1.").and_then(|n| n.parse::<u32>().ok());
    platform_tag(tag, "linux", "amd64")
        || matches!(tag, "gc" | "purego" | "math_big_pure_go" | "escargo")
        || version.is_some_and(|v| v <= NEWEST.1)
}

/// Whether name and constraints of a file let it be built.
pub fn is_built(name: &str, text: &str) -> bool {
    build_constraint::file_name_matches(name, &tag)
        && !build_constraint::constraint_of(text).is_ok_and(|c| c.is_some_and(|c| !c.eval(&tag)))
}

/// The files of a package of Go's own library.
pub fn goroot_files(path: &str) -> Option<Vec<(String, String)>> {
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
pub struct Loader {
    pub sources: SourceMap,
    pub packages: Vec<Source>,
    pub done: BTreeMap<String, bool>,
    pub next_node: u32,
}

impl Loader {
    /// Loads a bundled package and what it imports; false if it is not bundled.
    pub fn import(&mut self, path: &str) -> bool {
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

    pub fn add(&mut self, path: &str, texts: Vec<(String, String)>, complete: bool) -> bool {
        let mut files = Vec::new();
        for (name, text) in texts {
            if !is_built(&name, &text) {
                continue;
            }
            let i = self.sources.add(name, text).expect("sources are small");
            let (file, _) = escargo_syntax::parse_file(&self.sources, i, &mut self.next_node);
            files.push(Rc::new(file));
        }
        for file in files.clone() {
            for (import, _) in imports_of(&file) {
                if !self.import(&import) {
                    return false;
                }
            }
        }
        let source = Source {
            path: path.into(),
            files: files.into(),
            later: Vec::new(),
            go_version: NEWEST,
            has_syntax_errors: false,
            complete,
        };
        self.packages.push(source);
        true
    }
}

/// Checks, lowers and verifies a loaded program.
pub fn lower(loader: Loader) -> Result<(), String> {
    let (world, info, diags) = check_program(&loader.packages, &loader.sources, &Options::default());
    if let Some(d) = diags.iter().find(|d| !d.soft) {
        let at = loader.sources.locate(d.pos).map_or(String::new(), |l| l.to_string());
        return Err(format!("check: {at}: {}", d.message));
    }
    let module = escargo_lower::lower(
        world,
        info,
        &loader.sources,
        &escargo_lower::Options::default(),
        &mut |_, _| (),
    );
    let at = |pos| loader.sources.locate(pos).map_or(String::new(), |l| l.to_string());
    let module = module.map_err(|ds| (at(ds[0].pos), ds[0].message.clone()));
    let module = module.map_err(|(at, message)| format!("diagnostic: {at}: {message}"))?;
    if std::env::var_os("ESCARGO_PRINT").is_some() {
        println!("{}", escargo_ir::print_module(&module));
    }
    escargo_ir::verify(&module).map_err(|e| format!("verify: {}", e[0]))?;
    Ok(())
}

/// Runs `job` on every item, two at a time, with deep stacks; a panic becomes an error. The results are sorted.
pub fn for_all(
    items: &[String],
    job: impl Fn(&str) -> Result<bool, String> + Sync,
) -> Vec<(String, Result<bool, String>)> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|s| {
        for _ in 0..2 {
            let worker = || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(i) else { break };
                    let outcome = catch_unwind(AssertUnwindSafe(|| job(item)));
                    let outcome = outcome.unwrap_or_else(|p| {
                        let text = p.downcast_ref::<String>().cloned();
                        let text = text.or_else(|| p.downcast_ref::<&str>().map(|s| s.to_string()));
                        Err(format!("panic: {}", text.unwrap_or_default()))
                    });
                    results.lock().expect("no worker panics").push((item.clone(), outcome));
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
    results
}

/// Prints a summary and, if asked for, every failure; returns the failures.
pub fn report(results: &[(String, Result<bool, String>)]) -> Vec<String> {
    let lowered = results.iter().filter(|r| r.1 == Ok(true)).count();
    let failed: Vec<String> =
        results.iter().filter_map(|(t, r)| r.as_ref().err().map(|e| format!("{t}: {e}"))).collect();
    eprintln!(
        "{lowered} lowered, {} failed, {} left out",
        failed.len(),
        results.len() - lowered - failed.len()
    );
    if std::env::var_os("ESCARGO_VERBOSE").is_some() {
        for f in &failed {
            eprintln!("{f}");
        }
    }
    failed
}
