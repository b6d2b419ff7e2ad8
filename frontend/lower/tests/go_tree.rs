//! The run tests of Go's own tree through lowering and the IR verifier.
//!
//! Skipped where the tree is not installed: it is looked for in `ESCARGO_GO_TESTS` (or where Debian's golang-1.19-src puts
//! it). `ESCARGO_FILTER` picks tests by path, `ESCARGO_VERBOSE` prints what is wrong with each. Packages that are not bundled
//! come from `GOROOT`; without it, programs that import such are left out.

mod support;

use std::path::{Path, PathBuf};

use support::{Loader, for_all, lower, report};

fn go_tests() -> Option<PathBuf> {
    let dir = std::env::var_os("ESCARGO_GO_TESTS").map_or("/usr/share/go-1.19/test".into(), PathBuf::from);
    dir.join("235.go").is_file().then_some(dir)
}

#[test]
fn run_tests_lower() {
    let Some(root) = go_tests() else { return };
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/go/run_pass.txt");
    let list = std::fs::read_to_string(list).expect("the list of run tests is part of the repository");
    let filter = std::env::var("ESCARGO_FILTER").unwrap_or_default();
    let tests: Vec<String> = list
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| Some(l.split('\t').next()?.to_string()))
        .filter(|t| t.contains(&filter) && root.join(t).is_file())
        .collect();
    let results = for_all(&tests, |test| {
        let text = std::fs::read_to_string(root.join(test)).map_err(|e| e.to_string())?;
        let mut loader = Loader::default();
        loader.import("runtime");
        if !loader.add("main", vec![(test.into(), text)], true) {
            return Ok(false);
        }
        // What the library does not have is not lowering's failure.
        match lower(loader) {
            Err(e) if e.starts_with("check: ") => Ok(false),
            r => r.map(|()| true),
        }
    });
    let failed = report(&results);
    assert!(failed.is_empty(), "{} programs fail to lower: {:?}", failed.len(), failed.first());
}
